/*
 * Many durable events of one call: all on their way to the disk, then one wait. Refusals in the
 * middle, of the store and before it; what comes behind a refused one is on no disk and never
 * delivered; room that is waited for. On a polled bus, inside a handler, before start, at a stop.
 *
 * covers: M2 I6 I3
 */
#include "lasting.h"

#include <bus/pipeline.h>
#include <bus/simulation.h>

enum { MANY_MOST = 400, GROUP = 128 }; /* GROUP: as path/durable_many.c has it */

static void number_them(struct lasting_placed *events, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        events[i] = (struct lasting_placed){.order = 1, .number = first + i};
}

/* Publishes `count` from `first` on; `expected` of them are accepted. */
static void place_many(struct bus *bus, uint64_t first, uint32_t count, uint32_t expected,
                       enum bus_outcome last)
{
    static struct lasting_placed events[MANY_MOST];
    uint32_t accepted = UINT32_MAX;
    enum bus_outcome outcome;

    number_them(events, first, count);
    outcome = lasting_placed_publish_many(bus, events, count, NULL, &accepted);
    if (outcome != last)
        fail_msg("%s (%s)", bus_outcome_text(outcome), bus_last_error());
    assert_int_equal(accepted, expected);
}

/* Until no event is left. */
static void run_down(struct bus *bus)
{
    for (uint32_t i = 0; durable_figures(bus).behind + durable_figures(bus).in_memory != 0; i++) {
        assert_true(i < 10000);
        (void)poll_all(bus);
        frozen_advance(MS);
    }
}

static void many_are_taken_and_run_in_order(void **state)
{
    static const uint32_t capacities[] = {4096, 4};

    (void)state;
    for (uint32_t c = 0; c < 2; c++) { /* the second time most of them wait on disk */
        static struct taker taker;
        struct bus_memory_store *store = open_store(NULL);
        uint32_t room = capacities[c];
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        bus = start_lasting(store, &taker,
                            (struct bus_options){.capacity = {room, room, room, room, room}});
        place_many(bus, 0, 0, 0, BUS_QUEUED);
        place_many(bus, 0, 300, 300, BUS_QUEUED);
        assert_int_equal(stored_events(store), 300);
        assert_int_equal(account_of(bus, &lasting_placed_type).accepted, 300);
        assert_balanced(bus);
        place(bus, 1, 300, BUS_QUEUED);
        place_many(bus, 301, 1, 1, BUS_QUEUED);
        run_down(bus);
        assert_journal_run(&taker.journal, 0, 302);
        finish_bus(&bus);
        assert_int_equal(stored_events(store), 0);
        bus_memory_store_close(&store);
    }
}

/* A group takes an eighth of the records at most. */
static void few_records_are_enough(void **state)
{
    static const uint32_t most[] = {1, 16};

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        static struct taker taker;
        struct bus_memory_store *store = open_store(NULL);
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        bus = start_lasting(store, &taker, (struct bus_options){.durable_max = most[i]});
        place_many(bus, 0, 100, most[i] == 1 ? 1 : 100, most[i] == 1 ? BUS_REJECTED : BUS_QUEUED);
        run_down(bus);
        assert_journal_run(&taker.journal, 0, most[i] == 1 ? 1 : 100);
        finish_bus(&bus);
        bus_memory_store_close(&store);
    }
}

static void before_start_they_wait_on_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = open_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    place_many(bus, 0, 200, 200, BUS_BUFFERED);
    lose_bus(&bus);
    bus = open_lasting(store, &taker, (struct bus_options){0});
    place_many(bus, 200, 10, 10, BUS_BUFFERED);
    assert_int_equal(bus_start(bus), BUS_OK);
    run_down(bus);
    assert_journal_run(&taker.journal, 0, 210);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static enum bus_verdict pass_on(void *context, const struct lasting_passing *event,
                                struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    place_many(bus_delivery_bus(delivery), event->number, 200, 200, BUS_QUEUED);
    return BUS_DONE;
}

static void a_handler_publishes_many(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = open_lasting(store, NULL, (struct bus_options){0});

    (void)state;
    assert_int_equal(lasting_placed_subscribe(bus, take_placed, &taker, NULL), BUS_OK);
    assert_int_equal(lasting_passing_subscribe(bus, pass_on, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(lasting_passing_publish(bus, &(struct lasting_passing){.number = 5}),
                     BUS_QUEUED);
    run_down(bus);
    (void)poll_all(bus);
    run_down(bus);
    assert_journal_run(&taker.journal, 5, 200);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- refused ---- */

static void a_full_store_takes_the_first_ones(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(&(struct bus_memory_store_options){.entries = 5});
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    place_many(bus, 0, 8, 5, BUS_REJECTED);
    assert_int_equal(account_of(bus, &lasting_placed_type).accepted, 5);
    assert_int_equal(account_of(bus, &lasting_placed_type).rejected, 1);
    assert_int_equal(durable_figures(bus).refused, 1);
    run_down(bus);
    place_many(bus, 5, 3, 3, BUS_QUEUED);
    run_down(bus);
    assert_journal_run(&taker.journal, 0, 8);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_put_that_fails_ends_it(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 3, 1);
    place_many(bus, 0, 8, 3, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "store"));
    bus_memory_store_fault(store, BUS_MEMORY_STORE_REFUSES, 2, 0);
    place_many(bus, 3, 8, 2, BUS_REJECTED);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_REFUSES, 2, 2);
    place_many(bus, 5, 8, 8, BUS_QUEUED); /* it is taken on in the end */
    run_down(bus);
    assert_journal_run(&taker.journal, 0, 13);
    assert_int_equal(durable_figures(bus).refused, 2);
    finish_bus(&bus);
    assert_int_equal(stored_events(store), 0);
    bus_memory_store_close(&store);
}

static bool lets_pass(void *context, const void *message, const struct bus_filter_facts *facts)
{
    const struct lasting_placed *event = message;
    uint64_t *asked = context;

    (void)facts;
    ++*asked;
    return event->number != 7;
}

/* Refused before it comes to the store: what is in front of it is on disk, once. */
static void one_that_is_wrong_ends_it(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    static const char text[] = "too long: "
                               "0123456789012345678901234567890123456789012345678901234567890123";
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct lasting_placed events[5];
    uint32_t accepted;
    uint64_t asked = 0;

    (void)state;
    number_them(events, 0, 5);
    events[3].text = (struct bus_opt_string){true, {text, sizeof text - 1}};
    assert_int_equal(lasting_placed_publish_many(bus, events, 5, NULL, &accepted), BUS_INVALID);
    assert_int_equal(accepted, 3);
    assert_int_equal(account_of(bus, &lasting_placed_type).invalid, 1);
    assert_int_equal(bus_filter_add(bus,
                                    &(struct bus_filter){.kind = BUS_FILTER_CUSTOM,
                                                         .matches = lets_pass,
                                                         .context = &asked},
                                    NULL),
                     BUS_OK);
    place_many(bus, 3, 10, 4, BUS_FILTERED);
    assert_int_equal(account_of(bus, &lasting_placed_type).filtered, 1);
    assert_int_equal(asked, 5);
    place_many(bus, 8, 2, 2, BUS_QUEUED);
    run_down(bus);
    assert_int_equal(latch_count(&taker.journal.latch), 9);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* A letter takes the place of what a full store refuses; all are accepted. */
static void letters_take_what_the_store_does_not(void **state)
{
    struct bus_memory_store *store = open_store(&(struct bus_memory_store_options){.entries = 2});
    struct bus *bus = start_lasting(store, NULL, (struct bus_options){0});
    struct lasting_spilled events[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    uint32_t accepted;

    (void)state;
    assert_int_equal(lasting_spilled_publish_many(bus, events, 4, NULL, &accepted),
                     BUS_DEAD_LETTERED);
    assert_int_equal(accepted, 4);
    assert_int_equal(account_of(bus, &lasting_spilled_type).accepted, 4);
    assert_int_equal(account_of(bus, &lasting_spilled_type).dropped, 2);
    assert_balanced(bus);
    lose_bus(&bus);
    bus_memory_store_close(&store);
}

static void one_id_is_one_event(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = start_lasting(store, &taker, (struct bus_options){0});
    struct bus_message_options options = {.id = {1, 2}};
    struct lasting_placed events[5];
    uint32_t accepted;

    (void)state;
    number_them(events, 0, 5);
    assert_int_equal(lasting_placed_publish_many(bus, events, 5, &options, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 5);
    assert_int_equal(durable_figures(bus).known, 4);
    options.id.low = 3;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 1);
    assert_int_equal(lasting_placed_publish_many(bus, events, 5, &options, &accepted),
                     BUS_REJECTED);
    assert_int_equal(accepted, 0);
    assert_int_equal(lasting_placed_publish_many(bus, events, 5, &options, &accepted), BUS_QUEUED);
    run_down(bus);
    assert_journal(&taker.journal, (uint64_t[]){0, 0}, 2);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void without_a_store_they_are_ordinary(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus *bus =
        start_lasting(NULL, &taker, (struct bus_options){.durable_without_store = true});

    (void)state;
    place_many(bus, 0, 200, 200, BUS_QUEUED);
    (void)poll_all(bus);
    assert_journal_run(&taker.journal, 0, 200);
    finish_bus(&bus);
}

static bool refusing;

static void *allocate_little(void *context, size_t size, size_t alignment)
{
    return refusing ? NULL : bus_os_native()->allocate(context, size, alignment);
}

/* Without memory for a group each is sent alone, as far as there is memory for one. */
static void without_memory_each_goes_alone(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus_os os = *lasting_os();
    struct bus *bus;

    (void)state;
    os.allocate = allocate_little;
    bus = start_lasting(store, &taker, (struct bus_options){.os = &os});
    place(bus, 1, 0, BUS_QUEUED);
    refusing = true;
    place_many(bus, 1, 200, 200, BUS_QUEUED);
    refusing = false;
    place_many(bus, 201, 99, 99, BUS_QUEUED);
    run_down(bus);
    assert_journal_run(&taker.journal, 0, 300);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

/* ---- a slow disk, in virtual time: this thread is disk and worker ---- */

struct scene {
    struct bus_simulation *simulation;
    struct bus_memory_store *store;
    struct bus *bus;
    struct taker *taker;
    /* of the thread that publishes */
    uint64_t first;
    uint32_t count, accepted;
    enum bus_outcome outcome;
    bool over;
};

static void publish_them(void *argument)
{
    static struct lasting_placed events[MANY_MOST];
    struct scene *scene = argument;

    number_them(events, scene->first, scene->count);
    scene->outcome =
        lasting_placed_publish_many(scene->bus, events, scene->count, NULL, &scene->accepted);
    scene->over = true;
}

static void open_scene(struct scene *scene, struct taker *taker, uint32_t capacity)
{
    *scene = (struct scene){.taker = taker};
    memset(taker, 0, sizeof *taker);
    *taker = (struct taker)TAKER_INITIALIZER;
    assert_int_equal(bus_simulation_open(&scene->simulation, NULL), BUS_OK);
    scene->store =
        open_store(&(struct bus_memory_store_options){.os = bus_simulation_os(scene->simulation)});
    scene->bus = start_lasting(
        scene->store, taker,
        (struct bus_options){.os = bus_simulation_os(scene->simulation),
                             .capacity = {capacity, capacity, capacity, capacity, capacity}});
    bus_memory_store_hold(scene->store, true);
}

static void close_scene(struct scene *scene)
{
    finish_bus(&scene->bus);
    assert_int_equal(stored_events(scene->store), 0);
    bus_memory_store_close(&scene->store);
    assert_int_equal(bus_simulation_close(&scene->simulation), BUS_OK);
}

static void begin_publish(struct scene *scene, uint64_t first, uint32_t count)
{
    scene->first = first;
    scene->count = count;
    scene->over = false;
    assert_int_equal(bus_simulation_spawn(scene->simulation, "publisher", publish_them, scene),
                     BUS_OK);
    bus_simulation_sleep(scene->simulation, MS);
    assert_false(scene->over);
}

/* The disk carries out so many, and all go on. */
static void carry_out(struct scene *scene, uint32_t most, uint32_t expected)
{
    assert_int_equal(bus_memory_store_run(scene->store, most), expected);
    bus_simulation_sleep(scene->simulation, MS);
}

static void go_on_until_idle(struct scene *scene)
{
    bus_memory_store_hold(scene->store, false);
    for (uint32_t i = 0; i < 200; i++) {
        (void)poll_all(scene->bus);
        bus_simulation_sleep(scene->simulation, MS);
    }
    assert_int_equal(durable_figures(scene->bus).in_memory, 0);
    assert_int_equal(durable_figures(scene->bus).behind, 0);
    assert_balanced(scene->bus);
}

static void there_is_one_wait_for_a_group(void **state)
{
    static struct taker taker;
    struct scene scene;

    (void)state;
    open_scene(&scene, &taker, 4096);
    begin_publish(&scene, 0, 2 * GROUP + 10);
    carry_out(&scene, 0, GROUP);
    assert_int_equal(account_of(scene.bus, &lasting_placed_type).accepted, GROUP);
    carry_out(&scene, 0, GROUP);
    assert_false(scene.over);
    carry_out(&scene, 0, 10);
    assert_true(scene.over);
    assert_int_equal(scene.outcome, BUS_QUEUED);
    assert_int_equal(scene.accepted, 2 * GROUP + 10);
    go_on_until_idle(&scene);
    assert_journal_run(&taker.journal, 0, 2 * GROUP + 10);
    close_scene(&scene);
}

/* The fourth fails, the fifth and sixth go well: they are off the disk before the call returns.
 * With a small lane the loader comes by them, too. */
static void what_follows_a_failed_put_is_taken_back(void **state)
{
    static const uint32_t capacities[] = {4096, 2};

    (void)state;
    for (uint32_t c = 0; c < 2; c++) {
        static struct taker taker;
        struct scene scene;

        open_scene(&scene, &taker, capacities[c]);
        begin_publish(&scene, 0, 6);
        bus_memory_store_fault(scene.store, BUS_MEMORY_STORE_FAILS, 3, 1);
        carry_out(&scene, 0, 6);
        assert_false(scene.over); /* two removals are on their way */
        assert_int_equal(stored_events(scene.store), 5);
        carry_out(&scene, 0, 2);
        assert_true(scene.over);
        assert_int_equal(stored_events(scene.store), 3);
        assert_int_equal(scene.outcome, BUS_REJECTED);
        assert_int_equal(scene.accepted, 3);
        assert_int_equal(account_of(scene.bus, &lasting_placed_type).accepted, 3);
        assert_balanced(scene.bus);
        bus_memory_store_hold(scene.store, false);
        place_many(scene.bus, 3, 3, 3, BUS_QUEUED); /* as somebody does who goes on there */
        go_on_until_idle(&scene);
        assert_journal_run(&taker.journal, 0, 6);
        close_scene(&scene);
    }
}

/* The removal fails as well, or is not taken on: again, later; never delivered meanwhile. */
static void what_cannot_be_taken_back_now_is_later(void **state)
{
    static const enum bus_memory_store_fault faults[] = {BUS_MEMORY_STORE_FAILS,
                                                         BUS_MEMORY_STORE_REFUSES};

    (void)state;
    for (uint32_t f = 0; f < 2; f++) {
        static struct taker taker;
        struct scene scene;

        open_scene(&scene, &taker, 2);
        begin_publish(&scene, 0, 6);
        bus_memory_store_fault(scene.store, BUS_MEMORY_STORE_FAILS, 3, 1);
        if (f == 0) {
            carry_out(&scene, 0, 6);
            bus_memory_store_fault(scene.store, faults[f], 0, 5);
            carry_out(&scene, 0, 2);
        } else {
            assert_int_equal(bus_memory_store_run(scene.store, 6), 6);
            bus_memory_store_fault(scene.store, faults[f], 0, 5);
            bus_simulation_sleep(scene.simulation, MS);
        }
        assert_true(scene.over);
        assert_int_equal(scene.accepted, 3);
        assert_int_equal(stored_events(scene.store), 5);
        assert_balanced(scene.bus);
        bus_memory_store_hold(scene.store, false);
        go_on_until_idle(&scene);
        assert_journal_run(&taker.journal, 0, 3);
        assert_int_equal(stored_events(scene.store), 0);
        close_scene(&scene);
    }
}

/* The process ends before they are taken back: nobody was told that they are not accepted, and the
 * next bus delivers them. */
static void a_crash_before_they_are_taken_back(void **state)
{
    static struct taker taker;
    struct scene scene;

    (void)state;
    open_scene(&scene, &taker, 4096);
    begin_publish(&scene, 0, 6);
    bus_memory_store_fault(scene.store, BUS_MEMORY_STORE_FAILS, 3, 1);
    carry_out(&scene, 0, 6);
    assert_false(scene.over);
    assert_int_equal(bus_stop(scene.bus, 0, NULL), BUS_ERR_TIMEOUT);
    assert_int_equal(bus_close(&scene.bus), BUS_ERR_BUSY);
    bus_memory_store_fault(scene.store, BUS_MEMORY_STORE_FAILS, 0, 0);
    carry_out(&scene, 0, 2);
    assert_true(scene.over);
    assert_int_equal(scene.accepted, 3);
    lose_bus(&scene.bus);
    bus_memory_store_fault(scene.store, BUS_MEMORY_STORE_WORKS, 0, 0);
    scene.bus = start_lasting(scene.store, &taker,
                              (struct bus_options){.os = bus_simulation_os(scene.simulation)});
    go_on_until_idle(&scene);
    assert_journal(&taker.journal, (uint64_t[]){0, 1, 2, 4, 5}, 5);
    close_scene(&scene);
}

static void a_stop_ends_it_between_two_groups(void **state)
{
    static struct taker taker;
    struct bus_left left_there;
    struct scene scene;

    (void)state;
    open_scene(&scene, &taker, 4096);
    begin_publish(&scene, 0, 300);
    assert_int_equal(bus_stop(scene.bus, 0, NULL), BUS_OK); /* none was accepted yet */
    carry_out(&scene, 0, GROUP);
    assert_true(scene.over);
    assert_int_equal(scene.outcome, BUS_CLOSED);
    assert_int_equal(scene.accepted, GROUP);
    assert_int_equal(account_of(scene.bus, &lasting_placed_type).closed, 1);
    bus_memory_store_hold(scene.store, false);
    assert_int_equal(bus_stop(scene.bus, 0, &left_there), BUS_ERR_TIMEOUT);
    assert_int_equal(left_there.messages, GROUP);
    assert_balanced(scene.bus);
    lose_bus(&scene.bus);
    scene.bus = start_lasting(scene.store, &taker,
                              (struct bus_options){.os = bus_simulation_os(scene.simulation)});
    go_on_until_idle(&scene);
    assert_journal_run(&taker.journal, 0, GROUP);
    close_scene(&scene);
}

/* ---- room that is waited for ---- */

static enum bus_verdict take_awaited(void *context, const struct lasting_awaited *event,
                                     struct bus_delivery *delivery)
{
    struct taker *taker = context;

    (void)delivery;
    journal_add(&taker->journal, event->number);
    return BUS_DONE;
}

/* `when_full block`: each for itself, from when it is its turn. */
static void those_that_block_wait_for_room(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_simulation *simulation = NULL;
    struct lasting_awaited events[20];
    struct bus_memory_store *store;
    uint32_t accepted;
    uint64_t begin;
    struct bus *bus;

    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        events[i] = (struct lasting_awaited){.number = i};
    assert_int_equal(bus_simulation_open(&simulation, NULL), BUS_OK);
    store = open_store(
        &(struct bus_memory_store_options){.entries = 3, .os = bus_simulation_os(simulation)});
    bus = start_lasting(store, NULL,
                        (struct bus_options){.workers = 1, .os = bus_simulation_os(simulation)});
    assert_int_equal(lasting_awaited_subscribe(bus, take_awaited, &taker, NULL), BUS_OK);
    assert_int_equal(lasting_awaited_publish_many(bus, events, 20, NULL, &accepted), BUS_QUEUED);
    assert_int_equal(accepted, 20);
    assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
    assert_journal_run(&taker.journal, 0, 20);
    finish_bus(&bus);
    /* Nobody makes room: the deadline, then `block`, say how long. */
    bus = start_lasting(store, NULL, (struct bus_options){.os = bus_simulation_os(simulation)});
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK);
    begin = bus_simulation_now(simulation);
    assert_int_equal(
        lasting_awaited_publish_many(
            bus, events, 20, &(struct bus_message_options){.deadline_ns = 10 * MS}, &accepted),
        BUS_REJECTED);
    assert_int_equal(accepted, 3);
    assert_true(bus_simulation_now(simulation) - begin < 50 * MS);
    lose_bus(&bus);
    bus_memory_store_close(&store);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_are_taken_and_run_in_order),
        cmocka_unit_test(few_records_are_enough),
        cmocka_unit_test(before_start_they_wait_on_disk),
        cmocka_unit_test(a_handler_publishes_many),
        cmocka_unit_test(a_full_store_takes_the_first_ones),
        cmocka_unit_test(a_put_that_fails_ends_it),
        cmocka_unit_test(one_that_is_wrong_ends_it),
        cmocka_unit_test(letters_take_what_the_store_does_not),
        cmocka_unit_test(one_id_is_one_event),
        cmocka_unit_test(without_a_store_they_are_ordinary),
        cmocka_unit_test(without_memory_each_goes_alone),
        cmocka_unit_test(there_is_one_wait_for_a_group),
        cmocka_unit_test(what_follows_a_failed_put_is_taken_back),
        cmocka_unit_test(what_cannot_be_taken_back_now_is_later),
        cmocka_unit_test(a_crash_before_they_are_taken_back),
        cmocka_unit_test(a_stop_ends_it_between_two_groups),
        cmocka_unit_test(those_that_block_wait_for_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
