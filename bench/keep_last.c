/*
 * keep_last.c - what a publish of a `keep last` event costs while the worker is slower: each finds
 * the one before it still waiting and takes its place. Beside it an event of the same fields that
 * is not kept last, whose lane fills meanwhile.
 *
 * So many are published at a stretch while the worker is in a slow handler; then the handler is
 * told to hurry, and the bus runs idle before the next stretch. Only the publishes are timed.
 */
#include <stdio.h>

#include <bus/account.h>

#include "harness.h"
#include "ours.h"
#include "state.bus.h"

enum { STRETCH = 4000, SLOW_NS = 20000, ORDERS = 1000, LANE = 8192 };

static const struct bench_case cases[] = {
    {.name = "keep-last",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "a publish while the handler takes 20 us: of an event of which the last is kept, of "
             "one order and of 1,000 in turn, and of one that is not",
     .count = 400000,
     .threads = true},
    {.name = NULL},
};

struct taker {
    bool hurries;    /* shared */
    uint64_t taken;  /* the worker's, as is what follows */
    uint64_t newest; /* the highest number */
};

static void take(struct taker *taker, uint64_t number)
{
    uint64_t end = now_ns() + SLOW_NS;

    taker->taken++;
    if (number > taker->newest)
        taker->newest = number;
    while (!__atomic_load_n(&taker->hurries, __ATOMIC_RELAXED) && now_ns() < end)
        ;
}

static enum bus_verdict on_moved(void *context, const struct bench_state_order_moved *event,
                                 struct bus_delivery *delivery)
{
    (void)delivery;
    take(context, event->customer_id);
    return BUS_DONE;
}

static enum bus_verdict on_stands(void *context, const struct bench_state_order_stands *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    take(context, event->customer_id);
    return BUS_DONE;
}

/* Both events have the same fields. `customer_id` is the number of the publish. */
static bool publish(struct bus *bus, bool kept, uint64_t order, uint64_t number)
{
    struct bench_order_placed message = message_of(number);

    if (kept)
        return bus_accepted(bench_state_order_stands_publish(
            bus, &(struct bench_state_order_stands){.order_id = order,
                                                    .customer_id = number,
                                                    .quantity = message.quantity,
                                                    .price = message.price,
                                                    .symbol = message.symbol,
                                                    .note = message.note}));
    return bus_accepted(bench_state_order_moved_publish(
        bus, &(struct bench_state_order_moved){.order_id = order,
                                               .customer_id = number,
                                               .quantity = message.quantity,
                                               .price = message.price,
                                               .symbol = message.symbol,
                                               .note = message.note}));
}

/* The mean of all publishes; negative: something went wrong. */
static double measure(struct bus *bus, struct taker *taker, bool kept, uint64_t orders,
                      uint64_t count)
{
    uint64_t number = 0, spent = 0, taken = taker->taken;

    while (number < count) {
        uint64_t begin, end = number + STRETCH;

        __atomic_store_n(&taker->hurries, false, __ATOMIC_RELAXED);
        begin = now_ns();
        for (; number < end; number++)
            if (!publish(bus, kept, number % orders, number))
                return -1;
        spent += now_ns() - begin;
        __atomic_store_n(&taker->hurries, true, __ATOMIC_RELAXED);
        if (bus_wait_idle(bus, 10 * BUS_SECOND) != BUS_OK || taker->newest != number - 1)
            return -1;
    }
    if (kept ? taker->taken - taken > number : taker->taken - taken != number)
        return -1;
    return (double)spent / (double)number;
}

static bool run(uint64_t count, struct figures *figures)
{
    const struct bus_options options = {
        .schema = &bench_state_schema,
        .workers = 1,
        .capacity = {LANE, LANE, LANE, LANE, LANE},
        .durable_without_store = true,
    };
    struct taker taker = {.taken = 0};
    double plain = -1, one = -1, many = -1;
    struct bus *bus = NULL;
    bool right;

    pin_to(PUBLISHER_CPU);
    right = bus_open(&bus, &options) == BUS_OK &&
            bench_state_order_moved_subscribe(bus, on_moved, &taker, NULL) == BUS_OK &&
            bench_state_order_stands_subscribe(bus, on_stands, &taker, NULL) == BUS_OK &&
            bus_start(bus) == BUS_OK;
    if (right) {
        plain = measure(bus, &taker, false, ORDERS, count);
        one = measure(bus, &taker, true, 1, count);
        many = measure(bus, &taker, true, ORDERS, count);
        right = plain >= 0 && one >= 0 && many >= 0;
    }
    if (!right)
        fprintf(stderr, "bench: keep-last: %s\n", bus_last_error());
    figures_add(figures, "not kept", "ns", plain);
    figures_add(figures, "last of one", "ns", one);
    figures_add(figures, "last of 1,000", "ns", many);
    if (bus != NULL && bus_stop(bus, 10 * BUS_SECOND, NULL) != BUS_OK)
        right = false;
    return bus_close(&bus) == BUS_OK && right;
}

static const struct contestant contestants[] = {
    {.bench = "keep-last",
     .name = "busgen",
     .path = "publish of the same six fields, with and without `keep last`; one worker",
     .figures = run},
    {.name = NULL},
};

extern const struct group keep_last_group;
const struct group keep_last_group = {
    .name = "keep-last", .cases = cases, .contestants = contestants};
