/*
 * types.h - every type of the schemas under test: each message, each answer, each once.
 */
#ifndef WIRE_TYPES_H
#define WIRE_TYPES_H

#include "idl.h"

#include <bus/schema.h>

struct wire_type {
    char name[80];                 /* "every.ask" or "every.ask.unknown" */
    const char *file;              /* "every" */
    const struct bus_codec *codec; /* generated */
    const struct idl_table *model; /* what busgen sees; lives as long as the schemas */
};

enum { WIRE_TYPES_MAX = 96, WIRE_SCHEMAS = 4 };

struct wire_types {
    struct wire_type list[WIRE_TYPES_MAX];
    size_t count;
    struct idl_result results[WIRE_SCHEMAS];
};

/* Ends the program when a schema does not compile. `folder`: where the .bus files are. */
void wire_types_open(struct wire_types *types, const char *folder);
void wire_types_close(struct wire_types *types);
const struct wire_type *wire_types_find(const struct wire_types *types, const char *name);

#endif
