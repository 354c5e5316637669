/* pipeline/links.c - adding and removing links; the argument is at the top of links.h. */
#include "pipeline/links.h"

#include <inttypes.h>

static struct link **head_of(struct bus *bus, enum row row)
{
    return row == ROW_FILTERS ? &bus->filters : &bus->chain;
}

void link_add(struct bus *bus, enum row row, struct link *link)
{
    struct link **at = head_of(bus, row);

    while (*at != NULL)
        at = &(*at)->next;
    link->id = ++bus->links.last_id;
    link->row = row;
    atomic_store_release_ptr(at, link);
}

struct link *link_find(struct bus *bus, enum row row, uint64_t id)
{
    struct link *link = *head_of(bus, row);

    while (link != NULL && (link->id != id || id == 0))
        link = link->next;
    return link;
}

uint64_t epoch_begin(struct bus *bus)
{
    uint64_t epoch = bus->links.epoch + 1;

    atomic_store_release_u64(&bus->links.epoch, epoch);
    return epoch;
}

/* To be freed some time. Registry lock. Returns what wait_for_walkers wants. */
static uint64_t take_out(struct bus *bus, enum row row, struct link *link)
{
    struct link **at = head_of(bus, row);

    while (*at != link)
        at = &(*at)->next;
    atomic_store_release_ptr(at, link->next);
    bus_barrier(bus);
    link->left = epoch_begin(bus);
    link->retired = bus->links.retired;
    bus->links.retired = link;
    return link->left;
}

struct thread *walker_before(const struct bus *bus, enum row row, uint64_t epoch,
                             const struct thread *except)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < n; i++) {
        struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);
        uint64_t since;

        if (thread == NULL || thread == except)
            continue;
        since = atomic_load_acquire_u64(&thread->walks[row].since);
        if (since != 0 && since <= epoch)
            return thread;
    }
    return NULL;
}

static enum bus_status wait_for_walkers(struct bus *bus, enum row row, uint64_t epoch)
{
    struct thread *self = thread_known(bus);
    enum bus_status status = BUS_OK;
    struct thread *walker;

    if (self != NULL && self->walks[row].depth != 0)
        return BUS_OK;
    atomic_fetch_add_u32(&bus->watchers, 1);
    bus_barrier(bus);
    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&bus->news);
        bool inside = self != NULL && atomic_load_relaxed_u32(&self->depth) != 0;

        walker = walker_before(bus, row, epoch, self);
        if (walker == NULL)
            break;
        if (inside && !waits_begin(bus, self, walker)) {
            status = fail_status(BUS_ERR_BUSY,
                                 "bus %s: it is removed, but a thread is inside and waits for this "
                                 "handler; it holds from its return on",
                                 bus->name);
            break;
        }
        (void)bus->os.wait(bus->os.context, &bus->news, seen, bus_until(bus, 10 * BUS_MILLISECOND));
        if (inside)
            waits_end(bus, self);
    }
    atomic_fetch_add_u32(&bus->watchers, (uint32_t)-1);
    return status;
}

enum bus_status link_leave(struct bus *bus, enum row row, uint64_t id, const char *what)
{
    enum bus_status status;
    struct link *link;
    uint64_t epoch = 0;

    lock_take(&bus->registry, &bus->os);
    link = link_find(bus, row, id);
    if (link != NULL)
        epoch = take_out(bus, row, link);
    lock_give(&bus->registry, &bus->os);
    if (link == NULL)
        return fail_status(BUS_ERR_NOT_REGISTERED, "bus %s: it has no %s %" PRIu64, bus->name, what,
                           id);
    status = wait_for_walkers(bus, row, epoch);
    lock_take(&bus->registry, &bus->os);
    links_sweep(bus);
    lock_give(&bus->registry, &bus->os);
    return status;
}

void links_sweep(struct bus *bus)
{
    struct link **at = &bus->links.retired;

    while (*at != NULL) {
        struct link *link = *at;

        if (walker_before(bus, link->row, link->left, NULL) != NULL) {
            at = &link->retired;
        } else {
            *at = link->retired;
            if (link->row == ROW_FILTERS)
                bus->links.filter_slots &= ~(UINT32_C(1) << ((struct filter_link *)link)->slot);
            bus_give_memory(bus, link, link->bytes);
        }
    }
}

static void free_row(struct bus *bus, struct link *link)
{
    while (link != NULL) {
        struct link *next = link->next;

        bus_give_memory(bus, link, link->bytes);
        link = next;
    }
}

void links_free(struct bus *bus)
{
    links_sweep(bus);
    free_row(bus, bus->filters);
    free_row(bus, bus->chain);
}
