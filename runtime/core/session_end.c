/*
 * core/session_end.c - sessions end: when they are told to, when they are idle, with the bus.
 *
 * In two steps. First, under the registry lock, the handle becomes worthless and the handlers go
 * out of service; from then on the place belongs to whoever does the second step: when no handler
 * of the session runs, what they held and deferred ends, clean-up functions are called, the event
 * is published, and the place is given back.
 *
 * bus_session_end waits for running handlers, as bus_unregister does. Who must not wait (a handler
 * of the session, one that would wait for itself, worker 0 for an idle one) puts the place into
 * bus->endings. Worker 0 looks at those when it gets the mail, and again while some are left.
 *
 * Idle sessions are found by a heap of due times of their own, under the registry lock. A message
 * notes when it went through (session_touch), and the heap is not touched: when the time of a
 * session comes, and it was used meanwhile, it gets another one. Worker 0 has one timer, for the
 * first.
 */
#include "core/session.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/registry.h"
#include "path/path.h"

/* Clean-ups that wait for a handler's return are looked at this often; so many idle sessions are
 * ended in one go, then messages have their turn. */
#define LOOK_AGAIN_NS BUS_MILLISECOND
enum { IDLE_AT_ONCE = 32 };

static uint32_t index_of(const struct bus *bus, const struct session *session)
{
    return (uint32_t)(session - bus->sessions) + 1;
}

/* ---- the first step ---- */

/* Registry lock; the barrier is the caller's. */
static void begin(struct bus *bus, struct session *session, enum bus_session_reason reason)
{
    atomic_store_release_u32(&session->generation, session->generation + 1);
    atomic_store_release_u32(&bus->sessions_open, bus->sessions_open - 1);
    timers_cancel(&bus->idlers, &session->idle);
    atomic_store_release_ptr(&session->state, NULL);
    session->ending = true;
    session->reason = reason;
    lists_drop(bus, session);
    units_unlist(bus, session->units);
}

/* ---- the second ---- */

/* From now on the thread runs a handler's code, as far as an audit can see. One that is at work is
 * waited for, but not by those that it waits for: a worker, or who is publishing. */
static void enter(struct bus *bus, struct thread *thread)
{
    bool waits = thread->worker == NULL && atomic_load_relaxed_u32(&thread->active) == 0;

    if (waits)
        publish_enter_ending(bus, thread);
    (void)frame_push(thread, NO_ROUTE);
    if (waits)
        publish_leave(thread); /* the frame shows that we run */
}

static void clean_up(struct bus *bus, struct thread *thread, struct session *session,
                     const struct bus_error *why)
{
    struct bus_session handle = {index_of(bus, session), session->generation - 1};
    bool framed = thread != NULL && atomic_load_relaxed_u32(&thread->depth) < BUS_NESTING_MAX;
    struct session_cleanup *cleanup;

    if (framed)
        enter(bus, thread);
    while ((cleanup = session->cleanups) != NULL) {
        session->cleanups = cleanup->next;
        cleanup->fn(cleanup->context, bus, handle, session->reason, why);
        bus_give_memory(bus, cleanup, sizeof *cleanup);
    }
    session->cleanup_count = 0;
    if (framed)
        frame_pop(thread);
}

/* Who hears of it may use the id again: it is free by then. */
static void finish(struct bus *bus, struct session *session, const struct bus_error *why)
{
    uint64_t id[SESSION_ID_WORDS];
    enum bus_session_reason reason;

    units_retire(bus, session->units);
    session->units = NULL;
    if (session->cleanups != NULL)
        clean_up(bus, thread_here(bus), session, why);
    memcpy(id, session->id, sizeof id);
    reason = session->reason;
    lock_take(&bus->registry, &bus->os);
    session_forget(bus, session);
    lock_give(&bus->registry, &bus->os);
    system_session_ended(bus, index_of(bus, session), (const char *)id, reason, why);
}

/* ---- what is left to worker 0 ---- */

/* Registry lock. */
static void leave_to_worker(struct bus *bus, struct session *session)
{
    session->next_ending = bus->endings;
    atomic_store_release_ptr(&bus->endings, session);
}

static void remember(struct bus *bus, const struct session *session, const struct bus_error *error)
{
    struct session_why *why = &bus->session_whys[session - bus->sessions];

    why->has = error != NULL;
    if (error == NULL)
        return;
    why->error = *error;
    error_text_copy(why->text, error->text);
    why->error.text = why->text;
}

/* The next one of bus->endings whose handlers have all returned, taken out of it; NULL: none. */
static struct session *next_over(struct bus *bus)
{
    struct session **link = &bus->endings, *session;

    lock_take(&bus->registry, &bus->os);
    while ((session = *link) != NULL && units_run(bus, session->units))
        link = &session->next_ending;
    if (session != NULL)
        atomic_store_release_ptr(link, session->next_ending);
    lock_give(&bus->registry, &bus->os);
    return session;
}

static void finish_all(struct bus *bus)
{
    struct session *session;

    while ((session = next_over(bus)) != NULL) {
        const struct session_why *why = &bus->session_whys[session - bus->sessions];
        struct bus_error error = why->error;
        char text[BUS_ERROR_TEXT_SIZE];

        memcpy(text, why->text, sizeof text);
        error.text = text;
        finish(bus, session, why->has ? &error : NULL);
    }
}

static void look(struct worker *worker);

static void on_timer(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)thread;
    (void)timer;
    look(worker);
}

static void on_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    (void)thread;
    (void)mail;
    (void)atomic_exchange_u32(&worker->bus->session_posted, 0);
    look(worker);
}

static void call_worker(struct bus *bus)
{
    if (atomic_exchange_u32(&bus->session_posted, 1) != 0)
        return;
    bus->session_mail.run = on_mail;
    worker_post(&bus->workers[0], &bus->session_mail);
}

/* ---- idle ones ---- */

void session_watch(struct bus *bus, struct session *session)
{
    uint64_t now = bus_now(bus);

    atomic_store_relaxed_u64(&session->used_ns, now);
    timers_add(&bus->idlers, &session->idle, bus_until(bus, session->idle_ns));
    if (bus->idlers.next_ns >= bus->idle_armed_ns)
        return;
    bus->idle_armed_ns = bus->idlers.next_ns;
    call_worker(bus);
}

static void end_idle(struct bus *bus, struct session *session, uint64_t now)
{
    uint64_t idle = session->idle_ns, used = atomic_load_relaxed_u64(&session->used_ns);
    uint64_t due = idle < UINT64_MAX - used ? used + idle : UINT64_MAX;

    if (due <= now && units_run(bus, session->units))
        due = bus_until(bus, idle);
    if (due > now) {
        timers_add(&bus->idlers, &session->idle, due);
        return;
    }
    begin(bus, session, BUS_SESSION_IDLE);
    remember(bus, session, NULL);
    leave_to_worker(bus, session);
}

/* Returns when the next one may be due. */
static uint64_t end_idle_ones(struct bus *bus)
{
    struct timer *timer;
    uint32_t count = 0;
    uint64_t next;

    lock_take(&bus->registry, &bus->os);
    if (bus->idlers.next_ns <= bus_now(bus)) {
        uint64_t now = bus_now(bus);

        while (count++ < IDLE_AT_ONCE && (timer = timers_take(&bus->idlers, now)) != NULL)
            end_idle(bus,
                     (struct session *)(void *)((uint8_t *)timer - offsetof(struct session, idle)),
                     now);
        bus_barrier(bus);
    }
    next = bus->idle_armed_ns = bus->idlers.next_ns;
    lock_give(&bus->registry, &bus->os);
    return next;
}

/* Worker 0, between two messages. */
static void look(struct worker *worker)
{
    struct bus *bus = worker->bus;
    uint64_t next = end_idle_ones(bus), again;

    finish_all(bus);
    again =
        atomic_load_acquire_ptr(&bus->endings) != NULL ? bus_until(bus, LOOK_AGAIN_NS) : UINT64_MAX;
    if (again < next)
        next = again;
    bus->session_timer.fire = on_timer;
    if (next != UINT64_MAX)
        worker_timer(worker, &bus->session_timer, next);
    else
        timers_cancel(&worker->timers, &bus->session_timer);
}

/* ---- the calls ---- */

static bool thread_runs(const struct thread *self, const struct unit *units)
{
    for (; self != NULL && units != NULL; units = units->next)
        if (thread_shows(self, units))
            return true;
    return false;
}

/* This thread begins the end. BUS_ERR_STATE: another one has. */
static enum bus_status try_begin(struct bus *bus, struct bus_session session)
{
    struct session *place = session_at(bus, session.index);
    enum bus_status status = BUS_ERR_STATE;

    lock_take(&bus->registry, &bus->os);
    if (session_is_open(bus, session)) {
        begin(bus, place, BUS_SESSION_ENDED);
        if (place->units != NULL)
            bus_barrier(bus);
        status = BUS_OK;
    } else if (place->generation < session.generation || (session.generation & 1) == 0) {
        status = BUS_ERR_INVALID;
    }
    lock_give(&bus->registry, &bus->os);
    return status;
}

enum bus_status bus_session_end(struct bus *bus, struct bus_session session,
                                const struct bus_error *why)
{
    enum bus_status status;
    struct session *place;
    struct thread *self;

    if (bus == NULL || bus->magic != BUS_MAGIC || session.index == 0 ||
        session.index > bus->options.sessions_max)
        return fail_status(BUS_ERR_INVALID, "cannot end: bus is NULL or not a session of it");
    status = try_begin(bus, session);
    if (status == BUS_ERR_STATE)
        return BUS_OK;
    if (status != BUS_OK)
        return fail_status(status, "bus %s: this session was never opened", bus->name);
    place = session_at(bus, session.index);
    self = thread_known(bus);
    status = units_wait(bus, self, place->units);
    if (status == BUS_OK && !thread_runs(self, place->units)) {
        finish(bus, place, why);
        return BUS_OK;
    }
    remember(bus, place, why);
    lock_take(&bus->registry, &bus->os);
    leave_to_worker(bus, place);
    lock_give(&bus->registry, &bus->os);
    call_worker(bus);
    return status;
}

enum bus_status bus_session_close(struct bus *bus, struct bus_session session)
{
    return bus_session_end(bus, session, NULL);
}

void sessions_close(struct bus *bus)
{
    uint32_t i;

    for (i = 0; i < bus->sessions_used; i++) {
        struct session *session = &bus->sessions[i];

        lock_take(&bus->registry, &bus->os);
        if ((session->generation & 1) != 0) {
            begin(bus, session, BUS_SESSION_BUS_CLOSED);
            remember(bus, session, NULL);
            leave_to_worker(bus, session);
        }
        lock_give(&bus->registry, &bus->os);
    }
    finish_all(bus);
}
