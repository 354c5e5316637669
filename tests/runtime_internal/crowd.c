/*
 * A hundred thousand held messages: what is dispatched meanwhile touches none of them, memory is
 * what bus_open reserved by itself, and when their time has come each of them runs.
 * covers: F5
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe.bus.h"

#include "support.h"

enum { CROWD = 100000, PASSERS = 20000, LOT = 100 };

/* The heap's operations, counted on their way (--wrap). */
static uint64_t adds, takes, cancels;

void __real_timers_add(struct timers *timers, struct timer *timer, uint64_t due_ns);
void __wrap_timers_add(struct timers *timers, struct timer *timer, uint64_t due_ns);
void __real_timers_cancel(struct timers *timers, struct timer *timer);
void __wrap_timers_cancel(struct timers *timers, struct timer *timer);
struct timer *__real_timers_take(struct timers *timers, uint64_t now_ns);
struct timer *__wrap_timers_take(struct timers *timers, uint64_t now_ns);

void __wrap_timers_add(struct timers *timers, struct timer *timer, uint64_t due_ns)
{
    adds++;
    __real_timers_add(timers, timer, due_ns);
}

void __wrap_timers_cancel(struct timers *timers, struct timer *timer)
{
    cancels++;
    __real_timers_cancel(timers, timer);
}

struct timer *__wrap_timers_take(struct timers *timers, uint64_t now_ns)
{
    takes++;
    return __real_timers_take(timers, now_ns);
}

struct counts {
    uint64_t runs;
    uint64_t done;
};

/* The crowd fails in its first run. */
static enum bus_verdict on_quiet(void *context, const struct probe_quiet *event,
                                 struct bus_delivery *delivery)
{
    struct counts *counts = context;
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    counts->runs++;
    if (event->number < CROWD && envelope.attempt == 1)
        return BUS_RETRY;
    counts->done++;
    return BUS_DONE;
}

static void publish_all(struct bus *bus, uint64_t from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(probe_quiet_publish(bus, &(struct probe_quiet){.number = from + i}),
                         BUS_QUEUED);
        if (i % LOT == LOT - 1)
            assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    }
}

static struct bus_account account_of(struct bus *bus)
{
    struct bus_account account;

    assert_int_equal(bus_account(bus, &probe_quiet_type, &account), BUS_OK);
    return account;
}

static struct bus *open_crowded(struct test_os *test, struct counts *counts)
{
    static const struct bus_policy_override policies[] = {
        {&probe_quiet_type,
         {.retries = 1, .backoff_first_ns = 10 * BUS_SECOND, .jitter = BUS_JITTER_NONE}}};
    struct bus_options options = {
        .polled = true,
        .os = &test->os,
        .policies = policies,
        .policy_count = 1,
        .held_max = CROWD,
    };
    struct bus *bus = NULL;

    test_os_init(test);
    test->virtual_clock = true;
    assert_int_equal(bus_open(&bus, &options), BUS_OK);
    assert_int_equal(probe_quiet_subscribe(bus, on_quiet, counts, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void a_hundred_thousand_wait_and_cost_the_others_nothing(void **state)
{
    struct counts counts = {0, 0};
    struct bus_stats before, after;
    struct test_os test;
    struct bus *bus = open_crowded(&test, &counts);
    uint64_t taken, order;

    (void)state;
    publish_all(bus, CROWD, LOT); /* this thread has its record now */
    assert_int_equal(bus_stats(bus, &before), BUS_OK);
    taken = test.memory.taken;
    publish_all(bus, 0, CROWD);
    assert_int_equal(account_of(bus).held, CROWD);
    assert_int_equal(bus->workers[0].timers.count, CROWD);
    assert_int_equal(adds, CROWD);
    adds = takes = cancels = 0;
    order = bus->workers[0].timers.order;

    publish_all(bus, CROWD, PASSERS);
    assert_int_equal(counts.done, LOT + PASSERS);
    assert_int_equal(adds + takes + cancels, 0);
    assert_int_equal(bus->workers[0].timers.order, order);
    assert_int_equal(test.memory.taken, taken);
    assert_int_equal(bus_stats(bus, &after), BUS_OK);
    assert_int_equal(after.memory_bytes, before.memory_bytes);

    test.now_ns += 10 * BUS_SECOND;
    while (account_of(bus).held != 0)
        assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(counts.done, LOT + PASSERS + CROWD);
    assert_int_equal(counts.runs, LOT + PASSERS + 2 * CROWD);
    assert_int_equal(adds, 0);
    assert_true(takes >= CROWD);
    assert_int_equal(test.memory.taken, taken);
    assert_int_equal(bus_stats(bus, &after), BUS_OK);
    assert_int_equal(after.pool_bytes_used, 0);
    assert_int_equal(bus_stop(bus, 10 * BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(test.memory.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_wait_and_cost_the_others_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
