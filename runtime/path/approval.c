/*
 * path/approval.c - commands that wait to be approved.
 *
 * One that waits is kept as a deferred one is (path/defer.c), but has no handler yet (`ran` NULL)
 * and no token. Its record is DEFERRED; approving turns it into WAITING and its copy into a cell of
 * a lane, with the header it had; every other end is that of a deferred command.
 *
 * Expiry. One timer, of worker 0, for the earliest; it looks through all records, of which there
 * are commands_max. Whoever adds one posts a mail, so that the timer is set again; as the mail is
 * opened its flag is lowered before the records are looked at, so none is forgotten.
 */
#include <bus/approvals.h>

#include "core/registry.h"
#include "path/path.h"

/* ---- expiry ---- */

static bool is_waiting(const struct pending *pending)
{
    return atomic_load_acquire_ptr(&pending->kept) != NULL &&
           atomic_load_relaxed_ptr(&pending->ran) == NULL;
}

static void expire(struct thread *thread, struct pending *pending, uint64_t now)
{
    uint32_t generation = pending_generation(pending);

    if (!pending_take_deferred(thread->bus, pending, generation))
        return;
    if (pending->ran != NULL || pending->expires_ns > now) { /* another one by now */
        (void)pending_move(pending, generation, PENDING_TAKEN, PENDING_DEFERRED);
        return;
    }
    pending->outcome = BUS_EXPIRED;
    error_text_copy(pending->error_text, "nobody approved the command in time");
    deferred_end(thread, pending, generation);
}

static void sweep(struct worker *worker, struct thread *thread)
{
    struct bus *bus = worker->bus;
    uint64_t now = bus_now(bus), next = UINT64_MAX;
    uint32_t i;

    for (i = 0; i < bus->options.commands_max; i++) {
        struct pending *pending = &bus->pendings[i];
        uint64_t expires = atomic_load_relaxed_u64(&pending->expires_ns);

        if (!is_waiting(pending))
            continue;
        if (expires <= now)
            expire(thread, pending, now);
        else if (expires < next)
            next = expires;
    }
    if (next != UINT64_MAX)
        worker_timer(worker, &bus->approval_timer, next);
}

static void at_expiry(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)timer;
    sweep(worker, thread);
}

static void on_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    (void)mail;
    (void)atomic_exchange_u32(&worker->bus->approval_posted, 0);
    worker->bus->approval_timer.fire = at_expiry;
    sweep(worker, thread);
}

/* ---- waiting ---- */

enum bus_outcome approval_ask(struct posting *posting, struct pending *pending, uint32_t generation,
                              struct bus_uuid *id)
{
    struct bus *bus = posting->bus;
    struct place place = {
        .cell = pool_take(&bus->pool, CELL_HEADER_SIZE + CELL_EXTENSION_SIZE + posting->size)};

    if (place.cell == NULL) {
        counter_add(&thread_count(posting->thread, posting->route)->rejected, 1);
        return fail_outcome(BUS_REJECTED,
                            "%s: the pool has no block in which it could wait for approval; raise "
                            "bus_options.pool_bytes",
                            posting->route->type->name);
    }
    posting->route->type->codec.pack(posting_head(posting, &place), posting->message);
    if (id != NULL)
        *id = message_id(bus, place.cell);
    pending->route = posting->route;
    pending->worker = &bus->workers[0];
    atomic_store_release_ptr(&pending->ran, NULL);
    atomic_store_relaxed_u64(&pending->expires_ns,
                             bus_until(bus, posting->route->policy.approval_ns));
    atomic_store_release_ptr(&pending->kept, place.cell);
    system_approval_changed(posting->thread, posting->route, place.cell, APPROVAL_PENDING);
    if (!pending_move(pending, generation, PENDING_WAITING, PENDING_DEFERRED)) {
        system_approval_changed(posting->thread, posting->route, place.cell, APPROVAL_DENIED);
        atomic_store_release_ptr(&pending->kept, NULL);
        pool_give(&bus->pool, place.cell);
        return fail_outcome(BUS_CANCELLED, "%s: the command was cancelled",
                            posting->route->type->name);
    }
    if (atomic_exchange_u32(&bus->approval_posted, 1) == 0) {
        bus->approval_mail.run = on_mail;
        worker_post(&bus->workers[0], &bus->approval_mail);
    }
    return BUS_QUEUED;
}

/* ---- deciding ---- */

/* Takes the one that waits under this id. NULL: none. */
static struct pending *find(struct bus *bus, struct bus_uuid id, uint32_t *generation)
{
    uint32_t i;

    for (i = 0; i < bus->options.commands_max; i++) {
        struct pending *pending = &bus->pendings[i];
        struct bus_uuid one;

        *generation = pending_generation(pending);
        if (!is_waiting(pending) || !pending_take_deferred(bus, pending, *generation))
            continue;
        one = message_id(bus, pending->kept);
        if (pending->ran == NULL && one.high == id.high && one.low == id.low)
            return pending;
        (void)pending_move(pending, *generation, PENDING_TAKEN, PENDING_DEFERRED);
    }
    return NULL;
}

static enum bus_status say_nothing_waits(const struct bus *bus)
{
    return fail_status(BUS_ERR_NOT_REGISTERED,
                       "bus %s: no command with this id waits to be approved", bus->name);
}

/* The copy into a lane, with the header that it has. */
static void write_cell(const struct posting *posting, const struct place *place,
                       const struct cell *kept)
{
    struct cell *cell = place->cell;

    cell->shape = posting->flags | posting->size << 8;
    cell->kind = kept->kind;
    cell->stamp = kept->stamp;
    cell->origin = kept->origin;
    if ((posting->flags & CELL_POOLED) != 0)
        cell_set_block(cell, place->block);
    memcpy(cell_body(cell), &posting->extension, sizeof posting->extension);
    memcpy(cell_payload(cell), cell_payload(kept), cell_size(kept));
}

/* The record is taken, so it does not wait for room: the expiry, which may run on the worker that
 * would make room, would wait for the record. BUS_ERR_LIMIT: there is none now, it waits on. */
static enum bus_status send(struct thread *thread, struct pending *pending, uint32_t generation,
                            uint32_t gate)
{
    struct bus *bus = thread->bus;
    struct cell *kept = pending->kept;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct posting posting = {.bus = bus,
                              .thread = thread,
                              .route = pending->route,
                              .size = cell_size(kept),
                              .flags = cell_flags(kept),
                              .extension = *cell_extension(kept)};
    enum bus_status status = BUS_ERR_LIMIT;
    struct bus_delivery delivery;
    struct place place;

    if (!delivery_open(&delivery, thread, pending->route, kept)) {
        status = fail_status(BUS_ERR_MEMORY, "%s: no memory to read what is approved",
                             pending->route->type->name);
    } else {
        posting.message = delivery.message;
        if (posting_place(&posting, gate, &place, PLACE_AT_ONCE) == BUS_QUEUED)
            status = BUS_OK;
    }
    if (status == BUS_OK) {
        write_cell(&posting, &place, kept);
        system_approval_changed(thread, pending->route, kept, APPROVAL_APPROVED);
        atomic_store_release_ptr(&pending->kept, NULL);
        pool_give(&bus->pool, kept);
        (void)pending_move(pending, generation, PENDING_TAKEN, PENDING_WAITING);
        (void)posting_commit(&posting, &place, gate);
    } else {
        (void)pending_move(pending, generation, PENDING_TAKEN, PENDING_DEFERRED);
    }
    scratch_release(&thread->scratch, mark);
    return status;
}

enum bus_status bus_approve(struct bus *bus, struct bus_uuid id)
{
    struct pending *pending;
    struct thread *thread;
    enum bus_status status;
    uint32_t gate, generation;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot approve: the bus is NULL or closed");
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    if (publish_enter(bus, thread, &gate) != BUS_QUEUED)
        return BUS_ERR_STATE;
    pending = find(bus, id, &generation);
    status = pending != NULL ? send(thread, pending, generation, gate) : say_nothing_waits(bus);
    if (atomic_load_relaxed_u32(&thread->depth) == 0)
        publish_leave(thread);
    return status;
}

enum bus_status bus_deny(struct bus *bus, struct bus_uuid id, const char *reason)
{
    enum bus_status status = BUS_OK;
    struct pending *pending;
    struct thread *thread;
    uint32_t generation;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot deny: the bus is NULL or closed");
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    publish_enter_ending(bus, thread);
    pending = find(bus, id, &generation);
    if (pending != NULL) {
        pending->outcome = BUS_DENIED;
        error_text_copy(pending->error_text, reason != NULL ? reason : "the command was denied");
        deferred_end(thread, pending, generation);
    } else {
        status = say_nothing_waits(bus);
    }
    if (atomic_load_relaxed_u32(&thread->depth) == 0)
        publish_leave(thread);
    return status;
}

/* ---- looking ---- */

/* A copy, for the record must not be held while `fn` runs. NULL: no memory. */
static struct cell *copy_of(struct thread *thread, const struct pending *pending)
{
    uint32_t size = cell_used(pending->kept);
    struct cell *copy = scratch_take(&thread->scratch, thread->bus, size);

    if (copy != NULL)
        memcpy(copy, pending->kept, size);
    return copy;
}

/* Shows one if it waits still. False: no memory. */
static bool show(struct thread *thread, struct pending *pending, bus_approval_fn fn, void *context,
                 uint32_t *shown)
{
    struct bus *bus = thread->bus;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint32_t generation = pending_generation(pending);
    struct bus_approval approval = {0};
    const struct cell *cell = NULL;
    bool waits = is_waiting(pending) && pending_take_deferred(bus, pending, generation);

    if (!waits)
        return true;
    waits = pending->ran == NULL;
    if (waits) {
        cell = copy_of(thread, pending);
        approval.type = pending->route->type;
        approval.expires_ns = pending->expires_ns;
    }
    (void)pending_move(pending, generation, PENDING_TAKEN, PENDING_DEFERRED);
    if (cell != NULL) {
        envelope_of(bus, route_at(bus, cell_type(cell)), cell, cell_extension(cell),
                    &approval.envelope);
        approval.bytes = cell_payload(cell);
        approval.size = cell_size(cell);
        fn(context, &approval);
        ++*shown;
    }
    scratch_release(&thread->scratch, mark);
    return !waits || cell != NULL;
}

enum bus_status bus_approvals_each(struct bus *bus, bus_approval_fn fn, void *context,
                                   uint32_t *shown)
{
    struct thread *thread;
    uint32_t i, own;

    shown = shown != NULL ? shown : &own;
    *shown = 0;
    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot show approvals: bus or callback is NULL");
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    for (i = 0; i < bus->options.commands_max; i++)
        if (!show(thread, &bus->pendings[i], fn, context, shown))
            return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to show an approval", bus->name);
    return BUS_OK;
}
