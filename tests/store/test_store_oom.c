/*
 * The SQLite store while memory runs out: each allocation of SQLite and of the store fails once,
 * and from then on. Requests fail and say so; nothing leaks; what was acknowledged is in the file,
 * which is never taken for damaged.
 *
 * covers: R6 M1
 */
#include "script.h"

#include <sqlite3.h>
#include <stdio.h>

#include "folder.h"

enum { STEPS = 4 };

/* ---- SQLite's allocator ---- */

static sqlite3_mem_methods system_memory;
static _Atomic uint64_t countdown; /* 1: the next; 0: none */
static atomic_bool stays, struck;
static _Atomic int64_t outstanding;

static bool refuses(void)
{
    uint64_t left = atomic_load(&countdown);

    while (left > 0) {
        if (left == 1 && atomic_load(&stays))
            break;
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1))
            break;
    }
    if (left == 1)
        atomic_store(&struck, true);
    return left == 1;
}

static void *give(int size)
{
    void *memory = refuses() ? NULL : system_memory.xMalloc(size);

    atomic_fetch_add(&outstanding, memory != NULL);
    return memory;
}

static void take_back(void *memory)
{
    atomic_fetch_sub(&outstanding, memory != NULL);
    system_memory.xFree(memory);
}

static void *give_more(void *memory, int size)
{
    return refuses() ? NULL : system_memory.xRealloc(memory, size);
}

static void install(void)
{
    sqlite3_mem_methods methods;

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory), SQLITE_OK);
    methods = system_memory;
    methods.xMalloc = give;
    methods.xFree = take_back;
    methods.xRealloc = give_more;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
}

/* ---- the runs ---- */

static uint64_t each_fails(void (*arm)(uint64_t nth, bool for_ever), bool (*met)(void),
                           bool for_ever)
{
    const struct bus_sqlite_store_options options = {.os = failing_os(), .log_pages = 12};
    uint64_t nth, told = 0;

    for (nth = 1;; nth += for_ever ? 3 : 1) {
        struct script script = {.opened = false};
        const char *path, *wrong;
        bool was_met;

        (void)folder_make();
        path = folder_path("bus.db");
        script_run(&script, path, &(struct bus_sqlite_store_options){.entries = 0}, 1, 2);
        arm(nth, for_ever);
        script_run(&script, path, &options, nth, STEPS);
        was_met = met();
        arm(0, false);
        wrong = script_check(&script, path);
        if (wrong != NULL)
            fail_msg("allocation %u%s: %s", (unsigned)nth, for_ever ? " and all behind it" : "",
                     wrong);
        assert_int_equal(failing_outstanding(), 0);
        assert_int_equal(atomic_load(&outstanding), 0);
        told += script.told;
        if (!was_met)
            break;
    }
    folder_remove();
    print_message("%u allocations, %u runs told of it\n", (unsigned)nth - 1, (unsigned)told);
    assert_true(told > 0); /* the negative control: they do matter */
    return nth;
}

static void arm_sqlite(uint64_t nth, bool for_ever)
{
    atomic_store(&struck, false);
    atomic_store(&stays, for_ever);
    atomic_store(&countdown, nth);
}

static bool sqlite_met(void)
{
    return atomic_load(&struck);
}

static void allocations_of_sqlite(void **state)
{
    (void)state;
    assert_true(each_fails(arm_sqlite, sqlite_met, false) > 100);
    assert_true(each_fails(arm_sqlite, sqlite_met, true) > 100);
}

static void allocations_of_the_store(void **state)
{
    (void)state;
    assert_true(each_fails(failing_arm, failing_struck, false) > 5);
    assert_true(each_fails(failing_arm, failing_struck, true) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_of_sqlite),
        cmocka_unit_test(allocations_of_the_store),
    };

    install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
