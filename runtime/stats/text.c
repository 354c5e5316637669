/* stats/text.c - see the header. */
#include "stats/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bus/wire.h>

static void flush(struct text *text)
{
    if (text->size != 0 && !text->failed)
        text->failed = !text->fn(text->context, text->bytes, text->size);
    text->size = 0;
}

void text_put(struct text *text, const char *bytes, size_t size)
{
    while (size != 0) {
        size_t room = sizeof text->bytes - text->size;
        size_t part = size < room ? size : room;

        memcpy(text->bytes + text->size, bytes, part);
        text->size += (uint32_t)part;
        bytes += part;
        size -= part;
        if (text->size == sizeof text->bytes)
            flush(text);
    }
}

void text_add(struct text *text, const char *words)
{
    text_put(text, words, strlen(words));
}

void text_number(struct text *text, double value)
{
    char digits[BUS_NUMBER_TEXT_SIZE];

    if (value >= 0 && value < 9007199254740992.0 && value == (double)(uint64_t)value)
        (void)snprintf(digits, sizeof digits, "%" PRIu64, (uint64_t)value);
    else
        bus_number_text(value, false, digits);
    text_add(text, digits);
}

bool text_finish(struct text *text)
{
    flush(text);
    return !text->failed;
}

/* Of UTF-8. */
static void json_characters(struct text *text, const char *at, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    size_t from = 0, i;

    for (i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)at[i];

        if (byte >= 0x20 && byte != '\\' && byte != '"')
            continue;
        text_put(text, at + from, i - from);
        from = i + 1;
        if (byte < 0x20)
            text_put(text, (const char[]){'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]}, 6);
        else
            text_put(text, (const char[]){'\\', (char)byte}, 2);
    }
    text_put(text, at + from, size - from);
}

void text_json(struct text *text, const char *value)
{
    size_t left = strlen(value);

    text_add(text, "\"");
    while (left != 0) {
        size_t well = bus_utf8_valid(value, left);

        json_characters(text, value, well);
        value += well;
        left -= well;
        if (left != 0) {
            text_add(text, "\\ufffd");
            value++;
            left--;
        }
    }
    text_add(text, "\"");
}

void text_hex(struct text *text, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    text_add(text, "\"");
    for (i = 0; i < size; i++)
        text_put(text, (const char[]){digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 2);
    text_add(text, "\"");
}

void text_key(struct text *text, const char *name)
{
    text_add(text, ",\"");
    text_add(text, name);
    text_add(text, "\":");
}
