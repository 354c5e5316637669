/*
 * Counters that come round: a whole bus whose tickets, versions, sequences and generations start
 * just before their end. What holds at the beginning holds there: capacity, order, conservation.
 * covers: I1, I3, I6, A4, D5
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "probe.bus.h"

#include "core/registry.h"
#include "support.h"

enum { CAPACITY = 8, BEFORE = 20, RACERS = 3 };

#define PATIENCE (30 * BUS_SECOND)

/* Messages from the start of a lane: its tickets pass 2^31, 2^32, 2^33, 2^63 and 2^64. */
static const uint64_t starts[] = {
    (UINT64_C(1) << 30) - BEFORE, (UINT64_C(1) << 31) - BEFORE, (UINT64_C(1) << 32) - BEFORE,
    (UINT64_C(1) << 62) - BEFORE, (UINT64_C(1) << 63) - BEFORE,
};
enum { STARTS = sizeof starts / sizeof starts[0] };

/* Every word of the bus that counts something up, just before its end. */
static void move_on(struct bus *bus, uint64_t start)
{
    for (uint32_t i = 0; i < bus->worker_count; i++)
        for (uint32_t level = 0; level < BUS_LANES; level++) {
            struct lane *lane = &bus->workers[i].lanes[level];
            struct drop_ring *ring = bus->workers[i].rings[level];

            lane_init(lane, lane->cells, CAPACITY, bus->cell_size, start);
            lane->owner = (uint64_t)0 - 2 * LANE_VERSION;
            /* The lap, in the turns of a ring, ends at 2^31. */
            if (ring != NULL)
                drop_ring_init(ring, ring->cells, CAPACITY, bus->cell_size,
                               (start << (ring->shift + 1)) - BEFORE);
        }
    bus->room = bus->idle = bus->news = UINT32_MAX - 2;
    for (uint32_t i = 0; i < bus->options.commands_max; i++)
        bus->pendings[i].state = ((UINT32_C(1) << 30) - 3) << 2 | PENDING_FREE;
    bus->pending_top |= UINT64_C(0xfffffffd) << 32;
}

static struct bus *open_late(uint32_t workers, uint64_t start)
{
    struct bus_options options = {
        .schema = &probe_schema,
        .missing_handlers_allowed = true,
        .workers = workers,
        .polled = workers == 0,
        .capacity = {CAPACITY, CAPACITY, CAPACITY, CAPACITY, CAPACITY},
        .commands_max = 4,
    };
    struct bus *bus = NULL;

    assert_int_equal(bus_open(&bus, &options), BUS_OK);
    move_on(bus, start);
    return bus;
}

static void close_late(struct bus *bus)
{
    struct bus_account account;

    assert_int_equal(bus_stop(bus, PATIENCE, NULL), BUS_OK);
    assert_int_equal(bus_account(bus, NULL, &account), BUS_OK);
    assert_true(bus_account_balances(&account));
    assert_int_equal(account.held, 0);
    assert_int_equal(account.left, 0);
    assert_int_equal(bus_close(&bus), BUS_OK);
}

/* ---- one thread ---- */

struct seen {
    uint64_t next;
    uint64_t disorder;
    uint32_t ids;
    struct bus_uuid id[256];
};

static void see(struct seen *seen, uint64_t number, const struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    for (uint32_t i = 0; i < seen->ids; i++)
        if (seen->id[i].high == envelope.id.high && seen->id[i].low == envelope.id.low)
            seen->disorder++;
    if (seen->ids < sizeof seen->id / sizeof seen->id[0])
        seen->id[seen->ids++] = envelope.id;
    seen->disorder += number != seen->next;
    seen->next = number + 1;
}

static enum bus_verdict on_quiet(void *context, const struct probe_quiet *event,
                                 struct bus_delivery *delivery)
{
    see(context, event->number, delivery);
    return BUS_DONE;
}

static void count_held(void *context, const struct bus_message_type *type,
                       const struct bus_account *account)
{
    uint64_t *held = context;

    assert_true(bus_account_balances(account));
    if (type == &probe_quiet_type)
        *held = account->held;
}

/* Full at exactly the capacity, in order, each with an id of its own, counted cell by cell. */
static void lanes_and_sequences_come_round(void **state)
{
    const uint32_t sequences[] = {0xffffff - BEFORE, UINT32_MAX - BEFORE};

    (void)state;
    for (int i = 0; i < STARTS; i++) {
        struct seen seen = {0};
        struct bus *bus = open_late(0, starts[i]);
        uint64_t next = 0;

        assert_int_equal(probe_quiet_subscribe(bus, on_quiet, &seen, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        thread_here(bus)->sequence = sequences[i % 2];
        for (int round = 0; round < 10; round++) {
            uint64_t held = 0;

            while (probe_quiet_publish(bus, &(struct probe_quiet){.number = next}) == BUS_QUEUED)
                next++;
            assert_int_equal(next, (uint64_t)(round + 1) * CAPACITY);
            assert_int_equal(bus_audit(bus, PATIENCE, count_held, &held), BUS_OK);
            assert_int_equal(held, CAPACITY);
            assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
            assert_int_equal(seen.next, next);
        }
        assert_int_equal(seen.disorder, 0);
        close_late(bus);
    }
}

struct left {
    uint64_t next;
    uint64_t wrong;
};

static void see_left(void *context, const struct bus_message_type *type,
                     const struct bus_envelope *envelope, const uint8_t *bytes, uint32_t size)
{
    struct left *left = context;
    struct probe_quiet message;

    (void)envelope;
    left->wrong += type != &probe_quiet_type ||
                   probe_quiet_decode(bytes, size, &message, NULL, 0) != BUS_OK ||
                   message.number != left->next;
    left->next++;
}

/* What is left at stop lies around the place where the tickets come round. */
static void leftovers_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < STARTS; i++) {
        struct left left = {.next = BEFORE - CAPACITY / 2};
        struct bus *bus = open_late(0, starts[i]);

        assert_int_equal(bus_start(bus), BUS_OK);
        for (uint64_t n = 0; n < BEFORE + CAPACITY / 2; n++) {
            if (n < left.next)
                assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
            assert_int_equal(probe_quiet_publish(bus, &(struct probe_quiet){.number = n}),
                             BUS_QUEUED);
            if (n + 1 == left.next)
                assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
        }
        assert_int_equal(bus_stop(bus, 0, NULL), BUS_ERR_TIMEOUT);
        assert_int_equal(bus_left_each(bus, see_left, &left), CAPACITY);
        assert_int_equal(left.wrong, 0);
        assert_int_equal(left.next, BEFORE + CAPACITY / 2);
        assert_int_equal(bus_close(&bus), BUS_OK);
    }
}

static enum bus_verdict on_newest(void *context, const struct probe_newest *event,
                                  struct bus_delivery *delivery)
{
    see(context, event->number, delivery);
    return BUS_DONE;
}

/* The ring drops the oldest there too. */
static void dropping_rings_come_round(void **state)
{
    (void)state;
    for (int i = 0; i < STARTS; i++) {
        struct seen seen = {0};
        struct bus *bus = open_late(0, starts[i]);
        uint64_t next = 0;

        assert_int_equal(probe_newest_subscribe(bus, on_newest, &seen, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        for (int round = 0; round < 10; round++) {
            for (int n = 0; n < CAPACITY + round % 3; n++) {
                struct probe_newest message = {.number = next++};

                assert_int_equal(probe_newest_publish(bus, &message),
                                 n < CAPACITY ? BUS_QUEUED : BUS_QUEUED_DROPPED);
            }
            seen.next = next - CAPACITY;
            assert_int_equal(bus_poll(bus, 0, NULL), BUS_OK);
            assert_int_equal(seen.next, next);
        }
        assert_int_equal(seen.disorder, 0);
        close_late(bus);
    }
}

/* ---- several threads ---- */

struct racer {
    struct bus *bus;
    uint64_t origin;
    uint64_t wrong;
};

struct finish {
    uint64_t next[RACERS];
    uint64_t disorder;
};

/* The lane is full most of the time; who finds room twenty dozen times in a row owns it. */
static void *race(void *argument)
{
    struct racer *racer = argument;

    for (uint64_t n = 0; n < 600; n++) {
        struct probe_loud message = {.number = racer->origin << 32 | n};
        struct probe_patient waiting = {.number = n};
        enum bus_outcome outcome;

        while ((outcome = probe_loud_publish(racer->bus, &message)) == BUS_REJECTED)
            sched_yield();
        racer->wrong += outcome != BUS_QUEUED;
        if (n % 64 == 0)
            racer->wrong += probe_patient_publish(racer->bus, &waiting) != BUS_QUEUED;
    }
    return NULL;
}

static enum bus_verdict on_loud(void *context, const struct probe_loud *event,
                                struct bus_delivery *delivery)
{
    struct finish *finish = context;
    uint64_t origin = event->number >> 32;

    (void)delivery;
    finish->disorder += (event->number & UINT32_MAX) != finish->next[origin]++;
    return BUS_DONE;
}

static void publishers_come_round(void **state)
{
    (void)state;
    for (int i = 0; i < STARTS; i++) {
        struct finish finish = {0};
        struct bus *bus = open_late(2, starts[i]);
        struct racer racers[RACERS];
        pthread_t threads[RACERS];

        /* Serial: all of it on one worker. */
        assert_int_equal(probe_loud_subscribe(bus, on_loud, &finish, NULL), BUS_OK);
        assert_int_equal(bus_start(bus), BUS_OK);
        for (uint64_t n = 0; n < RACERS; n++) {
            racers[n] = (struct racer){bus, n, 0};
            assert_int_equal(pthread_create(&threads[n], NULL, race, &racers[n]), 0);
        }
        for (int n = 0; n < RACERS; n++)
            assert_int_equal(pthread_join(threads[n], NULL), 0);
        assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
        assert_int_equal(finish.disorder, 0);
        for (int n = 0; n < RACERS; n++) {
            assert_int_equal(racers[n].wrong, 0);
            assert_int_equal(finish.next[n], 600);
        }
        close_late(bus);
    }
}

/* ---- commands that wait ---- */

static enum bus_verdict on_add(void *context, const struct probe_add *request,
                               struct bus_delivery *delivery)
{
    (void)context;
    return probe_add_return(delivery, &(struct probe_add_ok){.sum = (uint64_t)request->left + 1});
}

static void on_added(void *context, const struct probe_add_result *result)
{
    uint32_t *completed = context;

    if (result->answer == PROBE_ADD_OK)
        atomic_fetch_add_u32(completed, 1);
}

static void waiting_commands_come_round(void **state)
{
    struct bus *bus = open_late(1, 0);
    uint32_t completed = 0;

    (void)state;
    assert_int_equal(probe_add_handle(bus, on_add, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint32_t n = 0; n < 40; n++) {
        struct probe_add request = {.left = n};
        struct probe_add_result result;

        assert_int_equal(probe_add_execute(bus, &request, &result), BUS_ANSWERED);
        assert_int_equal(result.ok.sum, n + 1);
        assert_int_equal(probe_add_execute_async(bus, &request, NULL, on_added, &completed),
                         BUS_QUEUED);
    }
    assert_int_equal(bus_wait_idle(bus, PATIENCE), BUS_OK);
    assert_int_equal(atomic_load_acquire_u32(&completed), 40);
    close_late(bus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_and_sequences_come_round), cmocka_unit_test(leftovers_are_found),
        cmocka_unit_test(dropping_rings_come_round),      cmocka_unit_test(publishers_come_round),
        cmocka_unit_test(waiting_commands_come_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
