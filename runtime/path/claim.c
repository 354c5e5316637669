/*
 * path/claim.c - a slot of a lane in the user's hands (zero-copy publish).
 *
 * The claim is a posting that stops between pack and commit. The thread's `claims` counts it: start
 * (when it would move messages) and close refuse while one is open, and the record is not handed to
 * another thread. The publisher in the cell says which thread may end it.
 */
#include "path/path.h"

#include "core/registry.h"
#include "path/durable.h"

static enum bus_outcome claim_check(const struct bus *bus, const struct bus_message_type *type,
                                    const void *shape, struct bus_claim *claim)
{
    if (claim != NULL)
        *claim = (struct bus_claim){0};
    if (bus == NULL || type == NULL || shape == NULL || claim == NULL)
        return fail_outcome(BUS_INVALID, "cannot claim %s: bus, type, shape or claim is NULL",
                            type != NULL ? type->name : "a message");
    if (bus->magic != BUS_MAGIC)
        return fail_outcome(BUS_INVALID, "cannot claim %s: this is no open bus", type->name);
    if (type->kind == BUS_COMMAND)
        return fail_outcome(BUS_INVALID, "%s is a command: execute it", type->name);
    if ((type->flags & BUS_TYPE_KEEP_LAST) != 0)
        return fail_outcome(BUS_INVALID,
                            "%s keeps the last of a key only, its place is known when it is "
                            "published: publish it",
                            type->name);
    return BUS_QUEUED;
}

enum bus_outcome bus_claim_message(struct bus *bus, const struct bus_message_type *type,
                                   const void *shape, const struct bus_message_options *options,
                                   struct bus_claim *claim)
{
    struct posting posting = {
        .bus = bus, .message = shape, .call_site = __builtin_return_address(0)};
    enum bus_outcome outcome = claim_check(bus, type, shape, claim);
    enum bus_status status;
    struct thread *thread;
    struct place place;
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    thread = posting.thread = thread_here(bus);
    if (thread == NULL)
        return BUS_REJECTED;
    posting.route = route_find(bus, type);
    if (posting.route == NULL)
        posting.route = route_make(bus, type, &status);
    if (posting.route == NULL)
        return status == BUS_ERR_INVALID ? BUS_INVALID : BUS_REJECTED;
    if (type_is_durable(bus, type)) {
        counter_add(&thread_count(thread, posting.route)->invalid, 1);
        return fail_outcome(BUS_INVALID, "%s is durable, it goes to disk first: publish it",
                            type->name);
    }
    outcome = publish_enter(bus, thread, &gate);
    if (outcome != BUS_QUEUED) {
        counter_add(&thread_count(thread, posting.route)->closed, 1);
        return outcome;
    }
    outcome = posting_prepare(&posting, options, PREPARE_RESERVED);
    if (outcome == BUS_QUEUED)
        outcome = posting_place(&posting, gate, &place, PLACE_EMPTY);
    if (outcome == BUS_QUEUED) {
        claim->bytes = posting_head(&posting, &place);
        type->codec.pack(claim->bytes, shape);
        claim->bus = bus;
        claim->type = type;
        claim->size = posting.size;
        claim->cell = place.cell;
        claim->lane = place.ring != NULL ? (void *)place.ring : (void *)place.lane;
        claim->ticket = place.ticket;
        atomic_store_release_u32(&thread->claims, atomic_load_relaxed_u32(&thread->claims) + 1);
        if ((gate & GATE_BUFFERING) != 0)
            outcome = BUS_BUFFERED;
        else if (place.dropped)
            outcome = BUS_QUEUED_DROPPED;
    }
    publish_leave(thread);
    return outcome;
}

static struct worker *worker_of(const struct bus_claim *claim)
{
    struct bus *bus = claim->bus;
    uint32_t i, level = claim->type->priority;

    for (i = 0; i < bus->worker_count; i++)
        if ((void *)&bus->workers[i].lanes[level] == claim->lane ||
            atomic_load_relaxed_ptr(&bus->workers[i].rings[level]) == claim->lane)
            return &bus->workers[i];
    return NULL;
}

static struct place place_of(const struct bus_claim *claim)
{
    struct place place = {.cell = claim->cell, .ticket = claim->ticket};

    if (claim->type->when_full == BUS_FULL_DROP_OLDEST)
        place.ring = claim->lane;
    else
        place.lane = claim->lane;
    return place;
}

/* Makes the slot one that everybody passes over. */
static void give_up(struct bus_claim *claim, struct thread *thread)
{
    struct place place = place_of(claim);
    struct worker *worker = worker_of(claim);

    if ((cell_flags(place.cell) & CELL_POOLED) != 0)
        pool_give(&claim->bus->pool, cell_block(place.cell));
    cell_set_skip(place.cell);
    if (place.ring != NULL)
        drop_ring_commit(place.ring, place.ticket);
    else
        lane_commit(place.lane, place.ticket);
    if (worker != NULL)
        parking_wake(&worker->parking);
    atomic_store_release_u32(&thread->claims, atomic_load_relaxed_u32(&thread->claims) - 1);
    *claim = (struct bus_claim){0};
}

/* The thread if the claim is open and its own; else NULL. */
static struct thread *claimer(const struct bus_claim *claim)
{
    struct thread *thread;

    if (claim == NULL || claim->bus == NULL || claim->bus->magic != BUS_MAGIC) {
        last_error_set("there is no open claim: it was committed or aborted before, or never made");
        return NULL;
    }
    thread = thread_here(claim->bus);
    if (thread != NULL && cell_publisher(claim->cell) == thread->publisher)
        return thread;
    last_error_set("%s: a claim is ended by the thread that made it", claim->type->name);
    return NULL;
}

static bool bytes_are_sound(const struct bus_claim *claim)
{
    char why[BUS_WIRE_WHY_SIZE] = "";

    if ((claim->type->flags & BUS_TYPE_CHECK_TEXT) == 0 ||
        bus_codec_verify(&claim->type->codec, claim->bytes, claim->size, why))
        return true;
    last_error_set("%s: %s", claim->type->name, why);
    return false;
}

/* What the filters say of what was written into the slot. */
static enum bus_outcome ask(struct posting *posting, const struct bus_claim *claim)
{
    struct scratch *scratch = &posting->thread->scratch;
    struct scratch_mark mark = scratch_mark(scratch);
    const struct cell_extension *extension = cell_extension(claim->cell);
    enum bus_outcome outcome = posting_unpack(posting, claim->bytes, claim->size);
    struct counters *counters = thread_count(posting->thread, posting->route);

    posting->flags = cell_flags(claim->cell);
    posting->session.index = cell_session(claim->cell);
    posting->session.generation = cell_session_generation(claim->cell);
    if (extension != NULL)
        posting->extension = *extension;
    if (outcome == BUS_QUEUED)
        outcome = filters_ask(posting);
    else
        counter_add(outcome == BUS_INVALID ? &counters->invalid : &counters->rejected, 1);
    scratch_release(scratch, mark);
    return outcome;
}

enum bus_outcome bus_claim_commit(struct bus_claim *claim)
{
    struct thread *thread = claimer(claim);
    enum bus_outcome outcome;
    struct posting posting;
    struct place place;
    uint32_t gate;

    if (thread == NULL)
        return BUS_INVALID;
    posting = (struct posting){.bus = claim->bus, .thread = thread, .worker = worker_of(claim)};
    posting.route = route_at(claim->bus, cell_type(claim->cell));
    outcome = publish_enter(claim->bus, thread, &gate);
    if (outcome != BUS_QUEUED) {
        counter_add(&thread_count(thread, posting.route)->closed, 1);
        give_up(claim, thread);
        return outcome;
    }
    if (!bytes_are_sound(claim)) {
        counter_add(&thread_count(thread, posting.route)->invalid, 1);
        outcome = BUS_INVALID;
    } else if (atomic_load_relaxed_ptr(&claim->bus->filters) != NULL) {
        outcome = ask(&posting, claim);
    }
    if (outcome != BUS_QUEUED) {
        give_up(claim, thread);
    } else {
        place = place_of(claim);
        outcome = posting_commit(&posting, &place, gate);
        atomic_store_release_u32(&thread->claims, atomic_load_relaxed_u32(&thread->claims) - 1);
        *claim = (struct bus_claim){0};
    }
    publish_leave(thread);
    return outcome;
}

void bus_claim_abort(struct bus_claim *claim)
{
    struct thread *thread;

    if (claim == NULL || claim->bus == NULL)
        return;
    thread = claimer(claim);
    if (thread != NULL)
        give_up(claim, thread);
}

uint8_t *bus_claim_field(const struct bus_claim *claim, uint32_t number, uint32_t *size)
{
    const struct bus_table *table;
    const struct bus_field *field = NULL;
    const uint8_t *at;
    uint32_t i, count = 1;

    if (size != NULL)
        *size = 0;
    if (claim == NULL || claim->bus == NULL)
        return NULL;
    table = claim->type->codec.table;
    for (i = 0; i < table->field_count && field == NULL; i++)
        if (table->fields[i].number == number)
            field = &table->fields[i];
    at = field != NULL ? bus_view_field(bus_view_root(table, claim->bytes), number) : NULL;
    if (at == NULL)
        return NULL;
    if (field->shape == BUS_SHAPE_VECTOR || field->kind == BUS_FIELD_STRING ||
        field->kind == BUS_FIELD_BYTES) {
        memcpy(&count, at, sizeof count);
        at += sizeof count;
    } else if (field->shape == BUS_SHAPE_ARRAY) {
        count = field->count;
    }
    if (size != NULL)
        *size = count;
    return (uint8_t *)(uintptr_t)at;
}
