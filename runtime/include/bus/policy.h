/*
 * bus/policy.h - what happens when the handler of a message fails.
 *
 * A message declares its policy in the schema (`retry`, `backoff`, `breaker`, `timeout`, ...) and
 * busgen writes it as a constant table. bus_options.policies replaces it, message by message, on
 * one bus: start from a copy of the declared one and change what you need.
 *
 *     struct bus_policy gentle = *bus_type_policy(&shop_reserve_stock_type);
 *
 *     gentle.retries = 1;
 *
 * A member that is zero is off, or its default, as said beside it.
 */
#ifndef BUS_POLICY_H
#define BUS_POLICY_H

#include <bus/types.h>

/* How the delay before a retry is varied, so that those who failed together do not come back
 * together. */
enum bus_jitter {
    BUS_JITTER_HALF = 0, /* times a number from [0.5, 1.5) */
    BUS_JITTER_FULL,     /* anything from zero to the delay */
    BUS_JITTER_NONE,
};

/* What becomes of a message that meets an open breaker. */
enum bus_on_open {
    BUS_ON_OPEN_DEFAULT = 0, /* fail a command, park an event */
    BUS_ON_OPEN_FAIL,
    BUS_ON_OPEN_PARK, /* wait outside the lane until the breaker lets it through */
    BUS_ON_OPEN_DEAD_LETTER,
};

/* Breaker: stops calling what keeps failing. Faults count, in runs and in retries, whatever way the
 * message came; a declared failure of a command is an answer, and a success for the breaker. While
 * it is closed, a success clears what was counted. A fault that opens it, or comes while it is not
 * closed, ends the retries of its message, as after the last run; but an event that parks waits for
 * the breaker and has the runs that are left. System events have none. bus/breakers.h lists them.
 *
 * Retry: the delay before retry n (from 0) is min(backoff_first_ns * backoff_factor^n,
 * backoff_most_ns), then the jitter. Only transient faults are tried again. */
struct bus_policy {
    uint32_t retries; /* runs after the first one; 0: none */
    enum bus_jitter jitter;
    uint64_t backoff_first_ns; /* default 100 ms */
    uint64_t backoff_most_ns;  /* default 10 s */
    double backoff_factor;     /* default 2.0; at least 1 */
    uint32_t retry_budget;     /* retries per 100 calls of the handler, and a reserve of ten; those
                                  that share a breaker share it too; 0: no bound */

    uint32_t breaker_failures;  /* opens after so many ...; 0: no breaker */
    uint64_t breaker_within_ns; /* ... within this time; default 60 s */
    uint64_t breaker_open_ns;   /* stays open so long; default 60 s */
    uint32_t breaker_probes;    /* then so many at once may try, and so many successes close it;
                                   default 3 */
    const char *breaker_name;   /* shared by all handlers that name it, whose numbers for it must be
                                   the same; NULL: one per handler */
    enum bus_on_open on_open;

    uint64_t timeout_ns;  /* of one run; 0: none. A run that takes longer is not stopped, but its
                             result counts no more: it is a transient fault (BUS_FAULT_LATE). Of a
                             command that runs on its caller a success within the deadline counts */
    uint64_t approval_ns; /* a command waits so long to be approved, then it expires; 0: needs none
                           */
    bool ordered;         /* while one of a key is held, later ones of that key wait behind it; of
                             events: with it the policy of a command is refused (BUS_ERR_INVALID) */
    bool by_category;     /* retries follow the category of the fault, not the members above */
    bool no_dead_letters; /* one that cannot be processed is counted and gone */
};

#endif
