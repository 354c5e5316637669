/*
 * test_lint.c - rules that can be set: by option, and by comments in the schema. covers: A7, P1
 */
#include "support.h"

static size_t findings(const char *text, const struct idl_options *options, const char *rule)
{
    struct idl_result result;
    size_t count;

    compile_text_with(text, options, &result);
    count = count_rule(&result, rule);
    if (result.errors + result.warnings != count)
        print_diagnostics(&result);
    assert_int_equal(result.errors + result.warnings, count);
    idl_free(&result);
    return count;
}

static size_t retried(const char *text)
{
    static const struct idl_options none;

    return findings(text, &none, "retry-not-idempotent");
}

#define OFF "// lint: off retry-not-idempotent a reason\n"
#define BAD "command a { 1 id : u64;\n retry 2;\n }\n"

/* Where a comment stands says what it is about. */
static void test_comments(void **state)
{
    (void)state;
    assert_int_equal(retried("bus b version 1;\n" BAD), 1);
    assert_int_equal(retried("bus b version 1;\n" OFF BAD), 0);
    assert_int_equal(retried("bus b version 1;\n\t " OFF "\n// more\n/// doc\n" BAD), 0);
    /* of one declaration only */
    assert_int_equal(retried("bus b version 1;\n" OFF BAD "command b { retry 2; }"), 1);
    assert_int_equal(retried("bus b version 1;\n" OFF "event e { }\n" BAD), 1);
    assert_int_equal(retried("bus b version 1;\n" OFF "const c : u8 = 1;\n" BAD), 1);
    /* of the line below, of its own line */
    assert_int_equal(retried("bus b version 1; command a { 1 id : u64;\n" OFF "\n retry 2;\n }"),
                     0);
    assert_int_equal(retried("bus b version 1; command a {\n" OFF "1 id : u64;\n retry 2;\n }"), 1);
    assert_int_equal(retried("bus b version 1; command a {\n retry 2; " OFF "}"), 0);
    assert_int_equal(retried("bus b version 1; command a {\n 1 id : u64; " OFF "retry 2;}"), 1);
    assert_int_equal(retried("bus b version 1; command a { retry 2; } " OFF), 0);
    assert_int_equal(retried("bus b version 1; command c {\n" OFF "\n}\n" BAD), 1);
    /* of the file */
    assert_int_equal(retried("// a file\n" OFF "bus b version 1;\n" BAD "command b { retry 2; }"),
                     0);
    assert_int_equal(retried("\xef\xbb\xbf" OFF "bus b version 1;\n" BAD), 0);
    /* no such comments */
    assert_int_equal(retried("bus b version 1;\n/* " OFF "*/" BAD), 1);
    assert_int_equal(retried("bus b version 1;\n//" OFF BAD), 1);
    assert_int_equal(retried("bus b version 1;\n// see " OFF BAD), 1);
    assert_int_equal(retried("bus b version 1; const c : string = \"// lint: off x y\";\n" BAD), 1);
}

/* One declaration may have several, and each is about its own rule. */
static void test_several(void **state)
{
    static const struct idl_options none;
    const char *text = "bus b version 1;\n" OFF "// lint: off retries-past-deadline slow\n"
                       "command a { retry 2; deadline 1ms; }\ncommand b { retry 2; deadline 1ms; }";
    struct idl_result result;

    (void)state;
    compile_text_with(text, &none, &result);
    assert_int_equal(result.errors, 2);
    assert_int_equal(count_rule(&result, "retry-not-idempotent"), 1);
    assert_int_equal(count_rule(&result, "retries-past-deadline"), 1);
    idl_free(&result);
}

static void test_levels(void **state)
{
    const char *text = "bus b version 1;\n" BAD "event e { 1 id : u64; retry 2; }";
    const struct idl_rule_level off[] = {{"retry-not-idempotent", IDL_OFF}};
    const struct idl_rule_level levels[] = {{"retry-not-idempotent", IDL_OFF},
                                            {"retry-not-idempotent", IDL_WARNING},
                                            {"retried-event-not-idempotent", IDL_ERROR},
                                            {"enum-zero", IDL_OFF},
                                            {"no-such-rule", IDL_OFF}};
    struct idl_result result;

    (void)state;
    compile_text_with(text, &(struct idl_options){.levels = off, .level_count = 1}, &result);
    assert_non_null(result.bus);
    assert_int_equal(result.diagnostic_count, 0);
    idl_free(&result);

    compile_text_with(text, &(struct idl_options){.levels = levels, .level_count = 5}, &result);
    assert_null(result.bus);
    assert_int_equal(result.errors, 1);
    assert_int_equal(result.warnings, 1);
    assert_string_equal(result.diagnostics[0].rule, "retry-not-idempotent");
    assert_int_equal(result.diagnostics[0].severity, IDL_WARNING);
    assert_string_equal(result.diagnostics[1].rule, "retried-event-not-idempotent");
    assert_int_equal(result.diagnostics[1].severity, IDL_ERROR);
    idl_free(&result);

    /* rules without which the model would be wrong stay */
    compile_text_with("bus b version 1; enum e : u8 { a = 1; }",
                      &(struct idl_options){.levels = levels, .level_count = 5}, &result);
    assert_int_equal(count_rule(&result, "enum-zero"), 1);
    idl_free(&result);
}

/* A file may have so many comments; the next one is told and does nothing. */
static void test_many(void **state)
{
    static const struct idl_options none;
    enum { COUNT = 1001 };
    char *text = malloc(COUNT * 100 + 1000);
    char *at = text;
    struct idl_result result;

    (void)state;
    assert_non_null(text);
    at += snprintf(at, 100, "bus b version 1;\n");
    for (int i = 0; i < COUNT; i++)
        at += snprintf(at, 100, OFF "command a%d { retry 1; }\n", i);
    compile_text_with(text, &none, &result);
    assert_int_equal(result.errors, 1);
    assert_int_equal(count_rule(&result, "lint-comment"), 1);
    idl_free(&result);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
