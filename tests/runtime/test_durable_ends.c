/*
 * What becomes of durable events: failed for good, kept or not kept as letters, tried again, past
 * their deadline; full and failing stores; ids that come twice; sessions; rows of another schema,
 * of an unknown type, and damaged ones.
 *
 * covers: M2 I3 I6 P9 H1
 */
#include "lasting.h"

#include <bus/errors.h>
#include <bus/session.h>

#include "lasting_before.bus.h"

/* ---- failures ---- */

static void what_fails_for_good_is_a_letter_and_gone(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct bus_dead_letter_figures letters;

    (void)state;
    atomic_store(&taker.failing, true);
    place(bus, 1, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).stayed, 0);
    assert_int_equal(bus_dead_letter_figures_read(bus, &letters), BUS_OK);
    assert_int_equal(letters.waiting, 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void without_room_for_a_letter_it_stays_for_the_next_bus(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus_options options = {.dead_letters_max = 1,
                                  .dead_letters_when_full = BUS_LETTERS_REFUSE_NEW};
    struct bus *bus = start_lasting(store, &taker, options);

    (void)state;
    atomic_store(&taker.failing, true);
    place(bus, 1, 1, BUS_QUEUED);
    place(bus, 1, 2, BUS_QUEUED);
    place(bus, 1, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(durable_figures(bus).stayed, 2);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    assert_int_equal(stored_events(store), 2);
    assert_int_equal(account_of(bus, &lasting_placed_type).failed, 3);
    finish_bus(&bus);

    atomic_store(&taker.failing, false);
    bus = start_lasting(store, &taker, options);
    (void)poll_all(bus);
    assert_journal(&taker.journal, (uint64_t[]){2, 3}, 2);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_letter_that_the_store_did_not_take_on_keeps_the_event(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    atomic_store(&taker.failing, true);
    place(bus, 1, 1, BUS_QUEUED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_REFUSES, 0, 0);
    (void)poll_all(bus);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    assert_int_equal(durable_figures(bus).stayed, 1);
    assert_int_equal(stored_events(store), 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void what_wants_no_letter_is_gone(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    atomic_store(&taker.failing, true);
    assert_int_equal(lasting_silent_publish(bus, &(struct lasting_silent){.number = 1}),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static uint64_t publish_tried(struct bus *bus, uint64_t number)
{
    return (uint64_t)lasting_tried_publish(bus,
                                           &(struct lasting_tried){.order = 1, .number = number});
}

static void between_two_runs_it_is_on_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    taker.transient = true;
    atomic_store(&taker.failing, true);
    assert_int_equal(publish_tried(bus, 0), BUS_QUEUED);
    assert_int_equal(publish_tried(bus, 1), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 1);
    assert_int_equal(stored_events(store), 2);
    lose_bus(&bus);
    assert_int_equal(stored_events(store), 2);

    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 2);
    atomic_store(&taker.failing, false);
    frozen_advance(10 * MS);
    (void)poll_all(bus);
    frozen_advance(10 * MS);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 2);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void past_its_deadline_it_is_removed(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 2; i++)
        assert_int_equal(lasting_faded_publish(bus, &(struct lasting_faded){.number = i}),
                         BUS_QUEUED);
    lose_bus(&bus);
    frozen_advance(60 * MS);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    frozen_advance(39 * MS);
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK); /* in time */
    frozen_advance(2 * MS);
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 1);
    assert_int_equal(account_of(bus, &lasting_faded_type).expired, 1);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- stores that are full, or fail ---- */

static struct bus_memory_store *small_store(void)
{
    return open_store(&(struct bus_memory_store_options){.entries = 2, .os = lasting_os()});
}

static void a_full_store_rejects(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = small_store();
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    note(bus, 0, BUS_QUEUED);
    note(bus, 1, BUS_QUEUED);
    note(bus, 2, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "full"));
    assert_int_equal(account_of(bus, &lasting_noted_type).rejected, 1);
    assert_int_equal(lasting_slowed_publish(bus, &(struct lasting_slowed){.number = 1}),
                     BUS_THROTTLED);
    assert_int_equal(account_of(bus, &lasting_slowed_type).throttled, 1);
    assert_int_equal(lasting_spilled_publish(bus, &(struct lasting_spilled){.number = 1}),
                     BUS_DEAD_LETTERED);
    assert_int_equal(account_of(bus, &lasting_spilled_type).dropped, 1);
    assert_int_equal(durable_figures(bus).refused, 3);
    (void)poll_all(bus);
    note(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 3);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_store_that_fails_rejects_and_says_so(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 1);
    note(bus, 0, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "failing"));
    note(bus, 1, BUS_QUEUED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_REFUSES, 0, 1);
    note(bus, 2, BUS_REJECTED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_BREAKS, 0, 1);
    note(bus, 3, BUS_REJECTED);
    note(bus, 4, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "broken"));
    assert_int_equal(account_of(bus, &lasting_noted_type).rejected, 4);
    assert_int_equal(durable_figures(bus).in_memory, 1);
    (void)poll_all(bus);
    assert_journal(&taker.journal, (uint64_t[]){1}, 1);
    assert_balanced(bus);
    lose_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_removal_that_is_not_taken_on_is_asked_for_again(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 3; i++)
        note(bus, i, BUS_QUEUED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_REFUSES, 0, 0);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 3);
    assert_int_equal(durable_figures(bus).in_memory, 3);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 3);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(durable_figures(bus).in_memory, 0);
    assert_journal_run(&taker.journal, 0, 3);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- ids ---- */

static void the_same_id_is_delivered_once(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store =
        open_store(&(struct bus_memory_store_options){.os = lasting_os()});
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct bus_message_options options = {.id = {.high = 7, .low = 9}};
    struct lasting_noted event = {.number = 1};

    (void)state;
    assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    (void)poll_all(bus);
    assert_memory_equal(&taker.last.id, &options.id, sizeof options.id);
    assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    assert_int_equal(durable_figures(bus).known, 2);
    assert_int_equal(account_of(bus, &lasting_noted_type).accepted, 1);
    lose_bus(&bus);

    bus = start_lasting(store, &taker, (struct bus_options){0});
    assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 1);
    frozen_advance(11 * 60 * BUS_SECOND); /* the window of the store */
    assert_int_equal(lasting_noted_publish_with(bus, &event, &options), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(atomic_load(&taker.runs), 2);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void an_id_stays_across_buses_and_is_for_durable_events(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct bus_message_options options = {.id = {.high = 7, .low = 9}};

    (void)state;
    assert_int_equal(
        lasting_noted_publish_with(bus, &(struct lasting_noted){.number = 1}, &options),
        BUS_QUEUED);
    assert_int_equal(
        lasting_passing_publish_with(bus, &(struct lasting_passing){.number = 1}, &options),
        BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "id"));
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_memory_equal(&taker.last.id, &options.id, sizeof options.id);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- ids across buses ---- */

static uint64_t lives;

static int draw_another(void *context, void *bytes, size_t size)
{
    uint64_t state = ++lives;

    (void)context;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)chance(&state);
    return 0;
}

/* The clock stands still from one bus to the next, as one that was set back; their seed is the
 * store's. */
static void ids_differ_from_bus_to_bus(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    enum { BUSES = 20 };
    char sessions[BUSES][BUS_SESSION_ID_SIZE];
    struct bus_uuid ids[BUSES];
    struct bus_memory_store *store = open_store(NULL);
    struct bus_os os = *lasting_os();

    (void)state;
    os.random = draw_another;
    for (uint32_t i = 0; i < BUSES; i++) {
        struct bus *bus = start_lasting(store, &taker, (struct bus_options){.os = &os});
        struct bus_session session;

        assert_int_equal(bus_session_open(bus, &session), BUS_OK);
        assert_int_equal(bus_session_id(bus, session, sessions[i]), BUS_OK);
        note(bus, i, BUS_QUEUED);
        (void)poll_all(bus);
        ids[i] = taker.last.id;
        finish_bus(&bus);
        for (uint32_t k = 0; k < i; k++) {
            assert_memory_not_equal(&ids[k], &ids[i], sizeof ids[i]);
            assert_string_not_equal(sessions[k], sessions[i]);
        }
    }
    bus_memory_store_close(&store);
}

/* ---- sessions ---- */

static void it_goes_to_the_session_of_its_id(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct bus_session session;

    (void)state;
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "till 4"}, &session),
        BUS_OK);
    for (uint64_t i = 0; i < 2; i++)
        assert_int_equal(
            lasting_noted_publish_with(bus, &(struct lasting_noted){.number = i},
                                       &(struct bus_message_options){.session = session}),
            BUS_QUEUED);
    lose_bus(&bus);
    bus = open_lasting(store, &taker, (struct bus_options){0});
    assert_int_equal(bus_session_open(bus, &session), BUS_OK); /* another place */
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "till 4"}, &session),
        BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(taker.last.session.index, session.index);
    assert_int_equal(taker.last.session.generation, session.generation);
    finish_bus(&bus);

    bus = start_lasting(store, NULL, (struct bus_options){0});
    assert_int_equal(
        bus_session_open_with(bus, &(struct bus_session_options){.id = "till 4"}, &session),
        BUS_OK);
    assert_int_equal(lasting_noted_publish_with(bus, &(struct lasting_noted){.number = 2},
                                                &(struct bus_message_options){.session = session}),
                     BUS_QUEUED);
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){0}); /* nobody has opened it */
    (void)poll_all(bus);
    assert_int_equal(taker.last.session.index, 0);
    assert_journal_run(&taker.journal, 0, 3);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- what the store holds ---- */

static void put_row(struct bus_memory_store *store, const struct bus_message_type *type,
                    const uint8_t *bytes, uint32_t size)
{
    const struct bus_store *table = bus_memory_store_table(store);
    static uint64_t id;
    struct bus_stored stored = {.kind = BUS_STORED_EVENT,
                                .id = {.high = 1, .low = ++id},
                                .message = type->name,
                                .type_id = type->id,
                                .schema_version = 1,
                                .bytes = bytes,
                                .size = size};

    assert_true(table->put(table->context, &stored, NULL, NULL));
}

static void other_versions_of_the_schema_are_read(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct lasting_before_noted noted = {
        .number = 1, .stamp = {true, bus_cstr("penny black")}, .paid = 1};
    _Alignas(8) uint8_t bytes[256];
    struct bus *bus;

    (void)state;
    put_row(store, &lasting_placed_type, bytes,
            lasting_before_placed_encode(&(struct lasting_before_placed){.order = 5, .number = 0},
                                         bytes, sizeof bytes));
    put_row(store, &lasting_noted_type, bytes,
            lasting_before_noted_encode(&noted, bytes, sizeof bytes));
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 2);
    assert_int_equal(taker.last.id.low >= 1, 1);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static uint64_t reports;
static void count_report(void *context, const struct bus_error_report *report)
{
    (void)context;
    reports += report->error.code == BUS_FAULT_UNREADABLE;
}

static void what_is_damaged_becomes_a_letter_and_is_reported(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus_dead_letter_figures letters;
    _Alignas(8) uint8_t bytes[64];
    struct bus *bus;
    uint32_t size;

    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    size = lasting_noted_encode(&(struct lasting_noted){.number = 0}, bytes, sizeof bytes);
    put_row(store, &lasting_noted_type, bytes, size);
    memset(bytes, 0xee, sizeof bytes);
    put_row(store, &lasting_noted_type, bytes, size);
    put_row(store, &lasting_placed_type, bytes, 3);
    put_row(store, &lasting_noted_type, bytes, 0);
    memset(bytes, 0, sizeof bytes);
    size = lasting_noted_encode(&(struct lasting_noted){.number = 1}, bytes, sizeof bytes);
    put_row(store, &lasting_noted_type, bytes, size);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 2);
    assert_int_equal(durable_figures(bus).damaged, 3);
    assert_int_equal(stored_events(store), 0);
    assert_int_equal(bus_dead_letter_figures_read(bus, &letters), BUS_OK);
    assert_int_equal(letters.waiting, 3);
    reports = 0;
    (void)bus_errors_each(bus, count_report, NULL);
    assert_int_equal(reports, 3);
    assert_int_equal(account_of(bus, &lasting_noted_type).failed, 2);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void unknown_types_stay_in_the_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    _Alignas(8) uint8_t bytes[64] = {0};
    struct bus *bus;

    (void)state;
    put_row(store, &probe_touch_type, bytes, 8);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    note(bus, 0, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 1);
    assert_int_equal(durable_figures(bus).strange, 1);
    assert_int_equal(stored_events(store), 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- left at stop ---- */

struct seen_left {
    uint64_t count;
    uint64_t numbers;
};

static void see_left(void *context, const struct bus_message_type *type,
                     const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    struct seen_left *seen = context;

    (void)envelope;
    (void)bytes;
    seen->count += type == &lasting_placed_type;
    seen->numbers += size != 0;
}

static void those_on_disk_are_left_too(void **state)
{
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    struct seen_left seen = {0};
    struct bus_account account;
    struct bus_left left;

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        place(bus, 1, i, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 10);
    assert_int_equal(bus_left_each(bus, see_left, &seen), 10);
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.numbers, 10);
    account = account_of(bus, &lasting_placed_type);
    assert_int_equal(account.left, 10);
    assert_true(bus_account_balances(&account));
    lose_bus(&bus);
    assert_int_equal(stored_events(store), 10);
    bus_memory_store_close(&store);
}

static void a_stop_delivers_what_is_on_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus =
        start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});

    (void)state;
    for (uint64_t i = 0; i < 50; i++)
        place(bus, 1, i, BUS_QUEUED);
    finish_bus(&bus);
    assert_journal_run(&taker.journal, 0, 50);
    assert_int_equal(stored_events(store), 0);
    bus_memory_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_for_good_is_a_letter_and_gone),
        cmocka_unit_test(without_room_for_a_letter_it_stays_for_the_next_bus),
        cmocka_unit_test(a_letter_that_the_store_did_not_take_on_keeps_the_event),
        cmocka_unit_test(what_wants_no_letter_is_gone),
        cmocka_unit_test(between_two_runs_it_is_on_disk),
        cmocka_unit_test(past_its_deadline_it_is_removed),
        cmocka_unit_test(a_full_store_rejects),
        cmocka_unit_test(a_store_that_fails_rejects_and_says_so),
        cmocka_unit_test(a_removal_that_is_not_taken_on_is_asked_for_again),
        cmocka_unit_test(the_same_id_is_delivered_once),
        cmocka_unit_test(an_id_stays_across_buses_and_is_for_durable_events),
        cmocka_unit_test(ids_differ_from_bus_to_bus),
        cmocka_unit_test(it_goes_to_the_session_of_its_id),
        cmocka_unit_test(other_versions_of_the_schema_are_read),
        cmocka_unit_test(what_is_damaged_becomes_a_letter_and_is_reported),
        cmocka_unit_test(unknown_types_stay_in_the_store),
        cmocka_unit_test(those_on_disk_are_left_too),
        cmocka_unit_test(a_stop_delivers_what_is_on_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
