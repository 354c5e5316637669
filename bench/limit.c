/*
 * limit.c - what the machine allows on one thread: a copy of a template of 96 bytes with the fields
 * stored into it, and the fields loaded from there. No bounds, no types, no growth.
 */
#include <stddef.h>

#include "harness.h"

/* What encode and decode work on; 96 bytes as the template of a packed message. */
struct packed {
    uint64_t front[5];
    uint64_t order_id;
    uint64_t customer_id;
    double price;
    uint32_t quantity;
    char symbol[8];
    char note[20];
};
_Static_assert(sizeof(struct packed) == 96, "as large as a small message");

static const struct packed template = {.front = {1, 2, 3, 4, 5}};

static void write_packed(struct packed *to, uint64_t number)
{
    struct order order = order_of(number);

    *to = template;
    to->order_id = order.order_id;
    to->customer_id = order.customer_id;
    to->price = order.price;
    to->quantity = order.quantity;
    memcpy(to->symbol, order.symbol, sizeof to->symbol);
    memcpy(to->note, order.note, sizeof to->note);
}

static double limit_encode(uint64_t count)
{
    _Alignas(64) struct packed packed;
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        write_packed(&packed, i);
        touched(&packed);
    }
    return (double)(now_ns() - begin) / (double)count;
}

static double limit_decode(uint64_t count)
{
    _Alignas(64) struct packed packed[16];
    uint64_t sum = 0;
    uint64_t begin;

    for (uint64_t i = 0; i < 16; i++)
        write_packed(&packed[i], i);
    begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        const struct packed *from = &packed[i & 15];

        touched(packed);
        sum += order_sum(from->order_id, from->customer_id, from->price, from->quantity,
                         from->symbol, from->note);
    }
    begin = now_ns() - begin;
    return sum == expected_sum(16) * (count / 16) ? (double)begin / (double)count : -1;
}

static const struct contestant contestants[] = {
    {.bench = "encode",
     .name = "limit: template and stores",
     .path = "memcpy of a constant template of 96 bytes, the six fields stored into it",
     .run = limit_encode},
    {.bench = "decode",
     .name = "limit: loads",
     .path = "the six fields loaded from their constant places in 96 bytes",
     .run = limit_decode},
    {.name = NULL},
};

extern const struct group limit_group;
const struct group limit_group = {.name = "limit", .contestants = contestants};
