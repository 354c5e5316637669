/*
 * store.c - what it costs to have a message on disk, by how many go together: requests to
 * busgen::store, of which so many are made at once and waited for, beside a bare loop of SQLite
 * that inserts the same rows into the same table, so many in a transaction, with the same settings.
 *
 * And a restart: durable events that a bus left on disk, through the next one to their handler.
 *
 * All write to /var/tmp. The disk's fsync is most of it where few go together.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include <bus/sqlite_store.h>

#include "harness.h"
#include "ours.h"
#include "state.bus.h"

enum { BYTES = 128, LOT = 1000 };

#define WHAT "one event of 128 bytes on disk, fsync included; together: "

static const struct bench_case cases[] = {
    {.name = "store-1",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = WHAT "1",
     .count = 200,
     .threads = true,
     .runs = 7},
    {.name = "store-16",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = WHAT "16",
     .count = 200 * 16,
     .threads = true,
     .runs = 7},
    {.name = "store-128",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = WHAT "128",
     .count = 100 * 128,
     .threads = true,
     .runs = 7},
    {.name = "store-256",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = WHAT "256",
     .count = 100 * 256,
     .threads = true,
     .runs = 7},
    {.name = "store-4096",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = WHAT "4096",
     .count = 30 * 4096,
     .threads = true,
     .runs = 7},
    {.name = "restart",
     .kind = BENCH_FIGURE,
     .unit = "ns/event",
     .what = "100,000 durable events of six fields, published; left on disk; and through the next "
             "bus to their handler",
     .count = 100000,
     .threads = true,
     .runs = 5},
    {.name = NULL},
};

/* ---- a folder ---- */

static char folder[64];

static const char *path_in_folder(const char *suffix)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/bench.db%s", folder, suffix);
    return path;
}

static bool make_folder(void)
{
    (void)snprintf(folder, sizeof folder, "/var/tmp/busgen-bench-XXXXXX");
    if (mkdtemp(folder) != NULL)
        return true;
    perror(folder);
    return false;
}

static void remove_folder(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};

    for (unsigned i = 0; i < 4; i++)
        (void)unlink(path_in_folder(suffixes[i]));
    (void)rmdir(folder);
}

/* ---- ours ---- */

struct group_of_puts {
    pthread_mutex_t mutex;
    pthread_cond_t done;
    uint64_t left;
    uint64_t failed;
};

static void on_disk(void *to, enum bus_status status, uint64_t number)
{
    struct group_of_puts *group = to;

    (void)number;
    pthread_mutex_lock(&group->mutex);
    group->failed += status != BUS_OK;
    if (--group->left == 0)
        pthread_cond_signal(&group->done);
    pthread_mutex_unlock(&group->mutex);
}

static struct bus_stored event_of(uint64_t i, const uint8_t *bytes)
{
    return (struct bus_stored){.kind = BUS_STORED_EVENT,
                               .id = {i << 16 | 0x7000, i},
                               .message = "bench.order_placed",
                               .type_id = UINT64_C(0x0123456789abcdef),
                               .schema_version = 1,
                               .has_key = true,
                               .key_hash = i * UINT64_C(0x9e3779b97f4a7c15),
                               .published_ns = UINT64_C(1790000000000000000) + i,
                               .bytes = bytes,
                               .size = BYTES};
}

static bool put_group(const struct bus_store *store, uint64_t first, uint64_t size)
{
    struct group_of_puts group = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, size, 0};
    uint8_t bytes[BYTES] = {1};

    for (uint64_t i = 0; i < size; i++) {
        const struct bus_stored event = event_of(first + i, bytes);

        if (!store->put(store->context, &event, on_disk, &group))
            on_disk(&group, BUS_ERR_LIMIT, 0);
    }
    pthread_mutex_lock(&group.mutex);
    while (group.left > 0)
        pthread_cond_wait(&group.done, &group.mutex);
    pthread_mutex_unlock(&group.mutex);
    return group.failed == 0;
}

static double ours(uint64_t count, uint64_t size)
{
    struct bus_sqlite_store_options options = {.entries = UINT32_MAX, .bytes = UINT64_MAX / 2};
    struct bus_sqlite_store *file = NULL;
    const struct bus_store *store;
    uint64_t begin, end, done = 0;
    bool well;

    if (!make_folder() || bus_sqlite_store_open(&file, path_in_folder(""), &options) != BUS_OK) {
        (void)fprintf(stderr, "store: %s\n", bus_last_error());
        return -1;
    }
    store = bus_sqlite_store_table(file);
    begin = now_ns();
    do {
        well = put_group(store, done, size);
        done += size;
    } while (well && done < count);
    end = now_ns();
    bus_sqlite_store_close(&file);
    remove_folder();
    if (!well)
        (void)fprintf(stderr, "store: a put failed\n");
    return well ? (double)(end - begin) / (double)done : -1;
}

/* ---- SQLite alone ---- */

/* As runtime/store/schema.c makes it. */
static const char table[] =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE event (number INTEGER PRIMARY KEY CHECK (number > 0),"
    " id BLOB NOT NULL CHECK (length(id) = 16), message TEXT NOT NULL, type_id INTEGER NOT NULL,"
    " schema_version INTEGER NOT NULL, session TEXT NOT NULL, key_hash INTEGER,"
    " published_ns INTEGER NOT NULL, deadline_ns INTEGER, correlation BLOB, causation BLOB,"
    " trace BLOB, bytes BLOB NOT NULL, counted INTEGER NOT NULL, once INTEGER NOT NULL) STRICT";
static const char insertion[] =
    "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* Parameters 9 to 12 stay NULL. */
static bool insert(sqlite3_stmt *statement, uint64_t i, const uint8_t *bytes)
{
    const struct bus_stored event = event_of(i, bytes);

    (void)sqlite3_bind_int64(statement, 1, (int64_t)i + 1);
    (void)sqlite3_bind_blob(statement, 2, &event.id, 16, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 3, event.message, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 4, (int64_t)event.type_id);
    (void)sqlite3_bind_int64(statement, 5, event.schema_version);
    (void)sqlite3_bind_text(statement, 6, "", 0, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 7, (int64_t)event.key_hash);
    (void)sqlite3_bind_int64(statement, 8, (int64_t)event.published_ns);
    (void)sqlite3_bind_blob(statement, 13, event.bytes, BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 14, BYTES);
    (void)sqlite3_bind_int64(statement, 15, 0);
    return sqlite3_step(statement) == SQLITE_DONE && sqlite3_reset(statement) == SQLITE_OK;
}

static bool run(sqlite3_stmt *statement)
{
    return sqlite3_step(statement) == SQLITE_DONE && sqlite3_reset(statement) == SQLITE_OK;
}

struct bare {
    sqlite3 *database;
    sqlite3_stmt *begin, *insert, *commit;
};

static bool open_bare(struct bare *bare)
{
    return make_folder() && sqlite3_open(path_in_folder(""), &bare->database) == SQLITE_OK &&
           sqlite3_exec(bare->database, table, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(bare->database, "BEGIN IMMEDIATE", -1, &bare->begin, NULL) ==
               SQLITE_OK &&
           sqlite3_prepare_v2(bare->database, "COMMIT", -1, &bare->commit, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(bare->database, insertion, -1, &bare->insert, NULL) == SQLITE_OK;
}

static void close_bare(struct bare *bare)
{
    (void)sqlite3_finalize(bare->begin);
    (void)sqlite3_finalize(bare->insert);
    (void)sqlite3_finalize(bare->commit);
    (void)sqlite3_close(bare->database);
    remove_folder();
}

static double alone(uint64_t count, uint64_t size)
{
    struct bare bare = {.database = NULL};
    uint8_t bytes[BYTES] = {1};
    bool well = open_bare(&bare);
    uint64_t begin = now_ns(), end, done = 0;

    while (well && (done == 0 || done < count)) {
        well = run(bare.begin);
        for (uint64_t i = 0; well && i < size; i++)
            well = insert(bare.insert, done + i, bytes);
        well = well && run(bare.commit);
        done += size;
    }
    end = now_ns();
    if (!well)
        (void)fprintf(stderr, "store: %s\n", sqlite3_errmsg(bare.database));
    close_bare(&bare);
    return well ? (double)(end - begin) / (double)done : -1;
}

/* ---- a restart ---- */

struct taker {
    uint64_t taken;
    bool wrong; /* they come in order */
};

static enum bus_verdict take(void *context, const struct bench_state_order_kept *event,
                             struct bus_delivery *delivery)
{
    struct taker *taker = context;

    (void)delivery;
    taker->wrong = taker->wrong || event->order_id != taker->taken;
    taker->taken++;
    return BUS_DONE;
}

/* A bus in the file; `taker` handles, unless it is NULL. */
static bool open_bus_there(struct bus_sqlite_store **file, struct bus **bus, struct taker *taker)
{
    return bus_sqlite_store_open(file, path_in_folder(""), NULL) == BUS_OK &&
           bus_open(bus, &(struct bus_options){.schema = &bench_state_schema,
                                               .store = bus_sqlite_store_table(*file),
                                               .workers = 1}) == BUS_OK &&
           (taker == NULL || bench_state_order_kept_subscribe(*bus, take, taker, NULL) == BUS_OK);
}

static bool close_bus_there(struct bus_sqlite_store **file, struct bus **bus)
{
    bool closed = bus_close(bus) == BUS_OK;

    if (closed)
        bus_sqlite_store_close(file);
    return closed;
}

/* `together` of them at once, at most LOT. On a bus that is not started, so they stay on disk. */
static bool publish_all(struct bus *bus, uint64_t count, uint32_t together)
{
    static struct bench_state_order_kept events[LOT];

    for (uint64_t i = 0; i < count; i += together) {
        uint32_t lot = (uint32_t)(count - i < together ? count - i : together), k;

        for (k = 0; k < lot; k++) {
            struct bench_order_placed message = message_of(i + k);

            events[k] = (struct bench_state_order_kept){.order_id = i + k,
                                                        .customer_id = message.customer_id,
                                                        .quantity = message.quantity,
                                                        .price = message.price,
                                                        .symbol = message.symbol,
                                                        .note = message.note};
        }
        if (!bus_accepted(together == 1
                              ? bench_state_order_kept_publish(bus, events)
                              : bench_state_order_kept_publish_many(bus, events, lot, NULL, NULL)))
            return false;
    }
    return true;
}

/* One by one, and on: what the disk takes for each alone is most of a minute for all of them. */
static bool leave_behind(uint64_t count, double *alone, double *together)
{
    uint64_t few = count / 500 + 1, begin = now_ns(), between;
    struct bus_sqlite_store *file = NULL;
    struct bus *bus = NULL;
    bool well = open_bus_there(&file, &bus, NULL);

    begin = now_ns();
    well = well && publish_all(bus, few, 1);
    between = now_ns();
    *alone = (double)(between - begin) / (double)few;
    well = close_bus_there(&file, &bus) && well;
    remove_folder();
    if (!well || !make_folder() || !open_bus_there(&file, &bus, NULL))
        return false;
    begin = now_ns();
    well = publish_all(bus, count, LOT);
    *together = (double)(now_ns() - begin) / (double)count;
    return close_bus_there(&file, &bus) && well;
}

static bool restart(uint64_t count, struct figures *figures)
{
    double alone = -1, together = -1;
    uint64_t begin, opened = 0, started = 0, end = 0;
    struct bus_sqlite_store *file = NULL;
    struct taker taker = {.taken = 0};
    struct bus *bus = NULL;
    bool well = make_folder() && leave_behind(count, &alone, &together);

    begin = now_ns();
    well = well && open_bus_there(&file, &bus, &taker);
    opened = now_ns();
    well = well && bus_start(bus) == BUS_OK;
    started = now_ns();
    well = well && bus_wait_idle(bus, 100 * BUS_SECOND) == BUS_OK && taker.taken == count &&
           !taker.wrong;
    end = now_ns();
    if (!well)
        (void)fprintf(stderr, "restart: %s\n", bus_last_error());
    well = (bus == NULL || bus_stop(bus, 10 * BUS_SECOND, NULL) == BUS_OK) && well;
    well = close_bus_there(&file, &bus) && well;
    remove_folder();
    figures_add(figures, "published one by one", "ns/event", alone);
    figures_add(figures, "published many at once", "ns/event", together);
    figures_add(figures, "store and bus opened", "ms", (double)(opened - begin) / 1e6);
    figures_add(figures, "bus_start", "ms", (double)(started - opened) / 1e6);
    figures_add(figures, "loaded and handled", "events/s",
                (double)count * 1e9 / (double)(end - opened));
    return well;
}

/* ---- contestants ---- */

/* Durable events; the call returns when they are on disk. */
static double published(uint64_t count, uint32_t together)
{
    struct bus_sqlite_store *file = NULL;
    struct bus *bus = NULL;
    bool well = make_folder() && open_bus_there(&file, &bus, NULL);
    uint64_t begin = now_ns(), end;

    well = well && publish_all(bus, count, together);
    end = now_ns();
    if (!well)
        (void)fprintf(stderr, "store: %s\n", bus_last_error());
    well = close_bus_there(&file, &bus) && well;
    remove_folder();
    return well ? (double)(end - begin) / (double)count : -1;
}

static double published_1(uint64_t count)
{
    return published(count, 1);
}

static double published_16(uint64_t count)
{
    return published(count, 16);
}

static double published_128(uint64_t count)
{
    return published(count, 128);
}

static double ours_1(uint64_t count)
{
    return ours(count, 1);
}

static double ours_16(uint64_t count)
{
    return ours(count, 16);
}

static double ours_128(uint64_t count)
{
    return ours(count, 128);
}

static double ours_256(uint64_t count)
{
    return ours(count, 256);
}

static double ours_4096(uint64_t count)
{
    return ours(count, 4096);
}

static double alone_1(uint64_t count)
{
    return alone(count, 1);
}

static double alone_16(uint64_t count)
{
    return alone(count, 16);
}

static double alone_128(uint64_t count)
{
    return alone(count, 128);
}

static double alone_256(uint64_t count)
{
    return alone(count, 256);
}

static double alone_4096(uint64_t count)
{
    return alone(count, 4096);
}

#define OURS "bus_store.put of so many, then the wait for the last; one transaction where they meet"
#define ALONE "limit: SQLite alone"
#define PUBLISHED "busgen, published"
#define PUBLISH                                                                                    \
    "durable event, ..._publish or ..._publish_many of so many; accepted when they are on disk"
#define LOOP "prepared INSERT of the same values, so many in a transaction; WAL, synchronous=FULL"

static const struct contestant contestants[] = {
    {.bench = "store-1", .name = "busgen", .path = OURS, .run = ours_1},
    {.bench = "store-1", .name = PUBLISHED, .path = PUBLISH, .run = published_1},
    {.bench = "store-1", .name = ALONE, .path = LOOP, .run = alone_1},
    {.bench = "store-16", .name = "busgen", .path = OURS, .run = ours_16},
    {.bench = "store-16", .name = PUBLISHED, .path = PUBLISH, .run = published_16},
    {.bench = "store-16", .name = ALONE, .path = LOOP, .run = alone_16},
    {.bench = "store-128", .name = "busgen", .path = OURS, .run = ours_128},
    {.bench = "store-128", .name = PUBLISHED, .path = PUBLISH, .run = published_128},
    {.bench = "store-128", .name = ALONE, .path = LOOP, .run = alone_128},
    {.bench = "store-256", .name = "busgen", .path = OURS, .run = ours_256},
    {.bench = "store-256", .name = ALONE, .path = LOOP, .run = alone_256},
    {.bench = "store-4096", .name = "busgen", .path = OURS, .run = ours_4096},
    {.bench = "store-4096", .name = ALONE, .path = LOOP, .run = alone_4096},
    {.bench = "restart",
     .name = "busgen",
     .path = "..._publish, ..._publish_many before bus_start; bus_close; then the next bus, one "
             "worker, from bus_start until all are handled and removed",
     .figures = restart},
    {.name = NULL},
};

extern const struct group store_group;
const struct group store_group = {.name = "store", .cases = cases, .contestants = contestants};
