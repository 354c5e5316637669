/*
 * message.h - the messages of the benchmarks: values that follow from a number, and what a reader
 * makes of all fields.
 *
 * The order is the message of nearly all cases (bench.bus). The blob is that of the sizes: a number
 * and so many bytes.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

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

/* ---- blobs: a number and `size` bytes, a multiple of 8 up to BLOB_MAX ---- */

enum { BLOB_MAX = 4096 };

extern uint8_t bench_bytes[BLOB_MAX + 64];

static inline const uint8_t *blob_of(uint64_t number)
{
    return bench_bytes + (number & 7) * 8;
}

static inline uint64_t blob_sum(uint64_t number, const uint8_t *bytes, size_t size)
{
    uint64_t sum = number;

    for (size_t at = 0; at + 8 <= size; at += 8) {
        uint64_t word;

        memcpy(&word, bytes + at, 8);
        sum += word;
    }
    return sum;
}

#ifdef __cplusplus
}
#endif

#endif
