/*
 * core/registry.h - message types, handlers, sessions of one bus. Cold, but for the lookups.
 */
#ifndef BUSGEN_CORE_REGISTRY_H
#define BUSGEN_CORE_REGISTRY_H

#include "core/engine.h"
#include "core/session.h"

/* NULL: this bus has not seen the type yet. */
static inline struct route *route_find(const struct bus *bus, const struct bus_message_type *type)
{
    uint32_t at = (uint32_t)type->id & bus->slot_mask;

    for (;;) {
        struct route *route = atomic_load_acquire_ptr(&bus->slots[at]);

        if (route == NULL || route->type == type)
            return route;
        at = (at + 1) & bus->slot_mask;
    }
}

/* Makes the route on first sight. NULL: *status and bus_last_error() say why. The second one is for
 * a caller who holds the registry lock. */
struct route *route_make(struct bus *bus, const struct bus_message_type *type,
                         enum bus_status *status);
struct route *route_make_locked(struct bus *bus, const struct bus_message_type *type,
                                enum bus_status *status);
void routes_free(struct bus *bus);

static inline struct route *route_at(const struct bus *bus, uint32_t index)
{
    return atomic_load_acquire_ptr(&bus->routes[index]);
}

/* Some handler would see an event of this type. */
static inline bool route_heard(const struct route *route)
{
    const struct handler_list *list = atomic_load_relaxed_ptr(&route->list);

    return list != NULL;
}

static inline bool system_heard(const struct bus *bus, enum system_event event)
{
    return bus->system[event] != NULL && route_heard(bus->system[event]);
}

/* The route's handlers, protected by `frame` until frame_unpin. */
static inline struct handler_list *frame_pin(const struct bus *bus, const struct route *route,
                                             struct frame *frame)
{
    struct handler_list *list = atomic_load_acquire_ptr(&route->list);

    for (;;) {
        struct handler_list *again;

        atomic_store_release_ptr(&frame->list, list);
        /* Store of the hazard, then the second look; other side: registry_sweep. */
        bus_light_fence(bus);
        again = atomic_load_acquire_ptr(&route->list);
        if (again == list)
            return list;
        list = again;
    }
}

/* Makes the thread's frame show that it is about to run `handler`. False: it was unregistered. */
static inline bool frame_enter(const struct bus *bus, struct frame *frame, struct handler *handler)
{
    atomic_store_release_ptr(&frame->handler, handler);
    /* Store of the hazard, then the look at `removed`; other side: registry_remove. */
    bus_light_fence(bus);
    return atomic_load_acquire_u32(&handler->removed) == 0;
}

static inline void frame_leave(struct frame *frame)
{
    atomic_store_release_ptr(&frame->handler, NULL);
}

static inline bool handler_sees(const struct handler *handler, uint32_t session,
                                uint32_t generation)
{
    return handler->session.index == 0 || (handler->session.index == session &&
                                           (handler->session.generation & 0xffff) == generation);
}

/* Of a command: the session's handler, else the bus-level one; NULL: none. */
static inline struct handler *handler_of_command(const struct handler_list *list, uint32_t session,
                                                 uint32_t generation)
{
    uint32_t i;

    for (i = 0; list != NULL && i < list->count; i++)
        if (handler_sees(list->handlers[i], session, generation) &&
            atomic_load_relaxed_u32(&list->handlers[i]->removed) == 0)
            return list->handlers[i];
    return NULL;
}

/* True when a frame of any thread but `except` shows this list, or a handler of this unit
 * (hazards.c, as the next three). */
bool frames_show(const struct bus *bus, const struct handler_list *list, const struct unit *unit,
                 const struct thread *except);
/* True when this thread runs a handler of the unit. */
bool thread_shows(const struct thread *thread, const struct unit *unit);

/* Under the registry lock: frees lists and units that nothing can refer to any more. */
void registry_sweep(struct bus *bus);
void registry_free(struct bus *bus);
/* Nothing refers to it. The caller holds the registry lock, or is the last one. */
void unit_free(struct bus *bus, struct unit *unit);
/* Units on their way out, linked by `next`. First their handlers go out of service: under the
 * registry lock, followed by bus_barrier. */
void units_unlist(struct bus *bus, struct unit *units);
/* Then nobody runs them: waits until no other thread does. BUS_ERR_BUSY: one that would wait for
 * this thread may still. */
enum bus_status units_wait(struct bus *bus, struct thread *self, const struct unit *units);
/* The same without waiting: some thread, this one included, does. */
bool units_run(const struct bus *bus, const struct unit *units);
/* Then what they held and deferred ends, and they are freed when nothing refers to them. */
void units_retire(struct bus *bus, struct unit *units);

/* All units in service: units_next(bus, &walk) until it is NULL. Registry lock. */
struct units_walk {
    struct unit *unit;
    uint32_t session;
};
struct unit *units_next(const struct bus *bus, struct units_walk *walk);
/* True when the list has a live handler of a serial unit. */
bool list_has_serial(const struct handler_list *list);

/* Where units run (homes.c); the caller holds the registry lock. */
void homes_assign(struct bus *bus);
enum bus_status homes_join(struct bus *bus, struct unit *unit);
void homes_left(struct bus *bus, struct route *route);

#endif
