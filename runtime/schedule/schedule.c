/* schedule/schedule.c - scheduling, cancelling, listing; see schedule.h. */
#include "schedule/schedule.h"

#include <inttypes.h>

#include "core/registry.h"
#include "path/path.h"

/* ---- schedule ---- */

/* One that is being scheduled. */
struct request {
    struct posting posting; /* as far as it is known: session and extension */
    const struct bus_schedule *when;
    uint8_t *body; /* extension, if any, and message */
    bool extended;
    struct entry *entry;
};

static enum bus_status check_when(const struct bus_message_type *type,
                                  const struct bus_schedule *when)
{
    if (when->at_ns != 0 && when->after_ns != 0)
        return fail_status(BUS_ERR_INVALID,
                           "%s: schedule it by the wall clock (at_ns) or from now (after_ns)",
                           type->name);
    if (when->every_ns != 0 &&
        (when->every_ns < BUS_SCHEDULE_EVERY_LEAST || when->every_ns > BUS_SCHEDULE_EVERY_MOST))
        return fail_status(BUS_ERR_INVALID,
                           "%s: bus_schedule.every_ns is %" PRIu64 ", it must be from %" PRIu64
                           " to %" PRIu64,
                           type->name, when->every_ns, (uint64_t)BUS_SCHEDULE_EVERY_LEAST,
                           (uint64_t)BUS_SCHEDULE_EVERY_MOST);
    return BUS_OK;
}

static enum bus_status check(const struct bus *bus, const struct bus_message_type *type,
                             const void *message, const struct bus_schedule *when)
{
    if (bus == NULL || type == NULL || message == NULL || when == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot schedule %s: %s is NULL",
                           type != NULL ? type->name : "a message",
                           bus == NULL       ? "the bus (closed?)"
                           : type == NULL    ? "its type"
                           : message == NULL ? "the message"
                                             : "when");
    if (bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot schedule %s: this is no open bus", type->name);
    if (type->kind == BUS_COMMAND)
        return fail_status(BUS_ERR_INVALID, "%s is a command: only events can be scheduled",
                           type->name);
    return check_when(type, when);
}

/* What its options say and what it inherits, as if it were published now; but a deadline of its own
 * counts from when it is due, so it stays relative. */
static enum bus_status inherit(struct request *request, const struct bus_message_options *options)
{
    struct posting *posting = &request->posting;
    struct bus_message_options asked = {.deadline_ns = 0};
    struct cell_extension *own = &posting->extension;
    uint64_t deadline;

    if (options != NULL)
        asked = *options;
    deadline = asked.deadline_ns;
    asked.deadline_ns = UINT64_MAX; /* no other */
    if (posting_inherit(posting, &asked) != BUS_QUEUED)
        return BUS_ERR_INVALID;
    own->deadline_ns = deadline;
    own->has = (uint8_t)(own->has & ~CELL_HAS_DEADLINE);
    if (deadline != 0)
        own->has |= CELL_HAS_DEADLINE;
    request->extended = own->has != 0;
    return BUS_OK;
}

/* The body, in scratch memory. */
static enum bus_status pack(struct request *request)
{
    struct posting *posting = &request->posting;
    const struct bus_message_type *type = posting->route->type;
    uint32_t before = request->extended ? CELL_EXTENSION_SIZE : 0;

    posting->size = type->codec.measure(posting->message, false);
    if (posting->size > posting->bus->message_size_max)
        return fail_status(BUS_ERR_INVALID,
                           "%s: %" PRIu32 " bytes, this bus takes %" PRIu32
                           "; raise bus_options.message_size_max",
                           type->name, posting->size, posting->bus->message_size_max);
    /* 0: out of bounds, as bus_encode says, too. */
    request->body =
        scratch_take(&posting->thread->scratch, posting->bus, before + posting->size + 8);
    if (request->body == NULL)
        return fail_status(BUS_ERR_MEMORY, "%s: no memory to pack it", type->name);
    if (bus_encode(&type->codec, posting->message, request->body + before,
                   (size_t)posting->size + 8) == 0)
        return BUS_ERR_INVALID;
    if (request->extended)
        memcpy(request->body, &posting->extension, sizeof posting->extension);
    return BUS_OK;
}

static enum bus_status take_entry(struct request *request)
{
    struct posting *posting = &request->posting;
    struct bus *bus = posting->bus;
    uint32_t before = request->extended ? CELL_EXTENSION_SIZE : 0;
    struct entry *entry;

    schedule_lock(bus);
    entry = entry_take(bus->schedule, before + posting->size, 0);
    bus->schedule->figures.scheduled += entry != NULL;
    schedule_unlock(bus);
    if (entry == NULL)
        return fail_status(BUS_ERR_LIMIT,
                           "bus %s: no room for another scheduled message; raise "
                           "bus_options.schedule_max (now %" PRIu32 ") or schedule_bytes (now %zu)",
                           bus->name, bus->options.schedule_max, bus->options.schedule_bytes);
    entry->size = posting->size;
    entry->extended = request->extended;
    entry->route = (uint16_t)posting->route->index;
    entry->session = posting->session;
    entry->call_site = posting->call_site;
    entry->every_ns = request->when->every_ns;
    entry->at = request->when->at_ns != 0;
    entry_write(bus->schedule, entry, 0, request->body, entry_body_size(entry));
    request->entry = entry;
    return BUS_OK;
}

/* The first time, of its clock. */
static uint64_t first_time(const struct bus *bus, const struct bus_schedule *when)
{
    if (when->at_ns != 0)
        return when->at_ns;
    return bus_until(bus, when->after_ns != 0 ? when->after_ns : when->every_ns);
}

static void start_waiting(const struct request *request, uint64_t due)
{
    struct bus *bus = request->posting.bus;
    bool post;

    schedule_lock(bus);
    post = entry_wait(bus, request->entry, due);
    schedule_unlock(bus);
    if (post)
        schedule_post(bus);
}

static void take_back(const struct request *request)
{
    struct bus *bus = request->posting.bus;

    schedule_lock(bus);
    bus->schedule->figures.scheduled--;
    entry_give(bus->schedule, request->entry);
    schedule_unlock(bus);
}

static enum bus_status schedule(struct request *request, const struct bus_message_options *options,
                                uint64_t *id)
{
    struct thread *thread = request->posting.thread;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    uint64_t due = first_time(request->posting.bus, request->when), number = 0;
    enum bus_status status = inherit(request, options);

    if (status == BUS_OK)
        status = pack(request);
    if (status == BUS_OK)
        status = take_entry(request);
    if (status == BUS_OK) {
        number = request->entry->number;
        if (request->when->every_ns != 0)
            request->entry->phase_ns = due % request->when->every_ns;
        status = stored_put(thread, request->entry, request->body, due);
        if (status == BUS_OK)
            start_waiting(request, due);
        else
            take_back(request);
    }
    if (id != NULL && status == BUS_OK)
        *id = number;
    scratch_release(&thread->scratch, mark);
    return status;
}

enum bus_status bus_schedule_message(struct bus *bus, const struct bus_message_type *type,
                                     const void *message, const struct bus_message_options *options,
                                     const struct bus_schedule *when, uint64_t *id)
{
    struct request request = {
        .posting = {.bus = bus, .message = message, .call_site = __builtin_return_address(0)},
        .when = when};
    enum bus_status status = check(bus, type, message, when);
    struct thread *thread;
    uint32_t gate;

    if (id != NULL)
        *id = 0;
    if (status != BUS_OK)
        return status;
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    request.posting.thread = thread;
    request.posting.route = route_find(bus, type);
    if (request.posting.route == NULL)
        request.posting.route = route_make(bus, type, &status);
    if (request.posting.route == NULL)
        return status;
    if (publish_enter(bus, thread, &gate) != BUS_QUEUED)
        return BUS_ERR_STATE;
    publish_leave(thread); /* what is added behind a stop never becomes due */
    return schedule(&request, options, id);
}

/* ---- cancel ---- */

/* Lock held: takes it out of where it waits. False: that cannot be done now. */
static bool take_out(struct schedule *schedule, struct entry *entry, uint32_t level)
{
    if (entry->state == ENTRY_WAITS)
        timers_cancel(entry_heap(schedule, entry), &entry->timer);
    else if (entry->state == ENTRY_FULL)
        line_remove(schedule, &schedule->lines[level], entry);
    else
        return false;
    entry->state = ENTRY_TAKEN;
    return true;
}

/* Lock held: worker 0 publishes it, and is told not to do so again. */
static bool stop_recurring(struct entry *entry)
{
    if (entry->state != ENTRY_RUNS || entry->every_ns == 0 || entry->cancelled)
        return false;
    entry->cancelled = true;
    return true;
}

/* It is taken out: its row goes, too, or it waits on. */
static enum bus_status end_cancelled(struct thread *thread, struct entry *entry)
{
    struct bus *bus = thread->bus;
    bool gone = stored_remove(bus, thread, entry), post = false;

    schedule_lock(bus);
    if (gone) {
        bus->schedule->figures.cancelled++;
        entry_give(bus->schedule, entry);
    } else {
        post = entry_wait(bus, entry, entry->timer.due_ns);
    }
    schedule_unlock(bus);
    if (post)
        schedule_post(bus);
    if (gone)
        return BUS_OK;
    return fail_status(BUS_ERR_LIMIT,
                       "bus %s: not cancelled, the store has too many requests on their way: try "
                       "again",
                       bus->name);
}

static enum bus_status check_bus(const struct bus *bus)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "no schedule: the bus is NULL or closed");
    return BUS_OK;
}

enum bus_status bus_schedule_cancel(struct bus *bus, uint64_t id)
{
    enum bus_status status = check_bus(bus);
    bool taken = false, stopped = false;
    struct thread *thread;
    struct entry *entry;

    if (status != BUS_OK)
        return status;
    thread = thread_here(bus);
    if (thread == NULL)
        return thread_failure();
    schedule_lock(bus);
    entry = entry_find(bus->schedule, id);
    if (entry != NULL && entry->state != ENTRY_TAKEN) {
        taken = take_out(bus->schedule, entry, route_at(bus, entry->route)->level);
        stopped = !taken && stop_recurring(entry);
    }
    schedule_unlock(bus);
    if (taken)
        return end_cancelled(thread, entry);
    if (stopped)
        return BUS_OK;
    return fail_status(BUS_ERR_NOT_REGISTERED,
                       "bus %s: nothing scheduled as %" PRIu64
                       " waits: it was published, or cancelled",
                       bus->name, id);
}

/* ---- looking ---- */

/* Where a list is. */
struct reader {
    struct bus *bus;
    struct thread *thread;
    const struct bus_message_type *type;
    uint32_t at; /* entries before it were looked at */
};

/* The next entry that fits, or nothing more: *scheduled is a copy then, in scratch memory. */
static bool next(struct reader *reader, struct bus_scheduled *scheduled, enum bus_status *status)
{
    struct bus *bus = reader->bus;
    struct schedule *schedule = bus->schedule;
    struct entry copy = {.number = 0};
    uint8_t *body = NULL;

    schedule_lock(bus);
    while (copy.number == 0 && reader->at < schedule->used) {
        const struct entry *entry = &schedule->entries[reader->at++];

        if (entry->state == ENTRY_FREE || entry->state == ENTRY_TAKEN || entry->cancelled ||
            (reader->type != NULL && reader->type->id != route_at(bus, entry->route)->type->id))
            continue;
        body = scratch_take(&reader->thread->scratch, bus, entry_body_size(entry));
        if (body == NULL) {
            *status = fail_status(BUS_ERR_MEMORY,
                                  "bus %s: no memory for a copy of a scheduled message", bus->name);
            break;
        }
        entry_read(schedule, entry, body);
        copy = *entry;
    }
    schedule_unlock(bus);
    if (copy.number == 0)
        return false;
    *scheduled = (struct bus_scheduled){.id = copy.number,
                                        .type = route_at(bus, copy.route)->type,
                                        .due_ns = wall_of(bus, copy.at, copy.timer.due_ns),
                                        .every_ns = copy.every_ns,
                                        .at = copy.at,
                                        .session = entry_session(bus, &copy, body),
                                        .bytes = body + entry_before(&copy),
                                        .size = copy.size};
    return true;
}

enum bus_status bus_schedules_each(struct bus *bus, const struct bus_message_type *type,
                                   bus_scheduled_fn fn, void *context, uint64_t *shown)
{
    struct reader reader = {.bus = bus, .type = type};
    enum bus_status status = check_bus(bus);
    struct bus_scheduled scheduled;
    struct scratch_mark mark;
    uint64_t count = 0;
    bool more = true;

    if (shown != NULL)
        *shown = 0;
    if (status == BUS_OK && fn == NULL)
        status = fail_status(BUS_ERR_INVALID, "bus_schedules_each: the function is NULL");
    if (status != BUS_OK)
        return status;
    reader.thread = thread_here(bus);
    if (reader.thread == NULL)
        return thread_failure();
    mark = scratch_mark(&reader.thread->scratch);
    while (more && next(&reader, &scheduled, &status)) {
        count++;
        more = fn(context, &scheduled);
        scratch_release(&reader.thread->scratch, mark);
    }
    scratch_release(&reader.thread->scratch, mark);
    if (shown != NULL)
        *shown = count;
    return status;
}

enum bus_status bus_schedule_figures_read(struct bus *bus, struct bus_schedule_figures *figures)
{
    enum bus_status status = check_bus(bus);

    if (status == BUS_OK && figures == NULL)
        status = fail_status(BUS_ERR_INVALID, "bus_schedule_figures_read: no place for them");
    if (status != BUS_OK)
        return status;
    schedule_lock(bus);
    *figures = bus->schedule->figures;
    figures->waiting = bus->schedule->waiting;
    figures->waiting_bytes = (uint64_t)bus->schedule->chunks_taken * SCHEDULE_CHUNK;
    schedule_unlock(bus);
    return BUS_OK;
}
