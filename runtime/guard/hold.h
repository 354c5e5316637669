/*
 * guard/hold.h - deliveries that wait outside their lane.
 *
 * Use. A delivery (one message for one handler) that is to run later is held: by a record of its
 * own (struct held, from a bounded table, bus_options.held_max) and by the message, copied once
 * into a pool block (struct kept) that all held deliveries of it share. A message that lies in a
 * pool block already is not copied, the block is taken over. What a handler has seen of the message
 * stays where it is.
 *
 * Who. Records and messages belong to the worker that ran the delivery first: its thread alone
 * changes them, its timers wake them. Others post it a mail. Only the list of kept messages is read
 * by others (bus_left_each, bus_stop), under `lock`, which the worker takes when it changes it: a
 * message that succeeds at once takes none.
 *
 * How it ends. A message ends with its last delivery: processed if all succeeded, else failed. From
 * the end of its dispatch until then it is counted as kept. The handler of a held delivery is not
 * freed (unit->held); when it was unregistered, the delivery ends as failed.
 */
#ifndef BUSGEN_GUARD_HOLD_H
#define BUSGEN_GUARD_HOLD_H

#include "path/path.h"

/* How often a delivery ran. */
struct runs {
    uint32_t attempts;
    uint64_t first_ns; /* 0: now */
    uint64_t last_ns;
};

enum held_state {
    HELD_RETRY,  /* runs again when its timer fires */
    HELD_PARKED, /* waits for a breaker */
    HELD_BEHIND, /* waits for another of its key (guard/ordered.h) */
    HELD_BATCH,  /* waits for others of its handler (guard/batch.h) */
};

/* A message outside its lane. The cell lies 64-aligned, with its body or block reference behind. */
struct kept {
    struct kept *next; /* in its worker's list, oldest first; changed under the lock */
    struct kept *before;
    struct route *route;
    struct held *deliveries;
    uint32_t refs;   /* its held deliveries; while it is dispatched, one more */
    uint32_t parked; /* so many of them are parked, or wait behind one that is */
    bool failed;     /* a delivery has failed for good */
    bool is_parked;  /* counted as such: nothing of it is on its way */
    alignas(64) struct cell cell;
};
_Static_assert(offsetof(struct kept, cell) == 64, "the body stays 8-aligned");

struct held {
    struct timer timer;
    struct held *next; /* of its message */
    struct kept *kept;
    struct handler *handler;
    struct runs runs; /* so far; first_ns 0: none yet */
    uint32_t next_free;
    enum held_state state;
    bool still; /* counted in kept->parked */
    struct held *batch_next;
    struct {
        uint64_t key;
        struct held *next;   /* head: the next line in its bucket */
        struct held *behind; /* the next one of the line */
        struct held *last;   /* head: of its line */
        bool in;
    } line;
    uint64_t report;        /* of the last run's error; 0: none */
    struct bus_error error; /* of the last run */
    char error_text[BUS_ERROR_TEXT_SIZE];
};

size_t held_bytes(const struct bus *bus);

/* ---- for whoever runs deliveries ---- */

/* An event's handler has failed, in its first run: reported, then held for another run if its
 * policy wants one, or given up. To be called on the worker's thread, in its frame. */
void delivery_failed(struct bus_delivery *delivery, struct worker *worker);
/* Holds the delivery until `due_ns`, then it runs; `attempts` runs are behind it. NULL: there is no
 * record or no block. The message must be one that `worker` dispatches now, or kept already. */
struct held *delivery_hold(struct bus_delivery *delivery, struct worker *worker,
                           enum held_state state, uint64_t due_ns);
/* The end of a dispatch in which some delivery was held or failed: what is to be counted. NULL:
 * the message cannot wait where it has to, nothing of it has run, it stays in its lane. */
uint64_t *dispatch_end(struct worker *worker, struct counters *counters);

/* A part of a parallel group has failed, on any thread: reported. A record when it may run again,
 * for parts_settle on the group's worker; NULL: given up. */
struct held *part_failed(struct bus_delivery *delivery);
/* The group has ended: its failed parts that may run again, linked by `next`, are held or given up;
 * others were `lost`. `model` has all of a delivery but handler and error. */
void parts_settle(const struct bus_delivery *model, struct worker *worker, struct held *failed,
                  bool lost);

/* ---- hold.c, for retry.c ---- */

struct held *held_take(struct bus *bus, struct handler *handler);
void held_give(struct bus *bus, struct held *held);
/* The message of a delivery that is dispatched now. NULL: no block. */
struct kept *kept_take(struct worker *worker, const struct bus_delivery *delivery);
void held_join(struct held *held, struct kept *kept);
/* Nothing of the message that is dispatched now is held after all. */
void kept_drop(struct worker *worker, struct kept *kept);
void held_set_state(struct thread *thread, struct held *held, enum held_state state);
/* The delivery has ended; with it perhaps the message, counted as `end` says. */
void held_end(struct worker *worker, struct thread *thread, struct held *held, bool failed);
/* The same; counted as *end, if the message has ended. */
void held_end_as(struct worker *worker, struct thread *thread, struct held *held, bool failed,
                 uint64_t *end);
/* Its message as last seen from outside: runs now, or does not. */
void kept_running(struct worker *worker, struct kept *kept);
void held_note(struct held *held, const struct bus_delivery *delivery, uint64_t now);
/* A command is held from now on: a cancel finds it, or has come already and is seen. */
void held_watch(struct worker *worker, struct held *held);
/* It is not, or no more. */
void held_unwatch(struct worker *worker, const struct held *held);

/* ---- for the rest of the engine ---- */

/* Ends what is held for handlers that were unregistered; any thread, done by the worker soon. */
void hold_purge(struct worker *worker);
/* At stop: answers the commands that wait here with BUS_CLOSED. */
void hold_refuse(struct worker *worker, struct thread *thread);
/* The command with this record was cancelled: if it is held, it ends soon. Any thread. */
void hold_call(struct bus *bus, struct pending *pending);
/* Calls `fn` for each kept message, oldest first. Any thread; `fn` must not use the bus. */
void hold_each(struct worker *worker, scan_fn fn, void *context);

#endif
