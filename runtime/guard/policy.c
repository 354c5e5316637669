/* guard/policy.c - the policy of a message on one bus: declared or replaced, every zero filled. */
#include "guard/policy.h"

#include <inttypes.h>

static const struct bus_policy none = {0};

const struct bus_policy *bus_type_policy(const struct bus_message_type *type)
{
    return type != NULL && type->policy != NULL ? type->policy : &none;
}

enum bus_status policy_check(const struct bus_policy *policy, const struct bus_message_type *type)
{
    const char *name = type->name;

    if (policy->jitter > BUS_JITTER_NONE || policy->on_open > BUS_ON_OPEN_DEAD_LETTER)
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: jitter or on_open is no value of its enum", name);
    if (policy->backoff_factor != 0 &&
        !(policy->backoff_factor >= 1 && policy->backoff_factor <= 1000))
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: backoff_factor is %g, it must be from 1 to 1000", name,
                           policy->backoff_factor);
    if (policy->backoff_most_ns != 0 && policy->backoff_first_ns > policy->backoff_most_ns)
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: backoff_first_ns %" PRIu64
                           " is longer than backoff_most_ns %" PRIu64,
                           name, policy->backoff_first_ns, policy->backoff_most_ns);
    if (policy->retries > POLICY_RETRIES_MOST || policy->breaker_failures > POLICY_FAILURES_MOST ||
        policy->breaker_probes > POLICY_PROBES_MOST || policy->retry_budget > 100)
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: retries at most %d, breaker_failures %d, breaker_probes "
                           "%d, retry_budget 100",
                           name, POLICY_RETRIES_MOST, POLICY_FAILURES_MOST, POLICY_PROBES_MOST);
    if (policy->ordered && type->kind == BUS_COMMAND)
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: ordered is for events, and this is a command", name);
    if (policy->ordered && (type->flags & BUS_TYPE_KEEP_LAST) != 0)
        return fail_status(BUS_ERR_INVALID,
                           "policy of %s: it keeps the last of each key only, so there is none to "
                           "be ordered",
                           name);
    return BUS_OK;
}

static void fill_ns(uint64_t *value, uint64_t preset)
{
    if (*value == 0)
        *value = preset;
}

void policy_fill(struct bus_policy *policy, enum bus_message_kind kind)
{
    if (policy->backoff_most_ns == 0)
        policy->backoff_most_ns =
            10 * BUS_SECOND > policy->backoff_first_ns ? 10 * BUS_SECOND : policy->backoff_first_ns;
    if (policy->backoff_first_ns == 0)
        policy->backoff_first_ns = 100 * BUS_MILLISECOND < policy->backoff_most_ns
                                       ? 100 * BUS_MILLISECOND
                                       : policy->backoff_most_ns;
    if (policy->backoff_factor == 0)
        policy->backoff_factor = 2;
    fill_ns(&policy->breaker_within_ns, 60 * BUS_SECOND);
    fill_ns(&policy->breaker_open_ns, 60 * BUS_SECOND);
    if (policy->breaker_probes == 0)
        policy->breaker_probes = 3;
    if (policy->on_open == BUS_ON_OPEN_DEFAULT)
        policy->on_open = kind == BUS_COMMAND ? BUS_ON_OPEN_FAIL : BUS_ON_OPEN_PARK;
}

void policy_drop(struct bus_policy *policy)
{
    *policy = (struct bus_policy){.approval_ns = policy->approval_ns, .no_dead_letters = true};
}

const struct bus_policy *policy_find(const struct bus_options *options,
                                     const struct bus_message_type *type)
{
    uint32_t i;

    for (i = 0; i < options->policy_count; i++)
        if (options->policies[i].type == type)
            return &options->policies[i].policy;
    return bus_type_policy(type);
}
