/*
 * Scheduled events within their bounds: full tables, full lanes, a million of them; what they are
 * published with; before the start, at a stop, used wrongly, without memory, by many threads.
 *
 * covers: L1 L3 I6 C8
 */
#include "timetable.h"

/* ---- bounds and full lanes ---- */

static void no_more_wait_than_may(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){.schedule_max = 3});
    uint64_t id = 7;

    (void)state;
    for (uint64_t n = 0; n < 3; n++)
        (void)later(bus, n, (struct bus_schedule){.after_ns = MS});
    assert_int_equal(probe_ticked_schedule(bus, &(struct probe_ticked){.number = 3},
                                           &(struct bus_schedule){.after_ns = MS}, &id),
                     BUS_ERR_LIMIT);
    assert_int_equal(id, 0);
    pass(bus, MS);
    assert_journal_run(&journal, 0, 3);
    (void)later(bus, 3, (struct bus_schedule){.after_ns = MS});
    pass(bus, MS);
    assert_int_equal(ran(&journal), 4);
    finish_bus(&bus);
}

static void no_more_bytes_than_may(void **state)
{
    static const uint8_t data[6000];
    struct bus *bus = open_clocked((struct bus_options){
        .schedule_bytes = 3 * 6400, .message_size_max = 6400, .schedule_max = 100});
    struct bus_schedule tomorrow = {.after_ns = DAY};
    struct probe_bulked event = {.data = {data, sizeof data}};
    uint64_t ids[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_bulked_schedule(bus, &event, &tomorrow, &ids[i]), BUS_OK);
    assert_int_equal(probe_bulked_schedule(bus, &event, &tomorrow, NULL), BUS_ERR_LIMIT);
    assert_true(figures_of(bus).waiting_bytes <= 3 * 6400);
    assert_int_equal(bus_schedule_cancel(bus, ids[1]), BUS_OK);
    assert_int_equal(probe_bulked_schedule(bus, &event, &tomorrow, NULL), BUS_OK);
    finish_bus(&bus);
}

/* In a lane of four messages, whose handler publishes nothing: they come as room comes, in order,
 * and each is counted once. */
static void what_finds_its_lane_full_waits_in_order(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER, urgent = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});
    uint32_t count;

    (void)state;
    assert_int_equal(probe_urged_subscribe(bus, on_urged, &urgent, NULL), BUS_OK);
    for (uint64_t n = 0; n < 4; n++)
        tick(bus, n, BUS_QUEUED);
    for (uint64_t n = 4; n < 40; n++)
        (void)later(bus, n, (struct bus_schedule){.after_ns = MS + n});
    assert_int_equal(probe_urged_schedule(bus, &(struct probe_urged){.number = 1},
                                          &(struct bus_schedule){.after_ns = 2 * MS}, NULL),
                     BUS_OK);
    frozen_advance(3 * MS);
    assert_int_equal(bus_poll(bus, 1, &count), BUS_OK); /* looks, runs nothing of the lane */
    assert_int_equal(ran(&journal), 0);
    assert_true(figures_of(bus).full > 0);
    for (int i = 0; i < 100 && ran(&journal) < 40; i++) {
        assert_balanced(bus);
        pass(bus, MS);
    }
    assert_journal_run(&journal, 0, 40);
    assert_journal(&urgent, (uint64_t[]){1}, 1);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 40);
    assert_int_equal(account_of(bus, &probe_ticked_type).rejected, 0);
    assert_int_equal(figures_of(bus).ended, 37);
    finish_bus(&bus);
}

/* Those that wait for room can be cancelled, wherever they stand. */
static void what_waits_for_room_can_be_cancelled(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){.capacity = {2, 2, 2, 2, 2}});
    uint64_t ids[5];
    uint32_t count;

    (void)state;
    tick(bus, 0, BUS_QUEUED);
    tick(bus, 1, BUS_QUEUED);
    for (uint64_t n = 0; n < 5; n++)
        ids[n] = later(bus, 2 + n, (struct bus_schedule){.after_ns = MS});
    frozen_advance(MS);
    assert_int_equal(bus_poll(bus, 1, &count), BUS_OK);
    assert_int_equal(bus_poll(bus, 1, &count), BUS_OK);
    assert_true(figures_of(bus).full >= 4);
    assert_int_equal(bus_schedule_cancel(bus, ids[4]), BUS_OK);
    assert_int_equal(bus_schedule_cancel(bus, ids[2]), BUS_OK);
    for (int i = 0; i < 10; i++)
        pass(bus, MS);
    assert_journal(&journal, (uint64_t[]){0, 1, 2, 3, 5}, 5);
    finish_bus(&bus);
}

/* L3, bounds: a million wait. The memory is that of open, and none of them costs a step. */
static void a_million_wait(void **state)
{
    enum { MILLION = 1000000 };
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(
        &journal, (struct bus_options){.schedule_max = MILLION, .schedule_bytes = 64 * MILLION});
    uint64_t memory, id = later(bus, 0, (struct bus_schedule){.after_ns = 1});

    (void)state;
    assert_int_equal(bus_schedule_cancel(bus, id), BUS_OK);
    memory = stats_of(bus).memory_bytes; /* with the record of this thread */
    for (uint64_t n = 0; n < MILLION; n++)
        id = later(bus, n, (struct bus_schedule){.after_ns = (1 + n * 7919 % MILLION) * MS});
    assert_int_equal(figures_of(bus).waiting, MILLION);
    assert_int_equal(figures_of(bus).waiting_bytes, 64 * MILLION);
    (void)poll_all(bus);
    assert_int_equal(stats_of(bus).memory_bytes, memory);
    assert_int_equal(stats_of(bus).queue_size, 0);
    for (uint64_t n = 1; n <= 1000; n++)
        pass(bus, MS);
    assert_int_equal(ran(&journal), 1000);
    for (uint64_t n = 0; n < 1000; n++)
        assert_int_equal(journal.entries[n] * 7919 % MILLION, n);
    assert_int_equal(bus_schedule_cancel(bus, id), BUS_OK);
    finish_bus(&bus);
}

/* ---- what it is published with ---- */

struct seen {
    struct bus_envelope envelope;
    uint64_t remaining_ns;
    uint64_t id; /* that a handler scheduled */
    enum bus_status status;
};

static enum bus_verdict see(void *context, const struct probe_keyed *event,
                            struct bus_delivery *delivery)
{
    struct seen *seen = context;

    (void)event;
    bus_delivery_envelope(delivery, &seen->envelope);
    seen->remaining_ns = bus_delivery_remaining_ns(delivery);
    return BUS_DONE;
}

static enum bus_verdict schedule_in_handler(void *context, const struct probe_urged *event,
                                            struct bus_delivery *delivery)
{
    struct seen *seen = context;

    bus_delivery_envelope(delivery, &seen->envelope);
    seen->status = probe_keyed_schedule(bus_delivery_bus(delivery),
                                        &(struct probe_keyed){.number = event->number},
                                        &(struct bus_schedule){.after_ns = BUS_SECOND}, &seen->id);
    return BUS_DONE;
}

static void its_envelope_is_that_of_a_publish_at_that_time(void **state)
{
    struct bus *bus = open_clocked((struct bus_options){0});
    const struct bus_message_options options = {
        .deadline_ns = 5 * BUS_SECOND, .correlation = {7, 8}, .trace = {.trace_id = {9}}};
    struct seen seen = {.id = 0}, parent = {.id = 0};

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, see, &seen, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(bus, schedule_in_handler, &parent, NULL), BUS_OK);
    assert_int_equal(probe_keyed_schedule_with(bus, &(struct probe_keyed){.id = 3}, &options,
                                               &(struct bus_schedule){.after_ns = DAY}, NULL),
                     BUS_OK);
    pass(bus, DAY);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 1);
    assert_int_equal(seen.envelope.correlation.high, 7);
    assert_int_equal(seen.envelope.trace.trace_id[0], 9);
    assert_in_range(seen.envelope.published_ns, wall_now() - MS, wall_now());
    assert_in_range(seen.remaining_ns, 5 * BUS_SECOND - MS, 5 * BUS_SECOND);
    assert_int_equal(seen.envelope.causation.high, 0);
    /* Inside a handler it inherits as a publish does, but no deadline. */
    assert_int_equal(probe_urged_publish_with(bus, &(struct probe_urged){.number = 1}, &options),
                     BUS_QUEUED);
    (void)poll_all(bus);
    assert_int_equal(parent.status, BUS_OK);
    pass(bus, BUS_SECOND);
    assert_int_equal(account_of(bus, &probe_keyed_type).processed, 2);
    assert_memory_equal(&seen.envelope.causation, &parent.envelope.id, sizeof(struct bus_uuid));
    assert_int_equal(seen.envelope.correlation.low, 8);
    assert_true(seen.remaining_ns == UINT64_MAX);
    finish_bus(&bus);
}

static void its_session_stays_with_it(void **state)
{
    struct bus *bus = open_clocked((struct bus_options){0});
    struct bus_message_options options = {.deadline_ns = 0};
    struct seen seen = {.id = 0}, of_all = {.id = 0};

    (void)state;
    assert_int_equal(bus_session_open(bus, &options.session), BUS_OK);
    assert_int_equal(probe_keyed_subscribe(bus, see, &of_all, NULL), BUS_OK);
    assert_int_equal(
        probe_keyed_subscribe(bus, see, &seen,
                              &(struct bus_handler_options){.session = options.session}),
        BUS_OK);
    for (uint64_t i = 1; i <= 2; i++)
        assert_int_equal(
            probe_keyed_schedule_with(bus, &(struct probe_keyed){.id = 3}, &options,
                                      &(struct bus_schedule){.after_ns = i * BUS_SECOND}, NULL),
            BUS_OK);
    pass(bus, BUS_SECOND);
    assert_int_equal(seen.envelope.session.index, options.session.index);
    /* One that has ended: it comes, to the handlers of the bus. */
    seen.envelope.attempt = of_all.envelope.attempt = 0;
    assert_int_equal(bus_session_close(bus, options.session), BUS_OK);
    pass(bus, BUS_SECOND);
    assert_int_equal(seen.envelope.attempt, 0);
    assert_int_equal(of_all.envelope.attempt, 1);
    assert_int_equal(probe_keyed_schedule_with(bus, &(struct probe_keyed){.id = 3}, &options,
                                               &(struct bus_schedule){.after_ns = 1}, NULL),
                     BUS_ERR_INVALID);
    finish_bus(&bus);
}

/* ---- the life of the bus ---- */

static bool count_it(void *context, const struct bus_scheduled *scheduled)
{
    uint64_t *due = context;

    *due = scheduled->due_ns;
    return true;
}

static void a_stop_leaves_them_where_they_are(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_ticking(&journal, (struct bus_options){0});
    uint64_t due = 0, shown = 0;
    struct bus_left left;

    (void)state;
    (void)later(bus, 1, (struct bus_schedule){.after_ns = MS});
    (void)later(bus, 2, (struct bus_schedule){.after_ns = DAY});
    frozen_advance(MS);
    assert_int_equal(bus_stop(bus, BUS_SECOND, &left), BUS_OK);
    assert_int_equal(left.messages, 0);
    assert_int_equal(ran(&journal), 0);
    assert_int_equal(bus_schedules_each(bus, &probe_ticked_type, count_it, &due, &shown), BUS_OK);
    assert_int_equal(shown, 2);
    assert_int_equal(bus_schedules_each(bus, &probe_urged_type, count_it, &due, &shown), BUS_OK);
    assert_int_equal(shown, 0);
    assert_int_equal(probe_ticked_schedule(bus, &(struct probe_ticked){.number = 3},
                                           &(struct bus_schedule){.after_ns = 1}, NULL),
                     BUS_ERR_STATE);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

static void what_is_due_before_the_start_waits_for_it(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .os = two_clocks()});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    (void)later(bus, 1, (struct bus_schedule){.after_ns = MS});
    frozen_advance(BUS_SECOND);
    tick(bus, 0, BUS_BUFFERED);
    assert_int_equal(account_of(bus, &probe_ticked_type).accepted, 1);
    assert_int_equal(bus_start(bus), BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(ran(&journal), 2);
    finish_bus(&bus);
}

static void wrong_use_is_told(void **state)
{
    struct bus *bus = open_clocked((struct bus_options){0});
    const struct probe_ticked event = {.number = 1};
    const struct bus_schedule soon = {.after_ns = 1};
    char long_name[40] = "0123456789012345678901234567890123456";
    struct bus_schedule_figures figures;

    (void)state;
    assert_int_equal(probe_ticked_schedule(NULL, &event, &soon, NULL), BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_schedule(bus, NULL, &soon, NULL), BUS_ERR_INVALID);
    assert_int_equal(probe_ticked_schedule(bus, &event, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_schedule_message(bus, &probe_touch_type, &event, NULL, &soon, NULL),
                     BUS_ERR_INVALID);
    assert_int_equal(
        probe_ticked_schedule(bus, &event, &(struct bus_schedule){.at_ns = 1, .after_ns = 1}, NULL),
        BUS_ERR_INVALID);
    assert_int_equal(
        probe_ticked_schedule(bus, &event, &(struct bus_schedule){.every_ns = MS - 1}, NULL),
        BUS_ERR_INVALID);
    assert_int_equal(
        probe_ticked_schedule(bus, &event, &(struct bus_schedule){.every_ns = UINT64_MAX}, NULL),
        BUS_ERR_INVALID);
    assert_int_equal(
        probe_named_schedule(bus, &(struct probe_named){.name = bus_cstr(long_name)}, &soon, NULL),
        BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "name"));
    assert_int_equal(
        probe_named_schedule(bus, &(struct probe_named){.name = bus_cstr("\xff")}, &soon, NULL),
        BUS_ERR_INVALID);
    assert_int_equal(bus_schedule_cancel(NULL, 1), BUS_ERR_INVALID);
    assert_int_equal(bus_schedules_each(bus, NULL, NULL, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_schedules_each(NULL, NULL, count_it, NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_schedule_figures_read(bus, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_schedule_figures_read(NULL, &figures), BUS_ERR_INVALID);
    assert_int_equal(figures_of(bus).scheduled, 0);
    /* The end of time is far, but no mistake. */
    assert_int_equal(
        probe_ticked_schedule(bus, &event, &(struct bus_schedule){.after_ns = UINT64_MAX}, NULL),
        BUS_OK);
    assert_int_equal(
        probe_ticked_schedule(bus, &event, &(struct bus_schedule){.at_ns = UINT64_MAX}, NULL),
        BUS_OK);
    (void)poll_all(bus);
    assert_int_equal(figures_of(bus).waiting, 2);
    finish_bus(&bus);
}

/* Every allocation of open may fail, and those that a thread's first use makes: nothing is half
 * scheduled. */
static void without_memory_it_is_not_scheduled(void **state)
{
    const struct bus_os *os = failing_os();
    uint64_t outstanding = failing_outstanding(), nth = 0;
    enum bus_status status;
    struct bus *bus = NULL;

    (void)state;
    do {
        failing_arm(++nth, false);
        status = bus_open(&bus, &(struct bus_options){.polled = true, .os = os});
        if (status == BUS_OK)
            status = probe_ticked_schedule(bus, &(struct probe_ticked){.number = 1},
                                           &(struct bus_schedule){.after_ns = DAY}, NULL);
        assert_int_equal(status, failing_struck() ? BUS_ERR_MEMORY : BUS_OK);
        if (bus != NULL)
            assert_int_equal(figures_of(bus).waiting, status == BUS_OK);
        failing_arm(0, false);
        assert_int_equal(bus_close(&bus), BUS_OK);
        assert_int_equal(failing_outstanding(), outstanding);
    } while (status != BUS_OK);
    assert_true(nth > 10);
}

/* ---- many threads ---- */

enum { THREADS = 4, EACH = 2000 };

struct planner {
    struct bus *bus;
    uint64_t seed;
    uint64_t cancelled;
    bool failed;
};

static void *plan_and_cancel(void *argument)
{
    struct planner *planner = argument;
    uint64_t state = planner->seed, id, before = 0;

    for (uint64_t n = 0; n < EACH; n++) {
        struct bus_schedule when = {.after_ns = chance(&state) % (3 * MS)};

        if (chance(&state) % 4 == 0)
            when = (struct bus_schedule){.at_ns = 1 + chance(&state) % 2};
        if (probe_ticked_schedule(planner->bus, &(struct probe_ticked){.number = n}, &when, &id) !=
            BUS_OK)
            planner->failed = true;
        if (chance(&state) % 3 == 0 && before != 0 &&
            bus_schedule_cancel(planner->bus, before) == BUS_OK)
            planner->cancelled++;
        before = id;
    }
    return NULL;
}

static void threads_schedule_and_cancel_side_by_side(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    struct planner planners[THREADS];
    struct bus_schedule_figures figures;
    pthread_t threads[THREADS];
    uint64_t cancelled = 0;
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2});

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t i = 0; i < THREADS; i++) {
        planners[i] = (struct planner){.bus = bus, .seed = i + 1};
        threads[i] = spawn(plan_and_cancel, &planners[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        reap(threads[i]);
        assert_false(planners[i].failed);
        cancelled += planners[i].cancelled;
    }
    assert_true(latch_wait(&journal.latch, THREADS * EACH - cancelled));
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    figures = figures_of(bus);
    assert_int_equal(figures.cancelled, cancelled);
    assert_int_equal(figures.published, THREADS * EACH - cancelled);
    assert_int_equal(figures.waiting, 0);
    assert_int_equal(ran(&journal), THREADS * EACH - cancelled);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_wait_than_may),
        cmocka_unit_test(no_more_bytes_than_may),
        cmocka_unit_test(what_finds_its_lane_full_waits_in_order),
        cmocka_unit_test(what_waits_for_room_can_be_cancelled),
        cmocka_unit_test(a_million_wait),
        cmocka_unit_test(its_envelope_is_that_of_a_publish_at_that_time),
        cmocka_unit_test(its_session_stays_with_it),
        cmocka_unit_test(a_stop_leaves_them_where_they_are),
        cmocka_unit_test(what_is_due_before_the_start_waits_for_it),
        cmocka_unit_test(wrong_use_is_told),
        cmocka_unit_test(without_memory_it_is_not_scheduled),
        cmocka_unit_test(threads_schedule_and_cancel_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
