/* nanopb.c - nanopb: encode and decode, one thread; strings are arrays inside the struct. */
#include "harness.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include "order.pb.h"

static void message_of(OrderPlaced *message, uint64_t number)
{
    struct order order = order_of(number);

    message->order_id = order.order_id;
    message->customer_id = order.customer_id;
    message->quantity = order.quantity;
    message->price = order.price;
    memcpy(message->symbol, order.symbol, 9);
    memcpy(message->note, order.note, 21);
}

static double encode(uint64_t count)
{
    uint8_t bytes[OrderPlaced_size];
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
        OrderPlaced message;

        message_of(&message, i);
        if (!pb_encode(&stream, OrderPlaced_fields, &message))
            return -1;
        touched(bytes);
    }
    return (double)(now_ns() - begin) / (double)count;
}

static double decode(uint64_t count)
{
    uint8_t bytes[16][OrderPlaced_size];
    size_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    for (uint64_t i = 0; i < 16; i++) {
        pb_ostream_t stream = pb_ostream_from_buffer(bytes[i], sizeof bytes[i]);
        OrderPlaced message;

        message_of(&message, i);
        if (!pb_encode(&stream, OrderPlaced_fields, &message))
            return -1;
        sizes[i] = stream.bytes_written;
    }
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        pb_istream_t stream = pb_istream_from_buffer(bytes[i & 15], sizes[i & 15]);
        OrderPlaced message;

        touched(bytes);
        if (!pb_decode(&stream, OrderPlaced_fields, &message))
            return -1;
        sum += order_sum(message.order_id, message.customer_id, message.price, message.quantity,
                         message.symbol, message.note);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

#define DECODE "pb_decode (it always checks) into a struct of arrays, all fields read"

static const struct contestant contestants[] = {
    {.bench = "encode", .name = "nanopb", .path = "pb_encode; about 60 bytes", .run = encode},
    {.bench = "decode", .name = "nanopb", .path = DECODE, .run = decode},
    {.bench = "verify+decode", .name = "nanopb", .path = DECODE, .run = decode},
    {.name = NULL},
};

extern const struct group nanopb_group;
const struct group nanopb_group = {.name = "nanopb", .contestants = contestants};
