/*
 * path/durable_read.c - what is on disk is read, many rows at a time; nobody stands still for it.
 *
 * There is one batch: rows of all types, those with the lowest numbers above the one that the read
 * began at. Worker 0 asks the store for it and goes on with its lanes; the store shows the rows, on
 * a thread of its own if it has one, and posts worker 0 when they are there. At start, and when the
 * bus has stopped, who reads waits. A request that ends later was chosen over a thread for the
 * loader: the store of SQLite has its one thread anyway, and in a simulation there is none.
 *
 * Bounds. A batch has READ_ROWS rows and, unless one alone is larger, READ_BYTES of messages; its
 * memory is part of that of the records, taken at open. One read is on its way at a time.
 *
 * Whole. The store gives numbers in the order in which it carries out requests, and a read sees all
 * that were made before it. So a batch has every event of its span, (from, last], that was not
 * removed when it was asked for: nothing can come to lie between its rows later.
 *
 * Old. An event of the span may end after the batch was asked for: then it is in the batch, and not
 * on disk any more. While the loader may come by it (its type has events behind, and it is above
 * behind_from) its record stays therefore, in the list `ended`; whoever takes a row of a batch asks
 * first for a record (row_is_there). A record comes into the list after the removal was asked for,
 * and the list is emptied before the next read is, which does not see the row.
 * A record that is given at once is of an event that the loader does not come by any more, unless
 * behind_from is lowered: a publisher was late to say that his event is behind. Therefore a batch
 * with such an event in its span is of no use any more (`noted`).
 * Events that stay on disk although they have ended are in the list, too, whatever the batch is.
 */
#include "path/durable.h"

size_t read_size(const struct bus *bus)
{
    return READ_ROWS * sizeof(struct read_row) + READ_ROWS * 8 +
           (bus->message_size_max > READ_BYTES ? bus->message_size_max : READ_BYTES);
}

void read_open(struct bus *bus, uint8_t *memory)
{
    struct disk_batch *batch = &bus->durable->batch;

    batch->rows = (struct read_row *)(void *)memory;
    batch->room = memory + READ_ROWS * sizeof(struct read_row);
    batch->room_size = read_size(bus) - READ_ROWS * sizeof(struct read_row);
    batch->well = true;
}

/* ---- records of events that have ended ---- */

/* Lock held. */
static bool is_wanted(const struct durable *durable, const struct durable_row *row)
{
    const struct disk_batch *batch = &durable->batch;
    const struct route *route = row->route;

    return route->behind != 0 && row->number > route->behind_from &&
           (atomic_load_relaxed_u32(&row->stays) != 0 ||
            (row->number > batch->from && row->number <= batch->last));
}

void row_end(struct durable *durable, struct durable_row *row)
{
    if (!is_wanted(durable, row)) {
        row_give(durable, row);
        return;
    }
    row->following = durable->ended;
    durable->ended = row_index(durable, row);
}

void row_sweep(struct durable *durable)
{
    uint32_t index = durable->ended;

    durable->ended = 0;
    while (index != 0) {
        struct durable_row *row = &durable->rows[index - 1];

        index = row->following;
        row_end(durable, row);
    }
}

void row_give_ended(struct durable *durable)
{
    if (durable->ended == 0)
        return;
    durable->batch.from = durable->batch.last = 0;
    while (durable->ended != 0) {
        struct durable_row *row = &durable->rows[durable->ended - 1];

        durable->ended = row->following;
        row_give(durable, row);
    }
}

void row_lower(struct durable *durable, struct route *route, uint64_t number)
{
    if (route->behind == 0 || number <= route->behind_from)
        route->behind_from = number - 1;
    if (number > durable->batch.from && number < durable->batch.noted)
        durable->batch.noted = number;
}

/* ---- the batch ---- */

/* Called by the store. */
static void keep_row(void *to, const struct bus_stored *stored)
{
    struct bus *bus = to;
    struct disk_batch *batch = &bus->durable->batch;
    struct read_row *row = &batch->rows[batch->count];
    size_t size = (size_t)stored->size, session;

    if (batch->count == READ_ROWS)
        return;
    row->too_large = stored->size > bus->message_size_max;
    if (row->too_large)
        size = 0;
    if (size > batch->room_size - batch->used)
        return;
    row->stored = *stored;
    row->stored.bytes = batch->room + batch->used;
    if (size != 0)
        memcpy(batch->room + batch->used, stored->bytes, size);
    batch->used += (size + 7) & ~(size_t)7;
    session = stored->session != NULL ? strnlen(stored->session, BUS_STORED_SESSION_MOST) : 0;
    if (session != 0)
        memcpy(row->session, stored->session, session);
    row->session[session] = '\0';
    row->stored.session = row->session;
    row->stored.message = row->stored.handler = row->stored.error.text = "";
    batch->count++;
}

static struct bus_store_query begin(struct bus *bus, uint64_t after)
{
    struct disk_batch *batch = &bus->durable->batch;

    durable_lock(bus);
    batch->from = batch->last = 0;
    row_sweep(bus->durable);
    batch->from = after;
    batch->last = batch->noted = UINT64_MAX;
    durable_unlock(bus);
    batch->count = 0;
    batch->used = 0;
    return (struct bus_store_query){.kind = BUS_STORED_EVENT,
                                    .after = after,
                                    .rows = READ_ROWS,
                                    .bytes = READ_BYTES,
                                    .reader = keep_row,
                                    .to = bus};
}

static void end(struct bus *bus)
{
    struct disk_batch *batch = &bus->durable->batch;

    durable_lock(bus);
    batch->last = batch->count != 0 ? batch->rows[batch->count - 1].stored.number : batch->from;
    batch->well = batch->count != 0;
    row_sweep(bus->durable);
    durable_unlock(bus);
}

bool read_and_wait(struct bus *bus, uint64_t after)
{
    const struct bus_store *store = bus->options.store;
    struct bus_store_query query = begin(bus, after);

    (void)store->next(store->context, &query);
    end(bus);
    return bus->durable->batch.count != 0;
}

/* Called by the store. */
static void read_ended(void *to, enum bus_status status, uint64_t number)
{
    struct bus *bus = to;
    struct durable *durable = bus->durable;
    void (*wake)(void *context, const bus_os_word *word, bool all) = bus->os.wake;
    void *context = bus->os.context;

    (void)status;
    (void)number;
    end(bus);
    atomic_store_release_u32(&durable->batch.asked, 0); /* from here on it is worker 0's */
    durable_post(bus);
    /* Its last access: the bus may be closed from here on. */
    atomic_fetch_add_u32(&durable->reads, (uint32_t)-1);
    wake(context, &durable->reads, true);
}

bool read_ask(struct bus *bus, uint64_t after)
{
    const struct bus_store *store = bus->options.store;
    struct durable *durable = bus->durable;
    struct bus_store_query query = begin(bus, after);

    query.done = read_ended;
    atomic_store_relaxed_u32(&durable->batch.asked, 1);
    atomic_fetch_add_u32(&durable->reads, 1);
    if (store->next(store->context, &query))
        return true;
    atomic_store_relaxed_u32(&durable->batch.asked, 0);
    atomic_fetch_add_u32(&durable->reads, (uint32_t)-1);
    end(bus);
    return false;
}

bool read_is_asked(const struct bus *bus)
{
    return atomic_load_acquire_u32(&bus->durable->batch.asked) != 0;
}

const struct read_row *read_find(const struct bus *bus, uint64_t after)
{
    const struct disk_batch *batch = &bus->durable->batch;
    uint32_t low = 0, high;

    if (read_is_asked(bus) || after < batch->from || after >= batch->last ||
        batch->noted <= batch->last)
        return NULL;
    high = batch->count; /* not before: the store writes it while it is asked */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (batch->rows[middle].stored.number <= after)
            low = middle + 1;
        else
            high = middle;
    }
    return &batch->rows[low];
}

static void see_nothing(void *to, const struct bus_stored *stored)
{
    (void)to;
    (void)stored;
}

void durable_end_reads(struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    struct durable *durable = bus->durable;
    uint32_t reads;

    if (durable == NULL || atomic_load_acquire_u32(&durable->reads) == 0)
        return;
    /* One that is waited for makes the store carry out all that was asked before. */
    (void)store->next(store->context, &(struct bus_store_query){.kind = BUS_STORED_EVENT,
                                                                .after = INT64_MAX,
                                                                .reader = see_nothing});
    while ((reads = atomic_load_acquire_u32(&durable->reads)) != 0)
        (void)bus->os.wait(bus->os.context, &durable->reads, reads, UINT64_MAX);
}
