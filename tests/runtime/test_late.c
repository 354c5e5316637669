/*
 * Runs that take longer than the timeout of their message. The clock is the tests' own; handlers
 * move it.
 * covers: F8
 */
#include "support.h"

static const struct bus_policy_override timeouts[] = {
    {.type = &probe_add_type, .policy = {.timeout_ns = BUS_SECOND}},
    {.type = &probe_ticked_type, .policy = {.timeout_ns = BUS_SECOND}},
};

struct pace {
    uint64_t takes_ns;
    bool defer;
    struct bus_token token;
    uint32_t called;
    enum bus_outcome outcome;
    int32_t code;
    bool transient;
};

static enum bus_verdict on_add_slow(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct pace *pace = context;

    frozen_advance(pace->takes_ns);
    if (pace->defer)
        return bus_delivery_defer(delivery, &pace->token);
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a});
}

static enum bus_verdict on_ticked_slow(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    frozen_advance(((const struct pace *)context)->takes_ns);
    return BUS_DONE;
}

static void on_added(void *context, const struct probe_add_result *result)
{
    struct pace *pace = context;

    pace->called++;
    pace->outcome = result->run.outcome;
    pace->code = result->run.error.code;
    pace->transient = result->run.error.transient;
}

static struct bus *open_paced(struct pace *pace)
{
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = timeouts, .policy_count = 2});

    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_slow, pace, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_slow, pace, NULL), BUS_OK);
    return bus;
}

static void run_async(struct bus *bus, struct pace *pace, uint64_t takes_ns)
{
    pace->takes_ns = takes_ns;
    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 4}, NULL, on_added, pace),
        BUS_QUEUED);
    poll_all(bus);
}

static void a_late_answer_is_a_fault(void **state)
{
    struct pace pace = {0};
    struct bus *bus = open_paced(&pace);

    (void)state;
    run_async(bus, &pace, BUS_SECOND);
    assert_int_equal(pace.outcome, BUS_ANSWERED);
    run_async(bus, &pace, BUS_SECOND + 1);
    assert_int_equal(pace.called, 2);
    assert_int_equal(pace.outcome, BUS_FAULTED);
    assert_int_equal(pace.code, BUS_FAULT_LATE);
    assert_true(pace.transient);
    assert_int_equal(account_of(bus, &probe_add_type).calls_late, 1);
    assert_int_equal(account_of(bus, &probe_add_type).calls_failed, 1);
    assert_int_equal(account_of(bus, &probe_add_type).failed, 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void a_late_event_has_failed(void **state)
{
    struct pace pace = {.takes_ns = 2 * BUS_SECOND};
    struct bus *bus = open_paced(&pace);

    (void)state;
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(account_of(bus, &probe_ticked_type).calls_late, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    finish_bus(&bus);
}

/* On its caller: who waits is served, as long as he waits. */
static void on_its_caller_a_success_counts(void **state)
{
    struct pace pace = {.takes_ns = 5 * BUS_SECOND};
    struct bus *bus = open_paced(&pace);
    struct bus_message_options hurry = {.deadline_ns = 2 * BUS_SECOND};
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 4}, &result), BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 4);
    assert_int_equal(account_of(bus, &probe_add_type).calls_late, 1);
    assert_int_equal(account_of(bus, &probe_add_type).calls_failed, 0);
    assert_int_equal(probe_add_execute_with(bus, &(struct probe_add){.a = 4}, &hurry, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_LATE);
    assert_int_equal(account_of(bus, &probe_add_type).calls_late, 2);
    finish_bus(&bus);
}

/* A handler that deferred has returned: the deadline bounds its answer, not the timeout. */
static void a_deferred_run_is_over(void **state)
{
    struct pace pace = {.defer = true};
    struct bus *bus = open_paced(&pace);

    (void)state;
    run_async(bus, &pace, 0);
    frozen_advance(5 * BUS_SECOND);
    assert_int_equal(probe_add_complete_return(pace.token, NULL), BUS_OK);
    poll_all(bus);
    assert_int_equal(pace.outcome, BUS_ANSWERED);
    assert_int_equal(account_of(bus, &probe_add_type).calls_late, 0);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_answer_is_a_fault),
        cmocka_unit_test(a_late_event_has_failed),
        cmocka_unit_test(on_its_caller_a_success_counts),
        cmocka_unit_test(a_deferred_run_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
