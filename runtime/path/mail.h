/*
 * path/mail.h - other threads hand work to a worker: what only its own thread may do.
 *
 * Use. A `struct mail` lies in what it belongs to and is posted once at a time: it may be posted
 * again, or freed, from `run` on. The worker opens its mail between two messages, in the order of
 * the posts, on a polled bus inside bus_poll. After the workers have halted nothing is opened any
 * more.
 *
 * Argument. `last` is a stack: post pushes by cas, a full barrier, so what the poster
 * wrote comes before; the worker takes the whole of it by cas too and turns it around.
 * A pop of single letters, and with it ABA, does not exist.
 * Not forgotten: post pushes, then raises its bit of `attention`; the worker lowers the bit, then
 * takes the stack. So a letter that the worker misses is pushed after it lowered the bit, and the
 * bit is raised after that. The bit counts as work before the worker sleeps; parking_wake follows
 * it, for which parking.h has the argument.
 * A burst is ended by `bus->watchers`, which is raised as long as a letter is on its way: whoever
 * posts waits for the worker to be between two messages.
 */
#ifndef BUSGEN_PATH_MAIL_H
#define BUSGEN_PATH_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "path/atomic.h"

struct parking;
struct thread;
struct worker;

struct mail {
    struct mail *next;
    void (*run)(struct worker *worker, struct thread *thread, struct mail *mail);
};

/* What a worker looks at beside its lanes. */
enum {
    ATTENTION_MAIL = 1 << 0,
    ATTENTION_TIMERS = 1 << 1, /* some wait, due or not */
};

struct mailbox {
    struct mail *last;       /* shared: the last one posted */
    uint32_t *attention;     /* shared: ATTENTION_ bits of the worker */
    struct parking *parking; /* of the worker */
};

/* Any thread: puts it in and wakes the worker. */
void mail_post(struct mailbox *box, struct mail *mail);
/* The worker: all of it, linked by `next`, what was posted first comes first. */
struct mail *mail_take(struct mailbox *box);

static inline bool mail_waits(const struct mailbox *box)
{
    return (atomic_load_acquire_u32(box->attention) & ATTENTION_MAIL) != 0;
}

/* Any thread. */
void worker_post(struct worker *worker, struct mail *mail);

#endif
