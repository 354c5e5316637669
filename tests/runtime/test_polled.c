/*
 * A bus without threads: bus_poll and its descriptor.
 * covers: C8, B7, D1
 */
#include "support.h"

#include <poll.h>

static bool readable(struct bus *bus)
{
    struct pollfd look = {.fd = bus_poll_descriptor(bus), .events = POLLIN};

    assert_true(look.fd >= 0);
    return poll(&look, 1, 0) == 1 && (look.revents & POLLIN) != 0;
}

static void descriptor_says_when(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    uint32_t ran;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    poll_all(bus);
    assert_false(readable(bus));
    for (int round = 0; round < 100; round++) {
        tick(bus, 1, BUS_QUEUED);
        assert_true(readable(bus));
        tick(bus, 2, BUS_QUEUED);
        assert_int_equal(bus_poll(bus, 1, &ran), BUS_OK);
        assert_int_equal(ran, 1);
        assert_true(readable(bus)); /* one is still there */
        assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
        assert_int_equal(ran, 1);
        poll_all(bus);
        assert_false(readable(bus));
    }
    finish_bus(&bus);
}

static void poll_runs_at_most(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    uint32_t ran = 77;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(ran, 0);
    for (uint64_t n = 1; n <= 10; n++)
        tick(bus, n, BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 3, &ran), BUS_OK);
    assert_int_equal(ran, 3);
    assert_int_equal(bus_poll(bus, 3, NULL), BUS_OK);
    assert_int_equal(bus_poll(bus, UINT32_MAX, &ran), BUS_OK);
    assert_int_equal(ran, 4);
    assert_journal_run(&journal, 1, 10);
    assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_ERR_STATE);
    finish_bus(&bus);
}

static enum bus_verdict on_ticked_again(void *context, const struct probe_ticked *event,
                                        struct bus_delivery *delivery)
{
    uint64_t *count = context;

    ++*count;
    bus_ignore(probe_ticked_publish(bus_delivery_bus(delivery), event));
    return BUS_DONE;
}

/* A message that always brings another does not keep bus_poll for ever. */
static void poll_ends(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});
    uint64_t count = 0;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked_again, &count, NULL), BUS_OK);
    tick(bus, 1, BUS_QUEUED);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_true(count >= 1);
    assert_true(count <= 100000);
    assert_true(readable(bus));
    assert_int_equal(
        probe_ticked_unsubscribe(bus, on_ticked_again, &count, (struct bus_session){0, 0}), BUS_OK);
    poll_all(bus);
    finish_bus(&bus);
}

static void poll_needs_a_started_polled_bus(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true});

    (void)state;
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_ERR_STATE);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_poll(bus, 0, NULL), BUS_ERR_STATE);
    finish_bus(&bus);
    assert_int_equal(bus_poll(NULL, 0, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_poll_descriptor(NULL), -1);
}

/* execute on the polling thread is inline: there is nobody else. covers: B7 */
static void execute_on_the_polling_thread(void **state)
{
    struct bus *bus = open_polled();
    struct probe_add_result result;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    poll_all(bus);
    assert_int_equal(probe_add_execute(bus, &(struct probe_add){.a = 20, .b = 22}, &result),
                     BUS_ANSWERED);
    assert_int_equal(result.ok.sum, 42);
    finish_bus(&bus);
}

struct asker {
    struct bus *bus;
    struct latch asking;
    struct latch answered;
    enum bus_outcome outcome;
    uint32_t sum;
};

static void *ask(void *argument)
{
    struct asker *asker = argument;
    struct probe_add_result result;
    struct probe_add request = {.a = 1, .b = 2};

    latch_add(&asker->asking, 1);
    asker->outcome = probe_add_execute(asker->bus, &request, &result);
    asker->sum = result.answer == PROBE_ADD_OK ? result.ok.sum : 0;
    latch_add(&asker->answered, 1);
    return NULL;
}

/* Another thread's execute waits until bus_poll ran it; the descriptor says that it is there. */
static void execute_from_another_thread(void **state)
{
    struct bus *bus = open_polled();
    struct asker asker = {.bus = bus, .asking = LATCH_INITIALIZER, .answered = LATCH_INITIALIZER};
    struct pollfd look = {.fd = bus_poll_descriptor(bus), .events = POLLIN};
    pthread_t thread;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    poll_all(bus);
    thread = spawn(ask, &asker);
    assert_int_equal(poll(&look, 1, 30000), 1);
    assert_int_equal(poll_all(bus), 1);
    assert_true(latch_wait(&asker.answered, 1));
    reap(thread);
    assert_int_equal(asker.outcome, BUS_ANSWERED);
    assert_int_equal(asker.sum, 3);
    finish_bus(&bus);
}

static void *publish_a_lot(void *argument)
{
    for (uint64_t n = 0; n < 5000; n++)
        while (probe_ticked_publish(argument, &(struct probe_ticked){.number = n}) != BUS_QUEUED)
            ;
    return NULL;
}

/* No lost wake-up: who sleeps on the descriptor gets everything. */
static void descriptor_loses_nothing(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;
    struct pollfd look = {.fd = bus_poll_descriptor(bus), .events = POLLIN};
    pthread_t threads[2];
    uint32_t ran;
    uint64_t all = 0;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (int i = 0; i < 2; i++)
        threads[i] = spawn(publish_a_lot, bus);
    while (all < 10000) {
        if (poll(&look, 1, 30000) != 1)
            fail_msg("slept over a message after %llu", (unsigned long long)all);
        assert_int_equal(bus_poll(bus, 7, &ran), BUS_OK);
        all += ran;
    }
    for (int i = 0; i < 2; i++)
        reap(threads[i]);
    assert_int_equal(latch_count(&journal.latch), 10000);
    finish_bus(&bus);
}

static void *stops_without_a_record(void *bus)
{
    return bus_stop(bus, 0, NULL) == BUS_ERR_LIMIT && bus_last_error()[0] != '\0' ? bus : NULL;
}

/* A thread over threads_max could neither run what is queued nor answer it: it is told so, and
 * nothing is stopped. */
static void stop_needs_a_record(void **state)
{
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .threads_max = 1});
    uint32_t ran = 0;
    pthread_t other;
    void *refused;

    (void)state;
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(probe_ticked_publish(bus, &(struct probe_ticked){.number = 1}), BUS_QUEUED);
    assert_int_equal(pthread_create(&other, NULL, stops_without_a_record, bus), 0);
    assert_int_equal(pthread_join(other, &refused), 0);
    assert_non_null(refused);
    assert_int_equal(bus_poll(bus, 0, &ran), BUS_OK);
    assert_int_equal(ran, 1);
    finish_bus(&bus);
}

/* On a polled bus the thread that stops runs what is queued. */
static void stop_runs_the_rest(void **state)
{
    struct bus *bus = open_polled();
    struct journal journal = JOURNAL_INITIALIZER;

    (void)state;
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    for (uint64_t n = 1; n <= 100; n++)
        tick(bus, n, BUS_QUEUED);
    finish_bus(&bus);
    assert_journal_run(&journal, 1, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_says_when),
        cmocka_unit_test(poll_runs_at_most),
        cmocka_unit_test(poll_ends),
        cmocka_unit_test(poll_needs_a_started_polled_bus),
        cmocka_unit_test(execute_on_the_polling_thread),
        cmocka_unit_test(execute_from_another_thread),
        cmocka_unit_test(descriptor_loses_nothing),
        cmocka_unit_test(stop_needs_a_record),
        cmocka_unit_test(stop_runs_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
