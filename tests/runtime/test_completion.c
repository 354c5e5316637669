/*
 * Commands that are queued with a completion, and commands at the ends of a bus's life.
 * covers: B7
 */
#include "support.h"

static struct bus_message_options within(uint64_t ns)
{
    return (struct bus_message_options){.deadline_ns = ns};
}

/* Answers 99 with 1, fails all else. */
static enum bus_verdict on_add_fault(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    struct probe_add_ok ok = {.sum = 1};

    (void)context;
    if (request->a == 99)
        return probe_add_return(delivery, &ok);
    return bus_fail(delivery, &(struct bus_error){.code = 42});
}

struct completion {
    struct latch called;
    enum bus_outcome outcome;
    enum probe_add_answer answer;
    uint32_t sum;
    int32_t code;
    pthread_t thread;
};

static void on_added(void *context, const struct probe_add_result *result)
{
    struct completion *completion = context;

    completion->outcome = result->run.outcome;
    completion->answer = result->answer;
    if (result->answer == PROBE_ADD_OK)
        completion->sum = result->ok.sum;
    completion->code = result->run.error.code;
    completion->thread = pthread_self();
    latch_add(&completion->called, 1);
}

static void completion_is_called_once(void **state)
{
    struct bus *bus = open_workers(1);
    struct completion completion = {.called = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 4, .b = 5}, NULL,
                                             on_added, &completion),
                     BUS_QUEUED);
    assert_true(latch_wait(&completion.called, 1));
    assert_int_equal(completion.outcome, BUS_ANSWERED);
    assert_int_equal(completion.sum, 9);
    assert_false(pthread_equal(completion.thread, pthread_self()));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&completion.called), 1);
    finish_bus(&bus);
}

static void completion_on_a_polled_bus(void **state)
{
    struct bus *bus = open_polled();
    struct completion completion = {.called = LATCH_INITIALIZER};
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_fault, NULL, NULL), BUS_OK);
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 99}, NULL, on_added, &completion),
        BUS_QUEUED);
    assert_int_equal(latch_count(&completion.called), 0);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 1);
    assert_int_equal(completion.sum, 1);
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, on_added, &completion),
        BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 2);
    assert_int_equal(completion.outcome, BUS_FAULTED);
    assert_int_equal(completion.code, 42);
    /* Without a handler: refused, or accepted and completed; never both, never neither. */
    assert_int_equal(probe_add_unhandle(bus, on_add_fault, NULL, (struct bus_session){0, 0}),
                     BUS_OK);
    outcome =
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, on_added, &completion);
    poll_all(bus);
    if (bus_accepted(outcome)) {
        assert_int_equal(latch_count(&completion.called), 3);
        assert_int_equal(completion.outcome, BUS_NO_HANDLER);
    } else {
        assert_int_equal(outcome, BUS_NO_HANDLER);
        assert_int_equal(latch_count(&completion.called), 2);
    }
    finish_bus(&bus);
}

/* A queued command that can't run any more still completes. covers: B7 */
static void completion_when_stopped(void **state)
{
    struct bus *bus = open_polled();
    struct completion completions[3] = {{.called = LATCH_INITIALIZER},
                                        {.called = LATCH_INITIALIZER},
                                        {.called = LATCH_INITIALIZER}};
    struct bus_left left;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 1, .b = 1}, NULL,
                                                 on_added, &completions[i]),
                         BUS_QUEUED);
    (void)bus_stop(bus, 1, &left);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(latch_count(&completions[i].called), 1);
        assert_true(completions[i].outcome == BUS_CLOSED || completions[i].outcome == BUS_ANSWERED);
    }
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* The handler is unregistered while a command for it is queued. covers: B1, B7 */
static void handler_goes_while_a_command_waits(void **state)
{
    struct bus *bus = open_polled();
    struct completion completion = {.called = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 1, .b = 1}, NULL,
                                             on_added, &completion),
                     BUS_QUEUED);
    assert_int_equal(probe_add_unhandle(bus, on_add, NULL, (struct bus_session){0, 0}), BUS_OK);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 1);
    assert_int_equal(completion.outcome, BUS_NO_HANDLER);
    assert_int_equal(account_of(bus, &probe_add_type).failed, 1);
    finish_bus(&bus);
}

static void execute_after_stop_is_closed(void **state)
{
    struct bus *bus = open_workers(1);
    struct probe_add_result result;
    struct completion completion = {.called = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 1}, &result), BUS_CLOSED);
    assert_int_equal(result.run.outcome, BUS_CLOSED);
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, NULL, on_added, &completion),
        BUS_CLOSED);
    assert_int_equal(latch_count(&completion.called), 0);
    finish_bus(&bus);
}

/* Commands before start: nobody waits for a worker that does not run. */
static void execute_before_start(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1});
    struct probe_add_result result;
    struct completion completion = {.called = LATCH_INITIALIZER};
    struct bus_message_options options = within(20 * BUS_MILLISECOND);
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    outcome = probe_add_execute_with(bus, &(struct probe_add){.a = 1}, &options, &result);
    assert_true(outcome == BUS_TIMEOUT || outcome == BUS_CLOSED || outcome == BUS_REJECTED ||
                outcome == BUS_WOULD_DEADLOCK);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 2, .b = 2}, NULL,
                                             on_added, &completion),
                     BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_true(latch_wait(&completion.called, 1));
    assert_int_equal(completion.sum, 4);
    finish_bus(&bus);
}

/* Waiting commands are bounded. covers: I1 */
static void waiting_commands_are_bounded(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .commands_max = 4});
    struct completion completion = {.called = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 1, .b = 1}, NULL,
                                                 on_added, &completion),
                         BUS_QUEUED);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 1, .b = 1}, NULL,
                                             on_added, &completion),
                     BUS_REJECTED);
    assert_int_equal(poll_all(bus), 4);
    assert_int_equal(latch_count(&completion.called), 4);
    assert_int_equal(probe_add_execute_async(bus, &(struct probe_add){.a = 1, .b = 1}, NULL,
                                             on_added, &completion),
                     BUS_QUEUED);
    poll_all(bus);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completion_is_called_once),
        cmocka_unit_test(completion_on_a_polled_bus),
        cmocka_unit_test(completion_when_stopped),
        cmocka_unit_test(handler_goes_while_a_command_waits),
        cmocka_unit_test(execute_after_stop_is_closed),
        cmocka_unit_test(execute_before_start),
        cmocka_unit_test(waiting_commands_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
