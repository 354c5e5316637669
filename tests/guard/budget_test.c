/*
 * The retry budget: a share of the calls and a reserve, whatever comes in whatever order.
 *
 * covers: F7
 */
#include "support.h"

#include "guard/budget.h"
#include "guard/chance.h"

static void the_reserve_is_there_at_the_start(void **state)
{
    struct budget budget = {.percent = 20};
    uint32_t i;

    (void)state;
    for (i = 0; i < BUDGET_RESERVE; i++)
        assert_true(budget_take(&budget));
    assert_false(budget_take(&budget));
    for (i = 0; i < 4; i++)
        budget_call(&budget);
    assert_false(budget_take(&budget));
    budget_call(&budget);
    assert_true(budget_take(&budget)); /* five calls, a fifth of them */
    assert_false(budget_take(&budget));
}

static void it_does_not_grow_beyond_the_reserve(void **state)
{
    struct budget budget = {.percent = 100};
    uint32_t i;

    (void)state;
    for (i = 0; i < 1000; i++)
        budget_call(&budget);
    for (i = 0; i < BUDGET_RESERVE; i++)
        assert_true(budget_take(&budget));
    assert_false(budget_take(&budget));
}

static void it_does_as_the_model_says(void **state)
{
    struct chance chance;
    uint32_t step;

    (void)state;
    chance_init(&chance, 3, 0);
    for (step = 0; step < STEPS;) {
        struct budget budget = {.percent = 1 + (uint32_t)(chance_next(&chance) % 100)};
        uint32_t level = BUDGET_FULL, calls = 0, retries = 0, i;

        for (i = 0; i < 10000; i++, step++) {
            if (chance_next(&chance) % 3 != 0) {
                budget_call(&budget);
                level += budget.percent;
                level = level < BUDGET_FULL ? level : BUDGET_FULL;
                calls++;
            } else {
                bool fine = level >= BUDGET_RETRY;

                assert_true(budget_take(&budget) == fine);
                level -= fine ? BUDGET_RETRY : 0;
                retries += fine;
            }
            assert_true(retries * BUDGET_RETRY <= BUDGET_FULL + calls * budget.percent);
        }
    }
}

struct shared {
    struct budget budget;
    uint32_t retries; /* shared */
};

static void call_and_retry(void *argument, uint32_t index)
{
    struct shared *shared = argument;
    uint32_t i, mine = 0;

    (void)index;
    for (i = 0; i < work(100000); i++) {
        budget_call(&shared->budget);
        mine += budget_take(&shared->budget);
    }
    (void)atomic_fetch_add_u32(&shared->retries, mine);
}

static void threads_that_share_one_keep_the_bound_together(void **state)
{
    struct shared shared = {.budget = {.percent = 10}};
    uint32_t calls = 4 * work(100000);

    (void)state;
    run_threads(4, call_and_retry, &shared);
    assert_true(shared.retries <= BUDGET_RESERVE + calls / 10);
    assert_true(shared.retries >= calls / 10 - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reserve_is_there_at_the_start),
        cmocka_unit_test(it_does_not_grow_beyond_the_reserve),
        cmocka_unit_test(it_does_as_the_model_says),
        cmocka_unit_test(threads_that_share_one_keep_the_bound_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
