/*
 * guard/recovery.c - recovery by category: a table per bus, that of the defaults until the user
 * puts his own strategies in.
 *
 * A permanent fault is not tried again, whatever its category, unless a hook says that it changed
 * something: opened the line again, chose another decoder. What a retry achieved is known only when
 * its run has ended, so nothing here counts as a success.
 */
#include "guard/recovery.h"

#include <inttypes.h>

#include "guard/backoff.h"
#include "guard/errors.h"
#include "guard/policy.h"
#include "path/path.h"

#define TENTH (BUS_SECOND / 10)

/* Connection: a line that comes back. Processing: what a moment changes. Timeout: with more time.
 * Serialization: with another decoder. Queue: until the pressure is gone. The others: a person. */
static const struct bus_recovery defaults[BUS_CATEGORIES] = {
    [BUS_CATEGORY_PROCESSING] = {.retries = 2,
                                 .first_ns = BUS_SECOND,
                                 .most_ns = 10 * BUS_SECOND,
                                 .factor = 2},
    [BUS_CATEGORY_CONNECTION] = {.retries = 3,
                                 .first_ns = 2 * BUS_SECOND,
                                 .most_ns = 10 * BUS_SECOND,
                                 .factor = 2},
    [BUS_CATEGORY_SERIALIZATION] = {.retries = 1,
                                    .first_ns = 5 * TENTH,
                                    .most_ns = 5 * TENTH,
                                    .factor = 1},
    [BUS_CATEGORY_QUEUE] = {.retries = 2, .first_ns = TENTH, .most_ns = BUS_SECOND, .factor = 1.5},
    [BUS_CATEGORY_TIMEOUT] = {.retries = 2,
                              .first_ns = 15 * TENTH,
                              .most_ns = 10 * BUS_SECOND,
                              .factor = 1.5},
    [BUS_CATEGORY_AUTH] = {.factor = 1},
    [BUS_CATEGORY_RESOURCE] = {.factor = 1},
    [BUS_CATEGORY_CONFIG] = {.factor = 1},
};

void recoveries_reset(struct bus_recovery recoveries[BUS_CATEGORIES])
{
    memcpy(recoveries, defaults, sizeof defaults);
}

static enum bus_status check(const struct bus *bus, enum bus_category category)
{
    if (bus == NULL || bus->magic != BUS_MAGIC || (unsigned)category >= BUS_CATEGORIES)
        return fail_status(BUS_ERR_INVALID,
                           "no recovery: the bus is NULL or closed, or %d is no category",
                           (int)category);
    if (bus->errors == NULL)
        return fail_status(BUS_ERR_STATE, "bus %s: opened with no_error_handling", bus->name);
    return BUS_OK;
}

enum bus_status bus_recovery_get(struct bus *bus, enum bus_category category,
                                 struct bus_recovery *recovery)
{
    enum bus_status status = check(bus, category);

    if (status == BUS_OK && recovery == NULL)
        status = fail_status(BUS_ERR_INVALID, "where to put the recovery is NULL");
    if (status != BUS_OK)
        return status;
    lock_take(&bus->errors->lock, &bus->os);
    *recovery = bus->errors->recoveries[category];
    lock_give(&bus->errors->lock, &bus->os);
    return BUS_OK;
}

enum bus_status bus_recovery_set(struct bus *bus, enum bus_category category,
                                 const struct bus_recovery *recovery)
{
    enum bus_status status = check(bus, category);

    if (status != BUS_OK)
        return status;
    if (recovery == NULL)
        recovery = &defaults[category];
    if (recovery->retries > POLICY_RETRIES_MOST ||
        !(recovery->factor >= 1 && recovery->factor <= 1000) ||
        recovery->first_ns > recovery->most_ns)
        return fail_status(BUS_ERR_INVALID,
                           "recovery of %s errors: retries at most %d, factor from 1 to 1000, "
                           "first_ns (%" PRIu64 ") not above most_ns (%" PRIu64 ")",
                           bus_category_text(category), POLICY_RETRIES_MOST, recovery->first_ns,
                           recovery->most_ns);
    lock_take(&bus->errors->lock, &bus->os);
    bus->errors->recoveries[category] = *recovery;
    lock_give(&bus->errors->lock, &bus->os);
    return BUS_OK;
}

bool recovery_plan(struct thread *thread, const struct route *route, const struct bus_error *error,
                   uint32_t attempts, uint64_t *delay_ns)
{
    struct bus *bus = thread->bus;
    enum bus_recovery_step step = BUS_RECOVERY_DEFAULT;
    struct bus_recovery recovery;
    struct bus_policy backoff;

    if (bus->errors == NULL || attempts > POLICY_RETRIES_MOST)
        return false;
    lock_take(&bus->errors->lock, &bus->os);
    recovery = bus->errors->recoveries[error->category];
    lock_give(&bus->errors->lock, &bus->os);
    backoff = (struct bus_policy){.jitter = route->policy.jitter,
                                  .backoff_first_ns = recovery.first_ns,
                                  .backoff_most_ns = recovery.most_ns,
                                  .backoff_factor = recovery.factor};
    *delay_ns = backoff_delay_ns(&backoff, attempts - 1, chance_next(&thread->chance));
    if (recovery.hook != NULL)
        step = recovery.hook(
            recovery.context,
            &(struct bus_failure){.type = route->type, .error = error, .attempts = attempts},
            delay_ns);
    if (step == BUS_RECOVERY_DEFAULT)
        return error->transient && attempts <= recovery.retries;
    return step == BUS_RECOVERY_RETRY;
}

uint64_t recovery_timeout_ns(const struct bus_policy *policy, uint32_t attempt)
{
    uint64_t allowed = policy->timeout_ns;

    for (; policy->by_category && attempt > 1 && allowed < UINT64_MAX / 2; attempt--)
        allowed += allowed / 2;
    return allowed;
}
