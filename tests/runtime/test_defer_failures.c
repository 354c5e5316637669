/*
 * What becomes of commands that were deferred and then failed: reports, letters, health. In frozen
 * time, on a polled bus.
 *
 * covers: B8 D8 F4 H1 K1 K2 K3 K8
 */
#include "support.h"

#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/health.h>

/* A handler that fails `failures` times, then defers. */
struct desk {
    struct bus *bus;
    struct bus_token token;
    int failures;
    int runs;
    /* what came of it */
    enum bus_outcome outcome;
    struct bus_error error;
    char text[BUS_ERROR_TEXT_SIZE];
    uint32_t attempts;
    bool dead_lettered;
    int completions;
};

static enum bus_verdict on_add_desk(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct desk *desk = context;

    (void)request;
    if (++desk->runs <= desk->failures)
        return BUS_RETRY;
    return bus_delivery_defer(delivery, &desk->token);
}

static void note_end(void *context, const struct probe_add_result *result)
{
    struct desk *desk = context;

    desk->completions++;
    desk->outcome = result->run.outcome;
    desk->error = result->run.error;
    desk->attempts = result->run.attempts;
    desk->dead_lettered = result->run.dead_lettered;
    memcpy(desk->text, result->run.error_text, sizeof desk->text);
}

/* Executes one command; its handler has deferred it when this returns. */
static void open_desk(struct desk *desk, struct bus_policy policy)
{
    const struct bus_policy_override overrides[] = {{&probe_add_type, policy}};

    desk->bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = overrides, .policy_count = 1});
    assert_int_equal(bus_start(desk->bus), BUS_OK);
    assert_int_equal(probe_add_handle(desk->bus, on_add_desk, desk, NULL), BUS_OK);
    assert_int_equal(
        probe_add_execute_async(desk->bus, &(struct probe_add){.a = 1}, NULL, note_end, desk),
        BUS_QUEUED);
    for (int i = 0; i <= desk->failures; i++) {
        (void)poll_all(desk->bus);
        frozen_advance(BUS_SECOND);
    }
    assert_int_equal(desk->runs, desk->failures + 1);
    assert_int_equal(desk->completions, 0);
}

static void close_desk(struct desk *desk)
{
    (void)poll_all(desk->bus);
    assert_int_equal(desk->completions, 1);
    assert_balanced(desk->bus);
    finish_bus(&desk->bus);
}

static void note_report(void *context, const struct bus_error_report *report)
{
    struct bus_error_report *last = context;

    *last = *report;
    last->error.text = NULL;
}

static struct bus_error_report last_report(struct bus *bus, uint64_t expected)
{
    struct bus_error_report report = {0};

    assert_int_equal(bus_errors_each(bus, note_report, &report), expected);
    return report;
}

struct seen {
    struct bus *bus;
    struct bus_dead_letter letter;
    char text[256];
};

static bool note_letter(void *context, const struct bus_dead_letter *letter)
{
    struct seen *seen = context;

    seen->letter = *letter;
    (void)bus_dead_letter_text(seen->bus, letter, seen->text, sizeof seen->text);
    return true;
}

static struct seen only_letter(struct bus *bus)
{
    struct seen seen = {.bus = bus};
    uint64_t shown = 0;

    assert_int_equal(bus_dead_letters_each(bus, NULL, note_letter, &seen, &shown), BUS_OK);
    assert_int_equal(shown, 1);
    return seen;
}

static const struct bus_policy patient = {
    .retries = 5, .backoff_first_ns = BUS_MILLISECOND, .jitter = BUS_JITTER_NONE};

/* They index tables. */
static void numbers_out_of_bounds_are_put_right(void **state)
{
    struct desk desk = {0};
    const struct bus_error error = {
        .category = (enum bus_category)9999, .severity = (enum bus_severity)777, .text = "odd"};
    struct bus_error_report report;
    struct bus_health health;

    (void)state;
    open_desk(&desk, (struct bus_policy){0});
    assert_int_equal(bus_token_fail(desk.token, &error), BUS_OK);
    report = last_report(desk.bus, 1);
    assert_int_equal(report.error.category, BUS_CATEGORY_PROCESSING);
    assert_int_equal(report.error.severity, BUS_SEVERITY_MEDIUM);
    assert_int_equal(bus_health(desk.bus, &health), BUS_OK);
    assert_int_equal(health.errors_by_category[BUS_CATEGORY_PROCESSING], 1);
    assert_int_equal(only_letter(desk.bus).letter.error.category, BUS_CATEGORY_PROCESSING);
    close_desk(&desk);
    assert_int_equal(desk.error.category, BUS_CATEGORY_PROCESSING);
}

static void a_resource_is_critical_at_once_by_category(void **state)
{
    struct desk desk = {0};
    const struct bus_error error = {.category = BUS_CATEGORY_RESOURCE, .text = "no disk"};
    struct bus_health health;

    (void)state;
    open_desk(&desk, (struct bus_policy){.by_category = true});
    assert_int_equal(bus_token_fail(desk.token, &error), BUS_OK);
    assert_int_equal(last_report(desk.bus, 1).error.severity, BUS_SEVERITY_CRITICAL);
    assert_int_equal(bus_health(desk.bus, &health), BUS_OK);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    close_desk(&desk);
    assert_int_equal(desk.error.severity, BUS_SEVERITY_CRITICAL);
}

static void a_failed_token_is_the_last_word(void **state)
{
    struct desk desk = {.failures = 1};
    const struct bus_error error = {.transient = true, .text = "no line"};
    struct bus_health health;
    struct seen seen;

    (void)state;
    open_desk(&desk, patient);
    frozen_advance(BUS_SECOND);
    assert_int_equal(bus_token_fail(desk.token, &error), BUS_OK);
    (void)poll_all(desk.bus);
    frozen_advance(10 * BUS_SECOND);
    (void)poll_all(desk.bus);
    assert_int_equal(desk.runs, 2);
    assert_string_equal(desk.text, "failed after 2 attempts: no line");
    assert_int_equal(desk.attempts, 2);
    assert_true(desk.dead_lettered);
    seen = only_letter(desk.bus);
    assert_int_equal(seen.letter.reason, BUS_LETTER_FAILED);
    assert_int_equal(seen.letter.attempts, 2);
    assert_true(seen.letter.last_ns - seen.letter.first_ns >= 3 * BUS_SECOND);
    assert_int_equal(account_of(desk.bus, &probe_add_type).calls, 2);
    assert_int_equal(account_of(desk.bus, &probe_add_type).calls_failed, 2);
    assert_int_equal(bus_health(desk.bus, &health), BUS_OK);
    assert_true(health.error_rate == 1.0);
    assert_int_equal(health.recoveries_begun, 1);
    assert_int_equal(health.recoveries_failed, 1);
    close_desk(&desk);
}

static void an_answer_after_a_retry_is_a_recovery(void **state)
{
    struct desk desk = {.failures = 1};
    struct bus_health health;

    (void)state;
    open_desk(&desk, patient);
    assert_false(last_report(desk.bus, 1).recovered);
    assert_int_equal(probe_add_complete_return(desk.token, &(struct probe_add_ok){.sum = 1}),
                     BUS_OK);
    (void)poll_all(desk.bus);
    assert_true(last_report(desk.bus, 1).recovered);
    assert_int_equal(bus_health(desk.bus, &health), BUS_OK);
    assert_int_equal(health.recoveries_begun, 1);
    assert_int_equal(health.recoveries_succeeded, 1);
    assert_true(health.recovery_rate == 1.0);
    close_desk(&desk);
    assert_int_equal(desk.outcome, BUS_ANSWERED);
}

static void the_handler_goes(void **state)
{
    struct desk desk = {0};
    struct seen seen;

    (void)state;
    open_desk(&desk, (struct bus_policy){0});
    assert_int_equal(probe_add_unhandle(desk.bus, on_add_desk, &desk, (struct bus_session){0, 0}),
                     BUS_OK);
    (void)poll_all(desk.bus);
    assert_int_equal(desk.outcome, BUS_FAULTED);
    assert_int_equal(desk.error.code, BUS_FAULT_HANDLER_GONE);
    assert_true(desk.dead_lettered);
    seen = only_letter(desk.bus);
    assert_int_equal(seen.letter.reason, BUS_LETTER_HANDLER_GONE);
    assert_non_null(strstr(seen.text, "handler gone after 1 runs"));
    /* No run of it failed. */
    assert_int_equal(account_of(desk.bus, &probe_add_type).calls_failed, 0);
    (void)last_report(desk.bus, 0);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_out_of_bounds_are_put_right),
        cmocka_unit_test(a_resource_is_critical_at_once_by_category),
        cmocka_unit_test(a_failed_token_is_the_last_word),
        cmocka_unit_test(an_answer_after_a_retry_is_a_recovery),
        cmocka_unit_test(the_handler_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
