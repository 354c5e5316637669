/*
 * Commands: one handler, one answer, in every way it can end.
 * covers: A1, A2, B1, B4, B5, B6, B7, B9, B11
 */
#include "support.h"

static struct bus_message_options within(uint64_t ns)
{
    return (struct bus_message_options){.deadline_ns = ns};
}

/* ---- answers ---- */

static void answers_are_typed(void **state)
{
    struct bus *bus = open_workers(1);
    struct probe_add_result result;
    struct bus_account account;
    struct bus_stats stats;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 2, .b = 3}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.run.outcome, BUS_ANSWERED);
    assert_int_equal(result.answer, PROBE_ADD_OK);
    assert_int_equal(result.ok.sum, 5);
    assert_int_equal(result.run.attempts, 1);
    assert_false(result.run.dead_lettered);
    assert_int_equal(result.run.breaker_state, 0);
    assert_true(result.run.id.high != 0 && result.run.id.low != 0);
    assert_non_null(result.run.handler);
    assert_int_equal(result.run.error.code, 0);
    assert_string_equal(result.run.error.text, "");

    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = UINT32_MAX, .b = 3}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.answer, PROBE_ADD_OVERFLOW);
    assert_int_equal(result.overflow.by, 3);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){0}, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, PROBE_ADD_REFUSED);
    assert_int_equal(result.run.error.code, 0);

    /* A declared failure is an answer: processed, not failed. */
    account = account_of(bus, &probe_add_type);
    assert_int_equal(account.accepted, 3);
    assert_int_equal(account.processed, 3);
    assert_int_equal(account.failed, 0);
    assert_int_equal(account.calls, 3);
    assert_int_equal(account.calls_failed, 0);
    stats = stats_of(bus);
    assert_int_equal(stats.commands_sent_total, 3);
    assert_int_equal(stats.commands_processed_total, 3);
    assert_int_equal(stats.commands_failed_total, 0);
    finish_bus(&bus);
}

static void command_without_answer_is_done(void **state)
{
    struct bus *bus = open_workers(1);
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_touch_result result;

    (void)state;
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 9}, &result),
                     BUS_ANSWERED);
    assert_journal_run(&journal, 9, 1);
    finish_bus(&bus);
}

static enum bus_verdict on_echo(void *context, const struct probe_echo *request,
                                struct bus_delivery *delivery)
{
    struct probe_item items[2] = {{.name = bus_cstr("a"), .count = 1},
                                  {.name = request->text, .count = 2}};
    struct probe_echo_ok ok = {.text = request->text, .parts = {items, 2}};

    (void)context;
    if (ok.text.size > 16)
        ok.parts.size = 1;
    return probe_echo_return(delivery, &ok);
}

/* The result carries the bytes of its answer itself, scratch included. */
static void answers_carry_text_and_tables(void **state)
{
    struct bus *bus = open_workers(2);
    struct probe_echo_result first;
    struct probe_echo_result second;

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo, NULL, NULL), BUS_OK);
    assert_int_equal(
        probe_echo_execute(bus, &(struct probe_echo){.text = bus_cstr("hello")}, &first),
        BUS_ANSWERED);
    assert_int_equal(probe_echo_execute(
                         bus,
                         &(struct probe_echo){.text = bus_cstr("abcdefghijklmnopqrstuvwxyz012345")},
                         &second),
                     BUS_ANSWERED);
    assert_true(bus_string_equal(first.ok.text, bus_cstr("hello")));
    assert_true((const uint8_t *)first.ok.text.data >= (const uint8_t *)&first &&
                (const uint8_t *)first.ok.text.data < (const uint8_t *)(&first + 1));
    assert_int_equal(first.ok.parts.size, 2);
    assert_true(bus_string_equal(first.ok.parts.data[1].name, bus_cstr("hello")));
    assert_int_equal(first.ok.parts.data[1].count, 2);
    assert_int_equal(second.ok.text.size, 32);
    assert_int_equal(second.ok.parts.size, 1);
    finish_bus(&bus);
}

static enum bus_verdict on_fetch(void *context, const struct probe_fetch *request,
                                 struct bus_delivery *delivery)
{
    uint8_t *data = context;
    struct probe_fetch_ok ok = {.data = {data, request->size}};

    for (uint32_t i = 0; i < request->size && i < 8192; i++)
        data[i] = (uint8_t)(i * 7);
    return probe_fetch_return(delivery, &ok);
}

/* covers: A2 */
static void large_answers_need_a_buffer(void **state)
{
    static uint64_t buffer[8400 / 8];
    static uint8_t data[8192 + 1];
    struct bus *bus = open_workers(1);
    struct probe_fetch_result result;
    struct probe_fetch request = {.size = 8192};

    (void)state;
    assert_int_equal(probe_fetch_handle(bus, on_fetch, data, NULL), BUS_OK);
    assert_int_equal(probe_fetch_execute_into(bus, &request, NULL, &result, buffer, sizeof buffer),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.data.size, 8192);
    assert_memory_equal(result.ok.data.data, data, 8192);
    assert_int_equal(probe_fetch_execute_into(bus, &request, NULL, &result, buffer, 1024),
                     BUS_TOO_LARGE);
    assert_int_equal(result.run.outcome, BUS_TOO_LARGE);
    assert_int_equal(result.answer, PROBE_FETCH_NO_ANSWER);
    request.size = 100;
    assert_int_equal(probe_fetch_execute_into(bus, &request, NULL, &result, buffer, 1024),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.data.size, 100);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* ---- who handles ---- */

/* covers: B1, B5 */
static void no_handler_is_a_failure(void **state)
{
    struct bus *bus = open_workers(1);
    struct probe_add_result result;
    struct bus_account account;

    (void)state;
    memset(&result, 0xee, sizeof result);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_NO_HANDLER);
    assert_int_equal(result.run.outcome, BUS_NO_HANDLER);
    assert_non_null(strstr(result.run.error.text, "no handler for command"));
    assert_non_null(strstr(result.run.error.text, "add"));
    assert_null(result.run.handler);
    assert_int_equal(result.run.attempts, 0);
    assert_false(result.run.dead_lettered);
    account = account_of(bus, &probe_add_type);
    assert_int_equal(account.accepted, 1);
    assert_int_equal(account.failed, 1);
    assert_int_equal(account.calls, 0);
    assert_int_equal(stats_of(bus).commands_sent_total, 1);
    assert_int_equal(stats_of(bus).commands_failed_total, 1);
    finish_bus(&bus);
}

/* covers: B6, E4 */
static void one_handler_per_scope(void **state)
{
    struct bus *bus = open_workers(1);
    struct journal a = JOURNAL_INITIALIZER;
    struct journal b = JOURNAL_INITIALIZER;
    struct probe_touch_result result;
    struct bus_session none = {0, 0};

    (void)state;
    assert_int_equal(probe_touch_handle(bus, on_touch, &a, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch, &b, NULL), BUS_ERR_ALREADY_REGISTERED);
    assert_non_null(strstr(bus_last_error(), "touch"));
    assert_int_equal(stats_of(bus).registered_handlers, 1);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(latch_count(&b.latch), 0);
    assert_int_equal(probe_touch_unhandle(bus, on_touch, &a, none), BUS_OK);
    assert_int_equal(probe_touch_unhandle(bus, on_touch, &a, none), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 2}, &result),
                     BUS_NO_HANDLER);
    assert_int_equal(probe_touch_handle(bus, on_touch, &b, NULL), BUS_OK);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 3}, &result),
                     BUS_ANSWERED);
    assert_journal_run(&a, 1, 1);
    assert_journal_run(&b, 3, 1);
    finish_bus(&bus);
}

/* covers: B1, B6 */
static void session_handler_comes_first(void **state)
{
    struct bus *bus = open_workers(1);
    struct journal common = JOURNAL_INITIALIZER;
    struct journal own = JOURNAL_INITIALIZER;
    struct bus_session session;
    struct bus_session other;
    struct probe_touch_result result;
    struct bus_handler_options scope = {0};
    struct bus_message_options options = {0};

    (void)state;
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    assert_int_equal(bus_session_open(bus, &other), BUS_OK);
    scope.session = session;
    assert_int_equal(probe_touch_handle(bus, on_touch, &own, &scope), BUS_OK);
    options.session = other; /* no handler there, none on the bus */
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 1}, &options, &result),
        BUS_NO_HANDLER);
    assert_int_equal(probe_touch_handle(bus, on_touch, &common, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch, &common, &scope),
                     BUS_ERR_ALREADY_REGISTERED);
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 2}, &options, &result),
        BUS_ANSWERED);
    options.session = session;
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 3}, &options, &result),
        BUS_ANSWERED);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 4}, &result),
                     BUS_ANSWERED);
    assert_journal(&own, (const uint64_t[]){3}, 1);
    assert_journal(&common, (const uint64_t[]){2, 4}, 2);
    /* The session goes, and its handler with it. */
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    options.session = other;
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 5}, &options, &result),
        BUS_ANSWERED);
    assert_int_equal(latch_count(&common.latch), 3);
    assert_int_equal(bus_session_close(bus, other), BUS_OK);
    finish_bus(&bus);
}

/* ---- where it runs ---- */

static enum bus_verdict on_square(void *context, const struct probe_square *request,
                                  struct bus_delivery *delivery)
{
    struct probe_square_ok ok = {.value = (uint64_t)request->value * request->value};

    *(pthread_t *)context = pthread_self();
    return probe_square_return(delivery, &ok);
}

/* covers: B7 */
static void concurrent_runs_inline_serial_does_not(void **state)
{
    struct bus *bus = open_workers(1);
    struct probe_square_result result;
    pthread_t ran_on = pthread_self();
    struct bus_session none = {0, 0};

    (void)state;
    assert_int_equal(probe_square_handle(bus, on_square, &ran_on, NULL), BUS_OK);
    assert_int_equal(probe_square_execute(bus, &(struct probe_square){.value = 9}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.value, 81);
    assert_false(pthread_equal(ran_on, pthread_self()));
    assert_int_equal(probe_square_unhandle(bus, on_square, &ran_on, none), BUS_OK);
    assert_int_equal(probe_square_handle(bus, on_square, &ran_on,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(probe_square_execute(bus, &(struct probe_square){.value = 7}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.value, 49);
    assert_true(pthread_equal(ran_on, pthread_self()));
    finish_bus(&bus);
}

struct diver {
    struct latch refused;
    uint32_t deepest;
    enum bus_outcome at_the_bottom;
};

static enum bus_verdict on_dive(void *context, const struct probe_dive *request,
                                struct bus_delivery *delivery)
{
    struct diver *diver = context;
    struct probe_dive next = {.depth = request->depth + 1};
    struct probe_dive_result result;
    struct probe_dive_ok ok = {.depth = request->depth};

    diver->deepest = request->depth;
    if (probe_dive_execute(bus_delivery_bus(delivery), &next, &result) == BUS_ANSWERED)
        ok.depth = result.ok.depth;
    else if (diver->at_the_bottom == BUS_QUEUED)
        diver->at_the_bottom = result.run.outcome;
    return probe_dive_return(delivery, &ok);
}

/* Runs inside one another, at most BUS_NESTING_MAX; scratch is released on the way up. */
static void nesting_is_bounded(void **state)
{
    struct bus *bus = open_workers(1);
    struct diver diver = {.refused = LATCH_INITIALIZER};
    struct probe_dive_result result;

    (void)state;
    assert_int_equal(probe_dive_handle(bus, on_dive, &diver, NULL), BUS_OK);
    for (int i = 0; i < 50; i++) {
        diver.at_the_bottom = BUS_QUEUED;
        assert_int_equal(probe_dive_execute(bus, &(struct probe_dive){.depth = 1}, &result),
                         BUS_ANSWERED);
        assert_int_equal(result.ok.depth, BUS_NESTING_MAX);
        assert_int_equal(diver.deepest, BUS_NESTING_MAX);
        assert_int_equal(diver.at_the_bottom, BUS_TOO_DEEP);
    }
    finish_bus(&bus);

    bus = open_workers(1); /* inline on this thread */
    assert_int_equal(
        probe_dive_handle(bus, on_dive, &diver, &(struct bus_handler_options){.concurrent = true}),
        BUS_OK);
    diver.at_the_bottom = BUS_QUEUED;
    assert_int_equal(probe_dive_execute(bus, &(struct probe_dive){.depth = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.depth, BUS_NESTING_MAX);
    assert_int_equal(diver.at_the_bottom, BUS_TOO_DEEP);
    finish_bus(&bus);
}

struct table_tennis {
    enum bus_outcome last;
};

static enum bus_verdict on_ping(void *context, const struct probe_ping *request,
                                struct bus_delivery *delivery)
{
    struct probe_pong next = {.depth = request->depth + 1};
    struct probe_pong_result result;
    struct probe_ping_ok ok = {.depth = request->depth};

    (void)context;
    if (request->depth < 4 &&
        probe_pong_execute(bus_delivery_bus(delivery), &next, &result) == BUS_ANSWERED)
        ok.depth = result.ok.depth;
    return probe_ping_return(delivery, &ok);
}

static enum bus_verdict on_pong(void *context, const struct probe_pong *request,
                                struct bus_delivery *delivery)
{
    struct table_tennis *game = context;
    struct probe_ping next = {.depth = request->depth + 1};
    struct probe_ping_result result;
    struct probe_pong_ok ok = {.depth = request->depth};

    game->last = probe_ping_execute(bus_delivery_bus(delivery), &next, &result);
    if (game->last == BUS_ANSWERED)
        ok.depth = result.ok.depth;
    return probe_pong_return(delivery, &ok);
}

/* A waits for B, B asks A: refused at once instead of a wait for the deadline. covers: B7 */
static void cycle_between_workers_is_refused(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2});
    struct table_tennis game = {BUS_QUEUED};
    struct probe_ping_result result;

    (void)state;
    assert_int_equal(probe_ping_handle(bus, on_ping, &game, NULL), BUS_OK);
    assert_int_equal(probe_pong_handle(bus, on_pong, &game, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_execute(bus, &(struct probe_ping){.depth = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(game.last, BUS_WOULD_DEADLOCK);
    assert_int_equal(result.ok.depth, 2);
    /* No trace is left: the same goes well when there is no cycle. */
    assert_int_equal(probe_ping_execute(bus, &(struct probe_ping){.depth = 4}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.depth, 4);
    finish_bus(&bus);

    bus = open_bus(&(struct bus_options){.workers = 1}); /* one worker: inline, no cycle */
    assert_int_equal(probe_ping_handle(bus, on_ping, &game, NULL), BUS_OK);
    assert_int_equal(probe_pong_handle(bus, on_pong, &game, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_execute(bus, &(struct probe_ping){.depth = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(game.last, BUS_ANSWERED);
    assert_int_equal(result.ok.depth, 5);
    finish_bus(&bus);
}

/* Workers that sleep at once and are woken for each command: none is slept over. */
static void no_wakeup_is_lost(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2, .spin_ns = 1});
    struct table_tennis game = {BUS_QUEUED};
    struct probe_ping_result result;

    (void)state;
    assert_int_equal(probe_ping_handle(bus, on_ping, &game, NULL), BUS_OK);
    assert_int_equal(probe_pong_handle(bus, on_pong, &game, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < 3000; i++) {
        /* 3: pong on the other worker, from there ping back, which is refused */
        assert_int_equal(probe_ping_execute(bus, &(struct probe_ping){.depth = 3 + i % 2}, &result),
                         BUS_ANSWERED);
        assert_int_equal(result.ok.depth, 4);
    }
    finish_bus(&bus);
}

/* ---- time ---- */

struct slow {
    struct hold hold;
    uint64_t remaining_ns;
};

static enum bus_verdict on_hurry(void *context, const struct probe_hurry *request,
                                 struct bus_delivery *delivery)
{
    struct slow *slow = context;
    struct probe_hurry_ok ok = {.number = request->number};

    slow->remaining_ns = bus_delivery_remaining_ns(delivery);
    if (request->number == 1) {
        latch_add(&slow->hold.entered, 1);
        (void)latch_wait(&slow->hold.let_go, 1);
    }
    return probe_hurry_return(delivery, &ok);
}

/* The schema's deadline bounds the wait of execute; the late answer harms nobody. covers: B7, B9 */
static void execute_times_out(void **state)
{
    struct bus *bus = open_workers(1);
    struct slow slow = {.hold = HOLD_INITIALIZER};
    struct probe_hurry_result result;
    struct bus_message_options options = within(PATIENCE);
    uint64_t tries = 0;

    (void)state;
    assert_int_equal(probe_hurry_handle(bus, on_hurry, &slow, NULL), BUS_OK);
    do { /* under load it may expire before it runs: again, until it holds the worker */
        assert_int_equal(probe_hurry_execute(bus, &(struct probe_hurry){.number = 1}, &result),
                         BUS_TIMEOUT);
        assert_int_equal(result.run.outcome, BUS_TIMEOUT);
        assert_int_equal(result.answer, PROBE_HURRY_NO_ANSWER);
        tries++;
    } while (latch_count(&slow.hold.entered) == 0 && tries < 500);
    /* The worker is still held: this one expires in the lane. */
    assert_int_equal(probe_hurry_execute(bus, &(struct probe_hurry){.number = 2}, &result),
                     BUS_TIMEOUT);
    latch_add(&slow.hold.let_go, 1);
    assert_int_equal(
        probe_hurry_execute_with(bus, &(struct probe_hurry){.number = 3}, &options, &result),
        BUS_ANSWERED);
    assert_int_equal(result.ok.number, 3);
    assert_true(slow.remaining_ns > 0 && slow.remaining_ns <= PATIENCE);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_hurry_type).accepted, tries + 2);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_touch_late(void *context, const struct probe_touch *request,
                                      struct bus_delivery *delivery)
{
    struct bus *bus = bus_delivery_bus(delivery);
    enum bus_outcome *outcomes = context;
    struct probe_hurry_result result;

    (void)request;
    outcomes[0] = probe_ticked_publish(bus, &(struct probe_ticked){.number = 1});
    frozen_advance(BUS_SECOND);
    outcomes[1] = probe_ticked_publish(bus, &(struct probe_ticked){.number = 2});
    outcomes[2] = probe_hurry_execute(bus, &(struct probe_hurry){.number = 2}, &result);
    outcomes[3] = bus_delivery_remaining_ns(delivery) == 0 ? BUS_EXPIRED : BUS_QUEUED;
    return BUS_DONE;
}

/* What a handler publishes and executes inherits what is left of its deadline. covers: B9, C2 */
static void children_inherit_the_deadline(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    enum bus_outcome outcomes[4] = {BUS_QUEUED, BUS_QUEUED, BUS_QUEUED, BUS_QUEUED};
    struct slow slow = {.hold = HOLD_INITIALIZER};
    struct journal journal = JOURNAL_INITIALIZER;
    struct bus_message_options options = within(100 * BUS_MILLISECOND);
    struct probe_touch_result result;
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_int_equal(probe_touch_handle(bus, on_touch_late, outcomes, NULL), BUS_OK);
    assert_int_equal(probe_hurry_handle(bus, on_hurry, &slow, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    outcome = probe_touch_execute_with(bus, &(struct probe_touch){.number = 1}, &options, &result);
    bus_ignore(outcome); /* late, inline: answered or timeout is the next theme's business */
    assert_int_equal(outcomes[0], BUS_QUEUED);
    assert_int_equal(outcomes[1], BUS_EXPIRED);
    assert_true(outcomes[2] == BUS_EXPIRED || outcomes[2] == BUS_TIMEOUT);
    assert_int_equal(outcomes[3], BUS_EXPIRED);
    assert_int_equal(slow.remaining_ns, 0); /* the inner command did not run */
    poll_all(bus);
    assert_int_equal(latch_count(&journal.latch), 0); /* the child expired in its lane */
    assert_int_equal(account_of(bus, &probe_ticked_type).expired, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 1);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_typed),
        cmocka_unit_test(command_without_answer_is_done),
        cmocka_unit_test(answers_carry_text_and_tables),
        cmocka_unit_test(large_answers_need_a_buffer),
        cmocka_unit_test(no_handler_is_a_failure),
        cmocka_unit_test(one_handler_per_scope),
        cmocka_unit_test(session_handler_comes_first),
        cmocka_unit_test(concurrent_runs_inline_serial_does_not),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(cycle_between_workers_is_refused),
        cmocka_unit_test(no_wakeup_is_lost),
        cmocka_unit_test(execute_times_out),
        cmocka_unit_test(children_inherit_the_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
