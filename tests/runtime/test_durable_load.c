/*
 * Durable events that come back from disk: many with one read; the worker goes on meanwhile; reads
 * that fail, that are on their way when the bus ends; events that end, and publishers that are
 * late, while a read is on its way.
 *
 * covers: M2 I6
 */
#include "lasting.h"

#include <pthread.h>
#include <sched.h>

#include <bus/simulation.h>

/* A store that counts the reads of events. */
struct counting {
    struct bus_store table;
    const struct bus_store *inner;
    uint64_t reads;
};

static bool count_put(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    const struct bus_store *inner = ((struct counting *)context)->inner;

    return inner->put(inner->context, stored, done, to);
}

static bool count_change(void *context, const struct bus_stored *stored, bus_store_done done,
                         void *to)
{
    const struct bus_store *inner = ((struct counting *)context)->inner;

    return inner->change(inner->context, stored, done, to);
}

static bool count_remove(void *context, enum bus_stored_kind kind, uint64_t number,
                         bus_store_done done, void *to)
{
    const struct bus_store *inner = ((struct counting *)context)->inner;

    return inner->remove(inner->context, kind, number, done, to);
}

static bool count_next(void *context, const struct bus_store_query *query)
{
    struct counting *counting = context;

    counting->reads += query->kind == BUS_STORED_EVENT;
    return counting->inner->next(counting->inner->context, query);
}

static void count_state(void *context, struct bus_store_state *state)
{
    const struct bus_store *inner = ((struct counting *)context)->inner;

    inner->state(inner->context, state);
}

static bool count_identity(void *context, uint8_t identity[64], bool set)
{
    const struct bus_store *inner = ((struct counting *)context)->inner;

    return inner->identity(inner->context, identity, set);
}

static void count_reads(struct counting *counting, struct bus_memory_store *store)
{
    *counting = (struct counting){.table = {.context = counting,
                                            .put = count_put,
                                            .change = count_change,
                                            .remove = count_remove,
                                            .next = count_next,
                                            .state = count_state,
                                            .identity = count_identity},
                                  .inner = bus_memory_store_table(store)};
}

static void many_come_with_one_read(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct counting counting;

    (void)state;
    for (uint64_t i = 0; i < 2000; i++)
        place(bus, i, i, BUS_QUEUED);
    lose_bus(&bus);
    count_reads(&counting, store);
    bus = open_bus(&(struct bus_options){.schema = &lasting_schema,
                                         .store = &counting.table,
                                         .os = lasting_os(),
                                         .capacity = {8, 8, 8, 8, 8},
                                         .polled = true});
    assert_int_equal(lasting_placed_subscribe(bus, take_placed, &taker, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_in_range(counting.reads, 1, 2000 / 100 + 1); /* through all of them, once */
    counting.reads = 0;
    while (durable_figures(bus).behind + durable_figures(bus).in_memory != 0) {
        (void)poll_all(bus);
        frozen_advance(MS);
    }
    assert_journal_run(&taker.journal, 0, 2000);
    assert_in_range(counting.reads, 1, 2000 / 100 + 1);
    finish_bus(&bus);
    assert_int_equal(stored_events(store), 0);
    bus_memory_store_close(&store);
}

/* What is on disk is large: a read ends before the memory for it is full. */
static void large_ones_come_too(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    static uint8_t data[4000];
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(
            lasting_parcel_publish(
                bus, &(struct lasting_parcel){.number = i, .data = {data, sizeof data}}),
            BUS_QUEUED);
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    while (durable_figures(bus).behind + durable_figures(bus).in_memory != 0) {
        (void)poll_all(bus);
        frozen_advance(MS);
    }
    assert_journal_run(&taker.journal, 0, 100);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void the_worker_goes_on_while_the_disk_is_read(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus =
        start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        place(bus, 1, i, BUS_QUEUED);
    bus_memory_store_hold(store, true);
    (void)poll_all(bus); /* four run; the store is asked for the others, and takes its time */
    assert_journal_run(&taker.journal, 0, 4);
    assert_int_equal(account_of(bus, &lasting_placed_type).held, 6);
    assert_int_equal(lasting_passing_publish(bus, &(struct lasting_passing){.number = 100}),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(latch_count(&taker.journal.latch), 5);
    assert_int_equal(taker.journal.entries[4], 100);
    assert_int_equal(durable_figures(bus).behind, 6);
    assert_balanced(bus);
    bus_memory_store_hold(store, false);
    while (durable_figures(bus).behind != 0) {
        (void)poll_all(bus);
        frozen_advance(MS);
    }
    (void)poll_all(bus);
    assert_int_equal(latch_count(&taker.journal.latch), 11);
    for (uint64_t i = 4; i < 10; i++)
        assert_int_equal(taker.journal.entries[i + 1], i);
    finish_bus(&bus);
    assert_int_equal(stored_events(store), 0);
    bus_memory_store_close(&store);
}

static void a_bus_ends_while_the_disk_is_read(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus =
        start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    struct bus_left left_there;

    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        place(bus, 1, i, BUS_QUEUED);
    bus_memory_store_hold(store, true);
    (void)poll_all(bus);
    assert_int_equal(bus_stop(bus, 0, &left_there), BUS_ERR_TIMEOUT);
    assert_int_equal(left_there.messages, 6);
    lose_bus(&bus); /* and its read with it */
    bus_memory_store_hold(store, false);
    assert_int_equal(stored_events(store), 6);
    bus = start_lasting(store, &taker, (struct bus_options){0});
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 10);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void reads_that_fail_are_tried_again(void **state)
{
    static const enum bus_memory_store_fault faults[] = {BUS_MEMORY_STORE_FAILS,
                                                         BUS_MEMORY_STORE_REFUSES};
    uint32_t f;

    (void)state;
    for (f = 0; f < 2; f++) {
        static struct taker taker;
        struct bus_memory_store *store = open_store(NULL);
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        bus = start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
        for (uint64_t i = 0; i < 200; i++)
            place(bus, 1, i, BUS_QUEUED);
        bus_memory_store_fault(store, faults[f], 0, 0);
        for (uint32_t i = 0; i < 100; i++) {
            (void)poll_all(bus);
            frozen_advance(MS);
        }
        assert_journal_run(&taker.journal, 0, 4);
        assert_int_equal(durable_figures(bus).behind, 196);
        bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
        for (uint32_t i = 0; i < 1000; i++) {
            (void)poll_all(bus);
            frozen_advance(MS);
        }
        assert_journal_run(&taker.journal, 0, 200);
        finish_bus(&bus);
        bus_memory_store_close(&store);
    }
}

/* A full lane of one type does not keep the others on disk. */
static void a_type_that_waits_for_room_does_not_stop_others(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    for (uint64_t i = 0; i < 300; i++) {
        place(bus, i, 1000 + i, BUS_QUEUED);
        note(bus, 2000 + i, BUS_QUEUED);
    }
    lose_bus(&bus);
    bus = start_lasting(store, &taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    for (uint32_t i = 0; durable_figures(bus).behind != 0 && i < 10000; i++) {
        (void)poll_all(bus);
        frozen_advance(MS);
    }
    (void)poll_all(bus);
    assert_int_equal(latch_count(&taker.journal.latch), 600);
    for (uint64_t type = 1; type <= 2; type++) {
        uint64_t next = 1000 * type;

        for (uint64_t i = 0; i < 600; i++)
            if (taker.journal.entries[i] / 1000 == type)
                assert_int_equal(taker.journal.entries[i], next++);
    }
    finish_bus(&bus);
    assert_int_equal(stored_events(store), 0);
    bus_memory_store_close(&store);
}

/* ---- publishers that are late, in virtual time; this thread polls ---- */

static const struct bus_os *simulation_os;

struct late {
    struct bus *bus;
    struct bus_memory_store *store;
    struct bus_simulation *simulation;
    struct bus_os os;
    struct taker taker;
    uint64_t lets_go; /* the handler of this one */
    bool holds_next, go, over;
};
static struct late late;

/* Its event is on disk, and it does not go on before `go`. */
static bool wait_and_be_late(void *context, const bus_os_word *word, uint32_t expected,
                             uint64_t until_ns)
{
    bool mine = late.holds_next, in_time;

    late.holds_next = false;
    in_time = simulation_os->wait(context, word, expected, until_ns);
    while (mine && !late.go)
        simulation_os->yield(context);
    return in_time;
}

static void publish_100(void *argument)
{
    (void)argument;
    place(late.bus, 1, 100, BUS_QUEUED);
    late.over = true;
}

static void publish_101(void *argument)
{
    (void)argument;
    place(late.bus, 1, 101, BUS_QUEUED);
}

static void let_go(void)
{
    late.go = true;
    while (!late.over)
        simulation_os->yield(simulation_os->context);
}

static enum bus_verdict take_and_let_go(void *context, const struct lasting_placed *event,
                                        struct bus_delivery *delivery)
{
    if (event->number == late.lets_go)
        let_go();
    return take_placed(context, event, delivery);
}

static void open_late(uint64_t lets_go)
{
    late = (struct late){.taker = TAKER_INITIALIZER, .lets_go = lets_go};
    assert_int_equal(bus_simulation_open(&late.simulation, NULL), BUS_OK);
    simulation_os = bus_simulation_os(late.simulation);
    late.os = *simulation_os;
    late.os.wait = wait_and_be_late;
    late.store = open_store(&(struct bus_memory_store_options){.os = simulation_os});
    late.bus = start_lasting(
        late.store, NULL,
        (struct bus_options){.os = &late.os, .capacity = {4, 4, 4, 4, 4}, .polled = true});
    assert_int_equal(lasting_placed_subscribe(late.bus, take_and_let_go, &late.taker, NULL),
                     BUS_OK);
}

static void begin_publish(void (*body)(void *argument))
{
    bus_memory_store_hold(late.store, true);
    assert_int_equal(bus_simulation_spawn(late.simulation, "publisher", body, NULL), BUS_OK);
    bus_simulation_sleep(late.simulation, MS);
}

/* Each once: 100 somewhere, the `count` others in order. */
static void go_on_and_close(const uint64_t *others, uint64_t count)
{
    uint64_t next = 0, late_ones = 0;

    bus_memory_store_hold(late.store, false);
    for (uint32_t i = 0; i < 100; i++) {
        (void)poll_all(late.bus);
        bus_simulation_sleep(late.simulation, MS);
    }
    assert_int_equal(latch_count(&late.taker.journal.latch), count + 1);
    for (uint64_t i = 0; i <= count; i++)
        if (late.taker.journal.entries[i] == 100)
            late_ones++;
        else
            assert_int_equal(late.taker.journal.entries[i], others[next++]);
    assert_int_equal(late_ones, 1);
    assert_int_equal(durable_figures(late.bus).in_memory, 0);
    finish_bus(&late.bus);
    assert_int_equal(stored_events(late.store), 0);
    bus_memory_store_close(&late.store);
    assert_int_equal(bus_simulation_close(&late.simulation), BUS_OK);
}

/* On disk: 100, 101, 102, 103. 101 is in its lane, and the others come to be behind: 100 last. 101
 * ends while the disk is read, so what was read has it, and it must not run again. */
static void one_that_ends_during_a_read_is_not_loaded(void **state)
{
    (void)state;
    open_late(UINT64_MAX);
    for (uint64_t i = 0; i < 3; i++)
        place(late.bus, 1, i, BUS_QUEUED);
    late.holds_next = true;
    begin_publish(publish_100);
    begin_publish(publish_101);
    assert_int_equal(bus_memory_store_run(late.store, 0), 2);
    bus_simulation_sleep(late.simulation, MS); /* 101 is the fourth in its lane */
    bus_memory_store_hold(late.store, false);
    place(late.bus, 1, 102, BUS_QUEUED);
    place(late.bus, 1, 103, BUS_QUEUED);
    assert_int_equal(durable_figures(late.bus).behind, 2);
    let_go();
    assert_int_equal(durable_figures(late.bus).behind, 3);
    bus_memory_store_hold(late.store, true);
    (void)poll_all(late.bus);
    assert_journal(&late.taker.journal, (uint64_t[]){0, 1, 2, 101}, 4);
    /* The read, then four removals. */
    assert_int_equal(bus_memory_store_run(late.store, 0), 5);
    (void)poll_all(late.bus);
    go_on_and_close((uint64_t[]){0, 1, 2, 101, 102, 103}, 6);
}

/* 100 is on disk between 4 and 5, which were read with it. 5 has ended, and the loader has gone by
 * it, when 100 comes to be behind: what was read is of no use any more. */
static void what_was_read_before_a_late_one_is_read_again(void **state)
{
    (void)state;
    open_late(6);
    for (uint64_t i = 0; i < 5; i++)
        place(late.bus, 1, i, BUS_QUEUED);
    late.holds_next = true;
    begin_publish(publish_100);
    assert_int_equal(bus_memory_store_run(late.store, 0), 1);
    bus_memory_store_hold(late.store, false);
    for (uint64_t i = 5; i < 11; i++)
        place(late.bus, 1, i, BUS_QUEUED);
    assert_int_equal(durable_figures(late.bus).behind, 7);
    go_on_and_close((uint64_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 11);
}

/* ---- in virtual time ---- */

enum { PUBLISHERS = 10, EACH = 6, BEFORE = 20 };

/* The simulation's table; who has waited goes on late, sometimes: others overtake him. */
static struct bus_os slow_os;
static uint64_t lateness;

static bool wait_and_linger(void *context, const bus_os_word *word, uint32_t expected,
                            uint64_t until_ns)
{
    bool in_time = simulation_os->wait(context, word, expected, until_ns);
    uint64_t i = chance(&lateness) % 4 == 0 ? chance(&lateness) % 40 : 0;

    for (; i > 0; i--)
        simulation_os->yield(context);
    return in_time;
}

static enum bus_verdict take_slowly(void *context, const struct lasting_placed *event,
                                    struct bus_delivery *delivery)
{
    uint64_t i = chance(&lateness) % 3 == 0 ? chance(&lateness) % 20 : 0;

    for (; i > 0; i--)
        simulation_os->yield(simulation_os->context);
    return take_placed(context, event, delivery);
}

struct publisher {
    struct bus *bus;
    const struct bus_os *os;
    uint64_t first;
    uint64_t random;
    uint32_t refused;
};

static void publish_some(void *argument)
{
    struct publisher *publisher = argument;

    for (uint64_t i = 0; i < EACH; i++) {
        struct lasting_placed event = {.order = publisher->first / 100 % 2,
                                       .number = publisher->first + i};

        if (lasting_placed_publish(publisher->bus, &event) != BUS_QUEUED)
            publisher->refused++;
        if (chance(&publisher->random) % 3 == 0)
            publisher->os->yield(publisher->os->context);
    }
}

/* Each once, those of one publisher in order, whatever is on its way while the disk is read. */
static void each_comes_once_and_in_order(void **state)
{
    static struct taker taker;
    uint64_t behind = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct bus_simulation *simulation = NULL;
        struct publisher publishers[PUBLISHERS];
        struct bus_memory_store *store;
        uint64_t random = seed;
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        assert_int_equal(
            bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = seed}),
            BUS_OK);
        store = open_store(&(struct bus_memory_store_options){.os = bus_simulation_os(simulation)});
        simulation_os = bus_simulation_os(simulation);
        slow_os = *simulation_os;
        slow_os.wait = wait_and_linger;
        lateness = seed;
        bus = start_lasting(store, NULL,
                            (struct bus_options){.workers = 1 + seed % 2,
                                                 .os = &slow_os,
                                                 .durable_max = seed % 2 == 0 ? 16 : 0,
                                                 .capacity = {4, 4, 4, 4, 4}});
        assert_int_equal(lasting_placed_subscribe(bus, take_slowly, &taker, NULL), BUS_OK);
        for (uint64_t i = 0; i < BEFORE; i++)
            place(bus, i % 2, 1000 + i, BUS_QUEUED);
        bus_memory_store_hold(store, true);
        for (uint64_t i = 0; i < PUBLISHERS; i++) {
            publishers[i] = (struct publisher){.bus = bus,
                                               .os = bus_simulation_os(simulation),
                                               .first = 100 * i,
                                               .random = seed + i};
            assert_int_equal(
                bus_simulation_spawn(simulation, "publisher", publish_some, &publishers[i]),
                BUS_OK);
        }
        for (uint64_t i = 0; i < 200; i++) {
            bus_simulation_sleep(simulation, chance(&random) % (MS / 4));
            (void)bus_memory_store_run(store, 1 + (uint32_t)(chance(&random) % 12));
            behind += durable_figures(bus).behind;
        }
        bus_memory_store_hold(store, false);
        assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
        for (uint64_t key = 0; key < PUBLISHERS; key++) {
            uint64_t next = 100 * key;

            assert_int_equal(publishers[key].refused, 0);
            for (uint64_t i = 0; i < PUBLISHERS * EACH + BEFORE; i++)
                if (taker.journal.entries[i] / 100 == key)
                    assert_int_equal(taker.journal.entries[i], next++);
            assert_int_equal(next, 100 * key + EACH);
        }
        assert_int_equal(latch_count(&taker.journal.latch), PUBLISHERS * EACH + BEFORE);
        assert_int_equal(durable_figures(bus).in_memory, 0);
        finish_bus(&bus);
        assert_int_equal(stored_events(store), 0);
        bus_memory_store_close(&store);
        assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    }
    assert_true(behind > 100); /* it was about the loader */
}

/* ---- with a disk that has a thread of its own ---- */

struct disk {
    struct bus_memory_store *store;
    _Atomic bool done;
};

static void *work_as_disk(void *argument)
{
    struct disk *disk = argument;

    while (!atomic_load(&disk->done)) {
        (void)bus_memory_store_run(disk->store, 3);
        sched_yield();
    }
    return NULL;
}

static void count_end(void *context, struct bus *bus, enum bus_outcome outcome)
{
    (void)bus;
    latch_add(context, outcome == BUS_QUEUED);
}

/* The worker looks for a row while the disk shows others: for the thread sanitizer. */
static void a_batch_is_filled_while_the_worker_looks(void **state)
{
    enum { MANY = 2000 };
    static struct taker taker = TAKER_INITIALIZER;
    static struct latch on_disk = LATCH_INITIALIZER;
    struct disk disk = {.store = open_store(NULL)};
    const struct lasting_noted *noted;
    struct bus *bus = start_lasting(
        disk.store, &taker,
        (struct bus_options){.workers = 1, .os = bus_os_native(), .capacity = {4, 4, 4, 4, 4}});
    pthread_t thread;

    (void)state;
    bus_memory_store_hold(disk.store, true);
    thread = spawn(work_as_disk, &disk);
    for (uint64_t i = 0; i < MANY; i++) {
        noted = &(struct lasting_noted){.number = i};
        while (lasting_noted_publish_later(bus, noted, NULL, count_end, &on_disk) != BUS_QUEUED)
            sched_yield(); /* as many requests as the store takes on */
    }
    assert_true(latch_wait(&on_disk, MANY)); /* a stop does not wait for what comes to it later */
    assert_int_equal(bus_stop(bus, 60 * BUS_SECOND, NULL), BUS_OK);
    atomic_store(&disk.done, true);
    reap(thread);
    bus_memory_store_hold(disk.store, false);
    assert_journal_run(&taker.journal, 0, MANY);
    assert_int_equal(bus_close(&bus), BUS_OK);
    assert_int_equal(stored_events(disk.store), 0);
    bus_memory_store_close(&disk.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_come_with_one_read),
        cmocka_unit_test(large_ones_come_too),
        cmocka_unit_test(the_worker_goes_on_while_the_disk_is_read),
        cmocka_unit_test(a_bus_ends_while_the_disk_is_read),
        cmocka_unit_test(reads_that_fail_are_tried_again),
        cmocka_unit_test(a_type_that_waits_for_room_does_not_stop_others),
        cmocka_unit_test(one_that_ends_during_a_read_is_not_loaded),
        cmocka_unit_test(what_was_read_before_a_late_one_is_read_again),
        cmocka_unit_test(each_comes_once_and_in_order),
        cmocka_unit_test(a_batch_is_filled_while_the_worker_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
