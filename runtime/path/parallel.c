/*
 * path/parallel.c - the handlers of one order, run beside each other.
 *
 * Use. The worker that has the message (the owner) offers one part per handler in the bus-wide
 * queue, wakes sleeping workers, runs parts itself, and waits until none is left; so handlers of
 * the next order see all of this one done. Idle workers and owners that wait run parts of any
 * group, never a new message.
 *
 * Lifetime. The group lies on the owner's stack. A helper's last access to it is the fetch_add of
 * `remaining`; its wake afterwards uses only the address. The owner's frame pins the handler list,
 * and with it the handlers, until it has seen remaining == 0.
 *
 * Depth. Groups are opened by the dispatch of events only, which is the outermost frame of a
 * worker; a part is one frame deeper. So there is always room for a part of one's own group.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/hold.h"

struct group {
    const struct bus_delivery *model;
    struct handler **handlers;
    struct thread *owner;
    bus_os_word remaining; /* shared */
    uint32_t failed;       /* shared */
    uint32_t lost;         /* shared: one of them for good */
    struct held *again;    /* shared: parts that failed and may run again, by `next` */
};

static __attribute__((cold, noinline)) void fail_part(struct group *group,
                                                      struct bus_delivery *delivery)
{
    struct held *held = part_failed(delivery);

    /* Pushed only, until all parts have ended. */
    if (held != NULL)
        do
            held->next = atomic_load_relaxed_ptr(&group->again);
        while (!atomic_cas_ptr(&group->again, held->next, held));
    else
        atomic_store_release_u32(&group->lost, 1);
    atomic_store_release_u32(&group->failed, 1);
}

static void run_part(struct thread *thread, struct group *group, uint32_t index)
{
    const struct bus_delivery *model = group->model;
    struct handler *handler = group->handlers[index];
    struct bus *bus = thread->bus;
    struct frame *frame = frame_push(thread, NO_ROUTE);
    bus_os_word *word = &group->remaining;
    struct bus_delivery delivery;

    waits_part(bus, thread, frame, group->owner);
    delivery.bus = bus;
    delivery.thread = thread;
    delivery.route = model->route;
    delivery.cell = model->cell;
    delivery.extension = model->extension;
    delivery.bytes = model->bytes;
    delivery.size = model->size;
    delivery.message = model->message;
    delivery.handler = handler;
    if (frame_enter(bus, frame, handler) && !delivery_run(&delivery))
        fail_part(group, &delivery);
    frame_leave(frame);
    waits_part(bus, thread, frame, NULL);
    frame_pop(thread);
    if (atomic_fetch_add_u32(word, (uint32_t)-1) == 1)
        bus->os.wake(bus->os.context, word, true);
}

bool parallel_help(struct bus *bus, struct thread *thread)
{
    struct part part;

    if (parts_empty_hint(&bus->parts) ||
        atomic_load_relaxed_u32(&thread->depth) == BUS_NESTING_MAX ||
        !parts_pop(&bus->parts, &part))
        return false;
    run_part(thread, part.group, part.index);
    return true;
}

static void wake_helpers(struct bus *bus, const struct thread *owner)
{
    uint32_t i;

    for (i = 0; i < bus->worker_count; i++)
        if (&bus->workers[i] != owner->worker)
            parking_wake(&bus->workers[i].parking);
}

bool parallel_run(const struct bus_delivery *model, struct worker *worker,
                  struct handler **handlers, uint32_t count)
{
    struct thread *thread = model->thread;
    struct bus *bus = thread->bus;
    struct group group = {
        .model = model, .handlers = handlers, .owner = thread, .remaining = count};
    uint32_t offered = 1, left, i;

    waits_group(bus, thread, true);
    while (offered < count && parts_push(&bus->parts, (struct part){&group, offered}))
        offered++;
    if (offered > 1)
        wake_helpers(bus, thread);
    run_part(thread, &group, 0);
    for (i = offered; i < count; i++)
        run_part(thread, &group, i);
    while ((left = atomic_load_acquire_u32(&group.remaining)) != 0)
        if (!parallel_help(bus, thread))
            (void)bus->os.wait(bus->os.context, &group.remaining, left, UINT64_MAX);
    waits_group(bus, thread, false);
    if (__builtin_expect(atomic_load_acquire_u32(&group.failed) == 0, 1))
        return true;
    parts_settle(model, worker, atomic_load_acquire_ptr(&group.again),
                 atomic_load_acquire_u32(&group.lost) != 0);
    return false;
}
