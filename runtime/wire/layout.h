/*
 * layout.h - small helpers over bytes and descriptions that every part of the wire engine shares.
 *
 * Bytes are read with memcpy (any alignment, no aliasing trouble) in the host's order, which
 * bus/types.h pins to little-endian. C structs are reached through the offsets of the description,
 * also with memcpy. Nothing here checks bounds: the caller has verified, or is verifying.
 */
#ifndef BUS_WIRE_LAYOUT_H
#define BUS_WIRE_LAYOUT_H

#include <bus/wire.h>

#include <string.h>

static inline uint16_t load_u16(const uint8_t *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static inline uint32_t load_u32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static inline int32_t load_i32(const uint8_t *at)
{
    int32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

/* Strings, byte vectors and all slices are { const T *data; uint32_t size; } in C. */
struct slice {
    const void *data;
    uint32_t size;
};

static inline struct slice slice_load(const void *member)
{
    struct slice slice;

    memcpy(&slice.data, member, sizeof(slice.data));
    memcpy(&slice.size, (const uint8_t *)member + offsetof(struct slice, size), sizeof(slice.size));
    return slice;
}

static inline void slice_store(void *member, const void *data, uint32_t size)
{
    memcpy(member, &data, sizeof(data));
    memcpy((uint8_t *)member + offsetof(struct slice, size), &size, sizeof(size));
}

/* Bytes of one scalar of integer kind `kind`; 0 for what is no scalar. */
static inline uint32_t scalar_size(uint8_t kind)
{
    switch (kind) {
    case BUS_FIELD_BOOL:
    case BUS_FIELD_U8:
    case BUS_FIELD_I8:
        return 1;
    case BUS_FIELD_U16:
    case BUS_FIELD_I16:
        return 2;
    case BUS_FIELD_U32:
    case BUS_FIELD_I32:
    case BUS_FIELD_F32:
        return 4;
    case BUS_FIELD_U64:
    case BUS_FIELD_I64:
    case BUS_FIELD_F64:
    case BUS_FIELD_TIME:
    case BUS_FIELD_DURATION:
        return 8;
    default:
        return 0;
    }
}

/* The kind that decides how a scalar travels: an enum's or flags' base. */
static inline uint8_t field_scalar(const struct bus_field *field)
{
    return field->kind == BUS_FIELD_ENUM || field->kind == BUS_FIELD_FLAGS ? field->base
                                                                           : field->kind;
}

/* True for kinds whose value is at the end of an offset, not in the table. */
static inline bool kind_is_reference(uint8_t kind)
{
    return kind == BUS_FIELD_STRING || kind == BUS_FIELD_BYTES || kind == BUS_FIELD_TABLE ||
           kind == BUS_FIELD_UNION;
}

/* Bytes of one element (of the field itself when it is single) on the wire, where it stands: 4 for
 * references. */
static inline uint32_t element_size(const struct bus_field *field)
{
    if (kind_is_reference(field->kind))
        return 4;
    if (field->kind == BUS_FIELD_UUID)
        return 16;
    if (field->kind == BUS_FIELD_STRUCT)
        return ((const struct bus_table *)field->type)->inline_size;
    return scalar_size(field_scalar(field));
}

static inline uint32_t element_align(const struct bus_field *field)
{
    if (kind_is_reference(field->kind))
        return 4;
    if (field->kind == BUS_FIELD_UUID)
        return 8;
    if (field->kind == BUS_FIELD_STRUCT)
        return ((const struct bus_table *)field->type)->align;
    return scalar_size(field_scalar(field));
}

/* Bytes from one element of a vector or array to the next in C. */
static inline size_t member_stride(const struct bus_field *field)
{
    if (field->kind == BUS_FIELD_TABLE)
        return ((const struct bus_table *)field->type)->size;
    if (field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_BYTES)
        return sizeof(struct slice);
    return element_size(field);
}

/* Bytes and alignment of what stands in the table or struct for this field. */
static inline uint32_t field_size(const struct bus_field *field)
{
    if (field->shape == BUS_SHAPE_VECTOR)
        return 4;
    if (field->shape == BUS_SHAPE_ARRAY)
        return field->count * element_size(field);
    return element_size(field);
}

static inline uint32_t field_align(const struct bus_field *field)
{
    return field->shape == BUS_SHAPE_VECTOR ? 4 : element_align(field);
}

/* True when one element of a vector, array or struct member is the same bytes in C and on the
 * wire. */
static inline bool element_is_plain(const struct bus_field *field)
{
    return !kind_is_reference(field->kind);
}

/* The integer at `at`, sign-extended when its kind is signed; floats: their bits. */
static inline uint64_t scalar_load(uint8_t kind, const void *at)
{
    uint64_t bits = 0;

    switch (kind) {
    case BUS_FIELD_I8: {
        int8_t value;

        memcpy(&value, at, sizeof(value));
        return (uint64_t)(int64_t)value;
    }
    case BUS_FIELD_I16: {
        int16_t value;

        memcpy(&value, at, sizeof(value));
        return (uint64_t)(int64_t)value;
    }
    case BUS_FIELD_I32: {
        int32_t value;

        memcpy(&value, at, sizeof(value));
        return (uint64_t)(int64_t)value;
    }
    default:
        memcpy(&bits, at, scalar_size(kind));
        return bits;
    }
}

/* `preset` is zero-extended; this is what scalar_load would give for it. */
static inline uint64_t preset_load(const struct bus_field *field)
{
    return scalar_load(field_scalar(field), &field->preset);
}

static inline bool kind_is_signed(uint8_t kind)
{
    return kind == BUS_FIELD_I8 || kind == BUS_FIELD_I16 || kind == BUS_FIELD_I32 ||
           kind == BUS_FIELD_I64 || kind == BUS_FIELD_TIME || kind == BUS_FIELD_DURATION;
}

/* True when `value`, an int-sized C enum, fits the integer that travels. */
static inline bool enum_fits(uint8_t base, int32_t value)
{
    switch (base) {
    case BUS_FIELD_U8:
        return value >= 0 && value <= UINT8_MAX;
    case BUS_FIELD_I8:
        return value >= INT8_MIN && value <= INT8_MAX;
    case BUS_FIELD_U16:
        return value >= 0 && value <= UINT16_MAX;
    case BUS_FIELD_I16:
        return value >= INT16_MIN && value <= INT16_MAX;
    default:
        return true;
    }
}

/* A scalar of a C struct. A single enum of a table is int-sized there, everything else is what
 * travels. */
static inline uint64_t member_load(const struct bus_table *table, const struct bus_field *field,
                                   const void *at)
{
    if (field->kind == BUS_FIELD_ENUM && field->shape == BUS_SHAPE_ONE && table->vtable_size != 0)
        return scalar_load(BUS_FIELD_I32, at);
    return scalar_load(field_scalar(field), at);
}

/* Where a table keeps field id `id`; 0: absent. The vtable was verified. */
static inline uint32_t vtable_entry(const uint8_t *bytes, uint32_t table, uint32_t id)
{
    const uint8_t *vtable = bytes + ((int64_t)table - load_i32(bytes + table));
    uint32_t entry = 4 + 2 * id;

    return entry < load_u16(vtable) ? load_u16(vtable + entry) : 0;
}

static inline const struct bus_union_arm *union_arm(const struct bus_union *choice, uint32_t number)
{
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        if (choice->arms[i].number == number)
            return &choice->arms[i];
    }
    return NULL;
}

/* Where `field` of `message` lives, and whether it is there. */
static inline bool member_present(const struct bus_field *field, const void *message)
{
    bool has = true;

    if (field->flags & BUS_FIELD_OPTIONAL)
        memcpy(&has, (const uint8_t *)message + field->member, sizeof(has));
    return has;
}

#endif
