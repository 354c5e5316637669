/* ours.h - the message of the benchmarks as a user of Busgen fills and reads it. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "bench.bus.h"
#include "harness.h"

static inline struct bench_order_placed message_of(uint64_t number)
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

static inline uint64_t sum_of(const struct bench_order_placed *message)
{
    return order_sum(message->order_id, message->customer_id, message->price, message->quantity,
                     message->symbol.data, message->note.data);
}

static inline enum bus_verdict on_order_placed(void *reader, const struct bench_order_placed *event,
                                               struct bus_delivery *delivery)
{
    (void)delivery;
    reader_take((struct reader *)reader, event->order_id, sum_of(event));
    return BUS_DONE;
}

#endif
