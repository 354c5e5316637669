// moodycamel.cpp - Google FlatBuffers through moodycamel::ConcurrentQueue: slots of 128 bytes go
// by value; one by one, and 16 at a time with tokens.
#include <concurrentqueue/concurrentqueue.h>
#include <new>

#include "google.h"

namespace
{
struct slot {
    alignas(8) uint8_t bytes[120];
    uint32_t size;
};

using queue = moodycamel::ConcurrentQueue<slot>;

struct way {
    explicit way(struct reader *to) : slots(2 * CAPACITY), reader(to)
    {
    }
    queue slots;
    struct reader *reader;
};

// A publisher of its own builder.
struct sender {
    explicit sender(queue &to) : slots(to), token(to), builder(256)
    {
    }
    queue &slots;
    moodycamel::ProducerToken token;
    flatbuffers::FlatBufferBuilder builder;
};

void handle(void *context, const google::OrderPlaced *message)
{
    reader_take(static_cast<struct reader *>(context), message->order_id(), sum_of(message));
}

// Called through a pointer, as every handler is.
void (*volatile handler)(void *context, const google::OrderPlaced *message) = handle;

void *open_way(const struct shape *, struct reader *reader)
{
    return new (std::nothrow) way(reader);
}

void *join(void *transport, unsigned)
{
    return new (std::nothrow) sender(static_cast<way *>(transport)->slots);
}

void leave(void *publisher)
{
    delete static_cast<sender *>(publisher);
}

void close_way(void *transport)
{
    delete static_cast<way *>(transport);
}

void fill(struct slot &slot, flatbuffers::FlatBufferBuilder &builder, uint64_t number)
{
    build(builder, number);
    slot.size = builder.GetSize();
    memcpy(slot.bytes, builder.GetBufferPointer(), slot.size);
}

// try_enqueue is bounded: it does not allocate.
bool publish(void *publisher, uint64_t first, uint64_t count)
{
    auto *from = static_cast<sender *>(publisher);
    unsigned waited = 0;
    slot one;

    for (uint64_t i = first; i < first + count; i++) {
        fill(one, from->builder, i);
        while (!from->slots.try_enqueue(one))
            wait_a_moment(&waited);
    }
    return true;
}

void consume(void *transport)
{
    auto *from = static_cast<way *>(transport);
    auto *typed = handler;
    unsigned waited = 0;
    slot one;

    while (!reader_is_done(from->reader)) {
        if (from->slots.try_dequeue(one))
            typed(from->reader, google::GetOrderPlaced(one.bytes));
        else
            wait_a_moment(&waited);
    }
}

// The same with the tokens that spare both ends the search for their block.
bool publish_token(void *publisher, uint64_t first, uint64_t count)
{
    auto *from = static_cast<sender *>(publisher);
    unsigned waited = 0;
    slot one;

    for (uint64_t i = first; i < first + count; i++) {
        fill(one, from->builder, i);
        while (!from->slots.try_enqueue(from->token, one))
            wait_a_moment(&waited);
    }
    return true;
}

void consume_token(void *transport)
{
    auto *from = static_cast<way *>(transport);
    auto *typed = handler;
    moodycamel::ConsumerToken token(from->slots);
    unsigned waited = 0;
    slot one;

    while (!reader_is_done(from->reader)) {
        if (from->slots.try_dequeue(token, one))
            typed(from->reader, google::GetOrderPlaced(one.bytes));
        else
            wait_a_moment(&waited);
    }
}

bool publish_bulk(void *publisher, uint64_t first, uint64_t count)
{
    auto *from = static_cast<sender *>(publisher);
    unsigned waited = 0;
    slot some[16];

    for (uint64_t i = 0; i < count; i += 16) {
        const uint64_t wanted = count - i < 16 ? count - i : 16;

        for (uint64_t at = 0; at < wanted; at++)
            fill(some[at], from->builder, first + i + at);
        while (!from->slots.try_enqueue_bulk(from->token, some, wanted))
            wait_a_moment(&waited);
    }
    return true;
}

void consume_bulk(void *transport)
{
    auto *from = static_cast<way *>(transport);
    auto *typed = handler;
    moodycamel::ConsumerToken token(from->slots);
    unsigned waited = 0;
    slot some[16];

    while (!reader_is_done(from->reader)) {
        const size_t count = from->slots.try_dequeue_bulk(token, some, 16);

        for (size_t i = 0; i < count; i++)
            typed(from->reader, google::GetOrderPlaced(some[i].bytes));
        if (count == 0)
            wait_a_moment(&waited);
    }
}

const struct transport one_by_one = {open_way, join, publish, consume, leave, close_way};
const struct transport with_tokens = {open_way,      join,  publish_token,
                                      consume_token, leave, close_way};
const struct transport bulk = {open_way, join, publish_bulk, consume_bulk, leave, close_way};

constexpr char name[] = "google flatbuffers + moodycamel";
constexpr char path[] = "FlatBufferBuilder used again, 112 bytes copied into a slot of 128, "
                        "try_enqueue, try_dequeue, accessors, typed handler";

constexpr char token_name[] = "google flatbuffers + moodycamel, tokens";
constexpr char token_path[] = "the same with a producer and a consumer token";

const struct contestant contestants[] = {
    {"whole-1p1w", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"whole-1p1w", token_name, token_path, nullptr, nullptr, nullptr, &with_tokens, nullptr},
    {"whole-2p-same", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"whole-2p-cross", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"whole-8p", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"latency-spin", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"publish-1p", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"publish-8p", name, path, nullptr, nullptr, nullptr, &one_by_one, nullptr},
    {"bulk16", "google flatbuffers + moodycamel bulk",
     "FlatBufferBuilder used again, slots of 128, try_enqueue_bulk and try_dequeue_bulk of 16 with "
     "tokens, accessors, typed handler",
     nullptr, nullptr, nullptr, &bulk, nullptr},
    {},
};
} // namespace

extern "C" const struct group moodycamel_group;
const struct group moodycamel_group = {"Google FlatBuffers + moodycamel", nullptr, nullptr,
                                       contestants};
