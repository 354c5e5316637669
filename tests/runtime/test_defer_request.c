/*
 * The request of a command whose handler answers later, and answers that are refused.
 * covers: B8
 */
#include "support.h"

struct box {
    struct latch filled;
    struct bus_token token;
};

static enum bus_verdict on_echo_later(void *context, const struct probe_echo *request,
                                      struct bus_delivery *delivery)
{
    struct box *box = context;
    enum bus_verdict verdict = bus_delivery_defer(delivery, &box->token);

    (void)request;
    latch_add(&box->filled, 1);
    return verdict;
}

static void *execute_echo(void *argument)
{
    struct probe_echo_result result;
    struct probe_echo request = {.text = bus_cstr("hello")};
    enum bus_outcome *outcome = argument;
    struct bus *bus;

    memcpy(&bus, argument, sizeof bus);
    *outcome = probe_echo_execute(bus, &request, &result);
    if (*outcome == BUS_ANSWERED &&
        (result.ok.text.size != 5 || memcmp(result.ok.text.data, "hello", 5) != 0))
        *outcome = BUS_INVALID;
    return NULL;
}

static void the_request_stays_readable(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        uint64_t buffer[(PROBE_ECHO_SIZE_MAX + PROBE_ECHO_SCRATCH_MAX + 16) / 8];
        struct box box = {.filled = LATCH_INITIALIZER};
        struct bus *bus = open_workers(1);
        union {
            struct bus *bus;
            enum bus_outcome outcome;
        } call = {.bus = bus};
        struct probe_echo request;
        struct probe_add add;
        pthread_t caller;

        assert_int_equal(probe_echo_handle(bus, on_echo_later, &box,
                                           &(struct bus_handler_options){.concurrent = way == 1}),
                         BUS_OK);
        caller = spawn(execute_echo, &call);
        assert_true(latch_wait(&box.filled, 1));
        assert_int_equal(probe_echo_deferred_request(box.token, &request, buffer, 8),
                         BUS_ERR_LIMIT);
        assert_int_equal(probe_add_deferred_request(box.token, &add, buffer, sizeof buffer),
                         BUS_ERR_INVALID);
        assert_int_equal(probe_echo_deferred_request(box.token, &request, buffer, sizeof buffer),
                         BUS_OK);
        assert_int_equal(request.text.size, 5);
        assert_memory_equal(request.text.data, "hello", 5);
        /* What is refused changes nothing. */
        assert_int_equal(probe_add_complete_return(box.token, NULL), BUS_ERR_INVALID);
        assert_int_equal(probe_echo_complete_return(
                             box.token, &(struct probe_echo_ok){.text = {request.text.data, 1000}}),
                         BUS_ERR_INVALID);
        assert_non_null(strstr(bus_last_error(), "1000"));
        assert_int_equal(
            probe_echo_complete_return(box.token, &(struct probe_echo_ok){.text = request.text}),
            BUS_OK);
        reap(caller);
        assert_int_equal(call.outcome, BUS_ANSWERED);
        assert_int_equal(probe_echo_deferred_request(box.token, &request, buffer, sizeof buffer),
                         BUS_ERR_STATE);
        finish_bus(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_stays_readable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
