/*
 * path/reclaim.h - freeing what readers may still look at: the wrapper of ck_epoch.
 *
 * Use. Handler lists and tables are replaced, not changed: the new one is published by
 * atomic_store_release_ptr, the old one handed to reclaim_later. A reader encloses its loads of
 * such pointers, and all use of what they point to, in reclaim_enter and reclaim_leave on its own
 * record; sections nest. An object is freed when every section that could have seen it has ended.
 *
 * Records. One per thread, registered once (under the bus's registry lock), never moved. A record
 * outlives its thread and may be taken over by another one while no section is open.
 *
 * Writers. reclaim_later, reclaim_poll and reclaim_all use the bus's own record: the caller holds
 * the registry lock. A writer that is inside a section itself (a handler that unregisters) may call
 * reclaim_later and reclaim_poll, which never wait; not reclaim_all.
 *
 * reclaim_enter costs one full barrier, unless nested.
 */
#ifndef BUSGEN_PATH_RECLAIM_H
#define BUSGEN_PATH_RECLAIM_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

enum { RECLAIM_STATE_SIZE = 64, RECLAIM_RECORD_SIZE = 256, RECLAIM_NODE_SIZE = 16 };

/* A reading thread. Zero before reclaim_register. */
struct reclaim_record {
    alignas(64) unsigned char state[RECLAIM_RECORD_SIZE];
};

/* Of one bus. */
struct reclaim {
    alignas(64) unsigned char state[RECLAIM_STATE_SIZE];
    struct reclaim_record writer;
};

/* Part of every object that is handed to reclaim_later. */
struct reclaim_node {
    alignas(8) unsigned char state[RECLAIM_NODE_SIZE];
    void (*free)(struct reclaim_node *node);
    struct reclaim *reclaim;
};

void reclaim_init(struct reclaim *reclaim);
void reclaim_register(struct reclaim *reclaim, struct reclaim_record *record);

void reclaim_enter(struct reclaim_record *record);
void reclaim_leave(struct reclaim_record *record);

/* The object is not reachable any more; `free` runs when nobody looks at it, in a later
 * reclaim_poll or reclaim_all. */
void reclaim_later(struct reclaim *reclaim, struct reclaim_node *node,
                   void (*free)(struct reclaim_node *node));
/* Frees what can be freed now; never waits. Where sections are open it can take some calls. True:
 * nothing is left to free. */
bool reclaim_poll(struct reclaim *reclaim);
/* Frees everything; waits for sections to end, so call it when none is open (close). */
void reclaim_all(struct reclaim *reclaim);

#endif
