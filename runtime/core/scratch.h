/*
 * core/scratch.h - a thread's stack of working memory: unpacked messages, requests, answers.
 *
 * Use. mark, take, take, ..., release(mark). Nested runs mark again above. What was taken stays in
 * place until its mark is released. Blocks come from the seam, are chained and kept, so that after
 * warm-up nothing is allocated; a block is never smaller than the first one asked for.
 */
#ifndef BUSGEN_CORE_SCRATCH_H
#define BUSGEN_CORE_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

struct bus;

struct scratch_block {
    struct scratch_block *next;
    size_t size; /* of the whole block */
};

struct scratch {
    struct scratch_block *first;
    struct scratch_block *block; /* in use; NULL: none yet */
    uint8_t *at;
    uint8_t *end;
};

enum { SCRATCH_BLOCK_HEADER = 64 }; /* before the memory of a block */

struct scratch_mark {
    struct scratch_block *block;
    uint8_t *at;
};

/* The rare part of a take: the next block. NULL: no memory. */
void *scratch_grow(struct scratch *scratch, struct bus *bus, size_t size);

/* `size` bytes, 16-aligned, not zeroed; NULL: no memory. */
static inline void *scratch_take(struct scratch *scratch, struct bus *bus, size_t size)
{
    uint8_t *taken = scratch->at;

    size = (size + 15) & ~(size_t)15;
    if (size > (size_t)(scratch->end - taken) || taken == NULL)
        return scratch_grow(scratch, bus, size);
    scratch->at = taken + size;
    return taken;
}

static inline struct scratch_mark scratch_mark(const struct scratch *scratch)
{
    return (struct scratch_mark){scratch->block, scratch->at};
}

static inline void scratch_release(struct scratch *scratch, struct scratch_mark mark)
{
    if (__builtin_expect(mark.block != scratch->block, 0)) {
        /* Nothing was taken before: stay in the first block, at its begin. */
        if (mark.block == NULL) {
            mark.block = scratch->first;
            mark.at = (uint8_t *)mark.block + SCRATCH_BLOCK_HEADER;
        }
        scratch->block = mark.block;
        scratch->end = (uint8_t *)mark.block + mark.block->size;
    }
    scratch->at = mark.at;
}

void scratch_free(struct scratch *scratch, struct bus *bus);

#endif
