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

/* Runs the handler. `reply` is where a completion's answer goes; of a waiter's it is empty. */
static void run_command(struct thread *thread, struct route *route, const struct cell *cell,
                        struct handler *handler, const struct reply *reply,
                        struct bus_delivery *delivery, struct ending *ending)
{
    ending->handler = handler->name;
    ending->delivery = delivery;
    if (!delivery_open(delivery, thread, route, cell)) {
        delivery->handler = handler;
        error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                                 .severity = BUS_SEVERITY_HIGH,
                                                 .code = BUS_FAULT_MEMORY,
                                                 .transient = true,
                                                 .text = "no memory to unpack the request"});
        error_report(delivery, cell_attempt(cell), true);
        ending->outcome = BUS_FAULTED;
        delivery->message = NULL;
        ending->dead_lettered = dead_letters_failed(delivery, 0);
        return;
    }
    delivery->handler = handler;
    delivery->answer_bytes = reply->bytes;
    delivery->answer_capacity = reply->capacity;
    delivery->kept = NULL;
    ending->attempts = 1;
    if (command_run(delivery)) {
        ending->outcome = BUS_ANSWERED;
        ending->breaker = guard_state(handler);
        return;
    }
    ending->outcome = BUS_FAULTED;
    ending->breaker = guard_state(handler);
    ending->later = delivery->deferred;
    if (guard_refused(delivery)) {
        ending->attempts = 0;
        ending->dead_lettered = guard_give_up(delivery);
    } else if (!ending->later) {
        error_report(delivery, cell_attempt(cell), true);
        ending->dead_lettered = dead_letters_failed(delivery, 1);
    }
    if (reply->bytes == NULL)
        pool_give(&thread->bus->pool, delivery->answer_bytes);
}

/* The handler that may run here, shown by the frame; NULL: none. */
static struct handler *find_handler(const struct worker *worker, struct thread *thread,
                                    struct route *route, struct frame *frame,
                                    const struct cell *cell)
{
    struct handler *handler;

    do {
        handler = handler_of_command(frame_pin(thread->bus, route, frame), cell_session(cell),
                                     cell_session_generation(cell));
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

void dispatch_command(struct worker *worker, struct thread *thread, struct route *route,
                      const struct cell *cell)
{
    struct counters *counters = thread_count(thread, route);
    const struct cell_extension *extension = cell_extension(cell);
    struct pending *pending = extension->pending;
    uint32_t generation = extension->pending_generation;
    enum pending_state state = pending_state(pending, generation);
    bool waits = state == PENDING_WAITING;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct frame *frame = frame_push(thread, route->index);
    struct ending ending = {.outcome = BUS_TIMEOUT,
                            .category = BUS_CATEGORY_TIMEOUT,
                            .text = "the deadline passed before the command's handler ran"};
    bool async = (waits || state == PENDING_CANCELLED) && pending->complete != NULL;
    bool spare = false;
    struct reply reply = {.type = route->type};
    enum bus_outcome counted;
    struct bus_delivery delivery;

    counter_add(&counters->begun, 1);
    if (state == PENDING_CANCELLED)
        set_cancelled(&ending);
    if (waits && !thread_is_past(thread, extension->deadline_ns)) {
        struct handler *handler = find_handler(worker, thread, route, frame, cell);

        if (handler == NULL) {
            ending.outcome = say_no_handler(thread->bus, route->type);
            ending.category = BUS_CATEGORY_CONFIG;
            ending.text = bus_last_error();
        } else if (async && !reply_make(thread, route->type, &reply)) {
            reply.bytes = NULL;
            ending.outcome = BUS_FAULTED;
            ending.category = BUS_CATEGORY_RESOURCE;
            ending.text = "no memory for the result";
        } else {
            run_command(thread, route, cell, handler, &reply, &delivery, &ending);
        }
    }
    frame_leave(frame);
    if (ending.later) {
        scratch_release(&thread->scratch, mark);
        frame_pop(thread);
        return;
    }
    if (async) {
        if (reply.bytes == NULL)
            reply_must(thread, route, &reply, &spare);
        counted = ending.outcome;
        if (!pending_move(pending, generation, PENDING_WAITING, PENDING_DONE))
            set_cancelled(&ending);
        complete(thread, pending, cell, &reply, &ending);
        ending.outcome = counted;
        spare_give(route, spare);
    } else if (waits) {
        record(pending, &ending);
    }
    scratch_release(&thread->scratch, mark);
    frame_pop(thread);
    counter_add(counter_of(counters, ending.outcome), 1);
    if (ending.outcome == BUS_TIMEOUT)
        system_dropped(thread, route, DROP_EXPIRED);
    if (async)
        pending_give(thread->bus, pending);
    else
        pending_finish(thread->bus, pending, generation);
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
