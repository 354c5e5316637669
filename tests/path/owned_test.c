/*
 * The lane that one producer owns: who owns it and when, expulsion and help with it, what happens
 * without sequences or barrier, and owners that follow each other quickly.
 *
 * covers: I1, D5
 */
#include "support.h"

#include <sched.h>
#include <string.h>

#include "os/os.h"
#include "path/lane.h"

enum { STRIDE = 64, LEAST = 256, MOST = 65536 };

static uint32_t restarts;
static bool restart_works;

/* All producers of a test that uses it are one thread: there is no sequence to abort. */
static bool count_restart(void)
{
    restarts++;
    return restart_works;
}

/* Two producers in the hands of one thread. */
struct two {
    struct lane lane;
    struct lane_producer a, b;
    uint64_t next; /* ticket that must come next */
};

static void open_two(struct two *two, uint32_t capacity, uint64_t start)
{
    memset(two, 0xa5, sizeof *two);
    lane_init(&two->lane, get_memory(lane_bytes(capacity, STRIDE)), capacity, STRIDE, start);
    restarts = 0;
    restart_works = true;
    lane_let_own(&two->lane, count_restart);
    lane_producer_init(&two->a, 1);
    lane_producer_adopt(&two->a);
    lane_producer_init(&two->b, (uint32_t)LANE_ID);
    lane_producer_adopt(&two->b);
    two->next = start * LANE_STEP;
}

static void close_two(struct two *two)
{
    free_memory(two->lane.cells, lane_bytes(two->lane.capacity, STRIDE));
}

/* Without sequences (valgrind, ThreadSanitizer, an old C library) nobody owns. */
static bool can_own(void)
{
    return os_rseq_here() != NULL;
}

static bool owns(const struct two *two, const struct lane_producer *producer)
{
    return (two->lane.tail & LANE_OWNED) != 0 &&
           (two->lane.owner & (LANE_LEAVING | LANE_ID)) == producer->id;
}

static bool is_shared(const struct two *two)
{
    return (two->lane.tail & LANE_OWNED) == 0 && (two->lane.owner & (LANE_LEAVING | LANE_ID)) == 0;
}

/* Claims, commits and consumes. */
static void pass(struct two *two, const struct lane_producer *producer, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t ticket = 1;
        struct cell *cell = lane_claim(&two->lane, producer, &ticket);

        assert_non_null(cell);
        assert_true(ticket == two->next);
        two->next += LANE_STEP;
        assert_null(lane_front(&two->lane));
        lane_commit(&two->lane, ticket);
        assert_ptr_equal(lane_front(&two->lane), cell);
        lane_release(&two->lane);
    }
}

static void a_streak_makes_an_owner(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, UINT64_MAX - 50);
    pass(&two, &two.a, LEAST - 1);
    pass(&two, &two.b, 1); /* breaks it */
    pass(&two, &two.a, LEAST);
    assert_true(is_shared(&two));
    pass(&two, &two.a, 1);
    assert_true(can_own() ? owns(&two, &two.a) : is_shared(&two));
    pass(&two, &two.a, 1000);
    assert_true(can_own() ? owns(&two, &two.a) : is_shared(&two));
    assert_int_equal(restarts, 0);
    close_two(&two);
}

static void anybody_else_expels_the_owner(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, INT32_MAX - 300);
    two.lane.owner = UINT64_MAX - LANE_VERSION + 1; /* the version comes round */
    for (uint32_t round = 1; round <= 20; round++) {
        two.lane.needed = 1;
        pass(&two, &two.a, 3);
        assert_true(can_own() ? owns(&two, &two.a) : is_shared(&two));
        pass(&two, &two.b, 1);
        assert_true(is_shared(&two));
        assert_int_equal(restarts, can_own() ? round : 0);
        assert_int_equal(two.lane.needed, can_own() ? 2 : 1); /* it did not last */
    }
    close_two(&two);
}

static void owning_adapts_to_how_long_it_lasts(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, 0);
    for (uint32_t needed = LEAST; needed < MOST; needed *= 2) {
        assert_int_equal(two.lane.needed, needed);
        pass(&two, &two.a, needed + 2);
        pass(&two, &two.b, 1);
        if (!can_own()) /* nothing to learn from */
            two.lane.needed = needed * 2;
    }
    assert_int_equal(two.lane.needed, MOST);
    pass(&two, &two.a, MOST + 2);
    pass(&two, &two.b, 1);
    assert_int_equal(two.lane.needed, can_own() ? MOST : MOST / 2); /* not more */
    two.lane.needed = MOST;
    /* A burst that did not come to owning. */
    pass(&two, &two.a, MOST / 2);
    pass(&two, &two.b, 1);
    assert_int_equal(two.lane.needed, MOST / 2);
    /* An ownership that lasted. */
    two.lane.needed = 1024;
    pass(&two, &two.a, work(1 << 21));
    two.lane.taken = lane_tail(&two.lane) - (LANE_STEP << 20);
    two.lane.streak = 0;
    pass(&two, &two.b, 1);
    assert_int_equal(two.lane.needed, can_own() ? 512 : 1024);
    close_two(&two);
}

static void whoever_comes_along_ends_an_expulsion(void **state)
{
    struct two two;

    (void)state;
    for (int who = 0; who < 2; who++)
        for (int cleared = 0; cleared < 2; cleared++) {
            open_two(&two, 100, 0);
            pass(&two, &two.a, 1);
            /* Where somebody who expelled `a` stands still: before or after he cleared the bit. */
            two.lane.owner = 5 * LANE_VERSION | LANE_LEAVING | two.a.id;
            two.lane.tail |= cleared == 0 ? LANE_OWNED : 0;
            pass(&two, who == 0 ? &two.a : &two.b, 3);
            if (cleared == 0)
                assert_true(is_shared(&two));
            else
                assert_int_equal(two.lane.tail & LANE_OWNED, 0);
            /* The one who leaves is in no sequence. */
            assert_int_equal(restarts, cleared == 0 && who == 1);
            pass(&two, &two.a, 3);
            pass(&two, &two.b, 3);
            close_two(&two);
        }
}

static void one_stopped_before_it_owns_stops_nobody(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, 0);
    two.lane.owner = 5 * LANE_VERSION | two.a.id; /* `a` stands still between T1 and C2 */
    pass(&two, &two.b, 2000);
    assert_int_equal(two.lane.tail & LANE_OWNED, 0);
    assert_int_equal(restarts, 0);
    close_two(&two);
}

static void without_sequences_it_stays_shared(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, 0);
    two.a.area = NULL; /* a thread without */
    two.a.held = UINT64_MAX;
    pass(&two, &two.a, 2 * LEAST);
    assert_true(is_shared(&two));
    pass(&two, &two.b, 2 * LEAST);
    assert_true(can_own() ? owns(&two, &two.b) : is_shared(&two));
    pass(&two, &two.a, 1);
    assert_true(is_shared(&two));
    lane_let_own(&two.lane, NULL); /* a process without */
    pass(&two, &two.b, 2 * LEAST);
    assert_true(is_shared(&two));
    close_two(&two);
}

static void a_record_goes_to_a_thread_without_sequences(void **state)
{
    struct two two;

    (void)state;
    open_two(&two, 100, 0);
    pass(&two, &two.a, 2 * LEAST);
    two.a.area = NULL;
    two.a.held = UINT64_MAX;
    pass(&two, &two.a, 1);
    assert_true(is_shared(&two));
    assert_int_equal(restarts, 0); /* its own */
    close_two(&two);
}

static void a_barrier_that_is_denied_loses_nothing(void **state)
{
    struct two two;
    uint64_t ticket;

    (void)state;
    open_two(&two, 100, 0);
    pass(&two, &two.a, 2 * LEAST);
    restart_works = false;
    for (int i = 0; i < 3 && can_own(); i++)
        assert_null(lane_claim(&two.lane, &two.b, &ticket));
    pass(&two, &two.a, 1); /* the owner goes by itself */
    assert_true(is_shared(&two));
    pass(&two, &two.b, 10);
    close_two(&two);
}

static bool other_barrier(void *context)
{
    (void)context;
    return true;
}

static void the_native_table_has_a_barrier_for_sequences(void **state)
{
    struct bus_os os = *bus_os_native();
    bool (*native)(void) = os_restart_of(&os);

    (void)state;
    assert_true((native != NULL) == can_own());
    assert_true(native == NULL || native());
    os.barrier = other_barrier;
    assert_null(os_restart_of(&os));
}

/* ---- threads ---- */

/* Producers that count for themselves, a consumer that checks, owners all the time. */
struct storm {
    struct lane lane;
    uint32_t producers;
    uint32_t each;
    uint64_t wrong;
};

static void storm_thread(void *argument, uint32_t index)
{
    struct storm *storm = argument;
    uint64_t next[8] = {0};

    if (index < storm->producers) {
        for (uint64_t i = 0; i < storm->each; i++) {
            uint64_t ticket = 0;
            struct cell *cell;

            while ((cell = lane_claim(&storm->lane, producer_here(), &ticket)) == NULL)
                sched_yield();
            cell->kind = index;
            cell->stamp = i;
            lane_commit(&storm->lane, ticket);
        }
        return;
    }
    for (uint64_t left = (uint64_t)storm->producers * storm->each; left > 0; left--) {
        struct cell *cell;

        while ((cell = lane_front(&storm->lane)) == NULL)
            sched_yield();
        if (cell->stamp != next[cell->kind & 7]++)
            storm->wrong++;
        lane_release(&storm->lane);
        /* However short ownerships are, there is another one soon. */
        if (left % 64 == 0)
            atomic_store_relaxed_u64(&storm->lane.needed, 2);
    }
}

static void run_storm(uint32_t producers, uint32_t capacity, uint64_t start)
{
    struct storm storm = {.producers = producers, .each = work(400000) / producers};
    size_t bytes = lane_bytes(capacity, STRIDE);
    void *memory = get_memory(bytes);

    lane_init(&storm.lane, memory, capacity, STRIDE, start);
    lane_let_own(&storm.lane, os_restart_of(bus_os_native()));
    storm.lane.needed = 2;
    run_threads(producers + 1, storm_thread, &storm);
    assert_int_equal(storm.wrong, 0);
    assert_int_equal(lane_size(&storm.lane), 0);
    free_memory(memory, bytes);
}

static void owners_that_follow_each_other_lose_nothing(void **state)
{
    (void)state;
    run_storm(2, 256, UINT64_MAX - 100000);
    run_storm(3, 1, INT32_MAX - 100000);
    run_storm(8, 1000, INT64_MAX - 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_streak_makes_an_owner),
        cmocka_unit_test(anybody_else_expels_the_owner),
        cmocka_unit_test(owning_adapts_to_how_long_it_lasts),
        cmocka_unit_test(whoever_comes_along_ends_an_expulsion),
        cmocka_unit_test(one_stopped_before_it_owns_stops_nobody),
        cmocka_unit_test(without_sequences_it_stays_shared),
        cmocka_unit_test(a_record_goes_to_a_thread_without_sequences),
        cmocka_unit_test(a_barrier_that_is_denied_loses_nothing),
        cmocka_unit_test(the_native_table_has_a_barrier_for_sequences),
        cmocka_unit_test(owners_that_follow_each_other_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
