/*
 * tune.c - what the options of a bus are worth: the advice in RESULTS.md comes from these figures.
 * All send orders from one publisher to one worker.
 */
#include <stddef.h>

#include "busgen.h"
#include "harness.h"

/* A transport of a bus whose `options` are changed by a statement. */
#define TUNED(name, publish_it, change)                                                            \
    static void *open_##name(const struct shape *shape, struct reader *reader)                     \
    {                                                                                              \
        struct bus_options options = busgen_options(shape);                                        \
                                                                                                   \
        change;                                                                                    \
        return busgen_open(&options, reader);                                                      \
    }                                                                                              \
    static const struct transport name = {                                                         \
        .open = open_##name, .publish = publish_it, .close = busgen_close}

TUNED(capacity_64, busgen_publish, options.capacity[BUS_NORMAL] = 64);
TUNED(capacity_256, busgen_publish, options.capacity[BUS_NORMAL] = 256);
TUNED(capacity_1024, busgen_publish, options.capacity[BUS_NORMAL] = 1024);
TUNED(capacity_4096, busgen_publish, options.capacity[BUS_NORMAL] = 4096);
TUNED(capacity_16384, busgen_publish, options.capacity[BUS_NORMAL] = 16384);

TUNED(cell_default, busgen_publish, options.cell_size = 0);
TUNED(cell_256, busgen_publish, options.cell_size = 256);
TUNED(cell_512, busgen_publish, options.cell_size = 512);
TUNED(cell_pooled, busgen_publish, options.cell_size = 64);

TUNED(two_workers, busgen_publish, options.workers = 2);
TUNED(spin_never, busgen_publish, options.spin_ns = 1);
TUNED(spin_long, busgen_publish, options.spin_ns = BUS_SECOND);

/* Publishes `SIZE` orders at once. */
#define BULK(size)                                                                                 \
    static bool publish_##size(void *bus, uint64_t first, uint64_t count)                          \
    {                                                                                              \
        for (uint64_t i = 0; i < count; i += size)                                                 \
            if (!busgen_publish_bulk(bus, first + i, count - i < (size) ? count - i : (size)))     \
                return false;                                                                      \
        return true;                                                                               \
    }                                                                                              \
    TUNED(bulk_##size, publish_##size, options.workers = 1)
BULK(2);
BULK(4);
BULK(8);
BULK(16);

#define TUNE(what, is, transport_of)                                                               \
    {                                                                                              \
        .bench = what, .name = "busgen: " is, .path = "as busgen in whole-1p1w, " is,              \
        .transport = &transport_of                                                                 \
    }

static const struct contestant contestants[] = {
    TUNE("tune-capacity", "capacity 64", capacity_64),
    TUNE("tune-capacity", "capacity 256", capacity_256),
    TUNE("tune-capacity", "capacity 1024", capacity_1024),
    TUNE("tune-capacity", "capacity 4096", capacity_4096),
    TUNE("tune-capacity", "capacity 16384", capacity_16384),
    TUNE("tune-cell", "cells of the default size", cell_default),
    TUNE("tune-cell", "cells of 256 bytes", cell_256),
    TUNE("tune-cell", "cells of 512 bytes", cell_512),
    TUNE("tune-cell", "cells of 64 bytes, from the pool", cell_pooled),
    TUNE("tune-worker", "one worker", cell_default),
    TUNE("tune-worker", "two workers", two_workers),
    TUNE("tune-worker", "never spins", spin_never),
    TUNE("tune-worker", "spins a second", spin_long),
    TUNE("publish-8p", "the worker spins", spin_long), /* as those of the others do */
    TUNE("tune-bulk", "one by one", cell_default),
    TUNE("tune-bulk", "2 at once", bulk_2),
    TUNE("tune-bulk", "4 at once", bulk_4),
    TUNE("tune-bulk", "8 at once", bulk_8),
    TUNE("tune-bulk", "16 at once", bulk_16),
    {.name = NULL},
};

static const struct bench_case cases[] = {
    {.name = "tune-capacity",
     .unit = "ns/message",
     .what = "how many messages a lane holds",
     .count = 4000000,
     .threads = true},
    {.name = "tune-cell",
     .unit = "ns/message",
     .what = "how large the cells of a lane are",
     .count = 4000000,
     .threads = true},
    {.name = "tune-worker",
     .unit = "ns/message",
     .what = "how many workers there are, how long one looks for work before it sleeps",
     .count = 4000000,
     .threads = true},
    {.name = "tune-bulk",
     .unit = "ns/message",
     .what = "how many messages one call publishes",
     .count = 4000000,
     .threads = true},
    {.name = NULL},
};

extern const struct group tune_group;
const struct group tune_group = {.name = "tuning", .cases = cases, .contestants = contestants};
