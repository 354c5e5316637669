/*
 * guard/secrets.c - the text of an error without the secrets of its message.
 *
 * A handler that writes "card 4111... refused" has put a field marked `secret` into a text that
 * goes into reports, events, results and dead letters. So before anybody sees the text, each
 * occurrence of a secret value is replaced by ***: strings and bytes of three bytes or more as they
 * are, whole numbers of three digits or more in decimal, uuids as text. Only after a failure, and
 * only for types that have such fields.
 */
#include "guard/errors.h"

#include <inttypes.h>
#include <stdio.h>

#include "path/path.h"
#include "wire/layout.h"

enum {
    VALUE_LEAST = 3,    /* shorter ones are in every text */
    LOOKS_MOST = 10000, /* at values; a message with more secrets keeps no text */
};

struct mask {
    char *text;
    size_t size;
    bool cut; /* the text went on: its end may be the beginning of a secret */
    uint32_t looks;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void hide_at(struct mask *mask, size_t at, size_t size)
{
    memcpy(mask->text + at, "***", 3);
    memmove(mask->text + at + 3, mask->text + at + size, mask->size - at - size);
    mask->size -= size - 3;
}

/* A number is not hidden inside a longer one. */
static void hide(struct mask *mask, const void *value, size_t size, bool number)
{
    size_t at = 0, part;

    if (size < VALUE_LEAST)
        return;
    while (at < mask->size) {
        const char *found =
            mask->size - at >= size ? memmem(mask->text + at, mask->size - at, value, size) : NULL;
        size_t end;

        if (found == NULL)
            break;
        at = (size_t)(found - mask->text);
        end = at + size;
        if (number && ((at > 0 && is_digit(mask->text[at - 1])) ||
                       (end < mask->size && is_digit(mask->text[end])))) {
            at++;
        } else {
            hide_at(mask, at, size);
            at += 3;
        }
    }
    part = size - 1 < mask->size ? size - 1 : mask->size;
    for (; mask->cut && part >= VALUE_LEAST; part--)
        if (memcmp(mask->text + mask->size - part, value, part) == 0) {
            hide_at(mask, mask->size - part, part);
            break;
        }
}

static void hide_scalar(struct mask *mask, const struct bus_table *table,
                        const struct bus_field *field, const uint8_t *at)
{
    uint64_t bits;
    char text[BUS_UUID_TEXT_SIZE];
    int size;

    if (field->kind == BUS_FIELD_UUID) {
        struct bus_uuid uuid;

        memcpy(&uuid, at, sizeof uuid);
        bus_uuid_text(uuid, text);
        hide(mask, text, BUS_UUID_TEXT_SIZE - 1, false);
        return;
    }
    if (field->kind == BUS_FIELD_F32 || field->kind == BUS_FIELD_F64)
        return;
    bits = member_load(table, field, at);
    size = kind_is_signed(field->base) ? snprintf(text, sizeof text, "%" PRId64, (int64_t)bits)
                                       : snprintf(text, sizeof text, "%" PRIu64, bits);
    hide(mask, text, (size_t)size, true);
}

static void mask_table(struct mask *mask, const struct bus_table *table, const uint8_t *message,
                       bool secret);

static void mask_one(struct mask *mask, const struct bus_table *table,
                     const struct bus_field *field, const uint8_t *at, bool secret)
{
    const struct bus_union *choice;
    const struct bus_union_arm *arm;
    struct slice slice;

    if (++mask->looks > LOOKS_MOST)
        return;
    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
        slice = slice_load(at);
        if (secret && slice.data != NULL)
            hide(mask, slice.data, slice.size, false);
        break;
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        mask_table(mask, field->type, at, secret);
        break;
    case BUS_FIELD_UNION:
        choice = field->type;
        arm = union_arm(choice, (uint32_t)load_i32(at + choice->tag));
        if (arm != NULL)
            mask_table(mask, arm->table, at + choice->value, secret);
        break;
    default:
        if (secret)
            hide_scalar(mask, table, field, at);
        break;
    }
}

static size_t stride_of(const struct bus_field *field)
{
    if (field->kind == BUS_FIELD_TABLE)
        return ((const struct bus_table *)field->type)->size;
    return field->kind == BUS_FIELD_STRING ? sizeof(struct bus_string) : element_size(field);
}

static void mask_table(struct mask *mask, const struct bus_table *table, const uint8_t *message,
                       bool secret)
{
    uint32_t i, k;

    for (i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        bool hidden = secret || (field->flags & BUS_FIELD_SECRET) != 0;
        const uint8_t *at = message + field->value;
        struct slice row = {at, field->count};
        bool holds = field->kind == BUS_FIELD_STRUCT || field->kind == BUS_FIELD_TABLE ||
                     field->kind == BUS_FIELD_UNION;

        if ((field->flags & BUS_FIELD_REMOVED) != 0 || (!hidden && !holds) ||
            !member_present(field, message))
            continue;
        if (field->shape == BUS_SHAPE_ONE) {
            mask_one(mask, table, field, at, hidden);
            continue;
        }
        if (field->shape == BUS_SHAPE_VECTOR)
            row = slice_load(at);
        /* A row of single bytes is a text to whoever prints it. */
        if (hidden && !holds && element_size(field) == 1 && row.data != NULL)
            hide(mask, row.data, row.size, false);
        for (k = 0; row.data != NULL && k < row.size && mask->looks <= LOOKS_MOST; k++)
            mask_one(mask, table, field, (const uint8_t *)row.data + k * stride_of(field), hidden);
    }
}

static bool table_has_secrets(const struct bus_table *table, uint32_t *looks)
{
    uint32_t i, k;

    for (i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];

        if ((field->flags & BUS_FIELD_SECRET) != 0 || ++*looks > 1000)
            return true;
        if ((field->kind == BUS_FIELD_STRUCT || field->kind == BUS_FIELD_TABLE) &&
            table_has_secrets(field->type, looks))
            return true;
        if (field->kind == BUS_FIELD_UNION) {
            const struct bus_union *choice = field->type;

            for (k = 0; k < choice->arm_count; k++)
                if (table_has_secrets(choice->arms[k].table, looks))
                    return true;
        }
    }
    return false;
}

bool secrets_are_in(const struct bus_message_type *type)
{
    uint32_t looks = 0;

    return table_has_secrets(type->codec.table, &looks);
}

void secrets_mask(struct bus_delivery *delivery)
{
    bool is_long = delivery->long_size != 0;
    struct mask mask = {
        .text = is_long ? delivery->long_text : delivery->error_text,
        .size = is_long ? delivery->long_size : strlen(delivery->error_text),
        .cut = is_long && delivery->text_cut,
    };

    if (!delivery->route->secrets || delivery->message == NULL)
        return;
    mask_table(&mask, delivery->route->type->codec.table, delivery->message, false);
    if (mask.looks > LOOKS_MOST)
        mask.size = 0;
    mask.text[mask.size] = '\0';
    if (!is_long)
        return;
    delivery->long_size = (uint32_t)mask.size;
    error_text_copy(delivery->error_text, delivery->long_text);
}
