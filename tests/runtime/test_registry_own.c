/*
 * A registry of the user's own says who sees a message.
 *
 * covers: E6
 */
#include "table.h"

#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/session.h>

#include "bus_system.bus.h"

static const struct bus_session none = {0, 0};

static enum bus_verdict on_failed_voice(void *context,
                                        const struct bus_system_event_handler_failed *event,
                                        struct bus_delivery *delivery)
{
    (void)event;
    return speak(context, delivery);
}

static enum bus_verdict on_batch_voice(void *context, const struct probe_ticked *events,
                                       uint32_t count, struct bus_batch *batch)
{
    struct voice *voice = context;

    (void)events;
    (void)batch;
    journal_add(voice->journal, voice->number * 1000 + count);
    return BUS_DONE;
}

/* ---- who runs ---- */

static void handlers_run_in_the_order_given(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[3] = {VOICE(1), VOICE(2), VOICE(3)};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});
    struct bus_handler handlers[3];

    (void)state;
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(atomic_load(&table.asked), 0); /* nobody could see it */
    handlers[2] = table_hear(bus, &table, &voices[2], (struct bus_handler_options){0});
    handlers[0] = table_hear(bus, &table, &voices[0], (struct bus_handler_options){0});
    handlers[1] = table_hear(bus, &table, &voices[1], (struct bus_handler_options){0});
    assert_int_equal(stats_of(bus).registered_handlers, 3);
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){3, 1, 2}, 3);

    /* Whom it does not name does not run; who was released does not, though it names him. */
    assert_true(table_remove(&table, handlers[0]));
    assert_int_equal(bus_handler_release(handlers[1]), BUS_OK);
    assert_int_equal(bus_handler_release(handlers[1]), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(stats_of(bus).registered_handlers, 2);
    tick(bus, 3, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){3, 1, 2, 3}, 4);

    /* His place is another's now, and his handle is still nobody's. */
    voices[1].number = 4;
    table_add(&table, &probe_ticked_type, none, handlers[0]);
    (void)table_hear(bus, &table, &voices[1], (struct bus_handler_options){0});
    tick(bus, 4, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){3, 1, 2, 3, 3, 1, 4}, 7);
    table_finish(&table, &bus);
}

static void what_is_queued_is_seen_by_who_is_there_then(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[2] = {VOICE(1), VOICE(2)};
    struct probe_ticked events[10] = {{0}};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});
    struct bus_handler first = table_hear(bus, &table, &voices[0], (struct bus_handler_options){0});
    uint32_t accepted = 0, ran = 0;

    (void)state;
    assert_int_equal(probe_ticked_publish_many(bus, events, 10, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 10);
    assert_int_equal(bus_poll(bus, 4, &ran), BUS_OK);
    assert_int_equal(ran, 4);
    assert_int_equal(table_release(&table, first), BUS_OK);
    (void)table_hear(bus, &table, &voices[1], (struct bus_handler_options){0});
    assert_int_equal(poll_all(bus), 6);
    assert_journal(&journal, (uint64_t[]){1, 1, 1, 1, 2, 2, 2, 2, 2, 2}, 10);
    table_finish(&table, &bus);
}

/* Those of components stay where their order puts them. */
static void components_are_the_buss_own(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[3] = {VOICE(1001), VOICE(1002), VOICE(1003)};
    const struct probe_watcher watcher = {.on_ticked = on_ticked}; /* order low */
    struct bus_session session;
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(probe_watcher_attach(bus, &watcher, &journal), BUS_OK);
    assert_int_equal(
        probe_watcher_attach_with(bus, &(struct probe_watcher){.on_ticked = on_ticked_voice},
                                  &(struct voice){.journal = &journal, .number = 77},
                                  &(struct bus_handler_options){.session = session}),
        BUS_OK);
    (void)table_hear(bus, &table, &voices[0], (struct bus_handler_options){0});
    (void)table_hear(bus, &table, &voices[1],
                     (struct bus_handler_options){.has_order = true, .order = BUS_ORDER_LOWEST});
    (void)table_hear(bus, &table, &voices[2],
                     (struct bus_handler_options){.has_order = true, .order = BUS_ORDER_HIGHEST});
    tick(bus, 5, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){1001, 5, 1002, 1003}, 4);
    bus_ignore(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 6},
                                         &(struct bus_message_options){.session = session}));
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){1001, 5, 1002, 1003, 1001, 77, 6, 1002, 1003}, 9);
    table.count = 0;
    tick(bus, 7, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){1001, 5, 1002, 1003, 1001, 77, 6, 1002, 1003, 7}, 10);
    table_finish(&table, &bus);
}

static void commands_have_the_first_one(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[2] = {VOICE(1001), VOICE(1002)};
    const struct probe_calculator calculator = {.add = on_add, .touch = on_touch};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});
    struct bus_handler first, second;

    (void)state;
    assert_int_equal(table_touch(bus, none), BUS_NO_HANDLER);
    first = table_answer(bus, &table, &voices[0], none, false);
    second = table_answer(bus, &table, &voices[1], none, true);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_true(table_remove(&table, first));
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_true(table_remove(&table, second));
    assert_int_equal(table_touch(bus, none), BUS_NO_HANDLER);
    assert_non_null(strstr(bus_last_error(), "attach a component"));

    /* A component's is for whom the registry has none. */
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal),
                     BUS_ERR_NO_HANDLER); /* it has no echo: nothing is attached */
    assert_int_equal(table_touch(bus, none), BUS_NO_HANDLER);
    table_add(&table, &probe_touch_type, none, second);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_journal(&journal, (uint64_t[]){1001, 1002, 1002}, 3);
    table_finish(&table, &bus);
}

static enum bus_verdict on_echo(void *context, const struct probe_echo *request,
                                struct bus_delivery *delivery)
{
    (void)context;
    return probe_echo_return(delivery, &(struct probe_echo_ok){.text = request->text});
}

static void completed(void *context, const struct probe_touch_result *result)
{
    journal_add(context, result->run.outcome);
}

/* Queued: the component is serial, and its worker another thread. */
static void queued_commands_ask_again(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER, ends = JOURNAL_INITIALIZER;
    struct voice voice = VOICE(1001);
    const struct probe_calculator calculator = {.add = on_add, .touch = on_touch, .echo = on_echo};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){.workers = 2});
    struct bus_handler handler;

    (void)state;
    assert_int_equal(probe_calculator_attach(bus, &calculator, &journal), BUS_OK);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED); /* on_touch writes the number, 1 */
    assert_int_equal(atomic_load(&table.asked), 0);
    handler = table_answer(bus, &table, &voice, none, false);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_int_equal(atomic_load(&table.asked), 2);
    assert_int_equal(
        probe_touch_execute_async(bus, &(struct probe_touch){.number = 1}, NULL, completed, &ends),
        BUS_QUEUED);
    assert_true(latch_wait(&ends.latch, 1));
    assert_int_equal(table_release(&table, handler), BUS_OK);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_journal(&ends, (uint64_t[]){BUS_ANSWERED}, 1);
    assert_journal(&journal, (uint64_t[]){1, 1001, 1001, 1}, 4);
    table_finish(&table, &bus);
}

static void release_voice(void *context, struct bus *bus, struct bus_session session,
                          enum bus_session_reason reason, const struct bus_error *why)
{
    struct voice *voice = context;

    (void)bus;
    (void)session;
    (void)reason;
    (void)why;
    voice->released = table_release(voice->table, voice->own);
    voice->table = NULL;
}

static void sessions_are_the_registrys_to_know(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice all = VOICE(1), mine = VOICE(2), leaves = VOICE(3);
    struct bus_message_options within = {0};
    struct bus_session session;
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    within.session = session;
    (void)table_answer(bus, &table, &mine, session, false);
    (void)table_answer(bus, &table, &all, none, false);
    leaves.own = table_hear(bus, &table, &all, (struct bus_handler_options){0});
    table.entries[table.count - 1].session = session;
    leaves.table = &table;
    assert_int_equal(bus_session_on_end(bus, session, release_voice, &leaves), BUS_OK);

    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_int_equal(table.session.index, 0);
    assert_int_equal(table_touch(bus, session), BUS_ANSWERED);
    assert_int_equal(table.session.index, session.index);
    assert_int_equal(table.session.generation, session.generation);
    assert_journal(&journal, (uint64_t[]){1, 2}, 2);
    bus_ignore(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 1}, &within));
    assert_int_equal(poll_all(bus), 1);
    assert_journal(&journal, (uint64_t[]){1, 2, 1}, 3);

    /* Of one that has ended while it was queued the registry hears as of none. */
    (void)table_hear(bus, &table, &mine, (struct bus_handler_options){0});
    bus_ignore(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 2}, &within));
    assert_int_equal(bus_session_end(bus, session, NULL), BUS_OK);
    assert_int_equal(leaves.released, BUS_OK);
    assert_null(leaves.table);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(table.session.index, 0);
    assert_journal(&journal, (uint64_t[]){1, 2, 1, 2}, 4);
    table_finish(&table, &bus);
}

/* ---- what is behind a handler ---- */

static void the_bus_keeps_no_single_handlers(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_handler made = {(struct bus *)&journal, 7, 7};
    struct bus_handler_options options = {.made = &made};
    const struct probe_watcher watcher = {.on_ticked = on_ticked};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){.handlers_max = 2});
    struct bus *other = open_polled();
    struct bus_handler two[2];

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "registry of yours"));
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_ERR_STATE);
    assert_int_equal(probe_ticked_subscribe(other, on_ticked, &journal, &options), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "bus_options.registry"));
    assert_null(made.bus);
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &journal, &options), BUS_ERR_INVALID);
    assert_int_equal(probe_watcher_attach_with(bus, &watcher, &journal,
                                               &(struct bus_handler_options){.name = "somebody"}),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_INVALID);
    assert_int_equal(bus_session_close(bus, options.session), BUS_OK);
    options.session = none;

    /* As many as handlers_max; and the same one twice, which unsubscribe does not know. */
    for (int i = 0; i < 2; i++) {
        options.made = &two[i];
        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_OK);
    }
    options.made = &made;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, &options), BUS_ERR_LIMIT);
    assert_null(made.bus);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked, &journal, none),
                     BUS_ERR_NOT_REGISTERED);
    assert_non_null(strstr(bus_last_error(), "bus_handler_release"));
    assert_int_equal(bus_handler_release(made), BUS_ERR_INVALID);
    two[0].place = 100;
    assert_int_equal(bus_handler_release(two[0]), BUS_ERR_NOT_REGISTERED);
    two[0].place = 0;
    assert_int_equal(bus_handler_release(two[0]), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_handler_release(two[1]), BUS_OK);
    assert_int_equal(stats_of(bus).registered_handlers, 1);
    finish_bus(&other);
    table_finish(&table, &bus);
}

/* It runs again at whom it failed at, whatever the registry says meanwhile. */
static void retries_stay_with_their_handler(void **state)
{
    const struct bus_policy_override twice = {
        &probe_ticked_type,
        {.retries = 1, .backoff_first_ns = BUS_MILLISECOND, .jitter = BUS_JITTER_NONE}};
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[2] = {{.journal = &journal, .number = 1, .fails = 1}, VOICE(2)};
    struct table table;
    struct bus *bus = table_open(
        &table, (struct bus_options){.policies = &twice, .policy_count = 1, .os = frozen_os()});
    struct bus_handler first = table_hear(bus, &table, &voices[0], (struct bus_handler_options){0});

    (void)state;
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_true(table_remove(&table, first));
    (void)table_hear(bus, &table, &voices[1], (struct bus_handler_options){0});
    frozen_advance(2 * BUS_MILLISECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1, 1}, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 1);

    /* Released while it is held: over, as when it is unregistered. */
    table_add(&table, &probe_ticked_type, none, first);
    voices[0].fails = 1;
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(table_release(&table, first), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(letter_of(bus, 1).letter.reason, BUS_LETTER_HANDLER_GONE);
    frozen_advance(BUS_SECOND);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){1, 1, 2, 1}, 4);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    table_finish(&table, &bus);
}

static void letters_find_their_handler(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[3] = {VOICE(1), {.journal = &journal, .number = 2, .fails = 1}, VOICE(3)};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});
    struct bus_handler second;
    struct seen seen;

    (void)state;
    (void)table_hear(bus, &table, &voices[0], (struct bus_handler_options){.name = "alto"});
    second = table_hear(bus, &table, &voices[1], (struct bus_handler_options){.name = "tenor"});
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    seen = letter_of(bus, 1);
    assert_string_equal(seen.handler, "tenor");

    /* Not named now: it stays. Gone, but there is one of its name: that one. */
    assert_true(table_remove(&table, second));
    assert_int_equal(bus_dead_letter_replay(bus, seen.number, PATIENCE), BUS_FAULTED);
    assert_int_equal(letter_of(bus, 1).number, seen.number);
    assert_int_equal(bus_handler_release(second), BUS_OK);
    (void)table_hear(bus, &table, &voices[2], (struct bus_handler_options){.name = "tenor"});
    assert_int_equal(bus_dead_letter_replay(bus, seen.number, PATIENCE), BUS_ANSWERED);
    (void)letter_of(bus, 0);
    assert_journal(&journal, (uint64_t[]){1, 2, 3}, 3);
    table_finish(&table, &bus);
}

static void released_inside_itself(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice event = VOICE(1), command = VOICE(2);
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){.workers = 2});

    (void)state;
    event.own = table_hear(bus, &table, &event, (struct bus_handler_options){0});
    event.table = &table;
    event.released = BUS_ERR_STATE;
    command.own = table_answer(bus, &table, &command, none, true);
    command.table = &table;
    command.released = BUS_ERR_STATE;
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_int_equal(table_touch(bus, none), BUS_NO_HANDLER);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&journal.latch), 2);
    assert_int_equal(event.released, BUS_OK);
    assert_int_equal(command.released, BUS_OK);
    assert_int_equal(stats_of(bus).registered_handlers, 0);
    table_finish(&table, &bus);
}

static void batches_and_system_events_too(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice batch = VOICE(7), failing = {.journal = &journal, .number = 8, .fails = 1},
                 told = VOICE(9);
    const struct bus_batch_options three = {.size = 3};
    struct bus_handler handler;
    struct bus_handler_options options = {.made = &handler};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_batch_voice, &batch, &three, &options),
                     BUS_OK);
    table_add(&table, &probe_ticked_type, none, handler);
    for (uint64_t i = 0; i < 6; i++)
        tick(bus, i, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 6);
    assert_journal(&journal, (uint64_t[]){7003, 7003}, 2);
    assert_int_equal(bus_batch_configure(bus, &probe_ticked_type, &batch,
                                         &(struct bus_batch_options){.size = 2}),
                     BUS_OK);
    tick(bus, 6, BUS_QUEUED);
    tick(bus, 7, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){7003, 7003, 7002}, 3);

    assert_int_equal(table_release(&table, handler), BUS_OK);
    (void)table_hear(bus, &table, &failing, (struct bus_handler_options){0});
    assert_int_equal(
        bus_system_event_handler_failed_subscribe(bus, on_failed_voice, &told, &options), BUS_OK);
    table_add(&table, &bus_system_event_handler_failed_type, none, handler);
    tick(bus, 8, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){7003, 7003, 7002, 8, 9}, 5);
    table_finish(&table, &bus);
}

static void note_runs(void *context, const struct bus_handler_record *record)
{
    uint64_t *runs = context;

    if (strcmp(record->name, "alto") == 0)
        runs[0] += record->runs;
    if (strcmp(record->name, "tenor") == 0)
        runs[1] += record->runs;
}

/* Two of one command: each has its own. */
static void figures_are_each_handlers_own(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct voice voices[2] = {VOICE(1), VOICE(2)};
    struct bus_handler handlers[2];
    uint64_t runs[2] = {0, 0};
    struct table table;
    struct bus *bus = table_open(&table, (struct bus_options){0});

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            probe_touch_handle(bus, on_touch_voice, &voices[i],
                               &(struct bus_handler_options){.made = &handlers[i],
                                                             .name = i == 0 ? "alto" : "tenor"}),
            BUS_OK);
        table_add(&table, &probe_touch_type, none, handlers[i]);
    }
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_true(table_remove(&table, handlers[0]));
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_int_equal(table_touch(bus, none), BUS_ANSWERED);
    assert_int_equal(bus_handlers_each(bus, note_runs, runs), 2);
    assert_int_equal(runs[0], 1);
    assert_int_equal(runs[1], 2);
    table_finish(&table, &bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_run_in_the_order_given),
        cmocka_unit_test(what_is_queued_is_seen_by_who_is_there_then),
        cmocka_unit_test(components_are_the_buss_own),
        cmocka_unit_test(commands_have_the_first_one),
        cmocka_unit_test(queued_commands_ask_again),
        cmocka_unit_test(sessions_are_the_registrys_to_know),
        cmocka_unit_test(the_bus_keeps_no_single_handlers),
        cmocka_unit_test(retries_stay_with_their_handler),
        cmocka_unit_test(letters_find_their_handler),
        cmocka_unit_test(released_inside_itself),
        cmocka_unit_test(batches_and_system_events_too),
        cmocka_unit_test(figures_are_each_handlers_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
