/* stats/text.c - see the header. */
#include "stats/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bus/wire.h>

#include "wire/utf8.h"

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

void text_json(struct text *text, const char *value)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *at = (const uint8_t *)value, *end = at + strlen(value);

    text_add(text, "\"");
    while (at < end) {
        uint32_t character;
        size_t size = bus_utf8_character(at, (size_t)(end - at), &character);

        if (size == 0)
            text_add(text, "\\ufffd");
        else if (*at < 0x20)
            text_put(text, (const char[]){'\\', 'u', '0', '0', hex[*at >> 4], hex[*at & 15]}, 6);
        else if (*at == '\\' || *at == '"')
            text_put(text, (const char[]){'\\', (char)*at}, 2);
        else
            text_put(text, (const char *)at, size);
        at += size != 0 ? size : 1;
    }
    text_add(text, "\"");
}

void text_key(struct text *text, const char *name)
{
    text_add(text, ",\"");
    text_add(text, name);
    text_add(text, "\":");
}
