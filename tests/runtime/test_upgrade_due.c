/*
 * Events that an older program has scheduled are published by the one of today, upgraded; what
 * cannot be stays in the store, and it is said why.
 *
 * covers: P5 L2
 */
#include "ageing.h"
#include "timetable.h"

#include <bus/errors.h>
#include <bus/schema.h>

#include <stdio.h>

static struct journal noted;
static struct bus_memory_store *store;

static enum bus_verdict on_noted(void *context, const struct aged3_noted *event,
                                 struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    journal_add(&noted, event->number);
    return BUS_DONE;
}

static struct bus *start(const struct bus_message_type *type, const struct bus_os *os)
{
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .os = os, .store = bus_memory_store_table(store)});

    assert_int_equal(bus_register(bus, type, (bus_function)on_noted, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void begin(void)
{
    age();
    noted = (struct journal)JOURNAL_INITIALIZER;
    assert_int_equal(bus_memory_store_open(&store, NULL), BUS_OK);
}

static uint64_t rows(void)
{
    const struct bus_store *table = bus_memory_store_table(store);
    struct bus_store_state state;

    table->state(table->context, &state);
    return state.kinds[BUS_STORED_SCHEDULED].count;
}

/* The first program: 1 after a second, 2 every second, 3 after two, 4 at a time of the wall. */
static void leave_four(void)
{
    struct bus *bus = start(&aged_noted_v1, two_clocks());
    const struct bus_schedule whens[] = {{.after_ns = BUS_SECOND},
                                         {.after_ns = BUS_SECOND, .every_ns = BUS_SECOND},
                                         {.after_ns = 2 * BUS_SECOND},
                                         {.at_ns = wall_now() + 2 * BUS_SECOND}};

    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(bus_schedule_message(bus, &aged_noted_v1,
                                              &(struct aged1_noted){.number = i + 1}, NULL,
                                              &whens[i], NULL),
                         BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static bool check_one(void *context, const struct bus_scheduled *scheduled)
{
    struct aged3_noted event;

    (void)context;
    assert_ptr_equal(scheduled->type, &aged_noted);
    assert_int_equal(
        bus_decode(&aged_noted.codec, scheduled->bytes, scheduled->size, &event, NULL, 0), BUS_OK);
    assert_in_range(event.number, 1001, 1004);
    return true;
}

struct told {
    uint64_t count;
    char text[BUS_ERROR_TEXT_SIZE];
};

static void note_report(void *context, const struct bus_error_report *report)
{
    struct told *told = context;

    told->count++;
    (void)snprintf(told->text, sizeof told->text, "%s", report->error.text);
}

static struct told told_by(struct bus *bus)
{
    struct told told = {.count = 0};

    (void)bus_errors_each(bus, note_report, &told);
    return told;
}

static void they_are_upgraded_when_they_are_taken_up(void **state)
{
    uint64_t shown = 0;
    struct bus *bus;

    (void)state;
    begin();
    leave_four();
    bus = start(&aged_noted, clocks_going_on());
    assert_int_equal(bus_schedules_each(bus, &aged_noted, check_one, NULL, &shown), BUS_OK);
    assert_int_equal(shown, 4);
    pass(bus, BUS_SECOND);
    pass(bus, BUS_SECOND);
    assert_int_equal(ran(&noted), 5);
    assert_int_equal(told_by(bus).count, 0);
    assert_int_equal(rows(), 1);
    finish_bus(&bus);
    /* What recurs is on disk as it was, and comes by again. */
    bus = start(&aged_noted, clocks_going_on());
    pass(bus, BUS_SECOND);
    assert_int_equal(ran(&noted), 6);
    assert_int_equal(noted.entries[5], 1002);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void what_cannot_be_stays_and_is_told(void **state)
{
    struct bus *bus;

    (void)state;
    begin();
    leave_four();
    ageing.refused = 3;
    bus = start(&aged_noted, clocks_going_on());
    assert_int_equal(told_by(bus).count, 1);
    assert_non_null(strstr(told_by(bus).text, "1 damaged: aged1.noted: its upgrade function says"));
    pass(bus, 3 * BUS_SECOND);
    assert_int_equal(ran(&noted), 3);
    assert_int_equal(rows(), 2);
    finish_bus(&bus);
    ageing.refused = UINT64_MAX; /* the function was mended */
    bus = start(&aged_noted, clocks_going_on());
    assert_int_equal(told_by(bus).count, 0);
    pass(bus, BUS_SECOND);
    finish_bus(&bus);
    assert_int_equal(rows(), 1);
    /* A program without that version leaves it alone. */
    bus = start(&aged3_noted_type, clocks_going_on());
    assert_int_equal(told_by(bus).count, 1);
    assert_non_null(strstr(told_by(bus).text, "1 of types that this bus does not know"));
    finish_bus(&bus);
    assert_int_equal(rows(), 1);
    bus_memory_store_close(&store);
}

static void damage_and_another_text_are_told(void **state)
{
    const struct bus_store *table;
    _Alignas(8) uint8_t bytes[64] = {0xff};
    struct bus *bus;

    (void)state;
    begin();
    table = bus_memory_store_table(store);
    assert_true(table->put(table->context,
                           &(struct bus_stored){.kind = BUS_STORED_SCHEDULED,
                                                .message = aged_noted.name,
                                                .type_id = aged_noted.id,
                                                .schema_version = aged_noted.schema_version,
                                                .schema_fingerprint = 7,
                                                .bytes = bytes,
                                                .size = sizeof bytes},
                           NULL, NULL));
    bus = start(&aged_noted, two_clocks());
    assert_int_equal(told_by(bus).count, 1);
    assert_non_null(
        strstr(told_by(bus).text, "written by another text of schema version 3 (fingerprint 00"));
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* This bus takes no message that large; the next one may. */
static void what_is_too_large_today_stays(void **state)
{
    struct bus_options narrow = {.polled = true, .message_size_max = 8};
    struct bus *bus;

    (void)state;
    begin();
    leave_four();
    narrow.os = clocks_going_on();
    narrow.store = bus_memory_store_table(store);
    bus = open_bus(&narrow);
    assert_int_equal(bus_register(bus, &aged_noted, (bus_function)on_noted, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(told_by(bus).count, 1);
    assert_non_null(strstr(told_by(bus).text, "this bus takes 8; raise bus_options.message_size"));
    pass(bus, 3 * BUS_SECOND);
    finish_bus(&bus);
    assert_int_equal(rows(), 4);
    bus = start(&aged_noted, clocks_going_on());
    pass(bus, BUS_SECOND);
    assert_int_equal(ran(&noted), 4);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* Each allocation of a start fails once: what was not taken up is on disk, for the next start. */
static void without_memory_nothing_is_lost(void **state)
{
    struct bus_os os = *failing_os();
    bool struck = true;
    uint64_t nth;

    (void)state;
    for (nth = 1; struck; nth++) {
        struct bus *bus;

        begin();
        leave_four();
        os.monotonic_ns = clocks_going_on()->monotonic_ns;
        os.real_ns = clocks_going_on()->real_ns;
        bus = open_bus(&(struct bus_options){
            .polled = true, .os = &os, .store = bus_memory_store_table(store)});
        assert_int_equal(bus_register(bus, &aged_noted, (bus_function)on_noted, NULL, NULL),
                         BUS_OK);
        failing_arm(nth, false);
        if (bus_start(bus) != BUS_OK)
            assert_int_equal(bus_start(bus), BUS_OK);
        struck = failing_struck();
        failing_arm(0, false);
        assert_int_equal(rows(), 4);
        assert_null(strstr(told_by(bus).text, "1 damaged"));
        assert_int_equal(bus_close(&bus), BUS_OK);
        bus = start(&aged_noted, clocks_going_on());
        pass(bus, 2 * BUS_SECOND);
        assert_int_equal(ran(&noted), 4);
        finish_bus(&bus);
        bus_memory_store_close(&store);
    }
    assert_true(nth > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_upgraded_when_they_are_taken_up),
        cmocka_unit_test(what_cannot_be_stays_and_is_told),
        cmocka_unit_test(damage_and_another_text_are_told),
        cmocka_unit_test(what_is_too_large_today_stays),
        cmocka_unit_test(without_memory_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
