/*
 * path/lane.h - a lossless, bounded queue: many producers, one consumer, messages stay in place.
 *
 *     cell = lane_claim(lane, &ticket);     any thread
 *     ... write the cell ...
 *     lane_commit(lane, ticket);
 *
 *     cell = lane_front(lane);              the one consumer
 *     ... read it, as long as it takes ...
 *     lane_release(lane);
 *
 * Use. A claim is a number (ticket); ticket t lives in slot t mod slots. Messages leave in the
 * order of their tickets. The capacity is exact, counted from claim to release; the number of slots
 * is the next power of two, so that tickets may wrap around 2^64 at any start. Every claimed ticket
 * must be committed, an aborted one as CELL_SKIP: the consumer does not step over a hole.
 *
 * Invariants.
 *   I1  head <= tail <= head + capacity (as distances). tail counts claims, head releases.
 *   I2  Between claim and commit the cell belongs to the claiming thread alone, between commit and
 *       release to the consumer alone.
 *   I3  turn of slot s is (u32)(t + 1) for the last committed ticket t of s, or the zero of fresh
 *       memory. For the ticket expected next in that slot it never matches by chance: the last one
 *       was t - slots and slots < 2^32; fresh zero would match one single ticket, whose slot
 *       lane_init marks.
 *
 * Argument.
 *   Exact capacity. A claim moves tail from t to t + 1 by a cas only after it saw head h with t - h
 *   < capacity; head only grows, so I1 holds afterwards. NULL is returned only if a head read
 *   (acquire) after t shows t - h >= capacity: at the moment of that load tail was at least t, so
 *   the lane was full then. A t that is older than h (negative distance) is read again.
 *   Claim of a used slot. The slot of t was last used by t - slots <= t - capacity < h: released.
 *   The consumer's reads of it come before its store_release of head (lane_release); the claimer's
 *   writes come after its load_acquire of head - or of `seen`, the producers' copy of head, which
 *   whoever refreshed it wrote by store_release after a load_acquire of head. Two refreshers may
 *   set `seen` backwards; then somebody looks at head once more, nothing else.
 *   Publication. The publisher's writes come before store_release of turn; the consumer reads the
 *   cell after load_acquire of that turn. The other side of every turn store is lane_front.
 *   Progress. No claim and no commit waits for another thread: a failed cas means that another
 *   claim succeeded. A producer stopped between claim and commit stops only what lies behind it.
 *   Sleep. The consumer that found no turn may sleep; see parking.h: the store of turn is the
 *   publisher's half, the look through lane_empty_hint after the barrier the worker's.
 *
 * Lines. tail and `seen` share a line that only producers touch; head is alone on the consumer's;
 * what never changes is alone on the first.
 */
#ifndef BUSGEN_PATH_LANE_H
#define BUSGEN_PATH_LANE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path/atomic.h"
#include "path/cell.h"

struct lane {
    alignas(CACHE_LINE) uint8_t *cells;
    uint64_t mask;
    uint32_t stride;
    uint32_t capacity;

    alignas(CACHE_LINE) uint64_t tail; /* producers: next ticket */
    uint64_t seen;                     /* producers: a head, perhaps an old one */

    alignas(CACHE_LINE) uint64_t head; /* consumer: oldest ticket not released, for all to see */
    uint64_t next;                     /* consumer: the same, its own copy */
};

/* Bytes of memory that lane_init wants: 64-aligned, zeroed. `stride` is a multiple of 64. */
size_t lane_bytes(uint32_t capacity, uint32_t stride);
/* Capacity 1 to 2^30. Does not touch the memory when `first_ticket` is 0; other starts are for
 * tests. */
void lane_init(struct lane *lane, void *memory, uint32_t capacity, uint32_t stride,
               uint64_t first_ticket);

static inline struct cell *lane_cell(const struct lane *lane, uint64_t ticket)
{
    return (struct cell *)(void *)(lane->cells + (ticket & lane->mask) * lane->stride);
}

/* Slow part of a claim: looks at the consumer's head. Returns how many of `wanted` fit behind
 * `tail`; 0: full. Negative: `tail` is out of date, read it again. */
int64_t lane_room(struct lane *lane, uint64_t tail);

/* NULL: full. */
static inline struct cell *lane_claim(struct lane *lane, uint64_t *ticket)
{
    uint64_t tail = atomic_load_relaxed_u64(&lane->tail);

    for (;;) {
        uint64_t distance = tail - atomic_load_acquire_u64(&lane->seen);

        if (__builtin_expect(distance >= lane->capacity, 0)) {
            int64_t room = lane_room(lane, tail);

            if (room == 0)
                return NULL;
            if (room < 0) {
                tail = atomic_load_relaxed_u64(&lane->tail);
                continue;
            }
        }
        if (atomic_cas_u64(&lane->tail, &tail, tail + 1)) {
            *ticket = tail;
            return lane_cell(lane, tail);
        }
    }
}

/* Claims up to `wanted` tickets in a row, *first and following; returns how many. 0: full. */
uint32_t lane_claim_many(struct lane *lane, uint32_t wanted, uint64_t *first);

/* Makes the ticket's cell visible to the consumer. */
static inline void lane_commit(struct lane *lane, uint64_t ticket)
{
    atomic_store_release_u32(&lane_cell(lane, ticket)->turn, (uint32_t)ticket + 1);
}

/* Consumer only, like the next two. The oldest message, or NULL: none is committed. */
static inline struct cell *lane_front(const struct lane *lane)
{
    uint64_t next = lane->next;
    struct cell *cell = lane_cell(lane, next);

    return atomic_load_acquire_u32(&cell->turn) == (uint32_t)next + 1 ? cell : NULL;
}

/* The front's cell may be reused from now on. */
static inline void lane_release(struct lane *lane)
{
    lane->next++;
    atomic_store_release_u64(&lane->head, lane->next);
}

/* True: lane_front would return NULL. */
static inline bool lane_empty_hint(const struct lane *lane)
{
    return lane_front(lane) == NULL;
}

/* Claimed and not released. Any thread; exact while nobody claims or releases, never above the
 * capacity. */
uint32_t lane_size(const struct lane *lane);

#endif
