/*
 * Damaged buffers: our verifier never accepts what Google's refuses; what it accepts can be read
 * without leaving the buffer. The controls show that a verifier with a hole is noticed.
 *
 * covers: P10
 */
#include "google.h"
#include "readall.h"
#include "types.h"
#include <bus/testing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MUTATIONS = 100000, SEEDS = 4, WRITERS = 3, SIZE_MAX_HERE = 1 << 16 };

static struct wire_types types;
static struct guarded guarded;

struct original {
    const struct wire_type *type;
    uint8_t *bytes;
    size_t size;
};

static struct original originals[WIRE_TYPES_MAX * SEEDS * WRITERS];
static size_t original_count;

static void add_original(const struct wire_type *type, uint8_t *bytes, size_t size)
{
    if (size > SIZE_MAX_HERE / 2) {
        free(bytes);
        return;
    }
    originals[original_count++] = (struct original){type, bytes, size};
}

/* Each type, written by us and by Google with and without shared strings. */
static void make_originals(const struct wire_type *type, uint64_t seed)
{
    struct bus_test_chance source = {.state = seed};
    struct bus_test_arena arena = {0};
    void *message = malloc(type->codec->table->size);
    uint32_t size;
    uint8_t *bytes;

    assert_non_null(message);
    bus_test_value(&source, &arena, BUS_TEST_WILD, type->codec->table, message);
    size = type->codec->measure(message, false);
    bytes = malloc(size);
    assert_non_null(bytes);
    type->codec->pack(bytes, message);
    for (int pool = 0; pool < 2; pool++) {
        uint8_t *copy;
        size_t copy_size;

        assert_true(google_copy(type->name, bytes, pool != 0, &copy, &copy_size));
        add_original(type, copy, copy_size);
    }
    add_original(type, bytes, size);
    bus_test_reset(&arena);
    free(message);
}

static int open_all(void **state)
{
    (void)state;
    wire_types_open(&types, SCHEMA_FOLDER);
    google_open(FBS_FOLDER);
    for (size_t i = 0; i < types.count; i++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            make_originals(&types.list[i], seed * 97 + i);
    }
    return guarded_open(&guarded, SIZE_MAX_HERE) && types.count >= 24 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < original_count; i++)
        free(originals[i].bytes);
    guarded_close(&guarded);
    wire_types_close(&types);
    google_close();
    return 0;
}

static uint32_t interesting(struct bus_test_chance *source, size_t size)
{
    const uint32_t values[] = {0,
                               1,
                               4,
                               (uint32_t)size,
                               (uint32_t)size - 4,
                               INT32_MAX,
                               UINT32_C(0x80000000),
                               UINT32_MAX,
                               (uint32_t)bus_test_below(source, size + 8)};

    return values[bus_test_below(source, sizeof(values) / sizeof(values[0]))];
}

/* Where the vtable of some table is: the root's, or what looks like one. */
static size_t some_vtable(struct bus_test_chance *source, const uint8_t *bytes, size_t size)
{
    uint32_t root = 0;
    int32_t back = 0;

    memcpy(&root, bytes, 4);
    if (bus_test_below(source, 2) == 0)
        root = (uint32_t)bus_test_below(source, size) & ~UINT32_C(3);
    if (root > size - 4)
        return 0;
    memcpy(&back, bytes + root, 4);
    if (back < 0 || (uint32_t)back > root)
        return 0;
    return root - (uint32_t)back;
}

static size_t mutate_once(struct bus_test_chance *source, uint8_t *bytes, size_t size)
{
    size_t at = bus_test_below(source, size);
    size_t word = at & ~(size_t)3;
    uint32_t value = interesting(source, size);
    uint32_t old;

    switch (bus_test_below(source, 9)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << bus_test_below(source, 8));
        return size;
    case 1:
        bytes[at] = (uint8_t)bus_test_next(source);
        return size;
    case 2:
        memcpy(bytes + (at & ~(size_t)1), &value, (at & ~(size_t)1) + 2 <= size ? 2 : 1);
        return size;
    case 3:
        if (word + 4 <= size)
            memcpy(bytes + word, &value, 4);
        return size;
    case 4:
        if (word + 4 <= size) {
            memcpy(&old, bytes + word, 4);
            old += (uint32_t)bus_test_below(source, 33) - 16;
            memcpy(bytes + word, &old, 4);
        }
        return size;
    case 5:
        return 8 + bus_test_below(source, size - 8);
    case 6:
        if (size + 16 > SIZE_MAX_HERE)
            return size;
        for (size_t i = 0; i < 16; i++)
            bytes[size + i] = (uint8_t)bus_test_next(source);
        return size + bus_test_below(source, 16);
    case 7:
        memmove(bytes + at, bytes + bus_test_below(source, size), 1);
        return size;
    default:
        /* An entry of a vtable, or its sizes. */
        at = some_vtable(source, bytes, size) + 2 * bus_test_below(source, 12);
        value = (uint32_t)bus_test_below(source, 64);
        if (at + 2 <= size)
            memcpy(bytes + at, &value, 2);
        return size;
    }
}

struct count {
    uint32_t accepted;
    uint32_t refused;
    uint32_t only_google; /* accepts; we are stricter */
    uint32_t only_ours;   /* must stay 0 */
};

/* One damaged buffer; `table` is the description that we verify with. */
static void try_one(struct bus_test_chance *source, const struct original *original,
                    const struct bus_table *table, struct count *count)
{
    static uint8_t work[SIZE_MAX_HERE + 32];
    char why[BUS_WIRE_WHY_SIZE] = "";
    bool own = table == original->type->codec->table;
    size_t size = original->size;
    uint8_t *bytes;
    bool known;
    bool theirs;
    bool ours;

    memcpy(work, original->bytes, size);
    for (uint64_t times = 1 + bus_test_below(source, 4); times > 0; times--)
        size = mutate_once(source, work, size);
    bytes = guarded_place(&guarded, size);
    memcpy(bytes, work, size);
    ours = bus_wire_verify(table, bytes, size, why);
    if (own && !ours && bus_codec_verify(original->type->codec, bytes, size, NULL))
        fail_msg("%s: the fast way accepts what the verifier refuses", original->type->name);
    theirs = google_verify(original->type->name, bytes, size, &known);
    assert_true(known);
    count->accepted += ours;
    count->refused += !ours;
    count->only_google += theirs && !ours;
    count->only_ours += ours && !theirs;
    if (!ours && why[0] == '\0')
        fail_msg("%s: refused without a reason", original->type->name);
    if (ours && !theirs && own)
        fail_msg("%s: we accept what Google refuses", original->type->name);
    if (ours && own && !read_all(table, original->type->codec, bytes, size, why))
        fail_msg("%s: accepted, then: %s", original->type->name, why);
}

static void mutated_buffers(void **state)
{
    const char *wanted = getenv("BUSGEN_MUTATIONS");
    uint64_t times = wanted != NULL ? strtoull(wanted, NULL, 10) : MUTATIONS;
    struct count count = {0};

    (void)state;
    for (uint64_t n = 0; n < times; n++) {
        struct bus_test_chance source = {.state = n};
        const struct original *original = &originals[bus_test_below(&source, original_count)];

        try_one(&source, original, original->type->codec->table, &count);
    }
    print_message("accepted %u, refused %u, of these %u by us alone\n", count.accepted,
                  count.refused, count.only_google);
    assert_int_equal(count.only_ours, 0);
    /* Else nothing was tested. */
    assert_true(count.accepted > times / 20);
    assert_true(count.refused > times / 20);
}

/* Every single byte of a buffer set to every value that matters, so that no check goes untested by
 * chance. */
static void every_byte(void **state)
{
    static const uint8_t values[] = {0, 1, 2, 3, 4, 6, 8, 12, 0x7f, 0x80, 0xfe, 0xff};
    struct count count = {0};

    (void)state;
    for (size_t o = 0; o < original_count; o += 5) {
        const struct original *original = &originals[o];
        const struct bus_codec *codec = original->type->codec;
        char why[BUS_WIRE_WHY_SIZE] = "";
        size_t size = original->size < 600 ? original->size : 600;

        for (size_t at = 0; at < size; at++) {
            for (size_t v = 0; v < sizeof(values); v++) {
                uint8_t *bytes = guarded_place(&guarded, original->size);
                bool known;
                bool theirs;
                bool ours;

                memcpy(bytes, original->bytes, original->size);
                bytes[at] = values[v];
                ours = bus_wire_verify(codec->table, bytes, original->size, why);
                if (!ours && bus_codec_verify(codec, bytes, original->size, NULL))
                    fail_msg("%s: byte %zu = %u: the fast way accepts it alone",
                             original->type->name, at, values[v]);
                theirs = google_verify(original->type->name, bytes, original->size, &known);
                count.accepted += ours;
                if (ours && !theirs)
                    fail_msg("%s: byte %zu = %u: we accept what Google refuses",
                             original->type->name, at, values[v]);
                if (ours && v % 4 == 0 &&
                    !read_all(codec->table, codec, bytes, original->size, why))
                    fail_msg("%s: byte %zu = %u: accepted, then: %s", original->type->name, at,
                             values[v], why);
            }
        }
    }
    assert_true(count.accepted > 1000);
}

/* ---- negative controls: a verifier with a hole is noticed ---- */

/* The same buffers, but our verifier is given a description in which one field looks like
 * something else. */
static uint32_t holes_found(const char *type, const char *field, uint8_t kind)
{
    const struct wire_type *found = wire_types_find(&types, type);
    struct bus_table table = *found->codec->table;
    struct bus_field *fields = malloc(table.field_count * sizeof(*fields));
    struct count count = {0};

    assert_non_null(fields);
    memcpy(fields, table.fields, table.field_count * sizeof(*fields));
    table.fields = fields;
    for (uint32_t i = 0; i < table.field_count; i++) {
        if (strcmp(fields[i].name, field) == 0) {
            fields[i].kind = kind;
            fields[i].base = kind;
            fields[i].shape = BUS_SHAPE_ONE;
        }
    }
    for (uint64_t n = 0; n < 40000; n++) {
        struct bus_test_chance source = {.state = n};
        const struct original *original = &originals[n % original_count];

        if (original->type == found)
            try_one(&source, original, &table, &count);
    }
    free(fields);
    return count.only_ours;
}

static void control_string_not_followed(void **state)
{
    (void)state;
    assert_true(holes_found("every.ask", "question", BUS_FIELD_U32) > 0);
}

static void control_vector_not_followed(void **state)
{
    (void)state;
    assert_true(holes_found("nested.book", "pages", BUS_FIELD_U32) > 0);
}

static void control_field_too_short(void **state)
{
    (void)state;
    /* Eight bytes looked at as one: the end of the table is not seen. */
    assert_true(holes_found("every.scalars", "g", BUS_FIELD_U8) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_buffers),
        cmocka_unit_test(every_byte),
        cmocka_unit_test(control_string_not_followed),
        cmocka_unit_test(control_vector_not_followed),
        cmocka_unit_test(control_field_too_short),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
