/*
 * core/locals.h - all that the runtime keeps in thread-local memory, so that threads which take
 * turns on one thread of the system (runtime/simulation/) can each have their own. A new
 * _Thread_local variable of the runtime belongs here.
 */
#ifndef BUSGEN_CORE_LOCALS_H
#define BUSGEN_CORE_LOCALS_H

#include "core/last_error.h"
#include "path/path.h"

struct thread_locals {
    struct thread_cache cache;
    const void *identity; /* owner in thread records; NULL: the thread of the system's own */
    enum bus_status failure;
    struct last_error *error; /* NULL: the thread of the system's own */
};

/* Keeps what the calling thread has in `from` and gives it what is in `to`. */
void thread_locals_exchange(struct thread_locals *from, const struct thread_locals *to);
/* The thread that runs ends: its records may be taken by others. */
void thread_locals_end(void);

#endif
