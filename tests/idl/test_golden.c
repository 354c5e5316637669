/*
 * test_golden.c - what busgen says: each bad/X.bus with its text bad/X.txt, lint/X.bus likewise
 * when asked for matters of habit, too; at least one pair for every rule; each good/X.bus without a
 * word.
 * covers: A7, F9, P1, P2
 *
 * IDL_UPDATE=1 in the environment writes the expected texts; look at the difference before
 * committing it.
 */
#include "support.h"

#include <dirent.h>
#include <unistd.h>

/* Rules whose smallest example is too large for a file here; test_limits.c breaks them. */
/* memory-max: tests/codegen/load.sh. */
static const char *const without_pair[] = {"file-too-large", "too-many-declarations",
                                           "too-many-files", "memory-max"};

struct text {
    char data[64 * 1024];
    size_t size;
};

static void append(struct text *text, const char *more)
{
    size_t size = strlen(more);

    assert_true(text->size + size < sizeof text->data);
    memcpy(text->data + text->size, more, size + 1);
    text->size += size;
}

static void say(const char *path, bool lint, struct text *text)
{
    const struct idl_options options = {.lint = lint};
    struct idl_result result;
    char *line;

    idl_compile(path, &options, &result);
    assert_false(result.out_of_memory);
    assert_int_equal(result.io_error, 0);
    text->data[0] = '\0';
    text->size = 0;
    for (size_t i = 0; i < result.diagnostic_count; i++) {
        if (!result.diagnostics[i].advice)
            fprintf(stderr, "%s: no advice on %s\n", path, result.diagnostics[i].rule);
        assert_non_null(getenv("IDL_UPDATE") ? "" : result.diagnostics[i].advice);
        line = idl_diagnostic_text(&result.diagnostics[i], false);
        assert_non_null(line);
        append(text, line);
        free(line);
    }
    line = idl_summary_text(&result);
    assert_non_null(line);
    append(text, line);
    free(line);
    idl_free(&result);
}

static void expected_path(const char *name, char path[300])
{
    snprintf(path, 300, "%.*s.txt", (int)(strlen(name) - 4), name);
}

static bool is_schema(const char *name)
{
    size_t size = strlen(name);

    return size > 4 && strcmp(name + size - 4, ".bus") == 0;
}

static void update(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fwrite(text->data, 1, text->size, file);
    fclose(file);
}

static void mark_rules(const char *text, bool *seen)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);

    for (size_t i = 0; i < count; i++) {
        char tag[100];

        snprintf(tag, sizeof tag, "[%s]\n", rules[i].id);
        if (strstr(text, tag))
            seen[i] = true;
    }
}

/* Compares all of a folder; how many differ. */
static size_t compare_folder(const char *folder, bool lint, bool *seen)
{
    static struct text said, expected;
    size_t wrong = 0;
    DIR *entries;
    struct dirent *entry;

    assert_int_equal(chdir(folder), 0);
    entries = opendir(".");
    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        char path[300];
        FILE *file;

        if (!is_schema(entry->d_name))
            continue;
        say(entry->d_name, lint, &said);
        expected_path(entry->d_name, path);
        if (getenv("IDL_UPDATE"))
            update(path, &said);
        file = fopen(path, "rb");
        expected.size = file ? fread(expected.data, 1, sizeof expected.data - 1, file) : 0;
        expected.data[expected.size] = '\0';
        if (file)
            fclose(file);
        if (strcmp(said.data, expected.data) != 0) {
            fprintf(stderr, "%s/%s\n--- expected\n%s--- said\n%s", folder, entry->d_name,
                    expected.data, said.data);
            wrong++;
        }
        mark_rules(expected.data, seen);
    }
    closedir(entries);
    assert_int_equal(chdir(".."), 0);
    return wrong;
}

static void test_bad(void **state)
{
    static bool seen[1000];
    size_t count, wrong;
    const struct idl_rule *rules = idl_rules(&count);

    (void)state;
    assert_true(count < 1000);
    wrong = compare_folder("bad", false, seen);
    for (size_t i = 0; i < count; i++)
        assert_false(seen[i] && idl_rule_group_of(&rules[i]) == IDL_RULE_LINT);
    wrong += compare_folder("lint", true, seen);
    for (size_t i = 0; i < count; i++) {
        bool excused = false;

        for (size_t j = 0; j < sizeof without_pair / sizeof *without_pair; j++)
            excused = excused || strcmp(rules[i].id, without_pair[j]) == 0;
        if (seen[i] == excused) {
            fprintf(stderr, "rule %s %s\n", rules[i].id,
                    excused ? "has a pair" : "has no pair in tests/idl/bad or lint");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_good(void **state)
{
    DIR *folder;
    struct dirent *entry;
    size_t count = 0;

    (void)state;
    assert_int_equal(chdir("good"), 0);
    folder = opendir(".");
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        struct idl_result result;

        if (!is_schema(entry->d_name))
            continue;
        idl_compile(entry->d_name, NULL, &result);
        print_diagnostics(&result);
        assert_int_equal(result.diagnostic_count, 0);
        assert_non_null(result.bus);
        idl_free(&result);
        count++;
    }
    closedir(folder);
    assert_int_equal(chdir(".."), 0);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
