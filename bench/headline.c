/*
 * headline.c - a minute at a steady rate with everything on: what a publish costs its caller, what
 * the memory does, and whether every message is accounted for at the end.
 *
 * One publisher, one worker; a bus with the options of somebody to whom the slowest publish counts
 * (no page of its memory is new, the worker does not sleep between two messages), and one with
 * default options. A publish that finds the lane full is tried again; each call is timed on its
 * own (with the cost of the clock, some 20 ns, in it). In a minute the host may move the
 * processors: the distance is told, no run is dropped for it.
 *
 * headline-failures is the same with a handler that fails in one run of ten, by chance: retries
 * with their backoff, a breaker that counts and stays closed, a dead letter for the one message in
 * ten thousand whose four runs all fail. Messages then come out of order, so the handler adds up
 * what it read, and what it gave up; both sums, all runs and all letters must be the bus's own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ours.h"

enum { MINUTE_MS = 60000, QUICK_MS = 2000, SLOW = 10000, FAST = 1000000, WARM = 25000 };
enum { RETRIES = 3, FAILS_IN = 10 }; /* one run of so many fails */

/* So many failures in a row do not happen; the rest are the defaults: 100 ms, twice as long each
 * time, half a jitter. */
static const struct bus_policy flaky_policy = {.retries = RETRIES, .breaker_failures = 20};

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
    {.name = "headline-failures",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "as headline-10k while 10 % of the handler's runs fail, at random, and are retried",
     .count = MINUTE_MS,
     .runs = 1},
    {.name = NULL},
};

/* What a handler saw that fails by chance. One thread writes it. */
struct flaky {
    _Alignas(64) uint64_t chance; /* state of a generator with a fixed seed */
    uint64_t runs;
    uint64_t failed;
    uint64_t handled;
    uint64_t given_up; /* messages whose last run failed */
    uint64_t sum;      /* of the messages that ended either way */
};

struct steady {
    struct bus *bus;
    struct reader reader;
    struct flaky flaky;
    _Alignas(64) struct histogram histogram;
    uint64_t count;
    uint64_t refused;
    bool fails; /* the handler is on_flaky, the policy flaky_policy */
    bool failed;
};

/* A number of 31 bits: the upper ones of a linear congruential generator (Knuth's MMIX). */
static uint64_t draw(struct flaky *flaky)
{
    flaky->chance = flaky->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return flaky->chance >> 33;
}

static enum bus_verdict on_flaky(void *context, const struct bench_order_placed *event,
                                 struct bus_delivery *delivery)
{
    struct flaky *flaky = context;
    struct bus_envelope envelope;

    flaky->runs++;
    if (draw(flaky) % FAILS_IN != 0) {
        flaky->handled++;
        flaky->sum += sum_of(event);
        return BUS_DONE;
    }
    flaky->failed++;
    bus_delivery_envelope(delivery, &envelope);
    if (envelope.attempt > RETRIES) {
        flaky->given_up++;
        flaky->sum += sum_of(event);
    }
    return bus_fail_errno(delivery, ECONNREFUSED, "the line is cut");
}

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

/* Each message once, as processed or as failed; of failures there are as many as the handler made.
 */
static bool is_as_seen(const struct steady *steady, const struct bus_account *account)
{
    const struct flaky *flaky = &steady->flaky;
    uint64_t given_up = steady->fails ? flaky->given_up : 0;
    uint64_t failed = steady->fails ? flaky->failed : 0;

    return account->accepted == steady->count && account->processed + given_up == steady->count &&
           account->failed == given_up && account->rejected == steady->refused &&
           account->calls_failed == failed && account->calls == steady->count - given_up + failed;
}

static void look_at(void *context, const struct bus_message_type *type,
                    const struct bus_account *account)
{
    struct steady *steady = context;

    if (!bus_account_balances(account) ||
        (type == &bench_order_placed_type && !is_as_seen(steady, account)))
        steady->failed = true;
}

/* Everything arrived, in order, or what was given up is a dead letter. */
static bool has_arrived(const struct steady *steady)
{
    const struct reader *reader = &steady->reader;
    const struct flaky *flaky = &steady->flaky;
    struct bus_stats stats;

    if (bus_stats(steady->bus, &stats) != BUS_OK)
        return false;
    if (!steady->fails)
        return reader->wrong == 0 && reader->received == steady->count &&
               reader->sum == expected_sum(steady->count) && stats.dead_letter_queue_size == 0;
    return flaky->handled + flaky->given_up == steady->count &&
           flaky->runs == flaky->handled + flaky->failed &&
           flaky->sum == expected_sum(steady->count) &&
           stats.dead_letter_queue_size == flaky->given_up;
}

/* The bus's own account says the same. */
static bool conclude(struct steady *steady)
{
    if (bus_wait_idle(steady->bus, 10 * BUS_SECOND) != BUS_OK ||
        bus_audit(steady->bus, BUS_SECOND, look_at, steady) != BUS_OK)
        return false;
    if (!steady->failed && has_arrived(steady))
        return true;
    fprintf(stderr, "bench: headline: the account or what arrived is wrong\n");
    return false;
}

static void report_failures(const struct flaky *flaky, struct figures *figures)
{
    figures_add(figures, "runs", "calls", (double)flaky->runs);
    figures_add(figures, "runs that failed", "calls", (double)flaky->failed);
    figures_add(figures, "dead letters", "messages", (double)flaky->given_up);
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
    /* Retries and dead letters too: the code that makes them is in memory from now on. */
    if (bus_wait_idle(steady->bus, 10 * BUS_SECOND) != BUS_OK)
        return false;
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
    if (!conclude(steady))
        return false;
    if (steady->fails)
        report_failures(&steady->flaky, figures);
    return true;
}

static bool subscribe(struct steady *steady)
{
    if (steady->fails)
        return bench_order_placed_subscribe(steady->bus, on_flaky, &steady->flaky, NULL) == BUS_OK;
    return bench_order_placed_subscribe(steady->bus, on_order_placed, &steady->reader, NULL) ==
           BUS_OK;
}

static bool measure(struct steady *steady, uint64_t ms, uint64_t rate, bool tuned,
                    struct figures *figures)
{
    const struct bus_policy_override policies[] = {{&bench_order_placed_type, flaky_policy}};
    struct bus_options options = {.schema = &bench_schema};
    bool fine;

    if (steady->fails) {
        options.policies = policies;
        options.policy_count = 1;
    }
    if (tuned) {
        options.prefault = true;
        options.spin_ns = BUS_MILLISECOND;
    }
    if (bench_is_quick && ms > QUICK_MS)
        ms = QUICK_MS;
    pin_to(WORKER_CPU);
    fine = bus_open(&steady->bus, &options) == BUS_OK && subscribe(steady) &&
           bus_start(steady->bus) == BUS_OK;
    pin_to(PUBLISHER_CPU);
    fine = fine && run_for(steady, ms, rate, figures);
    if (steady->bus != NULL && bus_stop(steady->bus, BUS_SECOND, NULL) != BUS_OK)
        fine = false;
    if (!fine)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    return bus_close(&steady->bus) == BUS_OK && fine;
}

static bool run(uint64_t ms, uint64_t rate, bool tuned, bool fails, struct figures *figures)
{
    struct steady *steady = aligned_alloc(64, sizeof *steady);
    bool fine;

    if (steady == NULL)
        return false;
    memset(steady, 0, sizeof *steady);
    steady->fails = fails;
    fine = measure(steady, ms, rate, tuned, figures);
    free(steady);
    return fine;
}

static bool slow(uint64_t ms, struct figures *figures)
{
    return run(ms, SLOW, true, false, figures);
}

static bool slow_default(uint64_t ms, struct figures *figures)
{
    return run(ms, SLOW, false, false, figures);
}

static bool fast(uint64_t ms, struct figures *figures)
{
    return run(ms, FAST, true, false, figures);
}

static bool fast_default(uint64_t ms, struct figures *figures)
{
    return run(ms, FAST, false, false, figures);
}

static bool slow_failing(uint64_t ms, struct figures *figures)
{
    return run(ms, SLOW, true, true, figures);
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
    {.bench = "headline-failures",
     .name = "busgen",
     .path = TUNED "; 3 retries with their backoff, a breaker, dead letters",
     .figures = slow_failing},
    {.name = NULL},
};

extern const struct group headline_group;
const struct group headline_group = {
    .name = "headline", .cases = cases, .contestants = contestants};
