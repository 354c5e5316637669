/* path/last.c - the argument is at the top of last.h. */
#include "path/last.h"

#include <string.h>

/* A chain as it was at one moment, up to the node that was looked for. */
struct walk {
    uint64_t *bucket;
    uint64_t word;
    uint32_t count; /* nodes before it */
    uint32_t places[LAST_CHAIN];
    uint32_t found; /* index + 1; 0: not there */
    uint32_t behind;
    void *block;
};

static uint32_t buckets_for(uint32_t cells)
{
    uint32_t count = 1;

    while (count < 2 * (uint64_t)cells && count < UINT32_C(1) << 31)
        count *= 2;
    return count;
}

static uint32_t nodes_for(uint32_t cells, uint32_t threads)
{
    return cells + threads * (LAST_CHAIN + 1);
}

size_t last_bytes(uint32_t cells, uint32_t threads)
{
    return (size_t)buckets_for(cells) * sizeof(uint64_t) +
           (size_t)nodes_for(cells, threads) * sizeof(struct last_node);
}

void last_init(struct last_table *table, void *memory, uint32_t cells, uint32_t threads,
               uint64_t seed)
{
    table->buckets = memory;
    table->mask = buckets_for(cells) - 1;
    table->nodes = (struct last_node *)(void *)(table->buckets + buckets_for(cells));
    table->seed = seed;
    table->count = nodes_for(cells, threads);
    table->free = 0;
    table->used = 0;
}

/* ---- nodes ---- */

/* 0: none. First those that were used before: a large table that is not full is not touched. */
static uint32_t node_take(struct last_table *table)
{
    uint64_t top = atomic_load_acquire_u64(&table->free);
    uint32_t used;

    while ((uint32_t)top != 0) {
        uint32_t place = (uint32_t)top;
        uint32_t next = atomic_load_relaxed_u32(&table->nodes[place - 1].next);

        if (atomic_cas_u64(&table->free, &top, ((top >> 32) + 1) << 32 | next))
            return place;
    }
    used = atomic_load_relaxed_u32(&table->used);
    while (used < table->count)
        if (atomic_cas_u32(&table->used, &used, used + 1))
            return used + 1;
    return 0;
}

static void node_give(struct last_table *table, uint32_t place)
{
    uint64_t top = atomic_load_acquire_u64(&table->free);

    do
        atomic_store_release_u32(&table->nodes[place - 1].next, (uint32_t)top);
    while (!atomic_cas_u64(&table->free, &top, ((top >> 32) + 1) << 32 | place));
}

/* A new node in front of `next`. 0: there is none. */
static uint32_t node_make(struct last_table *table, uint64_t key, uint32_t worker, void *block,
                          uint32_t next)
{
    uint32_t place = node_take(table);
    struct last_node *node = &table->nodes[place - 1];

    if (place == 0)
        return 0;
    atomic_store_release_u64(&node->key, key);
    atomic_store_release_ptr(&node->block, block);
    atomic_store_release_u32(&node->worker, worker);
    atomic_store_release_u32(&node->next, next);
    return place;
}

/* ---- chains ---- */

static uint64_t *bucket_of(const struct last_table *table, uint64_t key, uint32_t worker)
{
    uint64_t mixed = (key ^ table->seed) + worker;

    mixed ^= mixed >> 32;
    mixed *= UINT64_C(0xd6e8feb86659fd93);
    mixed ^= mixed >> 32;
    mixed *= UINT64_C(0xd6e8feb86659fd93);
    return &table->buckets[(mixed ^ mixed >> 32) & table->mask];
}

/* One try. False: the chain changed meanwhile. */
static bool try_walk(const struct last_table *table, uint64_t key, uint32_t worker,
                     struct walk *walk)
{
    uint32_t at;

    walk->word = atomic_load_acquire_u64(walk->bucket);
    walk->count = 0;
    walk->found = 0;
    for (at = (uint32_t)walk->word; at != 0;) {
        const struct last_node *node = &table->nodes[at - 1];
        uint64_t node_key = atomic_load_acquire_u64(&node->key);
        uint32_t node_worker = atomic_load_acquire_u32(&node->worker);
        uint32_t next = atomic_load_acquire_u32(&node->next);

        walk->block = atomic_load_acquire_ptr(&node->block);
        if (atomic_load_relaxed_u64(walk->bucket) != walk->word)
            return false;
        if (node_key == key && node_worker == worker) {
            walk->found = at;
            walk->behind = next;
            return true;
        }
        if (walk->count == LAST_CHAIN) /* no chain is longer */
            return true;
        walk->places[walk->count++] = at;
        at = next;
    }
    return true;
}

static void walk_to(const struct last_table *table, uint64_t key, uint32_t worker,
                    struct walk *walk)
{
    walk->bucket = bucket_of(table, key, worker);
    while (!try_walk(table, key, worker, walk))
        ;
}

/* Nodes of one change: to be given back when it has not come about, or has. */
struct spent {
    uint32_t places[LAST_CHAIN + 1];
    uint32_t count;
};

static void give_all(struct last_table *table, const struct spent *spent)
{
    uint32_t i;

    for (i = 0; i < spent->count; i++)
        node_give(table, spent->places[i]);
}

/* Puts a node in front of *first. False: there is none. */
static bool put_front(struct last_table *table, struct spent *made, uint64_t key, uint32_t worker,
                      void *block, uint32_t *first)
{
    uint32_t place = node_make(table, key, worker, block, *first);

    if (place == 0)
        return false;
    made->places[made->count++] = place;
    *first = place;
    return true;
}

static bool copy_front(struct last_table *table, struct spent *made, uint32_t place,
                       uint32_t *first)
{
    const struct last_node *node = &table->nodes[place - 1];

    return put_front(table, made, atomic_load_acquire_u64(&node->key),
                     atomic_load_acquire_u32(&node->worker), atomic_load_acquire_ptr(&node->block),
                     first);
}

/* The chain becomes one that begins with `first`. */
static bool swing(const struct walk *walk, uint32_t first)
{
    uint64_t word = walk->word;

    return atomic_cas_u64(walk->bucket, &word, ((word >> 32) + 1) << 32 | first);
}

/* The node that was found goes; in its place comes one with `block`, if that is not NULL. False:
 * nothing has happened. */
static bool change(struct last_table *table, const struct walk *walk, uint64_t key, uint32_t worker,
                   void *block)
{
    struct spent made = {.count = 0}, old = {.count = 0};
    uint32_t i, first = walk->behind;
    bool enough = true;

    for (i = 0; enough && i < walk->count; i++)
        enough = copy_front(table, &made, walk->places[i], &first);
    if (enough && block != NULL)
        enough = put_front(table, &made, key, worker, block, &first);
    if (!enough || !swing(walk, first)) {
        give_all(table, &made);
        return false;
    }
    for (i = 0; i < walk->count; i++)
        old.places[old.count++] = walk->places[i];
    old.places[old.count++] = walk->found;
    give_all(table, &old);
    return true;
}

/* ---- what is done with them ---- */

bool last_replace(struct last_table *table, uint64_t key, uint32_t worker, void *block, void **old)
{
    struct walk walk;

    do {
        walk_to(table, key, worker, &walk);
        if (walk.found == 0)
            return false;
    } while (!change(table, &walk, key, worker, block));
    *old = walk.block;
    return true;
}

enum last_added last_add(struct last_table *table, uint64_t key, uint32_t worker, void *block)
{
    struct walk walk;
    uint32_t place;

    for (;;) {
        walk_to(table, key, worker, &walk);
        if (walk.found != 0)
            return LAST_IS_THERE;
        if (walk.count == LAST_CHAIN)
            return LAST_FULL;
        place = node_make(table, key, worker, block, (uint32_t)walk.word);
        if (place == 0)
            continue;
        if (swing(&walk, place))
            return LAST_ADDED;
        node_give(table, place);
    }
}

void *last_take(struct last_table *table, uint64_t key, uint32_t worker)
{
    struct walk walk;

    do {
        walk_to(table, key, worker, &walk);
        if (walk.found == 0)
            return NULL;
    } while (!change(table, &walk, key, worker, NULL));
    return walk.block;
}

void *last_look(const struct last_table *table, uint64_t key, uint32_t worker)
{
    struct walk walk;

    walk_to(table, key, worker, &walk);
    return walk.found != 0 ? walk.block : NULL;
}
