/*
 * stats/durations.h - how long the runs of one message type took.
 *
 * Each bucket is as wide as 1/32 of the power of two that it lies in, so its middle is true to
 * 1/64; below 32 ns each nanosecond has its own, beyond 2^36 ns (68 s) all share the last. The
 * buckets of the metrics (0.001 s to 10 s) are counted beside them, for their borders lie
 * elsewhere.
 *
 * Room. A route has one set for each worker, which only that worker writes, and a last one for all
 * other threads (commands that run on their caller). They come with the type's first handler.
 * Only runs that are timed (bus_options.timing_every) come here.
 */
#ifndef BUSGEN_STATS_DURATIONS_H
#define BUSGEN_STATS_DURATIONS_H

#include "core/engine.h"

enum {
    DURATION_STEPS = 32, /* in a power of two */
    DURATION_POWERS = 31,
    DURATION_BUCKETS = (DURATION_POWERS + 1) * DURATION_STEPS,
    DURATION_BORDERS = 12, /* of the metrics; one more bucket is behind the last */
};

struct durations {
    uint64_t border[DURATION_BORDERS + 1];
    uint64_t bucket[DURATION_BUCKETS];
};

/* In nanoseconds: a run that took exactly so long belongs below it. */
extern const uint64_t duration_borders[DURATION_BORDERS];
extern const char *const duration_border_texts[DURATION_BORDERS]; /* in seconds */

/* Registry lock. False: no memory. */
bool durations_make(struct bus *bus, struct route *route);
void durations_free(struct bus *bus, struct route *route);

/* Runs that ended on this thread, `runs` of them within `ns`. */
void durations_note(const struct thread *thread, const struct route *route,
                    struct counters *counters, uint64_t ns, uint64_t runs);
/* Of all threads. */
void durations_sum(const struct bus *bus, const struct route *route, struct durations *sum);

uint64_t durations_count(const struct durations *durations);
/* The value that a share of `quantile` (0 to 1) of the runs did not exceed; 0 without runs. */
uint64_t durations_quantile(const struct durations *durations, double quantile);

#endif
