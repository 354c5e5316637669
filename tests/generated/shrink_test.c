/*
 * shrink_test.c - messages are copied in full, and made smaller down to what cannot be left out.
 *
 * covers: P6
 */
#include "drill.bus.h"

#include <bus/testing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct bus_table *table(void)
{
    return drill_part_moved_type.codec.table;
}

static unsigned tries;

static bool has_enough(void *context, const void *message)
{
    const struct drill_part_moved *m = message;

    (void)context;
    tries++;
    return m->first >= 1000 && m->parts.size >= 2 && m->parts.data[1].at.x < -3 &&
           m->name.size >= 5 && m->hue.has && m->choice.type == DRILL_CHOICE_PART;
}

static bool always(void *context, const void *message)
{
    (void)context;
    tries++;
    return message != NULL;
}

/* Some message that has it: they are tried until one is met. */
static void *meet(struct bus_test_arena *arena, uint64_t seed)
{
    struct bus_test_chance chance = {seed};
    struct drill_part_moved *message = bus_test_take(arena, sizeof(*message));

    do {
        bus_test_value(&chance, arena, BUS_TEST_WILD, table(), message);
    } while (!has_enough(NULL, message));
    return message;
}

static void is_printed(const void *message, const char *expected)
{
    char text[1000];

    bus_wire_print(table(), message, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void smallest_is_found(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct bus_test_arena arena = {0};
        void *message = meet(&arena, seed);
        void *least = bus_test_shrink(&arena, table(), message, has_enough, NULL, 4000);

        is_printed(
            least,
            "part_moved { part_id: 0, first: 1000, second: 0, name: \"aaaaa\", parts: [{ label: "
            "\"\", weight: 0, at: { x: 0, y: 0 } }, { label: \"\", weight: 0, at: { x: -4, y: 0 } "
            "}], choice: part { label: \"\", weight: 0, at: { x: 0, y: 0 } }, hue: red, ready: "
            "false, spots: [] }");
        bus_test_reset(&arena);
    }
}

static void nothing_is_left_when_nothing_matters(void **state)
{
    struct bus_test_arena arena = {0};
    void *message = meet(&arena, 5);
    void *least = bus_test_shrink(&arena, table(), message, always, NULL, 4000);

    (void)state;
    is_printed(least,
               "part_moved { part_id: 0, first: 0, second: 0, name: \"\", parts: [], choice: "
               "none, hue: none, ready: false, spots: [] }");
    tries = 0;
    bus_test_shrink(&arena, table(), message, always, NULL, 3);
    assert_int_equal(tries, 3); /* no more than were given */
    bus_test_reset(&arena);
}

/* Of text that is not ASCII no character is cut. */
static bool is_long(void *context, const void *message)
{
    const struct drill_part_moved *m = message;

    (void)context;
    assert_int_equal(bus_utf8_valid(m->name.data, m->name.size), m->name.size);
    return m->name.size >= 4;
}

static void characters_stay_whole(void **state)
{
    struct bus_test_arena arena = {0};
    struct drill_part_moved message = {.name = bus_cstr("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80x")};
    struct drill_part_moved *copy = bus_test_copy(&arena, table(), &message);
    struct drill_part_moved *least = bus_test_shrink(&arena, table(), copy, is_long, NULL, 4000);

    (void)state;
    assert_true(least->name.size >= 4 && least->name.size <= 7);
    assert_int_equal(bus_utf8_valid(least->name.data, least->name.size), least->name.size);
    assert_int_equal(copy->name.size, 10); /* what was given stays */
    bus_test_reset(&arena);
}

static void copies_are_their_own(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bus_test_arena first = {0};
        struct bus_test_arena second = {0};
        void *message = meet(&first, seed);
        void *again = bus_test_copy(&first, table(), message);
        void *copy = bus_test_copy(&second, table(), message);

        assert_int_equal(bus_wire_compare(table(), message, again), 0);
        bus_test_reset(&first);
        assert_int_equal(bus_test_touch(table(), copy) != 0, 1); /* a sanitizer looks */
        bus_test_reset(&second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_is_found),
        cmocka_unit_test(nothing_is_left_when_nothing_matters),
        cmocka_unit_test(characters_stay_whole),
        cmocka_unit_test(copies_are_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
