/*
 * What errors cost, in instructions, so that no clock is asked: a classification, a report, and the
 * look at a breaker. N4 allows 1 ms and 0.1 ms; a million instructions a millisecond is slow for
 * any machine that this runs on.
 * covers: N4
 */
#include <bus/errors.h>

#include <errno.h>

#include "steps.h"
#include "support.h"

enum { CLASSIFY_MOST = 10000, FAIL_MOST = 20000, CALLS = 10 };

static int classify(void *context)
{
    struct bus_error error;
    int *wrong = context;

    (void)bus_classify_errno(EOPNOTSUPP); /* the library is bound now */
    steps_begin();
    error = bus_classify_errno(EOPNOTSUPP); /* the last of its table */
    steps_end();
    *wrong = error.category != BUS_CATEGORY_CONFIG;
    return *wrong;
}

/* covers: N4 */
static void classification_is_cheap(void **state)
{
    int wrong = 0;
    uint64_t steps = steps_of(classify, &wrong);

    (void)state;
    assert_in_range(steps, 1, CLASSIFY_MOST);
}

static enum bus_verdict on_ticked_fail(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    return event->number != 0 ? bus_fail_errno(delivery, EPIPE, "send") : BUS_DONE;
}

struct run {
    bool fails;
    bool guarded;
};

/* CALLS messages through a polled bus. */
static int run_messages(void *context)
{
    const struct run *run = context;
    struct bus_policy_override override = {
        .type = &probe_ticked_type,
        .policy = {.breaker_failures = run->guarded ? 1000 : 0, .no_dead_letters = true}};
    struct probe_ticked message = {.number = run->fails};
    struct bus *bus = NULL;
    uint32_t ran = 0, i, round;

    if (bus_open(&bus,
                 &(struct bus_options){.polled = true, .policies = &override, .policy_count = 1}) !=
            BUS_OK ||
        probe_ticked_subscribe(bus, on_ticked_fail, NULL, NULL) != BUS_OK ||
        bus_start(bus) != BUS_OK)
        return 1;
    for (round = 0; round < 2; round++) { /* the first one warms up */
        for (i = 0; i < CALLS; i++)
            if (probe_ticked_publish(bus, &message) != BUS_QUEUED)
                return 1;
        if (round == 1)
            steps_begin();
        if (bus_poll(bus, 0, &ran) != BUS_OK)
            return 1;
    }
    steps_end();
    return ran == CALLS && bus_stop(bus, 0, NULL) == BUS_OK && bus_close(&bus) == BUS_OK ? 0 : 1;
}

/* covers: N4 */
static void a_failure_is_cheap(void **state)
{
    uint64_t good = steps_of(run_messages, &(struct run){.fails = false});
    uint64_t bad = steps_of(run_messages, &(struct run){.fails = true});

    (void)state;
    assert_true(good > 0 && bad > good);
    assert_in_range((bad - good) / CALLS, 1, FAIL_MOST);
}

/* covers: N4 */
static void a_breaker_is_cheap(void **state)
{
    uint64_t without = steps_of(run_messages, &(struct run){.guarded = false});
    uint64_t with = steps_of(run_messages, &(struct run){.guarded = true});

    (void)state;
    assert_true(without > 0 && with > 0);
    assert_in_range(with > without ? (with - without) / CALLS : 0, 0, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classification_is_cheap),
        cmocka_unit_test(a_failure_is_cheap),
        cmocka_unit_test(a_breaker_is_cheap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
