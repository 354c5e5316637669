/*
 * policies_test.c - the constant policies that busgen writes are those of the schema, and messages
 * that say the same share one; so are the flags. covers: A6, D9, M2
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policies.bus.h"

static const uint64_t second = UINT64_C(1000000000);

static void test_silent(void **state)
{
    (void)state;
    assert_null(policies_silent_type.policy);
    assert_null(policies_stubborn_off_type.policy);
    assert_int_equal(bus_type_policy(&policies_silent_type)->retries, 0);
}

static void test_shared(void **state)
{
    const struct bus_policy *policy = policies_stubborn_first_type.policy;

    (void)state;
    assert_ptr_equal(policies_stubborn_again_type.policy, policy);
    assert_ptr_equal(policies_spelled_out_type.policy, policy);
    assert_ptr_equal(bus_type_policy(&policies_spelled_out_type), policy);
    assert_int_equal(policy->retries, 7);
    assert_int_equal(policy->retry_budget, 20);
    assert_int_equal(policy->jitter, BUS_JITTER_FULL);
    assert_int_equal(policy->backoff_first_ns, second / 10);
    assert_int_equal(policy->backoff_most_ns, 10 * second);
    assert_true(policy->backoff_factor == 1.5);
    assert_int_equal(policy->timeout_ns, second / 4);
    assert_true(policy->ordered);
    assert_false(policy->by_category);
    assert_false(policy->no_dead_letters);
    assert_int_equal(policy->breaker_failures, 0);
    assert_null(policy->breaker_name);
    assert_int_equal(policy->approval_ns, 0);
}

static void test_breakers(void **state)
{
    const struct bus_policy *here = policies_named_here_type.policy;
    const struct bus_policy *there = policies_named_there_type.policy;

    (void)state;
    assert_int_equal(here->breaker_failures, 5);
    assert_int_equal(here->breaker_within_ns, 60 * second);
    assert_int_equal(here->breaker_open_ns, 30 * second);
    assert_int_equal(here->breaker_probes, 2);
    assert_string_equal(here->breaker_name, "policies.ledger");
    assert_int_equal(here->on_open, BUS_ON_OPEN_FAIL);
    assert_true(here->no_dead_letters);
    assert_int_equal(there->breaker_failures, 3);
    assert_string_equal(there->breaker_name, "common.ledger");
    assert_int_equal(there->on_open, BUS_ON_OPEN_PARK);
    assert_false(there->no_dead_letters);
}

static void test_others(void **state)
{
    (void)state;
    assert_true(policies_by_kind_type.policy->by_category);
    assert_int_equal(policies_by_kind_type.policy->retries, 0);
    assert_true(policies_by_kind_type.policy->backoff_factor == 0);
    assert_int_equal(policies_approved_type.policy->approval_ns, 3600 * second);
    assert_int_equal(policies_approved_type.policy->retries, 1);
    assert_int_equal(policies_approved_type.policy->backoff_first_ns, 0);
    assert_int_equal(policies_stubborn_first_type.when_full, BUS_FULL_RATE_LIMIT);
    assert_int_equal(policies_named_there_type.when_full, BUS_FULL_DEAD_LETTER);
}

/* covers: F1, G2 */
static void test_words_alone(void **state)
{
    const struct bus_policy *policy = policies_words_alone_type.policy;

    (void)state;
    assert_int_equal(policy->retries, 3);
    assert_int_equal(policy->backoff_first_ns, 0); /* the runtime's: 100 ms, x2, 10 s */
    assert_int_equal(policy->breaker_failures, 5);
    assert_int_equal(policy->breaker_within_ns, 60 * second);
    assert_null(policy->breaker_name);
    policy = policies_name_alone_type.policy;
    assert_int_equal(policy->retries, 0);
    assert_int_equal(policy->breaker_failures, 5);
    assert_string_equal(policy->breaker_name, "policies.till");
}

static void test_flags(void **state)
{
    (void)state;
    assert_int_equal(policies_silent_type.flags, 0);
    assert_int_equal(policies_kept_type.flags, BUS_TYPE_DURABLE | BUS_TYPE_CHECK_TEXT);
    assert_int_equal(policies_last_type.flags, BUS_TYPE_KEEP_LAST);
    assert_int_equal(policies_sent_type.flags, BUS_TYPE_CHECK_TEXT);
    assert_int_equal(policies_safe_type.flags, BUS_TYPE_IDEMPOTENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silent),      cmocka_unit_test(test_shared),
        cmocka_unit_test(test_breakers),    cmocka_unit_test(test_others),
        cmocka_unit_test(test_words_alone), cmocka_unit_test(test_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
