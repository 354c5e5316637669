/*
 * guard/budget.h - retries as a share of calls: what everybody retries at once cannot recover.
 *
 * A bucket of hundredths of a retry. Each call (its first run) puts `percent` of them in until the
 * bucket is full, each retry takes a hundred out. So over any stretch of time there are at most
 * BUDGET_RESERVE + calls * percent / 100 retries; the reserve is for handlers that are called so
 * seldom that a share of their calls would be none.
 *
 * Any thread. While nothing fails the bucket is full, and a call costs one load. One word, changed
 * by compare-and-swap; it orders nothing else.
 */
#ifndef BUSGEN_GUARD_BUDGET_H
#define BUSGEN_GUARD_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "path/atomic.h"

enum { BUDGET_RESERVE = 10, BUDGET_RETRY = 100, BUDGET_FULL = BUDGET_RESERVE * BUDGET_RETRY };

struct budget {
    uint32_t percent; /* const */
    uint32_t spent;   /* shared: BUDGET_FULL less what is in the bucket */
};

/* A call begins its first run. */
void budget_refill(struct budget *budget);

static inline void budget_call(struct budget *budget)
{
    if (__builtin_expect(atomic_load_relaxed_u32(&budget->spent) != 0, 0))
        budget_refill(budget);
}

/* False: there is none left for this retry. */
bool budget_take(struct budget *budget);

#endif
