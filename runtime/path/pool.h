/*
 * path/pool.h - bounded memory for what does not fit a cell: blocks of some sizes, lock-free.
 *
 * Use. Size classes are powers of two from POOL_SMALLEST up to the largest needed. The memory is
 * divided once: blocks of one size that were asked for by number, and of the rest about the same
 * number of bytes for each class (at least one block); an empty class takes from the next larger
 * one. Any thread takes and gives.
 *
 * Invariants and argument: at the top of pool.c.
 */
#ifndef BUSGEN_PATH_POOL_H
#define BUSGEN_PATH_POOL_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path/atomic.h"

enum { POOL_SMALLEST = 512, POOL_CLASSES_MAX = 17 }; /* 512 bytes to 32 MiB */

struct pool_class {
    alignas(CACHE_LINE) uint64_t top; /* tag 32 | index of the first free block + 1; 0: none */
    uint32_t taken;                   /* blocks in use */
    uint32_t count;
    uint32_t size;
    uint32_t *next; /* per block: the next free one + 1, 0: last, POOL_TAKEN: in use */
    uint8_t *blocks;
};

struct pool {
    struct pool_class classes[POOL_CLASSES_MAX];
    uint32_t class_count;
};

/* The least that pool_init can work with: one block of each class, and the lists. `largest` 0: no
 * pool, 0 bytes. */
size_t pool_bytes_needed(uint32_t largest);
/* Blocks asked for by number: `count` of at least `size` bytes. */
struct pool_extra {
    uint32_t count;
    uint32_t size;
};
/* What they take beside what is shared out. */
size_t pool_extra_bytes(const struct pool_extra *extra);
/* `memory`: 64-aligned, zeroed, `bytes` of it, at least pool_bytes_needed and pool_extra_bytes.
 * `extra` of at most `largest` bytes; NULL: none. Touches only the lists, which lie at its end. */
void pool_init(struct pool *pool, void *memory, size_t bytes, uint32_t largest,
               const struct pool_extra *extra);
/* A 64-aligned block of at least `size` bytes with arbitrary content; NULL: none left, or `size` is
 * over the largest. */
void *pool_take(struct pool *pool, size_t size);
/* NULL is harmless. A block given twice or not of this pool: assertion, without assertions
 * ignored. */
void pool_give(struct pool *pool, void *block);
/* Bytes of blocks in use; any thread, approximate while moving. */
size_t pool_used_bytes(const struct pool *pool);
/* Bytes of all blocks. */
size_t pool_total_bytes(const struct pool *pool);

#endif
