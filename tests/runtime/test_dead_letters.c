/*
 * Dead letters: what comes, what they say, what a full queue does. The two known mistakes, a queue
 * that blocks when it is full and a replay that loses what fails again, have their tests here and
 * in test_replay.c.
 *
 * covers: C2 F4 H1 H2 H3 H6 H7 I6 K7
 */
#include "letters.h"

#include <stdio.h>

static void a_failed_event_becomes_a_letter(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct seen_letter seen;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    post(bus, 7);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(stats_of(bus).dead_letter_queue_size, 1);
    seen = letter_at(bus, 1);
    assert_string_equal(seen.message, "mail.posted");
    assert_string_equal(seen.handler, "mail.posted");
    assert_string_equal(seen.error_text, "the line is cut");
    assert_int_equal(seen.letter.reason, BUS_LETTER_FAILED);
    assert_int_equal(seen.letter.error.category, BUS_CATEGORY_CONNECTION);
    assert_int_equal(seen.letter.error.severity, BUS_SEVERITY_HIGH);
    assert_int_equal(seen.letter.error.code, 7);
    assert_int_equal(seen.letter.attempts, 1);
    assert_int_equal(seen.letter.replays, 0);
    assert_int_equal(seen.letter.schema_version, 3);
    assert_ptr_equal(seen.letter.type, &mail_posted_type);
    assert_true(seen.letter.first_ns != 0 && seen.letter.last_ns >= seen.letter.first_ns);
    assert_int_equal(seen.number, 7);
    finish_bus(&bus);
}

/* What a letter shows of a message that had everything. */
static void it_keeps_session_key_and_trace(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct mail_noted message = {.id = 5, .number = 9};
    struct bus_message_options options = {.correlation = {1, 2}, .trace = {.trace_id = {3}}};
    struct seen_letter seen;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(mail_noted_publish_with(bus, &message, &options), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    seen = letter_at(bus, 1);
    assert_true(seen.letter.envelope.has_key);
    assert_int_equal(seen.letter.envelope.key_hash, bus_key_u64(5));
    assert_int_equal(seen.letter.envelope.session.index, options.session.index);
    assert_int_equal(seen.letter.envelope.session.generation, options.session.generation);
    assert_int_equal(seen.letter.envelope.correlation.low, 2);
    assert_int_equal(seen.letter.envelope.trace.trace_id[0], 3);
    assert_int_equal(seen.letter.envelope.id.high, flaky.last_id.high);
    assert_int_equal(seen.letter.envelope.id.low, flaky.last_id.low);
    finish_bus(&bus);
}

static void the_text_hides_secrets(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct mail_noted message = {.id = 1,
                                 .number = 2,
                                 .token = {.has = true, .value = bus_cstr("canary")},
                                 .text = {.has = true, .value = bus_cstr("hello")}};
    struct seen_letter seen;

    (void)state;
    flaky.failing = true;
    flaky.text = "two\nlines, one with a canary";
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_noted_publish(bus, &message), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    seen = letter_at(bus, 1);
    assert_non_null(strstr(seen.text, "#1 mail.noted at mail.noted: failed after 1 runs: "));
    assert_non_null(strstr(seen.text, "hello"));
    assert_non_null(strstr(seen.text, "two lines"));
    assert_null(strstr(seen.text, "canary"));
    assert_null(strstr(seen.error_text, "canary"));
    assert_int_equal(seen.text_size, strlen(seen.text));
    finish_bus(&bus);
}

static void a_failed_command_becomes_a_letter(void **state)
{
    static const bool concurrent[] = {true, false};
    uint32_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct flaky flaky = FLAKY_INITIALIZER;
        struct bus *bus = open_workers(1);
        struct bus_handler_options options = {.concurrent = concurrent[i]};
        struct mail_deliver_result result;

        flaky.failing = true;
        assert_int_equal(mail_deliver_handle(bus, on_deliver, &flaky, &options), BUS_OK);
        assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 4}, &result),
                         BUS_FAULTED);
        assert_true(result.run.dead_lettered);
        assert_int_equal(figures_of(bus).waiting, 1);
        assert_int_equal(letter_at(bus, 1).number, 4);
        assert_int_equal(letter_at(bus, 1).letter.envelope.id.low, result.run.id.low);
        /* A declared failure is an answer. */
        atomic_store(&flaky.failing, false);
        flaky.refusing = true;
        assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 5}, &result),
                         BUS_ANSWERED);
        assert_false(result.run.dead_lettered);
        assert_int_equal(figures_of(bus).waiting, 1);
        finish_bus(&bus);
    }
}

static void no_handler_is_no_letter(void **state)
{
    struct bus *bus = open_workers(1);
    struct mail_deliver_result result;

    (void)state;
    assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 4}, &result),
                     BUS_NO_HANDLER);
    assert_false(result.run.dead_lettered);
    assert_int_equal(figures_of(bus).added, 0);
    finish_bus(&bus);
}

static void dead_letters_off_keeps_none(void **state)
{
    struct bus_policy_override override = {.type = &mail_posted_type,
                                           .policy = {.no_dead_letters = true}};
    struct bus_options options = {.polled = true, .policies = &override, .policy_count = 1};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);

    (void)state;
    flaky.failing = true;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_silent_subscribe(bus, on_silent, &flaky, NULL), BUS_OK);
    post(bus, 1);
    assert_int_equal(mail_silent_publish(bus, &(struct mail_silent){.number = 2}), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 2);
    assert_int_equal(figures_of(bus).added, 0);
    assert_int_equal(account_of(bus, &mail_silent_type).failed, 1);
    finish_bus(&bus);
}

/* Each handler that failed has a letter; those that did well have none. */
static void one_letter_for_each_delivery(void **state)
{
    struct flaky bad = FLAKY_INITIALIZER, good = FLAKY_INITIALIZER, worse = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();

    (void)state;
    bad.failing = worse.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &bad, NULL), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &good, NULL), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &worse, NULL), BUS_OK);
    post(bus, 1);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(figures_of(bus).waiting, 2);
    assert_true(letter_at(bus, 1).letter.handler_mark != letter_at(bus, 2).letter.handler_mark);
    finish_bus(&bus);
}

/* ---- full ---- */

/* The known mistake: a queue of dead letters that blocks when it is full. */
static void a_full_queue_never_blocks(void **state)
{
    static const enum bus_letters_when_full rules[] = {BUS_LETTERS_DROP_OLDEST,
                                                       BUS_LETTERS_REFUSE_NEW};
    uint32_t i, n;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct bus_options options = {
            .polled = true, .dead_letters_max = 3, .dead_letters_when_full = rules[i]};
        struct flaky flaky = FLAKY_INITIALIZER;
        struct bus *bus = open_bus(&options);
        struct bus_dead_letter_figures figures;

        flaky.failing = true;
        assert_int_equal(bus_start(bus), BUS_OK);
        assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
        for (n = 1; n <= 5; n++)
            post(bus, n);
        assert_int_equal(poll_all(bus), 5);
        figures = figures_of(bus);
        assert_int_equal(figures.waiting, 3);
        assert_int_equal(figures.added, i == 0 ? 5 : 3);
        assert_int_equal(figures.evicted, i == 0 ? 2 : 0);
        assert_int_equal(figures.refused, i == 0 ? 0 : 2);
        assert_letters(bus, NULL, i == 0 ? (uint64_t[]){3, 4, 5} : (uint64_t[]){1, 2, 3}, 3);
        finish_bus(&bus);
    }
}

/* Bytes are bounded, too: a large letter pushes as many out as it needs room. */
static void bytes_are_bounded(void **state)
{
    struct bus_options options = {
        .polled = true, .dead_letter_bytes = 8192, .message_size_max = 5000, .cell_size = 256};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    static uint8_t data[4000];
    struct mail_parcel parcel = {.number = 77, .data = {data, sizeof data}};
    uint32_t n;

    (void)state;
    flaky.failing = true;
    memset(data, 0x5a, sizeof data);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_parcel_subscribe(bus, on_parcel, &flaky, NULL), BUS_OK);
    for (n = 0; n < 40; n++)
        post(bus, n + 1);
    assert_int_equal(poll_all(bus), 40);
    assert_int_equal(figures_of(bus).waiting, 32);
    assert_int_equal(figures_of(bus).waiting_bytes, 8192);
    for (n = 0; n < 3; n++)
        assert_int_equal(mail_parcel_publish(bus, &parcel), BUS_QUEUED);
    assert_int_equal(poll_all(bus), 3);
    assert_int_equal(figures_of(bus).waiting, 2); /* of 16 chunks each */
    assert_int_equal(figures_of(bus).evicted, 41);
    assert_int_equal(letter_at(bus, 43).number, 77);
    assert_true(letter_at(bus, 43).letter.size > 4000);
    finish_bus(&bus);
}

/* ---- overflow ---- */

static void what_finds_no_room_becomes_a_letter(void **state)
{
    struct bus_options options = {.polled = true, .capacity = {0, 0, 0, 2}};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct mail_spilled message = {.number = 1};
    struct bus_account account;

    (void)state;
    assert_int_equal(mail_spilled_subscribe(bus, on_spilled, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (; message.number <= 4; message.number++)
        assert_int_equal(mail_spilled_publish(bus, &message),
                         message.number <= 2 ? BUS_QUEUED : BUS_DEAD_LETTERED);
    assert_int_equal(figures_of(bus).waiting, 2);
    assert_int_equal(letter_at(bus, 1).letter.reason, BUS_LETTER_OVERFLOW);
    assert_string_equal(letter_at(bus, 1).handler, "");
    assert_letters(bus, NULL, (uint64_t[]){3, 4}, 2);
    account = account_of(bus, &mail_spilled_type);
    assert_int_equal(account.accepted, 4);
    assert_int_equal(account.dropped, 2);
    assert_int_equal(account.held, 2);
    assert_int_equal(account.rejected, 0);
    assert_true(bus_account_balances(&account));
    assert_int_equal(poll_all(bus), 2);
    /* Room again: each of them runs once. */
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    assert_int_equal(figures_of(bus).waiting, 0);
    assert_journal_run(&flaky.journal, 1, 4);
    finish_bus(&bus);
}

/* One for all handlers: those that fail have letters of their own then, the others do not run
 * again. */
static void one_for_all_passes_on(void **state)
{
    struct bus_options options = {.polled = true, .capacity = {0, 0, 0, 1}};
    struct flaky good = FLAKY_INITIALIZER, bad = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct mail_spilled message = {.number = 1};

    (void)state;
    assert_int_equal(mail_spilled_subscribe(bus, on_spilled, &good, NULL), BUS_OK);
    assert_int_equal(mail_spilled_subscribe(bus, on_spilled, &bad, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_spilled_publish(bus, &message), BUS_QUEUED);
    message.number = 2;
    assert_int_equal(mail_spilled_publish(bus, &message), BUS_DEAD_LETTERED);
    assert_int_equal(poll_all(bus), 1);
    atomic_store(&bad.failing, true);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_int_equal(figures_of(bus).replayed, 1);
    assert_letters(bus, NULL, (uint64_t[]){2}, 1);
    assert_string_equal(letter_at(bus, 2).handler, "mail.spilled");
    assert_int_equal(letter_at(bus, 2).letter.reason, BUS_LETTER_FAILED);
    atomic_store(&bad.failing, false);
    assert_int_equal(bus_dead_letter_replay(bus, 2, PATIENCE), BUS_ANSWERED);
    assert_journal_run(&good.journal, 1, 2);
    assert_journal_run(&bad.journal, 1, 2);
    finish_bus(&bus);
}

/* Nor does a full queue of letters keep a publisher: he is told. */
static void overflow_into_a_full_queue_is_rejected(void **state)
{
    struct bus_options options = {.polled = true,
                                  .capacity = {0, 0, 0, 1},
                                  .dead_letters_max = 1,
                                  .dead_letters_when_full = BUS_LETTERS_REFUSE_NEW};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct mail_spilled message = {.number = 1};

    (void)state;
    assert_int_equal(mail_spilled_subscribe(bus, on_spilled, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_spilled_publish(bus, &message), BUS_QUEUED);
    assert_int_equal(mail_spilled_publish(bus, &message), BUS_DEAD_LETTERED);
    assert_int_equal(mail_spilled_publish(bus, &message), BUS_REJECTED);
    assert_int_equal(account_of(bus, &mail_spilled_type).rejected, 1);
    assert_int_equal(figures_of(bus).refused, 1);
    assert_int_equal(poll_all(bus), 1);
    finish_bus(&bus);
}

static void ignore_squeezed(void *context, const struct mail_squeeze_result *result)
{
    (void)result;
    ++*(uint32_t *)context;
}

static void a_command_without_room_too(void **state)
{
    struct bus_options options = {.polled = true, .capacity = {0, 0, 0, 1}};
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct mail_squeeze request = {.number = 1};
    uint32_t completed = 0;

    (void)state;
    assert_int_equal(mail_squeeze_handle(bus, on_squeeze, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_squeeze_execute_async(bus, &request, NULL, ignore_squeezed, &completed),
                     BUS_QUEUED);
    request.number = 2;
    assert_int_equal(mail_squeeze_execute_async(bus, &request, NULL, ignore_squeezed, &completed),
                     BUS_DEAD_LETTERED);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(completed, 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(completed, 1);
    assert_journal_run(&flaky.journal, 1, 2);
    finish_bus(&bus);
}

/* ---- told ---- */

static enum bus_verdict on_added(void *context, const struct bus_system_dead_letter_added *event,
                                 struct bus_delivery *delivery)
{
    journal_add(context, event->letter);
    return bus_fail(delivery, NULL); /* a failing handler of it causes no other */
}

static void each_is_told_once(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    uint32_t n;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_system_dead_letter_added_subscribe(bus, on_added, &journal, NULL), BUS_OK);
    for (n = 0; n < 3; n++)
        post(bus, n + 1);
    (void)poll_all(bus);
    assert_journal_run(&journal, 1, 3);
    assert_int_equal(figures_of(bus).added, 3);
    finish_bus(&bus);
}

static enum bus_verdict on_added_reason(void *context,
                                        const struct bus_system_dead_letter_added *event,
                                        struct bus_delivery *delivery)
{
    char *reason = context;

    (void)delivery;
    (void)snprintf(reason, 32, "%s", bus_system_letter_reason_name(event->reason));
    return BUS_DONE;
}

/* Also the last one of the enum: the handler went between two runs. */
static void the_reason_is_told_in_words(void **state)
{
    const struct bus_policy_override patient = {&mail_posted_type, {.retries = 1}};
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .policies = &patient, .policy_count = 1});
    struct flaky flaky = FLAKY_INITIALIZER;
    struct seen_letter seen;
    char reason[32] = "";

    (void)state;
    flaky.failing = flaky.transient = true;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_system_dead_letter_added_subscribe(bus, on_added_reason, reason, NULL),
                     BUS_OK);
    post(bus, 1);
    (void)poll_all(bus);
    assert_int_equal(mail_posted_unsubscribe(bus, on_posted, &flaky, (struct bus_session){0, 0}),
                     BUS_OK);
    (void)poll_all(bus);
    seen = letter_at(bus, 1);
    assert_int_equal(seen.letter.reason, BUS_LETTER_HANDLER_GONE);
    assert_non_null(strstr(seen.text, ": handler gone after 1 runs: "));
    assert_string_equal(reason, "handler_gone");
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_event_becomes_a_letter),
        cmocka_unit_test(it_keeps_session_key_and_trace),
        cmocka_unit_test(the_text_hides_secrets),
        cmocka_unit_test(a_failed_command_becomes_a_letter),
        cmocka_unit_test(no_handler_is_no_letter),
        cmocka_unit_test(dead_letters_off_keeps_none),
        cmocka_unit_test(one_letter_for_each_delivery),
        cmocka_unit_test(a_full_queue_never_blocks),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(what_finds_no_room_becomes_a_letter),
        cmocka_unit_test(one_for_all_passes_on),
        cmocka_unit_test(overflow_into_a_full_queue_is_rejected),
        cmocka_unit_test(a_command_without_room_too),
        cmocka_unit_test(each_is_told_once),
        cmocka_unit_test(the_reason_is_told_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
