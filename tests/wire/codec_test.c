/*
 * The JSON codec: every form that a value may have, and an error that names path, fault, place and
 * what is allowed for everything else.
 */
#include "codec/codec.h"
#include "fault_alloc.h"
#include "types.h"

#include "every.bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct wire_types types;

static int open_types(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    return types.count >= 24 ? 0 : -1;
}

static int close_types(void **state)
{
    (void)state;
    wire_types_close(&types);
    return 0;
}

static const struct idl_table *model_of(const char *name)
{
    const struct idl_table *model = codec_find(types.results[1].bus, name, NULL);

    assert_non_null(model);
    return model;
}

/* ---- encode ---- */

static void expect_refusal(const char *type, const char *json, uint32_t line, uint32_t column,
                           const char *text)
{
    struct codec_error error = {0};
    uint8_t *bytes;
    size_t size;
    enum codec_status status =
        codec_encode(model_of(type), json, strlen(json), &bytes, &size, &error);

    assert_int_equal(status, CODEC_REFUSED);
    assert_null(bytes);
    assert_string_equal(error.text, text);
    if (error.line != line || error.column != column)
        fail_msg("%s is said to be at %u:%u, not %u:%u", text, error.line, error.column, line,
                 column);
}

/* The compact JSON that the bytes of this JSON decode to. */
static void expect_json(const char *type, const char *json, const char *wanted)
{
    const struct idl_table *model = model_of(type);
    const struct codec_options options = {.compact = true};
    struct codec_error error = {0};
    uint8_t *bytes;
    char *back;
    size_t size;

    if (codec_encode(model, json, strlen(json), &bytes, &size, &error) != CODEC_OK)
        fail_msg("%s: %s", json, error.text);
    assert_int_equal((uintptr_t)bytes % 8, 0);
    assert_int_equal(codec_decode(model, bytes, size, &options, &back, &error), CODEC_OK);
    if (strstr(back, wanted) == NULL)
        fail_msg("%s gives %s, without %s", json, back, wanted);
    free(back);
    free(bytes);
}

static void integers(void **state)
{
    (void)state;
    expect_json("every.scalars", "{\"a\": 255}", "\"a\":255,");
    expect_json("every.scalars", "{\"a\": \"255\"}", "\"a\":255,");
    expect_json("every.scalars", "{\"b\": -128}", "\"b\":-128,");
    expect_json("every.scalars", "{\"g\": 18446744073709551615}", "\"g\":\"18446744073709551615\"");
    expect_json("every.scalars", "{\"g\": \"18446744073709551615\"}",
                "\"g\":\"18446744073709551615\"");
    expect_json("every.scalars", "{\"h\": -9223372036854775808}", "\"h\":\"-9223372036854775808\"");
    expect_json("every.scalars", "{\"h\": 9007199254740992}", "\"h\":9007199254740992,");
    expect_json("every.scalars", "{\"h\": 9007199254740993}", "\"h\":\"9007199254740993\",");
    expect_refusal("every.scalars", "{\"a\": 256}", 1, 2, "a: 256 does not fit u8 (0 to 255)");
    expect_refusal("every.scalars", "{\"a\": -1}", 1, 2, "a: -1 does not fit u8 (0 to 255)");
    expect_refusal("every.scalars", "{\"b\": 128}", 1, 2, "b: 128 does not fit i8 (-128 to 127)");
    expect_refusal("every.scalars", "{\"g\": 18446744073709551616}", 1, 2,
                   "g: '18446744073709551616' is no u64 (0 to 18446744073709551615)");
    expect_refusal(
        "every.scalars", "{\"h\": 9223372036854775808}", 1, 2,
        "h: '9223372036854775808' is no i64 (-9223372036854775808 to 9223372036854775807)");
    expect_refusal("every.scalars", "{\"a\": 1.5}", 1, 2,
                   "a: u8 is wanted, not a number with a fraction or exponent");
    expect_refusal("every.scalars", "{\"a\": \"x\"}", 1, 2, "a: 'x' is no u8 (0 to 255)");
    expect_refusal("every.scalars", "{\"a\": true}", 1, 2, "a: u8 is wanted, not true or false");
}

static void other_scalars(void **state)
{
    (void)state;
    expect_json("every.scalars", "{\"yes\": true}", "\"yes\":true,");
    expect_json("every.scalars", "{\"yes\": 1}", "\"yes\":true,");
    expect_refusal("every.scalars", "{\"yes\": 2}", 1, 2,
                   "yes: true or false is wanted, not an integer");
    expect_json("every.scalars", "{\"i\": 0.1, \"j\": 0.1}", "\"i\":0.1,\"j\":0.1,");
    expect_json("every.scalars", "{\"j\": 3}", "\"j\":3.0,");
    expect_json("every.scalars", "{\"i\": \"nan\", \"j\": \"-inf\"}",
                "\"i\":\"nan\",\"j\":\"-inf\",");
    expect_refusal("every.scalars", "{\"i\": 1e300}", 1, 2, "i: the number is too large for f32");
    expect_refusal("every.scalars", "{\"j\": \"many\"}", 1, 2,
                   "j: f64 is wanted (a number, \"nan\", \"inf\", \"-inf\"), not a string");
    expect_json("every.scalars", "{\"at\": \"2026-01-31T12:00:00.5Z\"}",
                "\"at\":\"2026-01-31T12:00:00.5Z\"");
    expect_json("every.scalars", "{\"at\": \"2026-01-31T13:30:00+01:30\"}",
                "\"at\":\"2026-01-31T12:00:00Z\"");
    expect_json("every.scalars", "{\"at\": 1}", "\"at\":\"1970-01-01T00:00:00.000000001Z\"");
    expect_json("every.scalars", "{\"at\": \"1677-09-21T00:12:43.145224192Z\"}",
                "\"at\":\"1677-09-21T00:12:43.145224192Z\"");
    expect_json("every.scalars", "{\"lasts\": \"-1500us\"}", "\"lasts\":\"-1500us\"");
    expect_json("every.scalars", "{\"lasts\": 250000000}", "\"lasts\":\"250ms\"");
    expect_refusal("every.scalars", "{\"lasts\": \"5 apples\"}", 1, 2,
                   "lasts: '5 apples' is no duration (an integer and ns, us, ms, s, m or h, as "
                   "\"250ms\", or an integer of nanoseconds)");
    expect_json("every.scalars", "{\"id\": \"123E4567-e89b-12d3-a456-426614174000\"}",
                "\"id\":\"123e4567-e89b-12d3-a456-426614174000\"");
    expect_json("every.scalars", "{\"id\": {\"high\": 1, \"low\": 2}}",
                "\"id\":\"00000000-0000-0001-0000-000000000002\"");
    expect_refusal("every.scalars", "{\"id\": \"123\"}", 1, 2,
                   "id: '123' is no uuid (\"123e4567-e89b-12d3-a456-426614174000\")");
}

static void bad_times(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-01-31",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00Zz",
        "2300-01-01T00:00:00Z",
        "1600-01-01T00:00:00Z",
        "2262-04-11T23:47:16.854775808Z",
    };
    char json[128];
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(json, sizeof(json), "{\"at\": \"%s\"}", bad[i]);
        snprintf(
            text, sizeof(text),
            "at: '%s' is no time (RFC 3339, \"2026-01-31T12:00:00.5Z\", years 1678 to 2261, or "
            "an integer of nanoseconds since 1970)",
            bad[i]);
        expect_refusal("every.scalars", json, 1, 2, text);
    }
}

static void names(void **state)
{
    (void)state;
    expect_json("every.enums", "{\"u8\": \"top\"}", "\"u8\":\"top\"");
    expect_json("every.enums", "{\"u8\": 77}", "\"u8\":77");
    expect_json("every.enums", "{\"i32\": -2147483648}", "\"i32\":\"low\"");
    expect_refusal("every.enums", "{\"u8\": 256}", 1, 2, "u8: 256 does not fit u8 (0 to 255)");
    expect_refusal("every.enums", "{\"u8\": \"tpo\"}", 1, 2,
                   "u8: every.base_u8 has no 'tpo'; did you mean 'top'?");
    expect_json("every.enums", "{\"f8\": \"top a\"}", "\"f8\":\"a top\"");
    expect_json("every.enums", "{\"f8\": 2}", "\"f8\":2");
    expect_json("every.enums", "{\"f8\": \"\"}", "\"f8\":0");
    expect_json("every.enums", "{\"f64\": \"top\"}", "\"f64\":\"top\"");
    expect_refusal("every.enums", "{\"f8\": \"a  zz\"}", 1, 2, "f8: every.bits_u8 has no 'zz'");
}

static void text_and_bytes(void **state)
{
    (void)state;
    expect_json("every.vectors", "{\"text\": \"\\u00e9\\u0000\\n\\\"\"}",
                "\"text\":\"\xc3\xa9\\u0000\\n\\\"\"");
    expect_json("every.vectors", "{\"raw\": [1, 255]}", "\"raw\":[1,255]");
    expect_json("every.vectors", "{\"raw\": \"AQL/\"}", "\"raw\":[1,2,255]");
    expect_json("every.vectors", "{\"raw\": \"AQ==\"}", "\"raw\":[1]");
    expect_json("every.vectors", "{\"raw\": \"\"}", "\"raw\":[]");
    expect_refusal("every.vectors", "{\"raw\": \"AQ=\"}", 1, 2, "raw: the text is not base64");
    expect_refusal("every.vectors", "{\"raw\": \"A!==\"}", 1, 2, "raw: the text is not base64");
    expect_refusal("every.vectors", "{\"raw\": [256]}", 1, 10,
                   "raw[0]: 256 does not fit u8 (0 to 255)");
    expect_refusal("every.leaf", "{\"text\": \"123456789012345678901\"}", 1, 2,
                   "text: 21 bytes, at most 20");
    expect_refusal("every.leaf", "{\"text\": 5}", 1, 2, "text: a string is wanted, not an integer");
}

static void containers(void **state)
{
    (void)state;
    expect_json("every.optionals", "{\"a\": null, \"b\": 1}", "{\"b\":1}");
    expect_json("every.unions", "{\"second_type\": \"leaf\", \"second\": {\"number\": 2}}",
                "\"second_type\":\"leaf\",\"second\":{\"text\":\"\",\"number\":2}");
    expect_json("every.unions", "{\"second_type\": \"NONE\"}", "{\"number\":0}");
    expect_refusal("every.unions", "{\"second\": {}}", 1, 2,
                   "second: 'second_type' must say which arm this is");
    expect_refusal("every.unions", "{\"second_type\": \"leaf\"}", 1, 2,
                   "second_type: the value, 'second', is missing");
    expect_refusal("every.unions", "{\"second_type\": \"twig\", \"second\": {}}", 1, 2,
                   "second_type: every.choice has no arm 'twig'");
    expect_json("every.fixed", "{\"wide\": [1, 2]}", "\"wide\":[1,2]");
    expect_json("every.fixed", "{\"wide\": {\"value\": [1, 2]}}", "\"wide\":[1,2]");
    expect_refusal("every.fixed", "{\"wide\": [1]}", 1, 2,
                   "wide: 1 elements, exactly 2 are wanted");
    expect_refusal("every.vectors", "{\"at\": [1, 2, 3, 4, 5, 6, 7]}", 1, 2,
                   "at: 7 elements, at most 6");
    expect_refusal("every.tables", "{\"leaf\": []}", 1, 2,
                   "leaf: an object (every.leaf) is wanted, not an array");
    expect_json("every.tables", "{\"leaf\": {}}", "\"leaf\":{\"text\":\"\",\"number\":7}");
    expect_json("every.defaults", "{}", "\"g\":\"18446744073709551615\"");
}

static void places(void **state)
{
    (void)state;
    expect_refusal("every.tables",
                   "{\n"
                   "  \"number\": 1,\n"
                   "  \"middle\": {\n"
                   "    \"leaves\": [\n"
                   "      {\"text\": \"a, [b]}\\\"\"},\n"
                   "      {\"text\": \"c\", \"numbre\": 1}\n"
                   "    ]\n"
                   "  }\n"
                   "}\n",
                   6, 21,
                   "middle.leaves[1].numbre: no such field in every.leaf; did you mean 'number'?");
    expect_refusal("every.history", "{ \"gone_text\": \"x\" }", 1, 3,
                   "gone_text: this field was removed from every.history");
    expect_refusal("every.leaf", "[]", 1, 1, "an object (every.leaf) is wanted, not an array");
}

static void not_json(void **state)
{
    struct codec_error error = {0};
    uint8_t *bytes;
    size_t size;
    static const char *const bad[] = {"",
                                      "{",
                                      "{\"text\": }",
                                      "{\"text\": \"\xff\"}",
                                      "{\"text\": \"a\", \"text\": \"b\"}",
                                      "{} {}",
                                      "nul",
                                      "{,}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            codec_encode(model_of("every.leaf"), bad[i], strlen(bad[i]), &bytes, &size, &error),
            CODEC_REFUSED);
        assert_non_null(strstr(error.text, "not JSON: "));
        assert_true(error.line >= 1);
    }
    /* The place is that of the user's text, not of the one with quotes around large numbers. */
    assert_int_equal(codec_encode(model_of("every.scalars"),
                                  "{\"g\": 12345678901234567890,\n \"h\": 12345678901234567890, ]",
                                  53, &bytes, &size, &error),
                     CODEC_REFUSED);
    assert_int_equal(error.line, 2);
    assert_in_range(error.column, 26, 30);
    /* jansson takes a NUL behind a number for white space; the walk to the place of a later error
     * stood still at it. */
    assert_int_equal(codec_encode(model_of("every.leaf"), "{\n \"a\": [1\0 ], \"b\": 2}", 22,
                                  &bytes, &size, &error),
                     CODEC_REFUSED);
    assert_string_equal(error.text, "not JSON: a NUL byte; write \\u0000 in text");
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 9);
}

/* ---- decode ---- */

static void bad_bytes(void **state)
{
    const struct idl_table *model = model_of("every.leaf");
    struct codec_error error = {0};
    char *json;

    (void)state;
    assert_int_equal(codec_decode(model, (const uint8_t *)"", 0, NULL, &json, &error),
                     CODEC_REFUSED);
    assert_string_equal(error.text, "the bytes are no every.leaf: message: too short to be one");
    assert_null(json);
}

static void secrets_are_shown(void **state)
{
    (void)state;
    expect_json("every.secrets", "{\"password\": \"hunter2\"}", "\"password\":\"hunter2\"");
}

static void found_names(void **state)
{
    const struct idl_bus *bus = types.results[1].bus;
    const char *suggestion;

    (void)state;
    assert_string_equal(codec_find(bus, "ask", NULL)->decl.name, "ask");
    assert_string_equal(codec_find(bus, "every.ask", NULL)->decl.name, "ask");
    assert_string_equal(codec_find(bus, "ask.ok", NULL)->decl.name, "ok");
    assert_string_equal(codec_find(bus, "every.ask.unknown", NULL)->decl.name, "unknown");
    assert_string_equal(codec_find(bus, "leaf", NULL)->decl.name, "leaf");
    assert_string_equal(codec_find(bus, "common.person", NULL)->decl.name, "person");
    assert_null(codec_find(bus, "mixed", NULL)); /* a struct is no message */
    assert_null(codec_find(bus, "scalers", &suggestion));
    assert_string_equal(suggestion, "scalars");
    assert_null(codec_find(bus, "", &suggestion));
}

/* Every allocation fails once, and from then on: out of memory is said, nothing is left behind. */
static void memory_runs_out(void **state)
{
    static const char json[] =
        "{\"first_type\": \"middle\", \"first\": {\"leaves\": [{}, {\"text\": \"a\"}]}, "
        "\"number\": 3, \"third_type\": \"leaf\", \"third\": {}}";
    const struct idl_table *model = model_of("every.unions");

    (void)state;
    for (int onward = 0; onward < 2; onward++) {
        for (unsigned long nth = 1;; nth++) {
            struct codec_error error;
            enum codec_status status;
            uint8_t *bytes = NULL;
            char *text = NULL;
            size_t size = 0;
            bool failed;

            fault_alloc_arm(nth, onward != 0);
            status = codec_encode(model, json, strlen(json), &bytes, &size, &error);
            if (status == CODEC_OK)
                status = codec_decode(model, bytes, size, NULL, &text, &error);
            failed = fault_alloc_disarm();
            if (status != (failed ? CODEC_OUT_OF_MEMORY : CODEC_OK))
                fail_msg("allocation %lu: status %d: %s", nth, (int)status, error.text);
            assert_true((text != NULL) == !failed);
            free(text);
            free(bytes);
            if (!failed) {
                assert_true(nth > 10);
                break;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),       cmocka_unit_test(other_scalars),
        cmocka_unit_test(bad_times),      cmocka_unit_test(names),
        cmocka_unit_test(text_and_bytes), cmocka_unit_test(containers),
        cmocka_unit_test(places),         cmocka_unit_test(not_json),
        cmocka_unit_test(bad_bytes),      cmocka_unit_test(secrets_are_shown),
        cmocka_unit_test(found_names),    cmocka_unit_test(memory_runs_out),
    };

    return cmocka_run_group_tests(tests, open_types, close_types);
}
