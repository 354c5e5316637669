/*
 * path/run.h - what every run of a handler has to do, wherever a message is dispatched.
 */
#ifndef BUSGEN_PATH_RUN_H
#define BUSGEN_PATH_RUN_H

#include "path/path.h"
#include "stats/durations.h"

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

static inline bool run_is_timed(const struct bus *bus, const struct counters *counters)
{
    return BUS_COUNTS && (atomic_load_relaxed_u64(&counters->calls) & bus->timing_mask) == 0;
}

/* The end of one that is and began at `since`. */
static inline void run_timed(const struct thread *thread, const struct route *route,
                             struct counters *counters, uint64_t since)
{
    durations_note(thread, route, counters, bus_now(thread->bus) - since, 1);
}

#endif
