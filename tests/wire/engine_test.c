/*
 * What the engine does from descriptions: print, compare, init, views, check, and the text of
 * values.
 */
#include "every.bus.h"
#include "nested.bus.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- text of values ---- */

static void times_as_text(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {INT64_C(1769860800500000000), "2026-01-31T12:00:00.5Z"},
        {INT64_C(951782400000000001), "2000-02-29T00:00:00.000000001Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {-1000000000, "1969-12-31T23:59:59Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };
    char text[BUS_TIME_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bus_time_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void durations_as_text(void **state)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {250000000, "250ms"},
        {-3000000000, "-3s"},
        {INT64_C(7200000000000), "2h"},
        {90000000000, "90s"},
        {120000000000, "2m"},
        {1500, "1500ns"},
        {7000, "7us"},
        {INT64_MIN, "-9223372036854775808ns"},
    };
    char text[BUS_DURATION_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bus_duration_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void numbers_as_text(void **state)
{
    char text[BUS_NUMBER_TEXT_SIZE];

    (void)state;
    bus_number_text((double)0.1f, true, text);
    assert_string_equal(text, "0.1");
    bus_number_text(0.1, false, text);
    assert_string_equal(text, "0.1");
    bus_number_text(1.0 / 3, false, text);
    assert_string_equal(text, "0.3333333333333333");
    bus_number_text(-0.0, false, text);
    assert_string_equal(text, "-0");
    bus_number_text((double)NAN, false, text);
    assert_string_equal(text, "nan");
    bus_number_text(-(double)INFINITY, true, text);
    assert_string_equal(text, "-inf");
    bus_number_text(1.7976931348623157e308, false, text);
    assert_string_equal(text, "1.7976931348623157e+308");
}

static void uuid_as_text(void **state)
{
    struct bus_uuid uuid = {UINT64_C(0x123e4567e89b12d3), UINT64_C(0xa456426614174000)};
    char text[BUS_UUID_TEXT_SIZE];

    (void)state;
    bus_uuid_text(uuid, text);
    assert_string_equal(text, "123e4567-e89b-12d3-a456-426614174000");
}

static void utf8_borders(void **state)
{
    static const char *const good[] = {"",
                                       "plain",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "0123456789\xc3\xa9"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2 ",
                                      "\xe0\x9f\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xe1\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf1\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfe",
                                      "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(bus_utf8_valid(good[i], strlen(good[i])), strlen(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[32];

        /* At the start, behind a word of ASCII, and in the middle of one. */
        assert_int_equal(bus_utf8_valid(bad[i], strlen(bad[i])), 0);
        snprintf(text, sizeof(text), "12345678%s", bad[i]);
        assert_int_equal(bus_utf8_valid(text, strlen(text)), 8);
        snprintf(text, sizeof(text), "123%s56789012", bad[i]);
        assert_true(bus_utf8_valid(text, strlen(text)) < strlen(text));
    }
    assert_int_equal(bus_utf8_valid(NULL, 0), 0);
    assert_int_equal(bus_utf8_valid("a\0b", 3), 3);
}

static void keys_hash_alike_everywhere(void **state)
{
    (void)state;
    /* Published values of XXH64 with seed 0. */
    assert_true(bus_key_string(bus_cstr(NULL)) == UINT64_C(0xef46db3751d8e999));
    assert_true(bus_key_string(bus_cstr("a")) == UINT64_C(0xd24ec4f1a98c6e5b));
    assert_true(bus_key_string(bus_cstr("abc")) == UINT64_C(0x44bc2cf5ad770999));
}

static void a_first_member_hashes_as_the_field(void **state)
{
    const struct {
        uint64_t key;
        uint32_t next;
    } wide = {UINT64_C(0xfedcba9876543210), 7};
    const struct {
        uint32_t key;
        uint32_t next;
    } narrow = {0xfffffffe, 7};
    const struct {
        int32_t key;
        uint32_t next;
    } negative = {-2, 7};
    const struct bus_string text = bus_cstr("abc");
    const struct bus_uuid id = {UINT64_C(1), UINT64_C(2)};

    (void)state;
    assert_true(bus_key_first_u64(&wide) == bus_key_u64(wide.key));
    assert_true(bus_key_first_u32(&narrow) == bus_key_u64(0xfffffffe));
    /* as the sign-extended value that fields of other sizes travel as */
    assert_true(bus_key_first_i32(&negative) == bus_key_u64((uint64_t)(int64_t)-2));
    assert_true(bus_key_first_string(&text) == bus_key_string(text));
    assert_true(bus_key_first_uuid(&id) == bus_key_uuid(id));
}

/* ---- print ---- */

#define EXPECT_PRINT(prefix, message, expected)                                                    \
    do {                                                                                           \
        char printed[1024];                                                                        \
        assert_int_equal(prefix##_print(message, printed, sizeof(printed)), strlen(expected));     \
        assert_string_equal(printed, expected);                                                    \
    } while (0)

static void print_scalars(void **state)
{
    struct every_scalars message = {.yes = true,
                                    .a = 200,
                                    .b = -5,
                                    .g = UINT64_MAX,
                                    .h = INT64_MIN,
                                    .i = 0.25f,
                                    .j = -2,
                                    .at_ns = 1000000000,
                                    .lasts_ns = 250000000,
                                    .id = {1, 2}};

    (void)state;
    EXPECT_PRINT(every_scalars, &message,
                 "scalars { yes: true, a: 200, b: -5, c: 0, d: 0, e: 0, f: 0, "
                 "g: 18446744073709551615, h: -9223372036854775808, i: 0.25, j: -2, "
                 "at: 1970-01-01T00:00:01Z, lasts: 250ms, "
                 "id: 00000000-0000-0001-0000-000000000002 }");
}

static void print_enums(void **state)
{
    struct every_enums message = {.u8 = EVERY_BASE_U8_TOP,
                                  .i8 = (enum every_base_i8)7,
                                  .f8 = EVERY_BITS_U8_A | EVERY_BITS_U8_B,
                                  .f16 = EVERY_BITS_U16_TOP | 2,
                                  .f64 = 4};

    (void)state;
    EXPECT_PRINT(every_enums, &message,
                 "enums { u8: top, i8: 7, u16: zero, i16: zero, i32: zero, side: none, f8: a|b, "
                 "f16: top|0x2, f32: 0, f64: 0x4, perms: 0 }");
}

static void print_text_is_one_printable_line(void **state)
{
    struct every_ask message = {
        .question = bus_cstr("a\"b\\c\n\t\x01\xc2\x85\xe2\x80\xae\xff\xc3\xa9\x7f")};

    (void)state;
    EXPECT_PRINT(every_ask, &message,
                 "ask { question: \"a\\\"b\\\\c\\n\\t\\u0001\\u0085\\u202e\\xff\xc3\xa9\\u007f\", "
                 "person: none }");
}

static void print_unions_and_vectors(void **state)
{
    struct every_leaf leaves[2] = {{.text = bus_cstr("a"), .number = 1}, {.number = 2}};
    struct every_unions unions = {
        .first = {.type = EVERY_CHOICE_MIDDLE, .middle = {.leaves = {leaves, 2}, .wide = 3}},
        .second = {.type = (enum every_choice_type)77},
        .number = 5};
    static const uint8_t raw[40] = {0xde, 0xad};
    struct every_vectors vectors = {.raw = {raw, 40}};
    char text[2048];

    (void)state;
    EXPECT_PRINT(every_unions, &unions,
                 "unions { first: middle { leaf: { text: \"\", number: 0 }, "
                 "leaves: [{ text: \"a\", number: 1 }, { text: \"\", number: 2 }], note: none, "
                 "wide: 3 }, number: 5, second: arm 77, third: none }");
    every_vectors_print(&vectors, text, sizeof(text));
    assert_non_null(strstr(text, "raw: 0xdead000000000000000000000000000000000000000000000000000000"
                                 "000000... (40 bytes), "));
}

static void print_hides_secrets(void **state)
{
    static const uint8_t salt[3] = {0xca, 0xfe, 0x00};
    struct bus_string keys[1] = {{"CANARY", 6}};
    struct every_secrets message = {
        .user = bus_cstr("ada"),
        .password = bus_cstr("CANARY"),
        .pin = 77777,
        .keys = {keys, 1},
        .salt = {salt, 3},
        .maybe = {true, {"CANARY", 6}},
        .leaf = {.text = bus_cstr("CANARY")},
        .choice = {.type = EVERY_CHOICE_LEAF, .leaf = {.text = bus_cstr("CANARY")}}};

    (void)state;
    EXPECT_PRINT(every_secrets, &message,
                 "secrets { user: \"ada\", password: ***, pin: ***, keys: ***, salt: ***, "
                 "maybe: ***, leaf: ***, choice: *** }");
}

static void print_cuts_between_characters(void **state)
{
    struct every_ask message = {.question = bus_cstr("\xc3\xa9\xc3\xa9")};
    char whole[256];
    char text[256];
    size_t length = every_ask_print(&message, whole, sizeof(whole));

    (void)state;
    for (size_t size = 0; size <= length + 1; size++) {
        memset(text, 'x', sizeof(text));
        assert_int_equal(every_ask_print(&message, text, size), length);
        assert_int_equal(text[size], 'x');
        if (size == 0)
            continue;
        assert_true(strlen(text) < size);
        assert_true(strlen(text) + 2 >= size);
        assert_int_equal(bus_utf8_valid(text, strlen(text)), strlen(text));
        assert_memory_equal(text, whole, strlen(text));
    }
    assert_int_equal(every_ask_print(&message, NULL, 0), length);
}

/* ---- compare ---- */

static void expect_order(const struct every_scalars *below, const struct every_scalars *above)
{
    assert_true(every_scalars_compare(below, above) < 0);
    assert_true(every_scalars_compare(above, below) > 0);
    assert_int_equal(every_scalars_compare(below, below), 0);
}

static void compare_numbers(void **state)
{
    static const double rising[] = {
        -(double)INFINITY, -1e300,     -1, -1e-300, -0.0, 0.0, 1e-300, 1, 1e300,
        (double)INFINITY,  (double)NAN};
    struct every_scalars a = {.b = -1};
    struct every_scalars b = {.b = 1};

    (void)state;
    expect_order(&a, &b);
    a = (struct every_scalars){.g = 1};
    b = (struct every_scalars){.g = UINT64_MAX};
    expect_order(&a, &b);
    a = (struct every_scalars){.id = {1, 5}};
    b = (struct every_scalars){.id = {1, UINT64_MAX}};
    expect_order(&a, &b);
    for (size_t i = 0; i + 1 < sizeof(rising) / sizeof(rising[0]); i++) {
        a = (struct every_scalars){.j = rising[i]};
        b = (struct every_scalars){.j = rising[i + 1]};
        expect_order(&a, &b);
        a = (struct every_scalars){.i = (float)rising[i]};
        b = (struct every_scalars){.i = (float)rising[i + 1]};
        if (fabs(rising[i]) < 1e30 && fabs(rising[i + 1]) < 1e30 && fabs(rising[i]) > 1e-30 &&
            fabs(rising[i + 1]) > 1e-30)
            expect_order(&a, &b);
    }
    a = (struct every_scalars){.j = (double)NAN};
    b = (struct every_scalars){.j = -(double)NAN};
    assert_int_equal(every_scalars_compare(&a, &b), 0);
}

static void compare_the_rest(void **state)
{
    struct every_leaf leaves[2] = {{.text = bus_cstr("a")}, {.text = bus_cstr("b")}};
    struct every_optionals absent = {0};
    struct every_optionals present = {.a = {true, 0}};
    struct every_unions leaf = {.first = {.type = EVERY_CHOICE_LEAF}};
    struct every_unions none = {0};
    struct every_vectors shorter = {.leaves = {leaves, 1}};
    struct every_vectors longer = {.leaves = {leaves, 2}};
    struct every_fixed left = {0};
    struct every_fixed right = {0};

    (void)state;
    assert_true(every_optionals_compare(&absent, &present) < 0);
    /* The value of what is absent does not count. */
    present = (struct every_optionals){.a = {false, 9}};
    assert_int_equal(every_optionals_compare(&absent, &present), 0);
    assert_true(every_unions_compare(&none, &leaf) < 0);
    assert_true(every_vectors_compare(&shorter, &longer) < 0);
    longer = shorter;
    longer.leaves.data = &leaves[1];
    assert_true(every_vectors_compare(&shorter, &longer) < 0);
    /* What lies between the members does not count. */
    memset(&left.mixed, 0xff, sizeof(left.mixed));
    memset(&right.mixed, 0, sizeof(right.mixed));
    left.mixed = (struct every_mixed){.a = 1};
    right.mixed.a = 1;
    assert_int_equal(every_fixed_compare(&left, &right), 0);
    right.mixed.g = -1;
    assert_true(every_fixed_compare(&right, &left) < 0);
    right = left;
    right.sides[2] = 1;
    assert_true(every_fixed_compare(&left, &right) < 0);
}

/* ---- init ---- */

static void init_sets_defaults(void **state)
{
    struct every_defaults message;
    struct every_tables tables;

    (void)state;
    memset(&message, 0x33, sizeof(message));
    every_defaults_init(&message);
    assert_true(message.yes);
    assert_int_equal(message.a, 255);
    assert_int_equal(message.b, -128);
    assert_int_equal(message.d, -32768);
    assert_int_equal(message.e, UINT32_MAX);
    assert_int_equal(message.f, INT32_MIN);
    assert_true(message.g == UINT64_MAX);
    assert_true(message.h == INT64_MIN);
    assert_true(message.i > 1.4f && message.i < 1.6f);
    assert_true(message.j < -2.2 && message.j > -2.3);
    assert_int_equal(message.lasts_ns, 250000000);
    assert_int_equal((int)message.u8, EVERY_BASE_U8_TOP);
    assert_int_equal((int)message.i8, EVERY_BASE_I8_LOW);
    assert_int_equal((int)message.i32, EVERY_BASE_I32_LOW);
    assert_int_equal((int)message.plain, 0);
    memset(&tables, 0x33, sizeof(tables));
    every_tables_init(&tables);
    assert_int_equal(tables.leaf.number, 7);
    assert_int_equal((int)tables.person.side, COMMON_SIDE_RIGHT);
    assert_false(tables.top.maybe.has);
    assert_int_equal(tables.middle.leaves.size, 0);
    assert_null(tables.middle.leaves.data);
}

/* ---- check: what measure refuses, by name ---- */

#define EXPECT_CHECK(prefix, message, reason)                                                      \
    do {                                                                                           \
        char reason_[BUS_WIRE_WHY_SIZE] = "";                                                      \
        assert_int_equal(prefix##_type.codec.measure(message, false), 0);                          \
        assert_false(bus_wire_check(prefix##_type.codec.table, message, false, reason_));          \
        assert_string_equal(reason_, reason);                                                      \
    } while (0)

static void check_names_the_field(void **state)
{
    struct every_leaf leaves[3] = {
        {.number = 1}, {.text = bus_cstr("123456789012345678901")}, {.number = 2}};
    struct every_vectors vectors = {.leaves = {leaves, 2}};
    struct every_unions unions = {.second = {.type = (enum every_choice_type)4}};
    struct every_enums enums = {.u16 = (enum every_base_u16)70000};
    struct every_ask ask = {.question = {NULL, 5}};
    struct every_optionals optionals = {.raw = {true, {NULL, 11}}};
    char why[BUS_WIRE_WHY_SIZE] = "";

    (void)state;
    EXPECT_CHECK(every_vectors, &vectors, "leaves[1].text: 21 bytes, at most 20");
    vectors = (struct every_vectors){.leaves = {leaves, 7}};
    EXPECT_CHECK(every_vectors, &vectors, "leaves: 7 elements, at most 6");
    vectors = (struct every_vectors){.h = {NULL, 2}};
    EXPECT_CHECK(every_vectors, &vectors, "h: NULL with a size of 2 ");
    EXPECT_CHECK(every_unions, &unions, "second: no arm of the union has the number 4 ");
    EXPECT_CHECK(every_enums, &enums, "u16: value 70000 does not fit the enum's base");
    EXPECT_CHECK(every_ask, &ask, "question: NULL with a size of 5 ");
    EXPECT_CHECK(every_optionals, &optionals, "raw: 11 bytes, at most 10");
    /* An absent value is not looked at. */
    optionals.raw.has = false;
    assert_true(bus_wire_check(every_optionals_type.codec.table, &optionals, true, why));
    ask.question = bus_cstr("\xff");
    assert_true(bus_wire_check(every_ask_type.codec.table, &ask, false, why));
    assert_false(bus_wire_check(every_ask_type.codec.table, &ask, true, why));
    assert_string_equal(why, "question: not UTF-8 at byte 0 ");
}

static void check_refuses_bools_that_are_none(void **state)
{
    static const uint8_t bools[3] = {0, 1, 2};
    struct every_vectors vectors = {.yes = {bools, 3}};

    (void)state;
    EXPECT_CHECK(every_vectors, &vectors, "yes[2]: a bool of 2 (only 0 and 1 are)");
}

/* ---- views ---- */

static void views_read_fields(void **state)
{
    static const uint8_t raw[3] = {1, 2, 3};
    struct every_optionals message = {.a = {true, 9},
                                      .h = {true, -4},
                                      .i = {true, 0.5f},
                                      .j = {true, -0.25},
                                      .i8 = {true, EVERY_BASE_I8_LOW},
                                      .text = {true, {"hello", 5}},
                                      .raw = {true, {raw, 3}},
                                      .leaf = {true, {.number = 11}}};
    const struct bus_codec *codec = &every_optionals_type.codec;
    uint64_t bytes[512];
    struct bus_view view;

    (void)state;
    assert_true(codec->measure(&message, false) <= sizeof(bytes));
    codec->pack((uint8_t *)bytes, &message);
    view = bus_view_root(codec->table, (const uint8_t *)bytes);
    assert_int_equal(bus_view_u64(view, 2), 9);
    assert_int_equal(bus_view_i64(view, 9), -4);
    assert_true(bus_view_f64(view, 10) > 0.4 && bus_view_f64(view, 10) < 0.6);
    assert_true(bus_view_f64(view, 11) < -0.2);
    assert_int_equal(bus_view_i64(view, 16), -128);
    assert_true(bus_string_equal(bus_view_string(view, 24), bus_cstr("hello")));
    assert_int_equal(bus_view_bytes(view, 25).size, 3);
    assert_memory_equal(bus_view_bytes(view, 25).data, raw, 3);
    assert_int_equal(bus_view_u64(bus_view_table(view, 28), 2), 11);
    /* Absent, of another kind, not there at all. */
    assert_true(bus_view_has(view, 2));
    assert_false(bus_view_has(view, 3));
    assert_int_equal(bus_view_u64(view, 4), 0);
    assert_null(bus_view_string(view, 2).data);
    assert_null(bus_view_table(view, 29).bytes);
    assert_null(bus_view_field(view, 77));
    assert_int_equal(bus_view_u64(view, 0), 0);
    assert_int_equal(bus_view_u64(view, UINT32_MAX), 0);
}

static void views_know_defaults_and_unions(void **state)
{
    /* A buffer of a writer that knew no fields. */
    static const uint16_t empty[] = {8, 0, 4, 4, 4, 0};
    uint64_t bytes[64] = {0};
    struct every_unions unions = {
        .second = {.type = EVERY_CHOICE_PERSON, .person = {.name = bus_cstr("ada")}}};
    struct bus_view view;

    (void)state;
    memcpy(bytes, empty, sizeof(empty));
    assert_true(bus_wire_verify(every_defaults_type.codec.table, (const uint8_t *)bytes, 16, NULL));
    view = bus_view_root(every_defaults_type.codec.table, (const uint8_t *)bytes);
    assert_int_equal(bus_view_u64(view, 2), 255);
    assert_int_equal(bus_view_i64(view, 3), -128);
    assert_int_equal(bus_view_i64(view, 14), -128);
    assert_true(bus_view_f64(view, 10) > 1.4);
    assert_false(bus_view_has(view, 2));

    assert_true(every_unions_type.codec.measure(&unions, false) <= sizeof(bytes));
    every_unions_type.codec.pack((uint8_t *)bytes, &unions);
    view = bus_view_root(every_unions_type.codec.table, (const uint8_t *)bytes);
    assert_int_equal(bus_view_u64(view, 4), EVERY_CHOICE_PERSON);
    assert_true(bus_string_equal(bus_view_string(bus_view_table(view, 5), 1), bus_cstr("ada")));
    assert_int_equal(bus_view_u64(view, 1), 0);
    assert_null(bus_view_table(view, 2).bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_as_text),
        cmocka_unit_test(durations_as_text),
        cmocka_unit_test(numbers_as_text),
        cmocka_unit_test(uuid_as_text),
        cmocka_unit_test(utf8_borders),
        cmocka_unit_test(keys_hash_alike_everywhere),
        cmocka_unit_test(a_first_member_hashes_as_the_field),
        cmocka_unit_test(print_scalars),
        cmocka_unit_test(print_enums),
        cmocka_unit_test(print_text_is_one_printable_line),
        cmocka_unit_test(print_unions_and_vectors),
        cmocka_unit_test(print_hides_secrets),
        cmocka_unit_test(print_cuts_between_characters),
        cmocka_unit_test(compare_numbers),
        cmocka_unit_test(compare_the_rest),
        cmocka_unit_test(init_sets_defaults),
        cmocka_unit_test(check_names_the_field),
        cmocka_unit_test(check_refuses_bools_that_are_none),
        cmocka_unit_test(views_read_fields),
        cmocka_unit_test(views_know_defaults_and_unions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
