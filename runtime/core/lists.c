/*
 * core/lists.c - handler lists are made, shown and taken back.
 *
 * The handlers of the bus are in the lists of their routes. Those of a session are in one list of
 * its own, and a route's list only says that there are some: it changes when the first one comes
 * and when the last one goes. So a session costs others nothing, however many handlers it has, and
 * a message without one does not look for any. Those that the user's registry gives are in no list;
 * of them, too, a route's list says that there are some.
 *
 * Readers protect themselves by hazards in their frames (hazards.c).
 */
#include "core/registry.h"

/* What a new list is made of. */
struct making {
    const struct handler_list *old; /* those of it that are in service; NULL: none */
    const struct unit *added;       /* and those of this unit; NULL: none */
    const struct route *route;      /* of this route; NULL: all, of a session */
    uint8_t elsewhere;
};

static bool is_added(const struct making *making, uint32_t i)
{
    return making->route == NULL || making->added->handlers[i].route == making->route;
}

static uint32_t count_handlers(const struct making *making)
{
    uint32_t i, count = 0;

    for (i = 0; making->old != NULL && i < making->old->count; i++)
        count += making->old->handlers[i]->removed == 0;
    for (i = 0; making->added != NULL && i < making->added->handler_count; i++)
        count += is_added(making, i);
    return count;
}

/* Behind those that do not come after it. */
static void insert(struct handler_list *list, struct handler *handler)
{
    uint32_t at = list->count++;

    for (; at > 0 && handler_goes_before(handler, list->handlers[at - 1]); at--)
        list->handlers[at] = list->handlers[at - 1];
    list->handlers[at] = handler;
}

static void describe(const struct bus *bus, const struct making *making, struct handler_list *list)
{
    uint16_t *types = (uint16_t *)(void *)&list->handlers[list->count];
    uint32_t i;

    for (i = 0; i < list->count; i++)
        list->parallel = list->parallel || list->handlers[i]->parallel;
    if (making->route != NULL) {
        list->elsewhere = making->elsewhere;
        list->ordered = making->route->policy.ordered;
        list->burst = list->count == 1 && !list->ordered &&
                      (list->elsewhere & ELSEWHERE_REGISTRY) == 0 &&
                      (bus->worker_count == 1 || list->handlers[0]->unit->concurrent);
        list->only = list->burst && list->elsewhere == 0 && bus->worker_count == 1;
        return;
    }
    list->generation = list->handlers[0]->session.generation;
    list->types = types;
    for (i = 0; i < list->count; i++)
        types[i] = (uint16_t)list->handlers[i]->route->index;
}

/* *made is NULL when nothing remains. False: no memory. */
static bool list_make(struct bus *bus, const struct making *making, struct handler_list **made)
{
    uint32_t i, count = count_handlers(making);
    struct handler_list *list;
    size_t bytes = sizeof *list + count * sizeof list->handlers[0];

    *made = NULL;
    if (count == 0 && making->elsewhere == 0)
        return true;
    if (making->route == NULL)
        bytes += count * sizeof list->types[0];
    list = bus_take_memory(bus, bytes, 8);
    if (list == NULL)
        return false;
    list->bytes = bytes;
    for (i = 0; making->old != NULL && i < making->old->count; i++)
        if (making->old->handlers[i]->removed == 0)
            list->handlers[list->count++] = making->old->handlers[i];
    for (i = 0; making->added != NULL && i < making->added->handler_count; i++)
        if (is_added(making, i))
            insert(list, (struct handler *)(uintptr_t)&making->added->handlers[i]);
    describe(bus, making, list);
    *made = list;
    return true;
}

static void publish(struct bus *bus, struct handler_list **place, struct handler_list *list)
{
    struct handler_list *old = *place;

    atomic_store_release_ptr(place, list);
    if (old != NULL) {
        old->next = bus->retired_lists;
        bus->retired_lists = old;
    }
}

static struct session *session_of(const struct bus *bus, const struct unit *unit)
{
    return unit->session.index != 0 ? session_at(bus, unit->session.index) : NULL;
}

/* The unit has an earlier handler of this route. */
static bool is_again(const struct unit *unit, uint32_t at)
{
    uint32_t i = 0;

    while (unit->handlers[i].route != unit->handlers[at].route)
        i++;
    return i != at;
}

/* ---- coming ---- */

static uint8_t elsewhere_of(const struct route *route)
{
    return (route->session_handlers != 0 ? ELSEWHERE_SESSIONS : 0) |
           (route->made_handlers != 0 ? ELSEWHERE_REGISTRY : 0);
}

/* What lists of routes say of this unit; 0: they have its handlers. */
static uint8_t elsewhere_for(const struct unit *unit)
{
    if (unit->made)
        return ELSEWHERE_REGISTRY;
    return unit->session.index != 0 ? ELSEWHERE_SESSIONS : 0;
}

/* A route's list changes for a handler of the bus, or for the first one elsewhere. */
static bool route_prepare(struct bus *bus, struct unit *unit, uint32_t at)
{
    struct route *route = unit->handlers[at].route;
    uint8_t elsewhere = elsewhere_for(unit);
    struct making making = {.old = route->list,
                            .added = elsewhere == 0 ? unit : NULL,
                            .route = route,
                            .elsewhere = elsewhere_of(route) | elsewhere};

    if (is_again(unit, at) ||
        (elsewhere != 0 && route->list != NULL && (route->list->elsewhere & elsewhere) != 0))
        return true;
    return list_make(bus, &making, &unit->handlers[at].prepared);
}

bool lists_prepare(struct bus *bus, struct unit *unit)
{
    struct session *session = session_of(bus, unit);
    struct making own = {.old = session != NULL ? session->table : NULL, .added = unit};
    bool fine = true;
    uint32_t i;

    unit->prepared = NULL;
    for (i = 0; i < unit->handler_count; i++)
        unit->handlers[i].prepared = NULL;
    if (session != NULL)
        fine = list_make(bus, &own, &unit->prepared);
    for (i = 0; fine && i < unit->handler_count; i++)
        fine = route_prepare(bus, unit, i);
    if (fine)
        return true;
    if (unit->prepared != NULL)
        bus_give_memory(bus, unit->prepared, unit->prepared->bytes);
    for (i = 0; i < unit->handler_count; i++)
        if (unit->handlers[i].prepared != NULL)
            bus_give_memory(bus, unit->handlers[i].prepared, unit->handlers[i].prepared->bytes);
    return false;
}

void lists_show(struct bus *bus, struct unit *unit)
{
    struct session *session = session_of(bus, unit);
    uint32_t i;

    if (session != NULL)
        publish(bus, &session->table, unit->prepared);
    for (i = 0; i < unit->handler_count; i++) {
        struct handler *handler = &unit->handlers[i];

        handler->route->session_handlers += session != NULL;
        handler->route->made_handlers += unit->made;
        if (handler->prepared != NULL)
            publish(bus, &handler->route->list, handler->prepared);
    }
}

/* ---- going; without memory the old list stays, its removed handlers are skipped ---- */

static void route_hide(struct bus *bus, struct route *route)
{
    struct handler_list *list;

    if (list_make(
            bus,
            &(struct making){.old = route->list, .route = route, .elsewhere = elsewhere_of(route)},
            &list))
        publish(bus, &route->list, list);
}

void lists_hide(struct bus *bus, struct unit *unit)
{
    struct session *session = session_of(bus, unit);
    struct handler_list *list;
    uint32_t i;

    if (session != NULL && session->table != NULL &&
        list_make(bus, &(struct making){.old = session->table}, &list))
        publish(bus, &session->table, list);
    for (i = 0; i < unit->handler_count; i++) {
        struct route *route = unit->handlers[i].route;

        route->session_handlers -= session != NULL;
        route->made_handlers -= unit->made;
        if (elsewhere_for(unit) != 0 ? (elsewhere_of(route) & elsewhere_for(unit)) == 0
                                     : !is_again(unit, i))
            route_hide(bus, route);
    }
}

void lists_drop(struct bus *bus, struct session *session)
{
    publish(bus, &session->table, NULL);
}
