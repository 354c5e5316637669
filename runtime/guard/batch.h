/*
 * guard/batch.h - batch handlers (bus/batch.h): deliveries that wait for others of their handler.
 *
 * Use. A handler with batches always has a guard, and each of its runs begins in batch_take, which
 * stands where the call of the handler would: it makes the delivery wait (as held, guard/hold.h),
 * or, when the batch is complete, calls the handler with all that waits and with this one, which
 * lies in its lane still. What waits is called in time by the timer of the first of them.
 *
 * Who. A batch belongs to one worker, the home of a serial unit, or each of those that run a
 * concurrent one; what waits is touched by its thread only. The room for a call (structs, scratch
 * memory, deliveries) is taken out of the batch while it is in use, so that bus_batch_configure can
 * put a larger one there at any time; whoever finds another one in its place frees its own.
 *
 * Order. Deliveries leave in the order in which they joined. Of an `ordered` type each that waits
 * is the head of its line (guard/ordered.h): there is one of each key at most.
 */
#ifndef BUSGEN_GUARD_BATCH_H
#define BUSGEN_GUARD_BATCH_H

#include <bus/batch.h>

#include "guard/guard.h"
#include "guard/hold.h"

struct batch_item {
    struct bus_delivery *delivery;
    struct held *held; /* NULL: it lies in its lane */
    enum bus_verdict verdict;
    bool set; /* the handler gave it this verdict */
    enum breaker_admission admission;
};

/* For one call. */
struct batch_room {
    size_t bytes;
    struct batch_room *next; /* until it is in its batch */
    struct batch *batch;
    struct batch_item *items;
    struct bus_delivery *deliveries;
    uint8_t *messages; /* the array */
    struct bus_scratch scratch;
};

static inline size_t batch_padded(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

/* What waits at one worker. */
struct batch {
    struct held *first, *last; /* own: by held->batch_next */
    uint32_t count;            /* own */
    uint64_t due_ns;           /* own: of the first one's timer */
    struct batch *next;        /* own: in worker->holding.batches, while something waits */
    struct batch *before;
    struct batch_room *room; /* shared; NULL: in use */
};

struct batches {
    size_t bytes;            /* const */
    bus_invoke_batch invoke; /* const: calls the handler */
    uint32_t size;           /* shared: of a call; never more than the rooms have */
    uint64_t wait_ns;        /* shared */
    uint32_t room_size;      /* registry lock */
    uint32_t count;          /* const: 1, or the workers */
    struct batch each[];     /* by worker, if they are so many */
};

/* NULL: it is no batch handler. */
static inline struct batches *batches_of(const struct handler *handler)
{
    return handler->guard != NULL ? handler->guard->batches : NULL;
}

/* How a batch handler is called, and how much at once. */
struct batch_kind {
    bus_invoke_batch invoke;
    struct bus_batch_options options;
};

/* Registry lock held; the handler has its guard, if its policy wants one. batches_free is harmless
 * for other handlers. */
enum bus_status batches_make(struct bus *bus, struct handler *handler,
                             const struct batch_kind *kind);
void batches_free(struct bus *bus, struct handler *handler);

/* By the worker, for a call; and back, unless there is another one now. */
struct batch_room *batch_room_take(struct batch *batch);
void batch_room_give(struct bus *bus, struct batch *batch, struct batch_room *room);

/* The delivery, in place of its run, on its worker. False: it waits (delivery->joined), or it has
 * run and failed, or was refused. */
bool batch_take(struct bus_delivery *delivery);
/* It waits now: nothing of it has failed. */
static inline bool batch_has(const struct bus_delivery *delivery)
{
    return batches_of(delivery->handler) != NULL && delivery->joined;
}
/* Events in the run of the delivery: 1 unless its handler takes batches. Sets *failed if one of
 * them failed by itself. When the handler has returned. */
uint32_t batch_count(const struct bus_delivery *whole, bool *failed);
/* `first` is the front of a lane, in a burst. Where a whole batch lies in the lane and none waits,
 * it is called from there, with no copy. The ends of all but the last are counted and their cells
 * released; returns where the end of the last is to be counted, *ran receives how many others
 * there were. NULL: nothing was done. */
uint64_t *batch_in_place(struct bus_delivery *first, struct lane *lane, uint32_t level,
                         uint32_t most, uint32_t *ran);
/* The timer of a held delivery of a batch handler: its batch is due; or it joins one, for it is to
 * run again. The frame shows the handler. */
void batch_again(struct worker *worker, struct thread *thread, struct held *held);
/* The delivery that waits is about to end unrun. */
void batch_leave(struct worker *worker, struct held *held);
/* All that waits is called soon; any thread, done by the worker. */
void batch_flush(struct worker *worker);
/* The handler itself, at the end of the dispatch chain. `whole` stands for all of the call. */
enum bus_verdict batch_call(struct bus_delivery *whole);

#endif
