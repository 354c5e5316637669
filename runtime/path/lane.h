/*
 * path/lane.h - a lossless, bounded queue: many producers, one consumer, messages stay in place.
 *
 *     cell = lane_claim(lane, me, &ticket);     any thread
 *     ... write the cell ...
 *     lane_commit(lane, ticket);
 *
 *     cell = lane_front(lane);                  the one consumer
 *     ... read it, as long as it takes ...
 *     lane_release(lane);
 *
 * Use. A claim is a ticket, an even number; the next one is LANE_STEP more. The n-th message from
 * the start lives in slot n mod slots. Messages leave in the order of their tickets, one order over
 * all producers. The capacity is exact, counted from claim to release; the number of slots is the
 * next power of two, so that tickets may wrap around 2^64 at any start. Every claimed ticket must
 * be committed, an aborted one as CELL_SKIP: the consumer does not step over a hole.
 *
 * Shared or owned. A locked instruction waits until the processor's store buffer is empty, and the
 * stores in it wait for cache lines that the consumer has just read. With a cas that nobody
 * disputes a message of one line takes 45 ns instead of 19 with the consumer near, 157 instead of
 * 73 far (lane.c has more figures). So a lane is in one of two forms:
 *   shared   any producer claims by a cas of `tail`;
 *   owned    one producer claims by plain stores; any other that comes along ends this first
 *            (lane_expel), which costs it one membarrier, and then shares.
 * A producer that claimed many times in a row with nobody in between becomes the owner (lane.c says
 * how many times). Owning needs a restartable sequence of the kernel (os/rseq.h) and its barrier:
 * `restart` NULL, or a producer without `area`, is always the shared form.
 *
 * High water. Somebody wants to know when a lane becomes nearly full, and no claim shall pay for
 * that. So `limit` ends before the high water as long as the lane is not `pressed`: the claim that
 * would reach it fails, its caller takes the long way, claims by lane_claim_above, and sets
 * `pressed`. From then on limits go up to the capacity, and the consumer looks whether the low
 * water is reached; then it clears `pressed` (lane_relieve).
 *
 * Two words. Bit 0 of `tail` says that the lane is owned. `owner` says by whom: a version, which
 * every change increases, then one of
 *   FREE           nobody
 *   HELD by i      i owns the lane or is about to
 *   LEAVING of i   i is being expelled
 *
 *   T1  FREE -> HELD by i       i, in order to own
 *   T2  HELD -> LEAVING of i    anybody who read HELD and then bit 0 set
 *   T3  LEAVING -> FREE         anybody who knows that bit 0 was cleared in this LEAVING
 *   T4  HELD by i -> FREE       i, if its C2 failed
 *   C1  tail (t, 0) -> (t', 0)  cas, anybody: claims
 *   C2  tail (t, 0) -> (t', 1)  cas, i right after its T1: claims, and owns from then on
 *   C3  tail (t, 1) -> (t', 1)  plain store of i, the end of a sequence in which owner is still
 *                               the HELD by i that i had read before it read tail: claims
 *   C4  tail (t, 1) -> (t, 0)   cas, anybody who read LEAVING, passed the barrier (or is i),
 *                               read tail (t, 1) and then found owner unchanged
 *
 * Invariants.
 *   I1  head <= tail <= head + capacity (as distances). tail counts claims, head releases.
 *   I2  Between claim and commit the cell belongs to the claiming thread alone, between commit and
 *       release to the consumer alone.
 *   I3  turn of a slot is (u32)(t + 1) for the last committed ticket t in it, odd, or the zero of
 *       fresh memory. For the ticket expected next in that slot it never matches by chance: the
 *       last one was t - 2 slots, and 2 slots < 2^32.
 *   I4  While owner is FREE, bit 0 is clear. While it is HELD by i, bit 0 goes from clear to set
 *       at most once, by i. While it is LEAVING, bit 0 goes from set to clear, once.
 *
 * Argument.
 *   I4. Versions make every stay in a state a state of its own: a cas of owner that succeeds, or a
 *   second read that finds the same, proves that the stay lasted all the time since the first read.
 *   HELD by i begins with bit 0 clear, by FREE. Only C2 sets it, and of C2 there is one try in a
 *   stay, by the thread that began it; if it fails the same thread ends the stay by T4, and nobody
 *   else can end it before, because T2 wants bit 0 seen set in this stay. No C4 belongs to it (see
 *   below). So LEAVING begins with bit 0 set. C2 and T1 of others want another state, so bit 0
 *   stays set until a C4. T3 is done by whose C4 succeeded, by whose C4 failed (then another's had
 *   succeeded), or who read bit 0 clear, all in this stay: FREE begins with bit 0 clear.
 *   C3 after an expulsion. T2 comes before the barrier. When the barrier is over every thread has
 *   passed a full fence and no sequence that began before it still runs: those that committed are
 *   visible to the expeller, the others were aborted. Sequences that begin later see LEAVING, or
 *   what comes after, and do not store. So from the end of a barrier to the end of this LEAVING the
 *   only change of tail is C4. i itself needs no barrier: it is in no sequence. The record of a
 *   producer may pass from one thread to another, synchronised; then the same holds.
 *   C4 that comes late. Its expected value (t, 1) was tail's value at a time when only C4 could
 *   change it (the second read of owner says so). Once tail is (t, 0) it goes on by C1 or C2, which
 *   increase t: (t, 1) does not come back, and the late C4 fails.
 *   C3 and tail. i read owner, then tail, and in the sequence owner is the same. So tail was read
 *   in the stay, by i, which holds: after C2, and after that only i changes tail in this stay. It
 *   is still what i read.
 *   C1 wants bit 0 clear: nobody owns at that moment, and no C3 is under way (see I4, C3).
 *   Nobody waits. T2, T3, C4 can be done by whoever comes along, however long the others stand
 *   still; a failed cas or an aborted sequence means that another claim succeeded, that the state
 *   changed, or that the thread itself was interrupted. A producer that is interrupted again and
 *   again in its sequence (a debugger) expels itself. A producer stopped between T1 and C2 leaves
 *   the lane shared; one stopped between claim and commit stops only what lies behind it.
 *   Exact capacity. A claim moves tail from t to t' only after it saw head h with t' - h <= 2
 *   capacity; head only grows, so I1 holds afterwards. "Full" is returned only if a head read
 *   (acquire) after t shows t - h >= 2 capacity, or that much less the distance of the high water:
 *   at the moment of that load tail was at least t, so the lane was full, or that full, then. A t
 *   that is older than h (negative distance) is read again.
 *   High water. lane_relieve clears `pressed`, then lowers `limit`. A refresher that read `pressed`
 *   set before and stores its high limit after that would hide the high water until the tail is
 *   there; so having stored a high limit it passes a fence and looks at `pressed` again: if its
 *   store came behind that of lane_relieve, it finds it clear and lowers the limit itself. Other
 *   refreshers only ever store low limits, which are always right.
 *   Claim of a used slot. The slot of t was last used by t - 2 slots <= t - 2 capacity < h, so it
 *   is released. The consumer's reads of it come before its store_release of head (lane_release);
 *   the claimer's writes come after its load_acquire of head - or of `limit`, which whoever
 *   refreshed it wrote by store_release after a load_acquire of head. Two refreshers may set
 *   `limit` back; then somebody looks at head once more, nothing else.
 *   Publication. The publisher's writes come before store_release of turn; the consumer reads the
 *   cell after load_acquire of that turn. The other side of every turn store is lane_front.
 *   Sleep. The consumer that found no turn may sleep; see parking.h: the store of turn is the
 *   publisher's half, the look through lane_empty_hint after the barrier the worker's.
 *
 * Lines. What only producers touch is one line, what never changes another; head has a pair of
 * lines for itself, because processors fetch lines in pairs.
 */
#ifndef BUSGEN_PATH_LANE_H
#define BUSGEN_PATH_LANE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/rseq.h"
#include "path/atomic.h"
#include "path/cell.h"

enum { LANE_STEP = 2, LANE_OWNED = 1 };

/* The owner word: version | leaving | id. */
#define LANE_ID UINT64_C(0x1ffff)
#define LANE_LEAVING UINT64_C(0x20000)
#define LANE_VERSION UINT64_C(0x40000)

/* Who claims. Used by one thread at a time. */
struct lane_producer {
    uint64_t id;       /* 1 to LANE_ID; 0: never owns */
    uint64_t held;     /* what owner says, without its version, while this one owns and may store */
    struct rseq *area; /* of the thread; NULL: never owns */
};

struct lane {
    alignas(2 * CACHE_LINE) uint8_t *cells;
    uint64_t mask; /* of tickets: slot * LANE_STEP */
    uint32_t stride;
    uint32_t capacity;
    bool (*restart)(void); /* the barrier for sequences; NULL: never owned */
    uint32_t high;         /* messages that make it pressed; 0: nothing does */
    uint32_t low;          /* messages that end that */
    uint32_t pressed;      /* reached the high water, and not the low water since; changes rarely */

    alignas(CACHE_LINE) uint64_t tail; /* producers: next ticket | LANE_OWNED */
    uint64_t owner;
    uint64_t limit;  /* head + LANE_STEP * capacity, perhaps of an old head, or less */
    uint64_t streak; /* shared claims in a row | id of who claimed; a hint */
    uint64_t taken;  /* tail when it was owned last; a hint */
    uint64_t needed; /* streak that makes an owner; a hint */

    alignas(2 * CACHE_LINE) uint64_t head; /* oldest ticket not released, for all to see */
    uint64_t next;                         /* consumer: the same, its own copy */
    uint8_t *front;                        /* consumer: the cell of next */
    uint8_t *end;                          /* of the cells */
};

/* Bytes of memory that lane_init wants: 64-aligned, zeroed. `stride` is a multiple of 64. */
size_t lane_bytes(uint32_t capacity, uint32_t stride);
/* Capacity 1 to 2^30. Does not touch the memory. The first ticket is LANE_STEP * first: starts
 * other than 0 are for tests. The lane is shared for ever unless lane_let_own is called. */
void lane_init(struct lane *lane, void *memory, uint32_t capacity, uint32_t stride, uint64_t first);
/* From now on it may be owned. Before producers of other threads use it. */
void lane_let_own(struct lane *lane, bool (*restart)(void));

/* Where it is pressed and where no longer, in messages: low < high <= capacity. Before anybody uses
 * it; without it is never pressed. */
void lane_set_water(struct lane *lane, uint32_t high, uint32_t low);

/* `id` as above. */
void lane_producer_init(struct lane_producer *producer, uint32_t id);
/* The calling thread is the one that claims with it from now on. */
void lane_producer_adopt(struct lane_producer *producer);

static inline struct cell *lane_cell(const struct lane *lane, uint64_t ticket)
{
    return (struct cell *)(void *)(lane->cells + (ticket & lane->mask) / LANE_STEP * lane->stride);
}

/* Claims up to `wanted` tickets in a row, *first and following; returns how many. 0: full, or one
 * more would reach the high water. */
uint32_t lane_claim_many(struct lane *lane, const struct lane_producer *me, uint32_t wanted,
                         uint64_t *first);

/* One ticket, whatever the high water. False: full. */
bool lane_claim_above(struct lane *lane, const struct lane_producer *me, uint64_t *ticket);
/* Sets `pressed` if the lane is at the high water. True: it was not set. */
bool lane_press(struct lane *lane);
/* Consumer only: clears `pressed` if the lane is at the low water. True: it was set. */
bool lane_relieve(struct lane *lane);
static inline bool lane_is_pressed(const struct lane *lane)
{
    return atomic_load_acquire_u32(&lane->pressed) != 0;
}

/* NULL: full, or it would reach the high water. */
static inline struct cell *lane_claim(struct lane *lane, const struct lane_producer *me,
                                      uint64_t *ticket)
{
    /* owner before tail: see C3 */
    uint64_t owner = atomic_load_acquire_u64(&lane->owner);
    uint64_t tail = atomic_load_acquire_u64(&lane->tail);

    if (__builtin_expect((owner & (LANE_LEAVING | LANE_ID)) == me->held, 1) &&
        __builtin_expect((int64_t)(tail - atomic_load_acquire_u64(&lane->limit)) < 0, 1) &&
        os_rseq_store_if(me->area, &lane->owner, owner, &lane->tail, tail + LANE_STEP))
        *ticket = tail - LANE_OWNED;
    else if (lane_claim_many(lane, me, 1, ticket) == 0)
        return NULL;
    return lane_cell(lane, *ticket);
}

/* Makes the ticket's cell visible to the consumer. */
static inline void lane_commit_cell(struct cell *cell, uint64_t ticket)
{
    atomic_store_release_u32(&cell->turn, (uint32_t)ticket + 1);
}

static inline void lane_commit(struct lane *lane, uint64_t ticket)
{
    lane_commit_cell(lane_cell(lane, ticket), ticket);
}

/* Consumer only, as what follows. The word that lane_front looks at, and what it says when a
 * message is there. Both stay as they are until the consumer releases one. */
static inline const uint32_t *lane_front_turn(const struct lane *lane)
{
    return &((const struct cell *)(const void *)lane->front)->turn;
}

static inline uint32_t lane_front_committed(const struct lane *lane)
{
    return (uint32_t)lane->next + 1;
}

/* The oldest message, or NULL: none is committed. */
static inline struct cell *lane_front(const struct lane *lane)
{
    struct cell *cell = (struct cell *)(void *)lane->front;

    return atomic_load_acquire_u32(&cell->turn) == lane_front_committed(lane) ? cell : NULL;
}

/* The front's cell may be reused from now on. */
static inline void lane_release(struct lane *lane)
{
    lane->next += LANE_STEP;
    lane->front += lane->stride;
    if (lane->front == lane->end)
        lane->front = lane->cells;
    atomic_store_release_u64(&lane->head, lane->next);
}

/* True: lane_front would return NULL. */
static inline bool lane_empty_hint(const struct lane *lane)
{
    return lane_front(lane) == NULL;
}

/* The ticket that the next claim gets; any thread. */
static inline uint64_t lane_tail(const struct lane *lane)
{
    return atomic_load_acquire_u64(&lane->tail) & ~(uint64_t)LANE_OWNED;
}

/* Claimed and not released. Any thread; exact while nobody claims or releases, never above the
 * capacity. */
uint32_t lane_size(const struct lane *lane);

#endif
