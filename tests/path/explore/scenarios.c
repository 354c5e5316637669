/*
 * scenarios.c - the lock-free modules in every order: 2 producers and 1 consumer, wrap-around
 * included.
 *
 *     explore [SCENARIO...]     all without SCENARIO; exit status 1 with the schedule of a finding
 *
 * covers: I3, N3
 */
#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "path/drop_ring.h"
#include "path/lane.h"
#include "path/parking.h"
#include "path/parts.h"
#include "path/pool.h"

enum { STRIDE = 64, MEMORY = 8192 };

static _Alignas(64) uint8_t memory[MEMORY];

static void put(struct cell *cell, uint32_t producer, uint32_t number)
{
    explore_plain(cell, true);
    cell_set(cell, &(struct cell_head){.publisher = producer, .sequence = number});
    cell->origin ^= cell->stamp << 8;
}

static uint32_t number_of(const struct cell *cell)
{
    return cell_sequence(cell);
}

static uint32_t producer_of(const struct cell *cell)
{
    return (uint32_t)((cell->origin ^ cell->stamp << 8) >> 48);
}

/* ---- lane ---- */

static struct lane lane;
static struct lane_producer producers[EXPLORE_FIBERS];
static struct {
    uint32_t capacity;
    uint64_t start;
    uint32_t each[2]; /* messages of the producers */
    uint32_t batch;   /* of producer 1, by claim_many; 0: one by one */
    bool may_own;     /* after one shared claim */
    uint32_t before;  /* messages of producer 0 from before; 2: it owns the lane */
    uint64_t version; /* of the owner word */
} lane_shape;
static bool was_full[EXPLORE_FIBERS]; /* since the fiber's claim began */
static uint32_t next_of[EXPLORE_FIBERS];

static bool lane_is_full(void)
{
    return (lane.tail - lane.head) / LANE_STEP == lane_shape.capacity;
}

static void lane_step(void)
{
    explore_check((lane.tail - lane.head) / LANE_STEP <= lane_shape.capacity,
                  "more claimed than the capacity");
    explore_check((lane.tail & LANE_OWNED) == 0 || (lane.owner & LANE_ID) != 0, "owned by nobody");
    if (lane_is_full())
        for (int i = 0; i < EXPLORE_FIBERS; i++)
            was_full[i] = true;
}

static void lane_produce_one(uint32_t self, uint32_t number)
{
    uint64_t ticket = 0;
    struct cell *cell;

    for (;;) {
        uint64_t since = explore_changes();

        was_full[self] = lane_is_full();
        cell = lane_claim(&lane, &producers[self], &ticket);
        if (cell != NULL)
            break;
        explore_check(was_full[self], "refused although there was room all the time");
        explore_wait_for_change(since);
    }
    put(cell, self, number);
    lane_commit(&lane, ticket);
}

static bool restart(void)
{
    explore_restart();
    return true;
}

static void lane_setup(void)
{
    memset(memory, 0, sizeof memory);
    memset(next_of, 0, sizeof next_of);
    lane_init(&lane, memory, lane_shape.capacity, STRIDE, lane_shape.start);
    for (uint32_t i = 0; i < EXPLORE_FIBERS; i++) {
        lane_producer_init(&producers[i], i + 1);
        lane_producer_adopt(&producers[i]);
    }
    if (!lane_shape.may_own)
        return;
    lane_let_own(&lane, restart);
    lane.needed = 0;
    lane.owner = lane_shape.version * LANE_VERSION;
    for (uint32_t i = 0; i < lane_shape.before; i++)
        lane_produce_one(0, i);
    explore_check(lane_shape.before < 2 || (lane.tail & LANE_OWNED) != 0, "not owned");
}

static void lane_produce_many(uint32_t self)
{
    uint32_t number = 0;

    while (number < lane_shape.each[self]) {
        uint32_t left = lane_shape.each[self] - number;
        uint64_t since = explore_changes();
        uint64_t first = 0;
        uint32_t got;

        was_full[self] = lane_is_full();
        got = lane_claim_many(&lane, &producers[self],
                              left < lane_shape.batch ? left : lane_shape.batch, &first);
        if (got == 0) {
            explore_check(was_full[self], "refused although there was room all the time");
            explore_wait_for_change(since);
        }
        explore_check(got <= lane_shape.batch, "more tickets than asked for");
        for (uint32_t i = 0; i < got; i++)
            put(lane_cell(&lane, first + i * LANE_STEP), self, number++);
        for (uint32_t i = got; i-- > 0;) /* in any order */
            lane_commit(&lane, first + i * LANE_STEP);
    }
}

static void lane_consume_front(const struct cell *cell)
{
    uint32_t producer;

    explore_plain(cell, false);
    producer = producer_of(cell);
    explore_check(producer < 2 && number_of(cell) == next_of[producer]++, "wrong message");
    lane_release(&lane);
}

static void lane_fiber(uint32_t self)
{
    if (self == 1 && lane_shape.batch > 0) {
        lane_produce_many(self);
    } else if (self < 2) {
        for (uint32_t i = self == 0 ? lane_shape.before : 0; i < lane_shape.each[self]; i++)
            lane_produce_one(self, i);
    } else {
        while (next_of[0] + next_of[1] < lane_shape.each[0] + lane_shape.each[1]) {
            uint64_t since = explore_changes();
            struct cell *cell = lane_front(&lane);

            if (cell != NULL)
                lane_consume_front(cell);
            else
                explore_wait_for_change(since);
        }
    }
}

static void lane_end(void)
{
    explore_check(lane_size(&lane) == 0 && lane_front(&lane) == NULL, "something is left");
}

/* ---- drop ring ---- */

static struct drop_ring ring;
static struct {
    uint32_t capacity;
    uint64_t start;
    uint32_t each;
} ring_shape;
static uint8_t fate[2][8];
static uint32_t last_seen[EXPLORE_FIBERS][2];
static uint32_t producers_left;

static void ring_setup(void)
{
    memset(memory, 0, sizeof memory);
    memset(fate, 0, sizeof fate);
    memset(last_seen, 0, sizeof last_seen);
    producers_left = 2;
    drop_ring_init(&ring, memory, ring_shape.capacity, STRIDE, ring_shape.start);
}

static void ring_step(void)
{
    explore_check(ring.tail - ring.head <= ring_shape.capacity, "more claimed than the capacity");
}

static bool ring_take(uint32_t self)
{
    _Alignas(64) struct cell copy[2];
    uint32_t producer;
    uint32_t number;

    if (!drop_ring_take(&ring, copy))
        return false;
    producer = producer_of(copy);
    number = number_of(copy);
    explore_check(producer < 2 && number < ring_shape.each, "torn message");
    explore_check(fate[producer][number]++ == 0, "doubled message");
    explore_check(number + 1 > last_seen[self][producer], "out of order");
    last_seen[self][producer] = number + 1;
    return true;
}

static void ring_fiber(uint32_t self)
{
    if (self == 2) {
        for (;;) {
            uint64_t since = explore_changes();
            bool last = producers_left == 0;

            if (!ring_take(self)) {
                if (last)
                    return;
                explore_wait_for_change(since);
            }
        }
    }
    for (uint32_t i = 0; i < ring_shape.each; i++) {
        uint64_t ticket = 0;
        uint64_t since = explore_changes();
        struct cell *cell;

        while ((cell = drop_ring_claim(&ring, &ticket)) == NULL) {
            if (!ring_take(self))
                explore_wait_for_change(since);
            since = explore_changes();
        }
        put(cell, self, i);
        drop_ring_commit(&ring, ticket);
    }
    producers_left--;
    explore_store(&memory[MEMORY - 8], 8,
                  producers_left); /* a change that the consumer may wait for */
}

static void ring_end(void)
{
    for (uint32_t p = 0; p < 2; p++)
        for (uint32_t i = 0; i < ring_shape.each; i++)
            explore_check(fate[p][i] == 1, "lost message");
    explore_check(drop_ring_size(&ring) == 0, "something is left");
}

/* ---- parking ---- */

static struct parking parking;
static bool barrier_works;
static uint32_t parking_each;

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

static void parking_setup(void)
{
    lane_setup();
    parking_init(&parking, &os, -1);
}

static void parking_fiber(uint32_t self)
{
    if (self < 2) {
        for (uint32_t i = 0; i < parking_each; i++) {
            uint64_t ticket = 0;
            struct cell *cell = lane_claim(&lane, &producers[self], &ticket);

            put(cell, self, i);
            lane_commit(&lane, ticket);
            parking_wake(&parking);
        }
        return;
    }
    while (next_of[0] + next_of[1] < 2 * parking_each) {
        struct cell *cell = lane_front(&lane);

        if (cell != NULL) {
            lane_consume_front(cell);
            continue;
        }
        parking_prepare(&parking);
        if (lane_empty_hint(&lane))
            parking_wait(&parking, UINT64_MAX);
        else
            parking_cancel(&parking);
    }
}

/* ---- pool ---- */

static struct pool pool;
static uint8_t owner[8];

static void pool_setup(void)
{
    memset(memory, 0, sizeof memory);
    memset(owner, 0, sizeof owner);
    /* Two blocks of 512 bytes: every block comes back at once. */
    pool_init(&pool, memory, pool_bytes_needed(512) + 512 + 64, 512);
    explore_check(pool.classes[0].count == 2, "the scenario has two blocks");
}

static uint8_t *take(void)
{
    uint8_t *block = pool_take(&pool, 100);

    if (block != NULL) {
        explore_check(owner[(block - memory) / 512]++ == 0, "a block with two owners");
        explore_plain(block, true);
    }
    return block;
}

static void give(uint8_t *block)
{
    if (block != NULL)
        owner[(block - memory) / 512]--;
    pool_give(&pool, block);
}

static void pool_fiber(uint32_t self)
{
    uint8_t *a = take();
    uint8_t *b = NULL;

    if (self == 1)
        b = take(); /* takes both, gives back the first: ABA for a fiber stopped in its take */
    give(a);
    if (self == 2)
        give(take());
    give(b);
}

static void pool_end(void)
{
    explore_check(pool_used_bytes(&pool) == 0, "a block is missing");
    explore_check(pool_take(&pool, 1) != NULL && pool_take(&pool, 1) != NULL &&
                      pool_take(&pool, 1) == NULL,
                  "the free list is broken");
}

/* ---- parts ---- */

static struct parts parts;
static uint32_t parts_popped;
static uint8_t parts_seen[4];

static void parts_setup(void)
{
    memset(memory, 0, sizeof memory);
    memset(parts_seen, 0, sizeof parts_seen);
    parts_popped = 0;
    parts_init(&parts, memory, 2);
}

/* Fiber 0 pushes three parts and fiber 1 one, into two places; fibers 2 and 3 pop. */
static void parts_fiber(uint32_t self)
{
    uint32_t first = self == 0 ? 0 : 3;
    uint32_t last = self == 0 ? 3 : 4;

    for (uint32_t i = first; self < 2 && i < last; i++) {
        uint64_t since = explore_changes();

        while (!parts_push(&parts, (struct part){&parts, i})) {
            explore_wait_for_change(since);
            since = explore_changes();
        }
    }
    while (self >= 2) {
        uint64_t since = explore_changes();
        struct part part;

        if (parts_popped == 4)
            return;
        if (!parts_pop(&parts, &part)) {
            explore_wait_for_change(since);
            continue;
        }
        explore_check(part.group == &parts && part.index < 4, "torn part");
        explore_check(parts_seen[part.index]++ == 0, "doubled part");
        explore_store(&memory[MEMORY - 8], 8, ++parts_popped);
    }
}

static void parts_end(void)
{
    explore_check(parts_popped == 4 && parts_empty_hint(&parts), "lost part");
}

/* ---- all of them ---- */

static void lane_of(uint32_t capacity, uint64_t start, uint32_t each, uint32_t batch)
{
    lane_shape.capacity = capacity;
    lane_shape.start = start;
    lane_shape.each[0] = each;
    lane_shape.each[1] = each;
    lane_shape.batch = batch;
    lane_shape.may_own = false;
    lane_shape.before = 0;
    lane_shape.version = 0;
}

static void shape_lane_one(void)
{
    lane_of(1, 0, 1, 0);
}

static void shape_lane_again(void)
{
    lane_of(1, 0, 2, 0);
}

/* Producer 0 may see a tail that is older than the head. */
static void shape_lane_stale(void)
{
    lane_of(2, 0, 1, 0);
    lane_shape.each[1] = 3;
}

static void shape_lane_three(void)
{
    lane_of(3, INT64_MAX - 1, 2, 0);
}

static void shape_lane_turn(void)
{
    lane_of(2, INT32_MAX - 1, 2, 0);
}

static void shape_lane_batch(void)
{
    lane_of(3, INT32_MAX - 2, 2, 2);
}

/* Producer 0 owns the lane; producer 1 expels it. */
static void shape_lane_expel(void)
{
    lane_of(4, INT64_MAX - 1, 3, 0);
    lane_shape.each[1] = 1;
    lane_shape.may_own = true;
    lane_shape.before = 2;
    lane_shape.version = UINT64_MAX;
}

static void shape_ring_one(void)
{
    ring_shape.capacity = 1;
    ring_shape.start = UINT64_MAX - 1;
    ring_shape.each = 2;
}

static void shape_ring_two(void)
{
    ring_shape.capacity = 2;
    ring_shape.start = UINT32_MAX;
    ring_shape.each = 2;
}

static void shape_ring_three(void)
{
    ring_shape.capacity = 3;
    ring_shape.start = 0;
    ring_shape.each = 2;
}

static void shape_parking(void)
{
    lane_of(8, 0, 1, 0);
    barrier_works = true;
    parking_each = 1;
}

static void shape_fences(void)
{
    shape_parking();
    barrier_works = false;
}

static void shape_nothing(void)
{
}

struct entry {
    void (*shape)(void);
    struct scenario scenario;
};

static const struct entry entries[] = {
    {shape_lane_one, {"lane-1", 3, 3, 1, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_again, {"lane-again", 3, 2, 0, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_stale, {"lane-stale", 3, 2, 0, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_three, {"lane-3", 3, 2, 1, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_turn, {"lane-turn", 3, 3, 0, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_batch, {"lane-batch", 3, 2, 1, 0, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_lane_expel, {"lane-expel", 3, 2, 1, 1, lane_setup, lane_fiber, lane_step, lane_end}},
    {shape_ring_one, {"drop-ring-1", 3, 2, 0, 0, ring_setup, ring_fiber, ring_step, ring_end}},
    {shape_ring_two, {"drop-ring-2", 3, 3, 0, 0, ring_setup, ring_fiber, ring_step, ring_end}},
    {shape_ring_three, {"drop-ring-3", 3, 2, 0, 0, ring_setup, ring_fiber, ring_step, ring_end}},
    {shape_parking, {"parking", 3, 3, 1, 0, parking_setup, parking_fiber, lane_step, lane_end}},
    {shape_fences,
     {"parking-fence", 3, 3, 1, 0, parking_setup, parking_fiber, lane_step, lane_end}},
    {shape_nothing, {"pool", 3, 3, 0, 0, pool_setup, pool_fiber, NULL, pool_end}},
    {shape_nothing, {"parts", 4, 1, 0, 0, parts_setup, parts_fiber, NULL, parts_end}},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const struct entry *entry = &entries[i];
        bool wanted = argc < 2;
        uint64_t schedules;

        for (int a = 1; a < argc; a++)
            wanted = wanted || strcmp(argv[a], entry->scenario.name) == 0;
        if (!wanted)
            continue;
        entry->shape();
        schedules = explore(&entry->scenario);
        printf("%-14s %10llu schedules, 0 findings\n", entry->scenario.name,
               (unsigned long long)schedules);
        fflush(stdout);
    }
    return 0;
}
