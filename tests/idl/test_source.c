/*
 * test_source.c - files: paths of imports, include roots, what is loaded once, errors of reading.
 */
#include "support.h"

/* A loader that remembers what was asked for. */
struct recorder {
    struct memory_files files;
    char asked[1000];
};

static int record(void *context, const char *path, char **text, size_t *size)
{
    struct recorder *recorder = context;
    size_t length = strlen(recorder->asked);

    snprintf(recorder->asked + length, sizeof recorder->asked - length, "%s;", path);
    return memory_load(&recorder->files, path, text, size);
}

static bool compile_recorded(struct recorder *recorder, const char *const *roots, size_t root_count,
                             struct idl_result *result)
{
    const struct idl_loader loader = {record, recorder};
    const struct idl_options options = {
        .loader = &loader, .include_roots = roots, .include_root_count = root_count};

    recorder->asked[0] = '\0';
    return idl_compile(recorder->files.files[0].path, &options, result);
}

#define MONEY "struct money { amount : i64; }\n"

static void test_paths(void **state)
{
    static const struct memory_file files[] = {
        {"dir/sub/main.bus",
         "bus main version 1;\nimport \"a.bus\";\nimport \"x//.//y/../b.bus\";\n"
         "table t { 1 a : a.money; 2 b : b.money; }\n",
         0},
        {"dir/sub/a.bus",
         "bus a version 1;\nimport \"x/b.bus\";\n" MONEY "table u { 1 b : b.money; }", 0},
        {"dir/sub/x/b.bus", "bus b version 1;\n" MONEY, 0},
    };
    struct recorder recorder = {.files = {files, 3}};
    struct idl_result result;

    (void)state;
    assert_true(compile_recorded(&recorder, NULL, 0, &result));
    assert_string_equal(recorder.asked, "dir/sub/main.bus;dir/sub/a.bus;dir/sub/x/b.bus;");
    assert_int_equal(result.file_count, 3);
    assert_string_equal(result.files[0]->path, "dir/sub/main.bus");
    assert_int_equal(result.bus->import_count, 2);
    assert_string_equal(result.bus->imports[1]->decl.name, "b");
    assert_ptr_equal(result.bus->imports[1], result.bus->imports[0]->imports[0]);
    idl_free(&result);
}

static uint64_t fingerprint(const char *a, const char *b)
{
    const struct memory_file files[] = {
        {"main.bus", "bus main version 1;\nimport \"a.bus\";\ntable t { 1 a : a.u; }\n", 0},
        {"a.bus", a, 0},
        {"b.bus", b, 0},
    };
    struct recorder recorder = {.files = {files, 3}};
    struct idl_result result;
    uint64_t found;

    assert_true(compile_recorded(&recorder, NULL, 0, &result));
    found = result.bus->fingerprint;
    idl_free(&result);
    return found;
}

/* A struct that lies in an imported file changes: code that was compiled with main.bus as it is is
 * of another text all the same. */
static void test_fingerprint_of_imports(void **state)
{
    static const char a[] = "bus a version 1;\nimport \"b.bus\";\ntable u { 1 b : b.money; }\n";
    uint64_t before = fingerprint(a, "bus b version 1;\n" MONEY);

    (void)state;
    assert_true(before == fingerprint(a, "bus b version 1; // only comments\n\n" MONEY));
    assert_false(before == fingerprint(a, "bus b version 1;\nstruct money { amount : i32; }\n"));
    assert_false(before == fingerprint("bus a version 1;\nimport \"b.bus\";\n"
                                       "table u { 1 b : b.money; 2 c : u8; }\n",
                                       "bus b version 1;\n" MONEY));
}

static void test_roots(void **state)
{
    static const struct memory_file files[] = {
        {"app/main.bus", "bus main version 1;\nimport \"lib/a.bus\";\ntable t { 1 a : a.money; }\n",
         0},
        {"/usr/share/bus/lib/a.bus",
         "bus a version 1;\nimport \"b.bus\";\nimport \"lib/c.bus\";\n" MONEY
         "table t { 1 b : b.money; 2 c : c.money; }",
         0},
        {"/usr/share/bus/lib/b.bus", "bus b version 1;\n" MONEY, 0},
        {"../other/lib/c.bus", "bus c version 1;\n" MONEY, 0},
    };
    static const char *const roots[] = {"../other/", "/usr/share//bus"};
    struct recorder recorder = {.files = {files, 4}};
    struct idl_result result;

    (void)state;
    assert_true(compile_recorded(&recorder, roots, 2, &result));
    assert_int_equal(result.file_count, 4);
    idl_free(&result);
    assert_false(compile_recorded(&recorder, roots, 1, &result));
    assert_int_equal(count_rule(&result, "import-missing"), 1);
    idl_free(&result);
}

/* Nothing outside of the allowed folders is ever asked for. */
static void test_escape(void **state)
{
    static const char *const paths[] = {"../a.bus",         "x/../../a.bus", "/etc/passwd",
                                        "../../app2/a.bus", "./.././a.bus",  "../app/../a.bus"};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char text[100];
        struct memory_file file = {"dir/app/main.bus", text, 0};
        struct recorder recorder = {.files = {&file, 1}};
        struct idl_result result;

        snprintf(text, sizeof text, "bus main version 1;\nimport \"%s\";\n", paths[i]);
        assert_false(compile_recorded(&recorder, NULL, 0, &result));
        assert_string_equal(recorder.asked, "dir/app/main.bus;");
        assert_int_equal(result.errors, 1);
        idl_free(&result);
    }
}

static void test_main_file(void **state)
{
    struct idl_result result;

    (void)state;
    assert_false(idl_compile("no/such/file.bus", NULL, &result));
    assert_int_equal(result.io_error, ENOENT);
    assert_int_equal(result.diagnostic_count, 0);
    idl_free(&result);
    assert_false(idl_compile(".", NULL, &result));
    assert_int_equal(result.io_error, EISDIR);
    idl_free(&result);
    assert_true(idl_compile("good/everything.bus", NULL, &result));
    assert_int_equal(result.file_count, 2);
    assert_string_equal(result.files[1]->path, "good/parts/common.bus");
    idl_free(&result);
    idl_free(&result); /* harmless */
}

/* What an imported file does wrong is said at its own place, and only there. */
static void test_broken_import(void **state)
{
    static const struct memory_file files[] = {
        {"main.bus",
         "bus main version 1;\nimport \"a.bus\";\nimport \"gone.bus\";\n"
         "table t { 1 a : a.money; 2 b : what.ever; }\n",
         0},
        {"a.bus", "bus a version 1;\nstruct money { \xff }\n", 0},
    };
    struct idl_result result;

    (void)state;
    assert_false(compile_files(files, 2, &result));
    assert_int_equal(result.errors, 2);
    assert_string_equal(result.diagnostics[0].rule, "import-missing");
    assert_string_equal(result.diagnostics[1].rule, "not-utf8");
    assert_string_equal(result.diagnostics[1].span.file->path, "a.bus");
    idl_free(&result);
}

static void test_places(void **state)
{
    static const char text[] = "ab\n\ncd";
    const struct idl_file file = {"x", text, sizeof text - 1, NULL};
    static const struct {
        uint32_t offset, line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {6, 3, 3}, {99, 3, 3}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct idl_place place = idl_place_of(&file, cases[i].offset);

        assert_int_equal(place.line, cases[i].line);
        assert_int_equal(place.column, cases[i].column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_roots),
        cmocka_unit_test(test_escape),        cmocka_unit_test(test_main_file),
        cmocka_unit_test(test_broken_import), cmocka_unit_test(test_fingerprint_of_imports),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
