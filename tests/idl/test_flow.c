/*
 * test_flow.c - who hears and emits what: schemas about which nothing is to be said, long ways and
 * many circles. covers: P1, P2
 */
#include "support.h"

static struct idl_result compile_lint(const char *text)
{
    static const struct idl_options options = {.lint = true};
    struct idl_result result;

    compile_text_with(text, &options, &result);
    return result;
}

/* Nothing is said of a file that declares messages alone, whatever its importers do. */
static void test_silent(void **state)
{
    static const struct memory_file files[] = {
        {"test.bus",
         "bus a version 1; import \"b.bus\"; event sold { } command sell { }\n"
         "component c { handles sell; emits sold; listens b.made; }\n"
         "component d { listens sold; }",
         0},
        {"b.bus", "bus b version 1; event made { } event lost { } command make { }", 0},
        {"c.bus",
         "bus c version 1; event made { } event lost { } command make { }\n"
         "component k { listens made; }",
         0}};
    struct idl_result result;

    (void)state;
    assert_true(compile_files(&files[1], 1, &result));
    assert_int_equal(result.diagnostic_count, 0);
    idl_free(&result);
    assert_true(compile_files(files, 2, &result));
    assert_int_equal(result.diagnostic_count, 0);
    idl_free(&result);
    /* the same with components is looked at by itself */
    assert_true(compile_files(&files[2], 1, &result));
    assert_int_equal(count_rule(&result, "event-dead"), 1);
    assert_int_equal(count_rule(&result, "command-without-handler"), 1);
    idl_free(&result);
}

/* What was not understood may be what is missing. */
static void test_broken(void **state)
{
    struct idl_result result =
        compile_lint("bus b version 1; event sold { } event lost { } command sell { }\n"
                     "component c { listens sold; handles sel; emits sold; }");

    (void)state;
    assert_int_equal(result.errors, 1);
    assert_int_equal(count_rule(&result, "event-dead"), 0);
    assert_int_equal(count_rule(&result, "command-without-handler"), 0);
    assert_int_equal(count_rule(&result, "event-storm"), 1);
    idl_free(&result);
}

/* A circle through an imported event; the place is in the first file that has a part in it. */
static void test_across_files(void **state)
{
    static const struct memory_file files[] = {
        {"test.bus",
         "bus a version 1; import \"b.bus\"; event sold { }\n"
         "component c { emits sold; listens b.made; }",
         0},
        {"b.bus", "bus b version 1; event made { } component d { emits made; listens made; }", 0}};
    struct idl_result result;

    (void)state;
    compile_files(files, 2, &result);
    assert_int_equal(count_rule(&result, "event-storm"), 1);
    assert_string_equal(result.diagnostics[0].span.file->path, "b.bus");
    assert_int_equal(result.diagnostics[0].note_count, 2);
    assert_string_equal(result.diagnostics[0].notes[0].text, "'d' listens to 'made'");
    assert_string_equal(result.diagnostics[0].notes[1].text, "'d' emits 'made'");
    idl_free(&result);
}

/* Retries multiply along the way where they are most; a budget and a circle do not add. */
static void test_amplification(void **state)
{
    static const char head[] = "bus b version 1; policy p { retry 7; }\n"
                               "event a { use p; } event b { use p; } event c { use p; }\n"
                               "component x { listens a; emits b; }\n";
    char text[1000];
    struct idl_result result;

    (void)state;
    /* 64 runs of b; then c comes from what is above the limit already */
    snprintf(text, sizeof text, "%scomponent y { listens b; emits c; } component z { listens c; }",
             head);
    compile_text(text, &result);
    assert_int_equal(result.warnings, 1);
    assert_string_equal(result.diagnostics[0].text,
                        "retries multiply: one 'a' can lead to 64 runs for 'b'");
    assert_int_equal(result.diagnostics[0].note_count, 4);
    idl_free(&result);
    /* nobody runs b */
    compile_text(head, &result);
    assert_int_equal(count_rule(&result, "retry-amplification"), 0);
    idl_free(&result);
    /* in a circle each counts once: no way leads into it from outside */
    snprintf(text, sizeof text, "%scomponent y { listens b; emits a; }", head);
    compile_text(text, &result);
    assert_int_equal(count_rule(&result, "retry-amplification"), 0);
    assert_int_equal(count_rule(&result, "event-storm"), 1);
    idl_free(&result);
}

/* A way through 15,000 components and back: nothing recurses, and time grows with the length. */
static void test_long(void **state)
{
    enum { LENGTH = 15000 };
    char *text = malloc(LENGTH * 100);
    char *at = text;
    struct idl_result result;

    (void)state;
    assert_non_null(text);
    at += snprintf(at, 100, "bus b version 1;\n");
    for (int i = 0; i < LENGTH; i++)
        at += snprintf(at, 100, "event e%d { }\n", i);
    for (int i = 0; i < LENGTH; i++)
        at += snprintf(at, 100, "component c%d { listens e%d; emits e%d; }\n", i, i,
                       (i + 1) % LENGTH);
    compile_text(text, &result);
    assert_int_equal(result.errors, 0);
    assert_int_equal(result.warnings, 1);
    assert_string_equal(
        result.diagnostics[0].text,
        "events can go round for ever: e0 -> e1 -> e2 -> e3 -> e4 -> e5 -> ... -> e0");
    assert_int_equal(result.diagnostics[0].note_count, IDL_NOTES_MAX);
    idl_free(&result);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silent),       cmocka_unit_test(test_broken),
        cmocka_unit_test(test_across_files), cmocka_unit_test(test_amplification),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
