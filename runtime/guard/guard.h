/*
 * guard/guard.h - what stands in front of a handler whose policy has a breaker, a retry budget or a
 * timeout, or which takes events in batches. Others have no guard and pay nothing.
 *
 * Breaker and budget belong to a dependency: that of one handler, or, where the policy names its
 * breaker, of all handlers that use the name on this bus.
 */
#ifndef BUSGEN_GUARD_GUARD_H
#define BUSGEN_GUARD_GUARD_H

#include "core/engine.h"
#include "guard/breaker.h"
#include "guard/budget.h"

struct dependency {
    struct dependency *next;  /* registry lock: in bus->dependencies */
    struct dependency **link; /* the same: what points to it */
    const char *name;         /* const */
    struct bus *bus;          /* const */
    size_t bytes;             /* const */
    struct handler *handler;  /* const: whose own it is; NULL: shared by name, lives until close */
    bool has_breaker;         /* const */
    struct budget budget;     /* percent 0: none */
    struct breaker breaker;
    uint64_t at_ns[]; /* the breaker's */
};

struct guard {
    struct breaker *breaker;       /* NULL: none */
    struct budget *budget;         /* NULL: no bound */
    uint64_t timeout_ns;           /* of one run; 0: none */
    struct dependency *dependency; /* NULL: neither of them */
    struct batches *batches;       /* of a batch handler (guard/batch.h); NULL: it is none */
};

/* Gives the handler its guard if its policy wants one. The caller holds the registry lock. */
enum bus_status guard_make(struct bus *bus, struct handler *handler);
void guard_free(struct bus *bus, struct handler *handler);
/* At close, when there are no handlers any more. */
void guards_close(struct bus *bus);

/* A faulted run of the delivery's handler has been settled: may it have a retry, as far as breaker
 * and budget say? One that may has been taken from the budget. A breaker that is not closed ends
 * the retries, except of an event that is parked while it is open: its retry will be. */
bool guard_allows_retry(const struct bus_delivery *delivery);
/* Notes in the delivery why its handler was not called. */
void guard_note_refusal(struct bus_delivery *delivery);
/* When a parked delivery should ask again. */
uint64_t guard_next_ns(const struct guard *guard);
/* A refused delivery that is not parked, because its policy says so (or because there is no room
 * for it): gone, or a dead letter. True: that. */
bool guard_give_up(struct bus_delivery *delivery);

/* The handler of this delivery, whose run has just failed, was not called. */
static inline bool guard_refused(const struct bus_delivery *delivery)
{
    return delivery->handler->guard != NULL && delivery->refused;
}

/* The state of the handler's breaker; without one it is closed. */
static inline enum breaker_state guard_state(const struct handler *handler)
{
    if (handler->guard == NULL || handler->guard->breaker == NULL)
        return BREAKER_CLOSED;
    return breaker_state(handler->guard->breaker);
}

/* In front of a run. `first`: of this delivery. What is not refused must be settled. */
static inline enum breaker_admission guard_admit(struct guard *guard, struct thread *thread,
                                                 bool first)
{
    enum breaker_admission admission =
        guard->breaker != NULL ? breaker_admit(guard->breaker, thread) : BREAKER_GO;

    if (guard->budget != NULL && first && admission != BREAKER_REFUSE)
        budget_call(guard->budget);
    return admission;
}

/* After it. */
static inline void guard_settle(struct guard *guard, struct thread *thread,
                                enum breaker_admission admission, bool ok)
{
    if (guard->breaker == NULL)
        return;
    if (__builtin_expect(ok, 1))
        breaker_success(guard->breaker, thread, admission == BREAKER_PROBE);
    else
        breaker_failure(guard->breaker, thread, admission == BREAKER_PROBE);
}

#endif
