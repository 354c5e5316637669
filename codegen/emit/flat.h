/*
 * flat.h - writes a FlatBuffer of any schema, back to front: what is pointed at comes before what
 * points at it. For outputs of busgen; messages are packed by what it generates.
 */
#ifndef FLAT_H
#define FLAT_H

#include <stddef.h>
#include <stdint.h>

struct memory;

enum { FLAT_SLOTS_MAX = 16, FLAT_VTABLES_MAX = 64 };

/* A place, counted from the end; 0 is none. */
typedef uint32_t flat_ref;

/* Begins as {.memory = ...}. One table is written at a time, from flat_begin to flat_end. */
struct flat {
    struct memory *memory;
    unsigned char *bytes; /* the last `size` of `capacity` are written */
    size_t capacity;
    size_t size;
    flat_ref slots[FLAT_SLOTS_MAX];
    flat_ref table_end;
    flat_ref vtables[FLAT_VTABLES_MAX]; /* those to be shared */
    size_t vtable_count;
};

flat_ref flat_string(struct flat *flat, const char *text);
flat_ref flat_vector(struct flat *flat, const flat_ref *items, uint32_t count);

void flat_begin(struct flat *flat);
/* A scalar of `size` bytes, left out when it is `preset`. */
void flat_scalar(struct flat *flat, unsigned slot, unsigned size, uint64_t value, uint64_t preset);
void flat_reference(struct flat *flat, unsigned slot, flat_ref item);
flat_ref flat_end(struct flat *flat);

/* The whole is flat->bytes + flat->capacity - flat->size, flat->size bytes; the identifier has four
 * letters. */
void flat_finish(struct flat *flat, flat_ref root, const char *identifier);

#endif
