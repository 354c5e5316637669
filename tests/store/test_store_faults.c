/*
 * The SQLite store while the disk fails: each I/O call once, and from then on; and while the
 * machine crashes at any moment. The file is sound, and holds what was acknowledged.
 *
 * covers: R7 R8 M1 H2
 */
#include "script.h"

#include <stdio.h>

#include "fault_vfs.h"
#include "folder.h"

enum { STEPS = 14, CRASHES = 300 };

static const char *path;

static struct bus_sqlite_store_options faulty_options(void)
{
    /* A short log: checkpoints take part. */
    return (struct bus_sqlite_store_options){.vfs = "faulty", .log_pages = 12};
}

static void fresh(void)
{
    (void)folder_make();
    path = folder_path("bus.db");
}

/* Every call that the fault concerns. Returns how many runs went wrong. */
static uint32_t fail_each(enum fault fault, bool for_ever)
{
    const struct bus_sqlite_store_options options = faulty_options();
    uint32_t wrong = 0;
    uint64_t nth;

    for (nth = 1;; nth++) {
        struct script script = {.opened = false};
        const char *said;
        bool struck;

        fresh();
        fault_vfs_arm(fault, nth, for_ever);
        script_run(&script, path, &options, 5, STEPS);
        struck = fault_vfs_struck();
        fault_vfs_arm(FAULT_NONE, 0, false);
        said = script_check(&script, path);
        if (said != NULL) {
            if (wrong == 0 && fault < FAULT_LIE)
                print_message("fault %d, call %u%s: %s\n", (int)fault, (unsigned)nth,
                              for_ever ? " and all behind it" : "", said);
            wrong++;
        }
        if (!struck)
            break;
    }
    assert_in_range(nth, fault == FAULT_SYNC ? 15 : 60, 5000);
    folder_remove();
    return wrong;
}

static void each_call_fails_once(void **state)
{
    (void)state;
    assert_int_equal(fail_each(FAULT_IO, false), 0);
    assert_int_equal(fail_each(FAULT_FULL, false), 0);
    assert_int_equal(fail_each(FAULT_SHORT, false), 0);
    assert_int_equal(fail_each(FAULT_SYNC, false), 0);
}

static void each_call_fails_and_all_behind_it(void **state)
{
    (void)state;
    assert_int_equal(fail_each(FAULT_IO, true), 0);
    assert_int_equal(fail_each(FAULT_FULL, true), 0);
    assert_int_equal(fail_each(FAULT_SHORT, true), 0);
    assert_int_equal(fail_each(FAULT_SYNC, true), 0);
}

/* The check would notice: a write that says that it went well, and did nothing. */
static void a_disk_that_lies_is_noticed(void **state)
{
    (void)state;
    assert_true(fail_each(FAULT_LIE, false) > 10);
}

static void a_full_disk_is_a_state(void **state)
{
    const struct bus_sqlite_store_options options = faulty_options();
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    struct bus_sqlite_store *file = NULL;
    const struct bus_store *store;
    struct bus_store_state now;

    (void)state;
    fresh();
    assert_int_equal(bus_sqlite_store_open(&file, path, &options), BUS_OK);
    store = bus_sqlite_store_table(file);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    fault_vfs_arm(FAULT_FULL, 1, true);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_SYSTEM);
    now = state_of(store);
    assert_int_equal(now.condition, BUS_STORE_FAILING);
    assert_non_null(strstr(now.text, "disk is full"));
    assert_int_equal(now.failed, 1);
    assert_int_equal(now.kinds[BUS_STORED_EVENT].count, 1);
    fault_vfs_arm(FAULT_NONE, 0, false); /* somebody made room */
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    assert_int_equal(state_of(store).condition, BUS_STORE_FINE);
    assert_numbers(store, BUS_STORED_EVENT, (uint64_t[]){1, 2}, 2);
    bus_sqlite_store_close(&file);
    folder_remove();
}

/* Nobody knows what is on disk then: the file is not touched any more. */
static void a_failed_fsync_is_the_end(void **state)
{
    const struct bus_sqlite_store_options options = faulty_options();
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    struct bus_sqlite_store *file = NULL;
    struct answer answer = ANSWER_INITIALIZER;
    const struct bus_store *store;
    uint8_t identity[64] = {1};

    (void)state;
    fresh();
    assert_int_equal(bus_sqlite_store_open(&file, path, &options), BUS_OK);
    store = bus_sqlite_store_table(file);
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    fault_vfs_arm(FAULT_SYNC, 1, false);
    assert_int_equal(put(store, &stored, NULL), BUS_ERR_SYSTEM);
    assert_true(fault_vfs_struck());
    assert_int_equal(state_of(store).condition, BUS_STORE_BROKEN);
    assert_non_null(strstr(state_of(store).text, "fsync"));
    assert_false(store->put(store->context, &stored, answer_done, &answer));
    assert_false(store->remove(store->context, BUS_STORED_EVENT, 1, answer_done, &answer));
    assert_null(next_of(store, BUS_STORED_EVENT, 0));
    assert_false(store->identity(store->context, identity, true));
    bus_sqlite_store_close(&file);
    assert_int_equal(fault_vfs_writes_since(), 0);
    assert_int_equal(latch_count(&answer.latch), 0);
    fault_vfs_arm(FAULT_NONE, 0, false);
    assert_int_equal(bus_sqlite_store_open(&file, path, &options), BUS_OK);
    assert_non_null(next_of(bus_sqlite_store_table(file), BUS_STORED_EVENT, 0));
    bus_sqlite_store_close(&file);
    folder_remove();
}

/* What is wrong with one request does not fail those of its group. */
static void others_of_a_group_go_on(void **state)
{
    const struct bus_sqlite_store_options options = faulty_options();
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    struct bus_sqlite_store *file = NULL;
    struct answer answers[200];
    const struct bus_store *store;
    uint32_t i, failed = 0;

    (void)state;
    fresh();
    assert_int_equal(bus_sqlite_store_open(&file, path, &options), BUS_OK);
    store = bus_sqlite_store_table(file);
    fault_vfs_arm(FAULT_FULL, 3, false);
    for (i = 0; i < 200; i++) {
        answers[i] = (struct answer)ANSWER_INITIALIZER;
        assert_true(store->put(store->context, &stored, answer_done, &answers[i]));
    }
    for (i = 0; i < 200; i++) {
        assert_true(latch_wait(&answers[i].latch, 1));
        failed += answers[i].status != BUS_OK;
    }
    assert_true(fault_vfs_struck());
    assert_in_range(failed, 0, 1); /* one write failed once */
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, 200 - failed);
    bus_sqlite_store_close(&file);
    folder_remove();
}

/* Cycles of work and a crash on one file. Returns how many left it wrong. */
static uint32_t crash_often(uint32_t cycles, bool lax)
{
    const struct bus_sqlite_store_options options = faulty_options();
    struct script script = {.opened = false};
    uint32_t i, wrong = 0;

    fresh();
    for (i = 0; i < cycles; i++) {
        const char *said;

        fault_vfs_record();
        fault_vfs_arm(lax ? FAULT_LAX : FAULT_NONE, 1, true);
        script_run_until(&script, path, &options, 1000 + i, 1 + i % 9, fault_vfs_die);
        fault_vfs_arm(FAULT_NONE, 0, false);
        fault_vfs_crash(i);
        said = script_check(&script, path);
        if (said == NULL)
            continue;
        wrong++;
        if (!lax)
            print_message("crash %u: %s\n", (unsigned)i, said);
        fresh();
        script = (struct script){.opened = false};
    }
    folder_remove();
    return wrong;
}

static void a_crash_of_the_machine_loses_nothing(void **state)
{
    (void)state;
    assert_int_equal(crash_often(CRASHES, false), 0);
}

/* The check would notice: an fsync that does nothing. */
static void an_fsync_that_does_nothing_is_noticed(void **state)
{
    (void)state;
    assert_true(crash_often(30, true) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_once),
        cmocka_unit_test(each_call_fails_and_all_behind_it),
        cmocka_unit_test(a_disk_that_lies_is_noticed),
        cmocka_unit_test(a_full_disk_is_a_state),
        cmocka_unit_test(a_failed_fsync_is_the_end),
        cmocka_unit_test(others_of_a_group_go_on),
        cmocka_unit_test(a_crash_of_the_machine_loses_nothing),
        cmocka_unit_test(an_fsync_that_does_nothing_is_noticed),
    };

    fault_vfs_register();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
