/*
 * Several threads at one place at once: at a full lane, at a ring that drops, at room that is
 * waited for, at handlers that go.
 * covers: I1, I3, I6, C5, E4
 */
#include "support.h"

#include <sched.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { ROUNDS = 60, SHEDS = 1500, WAITS = 600, REGISTRATIONS = 200 };
#else
enum { ROUNDS = 200, SHEDS = 5000, WAITS = 2000, REGISTRATIONS = 500 };
#endif
enum { RACERS = 3, BULK = 5 };

struct race;

struct racer {
    struct race *race;
    uint32_t index;
    uint64_t sent;    /* all in all; the next number */
    uint64_t taken;   /* this round: places in the lane */
    uint64_t aborted; /* of them without a message */
    uint64_t wrong;
};

/* Threads that start together, round by round; `body` is what they do. */
struct race {
    struct bus *bus;
    void (*body)(struct racer *racer, uint32_t round);
    uint32_t rounds;
    pthread_barrier_t start;
    pthread_barrier_t finish;
    struct racer racers[RACERS];
    pthread_t threads[RACERS];
    _Atomic uint64_t seen[RACERS + 1]; /* handler: number expected next */
    _Atomic uint64_t handled;
    _Atomic uint64_t disorder;
    _Atomic uint64_t other; /* of the test */
};

static void *racer_body(void *argument)
{
    struct racer *racer = argument;
    struct race *race = racer->race;

    for (uint32_t round = 0; round < race->rounds; round++) {
        (void)pthread_barrier_wait(&race->start);
        race->body(racer, round);
        (void)pthread_barrier_wait(&race->finish);
    }
    return NULL;
}

static struct race *race_open(const struct bus_options *options, uint32_t rounds,
                              void (*body)(struct racer *, uint32_t))
{
    /* Each its own: after a failure its threads stay behind. */
    struct race *race = calloc(1, sizeof *race);

    assert_non_null(race);
    race->bus = open_bus(options);
    race->rounds = rounds;
    race->body = body;
    assert_int_equal(pthread_barrier_init(&race->start, NULL, RACERS + 1), 0);
    assert_int_equal(pthread_barrier_init(&race->finish, NULL, RACERS + 1), 0);
    assert_int_equal(bus_start(race->bus), BUS_OK);
    for (uint32_t i = 0; i < RACERS; i++) {
        race->racers[i] = (struct racer){.race = race, .index = i};
        race->threads[i] = spawn(racer_body, &race->racers[i]);
    }
    return race;
}

static void race_round(struct race *race)
{
    (void)pthread_barrier_wait(&race->start);
    (void)pthread_barrier_wait(&race->finish);
}

static void race_close(struct race *race)
{
    for (uint32_t i = 0; i < RACERS; i++) {
        reap(race->threads[i]);
        assert_int_equal(race->racers[i].wrong, 0);
    }
    assert_int_equal(atomic_load(&race->disorder), 0);
    finish_bus(&race->bus);
    pthread_barrier_destroy(&race->start);
    pthread_barrier_destroy(&race->finish);
    free(race);
}

/* `exact`: not one number is missing. */
static void see(struct race *race, uint32_t origin, uint64_t number, bool exact)
{
    uint64_t expected = atomic_load(&race->seen[origin]);

    if (exact ? number != expected : number < expected)
        atomic_fetch_add(&race->disorder, 1);
    atomic_store(&race->seen[origin], number + 1);
    atomic_fetch_add(&race->handled, 1);
}

static enum bus_verdict race_ticked(void *context, const struct probe_ticked *event,
                                    struct bus_delivery *delivery)
{
    (void)delivery;
    see(context, event->origin, event->number, true);
    return BUS_DONE;
}

static enum bus_verdict race_shed(void *context, const struct probe_shed *event,
                                  struct bus_delivery *delivery)
{
    (void)delivery;
    see(context, event->origin, event->number, false);
    return BUS_DONE;
}

static enum bus_verdict race_awaited(void *context, const struct probe_awaited *event,
                                     struct bus_delivery *delivery)
{
    (void)delivery;
    see(context, event->origin, event->number, true);
    return BUS_DONE;
}

/* ---- a lane that nobody empties ---- */

static void fill_one(struct racer *racer)
{
    struct probe_ticked message = {.number = racer->sent, .origin = racer->index};
    enum bus_outcome outcome = probe_ticked_publish(racer->race->bus, &message);

    racer->taken += outcome == BUS_QUEUED;
    racer->sent += outcome == BUS_QUEUED;
    racer->wrong += outcome != BUS_QUEUED && outcome != BUS_REJECTED;
}

static void fill_bulk(struct racer *racer)
{
    struct probe_ticked messages[BULK];
    uint32_t accepted = 0;
    enum bus_outcome outcome;

    for (uint32_t i = 0; i < BULK; i++)
        messages[i] = (struct probe_ticked){.number = racer->sent + i, .origin = racer->index};
    outcome = probe_ticked_publish_many(racer->race->bus, messages, BULK, NULL, &accepted);
    racer->taken += accepted;
    racer->sent += accepted;
    racer->wrong += outcome != (accepted == BULK ? BUS_QUEUED : BUS_REJECTED);
}

/* An aborted claim holds its place until the worker has passed it. */
static void fill_claim(struct racer *racer, bool abort)
{
    struct probe_ticked shape = {.number = racer->sent, .origin = racer->index};
    struct bus_claim claim;
    enum bus_outcome outcome = probe_ticked_claim(racer->race->bus, &shape, NULL, &claim);

    racer->wrong += outcome != BUS_QUEUED && outcome != BUS_REJECTED;
    if (outcome != BUS_QUEUED)
        return;
    racer->taken++;
    if (abort) {
        racer->aborted++;
        bus_claim_abort(&claim);
        return;
    }
    racer->wrong += bus_claim_commit(&claim) != BUS_QUEUED;
    racer->sent++;
}

/* Everybody tries for more than there is. In some rounds one has been alone before. */
static void fill(struct racer *racer, uint32_t round)
{
    const uint32_t tries = 3 + round % 70;

    racer->taken = 0;
    racer->aborted = 0;
    for (uint32_t i = 0; i < tries; i++)
        switch ((round + racer->index + i) % 5) {
        case 0:
            fill_bulk(racer);
            break;
        case 1:
            fill_claim(racer, i % 2 == 0);
            break;
        default:
            fill_one(racer);
        }
    for (;;) { /* to the brim, one by one */
        uint64_t before = racer->taken;

        fill_one(racer);
        if (racer->taken == before)
            return;
    }
}

static uint64_t taken(const struct race *race)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < RACERS; i++)
        sum += race->racers[i].taken;
    return sum;
}

static uint64_t messages(const struct race *race)
{
    uint64_t sum = taken(race);

    for (uint32_t i = 0; i < RACERS; i++)
        sum -= race->racers[i].aborted;
    return sum;
}

/* Not one more, not one less, whoever comes first. covers: I1 */
static void capacity_is_exact_for_all(void **state)
{
    const uint32_t capacities[] = {1, 3, 16, 100};

    (void)state;
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        struct bus_options options = {.polled = true, .capacity = {0, 0, capacities[i]}};
        struct race *race = race_open(&options, ROUNDS, fill);
        uint64_t sent = 0;

        assert_int_equal(probe_ticked_subscribe(race->bus, race_ticked, race, NULL), BUS_OK);
        for (uint32_t round = 0; round < ROUNDS; round++) {
            race_round(race);
            assert_int_equal(taken(race), capacities[i]);
            assert_int_equal(stats_of(race->bus).lane_size[BUS_NORMAL], messages(race));
            poll_all(race->bus);
            assert_int_equal(stats_of(race->bus).lane_size[BUS_NORMAL], 0);
        }
        for (uint32_t n = 0; n < RACERS; n++)
            sent += race->racers[n].sent;
        assert_int_equal(atomic_load(&race->handled), sent);
        race_close(race);
    }
}

/* ---- a ring that drops ---- */

static void flood(struct racer *racer, uint32_t round)
{
    (void)round;
    racer->taken = 0;
    for (uint32_t i = 0; i < SHEDS; i++) {
        struct probe_shed message = {.number = racer->sent, .origin = racer->index};
        enum bus_outcome outcome = probe_shed_publish(racer->race->bus, &message);

        racer->wrong += !bus_accepted(outcome) && outcome != BUS_REJECTED;
        racer->sent++;
        racer->taken += bus_accepted(outcome);
        if (i % 64 == 0)
            sched_yield();
    }
}

/* What is dropped is older than what stays; all is counted. covers: I3, I4 */
static void the_newest_stay(void **state)
{
    enum { CAPACITY = 8, LAPS = 5 };
    struct bus_options options = {.polled = true, .capacity = {0, 0, CAPACITY}};
    struct race *race = race_open(&options, LAPS, flood);
    struct bus_account account;
    uint64_t accepted = 0;
    uint64_t next = 0;

    (void)state;
    assert_int_equal(probe_shed_subscribe(race->bus, race_shed, race, NULL), BUS_OK);
    for (uint32_t round = 0; round < LAPS; round++) {
        (void)pthread_barrier_wait(&race->start);
        for (int i = 0; i < 2000; i++) /* a consumer beside them */
            assert_int_equal(bus_poll(race->bus, 3, NULL), BUS_OK);
        (void)pthread_barrier_wait(&race->finish);
        accepted += taken(race);
        assert_true(stats_of(race->bus).lane_size[BUS_NORMAL] <= CAPACITY);
        for (uint64_t i = 0; i < CAPACITY; i++) {
            struct probe_shed message = {.number = next++, .origin = RACERS};

            assert_true(bus_accepted(probe_shed_publish(race->bus, &message)));
        }
        accepted += CAPACITY;
        assert_int_equal(poll_all(race->bus), CAPACITY);
        assert_int_equal(atomic_load(&race->seen[RACERS]), next);
    }
    account = account_of(race->bus, &probe_shed_type);
    assert_int_equal(account.accepted, accepted);
    assert_int_equal(account.processed + account.dropped, accepted);
    assert_int_equal(account.processed, atomic_load(&race->handled));
    race_close(race);
}

/* ---- room that is waited for ---- */

static void wait_for_room(struct racer *racer, uint32_t round)
{
    (void)round;
    for (uint32_t i = 0; i < WAITS; i++) {
        struct probe_awaited message = {.number = racer->sent, .origin = racer->index};

        racer->wrong += probe_awaited_publish(racer->race->bus, &message) != BUS_QUEUED;
        racer->sent++;
    }
}

/* Nobody is refused, nobody overtakes himself. covers: I3 */
static void all_get_room(void **state)
{
    struct bus_options options = {.workers = 1, .capacity = {0, 0, 2}};
    struct race *race = race_open(&options, 1, wait_for_room);

    (void)state;
    assert_int_equal(probe_awaited_subscribe(race->bus, race_awaited, race, NULL), BUS_OK);
    race_round(race);
    assert_int_equal(bus_wait_idle(race->bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load(&race->handled), RACERS * WAITS);
    assert_int_equal(account_of(race->bus, &probe_awaited_type).rejected, 0);
    race_close(race);
}

/* ---- idle ---- */

static void burst_and_wait(struct racer *racer, uint32_t round)
{
    struct race *race = racer->race;

    for (uint32_t i = 0; i < round % 50 + 1; i++) {
        struct probe_ticked message = {.number = racer->sent++, .origin = racer->index};

        racer->wrong += probe_ticked_publish(race->bus, &message) != BUS_QUEUED;
    }
    racer->wrong += bus_wait_idle(race->bus, PATIENCE) != BUS_OK;
    /* What I published before I asked is done. */
    racer->wrong += atomic_load(&race->seen[racer->index]) != racer->sent;
}

/* covers: C5 */
static void idle_means_mine_is_done(void **state)
{
    struct bus_options options = {.workers = 2, .spin_ns = 1};
    struct race *race = race_open(&options, ROUNDS, burst_and_wait);

    (void)state;
    assert_int_equal(probe_ticked_subscribe(race->bus, race_ticked, race,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint32_t round = 0; round < ROUNDS; round++)
        race_round(race);
    race_close(race);
}

/* ---- commands whose handler goes ---- */

static enum bus_verdict race_square(void *context, const struct probe_square *request,
                                    struct bus_delivery *delivery)
{
    struct race *race = context;
    struct probe_square_ok ok = {.value = (uint64_t)request->value * request->value};

    if (atomic_load(&race->other) == 0) /* not registered */
        atomic_fetch_add(&race->disorder, 1);
    return probe_square_return(delivery, &ok);
}

static enum bus_verdict race_touch(void *context, const struct probe_touch *request,
                                   struct bus_delivery *delivery)
{
    struct race *race = context;

    (void)request;
    (void)delivery;
    if (atomic_load(&race->other) == 0)
        atomic_fetch_add(&race->disorder, 1);
    return BUS_DONE;
}

static void execute_all_the_time(struct racer *racer, uint32_t round)
{
    struct race *race = racer->race;

    (void)round;
    while (atomic_load(&race->handled) == 0) { /* here: the test is over */
        struct probe_square request = {.value = (uint32_t)(racer->sent++ % 1000)};
        struct probe_square_result result;
        struct probe_touch_result touched;
        enum bus_outcome outcome = probe_square_execute(race->bus, &request, &result);

        racer->wrong +=
            outcome != BUS_NO_HANDLER &&
            (outcome != BUS_ANSWERED || result.ok.value != (uint64_t)request.value * request.value);
        racer->taken += outcome == BUS_ANSWERED;
        if (racer->sent % 8 != 0)
            continue;
        outcome = probe_touch_execute(race->bus, &(struct probe_touch){.number = 1}, &touched);
        racer->wrong += outcome != BUS_NO_HANDLER && outcome != BUS_ANSWERED;
    }
}

/* Inline and queued ones: after unhandle returned, the handler does not run. covers: E4, B1 */
static void handlers_go_under_commands(void **state)
{
    const struct bus_session none = {0, 0};
    struct bus_options options = {.workers = 1};
    struct bus_handler_options anywhere = {.concurrent = true};
    struct race *race = race_open(&options, 1, execute_all_the_time);

    (void)state;
    (void)pthread_barrier_wait(&race->start);
    for (int i = 0; i < REGISTRATIONS; i++) {
        atomic_store(&race->other, 1);
        assert_int_equal(probe_square_handle(race->bus, race_square, race, &anywhere), BUS_OK);
        assert_int_equal(probe_touch_handle(race->bus, race_touch, race, NULL), BUS_OK);
        if (i % 4 == 0)
            sched_yield();
        assert_int_equal(probe_square_unhandle(race->bus, race_square, race, none), BUS_OK);
        assert_int_equal(probe_touch_unhandle(race->bus, race_touch, race, none), BUS_OK);
        atomic_store(&race->other, 0);
        if (i % 3 == 0)
            sched_yield();
    }
    atomic_store(&race->handled, 1);
    (void)pthread_barrier_wait(&race->finish);
    assert_int_equal(account_of(race->bus, &probe_square_type).processed, taken(race));
    race_close(race);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_exact_for_all),
        cmocka_unit_test(the_newest_stay),
        cmocka_unit_test(all_get_room),
        cmocka_unit_test(idle_means_mine_is_done),
        cmocka_unit_test(handlers_go_under_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
