/* histogram.c - see histogram.h. */
#include "histogram.h"

#include "clock.h"

/* Values below 64 have buckets of their own; above, the upper six bits behind the leading one tell
 * the bucket within the doubling. */
static unsigned bucket_of(uint64_t value)
{
    unsigned shift;
    unsigned bucket;

    if (value < HISTOGRAM_SUB)
        return (unsigned)value;
    shift = 63 - (unsigned)__builtin_clzll(value) - 6;
    bucket = (shift + 1) * HISTOGRAM_SUB + (unsigned)((value >> shift) - HISTOGRAM_SUB);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket. */
static double value_of(unsigned bucket)
{
    unsigned shift = bucket / HISTOGRAM_SUB;

    if (shift == 0)
        return bucket;
    return ((double)(HISTOGRAM_SUB + bucket % HISTOGRAM_SUB) + 0.5) *
           (double)(UINT64_C(1) << (shift - 1));
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_add_ns(struct histogram *histogram, double ns)
{
    histogram_add(histogram, ns > 0 ? (uint64_t)(ns / ns_per_tick()) : 0);
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
    to->count += from->count;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        to->buckets[i] += from->buckets[i];
    if (from->max > to->max)
        to->max = from->max;
}

double histogram_ns(const struct histogram *histogram, double share)
{
    double wanted = share * (double)histogram->count;
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS && share < 1; i++) {
        seen += histogram->buckets[i];
        if ((double)seen >= wanted && seen > 0)
            return value_of(i) * ns_per_tick();
    }
    return (double)histogram->max * ns_per_tick();
}
