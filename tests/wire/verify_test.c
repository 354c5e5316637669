/*
 * The verifier's every reason to refuse, and what a refusal may cost.
 *
 * covers: P10
 */
#include "types.h"
#include "verify.h"

#include "every.bus.h"
#include "nested.bus.h"
#include <bus/testing.h>

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

/* ---- reasons ---- */

static union {
    uint64_t aligned;
    uint8_t bytes[1 << 16];
} buffer;

static uint32_t pack(const struct bus_codec *codec, const void *message)
{
    uint32_t size = codec->measure(message, false);

    assert_true(size > 0 && size <= sizeof(buffer));
    codec->pack(buffer.bytes, message);
    return size;
}

static void expect_refused(const struct bus_table *table, size_t size, const char *reason)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    assert_false(bus_wire_verify(table, buffer.bytes, size, why));
    assert_string_equal(why, reason);
    /* Nobody has to ask why. */
    assert_false(bus_wire_verify(table, buffer.bytes, size, NULL));
}

static void expect_accepted(const struct bus_table *table, size_t size)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    if (!bus_wire_verify(table, buffer.bytes, size, why))
        fail_msg("%s", why);
}

static void poke_u16(size_t at, uint32_t value)
{
    uint16_t half = (uint16_t)value;

    memcpy(buffer.bytes + at, &half, sizeof(half));
}

static void poke_u32(size_t at, uint32_t value)
{
    memcpy(buffer.bytes + at, &value, sizeof(value));
}

static uint32_t peek_u32(size_t at)
{
    uint32_t value;

    memcpy(&value, buffer.bytes + at, sizeof(value));
    return value;
}

/* Position in the buffer of what a field of the root points at. */
static size_t place_of(const struct bus_table *table, uint32_t number)
{
    const uint8_t *at = bus_view_field(bus_view_root(table, buffer.bytes), number);

    assert_non_null(at);
    return (size_t)(at - buffer.bytes);
}

static void bad_roots(void **state)
{
    const struct bus_codec *codec = &every_ask_type.codec;
    struct every_ask message = {.question = bus_cstr("why?")};
    uint32_t size = pack(codec, &message);
    uint32_t root = peek_u32(0);

    (void)state;
    expect_accepted(codec->table, size);
    expect_refused(codec->table, 0, "message: too short to be one");
    expect_refused(codec->table, 11, "message: too short to be one");
    assert_false(bus_wire_verify(codec->table, NULL, 64, NULL));
    assert_false(bus_wire_verify(codec->table, buffer.bytes + 4, size, NULL));
    poke_u32(0, 0);
    expect_refused(codec->table, size, "message: an offset points outside");
    poke_u32(0, size);
    expect_refused(codec->table, size, "message: an offset points outside");
    poke_u32(0, UINT32_C(0x80000000) + root);
    expect_refused(codec->table, size, "message: an offset points outside");
    poke_u32(0, root + 1);
    expect_refused(codec->table, size, "message: an offset points to an unaligned place");
}

static void bad_vtables(void **state)
{
    const struct bus_codec *codec = &every_ask_type.codec;
    struct every_ask message = {.question = bus_cstr("why?")};
    uint32_t size = pack(codec, &message);
    uint32_t root = peek_u32(0);
    uint32_t back = peek_u32(root);

    (void)state;
    poke_u32(root, root + 4);
    expect_refused(codec->table, size, "message: a vtable lies outside or unaligned");
    poke_u32(root, back + 1);
    expect_refused(codec->table, size, "message: a vtable lies outside or unaligned");
    poke_u32(root, (uint32_t) - (int32_t)(size - root));
    expect_refused(codec->table, size, "message: a vtable lies outside or unaligned");
    poke_u32(root, back);
    poke_u16(root - back, 2);
    expect_refused(codec->table, size, "message: a vtable ends outside or has an impossible size");
    poke_u16(root - back, 7);
    expect_refused(codec->table, size, "message: a vtable ends outside or has an impossible size");
    poke_u16(root - back, 0xfffe);
    expect_refused(codec->table, size, "message: a vtable ends outside or has an impossible size");
    poke_u16(root - back, codec->table->vtable_size);
    poke_u16(root - back + 2, 3);
    expect_refused(codec->table, size, "message: a table ends outside or has an impossible size");
    poke_u16(root - back + 2, 0xfffc);
    expect_refused(codec->table, size, "message: a table ends outside or has an impossible size");
    poke_u16(root - back + 2, codec->table->inline_size);
    poke_u16(root - back + 4, 3);
    expect_refused(codec->table, size, "question: lies outside of its table");
    poke_u16(root - back + 4, codec->table->inline_size - 3);
    expect_refused(codec->table, size, "question: lies outside of its table");
    poke_u16(root - back + 4, 6);
    expect_refused(codec->table, size, "question: is unaligned");
    /* A shorter vtable is an older schema version, no fault. */
    poke_u16(root - back, 4);
    expect_accepted(codec->table, size);
}

static void bad_text(void **state)
{
    const struct bus_codec *codec = &every_ask_type.codec;
    struct every_ask message = {.question = bus_cstr("ni\xc3\xb1o")};
    uint32_t size = pack(codec, &message);
    size_t at = place_of(codec->table, 1);

    (void)state;
    expect_accepted(codec->table, size);
    buffer.bytes[at + 7] = 'x';
    expect_refused(codec->table, size, "question: not UTF-8 at byte 2 ");
    buffer.bytes[at + 7] = 0xb1;
    buffer.bytes[at + 9] = 1;
    expect_refused(codec->table, size, "question: no NUL behind the text");
    buffer.bytes[at + 9] = 0;
    poke_u32(at, 31);
    expect_refused(codec->table, size, "question: 31 bytes, at most 30");
    poke_u32(at, 30);
    expect_refused(codec->table, size, "question: it ends outside");
    poke_u32(at, 0);
    expect_refused(codec->table, size, "question: no NUL behind the text");
}

static void bad_vectors(void **state)
{
    static const uint8_t bools[] = {1, 0, 1};
    static const uint64_t longs[] = {1, 2};
    struct every_leaf leaves[2] = {{.text = bus_cstr("a")}, {.text = bus_cstr("b")}};
    const struct bus_codec *codec = &every_vectors_type.codec;
    struct every_vectors message = {.yes = {bools, 3}, .g = {longs, 2}, .leaves = {leaves, 2}};
    uint32_t size = pack(codec, &message);
    size_t yes = place_of(codec->table, 1);
    size_t g = place_of(codec->table, 8);
    size_t list = place_of(codec->table, 28);
    uint32_t offset;
    uint32_t before;
    uint32_t place;

    (void)state;
    expect_accepted(codec->table, size);
    buffer.bytes[yes + 5] = 2;
    expect_refused(codec->table, size, "yes: a bool of 2 (only 0 and 1 are)");
    buffer.bytes[yes + 5] = 0;
    poke_u32(yes, 41);
    expect_refused(codec->table, size, "yes: 41 elements, at most 40");
    poke_u32(yes, 3);
    poke_u32(g, 40);
    if (size < g + 4 + 40 * 8)
        expect_refused(codec->table, size, "g: it ends outside");
    poke_u32(g, 2);
    /* The same vector four bytes earlier, where a count of one would fit. */
    before = peek_u32(g - 4);
    place = peek_u32(0) + codec->table->fields[7].slot;
    poke_u32(place, peek_u32(place) - 4);
    poke_u32(g - 4, 1);
    expect_refused(codec->table, size, "g: its elements are unaligned");
    poke_u32(g - 4, 0);
    expect_accepted(codec->table, size);
    poke_u32(g - 4, before);
    poke_u32(place, peek_u32(place) + 4);
    offset = peek_u32(list + 8);
    poke_u32(list + 8, 0);
    expect_refused(codec->table, size, "leaves[1]: an offset points outside");
    poke_u32(list + 8, offset + 2);
    expect_refused(codec->table, size, "leaves[1]: an offset points to an unaligned place");
    poke_u32(list + 8, offset);
    expect_accepted(codec->table, size);
}

static void bad_structs(void **state)
{
    const struct bus_codec *codec = &every_fixed_type.codec;
    struct every_fixed message = {0};
    uint32_t size = pack(codec, &message);
    size_t deep = place_of(codec->table, 4);

    (void)state;
    buffer.bytes[deep + offsetof(struct every_deep, pair) + sizeof(struct every_mixed) +
                 offsetof(struct every_mixed, d)] = 7;
    expect_refused(codec->table, size, "deep.pair.d: a bool of 7 (only 0 and 1 are)");
    pack(codec, &message);
    buffer.bytes[place_of(codec->table, 14) + 3] = 9;
    expect_refused(codec->table, size, "tinies[3].yes: a bool of 9 (only 0 and 1 are)");
}

static void unions(void **state)
{
    const struct bus_codec *codec = &every_unions_type.codec;
    struct every_unions message = {.first = {.type = EVERY_CHOICE_LEAF}};
    struct every_unions back;
    struct bus_scratch none = {0};
    uint32_t size = pack(codec, &message);
    uint32_t root = peek_u32(0);
    uint32_t vtable = root - peek_u32(root);
    uint16_t tag_place;

    (void)state;
    memcpy(&tag_place, buffer.bytes + vtable + 4, 2);
    buffer.bytes[root + tag_place] = 0;
    expect_refused(codec->table, size, "first: union tag 0 although there is a value");
    /* An arm of a newer schema: readable, its value is not looked at. */
    buffer.bytes[root + tag_place] = 99;
    expect_accepted(codec->table, size);
    memset(&back, 0x77, sizeof(back));
    assert_true(codec->unpack(&back, buffer.bytes, &none));
    assert_int_equal((int)back.first.type, 99);
    assert_int_equal(back.first.leaf.text.size, 0);
    assert_null(back.first.leaf.text.data);
    poke_u16(vtable + 6, 0);
    expect_refused(codec->table, size, "first: union tag 99 although there is no value");
    buffer.bytes[root + tag_place] = EVERY_CHOICE_LEAF;
    expect_refused(codec->table, size, "first: union tag 1 although there is no value");
}

/* Fields that are gone were sent by older programs; their bytes are looked at all the same. */
static void removed_fields(void **state)
{
    const struct bus_table *table = every_history_type.codec.table;
    const struct bus_field *fields = table->fields;
    struct every_history message = {.kept = 1};
    uint32_t size = pack(&every_history_type.codec, &message);
    uint32_t root = peek_u32(0);
    uint32_t vtable = root - peek_u32(root);

    (void)state;
    assert_true(fields[2].flags & BUS_FIELD_REMOVED);
    expect_accepted(table, size);
    /* gone_text is said to stand where `kept` does, whose value leads nowhere. */
    poke_u16(vtable + 4 + 2 * (fields[2].number - 1u), fields[0].slot);
    poke_u32(root + fields[0].slot, size);
    expect_refused(table, size, "gone_text: an offset points outside");
}

/* ---- depth, tables, cost ---- */

/* A description that contains itself, as idl never makes it: text, then itself, then a vector. */
static struct bus_table loop_table;
static const struct bus_field loop_fields[] = {
    {.name = "inner", .type = &loop_table, .number = 1, .slot = 4, .kind = BUS_FIELD_TABLE},
    {.name = "row",
     .type = &loop_table,
     .number = 2,
     .slot = 8,
     .kind = BUS_FIELD_TABLE,
     .shape = BUS_SHAPE_VECTOR,
     .count = UINT32_MAX},
    {.name = "texts",
     .number = 3,
     .slot = 12,
     .kind = BUS_FIELD_STRING,
     .shape = BUS_SHAPE_VECTOR,
     .max = UINT32_MAX,
     .count = UINT32_MAX},
};
static struct bus_table loop_table = {.name = "test.loop",
                                      .fields = loop_fields,
                                      .field_count = 3,
                                      .size = 8,
                                      .align = 4,
                                      .inline_size = 16,
                                      .vtable_size = 10};

/* Appends a table whose vtable is before it, `inner`, `row`, `texts`: positions, or 0. They may lie
 * before it only in a broken buffer, so tables are laid out by the callers with what they know. */
struct image {
    uint8_t *bytes;
    uint32_t size;
};

static void image_u32(struct image *image, uint32_t at, uint32_t value)
{
    memcpy(image->bytes + at, &value, sizeof(value));
}

/* One vtable for all, at 4: `inner` at 4, `row` at 8, `texts` at 12, of which `fields` are
 * there. */
static void image_begin(struct image *image, uint32_t size, int fields)
{
    uint16_t vtable[5] = {10, 8, 0, 0, 0};
    uint32_t first = 16;

    vtable[2 + fields] = 4;
    image->bytes = aligned_alloc(8, (size + 7) & ~7u);
    assert_non_null(image->bytes);
    memset(image->bytes, 0, size);
    image->size = size;
    image_u32(image, 0, first);
    memcpy(image->bytes + 4, vtable, sizeof(vtable));
}

/* A table at `at` whose only field points to `to`, or nowhere, its slot then holding an own one. */
static void image_table(struct image *image, uint32_t at, uint32_t to)
{
    image_u32(image, at, at - 4);
    image_u32(image, at + 4, to - (at + 4));
}

static bool nest(uint32_t levels, struct verify_cost *cost)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct image image;
    bool good;

    /* The last table has an empty vtable, at the end. */
    image_begin(&image, 16 + levels * 8 + 8, 0);
    for (uint32_t i = 0; i + 1 < levels; i++)
        image_table(&image, 16 + i * 8, 16 + (i + 1) * 8);
    image_u32(&image, 16 + (levels - 1) * 8, (uint32_t)-8);
    image_u32(&image, 16 + levels * 8, 4 | 4 << 16);
    good = bus_verify_counted(&loop_table, image.bytes, image.size, why, cost);
    if (!good)
        assert_string_equal(why + strlen(why) - 26, "tables nest deeper than 64");
    free(image.bytes);
    return good;
}

static void depth_is_bounded(void **state)
{
    struct verify_cost cost;

    (void)state;
    assert_true(nest(64, &cost));
    assert_int_equal(cost.depth, 64);
    assert_int_equal(cost.tables, 64);
    assert_false(nest(65, &cost));
    assert_false(nest(1000, &cost));
    assert_int_equal(cost.depth, 64);
}

/* A table that is its own content. */
static void cycles_end(void **state)
{
    struct verify_cost cost;
    struct image image;
    char why[BUS_WIRE_WHY_SIZE];

    (void)state;
    image_begin(&image, 64, 0);
    image_table(&image, 16, 16);
    assert_false(bus_verify_counted(&loop_table, image.bytes, image.size, why, &cost));
    image_u32(&image, 20, UINT32_MAX - 3);
    assert_false(bus_verify_counted(&loop_table, image.bytes, image.size, why, &cost));
    free(image.bytes);
}

/* A root with a vector of `count` offsets to one empty table. */
static bool many_tables(uint32_t count, char why[BUS_WIRE_WHY_SIZE], struct verify_cost *cost)
{
    uint32_t vector = 24;
    uint32_t table = vector + 4 + count * 4;
    struct image image;
    bool good;

    image_begin(&image, table + 16, 1);
    image_table(&image, 16, vector);
    image_u32(&image, vector, count);
    for (uint32_t i = 0; i < count; i++)
        image_u32(&image, vector + 4 + i * 4, table - (vector + 4 + i * 4));
    image_u32(&image, table, (uint32_t)-4);
    image_u32(&image, table + 4, 4 | 4 << 16);
    good = bus_verify_counted(&loop_table, image.bytes, image.size, why, cost);
    free(image.bytes);
    return good;
}

static void tables_are_bounded(void **state)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct verify_cost cost;

    (void)state;
    assert_true(many_tables(999999, why, &cost));
    assert_int_equal(cost.tables, 1000000);
    assert_false(many_tables(1000000, why, &cost));
    assert_string_equal(why, "row[999999]: more than 1000000 tables");
}

/* 64 KiB in which each level has thousands of offsets to the one table of the next level:
 * 3000^5 tables if nobody counted. R4: refused after work that is linear in the bytes. */
static void table_bomb(void **state)
{
    enum { LEVELS = 5, WIDTH = 3200, LEVEL_SIZE = 8 + 4 + WIDTH * 4 };
    uint32_t size = 16 + LEVELS * LEVEL_SIZE + 16;
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct verify_cost cost;
    struct image image;

    (void)state;
    image_begin(&image, size, 1);
    for (uint32_t level = 0; level < LEVELS; level++) {
        uint32_t table = 16 + level * LEVEL_SIZE;
        uint32_t vector = table + 8;
        uint32_t next = table + LEVEL_SIZE;

        image_table(&image, table, vector);
        image_u32(&image, vector, WIDTH);
        for (uint32_t i = 0; i < WIDTH; i++)
            image_u32(&image, vector + 4 + i * 4, next - (vector + 4 + i * 4));
    }
    image_u32(&image, size - 16, (uint32_t)-4);
    image_u32(&image, size - 12, 4 | 4 << 16);
    assert_in_range(size, 64000, 66000);
    assert_false(bus_verify_counted(&loop_table, image.bytes, size, why, &cost));
    assert_non_null(strstr(why, "verifying costs too much"));
    /* One step may pass the budget by what it is itself: a vector of the whole buffer. */
    assert_true(cost.work <= 9 * (uint64_t)size);
    assert_true(cost.work >= 7 * (uint64_t)size);
    free(image.bytes);
}

/* 8,000 offsets to `strings` strings of 255 bytes, in turn. */
static bool many_strings(uint32_t strings, uint32_t *size, struct verify_cost *cost)
{
    enum { COUNT = 8000, LENGTH = 251, STRIDE = 256 };
    uint32_t vector = 24;
    uint32_t first = vector + 4 + COUNT * 4;
    char why[BUS_WIRE_WHY_SIZE] = "";
    struct image image;
    bool good;

    *size = first + strings * STRIDE;
    image_begin(&image, *size, 2);
    image_table(&image, 16, vector);
    image_u32(&image, vector, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t place = vector + 4 + i * 4;

        image_u32(&image, place, first + i % strings * STRIDE - place);
    }
    for (uint32_t i = 0; i < strings; i++) {
        image_u32(&image, first + i * STRIDE, LENGTH);
        memset(image.bytes + first + i * STRIDE + 4, 'a', LENGTH);
    }
    good = bus_verify_counted(&loop_table, image.bytes, *size, why, cost);
    assert_true(good || strstr(why, "verifying costs too much") != NULL);
    free(image.bytes);
    return good;
}

static void string_bomb(void **state)
{
    struct verify_cost cost;
    uint32_t size;

    (void)state;
    /* They fall into one place of the verifier's memory, so that each is looked at each time. */
    assert_false(many_strings(128, &size, &cost));
    assert_true(cost.work <= 8 * (uint64_t)size + 256);
    /* One string, shared by all: legal, and cheap. */
    assert_true(many_strings(1, &size, &cost));
    assert_true(cost.work <= 3 * (uint64_t)size);
}

/* The budget must not refuse what is honest: our own messages cost at most two units a byte. */
static void honest_messages_are_cheap(void **state)
{
    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct bus_codec *codec = types.list[i].codec;
        void *message = malloc(codec->table->size);

        assert_non_null(message);
        for (uint64_t seed = 0; seed < 100; seed++) {
            struct bus_test_chance source = {.state = seed};
            struct bus_test_arena arena = {0};
            struct verify_cost cost;
            uint8_t *bytes;
            uint32_t size;

            bus_test_value(&source, &arena, seed == 0 ? BUS_TEST_LARGEST : BUS_TEST_WILD,
                           codec->table, message);
            size = codec->measure(message, false);
            bytes = malloc(size);
            assert_non_null(bytes);
            codec->pack(bytes, message);
            assert_true(bus_verify_counted(codec->table, bytes, size, NULL, &cost));
            if (cost.work > 2 * (uint64_t)size)
                fail_msg("%s: %u bytes cost %lu", types.list[i].name, size,
                         (unsigned long)cost.work);
            free(bytes);
            bus_test_reset(&arena);
        }
        free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_roots),
        cmocka_unit_test(bad_vtables),
        cmocka_unit_test(bad_text),
        cmocka_unit_test(bad_vectors),
        cmocka_unit_test(bad_structs),
        cmocka_unit_test(unions),
        cmocka_unit_test(removed_fields),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(cycles_end),
        cmocka_unit_test(tables_are_bounded),
        cmocka_unit_test(table_bomb),
        cmocka_unit_test(string_bomb),
        cmocka_unit_test(honest_messages_are_cheap),
    };

    return cmocka_run_group_tests(tests, open_types, close_types);
}
