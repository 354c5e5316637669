/*
 * Dead letters run again: one, many, to the handler that failed, in order, and none is lost.
 *
 * covers: H4 H5 I6
 */
#include "letters.h"

static void a_replay_that_succeeds_removes_the_letter(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct bus_uuid id;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    post(bus, 3);
    assert_int_equal(poll_all(bus), 1);
    id = flaky.last_id;
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_journal(&flaky.journal, (uint64_t[]){3}, 1);
    assert_int_equal(figures_of(bus).replayed, 1);
    assert_int_equal(figures_of(bus).waiting, 0);
    assert_int_equal(flaky.last_id.high, id.high); /* it is the same message */
    assert_int_equal(flaky.last_id.low, id.low);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_INVALID);
    finish_bus(&bus);
}

/* The known mistake: a letter that fails again is lost. */
static void a_replay_that_fails_keeps_the_letter(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct seen_letter seen;
    uint32_t n;

    (void)state;
    flaky.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &flaky, NULL), BUS_OK);
    post(bus, 3);
    assert_int_equal(poll_all(bus), 1);
    for (n = 1; n <= 4; n++) {
        assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
        seen = letter_at(bus, 1);
        assert_int_equal(seen.number, 3);
        assert_int_equal(seen.letter.attempts, 1 + n);
        assert_int_equal(seen.letter.replays, n);
        assert_string_equal(seen.error_text, "the line is cut");
    }
    assert_int_equal(figures_of(bus).added, 1);
    assert_int_equal(figures_of(bus).failed_again, 4);
    assert_int_equal(figures_of(bus).waiting, 1);
    atomic_store(&flaky.failing, false);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

/* It fails again while the queue is full of newer ones that pushed it out: it is added anew. */
static enum bus_verdict on_posted_crowd(void *context, const struct mail_posted *event,
                                        struct bus_delivery *delivery)
{
    struct flaky *flaky = context;
    uint64_t run = atomic_fetch_add(&flaky->runs, 1);
    uint32_t n;

    for (n = 0; run == 1 && n < 2; n++)
        bus_ignore(mail_noted_publish(bus_delivery_bus(delivery),
                                      &(struct mail_noted){.id = n, .number = 100 + n}));
    (void)event;
    return BUS_REJECT;
}

static void one_that_was_pushed_out_is_added_anew(void **state)
{
    struct bus_options options = {.workers = 2, .dead_letters_max = 2};
    struct bus_handler_options anywhere = {.concurrent = true};
    struct flaky flaky = FLAKY_INITIALIZER, other = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&options);
    struct bus_dead_letter_figures figures;

    (void)state;
    other.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted_crowd, &flaky, &anywhere), BUS_OK);
    assert_int_equal(mail_noted_subscribe(bus, on_noted, &other, &anywhere), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    post(bus, 3);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    figures = figures_of(bus);
    assert_int_equal(figures.waiting, 2);
    /* Before or after the two others: the replay stayed, or came anew; never neither. */
    assert_true(figures.added == 3 || figures.added == 4);
    finish_bus(&bus);
}

static void it_runs_at_the_handler_that_failed_alone(void **state)
{
    struct flaky good = FLAKY_INITIALIZER, bad = FLAKY_INITIALIZER, other = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();

    (void)state;
    bad.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &good, NULL), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &bad, NULL), BUS_OK);
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &other, NULL), BUS_OK);
    post(bus, 8);
    assert_int_equal(poll_all(bus), 1);
    atomic_store(&bad.failing, false);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_int_equal(atomic_load(&good.runs), 1);
    assert_int_equal(atomic_load(&other.runs), 1);
    assert_int_equal(atomic_load(&bad.runs), 2);
    assert_journal(&bad.journal, (uint64_t[]){8}, 1);
    finish_bus(&bus);
}

/* Whom the message belonged to is told to its handler each time. */
static enum bus_verdict note_envelope(void *context, const struct mail_posted *event,
                                      struct bus_delivery *delivery)
{
    struct bus_envelope *envelope = context;

    (void)event;
    bus_delivery_envelope(delivery, envelope);
    return BUS_REJECT;
}

static void it_has_the_correlation_and_trace_it_had(void **state)
{
    struct bus_message_options options = {
        .correlation = {11, 22},
        .trace = {.trace_id = {1, 2, 3}, .parent_id = {4, 5}, .flags = 1},
    };
    struct bus_envelope first = {0}, again = {0};
    struct bus *bus = open_polled();

    (void)state;
    assert_int_equal(mail_posted_subscribe(bus, note_envelope, &first, NULL), BUS_OK);
    assert_int_equal(mail_posted_publish_with(bus, &(struct mail_posted){.number = 3}, &options),
                     BUS_QUEUED);
    assert_int_equal(poll_all(bus), 1);
    again = first;
    memset(&first, 0, sizeof first);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_memory_equal(&first.id, &again.id, sizeof first.id);
    assert_memory_equal(&first.correlation, &options.correlation, sizeof first.correlation);
    assert_memory_equal(&first.trace, &options.trace, sizeof first.trace);
    finish_bus(&bus);
}

static void before_start_and_after_stop_none_is_run(void **state)
{
    struct flaky flaky = FLAKY_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .capacity = {8, 8, 8, 1, 8}});
    struct bus_replay_result result;

    (void)state;
    assert_int_equal(mail_spilled_subscribe(bus, on_spilled, &flaky, NULL), BUS_OK);
    assert_int_equal(mail_spilled_publish(bus, &(struct mail_spilled){.number = 1}), BUS_BUFFERED);
    assert_int_equal(mail_spilled_publish(bus, &(struct mail_spilled){.number = 2}),
                     BUS_DEAD_LETTERED);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_CLOSED);
    assert_non_null(strstr(bus_last_error(), "is not started"));
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_ERR_STATE);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_CLOSED);
    assert_int_equal(bus_dead_letters_replay(bus, NULL, 0, PATIENCE, &result), BUS_ERR_STATE);
    assert_journal(&flaky.journal, (uint64_t[]){1}, 1);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void without_its_handler_it_stays(void **state)
{
    struct flaky bad = FLAKY_INITIALIZER, again = FLAKY_INITIALIZER;
    struct bus *bus = open_polled();
    struct bus_session none = {0, 0};

    (void)state;
    bad.failing = true;
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &bad, NULL), BUS_OK);
    post(bus, 8);
    assert_int_equal(poll_all(bus), 1);
    assert_int_equal(mail_posted_unsubscribe(bus, on_posted, &bad, none), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(letter_at(bus, 1).letter.attempts, 1);
    /* One of its name takes its place. */
    assert_int_equal(mail_posted_subscribe(bus, on_posted, &again, NULL), BUS_OK);
    assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
    assert_journal(&again.journal, (uint64_t[]){8}, 1);
    finish_bus(&bus);
}

static void commands_too(void **state)
{
    static const bool concurrent[] = {true, false};
    uint32_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct flaky flaky = FLAKY_INITIALIZER;
        struct bus *bus = open_workers(2);
        struct bus_handler_options options = {.concurrent = concurrent[i]};
        struct mail_deliver_result result;

        flaky.failing = true;
        assert_int_equal(mail_deliver_handle(bus, on_deliver, &flaky, &options), BUS_OK);
        assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 4}, &result),
                         BUS_FAULTED);
        assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_FAULTED);
        assert_int_equal(letter_at(bus, 1).letter.attempts, 2);
        assert_int_equal(letter_at(bus, 1).letter.replays, 1);
        atomic_store(&flaky.failing, false);
        assert_int_equal(bus_dead_letter_replay(bus, 1, PATIENCE), BUS_ANSWERED);
        assert_journal(&flaky.journal, (uint64_t[]){4}, 1);
        assert_int_equal(figures_of(bus).waiting, 0);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(account_of(bus, &mail_deliver_type).accepted, 3);
        finish_bus(&bus);
    }
}

/* A handler that answers later: the letter goes when the answer comes, not when the run ends. */
struct later {
    struct bus_token token;
    uint32_t runs;
};

static enum bus_verdict on_deliver_later(void *context, const struct mail_deliver *request,
                                         struct bus_delivery *delivery)
{
    struct later *later = context;

    (void)request;
    if (++later->runs == 1)
        return BUS_REJECT;
    return bus_delivery_defer(delivery, &later->token);
}

static void a_deferred_answer_ends_it(void **state)
{
    struct later later = {.runs = 0};
    struct bus *bus = open_polled();
    struct mail_deliver_result result;

    (void)state;
    assert_int_equal(mail_deliver_handle(bus, on_deliver_later, &later, NULL), BUS_OK);
    assert_int_equal(mail_deliver_execute(bus, &(struct mail_deliver){.number = 4}, &result),
                     BUS_FAULTED);
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(later.runs, 2);
    assert_int_equal(figures_of(bus).waiting, 1);
    /* A fault that comes later keeps it. */
    assert_int_equal(bus_token_fail(later.token, &(struct bus_error){.text = "no"}), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(figures_of(bus).added, 1);
    assert_int_equal(letter_at(bus, 1).letter.attempts, 2);
    assert_int_equal(letter_at(bus, 1).letter.replays, 1);
    assert_string_equal(letter_at(bus, 1).error_text, "no");
    assert_int_equal(bus_dead_letter_replay(bus, 1, 0), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(
        mail_deliver_complete_return(later.token, &(struct mail_deliver_ok){.number = 4}), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(figures_of(bus).replayed, 1);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_that_succeeds_removes_the_letter),
        cmocka_unit_test(a_replay_that_fails_keeps_the_letter),
        cmocka_unit_test(one_that_was_pushed_out_is_added_anew),
        cmocka_unit_test(it_runs_at_the_handler_that_failed_alone),
        cmocka_unit_test(it_has_the_correlation_and_trace_it_had),
        cmocka_unit_test(before_start_and_after_stop_none_is_run),
        cmocka_unit_test(without_its_handler_it_stays),
        cmocka_unit_test(commands_too),
        cmocka_unit_test(a_deferred_answer_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
