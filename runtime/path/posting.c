/*
 * path/posting.c - the long way into a lane: options, inherited context, filters, big messages,
 * full lanes, messages that drop the oldest. publish.c has the short way of ordinary events.
 *
 * The message is counted as accepted (`queued`) before its commit makes it visible: whoever has
 * seen the message end has also seen it accepted (bus_wait_idle rests on this).
 */
#include "path/path.h"

#include <inttypes.h>

#include "core/registry.h"
#include "core/upgrade.h"
#include "guard/dead_letters.h"
#include "os/probes.h"
#include "path/durable.h"
#include "path/keep_last.h"
#include "path/pressure.h"

enum { DROP_TRIES = 64 };

/* ---- what is it? ---- */

static enum bus_outcome say_invalid(struct posting *posting)
{
    const struct bus_message_type *type = posting->route->type;
    char why[BUS_WIRE_WHY_SIZE] = "";

    counter_add(&thread_count(posting->thread, posting->route)->invalid, 1);
    if (bus_wire_check(type->codec.table, posting->message,
                       (type->flags & BUS_TYPE_CHECK_TEXT) != 0, why))
        return fail_outcome(BUS_INVALID, "%s: the message is out of bounds", type->name);
    return fail_outcome(BUS_INVALID, "%s: %s", type->name, why);
}

enum bus_outcome posting_unpack(struct posting *posting, const uint8_t *bytes, uint32_t size)
{
    const struct bus_message_type *type = posting->route->type;
    const struct bus_codec *codec = &type->codec;
    size_t room = (codec->table->size + 15) & ~(size_t)15, scratch = (size_t)codec->scratch_max + 8;
    uint8_t *memory = scratch_take(&posting->thread->scratch, posting->bus, room + scratch);

    if (memory == NULL)
        return fail_outcome(BUS_REJECTED, "%s: no memory to unpack it", type->name);
    if (bus_decode(codec, bytes, size, memory, memory + room, scratch) != BUS_OK)
        return BUS_INVALID;
    posting->message = memory;
    posting->packed = bytes;
    posting->size = size;
    if (size > posting->bus->message_size_max) { /* by what is not known here, perhaps */
        posting->packed = NULL;
        posting->size = codec->measure(memory, false);
    }
    if (posting->size == 0 || posting->size > posting->bus->message_size_max)
        return fail_outcome(BUS_INVALID, "%s: the message is out of bounds", type->name);
    return BUS_QUEUED;
}

enum bus_outcome posting_read(struct posting *posting, const struct written *written,
                              const uint8_t *bytes, uint32_t size)
{
    const struct bus_message_type *type = posting->route->type;
    const struct bus_message_type *from = upgrade_find(type, written->type_id);
    struct bus_upgrading upgrading = {.bus = posting->bus, .scratch = &posting->thread->scratch};
    enum bus_status status = upgrade_bytes(&upgrading, type, from, &bytes, &size);
    enum bus_outcome outcome = BUS_INVALID;

    if (status == BUS_ERR_MEMORY)
        return BUS_REJECTED;
    if (status == BUS_OK)
        outcome = posting_unpack(posting, bytes, size);
    if (outcome == BUS_INVALID)
        upgrade_blame(from, written);
    return outcome;
}

enum bus_outcome posting_prepare(struct posting *posting, const struct bus_message_options *options,
                                 enum prepare_as as)
{
    bool reserve = as == PREPARE_RESERVED;
    struct bus *bus = posting->bus;
    const struct bus_message_type *type = posting->route->type;
    struct counters *counters = thread_count(posting->thread, posting->route);
    enum bus_outcome outcome;

    if (posting->packed == NULL)
        posting->size = type->codec.measure(posting->message, reserve);
    if (posting->size == 0)
        return say_invalid(posting);
    if ((type->flags & BUS_TYPE_CHECK_TEXT) != 0 && !reserve && posting->packed == NULL) {
        char why[BUS_WIRE_WHY_SIZE] = "";

        if (!bus_wire_check(type->codec.table, posting->message, true, why))
            return say_invalid(posting);
    }
    if (posting->size > bus->message_size_max) {
        counter_add(&counters->invalid, 1);
        return fail_outcome(BUS_INVALID,
                            "%s: %" PRIu32 " bytes, this bus takes %" PRIu32
                            "; raise bus_options.message_size_max",
                            type->name, posting->size, bus->message_size_max);
    }
    posting->flags = 0;
    posting->session = (struct bus_session){0, 0};
    if (options != NULL || posting->thread->current != NULL || type->deadline_ns != 0 ||
        type->kind == BUS_COMMAND) {
        outcome = posting_inherit(posting, options);
        if (outcome != BUS_QUEUED) {
            if (outcome == BUS_INVALID)
                counter_add(&counters->invalid, 1);
            return outcome;
        }
    }
    /* A claim is asked about when its content is there. */
    if (type->kind != BUS_COMMAND && as == PREPARE_WHOLE &&
        atomic_load_relaxed_ptr(&bus->filters) != NULL)
        return filters_ask(posting);
    return BUS_QUEUED;
}

/* ---- a place for it ---- */

/* Throws away the ring's oldest message, *dropped tells, or an aborted claim. False: none could be
 * taken. */
static bool drop_one(struct thread *thread, struct drop_ring *ring, bool *dropped)
{
    struct bus *bus = thread->bus;
    struct cell_stub lost;
    struct route *route;

    if (!drop_ring_drop(ring, &lost))
        return false;
    if ((cell_flags(&lost.cell) & CELL_SKIP) != 0)
        return true;
    route = route_at(bus, cell_type(&lost.cell));
    if ((cell_flags(&lost.cell) & CELL_POOLED) != 0)
        pool_give(&bus->pool, cell_block(&lost.cell));
    counter_add(&thread_count(thread, route)->dropped, 1);
    system_dropped(thread, route, DROP_OVERFLOW);
    if ((cell_flags(&lost.cell) & CELL_EXTENDED) != 0)
        dead_letters_dropped(thread, &lost.cell);
    *dropped = true;
    return true;
}

/* But for what comes from disk, of a type that was durable once: nobody could tell the store of
 * its end. It waits for room. */
static bool drops_oldest(const struct posting *posting)
{
    return posting->route->type->when_full == BUS_FULL_DROP_OLDEST &&
           ((posting->flags & CELL_EXTENDED) == 0 || (posting->extension.has & CELL_HAS_ROW) == 0);
}

static bool try_place(struct posting *posting, struct place *place)
{
    const struct bus_message_type *type = posting->route->type;
    uint32_t tries;

    if (!drops_oldest(posting)) {
        place->lane = &posting->worker->lanes[type->priority];
        place->cell = lane_claim(place->lane, &posting->thread->producer, &place->ticket);
        if (place->cell == NULL &&
            lane_claim_above(place->lane, &posting->thread->producer, &place->ticket)) {
            place->cell = lane_cell(place->lane, place->ticket);
            if (lane_press(place->lane))
                atomic_or_u32(&posting->worker->unusual, UNUSUAL_PRESSED);
        }
        return place->cell != NULL;
    }
    place->ring = atomic_load_acquire_ptr(&posting->worker->rings[type->priority]);
    for (tries = 0; tries < DROP_TRIES; tries++) {
        place->cell = drop_ring_claim(place->ring, &place->ticket);
        if (place->cell != NULL)
            return true;
        (void)drop_one(posting->thread, place->ring, &place->dropped);
    }
    return false;
}

/* A full pool is full too: a message that drops the oldest makes room for its block, as far as its
 * own ring goes. */
static bool try_block(struct posting *posting, struct place *place, uint32_t body)
{
    const struct bus_message_type *type = posting->route->type;
    struct drop_ring *ring;
    uint32_t tries;

    if (place->block == NULL)
        place->block = pool_take(&posting->bus->pool, body);
    if (place->block != NULL || !drops_oldest(posting))
        return place->block != NULL;
    ring = atomic_load_acquire_ptr(&posting->worker->rings[type->priority]);
    for (tries = 0; tries < DROP_TRIES && place->block == NULL; tries++) {
        if (!drop_one(posting->thread, ring, &place->dropped))
            break;
        place->block = pool_take(&posting->bus->pool, body);
    }
    return place->block != NULL;
}

/* Waits for room, outside of handlers, started, not on a polled bus's own thread. The gate is left
 * meanwhile. */
static enum bus_outcome wait_for_room(struct posting *posting, struct place *place, uint32_t body,
                                      bool pooled)
{
    struct bus *bus = posting->bus;
    uint64_t until = bus_until(bus, posting->route->type->block_ns);
    enum bus_outcome outcome = BUS_QUEUED;
    bool in_time = true;
    uint32_t gate;

    if ((posting->flags & CELL_EXTENDED) != 0 && posting->extension.deadline_ns != 0 &&
        posting->extension.deadline_ns < until)
        until = posting->extension.deadline_ns;
    atomic_fetch_add_u32(&bus->room_waiters, 1);
    bus_barrier(bus); /* the count, then the look; other side: tell_room after a release */
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->room);

        if ((!pooled || try_block(posting, place, body)) && try_place(posting, place))
            break;
        if (!in_time) {
            outcome = BUS_REJECTED;
            break;
        }
        publish_leave(posting->thread);
        in_time = bus->os.wait(bus->os.context, &bus->room, seen, until);
        outcome = publish_enter(bus, posting->thread, &gate);
        if (outcome != BUS_QUEUED) {
            counter_add(&thread_count(posting->thread, posting->route)->closed, 1);
            break;
        }
    }
    atomic_fetch_add_u32(&bus->room_waiters, (uint32_t)-1);
    return outcome;
}

/* rate_limit: waits until the lane is at its low water, at most the delay, then tries once more.
 * The gate is left meanwhile. */
static enum bus_outcome slow_down(struct posting *posting, struct place *place, uint32_t body,
                                  bool pooled, uint64_t delay)
{
    const struct lane *lane = &posting->worker->lanes[posting->route->type->priority];
    struct bus *bus = posting->bus;
    uint64_t until = bus_until(bus, delay);
    enum bus_outcome outcome = BUS_QUEUED;
    bool in_time = true;
    uint32_t gate;

    if ((posting->flags & CELL_EXTENDED) != 0 && posting->extension.deadline_ns != 0 &&
        posting->extension.deadline_ns < until)
        until = posting->extension.deadline_ns;
    atomic_fetch_add_u32(&bus->relief_waiters, 1);
    bus_barrier(bus); /* the count, then the look; other side: pressure_ease */
    while (outcome == BUS_QUEUED && in_time) {
        uint32_t seen = atomic_load_acquire_u32(&bus->relief);

        if (!lane_is_pressed(lane) && (!pooled || try_block(posting, place, body)))
            break;
        publish_leave(posting->thread);
        in_time = bus->os.wait(bus->os.context, &bus->relief, seen, until);
        outcome = publish_enter(bus, posting->thread, &gate);
    }
    atomic_fetch_add_u32(&bus->relief_waiters, (uint32_t)-1);
    if (outcome != BUS_QUEUED) {
        counter_add(&thread_count(posting->thread, posting->route)->closed, 1);
        return outcome;
    }
    return (!pooled || try_block(posting, place, body)) && try_place(posting, place) ? BUS_QUEUED
                                                                                     : BUS_REJECTED;
}

bool posting_may_wait(const struct posting *posting, uint32_t gate)
{
    const struct bus *bus = posting->bus;
    const void *poller;

    if ((gate & GATE_BUFFERING) != 0 || atomic_load_relaxed_u32(&posting->thread->depth) != 0)
        return false;
    if (!bus->options.polled)
        return true;
    poller = atomic_load_relaxed_ptr(&bus->poll_thread);
    return poller != NULL && poller != posting->thread;
}

/* As `when_full` says. BUS_REJECTED: there is no room. */
static enum bus_outcome wait_if_declared(struct posting *posting, uint32_t gate,
                                         struct place *place, uint32_t body, bool pooled)
{
    const struct bus_message_type *type = posting->route->type;
    uint64_t delay;

    if (type->when_full == BUS_FULL_BLOCK && type->block_ns != 0 && posting_may_wait(posting, gate))
        return wait_for_room(posting, place, body, pooled);
    if (type->when_full != BUS_FULL_RATE_LIMIT)
        return BUS_REJECTED;
    delay = pressure_delay(posting->worker, type->priority);
    return posting_may_wait(posting, gate) ? slow_down(posting, place, body, pooled, delay)
                                           : BUS_REJECTED;
}

static enum bus_outcome say_full(struct posting *posting, bool pooled, bool no_block)
{
    const struct bus_message_type *type = posting->route->type;
    const struct bus *bus = posting->bus;
    uint32_t level = type->priority;

    if (type->when_full == BUS_FULL_RATE_LIMIT)
        counter_add(&thread_count(posting->thread, posting->route)->throttled, 1);
    else
        counter_add(&thread_count(posting->thread, posting->route)->rejected, 1);
    if (pooled && no_block)
        last_error_set("%s: %" PRIu32
                       " bytes found no block in the pool; raise bus_options.pool_bytes "
                       "(now %zu) or cell_size (now %" PRIu32 ")",
                       type->name, posting->size, bus->options.pool_bytes, bus->cell_size);
    else
        (void)fail_full_lane(type->name, level, posting->worker->index,
                             bus->options.capacity[level]);
    return type->when_full == BUS_FULL_RATE_LIMIT ? BUS_THROTTLED : BUS_REJECTED;
}

/* Before start everything goes to worker 0; start hands it out (core/start.c), for which the cell
 * keeps the key. */
static void buffer(struct posting *posting)
{
    const struct bus_message_type *type = posting->route->type;

    posting->worker = &posting->bus->workers[0];
    if (type->key == NULL || posting->bus->worker_count == 1)
        return;
    if ((posting->flags & CELL_EXTENDED) == 0)
        memset(&posting->extension, 0, sizeof posting->extension);
    posting->flags |= CELL_EXTENDED;
    posting->extension.has |= CELL_HAS_KEY;
    posting->extension.key = type->key(posting->message);
}

void posting_fill_head(const struct posting *posting, struct cell *cell)
{
    struct thread *thread = posting->thread;

    cell_set(cell, &(struct cell_head){
                       .size = posting->size,
                       .flags = posting->flags,
                       .type = posting->route->index,
                       .session = posting->session.index,
                       .session_generation = posting->session.generation & 0xffff,
                       .attempt = 1,
                       .sequence = thread->sequence++,
                       .publisher = thread->publisher,
                       .time_ms = thread_time_ms(thread),
                       .call_site = posting->call_site,
                   });
}

bool posting_to_letters(struct posting *posting)
{
    struct thread *thread = posting->thread;
    struct counters *counters = thread_count(thread, posting->route);
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint8_t *bytes = scratch_take(&thread->scratch, posting->bus, posting->size);
    struct bus_error error = {.category = BUS_CATEGORY_QUEUE,
                              .transient = true,
                              .text = "its lane, or the pool, was full"};
    struct cell cell = {.turn = 0};
    bool kept = false;

    posting->flags &= ~(uint32_t)CELL_POOLED;
    if (bytes != NULL) {
        posting_fill_head(posting, &cell);
        posting_pack(posting, bytes);
        kept = dead_letters_add(thread,
                                &(struct letter){.route = posting->route,
                                                 .cell = &cell,
                                                 .extension = (posting->flags & CELL_EXTENDED) != 0
                                                                  ? &posting->extension
                                                                  : NULL,
                                                 .bytes = bytes,
                                                 .message = posting->message,
                                                 .error = &error,
                                                 .reason = BUS_LETTER_OVERFLOW});
    }
    scratch_release(&thread->scratch, mark);
    if (!kept)
        return false;
    counter_add(&counters->queued, 1);
    counter_add(&counters->dropped, 1);
    system_dropped(thread, posting->route, DROP_OVERFLOW);
    return true;
}

/* Durable events without a key all go the same way: one that comes from disk, where nobody knows
 * its publisher's thread any more, stays behind those before it. */
static struct worker *worker_of(const struct posting *posting)
{
    struct bus *bus = posting->bus;
    const struct route *route = posting->route;

    if ((route->type->flags & BUS_TYPE_DURABLE) != 0 && route->type->key == NULL &&
        atomic_load_relaxed_u32(&route->home) == WORKER_ANY)
        return &bus->workers[route->index % bus->worker_count];
    return worker_for(bus, posting->thread, route, posting->message);
}

void posting_choose(struct posting *posting, uint32_t gate)
{
    if ((gate & GATE_BUFFERING) != 0)
        buffer(posting);
    else
        posting->worker = worker_of(posting);
}

enum bus_outcome posting_find(struct posting *posting, uint32_t gate, struct place *place,
                              uint32_t body, bool pooled, enum place_as as)
{
    enum bus_outcome outcome = BUS_REJECTED;

    if ((!pooled || try_block(posting, place, body)) && try_place(posting, place))
        return BUS_QUEUED;
    if (as == PLACE_EMPTY || as == PLACE_WHOLE)
        outcome = wait_if_declared(posting, gate, place, body, pooled);
    if (outcome == BUS_QUEUED)
        return BUS_QUEUED;
    if (outcome == BUS_REJECTED && as == PLACE_WHOLE &&
        posting->route->type->when_full == BUS_FULL_DEAD_LETTER && posting_to_letters(posting))
        outcome = BUS_DEAD_LETTERED;
    if (outcome == BUS_REJECTED && as != PLACE_IF_ROOM)
        outcome = say_full(posting, pooled, place->block == NULL);
    if (place->block != NULL) {
        pool_give(&posting->bus->pool, place->block);
        tell_room(posting->bus);
    }
    return outcome;
}

enum bus_outcome posting_place(struct posting *posting, uint32_t gate, struct place *place,
                               enum place_as as)
{
    uint32_t body;
    bool pooled;

    *place = (struct place){0};
    posting_choose(posting, gate);
    body = posting->size + ((posting->flags & CELL_EXTENDED) != 0 ? CELL_EXTENSION_SIZE : 0);
    pooled = body > posting->bus->cell_size - CELL_HEADER_SIZE;
    if (pooled)
        posting->flags |= CELL_POOLED;
    return posting_find(posting, gate, place, body, pooled, as);
}

/* ---- into it ---- */

uint8_t *posting_head(const struct posting *posting, const struct place *place)
{
    posting_fill_head(posting, place->cell);
    if ((posting->flags & CELL_POOLED) != 0)
        cell_set_block(place->cell, place->block);
    if ((posting->flags & CELL_EXTENDED) != 0)
        memcpy(cell_body(place->cell), &posting->extension, sizeof posting->extension);
    return cell_payload(place->cell);
}

static __attribute__((cold, noinline)) void tell_probe(const struct posting *posting,
                                                       const struct cell *cell)
{
    const char *name = posting->route->type->name;
    uint32_t level = posting->route->level;

    if ((cell_flags(cell) & CELL_LAST) != 0) /* the message is elsewhere */
        probe_publish(name, (struct bus_uuid){0, 0}, posting->size, level);
    else if ((cell_flags(cell) & CELL_SKIP) == 0)
        probe_publish(name, cell_id(posting->bus, cell, cell_extension(cell)), cell_size(cell),
                      level);
}

enum bus_outcome posting_show(const struct posting *posting, const struct place *place,
                              uint32_t gate)
{
    if (publish_is_watched())
        tell_probe(posting, place->cell);
    if (place->ring != NULL)
        drop_ring_commit(place->ring, place->ticket);
    else
        lane_commit(place->lane, place->ticket);
    if ((gate & GATE_BUFFERING) == 0)
        parking_wake(&posting->worker->parking);
    if (place->lane != NULL && lane_is_pressed(place->lane))
        pressure_look(posting->worker, posting->thread, posting->route->level);
    if ((gate & GATE_BUFFERING) != 0)
        return BUS_BUFFERED;
    return place->dropped ? BUS_QUEUED_DROPPED : BUS_QUEUED;
}

enum bus_outcome posting_commit(const struct posting *posting, const struct place *place,
                                uint32_t gate)
{
    counter_add(&thread_count(posting->thread, posting->route)->queued, 1);
    return posting_show(posting, place, gate);
}

enum bus_outcome posting_send(struct posting *posting, const struct bus_message_options *options,
                              uint32_t gate)
{
    enum bus_outcome outcome = posting_prepare(posting, options, PREPARE_WHOLE);
    struct place place;

    if (outcome != BUS_QUEUED)
        return outcome;
    if (posting->route->last != NULL)
        return keep_last_send(posting, gate, PLACE_WHOLE);
    if (type_is_durable(posting->bus, posting->route->type))
        return durable_send(posting, options, gate);
    outcome = posting_place(posting, gate, &place, PLACE_WHOLE);
    if (outcome != BUS_QUEUED)
        return outcome;
    posting->route->type->codec.pack(posting_head(posting, &place), posting->message);
    return posting_commit(posting, &place, gate);
}
