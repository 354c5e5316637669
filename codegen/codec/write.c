/*
 * write.c - a C struct as JSON text. Written by hand, not through jansson, since jansson can
 * neither hold a u64 above 2^63 nor print a float with the digits it needs and no more.
 *
 * The output is ASCII-safe where it must be: strings are UTF-8 as they are, control characters are
 * escaped. The struct was unpacked from verified bytes, so every string is UTF-8.
 */
#include "codec/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers beyond this are not exact in JavaScript, and many readers, so they become strings. */
#define EXACT_MAX (INT64_C(1) << 53)

struct json_text {
    char *text;
    size_t size;
    size_t room;
    bool failed;
    bool as_flatc;
    bool compact;
    uint32_t depth;
};

static void put(struct json_text *j, const char *text, size_t size)
{
    if (j->failed)
        return;
    if (size > j->room - j->size) {
        size_t room = j->room * 2 + size;
        char *text_now = realloc(j->text, room);

        if (text_now == NULL) {
            j->failed = true;
            return;
        }
        j->text = text_now;
        j->room = room;
    }
    memcpy(j->text + j->size, text, size);
    j->size += size;
}

static void put_text(struct json_text *j, const char *text)
{
    put(j, text, strlen(text));
}

static void put_line(struct json_text *j)
{
    if (j->compact)
        return;
    put_text(j, "\n");
    for (uint32_t i = 0; i < j->depth; i++)
        put_text(j, "  ");
}

static void open_with(struct json_text *j, const char *bracket)
{
    put_text(j, bracket);
    j->depth++;
}

static void close_with(struct json_text *j, const char *bracket, bool empty)
{
    j->depth--;
    if (!empty)
        put_line(j);
    put_text(j, bracket);
}

/* What comes before an element or a field. */
static void next(struct json_text *j, bool *first)
{
    if (!*first)
        put_text(j, ",");
    *first = false;
    put_line(j);
}

static void put_quoted(struct json_text *j, const char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";

    put_text(j, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == '"' || byte == '\\') {
            put_text(j, "\\");
            put(j, text + i, 1);
        } else if (byte == '\n') {
            put_text(j, "\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            put_text(j, "\\u00");
            put(j, &hex[byte >> 4], 1);
            put(j, &hex[byte & 15], 1);
        } else {
            put(j, text + i, 1);
        }
    }
    put_text(j, "\"");
}

static void put_name(struct json_text *j, const char *name, const char *suffix)
{
    put_text(j, "\"");
    put_text(j, name);
    put_text(j, suffix);
    put_text(j, j->compact ? "\":" : "\": ");
}

static void put_integer(struct json_text *j, uint64_t bits, bool is_signed)
{
    char text[32];
    bool exact = is_signed ? (int64_t)bits <= EXACT_MAX && (int64_t)bits >= -EXACT_MAX
                           : bits <= (uint64_t)EXACT_MAX;
    const char *quote = exact ? "" : "\"";

    if (is_signed)
        snprintf(text, sizeof(text), "%s%" PRId64 "%s", quote, (int64_t)bits, quote);
    else
        snprintf(text, sizeof(text), "%s%" PRIu64 "%s", quote, bits, quote);
    put_text(j, text);
}

static void put_float(struct json_text *j, uint64_t bits, bool single)
{
    char text[BUS_NUMBER_TEXT_SIZE];
    uint32_t half = (uint32_t)bits;
    float small;
    double value;

    if (single) {
        memcpy(&small, &half, sizeof(small));
        value = (double)small;
    } else {
        memcpy(&value, &bits, sizeof(value));
    }
    bus_number_text(value, single, text);
    if (isfinite(value)) {
        put_text(j, text);
        if (strpbrk(text, ".e") == NULL)
            put_text(j, ".0");
    } else {
        put_quoted(j, text, strlen(text));
    }
}

static void put_enum(struct json_text *j, const struct bus_enum *names, int64_t value)
{
    for (uint32_t i = 0; i < names->value_count; i++) {
        if (names->values[i].value == value) {
            put_quoted(j, names->values[i].name, strlen(names->values[i].name));
            return;
        }
    }
    put_integer(j, (uint64_t)value, true);
}

static void put_flags(struct json_text *j, const struct bus_enum *names, uint64_t bits)
{
    uint64_t unknown = bits;
    bool first = true;

    for (uint32_t i = 0; i < names->value_count; i++)
        unknown &= ~(uint64_t)names->values[i].value;
    if (bits == 0 || unknown != 0) {
        put_integer(j, bits, false);
        return;
    }
    put_text(j, "\"");
    for (uint32_t i = 0; i < names->value_count; i++) {
        if ((bits & (uint64_t)names->values[i].value) == 0)
            continue;
        put_text(j, first ? "" : " ");
        put_text(j, names->values[i].name);
        first = false;
    }
    put_text(j, "\"");
}

static void put_scalar(struct json_text *j, const struct bus_field *field, uint64_t bits)
{
    char text[BUS_TIME_TEXT_SIZE];

    switch (field->kind) {
    case BUS_FIELD_BOOL:
        put_text(j, bits ? "true" : "false");
        return;
    case BUS_FIELD_F32:
    case BUS_FIELD_F64:
        put_float(j, bits, field->kind == BUS_FIELD_F32);
        return;
    case BUS_FIELD_ENUM:
        put_enum(j, field->type, (int64_t)bits);
        return;
    case BUS_FIELD_FLAGS:
        put_flags(j, field->type, bits);
        return;
    case BUS_FIELD_TIME:
    case BUS_FIELD_DURATION:
        if (j->as_flatc)
            break;
        if (field->kind == BUS_FIELD_TIME)
            bus_time_text((int64_t)bits, text);
        else
            bus_duration_text((int64_t)bits, text);
        put_quoted(j, text, strlen(text));
        return;
    default:
        break;
    }
    put_integer(j, bits, codec_is_signed(field->kind));
}

static void put_uuid(struct json_text *j, const void *at)
{
    struct bus_uuid uuid;
    char text[BUS_UUID_TEXT_SIZE];

    memcpy(&uuid, at, sizeof(uuid));
    if (!j->as_flatc) {
        bus_uuid_text(uuid, text);
        put_quoted(j, text, strlen(text));
        return;
    }
    put_text(j, "{ ");
    put_name(j, "high", "");
    put_integer(j, uuid.high, false);
    put_text(j, ", ");
    put_name(j, "low", "");
    put_integer(j, uuid.low, false);
    put_text(j, " }");
}

struct row {
    const uint8_t *data;
    uint32_t size;
};

static struct row row_load(const void *member)
{
    struct row row;

    memcpy(&row.data, member, sizeof(row.data));
    memcpy(&row.size, (const uint8_t *)member + sizeof(row.data), sizeof(row.size));
    return row;
}

static void put_table(struct json_text *j, const struct bus_table *table, const void *message);

static void put_bytes(struct json_text *j, struct row row)
{
    bool compact = j->compact;

    put_text(j, "[");
    j->compact = true;
    for (uint32_t i = 0; i < row.size; i++) {
        put_text(j, i > 0 ? "," : "");
        put_integer(j, row.data[i], false);
    }
    j->compact = compact;
    put_text(j, "]");
}

/* One value that is neither vector, array nor union. */
static void put_one(struct json_text *j, const struct bus_field *field, const uint8_t *at,
                    bool int_sized)
{
    struct row row;

    switch (field->kind) {
    case BUS_FIELD_STRING:
        row = row_load(at);
        put_quoted(j, (const char *)row.data, row.size);
        break;
    case BUS_FIELD_BYTES:
        put_bytes(j, row_load(at));
        break;
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        put_table(j, field->type, at);
        break;
    case BUS_FIELD_UUID:
        put_uuid(j, at);
        break;
    default:
        put_scalar(j, field, codec_load(int_sized ? BUS_FIELD_I32 : codec_scalar_kind(field), at));
        break;
    }
}

static void put_row(struct json_text *j, const struct bus_field *field, struct row row)
{
    bool first = true;

    open_with(j, "[");
    for (uint32_t i = 0; i < row.size; i++) {
        next(j, &first);
        put_one(j, field, row.data + i * codec_stride(field), false);
    }
    close_with(j, "]", first);
}

static void put_union(struct json_text *j, const struct bus_field *field, const uint8_t *at,
                      bool *first)
{
    const struct bus_union *choice = field->type;
    int32_t tag;

    memcpy(&tag, at + choice->tag, sizeof(tag));
    if (tag == 0)
        return;
    next(j, first);
    put_name(j, field->name, "_type");
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        if (choice->arms[i].number != (uint32_t)tag)
            continue;
        put_quoted(j, choice->arms[i].name, strlen(choice->arms[i].name));
        next(j, first);
        put_name(j, field->name, "");
        put_table(j, choice->arms[i].table, at + choice->value);
        return;
    }
    put_integer(j, (uint64_t)(int64_t)tag, true);
}

static void put_field(struct json_text *j, const struct bus_table *table,
                      const struct bus_field *field, const uint8_t *message, bool *first)
{
    const uint8_t *at = message + field->value;
    bool fixed = table->vtable_size == 0;

    if (field->kind == BUS_FIELD_UNION) {
        put_union(j, field, at, first);
        return;
    }
    if (field->flags & BUS_FIELD_OPTIONAL) {
        bool has;

        memcpy(&has, message + field->member, sizeof(has));
        if (!has)
            return;
    }
    next(j, first);
    put_name(j, field->name, "");
    if (field->shape == BUS_SHAPE_VECTOR) {
        put_row(j, field, row_load(at));
    } else if (field->shape == BUS_SHAPE_ARRAY) {
        bool wrapped = j->as_flatc && !fixed;

        put_text(j, wrapped ? "{ \"value\": " : "");
        put_row(j, field, (struct row){at, field->count});
        put_text(j, wrapped ? " }" : "");
    } else {
        put_one(j, field, at, field->kind == BUS_FIELD_ENUM && !fixed);
    }
}

static void put_table(struct json_text *j, const struct bus_table *table, const void *message)
{
    bool first = true;

    open_with(j, "{");
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!(table->fields[i].flags & BUS_FIELD_REMOVED))
            put_field(j, table, &table->fields[i], message, &first);
    }
    close_with(j, "}", first);
}

char *codec_write(const struct bus_table *table, const void *message,
                  const struct codec_options *options)
{
    struct json_text j = {0};

    if (options != NULL) {
        j.as_flatc = options->as_flatc;
        j.compact = options->compact;
    }
    put_table(&j, table, message);
    put(&j, "\n", 2); /* with the NUL */
    if (j.failed) {
        free(j.text);
        return NULL;
    }
    return j.text;
}
