/*
 * The SQLite store's own file calls (folder, lock, modes, what is set aside): each fails once, and
 * from then on. Opening says why, leaves no descriptor and no lock behind, and loses nothing: the
 * next opening goes well and finds what was there.
 *
 * covers: R7 M1 H2
 */
#include "contract.h"

#include <bus/sqlite_store.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_calls.h"
#include "folder.h"

static const char *path;

/* Of this process. */
static uint32_t descriptors(void)
{
    DIR *open_files = opendir("/proc/self/fd");
    uint32_t count = 0;

    assert_non_null(open_files);
    while (readdir(open_files) != NULL)
        count++;
    (void)closedir(open_files);
    return count;
}

/* How many files there are whose names have this in them. */
static uint32_t files_like(const char *part)
{
    DIR *folder = opendir(folder_path("data"));
    struct dirent *file;
    uint32_t count = 0;

    assert_non_null(folder);
    while ((file = readdir(folder)) != NULL)
        count += strstr(file->d_name, part) != NULL;
    (void)closedir(folder);
    return count;
}

static void put_one(struct bus_sqlite_store *store)
{
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);

    assert_int_equal(put(bus_sqlite_store_table(store), &stored, NULL), BUS_OK);
}

/* ---- what is there before it is opened ---- */

static void nothing(void)
{
    (void)folder_make();
    path = folder_path("data/bus.db");
}

static void a_sound_file(void)
{
    struct bus_sqlite_store *store = NULL;

    nothing();
    assert_int_equal(bus_sqlite_store_open(&store, path, NULL), BUS_OK);
    put_one(store);
    bus_sqlite_store_close(&store);
}

/* Its mode has to be set right. */
static void an_open_file(void)
{
    a_sound_file();
    assert_int_equal(chmod(path, 0644), 0);
}

static void a_damaged_file(void)
{
    static const char rubbish[] = "this is no database, however one looks at it";
    int file;

    a_sound_file();
    file = open(path, O_WRONLY);
    assert_true(file >= 0);
    assert_int_equal(write(file, rubbish, sizeof rubbish), sizeof rubbish);
    assert_int_equal(close(file), 0);
}

/* ---- and after it failed ---- */

static void check_fresh(const struct bus_store *store)
{
    assert_null(next_of(store, BUS_STORED_EVENT, 0));
}

static void check_kept(const struct bus_store *store)
{
    struct stat found;

    assert_non_null(next_of(store, BUS_STORED_EVENT, 0));
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(files_like(".damaged-"), 0);
}

static void check_aside(const struct bus_store *store)
{
    assert_null(next_of(store, BUS_STORED_EVENT, 0));
    assert_int_equal(files_like("bus.db.damaged-"), 1);
}

struct scene {
    void (*make)(void);
    void (*check)(const struct bus_store *store);
    uint64_t least; /* calls that it makes */
};
static const struct scene scenes[] = {
    {nothing, check_fresh, 14},
    {a_sound_file, check_kept, 10},
    {an_open_file, check_kept, 11},
    {a_damaged_file, check_aside, 18},
};

/* Returns whether a call failed. */
static bool fail_one(const struct scene *scene, uint64_t nth, bool for_ever, int error)
{
    struct bus_sqlite_store *store = NULL;
    enum bus_status status;
    uint32_t before;
    const char *name;

    scene->make();
    before = descriptors();
    file_calls_arm(nth, for_ever, error);
    status = bus_sqlite_store_open(&store, path, NULL);
    name = file_calls_struck();
    file_calls_arm(0, false, 0);
    if (name != NULL && status == BUS_OK)
        fail_msg("call %u, %s, fails with %s, and nobody says so", (unsigned)nth, name,
                 strerror(error));
    if (status != BUS_OK) {
        assert_int_equal(status, BUS_ERR_SYSTEM);
        assert_null(store);
        assert_non_null(strstr(bus_last_error(), strerror(error)));
        assert_int_equal(descriptors(), before);
        status = bus_sqlite_store_open(&store, path, NULL);
        if (status != BUS_OK)
            fail_msg("after call %u, %s, failed: %s", (unsigned)nth, name, bus_last_error());
    }
    scene->check(bus_sqlite_store_table(store));
    put_one(store);
    bus_sqlite_store_close(&store);
    assert_int_equal(descriptors(), before);
    return name != NULL;
}

static void each_call_fails(bool for_ever, int error)
{
    size_t i;

    for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        uint64_t nth = 1;

        while (fail_one(&scenes[i], nth, for_ever, error))
            nth++;
        assert_in_range(nth, scenes[i].least, 60);
    }
    folder_remove();
}

static void each_call_fails_once(void **state)
{
    (void)state;
    each_call_fails(false, EIO);
}

static void each_call_fails_and_all_behind_it(void **state)
{
    (void)state;
    each_call_fails(true, ENOSPC);
}

/* The test is about all calls that file.c makes. */
static void every_call_was_made(void **state)
{
    static const char *const names[] = {"mkdir",    "open",   "fstat", "fchmod", "fstatat",
                                        "fchmodat", "openat", "flock", "fsync",  "renameat"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (file_calls_made(names[i]) == 0)
            fail_msg("%s was never called", names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_call_fails_once),
        cmocka_unit_test(each_call_fails_and_all_behind_it),
        cmocka_unit_test(every_call_was_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
