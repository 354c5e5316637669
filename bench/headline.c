/*
 * headline.c - a minute at a steady rate with everything on: what a publish costs its caller, what
 * the memory does, and whether every message is accounted for at the end.
 *
 * One publisher, one worker; a bus with the options of somebody to whom the slowest publish counts
 * (no page of its memory is new, the worker does not sleep between two messages), and one with
 * default options. A publish that finds the lane full is tried again; each call is timed on its
 * own (with the cost of the clock, some 20 ns, in it). In a minute the host may move the
 * processors: the distance is told, no run is dropped for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ours.h"

enum { MINUTE_MS = 60000, QUICK_MS = 2000, SLOW = 10000, FAST = 1000000, WARM = 25000 };

static const struct bench_case cases[] = {
    {.name = "headline-10k",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "a minute (--quick: 2 s) at 10,000 messages a second: the publish call, memory",
     .count = MINUTE_MS,
     .runs = 1},
    {.name = "headline-1m",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "a minute (--quick: 2 s) at 1,000,000 messages a second: the publish call, memory",
     .count = MINUTE_MS,
     .runs = 1},
    {.name = NULL},
};

struct steady {
    struct bus *bus;
    struct reader reader;
    struct histogram histogram;
    uint64_t count;
    uint64_t refused;
    bool failed;
};

static double resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        fprintf(stderr, "bench: no /proc/self/statm\n");
    if (file != NULL)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void publish(struct steady *steady, uint64_t number, bool timed)
{
    struct bench_order_placed message = message_of(number);
    unsigned waited = 0;

    for (;;) {
        uint64_t begin = ticks();
        enum bus_outcome outcome = bench_order_placed_publish(steady->bus, &message);

        if (timed)
            histogram_add(&steady->histogram, ticks() - begin);
        if (outcome != BUS_REJECTED) {
            steady->failed = steady->failed || outcome != BUS_QUEUED;
            return;
        }
        steady->refused++;
        wait_a_moment(&waited);
    }
}

/* The time during which the host ran somebody else is not made up for. */
static void publish_steadily(struct steady *steady, uint64_t first, double interval)
{
    double due = (double)ticks();

    for (uint64_t i = first; i < steady->count && !steady->failed; i++) {
        double now;

        while ((now = (double)ticks()) < due)
            pause_a_moment();
        due = (now - due < 1000 * interval ? due : now) + interval;
        publish(steady, i, true);
    }
}

static void look_at(void *context, const struct bus_message_type *type,
                    const struct bus_account *account)
{
    struct steady *steady = context;

    if (!bus_account_balances(account))
        steady->failed = true;
    if (type == &bench_order_placed_type &&
        (account->accepted != steady->count || account->processed != steady->count ||
         account->rejected != steady->refused))
        steady->failed = true;
}

/* Everything arrived, in order, and the bus's own account says the same. */
static bool conclude(struct steady *steady)
{
    const struct reader *reader = &steady->reader;

    if (bus_wait_idle(steady->bus, 10 * BUS_SECOND) != BUS_OK ||
        bus_audit(steady->bus, BUS_SECOND, look_at, steady) != BUS_OK)
        return false;
    if (!steady->failed && reader->wrong == 0 && reader->received == steady->count &&
        reader->sum == expected_sum(steady->count))
        return true;
    fprintf(stderr, "bench: headline: the account or what arrived is wrong\n");
    return false;
}

static void report(const struct steady *steady, struct figures *figures, double seconds)
{
    figures_add(figures, "publish p50", "ns", histogram_ns(&steady->histogram, 0.5));
    figures_add(figures, "publish p95", "ns", histogram_ns(&steady->histogram, 0.95));
    figures_add(figures, "publish p99", "ns", histogram_ns(&steady->histogram, 0.99));
    figures_add(figures, "publish p99.9", "ns", histogram_ns(&steady->histogram, 0.999));
    figures_add(figures, "publish max", "ns", histogram_ns(&steady->histogram, 1));
    figures_add(figures, "rate", "messages/s", (double)(steady->count - WARM) / seconds);
    figures_add(figures, "refused, tried again", "calls", (double)steady->refused);
}

/* At both ends of the run the same memory is in use but for what the run itself took. */
static bool run_for(struct steady *steady, uint64_t ms, uint64_t rate, struct figures *figures)
{
    double interval = 1e9 / (double)rate / ns_per_tick();
    double before, at_start, at_end;
    uint64_t begin;

    steady->count = WARM + ms * rate / 1000;
    steady->reader.count = steady->count;
    for (uint64_t i = 0; i < WARM; i++)
        publish(steady, i, false);
    before = pingpong_ns();
    at_start = resident_bytes();
    begin = now_ns();
    publish_steadily(steady, WARM, interval);
    report(steady, figures, (double)(now_ns() - begin) / 1e9);
    at_end = resident_bytes();
    figures_add(figures, "ping-pong before", "ns", before);
    figures_add(figures, "ping-pong after", "ns", pingpong_ns());
    figures_add(figures, "memory at start", "bytes", at_start);
    figures_add(figures, "memory at end", "bytes", at_end);
    return conclude(steady);
}

static bool measure(struct steady *steady, uint64_t ms, uint64_t rate, bool tuned,
                    struct figures *figures)
{
    struct bus_options options = {.schema = &bench_schema};
    bool fine;

    if (tuned) {
        options.prefault = true;
        options.spin_ns = BUS_MILLISECOND;
    }
    if (bench_is_quick && ms > QUICK_MS)
        ms = QUICK_MS;
    pin_to(WORKER_CPU);
    fine = bus_open(&steady->bus, &options) == BUS_OK &&
           bench_order_placed_subscribe(steady->bus, on_order_placed, &steady->reader, NULL) ==
               BUS_OK &&
           bus_start(steady->bus) == BUS_OK;
    pin_to(PUBLISHER_CPU);
    fine = fine && run_for(steady, ms, rate, figures);
    if (steady->bus != NULL && bus_stop(steady->bus, BUS_SECOND, NULL) != BUS_OK)
        fine = false;
    if (!fine)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    return bus_close(&steady->bus) == BUS_OK && fine;
}

static bool run(uint64_t ms, uint64_t rate, bool tuned, struct figures *figures)
{
    struct steady *steady = aligned_alloc(64, sizeof *steady);
    bool fine;

    if (steady == NULL)
        return false;
    memset(steady, 0, sizeof *steady);
    fine = measure(steady, ms, rate, tuned, figures);
    free(steady);
    return fine;
}

static bool slow(uint64_t ms, struct figures *figures)
{
    return run(ms, SLOW, true, figures);
}

static bool slow_default(uint64_t ms, struct figures *figures)
{
    return run(ms, SLOW, false, figures);
}

static bool fast(uint64_t ms, struct figures *figures)
{
    return run(ms, FAST, true, figures);
}

static bool fast_default(uint64_t ms, struct figures *figures)
{
    return run(ms, FAST, false, figures);
}

#define PATH "bench_order_placed_publish, typed handler reads all fields"
#define TUNED PATH "; options prefault (no new page) and spin_ns 1 ms"
#define DEFAULT PATH "; default options"

static const struct contestant contestants[] = {
    {.bench = "headline-10k", .name = "busgen", .path = TUNED, .figures = slow},
    {.bench = "headline-10k",
     .name = "busgen, default options",
     .path = DEFAULT ": the worker sleeps between two messages, each publish wakes it",
     .figures = slow_default},
    {.bench = "headline-1m", .name = "busgen", .path = TUNED, .figures = fast},
    {.bench = "headline-1m",
     .name = "busgen, default options",
     .path = DEFAULT,
     .figures = fast_default},
    {.name = NULL},
};

extern const struct group headline_group;
const struct group headline_group = {
    .name = "headline", .cases = cases, .contestants = contestants};
