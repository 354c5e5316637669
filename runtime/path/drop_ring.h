/*
 * path/drop_ring.h - a bounded queue whose oldest message anybody may throw away.
 *
 *     cell = drop_ring_claim(ring, &ticket);        any thread; NULL: full
 *     ... write the cell ...
 *     drop_ring_commit(ring, ticket);
 *
 *     if (drop_ring_take(ring, copy)) ...           the consumer, to dispatch `copy`;
 *                                                   any publisher, to drop it
 *
 * Use. For messages declared drop_oldest. Taking copies the cell out, so what the consumer
 * dispatches is never in the ring any more and cannot be dropped; whoever takes a message owns its
 * pool block. A publisher that finds the ring full takes the oldest, counts it as dropped and
 * claims again, a bounded number of times.
 *
 * Invariants. Ticket t lives in slot t mod slots in lap L = t div slots.
 *   I1  turn of a slot is 2L (free for lap L), 2L + 1 (committed in lap L), then 2(L + 1). Zeroed
 *       memory is free for lap 0.
 *   I2  head <= tail <= head + capacity. tail counts claims, head takes.
 *   I3  Between winning tail's cas for t and the commit, the slot belongs to the claimer; between
 *       winning head's cas for t and the store of turn 2(L + 1), to the taker. Else nobody touches
 *       its bytes.
 *
 * Argument.
 *   One owner. Both positions move by cas from t to t + 1 only, so each ticket has one claimer and
 *   one taker. The claimer won after it saw turn == 2L by load_acquire: the taker of lap L - 1
 *   stored that by store_release after its copy (other side: drop_ring_take). turn cannot leave 2L
 *   before t is claimed, and t is claimed once, so it is still 2L when the cas succeeds. The taker
 *   won after it saw 2L + 1 by load_acquire: the claimer stored that by store_release after its
 *   writes (other side: drop_ring_commit); by the same reasoning it still holds.
 *   Exact capacity. As in lane.h: tail moves only after a head h with t - h < capacity was seen,
 *   and full is reported only if a head read after t says so.
 *   A taker that is stopped in its copy holds its slot, though it counts as taken. There are more
 *   slots than the capacity (at least DROP_RING_SLACK), so claims go on in the meantime; if they
 *   come round to that slot they look a bounded number of times and then report full.
 *   A claimer that is stopped before its commit stops takes at that ticket (they say: nothing), not
 *   claims, until the ring is full.
 *   Nothing is lost or doubled: every committed ticket is taken by exactly one taker.
 */
#ifndef BUSGEN_PATH_DROP_RING_H
#define BUSGEN_PATH_DROP_RING_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path/atomic.h"
#include "path/cell.h"

/* The schedule explorer makes this smaller, and the next one too. */
#ifndef DROP_RING_SLACK
#define DROP_RING_SLACK 8
#endif
/* How often a claim looks again at a slot whose taker is still copying. */
#ifndef DROP_RING_LOOKS
#define DROP_RING_LOOKS 64
#endif

struct drop_ring {
    alignas(CACHE_LINE) uint8_t *cells;
    uint64_t mask;
    uint32_t stride;
    uint32_t capacity;
    uint32_t shift; /* slots = 1 << shift */

    alignas(CACHE_LINE) uint64_t tail; /* next ticket to claim */
    uint64_t seen;                     /* a head, perhaps an old one */

    alignas(CACHE_LINE) uint64_t head; /* next ticket to take */
};

/* As lane_bytes and lane_init. */
size_t drop_ring_bytes(uint32_t capacity, uint32_t stride);
void drop_ring_init(struct drop_ring *ring, void *memory, uint32_t capacity, uint32_t stride,
                    uint64_t first_ticket);

static inline struct cell *drop_ring_cell(const struct drop_ring *ring, uint64_t ticket)
{
    return (struct cell *)(void *)(ring->cells + (ticket & ring->mask) * ring->stride);
}

/* NULL: full. */
struct cell *drop_ring_claim(struct drop_ring *ring, uint64_t *ticket);
/* Makes it visible; an aborted claim is committed as CELL_SKIP. */
void drop_ring_commit(struct drop_ring *ring, uint64_t ticket);
/* Copies the oldest message to `copy` (`stride` bytes of room, 8-aligned; only cell_used of them
 * are written) and frees its place. False: none is committed at the front. Aborted claims are
 * returned like messages (CELL_SKIP). */
bool drop_ring_take(struct drop_ring *ring, struct cell *copy);
/* The same, but the message is lost: only its header and its pool block are told. */
bool drop_ring_drop(struct drop_ring *ring, struct cell_stub *stub);
/* True: a take would have found nothing. Any thread. */
bool drop_ring_empty_hint(const struct drop_ring *ring);
/* Claimed and not taken. */
uint32_t drop_ring_size(const struct drop_ring *ring);

#endif
