/*
 * fuzz_emit.c - libFuzzer target for the whole of busgen: any text is compiled, and what is
 * accepted is written, twice, to the same bytes. Comments of the output are looked through: none
 * may end before its end.
 *
 * The input is main.bus; an import finds the same text under any other name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "layout.h"

struct input {
    const char *data;
    size_t size;
};

static int load(void *context, const char *path, char **text, size_t *size)
{
    const struct input *input = context;

    (void)path;
    *text = malloc(input->size + 1);
    if (*text == NULL)
        return 12; /* ENOMEM */
    memcpy(*text, input->data, input->size);
    *size = input->size;
    return 0;
}

/* Outside of comments and literals only printable ASCII is written; inside a comment nothing opens
 * another; and the file does not end inside one. */
static void look_through(const struct writer *out)
{
    enum { CODE, COMMENT, TEXT } where = CODE;

    for (size_t i = 0; i < out->size; i++) {
        unsigned char c = (unsigned char)out->data[i];
        char next = i + 1 < out->size ? out->data[i + 1] : '\n';

        if (where == CODE && c == '/' && next == '*') {
            where = COMMENT;
            i++;
        } else if (where == COMMENT && c == '*' && next == '/') {
            where = CODE;
            i++;
        } else if (where == COMMENT && c == '/' && next == '*') {
            abort();
        } else if (where == CODE && c == '"') {
            where = TEXT;
        } else if (where == TEXT && c == '\\') {
            i++;
        } else if (where == TEXT && (c == '"' || c == '\n')) {
            if (c == '\n')
                abort();
            where = CODE;
        } else if (where != COMMENT && c != '\n' && (c < 0x20 || c > 0x7e)) {
            abort();
        }
        if (c == '\\' && next == '\n')
            abort();
        if (c == '?' && next == '?')
            abort();
    }
    if (where != CODE)
        abort();
}

static void emit(struct emitter *emitter, void (*part)(struct emitter *), bool is_c)
{
    struct writer first = {0};
    struct writer second = {0};

    emitter->out = &first;
    part(emitter);
    emitter->out = &second;
    part(emitter);
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        abort();
    if (is_c)
        look_through(&first);
    writer_free(&first);
    writer_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {(const char *)data, size};
    struct idl_loader loader = {.load = load, .context = &input};
    struct idl_options options = {.loader = &loader};
    struct memory memory = {0};
    struct idl_result result;

    if (idl_compile("main.bus", &options, &result)) {
        const struct idl_bus *older[] = {result.bus};
        struct emitter emitter = {.memory = &memory,
                                  .bus = result.bus,
                                  .stem = "main",
                                  .metric_prefix = "",
                                  .older = older,
                                  .older_count = 1};

        /* besides C a quarter of them, by its size: more inputs are tried in the same time */
        for (unsigned id = 0; id < EMIT_OUTPUT_COUNT; id++) {
            if (id != EMIT_C && (id + size) % 4 != 0)
                continue;
            for (unsigned i = 0; i < 2 && emit_outputs[id].files[i].emit != NULL; i++)
                emit(&emitter, emit_outputs[id].files[i].emit,
                     id == EMIT_C || id == EMIT_INLINE || id == EMIT_TESTS);
        }
        layout_forget();
    }
    free_all(&memory);
    idl_free(&result);
    return 0;
}
