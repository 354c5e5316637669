/*
 * Middleware around handlers: order, verdicts, answers, the kinds that are provided; it comes and
 * goes while messages run.
 * covers: B2, E7
 */
#include "support.h"

#include <bus/batch.h>
#include <bus/pipeline.h>

static uint64_t add_middleware(struct bus *bus, const struct bus_middleware *middleware)
{
    uint64_t id = 0;

    assert_int_equal(bus_middleware_add(bus, middleware, &id), BUS_OK);
    assert_int_not_equal(id, 0);
    return id;
}

/* ---- a journal of who came when ---- */

struct mark {
    struct journal *journal;
    uint64_t tag;
};

static enum bus_verdict note(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    const struct mark *mark = context;
    enum bus_verdict verdict;

    journal_add(mark->journal, mark->tag);
    verdict = bus_middleware_next(next, delivery);
    journal_add(mark->journal, mark->tag + 1);
    return verdict;
}

static uint64_t add_mark(struct bus *bus, struct mark *mark, const struct bus_message_type *only)
{
    return add_middleware(
        bus, &(struct bus_middleware){
                 .kind = BUS_MIDDLEWARE_CUSTOM, .only = only, .around = note, .context = mark});
}

static void first_added_is_outermost(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct mark outer = {&journal, 10}, inner = {&journal, 20}, touches = {&journal, 30};
    struct probe_touch_result result;
    uint64_t first, third;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(probe_touch_handle(bus, on_touch, &journal, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    first = add_mark(bus, &outer, NULL);
    (void)add_mark(bus, &inner, NULL);
    third = add_mark(bus, &touches, &probe_touch_type);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(probe_touch_execute(bus, &(struct probe_touch){.number = 4}, &result),
                     BUS_ANSWERED);
    assert_int_equal(bus_middleware_remove(bus, first), BUS_OK);
    assert_int_equal(bus_middleware_remove(bus, first), BUS_ERR_NOT_REGISTERED);
    tick(bus, 5, BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){1,  10, 20, 2, 21, 11, 10, 20, 3, 21, 11,
                                                10, 20, 30, 4, 31, 21, 11, 20, 5, 21},
                   21);
    assert_int_equal(bus_middleware_remove(bus, third), BUS_OK);
    finish_bus(&bus);
}

/* ---- verdicts ---- */

/* What a piece of middleware does, and a handler says. */
struct script {
    uint32_t calls;           /* of what is behind */
    enum bus_verdict verdict; /* in the end; of the handler before that */
    bool forget, answer, fail;
    uint32_t handled;
    const void *message;
    const char *handler;
};

static enum bus_verdict play(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    struct script *script = context;
    uint32_t i;

    script->message = bus_delivery_message(delivery);
    script->handler = bus_delivery_handler(delivery);
    for (i = 0; i < script->calls; i++)
        (void)bus_middleware_next(next, delivery);
    if (script->forget && !bus_middleware_forget(delivery))
        return BUS_LATER;
    if (script->answer)
        return probe_add_return(delivery, &(struct probe_add_ok){.sum = 77});
    if (script->fail)
        return bus_fail(delivery, &(struct bus_error){.code = 5, .text = "no"});
    return script->verdict;
}

static enum bus_verdict tick_fails(void *context, const struct probe_ticked *event,
                                   struct bus_delivery *delivery)
{
    struct script *script = context;

    script->handled++;
    return event->number == 0 ? BUS_DONE
                              : bus_fail(delivery, &(struct bus_error){.code = 9, .text = "odd"});
}

static enum bus_verdict add_answers(void *context, const struct probe_add *request,
                                    struct bus_delivery *delivery)
{
    struct script *script = context;

    script->handled++;
    if (request->a == 99)
        return bus_fail(delivery, &(struct bus_error){.code = 9, .text = "ninety-nine"});
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = request->a + request->b});
}

static void add_script(struct bus *bus, struct script *script)
{
    (void)add_middleware(
        bus,
        &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM, .around = play, .context = script});
}

static void verdicts_are_the_handlers(void **state)
{
    struct bus *bus = open_polled();
    struct script script = {.calls = 1};
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, tick_fails, &script, NULL), BUS_OK);
    add_script(bus, &script);
    tick(bus, 1, BUS_QUEUED); /* fails, and is made a success */
    poll_all(bus);
    assert_non_null(script.message);
    assert_string_equal(script.handler, "probe.ticked");
    script.verdict = BUS_REJECT;
    tick(bus, 0, BUS_QUEUED); /* succeeds, and is made a failure */
    poll_all(bus);
    script = (struct script){.calls = 3, .handled = script.handled};
    tick(bus, 0, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(script.handled, 5);
    script.calls = 0;
    tick(bus, 1, BUS_QUEUED); /* does not get there */
    poll_all(bus);
    script.fail = true;
    tick(bus, 1, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(script.handled, 5);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.processed, 3);
    assert_int_equal(account.failed, 2);
    finish_bus(&bus);
}

static enum bus_outcome add_99(struct bus *bus, uint32_t a, struct probe_add_result *result)
{
    return probe_add_execute(bus, &(struct probe_add){.a = a, .b = 1}, result);
}

/* On the caller, and in a worker with the answer in a block of the pool. */
static void answers_can_be_changed(struct bus *bus)
{
    struct script script = {.calls = 2};
    struct probe_add_result result;

    assert_int_equal(probe_add_handle(bus, add_answers, &script, NULL), BUS_OK);
    add_script(bus, &script);
    assert_int_equal(add_99(bus, 2, &result), BUS_ANSWERED); /* called twice, answered once */
    assert_int_equal(result.ok.sum, 3);
    assert_int_equal(script.handled, 2);
    script.fail = true; /* an answer is there already: its verdict counts */
    assert_int_equal(add_99(bus, 2, &result), BUS_FAULTED);
    assert_int_equal(result.run.error.code, 5);
    script = (struct script){.calls = 1, .forget = true, .answer = true};
    assert_int_equal(add_99(bus, 2, &result), BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 77);
    assert_int_equal(add_99(bus, 99, &result), BUS_ANSWERED); /* the fault is forgotten */
    assert_int_equal(result.ok.sum, 77);
    script.forget = false;
    assert_int_equal(add_99(bus, 2, &result), BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_SECOND_ANSWER);
    script = (struct script){.answer = true};
    assert_int_equal(add_99(bus, 2, &result), BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 77);
    script = (struct script){0};
    assert_int_equal(add_99(bus, 2, &result), BUS_FAULTED);
    assert_int_equal(result.run.error.code, BUS_FAULT_NO_ANSWER);
    assert_int_equal(script.handled, 0);
}

static void answers_on_the_caller(void **state)
{
    struct bus *bus = open_polled();

    (void)state;
    answers_can_be_changed(bus);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

static void answers_in_a_worker(void **state)
{
    struct bus *bus = open_workers(1);

    (void)state;
    answers_can_be_changed(bus);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* ---- deferred answers ---- */

struct later {
    struct bus_token token;
    uint32_t calls;
    bool answered;
};

static enum bus_verdict add_later(void *context, const struct probe_add *request,
                                  struct bus_delivery *delivery)
{
    struct later *later = context;
    enum bus_verdict verdict;

    later->calls++;
    if (later->calls == 2 && request->a == 1)
        return probe_add_return(delivery, &(struct probe_add_ok){.sum = 5});
    verdict = bus_delivery_defer(delivery, &later->token);
    if (later->answered &&
        probe_add_complete_return(later->token, &(struct probe_add_ok){.sum = 6}) != BUS_OK)
        later->calls = 99;
    return verdict;
}

static enum bus_verdict call_twice(void *context, struct bus_delivery *delivery,
                                   struct bus_next *next)
{
    (void)context;
    (void)bus_middleware_next(next, delivery);
    return bus_middleware_next(next, delivery);
}

/* Another call takes the token back, unless the answer was given. */
static void deferred_ones_are_taken_back(void **state)
{
    struct bus *bus = open_workers(1);
    struct later later = {.calls = 0};
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_add_handle(bus, add_later, &later, NULL), BUS_OK);
    (void)add_middleware(
        bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM, .around = call_twice});
    assert_int_equal(add_99(bus, 1, &result), BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 5);
    assert_int_equal(later.calls, 2);
    assert_int_equal(probe_add_complete_return(later.token, &(struct probe_add_ok){.sum = 9}),
                     BUS_ERR_STATE);
    later = (struct later){.answered = true};
    assert_int_equal(add_99(bus, 2, &result), BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 6);
    assert_int_equal(later.calls, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    finish_bus(&bus);
}

/* ---- batch handlers ---- */

static enum bus_verdict take_batch(void *context, const struct probe_ticked *events, uint32_t count,
                                   struct bus_batch *batch)
{
    uint64_t *sum = context;
    uint32_t i;

    (void)batch;
    for (i = 0; i < count; i++)
        *sum += events[i].number;
    return BUS_DONE;
}

static void a_batch_is_one_run(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct mark mark = {&journal, 10};
    struct bus_batch_options batch = {.size = 3};
    uint64_t sum = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe_batch(bus, take_batch, &sum, &batch, NULL), BUS_OK);
    (void)add_mark(bus, &mark, NULL);
    (void)add_middleware(
        bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM, .around = call_twice});
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    tick(bus, 3, BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){10, 11}, 2);
    assert_int_equal(sum, 12);
    assert_int_equal(account_of(bus, &probe_ticked_type).processed, 3);
    finish_bus(&bus);
}

/* ---- adding, removing, bad use ---- */

static void count_one(void *context, const struct bus_middleware_info *middleware)
{
    uint32_t *count = context;

    assert_string_equal(middleware->name, "middleware");
    ++*count;
}

static void bad_middleware_is_refused(void **state)
{
    char long_name[BUS_FILTER_NAME_SIZE + 1];
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = failing_os()});
    const struct bus_middleware timing = {.kind = BUS_MIDDLEWARE_TIMING};
    const struct bus_middleware bad[] = {
        {.kind = 0},
        {.kind = (enum bus_middleware_kind)99},
        {.kind = BUS_MIDDLEWARE_CUSTOM},
        {.kind = BUS_MIDDLEWARE_LOGGING},
        {.kind = BUS_MIDDLEWARE_VALIDATION},
        {.kind = BUS_MIDDLEWARE_RATE_LIMIT},
        {.kind = BUS_MIDDLEWARE_RATE_LIMIT, .per_second = 1000001},
        {.kind = BUS_MIDDLEWARE_RATE_LIMIT, .per_second = 1, .burst = 1000001},
        {.kind = BUS_MIDDLEWARE_RATE_LIMIT, .per_second = 1, .wait_max_ns = 61 * BUS_SECOND},
        {.kind = BUS_MIDDLEWARE_TIMING, .name = long_name},
    };
    uint32_t i, count = 0;

    (void)state;
    memset(long_name, 'n', sizeof long_name);
    long_name[BUS_FILTER_NAME_SIZE] = '\0';
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(bus_middleware_add(bus, &bad[i], NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_middleware_add(NULL, &timing, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_middleware_add(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_middleware_remove(NULL, 1), BUS_ERR_INVALID);
    assert_int_equal(bus_middleware_each(bus, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_middleware_next(NULL, NULL), BUS_FAULT);
    assert_null(bus_delivery_message(NULL));
    assert_string_equal(bus_delivery_handler(NULL), "");
    failing_arm(1, false);
    assert_int_equal(bus_middleware_add(bus, &timing, NULL), BUS_ERR_MEMORY);
    failing_arm(0, false);
    for (i = 0; i < BUS_MIDDLEWARE_MAX; i++)
        (void)add_middleware(bus, &timing);
    assert_int_equal(bus_middleware_add(bus, &timing, NULL), BUS_ERR_LIMIT);
    assert_int_equal(bus_middleware_each(bus, count_one, &count), BUS_OK);
    assert_int_equal(count, BUS_MIDDLEWARE_MAX);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_middleware_add(bus, &timing, NULL), BUS_ERR_STATE);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(failing_outstanding(), 0);
}

struct leaver {
    struct bus *bus;
    uint64_t id;
    uint32_t runs;
    enum bus_status status;
};

static enum bus_verdict leave(void *context, struct bus_delivery *delivery, struct bus_next *next)
{
    struct leaver *leaver = context;

    leaver->runs++;
    leaver->status = bus_middleware_remove(leaver->bus, leaver->id);
    return bus_middleware_next(next, delivery);
}

/* Inside itself it returns at once; what is behind it is reached all the same. */
static void one_may_remove_itself(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct leaver leaver = {.bus = bus, .status = BUS_ERR_STATE};
    struct mark inner = {&journal, 10};

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    leaver.id = add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM,
                                                             .around = leave,
                                                             .context = &leaver});
    (void)add_mark(bus, &inner, NULL);
    tick(bus, 1, BUS_QUEUED);
    tick(bus, 2, BUS_QUEUED);
    poll_all(bus);
    assert_int_equal(leaver.status, BUS_OK);
    assert_int_equal(leaver.runs, 1);
    assert_journal(&journal, (const uint64_t[]){10, 1, 11, 10, 2, 11}, 6);
    finish_bus(&bus);
}

struct lent {
    _Atomic uint64_t alive;
    _Atomic uint64_t *lost;
};

static enum bus_verdict look_alive(void *context, struct bus_delivery *delivery,
                                   struct bus_next *next)
{
    struct lent *lent = context;
    enum bus_verdict verdict;

    if (atomic_load(&lent->alive) != 1)
        atomic_fetch_add(lent->lost, 1);
    verdict = bus_middleware_next(next, delivery);
    if (atomic_load(&lent->alive) != 1)
        atomic_fetch_add(lent->lost, 1);
    return verdict;
}

struct crowd {
    struct bus *bus;
    _Atomic bool stop;
};

static void *publish_on(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t number = 0;

    while (!atomic_load(&crowd->stop))
        bus_ignore(probe_ticked_publish(crowd->bus, &(struct probe_ticked){.number = number++}));
    return NULL;
}

/* After the removal nobody is inside: the context may be freed. */
static void it_comes_and_goes_while_messages_run(void **state)
{
    struct bus *bus = open_workers(2);
    struct journal *journal = calloc(1, sizeof *journal);
    const struct bus_handler_options options = {.concurrent = true};
    struct crowd crowd = {.bus = bus};
    _Atomic uint64_t lost = 0;
    pthread_t publishers[2];
    uint32_t round, i;

    (void)state;
    assert_non_null(journal);
    pthread_mutex_init(&journal->latch.mutex, NULL);
    pthread_cond_init(&journal->latch.condition, NULL);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, &options), BUS_OK);
    for (i = 0; i < 2; i++)
        publishers[i] = spawn(publish_on, &crowd);
    for (round = 0; round < 300; round++) {
        struct lent *lent[3];
        uint64_t ids[3];

        for (i = 0; i < 3; i++) {
            lent[i] = calloc(1, sizeof *lent[i]);
            assert_non_null(lent[i]);
            atomic_store(&lent[i]->alive, 1);
            lent[i]->lost = &lost;
            ids[i] = add_middleware(bus, &(struct bus_middleware){.kind = BUS_MIDDLEWARE_CUSTOM,
                                                                  .around = look_alive,
                                                                  .context = lent[i]});
        }
        if (round % 16 == 0)
            assert_true(latch_wait(&journal->latch, latch_count(&journal->latch) + 1));
        for (i = 0; i < 3; i++) {
            uint32_t which = (i + round) % 3;

            assert_int_equal(bus_middleware_remove(bus, ids[which]), BUS_OK);
            atomic_store(&lent[which]->alive, 0);
            free(lent[which]);
        }
    }
    atomic_store(&crowd.stop, true);
    for (i = 0; i < 2; i++)
        reap(publishers[i]);
    assert_int_equal(lost, 0);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    finish_bus(&bus);
    free(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_added_is_outermost),
        cmocka_unit_test(verdicts_are_the_handlers),
        cmocka_unit_test(answers_on_the_caller),
        cmocka_unit_test(answers_in_a_worker),
        cmocka_unit_test(deferred_ones_are_taken_back),
        cmocka_unit_test(a_batch_is_one_run),
        cmocka_unit_test(bad_middleware_is_refused),
        cmocka_unit_test(one_may_remove_itself),
        cmocka_unit_test(it_comes_and_goes_while_messages_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
