/*
 * unpack.c - verified bytes of any layout into the C struct: another writer's field order, absent
 * fields, an older or newer schema version. The generated code comes here when the vtable is not
 * its own.
 *
 * The bytes were verified against the same description, so nothing is checked again. What stands in
 * the bytes as C has it (strings, bytes, vectors of scalars and structs) is pointed at; vectors of
 * tables and of strings take their C arrays from scratch. An empty vector becomes NULL, since a
 * foreign writer may leave its place unaligned; an empty string keeps its pointer, which has a NUL
 * to show.
 *
 * An absent field gets its default. An unknown union tag is kept and its arms are zero.
 */
#include "layout.h"

static void unpack_text(const struct bus_field *field, uint8_t *member, const uint8_t *bytes,
                        uint32_t at)
{
    uint32_t size = load_u32(bytes + at);

    if (size == 0 && field->kind == BUS_FIELD_BYTES)
        slice_store(member, NULL, 0);
    else
        slice_store(member, bytes + at + 4, size);
}

static bool unpack_vector(const struct bus_field *field, uint8_t *member, const uint8_t *bytes,
                          uint32_t at, struct bus_scratch *scratch)
{
    uint32_t count = load_u32(bytes + at);
    const struct bus_table *table = field->type;
    size_t stride = field->kind == BUS_FIELD_TABLE ? table->size : sizeof(struct bus_string);
    uint8_t *elements;

    if (count == 0) {
        slice_store(member, NULL, 0);
        return true;
    }
    if (element_is_plain(field)) {
        slice_store(member, bytes + at + 4, count);
        return true;
    }
    elements = bus_scratch_take(scratch, count * stride);
    if (elements == NULL)
        return false;
    slice_store(member, elements, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = at + 4 + 4 * i;
        uint32_t target = place + load_u32(bytes + place);

        if (field->kind == BUS_FIELD_STRING) {
            memset(elements + i * stride, 0, stride);
            unpack_text(field, elements + i * stride, bytes, target);
        } else if (!bus_wire_unpack(table, elements + i * stride, bytes, target, scratch)) {
            return false;
        }
    }
    return true;
}

static bool unpack_union(const struct bus_field *field, uint8_t *member, const uint8_t *bytes,
                         uint32_t at, struct bus_scratch *scratch)
{
    const struct bus_union *choice = field->type;
    uint32_t tag_place = vtable_entry(bytes, at, field->number - 2u);
    uint32_t place = vtable_entry(bytes, at, field->number - 1u);
    int32_t tag = tag_place == 0 ? 0 : bytes[at + tag_place];
    const struct bus_union_arm *arm;

    memcpy(member + choice->tag, &tag, sizeof(tag));
    arm = union_arm(choice, (uint32_t)tag);
    if (arm == NULL || place == 0)
        return true;
    place += at;
    return bus_wire_unpack(arm->table, member + choice->value, bytes,
                           place + load_u32(bytes + place), scratch);
}

/* `place` is where the field stands in the bytes. */
static bool unpack_value(const struct bus_field *field, uint8_t *member, const uint8_t *bytes,
                         uint32_t place, struct bus_scratch *scratch)
{
    if (field->shape == BUS_SHAPE_VECTOR)
        return unpack_vector(field, member, bytes, place + load_u32(bytes + place), scratch);
    if (field->shape == BUS_SHAPE_ONE) {
        int32_t value;

        switch (field->kind) {
        case BUS_FIELD_STRING:
        case BUS_FIELD_BYTES:
            unpack_text(field, member, bytes, place + load_u32(bytes + place));
            return true;
        case BUS_FIELD_TABLE:
            return bus_wire_unpack(field->type, member, bytes, place + load_u32(bytes + place),
                                   scratch);
        case BUS_FIELD_ENUM:
            value = (int32_t)scalar_load(field->base, bytes + place);
            memcpy(member, &value, sizeof(value));
            return true;
        default:
            break;
        }
    }
    memcpy(member, bytes + place, field_size(field));
    return true;
}

bool bus_wire_unpack(const struct bus_table *table, void *message, const uint8_t *bytes,
                     uint32_t at, struct bus_scratch *scratch)
{
    bus_wire_init(table, message);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        uint8_t *member = (uint8_t *)message + field->value;
        const bool has = true;
        uint32_t place;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        if (field->kind == BUS_FIELD_UNION) {
            if (!unpack_union(field, member, bytes, at, scratch))
                return false;
            continue;
        }
        place = vtable_entry(bytes, at, field->number - 1u);
        if (place == 0)
            continue;
        if (field->flags & BUS_FIELD_OPTIONAL)
            memcpy((uint8_t *)message + field->member, &has, sizeof(has));
        if (!unpack_value(field, member, bytes, at + place, scratch))
            return false;
    }
    return true;
}
