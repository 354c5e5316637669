/*
 * Back-pressure: when it begins and ends, who is told, and how `rate_limit` slows a publisher down.
 * covers: I2, I3, C8
 */
#include <bus/simulation.h>
#include <bus_system.bus.h>

#include "support.h"

/* What the callback saw. */
struct seen {
    struct bus *bus; /* the callback is of this one */
    uint32_t changes;
    bool active;
    bool wrong; /* two of a kind in a row, or not as the numbers say */
    struct bus_backpressure last;
    struct latch latch;
};

static void note(struct seen *seen, const struct bus_backpressure *change)
{
    seen->wrong = seen->wrong || change->active == seen->active;
    seen->active = change->active;
    seen->changes++;
    seen->last = *change;
    latch_add(&seen->latch, 1);
}

static void on_pressure(void *context, struct bus *bus, const struct bus_backpressure *change)
{
    struct seen *seen = context;

    seen->wrong = seen->wrong || (seen->bus != NULL && seen->bus != bus);
    note(seen, change);
}

static struct bus *open_with(struct seen *seen, const struct bus_options *options,
                             uint32_t capacity)
{
    struct bus_options all = *options;

    *seen = (struct seen){.latch = LATCH_INITIALIZER};
    all.backpressure = on_pressure;
    all.backpressure_context = seen;
    for (int lane = 0; lane < BUS_LANES; lane++)
        all.capacity[lane] = capacity;
    seen->bus = open_bus(&all);
    return seen->bus;
}

static struct bus *start_polled(struct seen *seen, uint32_t capacity)
{
    struct bus *bus = open_with(seen, &(struct bus_options){.polled = true}, capacity);

    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void run_one(struct bus *bus)
{
    assert_int_equal(bus_poll(bus, 1, NULL), BUS_OK);
}

/* ---- when ---- */

static void active_from_high_to_low(void **state)
{
    struct seen seen;
    struct bus *bus = start_polled(&seen, 10);

    (void)state;
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t n = 1; n <= 7; n++)
            tick(bus, n, BUS_QUEUED);
        assert_int_equal(seen.changes, 2 * round);
        assert_int_equal(stats_of(bus).backpressure_active, 0);
        tick(bus, 8, BUS_QUEUED);
        assert_int_equal(seen.changes, 2 * round + 1);
        assert_true(seen.last.active);
        assert_int_equal(seen.last.size, 8);
        assert_int_equal(seen.last.capacity, 10);
        assert_int_equal(seen.last.lane, BUS_NORMAL);
        assert_int_equal(seen.last.worker, 0);
        assert_int_equal(stats_of(bus).backpressure_active, 1);
        run_one(bus); /* 7, 8, 7, 6: no flapping between */
        tick(bus, 9, BUS_QUEUED);
        run_one(bus);
        run_one(bus);
        assert_int_equal(seen.changes, 2 * round + 1);
        run_one(bus); /* 5 */
        assert_int_equal(seen.changes, 2 * round + 2);
        assert_false(seen.last.active);
        assert_int_equal(seen.last.size, 5);
        assert_int_equal(stats_of(bus).backpressure_active, 0);
        poll_all(bus);
    }
    assert_false(seen.wrong);
    finish_bus(&bus);
}

/* The capacity itself stays exact, and each lane is its own. */
static void lanes_are_apart(void **state)
{
    struct seen seen;
    struct bus *bus = start_polled(&seen, 10);

    (void)state;
    for (uint64_t n = 1; n <= 10; n++)
        tick(bus, n, BUS_QUEUED);
    tick(bus, 11, BUS_REJECTED);
    assert_int_equal(seen.changes, 1);
    for (uint64_t n = 1; n <= 10; n++)
        assert_int_equal(probe_urged_publish(bus, &(struct probe_urged){.number = n}), BUS_QUEUED);
    assert_int_equal(seen.changes, 2);
    assert_int_equal(seen.last.lane, BUS_HIGH);
    assert_int_equal(stats_of(bus).backpressure_active, 2);
    for (uint64_t n = 1; n <= 20; n++) /* these have a ring of their own, full is usual there */
        bus_ignore(probe_shed_publish(bus, &(struct probe_shed){.number = n}));
    assert_int_equal(seen.changes, 2);
    assert_int_equal(poll_all(bus), 30);
    assert_int_equal(seen.changes, 4);
    assert_int_equal(stats_of(bus).backpressure_active, 0);
    finish_bus(&bus);
}

/* The two marks, as numbers of messages. */
struct marks {
    uint32_t capacity;
    uint32_t high_water, low_water; /* options; 0: default */
    uint32_t high, low;
};

static enum bus_outcome publish_some(struct bus *bus, uint64_t *state)
{
    struct probe_ticked messages[40] = {{0}};
    struct bus_claim claim;

    switch (chance(state) % 4) {
    case 0: /* many at once */
        return probe_ticked_publish_many(bus, messages, (uint32_t)(chance(state) % 40), NULL, NULL);
    case 1: /* in place */
        if (probe_ticked_claim(bus, &messages[0], NULL, &claim) != BUS_QUEUED)
            return BUS_REJECTED;
        return bus_claim_commit(&claim);
    default:
        return probe_ticked_publish(bus, &messages[0]);
    }
}

static void walk(const struct marks *marks, uint64_t seed)
{
    struct bus_options options = {
        .polled = true, .high_water = marks->high_water, .low_water = marks->low_water};
    struct seen seen;
    struct bus *bus = open_with(&seen, &options, marks->capacity);
    uint32_t changes = 0;
    bool active = false;

    assert_int_equal(bus_start(bus), BUS_OK);
    for (int step = 0; step < 3000; step++) {
        bool down = chance(&seed) % 100 < (step / 300 % 2 != 0 ? 70U : 30U);
        uint64_t size;

        if (down)
            run_one(bus);
        else
            bus_ignore(publish_some(bus, &seed));
        size = stats_of(bus).lane_size[BUS_NORMAL];
        assert_true(size <= marks->capacity);
        if (active ? size <= marks->low : size >= marks->high) {
            active = !active;
            changes++;
        }
        assert_int_equal(stats_of(bus).backpressure_active, active);
        assert_int_equal(seen.changes, changes);
        assert_int_equal(seen.active, active);
    }
    assert_false(seen.wrong);
    finish_bus(&bus);
}

/* Against a model of two lines, with everything that publishes. */
static void marks_are_exact(void **state)
{
    static const struct marks marks[] = {
        {1, 0, 0, 1, 0},     {2, 0, 0, 2, 1},        {3, 0, 0, 3, 1},       {10, 0, 0, 8, 5},
        {100, 0, 0, 80, 50}, {1000, 10, 1, 100, 10}, {64, 100, 99, 64, 63}, {50, 100, 1, 50, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            walk(&marks[i], seed);
}

static void marks_are_checked(void **state)
{
    static const uint32_t wrong[][2] = {{101, 50}, {50, 50}, {40, 0}, {0, 80}, {100, 100}};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct bus *bus = NULL;

        assert_int_equal(bus_open(&bus, &(struct bus_options){.high_water = wrong[i][0],
                                                              .low_water = wrong[i][1]}),
                         BUS_ERR_INVALID);
        assert_null(bus);
        assert_non_null(strstr(bus_last_error(), "high_water"));
    }
}

/* Before start too, and what start hands out to other workers counts there. */
static void buffered_messages_count(void **state)
{
    struct seen seen;
    struct bus *bus = open_with(&seen, &(struct bus_options){.workers = 2}, 10);
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_keyed_subscribe(bus, on_keyed, &journal,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    for (uint64_t n = 1; n <= 10; n++)
        assert_int_equal(probe_keyed_publish(bus, &(struct probe_keyed){.id = n, .number = n}),
                         BUS_BUFFERED);
    assert_int_equal(seen.changes, 1);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_true(latch_wait(&seen.latch, 2));
    finish_bus(&bus);
    assert_false(seen.active);
    assert_int_equal(latch_count(&journal.latch), 10);
}

/* ---- who is told ---- */

static enum bus_verdict on_changed(void *context,
                                   const struct bus_system_backpressure_changed *event,
                                   struct bus_delivery *delivery)
{
    (void)delivery;
    note(context, &(struct bus_backpressure){.lane = (enum bus_priority)event->lane,
                                             .worker = event->worker,
                                             .active = event->active,
                                             .size = event->size,
                                             .capacity = event->capacity});
    return BUS_DONE;
}

static void event_tells_it(void **state)
{
    struct seen seen, heard = {.latch = LATCH_INITIALIZER};
    struct bus *bus = start_polled(&seen, 10);

    (void)state;
    assert_int_equal(bus_system_backpressure_changed_subscribe(bus, on_changed, &heard, NULL),
                     BUS_OK);
    for (uint64_t n = 1; n <= 8; n++)
        assert_int_equal(probe_lazed_publish(bus, &(struct probe_lazed){.number = n}), BUS_QUEUED);
    assert_int_equal(heard.changes, 0);
    run_one(bus);
    assert_int_equal(heard.changes, 1);
    assert_true(heard.last.active);
    assert_int_equal(heard.last.lane, BUS_LOW);
    assert_int_equal(heard.last.size, 8);
    assert_int_equal(heard.last.capacity, 10);
    poll_all(bus);
    assert_int_equal(heard.changes, 2);
    assert_false(heard.wrong);
    assert_false(heard.active);
    finish_bus(&bus);
}

/* The worker is busy: the publisher tells. */
static void publisher_tells_while_the_worker_is_held(void **state)
{
    struct hold hold = HOLD_INITIALIZER;
    struct seen seen;
    struct bus *bus = open_with(&seen, &(struct bus_options){.workers = 1}, 10);

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_hold, &hold, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1)); /* it counts until it is released */
    for (uint64_t n = 2; n <= 8; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(latch_count(&seen.latch), 1);
    assert_true(seen.active);
    latch_add(&hold.let_go, 100);
    assert_true(latch_wait(&seen.latch, 2));
    finish_bus(&bus);
    assert_false(seen.wrong);
    assert_false(seen.active);
    assert_int_equal(seen.changes, 2);
}

/* What a callback may do. */
struct rules {
    uint32_t calls;
    enum bus_status stop, idle, poll;
    enum bus_outcome waited, wait_for_it;
};

static void on_pressure_use(void *context, struct bus *bus, const struct bus_backpressure *change)
{
    struct rules *rules = context;

    rules->calls++;
    if (!change->active)
        return;
    rules->stop = bus_stop(bus, BUS_SECOND, NULL);
    rules->idle = bus_wait_idle(bus, BUS_SECOND);
    rules->poll = bus_poll(bus, 1, NULL);
    rules->wait_for_it =
        probe_ticked_publish_and_wait(bus, &(struct probe_ticked){.number = 1}, NULL, BUS_SECOND);
    /* Into the same lane, up to its end: no further call, and no wait. */
    while ((rules->waited = probe_awaited_publish(bus, &(struct probe_awaited){.number = 1})) ==
           BUS_QUEUED)
        ;
}

static void callback_is_like_a_handler(void **state)
{
    struct rules rules = {0};
    struct bus *bus = open_bus(&(struct bus_options){.polled = true,
                                                     .capacity = {10, 10, 10, 10, 10},
                                                     .backpressure = on_pressure_use,
                                                     .backpressure_context = &rules});

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 1; n <= 8; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(rules.calls, 1);
    assert_int_equal(rules.stop, BUS_ERR_IN_HANDLER);
    assert_int_equal(rules.idle, BUS_ERR_IN_HANDLER);
    assert_int_equal(rules.poll, BUS_ERR_IN_HANDLER);
    assert_int_equal(rules.wait_for_it, BUS_WOULD_DEADLOCK);
    assert_int_equal(rules.waited, BUS_REJECTED);
    assert_int_equal(stats_of(bus).lane_size[BUS_NORMAL], 10);
    assert_int_equal(poll_all(bus), 10);
    assert_int_equal(rules.calls, 2);
    finish_bus(&bus);
}

struct crowd {
    struct bus *bus;
    uint64_t seed;
};

static void *publish_in_bursts(void *argument)
{
    struct crowd *crowd = argument;

    for (int burst = 0; burst < 300; burst++) {
        for (uint64_t n = chance(&crowd->seed) % 200; n > 0; n--)
            bus_ignore(probe_ticked_publish(crowd->bus, &(struct probe_ticked){.number = n}));
        if (chance(&crowd->seed) % 4 == 0 && bus_wait_idle(crowd->bus, PATIENCE) != BUS_OK)
            return crowd;
    }
    return NULL;
}

static void on_pressure_of_worker(void *context, struct bus *bus,
                                  const struct bus_backpressure *change)
{
    struct seen *seen = context; /* one for each worker */

    (void)bus;
    note(&seen[change->worker], change);
}

/* Told in turn, and the last word is true, whoever publishes meanwhile. */
static void many_threads_agree(void **state)
{
    struct seen seen[2] = {{.latch = LATCH_INITIALIZER}, {.latch = LATCH_INITIALIZER}};
    struct bus *bus = open_bus(&(struct bus_options){.workers = 2,
                                                     .capacity = {32, 32, 32, 32, 32},
                                                     .backpressure = on_pressure_of_worker,
                                                     .backpressure_context = seen});
    struct crowd crowds[4];
    struct journal journal = JOURNAL_INITIALIZER;
    pthread_t threads[4];

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal,
                                            &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < 4; i++) {
        crowds[i] = (struct crowd){bus, i + 1};
        threads[i] = spawn(publish_in_bursts, &crowds[i]);
    }
    for (uint32_t i = 0; i < 4; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    for (uint64_t looks = 0; stats_of(bus).backpressure_active != 0 && looks < 1000000; looks++)
        bus_os_native()->yield(bus_os_native()->context);
    assert_int_equal(stats_of(bus).backpressure_active, 0);
    finish_bus(&bus);
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(seen[i].wrong);
        assert_false(seen[i].active);
    }
    assert_true(seen[0].changes + seen[1].changes > 0);
}

/* ---- rate_limit ---- */

static enum bus_outcome slowed(struct bus *bus, uint64_t number)
{
    return probe_slowed_publish(bus, &(struct probe_slowed){.number = number});
}

static enum bus_verdict on_ticked_overflow(void *context, const struct probe_ticked *event,
                                           struct bus_delivery *delivery)
{
    enum bus_outcome *outcome = context;
    struct bus *bus = bus_delivery_bus(delivery);

    (void)event;
    do
        *outcome = slowed(bus, 1);
    while (*outcome == BUS_QUEUED);
    return BUS_DONE;
}

/* covers: C8 */
static void throttled_at_once_where_nothing_waits(void **state)
{
    enum bus_outcome in_handler = BUS_QUEUED;
    struct seen seen;
    struct bus *bus = open_with(&seen, &(struct bus_options){.polled = true}, 10);
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_overflow, &in_handler, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 10; n++)
        assert_int_equal(slowed(bus, n), BUS_BUFFERED);
    assert_int_equal(slowed(bus, 11), BUS_THROTTLED); /* before start */
    assert_non_null(strstr(bus_last_error(), "is full"));
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(slowed(bus, 11), BUS_THROTTLED); /* on the thread of a polled bus */
    assert_int_equal(poll_all(bus), 10);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(poll_all(bus), 10); /* and the nine that found room beside it */
    assert_int_equal(in_handler, BUS_THROTTLED);
    account = account_of(bus, &probe_slowed_type);
    assert_int_equal(account.accepted, 19);
    assert_int_equal(account.throttled, 3);
    assert_int_equal(account.rejected, 0);
    finish_bus(&bus);
}

/* A full pool slows down too. */
static void throttled_by_the_pool(void **state)
{
    static uint8_t data[6000];
    struct bus *bus =
        open_bus(&(struct bus_options){.polled = true, .pool_bytes = 65536, .cell_size = 256});
    struct probe_slowed_bulked message = {.data = {data, sizeof data}};
    enum bus_outcome outcome;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    while ((outcome = probe_slowed_bulked_publish(bus, &message)) == BUS_QUEUED)
        ;
    assert_int_equal(outcome, BUS_THROTTLED);
    assert_non_null(strstr(bus_last_error(), "pool"));
    poll_all(bus);
    finish_bus(&bus);
}

/* In virtual time: a handler that takes as long as it is told. */
struct slow {
    struct bus_simulation *simulation;
    uint64_t takes_ns;
};

static enum bus_verdict on_slowed_slowly(void *context, const struct probe_slowed *event,
                                         struct bus_delivery *delivery)
{
    struct slow *slow = context;

    (void)event;
    (void)delivery;
    bus_simulation_sleep(slow->simulation, slow->takes_ns);
    return BUS_DONE;
}

static struct bus *open_slow(struct slow *slow, uint64_t takes_ns)
{
    struct bus *bus;

    *slow = (struct slow){.takes_ns = takes_ns};
    assert_int_equal(bus_simulation_open(&slow->simulation, NULL), BUS_OK);
    bus = open_bus(&(struct bus_options){.capacity = {10, 10, 10, 10, 10},
                                         .os = bus_simulation_os(slow->simulation)});
    assert_int_equal(probe_slowed_subscribe(bus, on_slowed_slowly, slow, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static void close_slow(struct slow *slow, struct bus **bus)
{
    finish_bus(bus);
    assert_int_equal(bus_simulation_close(&slow->simulation), BUS_OK);
}

/* How long one publish into the full lane takes. */
static uint64_t overflow(struct slow *slow, struct bus *bus, enum bus_outcome expected)
{
    uint64_t since = bus_simulation_now(slow->simulation);

    assert_int_equal(slowed(bus, 1), expected);
    return bus_simulation_now(slow->simulation) - since;
}

static void assert_near(uint64_t took, uint64_t wanted)
{
    assert_in_range(took, wanted, wanted + 10 * BUS_MICROSECOND);
}

/* The delay begins with 1 ms, each overflow makes it half as long again, up to 100 ms. */
static void delay_grows_to_its_cap(void **state)
{
    struct slow slow;
    struct bus *bus = open_slow(&slow, 10 * BUS_SECOND);
    uint64_t delay = BUS_MILLISECOND;

    (void)state;
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(slowed(bus, n), BUS_QUEUED);
    for (int i = 0; i < 20; i++) {
        assert_near(overflow(&slow, bus, BUS_THROTTLED), delay);
        delay = delay * 3 / 2 < 100 * BUS_MILLISECOND ? delay * 3 / 2 : 100 * BUS_MILLISECOND;
    }
    assert_int_equal(account_of(bus, &probe_slowed_type).throttled, 20);
    /* Below the low water it goes back, a step for each time as long as itself. */
    slow.takes_ns = 0;
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    bus_simulation_sleep(slow.simulation, 110 * BUS_MILLISECOND); /* 100 -> 66.7, and on to 100 */
    slow.takes_ns = 10 * BUS_SECOND;
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(slowed(bus, n), BUS_QUEUED);
    assert_in_range(overflow(&slow, bus, BUS_THROTTLED), 99 * BUS_MILLISECOND,
                    101 * BUS_MILLISECOND);
    slow.takes_ns = 0;
    assert_int_equal(bus_wait_idle(bus, 20 * BUS_SECOND), BUS_OK);
    bus_simulation_sleep(slow.simulation, BUS_SECOND); /* long enough for all steps */
    slow.takes_ns = 10 * BUS_SECOND;
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(slowed(bus, n), BUS_QUEUED);
    assert_near(overflow(&slow, bus, BUS_THROTTLED), BUS_MILLISECOND);
    slow.takes_ns = 0;
    close_slow(&slow, &bus);
}

/* The delay ends when the lane has reached its low water, and the message goes in. */
static void delay_ends_at_the_low_water(void **state)
{
    struct slow slow;
    struct bus *bus = open_slow(&slow, 10 * BUS_SECOND);

    (void)state;
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(slowed(bus, n), BUS_QUEUED);
    for (int i = 0; i < 20; i++) /* up to 100 ms */
        (void)overflow(&slow, bus, BUS_THROTTLED);
    slow.takes_ns = BUS_MILLISECOND; /* all but the first one, which ends in 2 ms */
    bus_simulation_sleep(slow.simulation, 10 * BUS_SECOND - 2 * BUS_MILLISECOND -
                                              bus_simulation_now(slow.simulation));
    assert_near(overflow(&slow, bus, BUS_QUEUED), 6 * BUS_MILLISECOND); /* it and four more */
    close_slow(&slow, &bus);
}

/* Not longer than the message is worth anything. */
static void delay_ends_at_the_deadline(void **state)
{
    struct slow slow;
    struct bus *bus = open_slow(&slow, 10 * BUS_SECOND);
    struct bus_message_options options = {.deadline_ns = 0};
    uint64_t since;

    (void)state;
    for (uint64_t n = 0; n < 10; n++)
        assert_int_equal(slowed(bus, n), BUS_QUEUED);
    for (int i = 0; i < 20; i++)
        (void)overflow(&slow, bus, BUS_THROTTLED);
    options.deadline_ns = 5 * BUS_MILLISECOND;
    since = bus_simulation_now(slow.simulation);
    assert_int_equal(probe_slowed_publish_with(bus, &(struct probe_slowed){.number = 1}, &options),
                     BUS_THROTTLED);
    assert_near(bus_simulation_now(slow.simulation) - since, 5 * BUS_MILLISECOND);
    slow.takes_ns = 0;
    close_slow(&slow, &bus);
}

static int forget(void **state)
{
    (void)state;
    bus_simulation_abandon();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_from_high_to_low),
        cmocka_unit_test(lanes_are_apart),
        cmocka_unit_test(marks_are_exact),
        cmocka_unit_test(marks_are_checked),
        cmocka_unit_test(buffered_messages_count),
        cmocka_unit_test(event_tells_it),
        cmocka_unit_test(publisher_tells_while_the_worker_is_held),
        cmocka_unit_test(callback_is_like_a_handler),
        cmocka_unit_test(many_threads_agree),
        cmocka_unit_test(throttled_at_once_where_nothing_waits),
        cmocka_unit_test(throttled_by_the_pool),
        cmocka_unit_test_teardown(delay_grows_to_its_cap, forget),
        cmocka_unit_test_teardown(delay_ends_at_the_low_water, forget),
        cmocka_unit_test_teardown(delay_ends_at_the_deadline, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
