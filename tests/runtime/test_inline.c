/*
 * Commands that run on their caller: little is copied there, and nobody may notice. Each case runs
 * twice, on the caller and through a lane, and both must say the same.
 * covers: A3, A4, B3, B7, B9
 */
#include "desk.h"

#include "bus_system.bus.h"

/* ---- requests ---- */

static void flat_requests_are_read_in_place(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_gauge request = {.number = 3,
                                       .mood = HANDED_MOOD_WILD,
                                       .at = {-5, 6},
                                       .extra = {true, 8},
                                       .digest = {1, 2, 3}};
        struct handed_gauge_result result;

        assert_int_equal(handed_gauge_execute(bus, &request, &result), BUS_ANSWERED);
        assert_ran(&desk, way);
        assert_true((desk.request == &request) == (way == 0));
        assert_null(desk.bytes); /* nobody asked */
        assert_int_equal(desk.sum, 8);
        assert_int_equal(result.answer, HANDED_GAUGE_OK);
        assert_int_equal(result.ok.number, 3);
        assert_int_equal(result.ok.mood, HANDED_MOOD_WILD);
        assert_memory_equal(result.ok.digest, request.digest, 16);
        finish_bus(&bus);
    }
}

static void slices_are_read_in_place(void **state)
{
    static uint8_t data[6000];
    static const uint32_t totals[3] = {1, 20, 300};
    static const struct handed_part parts[2] = {{.data = {data, 3}, .count = 4000}, {.count = 1}};

    (void)state;
    memset(data, 2, sizeof data);
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_weigh request = {
            .data = {data, sizeof data}, .totals = {totals, 3}, .parts = {parts, 2}};
        struct handed_weigh_result result;

        for (int asked = 0; asked < 2; asked++) {
            desk.ask_bytes = asked != 0;
            /* Decoding parts needs scratch of its own: the small message will do. */
            request.data.size = asked != 0 ? 100 : sizeof data;
            assert_int_equal(handed_weigh_execute(bus, &request, &result), BUS_ANSWERED);
            assert_ran(&desk, way);
            assert_true((desk.data == data) == (way == 0));
            assert_int_equal(result.ok.sum, 1 + 20 + 300 + 4000 + 3 + 1);
            assert_int_equal(result.ok.digest[15], 115);
            assert_int_equal(desk.sum, 2 * request.data.size);
            assert_true(desk.bytes_right);
        }
        finish_bus(&bus);
    }
}

/* Strings have a NUL behind them in a message, also where the sender has none. */
static void texts_are_terminated(void **state)
{
    char text[] = "abcdefgh";

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_tell request = {
            .number = 1, .thing = {.type = HANDED_THING_LABEL, .label.text = bus_str(text, 3)}};
        struct handed_tell_result result;

        assert_int_equal(handed_tell_execute(bus, &request, &result), BUS_ANSWERED);
        assert_ran(&desk, way);
        assert_true(desk.terminated);
        assert_string_equal(desk.text, "abc");
        assert_int_equal(result.ok.size, 3);
        request.thing = (struct handed_thing){.type = HANDED_THING_PART};
        assert_int_equal(handed_tell_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(result.ok.size, 1000);
        finish_bus(&bus);
    }
}

static void out_of_bounds_is_refused(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        static uint8_t data[6001];
        struct handed_gauge_result result;
        struct handed_weigh_result weighed;

        assert_int_equal(handed_gauge_execute(
                             bus, &(struct handed_gauge){.mood = (enum handed_mood)300}, &result),
                         BUS_INVALID);
        assert_non_null(strstr(bus_last_error(), "mood"));
        assert_non_null(strstr(result.run.error.text, "mood"));
        assert_int_equal(handed_weigh_execute(
                             bus, &(struct handed_weigh){.data = {data, sizeof data}}, &weighed),
                         BUS_INVALID);
        assert_non_null(strstr(bus_last_error(), "data"));
        assert_int_equal(
            handed_weigh_execute(bus, &(struct handed_weigh){.totals = {NULL, 2}}, &weighed),
            BUS_INVALID);
        assert_null(desk.request);
        assert_int_equal(account_of(bus, &handed_gauge_type).invalid, 1);
        assert_int_equal(account_of(bus, &handed_weigh_type).invalid, 2);
        assert_int_equal(account_of(bus, &handed_weigh_type).accepted, 0);
        finish_bus(&bus);
    }
}

/* ---- bytes on demand ---- */

static void bytes_are_there_when_asked_for(void **state)
{
    uint32_t sizes[2];

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct handed_gauge_result result;
        struct handed_nest_result nested;

        desk.ask_bytes = true;
        desk.bytes_right = false;
        assert_int_equal(
            handed_gauge_execute(bus, &(struct handed_gauge){.number = 3, .digest = {9}}, &result),
            BUS_ANSWERED);
        assert_true(desk.bytes_right);
        sizes[way] = desk.bytes_size;
        assert_int_equal(result.ok.digest[0], 9);
        desk.bytes_right = true;
        assert_int_equal(handed_nest_execute(bus, &(struct handed_nest){.depth = 1}, &nested),
                         BUS_ANSWERED);
        assert_int_equal(nested.ok.depth, 6);
        assert_true(desk.bytes_right);
        finish_bus(&bus);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

/* ---- envelopes ---- */

static enum bus_outcome gauge_from_here(struct bus *bus, const struct bus_message_options *options,
                                        struct handed_gauge_result *result)
{
    return handed_gauge_execute_with(bus, &(struct handed_gauge){.number = 1}, options, result);
}

static void envelopes_are_the_same(void **state)
{
    struct bus_message_options options = {
        .deadline_ns = 5 * BUS_SECOND,
        .correlation = {11, 22},
        .trace = {.trace_id = {1, 2, 3}, .parent_id = {4, 5}, .flags = 1},
    };

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        const struct bus_envelope *seen = &desk.envelope;
        struct handed_gauge_result result;
        struct bus_uuid first;

        assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
        assert_int_equal(gauge_from_here(bus, &options, &result), BUS_ANSWERED);
        assert_ran(&desk, way);
        assert_memory_equal(&seen->id, &result.run.id, sizeof seen->id);
        assert_int_equal((seen->id.high >> 12) & 15, 7);
        assert_int_equal(seen->session.index, options.session.index);
        assert_int_equal(seen->session.generation, options.session.generation);
        assert_int_equal(seen->schema_version, 4);
        assert_int_equal(seen->attempt, 1);
        assert_non_null(seen->call_site);
        assert_memory_equal(&seen->correlation, &options.correlation, sizeof seen->correlation);
        assert_memory_equal(&seen->trace, &options.trace, sizeof seen->trace);
        assert_int_equal(seen->causation.high | seen->causation.low, 0);
        assert_true(desk.remaining_ns > 0 && desk.remaining_ns <= 5 * BUS_SECOND);
        first = seen->id;
        assert_int_equal(gauge_from_here(bus, NULL, &result), BUS_ANSWERED);
        assert_int_equal(seen->session.index, 0);
        assert_int_equal(seen->correlation.high | seen->correlation.low, 0);
        assert_memory_equal(&seen->id, &result.run.id, sizeof seen->id);
        assert_memory_not_equal(&seen->id, &first, sizeof first);
        assert_string_equal(result.run.handler, way == 0 ? "handed.desk.gauge" : "handed.gauge");
        assert_int_equal(result.run.attempts, 1);
        finish_bus(&bus);
    }
}

static void pass_time(uint64_t ns)
{
    const struct bus_os *os = bus_os_native();
    uint64_t until = os->monotonic_ns(os->context) + ns;

    while (os->monotonic_ns(os->context) < until)
        continue;
}

/* A deadline is never later than asked for, and a millisecond early at most. */
static void deadlines_are_near_enough(void **state)
{
    const struct bus_os *os = bus_os_native();
    const uint64_t allowed[] = {0, 10 * BUS_SECOND, 100 * BUS_MILLISECOND};

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);

        for (uint32_t i = 0; i < 3 * 500; i++) {
            uint64_t asked = allowed[i % 3], most = asked != 0 ? asked : 30 * BUS_SECOND;
            struct bus_message_options options = {.deadline_ns = asked};
            struct handed_gauge_result result;
            enum bus_outcome outcome;
            uint64_t before, after;

            if (i % 100 == 0)
                pass_time(2 * BUS_MILLISECOND);
            before = os->monotonic_ns(os->context);
            outcome = gauge_from_here(bus, i % 2 == 0 || asked != 0 ? &options : NULL, &result);
            after = os->monotonic_ns(os->context);
            if (outcome != BUS_ANSWERED && after - before >= most - BUS_MILLISECOND)
                continue; /* the machine was elsewhere */
            assert_int_equal(outcome, BUS_ANSWERED);
            assert_true(desk.envelope.deadline_ns <= after + most);
            assert_true(desk.envelope.deadline_ns + BUS_MILLISECOND >= before + most);
        }
        finish_bus(&bus);
    }
}

/* Short ones are exact, also long after a clock was read last. */
static void short_deadlines_are_exact(void **state)
{
    const struct bus_os *os = bus_os_native();

    (void)state;
    for (int way = 0; way < 2; way++) {
        struct desk desk;
        struct bus *bus = desk_open(way, &desk);
        struct bus_message_options options = {.deadline_ns = 99 * BUS_MILLISECOND};
        struct handed_gauge_result result;
        struct handed_blink_result blinked;

        for (int i = 0; i < 100; i++) {
            uint64_t before, after;
            enum bus_outcome outcome;

            if (i % 10 == 0)
                pass_time(2 * BUS_MILLISECOND);
            before = os->monotonic_ns(os->context);
            outcome = gauge_from_here(bus, &options, &result);
            after = os->monotonic_ns(os->context);
            if (outcome != BUS_ANSWERED && after - before >= options.deadline_ns)
                continue; /* the machine was elsewhere */
            assert_int_equal(outcome, BUS_ANSWERED);
            assert_true(desk.envelope.deadline_ns >= before + options.deadline_ns);
            assert_true(desk.envelope.deadline_ns <= after + options.deadline_ns);
        }
        desk.request = NULL;
        options.deadline_ns = 1;
        assert_int_equal(gauge_from_here(bus, &options, &result), BUS_EXPIRED);
        assert_int_equal(handed_blink_execute(bus, &(struct handed_blink){0}, &blinked),
                         BUS_EXPIRED);
        assert_null(desk.request);
        assert_int_equal(account_of(bus, &handed_blink_type).accepted, 0);
        finish_bus(&bus);
    }
}

/* Where time stands, everything is exact, and no sum runs over. */
static void frozen_deadlines_are_exact(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .os = frozen_os()});
    struct desk desk = {0};
    struct handed_gauge_result result;
    struct bus_message_options options = {.deadline_ns = 1};
    uint64_t now = frozen_os()->monotonic_ns(NULL);

    (void)state;
    assert_int_equal(handed_gauge_handle(bus, on_gauge, &desk,
                                         &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(gauge_from_here(bus, &options, &result), BUS_ANSWERED);
    assert_int_equal(desk.envelope.deadline_ns, now + 1);
    assert_int_equal(desk.remaining_ns, 1);
    options.deadline_ns = 200 * BUS_MILLISECOND;
    assert_int_equal(gauge_from_here(bus, &options, &result), BUS_ANSWERED);
    assert_int_equal(desk.envelope.deadline_ns, now + options.deadline_ns);
    options.deadline_ns = UINT64_MAX;
    assert_int_equal(gauge_from_here(bus, &options, &result), BUS_ANSWERED);
    assert_true(desk.envelope.deadline_ns == UINT64_MAX);
    finish_bus(&bus);
}

/* ---- what the bus tells ---- */

struct told {
    struct latch latch;
    struct bus *bus;
    struct bus_uuid id;
    int64_t took_ns;
};

static enum bus_verdict on_result(void *context, const struct bus_system_command_result *event,
                                  struct bus_delivery *delivery)
{
    struct told *told = context;

    (void)delivery;
    told->took_ns = event->took_ns;
    told->id = event->id;
    latch_add(&told->latch, 1);
    return BUS_DONE;
}

static enum bus_verdict on_nest_slow(void *context, const struct handed_nest *request,
                                     struct bus_delivery *delivery)
{
    struct told *told = context;

    frozen_advance(5 * BUS_MILLISECOND);
    if (request->depth == 1 &&
        bus_system_command_result_subscribe(told->bus, on_result, told, NULL) != BUS_OK)
        return BUS_FAULT;
    return handed_nest_return(delivery, NULL);
}

/* A listener that comes while a command runs hears of it, with its time. covers: B3 */
static void listeners_may_come_late(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .os = frozen_os()});
        struct told told = {.latch = LATCH_INITIALIZER, .bus = bus};
        struct bus_handler_options how = {.concurrent = way == 0};
        struct bus_message_options patient = {.deadline_ns = UINT64_MAX};
        struct handed_nest_result result;

        assert_int_equal(handed_nest_handle(bus, on_nest_slow, &told, &how), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        for (uint32_t depth = 0; depth < 3; depth++) {
            assert_int_equal(handed_nest_execute_with(bus, &(struct handed_nest){.depth = depth},
                                                      &patient, &result),
                             BUS_ANSWERED);
            assert_true(latch_wait(&told.latch, depth)); /* none of the first, one of each other */
            if (depth == 0)
                continue;
            assert_int_equal(told.took_ns, 5 * BUS_MILLISECOND);
            assert_memory_equal(&told.id, &result.run.id, sizeof told.id);
        }
        assert_int_equal(latch_count(&told.latch), 2);
        finish_bus(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_requests_are_read_in_place),
        cmocka_unit_test(slices_are_read_in_place),
        cmocka_unit_test(texts_are_terminated),
        cmocka_unit_test(out_of_bounds_is_refused),
        cmocka_unit_test(bytes_are_there_when_asked_for),
        cmocka_unit_test(envelopes_are_the_same),
        cmocka_unit_test(deadlines_are_near_enough),
        cmocka_unit_test(short_deadlines_are_exact),
        cmocka_unit_test(frozen_deadlines_are_exact),
        cmocka_unit_test(listeners_may_come_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
