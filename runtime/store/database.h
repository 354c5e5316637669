/*
 * store/database.h - the tables of a store, and the one connection to them. Used by one thread at a
 * time: the one that opens it, then the store's own.
 */
#ifndef BUSGEN_STORE_DATABASE_H
#define BUSGEN_STORE_DATABASE_H

#include <sqlite3.h>

#include <bus/os.h>
#include <bus/sqlite_store.h>

#include "store/schema.h"

enum database_condition { DATABASE_FINE, DATABASE_FAILING, DATABASE_BROKEN };

/* How an opening ended. */
enum database_found { DATABASE_SOUND, DATABASE_DAMAGED, DATABASE_REFUSED, DATABASE_FAILED };

/* What a transaction that fails takes back. */
struct database_figures {
    struct bus_store_figures kinds[BUS_STORED_KINDS];
    uint64_t written_last[BUS_STORED_KINDS]; /* in the table `kind` */
    uint64_t known;
};

struct database {
    const struct bus_os *os;
    const struct bus_sqlite_store_options *limits; /* without zeros */
    sqlite3 *sqlite;
    sqlite3_stmt *statements[STATEMENTS];
    struct database_figures now, committed;
    uint32_t wal_pages;
    bool full; /* a put was refused for a bound since something went */
    enum database_condition condition;
    bool no_memory; /* that is what failed */
    char text[BUS_STORE_TEXT_SIZE];
    uint8_t bound[4][32]; /* what is bound to the statement that runs: ids, trace */
    uint8_t *room;        /* for the bytes of a message that is read, aligned */
    size_t room_size;
};

/* DAMAGED, REFUSED, FAILED: `text` says why, and nothing is open. With limits->read_only not a byte
 * of the file changes; `logged`: there is something in its log. */
enum database_found database_open(struct database *database, const char *path, bool logged);
void database_close(struct database *database);

/* One transaction. Changes between begin and commit tell what became of them as bus_store_done
 * does; BUS_ERR_SYSTEM: the whole transaction is lost. */
bool database_begin(struct database *database);
bool database_commit(struct database *database);
void database_roll_back(struct database *database);
enum bus_status database_put(struct database *database, const struct bus_stored *stored,
                             uint64_t *number);
enum bus_status database_change(struct database *database, const struct bus_stored *stored);
enum bus_status database_remove(struct database *database, enum bus_stored_kind kind,
                                uint64_t number);

/* As the end of `next`; *number is the last one that was shown, 0: none. */
enum bus_status database_next(struct database *database, const struct bus_store_query *query,
                              uint64_t *number);
/* In a transaction of its own. */
bool database_identity(struct database *database, uint8_t identity[64], bool set);
/* Moves what is in the log to its place, when there is much of it. */
void database_checkpoint(struct database *database);
/* A bound is met. */
bool database_is_full(const struct database *database);

#endif
