/*
 * store/schema.c - see schema.h.
 *
 * Unsigned 64-bit values are kept as the signed integer of the same bits. A uuid is 16 bytes, as in
 * its text form. NULL stands for what is not set.
 */
#include "store/schema.h"

/* clang-format off */
#define COMMON_TABLE                                                                               \
    "  number INTEGER PRIMARY KEY CHECK (number > 0),"                                             \
    "  id BLOB NOT NULL CHECK (length(id) = 16),"                                                  \
    "  message TEXT NOT NULL,"                                                                     \
    "  type_id INTEGER NOT NULL,"                                                                  \
    "  schema_version INTEGER NOT NULL,"                                                           \
    "  session TEXT NOT NULL,"                                                                     \
    "  key_hash INTEGER,"                                                                          \
    "  published_ns INTEGER NOT NULL,"                                                             \
    "  deadline_ns INTEGER,"                                                                       \
    "  correlation BLOB,"                                                                          \
    "  causation BLOB,"                                                                            \
    "  trace BLOB,"                                                                                \
    "  bytes BLOB NOT NULL,"                                                                       \
    "  counted INTEGER NOT NULL"

const char *const schema_migrations[SCHEMA_VERSION] = {
    "CREATE TABLE event ("
    COMMON_TABLE ","
    "  once INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE letter ("
    COMMON_TABLE ","
    "  handler TEXT NOT NULL,"
    "  reason INTEGER NOT NULL,"
    "  category INTEGER NOT NULL,"
    "  severity INTEGER NOT NULL,"
    "  code INTEGER NOT NULL,"
    "  transient INTEGER NOT NULL,"
    "  error TEXT NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  replays INTEGER NOT NULL,"
    "  first_ns INTEGER NOT NULL,"
    "  last_ns INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE scheduled ("
    COMMON_TABLE ","
    "  due_ns INTEGER NOT NULL,"
    "  every_ns INTEGER NOT NULL,"
    "  at_wall INTEGER NOT NULL"
    ") STRICT;"
    /* Highest number given, where no row tells it any more. */
    "CREATE TABLE kind (kind INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;"
    "INSERT INTO kind VALUES (1, 0), (2, 0), (3, 0);"
    /* Ids given by publishers, in the order they came. */
    "CREATE TABLE known ("
    "  place INTEGER PRIMARY KEY, high INTEGER NOT NULL, low INTEGER NOT NULL,"
    "  at_ns INTEGER NOT NULL, UNIQUE (high, low)) STRICT;"
    "CREATE TABLE bus (only_one INTEGER PRIMARY KEY CHECK (only_one = 1),"
    "  identity BLOB NOT NULL CHECK (length(identity) = 64)) STRICT;",
    /* Scheduled events that were published before. Of older ones nobody knows. */
    "ALTER TABLE scheduled ADD COLUMN again INTEGER NOT NULL DEFAULT 0",
    /* Of the schema's text. Of older ones nobody knows. */
    "ALTER TABLE event ADD COLUMN schema_fingerprint INTEGER;"
    "ALTER TABLE letter ADD COLUMN schema_fingerprint INTEGER;"
    "ALTER TABLE scheduled ADD COLUMN schema_fingerprint INTEGER",
};

#define COMMON                                                                                     \
    "number, id, message, type_id, schema_version, schema_fingerprint, session, key_hash,"         \
    " published_ns, deadline_ns, correlation, causation, trace, bytes, counted"
#define OF_EVENT ", once"
#define OF_LETTER                                                                                  \
    ", handler, reason, category, severity, code, transient, error, attempts, replays, first_ns,"  \
    " last_ns"
#define OF_SCHEDULED ", due_ns, every_ns, at_wall, again"
#define VALUES_15 "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?"

const char *const schema_statements[STATEMENTS] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_PUT_EVENT] =
        "INSERT INTO event (" COMMON OF_EVENT ") VALUES (" VALUES_15 ",?)",
    [STATEMENT_PUT_LETTER] =
        "INSERT INTO letter (" COMMON OF_LETTER ") VALUES (" VALUES_15 ",?,?,?,?,?,?,?,?,?,?,?)",
    [STATEMENT_PUT_SCHEDULED] =
        "INSERT INTO scheduled (" COMMON OF_SCHEDULED ") VALUES (" VALUES_15 ",?,?,?,?)",
    [STATEMENT_NEXT_EVENT] =
        "SELECT " COMMON OF_EVENT " FROM event WHERE number > ? ORDER BY number",
    [STATEMENT_NEXT_LETTER] =
        "SELECT " COMMON OF_LETTER " FROM letter WHERE number > ? ORDER BY number",
    [STATEMENT_NEXT_SCHEDULED] =
        "SELECT " COMMON OF_SCHEDULED " FROM scheduled WHERE number > ? ORDER BY number",
    [STATEMENT_REMOVE_EVENT] = "DELETE FROM event WHERE number = ? RETURNING counted",
    [STATEMENT_REMOVE_LETTER] = "DELETE FROM letter WHERE number = ? RETURNING counted",
    [STATEMENT_REMOVE_SCHEDULED] = "DELETE FROM scheduled WHERE number = ? RETURNING counted",
    [STATEMENT_COUNT_EVENT] = "SELECT count(*), sum(counted), max(number) FROM event",
    [STATEMENT_COUNT_LETTER] = "SELECT count(*), sum(counted), max(number) FROM letter",
    [STATEMENT_COUNT_SCHEDULED] = "SELECT count(*), sum(counted), max(number) FROM scheduled",
    [STATEMENT_CHANGE_LETTER] =
        ("UPDATE letter SET reason = ?, category = ?, severity = ?, code = ?, transient = ?,"
         " error = ?, attempts = ?, replays = ?, last_ns = ? WHERE number = ?"),
    [STATEMENT_CHANGE_SCHEDULED] = "UPDATE scheduled SET due_ns = ?, again = ? WHERE number = ?",
    [STATEMENT_LAST_READ] = "SELECT last FROM kind WHERE kind = ?",
    [STATEMENT_LAST_WRITE] = "UPDATE kind SET last = ? WHERE kind = ?",
    [STATEMENT_KNOWN_FIND] = "SELECT 1 FROM known WHERE high = ? AND low = ?",
    [STATEMENT_KNOWN_ADD] = "INSERT INTO known (high, low, at_ns) VALUES (?, ?, ?)",
    [STATEMENT_KNOWN_OLDEST] = "SELECT place, at_ns FROM known ORDER BY place LIMIT 1",
    [STATEMENT_KNOWN_FORGET] = "DELETE FROM known WHERE place = ?",
    [STATEMENT_KNOWN_COUNT] = "SELECT count(*) FROM known",
    [STATEMENT_IDENTITY_READ] = "SELECT identity FROM bus",
    [STATEMENT_IDENTITY_WRITE] = "INSERT OR IGNORE INTO bus VALUES (1, ?)",
};
/* clang-format on */
