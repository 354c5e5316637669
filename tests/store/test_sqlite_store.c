/*
 * The store in an SQLite file: the contract, and what becomes of files: who may have them, damage,
 * other programs, two buses at once.
 *
 * covers: M1 H2 R19
 */
#include "contract.h"

#include <bus/sqlite_store.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

static struct bus_sqlite_store *file;
static struct bus_sqlite_store_options options;
static const char *path;

static const struct bus_store *open_file(void)
{
    enum bus_status status = bus_sqlite_store_open(&file, path, &options);

    if (status != BUS_OK)
        fail_msg("%s", bus_last_error());
    return bus_sqlite_store_table(file);
}

const struct bus_store *subject_open(const struct contract_limits *limits)
{
    (void)folder_make();
    path = folder_path("bus.db");
    options = (struct bus_sqlite_store_options){.os = failing_os()};
    if (limits != NULL) {
        options.entries = limits->entries;
        options.bytes = limits->bytes;
        options.known_ns = limits->known_ns;
        options.known_max = limits->known_max;
        options.os = limits->os != NULL ? limits->os : options.os;
    }
    return open_file();
}

const struct bus_store *subject_reopen(void)
{
    bus_sqlite_store_close(&file);
    return open_file();
}

void subject_close(void)
{
    bus_sqlite_store_close(&file);
    assert_null(file);
    assert_int_equal(failing_outstanding(), 0);
    folder_remove();
}

static enum bus_status try_open(const char *where)
{
    struct bus_sqlite_store *opened = NULL;
    enum bus_status status = bus_sqlite_store_open(&opened, where, NULL);

    assert_true((opened != NULL) == (status == BUS_OK));
    bus_sqlite_store_close(&opened);
    return status;
}

static mode_t mode_of(const char *where)
{
    struct stat found;

    assert_int_equal(lstat(where, &found), 0);
    return found.st_mode & 0777;
}

/* covers: R19 */
static void files_are_private_under_every_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0777};
    struct bus_stored stored = sample(BUS_STORED_EVENT, 1);
    char folder[256], database[300], beside[310];
    uint32_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        mode_t before;

        (void)snprintf(folder, sizeof folder, "%s/%s", folder_make(), "inner");
        (void)snprintf(database, sizeof database, "%s/bus.db", folder);
        path = database;
        options = (struct bus_sqlite_store_options){.entries = 0};
        before = umask(masks[i]);
        assert_int_equal(put(open_file(), &stored, NULL), BUS_OK);
        (void)umask(before);
        assert_int_equal(mode_of(folder), 0700);
        assert_int_equal(mode_of(database), 0600);
        (void)snprintf(beside, sizeof beside, "%s-wal", database);
        assert_int_equal(mode_of(beside), 0600);
        (void)snprintf(beside, sizeof beside, "%s.lock", database);
        assert_int_equal(mode_of(beside), 0600);
        bus_sqlite_store_close(&file);
        /* One that was opened to others is closed again. */
        assert_int_equal(chmod(database, 0666), 0);
        (void)open_file();
        assert_int_equal(mode_of(database), 0600);
        bus_sqlite_store_close(&file);
    }
    folder_remove();
}

static void make_file(const char *where, const char *text)
{
    int made = open(where, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(made >= 0);
    assert_int_equal(write(made, text, strlen(text)), strlen(text));
    assert_int_equal(close(made), 0);
}

static void links_and_open_folders_are_refused(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
    const char *folder, *target;
    char name[64];
    uint32_t i;

    (void)state;
    for (i = 0; i < 5; i++) {
        folder = folder_make();
        path = folder_path("bus.db");
        target = folder_path("target");
        make_file(target, "precious");
        (void)snprintf(name, sizeof name, "bus.db%s", suffixes[i]);
        assert_int_equal(symlink(target, folder_path(name)), 0);
        assert_int_equal(try_open(path), BUS_ERR_INVALID);
        assert_non_null(strstr(bus_last_error(), "link"));
        assert_int_equal(unlink(folder_path(name)), 0);
        assert_int_equal(link(target, folder_path(name)), 0); /* a hard one */
        assert_int_equal(try_open(path), BUS_ERR_INVALID);
        assert_int_equal(unlink(folder_path(name)), 0);
        assert_int_equal(mkdir(folder_path(name), 0700), 0);
        assert_int_equal(try_open(path), BUS_ERR_INVALID);
        assert_int_equal(rmdir(folder_path(name)), 0);
    }
    assert_int_equal(symlink(folder, folder_path("way")), 0);
    assert_int_equal(try_open(folder_path("way/bus.db")), BUS_ERR_INVALID);
    assert_int_equal(try_open(folder_path("target/bus.db")), BUS_ERR_INVALID);
    assert_int_equal(chmod(folder, 0750), 0);
    assert_int_equal(try_open(path), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "a folder of its own"));
    assert_null(strstr(bus_last_error(), "chmod")); /* the folder may be /etc */
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(try_open(path), BUS_OK);
    assert_int_equal(try_open(folder_path("none/none/bus.db")), BUS_ERR_SYSTEM);
    assert_int_equal(try_open(""), BUS_ERR_INVALID);
    assert_int_equal(try_open(NULL), BUS_ERR_INVALID);
    assert_int_equal(try_open(folder_path("")), BUS_ERR_INVALID);
    assert_int_equal(bus_sqlite_store_open(NULL, path, NULL), BUS_ERR_INVALID);
    assert_null(bus_sqlite_store_table(NULL));
    folder_remove();
}

/* SQLite would open another file than the one that was looked at, or none. */
static void every_name_is_that_of_a_file(void **state)
{
    static const char *const names[] = {"file:x.db", ":memory:", "file:x.db?mode=memory", "x%2edb"};
    char before[4096];
    const char *folder = folder_make();
    struct stat found;
    uint32_t i;

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(symlink("elsewhere", "x.db"), 0);
    for (i = 0; i < 4; i++) {
        assert_int_equal(try_open(names[i]), BUS_OK);
        assert_int_equal(lstat(names[i], &found), 0);
        assert_true(found.st_size > 0);
    }
    assert_int_not_equal(access("elsewhere", F_OK), 0);
    assert_int_equal(chdir(before), 0);
    folder_remove();
}

/* Only root can give files away; for others the system's own folders are foreign. */
static void files_of_others_are_refused(void **state)
{
    static const char *const suffixes[] = {"", "-wal", ".lock"};
    const char *folder;
    uint32_t i;
    char name[64];

    (void)state;
    if (geteuid() != 0) {
        assert_int_equal(try_open("/bus.db"), BUS_ERR_INVALID);
        assert_non_null(strstr(bus_last_error(), "another user"));
        return;
    }
    for (i = 0; i < 3; i++) {
        folder = folder_make();
        (void)snprintf(name, sizeof name, "bus.db%s", suffixes[i]);
        make_file(folder_path(name), "");
        assert_int_equal(chown(folder_path(name), 65534, 65534), 0);
        assert_int_equal(try_open(folder_path("bus.db")), BUS_ERR_INVALID);
        assert_non_null(strstr(bus_last_error(), "another user"));
    }
    folder = folder_make();
    assert_int_equal(chown(folder, 65534, 65534), 0);
    assert_int_equal(try_open(folder_path("bus.db")), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "another user"));
    folder_remove();
}

static void two_buses_do_not_share_it(void **state)
{
    (void)state;
    (void)subject_open(NULL);
    assert_int_equal(try_open(path), BUS_ERR_STATE);
    assert_non_null(strstr(bus_last_error(), "in use"));
    bus_sqlite_store_close(&file);
    assert_int_equal(try_open(path), BUS_OK);
    (void)open_file();
    subject_close();
}

static void run_sql(const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void files_of_other_programs_stay_as_they_are(void **state)
{
    const struct bus_store *store;

    (void)state;
    (void)folder_make();
    path = folder_path("bus.db");
    run_sql("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('cake')");
    assert_int_equal(try_open(path), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "another program"));
    run_sql("PRAGMA application_id = 77; INSERT INTO recipes VALUES ('pie')");
    assert_int_equal(try_open(path), BUS_ERR_INVALID);
    run_sql("INSERT INTO recipes VALUES ('tart')"); /* it is still one */
    store = subject_open(NULL);
    assert_int_equal(
        store->put(store->context, &(struct bus_stored){.kind = BUS_STORED_EVENT}, NULL, NULL),
        true);
    bus_sqlite_store_close(&file);
    run_sql("PRAGMA user_version = 4");
    assert_int_equal(try_open(path), BUS_ERR_INVALID);
    assert_non_null(strstr(bus_last_error(), "later version"));
    run_sql("PRAGMA user_version = 3");
    assert_numbers(open_file(), BUS_STORED_EVENT, (uint64_t[]){1}, 1);
    subject_close();
}

static void a_file_of_the_first_version_is_taken_on(void **state)
{
    struct bus_stored stored = sample(BUS_STORED_SCHEDULED, 1);
    const struct bus_store *store = subject_open(NULL);

    (void)state;
    stored.schema_fingerprint = 0; /* a later version keeps it */
    assert_int_equal(put(store, &stored, NULL), BUS_OK);
    bus_sqlite_store_close(&file);
    run_sql(SQL_TO_VERSION_1);
    store = open_file();
    assert_same(&next_of(store, BUS_STORED_SCHEDULED, 0)->stored, &stored);
    stored.number = 1;
    stored.again = true;
    assert_int_equal(change(store, &stored), BUS_OK);
    bus_sqlite_store_close(&file);
    store = open_file();
    assert_same(&next_of(store, BUS_STORED_SCHEDULED, 0)->stored, &stored);
    assert_string_equal(state_of(store).text, "");
    subject_close();
}

/* Of what it holds nobody knows the fingerprint of the schema; of what comes, everybody. */
static void a_file_of_the_second_version_is_taken_on(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    int kind;

    (void)state;
    for (kind = 1; kind < BUS_STORED_KINDS; kind++) {
        struct bus_stored stored = sample((enum bus_stored_kind)kind, 1);

        assert_true(stored.schema_fingerprint != 0);
        assert_int_equal(put(store, &stored, NULL), BUS_OK);
    }
    bus_sqlite_store_close(&file);
    run_sql(SQL_TO_VERSION_2);
    store = open_file();
    for (kind = 1; kind < BUS_STORED_KINDS; kind++) {
        struct bus_stored old = sample((enum bus_stored_kind)kind, 1);
        struct bus_stored stored = sample((enum bus_stored_kind)kind, 2);

        old.schema_fingerprint = 0;
        assert_same(&next_of(store, old.kind, 0)->stored, &old);
        assert_int_equal(put(store, &stored, NULL), BUS_OK);
        assert_same(&next_of(store, old.kind, 1)->stored, &stored);
    }
    assert_string_equal(state_of(store).text, "");
    subject_close();
}

/* What was set aside is there, and a fresh one began. */
static void assert_set_aside(void)
{
    struct bus_store_state now = state_of(bus_sqlite_store_table(file));
    const char *name = strstr(now.text, "set aside as ");
    struct stat found;

    assert_int_equal(now.condition, BUS_STORE_FINE);
    assert_non_null(strstr(now.text, "damaged"));
    assert_non_null(name);
    assert_int_equal(stat(folder_path(name + strlen("set aside as ")), &found), 0);
    assert_true(found.st_size > 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(now.kinds[BUS_STORED_LETTER].last, 0);
}

/* covers: M1 */
static void an_emptied_file_is_told(void **state)
{
    struct bus_stored stored = sample(BUS_STORED_LETTER, 5);

    (void)state;
    assert_int_equal(put(subject_open(NULL), &stored, NULL), BUS_OK);
    bus_sqlite_store_close(&file);
    assert_int_equal(truncate(path, 0), 0);
    (void)open_file();
    assert_non_null(strstr(state_of(bus_sqlite_store_table(file)).text, "was empty"));
    assert_int_equal(put(bus_sqlite_store_table(file), &stored, NULL), BUS_OK);
    (void)subject_reopen();
    assert_string_equal(state_of(bus_sqlite_store_table(file)).text, "");
    subject_close();
}

static void damaged_files_are_set_aside(void **state)
{
    static const char *const damages[] = {
        "PRAGMA user_version = 0", "PRAGMA application_id = 7",
        "DROP TABLE known",        "DROP TABLE letter; CREATE TABLE letter (number INTEGER)",
        "DELETE FROM kind",        "UPDATE kind SET last = -5",
    };
    struct bus_stored stored = sample(BUS_STORED_LETTER, 5);
    uint32_t i;

    (void)state;
    for (i = 0; i < 7; i++) {
        assert_int_equal(put(subject_open(NULL), &stored, NULL), BUS_OK);
        bus_sqlite_store_close(&file);
        if (i < 6)
            run_sql(damages[i]);
        else
            make_file(path, "this is no database, and longer than the header of one has to be");
        (void)open_file();
        assert_set_aside();
        assert_int_equal(put(bus_sqlite_store_table(file), &stored, NULL), BUS_OK);
        (void)subject_reopen(); /* the next time there is nothing to say */
        assert_string_equal(state_of(bus_sqlite_store_table(file)).text, "");
        assert_numbers(bus_sqlite_store_table(file), BUS_STORED_LETTER, (uint64_t[]){1}, 1);
        subject_close();
    }
}

static void requests_that_wait_are_bounded(void **state)
{
    struct bus_stored event = sample(BUS_STORED_EVENT, 1), letter = sample(BUS_STORED_LETTER, 1);
    const struct bus_store *store;
    uint32_t events = 0, letters = 0, i;

    (void)state;
    (void)folder_make();
    path = folder_path("bus.db");
    options = (struct bus_sqlite_store_options){.requests = 16};
    store = open_file();
    /* However fast the disk is, some are refused, and what was taken on is carried out. */
    for (i = 0; i < 20000; i++)
        events += store->put(store->context, &event, NULL, NULL);
    letters += store->put(store->context, &letter, NULL, NULL);
    assert_in_range(events, 14, 19999);
    assert_int_equal(letters, 1); /* an eighth is left for them */
    (void)next_of(store, BUS_STORED_EVENT, 0);
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, events);
    assert_int_equal(state_of(store).kinds[BUS_STORED_LETTER].count, letters);
    bus_sqlite_store_close(&file);
    folder_remove();
}

/* Closing carries out what waits. */
static void nothing_is_lost_by_closing(void **state)
{
    const struct bus_store *store = subject_open(NULL);
    struct bus_stored event = sample(BUS_STORED_EVENT, 1);
    uint32_t i;

    (void)state;
    for (i = 0; i < 1000; i++)
        assert_true(store->put(store->context, &event, NULL, NULL));
    store = subject_reopen();
    assert_int_equal(state_of(store).kinds[BUS_STORED_EVENT].count, 1000);
    subject_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_private_under_every_umask),
        cmocka_unit_test(links_and_open_folders_are_refused),
        cmocka_unit_test(every_name_is_that_of_a_file),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(two_buses_do_not_share_it),
        cmocka_unit_test(files_of_other_programs_stay_as_they_are),
        cmocka_unit_test(a_file_of_the_first_version_is_taken_on),
        cmocka_unit_test(a_file_of_the_second_version_is_taken_on),
        cmocka_unit_test(damaged_files_are_set_aside),
        cmocka_unit_test(an_emptied_file_is_told),
        cmocka_unit_test(requests_that_wait_are_bounded),
        cmocka_unit_test(nothing_is_lost_by_closing),
    };
    int failed = cmocka_run_group_tests_name("contract", contract_tests, NULL, NULL);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
