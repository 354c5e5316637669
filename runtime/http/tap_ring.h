/*
 * http/tap_ring.h - records of any size on their way from handlers to the reader of a tap.
 *
 * Bytes in a row: each record lies whole, 8-aligned, behind a word with its size. `put` and `taken`
 * count all bytes that ever went in and out; a record that does not fit before the end of the
 * memory begins at its start, and a word says that the rest is to be skipped. What is skipped
 * counts as full until the reader has passed it. For one thread at a time.
 */
#ifndef BUSGEN_HTTP_TAP_RING_H
#define BUSGEN_HTTP_TAP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tap_ring {
    uint64_t put, taken;
    size_t size; /* of the memory, a multiple of 8 */
    uint8_t *memory;
};

/* The record is both parts, one behind the other. False: it does not fit now. */
bool tap_ring_put(struct tap_ring *ring, const void *head, size_t head_size, const void *bytes,
                  size_t bytes_size);
/* Copies the oldest record to `to`, which has room for the largest, and forgets it. False: there is
 * none. */
bool tap_ring_take(struct tap_ring *ring, void *to);

#endif
