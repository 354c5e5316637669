/* protobuf_c.c - protobuf-c: pack and unpack, one thread, the system's malloc as by default. */
#include "harness.h"

#include "order.pb-c.h"

enum { BYTES_MAX = 128 };

/* protobuf-c wants char *, and does not write there. */
static char *text(const char *from)
{
    union {
        const char *in;
        char *out;
    } pointer = {.in = from};

    return pointer.out;
}

static OrderPlaced message_of(uint64_t number)
{
    struct order order = order_of(number);
    OrderPlaced message = ORDER_PLACED__INIT;

    message.order_id = order.order_id;
    message.customer_id = order.customer_id;
    message.quantity = order.quantity;
    message.price = order.price;
    message.symbol = text(order.symbol);
    message.note = text(order.note);
    return message;
}

/* The values fit BYTES_MAX, so the size need not be asked for first. */
static double encode(uint64_t count)
{
    uint8_t bytes[BYTES_MAX];
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        OrderPlaced message = message_of(i);

        if (order_placed__pack(&message, bytes) == 0)
            return -1;
        touched(bytes);
    }
    return (double)(now_ns() - begin) / (double)count;
}

static double decode(uint64_t count)
{
    uint8_t bytes[16][BYTES_MAX];
    size_t sizes[16];
    uint64_t sum = 0;
    uint64_t begin;

    for (uint64_t i = 0; i < 16; i++) {
        OrderPlaced message = message_of(i);

        sizes[i] = order_placed__pack(&message, bytes[i]);
    }
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        OrderPlaced *message;

        touched(bytes);
        message = order_placed__unpack(NULL, sizes[i & 15], bytes[i & 15]);
        if (message == NULL)
            return -1;
        sum += order_sum(message->order_id, message->customer_id, message->price, message->quantity,
                         message->symbol, message->note);
        order_placed__free_unpacked(message, NULL);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

#define DECODE "unpack with malloc (it always checks), all fields read, free_unpacked"

static const struct contestant contestants[] = {
    {.bench = "encode", .name = "protobuf-c", .path = "pack; about 60 bytes", .run = encode},
    {.bench = "decode", .name = "protobuf-c", .path = DECODE, .run = decode},
    {.bench = "verify+decode", .name = "protobuf-c", .path = DECODE, .run = decode},
    {.name = NULL},
};

extern const struct group protobuf_c_group;
const struct group protobuf_c_group = {.name = "protobuf-c", .contestants = contestants};
