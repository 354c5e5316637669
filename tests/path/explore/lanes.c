/*
 * lanes.c - the lane in every order: shared and owned, expulsions and who helps with them,
 * wrap-around; and the sleep and wake around it.
 *
 * covers: I3, N3
 */
#include "scenarios.h"

#include "path/lane.h"
#include "path/parking.h"

struct lane_shape {
    uint32_t capacity;
    uint64_t start;
    uint32_t producers; /* fibers; a fiber behind them is the consumer */
    uint32_t each[3];   /* messages of the producers, those from before included */
    uint32_t batch;     /* of producer 1, by claim_many; 0: one by one */
    bool may_own;       /* after one shared claim */
    uint32_t before;    /* messages of producer 0 from before; 2: it owns the lane */
    uint64_t version;   /* of the owner word */
    uint32_t high;      /* 0: never pressed */
    uint32_t low;
};

static struct lane lane;
static struct lane_producer producers[EXPLORE_FIBERS];
static const struct lane_shape *shape;
static bool was_full[EXPLORE_FIBERS]; /* since the fiber's claim began */
static uint32_t next_of[EXPLORE_FIBERS];

static bool lane_is_full(void)
{
    return (lane.tail - lane.head) / LANE_STEP == shape->capacity;
}

static void lane_step(void)
{
    uint64_t owner = lane.owner;

    explore_check((lane.tail - lane.head) / LANE_STEP <= shape->capacity,
                  "more claimed than the capacity");
    explore_check((lane.tail & LANE_OWNED) == 0 || (owner & LANE_ID) != 0, "owned by nobody");
    if (lane_is_full())
        for (int i = 0; i < EXPLORE_FIBERS; i++)
            was_full[i] = true;
}

static bool restart(void)
{
    explore_restart();
    return true;
}

static void commit_many(uint32_t self, uint64_t first, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++)
        message_put(lane_cell(&lane, first + i * LANE_STEP), self, number + i);
    for (uint32_t i = count; i-- > 0;) /* in any order */
        lane_commit(&lane, first + i * LANE_STEP);
}

/* What follows a claim that would reach the high water. */
static bool claim_above(uint32_t self, uint64_t *ticket)
{
    if (shape->high == 0 || !lane_claim_above(&lane, &producers[self], ticket))
        return false;
    (void)lane_press(&lane);
    return true;
}

static void produce(uint32_t self, uint32_t number)
{
    uint32_t batch = self == 1 ? shape->batch : 0;

    while (number < shape->each[self]) {
        uint32_t left = shape->each[self] - number;
        uint32_t wanted = batch == 0 ? 1 : left < batch ? left : batch;
        uint64_t since = explore_changes();
        uint64_t first = 0;
        uint32_t got;

        was_full[self] = lane_is_full();
        if (batch == 0)
            got = lane_claim(&lane, &producers[self], &first) != NULL || claim_above(self, &first);
        else
            got = lane_claim_many(&lane, &producers[self], wanted, &first);
        explore_check(got <= wanted, "more tickets than asked for");
        explore_check(first % LANE_STEP == 0, "an odd ticket");
        explore_check(got > 0 || was_full[self], "refused although there was room all the time");
        if (got == 0)
            explore_wait_for_change(since);
        commit_many(self, first, got, number);
        number += got;
    }
}

static void lane_setup(const void *argument)
{
    shape = argument;
    memset(memory, 0, sizeof memory);
    memset(next_of, 0, sizeof next_of);
    lane_init(&lane, memory, shape->capacity, STRIDE, shape->start);
    if (shape->high != 0)
        lane_set_water(&lane, shape->high, shape->low);
    for (uint32_t i = 0; i < EXPLORE_FIBERS; i++) {
        lane_producer_init(&producers[i], i + 1);
        lane_producer_adopt(&producers[i]);
    }
    if (shape->may_own) {
        lane_let_own(&lane, restart);
        lane.needed = 0;
        lane.owner = shape->version * LANE_VERSION;
    }
    for (uint32_t i = 0; i < shape->before; i++) {
        uint64_t ticket = 0;

        explore_check(lane_claim(&lane, &producers[0], &ticket) != NULL || claim_above(0, &ticket),
                      "no room");
        commit_many(0, ticket, 1, i);
    }
    explore_check(!shape->may_own || shape->before < 2 || (lane.tail & LANE_OWNED) != 0,
                  "not owned");
    explore_check(shape->high == 0 || lane.pressed == (shape->before >= shape->high),
                  "not pressed");
}

/* The front, if there is one. */
static bool consume(void)
{
    struct cell *cell = lane_front(&lane);
    uint32_t producer;

    if (cell == NULL)
        return false;
    explore_plain(cell, false);
    producer = message_producer(cell);
    explore_check(producer < shape->producers && message_number(cell) == next_of[producer]++,
                  "wrong message");
    lane_release(&lane);
    if (shape->high != 0 && lane_is_pressed(&lane))
        (void)lane_relieve(&lane);
    return true;
}

static bool all_came(void)
{
    for (uint32_t i = 0; i < shape->producers; i++)
        if (next_of[i] != shape->each[i])
            return false;
    return true;
}

static void lane_fiber(uint32_t self)
{
    if (self < shape->producers) {
        produce(self, self == 0 ? shape->before : 0);
        return;
    }
    while (!all_came()) {
        uint64_t since = explore_changes();

        if (!consume())
            explore_wait_for_change(since);
    }
}

static void lane_end(void)
{
    while (consume())
        continue;
    explore_check(all_came() && lane_size(&lane) == 0, "a message is missing");
    explore_check((lane.owner & LANE_LEAVING) == 0, "an expulsion without an end");
    if (shape->high == 0)
        return;
    explore_check(lane.pressed == 0, "empty and pressed");
    explore_check((int64_t)(lane.limit - lane.head) <= (int64_t)(shape->high - 1) * LANE_STEP,
                  "the next high water will not be seen");
}

/* ---- parking ---- */

static struct parking parking;
static bool barrier_works;

static bool os_barrier(void *context)
{
    (void)context;
    if (explore_inside() && barrier_works)
        explore_barrier();
    return barrier_works;
}

static bool os_wait(void *context, const bus_os_word *word, bus_os_word expected,
                    uint64_t deadline_ns)
{
    (void)context;
    (void)deadline_ns;
    explore_futex_wait(word, expected);
    return true;
}

static void os_wake(void *context, const bus_os_word *word, bool all)
{
    (void)context;
    (void)all;
    explore_futex_wake(word);
}

static const struct bus_os os = {.barrier = os_barrier, .wait = os_wait, .wake = os_wake};

static void parking_setup(const void *argument)
{
    lane_setup(argument);
    barrier_works = true;
    parking_init(&parking, &os, -1);
}

static void fences_setup(const void *argument)
{
    lane_setup(argument);
    barrier_works = false;
    parking_init(&parking, &os, -1);
}

static void parking_fiber(uint32_t self)
{
    if (self < shape->producers) {
        produce(self, self == 0 ? shape->before : 0);
        parking_wake(&parking);
        return;
    }
    while (!all_came()) {
        if (consume())
            continue;
        parking_prepare(&parking);
        if (lane_empty_hint(&lane))
            parking_wait(&parking, UINT64_MAX);
        else
            parking_cancel(&parking);
    }
}

/* ---- all of them ---- */

#define NEAR_32 (INT32_MAX - 1)           /* the second ticket is behind 2^32 */
#define NEAR_64 ((uint64_t)INT64_MAX - 1) /* 2^64 */

static const struct lane_shape one = {1, 0, 2, {1, 1}, 0, false, 0, 0, 0, 0};
static const struct lane_shape again = {1, 0, 2, {2, 2}, 0, false, 0, 0, 0, 0};
/* Producer 0 may see a tail that is older than the head. */
static const struct lane_shape stale = {2, 0, 2, {1, 3}, 0, false, 0, 0, 0, 0};
static const struct lane_shape three = {3, NEAR_64, 2, {2, 2}, 0, false, 0, 0, 0, 0};
static const struct lane_shape turn = {2, NEAR_32, 2, {2, 1}, 0, false, 0, 0, 0, 0};
static const struct lane_shape batch = {3, NEAR_32, 2, {2, 2}, 2, false, 0, 0, 0, 0};
static const struct lane_shape sleeper = {8, 0, 2, {1, 1}, 0, false, 0, 0, 0, 0};

/* Nearly full at first, then no longer, and perhaps again. */
static const struct lane_shape water = {8, 0, 1, {3}, 0, false, 2, 0, 2, 1};
static const struct lane_shape waters = {8, NEAR_64, 2, {3, 1}, 0, false, 2, 0, 2, 0};
/* Full. */
static const struct lane_shape flood = {2, 0, 1, {3}, 0, false, 2, 0, 2, 0};
/* Nearly full by and by. */
static const struct lane_shape rising = {2, 0, 2, {1, 1}, 0, false, 0, 0, 2, 1};
static const struct lane_shape own_water = {8, 0, 1, {4}, 0, true, 3, 0, 3, 1};

/* Producer 0 owns the lane, producer 1 expels it. */
static const struct lane_shape expel = {8, NEAR_64, 2, {4, 1}, 0, true, 2, UINT64_MAX, 0, 0};
/* The same before the eyes of the consumer, in a lane that is full. */
static const struct lane_shape full = {2, NEAR_32, 2, {3, 1}, 0, true, 2, 7, 0, 0};
static const struct lane_shape few = {2, NEAR_64, 2, {3, 1}, 0, true, 2, UINT64_MAX, 0, 0};
/* Two expel it, each may do what the other began. */
static const struct lane_shape help = {8, 0, 3, {3, 1, 1}, 0, true, 2, 0, 0, 0};
/* One who expels is overtaken by another, who owns it next. */
static const struct lane_shape late = {8, 0, 3, {2, 1, 3}, 0, true, 2, 0, 0, 0};
/* The expelled one owns it again before the last of those who expelled it has noticed. */
static const struct lane_shape twice = {8, 0, 3, {4, 1, 1}, 0, true, 2, 0, 0, 0};
/* It comes back: who expelled it owns, and is expelled. */
static const struct lane_shape back = {8, 0, 2, {4, 3}, 0, true, 2, 0, 0, 0};
/* Nobody owns at first. */
static const struct lane_shape begin = {8, 0, 2, {3, 3}, 0, true, 0, 0, 0, 0};
static const struct lane_shape batches = {16, NEAR_32, 2, {3, 6}, 2, true, 2, 0, 0, 0};

#define LANE lane_setup, lane_fiber, lane_step, lane_end

const struct scenario lane_scenarios[] = {
    {"lane-1", 3, 3, 0, 1, 0, &one, LANE},
    {"lane-again", 3, 2, 1, 0, 0, &again, LANE},
    {"lane-stale", 3, 3, 0, 0, 0, &stale, LANE},
    {"lane-3", 3, 2, 1, 1, 0, &three, LANE},
    {"lane-turn", 3, 3, 0, 0, 0, &turn, LANE},
    {"lane-batch", 3, 2, 1, 1, 0, &batch, LANE},
    {"lane-high", 2, 3, 1, 1, 0, &water, LANE},
    {"lane-higher", 3, 2, 1, 0, 0, &waters, LANE},
    {"lane-flood", 2, 3, 1, 1, 0, &flood, LANE},
    {"lane-rising", 3, 2, 1, 1, 0, &rising, LANE},
    {"owned-high", 2, 3, 1, 1, 0, &own_water, LANE},
    {"owned-expel", 2, 3, 1, 1, 1, &expel, LANE},
    {"owned-full", 3, 2, 1, 1, 0, &full, LANE},
    {"owned-three", 3, 3, 0, 0, 0, &few, LANE},
    {"owned-help", 3, 2, 1, 1, 0, &help, LANE},
    {"owned-late", 3, 3, 0, 0, 0, &late, LANE},
    {"owned-again", 3, 3, 0, 0, 0, &twice, LANE},
    {"owned-back", 2, 3, 1, 1, 1, &back, LANE},
    {"owned-begin", 2, 2, 1, 1, 1, &begin, LANE},
    {"owned-batch", 2, 3, 1, 1, 1, &batches, LANE},
    {"parking", 3, 3, 0, 1, 0, &sleeper, parking_setup, parking_fiber, lane_step, lane_end},
    {"parking-fence", 3, 3, 0, 1, 0, &sleeper, fences_setup, parking_fiber, lane_step, lane_end},
    {.name = NULL},
};
