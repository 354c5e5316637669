/*
 * core/asked.c - the registry of the user is asked who sees a message (bus/registry.h).
 *
 * Its handlers are units like others, but in no list: they have places, and handles say place and
 * generation. A handle is looked up, never followed, so whatever the registry gives does no harm.
 *
 * A unit that was found by its handle stays while the thread walks (ROW_MADE): from before the
 * registry is asked until the handlers have run, or one is shown by the frame. Argument, as in
 * pipeline/links.h: the walker shows `since`, then reads the place; who releases a handler empties
 * the place, passes a barrier, and begins a new epoch, `left`. Either the barrier falls behind the
 * walker's store, then the walk is seen, and is older than `left`; or before it, then the walker
 * reads the empty place. What is empty is released, so there is no race with the registry's own
 * changes: it may give a handler that is being released, and the bus passes over it.
 *
 * Running and release are kept apart as ever, by the frame and `removed` (hazards.c).
 */
#include "core/registry.h"

#include "guard/errors.h"
#include "pipeline/links.h"

/* ---- places ---- */

static size_t places_bytes(const struct bus *bus)
{
    return (size_t)bus->options.handlers_max * sizeof(struct made_place);
}

bool made_open(struct bus *bus)
{
    if (bus->options.registry == NULL)
        return true;
    bus->made = bus_take_memory(bus, places_bytes(bus), CACHE_LINE);
    return bus->made != NULL;
}

void made_close(struct bus *bus)
{
    uint32_t i;

    for (i = 0; i < bus->made_used; i++)
        if (bus->made[i].unit != NULL)
            unit_free(bus, bus->made[i].unit);
    if (bus->made != NULL)
        bus_give_memory(bus, bus->made, places_bytes(bus));
    bus->made = NULL;
    bus->made_used = 0;
}

void made_enter(struct bus *bus, struct unit *unit)
{
    struct made_place *place;

    /* There are as many as handlers, and no other handler has two. */
    if (bus->made_free != 0) {
        unit->place = bus->made_free;
        bus->made_free = bus->made[unit->place - 1].next_free;
    } else {
        unit->place = ++bus->made_used;
    }
    place = &bus->made[unit->place - 1];
    unit->generation = place->generation + 1;
    atomic_store_release_u32(&place->generation, unit->generation);
    atomic_store_release_ptr(&place->unit, unit);
}

struct unit *made_leave(struct bus *bus, struct bus_handler handler)
{
    struct made_place *place;
    struct unit *unit;

    if (handler.place - 1 >= bus->made_used)
        return NULL;
    place = &bus->made[handler.place - 1];
    unit = place->unit;
    if (unit == NULL || unit->generation != handler.generation)
        return NULL;
    atomic_store_release_ptr(&place->unit, NULL);
    atomic_store_release_u32(&place->generation, handler.generation + 1);
    place->next_free = bus->made_free;
    bus->made_free = handler.place;
    unit->next = NULL;
    return unit;
}

bool made_is_given(const struct bus *bus, const struct unit *unit)
{
    return unit->made && walker_before(bus, ROW_MADE, unit->left, NULL) != NULL;
}

/* ---- answers ---- */

static uint32_t answer_max(const struct bus *bus)
{
    uint32_t most = bus->options.registry->answer_max;

    return most != 0 ? most : BUS_ANSWER_DEFAULT;
}

static size_t answer_bytes(const struct bus *bus)
{
    return sizeof(struct answer) +
           answer_max(bus) * (sizeof(struct bus_handler) + sizeof(struct handler *));
}

struct answer *answer_make(struct bus *bus)
{
    struct answer *answer = bus_take_memory(bus, answer_bytes(bus), CACHE_LINE);

    if (answer == NULL)
        return NULL;
    answer->given = (struct bus_handler *)(void *)(answer + 1);
    answer->found = (struct handler **)(void *)(answer->given + answer_max(bus));
    return answer;
}

void answer_free(struct bus *bus, struct answer *answer)
{
    bus_give_memory(bus, answer, answer_bytes(bus));
}

struct bus_error answer_error(const char *why)
{
    return (struct bus_error){.category = BUS_CATEGORY_CONFIG,
                              .severity = BUS_SEVERITY_HIGH,
                              .code = BUS_FAULT_REGISTRY,
                              .text = why};
}

/* Inside a walk. What is wrong with the handle; NULL: nothing, and *handler is what it stands for,
 * or NULL when that was released. */
static const char *find(const struct bus *bus, const struct route *route, struct bus_handler given,
                        struct handler **handler)
{
    const struct made_place *place;
    struct unit *unit;

    *handler = NULL;
    if (given.bus == NULL)
        return "the registry counts a handler that it does not give";
    if (given.bus != bus)
        return "the registry gives a handler of another bus";
    if (given.place - 1 >= bus->options.handlers_max || (given.generation & 1) == 0)
        return "the registry gives a handler that was never made";
    place = &bus->made[given.place - 1];
    if ((int32_t)(atomic_load_acquire_u32(&place->generation) - given.generation) < 0)
        return "the registry gives a handler that was never made";
    unit = atomic_load_acquire_ptr(&place->unit);
    if (unit == NULL || unit->generation != given.generation)
        return NULL;
    if (unit->handlers[0].route != route)
        return "the registry gives a handler of another message";
    *handler = &unit->handlers[0];
    return NULL;
}

/* A handle of the session as the registry knows it; of one that has ended: of none. */
static struct bus_session session_seen(const struct bus *bus, uint32_t index, uint32_t generation)
{
    struct bus_session session = {index, 0};

    if (index == 0)
        return session;
    session.generation = atomic_load_acquire_u32(&session_at(bus, index)->generation);
    if ((session.generation & 1) == 0 || ((session.generation ^ generation) & 0xffff) != 0)
        return (struct bus_session){0, 0};
    return session;
}

/* Inside a walk. What is wrong; NULL: nothing, and thread->answer has the handlers. */
static const char *ask(struct thread *thread, const struct route *route, struct bus_session session)
{
    const struct bus *bus = thread->bus;
    const struct bus_registry *registry = bus->options.registry;
    struct answer *answer = thread->answer;
    uint32_t most = answer_max(bus), i, k, given;

    answer->count = 0;
    /* What a lookup counts but does not write is none, not one of an earlier answer. */
    memset(answer->given, 0, most * sizeof answer->given[0]);
    given = registry->lookup(registry->context, route->type, session, answer->given, most);
    if (given > most)
        return "the registry gives more handlers than its answer_max";
    for (i = 0; i < given; i++) {
        struct handler *handler;
        const char *why = find(bus, route, answer->given[i], &handler);

        if (why != NULL)
            return why;
        for (k = 0; k < answer->count && handler != NULL; k++)
            if (answer->found[k] == handler)
                return "the registry gives a handler twice";
        if (handler != NULL)
            answer->found[answer->count++] = handler;
    }
    if (session.index != 0 && answer->count != 0)
        session_touch(thread, session.index);
    return NULL;
}

/* ---- commands ---- */

struct handler *handler_elsewhere(struct thread *thread, struct frame *frame,
                                  const struct route *route, const struct handler_list *list,
                                  uint32_t session, uint32_t generation)
{
    struct handler *handler = NULL;
    uint32_t i;

    if ((list->elsewhere & ELSEWHERE_REGISTRY) != 0) {
        walk_begin(thread, ROW_MADE);
        thread->ask_failed = ask(thread, route, session_seen(thread->bus, session, generation));
        for (i = 0; thread->ask_failed == NULL && i < thread->answer->count && handler == NULL; i++)
            if (frame_enter(thread->bus, frame, thread->answer->found[i]))
                handler = thread->answer->found[i];
        if (handler == NULL)
            frame_leave(frame);
        walk_end(thread, ROW_MADE);
        if (thread->ask_failed != NULL) {
            struct bus_error error = answer_error(thread->ask_failed);

            error_of_bus(thread->bus, route, &error);
            return NULL;
        }
    }
    if (handler == NULL && session != 0 && (list->elsewhere & ELSEWHERE_SESSIONS) != 0)
        handler = session_handler(thread, frame, route, session, generation);
    return handler != NULL ? handler : list_first(list);
}

/* ---- events ---- */

/* Those of the list that do not come after one that was given run before it. NULL: no memory. */
static const struct handler_list *merge(struct thread *thread, const struct handler_list *list)
{
    const struct answer *answer = thread->answer;
    struct handler_list *merged;
    uint32_t i, k = 0;

    if (answer->count == 0)
        return list;
    merged = scratch_take(&thread->scratch, thread->bus,
                          sizeof *merged +
                              ((size_t)list->count + answer->count) * sizeof merged->handlers[0]);
    if (merged == NULL)
        return NULL;
    *merged = (struct handler_list){.parallel = list->parallel, .ordered = list->ordered};
    for (i = 0; i < answer->count; i++) {
        while (k < list->count && list->handlers[k]->order <= answer->found[i]->order)
            merged->handlers[merged->count++] = list->handlers[k++];
        merged->handlers[merged->count++] = answer->found[i];
        merged->parallel = merged->parallel || answer->found[i]->parallel;
    }
    while (k < list->count)
        merged->handlers[merged->count++] = list->handlers[k++];
    return merged;
}

bool list_extend(struct thread *thread, struct frame *frame, const struct route *route,
                 const struct handler_list **list, const struct cell *cell, const char **why)
{
    const struct handler_list *pinned = *list;
    uint32_t session = cell_session(cell), generation = cell_session_generation(cell);

    if (session != 0 && (pinned->elsewhere & ELSEWHERE_SESSIONS) != 0)
        *list = session_merge(thread, frame, route, pinned, session, generation);
    if ((pinned->elsewhere & ELSEWHERE_REGISTRY) != 0) {
        walk_begin(thread, ROW_MADE);
        *why = ask(thread, route, session_seen(thread->bus, session, generation));
        if (*why != NULL)
            return false;
        if (*list != NULL)
            *list = merge(thread, *list);
    }
    return *list != NULL;
}

void list_end(struct thread *thread, const struct frame *frame, const struct handler_list *list)
{
    if ((list->elsewhere & ELSEWHERE_REGISTRY) != 0)
        walk_end(thread, ROW_MADE);
    session_unpin(thread, frame);
}

/* ---- for whoever has such a registry ---- */

enum bus_status bus_handler_release(struct bus_handler handler)
{
    struct bus *bus = handler.bus;
    enum bus_status status;
    struct thread *self;
    struct unit *unit;

    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot release a handler: this is none");
    self = thread_known(bus);
    lock_take(&bus->registry, &bus->os);
    unit = made_leave(bus, handler);
    if (unit != NULL) {
        units_unlist(bus, unit);
        bus_barrier(bus);
        unit->left = epoch_begin(bus);
    }
    lock_give(&bus->registry, &bus->os);
    if (unit == NULL)
        return fail_status(BUS_ERR_NOT_REGISTERED,
                           "bus %s: this handler was released, or never made", bus->name);
    status = units_wait(bus, self, unit);
    units_retire(bus, unit);
    return status;
}
