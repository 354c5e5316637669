/*
 * busgen.c - ours, through public headers and generated code only: what a user's program does.
 */
#include "contestants.h"

#include <stdio.h>

#include "bench.bus.h"

static struct bench_order_placed message_of(uint64_t number)
{
    struct order order = order_of(number);

    return (struct bench_order_placed){
        .order_id = order.order_id,
        .customer_id = order.customer_id,
        .quantity = order.quantity,
        .price = order.price,
        .symbol = {order.symbol, 8},
        .note = {order.note, 20},
    };
}

static uint64_t sum_of(const struct bench_order_placed *message)
{
    return order_sum(message->order_id, message->customer_id, message->price, message->quantity,
                     message->symbol.data, message->note.data);
}

/* ---- one thread ---- */

/* What publish does with a message: measure (the check of its bounds) and pack. */
double busgen_encode(uint64_t count)
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

/* What a worker does with a message of its own process. */
double busgen_decode(uint64_t count)
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

/* What happens to bytes from outside. */
double busgen_verify_decode(uint64_t count)
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

static bool pinned;

static enum bus_verdict on_order_placed(void *context, const struct bench_order_placed *event,
                                        struct bus_delivery *delivery)
{
    (void)delivery;
    /* The worker is the bus's own thread: its first message moves it to its processor. */
    if (__builtin_expect(!pinned, 0)) {
        pin_to(WORKER_CPU);
        pinned = true;
    }
    reader_take(context, event->order_id, sum_of(event));
    return BUS_DONE;
}

static bool publish_all(struct bus *bus, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct bench_order_placed message = message_of(i);
        enum bus_outcome outcome;

        while ((outcome = bench_order_placed_publish(bus, &message)) == BUS_REJECTED)
            pause_a_moment();
        if (outcome != BUS_QUEUED)
            return false;
    }
    return true;
}

/* Nanoseconds from the first publish to the end of the last handler; 0: failed. */
static uint64_t publish_and_see(struct bus *bus, struct reader *reader, uint64_t count)
{
    uint64_t begin;

    *reader = (struct reader){.count = count};
    begin = now_ns();
    if (!publish_all(bus, count))
        return 0;
    while (!reader_is_done(reader))
        pause_a_moment();
    return now_ns() - begin;
}

static double measure(struct bus *bus, uint64_t count)
{
    struct reader reader = {0};
    uint64_t took;

    pinned = false;
    pin_to(PUBLISHER_CPU);
    if (bench_order_placed_subscribe(bus, on_order_placed, &reader, NULL) != BUS_OK ||
        bus_start(bus) != BUS_OK || publish_and_see(bus, &reader, 3 * RING_SLOTS) == 0)
        return -1;
    took = publish_and_see(bus, &reader, count);
    if (took == 0 || bus_stop(bus, BUS_SECOND, NULL) != BUS_OK)
        return -1;
    return reader_is_right(&reader) ? (double)took / (double)count : -1;
}

double busgen_whole(uint64_t count)
{
    struct bus_options options = {.schema = &bench_schema};
    struct bus *bus = NULL;
    double result;

    expected_sum(count);
    if (bus_open(&bus, &options) != BUS_OK) {
        fprintf(stderr, "bench: %s\n", bus_last_error());
        return -1;
    }
    result = measure(bus, count);
    if (result < 0)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    if (bus_close(&bus) != BUS_OK)
        fprintf(stderr, "bench: %s\n", bus_last_error());
    return result;
}
