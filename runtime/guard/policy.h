/* guard/policy.h - the policy of a message on one bus: declared or replaced, every zero filled. */
#ifndef BUSGEN_GUARD_POLICY_H
#define BUSGEN_GUARD_POLICY_H

#include <bus/schema.h>

#include "core/last_error.h"

enum {
    POLICY_RETRIES_MOST = 1000,
    POLICY_FAILURES_MOST = 1000,
    POLICY_PROBES_MOST = 1000,
};

/* BUS_ERR_INVALID: bus_last_error says which member of the policy of `type` is wrong. */
enum bus_status policy_check(const struct bus_policy *policy, const struct bus_message_type *type);
/* Replaces what is zero by its default. */
void policy_fill(struct bus_policy *policy, enum bus_message_kind kind);
/* What is left of it where errors are not handled: only what is no handling of errors. */
void policy_drop(struct bus_policy *policy);
/* What the options say of the type, else what it declares; zeros are not filled. */
const struct bus_policy *policy_find(const struct bus_options *options,
                                     const struct bus_message_type *type);

#endif
