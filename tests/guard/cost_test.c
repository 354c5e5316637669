/*
 * What a breaker and a budget cost, in instructions: so little when all is well that it does not
 * show, and a refusal far below its bound of 0.1 ms.
 *
 * covers: N4
 */
#include "support.h"

#include "guard/breaker.h"
#include "guard/budget.h"
#include "steps.h"

/* At one instruction per nanosecond, which any machine of ours does. */
enum { CLOSED_MOST = 100, DIRTY_MOST = 400, REFUSAL_MOST = 2000, BOUND = 100000 };

enum look { CLOSED, DIRTY, OPEN, NOTHING };

static int run(void *context)
{
    static struct breaker breaker;
    static struct budget budget = {.percent = 10};
    static uint64_t at_ns[2];
    const enum look *look = context;
    enum breaker_admission admission, expected = *look == OPEN ? BREAKER_REFUSE : BREAKER_GO;
    int round;

    breaker_init(&breaker,
                 &(struct breaker_options){.failures = 2,
                                           .probes = 1,
                                           .within_ns = BUS_SECOND,
                                           .open_ns = 1000 * BUS_SECOND,
                                           .os = bus_os_native()},
                 at_ns);
    if (*look != CLOSED)
        breaker_failure(&breaker, NULL, false);
    if (*look == OPEN)
        breaker_failure(&breaker, NULL, false);
    for (round = 0; round < 3 && *look == OPEN; round++)
        (void)breaker_admit(&breaker, NULL); /* the clock is warm */
    steps_begin();
    if (*look == NOTHING) {
        steps_end();
        return 0;
    }
    admission = breaker_admit(&breaker, NULL);
    if (admission != BREAKER_REFUSE) {
        budget_call(&budget);
        breaker_success(&breaker, NULL, admission == BREAKER_PROBE);
    }
    steps_end();
    return admission == expected ? 0 : 1;
}

static void a_breaker_costs_next_to_nothing(void **state)
{
    static const uint64_t most[] = {
        [CLOSED] = CLOSED_MOST, [DIRTY] = DIRTY_MOST, [OPEN] = REFUSAL_MOST};
    enum look look = NOTHING;
    uint64_t counting = steps_of(run, &look);

    (void)state;
    assert_true(counting > 0);
    for (look = CLOSED; look <= OPEN; look++) {
        uint64_t steps = steps_of(run, &look) - counting;

        print_message("%s: %llu instructions\n",
                      look == CLOSED  ? "closed"
                      : look == DIRTY ? "closed, with a failure"
                                      : "open",
                      (unsigned long long)steps);
        assert_in_range(steps, 1, most[look]);
        assert_true(steps < BOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breaker_costs_next_to_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
