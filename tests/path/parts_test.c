/* covers: D3 */
#include "support.h"

#include <sched.h>

#include "path/parts.h"

static void it_holds_what_it_says_in_order(void **state)
{
    static const uint32_t capacities[] = {1, 2, 3, 8, 100};

    (void)state;
    for (size_t c = 0; c < sizeof capacities / sizeof capacities[0]; c++) {
        size_t bytes = parts_bytes(capacities[c]);
        uint32_t slots = (uint32_t)(bytes / sizeof(struct parts_slot));
        void *memory = get_memory(bytes);
        struct parts parts;
        struct part part;

        parts_init(&parts, memory, capacities[c]);
        assert_true(slots >= capacities[c] && slots >= 2);
        for (uint32_t round = 0; round < 10; round++) {
            assert_true(parts_empty_hint(&parts));
            assert_false(parts_pop(&parts, &part));
            for (uint32_t i = 0; i < slots; i++)
                assert_true(parts_push(&parts, (struct part){&parts, i + round}));
            assert_false(parts_push(&parts, (struct part){&parts, 0}));
            assert_false(parts_empty_hint(&parts));
            for (uint32_t i = 0; i < slots; i++) {
                assert_true(parts_pop(&parts, &part));
                assert_ptr_equal(part.group, &parts);
                assert_int_equal(part.index, i + round);
            }
            /* not always from the same slot */
            assert_true(parts_push(&parts, (struct part){NULL, 1}));
            assert_true(parts_pop(&parts, &part));
        }
        free_memory(memory, bytes);
    }
}

enum { EACH_MAX = 100000 };

struct traffic {
    struct parts parts;
    uint32_t each;
    uint32_t popped;
    uint8_t seen[2][EACH_MAX];
    uint64_t wrong;
};

static void traffic_thread(void *argument, uint32_t index)
{
    struct traffic *traffic = argument;
    uint32_t all = 2 * traffic->each;

    if (index < 2) {
        for (uint32_t i = 0; i < traffic->each; i++)
            while (!parts_push(&traffic->parts, (struct part){&traffic->seen[index], i}))
                sched_yield();
        return;
    }
    while (__atomic_load_n(&traffic->popped, __ATOMIC_RELAXED) < all) {
        struct part part;
        uint8_t *seen;

        if (!parts_pop(&traffic->parts, &part)) {
            sched_yield();
            continue;
        }
        seen = part.group;
        if ((seen != traffic->seen[0] && seen != traffic->seen[1]) || part.index >= traffic->each ||
            __atomic_exchange_n(&seen[part.index], 1, __ATOMIC_RELAXED) != 0)
            __atomic_fetch_add(&traffic->wrong, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&traffic->popped, 1, __ATOMIC_RELAXED);
    }
}

static void each_part_is_popped_once(void **state)
{
    struct traffic *traffic = get_memory(sizeof *traffic);
    void *memory = get_memory(parts_bytes(16));

    (void)state;
    traffic->each = work(EACH_MAX);
    parts_init(&traffic->parts, memory, 16);
    run_threads(4, traffic_thread, traffic);
    assert_int_equal(traffic->wrong, 0);
    assert_int_equal(traffic->popped, 2 * traffic->each);
    assert_true(parts_empty_hint(&traffic->parts));
    free_memory(memory, parts_bytes(16));
    free_memory(traffic, sizeof *traffic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_it_says_in_order),
        cmocka_unit_test(each_part_is_popped_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
