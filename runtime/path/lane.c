/*
 * path/lane.c - the rare part of a lane; the argument is at the top of lane.h.
 *
 * Who owns. Owning saves a producer 10 to 80 ns a claim and costs a system call of some 10 us, and
 * an interrupt on each processor that runs the process, when somebody else comes. So a producer
 * must have claimed `needed` times in a row, at first LANE_STREAK_LEAST. An ownership that ended
 * before LANE_SHORT claims doubles that, up to LANE_STREAK_MOST: producers that run at the same
 * time stay shared. One that lasted LANE_LONG claims halves it, and so does a streak of LANE_BURST
 * shared claims that another ended: producers that take turns on one processor, a time slice each,
 * own it slice by slice. `streak`, `taken` and `needed` are hints: each is read and written whole,
 * a lost update makes somebody own sooner or later.
 *
 * What else was tried. A message of one line through 16384 slots, processors near each other, the
 * worker on the other one (in `2 apart` and `8` beside some of the publishers), median of 5 runs in
 * one process, ns a message:
 *                                              1    2 together    2 apart     8
 *   owned or shared, this one               19.2          21.9       27.5   25.3
 *   always shared, a cas each               45.4          42.1       49.8   51.0
 *   fetch-and-add, waits with its ticket    66.1          41.4       48.1   48.8
 *   a ring for each publisher                8.0           9.1        9.1   16.6
 *   batches of 32 handed over by one cas     5.7           5.7        5.6    5.7
 * Fetch-and-add cannot refuse: it waits behind other publishers and overruns the capacity. Rings
 * for each publisher have no order among publishers, multiply the memory by their number, and the
 * worker looks at all of them. Batches leave the last messages lying until somebody hands them
 * over; who has many messages at once has lane_claim_many. With the processors far apart
 * (ping-pong above 150 ns) and one publisher: 157 shared, 73 owned, 74 with a ring for each; with
 * messages of two lines 162 shared and 145 owned: there the lines that cross cost more than a cas.
 */
#include "path/lane.h"

#include <assert.h>

enum {
    LANE_STREAK_LEAST = 256,
    LANE_STREAK_MOST = 65536,
    LANE_SHORT = 65536,
    LANE_LONG = 1 << 20,
    LANE_BURST = 16384,
    ABORTS_IN_A_ROW = 64,
};

/* One claim in `streak`, above the id. */
#define STREAK_ONE (LANE_ID + 1)

static uint64_t slots_for(uint32_t capacity)
{
    uint64_t slots = 1;

    while (slots < capacity)
        slots *= 2;
    return slots;
}

size_t lane_bytes(uint32_t capacity, uint32_t stride)
{
    return (size_t)slots_for(capacity) * stride;
}

void lane_init(struct lane *lane, void *memory, uint32_t capacity, uint32_t stride, uint64_t first)
{
    uint64_t ticket = first * LANE_STEP;

    assert(capacity > 0 && capacity <= UINT32_C(1) << 30);
    assert(stride % CACHE_LINE == 0 && (uintptr_t)memory % CACHE_LINE == 0);
    *lane = (struct lane){
        .cells = memory,
        .mask = (slots_for(capacity) - 1) * LANE_STEP,
        .stride = stride,
        .capacity = capacity,
        .tail = ticket,
        .limit = ticket + (uint64_t)capacity * LANE_STEP,
        .needed = LANE_STREAK_LEAST,
        .head = ticket,
        .next = ticket,
        .end = (uint8_t *)memory + lane_bytes(capacity, stride),
    };
    lane->front = (uint8_t *)lane_cell(lane, ticket);
}

void lane_let_own(struct lane *lane, bool (*restart)(void))
{
    lane->restart = restart;
}

void lane_producer_init(struct lane_producer *producer, uint32_t id)
{
    assert(id <= LANE_ID);
    *producer = (struct lane_producer){.id = id, .held = UINT64_MAX};
}

void lane_producer_adopt(struct lane_producer *producer)
{
    producer->area = producer->id != 0 ? os_rseq_here() : NULL;
    producer->held = producer->area != NULL ? producer->id : UINT64_MAX;
}

/* ---- high water ---- */

void lane_set_water(struct lane *lane, uint32_t high, uint32_t low)
{
    assert(low < high && high <= lane->capacity);
    lane->high = high;
    lane->low = low;
    lane->limit = lane->head + (uint64_t)(high - 1) * LANE_STEP;
}

/* What claims may use before they must look again, as tickets. */
static uint64_t quiet(const struct lane *lane)
{
    return (uint64_t)(lane->high - 1) * LANE_STEP;
}

/* Stores a limit that somebody may claim up to; returns its distance from `head`. Release: hands on
 * to other producers what the acquire of head gave us. */
static uint64_t renew_limit(struct lane *lane, uint64_t head)
{
    uint64_t most = (uint64_t)lane->capacity * LANE_STEP;

    if (lane->high != 0 && !lane_is_pressed(lane))
        most = quiet(lane);
    atomic_store_release_u64(&lane->limit, head + most);
    if (lane->high == 0 || most == quiet(lane))
        return most;
    atomic_fence(); /* other side: lane_relieve */
    if (!lane_is_pressed(lane))
        atomic_store_release_u64(&lane->limit, head + quiet(lane));
    return most;
}

bool lane_press(struct lane *lane)
{
    uint32_t expected = 0;

    return lane->high != 0 && !lane_is_pressed(lane) && lane_size(lane) >= lane->high &&
           atomic_cas_u32(&lane->pressed, &expected, 1);
}

bool lane_relieve(struct lane *lane)
{
    if (!lane_is_pressed(lane) || lane_size(lane) > lane->low)
        return false;
    atomic_store_release_u32(&lane->pressed, 0); /* before the limit; other side: renew_limit */
    atomic_store_release_u64(&lane->limit, lane->next + quiet(lane));
    return true;
}

/* ---- room ---- */

/* How many of `wanted` fit behind ticket `tail`, up to the high water or `above` it; 0: none.
 * Negative: `tail` is out of date. */
static int64_t room_for(struct lane *lane, uint64_t tail, uint32_t wanted, bool above)
{
    uint64_t all = (uint64_t)lane->capacity * LANE_STEP;
    int64_t room = (int64_t)(atomic_load_acquire_u64(&lane->limit) - tail);

    if (room < (int64_t)wanted * LANE_STEP || room > (int64_t)all || above) {
        uint64_t head = atomic_load_acquire_u64(&lane->head);

        if ((int64_t)(tail - head) < 0)
            return -1;
        room = (int64_t)(head + (above ? all : renew_limit(lane, head)) - tail);
        if (room < 0)
            return 0; /* above the high water */
    }
    room /= LANE_STEP;
    return room < wanted ? room : wanted;
}

/* ---- owning ---- */

static uint64_t next_state(uint64_t owner, uint64_t state)
{
    return (owner & ~(LANE_LEAVING | LANE_ID)) + LANE_VERSION + state;
}

static void halve_needed(struct lane *lane)
{
    uint64_t needed = atomic_load_relaxed_u64(&lane->needed);

    if (needed > LANE_STREAK_LEAST)
        atomic_store_relaxed_u64(&lane->needed, needed / 2);
}

static void learn(struct lane *lane, uint64_t lasted)
{
    uint64_t needed = atomic_load_relaxed_u64(&lane->needed);

    if (lasted < LANE_SHORT * LANE_STEP && needed < LANE_STREAK_MOST)
        atomic_store_relaxed_u64(&lane->needed, needed * 2);
    else if (lasted >= LANE_LONG * LANE_STEP)
        halve_needed(lane);
}

/* Counts a shared claim. */
static void note_streak(struct lane *lane, const struct lane_producer *me, uint64_t streak)
{
    if (lane->restart == NULL)
        return;
    if ((streak & LANE_ID) == me->id) {
        streak += STREAK_ONE;
    } else {
        if (streak / STREAK_ONE >= LANE_BURST)
            halve_needed(lane);
        streak = me->id + STREAK_ONE;
    }
    atomic_store_relaxed_u64(&lane->streak, streak);
}

static bool may_own(const struct lane *lane, const struct lane_producer *me, uint64_t owner,
                    uint64_t streak)
{
    return lane->restart != NULL && me->area != NULL && (streak & LANE_ID) == me->id &&
           streak / STREAK_ONE >= atomic_load_relaxed_u64(&lane->needed) &&
           (owner & (LANE_LEAVING | LANE_ID)) == 0;
}

/* T1 and C2: claims `tickets` behind `tail` and owns the lane. False: neither. */
static bool own(struct lane *lane, const struct lane_producer *me, uint64_t owner, uint64_t tail,
                uint64_t tickets)
{
    uint64_t held = next_state(owner, me->id);

    if (!atomic_cas_u64(&lane->owner, &owner, held))
        return false;
    atomic_store_relaxed_u64(&lane->taken, tail);
    atomic_store_relaxed_u64(&lane->streak, 0);
    if (atomic_cas_u64(&lane->tail, &tail, (tail + tickets) | LANE_OWNED))
        return true;
    (void)atomic_cas_u64(&lane->owner, &held, next_state(held, 0)); /* T4 */
    return false;
}

/* T2, C4, T3, as far as others have not done them. `owner` was read before a tail with bit 0 set.
 * False: the barrier does not work any more. */
static bool lane_expel(struct lane *lane, const struct lane_producer *me, uint64_t owner)
{
    uint64_t tail;

    if ((owner & LANE_ID) == 0)
        return true; /* read again: it was taken meanwhile */
    if ((owner & LANE_LEAVING) == 0) {
        uint64_t leaving = next_state(owner, (owner & LANE_ID) | LANE_LEAVING);

        if (!atomic_cas_u64(&lane->owner, &owner, leaving))
            return true;
        learn(lane, atomic_load_acquire_u64(&lane->tail) - atomic_load_relaxed_u64(&lane->taken));
        owner = leaving;
    }
    /* Other side: os_rseq_store_if. This one's own thread is in no sequence. */
    if ((owner & LANE_ID) != me->id && (lane->restart == NULL || !lane->restart()))
        return false;
    tail = atomic_load_acquire_u64(&lane->tail);
    if (atomic_load_acquire_u64(&lane->owner) != owner)
        return true;
    if ((tail & LANE_OWNED) != 0)
        (void)atomic_cas_u64(&lane->tail, &tail, tail - LANE_OWNED);
    (void)atomic_cas_u64(&lane->owner, &owner, next_state(owner, 0));
    return true;
}

/* ---- claims ---- */

static uint32_t claim(struct lane *lane, const struct lane_producer *me, uint32_t wanted,
                      bool above, uint64_t *first)
{
    uint32_t aborts = 0;

    for (;;) {
        uint64_t owner = atomic_load_acquire_u64(&lane->owner);
        uint64_t tail = atomic_load_acquire_u64(&lane->tail);
        uint64_t ticket = tail & ~(uint64_t)LANE_OWNED;
        uint64_t streak = atomic_load_relaxed_u64(&lane->streak);
        int64_t room = room_for(lane, ticket, wanted, above);
        uint64_t tickets = (uint64_t)room * LANE_STEP;

        if (room == 0)
            return 0;
        if (room < 0)
            continue;
        *first = ticket;
        if (tail != ticket) {
            if ((owner & (LANE_LEAVING | LANE_ID)) == me->held && aborts++ < ABORTS_IN_A_ROW) {
                if (os_rseq_store_if(me->area, &lane->owner, owner, &lane->tail, tail + tickets))
                    return (uint32_t)room;
            } else if (!lane_expel(lane, me, owner)) {
                return 0;
            }
        } else if (may_own(lane, me, owner, streak)) {
            if (own(lane, me, owner, tail, tickets))
                return (uint32_t)room;
        } else if (atomic_cas_u64(&lane->tail, &tail, tail + tickets)) {
            note_streak(lane, me, streak);
            return (uint32_t)room;
        }
    }
}

uint32_t lane_claim_many(struct lane *lane, const struct lane_producer *me, uint32_t wanted,
                         uint64_t *first)
{
    return claim(lane, me, wanted, false, first);
}

bool lane_claim_above(struct lane *lane, const struct lane_producer *me, uint64_t *ticket)
{
    return claim(lane, me, 1, true, ticket) != 0;
}

uint32_t lane_size(const struct lane *lane)
{
    /* head first: read the other way round, it could have overtaken the tail we saw. */
    uint64_t head = atomic_load_acquire_u64(&lane->head);
    uint64_t size = (lane_tail(lane) - head) / LANE_STEP;

    return size < lane->capacity ? (uint32_t)size : lane->capacity;
}
