/*
 * Durable events on a disk that fails, is slow, or has little room for requests, at the end of an
 * event: its letter and its removal. What the simulation found (tests/simulation/lives.h), one by
 * one.
 *
 * covers: M2 I3 I6
 */
#include "lasting.h"

static uint64_t stored_letters(struct bus_memory_store *store)
{
    const struct bus_store *table = bus_memory_store_table(store);
    struct bus_store_state state;

    table->state(table->context, &state);
    return state.kinds[BUS_STORED_LETTER].count;
}

static void a_letter_that_the_disk_failed_keeps_the_event(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    atomic_store(&taker.failing, true);
    place(bus, 1, 1, BUS_QUEUED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 1);
    (void)poll_all(bus);
    assert_int_equal(stored_letters(store), 0);
    assert_int_equal(stored_events(store), 1);
    assert_int_equal(durable_figures(bus).stayed, 1);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    lose_bus(&bus);

    atomic_store(&taker.failing, false);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_journal(&taker.journal, (uint64_t[]){1}, 1);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void an_event_goes_when_its_letter_is_on_a_slow_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    atomic_store(&taker.failing, true);
    place(bus, 1, 1, BUS_QUEUED);
    bus_memory_store_hold(store, true);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &lasting_placed_type).failed, 1);
    assert_int_equal(durable_figures(bus).in_memory, 1);
    assert_int_equal(bus_memory_store_run(store, 1), 1);
    assert_int_equal(stored_letters(store), 1);
    assert_int_equal(stored_events(store), 1);
    assert_int_equal(bus_memory_store_run(store, 0), 1);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    assert_int_equal(durable_figures(bus).stayed, 0);
    bus_memory_store_hold(store, false);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_removal_that_failed_is_made_again(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    place(bus, 1, 1, BUS_QUEUED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 1);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 1);
    assert_int_equal(durable_figures(bus).removed, 0);
    assert_int_equal(durable_figures(bus).in_memory, 1); /* the loader knows it */
    frozen_advance(100 * MS);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).removed, 1);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    assert_journal(&taker.journal, (uint64_t[]){1}, 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* Refused, and failed: closing the bus makes it good. */
static void the_end_removes_what_is_done(void **state)
{
    static const enum bus_memory_store_fault faults[] = {BUS_MEMORY_STORE_REFUSES,
                                                         BUS_MEMORY_STORE_FAILS};
    struct bus_memory_store *store = open_store(NULL);
    uint32_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct taker taker = TAKER_INITIALIZER;
        struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

        place(bus, 1, 1, BUS_QUEUED);
        bus_memory_store_fault(store, faults[i], 0, 1);
        (void)poll_all(bus);
        assert_journal(&taker.journal, (uint64_t[]){1}, 1);
        assert_int_equal(stored_events(store), 1);
        finish_bus(&bus);
        assert_int_equal(stored_events(store), 0);
    }
    bus_memory_store_close(&store);
}

/* More letters come and go while the disk stands still than it takes requests. */
static void letters_come_to_a_disk_that_takes_two_requests(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(&(struct bus_memory_store_options){.requests = 2});
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    uint64_t number;

    (void)state;
    atomic_store(&taker.failing, true);
    for (number = 1; number <= 7; number++)
        place(bus, 1, number, BUS_QUEUED);
    bus_memory_store_hold(store, true);
    (void)poll_all(bus);
    assert_int_equal(stored_letters(store), 0);
    finish_bus(&bus);
    assert_int_equal(stored_letters(store), 7);
    bus_memory_store_hold(store, false);

    bus = start_lasting(store, NULL, (struct bus_options){0});
    bus_memory_store_hold(store, true);
    assert_int_equal(bus_dead_letters_purge(bus, NULL, NULL), BUS_OK);
    assert_int_equal(stored_letters(store), 7);
    finish_bus(&bus);
    assert_int_equal(stored_letters(store), 0);
    bus_memory_store_hold(store, false);
    bus_memory_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_that_the_disk_failed_keeps_the_event),
        cmocka_unit_test(an_event_goes_when_its_letter_is_on_a_slow_disk),
        cmocka_unit_test(a_removal_that_failed_is_made_again),
        cmocka_unit_test(the_end_removes_what_is_done),
        cmocka_unit_test(letters_come_to_a_disk_that_takes_two_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
