/*
 * plan_test.c - what `busgen plan` says a bus takes is what bus_open reserves, within one part in
 * fifty.
 */
#include "every.bus.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t planned(unsigned workers, unsigned capacity)
{
    char command[1024];
    char line[256];
    uint64_t bytes = 0;
    FILE *plan;

    snprintf(command, sizeof(command), "'%s' plan '%s' --workers %u --capacity %u", BUSGEN, SCHEMA,
             workers, capacity);
    plan = popen(command, "r");
    assert_non_null(plan);
    while (fgets(line, sizeof(line), plan) != NULL)
        if (strncmp(line, "in all", 6) == 0)
            bytes = strtoull(line + strcspn(line, "0123456789"), NULL, 10);
    assert_int_equal(pclose(plan), 0);
    assert_true(bytes > 0);
    return bytes;
}

static void test_plan_is_what_open_reserves(void **state)
{
    static const unsigned tries[][2] = {{1, 10000}, {1, 8}, {4, 100}, {16, 1000}};

    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        struct bus_options options = {.workers = tries[i][0], .schema = &every_schema};
        uint64_t plan = planned(tries[i][0], tries[i][1]);
        struct bus_stats stats;
        struct bus *bus;

        for (int lane = 0; lane < BUS_LANES; lane++)
            options.capacity[lane] = tries[i][1];
        assert_int_equal(bus_open(&bus, &options), BUS_OK);
        assert_int_equal(bus_stats(bus, &stats), BUS_OK);
        assert_int_equal(bus_close(&bus), BUS_OK);
        if (stats.memory_bytes > plan + plan / 50 || plan > stats.memory_bytes / 50 * 51)
            fail_msg("%u workers, %u messages: planned %" PRIu64 ", reserved %" PRIu64, tries[i][0],
                     tries[i][1], plan, stats.memory_bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plan_is_what_open_reserves)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
