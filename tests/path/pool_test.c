/* covers: I1 */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "path/pool.h"

enum { LARGEST = 4096, BUDGET = 256 * 1024 };

static void open_pool(struct pool *pool, size_t bytes, uint32_t largest)
{
    memset(pool, 0, sizeof *pool);
    pool_init(pool, get_memory(bytes), bytes, largest, NULL);
}

static uint8_t *start_of(struct pool *pool)
{
    return pool->classes[pool->class_count - 1].blocks; /* the largest class comes first */
}

static void the_budget_is_kept_and_shared(void **state)
{
    static const uint32_t largest[] = {1, 512, 513, 4096, 5000, 1 << 20};

    (void)state;
    assert_int_equal(pool_bytes_needed(0), 0);
    for (size_t i = 0; i < sizeof largest / sizeof largest[0]; i++) {
        size_t least = pool_bytes_needed(largest[i]);
        size_t budgets[] = {least, least + 1, least + 4000, least * 3 + 63, 4 << 20};

        for (size_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
            struct pool pool;
            size_t bytes = budgets[b] < least ? least : budgets[b];
            uint8_t *memory;
            void *block;

            open_pool(&pool, bytes, largest[i]);
            memory = start_of(&pool);
            for (uint32_t c = 0; c < pool.class_count; c++) {
                const struct pool_class *class = &pool.classes[c];

                assert_true(class->count >= 1);
                assert_true(class->blocks >= memory);
                assert_int_equal((uintptr_t) class->blocks % 64, 0);
                assert_true(class->blocks + (size_t) class->count * class->size <=
                            (uint8_t *)pool.classes[0].next);
                assert_true((uint8_t *)(class->next + class->count) <= memory + bytes);
            }
            assert_true(pool_total_bytes(&pool) <= bytes);
            block = pool_take(&pool, largest[i]);
            assert_non_null(block);
            memset(block, 0xff, largest[i]);
            pool_give(&pool, block);
            assert_null(pool_take(&pool, pool.classes[pool.class_count - 1].size + 1u));
            assert_int_equal(pool_used_bytes(&pool), 0);
            free_memory(memory, bytes);
        }
    }
}

static void blocks_do_not_overlap_and_run_out(void **state)
{
    struct pool pool;
    void *blocks[2000];
    size_t count = 0;

    (void)state;
    open_pool(&pool, BUDGET, LARGEST);
    /* 100 bytes: the smallest class first, then ever larger ones, then nothing. */
    while ((blocks[count] = pool_take(&pool, 100)) != NULL) {
        assert_int_equal((uintptr_t)blocks[count] % 64, 0);
        memset(blocks[count], (int)count & 0xff, POOL_SMALLEST);
        count++;
        assert_true(count < 2000);
    }
    assert_int_equal(count, pool.classes[0].count + pool.classes[1].count + pool.classes[2].count +
                                pool.classes[3].count);
    assert_int_equal(pool_used_bytes(&pool), pool_total_bytes(&pool));
    assert_null(pool_take(&pool, LARGEST));
    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes = blocks[i];

        for (size_t k = 0; k < POOL_SMALLEST; k++)
            assert_int_equal(bytes[k], i & 0xff);
    }
    for (size_t i = 0; i < count; i++)
        pool_give(&pool, blocks[i]);
    assert_int_equal(pool_used_bytes(&pool), 0);
    /* All there again, in their own classes. */
    for (uint32_t c = 0; c < pool.class_count; c++) {
        for (uint32_t i = 0; i < pool.classes[c].count; i++)
            assert_non_null(pool_take(&pool, pool.classes[c].size));
        assert_int_equal(pool.classes[c].taken, pool.classes[c].count);
    }
    free_memory(start_of(&pool), BUDGET);
}

static void an_empty_class_takes_from_the_next_larger(void **state)
{
    struct pool pool;
    struct pool_class *class;
    void *block;

    (void)state;
    open_pool(&pool, BUDGET, LARGEST);
    class = &pool.classes[1];
    for (uint32_t i = 0; i < class->count; i++)
        assert_non_null(pool_take(&pool, 1024));
    assert_int_equal(pool.classes[2].taken, 0);
    block = pool_take(&pool, 1024);
    assert_non_null(block);
    assert_int_equal(pool.classes[2].taken, 1);
    assert_int_equal(pool.classes[0].taken, 0);
    pool_give(&pool, block);
    assert_int_equal(pool.classes[2].taken, 0);
    free_memory(start_of(&pool), BUDGET);
}

static void in_a_child(void (*crime)(struct pool *, uint8_t *), struct pool *pool, uint8_t *block)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(2);
        crime(pool, block);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void give_twice(struct pool *pool, uint8_t *block)
{
    pool_give(pool, block);
    pool_give(pool, block);
}

static void give_inside(struct pool *pool, uint8_t *block)
{
    pool_give(pool, block + 64);
}

static void give_foreign(struct pool *pool, uint8_t *block)
{
    (void)block;
    pool_give(pool, pool);
}

static void wrong_gives_are_caught(void **state)
{
    struct pool pool;
    uint8_t *block;

    (void)state;
    open_pool(&pool, BUDGET, LARGEST);
    block = pool_take(&pool, 700);
    pool_give(&pool, NULL);
    in_a_child(give_twice, &pool, block);
    in_a_child(give_inside, &pool, block);
    in_a_child(give_foreign, &pool, block);
    free_memory(start_of(&pool), BUDGET);
}

/* ---- threads: few blocks, so that the same ones come back at once (ABA) ---- */

struct stress {
    struct pool pool;
    uint32_t rounds;
    uint64_t torn;
    uint64_t empty;
};

static void stress_thread(void *argument, uint32_t index)
{
    struct stress *stress = argument;
    uint64_t random = index + 1;
    uint64_t *held[3] = {NULL, NULL, NULL};
    uint64_t marks[3] = {0, 0, 0};

    for (uint32_t i = 0; i < stress->rounds; i++) {
        uint64_t dice = next_random(&random);
        uint32_t slot = (uint32_t)(dice % 3);

        if (held[slot] == NULL) {
            held[slot] = pool_take(&stress->pool, (dice >> 8) % 1024 + 1);
            if (held[slot] == NULL) {
                __atomic_fetch_add(&stress->empty, 1, __ATOMIC_RELAXED);
                continue;
            }
            marks[slot] = dice;
            held[slot][0] = dice;
            held[slot][63] = dice;
        } else {
            if (held[slot][0] != marks[slot] || held[slot][63] != marks[slot])
                __atomic_fetch_add(&stress->torn, 1, __ATOMIC_RELAXED);
            pool_give(&stress->pool, held[slot]);
            held[slot] = NULL;
        }
    }
    for (int slot = 0; slot < 3; slot++)
        pool_give(&stress->pool, held[slot]);
}

static void many_threads_share_few_blocks(void **state)
{
    struct stress stress = {.rounds = work(300000)};
    size_t bytes = pool_bytes_needed(1024) + 1536;

    (void)state;
    open_pool(&stress.pool, bytes, 1024);
    run_threads(4, stress_thread, &stress);
    assert_int_equal(stress.torn, 0);
    assert_true(stress.empty > 0); /* it was tight */
    assert_int_equal(pool_used_bytes(&stress.pool), 0);
    for (uint32_t c = 0; c < stress.pool.class_count; c++)
        for (uint32_t i = 0; i < stress.pool.classes[c].count; i++)
            assert_non_null(pool_take(&stress.pool, stress.pool.classes[c].size));
    assert_null(pool_take(&stress.pool, 1));
    free_memory(start_of(&stress.pool), bytes);
}

/* Blocks asked for by number come on top of what is shared out. */
static void some_blocks_are_asked_for_by_number(void **state)
{
    static const struct pool_extra extras[] = {
        {0, 100}, {1, 1}, {1000, 512}, {77, 513}, {5, LARGEST}};
    size_t bytes = pool_bytes_needed(LARGEST) + BUDGET;
    struct pool plain, pool;

    (void)state;
    open_pool(&plain, bytes, LARGEST);
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        size_t more = (pool_extra_bytes(&extras[i]) + 63) & ~(size_t)63;
        uint8_t *memory = get_memory(bytes + more), *end;
        uint32_t class = 0;

        memset(&pool, 0, sizeof pool);
        pool_init(&pool, memory, bytes + more, LARGEST, &extras[i]);
        while (pool.classes[class].size < extras[i].size)
            class ++;
        for (uint32_t c = 0; c < pool.class_count; c++)
            assert_true(pool.classes[c].count >=
                        plain.classes[c].count + (c == class ? extras[i].count : 0));
        end = (uint8_t *)(pool.classes[0].next);
        assert_true(pool.classes[0].blocks + (size_t)pool.classes[0].count * 512 <= end);
        for (uint32_t n = 0; n < extras[i].count; n++)
            assert_non_null(pool_take(&pool, extras[i].size));
        assert_int_equal(pool_used_bytes(&pool),
                         (size_t)extras[i].count * pool.classes[class].size);
        free_memory(memory, bytes + more);
    }
    free_memory(start_of(&plain), bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_budget_is_kept_and_shared),
        cmocka_unit_test(some_blocks_are_asked_for_by_number),
        cmocka_unit_test(blocks_do_not_overlap_and_run_out),
        cmocka_unit_test(an_empty_class_takes_from_the_next_larger),
        cmocka_unit_test(wrong_gives_are_caught),
        cmocka_unit_test(many_threads_share_few_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
