/*
 * lock.h - x.bus.lock: every released version of a schema, with the files that it imports, and the
 * findings that were accepted, with the reason. JSON, one line of a schema on a line of its own, so
 * that a review of a change shows what it adds.
 *
 *     { "busgen_lock": 1, "bus": "shop",
 *       "versions": [ { "version": 1,
 *                       "files": [ { "path": "shop.bus", "text": [ "...", ... ] } ] } ],
 *       "accepted": [ { "rule": "max-raised", "element": "shop.order_placed.customer",
 *                       "finding": "'customer' had at most 64 bytes, ...", "reason": "..." } ] }
 *
 * The first file of a version is the schema; paths are relative to its folder, or "-I/N/path" below
 * include root N. What is accepted is one finding as it was told: another change of the same
 * element is another finding.
 */
#ifndef BREAKING_LOCK_H
#define BREAKING_LOCK_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOCK_SIZE_MAX = 1 << 30, /* bytes of a lock file: a thousand versions of 1 MiB */
};

struct lock_file {
    const char *path;
    const char *text;
    size_t size;
};

struct lock_version {
    uint32_t version;
    const struct lock_file *files;
    size_t file_count;
};

struct lock_accepted {
    const char *rule;
    const char *element;
    const char *finding;
    const char *reason;
    bool met; /* by a finding of this run */
};

struct lock {
    const char *path;
    const char *bus;
    struct lock_version *versions; /* ascending */
    size_t version_count;
    struct lock_accepted *accepted;
    size_t accepted_count;
};

/* Reads `path`; false after a message. *exists tells that it is there; not to be there is no
 * failure. */
bool lock_read(struct memory *memory, const char *path, struct lock *lock, bool *exists);
/* False after a message. */
bool lock_write(struct memory *memory, const struct lock *lock);
void lock_add_version(struct memory *memory, struct lock *lock, struct lock_version version);
void lock_accept(struct memory *memory, struct lock *lock, struct lock_accepted accepted);

#endif
