/*
 * What the category of a fault leads to, and what numbers say about their category.
 * covers: K1, K2, K3, K8, K9, F3
 */
#include <bus/health.h>

#include <errno.h>

#include "core/registry.h"
#include "guard/errors.h"
#include "guard/recovery.h"
#include "path/path.h"
#include "support.h"

static const struct bus_policy by_category = {
    .by_category = true, .jitter = BUS_JITTER_NONE, .timeout_ns = 100 * BUS_MILLISECOND};

static struct bus *open_by_category(void)
{
    struct bus_policy_override override = {.type = &probe_ticked_type, .policy = by_category};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .schema = &probe_schema,
                                                     .policies = &override,
                                                     .policy_count = 1,
                                                     .missing_handlers_allowed = true,
                                                     .os = frozen_os()});

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

/* The delay in ms after so many runs; -1: no further run. */
static int64_t plan(struct bus *bus, enum bus_category category, bool transient, uint32_t attempts)
{
    struct bus_error error = {.category = category, .transient = transient, .text = ""};
    uint64_t delay_ns = 0;

    if (!recovery_plan(thread_here(bus), route_find(bus, &probe_ticked_type), &error, attempts,
                       &delay_ns))
        return -1;
    return (int64_t)(delay_ns / BUS_MILLISECOND);
}

/* covers: K3 */
static void each_category_has_its_way(void **state)
{
    static const struct {
        enum bus_category category;
        int64_t delays[5];
    } ways[] = {
        {BUS_CATEGORY_CONNECTION, {2000, 4000, 8000, -1, -1}},
        {BUS_CATEGORY_PROCESSING, {1000, 2000, -1, -1, -1}},
        {BUS_CATEGORY_TIMEOUT, {1500, 2250, -1, -1, -1}},
        {BUS_CATEGORY_SERIALIZATION, {500, -1, -1, -1, -1}},
        {BUS_CATEGORY_QUEUE, {100, 150, -1, -1, -1}},
        {BUS_CATEGORY_RESOURCE, {-1, -1, -1, -1, -1}},
        {BUS_CATEGORY_AUTH, {-1, -1, -1, -1, -1}},
        {BUS_CATEGORY_CONFIG, {-1, -1, -1, -1, -1}},
    };
    struct bus *bus = open_by_category();

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        for (uint32_t attempts = 1; attempts <= 5; attempts++) {
            assert_int_equal(plan(bus, ways[i].category, true, attempts),
                             ways[i].delays[attempts - 1]);
            assert_int_equal(plan(bus, ways[i].category, false, attempts), -1); /* F3 */
        }
    finish_bus(&bus);
}

/* covers: K3: the allowed time grows by half with each run */
static void a_later_run_gets_more_time(void **state)
{
    struct bus_policy endless = by_category, plain = by_category;

    (void)state;
    plain.by_category = false;
    endless.timeout_ns = UINT64_MAX;
    assert_int_equal(recovery_timeout_ns(&by_category, 1), 100 * BUS_MILLISECOND);
    assert_int_equal(recovery_timeout_ns(&by_category, 2), 150 * BUS_MILLISECOND);
    assert_int_equal(recovery_timeout_ns(&by_category, 3), 225 * BUS_MILLISECOND);
    assert_true(recovery_timeout_ns(&by_category, 1001) > BUS_SECOND);
    assert_int_equal(recovery_timeout_ns(&plain, 3), 100 * BUS_MILLISECOND);
    assert_int_equal(recovery_timeout_ns(&endless, 9), UINT64_MAX);
    assert_int_equal(recovery_timeout_ns(&(struct bus_policy){.by_category = true}, 3), 0);
}

struct strategy {
    enum bus_recovery_step step;
    uint64_t delay_ns; /* 0: leave it */
    uint32_t calls;
    struct bus_failure last;
    uint64_t offered_ns;
};

static enum bus_recovery_step follow(void *context, const struct bus_failure *failure,
                                     uint64_t *delay_ns)
{
    struct strategy *strategy = context;

    strategy->calls++;
    strategy->last = *failure;
    strategy->offered_ns = *delay_ns;
    if (strategy->delay_ns != 0)
        *delay_ns = strategy->delay_ns;
    return strategy->step;
}

/* covers: K3 */
static void own_strategies_can_be_installed(void **state)
{
    struct bus *bus = open_by_category();
    struct strategy strategy = {.step = BUS_RECOVERY_DEFAULT};
    struct bus_recovery recovery;

    (void)state;
    assert_int_equal(bus_recovery_get(bus, BUS_CATEGORY_CONNECTION, &recovery), BUS_OK);
    assert_int_equal(recovery.retries, 3);
    assert_null(recovery.hook);
    recovery.hook = follow;
    recovery.context = &strategy;
    recovery.retries = 1;
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_CONNECTION, &recovery), BUS_OK);
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, true, 1), 2000);
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, true, 2), -1);
    assert_int_equal(strategy.calls, 2);
    assert_ptr_equal(strategy.last.type, &probe_ticked_type);
    assert_int_equal(strategy.last.attempts, 2);
    assert_int_equal(strategy.offered_ns, 4 * BUS_SECOND);
    assert_int_equal(plan(bus, BUS_CATEGORY_PROCESSING, true, 1), 1000); /* not asked */
    assert_int_equal(strategy.calls, 2);

    strategy.step = BUS_RECOVERY_RETRY; /* it changed something */
    strategy.delay_ns = 7 * BUS_MILLISECOND;
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, false, 2), 7);
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, false, 1001), -1); /* not for ever */
    strategy.step = BUS_RECOVERY_GIVE_UP;
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, true, 1), -1);

    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_CONNECTION, NULL), BUS_OK);
    assert_int_equal(plan(bus, BUS_CATEGORY_CONNECTION, true, 3), 8000);
    finish_bus(&bus);
}

/* covers: K3 */
static void wrong_strategies_are_refused(void **state)
{
    struct bus *bus = open_by_category();
    struct bus_recovery recovery = {.retries = 1001, .factor = 1};
    struct bus *off = open_bus(&(struct bus_options){.polled = true, .no_error_handling = true});

    (void)state;
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_QUEUE, &recovery), BUS_ERR_INVALID);
    recovery = (struct bus_recovery){.factor = 0.5};
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_QUEUE, &recovery), BUS_ERR_INVALID);
    recovery = (struct bus_recovery){.factor = 1, .first_ns = 2, .most_ns = 1};
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_QUEUE, &recovery), BUS_ERR_INVALID);
    recovery = (struct bus_recovery){.factor = 1};
    assert_int_equal(bus_recovery_set(bus, (enum bus_category)BUS_CATEGORIES, &recovery),
                     BUS_ERR_INVALID);
    assert_int_equal(bus_recovery_set(NULL, BUS_CATEGORY_QUEUE, &recovery), BUS_ERR_INVALID);
    assert_int_equal(bus_recovery_get(bus, BUS_CATEGORY_QUEUE, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_recovery_set(off, BUS_CATEGORY_QUEUE, &recovery), BUS_ERR_STATE);
    assert_int_equal(plan(bus, BUS_CATEGORY_QUEUE, true, 1), 100);
    assert_int_equal(bus_close(&off), BUS_OK);
    finish_bus(&bus);
}

static enum bus_verdict on_ticked_resource(void *context, const struct probe_ticked *event,
                                           struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                                  .severity = BUS_SEVERITY_LOW});
}

static void keep_last(void *context, const struct bus_error_report *report)
{
    *(struct bus_error_report *)context = *report;
}

/* covers: K3 */
static void resources_are_critical_at_once(void **state)
{
    struct bus *bus = open_by_category();
    struct bus_error_report report = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_resource, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 1);
    assert_int_equal(report.error.severity, BUS_SEVERITY_CRITICAL);
    finish_bus(&bus);
}

/* ---- in motion ---- */

/* Fails until its line is up. */
struct line {
    bool up;
    enum bus_category category;
    bool permanent;
    uint32_t runs;
    uint32_t hooks;
};

static enum bus_verdict on_ticked_line(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    struct line *line = context;

    (void)event;
    line->runs++;
    if (line->up)
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = line->category,
                                                  .transient = !line->permanent,
                                                  .text = "no line"});
}

static void pass(struct bus *bus, uint64_t ms)
{
    frozen_advance(ms * BUS_MILLISECOND);
    (void)poll_all(bus);
}

static struct bus_health health_of(struct bus *bus)
{
    struct bus_health health;

    assert_int_equal(bus_health(bus, &health), BUS_OK);
    return health;
}

static void see_recovered(void *context, const struct bus_error_report *report)
{
    uint32_t *marks = context;

    marks[0] += report->recovering;
    marks[1] += report->recovered;
    marks[2] = report->attempt;
}

/* covers: K1, K3 */
static void a_line_that_comes_back(void **state)
{
    struct bus *bus = open_by_category();
    struct line line = {.category = BUS_CATEGORY_CONNECTION};
    struct bus_health health;
    uint32_t marks[3] = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_line, &line, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 1999);
    assert_int_equal(line.runs, 1);
    pass(bus, 1);
    assert_int_equal(line.runs, 2);
    line.up = true;
    health = health_of(bus);
    assert_int_equal(health.recoveries_begun, 1);
    assert_int_equal(health.recoveries_succeeded, 0); /* not yet */
    pass(bus, 4000);
    assert_int_equal(line.runs, 3);
    health = health_of(bus);
    assert_int_equal(health.recoveries_succeeded, 1);
    assert_int_equal(health.recoveries_failed, 0);
    assert_true(health.recovery_rate >= 1);
    assert_int_equal(bus_errors_each(bus, see_recovered, marks), 2);
    assert_int_equal(marks[0], 2); /* both were followed by another run */
    assert_int_equal(marks[1], 2); /* and the last one succeeded */
    assert_int_equal(marks[2], 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 1);
    finish_bus(&bus);
}

/* covers: K3, K8; the named mistake "recovery counted as success" */
static void an_attempt_is_no_success(void **state)
{
    struct bus *bus = open_by_category();
    struct line line = {.category = BUS_CATEGORY_PROCESSING};
    struct bus_health health;
    uint32_t marks[3] = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_line, &line, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 1000);
    pass(bus, 2000);
    assert_int_equal(line.runs, 3);
    pass(bus, 60000);
    assert_int_equal(line.runs, 3);
    health = health_of(bus);
    assert_int_equal(health.recoveries_begun, 1);
    assert_int_equal(health.recoveries_succeeded, 0);
    assert_int_equal(health.recoveries_failed, 1);
    assert_true(health.recovery_rate <= 0);
    assert_int_equal(bus_errors_each(bus, see_recovered, marks), 3);
    assert_int_equal(marks[0], 2);
    assert_int_equal(marks[1], 0);
    assert_int_equal(health.dead_letters, 1); /* then a dead letter */
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 0);
    finish_bus(&bus);
}

/* Always takes 120 ms. */
static enum bus_verdict on_ticked_slow(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    ++*(uint32_t *)context;
    frozen_advance(120 * BUS_MILLISECOND);
    return BUS_DONE;
}

/* covers: K3, F8: too slow at first, but not for the half more that the next run may take */
static void a_timeout_is_tried_again_with_more_time(void **state)
{
    struct bus *bus = open_by_category();
    struct bus_error_report report = {0};
    uint32_t runs = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_slow, &runs, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(runs, 1);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 1);
    assert_int_equal(report.error.category, BUS_CATEGORY_TIMEOUT);
    pass(bus, 1500);
    assert_int_equal(runs, 2);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 1);
    assert_true(report.recovered);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 1);
    finish_bus(&bus);
}

static enum bus_recovery_step reconnect(void *context, const struct bus_failure *failure,
                                        uint64_t *delay_ns)
{
    struct line *line = context;

    (void)failure;
    (void)delay_ns;
    line->hooks++;
    line->up = line->hooks == 2;
    return BUS_RECOVERY_DEFAULT;
}

/* Another decoder reads what this one cannot, although the fault is permanent. */
static enum bus_recovery_step decode_otherwise(void *context, const struct bus_failure *failure,
                                               uint64_t *delay_ns)
{
    struct line *line = context;

    (void)delay_ns;
    line->hooks++;
    line->up = true;
    return failure->attempts == 1 ? BUS_RECOVERY_RETRY : BUS_RECOVERY_GIVE_UP;
}

/* covers: K3 */
static void hooks_change_something(void **state)
{
    struct bus *bus = open_by_category();
    struct line line = {.category = BUS_CATEGORY_CONNECTION};
    struct bus_recovery recovery;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_line, &line, NULL), BUS_OK);
    assert_int_equal(bus_recovery_get(bus, BUS_CATEGORY_CONNECTION, &recovery), BUS_OK);
    recovery.hook = reconnect;
    recovery.context = &line;
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_CONNECTION, &recovery), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(line.hooks, 1);
    pass(bus, 2000);
    pass(bus, 4000);
    assert_int_equal(line.hooks, 2);
    assert_int_equal(line.runs, 3);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 1);

    line = (struct line){.category = BUS_CATEGORY_SERIALIZATION, .permanent = true};
    assert_int_equal(bus_recovery_get(bus, BUS_CATEGORY_SERIALIZATION, &recovery), BUS_OK);
    recovery.hook = decode_otherwise;
    recovery.context = &line;
    assert_int_equal(bus_recovery_set(bus, BUS_CATEGORY_SERIALIZATION, &recovery), BUS_OK);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 500);
    assert_int_equal(line.runs, 2);
    assert_int_equal(line.hooks, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 2);
    finish_bus(&bus);
}

/* covers: K9: without error handling nothing is tried again and nothing becomes a letter */
static void nothing_recovers_when_switched_off(void **state)
{
    struct bus_policy_override override = {.type = &probe_ticked_type,
                                           .policy = {.retries = 3, .breaker_failures = 1}};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .policies = &override,
                                                     .policy_count = 1,
                                                     .os = frozen_os(),
                                                     .no_error_handling = true});
    struct line line = {.category = BUS_CATEGORY_CONNECTION};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_line, &line, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    pass(bus, 100000);
    assert_int_equal(line.runs, 2);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 2);
    assert_int_equal(health_of(bus).dead_letters, 0);
    assert_int_equal(health_of(bus).breakers_closed + health_of(bus).breakers_open, 0);
    finish_bus(&bus);
}

/* ---- classification ---- */

/* covers: K2 */
static void numbers_are_classified(void **state)
{
    struct bus_error error = bus_classify_errno(ECONNREFUSED);

    (void)state;
    assert_int_equal(error.category, BUS_CATEGORY_CONNECTION);
    assert_true(error.transient);
    assert_int_equal(error.code, ECONNREFUSED);
    assert_string_equal(error.text, "Connection refused");
    assert_int_equal(bus_classify_errno(EACCES).category, BUS_CATEGORY_AUTH);
    assert_int_equal(bus_classify_errno(ENOSPC).severity, BUS_SEVERITY_CRITICAL);
    error = bus_classify_errno(-12345);
    assert_int_equal(error.category, BUS_CATEGORY_PROCESSING);
    assert_false(error.transient);
    assert_string_equal(error.text, "unknown error");

    assert_int_equal(bus_classify_status(BUS_ERR_TIMEOUT).category, BUS_CATEGORY_TIMEOUT);
    assert_int_equal(bus_classify_status(BUS_ERR_MEMORY).category, BUS_CATEGORY_RESOURCE);
    assert_int_equal(bus_classify_status(BUS_ERR_NO_HANDLER).category, BUS_CATEGORY_CONFIG);
    assert_string_equal(bus_classify_status((enum bus_status)999).text, "unknown status");
    assert_int_equal(bus_classify_outcome(BUS_REJECTED).category, BUS_CATEGORY_QUEUE);
    assert_true(bus_classify_outcome(BUS_REJECTED).transient);
    assert_int_equal(bus_classify_outcome(BUS_INVALID).category, BUS_CATEGORY_SERIALIZATION);
    assert_false(bus_classify_outcome(BUS_INVALID).transient);
    assert_string_equal(bus_classify_outcome((enum bus_outcome)999).text, "unknown outcome");
    /* Whatever can be returned has a category and words. */
    for (int i = 0; i < BUS_OUTCOMES; i++) {
        error = bus_classify_outcome((enum bus_outcome)i);
        assert_int_equal(error.code, i);
        assert_true(strlen(error.text) > 0);
    }
    for (int i = BUS_OK; i <= BUS_ERR_BUSY; i++)
        assert_true((unsigned)bus_classify_status((enum bus_status)i).category < BUS_CATEGORIES);
}

static enum bus_verdict on_ticked_number(void *context, const struct probe_ticked *event,
                                         struct bus_delivery *delivery)
{
    (void)context;
    switch (event->number) {
    case 1:
        return bus_fail_errno(delivery, EPIPE, "send");
    case 2:
        return bus_fail_status(delivery, BUS_ERR_LIMIT, "open a session");
    default:
        return bus_fail_outcome(delivery, BUS_REJECTED, "tell others");
    }
}

/* covers: K2 */
static void handlers_fail_with_numbers(void **state)
{
    struct bus *bus = open_polled();
    struct bus_error_report report = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_number, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 1);
    assert_string_equal(report.text, "send: Broken pipe");
    assert_non_null(report.source);
    tick(bus, 2, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 2);
    assert_string_equal(report.text, "open a session: a limit of the options is reached");
    assert_int_equal(report.error.category, BUS_CATEGORY_RESOURCE);
    assert_int_equal(report.error.code, BUS_ERR_LIMIT);
    tick(bus, 3, BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(bus_errors_each(bus, keep_last, &report), 3);
    assert_string_equal(report.text, "tell others: rejected: full");
    assert_int_equal(report.error.category, BUS_CATEGORY_QUEUE);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_category_has_its_way),
        cmocka_unit_test(a_later_run_gets_more_time),
        cmocka_unit_test(own_strategies_can_be_installed),
        cmocka_unit_test(wrong_strategies_are_refused),
        cmocka_unit_test(resources_are_critical_at_once),
        cmocka_unit_test(a_line_that_comes_back),
        cmocka_unit_test(an_attempt_is_no_success),
        cmocka_unit_test(a_timeout_is_tried_again_with_more_time),
        cmocka_unit_test(hooks_change_something),
        cmocka_unit_test(nothing_recovers_when_switched_off),
        cmocka_unit_test(numbers_are_classified),
        cmocka_unit_test(handlers_fail_with_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
