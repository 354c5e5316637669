/*
 * sums_test.c - busgen adds up the delays of `recover by category` that the runtime has: the
 * longest of all categories, with jitter at its most, fits a deadline to the nanosecond.
 * covers: P1, K3
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <bus/bus.h>
#include <bus/errors.h>

/* All delays of a category, each at its longest. */
static uint64_t delays(const struct bus_recovery *recovery)
{
    double delay = (double)recovery->first_ns;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < recovery->retries; i++) {
        sum += (uint64_t)((delay < (double)recovery->most_ns ? delay : (double)recovery->most_ns) *
                          1.5);
        delay *= recovery->factor;
    }
    return sum;
}

static uint64_t longest_recovery(void)
{
    struct bus_options options = {.polled = true};
    struct bus *bus;
    uint64_t longest = 0;

    assert_int_equal(bus_open(&bus, &options), BUS_OK);
    for (int category = 0; category < BUS_CATEGORIES; category++) {
        struct bus_recovery recovery;

        assert_int_equal(bus_recovery_get(bus, (enum bus_category)category, &recovery), BUS_OK);
        if (delays(&recovery) > longest)
            longest = delays(&recovery);
    }
    assert_int_equal(bus_close(&bus), BUS_OK);
    return longest;
}

/* How busgen check ends for a command with this deadline. */
static int check(uint64_t deadline_ns)
{
    char path[] = "/tmp/busgen_sums_XXXXXX";
    char command[1024];
    int file = mkstemp(path);
    int status;

    assert_true(file >= 0);
    assert_true(dprintf(file,
                        "bus b version 1;\n"
                        "command c { recover by category; idempotent; deadline %" PRIu64 "ns; }\n",
                        deadline_ns) > 0);
    assert_int_equal(close(file), 0);
    snprintf(command, sizeof(command), "'%s' check '%s' 2>/dev/null", BUSGEN, path);
    status = system(command);
    assert_int_equal(unlink(path), 0);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_recovery(void **state)
{
    uint64_t longest = longest_recovery();

    (void)state;
    assert_true(longest > 0);
    assert_int_equal(check(longest), 0);
    assert_int_equal(check(longest - 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recovery)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
