/*
 * pipeline/bucket.h - a token bucket in one word, for any number of threads.
 *
 * The word is the time at which the bucket would be full again (the generic cell rate algorithm). A
 * token moves it on by `interval`; there is one as long as that time is at most `burst - 1`
 * intervals ahead. Only the word is shared, nothing hangs on it: relaxed but for the cas.
 */
#ifndef BUSGEN_PIPELINE_BUCKET_H
#define BUSGEN_PIPELINE_BUCKET_H

#include "path/atomic.h"

struct bucket {
    uint64_t full_ns;     /* shared */
    uint64_t interval_ns; /* const: between two tokens */
    uint64_t ahead_ns;    /* const: burst - 1 intervals */
};

static inline void bucket_set(struct bucket *bucket, uint32_t per_second, uint32_t burst)
{
    bucket->interval_ns = UINT64_C(1000000000) / per_second;
    bucket->ahead_ns = bucket->interval_ns * (burst - 1);
}

/* Takes a token. 0: done; else there is none for so many nanoseconds. */
static inline uint64_t bucket_take(struct bucket *bucket, uint64_t now_ns)
{
    uint64_t full = atomic_load_relaxed_u64(&bucket->full_ns);

    for (;;) {
        uint64_t from = full > now_ns ? full : now_ns;

        if (from - now_ns > bucket->ahead_ns)
            return from - now_ns - bucket->ahead_ns;
        if (atomic_cas_u64(&bucket->full_ns, &full, from + bucket->interval_ns))
            return 0;
    }
}

#endif
