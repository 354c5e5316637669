/*
 * sessions.c - what sessions cost: to open and close one, and to those who have none.
 */
#include <stdio.h>
#include <stdlib.h>

#include <bus/session.h>

#include "bench.bus.h"
#include "clock.h"
#include "harness.h"

enum { OPEN = 100000, BETWEEN_POLLS = 64 };

static const struct bench_case cases[] = {
    {.name = "session-open-close",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "a session opened and closed, alone and beside 100,000 open ones with a handler each; "
             "an event without a session beside them",
     .count = 200000,
     .runs = 5},
    {.name = NULL},
};

static enum bus_verdict on_placed(void *context, const struct bench_order_placed *event,
                                  struct bus_delivery *delivery)
{
    uint64_t *sum = context;

    (void)delivery;
    *sum += event->order_id;
    return BUS_DONE;
}

struct world {
    struct bus *bus;
    uint64_t sum;
    uint64_t sums[OPEN];
};

static bool say(const char *what)
{
    fprintf(stderr, "sessions: %s: %s\n", what, bus_last_error());
    return false;
}

static bool listen(struct world *world, struct bus_session session, uint64_t *sum)
{
    struct bus_handler_options options = {.session = session};

    return bench_order_placed_subscribe(world->bus, on_placed, sum, &options) == BUS_OK;
}

/* Nanoseconds of one open and close; negative: it failed. */
static double open_and_close(struct world *world, uint64_t count, bool handler)
{
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        struct bus_session session;

        if (bus_session_open(world->bus, &session) != BUS_OK ||
            (handler && !listen(world, session, &world->sum)) ||
            bus_session_close(world->bus, session) != BUS_OK)
            return -1;
    }
    return (double)(now_ns() - begin) / (double)count;
}

/* Nanoseconds of one event, published and handled on this thread. */
static double events(struct world *world, uint64_t count, struct bus_session session)
{
    const struct bus_message_options options = {.session = session};
    const struct bus_message_options *with = session.index != 0 ? &options : NULL;
    struct bench_order_placed event;
    uint64_t before = world->sum, begin;
    uint32_t ran;

    bench_order_placed_init(&event);
    event.order_id = 1;
    begin = now_ns();
    for (uint64_t i = 1; i <= count; i++) {
        bus_ignore(bench_order_placed_publish_with(world->bus, &event, with));
        if ((i % BETWEEN_POLLS == 0 || i == count) && bus_poll(world->bus, 0, &ran) != BUS_OK)
            return -1;
    }
    begin = now_ns() - begin;
    return world->sum - before == count ? (double)begin / (double)count : -1;
}

static bool add(struct figures *figures, const char *name, double value)
{
    if (value < 0)
        return say(name);
    figures_add(figures, name, "ns", value);
    return true;
}

static bool fill(struct world *world, struct bus_session *last)
{
    for (uint32_t i = 0; i < OPEN; i++)
        if (bus_session_open(world->bus, last) != BUS_OK || !listen(world, *last, &world->sums[i]))
            return say("100,000 sessions");
    return true;
}

static bool measure(struct world *world, uint64_t count, struct figures *figures)
{
    const struct bus_session none = {0, 0};
    struct bus_session last = none;

    return listen(world, none, &world->sum) &&
           add(figures, "alone", open_and_close(world, count, false)) &&
           add(figures, "event alone", events(world, count * 5, none)) && fill(world, &last) &&
           add(figures, "among 100000", open_and_close(world, count, false)) &&
           add(figures, "one with a handler", open_and_close(world, count, true)) &&
           add(figures, "event among 100000", events(world, count * 5, none)) &&
           add(figures, "event of a session", events(world, count * 5, last));
}

static bool run(uint64_t count, struct figures *figures)
{
    struct bus_options options = {
        .polled = true, .sessions_max = OPEN + 1, .handlers_max = OPEN + 2};
    struct world *world = calloc(1, sizeof *world);
    bool fine = world != NULL && bus_open(&world->bus, &options) == BUS_OK &&
                bus_start(world->bus) == BUS_OK;

    fine = fine ? measure(world, count, figures) : say("open");
    if (world != NULL)
        (void)bus_close(&world->bus);
    free(world);
    return fine;
}

static const struct contestant contestants[] = {
    {.bench = "session-open-close",
     .name = "busgen",
     .path = "bus_session_open and _close; with a handler: one registered in between; an event: "
             "published and polled, 64 between two polls, one handler of the bus (and the "
             "session's)",
     .figures = run},
    {.name = NULL},
};

extern const struct group sessions_group;
const struct group sessions_group = {
    .name = "sessions", .cases = cases, .contestants = contestants};
