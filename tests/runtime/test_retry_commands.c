/*
 * A failed command runs again: on its caller, who waits himself, or in its worker, which does not.
 *
 * covers: A2 B3 F3 F4 F5 I6
 */
#include "support.h"

#include <stdio.h>

#include <bus/dead_letters.h>
#include <bus/health.h>
#include <bus/simulation.h>
#include <bus_system.bus.h>

#define MS BUS_MILLISECOND

struct flaky {
    _Atomic uint64_t fails;
    _Atomic uint64_t runs;
    bool permanent;
};

static enum bus_verdict on_square(void *context, const struct probe_square *request,
                                  struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    atomic_fetch_add(&flaky->runs, 1);
    if (atomic_load(&flaky->fails) == 0)
        return probe_square_return(
            delivery,
            &(struct probe_square_ok){.value = (uint64_t)request->value * request->value});
    atomic_fetch_sub(&flaky->fails, 1);
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                  .code = 111,
                                                  .transient = !flaky->permanent,
                                                  .text = "the line is cut"});
}

/* Text comes from the kept message. */
static enum bus_verdict on_echo(void *context, const struct probe_echo *request,
                                struct bus_delivery *delivery)
{
    struct flaky *flaky = context;

    atomic_fetch_add(&flaky->runs, 1);
    if (atomic_load(&flaky->fails) == 0)
        return probe_echo_return(delivery, &(struct probe_echo_ok){.text = request->text});
    atomic_fetch_sub(&flaky->fails, 1);
    return BUS_RETRY;
}

static struct bus_os os;
static uint64_t jumped;

static bool jump(void *context, const bus_os_word *word, bus_os_word expected, uint64_t deadline_ns)
{
    uint64_t now = os.monotonic_ns(context);

    if (*word != expected)
        return true;
    if (deadline_ns != UINT64_MAX && deadline_ns > now) {
        frozen_advance(deadline_ns - now);
        jumped += deadline_ns - now;
    }
    return false;
}

static const struct bus_policy plain = {.retries = 3, .jitter = BUS_JITTER_NONE};

static struct bus *open_with(struct bus_options options)
{
    struct bus_policy_override overrides[] = {
        {&probe_square_type, plain}, {&probe_echo_type, plain}, {&probe_hurry_type, plain}};
    struct bus *bus;

    os = *frozen_os();
    os.wait = jump;
    jumped = 0;
    options.os = &os;
    options.polled = true;
    options.policies = overrides;
    options.policy_count = 3;
    options.missing_handlers_allowed = true;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static const struct bus_handler_options beside = {.concurrent = true};

static uint64_t letters_of(struct bus *bus)
{
    struct bus_dead_letter_figures figures;

    assert_int_equal(bus_dead_letter_figures_read(bus, &figures), BUS_OK);
    return figures.added;
}

/* ---- on the caller ---- */

static void a_caller_waits_between_runs(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 2};
    struct probe_square_result result;

    (void)state;
    assert_int_equal(probe_square_handle(bus, on_square, &flaky, &beside), BUS_OK);
    assert_int_equal(probe_square_execute(bus, &(struct probe_square){.value = 7}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.run.attempts, 3);
    assert_int_equal(result.ok.value, 49);
    assert_int_equal(flaky.runs, 3);
    assert_int_equal(jumped, 300 * MS);
    assert_int_equal(account_of(bus, &probe_square_type).processed, 1);
    assert_int_equal(letters_of(bus), 0);
    finish_bus(&bus);
}

static void the_last_failure_says_how_often_it_was_tried(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 99};
    struct probe_square_result result;

    (void)state;
    assert_int_equal(probe_square_handle(bus, on_square, &flaky, &beside), BUS_OK);
    assert_int_equal(probe_square_execute(bus, &(struct probe_square){.value = 7}, &result),
                     BUS_FAULTED);
    assert_string_equal(result.run.error.text, "failed after 4 attempts: the line is cut");
    assert_int_equal(result.run.attempts, 4);
    assert_true(result.run.dead_lettered);
    assert_int_equal(flaky.runs, 4);
    assert_int_equal(account_of(bus, &probe_square_type).failed, 1);
    assert_int_equal(letters_of(bus), 1);
    flaky.permanent = true;
    assert_int_equal(probe_square_execute(bus, &(struct probe_square){.value = 7}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.attempts, 1);
    assert_string_equal(result.run.error.text, "the line is cut");
    finish_bus(&bus);
}

static void a_caller_does_not_wait_beyond_the_deadline(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct bus_message_options soon = {.deadline_ns = 150 * MS};
    struct flaky flaky = {.fails = 99};
    struct probe_square_result result;

    (void)state;
    assert_int_equal(probe_square_handle(bus, on_square, &flaky, &beside), BUS_OK);
    assert_int_equal(
        probe_square_execute_with(bus, &(struct probe_square){.value = 7}, &soon, &result),
        BUS_FAULTED);
    assert_int_equal(result.run.attempts, 2);
    assert_true(jumped < 150 * MS);
    finish_bus(&bus);
}

/* ---- in the worker ---- */

struct seen {
    uint64_t count;
    enum bus_outcome outcome;
    uint32_t attempts;
    char text[64];
};

static void on_echoed(void *context, const struct probe_echo_result *result)
{
    struct seen *seen = context;

    seen->count++;
    seen->outcome = result->run.outcome;
    seen->attempts = result->run.attempts;
    (void)snprintf(seen->text, sizeof seen->text, "%.*s",
                   result->run.outcome == BUS_ANSWERED ? (int)result->ok.text.size : 60,
                   result->run.outcome == BUS_ANSWERED ? result->ok.text.data
                                                       : result->run.error.text);
}

static void send(struct bus *bus, struct seen *seen)
{
    struct probe_echo request = {.text = bus_cstr("hear me")};

    assert_int_equal(probe_echo_execute_async(bus, &request, NULL, on_echoed, seen), BUS_QUEUED);
    (void)poll_all(bus);
}

static void pass(struct bus *bus, uint64_t ms)
{
    for (; ms > 0; ms--) {
        frozen_advance(MS);
        (void)poll_all(bus);
        assert_balanced(bus);
    }
}

static void a_queued_command_is_held_between_runs(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 2};
    struct seen seen = {0};

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    send(bus, &seen);
    assert_int_equal(account_of(bus, &probe_echo_type).held, 1);
    pass(bus, 299);
    assert_int_equal(seen.count, 0);
    pass(bus, 10);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.outcome, BUS_ANSWERED);
    assert_int_equal(seen.attempts, 3);
    assert_string_equal(seen.text, "hear me");
    assert_int_equal(account_of(bus, &probe_echo_type).processed, 1);
    assert_int_equal(account_of(bus, &probe_echo_type).held, 0);
    flaky.fails = 99;
    send(bus, &seen);
    pass(bus, 701);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.outcome, BUS_FAULTED);
    assert_int_equal(seen.attempts, 4);
    assert_string_equal(seen.text, "failed after 4 attempts: the handler asked for another try");
    assert_int_equal(letters_of(bus), 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void a_handler_that_goes_fails_what_it_held(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 99};
    struct seen seen = {0};

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    send(bus, &seen);
    assert_int_equal(probe_echo_unhandle(bus, on_echo, &flaky, (struct bus_session){0, 0}), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.outcome, BUS_FAULTED);
    assert_int_equal(flaky.runs, 1);
    assert_int_equal(account_of(bus, &probe_echo_type).failed, 1);
    finish_bus(&bus);
}

static void stop_answers_what_is_held(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 99};
    struct seen seen = {0};
    struct bus_left left;

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    send(bus, &seen);
    assert_int_equal(bus_stop(bus, 0, &left), BUS_ERR_TIMEOUT);
    assert_int_equal(left.messages, 1);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.outcome, BUS_CLOSED);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(seen.count, 1);
}

/* B3: once per command, not per run. */
struct told {
    uint64_t started, results;
    uint32_t attempts;
};

static enum bus_verdict on_started(void *context, const struct bus_system_command_started *event,
                                   struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ((struct told *)context)->started++;
    return BUS_DONE;
}

static enum bus_verdict on_result(void *context, const struct bus_system_command_result *event,
                                  struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->results++;
    told->attempts = event->attempts;
    return BUS_DONE;
}

static void begin_and_end_are_told_once(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 2};
    struct told told = {0};
    struct seen seen = {0};
    struct probe_square_result result;

    (void)state;
    assert_int_equal(bus_system_command_started_subscribe(bus, on_started, &told, NULL), BUS_OK);
    assert_int_equal(bus_system_command_result_subscribe(bus, on_result, &told, NULL), BUS_OK);
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    assert_int_equal(probe_square_handle(bus, on_square, &flaky, &beside), BUS_OK);
    send(bus, &seen);
    pass(bus, 400);
    assert_int_equal(told.started, 1);
    assert_int_equal(told.results, 1);
    assert_int_equal(told.attempts, 3);
    flaky.fails = 99;
    bus_ignore(probe_square_execute(bus, &(struct probe_square){.value = 7}, &result));
    (void)poll_all(bus);
    assert_int_equal(told.started, 2);
    assert_int_equal(told.results, 2);
    assert_int_equal(told.attempts, 4);
    finish_bus(&bus);
}

/* With threads: the waiter waits on, his worker does other things. */
static void a_waiting_caller_gets_the_answer_of_a_later_run(void **state)
{
    const struct bus_policy quick = {.retries = 3, .backoff_first_ns = MS};
    struct bus_policy_override override = {&probe_echo_type, quick};
    struct flaky flaky = {.fails = 0};
    struct probe_echo_result result;
    struct bus *bus;

    (void)state;
    bus = open_bus(&(struct bus_options){.policies = &override, .policy_count = 1});
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int i = 0; i < 50; i++) {
        atomic_store(&flaky.fails, 3);
        assert_int_equal(
            probe_echo_execute(bus, &(struct probe_echo){.text = bus_cstr("hear me")}, &result),
            BUS_ANSWERED);
        assert_int_equal(result.run.attempts, 4);
        assert_int_equal(result.ok.text.size, 7);
    }
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* ---- an answer that finds no room ---- */

struct crowd {
    struct bus *bus;
    uint8_t data[8192];
    uint32_t runs, refused, answered;
};

/* The first run fills the pool before it answers; what it published goes after it. */
static enum bus_verdict on_fetch(void *context, const struct probe_fetch *request,
                                 struct bus_delivery *delivery)
{
    struct crowd *crowd = context;
    struct probe_bulked bulk = {.data = {crowd->data, 6000}};
    struct probe_fetch_ok ok = {.data = {crowd->data, request->size}};
    enum bus_verdict verdict;

    if (crowd->runs++ == 0)
        while (bus_accepted(probe_bulked_publish(crowd->bus, &bulk)))
            ;
    verdict = probe_fetch_return(delivery, &ok);
    crowd->answered += verdict == BUS_DONE;
    crowd->refused += verdict == BUS_FAULT;
    return verdict;
}

/* Executes it in virtual time, which it returns. */
static uint64_t fetch(struct crowd *crowd, uint32_t retries, struct probe_fetch_result *result)
{
    static uint64_t buffer[8400 / 8];
    const struct bus_policy policy = {.retries = retries, .jitter = BUS_JITTER_NONE};
    const struct bus_policy_override override = {&probe_fetch_type, policy};
    const struct probe_fetch request = {.size = 6000};
    struct bus_simulation *simulation = NULL;
    uint64_t took;

    assert_int_equal(bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = 1}),
                     BUS_OK);
    crowd->bus = open_bus(&(struct bus_options){.os = bus_simulation_os(simulation),
                                                .pool_bytes = 1, /* the least */
                                                .policies = &override,
                                                .policy_count = 1});
    assert_int_equal(probe_fetch_handle(crowd->bus, on_fetch, crowd, NULL), BUS_OK);
    assert_int_equal(bus_start(crowd->bus), BUS_OK);
    bus_ignore(probe_fetch_execute_into(crowd->bus, &request, NULL, result, buffer, sizeof buffer));
    took = bus_simulation_now(simulation);
    assert_int_equal(bus_wait_idle(crowd->bus, BUS_SECOND), BUS_OK);
    assert_balanced(crowd->bus);
    assert_int_equal(letters_of(crowd->bus), result->run.dead_lettered);
    assert_int_equal(stats_of(crowd->bus).pool_bytes_used, 0);
    finish_bus(&crowd->bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    return took;
}

/* Its run has failed, though the handler has done its work: it runs again; one answer counts. */
static void an_answer_without_room_is_a_failed_run(void **state)
{
    static struct crowd crowd, other;
    struct probe_fetch_result result;

    (void)state;
    assert_in_range(fetch(&crowd, 3, &result), 100 * MS, 101 * MS);
    assert_int_equal(result.run.outcome, BUS_ANSWERED);
    assert_int_equal(result.ok.data.size, 6000);
    assert_int_equal(result.run.attempts, 2);
    assert_int_equal(crowd.refused, 1);
    assert_int_equal(crowd.answered, 1);
    assert_in_range(fetch(&other, 0, &result), 0, MS);
    assert_int_equal(result.run.outcome, BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_MEMORY);
    assert_true(result.run.error.transient);
    assert_true(result.run.dead_lettered);
    assert_int_equal(other.runs, 1);
    assert_int_equal(other.answered, 0);
}

/* ---- no time for the next run ---- */

static bool see_letter(void *context, const struct bus_dead_letter *letter)
{
    struct bus_dead_letter *seen = context;

    *seen = *letter;
    return true;
}

/* It was planned for in time, but its worker was not free: a letter, as that of an event. What was
 * to be tried again did not succeed. covers: F4 H1 K8 */
static void a_deadline_that_comes_before_the_next_run(void **state)
{
    struct bus *bus = open_with((struct bus_options){0});
    struct flaky flaky = {.fails = 1};
    struct seen seen = {0};
    struct bus_message_options options = {.deadline_ns = 200 * MS};
    struct bus_dead_letter letter = {.number = 0};
    struct bus_health health;

    (void)state;
    assert_int_equal(probe_echo_handle(bus, on_echo, &flaky, NULL), BUS_OK);
    assert_int_equal(probe_echo_execute_async(bus,
                                              &(struct probe_echo){.text = bus_cstr("hear me")},
                                              &options, on_echoed, &seen),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(account_of(bus, &probe_echo_type).held, 1);
    frozen_advance(500 * MS);
    (void)poll_all(bus);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.outcome, BUS_TIMEOUT);
    assert_int_equal(seen.attempts, 1);
    assert_string_equal(seen.text, "the deadline passed before the command's next run");
    assert_int_equal(flaky.runs, 1);
    assert_int_equal(bus_dead_letters_each(bus, NULL, see_letter, &letter, NULL), BUS_OK);
    assert_int_equal(letter.number, 1);
    assert_int_equal(letter.reason, BUS_LETTER_EXPIRED);
    assert_int_equal(letter.attempts, 1);
    assert_int_equal(letter.error.code, BUS_FAULT_BARE); /* of its last run */
    assert_int_equal(account_of(bus, &probe_echo_type).expired, 1);
    assert_int_equal(bus_health(bus, &health), BUS_OK);
    assert_int_equal(health.recoveries_begun, 1);
    assert_int_equal(health.recoveries_failed, 1);
    assert_true(health.recovery_rate == 0.0);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_caller_waits_between_runs),
        cmocka_unit_test(the_last_failure_says_how_often_it_was_tried),
        cmocka_unit_test(a_caller_does_not_wait_beyond_the_deadline),
        cmocka_unit_test(a_queued_command_is_held_between_runs),
        cmocka_unit_test(a_handler_that_goes_fails_what_it_held),
        cmocka_unit_test(stop_answers_what_is_held),
        cmocka_unit_test(begin_and_end_are_told_once),
        cmocka_unit_test(a_waiting_caller_gets_the_answer_of_a_later_run),
        cmocka_unit_test(an_answer_without_room_is_a_failed_run),
        cmocka_unit_test(a_deadline_that_comes_before_the_next_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
