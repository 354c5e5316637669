/*
 * path/parts.h - the bus-wide queue of parts of parallel handler groups.
 *
 * Use. A worker that runs a parallel group pushes one part per handler; idle and waiting workers,
 * and itself, pop and run them. Any thread on both sides. Bounded: a part that does not fit is run
 * by its owner.
 *
 * Invariants. A sequence per slot. Slot s of a ring of n serves positions s, s + n, s + 2n ...; for
 * position p its turn is p - s (free), then p - s + 1 (filled), then p - s + n (free for the next
 * lap); zeroed memory is free. tail and head move by cas only, so each position has one pusher and
 * one popper, and only they touch the slot's content.
 *
 * Argument. The pusher writes the content between its cas and its store_release of turn; the popper
 * reads it after its load_acquire of that turn and before its store_release of the next one, which
 * the next pusher acquires. False from push means that the slot n positions back is not popped yet
 * (full, or its popper is stopped in between); false from pop that nothing is filled at the front.
 */
#ifndef BUSGEN_PATH_PARTS_H
#define BUSGEN_PATH_PARTS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path/atomic.h"

struct part {
    void *group;
    uint32_t index;
};

struct parts_slot {
    uint32_t turn;
    uint32_t index;
    void *group;
};

struct parts {
    alignas(CACHE_LINE) struct parts_slot *slots;
    uint64_t mask;
    alignas(CACHE_LINE) uint64_t tail;
    alignas(CACHE_LINE) uint64_t head;
};

/* `capacity` is rounded up to a power of two, at least 2. Memory: 64-aligned, zeroed. */
size_t parts_bytes(uint32_t capacity);
void parts_init(struct parts *parts, void *memory, uint32_t capacity);
bool parts_push(struct parts *parts, struct part part);
bool parts_pop(struct parts *parts, struct part *part);
/* True: a pop would have found nothing. */
bool parts_empty_hint(const struct parts *parts);

#endif
