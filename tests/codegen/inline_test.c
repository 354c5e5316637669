/*
 * inline_test.c - x.bus.inline.h: its functions say and write what those of x.bus.c do, for
 * messages of every kind of field, whole and damaged.
 *
 * covers: A1
 */
#include "common.bus.inline.h"
#include "every.bus.inline.h"

#include <bus/testing.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 200 };

struct functions {
    const struct bus_message_type *type;
    uint32_t (*encode)(const void *message, uint8_t *bytes, size_t capacity);
    enum bus_status (*decode)(const uint8_t *bytes, size_t size, void *message, void *scratch,
                              size_t scratch_size);
    bool (*unpack)(const uint8_t *bytes, void *message, void *scratch, size_t scratch_size);
};

#define FUNCTIONS(prefix)                                                                          \
    static uint32_t prefix##_encode_here(const void *message, uint8_t *bytes, size_t capacity)     \
    {                                                                                              \
        return prefix##_encode_inline(message, bytes, capacity);                                   \
    }                                                                                              \
    static enum bus_status prefix##_decode_here(const uint8_t *bytes, size_t size, void *message,  \
                                                void *scratch, size_t scratch_size)                \
    {                                                                                              \
        return prefix##_decode_inline(bytes, size, message, scratch, scratch_size);                \
    }                                                                                              \
    static bool prefix##_unpack_here(const uint8_t *bytes, void *message, void *scratch,           \
                                     size_t scratch_size)                                          \
    {                                                                                              \
        return prefix##_unpack_inline(bytes, message, scratch, scratch_size);                      \
    }
#define NAMES(prefix)                                                                              \
    {                                                                                              \
        &prefix##_type, prefix##_encode_here, prefix##_decode_here, prefix##_unpack_here           \
    }

FUNCTIONS(every_scalars_seen)
FUNCTIONS(every_options_seen)
FUNCTIONS(every_vectors_seen)
FUNCTIONS(every_arrays_seen)
FUNCTIONS(every_unions_seen)
FUNCTIONS(every_fading_seen)
FUNCTIONS(every_nothing_happened)
FUNCTIONS(every_small_seen)
FUNCTIONS(every_do_work)

static const struct functions all[] = {
    NAMES(every_scalars_seen), NAMES(every_options_seen), NAMES(every_vectors_seen),
    NAMES(every_arrays_seen),  NAMES(every_unions_seen),  NAMES(every_fading_seen),
    NAMES(every_small_seen),   NAMES(every_do_work),      NAMES(every_nothing_happened),
};

/* Not a byte more than asked for, so that ASan sees what goes beyond. */
static void *exactly(size_t size)
{
    void *memory = NULL;

    assert_int_equal(posix_memalign(&memory, 64, size != 0 ? size : 1), 0);
    return memory;
}

static void is_same(const struct bus_codec *codec, const void *a, const void *b)
{
    assert_int_equal(bus_wire_compare(codec->table, a, b), 0);
}

/* One bit is another: both say the same of it. */
static void damage(const struct functions *f, struct bus_test_chance *source, const uint8_t *bytes,
                   uint32_t size)
{
    const struct bus_codec *codec = &f->type->codec;
    uint8_t *damaged = exactly(size);
    void *mine = exactly(codec->table->size), *theirs = exactly(codec->table->size);
    uint8_t *room = exactly(codec->scratch_max), *other = exactly(codec->scratch_max);
    enum bus_status status;

    memcpy(damaged, bytes, size);
    damaged[bus_test_below(source, size)] ^= (uint8_t)(1u << bus_test_below(source, 8));
    status = bus_decode(codec, damaged, size, theirs, other, codec->scratch_max);
    assert_int_equal(f->decode(damaged, size, mine, room, codec->scratch_max), status);
    if (status == BUS_OK)
        is_same(codec, mine, theirs);
    free(damaged);
    free(mine);
    free(theirs);
    free(room);
    free(other);
}

/* The same message in a layout that is not ours: eight bytes later. */
static void look_elsewhere(const struct functions *f, const void *message, const uint8_t *bytes,
                           uint32_t size)
{
    const struct bus_codec *codec = &f->type->codec;
    uint8_t *moved = exactly(size + 8), *room = exactly(codec->scratch_max);
    void *copy = exactly(codec->table->size);
    uint32_t root;

    memcpy(&root, bytes, sizeof root);
    root += 8;
    memset(moved, 0, 8);
    memcpy(moved, &root, sizeof root);
    memcpy(moved + 8, bytes, size);
    assert_true(f->unpack(moved, copy, room, codec->scratch_max));
    is_same(codec, message, copy);
    if (f->decode(moved, size + 8, copy, room, codec->scratch_max) == BUS_OK)
        is_same(codec, message, copy);
    else
        assert_int_equal(bus_decode(codec, moved, size + 8, copy, room, codec->scratch_max),
                         BUS_ERR_INVALID);
    free(moved);
    free(room);
    free(copy);
}

static void look(const struct functions *f, struct bus_test_chance *source, const void *message)
{
    const struct bus_codec *codec = &f->type->codec;
    uint32_t size = codec->measure(message, false);
    uint8_t *bytes = exactly(size), *expected = exactly(size);
    uint8_t *room = exactly(codec->scratch_max);
    void *copy = exactly(codec->table->size);

    codec->pack(expected, message);
    assert_int_equal(f->encode(message, bytes, size), size);
    assert_memory_equal(bytes, expected, size);
    assert_int_equal(f->encode(message, bytes, size - 1), 0);
    assert_true(f->unpack(bytes, copy, room, codec->scratch_max));
    is_same(codec, message, copy);
    if (f->decode(bytes, size, copy, room, codec->scratch_max) == BUS_OK)
        is_same(codec, message, copy);
    else /* wild text need not be UTF-8 */
        assert_int_equal(bus_decode(codec, bytes, size, copy, room, codec->scratch_max),
                         BUS_ERR_INVALID);
    assert_int_equal(f->decode(bytes, size - 4, copy, room, codec->scratch_max), BUS_ERR_INVALID);
    damage(f, source, bytes, size);
    look_elsewhere(f, message, bytes, size);
    free(bytes);
    free(expected);
    free(room);
    free(copy);
}

static void the_same_as_behind_pointers(void **state)
{
    static const enum bus_test_style styles[] = {BUS_TEST_WILD, BUS_TEST_TAME, BUS_TEST_EMPTY,
                                                 BUS_TEST_LARGEST};
    struct bus_test_chance source = {7};
    struct bus_test_arena arena = {0};

    (void)state;
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        void *message = exactly(all[m].type->codec.table->size);

        for (int i = 0; i < ROUNDS; i++) {
            bus_test_value(&source, &arena, styles[i % 4], all[m].type->codec.table, message);
            look(&all[m], &source, message);
            bus_test_reset(&arena);
        }
        free(message);
    }
}

static void out_of_bounds_is_nothing(void **state)
{
    struct every_scalars_seen message = {0};
    uint8_t *bytes = exactly(EVERY_SCALARS_SEEN_SIZE_MAX);

    (void)state;
    message.a_string = bus_str("12345678901234567890123456789012345678901", 41);
    assert_int_equal(every_scalars_seen_encode_inline(&message, bytes, EVERY_SCALARS_SEEN_SIZE_MAX),
                     0);
    message.a_string.size = 40;
    assert_true(every_scalars_seen_encode_inline(&message, bytes, EVERY_SCALARS_SEEN_SIZE_MAX) > 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_as_behind_pointers),
        cmocka_unit_test(out_of_bounds_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
