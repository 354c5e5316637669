/*
 * core/idle.c - waiting until all is done, and the role of a polled bus's worker.
 *
 * Idle means: every message accepted has ended. Ends are summed first, then acceptances
 * (stats/account.c). Each end was accepted before, and both only grow; so if the two sums are
 * equal, they were equal at the instant between the two sums: nothing was queued or running then.
 * What a handler publishes is accepted before its own message ends, so it is waited for too.
 */
#include "core/registry.h"

#include "path/path.h"
#include "path/pressure.h"

/* Should a wake-up be missed after all (no barrier in this process), look again this often. */
#define DOUBT_NS (20 * BUS_MILLISECOND)

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool idle_wait(struct bus *bus, uint64_t deadline_ns)
{
    bool idle;

    atomic_fetch_add_u32(&bus->idle_waiters, 1);
    bus_barrier(bus);
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->idle);

        idle = account_is_idle(bus);
        if (idle || bus_now(bus) >= deadline_ns ||
            (atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0)
            break; /* halted: what is left stays left */
        (void)bus->os.wait(bus->os.context, &bus->idle, seen,
                           earlier(deadline_ns, bus_until(bus, DOUBT_NS)));
    }
    atomic_fetch_add_u32(&bus->idle_waiters, (uint32_t)-1);
    return idle;
}

bool news_wait(struct bus *bus, bool (*done)(struct bus *bus, const void *context),
               const void *context, uint64_t deadline_ns)
{
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->news);

        if (done(bus, context))
            return true;
        if (bus_now(bus) >= deadline_ns)
            return false;
        (void)bus->os.wait(bus->os.context, &bus->news, seen,
                           earlier(deadline_ns, bus_until(bus, BUS_MILLISECOND)));
    }
}

bool publishers_are_out(struct bus *bus, const void *context)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread == NULL || thread == context)
            continue;
        /* In this order: it lowers `active` after its frame shows. */
        if (atomic_load_acquire_u32(&thread->active) != 0)
            return false;
        if ((i >= bus->worker_count || bus->options.polled) &&
            atomic_load_acquire_u32(&thread->depth) != 0)
            return false;
    }
    return true;
}

enum bus_status bus_wait_idle(struct bus *bus, uint64_t timeout_ns)
{
    struct thread *self;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot wait: the bus is NULL or closed");
    self = thread_known(bus);
    if (self != NULL && atomic_load_relaxed_u32(&self->depth) != 0)
        return fail_status(BUS_ERR_IN_HANDLER,
                           "bus %s: waiting inside a handler would wait for that handler",
                           bus->name);
    if (bus->options.polled)
        return fail_status(BUS_ERR_STATE, "bus %s is polled: call bus_poll until it ran nothing",
                           bus->name);
    if ((atomic_load_acquire_u32(&bus->gate) & GATE_BUFFERING) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s is not started, its messages wait for that",
                           bus->name);
    if (!idle_wait(bus, bus_until(bus, timeout_ns))) {
        if ((atomic_load_acquire_u32(&bus->gate) & GATE_HALTED) != 0)
            return fail_status(BUS_ERR_STATE, "bus %s was stopped with messages left", bus->name);
        return fail_status(BUS_ERR_TIMEOUT, "bus %s: messages are still queued or running",
                           bus->name);
    }
    return BUS_OK;
}

/* ---- polled ---- */

bool polling_take(struct bus *bus, uint64_t deadline_ns)
{
    for (;;) {
        uint32_t expected = 0;

        if (atomic_cas_u32(&bus->polling, &expected, 1))
            return true;
        if (!bus->os.wait(bus->os.context, &bus->polling, 1, deadline_ns))
            return false;
    }
}

void polling_give(struct bus *bus)
{
    atomic_store_release_u32(&bus->polling, 0);
    bus->os.wake(bus->os.context, &bus->polling, true);
}

static void become(struct bus *bus, struct thread *thread)
{
    struct worker *worker = &bus->workers[0];

    thread->worker = worker;
    atomic_store_release_ptr(&worker->thread, thread);
    parking_cancel(&worker->parking);
}

void polling_drain(struct bus *bus, struct thread *thread, uint64_t deadline_ns)
{
    become(bus, thread);
    while (bus_now(bus) < deadline_ns && atomic_load_relaxed_u32(&bus->halt) == 0)
        if (!worker_step(&bus->workers[0], thread))
            break;
    thread->worker = NULL;
}

static uint32_t at_most(uint64_t messages)
{
    return messages < WORKER_BURST ? (uint32_t)messages : WORKER_BURST;
}

static uint32_t run_some(struct worker *worker, struct thread *thread, uint32_t most)
{
    uint32_t ran = 0;

    if (__builtin_expect(atomic_load_relaxed_u32(&worker->attention) != 0, 0)) {
        ran = worker_attend(worker, thread, most);
        most = most < WORKER_ATTENTIVE ? most : WORKER_ATTENTIVE;
        if (ran >= most)
            return ran;
    }
    return ran + worker_run(worker, thread, most - ran);
}

/* The descriptor becomes readable when the next timer is due. */
static void set_alarm(struct bus *bus, const struct worker *worker)
{
    uint64_t next = worker->timers.next_ns, now;

    if (next == UINT64_MAX && !bus->alarm_is_set)
        return;
    now = next != UINT64_MAX ? bus_now(bus) : 0;
    bus->os.alarm_set(bus->os.context, bus->alarm,
                      next == UINT64_MAX ? next
                      : next > now       ? next - now
                                         : 0);
    bus->alarm_is_set = next != UINT64_MAX;
}

/* Up to `most` messages; leaves the descriptor readable if and only if some remain. */
static uint32_t poll_some(struct bus *bus, struct thread *thread, uint64_t most)
{
    struct worker *worker = &bus->workers[0];
    uint32_t ran = 0, more;

    become(bus, thread);
    for (;;) {
        while (ran < most && atomic_load_acquire_u32(&bus->halt) == 0 &&
               (more = run_some(worker, thread, at_most(most - ran))) != 0)
            ran += more;
        if (atomic_load_relaxed_u32(&bus->halt) != 0)
            break;
        if (atomic_load_relaxed_u32(&bus->drops_untold) != 0)
            system_flush_drops(bus, thread, false);
        pressure_idle(worker, thread);
        if (ran < most || !worker_has_work(worker)) {
            bus->os.signal_clear(bus->os.context, bus->signal);
            set_alarm(bus, worker);
            parking_prepare(&worker->parking);
            if (!worker_has_work(worker))
                break;
            parking_cancel(&worker->parking);
        }
        if (ran >= most) {
            bus->os.signal_raise(bus->os.context, bus->signal);
            break;
        }
    }
    thread->worker = NULL;
    return ran;
}

enum bus_status bus_poll(struct bus *bus, uint32_t max, uint32_t *ran)
{
    struct thread *thread;
    uint64_t most = max;
    uint32_t count, i;

    if (ran != NULL)
        *ran = 0;
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot poll: the bus is NULL or closed");
    if (!bus->options.polled)
        return fail_status(BUS_ERR_STATE, "bus %s has threads: set bus_options.polled to poll it",
                           bus->name);
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    if (atomic_load_relaxed_u32(&thread->depth) != 0)
        return fail_status(BUS_ERR_IN_HANDLER, "bus %s: bus_poll inside a handler", bus->name);
    if (!polling_take(bus, UINT64_MAX))
        return BUS_ERR_TIMEOUT;
    if ((atomic_load_acquire_u32(&bus->gate) & (GATE_BUFFERING | GATE_HALTED)) != 0) {
        polling_give(bus);
        return fail_status(BUS_ERR_STATE, "bus %s is not started, or stopped", bus->name);
    }
    atomic_store_release_ptr(&bus->poll_thread, thread);
    for (i = 0; max == 0 && i < BUS_LANES; i++)
        most += bus->options.capacity[i];
    count = poll_some(bus, thread, most);
    polling_give(bus);
    tell_idle(bus);
    if (ran != NULL)
        *ran = count;
    return BUS_OK;
}

int bus_poll_descriptor(struct bus *bus)
{
    if (bus == NULL || bus->magic != BUS_MAGIC) {
        last_error_set("no descriptor: the bus is NULL or closed");
        return -1;
    }
    if (!bus->options.polled)
        last_error_set("bus %s has threads: set bus_options.polled to poll it", bus->name);
    return bus->descriptor;
}
