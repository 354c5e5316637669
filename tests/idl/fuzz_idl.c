/*
 * fuzz_idl.c - libFuzzer target for the language front end: lex, parse, resolve, check, print.
 *
 * The input is one or more files, split at lines "%%": the first is main.bus, the others are a.bus,
 * b.bus ... up to z.bus, which may import each other. Seeds: tests/idl/good and tests/idl/bad.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "idl.h"

struct input {
    const char *data;
    size_t size;
};

/* Finds the part of the input that `path` names. */
static int load(void *context, const char *path, char **text, size_t *size)
{
    const struct input *input = context;
    const char *at = input->data;
    const char *end = at + input->size;
    int wanted = strcmp(path, "main.bus") == 0 ? 0 : path[0] - 'a' + 1;

    if (wanted < 0 || wanted > 26 || (wanted && strcmp(path + 1, ".bus") != 0))
        return ENOENT;
    for (;;) {
        const char *mark = memmem(at, (size_t)(end - at), "%%\n", 3);
        const char *stop = mark ? mark : end;

        if (wanted-- == 0) {
            *size = (size_t)(stop - at);
            *text = malloc(*size + 1);
            if (!*text)
                return ENOMEM;
            memcpy(*text, at, *size);
            return 0;
        }
        if (!mark)
            return ENOENT;
        at = mark + 3;
    }
}

/* What the runtime would refuse at bus_open (runtime/guard/policy.c) must not come through. */
static void check_policy(const struct idl_policy *policy)
{
    if (policy->retries > 1000 || policy->retry_budget > 100 || policy->breaker_failures > 1000 ||
        policy->breaker_probes > 1000 || policy->backoff_first_ns > policy->backoff_most_ns ||
        (policy->backoff_factor != 0 &&
         !(policy->backoff_factor >= 1 && policy->backoff_factor <= 1000)) ||
        (policy->retries == 0 && policy->backoff_most_ns != 0) ||
        (policy->breaker_failures == 0 &&
         (policy->breaker_name || policy->on_open != IDL_ON_OPEN_DEFAULT)) ||
        (policy->by_category && policy->retries != 0))
        abort();
}

/* What every accepted model promises to its readers. */
static void check_model(const struct idl_bus *bus)
{
    for (uint32_t i = 0; i < bus->message_count; i++) {
        const struct idl_table *body = &bus->messages[i]->body;

        if (bus->messages[i]->policy)
            check_policy(bus->messages[i]->policy);
        if (body->size_max < 8 || body->size_max > IDL_MESSAGE_SIZE_MAX || body->size_max % 4)
            abort();
        for (uint32_t j = 0; j < body->field_count; j++) {
            const struct idl_field *field = &body->fields[j];

            if (!field->decl.removed && (field->slot < 4 || field->slot >= body->inline_size))
                abort();
            if (j && field->number <= body->fields[j - 1].number)
                abort();
        }
    }
}

static bool lies_in(struct idl_span span)
{
    return span.file && span.start <= span.end && span.end <= span.file->size;
}

/* What editors are promised, of schemas with errors, too. */
static void check_names(const struct idl_result *result)
{
    const struct idl_names *names = &result->names;

    for (uint32_t i = 0; i < names->symbol_count; i++) {
        const struct idl_symbol *symbol = &names->symbols[i];

        if (!lies_in(symbol->decl->span) || !symbol->decl->name ||
            (symbol->parent && symbol->parent->decl->span.file != symbol->decl->span.file))
            abort();
    }
    for (uint32_t i = 0; i < names->use_count; i++) {
        const struct idl_use *use = &names->uses[i];

        if (!lies_in(use->span) || !use->symbol ||
            (i && use[-1].span.file == use->span.file && use[-1].span.end > use->span.start))
            abort();
    }
    for (uint32_t i = 0; i < result->proposal_count; i++)
        if (!*result->proposals[i].text || !lies_in(result->proposal_span))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {(const char *)data, size};
    const struct idl_loader loader = {load, &input};
    const struct idl_options options = {.loader = &loader,
                                        .lint = true,
                                        .names = true,
                                        .complete = true,
                                        .complete_at =
                                            size ? (uint32_t)(size * data[size - 1] / 256) : 0};
    struct idl_result result;

    idl_compile("main.bus", &options, &result);
    if (result.out_of_memory || (result.bus != NULL) != (result.errors == 0 && !result.io_error))
        abort();
    for (size_t i = 0; i < result.diagnostic_count; i++) {
        char *text = idl_diagnostic_text(&result.diagnostics[i], i % 2);

        if (!text || !result.diagnostics[i].advice)
            abort();
        free(text);
    }
    free(idl_summary_text(&result));
    check_names(&result);
    if (result.bus)
        check_model(result.bus);
    idl_free(&result);
    return 0;
}
