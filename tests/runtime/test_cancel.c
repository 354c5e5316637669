/*
 * Commands that are cancelled: before they run, while they run, between two runs, deferred, too
 * late.
 * covers: B9, F8, I6
 */
#include "support.h"

#include <bus/dead_letters.h>
#include <bus/simulation.h>

struct scene {
    struct bus *bus;
    struct bus_ticket ticket;
    struct latch entered;
    struct latch let_go;
    struct bus_token token;
    bool defer;
    bool fail;
    bool was_cancelled;
    uint64_t deadline_ns;
    enum bus_outcome outcome;
    struct probe_add_result result;
};
#define SCENE_INITIALIZER                                                                          \
    {                                                                                              \
        .entered = LATCH_INITIALIZER, .let_go = LATCH_INITIALIZER                                  \
    }

static enum bus_verdict on_add_scene(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    struct scene *scene = context;

    if (scene->defer) {
        enum bus_verdict verdict = bus_delivery_defer(delivery, &scene->token);

        latch_add(&scene->entered, 1);
        return verdict;
    }
    scene->was_cancelled = bus_delivery_cancelled(delivery);
    latch_add(&scene->entered, 1);
    if (!latch_wait(&scene->let_go, 1))
        return BUS_FAULT;
    scene->was_cancelled = !scene->was_cancelled && bus_delivery_cancelled(delivery);
    if (scene->fail)
        return bus_fail(delivery, &(struct bus_error){.code = 3});
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static void *execute_scene(void *argument)
{
    struct scene *scene = argument;
    struct bus_message_options options = {.ticket = &scene->ticket,
                                          .deadline_ns = scene->deadline_ns};

    scene->outcome = probe_add_execute_with(scene->bus, &(struct probe_add){.a = 2, .b = 3},
                                            &options, &scene->result);
    return NULL;
}

static void open_scene(struct scene *scene, bool concurrent)
{
    scene->bus = open_workers(1);
    assert_int_equal(probe_add_handle(scene->bus, on_add_scene, scene,
                                      &(struct bus_handler_options){.concurrent = concurrent}),
                     BUS_OK);
}

/* A ticket is good for one command; without a cancel it changes nothing. */
static void a_ticket_changes_nothing(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct scene scene = SCENE_INITIALIZER;

        open_scene(&scene, way % 2 != 0);
        scene.fail = way / 2 != 0;
        latch_add(&scene.let_go, 1);
        (void)execute_scene(&scene);
        assert_int_equal(scene.outcome, scene.fail ? BUS_FAULTED : BUS_ANSWERED);
        if (!scene.fail)
            assert_int_equal(scene.result.ok.sum, 5);
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_ERR_STATE);
        /* Used up: the command that it names is over. */
        (void)execute_scene(&scene);
        assert_int_equal(scene.outcome, BUS_CANCELLED);
        finish_bus(&scene.bus);
    }
}

static void cancelled_before_it_begins(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct scene scene = SCENE_INITIALIZER;

        open_scene(&scene, way == 1);
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
        (void)execute_scene(&scene);
        assert_int_equal(scene.outcome, BUS_CANCELLED);
        assert_int_equal(scene.result.run.outcome, BUS_CANCELLED);
        assert_int_equal(latch_count(&scene.entered), 0);
        finish_bus(&scene.bus);
    }
}

/* It is queued behind another one: its caller goes at once, its handler does not run. */
static void cancelled_in_the_lane(void **state)
{
    struct scene scene = SCENE_INITIALIZER;
    struct hold hold = HOLD_INITIALIZER;
    pthread_t caller;

    (void)state;
    open_scene(&scene, false);
    assert_int_equal(probe_ticked_subscribe(scene.bus, on_ticked_hold, &hold, NULL), BUS_OK);
    tick(scene.bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    caller = spawn(execute_scene, &scene);
    while (account_of(scene.bus, &probe_add_type).held == 0)
        ;
    assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
    reap(caller);
    assert_int_equal(scene.outcome, BUS_CANCELLED);
    assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_ERR_STATE);
    assert_int_equal(account_of(scene.bus, &probe_add_type).held, 1);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(scene.bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&scene.entered), 0);
    assert_int_equal(account_of(scene.bus, &probe_add_type).cancelled, 1);
    finish_bus(&scene.bus);
}

static void cancelled_while_it_runs(void **state)
{
    struct scene scene = SCENE_INITIALIZER;
    pthread_t caller;

    (void)state;
    open_scene(&scene, false);
    caller = spawn(execute_scene, &scene);
    assert_true(latch_wait(&scene.entered, 1));
    assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
    reap(caller); /* before the handler has returned */
    assert_int_equal(scene.outcome, BUS_CANCELLED);
    latch_add(&scene.let_go, 1);
    assert_int_equal(bus_wait_idle(scene.bus, PATIENCE), BUS_OK);
    assert_true(scene.was_cancelled);
    assert_int_equal(account_of(scene.bus, &probe_add_type).processed, 1);
    assert_int_equal(stats_of(scene.bus).pool_bytes_used, 0);
    finish_bus(&scene.bus);
}

/* On its caller it goes on; the answer counts, a fault is a cancel. */
static void cancelled_on_its_caller(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        struct scene scene = SCENE_INITIALIZER;
        pthread_t caller;

        open_scene(&scene, true);
        scene.fail = fails == 1;
        caller = spawn(execute_scene, &scene);
        assert_true(latch_wait(&scene.entered, 1));
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
        latch_add(&scene.let_go, 1);
        reap(caller);
        assert_true(scene.was_cancelled);
        assert_int_equal(scene.outcome, fails == 1 ? BUS_CANCELLED : BUS_ANSWERED);
        finish_bus(&scene.bus);
    }
}

static void cancelled_while_it_is_deferred(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct scene scene = SCENE_INITIALIZER;
        pthread_t caller;

        open_scene(&scene, way == 1);
        scene.defer = true;
        caller = spawn(execute_scene, &scene);
        assert_true(latch_wait(&scene.entered, 1));
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
        reap(caller);
        assert_int_equal(scene.outcome, BUS_CANCELLED);
        assert_int_equal(probe_add_complete_return(scene.token, NULL), BUS_ERR_STATE);
        assert_int_equal(account_of(scene.bus, &probe_add_type).cancelled, 1);
        assert_int_equal(stats_of(scene.bus).pool_bytes_used, 0);
        finish_bus(&scene.bus);
    }
}

/* Its caller gave up: the handler may know. */
static void a_caller_that_gave_up(void **state)
{
    struct scene scene = SCENE_INITIALIZER;

    (void)state;
    open_scene(&scene, false);
    scene.deadline_ns = 20 * BUS_MILLISECOND;
    (void)execute_scene(&scene);
    assert_int_equal(scene.outcome, BUS_TIMEOUT);
    assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_ERR_STATE);
    latch_add(&scene.let_go, 1);
    assert_int_equal(bus_wait_idle(scene.bus, PATIENCE), BUS_OK);
    if (latch_count(&scene.entered) == 1)
        assert_true(scene.was_cancelled);
    finish_bus(&scene.bus);
}

/* ---- with a completion ---- */

static void on_outcome(void *context, const struct probe_add_result *result)
{
    struct scene *scene = context;

    scene->outcome = result->run.outcome;
    scene->result.run.attempts++;
}

static void completions_of_cancelled_commands(void **state)
{
    (void)state;
    for (int deferred = 0; deferred < 2; deferred++) {
        struct scene scene = SCENE_INITIALIZER;
        struct bus_message_options options = {.ticket = &scene.ticket};

        scene.bus = open_polled();
        scene.defer = deferred == 1;
        assert_int_equal(probe_add_handle(scene.bus, on_add_scene, &scene, NULL), BUS_OK);
        assert_int_equal(probe_add_execute_async(scene.bus, &(struct probe_add){.a = 1}, &options,
                                                 on_outcome, &scene),
                         BUS_QUEUED);
        if (scene.defer)
            poll_all(scene.bus);
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_OK);
        assert_int_equal(scene.result.run.attempts, 0); /* not here, but when it is polled */
        poll_all(scene.bus);
        assert_int_equal(scene.result.run.attempts, 1);
        assert_int_equal(scene.outcome, BUS_CANCELLED);
        assert_int_equal(latch_count(&scene.entered), scene.defer ? 1 : 0);
        assert_int_equal(bus_cancel(scene.bus, &scene.ticket), BUS_ERR_STATE);
        assert_int_equal(account_of(scene.bus, &probe_add_type).cancelled, 1);
        /* The ticket is used up. */
        assert_int_equal(probe_add_execute_async(scene.bus, &(struct probe_add){.a = 1}, &options,
                                                 on_outcome, &scene),
                         BUS_CANCELLED);
        finish_bus(&scene.bus);
    }
}

static void wrong_use(void **state)
{
    struct bus *bus = open_workers(1);
    struct bus_ticket damaged = {.word = UINT64_C(0xffffffff)};

    (void)state;
    assert_int_equal(bus_cancel(NULL, &damaged), BUS_ERR_INVALID);
    assert_int_equal(bus_cancel(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_cancel(bus, &damaged), BUS_ERR_INVALID);
    assert_false(bus_delivery_cancelled(NULL));
    finish_bus(&bus);
}

/* ---- between two runs ---- */

static const struct bus_policy patient = {
    .retries = 3, .jitter = BUS_JITTER_NONE, .backoff_first_ns = BUS_SECOND};

/* Fails always; held for a second in between. */
struct retried {
    struct bus_simulation *simulation;
    struct bus *bus;
    struct bus_ticket ticket;
    uint32_t runs;
    uint32_t called;
    bool cancel_in_run;
    enum bus_outcome outcome;
    enum bus_status cancelled;
    uint64_t ended_ns;
    struct probe_add_result result;
};

static enum bus_verdict on_add_retried(void *context, const struct probe_add *request,
                                       struct bus_delivery *delivery)
{
    struct retried *retried = context;

    (void)request;
    (void)delivery;
    retried->runs++;
    if (retried->cancel_in_run)
        retried->cancelled = bus_cancel(retried->bus, &retried->ticket);
    return BUS_RETRY;
}

static void on_retried(void *context, const struct probe_add_result *result)
{
    struct retried *retried = context;

    retried->called++;
    retried->outcome = result->run.outcome;
}

static void execute_retried(void *argument)
{
    struct retried *retried = argument;
    struct bus_message_options options = {.ticket = &retried->ticket};

    retried->outcome = probe_add_execute_with(retried->bus, &(struct probe_add){.a = 1}, &options,
                                              &retried->result);
    retried->ended_ns = bus_simulation_now(retried->simulation);
}

static void send_retried(void *argument)
{
    struct retried *retried = argument;
    struct bus_message_options options = {.ticket = &retried->ticket};

    bus_ignore(probe_add_execute_async(retried->bus, &(struct probe_add){.a = 1}, &options,
                                       on_retried, retried));
}

static void cancel_soon(void *argument)
{
    struct retried *retried = argument;

    bus_simulation_sleep(retried->simulation, 10 * BUS_MILLISECOND);
    retried->cancelled = bus_cancel(retried->bus, &retried->ticket);
}

enum retried_way { BEHIND_A_LANE, ON_ITS_CALLER, WITH_A_COMPLETION, RETRIED_WAYS };

static void open_retried(struct retried *retried, uint64_t seed, enum retried_way way)
{
    const struct bus_policy_override override = {&probe_add_type, patient};

    *retried = (struct retried){.cancelled = BUS_ERR_TIMEOUT};
    assert_int_equal(
        bus_simulation_open(&retried->simulation, &(struct bus_simulation_options){.seed = seed}),
        BUS_OK);
    retried->bus = open_bus(&(struct bus_options){.workers = 2,
                                                  .os = bus_simulation_os(retried->simulation),
                                                  .policies = &override,
                                                  .policy_count = 1});
    assert_int_equal(
        probe_add_handle(retried->bus, on_add_retried, retried,
                         &(struct bus_handler_options){.concurrent = way == ON_ITS_CALLER}),
        BUS_OK);
    assert_int_equal(bus_start(retried->bus), BUS_OK);
}

/* Counted once, nothing is left of it, and it is no dead letter. */
static void close_retried(struct retried *retried, uint64_t cancelled)
{
    struct bus_account account = account_of(retried->bus, &probe_add_type);
    struct bus_dead_letter_figures figures;

    assert_int_equal(account.cancelled, cancelled);
    assert_int_equal(account.accepted, cancelled);
    assert_int_equal(bus_dead_letter_figures_read(retried->bus, &figures), BUS_OK);
    assert_int_equal(figures.added, 0);
    assert_int_equal(stats_of(retried->bus).pool_bytes_used, 0);
    finish_bus(&retried->bus);
    assert_int_equal(bus_simulation_close(&retried->simulation), BUS_OK);
}

/* It ends as it is cancelled, not when its next run is due. */
static void cancelled_between_two_runs(void **state)
{
    (void)state;
    for (enum retried_way way = BEHIND_A_LANE; way < RETRIED_WAYS; way++)
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct retried retried;

            open_retried(&retried, seed, way);
            assert_int_equal(
                bus_simulation_spawn(retried.simulation, "caller",
                                     way == WITH_A_COMPLETION ? send_retried : execute_retried,
                                     &retried),
                BUS_OK);
            assert_int_equal(
                bus_simulation_spawn(retried.simulation, "canceller", cancel_soon, &retried),
                BUS_OK);
            assert_int_equal(bus_simulation_run(retried.simulation, BUS_SECOND), BUS_OK);
            assert_int_equal(bus_wait_idle(retried.bus, BUS_SECOND), BUS_OK);
            assert_in_range(bus_simulation_now(retried.simulation), 10 * BUS_MILLISECOND,
                            40 * BUS_MILLISECOND);
            assert_int_equal(retried.cancelled, BUS_OK);
            assert_int_equal(retried.outcome, BUS_CANCELLED);
            assert_int_equal(retried.called, way == WITH_A_COMPLETION);
            assert_int_equal(retried.runs, 1);
            assert_int_equal(bus_cancel(retried.bus, &retried.ticket), BUS_ERR_STATE);
            close_retried(&retried, 1);
        }
}

/* There is no other run, and nobody waits for its time. */
static void cancelled_in_a_run_that_fails(void **state)
{
    (void)state;
    for (enum retried_way way = BEHIND_A_LANE; way < RETRIED_WAYS; way++) {
        struct retried retried;

        open_retried(&retried, 7, way);
        retried.cancel_in_run = true;
        (way == WITH_A_COMPLETION ? send_retried : execute_retried)(&retried);
        assert_int_equal(bus_wait_idle(retried.bus, BUS_SECOND), BUS_OK);
        assert_in_range(bus_simulation_now(retried.simulation), 0, 30 * BUS_MILLISECOND);
        assert_int_equal(retried.cancelled, BUS_OK);
        assert_int_equal(retried.outcome, BUS_CANCELLED);
        assert_int_equal(retried.called, way == WITH_A_COMPLETION);
        assert_int_equal(retried.runs, 1);
        close_retried(&retried, 1);
    }
}

/* A completion is called, though its worker has ended before it looked. */
static void cancelled_between_two_runs_and_stopped(void **state)
{
    const struct bus_policy_override override = {&probe_add_type, patient};
    struct retried retried = {.called = 0};

    (void)state;
    retried.bus = open_bus(&(struct bus_options){
        .polled = true, .os = frozen_os(), .policies = &override, .policy_count = 1});
    assert_int_equal(bus_start(retried.bus), BUS_OK);
    assert_int_equal(probe_add_handle(retried.bus, on_add_retried, &retried, NULL), BUS_OK);
    send_retried(&retried);
    poll_all(retried.bus);
    assert_int_equal(retried.runs, 1);
    assert_int_equal(bus_cancel(retried.bus, &retried.ticket), BUS_OK);
    assert_int_equal(retried.called, 0);
    poll_all(retried.bus); /* the clock stands */
    assert_int_equal(retried.called, 1);
    assert_int_equal(retried.outcome, BUS_CANCELLED);
    assert_int_equal(account_of(retried.bus, &probe_add_type).cancelled, 1);
    retried.ticket = (struct bus_ticket){0};
    send_retried(&retried);
    poll_all(retried.bus);
    assert_int_equal(bus_cancel(retried.bus, &retried.ticket), BUS_OK);
    assert_int_equal(bus_stop(retried.bus, 0, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(retried.called, 2);
    assert_int_equal(retried.outcome, BUS_CANCELLED);
    assert_int_equal(account_of(retried.bus, &probe_add_type).left, 1);
    assert_balanced(retried.bus);
    assert_int_equal(bus_close(&retried.bus), BUS_OK);
}

/* ---- a cancel and an answer at once ---- */

struct race {
    struct scene *scene;
    pthread_barrier_t barrier;
    uint32_t cancelled;
};

static void *cancel_in_a_race(void *argument)
{
    struct race *race = argument;

    for (int i = 0; i < 300; i++) {
        (void)pthread_barrier_wait(&race->barrier);
        race->cancelled += bus_cancel(race->scene->bus, &race->scene->ticket) == BUS_OK;
        (void)pthread_barrier_wait(&race->barrier);
    }
    return NULL;
}

/* Whoever cancelled successfully is believed. */
static void a_cancel_races_an_answer(void **state)
{
    struct scene scene = SCENE_INITIALIZER;
    struct race race = {.scene = &scene};
    uint32_t told = 0;
    pthread_t canceller;

    (void)state;
    open_scene(&scene, false);
    latch_add(&scene.let_go, 1);
    assert_int_equal(pthread_barrier_init(&race.barrier, NULL, 2), 0);
    canceller = spawn(cancel_in_a_race, &race);
    for (int i = 0; i < 300; i++) {
        scene.ticket = (struct bus_ticket){0};
        (void)pthread_barrier_wait(&race.barrier);
        (void)execute_scene(&scene);
        (void)pthread_barrier_wait(&race.barrier);
        assert_true(scene.outcome == BUS_ANSWERED || scene.outcome == BUS_CANCELLED);
        told += scene.outcome == BUS_CANCELLED;
    }
    reap(canceller);
    assert_int_equal(told, race.cancelled);
    assert_int_equal(bus_wait_idle(scene.bus, PATIENCE), BUS_OK);
    assert_int_equal(stats_of(scene.bus).pool_bytes_used, 0);
    finish_bus(&scene.bus);
    pthread_barrier_destroy(&race.barrier);
}

static enum bus_verdict on_add_often(void *context, const struct probe_add *request,
                                     struct bus_delivery *delivery)
{
    (void)context;
    return request->b % 4 == 0 ? probe_add_return(delivery, NULL) : BUS_RETRY;
}

/* Runs, waits for the next run and ends, whichever the cancel meets. */
static void a_cancel_races_retries(void **state)
{
    const struct bus_policy_override override = {&probe_add_type,
                                                 {.retries = 1000,
                                                  .backoff_first_ns = 20 * BUS_MICROSECOND,
                                                  .backoff_factor = 1.01,
                                                  .backoff_most_ns = 5 * BUS_MILLISECOND}};

    (void)state;
    for (int concurrent = 0; concurrent < 2; concurrent++) {
        struct scene scene = SCENE_INITIALIZER;
        struct race race = {.scene = &scene};
        uint32_t told = 0;
        pthread_t canceller;

        scene.bus =
            open_bus(&(struct bus_options){.workers = 2, .policies = &override, .policy_count = 1});
        assert_int_equal(bus_start(scene.bus), BUS_OK);
        assert_int_equal(
            probe_add_handle(scene.bus, on_add_often, NULL,
                             &(struct bus_handler_options){.concurrent = concurrent == 1}),
            BUS_OK);
        assert_int_equal(pthread_barrier_init(&race.barrier, NULL, 2), 0);
        canceller = spawn(cancel_in_a_race, &race);
        for (uint32_t i = 0; i < 300; i++) {
            struct bus_message_options options = {.ticket = &scene.ticket};

            scene.ticket = (struct bus_ticket){0};
            (void)pthread_barrier_wait(&race.barrier);
            scene.outcome = probe_add_execute_with(scene.bus, &(struct probe_add){.b = i}, &options,
                                                   &scene.result);
            (void)pthread_barrier_wait(&race.barrier);
            assert_true(scene.outcome == BUS_ANSWERED || scene.outcome == BUS_CANCELLED);
            told += scene.outcome == BUS_CANCELLED;
        }
        reap(canceller);
        if (concurrent == 0) /* on its caller an answer counts in spite of it */
            assert_int_equal(told, race.cancelled);
        assert_in_range(told, 225, race.cancelled);
        assert_int_equal(bus_wait_idle(scene.bus, PATIENCE), BUS_OK);
        assert_int_equal(stats_of(scene.bus).pool_bytes_used, 0);
        finish_bus(&scene.bus);
        pthread_barrier_destroy(&race.barrier);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_changes_nothing),
        cmocka_unit_test(cancelled_before_it_begins),
        cmocka_unit_test(cancelled_in_the_lane),
        cmocka_unit_test(cancelled_while_it_runs),
        cmocka_unit_test(cancelled_on_its_caller),
        cmocka_unit_test(cancelled_while_it_is_deferred),
        cmocka_unit_test(a_caller_that_gave_up),
        cmocka_unit_test(completions_of_cancelled_commands),
        cmocka_unit_test(cancelled_between_two_runs),
        cmocka_unit_test(cancelled_in_a_run_that_fails),
        cmocka_unit_test(cancelled_between_two_runs_and_stopped),
        cmocka_unit_test(wrong_use),
        cmocka_unit_test(a_cancel_races_an_answer),
        cmocka_unit_test(a_cancel_races_retries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
