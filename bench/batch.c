/*
 * batch.c - what a batch handler gains: events of one handler, one by one and a hundred in a call,
 * with a handler that does nothing else, and with one that makes a system call in each call.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "ours.h"

enum { LOT = 1000, BATCH = 100 };

static const struct bench_case cases[] = {
    {.name = "batch",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "an event through a handler for one, and for a hundred: which only reads it, and "
             "which also makes one system call",
     .count = 2000000},
    {.name = NULL},
};

/* How the events get to the handler. */
enum way { ONE_BY_ONE, FROM_THE_LANE, HAVING_WAITED };

struct taker {
    uint64_t taken;
    uint64_t sum;
    int file; /* -1: no system call */
};

static void finish_call(const struct taker *taker)
{
    if (taker->file >= 0 && write(taker->file, "x", 1) != 1)
        fprintf(stderr, "bench: batch: no byte was written\n");
}

static enum bus_verdict on_order(void *context, const struct bench_order_placed *event,
                                 struct bus_delivery *delivery)
{
    struct taker *taker = context;

    (void)delivery;
    taker->sum += sum_of(event);
    taker->taken++;
    finish_call(taker);
    return BUS_DONE;
}

static enum bus_verdict on_orders(void *context, const struct bench_order_placed *events,
                                  uint32_t count, struct bus_batch *batch)
{
    struct taker *taker = context;

    (void)batch;
    for (uint32_t i = 0; i < count; i++)
        taker->sum += sum_of(&events[i]);
    taker->taken += count;
    finish_call(taker);
    return BUS_DONE;
}

static bool send_all(struct bus *bus, uint64_t count, enum way way)
{
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);

        if (bench_order_placed_publish(bus, &message) != BUS_QUEUED)
            return false;
        /* One behind a full batch begins the next one, which finds none whole in the lane. */
        if ((i % LOT == (way == HAVING_WAITED ? 0 : LOT - 1) || i + 1 == count) &&
            bus_poll(bus, 0, NULL) != BUS_OK)
            return false;
    }
    return true;
}

static bool subscribe(struct bus *bus, struct taker *taker, enum way way)
{
    const struct bus_batch_options options = {.size = BATCH, .wait_ns = BUS_SECOND};

    if (way == ONE_BY_ONE)
        return bench_order_placed_subscribe(bus, on_order, taker, NULL) == BUS_OK;
    return bench_order_placed_subscribe_batch(bus, on_orders, taker, &options, NULL) == BUS_OK;
}

static double run(uint64_t count, enum way way, bool calls)
{
    const struct bus_options options = {.schema = &bench_schema, .polled = true};
    struct taker taker = {.file = calls ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1};
    struct bus *bus = NULL;
    uint64_t begin = 0, took = 0;
    bool right;

    count -= count % LOT;
    right = (!calls || taker.file >= 0) && bus_open(&bus, &options) == BUS_OK &&
            subscribe(bus, &taker, way) && bus_start(bus) == BUS_OK;
    begin = now_ns();
    right = right && send_all(bus, count, way);
    took = now_ns() - begin;
    if (bus != NULL && bus_stop(bus, BUS_SECOND, NULL) != BUS_OK)
        right = false;
    right = right && taker.taken == count && taker.sum == expected_sum(count);
    if (!right)
        fprintf(stderr, "bench: batch: %s\n", bus_last_error());
    if (bus_close(&bus) != BUS_OK)
        right = false;
    if (taker.file >= 0)
        (void)close(taker.file);
    return right ? (double)took / (double)count : -1;
}

static bool batch_figures(uint64_t count, struct figures *figures)
{
    static const struct {
        const char *name;
        enum way way;
        bool calls;
    } parts[] = {
        {"one by one", ONE_BY_ONE, false},
        {"batch of 100", FROM_THE_LANE, false},
        {"batch of 100 that waited", HAVING_WAITED, false},
        {"one by one, system call", ONE_BY_ONE, true},
        {"batch of 100, system call", FROM_THE_LANE, true},
    };

    pin_to(PUBLISHER_CPU);
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        double took = run(count, parts[i].way, parts[i].calls);

        if (took < 0)
            return false;
        figures_add(figures, parts[i].name, "ns", took);
    }
    return true;
}

static const struct contestant contestants[] = {
    {.bench = "batch",
     .name = "busgen",
     .path =
         "one thread, a polled bus: 1,000 orders are published, then polled; the system call is "
         "a write of one byte to /dev/null",
     .figures = batch_figures},
    {.name = NULL},
};

extern const struct group batch_group;
const struct group batch_group = {.name = "batch", .cases = cases, .contestants = contestants};
