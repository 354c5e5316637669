#include "failures.h"

#include <stdio.h>

enum bus_verdict failures_note(void *context, const struct bus_system_event_handler_failed *event,
                               struct bus_delivery *delivery)
{
    struct failures *failures = context;

    (void)delivery;
    if (failures->count++ == 0)
        snprintf(failures->first, sizeof(failures->first), "%s: %s", event->handler.data,
                 event->error.text.data);
    return BUS_DONE;
}

enum bus_verdict failures_breaker(void *context, const struct bus_system_breaker_changed *event,
                                  struct bus_delivery *delivery)
{
    struct failures *failures = context;

    (void)delivery;
    failures->opened += event->to == BUS_SYSTEM_BREAKER_STATE_OPEN;
    failures->closed += event->to == BUS_SYSTEM_BREAKER_STATE_CLOSED;
    return BUS_DONE;
}
