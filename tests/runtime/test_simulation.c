/*
 * A bus in virtual time: the clock, the threads that take turns, their replay from a seed, and what
 * is said of those that never end. Nothing here looks at the real clock.
 * covers: P4
 */
#include <stdio.h>

#include <bus/simulation.h>

#include "support.h"

static struct bus_simulation *open_simulation(uint64_t seed)
{
    struct bus_simulation *simulation = NULL;

    assert_int_equal(
        bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = seed}), BUS_OK);
    assert_non_null(simulation);
    return simulation;
}

static void close_simulation(struct bus_simulation **simulation)
{
    enum bus_status status = bus_simulation_close(simulation);

    if (status != BUS_OK)
        print_error("%s\n", bus_last_error());
    assert_int_equal(status, BUS_OK);
    assert_null(*simulation);
}

static struct bus *open_in(struct bus_simulation *simulation, uint32_t workers)
{
    return open_bus(&(struct bus_options){.workers = workers,
                                          .capacity = {64, 64, 64, 64, 64},
                                          .pool_bytes = 1 << 16,
                                          .os = bus_simulation_os(simulation)});
}

/* ---- time ---- */

static void time_passes_when_all_wait(void **state)
{
    struct bus_simulation *simulation = open_simulation(1);
    const struct bus_os *os = bus_simulation_os(simulation);
    uint64_t real = os->real_ns(os->context);
    uint64_t ten_years = UINT64_C(3600) * 20 * BUS_SECOND;

    (void)state;
    assert_in_range(bus_simulation_now(simulation), 0, BUS_MICROSECOND);
    assert_in_range(os->monotonic_ns(os->context), BUS_SECOND, BUS_SECOND + BUS_MICROSECOND);
    assert_int_equal(real / BUS_SECOND, 946684800);
    bus_simulation_sleep(simulation, ten_years);
    assert_in_range(bus_simulation_now(simulation), ten_years, ten_years + BUS_MICROSECOND);
    assert_int_equal((os->real_ns(os->context) - real) / BUS_SECOND, 3600 * 20);
    /* A wait nobody ends. */
    assert_false(
        os->wait(os->context, &(bus_os_word){0}, 0, os->monotonic_ns(os->context) + BUS_SECOND));
    assert_true(os->wait(os->context, &(bus_os_word){1}, 0, UINT64_MAX));
    assert_false(os->wait(os->context, &(bus_os_word){0}, 0, 0));
    close_simulation(&simulation);
}

struct walker {
    struct bus_simulation *simulation;
    struct journal *journal;
    uint64_t number;
    uint64_t step_ns;
    double sum;
};

static void walk(void *argument)
{
    struct walker *walker = argument;
    double sum = 0;
    int i;

    for (i = 1; i <= 3; i++) {
        bus_simulation_sleep(walker->simulation, walker->step_ns);
        journal_add(walker->journal, walker->number * 10 + (uint64_t)i);
        sum += 1.0 / i;
    }
    walker->sum = sum;
}

/* Threads go on in the order of their deadlines, whatever the seed. */
static void deadlines_come_in_order(void **state)
{
    uint64_t seed;

    (void)state;
    for (seed = 0; seed < 20; seed++) {
        struct bus_simulation *simulation = open_simulation(seed);
        struct journal journal = JOURNAL_INITIALIZER;
        struct walker slow = {simulation, &journal, 1, 500 * BUS_MILLISECOND, 0};
        struct walker fast = {simulation, &journal, 2, 200 * BUS_MILLISECOND, 0};

        assert_int_equal(bus_simulation_spawn(simulation, "slow", walk, &slow), BUS_OK);
        assert_int_equal(bus_simulation_spawn(simulation, "fast", walk, &fast), BUS_OK);
        assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_ERR_TIMEOUT);
        assert_in_range(bus_simulation_now(simulation), BUS_SECOND, BUS_SECOND + BUS_MICROSECOND);
        assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
        assert_journal(&journal, (const uint64_t[]){21, 22, 11, 23, 12, 13}, 6);
        assert_true(slow.sum > 1.83 && slow.sum < 1.84);
        assert_true(fast.sum > 1.83 && fast.sum < 1.84);
        close_simulation(&simulation);
    }
}

/* ---- a bus in it ---- */

struct publisher {
    struct bus_simulation *simulation;
    struct bus *bus;
    uint64_t first;
    uint64_t count;
    uint64_t accepted;
    uint64_t pause_ns;
};

static void publish_awaited(void *argument)
{
    struct publisher *publisher = argument;
    uint64_t i;

    for (i = 0; i < publisher->count; i++) {
        enum bus_outcome outcome = probe_awaited_publish(
            publisher->bus, &(struct probe_awaited){.number = publisher->first + i});

        publisher->accepted += bus_accepted(outcome);
        if (publisher->pause_ns != 0)
            bus_simulation_sleep(publisher->simulation,
                                 bus_simulation_draw(publisher->simulation, publisher->pause_ns));
    }
}

struct counted {
    struct bus_simulation *simulation;
    uint64_t calls;
    uint64_t work_ns;
};

static enum bus_verdict on_awaited(void *context, const struct probe_awaited *event,
                                   struct bus_delivery *delivery)
{
    struct counted *counted = context;

    (void)event;
    (void)delivery;
    counted->calls++;
    if (counted->work_ns != 0)
        bus_simulation_sleep(counted->simulation, counted->work_ns);
    return BUS_DONE;
}

/* Three publishers that wait for room, two workers; returns the digest. */
static uint64_t run_publishers(uint64_t seed, uint64_t *switches)
{
    struct bus_simulation *simulation = open_simulation(seed);
    struct bus *bus = open_in(simulation, 2);
    struct counted counted = {simulation, 0, 20 * BUS_MICROSECOND};
    struct publisher publishers[3];
    uint64_t trace;
    uint32_t i;

    assert_int_equal(probe_awaited_subscribe(bus, on_awaited, &counted, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (i = 0; i < 3; i++) {
        publishers[i] = (struct publisher){simulation, bus, 1000 * i, 200, 0, 30 * BUS_MICROSECOND};
        assert_int_equal(
            bus_simulation_spawn(simulation, "publisher", publish_awaited, &publishers[i]), BUS_OK);
    }
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
    assert_int_equal(counted.calls, 600);
    for (i = 0; i < 3; i++)
        assert_int_equal(publishers[i].accepted, 200);
    finish_bus(&bus);
    trace = bus_simulation_trace(simulation);
    *switches = bus_simulation_switches(simulation);
    close_simulation(&simulation);
    return trace;
}

static void a_seed_is_repeated(void **state)
{
    uint64_t switches = 0, other = 0, trace = run_publishers(42, &switches);
    int i;

    (void)state;
    assert_true(switches > 500);
    for (i = 0; i < 100; i++) {
        assert_int_equal(run_publishers(42, &other), trace);
        assert_int_equal(other, switches);
    }
    /* And other seeds go other ways. */
    for (i = 0; i < 10; i++)
        assert_int_not_equal(run_publishers(100 + (uint64_t)i, &other), trace);
}

static enum bus_verdict on_touch_slowly(void *context, const struct probe_touch *request,
                                        struct bus_delivery *delivery)
{
    (void)delivery;
    bus_simulation_sleep(context, request->number * BUS_MILLISECOND);
    return BUS_DONE;
}

/* Queued commands: the answer, and a caller that gives up at its deadline, to the microsecond. */
static void commands_wait_in_virtual_time(void **state)
{
    struct bus_simulation *simulation = open_simulation(3);
    struct bus *bus = open_in(simulation, 1);
    const struct bus_message_options options = {.deadline_ns = 50 * BUS_MILLISECOND};
    struct probe_touch_result result;
    uint64_t before;

    (void)state;
    assert_int_equal(probe_touch_handle(bus, on_touch_slowly, simulation, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    before = bus_simulation_now(simulation);
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 30}, &options, &result),
        BUS_ANSWERED);
    assert_in_range(bus_simulation_now(simulation) - before, 30 * BUS_MILLISECOND,
                    30 * BUS_MILLISECOND + 10 * BUS_MICROSECOND);
    before = bus_simulation_now(simulation);
    assert_int_equal(
        probe_touch_execute_with(bus, &(struct probe_touch){.number = 80}, &options, &result),
        BUS_TIMEOUT);
    assert_in_range(bus_simulation_now(simulation) - before, 50 * BUS_MILLISECOND,
                    50 * BUS_MILLISECOND + 10 * BUS_MICROSECOND);
    finish_bus(&bus);
    close_simulation(&simulation);
}

static void a_polled_bus_can_be_waited_for(void **state)
{
    struct bus_simulation *simulation = open_simulation(4);
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .os = bus_simulation_os(simulation)});
    struct counted counted = {simulation, 0, 0};
    struct publisher publisher = {simulation, bus, 0, 5, 0, BUS_MILLISECOND};
    int descriptor = bus_poll_descriptor(bus);
    uint32_t ran = 0, all = 0;

    (void)state;
    assert_int_equal(probe_awaited_subscribe(bus, on_awaited, &counted, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_simulation_spawn(simulation, "publisher", publish_awaited, &publisher),
                     BUS_OK);
    while (bus_simulation_poll(simulation, descriptor, 10 * BUS_MILLISECOND)) {
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
        all += ran;
    }
    assert_int_equal(all, 5);
    assert_int_equal(counted.calls, 5);
    assert_false(bus_simulation_poll(simulation, 0, BUS_SECOND)); /* the system's */
    finish_bus(&bus);
    close_simulation(&simulation);
}

/* ---- threads are told apart ---- */

struct mistaken {
    struct bus *bus;
    struct bus_simulation *simulation;
    enum bus_status status;
    char text[256];
};

static void make_a_mistake(void *argument)
{
    struct mistaken *mistaken = argument;
    uint32_t ran;

    mistaken->status = bus_poll(mistaken->bus, 0, &ran);
    bus_simulation_sleep(mistaken->simulation, BUS_MILLISECOND);
    (void)snprintf(mistaken->text, sizeof mistaken->text, "%s", bus_last_error());
}

static void each_thread_has_its_last_error(void **state)
{
    struct bus_simulation *simulation = open_simulation(5);
    struct bus *bus = open_in(simulation, 1);
    struct mistaken mistaken = {.bus = bus, .simulation = simulation};

    (void)state;
    assert_int_equal(bus_simulation_spawn(simulation, "other", make_a_mistake, &mistaken), BUS_OK);
    assert_int_equal(bus_wait_idle(NULL, 0), BUS_ERR_INVALID);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    assert_int_equal(mistaken.status, BUS_ERR_STATE);
    assert_non_null(strstr(mistaken.text, "polled"));
    assert_string_equal(bus_last_error(), "cannot wait: the bus is NULL or closed");
    finish_bus(&bus);
    close_simulation(&simulation);
}

/* Each thread that publishes has a record; one that ended leaves it to the next. */
static void ended_threads_leave_their_records(void **state)
{
    struct bus_simulation *simulation = open_simulation(6);
    struct bus *bus = open_bus(
        &(struct bus_options){.workers = 1, .threads_max = 4, .os = bus_simulation_os(simulation)});
    struct counted counted = {simulation, 0, 0};
    struct publisher publishers[4];
    int round;
    uint32_t i;

    (void)state;
    assert_int_equal(probe_awaited_subscribe(bus, on_awaited, &counted, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (round = 0; round < 5; round++) {
        for (i = 0; i < 4; i++) {
            publishers[i] = (struct publisher){simulation, bus, 0, 3, 0, BUS_MILLISECOND};
            assert_int_equal(
                bus_simulation_spawn(simulation, NULL, publish_awaited, &publishers[i]), BUS_OK);
        }
        assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
        for (i = 0; i < 4; i++)
            assert_int_equal(publishers[i].accepted, 3);
    }
    assert_int_equal(stats_of(bus).threads, 0);
    finish_bus(&bus);
    close_simulation(&simulation);
}

/* ---- what never ends ---- */

struct pair {
    const struct bus_os *os;
    bus_os_word words[2];
};

static void wait_for_ever(void *argument)
{
    struct pair *pair = argument;

    while (pair->words[0] == 0)
        (void)pair->os->wait(pair->os->context, &pair->words[0], 0, UINT64_MAX);
}

static void a_deadlock_is_reported(void **state)
{
    struct bus_simulation *simulation = open_simulation(7);
    struct bus *bus = open_in(simulation, 2);
    struct pair pair = {bus_simulation_os(simulation), {0, 0}};

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_simulation_spawn(simulation, "left", wait_for_ever, &pair), BUS_OK);
    assert_int_equal(bus_simulation_spawn(simulation, "right", wait_for_ever, &pair), BUS_OK);
    assert_int_equal(bus_simulation_run(simulation, 100 * BUS_SECOND), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "seed 7"));
    assert_non_null(strstr(bus_last_error(), "nobody can go on"));
    assert_non_null(strstr(bus_last_error(), "left waits in "));
    assert_non_null(strstr(bus_last_error(), "right waits in "));
    /* It says so when the watchdog has looked once more, and again. */
    assert_in_range(bus_simulation_now(simulation), 0, 6 * BUS_SECOND);
    assert_int_equal(bus_simulation_run(simulation, 100 * BUS_SECOND), BUS_ERR_STATE);
    assert_int_equal(bus_simulation_close(&simulation), BUS_ERR_BUSY);
    assert_non_null(simulation);
    pair.words[0] = 1;
    pair.os->wake(pair.os->context, &pair.words[0], true);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    finish_bus(&bus);
    close_simulation(&simulation);
}

struct rescue {
    struct pair pair;
    uint32_t calls;
    char report[256];
};

static void rescue(void *context, const char *report)
{
    struct rescue *rescue = context;

    rescue->calls++;
    (void)snprintf(rescue->report, sizeof rescue->report, "%s", report);
    rescue->pair.words[0] = 1;
    rescue->pair.os->wake(rescue->pair.os->context, &rescue->pair.words[0], true);
}

/* The thread that opened it waits for ever itself: there is no call to return from. */
static void a_deadlock_of_all_is_told(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct rescue all = {.calls = 0};

    (void)state;
    assert_int_equal(bus_simulation_open(&simulation,
                                         &(struct bus_simulation_options){
                                             .seed = 8, .stuck = rescue, .context = &all}),
                     BUS_OK);
    all.pair.os = bus_simulation_os(simulation);
    wait_for_ever(&all.pair);
    assert_int_equal(all.calls, 1);
    assert_non_null(strstr(all.report, "first waits in "));
    close_simulation(&simulation);
}

static void yield_for_ever(void *argument)
{
    struct pair *pair = argument;

    while (pair->words[0] == 0)
        pair->os->yield(pair->os->context);
}

static void bounds_find_what_never_ends(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct pair pair = {NULL, {0, 0}};

    (void)state;
    assert_int_equal(bus_simulation_open(
                         &simulation, &(struct bus_simulation_options){.most_ns = BUS_MILLISECOND}),
                     BUS_OK);
    pair.os = bus_simulation_os(simulation);
    assert_int_equal(bus_simulation_spawn(simulation, "busy", yield_for_ever, &pair), BUS_OK);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "most_ns"));
    pair.words[0] = 1;
    assert_int_equal(bus_simulation_close(&simulation), BUS_ERR_BUSY);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    close_simulation(&simulation);
}

static void too_many_steps_are_told(void **state)
{
    struct bus_simulation *simulation = NULL;
    struct pair pair = {NULL, {0, 0}};

    (void)state;
    assert_int_equal(
        bus_simulation_open(&simulation, &(struct bus_simulation_options){.most_steps = 1000}),
        BUS_OK);
    pair.os = bus_simulation_os(simulation);
    assert_int_equal(bus_simulation_spawn(simulation, "busy", yield_for_ever, &pair), BUS_OK);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "most_steps"));
    pair.words[0] = 1;
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    close_simulation(&simulation);
}

/* ---- faults ---- */

/* Opens, runs and closes a bus while everything fails now and then; whatever was accepted must be
 * accounted for, and nothing may hang. Returns how many messages were delivered. */
static uint64_t run_with_faults(uint64_t seed, const struct bus_simulation_faults *faults)
{
    struct bus_simulation *simulation = open_simulation(seed);
    struct bus_options options = {
        .workers = 2, .capacity = {16, 16, 16, 16, 16}, .os = bus_simulation_os(simulation)};
    struct counted counted = {simulation, 0, 50 * BUS_MICROSECOND};
    struct publisher publishers[2];
    struct bus *bus = NULL;
    uint32_t i;

    bus_simulation_inject(simulation, faults);
    if (bus_open(&bus, &options) == BUS_OK) {
        bool able = probe_awaited_subscribe(bus, on_awaited, &counted, NULL) == BUS_OK;
        bool started = bus_start(bus) == BUS_OK;

        for (i = 0; i < 2 && started; i++) {
            publishers[i] = (struct publisher){simulation, bus, 0, 40, 0, 60 * BUS_MICROSECOND};
            assert_int_equal(
                bus_simulation_spawn(simulation, "publisher", publish_awaited, &publishers[i]),
                BUS_OK);
        }
        assert_int_equal(bus_simulation_run(simulation, 100 * BUS_SECOND), BUS_OK);
        bus_simulation_inject(simulation, NULL);
        if (started)
            assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
        if (able && started)
            assert_int_equal(counted.calls, publishers[0].accepted + publishers[1].accepted);
        finish_bus(&bus);
    }
    close_simulation(&simulation);
    return counted.calls;
}

static void faults_strike_and_are_borne(void **state)
{
    static const struct bus_simulation_faults kinds[] = {
        {.memory = 30000},
        {.threads = 300000},
        {.barriers = 500000},
        {.early = 500000},
        {.stalls = 200000, .stall_ns = 100 * BUS_MILLISECOND},
        {.memory = 10000, .threads = 50000, .barriers = 100000, .early = 100000, .stalls = 50000},
    };
    uint32_t kind;
    uint64_t seed;

    (void)state;
    for (kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        uint64_t full = 0, delivered = 0;

        for (seed = 0; seed < 50; seed++) {
            uint64_t calls = run_with_faults(seed, &kinds[kind]);

            delivered += calls;
            full += calls == 80;
        }
        assert_true(delivered > 0);
        /* What is only late loses nothing; what is refused was missed by somebody. */
        if (kinds[kind].memory == 0 && kinds[kind].threads == 0)
            assert_int_equal(full, 50);
        else
            assert_in_range(full, 1, 49);
    }
}

static void chance_is_as_said(void **state)
{
    struct bus_simulation *simulation = open_simulation(9);
    uint32_t i, hits = 0, low = 0;

    (void)state;
    for (i = 0; i < 10000; i++) {
        hits += bus_simulation_chance(simulation, 250000);
        low += bus_simulation_draw(simulation, 10) < 3;
        assert_false(bus_simulation_chance(simulation, 0));
        assert_true(bus_simulation_chance(simulation, 1000000));
    }
    assert_in_range(hits, 2300, 2700);
    assert_in_range(low, 2800, 3200);
    close_simulation(&simulation);
}

/* ---- wrong use ---- */

static void run_inside(void *argument)
{
    struct mistaken *mistaken = argument;

    mistaken->status = bus_simulation_run(mistaken->simulation, 0);
}

static void *use_elsewhere(void *argument)
{
    struct mistaken *mistaken = argument;

    mistaken->status = bus_simulation_spawn(mistaken->simulation, NULL, run_inside, NULL);
    return NULL;
}

static void nothing(void *argument)
{
    (void)argument;
}

static void wrong_use_is_refused(void **state)
{
    struct bus_simulation *simulation = NULL, *second = NULL;
    struct mistaken mistaken = {.status = BUS_OK};

    (void)state;
    assert_int_equal(bus_simulation_open(NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_simulation_close(NULL), BUS_OK);
    assert_int_equal(bus_simulation_close(&second), BUS_OK);
    assert_int_equal(
        bus_simulation_open(&simulation, &(struct bus_simulation_options){.threads_max = 2}),
        BUS_OK);
    assert_int_equal(bus_simulation_open(&second, NULL), BUS_ERR_STATE);
    assert_null(second);
    assert_int_equal(bus_simulation_spawn(simulation, NULL, NULL, NULL), BUS_ERR_INVALID);
    mistaken.simulation = simulation;
    assert_int_equal(bus_simulation_spawn(simulation, NULL, run_inside, &mistaken), BUS_OK);
    assert_int_equal(bus_simulation_spawn(simulation, NULL, nothing, NULL), BUS_ERR_LIMIT);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    assert_int_equal(mistaken.status, BUS_ERR_INVALID);
    mistaken.status = BUS_OK;
    reap(spawn(use_elsewhere, &mistaken));
    assert_int_equal(mistaken.status, BUS_ERR_INVALID);
    /* A record is free again. */
    assert_int_equal(bus_simulation_spawn(simulation, NULL, nothing, NULL), BUS_OK);
    assert_int_equal(bus_simulation_run(simulation, BUS_SECOND), BUS_OK);
    close_simulation(&simulation);
}

/* After a test that failed the next one goes on. */
static void a_failed_test_can_be_left(void **state)
{
    struct bus_simulation *simulation = open_simulation(10);
    struct pair pair = {bus_simulation_os(simulation), {0, 0}};

    (void)state;
    assert_int_equal(bus_simulation_spawn(simulation, "left", wait_for_ever, &pair), BUS_OK);
    bus_simulation_sleep(simulation, BUS_SECOND);
    bus_simulation_abandon();
    bus_simulation_abandon();
    simulation = open_simulation(11);
    bus_simulation_sleep(simulation, BUS_SECOND);
    close_simulation(&simulation);
}

static int leave(void **state)
{
    (void)state;
    bus_simulation_abandon();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(time_passes_when_all_wait, leave),
        cmocka_unit_test_teardown(deadlines_come_in_order, leave),
        cmocka_unit_test_teardown(a_seed_is_repeated, leave),
        cmocka_unit_test_teardown(commands_wait_in_virtual_time, leave),
        cmocka_unit_test_teardown(a_polled_bus_can_be_waited_for, leave),
        cmocka_unit_test_teardown(each_thread_has_its_last_error, leave),
        cmocka_unit_test_teardown(ended_threads_leave_their_records, leave),
        cmocka_unit_test_teardown(a_deadlock_is_reported, leave),
        cmocka_unit_test_teardown(a_deadlock_of_all_is_told, leave),
        cmocka_unit_test_teardown(too_many_steps_are_told, leave),
        cmocka_unit_test_teardown(faults_strike_and_are_borne, leave),
        cmocka_unit_test_teardown(chance_is_as_said, leave),
        cmocka_unit_test_teardown(wrong_use_is_refused, leave),
        cmocka_unit_test_teardown(bounds_find_what_never_ends, leave),
        cmocka_unit_test_teardown(a_failed_test_can_be_left, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
