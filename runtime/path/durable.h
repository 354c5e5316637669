/*
 * path/durable.h - durable events inside the engine: on disk first, then in a lane.
 *
 * A durable event that is in memory has a record (struct durable_row), from before it is put into
 * the store until it is to be removed from there; its cell refers to it. An event that has none is
 * on disk only: it is behind. The records are found by id and number, so that whoever reads the
 * store knows which of the events there are in memory.
 *
 *     publish -> record, put, wait -> lane, if nothing of its type is behind and there is room
 *                                  -> behind: no record                (durable_send.c)
 *     worker 0, when there is room: reads the first behind -> record, lane  (durable_load.c)
 *     the message ends: removed from the store, no record
 *
 * Order. While events of a type are behind, each that is published goes behind, too; they are
 * loaded in the order of their numbers. The last one is in its lane before the count of those
 * behind says so, so what a publisher sends next comes after it.
 *
 * Account. An event that is behind is accepted and held: `behind` of its route is part of both, and
 * of what is left at stop. It is lowered after the event was counted as queued.
 *
 * Locks. `lock` is short and is taken last, but for that of the store. The store's `put` and `next`
 * are called without it. `done` of a put takes it; its last access to memory of the bus lowers
 * `putting`, which bus_close waits for.
 */
#ifndef BUSGEN_PATH_DURABLE_H
#define BUSGEN_PATH_DURABLE_H

#include <bus/durable.h>
#include <bus/store.h>

#include "path/path.h"

/* The store was not ready for something: again after this time. */
#define DURABLE_DOUBT_NS (20 * BUS_MILLISECOND)
/* Lane full: looked at again after this time at the latest. */
#define DURABLE_FULL_NS BUS_MILLISECOND
/* A part of the records is kept for events on their way to the disk: one in so many. */
enum { DURABLE_RESERVE = 8 };

/* It has failed and is no letter, so it stays on disk; it has ended, and only the loader has to
 * know it. */
enum row_stays { ROW_STAYS = 1, ROW_LEFT };

struct durable_row {
    struct bus *bus;    /* const while it is taken, as all that is not marked */
    uint64_t number;    /* lock: in the store; 0: not known yet */
    struct bus_uuid id; /* of the event */
    struct route *route;
    uint32_t next;     /* lock: in its bucket, or of the free ones: index + 1 */
    uint32_t removal;  /* lock: the next one to be removed: index + 1 */
    bool given;        /* its id is not what its cell says */
    uint32_t stays;    /* shared: enum row_stays */
    uint64_t passed;   /* lock: another one of its id, which the loader took for it */
    bus_os_word ended; /* shared: 1 + enum bus_status, when the put has ended */
    /* of one that is not waited for */
    bus_durable_done done; /* NULL: it is */
    void *context;
    uint32_t next_ended;    /* lock: index + 1 */
    enum bus_status status; /* lock */
};

struct durable {
    struct lock lock;
    uint32_t most, used, taken; /* lock */
    uint32_t free;              /* lock: index + 1 */
    uint32_t removals;          /* lock: to be removed, as the store did not take it: index + 1 */
    uint32_t mask;              /* of buckets */
    size_t size;                /* of this memory */
    struct durable_row *rows;
    uint32_t *buckets;                /* by id: index + 1 */
    uint64_t before;                  /* const: numbers up to this one are from before bus_open */
    uint32_t ended_first, ended_last; /* lock: not waited for, and ended: index + 1 */
    uint32_t coming;                  /* shared, written under the lock: those of all routes */
    uint32_t putting;                 /* shared: puts whose `done` has not returned */
    uint32_t waiting;    /* shared: publishers that wait for the disk, and have left the gate */
    struct timer timer;  /* of worker 0: the loader */
    struct mail mail;    /* to it */
    bool posted;         /* lock: that is on its way */
    struct lock reading; /* of the next two; before `lock` */
    uint8_t *room;       /* for the message of one that is read */
    struct bus_durable_figures figures; /* lock */
};

static inline bool type_is_durable(const struct bus *bus, const struct bus_message_type *type)
{
    return (type->flags & BUS_TYPE_DURABLE) != 0 &&
           (bus->durable != NULL || !bus->options.durable_without_store);
}

/* message_id of a cell that may be a durable event whose id was given, or made by another bus. */
static inline struct bus_uuid cell_id(const struct bus *bus, const struct cell *cell,
                                      const struct cell_extension *extension)
{
    if (extension != NULL && (extension->has & CELL_HAS_ROW) != 0) {
        const struct durable_row *row = extension->pending;

        if (row->given)
            return row->id;
    }
    return message_id(bus, cell);
}

static inline void durable_lock(struct bus *bus)
{
    lock_take(&bus->durable->lock, &bus->os);
}

static inline void durable_unlock(struct bus *bus)
{
    lock_give(&bus->durable->lock, &bus->os);
}

/* ---- durable.c ---- */

/* True without a store, too. */
bool durable_open(struct bus *bus);
void durable_close(struct bus *bus);
/* The options go with the bus's schema. */
enum bus_status durable_check(const struct bus_options *options);

/* As posting_send, behind posting_prepare, of a durable type. */
enum bus_outcome durable_send(struct posting *posting, const struct bus_message_options *options,
                              uint32_t gate);
/* The same without waiting. BUS_QUEUED: `done` is going to be called. */
enum bus_outcome durable_send_later(struct posting *posting,
                                    const struct bus_message_options *options,
                                    bus_durable_done done, void *context);
/* Those that are not waited for and have ended are counted, and it is told; on worker 0, or when
 * the bus has halted. */
void durable_tell_ended(struct bus *bus, struct thread *thread);
/* The message has ended; its record is free after that. */
void durable_settle(struct thread *thread, struct durable_row *row);
/* Its delivery is given up and there is no letter of it. */
void durable_stays(const struct cell_extension *extension);

/* Somebody is between publish and the disk: the bus cannot be closed. No handler runs. */
bool durable_is_busy(const struct bus *bus);
/* Publishers wait for the disk, outside the gate. */
bool durable_has_waiters(const struct bus *bus);
/* Accepted and on disk only. */
uint64_t durable_behind(struct bus *bus, const struct route *route);

/* ---- durable.c, for durable_load.c; lock held ---- */

/* NULL: none is free; `reserve`: none but those kept for puts. */
struct durable_row *row_take(struct bus *bus, struct route *route, struct bus_uuid id,
                             bool reserve);
void row_give(struct durable *durable, struct durable_row *row);
/* The event of this id and number is in memory, as far as can be known. */
bool row_is_there(struct durable *durable, struct bus_uuid id, uint64_t number);
void row_note_behind(struct route *route, uint64_t number);

/* ---- durable_load.c ---- */

/* At start, before what was buffered is handed out: what is on disk goes into the lanes, as far as
 * there is room. Returns how many did. */
uint64_t durable_restore(struct bus *bus);
/* Worker 0 looks soon; without the lock. */
void durable_post(struct bus *bus);
/* Calls `fn` for each event that is on disk only. After the bus has stopped. */
typedef void (*durable_fn)(void *context, const struct route *route,
                           const struct bus_stored *stored);
void durable_each_behind(struct bus *bus, durable_fn fn, void *context);

#endif
