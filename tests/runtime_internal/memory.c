/*
 * Every allocation of every public call fails once, and from then on: the right status, nothing
 * leaks, and the bus goes on when there is memory again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>

#include "probe.bus.h"

#include "support.h"

static enum bus_verdict on_add(void *context, const struct probe_add *request,
                               struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return probe_add_return(delivery, NULL);
}

static enum bus_verdict on_bare(void *context, const struct probe_bare *request,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

static enum bus_verdict on_ping(void *context, const struct probe_ping *event,
                                struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    atomic_fetch_add_u32(context, 1); /* several handlers share it */
    return BUS_DONE;
}

static enum bus_verdict on_basket(void *context, const struct probe_basket *event,
                                  struct bus_delivery *delivery)
{
    (void)event;
    (void)delivery;
    atomic_fetch_add_u32(context, 1); /* several handlers share it */
    return BUS_DONE;
}

static void on_answer(void *context, const struct probe_add_result *result)
{
    (void)result;
    atomic_fetch_add_u32(context, 1); /* several handlers share it */
}

static void see_account(void *context, const struct bus_message_type *type,
                        const struct bus_account *account)
{
    (void)type;
    *(bool *)context = *(bool *)context && bus_account_balances(account);
}

/* A call either works or says that memory is the reason. */
static bool works(enum bus_status status)
{
    if (status != BUS_OK) {
        assert_int_equal(status, BUS_ERR_MEMORY);
        assert_true(strlen(bus_last_error()) > 0);
    }
    return status == BUS_OK;
}

static void use_started(struct bus *bus, uint32_t *promised, uint32_t *answered)
{
    const struct probe_item items[2] = {{.name = bus_cstr("a"), .count = 1}, {.count = 2}};
    struct probe_add_result result;
    struct bus_claim claim;
    enum bus_outcome outcome;
    uint32_t i;

    bus_ignore(probe_ping_publish(bus, &(struct probe_ping){.number = 1}));
    bus_ignore(probe_basket_publish(bus, &(struct probe_basket){.items = {items, 2}}));
    outcome = probe_add_execute(bus, &(struct probe_add){.left = 1}, &result);
    assert_true(outcome == BUS_ANSWERED || outcome == BUS_FAULTED || outcome == BUS_REJECTED ||
                outcome == BUS_NO_HANDLER);
    if (outcome == BUS_FAULTED)
        assert_int_equal(result.run.error.category, BUS_CATEGORY_RESOURCE);
    *promised += bus_accepted(
        probe_add_execute_async(bus, &(struct probe_add){.left = 1}, NULL, on_answer, answered));
    for (i = 0; i < 12; i++)
        bus_ignore(probe_newest_publish(bus, &(struct probe_newest){.number = i}));
    outcome = probe_ping_claim(bus, &(struct probe_ping){.text = {NULL, 5}}, NULL, &claim);
    if (bus_accepted(outcome))
        assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
}

/* One life of a bus; the memory may fail anywhere. */
static void one_life(struct test_os *test, bool polled)
{
    const struct bus_options options = {.polled = polled,
                                        .workers = polled ? 1 : 2,
                                        .schema = &probe_schema,
                                        .missing_handlers_allowed = true,
                                        .capacity = {8, 8, 8, 8, 8},
                                        .os = &test->os};
    uint32_t seen = 0, promised = 0, answered = 0, ran;
    struct bus *bus = NULL;
    struct bus_account account;
    struct bus_session session;
    bool balanced = true;

    if (!works(bus_open(&bus, &options))) {
        assert_null(bus);
        return;
    }
    (void)works(probe_calculator_attach(
        bus, &(struct probe_calculator){.add = on_add, .bare = on_bare}, NULL));
    (void)works(probe_ping_subscribe(bus, on_ping, &seen, NULL));
    (void)works(probe_basket_subscribe(bus, on_basket, &seen, NULL));
    assert_int_equal(bus_session_open(bus, &session), BUS_OK);
    (void)works(probe_ping_subscribe(bus, on_ping, &seen,
                                     &(struct bus_handler_options){.session = session}));
    bus_ignore(probe_ping_publish(bus, &(struct probe_ping){.number = 1}));
    assert_int_equal(bus_start(bus), BUS_OK);
    use_started(bus, &promised, &answered);
    /* Unregistering needs no memory to be right. */
    assert_int_equal(bus_session_close(bus, session), BUS_OK);
    if (polled) {
        enum bus_status status = bus_poll(bus, 0, &ran);

        assert_true(status == BUS_OK || status == BUS_ERR_LIMIT || status == BUS_ERR_MEMORY);
    } else {
        assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    }
    (void)works(bus_audit(bus, 20 * BUS_SECOND, see_account, &balanced));
    assert_true(balanced);
    (void)bus_stop(bus, BUS_SECOND, NULL);
    assert_int_equal(answered, promised);
    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void *life_of_a_thread(void *argument)
{
    struct test_os *test = argument;

    one_life(test, true);
    one_life(test, false);
    return NULL;
}

static void each_fails(bool for_good)
{
    struct test_os test;
    uint64_t all, i;
    pthread_t thread;

    test_os_init(&test);
    life_of_a_thread(&test);
    all = test.memory.taken;
    assert_int_equal(test.memory.bytes, 0);
    for (i = 1; i <= all; i++) {
        test_os_init(&test);
        test.memory.fail_at = i;
        test.memory.for_good = for_good;
        assert_int_equal(pthread_create(&thread, NULL, life_of_a_thread, &test), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(test.memory.bytes, 0);
    }
}

static void each_fails_once(void **state)
{
    (void)state;
    each_fails(false);
}

static void each_fails_for_good(void **state)
{
    (void)state;
    each_fails(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fails_once),
        cmocka_unit_test(each_fails_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
