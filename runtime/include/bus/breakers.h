/*
 * bus/breakers.h - the circuit breakers of a bus, to be looked at.
 *
 * A message whose policy says `breaker` has one in front of each of its handlers, or one that all
 * handlers share whose policies give it the same name (bus/policy.h). It opens after some failures,
 * refuses for a while, lets a few probes through, and closes when they succeed. Who wants to be
 * told subscribes to the system event breaker_changed.
 */
#ifndef BUS_BREAKERS_H
#define BUS_BREAKERS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bus_breaker_state {
    BUS_BREAKER_CLOSED = 0,
    BUS_BREAKER_OPEN = 1,
    BUS_BREAKER_HALF_OPEN = 2,
};

struct bus_breaker {
    const char *name; /* its own, or that of its handler; valid inside the callback */
    bool shared;      /* by all handlers that name it */
    enum bus_breaker_state state;
    uint32_t failures;       /* closed: counted so far, within the time that counts */
    uint32_t probes_running; /* calls that were let through while half-open */
    uint32_t opened;         /* how often, since it is there */
    uint64_t refused;        /* calls that met it open, since it is there; a parked message asks
                                again and again */
    uint64_t for_ns;         /* in this state */
};

typedef void (*bus_breaker_fn)(void *context, const struct bus_breaker *breaker);

/* Calls `fn` for each breaker, the newest first; returns their count. Any thread, inside handlers
 * too. `fn` must not call the bus. 0 and bus_last_error: wrong use. */
BUS_API uint32_t bus_breakers_each(struct bus *bus, bus_breaker_fn fn, void *context);

#ifdef __cplusplus
}
#endif

#endif
