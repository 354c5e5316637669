/* guard/retry.h - whether and when a failed delivery runs again, and its end when it does not. */
#ifndef BUSGEN_GUARD_RETRY_H
#define BUSGEN_GUARD_RETRY_H

#include "guard/hold.h"

enum retry_plan {
    RETRY_NEVER,    /* no retry left, none allowed, or the fault is permanent */
    RETRY_TOO_LATE, /* its deadline comes first */
    RETRY_REFUSED,  /* an open breaker, and its policy does not park it */
    RETRY_AT,
    RETRY_PARKED, /* until its breaker is asked again */
};

/* After the delivery's run number `attempts` (from 1) has failed, or was refused. */
enum retry_plan retry_plan(const struct bus_delivery *delivery, uint32_t attempts,
                           uint64_t *due_ns);

/* The dead letter of a delivery that ran and is not run again; `held` NULL: it ran once. True: it
 * is one. */
bool delivery_give_up(struct bus_delivery *delivery, const struct held *held, enum retry_plan plan);

/* Timer of a held delivery: its next run. */
void delivery_again(struct worker *worker, struct thread *thread, struct timer *timer);

#endif
