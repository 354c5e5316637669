/*
 * The lossless lane: exact capacity, order, wrap-around, holes, preempted producers, and many
 * producers against one consumer with every message checked.
 *
 * covers: I1, D5
 */
#include "support.h"

#include <sched.h>
#include <string.h>

#include "os/os.h"
#include "path/lane.h"

enum { STRIDE = 128 };

/* Tickets are twice that: around 2^32 and 2^64. */
static const uint64_t starts[] = {
    0,
    INT32_MAX - 20,
    INT32_MAX,
    UINT32_MAX - 20,
    UINT32_MAX,
    (UINT64_C(1) << 32) + 3,
    INT64_MAX - 20,
    INT64_MAX,
    UINT64_MAX - 20,
};
enum { STARTS = sizeof starts / sizeof starts[0] };

/* The tests run twice: with a lane that is shared for ever, and with one that is owned soon. */
static bool may_own;

static void open_lane(struct lane *lane, uint32_t capacity, uint64_t start)
{
    memset(lane, 0xa5, sizeof *lane);
    lane_init(lane, get_memory(lane_bytes(capacity, STRIDE)), capacity, STRIDE, start);
    if (may_own)
        lane_let_own(lane, os_restart_of(bus_os_native()));
    lane->needed = 2;
}

static void close_lane(struct lane *lane)
{
    free_memory(lane->cells, lane_bytes(lane->capacity, STRIDE));
}

static void put(struct cell *cell, uint32_t producer, uint64_t number)
{
    uint64_t *words = (uint64_t *)(void *)cell_inside(cell);

    cell_set(cell,
             &(struct cell_head){.size = 96, .publisher = producer, .sequence = (uint32_t)number});
    for (int i = 0; i < 12; i++)
        words[i] = number * 31 + producer + (uint64_t)i;
}

static uint64_t number_of(const struct cell *cell, uint32_t producer)
{
    const uint64_t *words = (const uint64_t *)(const void *)cell_inside(cell);

    for (int i = 1; i < 12; i++)
        if (words[i] != words[0] + (uint64_t)i)
            return UINT64_MAX;
    return (words[0] - producer) / 31;
}

static bool publish(struct lane *lane, uint32_t producer, uint64_t number)
{
    uint64_t ticket = 0;
    struct cell *cell = lane_claim(lane, producer_here(), &ticket);

    if (cell == NULL)
        return false;
    put(cell, producer, number);
    lane_commit(lane, ticket);
    return true;
}

static void capacity_is_exact(void **state)
{
    static const uint32_t capacities[] = {1, 2, 3, 7, 8, 100, 1000};
    struct lane lane;

    (void)state;
    for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++) {
        for (size_t s = 0; s < STARTS; s++) {
            uint32_t capacity = capacities[c];
            uint64_t put_count = 0;
            uint64_t got_count = 0;

            open_lane(&lane, capacity, starts[s]);
            assert_null(lane_front(&lane));
            /* Full and empty several times over, at every offset of the ring. */
            for (uint32_t round = 0; round < 40; round++) {
                while (publish(&lane, 3, put_count))
                    put_count++;
                assert_int_equal(put_count - got_count, capacity);
                assert_int_equal(lane_size(&lane), capacity);
                for (uint32_t i = 0; i <= round % capacity; i++) {
                    struct cell *cell = lane_front(&lane);

                    assert_non_null(cell);
                    assert_int_equal(number_of(cell, 3), got_count);
                    lane_release(&lane);
                    got_count++;
                }
                assert_int_equal(lane_size(&lane), put_count - got_count);
            }
            while (lane_front(&lane) != NULL) {
                lane_release(&lane);
                got_count++;
            }
            assert_int_equal(got_count, put_count);
            assert_true(lane_empty_hint(&lane));
            assert_int_equal(lane_size(&lane), 0);
            close_lane(&lane);
        }
    }
}

static void fresh_memory_is_never_a_message(void **state)
{
    struct lane lane;
    uint64_t ticket = 0;

    (void)state;
    /* Whatever the start: a claim without a commit is not seen. */
    for (uint64_t start = INT32_MAX - 40; start < (uint64_t)INT32_MAX + 10; start++) {
        open_lane(&lane, 32, start);
        for (int i = 0; i < 32; i++) {
            assert_non_null(lane_claim(&lane, producer_here(), &ticket));
            assert_null(lane_front(&lane));
            lane_commit(&lane, ticket);
            assert_non_null(lane_front(&lane));
            lane_release(&lane);
        }
        close_lane(&lane);
    }
}

static void many_are_claimed_in_a_row(void **state)
{
    struct lane lane;

    (void)state;
    for (size_t s = 0; s < STARTS; s++) {
        uint64_t first;
        uint64_t expected = starts[s] * LANE_STEP;

        open_lane(&lane, 10, starts[s]);
        assert_int_equal(lane_claim_many(&lane, producer_here(), 0, &first), 0);
        for (uint32_t round = 0; round < 30; round++) {
            uint32_t got = lane_claim_many(&lane, producer_here(), 4, &first);

            assert_int_equal(got, 4);
            assert_true(first == expected);
            assert_int_equal(lane_claim_many(&lane, producer_here(), 20, &first), 6);
            assert_true(first == expected + 4 * LANE_STEP);
            assert_int_equal(lane_claim_many(&lane, producer_here(), 1, &first), 0);
            for (uint32_t i = 0; i < 10; i++) {
                put(lane_cell(&lane, expected + i * LANE_STEP), 1, i);
                lane_commit(&lane, expected + i * LANE_STEP);
            }
            for (uint32_t i = 0; i < 10; i++) {
                assert_int_equal(number_of(lane_front(&lane), 1), i);
                lane_release(&lane);
            }
            expected += 10 * LANE_STEP;
        }
        close_lane(&lane);
    }
}

/* The claim that reaches the high water fails, until somebody says that it was seen; then it is as
 * before, up to the capacity, until the low water. covers: I2 */
static void high_water_is_seen_once(void **state)
{
    struct lane lane;

    (void)state;
    for (size_t s = 0; s < STARTS; s++) {
        uint64_t ticket, next = starts[s] * LANE_STEP;
        uint32_t i;

        open_lane(&lane, 10, starts[s]);
        lane_set_water(&lane, 8, 5);
        for (uint32_t round = 0; round < 20; round++) {
            assert_false(lane_press(&lane));
            assert_int_equal(lane_claim_many(&lane, producer_here(), 20, &ticket), 7);
            assert_null(lane_claim(&lane, producer_here(), &ticket));
            assert_int_equal(lane_claim_many(&lane, producer_here(), 1, &ticket), 0);
            assert_false(lane_press(&lane));
            assert_true(lane_claim_above(&lane, producer_here(), &ticket));
            assert_true(ticket == next + 7 * LANE_STEP);
            assert_true(lane_press(&lane));
            assert_false(lane_press(&lane)); /* once */
            assert_false(lane_relieve(&lane));
            assert_int_equal(lane_claim_many(&lane, producer_here(), 20, &ticket), 2);
            assert_null(lane_claim(&lane, producer_here(), &ticket));
            assert_false(lane_claim_above(&lane, producer_here(), &ticket)); /* full */
            for (i = 0; i < 10; i++)
                lane_commit(&lane, next + i * LANE_STEP);
            for (i = 0; i < 10; i++) {
                assert_non_null(lane_front(&lane));
                lane_release(&lane);
                assert_int_equal(lane_relieve(&lane), i == 4);
            }
            next += 10 * LANE_STEP;
        }
        close_lane(&lane);
    }
}

static void a_hole_stops_what_is_behind_it_and_nothing_else(void **state)
{
    struct lane lane;
    uint64_t held = 0;
    uint64_t ticket = 0;
    struct cell *cell;

    (void)state;
    open_lane(&lane, 8, 0);
    assert_true(publish(&lane, 1, 0));
    cell = lane_claim(&lane, producer_here(), &held); /* a producer that is preempted here */
    assert_non_null(cell);
    for (uint32_t i = 0; i < 6; i++)
        assert_true(publish(&lane, 2, i)); /* others go on, up to the capacity */
    assert_null(lane_claim(&lane, producer_here(), &ticket));
    assert_int_equal(number_of(lane_front(&lane), 1), 0);
    lane_release(&lane);
    assert_null(lane_front(&lane)); /* not overtaken */
    assert_true(publish(&lane, 2, 6));
    cell_set_skip(cell); /* it comes back, and gives up */
    lane_commit(&lane, held);
    assert_int_equal(cell_flags(lane_front(&lane)), CELL_SKIP);
    lane_release(&lane);
    for (uint32_t i = 0; i <= 6; i++) {
        assert_int_equal(number_of(lane_front(&lane), 2), i);
        lane_release(&lane);
    }
    assert_null(lane_front(&lane));
    close_lane(&lane);
}

static void the_front_stays_in_place(void **state)
{
    struct lane lane;
    struct cell *front;

    (void)state;
    open_lane(&lane, 4, 0);
    for (uint32_t i = 0; i < 4; i++)
        assert_true(publish(&lane, 1, i));
    front = lane_front(&lane);
    assert_ptr_equal(lane_front(&lane), front);
    assert_false(publish(&lane, 1, 9)); /* in a handler counts: not released */
    lane_release(&lane);
    assert_true(publish(&lane, 1, 4));
    assert_int_equal(number_of(front, 1), 4); /* 4 slots: only now it is written again */
    close_lane(&lane);
}

/* ---- threads ---- */

struct traffic {
    struct lane lane;
    uint32_t producers;
    uint32_t each;
    uint32_t batch;
    bool with_holes;
    /* what the consumer saw */
    uint64_t wrong;
    uint64_t seen;
    uint64_t skipped;
    uint64_t over; /* sizes above the capacity */
};

static void produce_one(struct traffic *traffic, uint32_t producer, uint64_t number)
{
    uint64_t ticket = 0;
    struct cell *cell;

    while ((cell = lane_claim(&traffic->lane, producer_here(), &ticket)) == NULL)
        sched_yield();
    if (traffic->with_holes && number % 7 == 0)
        sched_yield(); /* preempted between claim and commit */
    put(cell, producer, number);
    lane_commit(&traffic->lane, ticket);
    if (traffic->with_holes && number % 5 == 0) {
        while ((cell = lane_claim(&traffic->lane, producer_here(), &ticket)) == NULL)
            sched_yield();
        cell_set_skip(cell);
        lane_commit(&traffic->lane, ticket);
    }
}

static void produce_many(struct traffic *traffic, uint32_t producer)
{
    for (uint64_t number = 0; number < traffic->each;) {
        uint64_t first;
        uint64_t left = traffic->each - number;
        uint32_t got =
            lane_claim_many(&traffic->lane, producer_here(),
                            left < traffic->batch ? (uint32_t)left : traffic->batch, &first);

        for (uint32_t i = 0; i < got; i++) {
            uint64_t ticket = first + i * LANE_STEP;

            put(lane_cell(&traffic->lane, ticket), producer, number++);
            lane_commit(&traffic->lane, ticket);
        }
        if (got == 0)
            sched_yield();
    }
}

static void consume(struct traffic *traffic)
{
    uint64_t next[8] = {0};
    uint64_t all = (uint64_t)traffic->producers * traffic->each;

    while (traffic->seen < all) {
        struct cell *cell = lane_front(&traffic->lane);

        if (cell == NULL) {
            sched_yield();
            continue;
        }
        if (lane_size(&traffic->lane) > traffic->lane.capacity)
            traffic->over++;
        if (cell_flags(cell) == CELL_SKIP) {
            traffic->skipped++;
        } else {
            uint32_t producer = cell_publisher(cell);

            if (number_of(cell, producer) != next[producer]++)
                traffic->wrong++;
            traffic->seen++;
        }
        lane_release(&traffic->lane);
    }
}

static void traffic_thread(void *argument, uint32_t index)
{
    struct traffic *traffic = argument;

    if (index == traffic->producers)
        consume(traffic);
    else if (traffic->batch > 0)
        produce_many(traffic, index);
    else
        for (uint64_t number = 0; number < traffic->each; number++)
            produce_one(traffic, index, number);
}

static void run_traffic(uint32_t producers, uint32_t capacity, uint32_t batch, bool with_holes,
                        uint64_t start)
{
    struct traffic traffic = {
        .producers = producers, .each = work(100000), .batch = batch, .with_holes = with_holes};

    open_lane(&traffic.lane, capacity, start);
    run_threads(producers + 1, traffic_thread, &traffic);
    assert_int_equal(traffic.wrong, 0);
    assert_int_equal(traffic.over, 0);
    assert_int_equal(traffic.seen, (uint64_t)producers * traffic.each);
    while (lane_front(&traffic.lane) != NULL) {
        assert_int_equal(cell_flags(lane_front(&traffic.lane)), CELL_SKIP);
        lane_release(&traffic.lane);
        traffic.skipped++;
    }
    assert_int_equal(traffic.skipped, with_holes ? producers * ((traffic.each + 4) / 5) : 0);
    assert_int_equal(lane_size(&traffic.lane), 0);
    close_lane(&traffic.lane);
}

static void order_per_producer_holds(void **state)
{
    (void)state;
    run_traffic(1, 64, 0, false, 0);
    run_traffic(2, 100, 0, false, INT32_MAX - 1000);
    run_traffic(4, 10, 0, false, INT64_MAX - 1000);
}

static void order_holds_with_holes_and_preempted_producers(void **state)
{
    (void)state;
    run_traffic(2, 64, 0, true, 0);
    run_traffic(3, 5, 0, true, INT32_MAX - 500);
}

static void order_holds_with_batches(void **state)
{
    (void)state;
    run_traffic(2, 100, 16, false, INT64_MAX - 1000);
    run_traffic(3, 7, 16, false, 0);
}

/* ---- a claim is never refused while there is room ---- */

struct race {
    struct lane lane;
    uint64_t got[4];
};

static void claim_all(void *argument, uint32_t index)
{
    struct race *race = argument;
    uint64_t ticket = 0;

    while (lane_claim(&race->lane, producer_here(), &ticket) != NULL)
        race->got[index]++;
}

static void racing_claims_share_the_capacity_exactly(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct race race = {.got = {0}};

        open_lane(&race.lane, 1000, INT64_MAX - 300);
        run_threads(4, claim_all, &race);
        assert_int_equal(race.got[0] + race.got[1] + race.got[2] + race.got[3], 1000);
        close_lane(&race.lane);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_exact),
        cmocka_unit_test(fresh_memory_is_never_a_message),
        cmocka_unit_test(many_are_claimed_in_a_row),
        cmocka_unit_test(high_water_is_seen_once),
        cmocka_unit_test(a_hole_stops_what_is_behind_it_and_nothing_else),
        cmocka_unit_test(the_front_stays_in_place),
        cmocka_unit_test(order_per_producer_holds),
        cmocka_unit_test(order_holds_with_holes_and_preempted_producers),
        cmocka_unit_test(order_holds_with_batches),
        cmocka_unit_test(racing_claims_share_the_capacity_exactly),
    };

    if (cmocka_run_group_tests_name("shared", tests, NULL, NULL) != 0)
        return 1;
    may_own = true;
    return cmocka_run_group_tests_name("owned", tests, NULL, NULL);
}
