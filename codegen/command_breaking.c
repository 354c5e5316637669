/* command_breaking.c - busgen breaking: what the changes since older versions break. */
#include "breaking.h"
#include "command.h"
#include "older.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One finding, met against one or more older versions. */
struct met {
    const struct breaking_finding *finding;
    size_t others; /* how many earlier versions show it, too */
};

struct run {
    struct memory *memory;
    const struct options *options;
    struct olders olders;
    struct met *met;
    size_t count;
    size_t capacity;
};

static void add(struct run *run, const struct breaking_finding *finding)
{
    struct met *met;

    if (run->count == run->capacity) {
        run->capacity = run->capacity * 2 + 64;
        met = allocate(run->memory, run->capacity * sizeof(*met));
        if (run->count != 0)
            memcpy(met, run->met, run->count * sizeof(*met));
        run->met = met;
    }
    run->met[run->count++] = (struct met){finding, 0};
}

/* Findings of two versions, both in order, are merged: the same one is told once. */
static void merge(struct run *run, const struct breaking_findings *findings, size_t before)
{
    size_t at = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const struct breaking_finding *finding = &findings->items[i];
        bool told = false;

        if ((finding->categories & run->options->categories) == 0)
            continue;
        while (at < before && breaking_order(run->met[at].finding, finding) < 0)
            at++;
        if (at < before && breaking_order(run->met[at].finding, finding) == 0) {
            run->met[at].others++;
            told = true;
        }
        if (!told)
            add(run, finding);
    }
}

static int by_order(const void *left, const void *right)
{
    const struct met *a = left;
    const struct met *b = right;

    return breaking_order(a->finding, b->finding);
}

static void tell(struct run *run, const struct met *met)
{
    const struct breaking_finding *finding = met->finding;
    struct memory *memory = run->memory;
    struct idl_diagnostic diagnostic = {
        .severity = finding->rule->rule.severity,
        .rule = finding->rule->rule.id,
        .span = finding->place,
        .text = join(memory, finding->text, " (", breaking_category_text(finding->categories), ")",
                     NULL),
        .advice = finding->advice,
        .witness = breaking_witness(memory, finding),
        .partner = finding->before,
        .partner_text = met->others == 0 ? finding->before_text
                                         : join(memory, finding->before_text, " (and in ",
                                                decimal(memory, met->others), " earlier)", NULL),
    };

    report_diagnostic(run->options, &diagnostic);
}

static enum exit_code report_all(struct run *run)
{
    size_t errors = 0;
    size_t shown = 0;

    if (run->count > 1)
        qsort(run->met, run->count, sizeof(*run->met), by_order);
    report_begin(run->options);
    for (size_t i = 0; i < run->count; i++) {
        errors += run->met[i].finding->rule->rule.severity == IDL_ERROR;
        if (shown == IDL_DIAGNOSTICS_MAX)
            continue;
        tell(run, &run->met[i]);
        shown++;
    }
    report_end(run->options);
    if (run->count != 0 && run->options->format == FORMAT_TEXT)
        fprintf(stderr, "%zu finding%s%s\n", run->count, run->count == 1 ? "" : "s",
                shown < run->count
                    ? join(run->memory, " (", decimal(run->memory, run->count - shown),
                           " more not shown)", NULL)
                    : "");
    return errors != 0 ? EXIT_FINDINGS : EXIT_FINE;
}

enum exit_code run_breaking(struct memory *memory, const struct options *options)
{
    struct run run = {.memory = memory, .options = options};
    struct options settled = *options; /* other findings are for busgen check */
    const char *file = options->arguments[0];
    struct idl_result newer;
    enum exit_code code = EXIT_WRONG_USE;
    bool fine = true;

    if (options->against_count == 0) {
        fprintf(stderr, "busgen: breaking wants --against OLD: a .bus file, a lock file, or "
                        "git:REV\n");
        return EXIT_WRONG_USE;
    }
    settled.only_fixed = true;
    if (!compile(memory, file, &settled, &newer, &code))
        return code;
    for (size_t i = 0; i < options->against_count && fine; i++)
        fine = older_load(memory, options, file, options->against[i], &run.olders);
    if (fine) {
        /* the last one first: it is the one that its findings point at */
        for (size_t i = run.olders.count; i-- > 0;) {
            struct breaking_findings findings;
            size_t before = run.count;

            breaking_compare(memory, run.olders.items[i].result.bus, newer.bus, &findings);
            merge(&run, &findings, before);
            if (run.count > before && before > 0)
                qsort(run.met, run.count, sizeof(*run.met), by_order);
        }
        code = report_all(&run);
    } else {
        code = EXIT_WRONG_USE;
    }
    older_free(&run.olders);
    idl_free(&newer);
    return code;
}
