/*
 * failures.h - listens to what the bus tells about itself: handlers that ended with a fault,
 * breakers that opened and closed.
 *
 * Such system events are built only when somebody listens. Here the listeners are subscribed at run
 * time, beside the components that the schema wires.
 */
#ifndef SHOP_FAILURES_H
#define SHOP_FAILURES_H

#include <bus_system.bus.h>

/* Zero to begin with. */
struct failures {
    uint64_t count;
    char first[512]; /* handler and text of the first */
    uint64_t opened; /* breakers, a failed probe counts */
    uint64_t closed;
};

enum bus_verdict failures_note(void *context, const struct bus_system_event_handler_failed *event,
                               struct bus_delivery *delivery);

enum bus_verdict failures_breaker(void *context, const struct bus_system_breaker_changed *event,
                                  struct bus_delivery *delivery);

#endif
