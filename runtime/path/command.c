/*
 * path/command.c - queued commands in their worker.
 *
 * A command ends (processed, failed, expired) before whoever waits for it is told, and its frame is
 * gone by then: an account read after the answer balances. The answer lies in a pool block or, with
 * a completion, in the worker's scratch memory, from which the result is made.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/retry.h"
#include "path/command.h"
#include "path/reply.h"

/* How a queued command ended, on its way to whoever waits. */
struct ending {
    enum bus_outcome outcome;
    enum bus_category category;
    const char *text;
    const char *handler;
    struct bus_delivery *delivery; /* NULL: it did not run */
    uint32_t attempts;
    bool dead_lettered;
    enum breaker_state breaker;
    bool later; /* its handler deferred it: no end yet */
    bool kept;  /* held for another run: no end yet */
    bool async; /* a completion is called */
};

static bool reply_make(struct thread *thread, const struct bus_message_type *type,
                       struct reply *reply)
{
    reply->type = type;
    reply->capacity = type->result.bytes_max;
    reply->result = scratch_take(&thread->scratch, thread->bus, type->result.size);
    reply->bytes = scratch_take(&thread->scratch, thread->bus, reply->capacity + 8);
    return reply->result != NULL && reply->bytes != NULL;
}

/* The same, whatever happens: without memory the route's spare result, with no room for an answer.
 * *spare tells whether spare_give must follow. */
void reply_must(struct thread *thread, struct route *route, struct reply *reply, bool *spare)
{
    struct bus *bus = thread->bus;

    *spare = !reply_make(thread, route->type, reply);
    if (!*spare)
        return;
    while (atomic_exchange_u32(&route->spare_taken, 1) != 0)
        bus->os.yield(bus->os.context);
    *reply = (struct reply){.type = route->type, .result = route->spare};
}

void spare_give(struct route *route, bool spare)
{
    if (spare)
        atomic_store_release_u32(&route->spare_taken, 0);
}

/* Runs the completion; inside the frame, so that it counts as a handler's code. */
static void complete(struct thread *thread, struct pending *pending, const struct cell *cell,
                     const struct reply *reply, const struct ending *ending)
{
    struct bus_delivery *outer = thread->current;
    struct bus_run *run = reply->result;

    result_init(reply);
    run->id = message_id(thread->bus, cell);
    run->handler = ending->handler;
    run->attempts = ending->attempts;
    run->breaker_state = (uint8_t)ending->breaker;
    run->dead_lettered = ending->dead_lettered;
    if (ending->outcome == BUS_ANSWERED && ending->delivery->answer_too_large)
        (void)result_too_large(reply);
    else if (ending->outcome == BUS_ANSWERED)
        (void)result_answer(reply, ending->delivery->answer, ending->delivery->answer_size);
    else if (ending->outcome == BUS_FAULTED && ending->delivery != NULL)
        (void)result_fault(reply, &ending->delivery->error);
    else
        (void)result_refuse(reply, ending->outcome, ending->category, ending->text);
    if (ending->delivery != NULL)
        thread->current = ending->delivery;
    pending->complete(pending->callback, pending->context, reply->result);
    thread->current = outer;
}

/* Fills the record of a waiter; pending_finish tells him. */
static void record(struct pending *pending, const struct ending *ending)
{
    pending->outcome = ending->outcome;
    pending->dead_lettered = ending->dead_lettered;
    pending->attempts = ending->attempts;
    pending->breaker_state = (uint8_t)ending->breaker;
    pending->handler = ending->handler;
    pending->error.category = ending->category;
    if (ending->delivery == NULL) {
        error_text_copy(pending->error_text, ending->text);
        return;
    }
    if (ending->outcome == BUS_ANSWERED) {
        pending->answer = ending->delivery->answer;
        pending->size = ending->delivery->answer_size;
        pending->bytes = ending->delivery->answer_bytes;
    } else {
        pending->error = ending->delivery->error;
        error_text_copy(pending->error_text, ending->delivery->error_text);
    }
}

/* This run gave no answer: held for another one, or given up. `since`: begin of the first one. */
static void not_answered(struct worker *worker, struct bus_delivery *delivery, struct held *held,
                         uint64_t since, struct ending *ending)
{
    uint64_t due_ns = 0, now = bus_now(worker->bus);
    enum retry_plan plan = retry_plan(delivery, ending->attempts, &due_ns);
    struct runs runs = {.first_ns = since, .last_ns = now};

    if (!retry_is_kept(plan))
        held = NULL;
    else if (held == NULL)
        held = delivery_hold(delivery, worker, retry_state(plan), due_ns);
    else
        worker_timer(worker, &held->timer, due_ns);
    delivery_tell_failure(delivery, ending->attempts, held == NULL);
    ending->attempts -= guard_refused(delivery);
    runs.attempts = ending->attempts;
    if (held != NULL) {
        held->runs = runs;
        held_set_state(delivery->thread, held, retry_state(plan));
        held_note(held, delivery, now);
        held_watch(worker, held);
        ending->kept = true;
        return;
    }
    ending->dead_lettered = delivery_give_up(delivery, &runs, plan);
    delivery_note_attempts(delivery, runs.attempts);
    command_unanswered(delivery, since);
}

/* A failed run, though its handler was not called. */
static void no_memory(struct bus_delivery *delivery, const char *text, uint64_t *since)
{
    delivery->refused = false;
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                             .severity = BUS_SEVERITY_HIGH,
                                             .code = BUS_FAULT_MEMORY,
                                             .transient = true,
                                             .text = text});
    if (*since != 0)
        return;
    *since = bus_now(delivery->bus);
    system_command_started(delivery);
}

/* Runs the handler. `reply` is where a completion's answer goes; of a waiter's it is empty. */
static void run_command(struct worker *worker, struct thread *thread, struct route *route,
                        const struct cell *cell, struct handler *handler, struct held *held,
                        const struct reply *reply, struct bus_delivery *delivery,
                        struct ending *ending)
{
    uint64_t since = held != NULL ? held->runs.first_ns : 0;
    bool opened = delivery_open(delivery, thread, route, cell);

    ending->handler = handler->name;
    ending->delivery = delivery;
    ending->attempts = held != NULL ? held->runs.attempts : 0;
    delivery->handler = handler;
    delivery->report = held != NULL ? held->report : 0;
    ending->attempts++;
    if (!opened || (ending->async && reply->bytes == NULL)) {
        if (!opened)
            delivery->message = NULL;
        no_memory(delivery, opened ? "no memory for the result" : "no memory to unpack the request",
                  &since);
        ending->outcome = BUS_FAULTED;
        not_answered(worker, delivery, held, since, ending);
        return;
    }
    delivery->answer_bytes = reply->bytes;
    delivery->answer_capacity = reply->capacity;
    delivery->kept = NULL;
    if (command_run(delivery, &since)) {
        if (delivery->report != 0)
            error_recovered(delivery);
        ending->outcome = BUS_ANSWERED;
        ending->breaker = guard_state(handler);
        return;
    }
    ending->outcome = BUS_FAULTED;
    ending->breaker = guard_state(handler);
    ending->later = delivery->deferred;
    if (!ending->later)
        not_answered(worker, delivery, held, since, ending);
    if (reply->bytes == NULL)
        pool_give(&thread->bus->pool, delivery->answer_bytes);
}

/* A held command that is not run again, for its handler is gone, or it is late, or nobody waits. */
static void leave_unrun(struct thread *thread, struct held *held, bool gone,
                        struct bus_delivery *delivery, struct ending *ending)
{
    const struct cell *cell = &held->kept->cell;

    *delivery = (struct bus_delivery){
        .bus = thread->bus,
        .thread = thread,
        .route = held->kept->route,
        .cell = cell,
        .extension = cell_extension(cell),
        .bytes = cell_payload(cell),
        .size = cell_size(cell),
        .handler = held->handler,
    };
    ending->handler = held->handler->name;
    ending->attempts = held->runs.attempts;
    if (gone) {
        delivery_note_gone(delivery);
        ending->outcome = BUS_FAULTED;
        ending->delivery = delivery;
        ending->dead_lettered = delivery_give_up(delivery, &held->runs, RETRY_GONE);
    } else {
        if (ending->outcome == BUS_TIMEOUT) {
            error_note(delivery, &held->error);
            ending->dead_lettered = delivery_give_up(delivery, &held->runs, RETRY_TOO_LATE);
            error_lost(thread->bus, held->report);
        }
        error_note(delivery,
                   &(struct bus_error){.category = ending->category, .text = ending->text});
    }
    command_unanswered(delivery, held->runs.first_ns);
}

/* The handler that may run here, shown by the frame; NULL: none. */
static struct handler *find_handler(const struct worker *worker, struct thread *thread,
                                    struct route *route, struct frame *frame,
                                    const struct cell *cell)
{
    struct handler *handler;

    do {
        handler = handler_of_command(thread, frame, route, frame_pin(thread->bus, route, frame),
                                     cell_session(cell), cell_session_generation(cell));
        if (handler == NULL || (!handler->unit->concurrent &&
                                atomic_load_relaxed_u32(&handler->unit->home) != worker->index))
            return NULL;
    } while (!frame_enter(thread->bus, frame, handler));
    return handler;
}

static uint64_t *counter_of(struct counters *counters, enum bus_outcome outcome)
{
    if (outcome == BUS_ANSWERED)
        return &counters->processed;
    if (outcome == BUS_CANCELLED)
        return &counters->cancelled;
    return outcome == BUS_TIMEOUT ? &counters->expired : &counters->failed;
}

/* Whatever came of it, it is told that it was cancelled. */
static void set_cancelled(struct ending *ending)
{
    ending->outcome = BUS_CANCELLED;
    ending->category = BUS_CATEGORY_PROCESSING;
    ending->text = "the command was cancelled";
}

/* What came of it, to whoever waits. */
static void hand_over(struct thread *thread, struct route *route, const struct cell *cell,
                      struct reply *reply, struct ending *ending)
{
    const struct cell_extension *extension = cell_extension(cell);
    struct pending *pending = extension->pending;
    enum bus_outcome counted = ending->outcome;
    bool spare = false;

    if (!ending->async) {
        record(pending, ending);
        return;
    }
    if (reply->bytes == NULL)
        reply_must(thread, route, reply, &spare);
    if (!pending_move(pending, extension->pending_generation, PENDING_WAITING, PENDING_DONE))
        set_cancelled(ending);
    complete(thread, pending, cell, reply, ending);
    ending->outcome = counted;
    spare_give(route, spare);
}

/* The run of a command that somebody waits for, in time. */
static void try_command(struct worker *worker, struct thread *thread, struct route *route,
                        const struct cell *cell, struct held *held, struct frame *frame,
                        struct reply *reply, struct bus_delivery *delivery, struct ending *ending)
{
    struct handler *handler;

    if (held == NULL)
        handler = find_handler(worker, thread, route, frame, cell);
    else
        handler = frame_enter(thread->bus, frame, held->handler) ? held->handler : NULL;
    if (handler == NULL && held != NULL) {
        leave_unrun(thread, held, true, delivery, ending);
    } else if (handler == NULL) {
        ending->outcome = say_no_handler(thread, route->type);
        ending->category = BUS_CATEGORY_CONFIG;
        ending->text = bus_last_error();
    } else {
        if (ending->async && !reply_make(thread, route->type, reply))
            reply->bytes = NULL;
        run_command(worker, thread, route, cell, handler, held, reply, delivery, ending);
    }
}

/* Goes on without an end: held, or deferred (which counted it). */
static void go_on(struct worker *worker, struct thread *thread, struct route *route,
                  struct held *held, const struct ending *ending)
{
    uint64_t none = 0;

    if (ending->kept && held == NULL)
        counter_add(dispatch_end(worker, thread_count(thread, route)), 1);
    if (ending->later && held != NULL) {
        held_unwatch(worker, held);
        held_end_as(worker, thread, held, false, &none);
    }
}

/* From its lane, or (`held`) once more. */
static void run_queued(struct worker *worker, struct thread *thread, struct route *route,
                       const struct cell *cell, struct held *held)
{
    struct counters *counters = thread_count(thread, route);
    const struct cell_extension *extension = cell_extension(cell);
    struct pending *pending = extension->pending;
    uint32_t generation = extension->pending_generation;
    enum pending_state state = pending_state(pending, generation);
    bool waits = state == PENDING_WAITING;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct frame *frame = frame_push(thread, held != NULL ? NO_ROUTE : route->index);
    struct ending ending = {
        .outcome = BUS_TIMEOUT,
        .category = BUS_CATEGORY_TIMEOUT,
        .text = held == NULL ? "the deadline passed before the command's handler ran"
                             : "the deadline passed before the command's next run",
        .async = (waits || state == PENDING_CANCELLED) && pending->complete != NULL};
    struct reply reply = {.type = route->type};
    struct bus_delivery delivery;

    if (held == NULL)
        counter_add(&counters->begun, 1);
    if (state == PENDING_CANCELLED)
        set_cancelled(&ending);
    if (waits && !thread_is_past(thread, extension->deadline_ns))
        try_command(worker, thread, route, cell, held, frame, &reply, &delivery, &ending);
    else if (held != NULL)
        leave_unrun(thread, held, false, &delivery, &ending);
    frame_leave(frame);
    if (ending.kept || ending.later) {
        go_on(worker, thread, route, held, &ending);
        scratch_release(&thread->scratch, mark);
        frame_pop(thread);
        return;
    }
    if (ending.async || waits)
        hand_over(thread, route, cell, &reply, &ending);
    scratch_release(&thread->scratch, mark);
    frame_pop(thread);
    if (held == NULL) {
        counter_add(counter_of(counters, ending.outcome), 1);
    } else {
        held_unwatch(worker, held);
        held_end_as(worker, thread, held, true, counter_of(counters, ending.outcome));
    }
    if (ending.outcome == BUS_TIMEOUT)
        system_dropped(thread, route, DROP_EXPIRED);
    if (ending.async)
        pending_give(thread->bus, pending);
    else
        pending_finish(thread->bus, pending, generation);
}

void dispatch_command(struct worker *worker, struct thread *thread, struct route *route,
                      const struct cell *cell)
{
    run_queued(worker, thread, route, cell, NULL);
}

void command_again(struct worker *worker, struct thread *thread, struct timer *timer)
{
    struct held *held = (struct held *)(void *)timer;
    struct kept *kept = held->kept;

    kept_running(worker, kept);
    held_set_state(thread, held, HELD_RETRY);
    cell_set_attempt(&kept->cell, held->runs.attempts + 1);
    run_queued(worker, thread, kept->route, &kept->cell, held);
    kept_running(worker, NULL);
}

void command_refuse(struct thread *thread, struct route *route, const struct cell *cell,
                    enum bus_outcome outcome, const char *text)
{
    const struct cell_extension *extension = cell_extension(cell);
    struct pending *pending = extension->pending;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct ending ending = {.outcome = outcome, .category = BUS_CATEGORY_QUEUE, .text = text};
    struct reply reply;
    enum pending_state state = pending_state(pending, extension->pending_generation);
    bool spare;

    if (state == PENDING_CANCELLED)
        set_cancelled(&ending);
    if (state != PENDING_WAITING && (state != PENDING_CANCELLED || pending->complete == NULL)) {
        pending_finish(thread->bus, pending, extension->pending_generation);
    } else if (pending->complete != NULL) {
        (void)frame_push(thread, NO_ROUTE);
        reply_must(thread, route, &reply, &spare);
        complete(thread, pending, cell, &reply, &ending);
        spare_give(route, spare);
        frame_pop(thread);
        pending_give(thread->bus, pending);
    } else {
        record(pending, &ending);
        pending_finish(thread->bus, pending, extension->pending_generation);
    }
    scratch_release(&thread->scratch, mark);
}
