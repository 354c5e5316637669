/* The whole way once: open, attach, publish, execute, stop, close; with 1, 2 and 4 workers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "probe.bus.h"

struct seen {
    uint64_t count;
    uint64_t sum;
};

static enum bus_verdict on_ping(void *context, const struct probe_ping *event,
                                struct bus_delivery *delivery)
{
    struct seen *seen = context;

    (void)delivery;
    seen->count++;
    seen->sum += event->number;
    return BUS_DONE;
}

static enum bus_verdict on_add(void *context, const struct probe_add *request,
                               struct bus_delivery *delivery)
{
    (void)context;
    if (request->left > 1000)
        return probe_add_fail_too_much(delivery, &(struct probe_add_too_much){.most = 1000});
    if (request->left == 666)
        return bus_fail(delivery, &(struct bus_error){.code = 6, .text = "no"});
    return probe_add_return(delivery,
                            &(struct probe_add_ok){.sum = (uint64_t)request->left + request->right,
                                                   .note = bus_cstr("fine")});
}

static enum bus_verdict on_bare(void *context, const struct probe_bare *request,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

static void the_whole_way(uint32_t workers)
{
    struct bus *bus = NULL;
    struct seen seen = {0, 0};
    struct probe_add_result result;
    struct bus_account account;
    struct bus_left left;
    uint64_t i;

    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = workers}), BUS_OK);
    assert_int_equal(probe_calculator_attach(
                         bus, &(struct probe_calculator){.add = on_add, .bare = on_bare}, NULL),
                     BUS_OK);
    assert_int_equal(probe_ears_attach(bus, &(struct probe_ears){.on_ping = on_ping}, &seen),
                     BUS_OK);
    for (i = 0; i < 100; i++)
        assert_int_equal(probe_ping_publish(bus, &(struct probe_ping){.number = i}), BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 100; i < 5000; i++)
        assert_int_equal(
            probe_ping_publish(bus, &(struct probe_ping){.number = i, .text = bus_cstr("hello")}),
            BUS_QUEUED);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.left = 2, .right = 3}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.answer, PROBE_ADD_OK);
    assert_int_equal(result.ok.sum, 5);
    assert_string_equal(result.ok.note.data, "fine");
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.left = 2000}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.answer, PROBE_ADD_TOO_MUCH);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.left = 666}, &result),
                     BUS_FAULTED);
    assert_string_equal(result.run.error.text, "no");
    assert_int_equal(bus_wait_idle(bus, 10 * BUS_SECOND), BUS_OK);
    assert_int_equal(seen.count, 5000);
    assert_int_equal(seen.sum, 4999 * 5000 / 2);
    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
    assert_int_equal(account.accepted, 5003);
    assert_int_equal(account.failed, 1);
    assert_int_equal(bus_stop(bus, 10 * BUS_SECOND, &left), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_null(bus);
}

static void one_worker(void **state)
{
    (void)state;
    the_whole_way(1);
}

static void four_workers(void **state)
{
    (void)state;
    the_whole_way(2);
    the_whole_way(4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker),
        cmocka_unit_test(four_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
