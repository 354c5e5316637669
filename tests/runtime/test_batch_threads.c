/*
 * Batch handlers of several workers while others publish, configure, register and unregister: every
 * event is there exactly once, and the account balances.
 *
 * covers: D6 E4 I6
 */
#include "batching.h"

enum { PUBLISHERS = 3, EACH = 4000 };

struct crowd {
    struct bus *bus;
    _Atomic uint64_t seen[PUBLISHERS * EACH];
    _Atomic uint64_t calls;
    _Atomic uint64_t passing;
    _Atomic bool over;
};

struct publisher {
    struct crowd *crowd;
    uint64_t first;
};

static enum bus_verdict on_crowd(void *context, const struct probe_ticked *events, uint32_t count,
                                 struct bus_batch *batch)
{
    struct crowd *crowd = context;

    crowd->calls++;
    for (uint32_t i = 0; i < count; i++) {
        struct bus_envelope envelope;

        bus_delivery_envelope(bus_batch_delivery(batch, i), &envelope);
        if (events[i].number % 97 == 0 && envelope.attempt == 1)
            bus_batch_set(batch, i, BUS_RETRY);
        else
            crowd->seen[events[i].number]++;
    }
    return BUS_DONE;
}

static enum bus_verdict on_passing(void *context, const struct probe_ticked *events, uint32_t count,
                                   struct bus_batch *batch)
{
    struct crowd *crowd = context;

    (void)events;
    (void)batch;
    crowd->passing += count;
    return BUS_DONE;
}

static void *publish_all(void *argument)
{
    const struct publisher *publisher = argument;

    for (uint64_t n = 0; n < EACH;)
        if (probe_ticked_publish(publisher->crowd->bus,
                                 &(struct probe_ticked){.number = publisher->first + n}) ==
            BUS_QUEUED)
            n++;
    return NULL;
}

static void *configure_on(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t state = 7;

    while (!crowd->over)
        if (bus_batch_configure(
                crowd->bus, &probe_ticked_type, crowd,
                &(struct bus_batch_options){.size = (uint32_t)(1 + chance(&state) % 200),
                                            .wait_ns = 1 + chance(&state) % MS}) != BUS_OK)
            crowd->passing = UINT64_MAX / 2;
    return NULL;
}

static void *come_and_go(void *argument)
{
    struct crowd *crowd = argument;

    while (!crowd->over) {
        if (probe_ticked_subscribe_batch(
                crowd->bus, on_passing, crowd, &(struct bus_batch_options){.wait_ns = MS},
                &(struct bus_handler_options){.concurrent = true}) != BUS_OK ||
            probe_ticked_unsubscribe_batch(crowd->bus, on_passing, crowd,
                                           (struct bus_session){0, 0}) != BUS_OK)
            crowd->passing = UINT64_MAX / 2;
    }
    return NULL;
}

static void nothing_is_lost(bool concurrent)
{
    struct bus_policy_override override = {&probe_ticked_type,
                                           {.retries = 3, .backoff_first_ns = MS}};
    struct crowd *crowd = calloc(1, sizeof *crowd);
    struct publisher publishers[PUBLISHERS];
    pthread_t threads[PUBLISHERS], configuring, passing;
    struct bus_account account;

    assert_non_null(crowd);
    crowd->bus = open_bus(&(struct bus_options){.workers = 3,
                                                .policies = &override,
                                                .policy_count = 1,
                                                .held_max = 500,
                                                .dead_letters_max = 10});
    assert_int_equal(bus_start(crowd->bus), BUS_OK);
    assert_int_equal(
        probe_ticked_subscribe_batch(crowd->bus, on_crowd, crowd, NULL,
                                     &(struct bus_handler_options){.concurrent = concurrent}),
        BUS_OK);
    configuring = spawn(configure_on, crowd);
    passing = spawn(come_and_go, crowd);
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){crowd, (uint64_t)i * EACH};
        threads[i] = spawn(publish_all, &publishers[i]);
    }
    for (uint32_t i = 0; i < PUBLISHERS; i++)
        reap(threads[i]);
    crowd->over = true;
    reap(configuring);
    reap(passing);
    assert_int_equal(bus_wait_idle(crowd->bus, PATIENCE), BUS_OK);
    account = account_of(crowd->bus, &probe_ticked_type);
    assert_int_equal(account.accepted, PUBLISHERS * EACH);
    assert_int_equal(account.processed + account.failed, PUBLISHERS * EACH);
    assert_true(crowd->passing < UINT64_MAX / 4);
    for (uint32_t i = 0; i < PUBLISHERS * EACH; i++) /* what found no room for its retry is not */
        if (crowd->seen[i] != 1 && (i % 97 != 0 || crowd->seen[i] != 0))
            fail_msg("event %u was seen %u times", i, (unsigned)crowd->seen[i]);
    finish_bus(&crowd->bus);
    free(crowd);
}

static void of_one_worker(void **state)
{
    (void)state;
    nothing_is_lost(false);
}

static void of_all_workers(void **state)
{
    (void)state;
    nothing_is_lost(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_worker),
        cmocka_unit_test(of_all_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
