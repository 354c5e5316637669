/* covers: F5 */
#include "support.h"

#include <string.h>

#include "guard/timers.h"

enum { MANY = 2000, STEPS = 200000 };

static uint64_t next_chance(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

static struct timer_slot slots[MANY];
static struct timer timers_of[MANY];

static void they_come_in_order_of_time_then_of_adding(void **state)
{
    struct timers timers;
    struct timer *taken;

    (void)state;
    memset(timers_of, 0, sizeof timers_of);
    timers_init(&timers, slots, MANY);
    assert_null(timers_take(&timers, UINT64_MAX));
    assert_true(timers.next_ns == UINT64_MAX);
    for (uint32_t i = 0; i < 100; i++)
        timers_add(&timers, &timers_of[i], 50 + i % 5);
    assert_true(timers.next_ns == 50);
    assert_null(timers_take(&timers, 49));
    for (uint32_t due = 0; due < 5; due++)
        for (uint32_t i = due; i < 100; i += 5) {
            taken = timers_take(&timers, 50 + due);
            assert_ptr_equal(taken, &timers_of[i]);
            assert_false(timer_is_added(taken));
        }
    assert_null(timers_take(&timers, UINT64_MAX));
    assert_true(timers.next_ns == UINT64_MAX);
}

static void one_that_was_added_moves_and_cancel_is_harmless(void **state)
{
    struct timers timers;

    (void)state;
    memset(timers_of, 0, sizeof timers_of);
    timers_init(&timers, slots, 2); /* a move needs no room */
    timers_cancel(&timers, &timers_of[0]);
    timers_add(&timers, &timers_of[0], 10);
    timers_add(&timers, &timers_of[1], 20);
    timers_add(&timers, &timers_of[0], 30);
    assert_ptr_equal(timers_take(&timers, 100), &timers_of[1]);
    timers_cancel(&timers, &timers_of[0]);
    timers_cancel(&timers, &timers_of[0]);
    assert_true(timers.count == 0 && timers.next_ns == UINT64_MAX);
}

/* The model: a list, searched from end to end. */
struct model {
    uint64_t due[MANY]; /* 0: not added */
    uint64_t order[MANY];
};

static uint32_t first_of(const struct model *model, uint64_t now)
{
    uint32_t best = MANY;

    for (uint32_t i = 0; i < MANY; i++)
        if (model->due[i] != 0 && model->due[i] <= now &&
            (best == MANY || model->due[i] < model->due[best] ||
             (model->due[i] == model->due[best] && model->order[i] < model->order[best])))
            best = i;
    return best;
}

static void it_is_what_a_searched_list_is(void **state)
{
    static struct model model;
    struct timers timers;
    uint64_t seed = 7, now = 1, order = 0;

    (void)state;
    memset(timers_of, 0, sizeof timers_of);
    timers_init(&timers, slots, MANY);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t i = (uint32_t)(next_chance(&seed) % MANY), expected;
        struct timer *taken;

        switch (next_chance(&seed) % 8) {
        case 0:
            timers_cancel(&timers, &timers_of[i]);
            model.due[i] = 0;
            break;
        case 1:
            now += next_chance(&seed) % 50;
            expected = first_of(&model, now);
            taken = timers_take(&timers, now);
            assert_ptr_equal(taken, expected == MANY ? NULL : &timers_of[expected]);
            if (taken != NULL)
                model.due[expected] = 0;
            break;
        default:
            model.due[i] = now + next_chance(&seed) % 1000;
            model.order[i] = order++;
            timers_add(&timers, &timers_of[i], model.due[i]);
        }
        assert_true(timer_is_added(&timers_of[i]) == (model.due[i] != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_in_order_of_time_then_of_adding),
        cmocka_unit_test(one_that_was_added_moves_and_cancel_is_harmless),
        cmocka_unit_test(it_is_what_a_searched_list_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
