/*
 * core/registry.h - message types, handlers, sessions of one bus. Cold, but for the lookups.
 */
#ifndef BUSGEN_CORE_REGISTRY_H
#define BUSGEN_CORE_REGISTRY_H

#include <bus/registry.h>

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

/* The route of the type with this id, or of the message that it is an older version of. NULL: this
 * bus has seen neither. Cold: of an older version it looks at all types. */
struct route *route_of_id(const struct bus *bus, uint64_t type_id);

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
    /* Store of the hazard, then the look at `removed`; other side: units_wait. */
    bus_light_fence(bus);
    return atomic_load_acquire_u32(&handler->removed) == 0;
}

static inline void frame_leave(struct frame *frame)
{
    atomic_store_release_ptr(&frame->handler, NULL);
}

/* Of two in the same list. */
static inline bool handler_goes_before(const struct handler *a, const struct handler *b)
{
    if (a->route != b->route)
        return a->route->index < b->route->index;
    if (a->order != b->order)
        return a->order < b->order;
    return a->session.index != 0 && b->session.index == 0;
}

/* The first of the list that is in service, NULL: none. Of a command there is at most one. */
static inline struct handler *list_first(const struct handler_list *list)
{
    uint32_t i;

    for (i = 0; i < list->count; i++)
        if (atomic_load_relaxed_u32(&list->handlers[i]->removed) == 0)
            return list->handlers[i];
    return NULL;
}

/* ---- handlers of sessions (session_list.c); generations count with their lowest 16 bits ---- */

/* What the session has for a command; shown by the frame, as after frame_enter. NULL: nothing. */
struct handler *session_handler(struct thread *thread, struct frame *frame,
                                const struct route *route, uint32_t session, uint32_t generation);
/* All that see an event of the session, its own and those in `list`, in order of dispatch. In
 * scratch memory or `list` itself; good until session_unpin. NULL: no memory. */
const struct handler_list *session_merge(struct thread *thread, struct frame *frame,
                                         const struct route *route, const struct handler_list *list,
                                         uint32_t session, uint32_t generation);
static inline void session_unpin(struct thread *thread, const struct frame *frame)
{
    atomic_store_release_ptr(&thread->looks[frame - thread->frames], NULL);
}

/* ---- handlers of the user's registry (asked.c) ---- */

/* What it says, of one thread: room for its answer, and for what that means. */
struct answer {
    struct bus_handler *given;
    struct handler **found;
    uint32_t count; /* of `found` */
};
/* Where a handle points to. */
struct made_place {
    struct unit *unit;   /* shared; NULL: free */
    uint32_t generation; /* shared: odd while it is in service */
    uint32_t next_free;  /* registry lock: place, from 1 */
};
bool made_open(struct bus *bus);
void made_close(struct bus *bus);
/* Of a thread's record. NULL: no memory. */
struct answer *answer_make(struct bus *bus);
void answer_free(struct bus *bus, struct answer *answer);
/* Gives the unit a place, so that it can be found; there is one. Registry lock, as the next two. */
void made_enter(struct bus *bus, struct unit *unit);
/* The unit of this handle, which has no place from now on; NULL: there is none. */
struct unit *made_leave(struct bus *bus, struct bus_handler handler);
/* Some thread may still have been given it. */
bool made_is_given(const struct bus *bus, const struct unit *unit);

/* Who sees a message when a list says `elsewhere`. Of a command, which the session or the registry
 * may handle: its handler; NULL: none, or thread->ask_failed. */
struct handler *handler_elsewhere(struct thread *thread, struct frame *frame,
                                  const struct route *route, const struct handler_list *list,
                                  uint32_t session, uint32_t generation);
/* Of an event: *list, which is pinned, becomes the list of all of them, good until list_end. False:
 * there is none; *why, NULL before, says what is wrong with what the registry gave, if it is not
 * that there is no memory. */
bool list_extend(struct thread *thread, struct frame *frame, const struct route *route,
                 const struct handler_list **list, const struct cell *cell, const char **why);
/* `list`: as it was pinned. */
void list_end(struct thread *thread, const struct frame *frame, const struct handler_list *list);
/* The registry's answer is wrong. */
struct bus_error answer_error(const char *why);

/* Of a command: its handler; NULL: none. `list` is pinned. */
static inline struct handler *handler_of_command(struct thread *thread, struct frame *frame,
                                                 const struct route *route,
                                                 const struct handler_list *list, uint32_t session,
                                                 uint32_t generation)
{
    if (list == NULL)
        return NULL;
    if (__builtin_expect(list->elsewhere != 0, 0))
        return handler_elsewhere(thread, frame, route, list, session, generation);
    return list_first(list);
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
/* Puts a unit whose lists are shown among those in service; and takes one out of them, by name. */
void units_add(struct bus *bus, struct unit *unit);
struct unit_name {
    const struct bus_component *component; /* NULL: a handler */
    const struct bus_message_type *type;
    bus_function function;
    void *context;
    struct bus_session session;
};
struct unit *units_take(struct bus *bus, const struct unit_name *name);
/* A component that is attached with this context, in any session. NULL: it is not. */
struct unit *units_attached(const struct bus *bus, const struct bus_component *component,
                            const void *context);
size_t attached_bytes(const struct bus *bus);

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
    uint32_t place;
};
struct unit *units_next(const struct bus *bus, struct units_walk *walk);

/* components.c: who keeps the bus from being closed; NULL: nobody. */
const char *bus_retained_by(struct bus *bus);

/* Where units run (homes.c); the caller holds the registry lock. homes_join finds one its home;
 * then it is entered when it is in service and left when it is not any more, or homes_refuse. */
void homes_assign(struct bus *bus);
enum bus_status homes_join(struct bus *bus, struct unit *unit);
void homes_refuse(struct bus *bus, struct unit *unit);
void homes_enter(struct bus *bus, struct unit *unit);
void homes_leave(struct bus *bus, struct unit *unit);

/* Lists (lists.c); the caller holds the registry lock. The lists that show the unit's handlers are
 * made, none is visible yet. False: no memory, nothing was made. */
bool lists_prepare(struct bus *bus, struct unit *unit);
/* They become visible. */
void lists_show(struct bus *bus, struct unit *unit);
/* The unit's handlers, which are `removed`, go out of all lists. */
void lists_hide(struct bus *bus, struct unit *unit);
/* All handlers of a session go out of its list, which is no more. */
void lists_drop(struct bus *bus, struct session *session);
/* The list that has the handler, if it is in service. */
static inline struct handler_list *list_of(const struct bus *bus, const struct handler *handler)
{
    return handler->session.index == 0 ? handler->route->list
                                       : session_at(bus, handler->session.index)->table;
}

#endif
