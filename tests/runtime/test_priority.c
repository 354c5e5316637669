/*
 * Strict priority against a model: five queues, and before each message the highest one that has
 * any. Handlers publish too, into any lane, lanes are small and become full. A worker without drop
 * rings goes another way than one that has some, so a third of the seeds has none, a third has one
 * beside the middle lane, with which it takes turns, and in the last third a handler brings it up.
 *
 *     test_priority [SECONDS [SEED]]
 *
 * Default: 200 seeds, whatever that takes. There is no guard against starvation: a lower lane waits
 * as long as a higher one has messages.
 *
 * covers: R14, D1
 */
#include "support.h"

enum { CRITICAL, HIGH, NORMAL, LOW, IDLE, LANES, RING = LANES, QUEUES };
enum { SMALL = 16, LARGE = 64, STEPS = 600, SEEDS = 200, NUMBERS = 1 << 15 };
enum { RING_NEVER, RING_ALWAYS, RING_LATER, RING_KINDS, RING_FROM = 1500 };

static const uint32_t capacities[LANES] = {SMALL, LARGE, SMALL, SMALL, LARGE};

/* Numbers in the order they came. */
struct queue {
    uint64_t first, end;
    uint64_t numbers[NUMBERS];
};

struct priority {
    struct bus *bus;
    uint64_t seed;
    uint64_t number; /* of the next message */
    bool has_ring;
    struct queue queues[QUEUES];
    bool shared_before; /* lane and ring of the middle level had messages when it was last asked, */
    int before;         /* and this one was served */
    uint64_t wrong, ran, refused, dropped;
};

static uint64_t queue_size(const struct queue *queue)
{
    return queue->end - queue->first;
}

static enum bus_outcome publish(struct bus *bus, int queue, uint64_t number)
{
    switch (queue) {
    case CRITICAL:
        return probe_alarmed_publish(bus, &(struct probe_alarmed){.number = number});
    case HIGH:
        return probe_urged_publish(bus, &(struct probe_urged){.number = number});
    case NORMAL:
        return probe_ticked_publish(bus, &(struct probe_ticked){.number = number});
    case LOW:
        return probe_lazed_publish(bus, &(struct probe_lazed){.number = number});
    case IDLE:
        return probe_idled_publish(bus, &(struct probe_idled){.number = number});
    default:
        return probe_shed_publish(bus, &(struct probe_shed){.number = number});
    }
}

/* The one that runs keeps its place in its lane until it has ended; out of a ring it was taken. */
static void publish_both(struct priority *priority, int queue)
{
    struct queue *into = &priority->queues[queue];
    uint64_t number = priority->number++;
    enum bus_outcome outcome = publish(priority->bus, queue, number);
    bool full = queue != RING && queue_size(into) == capacities[queue];

    if (outcome == BUS_QUEUED_DROPPED && queue == RING && queue_size(into) != 0) {
        into->first++;
        priority->dropped++;
    } else if (outcome != (full ? BUS_REJECTED : BUS_QUEUED)) {
        priority->wrong++;
    }
    priority->refused += full;
    if (!full)
        into->numbers[into->end++ % NUMBERS] = number;
}

static int highest(const struct priority *priority)
{
    for (int level = 0; level < LANES; level++)
        if (queue_size(&priority->queues[level]) != 0 ||
            (level == NORMAL && queue_size(&priority->queues[RING]) != 0))
            return level;
    return LANES;
}

/* Where both have some, they take turns. */
static bool may_run(struct priority *priority, int queue)
{
    int level = highest(priority);
    bool shared =
        queue_size(&priority->queues[NORMAL]) != 0 && queue_size(&priority->queues[RING]) != 0;
    bool fine = queue == level || (queue == RING && level == NORMAL);

    if (level < NORMAL)
        return fine;
    if (level == NORMAL && shared && priority->shared_before && queue == priority->before)
        fine = false;
    priority->shared_before = shared && level == NORMAL;
    priority->before = queue;
    return fine;
}

static void bring_up_ring(struct priority *priority);

static enum bus_verdict ran(struct priority *priority, int queue, uint64_t number)
{
    struct queue *from = &priority->queues[queue];
    uint64_t dice = priority->seed << 32 ^ number;

    priority->ran++;
    if (!may_run(priority, queue) || queue_size(from) == 0 ||
        from->numbers[from->first % NUMBERS] != number) {
        priority->wrong++;
        return BUS_DONE;
    }
    if (queue == RING)
        from->first++;
    if (!priority->has_ring && priority->seed % RING_KINDS == RING_LATER &&
        priority->ran > RING_FROM && queue == NORMAL && queue_size(from) > 2) {
        bring_up_ring(priority);
        publish_both(priority, RING);
    }
    while (chance(&dice) % 3 == 0)
        publish_both(priority, (int)(chance(&dice) % (priority->has_ring ? QUEUES : LANES)));
    if (queue != RING)
        from->first++;
    return BUS_DONE;
}

#define HANDLER(name, queue)                                                                       \
    static enum bus_verdict ran_##name(void *context, const struct probe_##name *event,            \
                                       struct bus_delivery *delivery)                              \
    {                                                                                              \
        (void)delivery;                                                                            \
        return ran(context, queue, event->number);                                                 \
    }
HANDLER(alarmed, CRITICAL)
HANDLER(urged, HIGH)
HANDLER(ticked, NORMAL)
HANDLER(lazed, LOW)
HANDLER(idled, IDLE)
HANDLER(shed, RING)

static void bring_up_ring(struct priority *priority)
{
    assert_int_equal(probe_shed_subscribe(priority->bus, ran_shed, priority, NULL), BUS_OK);
    priority->has_ring = true;
}

static void open_priority(struct priority *priority, uint64_t seed)
{
    struct bus_options options = {.polled = true, .pool_bytes = 1 << 20};

    memset(priority, 0, sizeof *priority);
    for (int i = 0; i < LANES; i++)
        options.capacity[i] = capacities[i];
    priority->seed = seed;
    priority->bus = open_bus(&options);
    assert_int_equal(probe_alarmed_subscribe(priority->bus, ran_alarmed, priority, NULL), BUS_OK);
    assert_int_equal(probe_urged_subscribe(priority->bus, ran_urged, priority, NULL), BUS_OK);
    assert_int_equal(probe_ticked_subscribe(priority->bus, ran_ticked, priority, NULL), BUS_OK);
    assert_int_equal(probe_lazed_subscribe(priority->bus, ran_lazed, priority, NULL), BUS_OK);
    assert_int_equal(probe_idled_subscribe(priority->bus, ran_idled, priority, NULL), BUS_OK);
    if (seed % RING_KINDS == RING_ALWAYS)
        bring_up_ring(priority);
    assert_int_equal(bus_start(priority->bus), BUS_OK);
}

static uint64_t waiting(const struct priority *priority)
{
    uint64_t sum = 0;

    for (int i = 0; i < QUEUES; i++)
        sum += queue_size(&priority->queues[i]);
    return sum;
}

static void run_seed(struct priority *priority, uint64_t seed)
{
    uint64_t dice = seed;
    uint32_t done;

    open_priority(priority, seed);
    for (int i = 0; i < STEPS; i++) {
        uint64_t before = priority->ran;
        uint32_t most = (uint32_t)(chance(&dice) % 24);

        for (uint64_t left = chance(&dice) % 16; left > 0; left--)
            publish_both(priority, (int)(chance(&dice) % (priority->has_ring ? QUEUES : LANES)));
        if (most == 0)
            continue;
        assert_int_equal(bus_poll(priority->bus, most, &done), BUS_OK);
        assert_int_equal(priority->ran - before, done);
        assert_true(done == most || waiting(priority) == 0);
        if (priority->wrong != 0)
            fail_msg("seed %llu: wrong at step %d", (unsigned long long)seed, i);
    }
    (void)poll_all(priority->bus);
    assert_int_equal(waiting(priority), 0);
    assert_int_equal(priority->wrong, 0);
    assert_int_equal(priority->has_ring, seed % RING_KINDS != RING_NEVER);
    finish_bus(&priority->bus);
}

static uint64_t seconds;
static uint64_t first_seed = 1;

static void the_highest_lane_runs_next(void **state)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + seconds * BUS_SECOND;
    struct priority *priority = malloc(sizeof *priority);
    uint64_t seeds = 0, ran_all = 0, refused = 0, dropped = 0;

    (void)state;
    assert_non_null(priority);
    while (seeds < SEEDS || os->monotonic_ns(os->context) < end) {
        run_seed(priority, first_seed + seeds++);
        ran_all += priority->ran;
        refused += priority->refused;
        dropped += priority->dropped;
    }
    print_message("%llu seeds, %llu messages, %llu refused, %llu dropped\n",
                  (unsigned long long)seeds, (unsigned long long)ran_all,
                  (unsigned long long)refused, (unsigned long long)dropped);
    assert_true(refused != 0 && dropped != 0);
    free(priority);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_lane_runs_next),
    };

    if (count > 1)
        seconds = strtoull(arguments[1], NULL, 10);
    if (count > 2)
        first_seed = strtoull(arguments[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
