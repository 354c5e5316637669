/*
 * busgen_blob.c - the cases of the sizes, and ours in them: a number and bytes, read to the last
 * one. Messages up to the default cell travel in the lane, larger ones in blocks of the pool.
 */
#include <stdio.h>

#include "blob.bus.h"
#include "harness.h"

static enum bus_verdict on_sent(void *context, const struct blob_sent *event,
                                struct bus_delivery *delivery)
{
    (void)delivery;
    reader_take(context, event->number,
                blob_sum(event->number, event->data.data, event->data.size));
    return BUS_DONE;
}

/* What publish needs beside the bus. */
struct sender {
    struct bus *bus;
    uint32_t payload;
};

static void *open_with(struct bus_options *options, const struct shape *shape,
                       struct reader *reader)
{
    static struct sender sender;

    sender = (struct sender){.payload = shape->payload};
    options->schema = &blob_schema;
    options->capacity[BUS_NORMAL] = capacity_of(shape);
    options->pool_bytes = (size_t)capacity_of(shape) * 2 * BLOB_MAX;
    if (bus_open(&sender.bus, options) == BUS_OK &&
        blob_sent_subscribe(sender.bus, on_sent, reader, NULL) == BUS_OK &&
        bus_start(sender.bus) == BUS_OK)
        return &sender;
    fprintf(stderr, "bench: %s\n", bus_last_error());
    if (sender.bus != NULL)
        bus_close(&sender.bus);
    return NULL;
}

static void *open_default(const struct shape *shape, struct reader *reader)
{
    return open_with(&(struct bus_options){.cell_size = 0}, shape, reader);
}

/* Cells as large as the message with what is around it. */
static void *open_fitting(const struct shape *shape, struct reader *reader)
{
    uint32_t size = (shape->payload + 128 + 63) / 64 * 64;

    return open_with(&(struct bus_options){.cell_size = size}, shape, reader);
}

static bool publish(void *context, uint64_t first, uint64_t count)
{
    const struct sender *sender = context;
    unsigned waited = 0;

    for (uint64_t i = first; i < first + count; i++) {
        struct blob_sent message = {.number = i, .data = {blob_of(i), sender->payload}};
        enum bus_outcome outcome;

        while ((outcome = blob_sent_publish(sender->bus, &message)) == BUS_REJECTED)
            wait_a_moment(&waited);
        if (outcome != BUS_QUEUED)
            return false;
    }
    return true;
}

static void close_bus(void *context)
{
    struct sender *sender = context;

    if (bus_stop(sender->bus, BUS_SECOND, NULL) != BUS_OK || bus_close(&sender->bus) != BUS_OK)
        fprintf(stderr, "bench: %s\n", bus_last_error());
}

static const struct transport by_default = {
    .open = open_default, .publish = publish, .close = close_bus};
static const struct transport fitting = {
    .open = open_fitting, .publish = publish, .close = close_bus};

#define SIZE(text, bytes)                                                                          \
    {                                                                                              \
        .name = "size-" text, .unit = "ns/message",                                                \
        .what = "a number and " text " bytes -> other thread -> typed handler, all bytes read",    \
        .count = 2000000, .threads = true, .shape = {                                              \
            .payload = (bytes),                                                                    \
            .capacity = 1024                                                                       \
        }                                                                                          \
    }
static const struct bench_case cases[] = {
    SIZE("64", 64), SIZE("256", 256), SIZE("1024", 1024), SIZE("4096", 4096), {.name = NULL}};

#define BLOB(text)                                                                                 \
    {                                                                                              \
        .bench = "size-" text, .name = "busgen",                                                   \
        .path = "blob_sent_publish of a struct, lane or pool, dispatch, typed handler",            \
        .transport = &by_default                                                                   \
    }
#define FITTING(text)                                                                              \
    {                                                                                              \
        .bench = "size-" text, .name = "busgen: cells as large as the message",                    \
        .path = "the same, with cell_size so that nothing goes to the pool", .transport = &fitting \
    }
static const struct contestant contestants[] = {BLOB("64"),      BLOB("256"),  BLOB("1024"),
                                                FITTING("1024"), BLOB("4096"), FITTING("4096"),
                                                {.name = NULL}};

extern const struct group busgen_blob_group;
const struct group busgen_blob_group = {
    .name = "busgen, sizes", .cases = cases, .contestants = contestants};
