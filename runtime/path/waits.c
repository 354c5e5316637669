/*
 * path/waits.c - who waits for whom, so that nobody waits for himself.
 *
 * Nodes are threads. A thread that is inside a handler waits for another one when it executes a
 * command there, or unregisters a handler that runs there; and the owner of a parallel group waits
 * for all threads that run its parts. Before a thread adds its edge, it walks the graph from where
 * the edge would lead; if it comes back to itself the wait is refused. Edges are added and walked
 * under one lock: of two threads that would close a circle together the second one sees the first.
 *
 * Threads outside handlers are not in the graph: nobody waits for them.
 */
#include "path/path.h"

static bool leads_to(struct bus *bus, struct thread *from, const struct thread *to)
{
    uint32_t i, d, n;

    if (from == to)
        return true;
    if (from == NULL || from->visit == bus->visit)
        return false;
    from->visit = bus->visit;
    if (from->waits_for != NULL && leads_to(bus, from->waits_for, to))
        return true;
    if (!from->has_group)
        return false;
    n = atomic_load_acquire_u32(&bus->threads_known);
    for (i = 0; i < n; i++) {
        struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (d = 0; thread != NULL && d < BUS_NESTING_MAX; d++)
            if (thread->frames[d].owner == from && leads_to(bus, thread, to))
                return true;
    }
    return false;
}

bool waits_begin(struct bus *bus, struct thread *self, struct thread *other)
{
    bool fine;

    lock_take(&bus->waits, &bus->os);
    bus->visit++;
    fine = other == NULL || !leads_to(bus, other, self);
    if (fine)
        self->waits_for = other;
    lock_give(&bus->waits, &bus->os);
    return fine;
}

void waits_end(struct bus *bus, struct thread *self)
{
    lock_take(&bus->waits, &bus->os);
    self->waits_for = NULL;
    lock_give(&bus->waits, &bus->os);
}

struct thread *waits_runner(struct bus *bus, const struct unit *unit, const struct thread *self)
{
    uint32_t i, d, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (d = 0; thread != NULL && thread != self && d < BUS_NESTING_MAX; d++) {
            const struct handler *handler = atomic_load_acquire_ptr(&thread->frames[d].handler);

            if (handler >= unit->handlers && handler < unit->handlers + unit->handler_count)
                return thread;
        }
    }
    return NULL;
}

void waits_group(struct bus *bus, struct thread *self, bool has_group)
{
    lock_take(&bus->waits, &bus->os);
    self->has_group = has_group;
    lock_give(&bus->waits, &bus->os);
}

void waits_part(struct bus *bus, struct thread *self, struct frame *frame, struct thread *owner)
{
    if (owner == self)
        return;
    lock_take(&bus->waits, &bus->os);
    frame->owner = owner;
    lock_give(&bus->waits, &bus->os);
}
