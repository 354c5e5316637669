/*
 * latency.c - from before publish to inside the handler, after all fields were read: with a worker
 * that is looking for work, and with one that sleeps.
 *
 * The limit of the second: a mailbox for one message and a futex. Every publish wakes, the worker
 * sleeps whenever the box is empty; nothing can be woken sooner by other means.
 */
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/* Not so often that the worker finds the next message before it sleeps. */
enum { SPIN_RATE = 100000, PARKED_RATE = 2000 };

static const struct bench_case cases[] = {
    {.name = "latency-spin",
     .kind = BENCH_LATENCY,
     .unit = "ns",
     .what = "one way at 100,000 messages a second, the worker spins",
     .count = 30000,
     .threads = true,
     .shape = {.rate = SPIN_RATE}},
    {.name = "latency-parked",
     .kind = BENCH_LATENCY,
     .unit = "ns",
     .what = "one way at 2,000 messages a second, the worker sleeps before each",
     .count = 1000,
     .threads = true,
     .shape = {.rate = PARKED_RATE, .parked = true}},
    {.name = NULL},
};

struct mailbox {
    _Alignas(64) uint32_t written; /* what the worker sleeps on */
    uint64_t order_id;
    uint64_t customer_id;
    double price;
    uint32_t quantity;
    char symbol[8];
    char note[20];
    _Alignas(64) uint32_t read;
    struct reader *reader;
};

static void *open_box(const struct shape *shape, struct reader *reader)
{
    struct mailbox *box = aligned_alloc(64, sizeof *box);

    (void)shape;
    if (box != NULL)
        *box = (struct mailbox){.reader = reader};
    return box;
}

static bool publish(void *context, uint64_t first, uint64_t count)
{
    struct mailbox *box = context;
    unsigned waited = 0;

    for (uint64_t i = first; i < first + count; i++) {
        struct order order = order_of(i);
        uint32_t written = box->written;

        while (__atomic_load_n(&box->read, __ATOMIC_ACQUIRE) != written)
            wait_a_moment(&waited);
        box->order_id = order.order_id;
        box->customer_id = order.customer_id;
        box->price = order.price;
        box->quantity = order.quantity;
        memcpy(box->symbol, order.symbol, sizeof box->symbol);
        memcpy(box->note, order.note, sizeof box->note);
        __atomic_store_n(&box->written, written + 1, __ATOMIC_RELEASE);
        if (syscall(SYS_futex, &box->written, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) < 0)
            return false;
    }
    return true;
}

static void handle(void *context, const struct mailbox *box)
{
    reader_take(context, box->order_id,
                order_sum(box->order_id, box->customer_id, box->price, box->quantity, box->symbol,
                          box->note));
}

/* Called through a pointer, as every handler is. */
static void (*volatile handler)(void *context, const struct mailbox *box) = handle;

static void consume(void *context)
{
    /* A publisher that failed must not leave the worker waiting for ever. */
    const struct timespec second = {.tv_sec = 1};
    struct mailbox *box = context;
    void (*typed)(void *, const struct mailbox *) = handler;
    uint32_t read = box->read;

    while (!reader_is_done(box->reader)) {
        if (__atomic_load_n(&box->written, __ATOMIC_ACQUIRE) == read) {
            (void)syscall(SYS_futex, &box->written, FUTEX_WAIT_PRIVATE, read, &second, NULL, 0);
            continue;
        }
        typed(box->reader, box);
        __atomic_store_n(&box->read, ++read, __ATOMIC_RELEASE);
    }
}

static const struct transport mailbox = {
    .open = open_box, .publish = publish, .consume = consume, .close = free};

static const struct contestant contestants[] = {
    {.bench = "latency-parked",
     .name = "limit: one bare futex wake",
     .path = "plain struct in a mailbox for one, FUTEX_WAKE after each, FUTEX_WAIT before each",
     .transport = &mailbox},
    {.name = NULL},
};

extern const struct group latency_group;
const struct group latency_group = {.name = "latency", .cases = cases, .contestants = contestants};
