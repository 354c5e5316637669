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
 * more than half of one ahead, cheap to read. One
 * per thread (not shared). With the system's own clock on x86-64 the processor's cycle counter says
 * when to read the clock again; with any other clock every read asks it. */
struct os_coarse {
    uint64_t ms;
    uint64_t cycles; /* of the last reading */
    bool counted;
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

/* Processors that this process may use, at least 1. */
uint32_t os_processors(void);

#endif
