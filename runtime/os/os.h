/*
 * os/os.h - internal: what the runtime wants from the platform beside struct bus_os.
 *
 * The only folder with platform #ifdefs.
 */
#ifndef BUSGEN_OS_OS_H
#define BUSGEN_OS_OS_H

#include <stdbool.h>
#include <stdint.h>

#include <bus/os.h>

/* A clock for stamping messages: real time to the nearest millisecond, at most 1 ms old and never
 * more than half of one ahead; and monotonic time, at most half a millisecond old and never ahead.
 * Cheap to read, one per thread (not shared). With the system's own clocks on x86-64 the
 * processor's cycle counter says when to read them again; any other is asked at every read. */
struct os_coarse {
    uint64_t ms;
    uint64_t monotonic_ns; /* read with `ms`; 0 unless `counted_monotonic` */
    uint64_t cycles;       /* of the last reading */
    bool counted;
    bool counted_monotonic;
};

/* Fewer cycles than these are less than half a millisecond on every machine of 1 GHz or more. */
#define OS_COARSE_CYCLES UINT64_C(400000)

void os_coarse_init(struct os_coarse *coarse, const struct bus_os *os);
/* Reads the clock. */
uint64_t os_coarse_read(struct os_coarse *coarse, const struct bus_os *os);

/* Milliseconds since 1970. */
static inline uint64_t os_coarse_ms(struct os_coarse *coarse, const struct bus_os *os)
{
#if defined(__x86_64__)
    /* A counter that jumps backwards (another processor) gives a huge difference: read again. */
    if (__builtin_expect(coarse->counted, 1) &&
        __builtin_expect(__builtin_ia32_rdtsc() - coarse->cycles < OS_COARSE_CYCLES, 1))
        return coarse->ms;
#endif
    return os_coarse_read(coarse, os);
}

/* The same, for a caller who read this clock a moment ago (os_coarse_ms, os_coarse_ns). */
static inline uint64_t os_coarse_ms_again(struct os_coarse *coarse, const struct bus_os *os)
{
    return coarse->counted ? coarse->ms : os_coarse_read(coarse, os);
}

/* Monotonic time: at most half a millisecond old, never ahead. */
static inline uint64_t os_coarse_ns(struct os_coarse *coarse, const struct bus_os *os)
{
    if (__builtin_expect(coarse->counted, 1))
        (void)os_coarse_ms(coarse, os);
    return __builtin_expect(coarse->counted_monotonic, 1) ? coarse->monotonic_ns
                                                          : os->monotonic_ns(os->context);
}

/* The same, for a caller who read it a moment ago. */
static inline uint64_t os_coarse_ns_again(const struct os_coarse *coarse, const struct bus_os *os)
{
    return coarse->counted_monotonic ? coarse->monotonic_ns : os->monotonic_ns(os->context);
}

/* The barrier for restartable sequences (os/rseq.h): every thread of the process passes a full
 * memory barrier, and a sequence that it was in starts again. NULL: this system has none, or `os`
 * has a barrier of its own (its threads need not be the system's). The function returns false only
 * if the system denies the call from now on. */
bool (*os_restart_of(const struct bus_os *os))(void);

/* Return addresses of the callers, the innermost first, up to `most`; returns how many, 0 where the
 * system cannot tell. The first call in a process may allocate. */
uint32_t os_trace(const void **callers, uint32_t most);

/* Processors that this process may use, at least 1. */
uint32_t os_processors(void);

#endif
