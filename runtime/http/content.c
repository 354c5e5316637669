/* http/content.c - see content.h. */
#include "http/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *say(const char *what, uint32_t size)
{
    char *text = malloc(64);

    if (text != NULL)
        (void)snprintf(text, 64, "(%u bytes %s)", size, what);
    return text;
}

static char *print(const struct bus_codec *codec, const uint8_t *bytes, uint32_t size, size_t most)
{
    size_t message = ((size_t)codec->table->size + 7) & ~(size_t)7;
    uint8_t *memory = malloc(message + codec->scratch_max + 16);
    char *text = malloc(most + 4);
    size_t length;

    if (memory == NULL || text == NULL) {
        free(memory);
        free(text);
        return NULL;
    }
    if (bus_decode(codec, bytes, size, memory, memory + message, codec->scratch_max + 16) !=
        BUS_OK) {
        free(memory);
        free(text);
        return say("that are damaged", size);
    }
    length = bus_wire_print(codec->table, memory, text, most + 1);
    free(memory);
    if (length <= most)
        return text;
    length = bus_utf8_valid(text, most);
    memcpy(text + length, "...", 4);
    return text;
}

char *content_text(const struct bus_message_type *type, const uint8_t *bytes, uint32_t size,
                   size_t most)
{
    char *text;

    if (type == NULL)
        return say("of a type that is not known here", size);
    text = print(&type->codec, bytes, size, most);
    return text != NULL ? text : say("for which there is no memory", size);
}
