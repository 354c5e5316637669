/* codec/codec.c - busgen decode, busgen encode. */
#include "codec/codec.h"
#include "command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 64 << 20 }; /* four times the largest message, as JSON it is longer */

/* All of standard input; NULL with a message. */
static char *read_input(size_t *size)
{
    size_t capacity = 64 * 1024;
    char *data = must_allocate(capacity);

    *size = 0;
    for (;;) {
        *size += fread(data + *size, 1, capacity - *size, stdin);
        if (ferror(stdin)) {
            fprintf(stderr, "busgen: cannot read standard input: %s\n", strerror(errno));
            free(data);
            return NULL;
        }
        if (feof(stdin))
            return data;
        if (*size == capacity) {
            if (capacity >= INPUT_MAX) {
                fprintf(stderr, "busgen: standard input is larger than any message\n");
                free(data);
                return NULL;
            }
            capacity *= 2;
            data = must_reallocate(data, capacity);
        }
    }
}

static const struct idl_table *find_message(const struct idl_result *result, const char *name)
{
    const char *suggestion = NULL;
    const struct idl_table *body = codec_find(result->bus, name, &suggestion);

    if (body == NULL && suggestion != NULL)
        fprintf(stderr, "busgen: no message '%s' in bus %s; did you mean '%s'?\n", name,
                result->bus->decl.name, suggestion);
    else if (body == NULL)
        fprintf(stderr, "busgen: no message '%s' in bus %s\n", name, result->bus->decl.name);
    return body;
}

static enum exit_code finish(enum codec_status status, const struct codec_error *error)
{
    if (status == CODEC_OUT_OF_MEMORY)
        out_of_memory();
    if (status == CODEC_OK)
        return EXIT_FINE;
    if (error->line != 0)
        fprintf(stderr, "<stdin>:%u:%u: error: %s\n", (unsigned)error->line,
                (unsigned)error->column, error->text);
    else
        fprintf(stderr, "<stdin>: error: %s\n", error->text);
    return EXIT_FINDINGS;
}

static enum exit_code decode(const struct idl_table *body, const struct options *options,
                             const char *input, size_t size)
{
    struct codec_options codec = {.as_flatc = options->flatc_json, .compact = options->compact};
    struct codec_error error = {0};
    char *json = NULL;
    enum codec_status status =
        codec_decode(body, (const uint8_t *)input, size, &codec, &json, &error);

    if (status == CODEC_OK)
        fputs(json, stdout);
    free(json);
    return finish(status, &error);
}

static enum exit_code encode(const struct idl_table *body, const struct options *options,
                             const char *input, size_t size)
{
    struct codec_error error = {0};
    uint8_t *bytes = NULL;
    size_t packed = 0;
    enum codec_status status = codec_encode(body, input, size, &bytes, &packed, &error);

    (void)options;
    if (status == CODEC_OK)
        fwrite(bytes, 1, packed, stdout);
    free(bytes);
    return finish(status, &error);
}

static enum exit_code run(struct memory *memory, const struct options *options,
                          enum exit_code (*step)(const struct idl_table *, const struct options *,
                                                 const char *, size_t))
{
    struct idl_result result;
    enum exit_code code = EXIT_FINE;
    const struct idl_table *body;
    size_t size;
    char *input;

    if (!compile(memory, options->arguments[0], options, &result, &code))
        return code;
    body = find_message(&result, options->arguments[1]);
    if (body == NULL) {
        idl_free(&result);
        return EXIT_WRONG_USE;
    }
    input = read_input(&size);
    code = input != NULL ? step(body, options, input, size) : EXIT_WRONG_USE;
    free(input);
    idl_free(&result);
    return code;
}

enum exit_code run_decode(struct memory *memory, const struct options *options)
{
    return run(memory, options, decode);
}

enum exit_code run_encode(struct memory *memory, const struct options *options)
{
    return run(memory, options, encode);
}
