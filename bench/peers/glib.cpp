// glib.cpp - GLib's GAsyncQueue. It carries pointers, so the bytes lie in a ring of slots beside
// it, one of each publisher (in its favour: no allocation per message); the worker tells every 64
// messages how far it is, and a publisher that is a ring ahead waits, which also bounds the queue.
#include "google.h"

#include <glib.h>

#include <memory>
#include <vector>

namespace
{
enum : uint64_t { TELL_EVERY = 64 };

struct publisher;

struct slot {
    alignas(64) uint8_t bytes[120];
    publisher *owner;
};

struct publisher {
    explicit publisher(GAsyncQueue *queue) : to(queue), slots(CAPACITY)
    {
        for (slot &one : slots)
            one.owner = this;
    }

    GAsyncQueue *to;
    std::vector<slot> slots;
    flatbuffers::FlatBufferBuilder builder{256};
    uint64_t written = 0;
    alignas(64) uint64_t taken = 0; // the worker's
    alignas(64) uint64_t told = 0;  // what it told of that
};

struct whole {
    whole(const struct shape *shape, struct reader *to) : parked(shape->parked), reader(to)
    {
    }

    ~whole()
    {
        g_async_queue_unref(queue);
    }

    GAsyncQueue *queue = g_async_queue_new();
    std::unique_ptr<publisher> publishers[PUBLISHERS_MAX];
    bool parked;
    struct reader *reader;
};

void handle(void *context, const google::OrderPlaced *message)
{
    reader_take(static_cast<struct reader *>(context), message->order_id(), sum_of(message));
}

// Called through a pointer, as every handler is.
void (*volatile handler)(void *context, const google::OrderPlaced *message) = handle;

void *open(const struct shape *shape, struct reader *reader)
{
    return new whole(shape, reader);
}

void close(void *transport)
{
    delete static_cast<whole *>(transport);
}

// Slots stay: the worker may still read them when the publisher's thread has left.
void *join(void *transport, unsigned index)
{
    auto *to = static_cast<whole *>(transport);

    if (!to->publishers[index])
        to->publishers[index] = std::make_unique<publisher>(to->queue);
    return to->publishers[index].get();
}

bool publish(void *from, uint64_t first, uint64_t count)
{
    auto *one = static_cast<publisher *>(from);
    unsigned waited = 0;

    for (uint64_t i = first; i < first + count; i++, one->written++) {
        slot &next = one->slots[one->written % CAPACITY];

        build(one->builder, i);
        while (one->written - __atomic_load_n(&one->told, __ATOMIC_ACQUIRE) >= CAPACITY)
            wait_a_moment(&waited);
        waited = 0;
        memcpy(next.bytes, one->builder.GetBufferPointer(), one->builder.GetSize());
        g_async_queue_push(one->to, &next);
    }
    return true;
}

void consume(void *transport)
{
    auto *from = static_cast<whole *>(transport);
    auto *typed = handler;
    unsigned waited = 0;

    while (!reader_is_done(from->reader)) {
        // A publisher that failed must not leave the worker waiting for ever.
        const auto *next = static_cast<slot *>(
            from->parked ? g_async_queue_timeout_pop(from->queue, G_USEC_PER_SEC)
                         : g_async_queue_try_pop(from->queue));

        if (next == nullptr) {
            wait_a_moment(&waited);
            continue;
        }
        waited = 0;
        publisher *owner = next->owner;
        typed(from->reader, google::GetOrderPlaced(next->bytes));
        if (++owner->taken % TELL_EVERY == 0)
            __atomic_store_n(&owner->told, owner->taken, __ATOMIC_RELEASE);
    }
}

const struct transport transport = {open, join, publish, consume, nullptr, close};

constexpr char name[] = "google flatbuffers + GAsyncQueue";
constexpr char path[] =
    "FlatBufferBuilder used again, 112 bytes copied into a slot, g_async_queue_push of its "
    "address, g_async_queue_try_pop, accessors, typed handler";

const struct contestant contestants[] = {
    {"whole-1p1w", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-same", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-cross", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-8p", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"latency-parked", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {},
};
} // namespace

extern "C" const struct group glib_group;
const struct group glib_group = {"GLib GAsyncQueue", nullptr, nullptr, contestants};
