/*
 * path/pool.c - see pool.h for the use.
 *
 * Layout. Blocks of all classes first, the largest class first, each 64-aligned; at the end of the
 * memory, outside the blocks, one u32 per block: its link in the free list of its class.
 *
 * Invariants.
 *   I1  A block is either in its class's free list once, or in use. next[i] is POOL_TAKEN from the
 *       taker's store until the giver's.
 *   I2  `top` is { tag, first free block + 1 }. Every change increments the tag.
 *
 * Argument.
 *   Pop reads top, then next of the first block, then moves top by cas to that next. The next it
 *   read may be out of date (somebody took that block in between), but then top has changed, and
 *   its tag keeps the cas from succeeding even if the same block is first again (ABA), unless
 *   exactly 2^32 changes happened between the load and the cas of one thread. Links are outside the
 *   blocks and atomic, so an out of date read reads no memory that a user writes.
 *   Memory ordering. cas is a full barrier: what the last owner did with the block comes before the
 *   push, the push before the pop that found it, that before what the new owner does. The store of
 *   a link comes before the cas that publishes it; its reader read top before (load_acquire).
 *   Progress. A failed cas means another one succeeded; a stopped thread holds nothing.
 *   Give twice. Seen by next[i] not being POOL_TAKEN; with assertions on, two gives at the same
 *   time too (cas).
 */
#include "path/pool.h"

#include <assert.h>

#define POOL_TAKEN UINT32_MAX
/* While debug builds give a block. */
#define POOL_GIVING (UINT32_MAX - 1)

enum { LINK_SIZE = sizeof(uint32_t) };

static uint32_t classes_for(uint32_t largest)
{
    uint32_t count = 1;

    if (largest == 0)
        return 0;
    while ((uint64_t)POOL_SMALLEST << (count - 1) < largest)
        count++;
    assert(count <= POOL_CLASSES_MAX);
    return count;
}

/* The smallest class whose blocks are large enough. */
static uint32_t class_for(size_t size)
{
    uint64_t units = size > 0 ? ((uint64_t)size - 1) / POOL_SMALLEST : 0;

    return units == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(units);
}

/* One block of each of the `count` smallest classes. */
static size_t one_of_each(uint32_t count)
{
    size_t blocks = ((size_t)POOL_SMALLEST << count) - POOL_SMALLEST;

    return blocks + count * (size_t)LINK_SIZE;
}

size_t pool_bytes_needed(uint32_t largest)
{
    uint32_t count = classes_for(largest);

    return count == 0 ? 0 : one_of_each(count) + CACHE_LINE;
}

size_t pool_extra_bytes(const struct pool_extra *extra)
{
    return extra->count * (((size_t)POOL_SMALLEST << class_for(extra->size)) + LINK_SIZE);
}

void pool_init(struct pool *pool, void *memory, size_t bytes, uint32_t largest,
               const struct pool_extra *extra)
{
    static const struct pool_extra none = {0, 0};
    size_t left = bytes & ~(size_t)(CACHE_LINE - 1);
    uint8_t *at = memory;
    uint32_t *links;

    extra = extra != NULL ? extra : &none;
    assert((uintptr_t)memory % CACHE_LINE == 0 && extra->size <= largest &&
           bytes >= pool_bytes_needed(largest) + pool_extra_bytes(extra));
    pool->class_count = classes_for(largest);
    links = (uint32_t *)(void *)(at + left);
    left -= pool_extra_bytes(extra);
    for (uint32_t i = pool->class_count; i-- > 0;) {
        struct pool_class *class = &pool->classes[i];
        size_t each = ((size_t)POOL_SMALLEST << i) + LINK_SIZE;
        size_t share = left / (i + 1);
        size_t count = share < each ? 1 : share / each;

        /* The smaller classes get at least one block each. */
        if (count > (left - one_of_each(i)) / each)
            count = (left - one_of_each(i)) / each;
        if (count > UINT32_MAX - 2 - extra->count)
            count = UINT32_MAX - 2 - extra->count;
        left -= count * each;
        count += class_for(extra->size) == i ? extra->count : 0;
        class->count = (uint32_t)count;
        class->size = (uint32_t)POOL_SMALLEST << i;
        class->taken = 0;
        class->blocks = at;
        at += count * class->size;
        links -= count;
        class->next = links;
        for (uint32_t block = 0; block < class->count; block++)
            class->next[block] = block + 1 < class->count ? block + 2 : 0;
        class->top = 1;
    }
}

static uint64_t top_after(uint64_t top, uint32_t first)
{
    return ((top >> 32) + 1) << 32 | first;
}

/* NULL: the class is empty. */
static void *class_take(struct pool_class *class)
{
    uint64_t top = atomic_load_acquire_u64(&class->top);
    uint32_t block;

    do {
        block = (uint32_t)top - 1;
        if ((uint32_t)top == 0)
            return NULL;
    } while (!atomic_cas_u64(&class->top, &top,
                             top_after(top, atomic_load_relaxed_u32(&class->next[block]))));
    atomic_store_relaxed_u32(&class->next[block], POOL_TAKEN);
    atomic_fetch_add_u32(&class->taken, 1);
    return class->blocks + (size_t)block * class->size;
}

void *pool_take(struct pool *pool, size_t size)
{
    for (uint32_t i = class_for(size); i < pool->class_count; i++) {
        void *block = class_take(&pool->classes[i]);

        if (block != NULL)
            return block;
    }
    return NULL;
}

static struct pool_class *class_of(struct pool *pool, const void *block)
{
    for (uint32_t i = 0; i < pool->class_count; i++) {
        struct pool_class *class = &pool->classes[i];
        uintptr_t offset = (uintptr_t)block - (uintptr_t) class->blocks;

        if (offset < (uintptr_t) class->count * class->size)
            return offset % class->size == 0 ? class : NULL;
    }
    return NULL;
}

/* Marks a taken block as no longer taken; false: it was not. */
static bool give_once(uint32_t *link)
{
#ifdef NDEBUG
    return atomic_load_relaxed_u32(link) == POOL_TAKEN;
#else
    uint32_t expected = POOL_TAKEN;

    return atomic_cas_u32(link, &expected, POOL_GIVING);
#endif
}

void pool_give(struct pool *pool, void *block)
{
    struct pool_class *class;
    uint32_t index;
    uint64_t top;
    bool once;

    if (block == NULL)
        return;
    class = class_of(pool, block);
    assert(class != NULL && "not a block of this pool");
    if (class == NULL)
        return;
    index = (uint32_t)(((uintptr_t)block - (uintptr_t) class->blocks) / class->size);
    once = give_once(&class->next[index]);
    assert(once && "a block was given twice");
    if (!once)
        return;
    atomic_fetch_add_u32(&class->taken, UINT32_MAX);
    top = atomic_load_relaxed_u64(&class->top);
    do
        atomic_store_relaxed_u32(&class->next[index], (uint32_t)top);
    while (!atomic_cas_u64(&class->top, &top, top_after(top, index + 1)));
}

size_t pool_used_bytes(const struct pool *pool)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < pool->class_count; i++) {
        const struct pool_class *class = &pool->classes[i];

        bytes += (size_t)atomic_load_relaxed_u32(&class->taken) * class->size;
    }
    return bytes;
}

size_t pool_total_bytes(const struct pool *pool)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < pool->class_count; i++)
        bytes += (size_t)pool->classes[i].count * pool->classes[i].size;
    return bytes;
}
