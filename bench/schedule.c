/*
 * schedule.c - what it costs to have events published later, while a million others wait.
 *
 * On a polled bus, one thread. Their times lie in the days to come, spread by chance, so that each
 * finds its place anywhere in the heap. The ones that are due are scheduled in lots and polled; the
 * same without a schedule stands beside it.
 */
#include <stdio.h>

#include <bus/schedule.h>

#include "busgen.h"
#include "harness.h"
#include "ours.h"

enum {
    WAITING = 1000000,
    LOT = 16,
    BYTES_EACH = 256,
};

static const struct bench_case cases[] = {
    {.name = "schedule",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "one event scheduled, one cancelled, one that is due, while 1,000,000 wait",
     .count = 200000},
    {.name = NULL},
};

struct taker {
    uint64_t handled;
    uint64_t sum;
};

static enum bus_verdict take(void *context, const struct bench_order_placed *event,
                             struct bus_delivery *delivery)
{
    struct taker *taker = context;

    (void)delivery;
    taker->handled++;
    taker->sum += sum_of(event);
    return BUS_DONE;
}

static double per_one(uint64_t begin, uint64_t count)
{
    return (double)(now_ns() - begin) / (double)count;
}

/* A time in the days to come (splitmix64). */
static uint64_t some_day(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return 3600 * BUS_SECOND + (x >> 12 & UINT64_C(0xffffffffffff));
}

static bool put(struct bus *bus, uint64_t number, uint64_t after_ns, uint64_t *id)
{
    struct bench_order_placed message = message_of(number);

    return bench_order_placed_schedule(bus, &message, &(struct bus_schedule){.after_ns = after_ns},
                                       id) == BUS_OK;
}

static bool fill(struct bus *bus, uint64_t *chance, double *took)
{
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < WAITING; i++)
        if (!put(bus, i, some_day(chance), NULL))
            return false;
    *took = per_one(begin, WAITING);
    return true;
}

/* Each is scheduled before the one of LOT before it is cancelled. */
static bool put_and_cancel(struct bus *bus, uint64_t *chance, uint64_t count, double *put_took,
                           double *cancel_took)
{
    uint64_t ids[LOT], putting = 0, cancelling = 0, i, k;

    for (i = 0; i < count; i += LOT) {
        uint64_t begin = now_ns(), between;

        for (k = 0; k < LOT; k++)
            if (!put(bus, i + k, some_day(chance), &ids[k]))
                return false;
        between = now_ns();
        for (k = 0; k < LOT; k++)
            if (bus_schedule_cancel(bus, ids[k]) != BUS_OK)
                return false;
        putting += between - begin;
        cancelling += now_ns() - between;
    }
    *put_took = (double)putting / (double)i;
    *cancel_took = (double)cancelling / (double)i;
    return true;
}

static bool poll_until(struct bus *bus, const struct taker *taker, uint64_t handled)
{
    for (unsigned i = 0; taker->handled < handled; i++)
        if (i == 1000 || bus_poll(bus, 0, NULL) != BUS_OK)
            return false;
    return true;
}

/* Through the schedule, or published at once; to the end of their handler. */
static bool run_all(struct bus *bus, struct taker *taker, uint64_t count, bool scheduled,
                    double *took)
{
    uint64_t begin = now_ns(), before = taker->handled;

    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);

        if (scheduled ? !put(bus, i, 0, NULL)
                      : bench_order_placed_publish(bus, &message) != BUS_QUEUED)
            return false;
        if (i % LOT == LOT - 1 && !poll_until(bus, taker, before + i + 1))
            return false;
    }
    if (!poll_until(bus, taker, before + count))
        return false;
    *took = per_one(begin, count);
    return true;
}

static bool measure(struct bus *bus, struct taker *taker, uint64_t count, struct figures *figures)
{
    double filled, put_one, cancelled, due, published;
    uint64_t chance = 1;

    if (!fill(bus, &chance, &filled) ||
        !put_and_cancel(bus, &chance, count, &put_one, &cancelled) ||
        !run_all(bus, taker, count, true, &due) || !run_all(bus, taker, count, false, &published) ||
        taker->sum != 2 * expected_sum(count))
        return false;
    figures_add(figures, "schedule, filling", "ns", filled);
    figures_add(figures, "schedule", "ns", put_one);
    figures_add(figures, "cancel", "ns", cancelled);
    figures_add(figures, "due, handled", "ns", due);
    figures_add(figures, "published, handled", "ns", published);
    return true;
}

static bool run(uint64_t count, struct figures *figures)
{
    const struct bus_options options = {.schema = &bench_schema,
                                        .polled = true,
                                        .schedule_max = WAITING + LOT,
                                        .schedule_bytes = (size_t)(WAITING + LOT) * BYTES_EACH};
    struct taker taker = {.handled = 0};
    struct bus *bus = NULL;
    bool right;

    pin_to(PUBLISHER_CPU);
    right = bus_open(&bus, &options) == BUS_OK &&
            bench_order_placed_subscribe(bus, take, &taker, NULL) == BUS_OK &&
            bus_start(bus) == BUS_OK && measure(bus, &taker, count, figures);
    if (!right)
        fprintf(stderr, "bench: schedule: %s\n", bus_last_error());
    if (bus != NULL && bus_stop(bus, BUS_SECOND, NULL) != BUS_OK)
        right = false;
    return bus_close(&bus) == BUS_OK && right;
}

static const struct contestant contestants[] = {
    {.bench = "schedule",
     .name = "busgen",
     .path =
         "bench_order_placed_schedule, bus_schedule_cancel; polled bus, in memory, 16 at a time",
     .figures = run},
    {.name = NULL},
};

extern const struct group schedule_group;
const struct group schedule_group = {
    .name = "schedule", .cases = cases, .contestants = contestants};
