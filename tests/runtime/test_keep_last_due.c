/*
 * Scheduled events of which the last of each key is kept.
 *
 * covers: D9 L1
 */
#include "support.h"

#include <bus/schedule.h>

#include "pricing.h"

static void due(struct bus *bus, uint64_t sku, uint64_t value)
{
    assert_int_equal(
        prices_priced_schedule(bus, &(struct prices_priced){.sku = sku, .price = value},
                               &(struct bus_schedule){.after_ns = BUS_MILLISECOND}, NULL),
        BUS_OK);
}

/* When it is due it replaces, and is replaced, as one that is published then. covers: D9 L1 */
static void a_scheduled_one_replaces_too(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_prices(&journal, (struct bus_options){.os = frozen_os()});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    due(bus, 1, 2);
    price(bus, 1, 1, BUS_QUEUED);
    price(bus, 2, 1, BUS_QUEUED);
    frozen_advance(2 * BUS_MILLISECOND);
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK); /* it comes, and nothing of the lane runs */
    assert_int_equal(account(bus).replaced, 1);
    assert_int_equal(stats_of(bus).queue_size, 2);
    price(bus, 2, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1002, 2002}, 2);
    due(bus, 3, 1);
    frozen_advance(2 * BUS_MILLISECOND);
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK);
    price(bus, 3, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1002, 2002, 3002}, 3);
    assert_int_equal(account(bus).replaced, 3);
    assert_balanced(bus);
    finish_bus(&bus);
}

/* A full lane takes it if one of its key is there; else it waits for room, and is not rejected. */
static void a_scheduled_one_finds_its_lane_full(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus =
        open_prices(&journal, (struct bus_options){.os = frozen_os(), .capacity = {2, 2, 2, 2, 2}});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    price(bus, 1, 1, BUS_QUEUED);
    price(bus, 2, 1, BUS_QUEUED);
    due(bus, 2, 2);
    due(bus, 3, 3);
    for (int i = 0; i < 3; i++) {
        frozen_advance(2 * BUS_MILLISECOND);
        assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK);
    }
    assert_int_equal(account(bus).replaced, 1);
    assert_int_equal(stats_of(bus).queue_size, 2);
    (void)poll_all(bus);
    frozen_advance(2 * BUS_MILLISECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1001, 2002, 3003}, 3);
    assert_int_equal(account(bus).rejected, 0);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scheduled_one_replaces_too),
        cmocka_unit_test(a_scheduled_one_finds_its_lane_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
