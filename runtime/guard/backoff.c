/* guard/backoff.c - how long a failed delivery waits before its next run. */
#include "guard/backoff.h"

/* Without rounding up to 2^64, which a conversion could not hold. */
static uint64_t to_ns(double value)
{
    return value < 18446744073709549568.0 ? (uint64_t)value : UINT64_MAX;
}

static double power(double base, uint32_t exponent)
{
    double result = 1;

    /* Ten steps for the largest number of retries; overflows to infinity, which the cap takes. */
    for (; exponent != 0; exponent >>= 1) {
        if ((exponent & 1) != 0)
            result *= base;
        base *= base;
    }
    return result;
}

uint64_t backoff_delay_ns(const struct bus_policy *policy, uint32_t retry, uint64_t random)
{
    double delay = (double)policy->backoff_first_ns * power(policy->backoff_factor, retry);
    double unit = (double)(random >> 12) * 0x1p-52; /* [0, 1), and half more still exact */

    if (!(delay < (double)policy->backoff_most_ns))
        delay = (double)policy->backoff_most_ns;
    if (policy->jitter == BUS_JITTER_HALF)
        delay *= 0.5 + unit;
    else if (policy->jitter == BUS_JITTER_FULL)
        delay *= unit;
    return to_ns(delay);
}
