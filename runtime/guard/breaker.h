/*
 * guard/breaker.h - a circuit breaker: stops calling what keeps failing, and tries it again later.
 *
 * CLOSED: calls go; `failures` failed ones within `within_ns` open it, a success clears the count.
 * OPEN: calls are refused, for `open_ns`. Then HALF_OPEN: at most `probes` calls run at once, that
 * many successes close it, one failure opens it again.
 *
 * A call asks breaker_admit; unless it was refused it says how it ended, exactly once, and whether
 * it was a probe. Its result counts when it arrives: a probe that outlives its half-open time still
 * counts as running, and its success or failure is one of the time in which it ends. The end of a
 * call that was admitted while closed says nothing once the breaker is open or half-open.
 *
 * Any thread. The argument stands at the top of breaker.c.
 */
#ifndef BUSGEN_GUARD_BREAKER_H
#define BUSGEN_GUARD_BREAKER_H

#include <bus/os.h>

#include "core/lock.h"
#include "path/atomic.h"

struct thread;

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
enum breaker_admission { BREAKER_GO, BREAKER_PROBE, BREAKER_REFUSE };

/* Parts of breaker.word. Zero: closed, nothing counted. */
#define BREAKER_STATE_BITS UINT64_C(3)
#define BREAKER_DIRTY UINT64_C(4) /* closed, with failures counted */

struct breaker_options {
    uint32_t failures; /* at least 1 */
    uint32_t probes;   /* at least 1 */
    uint64_t within_ns;
    uint64_t open_ns;
    const struct bus_os *os;
    /* After each change of state, on the thread that caused it, outside of all locks. Those of two
     * threads may come in another order than they happened. */
    void (*changed)(void *context, struct thread *thread, enum breaker_state from,
                    enum breaker_state to, uint32_t failures);
    void *context;
};

struct breaker {
    uint64_t word;                  /* shared */
    uint64_t until_ns;              /* shared: end of OPEN; written under the lock */
    uint64_t since_ns;              /* shared: last change of state, 0: none */
    uint64_t refused;               /* shared: calls */
    struct breaker_options options; /* const */
    /* lock: the failures of `generation`, oldest at `first`; there is room for options.failures */
    struct lock lock;
    uint32_t first;
    uint32_t count;
    uint32_t opened; /* lock: how often */
    uint64_t generation;
    uint64_t *at_ns;
};

/* What it looks like now; for listings. */
struct breaker_view {
    enum breaker_state state;
    uint32_t failures; /* counted in CLOSED */
    uint32_t running;  /* probes */
    uint32_t opened;
    uint64_t since_ns;
    uint64_t refused;
};

/* `at_ns` has room for options->failures times. */
void breaker_init(struct breaker *breaker, const struct breaker_options *options, uint64_t *at_ns);

enum breaker_admission breaker_admit_slowly(struct breaker *breaker, struct thread *thread);
void breaker_success_slowly(struct breaker *breaker, struct thread *thread, bool probe);
void breaker_failure(struct breaker *breaker, struct thread *thread, bool probe);
/* It was admitted and did not run. */
void breaker_abandon(struct breaker *breaker, bool probe);
/* When somebody who was refused should ask again. */
uint64_t breaker_next_ns(const struct breaker *breaker);
void breaker_look(struct breaker *breaker, struct breaker_view *view);

static inline enum breaker_state breaker_state(const struct breaker *breaker)
{
    return (enum breaker_state)(atomic_load_acquire_u64(&breaker->word) & BREAKER_STATE_BITS);
}

/* One load when closed. */
static inline enum breaker_admission breaker_admit(struct breaker *breaker, struct thread *thread)
{
    if (__builtin_expect((atomic_load_relaxed_u64(&breaker->word) & BREAKER_STATE_BITS) == 0, 1))
        return BREAKER_GO;
    return breaker_admit_slowly(breaker, thread);
}

/* One load when closed and nothing was counted. */
static inline void breaker_success(struct breaker *breaker, struct thread *thread, bool probe)
{
    uint64_t word = atomic_load_relaxed_u64(&breaker->word);

    if (__builtin_expect((word & (BREAKER_STATE_BITS | BREAKER_DIRTY)) == 0 && !probe, 1))
        return;
    breaker_success_slowly(breaker, thread, probe);
}

#endif
