// nng.cpp - nng inproc: pair0, the cheapest pattern, whose socket any thread may use; nng_sendmsg
// and nng_recvmsg, so nothing is copied inside.
#include "google.h"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

#include <stdio.h>

namespace
{
constexpr const char *address = "inproc://bench";
constexpr int half = 8192; // the most it takes; of each end

struct whole {
    explicit whole(struct reader *to) : reader(to)
    {
    }

    ~whole()
    {
        nng_close(sender);
        nng_close(receiver);
    }

    // 0, or the error
    int connect()
    {
        int error = nng_pair0_open(&sender);

        if (error == 0)
            error = nng_pair0_open(&receiver);
        if (error == 0)
            error = nng_socket_set_int(sender, NNG_OPT_SENDBUF, half);
        if (error == 0)
            error = nng_socket_set_int(receiver, NNG_OPT_RECVBUF, half);
        // A publisher that failed must not leave the worker waiting for ever.
        if (error == 0)
            error = nng_socket_set_ms(receiver, NNG_OPT_RECVTIMEO, 1000);
        if (error == 0)
            error = nng_listen(receiver, address, nullptr, 0);
        return error != 0 ? error : nng_dial(sender, address, nullptr, 0);
    }

    nng_socket sender = NNG_SOCKET_INITIALIZER;
    nng_socket receiver = NNG_SOCKET_INITIALIZER;
    struct reader *reader;
};

struct publisher {
    nng_socket socket;
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

void *open(const struct shape *, struct reader *reader)
{
    auto *made = new whole(reader);
    const int error = made->connect();

    if (error == 0)
        return made;
    fprintf(stderr, "bench: nng: %s\n", nng_strerror(error));
    close(made);
    return nullptr;
}

void *join(void *transport, unsigned)
{
    const auto *to = static_cast<whole *>(transport);

    return new publisher{to->sender};
}

bool publish(void *from, uint64_t first, uint64_t count)
{
    auto *one = static_cast<publisher *>(from);

    for (uint64_t i = first; i < first + count; i++) {
        nng_msg *message;

        build(one->builder, i);
        if (nng_msg_alloc(&message, one->builder.GetSize()) != 0)
            return false;
        memcpy(nng_msg_body(message), one->builder.GetBufferPointer(), one->builder.GetSize());
        if (nng_sendmsg(one->socket, message, 0) != 0) {
            nng_msg_free(message);
            return false;
        }
    }
    return true;
}

void consume(void *transport)
{
    auto *from = static_cast<whole *>(transport);
    auto *typed = handler;

    while (!reader_is_done(from->reader)) {
        nng_msg *message;

        if (nng_recvmsg(from->receiver, &message, 0) != 0)
            continue;
        typed(from->reader, google::GetOrderPlaced(nng_msg_body(message)));
        nng_msg_free(message);
    }
}

void leave(void *from)
{
    delete static_cast<publisher *>(from);
}

const struct transport transport = {open, join, publish, consume, leave, close};

constexpr char name[] = "google flatbuffers + nng";
constexpr char path[] = "FlatBufferBuilder used again, 112 bytes copied into an nng_msg, inproc "
                        "pair0, nng_sendmsg, nng_recvmsg, accessors, typed handler";

const struct contestant contestants[] = {
    {"whole-1p1w", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-same", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-2p-cross", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"whole-8p", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {"latency-parked", name, path, nullptr, nullptr, nullptr, &transport, nullptr},
    {},
};
} // namespace

extern "C" const struct group nng_group;
const struct group nng_group = {"nng", nullptr, nullptr, contestants};
