/*
 * fuzz_breaking.c - libFuzzer target for the comparison of schemas: two texts, each compiled, then
 * compared in both directions, with a witness for each of the first findings.
 *
 * The input is split at the first line "--": the older schema, the newer one. An import finds the
 * text of its own side under any other name. "bus shop version 1;" and 2 stand before a side that
 * does not begin with "bus". Seeds: cases/ and corpus/, where corpus/ has what cases/ lacks
 * (settings, policies, components, programs, renamings); schemas of other tests are compared with
 * themselves.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "breaking/breaking.h"

enum { WITNESSES_MAX = 24 };

struct input {
    const char *header;
    const char *data;
    size_t size;
};

static int load(void *context, const char *path, char **text, size_t *size)
{
    const struct input *input = context;
    size_t header = strlen(input->header);

    (void)path;
    *text = malloc(header + input->size + 1);
    if (*text == NULL)
        return 12; /* ENOMEM */
    memcpy(*text, input->header, header);
    if (input->size != 0)
        memcpy(*text + header, input->data, input->size);
    *size = header + input->size;
    return 0;
}

static bool compile(struct input *input, const char *header, struct idl_result *result)
{
    struct idl_loader loader = {load, input};
    struct idl_options options = {.loader = &loader, .only_fixed = true, .only_model = true};

    if (input->size < 4 || memcmp(input->data, "bus ", 4) != 0)
        input->header = header;
    return idl_compile("main.bus", &options, result);
}

static void check(const struct breaking_finding *finding)
{
    unsigned stated = finding->rule->categories;

    if (finding->categories == 0 || (finding->categories & ~stated) != 0 ||
        finding->place.file == NULL || *finding->element == '\0' || *finding->text == '\0' ||
        *finding->advice == '\0' || strchr(finding->text, '\n') != NULL)
        abort();
    if ((finding->categories & BREAKING_WIRE) == 0 && finding->directions != 0)
        abort();
}

static void compare(const struct idl_bus *older, const struct idl_bus *newer)
{
    struct memory memory = {0};
    struct breaking_findings findings;

    breaking_compare(&memory, older, newer, &findings);
    for (size_t i = 0; i < findings.count; i++) {
        check(&findings.items[i]);
        if (i > 0 && breaking_order(&findings.items[i - 1], &findings.items[i]) > 0)
            abort();
        if (i < WITNESSES_MAX)
            breaking_witness(&memory, &findings.items[i]);
    }
    /* what says the same breaks nothing */
    if (breaking_same_schema(older, newer) && findings.count != 0)
        abort();
    free_all(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *mark = size != 0 ? memmem(text, size, "\n--\n", 4) : NULL;
    size_t first = mark != NULL ? (size_t)(mark - text) + 1 : size;
    struct input older = {"", text, first};
    struct input newer = {"", mark != NULL ? mark + 4 : text,
                          mark != NULL ? size - first - 3 : size};
    struct idl_result results[2];
    bool fine = compile(&older, "bus shop version 1;\n", &results[0]);

    if (compile(&newer, "bus shop version 2;\n", &results[1]) && fine) {
        compare(results[0].bus, results[1].bus);
        compare(results[1].bus, results[0].bus);
        compare(results[0].bus, results[0].bus);
    }
    idl_free(&results[0]);
    idl_free(&results[1]);
    return 0;
}
