/*
 * Sleep and wake: a lost wake-up would hang, so every wait here has a deadline that must not pass.
 *
 * covers: N3
 */
#include "support.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include "path/lane.h"
#include "path/parking.h"

enum { STRIDE = 64 };

#define LOST (30 * BUS_SECOND)

static uint64_t now_ns(void)
{
    const struct bus_os *os = bus_os_native();

    return os->monotonic_ns(os->context);
}

static void a_wake_before_the_wait_counts(void **state)
{
    struct parking parking;

    (void)state;
    parking_init(&parking, bus_os_native(), -1);
    assert_false(parking_is_parked(&parking));
    parking_wake(&parking); /* nobody sleeps: nothing happens */
    parking_prepare(&parking);
    assert_true(parking_is_parked(&parking));
    parking_wake(&parking);
    assert_false(parking_is_parked(&parking));
    assert_true(parking_wait(&parking, now_ns() + LOST)); /* returns at once */
    parking_prepare(&parking);
    parking_cancel(&parking);
    assert_false(parking_is_parked(&parking));
}

static void a_deadline_passes(void **state)
{
    struct parking parking;
    uint64_t deadline = now_ns() + 5 * BUS_MILLISECOND;
    int rounds = 0;

    (void)state;
    parking_init(&parking, bus_os_native(), -1);
    do {
        parking_prepare(&parking);
        rounds++;
    } while (parking_wait(&parking, deadline) && rounds < 1000);
    assert_true(now_ns() >= deadline);
    assert_false(parking_is_parked(&parking));
    parking_prepare(&parking);
    assert_false(parking_wait(&parking, 0)); /* long ago */
}

static void a_polled_owner_is_told_through_its_descriptor(void **state)
{
    const struct bus_os *os = bus_os_native();
    struct pollfd poll_fd = {.fd = os->signal_open(os->context), .events = POLLIN};
    struct parking parking;

    (void)state;
    assert_true(poll_fd.fd >= 0);
    parking_init(&parking, os, poll_fd.fd);
    parking_wake(&parking);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    parking_prepare(&parking);
    parking_wake(&parking);
    parking_wake(&parking);
    assert_int_equal(poll(&poll_fd, 1, 0), 1);
    os->signal_clear(os->context, poll_fd.fd);
    assert_int_equal(poll(&poll_fd, 1, 0), 0);
    os->signal_close(os->context, poll_fd.fd);
}

/* ---- a barrier that is refused, or fails later ---- */

static int barriers_left;

static bool weak_barrier(void *context)
{
    (void)context;
    return barriers_left-- > 0;
}

static void without_a_barrier_publishers_fence(void **state)
{
    struct bus_os os = *bus_os_native();
    struct parking parking;

    (void)state;
    os.barrier = weak_barrier;
    barriers_left = 0;
    parking_init(&parking, &os, -1);
    assert_false(parking.asymmetric);
    parking_prepare(&parking);
    parking_wake(&parking);
    assert_false(parking_is_parked(&parking));

    barriers_left = 1;
    parking_init(&parking, &os, -1);
    assert_true(parking.asymmetric);
    parking_prepare(&parking);                       /* fails now: do not trust the sleep */
    assert_true(parking_wait(&parking, UINT64_MAX)); /* comes back by itself, and says: in time */
}

/* ---- lost wake-ups ----
 * Ping-pong: the publisher sends the next message only after the worker confirmed the last one, so
 * the worker goes to sleep between any two messages, and each pair is one race of commit and wake
 * against prepare and look. */

struct pairs {
    struct lane lane;
    struct parking worker;
    struct parking publisher;
    uint32_t count;
    uint32_t confirmed; /* by the worker, looked at by the sleeping publisher */
    uint32_t lost;
    uint32_t slept;
};

/* Sleeps until `ready` says so; false: a wake-up was lost. */
static bool sleep_until(struct pairs *pairs, struct parking *parking,
                        bool (*ready)(struct pairs *, uint32_t), uint32_t number)
{
    uint64_t deadline = now_ns() + LOST;

    while (!ready(pairs, number)) {
        parking_prepare(parking);
        if (ready(pairs, number)) {
            parking_cancel(parking);
            return true;
        }
        __atomic_fetch_add(&pairs->slept, 1, __ATOMIC_RELAXED);
        if (!parking_wait(parking, deadline))
            return ready(pairs, number) && false;
    }
    return true;
}

static bool message_is_there(struct pairs *pairs, uint32_t number)
{
    (void)number;
    return !lane_empty_hint(&pairs->lane);
}

static bool is_confirmed(struct pairs *pairs, uint32_t number)
{
    return atomic_load_acquire_u32(&pairs->confirmed) > number;
}

static void pairs_thread(void *argument, uint32_t index)
{
    struct pairs *pairs = argument;
    uint64_t random = index + 7;

    for (uint32_t i = 0; i < pairs->count; i++) {
        /* Shifts the two sides against each other. */
        for (uint64_t spin = next_random(&random) % 64; spin > 0; spin--)
            atomic_pause();
        if (index == 0) {
            uint64_t ticket = 0;
            struct cell *cell = lane_claim(&pairs->lane, producer_here(), &ticket);

            cell_set(cell, &(struct cell_head){.sequence = i});
            lane_commit(&pairs->lane, ticket);
            parking_wake(&pairs->worker);
            if (!sleep_until(pairs, &pairs->publisher, is_confirmed, i))
                break;
        } else {
            if (!sleep_until(pairs, &pairs->worker, message_is_there, i))
                break;
            if (cell_sequence(lane_front(&pairs->lane)) != (i & 0xffffff))
                break;
            lane_release(&pairs->lane);
            atomic_store_release_u32(&pairs->confirmed, i + 1);
            parking_wake(&pairs->publisher);
        }
        if (i + 1 == pairs->count)
            return;
    }
    __atomic_fetch_add(&pairs->lost, 1, __ATOMIC_RELAXED);
}

static void run_pairs(const struct bus_os *os, uint32_t count)
{
    struct pairs pairs = {.count = count};
    size_t bytes = lane_bytes(4, STRIDE);
    void *memory = get_memory(bytes);

    lane_init(&pairs.lane, memory, 4, STRIDE, 0);
    parking_init(&pairs.worker, os, -1);
    parking_init(&pairs.publisher, os, -1);
    run_threads(2, pairs_thread, &pairs);
    assert_int_equal(pairs.lost, 0);
    assert_int_equal(pairs.confirmed, count);
    assert_true(pairs.slept > 0);
    free_memory(memory, bytes);
}

static void no_wake_up_is_lost(void **state)
{
    struct parking parking;

    (void)state;
    parking_init(&parking, bus_os_native(), -1);
    if (!parking.asymmetric)
        print_message("membarrier is not available here\n");
    run_pairs(bus_os_native(), work(100000));
}

static void no_wake_up_is_lost_with_fences(void **state)
{
    struct bus_os os = *bus_os_native();

    (void)state;
    os.barrier = weak_barrier;
    barriers_left = 0;
    run_pairs(&os, work(100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wake_before_the_wait_counts),
        cmocka_unit_test(a_deadline_passes),
        cmocka_unit_test(a_polled_owner_is_told_through_its_descriptor),
        cmocka_unit_test(without_a_barrier_publishers_fence),
        cmocka_unit_test(no_wake_up_is_lost),
        cmocka_unit_test(no_wake_up_is_lost_with_fences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
