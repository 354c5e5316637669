/*
 * shrink.c - copies of messages, and the search for a smaller one that still shows what is looked
 * for.
 *
 * All that can be made smaller is counted by one walk: each place of a message offers some steps
 * ("absent", "the first half", "zero", ...), and step number n of the whole message is found by
 * walking until n of them were passed. A try is a copy with one step taken. What shows it takes the
 * message's place, and the search goes on at the same number: what follows moved there. It ends
 * when no step of a whole walk helps, or the tries are used up. Every step makes the message
 * smaller in an order without endless descent (present before absent, then lengths, then distance
 * from zero), so it ends without a bound, too.
 */
#include "wire/layout.h"

#include <bus/testing.h>

/* ---- copies ---- */

static void copy_fields(struct bus_test_arena *arena, const struct bus_table *table,
                        uint8_t *message);

static void *copy_bytes(struct bus_test_arena *arena, const void *from, size_t size)
{
    void *to = bus_test_take(arena, size);

    if (size > 0)
        memcpy(to, from, size);
    return to;
}

/* What `at`, a copy already, points to. */
static void copy_one(struct bus_test_arena *arena, const struct bus_field *field, uint8_t *at)
{
    struct slice slice;

    if (field->kind == BUS_FIELD_TABLE) {
        copy_fields(arena, field->type, at);
    } else if (field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_BYTES) {
        slice = slice_load(at);
        if (slice.data != NULL)
            slice_store(at, copy_bytes(arena, slice.data, slice.size), slice.size);
    }
}

static void copy_field(struct bus_test_arena *arena, const struct bus_field *field, uint8_t *at)
{
    struct slice row;
    uint8_t *elements;

    if (field->kind == BUS_FIELD_UNION) {
        const struct bus_union *choice = field->type;
        const struct bus_union_arm *arm = union_arm(choice, (uint32_t)load_i32(at + choice->tag));

        if (arm != NULL)
            copy_fields(arena, arm->table, at + choice->value);
    } else if (field->shape == BUS_SHAPE_ONE) {
        copy_one(arena, field, at);
    } else if (field->shape == BUS_SHAPE_VECTOR) {
        row = slice_load(at);
        if (row.data == NULL)
            return;
        elements = copy_bytes(arena, row.data, row.size * member_stride(field));
        slice_store(at, elements, row.size);
        for (uint32_t i = 0; i < row.size; i++)
            copy_one(arena, field, elements + i * member_stride(field));
    }
}

static void copy_fields(struct bus_test_arena *arena, const struct bus_table *table,
                        uint8_t *message)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];

        if (!(field->flags & BUS_FIELD_REMOVED) && member_present(field, message))
            copy_field(arena, field, message + field->value);
    }
}

void *bus_test_copy(struct bus_test_arena *arena, const struct bus_table *table,
                    const void *message)
{
    uint8_t *copy = copy_bytes(arena, message, table->size);

    copy_fields(arena, table, copy);
    return copy;
}

/* ---- steps ---- */

/* `left` steps are passed before one is taken. A walk ends (true) when it is. */
struct walk {
    uint32_t left;
};

static bool is_turn(struct walk *walk)
{
    return walk->left-- == 0;
}

static bool shrink_fields(struct walk *walk, const struct bus_table *table, uint8_t *message);

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* A float: zero, one, without a fraction, half. */
static bool shrink_float(struct walk *walk, bool single, uint8_t *at)
{
    double steps[4] = {0, 1, 0, 0};
    double value;
    float narrow;

    if (single) {
        memcpy(&narrow, at, sizeof(narrow));
        value = (double)narrow;
    } else {
        memcpy(&value, at, sizeof(value));
    }
    if (value > -1e15 && value < 1e15) {
        steps[2] = (double)(int64_t)value;
        steps[3] = (double)((int64_t)value / 2);
    }
    for (uint32_t i = 0; i < 4; i++) {
        double size = value < 0 ? -value : value;
        double smaller = steps[i] < 0 ? -steps[i] : steps[i];

        /* NaN is larger than all */
        if (size <= smaller || (i >= 2 && steps[i] == 0) || !is_turn(walk))
            continue;
        narrow = (float)steps[i];
        memcpy(at, single ? (const void *)&narrow : (const void *)&steps[i], single ? 4 : 8);
        return true;
    }
    return false;
}

/* An integer: zero, half, less by ever smaller parts. */
static bool shrink_integer(struct walk *walk, uint8_t kind, uint8_t *at)
{
    int64_t value = (int64_t)scalar_load(kind, at);
    bool negative = kind_is_signed(kind) && value < 0;
    uint64_t size = negative ? 0 - (uint64_t)value : (uint64_t)value;
    const uint64_t steps[] = {
        0, size / 2, size - size / 4, size - size / 16, size - size / 256, size - 1};

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps) && size != 0; i++) {
        uint64_t step = negative ? 0 - steps[i] : steps[i];

        if (steps[i] == size || (i > 0 && steps[i] == 0) || !is_turn(walk))
            continue;
        memcpy(at, &step, scalar_size(kind));
        return true;
    }
    return false;
}

/* How many of `size` bytes of text are left when it ends near `wanted`, between characters. */
static uint32_t cut_text(const uint8_t *text, uint32_t wanted)
{
    while (wanted > 0 && (text[wanted] & 0xc0) == 0x80)
        wanted--;
    return wanted;
}

static bool shrink_text(struct walk *walk, const struct bus_field *field, uint8_t *at)
{
    struct slice slice = slice_load(at);
    uint8_t *text = (uint8_t *)(uintptr_t)slice.data; /* all of it is a copy */
    uint8_t plain = field->kind == BUS_FIELD_STRING ? 'a' : 0;
    uint32_t sizes[3] = {0, slice.size / 2, slice.size - 1};

    if (slice.size == 0)
        return false;
    for (uint32_t i = 0; i < 3; i++) {
        if ((i > 0 && sizes[i] == 0) || !is_turn(walk))
            continue;
        if (field->kind == BUS_FIELD_STRING)
            sizes[i] = cut_text(text, sizes[i]);
        slice_store(at, text, sizes[i]);
        return true;
    }
    for (uint32_t i = 0; i < slice.size && i < 64; i++) {
        uint32_t width = 1;

        while (field->kind == BUS_FIELD_STRING && i + width < slice.size &&
               (text[i + width] & 0xc0) == 0x80)
            width++;
        if (text[i] == plain || (field->kind == BUS_FIELD_STRING && (text[i] & 0xc0) == 0x80))
            continue;
        if (is_turn(walk)) {
            text[i] = plain; /* a wide character becomes a narrow one, */
            memmove(text + i + 1, text + i + width, slice.size - i - width);
            slice_store(at, text, slice.size - width + 1);
            return true;
        }
        if (width > 1 && is_turn(walk)) {
            memset(text + i, plain, width); /* or some, where the length matters */
            return true;
        }
    }
    return false;
}

/* One value; `int_sized`: a single enum of a table. */
static bool shrink_one(struct walk *walk, const struct bus_field *field, uint8_t *at,
                       bool int_sized)
{
    uint8_t kind = int_sized ? BUS_FIELD_I32 : field_scalar(field);

    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        return shrink_text(walk, field, at);
    case BUS_FIELD_STRUCT:
        if (!is_zero(at, ((const struct bus_table *)field->type)->size) && is_turn(walk)) {
            memset(at, 0, ((const struct bus_table *)field->type)->size);
            return true;
        }
        return shrink_fields(walk, field->type, at);
    case BUS_FIELD_TABLE:
        return shrink_fields(walk, field->type, at);
    case BUS_FIELD_UUID:
        if (is_zero(at, 16) || !is_turn(walk))
            return false;
        memset(at, 0, 16);
        return true;
    case BUS_FIELD_F32:
    case BUS_FIELD_F64:
        return shrink_float(walk, field->kind == BUS_FIELD_F32, at);
    default:
        return shrink_integer(walk, kind, at);
    }
}

/* Elements of a vector: none, half of them, one less; then each by itself. */
static bool shrink_vector(struct walk *walk, const struct bus_field *field, uint8_t *at)
{
    struct slice row = slice_load(at);
    uint8_t *elements = (uint8_t *)(uintptr_t)row.data; /* all of it is a copy */
    size_t stride = member_stride(field);
    const struct {
        uint32_t from, size;
    } parts[] = {
        {0, 0},
        {0, row.size / 2},
        {row.size / 2, row.size - row.size / 2},
        {0, row.size - 1},
        {1, row.size - 1},
    };

    if (row.size == 0)
        return false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if ((i > 0 && parts[i].size == 0) || parts[i].size == row.size || !is_turn(walk))
            continue;
        slice_store(at, elements + parts[i].from * stride, parts[i].size);
        return true;
    }
    for (uint32_t i = 0; i < row.size; i++)
        if (shrink_one(walk, field, elements + i * stride, false))
            return true;
    return false;
}

static bool shrink_union(struct walk *walk, const struct bus_union *choice, uint8_t *at)
{
    int32_t tag = load_i32(at + choice->tag);
    const struct bus_union_arm *arm = union_arm(choice, (uint32_t)tag);

    if (tag == 0)
        return false;
    if (is_turn(walk)) {
        memset(at, 0, choice->size);
        return true;
    }
    return arm != NULL && shrink_fields(walk, arm->table, at + choice->value);
}

static bool shrink_field(struct walk *walk, const struct bus_field *field, uint8_t *message,
                         bool fixed)
{
    uint8_t *at = message + field->value;

    if (!member_present(field, message))
        return false;
    if ((field->flags & BUS_FIELD_OPTIONAL) && is_turn(walk)) {
        memset(message + field->member, 0, sizeof(bool));
        return true;
    }
    if (field->kind == BUS_FIELD_UNION)
        return shrink_union(walk, field->type, at);
    if (field->shape == BUS_SHAPE_VECTOR)
        return shrink_vector(walk, field, at);
    if (field->shape == BUS_SHAPE_ONE)
        return shrink_one(walk, field, at, field->kind == BUS_FIELD_ENUM && !fixed);
    if (!is_zero(at, field->count * member_stride(field)) && is_turn(walk)) {
        memset(at, 0, field->count * member_stride(field));
        return true;
    }
    for (uint32_t i = 0; i < field->count; i++)
        if (shrink_one(walk, field, at + i * member_stride(field), false))
            return true;
    return false;
}

static bool shrink_fields(struct walk *walk, const struct bus_table *table, uint8_t *message)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!(table->fields[i].flags & BUS_FIELD_REMOVED) &&
            shrink_field(walk, &table->fields[i], message, table->vtable_size == 0))
            return true;
    }
    return false;
}

/* ---- the search ---- */

void *bus_test_shrink(struct bus_test_arena *arena, const struct bus_table *table, void *message,
                      bus_test_shows shows, void *context, uint32_t tries)
{
    struct bus_test_arena work = {0};
    void *best = bus_test_copy(&work, table, message);
    uint32_t step = 0;
    uint32_t since = 0; /* steps tried since the last one that helped */

    while (tries-- > 0) {
        struct bus_test_arena next = {0};
        void *smaller = bus_test_copy(&next, table, best);
        struct walk walk = {step};

        if (!shrink_fields(&walk, table, smaller)) {
            bus_test_reset(&next);
            if (step == 0 || since >= step)
                break;
            step = 0; /* once more from the start: what helped may have opened a way */
            continue;
        }
        if (shows(context, smaller)) {
            bus_test_reset(&work);
            work = next;
            best = smaller;
            since = 0;
        } else {
            bus_test_reset(&next);
            step++;
            since++;
        }
    }
    message = bus_test_copy(arena, table, best);
    bus_test_reset(&work);
    return message;
}
