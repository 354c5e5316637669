/*
 * counting.h - how often a thread allocated, locked and called the system between two points.
 *
 * Link with the wraps that CMakeLists.txt names. Allocations: the allocator's functions, called
 * from anywhere in the process. Locks: pthread_mutex_*, pthread_rwlock_*, pthread_spin_* and the
 * engine's own lock, taken from code of this program. System calls: every one, by a seccomp filter
 * whose SIGSYS handler counts the call and then makes it; left out are those of a thread that ends
 * (exit, madvise, rt_sigprocmask) and reading the clock, which is a system call only where the
 * system offers no clock in user space.
 */
#ifndef COUNTING_H
#define COUNTING_H

#include <stdint.h>

struct counts {
    uint64_t allocations;
    uint64_t locks;
    uint64_t system_calls;
    uint64_t last_call; /* number of the last system call counted */
};

/* Counts on this thread from here on, and forgets what was counted before. */
void counting_begin(void);
/* Stops; what was counted since counting_begin, all zero without one. */
struct counts counting_end(void);

#endif
