/*
 * fault_vfs.h - an SQLite VFS, "faulty", over the system's: fails calls on demand, and knows what a
 * crash of the machine would leave of the files.
 */
#ifndef FAULT_VFS_H
#define FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_NONE,
    FAULT_IO,    /* the call fails with EIO, and does nothing */
    FAULT_FULL,  /* a write fails with ENOSPC */
    FAULT_SHORT, /* a write stops half way: there is no room for more */
    FAULT_SYNC,  /* an fsync fails */
    FAULT_LIE,   /* negative control: a write says that it went well, and did nothing */
    FAULT_LAX,   /* negative control: every fsync says so, and does nothing */
};

/* Registers it; once. */
void fault_vfs_register(void);
/* The `nth` call from now on that the fault concerns (1: the next) meets it; with `for_ever` all
 * behind it, too. */
void fault_vfs_arm(enum fault fault, uint64_t nth, bool for_ever);
/* The fault was met since it was armed. */
bool fault_vfs_struck(void);
/* Writes that went to the disk since the fault was met. */
uint64_t fault_vfs_writes_since(void);

/* Begins to note what is written, and what of it is synced. */
void fault_vfs_record(void);
/* From now on every call fails: the machine is down. */
void fault_vfs_die(void);
/* Makes the files what a crash at that moment may leave: all that was synced, and of the other
 * writes some, some half. Forgets what was noted. */
void fault_vfs_crash(uint64_t seed);

#endif
