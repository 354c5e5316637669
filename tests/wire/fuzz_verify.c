/*
 * Fuzz target: any bytes, as any type under test. What the verifier accepts is read completely:
 * both unpacks, views, print, compare, pack. What it refuses the fast way refuses, too. The first
 * byte picks the type.
 */
#include "common.bus.h"
#include "every.bus.h"
#include "nested.bus.h"
#include "readall.h"
#include "wide.bus.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct bus_codec *pick(uint8_t chosen)
{
    static const struct bus_schema *const schemas[] = {&every_schema, &nested_schema, &wide_schema};
    const struct bus_codec *list[64];
    size_t count = 0;

    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        for (uint32_t m = 0; m < schemas[i]->message_count; m++)
            list[count++] = &schemas[i]->messages[m]->codec;
    }
    return list[chosen % count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bus_codec *codec;
    char why[BUS_WIRE_WHY_SIZE] = "";
    uint8_t *bytes;

    if (size < 1)
        return 0;
    codec = pick(data[0]);
    data++;
    size--;
    /* Exactly as long as the input, for the sanitizer. */
    if (posix_memalign((void **)&bytes, 8, size > 0 ? size : 1) != 0)
        abort();
    memcpy(bytes, data, size);
    if (bus_wire_verify(codec->table, bytes, size, why)) {
        if (!read_all(codec->table, codec, bytes, size, why)) {
            fprintf(stderr, "%s: %s\n", codec->table->name, why);
            abort();
        }
    } else if (why[0] == '\0' || bus_codec_verify(codec, bytes, size, NULL)) {
        abort();
    }
    free(bytes);
    return 0;
}
