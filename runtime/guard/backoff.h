/* guard/backoff.h - how long a failed delivery waits before its next run. */
#ifndef BUSGEN_GUARD_BACKOFF_H
#define BUSGEN_GUARD_BACKOFF_H

#include <stdint.h>

#include <bus/policy.h>

/* Before retry number `retry`, from 0: min(first * factor^retry, most), then the jitter, drawn from
 * `random` (64 even bits, guard/chance.h). Half a jitter may go over `most`, by half of it. The
 * policy is filled (guard/policy.h). */
uint64_t backoff_delay_ns(const struct bus_policy *policy, uint32_t retry, uint64_t random);

#endif
