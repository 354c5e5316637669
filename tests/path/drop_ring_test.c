/*
 * The ring of drop_oldest messages: exact capacity, only what nobody took is dropped, nothing is
 * lost or doubled with two publishers that drop and one consumer.
 *
 * covers: I1, I3
 */
#include "support.h"

#include <sched.h>
#include <string.h>

#include "path/drop_ring.h"

enum { STRIDE = 128 };

static const uint64_t starts[] = {
    0, 5, UINT32_MAX - 20, UINT32_MAX, (UINT64_C(1) << 32) + 3, UINT64_MAX - 20, UINT64_MAX,
};
enum { STARTS = sizeof starts / sizeof starts[0] };

static void open_ring(struct drop_ring *ring, uint32_t capacity, uint64_t start)
{
    memset(ring, 0xa5, sizeof *ring);
    drop_ring_init(ring, get_memory(drop_ring_bytes(capacity, STRIDE)), capacity, STRIDE, start);
}

static void close_ring(struct drop_ring *ring)
{
    free_memory(ring->cells, drop_ring_bytes(ring->capacity, STRIDE));
}

static void put(struct cell *cell, uint32_t producer, uint64_t number)
{
    uint64_t *words = (uint64_t *)(void *)cell_inside(cell);

    cell_set(cell, &(struct cell_head){.size = 64, .publisher = producer});
    for (int i = 0; i < 8; i++)
        words[i] = number * 31 + producer + (uint64_t)i;
}

static uint64_t number_of(const struct cell *cell)
{
    const uint64_t *words = (const uint64_t *)(const void *)cell_inside(cell);

    for (int i = 1; i < 8; i++)
        if (words[i] != words[0] + (uint64_t)i)
            return UINT64_MAX;
    return (words[0] - cell_publisher(cell)) / 31;
}

static bool publish(struct drop_ring *ring, uint32_t producer, uint64_t number)
{
    uint64_t ticket = 0;
    struct cell *cell = drop_ring_claim(ring, &ticket);

    if (cell == NULL)
        return false;
    put(cell, producer, number);
    drop_ring_commit(ring, ticket);
    return true;
}

union copy {
    struct cell cell;
    uint64_t words[STRIDE / 8];
};

static void capacity_is_exact_and_the_oldest_leaves_first(void **state)
{
    static const uint32_t capacities[] = {1, 2, 8, 9, 100};
    struct drop_ring ring;
    union copy copy;

    (void)state;
    for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++) {
        for (size_t s = 0; s < STARTS; s++) {
            uint64_t put_count = 0;
            uint64_t got_count = 0;

            open_ring(&ring, capacities[c], starts[s]);
            assert_false(drop_ring_take(&ring, &copy.cell));
            for (uint32_t round = 0; round < 60; round++) {
                while (publish(&ring, 1, put_count))
                    put_count++;
                assert_int_equal(put_count - got_count, capacities[c]);
                assert_int_equal(drop_ring_size(&ring), capacities[c]);
                assert_false(drop_ring_empty_hint(&ring));
                for (uint32_t i = 0; i <= round % capacities[c]; i++) {
                    assert_true(drop_ring_take(&ring, &copy.cell));
                    assert_int_equal(number_of(&copy.cell), got_count++);
                }
            }
            while (drop_ring_take(&ring, &copy.cell))
                got_count++;
            assert_int_equal(got_count, put_count);
            assert_true(drop_ring_empty_hint(&ring));
            assert_int_equal(drop_ring_size(&ring), 0);
            close_ring(&ring);
        }
    }
}

static void an_uncommitted_claim_is_not_taken(void **state)
{
    struct drop_ring ring;
    union copy copy;
    uint64_t held = 0;
    struct cell *cell;

    (void)state;
    open_ring(&ring, 4, 0);
    cell = drop_ring_claim(&ring, &held);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(publish(&ring, 2, i)); /* others' claims go on */
    assert_false(publish(&ring, 2, 3));
    assert_false(drop_ring_take(&ring, &copy.cell)); /* neither consumed nor dropped past it */
    assert_true(drop_ring_empty_hint(&ring));
    cell_set_skip(cell);
    drop_ring_commit(&ring, held);
    assert_true(drop_ring_take(&ring, &copy.cell));
    assert_int_equal(cell_flags(&copy.cell), CELL_SKIP);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(drop_ring_take(&ring, &copy.cell));
        assert_int_equal(number_of(&copy.cell), i);
    }
    close_ring(&ring);
}

static void a_taken_message_is_out_of_reach(void **state)
{
    struct drop_ring ring;
    union copy copy;

    (void)state;
    open_ring(&ring, 2, 0);
    assert_true(publish(&ring, 1, 0));
    assert_true(publish(&ring, 1, 1));
    assert_true(drop_ring_take(&ring, &copy.cell)); /* being dispatched */
    for (uint32_t i = 2; i < 100; i++) {
        union copy dropped;

        if (publish(&ring, 1, i))
            continue;
        assert_true(drop_ring_take(&ring, &dropped.cell));
        assert_int_equal(number_of(&dropped.cell), i - 2);
        assert_true(publish(&ring, 1, i));
    }
    assert_int_equal(number_of(&copy.cell), 0);
    close_ring(&ring);
}

static void only_what_is_used_is_copied(void **state)
{
    struct drop_ring ring;
    union copy copy;
    uint64_t ticket = 0;
    struct cell *cell;

    (void)state;
    open_ring(&ring, 2, 0);
    cell = drop_ring_claim(&ring, &ticket);
    cell_set(cell, &(struct cell_head){.size = 900, .flags = CELL_POOLED});
    cell_set_block(cell, &ring);
    drop_ring_commit(&ring, ticket);
    memset(&copy, 0x11, sizeof copy);
    assert_true(drop_ring_take(&ring, &copy.cell));
    assert_ptr_equal(cell_block(&copy.cell), &ring);
    assert_int_equal(copy.words[5], UINT64_C(0x1111111111111111));
    close_ring(&ring);
}

/* ---- two publishers that drop, one consumer ---- */

enum { PUBLISHERS = 2, EACH_MAX = 200000 };

struct traffic {
    struct drop_ring ring;
    uint32_t each;
    uint32_t publishers_left;
    uint8_t fate[PUBLISHERS][EACH_MAX]; /* per message: 1 taken by the consumer, 2 dropped */
    uint64_t doubled;
    uint64_t torn;
    uint64_t disorder;
    uint64_t refused[PUBLISHERS];
    uint64_t last[PUBLISHERS][PUBLISHERS + 1]; /* [of][seen by] number + 1 */
};

/* Each message is noted by the one thread that took it. */
static void note(struct traffic *traffic, const struct cell *cell, uint8_t fate, uint32_t by)
{
    uint32_t producer = cell_publisher(cell);
    uint64_t number = number_of(cell);

    if (producer >= PUBLISHERS || number >= traffic->each) {
        __atomic_fetch_add(&traffic->torn, 1, __ATOMIC_RELAXED);
        return;
    }
    if (__atomic_exchange_n(&traffic->fate[producer][number], fate, __ATOMIC_RELAXED) != 0)
        __atomic_fetch_add(&traffic->doubled, 1, __ATOMIC_RELAXED);
    if (number + 1 <= traffic->last[producer][by])
        __atomic_fetch_add(&traffic->disorder, 1, __ATOMIC_RELAXED);
    traffic->last[producer][by] = number + 1;
}

static void publish_all(struct traffic *traffic, uint32_t index)
{
    for (uint64_t number = 0; number < traffic->each; number++) {
        uint32_t tries = 0;

        while (!publish(&traffic->ring, index, number)) {
            union copy dropped;

            if (drop_ring_take(&traffic->ring, &dropped.cell))
                note(traffic, &dropped.cell, 2, index);
            else if (++tries % 16 == 0)
                sched_yield();
            if (tries == 100000) {
                traffic->refused[index]++;
                break;
            }
        }
    }
    __atomic_fetch_sub(&traffic->publishers_left, 1, __ATOMIC_RELEASE);
}

static void traffic_thread(void *argument, uint32_t index)
{
    struct traffic *traffic = argument;
    union copy copy;

    if (index < PUBLISHERS) {
        publish_all(traffic, index);
        return;
    }
    for (;;) {
        bool last = __atomic_load_n(&traffic->publishers_left, __ATOMIC_ACQUIRE) == 0;

        if (drop_ring_take(&traffic->ring, &copy.cell))
            note(traffic, &copy.cell, 1, PUBLISHERS);
        else if (last)
            return;
        else
            sched_yield();
    }
}

static void nothing_is_lost_or_doubled(void **state)
{
    static const uint32_t capacities[] = {1, 3, 64, 1000};

    (void)state;
    for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++) {
        struct traffic *traffic = get_memory(sizeof *traffic);
        uint64_t taken = 0;
        uint64_t dropped = 0;

        traffic->each = work(EACH_MAX);
        traffic->publishers_left = PUBLISHERS;
        open_ring(&traffic->ring, capacities[c],
                  c % 2 == 0 ? UINT64_MAX - 5000 : UINT32_MAX - 5000);
        run_threads(PUBLISHERS + 1, traffic_thread, traffic);
        for (uint32_t p = 0; p < PUBLISHERS; p++) {
            for (uint32_t i = 0; i < traffic->each; i++) {
                taken += traffic->fate[p][i] == 1;
                dropped += traffic->fate[p][i] == 2;
            }
        }
        assert_int_equal(traffic->torn, 0);
        assert_int_equal(traffic->doubled, 0);
        assert_int_equal(traffic->disorder, 0);
        assert_int_equal(taken + dropped + traffic->refused[0] + traffic->refused[1],
                         (uint64_t)PUBLISHERS * traffic->each);
        assert_int_equal(drop_ring_size(&traffic->ring), 0);
        close_ring(&traffic->ring);
        free_memory(traffic, sizeof *traffic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_exact_and_the_oldest_leaves_first),
        cmocka_unit_test(an_uncommitted_claim_is_not_taken),
        cmocka_unit_test(a_taken_message_is_out_of_reach),
        cmocka_unit_test(only_what_is_used_is_copied),
        cmocka_unit_test(nothing_is_lost_or_doubled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
