/*
 * check.c - what `bench --json` wrote: an array of objects with the members that bench/README.md
 * promises, each case and contestant once, figures in order.
 *
 *     bench_check FILE [CASE...]
 *
 * Each CASE must be there, itself or as `CASE/FIGURE`. Exit status 1 and a message: it is not so.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct entry {
    const char *bench;
    const char *contestant;
    const char *unit;
    double min;
    double median;
    double max;
    int runs;
    double pingpong;
};

static int complain(size_t at, const char *what)
{
    fprintf(stderr, "object %zu: %s\n", at, what);
    return 1;
}

static int read_entry(json_t *object, size_t at, struct entry *entry)
{
    json_error_t error;

    if (json_unpack_ex(object, &error, 0, "{s:s, s:s, s:s, s:F, s:F, s:F, s:i, s:F}", "case",
                       &entry->bench, "contestant", &entry->contestant, "unit", &entry->unit, "min",
                       &entry->min, "median", &entry->median, "max", &entry->max, "runs",
                       &entry->runs, "pingpong_ns", &entry->pingpong) != 0)
        return complain(at, error.text);
    if (entry->bench[0] == 0 || entry->contestant[0] == 0 || entry->unit[0] == 0)
        return complain(at, "an empty name");
    if (entry->min > entry->median || entry->median > entry->max)
        return complain(at, "min, median and max are out of order");
    if (entry->runs < 1 || entry->pingpong < 0)
        return complain(at, "no run, or a negative time");
    return 0;
}

static int is_repeated(json_t *list, size_t at, const struct entry *entry)
{
    struct entry other;

    for (size_t i = 0; i < at; i++)
        if (read_entry(json_array_get(list, i), i, &other) == 0 &&
            strcmp(other.bench, entry->bench) == 0 &&
            strcmp(other.contestant, entry->contestant) == 0)
            return complain(at, "a case and contestant a second time");
    return 0;
}

static int has_case(json_t *list, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *found = json_string_value(json_object_get(json_array_get(list, i), "case"));

        if (found != NULL && strncmp(found, name, length) == 0 &&
            (found[length] == 0 || found[length] == '/'))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *list = argc < 2 ? NULL : json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error);
    int wrong = 0;

    if (!json_is_array(list)) {
        fprintf(stderr, "no JSON array\n");
        return 1;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct entry entry;

        if (read_entry(json_array_get(list, i), i, &entry) != 0 || is_repeated(list, i, &entry))
            wrong = 1;
    }
    for (int i = 2; i < argc; i++) {
        if (!has_case(list, argv[i])) {
            fprintf(stderr, "no figure of case %s\n", argv[i]);
            wrong = 1;
        }
    }
    json_decref(list);
    return wrong;
}
