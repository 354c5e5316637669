/* os/probes.c - the probes themselves, each at one place. */
#include "os/probes.h"

#ifdef BUSGEN_PROBES

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments" /* in <sys/sdt.h> */
#endif

#define SEMAPHORE __attribute__((section(".probes"), used))

uint32_t busgen_run_watched SEMAPHORE;
uint16_t busgen_publish_semaphore SEMAPHORE;
uint16_t busgen_drop_semaphore SEMAPHORE;
uint16_t busgen_breaker_semaphore SEMAPHORE;

extern PROBE_WORD uint16_t busgen_dispatch_semaphore;
extern PROBE_WORD uint16_t busgen_verdict_semaphore;
/* The names by which <sys/sdt.h> knows the two halves of the word. */
__asm__(".globl busgen_dispatch_semaphore\n"
        ".hidden busgen_dispatch_semaphore\n"
        ".set busgen_dispatch_semaphore, busgen_run_watched\n"
        ".globl busgen_verdict_semaphore\n"
        ".hidden busgen_verdict_semaphore\n"
        ".set busgen_verdict_semaphore, busgen_run_watched + 2\n");

#else

#define STAP_PROBE2(provider, name, a, b) ((void)(a), (void)(b))
#define STAP_PROBE4(provider, name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#define STAP_PROBE5(provider, name, a, b, c, d, e)                                                 \
    (STAP_PROBE4(provider, name, a, b, c, d), (void)(e))
#define STAP_PROBE7(provider, name, a, b, c, d, e, f, g)                                           \
    (STAP_PROBE5(provider, name, a, b, c, d, e), (void)(f), (void)(g))

#endif

void probe_publish(const char *message, struct bus_uuid id, uint32_t size, uint32_t level)
{
    STAP_PROBE5(busgen, publish, message, id.high, id.low, size, level);
}

void probe_dispatch(const char *message, const char *handler, struct bus_uuid id, uint32_t attempt)
{
    STAP_PROBE5(busgen, dispatch, message, handler, id.high, id.low, attempt);
}

void probe_verdict(const char *message, const char *handler, struct bus_uuid id, uint32_t attempt,
                   int verdict, bool failed)
{
    int fault = failed;

    STAP_PROBE7(busgen, verdict, message, handler, id.high, id.low, attempt, verdict, fault);
}

void probe_drop(const char *message, uint32_t reason)
{
    STAP_PROBE2(busgen, drop, message, reason);
}

void probe_breaker(const char *breaker, uint32_t from, uint32_t to, uint32_t failures)
{
    STAP_PROBE4(busgen, breaker, breaker, from, to, failures);
}
