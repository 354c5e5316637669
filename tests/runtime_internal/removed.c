/*
 * A handler that is gone does not run, though a list that is still in use names it: one that went
 * during the dispatch, and one whose list could not be replaced for want of memory.
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removed_during_dispatch),
        cmocka_unit_test(removed_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
