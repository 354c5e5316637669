/*
 * limit_ring.c - what the machine allows on the way to another thread: the same six fields in a
 * plain struct of one cache line, without types, bytes that can evolve, priorities, routing or
 * metrics.
 *
 * The rings have the turn of a slot in the slot's own line, so that one line moves for a message,
 * and one consumer that publishes its position once in 16 messages. They differ in how a publisher
 * gets its slot: the one for a single publisher counts for itself, the other takes a ticket by
 * fetch-and-add. A publisher whose slot is not free waits; it fetches slots before it needs them.
 *
 * A locked instruction waits until all stores before it are done, and a store into a slot waits for
 * the slot's line, which the consumer has: that makes the ring of several publishers slow wherever
 * slots come from afar. Rings of 256 slots stay in the first cache of both processors and are two
 * to four times faster than large ones, so these are the limit; the same rings with the capacity of
 * all other contestants are reported beside them.
 */
#include <stdlib.h>

#include "harness.h"
#include "transports.h"

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

enum { BATCH = 16, SMALL = 256, AHEAD = 8 };

struct ring {
    _Alignas(128) uint64_t tail;
    _Alignas(128) uint64_t head; /* published */
    _Alignas(128) uint64_t read; /* the consumer's own */
    struct reader *reader;
    struct slot *slots;
    uint64_t size;
};

static void *open_ring(struct reader *reader, uint64_t size)
{
    struct ring *ring = aligned_alloc(128, sizeof *ring);
    struct slot *slots = aligned_alloc(4096, size * sizeof *slots);

    if (ring == NULL || slots == NULL) {
        free(ring);
        free(slots);
        return NULL;
    }
    memset(slots, 0, size * sizeof *slots);
    *ring = (struct ring){.reader = reader, .slots = slots, .size = size};
    return ring;
}

static void *open_small(const struct shape *shape, struct reader *reader)
{
    (void)shape;
    return open_ring(reader, SMALL);
}

static void *open_large(const struct shape *shape, struct reader *reader)
{
    (void)shape;
    return open_ring(reader, CAPACITY);
}

static void close_ring(void *context)
{
    struct ring *ring = context;

    free(ring->slots);
    free(ring);
}

static inline struct slot *slot_at(const struct ring *ring, uint64_t ticket)
{
    return &ring->slots[ticket & (ring->size - 1)];
}

/* The compiler's own would ask for a line to read, which is worse than none. */
static inline void fetch_to_write(struct slot *slot)
{
#if defined(__x86_64__)
    __asm__ __volatile__("prefetchw %0" : : "m"(slot->turn));
#else
    __builtin_prefetch(slot, 1);
#endif
}

static inline void fill(struct ring *ring, uint64_t ticket, uint64_t *seen, uint64_t number)
{
    struct order order = order_of(number);
    struct slot *slot = slot_at(ring, ticket);
    unsigned waited = 0;

    while (__builtin_expect(ticket - *seen >= ring->size, 0)) {
        *seen = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
        if (ticket - *seen >= ring->size)
            wait_a_moment(&waited);
    }
    fetch_to_write(slot_at(ring, ticket + AHEAD));
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
        struct slot *slot = slot_at(ring, head);

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

#define RING(open_it, publish_it)                                                                  \
    {                                                                                              \
        .open = open_it, .publish = publish_it, .consume = consume, .close = close_ring            \
    }
const struct transport limit_alone = RING(open_small, publish_alone);
const struct transport limit_shared = RING(open_small, publish_shared);
static const struct transport large_alone = RING(open_large, publish_alone);
static const struct transport large_shared = RING(open_large, publish_shared);
static const struct transport shared_bulk = RING(open_small, publish_shared_bulk);

#define ALONE "limit: raw struct, spsc ring"
#define SHARED "limit: raw struct, mpsc ring"
#define ALONE_PATH                                                                                 \
    "plain struct of 64 bytes with its flag, written into the slot by its only publisher, read "   \
    "there by a handler; 256 slots"
#define SHARED_PATH                                                                                \
    "plain struct of 64 bytes with its flag, slot taken by fetch-and-add, read there by a "        \
    "handler; 256 slots"
#define LARGE " of 16384"
#define LARGE_PATH "the same, 16384 slots"

static const struct contestant contestants[] = {
    {.bench = "whole-1p1w", .name = ALONE, .path = ALONE_PATH, .transport = &limit_alone},
    {.bench = "whole-1p1w", .name = ALONE LARGE, .path = LARGE_PATH, .transport = &large_alone},
    {.bench = "whole-1p1w", .name = SHARED, .path = SHARED_PATH, .transport = &limit_shared},
    {.bench = "whole-1p1w", .name = SHARED LARGE, .path = LARGE_PATH, .transport = &large_shared},
    {.bench = "whole-2p-same", .name = SHARED, .path = SHARED_PATH, .transport = &limit_shared},
    {.bench = "whole-2p-same",
     .name = SHARED LARGE,
     .path = LARGE_PATH,
     .transport = &large_shared},
    {.bench = "whole-2p-cross", .name = SHARED, .path = SHARED_PATH, .transport = &limit_shared},
    {.bench = "whole-2p-cross",
     .name = SHARED LARGE,
     .path = LARGE_PATH,
     .transport = &large_shared},
    {.bench = "whole-8p", .name = SHARED, .path = SHARED_PATH, .transport = &limit_shared},
    {.bench = "whole-8p", .name = SHARED LARGE, .path = LARGE_PATH, .transport = &large_shared},
    {.bench = "bulk16", .name = ALONE, .path = ALONE_PATH, .transport = &limit_alone},
    {.bench = "bulk16",
     .name = SHARED ", 16 at once",
     .path = SHARED_PATH "; one fetch-and-add for 16",
     .transport = &shared_bulk},
    {.bench = "latency-spin", .name = ALONE, .path = ALONE_PATH, .transport = &limit_alone},
    {.bench = "latency-spin", .name = SHARED, .path = SHARED_PATH, .transport = &limit_shared},
    {.bench = "publish-1p", .name = ALONE, .path = ALONE_PATH, .transport = &limit_alone},
    {.bench = "publish-8p", .name = SHARED LARGE, .path = SHARED_PATH, .transport = &large_shared},
    {.name = NULL},
};

extern const struct group limit_ring_group;
const struct group limit_ring_group = {.name = "limit rings", .contestants = contestants};
