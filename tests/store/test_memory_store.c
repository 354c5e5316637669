/*
 * The store in memory: the contract, and what tests and simulations can do with it; what health
 * says of a store.
 *
 * covers: M1 K8 P4
 */
#include "contract.h"

#include <bus/health.h>

static struct bus_memory_store *memory;

const struct bus_store *subject_open(const struct contract_limits *limits)
{
    struct bus_memory_store_options options = {.os = failing_os()};

    if (limits != NULL) {
        options.entries = limits->entries;
        options.bytes = limits->bytes;
        options.known_ns = limits->known_ns;
        options.known_max = limits->known_max;
        options.os = limits->os != NULL ? limits->os : options.os;
    }
    assert_int_equal(bus_memory_store_open(&memory, &options), BUS_OK);
    return bus_memory_store_table(memory);
}

const struct bus_store *subject_reopen(void)
{
    return bus_memory_store_table(memory);
}

void subject_close(void)
{
    bus_memory_store_close(&memory);
    assert_null(memory);
    assert_int_equal(failing_outstanding(), 0);
}

static void held_requests_wait(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    struct answer answers[4] = {ANSWER_INITIALIZER, ANSWER_INITIALIZER, ANSWER_INITIALIZER,
                                ANSWER_INITIALIZER};
    uint32_t i;

    (void)state;
    bus_memory_store_hold(memory, true);
    for (i = 0; i < 3; i++)
        assert_true(store->put(store->context, &stored, answer_done, &answers[i]));
    assert_true(store->remove(store->context, BUS_STORED_EVENT, 2, answer_done, &answers[3]));
    assert_int_equal(state_of(store).waiting, 4);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, 0);
    assert_int_equal(latch_count(&answers[0].latch), 0);
    assert_int_equal(bus_memory_store_run(memory, 2), 2);
    assert_int_equal(latch_count(&answers[1].latch), 1);
    assert_int_equal(answers[1].number, 2);
    assert_int_equal(latch_count(&answers[2].latch), 0);
    /* Whoever looks sees all of them. */
    assert_int_equal(next_of(store, BUS_STORED_EVENT, 1)->stored.number, 3);
    assert_int_equal(latch_count(&answers[3].latch), 1);
    assert_int_equal(answers[3].status, BUS_OK);
    assert_true(store->put(store->context, &stored, NULL, NULL));
    bus_memory_store_hold(memory, false);
    assert_int_equal(state_of(store).waiting, 0);
    assert_numbers(store, BUS_STORED_EVENT, (uint64_t[]){1, 3, 4}, 3);
    subject_close();
}

static void a_crash_loses_what_waits(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_LETTER, 1);
    struct answer answer = ANSWER_INITIALIZER;

    (void)state;
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    bus_memory_store_hold(memory, true);
    assert_true(store->put(store->context, &stored, answer_done, &answer));
    stored.number = 1;
    assert_true(store->change(store->context, &stored, answer_done, &answer));
    assert_true(store->remove(store->context, BUS_STORED_LETTER, 1, answer_done, &answer));
    assert_int_equal(bus_memory_store_crash(memory), 3);
    bus_memory_store_hold(memory, false);
    assert_int_equal(latch_count(&answer.latch), 0);
    assert_numbers(store, BUS_STORED_LETTER, (uint64_t[]){1}, 1);
    /* Those that wait when it is closed are lost, too. */
    bus_memory_store_hold(memory, true);
    assert_true(store->put(store->context, &stored, answer_done, &answer));
    subject_close();
    assert_int_equal(latch_count(&answer.latch), 0);
}

static void requests_that_wait_are_bounded(void **state)
{
    struct bus_memory_store_options options = {.requests = 2};
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    const struct bus_store *store;

    (void)state;
    assert_int_equal(bus_memory_store_open(&memory, &options), BUS_OK);
    store = bus_memory_store_table(memory);
    bus_memory_store_hold(memory, true);
    assert_true(store->put(store->context, &stored, NULL, NULL));
    assert_true(store->put(store->context, &stored, NULL, NULL));
    assert_false(store->put(store->context, &stored, NULL, NULL));
    assert_false(store->remove(store->context, BUS_STORED_EVENT, 1, NULL, NULL));
    bus_memory_store_hold(memory, false);
    assert_true(store->put(store->context, &stored, NULL, NULL));
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, 3);
    subject_close();
}

static void faults_come_as_ordered(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    uint8_t identity[64] = {1};

    (void)state;
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_REFUSES, 1, 1);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_false(store->put(store->context, &stored, NULL, NULL));
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_FAILS, 1, 2);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_SYSTEM);
    assert_int_equal(state_of(store).condition, BUS_STORE_FAILING);
    assert_null(next_of(store, BUS_STORED_EVENT, 0));
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 1), BUS_OK);
    assert_int_equal(state_of(store).condition, BUS_STORE_FINE);
    assert_int_equal(state_of(store).failed, 1);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_BREAKS, 0, 1);
    assert_int_equal(take_out(store, BUS_STORED_EVENT, 2), BUS_ERR_SYSTEM);
    assert_false(store->put(store->context, &stored, NULL, NULL));
    assert_false(store->identity(store->context, identity, true));
    assert_null(next_of(store, BUS_STORED_EVENT, 0));
    assert_int_equal(state_of(store).condition, BUS_STORE_BROKEN);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_WORKS, 0, 0);
    assert_numbers(store, BUS_STORED_EVENT, (uint64_t[]){2, 3}, 2);
    subject_close();
}

static struct bus_health health_of(struct bus *bus)
{
    struct bus_health health;

    assert_int_equal(bus_health(bus, &health), BUS_OK);
    return health;
}

static void health_tells_of_it(void **state)
{
    const struct bus_store *store = subject_open(&(struct contract_limits){.entries = 1});
    struct bus_stored stored = sample(BUS_STORED_SCHEDULED, 1);
    struct bus_health health;
    struct bus *bus = open_bus(&(struct bus_options){.polled = true, .store = store});

    (void)state;
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_int_equal(health.store.condition, BUS_STORE_FULL);
    assert_int_equal(health.store.kinds[BUS_STORED_SCHEDULED].count, 1);
    assert_non_null(strstr(health.reasons[0].text, "the store is full"));
    assert_int_equal(take_out(store, BUS_STORED_SCHEDULED, 1), BUS_OK);
    assert_int_equal(health_of(bus).state, BUS_HEALTH_OK);
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_FAILS, 0, 1);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_SYSTEM);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_non_null(strstr(health.reasons[0].text, "the store is failing"));
    bus_memory_store_fault(memory, BUS_MEMORY_STORE_BREAKS, 0, 1);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_SYSTEM);
    health = health_of(bus);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_non_null(strstr(health.reasons[0].text, "the store is broken"));
    assert_int_equal(bus_close(&bus), BUS_OK);
    subject_close();
}

static void what_is_wrong_is_refused(void **state)
{
    struct bus_memory_store_options options = {.entries = UINT32_MAX};
    struct bus_memory_store *none = NULL;
    const struct bus_store *store = subject_open(NULL);
    struct bus_store holes = *store;
    struct bus *bus = NULL;

    (void)state;
    assert_int_equal(bus_memory_store_open(NULL, NULL), BUS_ERR_INVALID);
    assert_int_equal(bus_memory_store_open(&none, &options), BUS_ERR_INVALID);
    options = (struct bus_memory_store_options){.known_max = UINT32_MAX};
    assert_int_equal(bus_memory_store_open(&none, &options), BUS_ERR_INVALID);
    assert_null(none);
    bus_memory_store_close(&none);
    bus_memory_store_close(NULL);
    assert_null(bus_memory_store_table(NULL));
    holes.identity = NULL;
    assert_int_equal(bus_open(&bus, &(struct bus_options){.store = &holes}), BUS_ERR_INVALID);
    assert_null(bus);
    assert_string_equal(bus_store_condition_text((enum bus_store_condition)77), "unknown");
    subject_close();
}

/* covers: R6 */
static void each_allocation_may_fail(void **state)
{
    struct bus_memory_store_options options = {.os = failing_os(), .requests = 4};
    struct bus_stored stored = sample(BUS_STORED_LETTER, 1);
    const struct bus_store *store;
    uint64_t nth = 0;

    (void)state;
    for (;;) {
        failing_arm(++nth, false);
        if (bus_memory_store_open(&memory, &options) == BUS_OK)
            break;
        assert_true(failing_struck());
        assert_null(memory);
        assert_int_equal(failing_outstanding(), 0);
    }
    assert_false(failing_struck());
    assert_in_range(nth, 4, 20);
    store = bus_memory_store_table(memory);
    failing_arm(1, false);
    assert_false(store->put(store->context, &stored, NULL, NULL));
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    stored.number = 1;
    failing_arm(1, false);
    assert_false(store->change(store->context, &stored, NULL, NULL));
    bus_memory_store_hold(memory, true);
    failing_arm(1, false);
    assert_false(store->remove(store->context, BUS_STORED_LETTER, 1, NULL, NULL));
    failing_arm(0, false);
    assert_true(store->remove(store->context, BUS_STORED_LETTER, 1, NULL, NULL));
    bus_memory_store_hold(memory, false);
    assert_numbers(store, BUS_STORED_LETTER, NULL, 0);
    subject_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_requests_wait),
        cmocka_unit_test(a_crash_loses_what_waits),
        cmocka_unit_test(requests_that_wait_are_bounded),
        cmocka_unit_test(faults_come_as_ordered),
        cmocka_unit_test(health_tells_of_it),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
    };
    int failed = cmocka_run_group_tests_name("contract", contract_tests, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
