/* pipeline.c - the whole way with something in front of publish, or around the handler. */
#include <stdio.h>

#include <bus/pipeline.h>

#include "busgen.h"
#include "harness.h"
#include "transports.h"

static const struct bench_case cases[] = {
    {.name = "pipeline",
     .unit = "ns/message",
     .what = "as whole-1p1w: with nothing, one filter, one middleware",
     .count = 4000000,
     .threads = true},
    {.name = NULL},
};

static bool pass(void *context, const void *message, const struct bus_filter_facts *facts)
{
    (void)context;
    (void)message;
    (void)facts;
    return true;
}

static enum bus_verdict go_on(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    (void)context;
    return bus_middleware_next(next, delivery);
}

static void *open_with(const struct shape *shape, struct reader *reader,
                       const struct bus_filter *filter, const struct bus_middleware *middleware)
{
    struct bus_options options = busgen_options(shape);
    struct bus *bus = busgen_open(&options, reader);

    if (bus == NULL ||
        ((filter == NULL || bus_filter_add(bus, filter, NULL) == BUS_OK) &&
         (middleware == NULL || bus_middleware_add(bus, middleware, NULL) == BUS_OK)))
        return bus;
    fprintf(stderr, "bench: %s\n", bus_last_error());
    busgen_close(bus);
    return NULL;
}

static void *open_custom(const struct shape *shape, struct reader *reader)
{
    return open_with(shape, reader,
                     &(struct bus_filter){.kind = BUS_FILTER_CUSTOM, .matches = pass}, NULL);
}

static void *open_around(const struct shape *shape, struct reader *reader)
{
    return open_with(shape, reader, NULL,
                     &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM, .around = go_on});
}

static void *open_timing(const struct shape *shape, struct reader *reader)
{
    return open_with(shape, reader, NULL, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_TIMING});
}

static const struct transport custom = {
    .open = open_custom, .publish = busgen_publish, .close = busgen_close};
static const struct transport around = {
    .open = open_around, .publish = busgen_publish, .close = busgen_close};
static const struct transport timing = {
    .open = open_timing, .publish = busgen_publish, .close = busgen_close};

#define AS "as busgen in whole-1p1w"

static const struct contestant contestants[] = {
    {.bench = "pipeline",
     .name = "busgen",
     .path = AS ": neither filters nor middleware",
     .transport = &busgen_transport},
    {.bench = "pipeline",
     .name = "busgen: filter",
     .path = AS ", one filter, a function that says yes",
     .transport = &custom},
    {.bench = "pipeline",
     .name = "busgen: middleware",
     .path = AS ", one middleware, a function that goes on",
     .transport = &around},
    {.bench = "pipeline",
     .name = "busgen: timing",
     .path = AS ", the timing middleware: two looks at the clock around each run",
     .transport = &timing},
    {.name = NULL},
};

extern const struct group pipeline_group;
const struct group pipeline_group = {
    .name = "pipeline", .cases = cases, .contestants = contestants};
