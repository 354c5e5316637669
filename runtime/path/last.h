/*
 * path/last.h - which keys of a `keep last` type are queued, and their newest message.
 *
 * Use. A message of such a type lies in a block of the pool, as a whole cell; its lane cell says
 * only that one of this key is there. The table has an entry for each such lane cell:
 *
 *     if (last_replace(table, key, worker, block, &old)) ...   any thread: `old` was queued and is
 *                                                              replaced, the caller's now
 *     else: claim a cell, then
 *     if (last_add(table, key, worker, block) == LAST_ADDED)   any thread: commit the cell
 *     else: somebody else was first: skip the cell, replace
 *
 *     block = last_take(table, key, worker);                   the worker, at such a cell
 *
 * The worker is part of the key: when a type gets another home, what is queued in the lane of the
 * old one is not replaced by what goes to the new one.
 *
 * Invariants. A bucket is one word: version << 32 | index + 1 of the first node of its chain.
 *   I1  A bucket changes by cas only, and each time its version goes up by one.
 *   I2  A node that hangs in a chain does not change. A change of the chain puts new nodes in the
 *       place of those before the one concerned, and of itself.
 *   I3  Of a key and worker there is one node at most: last_add sees the whole chain without one,
 *       and its cas says that it is still this chain.
 *   I4  For each node there is one lane cell that is committed or about to be: last_add makes the
 *       one for the other, only the worker at that cell takes it away. So last_take finds it.
 *
 * Argument.
 *   Reading. Who walks a chain may be overtaken: nodes that it stands on are taken out, and used
 *   again for others. After it has read a node it looks at the bucket again. Is the word the same,
 *   then the node was in the chain when it was read (version, I1), and what was read is what stands
 *   there (I2). Is it not, it begins anew. The fields are stored by store_release after the cas
 *   that took the node out of its last chain, and read by load_acquire before the second look: who
 *   reads a newer field sees the version go up too. A version comes back after 2^32 changes of a
 *   bucket while somebody stands still within these few loads.
 *   Changing. The cas that succeeds finds the word that the walk began with; so all that the walk
 *   read still holds at that moment, and it is the one moment of the change.
 *   Owner of a block. The new one is visible from the cas on (a full barrier; the reader's
 *   load_acquire of the bucket is the other side). The old one was in the chain before and in no
 *   chain after it, and only this cas took it out: who won owns it.
 *   Progress. A cas fails because another one on this bucket succeeded. Nobody waits; a publisher
 *   that stands still between two steps of its own holds up nobody, but for the lane cell that it
 *   claimed, as any.
 *   Newest. last_replace puts its message where an older one was, at its place in the lane. Of two
 *   publishers at the same time the later cas wins; what one thread publishes is in order.
 *   Nodes. A thread has LAST_CHAIN + 1 new ones at most, or as many that it took out, so a table
 *   with as many for each thread, beyond one for each lane cell, never lacks one. Chains are short:
 *   two buckets and more for each lane cell, keys spread by a seed of the bus; longer than
 *   LAST_CHAIN, in one of 10^8 full tables, is told as LAST_FULL.
 */
#ifndef BUSGEN_PATH_LAST_H
#define BUSGEN_PATH_LAST_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path/atomic.h"

/* The schedule explorer makes it smaller. */
#ifndef LAST_CHAIN
#define LAST_CHAIN 8
#endif

struct last_node {
    uint64_t key;
    void *block;
    uint32_t worker;
    uint32_t next; /* index + 1; 0: the last; of a free one: the next free one */
};

struct last_table {
    uint64_t *buckets; /* shared */
    struct last_node *nodes;
    uint64_t mask;
    uint64_t seed;
    uint32_t count;                    /* of the nodes */
    alignas(CACHE_LINE) uint64_t free; /* shared: tag 32 | index + 1 */
    uint32_t used; /* shared: nodes that were used ever; those behind were not */
};

enum last_added { LAST_ADDED, LAST_IS_THERE, LAST_FULL };

/* For `cells` lane cells in all, and `threads` that use it at one time. */
size_t last_bytes(uint32_t cells, uint32_t threads);
/* `memory`: zeroed, 64-aligned, last_bytes. */
void last_init(struct last_table *table, void *memory, uint32_t cells, uint32_t threads,
               uint64_t seed);

/* False: none of the key is queued. */
bool last_replace(struct last_table *table, uint64_t key, uint32_t worker, void *block, void **old);
/* The caller has claimed a cell for it. */
enum last_added last_add(struct last_table *table, uint64_t key, uint32_t worker, void *block);
/* The worker at the cell; NULL: there is none (which is a fault of ours). */
void *last_take(struct last_table *table, uint64_t key, uint32_t worker);
/* Without taking it, while nobody takes. */
void *last_look(const struct last_table *table, uint64_t key, uint32_t worker);

#endif
