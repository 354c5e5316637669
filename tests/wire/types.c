/* types.c - see types.h. */
#include "types.h"

#include "codec/codec.h"

#include "common.bus.h"
#include "every.bus.h"
#include "nested.bus.h"
#include "wide.bus.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct wire_types *types, const struct idl_bus *bus, const char *name,
                const struct bus_codec *codec)
{
    struct wire_type *type = &types->list[types->count++];

    if (types->count > WIRE_TYPES_MAX) {
        fputs("raise WIRE_TYPES_MAX\n", stderr);
        exit(1);
    }
    snprintf(type->name, sizeof(type->name), "%s", name);
    type->file = bus->decl.name;
    type->codec = codec;
    type->model = codec_find(bus, name, NULL);
    if (type->model == NULL) {
        fprintf(stderr, "the model has no %s\n", name);
        exit(1);
    }
}

static void add_schema(struct wire_types *types, const struct idl_bus *bus,
                       const struct bus_schema *schema)
{
    for (uint32_t i = 0; i < schema->message_count; i++) {
        const struct bus_message_type *message = schema->messages[i];

        add(types, bus, message->name, &message->codec);
        for (uint32_t a = 0; a < message->answer_count; a++) {
            char name[80];

            if (message->answers[a].codec.table == NULL)
                continue;
            snprintf(name, sizeof(name), "%s.%s", message->name, message->answers[a].name);
            add(types, bus, name, &message->answers[a].codec);
        }
    }
}

void wire_types_open(struct wire_types *types, const char *folder)
{
    static const struct bus_schema *const schemas[WIRE_SCHEMAS] = {&common_schema, &every_schema,
                                                                   &nested_schema, &wide_schema};

    types->count = 0;
    for (int i = 0; i < WIRE_SCHEMAS; i++) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s.bus", folder, schemas[i]->name);
        if (!idl_compile(path, NULL, &types->results[i])) {
            fprintf(stderr, "%s does not compile\n", path);
            exit(1);
        }
        add_schema(types, types->results[i].bus, schemas[i]);
    }
}

void wire_types_close(struct wire_types *types)
{
    for (int i = 0; i < WIRE_SCHEMAS; i++)
        idl_free(&types->results[i]);
}

const struct wire_type *wire_types_find(const struct wire_types *types, const char *name)
{
    for (size_t i = 0; i < types->count; i++) {
        if (strcmp(types->list[i].name, name) == 0)
            return &types->list[i];
    }
    fprintf(stderr, "no type %s\n", name);
    exit(1);
}
