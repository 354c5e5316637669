/*
 * Whose handlers run first at one order: those of a session, then those of the bus.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "probe.bus.h"

#include "support.h"

#define PATIENCE (20 * BUS_SECOND)

struct scopes {
    uint32_t session_ran;
    uint32_t out_of_turn;
};

static enum bus_verdict in_session(void *context, const struct probe_ping *event,
                                   struct bus_delivery *delivery)
{
    struct scopes *scopes = context;

    (void)event;
    (void)delivery;
    atomic_store_release_u32(&scopes->session_ran, 1);
    return BUS_DONE;
}

static enum bus_verdict bus_level(void *context, const struct probe_ping *event,
                                  struct bus_delivery *delivery)
{
    struct scopes *scopes = *(struct scopes **)context;

    (void)event;
    (void)delivery;
    if (atomic_load_acquire_u32(&scopes->session_ran) == 0)
        atomic_fetch_add_u32(&scopes->out_of_turn, 1);
    return BUS_DONE;
}

/* Session handlers come before those of the bus, parallel or not. covers: D3 */
static void session_before_a_parallel_group(void **state)
{
    struct bus_handler_options together = {.concurrent = true, .parallel = true};
    struct bus_handler_options own = {.concurrent = true};
    struct scopes scopes = {0};
    struct scopes *first = &scopes, *second = &scopes;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.workers = 2}), BUS_OK);
    assert_int_equal(bus_session_open(bus, &own.session), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, bus_level, &first, &together), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, bus_level, &second, &together), BUS_OK);
    assert_int_equal(probe_ping_subscribe(bus, in_session, &scopes, &own), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ping_publish_and_wait(
                         bus, &(struct probe_ping){.number = 1},
                         &(struct bus_message_options){.session = own.session}, PATIENCE),
                     BUS_QUEUED);
    assert_int_equal(scopes.session_ran, 1);
    assert_int_equal(scopes.out_of_turn, 0);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_before_a_parallel_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
