/*
 * Which handlers run, and where: one that is gone does not, though a list that is still in use
 * names it; serial ones at home only; keys at their worker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "probe.bus.h"

#include "support.h"

struct listener {
    uint32_t calls;
    struct listener *removes; /* this one, when called */
    enum bus_status status;
};

static enum bus_verdict heard(void *context, const struct probe_ping *event,
                              struct bus_delivery *delivery)
{
    struct listener *listener = context;

    (void)event;
    listener->calls++;
    if (listener->removes != NULL)
        listener->status = probe_ping_unsubscribe(bus_delivery_bus(delivery), heard,
                                                  listener->removes, (struct bus_session){0, 0});
    listener->removes = NULL;
    return BUS_DONE;
}

static void ping_once(struct bus *bus)
{
    assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = 1}), BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
}

/* The first handler of a message unregisters the second: it will not run. covers: E4 */
static void removed_during_dispatch(void **state)
{
    struct listener second = {0};
    struct listener first = {.removes = &second, .status = BUS_ERR_STATE};
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true}), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, heard, &first, NULL), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, heard, &second, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    ping_once(bus);
    assert_int_equal(first.status, BUS_OK);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 0);
    ping_once(bus);
    assert_int_equal(first.calls, 2);
    assert_int_equal(second.calls, 0);
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* Unregistering needs no memory to hold. covers: E4 */
static void removed_without_memory(void **state)
{
    struct bus_session none = {0, 0};
    struct listener first = {0}, second = {0};
    struct test_os test;
    struct bus *bus = NULL;

    (void)state;
    test_os_init(&test);
    assert_int_equal(bus_open(&bus, &(struct bus_options){.polled = true, .os = &test.os}), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, heard, &first, NULL), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, heard, &second, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    ping_once(bus);
    test.memory.fail_at = test.memory.taken + 1;
    test.memory.for_good = true;
    assert_int_equal(probe_ping_unsubscribe(bus, heard, &first, none), BUS_OK);
    assert_true(test.memory.taken >= test.memory.fail_at);
    test.memory.fail_at = 0;
    ping_once(bus);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 2);
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(test.memory.bytes, 0);
}

/* ---- the right worker ---- */

static struct bus *open_stepped(struct test_os *test)
{
    struct bus *bus = NULL;

    test_os_init(test);
    test->no_threads = true;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2, .os = &test->os}), BUS_OK);
    return bus;
}

static void close_stepped(struct bus *bus)
{
    uint32_t i;

    for (i = 0; i < 2; i++) {
        while (worker_step(&bus->workers[i], bus->threads[i]))
            continue;
        atomic_store_release_u32(&bus->workers[i].exited, 1);
    }
    assert_int_equal(bus_stop(bus, BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* What was buffered goes to the worker of its key, as what follows does. covers: C4, D5 */
static void buffered_keys_find_their_worker(void **state)
{
    uint64_t expected[2] = {0, 0};
    struct probe_ping ping = {0};
    struct test_os test;
    struct bus *bus = open_stepped(&test);

    (void)state;
    for (ping.number = 1; ping.number <= 16; ping.number++) {
        expected[probe_ping_type.key(&ping) % 2]++;
        assert_int_equal(probe_ping_publish(bus, &ping), BUS_BUFFERED);
    }
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_true(expected[0] > 0 && expected[1] > 0);
    assert_int_equal(worker_size(&bus->workers[0]), expected[0]);
    assert_int_equal(worker_size(&bus->workers[1]), expected[1]);
    close_stepped(bus);
}

/* A serial handler attached after the publish does not run where the message lies, if that is not
 * its worker: no two of its unit's handlers would be kept apart. covers: D8 */
static void serial_handler_runs_at_home_only(void **state)
{
    struct listener listener = {0};
    struct probe_ping ping = {.number = 1};
    struct test_os test;
    struct bus *bus = open_stepped(&test);

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_publish(bus, &ping), BUS_QUEUED);
    while (probe_ping_type.key(&ping) % 2 != 1)
        ping.number++;
    assert_int_equal(probe_ping_publish(bus, &ping), BUS_QUEUED);
    assert_int_equal(probe_ping_subscribe(bus, heard, &listener, NULL), BUS_OK);
    assert_int_equal(bus->units->home, 0);
    while (worker_step(&bus->workers[1], bus->threads[1]))
        continue;
    assert_int_equal(listener.calls, 0);
    assert_int_equal(probe_ping_publish(bus, &ping), BUS_QUEUED);
    assert_false(worker_step(&bus->workers[1], bus->threads[1]));
    assert_true(worker_step(&bus->workers[0], bus->threads[0]));
    assert_int_not_equal(listener.calls, 0);
    close_stepped(bus);
}

static enum bus_verdict answers_and_fails(void *context, const struct probe_add *request,
                                          struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return probe_add_return(delivery, NULL) == BUS_DONE ? BUS_FAULT : BUS_REJECT;
}

/* An answer that nobody gets gives its block back. covers: B11 */
static void answer_of_a_fault_is_given_back(void **state)
{
    struct probe_add_result result;
    struct bus_stats stats;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(bus, answers_and_fails, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){0}, &result), BUS_FAULTED);
    assert_int_equal(bus_stop(bus, 20 * BUS_SECOND, NULL), BUS_OK);
    assert_int_equal(bus_stats(bus, &stats), BUS_OK);
    assert_int_equal(stats.pool_bytes_used, 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_during_dispatch),
        cmocka_unit_test(removed_without_memory),
        cmocka_unit_test(buffered_keys_find_their_worker),
        cmocka_unit_test(serial_handler_runs_at_home_only),
        cmocka_unit_test(answer_of_a_fault_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
