/*
 * Files that are damaged when the store is opened, a thousand of them: bits flipped, parts zeroed,
 * swapped, cut off, appended, of the database and of its log. Each is opened, or set aside with a
 * message, or refused for a header that says that it is of somebody else; whatever is read is read
 * without a crash, and the store works.
 *
 * covers: R9 M1 H2
 */
#include "script.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

enum { DAMAGES = 1000, FILE_MOST = 1 << 20, PAGE = 4096 };

struct contents {
    uint8_t bytes[FILE_MOST];
    size_t size;
};

static struct contents database, wal, damaged;

static void load(const char *from, struct contents *contents)
{
    int file = open(from, O_RDONLY);
    ssize_t got;

    assert_true(file >= 0);
    got = read(file, contents->bytes, FILE_MOST);
    assert_true(got > 0 && got < FILE_MOST);
    contents->size = (size_t)got;
    assert_int_equal(close(file), 0);
}

static void save(const char *to, const struct contents *contents)
{
    int file = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, contents->bytes, contents->size), contents->size);
    assert_int_equal(close(file), 0);
}

static void fill(const struct bus_store *store, uint32_t from, uint32_t to)
{
    static uint8_t large[20000];
    uint32_t i, k;

    for (i = from; i < to; i++)
        for (k = 1; k < BUS_STORED_KINDS; k++) {
            struct bus_stored stored = sample((enum bus_stored_kind)k, i);

            stored.once = i % 2 == 0;
            if (i % 10 == 0) {
                stored.bytes = large;
                stored.size = sizeof large;
            }
            assert_int_equal(put(store, &stored, NULL), BUS_OK);
        }
}

/* Most of it in its place, some in the log. */
static void make_pristine(void)
{
    struct bus_sqlite_store *file = NULL;
    uint8_t identity[64] = {1};
    char beside[300];
    const char *path;

    (void)folder_make();
    path = folder_path("bus.db");
    assert_int_equal(bus_sqlite_store_open(&file, path, NULL), BUS_OK);
    fill(bus_sqlite_store_table(file), 1, 40);
    assert_true(bus_sqlite_store_table(file)->identity(bus_sqlite_store_table(file)->context,
                                                       identity, true));
    bus_sqlite_store_close(&file);
    assert_int_equal(bus_sqlite_store_open(&file, path, NULL), BUS_OK);
    fill(bus_sqlite_store_table(file), 40, 60);
    load(path, &database);
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    load(beside, &wal);
    bus_sqlite_store_close(&file);
}

static void damage(struct contents *contents, uint64_t *random)
{
    size_t at = chance(random) % contents->size, size = 1 + chance(random) % PAGE, i;
    uint8_t kept[PAGE];
    uint64_t how = chance(random) % 8;

    /* The first page decides most. */
    if (chance(random) % 4 == 0)
        at = chance(random) % PAGE % contents->size;
    if (size > contents->size - at)
        size = contents->size - at;
    switch (how) {
    case 0:
        contents->bytes[at] ^= (uint8_t)(1u << chance(random) % 8);
        break;
    case 1:
        for (i = 0; i < 20; i++)
            contents->bytes[chance(random) % contents->size] ^= (uint8_t)(1 + chance(random) % 255);
        break;
    case 2:
        memset(contents->bytes + at, 0, size);
        break;
    case 3:
        for (i = 0; i < size; i++)
            contents->bytes[at + i] = (uint8_t)chance(random);
        break;
    case 4:
        contents->size = at;
        break;
    case 5: /* two pages change their places */
        at = at / PAGE * PAGE;
        i = chance(random) % contents->size / PAGE * PAGE;
        if (at + PAGE <= contents->size && i + PAGE <= contents->size) {
            memcpy(kept, contents->bytes + at, PAGE);
            memmove(contents->bytes + at, contents->bytes + i, PAGE);
            memcpy(contents->bytes + i, kept, PAGE);
        }
        break;
    case 6:
        memset(contents->bytes + at, 0xff, size);
        break;
    default:
        for (i = 0; i < size && contents->size < FILE_MOST; i++)
            contents->bytes[contents->size++] = (uint8_t)chance(random);
        break;
    }
}

static void use(const struct bus_store *store, uint64_t *random)
{
    uint8_t identity[64] = {9};
    uint32_t k, i;

    for (k = 1; k < BUS_STORED_KINDS; k++) {
        enum bus_stored_kind kind = (enum bus_stored_kind)k;
        struct bus_stored stored = sample(kind, 7);
        uint64_t after = 0;
        struct seen *seen;

        for (i = 0; i < 100 && (seen = next_of(store, kind, after)) != NULL; i++) {
            assert_true(seen->stored.number > after);
            after = seen->stored.number;
        }
        stored.once = true;
        stored.id.low = chance(random);
        if (state_of(store).condition == BUS_STORE_BROKEN)
            return; /* what nobody had looked at before was damaged: it says so */
        (void)put(store, &stored, NULL);
        if (state_of(store).condition != BUS_STORE_BROKEN)
            (void)take_out(store, kind, 1 + chance(random) % 60);
    }
    (void)store->identity(store->context, identity, true);
}

static void every_damage_is_survived(void **state)
{
    uint32_t i, sound = 0, aside = 0, refused = 0, broken = 0;
    uint64_t random = 9;
    const char *path;
    char beside[300];

    (void)state;
    make_pristine();
    for (i = 0; i < DAMAGES; i++) {
        struct bus_sqlite_store *file = NULL;
        uint64_t which = chance(&random) % 3;
        enum bus_status status;

        (void)folder_make();
        path = folder_path("bus.db");
        (void)snprintf(beside, sizeof beside, "%s-wal", path);
        damaged = database;
        if (which != 0)
            damage(&damaged, &random);
        save(path, &damaged);
        damaged = wal;
        if (which != 1)
            damage(&damaged, &random);
        save(beside, &damaged);
        status = bus_sqlite_store_open(&file, path, NULL);
        if (status != BUS_OK) {
            assert_int_equal(status, BUS_ERR_INVALID);
            assert_true(strstr(bus_last_error(), "later version") != NULL ||
                        strstr(bus_last_error(), "another program") != NULL);
            refused++;
            continue;
        }
        if (state_of(bus_sqlite_store_table(file)).text[0] != '\0')
            aside++;
        else
            sound++;
        use(bus_sqlite_store_table(file), &random);
        broken += state_of(bus_sqlite_store_table(file)).condition == BUS_STORE_BROKEN;
        bus_sqlite_store_close(&file);
    }
    print_message("%u opened (%u of them broke in use), %u set aside, %u refused\n", sound, broken,
                  aside, refused);
    /* The negative control: many damages are noticed, many files are good all the same. */
    assert_true(aside > DAMAGES / 10);
    assert_true(sound > DAMAGES / 10);
    assert_true(refused < DAMAGES / 20);
    folder_remove();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_damage_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
