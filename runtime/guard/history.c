/*
 * guard/history.c - the last reports.
 *
 * A ring of whole reports, reserved at open or when its size is changed; the oldest one is
 * overwritten. A reader copies one report at a time under the lock and shows the copy without it.
 */
#include "guard/errors.h"

#include "path/path.h"

_Static_assert(sizeof(struct kept_report) <= 6 * 1024, "at most 6 KiB for each error kept");

static size_t history_bytes(uint32_t kept)
{
    return (size_t)kept * sizeof(struct kept_report);
}

bool history_make(struct bus *bus, struct history *history, uint32_t kept)
{
    *history = (struct history){NULL, kept};
    if (kept != 0)
        history->reports = bus_take_memory(bus, history_bytes(kept), CACHE_LINE);
    return kept == 0 || history->reports != NULL;
}

void history_free(struct bus *bus, struct history *history)
{
    if (history->reports != NULL)
        bus_give_memory(bus, history->reports, history_bytes(history->kept));
    history->reports = NULL;
}

struct kept_report *history_place(struct history *history, uint64_t id)
{
    return history->kept != 0 ? &history->reports[id % history->kept] : NULL;
}

struct kept_report *history_find(struct history *history, uint64_t id)
{
    struct kept_report *kept = history_place(history, id);

    return kept != NULL && id != 0 && kept->report.id == id ? kept : NULL;
}

static uint64_t oldest_of(const struct errors *errors)
{
    return errors->reported > errors->history.kept ? errors->reported - errors->history.kept + 1
                                                   : 1;
}

bool history_copy(struct bus *bus, uint64_t id, struct bus_error_report *copy)
{
    struct errors *errors = bus->errors;
    const struct kept_report *kept;

    lock_take(&errors->lock, &bus->os);
    kept = history_find(&errors->history, id);
    if (kept != NULL) {
        *copy = kept->report;
        copy->error.text = copy->text;
    }
    lock_give(&errors->lock, &bus->os);
    return kept != NULL;
}

uint64_t history_begin(struct bus *bus, uint64_t *last)
{
    uint64_t oldest;

    lock_take(&bus->errors->lock, &bus->os);
    oldest = oldest_of(bus->errors);
    *last = bus->errors->reported;
    lock_give(&bus->errors->lock, &bus->os);
    return oldest;
}

uint64_t bus_errors_each(struct bus *bus, bus_error_fn fn, void *context)
{
    struct bus_error_report copy;
    uint64_t id, last, count = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL || bus->errors == NULL)
        return 0;
    id = history_begin(bus, &last);
    for (; id <= last; id++)
        if (history_copy(bus, id, &copy)) {
            fn(context, &copy);
            count++;
        }
    return count;
}

/* Exchanges the rings; what fits of the old one goes over. */
static void exchange(struct errors *errors, struct history *made)
{
    struct history old = errors->history;
    uint64_t id = oldest_of(errors);

    for (; id <= errors->reported; id++) {
        const struct kept_report *from = history_find(&errors->history, id);
        struct kept_report *to = history_place(made, id);

        if (from != NULL && to != NULL)
            *to = *from;
    }
    errors->history = *made;
    *made = old;
}

enum bus_status bus_errors_keep(struct bus *bus, uint32_t count)
{
    struct history made;

    if (count == BUS_ERRORS_NONE)
        count = 0;
    if (bus == NULL || bus->magic != BUS_MAGIC || count > BUS_ERRORS_MOST)
        return fail_status(BUS_ERR_INVALID,
                           "cannot keep errors: the bus is NULL or closed, or they are more than "
                           "%u",
                           BUS_ERRORS_MOST);
    if (bus->errors == NULL)
        return fail_status(BUS_ERR_STATE, "bus %s: opened with no_error_handling", bus->name);
    if (!history_make(bus, &made, count))
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory to keep %u errors", bus->name, count);
    lock_take(&bus->errors->lock, &bus->os);
    exchange(bus->errors, &made);
    lock_give(&bus->errors->lock, &bus->os);
    history_free(bus, &made);
    return BUS_OK;
}
