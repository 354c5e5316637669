/*
 * path/publish.c - from the caller's struct to a committed cell: calls, the gate, the short way.
 *
 * The short way is for what publishers do all day: an ordinary event that fits a cell, without
 * options, from outside handlers, on a started bus, into a lane with room. It changes nothing
 * before it has claimed its cell, so whatever it does not expect is left to the long way
 * (posting.c), from the begin.
 *
 * A publisher outside handlers raises its `active` flag, looks at the gate, and lowers the flag
 * when it is done. Start, stop and audit close the gate, pass a barrier and wait until no flag is
 * up: either the barrier falls behind the store of the flag, then they see it; or before it, then
 * the publisher's look at the gate, later in its program, sees it closed. So the fast path has no
 * fence (bus_light_fence).
 *
 * A publisher inside a handler does not raise the flag: start, stop and audit wait for handlers
 * apart, and a handler that waited for the gate would wait for itself.
 *
 * The message is counted as accepted (`queued`) before its commit makes it visible: whoever has
 * seen the message end has also seen it accepted (bus_wait_idle rests on this).
 */
#include "path/path.h"

#include <inttypes.h>

#include "core/registry.h"
#include "os/probes.h"
#include "path/durable.h"

/* ---- may I? ---- */

static enum bus_outcome say_closed(const struct bus *bus)
{
    return fail_outcome(BUS_CLOSED, "bus %s: it is stopping or stopped and takes no new messages",
                        bus->name);
}

static void wait_while_held(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    while ((*gate & GATE_HELD) != 0) {
        atomic_store_release_u32(&thread->active, 0);
        (void)bus->os.wait(bus->os.context, &bus->gate, *gate, UINT64_MAX);
        atomic_store_relaxed_u32(&thread->active, 1);
        bus_light_fence(bus);
        *gate = atomic_load_acquire_u32(&bus->gate);
    }
}

static enum bus_outcome enter_slowly(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    wait_while_held(bus, thread, gate);
    if ((*gate & (GATE_STOPPING | GATE_HALTED)) == 0)
        return BUS_QUEUED;
    atomic_store_release_u32(&thread->active, 0);
    return say_closed(bus);
}

enum bus_outcome publish_enter(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    if (atomic_load_relaxed_u32(&thread->depth) != 0) {
        *gate = atomic_load_acquire_u32(&bus->gate);
        return (*gate & GATE_HALTED) != 0 ? say_closed(bus) : BUS_QUEUED;
    }
    atomic_store_relaxed_u32(&thread->active, 1);
    bus_light_fence(bus);
    *gate = atomic_load_acquire_u32(&bus->gate);
    if (__builtin_expect((*gate & ~(uint32_t)GATE_BUFFERING) == 0, 1))
        return BUS_QUEUED;
    return enter_slowly(bus, thread, gate);
}

void publish_enter_ending(struct bus *bus, struct thread *thread)
{
    uint32_t gate;

    if (atomic_load_relaxed_u32(&thread->depth) != 0)
        return;
    atomic_store_relaxed_u32(&thread->active, 1);
    bus_light_fence(bus);
    gate = atomic_load_acquire_u32(&bus->gate);
    wait_while_held(bus, thread, &gate);
}

void publish_leave(struct thread *thread)
{
    atomic_store_release_u32(&thread->active, 0);
}

/* ---- the short way ---- */

/* Many: bulk publish claims so many cells at once. */
enum { LOT = 16 };

static inline bool may_go_short(const struct bus *bus, const struct thread *thread,
                                const struct route *route)
{
    return route->ordinary && atomic_load_relaxed_u32(&thread->depth) == 0 &&
           is_alone(atomic_load_relaxed_ptr(&bus->filters), watch_publish());
}

/* Header and payload. As posting_head, of a message that has no more to say. */
static inline void write_cell(struct cell *cell, struct thread *thread, const struct route *route,
                              const void *message, uint32_t size, uint64_t time_ms,
                              const void *call_site)
{
    cell_set_ordinary(cell, size, route->index, thread->sequence++, thread->publisher, time_ms,
                      call_site);
    route->type->codec.pack(cell_inside(cell), message);
}

/* The caller has entered and found the gate open. False: nothing was done. */
static inline bool send_short(struct bus *bus, struct thread *thread, struct route *route,
                              const void *message, const void *call_site)
{
    uint32_t size = route->type->codec.measure(message, false);
    struct worker *worker;
    struct lane *lane;
    struct cell *cell;
    uint64_t ticket;

    /* 0: out of bounds; 0 - 1 is large. */
    if (__builtin_expect(size - 1 >= bus->cell_room, 0))
        return false;
    worker = worker_for(bus, thread, route, message);
    lane = &worker->lanes[route->level];
    cell = lane_claim(lane, &thread->producer, &ticket);
    if (__builtin_expect(cell == NULL, 0))
        return false;
    write_cell(cell, thread, route, message, size, thread_time_ms(thread), call_site);
    counter_add(&thread_count(thread, route)->queued, 1);
    lane_commit_cell(cell, ticket);
    parking_wake(&worker->parking);
    return true;
}

/* As many as go the same short way to one worker, at most LOT. Returns how many were sent. */
static uint32_t send_lot(struct posting *posting, size_t stride, uint32_t count)
{
    struct bus *bus = posting->bus;
    struct thread *thread = posting->thread;
    const struct route *route = posting->route;
    const uint8_t *message = posting->message;
    struct worker *worker = NULL;
    struct lane *lane;
    uint32_t sizes[LOT], fit, i;
    uint64_t first, time_ms;

    for (fit = 0; fit < LOT && fit < count; fit++) {
        const uint8_t *at = message + fit * stride;
        struct worker *taker;

        sizes[fit] = route->type->codec.measure(at, false);
        if (sizes[fit] - 1 >= bus->cell_room)
            break;
        taker = worker_for(bus, thread, route, at); /* reads the key, so not before it is sound */
        if (fit == 0)
            worker = taker;
        else if (taker != worker)
            break;
    }
    if (fit == 0)
        return 0;
    lane = &worker->lanes[route->level];
    fit = lane_claim_many(lane, &thread->producer, fit, &first);
    time_ms = thread_time_ms(thread);
    for (i = 0; i < fit; i++)
        write_cell(lane_cell(lane, first + i * LANE_STEP), thread, route, message + i * stride,
                   sizes[i], time_ms, posting->call_site);
    counter_add(&thread_count(thread, route)->queued, fit);
    for (i = 0; i < fit; i++)
        lane_commit(lane, first + i * LANE_STEP);
    if (fit > 0)
        parking_wake(&worker->parking);
    return fit;
}

/* ---- the calls ---- */

/* Thread, route and arguments of a call. BUS_QUEUED: go on. */
static enum bus_outcome begin(struct posting *posting, struct bus *bus,
                              const struct bus_message_type *type, const void *message,
                              const void *call_site)
{
    enum bus_status status;

    if (bus == NULL || type == NULL)
        return fail_outcome(BUS_INVALID, "cannot publish %s: %s is NULL",
                            type != NULL ? type->name : "a message",
                            bus == NULL ? "the bus (closed?)" : "its type");
    if (bus->magic != BUS_MAGIC)
        return fail_outcome(BUS_INVALID, "cannot publish %s: this is no open bus", type->name);
    posting->bus = bus;
    posting->message = message;
    posting->packed = NULL;
    posting->call_site = call_site;
    posting->thread = thread_here(bus);
    if (posting->thread == NULL)
        return BUS_REJECTED;
    posting->route = route_find(bus, type);
    if (__builtin_expect(posting->route == NULL, 0)) {
        posting->route = route_make(bus, type, &status);
        if (posting->route == NULL)
            return status == BUS_ERR_INVALID ? BUS_INVALID : BUS_REJECTED;
    }
    if (__builtin_expect(type->kind != BUS_COMMAND && message != NULL, 1))
        return BUS_QUEUED;
    counter_add(&thread_count(posting->thread, posting->route)->invalid, 1);
    if (message == NULL)
        return fail_outcome(BUS_INVALID, "cannot publish %s: the message is NULL", type->name);
    return fail_outcome(BUS_INVALID, "%s is a command: execute it", type->name);
}

static enum bus_outcome count_closed(const struct posting *posting, enum bus_outcome outcome)
{
    if (outcome == BUS_CLOSED)
        counter_add(&thread_count(posting->thread, posting->route)->closed, 1);
    return outcome;
}

/* Kept apart so that the short way needs no large frame. */
static __attribute__((noinline)) enum bus_outcome
publish_long(struct bus *bus, const struct bus_message_type *type, const void *message,
             const struct bus_message_options *options, const void *call_site)
{
    struct posting posting;
    enum bus_outcome outcome = begin(&posting, bus, type, message, call_site);
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    outcome = posting_send(&posting, options, gate);
    publish_leave(posting.thread);
    return outcome;
}

enum bus_outcome bus_publish_message(struct bus *bus, const struct bus_message_type *type,
                                     const void *message, const struct bus_message_options *options)
{
    const void *call_site = __builtin_return_address(0);

    /* A serial that this thread has used is that of an open bus. */
    if (__builtin_expect(bus != NULL && type != NULL && message != NULL && options == NULL, 1) &&
        __builtin_expect(thread_cache.serial == bus->serial, 1)) {
        struct thread *thread = thread_cache.thread;
        struct route *route = route_find(bus, type);

        if (__builtin_expect(route != NULL && may_go_short(bus, thread, route), 1)) {
            bool sent;

            atomic_store_relaxed_u32(&thread->active, 1);
            bus_light_fence(bus);
            sent = __builtin_expect(atomic_load_acquire_u32(&bus->gate) == 0, 1) &&
                   send_short(bus, thread, route, message, call_site);
            publish_leave(thread);
            if (__builtin_expect(sent, 1))
                return BUS_QUEUED;
        }
    }
    return publish_long(bus, type, message, options, call_site);
}

enum bus_outcome bus_publish_message_later(struct bus *bus, const struct bus_message_type *type,
                                           const void *message,
                                           const struct bus_message_options *options,
                                           bus_durable_done done, void *context)
{
    struct posting posting;
    enum bus_outcome outcome = begin(&posting, bus, type, message, __builtin_return_address(0));
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    if ((type->flags & BUS_TYPE_DURABLE) == 0 || done == NULL) {
        counter_add(&thread_count(posting.thread, posting.route)->invalid, 1);
        return fail_outcome(BUS_INVALID, "%s: %s", type->name,
                            done == NULL ? "who is to be told of the end? `done` is NULL"
                                         : "it is not durable, publishing it does not wait");
    }
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    outcome = posting_prepare(&posting, options, PREPARE_WHOLE);
    if (outcome == BUS_QUEUED && type_is_durable(bus, type)) {
        outcome = durable_send_later(&posting, options, done, context);
    } else if (outcome == BUS_QUEUED) {
        outcome = posting_send(&posting, options, gate);
        if (bus_accepted(outcome)) {
            done(context, bus, BUS_QUEUED);
            outcome = BUS_QUEUED; /* `done` was called, whatever it is called */
        }
    }
    publish_leave(posting.thread);
    return outcome;
}

enum bus_outcome bus_publish_messages(struct bus *bus, const struct bus_message_type *type,
                                      const void *messages, size_t stride, uint32_t count,
                                      const struct bus_message_options *options, uint32_t *accepted)
{
    struct posting posting;
    enum bus_outcome outcome;
    uint32_t gate, done = 0;
    bool may;

    if (accepted != NULL)
        *accepted = 0;
    outcome = begin(&posting, bus, type, messages != NULL || count != 0 ? messages : type,
                    __builtin_return_address(0));
    if (outcome != BUS_QUEUED || count == 0)
        return outcome;
    if (stride < type->codec.table->size)
        return fail_outcome(BUS_INVALID, "%s: a stride of %zu bytes, the message has %" PRIu32,
                            type->name, stride, type->codec.table->size);
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    may = gate == 0 && options == NULL && may_go_short(bus, posting.thread, posting.route);
    if (type_is_durable(bus, type)) {
        outcome = durable_send_many(&posting, stride, count, options, gate, &done);
        count = done;
    }
    while (done < count && bus_accepted(outcome)) {
        uint32_t sent = 0;

        posting.message = (const uint8_t *)messages + done * stride;
        if (may)
            sent = send_lot(&posting, stride, count - done);
        if (sent == 0) {
            outcome = posting_send(&posting, options, gate);
            sent = bus_accepted(outcome);
        }
        done += sent;
    }
    if (accepted != NULL)
        *accepted = done;
    publish_leave(posting.thread);
    return outcome;
}

enum bus_outcome bus_publish_message_and_wait(struct bus *bus, const struct bus_message_type *type,
                                              const void *message,
                                              const struct bus_message_options *options,
                                              uint64_t timeout_ns)
{
    struct posting posting;
    enum bus_outcome outcome = begin(&posting, bus, type, message, __builtin_return_address(0));
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    if (atomic_load_relaxed_u32(&posting.thread->depth) != 0)
        return fail_outcome(BUS_WOULD_DEADLOCK,
                            "%s: publish_and_wait inside a handler would wait for that handler; "
                            "publish without waiting",
                            type->name);
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    outcome = posting_send(&posting, options, gate);
    publish_leave(posting.thread);
    if (bus_accepted(outcome) && bus_wait_idle(bus, timeout_ns) != BUS_OK)
        return BUS_TIMEOUT;
    return outcome;
}

void publish_quietly(struct bus *bus, struct thread *thread, struct route *route,
                     const void *message)
{
    struct posting posting = {.bus = bus, .thread = thread, .route = route, .message = message};
    uint32_t gate = atomic_load_acquire_u32(&bus->gate);

    if ((gate & GATE_HALTED) == 0)
        bus_ignore(posting_send(&posting, NULL, gate));
}
