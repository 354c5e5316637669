// google.h - the message of the benchmarks with Google's FlatBuffers for C++.
#ifndef BENCH_GOOGLE_H
#define BENCH_GOOGLE_H

#include "google_generated.h"
#include "harness.h"

static inline void build(flatbuffers::FlatBufferBuilder &builder, uint64_t number)
{
    const struct order order = order_of(number);

    builder.Clear();
    const auto symbol = builder.CreateString(order.symbol, 8);
    const auto note = builder.CreateString(order.note, 20);
    builder.Finish(google::CreateOrderPlaced(builder, order.order_id, order.customer_id,
                                             order.quantity, order.price, symbol, note));
}

static inline uint64_t sum_of(const google::OrderPlaced *message)
{
    return order_sum(message->order_id(), message->customer_id(), message->price(),
                     message->quantity(), message->symbol()->c_str(), message->note()->c_str());
}

#endif
