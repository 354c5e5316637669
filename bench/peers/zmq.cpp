// zmq.cpp - ZeroMQ inproc: each publisher a PUSH socket, the worker a PULL; zmq_send and zmq_recv,
// by value.
#include "google.h"

#include <zmq.h>

#include <stdio.h>

namespace
{
constexpr const char *address = "inproc://bench";
constexpr int half = CAPACITY / 2; // the bounds of both ends count

struct whole {
    whole(const struct shape *shape, struct reader *to) : parked(shape->parked), reader(to)
    {
        const int second = 1000;

        zmq_ctx_set(context, ZMQ_IO_THREADS, 0);
        receiver = zmq_socket(context, ZMQ_PULL);
        // A publisher that failed must not leave the worker waiting for ever.
        bound = receiver != nullptr &&
                zmq_setsockopt(receiver, ZMQ_RCVHWM, &half, sizeof half) == 0 &&
                zmq_setsockopt(receiver, ZMQ_RCVTIMEO, &second, sizeof second) == 0 &&
                zmq_bind(receiver, address) == 0;
    }

    ~whole()
    {
        if (receiver != nullptr)
            zmq_close(receiver);
        zmq_ctx_term(context);
    }

    void *context = zmq_ctx_new();
    void *receiver = nullptr;
    bool bound = false;
    bool parked;
    struct reader *reader;
};

struct publisher {
    void *socket;
    flatbuffers::FlatBufferBuilder builder{256};
};

void close(void *transport)
{
    delete static_cast<whole *>(transport);
}

void handle(void *context, const google::OrderPlaced *message)
{
    reader_take(static_cast<struct reader *>(context), message->order_id(), sum_of(message));
}

// Called through a pointer, as every handler is.
void (*volatile handler)(void *context, const google::OrderPlaced *message) = handle;

void *open(const struct shape *shape, struct reader *reader)
{
    auto *made = new whole(shape, reader);

    if (made->bound)
        return made;
    fprintf(stderr, "bench: zeromq: %s\n", zmq_strerror(zmq_errno()));
    close(made);
    return nullptr;
}

void *join(void *transport, unsigned)
{
    const auto *to = static_cast<whole *>(transport);
    void *socket = zmq_socket(to->context, ZMQ_PUSH);

    if (socket == nullptr)
        return nullptr;
    if (zmq_setsockopt(socket, ZMQ_SNDHWM, &half, sizeof half) == 0 &&
        zmq_connect(socket, address) == 0)
        return new publisher{socket};
    zmq_close(socket);
    return nullptr;
}

bool publish(void *from, uint64_t first, uint64_t count)
{
    auto *one = static_cast<publisher *>(from);

    for (uint64_t i = first; i < first + count; i++) {
        build(one->builder, i);
        if (zmq_send(one->socket, one->builder.GetBufferPointer(), one->builder.GetSize(), 0) < 0)
            return false;
    }
    return true;
}

void consume(void *transport)
{
    auto *from = static_cast<whole *>(transport);
    auto *typed = handler;
    const int flags = from->parked ? 0 : ZMQ_DONTWAIT;
    alignas(8) uint8_t bytes[BLOB_MAX + 64];
    unsigned waited = 0;

    while (!reader_is_done(from->reader)) {
        if (zmq_recv(from->receiver, bytes, sizeof bytes, flags) < 0) {
            wait_a_moment(&waited);
        } else {
            waited = 0;
            typed(from->reader, google::GetOrderPlaced(bytes));
        }
    }
}

void leave(void *from)
{
    zmq_close(static_cast<publisher *>(from)->socket); // what was sent still arrives
    delete static_cast<publisher *>(from);
}

const struct transport transport = {open, join, publish, consume, leave, close};

constexpr char name[] = "google flatbuffers + zeromq";
constexpr char path[] = "FlatBufferBuilder used again, 112 bytes, inproc PUSH and PULL, zmq_send, "
                        "zmq_recv, accessors, typed handler";

const struct contestant contestants[] = {
    {"whole-1p1w", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-same", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-cross", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-8p", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"latency-parked", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {},
};
} // namespace

extern "C" const struct group zmq_group;
const struct group zmq_group = {"ZeroMQ", nullptr, nullptr, contestants};
