/*
 * pack.c - a C struct as bytes in our own layout, from its description: what the generated
 * code does without one. Tests compare both byte by byte, so this file is the layout of
 * <bus/wire.h> in executable form.
 *
 * One walk serves for both: with `to` NULL it only counts. Positions are 64 bits, so that no count
 * can wrap; the caller refuses what does not fit.
 */
#include "codec/internal.h"

#include <string.h>

struct packer {
    uint8_t *to;  /* NULL: measuring; else zeroed */
    uint64_t end; /* the first free byte */
};

static void put(struct packer *p, uint64_t at, const void *data, size_t size)
{
    if (p->to != NULL && size > 0)
        memcpy(p->to + at, data, size);
}

static void put_u16(struct packer *p, uint64_t at, uint32_t value)
{
    uint16_t half = (uint16_t)value;

    put(p, at, &half, sizeof(half));
}

static void put_u32(struct packer *p, uint64_t at, uint64_t value)
{
    uint32_t word = (uint32_t)value;

    put(p, at, &word, sizeof(word));
}

struct row {
    const uint8_t *data;
    uint32_t size;
};

static struct row row_load(const uint8_t *member)
{
    struct row row;

    memcpy(&row.data, member, sizeof(row.data));
    memcpy(&row.size, member + sizeof(row.data), sizeof(row.size));
    return row;
}

static bool present(const struct bus_field *field, const uint8_t *message)
{
    bool has = true;

    if (field->flags & BUS_FIELD_REMOVED)
        return false;
    if (field->flags & BUS_FIELD_OPTIONAL)
        memcpy(&has, message + field->member, sizeof(has));
    return has;
}

static int32_t tag_of(const struct bus_field *field, const uint8_t *member)
{
    int32_t tag;

    memcpy(&tag, member + ((const struct bus_union *)field->type)->tag, sizeof(tag));
    return tag;
}

/* A fixed struct without what lies between its fields in C. */
static void pack_struct(struct packer *p, uint64_t at, const struct bus_table *table,
                        const uint8_t *from)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        uint32_t count = field->shape == BUS_SHAPE_ARRAY ? field->count : 1;
        size_t stride = codec_stride(field);

        if (field->kind != BUS_FIELD_STRUCT) {
            put(p, at + field->slot, from + field->value, stride * count);
            continue;
        }
        for (uint32_t n = 0; n < count; n++)
            pack_struct(p, at + field->slot + n * stride, field->type,
                        from + field->value + n * stride);
    }
}

/* Values in a row that need no offset. */
static void pack_plain(struct packer *p, uint64_t at, const struct bus_field *field,
                       const uint8_t *from, uint32_t count)
{
    size_t stride = codec_stride(field);

    if (field->kind != BUS_FIELD_STRUCT) {
        put(p, at, from, stride * count);
        return;
    }
    for (uint32_t i = 0; i < count && p->to != NULL; i++)
        pack_struct(p, at + i * stride, field->type, from + i * stride);
}

static uint64_t pack_table(struct packer *p, const struct bus_table *table, const uint8_t *message,
                           bool root);

static uint64_t pack_text(struct packer *p, const struct bus_field *field, const uint8_t *member)
{
    struct row row = row_load(member);
    uint64_t at = (p->end + 3) & ~UINT64_C(3);

    put_u32(p, at, row.size);
    put(p, at + 4, row.data, row.size);
    p->end = at + 4 + row.size + (field->kind == BUS_FIELD_STRING);
    return at;
}

static uint32_t plain_align(const struct bus_field *field)
{
    if (field->kind == BUS_FIELD_UUID)
        return 8;
    if (field->kind == BUS_FIELD_STRUCT)
        return ((const struct bus_table *)field->type)->align;
    return codec_scalar_size(codec_scalar_kind(field));
}

static uint64_t pack_vector(struct packer *p, const struct bus_field *field, const uint8_t *member)
{
    struct row row = row_load(member);
    bool references = field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_TABLE;
    uint64_t at = (p->end + 3) & ~UINT64_C(3);

    if (!references && plain_align(field) == 8)
        at += (at + 4) % 8;
    put_u32(p, at, row.size);
    p->end = at + 4 + (uint64_t)row.size * (references ? 4 : codec_stride(field));
    if (!references) {
        pack_plain(p, at + 4, field, row.data, row.size);
        return at;
    }
    for (uint32_t i = 0; i < row.size; i++) {
        uint64_t place = at + 4 + 4 * (uint64_t)i;
        const uint8_t *element = row.data + i * codec_stride(field);
        uint64_t target = field->kind == BUS_FIELD_STRING
                              ? pack_text(p, field, element)
                              : pack_table(p, field->type, element, false);

        put_u32(p, place, target - place);
    }
    return at;
}

/* The value itself, where it stands in the table, or its offset and what that points at. */
static void pack_value(struct packer *p, uint64_t at, const struct bus_field *field,
                       const uint8_t *member)
{
    uint64_t target;

    if (field->shape == BUS_SHAPE_VECTOR) {
        target = pack_vector(p, field, member);
    } else if (field->kind == BUS_FIELD_STRING || field->kind == BUS_FIELD_BYTES) {
        target = pack_text(p, field, member);
    } else if (field->kind == BUS_FIELD_TABLE) {
        target = pack_table(p, field->type, member, false);
    } else {
        if (field->kind == BUS_FIELD_ENUM && field->shape == BUS_SHAPE_ONE)
            put(p, at, member, codec_scalar_size(field->base));
        else
            pack_plain(p, at, field, member, field->shape == BUS_SHAPE_ARRAY ? field->count : 1);
        return;
    }
    put_u32(p, at, target - at);
}

static void pack_union(struct packer *p, uint64_t table, uint64_t vtable,
                       const struct bus_field *field, const uint8_t *member)
{
    const struct bus_union *choice = field->type;
    int32_t tag = tag_of(field, member);
    uint8_t byte = (uint8_t)tag;
    uint64_t place = table + field->slot;

    put_u16(p, vtable + 4 + 2 * (field->number - 2u), field->tag_slot);
    put(p, table + field->tag_slot, &byte, 1);
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        if (tag != 0 && choice->arms[i].number == (uint32_t)tag) {
            put_u16(p, vtable + 4 + 2 * (field->number - 1u), field->slot);
            put_u32(p, place,
                    pack_table(p, choice->arms[i].table, member + choice->value, false) - place);
        }
    }
}

static uint64_t pack_table(struct packer *p, const struct bus_table *table, const uint8_t *message,
                           bool root)
{
    uint64_t at = p->end + table->vtable_size;
    uint64_t vtable;

    at = (at + 3) & ~UINT64_C(3);
    if (table->align == 8)
        at += (at + 4) % 8;
    vtable = root ? p->end : at - table->vtable_size;
    p->end = at + table->inline_size;
    put_u16(p, vtable, table->vtable_size);
    put_u16(p, vtable + 2, table->inline_size);
    put_u32(p, at, at - vtable);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];

        if (!present(field, message))
            continue;
        if (field->kind == BUS_FIELD_UNION) {
            pack_union(p, at, vtable, field, message + field->value);
            continue;
        }
        put_u16(p, vtable + 4 + 2 * (field->number - 1u), field->slot);
        pack_value(p, at + field->slot, field, message + field->value);
    }
    return at;
}

static uint64_t pack_root(struct packer *p, const struct bus_table *table, const void *message)
{
    p->end = 4;
    put_u32(p, 0, pack_table(p, table, message, true));
    return (p->end + 3) & ~UINT64_C(3);
}

uint32_t codec_measure(const struct bus_table *table, const void *message)
{
    struct packer p = {0};
    uint64_t size = pack_root(&p, table, message);

    return size > INT32_MAX ? 0 : (uint32_t)size;
}

void codec_pack(uint8_t *to, const struct bus_table *table, const void *message)
{
    struct packer p = {.to = to};

    memset(to, 0, codec_measure(table, message));
    pack_root(&p, table, message);
}
