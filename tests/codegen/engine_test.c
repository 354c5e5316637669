/*
 * engine_test.c - what busgen writes and what the engine makes of it fit together: every kind of
 * command answer, programs, components of both kinds, claims, views, keys.
 *
 * covers: A1, A2, B11, C7, E5
 */
#define BUS_VIEWS
#include "every.bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct seen {
    uint32_t scalars;
    uint32_t vectors;
    uint32_t unions;
    uint32_t last_size;
};

/* ---- the handlers that the program wants ---- */

enum bus_verdict every_worker_do_work(void *context, const struct every_do_work *request,
                                      struct bus_delivery *delivery)
{
    struct every_leaf leaves[2] = {{.name = bus_cstr("one"), .weight = 1.0f},
                                   {.name = bus_cstr("two"), .weight = 2.0f}};
    struct every_do_work_ok ok = {.when_done_ns = 5, .results = {leaves, 2}};

    (void)context;
    if (request->payload.size == 1)
        return every_do_work_fail_broken(delivery);
    if (request->payload.size == 2) {
        struct every_do_work_busy busy = {.retry_after_ns = 77};

        return every_do_work_fail_busy(delivery, &busy);
    }
    if (request->payload.size == 3)
        return BUS_DONE; /* forgets to answer */
    ok.choice.type = EVERY_ANYTHING_LEAF;
    ok.choice.leaf.name = bus_cstr("chosen");
    return every_do_work_return(delivery, &ok);
}

enum bus_verdict every_worker_only_fails(void *context, const struct every_only_fails *request,
                                         struct bus_delivery *delivery)
{
    struct every_only_fails_coded coded = {.code = -3};

    (void)context;
    if (request->key == 1)
        return every_only_fails_fail_never(delivery);
    if (request->key == 2)
        return every_only_fails_fail_coded(delivery, &coded);
    return every_only_fails_return(delivery);
}

enum bus_verdict every_worker_return_empty(void *context, const struct every_return_empty *request,
                                           struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return every_return_empty_return(delivery);
}

enum bus_verdict every_worker_return_much(void *context, const struct every_return_much *request,
                                          struct bus_delivery *delivery)
{
    static char text[100000];
    struct every_return_much_ok ok = {.text = {text, sizeof(text)}};

    (void)context;
    (void)request;
    memset(text, 'x', sizeof(text));
    return every_return_much_return(delivery, &ok);
}

enum bus_verdict every_worker_rest(void *context, const struct every_rest *request,
                                   struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

enum bus_verdict every_worker_on_scalars_seen(void *context, const struct every_scalars_seen *event,
                                              struct bus_delivery *delivery)
{
    struct seen *seen = context;

    (void)delivery;
    seen->scalars += event->a_u32;
    seen->last_size = event->a_string.size;
    return BUS_DONE;
}

enum bus_verdict every_watcher_do_nothing(void *context, const struct every_do_nothing *request,
                                          struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_DONE;
}

enum bus_verdict every_watcher_on_vectors_seen(void *context,
                                               const struct every_vectors_seen *event,
                                               struct bus_delivery *delivery)
{
    struct seen *seen = context;

    (void)delivery;
    for (uint32_t i = 0; i < event->v_u16.size; i++)
        seen->vectors += event->v_u16.data[i];
    return BUS_DONE;
}

enum bus_verdict every_watcher_on_unions_seen(void *context, const struct every_unions_seen *event,
                                              struct bus_delivery *delivery)
{
    struct seen *seen = context;
    uint32_t size;
    struct bus_view view = every_unions_seen_view(bus_delivery_bytes(delivery, &size));

    seen->unions += event->first.type == EVERY_ANYTHING_SMALL_ONE && event->first.small_one.on;
    assert_int_equal(every_unions_seen_view_renamed(view), event->renamed);
    return BUS_DONE;
}

/* ---- the tests ---- */

static struct seen seen;
static struct bus *bus;

static int start(void **state)
{
    struct every_server_contexts contexts = {.worker = &seen, .watcher = &seen};
    struct bus_options options = {.workers = 1};

    (void)state;
    seen = (struct seen){0};
    if (every_server_open(&bus, &options, &contexts) != BUS_OK || bus_start(bus) != BUS_OK) {
        print_error("%s\n", bus_last_error());
        return -1;
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    bus_stop(bus, 5 * BUS_SECOND, NULL);
    return bus_close(&bus) == BUS_OK ? 0 : -1;
}

static void test_answers(void **state)
{
    static const uint8_t payload[4] = {1, 2, 3, 4};
    struct every_do_work request = {.payload = {payload, 4}};
    struct every_do_work_result result;

    (void)state;
    assert_int_equal(every_do_work_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_DO_WORK_OK);
    assert_int_equal(result.ok.when_done_ns, 5);
    assert_int_equal(result.ok.results.size, 2);
    assert_string_equal(result.ok.results.data[1].name.data, "two");
    assert_int_equal(result.ok.choice.type, EVERY_ANYTHING_LEAF);
    assert_string_equal(result.ok.choice.leaf.name.data, "chosen");
    assert_int_equal(result.run.attempts, 1);

    request.payload.size = 1;
    assert_int_equal(every_do_work_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_DO_WORK_BROKEN);
    request.payload.size = 2;
    assert_int_equal(every_do_work_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_DO_WORK_BUSY);
    assert_int_equal(result.busy.retry_after_ns, 77);
    request.payload.size = 3;
    assert_int_equal(every_do_work_execute(bus, &request, &result), BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_NO_ANSWER);
    assert_int_equal(result.answer, EVERY_DO_WORK_NO_ANSWER);
}

static void test_answers_that_carry_nothing(void **state)
{
    struct every_only_fails request = {.key = 0};
    struct every_only_fails_result result;
    struct every_return_empty empty = {0};
    struct every_return_empty_result empty_result;
    struct every_do_nothing nothing = {0};
    struct every_do_nothing_result nothing_result;
    struct every_rest rest = {.how_long_ns = 1};
    struct every_rest_result rest_result;

    (void)state;
    assert_int_equal(every_only_fails_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_ONLY_FAILS_OK);
    request.key = 1;
    assert_int_equal(every_only_fails_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_ONLY_FAILS_NEVER);
    request.key = 2;
    assert_int_equal(every_only_fails_execute(bus, &request, &result), BUS_ANSWERED);
    assert_int_equal(result.answer, EVERY_ONLY_FAILS_CODED);
    assert_int_equal(result.coded.code, -3);
    assert_int_equal(every_return_empty_execute(bus, &empty, &empty_result), BUS_ANSWERED);
    assert_int_equal(empty_result.answer, EVERY_RETURN_EMPTY_OK);
    assert_int_equal(every_do_nothing_execute(bus, &nothing, &nothing_result), BUS_ANSWERED);
    assert_int_equal(every_rest_execute(bus, &rest, &rest_result), BUS_ANSWERED);
}

/* Over 4 KiB: there is only _execute_into. */
static void test_large_answer(void **state)
{
    struct every_return_much request = {0};
    struct every_return_much_result result;
    static uint64_t buffer[(100000 + 64) / 8];
    uint64_t small[4];

    (void)state;
    assert_int_equal(
        every_return_much_execute_into(bus, &request, NULL, &result, buffer, sizeof(buffer)),
        BUS_ANSWERED);
    assert_int_equal(result.ok.text.size, 100000);
    assert_true((const void *)result.ok.text.data > (const void *)buffer);
    assert_int_equal(
        every_return_much_execute_into(bus, &request, NULL, &result, small, sizeof(small)),
        BUS_TOO_LARGE);
}

static void test_events(void **state)
{
    static const uint16_t numbers[] = {1, 20, 300};
    struct every_scalars_seen scalars;
    struct every_vectors_seen vectors = {.v_u16 = {numbers, 3}};
    struct every_unions_seen unions = {.renamed = 9};
    struct every_leaf leaf;

    (void)state;
    every_scalars_seen_init(&scalars);
    assert_int_equal(scalars.a_u8, 7);
    every_leaf_init(&leaf);
    assert_true(leaf.weight == 1.5F && leaf.name.size == 0);
    scalars.a_u32 = 11;
    scalars.a_string = bus_cstr("hello");
    unions.first.type = EVERY_ANYTHING_SMALL_ONE;
    unions.first.small_one.on = true;
    assert_int_equal(every_scalars_seen_publish(bus, &scalars), BUS_QUEUED);
    assert_int_equal(every_vectors_seen_publish(bus, &vectors), BUS_QUEUED);
    assert_int_equal(every_unions_seen_publish(bus, &unions), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, 5 * BUS_SECOND), BUS_OK);
    assert_int_equal(seen.scalars, 11);
    assert_int_equal(seen.last_size, 5);
    assert_int_equal(seen.vectors, 321);
    assert_int_equal(seen.unions, 1);

    scalars.a_state = (enum every_state)300;
    assert_int_equal(every_scalars_seen_publish(bus, &scalars), BUS_INVALID);
    assert_non_null(strstr(bus_last_error(), "a_state"));
}

static void test_claim(void **state)
{
    struct every_vectors_seen shape = {.v_u16 = {NULL, 2}};
    struct bus_claim claim;
    uint32_t size = 0;
    uint16_t *numbers;

    (void)state;
    assert_true(bus_accepted(every_vectors_seen_claim(bus, &shape, NULL, &claim)));
    numbers = every_vectors_seen_claim_v_u16(&claim, &size);
    assert_non_null(numbers);
    assert_int_equal(size, 2);
    numbers[0] = 1000;
    numbers[1] = 7;
    assert_int_equal(bus_claim_commit(&claim), BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, 5 * BUS_SECOND), BUS_OK);
    assert_int_equal(seen.vectors, 1007);
}

/* Equal keys hash equally, whatever else the message holds. */
static void test_keys(void **state)
{
    struct every_scalars_seen a = {.a_string = bus_cstr("key"), .a_u8 = 1};
    struct every_scalars_seen b = {.a_string = bus_cstr("key"), .a_u8 = 2};
    struct every_small_seen first = {.key = EVERY_STATE_PAID};
    struct every_small_seen second = {.key = EVERY_STATE_OPEN};

    (void)state;
    assert_true(every_scalars_seen_type.key(&a) == every_scalars_seen_type.key(&b));
    b.a_string = bus_cstr("kez");
    assert_true(every_scalars_seen_type.key(&a) != every_scalars_seen_type.key(&b));
    assert_true(every_small_seen_type.key(&first) != every_small_seen_type.key(&second));
    assert_true(every_vectors_seen_type.key == NULL);
}

/* What encode accepts, decode accepts; what it refuses, it names. */
static void test_bytes(void **state)
{
    static _Alignas(8) uint8_t bytes[EVERY_SCALARS_SEEN_SIZE_MAX + 8];
    struct every_scalars_seen message;
    struct every_scalars_seen back;
    uint32_t size;

    (void)state;
    every_scalars_seen_init(&message);
    message.a_string = bus_cstr("caf\xc3\xa9");
    size = every_scalars_seen_encode(&message, bytes, sizeof(bytes));
    assert_true(size > 0 && size <= EVERY_SCALARS_SEEN_SIZE_MAX);
    assert_int_equal(every_scalars_seen_decode(bytes, size, &back, NULL, 0), BUS_OK);
    assert_int_equal(every_scalars_seen_compare(&message, &back), 0);
    assert_int_not_equal(every_scalars_seen_decode(bytes, size / 2, &back, NULL, 0), BUS_OK);
    assert_int_equal(every_scalars_seen_encode(&message, bytes, size - 1), 0);
    assert_non_null(strstr(bus_last_error(), "do not fit"));
    assert_int_equal(every_scalars_seen_encode(&message, bytes + 1, size), 0);
    assert_int_equal(every_scalars_seen_encode(NULL, bytes, sizeof(bytes)), 0);
    message.a_string = bus_cstr("caf\xe9"); /* Latin-1: nobody could read it back */
    assert_int_equal(every_scalars_seen_encode(&message, bytes, sizeof(bytes)), 0);
    assert_non_null(strstr(bus_last_error(), "a_string"));
    message.a_string = (struct bus_string){NULL, 0};
    message.bytes_here = (struct bus_bytes){(const uint8_t *)"12345", 5};
    assert_int_equal(every_scalars_seen_encode(&message, bytes, sizeof(bytes)), 0);
    assert_non_null(strstr(bus_last_error(), "bytes_here"));
}

static void test_print_hides_secrets(void **state)
{
    struct every_scalars_seen message = {.bytes_here = {(const uint8_t *)"\x11\x22", 2}};
    char text[2000];

    (void)state;
    every_scalars_seen_print(&message, text, sizeof(text));
    assert_non_null(strstr(text, "bytes_here: ***"));
    assert_string_equal(every_state_name(EVERY_STATE_PAID), "paid");
    assert_string_equal(every_state_name((enum every_state)77), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, start, stop),
        cmocka_unit_test_setup_teardown(test_answers_that_carry_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_large_answer, start, stop),
        cmocka_unit_test_setup_teardown(test_events, start, stop),
        cmocka_unit_test_setup_teardown(test_claim, start, stop),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_print_hides_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
