/*
 * Generated code against itself and against the engine that only reads descriptions: thousands of
 * random messages of every type of the language, packed, verified, unpacked on both ways, compared.
 *
 * covers: P10
 */
#include "codec/internal.h"
#include "types.h"
#include <bus/testing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MESSAGES_PER_TYPE = 2000, CANARY = 16 };

static struct wire_types types;

static int open_types(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    /* A test of no types would pass. */
    return types.count >= 24 ? 0 : -1;
}

static int close_types(void **state)
{
    (void)state;
    wire_types_close(&types);
    return 0;
}

/* Packs into memory that is not zero, and looks that nothing behind the end was touched. */
static uint8_t *pack(const struct wire_type *type, const void *message, uint32_t *size)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *bytes;

    if (!bus_wire_check(type->codec->table, message, true, why))
        fail_msg("%s: check: %s", type->name, why);
    *size = type->codec->measure(message, false);
    if (*size == 0)
        fail_msg("%s: measure refuses a message within bounds", type->name);
    assert_true(*size <= type->codec->size_max);
    assert_int_equal(*size % 4, 0);
    bytes = malloc(*size + CANARY);
    assert_non_null(bytes);
    memset(bytes, 0xa5, *size + CANARY);
    type->codec->pack(bytes, message);
    for (uint32_t i = 0; i < CANARY; i++)
        assert_int_equal(bytes[*size + i], 0xa5);
    return bytes;
}

static void expect_equal(const struct wire_type *type, const void *a, const void *b,
                         const char *what)
{
    static char left[1 << 20];
    static char right[1 << 20];

    if (bus_wire_compare(type->codec->table, a, b) == 0)
        return;
    bus_wire_print(type->codec->table, a, left, sizeof(left));
    bus_wire_print(type->codec->table, b, right, sizeof(right));
    fail_msg("%s: %s\n  sent %s\n  got  %s", type->name, what, left, right);
}

/* The engine's packer, which is the layout in executable form, makes the same bytes. */
static void expect_canonical(const struct wire_type *type, const void *message,
                             const uint8_t *bytes, uint32_t size)
{
    uint8_t *again;

    assert_int_equal(codec_measure(type->codec->table, message), size);
    again = malloc(size);
    assert_non_null(again);
    codec_pack(again, type->codec->table, message);
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] != again[i])
            fail_msg("%s: byte %u of %u differs from the layout: %02x, wanted %02x", type->name, i,
                     size, bytes[i], again[i]);
    }
    free(again);
}

static void expect_unpacks(const struct wire_type *type, const void *message, const uint8_t *bytes)
{
    const struct bus_table *table = type->codec->table;
    uint32_t scratch_max = type->codec->scratch_max;
    uint8_t *scratch_bytes = malloc(scratch_max + 1);
    void *back = malloc(table->size);
    struct bus_scratch scratch = {scratch_bytes, scratch_bytes + scratch_max};
    uint32_t root;

    assert_non_null(scratch_bytes);
    assert_non_null(back);
    memset(back, 0x5a, table->size);
    assert_true(type->codec->unpack(back, bytes, &scratch));
    expect_equal(type, message, back, "the generated unpack");
    bus_test_touch(table, back);

    memset(back, 0x5a, table->size);
    scratch.at = scratch_bytes;
    memcpy(&root, bytes, sizeof(root));
    assert_true(bus_wire_unpack(table, back, bytes, root, &scratch));
    expect_equal(type, message, back, "the general unpack");
    free(back);
    free(scratch_bytes);
}

static void round_trip(const struct wire_type *type, const void *message)
{
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint32_t size;
    uint8_t *packed = pack(type, message, &size);
    /* Exactly as long as the message, for the sanitizer. */
    uint8_t *bytes = malloc(size);

    assert_non_null(bytes);
    memcpy(bytes, packed, size);
    free(packed);
    if (!bus_wire_verify(type->codec->table, bytes, size, why))
        fail_msg("%s: verify: %s", type->name, why);
    assert_true(bus_codec_verify(type->codec, bytes, size, why));
    expect_canonical(type, message, bytes, size);
    expect_unpacks(type, message, bytes);
    free(bytes);
}

static void random_messages(enum bus_test_style style, int count)
{
    struct bus_test_arena arena = {0};

    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];
        void *message = malloc(type->codec->table->size);

        assert_non_null(message);
        for (int n = 0; n < count; n++) {
            struct bus_test_chance source = {.state = (uint64_t)n * 1000003 + i};

            bus_test_value(&source, &arena, style, type->codec->table, message);
            round_trip(type, message);
            bus_test_reset(&arena);
        }
        free(message);
    }
}

static void random_round_trip(void **state)
{
    (void)state;
    random_messages(BUS_TEST_WILD, MESSAGES_PER_TYPE);
}

static void empty_round_trip(void **state)
{
    (void)state;
    random_messages(BUS_TEST_EMPTY, 2);
}

static void default_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        void *message = malloc(types.list[i].codec->table->size);

        assert_non_null(message);
        bus_wire_init(types.list[i].codec->table, message);
        round_trip(&types.list[i], message);
        free(message);
    }
}

/* The largest message is no larger than busgen said, and not much smaller: the bound is worth
 * something. What busgen adds is at most the alignment of each vector, string and table. */
static void largest_round_trip(void **state)
{
    struct bus_test_arena arena = {0};

    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];
        const struct bus_codec *codec = type->codec;
        struct bus_test_chance source = {.state = i};
        void *message = malloc(codec->table->size);
        uint32_t size;

        assert_non_null(message);
        bus_test_value(&source, &arena, BUS_TEST_LARGEST, codec->table, message);
        size = codec->measure(message, false);
        if (size > codec->size_max || size * UINT64_C(4) < codec->size_max * UINT64_C(3))
            fail_msg("%s: largest message %u bytes, busgen says %u", type->name, size,
                     codec->size_max);
        round_trip(type, message);
        bus_test_reset(&arena);
        free(message);
    }
}

/* One byte less of scratch than promised is noticed, and never overrun (the sanitizer watches). */
static void scratch_is_exact(void **state)
{
    struct bus_test_arena arena = {0};

    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct bus_codec *codec = types.list[i].codec;
        struct bus_test_chance source = {.state = i};
        void *message = malloc(codec->table->size);
        struct bus_scratch scratch;
        uint8_t *bytes;
        uint8_t *memory;
        uint32_t size;

        assert_non_null(message);
        assert_true(codec->scratch_max >= bus_test_scratch(codec->table));
        bus_test_value(&source, &arena, BUS_TEST_LARGEST, codec->table, message);
        bytes = pack(&types.list[i], message, &size);
        for (uint32_t room = 0; room < codec->scratch_max; room += 8 + codec->scratch_max / 16) {
            memory = malloc(room + 1);
            assert_non_null(memory);
            scratch.at = memory;
            scratch.end = memory + room;
            /* A union's larger arm by bytes need not be its larger by scratch. */
            if (room + 8 < bus_test_scratch(codec->table) / 2)
                assert_false(codec->unpack(message, bytes, &scratch));
            else
                (void)codec->unpack(message, bytes, &scratch);
            free(memory);
        }
        free(bytes);
        free(message);
        bus_test_reset(&arena);
    }
}

/* ---- the description that busgen makes at run time is the one that it generates ---- */

static void expect_same_table(const struct bus_table *a, const struct bus_table *b);

static void expect_same_type(const struct bus_field *a, const struct bus_field *b)
{
    if (a->kind == BUS_FIELD_STRUCT || a->kind == BUS_FIELD_TABLE) {
        expect_same_table(a->type, b->type);
    } else if (a->kind == BUS_FIELD_UNION) {
        const struct bus_union *left = a->type;
        const struct bus_union *right = b->type;

        assert_int_equal(left->arm_count, right->arm_count);
        assert_int_equal(left->size, right->size);
        assert_int_equal(left->tag, right->tag);
        assert_int_equal(left->value, right->value);
        for (uint32_t i = 0; i < left->arm_count; i++) {
            assert_string_equal(left->arms[i].name, right->arms[i].name);
            assert_int_equal(left->arms[i].number, right->arms[i].number);
            expect_same_table(left->arms[i].table, right->arms[i].table);
        }
    } else if (a->kind == BUS_FIELD_ENUM || a->kind == BUS_FIELD_FLAGS) {
        const struct bus_enum *left = a->type;
        const struct bus_enum *right = b->type;

        assert_string_equal(left->name, right->name);
        assert_int_equal(left->value_count, right->value_count);
        for (uint32_t i = 0; i < left->value_count; i++) {
            assert_string_equal(left->values[i].name, right->values[i].name);
            assert_true(left->values[i].value == right->values[i].value);
        }
    }
}

static void expect_same_table(const struct bus_table *a, const struct bus_table *b)
{
    assert_int_equal(a->field_count, b->field_count);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->align, b->align);
    assert_int_equal(a->inline_size, b->inline_size);
    assert_int_equal(a->vtable_size, b->vtable_size);
    for (uint32_t i = 0; i < a->field_count; i++) {
        const struct bus_field *left = &a->fields[i];
        const struct bus_field *right = &b->fields[i];
        bool same = left->preset == right->preset && left->max == right->max &&
                    left->count == right->count && left->number == right->number &&
                    left->slot == right->slot && left->tag_slot == right->tag_slot &&
                    left->kind == right->kind && left->base == right->base &&
                    left->shape == right->shape && left->flags == right->flags &&
                    strcmp(left->name, right->name) == 0;

        if (!(left->flags & BUS_FIELD_REMOVED))
            same = same && left->member == right->member && left->value == right->value;
        if (!same)
            fail_msg("%s.%s is described in two ways", a->name, left->name);
        expect_same_type(left, right);
    }
}

static void descriptions_agree(void **state)
{
    struct codec_memory memory = {0};

    (void)state;
    for (size_t i = 0; i < types.count; i++) {
        const struct bus_table *described = codec_describe(&memory, types.list[i].model);

        assert_non_null(described);
        expect_same_table(types.list[i].codec->table, described);
    }
    codec_release(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptions_agree), cmocka_unit_test(empty_round_trip),
        cmocka_unit_test(default_round_trip), cmocka_unit_test(largest_round_trip),
        cmocka_unit_test(random_round_trip),  cmocka_unit_test(scratch_is_exact),
    };

    return cmocka_run_group_tests(tests, open_types, close_types);
}
