/*
 * histogram.h - latencies, in ticks (clock.h), counted in log-linear buckets: 64 to each doubling,
 * so that a percentile is right to 1.6 %.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HISTOGRAM_SUB = 64, HISTOGRAM_BUCKETS = 64 * 40 };

struct histogram {
    uint64_t count;
    uint64_t max; /* ticks */
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t ticks);
/* For those that measured in nanoseconds (programs in other languages). */
void histogram_add_ns(struct histogram *histogram, double ns);
void histogram_merge(struct histogram *to, const struct histogram *from);

/* Nanoseconds that `share` (0.5, 0.999) of the values do not exceed; 1: the largest. */
double histogram_ns(const struct histogram *histogram, double share);

#ifdef __cplusplus
}
#endif

#endif
