/*
 * path/durable_load.c - durable events come from the disk into their lanes, in order.
 *
 * At start on the thread that starts, from then on on worker 0, between two messages. It looks when
 * it is told to (an event went behind, a durable one has ended while others are behind) and, while
 * some are behind, by its timer. Each look takes so many at most, then the worker sees its lanes.
 *
 * The store shows its events by number, of all types. For each type with events behind the search
 * goes on where it ended, so each event is looked at once for each such type. `behind_from` is
 * lowered by publishers that come to be behind late; whoever has read a newer event meanwhile
 * leaves it so.
 *
 * What was written by an older version of the schema is read by its rules and written anew. What
 * cannot be read becomes a dead letter as it is, and a report tells of it.
 */
#include "path/durable.h"

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"

/* Looked at in one look: rows read, of all types. */
enum { READS_AT_ONCE = 32 };

/* One that was read; its message is in durable->room. */
struct found {
    struct bus *bus;
    struct bus_stored stored; /* of its texts only the session is kept */
    char session[BUS_STORED_SESSION_MOST + 1];
    bool too_large;
    bool locked; /* the registry is */
};

/* The session of this id, if it is open now: else it is a message of none. */
static struct bus_session session_of(const struct found *found)
{
    struct bus *bus = found->bus;
    struct bus_session session;

    if (found->session[0] == '\0')
        return (struct bus_session){0, 0};
    if (!found->locked)
        lock_take(&bus->registry, &bus->os);
    session = session_named(bus, found->session);
    if (!found->locked)
        lock_give(&bus->registry, &bus->os);
    return session;
}

enum load_end {
    LOADED, /* it is in its lane */
    NOT_BEHIND,
    NO_ROOM,
    DAMAGED,
};

static void copy_found(void *to, const struct bus_stored *stored)
{
    struct found *found = to;
    struct bus *bus = found->bus;
    size_t size;

    found->stored = *stored;
    found->too_large = stored->size > bus->message_size_max;
    if (!found->too_large)
        memcpy(bus->durable->room, stored->bytes, stored->size);
    found->stored.bytes = bus->durable->room;
    size = stored->session != NULL ? strnlen(stored->session, BUS_STORED_SESSION_MOST) : 0;
    if (size != 0)
        memcpy(found->session, stored->session, size);
    found->session[size] = '\0';
    found->stored.session = found->session;
    found->stored.message = "";
}

/* `reading` is held. False: there is none, or the disk failed. */
static bool read_next(struct bus *bus, uint64_t after, struct found *found)
{
    const struct bus_store *store = bus->options.store;

    found->bus = bus;
    return store->next(store->context, BUS_STORED_EVENT, after, copy_found, found);
}

static struct route *route_of(const struct bus *bus, uint64_t type_id)
{
    uint32_t at = (uint32_t)type_id & bus->slot_mask;

    for (;; at = (at + 1) & bus->slot_mask) {
        struct route *route = atomic_load_acquire_ptr(&bus->slots[at]);

        if (route == NULL || route->type->id == type_id)
            return route;
    }
}

/* ---- into its lane ---- */

static void make_extension(struct posting *posting, const struct bus_stored *stored)
{
    struct cell_extension *own = &posting->extension;
    static const struct bus_trace none = {.flags = 0};
    struct bus *bus = posting->bus;

    cell_extension_clear(own);
    posting->flags = CELL_EXTENDED;
    own->has = CELL_HAS_ROW;
    if (stored->deadline_ns != 0) {
        uint64_t wall = bus->os.real_ns(bus->os.context);

        own->has |= CELL_HAS_DEADLINE;
        own->deadline_ns =
            stored->deadline_ns > wall ? bus_until(bus, stored->deadline_ns - wall) : 1;
    }
    own->correlation = stored->correlation;
    own->causation = stored->causation;
    own->trace = stored->trace;
    if ((own->correlation.high | own->correlation.low) != 0)
        own->has |= CELL_HAS_CORRELATION;
    if ((own->causation.high | own->causation.low) != 0)
        own->has |= CELL_HAS_CAUSATION;
    if (memcmp(&own->trace, &none, sizeof none) != 0)
        own->has |= CELL_HAS_TRACE;
}

/* Its time, and, if its id can be made of a cell, all that this is made of. False: the id is to be
 * had from its record alone. */
static bool name_cell(const struct bus *bus, const struct bus_stored *stored, struct cell *cell)
{
    uint64_t ms = stored->published_ns / BUS_MILLISECOND;
    uint64_t time_ms = ms > bus->base_ms ? ms - bus->base_ms : 0;
    struct cell own;

    if (!cell_of_id(bus, stored->id, &own)) {
        cell->stamp = (cell->stamp & UINT32_C(0xffffff)) | time_ms << 24;
        return false;
    }
    cell->stamp = own.stamp;
    cell->origin = own.origin;
    return true;
}

static enum load_end place_it(struct posting *posting, const struct bus_stored *stored,
                              struct durable_row *row)
{
    struct place place;

    make_extension(posting, stored);
    posting->extension.pending = row;
    row->number = stored->number;
    if (posting_place(posting, 0, &place, PLACE_IF_ROOM) != BUS_QUEUED)
        return NO_ROOM;
    posting->route->type->codec.pack(posting_head(posting, &place), posting->message);
    row->given = !name_cell(posting->bus, stored, place.cell);
    (void)posting_commit(posting, &place, 0);
    return LOADED;
}

/* Lock held. */
static void unload(struct route *route)
{
    if (route->behind != 0)
        atomic_store_release_u64(&route->behind, route->behind - 1);
}

/* The message in durable->room goes into its lane. */
static enum load_end load(struct bus *bus, struct thread *thread, struct route *route,
                          const struct found *found)
{
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct posting posting = {.bus = bus, .thread = thread, .route = route};
    enum load_end end = NO_ROOM;
    enum bus_outcome outcome;
    struct durable_row *row;

    if (found->too_large)
        return DAMAGED;
    outcome = posting_unpack(&posting, found->stored.bytes, found->stored.size);
    if (outcome == BUS_INVALID) {
        scratch_release(&thread->scratch, mark);
        return DAMAGED;
    }
    durable_lock(bus);
    row = outcome == BUS_QUEUED ? row_take(bus, route, found->stored.id, true) : NULL;
    if (row != NULL)
        row->number = found->stored.number;
    durable_unlock(bus);
    if (row != NULL) {
        posting.session = session_of(found);
        end = place_it(&posting, &found->stored, row);
        durable_lock(bus);
        if (end != LOADED)
            row_give(bus->durable, row);
        else
            bus->durable->figures.loaded++;
        durable_unlock(bus);
    }
    scratch_release(&thread->scratch, mark);
    return end;
}

/* ---- what cannot be read ---- */

static void end_damaged(struct bus *bus, struct thread *thread, struct route *route,
                        const struct found *found)
{
    static struct handler nobody = {.name = ""};
    const struct bus_store *store = bus->options.store;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    void *zero = scratch_take(&thread->scratch, bus, route->type->codec.table->size);
    struct counters *counters = thread_count(thread, route);
    struct bus_delivery delivery = {.bus = bus, .thread = thread, .route = route};
    struct posting posting = {
        .bus = bus, .thread = thread, .route = route, .size = found->stored.size};
    struct cell cell = {.turn = 0};
    bool kept = false;

    posting_fill_head(&posting, &cell);
    (void)name_cell(bus, &found->stored, &cell);
    delivery.cell = &cell;
    delivery.handler = &nobody;
    error_note(&delivery, &(struct bus_error){.category = BUS_CATEGORY_SERIALIZATION,
                                              .severity = BUS_SEVERITY_HIGH,
                                              .code = BUS_FAULT_UNREADABLE,
                                              .text = "a durable event is damaged on disk"});
    error_report(&delivery, 1, true);
    if (zero != NULL && !found->too_large) {
        memset(zero, 0, route->type->codec.table->size);
        kept = dead_letters_add(thread, &(struct letter){.route = route,
                                                         .cell = &cell,
                                                         .bytes = found->stored.bytes,
                                                         .message = zero,
                                                         .error = &delivery.error,
                                                         .reason = BUS_LETTER_FAILED});
    }
    scratch_release(&thread->scratch, mark);
    if (kept)
        (void)store->remove(store->context, BUS_STORED_EVENT, found->stored.number, NULL, NULL);
    counter_add(&counters->direct, 1);
    counter_add(&counters->failed, 1);
    durable_lock(bus);
    bus->durable->figures.damaged++;
    bus->durable->figures.stayed += !kept;
    durable_unlock(bus);
}

/* ---- at start ---- */

/* One that an earlier bus left. */
static void restore(struct bus *bus, struct thread *thread, const struct found *found)
{
    struct route *route = route_of(bus, found->stored.type_id);
    bool known = route != NULL && route->type->kind != BUS_COMMAND;
    enum load_end end = NO_ROOM;

    durable_lock(bus);
    bus->durable->figures.strange += !known;
    bus->durable->figures.restored += known;
    if (known)
        row_note_behind(route, found->stored.number);
    durable_unlock(bus);
    if (!known)
        return;
    /* Those of its type before it are in their lane. */
    if (thread != NULL && route->behind_from == found->stored.number - 1)
        end = load(bus, thread, route, found);
    if (end == DAMAGED)
        end_damaged(bus, thread, route, found);
    if (end == NO_ROOM)
        return;
    durable_lock(bus);
    unload(route);
    route->behind_from = bus->durable->before; /* what is behind now was published since */
    durable_unlock(bus);
}

static bool some_are_behind(const struct bus *bus)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->route_count);

    for (i = 1; i <= n; i++)
        if (durable_behind((struct bus *)(uintptr_t)bus, route_at(bus, i)) != 0)
            return true;
    return false;
}

uint64_t durable_restore(struct bus *bus)
{
    struct durable *durable = bus->durable;
    struct found found = {.locked = true};
    struct thread *thread;
    uint64_t after = 0;

    if (durable == NULL)
        return 0;
    thread = durable->before != 0 ? thread_here(bus) : NULL;
    lock_take(&durable->reading, &bus->os);
    while (after < durable->before && read_next(bus, after, &found) &&
           found.stored.number <= durable->before) {
        after = found.stored.number;
        restore(bus, thread, &found);
    }
    lock_give(&durable->reading, &bus->os);
    if (some_are_behind(bus))
        durable_post(bus);
    return durable->figures.loaded;
}

/* ---- while it runs ---- */

/* What follows in the store behind `after`, of this type or not. */
static enum load_end look_at(struct bus *bus, struct thread *thread, struct route *route,
                             uint64_t after, const struct found *found)
{
    enum load_end end = NOT_BEHIND;
    bool there;

    durable_lock(bus);
    there = row_is_there(bus->durable, found->stored.id, found->stored.number);
    durable_unlock(bus);
    if (!there && found->stored.type_id == route->type->id)
        end = load(bus, thread, route, found);
    if (end == NO_ROOM)
        return end;
    if (end == DAMAGED)
        end_damaged(bus, thread, route, found);
    durable_lock(bus);
    if (route->behind_from == after)
        route->behind_from = found->stored.number;
    if (end != NOT_BEHIND)
        unload(route);
    durable_unlock(bus);
    return end;
}

/* False: it has to wait for something. */
static bool load_route(struct bus *bus, struct thread *thread, struct route *route, uint32_t *reads)
{
    struct found found = {.locked = false};

    while (durable_behind(bus, route) != 0) {
        uint64_t after;

        if (*reads == 0)
            return true;
        --*reads;
        durable_lock(bus);
        after = route->behind_from;
        durable_unlock(bus);
        if (!read_next(bus, after, &found) || look_at(bus, thread, route, after, &found) == NO_ROOM)
            return false;
    }
    return true;
}

/* False: the store takes on none now. */
static bool remove_again(struct bus *bus)
{
    struct durable *durable = bus->durable;
    const struct bus_store *store = bus->options.store;
    bool taken = true;

    while (taken) {
        struct durable_row *row = NULL;

        durable_lock(bus);
        if (durable->removals != 0) {
            row = &durable->rows[durable->removals - 1];
            durable->removals = row->removal;
        }
        durable_unlock(bus);
        if (row == NULL)
            return true;
        taken = store->remove(store->context, BUS_STORED_EVENT, row->number, NULL, NULL);
        durable_lock(bus);
        if (taken) {
            durable->figures.removed++;
            row_give(durable, row);
        } else {
            row->removal = durable->removals;
            durable->removals = (uint32_t)(row - durable->rows) + 1;
        }
        durable_unlock(bus);
    }
    return false;
}

static void look(struct worker *worker, struct thread *thread)
{
    struct bus *bus = worker->bus;
    struct durable *durable = bus->durable;
    uint32_t i, n = atomic_load_acquire_u32(&bus->route_count), reads = READS_AT_ONCE;
    uint64_t next = UINT64_MAX;
    bool removed;

    removed = remove_again(bus);
    (void)frame_push(thread, NO_ROUTE);
    durable_tell_ended(bus, thread);
    lock_take(&durable->reading, &bus->os);
    for (i = 1; i <= n; i++)
        if (!load_route(bus, thread, route_at(bus, i), &reads))
            next = DURABLE_FULL_NS;
    lock_give(&durable->reading, &bus->os);
    frame_pop(thread);
    if (reads == 0)
        next = 0; /* it was for the lanes' sake that it stopped */
    if (next == UINT64_MAX && !removed)
        next = DURABLE_DOUBT_NS;
    if (next != UINT64_MAX)
        worker_timer(worker, &durable->timer, bus_until(bus, next));
    else
        timers_cancel(&worker->timers, &durable->timer);
}

static void at_time(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)timer;
    look(worker, thread);
}

static void at_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct durable *durable = worker->bus->durable;

    (void)mail;
    durable->timer.fire = at_time;
    durable_lock(worker->bus);
    durable->posted = false;
    durable_unlock(worker->bus);
    look(worker, thread);
}

void durable_post(struct bus *bus)
{
    struct durable *durable = bus->durable;
    bool post;

    durable_lock(bus);
    post = !durable->posted;
    durable->posted = true;
    durable_unlock(bus);
    if (!post)
        return;
    /* It is on no way, and until it is opened no other thread comes here. */
    durable->mail.run = at_mail;
    worker_post(&bus->workers[0], &durable->mail);
}

/* ---- what is left ---- */

void durable_each_behind(struct bus *bus, durable_fn fn, void *context)
{
    struct durable *durable = bus->durable;
    struct found found = {.stored = {.number = 0}};

    if (durable == NULL || !some_are_behind(bus))
        return;
    lock_take(&durable->reading, &bus->os);
    while (read_next(bus, found.stored.number, &found)) {
        const struct route *route = route_of(bus, found.stored.type_id);
        bool there;

        durable_lock(bus);
        there = row_is_there(durable, found.stored.id, found.stored.number);
        durable_unlock(bus);
        if (route != NULL && !there && !found.too_large && route->behind != 0 &&
            found.stored.number > route->behind_from)
            fn(context, route, &found.stored);
    }
    lock_give(&durable->reading, &bus->os);
}
