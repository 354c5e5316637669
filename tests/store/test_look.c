/*
 * A store that is opened only to look: it shows what is kept, and nothing of it changes, neither
 * the file, nor its log, nor what lies beside them.
 *
 * covers: M1 R19
 */
#include "contract.h"

#include <bus/sqlite_store.h>

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

static const struct bus_sqlite_store_options looking = {.read_only = true};

/* All files of the folder: names, sizes, times and bytes, as one number. */
static uint64_t picture(void)
{
    DIR *entries = opendir(folder_path("."));
    const struct dirent *entry;
    uint64_t sum = 0;

    assert_non_null(entries);
    while ((entry = readdir(entries)) != NULL) {
        const char *name = entry->d_name;
        uint64_t hash = 14695981039346656037u;
        struct stat found;
        FILE *file;
        int byte;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        assert_int_equal(stat(folder_path(name), &found), 0);
        file = fopen(folder_path(name), "rb");
        assert_non_null(file);
        for (; *name != '\0'; name++)
            hash = (hash ^ (uint8_t)*name) * 1099511628211u;
        while ((byte = fgetc(file)) != EOF)
            hash = (hash ^ (uint64_t)byte) * 1099511628211u;
        (void)fclose(file);
        sum += hash ^ (uint64_t)found.st_mtim.tv_nsec ^ (uint64_t)found.st_mode << 40;
    }
    (void)closedir(entries);
    return sum;
}

static struct bus_sqlite_store *opened(const struct bus_sqlite_store_options *options)
{
    struct bus_sqlite_store *file = NULL;

    if (bus_sqlite_store_open(&file, folder_path("bus.db"), options) != BUS_OK)
        fail_msg("%s", bus_last_error());
    return file;
}

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(folder_path(from), "rb"), *out = fopen(folder_path(to), "wb");
    int byte;

    assert_non_null(in);
    assert_non_null(out);
    while ((byte = fgetc(in)) != EOF)
        (void)fputc(byte, out);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* Letters 1 and 2. */
static void fill(void)
{
    struct bus_sqlite_store *file = opened(NULL);
    struct bus_stored stored = sample(BUS_STORED_LETTER, 5);

    assert_int_equal(put(bus_sqlite_store_table(file), &stored, NULL), BUS_OK);
    assert_int_equal(put(bus_sqlite_store_table(file), &stored, NULL), BUS_OK);
    bus_sqlite_store_close(&file);
}

static void assert_refused(enum bus_status status, const char *why)
{
    struct bus_sqlite_store *file = NULL;
    uint64_t before = picture();

    assert_int_equal(bus_sqlite_store_open(&file, folder_path("bus.db"), &looking), status);
    assert_null(file);
    if (strstr(bus_last_error(), why) == NULL)
        fail_msg("no '%s' in: %s", why, bus_last_error());
    assert_true(picture() == before);
}

static void it_shows_and_changes_nothing(void **state)
{
    struct bus_stored stored = sample(BUS_STORED_LETTER, 5), other = stored;
    const struct bus_store *store;
    struct bus_sqlite_store *file;
    uint8_t identity[64] = {1};
    uint64_t before;

    (void)state;
    (void)folder_make();
    fill();
    before = picture();
    file = opened(&looking);
    store = bus_sqlite_store_table(file);
    assert_numbers(store, BUS_STORED_LETTER, (uint64_t[]){1, 2}, 2);
    assert_same(&next_of(store, BUS_STORED_LETTER, 1)->stored, &stored);
    assert_int_equal(state_of(store).kinds[BUS_STORED_LETTER].count, 2);
    other.number = 0;
    assert_false(store->put(store->context, &other, NULL, NULL));
    assert_false(store->change(store->context, &stored, NULL, NULL));
    assert_false(store->remove(store->context, BUS_STORED_LETTER, 1, NULL, NULL));
    assert_false(store->identity(store->context, identity, true));
    assert_int_equal(state_of(store).condition, BUS_STORE_FINE);
    bus_sqlite_store_close(&file);
    assert_true(picture() == before);
    folder_remove();
}

/* As a killed program leaves it: what was acknowledged last is in the log alone. */
static void a_log_is_read_where_it_is(void **state)
{
    struct bus_stored stored = sample(BUS_STORED_LETTER, 5);
    struct bus_sqlite_store *file;
    uint64_t before;

    (void)state;
    (void)folder_make();
    fill();
    file = opened(NULL);
    assert_int_equal(put(bus_sqlite_store_table(file), &stored, NULL), BUS_OK);
    copy_file("bus.db", "copy");
    copy_file("bus.db-wal", "copy-wal");
    bus_sqlite_store_close(&file);
    assert_int_equal(rename(folder_path("copy"), folder_path("bus.db")), 0);
    assert_int_equal(rename(folder_path("copy-wal"), folder_path("bus.db-wal")), 0);
    before = picture();
    file = opened(&looking);
    assert_numbers(bus_sqlite_store_table(file), BUS_STORED_LETTER, (uint64_t[]){1, 2, 3}, 3);
    bus_sqlite_store_close(&file);
    assert_true(picture() == before);
    file = opened(NULL); /* and nothing was taken from who comes next */
    assert_numbers(bus_sqlite_store_table(file), BUS_STORED_LETTER, (uint64_t[]){1, 2, 3}, 3);
    bus_sqlite_store_close(&file);
    folder_remove();
}

static void names_are_taken_as_they_are(void **state)
{
    static const char *const names[] = {"a?mode=memory", "50%25.db", "a#b.db", "file:x"};
    struct bus_sqlite_store *file = NULL;
    size_t i;

    (void)state;
    (void)folder_make();
    fill();
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        copy_file("bus.db", names[i]);
        if (bus_sqlite_store_open(&file, folder_path(names[i]), &looking) != BUS_OK)
            fail_msg("%s: %s", names[i], bus_last_error());
        assert_numbers(bus_sqlite_store_table(file), BUS_STORED_LETTER, (uint64_t[]){1, 2}, 2);
        bus_sqlite_store_close(&file);
    }
    folder_remove();
}

static void run_sql(const char *sql)
{
    sqlite3 *database = NULL;

    assert_int_equal(sqlite3_open(folder_path("bus.db"), &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_int_equal(sqlite3_close(database), SQLITE_OK);
}

static void what_cannot_be_shown_is_refused_and_left_alone(void **state)
{
    struct bus_sqlite_store *owner;
    FILE *file;

    (void)state;
    (void)folder_make();
    assert_refused(BUS_ERR_INVALID, "is not there");
    file = fopen(folder_path("bus.db"), "wb");
    assert_non_null(file);
    (void)fclose(file);
    assert_refused(BUS_ERR_INVALID, "is empty");
    assert_int_equal(unlink(folder_path("bus.db")), 0);
    owner = opened(NULL);
    assert_refused(BUS_ERR_STATE, "in use by another bus");
    bus_sqlite_store_close(&owner);
    run_sql(SQL_TO_VERSION_1);
    assert_refused(BUS_ERR_INVALID, "earlier version");
    run_sql("PRAGMA user_version = 9");
    assert_refused(BUS_ERR_INVALID, "later version");
    run_sql("PRAGMA user_version = 3; DROP TABLE known");
    assert_refused(BUS_ERR_INVALID, "bus.db");
    file = fopen(folder_path("bus.db"), "wb");
    assert_non_null(file);
    (void)fputs("this is no database, and longer than the header of one has to be", file);
    (void)fclose(file);
    assert_refused(BUS_ERR_INVALID, "damaged");
    folder_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_and_changes_nothing),
        cmocka_unit_test(a_log_is_read_where_it_is),
        cmocka_unit_test(names_are_taken_as_they_are),
        cmocka_unit_test(what_cannot_be_shown_is_refused_and_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
