/*
 * What bus_health says of durable events: how many wait on disk behind a full lane, while the store
 * is fine, full, failing and broken, and when it is well again; those that stay on disk because the
 * dead letters have no room.
 *
 * covers: M2, K8
 */
#include "lasting.h"

#include <bus/health.h>

static struct bus_health health_of(struct bus *bus)
{
    struct bus_health health;

    assert_int_equal(bus_health(bus, &health), BUS_OK);
    return health;
}

/* The reason that has the text; NULL: there is none. */
static const struct bus_health_reason *reason_with(const struct bus_health *health,
                                                   const char *text)
{
    for (uint32_t i = 0; i < health->reason_count; i++)
        if (strstr(health->reasons[i].text, text) != NULL)
            return &health->reasons[i];
    return NULL;
}

static void assert_reason(const struct bus_health *health, enum bus_health_state state,
                          const char *text)
{
    const struct bus_health_reason *reason = reason_with(health, text);

    if (reason == NULL)
        fail_msg("no reason has \"%s\"; the first: %s", text, health->reasons[0].text);
    else
        assert_int_equal(reason->state, state);
}

/* Ten events, of which the lane holds four. */
static struct bus *with_six_behind(struct bus_memory_store *store, struct taker *taker)
{
    struct bus *bus =
        start_lasting(store, taker, (struct bus_options){.capacity = {4, 4, 4, 4, 4}});

    for (uint64_t i = 0; i < 10; i++)
        note(bus, i, BUS_QUEUED);
    return bus;
}

static void assert_well(struct bus *bus)
{
    struct bus_health health = health_of(bus);

    assert_int_equal(health.durable_behind, 0);
    assert_int_equal(health.durable_stayed, 0);
    assert_int_equal(health.store.condition, BUS_STORE_FINE);
    assert_int_equal(health.reason_count, 0);
    assert_int_equal(health.state, BUS_HEALTH_OK);
}

static void those_behind_a_full_lane_are_counted(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = with_six_behind(store, &taker);
    struct bus_health health = health_of(bus);

    (void)state;
    assert_int_equal(health.durable_behind, 6);
    assert_int_equal(health.store.condition, BUS_STORE_FINE);
    assert_reason(&health, BUS_HEALTH_DEGRADED, "holds 4 of 4 messages");
    assert_null(reason_with(&health, "durable"));
    (void)poll_all(bus);
    assert_well(bus);
    assert_journal_run(&taker.journal, 0, 10);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void behind_in_a_full_store(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store =
        open_store(&(struct bus_memory_store_options){.entries = 10, .os = lasting_os()});
    struct bus *bus = with_six_behind(store, &taker);
    struct bus_health health = health_of(bus);

    (void)state;
    assert_reason(&health, BUS_HEALTH_DEGRADED, "the store is full");
    assert_reason(&health, BUS_HEALTH_DEGRADED, "6 durable events wait in the store");
    assert_null(reason_with(&health, "readable"));
    (void)poll_all(bus);
    assert_well(bus);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_store_that_cannot_be_read(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = with_six_behind(store, &taker);
    struct bus_health health;

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_FAILS, 0, 0);
    for (int i = 0; i < 5; i++) {
        (void)poll_all(bus);
        frozen_advance(100 * MS);
    }
    health = health_of(bus);
    assert_int_equal(health.durable_behind, 6);
    assert_int_equal(health.state, BUS_HEALTH_DEGRADED);
    assert_reason(&health, BUS_HEALTH_DEGRADED, "the store is failing");
    assert_reason(&health, BUS_HEALTH_DEGRADED,
                  "6 durable events wait in the store, and it may not be readable");
    assert_journal_run(&taker.journal, 0, 4);
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    frozen_advance(100 * MS);
    (void)poll_all(bus);
    assert_well(bus);
    assert_journal_run(&taker.journal, 0, 10);
    finish_bus(&bus);
    bus_memory_store_close(&store);
}

static void a_store_that_is_broken(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus = with_six_behind(store, &taker);
    struct bus_health health;

    (void)state;
    bus_memory_store_fault(store, BUS_MEMORY_STORE_BREAKS, 0, 1);
    for (int i = 0; i < 5; i++) {
        (void)poll_all(bus);
        frozen_advance(100 * MS);
    }
    health = health_of(bus);
    assert_int_equal(health.durable_behind, 6);
    assert_int_equal(health.state, BUS_HEALTH_CRITICAL);
    assert_reason(&health, BUS_HEALTH_CRITICAL, "the store is broken");
    assert_reason(&health, BUS_HEALTH_CRITICAL, "6 durable events wait in the store");
    bus_memory_store_fault(store, BUS_MEMORY_STORE_WORKS, 0, 0);
    lose_bus(&bus);
    bus_memory_store_close(&store);
}

static void those_that_stay_on_disk(void **state)
{
    static struct taker taker = TAKER_INITIALIZER;
    struct bus_memory_store *store = open_store(NULL);
    struct bus *bus =
        start_lasting(store, &taker,
                      (struct bus_options){.dead_letters_max = 1,
                                           .dead_letters_when_full = BUS_LETTERS_REFUSE_NEW});
    struct bus_health health;

    (void)state;
    atomic_store(&taker.failing, true);
    for (uint64_t i = 0; i < 3; i++)
        note(bus, i, BUS_QUEUED);
    (void)poll_all(bus);
    health = health_of(bus);
    assert_int_equal(health.dead_letters, 1);
    assert_int_equal(health.durable_stayed, 2);
    assert_int_equal(health.durable_behind, 0);
    assert_reason(&health, BUS_HEALTH_DEGRADED, "2 durable events failed, found no room");
    lose_bus(&bus);
    bus_memory_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_behind_a_full_lane_are_counted),
        cmocka_unit_test(behind_in_a_full_store),
        cmocka_unit_test(a_store_that_cannot_be_read),
        cmocka_unit_test(a_store_that_is_broken),
        cmocka_unit_test(those_that_stay_on_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
