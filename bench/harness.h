/*
 * harness.h - what every benchmark shares: the message's values, the check, time, threads.
 *
 * A contestant is one way to do one case. The main program (main.c) runs all contestants of a case
 * one after another, again and again, measures the cache-line ping-pong of the two processors
 * before and after each such round, and reports medians. To add a case: a file with its
 * contestants, listed in contestants.c.
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PUBLISHER_CPU = 0, WORKER_CPU = 1, RING_SLOTS = 16384 };

struct contestant {
    const char *name;
    /* Does `count` messages, returns nanoseconds per message, or a negative number if a message was
     * wrong. */
    double (*run)(uint64_t count);
};

struct bench_case {
    const char *name;
    const char *unit;
    const char *what;                     /* one line for the table */
    uint64_t count;                       /* messages of one run */
    bool threads;                         /* needs two processors */
    const struct contestant *contestants; /* ends with a NULL name */
};

extern const struct bench_case *const bench_cases[]; /* ends with NULL */

/* The values of message `number`. */
struct order {
    uint64_t order_id;
    uint64_t customer_id;
    double price;
    uint32_t quantity;
    const char *symbol; /* 8 characters */
    const char *note;   /* 20 characters */
};

extern const char bench_symbols[16][9];
extern const char bench_notes[16][21];

static inline struct order order_of(uint64_t number)
{
    struct order order;

    order.order_id = number;
    order.customer_id = number * 7;
    order.price = (double)(number & 0xffff) * 0.25;
    order.quantity = (uint32_t)(number % 1000);
    order.symbol = bench_symbols[number & 15];
    order.note = bench_notes[number & 15];
    return order;
}

/* What a reader makes of all fields; every byte counts. */
static inline uint64_t order_sum(uint64_t order_id, uint64_t customer_id, double price,
                                 uint32_t quantity, const char *symbol, const char *note)
{
    uint64_t a;
    uint64_t b;
    uint64_t c;
    uint32_t d;

    memcpy(&a, symbol, 8);
    memcpy(&b, note, 8);
    memcpy(&c, note + 8, 8);
    memcpy(&d, note + 16, 4);
    return order_id + customer_id * 3 + (uint64_t)(int64_t)price + quantity + a + b + c + d;
}

/* The sum of the sums of messages 0 to count - 1; remembered, so ask before the clock runs. */
uint64_t expected_sum(uint64_t count);

/* What the receiving end keeps. */
struct reader {
    uint64_t next; /* the order_id that must come now */
    uint64_t sum;
    uint64_t wrong; /* came out of order */
    uint64_t count; /* of messages to come */
    uint32_t done;  /* set (release) after the last one */
};

static inline void reader_take(struct reader *reader, uint64_t order_id, uint64_t sum)
{
    reader->wrong += order_id != reader->next;
    reader->next++;
    reader->sum += sum;
    if (reader->next == reader->count)
        __atomic_store_n(&reader->done, 1, __ATOMIC_RELEASE);
}

static inline bool reader_is_done(const struct reader *reader)
{
    return __atomic_load_n(&reader->done, __ATOMIC_ACQUIRE) != 0;
}

/* True when everything arrived in order with the right content. */
bool reader_is_right(const struct reader *reader);

uint64_t now_ns(void);
void pin_to(int cpu);
static inline void pause_a_moment(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Keeps the compiler from removing or joining work on this memory. */
static inline void touched(void *memory)
{
    __asm__ __volatile__("" : : "r"(memory) : "memory");
}

/* Starts `consume` on the worker's processor, runs `produce` on the publisher's, and returns the
 * time from the begin of produce until the end of consume. */
uint64_t run_pair(void (*produce)(void *context, uint64_t count), void (*consume)(void *context),
                  void *context, uint64_t count);

/* Nanoseconds that a cache line takes from one processor to the other. */
double pingpong_ns(void);

#ifdef __cplusplus
}
#endif

#endif
