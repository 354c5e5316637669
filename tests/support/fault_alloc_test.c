#include "fault_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Of five allocations, which fail: a bit each. */
static unsigned failing(unsigned long nth, bool from_then_on, bool *hit)
{
    void *volatile taken[5] = {NULL};
    void *aligned = NULL;
    unsigned failed = 0;

    fault_alloc_arm(nth, from_then_on);
    taken[0] = malloc(10);
    taken[1] = calloc(2, 10);
    taken[2] = realloc(NULL, 10);
    if (posix_memalign(&aligned, 64, 64) == 0)
        taken[3] = aligned;
    taken[4] = strdup("text");
    assert_int_equal(fault_alloc_count(), 5);
    *hit = fault_alloc_disarm();
    for (unsigned i = 0; i < 5; i++) {
        failed |= (taken[i] == NULL ? 1U : 0U) << i;
        free(taken[i]);
    }
    return failed;
}

static void the_nth_allocation_fails_once(void **state)
{
    bool hit;

    (void)state;
    for (unsigned long nth = 1; nth <= 5; nth++) {
        assert_int_equal(failing(nth, false, &hit), 1U << (nth - 1));
        assert_true(hit);
    }
    assert_int_equal(failing(6, false, &hit), 0);
    assert_false(hit);
}

static void all_fail_from_the_nth_on(void **state)
{
    bool hit;

    (void)state;
    assert_int_equal(failing(1, true, &hit), 0x1F);
    assert_int_equal(failing(4, true, &hit), 0x18);
    assert_true(hit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_allocation_fails_once),
        cmocka_unit_test(all_fail_from_the_nth_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
