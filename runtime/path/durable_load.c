/*
 * path/durable_load.c - durable events come from the disk into their lanes, in order.
 *
 * At start on the thread that starts, from then on on worker 0, between two messages. It looks when
 * it is told to (an event went behind, a durable one has ended while others are behind) and, while
 * some are behind, by its timer. Each look takes so many at most, then the worker sees its lanes.
 *
 * The store shows its events by number, of all types, many at a time (durable_read.c): the batch.
 * For each type with events behind the search goes on where it ended, so each event is looked at
 * once for each such type. `behind_from` is lowered by publishers that come to be behind late;
 * whoever has read a newer event meanwhile leaves it so. A type whose next event is not in the
 * batch has the store read from there, each in its turn; while the lane of another one is full,
 * whose rows would be read again, only every DURABLE_FULL_NS.
 *
 * What was written by another version of the schema goes on as it was written, with what this one
 * does not know; an older version of the message goes through its upgrades (core/upgrade.h). What
 * cannot be read becomes a dead letter as it is, and a report tells of it.
 */
#include "path/durable.h"

#include <inttypes.h>

#include "core/registry.h"
#include "core/upgrade.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"

/* Looked at in one look: rows, of all types. */
enum { LOOKS_AT_ONCE = 64 };

/* The session of this id, if it is open now: else it is a message of none. `locked`: the registry
 * is. */
static struct bus_session session_of(struct bus *bus, const struct read_row *found, bool locked)
{
    struct bus_session session;

    if (found->session[0] == '\0')
        return (struct bus_session){0, 0};
    if (!locked)
        lock_take(&bus->registry, &bus->os);
    session = session_named(bus, found->session);
    if (!locked)
        lock_give(&bus->registry, &bus->os);
    return session;
}

enum load_end {
    LOADED, /* it is in its lane */
    NOT_BEHIND,
    NO_ROOM,
    DAMAGED,
};

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
    posting_pack(posting, posting_head(posting, &place));
    row->given = !name_cell(posting->bus, stored, place.cell);
    (void)posting_commit(posting, &place, 0);
    return LOADED;
}

/* Lock held. */
static void unload(struct durable *durable, struct route *route)
{
    if (route->behind != 0)
        atomic_store_release_u64(&route->behind, route->behind - 1);
    if (route->behind == 0 && durable->ended != 0)
        row_sweep(durable);
}

/* It goes into its lane. */
static enum load_end load(struct bus *bus, struct thread *thread, struct route *route,
                          const struct read_row *found, bool locked)
{
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct posting posting = {.bus = bus, .thread = thread, .route = route};
    struct written written = written_of(&found->stored);
    enum load_end end = NO_ROOM;
    enum bus_outcome outcome;
    struct durable_row *row;

    if (found->too_large) {
        last_error_set("%s: %" PRIu32 " bytes, this bus takes %" PRIu32
                       "; raise bus_options.message_size_max",
                       route->type->name, found->stored.size, bus->message_size_max);
        return DAMAGED;
    }
    outcome = posting_read(&posting, &written, found->stored.bytes, found->stored.size);
    if (outcome == BUS_INVALID) {
        scratch_release(&thread->scratch, mark);
        return DAMAGED;
    }
    durable_lock(bus);
    row = outcome == BUS_QUEUED ? row_take(bus, route, found->stored.id, true) : NULL;
    if (row != NULL) {
        row->number = found->stored.number;
        if (posting.packed == found->stored.bytes) {
            row->schema_version = found->stored.schema_version;
            row->schema_fingerprint = found->stored.schema_fingerprint;
        }
    } else {
        row_give_ended(bus->durable);
    }
    durable_unlock(bus);
    if (row != NULL) {
        posting.session = session_of(bus, found, locked);
        end = place_it(&posting, &found->stored, row);
        durable_lock(bus);
        if (end != LOADED)
            row_give(bus->durable, row);
        else
            bus->durable->figures.loaded++;
        if (end == LOADED && written.type_id != route->type->id)
            bus->durable->figures.upgraded++;
        durable_unlock(bus);
    }
    scratch_release(&thread->scratch, mark);
    return end;
}

/* ---- what cannot be read ---- */

/* bus_last_error says why. */
static void end_damaged(struct bus *bus, struct thread *thread, struct route *route,
                        const struct read_row *found)
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

    last_error_behind("a durable event cannot be read: ");
    posting_fill_head(&posting, &cell);
    (void)name_cell(bus, &found->stored, &cell);
    delivery.cell = &cell;
    delivery.handler = &nobody;
    error_note(&delivery, &(struct bus_error){.category = BUS_CATEGORY_SERIALIZATION,
                                              .severity = BUS_SEVERITY_HIGH,
                                              .code = BUS_FAULT_UNREADABLE,
                                              .text = bus_last_error()});
    error_report(&delivery, 1, true);
    if (zero != NULL && !found->too_large) {
        memset(zero, 0, route->type->codec.table->size);
        kept = dead_letters_add(thread, &(struct letter){.route = route,
                                                         .cell = &cell,
                                                         .bytes = found->stored.bytes,
                                                         .message = zero,
                                                         .row = &found->stored,
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
static void restore(struct bus *bus, struct thread *thread, const struct read_row *found)
{
    struct route *route = route_of_id(bus, found->stored.type_id);
    bool known = route != NULL && route->type->kind != BUS_COMMAND;
    enum load_end end = NO_ROOM;

    durable_lock(bus);
    bus->durable->figures.strange += !known;
    bus->durable->figures.restored += known;
    if (known)
        row_note_behind(bus->durable, route, found->stored.number);
    durable_unlock(bus);
    if (!known)
        return;
    /* Those of its type before it are in their lane. */
    if (thread != NULL && route->behind_from == found->stored.number - 1)
        end = load(bus, thread, route, found, true);
    if (end == DAMAGED)
        end_damaged(bus, thread, route, found);
    if (end == NO_ROOM)
        return;
    durable_lock(bus);
    unload(bus->durable, route);
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
    const struct disk_batch *batch;
    struct thread *thread;
    uint64_t after = 0;
    uint32_t i;

    if (durable == NULL)
        return 0;
    batch = &durable->batch;
    thread = durable->before != 0 ? thread_here(bus) : NULL;
    lock_take(&durable->reading, &bus->os);
    while (after < durable->before && read_and_wait(bus, after)) {
        for (i = 0; i < batch->count && batch->rows[i].stored.number <= durable->before; i++)
            restore(bus, thread, &batch->rows[i]);
        after = batch->last;
    }
    lock_give(&durable->reading, &bus->os);
    if (some_are_behind(bus))
        durable_post(bus);
    return durable->figures.loaded;
}

/* ---- while it runs ---- */

/* What follows in the store behind `after`, of this type or not. */
static enum load_end look_at(struct bus *bus, struct thread *thread, struct route *route,
                             uint64_t after, const struct read_row *found)
{
    enum load_end end = NOT_BEHIND;
    bool there;

    durable_lock(bus);
    there = row_is_there(bus->durable, found->stored.id, found->stored.number);
    durable_unlock(bus);
    if (!there && route_of_id(bus, found->stored.type_id) == route)
        end = load(bus, thread, route, found, false);
    if (end == NO_ROOM)
        return end;
    if (end == DAMAGED)
        end_damaged(bus, thread, route, found);
    durable_lock(bus);
    if (route->behind_from == after)
        route->behind_from = found->stored.number;
    if (end != NOT_BEHIND)
        unload(bus->durable, route);
    durable_unlock(bus);
    return end;
}

struct look {
    struct bus *bus;
    struct thread *thread;
    uint32_t left;       /* rows that it may still look at */
    bool full;           /* some lane is */
    struct route *wants; /* what follows has to be read; NULL: nowhere */
    uint64_t after;      /* behind this one */
};

static void load_route(struct look *look, struct route *route)
{
    struct bus *bus = look->bus;

    while (durable_behind(bus, route) != 0 && look->left != 0) {
        const struct read_row *found;
        uint64_t after;
        bool untold;

        durable_lock(bus);
        after = route->behind_from;
        untold = bus->durable->ended_first != 0;
        found = untold ? NULL : read_find(bus, after);
        durable_unlock(bus);
        if (untold) {
            look->left = 0; /* one of them may come before: it is told first, at the next look */
            return;
        }
        if (found == NULL) {
            if (look->wants == NULL) {
                look->wants = route;
                look->after = after;
            }
            return;
        }
        look->left--;
        if (look_at(bus, look->thread, route, after, found) == NO_ROOM) {
            look->full = true;
            return;
        }
    }
}

/* Has the store read where that is wanted. Returns when to look again, UINT64_MAX: no need. */
static uint64_t read_on(struct look *look)
{
    struct bus *bus = look->bus;
    struct durable *durable = bus->durable;
    struct disk_batch *batch = &durable->batch;
    uint64_t now = bus_now(bus), wait = look->full ? DURABLE_FULL_NS : 0;

    if (look->wants == NULL || look->left == 0 || read_is_asked(bus))
        return UINT64_MAX;
    if (!batch->well)
        wait = DURABLE_DOUBT_NS;
    if (now < batch->asked_ns + wait)
        return batch->asked_ns + wait;
    batch->asked_ns = now;
    durable->turn = look->wants->index;
    return read_ask(bus, look->after) ? UINT64_MAX : now + DURABLE_DOUBT_NS;
}

/* Each type with events behind, behind the one that was read for last. Returns when to look again.
 */
static uint64_t load_all(struct bus *bus, struct thread *thread)
{
    struct durable *durable = bus->durable;
    struct look look = {.bus = bus, .thread = thread, .left = LOOKS_AT_ONCE};
    uint32_t i, n = atomic_load_acquire_u32(&bus->route_count);
    uint64_t next, full = UINT64_MAX;

    lock_take(&durable->reading, &bus->os);
    for (i = 0; i < n; i++)
        load_route(&look, route_at(bus, 1 + (durable->turn + i) % n));
    next = read_on(&look);
    lock_give(&durable->reading, &bus->os);
    if (look.left == 0)
        return bus_now(bus); /* it was for the lanes' sake that it stopped */
    if (look.full)
        full = bus_until(bus, DURABLE_FULL_NS);
    return next < full ? next : full;
}

/* When it is time to remove what could not be removed before. False: some of it is left. */
static bool remove_again(struct bus *bus, bool now)
{
    struct durable *durable = bus->durable;
    uint32_t index = 0;
    bool taken = true;

    durable_lock(bus);
    if (now || bus_now(bus) >= durable->again_ns) {
        index = durable->removals;
        durable->removals = 0;
    }
    durable_unlock(bus);
    while (index != 0 && taken) {
        struct durable_row *row = &durable->rows[index - 1];

        index = row->following;
        taken = row_remove(row);
    }
    durable_lock(bus);
    while (index != 0) {
        struct durable_row *row = &durable->rows[index - 1];

        index = row->following;
        row->following = durable->removals;
        durable->removals = row_index(durable, row);
    }
    taken = durable->removals == 0;
    durable_unlock(bus);
    return taken;
}

static void see_nothing(void *to, const struct bus_stored *stored)
{
    (void)to;
    (void)stored;
}

/* `next` returned: all requests before it were carried out, but the end of the last ones may be
 * told a moment later. One that has lost some (bus_memory_store_crash) has none on their way. */
void store_wait_told(struct bus *bus, const bus_os_word *untold)
{
    const struct bus_store *store = bus->options.store;
    struct bus_store_state state;
    uint32_t seen;

    while ((seen = atomic_load_acquire_u32(untold)) != 0) {
        store->state(store->context, &state);
        if (state.waiting == 0)
            return;
        (void)bus->os.wait(bus->os.context, untold, seen, bus_until(bus, BUS_MILLISECOND));
    }
}

/* Each round the store takes on one at least, or has failed. */
void durable_flush(struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    const struct bus_store_query nothing = {
        .kind = BUS_STORED_EVENT, .after = INT64_MAX, .reader = see_nothing};
    struct durable *durable = bus->durable;
    uint32_t rounds = durable != NULL ? 2 + durable->taken : 0;

    while (durable != NULL) {
        (void)store->next(store->context, &nothing);
        store_wait_told(bus, &durable->removing);
        if (durable->removals == 0 || rounds-- == 0)
            return;
        (void)remove_again(bus, true);
    }
}

static void look_around(struct worker *worker, struct thread *thread)
{
    struct bus *bus = worker->bus;
    struct durable *durable = bus->durable;
    bool removed = remove_again(bus, false);
    uint64_t next;

    (void)frame_push(thread, NO_ROUTE);
    durable_tell_ended(bus, thread);
    next = load_all(bus, thread);
    frame_pop(thread);
    if (next == UINT64_MAX && !removed)
        next = bus_until(bus, DURABLE_DOUBT_NS);
    if (next != UINT64_MAX)
        worker_timer(worker, &durable->timer, next);
    else
        timers_cancel(&worker->timers, &durable->timer);
}

static void at_time(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)timer;
    look_around(worker, thread);
}

static void at_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct durable *durable = worker->bus->durable;

    (void)mail;
    durable->timer.fire = at_time;
    durable_lock(worker->bus);
    durable->posted = false;
    durable_unlock(worker->bus);
    look_around(worker, thread);
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

/* `reading` held. */
static bool is_left(struct bus *bus, const struct read_row *found, const struct route *route)
{
    const struct bus_stored *stored = &found->stored;
    bool there;

    durable_lock(bus);
    there = row_is_there(bus->durable, stored->id, stored->number);
    durable_unlock(bus);
    return route != NULL && !there && !found->too_large && route->behind != 0 &&
           stored->number > route->behind_from;
}

void durable_each_behind(struct bus *bus, durable_fn fn, void *context)
{
    struct durable *durable = bus->durable;
    const struct disk_batch *batch;
    uint64_t after = 0;
    uint32_t i;

    if (durable == NULL || !some_are_behind(bus))
        return;
    batch = &durable->batch;
    durable_end_reads(bus);
    lock_take(&durable->reading, &bus->os);
    for (; read_and_wait(bus, after); after = batch->last)
        for (i = 0; i < batch->count; i++) {
            const struct read_row *found = &batch->rows[i];
            const struct route *route = route_of_id(bus, found->stored.type_id);

            if (is_left(bus, found, route))
                fn(context, route, &found->stored);
        }
    lock_give(&durable->reading, &bus->os);
}
