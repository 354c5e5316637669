/* breaking/breaking.c - busgen breaking: what the changes since older versions break. */
#include "breaking/breaking.h"
#include "breaking/lock.h"
#include "breaking/older.h"
#include "command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One finding, met against one or more older versions. */
struct met {
    const struct breaking_finding *finding;
    const struct lock_accepted *accepted; /* NULL: it is not */
    size_t others;                        /* how many earlier versions show it, too */
};

struct run {
    struct memory *memory;
    const struct options *options;
    struct olders olders;
    struct lock *locks; /* of all --against */
    size_t lock_count;
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
    run->met[run->count++] = (struct met){finding, NULL, 0};
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
        .severity = met->accepted != NULL ? IDL_WARNING : finding->rule->rule.severity,
        .rule = finding->rule->rule.id,
        .span = finding->place,
        .text = join(memory, finding->element, ": ", finding->text, " (",
                     breaking_category_text(finding->categories),
                     met->accepted != NULL ? "; accepted)" : ")", NULL),
        .advice = met->accepted != NULL ? join(memory, "accepted: ", met->accepted->reason, NULL)
                                        : finding->advice,
        .witness = breaking_witness(memory, finding),
        .partner = finding->before,
        .partner_text = met->others == 0 ? finding->before_text
                                         : join(memory, finding->before_text, " (and in ",
                                                decimal(memory, met->others), " earlier)", NULL),
    };

    report_diagnostic(run->options, &diagnostic);
}

/* ---- what was accepted ---- */

static bool is_of(const struct lock_accepted *accepted, const struct breaking_finding *finding)
{
    return strcmp(accepted->rule, finding->rule->rule.id) == 0 &&
           strcmp(accepted->element, finding->element) == 0 &&
           strcmp(accepted->finding, finding->text) == 0;
}

/* The findings that a lock file accepts. Few are, so that looking at all of them is fine. */
static void find_accepted(struct run *run)
{
    for (size_t i = 0; i < run->lock_count; i++) {
        struct lock *lock = &run->locks[i];

        for (size_t j = 0; j < lock->accepted_count; j++) {
            for (size_t k = 0; k < run->count; k++) {
                if (!is_of(&lock->accepted[j], run->met[k].finding))
                    continue;
                run->met[k].accepted = &lock->accepted[j];
                lock->accepted[j].met = true;
            }
        }
    }
}

/* Of "RULE:ELEMENT" both parts. */
static bool names(const char *text, const struct breaking_finding *finding)
{
    const char *rule = finding->rule->rule.id;
    size_t size = strlen(rule);

    return strncmp(text, rule, size) == 0 && text[size] == ':' &&
           strcmp(text + size + 1, finding->element) == 0;
}

/* Writes what --accept names into the lock file. False after a message. */
static bool accept_more(struct run *run)
{
    const struct options *options = run->options;
    struct lock *lock = run->locks;

    for (size_t i = 0; i < options->accept_count; i++) {
        size_t before = lock->accepted_count;

        for (size_t j = 0; j < run->count; j++) {
            const struct breaking_finding *finding = run->met[j].finding;

            if (run->met[j].accepted == NULL && names(options->accept[i], finding))
                lock_accept(run->memory, lock,
                            (struct lock_accepted){finding->rule->rule.id, finding->element,
                                                   finding->text, options->reason, false});
        }
        if (lock->accepted_count == before) {
            fprintf(stderr,
                    "busgen: no finding '%s' to accept; one is named RULE:ELEMENT, as in "
                    "max-raised:shop.order_placed.customer\n",
                    options->accept[i]);
            return false;
        }
    }
    return options->accept_count == 0 || lock_write(run->memory, lock);
}

/* Acceptances of what is not found any more hide what may come back. */
static void tell_stale(const struct run *run)
{
    for (size_t i = 0; i < run->lock_count; i++) {
        const struct lock *lock = &run->locks[i];

        for (size_t j = 0; j < lock->accepted_count; j++) {
            const struct lock_accepted *accepted = &lock->accepted[j];
            const struct breaking_rule *rule = breaking_rule_find(accepted->rule);

            if (accepted->met ||
                (rule != NULL && (rule->categories & ~run->options->categories) != 0))
                continue;
            fprintf(stderr,
                    "%s: warning: nothing breaks %s:%s as it was accepted (%s); remove that from "
                    "the lock file\n",
                    lock->path, accepted->rule, accepted->element, accepted->finding);
        }
    }
}

static enum exit_code report_all(struct run *run)
{
    const struct options *options = run->options;
    size_t errors = 0;
    size_t accepted = 0;
    size_t shown = 0;
    size_t left = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct met *met = &run->met[i];

        if (met->accepted != NULL)
            accepted++;
        else
            errors += met->finding->rule->rule.severity == IDL_ERROR;
        if (met->accepted != NULL && !options->verbose)
            continue;
        if (shown < IDL_DIAGNOSTICS_MAX) {
            tell(run, met);
            shown++;
        } else {
            left++;
        }
    }
    if (run->count != 0 && options->format == FORMAT_TEXT) {
        fprintf(stderr, "%zu finding%s", run->count - accepted,
                run->count - accepted == 1 ? "" : "s");
        if (accepted != 0)
            fprintf(stderr, ", %zu accepted", accepted);
        if (left != 0)
            fprintf(stderr, " (%zu more not shown)", left);
        fputs("\n", stderr);
    }
    return errors != 0 ? EXIT_FINDINGS : EXIT_FINE;
}

/* ---- the command ---- */

/* Compares with the version that was loaded last. One that shows nothing new is forgotten at once:
 * of twenty versions few are in memory. */
static void compare_last(struct run *run, const struct idl_bus *newer)
{
    struct idl_result *older = &run->olders.items[run->olders.count - 1].result;
    struct breaking_findings findings;
    struct memory memory = {0};
    size_t before = run->count;

    breaking_compare(&memory, older->bus, newer, &findings);
    merge(run, &findings, before);
    if (run->count == before) {
        free_all(&memory);
        idl_free(older);
        run->olders.count--;
        return;
    }
    adopt(run->memory, &memory);
    qsort(run->met, run->count, sizeof(*run->met), by_order);
}

static bool compare_lock(struct run *run, const struct lock *lock, const struct idl_bus *newer)
{
    for (size_t i = lock->version_count; i-- > 0;) {
        if (!older_from_lock(run->memory, lock, i, &run->olders))
            return false;
        compare_last(run, newer);
    }
    return true;
}

/* The last version first: it is the one that its findings point at. */
static bool compare_all(struct run *run, const struct idl_bus *newer)
{
    const struct options *options = run->options;

    run->locks = allocate(run->memory, options->against_count * sizeof(*run->locks));
    for (size_t i = options->against_count; i-- > 0;) {
        const char *against = options->against[i];

        if (older_is_lock(against)) {
            struct lock *lock = &run->locks[run->lock_count++];

            if (!older_read_lock(run->memory, against, lock) || !compare_lock(run, lock, newer))
                return false;
            continue;
        }
        if (!older_load(run->memory, options, options->arguments[0], against, &run->olders))
            return false;
        compare_last(run, newer);
    }
    return true;
}

static bool right_use(const struct options *options)
{
    const char *wrong = NULL;

    if (options->against_count == 0)
        wrong = "breaking wants --against OLD: a .bus file, a lock file, or git:REV";
    else if (options->accept_count != 0 && options->reason == NULL)
        wrong = "--accept wants --reason TEXT";
    else if (options->accept_count == 0 && options->reason != NULL)
        wrong = "--reason is for --accept";
    else if (options->accept_count != 0 &&
             !(options->against_count == 1 && older_is_lock(options->against[0])))
        wrong = "--accept wants one --against, the lock file that it is written to";
    if (wrong != NULL)
        fprintf(stderr, "busgen: %s\n", wrong);
    return wrong == NULL;
}

enum exit_code run_breaking(struct memory *memory, const struct options *options)
{
    struct run run = {.memory = memory, .options = options};
    struct options settled = *options; /* other findings are for busgen check */
    struct idl_result newer;
    enum exit_code code = EXIT_WRONG_USE;

    if (!right_use(options))
        return EXIT_WRONG_USE;
    settled.only_fixed = true;
    report_begin(options);
    if (compile(memory, options->arguments[0], &settled, &newer, &code)) {
        code = EXIT_WRONG_USE;
        if (compare_all(&run, newer.bus)) {
            find_accepted(&run);
            if (accept_more(&run)) {
                find_accepted(&run);
                code = report_all(&run);
                tell_stale(&run);
            }
        }
        idl_free(&newer);
    }
    report_end(options);
    older_free(&run.olders);
    return code;
}
