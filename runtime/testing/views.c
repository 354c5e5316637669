/*
 * views.c - what the functions of views (bus_view_*, which the generated ones call with a number)
 * read from the bytes of a message, beside its struct.
 */
#include "testing/internal.h"
#include "wire/layout.h"

#include <stdlib.h>

static bool views_table(struct bus_view view, const struct bus_table *table, const uint8_t *message,
                        char why[WHY_SIZE]);

static bool same_scalar(struct bus_view view, const struct bus_table *table,
                        const struct bus_field *field, const uint8_t *at)
{
    uint64_t bits = member_load(table, field, at);
    double seen;
    double value;
    float narrow;

    if (field->kind != BUS_FIELD_F32 && field->kind != BUS_FIELD_F64)
        return bus_view_u64(view, field->number) == bits &&
               bus_view_i64(view, field->number) == (int64_t)bits;
    seen = bus_view_f64(view, field->number);
    memcpy(&narrow, at, sizeof(narrow));
    value = (double)narrow;
    if (field->kind == BUS_FIELD_F64)
        memcpy(&value, at, sizeof(value));
    if (seen != seen || value != value)
        return seen != seen && value != value;
    return memcmp(&seen, &value, sizeof(seen)) == 0;
}

static bool same_bytes(struct slice slice, const void *data, uint32_t size)
{
    return slice.size == size && (size == 0 || memcmp(slice.data, data, size) == 0);
}

static bool views_union(struct bus_view view, const struct bus_field *field, const uint8_t *at,
                        char why[WHY_SIZE])
{
    const struct bus_union *choice = field->type;
    int32_t tag = load_i32(at + choice->tag);
    const struct bus_union_arm *arm = union_arm(choice, (uint32_t)tag);
    struct bus_view inner = bus_view_table(view, field->number);

    if (bus_view_u64(view, field->number - 1u) != (uint64_t)tag)
        return because(why, "the view of %s tells another arm", field->name);
    if (arm == NULL || inner.bytes == NULL)
        return (arm == NULL) == (inner.bytes == NULL) ||
               because(why, "the view of %s tells an arm that is not there", field->name);
    return inner.table == arm->table && views_table(inner, arm->table, at + choice->value, why);
}

static bool views_one(struct bus_view view, const struct bus_table *table,
                      const struct bus_field *field, const uint8_t *at, char why[WHY_SIZE])
{
    const uint8_t *place = bus_view_field(view, field->number);
    struct bus_string string = bus_view_string(view, field->number);
    struct bus_bytes bytes = bus_view_bytes(view, field->number);
    struct bus_view inner;
    bool same;

    if (field->shape == BUS_SHAPE_VECTOR) {
        same = load_u32(place) == slice_load(at).size;
    } else if (field->kind == BUS_FIELD_TABLE) {
        inner = bus_view_table(view, field->number);
        return inner.bytes != NULL ? views_table(inner, field->type, at, why)
                                   : because(why, "there is no view of %s", field->name);
    } else if (field->kind == BUS_FIELD_STRING) {
        same = same_bytes(slice_load(at), string.data, string.size);
    } else if (field->kind == BUS_FIELD_BYTES) {
        same = same_bytes(slice_load(at), bytes.data, bytes.size);
    } else if (field->kind == BUS_FIELD_STRUCT) {
        same = true; /* gaps may hold anything: agree.c looks at its fields */
    } else if (field->shape == BUS_SHAPE_ARRAY || field->kind == BUS_FIELD_UUID) {
        same = field->type != NULL || memcmp(place, at, field_size(field)) == 0;
    } else {
        same = same_scalar(view, table, field, at);
    }
    return same || because(why, "the view of %s tells another value", field->name);
}

static bool views_table(struct bus_view view, const struct bus_table *table, const uint8_t *message,
                        char why[WHY_SIZE])
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        const uint8_t *at = message + field->value;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        if (field->kind == BUS_FIELD_UNION) {
            if (!views_union(view, field, at, why))
                return false;
            continue;
        }
        if (bus_view_has(view, field->number) != member_present(field, message))
            return because(why, "the view of %s tells otherwise whether it is there", field->name);
        if (member_present(field, message) && !views_one(view, table, field, at, why))
            return false;
    }
    return true;
}

bool check_views(const struct subject *subject, const void *message, uint64_t seed,
                 char why[WHY_SIZE])
{
    const struct bus_table *table = subject->codec->table;
    char reason[BUS_WIRE_WHY_SIZE] = "";
    uint32_t size;
    uint8_t *bytes = packed(subject, message, &size);
    bool right = true;

    (void)seed;
    if (bytes == NULL)
        return true; /* the round trip says why */
    if (!bus_test_agree(table, bytes, table, message, reason))
        right = because(why, "%s", reason);
    else
        right = views_table(bus_view_root(table, bytes), table, message, why);
    free(bytes);
    return right;
}
