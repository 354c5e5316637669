/*
 * test_format.c - the one layout: each format/X.bus becomes format/X.txt; for every schema of the
 * tests, however wrong, a second run changes nothing, and model and findings stay what they were.
 * covers: A7
 *
 * IDL_UPDATE=1 in the environment writes the expected texts; look at the difference before
 * committing it.
 */
#include "support.h"

#include "internal.h"

#include <dirent.h>

enum { TEXT_MAX = 256 * 1024 };

struct loaded {
    char data[TEXT_MAX];
    size_t size;
};

static void load(const char *path, struct loaded *text)
{
    FILE *file = fopen(path, "rb");

    text->size = 0;
    if (file) {
        text->size = fread(text->data, 1, sizeof text->data - 1, file);
        fclose(file);
    }
    assert_true(text->size < sizeof text->data - 1);
    text->data[text->size] = '\0';
}

/* The layout of `text`; NULL: it has errors. The result is to be freed. */
static const char *lay_out(const char *text, size_t size, size_t *formatted,
                           struct idl_result *result)
{
    const char *good = idl_format("test.bus", text, size, formatted, result);

    assert_false(result->out_of_memory);
    assert_true((good == NULL) == (result->errors > 0));
    return good;
}

static void assert_layout(const char *text, const char *expected)
{
    struct idl_result result;
    size_t size;
    const char *good = lay_out(text, strlen(text), &size, &result);

    assert_non_null(good);
    assert_int_equal(size, strlen(expected));
    assert_string_equal(good, expected);
    idl_free(&result);
}

/* ---- folders ---- */

static bool ends_in(const char *name, const char *ending)
{
    size_t size = strlen(name);

    return size > strlen(ending) && strcmp(name + size - strlen(ending), ending) == 0;
}

/* Calls `use` with each schema of a folder; how many there were. */
static size_t each(const char *folder, void (*use)(const char *path))
{
    DIR *entries = opendir(folder);
    struct dirent *entry;
    size_t count = 0;
    char path[600];

    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        if (!ends_in(entry->d_name, ".bus"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        use(path);
        count++;
    }
    closedir(entries);
    return count;
}

/* ---- goldens ---- */

static size_t different;

static void compare(const char *path)
{
    static struct loaded text, expected;
    struct idl_result result;
    char other[620];
    const char *good;
    size_t size;

    load(path, &text);
    good = lay_out(text.data, text.size, &size, &result);
    assert_non_null(good);
    snprintf(other, sizeof other, "%.*s.txt", (int)(strlen(path) - 4), path);
    if (getenv("IDL_UPDATE")) {
        FILE *file = fopen(other, "wb");

        assert_non_null(file);
        fwrite(good, 1, size, file);
        fclose(file);
    }
    load(other, &expected);
    if (size != expected.size || memcmp(good, expected.data, size) != 0) {
        fprintf(stderr, "%s\n--- expected\n%s--- is\n%s", path, expected.data, good);
        different++;
    }
    idl_free(&result);
}

static void test_golden(void **state)
{
    (void)state;
    different = 0;
    assert_true(each("format", compare) >= 4);
    assert_int_equal(different, 0);
}

/* ---- what holds for all ---- */

static size_t laid_out;

/* Which rules `text` breaks, without their places; in `said`. The fingerprint of what it says. */
static uint64_t findings(const char *text, struct loaded *said)
{
    struct idl_result result;
    uint64_t fingerprint;

    compile_text(text, &result);
    fingerprint = result.bus ? result.bus->fingerprint : 0;
    said->size = 0;
    for (size_t i = 0; i < result.diagnostic_count; i++)
        said->size += (size_t)snprintf(said->data + said->size, sizeof said->data - said->size,
                                       "%s\n", result.diagnostics[i].rule);
    idl_free(&result);
    return fingerprint;
}

static void check_one(const char *path)
{
    static struct loaded text, before, after;
    struct idl_result first, second;
    const char *good, *again;
    size_t size, size_again;

    load(path, &text);
    good = lay_out(text.data, text.size, &size, &first);
    if (good) {
        laid_out++;
        again = lay_out(good, size, &size_again, &second);
        if (!again || size != size_again || memcmp(good, again, size) != 0)
            fail_msg("%s: a second run changes it:\n%s", path, again ? again : "(refused)");
        idl_free(&second);
        assert_true(findings(text.data, &before) == findings(good, &after));
        if (before.size != after.size || memcmp(before.data, after.data, before.size) != 0)
            fail_msg("%s: said\n%.*snow\n%.*s", path, (int)before.size, before.data,
                     (int)after.size, after.data);
    }
    idl_free(&first);
}

static void test_all(void **state)
{
    (void)state;
    laid_out = 0;
    assert_true(each("good", check_one) > 0);
    assert_true(each("lint", check_one) > 0);
    assert_true(each("format", check_one) > 0);
    assert_true(each("bad", check_one) > 100);
    assert_true(laid_out > 100); /* others are wrong in their syntax */
}

/* ---- bytes ---- */

static void test_bytes(void **state)
{
    (void)state;
    assert_layout("bus b version 1;", "bus b version 1;\n");
    assert_layout("\r\n\r\nbus b version 1;\r\n\r\n\r\n\r\ntable t{\r\n\r\n1 a:u8;\r\n}\r\n\r\n",
                  "bus b version 1;\n\ntable t {\n    1 a : u8;\n}\n");
    assert_layout("\xef\xbb\xbf  bus b version 1;", "\xef\xbb\xbf"
                                                    "bus b version 1;\n");
    assert_layout("bus b version 1; /* one\r\n  * two  \r\n\r\n*/\r\n",
                  "bus b version 1; /* one\n  * two\n\n*/\n");
    assert_layout(
        "bus b version 1;\n/* \xc3\xbc */\nconst c:string=\"\xc3\xbc  \xc3\xbc\";//\xe2\x82\xac \n",
        "bus b version 1;\n/* \xc3\xbc */\n"
        "const c : string = \"\xc3\xbc  \xc3\xbc\";  //\xe2\x82\xac\n");
}

/* ---- what is refused ---- */

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        const char *rule;
    } cases[] = {
        {"", "missing-bus"},
        {"bus b version 1;\ntable t { 1 a : u8", "unclosed-block"},
        {"bus b version 1;\ntable t { 1 a u8; }", "expected-symbol"},
        {"bus b version 1;\n/* open", "unterminated-comment"},
        {"bus b version 1;\nconst c : string = \"open;\n", "unterminated-string"},
        {"bus b version 1;\n}\n", "expected-declaration"},
        {"bus b version 1;\n\xff\n", "not-utf8"},
        {"bus b version 1;\n# c\n", "unexpected-character"},
        {"bus b version 1;\nevent e { 1 a : u8; priorty high; }\n", "unknown-setting"},
    };
    struct idl_result result;
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(lay_out(cases[i].text, strlen(cases[i].text), &size, &result));
        assert_int_equal(size, 0);
        if (count_rule(&result, cases[i].rule) == 0) {
            print_diagnostics(&result);
            fail_msg("'%s': no %s", cases[i].text, cases[i].rule);
        }
        idl_free(&result);
    }
    /* wrong, but not in its syntax */
    assert_layout("bus Bad version 0;table t{1 a:strng;7 a:u8 max 3;}",
                  "bus Bad version 0;\ntable t { 1 a : strng; 7 a : u8 max 3; }\n");
}

static void test_too_large(void **state)
{
    size_t size = IDL_FILE_SIZE_MAX + 1, formatted;
    char *text = malloc(size);
    struct idl_result result;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', size);
    assert_null(lay_out(text, size, &formatted, &result));
    assert_int_equal(count_rule(&result, "file-too-large"), 1);
    idl_free(&result);
    free(text);
}

/* Lines of a million of anything are laid out in one go. */
static void test_long(void **state)
{
    static const struct {
        const char *start;
        const char *part;
        const char *end;
    } cases[] = {
        {"bus b version 1;", ";", ""},
        {"bus b version 1;", "/* c */", ""},
        {"bus b version 1;table t{1 a:u8;", "\n// lint: off x y", "\n}"},
        {"bus b version 1;table t{1 a ", "/**/", ":u8;}"},
        {"bus b version 1;event e{1 a:u8;", "idempotent;", "}"},
        {"bus b version 1;event e{1 a:u8;", "idempotent,", "idempotent;}"},
    };
    size_t formatted, size;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t part = strlen(cases[i].part);
        size_t count = 100000 / part;
        char *text = malloc(100000 + 200);
        struct idl_result result;

        assert_non_null(text);
        size = strlen(cases[i].start);
        memcpy(text, cases[i].start, size);
        for (size_t j = 0; j < count; j++, size += part)
            memcpy(text + size, cases[i].part, part);
        memcpy(text + size, cases[i].end, strlen(cases[i].end));
        size += strlen(cases[i].end);
        assert_non_null(lay_out(text, size, &formatted, &result));
        assert_true(formatted >= count * (part - 1));
        idl_free(&result);
        free(text);
    }
}

/* ---- memory ---- */

struct failure {
    unsigned count;
    unsigned at;
};

static bool fails(void *context)
{
    struct failure *failure = context;

    return failure->count++ == failure->at;
}

static void run_out(const char *path)
{
    static struct loaded text;
    struct failure failure = {.at = UINT32_MAX};
    struct idl_result result;
    unsigned count;
    size_t size;

    load(path, &text);
    idl_test_memory(fails, &failure);
    assert_non_null(lay_out(text.data, text.size, &size, &result));
    idl_free(&result);
    count = failure.count;
    for (unsigned at = 0; at < count; at++) {
        failure = (struct failure){.at = at};
        assert_null(idl_format(path, text.data, text.size, &size, &result));
        assert_true(result.out_of_memory);
        assert_int_equal(result.diagnostic_count, 0);
        idl_free(&result);
    }
    idl_test_memory(NULL, NULL);
}

static void test_memory(void **state)
{
    (void)state;
    assert_true(each("format", run_out) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),    cmocka_unit_test(test_all),
        cmocka_unit_test(test_bytes),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_long),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
