/*
 * store/database.c - opening a database: what may be in the file, pragmas, migrations, figures.
 *
 * locking_mode=EXCLUSIVE keeps the index of the log in memory: there is no -shm file, and nobody
 * else reads while this bus lives. Checkpoints are asked for here alone, so that an fsync that
 * fails in one is noticed.
 */
#include "store/tables.h"

#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

static void say(struct database *database, const char *text, int code)
{
    (void)snprintf(database->text, sizeof database->text, "%s (SQLite %d)", text, code);
}

bool database_failed(struct database *database, int code)
{
    int kind = code & 0xff;

    if (database->condition == DATABASE_BROKEN)
        return false;
    database->condition = DATABASE_FAILING;
    database->no_memory = kind == SQLITE_NOMEM;
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        database->condition = DATABASE_BROKEN;
        say(database, "an fsync failed: what is on disk is not known", code);
    } else if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
        database->condition = DATABASE_BROKEN;
        say(database, "the file is damaged", code);
    } else if (kind == SQLITE_FULL) {
        say(database, "the disk is full", code);
    } else {
        say(database, sqlite3_errstr(code), code);
    }
    return false;
}

bool database_step(struct database *database, enum statement statement, bool *row)
{
    sqlite3_stmt *prepared = database->statements[statement];
    int code = sqlite3_step(prepared);

    if (row != NULL)
        *row = code == SQLITE_ROW;
    if (code == SQLITE_DONE || (row != NULL && code == SQLITE_ROW))
        return true;
    code = sqlite3_reset(prepared);
    return database_failed(database, code != SQLITE_OK ? code : SQLITE_INTERNAL);
}

/* ---- opening ---- */

static int on_commit_to_log(void *context, sqlite3 *sqlite, const char *name, int pages)
{
    struct database *database = context;

    (void)sqlite;
    (void)name;
    database->wal_pages = (uint32_t)pages;
    return SQLITE_OK;
}

static bool execute(struct database *database, const char *sql)
{
    int code = sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL);

    return code == SQLITE_OK || database_failed(database, code);
}

/* The one value of a statement, as a number, and as text where there is room for it. */
static bool ask(struct database *database, const char *sql, int64_t *number, char text[64])
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL);
    const unsigned char *value;

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        value = sqlite3_column_text(statement, 0);
        if (text != NULL)
            (void)snprintf(text, 64, "%.63s", value != NULL ? (const char *)value : "");
        code = sqlite3_errcode(database->sqlite) == SQLITE_NOMEM ? SQLITE_NOMEM : SQLITE_OK;
    } else if (code == SQLITE_DONE) {
        code = SQLITE_CORRUPT; /* each of them has a value */
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_OK || database_failed(database, code);
}

static enum database_found refuse(struct database *database, const char *why)
{
    (void)snprintf(database->text, sizeof database->text, "%s", why);
    return DATABASE_REFUSED;
}

static enum database_found damaged(struct database *database, const char *why)
{
    (void)snprintf(database->text, sizeof database->text, "%.200s", why);
    return DATABASE_DAMAGED;
}

/* What a failure means for the file. */
static enum database_found judge(const struct database *database)
{
    return database->condition == DATABASE_BROKEN ? DATABASE_DAMAGED : DATABASE_FAILED;
}

static enum database_found connect(struct database *database, const char *path)
{
    static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA mmap_size = 0;"
                                  "PRAGMA synchronous = FULL;";
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      SQLITE_OPEN_EXRESCODE;
    int64_t number;
    char mode[64] = "";
    int code = sqlite3_open_v2(path, &database->sqlite, flags, database->limits->vfs);

    if (code != SQLITE_OK) {
        (void)database_failed(database, code);
        return judge(database);
    }
    (void)sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_wal_hook(database->sqlite, on_commit_to_log, database);
    if (!execute(database, pragmas) || !ask(database, "PRAGMA journal_mode = WAL", &number, mode))
        return judge(database);
    if (strcmp(mode, "wal") != 0) {
        (void)snprintf(database->text, sizeof database->text, "no write-ahead log is possible");
        return DATABASE_FAILED;
    }
    return DATABASE_SOUND;
}

/* The name of a file that nothing changes while it is open; false: too long. */
static bool name_immutable(const char *path, char *name, size_t size)
{
    static const char rest[] = "?immutable=1";
    size_t at = (size_t)snprintf(name, size, "file:");

    for (; *path != '\0' && at + 3 + sizeof rest <= size; path++) {
        if (*path == '?' || *path == '#' || *path == '%')
            at += (size_t)snprintf(name + at, size - at, "%%%02x", (unsigned)*path);
        else
            name[at++] = *path;
    }
    memcpy(name + at, rest, *path == '\0' ? sizeof rest : 0);
    return *path == '\0';
}

/* To look only. Without a log the file is read as it stands, and nothing appears beside it; what is
 * in a log is read there, and stays there (database_close). */
static enum database_found connect_to_look(struct database *database, const char *path, bool logged)
{
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      SQLITE_OPEN_EXRESCODE;
    char name[3 * 4096];
    int code = SQLITE_CANTOPEN;

    if (logged)
        code = sqlite3_open_v2(path, &database->sqlite, flags, database->limits->vfs);
    else if (name_immutable(path, name, sizeof name))
        code = sqlite3_open_v2(name, &database->sqlite, flags | SQLITE_OPEN_URI,
                               database->limits->vfs);
    if (code == SQLITE_OK)
        code = sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (code != SQLITE_OK)
        (void)database_failed(database, code);
    if (code != SQLITE_OK || !execute(database, "PRAGMA trusted_schema = OFF;"
                                                "PRAGMA cell_size_check = ON;"
                                                "PRAGMA temp_store = MEMORY;"
                                                "PRAGMA mmap_size = 0;"))
        return judge(database);
    return DATABASE_SOUND;
}

static bool migrate(struct database *database, int64_t version)
{
    char numbers[128];

    if (version == SCHEMA_VERSION)
        return true;
    if (!execute(database, "BEGIN IMMEDIATE"))
        return false;
    for (; version < SCHEMA_VERSION; version++)
        if (!execute(database, schema_migrations[version]))
            return false;
    (void)snprintf(numbers, sizeof numbers,
                   "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                   SCHEMA_APPLICATION, SCHEMA_VERSION);
    return execute(database, numbers);
}

/* Sound, ours, and of a version that is known; *version is that. */
static enum database_found look(struct database *database, int64_t *version)
{
    int64_t application, tables, ours, number;
    char verdict[64] = "";

    if (!ask(database, "PRAGMA quick_check(1)", &number, verdict))
        return judge(database);
    if (strcmp(verdict, "ok") != 0)
        return damaged(database, verdict);
    if (!ask(database, "PRAGMA application_id", &application, NULL) ||
        !ask(database, "PRAGMA user_version", version, NULL) ||
        !ask(database, "SELECT count(*) FROM sqlite_schema", &tables, NULL) ||
        !ask(database,
             "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('event',"
             " 'letter', 'scheduled', 'kind', 'known', 'bus')",
             &ours, NULL))
        return judge(database);
    if (tables == 0 && application == 0 && *version == 0)
        return DATABASE_SOUND;
    if (application != SCHEMA_APPLICATION && ours != 6)
        return refuse(database, "it is the file of another program");
    if (application == SCHEMA_APPLICATION && *version > SCHEMA_VERSION)
        return refuse(database, "it was written by a later version of busgen::store");
    if (application != SCHEMA_APPLICATION || *version < 1 || ours != 6)
        return damaged(database, "its header or its tables are not what they were");
    return DATABASE_SOUND;
}

static bool prepare(struct database *database)
{
    uint32_t i;

    for (i = 0; i < STATEMENTS; i++) {
        int code = sqlite3_prepare_v3(database->sqlite, schema_statements[i], -1,
                                      SQLITE_PREPARE_PERSISTENT, &database->statements[i], NULL);

        /* A table that is not as it should be. */
        if (code != SQLITE_OK)
            return database_failed(database, code == SQLITE_ERROR ? SQLITE_CORRUPT : code);
    }
    return true;
}

static bool count(struct database *database)
{
    struct database_figures *now = &database->now;
    sqlite3_stmt **statements = database->statements;
    bool row;
    int i;

    for (i = 1; i < BUS_STORED_KINDS; i++) {
        sqlite3_stmt *counting = statements[STATEMENT_COUNT_EVENT + i - 1];
        struct bus_store_figures *kind = &now->kinds[i];

        if (!database_step(database, STATEMENT_COUNT_EVENT + (enum statement)i - 1, &row))
            return false;
        kind->count = (uint64_t)sqlite3_column_int64(counting, 0);
        kind->bytes = (uint64_t)sqlite3_column_int64(counting, 1);
        kind->last = (uint64_t)sqlite3_column_int64(counting, 2);
        (void)sqlite3_reset(counting);
        (void)sqlite3_bind_int(statements[STATEMENT_LAST_READ], 1, i);
        if (!database_step(database, STATEMENT_LAST_READ, &row))
            return false;
        if (row)
            now->written_last[i] =
                (uint64_t)sqlite3_column_int64(statements[STATEMENT_LAST_READ], 0);
        (void)sqlite3_reset(statements[STATEMENT_LAST_READ]);
        if (!row || now->written_last[i] >> 63 != 0)
            return database_failed(database, SQLITE_CORRUPT);
        if (kind->last < now->written_last[i])
            kind->last = now->written_last[i];
    }
    if (!database_step(database, STATEMENT_KNOWN_COUNT, &row))
        return false;
    now->known = (uint64_t)sqlite3_column_int64(statements[STATEMENT_KNOWN_COUNT], 0);
    (void)sqlite3_reset(statements[STATEMENT_KNOWN_COUNT]);
    database->committed = *now;
    return true;
}

enum database_found database_open(struct database *database, const char *path, bool logged)
{
    bool looking = database->limits->read_only;
    enum database_found found =
        looking ? connect_to_look(database, path, logged) : connect(database, path);
    int64_t version = 0;

    if (found == DATABASE_SOUND)
        found = look(database, &version);
    if (found == DATABASE_SOUND && looking && version < SCHEMA_VERSION)
        found = refuse(database, version == 0 ? "nothing was ever kept in it"
                                              : "it is of an earlier version of busgen::store: the "
                                                "program that uses it brings it up to date");
    if (found == DATABASE_SOUND &&
        (!migrate(database, version) || !prepare(database) || !count(database)))
        found = judge(database);
    if (found == DATABASE_DAMAGED && looking)
        found = DATABASE_REFUSED;
    if (found != DATABASE_SOUND)
        database_close(database);
    database->condition = DATABASE_FINE;
    return found;
}

void database_close(struct database *database)
{
    uint32_t i;

    for (i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(database->statements[i]);
        database->statements[i] = NULL;
    }
    /* Closing moves the log to its place: not in a file that is not to be touched. */
    if (database->sqlite != NULL && database->condition == DATABASE_BROKEN)
        (void)sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    (void)sqlite3_close(database->sqlite);
    database->sqlite = NULL;
    if (database->room != NULL)
        database->os->release(database->os->context, database->room, database->room_size);
    database->room = NULL;
    database->room_size = 0;
}

void database_checkpoint(struct database *database)
{
    int code;

    if (database->condition == DATABASE_BROKEN || database->wal_pages < database->limits->log_pages)
        return;
    database->wal_pages = 0; /* tried again when there is as much again */
    code = sqlite3_wal_checkpoint_v2(database->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (code != SQLITE_OK)
        (void)database_failed(database, code);
}
