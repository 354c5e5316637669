/*
 * schedule/due.c - what is due is published, by worker 0 between two messages.
 *
 * Never missed. Under the lock `armed_ns` says when worker 0 looks: its timer is set for then, or a
 * mail is on its way. Who adds an entry that is due before posts the mail, if none is posted. The
 * worker lowers `posted` under the lock, looks at everything and sets the timer anew before it
 * gives the lock back, so no entry falls between two looks.
 *
 * Publishing. The worker raises its `active` flag and looks at the gate as any publisher does
 * (path/publish.c), so a stop that has closed the gate and seen no flag finds no message added
 * behind its back. It does not wait for a gate that is held, as an audit waits for it; and the
 * frame that it pushes, of no message, makes the publish one that never waits for room.
 *
 * Order. Of one clock the first due comes first, of equal times the one that was scheduled first.
 * An entry whose lane is full joins the line of its level, and so does each of that level that is
 * due after it: the first of a line is tried again each FULL_AGAIN_NS, the others follow it.
 */
#include "schedule/schedule.h"

#include "core/registry.h"
#include "core/session.h"
#include "path/durable.h"
#include "path/keep_last.h"

/* At one look: so many events are published, so many others put into lines. Then the worker looks
 * at its lanes. */
enum { AT_ONCE = 16, MOVED_AT_ONCE = 256 };

uint64_t entry_next(const struct entry *entry, uint64_t time)
{
    uint64_t every = entry->every_ns;

    return time + every - (time % every + every - entry->phase_ns) % every;
}

/* ---- when to look ---- */

/* Of an entry that follows the wall clock. */
static uint64_t look_at(uint64_t due_ns, uint64_t now, uint64_t wall)
{
    uint64_t in = due_ns > wall ? due_ns - wall : 0;

    return now + (in < LOOK_NS ? in : LOOK_NS);
}

bool entry_wait(struct bus *bus, struct entry *entry, uint64_t due_ns)
{
    struct schedule *schedule = bus->schedule;
    uint64_t look = due_ns;

    if (entry->at) {
        uint64_t now = bus_now(bus), wall = bus->os.real_ns(bus->os.context);

        if (schedule->wall.count == 0)
            schedule->ahead_ns = wall - now;
        look = look_at(due_ns, now, wall);
    }
    entry->state = ENTRY_WAITS;
    timers_add(entry_heap(schedule, entry), &entry->timer, due_ns);
    if (look >= schedule->armed_ns)
        return false;
    schedule->armed_ns = look;
    if (schedule->posted)
        return false;
    schedule->posted = true;
    return true;
}

/* ---- publishing one ---- */

/* A look at the schedule. */
struct look {
    struct bus *bus;
    struct schedule *schedule;
    struct thread *thread;
    uint64_t now, wall; /* at its begin */
    uint32_t published; /* or tried */
};

/* Most types wait for room, and no try counts as rejected. */
static enum place_as place_of(const struct bus_message_type *type)
{
    return type->when_full == BUS_FULL_DROP_OLDEST || type->when_full == BUS_FULL_DEAD_LETTER
               ? PLACE_WHOLE
               : PLACE_IF_ROOM;
}

/* *admitted: the filters were asked, which happens once however often it is tried. */
static enum bus_outcome send(struct posting *posting, struct bus_session session,
                             const struct cell_extension *had, bool *admitted)
{
    struct bus_message_options options = {.deadline_ns = had != NULL ? had->deadline_ns : 0};
    enum bus_outcome outcome;
    struct place place;

    if (session_is_open(posting->bus, session))
        options.session = session;
    if (had != NULL) {
        options.correlation = had->correlation;
        options.trace = had->trace;
    }
    outcome = posting_prepare(posting, &options, *admitted ? PREPARE_ADMITTED : PREPARE_WHOLE);
    if (outcome != BUS_QUEUED)
        return outcome;
    *admitted = true;
    posting->session = session; /* one that has ended is told as such */
    if (had != NULL && (had->has & CELL_HAS_CAUSATION) != 0) {
        posting->extension.causation = had->causation;
        posting->extension.has |= CELL_HAS_CAUSATION;
        posting->flags |= CELL_EXTENDED;
    }
    if (type_is_durable(posting->bus, posting->route->type))
        return durable_send(posting, NULL, 0);
    if (posting->route->last != NULL)
        return keep_last_send(posting, 0, place_of(posting->route->type));
    outcome = posting_place(posting, 0, &place, place_of(posting->route->type));
    if (outcome != BUS_QUEUED)
        return outcome;
    posting_pack(posting, posting_head(posting, &place));
    return posting_commit(posting, &place, 0);
}

static enum bus_outcome publish(struct look *look, struct entry *entry)
{
    struct thread *thread = look->thread;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint8_t *body = scratch_take(&thread->scratch, look->bus, entry_body_size(entry));
    struct posting posting = {.bus = look->bus,
                              .thread = thread,
                              .route = route_at(look->bus, entry->route),
                              .call_site = entry->call_site};
    enum bus_outcome outcome = BUS_REJECTED;

    if (body != NULL) {
        const void *extension = entry->extended ? body : NULL;

        entry_read(look->schedule, entry, body);
        outcome = posting_unpack(&posting, body + entry_before(entry), entry->size);
        if (outcome == BUS_QUEUED)
            outcome =
                send(&posting, entry_session(look->bus, entry, body), extension, &entry->admitted);
    }
    scratch_release(&thread->scratch, mark);
    return outcome;
}

/* Lock held. */
static void end(struct look *look, struct entry *entry)
{
    struct schedule *schedule = look->schedule;

    entry->cancelled ? schedule->figures.cancelled++ : schedule->figures.ended++;
    entry_give(schedule, entry);
}

/* The entry that was published, or refused, last: the store learns of it, then it waits for its
 * next time, or goes. Lock held, given back meanwhile. False: the store takes on nothing now. */
static bool settle(struct look *look)
{
    struct schedule *schedule = look->schedule;
    struct entry *entry = schedule->owing;
    uint64_t time = entry->at ? look->wall : look->now, next = 0;
    bool ends, told;

    do { /* it may be cancelled meanwhile */
        ends = entry->cancelled || entry->every_ns == 0 || schedule->owed == BUS_INVALID;
        if (!ends)
            next = entry_next(entry, time);
        schedule_unlock(look->bus);
        told = ends ? stored_remove(look->bus, NULL, entry) : stored_change(look->bus, entry, next);
        schedule_lock(look->bus);
        if (!told)
            return false;
    } while (entry->cancelled && !ends);
    schedule->owing = NULL;
    entry->admitted = false;
    bus_accepted(schedule->owed) ? schedule->figures.published++ : schedule->figures.refused++;
    if (ends) {
        end(look, entry);
        return true;
    }
    if (time > entry->timer.due_ns)
        schedule->figures.missed += (time - entry->timer.due_ns) / entry->every_ns;
    entry->again = true;
    (void)entry_wait(look->bus, entry, next); /* this look ends with arm */
    return true;
}

/* Lock held, given back meanwhile. False: there is no room, nothing has changed; or something is
 * owed. */
static bool run(struct look *look, struct entry *entry, struct entry_line *line)
{
    struct schedule *schedule = look->schedule;
    bool lined = entry->state == ENTRY_FULL;
    enum bus_outcome outcome;

    entry->state = ENTRY_RUNS;
    schedule_unlock(look->bus);
    outcome = publish(look, entry);
    schedule_lock(look->bus);
    look->published++;
    if ((outcome == BUS_REJECTED || outcome == BUS_THROTTLED) && !entry->cancelled) {
        entry->state = ENTRY_FULL;
        if (!lined)
            line_append(schedule, line, entry);
        schedule->figures.full += !lined;
        return false;
    }
    if (lined)
        line_remove(schedule, line, entry);
    schedule->owing = entry;
    schedule->owed = outcome;
    return settle(look);
}

/* ---- the look ---- */

static void run_line(struct look *look, struct entry_line *line)
{
    struct schedule *schedule = look->schedule;

    while (line->first != 0 && look->published < AT_ONCE && schedule->owing == NULL)
        if (!run(look, &schedule->entries[line->first - 1], line))
            return;
}

static void run_due(struct look *look)
{
    struct schedule *schedule = look->schedule;
    uint32_t moved = 0;

    while (look->published < AT_ONCE && moved < MOVED_AT_ONCE && schedule->owing == NULL) {
        struct timer *timer = timers_take(&schedule->clock, look->now);
        struct entry_line *line;
        struct entry *entry;

        if (timer == NULL)
            timer = timers_take(&schedule->wall, look->wall);
        if (timer == NULL)
            return;
        entry = (struct entry *)(void *)timer;
        line = &schedule->lines[route_at(look->bus, entry->route)->level];
        if (line->first == 0) {
            (void)run(look, entry, line);
        } else {
            entry->state = ENTRY_FULL;
            line_append(schedule, line, entry);
            schedule->figures.full++;
            moved++;
        }
    }
}

/* After the wall clock was set back, recurring entries that were published may have to wait for
 * long. All entries are looked at, under the lock: a million cost some hundred milliseconds, each
 * time that somebody sets the clock back. */
static void look_at_wall(const struct look *look)
{
    struct schedule *schedule = look->schedule;
    uint64_t ahead = look->wall - look->now, wall = look->wall;
    int64_t forward = (int64_t)(ahead - schedule->ahead_ns);
    uint32_t i;

    if (forward >= 0)
        schedule->ahead_ns = ahead;
    if (forward > -(int64_t)SET_BACK_NS)
        return;
    schedule->ahead_ns = ahead;
    for (i = 0; i < schedule->used; i++) {
        struct entry *entry = &schedule->entries[i];
        uint64_t due = entry->timer.due_ns;

        if (entry->state == ENTRY_WAITS && entry->at && entry->again && due > wall &&
            (due - wall) / 2 > entry->every_ns)
            timers_add(&schedule->wall, &entry->timer,
                       entry_next(entry, wall + entry->every_ns / 2));
    }
}

static void arm(struct worker *worker, struct schedule *schedule, uint64_t next)
{
    schedule->armed_ns = next;
    if (next != UINT64_MAX)
        worker_timer(worker, &schedule->timer, next);
    else
        timers_cancel(&worker->timers, &schedule->timer);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_look(const struct look *look)
{
    const struct schedule *schedule = look->schedule;
    uint64_t next = schedule->clock.next_ns;
    uint32_t level;

    if (schedule->owing != NULL)
        return look->now + FULL_AGAIN_NS;
    if (schedule->wall.count != 0)
        next = earlier(next, look_at(schedule->wall.next_ns, look->now, look->wall));
    for (level = 0; level < BUS_LANES; level++)
        if (schedule->lines[level].first != 0)
            next = earlier(next, look->now + FULL_AGAIN_NS);
    return next;
}

/* As publish_enter, but it does not wait. */
static uint32_t enter(const struct bus *bus, struct thread *thread)
{
    uint32_t gate;

    atomic_store_relaxed_u32(&thread->active, 1);
    bus_light_fence(bus);
    gate = atomic_load_acquire_u32(&bus->gate);
    if (gate != 0)
        publish_leave(thread);
    return gate;
}

static void look_around(struct worker *worker, struct thread *thread, bool by_mail)
{
    struct bus *bus = worker->bus;
    struct look look = {.bus = bus, .schedule = bus->schedule, .thread = thread, .wall = 0};
    uint32_t gate = enter(bus, thread), level;

    schedule_lock(bus);
    if (by_mail)
        look.schedule->posted = false;
    look.now = bus_now(bus);
    if (gate == 0) {
        (void)frame_push(thread, NO_ROUTE);
        look.wall = bus->os.real_ns(bus->os.context);
        look_at_wall(&look);
        if (look.schedule->owing != NULL)
            (void)settle(&look);
        for (level = 0; level < BUS_LANES; level++)
            run_line(&look, &look.schedule->lines[level]);
        run_due(&look);
        arm(worker, look.schedule, next_look(&look));
    } else if ((gate & (GATE_STOPPING | GATE_HALTED)) == 0) {
        arm(worker, look.schedule, look.now + FULL_AGAIN_NS); /* held for a moment */
    }
    schedule_unlock(bus);
    if (gate == 0) {
        frame_pop(thread);
        publish_leave(thread);
    }
}

static void at_time(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)timer;
    look_around(worker, thread, false);
}

static void at_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    (void)mail;
    worker->bus->schedule->timer.fire = at_time;
    look_around(worker, thread, true);
}

void schedule_post(struct bus *bus)
{
    bus->schedule->mail.run = at_mail;
    worker_post(&bus->workers[0], &bus->schedule->mail);
}
