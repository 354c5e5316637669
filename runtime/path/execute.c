/*
 * path/execute.c - commands, seen from the caller.
 *
 * Inline, when the handler is concurrent or the caller is on its worker (path/inline.h). Otherwise
 * queued with a pending record, and waited for until the deadline.
 *
 * The run of a command in a worker is in path/command.c.
 */
#include "path/path.h"

#include <inttypes.h>

#include "core/registry.h"
#include "path/command.h"
#include "path/inherit.h"
#include "path/inline.h"
#include "path/reply.h"

#define COLD __attribute__((cold, noinline))

COLD static enum bus_outcome say_wrong_use(const struct bus *bus,
                                           const struct bus_message_type *type)
{
    if (bus == NULL || type == NULL)
        return fail_outcome(BUS_INVALID, "cannot execute %s: %s is NULL",
                            type != NULL ? type->name : "a command",
                            bus == NULL ? "the bus (closed?)" : "its type");
    if (bus->magic != BUS_MAGIC)
        return fail_outcome(BUS_INVALID, "cannot execute %s: this is no open bus", type->name);
    return fail_outcome(BUS_INVALID, "%s is an event: publish it", type->name);
}

COLD static enum bus_outcome say_null_request(const struct posting *posting)
{
    counter_add(&thread_count(posting->thread, posting->route)->invalid, 1);
    return fail_outcome(BUS_INVALID, "cannot execute %s: the request is NULL",
                        posting->route->type->name);
}

/* Thread, route and arguments of a call. BUS_QUEUED: go on. */
static inline enum bus_outcome begin(struct posting *posting, struct bus *bus,
                                     const struct bus_message_type *type, const void *request,
                                     const void *call_site)
{
    enum bus_status status;

    if (__builtin_expect(
            bus == NULL || type == NULL || bus->magic != BUS_MAGIC || type->kind != BUS_COMMAND, 0))
        return say_wrong_use(bus, type);
    posting->bus = bus;
    posting->message = request;
    posting->packed = NULL;
    posting->call_site = call_site;
    posting->thread = thread_here(bus);
    if (__builtin_expect(posting->thread == NULL, 0))
        return BUS_REJECTED;
    posting->route = route_find(bus, type);
    if (__builtin_expect(posting->route == NULL, 0)) {
        posting->route = route_make(bus, type, &status);
        if (posting->route == NULL)
            return status == BUS_ERR_INVALID ? BUS_INVALID : BUS_REJECTED;
    }
    return __builtin_expect(request != NULL, 1) ? BUS_QUEUED : say_null_request(posting);
}

/* As publish_enter, which does it again where the gate is not simply open. */
static inline enum bus_outcome enter(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    if (atomic_load_relaxed_u32(&thread->depth) == 0) {
        atomic_store_relaxed_u32(&thread->active, 1);
        bus_light_fence(bus);
        *gate = atomic_load_acquire_u32(&bus->gate);
        if (__builtin_expect(*gate == 0, 1))
            return BUS_QUEUED;
    }
    return publish_enter(bus, thread, gate);
}

/* As posting_prepare. Most commands have neither options nor a parent. */
static inline enum bus_outcome prepare(struct posting *posting,
                                       const struct bus_message_options *options)
{
    const struct bus_message_type *type = posting->route->type;
    struct bus *bus = posting->bus;

    if (options == NULL && posting->thread->current == NULL &&
        (type->flags & BUS_TYPE_CHECK_TEXT) == 0) {
        posting->size = type->codec.measure(posting->message, false);
        if (posting->size - 1 < bus->message_size_max) { /* 0: out of bounds */
            posting->flags = 0;
            posting->session = (struct bus_session){0, 0};
            return posting_inherit_nothing(posting);
        }
    }
    return posting_prepare(posting, options, PREPARE_WHOLE);
}

static struct counters *counters_of(const struct posting *posting)
{
    return thread_count(posting->thread, posting->route);
}

enum bus_outcome say_no_handler(struct thread *thread, const struct bus_message_type *type)
{
    const struct bus *bus = thread->bus;
    const char *why = thread->ask_failed;

    thread->ask_failed = NULL;
    if (why != NULL)
        return fail_outcome(BUS_NO_HANDLER, "no handler for command %s on bus %s: %s", type->name,
                            bus->name, why);
    return fail_outcome(BUS_NO_HANDLER,
                        "no handler for command %s on bus %s: attach a component that handles it",
                        type->name, bus->name);
}

COLD static enum bus_outcome refuse(const struct reply *reply, enum bus_outcome outcome)
{
    return result_refuse(reply, outcome, outcome_category(outcome), bus_last_error());
}

COLD static enum bus_outcome refuse_cancelled(const struct posting *posting,
                                              const struct reply *reply)
{
    last_error_set("%s: the command was cancelled", posting->route->type->name);
    return refuse(reply, BUS_CANCELLED);
}

/* The polled bus's worker is whoever polls it; between two polls its thread may run commands
 * itself. */
static bool become_poller(const struct posting *posting)
{
    struct bus *bus = posting->bus;
    const void *poller = atomic_load_relaxed_ptr(&bus->poll_thread);
    uint32_t free = 0;

    if (posting->thread->worker != NULL || (poller != NULL && poller != posting->thread) ||
        !atomic_cas_u32(&bus->polling, &free, 1))
        return false;
    posting->thread->worker = &bus->workers[0];
    atomic_store_release_ptr(&bus->workers[0].thread, posting->thread);
    return true;
}

static void stop_polling(const struct posting *posting)
{
    posting->thread->worker = NULL;
    polling_give(posting->bus);
}

/* ---- queued ---- */

static void attach_pending(struct posting *posting, struct pending *pending, uint32_t generation)
{
    posting->extension.pending = pending;
    posting->extension.pending_generation = generation;
    posting->extension.has |= CELL_HAS_PENDING;
    posting->flags |= CELL_EXTENDED | CELL_COMMAND;
}

static enum bus_outcome queue(struct posting *posting, struct pending *pending, uint32_t generation,
                              uint32_t gate, struct bus_uuid *id)
{
    enum bus_outcome outcome;
    struct place place;

    attach_pending(posting, pending, generation);
    if (posting->route->needs_approval)
        return approval_ask(posting, pending, generation, id);
    outcome = posting_place(posting, gate, &place, PLACE_WHOLE);
    if (outcome != BUS_QUEUED)
        return outcome;
    posting->route->type->codec.pack(posting_head(posting, &place), posting->message);
    if (id != NULL)
        *id = message_id(posting->bus, place.cell);
    return posting_commit(posting, &place, gate);
}

static struct pending *take_pending(struct posting *posting, uint32_t *generation)
{
    struct pending *pending = pending_take(posting->bus, generation);

    if (pending == NULL) {
        counter_add(&counters_of(posting)->rejected, 1);
        last_error_set("%s: %" PRIu32
                       " commands wait for an answer already; raise bus_options.commands_max",
                       posting->route->type->name, posting->bus->options.commands_max);
    }
    return pending;
}

/* The record of a caller with a ticket. */
static struct pending *ticketed_pending(const struct posting *posting, uint32_t *generation)
{
    *generation = posting->extension.pending_generation;
    return posting->extension.pending;
}

/* What the worker left in the record, into the result. */
static enum bus_outcome collect(const struct posting *posting, struct pending *pending,
                                const struct reply *reply)
{
    enum bus_outcome outcome = result_of_record(reply, pending);

    if (pending->bytes != NULL) {
        pool_give(&posting->bus->pool, pending->bytes);
        tell_room(posting->bus);
    }
    pending_give(posting->bus, pending);
    return outcome;
}

COLD static void say_dead_lettered(const struct posting *posting, struct bus_run *run)
{
    run->dead_lettered = true;
    last_error_set("%s: its lane is full; it was put to the dead letters",
                   posting->route->type->name);
}

/* Waits for the end of what is queued or deferred, and frees the record. */
static enum bus_outcome await(struct posting *posting, struct pending *pending, uint32_t generation,
                              const struct reply *reply)
{
    struct bus *bus = posting->bus;
    enum pending_end end = pending_wait(bus, pending, generation, posting->extension.deadline_ns);

    /* One that ends in the last moment has ended in a moment: nobody waits for ever. */
    if (end == PENDING_LATE && !deferred_expire(posting->thread, pending, generation))
        end = pending_wait(bus, pending, generation, UINT64_MAX);
    switch (end) {
    case PENDING_ENDED:
        return collect(posting, pending, reply);
    case PENDING_TIMED_OUT:
    case PENDING_LATE:
        last_error_set("%s: no answer within the deadline", posting->route->type->name);
        return refuse(reply, BUS_TIMEOUT);
    case PENDING_WAS_CANCELLED:
        break;
    }
    return refuse_cancelled(posting, reply);
}

/* The caller has entered; it leaves here. */
__attribute__((noinline)) static enum bus_outcome run_queued(struct posting *posting, uint32_t gate,
                                                             const struct reply *reply)
{
    struct bus *bus = posting->bus;
    struct thread *thread = posting->thread;
    bool inside = atomic_load_relaxed_u32(&thread->depth) != 0;
    struct bus_run *run = reply->result;
    enum bus_outcome outcome;
    struct pending *pending;
    uint32_t generation;

    pending = (posting->extension.has & CELL_HAS_PENDING) != 0
                  ? ticketed_pending(posting, &generation)
                  : take_pending(posting, &generation);
    if (pending == NULL) {
        publish_leave(thread);
        if (inside)
            waits_end(bus, thread);
        return refuse(reply, BUS_REJECTED);
    }
    pending->waiter = thread;
    outcome = queue(posting, pending, generation, gate, &run->id);
    posting->extension.has &= (uint8_t)~CELL_HAS_PENDING; /* used up */
    publish_leave(thread);
    if (!bus_accepted(outcome) || outcome == BUS_DEAD_LETTERED) {
        pending_give(bus, pending);
        if (outcome == BUS_DEAD_LETTERED)
            say_dead_lettered(posting, run);
        if (inside)
            waits_end(bus, thread);
        return refuse(reply, outcome);
    }
    outcome = await(posting, pending, generation, reply);
    if (inside)
        waits_end(bus, thread);
    return outcome;
}

/* ---- which of the two ---- */

static bool is_on_home(const struct thread *thread, const struct handler *handler)
{
    return handler->unit->concurrent ||
           (thread->worker != NULL &&
            atomic_load_relaxed_u32(&handler->unit->home) == thread->worker->index);
}

COLD static enum bus_outcome too_deep(struct posting *posting, const struct reply *reply)
{
    publish_leave(posting->thread);
    counter_add(&counters_of(posting)->rejected, 1);
    last_error_set(
        "%s: %d handlers run inside one another on this thread already; publish an event "
        "instead of executing so deep",
        posting->route->type->name, BUS_NESTING_MAX);
    return refuse(reply, BUS_TOO_DEEP);
}

COLD static enum bus_outcome no_handler(struct posting *posting, const struct reply *reply)
{
    counter_add(&counters_of(posting)->direct, 1);
    counter_add(&counters_of(posting)->failed, 1);
    (void)say_no_handler(posting->thread, posting->route->type);
    return refuse(reply, BUS_NO_HANDLER);
}

COLD static enum bus_outcome would_deadlock(struct posting *posting, const struct reply *reply,
                                            uint32_t home)
{
    counter_add(&counters_of(posting)->rejected, 1);
    last_error_set("%s runs on worker %" PRIu32
                   ", which waits for the handler that executes it; execute it without waiting, or "
                   "declare one of the components concurrent",
                   posting->route->type->name, home);
    return refuse(reply, BUS_WOULD_DEADLOCK);
}

/* The handler deferred its answer; the frame is left. */
COLD static enum bus_outcome await_inline(struct posting *posting, const struct reply *reply)
{
    struct thread *thread = posting->thread;
    struct pending *pending = thread->later;
    uint32_t generation = thread->later_generation;

    frame_pop(thread);
    if (posting->bus->options.polled && atomic_load_relaxed_u32(&thread->depth) == 0)
        stop_polling(posting); /* others may poll meanwhile: the answer may come from a handler */
    posting->extension.has &= (uint8_t)~CELL_HAS_PENDING;
    return await(posting, pending, generation, reply);
}

COLD static uint64_t *end_unanswered(const struct posting *posting, enum bus_outcome outcome)
{
    struct counters *counters = counters_of(posting);

    return outcome == BUS_FAULTED     ? &counters->failed
           : outcome == BUS_CANCELLED ? &counters->cancelled
                                      : &counters->processed; /* the answer was too large */
}

/* Entered and prepared. */
__attribute__((always_inline)) static inline enum bus_outcome
run(struct posting *posting, uint32_t gate, const struct reply *reply)
{
    struct thread *thread = posting->thread;
    struct bus *bus = posting->bus;
    enum bus_outcome outcome;
    struct handler *handler;
    struct frame *frame;
    uint32_t home;

    if (atomic_load_relaxed_u32(&thread->depth) == BUS_NESTING_MAX)
        return too_deep(posting, reply);
    frame = frame_push(thread, NO_ROUTE);
    do
        handler =
            handler_of_command(thread, frame, posting->route, frame_pin(bus, posting->route, frame),
                               posting->session.index, posting->session.generation);
    while (handler != NULL && is_on_home(thread, handler) && !frame_enter(bus, frame, handler));
    if (handler != NULL && is_on_home(thread, handler)) {
        publish_leave(thread); /* the frame shows that we run */
        atomic_store_release_u32(&frame->route, posting->route->index);
        counter_add(&counters_of(posting)->direct, 1);
        outcome = command_inline(posting, handler, reply);
        frame_leave(frame);
        if (__builtin_expect(outcome == BUS_QUEUED, 0))
            return await_inline(posting, reply);
        /* While the frame still shows: an audit waits for it. */
        counter_add(__builtin_expect(outcome == BUS_ANSWERED, 1) ? &counters_of(posting)->processed
                                                                 : end_unanswered(posting, outcome),
                    1);
        frame_pop(thread);
        if (atomic_load_relaxed_u32(&thread->depth) == 0)
            tell_idle(bus);
        return outcome;
    }
    home = handler != NULL ? atomic_load_relaxed_u32(&handler->unit->home) : WORKER_ANY;
    frame_pop(thread);
    if (handler == NULL) {
        outcome = no_handler(posting, reply);
        publish_leave(thread); /* counted while an audit still waits for us */
        return outcome;
    }
    if (home < bus->worker_count && atomic_load_relaxed_u32(&thread->depth) != 0 &&
        !waits_begin(bus, thread, atomic_load_acquire_ptr(&bus->workers[home].thread))) {
        publish_leave(thread);
        return would_deadlock(posting, reply, home);
    }
    return run_queued(posting, gate, reply);
}

__attribute__((noinline)) static enum bus_outcome run_polled(struct posting *posting, uint32_t gate,
                                                             const struct reply *reply)
{
    bool polls = become_poller(posting);
    enum bus_outcome outcome = run(posting, gate, reply);

    if (polls && posting->thread->worker != NULL)
        stop_polling(posting);
    return outcome;
}

/* True when a started bus has nobody for it. */
static bool nobody_handles(struct posting *posting, uint32_t gate)
{
    struct thread *thread = posting->thread;
    struct handler *handler;
    struct frame *frame;

    if ((gate & GATE_BUFFERING) != 0 || atomic_load_relaxed_u32(&thread->depth) == BUS_NESTING_MAX)
        return false; /* the worker will find out */
    frame = frame_push(thread, NO_ROUTE);
    handler = handler_of_command(thread, frame, posting->route,
                                 frame_pin(posting->bus, posting->route, frame),
                                 posting->session.index, posting->session.generation);
    frame_pop(thread);
    return handler == NULL;
}

/* It has to be approved first: always behind a lane. */
COLD static enum bus_outcome run_approved(struct posting *posting, uint32_t gate,
                                          const struct reply *reply)
{
    const struct bus *bus = posting->bus;
    const void *poller = atomic_load_relaxed_ptr(&bus->poll_thread);

    if (nobody_handles(posting, gate)) {
        enum bus_outcome outcome = no_handler(posting, reply);

        publish_leave(posting->thread);
        return outcome;
    }
    if (atomic_load_relaxed_u32(&posting->thread->depth) == 0 &&
        (!bus->options.polled || (poller != NULL && poller != posting->thread)))
        return run_queued(posting, gate, reply);
    publish_leave(posting->thread);
    counter_add(&counters_of(posting)->rejected, 1);
    last_error_set("%s has to be approved, and nothing else would run on this thread until then; "
                   "execute it with a completion",
                   posting->route->type->name);
    return refuse(reply, BUS_WOULD_DEADLOCK);
}

/* Somebody may cancel it: it has a record, whichever way it runs. */
COLD static enum bus_outcome run_ticketed(struct posting *posting, uint32_t gate,
                                          const struct reply *reply, struct bus_ticket *ticket)
{
    enum bus_outcome outcome;
    struct pending *pending;
    uint32_t generation;

    pending = take_pending(posting, &generation);
    if (pending == NULL) {
        publish_leave(posting->thread);
        return refuse(reply, BUS_REJECTED);
    }
    pending->waiter = posting->thread;
    attach_pending(posting, pending, generation);
    if (!ticket_set(posting->bus, ticket, pending, generation)) {
        publish_leave(posting->thread);
        pending_give(posting->bus, pending);
        return refuse_cancelled(posting, reply);
    }
    outcome =
        posting->bus->options.polled ? run_polled(posting, gate, reply) : run(posting, gate, reply);
    if ((posting->extension.has & CELL_HAS_PENDING) == 0)
        return outcome; /* it was queued or deferred, the record is used up */
    if (!pending_move(pending, generation, PENDING_WAITING, PENDING_DONE) &&
        (outcome == BUS_FAULTED || outcome == BUS_CANCELLED))
        outcome = refuse_cancelled(posting, reply);
    pending_give(posting->bus, pending);
    return outcome;
}

COLD static enum bus_outcome closed(struct posting *posting, const struct reply *reply)
{
    counter_add(&counters_of(posting)->closed, 1);
    return refuse(reply, BUS_CLOSED);
}

enum bus_outcome bus_execute_message(struct bus *bus, const struct bus_message_type *type,
                                     const void *request, const struct bus_message_options *options,
                                     void *result, void *buffer, size_t buffer_size)
{
    struct reply reply = {.type = type, .result = result};
    struct posting posting;
    enum bus_outcome outcome;
    uint32_t gate;

    if (type == NULL || result == NULL || (uintptr_t)buffer % 8 != 0)
        return fail_outcome(BUS_INVALID, "cannot execute %s: %s",
                            type != NULL ? type->name : "a command",
                            type == NULL     ? "its type is NULL"
                            : result == NULL ? "the result is NULL"
                                             : "the buffer is not aligned to 8 bytes");
    reply.bytes = buffer != NULL ? buffer : (uint8_t *)result + type->result.bytes;
    reply.capacity = buffer != NULL ? buffer_size : type->result.bytes_size;
    if (type->kind == BUS_COMMAND)
        result_init(&reply);
    outcome = begin(&posting, bus, type, request, __builtin_return_address(0));
    if (outcome != BUS_QUEUED)
        return type->kind == BUS_COMMAND ? refuse(&reply, outcome) : outcome;
    outcome = enter(bus, posting.thread, &gate);
    if (__builtin_expect(outcome == BUS_QUEUED && (gate & GATE_BUFFERING) != 0, 0)) {
        publish_leave(posting.thread);
        outcome = fail_outcome(BUS_CLOSED,
                               "%s: bus %s is not started; start it, or execute with a completion",
                               type->name, bus->name);
    }
    if (__builtin_expect(outcome != BUS_QUEUED, 0))
        return closed(&posting, &reply);
    outcome = prepare(&posting, options);
    if (__builtin_expect(outcome != BUS_QUEUED, 0)) {
        publish_leave(posting.thread);
        return refuse(&reply, outcome);
    }
    if (__builtin_expect(options != NULL && options->ticket != NULL, 0))
        return run_ticketed(&posting, gate, &reply, options->ticket);
    if (__builtin_expect(posting.route->needs_approval, 0))
        return run_approved(&posting, gate, &reply);
    if (__builtin_expect(bus->options.polled, 0))
        return run_polled(&posting, gate, &reply);
    return run(&posting, gate, &reply);
}

static enum bus_outcome send_async(struct posting *posting, bus_completion complete,
                                   bus_function callback, void *context, struct bus_ticket *ticket,
                                   uint32_t gate)
{
    struct pending *pending;
    enum bus_outcome outcome;
    uint32_t generation;

    if (nobody_handles(posting, gate)) {
        counter_add(&counters_of(posting)->direct, 1);
        counter_add(&counters_of(posting)->failed, 1);
        return say_no_handler(posting->thread, posting->route->type);
    }
    pending = take_pending(posting, &generation);
    if (pending == NULL)
        return BUS_REJECTED;
    pending->complete = complete;
    pending->callback = callback;
    pending->context = context;
    if (ticket != NULL && !ticket_set(posting->bus, ticket, pending, generation)) {
        pending_give(posting->bus, pending);
        return fail_outcome(BUS_CANCELLED, "%s: the command was cancelled before it began",
                            posting->route->type->name);
    }
    outcome = queue(posting, pending, generation, gate, NULL);
    if (!bus_accepted(outcome) || outcome == BUS_DEAD_LETTERED)
        pending_give(posting->bus, pending);
    return outcome;
}

enum bus_outcome bus_execute_message_async(struct bus *bus, const struct bus_message_type *type,
                                           const void *request,
                                           const struct bus_message_options *options,
                                           bus_completion complete, bus_function callback,
                                           void *context)
{
    struct posting posting;
    enum bus_outcome outcome;
    uint32_t gate;

    if (complete == NULL || callback == NULL)
        return fail_outcome(BUS_INVALID, "cannot execute %s: the completion is NULL",
                            type != NULL ? type->name : "a command");
    outcome = begin(&posting, bus, type, request, __builtin_return_address(0));
    if (outcome != BUS_QUEUED)
        return outcome;
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED) {
        counter_add(&counters_of(&posting)->closed, 1);
        return outcome;
    }
    outcome = posting_prepare(&posting, options, PREPARE_WHOLE);
    if (outcome == BUS_QUEUED)
        outcome = send_async(&posting, complete, callback, context,
                             options != NULL ? options->ticket : NULL, gate);
    publish_leave(posting.thread);
    return outcome;
}
