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
#include "stats/durations.h"

/* ---- adding ---- */

static enum bus_status handler_check(const struct bus *bus, const struct handler *handler)
{
    const struct handler_list *list = list_of(bus, handler);
    const struct bus_message_type *type = handler->route->type;
    uint32_t i;

    for (i = 0; list != NULL && i < list->count; i++) {
        const struct handler *other = list->handlers[i];

        if (other->removed != 0 || other->route != handler->route)
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

/* All handlers of a prepared unit, or none. The caller holds the registry lock. */
static enum bus_status unit_add(struct bus *bus, struct unit *unit)
{
    enum bus_status status = BUS_OK;
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
    for (i = 0; !unit->made && i < unit->handler_count && status == BUS_OK; i++)
        status = handler_check(bus, &unit->handlers[i]);
    if (status == BUS_OK)
        status = homes_join(bus, unit);
    if (status != BUS_OK)
        return status;
    if (!lists_prepare(bus, unit)) {
        homes_refuse(bus, unit);
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to register handlers", bus->name);
    }
    for (i = 0; i < unit->handler_count; i++)
        handler_born(bus, &unit->handlers[i]);
    homes_enter(bus, unit);
    lists_show(bus, unit);
    units_add(bus, unit);
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
    if (options != NULL) {
        unit->session = options->session;
        unit->made = options->made != NULL;
    }
    return unit;
}

static enum bus_status unit_handler(struct bus *bus, struct unit *unit, struct route *route,
                                    const char *name, bus_function function, uint32_t order,
                                    bool parallel, const struct batch_kind *batch)
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
    handler->apart = unit->made || unit->session.index != 0;
    handler->order = (uint8_t)order;
    handler->parallel = parallel && unit->concurrent && type_is_event(route->type) && batch == NULL;
    if (!durations_make(bus, route))
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to time %s", bus->name,
                           route->type->name);
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

/* Single handlers are either the bus's or for a registry of the user's. */
static enum bus_status can_register_one(struct bus *bus, const struct bus_handler_options *options)
{
    enum bus_status status = can_register(bus, options, false);
    bool made = options != NULL && options->made != NULL;

    if (status != BUS_OK)
        return status;
    if (!made && bus->made != NULL)
        return fail_status(BUS_ERR_STATE,
                           "bus %s asks a registry of yours: set bus_handler_options.made, and let "
                           "the registry give that handler",
                           bus->name);
    if (made && bus->made == NULL)
        return fail_status(BUS_ERR_STATE,
                           "bus %s has no registry that could give this handler: "
                           "bus_handler_options.made goes with bus_options.registry",
                           bus->name);
    if (made && options->session.index != 0)
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: whose messages this handler sees is the registry's to say, not "
                           "bus_handler_options.session's",
                           bus->name);
    return BUS_OK;
}

/* `batch` NULL: an ordinary handler. */
static enum bus_status register_one(struct bus *bus, const struct bus_message_type *type,
                                    bus_function function, void *context,
                                    const struct batch_kind *batch,
                                    const struct bus_handler_options *options)
{
    enum bus_status status;
    struct route *route;
    struct unit *unit;

    if (options != NULL && options->made != NULL)
        *options->made = (struct bus_handler){0};
    status = can_register_one(bus, options);
    if (status != BUS_OK)
        return status;
    if (type == NULL || function == NULL || (batch != NULL && batch->invoke == NULL))
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: cannot register: message type or handler is NULL", bus->name);
    lock_take(&bus->registry, &bus->os);
    route = route_make_locked(bus, type, &status);
    unit = route != NULL
               ? unit_make(bus, 1, context, options, options != NULL && options->concurrent)
               : NULL;
    if (unit != NULL) {
        const char *name = options != NULL ? options->name : NULL;

        status = unit_handler(bus, unit, route, name != NULL ? name : type->name, function,
                              options != NULL && options->has_order ? (uint32_t)options->order
                                                                    : BUS_ORDER_NORMAL,
                              options != NULL && options->parallel, batch);
        status = unit_finish(bus, unit, status);
        if (status == BUS_OK && options != NULL && options->made != NULL)
            *options->made = (struct bus_handler){bus, unit->place, unit->generation};
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
                                   bus_invoke_batch invoke, bus_function function, void *context,
                                   const struct bus_batch_options *batch,
                                   const struct bus_handler_options *options)
{
    static const struct bus_batch_options defaults = {0};
    const struct batch_kind kind = {invoke, batch != NULL ? *batch : defaults};

    if (bus != NULL && bus->magic == BUS_MAGIC && options != NULL && options->parallel)
        return fail_status(BUS_ERR_INVALID, "bus %s: a batch handler cannot be parallel",
                           bus->name);
    return register_one(bus, type, function, context, &kind, options);
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
    uint32_t i;

    if (units_attached(bus, component, unit->context) != NULL)
        return fail_status(BUS_ERR_ALREADY_REGISTERED,
                           "bus %s: component %s is already registered with this context",
                           bus->name, component->name);
    for (i = 0; i < component->binding_count; i++) {
        const struct bus_binding *binding = &component->bindings[i];
        const struct batch_kind batch = {binding->invoke_batch,
                                         {binding->batch_size, binding->batch_ns}};
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
                              batch.invoke != NULL ? &batch : NULL);
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
    if (component == NULL || functions == NULL ||
        (options != NULL && (options->made != NULL || options->name != NULL)))
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: cannot attach: component or handlers are NULL, or `made` or "
                           "`name` is set, which are for single handlers",
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

/* Its handlers leave; waits until none runs. False: there is none. *status tells when one may still
 * run. */
static bool unit_remove(struct bus *bus, const struct unit_name *name, enum bus_status *status)
{
    struct thread *self = thread_known(bus);
    struct unit *unit;

    lock_take(&bus->registry, &bus->os);
    unit = units_take(bus, name);
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
                           "bus %s: this handler with this context is not registered for %s%s",
                           bus->name, type->name,
                           bus->made != NULL ? "; one for a registry ends by bus_handler_release"
                                             : "");
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
