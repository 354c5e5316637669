/*
 * Events that are published later: when, how often, in which order, and when a clock is set. In
 * frozen time, and in the virtual time of a simulation.
 *
 * covers: L1 L3
 */
#include "timetable.h"

#include <bus/simulation.h>

/* ---- when ---- */

static void it_comes_after_its_time_and_no_sooner(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    (void)later(bus, 7, (struct bus_schedule){.after_ns = 100 * MS});
    assert_int_equal(figures_of(bus).waiting, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 0);
    pass(bus, 100 * MS - 1);
    assert_int_equal(ran(&journal), 0);
    pass(bus, 1);
    assert_journal(&journal, (uint64_t[]){7}, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 1);
    pass(bus, YEAR);
    assert_int_equal(ran(&journal), 1);
    assert_int_equal(figures_of(bus).ended, 1);
    assert_int_equal(figures_of(bus).waiting, 0);
    finish_bus(&bus);
}

static void now_and_the_past_mean_at_once(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    (void)later(bus, 0, (struct bus_schedule){.after_ns = 0});
    (void)later(bus, 1, (struct bus_schedule){.at_ns = 1});
    (void)later(bus, 2, (struct bus_schedule){.at_ns = wall_now() - YEAR});
    (void)later(bus, 3, (struct bus_schedule){.at_ns = wall_now()});
    (void)poll_all(bus);
    assert_int_equal(ran(&journal), 4);
    finish_bus(&bus);
}

static void the_first_due_comes_first(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    for (uint64_t n = 0; n < 100; n++)
        (void)later(bus, n, (struct bus_schedule){.after_ns = (1 + n * 37 % 100) * MS});
    for (uint64_t n = 0; n < 100; n++)
        pass(bus, MS);
    assert_int_equal(ran(&journal), 100);
    for (uint64_t n = 0; n < 100; n++)
        assert_int_equal(journal.entries[n] * 37 % 100, n);
    /* Of equal times the one that was scheduled first. */
    for (uint64_t n = 100; n < 200; n++)
        (void)later(bus, n, (struct bus_schedule){.after_ns = MS});
    pass(bus, MS);
    for (uint64_t n = 100; n < 200; n++)
        assert_int_equal(journal.entries[n], n);
    finish_bus(&bus);
}

static void a_cancelled_one_never_comes(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});
    uint64_t first = later(bus, 1, (struct bus_schedule){.after_ns = MS});
    uint64_t second = later(bus, 2, (struct bus_schedule){.after_ns = MS});
    uint64_t third = later(bus, 3, (struct bus_schedule){.at_ns = wall_now() + MS, .every_ns = MS});

    (void)state;
    assert_int_equal(bus_schedule_cancel(bus, first), BUS_OK);
    assert_int_equal(bus_schedule_cancel(bus, first), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_schedule_cancel(bus, third), BUS_OK);
    assert_int_equal(bus_schedule_cancel(bus, 0), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(bus_schedule_cancel(bus, third + 1), BUS_ERR_NOT_REGISTERED);
    pass(bus, BUS_SECOND);
    assert_journal(&journal, (uint64_t[]){2}, 1);
    assert_int_equal(bus_schedule_cancel(bus, second), BUS_ERR_NOT_REGISTERED);
    assert_int_equal(figures_of(bus).cancelled, 2);
    assert_int_equal(figures_of(bus).waiting_bytes, 0);
    finish_bus(&bus);
}

/* ---- again and again ---- */

static void recurring_ones_do_not_drift(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});
    uint64_t id = later(bus, 1, (struct bus_schedule){.after_ns = 30 * MS, .every_ns = 10 * MS});

    (void)state;
    pass(bus, 29 * MS);
    assert_int_equal(ran(&journal), 0);
    for (uint64_t n = 0; n < 100; n++) {
        pass(bus, n % 2 == 0 ? 4 * MS : 16 * MS); /* 3 ms late, then 9 ms */
        assert_int_equal(ran(&journal), n + 1);
    }
    assert_int_equal(figures_of(bus).missed, 0);
    assert_int_equal(figures_of(bus).published, 100);
    assert_int_equal(bus_schedule_cancel(bus, id), BUS_OK);
    pass(bus, BUS_SECOND);
    assert_int_equal(ran(&journal), 100);
    finish_bus(&bus);
}

static void missed_times_are_made_up_for_by_one(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    (void)later(bus, 1, (struct bus_schedule){.every_ns = 100 * MS});
    pass(bus, 1030 * MS); /* ten times; the phase is as it was */
    assert_int_equal(ran(&journal), 1);
    assert_int_equal(figures_of(bus).missed, 9);
    pass(bus, 69 * MS);
    assert_int_equal(ran(&journal), 1);
    pass(bus, 1 * MS);
    assert_int_equal(ran(&journal), 2);
    finish_bus(&bus);
}

static enum bus_verdict cancel_self(void *context, const struct probe_ticked *event,
                                    struct bus_delivery *delivery)
{
    _Atomic uint64_t *runs = context;

    if (++*runs == 3 && bus_schedule_cancel(bus_delivery_bus(delivery), event->number) != BUS_OK)
        *runs += 100;
    return BUS_DONE;
}

static void a_handler_may_cancel_what_it_handles(void **state)
{
    static _Atomic uint64_t runs;
    struct bus *bus = open_clocked((struct bus_options){0});
    uint64_t id;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, cancel_self, (void *)&runs, NULL), BUS_OK);
    id = later(bus, 1, (struct bus_schedule){.every_ns = MS});
    assert_int_equal(id, 1);
    for (int i = 0; i < 10; i++)
        pass(bus, MS);
    assert_int_equal(runs, 3);
    finish_bus(&bus);
}

/* ---- with threads, in virtual time ---- */

struct arrival {
    uint64_t times[64];
    uint32_t count;
    struct bus_simulation *simulation;
};

static enum bus_verdict note_time(void *context, const struct probe_ticked *event,
                                  struct bus_delivery *delivery)
{
    struct arrival *arrival = context;

    (void)event;
    (void)delivery;
    if (arrival->count < 64)
        arrival->times[arrival->count] = bus_simulation_now(arrival->simulation);
    arrival->count++;
    return BUS_DONE;
}

static enum bus_verdict on_awaited(void *context, const struct probe_awaited *event,
                                   struct bus_delivery *delivery)
{
    return note_time(context, &(struct probe_ticked){.number = event->number}, delivery);
}

static struct bus *open_in(struct bus_simulation **simulation, struct arrival *arrival,
                           uint64_t seed)
{
    struct bus *bus;

    assert_int_equal(
        bus_simulation_open(simulation,
                            &(struct bus_simulation_options){.seed = seed, .most_ns = 10 * YEAR}),
        BUS_OK);
    *arrival = (struct arrival){.simulation = *simulation};
    bus = open_bus(&(struct bus_options){.workers = 2, .os = bus_simulation_os(*simulation)});
    assert_int_equal(probe_ticked_subscribe(bus, note_time, arrival, NULL), BUS_OK);
    return bus;
}

static int leave_simulation(void **state)
{
    (void)state;
    bus_simulation_abandon();
    return 0;
}

static void workers_wake_for_what_is_due(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct arrival arrival;

    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct bus *bus = open_in(&simulation, &arrival, seed);
        uint64_t begin = bus_simulation_now(simulation);

        /* Before the start, too. */
        (void)later(bus, 1, (struct bus_schedule){.after_ns = 600 * BUS_SECOND});
        assert_int_equal(bus_start(bus), BUS_OK);
        (void)later(bus, 2, (struct bus_schedule){.after_ns = 60 * BUS_SECOND});
        (void)later(bus, 3, (struct bus_schedule){.every_ns = 200 * BUS_SECOND});
        bus_simulation_sleep(simulation, 1000 * BUS_SECOND + BUS_SECOND);
        assert_int_equal(arrival.count, 7);
        assert_in_range(arrival.times[0], begin + 60 * BUS_SECOND, begin + 60 * BUS_SECOND + MS);
        assert_in_range(arrival.times[3], begin + 600 * BUS_SECOND, begin + 600 * BUS_SECOND + MS);
        assert_in_range(arrival.times[6], begin + 1000 * BUS_SECOND,
                        begin + 1000 * BUS_SECOND + MS);
        /* What waits is not waited for, and does not count as left. */
        assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
        finish_bus(&bus);
        assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    }
}

/* L3: between now and the due time nobody wakes up. */
static void waiting_costs_no_processor_time(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct arrival arrival;
    struct bus *bus = open_in(&simulation, &arrival, 1);
    uint64_t steps;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 0; n < 1000; n++)
        (void)later(bus, n, (struct bus_schedule){.after_ns = YEAR + n});
    bus_simulation_sleep(simulation, BUS_SECOND); /* the worker has seen them */
    steps = bus_simulation_steps(simulation);
    bus_simulation_sleep(simulation, YEAR / 2);
    assert_in_range(bus_simulation_steps(simulation) - steps, 0, 8);
    assert_int_equal(arrival.count, 0);
    bus_simulation_sleep(simulation, YEAR / 2);
    assert_int_equal(arrival.count, 1000);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

/* ---- clocks that are set ---- */

static void a_clock_set_forward_brings_each_once(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    (void)later(bus, 1, (struct bus_schedule){.at_ns = wall_now() + 30 * DAY});
    (void)later(bus, 2, (struct bus_schedule){.at_ns = wall_now() + DAY, .every_ns = DAY});
    (void)later(bus, 3, (struct bus_schedule){.after_ns = 30 * DAY});
    (void)poll_all(bus);
    set_wall_forward(YEAR);
    pass(bus, 10 * BUS_SECOND);
    assert_journal(&journal, (uint64_t[]){2, 1}, 2);
    set_wall_back(YEAR);
    for (int i = 0; i < 100; i++)
        pass(bus, 10 * BUS_SECOND);
    assert_int_equal(ran(&journal), 2); /* nothing twice */
    pass(bus, 2 * DAY);
    assert_int_equal(ran(&journal), 3); /* and nothing hangs */
    pass(bus, 28 * DAY);
    assert_int_equal(journal.entries[3], 3);
    assert_int_equal(ran(&journal), 5);
    finish_bus(&bus);
}

static void a_clock_set_back_makes_the_first_time_wait(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});

    (void)state;
    (void)later(bus, 1, (struct bus_schedule){.at_ns = wall_now() + DAY});
    (void)later(bus, 2, (struct bus_schedule){.at_ns = wall_now() + DAY, .every_ns = BUS_SECOND});
    (void)poll_all(bus);
    set_wall_back(YEAR);
    pass(bus, YEAR);
    assert_int_equal(ran(&journal), 0);
    pass(bus, DAY);
    assert_int_equal(ran(&journal), 2);
    finish_bus(&bus);
}

/* The descriptor is readable when something is due, and within ten seconds after the wall clock was
 * set. */
static void the_descriptor_tells_when_to_poll(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct journal *journal = test_calloc(1, sizeof *journal);
    struct bus *bus;
    int descriptor;

    (void)state;
    assert_int_equal(
        bus_simulation_open(&simulation, &(struct bus_simulation_options){.most_ns = 10 * YEAR}),
        BUS_OK);
    *journal = (struct journal)JOURNAL_INITIALIZER;
    bus = open_bus(&(struct bus_options){.polled = true, .os = bus_simulation_os(simulation)});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    descriptor = bus_poll_descriptor(bus);
    (void)later(bus, 1, (struct bus_schedule){.after_ns = 100 * BUS_SECOND});
    assert_true(bus_simulation_poll(simulation, descriptor, 0)); /* to set the alarm */
    (void)poll_all(bus);
    assert_false(bus_simulation_poll(simulation, descriptor, 99 * BUS_SECOND));
    assert_true(bus_simulation_poll(simulation, descriptor, 2 * BUS_SECOND));
    (void)poll_all(bus);
    assert_int_equal(ran(journal), 1);
    assert_false(bus_simulation_poll(simulation, descriptor, DAY)); /* nothing waits any more */
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    test_free(journal);
}

/* `block` does not block worker 0, which would wait for itself; `drop_oldest` does what it says. */
static void a_full_lane_never_holds_the_worker(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus_simulation *simulation = NULL;
    struct arrival arrival;
    struct bus *bus;
    uint64_t begin;

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = 3}),
                     BUS_OK);
    arrival = (struct arrival){.simulation = simulation};
    bus = open_bus(&(struct bus_options){
        .workers = 1, .capacity = {2, 2, 2, 2, 2}, .os = bus_simulation_os(simulation)});
    assert_int_equal(probe_awaited_subscribe(bus, on_awaited, &arrival, NULL), BUS_OK);
    assert_int_equal(probe_shed_subscribe(bus, on_shed, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    begin = bus_simulation_now(simulation);
    for (uint64_t n = 0; n < 20; n++) {
        assert_int_equal(probe_awaited_schedule(bus, &(struct probe_awaited){.number = n},
                                                &(struct bus_schedule){.after_ns = MS}, NULL),
                         BUS_OK);
        assert_int_equal(probe_shed_schedule(bus, &(struct probe_shed){.number = n},
                                             &(struct bus_schedule){.after_ns = MS}, NULL),
                         BUS_OK);
    }
    bus_simulation_sleep(simulation, BUS_SECOND);
    assert_int_equal(arrival.count, 20);
    /* `block 20s` would have been felt. */
    assert_true(arrival.times[19] - begin < BUS_SECOND / 2);
    assert_int_equal(account_of(bus, &probe_shed_type).accepted, 20);
    finish_bus(&bus);
    assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_after_its_time_and_no_sooner),
        cmocka_unit_test(now_and_the_past_mean_at_once),
        cmocka_unit_test(the_first_due_comes_first),
        cmocka_unit_test(a_cancelled_one_never_comes),
        cmocka_unit_test(recurring_ones_do_not_drift),
        cmocka_unit_test(missed_times_are_made_up_for_by_one),
        cmocka_unit_test(a_handler_may_cancel_what_it_handles),
        cmocka_unit_test(a_clock_set_forward_brings_each_once),
        cmocka_unit_test(a_clock_set_back_makes_the_first_time_wait),
        cmocka_unit_test_teardown(the_descriptor_tells_when_to_poll, leave_simulation),
        cmocka_unit_test_teardown(a_full_lane_never_holds_the_worker, leave_simulation),
        cmocka_unit_test_teardown(workers_wake_for_what_is_due, leave_simulation),
        cmocka_unit_test_teardown(waiting_costs_no_processor_time, leave_simulation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
