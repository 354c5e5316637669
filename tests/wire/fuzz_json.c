/*
 * Fuzz target: any text as JSON of any type under test. What encode accepts verifies, decodes, and
 * encodes to the same bytes again (a NaN may change its bits). The first byte picks the type.
 */
#include "types.h"

#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wire_types types;

static void again(const struct wire_type *type, const uint8_t *bytes, size_t size)
{
    struct codec_error error;
    uint8_t *second;
    size_t second_size;
    char why[BUS_WIRE_WHY_SIZE] = "";
    char *json;

    if (!bus_wire_verify(type->codec->table, bytes, size, why) ||
        codec_decode(type->model, bytes, size, NULL, &json, &error) != CODEC_OK ||
        codec_encode(type->model, json, strlen(json), &second, &second_size, &error) != CODEC_OK ||
        second_size != size) {
        fprintf(stderr, "%s: %s %s\n", type->name, why, error.text);
        abort();
    }
    if (strstr(json, "nan") == NULL && memcmp(bytes, second, size) != 0)
        abort();
    free(second);
    free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct wire_type *type;
    struct codec_error error;
    uint8_t *bytes;
    size_t bytes_size;

    if (types.count == 0)
        wire_types_open(&types, SCHEMA_FOLDER);
    if (size < 1)
        return 0;
    type = &types.list[data[0] % types.count];
    if (codec_encode(type->model, (const char *)data + 1, size - 1, &bytes, &bytes_size, &error) ==
        CODEC_OK) {
        again(type, bytes, bytes_size);
        free(bytes);
    } else if (error.text[0] == '\0') {
        abort();
    }
    return 0;
}
