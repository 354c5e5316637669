/*
 * scenarios.c - the lock-free modules in every order: 2 producers and 1 consumer, wrap-around
 * included.
 *
 *     explore [--long] [SCENARIO...]
 *
 * All without SCENARIO; --long allows more preemptions where that takes minutes. Exit status 1 with
 * the schedule of a finding.
 *
 * covers: I3, N3
 */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>

#include "path/drop_ring.h"
#include "path/parts.h"
#include "path/pool.h"

_Alignas(64) uint8_t memory[MEMORY];

void message_put(struct cell *cell, uint32_t producer, uint32_t number)
{
    explore_plain(cell, true);
    cell_set(cell, &(struct cell_head){.publisher = producer, .sequence = number});
    cell->origin ^= cell->stamp << 8;
}

uint32_t message_number(const struct cell *cell)
{
    return cell_sequence(cell);
}

uint32_t message_producer(const struct cell *cell)
{
    return (uint32_t)((cell->origin ^ cell->stamp << 8) >> 48);
}

/* ---- drop ring ---- */

static struct drop_ring ring;
struct ring_shape {
    uint32_t capacity;
    uint64_t start;
    uint32_t producers;
    uint32_t each;
};

static const struct ring_shape *ring_shape;
static uint8_t fate[2][8];
static uint32_t last_seen[EXPLORE_FIBERS][2];

static void ring_setup(const void *shape)
{
    ring_shape = shape;
    memset(memory, 0, sizeof memory);
    memset(fate, 0, sizeof fate);
    memset(last_seen, 0, sizeof last_seen);
    drop_ring_init(&ring, memory, ring_shape->capacity, STRIDE, ring_shape->start);
}

static void ring_step(void)
{
    explore_check(ring.tail - ring.head <= ring_shape->capacity, "more claimed than the capacity");
}

static bool ring_take(uint32_t self)
{
    _Alignas(64) struct cell copy[2];
    uint32_t producer;
    uint32_t number;

    if (!drop_ring_take(&ring, copy))
        return false;
    producer = message_producer(copy);
    number = message_number(copy);
    explore_check(producer < 2 && number < ring_shape->each, "torn message");
    explore_check(fate[producer][number]++ == 0, "doubled message");
    explore_check(number + 1 > last_seen[self][producer], "out of order");
    last_seen[self][producer] = number + 1;
    return true;
}

/* Words behind the ring: producers set theirs when they have ended. */
static uint64_t *ended_word(uint32_t producer)
{
    return (uint64_t *)(void *)&memory[MEMORY - 16 + 8 * producer];
}

static void ring_consume(uint32_t self)
{
    for (;;) {
        uint64_t since = explore_changes();
        bool last = true;

        for (uint32_t p = 0; p < ring_shape->producers; p++)
            last = last && explore_load(ended_word(p), 8) == 1;
        if (ring_take(self))
            continue;
        if (last)
            return;
        explore_wait_for_change(since);
    }
}

static void ring_fiber(uint32_t self)
{
    if (self == ring_shape->producers) {
        ring_consume(self);
        return;
    }
    for (uint32_t i = 0; i < ring_shape->each; i++) {
        uint64_t ticket = 0;
        uint64_t since = explore_changes();
        struct cell *cell;

        while ((cell = drop_ring_claim(&ring, &ticket)) == NULL) {
            if (!ring_take(self))
                explore_wait_for_change(since);
            since = explore_changes();
        }
        message_put(cell, self, i);
        drop_ring_commit(&ring, ticket);
    }
    explore_store(ended_word(self), 8, 1);
}

static void ring_end(void)
{
    for (uint32_t p = 0; p < ring_shape->producers; p++)
        for (uint32_t i = 0; i < ring_shape->each; i++)
            explore_check(fate[p][i] == 1, "lost message");
    explore_check(drop_ring_size(&ring) == 0, "something is left");
}

/* ---- pool ---- */

static struct pool pool;
static uint8_t owner[8];

static void pool_setup(const void *shape)
{
    (void)shape;
    memset(memory, 0, sizeof memory);
    memset(owner, 0, sizeof owner);
    /* Two blocks of 512 bytes: every block comes back at once. */
    pool_init(&pool, memory, pool_bytes_needed(512) + 512 + 64, 512, NULL);
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

struct parts_shape {
    uint32_t places;
    uint32_t each[2]; /* pushed by fibers 0 and 1; the others pop */
};

static struct parts parts;
static const struct parts_shape *parts_shape;
static uint32_t parts_all;
static uint32_t parts_popped;
static uint8_t parts_seen[4];

static void parts_setup(const void *shape)
{
    parts_shape = shape;
    memset(memory, 0, sizeof memory);
    memset(parts_seen, 0, sizeof parts_seen);
    parts_all = parts_shape->each[0] + parts_shape->each[1];
    parts_popped = 0;
    parts_init(&parts, memory, parts_shape->places);
}

static void push_all(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        uint64_t since = explore_changes();

        while (!parts_push(&parts, (struct part){&parts, i})) {
            explore_wait_for_change(since);
            since = explore_changes();
        }
    }
}

static void parts_fiber(uint32_t self)
{
    if (self < 2) {
        push_all(self == 0 ? 0 : parts_shape->each[0], parts_shape->each[self]);
        return;
    }
    for (;;) {
        uint64_t since = explore_changes();
        struct part part;

        if (parts_popped == parts_all)
            return;
        if (!parts_pop(&parts, &part)) {
            explore_wait_for_change(since);
            continue;
        }
        explore_check(part.group == &parts && part.index < parts_all, "torn part");
        explore_check(parts_seen[part.index]++ == 0, "doubled part");
        explore_store(&memory[MEMORY - 8], 8, ++parts_popped);
    }
}

static void parts_end(void)
{
    explore_check(parts_popped == parts_all && parts_empty_hint(&parts), "lost part");
}

/* ---- all of them ---- */

static const struct ring_shape ring_one = {1, UINT64_MAX - 1, 2, 2};
static const struct ring_shape ring_two = {2, UINT32_MAX, 2, 2};
static const struct ring_shape ring_three = {3, 0, 2, 2};
static const struct ring_shape ring_once = {1, UINT32_MAX, 2, 1};
static const struct parts_shape parts_many = {2, {3, 1}};
static const struct parts_shape parts_few = {2, {2, 1}};

static const struct scenario scenarios[] = {
    {"drop-ring-1", 3, 2, 1, 0, 0, &ring_one, ring_setup, ring_fiber, ring_step, ring_end},
    {"drop-ring-2", 3, 3, 0, 0, 0, &ring_two, ring_setup, ring_fiber, ring_step, ring_end},
    {"drop-ring-3", 3, 3, 0, 0, 0, &ring_three, ring_setup, ring_fiber, ring_step, ring_end},
    {"drop-ring-tso", 3, 2, 1, 1, 0, &ring_once, ring_setup, ring_fiber, ring_step, ring_end},
    {"pool", 3, 3, 0, 0, 0, NULL, pool_setup, pool_fiber, NULL, pool_end},
    {"parts-4", 4, 1, 1, 0, 0, &parts_many, parts_setup, parts_fiber, NULL, parts_end},
    {"parts-3", 3, 3, 0, 1, 0, &parts_few, parts_setup, parts_fiber, NULL, parts_end},
    {.name = NULL},
};

static bool is_wanted(const struct scenario *scenario, int argc, char **argv)
{
    int names = 0;

    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        if (strcmp(argv[i], scenario->name) == 0)
            return true;
        names++;
    }
    return names == 0;
}

static bool run(const struct scenario *scenarios_of, int argc, char **argv)
{
    bool deep = false;
    bool some = false;

    for (int i = 1; i < argc; i++)
        deep = deep || strcmp(argv[i], "--long") == 0;
    for (; scenarios_of->name != NULL; scenarios_of++) {
        struct scenario scenario = *scenarios_of;
        uint64_t schedules;

        if (!is_wanted(&scenario, argc, argv))
            continue;
        if (deep)
            scenario.preemptions += scenario.deeper;
        schedules = explore(&scenario);
        printf("%-14s %" PRIu32 " fibers, %" PRIu32 " preemptions, %" PRIu32 " delays: %" PRIu64
               " schedules, 0 findings\n",
               scenario.name, scenario.fibers, scenario.preemptions, scenario.delays, schedules);
        fflush(stdout);
        some = true;
    }
    return some;
}

int main(int argc, char **argv)
{
    bool lanes = run(lane_scenarios, argc, argv);
    bool breakers = run(breaker_scenarios, argc, argv);
    bool mails = run(mail_scenarios, argc, argv);
    bool lasts = run(last_scenarios, argc, argv);
    bool others = run(scenarios, argc, argv);

    if (!lanes && !breakers && !mails && !lasts && !others)
        fprintf(stderr, "no such scenario\n");
    return lanes || breakers || mails || lasts || others ? 0 : 2;
}
