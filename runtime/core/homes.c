/*
 * core/homes.c - which worker runs which serial component.
 *
 * No two handlers of a serial unit run at once, because all of them run on one worker, its home. An
 * event that several serial units listen to can be in one lane only, so they need the same home:
 * before start, units that share an event are joined (union-find) and each group gets the worker
 * with the fewest handlers. After start a new unit takes the home of the events it shares; if they
 * have different ones it is refused.
 */
#include "core/registry.h"

static struct unit *root_of(struct unit *unit)
{
    while (unit->root != unit) {
        unit->root = unit->root->root;
        unit = unit->root;
    }
    return unit;
}

static void join(struct unit *a, struct unit *b)
{
    a = root_of(a);
    b = root_of(b);
    if (a != b)
        b->root = a;
}

static uint32_t least_loaded(const struct bus *bus)
{
    uint32_t i, best = 0;

    for (i = 1; i < bus->worker_count; i++)
        if (bus->home_load[i] < bus->home_load[best])
            best = i;
    return best;
}

static void join_by_events(struct bus *bus)
{
    struct units_walk walk = {.unit = NULL};
    struct unit *unit;
    uint32_t i;

    for (i = 1; i <= bus->route_count; i++)
        bus->routes[i]->joined = NULL;
    while ((unit = units_next(bus, &walk)) != NULL)
        for (i = 0; !unit->concurrent && i < unit->handler_count; i++) {
            struct route *route = unit->handlers[i].route;

            if (route->joined != NULL)
                join(route->joined, unit);
            else
                route->joined = unit;
        }
}

static void set_home(struct unit *unit, uint32_t home)
{
    uint32_t i;

    atomic_store_release_u32(&unit->home, home);
    for (i = 0; i < unit->handler_count; i++)
        atomic_store_release_u32(&unit->handlers[i].route->home, home);
}

void homes_assign(struct bus *bus)
{
    struct units_walk first = {.unit = NULL}, second = {.unit = NULL};
    struct unit *unit;
    uint32_t i;

    while ((unit = units_next(bus, &first)) != NULL)
        unit->root = unit;
    join_by_events(bus);
    while ((unit = units_next(bus, &second)) != NULL) {
        struct unit *root = root_of(unit);

        if (unit->concurrent)
            continue;
        if (root->home == WORKER_ANY)
            atomic_store_release_u32(&root->home, least_loaded(bus));
        set_home(unit, root->home);
        bus->home_load[unit->home] += unit->handler_count;
    }
    for (i = 1; i <= bus->route_count; i++)
        bus->routes[i]->last_home = bus->routes[i]->home;
    bus->homes_assigned = true;
}

enum bus_status homes_join(struct bus *bus, struct unit *unit)
{
    uint32_t home = WORKER_ANY, liked = WORKER_ANY, i;
    const char *reason = "";

    if (!bus->homes_assigned || unit->concurrent)
        return BUS_OK;
    for (i = 0; i < unit->handler_count; i++) {
        const struct route *route = unit->handlers[i].route;

        if (liked == WORKER_ANY)
            liked = route->last_home;
        if (route->home == WORKER_ANY || route->home == home)
            continue;
        if (home != WORKER_ANY)
            return fail_status(BUS_ERR_WORKER_CONFLICT,
                               "bus %s: %s is handled on worker %u and %s on worker %u; a serial "
                               "component cannot join both after start: attach it before "
                               "bus_start, or declare it concurrent",
                               bus->name, reason, home, route->type->name, route->home);
        home = route->home;
        reason = route->type->name;
    }
    if (home == WORKER_ANY)
        home = liked;
    if (home == WORKER_ANY)
        home = least_loaded(bus);
    set_home(unit, home);
    return BUS_OK;
}

static void look_again(struct bus *bus, struct route *route)
{
    if (!bus->homes_assigned || route->home == WORKER_ANY || route->serial_handlers != 0)
        return;
    route->last_home = route->home;
    atomic_store_release_u32(&route->home, WORKER_ANY);
}

void homes_refuse(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; i < unit->handler_count; i++)
        look_again(bus, unit->handlers[i].route);
}

void homes_enter(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; !unit->concurrent && i < unit->handler_count; i++)
        unit->handlers[i].route->serial_handlers++;
    if (unit->home != WORKER_ANY)
        bus->home_load[unit->home] += unit->handler_count;
}

void homes_leave(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; !unit->concurrent && i < unit->handler_count; i++)
        unit->handlers[i].route->serial_handlers--;
    if (unit->home != WORKER_ANY)
        bus->home_load[unit->home] -= unit->handler_count;
    for (i = 0; i < unit->handler_count; i++)
        look_again(bus, unit->handlers[i].route);
}
