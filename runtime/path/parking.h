/*
 * path/parking.h - how a worker sleeps and how a publisher wakes it.
 *
 *     worker:                                  publisher:
 *         parking_prepare(parking);                commit (store turn)
 *         if (there is work after all)             parking_wake(parking);
 *             parking_cancel(parking);
 *         else
 *             parking_wait(parking, deadline);
 *
 * Use. One sleeper per `struct parking`, any number of wakers. The sleeper may be a polled bus:
 * then `descriptor` is raised instead, and the owner calls prepare before it returns to its event
 * loop, and cancel when it is called again.
 *
 * Argument. Two words and two threads that each store one and then load the other:
 *
 *     worker: store word = PARKED; barrier; load turn        (prepare, then the second look)
 *     publisher: store turn; load word                       (commit, then wake)
 *
 * A wake-up is lost if and only if both loads miss the other's store. os->barrier makes every
 * thread of the process pass a full barrier between the worker's store and its load. Consider the
 * point of that barrier in the publisher. Is its store of turn before it: then it is visible to the
 * worker's load, which comes after. Is it not: then the publisher's load of word, which follows its
 * store in program order (atomic_compiler_fence keeps the compiler from moving it up), comes after
 * the barrier too, and the worker's store, before it, is visible. So the fast path of a publisher
 * is one plain load of a line that nobody writes while the worker is awake.
 *
 * Where os->barrier is not available (`asymmetric` false) both sides pass a full fence between
 * their store and their load; then of the two fences one is first, and the same reasoning holds.
 *
 * Should a barrier that worked at init fail later, the worker does not trust its look and sleeps at
 * most PARKING_DOUBT_NS.
 *
 * Waking. The waker that turns PARKED into AWAKE by cas makes the one system call. The worker waits
 * on the word while it is PARKED, so a wake between its look and its wait makes the wait return at
 * once. After a wait, whatever its reason, the worker sets AWAKE itself and looks for work. A wake
 * for work that the worker finds by itself costs it one more round, nothing else.
 */
#ifndef BUSGEN_PATH_PARKING_H
#define BUSGEN_PATH_PARKING_H

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include <bus/os.h>

#include "path/atomic.h"

enum { PARKING_AWAKE = 0, PARKING_PARKED = 1 };

#define PARKING_DOUBT_NS BUS_MILLISECOND

struct parking {
    alignas(CACHE_LINE) bus_os_word word;
    bool asymmetric; /* constant after init */
    bool doubtful;   /* sleeper's own: this time the barrier failed */
    int descriptor;  /* raised instead of a wake of the word; -1: none */
    const struct bus_os *os;
};

/* Tries os->barrier once. `descriptor` -1: a thread waits in parking_wait. */
void parking_init(struct parking *parking, const struct bus_os *os, int descriptor);

/* Sleeper only. After prepare it must look for work once more, then cancel or wait (or, polled,
 * return to its event loop). */
void parking_prepare(struct parking *parking);
void parking_cancel(struct parking *parking);
/* Sleeps until a wake or monotonic `deadline_ns` (UINT64_MAX: none); may return early. False when
 * the deadline passed. It is awake afterwards. */
bool parking_wait(struct parking *parking, uint64_t deadline_ns);

/* The slow part of parking_wake. */
void parking_wake_parked(struct parking *parking);

/* Any thread, after it stored what the sleeper looks for. */
static inline void parking_wake(struct parking *parking)
{
    if (parking->asymmetric)
        atomic_compiler_fence();
    else
        atomic_fence();
    if (__builtin_expect(atomic_load_relaxed_u32(&parking->word) == PARKING_PARKED, 0))
        parking_wake_parked(parking);
}

static inline bool parking_is_parked(const struct parking *parking)
{
    return atomic_load_relaxed_u32(&parking->word) == PARKING_PARKED;
}

#endif
