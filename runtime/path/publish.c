/*
 * path/publish.c - from the caller's struct to a committed cell.
 *
 * A publisher outside handlers raises its `active` flag, looks at the gate, and lowers the flag
 * when it is done. Start, stop and audit close the gate, pass a barrier and wait until no flag is
 * up: either the barrier falls behind the store of the flag, then they see it; or before it, then
 * the publisher's look at the gate, later in its program, sees it closed. So the fast path has no
 * fence (bus_light_fence).
 *
 * A publisher inside a handler does not raise the flag: start, stop and audit wait for handlers
 * apart, and a handler that waited for the gate would wait for itself.
 *
 * The message is counted as accepted (`queued`) before its commit makes it visible: whoever has
 * seen the message end has also seen it accepted (bus_wait_idle rests on this).
 */
#include "path/path.h"

#include <inttypes.h>

#include "core/registry.h"

enum { DROP_TRIES = 64 };

/* ---- may I? ---- */

static enum bus_outcome say_closed(const struct bus *bus)
{
    return fail_outcome(BUS_CLOSED, "bus %s: it is stopping or stopped and takes no new messages",
                        bus->name);
}

static enum bus_outcome enter_slowly(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    while ((*gate & GATE_HELD) != 0) {
        atomic_store_release_u32(&thread->active, 0);
        (void)bus->os.wait(bus->os.context, &bus->gate, *gate, UINT64_MAX);
        atomic_store_relaxed_u32(&thread->active, 1);
        bus_light_fence(bus);
        *gate = atomic_load_acquire_u32(&bus->gate);
    }
    if ((*gate & (GATE_STOPPING | GATE_HALTED)) == 0)
        return BUS_QUEUED;
    atomic_store_release_u32(&thread->active, 0);
    return say_closed(bus);
}

enum bus_outcome publish_enter(struct bus *bus, struct thread *thread, uint32_t *gate)
{
    if (atomic_load_relaxed_u32(&thread->depth) != 0) {
        *gate = atomic_load_acquire_u32(&bus->gate);
        return (*gate & GATE_HALTED) != 0 ? say_closed(bus) : BUS_QUEUED;
    }
    atomic_store_relaxed_u32(&thread->active, 1);
    bus_light_fence(bus);
    *gate = atomic_load_acquire_u32(&bus->gate);
    if (__builtin_expect((*gate & ~(uint32_t)GATE_BUFFERING) == 0, 1))
        return BUS_QUEUED;
    return enter_slowly(bus, thread, gate);
}

void publish_leave(struct thread *thread)
{
    atomic_store_release_u32(&thread->active, 0);
}

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

static enum bus_outcome inherit(struct posting *posting, const struct bus_message_options *options)
{
    static const struct bus_message_options none = {0};
    const struct bus_delivery *parent = posting->thread->current;
    const struct cell_extension *above = parent != NULL ? parent->extension : NULL;
    struct cell_extension *own = &posting->extension;
    struct bus *bus = posting->bus;
    uint64_t allowed;

    if (options == NULL)
        options = &none;
    memset(own, 0, sizeof *own);
    if (options->session.index != 0) {
        if (!session_is_open(bus, options->session))
            return fail_outcome(BUS_INVALID, "%s: the session (index %" PRIu32 ") is not open",
                                posting->route->type->name, options->session.index);
        posting->session = options->session;
    } else if (parent != NULL) {
        posting->session.index = cell_session(parent->cell);
        posting->session.generation = cell_session_generation(parent->cell);
    }
    allowed = options->deadline_ns != 0 ? options->deadline_ns : posting->route->type->deadline_ns;
    if (allowed == 0 && posting->route->type->kind == BUS_COMMAND &&
        (above == NULL || above->deadline_ns == 0))
        allowed = bus->options.command_deadline_ns;
    if (allowed != 0)
        own->deadline_ns = bus_until(bus, allowed);
    /* An event may be given more time than its parent has; a command serves its parent. */
    if (above != NULL && above->deadline_ns != 0 &&
        (own->deadline_ns == 0 ||
         ((options->deadline_ns == 0 || posting->route->type->kind == BUS_COMMAND) &&
          above->deadline_ns < own->deadline_ns)))
        own->deadline_ns = above->deadline_ns;
    /* What the bus tells about a late message is worth as much as about another. */
    if (posting->route->type->kind == BUS_SYSTEM_EVENT)
        own->deadline_ns = allowed != 0 ? bus_until(bus, allowed) : 0;
    own->correlation = options->correlation;
    if ((own->correlation.high | own->correlation.low) == 0 && above != NULL)
        own->correlation = above->correlation;
    own->trace = options->trace;
    if (above != NULL && memcmp(&own->trace, &(struct bus_trace){0}, sizeof own->trace) == 0)
        own->trace = above->trace;
    if (parent != NULL)
        own->causation = message_id(bus, parent->cell);
    own->has =
        (uint8_t)((own->deadline_ns != 0 ? CELL_HAS_DEADLINE : 0) |
                  ((own->correlation.high | own->correlation.low) != 0 ? CELL_HAS_CORRELATION : 0) |
                  (parent != NULL ? CELL_HAS_CAUSATION : 0) |
                  (memcmp(&own->trace, &(struct bus_trace){0}, sizeof own->trace) != 0
                       ? CELL_HAS_TRACE
                       : 0));
    if (own->has != 0)
        posting->flags |= CELL_EXTENDED;
    if (own->deadline_ns != 0 && own->deadline_ns <= bus_now(bus))
        return fail_outcome(BUS_EXPIRED, "%s: its deadline has passed already",
                            posting->route->type->name);
    return BUS_QUEUED;
}

static struct worker *worker_for(struct posting *posting)
{
    struct bus *bus = posting->bus;
    const struct bus_message_type *type = posting->route->type;
    uint32_t home;

    if (bus->worker_count == 1)
        return &bus->workers[0];
    home = atomic_load_relaxed_u32(&posting->route->home);
    if (home != WORKER_ANY)
        return &bus->workers[home];
    if (type->key != NULL)
        return &bus->workers[type->key(posting->message) % bus->worker_count];
    return &bus->workers[posting->thread->publisher % bus->worker_count];
}

static bool filters_admit(struct filter_link *filter, const struct posting *posting)
{
    for (; filter != NULL; filter = filter->next)
        if (!filter->admit(filter, posting->route->type, posting->message))
            return false;
    return true;
}

enum bus_outcome posting_prepare(struct posting *posting, const struct bus_message_options *options,
                                 bool reserve)
{
    struct bus *bus = posting->bus;
    const struct bus_message_type *type = posting->route->type;
    struct counters *counters = thread_count(posting->thread, posting->route);
    struct filter_link *filters = atomic_load_acquire_ptr(&bus->filters);
    enum bus_outcome outcome;

    posting->size = type->codec.measure(posting->message, reserve);
    if (posting->size == 0)
        return say_invalid(posting);
    if ((type->flags & BUS_TYPE_CHECK_TEXT) != 0 && !reserve) {
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
    if (filters != NULL && !filters_admit(filters, posting)) {
        counter_add(&counters->filtered, 1);
        return fail_outcome(BUS_FILTERED, "%s: a filter said no", type->name);
    }
    posting->flags = 0;
    posting->session = (struct bus_session){0, 0};
    if (options != NULL || posting->thread->current != NULL || type->deadline_ns != 0 ||
        type->kind == BUS_COMMAND) {
        outcome = inherit(posting, options);
        if (outcome != BUS_QUEUED) {
            if (outcome == BUS_INVALID)
                counter_add(&counters->invalid, 1);
            return outcome;
        }
    }
    return BUS_QUEUED;
}

/* ---- a place for it ---- */

/* Throws away the ring's oldest message, *dropped tells, or an aborted claim. False: none could be
 * taken. */
static bool drop_one(struct thread *thread, struct drop_ring *ring, bool *dropped)
{
    struct bus *bus = thread->bus;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct cell *cell = scratch_take(&thread->scratch, bus, bus->cell_size);
    bool taken = cell != NULL && drop_ring_take(ring, cell);

    if (taken && (cell_flags(cell) & CELL_SKIP) == 0) {
        struct route *route = route_at(bus, cell_type(cell));

        if ((cell_flags(cell) & CELL_POOLED) != 0)
            pool_give(&bus->pool, cell_block(cell));
        counter_add(&thread_count(thread, route)->dropped, 1);
        system_dropped(thread, route, DROP_OVERFLOW);
        *dropped = true;
    }
    scratch_release(&thread->scratch, mark);
    return taken;
}

static bool try_place(struct posting *posting, struct place *place)
{
    const struct bus_message_type *type = posting->route->type;
    uint32_t tries;

    if (type->when_full != BUS_FULL_DROP_OLDEST) {
        place->lane = &posting->worker->lanes[type->priority];
        place->cell = lane_claim(place->lane, &place->ticket);
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
    if (place->block != NULL || type->when_full != BUS_FULL_DROP_OLDEST)
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

static bool may_wait(const struct posting *posting, uint32_t gate)
{
    const struct bus *bus = posting->bus;
    const void *poller;

    if (posting->route->type->when_full != BUS_FULL_BLOCK || posting->route->type->block_ns == 0 ||
        (gate & GATE_BUFFERING) != 0 || atomic_load_relaxed_u32(&posting->thread->depth) != 0)
        return false;
    if (!bus->options.polled)
        return true;
    poller = atomic_load_relaxed_ptr(&bus->poll_thread);
    return poller != NULL && poller != posting->thread;
}

static enum bus_outcome say_full(struct posting *posting, bool pooled, bool no_block)
{
    const struct bus_message_type *type = posting->route->type;
    const struct bus *bus = posting->bus;
    uint32_t level = type->priority;

    counter_add(&thread_count(posting->thread, posting->route)->rejected, 1);
    if (pooled && no_block)
        return fail_outcome(BUS_REJECTED,
                            "%s: %" PRIu32
                            " bytes found no block in the pool; raise bus_options.pool_bytes "
                            "(now %zu) or cell_size (now %" PRIu32 ")",
                            type->name, posting->size, bus->options.pool_bytes, bus->cell_size);
    return fail_full_lane(type->name, level, posting->worker->index, bus->options.capacity[level]);
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

enum bus_outcome posting_place(struct posting *posting, uint32_t gate, struct place *place)
{
    struct bus *bus = posting->bus;
    enum bus_outcome outcome = BUS_REJECTED;
    uint32_t body;
    bool pooled;

    *place = (struct place){0};
    if ((gate & GATE_BUFFERING) != 0)
        buffer(posting);
    else
        posting->worker = worker_for(posting);
    body = posting->size + ((posting->flags & CELL_EXTENDED) != 0 ? CELL_EXTENSION_SIZE : 0);
    pooled = body > bus->cell_size - CELL_HEADER_SIZE;
    if (pooled)
        posting->flags |= CELL_POOLED;
    if ((!pooled || try_block(posting, place, body)) && try_place(posting, place))
        return BUS_QUEUED;
    if (may_wait(posting, gate))
        outcome = wait_for_room(posting, place, body, pooled);
    if (outcome == BUS_QUEUED)
        return BUS_QUEUED;
    if (outcome == BUS_REJECTED)
        (void)say_full(posting, pooled, place->block == NULL);
    if (place->block != NULL) {
        pool_give(&bus->pool, place->block);
        tell_room(bus);
    }
    return outcome;
}

/* ---- into it ---- */

uint8_t *posting_head(const struct posting *posting, const struct place *place)
{
    struct thread *thread = posting->thread;
    uint64_t now = os_coarse_ms(&thread->coarse, &posting->bus->os);
    struct cell_head head = {
        .size = posting->size,
        .flags = posting->flags,
        .type = posting->route->index,
        .session = posting->session.index,
        .session_generation = posting->session.generation & 0xffff,
        .attempt = 1,
        .sequence = thread->sequence++,
        .publisher = thread->publisher,
        .time_ms = now > posting->bus->base_ms ? now - posting->bus->base_ms : 0,
        .call_site = posting->call_site,
    };

    cell_set(place->cell, &head);
    if ((posting->flags & CELL_POOLED) != 0)
        cell_set_block(place->cell, place->block);
    if ((posting->flags & CELL_EXTENDED) != 0)
        memcpy(cell_body(place->cell), &posting->extension, sizeof posting->extension);
    return cell_payload(place->cell);
}

enum bus_outcome posting_commit(const struct posting *posting, const struct place *place,
                                uint32_t gate)
{
    counter_add(&thread_count(posting->thread, posting->route)->queued, 1);
    if (place->ring != NULL)
        drop_ring_commit(place->ring, place->ticket);
    else
        lane_commit(place->lane, place->ticket);
    if ((gate & GATE_BUFFERING) != 0)
        return BUS_BUFFERED;
    parking_wake(&posting->worker->parking);
    return place->dropped ? BUS_QUEUED_DROPPED : BUS_QUEUED;
}

enum bus_outcome posting_send(struct posting *posting, const struct bus_message_options *options,
                              uint32_t gate)
{
    enum bus_outcome outcome = posting_prepare(posting, options, false);
    struct place place;

    if (outcome != BUS_QUEUED)
        return outcome;
    outcome = posting_place(posting, gate, &place);
    if (outcome != BUS_QUEUED)
        return outcome;
    posting->route->type->codec.pack(posting_head(posting, &place), posting->message);
    return posting_commit(posting, &place, gate);
}

/* ---- the calls ---- */

/* Thread, route and arguments of a call. BUS_QUEUED: go on. */
static enum bus_outcome begin(struct posting *posting, struct bus *bus,
                              const struct bus_message_type *type, const void *message,
                              const void *call_site)
{
    enum bus_status status;

    if (bus == NULL || type == NULL)
        return fail_outcome(BUS_INVALID, "cannot publish %s: %s is NULL",
                            type != NULL ? type->name : "a message",
                            bus == NULL ? "the bus (closed?)" : "its type");
    if (bus->magic != BUS_MAGIC)
        return fail_outcome(BUS_INVALID, "cannot publish %s: this is no open bus", type->name);
    posting->bus = bus;
    posting->message = message;
    posting->call_site = call_site;
    posting->thread = thread_here(bus);
    if (posting->thread == NULL)
        return BUS_REJECTED;
    posting->route = route_find(bus, type);
    if (__builtin_expect(posting->route == NULL, 0)) {
        posting->route = route_make(bus, type, &status);
        if (posting->route == NULL)
            return status == BUS_ERR_INVALID ? BUS_INVALID : BUS_REJECTED;
    }
    if (__builtin_expect(type->kind != BUS_COMMAND && message != NULL, 1))
        return BUS_QUEUED;
    counter_add(&thread_count(posting->thread, posting->route)->invalid, 1);
    if (message == NULL)
        return fail_outcome(BUS_INVALID, "cannot publish %s: the message is NULL", type->name);
    return fail_outcome(BUS_INVALID, "%s is a command: execute it", type->name);
}

static enum bus_outcome count_closed(const struct posting *posting, enum bus_outcome outcome)
{
    if (outcome == BUS_CLOSED)
        counter_add(&thread_count(posting->thread, posting->route)->closed, 1);
    return outcome;
}

enum bus_outcome bus_publish_message(struct bus *bus, const struct bus_message_type *type,
                                     const void *message, const struct bus_message_options *options)
{
    struct posting posting;
    enum bus_outcome outcome = begin(&posting, bus, type, message, __builtin_return_address(0));
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    outcome = posting_send(&posting, options, gate);
    publish_leave(posting.thread);
    return outcome;
}

enum bus_outcome bus_publish_messages(struct bus *bus, const struct bus_message_type *type,
                                      const void *messages, size_t stride, uint32_t count,
                                      const struct bus_message_options *options, uint32_t *accepted)
{
    struct posting posting;
    enum bus_outcome outcome;
    uint32_t gate, i;

    if (accepted != NULL)
        *accepted = 0;
    outcome = begin(&posting, bus, type, messages != NULL || count != 0 ? messages : type,
                    __builtin_return_address(0));
    if (outcome != BUS_QUEUED || count == 0)
        return outcome;
    if (stride < type->codec.table->size)
        return fail_outcome(BUS_INVALID, "%s: a stride of %zu bytes, the message has %" PRIu32,
                            type->name, stride, type->codec.table->size);
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    for (i = 0; i < count && bus_accepted(outcome); i++) {
        posting.message = (const uint8_t *)messages + i * stride;
        outcome = posting_send(&posting, options, gate);
        if (accepted != NULL && bus_accepted(outcome))
            *accepted = i + 1;
    }
    publish_leave(posting.thread);
    return outcome;
}

enum bus_outcome bus_publish_message_and_wait(struct bus *bus, const struct bus_message_type *type,
                                              const void *message,
                                              const struct bus_message_options *options,
                                              uint64_t timeout_ns)
{
    struct posting posting;
    enum bus_outcome outcome = begin(&posting, bus, type, message, __builtin_return_address(0));
    uint32_t gate;

    if (outcome != BUS_QUEUED)
        return outcome;
    if (atomic_load_relaxed_u32(&posting.thread->depth) != 0)
        return fail_outcome(BUS_WOULD_DEADLOCK,
                            "%s: publish_and_wait inside a handler would wait for that handler; "
                            "publish without waiting",
                            type->name);
    outcome = publish_enter(bus, posting.thread, &gate);
    if (outcome != BUS_QUEUED)
        return count_closed(&posting, outcome);
    outcome = posting_send(&posting, options, gate);
    publish_leave(posting.thread);
    if (bus_accepted(outcome) && bus_wait_idle(bus, timeout_ns) != BUS_OK)
        return BUS_TIMEOUT;
    return outcome;
}

void publish_quietly(struct bus *bus, struct thread *thread, struct route *route,
                     const void *message)
{
    struct posting posting = {.bus = bus, .thread = thread, .route = route, .message = message};
    uint32_t gate = atomic_load_acquire_u32(&bus->gate);

    if ((gate & GATE_HALTED) == 0)
        bus_ignore(posting_send(&posting, NULL, gate));
}
