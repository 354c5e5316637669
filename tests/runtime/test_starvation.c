/*
 * The guard against starvation against a model: before each message the lowest lane whose turn it
 * is, else the highest one that has messages. And, apart from the model, its bound: between two
 * messages of a lane that is not empty at most so many of higher lanes run. A third of the seeds
 * has a drop ring beside the middle lane.
 *
 *     test_starvation [SECONDS [SEED]]
 *
 * covers: D2, R14
 */
#include "support.h"

enum { CRITICAL, HIGH, NORMAL, LOW, IDLE, LANES, RING = LANES, QUEUES };
enum { CAPACITY = 256, STEPS = 400, SEEDS = 100 };

static const uint32_t guards[] = {1, 2, 3, 7, 64};

struct starved {
    struct bus *bus;
    uint64_t dice;
    uint32_t guard;
    uint32_t size[LANES];
    uint32_t waited[LANES];
    uint32_t longest; /* wait of any lane */
    uint32_t turns;   /* of lanes that were not the highest */
    uint64_t wrong, ran;
};

static void publish(struct starved *starved, int queue)
{
    struct bus *bus = starved->bus;
    enum bus_outcome outcome = BUS_INVALID;

    if (starved->size[queue == RING ? NORMAL : queue] + 1 >= CAPACITY)
        return;
    switch (queue) {
    case CRITICAL:
        outcome = probe_alarmed_publish(bus, &(struct probe_alarmed){.number = 1});
        break;
    case HIGH:
        outcome = probe_urged_publish(bus, &(struct probe_urged){.number = 1});
        break;
    case NORMAL:
        outcome = probe_ticked_publish(bus, &(struct probe_ticked){.number = 1});
        break;
    case LOW:
        outcome = probe_lazed_publish(bus, &(struct probe_lazed){.number = 1});
        break;
    case IDLE:
        outcome = probe_idled_publish(bus, &(struct probe_idled){.number = 1});
        break;
    case RING:
        outcome = probe_shed_publish(bus, &(struct probe_shed){.number = 1});
        break;
    default:
        break;
    }
    starved->wrong += outcome != BUS_QUEUED;
    starved->size[queue == RING ? NORMAL : queue]++;
}

static int next_of(const struct starved *starved)
{
    int level;

    for (level = LANES - 1; level > 0; level--)
        if (starved->size[level] != 0 && starved->waited[level] >= starved->guard)
            return level;
    for (level = 0; level < LANES; level++)
        if (starved->size[level] != 0)
            break;
    return level;
}

static int highest(const struct starved *starved)
{
    int level = 0;

    while (level < LANES && starved->size[level] == 0)
        level++;
    return level;
}

static enum bus_verdict ran(struct starved *starved, int level, bool publishes)
{
    starved->ran++;
    starved->wrong += starved->guard != 0 && level != next_of(starved);
    starved->turns += level != highest(starved);
    starved->size[level]--;
    starved->waited[level] = 0;
    while (publishes && chance(&starved->dice) % 3 == 0)
        publish(starved, (int)(chance(&starved->dice) % LANES));
    for (int below = level + 1; below < LANES; below++) {
        starved->waited[below] = starved->size[below] != 0 ? starved->waited[below] + 1 : 0;
        if (starved->waited[below] > starved->longest)
            starved->longest = starved->waited[below];
    }
    return BUS_DONE;
}

#define HANDLER(name, level)                                                                       \
    static enum bus_verdict ran_##name(void *context, const struct probe_##name *event,            \
                                       struct bus_delivery *delivery)                              \
    {                                                                                              \
        (void)delivery;                                                                            \
        (void)event;                                                                               \
        return ran(context, level, ((struct starved *)context)->guard != 0);                       \
    }
HANDLER(alarmed, CRITICAL)
HANDLER(urged, HIGH)
HANDLER(ticked, NORMAL)
HANDLER(lazed, LOW)
HANDLER(idled, IDLE)
HANDLER(shed, NORMAL)

static void open_starved(struct starved *starved, uint32_t guard, bool ring)
{
    struct bus_options options = {.polled = true, .starvation_guard = guard};

    for (int i = 0; i < LANES; i++)
        options.capacity[i] = CAPACITY;
    starved->guard = guard;
    starved->bus = open_bus(&options);
    assert_int_equal(probe_alarmed_subscribe(starved->bus, ran_alarmed, starved, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(starved->bus, ran_urged, starved, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(starved->bus, ran_ticked, starved, NULL), BUS_OK);
    assert_int_equal(probe_lazed_subscribe(starved->bus, ran_lazed, starved, NULL), BUS_OK);
    assert_int_equal(probe_idled_subscribe(starved->bus, ran_idled, starved, NULL), BUS_OK);
    if (ring)
        assert_int_equal(probe_shed_subscribe(starved->bus, ran_shed, starved, NULL), BUS_OK);
    assert_int_equal(bus_start(starved->bus), BUS_OK);
}

static void run_seed(uint64_t seed, uint64_t *turns)
{
    struct starved starved = {.dice = seed};
    bool ring = seed % 3 == 0;
    uint32_t done;

    open_starved(&starved, guards[seed % (sizeof guards / sizeof guards[0])], ring);
    for (int i = 0; i < STEPS; i++) {
        uint32_t most = (uint32_t)(chance(&starved.dice) % 24);

        for (uint64_t left = chance(&starved.dice) % 24; left > 0; left--)
            publish(&starved, (int)(chance(&starved.dice) % (ring ? QUEUES : LANES)));
        if (most != 0)
            assert_int_equal(bus_poll(starved.bus, most, &done), BUS_OK);
        if (starved.wrong != 0 || starved.longest > starved.guard)
            fail_msg("seed %llu, step %d: %llu wrong, a lane waited for %u messages, guard %u",
                     (unsigned long long)seed, i, (unsigned long long)starved.wrong,
                     starved.longest, starved.guard);
    }
    poll_all(starved.bus);
    assert_int_equal(starved.wrong, 0);
    assert_int_equal(highest(&starved), LANES);
    *turns += starved.turns;
    finish_bus(&starved.bus);
}

static uint64_t seconds;
static uint64_t first_seed = 1;

static void no_lane_waits_longer_than_the_guard(void **state)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + seconds * BUS_SECOND;
    uint64_t seeds = 0, turns = 0;

    (void)state;
    while (seeds < SEEDS || os->monotonic_ns(os->context) < end)
        run_seed(first_seed + seeds++, &turns);
    print_message("%llu seeds, %llu turns out of order\n", (unsigned long long)seeds,
                  (unsigned long long)turns);
    assert_true(turns > seeds);
}

/* Off by default: a lower lane waits for as long as a higher one has messages. */
static void without_it_priority_is_strict(void **state)
{
    struct starved starved = {.dice = 1};

    (void)state;
    open_starved(&starved, 0, false);
    publish(&starved, IDLE);
    for (int i = 0; i < CAPACITY - 2; i++)
        publish(&starved, HIGH);
    poll_all(starved.bus);
    assert_int_equal(starved.turns, 0);
    assert_int_equal(starved.longest, CAPACITY - 2);
    finish_bus(&starved.bus);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_lane_waits_longer_than_the_guard),
        cmocka_unit_test(without_it_priority_is_strict),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
