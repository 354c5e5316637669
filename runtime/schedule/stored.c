/*
 * schedule/stored.c - the schedule in a store: what waits survives the bus.
 *
 * The store knows an entry by its number, which is the id that the user has. The order of requests
 * is the order in which the store carries them out, so it is that of what happened to the entry:
 * `put` is asked for before the entry can become due, `change` and `remove` while it belongs to
 * who publishes or cancels it (ENTRY_TAKEN, ENTRY_RUNS).
 *
 * An event is published first, then its row is changed or removed: after a crash in between it is
 * published again, but never lost. A store that takes on no request now holds up the schedule: the
 * entry stays with worker 0 (schedule.owing) and nothing else is published until the store has
 * taken it on. One that is broken for good is not asked any more: the bus goes on in memory, and
 * says so.
 */
#include "schedule/schedule.h"

#include <bus/store.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/registry.h"
#include "core/session.h"
#include "core/upgrade.h"
#include "guard/errors.h"
#include "path/path.h"

/* Two looks lie not further apart than this, unless so many tries were in vain. */
#define LOOKS_MOST_NS (20 * BUS_MICROSECOND)
enum { LOOKS_MOST = 8 };

/* Both clocks at one time: a thread that stood still between its two looks would move the phase of
 * what recurs by that, for good. */
static uint64_t look_at_clocks(const struct bus *bus, uint64_t *now)
{
    uint64_t wall;
    int i = 0;

    do {
        *now = bus_now(bus);
        wall = bus->os.real_ns(bus->os.context);
    } while (bus_now(bus) - *now > LOOKS_MOST_NS && ++i < LOOKS_MOST);
    return wall;
}

uint64_t wall_of(const struct bus *bus, bool at, uint64_t due_ns)
{
    uint64_t now, wall;

    if (at)
        return due_ns;
    wall = look_at_clocks(bus, &now);
    if (due_ns < now)
        return now - due_ns < wall ? wall - (now - due_ns) : 0;
    return due_ns - now < UINT64_MAX - wall ? wall + (due_ns - now) : UINT64_MAX;
}

/* ---- warnings ---- */

PRINTF_LIKE(4, 5)
static void warn(struct bus *bus, const struct route *route, enum bus_severity severity,
                 const char *format, ...)
{
    char text[BUS_ERROR_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error_of_bus(
        bus, route,
        &(struct bus_error){.category = BUS_CATEGORY_RESOURCE, .severity = severity, .text = text});
}

/* It takes on nothing any more, and will not. */
static bool is_broken(const struct bus_store *store, struct bus_store_state *state)
{
    store->state(store->context, state);
    return state->condition == BUS_STORE_BROKEN;
}

static void warn_unsaved(struct bus *bus, const struct entry *entry, const char *why)
{
    struct schedule *schedule = bus->schedule;

    schedule_lock(bus);
    schedule->figures.unsaved++;
    schedule_unlock(bus);
    warn(bus, route_at(bus, entry->route), BUS_SEVERITY_HIGH,
         "scheduled as %" PRIu64 " in memory only, a restart loses it: the store is %.150s",
         entry->number, why);
}

static void warn_without_store(struct bus *bus, const struct entry *entry)
{
    bool told;

    schedule_lock(bus);
    told = bus->schedule->told;
    bus->schedule->told = true;
    schedule_unlock(bus);
    if (!told)
        warn(bus, route_at(bus, entry->route), BUS_SEVERITY_LOW,
             "scheduled without a store (bus_options.store): what waits is gone with the bus");
}

/* ---- put ---- */

/* Somebody waits for the disk. */
struct disk_wait {
    const struct bus *bus;
    bus_os_word done; /* shared */
    enum bus_status status;
};

static void on_disk(void *to, enum bus_status status, uint64_t number)
{
    struct disk_wait *wait = to;
    const struct bus_os os = wait->bus->os; /* the waiter may be gone after the store */

    (void)number;
    wait->status = status;
    atomic_store_release_u32(&wait->done, 1);
    os.wake(os.context, &wait->done, true);
}

static enum bus_status await_disk(const struct disk_wait *wait)
{
    const struct bus_os *os = &wait->bus->os;

    while (atomic_load_acquire_u32(&wait->done) == 0)
        (void)os->wait(os->context, &wait->done, 0, UINT64_MAX);
    return wait->status;
}

/* As for room (path/posting.c): inside handlers and on the thread that polls nobody waits. */
static bool may_wait(const struct thread *thread)
{
    const struct bus *bus = thread->bus;
    const void *poller = atomic_load_relaxed_ptr(&bus->poll_thread);

    return atomic_load_relaxed_u32(&thread->depth) == 0 &&
           (!bus->options.polled || (poller != NULL && poller != thread));
}

struct bus_session entry_session(struct bus *bus, const struct entry *entry, const uint8_t *body)
{
    struct bus_session session = entry->session;

    if (entry->named &&
        bus_session_find(bus, (const char *)body + entry_before(entry) - BUS_SESSION_ID_SIZE,
                         &session) != BUS_OK)
        return (struct bus_session){0, 0};
    return session;
}

/* The text is that of its session. */
static void describe(struct bus *bus, const struct entry *entry, const uint8_t *body,
                     uint64_t due_ns, struct bus_stored *stored, char text[BUS_SESSION_ID_SIZE])
{
    const struct bus_message_type *type = route_at(bus, entry->route)->type;
    const struct cell_extension *extension = entry->extended ? (const void *)body : NULL;

    if (entry->session.index == 0 ||
        !session_text(bus, entry->session.index, entry->session.generation & 0xffff, text))
        text[0] = '\0';
    *stored = (struct bus_stored){.kind = BUS_STORED_SCHEDULED,
                                  .session = text,
                                  .number = entry->number,
                                  .message = type->name,
                                  .type_id = type->id,
                                  .schema_version = type->schema_version,
                                  .schema_fingerprint = type->schema_fingerprint,
                                  .published_ns = bus->os.real_ns(bus->os.context),
                                  .bytes = body + entry_before(entry),
                                  .size = entry->size,
                                  .due_ns = wall_of(bus, entry->at, due_ns),
                                  .every_ns = entry->every_ns,
                                  .at = entry->at};
    if (extension == NULL)
        return;
    stored->deadline_ns = extension->deadline_ns; /* relative */
    stored->correlation = extension->correlation;
    stored->causation = extension->causation;
    stored->trace = extension->trace;
}

static enum bus_status say_store(const struct bus *bus, enum bus_status status, const char *what)
{
    return fail_status(status, "bus %s: not scheduled, the store %s", bus->name, what);
}

enum bus_status stored_put(struct thread *thread, struct entry *entry, const uint8_t *body,
                           uint64_t due_ns)
{
    struct bus *bus = thread->bus;
    const struct bus_store *store = bus->options.store;
    struct disk_wait wait = {.bus = bus, .status = BUS_OK};
    bool waits = may_wait(thread);
    struct bus_store_state state;
    struct bus_stored stored;
    char text[BUS_SESSION_ID_SIZE];

    if (store == NULL) {
        warn_without_store(bus, entry);
        return BUS_OK;
    }
    describe(bus, entry, body, due_ns, &stored, text);
    if (!store->put(store->context, &stored, waits ? on_disk : NULL, &wait)) {
        if (!is_broken(store, &state))
            return say_store(bus, BUS_ERR_LIMIT, "has too many requests on their way: try again");
        warn_unsaved(bus, entry, state.text[0] != '\0' ? state.text : "broken");
        return BUS_OK;
    }
    switch (waits ? await_disk(&wait) : BUS_OK) {
    case BUS_OK:
        entry->stored = true;
        return BUS_OK;
    case BUS_ERR_LIMIT:
        return say_store(bus, BUS_ERR_LIMIT, "is full");
    case BUS_ERR_SYSTEM:
        store->state(store->context, &state);
        warn_unsaved(bus, entry, state.text[0] != '\0' ? state.text : "failing");
        return BUS_OK;
    default:
        return say_store(bus, BUS_ERR_INVALID, "refuses it: a name in it is too long");
    }
}

/* ---- change and remove ---- */

/* Its row could not be changed or removed. */
static void warn_comes_again(struct bus *bus, const struct entry *entry)
{
    struct bus_store_state state;

    bus->options.store->state(bus->options.store->context, &state);
    warn(bus, route_at(bus, entry->route), BUS_SEVERITY_HIGH,
         "scheduled as %" PRIu64 ": the store is %s, after a restart it may come again: %.120s",
         entry->number, bus_store_condition_text(state.condition), state.text);
}

/* Of a request that was refused: is it to be tried again? */
static bool try_again(struct bus *bus, struct entry *entry)
{
    struct bus_store_state state;

    if (!is_broken(bus->options.store, &state))
        return true;
    entry->stored = false;
    warn_comes_again(bus, entry);
    return false;
}

bool stored_remove(struct bus *bus, const struct thread *thread, struct entry *entry)
{
    const struct bus_store *store = bus->options.store;
    struct disk_wait wait = {.bus = bus, .status = BUS_OK};
    bool waits = thread != NULL && may_wait(thread);

    if (!entry->stored)
        return true;
    if (!store->remove(store->context, BUS_STORED_SCHEDULED, entry->number, waits ? on_disk : NULL,
                       &wait))
        return !try_again(bus, entry);
    if (waits && await_disk(&wait) == BUS_ERR_SYSTEM)
        warn_comes_again(bus, entry);
    return true;
}

bool stored_change(struct bus *bus, struct entry *entry, uint64_t due_ns)
{
    const struct bus_store *store = bus->options.store;
    const struct bus_stored stored = {.kind = BUS_STORED_SCHEDULED,
                                      .number = entry->number,
                                      .due_ns = wall_of(bus, entry->at, due_ns),
                                      .again = true}; /* whoever asks has published it */

    return !entry->stored || store->change(store->context, &stored, NULL, NULL) ||
           !try_again(bus, entry);
}

/* ---- restore ---- */

uint64_t stored_last(const struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    struct bus_store_state state;

    if (store == NULL)
        return 0;
    store->state(store->context, &state);
    return state.kinds[BUS_STORED_SCHEDULED].last;
}

/* One look into the store shows so many. */
enum { READ_AT_ONCE = 256 };

struct restoring {
    struct bus *bus;
    struct thread *thread; /* NULL: it has no record, so no memory for upgrades */
    uint64_t number;       /* of the one that was read */
    uint64_t restored, unknown, damaged, no_room;
    char why[256]; /* the first one is damaged; "": nobody said */
    bool post;
};

/* What it had beside its message. False: nothing. */
static bool extension_of(const struct bus_stored *stored, struct cell_extension *extension)
{
    static const struct bus_trace none = {.flags = 0};

    cell_extension_clear(extension);
    extension->deadline_ns = stored->deadline_ns;
    extension->correlation = stored->correlation;
    extension->causation = stored->causation;
    extension->trace = stored->trace;
    if (stored->deadline_ns != 0)
        extension->has |= CELL_HAS_DEADLINE;
    if ((stored->correlation.high | stored->correlation.low) != 0)
        extension->has |= CELL_HAS_CORRELATION;
    if ((stored->causation.high | stored->causation.low) != 0)
        extension->has |= CELL_HAS_CAUSATION;
    if (memcmp(&stored->trace, &none, sizeof none) != 0)
        extension->has |= CELL_HAS_TRACE;
    return extension->has != 0;
}

/* The wall clock's time of a row, which may have been set back while no bus ran: then one that was
 * published before does not wait until the clock is there again, but for about one period, as
 * look_at_wall in due.c has it. */
static uint64_t sensible_due(const struct bus_stored *stored, uint64_t wall)
{
    uint64_t due = stored->due_ns, every = stored->every_ns, in;

    if (!stored->again || every == 0 || due <= wall || (due - wall) / 2 <= every)
        return due;
    in = (due - wall) % every;
    return wall + in + (in <= every / 2 ? every : 0);
}

/* When it is due, of its clock. What follows the monotonic clock has its phase from the wall clock,
 * the one thing that both processes have seen; times that were missed lie in the past, as far back
 * as this machine's clock goes. */
static uint64_t due_of(const struct bus *bus, const struct bus_stored *stored, struct entry *entry)
{
    uint64_t now, wall = look_at_clocks(bus, &now), due = sensible_due(stored, wall);
    uint64_t every = stored->every_ns, behind;

    if (!stored->at) {
        if (due > wall) {
            due = due - wall < UINT64_MAX - now ? now + (due - wall) : UINT64_MAX;
        } else {
            behind = wall - due;
            if (every != 0)
                entry->phase_ns = (now % every + every - behind % every) % every;
            return behind < now ? now - behind : 0;
        }
    }
    if (every != 0)
        entry->phase_ns = due % every;
    return due;
}

/* Lock held. */
static bool add(struct restoring *restoring, const struct bus_stored *stored, struct route *route)
{
    struct bus *bus = restoring->bus;
    struct schedule *schedule = bus->schedule;
    struct cell_extension extension;
    bool extended = extension_of(stored, &extension);
    char name[BUS_SESSION_ID_SIZE] = "";
    bool named = stored->session[0] != '\0';
    uint32_t before = (extended ? (uint32_t)CELL_EXTENSION_SIZE : 0) +
                      (named ? (uint32_t)BUS_SESSION_ID_SIZE : 0);
    struct entry *entry = entry_take(schedule, before + stored->size, stored->number);

    if (entry == NULL)
        return false;
    entry->size = stored->size;
    entry->extended = extended;
    entry->route = (uint16_t)route->index;
    entry->every_ns = stored->every_ns;
    entry->at = stored->at;
    entry->stored = true;
    entry->again = stored->again;
    entry->named = named;
    memcpy(name, stored->session, strnlen(stored->session, sizeof name - 1));
    if (extended)
        entry_write(schedule, entry, 0, (const uint8_t *)&extension, CELL_EXTENSION_SIZE);
    if (named)
        entry_write(schedule, entry, before - BUS_SESSION_ID_SIZE, (const uint8_t *)name,
                    sizeof name);
    entry_write(schedule, entry, before, stored->bytes, stored->size);
    schedule->figures.scheduled++;
    schedule->figures.restored++;
    restoring->post |= entry_wait(bus, entry, due_of(bus, stored, entry));
    return true;
}

/* Its bytes become those of today, in scratch memory, if they are of an older version of the
 * message. On disk it stays as it is. */
static enum bus_status renew(struct restoring *restoring, const struct bus_message_type *type,
                             struct bus_stored *row)
{
    const struct bus_message_type *from = upgrade_find(type, row->type_id);
    const struct written written = written_of(row);
    char why[BUS_WIRE_WHY_SIZE] = "";
    enum bus_status status = BUS_OK;

    if (row->every_ns > BUS_SCHEDULE_EVERY_MOST)
        return fail_status(BUS_ERR_INVALID, "%s: it recurs after too long a time", type->name);
    if (from != type) {
        struct bus_upgrading upgrading = {.bus = restoring->bus};

        if (restoring->thread == NULL)
            return BUS_ERR_MEMORY;
        upgrading.scratch = &restoring->thread->scratch;
        status = upgrade_bytes(&upgrading, type, from, &row->bytes, &row->size);
    } else if (!bus_wire_verify(type->codec.table, row->bytes, row->size, why)) {
        status = fail_status(BUS_ERR_INVALID, "%s: %s", type->name, why);
    }
    if (status == BUS_ERR_INVALID)
        upgrade_blame(from, &written);
    /* It would be refused when it is due, and be gone. */
    if (status == BUS_OK && row->size > restoring->bus->message_size_max)
        return fail_status(BUS_ERR_INVALID,
                           "%s: %" PRIu32 " bytes, this bus takes %" PRIu32
                           "; raise bus_options.message_size_max",
                           type->name, row->size, restoring->bus->message_size_max);
    return status;
}

static void take_up(struct restoring *restoring, struct route *route,
                    const struct bus_stored *stored)
{
    struct bus *bus = restoring->bus;
    struct bus_stored row = *stored;
    bool added;

    switch (renew(restoring, route->type, &row)) {
    case BUS_OK:
        schedule_lock(bus);
        added = add(restoring, &row, route);
        schedule_unlock(bus);
        restoring->restored += added;
        restoring->no_room += !added;
        return;
    case BUS_ERR_MEMORY:
        restoring->no_room++;
        return;
    default:
        if (restoring->damaged++ == 0)
            (void)snprintf(restoring->why, sizeof restoring->why, ": %s", bus_last_error());
    }
}

static void read_one(void *to, const struct bus_stored *stored)
{
    struct restoring *restoring = to;
    struct thread *thread = restoring->thread;
    struct route *route = route_of_id(restoring->bus, stored->type_id);
    struct scratch_mark mark;

    restoring->number = stored->number;
    if (stored->number > restoring->bus->schedule->found)
        return; /* scheduled since this bus was opened */
    if (route == NULL || route->type->kind == BUS_COMMAND) {
        restoring->unknown++;
        return;
    }
    if (thread != NULL)
        mark = scratch_mark(&thread->scratch);
    take_up(restoring, route, stored);
    if (thread != NULL)
        scratch_release(&thread->scratch, mark);
}

void schedule_restore(struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    struct restoring restoring = {.bus = bus};
    struct bus_store_query query = {
        .kind = BUS_STORED_SCHEDULED, .rows = READ_AT_ONCE, .reader = read_one, .to = &restoring};
    struct bus_store_state state;

    if (store == NULL)
        return;
    if (bus->schedule->found != 0)
        restoring.thread = thread_here(bus);
    while (restoring.number < bus->schedule->found && store->next(store->context, &query))
        query.after = restoring.number;
    if (restoring.post)
        schedule_post(bus);
    store->state(store->context, &state);
    if (restoring.number < bus->schedule->found &&
        (state.condition == BUS_STORE_BROKEN || state.condition == BUS_STORE_FAILING))
        warn(bus, NULL, BUS_SEVERITY_HIGH,
             "scheduled events cannot be read, the bus starts without those left: the store is "
             "%s: %.120s",
             bus_store_condition_text(state.condition), state.text);
    else if (state.condition == BUS_STORE_BROKEN)
        warn(bus, NULL, BUS_SEVERITY_HIGH,
             "the store is broken, what is scheduled is in memory only: %.120s", state.text);
    if (restoring.unknown + restoring.damaged + restoring.no_room != 0)
        warn(bus, NULL, BUS_SEVERITY_HIGH,
             "scheduled events stay in the store, not taken up: %" PRIu64 " of types that this "
             "bus does not know, %" PRIu64 " damaged%s, %" PRIu64 " without room "
             "(schedule_max, schedule_bytes, memory)",
             restoring.unknown, restoring.damaged, restoring.why, restoring.no_room);
}
