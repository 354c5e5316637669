/*
 * core/start.c - from buffering to running.
 *
 * The gate is held, so that publishers wait. Threads are made first and wait too, because only that
 * and an open claim can make start fail. Then homes are assigned, and what was buffered on worker 0
 * is handed out in order; only then the gate opens and the workers are let go.
 */
#include <stdio.h>

#include "core/registry.h"
#include "guard/watchdog.h"
#include "path/durable.h"
#include "path/keep_last.h"
#include "path/path.h"
#include "schedule/schedule.h"
#include "stats/log.h"
#include "stats/tracing.h"

static enum bus_status check_handlers(struct bus *bus)
{
    const struct bus_schema *schema = bus->options.schema;
    uint32_t i;

    for (i = 0; schema != NULL && i < schema->message_count; i++) {
        const struct bus_message_type *type = schema->messages[i];
        const struct route *route = route_find(bus, type);

        if (type->kind != BUS_COMMAND ||
            (route != NULL && route->list != NULL &&
             (list_first(route->list) != NULL || route->made_handlers != 0)))
            continue;
        return fail_status(BUS_ERR_NO_HANDLER,
                           "bus %s: no handler for command %s; attach a component that handles it, "
                           "or set bus_options.missing_handlers_allowed",
                           bus->name, type->name);
    }
    return BUS_OK;
}

static enum bus_status check_claims(struct bus *bus)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n && bus->worker_count > 1; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread != NULL && atomic_load_acquire_u32(&thread->claims) != 0)
            return fail_status(
                BUS_ERR_BUSY, "bus %s: a claim made before start is open: commit or abort it first",
                bus->name);
    }
    return BUS_OK;
}

/* ---- threads ---- */

static void launch(struct bus *bus, uint32_t how)
{
    atomic_store_release_u32(&bus->launched, how);
    bus->os.wake(bus->os.context, &bus->launched, true);
}

static enum bus_status start_threads(struct bus *bus)
{
    enum bus_status status;
    uint32_t made = 0;
    int error = 0;

    if (bus->options.polled)
        return BUS_OK;
    status = watchdog_start(bus);
    if (status == BUS_OK && (status = log_start(bus)) != BUS_OK)
        watchdog_end(bus);
    if (status == BUS_OK && (status = tracing_start(bus)) != BUS_OK) {
        watchdog_end(bus);
        log_rest(bus);
    }
    if (status != BUS_OK)
        return status;
    for (; made < bus->worker_count; made++) {
        struct worker *worker = &bus->workers[made];
        char name[32];

        (void)snprintf(name, sizeof name, "%.10s/%u", bus->name, made);
        error =
            bus->os.thread_start(bus->os.context, &worker->os_thread, name, worker_body, worker);
        if (error != 0)
            break;
    }
    if (made == bus->worker_count)
        return BUS_OK;
    watchdog_end(bus);
    log_rest(bus);
    tracing_rest(bus);
    launch(bus, 2);
    while (made > 0) {
        struct worker *worker = &bus->workers[--made];

        bus->os.thread_join(bus->os.context, worker->os_thread);
        worker->os_thread = NULL;
        worker->exited = 0;
    }
    launch(bus, 0);
    return fail_status(BUS_ERR_SYSTEM, "bus %s: the system refused a thread (errno %d)", bus->name,
                       error);
}

/* ---- handing out what was buffered ---- */

static struct worker *target_of(struct bus *bus, const struct cell *cell)
{
    uint32_t home = atomic_load_relaxed_u32(&route_at(bus, cell_type(cell))->home);
    const struct cell_extension *extension = cell_extension(cell);

    if (home != WORKER_ANY)
        return &bus->workers[home];
    if ((cell_flags(cell) & CELL_LAST) != 0)
        return &bus->workers[keep_last_key(cell) % bus->worker_count];
    if (extension != NULL && (extension->has & CELL_HAS_KEY) != 0)
        return &bus->workers[extension->key % bus->worker_count];
    return &bus->workers[cell_publisher(cell) % bus->worker_count];
}

/* All but the turn, which is the lane's. */
static void copy_cell(struct cell *to, const struct cell *from)
{
    memcpy((uint8_t *)to + sizeof to->turn, (const uint8_t *)from + sizeof from->turn,
           cell_used(from) - sizeof from->turn);
}

/* Each of the first `left` once around: those of worker 0 come back behind the others, in order. */
static void hand_out_lane(struct bus *bus, uint32_t level, uint32_t left)
{
    static const struct lane_producer nobody = {.held = UINT64_MAX};
    struct lane *lane = &bus->workers[0].lanes[level];
    struct cell *copy = bus->workers[0].taken;

    for (; left > 0; left--) {
        struct cell *cell = lane_front(lane);
        struct worker *target;
        struct lane *to;
        uint64_t ticket = 0;

        copy_cell(copy, cell);
        lane_release(lane);
        if ((cell_flags(copy) & CELL_SKIP) != 0)
            continue;
        target = target_of(bus, copy);
        if ((cell_flags(copy) & CELL_LAST) != 0)
            keep_last_move(bus, copy, target->index);
        to = &target->lanes[level];
        (void)lane_claim_above(to, &nobody, &ticket);
        (void)lane_press(to);
        cell = lane_cell(to, ticket);
        copy_cell(cell, copy);
        lane_commit(to, ticket);
    }
}

static void hand_out_ring(struct bus *bus, uint32_t level)
{
    struct drop_ring *ring = atomic_load_acquire_ptr(&bus->workers[0].rings[level]);
    struct cell *copy = bus->workers[0].taken;
    uint32_t left = ring != NULL ? drop_ring_size(ring) : 0;

    for (; left > 0 && drop_ring_take(ring, copy); left--) {
        struct drop_ring *to;
        struct cell *cell;
        uint64_t ticket = 0;

        if ((cell_flags(copy) & CELL_SKIP) != 0)
            continue;
        to = atomic_load_acquire_ptr(&target_of(bus, copy)->rings[level]);
        cell = drop_ring_claim(to, &ticket);
        copy_cell(cell, copy);
        drop_ring_commit(to, ticket);
    }
}

/* What an earlier bus has left on disk comes first. */
static void hand_out(struct bus *bus)
{
    uint32_t left[BUS_LANES], level;
    bool restored;

    for (level = 0; level < BUS_LANES; level++)
        left[level] = lane_size(&bus->workers[0].lanes[level]);
    restored = durable_restore(bus) != 0;
    for (level = 0; level < BUS_LANES; level++) {
        if (bus->worker_count > 1 || restored)
            hand_out_lane(bus, level, left[level]);
        if (bus->worker_count > 1)
            hand_out_ring(bus, level);
    }
}

/* Only now: handing out wants claims that no failing barrier can refuse. No publisher is inside. */
static void let_lanes_be_owned(struct bus *bus)
{
    bool (*restart)(void) = os_restart_of(&bus->os);
    uint32_t i, level;

    for (i = 0; i < bus->worker_count; i++)
        for (level = 0; level < BUS_LANES; level++)
            lane_let_own(&bus->workers[i].lanes[level], restart);
}

/* ---- start ---- */

static void arm_descriptor(struct bus *bus)
{
    struct worker *worker = &bus->workers[0];

    if (!bus->options.polled)
        return;
    if (worker_has_work(worker))
        bus->os.signal_raise(bus->os.context, bus->signal);
    else
        parking_prepare(&worker->parking);
}

static void open_gate(struct bus *bus, uint32_t bits)
{
    atomic_and_u32(&bus->gate, ~bits);
    bus->os.wake(bus->os.context, &bus->gate, true);
}

/* Life lock held. */
static enum bus_status start(struct bus *bus)
{
    enum bus_status status = BUS_OK;

    if (!bus->options.missing_handlers_allowed) {
        lock_take(&bus->registry, &bus->os);
        status = check_handlers(bus);
        lock_give(&bus->registry, &bus->os);
    }
    if (status != BUS_OK)
        return status;
    atomic_or_u32(&bus->gate, GATE_HELD);
    atomic_fetch_add_u32(&bus->watchers, 1);
    bus_barrier(bus);
    (void)news_wait(bus, publishers_are_out, thread_known(bus), UINT64_MAX);
    atomic_fetch_add_u32(&bus->watchers, (uint32_t)-1);
    /* Only now: while the gate was open a claim could still be made. */
    status = check_claims(bus);
    if (status == BUS_OK)
        status = start_threads(bus);
    if (status != BUS_OK) {
        open_gate(bus, GATE_HELD);
        return status;
    }
    lock_take(&bus->registry, &bus->os);
    homes_assign(bus);
    hand_out(bus); /* under the lock: no handler joins meanwhile and moves a home */
    lock_give(&bus->registry, &bus->os);
    let_lanes_be_owned(bus);
    schedule_restore(bus);
    bus->started = true;
    atomic_store_release_u64(&bus->started_ns, bus_now(bus));
    arm_descriptor(bus);
    open_gate(bus, GATE_HELD | GATE_BUFFERING);
    system_bus_started(bus);
    if (!bus->options.polled)
        launch(bus, 1);
    return BUS_OK;
}

enum bus_status bus_start(struct bus *bus)
{
    enum bus_status status;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot start: the bus is NULL or closed");
    lock_take(&bus->life, &bus->os);
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        status = fail_status(BUS_ERR_STATE, "bus %s was stopped: open another one", bus->name);
    else if (bus->started)
        status = fail_status(BUS_ERR_STATE, "bus %s is started already", bus->name);
    else
        status = start(bus);
    lock_give(&bus->life, &bus->os);
    return status;
}
