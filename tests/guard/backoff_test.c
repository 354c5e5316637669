/*
 * The delay before a retry, against a model that multiplies step by step.
 *
 * covers: F1 F2 R14
 */
#include "support.h"

#include "guard/backoff.h"
#include "guard/chance.h"
#include "guard/policy.h"

static struct bus_policy filled(struct bus_policy policy)
{
    policy_fill(&policy, BUS_COMMAND);
    return policy;
}

static void the_defaults_are_as_documented(void **state)
{
    static const uint64_t expected_ms[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
    struct bus_policy policy = filled((struct bus_policy){.retries = 3});
    uint32_t retry;

    (void)state;
    assert_int_equal(policy.jitter, BUS_JITTER_HALF);
    policy.jitter = BUS_JITTER_NONE;
    for (retry = 0; retry < 9; retry++)
        assert_int_equal(backoff_delay_ns(&policy, retry, UINT64_MAX),
                         expected_ms[retry] * BUS_MILLISECOND);
    assert_int_equal(backoff_delay_ns(&policy, UINT32_MAX, 0), 10 * BUS_SECOND);
}

static void jitter_has_its_bounds(void **state)
{
    struct bus_policy policy = filled((struct bus_policy){.retries = 1});

    (void)state;
    assert_int_equal(backoff_delay_ns(&policy, 0, 0), 50 * BUS_MILLISECOND);
    assert_in_range(backoff_delay_ns(&policy, 0, UINT64_MAX), 150 * BUS_MILLISECOND - 2,
                    150 * BUS_MILLISECOND - 1);
    assert_int_equal(backoff_delay_ns(&policy, 0, UINT64_C(1) << 63), 100 * BUS_MILLISECOND);
    policy.jitter = BUS_JITTER_FULL;
    assert_int_equal(backoff_delay_ns(&policy, 0, 0), 0);
    assert_in_range(backoff_delay_ns(&policy, 0, UINT64_MAX), 100 * BUS_MILLISECOND - 2,
                    100 * BUS_MILLISECOND - 1);
}

static void the_longest_delay_does_not_overflow(void **state)
{
    struct bus_policy policy = filled((struct bus_policy){
        .backoff_first_ns = UINT64_MAX, .backoff_most_ns = UINT64_MAX, .backoff_factor = 1000});

    (void)state;
    assert_true(backoff_delay_ns(&policy, 0, UINT64_MAX) > UINT64_MAX / 2);
    assert_int_equal(backoff_delay_ns(&policy, POLICY_RETRIES_MOST, UINT64_MAX), UINT64_MAX);
    policy.jitter = BUS_JITTER_NONE;
    assert_int_equal(backoff_delay_ns(&policy, 7, 0), UINT64_MAX);
}

/* ---- the model ---- */

static long double model(const struct bus_policy *policy, uint32_t retry, uint64_t random)
{
    long double delay = (long double)policy->backoff_first_ns;
    long double unit = (long double)(random >> 12) / 4503599627370496.0L;

    while (retry-- > 0 && delay < (long double)policy->backoff_most_ns)
        delay *= (long double)policy->backoff_factor;
    if (delay > (long double)policy->backoff_most_ns)
        delay = (long double)policy->backoff_most_ns;
    if (policy->jitter == BUS_JITTER_HALF)
        return delay * (0.5L + unit);
    return policy->jitter == BUS_JITTER_FULL ? delay * unit : delay;
}

static void any_policy_is_as_the_model_says(void **state)
{
    struct chance chance;
    uint32_t step;

    (void)state;
    chance_init(&chance, 1, 0);
    for (step = 0; step < STEPS; step++) {
        uint64_t draw = chance_next(&chance), random = chance_next(&chance);
        uint64_t first = 1 + (chance_next(&chance) >> (24 + draw % 40));
        struct bus_policy policy = {
            .backoff_first_ns = first,
            .backoff_most_ns = first + (chance_next(&chance) >> (24 + draw / 64 % 40)),
            .backoff_factor = 1 + (double)(draw >> 20 & 0xfff) / (draw & 1 ? 4.0 : 4096.0),
            .jitter = (enum bus_jitter)((draw >> 40) % 3),
        };
        uint32_t retry = (uint32_t)(draw >> 48) % (draw & 2 ? 6 : POLICY_RETRIES_MOST);
        uint64_t delay = backoff_delay_ns(&policy, retry, random);
        long double expected = model(&policy, retry, random);
        long double off = (long double)delay - expected;

        /* A double has 53 bits and is rounded once for each of at most 12 factors. */
        if (off < -1 - expected * 1e-13L || off > 1 + expected * 1e-13L)
            fail_msg("step %u: retry %u of %llu ns: %llu instead of %Lf", step, retry,
                     (unsigned long long)first, (unsigned long long)delay, expected);
    }
}

static void delays_are_spread_evenly(void **state)
{
    enum { BINS = 16, DRAWS = 160000 };
    struct bus_policy policy = filled((struct bus_policy){.jitter = BUS_JITTER_FULL});
    uint32_t bins[BINS] = {0}, i;
    struct chance chance;

    (void)state;
    chance_init(&chance, 42, 7);
    for (i = 0; i < DRAWS; i++)
        bins[backoff_delay_ns(&policy, 0, chance_next(&chance)) * BINS / (100 * BUS_MILLISECOND)]++;
    for (i = 0; i < BINS; i++) /* 10,000 each; six standard deviations are 600 */
        assert_in_range(bins[i], 9400, 10600);
}

static void threads_draw_different_numbers(void **state)
{
    struct chance one, other, again;
    uint32_t i;

    (void)state;
    chance_init(&one, 5, 0);
    chance_init(&other, 5, 1);
    chance_init(&again, 5, 0);
    for (i = 0; i < 1000; i++) {
        uint64_t number = chance_next(&one);

        assert_true(number != chance_next(&other));
        assert_true(number == chance_next(&again));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_as_documented),
        cmocka_unit_test(jitter_has_its_bounds),
        cmocka_unit_test(the_longest_delay_does_not_overflow),
        cmocka_unit_test(any_policy_is_as_the_model_says),
        cmocka_unit_test(delays_are_spread_evenly),
        cmocka_unit_test(threads_draw_different_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
