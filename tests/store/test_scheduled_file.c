/*
 * Scheduled events in a file: those whose call returned are there after a kill -9, with their ids
 * and times, and come to their handler on the next bus; what was cancelled is not.
 *
 * covers: L2
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bus/schedule.h>
#include <bus/sqlite_store.h>

#include "folder.h"
#include "support.h"

enum { CYCLES = 5, LEAST = 20, MOST = 200 };

struct told {
    uint64_t id, number;
};

/* The other process: schedules up to MOST, tells what was acknowledged, and is killed. */
static void schedule_and_tell(const char *path, int pipe, uint64_t first)
{
    struct bus_sqlite_store *store = NULL;
    struct bus *bus = NULL;

    if (bus_sqlite_store_open(&store, path, NULL) != BUS_OK ||
        bus_open(&bus, &(struct bus_options){.store = bus_sqlite_store_table(store)}) != BUS_OK ||
        bus_start(bus) != BUS_OK)
        _exit(2);
    for (uint64_t n = first; n < first + MOST; n++) {
        struct told told = {.number = n};

        if (probe_ticked_schedule(bus, &(struct probe_ticked){.number = n},
                                  &(struct bus_schedule){.after_ns = 3600 * BUS_SECOND},
                                  &told.id) != BUS_OK)
            _exit(3);
        if (write(pipe, &told, sizeof told) != sizeof told)
            _exit(4);
    }
    for (;;)
        (void)pause();
}

struct found {
    struct told all[CYCLES * MOST];
    uint32_t count;
};

static bool note(void *context, const struct bus_scheduled *scheduled)
{
    struct found *found = context;
    struct probe_ticked event = {.number = 0};

    if (found->count < (CYCLES * MOST) && bus_decode(&probe_ticked_type.codec, scheduled->bytes,
                                                     scheduled->size, &event, NULL, 0) == BUS_OK)
        found->all[found->count++] = (struct told){scheduled->id, event.number};
    return true;
}

static bool is_there(const struct found *found, const struct told *told)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (found->all[i].id == told->id && found->all[i].number == told->number)
            return true;
    return false;
}

/* Opens the file as the next process would: the list is what it holds. */
static void look(const char *path, struct found *found)
{
    struct bus_sqlite_store *store = NULL;
    struct bus *bus;

    found->count = 0;
    assert_int_equal(bus_sqlite_store_open(&store, path, NULL), BUS_OK);
    bus = open_bus(&(struct bus_options){.polled = true, .store = bus_sqlite_store_table(store)});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, NULL, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    assert_int_equal(bus_schedules_each(bus, NULL, note, found, NULL), BUS_OK);
    finish_bus(&bus);
    bus_sqlite_store_close(&store);
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
    static struct told told[CYCLES * MOST];
    static struct found found;
    const char *path;
    uint32_t count = 0, i;

    (void)state;
    (void)folder_make();
    path = folder_path("kept.db");
    for (uint64_t cycle = 1; cycle <= CYCLES; cycle++) {
        uint32_t more = 0;
        int ends[2], status = 0;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)close(ends[0]);
            schedule_and_tell(path, ends[1], cycle * 1000);
        }
        (void)close(ends[1]);
        for (; more < LEAST + 7 * cycle; more++)
            assert_int_equal(read(ends[0], &told[count + more], sizeof *told), sizeof *told);
        assert_int_equal(kill(child, SIGKILL), 0);
        while (count + more < (CYCLES * MOST) &&
               read(ends[0], &told[count + more], sizeof *told) == sizeof *told)
            more++;
        count += more;
        (void)close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        look(path, &found);
        /* At most one of each cycle was on its way to be told. */
        assert_in_range(found.count, count, count + cycle);
        for (i = 0; i < count; i++)
            assert_true(is_there(&found, &told[i]));
    }
    folder_remove();
}

/* Of all that has happened to one, the file knows the last. */
static void the_file_knows_what_became_of_each(void **state)
{
    static struct journal journal = JOURNAL_INITIALIZER;
    static struct found found;
    struct bus_sqlite_store *store = NULL;
    uint64_t ids[3];
    const char *path;
    struct bus *bus;

    (void)state;
    (void)folder_make();
    path = folder_path("kept.db");
    assert_int_equal(bus_sqlite_store_open(&store, path, NULL), BUS_OK);
    bus = open_bus(&(struct bus_options){.store = bus_sqlite_store_table(store)});
    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, &journal, NULL), BUS_OK);
    assert_int_equal(bus_start(bus), BUS_OK);
    for (uint64_t n = 0; n < 3; n++)
        assert_int_equal(
            probe_ticked_schedule(bus, &(struct probe_ticked){.number = n},
                                  &(struct bus_schedule){.after_ns = n == 0 ? 1 : 3600 * BUS_SECOND,
                                                         .every_ns = n == 2 ? BUS_SECOND : 0},
                                  &ids[n]),
            BUS_OK);
    assert_true(latch_wait(&journal.latch, 1));
    assert_int_equal(bus_schedule_cancel(bus, ids[1]), BUS_OK);
    finish_bus(&bus);
    bus_sqlite_store_close(&store);
    look(path, &found);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.all[0].id, ids[2]);
    assert_int_equal(found.all[0].number, 2);
    folder_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_kill_9),
        cmocka_unit_test(the_file_knows_what_became_of_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
