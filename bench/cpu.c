/*
 * cpu.c - processor time for each event at rates from 1,000 a second to saturation, with a worker
 * that sleeps whenever it has nothing to do; and what a bus without messages takes.
 *
 * The worker's part: processor time of the process less that of the publisher's thread, so all that
 * the system does for its sleep and wake-up is in it. The publisher's part: the time inside
 * publish, wake-ups included. What the publisher does to keep the rate is in neither.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ours.h"

enum { RUN_MS = 1000, IDLE_RATIO = 2, WARM = 25000 };
static const uint64_t rates[] = {1000, 10000, 100000, 1000000, 0};

static const struct bench_case cases[] = {
    {.name = "cpu-rate",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = "processor time of publisher and worker for each event, the worker does not spin",
     .count = RUN_MS,
     .threads = true,
     .runs = 3},
    {.name = NULL},
};

static uint64_t cpu_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Of all threads but this one: the worker. The two clocks are read one after the other, so that the
 * difference of two looks may be a little below zero. */
static int64_t worker_cpu_ns(void)
{
    return (int64_t)(cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns(CLOCK_THREAD_CPUTIME_ID));
}

/* Publishes one message, however often it must try; returns the ticks inside publish. */
static uint64_t publish(struct bus *bus, uint64_t number)
{
    struct bench_order_placed message = message_of(number);
    uint64_t inside = 0;
    unsigned waited = 0;

    for (;;) {
        uint64_t begin = ticks();
        enum bus_outcome outcome = bench_order_placed_publish(bus, &message);

        inside += ticks() - begin;
        if (outcome == BUS_QUEUED)
            return inside;
        if (outcome != BUS_REJECTED) {
            fprintf(stderr, "bench: %s\n", bus_last_error());
            abort();
        }
        wait_a_moment(&waited);
    }
}

/* Publishes for `ms` (or `count` messages, when 0 a second means as fast as it goes); returns the
 * nanoseconds of processor time for each; negative: something was wrong. */
static double cost_at(struct bus *bus, struct reader *reader, uint64_t rate, uint64_t ms)
{
    uint64_t count = rate == 0 ? ms * 5000 : ms * rate / 1000 + 1;
    double interval = rate == 0 ? 0 : 1e9 / (double)rate / ns_per_tick();
    double due = (double)ticks();
    uint64_t inside = 0;
    int64_t worker;
    unsigned waited = 0;

    *reader = (struct reader){.count = count};
    worker = worker_cpu_ns();
    for (uint64_t i = 0; i < count; i++) {
        while (rate != 0 && (double)ticks() < due)
            pause_a_moment();
        due += interval;
        inside += publish(bus, i);
    }
    while (!reader_is_done(reader))
        wait_a_moment(&waited);
    worker = worker_cpu_ns() - worker;
    if (reader->wrong != 0 || reader->sum != expected_sum(count)) {
        fprintf(stderr, "bench: cpu-rate: what arrived is wrong\n");
        return -1;
    }
    return ((double)worker + (double)inside * ns_per_tick()) / (double)count;
}

/* Percent of one processor that a started bus takes without messages. */
static double idle_percent(uint64_t ms)
{
    struct timespec rest = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    uint64_t begin = now_ns();
    int64_t worker = worker_cpu_ns();

    clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
    worker = worker_cpu_ns() - worker;
    return worker <= 0 ? 0 : 100 * (double)worker / (double)(now_ns() - begin);
}

static bool measure(struct bus *bus, struct reader *reader, uint64_t ms, struct figures *figures)
{
    double before = 0;
    double steepest = 0;

    cost_at(bus, reader, 0, WARM / 5000);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        double cost = cost_at(bus, reader, rates[i], ms);
        char name[32] = "at saturation";

        if (cost < 0)
            return false;
        if (rates[i] != 0)
            snprintf(name, sizeof name, "at %llu/s", (unsigned long long)rates[i]);
        figures_add(figures, name, "ns/event", cost);
        if (i > 0 && cost / before > steepest)
            steepest = cost / before;
        before = cost;
    }
    figures_add(figures, "highest step", "times the rate below", steepest);
    figures_add(figures, "idle bus", "% of a processor", idle_percent(IDLE_RATIO * ms));
    return true;
}

static bool run(uint64_t ms, struct figures *figures)
{
    struct bus_options options = {.schema = &bench_schema, .spin_ns = 1};
    struct reader *reader = aligned_alloc(64, sizeof *reader);
    struct bus *bus = NULL;
    bool fine;

    if (reader == NULL)
        return false;
    pin_to(WORKER_CPU);
    fine = bus_open(&bus, &options) == BUS_OK &&
           bench_order_placed_subscribe(bus, on_order_placed, reader, NULL) == BUS_OK &&
           bus_start(bus) == BUS_OK;
    pin_to(PUBLISHER_CPU);
    fine = fine && measure(bus, reader, ms, figures);
    if (!fine)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    fine = bus_close(&bus) == BUS_OK && fine;
    free(reader);
    return fine;
}

static const struct contestant contestants[] = {
    {.bench = "cpu-rate",
     .name = "busgen",
     .path = "bench_order_placed_publish, typed handler reads all fields; default options but "
             "spin_ns 1",
     .figures = run},
    {.name = NULL},
};

extern const struct group cpu_group;
const struct group cpu_group = {.name = "cpu", .cases = cases, .contestants = contestants};
