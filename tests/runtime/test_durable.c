/*
 * Durable events: on disk before they are accepted, gone when their handlers have succeeded, taken
 * up by the next bus; their order when the lane is full; what the account says of them.
 *
 * covers: M2 I6 D1
 */
#include "lasting.h"

static void it_is_on_disk_until_its_handler_succeeded(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    place(bus, 1, 7, BUS_QUEUED);
    assert_int_equal(stored_events(store), 1);
    assert_int_equal(durable_figures(bus).in_memory, 1);
    assert_int_equal(atomic_load(&taker.runs), 0);
    assert_int_equal(account_of(bus, &lasting_placed_type).held, 1);
    (void)poll_all(bus);
    assert_journal(&taker.journal, (uint64_t[]){7}, 1);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).removed, 1);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void the_next_bus_delivers_what_was_left_in_order_with_its_ids(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct bus_account account;
    struct bus_left left;

    (void)state;
    for (uint64_t i = 0; i < 3; i++)
        place(bus, 1, i, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 3);
    account = account_of(bus, &lasting_placed_type);
    assert_int_equal(account.accepted, 3);
    assert_int_equal(account.left, 3);
    assert_true(bus_account_balances(&account));
    lose_bus(&bus);
    assert_int_equal(stored_events(store), 3);

    bus = start_lasting(store, &taker, (struct bus_options){0});
    account = account_of(bus, &lasting_placed_type);
    assert_int_equal(account.accepted, 3);
    assert_int_equal(account.held, 3);
    place(bus, 1, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 4);
    assert_int_equal(durable_figures(bus).restored, 3);
    assert_int_equal(durable_figures(bus).loaded, 3);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

struct id_seen {
    struct bus_uuid id;
    uint64_t published_ns;
};

static void note_id(void *to, const struct bus_stored *stored)
{
    struct id_seen *seen = to;

    seen->id = stored->id;
    seen->published_ns = stored->published_ns;
}

static void its_id_and_time_stay_the_same(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    const struct bus_store *table = bus_memory_store_table(store);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct bus_uuid correlation = {.high = 5, .low = 6};
    struct id_seen seen = {.published_ns = 0};

    (void)state;
    assert_int_equal(
        lasting_placed_publish_with(bus, &(struct lasting_placed){.number = 1},
                                    &(struct bus_message_options){.correlation = correlation}),
        BUS_QUEUED);
    assert_true(table->next(
        table->context,
        &(struct bus_store_query){.kind = BUS_STORED_EVENT, .reader = note_id, .to = &seen}));
    lose_bus(&bus);
    frozen_advance(3600 * BUS_SECOND);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 1);
    assert_memory_equal(&taker.last.id, &seen.id, sizeof seen.id);
    assert_int_equal(taker.last.published_ns, seen.published_ns);
    assert_memory_equal(&taker.last.correlation, &correlation, sizeof correlation);
    assert_true(taker.last.has_key);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void before_start_they_wait_on_disk_and_come_before_what_is_buffered(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    note(bus, 0, BUS_QUEUED);
    lose_bus(&bus);
    bus = open_lasting(store, &taker, (struct bus_options){0});
    assert_int_equal(lasting_passing_publish(bus, &(struct lasting_passing){.number = 1}),
                     BUS_BUFFERED);
    note(bus, 2, BUS_BUFFERED);
    assert_int_equal(account_of(bus, &lasting_noted_type).held, 1);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(account_of(bus, &lasting_noted_type).held, 2);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 3);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void with_a_full_lane_they_wait_on_disk_in_order(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus =
        start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    struct bus_account account;

    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        place(bus, i % 3, i, BUS_QUEUED);
    assert_int_equal(durable_figures(bus).behind, 96);
    assert_int_equal(stored_events(store), 100);
    account = account_of(bus, &lasting_placed_type);
    assert_int_equal(account.accepted, 100);
    assert_int_equal(account.held, 100);
    assert_balanced(bus);
    (void)poll_all(bus);
    while (durable_figures(bus).behind != 0) {
        frozen_advance(MS);
        (void)poll_all(bus);
    }
    assert_journal_run(&taker.journal, 0, 100);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).loaded, 96);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void many_are_restored_through_a_small_lane(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 500; i++)
        place(bus, i, i, BUS_QUEUED);
    lose_bus(&bus);
    bus = start_lasting(store, &taker,
                        (struct bus_options){.capacity = {8, 8, 8, 8, 8}, .durable_max = 16});
    assert_int_equal(account_of(bus, &lasting_placed_type).accepted, 500);
    place(bus, 1, 500, BUS_QUEUED); /* behind all of them */
    while (durable_figures(bus).behind + durable_figures(bus).in_memory != 0) {
        (void)poll_all(bus);
        frozen_advance(MS);
    }
    assert_journal_run(&taker.journal, 0, 501);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void large_ones_go_through_the_pool(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    static uint8_t data[4000];
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(
            lasting_parcel_publish(
                bus, &(struct lasting_parcel){.number = i, .data = {data, sizeof data}}),
            BUS_QUEUED);
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    assert_int_equal(lasting_parcel_publish(
                         bus, &(struct lasting_parcel){.number = 3, .data = {data, sizeof data}}),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 4);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void without_a_store_it_is_refused_unless_the_bus_is_told(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_message_options options = {.id = {.high = 7, .low = 9}};
    struct lasting_noted event = {.number = 2};
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.schema = &lasting_schema}),
                     BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "bus_options.store"));
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true}), BUS_OK);
    note(bus, 1, BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "has no store"));
    assert_int_equal(account_of(bus, &lasting_noted_type).invalid, 1);
    finish_bus(&bus);
    bus = start_lasting(NULL, &taker, (struct bus_options){.durable_without_store = true});
    note(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&taker.journal, (uint64_t[]){1}, 1);
    /* Nobody remembers ids there: one is taken, and is not that of the message. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    assert_int_equal(
        lasting_passing_publish_with(bus, &(struct lasting_passing){.number = 1}, &options),
        BUS_INVALID);
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 3);
    assert_memory_not_equal(&taker.last.id, &options.id, sizeof options.id);
    finish_bus(&bus);
}

static void a_claim_is_refused(void **state)
{
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct bus_claim claim;

    (void)state;
    assert_int_equal(bus_claim_message(bus, &lasting_noted_type,
                                       &(struct lasting_noted){.number = 1}, NULL, &claim),
                     BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "durable"));
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_on_disk_until_its_handler_succeeded),
        cmocka_unit_test(the_next_bus_delivers_what_was_left_in_order_with_its_ids),
        cmocka_unit_test(its_id_and_time_stay_the_same),
        cmocka_unit_test(before_start_they_wait_on_disk_and_come_before_what_is_buffered),
        cmocka_unit_test(with_a_full_lane_they_wait_on_disk_in_order),
        cmocka_unit_test(many_are_restored_through_a_small_lane),
        cmocka_unit_test(large_ones_go_through_the_pool),
        cmocka_unit_test(without_a_store_it_is_refused_unless_the_bus_is_told),
        cmocka_unit_test(a_claim_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
