/*
 * guard/timers.h - what a worker does later: retries, parked messages, deadlines of answers.
 *
 * Use. A `struct timer` lies in what it belongs to. The worker's own thread adds and cancels it;
 * when it is due the worker takes it out and calls `fire`, between two messages, and `fire` may add
 * it again. Other threads post the worker a mail (path/mail.h).
 *
 * Why a heap. A 4-ary heap of (due, order, timer), in memory reserved at open: add, cancel and take
 * cost some comparisons at log4(n) levels (8 for 100,000), each level one or two cache lines, and a
 * look at the next due time is one load, whatever waits. A timing wheel adds in constant time but
 * has to be turned: it reads the clock and walks slots also where nothing is due, its slots round
 * times up, and the next due time, which a worker needs before it sleeps, is a search. Timers are
 * what follows a failure, so their number is small beside that of messages.
 *
 * Of equal due times the one that was added first comes first.
 */
#ifndef BUSGEN_GUARD_TIMERS_H
#define BUSGEN_GUARD_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;
struct worker;

/* Zeroed: not added. */
struct timer {
    uint64_t due_ns; /* monotonic */
    uint32_t place;  /* in the heap, from 1; 0: not added */
    void (*fire)(struct worker *worker, struct thread *thread, struct timer *timer);
};

struct timer_slot {
    uint64_t due_ns;
    uint64_t order;
    struct timer *timer;
};

struct timers {
    struct timer_slot *slots;
    uint32_t count;
    uint32_t capacity;
    uint64_t order;
    uint64_t next_ns; /* due time of the first one; UINT64_MAX: there is none */
};

size_t timers_bytes(uint32_t capacity);
/* `memory`: 8-aligned, timers_bytes(capacity). */
void timers_init(struct timers *timers, void *memory, uint32_t capacity);

/* All by the owner's thread. `due_ns` in the past: at once. A timer that was added already moves.
 * Whoever brings timers has made room for them at open (core/open.c: timers_capacity). */
void timers_add(struct timers *timers, struct timer *timer, uint64_t due_ns);
/* Harmless for one that was not added. */
void timers_cancel(struct timers *timers, struct timer *timer);
/* Takes out the first one if it is due at `now_ns`; else NULL. */
struct timer *timers_take(struct timers *timers, uint64_t now_ns);

static inline bool timer_is_added(const struct timer *timer)
{
    return timer->place != 0;
}

#endif
