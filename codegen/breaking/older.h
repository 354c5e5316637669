/*
 * older.h - brings older versions of a schema: from a .bus file, from git, from a lock file.
 *
 * Files that are not on the disk have paths that say where they are from: "git:v1.2/shop.bus",
 * "shop.bus.lock@2/shop.bus". Imports are looked up as idl does it, in the same place: those beside
 * the schema below that path, those of include root N below ".../-I/N".
 */
#ifndef BREAKING_OLDER_H
#define BREAKING_OLDER_H

#include "breaking/lock.h"
#include "command/command.h"

struct older {
    const char *origin;       /* "git:v1.2", "version 2 in shop.bus.lock", "old/shop.bus" */
    struct idl_result result; /* bus is set */
};

struct olders {
    struct older *items;
    size_t count;
    size_t capacity;
};

/* Adds what `against` names: "git:REV" is `file` at that revision, anything else a .bus file. False
 * after a message. Warnings of older schemas are not told: nobody can mend them. Lock files are
 * read by the caller, who wants more of them, and come by older_from_lock. */
bool older_load(struct memory *memory, const struct options *options, const char *file,
                const char *against, struct olders *olders);
bool older_is_lock(const char *against);
/* Reads a lock file that must have a version. False after a message. */
bool older_read_lock(struct memory *memory, const char *path, struct lock *lock);
/* Adds the version at `index` of a lock file. */
bool older_from_lock(struct memory *memory, const struct lock *lock, size_t index,
                     struct olders *olders);
/* Adds all that `against` names, of a lock file every version, the oldest first. */
bool older_load_all(struct memory *memory, const struct options *options, const char *file,
                    const char *against, struct olders *olders);
/* For those who have files elsewhere: compiles `path` with `idl` and adds it. */
bool older_compile(struct memory *memory, const char *path, const struct idl_options *idl,
                   const char *origin, struct olders *olders);
/* True when *path begins with "-I/N/": it is set behind that. */
bool older_in_root(const char **path, size_t *root);
/* The include roots below `prefix`. */
void older_roots(struct memory *memory, const char *prefix, size_t count, const char **roots);
void older_free(struct olders *olders);

#endif
