/*
 * path/dispatch.c - a message at its handlers.
 *
 * One frame per message on the nesting stack of the thread; the frame pins the handler list and
 * shows the handler that runs (the argument is at the top of core/hazards.c). A delivery is one
 * message for one handler; all deliveries of a message share its unpacked struct.
 *
 * The message ends with its last delivery: processed when none failed, or when there was none. One
 * that is to run again is held; what ends later is in guard/hold.c.
 *
 * What a busy lane has most, one event after another for the same handler, takes a shorter way:
 * path/burst.c.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/batch.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/hold.h"
#include "guard/ordered.h"
#include "guard/recovery.h"
#include "os/probes.h"
#include "path/run.h"

/* Inlined where events are dispatched; commands and parts call it below. */
static inline bool open_delivery(struct bus_delivery *delivery, struct thread *thread,
                                 struct route *route, const struct cell *cell)
{
    void *message;

    delivery->bus = thread->bus;
    delivery->thread = thread;
    delivery->route = route;
    delivery->cell = cell;
    delivery->extension = cell_extension(cell);
    delivery->bytes = cell_payload(cell);
    delivery->size = cell_size(cell);
    delivery->handler = NULL;
    delivery->message = NULL;
    message = scratch_take(&thread->scratch, thread->bus, route->scratch);
    if (message == NULL)
        return false;
    delivery->message = message;
    return unpack_into(route, message, delivery->bytes);
}

bool delivery_open(struct bus_delivery *delivery, struct thread *thread, struct route *route,
                   const struct cell *cell)
{
    return open_delivery(delivery, thread, route, cell);
}

/* Each handler's runs (guard/report.c). */
static inline void count_run(const struct thread *thread, const struct bus_message_type *type,
                             const struct handler *handler)
{
    if (__builtin_expect(type->kind != BUS_COMMAND, 1)) {
        counter_add(&handler->runs[(size_t)thread->publisher * handler->spread], 1);
    } else if (__builtin_expect(handler->apart, 0)) {
        atomic_fetch_add_u64(handler->runs, 1);
        atomic_fetch_add_u64(&handler->route->apart_runs, 1);
    }
}

/* What the delivery says of itself is passed along: whatever a barrier or a handler may have
 * touched would be loaded again. */
static inline bool run_delivery(struct bus_delivery *delivery, struct thread *thread,
                                const struct bus_message_type *type, struct counters *counters,
                                const struct handler *handler)
{
    struct bus_delivery *outer = thread->current;
    const struct link *chain = atomic_load_relaxed_ptr(&thread->bus->chain);
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint64_t since = 0;
    bool timed = run_is_timed(thread->bus, counters);
    enum bus_verdict verdict;

    delivery->noted = 0;
    delivery->answer = 0;
    delivery->answer_size = 0;
    if (__builtin_expect(timed, 0))
        since = bus_now(thread->bus);
    thread->current = delivery;
    if (is_alone(chain, watch_run()))
        verdict = type->invoke(handler->function, handler->context, delivery->message, delivery);
    else
        verdict = chain_run(delivery);
    thread->current = outer;
    scratch_release(&thread->scratch, mark);
    if (__builtin_expect(timed, 0))
        run_timed(thread, delivery->route, counters, since);
    counter_add(&counters->calls, 1);
    count_run(thread, type, handler);
    /* Events have no answers, commands without any need none. */
    if (__builtin_expect(verdict == BUS_DONE && !delivery->misused &&
                             (type->answer_count == 0 || delivery->answer != 0),
                         1)) {
        delivery->faulted = false;
        return true;
    }
    if (verdict_settle(delivery, verdict))
        return true;
    if (!delivery->deferred)
        counter_add(&counters->calls_failed, 1);
    return false;
}

/* It ran on the thread that waits for it, and is in time for that. */
static bool is_welcome(const struct bus_delivery *delivery, bool ok)
{
    return ok && delivery->route->type->kind == BUS_COMMAND && delivery->kept != NULL &&
           (delivery->extension == NULL || delivery->extension->deadline_ns == 0 ||
            !thread_is_past(delivery->thread, delivery->extension->deadline_ns));
}

bool delivery_settle_late(struct bus_delivery *delivery, bool ok)
{
    struct counters *counters = thread_count(delivery->thread, delivery->route);

    counter_add(&counters->late, 1);
    if (is_welcome(delivery, ok))
        return true;
    if (ok)
        counter_add(&counters->calls_failed, 1);
    delivery->answer = 0;
    delivery->answer_size = 0;
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_TIMEOUT,
                                             .severity = BUS_SEVERITY_MEDIUM,
                                             .code = BUS_FAULT_LATE,
                                             .transient = true,
                                             .text = "the run took longer than its timeout"});
    return false;
}

/* The run of a handler with a guard. */
static __attribute__((noinline)) bool run_guarded(struct bus_delivery *delivery)
{
    struct thread *thread = delivery->thread;
    struct guard *guard = delivery->handler->guard;
    enum breaker_admission admission;
    uint64_t allowed, since;
    bool ok;

    if (guard->batches != NULL)
        return batch_take(delivery);
    admission = guard_admit(guard, thread, cell_attempt(delivery->cell) <= 1);
    delivery->refused = admission == BREAKER_REFUSE;
    if (__builtin_expect(delivery->refused, 0)) {
        guard_note_refusal(delivery);
        return false;
    }
    delivery->probe = admission == BREAKER_PROBE;
    allowed = guard->timeout_ns != 0
                  ? recovery_timeout_ns(&delivery->route->policy, cell_attempt(delivery->cell))
                  : 0;
    since = allowed != 0 ? bus_now(thread->bus) : 0;
    ok = run_delivery(delivery, thread, delivery->route->type,
                      thread_count(thread, delivery->route), delivery->handler);
    if (allowed != 0 && (ok || !delivery->deferred) && bus_now(thread->bus) - since > allowed)
        ok = delivery_settle_late(delivery, ok);
    if (ok || !delivery->deferred) /* else with the answer, path/defer.c */
        guard_settle(guard, thread, admission, ok);
    return ok;
}

static inline bool run_once(struct bus_delivery *delivery, struct thread *thread,
                            const struct bus_message_type *type, struct counters *counters,
                            const struct handler *handler)
{
    if (__builtin_expect(handler->guard != NULL, 0))
        return run_guarded(delivery);
    return run_delivery(delivery, thread, type, counters, handler);
}

bool delivery_run(struct bus_delivery *delivery)
{
    return run_once(delivery, delivery->thread, delivery->route->type,
                    thread_count(delivery->thread, delivery->route), delivery->handler);
}

/* The run of one handler of an event. */
static inline bool run_handler(struct bus_delivery *delivery, struct worker *worker,
                               struct thread *thread, struct route *route, struct frame *frame,
                               struct handler *handler)
{
    bool ok = true;

    if (frame_enter(thread->bus, frame, handler)) {
        delivery->handler = handler;
        ok = run_once(delivery, thread, route->type, thread_count(thread, route), handler);
        if (__builtin_expect(!ok, 0))
            delivery_failed(delivery, worker);
    }
    frame_leave(frame);
    return ok;
}

/* Not one that was attached on another worker after this message was published. */
static bool is_mine(const struct worker *worker, const struct handler *handler)
{
    return handler->unit->concurrent || worker == NULL ||
           atomic_load_relaxed_u32(&handler->unit->home) == worker->index;
}

/* A session's handlers come before those of the bus, so they are a group of their own. */
static bool same_group(const struct handler *a, const struct handler *b)
{
    return a->order == b->order && (a->session.index != 0) == (b->session.index != 0);
}

/* The handlers of one group from `first` on that are parallel and want this message, collected in
 * scratch memory. */
static uint32_t collect_parallel(const struct handler_list *list, uint32_t first,
                                 const struct worker *worker, struct handler **found)
{
    uint32_t i, count = 0;

    for (i = first; i < list->count && same_group(list->handlers[i], list->handlers[first]); i++)
        if (list->handlers[i]->parallel && is_mine(worker, list->handlers[i]))
            found[count++] = list->handlers[i];
    return count;
}

/* Handlers of one group, of a list with parallel ones. *at moves behind them. */
static bool run_group(struct bus_delivery *delivery, struct frame *frame, struct worker *worker,
                      const struct handler_list *list, uint32_t *at)
{
    struct thread *thread = delivery->thread;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct handler **parts =
        scratch_take(&thread->scratch, thread->bus, list->count * sizeof(struct handler *));
    uint32_t first = *at, count = 0;
    bool ok = true;

    if (parts != NULL && thread->bus->worker_count > 1)
        count = collect_parallel(list, first, worker, parts);
    if (count > 1)
        ok = parallel_run(delivery, worker, parts, count);
    for (; *at < list->count && same_group(list->handlers[*at], list->handlers[first]); ++*at) {
        struct handler *handler = list->handlers[*at];

        if (count > 1 && handler->parallel)
            continue;
        if (is_mine(worker, handler))
            ok = run_handler(delivery, worker, thread, delivery->route, frame, handler) && ok;
    }
    scratch_release(&thread->scratch, mark);
    return ok;
}

/* No handler runs; `nobody` stands for them in the report. */
static __attribute__((cold, noinline)) void
fail_for_all(struct bus_delivery *delivery, struct handler *nobody, const struct bus_error *error)
{
    delivery->handler = nobody;
    error_note(delivery, error);
    error_report(delivery, cell_attempt(delivery->cell), true);
    system_handler_failed(delivery);
    /* No handler has seen it, so it is for all of them. */
    (void)dead_letters_add(delivery->thread, &(struct letter){.route = delivery->route,
                                                              .cell = delivery->cell,
                                                              .error = &delivery->error,
                                                              .reason = BUS_LETTER_FAILED});
}

void dispatch_no_memory(struct bus_delivery *delivery)
{
    static struct handler nobody = {.name = "(no memory to unpack the message)"};

    fail_for_all(delivery, &nobody,
                 &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                     .severity = BUS_SEVERITY_HIGH,
                                     .code = BUS_FAULT_MEMORY,
                                     .transient = true,
                                     .text = "no memory to unpack the message"});
}

/* The most common list: one handler, which wants every message of its type that comes here. */
static inline __attribute__((always_inline)) bool
run_alone(struct frame *frame, struct worker *worker, struct thread *thread, struct route *route,
          struct handler *handler, const struct cell *cell)
{
    struct bus_delivery delivery;

    if (__builtin_expect(!open_delivery(&delivery, thread, route, cell), 0)) {
        dispatch_no_memory(&delivery);
        return false;
    }
    return run_handler(&delivery, worker, thread, route, frame, handler);
}

/* A list without parallel handlers. False: one failed. */
static __attribute__((noinline)) bool run_in_turn(struct frame *frame, struct worker *worker,
                                                  struct thread *thread, struct route *route,
                                                  const struct handler_list *list,
                                                  const struct cell *cell)
{
    bool everywhere = thread->bus->worker_count == 1;
    struct bus_delivery delivery;
    bool opened = false, ok = true;
    uint32_t i;

    for (i = 0; i < list->count; i++) {
        if (!everywhere && !is_mine(worker, list->handlers[i]))
            continue;
        /* Unpacked once, for the first that wants it. */
        if (!opened && !open_delivery(&delivery, thread, route, cell)) {
            dispatch_no_memory(&delivery);
            return false;
        }
        opened = true;
        if (__builtin_expect(
                !run_handler(&delivery, worker, thread, route, frame, list->handlers[i]), 0))
            ok = false;
    }
    return ok;
}

/* A list with parallel ones: group by group. */
static __attribute__((noinline)) bool run_in_groups(struct frame *frame, struct worker *worker,
                                                    struct thread *thread, struct route *route,
                                                    const struct handler_list *list,
                                                    const struct cell *cell)
{
    struct bus_delivery delivery;
    uint32_t i = 0;
    bool ok = true;

    while (i < list->count && !is_mine(worker, list->handlers[i]))
        i++;
    if (i == list->count)
        return true;
    if (!open_delivery(&delivery, thread, route, cell)) {
        dispatch_no_memory(&delivery);
        return false;
    }
    for (i = 0; i < list->count;)
        ok = run_group(&delivery, frame, worker, list, &i) && ok;
    return ok;
}

/* Of an `ordered` type: handlers that still have an earlier message of the key wait with this one.
 * First all of those, so that a message that cannot wait has not run anywhere. */
static __attribute__((noinline)) bool run_in_order(struct frame *frame, struct worker *worker,
                                                   struct thread *thread, struct route *route,
                                                   const struct handler_list *list,
                                                   const struct cell *cell)
{
    struct bus_delivery delivery;
    bool ok = true;
    uint64_t key;
    uint32_t i;

    if (!open_delivery(&delivery, thread, route, cell)) {
        dispatch_no_memory(&delivery);
        return false;
    }
    key = order_key(&delivery);
    for (i = 0; worker->holding.line_count != 0 && i < list->count; i++) {
        struct handler *handler = list->handlers[i];

        if (!is_mine(worker, handler) || order_head(worker, handler, key) == NULL)
            continue;
        ok = false;
        if (order_wait(&delivery, worker, handler, key))
            continue;
        order_stop(worker);
        return false;
    }
    for (i = 0; i < list->count; i++) {
        struct handler *handler = list->handlers[i];

        if (is_mine(worker, handler) && order_head(worker, handler, key) == NULL)
            ok = run_handler(&delivery, worker, thread, route, frame, handler) && ok;
    }
    return ok;
}

static bool run_some(struct frame *frame, struct worker *worker, struct thread *thread,
                     struct route *route, const struct handler_list *list, const struct cell *cell)
{
    if (__builtin_expect(list->ordered, 0) && list->count != 0)
        return run_in_order(frame, worker, thread, route, list, cell);
    if (list->parallel)
        return run_in_groups(frame, worker, thread, route, list, cell);
    return run_in_turn(frame, worker, thread, route, list, cell);
}

/* Nobody knows who sees it: `why` of the user's registry, or NULL: no memory. */
static __attribute__((cold, noinline)) void fail_list(struct thread *thread, struct route *route,
                                                      const struct cell *cell, const char *why)
{
    static struct handler nobody = {.name = "(the registry)"};
    struct bus_error error = answer_error(why);
    struct bus_delivery delivery;

    if (open_delivery(&delivery, thread, route, cell) && why != NULL)
        fail_for_all(&delivery, &nobody, &error);
    else
        dispatch_no_memory(&delivery);
}

/* Those of its session and those of the bus. */
static __attribute__((noinline)) bool run_in_session(struct frame *frame, struct worker *worker,
                                                     struct thread *thread, struct route *route,
                                                     const struct handler_list *list,
                                                     const struct cell *cell)
{
    const struct handler_list *all = session_merge(thread, frame, route, list, cell_session(cell),
                                                   cell_session_generation(cell));
    bool ok = false;

    if (all != NULL) {
        ok = run_some(frame, worker, thread, route, all, cell);
        if (all != list)
            session_touch(thread, cell_session(cell));
    } else {
        fail_list(thread, route, cell, NULL);
    }
    session_unpin(thread, frame);
    return ok;
}

/* The same with those that the user's registry gives. */
static __attribute__((noinline)) bool run_as_asked(struct frame *frame, struct worker *worker,
                                                   struct thread *thread, struct route *route,
                                                   const struct handler_list *list,
                                                   const struct cell *cell)
{
    const struct handler_list *all = list;
    const char *why = NULL;
    bool ok = false;

    if (list_extend(thread, frame, route, &all, cell, &why)) {
        ok = run_some(frame, worker, thread, route, all, cell);
        if (all != list && cell_session(cell) != 0)
            session_touch(thread, cell_session(cell));
    } else {
        fail_list(thread, route, cell, why);
    }
    list_end(thread, frame, list);
    return ok;
}

static inline __attribute__((always_inline)) bool
run_list(struct frame *frame, struct worker *worker, struct thread *thread, struct route *route,
         const struct handler_list *list, const struct cell *cell)
{
    if (__builtin_expect(list->only, 1))
        return run_alone(frame, worker, thread, route, list->handlers[0], cell);
    if (__builtin_expect(list->elsewhere != 0, 0)) {
        if ((list->elsewhere & ELSEWHERE_REGISTRY) != 0)
            return run_as_asked(frame, worker, thread, route, list, cell);
        if (cell_session(cell) != 0)
            return run_in_session(frame, worker, thread, route, list, cell);
    }
    return run_some(frame, worker, thread, route, list, cell);
}

/* A dead letter, at the handler that failed. False: it stays. */
static __attribute__((cold, noinline)) bool run_letter(struct frame *frame, struct worker *worker,
                                                       struct thread *thread, struct route *route,
                                                       const struct handler_list *list,
                                                       const struct cell *cell)
{
    const struct handler_list *pinned = list;
    struct handler *handler = NULL;
    bool all = false, ok = false;
    const char *why = NULL;
    bool fine = list == NULL || list_extend(thread, frame, route, &list, cell, &why);

    if (why != NULL) {
        struct bus_error error = answer_error(why);

        error_of_bus(thread->bus, route, &error);
    }
    if (fine)
        handler = dead_letter_handler(thread, list, cell, &all);
    if (all)
        ok = list == NULL || run_some(frame, worker, thread, route, list, cell);
    else if (handler != NULL && is_mine(worker, handler))
        ok = run_alone(frame, worker, thread, route, handler, cell) &&
             /* one that went before its run has not succeeded */
             atomic_load_acquire_u32(&handler->removed) == 0;
    if (pinned != NULL)
        list_end(thread, frame, pinned);
    return ok;
}

/* It stays in its lane. */
static __attribute__((cold, noinline)) bool stay(struct thread *thread, struct counters *counters,
                                                 struct scratch_mark mark)
{
    scratch_release(&thread->scratch, mark);
    counter_add(&counters->begun, (uint64_t)0 - 1);
    frame_pop(thread);
    return false;
}

static inline bool dispatch_event(struct worker *worker, struct thread *thread, struct route *route,
                                  const struct cell *cell)
{
    struct counters *counters = thread_count(thread, route);
    struct frame *frame = frame_push(thread, route->index);
    struct handler_list *list = frame_pin(thread->bus, route, frame);
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint64_t *end = &counters->processed;

    counter_add(&counters->begun, 1);
    if (__builtin_expect((cell_flags(cell) & CELL_EXTENDED) != 0, 0) &&
        cell_extension(cell)->deadline_ns != 0 &&
        thread_is_past(thread, cell_extension(cell)->deadline_ns)) {
        end = &counters->expired;
        system_dropped(thread, route, DROP_EXPIRED);
    } else if (__builtin_expect((cell_flags(cell) & CELL_EXTENDED) != 0, 0) &&
               cell_letter(cell) != 0) {
        if (!run_letter(frame, worker, thread, route, list, cell))
            end = dispatch_end(worker, counters);
        if (end == NULL)
            return stay(thread, counters, mark);
    } else if (list != NULL &&
               __builtin_expect(!run_list(frame, worker, thread, route, list, cell), 0)) {
        end = dispatch_end(worker, counters);
        if (end == NULL)
            return stay(thread, counters, mark);
    }
    scratch_release(&thread->scratch, mark);
    counter_add(end, 1);
    frame_pop(thread);
    if (__builtin_expect(end != &counters->kept, 1))
        dead_letters_settle(thread, cell, end == &counters->processed);
    return true;
}

bool dispatch_cell(struct worker *worker, struct thread *thread, const struct cell *cell)
{
    struct route *route = route_at(thread->bus, cell_type(cell));

    if (__builtin_expect((cell_flags(cell) & CELL_COMMAND) != 0, 0))
        dispatch_command(worker, thread, route, cell);
    else
        return dispatch_event(worker, thread, route, cell);
    return true;
}
