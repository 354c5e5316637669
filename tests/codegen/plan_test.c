/*
 * plan_test.c - what `busgen plan` says a bus takes is what bus_open reserves, within one part in
 * fifty, and what batches take when their components are attached, within one in ten.
 */
#include "every.bus.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* In the plan: the number at the end of `before` on lines that begin so, summed up. */
static uint64_t planned(unsigned workers, unsigned capacity, const char *line_begin,
                        const char *before)
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
        if (strncmp(line, line_begin, strlen(line_begin)) == 0 && strstr(line, before) != NULL)
            bytes += strtoull(strstr(line, before) + strlen(before), NULL, 10);
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
        uint64_t plan = planned(tries[i][0], tries[i][1], "in all", "scratch");
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

static enum bus_verdict on_vectors(void *context, const struct every_vectors_seen *events,
                                   uint32_t count, struct bus_batch *batch)
{
    (void)context, (void)events, (void)count, (void)batch;
    return BUS_DONE;
}

static enum bus_verdict on_arrays(void *context, const struct every_arrays_seen *events,
                                  uint32_t count, struct bus_batch *batch)
{
    (void)context, (void)events, (void)count, (void)batch;
    return BUS_DONE;
}

static enum bus_verdict on_small(void *context, const struct every_small_seen *events,
                                 uint32_t count, struct bus_batch *batch)
{
    (void)context, (void)events, (void)count, (void)batch;
    return BUS_DONE;
}

static enum bus_verdict on_removed(void *context, const struct every_only_removed *events,
                                   uint32_t count, struct bus_batch *batch)
{
    (void)context, (void)events, (void)count, (void)batch;
    return BUS_DONE;
}

static uint64_t memory_of(struct bus *bus)
{
    struct bus_stats stats;

    assert_int_equal(bus_stats(bus, &stats), BUS_OK);
    return stats.memory_bytes;
}

/* The program's own components are listed, and with them those that have batches. */
static void test_plan_is_what_batches_reserve(void **state)
{
    const struct every_collector collector = {.on_vectors_seen = on_vectors,
                                              .on_arrays_seen = on_arrays};
    const struct every_gatherer gatherer = {.on_small_seen = on_small,
                                            .on_only_removed = on_removed};

    (void)state;
    for (unsigned workers = 1; workers <= 3; workers += 2) {
        uint64_t plan = planned(workers, 100, "    batches of", "about");
        struct bus *bus;
        uint64_t before, took;

        assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = workers}), BUS_OK);
        before = memory_of(bus);
        assert_int_equal(every_collector_attach(bus, &collector, NULL), BUS_OK);
        assert_int_equal(every_gatherer_attach(bus, &gatherer, NULL), BUS_OK);
        took = memory_of(bus) - before;
        assert_int_equal(bus_close(&bus), BUS_OK);
        if (took > plan + plan / 10 || plan > took + took / 10)
            fail_msg("%u workers: planned %" PRIu64 ", reserved %" PRIu64, workers, plan, took);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plan_is_what_open_reserves),
                                       cmocka_unit_test(test_plan_is_what_batches_reserve)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
