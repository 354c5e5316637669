/*
 * guard/letters.h - what the files of the dead letters share.
 */
#ifndef BUSGEN_GUARD_LETTERS_H
#define BUSGEN_GUARD_LETTERS_H

#include "guard/dead_letters.h"

struct dead_letters {
    struct lock lock; /* of all that follows */
    const struct bus_letter_store *store;
    struct letter_memory *memory;           /* NULL: the letters are elsewhere */
    struct bus_letter_store own;            /* the table of `memory` */
    uint64_t last;                          /* number given */
    struct bus_dead_letter_figures figures; /* without `waiting` and its bytes */
};

/* Tells one handler from others of its name, on this bus. Never 0. */
uint64_t letter_mark(const struct bus *bus, const struct handler *handler);

#endif
