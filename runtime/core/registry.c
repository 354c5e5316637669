/*
 * core/registry.c - handlers come and go while messages move.
 *
 * Lists are immutable. A change builds new lists under the registry lock, publishes them with
 * store_release and retires the old ones. Readers protect themselves by hazards in their frames;
 * why that is enough, and when a list or a unit is freed, stands at the top of core/hazards.c.
 */
#include "core/registry.h"

#include <inttypes.h>

#include "guard/batch.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/hold.h"
#include "path/path.h"

bool list_has_serial(const struct handler_list *list)
{
    uint32_t i;

    for (i = 0; list != NULL && i < list->count; i++)
        if (!list->handlers[i]->unit->concurrent &&
            atomic_load_relaxed_u32(&list->handlers[i]->removed) == 0)
            return true;
    return false;
}

static bool goes_before(const struct handler *a, const struct handler *b)
{
    if (a->order != b->order)
        return a->order < b->order;
    return a->session.index != 0 && b->session.index == 0;
}

/* A copy of `old` without removed handlers and with `added` (may be NULL) in its place.
 * *made is NULL when nothing remains. False: no memory. */
static bool list_make(struct bus *bus, const struct handler_list *old, struct handler *added,
                      struct handler_list **made)
{
    uint32_t i, count = added != NULL ? 1 : 0;
    struct handler_list *list;
    size_t bytes;

    *made = NULL;
    for (i = 0; old != NULL && i < old->count; i++)
        count += old->handlers[i]->removed == 0;
    if (count == 0)
        return true;
    bytes = sizeof *list + count * sizeof list->handlers[0];
    list = bus_take_memory(bus, bytes, 8);
    if (list == NULL)
        return false;
    list->bytes = bytes;
    for (i = 0; old != NULL && i < old->count; i++) {
        struct handler *handler = old->handlers[i];

        if (handler->removed != 0)
            continue;
        if (added != NULL && goes_before(added, handler)) {
            list->handlers[list->count++] = added;
            added = NULL;
        }
        list->handlers[list->count++] = handler;
    }
    if (added != NULL)
        list->handlers[list->count++] = added;
    for (i = 0; i < list->count; i++) {
        list->parallel = list->parallel || list->handlers[i]->parallel;
        list->sessions = list->sessions || list->handlers[i]->session.index != 0;
    }
    list->ordered = list->handlers[0]->route->policy.ordered;
    list->alone = list->count == 1 && !list->sessions && !list->ordered;
    *made = list;
    return true;
}

static void list_publish(struct bus *bus, struct route *route, struct handler_list *list)
{
    struct handler_list *old = route->list;

    atomic_store_release_ptr(&route->list, list);
    if (old != NULL) {
        old->next = bus->retired_lists;
        bus->retired_lists = old;
    }
}

/* ---- adding ---- */

static enum bus_status handler_check(const struct bus *bus, const struct handler *handler)
{
    const struct handler_list *list = handler->route->list;
    const struct bus_message_type *type = handler->route->type;
    uint32_t i;

    for (i = 0; list != NULL && i < list->count; i++) {
        const struct handler *other = list->handlers[i];

        if (other->removed != 0 || other->session.index != handler->session.index)
            continue;
        if (type->kind == BUS_COMMAND)
            return fail_status(BUS_ERR_ALREADY_REGISTERED,
                               "bus %s: command %s is already registered: %s handles it%s",
                               bus->name, type->name, other->name,
                               handler->session.index != 0 ? " in this session" : "");
        if (other->function == handler->function && other->context == handler->context &&
            other->unit->component == handler->unit->component)
            return fail_status(BUS_ERR_ALREADY_REGISTERED,
                               "bus %s: this handler with this context already listens to %s",
                               bus->name, type->name);
    }
    return BUS_OK;
}

/* Makes the lists that show the unit's handlers, each on top of the one before where they share a
 * type; none is visible yet. False: no memory, nothing was made. */
static bool unit_prepare(struct bus *bus, struct unit *unit)
{
    uint32_t i, k;

    for (i = 0; i < unit->handler_count; i++) {
        struct handler *handler = &unit->handlers[i];
        const struct handler_list *below = handler->route->list;

        for (k = 0; k < i; k++)
            if (unit->handlers[k].route == handler->route)
                below = unit->handlers[k].prepared;
        if (list_make(bus, below, handler, &handler->prepared))
            continue;
        for (k = 0; k < i; k++)
            bus_give_memory(bus, unit->handlers[k].prepared, unit->handlers[k].prepared->bytes);
        return false;
    }
    return true;
}

/* The list that units of this session are in. */
static struct unit **units_of(struct bus *bus, struct bus_session session)
{
    return session.index == 0 ? &bus->units : &session_at(bus, session.index)->units;
}

struct unit *units_next(const struct bus *bus, struct units_walk *walk)
{
    walk->unit = walk->unit != NULL || walk->session != 0 ? walk->unit->next : bus->units;
    while (walk->unit == NULL && walk->session < bus->sessions_used) {
        const struct session *session = session_at(bus, ++walk->session);

        if ((session->generation & 1) != 0)
            walk->unit = session->units;
    }
    return walk->unit;
}

/* All handlers of a prepared unit, or none. The caller holds the registry lock. */
static enum bus_status unit_add(struct bus *bus, struct unit *unit)
{
    enum bus_status status = BUS_OK;
    struct unit **last;
    uint32_t i;

    /* Under the lock: a session that is closed from now on takes the unit along. */
    if (!session_is_open(bus, unit->session))
        return fail_status(BUS_ERR_INVALID, "bus %s: the session of the handler is not open",
                           bus->name);
    if (bus->handler_count + unit->handler_count > bus->options.handlers_max)
        return fail_status(BUS_ERR_LIMIT,
                           "bus %s: no room for %" PRIu32
                           " more handlers; raise bus_options.handlers_max (now %" PRIu32 ")",
                           bus->name, unit->handler_count, bus->options.handlers_max);
    for (i = 0; i < unit->handler_count && status == BUS_OK; i++)
        status = handler_check(bus, &unit->handlers[i]);
    if (status == BUS_OK)
        status = homes_join(bus, unit);
    if (status != BUS_OK)
        return status;
    if (!unit_prepare(bus, unit)) {
        for (i = 0; i < unit->handler_count; i++) /* homes_join gave all of them a home */
            homes_left(bus, unit->handlers[i].route);
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to register handlers", bus->name);
    }
    for (i = 0; i < unit->handler_count; i++) {
        handler_born(bus, &unit->handlers[i]);
        list_publish(bus, unit->handlers[i].route, unit->handlers[i].prepared);
    }
    for (last = units_of(bus, unit->session); *last != NULL;)
        last = &(*last)->next;
    unit->next = NULL;
    *last = unit;
    atomic_store_release_u32(&bus->handler_count, bus->handler_count + unit->handler_count);
    return BUS_OK;
}

/* `concurrent`: its component is declared so. */
static enum bus_status can_register(struct bus *bus, const struct bus_handler_options *options,
                                    bool concurrent)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot register a handler: the bus is NULL or closed");
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s: stopped, no handler can be registered any more",
                           bus->name);
    if (options == NULL)
        return BUS_OK;
    if (options->has_order && (unsigned)options->order > BUS_ORDER_LOWEST)
        return fail_status(BUS_ERR_INVALID, "bus %s: %d is no handler order", bus->name,
                           (int)options->order);
    if (options->parallel && !options->concurrent && !concurrent)
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: a parallel handler runs beside others on other workers: say "
                           "concurrent too",
                           bus->name);
    return BUS_OK;
}

static struct unit *unit_make(struct bus *bus, uint32_t handlers, void *context,
                              const struct bus_handler_options *options, bool concurrent)
{
    size_t handlers_end =
        (sizeof(struct unit) + handlers * sizeof(struct handler) + CACHE_LINE - 1) &
        ~(size_t)(CACHE_LINE - 1);
    bool spread = concurrent && bus->worker_count > 1;
    size_t bytes = handlers_end + (spread ? (size_t)handlers * bus->worker_count * CACHE_LINE : 0);
    struct unit *unit = bus_take_memory(bus, bytes, CACHE_LINE);

    if (unit == NULL) {
        last_error_set("bus %s: no memory to register handlers", bus->name);
        return NULL;
    }
    unit->bytes = bytes;
    unit->context = context;
    unit->home = WORKER_ANY;
    unit->concurrent = concurrent;
    unit->runs = spread ? (uint64_t *)(void *)((uint8_t *)unit + handlers_end) : NULL;
    if (options != NULL)
        unit->session = options->session;
    return unit;
}

static enum bus_status unit_handler(struct bus *bus, struct unit *unit, struct route *route,
                                    const char *name, bus_function function, uint32_t order,
                                    bool parallel, const struct bus_batch_options *batch)
{
    struct handler *handler = &unit->handlers[unit->handler_count];
    enum bus_status status;

    handler->runs = &handler->run_count;
    if (unit->runs != NULL) {
        handler->spread = CACHE_LINE / sizeof(uint64_t);
        handler->runs =
            unit->runs + (size_t)unit->handler_count * bus->worker_count * handler->spread;
    }
    unit->handler_count++;
    handler->function = function;
    handler->context = unit->context;
    handler->name = name;
    handler->route = route;
    handler->unit = unit;
    handler->session = unit->session;
    handler->order = (uint8_t)order;
    handler->parallel = parallel && unit->concurrent && type_is_event(route->type) && batch == NULL;
    status = guard_make(bus, handler);
    return status == BUS_OK && batch != NULL ? batches_make(bus, handler, batch) : status;
}

/* Adds it, or frees it. */
static enum bus_status unit_finish(struct bus *bus, struct unit *unit, enum bus_status status)
{
    if (status == BUS_OK)
        status = unit_add(bus, unit);
    if (status != BUS_OK)
        unit_free(bus, unit);
    registry_sweep(bus);
    return status;
}

/* `batch` NULL: an ordinary handler. */
static enum bus_status register_one(struct bus *bus, const struct bus_message_type *type,
                                    bus_function function, void *context,
                                    const struct bus_batch_options *batch,
                                    const struct bus_handler_options *options)
{
    enum bus_status status = can_register(bus, options, false);
    struct route *route;
    struct unit *unit;

    if (status != BUS_OK)
        return status;
    if (type == NULL || function == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: cannot register: message type or handler is NULL", bus->name);
    lock_take(&bus->registry, &bus->os);
    route = route_make_locked(bus, type, &status);
    unit = route != NULL
               ? unit_make(bus, 1, context, options, options != NULL && options->concurrent)
               : NULL;
    if (unit != NULL) {
        status = unit_handler(bus, unit, route, type->name, function,
                              options != NULL && options->has_order ? (uint32_t)options->order
                                                                    : BUS_ORDER_NORMAL,
                              options != NULL && options->parallel, batch);
        status = unit_finish(bus, unit, status);
    } else if (route != NULL) {
        status = BUS_ERR_MEMORY;
    }
    lock_give(&bus->registry, &bus->os);
    return status;
}

enum bus_status bus_register(struct bus *bus, const struct bus_message_type *type,
                             bus_function function, void *context,
                             const struct bus_handler_options *options)
{
    return register_one(bus, type, function, context, NULL, options);
}

enum bus_status bus_register_batch(struct bus *bus, const struct bus_message_type *type,
                                   bus_function function, void *context,
                                   const struct bus_batch_options *batch,
                                   const struct bus_handler_options *options)
{
    static const struct bus_batch_options defaults = {0};

    if (bus != NULL && bus->magic == BUS_MAGIC && options != NULL && options->parallel)
        return fail_status(BUS_ERR_INVALID, "bus %s: a batch handler cannot be parallel",
                           bus->name);
    return register_one(bus, type, function, context, batch != NULL ? batch : &defaults, options);
}

static enum bus_status component_check(const struct bus *bus, const struct bus_component *component,
                                       const bus_function *functions)
{
    uint32_t i;

    if (component->schema != NULL && component->schema->abi != BUS_ABI)
        return fail_status(BUS_ERR_ABI,
                           "bus %s: component %s was generated for interface version %" PRIu32
                           ", the library has %d: run busgen again",
                           bus->name, component->name, component->schema->abi, BUS_ABI);
    for (i = 0; i < component->binding_count; i++)
        if (functions[i] == NULL && component->bindings[i].type->kind == BUS_COMMAND)
            return fail_status(
                BUS_ERR_NO_HANDLER,
                "bus %s: component %s has no handler for command %s: its function is "
                "NULL",
                bus->name, component->name, component->bindings[i].type->name);
    return BUS_OK;
}

static enum bus_status component_bind(struct bus *bus, struct unit *unit,
                                      const bus_function *functions,
                                      const struct bus_handler_options *options)
{
    const struct bus_component *component = unit->component;
    struct units_walk walk = {NULL, 0};
    const struct unit *other;
    uint32_t i;

    while ((other = units_next(bus, &walk)) != NULL)
        if (other->component == component && other->context == unit->context)
            return fail_status(BUS_ERR_ALREADY_REGISTERED,
                               "bus %s: component %s is already registered with this context",
                               bus->name, component->name);
    for (i = 0; i < component->binding_count; i++) {
        const struct bus_binding *binding = &component->bindings[i];
        const struct bus_batch_options batch = {binding->batch_size, binding->batch_ns};
        enum bus_status status = BUS_OK;
        struct route *route;

        if (functions[i] == NULL)
            continue;
        route = route_make_locked(bus, binding->type, &status);
        if (route == NULL)
            return status;
        status = unit_handler(bus, unit, route, binding->name, functions[i],
                              options != NULL && options->has_order ? (uint32_t)options->order
                                                                    : binding->order,
                              binding->parallel || (options != NULL && options->parallel),
                              batch.size != 0 ? &batch : NULL);
        if (status != BUS_OK)
            return status;
    }
    return BUS_OK;
}

enum bus_status bus_component_attach(struct bus *bus, const struct bus_component *component,
                                     const bus_function *functions, void *context,
                                     const struct bus_handler_options *options)
{
    enum bus_status status = can_register(bus, options, component != NULL && component->concurrent);
    struct unit *unit;

    if (status != BUS_OK)
        return status;
    if (component == NULL || functions == NULL)
        return fail_status(BUS_ERR_INVALID, "bus %s: cannot attach: component or handlers are NULL",
                           bus->name);
    status = component_check(bus, component, functions);
    if (status != BUS_OK)
        return status;
    lock_take(&bus->registry, &bus->os);
    unit = unit_make(bus, component->binding_count, context, options,
                     component->concurrent || (options != NULL && options->concurrent));
    if (unit == NULL) {
        status = BUS_ERR_MEMORY;
    } else {
        unit->component = component;
        status = unit_finish(bus, unit, component_bind(bus, unit, functions, options));
    }
    lock_give(&bus->registry, &bus->os);
    return status;
}

/* ---- removing ---- */

static void unit_unlist(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; i < unit->handler_count; i++)
        atomic_store_release_u32(&unit->handlers[i].removed, 1);
    for (i = 0; i < unit->handler_count; i++) {
        struct handler_list *list;

        /* Without memory the old list stays; its removed handlers are skipped. */
        if (list_make(bus, unit->handlers[i].route->list, NULL, &list))
            list_publish(bus, unit->handlers[i].route, list);
        homes_left(bus, unit->handlers[i].route);
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

struct unit_name {
    const struct bus_component *component;
    const struct bus_message_type *type;
    bus_function function;
    void *context;
    struct bus_session session;
};

static bool is_meant(const struct unit *unit, const struct unit_name *name)
{
    if (unit->component != name->component || unit->context != name->context)
        return false;
    return unit->component != NULL || (unit->handlers[0].function == name->function &&
                                       unit->handlers[0].route->type == name->type);
}

/* Takes it out of the list. NULL: it is not there. */
static struct unit *unit_pick(struct unit **link, const struct unit_name *name)
{
    struct unit *unit;

    while ((unit = *link) != NULL && !is_meant(unit, name))
        link = &unit->next;
    if (unit == NULL)
        return NULL;
    *link = unit->next;
    unit->next = NULL;
    return unit;
}

/* A component is in any session. Registry lock. */
static struct unit *unit_find(struct bus *bus, const struct unit_name *name)
{
    struct unit *unit = NULL;
    uint32_t i;

    if (name->component == NULL)
        return session_is_open(bus, name->session) ? unit_pick(units_of(bus, name->session), name)
                                                   : NULL;
    unit = unit_pick(&bus->units, name);
    for (i = 1; unit == NULL && i <= bus->sessions_used; i++)
        if ((session_at(bus, i)->generation & 1) != 0)
            unit = unit_pick(&session_at(bus, i)->units, name);
    return unit;
}

/* Its handlers leave; waits until none runs. False: there is none. *status tells when one may still
 * run. */
static bool unit_remove(struct bus *bus, const struct unit_name *name, enum bus_status *status)
{
    struct thread *self = thread_known(bus);
    struct unit *unit;

    lock_take(&bus->registry, &bus->os);
    unit = unit_find(bus, name);
    if (unit != NULL) {
        units_unlist(bus, unit);
        bus_barrier(bus);
    }
    lock_give(&bus->registry, &bus->os);
    if (unit == NULL)
        return false;
    *status = units_wait(bus, self, unit);
    units_retire(bus, unit);
    return true;
}

enum bus_status bus_unregister(struct bus *bus, const struct bus_message_type *type,
                               bus_function function, void *context, struct bus_session session)
{
    struct unit_name name = {
        .type = type, .function = function, .context = context, .session = session};
    enum bus_status status;

    if (bus == NULL || bus->magic != BUS_MAGIC || type == NULL || function == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "cannot unregister: bus, message type or handler is NULL");
    if (!unit_remove(bus, &name, &status))
        return fail_status(BUS_ERR_NOT_REGISTERED,
                           "bus %s: this handler with this context is not registered for %s",
                           bus->name, type->name);
    return status;
}

enum bus_status bus_component_detach(struct bus *bus, const struct bus_component *component,
                                     void *context)
{
    struct unit_name name = {.component = component, .context = context};
    enum bus_status status;

    if (bus == NULL || bus->magic != BUS_MAGIC || component == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot detach: bus or component is NULL");
    if (!unit_remove(bus, &name, &status))
        return fail_status(BUS_ERR_NOT_REGISTERED,
                           "bus %s: component %s is not attached with this context", bus->name,
                           component->name);
    return status;
}
