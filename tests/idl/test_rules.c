/*
 * test_rules.c - the table for `busgen explain`: complete, and its examples are true.
 */
#include "support.h"

static void compile_example(const char *example, bool lint, struct idl_result *result)
{
    const struct idl_options options = {.lint = lint};
    static char text[4096];
    bool whole = strncmp(example, "bus ", 4) == 0 ||
                 strncmp(example, "table line { 1 sku : string", 27) == 0;

    snprintf(text, sizeof text, "%s%s\n", whole ? "" : "bus shop version 3;\n", example);
    compile_text_with(text, &options, result);
}

static void test_table(void **state)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);

    (void)state;
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        const struct idl_rule *rule = &rules[i];

        assert_ptr_equal(idl_rule_find(rule->id), rule);
        assert_true(strlen(rule->summary) > 10 && strlen(rule->summary) < 100);
        assert_null(strchr(rule->summary, '\n'));
        assert_true(strlen(rule->why) > 10);
        for (const char *letter = rule->id; *letter; letter++)
            assert_true(*letter == '-' || (*letter >= 'a' && *letter <= 'z') || *letter == '8');
    }
    assert_null(idl_rule_find("no-such-rule"));
    assert_string_equal(idl_rule_suggest("unknwon-type"), "unknown-type");
    assert_string_equal(idl_rule_suggest("enum_zero"), "enum-zero");
    assert_null(idl_rule_suggest("zzzzzzzzz"));
}

static void test_examples(void **state)
{
    size_t count;
    const struct idl_rule *rules = idl_rules(&count);
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct idl_rule *rule = &rules[i];
        bool lint = idl_rule_group_of(rule) == IDL_RULE_LINT;
        struct idl_result result;

        if (*rule->bad != '(') {
            compile_example(rule->bad, lint, &result);
            if (count_rule(&result, rule->id) == 0) {
                print_diagnostics(&result);
                fail_msg("the bad example of %s does not break it", rule->id);
            }
            idl_free(&result);
            tried++;
        }
        if (*rule->good != '(') {
            compile_example(rule->good, lint, &result);
            if (result.errors || count_rule(&result, rule->id)) {
                print_diagnostics(&result);
                fail_msg("the good example of %s is not good", rule->id);
            }
            idl_free(&result);
        }
    }
    assert_true(tried > 85);
}

static void test_closest(void **state)
{
    static const char *const words[] = {"priority", "when_full", "deadline", "use"};

    (void)state;
    assert_string_equal(idl_closest("prioritty", words, 4), "priority");
    assert_string_equal(idl_closest("whenfull", words, 4), "when_full");
    assert_string_equal(idl_closest("deadlien", words, 4), "deadline"); /* a swap is one edit */
    assert_string_equal(idl_closest("usee", words, 4), "use");
    assert_null(idl_closest("", words, 4));
    assert_null(idl_closest("x", words, 4));
    assert_null(idl_closest("retry", words, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_closest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
