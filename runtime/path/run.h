/*
 * path/run.h - what every run of a handler has to do, wherever a message is dispatched.
 */
#ifndef BUSGEN_PATH_RUN_H
#define BUSGEN_PATH_RUN_H

#include "path/path.h"

/* Where the slices of a message lie that is unpacked into `room` of route->scratch bytes. */
static inline struct bus_scratch run_scratch(const struct route *route, void *room)
{
    struct bus_scratch scratch;

    scratch.at = (uint8_t *)room + ((route->type->codec.table->size + 7) & ~UINT32_C(7));
    scratch.end = (uint8_t *)room + route->scratch;
    return scratch;
}

static inline bool unpack_into(const struct route *route, void *room, const uint8_t *bytes)
{
    struct bus_scratch scratch = run_scratch(route, room);

    return route->type->codec.unpack(room, bytes, &scratch);
}

/* Runs are timed by sample: two looks at the clock take longer than many a handler. */
enum { TIMED_EVERY = 64 };

static inline bool run_is_timed(const struct counters *counters)
{
    return BUS_COUNTS && atomic_load_relaxed_u64(&counters->calls) % TIMED_EVERY == 0;
}

/* The end of one that is and began at `since`. */
static inline void run_timed(const struct bus *bus, struct counters *counters, uint64_t since)
{
    uint64_t took = bus_now(bus) - since;

    counter_add(&counters->timed_calls, 1);
    counter_add(&counters->timed_ns, took);
    if (took > atomic_load_relaxed_u64(&counters->timed_max_ns))
        atomic_store_relaxed_u64(&counters->timed_max_ns, took);
}

#endif
