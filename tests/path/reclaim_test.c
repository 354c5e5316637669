/* covers: E4 */
#include "support.h"

#include <sched.h>
#include <stdlib.h>

#include "path/atomic.h"
#include "path/reclaim.h"

struct thing {
    struct reclaim_node node;
    uint64_t a;
    uint64_t b;
};

static uint32_t freed;

static struct thing *make_thing(uint64_t value)
{
    struct thing *thing = calloc(1, sizeof *thing);

    if (thing == NULL)
        abort();
    thing->a = value;
    thing->b = ~value;
    return thing;
}

static void free_thing(struct reclaim_node *node)
{
    struct thing *thing = (struct thing *)(void *)node;

    thing->a = 1;
    thing->b = 1;
    freed++;
    free(thing);
}

static void nothing_is_freed_under_a_reader(void **state)
{
    struct reclaim *reclaim = get_memory(sizeof *reclaim);
    struct reclaim_record *record = get_memory(sizeof *record);

    (void)state;
    reclaim_init(reclaim);
    reclaim_register(reclaim, record);
    freed = 0;
    assert_true(reclaim_poll(reclaim));
    reclaim_enter(record);
    reclaim_enter(record); /* sections nest */
    reclaim_later(reclaim, &make_thing(1)->node, free_thing);
    reclaim_leave(record);
    for (int i = 0; i < 100; i++)
        assert_false(reclaim_poll(reclaim));
    assert_int_equal(freed, 0);
    reclaim_leave(record);
    for (int i = 0; i < 8 && !reclaim_poll(reclaim); i++)
        continue;
    assert_int_equal(freed, 1);

    for (uint32_t i = 0; i < 100; i++)
        reclaim_later(reclaim, &make_thing(i)->node, free_thing);
    reclaim_all(reclaim);
    assert_int_equal(freed, 101);
    assert_true(reclaim_poll(reclaim));
    free_memory(record, sizeof *record);
    free_memory(reclaim, sizeof *reclaim);
}

/* ---- readers against a writer that replaces ---- */

enum { READERS = 3 };

struct replacing {
    struct reclaim reclaim;
    struct reclaim_record records[READERS];
    struct thing *current;
    uint32_t rounds;
    uint32_t done;
    uint64_t wrong;
};

static void replacing_thread(void *argument, uint32_t index)
{
    struct replacing *replacing = argument;

    if (index == READERS) {
        for (uint32_t i = 0; i < replacing->rounds; i++) {
            struct thing *old = replacing->current;

            atomic_store_release_ptr(&replacing->current, make_thing(i));
            reclaim_later(&replacing->reclaim, &old->node, free_thing);
            reclaim_poll(&replacing->reclaim);
            if (i % 64 == 0)
                sched_yield();
        }
        atomic_store_release_u32(&replacing->done, 1);
        return;
    }
    while (atomic_load_acquire_u32(&replacing->done) == 0) {
        struct thing *thing;

        reclaim_enter(&replacing->records[index]);
        thing = atomic_load_acquire_ptr(&replacing->current);
        for (int look = 0; look < 10; look++)
            if (thing->a != ~thing->b)
                __atomic_fetch_add(&replacing->wrong, 1, __ATOMIC_RELAXED);
        reclaim_leave(&replacing->records[index]);
    }
}

static void readers_never_see_what_was_freed(void **state)
{
    struct replacing *replacing = get_memory(sizeof *replacing);

    (void)state;
    freed = 0;
    reclaim_init(&replacing->reclaim);
    for (uint32_t i = 0; i < READERS; i++)
        reclaim_register(&replacing->reclaim, &replacing->records[i]);
    replacing->current = make_thing(0);
    replacing->rounds = work(50000);
    run_threads(READERS + 1, replacing_thread, replacing);
    assert_int_equal(replacing->wrong, 0);
    reclaim_all(&replacing->reclaim);
    assert_int_equal(freed, replacing->rounds);
    free(replacing->current);
    free_memory(replacing, sizeof *replacing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_freed_under_a_reader),
        cmocka_unit_test(readers_never_see_what_was_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
