/*
 * core/stop.c - from running to stopped.
 *
 * 1. The gate closes to publishers outside handlers; those inside finish their call.
 * 2. Drain: until everything accepted has ended, or the deadline.
 * 3. Halt: the gate closes to handlers too, workers end between two messages. A worker that is
 * inside
 *    a handler is given a grace period and then left behind; its lanes do not move any more.
 * 4. Commands left in the lanes, or deferred, are answered (closed), so that nobody waits for them;
 *    the messages stay readable until close.
 */
#include "core/registry.h"
#include "core/upgrade.h"
#include "guard/batch.h"
#include "guard/watchdog.h"
#include "path/durable.h"
#include "path/path.h"

/* For workers between two messages, or in a short handler, to notice that they shall end. */
#define GRACE_NS (20 * BUS_MILLISECOND)

static uint32_t workers_left(const struct bus *bus)
{
    uint32_t i, left = 0;

    for (i = 0; bus->started && !bus->options.polled && i < bus->worker_count; i++)
        left += atomic_load_acquire_u32(&bus->workers[i].exited) == 0;
    return left;
}

static uint32_t others_running(struct bus *bus, const struct thread *self)
{
    uint32_t i, running = 0, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = bus->options.polled ? 0 : bus->worker_count; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        running += thread != NULL && thread != self && atomic_load_acquire_u32(&thread->depth) != 0;
    }
    return running;
}

static bool all_ended(struct bus *bus, const void *self)
{
    return workers_left(bus) == 0 && others_running(bus, self) == 0;
}

static bool calls_are_over(struct bus *bus, const void *context)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    (void)context;
    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread != NULL && atomic_load_acquire_u32(&thread->active) != 0)
            return false;
    }
    return !durable_has_waiters(bus);
}

static bool nobody_else_runs(struct bus *bus, const void *self)
{
    return others_running(bus, self) == 0;
}

/* What the handler runs of other threads queue, and what comes to disk, gives the drain to do. */
static bool nobody_or_work(struct bus *bus, const void *self)
{
    return (nobody_else_runs(bus, self) && !durable_is_coming(bus)) ||
           worker_has_work(&bus->workers[0]);
}

/* Once more after each handler that ran inline on another thread: it may have published; after what
 * was on its way to the disk; and when the next retry is due. */
static void drain_polled(struct bus *bus, struct thread *self, uint64_t deadline_ns)
{
    for (;;) {
        bool alone = nobody_else_runs(bus, self) && !durable_is_coming(bus);
        uint64_t next;

        if (!polling_take(bus, deadline_ns))
            return;
        polling_drain(bus, self, deadline_ns);
        next = bus->workers[0].timers.next_ns;
        polling_give(bus);
        if (bus_now(bus) >= deadline_ns)
            return;
        if (!alone)
            (void)news_wait(bus, nobody_or_work, self, next < deadline_ns ? next : deadline_ns);
        else if (next < deadline_ns && !account_is_idle(bus))
            (void)bus->os.wait(bus->os.context, &bus->news, atomic_load_acquire_u32(&bus->news),
                               next);
        else
            return;
    }
}

static void drain(struct bus *bus, struct thread *self, uint64_t deadline_ns)
{
    if (!bus->started)
        return;
    if (!bus->options.polled)
        (void)idle_wait(bus, deadline_ns);
    else if (self != NULL)
        drain_polled(bus, self, deadline_ns);
}

static void wake_all(struct bus *bus)
{
    uint32_t i;

    for (i = 0; i < bus->worker_count; i++)
        parking_wake(&bus->workers[i].parking);
    atomic_fetch_add_u32(&bus->room, 1);
    bus->os.wake(bus->os.context, &bus->room, true);
    tell_word(bus, &bus->relief);
    tell_word(bus, &bus->again); /* callers between two runs (guard/insist.c) */
}

static void join_workers(struct bus *bus)
{
    uint32_t i;

    if (bus->joined || !bus->started || bus->options.polled || workers_left(bus) != 0)
        return;
    for (i = 0; i < bus->worker_count; i++)
        bus->os.thread_join(bus->os.context, bus->workers[i].os_thread);
    bus->joined = true;
}

static void refuse_command(void *context, const struct cell *cell)
{
    struct thread *thread = context;

    if ((cell_flags(cell) & CELL_COMMAND) != 0)
        command_refuse(thread, route_at(thread->bus, cell_type(cell)), cell, BUS_CLOSED,
                       "the bus stopped before the command ran");
}

/* It has ended one message and not begun the next. */
static bool is_between(const struct worker *worker)
{
    uint64_t front = atomic_load_acquire_u64(&worker->front);
    uint32_t level = (uint32_t)front & FRONT_LEVEL;

    return level != 0 && level != FRONT_RING &&
           front != front_of(level - 1, atomic_load_acquire_u64(&worker->lanes[level - 1].head));
}

/* Every worker has ended, or is inside a handler, behind which it sees `halt`: no cell leaves a
 * lane any more. One that looked at `halt` before it was set may be about to take a message, so
 * halting is waited for without a limit; it is a matter of steps, not of handlers. */
static bool lanes_stand_still(struct bus *bus, const void *context)
{
    uint32_t i;

    (void)context;
    for (i = 0; bus->started && i < bus->worker_count; i++) {
        const struct worker *worker = &bus->workers[i];
        const struct thread *thread = atomic_load_acquire_ptr(&worker->thread);

        if (is_between(worker))
            return false;
        if (bus->options.polled) {
            if (atomic_load_acquire_u32(&bus->polling) != 0 && thread != NULL &&
                atomic_load_acquire_u32(&thread->depth) == 0)
                return false;
        } else if (atomic_load_acquire_u32(&worker->exited) == 0 &&
                   atomic_load_acquire_u64(&worker->front) == 0 &&
                   atomic_load_acquire_u32(&thread->depth) == 0) {
            return false; /* with a frame but no front it runs a part of another one's group */
        }
    }
    return true;
}

static void halt(struct bus *bus, struct thread *self, uint64_t deadline_ns)
{
    uint64_t grace = bus_until(bus, GRACE_NS);
    uint32_t i;

    watchdog_end(bus);
    atomic_or_u32(&bus->gate, GATE_HALTED);
    atomic_store_release_u32(&bus->halt, 1);
    bus_barrier(bus);
    wake_all(bus);
    (void)news_wait(bus, all_ended, self, deadline_ns > grace ? deadline_ns : grace);
    (void)news_wait(bus, lanes_stand_still, NULL, UINT64_MAX);
    join_workers(bus);
    if (self == NULL && bus->joined)
        self = bus->threads[0]; /* its worker has ended */
    if (bus->left_resolved || self == NULL)
        return;
    /* A handler left behind that looked at the gate before may still queue a command: the next
     * stop, or close, looks again. None is answered twice (its record's generation). */
    bus->left_resolved = all_ended(bus, self) && calls_are_over(bus, NULL);
    scan_lanes(bus, refuse_command, self);
    for (i = 0; i < bus->worker_count; i++)
        hold_refuse(&bus->workers[i], self);
    deferred_end_all(bus, self);
}

/* Nobody else will: workers have ended, or are left behind in a handler. */
static void tell_ended(struct bus *bus, struct thread *self)
{
    if (self == NULL && bus->joined)
        self = bus->threads[0];
    if (self != NULL)
        durable_tell_ended(bus, self);
}

/* Life lock held. */
static enum bus_status stop(struct bus *bus, struct thread *self, uint64_t deadline_ns,
                            struct bus_left *left)
{
    uint32_t i, routes;

    if ((atomic_load_relaxed_u32(&bus->gate) & GATE_STOPPING) == 0) {
        system_bus_stopping(bus, bus->closing);
        atomic_or_u32(&bus->gate, GATE_STOPPING);
    }
    atomic_fetch_add_u32(&bus->watchers, 1);
    bus_barrier(bus);
    wake_all(bus);
    if ((atomic_load_relaxed_u32(&bus->gate) & GATE_HALTED) == 0) {
        (void)news_wait(bus, calls_are_over, NULL, bus_until(bus, BUS_SECOND));
        for (i = 0;
             bus->started && atomic_load_acquire_u32(&bus->batching) != 0 && i < bus->worker_count;
             i++)
            batch_flush(&bus->workers[i]);
        drain(bus, self, deadline_ns);
        if (self != NULL && atomic_load_relaxed_u32(&bus->drops_untold) != 0) {
            system_flush_drops(bus, self, true);
            drain(bus, self, deadline_ns);
        }
    }
    halt(bus, self, deadline_ns);
    tell_ended(bus, self);
    atomic_fetch_add_u32(&bus->watchers, (uint32_t)-1);
    routes = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= routes; i++)
        left->messages += account_held(bus, route_at(bus, i));
    left->running = workers_left(bus) + others_running(bus, self);
    if (left->messages == 0 && left->running == 0)
        return BUS_OK;
    return fail_status(BUS_ERR_TIMEOUT,
                       "bus %s: stopped with %llu messages left and %u handlers that have not "
                       "returned; bus_left_each shows the messages",
                       bus->name, (unsigned long long)left->messages, left->running);
}

enum bus_status bus_stop(struct bus *bus, uint64_t timeout_ns, struct bus_left *left)
{
    struct bus_left own;
    enum bus_status status;
    struct thread *self;
    uint64_t deadline_ns;

    if (left == NULL)
        left = &own;
    *left = (struct bus_left){0, 0};
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot stop: the bus is NULL or closed");
    self = thread_here(bus);
    if (self != NULL && atomic_load_relaxed_u32(&self->depth) != 0)
        return fail_status(BUS_ERR_IN_HANDLER,
                           "bus %s: stop inside a handler would wait for that handler", bus->name);
    if (self == NULL && bus->options.polled && !bus->closing)
        return thread_failure(); /* it could neither run handlers nor answer what is left */
    deadline_ns = bus_until(bus, timeout_ns);
    atomic_fetch_add_u32(&bus->stops_wanted, 1);
    if (lock_take_until(&bus->life, &bus->os,
                        deadline_ns > bus_until(bus, GRACE_NS) ? deadline_ns
                                                               : bus_until(bus, GRACE_NS))) {
        status = stop(bus, self, deadline_ns, left);
        lock_give(&bus->life, &bus->os);
    } else {
        status = fail_status(BUS_ERR_TIMEOUT, "bus %s: another thread stops it and is not done",
                             bus->name);
    }
    atomic_fetch_add_u32(&bus->stops_wanted, (uint32_t)-1);
    return status;
}

/* ---- what is left ---- */

struct reader {
    struct bus *bus;
    bus_left_fn fn;
    void *context;
    uint64_t count;
};

static void read_left(void *context, const struct cell *cell)
{
    struct reader *reader = context;
    const struct route *route = route_at(reader->bus, cell_type(cell));
    struct bus_envelope envelope;

    envelope_of(reader->bus, route, cell, cell_extension(cell), &envelope);
    reader->fn(reader->context, route->type, &envelope, cell_payload(cell), cell_size(cell));
    reader->count++;
}

static void read_behind(void *context, const struct route *route, const struct bus_stored *stored)
{
    struct reader *reader = context;
    struct bus_envelope envelope = {
        .id = stored->id,
        .published_ns = stored->published_ns,
        .schema_version = stored->schema_version,
        .schema_fingerprint = stored->schema_fingerprint,
        .attempt = 1,
        .has_key = stored->has_key,
        .key_hash = stored->key_hash,
        .correlation = stored->correlation,
        .causation = stored->causation,
        .trace = stored->trace,
    };

    /* as it was written: of its own version */
    reader->fn(reader->context, upgrade_find(route->type, stored->type_id), &envelope,
               stored->bytes, stored->size);
    reader->count++;
}

uint64_t bus_left_each(struct bus *bus, bus_left_fn fn, void *context)
{
    struct reader reader = {.bus = bus, .fn = fn, .context = context};
    uint32_t i;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL ||
        (atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) == 0)
        return 0;
    scan_lanes(bus, read_left, &reader);
    for (i = 0; i < bus->worker_count; i++)
        hold_each(&bus->workers[i], read_left, &reader);
    scan_deferred(bus, read_left, &reader);
    durable_each_behind(bus, read_behind, &reader);
    return reader.count;
}
