/*
 * clock.h - time, processors and the distance between them.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PUBLISHER_CPU = 0, WORKER_CPU = 1 };
/* A cache line that takes longer crosses the host's sockets or core complexes. */
#define FAR_NS 120.0

uint64_t now_ns(void);

/* A finer clock than now_ns and cheaper to read, the same on all processors; for single messages.
 * A look costs 10 to 20 ns all the same. */
static inline uint64_t ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return now_ns();
#endif
}

/* Nanoseconds of one tick; measured at the first call. */
double ns_per_tick(void);

void pin_to(int cpu);

static inline void pause_a_moment(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* For a publisher whose lane is full, and for a consumer that finds nothing: looks again soon, and
 * leaves the processor to others, where there are others, when that has gone on for a while. The
 * same for all contestants. `*times` starts at 0. */
extern bool processors_are_shared;
void wait_a_moment(unsigned *times);

/* Keeps the compiler from removing or joining work on this memory. */
static inline void touched(void *memory)
{
    __asm__ __volatile__("" : : "r"(memory) : "memory");
}

/* Nanoseconds that a cache line takes from one processor to the other; 0 on a single processor. */
double pingpong_ns(void);

#ifdef __cplusplus
}
#endif

#endif
