/*
 * uses.h - which types a file uses as vector, as optional, as optional vector: those get a struct
 * for it, others are left alone.
 */
#ifndef EMIT_USES_H
#define EMIT_USES_H

#include "idl.h"

enum { USED_SLICE = 1 << 0, USED_OPTIONAL = 1 << 1, USED_SLICE_OPTIONAL = 1 << 2 };

struct use {
    const void *type; /* struct idl_table, struct idl_enum */
    unsigned uses;
};
struct uses {
    struct use *items; /* sorted by address, for finding only */
    size_t count;
    size_t capacity;
};

struct uses uses_of(const struct idl_bus *bus);
/* 0: not used in any of these ways. */
unsigned uses_find(const struct uses *uses, const void *type);
void uses_free(struct uses *uses);

#endif
