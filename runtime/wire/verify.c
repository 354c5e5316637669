/*
 * verify.c - are these bytes a message of this type? The gate for everything from outside.
 *
 * Promise. After true, every read that unpack, the views and the generated fast path can make
 * stays inside [bytes, bytes + size), is aligned, and yields values that the C types can hold (no
 * bool above 1). Whatever is accepted here, Google's C++ verifier accepts for the emitted .fbs too;
 * the converse does not hold (max, UTF-8, union consistency, field ranges inside the table).
 *
 * Argument. `at` is a position in the buffer, in 64 bits. Nothing is loaded before `inside` said
 * that its bytes are there, and `inside` cannot overflow: positions are sums of a position below
 * 2^31 (`size` is) and of at most a few 32-bit counts times an element of at most 2^24 bytes.
 *
 *   offsets     are u32, not 0, point into the buffer (so below 2^31), to a multiple of 4. They
 *               only point forward; a buffer is a DAG, never a cycle. Vtables may lie anywhere.
 *   vtables     are at an even place, even in size, wholly inside; the table they describe is
 *               wholly inside; each field of ours that they place lies behind the table's 4-byte
 *               head and ends inside the table.
 *   recursion   goes over the description, which is finite and not recursive (idl refuses tables
 *               that contain themselves), and is cut at depth 64 whatever the description says.
 *   cost        a DAG can be exponentially larger than its bytes. So every step is paid for from a
 *               budget of 8 units per byte of the buffer: a unit for each byte looked at (not for
 *               those that may hold anything, like the elements of [u32]), a quarter of a unit for
 * each vtable entry (shared vtables are legal and common: a thousand small tables may share a big
 * one, so they cannot be charged in full). An honest buffer that shares nothing costs less than 2
 * units a byte. A unit is worth a few nanoseconds, which gives the bound per byte.
 *
 * A union whose tag we do not know comes from a newer schema: the offset is checked, what it points
 * at is not read, and unpack does not read it either. A tag without a value and a value without a
 * tag are refused. Removed fields are verified like any other: an older schema version may read
 * them.
 */
#include "verify.h"

#include "layout.h"
#include "why.h"

/* Strings remembered as looked at. */
enum { VERIFY_STRINGS_KEPT = 64 };

/* A root offset, a table of nothing and a vtable of nothing. */
#define VERIFY_SIZE_MIN 12

struct verifier {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t budget; /* in quarters of a unit */
    uint64_t spent;
    uint32_t tables;
    uint32_t depth;
    uint32_t deepest;
    char *why;
    uint32_t strings[VERIFY_STRINGS_KEPT]; /* positions that were found good; 0: none */
};

static bool verify_table(struct verifier *v, const struct bus_table *type, uint64_t at,
                         const struct way *way);

/* As Google's Verifier::Verify: the whole buffer is never one element. */
static bool inside(const struct verifier *v, uint64_t at, uint64_t size)
{
    return size < v->size && at <= v->size - size;
}

static bool spend_quarters(struct verifier *v, uint64_t quarters, const struct way *way)
{
    v->spent += quarters;
    if (v->spent > v->budget)
        return bus_why_text(v->why, way,
                            "verifying costs too much: the same bytes are used many times");
    return true;
}

static bool spend(struct verifier *v, uint64_t units, const struct way *way)
{
    return spend_quarters(v, units * 4, way);
}

/* Follows the offset at `at` (aligned, inside: checked here). */
static bool follow(struct verifier *v, uint64_t at, const struct way *way, uint64_t *target)
{
    uint32_t offset;

    if (at % 4 != 0 || !inside(v, at, 4))
        return bus_why_text(v->why, way, "an offset lies outside or unaligned");
    offset = load_u32(v->bytes + at);
    if (offset == 0 || !inside(v, at + offset, 1))
        return bus_why_text(v->why, way, "an offset points outside");
    *target = at + offset;
    if (*target % 4 != 0)
        return bus_why_text(v->why, way, "an offset points to an unaligned place");
    return true;
}

static bool holds_bool(const struct bus_table *type)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const struct bus_field *field = &type->fields[i];

        if (field->kind == BUS_FIELD_BOOL)
            return true;
        if (field->kind == BUS_FIELD_STRUCT && holds_bool(field->type))
            return true;
    }
    return false;
}

/* `count` bytes that are bools. */
static bool verify_bools(struct verifier *v, uint64_t at, uint64_t count, const struct way *way)
{
    for (uint64_t i = 0; i < count; i++) {
        if (v->bytes[at + i] > 1)
            return bus_why_value(v->why, way, "a bool of", v->bytes[at + i], "(only 0 and 1 are)");
    }
    return true;
}

/* The bools inside one struct; everything else in it may hold any bits. */
static bool verify_struct(struct verifier *v, const struct bus_table *type, uint64_t at,
                          const struct way *up)
{
    for (uint32_t i = 0; i < type->field_count; i++) {
        const struct bus_field *field = &type->fields[i];
        uint64_t count = field->shape == BUS_SHAPE_ARRAY ? field->count : 1;
        struct way way = {.up = up, .name = field->name, .index = WAY_NO_INDEX};

        if (field->kind == BUS_FIELD_BOOL) {
            if (!verify_bools(v, at + field->slot, count, &way))
                return false;
        } else if (field->kind == BUS_FIELD_STRUCT && holds_bool(field->type)) {
            for (uint64_t n = 0; n < count; n++) {
                if (!verify_struct(v, field->type, at + field->slot + n * element_size(field),
                                   &way))
                    return false;
            }
        }
    }
    return true;
}

/* `count` values in a row that need no offset; their place was checked and paid for. */
static bool verify_plain(struct verifier *v, const struct bus_field *field, uint64_t at,
                         uint64_t count, struct way *way)
{
    if (field->kind == BUS_FIELD_BOOL)
        return verify_bools(v, at, count, way);
    if (field->kind != BUS_FIELD_STRUCT || count == 0 || !holds_bool(field->type))
        return true;
    for (uint64_t i = 0; i < count; i++) {
        if (field->shape != BUS_SHAPE_ONE)
            way->index = (uint32_t)i;
        if (!verify_struct(v, field->type, at + i * element_size(field), way))
            return false;
    }
    way->index = WAY_NO_INDEX;
    return true;
}

/* The bytes of a string that lies inside with its NUL: checked. */
static bool verify_string(struct verifier *v, uint64_t at, uint32_t count, const struct way *way)
{
    uint32_t *kept = &v->strings[at / 4 % VERIFY_STRINGS_KEPT];
    size_t valid;

    if (*kept == at)
        return true;
    if (!spend(v, (uint64_t)count + 1, way))
        return false;
    if (v->bytes[at + 4 + count] != 0)
        return bus_why_text(v->why, way, "no NUL behind the text");
    valid = bus_utf8_valid((const char *)v->bytes + at + 4, count);
    if (valid != count)
        return bus_why_value(v->why, way, "not UTF-8 at byte", (int64_t)valid, "");
    *kept = (uint32_t)at;
    return true;
}

/* The string or byte vector at `at`. */
static bool verify_text(struct verifier *v, const struct bus_field *field, uint64_t at,
                        const struct way *way)
{
    bool string = field->kind == BUS_FIELD_STRING;
    uint32_t count;

    if (!inside(v, at, 4))
        return bus_why_text(v->why, way, "its size lies outside");
    count = load_u32(v->bytes + at);
    if (count > field->max)
        return bus_why_over(v->why, way, count, "bytes", field->max);
    if (!inside(v, at, 4 + (uint64_t)count + string))
        return bus_why_text(v->why, way, "it ends outside");
    return spend(v, 4, way) && (!string || verify_string(v, at, count, way));
}

static bool verify_vector(struct verifier *v, const struct bus_field *field, uint64_t at,
                          struct way *way)
{
    uint32_t size = element_size(field);
    uint64_t first = at + 4;
    uint32_t count;
    bool looked_at;

    if (!inside(v, at, 4))
        return bus_why_text(v->why, way, "its count lies outside");
    count = load_u32(v->bytes + at);
    if (count > field->count)
        return bus_why_over(v->why, way, count, "elements", field->count);
    if (!inside(v, at, 4 + (uint64_t)count * size))
        return bus_why_text(v->why, way, "it ends outside");
    if (count > 0 && first % element_align(field) != 0)
        return bus_why_text(v->why, way, "its elements are unaligned");
    looked_at = !element_is_plain(field) || field->kind == BUS_FIELD_BOOL ||
                (field->kind == BUS_FIELD_STRUCT && holds_bool(field->type));
    if (!spend(v, 4 + (looked_at ? (uint64_t)count * size : 0), way))
        return false;
    if (element_is_plain(field))
        return !looked_at || verify_plain(v, field, first, count, way);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t target;

        way->index = i;
        if (!follow(v, first + 4 * (uint64_t)i, way, &target))
            return false;
        if (field->kind == BUS_FIELD_TABLE ? !verify_table(v, field->type, target, way)
                                           : !verify_text(v, field, target, way))
            return false;
    }
    way->index = WAY_NO_INDEX;
    return true;
}

/* A field that stands at `at`, inside its table: checked. */
static bool verify_value(struct verifier *v, const struct bus_field *field, uint64_t at,
                         struct way *way)
{
    uint64_t target;

    if (field->shape == BUS_SHAPE_VECTOR)
        return follow(v, at, way, &target) && verify_vector(v, field, target, way);
    if (field->shape == BUS_SHAPE_ARRAY)
        return verify_plain(v, field, at, field->count, way);
    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        return follow(v, at, way, &target) && verify_text(v, field, target, way);
    case BUS_FIELD_TABLE:
        return follow(v, at, way, &target) && verify_table(v, field->type, target, way);
    default:
        return verify_plain(v, field, at, 1, way);
    }
}

static bool verify_union(struct verifier *v, const struct bus_union *choice, uint64_t at,
                         uint32_t tag, const struct way *way)
{
    const struct bus_union_arm *arm = union_arm(choice, tag);
    uint64_t target;

    if (!follow(v, at, way, &target))
        return false;
    return arm == NULL || verify_table(v, arm->table, target, way);
}

/* A table and the vtable it points at, while its fields are looked at. */
struct frame {
    uint64_t at;
    uint32_t size; /* of the table, as the vtable says */
    uint32_t vtable_size;
    const uint8_t *vtable;
};

/* The head of a table: its vtable, both inside, and paid for. */
static bool verify_head(struct verifier *v, const struct bus_table *type, uint64_t at,
                        struct frame *frame, const struct way *way)
{
    uint64_t vtable;
    uint32_t entries;

    if (!inside(v, at, 4))
        return bus_why_text(v->why, way, "a table lies outside");
    /* One before the buffer is a huge position, and so not inside. */
    vtable = at - (uint64_t)(int64_t)load_i32(v->bytes + at);
    if (vtable % 2 != 0 || !inside(v, vtable, 4))
        return bus_why_text(v->why, way, "a vtable lies outside or unaligned");
    frame->at = at;
    frame->vtable = v->bytes + vtable;
    frame->vtable_size = load_u16(frame->vtable);
    frame->size = load_u16(frame->vtable + 2);
    if (frame->vtable_size < 4 || frame->vtable_size % 2 != 0 ||
        !inside(v, vtable, frame->vtable_size))
        return bus_why_text(v->why, way, "a vtable ends outside or has an impossible size");
    if (frame->size < 4 || !inside(v, at, frame->size))
        return bus_why_text(v->why, way, "a table ends outside or has an impossible size");
    entries = (frame->vtable_size - 4) / 2;
    if (entries > type->field_count)
        entries = type->field_count;
    return spend_quarters(v, 8 * 4 + entries, way);
}

/* Where the vtable places id; 0: absent. False when `size` bytes do not fit there. */
static bool verify_place(struct verifier *v, const struct frame *frame, uint32_t id, uint64_t size,
                         uint32_t align, const struct way *way, uint32_t *place)
{
    uint32_t entry = 4 + 2 * id;

    *place = entry < frame->vtable_size ? load_u16(frame->vtable + entry) : 0;
    if (*place == 0)
        return true;
    if (*place < 4 || *place + size > frame->size)
        return bus_why_text(v->why, way, "lies outside of its table");
    if ((frame->at + *place) % align != 0)
        return bus_why_text(v->why, way, "is unaligned");
    return spend(v, size, way);
}

static bool verify_field(struct verifier *v, const struct frame *frame,
                         const struct bus_field *field, const struct way *up)
{
    struct way way = {.up = up, .name = field->name, .index = WAY_NO_INDEX};
    uint32_t place;
    uint32_t tag_place;
    uint32_t tag;

    if (!verify_place(v, frame, field->number - 1u, field_size(field), field_align(field), &way,
                      &place))
        return false;
    if (field->kind != BUS_FIELD_UNION)
        return place == 0 || verify_value(v, field, frame->at + place, &way);
    if (!verify_place(v, frame, field->number - 2u, 1, 1, &way, &tag_place))
        return false;
    tag = tag_place == 0 ? 0 : v->bytes[frame->at + tag_place];
    if ((tag == 0) != (place == 0))
        return bus_why_value(v->why, &way, "union tag", tag,
                             tag == 0 ? "although there is a value" : "although there is no value");
    return tag == 0 || verify_union(v, field->type, frame->at + place, tag, &way);
}

static bool verify_table(struct verifier *v, const struct bus_table *type, uint64_t at,
                         const struct way *way)
{
    struct frame frame = {0};

    if (++v->depth > VERIFY_DEPTH_MAX)
        return bus_why_text(v->why, way, "tables nest deeper than 64");
    if (v->depth > v->deepest)
        v->deepest = v->depth;
    if (++v->tables > VERIFY_TABLES_MAX)
        return bus_why_text(v->why, way, "more than 1000000 tables");
    if (!verify_head(v, type, at, &frame, way))
        return false;
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (!verify_field(v, &frame, &type->fields[i], way))
            return false;
    }
    v->depth--;
    return true;
}

bool bus_verify_counted(const struct bus_table *table, const uint8_t *bytes, size_t size,
                        char why[BUS_WIRE_WHY_SIZE], struct verify_cost *cost)
{
    struct verifier v = {.bytes = bytes, .size = size, .why = why};
    uint64_t root = 0;
    bool good;

    *cost = (struct verify_cost){0};
    if (bytes == NULL || size < VERIFY_SIZE_MIN)
        return bus_why_text(why, NULL, "too short to be one");
    if (size > INT32_MAX)
        return bus_why_text(why, NULL, "longer than 2 GiB");
    if ((uintptr_t)bytes % 8 != 0)
        return bus_why_text(why, NULL, "its bytes are not 8-aligned in memory");
    v.budget = (uint64_t)size * VERIFY_WORK_FACTOR * 4;
    good = follow(&v, 0, NULL, &root) && verify_table(&v, table, root, NULL);
    cost->work = v.spent / 4;
    cost->tables = v.tables;
    cost->depth = v.deepest;
    return good;
}

bool bus_wire_verify(const struct bus_table *table, const uint8_t *bytes, size_t size,
                     char why[BUS_WIRE_WHY_SIZE])
{
    struct verify_cost cost;

    return bus_verify_counted(table, bytes, size, why, &cost);
}

bool bus_codec_verify(const struct bus_codec *codec, const uint8_t *bytes, size_t size,
                      char why[BUS_WIRE_WHY_SIZE])
{
    if (codec->accept != NULL && bytes != NULL && (uintptr_t)bytes % 8 == 0 &&
        codec->accept(NULL, bytes, size, NULL))
        return true;
    return bus_wire_verify(codec->table, bytes, size, why);
}

bool bus_wire_verify_struct(const struct bus_table *table, const uint8_t *bytes)
{
    struct verifier v;

    v.bytes = bytes;
    v.why = NULL;
    return verify_struct(&v, table, 0, NULL);
}
