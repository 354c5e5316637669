/*
 * Commands executed inside handlers: none waits for ever, and none has more time than the one
 * that waits for it.
 * covers: B7, B9
 */
#include "support.h"

struct stage {
    struct bus *bus;
    struct latch entered;
    struct bus_token token;
    uint64_t outer_ns;
    uint64_t inner_ns;
    uint64_t event_ns;
    enum bus_outcome inner;
    bool ask_for_more;
};
#define STAGE_INITIALIZER                                                                          \
    {                                                                                              \
        .entered = LATCH_INITIALIZER, .inner = BUS_OUTCOMES                                        \
    }

static enum bus_verdict on_add_inner(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    struct stage *stage = context;
    enum bus_verdict verdict;

    (void)request;
    stage->inner_ns = bus_delivery_remaining_ns(delivery);
    verdict = bus_delivery_defer(delivery, &stage->token);
    latch_add(&stage->entered, 1);
    return verdict;
}

static enum bus_verdict on_ticked_inner(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    (void)event;
    ((struct stage *)context)->event_ns = bus_delivery_remaining_ns(delivery);
    return BUS_DONE;
}

/* Executes a command whose handler defers, and waits for it. */
static enum bus_verdict on_touch_outer(void *context, const struct probe_touch *request,
                                       struct bus_delivery *delivery)
{
    struct stage *stage = context;
    struct bus_message_options more = {.deadline_ns = stage->ask_for_more ? 60 * BUS_SECOND : 0};
    struct bus *bus = bus_delivery_bus(delivery);
    struct probe_add_result result;

    (void)request;
    stage->outer_ns = bus_delivery_remaining_ns(delivery);
    bus_ignore(probe_ticked_publish(bus, &(struct probe_ticked){.number = 1}));
    stage->inner = probe_add_execute_with(bus, &(struct probe_add){.a = 1}, &more, &result);
    return BUS_DONE;
}

static void *execute_touch(void *argument)
{
    struct bus_message_options options = {.deadline_ns = 20 * BUS_SECOND};
    struct stage *stage = argument;
    struct probe_touch_result result;

    bus_ignore(probe_touch_execute_with(stage->bus, &(struct probe_touch){.number = 1}, &options,
                                        &result));
    return NULL;
}

static void open_stage(struct stage *stage, uint32_t workers)
{
    stage->bus = open_workers(workers);
    assert_int_equal(probe_touch_handle(stage->bus, on_touch_outer, stage, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(stage->bus, on_add_inner, stage, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(stage->bus, on_ticked_inner, stage, NULL), BUS_OK);
}

/* The handler waits on its own worker for an answer that another thread gives. */
static void a_handler_waits_for_a_deferred_answer(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 2; workers++) {
        struct stage stage = STAGE_INITIALIZER;
        pthread_t caller;

        open_stage(&stage, workers);
        caller = spawn(execute_touch, &stage);
        assert_true(latch_wait(&stage.entered, 1));
        assert_int_equal(probe_add_complete_return(stage.token, NULL), BUS_OK);
        reap(caller);
        assert_int_equal(stage.inner, BUS_ANSWERED);
        finish_bus(&stage.bus);
    }
}

/* What a child has left is at most what its parent has, whatever it asks for. */
static void children_have_no_more_time_than_their_parent(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct stage stage = STAGE_INITIALIZER;
        pthread_t caller;

        open_stage(&stage, 1);
        stage.ask_for_more = more == 1;
        caller = spawn(execute_touch, &stage);
        assert_true(latch_wait(&stage.entered, 1));
        assert_true(bus_token_remaining_ns(stage.token) <= 20 * BUS_SECOND);
        assert_int_equal(probe_add_complete_return(stage.token, NULL), BUS_OK);
        reap(caller);
        assert_int_equal(bus_wait_idle(stage.bus, PATIENCE), BUS_OK);
        assert_true(stage.outer_ns <= 20 * BUS_SECOND);
        assert_true(stage.inner_ns <= stage.outer_ns);
        assert_true(stage.event_ns <= stage.outer_ns);
        finish_bus(&stage.bus);
    }
}

/* Nobody answers, and the handler that could is behind the one that waits: the deadline ends it. */
static enum bus_verdict on_hurry_stuck(void *context, const struct probe_hurry *request,
                                       struct bus_delivery *delivery)
{
    struct stage *stage = context;
    struct probe_add_result result;

    stage->inner =
        probe_add_execute(bus_delivery_bus(delivery), &(struct probe_add){.a = 1}, &result);
    return probe_hurry_return(delivery, &(struct probe_hurry_ok){.number = request->number});
}

static enum bus_verdict on_ticked_answer(void *context, const struct probe_ticked *event,
                                         struct bus_delivery *delivery)
{
    struct stage *stage = context;

    (void)event;
    (void)delivery;
    return probe_add_complete_return(stage->token, NULL) == BUS_ERR_STATE ? BUS_DONE : BUS_FAULT;
}

static void an_answer_that_waits_behind_its_waiter_is_a_timeout(void **state)
{
    struct stage stage = STAGE_INITIALIZER;
    struct probe_hurry_result result;

    (void)state;
    stage.bus = open_workers(1);
    assert_int_equal(probe_hurry_handle(stage.bus, on_hurry_stuck, &stage, NULL), BUS_OK);
    assert_int_equal(probe_add_handle(stage.bus, on_add_inner, &stage, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(stage.bus, on_ticked_answer, &stage, NULL), BUS_OK);
    /* 40 ms by its schema, for both; under load it may expire before it runs: again. */
    for (int tries = 0; tries < 500 && latch_count(&stage.entered) == 0; tries++) {
        enum bus_outcome outcome =
            probe_hurry_execute(stage.bus, &(struct probe_hurry){.number = 1}, &result);

        assert_true(outcome == BUS_TIMEOUT || outcome == BUS_ANSWERED);
    }
    tick(stage.bus, 1, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(stage.bus, PATIENCE), BUS_OK);
    assert_int_equal(stage.inner, BUS_TIMEOUT);
    assert_int_equal(account_of(stage.bus, &probe_ticked_type).processed, 1);
    finish_bus(&stage.bus);
}

/* A component's own command, executed inside its handler, runs there: it waits for nobody. */
static enum bus_verdict on_dive(void *context, const struct probe_dive *request,
                                struct bus_delivery *delivery)
{
    struct probe_dive_ok ok = {.depth = request->depth};
    struct probe_dive_result result;

    (void)context;
    if (request->depth < 5) {
        struct probe_dive deeper = {.depth = request->depth + 1};

        if (probe_dive_execute(bus_delivery_bus(delivery), &deeper, &result) != BUS_ANSWERED)
            return BUS_FAULT;
        ok.depth = result.ok.depth;
    }
    return probe_dive_return(delivery, &ok);
}

static void a_command_executes_itself(void **state)
{
    struct bus *bus = open_workers(2);
    struct probe_dive_result result;

    (void)state;
    assert_int_equal(probe_dive_handle(bus, on_dive, NULL, NULL), BUS_OK);
    assert_int_equal(probe_dive_execute(bus, &(struct probe_dive){.depth = 1}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.depth, 5);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_waits_for_a_deferred_answer),
        cmocka_unit_test(children_have_no_more_time_than_their_parent),
        cmocka_unit_test(an_answer_that_waits_behind_its_waiter_is_a_timeout),
        cmocka_unit_test(a_command_executes_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
