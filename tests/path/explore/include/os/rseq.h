/*
 * os/rseq.h of the schedule explorer: stands in the place of the runtime's own. A sequence has
 * points at which other fibers may run; it is aborted when one of them calls the barrier, and by
 * chance (a preemption).
 */
#ifndef BUSGEN_OS_RSEQ_H
#define BUSGEN_OS_RSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rseq;

bool explore_store_if(const uint64_t *word, uint64_t expected, uint64_t *at, uint64_t value);

/* Any address: each fiber has an area of its own. */
static inline struct rseq *os_rseq_here(void)
{
    return (struct rseq *)(uintptr_t)64;
}

static inline bool os_rseq_store_if(struct rseq *area, const uint64_t *word, uint64_t expected,
                                    uint64_t *at, uint64_t value)
{
    (void)area;
    return explore_store_if(word, expected, at, value);
}

#endif
