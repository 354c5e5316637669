/*
 * core/lock.h - a mutex for cold paths that waits through the seam.
 *
 * The word is 0 free, 1 taken, 2 taken and somebody may wait (Drepper's third mutex).
 */
#ifndef BUSGEN_CORE_LOCK_H
#define BUSGEN_CORE_LOCK_H

#include <bus/os.h>

struct lock {
    bus_os_word word;
};

void lock_take(struct lock *lock, const struct bus_os *os);
/* False: `deadline_ns` passed first. */
bool lock_take_until(struct lock *lock, const struct bus_os *os, uint64_t deadline_ns);
void lock_give(struct lock *lock, const struct bus_os *os);

#endif
