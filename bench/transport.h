/*
 * transport.h - one way to bring messages to a typed handler on another thread, and what the
 * harness does with it: throughput, one-way latency, the time of the publish call.
 *
 * A transport is written once and takes part in all cases of that kind: the case's shape says how
 * many publishers there are, where, how fast, and whether the worker may spin.
 */
#ifndef BENCH_TRANSPORT_H
#define BENCH_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "histogram.h"
#include "message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for that many messages; all contestants have it, exactly where they can. */
enum { CAPACITY = 16384, PUBLISHERS_MAX = 16, PUBLISHER_SHIFT = 40 };

struct shape {
    unsigned publishers; /* 0: one */
    bool across;         /* publishers take turns on both processors, the first on PUBLISHER_CPU;
                            else all are there. The worker is on WORKER_CPU. */
    uint32_t payload;    /* bytes of a blob; 0: the order */
    uint64_t rate;       /* latency and publish cases: messages a second of each publisher */
    uint32_t capacity;   /* messages there is room for; 0: CAPACITY */
    bool parked;         /* the worker sleeps whenever it has nothing to do; else it spins */
};

static inline uint32_t capacity_of(const struct shape *shape)
{
    return shape->capacity == 0 ? (uint32_t)CAPACITY : shape->capacity;
}

/* What the receiving end keeps. One thread writes it. */
struct reader {
    uint64_t received;
    uint64_t count; /* of messages to come */
    uint64_t sum;
    uint64_t wrong;                /* came out of the order of their publisher */
    uint64_t *arrivals;            /* NULL, or receives the ticks of each arrival */
    uint64_t end_ns;               /* when the last one was handled */
    uint64_t next[PUBLISHERS_MAX]; /* the number that must come now from each publisher */
    /* Others look at this one while messages still come: a line of its own. */
    uint32_t done __attribute__((aligned(64)));
    char rest[60];
};

/* The last thing that a handler does, after it has read all fields. */
static inline void reader_take(struct reader *reader, uint64_t number, uint64_t sum)
{
    uint64_t *next = &reader->next[(number >> PUBLISHER_SHIFT) % PUBLISHERS_MAX];

    if (reader->arrivals)
        reader->arrivals[reader->received] = ticks();
    reader->wrong += (number & ((UINT64_C(1) << PUBLISHER_SHIFT) - 1)) != *next;
    ++*next;
    reader->sum += sum;
    if (++reader->received == reader->count) {
        reader->end_ns = now_ns();
        __atomic_store_n(&reader->done, 1, __ATOMIC_RELEASE);
    }
}

static inline bool reader_is_done(const struct reader *reader)
{
    return __atomic_load_n(&reader->done, __ATOMIC_ACQUIRE) != 0;
}

struct transport {
    /* Makes one, empty; NULL: it failed and said why on stderr. `reader` is the context of the
     * handler, and stays where it is. Runs on WORKER_CPU: threads that it starts stay there. */
    void *(*open)(const struct shape *shape, struct reader *reader);
    /* Called by each publisher's thread before its first message; may be NULL. What it returns is
     * `publisher` in the calls below (a token, a builder, a socket); without it that is the
     * transport itself. */
    void *(*join)(void *transport, unsigned index);
    /* Publishes the messages first to first + count - 1 (order_of or blob_of that number), one
     * after another, and tries again (wait_a_moment) while there is no room. False: it failed. */
    bool (*publish)(void *publisher, uint64_t first, uint64_t count);
    /* Runs on WORKER_CPU: calls the handler for each message until reader_is_done(reader), which it
     * must see between two messages. Called once for the warm-up and again for the measurement.
     * NULL: the transport has a worker of its own. */
    void (*consume)(void *transport);
    void (*leave)(void *publisher); /* may be NULL */
    void (*close)(void *transport); /* false checks (an account that does not balance) are told by
                                       setting reader->wrong */
};

/* False: nothing that is measured means anything (a test), so do not touch every slot before. */
extern bool transport_warms;

/* Nanoseconds per message, from the first publish until the end of the last handler; negative: it
 * failed or a message was wrong. */
double transport_throughput(const struct transport *transport, const struct shape *shape,
                            uint64_t count);

/* One way, from before publish to inside the handler after all fields were read. One publisher,
 * `shape->rate` messages a second. False: failed or wrong. Times are kept on each side and compared
 * afterwards, so that no clock travels. */
bool transport_latency(const struct transport *transport, const struct shape *shape, uint64_t count,
                       struct histogram *histogram);

/* The time of each publish call alone (of one message), by all publishers: at the shape's rate, or
 * as fast as possible. A look at the clock is part of it. */
bool transport_publish_times(const struct transport *transport, const struct shape *shape,
                             uint64_t count, struct histogram *histogram);

#ifdef __cplusplus
}
#endif

#endif
