/*
 * check.c - is this C struct within the bounds of its schema? Says which field is not, for the
 * error message of a message that measure refused; with `text` it also checks UTF-8, for messages
 * that leave the process.
 *
 * The struct is the program's own: pointers are trusted to point where they say, only NULL with a
 * size is refused.
 */
#include "layout.h"
#include "why.h"

struct checker {
    bool text;
    char *why;
};

static bool check_table(const struct checker *c, const struct bus_table *table, const void *message,
                        const struct way *up);

static bool check_bools(const struct checker *c, const uint8_t *bools, uint32_t count,
                        struct way *way)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bools[i] > 1) {
            way->index = count > 1 ? i : way->index;
            return bus_why_value(c->why, way, "a bool of", bools[i], "(only 0 and 1 are)");
        }
    }
    return true;
}

static bool check_text(const struct checker *c, const struct bus_field *field, const void *member,
                       const struct way *way)
{
    struct slice slice = slice_load(member);
    size_t valid;

    if (slice.size > field->max)
        return bus_why_over(c->why, way, slice.size, "bytes", field->max);
    if (slice.size > 0 && slice.data == NULL)
        return bus_why_value(c->why, way, "NULL with a size of", slice.size, "");
    if (!c->text || field->kind != BUS_FIELD_STRING || slice.size == 0)
        return true;
    valid = bus_utf8_valid(slice.data, slice.size);
    if (valid != slice.size)
        return bus_why_value(c->why, way, "not UTF-8 at byte", (int64_t)valid, "");
    return true;
}

/* Bytes that are the same in C and on the wire: only bools can be wrong. */
static bool check_plain(const struct checker *c, const struct bus_field *field, const uint8_t *at,
                        uint32_t count, struct way *way)
{
    if (field->kind == BUS_FIELD_BOOL)
        return check_bools(c, at, count, way);
    if (field->kind != BUS_FIELD_STRUCT)
        return true;
    for (uint32_t i = 0; i < count; i++) {
        if (field->shape != BUS_SHAPE_ONE)
            way->index = i;
        if (!check_table(c, field->type, at + (size_t)i * element_size(field), way))
            return false;
    }
    return true;
}

static bool check_vector(const struct checker *c, const struct bus_field *field, const void *member,
                         struct way *way)
{
    struct slice slice = slice_load(member);
    const uint8_t *at = slice.data;

    if (slice.size > field->count)
        return bus_why_over(c->why, way, slice.size, "elements", field->count);
    if (slice.size > 0 && slice.data == NULL)
        return bus_why_value(c->why, way, "NULL with a size of", slice.size, "");
    if (element_is_plain(field))
        return check_plain(c, field, at, slice.size, way);
    for (uint32_t i = 0; i < slice.size; i++) {
        way->index = i;
        if (field->kind == BUS_FIELD_STRING) {
            if (!check_text(c, field, at + i * sizeof(struct bus_string), way))
                return false;
        } else {
            const struct bus_table *table = field->type;

            if (!check_table(c, table, at + (size_t)i * table->size, way))
                return false;
        }
    }
    return true;
}

static bool check_union(const struct checker *c, const struct bus_union *choice,
                        const uint8_t *member, const struct way *way)
{
    int32_t tag = load_i32(member + choice->tag);
    const struct bus_union_arm *arm;

    if (tag == 0)
        return true;
    arm = tag < 0 ? NULL : union_arm(choice, (uint32_t)tag);
    if (arm == NULL)
        return bus_why_value(c->why, way, "no arm of the union has the number", tag, "");
    return check_table(c, arm->table, member + choice->value, way);
}

static bool check_value(const struct checker *c, const struct bus_table *table,
                        const struct bus_field *field, const uint8_t *at, struct way *way)
{
    if (field->shape == BUS_SHAPE_VECTOR)
        return check_vector(c, field, at, way);
    if (field->shape == BUS_SHAPE_ARRAY)
        return check_plain(c, field, at, field->count, way);
    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        return check_text(c, field, at, way);
    case BUS_FIELD_TABLE:
        return check_table(c, field->type, at, way);
    case BUS_FIELD_UNION:
        return check_union(c, field->type, at, way);
    case BUS_FIELD_ENUM:
        if (table->vtable_size != 0 && !enum_fits(field->base, load_i32(at)))
            return bus_why_value(c->why, way, "value", load_i32(at),
                                 "does not fit the enum's base");
        return true;
    default:
        return check_plain(c, field, at, 1, way);
    }
}

static bool check_table(const struct checker *c, const struct bus_table *table, const void *message,
                        const struct way *up)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        struct way way = {.up = up, .name = field->name, .index = WAY_NO_INDEX};

        if ((field->flags & BUS_FIELD_REMOVED) || !member_present(field, message))
            continue;
        if (!check_value(c, table, field, (const uint8_t *)message + field->value, &way))
            return false;
    }
    return true;
}

bool bus_wire_check(const struct bus_table *table, const void *message, bool text,
                    char why[BUS_WIRE_WHY_SIZE])
{
    const struct checker checker = {.text = text, .why = why};

    return check_table(&checker, table, message, NULL);
}
