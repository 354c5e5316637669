/* guard/retry.h - whether and when a failed delivery runs again, and its end when it does not. */
#ifndef BUSGEN_GUARD_RETRY_H
#define BUSGEN_GUARD_RETRY_H

#include "guard/hold.h"

enum retry_plan {
    RETRY_NEVER,     /* no retry left, none allowed, or the fault is permanent */
    RETRY_TOO_LATE,  /* its deadline comes first */
    RETRY_REFUSED,   /* an open breaker, and its policy does not park it */
    RETRY_GONE,      /* the handler was unregistered in between */
    RETRY_CANCELLED, /* between two runs on its caller: bus_cancel */
    RETRY_AT,
    RETRY_PARKED, /* until its breaker is asked again */
};

/* After the delivery's run number `attempts` (from 1) has failed, or was refused. */
enum retry_plan retry_plan(const struct bus_delivery *delivery, uint32_t attempts,
                           uint64_t *due_ns);

static inline bool retry_is_kept(enum retry_plan plan)
{
    return plan == RETRY_AT || plan == RETRY_PARKED;
}

static inline enum held_state retry_state(enum retry_plan plan)
{
    return plan == RETRY_PARKED ? HELD_PARKED : HELD_RETRY;
}

/* Reports a failed run; a handler that was not called has not failed. `final`: no other follows. */
void delivery_tell_failure(struct bus_delivery *delivery, uint32_t attempts, bool final);

/* The dead letter of a delivery that is not run again. True: it is one. */
bool delivery_give_up(struct bus_delivery *delivery, const struct runs *runs, enum retry_plan plan);

/* The error of one whose handler was unregistered. */
void delivery_note_gone(struct bus_delivery *delivery);

/* ---- of a held delivery, on its worker ---- */

/* Its deadline has passed. */
bool held_is_past(struct thread *thread, const struct held *held);
/* Its handler was unregistered. */
void held_note_gone(struct held *held);
/* It does not run any more: a letter as it stands in the record, and its end. */
void held_end_unrun(struct worker *worker, struct thread *thread, struct held *held,
                    enum bus_letter_reason reason);
/* It ran, as number held->runs.attempts, and failed, or was refused: held on, or given up. */
void held_failed(struct bus_delivery *delivery, struct worker *worker, struct held *held);
/* The message could not be unpacked for its run. */
void delivery_note_no_memory(struct bus_delivery *delivery);

/* A command that runs on its caller has failed, after run->attempts runs: waits and runs it again
 * until it is answered, given up (BUS_FAULTED), cancelled, or deferred (BUS_QUEUED). The frame
 * shows the handler. */
enum bus_outcome command_insist(struct bus_delivery *delivery, struct cell *cell,
                                struct frame *frame, struct bus_run *run, uint64_t since);
/* For a result: "failed after N attempts: ..." in front of the error's text. */
void delivery_note_attempts(struct bus_delivery *delivery, uint32_t attempts);

/* Timer of a held delivery: its next run. */
void delivery_again(struct worker *worker, struct thread *thread, struct timer *timer);

#endif
