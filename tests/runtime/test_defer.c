/*
 * Commands whose handler answers later: from which thread, how often, and what else ends them.
 * covers: B8, D8
 */
#include "support.h"

/* Where a handler leaves its tokens. */
struct box {
    struct latch filled;
    struct bus_token tokens[8];
    uint32_t count;
    enum { LEAVE, ANSWER_AT_ONCE, FAIL_AFTER, ANSWER_AFTER, DONE_AFTER, TWICE } act;
};
#define BOX_INITIALIZER                                                                            \
    {                                                                                              \
        .filled = LATCH_INITIALIZER                                                                \
    }

static enum bus_verdict act_on(struct box *box, struct bus_delivery *delivery,
                               struct bus_token token)
{
    switch (box->act) {
    case ANSWER_AT_ONCE:
        (void)!probe_add_complete_return(token, &(struct probe_add_ok){.sum = 77});
        return BUS_LATER;
    case FAIL_AFTER:
        return bus_fail(delivery, &(struct bus_error){.code = 9});
    case ANSWER_AFTER:
        return probe_add_return(delivery, &(struct probe_add_ok){.sum = 1});
    case DONE_AFTER:
        return BUS_DONE;
    case TWICE:
        return bus_delivery_defer(delivery, &token);
    case LEAVE:
        break;
    }
    return BUS_LATER;
}

static enum bus_verdict on_add_later(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    struct box *box = context;
    struct bus_token token;
    enum bus_verdict verdict;

    (void)request;
    if (bus_delivery_defer(delivery, &token) != BUS_LATER) {
        latch_add(&box->filled, 1);
        return BUS_FAULT;
    }
    box->tokens[box->count++ % 8] = token;
    verdict = act_on(box, delivery, token);
    latch_add(&box->filled, 1);
    return verdict;
}

struct call {
    struct bus *bus;
    uint64_t deadline_ns;
    enum bus_outcome outcome;
    struct probe_add_result result;
};

static void *execute_add(void *argument)
{
    struct call *call = argument;
    struct bus_message_options options = {.deadline_ns = call->deadline_ns};

    call->outcome = probe_add_execute_with(call->bus, &(struct probe_add){.a = 2, .b = 3}, &options,
                                           &call->result);
    return NULL;
}

static struct bus *open_box(struct box *box, bool concurrent)
{
    struct bus *bus = open_workers(1);

    assert_int_equal(probe_add_handle(bus, on_add_later, box,
                                      &(struct bus_handler_options){.concurrent = concurrent}),
                     BUS_OK);
    return bus;
}

/* Through a lane and on the caller; answers of each kind. */
static void answered_by_another_thread(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct box box = BOX_INITIALIZER;
        struct bus *bus = open_box(&box, way % 2 != 0);
        struct call call = {.bus = bus};
        pthread_t caller = spawn(execute_add, &call);

        assert_true(latch_wait(&box.filled, 1));
        assert_true(bus_token_remaining_ns(box.tokens[0]) > 0);
        assert_int_equal(account_of(bus, &probe_add_type).held, 1);
        if (way / 2 == 0)
            assert_int_equal(
                probe_add_complete_return(box.tokens[0], &(struct probe_add_ok){.sum = 5}), BUS_OK);
        else if (way / 2 == 1)
            assert_int_equal(probe_add_complete_fail_overflow(
                                 box.tokens[0], &(struct probe_add_overflow){.by = 6}),
                             BUS_OK);
        else
            assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_OK);
        reap(caller);
        assert_int_equal(call.outcome, BUS_ANSWERED);
        assert_int_equal(call.result.answer, way / 2 == 1 ? PROBE_ADD_OVERFLOW : PROBE_ADD_OK);
        assert_int_equal(call.result.ok.sum, way / 2 == 0 ? 5 : way / 2 == 1 ? 6 : 0);
        assert_int_equal(call.result.run.attempts, 1);
        assert_string_equal(call.result.run.handler, "probe.add");
        /* Once is enough. */
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(bus_token_fail(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(bus_token_remaining_ns(box.tokens[0]), 0);
        assert_int_equal(account_of(bus, &probe_add_type).processed, 1);
        assert_int_equal(account_of(bus, &probe_add_type).held, 0);
        finish_bus(&bus);
    }
}

static void answered_before_the_handler_returns(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus};

        box.act = ANSWER_AT_ONCE;
        for (int i = 0; i < 100; i++) {
            (void)execute_add(&call);
            assert_int_equal(call.outcome, BUS_ANSWERED);
            assert_int_equal(call.result.ok.sum, 77);
        }
        assert_int_equal(stats_of(bus).pool_bytes_used, 0);
        finish_bus(&bus);
    }
}

static void failed_later_is_a_fault(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus};
        pthread_t caller = spawn(execute_add, &call);

        assert_true(latch_wait(&box.filled, 1));
        assert_int_equal(
            bus_token_fail(box.tokens[0], &(struct bus_error){.code = 12, .text = "no line"}),
            BUS_OK);
        reap(caller);
        assert_int_equal(call.outcome, BUS_FAULTED);
        assert_int_equal(call.result.run.error.code, 12);
        assert_string_equal(call.result.run.error.text, "no line");
        assert_true(call.result.run.dead_lettered);
        assert_int_equal(account_of(bus, &probe_add_type).failed, 1);
        finish_bus(&bus);
    }
}

/* The handler's last word is a fault: the token is taken back. */
static void a_fault_takes_the_token_back(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct box box = BOX_INITIALIZER;
        struct bus *bus = open_box(&box, way % 2 != 0);
        struct call call = {.bus = bus};

        box.act = way / 2 == 0 ? FAIL_AFTER : way / 2 == 1 ? ANSWER_AFTER : TWICE;
        (void)execute_add(&call);
        assert_int_equal(call.outcome, BUS_FAULTED);
        assert_int_equal(call.result.run.error.code, way / 2 == 0 ? 9 : BUS_FAULT_SECOND_ANSWER);
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(account_of(bus, &probe_add_type).failed, 1);
        finish_bus(&bus);
    }
}

static void done_means_later_too(void **state)
{
    struct box box = BOX_INITIALIZER;
    struct bus *bus = open_box(&box, false);
    struct call call = {.bus = bus};
    pthread_t caller;

    (void)state;
    box.act = DONE_AFTER;
    caller = spawn(execute_add, &call);
    assert_true(latch_wait(&box.filled, 1));
    assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_OK);
    reap(caller);
    assert_int_equal(call.outcome, BUS_ANSWERED);
    finish_bus(&bus);
}

/* Never answered: timeout, on each way; the worker is free meanwhile. */
static void never_answered_is_a_timeout(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct journal journal = JOURNAL_INITIALIZER;
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus, .deadline_ns = 30 * BUS_MILLISECOND};
        uint64_t tries = 0;

        assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
        do { /* under load it may expire before it runs: again */
            (void)execute_add(&call);
            assert_int_equal(call.outcome, BUS_TIMEOUT);
            tries++;
        } while (latch_count(&box.filled) == 0 && tries < 500);
        assert_true(latch_wait(&box.filled, 1));
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(account_of(bus, &probe_add_type).expired, tries);
        call.deadline_ns = PATIENCE;
        {
            pthread_t caller = spawn(execute_add, &call);

            assert_true(latch_wait(&box.filled, 2));
            tick(bus, 1, BUS_QUEUED);
            assert_true(latch_wait(&journal.latch, 1));
            assert_int_equal(probe_add_complete_return(box.tokens[1], NULL), BUS_OK);
            reap(caller);
        }
        assert_int_equal(call.outcome, BUS_ANSWERED);
        assert_int_equal(stats_of(bus).pool_bytes_used, 0);
        finish_bus(&bus);
    }
}

/* ---- with a completion ---- */

struct completion {
    struct latch called;
    enum bus_outcome outcome;
    uint32_t sum;
    pthread_t thread;
};

static void on_added(void *context, const struct probe_add_result *result)
{
    struct completion *completion = context;

    completion->outcome = result->run.outcome;
    completion->sum = result->answer == PROBE_ADD_OK ? result->ok.sum : 0;
    completion->thread = pthread_self();
    latch_add(&completion->called, 1);
}

static void add_async(struct bus *bus, uint64_t deadline_ns, struct completion *completion)
{
    struct bus_message_options options = {.deadline_ns = deadline_ns};

    assert_int_equal(
        probe_add_execute_async(bus, &(struct probe_add){.a = 1}, &options, on_added, completion),
        BUS_QUEUED);
}

static void a_completion_runs_on_the_worker(void **state)
{
    struct box box = BOX_INITIALIZER;
    struct completion completion = {.called = LATCH_INITIALIZER};
    struct bus *bus = open_box(&box, false);

    (void)state;
    add_async(bus, 0, &completion);
    assert_true(latch_wait(&box.filled, 1));
    assert_int_equal(bus_wait_idle(bus, BUS_MILLISECOND), BUS_ERR_TIMEOUT);
    assert_int_equal(probe_add_complete_return(box.tokens[0], &(struct probe_add_ok){.sum = 8}),
                     BUS_OK);
    assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
    assert_true(latch_wait(&completion.called, 1));
    assert_int_equal(completion.outcome, BUS_ANSWERED);
    assert_int_equal(completion.sum, 8);
    assert_false(pthread_equal(completion.thread, pthread_self()));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    /* Nobody answers: the worker itself sees to it. */
    add_async(bus, 20 * BUS_MILLISECOND, &completion);
    assert_true(latch_wait(&completion.called, 2));
    assert_int_equal(completion.outcome, BUS_TIMEOUT);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_add_type).expired, 1);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void a_completion_of_a_polled_bus(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = frozen_os()});
    struct box box = BOX_INITIALIZER;
    struct completion completion = {.called = LATCH_INITIALIZER};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_later, &box, NULL), BUS_OK);
    add_async(bus, 0, &completion);
    poll_all(bus);
    assert_int_equal(bus_token_fail(box.tokens[0], NULL), BUS_OK);
    assert_int_equal(latch_count(&completion.called), 0);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 1);
    assert_int_equal(completion.outcome, BUS_FAULTED);
    add_async(bus, 5 * BUS_SECOND, &completion);
    poll_all(bus);
    frozen_advance(4 * BUS_SECOND);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 1);
    frozen_advance(2 * BUS_SECOND);
    poll_all(bus);
    assert_int_equal(latch_count(&completion.called), 2);
    assert_int_equal(completion.outcome, BUS_TIMEOUT);
    finish_bus(&bus);
}

/* ---- other ends ---- */

static void the_handler_goes(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct completion completion = {.called = LATCH_INITIALIZER};
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus};
        pthread_t caller = spawn(execute_add, &call);

        assert_true(latch_wait(&box.filled, 1));
        add_async(bus, 0, &completion);
        assert_true(latch_wait(&box.filled, 2));
        assert_int_equal(probe_add_unhandle(bus, on_add_later, &box, (struct bus_session){0, 0}),
                         BUS_OK);
        reap(caller);
        assert_int_equal(call.outcome, BUS_FAULTED);
        assert_int_equal(call.result.run.error.code, BUS_FAULT_HANDLER_GONE);
        assert_true(latch_wait(&completion.called, 1));
        assert_int_equal(completion.outcome, BUS_FAULTED);
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(account_of(bus, &probe_add_type).failed, 2);
        finish_bus(&bus);
    }
}

static void count_left(void *context, const struct bus_message_type *type,
                       const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    uint32_t *count = context;

    (void)envelope;
    *count += type == &probe_add_type && bytes != NULL && size > 0;
}

static void the_bus_stops(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct completion completion = {.called = LATCH_INITIALIZER};
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus};
        pthread_t caller = spawn(execute_add, &call);
        struct bus_left left;
        uint32_t seen = 0;

        assert_true(latch_wait(&box.filled, 1));
        add_async(bus, 0, &completion);
        assert_true(latch_wait(&box.filled, 2));
        assert_int_equal(bus_stop(bus, BUS_MILLISECOND, &left), BUS_ERR_TIMEOUT);
        assert_int_equal(left.messages, 2);
        assert_int_equal(left.running, 0);
        reap(caller);
        assert_int_equal(call.outcome, BUS_CLOSED);
        assert_int_equal(latch_count(&completion.called), 1);
        assert_int_equal(completion.outcome, BUS_CLOSED);
        assert_int_equal(bus_left_each(bus, count_left, &seen), 2);
        assert_int_equal(seen, 2);
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_ERR_STATE);
        assert_int_equal(account_of(bus, &probe_add_type).left, 2);
        assert_balanced(bus);
        assert_int_equal(bus_close(&bus), BUS_OK);
    }
}

/* A stop waits for answers; who has a token may still give one. */
static void *answer_soon(void *argument)
{
    struct box *box = argument;

    if (latch_wait(&box->filled, 1))
        while (bus_token_remaining_ns(box->tokens[0]) > 0 &&
               probe_add_complete_return(box->tokens[0], NULL) != BUS_OK)
            ;
    return NULL;
}

static void a_stop_waits_for_answers(void **state)
{
    struct box box = BOX_INITIALIZER;
    struct completion completion = {.called = LATCH_INITIALIZER};
    struct bus *bus = open_box(&box, false);
    pthread_t answerer;

    (void)state;
    add_async(bus, 0, &completion);
    answerer = spawn(answer_soon, &box);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(completion.outcome, BUS_ANSWERED);
    reap(answerer);
    finish_bus(&bus);
}

static void see_held(void *context, const struct bus_message_type *type,
                     const struct bus_account *account)
{
    uint32_t *wrong = context;

    *wrong += !bus_account_balances(account);
    *wrong += type == &probe_add_type && (account->held != 1 || account->running != 0);
}

static void an_audit_sees_what_is_deferred(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct box box = BOX_INITIALIZER;
        struct bus *bus = open_box(&box, way == 1);
        struct call call = {.bus = bus};
        pthread_t caller = spawn(execute_add, &call);
        uint32_t wrong = 0;

        assert_true(latch_wait(&box.filled, 1));
        while (account_of(bus, &probe_add_type).running != 0)
            ;
        assert_int_equal(bus_audit(bus, PATIENCE, see_held, &wrong), BUS_OK);
        assert_int_equal(wrong, 0);
        assert_int_equal(stats_of(bus).queue_size, 0);
        assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_OK);
        reap(caller);
        finish_bus(&bus);
    }
}

/* ---- what cannot be deferred ---- */

static enum bus_verdict on_ticked_later(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    struct bus_token token = {.place = 1};
    enum bus_verdict verdict = bus_delivery_defer(delivery, &token);

    (void)event;
    latch_add(context, verdict == BUS_FAULT && token.bus == NULL && token.place == 0);
    return verdict;
}

static enum bus_verdict on_touch_liar(void *context, const struct probe_touch *request,
                                      struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    (void)delivery;
    return BUS_LATER;
}

static void what_cannot_be_deferred(void **state)
{
    struct latch refused = LATCH_INITIALIZER;
    struct bus *bus = open_workers(1);
    struct probe_touch_result result;
    struct bus_token none = {0};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_later, &refused, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch_liar, NULL, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&refused), 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).failed, 1);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 1}, &result),
                     BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_VERDICT);
    assert_int_equal(bus_delivery_defer(NULL, &none), BUS_FAULT);
    assert_int_equal(probe_touch_complete_return(none), BUS_ERR_INVALID);
    assert_int_equal(bus_token_fail(none, NULL), BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* Commands that wait for an answer are bounded, and so is the memory of their requests. */
static void deferred_commands_are_bounded(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .commands_max = 2});
    struct box box = BOX_INITIALIZER;
    struct completion completion = {.called = LATCH_INITIALIZER};
    struct call call = {.bus = bus};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_add_handle(bus, on_add_later, &box,
                                      &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    add_async(bus, 0, &completion);
    add_async(bus, 0, &completion);
    assert_true(latch_wait(&box.filled, 2));
    (void)execute_add(&call);
    assert_int_equal(call.outcome, BUS_FAULTED);
    assert_int_equal(call.result.run.error.code, BUS_FAULT_MEMORY);
    assert_non_null(strstr(call.result.run.error.text, "commands_max"));
    assert_int_equal(probe_add_complete_return(box.tokens[0], NULL), BUS_OK);
    assert_int_equal(probe_add_complete_return(box.tokens[1], NULL), BUS_OK);
    assert_true(latch_wait(&completion.called, 2));
    finish_bus(&bus);
}

/* ---- two at once ---- */

struct race {
    struct box *box;
    pthread_barrier_t barrier;
    _Atomic uint32_t won;
};

static void *answer_in_a_race(void *argument)
{
    struct race *race = argument;

    for (int i = 0; i < 300; i++) {
        (void)pthread_barrier_wait(&race->barrier);
        race->won += probe_add_complete_return(race->box->tokens[i % 8], NULL) == BUS_OK;
        (void)pthread_barrier_wait(&race->barrier);
    }
    return NULL;
}

static void two_answers_race(void **state)
{
    struct box box = BOX_INITIALIZER;
    struct bus *bus = open_box(&box, false);
    struct race race = {.box = &box};
    struct completion completion = {.called = LATCH_INITIALIZER};
    pthread_t a, b;

    (void)state;
    assert_int_equal(pthread_barrier_init(&race.barrier, NULL, 3), 0);
    a = spawn(answer_in_a_race, &race);
    b = spawn(answer_in_a_race, &race);
    for (uint32_t i = 0; i < 300; i++) {
        add_async(bus, 0, &completion);
        assert_true(latch_wait(&box.filled, i + 1));
        (void)pthread_barrier_wait(&race.barrier);
        (void)pthread_barrier_wait(&race.barrier);
    }
    reap(a);
    reap(b);
    assert_int_equal(race.won, 300);
    assert_true(latch_wait(&completion.called, 300));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
    pthread_barrier_destroy(&race.barrier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answered_by_another_thread),
        cmocka_unit_test(answered_before_the_handler_returns),
        cmocka_unit_test(failed_later_is_a_fault),
        cmocka_unit_test(a_fault_takes_the_token_back),
        cmocka_unit_test(done_means_later_too),
        cmocka_unit_test(never_answered_is_a_timeout),
        cmocka_unit_test(a_completion_runs_on_the_worker),
        cmocka_unit_test(a_completion_of_a_polled_bus),
        cmocka_unit_test(the_handler_goes),
        cmocka_unit_test(the_bus_stops),
        cmocka_unit_test(a_stop_waits_for_answers),
        cmocka_unit_test(an_audit_sees_what_is_deferred),
        cmocka_unit_test(what_cannot_be_deferred),
        cmocka_unit_test(deferred_commands_are_bounded),
        cmocka_unit_test(two_answers_race),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
