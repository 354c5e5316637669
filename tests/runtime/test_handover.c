/*
 * Publishers that hand a lane over to each other: one alone for a while, then another, threads that
 * end and new ones, handlers in between. What happens before in one thread comes first, whoever
 * publishes it and how: one at a time, in bulk, as a claim; at a full lane too.
 * covers: D5, C6, C7, I1
 */
#include "support.h"

#include <sched.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { NUMBERS = 5000, COMERS = 20, PHASES = 60, BUSES = 4 };
#else
enum { NUMBERS = 6000, COMERS = 20, PHASES = 60, BUSES = 20 };
#endif
enum { KEYS = 5, HOLDERS = 3, BULK_MAX = 16, CAPACITY = 96 };

/* What all publishers share. They take turns, so only the turn is atomic. */
struct relay {
    struct bus *bus;
    uint64_t next[KEYS]; /* number that is published next, by key */
    uint64_t published;
    uint64_t wrong;
    uint64_t state; /* of chance */
    _Atomic uint32_t turn;
    _Atomic uint64_t seen[KEYS]; /* number that is expected next */
    _Atomic uint64_t handled;
    _Atomic uint64_t disorder;
};

static enum bus_verdict on_relay(void *context, const struct probe_keyed *event,
                                 struct bus_delivery *delivery)
{
    struct relay *relay = context;

    (void)delivery;
    if (atomic_load_explicit(&relay->seen[event->id], memory_order_relaxed) != event->number)
        atomic_fetch_add(&relay->disorder, 1);
    atomic_store_explicit(&relay->seen[event->id], event->number + 1, memory_order_relaxed);
    atomic_fetch_add(&relay->handled, 1);
    return BUS_DONE;
}

static struct probe_keyed next_message(struct relay *relay)
{
    uint64_t key = chance(&relay->state) % KEYS;

    return (struct probe_keyed){.id = key, .number = relay->next[key]++};
}

/* What did not fit is tried again: the worker makes room. */
static void publish_one(struct relay *relay)
{
    struct probe_keyed message = next_message(relay);
    enum bus_outcome outcome;

    while ((outcome = probe_keyed_publish(relay->bus, &message)) == BUS_REJECTED)
        sched_yield();
    relay->wrong += outcome != BUS_QUEUED;
    relay->published++;
}

static void publish_claimed(struct relay *relay)
{
    struct probe_keyed message = next_message(relay);
    struct bus_claim claim;
    enum bus_outcome outcome;

    if (chance(&relay->state) % 3 == 0 &&
        probe_keyed_claim(relay->bus, &message, NULL, &claim) == BUS_QUEUED)
        bus_claim_abort(&claim);
    while ((outcome = probe_keyed_claim(relay->bus, &message, NULL, &claim)) == BUS_REJECTED)
        sched_yield();
    relay->wrong += outcome != BUS_QUEUED || bus_claim_commit(&claim) != BUS_QUEUED;
    relay->published++;
}

static void publish_bulk(struct relay *relay)
{
    struct probe_keyed messages[BULK_MAX];
    uint32_t count = (uint32_t)(chance(&relay->state) % BULK_MAX) + 1;
    uint32_t done = 0;

    for (uint32_t i = 0; i < count; i++)
        messages[i] = next_message(relay);
    while (done < count) {
        uint32_t accepted = 0;
        enum bus_outcome outcome =
            probe_keyed_publish_many(relay->bus, messages + done, count - done, NULL, &accepted);

        relay->wrong += outcome != (accepted == count - done ? BUS_QUEUED : BUS_REJECTED);
        done += accepted;
        if (done < count)
            sched_yield();
    }
    relay->published += count;
}

static void publish_burst(struct relay *relay, uint64_t count)
{
    uint64_t dice = chance(&relay->state) % 4;

    for (uint64_t end = relay->published + count; relay->published < end;)
        if (dice == 0)
            publish_bulk(relay);
        else if (dice == 1)
            publish_claimed(relay);
        else
            publish_one(relay);
}

/* Short ones make several publishers of a lane, long ones make one, its owner. A bus on which that
 * changed often keeps its lanes shared, so all of this is done on many buses. */
static uint64_t burst_length(struct relay *relay)
{
    uint64_t dice = chance(&relay->state);

    return dice % 4 == 0 ? 300 + dice / 8 % 1000 : dice % 8 == 1 ? 100 : dice / 16 % 6 + 1;
}

static struct relay *open_relay(uint32_t workers, uint64_t seed)
{
    static struct relay relay;
    struct bus_options options = {.workers = workers,
                                  .capacity = {CAPACITY, CAPACITY, CAPACITY, CAPACITY, CAPACITY}};

    memset(&relay, 0, sizeof relay);
    relay.state = seed;
    relay.bus = open_bus(&options);
    assert_int_equal(probe_keyed_subscribe(relay.bus, on_relay, &relay,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    assert_int_equal(bus_start(relay.bus), BUS_OK);
    return &relay;
}

static void close_relay(struct relay *relay)
{
    assert_int_equal(bus_wait_idle(relay->bus, PATIENCE), BUS_OK);
    assert_int_equal(relay->wrong, 0);
    assert_int_equal(atomic_load(&relay->disorder), 0);
    assert_int_equal(atomic_load(&relay->handled), relay->published);
    for (int key = 0; key < KEYS; key++)
        assert_int_equal(atomic_load(&relay->seen[key]), relay->next[key]);
    assert_int_equal(account_of(relay->bus, &probe_keyed_type).accepted, relay->published);
    finish_bus(&relay->bus);
}

/* ---- threads that take turns ---- */

struct holder {
    struct relay *relay;
    uint32_t index;
};

static void *holder_body(void *argument)
{
    struct holder *holder = argument;
    struct relay *relay = holder->relay;

    for (;;) {
        uint32_t turn = atomic_load_explicit(&relay->turn, memory_order_acquire);

        if (turn == HOLDERS)
            return NULL;
        if (turn != holder->index) {
            sched_yield();
            continue;
        }
        publish_burst(relay, burst_length(relay));
        turn = relay->published < NUMBERS ? (uint32_t)(chance(&relay->state) % HOLDERS) : HOLDERS;
        atomic_store_explicit(&relay->turn, turn, memory_order_release);
    }
}

static void take_turns(uint32_t workers, uint64_t seed)
{
    struct relay *relay = open_relay(workers, seed);
    struct holder holders[HOLDERS];
    pthread_t threads[HOLDERS];

    for (uint32_t i = 0; i < HOLDERS; i++) {
        holders[i] = (struct holder){relay, i};
        threads[i] = spawn(holder_body, &holders[i]);
    }
    for (uint32_t i = 0; i < HOLDERS; i++)
        reap(threads[i]);
    close_relay(relay);
}

/* A publishes, then tells B, then B publishes: so they arrive. */
static void threads_take_turns(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= BUSES; seed++)
        take_turns(seed % 2 == 0 ? 2 : 1, seed);
}

/* ---- threads that come and go ---- */

static void *comer_body(void *argument)
{
    struct relay *relay = argument;

    publish_burst(relay, burst_length(relay));
    return NULL;
}

/* Who created a thread, and who waited for its end, knows what it published. */
static void threads_come_and_go(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= BUSES; seed++) {
        struct relay *relay = open_relay(seed % 2 == 0 ? 2 : 1, seed);

        for (int i = 0; i < COMERS; i++) {
            reap(spawn(comer_body, relay));
            if (i % 3 == 0)
                publish_burst(relay, i % 2 == 0 ? 3 : 700);
        }
        close_relay(relay);
    }
}

/* ---- a handler has its turn ---- */

static enum bus_verdict on_turn(void *context, const struct probe_urged *event,
                                struct bus_delivery *delivery)
{
    struct relay *relay = context;

    (void)delivery;
    /* It shares its worker's lanes with whoever published before; their room comes from this worker
     * too, so no more than fits. */
    publish_burst(relay, event->number);
    atomic_store_explicit(&relay->turn, 1, memory_order_release);
    return BUS_DONE;
}

static void handlers_take_turns(void **state)
{
    struct relay *relay = open_relay(2, 4);
    struct probe_urged turn = {.number = 8};

    (void)state;
    assert_int_equal(probe_urged_subscribe(relay->bus, on_turn, relay,
                                           &(struct bus_handler_options){.concurrent = true}),
                     BUS_OK);
    while (relay->published < NUMBERS) {
        publish_burst(relay, burst_length(relay));
        /* Room for all the handler publishes: bulks exceed a burst by less than their size. */
        while (stats_of(relay->bus).lane_size[BUS_NORMAL] > CAPACITY / 2)
            sched_yield();
        atomic_store_explicit(&relay->turn, 0, memory_order_relaxed);
        assert_int_equal(probe_urged_publish(relay->bus, &turn), BUS_QUEUED);
        while (atomic_load_explicit(&relay->turn, memory_order_acquire) == 0)
            sched_yield();
    }
    close_relay(relay);
}

/* ---- alone, then together, then alone ---- */

struct crowd {
    struct bus *bus;
    uint32_t origin;
    uint64_t sent;
    uint64_t wrong;
    pthread_barrier_t *phase;
    uint64_t state;
    _Atomic uint64_t seen[HOLDERS]; /* of the first only: what its handler saw */
    _Atomic uint64_t disorder;
};

static enum bus_verdict on_crowd(void *context, const struct probe_ticked *event,
                                 struct bus_delivery *delivery)
{
    struct crowd *crowd = context;

    (void)delivery;
    if (atomic_fetch_add(&crowd->seen[event->origin], 1) != event->number)
        atomic_fetch_add(&crowd->disorder, 1);
    return BUS_DONE;
}

static void crowd_publish(struct crowd *crowd, uint64_t count)
{
    struct probe_ticked messages[BULK_MAX];

    for (uint64_t end = crowd->sent + count; crowd->sent < end;) {
        uint32_t size = (uint32_t)(chance(&crowd->state) % BULK_MAX) + 1;
        uint32_t accepted = 0;
        enum bus_outcome outcome;

        for (uint32_t i = 0; i < size; i++)
            messages[i] = (struct probe_ticked){.number = crowd->sent + i, .origin = crowd->origin};
        if (size % 4 == 0) {
            outcome = probe_ticked_publish_many(crowd->bus, messages, size, NULL, &accepted);
            crowd->wrong += outcome != (accepted == size ? BUS_QUEUED : BUS_REJECTED);
        } else {
            outcome = probe_ticked_publish(crowd->bus, messages);
            accepted = outcome == BUS_QUEUED;
            crowd->wrong += outcome != BUS_QUEUED && outcome != BUS_REJECTED;
        }
        crowd->sent += accepted;
        if (accepted == 0)
            sched_yield();
    }
}

/* Phase by phase; the bits of a phase's number say who publishes in it. */
static void *crowd_body(void *argument)
{
    struct crowd *crowd = argument;

    for (uint32_t phase = 0; phase < PHASES; phase++) {
        uint64_t state = phase;
        uint64_t who = phase % 2 == 0 ? UINT64_C(1) << phase / 2 % HOLDERS : chance(&state);

        if ((who >> crowd->origin & 1) != 0)
            crowd_publish(crowd, phase % 4 == 0 ? 800 : 40);
        (void)pthread_barrier_wait(crowd->phase);
    }
    return NULL;
}

static void crowd_together(void)
{
    static struct crowd crowd[HOLDERS];
    pthread_barrier_t phase;
    pthread_t threads[HOLDERS];
    struct bus *bus = open_bus(&(struct bus_options){.workers = 1, .capacity = {0, 0, CAPACITY}});

    memset(crowd, 0, sizeof crowd);
    assert_int_equal(pthread_barrier_init(&phase, NULL, HOLDERS), 0);
    assert_int_equal(probe_ticked_subscribe(bus, on_crowd, crowd, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t i = 0; i < HOLDERS; i++) {
        crowd[i].bus = bus;
        crowd[i].origin = i;
        crowd[i].phase = &phase;
        crowd[i].state = i;
        threads[i] = spawn(crowd_body, &crowd[i]);
    }
    for (uint32_t i = 0; i < HOLDERS; i++)
        reap(threads[i]);
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    for (uint32_t i = 0; i < HOLDERS; i++) {
        assert_int_equal(crowd[i].wrong, 0);
        assert_true(crowd[i].sent > 0);
        assert_int_equal(atomic_load(&crowd[0].seen[i]), crowd[i].sent);
    }
    assert_int_equal(atomic_load(&crowd[0].disorder), 0);
    finish_bus(&bus);
    pthread_barrier_destroy(&phase);
}

static void alone_and_together(void **state)
{
    (void)state;
    for (int i = 0; i < BUSES; i++)
        crowd_together();
}

/* ---- an owner is expelled ---- */

enum { ALONE = 300, BESIDE = 200, EXPELLED = BUSES * 15 };

/* Two threads and a new bus for each round. The first publishes alone until it owns the lane, and
 * goes on while the second begins. */
struct pair {
    struct bus *_Atomic bus;
    _Atomic uint64_t alone; /* what the first has published in this round */
    _Atomic uint64_t seen[2];
    _Atomic uint64_t disorder;
    _Atomic uint64_t wrong;
    pthread_barrier_t start;
    pthread_barrier_t finish;
};

static enum bus_verdict on_pair(void *context, const struct probe_ticked *event,
                                struct bus_delivery *delivery)
{
    struct pair *pair = context;

    (void)delivery;
    if (atomic_fetch_add(&pair->seen[event->origin], 1) != event->number)
        atomic_fetch_add(&pair->disorder, 1);
    return BUS_DONE;
}

static void pair_publish(struct pair *pair, uint32_t origin, uint64_t number)
{
    struct probe_ticked message = {.number = number, .origin = origin};

    if (probe_ticked_publish(atomic_load(&pair->bus), &message) != BUS_QUEUED)
        atomic_fetch_add(&pair->wrong, 1);
}

static void *first_of_pair(void *argument)
{
    struct pair *pair = argument;

    for (int round = 0; round < EXPELLED; round++) {
        (void)pthread_barrier_wait(&pair->start);
        for (uint64_t n = 0; n < ALONE + BESIDE; n++) {
            pair_publish(pair, 0, n);
            atomic_store_explicit(&pair->alone, n + 1, memory_order_relaxed);
        }
        (void)pthread_barrier_wait(&pair->finish);
    }
    return NULL;
}

static void *second_of_pair(void *argument)
{
    struct pair *pair = argument;

    for (uint64_t round = 0; round < EXPELLED; round++) {
        (void)pthread_barrier_wait(&pair->start);
        while (atomic_load_explicit(&pair->alone, memory_order_relaxed) < ALONE + round % 64)
            sched_yield();
        for (uint64_t n = 0; n < BESIDE; n++)
            pair_publish(pair, 1, n);
        (void)pthread_barrier_wait(&pair->finish);
    }
    return NULL;
}

/* Nothing is lost, doubled or out of order while ownership ends under a publisher's hands. */
static void owners_are_expelled(void **state)
{
    static struct pair pair;
    pthread_t threads[2];

    (void)state;
    assert_int_equal(pthread_barrier_init(&pair.start, NULL, 3), 0);
    assert_int_equal(pthread_barrier_init(&pair.finish, NULL, 3), 0);
    threads[0] = spawn(first_of_pair, &pair);
    threads[1] = spawn(second_of_pair, &pair);
    for (int round = 0; round < EXPELLED; round++) {
        struct bus_options options = {.polled = round % 2 == 0, .pool_bytes = 1 << 16};
        struct bus *bus = open_bus(&options);

        atomic_store(&pair.bus, bus);
        atomic_store(&pair.alone, 0);
        atomic_store(&pair.seen[0], 0);
        atomic_store(&pair.seen[1], 0);
        assert_int_equal(probe_ticked_subscribe(bus, on_pair, &pair, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        (void)pthread_barrier_wait(&pair.start);
        (void)pthread_barrier_wait(&pair.finish);
        if (options.polled)
            poll_all(bus);
        else
            assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(atomic_load(&pair.seen[0]), ALONE + BESIDE);
        assert_int_equal(atomic_load(&pair.seen[1]), BESIDE);
        assert_int_equal(atomic_load(&pair.disorder), 0);
        assert_int_equal(atomic_load(&pair.wrong), 0);
        finish_bus(&bus);
    }
    for (int i = 0; i < 2; i++)
        reap(threads[i]);
    pthread_barrier_destroy(&pair.start);
    pthread_barrier_destroy(&pair.finish);
}

/* ---- an owner is interrupted ---- */

enum { INTERRUPTED = BUSES * 3, BURSTS = 6, BURST = 20 };

static void pin(void)
{
    cpu_set_t all;
    cpu_set_t one;
    size_t cpu = 0;

    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

static void pair_insist(struct pair *pair, uint32_t origin, uint64_t number)
{
    struct probe_ticked message = {.number = number, .origin = origin};
    enum bus_outcome outcome;

    while ((outcome = probe_ticked_publish(atomic_load(&pair->bus), &message)) == BUS_REJECTED)
        sched_yield();
    if (outcome != BUS_QUEUED)
        atomic_fetch_add(&pair->wrong, 1);
}

static void *interrupted_of_pair(void *argument)
{
    struct pair *pair = argument;

    pin();
    for (int round = 0; round < INTERRUPTED; round++) {
        uint64_t n = 0;

        (void)pthread_barrier_wait(&pair->start);
        while (atomic_load_explicit(&pair->alone, memory_order_relaxed) == 0)
            pair_insist(pair, 0, n++);
        atomic_store(&pair->alone, n);
        (void)pthread_barrier_wait(&pair->finish);
    }
    return NULL;
}

/* Wakes up on the same processor in the middle of what the first is doing, wherever that is. */
static void *interrupter_of_pair(void *argument)
{
    const struct bus_os *os = bus_os_native();
    static const bus_os_word never;
    struct pair *pair = argument;

    pin();
    for (int round = 0; round < INTERRUPTED; round++) {
        (void)pthread_barrier_wait(&pair->start);
        for (uint64_t n = 0; n < BURSTS * BURST; n++) {
            if (n % BURST == 0)
                (void)os->wait(os->context, &never, 0,
                               os->monotonic_ns(os->context) + 100 * BUS_MICROSECOND);
            pair_insist(pair, 1, n);
        }
        atomic_store(&pair->alone, 1);
        (void)pthread_barrier_wait(&pair->finish);
    }
    return NULL;
}

static void owners_are_interrupted(void **state)
{
    static struct pair pair;
    pthread_t threads[2];

    (void)state;
    assert_int_equal(pthread_barrier_init(&pair.start, NULL, 3), 0);
    assert_int_equal(pthread_barrier_init(&pair.finish, NULL, 3), 0);
    threads[0] = spawn(interrupted_of_pair, &pair);
    threads[1] = spawn(interrupter_of_pair, &pair);
    for (int round = 0; round < INTERRUPTED; round++) {
        struct bus *bus = open_bus(&(struct bus_options){.cell_size = 128, .pool_bytes = 1 << 16});

        atomic_store(&pair.bus, bus);
        atomic_store(&pair.alone, 0);
        atomic_store(&pair.seen[0], 0);
        atomic_store(&pair.seen[1], 0);
        assert_int_equal(probe_ticked_subscribe(bus, on_pair, &pair, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        (void)pthread_barrier_wait(&pair.start);
        (void)pthread_barrier_wait(&pair.finish);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(atomic_load(&pair.seen[0]), atomic_load(&pair.alone));
        assert_int_equal(atomic_load(&pair.seen[1]), BURSTS * BURST);
        assert_int_equal(atomic_load(&pair.disorder), 0);
        assert_int_equal(atomic_load(&pair.wrong), 0);
        finish_bus(&bus);
    }
    for (int i = 0; i < 2; i++)
        reap(threads[i]);
    pthread_barrier_destroy(&pair.start);
    pthread_barrier_destroy(&pair.finish);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_take_turns),  cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(handlers_take_turns), cmocka_unit_test(alone_and_together),
        cmocka_unit_test(owners_are_expelled), cmocka_unit_test(owners_are_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
