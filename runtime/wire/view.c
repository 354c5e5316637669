/*
 * view.c - one field of packed bytes, without unpacking the rest. The bytes were verified against
 * `view.table`; asking for a number the table does not have, or for another kind, gives what an
 * absent field gives: zero or empty.
 */
#include "layout.h"

/* The field with this number; a union's tag is found under the union's own number. */
static const struct bus_field *find(const struct bus_table *table, uint32_t number, bool *tag)
{
    uint32_t low = 0;
    uint32_t high = table->field_count;

    *tag = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct bus_field *field = &table->fields[middle];

        if (field->number == number)
            return field;
        if (field->kind == BUS_FIELD_UNION && field->number == number + 1) {
            *tag = true;
            return field;
        }
        if (field->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Where the field is; NULL when absent. *found: its description, NULL when there is none. */
static const uint8_t *place_of(struct bus_view view, uint32_t number,
                               const struct bus_field **found, bool *tag)
{
    uint32_t place;

    *found = view.bytes == NULL ? NULL : find(view.table, number, tag);
    if (*found == NULL)
        return NULL;
    place = vtable_entry(view.bytes, view.at, number - 1);
    return place == 0 ? NULL : view.bytes + view.at + place;
}

struct bus_view bus_view_root(const struct bus_table *table, const uint8_t *bytes)
{
    struct bus_view view = {.table = table, .bytes = bytes, .at = load_u32(bytes)};

    return view;
}

const uint8_t *bus_view_field(struct bus_view view, uint32_t number)
{
    const struct bus_field *field;
    bool tag;
    const uint8_t *place = place_of(view, number, &field, &tag);

    if (place == NULL || tag)
        return place;
    if (field->shape == BUS_SHAPE_VECTOR ||
        (field->shape == BUS_SHAPE_ONE && kind_is_reference(field->kind)))
        return place + load_u32(place);
    return place;
}

bool bus_view_has(struct bus_view view, uint32_t number)
{
    return bus_view_field(view, number) != NULL;
}

/* The scalar, sign-extended, or its default. */
static uint64_t view_scalar(struct bus_view view, uint32_t number, uint8_t *kind)
{
    const struct bus_field *field;
    bool tag;
    const uint8_t *place = place_of(view, number, &field, &tag);

    *kind = BUS_FIELD_U8;
    if (field == NULL)
        return 0;
    if (tag)
        return place == NULL ? 0 : *place;
    *kind = field_scalar(field);
    if (field->shape != BUS_SHAPE_ONE || scalar_size(*kind) == 0)
        return 0;
    return place == NULL ? preset_load(field) : scalar_load(*kind, place);
}

uint64_t bus_view_u64(struct bus_view view, uint32_t number)
{
    uint8_t kind;

    return view_scalar(view, number, &kind);
}

int64_t bus_view_i64(struct bus_view view, uint32_t number)
{
    uint8_t kind;

    return (int64_t)view_scalar(view, number, &kind);
}

double bus_view_f64(struct bus_view view, uint32_t number)
{
    uint8_t kind;
    uint64_t bits = view_scalar(view, number, &kind);
    uint32_t half = (uint32_t)bits;
    double value = 0;
    float single;

    if (kind == BUS_FIELD_F32) {
        memcpy(&single, &half, sizeof(single));
        return (double)single;
    }
    if (kind == BUS_FIELD_F64)
        memcpy(&value, &bits, sizeof(value));
    return value;
}

/* The bytes of a field of `kind`; empty when it is another. */
static struct slice view_text(struct bus_view view, uint32_t number, uint8_t kind)
{
    const struct bus_field *field;
    bool tag;
    const uint8_t *place = place_of(view, number, &field, &tag);
    struct slice slice = {0};

    if (place == NULL || tag || field->kind != kind || field->shape != BUS_SHAPE_ONE)
        return slice;
    place += load_u32(place);
    slice.data = place + 4;
    slice.size = load_u32(place);
    return slice;
}

struct bus_string bus_view_string(struct bus_view view, uint32_t number)
{
    struct slice slice = view_text(view, number, BUS_FIELD_STRING);
    struct bus_string text = {.data = slice.data, .size = slice.size};

    return text;
}

struct bus_bytes bus_view_bytes(struct bus_view view, uint32_t number)
{
    struct slice slice = view_text(view, number, BUS_FIELD_BYTES);
    struct bus_bytes bytes = {.data = slice.data, .size = slice.size};

    return bytes;
}

struct bus_view bus_view_table(struct bus_view view, uint32_t number)
{
    struct bus_view absent = {0};
    const struct bus_field *field;
    bool tag;
    const uint8_t *place = place_of(view, number, &field, &tag);
    const struct bus_table *table = NULL;

    if (place == NULL || tag || field->shape != BUS_SHAPE_ONE)
        return absent;
    if (field->kind == BUS_FIELD_TABLE) {
        table = field->type;
    } else if (field->kind == BUS_FIELD_UNION) {
        const struct bus_union_arm *arm =
            union_arm(field->type, (uint32_t)bus_view_u64(view, number - 1));

        table = arm == NULL ? NULL : arm->table;
    }
    if (table == NULL)
        return absent;
    absent.table = table;
    absent.bytes = view.bytes;
    absent.at = (uint32_t)(place + load_u32(place) - view.bytes);
    return absent;
}
