/*
 * The ways that the events of a batch go: retries, breaker, timeout, deadlines, sessions, replays,
 * no room.
 *
 * covers: D6 D8 F8 I6
 */
#include "batching.h"

#include <stdio.h>

static const struct bus_session no_session = {0, 0};

/* ---- failures ---- */

static void a_fault_of_all_is_that_of_each(void **state)
{
    struct bus_policy policy = {.retries = 1, .jitter = BUS_JITTER_NONE};
    struct book book = BOOK;
    struct bus *bus = open_with(policy, (struct bus_options){0});

    (void)state;
    book.fail_all = true;
    book.done = 1 << 1;
    batch_ticks(bus, &book, 3);
    tick_all(bus, 0, 3);
    assert_int_equal(account(bus).processed, 1);
    assert_int_equal(account(bus).held, 2);
    book.fail_all = false;
    pass(bus, 300 * MS); /* 100 ms of backoff, then as long for others to come */
    assert_calls(&book, (uint32_t[]){3, 2}, 2);
    assert_journal(&book.attempts, (uint64_t[]){1, 1, 1, 2, 2}, 5);
    assert_int_equal(account(bus).processed, 3);
    finish_bus(&bus);
}

/* Of events that failed with a text of their own it is that, of others that of all. */
static void each_letter_has_its_own_error(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});
    struct bus_dead_letter_filter filter = {.has_category = true,
                                            .category = BUS_CATEGORY_CONNECTION};

    (void)state;
    book.failed = 1 << 2; /* a connection */
    book.fail_all = true; /* resources */
    batch_ticks(bus, &book, 4);
    tick_all(bus, 0, 4);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){0, 1, 2, 3}, 4);
    assert_int_equal(count_letters(bus, &filter), 1);
    filter.category = BUS_CATEGORY_RESOURCE;
    assert_int_equal(count_letters(bus, &filter), 3);
    finish_bus(&bus);
}

static void no_verdict_is_a_fault(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    book.returned = (enum bus_verdict)77;
    book.done = 1 << 0;
    batch_ticks(bus, &book, 2);
    tick_all(bus, 0, 2);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){1}, 1);
    book.returned = BUS_LATER; /* nothing was deferred */
    tick_all(bus, 2, 2);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){1, 2, 3}, 3);
    finish_bus(&bus);
}

/* Each event of a call is a run for the breaker; those that meet it open wait for it. */
static void a_breaker_looks_at_each(void **state)
{
    struct bus_policy policy = {
        .breaker_failures = 3, .breaker_open_ns = BUS_SECOND, .breaker_probes = 2};
    struct book book = BOOK;
    struct bus *bus = open_with(policy, (struct bus_options){0});

    (void)state;
    book.returned = BUS_REJECT;
    batch_ticks(bus, &book, 4);
    tick_all(bus, 0, 4); /* all fail, and it is open */
    tick_all(bus, 4, 6);
    assert_calls(&book, (uint32_t[]){4}, 1);
    pass(bus, 100 * MS);
    assert_int_equal(account(bus).held, 6);
    assert_int_equal(account(bus).failed, 4);
    book.returned = BUS_DONE;
    pass(bus, 2 * BUS_SECOND); /* two probes, then all */
    assert_int_equal(book.sizes[1], 2);
    assert_int_equal(account(bus).processed, 6);
    assert_int_equal(account(bus).calls, 10);
    finish_bus(&bus);
}

static void too_late_is_too_late_for_all(void **state)
{
    struct bus_policy policy = {.timeout_ns = BUS_SECOND};
    struct book book = BOOK;
    struct bus *bus = open_with(policy, (struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 3);
    tick_all(bus, 0, 3);
    assert_int_equal(account(bus).processed, 3);
    book.takes_ns = 2 * BUS_SECOND;
    tick_all(bus, 3, 3);
    assert_int_equal(account(bus).failed, 3);
    assert_int_equal(account(bus).calls_late, 3);
    assert_int_equal(account(bus).calls_failed, 3);
    finish_bus(&bus);
}

/* ---- time and room ---- */

static enum bus_verdict on_fadings(void *context, const struct probe_faded *events, uint32_t count,
                                   struct bus_batch *batch)
{
    (void)batch;
    for (uint32_t i = 0; i < count; i++)
        journal_add(context, events[i].number);
    return BUS_DONE;
}

static void fade(struct bus *bus, uint64_t number)
{
    assert_int_equal(probe_faded_publish(bus, &(struct probe_faded){.number = number}), BUS_QUEUED);
    (void)poll_all(bus);
}

/* Events with a deadline of 100 ms. */
static void a_deadline_is_not_waited_past(void **state)
{
    const struct bus_batch_options late = {.size = 9, .wait_ns = 200 * MS};
    const struct bus_batch_options soon = {.size = 9, .wait_ns = 50 * MS};
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_faded_subscribe_batch(bus, on_fadings, &journal, &late, NULL), BUS_OK);
    fade(bus, 0); /* it would be gone by then */
    assert_journal_run(&journal, 0, 1);
    assert_int_equal(bus_batch_configure(bus, &probe_faded_type, &journal, &soon), BUS_OK);
    fade(bus, 1);
    assert_journal_run(&journal, 0, 1);
    pass(bus, 50 * MS);
    assert_journal_run(&journal, 0, 2);
    fade(bus, 2);
    frozen_advance(BUS_SECOND); /* nobody polled in time */
    (void)poll_all(bus);
    assert_journal_run(&journal, 0, 2);
    assert_int_equal(account_of(bus, &probe_faded_type).failed, 1);
    assert_int_equal(
        count_letters(bus, &(struct bus_dead_letter_filter){.reason = BUS_LETTER_EXPIRED}), 1);
    finish_bus(&bus);
}

static void without_room_to_wait_it_is_called_early(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){.held_max = 2});

    (void)state;
    batch_ticks(bus, &book, 10);
    tick_all(bus, 0, 7);
    assert_calls(&book, (uint32_t[]){3, 3}, 2);
    assert_journal_run(&book.numbers, 0, 6);
    pass(bus, 100 * MS);
    assert_journal_run(&book.numbers, 0, 7);
    assert_int_equal(account(bus).failed, 0);
    finish_bus(&bus);
}

static void one_at_a_time_waits_for_nobody(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 1);
    tick_all(bus, 0, 3);
    assert_calls(&book, (uint32_t[]){1, 1, 1}, 3);
    finish_bus(&bus);
}

/* The descriptor is readable when the batch is due: it is a timer like any other. */
static void ordinary_handlers_do_not_wait(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    batch_ticks(bus, &book, 10);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    tick_all(bus, 0, 4);
    assert_journal_run(&journal, 0, 4);
    assert_calls(&book, NULL, 0);
    assert_int_equal(account(bus).held, 4); /* a message ends with its last delivery */
    pass(bus, 100 * MS);
    assert_calls(&book, (uint32_t[]){4}, 1);
    assert_int_equal(account(bus).processed, 4);
    finish_bus(&bus);
}

/* Messages of the pool and of a drop ring wait in their blocks; structs and slices are whole. */
static enum bus_verdict on_bulks(void *context, const struct probe_bulked *events, uint32_t count,
                                 struct bus_batch *batch)
{
    (void)batch;
    for (uint32_t i = 0; i < count; i++) {
        bool whole = events[i].data.size == 5000;

        for (uint32_t k = 0; whole && k < 5000; k++)
            whole = events[i].data.data[k] == (uint8_t)(events[i].number + k);
        journal_add(context, whole ? events[i].number : UINT64_MAX);
    }
    return BUS_DONE;
}

static void large_events_wait_in_their_blocks(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});
    uint8_t data[5000];

    (void)state;
    assert_int_equal(probe_bulked_subscribe_batch(bus, on_bulks, &journal,
                                                  &(struct bus_batch_options){.size = 4}, NULL),
                     BUS_OK);
    for (uint64_t n = 0; n < 9; n++) {
        for (uint32_t k = 0; k < sizeof data; k++)
            data[k] = (uint8_t)(n + k);
        assert_int_equal(probe_bulked_publish(
                             bus, &(struct probe_bulked){.number = n, .data = {data, sizeof data}}),
                         BUS_QUEUED);
        (void)poll_all(bus);
    }
    pass(bus, 100 * MS);
    assert_journal_run(&journal, 0, 9);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_sheds(void *context, const struct probe_shed *events, uint32_t count,
                                 struct bus_batch *batch)
{
    (void)batch;
    for (uint32_t i = 0; i < count; i++)
        journal_add(context, events[i].number);
    return BUS_DONE;
}

static void events_of_a_ring_too(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(probe_shed_subscribe_batch(bus, on_sheds, &journal,
                                                &(struct bus_batch_options){.size = 4}, NULL),
                     BUS_OK);
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(probe_shed_publish(bus, &(struct probe_shed){.number = n}), BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 100 * MS);
    assert_journal_run(&journal, 0, 10);
    finish_bus(&bus);
}

static enum bus_verdict on_fillings(void *context, const struct probe_filled *events,
                                    uint32_t count, struct bus_batch *batch)
{
    char text[64];

    (void)batch;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "item %u", (unsigned)events[i].number);
        journal_add(context, events[i].items.size == 4 && events[i].tags.size == 2 &&
                                     strcmp(events[i].items.data[3].name.data, text) == 0 &&
                                     strcmp(events[i].tags.data[1].data, "second") == 0
                                 ? events[i].number
                                 : UINT64_MAX);
    }
    return BUS_DONE;
}

static void nested_values_are_all_there_at_once(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});
    const struct bus_string tags[] = {bus_cstr("first"), bus_cstr("second")};
    struct probe_item items[4] = {{.count = 1}};
    char text[64];

    (void)state;
    assert_int_equal(probe_filled_subscribe_batch(bus, on_fillings, &journal,
                                                  &(struct bus_batch_options){.size = 5}, NULL),
                     BUS_OK);
    for (uint64_t n = 0; n < 5; n++) {
        (void)snprintf(text, sizeof text, "item %u", (unsigned)n);
        items[3].name = bus_cstr(text);
        assert_int_equal(
            probe_filled_publish(
                bus, &(struct probe_filled){.number = n, .items = {items, 4}, .tags = {tags, 2}}),
            BUS_QUEUED);
    }
    (void)poll_all(bus);
    assert_journal_run(&journal, 0, 5);
    finish_bus(&bus);
}

/* ---- order ---- */

static enum bus_verdict on_keys(void *context, const struct probe_keyed *events, uint32_t count,
                                struct bus_batch *batch)
{
    struct book *book = context;

    book->sizes[book->calls++ % CALLS_MAX] = count;
    for (uint32_t i = 0; i < count; i++) {
        journal_add(&book->numbers, events[i].id * 100 + events[i].number);
        if (book->retried != 0 && events[i].id == 1)
            bus_batch_set(batch, i, BUS_RETRY);
    }
    return BUS_DONE;
}

/* Of a key one at a time: the next one when the one before has ended. */
static void ordered_events_of_a_key_follow_one_another(void **state)
{
    struct bus_policy policy = {.ordered = true, .retries = 2, .jitter = BUS_JITTER_NONE};
    const struct bus_policy_override override = {&probe_keyed_type, policy};
    struct book book = BOOK;
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_keyed_subscribe_batch(bus, on_keys, &book,
                                                 &(struct bus_batch_options){.size = 8}, NULL),
                     BUS_OK);
    book.retried = 1;
    for (uint64_t n = 1; n <= 3; n++)
        for (uint64_t key = 1; key <= 2; key++)
            assert_int_equal(
                probe_keyed_publish(bus, &(struct probe_keyed){.id = key, .number = n}),
                BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_keyed_type).held, 6);
    pass(bus, 100 * MS);
    assert_journal(&book.numbers, (uint64_t[]){101, 201}, 2);
    book.retried = 0;
    pass(bus, BUS_SECOND);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 6);
    for (uint64_t key = 1; key <= 2; key++) {
        uint64_t last = 0;

        for (uint64_t i = 0; i < latch_count(&book.numbers.latch); i++)
            if (book.numbers.entries[i] / 100 == key) {
                assert_true(book.numbers.entries[i] >= last);
                last = book.numbers.entries[i];
            }
        assert_int_equal(last, key * 100 + 3);
    }
    finish_bus(&bus);
}

/* ---- who has them ---- */

static void sessions_have_their_own(void **state)
{
    struct book mine = BOOK, all = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});
    const struct bus_batch_options two = {.size = 2};
    struct bus_session session;

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(
        probe_ticked_subscribe_batch(bus, on_ticks, &mine, &two,
                                     &(struct bus_handler_options){.session = session}),
        BUS_OK);
    batch_ticks(bus, &all, 4);
    for (uint64_t n = 0; n < 4; n++)
        assert_int_equal(
            probe_ticked_publish_with(
                bus, &(struct probe_ticked){.number = n},
                &(struct bus_message_options){.session = n % 2 != 0 ? session : no_session}),
            BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&mine.numbers, (uint64_t[]){1, 3}, 2);
    assert_journal_run(&all.numbers, 0, 4);
    assert_int_equal(probe_ticked_publish_with(bus, &(struct probe_ticked){.number = 5},
                                               &(struct bus_message_options){.session = session}),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    (void)poll_all(bus);
    pass(bus, 100 * MS);
    assert_int_equal(latch_count(&mine.numbers.latch), 2); /* it ended with its session */
    assert_int_equal(latch_count(&all.numbers.latch), 5);
    assert_int_equal(
        count_letters(bus, &(struct bus_dead_letter_filter){.reason = BUS_LETTER_HANDLER_GONE}), 1);
    finish_bus(&bus);
}

static void components_have_them_by_their_binding(void **state)
{
    const struct bus_binding binding = {.type = &probe_ticked_type,
                                        .name = "probe.odd.ticked",
                                        .order = BUS_ORDER_NORMAL,
                                        .invoke_batch = probe_ticked_invoke_batch,
                                        .batch_size = 3,
                                        .batch_ns = 40 * MS};
    const struct bus_component component = {
        .name = "probe.odd", .schema = &probe_schema, .bindings = &binding, .binding_count = 1};
    const bus_function functions[] = {(bus_function)on_ticks};
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});

    (void)state;
    assert_int_equal(bus_component_attach(bus, &component, functions, &book, NULL), BUS_OK);
    tick_all(bus, 0, 4);
    assert_calls(&book, (uint32_t[]){3}, 1);
    pass(bus, 40 * MS);
    assert_calls(&book, (uint32_t[]){3, 1}, 2);
    assert_int_equal(
        bus_batch_configure(bus, &probe_ticked_type, &book, &(struct bus_batch_options){.size = 2}),
        BUS_OK);
    tick_all(bus, 4, 2);
    assert_calls(&book, (uint32_t[]){3, 1, 2}, 3);
    assert_int_equal(bus_component_detach(bus, &component, &book), BUS_OK);
    finish_bus(&bus);
}

static void letters_run_again_in_a_batch(void **state)
{
    struct book book = BOOK;
    struct bus *bus = open_frozen((struct bus_options){0});
    struct bus_dead_letter_figures figures;

    (void)state;
    book.rejected = 1 << 0 | 1 << 2;
    batch_ticks(bus, &book, 3);
    tick_all(bus, 0, 3);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){0, 2}, 2);
    book.rejected = 1 << 2;
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    assert_int_equal(bus_dead_letter_replay(bus, 2, 0), BUS_QUEUED);
    tick_all(bus, 3, 1);
    assert_calls(&book, (uint32_t[]){3, 3}, 2);
    assert_letters(bus, BUS_LETTER_FAILED, (uint64_t[]){2}, 1);
    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.replayed, 1);
    assert_int_equal(figures.failed_again, 1);
    finish_bus(&bus);
}

/* Which of its events would it be? */
static enum bus_verdict on_ticks_tell(void *context, const struct probe_ticked *events,
                                      uint32_t count, struct bus_batch *batch)
{
    struct bus *bus = bus_delivery_bus(bus_batch_delivery(batch, 0));

    (void)context;
    (void)events;
    return bus_accepted(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = count}))
               ? BUS_DONE
               : BUS_FAULT;
}

static enum bus_verdict on_told(void *context, const struct probe_alarmed *event,
                                struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    journal_add(context, event->number);
    journal_add(context, envelope.causation.high | envelope.correlation.high |
                             envelope.deadline_ns | envelope.session.index);
    return BUS_DONE;
}

static void what_it_publishes_inherits_nothing(void **state)
{
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_frozen((struct bus_options){0});
    struct bus_session session;

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(probe_ticked_subscribe_batch(bus, on_ticks_tell, NULL,
                                                  &(struct bus_batch_options){.size = 2}, NULL),
                     BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_told, &journal, NULL), BUS_OK);
    for (uint64_t n = 0; n < 2; n++)
        assert_int_equal(
            probe_ticked_publish_with(bus, &(struct probe_ticked){.number = n},
                                      &(struct bus_message_options){.session = session,
                                                                    .deadline_ns = BUS_SECOND,
                                                                    .correlation = {1, 2}}),
            BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal(&journal, (uint64_t[]){2, 0}, 2);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_of_all_is_that_of_each),
        cmocka_unit_test(each_letter_has_its_own_error),
        cmocka_unit_test(no_verdict_is_a_fault),
        cmocka_unit_test(a_breaker_looks_at_each),
        cmocka_unit_test(too_late_is_too_late_for_all),
        cmocka_unit_test(a_deadline_is_not_waited_past),
        cmocka_unit_test(without_room_to_wait_it_is_called_early),
        cmocka_unit_test(one_at_a_time_waits_for_nobody),
        cmocka_unit_test(ordinary_handlers_do_not_wait),
        cmocka_unit_test(large_events_wait_in_their_blocks),
        cmocka_unit_test(events_of_a_ring_too),
        cmocka_unit_test(nested_values_are_all_there_at_once),
        cmocka_unit_test(ordered_events_of_a_key_follow_one_another),
        cmocka_unit_test(sessions_have_their_own),
        cmocka_unit_test(components_have_them_by_their_binding),
        cmocka_unit_test(letters_run_again_in_a_batch),
        cmocka_unit_test(what_it_publishes_inherits_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
