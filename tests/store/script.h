/*
 * script.h - a store is used in all its ways while something goes wrong; afterwards the file must
 * hold what was acknowledged.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "contract.h"

#include <bus/sqlite_store.h>

enum { SCRIPT_ENTRIES = 48 };

/* What is known of one entry. */
enum knowledge {
    NOT_THERE,
    THERE,
    UNKNOWN, /* a request that failed, or was not answered, may have been carried out */
};

struct script {
    enum knowledge entries[BUS_STORED_KINDS][SCRIPT_ENTRIES + 1]; /* by number */
    uint64_t acknowledged, failed;
    bool opened;
    bool told; /* a request failed, or the opening did, or its state said so */
};

/* Opens the store at `path`, makes its requests, one by one and in groups, closes it. */
void script_run(struct script *script, const char *path,
                const struct bus_sqlite_store_options *options, uint64_t seed, uint32_t steps);
/* The same, and calls `die` in the middle of it. */
void script_run_until(struct script *script, const char *path,
                      const struct bus_sqlite_store_options *options, uint64_t seed, uint32_t steps,
                      void (*die)(void));
/* Opens the file without faults. NULL, or what is wrong: it was set aside, or does not hold what
 * was acknowledged. */
const char *script_check(const struct script *script, const char *path);

#endif
