/*
 * path/durable_send.c - a durable event on its way to the disk, waited for or not.
 *
 * The publisher leaves the gate while it waits for the disk, so neither start nor audit wait for
 * it; `waiting` keeps the bus from being closed meanwhile. Behind the wait it enters as what ends
 * messages does: the event is on disk, and has to be counted somewhere, also on a bus that stops.
 */
#include "path/sending.h"

#include "core/registry.h"
#include "path/pressure.h"

/* ---- to the disk ---- */

/* Lock held. */
static void append_ended(struct durable *durable, const struct durable_row *row)
{
    uint32_t index = (uint32_t)(row - durable->rows) + 1;

    if (durable->ended_last != 0)
        durable->rows[durable->ended_last - 1].next_ended = index;
    else
        durable->ended_first = index;
    durable->ended_last = index;
}

/* From any thread, also inside the put. */
static void put_ended(void *to, enum bus_status status, uint64_t number)
{
    struct durable_row *row = to;
    struct bus *bus = row->bus;
    struct durable *durable = bus->durable;
    void (*wake)(void *context, const bus_os_word *word, bool all) = bus->os.wake;
    void *context = bus->os.context;
    bool post = false, waited;

    durable_lock(bus);
    waited = row->done == NULL;
    if (status == BUS_OK) {
        row->number = number;
        durable->figures.put++;
    }
    if (row->passed != 0 && row->passed != number && row->passed <= row->route->behind_from) {
        row_lower(durable, row->route, row->passed);
        post = true;
    }
    row->passed = 0;
    if (!waited) {
        row->status = status;
        append_ended(durable, row);
        post = true;
    }
    durable_unlock(bus);
    if (post)
        durable_post(bus);
    /* A row that nobody waits for may be another one's from the unlock on, one that somebody waits
     * for from this store on; its memory stays until `putting` is 0. */
    if (waited) {
        atomic_store_release_u32(&row->ended, 1 + (uint32_t)status);
        wake(context, &row->ended, true);
    }
    atomic_fetch_add_u32(&durable->putting, (uint32_t)-1);
}

void sending_leave(const struct sending *sending)
{
    struct thread *thread = sending->posting->thread;

    if (atomic_load_relaxed_u32(&thread->depth) != 0)
        return;
    atomic_fetch_add_u32(&sending->bus->durable->waiting, 1);
    publish_leave(thread);
}

void sending_enter_again(struct sending *sending)
{
    struct thread *thread = sending->posting->thread;

    if (atomic_load_relaxed_u32(&thread->depth) == 0) {
        publish_enter_ending(sending->bus, thread);
        atomic_fetch_add_u32(&sending->bus->durable->waiting, (uint32_t)-1);
    }
    sending->gate = atomic_load_acquire_u32(&sending->bus->gate);
}

bool sending_ask(struct sending *sending)
{
    struct bus *bus = sending->bus;
    const struct bus_store *store = bus->options.store;

    atomic_store_relaxed_u32(&sending->row->ended, 0);
    atomic_fetch_add_u32(&bus->durable->putting, 1);
    if (store->put(store->context, &sending->stored, put_ended, sending->row))
        return true;
    atomic_fetch_add_u32(&bus->durable->putting, (uint32_t)-1);
    return false;
}

/* How the put ended. BUS_ERR_BUSY: the store has not taken it on. */
static enum bus_status put_and_wait(struct sending *sending)
{
    struct bus *bus = sending->bus;
    struct durable_row *row = sending->row;
    enum bus_status status;

    if (!sending_ask(sending))
        return BUS_ERR_BUSY;
    if (!row_has_ended(row, &status)) {
        sending_leave(sending);
        while (!row_has_ended(row, &status))
            (void)bus->os.wait(bus->os.context, &row->ended, 0, UINT64_MAX);
        sending_enter_again(sending);
    }
    return status;
}

bool sending_describe(struct sending *sending, const struct bus_message_options *options)
{
    const struct posting *posting = sending->posting;
    const struct bus_message_type *type = posting->route->type;
    const struct cell_extension *own = &posting->extension;
    struct bus_stored *stored = &sending->stored;
    struct bus *bus = sending->bus;
    uint8_t *bytes = scratch_take(&posting->thread->scratch, bus, posting->size);
    uint64_t now;

    if (bytes == NULL)
        return false;
    posting_pack(posting, bytes);
    posting_fill_head(posting, &sending->head);
    *stored = (struct bus_stored){
        .kind = BUS_STORED_EVENT,
        .id = message_id(bus, &sending->head),
        .message = type->name,
        .type_id = type->id,
        .schema_version = type->schema_version,
        .schema_fingerprint = type->schema_fingerprint,
        .published_ns = (bus->base_ms + cell_time_ms(&sending->head)) * BUS_MILLISECOND,
        .bytes = bytes,
        .size = posting->size,
    };
    if (posting->session.index != 0 &&
        session_text(bus, posting->session.index, posting->session.generation, sending->session))
        stored->session = sending->session;
    if (options != NULL && (options->id.high | options->id.low) != 0) {
        stored->id = options->id;
        stored->once = true;
    }
    if (type->key != NULL) {
        stored->has_key = true;
        stored->key_hash = type->key(posting->message);
    }
    if ((posting->flags & CELL_EXTENDED) == 0)
        return true;
    stored->correlation = own->correlation;
    stored->causation = own->causation;
    stored->trace = own->trace;
    now = own->deadline_ns != 0 ? bus_now(bus) : 0;
    if (own->deadline_ns != 0)
        stored->deadline_ns = bus->os.real_ns(bus->os.context) +
                              (own->deadline_ns > now ? own->deadline_ns - now : 0);
    return true;
}

/* ---- when there is no room for it ---- */

static enum bus_outcome say_full(const struct sending *sending)
{
    const struct bus_message_type *type = sending->posting->route->type;
    struct counters *counters = thread_count(sending->posting->thread, sending->posting->route);
    bool throttled = type->when_full == BUS_FULL_RATE_LIMIT;

    counter_add(throttled ? &counters->throttled : &counters->rejected, 1);
    return fail_outcome(throttled ? BUS_THROTTLED : BUS_REJECTED,
                        "%s: the store is full, or has too much to do; raise its bounds, or "
                        "bus_options.durable_max (now %u)",
                        type->name, sending->bus->options.durable_max);
}

/* Neither full nor there. */
static enum bus_outcome say_failed(const struct sending *sending, enum bus_status status)
{
    const struct bus_message_type *type = sending->posting->route->type;
    const struct bus_store *store = sending->bus->options.store;
    struct counters *counters = thread_count(sending->posting->thread, sending->posting->route);
    struct bus_store_state state;

    store->state(store->context, &state);
    counter_add(&counters->rejected, 1);
    return fail_outcome(BUS_REJECTED, "%s is durable, and the store is %s (%s): %.150s", type->name,
                        bus_store_condition_text(state.condition), bus_status_text(status),
                        state.text);
}

static bool is_broken(const struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    struct bus_store_state state;

    store->state(store->context, &state);
    return state.condition == BUS_STORE_BROKEN;
}

/* How long `when_full` lets it wait, from now. */
static uint64_t patience(const struct sending *sending)
{
    const struct posting *posting = sending->posting;
    const struct bus_message_type *type = posting->route->type;
    uint64_t until = 0;

    if (!posting_may_wait(posting, sending->gate))
        return 0;
    if (type->when_full == BUS_FULL_BLOCK && type->block_ns != 0)
        until = bus_until(sending->bus, type->block_ns);
    else if (type->when_full == BUS_FULL_RATE_LIMIT)
        until = bus_until(sending->bus, pressure_delay(&sending->bus->workers[0], type->priority));
    if ((posting->flags & CELL_EXTENDED) != 0 && posting->extension.deadline_ns != 0 &&
        posting->extension.deadline_ns < until)
        until = posting->extension.deadline_ns;
    return until;
}

bool sending_take_row(struct sending *sending)
{
    durable_lock(sending->bus);
    sending->row = row_take(sending->bus, sending->posting->route, sending->stored.id, false);
    if (sending->row != NULL)
        sending->row->given = sending->stored.once;
    durable_unlock(sending->bus);
    return sending->row != NULL;
}

void sending_give_row(const struct sending *sending)
{
    durable_lock(sending->bus);
    row_give(sending->bus->durable, sending->row);
    durable_unlock(sending->bus);
}

/* Record and disk. Anything but BUS_OK: there is no record. */
static enum bus_status try_put(struct sending *sending)
{
    enum bus_status status;

    if (!sending_take_row(sending))
        return BUS_ERR_LIMIT;
    status = put_and_wait(sending);
    if (status != BUS_OK)
        sending_give_row(sending);
    if (status == BUS_ERR_BUSY)
        status = is_broken(sending->bus) ? BUS_ERR_SYSTEM : BUS_ERR_LIMIT;
    return status;
}

/* Until something of this bus leaves the store, or a moment has passed. */
static void wait_for_room(struct sending *sending, uint32_t seen, uint64_t until)
{
    struct bus *bus = sending->bus;
    uint64_t doubt = bus_until(bus, DURABLE_DOUBT_NS);

    sending_leave(sending);
    (void)bus->os.wait(bus->os.context, &bus->room, seen, doubt < until ? doubt : until);
    sending_enter_again(sending);
}

static enum bus_status put(struct sending *sending)
{
    struct bus *bus = sending->bus;
    uint32_t seen = atomic_load_acquire_u32(&bus->room);
    enum bus_status status = try_put(sending);
    uint64_t until = status == BUS_ERR_LIMIT ? patience(sending) : 0;

    if (until == 0)
        return status;
    atomic_fetch_add_u32(&bus->room_waiters, 1);
    bus_barrier(bus); /* the count, then the look; other side: tell_room */
    while (status == BUS_ERR_LIMIT && bus_now(bus) < until &&
           (sending->gate & (GATE_STOPPING | GATE_HALTED)) == 0) {
        wait_for_room(sending, seen, until);
        seen = atomic_load_acquire_u32(&bus->room);
        status = try_put(sending);
    }
    atomic_fetch_add_u32(&bus->room_waiters, (uint32_t)-1);
    return status;
}

/* ---- from the disk ---- */

/* It may go into a lane: nothing of its type is behind. Lock held. */
static bool may_run_now(const struct sending *sending)
{
    const struct durable *durable = sending->bus->durable;

    return (sending->gate & (GATE_BUFFERING | GATE_HALTED)) == 0 &&
           sending->posting->route->behind == 0 && sending->posting->route->coming == 0 &&
           durable->taken <= durable->most - durable->most / DURABLE_RESERVE;
}

static enum bus_outcome into_lane(struct sending *sending)
{
    struct posting *posting = sending->posting;
    enum bus_outcome outcome;
    struct place place;

    if ((posting->flags & CELL_EXTENDED) == 0)
        cell_extension_clear(&posting->extension);
    posting->flags |= CELL_EXTENDED;
    posting->extension.has |= CELL_HAS_ROW;
    posting->extension.pending = sending->row;
    outcome = posting_place(posting, sending->gate, &place, PLACE_IF_ROOM);
    if (outcome != BUS_QUEUED)
        return outcome;
    posting_pack(posting, posting_head(posting, &place));
    place.cell->stamp = sending->head.stamp;
    place.cell->origin = sending->head.origin;
    return posting_commit(posting, &place, sending->gate);
}

enum bus_outcome sending_go_on(struct sending *sending)
{
    struct bus *bus = sending->bus;
    bool now;

    durable_lock(bus);
    now = may_run_now(sending);
    durable_unlock(bus);
    if (now && into_lane(sending) == BUS_QUEUED)
        return BUS_QUEUED;
    durable_lock(bus);
    row_note_behind(bus->durable, sending->posting->route, sending->row->number);
    row_give(bus->durable, sending->row);
    durable_unlock(bus);
    if ((sending->gate & GATE_BUFFERING) != 0)
        return BUS_BUFFERED;
    durable_post(bus);
    return BUS_QUEUED;
}

enum bus_outcome sending_refuse(struct sending *sending, enum bus_status status)
{
    struct posting *posting = sending->posting;

    durable_lock(sending->bus);
    if (status == BUS_ERR_ALREADY_REGISTERED)
        sending->bus->durable->figures.known++;
    else
        sending->bus->durable->figures.refused++;
    durable_unlock(sending->bus);
    if (status == BUS_ERR_ALREADY_REGISTERED)
        return BUS_QUEUED;
    if (status != BUS_ERR_LIMIT)
        return say_failed(sending, status);
    if (posting->route->type->when_full == BUS_FULL_DEAD_LETTER && posting->message != NULL &&
        posting_to_letters(posting))
        return BUS_DEAD_LETTERED;
    return say_full(sending);
}

static enum bus_outcome say_no_memory(const struct posting *posting)
{
    counter_add(&thread_count(posting->thread, posting->route)->rejected, 1);
    return fail_outcome(BUS_REJECTED, "%s: no memory to pack it", posting->route->type->name);
}

static enum bus_outcome send(struct sending *sending, const struct bus_message_options *options)
{
    struct posting *posting = sending->posting;
    enum bus_status status;

    if (!sending_describe(sending, options))
        return say_no_memory(posting);
    status = put(sending);
    if (status != BUS_OK)
        return sending_refuse(sending, status);
    return sending_go_on(sending);
}

static enum bus_outcome say_no_store(struct posting *posting)
{
    counter_add(&thread_count(posting->thread, posting->route)->invalid, 1);
    return fail_outcome(BUS_INVALID,
                        "%s is durable, and bus %s has no store: set bus_options.store, or "
                        "bus_options.durable_without_store",
                        posting->route->type->name, posting->bus->name);
}

enum bus_outcome durable_send(struct posting *posting, const struct bus_message_options *options,
                              uint32_t gate)
{
    struct sending sending = {.bus = posting->bus, .posting = posting, .gate = gate};
    struct scratch_mark mark = scratch_mark(&posting->thread->scratch);
    enum bus_outcome outcome;

    if (posting->bus->durable == NULL)
        return say_no_store(posting);
    outcome = send(&sending, options);
    scratch_release(&posting->thread->scratch, mark);
    return outcome;
}

/* ---- without waiting ---- */

/* It goes behind, wherever there is room: what was published before it, and is not waited for
 * either, may still be on its way. */
static enum bus_status put_later(struct sending *sending, bus_durable_done done, void *context)
{
    struct bus *bus = sending->bus;
    const struct bus_store *store = bus->options.store;
    struct durable *durable = bus->durable;
    struct route *route = sending->posting->route;
    struct durable_row *row;

    durable_lock(bus);
    row = row_take(bus, route, sending->stored.id, false);
    if (row != NULL) {
        row->done = done;
        row->context = context;
        row->given = sending->stored.once;
        route->coming++;
        atomic_store_release_u32(&durable->coming, durable->coming + 1);
    }
    durable_unlock(bus);
    if (row == NULL)
        return BUS_ERR_LIMIT;
    atomic_fetch_add_u32(&durable->putting, 1);
    if (store->put(store->context, &sending->stored, put_ended, row))
        return BUS_OK;
    atomic_fetch_add_u32(&durable->putting, (uint32_t)-1);
    durable_lock(bus);
    route->coming--;
    atomic_store_release_u32(&durable->coming, durable->coming - 1);
    row_give(durable, row);
    durable_unlock(bus);
    return is_broken(bus) ? BUS_ERR_SYSTEM : BUS_ERR_LIMIT;
}

enum bus_outcome durable_send_later(struct posting *posting,
                                    const struct bus_message_options *options,
                                    bus_durable_done done, void *context)
{
    struct sending sending = {.bus = posting->bus, .posting = posting};
    struct scratch_mark mark = scratch_mark(&posting->thread->scratch);
    enum bus_outcome outcome = BUS_QUEUED;
    enum bus_status status;

    if (posting->bus->durable == NULL)
        return say_no_store(posting);
    if (sending_describe(&sending, options)) {
        status = put_later(&sending, done, context);
        if (status != BUS_OK)
            outcome = sending_refuse(&sending, status);
    } else {
        outcome = say_no_memory(posting);
    }
    scratch_release(&posting->thread->scratch, mark);
    return outcome;
}

static struct durable_row *next_ended(struct bus *bus)
{
    struct durable *durable = bus->durable;
    struct durable_row *row = NULL;

    durable_lock(bus);
    if (durable->ended_first != 0) {
        row = &durable->rows[durable->ended_first - 1];
        durable->ended_first = row->next_ended;
        if (durable->ended_first == 0)
            durable->ended_last = 0;
    }
    durable_unlock(bus);
    return row;
}

void durable_tell_ended(struct bus *bus, struct thread *thread)
{
    struct durable *durable = bus->durable;
    struct durable_row *row;

    while (durable != NULL && (row = next_ended(bus)) != NULL) {
        struct route *route = row->route;
        struct posting posting = {.bus = bus, .thread = thread, .route = route};
        struct sending sending = {.bus = bus, .posting = &posting};
        bus_durable_done done = row->done;
        void *context = row->context;
        enum bus_status status = row->status;

        durable_lock(bus);
        if (status == BUS_OK)
            row_note_behind(durable, route, row->number);
        route->coming--;
        row_give(durable, row);
        durable_unlock(bus);
        done(context, bus, status == BUS_OK ? BUS_QUEUED : sending_refuse(&sending, status));
        durable_lock(bus); /* only now: the bus cannot be closed before it was told */
        atomic_store_release_u32(&durable->coming, durable->coming - 1);
        durable_unlock(bus);
    }
}
