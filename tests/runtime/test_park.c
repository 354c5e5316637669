/*
 * Events that meet an open breaker wait for it outside their lane; what a breaker and a budget do
 * to retries. In frozen time.
 *
 * covers: F7 G4 G6 C8 D8 I6
 */
#include "support.h"

#include <bus/breakers.h>
#include <bus/dead_letters.h>
#include <bus/health.h>

#define MS BUS_MILLISECOND

static const struct bus_session no_session = {0, 0};

/* Fails while it is broken, and notes which message ran, in which attempt. */
struct line {
    _Atomic bool broken;
    struct journal numbers;
    struct journal attempts;
};
#define LINE(is_broken)                                                                            \
    {                                                                                              \
        .broken = (is_broken), .numbers = JOURNAL_INITIALIZER, .attempts = JOURNAL_INITIALIZER     \
    }

static enum bus_verdict use(struct line *line, uint64_t number, struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    journal_add(&line->numbers, number);
    journal_add(&line->attempts, envelope.attempt);
    if (!line->broken)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .transient = true,
                                                  .text = "the line is cut"});
}

static enum bus_verdict on_ticked_use(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    return use(context, event->number, delivery);
}

static enum bus_verdict on_faded_use(void *context, const struct probe_faded *event,
                                     struct bus_delivery *delivery)
{
    return use(context, event->number, delivery);
}

static struct bus *open_with(struct bus_policy policy, struct bus_options options)
{
    struct bus_policy_override overrides[] = {{&probe_ticked_type, policy},
                                              {&probe_faded_type, policy}};
    struct bus *bus;

    options.polled = options.workers == 0;
    options.os = frozen_os();
    options.policies = overrides;
    options.policy_count = 2;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static uint64_t runs(struct line *line)
{
    return latch_count(&line->numbers.latch);
}

static bool show_nothing(void *context, const struct bus_dead_letter *letter)
{
    (void)context;
    (void)letter;
    return true;
}

static uint64_t letters(struct bus *bus, enum bus_letter_reason reason)
{
    const struct bus_dead_letter_filter filter = {.reason = reason};
    uint64_t count = 0;

    assert_int_equal(bus_dead_letters_each(bus, &filter, show_nothing, NULL, &count), BUS_OK);
    return count;
}

static void tick_all(struct bus *bus, uint64_t first, uint64_t count)
{
    for (uint64_t n = first; n < first + count; n++)
        tick(bus, n, BUS_QUEUED);
    (void)poll_all(bus);
    assert_balanced(bus);
}

/* Polls every ten virtual milliseconds. */
static void pass(struct bus *bus, uint64_t ns)
{
    for (uint64_t i = 0; i < ns / (10 * MS); i++) {
        frozen_advance(10 * MS);
        (void)poll_all(bus);
    }
    assert_balanced(bus);
}

static struct bus_account account(struct bus *bus)
{
    return account_of(bus, &probe_ticked_type);
}

static const struct bus_policy two_failures = {.breaker_failures = 2,
                                               .breaker_open_ns = BUS_SECOND};

static void events_wait_for_it_and_run_when_it_closes(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});
    struct bus_health health;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2);
    tick_all(bus, 2, 8);
    assert_int_equal(runs(&line), 2);
    assert_int_equal(account(bus).held, 8);
    assert_int_equal(stats_of(bus).queue_size, 0);
    line.broken = false;
    pass(bus, 990 * MS);
    assert_int_equal(runs(&line), 2);
    pass(bus, 200 * MS);
    assert_int_equal(runs(&line), 10);
    assert_int_equal(account(bus).processed, 8);
    assert_int_equal(account(bus).held, 0);
    assert_int_equal(letters(bus, BUS_LETTER_FAILED), 2);
    for (uint64_t i = 0; i < 10; i++) /* waiting was no attempt */
        assert_int_equal(line.attempts.entries[i], 1);
    /* Recovery counted as success: to have waited is none. */
    assert_int_equal(bus_health(bus, &health), BUS_OK);
    assert_int_equal(health.recoveries_begun, 0);
    assert_int_equal(health.recoveries_succeeded, 0);
    finish_bus(&bus);
}

static void those_that_are_no_probes_wait_on(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2);
    tick_all(bus, 2, 5);
    for (uint64_t second = 1; second <= 3; second++) {
        pass(bus, 1100 * MS);
        assert_int_equal(runs(&line), 2 + second); /* one probe each time, which opens it again */
        assert_int_equal(account(bus).held, 5 - second);
    }
    line.broken = false;
    pass(bus, 1200 * MS);
    assert_int_equal(account(bus).processed, 2);
    finish_bus(&bus);
}

/* The fault that opens it has runs left: an event that parks has them when it closes again. */
static void retries_that_are_left_wait_with_it(void **state)
{
    static const uint64_t attempts[] = {1, 2, 3};
    struct bus_policy policy = two_failures;
    struct line line = LINE(true);
    struct bus *bus;

    (void)state;
    policy.retries = 3;
    policy.jitter = BUS_JITTER_NONE;
    bus = open_with(policy, (struct bus_options){0});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 7, 1);
    pass(bus, 900 * MS); /* again after 100 ms; after 300 it is parked */
    assert_int_equal(runs(&line), 2);
    assert_int_equal(account(bus).held, 1);
    line.broken = false;
    pass(bus, 400 * MS);
    assert_journal(&line.attempts, attempts, 3);
    assert_int_equal(account(bus).processed, 1);
    assert_int_equal(letters(bus, BUS_LETTER_FAILED), 0);
    finish_bus(&bus);
}

static void an_open_breaker_ends_the_retries_of_others(void **state)
{
    struct bus_policy policy = two_failures;
    struct line line = LINE(true);
    struct bus *bus;

    (void)state;
    policy.retries = 5;
    policy.jitter = BUS_JITTER_NONE;
    policy.on_open = BUS_ON_OPEN_FAIL;
    bus = open_with(policy, (struct bus_options){0});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 7, 1);
    pass(bus, 5 * BUS_SECOND);
    assert_int_equal(runs(&line), 2);
    assert_int_equal(account(bus).failed, 1);
    assert_int_equal(letters(bus, BUS_LETTER_FAILED), 1);
    finish_bus(&bus);
}

/* One that waited for its next run and then meets an open breaker fails as declared. */
static void a_retry_that_meets_it_open_follows_the_policy(void **state)
{
    struct bus_policy policy = two_failures;
    struct line line = LINE(true);
    struct bus *bus;

    (void)state;
    policy.retries = 5;
    policy.jitter = BUS_JITTER_NONE;
    policy.on_open = BUS_ON_OPEN_DEAD_LETTER;
    bus = open_with(policy, (struct bus_options){0});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2); /* the first waits for its retry, the second opens it */
    assert_int_equal(account(bus).held, 1);
    pass(bus, 200 * MS);
    assert_int_equal(runs(&line), 2);
    assert_int_equal(account(bus).failed, 2);
    assert_int_equal(letters(bus, BUS_LETTER_FAILED), 1);
    assert_int_equal(letters(bus, BUS_LETTER_BREAKER_OPEN), 1);
    finish_bus(&bus);
}

static void without_room_to_wait_it_is_a_letter(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){.held_max = 2});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2);
    tick_all(bus, 2, 5);
    assert_int_equal(account(bus).held, 2);
    assert_int_equal(letters(bus, BUS_LETTER_NO_ROOM), 3);
    line.broken = false;
    pass(bus, 1200 * MS);
    assert_int_equal(account(bus).processed, 2);
    finish_bus(&bus);
}

static void it_waits_no_longer_than_its_deadline(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_faded_subscribe(bus, on_faded_use, &line, NULL), BUS_OK);
    for (uint64_t n = 0; n < 4; n++)
        assert_int_equal(probe_faded_publish(bus, &(struct probe_faded){.number = n}), BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_faded_type).held, 2);
    pass(bus, 120 * MS);
    assert_int_equal(account_of(bus, &probe_faded_type).held, 0);
    assert_int_equal(letters(bus, BUS_LETTER_EXPIRED), 2);
    assert_int_equal(runs(&line), 2);
    finish_bus(&bus);
}

static void a_handler_that_goes_takes_them_along(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2);
    tick_all(bus, 2, 3);
    assert_int_equal(probe_ticked_unsubscribe(bus, on_ticked_use, &line, no_session), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(account(bus).held, 0);
    assert_int_equal(account(bus).failed, 5);
    assert_int_equal(letters(bus, BUS_LETTER_HANDLER_GONE), 3);
    pass(bus, 2 * BUS_SECOND);
    assert_int_equal(runs(&line), 2);
    finish_bus(&bus);
}

static void stop_does_not_wait_for_them_and_says_so(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});
    struct bus_left left;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    tick_all(bus, 0, 2);
    tick_all(bus, 2, 3);
    assert_int_equal(bus_stop(bus, PATIENCE, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 3);
    assert_int_equal(account(bus).left, 3);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* C8: nothing of them is on its way. */
static void nobody_waits_for_them(void **state)
{
    struct line line = LINE(true);
    struct bus *bus = open_with(two_failures, (struct bus_options){.workers = 1});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    for (uint64_t n = 0; n < 5; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account(bus).held, 3);
    line.broken = false;
    frozen_advance(BUS_SECOND); /* the worker wakes by itself */
    /* It may have looked at the clock just now, to spin for some microseconds: they must pass. */
    for (uint32_t tries = 0; tries < 30000 && runs(&line) < 5; tries++) {
        frozen_advance(MS);
        (void)latch_wait_for(&line.numbers.latch, 5, MS);
    }
    assert_int_equal(runs(&line), 5);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account(bus).processed, 3);
    finish_bus(&bus);
}

/* Others of the message are not held up by the one whose breaker is open. */
static void only_the_handler_behind_it_waits(void **state)
{
    struct line cut = LINE(true), sound = LINE(false);
    struct bus *bus = open_with(two_failures, (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &cut, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &sound, NULL), BUS_OK);
    tick_all(bus, 0, 6);
    assert_int_equal(runs(&cut), 2);
    assert_int_equal(runs(&sound), 6);
    cut.broken = false;
    pass(bus, 1200 * MS);
    assert_int_equal(runs(&cut), 6);
    assert_int_equal(runs(&sound), 6);
    assert_int_equal(account(bus).processed, 4);
    finish_bus(&bus);
}

/* ---- the budget ---- */

static void retries_stay_within_their_share_of_the_calls(void **state)
{
    enum { CALLS = 200 };
    struct line line = LINE(true);
    struct bus *bus =
        open_with((struct bus_policy){.retries = 3, .jitter = BUS_JITTER_NONE, .retry_budget = 10},
                  (struct bus_options){0});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_use, &line, NULL), BUS_OK);
    for (uint64_t n = 0; n < CALLS; n++) {
        tick_all(bus, n, 1);
        pass(bus, 10 * MS);
    }
    pass(bus, BUS_SECOND);
    assert_in_range(runs(&line), CALLS + CALLS / 10, CALLS + CALLS / 10 + 10);
    assert_int_equal(account(bus).failed, CALLS);
    assert_int_equal(letters(bus, BUS_LETTER_FAILED), CALLS);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_wait_for_it_and_run_when_it_closes),
        cmocka_unit_test(those_that_are_no_probes_wait_on),
        cmocka_unit_test(retries_that_are_left_wait_with_it),
        cmocka_unit_test(an_open_breaker_ends_the_retries_of_others),
        cmocka_unit_test(a_retry_that_meets_it_open_follows_the_policy),
        cmocka_unit_test(without_room_to_wait_it_is_a_letter),
        cmocka_unit_test(it_waits_no_longer_than_its_deadline),
        cmocka_unit_test(a_handler_that_goes_takes_them_along),
        cmocka_unit_test(stop_does_not_wait_for_them_and_says_so),
        cmocka_unit_test(nobody_waits_for_them),
        cmocka_unit_test(only_the_handler_behind_it_waits),
        cmocka_unit_test(retries_stay_within_their_share_of_the_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
