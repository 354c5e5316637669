/*
 * explore.h - runs small concurrent programs in every order.
 *
 * A scenario is a few fibers over the runtime's own code, compiled against the explorer's atomic.h.
 * Before each shared access the running fiber may be preempted, at most `preemptions` times in one
 * schedule. Stores may be delayed (x86-TSO): a delayed store, and all later ones of the same fiber,
 * wait in the fiber's store buffer of depth 2, in order; the fiber itself sees them, others do not
 * until they drain: when the explorer chooses so at an access of another fiber to that word, or at
 * a fence, a compare-and-swap, a system call. At most `delays` stores of a schedule are chosen for
 * that. All combinations are enumerated depth first; each schedule starts from a fresh state, so a
 * schedule is its list of choices.
 *
 * A restartable sequence (os/rseq.h) is aborted by a restart barrier of another fiber, and by
 * chance (a preemption on its own processor) at most `aborts` times in a schedule. A barrier
 * reaches the other fibers one after the other, at some moment each, before its caller goes on.
 *
 * What counts as a finding: a failed explore_check, two fibers in the same plain bytes one of them
 * writing, or all fibers waiting (a lost wake-up, a lost message).
 *
 * What it cannot see: reordering by the compiler, and machines weaker than TSO.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

enum { EXPLORE_FIBERS = 4 };

struct scenario {
    const char *name;
    uint32_t fibers;
    uint32_t preemptions;
    uint32_t deeper; /* so many more in the long form */
    uint32_t delays;
    uint32_t aborts; /* of sequences, by chance */
    const void *shape;
    void (*setup)(const void *shape); /* plain code: a fresh state */
    void (*fiber)(uint32_t self);     /* the body of each fiber */
    void (*step)(void);               /* after each change of shared memory; may be NULL */
    void (*end)(void);                /* plain code: all fibers ended */
};

/* Explores all of it; returns the number of schedules. A finding is printed with its schedule, and
 * ends the program with status 1. */
uint64_t explore(const struct scenario *scenario);

/* Fails the schedule unless `fine`. */
void explore_check(bool fine, const char *what);
/* Instead of a loop that looks again: how many changes of shared memory other fibers made so far,
 * and a wait until there are more. */
uint64_t explore_changes(void);
void explore_wait_for_change(uint64_t since);
/* Plain bytes, named by any address in their 64-byte line, are used from here to the return, with
 * scheduling points in between. */
void explore_plain(const void *at, bool write);
/* The system's: futex wait and wake, and the asymmetric barrier. */
void explore_futex_wait(const uint32_t *word, uint32_t expected);
void explore_futex_wake(const uint32_t *word);
void explore_barrier(void);
void explore_restart(void);
/* For code outside of fibers. */
bool explore_inside(void);

#endif
