/*
 * limit.c - what the machine allows: the same six fields in a plain struct of one cache line,
 * without types, bytes that can evolve, priorities, routing or metrics.
 *
 * The ring: several publishers by fetch-and-add, a turn in the slot's own line, one consumer that
 * publishes its position once in 16 messages. It refuses nothing: a publisher whose slot is not
 * free waits.
 */
#include "contestants.h"

#include <stdlib.h>

/* 56 bytes and the turn: one line. */
struct slot {
    _Alignas(64) uint64_t turn;
    uint64_t order_id;
    uint64_t customer_id;
    double price;
    uint32_t quantity;
    char symbol[8];
    char note[20];
};
_Static_assert(sizeof(struct slot) == 64, "one line");

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

double limit_encode(uint64_t count)
{
    struct packed packed;
    uint64_t begin = now_ns();

    for (uint64_t i = 0; i < count; i++) {
        write_packed(&packed, i);
        touched(&packed);
    }
    return (double)(now_ns() - begin) / (double)count;
}

double limit_decode(uint64_t count)
{
    struct packed packed[16];
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

/* ---- the whole way ---- */

enum { LIMIT_SLOTS = 16384, LIMIT_BATCH = 16 };

struct whole {
    _Alignas(64) uint64_t tail;
    _Alignas(64) uint64_t head;
    _Alignas(64) struct slot *slots;
    struct reader reader;
};

static void handle(void *context, const struct slot *slot)
{
    reader_take(context, slot->order_id,
                order_sum(slot->order_id, slot->customer_id, slot->price, slot->quantity,
                          slot->symbol, slot->note));
}

/* Called through a pointer, as every handler is. */
static void (*volatile handler)(void *context, const struct slot *slot) = handle;

static void produce(void *context, uint64_t count)
{
    struct whole *whole = context;
    uint64_t seen = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct order order = order_of(i);
        uint64_t ticket = __atomic_fetch_add(&whole->tail, 1, __ATOMIC_RELAXED);
        struct slot *slot = &whole->slots[ticket % LIMIT_SLOTS];

        while (ticket - seen >= LIMIT_SLOTS) {
            pause_a_moment();
            seen = __atomic_load_n(&whole->head, __ATOMIC_ACQUIRE);
        }
        slot->order_id = order.order_id;
        slot->customer_id = order.customer_id;
        slot->price = order.price;
        slot->quantity = order.quantity;
        memcpy(slot->symbol, order.symbol, sizeof slot->symbol);
        memcpy(slot->note, order.note, sizeof slot->note);
        __atomic_store_n(&slot->turn, ticket + 1, __ATOMIC_RELEASE);
    }
}

static void consume(void *context)
{
    struct whole *whole = context;
    void (*typed)(void *, const struct slot *) = handler;

    for (uint64_t head = 0; !reader_is_done(&whole->reader); head++) {
        struct slot *slot = &whole->slots[head % LIMIT_SLOTS];

        if (head % LIMIT_BATCH == 0)
            __atomic_store_n(&whole->head, head, __ATOMIC_RELEASE);
        while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) != head + 1)
            pause_a_moment();
        typed(&whole->reader, slot);
    }
}

double limit_whole(uint64_t count)
{
    struct whole whole = {.reader = {.count = count}};
    size_t bytes = LIMIT_SLOTS * sizeof(struct slot);
    uint64_t took;

    whole.slots = aligned_alloc(64, bytes);
    if (whole.slots == NULL)
        return -1;
    memset(whole.slots, 0, bytes);
    expected_sum(count);
    took = run_pair(produce, consume, &whole, count);
    free(whole.slots);
    return reader_is_right(&whole.reader) ? (double)took / (double)count : -1;
}
