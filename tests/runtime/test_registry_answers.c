/*
 * A registry of the user's own: answers that are wrong, no memory, start and stop.
 *
 * covers: E6
 */
#include "table.h"

#include <bus/errors.h>

static const struct bus_session none = {0, 0};

/* ---- what goes wrong ---- */

struct reports {
    uint64_t count;
    struct bus_error_report last;
};

static void note_report(void *context, const struct bus_error_report *report)
{
    struct reports *reports = context;

    reports->count++;
    reports->last = *report;
}

/* An event and a command meet the answer: nobody runs, both are reported. */
static void assert_wrong(struct bus *bus, struct journal *journal, const char *words)
{
    uint64_t before = latch_count(&journal->latch);
    struct reports reports = {0}, earlier = {0};

    (void)bus_errors_each(bus, note_report, &earlier);
    assert_int_equal(table_touch(bus, none), BUS_NO_HANDLER);
    assert_non_null(strstr(bus_last_error(), words));
    (void)bus_errors_each(bus, note_report, &reports);
    assert_int_equal(reports.count, earlier.count + 1);
    assert_int_equal(reports.last.error.code, BUS_FAULT_REGISTRY);
    assert_ptr_equal(reports.last.type, &probe_touch_type);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    reports.count = 0;
    (void)bus_errors_each(bus, note_report, &reports);
    assert_int_equal(reports.count, earlier.count + 2);
    assert_int_equal(reports.last.error.code, BUS_FAULT_REGISTRY);
    assert_int_equal(reports.last.error.category, BUS_CATEGORY_CONFIG);
    assert_non_null(strstr(reports.last.text, words));
    assert_ptr_equal(reports.last.type, &probe_ticked_type);
    assert_int_equal(latch_count(&journal->latch), before);
}

static void wrong_answers_are_reported(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1);
    const struct probe_watcher watcher = {.on_ticked = on_ticked};
    struct table table, second;
    struct bus *bus = table_open(&table, (struct bus_options){0});
    struct bus *other = table_open(&second, (struct bus_options){0});
    struct bus_handler foreign =
        table_hear(other, &second, &voice, (struct bus_handler_options){0});
    struct bus_handler event = table_hear(bus, &table, &voice, (struct bus_handler_options){0});
    struct bus_handler command = table_answer(bus, &table, &voice, none, false), wrong;
    struct bus_replay_result result;

    (void)state;
    assert_int_equal(probe_watcher_attach(bus, &watcher, &journal), BUS_OK);
    table.says_lots = true;
    assert_wrong(bus, &journal, "more handlers than its answer_max");
    table.says_lots = false;
    table.says_more = true;
    assert_wrong(bus, &journal, "does not give");
    table.says_more = false;

    table.entries[0].handler = foreign;
    table.entries[1].handler = foreign;
    assert_wrong(bus, &journal, "of another bus");
    table.entries[0].handler = command;
    table.entries[1].handler = event;
    assert_wrong(bus, &journal, "of another message");
    wrong = event;
    wrong.generation += 2;
    table.entries[0].handler = table.entries[1].handler = wrong;
    assert_wrong(bus, &journal, "never made");
    wrong.generation = 0;
    table.entries[0].handler = table.entries[1].handler = wrong;
    assert_wrong(bus, &journal, "never made");
    wrong = event;
    wrong.place = UINT32_MAX;
    table.entries[0].handler = table.entries[1].handler = wrong;
    assert_wrong(bus, &journal, "never made");
    table.entries[0].handler = event;
    table.entries[1].handler = command;
    table_add(&table, &probe_ticked_type, none, event);
    table_add(&table, &probe_touch_type, none, command);
    assert_wrong(bus, &journal, "twice");

    /* The events are letters for all, also for a replay that meets a wrong answer. */
    assert_string_equal(letter_of(bus, 8).handler, "");
    assert_int_equal(bus_dead_letter_replay(bus, letter_of(bus, 8).number, PATIENCE), BUS_FAULTED);
    (void)letter_of(bus, 8);
    table.count = 2;
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_OK);
    assert_int_equal(result.replayed, 8);
    assert_int_equal(latch_count(&journal.latch), 16); /* his and the watcher's */
    (void)letter_of(bus, 0);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    table_finish(&second, &other);
    table_finish(&table, &bus);
}

/* As many as it may give, and one more. */
static void answers_are_bounded(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1);
    struct bus *bus = NULL;
    struct table table;

    (void)state;
    table_init(&table);
    table.registry.answer_max = BUS_ANSWER_MAX + 1;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.registry = &table.registry}),
                     BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "answer_max"));
    table.registry = (struct bus_registry){.context = &table};
    assert_int_equal(bus_open(&bus, &(struct bus_options){.registry = &table.registry}),
                     BUS_ERR_INVALID);
    assert_null(bus);
    table_init(&table);
    table.registry.answer_max = BUS_ANSWER_MAX;
    bus = open_bus(&(struct bus_options){.registry = &table.registry, .polled = true});
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < BUS_ANSWER_MAX; i++)
        (void)table_hear(bus, &table, &voice, (struct bus_handler_options){0});
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(latch_count(&journal.latch), BUS_ANSWER_MAX);
    (void)table_hear(bus, &table, &voice, (struct bus_handler_options){0});
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(latch_count(&journal.latch), BUS_ANSWER_MAX);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    table_finish(&table, &bus);
}

static void no_memory_changes_nothing(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1);
    struct bus_handler handler;
    struct bus_handler_options options = {.made = &handler};
    struct table table;
    struct bus *bus = NULL;
    uint64_t nth = 0;
    enum bus_status status;

    (void)state;
    table_init(&table);
    do { /* the bus itself */
        failing_arm(++nth, true);
        status = bus_open(
            &bus,
            &(struct bus_options){.registry = &table.registry, .polled = true, .os = failing_os()});
    } while (status == BUS_ERR_MEMORY && failing_outstanding() == 0);
    failing_arm(0, false);
    assert_int_equal(status, BUS_OK);
    assert_true(nth > 5);
    assert_int_equal(bus_start(bus), BUS_OK);
    nth = 0;
    do { /* a handler */
        handler = (struct bus_handler){bus, 1, 1};
        failing_arm(++nth, true);
        status = probe_ticked_subscribe(bus, on_ticked_voice, &voice, &options);
        failing_arm(0, false);
        assert_int_equal(stats_of(bus).registered_handlers, status == BUS_OK);
        assert_true(status == BUS_OK ? handler.bus == bus : handler.bus == NULL);
    } while (status == BUS_ERR_MEMORY);
    assert_int_equal(status, BUS_OK);
    assert_true(nth > 2);
    table_add(&table, &probe_ticked_type, none, handler);

    /* The first event of this thread: there is no room for the list of who sees it. */
    tick(bus, 1, BUS_QUEUED);
    failing_arm(1, true);
    assert_int_equal(poll_all(bus), 1);
    assert_true(failing_struck());
    failing_arm(0, false);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(latch_count(&journal.latch), 1);

    /* Without memory for a shorter list it goes all the same. */
    failing_arm(1, true);
    assert_int_equal(bus_handler_release(handler), BUS_OK);
    failing_arm(0, false);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(latch_count(&journal.latch), 1);
    table_finish(&table, &bus);
    assert_int_equal(failing_outstanding(), 0);
}

/* ---- life ---- */

static void asked_from_start_to_stop(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1);
    struct bus_handler handler;
    struct bus_handler_options options = {.made = &handler};
    struct table table;
    struct bus *bus;

    (void)state;
    table_init(&table);
    bus = open_bus(
        &(struct bus_options){.registry = &table.registry, .polled = true, .os = failing_os()});
    (void)table_hear(bus, &table, &voice, (struct bus_handler_options){0});
    tick(bus, 1, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(atomic_load(&table.asked), 0);
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK); /* runs what is left */
    assert_int_equal(latch_count(&journal.latch), 2);
    assert_int_equal(atomic_load(&table.asked), 2);
    tick(bus, 3, BUS_CLOSED);
    assert_int_equal(table_touch(bus, none), BUS_CLOSED);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_STATE);
    assert_int_equal(atomic_load(&table.asked), 2);
    assert_int_equal(bus_close(&bus), BUS_OK); /* ends the one that is left */
    assert_int_equal(failing_outstanding(), 0);
    table_free(&table);
}

/* bus_start wants every command of the schema to have a handler: one that is made will do. */
static void start_counts_what_is_made(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1);
    const struct bus_message_type *const messages[] = {&probe_touch_type};
    struct bus_schema schema = {
        .name = "short", .abi = BUS_ABI, .messages = messages, .message_count = 1};
    struct bus_handler handler;
    struct table table;
    struct bus *bus;

    (void)state;
    table_init(&table);
    bus = open_bus(
        &(struct bus_options){.registry = &table.registry, .polled = true, .schema = &schema});
    assert_int_equal(bus_start(bus), BUS_ERR_NO_HANDLER);
    handler = table_answer(bus, &table, &voice, none, false);
    assert_int_equal(table_release(&table, handler), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_ERR_NO_HANDLER);
    (void)table_answer(bus, &table, &voice, none, false);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    table_finish(&table, &bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_answers_are_reported), cmocka_unit_test(answers_are_bounded),
        cmocka_unit_test(no_memory_changes_nothing),  cmocka_unit_test(asked_from_start_to_stop),
        cmocka_unit_test(start_counts_what_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
