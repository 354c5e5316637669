/*
 * store/tables.c - entries in and out of a database.
 *
 * Figures are kept beside the tables and taken back with a transaction. The highest number given is
 * that of the last row, or in `kind`: it is written there when a row goes whose number nobody could
 * tell any more.
 */
#include "store/tables.h"

#include <string.h>

static enum statement of_kind(enum statement first, enum bus_stored_kind kind)
{
    return (enum statement)((int)first + (int)kind - 1);
}

static sqlite3_stmt *prepared(struct database *database, enum statement statement)
{
    return database->statements[statement];
}

static bool run(struct database *database, enum statement statement)
{
    if (!database_step(database, statement, NULL))
        return false;
    (void)sqlite3_reset(prepared(database, statement));
    return true;
}

/* ---- transactions ---- */

bool database_begin(struct database *database)
{
    return run(database, STATEMENT_BEGIN);
}

bool database_commit(struct database *database)
{
    if (!run(database, STATEMENT_COMMIT))
        return false;
    database->committed = database->now;
    database->condition = DATABASE_FINE;
    database->no_memory = false;
    return true;
}

void database_roll_back(struct database *database)
{
    enum database_condition condition = database->condition;
    char text[BUS_STORE_TEXT_SIZE];

    /* After some errors SQLite has done so itself; what it says then is not what went wrong. */
    memcpy(text, database->text, sizeof text);
    if (sqlite3_get_autocommit(database->sqlite) == 0)
        (void)run(database, STATEMENT_ROLLBACK);
    memcpy(database->text, text, sizeof text);
    if (database->condition != DATABASE_BROKEN)
        database->condition = condition;
    database->now = database->committed;
}

static bool is_full(const struct database *database, const struct bus_store_figures *kind,
                    uint64_t bytes)
{
    return kind->count >= database->limits->entries ||
           kind->bytes + bytes > database->limits->bytes;
}

bool database_is_full(const struct database *database)
{
    uint32_t i;

    for (i = 1; i < BUS_STORED_KINDS; i++)
        if (is_full(database, &database->committed.kinds[i], 1))
            return true;
    return false;
}

/* ---- values ---- */

static void to_bytes(uint8_t bytes[8], uint64_t value)
{
    int i;

    for (i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t from_bytes(const uint8_t bytes[8])
{
    uint64_t value = 0;
    int i;

    for (i = 0; i < 8; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* Columns and parameters of a statement that puts are numbered alike, from 0 and from 1. */
static int parameter(enum column column)
{
    return (int)column + 1;
}

static void bind_number(sqlite3_stmt *statement, enum column column, uint64_t value)
{
    (void)sqlite3_bind_int64(statement, parameter(column), (int64_t)value);
}

static void bind_optional(sqlite3_stmt *statement, enum column column, bool has, uint64_t value)
{
    if (has)
        bind_number(statement, column, value);
    else
        (void)sqlite3_bind_null(statement, parameter(column));
}

/* `room` lives until the statement has run, as everything that is bound here. */
static void bind_uuid(sqlite3_stmt *statement, enum column column, struct bus_uuid uuid,
                      uint8_t room[32])
{
    to_bytes(room, uuid.high);
    to_bytes(room + 8, uuid.low);
    (void)sqlite3_bind_blob(statement, parameter(column), room, 16, SQLITE_STATIC);
}

static void bind_optional_uuid(sqlite3_stmt *statement, enum column column, struct bus_uuid uuid,
                               uint8_t room[32])
{
    if ((uuid.high | uuid.low) != 0)
        bind_uuid(statement, column, uuid, room);
    else
        (void)sqlite3_bind_null(statement, parameter(column));
}

static void bind_text(sqlite3_stmt *statement, enum column column, const char *text)
{
    (void)sqlite3_bind_text(statement, parameter(column), text, -1, SQLITE_STATIC);
}

static void bind_trace(sqlite3_stmt *statement, const struct bus_trace *trace, uint8_t room[32])
{
    static const struct bus_trace none = {.flags = 0};

    if (memcmp(trace, &none, sizeof none) == 0) {
        (void)sqlite3_bind_null(statement, parameter(COLUMN_TRACE));
        return;
    }
    memcpy(room, trace->trace_id, 16);
    memcpy(room + 16, trace->parent_id, 8);
    room[24] = trace->flags;
    (void)sqlite3_bind_blob(statement, parameter(COLUMN_TRACE), room, 25, SQLITE_STATIC);
}

static uint64_t counted(const struct bus_stored *stored)
{
    return stored->size + strlen(stored->message) + strlen(stored->session) +
           strlen(stored->handler) + 3;
}

static void bind_letter(sqlite3_stmt *statement, const struct bus_stored *stored)
{
    bind_text(statement, COLUMN_HANDLER, stored->handler);
    bind_number(statement, COLUMN_REASON, (uint64_t)stored->reason);
    bind_number(statement, COLUMN_CATEGORY, (uint64_t)stored->error.category);
    bind_number(statement, COLUMN_SEVERITY, (uint64_t)stored->error.severity);
    bind_number(statement, COLUMN_CODE, (uint64_t)(int64_t)stored->error.code);
    bind_number(statement, COLUMN_TRANSIENT, stored->error.transient);
    bind_text(statement, COLUMN_TEXT, stored->error.text);
    bind_number(statement, COLUMN_ATTEMPTS, stored->attempts);
    bind_number(statement, COLUMN_REPLAYS, stored->replays);
    bind_number(statement, COLUMN_FIRST_NS, stored->first_ns);
    bind_number(statement, COLUMN_LAST_NS, stored->last_ns);
}

static void bind_entry(struct database *database, sqlite3_stmt *statement,
                       const struct bus_stored *stored, uint64_t number, uint64_t bytes)
{
    bind_number(statement, COLUMN_NUMBER, number);
    bind_uuid(statement, COLUMN_ID, stored->id, database->bound[0]);
    bind_text(statement, COLUMN_MESSAGE, stored->message);
    bind_number(statement, COLUMN_TYPE_ID, stored->type_id);
    bind_number(statement, COLUMN_SCHEMA_VERSION, stored->schema_version);
    bind_optional(statement, COLUMN_SCHEMA_FINGERPRINT, stored->schema_fingerprint != 0,
                  stored->schema_fingerprint);
    bind_text(statement, COLUMN_SESSION, stored->session);
    bind_optional(statement, COLUMN_KEY_HASH, stored->has_key, stored->key_hash);
    bind_number(statement, COLUMN_PUBLISHED_NS, stored->published_ns);
    bind_optional(statement, COLUMN_DEADLINE_NS, stored->deadline_ns != 0, stored->deadline_ns);
    bind_optional_uuid(statement, COLUMN_CORRELATION, stored->correlation, database->bound[1]);
    bind_optional_uuid(statement, COLUMN_CAUSATION, stored->causation, database->bound[2]);
    bind_trace(statement, &stored->trace, database->bound[3]);
    (void)sqlite3_bind_blob64(statement, parameter(COLUMN_BYTES), stored->bytes, stored->size,
                              SQLITE_STATIC);
    bind_number(statement, COLUMN_COUNTED, bytes);
    if (stored->kind == BUS_STORED_EVENT) {
        bind_number(statement, COLUMN_ONCE, stored->once);
    } else if (stored->kind == BUS_STORED_LETTER) {
        bind_letter(statement, stored);
    } else {
        bind_number(statement, COLUMN_DUE_NS, stored->due_ns);
        bind_number(statement, COLUMN_EVERY_NS, stored->every_ns);
        bind_number(statement, COLUMN_AT_WALL, stored->at);
        bind_number(statement, COLUMN_AGAIN, stored->again);
    }
}

/* ---- ids that are known ---- */

static bool forget(struct database *database, int64_t place)
{
    (void)sqlite3_bind_int64(prepared(database, STATEMENT_KNOWN_FORGET), 1, place);
    database->now.known--;
    return run(database, STATEMENT_KNOWN_FORGET);
}

/* Those that are too old, or too many by one. */
static bool forget_some(struct database *database, uint64_t now_ns)
{
    sqlite3_stmt *oldest = prepared(database, STATEMENT_KNOWN_OLDEST);
    bool row = true;

    while (database->now.known > 0) {
        uint64_t at_ns;
        int64_t place;

        if (!database_step(database, STATEMENT_KNOWN_OLDEST, &row))
            return false;
        place = sqlite3_column_int64(oldest, 0);
        at_ns = (uint64_t)sqlite3_column_int64(oldest, 1);
        (void)sqlite3_reset(oldest);
        if (!row)
            return database_failed(database, SQLITE_CORRUPT);
        if (database->now.known <= database->limits->known_max &&
            (at_ns >= now_ns || now_ns - at_ns <= database->limits->known_ns))
            return true;
        if (!forget(database, place))
            return false;
    }
    return true;
}

static enum bus_status find_known(struct database *database, struct bus_uuid id)
{
    sqlite3_stmt *find = prepared(database, STATEMENT_KNOWN_FIND);
    bool row;

    if (!forget_some(database, database->os->real_ns(database->os->context)))
        return BUS_ERR_SYSTEM;
    (void)sqlite3_bind_int64(find, 1, (int64_t)id.high);
    (void)sqlite3_bind_int64(find, 2, (int64_t)id.low);
    if (!database_step(database, STATEMENT_KNOWN_FIND, &row))
        return BUS_ERR_SYSTEM;
    (void)sqlite3_reset(find);
    return row ? BUS_ERR_ALREADY_REGISTERED : BUS_OK;
}

static bool know(struct database *database, struct bus_uuid id)
{
    uint64_t now_ns = database->os->real_ns(database->os->context);
    sqlite3_stmt *add = prepared(database, STATEMENT_KNOWN_ADD);

    (void)sqlite3_bind_int64(add, 1, (int64_t)id.high);
    (void)sqlite3_bind_int64(add, 2, (int64_t)id.low);
    (void)sqlite3_bind_int64(add, 3, (int64_t)now_ns);
    if (!run(database, STATEMENT_KNOWN_ADD))
        return false;
    database->now.known++;
    return forget_some(database, now_ns);
}

/* ---- put, change, remove ---- */

enum bus_status database_put(struct database *database, const struct bus_stored *stored,
                             uint64_t *number)
{
    struct bus_store_figures *kind = &database->now.kinds[stored->kind];
    enum statement statement = of_kind(STATEMENT_PUT_EVENT, stored->kind);
    bool once = stored->once && stored->kind == BUS_STORED_EVENT;
    uint64_t bytes = counted(stored);
    enum bus_status status = once ? find_known(database, stored->id) : BUS_OK;
    int code;

    *number = stored->number;
    if (status != BUS_OK)
        return status;
    if (is_full(database, kind, bytes)) {
        database->full = true;
        return BUS_ERR_LIMIT;
    }
    if (*number == 0)
        *number = kind->last + 1;
    bind_entry(database, prepared(database, statement), stored, *number, bytes);
    (void)sqlite3_step(prepared(database, statement));
    code = sqlite3_reset(prepared(database, statement));
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY && stored->number != 0)
        return BUS_ERR_ALREADY_REGISTERED;
    if (code != SQLITE_OK) {
        (void)database_failed(database, code);
        return BUS_ERR_SYSTEM;
    }
    kind->count++;
    kind->bytes += bytes;
    if (*number > kind->last)
        kind->last = *number;
    return !once || know(database, stored->id) ? BUS_OK : BUS_ERR_SYSTEM;
}

enum bus_status database_change(struct database *database, const struct bus_stored *stored)
{
    bool is_letter = stored->kind == BUS_STORED_LETTER;
    enum statement statement = is_letter ? STATEMENT_CHANGE_LETTER : STATEMENT_CHANGE_SCHEDULED;
    sqlite3_stmt *change = prepared(database, statement);

    if (stored->kind == BUS_STORED_EVENT)
        return BUS_ERR_INVALID;
    if (is_letter) {
        (void)sqlite3_bind_int64(change, 1, (int64_t)stored->reason);
        (void)sqlite3_bind_int64(change, 2, (int64_t)stored->error.category);
        (void)sqlite3_bind_int64(change, 3, (int64_t)stored->error.severity);
        (void)sqlite3_bind_int64(change, 4, stored->error.code);
        (void)sqlite3_bind_int(change, 5, stored->error.transient);
        (void)sqlite3_bind_text(change, 6, stored->error.text, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int64(change, 7, stored->attempts);
        (void)sqlite3_bind_int64(change, 8, stored->replays);
        (void)sqlite3_bind_int64(change, 9, (int64_t)stored->last_ns);
        (void)sqlite3_bind_int64(change, 10, (int64_t)stored->number);
    } else {
        (void)sqlite3_bind_int64(change, 1, (int64_t)stored->due_ns);
        (void)sqlite3_bind_int(change, 2, stored->again);
        (void)sqlite3_bind_int64(change, 3, (int64_t)stored->number);
    }
    if (!run(database, statement))
        return BUS_ERR_SYSTEM;
    return sqlite3_changes(database->sqlite) > 0 ? BUS_OK : BUS_ERR_NOT_REGISTERED;
}

/* No row will tell the highest number any more. */
static bool write_last(struct database *database, enum bus_stored_kind kind)
{
    sqlite3_stmt *write = prepared(database, STATEMENT_LAST_WRITE);

    (void)sqlite3_bind_int64(write, 1, (int64_t)database->now.kinds[kind].last);
    (void)sqlite3_bind_int(write, 2, (int)kind);
    database->now.written_last[kind] = database->now.kinds[kind].last;
    return run(database, STATEMENT_LAST_WRITE);
}

enum bus_status database_remove(struct database *database, enum bus_stored_kind kind,
                                uint64_t number)
{
    enum statement statement = of_kind(STATEMENT_REMOVE_EVENT, kind);
    struct bus_store_figures *figures = &database->now.kinds[kind];
    sqlite3_stmt *removal = prepared(database, statement);
    uint64_t bytes;
    bool row;

    (void)sqlite3_bind_int64(removal, 1, (int64_t)number);
    if (!database_step(database, statement, &row))
        return BUS_ERR_SYSTEM;
    bytes = row ? (uint64_t)sqlite3_column_int64(removal, 0) : 0;
    (void)sqlite3_reset(removal);
    if (!row)
        return BUS_ERR_NOT_REGISTERED;
    figures->count -= figures->count > 0;
    figures->bytes -= bytes < figures->bytes ? bytes : figures->bytes;
    database->full = false;
    if (number > database->now.written_last[kind] && !write_last(database, kind))
        return BUS_ERR_SYSTEM;
    return BUS_OK;
}

/* ---- reading ---- */

static uint64_t number_at(sqlite3_stmt *statement, enum column column)
{
    return (uint64_t)sqlite3_column_int64(statement, (int)column);
}

static const char *text_at(sqlite3_stmt *statement, enum column column)
{
    const unsigned char *text = sqlite3_column_text(statement, (int)column);

    return text != NULL ? (const char *)text : "";
}

static struct bus_uuid uuid_at(sqlite3_stmt *statement, enum column column)
{
    const uint8_t *bytes = sqlite3_column_blob(statement, (int)column);

    if (bytes == NULL || sqlite3_column_bytes(statement, (int)column) != 16)
        return (struct bus_uuid){0, 0};
    return (struct bus_uuid){from_bytes(bytes), from_bytes(bytes + 8)};
}

static struct bus_trace trace_at(sqlite3_stmt *statement)
{
    const uint8_t *bytes = sqlite3_column_blob(statement, COLUMN_TRACE);
    struct bus_trace trace = {.flags = 0};

    if (bytes == NULL || sqlite3_column_bytes(statement, COLUMN_TRACE) != 25)
        return trace;
    memcpy(trace.trace_id, bytes, 16);
    memcpy(trace.parent_id, bytes + 16, 8);
    trace.flags = bytes[24];
    return trace;
}

/* A copy of the message, aligned. False: no memory. */
static bool read_bytes(struct database *database, sqlite3_stmt *statement,
                       struct bus_stored *stored)
{
    const void *bytes = sqlite3_column_blob(statement, COLUMN_BYTES);
    size_t size = (size_t)sqlite3_column_bytes(statement, COLUMN_BYTES);
    const struct bus_os *os = database->os;

    if (size > database->room_size || database->room == NULL) {
        if (database->room != NULL)
            os->release(os->context, database->room, database->room_size);
        database->room_size = (size + 4096) & ~(size_t)4095;
        database->room = os->allocate(os->context, database->room_size, 16);
        if (database->room == NULL) {
            database->room_size = 0;
            return false;
        }
    }
    if (size > 0)
        memcpy(database->room, bytes, size);
    stored->bytes = database->room;
    stored->size = (uint32_t)size;
    return true;
}

static void read_letter(sqlite3_stmt *statement, struct bus_stored *stored)
{
    stored->handler = text_at(statement, COLUMN_HANDLER);
    stored->reason = (enum bus_letter_reason)number_at(statement, COLUMN_REASON);
    stored->error.category = (enum bus_category)number_at(statement, COLUMN_CATEGORY);
    stored->error.severity = (enum bus_severity)number_at(statement, COLUMN_SEVERITY);
    stored->error.code = (int32_t)number_at(statement, COLUMN_CODE);
    stored->error.transient = number_at(statement, COLUMN_TRANSIENT) != 0;
    stored->error.text = text_at(statement, COLUMN_TEXT);
    stored->attempts = (uint32_t)number_at(statement, COLUMN_ATTEMPTS);
    stored->replays = (uint32_t)number_at(statement, COLUMN_REPLAYS);
    stored->first_ns = number_at(statement, COLUMN_FIRST_NS);
    stored->last_ns = number_at(statement, COLUMN_LAST_NS);
}

static bool read_entry(struct database *database, sqlite3_stmt *statement,
                       struct bus_stored *stored)
{
    stored->handler = stored->error.text = "";
    stored->number = number_at(statement, COLUMN_NUMBER);
    stored->id = uuid_at(statement, COLUMN_ID);
    stored->message = text_at(statement, COLUMN_MESSAGE);
    stored->type_id = number_at(statement, COLUMN_TYPE_ID);
    stored->schema_version = (uint32_t)number_at(statement, COLUMN_SCHEMA_VERSION);
    stored->schema_fingerprint = number_at(statement, COLUMN_SCHEMA_FINGERPRINT);
    stored->session = text_at(statement, COLUMN_SESSION);
    stored->has_key = sqlite3_column_type(statement, COLUMN_KEY_HASH) != SQLITE_NULL;
    stored->key_hash = number_at(statement, COLUMN_KEY_HASH);
    stored->published_ns = number_at(statement, COLUMN_PUBLISHED_NS);
    stored->deadline_ns = number_at(statement, COLUMN_DEADLINE_NS);
    stored->correlation = uuid_at(statement, COLUMN_CORRELATION);
    stored->causation = uuid_at(statement, COLUMN_CAUSATION);
    stored->trace = trace_at(statement);
    if (stored->kind == BUS_STORED_EVENT) {
        stored->once = number_at(statement, COLUMN_ONCE) != 0;
    } else if (stored->kind == BUS_STORED_LETTER) {
        read_letter(statement, stored);
    } else {
        stored->due_ns = number_at(statement, COLUMN_DUE_NS);
        stored->every_ns = number_at(statement, COLUMN_EVERY_NS);
        stored->at = number_at(statement, COLUMN_AT_WALL) != 0;
        stored->again = number_at(statement, COLUMN_AGAIN) != 0;
    }
    return read_bytes(database, statement, stored) &&
           sqlite3_errcode(database->sqlite) != SQLITE_NOMEM;
}

enum bus_status database_next(struct database *database, const struct bus_store_query *query,
                              uint64_t *number)
{
    enum statement statement = of_kind(STATEMENT_NEXT_EVENT, query->kind);
    sqlite3_stmt *next = prepared(database, statement);
    uint64_t rows = query->rows != 0 ? query->rows : 1, bytes = 0, shown;
    bool well = true, row = true;

    *number = 0;
    /* No number is as high. */
    (void)sqlite3_bind_int64(next, 1, query->after < INT64_MAX ? (int64_t)query->after : INT64_MAX);
    for (shown = 0; shown < rows; shown++) {
        struct bus_stored stored = {.kind = query->kind};

        well = database_step(database, statement, &row);
        if (!well || !row)
            break;
        bytes += (uint64_t)sqlite3_column_bytes(next, COLUMN_BYTES);
        if (shown > 0 && query->bytes != 0 && bytes > query->bytes)
            break;
        well = read_entry(database, next, &stored) || database_failed(database, SQLITE_NOMEM);
        if (!well)
            break;
        query->reader(query->to, &stored);
        *number = stored.number;
    }
    (void)sqlite3_reset(next);
    if (shown > 0)
        return BUS_OK;
    return well ? BUS_ERR_NOT_REGISTERED : BUS_ERR_SYSTEM;
}

static bool read_identity(struct database *database, uint8_t identity[64], bool *there)
{
    sqlite3_stmt *read = prepared(database, STATEMENT_IDENTITY_READ);
    const void *bytes;

    if (!database_step(database, STATEMENT_IDENTITY_READ, there))
        return false;
    bytes = *there ? sqlite3_column_blob(read, 0) : NULL;
    *there = bytes != NULL && sqlite3_column_bytes(read, 0) == 64;
    if (*there)
        memcpy(identity, bytes, 64);
    (void)sqlite3_reset(read);
    return true;
}

bool database_identity(struct database *database, uint8_t identity[64], bool set)
{
    sqlite3_stmt *write = prepared(database, STATEMENT_IDENTITY_WRITE);
    bool there;

    if (!read_identity(database, identity, &there))
        return false;
    if (there || !set || database->limits->read_only)
        return there;
    if (sqlite3_bind_blob(write, 1, identity, 64, SQLITE_TRANSIENT) != SQLITE_OK)
        return database_failed(database, SQLITE_NOMEM);
    if (!database_begin(database))
        return false;
    if (run(database, STATEMENT_IDENTITY_WRITE) && database_commit(database))
        return true;
    database_roll_back(database);
    return false;
}
