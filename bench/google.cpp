// google.cpp - Google's FlatBuffers for C++, alone and with moodycamel::ConcurrentQueue for the way
// to the other thread. One builder, cleared and used again; slots of 128 bytes travel by value.
#include "contestants.h"

#include "google_generated.h"

static void build(flatbuffers::FlatBufferBuilder &builder, uint64_t number)
{
    const struct order order = order_of(number);

    builder.Clear();
    const auto symbol = builder.CreateString(order.symbol, 8);
    const auto note = builder.CreateString(order.note, 20);
    builder.Finish(google::CreateOrderPlaced(builder, order.order_id, order.customer_id,
                                             order.quantity, order.price, symbol, note));
}

static uint64_t sum_of(const google::OrderPlaced *message)
{
    return order_sum(message->order_id(), message->customer_id(), message->price(),
                     message->quantity(), message->symbol()->c_str(), message->note()->c_str());
}

double google_encode(uint64_t count)
{
    flatbuffers::FlatBufferBuilder builder(256);
    const uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        build(builder, i);
        touched(builder.GetBufferPointer());
    }
    return static_cast<double>(now_ns() - begin) / static_cast<double>(count);
}

static double decode(uint64_t count, bool verify)
{
    alignas(8) uint8_t bytes[16][128];
    size_t sizes[16];
    flatbuffers::FlatBufferBuilder builder(256);
    uint64_t sum = 0;

    for (uint64_t i = 0; i < 16; i++) {
        build(builder, i);
        sizes[i] = builder.GetSize();
        if (sizes[i] > sizeof bytes[i])
            return -1;
        memcpy(bytes[i], builder.GetBufferPointer(), sizes[i]);
    }
    const uint64_t begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        touched(bytes);
        if (verify) {
            flatbuffers::Verifier verifier(bytes[i & 15], sizes[i & 15]);

            if (!google::VerifyOrderPlacedBuffer(verifier))
                return -1;
        }
        sum += sum_of(google::GetOrderPlaced(bytes[i & 15]));
    }
    const uint64_t took = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16)
               ? static_cast<double>(took) / static_cast<double>(count)
               : -1;
}

double google_decode(uint64_t count)
{
    return decode(count, false);
}

double google_verify_decode(uint64_t count)
{
    return decode(count, true);
}

#ifdef BENCH_MOODYCAMEL
#include <concurrentqueue/concurrentqueue.h>

namespace
{
struct slot {
    alignas(8) uint8_t bytes[120];
    uint32_t size;
};

struct whole {
    whole() : queue(RING_SLOTS), reader()
    {
    }
    moodycamel::ConcurrentQueue<slot> queue;
    struct reader reader;
};

void handle(void *context, const google::OrderPlaced *message)
{
    reader_take(static_cast<struct reader *>(context), message->order_id(), sum_of(message));
}

void (*volatile handler)(void *context, const google::OrderPlaced *message) = handle;

void produce(void *context, uint64_t count)
{
    auto *way = static_cast<whole *>(context);
    flatbuffers::FlatBufferBuilder builder(256);
    slot one;

    for (uint64_t i = 0; i < count; i++) {
        build(builder, i);
        one.size = builder.GetSize();
        memcpy(one.bytes, builder.GetBufferPointer(), one.size);
        while (!way->queue.try_enqueue(one)) // bounded: it may not allocate
            pause_a_moment();
    }
}

void consume(void *context)
{
    auto *way = static_cast<whole *>(context);
    auto *typed = handler;
    slot one;

    while (!reader_is_done(&way->reader)) {
        if (way->queue.try_dequeue(one))
            typed(&way->reader, google::GetOrderPlaced(one.bytes));
        else
            pause_a_moment();
    }
}
} // namespace

double google_whole(uint64_t count)
{
    whole way;

    expected_sum(count);
    way.reader.count = 3 * RING_SLOTS; // warm: every page was touched
    run_pair(produce, consume, &way, way.reader.count);
    way.reader = {};
    way.reader.count = count;
    const uint64_t took = run_pair(produce, consume, &way, count);
    return reader_is_right(&way.reader) ? static_cast<double>(took) / static_cast<double>(count)
                                        : -1;
}
#endif
