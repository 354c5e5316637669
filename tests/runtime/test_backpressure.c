/*
 * What happens when a lane or the pool is full.
 * covers: C2, C8, I1, I3, I4, I5
 */
#include "support.h"

static struct bus *small_bus(uint32_t capacity, bool started)
{
    struct bus_options options = {.polled = true};
    struct bus *bus;

    for (int lane = 0; lane < BUS_LANES; lane++)
        options.capacity[lane] = capacity;
    bus = open_bus(&options);
    if (started)
        assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

static enum bus_outcome shed(struct bus *bus, uint64_t number)
{
    return probe_shed_publish(bus, &(struct probe_shed){.number = number});
}

/* The declared number, not one more or less, whatever it is. covers: I1 */
static void capacity_is_exact(void **state)
{
    const uint32_t capacities[] = {1, 2, 3, 5, 64, 100, 127, 128, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        struct bus *bus = small_bus(capacities[i], true);
        uint64_t next = 0;

        for (int round = 0; round < 5; round++) { /* the ring wraps around */
            for (uint32_t n = 0; n < capacities[i]; n++)
                tick(bus, next++, BUS_QUEUED);
            tick(bus, next, BUS_REJECTED);
            /* Other lanes are not concerned. */
            assert_int_equal(probe_urged_publish(bus, &(struct probe_urged){.number = 1}),
                             BUS_QUEUED);
            assert_int_equal(stats_of(bus).lane_size[BUS_NORMAL], capacities[i]);
            assert_int_equal(poll_all(bus), capacities[i] + 1);
        }
        assert_int_equal(account_of(bus, &probe_ticked_type).rejected, 5);
        finish_bus(&bus);
    }
}

/* The default is 10,000. covers: I1 */
static void default_capacity(void **state)
{
    struct bus *bus = open_polled();

    (void)state;
    for (uint64_t n = 1; n <= 10000; n++)
        tick(bus, n, BUS_QUEUED);
    tick(bus, 10001, BUS_REJECTED);
    assert_non_null(strstr(bus_last_error(), "capacity[BUS_NORMAL] (now 10000)"));
    assert_int_equal(poll_all(bus), 10000);
    finish_bus(&bus);
}

/* covers: C2, I3, I4 */
static void drop_oldest_drops_the_oldest(void **state)
{
    struct bus *bus = small_bus(4, true);
    struct journal journal = JOURNAL_INITIALIZER;
    struct journal ticks = JOURNAL_INITIALIZER;
    struct bus_account account;

    (void)state;
    assert_int_equal(probe_shed_subscribe(bus, on_shed, &journal, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &ticks, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 4; n++)
        assert_int_equal(shed(bus, n), BUS_QUEUED);
    for (uint64_t n = 1; n <= 4; n++) /* the lossless lane beside it is its own */
        tick(bus, n, BUS_QUEUED);
    tick(bus, 5, BUS_REJECTED);
    for (uint64_t n = 5; n <= 10; n++)
        assert_int_equal(shed(bus, n), BUS_QUEUED_DROPPED);
    account = account_of(bus, &probe_shed_type);
    assert_int_equal(account.accepted, 10);
    assert_int_equal(account.dropped, 6);
    assert_int_equal(account.held, 4);
    assert_true(bus_account_balances(&account));
    poll_all(bus);
    assert_journal_run(&journal, 7, 4);
    assert_journal_run(&ticks, 1, 4);
    assert_int_equal(account_of(bus, &probe_ticked_type).dropped, 0);
    finish_bus(&bus);
}

static void drop_capacity_is_exact(void **state)
{
    const uint32_t capacities[] = {1, 2, 3, 7, 8, 9, 100, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        static struct journal journal;
        struct bus *bus = small_bus(capacities[i], true);
        uint64_t next = 1;

        journal = (struct journal)JOURNAL_INITIALIZER;
        assert_int_equal(probe_shed_subscribe(bus, on_shed, &journal, NULL), BUS_OK);
        for (int round = 0; round < 3; round++) {
            for (uint32_t n = 0; n < capacities[i]; n++)
                assert_int_equal(shed(bus, next++), BUS_QUEUED);
            for (uint32_t n = 0; n < 5; n++)
                assert_int_equal(shed(bus, next++), BUS_QUEUED_DROPPED);
            journal.latch.count = 0;
            assert_int_equal(poll_all(bus), capacities[i]);
            assert_journal_run(&journal, next - capacities[i], capacities[i]);
        }
        finish_bus(&bus);
    }
}

/* Only what was not dispatched is dropped. covers: I3 */
static enum bus_verdict on_shed_overflow(void *context, const struct probe_shed *event,
                                         struct bus_delivery *delivery)
{
    struct journal *journal = context;

    if (event->number == 1)
        for (uint64_t n = 2; n <= 40; n++)
            if (!bus_accepted(shed(bus_delivery_bus(delivery), n)))
                return BUS_FAULT;
    journal_add(journal, event->number); /* still itself after the ring went around */
    return BUS_DONE;
}

static void message_in_a_handler_is_not_dropped(void **state)
{
    struct bus *bus = small_bus(4, true);
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_shed_subscribe(bus, on_shed_overflow, &journal, NULL), BUS_OK);
    assert_int_equal(shed(bus, 1), BUS_QUEUED);
    poll_all(bus);
    assert_journal(&journal, (const uint64_t[]){1, 37, 38, 39, 40}, 5);
    assert_int_equal(account_of(bus, &probe_shed_type).dropped, 35);
    finish_bus(&bus);
}

static void buffer_overflows_as_the_lane_does(void **state)
{
    struct bus *bus = small_bus(3, false);
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_shed_subscribe(bus, on_shed, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 3; n++)
        assert_int_equal(shed(bus, n), BUS_BUFFERED);
    for (uint64_t n = 4; n <= 5; n++)
        assert_true(bus_accepted(shed(bus, n)));
    assert_int_equal(account_of(bus, &probe_shed_type).dropped, 2);
    assert_int_equal(account_of(bus, &probe_shed_type).held, 3);
    /* block does not wait before start. covers: C8 */
    for (uint64_t n = 1; n <= 3; n++)
        assert_int_equal(probe_awaited_publish(bus, &(struct probe_awaited){.number = n}),
                         BUS_BUFFERED);
    assert_int_equal(probe_awaited_publish(bus, &(struct probe_awaited){.number = 4}),
                     BUS_REJECTED);
    assert_int_equal(bus_start(bus), BUS_OK);
    poll_all(bus);
    assert_journal_run(&journal, 3, 3);
    assert_int_equal(account_of(bus, &probe_awaited_type).processed, 3);
    finish_bus(&bus);
}

/* On the thread of a polled bus, and inside its handlers, nobody waits. covers: C8 */
static enum bus_verdict on_ticked_flood(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    enum bus_outcome *last = context;

    (void)event;
    for (uint64_t n = 1; n <= 5; n++)
        *last =
            probe_awaited_publish(bus_delivery_bus(delivery), &(struct probe_awaited){.number = n});
    return BUS_DONE;
}

static void block_does_not_wait_for_itself(void **state)
{
    struct bus *bus = small_bus(4, true);
    enum bus_outcome last = BUS_QUEUED;

    (void)state;
    poll_all(bus);
    for (uint64_t n = 1; n <= 4; n++)
        assert_int_equal(probe_awaited_publish(bus, &(struct probe_awaited){.number = n}),
                         BUS_QUEUED);
    assert_int_equal(probe_awaited_publish(bus, &(struct probe_awaited){.number = 5}),
                     BUS_REJECTED);
    poll_all(bus);
    finish_bus(&bus);

    bus = open_bus(&(struct bus_options){.workers = 1, .capacity = {4, 4, 4, 4, 4}});
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_flood, &last, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(last, BUS_REJECTED);
    finish_bus(&bus);
}

/* covers: I3 */
static void block_waits_and_gives_up(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .capacity = {2, 2, 2, 2, 2}});
    struct hold hold = HOLD_INITIALIZER;
    uint64_t before;
    uint64_t waited_ns;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed_hold, &hold, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    for (uint64_t n = 1; n <= 2; n++)
        assert_int_equal(probe_waited_publish(bus, &(struct probe_waited){.number = n}),
                         BUS_QUEUED);
    before = bus_os_native()->monotonic_ns(NULL);
    assert_int_equal(probe_waited_publish(bus, &(struct probe_waited){.number = 3}), BUS_REJECTED);
    waited_ns = bus_os_native()->monotonic_ns(NULL) - before;
    assert_true(waited_ns >= 29 * BUS_MILLISECOND);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(account_of(bus, &probe_waited_type).rejected, 1);
    finish_bus(&bus);
}

struct waiter {
    struct bus *bus;
    struct latch trying;
    struct latch done;
    enum bus_outcome outcome;
    uint64_t numbers;
};

static void *publish_awaited(void *argument)
{
    struct waiter *waiter = argument;

    latch_add(&waiter->trying, 1);
    for (uint64_t n = 1; n <= waiter->numbers; n++) {
        enum bus_outcome outcome =
            probe_awaited_publish(waiter->bus, &(struct probe_awaited){.number = n});

        if (outcome != BUS_QUEUED)
            waiter->outcome = outcome;
    }
    latch_add(&waiter->done, 1);
    return NULL;
}

static enum bus_verdict on_awaited(void *context, const struct probe_awaited *event,
                                   struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

/* Space wakes who waits for it. covers: I3 */
static void block_is_woken_by_space(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .capacity = {2, 2, 2, 2, 2}});
    struct hold hold = HOLD_INITIALIZER;
    struct journal journal = JOURNAL_INITIALIZER;
    struct waiter waiters[3];
    pthread_t threads[3];

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed_hold, &hold, NULL), BUS_OK);
    assert_int_equal(probe_awaited_subscribe(bus, on_awaited, &journal, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    for (int i = 0; i < 3; i++) {
        waiters[i] = (struct waiter){bus, LATCH_INITIALIZER, LATCH_INITIALIZER, BUS_QUEUED, 200};
        threads[i] = spawn(publish_awaited, &waiters[i]);
        assert_true(latch_wait(&waiters[i].trying, 1));
    }
    for (int i = 0; i < 3; i++) /* they can't be done: the lane has two places */
        assert_false(latch_wait_for(&waiters[i].done, 1, 2 * BUS_MILLISECOND));
    latch_add(&hold.let_go, 1);
    for (int i = 0; i < 3; i++) {
        reap(threads[i]);
        assert_int_equal(waiters[i].outcome, BUS_QUEUED);
    }
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(latch_count(&journal.latch), 600);
    finish_bus(&bus);
}

struct stop_call {
    struct bus *bus;
    enum bus_status status;
};

static void *stop_briefly(void *argument)
{
    struct stop_call *call = argument;

    call->status = bus_stop(call->bus, 20 * BUS_MILLISECOND, NULL);
    return NULL;
}

/* A publisher that waits for space does not outlive the bus: stop ends its wait. */
static void stop_ends_the_wait_for_space(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .capacity = {2, 2, 2, 2, 2}});
    struct hold hold = HOLD_INITIALIZER;
    struct waiter waiter = {bus, LATCH_INITIALIZER, LATCH_INITIALIZER, BUS_QUEUED, 3};
    struct stop_call call = {bus, BUS_OK};
    pthread_t publisher;
    pthread_t stopper;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed_hold, &hold, NULL), BUS_OK);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1}), BUS_QUEUED);
    assert_true(latch_wait(&hold.entered, 1));
    publisher = spawn(publish_awaited, &waiter);
    assert_true(latch_wait(&waiter.trying, 1));
    assert_false(latch_wait_for(&waiter.done, 1, 5 * BUS_MILLISECOND));
    stopper = spawn(stop_briefly, &call);
    reap(stopper);
    assert_int_equal(call.status, BUS_ERR_TIMEOUT);
    assert_true(latch_wait_for(&waiter.done, 1, 10 * BUS_SECOND)); /* not the 20 s of its block */
    reap(publisher);
    assert_int_equal(waiter.outcome, BUS_CLOSED);
    latch_add(&hold.let_go, 1);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_ERR_TIMEOUT);
    assert_balanced(bus);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* The pool is bounded too, and comes back. covers: I1 */
static void pool_is_bounded(void **state)
{
    static uint8_t data[6000];
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .pool_bytes = 128 << 10, .message_size_max = 8192});
    struct probe_bulked message = {.data = {data, sizeof data}};
    uint64_t first = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    for (int round = 0; round < 20; round++) {
        uint64_t fit = 0;
        enum bus_outcome outcome;

        while ((outcome = probe_bulked_publish(bus, &message)) == BUS_QUEUED)
            fit++;
        assert_int_equal(outcome, BUS_REJECTED);
        assert_true(fit >= 2 && fit <= 21);
        if (round == 0)
            first = fit;
        assert_int_equal(fit, first); /* nothing of the pool is lost */
        tick(bus, 1, BUS_QUEUED);     /* small ones still fit */
        assert_int_equal(poll_all(bus), fit + 1);
        assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    }
    finish_bus(&bus);
}

static enum bus_verdict on_shed_bulked(void *context, const struct probe_shed_bulked *event,
                                       struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->number);
    return BUS_DONE;
}

/* A full pool is full too: the oldest goes, and its block with it. covers: I3 */
static void drop_oldest_makes_room_in_the_pool(void **state)
{
    static uint8_t data[6000];
    struct bus *bus = open_bus(
        &(struct bus_options){.polled = true, .pool_bytes = 128 << 10, .message_size_max = 8192});
    struct journal journal = JOURNAL_INITIALIZER;
    struct probe_shed_bulked message = {.data = {data, sizeof data}};
    uint64_t fit = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_shed_bulked_subscribe(bus, on_shed_bulked, &journal, NULL), BUS_OK);
    for (message.number = 1; message.number <= 100; message.number++) {
        enum bus_outcome outcome = probe_shed_bulked_publish(bus, &message);

        assert_true(bus_accepted(outcome));
        fit += outcome == BUS_QUEUED;
    }
    assert_int_equal(account_of(bus, &probe_shed_bulked_type).dropped, 100 - fit);
    assert_int_equal(poll_all(bus), fit);
    assert_journal_run(&journal, 101 - fit, fit);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* A refused message gives its block back. */
static void lane_full_gives_blocks_back(void **state)
{
    static uint8_t data[6000];
    struct bus *bus = small_bus(2, true);
    struct probe_bulked message = {.data = {data, sizeof data}};
    uint64_t used;

    (void)state;
    assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
    assert_int_equal(probe_bulked_publish(bus, &message), BUS_QUEUED);
    used = stats_of(bus).pool_bytes_used;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(probe_bulked_publish(bus, &message), BUS_REJECTED);
    assert_int_equal(stats_of(bus).pool_bytes_used, used);
    poll_all(bus);
    assert_int_equal(stats_of(bus).pool_bytes_used, 0);
    finish_bus(&bus);
}

/* Ten times the capacity: refused or dropped and counted, memory flat, critical ones served.
 * covers: I5 */
static void overload_is_survived(void **state)
{
    struct bus *bus = small_bus(100, true);
    struct journal alarms = JOURNAL_INITIALIZER;
    struct bus_stats before;
    struct bus_stats after;
    struct bus_account account;
    uint64_t accepted = 0;
    uint64_t alarm = 0;
    uint32_t ran;

    (void)state;
    assert_int_equal(probe_alarmed_subscribe(bus, on_alarmed, &alarms, NULL), BUS_OK);
    tick(bus, 0, BUS_QUEUED);
    assert_int_equal(shed(bus, 0), BUS_QUEUED);
    assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = ++alarm}),
                     BUS_QUEUED);
    poll_all(bus);
    before = stats_of(bus);
    for (uint64_t n = 1; n <= 10000; n++) {
        accepted += bus_accepted(probe_ticked_publish(bus, &(struct probe_ticked){.number = n}));
        bus_ignore(shed(bus, n));
        if (n % 100 == 0)
            assert_int_equal(probe_alarmed_publish(bus, &(struct probe_alarmed){.number = ++alarm}),
                             BUS_QUEUED);
        if (n % 10 == 0) { /* the consumer manages a tenth */
            assert_int_equal(bus_poll(bus, 1, &ran), BUS_OK);
            assert_int_equal(ran, 1);
            if (n % 100 == 0) /* and takes the critical one first */
                assert_int_equal(latch_count(&alarms.latch), alarm);
        }
    }
    after = stats_of(bus);
    assert_int_equal(after.memory_bytes, before.memory_bytes);
    account = account_of(bus, &probe_ticked_type);
    assert_int_equal(account.accepted, accepted + 1);
    assert_int_equal(account.rejected, 10000 - accepted);
    poll_all(bus);
    account = account_of(bus, &probe_shed_type);
    assert_int_equal(account.accepted, 10001);
    assert_int_equal(account.processed + account.dropped, 10001);
    assert_journal_run(&alarms, 1, 101);
    finish_bus(&bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_exact),
        cmocka_unit_test(default_capacity),
        cmocka_unit_test(drop_oldest_drops_the_oldest),
        cmocka_unit_test(drop_capacity_is_exact),
        cmocka_unit_test(message_in_a_handler_is_not_dropped),
        cmocka_unit_test(buffer_overflows_as_the_lane_does),
        cmocka_unit_test(block_does_not_wait_for_itself),
        cmocka_unit_test(block_waits_and_gives_up),
        cmocka_unit_test(block_is_woken_by_space),
        cmocka_unit_test(stop_ends_the_wait_for_space),
        cmocka_unit_test(pool_is_bounded),
        cmocka_unit_test(drop_oldest_makes_room_in_the_pool),
        cmocka_unit_test(lane_full_gives_blocks_back),
        cmocka_unit_test(overload_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
