/*
 * Many durable events of one call, by chance: several publishers, a store that fails puts and
 * removals, or takes them not on, is slow and has little room. Each publisher goes on behind those
 * that were accepted.
 *
 * covers: M2 I6
 */
#include "lasting.h"

#include <bus/simulation.h>

enum { PUBLISHERS = 4, EACH = 60 };

/* A store some of whose puts and removals fail when it is their turn; some are not taken on. */
struct moody {
    struct bus_store table;
    const struct bus_store *inner;
    uint64_t random;
    bool well;
};

/* Requests that fail: what asked for them. */
static struct failing {
    bus_store_done done;
    void *to;
} failing[4096];
static uint32_t failing_count;

static void fail_it(void *to, enum bus_status status, uint64_t number)
{
    const struct failing *one = to;

    (void)status;
    one->done(one->to, BUS_ERR_SYSTEM, number);
}

/* In its turn: what is to be removed is not there. */
static bool ask_in_vain(const struct bus_store *inner, bus_store_done done, void *to)
{
    struct failing *one = &failing[failing_count++];

    assert_true(failing_count < sizeof failing / sizeof failing[0]);
    *one = (struct failing){done, to};
    return inner->remove(inner->context, BUS_STORED_EVENT, INT64_MAX, fail_it, one);
}

static bool moody_put(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct moody *moody = context;
    const struct bus_store *inner = moody->inner;
    uint64_t mood = moody->well ? UINT64_MAX : chance(&moody->random) % 40;

    if (mood == 0)
        return false;
    if (mood < 3)
        return ask_in_vain(inner, done, to);
    return inner->put(inner->context, stored, done, to);
}

static bool moody_remove(void *context, enum bus_stored_kind kind, uint64_t number,
                         bus_store_done done, void *to)
{
    struct moody *moody = context;
    const struct bus_store *inner = moody->inner;
    uint64_t mood = moody->well ? UINT64_MAX : chance(&moody->random) % 8;

    if (mood == 0)
        return false;
    if (mood == 1)
        return ask_in_vain(inner, done, to);
    return inner->remove(inner->context, kind, number, done, to);
}

static bool moody_change(void *context, const struct bus_stored *stored, bus_store_done done,
                         void *to)
{
    const struct bus_store *inner = ((struct moody *)context)->inner;

    return inner->change(inner->context, stored, done, to);
}

static bool moody_next(void *context, const struct bus_store_query *query)
{
    const struct bus_store *inner = ((struct moody *)context)->inner;

    return inner->next(inner->context, query);
}

static void moody_state(void *context, struct bus_store_state *state)
{
    const struct bus_store *inner = ((struct moody *)context)->inner;

    inner->state(inner->context, state);
}

static bool moody_identity(void *context, uint8_t identity[64], bool set)
{
    const struct bus_store *inner = ((struct moody *)context)->inner;

    return inner->identity(inner->context, identity, set);
}

static void make_moody(struct moody *moody, struct bus_memory_store *store, uint64_t seed)
{
    const struct bus_store *inner = bus_memory_store_table(store);

    failing_count = 0;
    *moody = (struct moody){.table = {.context = moody,
                                      .put = moody_put,
                                      .change = moody_change,
                                      .remove = moody_remove,
                                      .next = moody_next,
                                      .state = moody_state,
                                      .identity = moody_identity},
                            .inner = inner,
                            .random = seed};
}

struct publisher {
    struct bus *bus;
    const struct bus_os *os;
    uint64_t first;
    uint64_t random;
    uint32_t refusals;
    bool over;
};

/* Goes on behind those that were accepted, whatever happens. */
static void publish_all(void *argument)
{
    struct publisher *publisher = argument;
    uint32_t done = 0;

    while (done < EACH) {
        struct lasting_placed events[EACH];
        uint32_t count = 1 + (uint32_t)(chance(&publisher->random) % (EACH - done)), accepted;

        for (uint32_t i = 0; i < count; i++)
            events[i] = (struct lasting_placed){.order = 1, .number = publisher->first + done + i};
        if (lasting_placed_publish_many(publisher->bus, events, count, NULL, &accepted) !=
            BUS_QUEUED)
            publisher->refusals++;
        done += accepted;
        publisher->os->yield(publisher->os->context);
    }
    publisher->over = true;
}

static bool all_are_over(const struct publisher *publishers)
{
    for (uint32_t i = 0; i < PUBLISHERS; i++)
        if (!publishers[i].over)
            return false;
    return true;
}

/* Puts fail, removals of what followed too, the store is full or takes nothing on: each event is
 * delivered once, those of a publisher in order, and in the end none is left. */
static void nothing_is_lost_or_doubled(void **state)
{
    static struct taker taker;
    uint32_t refusals = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 16; seed++) {
        struct bus_simulation *simulation = NULL;
        struct publisher publishers[PUBLISHERS];
        struct bus_memory_store *store;
        uint64_t random = seed, rounds = 0;
        struct moody moody;
        struct bus *bus;

        memset(&taker, 0, sizeof taker);
        taker = (struct taker)TAKER_INITIALIZER;
        assert_int_equal(
            bus_simulation_open(&simulation, &(struct bus_simulation_options){.seed = seed}),
            BUS_OK);
        store = open_store(&(struct bus_memory_store_options){.os = bus_simulation_os(simulation),
                                                              .entries = seed % 3 == 0 ? 30 : 0});
        make_moody(&moody, store, seed);
        bus = open_bus(&(struct bus_options){.schema = &lasting_schema,
                                             .store = &moody.table,
                                             .workers = 1 + seed % 2,
                                             .os = bus_simulation_os(simulation),
                                             .durable_max = seed % 2 == 0 ? 64 : 0,
                                             .capacity = {4, 4, 4, 4, 4}});
        assert_int_equal(lasting_placed_subscribe(bus, take_placed, &taker, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        bus_memory_store_hold(store, true);
        for (uint64_t i = 0; i < PUBLISHERS; i++) {
            publishers[i] = (struct publisher){.bus = bus,
                                               .os = bus_simulation_os(simulation),
                                               .first = 100 * i,
                                               .random = seed + i};
            assert_int_equal(
                bus_simulation_spawn(simulation, "publisher", publish_all, &publishers[i]), BUS_OK);
        }
        while (!all_are_over(publishers)) {
            bus_simulation_sleep(simulation, chance(&random) % (MS / 4));
            moody.well = rounds++ > 2000;
            (void)bus_memory_store_run(store, 1 + (uint32_t)(chance(&random) % 12));
        }
        moody.well = true;
        bus_memory_store_hold(store, false);
        assert_int_equal(bus_wait_idle(bus, BUS_SECOND), BUS_OK);
        bus_simulation_sleep(simulation, 100 * MS); /* for removals that failed */
        for (uint64_t key = 0; key < PUBLISHERS; key++) {
            uint64_t next = 100 * key;

            refusals += publishers[key].refusals;
            for (uint64_t i = 0; i < latch_count(&taker.journal.latch); i++)
                if (taker.journal.entries[i] / 100 == key)
                    assert_int_equal(taker.journal.entries[i], next++);
            assert_int_equal(next, 100 * key + EACH);
        }
        assert_int_equal(latch_count(&taker.journal.latch), PUBLISHERS * EACH);
        assert_int_equal(durable_figures(bus).in_memory, 0);
        finish_bus(&bus);
        assert_int_equal(stored_events(store), 0);
        bus_memory_store_close(&store);
        assert_int_equal(bus_simulation_close(&simulation), BUS_OK);
    }
    assert_true(refusals > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_or_doubled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
