/*
 * Durable events without waiting: who is told, when, on a polled bus and on one with threads; the
 * order with those that are waited for; a slow store, stop and close. Threads that wait for a slow
 * disk, in the virtual time of a simulation; scheduled durable events.
 *
 * covers: M2 I6 C1
 */
#include "lasting.h"

#include <pthread.h>
#include <sched.h>

#include <bus/schedule.h>
#include <bus/simulation.h>

/* What `done` was told. */
struct told {
    uint64_t count;
    uint64_t queued;
    uint64_t rejected;
    enum bus_outcome again; /* of a publish inside it */
    bool publishes;
};

static void tell(void *context, struct bus *bus, enum bus_outcome outcome)
{
    struct told *told = context;

    told->count++;
    told->queued += outcome == BUS_QUEUED;
    told->rejected += outcome == BUS_REJECTED;
    if (told->publishes)
        told->again = lasting_noted_publish(bus, &(struct lasting_noted){.number = 100});
}

static void later(struct bus *bus, uint64_t number, struct told *told)
{
    assert_int_equal(lasting_noted_publish_later(bus, &(struct lasting_noted){.number = number},
                                                 NULL, tell, told),
                     BUS_QUEUED);
}

static void the_end_is_told_in_a_poll(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct told told = {0};

    (void)state;
    bus_memory_store_hold(store, true);
    later(bus, 0, &told);
    later(bus, 1, &told);
    (void)poll_all(bus);
    assert_int_equal(told.count, 0);
    assert_int_equal(account_of(bus, &lasting_noted_type).accepted, 0);
    assert_int_equal(bus_memory_store_run(store, 1), 1);
    bus_memory_store_hold(store, false);
    assert_int_equal(told.count, 0);
    (void)poll_all(bus);
    assert_int_equal(told.queued, 2);
    assert_journal_run(&taker.journal, 0, 2);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void the_order_is_that_of_the_calls(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct told told = {0};

    (void)state;
    note(bus, 0, BUS_QUEUED);
    later(bus, 1, &told);
    note(bus, 2, BUS_QUEUED); /* although its lane has room */
    later(bus, 3, &told);
    note(bus, 4, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 5);
    note(bus, 5, BUS_QUEUED);
    assert_int_equal(durable_figures(bus).behind, 0);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 6);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_store_that_fails_or_is_full_is_told(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store =
        open_store(&(struct bus_memory_store_options){.entries = 1, .requests = 2});
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct told told = {0};

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 1);
    later(bus, 0, &told);
    later(bus, 1, &told);
    later(bus, 2, &told); /* the second entry */
    (void)poll_all(bus);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.rejected, 2);
    assert_int_equal(account_of(bus, &lasting_noted_type).rejected, 2);
    bus_memory_store_hold(store, true);
    later(bus, 3, &told);
    later(bus, 4, &told);
    assert_int_equal(
        lasting_noted_publish_later(bus, &(struct lasting_noted){.number = 5}, NULL, tell, &told),
        BUS_REJECTED); /* the store takes on no third */
    assert_int_equal(lasting_spilled_publish_later(bus, &(struct lasting_spilled){.number = 6},
                                                   NULL, tell, &told),
                     BUS_DEAD_LETTERED); /* and this one says so at once: it is not told */
    bus_memory_store_hold(store, false);
    (void)poll_all(bus);
    assert_int_equal(told.count, 5);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void it_may_publish_and_the_wrong_use_is_refused(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct told told = {.publishes = true, .again = BUS_INVALID};

    (void)state;
    later(bus, 1, &told);
    (void)poll_all(bus);
    assert_int_equal(told.again, BUS_QUEUED);
    assert_journal(&taker.journal, (uint64_t[]){1, 100}, 2);
    assert_int_equal(
        lasting_noted_publish_later(bus, &(struct lasting_noted){.number = 1}, NULL, NULL, NULL),
        BUS_INVALID);
    assert_int_equal(bus_publish_message_later(bus, &lasting_passing_type,
                                               &(struct lasting_passing){.number = 1}, NULL, tell,
                                               &told),
                     BUS_INVALID);
    finish_bus(&bus);
    bus_memory_store_close(&store);
    bus = start_lasting(NULL, &taker, (struct bus_options){.durable_without_store = true});
    told = (struct told){0};
    later(bus, 2, &told);
    assert_int_equal(told.queued, 1);
    finish_bus(&bus);
}

static void a_stop_tells_and_a_close_waits_for_the_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct told told = {0};

    (void)state;
    bus_memory_store_hold(store, true);
    later(bus, 0, &told);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_OK); /* none was accepted yet */
    assert_int_equal(bus_close(&bus), BUS_ERR_BUSY);
    assert_non_null(strstr(bus_last_error(), "disk"));
    bus_memory_store_hold(store, false);
    assert_int_equal(told.count, 0);
    assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT); /* now it is, and left */
    assert_int_equal(told.queued, 1);
    assert_balanced(bus);
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void before_start_it_is_told_after_it(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = open_lasting(store, &taker, (struct bus_options){0});
    struct told told = {0};

    (void)state;
    later(bus, 0, &told);
    assert_int_equal(stored_events(store), 1);
    assert_int_equal(told.count, 0);
    assert_int_equal(bus_start(bus), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(told.queued, 1);
    assert_journal_run(&taker.journal, 0, 1);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- threads, in virtual time ---- */

struct publisher {
    struct bus *bus;
    uint64_t first;
    enum bus_outcome outcome;
};

static void publish_ten(void *argument)
{
    struct publisher *publisher = argument;

    for (uint64_t i = 0; i < 10 && publisher->outcome == BUS_QUEUED; i++)
        publisher->outcome = lasting_placed_publish(
            publisher->bus,
            &(struct lasting_placed){.order = publisher->first, .number = publisher->first + i});
}

static void threads_wait_for_a_slow_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;

    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct bus_simulation *simulation = NULL;
        struct publisher publishers[3];
        struct bus_memory_store *store;
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        assert_int_equal(
            bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = seed}),
            BUS_OK);
        store = open_store(&(struct bus_memory_store_options){.os = bus_simulation_os(simulation)});
        bus = start_lasting(store, &taker,
                            (struct bus_options){.workers = 2,
                                                 .os = bus_simulation_os(simulation),
                                                 .capacity = {4, 4, 4, 4, 4}});
        bus_memory_store_hold(store, true);
        for (uint64_t i = 0; i < 3; i++) {
            publishers[i] = (struct publisher){.bus = bus, .first = 100 * i, .outcome = BUS_QUEUED};
            assert_int_equal(
                bus_simulation_spawn(simulation, "publisher", publish_ten, &publishers[i]), BUS_OK);
        }
        for (uint64_t i = 0; i < 60; i++) {
            bus_simulation_sleep(simulation, MS);
            (void)bus_memory_store_run(store, 1);
        }
        bus_memory_store_hold(store, false);
        bus_simulation_sleep(simulation, BUS_SECOND);
        for (uint64_t i = 0; i < 3; i++)
            assert_int_equal(publishers[i].outcome, BUS_QUEUED);
        assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
        assert_int_equal(latch_count(&taker.journal.latch), 30);
        for (uint64_t key = 0; key < 3; key++) {
            uint64_t next = 100 * key;

            for (uint64_t i = 0; i < 30; i++)
                if (taker.journal.entries[i] / 100 == key)
                    assert_int_equal(taker.journal.entries[i], next++);
            assert_int_equal(next, 100 * key + 10);
        }
        finish_bus(&bus);
        assert_int_equal(stored_events(store), 0);
        bus_memory_store_close(&store);
        assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    }
}

struct disk {
    struct bus_simulation *simulation;
    struct bus_memory_store *store;
};

static void answer_after_a_while(void *argument)
{
    struct disk *disk = argument;

    bus_simulation_sleep(disk->simulation, 50 * MS);
    bus_memory_store_hold(disk->store, false);
}

/* How a bus ends, or rests, while three events are on their way to the disk. */
static void wait_for_three(bool polled, bool stop)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct disk disk = {NULL, NULL};
    struct told told = {0};
    struct bus *bus;

    memset(&taker, 0, sizeof taker);
    taker = (struct taker)TAKER_INITIALIZER;
    assert_int_equal(bus_simulation_open(&disk.simulation, NULL), BUS_OK);
    disk.store =
        open_store(&(struct bus_memory_store_options){.os = bus_simulation_os(disk.simulation)});
    bus = start_lasting(disk.store, &taker,
                        (struct bus_options){.polled = polled,
                                             .workers = polled ? 0 : 1,
                                             .os = bus_simulation_os(disk.simulation)});
    bus_memory_store_hold(disk.store, true);
    for (uint64_t i = 0; i < 3; i++)
        later(bus, i, &told);
    assert_int_equal(bus_simulation_spawn(disk.simulation, "disk", answer_after_a_while, &disk),
                     BUS_OK);
    assert_int_equal(stop ? bus_stop(bus, BUS_SECOND, NULL) : bus_wait_idle(bus, BUS_SECOND),
                     BUS_OK);
    assert_int_equal(told.queued, 3);
    assert_journal_run(&taker.journal, 0, 3);
    assert_int_equal(stored_events(disk.store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&disk.store);
    assert_int_equal(bus_simulation_close(&disk.simulation), BUS_OK);
}

static void stop_and_idle_wait_for_what_is_on_its_way_to_the_disk(void **state)
{
    (void)state;
    wait_for_three(false, true);
    wait_for_three(false, false);
    wait_for_three(true, true);
}

static void one_that_blocks_waits_for_room_in_the_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_simulation *simulation = NULL;
    struct bus_memory_store *store;
    struct bus *bus;
    uint64_t begin;

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation, NULL), BUS_OK);
    store = open_store(
        &(struct bus_memory_store_options){.entries = 1, .os = bus_simulation_os(simulation)});
    taker.transient = true;
    atomic_store(&taker.failing, true);
    bus = start_lasting(store, &taker,
                        (struct bus_options){.workers = 1, .os = bus_simulation_os(simulation)});
    assert_int_equal(lasting_tried_publish(bus, &(struct lasting_tried){.number = 1}), BUS_QUEUED);
    begin = bus_simulation_os(simulation)->monotonic_ns(bus_simulation_os(simulation)->context);
    atomic_store(&taker.failing, false); /* its first run may be over: then 10 ms until the next */
    assert_int_equal(lasting_awaited_publish(bus, &(struct lasting_awaited){.number = 1}),
                     BUS_QUEUED);
    assert_true(
        bus_simulation_os(simulation)->monotonic_ns(bus_simulation_os(simulation)->context) -
            begin <
        50 * MS);
    assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
    finish_bus(&bus);
    bus_memory_store_close(&store);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

static void one_that_is_due_goes_to_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    assert_int_equal(lasting_noted_schedule(bus, &(struct lasting_noted){.number = 7},
                                            &(struct bus_schedule){.after_ns = 10 * MS}, NULL),
                     BUS_OK);
    frozen_advance(10 * MS);
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(durable_figures(bus).put, 1);
    assert_journal(&taker.journal, (uint64_t[]){7}, 1);
    assert_int_equal(stored_events(store), 0);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- the last steps of a put ---- */

static _Thread_local bool is_disk;
static _Atomic bool closing; /* somebody waits for those steps */

static void slow_wake(void *context, const bus_os_word *word, bool all)
{
    bus_os_native()->wake(context, word, all);
    while (is_disk && !atomic_load(&closing))
        sched_yield();
}

static void yield_and_say_so(void *context)
{
    atomic_store(&closing, true);
    bus_os_native()->yield(context);
}

static void *work_as_disk(void *store)
{
    is_disk = true;
    while (bus_memory_store_run(store, 1) == 0)
        sched_yield();
    return NULL;
}

/* The store's thread has told the end of a put, and is not back from it when the bus is closed. */
static void a_close_waits_for_the_last_steps_of_a_put(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus_os os = *bus_os_native();
    enum bus_status status;
    pthread_t disk;
    struct bus *bus;

    (void)state;
    os.wake = slow_wake;
    os.yield = yield_and_say_so;
    bus = start_lasting(store, &taker, (struct bus_options){.os = &os});
    bus_memory_store_hold(store, true);
    assert_int_equal(pthread_create(&disk, NULL, work_as_disk, store), 0);
    note(bus, 1, BUS_QUEUED);
    bus_memory_store_hold(store, false);
    assert_int_equal(bus_stop(bus, 10 * BUS_SECOND, NULL), BUS_OK);
    status = bus_close(&bus);
    atomic_store(&closing, true);
    (void)pthread_join(disk, NULL);
    assert_int_equal(status, BUS_OK);
    assert_journal(&taker.journal, (uint64_t[]){1}, 1);
    bus_memory_store_close(&store);
}

/* ---- a record that is used again ---- */

static const struct bus_os *simulated;
static bool disk_is_slow; /* its next wake-up takes long */

static void wake_and_pause(void *context, const bus_os_word *word, bool all)
{
    bool slow = disk_is_slow;

    disk_is_slow = false;
    simulated->wake(context, word, all);
    if (slow)
        (void)simulated->wait(context, &(bus_os_word){0}, 0,
                              simulated->monotonic_ns(context) + 10 * MS);
}

struct follower {
    struct bus_simulation *simulation;
    struct bus *bus;
    struct told *told;
    enum bus_outcome outcome;
};

static void publish_when_told(void *argument)
{
    struct follower *follower = argument;

    while (follower->told->count == 0)
        bus_simulation_sleep(follower->simulation, MS / 10);
    follower->outcome = lasting_noted_publish(follower->bus, &(struct lasting_noted){.number = 1});
}

/* The store's thread is not back from the end of a put that nobody waits for. Worker 0 has told it,
 * and its record is that of another publish meanwhile, whose event is not on disk. */
static void a_slow_end_is_not_taken_for_that_of_the_next(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_simulation *simulation = NULL;
    struct follower follower = {.outcome = BUS_OUTCOMES};
    struct told told = {0};
    struct bus_memory_store *store;
    struct bus_os os;

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation, NULL), BUS_OK);
    simulated = bus_simulation_os(simulation);
    os = *simulated;
    os.wake = wake_and_pause;
    store = open_store(&(struct bus_memory_store_options){.os = simulated});
    follower.bus = start_lasting(store, &taker, (struct bus_options){.workers = 1, .os = &os});
    follower.simulation = simulation;
    follower.told = &told;
    bus_memory_store_hold(store, true);
    later(follower.bus, 0, &told);
    assert_int_equal(bus_simulation_spawn(simulation, "follower", publish_when_told, &follower),
                     BUS_OK);
    bus_simulation_sleep(simulation, MS); /* the worker sleeps */
    disk_is_slow = true;
    assert_int_equal(bus_memory_store_run(store, 1), 1);
    assert_false(disk_is_slow);
    assert_int_equal(told.queued, 1);
    bus_simulation_sleep(simulation, 10 * MS);
    assert_int_equal(follower.outcome, BUS_OUTCOMES);
    bus_memory_store_hold(store, false);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    assert_int_equal(follower.outcome, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(follower.bus, BUS_SECOND), BUS_OK);
    assert_journal_run(&taker.journal, 0, 2);
    finish_bus(&follower.bus);
    bus_memory_store_close(&store);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_told_in_a_poll),
        cmocka_unit_test(the_order_is_that_of_the_calls),
        cmocka_unit_test(a_store_that_fails_or_is_full_is_told),
        cmocka_unit_test(it_may_publish_and_the_wrong_use_is_refused),
        cmocka_unit_test(a_stop_tells_and_a_close_waits_for_the_store),
        cmocka_unit_test(before_start_it_is_told_after_it),
        cmocka_unit_test(threads_wait_for_a_slow_disk),
        cmocka_unit_test(stop_and_idle_wait_for_what_is_on_its_way_to_the_disk),
        cmocka_unit_test(one_that_blocks_waits_for_room_in_the_store),
        cmocka_unit_test(one_that_is_due_goes_to_disk),
        cmocka_unit_test(a_close_waits_for_the_last_steps_of_a_put),
        cmocka_unit_test(a_slow_end_is_not_taken_for_that_of_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
