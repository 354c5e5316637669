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
 *     many of one call -> the same, with one wait for all              (durable_many.c)
 *     worker 0, when there is room: those behind -> record, lane  (durable_load.c), as they were
 *                                  read, many at a time            (durable_read.c)
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
 * `putting`, that of a read lowers `reads`; bus_close waits for both.
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

struct durable_row {
    struct bus *bus;    /* const while it is taken, as all that is not marked */
    uint64_t number;    /* lock: in the store; 0: not known yet */
    struct bus_uuid id; /* of the event */
    struct route *route;
    uint32_t next;           /* lock: in its bucket, or of the free ones: index + 1 */
    uint32_t following;      /* lock: among `removals` or `ended`: index + 1 */
    bool given;              /* its id is not what its cell says */
    uint32_t schema_version; /* that has written it; 0: the one of this program */
    uint64_t schema_fingerprint;
    uint32_t stays;    /* shared: it has failed and is no letter, so it stays on disk */
    uint32_t letters;  /* lock: of it that are on their way to the disk */
    bool settled;      /* lock: only those are waited for */
    uint64_t passed;   /* lock: another one of its id, which the loader took for it */
    bus_os_word ended; /* shared: 1 + enum bus_status, when the put has ended */
    /* of one that is not waited for */
    bus_durable_done done; /* NULL: it is */
    void *context;
    bus_os_word *left;      /* lock: of a removal that is waited for; lowered when it was tried */
    uint32_t next_ended;    /* lock: index + 1 */
    enum bus_status status; /* lock */
};

/* What was read from the store: durable_read.c. */
enum { READ_ROWS = 128, READ_BYTES = 64 << 10 };

struct read_row {
    struct bus_stored stored; /* of its texts only the session is kept */
    char session[BUS_STORED_SESSION_MOST + 1];
    bool too_large; /* its bytes are not there */
};

struct disk_batch {
    struct read_row *rows; /* by number */
    uint8_t *room;         /* for their messages */
    size_t room_size, used;
    uint32_t count;
    uint32_t asked;      /* shared: the store is about to fill it */
    uint64_t from, last; /* lock: rows of these numbers, (from, last], may be in it */
    uint64_t noted;      /* lock: the lowest above `from` that came to be behind since */
    bool well;           /* the last read showed something */
    uint64_t asked_ns;   /* when that was */
};

struct durable {
    struct lock lock;
    uint32_t most, used, taken; /* lock */
    uint32_t free;              /* lock: index + 1 */
    uint32_t removals;          /* lock: to be removed again, as the store did not: index + 1 */
    uint64_t again_ns;          /* lock: not before that */
    bus_os_word removing;       /* shared: removals whose end was not told */
    uint32_t ended;             /* lock: kept for whoever reads the store (durable_read.c) */
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
    struct lock reading; /* of the batch, while it is not asked for, and `turn`; before `lock` */
    struct disk_batch batch;
    uint32_t turn;                      /* the route that was read for last */
    bus_os_word reads;                  /* shared: reads whose `done` has not returned */
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
/* posting_prepare and the same for `count` messages, the first one that of the posting; *accepted
 * of them were. The outcome of the last one that was tried. */
enum bus_outcome durable_send_many(struct posting *posting, size_t stride, uint32_t count,
                                   const struct bus_message_options *options, uint32_t gate,
                                   uint32_t *accepted);
/* Those that are not waited for and have ended are counted, and it is told; on worker 0, or when
 * the bus has halted. */
void durable_tell_ended(struct bus *bus, struct thread *thread);
/* The message has ended; its record is free after that. */
void durable_settle(struct thread *thread, struct durable_row *row);
/* Its delivery is given up and there is no letter of it. */
void durable_stays(const struct cell_extension *extension);
/* The message of this extension (may be NULL) has a record, or none. */
static inline struct durable_row *row_of(const struct cell_extension *extension)
{
    return extension != NULL && (extension->has & CELL_HAS_ROW) != 0 ? extension->pending : NULL;
}
/* It was put, and is not accepted: removed again. *left is raised, and lowered when that was tried;
 * if it failed it is tried again like any other. The caller tells worker 0 (durable_post). */
void durable_take_back(struct durable_row *row, bus_os_word *left);
/* A letter of it is put into the store, and was; from any thread, also inside the put. If it has
 * failed the event stays on disk. */
void durable_letter_begins(struct durable_row *row);
void durable_letter_ended(struct durable_row *row, bool on_disk);

/* Somebody is between publish and the disk: the bus cannot be closed. No handler runs. */
bool durable_is_busy(const struct bus *bus);
/* Events that nobody waits for are on their way to the disk, or their end was not told yet. */
static inline bool durable_is_coming(const struct bus *bus)
{
    return bus->durable != NULL && atomic_load_acquire_u32(&bus->durable->coming) != 0;
}
/* Publishers wait for the disk, outside the gate. */
bool durable_has_waiters(const struct bus *bus);
/* Accepted and on disk only. */
uint64_t durable_behind(struct bus *bus, const struct route *route);

/* ---- durable.c, for durable_load.c; lock held ---- */

/* NULL: none is free; `reserve`: none but those kept for puts. */
struct durable_row *row_take(struct bus *bus, struct route *route, struct bus_uuid id,
                             bool reserve);
void row_give(struct durable *durable, struct durable_row *row);
/* The event of this id and number is in memory, or has ended, as far as can be known. */
bool row_is_there(struct durable *durable, struct bus_uuid id, uint64_t number);
void row_note_behind(struct durable *durable, struct route *route, uint64_t number);
/* Asks the store to remove it; without the lock. False: it has not taken that on, the record is
 * among the `removals`. */
bool row_remove(struct durable_row *row);

/* ---- durable_read.c ---- */

static inline uint32_t row_index(const struct durable *durable, const struct durable_row *row)
{
    return (uint32_t)(row - durable->rows) + 1;
}

/* Bytes of memory for a batch, aligned to 8; that memory. */
size_t read_size(const struct bus *bus);
void read_open(struct bus *bus, uint8_t *memory);
/* `reading` held, and no read on its way. Fills the batch with what is behind `after`. False: there
 * is nothing, or the disk failed. */
bool read_and_wait(struct bus *bus, uint64_t after);
/* The same, without waiting: worker 0 is posted. False: the store does not take it on. */
bool read_ask(struct bus *bus, uint64_t after);
bool read_is_asked(const struct bus *bus);
/* Lock and `reading` held. The first row of the batch behind `after`. NULL: that has to be read. */
const struct read_row *read_find(const struct bus *bus, uint64_t after);
/* Lock held. The event has ended, and if it goes from disk that was asked for: no record, as soon
 * as nobody may come by it. */
void row_end(struct durable *durable, struct durable_row *row);
/* Lock held. Gives back the records that nobody can come by any more. */
void row_sweep(struct durable *durable);
/* Lock held. Gives back all of them: what is read is read anew. An event that stays on disk may be
 * delivered again by this bus. */
void row_give_ended(struct durable *durable);
/* Lock held. The loader comes by this number. */
void row_lower(struct durable *durable, struct route *route, uint64_t number);
/* Waits until no read is on its way. None is asked for any more: the bus has halted. */
void durable_end_reads(struct bus *bus);

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
/* The removals that the store did not take on are asked for again; waits for it. After the bus has
 * stopped. */
void durable_flush(struct bus *bus);
/* The store's `next` has returned. Waits until the ends of so many requests were told, each of
 * which lowers the count. */
void store_wait_told(struct bus *bus, const bus_os_word *untold);

#endif
