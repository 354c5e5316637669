/*
 * limit_ring.c - what the machine allows on the way to another thread: the same six fields in a
 * plain struct of one cache line, without types, bytes that can evolve, priorities, routing or
 * metrics.
 *
 * Both rings have the turn of a slot in the slot's own line, so that one line moves for a message,
 * and one consumer that publishes its position once in 16 messages. They differ in how a publisher
 * gets its slot: the one for a single publisher counts for itself, the other takes a ticket by
 * fetch-and-add. A publisher whose slot is not free waits.
 */
#include <stdlib.h>

#include "harness.h"

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

enum { BATCH = 16 };

struct ring {
    _Alignas(128) uint64_t tail;
    _Alignas(128) uint64_t head; /* published */
    _Alignas(128) uint64_t read; /* the consumer's own */
    struct reader *reader;
    struct slot *slots;
};

static void *open_ring(const struct shape *shape, struct reader *reader)
{
    struct ring *ring = aligned_alloc(128, sizeof *ring);
    struct slot *slots = aligned_alloc(4096, CAPACITY * sizeof *slots);

    (void)shape;
    if (ring == NULL || slots == NULL) {
        free(ring);
        free(slots);
        return NULL;
    }
    memset(slots, 0, CAPACITY * sizeof *slots);
    *ring = (struct ring){.reader = reader, .slots = slots};
    return ring;
}

static void close_ring(void *context)
{
    struct ring *ring = context;

    free(ring->slots);
    free(ring);
}

static inline void fill(struct ring *ring, uint64_t ticket, uint64_t *seen, uint64_t number)
{
    struct order order = order_of(number);
    struct slot *slot = &ring->slots[ticket % CAPACITY];
    unsigned waited = 0;

    while (__builtin_expect(ticket - *seen >= CAPACITY, 0)) {
        *seen = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
        if (ticket - *seen >= CAPACITY)
            wait_a_moment(&waited);
    }
    slot->order_id = order.order_id;
    slot->customer_id = order.customer_id;
    slot->price = order.price;
    slot->quantity = order.quantity;
    memcpy(slot->symbol, order.symbol, sizeof slot->symbol);
    memcpy(slot->note, order.note, sizeof slot->note);
    __atomic_store_n(&slot->turn, ticket + 1, __ATOMIC_RELEASE);
}

/* A single publisher: nobody else looks at the tail. */
static bool publish_alone(void *context, uint64_t first, uint64_t count)
{
    struct ring *ring = context;
    uint64_t seen = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
    uint64_t tail = ring->tail;

    for (uint64_t i = first; i < first + count; i++)
        fill(ring, tail++, &seen, i);
    ring->tail = tail;
    return true;
}

static bool publish_shared(void *context, uint64_t first, uint64_t count)
{
    struct ring *ring = context;
    uint64_t seen = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

    for (uint64_t i = first; i < first + count; i++)
        fill(ring, __atomic_fetch_add(&ring->tail, 1, __ATOMIC_RELAXED), &seen, i);
    return true;
}

static bool publish_shared_bulk(void *context, uint64_t first, uint64_t count)
{
    struct ring *ring = context;
    uint64_t seen = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);

    for (uint64_t i = 0; i < count; i += BATCH) {
        uint64_t wanted = count - i < BATCH ? count - i : BATCH;
        uint64_t ticket = __atomic_fetch_add(&ring->tail, wanted, __ATOMIC_RELAXED);

        for (uint64_t at = 0; at < wanted; at++)
            fill(ring, ticket + at, &seen, first + i + at);
    }
    return true;
}

static void handle(void *context, const struct slot *slot)
{
    reader_take(context, slot->order_id,
                order_sum(slot->order_id, slot->customer_id, slot->price, slot->quantity,
                          slot->symbol, slot->note));
}

/* Called through a pointer, as every handler is. */
static void (*volatile handler)(void *context, const struct slot *slot) = handle;

static void consume(void *context)
{
    struct ring *ring = context;
    void (*typed)(void *, const struct slot *) = handler;
    uint64_t head = ring->read;
    unsigned waited = 0;

    for (; !reader_is_done(ring->reader); head++) {
        struct slot *slot = &ring->slots[head % CAPACITY];

        if (head % BATCH == 0)
            __atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
        while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) != head + 1) {
            if (reader_is_done(ring->reader))
                return;
            wait_a_moment(&waited);
        }
        typed(ring->reader, slot);
    }
    ring->read = head;
}

static const struct transport alone = {
    .open = open_ring, .publish = publish_alone, .consume = consume, .close = close_ring};
static const struct transport shared = {
    .open = open_ring, .publish = publish_shared, .consume = consume, .close = close_ring};
static const struct transport shared_bulk = {
    .open = open_ring, .publish = publish_shared_bulk, .consume = consume, .close = close_ring};

#define ALONE "limit: raw struct, spsc ring"
#define SHARED "limit: raw struct, mpsc ring"
#define ALONE_PATH                                                                                 \
    "plain struct of 64 bytes with its flag, written into the slot by its only publisher, read "   \
    "there by a handler"
#define SHARED_PATH                                                                                \
    "plain struct of 64 bytes with its flag, slot taken by fetch-and-add, read there by a handler"

static const struct contestant contestants[] = {
    {.bench = "whole-1p1w", .name = ALONE, .path = ALONE_PATH, .transport = &alone},
    {.bench = "whole-1p1w", .name = SHARED, .path = SHARED_PATH, .transport = &shared},
    {.bench = "whole-2p-same", .name = SHARED, .path = SHARED_PATH, .transport = &shared},
    {.bench = "whole-2p-cross", .name = SHARED, .path = SHARED_PATH, .transport = &shared},
    {.bench = "whole-8p", .name = SHARED, .path = SHARED_PATH, .transport = &shared},
    {.bench = "bulk16", .name = ALONE, .path = ALONE_PATH, .transport = &alone},
    {.bench = "bulk16",
     .name = SHARED ", 16 at once",
     .path = SHARED_PATH "; one fetch-and-add for 16",
     .transport = &shared_bulk},
    {.bench = "latency-spin", .name = ALONE, .path = ALONE_PATH, .transport = &alone},
    {.bench = "latency-spin", .name = SHARED, .path = SHARED_PATH, .transport = &shared},
    {.name = NULL},
};

extern const struct group limit_ring_group;
const struct group limit_ring_group = {.name = "limit rings", .contestants = contestants};
