/*
 * path/keep_last.h - types of which a newer message replaces the queued one of its key.
 *
 * A message of such a type lies in a block of the pool, with its header behind it: a cell_stub
 * that refers to the block it lies in. The table of its route (path/last.h) refers to that stub.
 * Its lane cell is CELL_LAST, and its payload is the hash of the key; the worker that finds one
 * takes from the table what is the newest then.
 */
#ifndef BUSGEN_PATH_KEEP_LAST_H
#define BUSGEN_PATH_KEEP_LAST_H

#include "path/path.h"

/* Registry lock held; for a route whose type says so. False: no memory. */
bool keep_last_make(struct bus *bus, struct route *route);
void keep_last_free(struct bus *bus, struct route *route);

/* The posting, prepared, into lane or table; `as` counts where none of its key is queued. */
enum bus_outcome keep_last_send(struct posting *posting, uint32_t gate, enum place_as as);
/* The newest message behind a CELL_LAST cell, by its worker: it goes to worker->taken. False: none
 * (which would be a fault of ours). */
bool keep_last_take(struct worker *worker, const struct cell *cell);
/* The same without taking it; while nothing moves. NULL: none. */
const struct cell *keep_last_look(const struct worker *worker, const struct cell *cell);
/* At start: the copy of a cell of worker 0 becomes one of another's lane, with its message. */
void keep_last_move(struct bus *bus, struct cell *copy, uint32_t worker);

static inline uint64_t keep_last_key(const struct cell *cell)
{
    uint64_t key;

    memcpy(&key, cell_inside(cell), sizeof key);
    return key;
}

#endif
