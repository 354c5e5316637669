/* core/components.c - message types and components of a bus, listed; and who else uses it. */
#include <bus/components.h>

#include "core/registry.h"
#include "path/path.h"

static bool is_open(const struct bus *bus, const char *what)
{
    if (bus != NULL && bus->magic == BUS_MAGIC)
        return true;
    last_error_set("%s: the bus is NULL or closed", what);
    return false;
}

/* ---- types ---- */

static bool is_listed(const struct bus_schema *schema, const struct bus_schema *const *done,
                      uint32_t count)
{
    while (count-- > 0)
        if (done[count] == schema)
            return true;
    return false;
}

static bool is_seen(const struct bus *bus, const struct bus_message_type *type, uint32_t routes)
{
    const struct route *route = route_find(bus, type);

    return route != NULL && route->index <= routes;
}

/* A schema imports few others; those behind the first SCHEMAS_MOST are left out. */
enum { SCHEMAS_MOST = 256 };

uint32_t bus_types_each(struct bus *bus, bus_type_fn fn, void *context)
{
    const struct bus_schema *schemas[SCHEMAS_MOST];
    uint32_t count = 0, known = 0, routes, i, at;

    if (!is_open(bus, "cannot list message types") || fn == NULL)
        return 0;
    routes = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= routes; i++, count++)
        fn(context, route_at(bus, i)->type);
    if (bus->options.schema != NULL)
        schemas[known++] = bus->options.schema;
    for (at = 0; at < known; at++) {
        const struct bus_schema *schema = schemas[at];

        for (i = 0; i < schema->message_count; i++)
            if (!is_seen(bus, schema->messages[i], routes)) {
                fn(context, schema->messages[i]);
                count++;
            }
        for (i = 0; i < schema->import_count && known < SCHEMAS_MOST; i++)
            if (!is_listed(schema->imports[i], schemas, known))
                schemas[known++] = schema->imports[i];
    }
    return count;
}

/* ---- components ---- */

uint32_t bus_components_each(struct bus *bus, bus_component_fn fn, void *context)
{
    struct units_walk walk = {.unit = NULL};
    const struct unit *unit;
    uint32_t count = 0;

    if (!is_open(bus, "cannot list components") || fn == NULL)
        return 0;
    lock_take(&bus->registry, &bus->os);
    while ((unit = units_next(bus, &walk)) != NULL)
        if (unit->component != NULL) {
            fn(context, unit->component, unit->session);
            count++;
        }
    lock_give(&bus->registry, &bus->os);
    return count;
}

const char *bus_name(const struct bus *bus)
{
    return is_open(bus, "no name") ? bus->name : "";
}

/* ---- who else uses it ---- */

enum bus_status bus_retain(struct bus *bus, const char *who)
{
    if (!is_open(bus, "cannot use the bus"))
        return BUS_ERR_INVALID;
    lock_take(&bus->registry, &bus->os);
    bus->retained++;
    bus->retained_by = who;
    lock_give(&bus->registry, &bus->os);
    return BUS_OK;
}

void bus_release(struct bus *bus)
{
    if (!is_open(bus, "cannot release the bus"))
        return;
    lock_take(&bus->registry, &bus->os);
    bus->retained -= bus->retained != 0;
    lock_give(&bus->registry, &bus->os);
}

const char *bus_retained_by(struct bus *bus)
{
    const char *who;

    lock_take(&bus->registry, &bus->os);
    who = bus->retained != 0 ? bus->retained_by : NULL;
    lock_give(&bus->registry, &bus->os);
    return who;
}
