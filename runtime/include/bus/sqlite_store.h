/*
 * bus/sqlite_store.h - a store (bus/store.h) in an SQLite file. Library busgen::store.
 *
 * One file, written by one connection that one thread owns. Requests that come while it is at work
 * go into one transaction (group commit), and each is told of its end when that is on disk: WAL,
 * synchronous=FULL. So what was acknowledged survives kill -9 and a crash of the machine.
 *
 * The file belongs to one user and one bus. Its folder must be accessible to its owner alone (0700)
 * and is made so when it is not there; files are 0600 whatever the umask. Symbolic links, hard
 * links and files of others are refused. `NAME.lock` beside it keeps a second bus out; nothing else
 * may open the file while a bus does. The file holds whole messages, fields marked secret included.
 *
 * A file that is damaged is set aside as NAME.damaged-TIME, with its -wal, and a fresh one begins:
 * bus_store_state.text says so, and health. A file of another program, or of a later version of
 * this library, is refused and not touched.
 *
 * A tool that only looks opens the file with `read_only`: then nothing is made, set aside, brought
 * to a newer version or moved out of the log, and not a byte of the file changes.
 *
 * When the disk is full, or a write fails, requests end with BUS_ERR_SYSTEM and the store is
 * `failing`, until one succeeds. After an fsync that failed nobody knows what is on disk: the store
 * is `broken` and does not touch the file any more. Open it again when the disk is well: all that
 * was acknowledged before is in it.
 */
#ifndef BUS_SQLITE_STORE_H
#define BUS_SQLITE_STORE_H

#include <bus/store.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_sqlite_store;

/* NULL or all zero: the defaults. */
struct bus_sqlite_store_options {
    const struct bus_os *os; /* thread, memory, clock and waits; NULL: the system's. The file itself
                                is SQLite's business */
    uint32_t entries;        /* of each kind; default 1,000,000 */
    uint64_t bytes;          /* of each kind, of messages and names; default 1 GiB */
    uint32_t requests;       /* that wait, at most; default 16,384. Of these and the next ones an
                                eighth is left to letters, changes and removals */
    uint64_t request_bytes;  /* of those that wait; default 64 MiB */
    uint64_t known_ns;       /* window in which the id of an event put `once` is known; default
                                10 minutes */
    uint32_t known_max;      /* ids known at most, the oldest are forgotten; default 100,000 */
    uint32_t log_pages;      /* of 4 KiB: when the log (NAME-wal) has so many, what is in it moves
                                to its place; default 1,000 */
    bool read_only;  /* only to look (bus_store.next, state) at a file that is there and sound; what
                       would change it is not taken on. Not for bus_options.store */
    const char *vfs; /* name of an SQLite VFS, for tests; NULL: the default */
};

/* Opens or makes the file at `path`, whose last folder is made when it is not there; reads through
 * all of it to see whether it is sound. On failure *store is NULL.
 *   BUS_ERR_INVALID (path, owner, permissions, links, not a file of this library; `read_only`: not
 *   there, empty, damaged, of an earlier version), BUS_ERR_STATE (another bus has it),
 *   BUS_ERR_SYSTEM (the disk, a thread), BUS_ERR_MEMORY */
BUS_API enum bus_status bus_sqlite_store_open(struct bus_sqlite_store **store, const char *path,
                                              const struct bus_sqlite_store_options *options);
/* For bus_options.store; lives as long as the store. NULL for NULL. */
BUS_API const struct bus_store *bus_sqlite_store_table(struct bus_sqlite_store *store);
/* Carries out what waits, closes the file and frees everything. No bus uses it any more. NULL and a
 * pointer to NULL are harmless. */
BUS_API void bus_sqlite_store_close(struct bus_sqlite_store **store);

#ifdef __cplusplus
}
#endif

#endif
