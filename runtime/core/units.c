/*
 * core/units.c - what is registered together: found, taken out of service, waited for, retired.
 *
 * Those of the bus are in one list, those of a session in its own: whatever happens to a session
 * looks at no other one. Components are also in a map, by themselves and their context. Those that
 * were made for the user's registry have places instead, by which handles find them (asked.c).
 */
#include "core/registry.h"

#include "guard/hold.h"
#include "path/path.h"

/* ---- in service ---- */

/* The list that units of this session are in. */
static struct unit **units_of(struct bus *bus, struct bus_session session)
{
    return session.index == 0 ? &bus->units : &session_at(bus, session.index)->units;
}

struct unit *units_next(const struct bus *bus, struct units_walk *walk)
{
    if (walk->unit != NULL)
        walk->unit = walk->unit->next;
    else if (walk->session == 0 && walk->place == 0)
        walk->unit = bus->units;
    while (walk->unit == NULL && walk->session < bus->sessions_used) {
        const struct session *session = session_at(bus, ++walk->session);

        if ((session->generation & 1) != 0)
            walk->unit = session->units;
    }
    while (walk->unit == NULL && walk->place < bus->made_used)
        walk->unit = bus->made[walk->place++].unit;
    return walk->unit;
}

size_t attached_bytes(const struct bus *bus)
{
    return ((size_t)bus->attached_mask + 1) * sizeof(struct unit *);
}

static struct unit **attached_at(const struct bus *bus, const struct bus_component *component,
                                 const void *context)
{
    uint64_t hash = bus_key_u64((uint64_t)(uintptr_t)context);

    hash = bus_key_u64(hash ^ (uint64_t)(uintptr_t)component);
    return &bus->attached[hash & bus->attached_mask];
}

struct unit *units_attached(const struct bus *bus, const struct bus_component *component,
                            const void *context)
{
    struct unit *unit = *attached_at(bus, component, context);

    while (unit != NULL && (unit->component != component || unit->context != context))
        unit = unit->same_hash;
    return unit;
}

void units_add(struct bus *bus, struct unit *unit)
{
    struct unit **last = units_of(bus, unit->session);

    if (unit->made) {
        made_enter(bus, unit);
        return;
    }
    while (*last != NULL)
        last = &(*last)->next;
    unit->next = NULL;
    *last = unit;
    if (unit->component != NULL) {
        struct unit **hash = attached_at(bus, unit->component, unit->context);

        unit->same_hash = *hash;
        *hash = unit;
    }
}

static struct unit *find_handler(struct bus *bus, const struct unit_name *name)
{
    struct unit *unit = session_is_open(bus, name->session) ? *units_of(bus, name->session) : NULL;

    while (unit != NULL && (unit->component != NULL || unit->context != name->context ||
                            unit->handlers[0].function != name->function ||
                            unit->handlers[0].route->type != name->type))
        unit = unit->next;
    return unit;
}

struct unit *units_take(struct bus *bus, const struct unit_name *name)
{
    struct unit *unit = name->component != NULL
                            ? units_attached(bus, name->component, name->context)
                            : find_handler(bus, name);
    struct unit **link = unit != NULL ? units_of(bus, unit->session) : NULL;

    if (unit == NULL)
        return NULL;
    while (*link != unit)
        link = &(*link)->next;
    *link = unit->next;
    unit->next = NULL;
    return unit;
}

/* ---- out of service ---- */

static void unit_unlist(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; i < unit->handler_count; i++)
        atomic_store_release_u32(&unit->handlers[i].removed, 1);
    lists_hide(bus, unit);
    homes_leave(bus, unit);
    if (unit->component != NULL) {
        struct unit **hash = attached_at(bus, unit->component, unit->context);

        while (*hash != unit)
            hash = &(*hash)->same_hash;
        *hash = unit->same_hash;
    }
    atomic_store_release_u32(&bus->handler_count, bus->handler_count - unit->handler_count);
}

void units_unlist(struct bus *bus, struct unit *units)
{
    for (; units != NULL; units = units->next)
        unit_unlist(bus, units);
}

/* Waits until no other thread runs a handler of the unit. */
static enum bus_status unit_wait(struct bus *bus, struct thread *self, const struct unit *unit)
{
    enum bus_status status = BUS_OK;

    atomic_fetch_add_u32(&bus->watchers, 1);
    bus_barrier(bus);
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->news);
        struct thread *runner;

        if (!frames_show(bus, NULL, unit, self))
            break;
        runner = waits_runner(bus, unit, self);
        if (self != NULL && runner != NULL && atomic_load_relaxed_u32(&self->depth) != 0 &&
            !waits_begin(bus, self, runner)) {
            status = fail_status(BUS_ERR_BUSY,
                                 "bus %s: the handler is unregistered, but it runs and waits for "
                                 "this one; it holds from its return on",
                                 bus->name);
            break;
        }
        (void)bus->os.wait(bus->os.context, &bus->news, seen, bus_until(bus, 10 * BUS_MILLISECOND));
        if (self != NULL)
            waits_end(bus, self);
    }
    atomic_fetch_add_u32(&bus->watchers, (uint32_t)-1);
    return status;
}

enum bus_status units_wait(struct bus *bus, struct thread *self, const struct unit *units)
{
    enum bus_status status = BUS_OK;

    for (; units != NULL; units = units->next)
        if (self == NULL || !thread_shows(self, units)) {
            enum bus_status one = unit_wait(bus, self, units);

            if (one != BUS_OK)
                status = one;
        }
    return status;
}

void units_retire(struct bus *bus, struct unit *units)
{
    /* Without a record for this thread they end by their deadlines. */
    struct thread *self = units != NULL ? thread_here(bus) : NULL;
    struct unit *unit;
    bool held = false;
    uint32_t i;

    if (units == NULL)
        return;
    for (unit = units; unit != NULL && self != NULL; unit = unit->next)
        deferred_end_unit(bus, self, unit);

    /* Those frames are gone, so what they held shows; later ones see `removed`. */
    for (unit = units; unit != NULL; unit = unit->next)
        held = held || atomic_load_acquire_u32(&unit->held) != 0;
    for (i = 0; held && i < bus->worker_count; i++)
        hold_purge(&bus->workers[i]);

    lock_take(&bus->registry, &bus->os);
    while ((unit = units) != NULL) {
        units = unit->next;
        unit->next = bus->retired_units;
        bus->retired_units = unit;
    }
    registry_sweep(bus);
    lock_give(&bus->registry, &bus->os);
}
