/*
 * guard_crowd.c - what a hundred thousand held messages cost those that are not held.
 *
 * Three polled buses with the same options, one thread: in one nothing is held, in one a single
 * message, in one CROWD of them, each of which has failed once and waits an hour for its retry.
 * Orders are published to the three in turn, LOT at a time, so that whatever else the machine does
 * meets all of them. The first two differ by the look at the clock that any timer costs, the last
 * two by nothing but how many wait.
 *
 * Beside them the library's heap of timers alone (runtime/guard/timers.h) with CROWD entries, due
 * as retries are: each new one some time after the earliest. SOME at a time are added, cancelled in
 * random order, taken when due and called, and those that were taken come in again; so there are
 * never more than one in a hundred more or less.
 *
 * A figure is the median of the lots of a run.
 */
#include <stdio.h>
#include <stdlib.h>

#include <bus/errors.h>

#include "guard/chance.h"
#include "guard/timers.h"
#include "guard_parts.h"
#include "ours.h"

enum {
    CROWD = 100000,
    SOME = 1000, /* timers between two looks at the clock */
    LOT = 256,   /* messages between two polls */
    BUSES = 3,
};

static const uint64_t waits_ns = 3600 * BUS_SECOND;

/* ---- times of lots ---- */

enum { SAMPLES = 4096 }; /* the first so many */

struct samples {
    uint64_t count;
    double of[SAMPLES]; /* nanoseconds of one message, or timer */
};

static void sample(struct samples *samples, uint64_t begin, uint64_t end, uint64_t count)
{
    if (samples->count < SAMPLES)
        samples->of[samples->count++] = (double)(end - begin) / (double)count;
}

static int compare(const void *a, const void *b)
{
    const double *one = a, *other = b;

    return (*one > *other) - (*one < *other);
}

static double median_of(struct samples *samples)
{
    qsort(samples->of, samples->count, sizeof samples->of[0], compare);
    return samples->count == 0 ? 0 : samples->of[samples->count / 2];
}

/* ---- messages ---- */

struct crowd {
    struct bus *bus;
    uint64_t held; /* the first so many messages wait */
    uint64_t handled;
    uint64_t sum;
    struct samples took;
};

static enum bus_verdict on_order(void *context, const struct bench_order_placed *event,
                                 struct bus_delivery *delivery)
{
    struct crowd *crowd = context;

    (void)delivery;
    if (event->order_id < crowd->held)
        return BUS_RETRY;
    crowd->sum += sum_of(event);
    crowd->handled++;
    return BUS_DONE;
}

/* Messages `from` and so on, all of them run. */
static bool publish_lot(struct bus *bus, uint64_t from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(from + i);

        if (bench_order_placed_publish(bus, &message) != BUS_QUEUED)
            return false;
    }
    return bus_poll(bus, 0, NULL) == BUS_OK;
}

static uint64_t held_by(const struct crowd *crowd)
{
    struct bus_account account = {0};

    if (bus_account(crowd->bus, &bench_order_placed_type, &account) != BUS_OK)
        return UINT64_MAX;
    return account.held;
}

static bool open_crowd(struct crowd *crowd, uint64_t held)
{
    const struct bus_policy_override policies[] = {
        {&bench_order_placed_type,
         {.retries = 1, .backoff_first_ns = waits_ns, .backoff_most_ns = waits_ns}}};
    struct bus_options options = {.schema = &bench_schema,
                                  .polled = true,
                                  .policies = policies,
                                  .policy_count = 1,
                                  .errors_kept = BUS_ERRORS_NONE,
                                  .held_max = CROWD};

    *crowd = (struct crowd){.held = held};
    if (bus_open(&crowd->bus, &options) != BUS_OK ||
        bench_order_placed_subscribe(crowd->bus, on_order, crowd, NULL) != BUS_OK ||
        bus_start(crowd->bus) != BUS_OK)
        return false;
    for (uint64_t i = 0; i < held; i += LOT)
        if (!publish_lot(crowd->bus, i, held - i < LOT ? held - i : LOT))
            return false;
    return held_by(crowd) == held;
}

/* What is held is left, and nothing else. */
static bool close_crowd(struct crowd *crowd)
{
    struct bus_left left = {0};
    enum bus_status status;

    if (crowd->bus == NULL)
        return false;
    status = bus_stop(crowd->bus, BUS_MILLISECOND, &left);
    return bus_close(&crowd->bus) == BUS_OK && left.messages == crowd->held &&
           status == (crowd->held == 0 ? BUS_OK : BUS_ERR_TIMEOUT);
}

/* The next lot for one of them, numbered behind those that wait. */
static bool pass(struct crowd *crowd)
{
    uint64_t begin = now_ns();
    bool right = publish_lot(crowd->bus, crowd->held + crowd->handled, LOT);

    sample(&crowd->took, begin, now_ns(), LOT);
    return right;
}

static uint64_t sum_behind(const struct crowd *crowd)
{
    return expected_sum(crowd->held + crowd->handled) - expected_sum(crowd->held);
}

static bool pass_all(struct crowd crowds[BUSES], uint64_t count)
{
    uint64_t lots = count / LOT + 1;

    for (uint64_t lot = 0; lot <= lots; lot++) {
        for (unsigned i = 0; i < BUSES; i++) {
            if (!pass(&crowds[i]))
                return false;
            if (lot == 0) /* does not count */
                crowds[i].took.count = 0;
        }
    }
    for (unsigned i = 0; i < BUSES; i++)
        if (crowds[i].handled != (lots + 1) * LOT || crowds[i].sum != sum_behind(&crowds[i]) ||
            held_by(&crowds[i]) != crowds[i].held)
            return false;
    return true;
}

static bool time_messages(uint64_t count, double ns[BUSES])
{
    static const uint64_t held[BUSES] = {0, 1, CROWD};
    struct crowd *crowds = calloc(BUSES, sizeof *crowds);
    bool right = crowds != NULL;

    if (!right)
        return false;

    for (unsigned i = 0; right && i < BUSES; i++)
        right = open_crowd(&crowds[i], held[i]);
    right = right && pass_all(crowds, count);
    if (!right)
        fprintf(stderr, "bench: timers-100k: %s\n", bus_last_error());
    for (unsigned i = 0; i < BUSES; i++) {
        ns[i] = median_of(&crowds[i].took);
        right = close_crowd(&crowds[i]) && right;
    }
    free(crowds);
    return right;
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
    struct timer of[CROWD + SOME];
    struct timer *order[CROWD + SOME]; /* the first SOME are to come in next */
    struct chance chance;
    uint64_t now_ns; /* the last one that fired was due then */
    struct samples adding, cancelling, firing;
};

static void add(struct heap *heap, struct timer *timer)
{
    timers_add(&heap->timers, timer, heap->now_ns + chance_next(&heap->chance) % BUS_SECOND);
}

/* Any SOME of all come to the front. */
static void shuffle(struct heap *heap)
{
    for (uint32_t i = 0; i < SOME; i++) {
        uint32_t other = i + (uint32_t)(chance_next(&heap->chance) % (CROWD + SOME - i));
        struct timer *timer = heap->order[i];

        heap->order[i] = heap->order[other];
        heap->order[other] = timer;
    }
}

static void run_round(struct heap *heap)
{
    struct timer *due[SOME];
    uint64_t begin = now_ns();

    for (uint32_t i = 0; i < SOME; i++)
        add(heap, heap->order[i]);
    sample(&heap->adding, begin, now_ns(), SOME);
    shuffle(heap);
    begin = now_ns();
    for (uint32_t i = 0; i < SOME; i++)
        timers_cancel(&heap->timers, heap->order[i]);
    sample(&heap->cancelling, begin, now_ns(), SOME);
    begin = now_ns();
    for (uint32_t i = 0; i < SOME; i++) {
        due[i] = timers_take(&heap->timers, UINT64_MAX);
        due[i]->fire(NULL, NULL, due[i]);
    }
    sample(&heap->firing, begin, now_ns(), SOME);
    heap->now_ns = due[SOME - 1]->due_ns;
    for (uint32_t i = 0; i < SOME; i++)
        add(heap, due[i]);
}

static void fill(struct heap *heap)
{
    chance_init(&heap->chance, 1, 0);
    for (uint32_t i = 0; i < CROWD + SOME; i++) {
        heap->of[i] = (struct timer){.fire = count_fired};
        heap->order[i] = &heap->of[i];
    }
    for (uint32_t i = SOME; i < CROWD + SOME; i++)
        add(heap, heap->order[i]);
}

static bool time_timers(uint64_t count, double *added, double *cancelled, double *taken)
{
    uint64_t rounds = count / SOME + 1;
    struct heap *heap = calloc(1, sizeof *heap);
    void *slots = malloc(timers_bytes(CROWD + SOME));
    bool right = false;

    if (heap != NULL && slots != NULL) {
        timers_init(&heap->timers, slots, CROWD + SOME);
        fill(heap);
        fired = 0;
        for (uint64_t i = 0; i < rounds; i++)
            run_round(heap);
        *added = median_of(&heap->adding);
        *cancelled = median_of(&heap->cancelling);
        *taken = median_of(&heap->firing);
        right = fired == rounds * SOME && heap->timers.count == CROWD;
    }
    free(slots);
    free(heap);
    return right;
}

bool guard_crowd(uint64_t count, struct figures *figures)
{
    double ns[BUSES], added, cancelled, taken;

    pin_to(PUBLISHER_CPU);
    if (!time_messages(count, ns) || !time_timers(count, &added, &cancelled, &taken)) {
        fprintf(stderr, "bench: timers-100k: a part did something else than it should\n");
        return false;
    }
    figures_add(figures, "with none held", "ns", ns[0]);
    figures_add(figures, "with 1 held", "ns", ns[1]);
    figures_add(figures, "with 100,000 held", "ns", ns[2]);
    figures_add(figures, "timer added", "ns", added);
    figures_add(figures, "timer cancelled", "ns", cancelled);
    figures_add(figures, "timer fired", "ns", taken);
    return true;
}
