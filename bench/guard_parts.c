/*
 * guard_parts.c - nanoseconds of what the library does around a failure, part by part.
 *
 * Breaker and timers are the library's own modules (runtime/guard/), called as it calls them: users
 * cannot call them alone. Beside them stands the whole of it as a user sees it: on a polled bus a
 * message whose first run fails and whose second succeeds, less one that succeeds at once.
 */
#include "guard_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <bus/errors.h>

#include "guard/backoff.h"
#include "guard/breaker.h"
#include "guard/chance.h"
#include "guard/policy.h"
#include "guard/timers.h"
#include "ours.h"

enum {
    WAITING = 10000,   /* timers at once: bus_options.held_max */
    LOT = 16,          /* messages between two polls */
    POLLS_MOST = 1000, /* that may find nothing to run */
    DEAR = 40,         /* a failure costs so many times what the other parts do */
};

static double per_one(uint64_t begin, uint64_t count)
{
    return (double)(now_ns() - begin) / (double)count;
}

/* ---- breaker ---- */

/* Before a run and after it. */
static bool check_breaker(uint64_t count, bool open, double *took)
{
    static struct breaker breaker;
    static uint64_t at_ns[1];
    enum breaker_admission expected = open ? BREAKER_REFUSE : BREAKER_GO;
    uint64_t wrong = 0;
    uint64_t begin;

    breaker_init(&breaker,
                 &(struct breaker_options){.failures = 1,
                                           .probes = 3,
                                           .within_ns = 60 * BUS_SECOND,
                                           .open_ns = 3600 * BUS_SECOND,
                                           .os = bus_os_native()},
                 at_ns);
    if (open)
        breaker_failure(&breaker, NULL, false);
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        enum breaker_admission admission = breaker_admit(&breaker, NULL);

        touched(&breaker); /* the handler runs here */
        wrong += admission != expected;
        if (admission != BREAKER_REFUSE)
            breaker_success(&breaker, NULL, admission == BREAKER_PROBE);
    }
    *took = per_one(begin, count);
    return wrong == 0;
}

/* ---- classification ---- */

/* From the first to the last of the library's table, and one that it does not know. */
static bool classify(uint64_t count, double *took)
{
    static const int errors[LOT] = {
        ECONNREFUSED, ECONNRESET, ETIMEDOUT, EPIPE,   EHOSTUNREACH, EACCES, EPERM,      ENOMEM,
        EIO,          EAGAIN,     EINTR,     ENOBUFS, EPROTO,       ENOENT, EADDRINUSE, EDOM};
    uint64_t wrong = 0;
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        struct bus_error error = bus_classify_errno(errors[i % LOT]);

        wrong += error.code != errors[i % LOT] || error.text == NULL;
    }
    *took = per_one(begin, count);
    return wrong == 0;
}

/* ---- timers ---- */

static uint64_t fired;

static void count_fired(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)worker;
    (void)thread;
    (void)timer;
    fired++;
}

struct heap {
    struct timers timers;
    struct timer of[WAITING];
    struct chance chance;
    struct bus_policy policy;
};

/* What a failure has done about its retry: the delay, the jitter, a place in the heap. */
static void schedule_all(struct heap *heap)
{
    for (uint32_t i = 0; i < WAITING; i++) {
        uint64_t delay = backoff_delay_ns(&heap->policy, i % 3, chance_next(&heap->chance));

        timers_add(&heap->timers, &heap->of[i], BUS_SECOND + delay);
    }
}

static void fire_all(struct heap *heap)
{
    struct timer *timer;

    while ((timer = timers_take(&heap->timers, UINT64_MAX)) != NULL)
        timer->fire(NULL, NULL, timer);
}

/* A heap that fills to WAITING and empties again. */
static bool time_heap(struct heap *heap, uint64_t count, double *scheduled, double *taken)
{
    uint64_t rounds = count / WAITING + 1;
    uint64_t scheduling = 0;
    uint64_t firing = 0;

    heap->policy = (struct bus_policy){.retries = 3};
    policy_fill(&heap->policy, BUS_DOMAIN_EVENT);
    chance_init(&heap->chance, 1, 0);
    for (uint32_t i = 0; i < WAITING; i++)
        heap->of[i] = (struct timer){.fire = count_fired};
    fired = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t begin = now_ns();
        uint64_t between;

        schedule_all(heap);
        between = now_ns();
        fire_all(heap);
        firing += now_ns() - between;
        scheduling += between - begin;
    }
    *scheduled = (double)scheduling / (double)(rounds * WAITING);
    *taken = (double)firing / (double)(rounds * WAITING);
    return fired == rounds * WAITING;
}

static bool time_timers(uint64_t count, double *scheduled, double *taken)
{
    struct heap *heap = malloc(sizeof *heap);
    void *slots = malloc(timers_bytes(WAITING));
    bool right = false;

    if (heap != NULL && slots != NULL) {
        timers_init(&heap->timers, slots, WAITING);
        right = time_heap(heap, count, scheduled, taken);
    }
    free(slots);
    free(heap);
    return right;
}

/* ---- the whole of it ---- */

struct flaky {
    uint64_t runs;
    uint64_t handled;
    uint64_t sum;
    bool fails; /* the first run of each message */
};

static enum bus_verdict on_flaky(void *context, const struct bench_order_placed *event,
                                 struct bus_delivery *delivery)
{
    struct flaky *flaky = context;
    struct bus_envelope envelope;

    flaky->runs++;
    bus_delivery_envelope(delivery, &envelope);
    if (flaky->fails && envelope.attempt == 1)
        return bus_fail_errno(delivery, ECONNREFUSED, "the line is cut");
    flaky->sum += sum_of(event);
    flaky->handled++;
    return BUS_DONE;
}

/* Until all of them are handled. */
static bool poll_until(struct bus *bus, const struct flaky *flaky, uint64_t handled)
{
    for (unsigned i = 0; flaky->handled < handled; i++)
        if (i == POLLS_MOST || bus_poll(bus, 0, NULL) != BUS_OK)
            return false;
    return true;
}

static bool send_all(struct bus *bus, struct flaky *flaky, uint64_t count, double *took)
{
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);

        if (bench_order_placed_publish(bus, &message) != BUS_QUEUED)
            return false;
        if (i % LOT == LOT - 1 && !poll_until(bus, flaky, i + 1))
            return false;
    }
    if (!poll_until(bus, flaky, count))
        return false;
    *took = per_one(begin, count);
    return flaky->sum == expected_sum(count) && flaky->runs == (flaky->fails ? 2 : 1) * count;
}

/* The retry is due at once. */
static bool time_messages(uint64_t count, bool fails, double *took)
{
    const struct bus_policy_override policies[] = {
        {&bench_order_placed_type,
         {.retries = 1, .backoff_first_ns = 1, .jitter = BUS_JITTER_NONE}}};
    struct bus_options options = {
        .schema = &bench_schema, .polled = true, .policies = policies, .policy_count = 1};
    struct flaky flaky = {.fails = fails};
    struct bus *bus = NULL;
    bool right;

    right = bus_open(&bus, &options) == BUS_OK &&
            bench_order_placed_subscribe(bus, on_flaky, &flaky, NULL) == BUS_OK &&
            bus_start(bus) == BUS_OK && send_all(bus, &flaky, count, took);
    if (bus != NULL && bus_stop(bus, BUS_SECOND, NULL) != BUS_OK)
        right = false;
    if (!right)
        fprintf(stderr, "bench: guard-parts: %s\n", bus_last_error());
    return bus_close(&bus) == BUS_OK && right;
}

bool guard_parts(uint64_t count, struct figures *figures)
{
    double closed, refused, classified, scheduled, taken, failed, fine;
    uint64_t few = count / DEAR + 1;

    pin_to(PUBLISHER_CPU);
    if (!check_breaker(count, false, &closed) || !check_breaker(count / 4 + 1, true, &refused) ||
        !classify(count, &classified) || !time_timers(count, &scheduled, &taken)) {
        fprintf(stderr, "bench: guard-parts: a part did something else than it should\n");
        return false;
    }
    if (!time_messages(few, false, &fine) || !time_messages(few, true, &failed))
        return false;
    figures_add(figures, "breaker check", "ns", closed);
    figures_add(figures, "breaker refusal", "ns", refused);
    figures_add(figures, "errno classified", "ns", classified);
    figures_add(figures, "retry scheduled", "ns", scheduled);
    figures_add(figures, "timer fired", "ns", taken);
    figures_add(figures, "message, no failure", "ns", fine);
    figures_add(figures, "failure and retry", "ns", failed - fine);
    return true;
}
