/*
 * core/hazards.c - who may still look at a handler list or a handler, and freeing those nobody can.
 *
 * Readers protect themselves by hazards in their frames, which cost them no fence
 * (bus_light_fence): the writer pays with bus_barrier.
 *
 * A list is freed when it is unpublished and no frame has it as `list` or, of a session, in
 * `looks`. Argument: the reader stores its hazard and then looks at route->list (or
 * session->table) again; the writer stores the new list, passes the barrier, then looks at the
 * hazards. Either the barrier falls behind the reader's store, then the writer sees the hazard; or
 * before it, then the reader's second look sees the new list.
 *
 * A handler that is unregistered has `removed` set before the barrier. A reader stores its hazard
 * `handler` and then looks at `removed`. So after the barrier each reader either sees `removed` and
 * skips the handler, or shows it in its frame, and units_wait waits for that frame alone: long
 * runs of other handlers delay nobody.
 *
 * A unit is freed when no frame shows one of its handlers, no list that still exists has them (of
 * the user's registry: nobody can still have been given it, asked.c), no delivery is held for one
 * and no command that one of them deferred is unanswered. A delivery
 * becomes held or deferred while its frame shows the handler, so frames are looked at first.
 */
#include "core/registry.h"
#include "guard/guard.h"
#include "path/path.h"

bool frames_show(const struct bus *bus, const struct handler_list *list, const struct unit *unit,
                 const struct thread *except)
{
    uint32_t i, d, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread == NULL || thread == except)
            continue;
        for (d = 0; d < BUS_NESTING_MAX; d++) {
            const struct frame *frame = &thread->frames[d];
            const struct handler *handler = atomic_load_acquire_ptr(&frame->handler);

            if (list != NULL && (atomic_load_acquire_ptr(&frame->list) == list ||
                                 atomic_load_acquire_ptr(&thread->looks[d]) == list))
                return true;
            if (unit != NULL && handler >= unit->handlers &&
                handler < unit->handlers + unit->handler_count)
                return true;
        }
    }
    return false;
}

bool thread_shows(const struct thread *thread, const struct unit *unit)
{
    uint32_t d;

    for (d = 0; d < BUS_NESTING_MAX; d++) {
        const struct handler *handler = atomic_load_relaxed_ptr(&thread->frames[d].handler);

        if (handler >= unit->handlers && handler < unit->handlers + unit->handler_count)
            return true;
    }
    return false;
}

bool units_run(const struct bus *bus, const struct unit *units)
{
    for (; units != NULL; units = units->next)
        if (frames_show(bus, NULL, units, NULL))
            return true;
    return false;
}

static bool list_refers(const struct handler_list *list, const struct unit *unit)
{
    uint32_t i;

    for (i = 0; list != NULL && i < list->count; i++)
        if (list->handlers[i]->unit == unit)
            return true;
    return false;
}

static bool unit_is_referred(const struct bus *bus, const struct unit *unit)
{
    const struct handler_list *list;
    uint32_t i;

    for (list = bus->retired_lists; list != NULL; list = list->next)
        if (list_refers(list, unit))
            return true;
    for (i = 0; i < unit->handler_count; i++)
        if (list_refers(list_of(bus, &unit->handlers[i]), unit))
            return true;
    return made_is_given(bus, unit) || frames_show(bus, NULL, unit, NULL) ||
           atomic_load_acquire_u32(&unit->held) != 0 || deferred_refer(bus, unit);
}

void unit_free(struct bus *bus, struct unit *unit)
{
    uint32_t i;

    for (i = 0; i < unit->handler_count; i++)
        guard_free(bus, &unit->handlers[i]);
    bus_give_memory(bus, unit, unit->bytes);
}

void registry_sweep(struct bus *bus)
{
    struct handler_list **list = &bus->retired_lists;
    struct unit **unit = &bus->retired_units;

    if (*list == NULL && *unit == NULL)
        return;
    bus_barrier(bus);
    while (*list != NULL) {
        struct handler_list *old = *list;

        if (frames_show(bus, old, NULL, NULL)) {
            list = &old->next;
        } else {
            *list = old->next;
            bus_give_memory(bus, old, old->bytes);
        }
    }
    while (*unit != NULL) {
        struct unit *old = *unit;

        if (unit_is_referred(bus, old)) {
            unit = &old->next;
        } else {
            *unit = old->next;
            unit_free(bus, old);
        }
    }
}

void registry_free(struct bus *bus)
{
    uint32_t i;

    for (i = 1; i <= bus->route_count; i++)
        if (bus->routes[i]->list != NULL)
            bus_give_memory(bus, bus->routes[i]->list, bus->routes[i]->list->bytes);
    while (bus->retired_lists != NULL) {
        struct handler_list *list = bus->retired_lists;

        bus->retired_lists = list->next;
        bus_give_memory(bus, list, list->bytes);
    }
    while (bus->units != NULL) {
        struct unit *unit = bus->units;

        bus->units = unit->next;
        unit_free(bus, unit);
    }
    made_close(bus);
    while (bus->retired_units != NULL) {
        struct unit *unit = bus->retired_units;

        bus->retired_units = unit->next;
        unit_free(bus, unit);
    }
    guards_close(bus);
}
