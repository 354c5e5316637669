/*
 * compare.c - a total order of two C structs of one type, field by field in the schema's order:
 * what tests and de-duplication mean by "equal". Padding and pointers do not count, only values.
 *
 * Absent is below present; text and bytes go by their bytes, then by length; vectors element by
 * element, then by length; unions by tag, then by the arm. Floats: NaN equals NaN and is above
 * everything, -0.0 is below 0.0. Two values of an unknown union arm are equal.
 */
#include "layout.h"

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* The bits of a float in an order that integers share: all NaN made one, negatives mirrored. */
static uint64_t float_rank(uint64_t bits, uint64_t sign, uint64_t infinity)
{
    if ((bits & ~sign) > infinity)
        return UINT64_MAX;
    return bits & sign ? sign - (bits & ~sign) - 1 : bits + sign;
}

static int compare_scalar(uint8_t kind, uint64_t a, uint64_t b)
{
    if (kind == BUS_FIELD_F32)
        return compare_u64(float_rank(a, UINT64_C(1) << 31, UINT64_C(0x7f800000)),
                           float_rank(b, UINT64_C(1) << 31, UINT64_C(0x7f800000)));
    if (kind == BUS_FIELD_F64)
        return compare_u64(float_rank(a, UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000)),
                           float_rank(b, UINT64_C(1) << 63, UINT64_C(0x7ff0000000000000)));
    if (kind_is_signed(kind))
        return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
    return compare_u64(a, b);
}

static int compare_text(const void *a, const void *b)
{
    struct slice left = slice_load(a);
    struct slice right = slice_load(b);
    uint32_t common = left.size < right.size ? left.size : right.size;
    int order = common > 0 ? memcmp(left.data, right.data, common) : 0;

    return order != 0 ? order : compare_u64(left.size, right.size);
}

/* One value that is no vector and no union: an element, or a single field. */
static int compare_one(const struct bus_table *table, const struct bus_field *field, const void *a,
                       const void *b)
{
    int order;

    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        return compare_text(a, b);
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        return bus_wire_compare(field->type, a, b);
    case BUS_FIELD_UUID:
        order = compare_scalar(BUS_FIELD_U64, scalar_load(BUS_FIELD_U64, a),
                               scalar_load(BUS_FIELD_U64, b));
        return order != 0 ? order
                          : compare_scalar(BUS_FIELD_U64,
                                           scalar_load(BUS_FIELD_U64, (const uint8_t *)a + 8),
                                           scalar_load(BUS_FIELD_U64, (const uint8_t *)b + 8));
    case BUS_FIELD_ENUM:
        /* Sign-extended already, whatever the base. */
        return compare_scalar(BUS_FIELD_I64, member_load(table, field, a),
                              member_load(table, field, b));
    default:
        return compare_scalar(field_scalar(field), member_load(table, field, a),
                              member_load(table, field, b));
    }
}

static int compare_row(const struct bus_table *table, const struct bus_field *field,
                       struct slice left, struct slice right)
{
    uint32_t common = left.size < right.size ? left.size : right.size;
    size_t stride = member_stride(field);

    for (uint32_t i = 0; i < common; i++) {
        int order = compare_one(table, field, (const uint8_t *)left.data + i * stride,
                                (const uint8_t *)right.data + i * stride);

        if (order != 0)
            return order;
    }
    return compare_u64(left.size, right.size);
}

static int compare_union(const struct bus_union *choice, const uint8_t *a, const uint8_t *b)
{
    int32_t left = load_i32(a + choice->tag);
    int32_t right = load_i32(b + choice->tag);
    const struct bus_union_arm *arm;

    if (left != right)
        return left < right ? -1 : 1;
    arm = union_arm(choice, (uint32_t)left);
    return arm == NULL ? 0 : bus_wire_compare(arm->table, a + choice->value, b + choice->value);
}

static int compare_field(const struct bus_table *table, const struct bus_field *field,
                         const uint8_t *a, const uint8_t *b)
{
    bool left = member_present(field, a);
    bool right = member_present(field, b);

    if (!left || !right)
        return left - right;
    a += field->value;
    b += field->value;
    if (field->shape == BUS_SHAPE_VECTOR)
        return compare_row(table, field, slice_load(a), slice_load(b));
    if (field->shape == BUS_SHAPE_ARRAY)
        return compare_row(table, field, (struct slice){a, field->count},
                           (struct slice){b, field->count});
    if (field->kind == BUS_FIELD_UNION)
        return compare_union(field->type, a, b);
    return compare_one(table, field, a, b);
}

int bus_wire_compare(const struct bus_table *table, const void *a, const void *b)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        int order;

        if (table->fields[i].flags & BUS_FIELD_REMOVED)
            continue;
        order = compare_field(table, &table->fields[i], a, b);
        if (order != 0)
            return order;
    }
    return 0;
}
