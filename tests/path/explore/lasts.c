/*
 * lasts.c - the table of `keep last` in every order: several publish the same keys, in one chain,
 * while the worker takes. Each message is taken or replaced, once, by whom it belongs to then, and
 * nobody sees an older one of a publisher and key after a newer one.
 *
 * covers: D9, I3
 */
#include "scenarios.h"

#include "path/last.h"

enum { PUTS = 3, PUBLISHERS_MOST = 3, LANE = PUBLISHERS_MOST * PUTS + 4 };

struct last_shape {
    uint32_t publishers;                  /* fibers; the worker is behind them */
    uint64_t keys[PUBLISHERS_MOST][PUTS]; /* 0: no more */
};

struct message {
    _Alignas(64) uint8_t text[64];
    uint64_t key;
    uint32_t publisher, number;
};

static const struct last_shape *shape;
static struct last_table table;
static struct message messages[PUBLISHERS_MOST][PUTS];
static uint32_t fates[PUBLISHERS_MOST][PUTS];
static uint32_t last_number[PUBLISHERS_MOST][4];
static uint32_t ended;
/* The lane: its cells in the order of their claims. */
static uint32_t tail;
static uint64_t cells[LANE]; /* 0: not committed; 1: skip; else the key + 2 */

static uint32_t puts_of(uint32_t publisher)
{
    uint32_t count = 0;

    while (count < PUTS && shape->keys[publisher][count] != 0)
        count++;
    return count;
}

static uint32_t puts_of_all(void)
{
    uint32_t i, count = 0;

    for (i = 0; i < shape->publishers; i++)
        count += puts_of(i);
    return count;
}

static void last_setup(const void *of)
{
    shape = of;
    memset(memory, 0, sizeof memory);
    memset(messages, 0, sizeof messages);
    memset(fates, 0, sizeof fates);
    memset(last_number, 0, sizeof last_number);
    memset(cells, 0, sizeof cells);
    tail = ended = 0;
    last_init(&table, memory, 0, 3, 0); /* one bucket */
}

/* It belongs to the caller now; what is seen of one publisher and key only goes on. */
static void ends(struct message *message, bool taken)
{
    explore_plain(message->text, true);
    explore_check(fates[message->publisher][message->number]++ == 0, "a message ended twice");
    if (taken) {
        uint32_t *last = &last_number[message->publisher][message->key];

        explore_check(*last <= message->number, "an older message came after a newer one");
        *last = message->number + 1;
    }
    atomic_fetch_add_u32(&ended, 1);
}

static void put(struct message *message)
{
    void *old;

    if (last_replace(&table, message->key, 0, message, &old)) {
        ends(old, false);
        return;
    }
    uint32_t place = atomic_fetch_add_u32(&tail, 1);

    explore_check(place < LANE, "the lane is too short");
    for (;;) {
        enum last_added added = last_add(&table, message->key, 0, message);

        explore_check(added != LAST_FULL, "the chain is full");
        if (added == LAST_ADDED) {
            atomic_store_release_u64(&cells[place], message->key + 2);
            return;
        }
        if (last_replace(&table, message->key, 0, message, &old)) {
            atomic_store_release_u64(&cells[place], 1);
            ends(old, false);
            return;
        }
    }
}

static void work(void)
{
    for (uint32_t head = 0; head < LANE;) {
        uint64_t since = explore_changes(), cell = atomic_load_acquire_u64(&cells[head]);

        if (cell == 0 && atomic_load_acquire_u32(&ended) == puts_of_all())
            break;
        if (cell == 0) {
            explore_wait_for_change(since);
            continue;
        }
        head++;
        if (cell == 1)
            continue;
        struct message *message = last_take(&table, cell - 2, 0);

        explore_check(message != NULL, "a cell without a message");
        ends(message, true);
    }
}

static void last_fiber(uint32_t self)
{
    if (self == shape->publishers) {
        work();
        return;
    }
    for (uint32_t i = 0; i < puts_of(self); i++) {
        struct message *message = &messages[self][i];

        explore_plain(message->text, true);
        message->key = shape->keys[self][i];
        message->publisher = self;
        message->number = i;
        put(message);
    }
}

static void last_end(void)
{
    explore_check(ended == puts_of_all(), "a message is missing");
    for (uint64_t key = 1; key < 4; key++)
        explore_check(last_look(&table, key, 0) == NULL, "an entry is left");
    /* Each node is free again. */
    uint32_t free = 0;

    for (uint32_t at = (uint32_t)table.free; at != 0; at = table.nodes[at - 1].next)
        free++;
    explore_check(free == table.used, "a node is lost");
}

static const struct last_shape same = {2, {{1, 1}, {1}}};
static const struct last_shape chain = {2, {{1, 2}, {2, 1}}};
static const struct last_shape own = {1, {{1, 2, 1}}};
static const struct last_shape three = {3, {{1}, {2}, {1}}};

const struct scenario last_scenarios[] = {
    {"last-1", 2, 3, 1, 0, 0, &own, last_setup, last_fiber, NULL, last_end},
    {"last-2", 3, 2, 1, 1, 0, &same, last_setup, last_fiber, NULL, last_end},
    {"last-chain", 3, 2, 1, 0, 0, &chain, last_setup, last_fiber, NULL, last_end},
    {"last-3", 4, 2, 0, 0, 0, &three, last_setup, last_fiber, NULL, last_end},
    {.name = NULL},
};
