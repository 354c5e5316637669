/*
 * guard.c - what it costs to be ready for failures: the whole way with a policy while nothing
 * fails, the parts of which a failure is made (guard_parts.c), and what many messages that wait
 * cost the others (guard_crowd.c).
 */
#include "busgen.h"
#include "guard_parts.h"
#include "harness.h"
#include "transports.h"

static const struct bench_case cases[] = {
    {.name = "guard",
     .unit = "ns/message",
     .what = "as whole-1p1w, nothing fails: without a policy, with retries and a breaker",
     .count = 4000000,
     .threads = true},
    {.name = "guard-parts",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what = "one check of a breaker, one errno classified, one retry scheduled, one timer fired; "
             "a failed run and its retry",
     .count = 4000000},
    {.name = "timers-100k",
     .kind = BENCH_FIGURE,
     .unit = "ns",
     .what =
         "publishing and running a message while none, 1 and 100,000 others are held; one timer "
         "added, cancelled, fired among 100,000",
     .count = 200000,
     .runs = 5},
    {.name = NULL},
};

/* The other numbers are the defaults. */
static const struct bus_policy policy = {.retries = 3, .breaker_failures = 5};

static void *open_with(const struct shape *shape, struct reader *reader,
                       const struct bus_policy *with)
{
    const struct bus_policy_override policies[] = {{&bench_order_placed_type, *with}};
    struct bus_options options = busgen_options(shape);

    options.policies = policies;
    options.policy_count = 1;
    return busgen_open(&options, reader);
}

static void *open_guarded(const struct shape *shape, struct reader *reader)
{
    return open_with(shape, reader, &policy);
}

static void *open_retried(const struct shape *shape, struct reader *reader)
{
    struct bus_policy retried = policy;

    retried.breaker_failures = 0;
    return open_with(shape, reader, &retried);
}

static void *open_timed(const struct shape *shape, struct reader *reader)
{
    struct bus_policy timed = policy;

    timed.timeout_ns = BUS_SECOND;
    return open_with(shape, reader, &timed);
}

static const struct transport guarded = {
    .open = open_guarded, .publish = busgen_publish, .close = busgen_close};
static const struct transport retried = {
    .open = open_retried, .publish = busgen_publish, .close = busgen_close};
static const struct transport timed = {
    .open = open_timed, .publish = busgen_publish, .close = busgen_close};

#define AS "as busgen in whole-1p1w"

static const struct contestant contestants[] = {
    {.bench = "guard",
     .name = "busgen",
     .path = AS ": no policy is declared",
     .transport = &busgen_transport},
    {.bench = "guard",
     .name = "busgen: retry",
     .path = AS ", bus_options.policies with 3 retries",
     .transport = &retried},
    {.bench = "guard",
     .name = "busgen: retry and breaker",
     .path = AS ", bus_options.policies with 3 retries and a breaker that stays closed",
     .transport = &guarded},
    {.bench = "guard",
     .name = "busgen: retry, breaker, timeout",
     .path = AS ", the same and a timeout: two looks at the clock around each run",
     .transport = &timed},
    {.bench = "guard-parts",
     .name = "busgen",
     .path = "the library's own modules, called as it calls them; the last two on a polled bus",
     .figures = guard_parts},
    {.bench = "timers-100k",
     .name = "busgen",
     .path = "polled buses, 256 messages between two polls, taking turns; the heap of timers "
             "alone, called as the library calls it",
     .figures = guard_crowd},
    {.name = NULL},
};

extern const struct group guard_group;
const struct group guard_group = {.name = "guard", .cases = cases, .contestants = contestants};
