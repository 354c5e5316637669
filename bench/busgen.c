/*
 * busgen.c - ours, through public headers and generated code only: what a user's program does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.bus.inline.h"
#include "busgen.h"
#include "ours.h"
#include "transports.h"

/* ---- one thread ---- */

/* For who packs many messages himself. */
static double encode_inline(uint64_t count)
{
    _Alignas(64) uint8_t bytes[BENCH_ORDER_PLACED_SIZE_MAX];
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);

        if (bench_order_placed_encode_inline(&message, bytes, sizeof bytes) == 0)
            return -1;
        touched(bytes);
    }
    return (double)(now_ns() - begin) / (double)count;
}

/* What publish does with a message: measure (the check of its bounds) and pack. */
static double encode(uint64_t count)
{
    const struct bus_codec *codec = &bench_order_placed_type.codec;
    _Alignas(64) uint8_t bytes[BENCH_ORDER_PLACED_SIZE_MAX];
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);

        if (codec->measure(&message, false) == 0)
            return -1;
        codec->pack(bytes, &message);
        touched(bytes);
    }
    return (double)(now_ns() - begin) / (double)count;
}

static bool pack_sixteen(uint8_t bytes[16][BENCH_ORDER_PLACED_SIZE_MAX], uint32_t sizes[16])
{
    for (uint64_t i = 0; i < 16; i++) {
        struct bench_order_placed message = message_of(i);

        sizes[i] = bench_order_placed_encode(&message, bytes[i], BENCH_ORDER_PLACED_SIZE_MAX);
        if (sizes[i] == 0)
            return false;
    }
    return true;
}

static double decode_inline(uint64_t count)
{
    _Alignas(64) uint8_t bytes[16][BENCH_ORDER_PLACED_SIZE_MAX];
    uint32_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    if (!pack_sixteen(bytes, sizes))
        return -1;
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message;

        touched(bytes);
        if (!bench_order_placed_unpack_inline(bytes[i & 15], &message, NULL, 0))
            return -1;
        sum += sum_of(&message);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

/* What a worker does with a message of its own process. */
static double decode(uint64_t count)
{
    const struct bus_codec *codec = &bench_order_placed_type.codec;
    _Alignas(64) uint8_t bytes[16][BENCH_ORDER_PLACED_SIZE_MAX];
    uint32_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    if (!pack_sixteen(bytes, sizes))
        return -1;
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message;
        struct bus_scratch scratch = {NULL, NULL};

        touched(bytes);
        if (!codec->unpack(&message, bytes[i & 15], &scratch))
            return -1;
        sum += sum_of(&message);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

static double verify_decode_inline(uint64_t count)
{
    _Alignas(64) uint8_t bytes[16][BENCH_ORDER_PLACED_SIZE_MAX];
    uint32_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    if (!pack_sixteen(bytes, sizes))
        return -1;
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message;

        touched(bytes);
        if (bench_order_placed_decode_inline(bytes[i & 15], sizes[i & 15], &message, NULL, 0) !=
            BUS_OK)
            return -1;
        sum += sum_of(&message);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

/* What happens to bytes from outside. */
static double verify_decode(uint64_t count)
{
    _Alignas(64) uint8_t bytes[16][BENCH_ORDER_PLACED_SIZE_MAX];
    uint32_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    if (!pack_sixteen(bytes, sizes))
        return -1;
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message;

        touched(bytes);
        if (bench_order_placed_decode(bytes[i & 15], sizes[i & 15], &message, NULL, 0) != BUS_OK)
            return -1;
        sum += sum_of(&message);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

/* ---- the whole way ---- */

/* Default options but for the capacity, which all contestants have alike. Where one publisher's
 * messages come at a pace the case says whether the worker sleeps in between. */
struct bus_options busgen_options(const struct shape *shape)
{
    struct bus_options options = {.schema = &bench_schema};

    options.capacity[BUS_NORMAL] = CAPACITY;
    if (shape->rate != 0 && shape->publishers <= 1)
        options.spin_ns = shape->parked ? 1 : 60 * BUS_SECOND;
    return options;
}

void *busgen_open(const struct bus_options *options, struct reader *reader)
{
    struct bus *bus = NULL;

    if (bus_open(&bus, options) == BUS_OK &&
        bench_order_placed_subscribe(bus, on_order_placed, reader, NULL) == BUS_OK &&
        bus_start(bus) == BUS_OK)
        return bus;
    fprintf(stderr, "bench: %s\n", bus_last_error());
    if (bus != NULL)
        bus_close(&bus);
    return NULL;
}

static void *open_bus(const struct shape *shape, struct reader *reader)
{
    struct bus_options options = busgen_options(shape);

    return busgen_open(&options, reader);
}

bool busgen_publish(void *bus, uint64_t first, uint64_t count)
{
    unsigned waited = 0;

    for (uint64_t i = first; i < first + count; i++) {
        struct bench_order_placed message = message_of(i);
        enum bus_outcome outcome;

        while ((outcome = bench_order_placed_publish(bus, &message)) == BUS_REJECTED)
            wait_a_moment(&waited);
        if (outcome != BUS_QUEUED)
            return false;
    }
    return true;
}

bool busgen_publish_bulk(void *bus, uint64_t first, uint64_t count)
{
    struct bench_order_placed messages[16];
    unsigned waited = 0;

    for (uint64_t i = 0; i < count; i += 16) {
        uint32_t wanted = count - i < 16 ? (uint32_t)(count - i) : 16;
        uint32_t accepted = 0;

        for (uint32_t at = 0; at < wanted; at++)
            messages[at] = message_of(first + i + at);
        for (uint32_t at = 0; at < wanted; at += accepted) {
            enum bus_outcome outcome =
                bench_order_placed_publish_many(bus, messages + at, wanted - at, NULL, &accepted);

            if (outcome == BUS_REJECTED)
                wait_a_moment(&waited);
            else if (outcome != BUS_QUEUED)
                return false;
        }
    }
    return true;
}

void busgen_close(void *context)
{
    struct bus *bus = context;

    if (bus_stop(bus, BUS_SECOND, NULL) != BUS_OK || bus_close(&bus) != BUS_OK)
        fprintf(stderr, "bench: %s\n", bus_last_error());
}

const struct transport busgen_transport = {
    .open = open_bus, .publish = busgen_publish, .close = busgen_close};
static const struct transport bulk = {
    .open = open_bus, .publish = busgen_publish_bulk, .close = busgen_close};

#define WHOLE                                                                                      \
    "bench_order_placed_publish of a struct, lane, dispatch, typed handler; accounting, metrics, " \
    "priorities on"

static const struct contestant contestants[] = {
    {.bench = "encode",
     .name = "busgen",
     .path = "bench_order_placed_encode_inline: bounds of the strings, FlatBuffers, 104 bytes",
     .run = encode_inline},
    {.bench = "encode",
     .name = "busgen, as publish",
     .path = "generated measure (bounds of the strings) and pack, behind pointers",
     .run = encode},
    {.bench = "decode",
     .name = "busgen",
     .path = "bench_order_placed_unpack_inline; all fields read",
     .run = decode_inline},
    {.bench = "decode",
     .name = "busgen, as dispatch",
     .path = "generated unpack, what a worker calls for bytes of its own process; all fields read",
     .run = decode},
    {.bench = "verify+decode",
     .name = "busgen",
     .path = "bench_order_placed_decode_inline: verifier and unpack; all fields read",
     .run = verify_decode_inline},
    {.bench = "verify+decode",
     .name = "busgen, not inlined",
     .path = "bench_order_placed_decode: verifier and unpack; all fields read",
     .run = verify_decode},
    {.bench = "whole-1p1w", .name = "busgen", .path = WHOLE, .transport = &busgen_transport},
    {.bench = "whole-2p-same", .name = "busgen", .path = WHOLE, .transport = &busgen_transport},
    {.bench = "whole-2p-cross", .name = "busgen", .path = WHOLE, .transport = &busgen_transport},
    {.bench = "whole-8p", .name = "busgen", .path = WHOLE, .transport = &busgen_transport},
    {.bench = "bulk16",
     .name = "busgen",
     .path = "bench_order_placed_publish_many of 16 structs, lane, dispatch, typed handler",
     .transport = &bulk},
    {.bench = "latency-spin",
     .name = "busgen",
     .path = WHOLE "; spin_ns a minute",
     .transport = &busgen_transport},
    {.bench = "latency-parked",
     .name = "busgen",
     .path = WHOLE "; spin_ns 1: the worker sleeps at once",
     .transport = &busgen_transport},
    {.bench = "publish-1p",
     .name = "busgen",
     .path = "the call of bench_order_placed_publish",
     .transport = &busgen_transport},
    {.bench = "publish-8p",
     .name = "busgen",
     .path = "the call of bench_order_placed_publish",
     .transport = &busgen_transport},
    {.name = NULL},
};

extern const struct group busgen_group;
const struct group busgen_group = {.name = "busgen", .contestants = contestants};
