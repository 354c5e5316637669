/*
 * os/probes.h - static probes (USDT) for those who look from outside with bpftrace or perf;
 * runtime/PROBES.md is their manual.
 *
 * A probe has a semaphore, which the kernel raises while somebody watches. What runs often looks at
 * nothing else: one load, and a branch that is not taken. `dispatch` and `verdict` stand around the
 * same call, so theirs lie in one word, and one look is for both; a publisher who is watched takes
 * the long way. Nobody but the kernel writes the words, and a look that comes a little late is no
 * harm, so they are read plainly.
 */
#ifndef BUSGEN_OS_PROBES_H
#define BUSGEN_OS_PROBES_H

#include <stdbool.h>
#include <stdint.h>

#include <bus/types.h>

#ifdef BUSGEN_PROBES

/* Hidden, so that a look is one instruction. */
#define PROBE_WORD __attribute__((visibility("hidden")))

extern PROBE_WORD uint32_t busgen_run_watched; /* semaphores of dispatch and verdict */
extern PROBE_WORD uint16_t busgen_publish_semaphore;
extern PROBE_WORD uint16_t busgen_drop_semaphore;
extern PROBE_WORD uint16_t busgen_breaker_semaphore;

static inline uintptr_t watch_run(void)
{
    return busgen_run_watched;
}

static inline uintptr_t watch_publish(void)
{
    return busgen_publish_semaphore;
}

static inline bool drop_is_watched(void)
{
    return __builtin_expect(busgen_drop_semaphore != 0, 0);
}

static inline bool breaker_is_watched(void)
{
    return __builtin_expect(busgen_breaker_semaphore != 0, 0);
}

#else

static inline uintptr_t watch_run(void)
{
    return 0;
}

static inline uintptr_t watch_publish(void)
{
    return 0;
}

static inline bool drop_is_watched(void)
{
    return false;
}

static inline bool breaker_is_watched(void)
{
    return false;
}

#endif

static inline bool run_is_watched(void)
{
    return __builtin_expect(watch_run() != 0, 0);
}

static inline bool publish_is_watched(void)
{
    return __builtin_expect(watch_publish() != 0, 0);
}

/* `head`, that of a row of links (pipeline/links.h), or whoever watches: one branch for both. */
static inline bool is_alone(const void *head, uintptr_t watched)
{
    return __builtin_expect(((uintptr_t)head | watched) == 0, 1);
}

/* Only when they are watched. Texts are names, and live as long as the bus. */
void probe_publish(const char *message, struct bus_uuid id, uint32_t size, uint32_t level);
void probe_dispatch(const char *message, const char *handler, struct bus_uuid id, uint32_t attempt);
void probe_verdict(const char *message, const char *handler, struct bus_uuid id, uint32_t attempt,
                   int verdict, bool failed);
void probe_drop(const char *message, uint32_t reason);
void probe_breaker(const char *breaker, uint32_t from, uint32_t to, uint32_t failures);

#endif
