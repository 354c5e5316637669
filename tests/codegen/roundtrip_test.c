/*
 * roundtrip_test.c - every message and answer of every.bus, with random values of every style:
 * measure, pack, verify, unpack give the message back; pack writes each byte of what measure
 * promised and no other; unpack takes no more scratch than promised; a packed message is never
 * larger than the model says, and the largest nearly that large.
 *
 * covers: A1, P10
 */
#include "common.bus.h"
#include "every.bus.h"

#include <bus/testing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 300 };

/* The linker leads every call of the engine's unpack through here (see CMakeLists.txt). */
static unsigned engine_calls;

bool __real_bus_wire_unpack(const struct bus_table *table, void *message, const uint8_t *bytes,
                            uint32_t at, struct bus_scratch *scratch);
bool __wrap_bus_wire_unpack(const struct bus_table *table, void *message, const uint8_t *bytes,
                            uint32_t at, struct bus_scratch *scratch);
bool __wrap_bus_wire_unpack(const struct bus_table *table, void *message, const uint8_t *bytes,
                            uint32_t at, struct bus_scratch *scratch)
{
    engine_calls++;
    return __real_bus_wire_unpack(table, message, bytes, at, scratch);
}

/* Not a byte more than asked for, so that ASan sees what goes beyond. */
static void *exactly(size_t size)
{
    void *memory = NULL;

    assert_int_equal(posix_memalign(&memory, 64, size != 0 ? size : 1), 0);
    return memory;
}

static void must_verify(const struct bus_codec *codec, const uint8_t *bytes, uint32_t size)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    if (!bus_wire_verify(codec->table, bytes, size, why))
        fail_msg("%s does not verify: %s", codec->table->name, why);
}

static void unpack_and_compare(const struct bus_codec *codec, const uint8_t *bytes,
                               const void *original, bool foreign)
{
    void *copy = exactly(codec->table->size);
    uint8_t *memory = exactly(codec->scratch_max);
    struct bus_scratch scratch = {memory, memory + codec->scratch_max};
    uint32_t root;

    memset(copy, 0x5a, codec->table->size);
    memcpy(&root, bytes, sizeof(root));
    engine_calls = 0;
    if (foreign)
        assert_true(bus_wire_unpack(codec->table, copy, bytes, root, &scratch));
    else
        assert_true(codec->unpack(copy, bytes, &scratch));
    assert_int_equal(engine_calls, foreign ? 1 : 0); /* our own bytes go the fast way */
    if (bus_wire_compare(codec->table, original, copy) != 0) {
        char a[4000];
        char b[4000];

        bus_wire_print(codec->table, original, a, sizeof(a));
        bus_wire_print(codec->table, copy, b, sizeof(b));
        fail_msg("%s changed on its way (%s unpack):\n%s\n%s", codec->table->name,
                 foreign ? "engine's" : "generated", a, b);
    }
    free(memory);
    free(copy);
}

static uint32_t round_trip(const struct bus_codec *codec, const void *original)
{
    uint32_t size = codec->measure(original, false);
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *first;
    uint8_t *second;

    if (!bus_wire_check(codec->table, original, false, why))
        fail_msg("%s is refused by the engine: %s", codec->table->name, why);
    if (size == 0)
        fail_msg("%s is refused by measure", codec->table->name);
    assert_int_equal(size % 4, 0);
    assert_true(size <= codec->size_max);
    first = exactly(size);
    second = exactly(size);
    memset(first, 0x00, size);
    memset(second, 0xff, size);
    codec->pack(first, original);
    codec->pack(second, original);
    assert_memory_equal(first, second, size); /* every byte was written */
    must_verify(codec, first, size);
    unpack_and_compare(codec, first, original, false);
    unpack_and_compare(codec, first, original, true);
    free(first);
    free(second);
    return size;
}

static void test_codec(const struct bus_codec *codec, struct bus_test_chance *source)
{
    static const enum bus_test_style styles[] = {BUS_TEST_WILD, BUS_TEST_TAME, BUS_TEST_EMPTY};
    struct bus_test_arena arena = {0};
    void *message = exactly(codec->table->size);

    for (int i = 0; i < ROUNDS; i++) {
        memset(message, 0xa5, codec->table->size); /* the gaps of C structs hold anything */
        bus_test_value(source, &arena, styles[i % 3], codec->table, message);
        round_trip(codec, message);
        bus_test_reset(&arena);
    }
    bus_test_value(source, &arena, BUS_TEST_LARGEST, codec->table, message);
    /* a bound: gaps of alignment are counted at their widest */
    assert_true(codec->size_max - round_trip(codec, message) <= codec->size_max / 16);
    bus_wire_init(codec->table, message);
    round_trip(codec, message);
    bus_test_reset(&arena);
    free(message);
}

static void test_every_message(void **state)
{
    struct bus_test_chance source = {42};

    (void)state;
    for (uint32_t i = 0; i < every_schema.message_count; i++) {
        const struct bus_message_type *type = every_schema.messages[i];

        test_codec(&type->codec, &source);
        for (uint32_t answer = 0; answer < type->answer_count; answer++)
            if (type->answers[answer].codec.table != NULL)
                test_codec(&type->answers[answer].codec, &source);
    }
}

/* ---- what measure refuses -------------------------------------------------------------------- */

static uint32_t measured(const struct every_vectors_seen *message, bool reserve)
{
    return every_vectors_seen_type.codec.measure(message, reserve);
}

static void test_bounds(void **state)
{
    struct every_scalars_seen scalars = {0};
    struct every_vectors_seen vectors = {0};
    struct every_unions_seen unions = {0};
    const struct bus_codec *codec = &every_scalars_seen_type.codec;
    uint8_t bytes[10] = {0};
    struct bus_string strings[2] = {{"123456789012", 12}, {"1234567890123", 13}};

    (void)state;
    assert_true(codec->measure(&scalars, false) > 0);
    scalars.a_string = bus_str("12345678901234567890123456789012345678901", 40);
    assert_true(codec->measure(&scalars, false) > 0);
    scalars.a_string.size = 41;
    assert_int_equal(codec->measure(&scalars, false), 0);
    scalars.a_string.size = UINT32_MAX;
    assert_int_equal(codec->measure(&scalars, false), 0);
    scalars.a_string = (struct bus_string){NULL, 3};
    assert_int_equal(codec->measure(&scalars, false), 0);
    assert_true(codec->measure(&scalars, true) > 0);
    scalars.a_string.size = 0;
    scalars.a_state = (enum every_state)255;
    assert_true(codec->measure(&scalars, false) > 0);
    scalars.a_state = (enum every_state)256;
    assert_int_equal(codec->measure(&scalars, false), 0);
    scalars.a_state = (enum every_state) - 1;
    assert_int_equal(codec->measure(&scalars, false), 0);
    scalars.a_state = EVERY_STATE_OPEN;
    scalars.a_narrow = (enum every_narrow) - 129;
    assert_int_equal(codec->measure(&scalars, false), 0);

    vectors.v_u8 = (struct bus_slice_u8){bytes, 9};
    assert_true(measured(&vectors, false) > 0);
    vectors.v_u8.size = 10;
    assert_int_equal(measured(&vectors, false), 0);
    vectors.v_u8.size = 0;
    vectors.v_bool = (struct bus_slice_u8){bytes, 2};
    assert_true(measured(&vectors, false) > 0);
    bytes[1] = 2; /* neither true nor false: nobody would accept it */
    assert_int_equal(measured(&vectors, false), 0);
    vectors.v_bool.size = 0;
    vectors.v_strings = (struct bus_slice_string){strings, 1};
    assert_true(measured(&vectors, false) > 0);
    vectors.v_strings.size = 2;
    assert_int_equal(measured(&vectors, false), 0);
    vectors.v_strings = (struct bus_slice_string){NULL, 2};
    assert_int_equal(measured(&vectors, true), 0); /* strings in vectors cannot be reserved */
    vectors.v_strings.size = 0;
    vectors.v_nested.size = 1;
    assert_int_equal(measured(&vectors, true), 0);
    vectors.v_nested.size = UINT32_MAX;
    assert_int_equal(measured(&vectors, true), 0);

    unions.first.type = (enum every_anything_type)4;
    assert_int_equal(every_unions_seen_type.codec.measure(&unions, false), 0);
    unions.first.type = (enum every_anything_type) - 1;
    assert_int_equal(every_unions_seen_type.codec.measure(&unions, false), 0);
}

/* Reserved slices are zero, and as many bytes as given ones would take. */
static void test_reserve(void **state)
{
    struct every_vectors_seen message = {0};
    const struct bus_codec *codec = &every_vectors_seen_type.codec;
    struct every_vectors_seen back;
    _Alignas(8) uint8_t bytes[1024];
    static uint8_t memory[65536];
    struct bus_scratch scratch = {memory, memory + codec->scratch_max};
    uint32_t size;

    (void)state;
    assert_true(codec->scratch_max <= sizeof(memory));
    message.v_u16.size = 3;
    message.v_gaps.size = 2;
    message.v_u64.size = 9;
    size = measured(&message, true);
    assert_true(size > 0 && size <= sizeof(bytes));
    memset(bytes, 0xff, sizeof(bytes));
    codec->pack(bytes, &message);
    must_verify(codec, bytes, size);
    assert_true(codec->unpack(&back, bytes, &scratch));
    assert_int_equal(back.v_u16.size, 3);
    assert_int_equal(back.v_u16.data[0] | back.v_u16.data[2], 0);
    assert_int_equal(back.v_gaps.size, 2);
    assert_true(back.v_gaps.data[1].b == 0);
    assert_int_equal(back.v_u64.size, 9);
    assert_true((uintptr_t)back.v_u64.data % 8 == 0);
}

/* Too little scratch is noticed at every size below what is needed. */
static void test_scratch_runs_out(void **state)
{
    const struct bus_codec *codec = &every_vectors_seen_type.codec;
    struct bus_test_chance source = {7};
    struct bus_test_arena arena = {0};
    struct every_vectors_seen message;
    uint8_t *bytes;
    uint8_t *memory = exactly(codec->scratch_max);

    (void)state;
    bus_test_value(&source, &arena, BUS_TEST_LARGEST, codec->table, &message);
    bytes = exactly(codec->measure(&message, false));
    codec->pack(bytes, &message);
    for (uint32_t size = 0; size < codec->scratch_max; size += 8) {
        struct every_vectors_seen back;
        struct bus_scratch scratch = {memory, memory + size};

        if (codec->unpack(&back, bytes, &scratch) && size + 64 < codec->scratch_max / 2)
            fail_msg("unpacked with %u bytes of scratch", (unsigned)size);
    }
    free(bytes);
    free(memory);
    bus_test_reset(&arena);
}

/* An arm that is gone can be neither sent nor read, but bytes of an older writer stay readable. */
static void test_arms_that_are_gone(void **state)
{
    const struct bus_codec *codec = &every_fading_seen_type.codec;
    struct every_fading_seen message = {
        .choice = {.type = EVERY_FADING_SMALL_ONE, .small_one = {.on = true}}, .last = 9};
    struct every_fading_seen back;
    struct bus_scratch scratch = {NULL, NULL};
    uint32_t size = codec->measure(&message, false);
    uint8_t *bytes = exactly(size);
    uint32_t tag = codec->table->fields[0].tag_slot;
    char why[BUS_WIRE_WHY_SIZE];
    uint32_t root;

    (void)state;
    codec->pack(bytes, &message);
    memcpy(&root, bytes, sizeof(root));
    assert_int_equal(bytes[root + tag], EVERY_FADING_SMALL_ONE);
    bytes[root + tag] = 1; /* the leaf that was */
    must_verify(codec, bytes, size);
    for (int foreign = 0; foreign < 2; foreign++) {
        memset(&back, 0x5a, sizeof(back));
        assert_true(foreign ? bus_wire_unpack(codec->table, &back, bytes, root, &scratch)
                            : codec->unpack(&back, bytes, &scratch));
        assert_int_equal(back.choice.type, 1);
        assert_int_equal(back.choice.small_one.on, false);
        assert_int_equal(back.last, 9);
    }
    for (int gone = 1; gone <= 3; gone += 2) {
        message.choice.type = (enum every_fading_type)gone;
        assert_int_equal(codec->measure(&message, false), 0);
        assert_false(bus_wire_check(codec->table, &message, false, why));
    }
    message.choice.type = EVERY_FADING_NONE;
    message.none.type = (enum every_faded_type)1;
    assert_int_equal(codec->measure(&message, false), 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_reserve),
        cmocka_unit_test(test_scratch_runs_out),
        cmocka_unit_test(test_arms_that_are_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
