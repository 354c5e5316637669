/*
 * schedule/schedule.h - what the files of the schedule share.
 *
 * Each event that waits has an entry and, for its message, a chain of chunks; both are in memory
 * reserved at open that is not touched before it is needed. An entry that waits for its time is in
 * one of two heaps (guard/timers.h), by the clock that it follows; worker 0 has one timer, set to
 * the first of all. So what waits costs no time: adding and taking out are some steps in a heap,
 * and there is one wake-up for the first due. Only while an entry follows the wall clock, which may
 * be set, the worker looks again after LOOK_NS at the latest.
 *
 * Who may touch an entry: under the lock anybody; while it is TAKEN, who makes or cancels it; while
 * it RUNS, worker 0. These do so outside the lock, and nobody else changes it then, but for
 * `cancelled`, which is read and written under it.
 *
 *     FREE -> TAKEN -> WAITS -> RUNS -> WAITS    (recurring)
 *                       |  |     |---> FULL -> RUNS
 *                       |  +-----|------+----> TAKEN -> FREE    (cancelled)
 *                       |        +-----------> FREE
 *
 * With a store (stored.c) each has a row there, under its number.
 */
#ifndef BUSGEN_SCHEDULE_SCHEDULE_H
#define BUSGEN_SCHEDULE_SCHEDULE_H

#include <bus/schedule.h>
#include <bus/session.h>

#include "core/engine.h"

/* A clock that was set is noticed within this time. */
#define LOOK_NS (10 * BUS_SECOND)
/* Those that found their lane full are tried again after this time. */
#define FULL_AGAIN_NS BUS_MILLISECOND
/* The wall clock counts as set back when it falls behind the monotonic one by so much. */
#define SET_BACK_NS (100 * BUS_MILLISECOND)

enum { SCHEDULE_CHUNK = 64 };
_Static_assert(BUS_SESSION_ID_SIZE % 8 == 0, "a message behind it is aligned");

enum entry_state { ENTRY_FREE, ENTRY_TAKEN, ENTRY_WAITS, ENTRY_FULL, ENTRY_RUNS };

struct entry {
    struct timer timer; /* in its heap while it WAITS; due_ns also later */
    uint64_t number;
    uint64_t every_ns;
    uint64_t phase_ns; /* of all its times, modulo every_ns */
    const void *call_site;
    uint32_t next;           /* in its bucket, or free: index + 1 */
    uint32_t before, behind; /* in its line while it is FULL: index + 1 */
    uint32_t chunk;          /* the first: index + 1 */
    uint32_t size;           /* of the message */
    uint16_t route;
    uint8_t state;
    bool at;
    bool extended; /* an extension stands before the message; its deadline is relative */
    bool again;    /* it was published */
    bool admitted; /* the filters were asked, and it waits for room */
    bool cancelled;
    bool stored; /* has a row in the store */
    bool named;  /* restored: the id of its session stands before the message */
    struct bus_session session;
};

/* Entries that found the lanes of their level full, the first due first. */
struct entry_line {
    uint32_t first, last; /* index + 1 */
};

struct schedule {
    struct lock lock; /* of all that follows, where nothing else is said */
    uint32_t most, chunks, buckets;
    size_t size; /* of this memory */
    struct entry *entries;
    uint32_t *bucket; /* by number: index + 1 */
    uint32_t *links;  /* of chunks, the next: index + 1 */
    uint8_t *bytes;   /* chunks */
    struct timers clock, wall;
    struct entry_line lines[BUS_LANES];
    uint32_t used, chunks_used;          /* touched ever */
    uint32_t free, free_chunk;           /* of those: index + 1 */
    uint32_t waiting, chunks_taken;      /* now */
    uint64_t found;                      /* const: the last number in the store at open */
    uint64_t last;                       /* number given */
    struct bus_schedule_figures figures; /* without `waiting` and its bytes */
    struct entry *owing;                 /* of worker 0: published, the store does not know yet */
    enum bus_outcome owed;               /* its outcome */
    bool told;                           /* that there is no store */
    uint64_t armed_ns;                   /* when worker 0 looks; UINT64_MAX: not at all */
    bool posted;                         /* `mail` is on its way */
    uint64_t ahead_ns;                   /* the most that the wall clock was ahead, since looked */
    struct timer timer;                  /* of worker 0 */
    struct mail mail;                    /* to it */
};

static inline void schedule_lock(struct bus *bus)
{
    lock_take(&bus->schedule->lock, &bus->os);
}

static inline void schedule_unlock(struct bus *bus)
{
    lock_give(&bus->schedule->lock, &bus->os);
}

static inline uint32_t entry_index(const struct schedule *schedule, const struct entry *entry)
{
    return (uint32_t)(entry - schedule->entries);
}

/* What stands before its message: extension, id of its session. */
static inline uint32_t entry_before(const struct entry *entry)
{
    return (entry->extended ? (uint32_t)CELL_EXTENSION_SIZE : 0) +
           (entry->named ? (uint32_t)BUS_SESSION_ID_SIZE : 0);
}

static inline uint32_t entry_body_size(const struct entry *entry)
{
    return entry_before(entry) + entry->size;
}

/* Whose body this is: its session, as far as it is open by its id. */
struct bus_session entry_session(struct bus *bus, const struct entry *entry, const uint8_t *body);

/* The heap that it waits in. */
static inline struct timers *entry_heap(struct schedule *schedule, const struct entry *entry)
{
    return entry->at ? &schedule->wall : &schedule->clock;
}

/* ---- table.c: memory. All under the lock, but for the next two ---- */

bool schedule_open(struct bus *bus);
void schedule_free(struct bus *bus);

/* A new entry with chunks for a body of so many bytes, TAKEN, with this number; 0: the next. NULL:
 * no room. */
struct entry *entry_take(struct schedule *schedule, uint32_t size, uint64_t number);
/* It is in no heap and no line. */
void entry_give(struct schedule *schedule, struct entry *entry);
/* NULL: there is none. */
struct entry *entry_find(struct schedule *schedule, uint64_t number);
/* By who may touch it: a part of the body; the whole of it. */
void entry_write(struct schedule *schedule, const struct entry *entry, uint32_t at,
                 const uint8_t *bytes, uint32_t size);
void entry_read(const struct schedule *schedule, const struct entry *entry, uint8_t *body);

void line_append(struct schedule *schedule, struct entry_line *line, struct entry *entry);
void line_remove(struct schedule *schedule, struct entry_line *line, struct entry *entry);

/* ---- due.c ---- */

/* Lock held: the entry waits until `due_ns` of its clock. True: schedule_post has to follow,
 * outside the lock, for worker 0 to look in time. */
bool entry_wait(struct bus *bus, struct entry *entry, uint64_t due_ns);
void schedule_post(struct bus *bus);
/* The first time of its phase after `time`. */
uint64_t entry_next(const struct entry *entry, uint64_t time);

/* ---- stored.c: all outside the lock, by who may touch the entry ---- */

/* A time of its clock by the wall clock, as the clocks are now. */
uint64_t wall_of(const struct bus *bus, bool at, uint64_t due_ns);
/* Before it waits. Where it may wait, until it is on disk. BUS_OK: there, or without a store that
 * works (told); BUS_ERR_LIMIT, BUS_ERR_INVALID: it must not wait. */
enum bus_status stored_put(struct thread *thread, struct entry *entry, const uint8_t *body,
                           uint64_t due_ns);
/* False: the store takes on nothing now, try again. Removing waits for the disk where `thread` may
 * wait; NULL: it does not. */
bool stored_remove(struct bus *bus, const struct thread *thread, struct entry *entry);
bool stored_change(struct bus *bus, struct entry *entry, uint64_t due_ns);
/* The highest number that was given in the store; 0 without one. */
uint64_t stored_last(const struct bus *bus);
/* At start: what the store had at open, as far as this bus knows its types. */
void schedule_restore(struct bus *bus);

#endif
