/*
 * agree.c - bytes that follow one description beside a struct of another: the older version of a
 * schema that wrote them, and today's that read them; or the same one twice, then this is what the
 * views see beside what unpack made.
 *
 * It reads the bytes in its own way, through vtables and offsets, so that a mistake in a generated
 * unpack is not made again here. Fields are matched by number, those of fixed structs by place.
 */
#include "wire/layout.h"

#include <bus/testing.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct look {
    const uint8_t *bytes;
    char *why;      /* NULL: nobody asks */
    char path[120]; /* of the field being looked at */
    size_t size;
};

/* Appends to the path; what comes back is its size before, for leave(). */
static size_t enter(struct look *look, const char *name, uint32_t index)
{
    size_t before = look->size;
    size_t room = sizeof(look->path) - before;
    int size = name != NULL
                   ? snprintf(look->path + before, room, "%s%s", before > 0 ? "." : "", name)
                   : snprintf(look->path + before, room, "[%" PRIu32 "]", index);

    if (size > 0)
        look->size += (size_t)size < room ? (size_t)size : room - 1;
    return before;
}

static void leave(struct look *look, size_t before)
{
    look->size = before;
    look->path[before] = '\0';
}

/* Always false. */
static bool differ(struct look *look, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool differ(struct look *look, const char *format, ...)
{
    va_list arguments;
    int size;

    if (look->why == NULL)
        return false;
    size = snprintf(look->why, BUS_WIRE_WHY_SIZE, "%s: ", look->path);
    if (size < 0)
        return false;
    va_start(arguments, format);
    vsnprintf(look->why + size, BUS_WIRE_WHY_SIZE - (size_t)size, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- what a field was and is ---- */

enum {
    SORT_INTEGER,
    SORT_F32,
    SORT_F64,
    SORT_UUID,
    SORT_TEXT,
    SORT_STRUCT,
    SORT_TABLE,
    SORT_UNION
};

static int sort_of(const struct bus_field *field)
{
    switch (field->kind) {
    case BUS_FIELD_F32:
        return SORT_F32;
    case BUS_FIELD_F64:
        return SORT_F64;
    case BUS_FIELD_UUID:
        return SORT_UUID;
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        return SORT_TEXT;
    case BUS_FIELD_STRUCT:
        return SORT_STRUCT;
    case BUS_FIELD_TABLE:
        return SORT_TABLE;
    case BUS_FIELD_UNION:
        return SORT_UNION;
    default:
        return SORT_INTEGER;
    }
}

static const char *kind_name(const struct bus_field *field)
{
    static const char *const names[] = {
        [BUS_FIELD_BOOL] = "bool",
        [BUS_FIELD_U8] = "u8",
        [BUS_FIELD_I8] = "i8",
        [BUS_FIELD_U16] = "u16",
        [BUS_FIELD_I16] = "i16",
        [BUS_FIELD_U32] = "u32",
        [BUS_FIELD_I32] = "i32",
        [BUS_FIELD_U64] = "u64",
        [BUS_FIELD_I64] = "i64",
        [BUS_FIELD_F32] = "f32",
        [BUS_FIELD_F64] = "f64",
        [BUS_FIELD_TIME] = "time",
        [BUS_FIELD_DURATION] = "duration",
        [BUS_FIELD_UUID] = "uuid",
        [BUS_FIELD_ENUM] = "enum",
        [BUS_FIELD_FLAGS] = "flags",
        [BUS_FIELD_STRING] = "string",
        [BUS_FIELD_BYTES] = "bytes",
        [BUS_FIELD_STRUCT] = "struct",
        [BUS_FIELD_TABLE] = "table",
        [BUS_FIELD_UNION] = "union",
    };

    return field->kind < sizeof(names) / sizeof(*names) ? names[field->kind] : "?";
}

static const char *shape_name(const struct bus_field *field)
{
    return field->shape == BUS_SHAPE_VECTOR  ? " vector"
           : field->shape == BUS_SHAPE_ARRAY ? " array"
                                             : "";
}

/* ---- values ---- */

static bool agree_table(struct look *look, const struct bus_table *older, uint32_t at,
                        const struct bus_table *table, const uint8_t *message);
static bool agree_struct(struct look *look, const struct bus_table *older, const uint8_t *from,
                         const struct bus_table *table, const uint8_t *message);

static uint32_t follow(const struct look *look, uint32_t place)
{
    return place + load_u32(look->bytes + place);
}

static bool agree_text(struct look *look, uint32_t at, struct slice text)
{
    const uint8_t *written = look->bytes + at + 4;
    const uint8_t *read = text.data;
    uint32_t size = load_u32(look->bytes + at);

    if (size != text.size)
        return differ(look, "%" PRIu32 " bytes of text in the bytes, %" PRIu32 " in the struct",
                      size, text.size);
    for (uint32_t i = 0; i < size; i++)
        if (written[i] != read[i])
            return differ(look, "its byte %" PRIu32 " is 0x%02x in the bytes, 0x%02x in the struct",
                          i, written[i], read[i]);
    return true;
}

/* One value at `place`, which is no union; `message` is where it is in C. */
static bool agree_one(struct look *look, const struct bus_field *old, uint32_t place,
                      const struct bus_table *table, const struct bus_field *field,
                      const uint8_t *message)
{
    const uint8_t *from = look->bytes + place;
    uint64_t written;
    uint64_t read;

    switch (sort_of(field)) {
    case SORT_TEXT:
        return agree_text(look, follow(look, place), slice_load(message));
    case SORT_TABLE:
        return agree_table(look, old->type, follow(look, place), field->type, message);
    case SORT_STRUCT:
        return agree_struct(look, old->type, from, field->type, message);
    case SORT_UUID:
        return memcmp(from, message, 16) == 0 || differ(look, "another uuid in the bytes");
    case SORT_F32:
    case SORT_F64:
        return memcmp(from, message, element_size(field)) == 0 ||
               differ(look, "another number in the bytes");
    default:
        written = scalar_load(field_scalar(old), from);
        read = member_load(table, field, message);
        if (written == read)
            return true;
        return kind_is_signed(field_scalar(old))
                   ? differ(look, "%" PRId64 " in the bytes, %" PRId64 " in the struct",
                            (int64_t)written, (int64_t)read)
                   : differ(look, "%" PRIu64 " in the bytes, %" PRIu64 " in the struct", written,
                            read);
    }
}

/* `count` of them in a row, `from` in the bytes and `message` in C. */
static bool agree_row(struct look *look, const struct bus_field *old, uint32_t from,
                      const struct bus_table *table, const struct bus_field *field,
                      const uint8_t *message, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t before = enter(look, NULL, i);

        if (!agree_one(look, old, from + i * element_size(old), table, field,
                       message + i * member_stride(field)))
            return false;
        leave(look, before);
    }
    return true;
}

static bool same_type(struct look *look, const struct bus_field *old, const struct bus_field *field)
{
    if (old->shape != field->shape || sort_of(old) != sort_of(field))
        return differ(look, "was %s%s, is %s%s", kind_name(old), shape_name(old), kind_name(field),
                      shape_name(field));
    if (old->shape == BUS_SHAPE_ARRAY && old->count != field->count)
        return differ(look, "had %" PRIu32 " elements, has %" PRIu32, old->count, field->count);
    return true;
}

static bool agree_value(struct look *look, const struct bus_field *old, uint32_t place,
                        const struct bus_table *table, const struct bus_field *field,
                        const uint8_t *message)
{
    struct slice row;
    uint32_t count;

    if (!same_type(look, old, field))
        return false;
    if (field->shape == BUS_SHAPE_ARRAY)
        return agree_row(look, old, place, table, field, message, field->count);
    if (field->shape == BUS_SHAPE_ONE)
        return agree_one(look, old, place, table, field, message);
    row = slice_load(message);
    place = follow(look, place);
    count = load_u32(look->bytes + place);
    if (count != row.size)
        return differ(look, "%" PRIu32 " elements in the bytes, %" PRIu32 " in the struct", count,
                      row.size);
    return agree_row(look, old, place + 4, table, field, row.data, count);
}

static bool agree_union(struct look *look, const struct bus_field *old, uint32_t at,
                        const struct bus_field *field, const uint8_t *message)
{
    const struct bus_union *choice = field->type;
    uint32_t tag_place;
    uint32_t place;
    uint32_t written;
    uint32_t read;
    const struct bus_union_arm *old_arm;
    const struct bus_union_arm *arm;

    if (!same_type(look, old, field))
        return false;
    tag_place = vtable_entry(look->bytes, at, old->number - 2u);
    place = vtable_entry(look->bytes, at, old->number - 1u);
    written = tag_place == 0 ? 0 : look->bytes[at + tag_place];
    read = (uint32_t)load_i32(message + choice->tag);
    if (written != read)
        return differ(look, "arm %" PRIu32 " in the bytes, %" PRIu32 " in the struct", written,
                      read);
    old_arm = union_arm(old->type, written);
    arm = union_arm(choice, read);
    if (old_arm == NULL || arm == NULL || place == 0)
        return true;
    return agree_table(look, old_arm->table, follow(look, at + place), arm->table,
                       message + choice->value);
}

/* ---- fields ---- */

static bool agree_struct(struct look *look, const struct bus_table *older, const uint8_t *from,
                         const struct bus_table *table, const uint8_t *message)
{
    uint32_t place = (uint32_t)(from - look->bytes);

    if (older->field_count != table->field_count)
        return differ(look, "a struct that had %" PRIu32 " fields has %" PRIu32, older->field_count,
                      table->field_count);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        size_t before = enter(look, field->name, 0);

        if (!agree_value(look, &older->fields[i], place + older->fields[i].slot, table, field,
                         message + field->value))
            return false;
        leave(look, before);
    }
    return true;
}

/* Nothing was written: absent, empty, or what the schema says. */
static bool agree_default(struct look *look, const struct bus_table *table,
                          const struct bus_field *field, const uint8_t *message)
{
    struct bus_table only = *table;
    struct bus_test_arena arena = {0};
    void *fresh = bus_test_take(&arena, table->size);
    bool same;

    only.fields = field;
    only.field_count = 1;
    bus_wire_init(table, fresh);
    same = bus_wire_compare(&only, fresh, message) == 0;
    bus_test_reset(&arena);
    return same || differ(look, "nothing in the bytes, and not its default in the struct");
}

static const struct bus_field *find(const struct bus_table *table, uint32_t number)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        if (table->fields[i].number == number)
            return &table->fields[i];
    return NULL;
}

static bool agree_field(struct look *look, const struct bus_table *older, uint32_t at,
                        const struct bus_table *table, const struct bus_field *field,
                        const uint8_t *message)
{
    const struct bus_field *old = find(older, field->number);
    uint32_t place;

    if (old == NULL || (old->flags & BUS_FIELD_REMOVED))
        return agree_default(look, table, field, message);
    if (field->kind == BUS_FIELD_UNION || old->kind == BUS_FIELD_UNION)
        return agree_union(look, old, at, field, message + field->value);
    place = vtable_entry(look->bytes, at, field->number - 1u);
    if (place == 0)
        return agree_default(look, table, field, message);
    if (!member_present(field, message))
        return differ(look, "a value in the bytes, none in the struct");
    return agree_value(look, old, at + place, table, field, message + field->value);
}

static bool agree_table(struct look *look, const struct bus_table *older, uint32_t at,
                        const struct bus_table *table, const uint8_t *message)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        size_t before;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        before = enter(look, field->name, 0);
        if (!agree_field(look, older, at, table, field, message))
            return false;
        leave(look, before);
    }
    return true;
}

bool bus_test_agree(const struct bus_table *older, const uint8_t *bytes,
                    const struct bus_table *table, const void *message, char why[BUS_WIRE_WHY_SIZE])
{
    struct look look = {.bytes = bytes, .why = why};

    return agree_table(&look, older, load_u32(bytes), table, message);
}
