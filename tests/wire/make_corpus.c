/*
 * Writes the seeds of both fuzz targets: FOLDER/verify/N and FOLDER/json/N, small messages of every
 * type. The committed corpus came from here.
 */
#include "codec/codec.h"
#include "types.h"
#include <bus/testing.h>

#include <stdio.h>
#include <stdlib.h>

static void save(const char *folder, const char *kind, const char *name, uint8_t first,
                 const void *data, size_t size)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, name);
    file = fopen(path, "wb");
    if (file == NULL || fputc(first, file) == EOF || fwrite(data, 1, size, file) != size ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Only messages are picked by the verifier's target, messages and answers by the other. */
int main(int count, char **arguments)
{
    static struct wire_types types;
    uint8_t message_index = 0;

    if (count != 3)
        return 2;
    wire_types_open(&types, arguments[1]);
    for (size_t i = 0; i < types.count; i++) {
        const struct wire_type *type = &types.list[i];
        bool message = strchr(strchr(type->name, '.') + 1, '.') == NULL;
        struct bus_test_chance source = {.state = i};
        struct bus_test_arena arena = {0};
        void *value = malloc(type->codec->table->size);
        struct codec_error error;
        uint8_t *bytes;
        uint32_t size;
        char *json;

        if (value == NULL)
            return 1;
        do {
            bus_test_value(&source, &arena, BUS_TEST_TAME, type->codec->table, value);
            size = type->codec->measure(value, false);
        } while (size > 1500);
        bytes = malloc(size);
        if (bytes == NULL)
            return 1;
        type->codec->pack(bytes, value);
        if (message)
            save(arguments[2], "verify", type->name, message_index++, bytes, size);
        if (codec_decode(type->model, bytes, size, NULL, &json, &error) != CODEC_OK)
            return 1;
        save(arguments[2], "json", type->name, (uint8_t)i, json, strlen(json));
        free(json);
        free(bytes);
        free(value);
        bus_test_reset(&arena);
    }
    wire_types_close(&types);
    return 0;
}
