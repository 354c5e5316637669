/*
 * Batch handlers in virtual time, over many seeds: no batch is too large, no event waits longer
 * than it should, each ends once, and a bus that stops does not wait for the time to pass.
 *
 * covers: D6 D8 I6 P4
 */
#include "support.h"

#include <bus/simulation.h>

enum { SEEDS = 300, PUBLISHERS = 3, EACH = 60, EVENTS = PUBLISHERS * EACH };

struct world {
    struct bus_simulation *simulation;
    struct bus *bus;
    uint32_t size;
    uint64_t wait_ns;
    bool failing; /* some runs do */
    bool stalls;  /* threads stand still at times: nothing is said of when */
    uint64_t published_ns[EVENTS];
    uint32_t done[EVENTS];
    uint32_t runs[EVENTS];
    uint32_t publishing;
    uint32_t calls, too_large, too_late;
};

struct publisher {
    struct world *world;
    uint64_t first;
};

static void look_at(struct world *world, const struct probe_ticked *event, uint32_t attempt)
{
    uint64_t now = bus_simulation_now(world->simulation);

    world->runs[event->number]++;
    if (attempt == 1 && !world->stalls &&
        now - world->published_ns[event->number] > world->wait_ns + BUS_MILLISECOND)
        world->too_late++;
}

static enum bus_verdict on_batch(void *context, const struct probe_ticked *events, uint32_t count,
                                 struct bus_batch *batch)
{
    struct world *world = context;

    world->calls++;
    world->too_large += count > world->size || count == 0;
    for (uint32_t i = 0; i < count; i++) {
        struct bus_envelope envelope;

        bus_delivery_envelope(bus_batch_delivery(batch, i), &envelope);
        look_at(world, &events[i], envelope.attempt);
        if (world->failing && bus_simulation_chance(world->simulation, 200000))
            bus_batch_set(batch, i, BUS_RETRY);
        else
            world->done[events[i].number]++;
    }
    return BUS_DONE;
}

static void publish(void *argument)
{
    struct publisher *publisher = argument;
    struct world *world = publisher->world;

    for (uint64_t n = publisher->first; n < publisher->first + EACH; n++) {
        if (bus_simulation_chance(world->simulation, 300000))
            bus_simulation_sleep(world->simulation,
                                 bus_simulation_draw(world->simulation, 2 * world->wait_ns));
        world->published_ns[n] = bus_simulation_now(world->simulation);
        while (probe_ticked_publish(world->bus, &(struct probe_ticked){.number = n}) != BUS_QUEUED)
            bus_simulation_sleep(world->simulation, BUS_MILLISECOND);
    }
    world->publishing--;
}

static void set_up(struct world *world, uint64_t seed)
{
    struct bus_policy_override override = {&probe_ticked_type,
                                           {.retries = 2, .backoff_first_ns = 3 * BUS_MILLISECOND}};

    assert_int_equal(
        bus_simulation_open(&world->simulation, &(struct bus_simulation_options){.seed = seed}),
        BUS_OK);
    world->size = 1 + (uint32_t)bus_simulation_draw(world->simulation, 20);
    world->wait_ns = (1 + bus_simulation_draw(world->simulation, 50)) * BUS_MILLISECOND;
    world->failing = seed % 2 != 0;
    world->stalls = seed % 3 == 0;
    world->bus = open_bus(
        &(struct bus_options){.workers = 1 + (uint32_t)bus_simulation_draw(world->simulation, 3),
                              .os = bus_simulation_os(world->simulation),
                              .held_max = seed % 5 == 0 ? 5 : 0,
                              .policies = &override,
                              .policy_count = 1,
                              .pool_bytes = 1 << 18});
    assert_int_equal(
        probe_ticked_subscribe_batch(
            world->bus, on_batch, world,
            &(struct bus_batch_options){.size = world->size, .wait_ns = world->wait_ns},
            &(struct bus_handler_options){.concurrent = seed % 4 == 0}),
        BUS_OK);
    assert_int_equal(bus_start(world->bus), BUS_OK);
    if (world->stalls)
        bus_simulation_inject(world->simulation,
                              &(struct bus_simulation_faults){.stalls = 20000, .early = 10000});
}

static void check(struct world *world)
{
    struct bus_account account = account_of(world->bus, &probe_ticked_type);
    uint32_t done = 0;

    assert_int_equal(world->too_large, 0);
    assert_int_equal(world->too_late, 0);
    for (uint32_t i = 0; i < EVENTS; i++) {
        assert_in_range(world->runs[i], 1, 3);
        assert_true(world->done[i] <= 1);
        done += world->done[i];
    }
    assert_int_equal(account.accepted, EVENTS);
    assert_int_equal(account.processed, done);
    assert_int_equal(account.failed, EVENTS - done);
    assert_true(world->failing || done == EVENTS);
}

static void run_seed(uint64_t seed)
{
    struct publisher publishers[PUBLISHERS];
    static struct world world;

    memset(&world, 0, sizeof world);
    set_up(&world, seed);
    world.publishing = PUBLISHERS;
    for (uint32_t i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){&world, (uint64_t)i * EACH};
        assert_int_equal(
            bus_simulation_spawn(world.simulation, "publisher", publish, &publishers[i]), BUS_OK);
    }
    assert_int_equal(bus_simulation_run(world.simulation, 3600 * BUS_SECOND), BUS_OK);
    assert_int_equal(bus_wait_idle(world.bus, 3600 * BUS_SECOND), BUS_OK);
    check(&world);
    bus_simulation_inject(world.simulation, NULL);
    finish_bus(&world.bus);
    assert_int_equal(bus_simulation_close(&world.simulation), BUS_OK);
}

static void whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run_seed(seed);
}

/* What waits for an hour, at the moment of the stop. */
static void a_stop_is_quick(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        static struct world world;
        uint64_t begin;

        memset(&world, 0, sizeof world);
        set_up(&world, seed);
        world.failing = false;
        assert_int_equal(bus_batch_configure(world.bus, &probe_ticked_type, &world,
                                             &(struct bus_batch_options){
                                                 .size = 100, .wait_ns = 3600 * BUS_SECOND}),
                         BUS_OK);
        world.size = 100;
        world.wait_ns = 3600 * BUS_SECOND;
        for (uint64_t n = 0; n < EACH; n++)
            tick(world.bus, n, BUS_QUEUED);
        if (seed % 2 != 0)
            bus_simulation_sleep(world.simulation, BUS_SECOND);
        begin = bus_simulation_now(world.simulation);
        assert_int_equal(bus_stop(world.bus, 3600 * BUS_SECOND, NULL), BUS_OK);
        assert_in_range(bus_simulation_now(world.simulation) - begin, 0, BUS_SECOND);
        for (uint32_t i = 0; i < EACH; i++)
            assert_int_equal(world.done[i], 1);
        assert_int_equal(bus_close(&world.bus), BUS_OK);
        assert_int_equal(bus_simulation_close(&world.simulation), BUS_OK);
    }
}

static int abandon(void **state)
{
    (void)state;
    bus_simulation_abandon();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whatever_happens, abandon),
        cmocka_unit_test_teardown(a_stop_is_quick, abandon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
