// moodycamel_blob.cpp - blobs with Google FlatBuffers through moodycamel::ConcurrentQueue: slots of
// the message's size travel by value.
#include <concurrentqueue/concurrentqueue.h>
#include <new>

#include "blob_generated.h"
#include "harness.h"

namespace
{
void handle(void *context, const google::Blob *message)
{
    reader_take(static_cast<struct reader *>(context), message->number(),
                blob_sum(message->number(), message->data()->data(), message->data()->size()));
}

// Called through a pointer, as every handler is.
void (*volatile handler)(void *context, const google::Blob *message) = handle;

template <uint32_t payload> struct way {
    struct slot {
        alignas(8) uint8_t bytes[payload + 56];
        uint32_t size;
    };

    way(size_t capacity, struct reader *to) : slots(2 * capacity), reader(to), builder(2 * payload)
    {
    }

    static void *open(const struct shape *shape, struct reader *reader)
    {
        return new (std::nothrow) way(capacity_of(shape), reader);
    }

    static void close(void *transport)
    {
        delete static_cast<way *>(transport);
    }

    static bool publish(void *transport, uint64_t first, uint64_t count)
    {
        auto *to = static_cast<way *>(transport);
        unsigned waited = 0;
        slot one;

        for (uint64_t i = first; i < first + count; i++) {
            to->builder.Clear();
            const auto data = to->builder.CreateVector(blob_of(i), payload);
            to->builder.Finish(google::CreateBlob(to->builder, i, data));
            one.size = to->builder.GetSize();
            memcpy(one.bytes, to->builder.GetBufferPointer(), one.size);
            while (!to->slots.try_enqueue(one))
                wait_a_moment(&waited);
        }
        return true;
    }

    static void consume(void *transport)
    {
        auto *from = static_cast<way *>(transport);
        auto *typed = handler;
        unsigned waited = 0;
        slot one;

        while (!reader_is_done(from->reader)) {
            if (from->slots.try_dequeue(one))
                typed(from->reader, google::GetBlob(one.bytes));
            else
                wait_a_moment(&waited);
        }
    }

    moodycamel::ConcurrentQueue<slot> slots;
    struct reader *reader;
    flatbuffers::FlatBufferBuilder builder;
};

template <uint32_t payload>
constexpr struct transport blobs = {way<payload>::open,    nullptr, way<payload>::publish,
                                    way<payload>::consume, nullptr, way<payload>::close};

constexpr char name[] = "google flatbuffers + moodycamel";
constexpr char path[] = "FlatBufferBuilder used again, bytes copied into a slot, try_enqueue, "
                        "try_dequeue, accessors, typed handler";

const struct contestant contestants[] = {
    {"size-64", name, path, nullptr, nullptr, nullptr, &blobs<64>, nullptr},
    {"size-256", name, path, nullptr, nullptr, nullptr, &blobs<256>, nullptr},
    {"size-1024", name, path, nullptr, nullptr, nullptr, &blobs<1024>, nullptr},
    {"size-4096", name, path, nullptr, nullptr, nullptr, &blobs<4096>, nullptr},
    {},
};
} // namespace

extern "C" const struct group moodycamel_blob_group;
const struct group moodycamel_blob_group = {"Google FlatBuffers + moodycamel, sizes", nullptr,
                                            nullptr, contestants};
