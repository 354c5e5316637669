/* stats/durations.c - see the header. */
#include "stats/durations.h"

#include "core/registry.h"

const uint64_t duration_borders[DURATION_BORDERS] = {
    1 * BUS_MILLISECOND,  5 * BUS_MILLISECOND,   10 * BUS_MILLISECOND,  25 * BUS_MILLISECOND,
    50 * BUS_MILLISECOND, 100 * BUS_MILLISECOND, 250 * BUS_MILLISECOND, 500 * BUS_MILLISECOND,
    1 * BUS_SECOND,       BUS_SECOND * 5 / 2,    5 * BUS_SECOND,        10 * BUS_SECOND,
};

const char *const duration_border_texts[DURATION_BORDERS] = {
    "0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10",
};

enum { STEP_BITS = 5 };
_Static_assert(DURATION_STEPS == 1 << STEP_BITS, "steps are bits of the value");

static uint32_t sets_of(const struct bus *bus)
{
    return bus->worker_count + 1;
}

bool durations_make(struct bus *bus, struct route *route)
{
    if (route->durations == NULL)
        atomic_store_release_ptr(
            &route->durations,
            bus_take_memory(bus, sets_of(bus) * sizeof *route->durations, CACHE_LINE));
    return route->durations != NULL;
}

void durations_free(struct bus *bus, struct route *route)
{
    if (route->durations != NULL)
        bus_give_memory(bus, route->durations, sets_of(bus) * sizeof *route->durations);
}

static uint32_t bucket_of(uint64_t ns)
{
    uint32_t power;

    if (ns < DURATION_STEPS)
        return (uint32_t)ns;
    power = 63 - (uint32_t)__builtin_clzll(ns);
    if (power >= STEP_BITS + DURATION_POWERS)
        return DURATION_BUCKETS - 1;
    return (power - STEP_BITS + 1) * DURATION_STEPS +
           (uint32_t)(ns >> (power - STEP_BITS)) % DURATION_STEPS;
}

static uint64_t middle_of(uint32_t bucket)
{
    uint32_t shift = bucket / DURATION_STEPS - 1;

    if (bucket < DURATION_STEPS)
        return bucket;
    return ((uint64_t)(DURATION_STEPS + bucket % DURATION_STEPS) << shift) +
           ((UINT64_C(1) << shift) >> 1);
}

static uint32_t border_of(uint64_t ns)
{
    uint32_t i = 0;

    while (i < DURATION_BORDERS && ns > duration_borders[i])
        i++;
    return i;
}

static void add(const struct thread *thread, const struct route *route, uint64_t ns, uint64_t runs)
{
    struct durations *sets = atomic_load_acquire_ptr(&route->durations);
    struct durations *set;

    if (sets == NULL)
        return;
    if (thread->worker != NULL) {
        set = &sets[thread->worker->index];
        counter_add(&set->border[border_of(ns)], runs);
        counter_add(&set->bucket[bucket_of(ns)], runs);
        return;
    }
    set = &sets[thread->bus->worker_count];
    atomic_fetch_add_u64(&set->border[border_of(ns)], runs);
    atomic_fetch_add_u64(&set->bucket[bucket_of(ns)], runs);
}

void durations_note(const struct thread *thread, const struct route *route,
                    struct counters *counters, uint64_t ns, uint64_t runs)
{
    add(thread, route, ns / runs, runs);
    counter_add(&counters->timed_calls, runs);
    counter_add(&counters->timed_ns, ns);
    if (ns > atomic_load_relaxed_u64(&counters->timed_max_ns))
        atomic_store_relaxed_u64(&counters->timed_max_ns, ns);
}

void durations_sum(const struct bus *bus, const struct route *route, struct durations *sum)
{
    const struct durations *sets = atomic_load_acquire_ptr(&route->durations);
    uint32_t set, i;

    *sum = (struct durations){0};
    for (set = 0; sets != NULL && set < sets_of(bus); set++) {
        for (i = 0; i <= DURATION_BORDERS; i++)
            sum->border[i] += atomic_load_relaxed_u64(&sets[set].border[i]);
        for (i = 0; i < DURATION_BUCKETS; i++)
            sum->bucket[i] += atomic_load_relaxed_u64(&sets[set].bucket[i]);
    }
}

uint64_t durations_count(const struct durations *durations)
{
    uint64_t count = 0;
    uint32_t i;

    for (i = 0; i <= DURATION_BORDERS; i++)
        count += durations->border[i];
    return count;
}

uint64_t durations_quantile(const struct durations *durations, double quantile)
{
    uint64_t count = 0, seen = 0, rank;
    uint32_t i;

    for (i = 0; i < DURATION_BUCKETS; i++)
        count += durations->bucket[i];
    if (count == 0)
        return 0;
    if (!(quantile > 0))
        rank = 1;
    else
        rank = quantile < 1 ? (uint64_t)(quantile * (double)count) : count;
    if ((double)rank < quantile * (double)count && rank < count)
        rank++;
    if (rank == 0)
        rank = 1;
    for (i = 0; i < DURATION_BUCKETS; i++) {
        seen += durations->bucket[i];
        if (seen >= rank)
            break;
    }
    return middle_of(i);
}
