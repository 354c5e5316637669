/*
 * How a bus says that it is not well: rates, errors, breakers, lanes, handlers that do not return.
 * covers: K8, F8, A6
 */
#include <bus/health.h>
#include <bus_system.bus.h>

#include <stdio.h>

#include "support.h"

static struct bus_health health_of(struct bus *bus)
{
    struct bus_health health;

    assert_int_equal(bus_health(bus, &health), BUS_OK);
    return health;
}

static bool has_reason(const struct bus_health *health, const char *text)
{
    for (uint32_t i = 0; i < health->reason_count; i++)
        if (strstr(health->reasons[i].text, text) != NULL)
            return true;
    return false;
}

/* Numbers from 1,000 on fail, as their last digit says. */
static enum bus_verdict on_ticked_some(void *context, const struct probe_ticked *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    if (event->number < 1000)
        return BUS_DONE;
    return bus_fail(
        delivery,
        &(struct bus_error){
            .category = event->number % 10 == 1 ? BUS_CATEGORY_TIMEOUT : BUS_CATEGORY_PROCESSING,
            .severity = event->number % 10 == 2 ? BUS_SEVERITY_CRITICAL : BUS_SEVERITY_HIGH});
}

static void run_some(struct bus *bus, uint64_t count, uint64_t number)
{
    for (; count > 0; count--)
        tick(bus, number, BUS_QUEUED);
    (void)poll_all(bus);
}

static struct bus *open_frozen(void)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});

    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_some, NULL, NULL), BUS_OK);
    return bus;
}

/* covers: K8 */
static void the_success_rate_says_it(void **state)
{
    struct bus *bus = open_frozen();
    struct bus_health health = health_of(bus);

    (void)state;
    assert_int_equal(health.state, BUS_HEALTH_OK); /* nothing happened yet */
    assert_int_equal(health.reason_count, 0);
    assert_true(health.success_rate >= 1 && health.error_rate <= 0 && health.recovery_rate >= 1);
    run_some(bus, 96, 1);
    run_some(bus, 4, 1000);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_true(health.success_rate > 0.9599 && health.success_rate < 0.9601);
    assert_true(health.error_rate > 0.0399 && health.error_rate < 0.0401);
    run_some(bus, 1, 1000); /* 96 of 101 */
    health = health_of(bus);
    assert_true(health.success_rate > 0.9504 && health.success_rate < 0.9506);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    run_some(bus, 1, 1000);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_string_equal(health.reasons[0].text, "6 of 102 messages failed");
    run_some(bus, 18, 1000); /* 24 of 120: not above 0.8 */
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_string_equal(bus_health_text(health.state), "critical");
    run_some(bus, 1, 1);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_DEGRADED);
    frozen_advance(61 * BUS_SECOND); /* what is long ago does not count */
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_int_equal(health.errors, 24);
    finish_bus(&bus);
}

/* Nobody looked for a minute; then two do, at once: both see the same. covers: K8 */
static void two_looks_see_the_same(void **state)
{
    struct bus *bus = open_frozen();

    (void)state;
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    run_some(bus, 4, 1000);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_CRITICAL);
    frozen_advance(61 * BUS_SECOND);
    for (int i = 0; i < 130; i++) {
        assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
        if (i > 2)
            frozen_advance(BUS_SECOND / 2);
    }
    finish_bus(&bus);
}

/* covers: K8 */
static void rates_are_those_of_the_last_minute(void **state)
{
    struct bus *bus = open_frozen();

    (void)state;
    run_some(bus, 100, 1000);
    for (int i = 0; i < 30; i++) { /* more looks than sums are kept */
        run_some(bus, 10, 1);
        frozen_advance(3 * BUS_SECOND);
        (void)health_of(bus);
    }
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    run_some(bus, 1000, 1000);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_CRITICAL);
    finish_bus(&bus);
}

/* covers: K8 */
static void errors_are_counted_by_kind(void **state)
{
    struct bus *bus = open_frozen();
    struct bus_health health;

    (void)state;
    run_some(bus, 1000, 1);
    run_some(bus, 3, 1000);
    run_some(bus, 2, 1001);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_int_equal(health.errors, 5);
    assert_int_equal(health.errors_by_category[BUS_CATEGORY_PROCESSING], 3);
    assert_int_equal(health.errors_by_category[BUS_CATEGORY_TIMEOUT], 2);
    assert_int_equal(health.errors_by_severity[BUS_SEVERITY_HIGH], 5);
    assert_int_equal(health.errors_per_minute, 5);
    frozen_advance(59 * BUS_SECOND);
    assert_int_equal(health_of(bus).errors_per_minute, 5);
    run_some(bus, 1, 1002);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_true(has_reason(&health, "1 critical error"));
    frozen_advance(BUS_SECOND);
    health = health_of(bus);
    assert_int_equal(health.errors_per_minute, 1);
    assert_int_equal(health.uptime_ns, 60 * BUS_SECOND);
    frozen_advance(60 * BUS_SECOND);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_int_equal(health.errors_per_minute, 0);
    finish_bus(&bus);
}

static enum bus_verdict on_add_refused(void *context, const struct probe_add *request,
                                       struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return probe_add_fail_refused(delivery);
}

/* covers: K8, B11 */
static void a_declared_failure_is_no_error(void **state)
{
    struct bus *bus = open_frozen();
    struct probe_add_result result;
    struct bus_health health;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add_refused, NULL, NULL), BUS_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 0}, &result),
                         BUS_ANSWERED);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_true(health.success_rate >= 1);
    assert_int_equal(health.errors, 0);
    finish_bus(&bus);
}

/* covers: K8 */
static void a_full_lane_degrades(void **state)
{
    struct bus_options options = {.polled = true};
    struct bus_health health;
    struct bus *bus;

    (void)state;
    options.capacity[BUS_NORMAL] = 10;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t i = 0; i < 7; i++)
        tick(bus, i, BUS_QUEUED);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    assert_true(health.queue_fill > 0.69 && health.queue_fill < 0.71);
    tick(bus, 8, BUS_QUEUED);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_true(has_reason(&health, "lane BUS_NORMAL of worker 0 holds 8 of 10"));
    (void)poll_all(bus);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    finish_bus(&bus);
}

/* covers: K8, G5 */
static void an_open_breaker_degrades(void **state)
{
    struct bus_policy_override override = {.type = &probe_ticked_type,
                                           .policy = {.breaker_failures = 2,
                                                      .breaker_open_ns = 10 * BUS_SECOND,
                                                      .on_open = BUS_ON_OPEN_DEAD_LETTER}};
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});
    struct bus_health health;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_some, NULL, NULL), BUS_OK);
    health = health_of(bus);
    assert_int_equal(health.breakers_closed, 1);
    run_some(bus, 100, 1);
    run_some(bus, 2, 1000);
    health = health_of(bus);
    assert_int_equal(health.breakers_closed, 0);
    assert_int_equal(health.breakers_open, 1);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_true(has_reason(&health, "breaker probe.ticked is open"));
    assert_int_equal(health.dead_letters, 2);
    finish_bus(&bus);
}

/* It has let one probe through, which was fine, and wants another. covers: G5 */
static void a_half_open_breaker_degrades(void **state)
{
    struct bus_policy_override override = {.type = &probe_ticked_type,
                                           .policy = {.breaker_failures = 1,
                                                      .breaker_probes = 2,
                                                      .breaker_open_ns = BUS_SECOND,
                                                      .no_dead_letters = true}};
    struct bus *bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});
    struct bus_health health;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_some, NULL, NULL), BUS_OK);
    run_some(bus, 100, 1);
    run_some(bus, 1, 1000);
    frozen_advance(BUS_SECOND);
    run_some(bus, 1, 1);
    health = health_of(bus);
    assert_int_equal(health.breakers_half_open, 1);
    assert_int_equal(health.breakers_open + health.breakers_closed, 0);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_true(has_reason(&health, "breaker probe.ticked is half-open"));
    run_some(bus, 1, 1);
    health = health_of(bus);
    assert_int_equal(health.breakers_closed, 1);
    assert_int_equal(health.state, BUS_HEALTH_OK);
    finish_bus(&bus);
}

/* ---- stuck handlers ---- */

static enum bus_verdict on_stuck(void *context, const struct bus_system_handler_stuck *event,
                                 struct bus_delivery *delivery)
{
    struct journal *journal = context;

    (void)delivery;
    journal_add(journal, (uint64_t)event->running_ns / BUS_SECOND);
    return bus_fail(delivery, NULL); /* which must lead to nothing more */
}

/* The last names that on_stuck_names saw; handlers do not assert. */
static char stuck_message[64], stuck_handler[64];
static uint32_t stuck_worker;

static enum bus_verdict on_stuck_names(void *context, const struct bus_system_handler_stuck *event,
                                       struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    (void)snprintf(stuck_message, sizeof stuck_message, "%s", event->message.data);
    (void)snprintf(stuck_handler, sizeof stuck_handler, "%s", event->handler.data);
    stuck_worker = event->worker;
    return BUS_DONE;
}

/* Two workers, one of which is held inside a handler of ticked; the other one hears of it. */
static struct bus *open_held(struct hold *hold, struct journal *told, uint64_t timeout_ns)
{
    struct bus_policy_override override = {.type = &probe_ticked_type,
                                           .policy = {.timeout_ns = timeout_ns}};
    struct bus *bus = open_bus(&(struct bus_options){
        .workers = 2, .os = frozen_os(), .policies = &override, .policy_count = timeout_ns != 0});

    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, hold, NULL), BUS_OK);
    assert_int_equal(bus_system_handler_stuck_subscribe(bus, on_stuck, told, NULL), BUS_OK);
    assert_int_equal(bus_system_handler_stuck_subscribe(bus, on_stuck_names, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold->entered, 1));
    return bus;
}

static void let_go(struct bus **bus, struct hold *hold)
{
    latch_add(&hold->let_go, 1);
    assert_int_equal(bus_wait_idle(*bus, PATIENCE), BUS_OK);
    assert_int_equal(health_of(*bus).stuck, 0);
    finish_bus(bus);
}

/* covers: K8, F8: a stuck handler is noticed, told once, degrades, then is critical */
static void a_stuck_handler_degrades_then_is_critical(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct journal told = JOURNAL_INITIALIZER;
    struct bus *bus = open_held(&hold, &told, 0);
    struct bus_health health;

    (void)state;
    health = health_of(bus); /* seen from now on, or by the watchdog a moment ago */
    assert_int_equal(health.state, BUS_HEALTH_OK);
    frozen_advance(29 * BUS_SECOND);
    assert_int_equal(health_of(bus).stuck, 0);
    frozen_advance(BUS_SECOND);
    health = health_of(bus);
    assert_int_equal(health.stuck, 1);
    assert_int_equal(health.stuck_ns, 30 * BUS_SECOND);
    assert_string_equal(health.stuck_handler, "probe.ticked");
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_true(has_reason(&health, "1 handlers are stuck: probe.ticked, for 30 s"));
    frozen_advance(30 * BUS_SECOND);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_true(latch_wait(&told.latch, 1));
    let_go(&bus, &hold);
    assert_int_equal(latch_count(&told.latch), 1); /* once, and no more of its own failure */
    assert_true(told.entries[0] == 30);
    assert_string_equal(stuck_message, "probe.ticked");
    assert_string_equal(stuck_handler, "probe.ticked");
    assert_true(stuck_worker < 2);
}

/* covers: F8: the timeout of the handler itself counts */
static void its_own_timeout_counts(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct journal told = JOURNAL_INITIALIZER;
    struct bus *bus = open_held(&hold, &told, 2 * BUS_SECOND);

    (void)state;
    assert_int_equal(health_of(bus).stuck, 0);
    frozen_advance(2 * BUS_SECOND);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_DEGRADED);
    frozen_advance(2 * BUS_SECOND);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_CRITICAL);
    assert_true(latch_wait(&told.latch, 1));
    let_go(&bus, &hold);
}

/* covers: F8: the watchdog sees it without anybody asking */
static void the_watchdog_looks_by_itself(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct journal told = JOURNAL_INITIALIZER;
    struct bus *bus = open_held(&hold, &told, 0);

    (void)state;
    for (int i = 0; i < 30000 && latch_count(&told.latch) == 0; i++) {
        frozen_advance(BUS_SECOND);
        (void)latch_wait_for(&told.latch, 1, BUS_MILLISECOND);
    }
    assert_int_equal(latch_count(&told.latch), 1);
    let_go(&bus, &hold);
}

static enum bus_verdict on_ticked_other(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    frozen_advance(20 * BUS_SECOND); /* long, but it returns */
    return BUS_DONE;
}

/* covers: F8: one run after the other is not one long run */
static void busy_is_not_stuck(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_other, NULL, NULL), BUS_OK);
    for (uint64_t i = 0; i < 10; i++) {
        run_some(bus, 1, i);
        assert_int_equal(health_of(bus).stuck, 0);
    }
    finish_bus(&bus);
}

static enum bus_verdict on_ticked_ask(void *context, const struct probe_ticked *event,
                                      struct bus_delivery *delivery)
{
    struct bus_health *health = context;
    struct bus *bus = bus_delivery_bus(delivery);

    (void)event;
    bus_health(bus, health);
    frozen_advance(45 * BUS_SECOND);
    bus_health(bus, health);
    return BUS_DONE;
}

/* covers: K8: a polled bus has no watchdog; health looks, inside a handler too */
static void health_looks_where_nobody_else_does(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct bus_health seen;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_ask, &seen, NULL), BUS_OK);
    run_some(bus, 1, 1);
    assert_int_equal(seen.stuck, 1);
    assert_int_equal(seen.state, BUS_HEALTH_DEGRADED);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    finish_bus(&bus);
}

/* ---- without ---- */

/* covers: K9 */
static void it_can_be_switched_off(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct bus *bus =
        open_bus(&(struct bus_options){.os = frozen_os(), .watchdog_ns = BUS_WATCHDOG_NONE});
    struct bus_health health;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    (void)health_of(bus);
    frozen_advance(3600 * BUS_SECOND);
    health = health_of(bus);
    assert_int_equal(health.stuck, 0);
    let_go(&bus, &hold);

    bus = open_bus(&(struct bus_options){.polled = true, .no_error_handling = true});
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_some, NULL, NULL), BUS_OK);
    run_some(bus, 1, 1000);
    health = health_of(bus); /* what accounts say remains */
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_int_equal(health.errors, 0);
    finish_bus(&bus);
}

/* covers: K8 */
static void wrong_use_is_refused(void **state)
{
    struct bus *bus = open_polled();
    struct bus_health health;

    (void)state;
    assert_int_equal(bus_health(NULL, &health), BUS_ERR_INVALID);
    assert_int_equal(bus_health(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_OK);
    assert_true(health_of(bus).stopped);
    assert_int_equal(bus_close(&bus), BUS_OK);
    bus = open_bus(&(struct bus_options){.workers = 2});
    health = health_of(bus); /* not started yet */
    assert_int_equal(health.uptime_ns, 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_string_equal(bus_health_text(BUS_HEALTH_OK), "healthy");
    assert_string_equal(bus_health_text((enum bus_health_state)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_success_rate_says_it),
        cmocka_unit_test(two_looks_see_the_same),
        cmocka_unit_test(rates_are_those_of_the_last_minute),
        cmocka_unit_test(errors_are_counted_by_kind),
        cmocka_unit_test(a_declared_failure_is_no_error),
        cmocka_unit_test(a_full_lane_degrades),
        cmocka_unit_test(an_open_breaker_degrades),
        cmocka_unit_test(a_half_open_breaker_degrades),
        cmocka_unit_test(a_stuck_handler_degrades_then_is_critical),
        cmocka_unit_test(its_own_timeout_counts),
        cmocka_unit_test(the_watchdog_looks_by_itself),
        cmocka_unit_test(busy_is_not_stuck),
        cmocka_unit_test(health_looks_where_nobody_else_does),
        cmocka_unit_test(it_can_be_switched_off),
        cmocka_unit_test(wrong_use_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
