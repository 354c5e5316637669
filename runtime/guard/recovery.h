/*
 * guard/recovery.h - what the category of a fault says about another run, for messages that declare
 * `recover by category`.
 */
#ifndef BUSGEN_GUARD_RECOVERY_H
#define BUSGEN_GUARD_RECOVERY_H

#include <bus/errors.h>

#include "core/engine.h"

/* Of errors->recoveries, at open and when one is taken back. */
void recoveries_reset(struct bus_recovery recoveries[BUS_CATEGORIES]);

/* After `attempts` runs, the last of which ended with `error`: is there to be another, and after
 * what delay? Asks the hook of the category, without a lock; on the thread that ran. */
bool recovery_plan(struct thread *thread, const struct route *route, const struct bus_error *error,
                   uint32_t attempts, uint64_t *delay_ns);

/* The time that run number `attempt` may take; 0: any. Recovered by category, a handler gets half
 * as much again with each run. */
uint64_t recovery_timeout_ns(const struct bus_policy *policy, uint32_t attempt);

#endif
