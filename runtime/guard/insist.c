/*
 * guard/insist.c - a command that runs on its caller, and failed: the caller waits and runs it
 * again, as its policy says, up to its deadline.
 *
 * In between its frame shows no handler, so nobody who unregisters it waits for that long; the
 * frame's list keeps its memory. A bus that stops ends the waiting, and so does who cancels the
 * command: both do what they do and then move `again`.
 */
#include "guard/retry.h"

#include "core/registry.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "path/command.h"

/* RETRY_AT: it is due; else what came first. */
static enum retry_plan wait_until(const struct bus_delivery *delivery, uint64_t due_ns)
{
    struct bus *bus = delivery->bus;
    bool due = false;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->again);

        if ((atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0)
            return RETRY_NEVER;
        if (pending_is_cancelled(delivery->extension))
            return RETRY_CANCELLED;
        if (due)
            return RETRY_AT;
        due = !bus->os.wait(bus->os.context, &bus->again, seen, due_ns) || bus_now(bus) >= due_ns;
    }
}

static bool is_past(const struct bus_delivery *delivery)
{
    return delivery->extension != NULL && delivery->extension->deadline_ns != 0 &&
           thread_is_past(delivery->thread, delivery->extension->deadline_ns);
}

/* What comes after a failed run. RETRY_AT: the next one begins now. */
static enum retry_plan next_of(struct bus_delivery *delivery, struct frame *frame,
                               struct runs *runs)
{
    struct bus *bus = delivery->bus;
    uint64_t due_ns = 0;
    enum retry_plan plan = retry_plan(delivery, runs->attempts, &due_ns);

    delivery_tell_failure(delivery, runs->attempts, !retry_is_kept(plan));
    runs->attempts -= guard_refused(delivery);
    if (!retry_is_kept(plan))
        return plan;
    frame_leave(frame);
    tell_handler_end(bus);
    plan = wait_until(delivery, due_ns);
    if (plan == RETRY_CANCELLED)
        return plan;
    if (plan == RETRY_AT && is_past(delivery)) {
        plan = RETRY_TOO_LATE;
        error_lost(bus, delivery->report);
    }
    if (!frame_enter(bus, frame, delivery->handler)) {
        delivery_note_gone(delivery);
        plan = RETRY_GONE;
    }
    return plan;
}

static enum bus_outcome end_cancelled(struct bus_delivery *delivery, uint64_t since)
{
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_PROCESSING,
                                             .text = "the command was cancelled"});
    command_unanswered(delivery, since);
    return BUS_CANCELLED;
}

enum bus_outcome command_insist(struct bus_delivery *delivery, struct cell *cell,
                                struct frame *frame, struct bus_run *run, uint64_t since)
{
    struct runs runs = {.attempts = 1, .first_ns = since, .last_ns = 0};

    for (;;) {
        enum retry_plan plan;

        runs.last_ns = bus_now(delivery->bus);
        plan = next_of(delivery, frame, &runs);
        run->attempts = runs.attempts;
        if (plan == RETRY_CANCELLED)
            return end_cancelled(delivery, since);
        if (plan != RETRY_AT) {
            run->dead_lettered = delivery_give_up(delivery, &runs, plan);
            delivery_note_attempts(delivery, runs.attempts);
            command_unanswered(delivery, since);
            return BUS_FAULTED;
        }
        run->attempts = ++runs.attempts;
        cell_set_attempt(cell, runs.attempts);
        if (command_run(delivery, &since)) {
            if (delivery->report != 0 && runs.attempts > 1)
                error_recovered(delivery);
            return BUS_ANSWERED;
        }
        if (delivery->deferred)
            return BUS_QUEUED;
    }
}
