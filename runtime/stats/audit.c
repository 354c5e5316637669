/*
 * stats/audit.c - an exact account: nothing moves while it is taken.
 *
 * First the gate is closed to publishers outside handlers and those inside finish; the workers
 * still run, so whoever waits for a command gets his answer. Then the workers are asked to stand
 * still between two messages. One that is inside a handler which waits for another worker never
 * would: if not all stand still within a window they go on for as long as the window was, and the
 * next one is twice as long. A stop does not wait for an audit: the audit gives up.
 *
 * `held` is counted in the lanes, cell by cell, not taken from the counters; what is kept outside
 * them has counters of its own.
 */
#include "path/path.h"

#include "core/registry.h"
#include "path/durable.h"
#include "path/keep_last.h"

enum { FIRST_WINDOW_MS = 1 };

struct found {
    uint64_t *held; /* by type index */
};

static void scan_lane(const struct worker *worker, uint32_t level, scan_fn fn, void *context)
{
    const struct lane *lane = &worker->lanes[level];
    /* Front first: a message that ends meanwhile is behind `head` before `front` forgets it. */
    uint64_t front = atomic_load_acquire_u64(&worker->front);
    uint64_t runs = atomic_load_acquire_u64(&lane->head);
    uint64_t tail = lane_tail(lane), ticket;

    for (ticket = runs; ticket != tail; ticket += LANE_STEP) {
        const struct cell *cell = lane_cell(lane, ticket);

        if (atomic_load_acquire_u32(&cell->turn) != (uint32_t)ticket + 1 ||
            front == front_of(level, ticket) || (cell_flags(cell) & CELL_SKIP) != 0)
            continue;
        if ((cell_flags(cell) & CELL_LAST) != 0)
            cell = keep_last_look(worker, cell);
        if (cell != NULL)
            fn(context, cell);
    }
}

static void scan_ring(const struct drop_ring *ring, scan_fn fn, void *context)
{
    uint64_t ticket, tail;

    if (ring == NULL)
        return;
    ticket = atomic_load_acquire_u64(&ring->head);
    tail = atomic_load_acquire_u64(&ring->tail);
    for (; ticket != tail; ticket++) {
        const struct cell *cell = drop_ring_cell(ring, ticket);
        uint32_t committed = (uint32_t)(2 * (ticket >> ring->shift) + 1);

        if (atomic_load_acquire_u32(&cell->turn) == committed &&
            (cell_flags(cell) & CELL_SKIP) == 0)
            fn(context, cell);
    }
}

void scan_lanes(struct bus *bus, scan_fn fn, void *context)
{
    uint32_t level, i;

    for (level = 0; level < BUS_LANES; level++)
        for (i = 0; i < bus->worker_count; i++) {
            scan_lane(&bus->workers[i], level, fn, context);
            scan_ring(atomic_load_acquire_ptr(&bus->workers[i].rings[level]), fn, context);
        }
}

static void count_cell(void *context, const struct cell *cell)
{
    struct found *found = context;

    found->held[cell_type(cell)]++;
}

static bool workers_stand_still(struct bus *bus, const void *context)
{
    uint32_t i;

    (void)context;
    for (i = 0; i < bus->worker_count; i++)
        if (atomic_load_acquire_u32(&bus->workers[i].paused) == 0 &&
            atomic_load_acquire_u32(&bus->workers[i].exited) == 0)
            return false;
    return true;
}

static void let_workers_go(struct bus *bus)
{
    atomic_store_release_u32(&bus->pause, 0);
    bus->os.wake(bus->os.context, &bus->pause, true);
}

static bool stop_is_wanted(const struct bus *bus)
{
    return atomic_load_acquire_u32(&bus->stops_wanted) != 0;
}

static bool still_or_stop(struct bus *bus, const void *context)
{
    return workers_stand_still(bus, context) || stop_is_wanted(bus);
}

static bool only_stop(struct bus *bus, const void *context)
{
    (void)context;
    return stop_is_wanted(bus);
}

static bool out_or_stop(struct bus *bus, const void *context)
{
    return publishers_are_out(bus, context) || stop_is_wanted(bus);
}

/* Asks the workers to stand still until `deadline_ns`. */
static bool pause_window(struct bus *bus, uint64_t deadline_ns)
{
    uint32_t i;

    atomic_store_release_u32(&bus->pause, 1);
    bus_barrier(bus);
    for (i = 0; i < bus->worker_count; i++)
        parking_wake(&bus->workers[i].parking);
    if (news_wait(bus, still_or_stop, NULL, deadline_ns) && workers_stand_still(bus, NULL))
        return true;
    let_workers_go(bus);
    return false;
}

static bool pause_workers(struct bus *bus, uint64_t deadline_ns)
{
    uint64_t window = FIRST_WINDOW_MS * BUS_MILLISECOND;

    if (bus->options.polled)
        return polling_take(bus, deadline_ns);
    if (!bus->started)
        return true;
    for (;; window *= 2) {
        uint64_t until = bus_until(bus, window);

        if (pause_window(bus, until < deadline_ns ? until : deadline_ns))
            return true;
        if (until >= deadline_ns || stop_is_wanted(bus))
            return false;
        (void)news_wait(bus, only_stop, NULL, bus_until(bus, window));
    }
}

static void resume_workers(struct bus *bus)
{
    if (bus->options.polled)
        polling_give(bus);
    else if (bus->started)
        let_workers_go(bus);
}

static void report(struct bus *bus, bus_audit_fn fn, void *context, uint64_t *held)
{
    struct found found = {held};
    uint32_t i, routes;

    scan_lanes(bus, count_cell, &found);
    routes = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= routes; i++) {
        const struct route *route = route_at(bus, i);
        struct bus_account account = {0};

        account_add(bus, route, &account);
        if ((atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0)
            account.left = held[i] + account_kept(bus, route) + durable_behind(bus, route);
        else
            account.held = held[i] + account_kept(bus, route) + durable_behind(bus, route);
        fn(context, route->type, &account);
    }
}

/* Life lock held. */
static enum bus_status audit(struct bus *bus, uint64_t deadline_ns, bus_audit_fn fn, void *context,
                             uint64_t *held)
{
    bool still;

    atomic_or_u32(&bus->gate, GATE_HELD);
    atomic_fetch_add_u32(&bus->watchers, 1);
    bus_barrier(bus);
    /* Not looked at twice: a publisher that only meets the gate shows for a moment, and is gone. */
    still = news_wait(bus, out_or_stop, NULL, deadline_ns) && !stop_is_wanted(bus) &&
            pause_workers(bus, deadline_ns);
    if (still) {
        report(bus, fn, context, held);
        resume_workers(bus);
    }
    atomic_fetch_add_u32(&bus->watchers, (uint32_t)-1);
    atomic_and_u32(&bus->gate, ~(uint32_t)GATE_HELD);
    bus->os.wake(bus->os.context, &bus->gate, true);
    if (still)
        return BUS_OK;
    return fail_status(BUS_ERR_TIMEOUT,
                       "bus %s: stopping, or a handler or publisher did not come to an end in "
                       "time, no account was taken",
                       bus->name);
}

enum bus_status bus_audit(struct bus *bus, uint64_t timeout_ns, bus_audit_fn fn, void *context)
{
    struct thread *self;
    enum bus_status status;
    uint64_t deadline_ns, *held;
    size_t size;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot audit: bus or callback is NULL");
    self = thread_known(bus);
    if (self != NULL && atomic_load_relaxed_u32(&self->depth) != 0)
        return fail_status(BUS_ERR_IN_HANDLER,
                           "bus %s: an audit inside a handler would wait for that handler",
                           bus->name);
    deadline_ns = bus_until(bus, timeout_ns);
    size = ((size_t)bus->options.types_max + 1) * sizeof *held;
    held = bus_take_memory(bus, size, 8);
    if (held == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for an audit", bus->name);
    if (lock_take_until(&bus->life, &bus->os, deadline_ns)) {
        status = audit(bus, deadline_ns, fn, context, held);
        lock_give(&bus->life, &bus->os);
    } else {
        status = fail_status(BUS_ERR_TIMEOUT, "bus %s: another audit, start or stop is at work",
                             bus->name);
    }
    bus_give_memory(bus, held, size);
    return status;
}
