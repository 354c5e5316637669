/*
 * print.c - a message as one line for people: logs, debuggers, error reports.
 *
 *     order_placed { order_id: 42, customer: "Ada", lines: [{ sku: "a" }], payment: card { token:
 *     *** }, discount: none }
 *
 * Nothing marked secret appears, at any depth. Whatever the strings hold, the output is printable
 * UTF-8 of one line: control characters, quotes and bytes that are no UTF-8 are escaped. Bytes are
 * cut at 32. The writer counts what it would have written and stores what fits, so that the
 * callers' buffer is the only memory.
 */
#include "layout.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>

enum { BYTES_SHOWN = 32 };

struct printer {
    char *text;
    size_t size;
    size_t at; /* may pass size */
};

static void put(struct printer *p, const char *text, size_t size)
{
    if (p->at < p->size) {
        size_t room = p->size - p->at;

        memcpy(p->text + p->at, text, size < room ? size : room);
    }
    p->at += size;
}

static void put_text(struct printer *p, const char *text)
{
    put(p, text, strlen(text));
}

static void put_hex(struct printer *p, const char *before, uint32_t value, int digits)
{
    static const char hex[] = "0123456789abcdef";

    put_text(p, before);
    while (digits-- > 0)
        put(p, &hex[value >> (4 * digits) & 15], 1);
}

static void put_unsigned(struct printer *p, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    put_text(p, text);
}

static void put_signed(struct printer *p, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, value);
    put_text(p, text);
}

static void print_string(struct printer *p, struct slice slice)
{
    const uint8_t *text = slice.data;
    size_t at = 0;

    put_text(p, "\"");
    while (at < slice.size) {
        uint32_t character = 0;
        uint32_t step = bus_utf8_character(text + at, slice.size - at, &character);

        if (step == 0) {
            put_hex(p, "\\x", text[at++], 2);
            continue;
        }
        if (character == '"' || character == '\\') {
            put_text(p, "\\");
            put(p, (const char *)text + at, 1);
        } else if (character == '\n') {
            put_text(p, "\\n");
        } else if (character == '\t') {
            put_text(p, "\\t");
        } else if (character < 0x20 || (character >= 0x7f && character < 0xa0) ||
                   (character >= 0x2028 && character <= 0x202e) ||
                   (character >= 0x2066 && character <= 0x2069)) {
            /* Controls, line separators, and marks that turn the reading direction. */
            put_hex(p, "\\u", character, 4);
        } else {
            put(p, (const char *)text + at, step);
        }
        at += step;
    }
    put_text(p, "\"");
}

static void print_bytes(struct printer *p, struct slice slice)
{
    const uint8_t *bytes = slice.data;
    uint32_t shown = slice.size < BYTES_SHOWN ? slice.size : BYTES_SHOWN;

    put_text(p, "0x");
    for (uint32_t i = 0; i < shown; i++)
        put_hex(p, "", bytes[i], 2);
    if (shown < slice.size) {
        put_text(p, "... (");
        put_unsigned(p, slice.size);
        put_text(p, " bytes)");
    }
}

static void print_enum(struct printer *p, const struct bus_enum *names, int64_t value)
{
    for (uint32_t i = 0; names != NULL && i < names->value_count; i++) {
        if (names->values[i].value == value) {
            put_text(p, names->values[i].name);
            return;
        }
    }
    put_signed(p, value);
}

static void print_flags(struct printer *p, const struct bus_enum *names, uint64_t bits)
{
    bool first = true;

    for (uint32_t i = 0; names != NULL && i < names->value_count; i++) {
        uint64_t mask = (uint64_t)names->values[i].value;

        if (mask == 0 || (bits & mask) != mask)
            continue;
        put_text(p, first ? "" : "|");
        put_text(p, names->values[i].name);
        bits &= ~mask;
        first = false;
    }
    if (bits != 0 || first) {
        char text[24];

        put_text(p, first ? "" : "|");
        snprintf(text, sizeof(text), bits == 0 ? "0" : "0x%" PRIx64, bits);
        put_text(p, text);
    }
}

static void print_scalar(struct printer *p, const struct bus_field *field, uint64_t bits)
{
    char
        text[BUS_NUMBER_TEXT_SIZE > BUS_TIME_TEXT_SIZE ? BUS_NUMBER_TEXT_SIZE : BUS_TIME_TEXT_SIZE];
    uint32_t half = (uint32_t)bits;
    double number;
    float single;

    switch (field->kind) {
    case BUS_FIELD_BOOL:
        put_text(p, bits ? "true" : "false");
        return;
    case BUS_FIELD_F32:
        memcpy(&single, &half, sizeof(single));
        bus_number_text((double)single, true, text);
        break;
    case BUS_FIELD_F64:
        memcpy(&number, &bits, sizeof(number));
        bus_number_text(number, false, text);
        break;
    case BUS_FIELD_TIME:
        bus_time_text((int64_t)bits, text);
        break;
    case BUS_FIELD_DURATION:
        bus_duration_text((int64_t)bits, text);
        break;
    case BUS_FIELD_ENUM:
        print_enum(p, field->type, (int64_t)bits);
        return;
    case BUS_FIELD_FLAGS:
        print_flags(p, field->type, bits);
        return;
    default:
        if (kind_is_signed(field->kind))
            put_signed(p, (int64_t)bits);
        else
            put_unsigned(p, bits);
        return;
    }
    put_text(p, text);
}

static void print_table(struct printer *p, const struct bus_table *table, const void *message);

static void print_one(struct printer *p, const struct bus_table *table,
                      const struct bus_field *field, const void *at)
{
    char text[BUS_UUID_TEXT_SIZE];
    struct bus_uuid uuid;

    switch (field->kind) {
    case BUS_FIELD_STRING:
        print_string(p, slice_load(at));
        break;
    case BUS_FIELD_BYTES:
        print_bytes(p, slice_load(at));
        break;
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        print_table(p, field->type, at);
        break;
    case BUS_FIELD_UUID:
        memcpy(&uuid, at, sizeof(uuid));
        bus_uuid_text(uuid, text);
        put_text(p, text);
        break;
    default:
        print_scalar(p, field, member_load(table, field, at));
        break;
    }
}

static void print_row(struct printer *p, const struct bus_table *table,
                      const struct bus_field *field, struct slice row)
{
    size_t stride = member_stride(field);

    put_text(p, "[");
    for (uint32_t i = 0; i < row.size; i++) {
        put_text(p, i > 0 ? ", " : "");
        print_one(p, table, field, (const uint8_t *)row.data + i * stride);
    }
    put_text(p, "]");
}

static void print_union(struct printer *p, const struct bus_union *choice, const uint8_t *at)
{
    int32_t tag = load_i32(at + choice->tag);
    const struct bus_union_arm *arm = union_arm(choice, (uint32_t)tag);

    if (tag == 0) {
        put_text(p, "none");
    } else if (arm == NULL) {
        put_text(p, "arm ");
        put_signed(p, tag);
    } else {
        put_text(p, arm->name);
        put_text(p, " ");
        print_table(p, arm->table, at + choice->value);
    }
}

static void print_field(struct printer *p, const struct bus_table *table,
                        const struct bus_field *field, const uint8_t *message)
{
    const uint8_t *at = message + field->value;

    if (field->flags & BUS_FIELD_SECRET)
        put_text(p, "***");
    else if (!member_present(field, message))
        put_text(p, "none");
    else if (field->shape == BUS_SHAPE_VECTOR)
        print_row(p, table, field, slice_load(at));
    else if (field->shape == BUS_SHAPE_ARRAY)
        print_row(p, table, field, (struct slice){at, field->count});
    else if (field->kind == BUS_FIELD_UNION)
        print_union(p, field->type, at);
    else
        print_one(p, table, field, at);
}

static void print_table(struct printer *p, const struct bus_table *table, const void *message)
{
    bool first = true;

    put_text(p, "{");
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (table->fields[i].flags & BUS_FIELD_REMOVED)
            continue;
        put_text(p, first ? " " : ", ");
        put_text(p, table->fields[i].name);
        put_text(p, ": ");
        print_field(p, table, &table->fields[i], message);
        first = false;
    }
    put_text(p, first ? "}" : " }");
}

size_t bus_wire_print(const struct bus_table *table, const void *message, char *text, size_t size)
{
    struct printer p = {.text = text, .size = size};
    const char *point = strrchr(table->name, '.');

    put_text(&p, point != NULL ? point + 1 : table->name);
    put_text(&p, " ");
    print_table(&p, table, message);
    /* Cutting in the middle of a character would leave bytes that are no UTF-8. */
    if (size > 0)
        text[bus_utf8_valid(text, p.at < size ? p.at : size - 1)] = '\0';
    return p.at;
}
