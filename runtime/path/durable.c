/*
 * path/durable.c - records of durable events, and their end. What this is about: durable.h.
 */
#include "path/durable.h"

#include "core/registry.h"

/* ---- records ---- */

static size_t records_size(uint32_t most)
{
    return sizeof(struct durable) + most * sizeof(struct durable_row);
}

static size_t durable_size(const struct bus *bus, uint32_t most, uint32_t buckets)
{
    return records_size(most) + read_size(bus) + buckets * sizeof(uint32_t);
}

static uint32_t *bucket_of(struct durable *durable, struct bus_uuid id)
{
    return &durable->buckets[(uint32_t)bus_key_u64(id.high ^ bus_key_u64(id.low)) & durable->mask];
}

struct durable_row *row_take(struct bus *bus, struct route *route, struct bus_uuid id, bool reserve)
{
    struct durable *durable = bus->durable;
    uint32_t *bucket = bucket_of(durable, id), index;

    if (durable->taken >= durable->most - (reserve ? durable->most / DURABLE_RESERVE : 0))
        return NULL;
    if (durable->free != 0) {
        index = durable->free;
        durable->free = durable->rows[index - 1].next;
    } else {
        index = ++durable->used;
    }
    durable->taken++;
    durable->rows[index - 1] =
        (struct durable_row){.bus = bus, .id = id, .route = route, .next = *bucket};
    *bucket = index;
    return &durable->rows[index - 1];
}

static void row_forget(struct durable *durable, struct durable_row *row)
{
    uint32_t *link = bucket_of(durable, row->id), index = row_index(durable, row);

    while (*link != index)
        link = &durable->rows[*link - 1].next;
    *link = row->next;
}

void row_give(struct durable *durable, struct durable_row *row)
{
    row_forget(durable, row);
    row->next = durable->free;
    durable->free = row_index(durable, row);
    durable->taken--;
}

bool row_is_there(struct durable *durable, struct bus_uuid id, uint64_t number)
{
    uint32_t index = *bucket_of(durable, id);

    for (; index != 0; index = durable->rows[index - 1].next) {
        struct durable_row *row = &durable->rows[index - 1];

        if (row->id.high != id.high || row->id.low != id.low)
            continue;
        if (row->number == number)
            return true;
        if (row->number == 0) {
            if (row->passed == 0 || number < row->passed)
                row->passed = number;
            return true;
        }
    }
    return false;
}

void row_note_behind(struct durable *durable, struct route *route, uint64_t number)
{
    row_lower(durable, route, number);
    atomic_store_release_u64(&route->behind, route->behind + 1);
}

uint64_t durable_behind(struct bus *bus, const struct route *route)
{
    return bus->durable != NULL ? atomic_load_acquire_u64(&route->behind) : 0;
}

bool durable_is_busy(const struct bus *bus)
{
    const struct durable *durable = bus->durable;

    if (durable == NULL)
        return false;
    if (atomic_load_acquire_u32(&durable->waiting) != 0 || durable_is_coming(bus))
        return true;
    /* Whoever published knows the end. What is left are last steps of put_ended on the store's
     * thread, which nobody could wait for. */
    while (atomic_load_acquire_u32(&durable->putting) != 0)
        bus->os.yield(bus->os.context);
    return false;
}

bool durable_has_waiters(const struct bus *bus)
{
    return bus->durable != NULL && atomic_load_acquire_u32(&bus->durable->waiting) != 0;
}

/* ---- open, close, figures ---- */

enum bus_status durable_check(const struct bus_options *options)
{
    const struct bus_schema *schema = options->schema;
    uint32_t i;

    if (options->store != NULL || options->durable_without_store)
        return BUS_OK;
    for (i = 0; schema != NULL && i < schema->message_count; i++)
        if ((schema->messages[i]->flags & BUS_TYPE_DURABLE) != 0)
            return fail_status(BUS_ERR_INVALID,
                               "%s is durable, and bus_options.store is NULL: give the bus a store "
                               "(bus/store.h), or set bus_options.durable_without_store",
                               schema->messages[i]->name);
    return BUS_OK;
}

/* Buses with the same store, one after another, have the same seed, so an id found there can be
 * made of a cell again. Where the wall clock was set back between two of them an id could come
 * twice, of the same millisecond, publisher and sequence: the sequence begins anywhere, of 2^23
 * places. Nothing here would mistake the one for the other, for the number counts too. */
static void take_seed(struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    uint8_t identity[64] = {0};

    memcpy(identity, &bus->seed.low, sizeof bus->seed.low);
    if (store->identity(store->context, identity, true))
        memcpy(&bus->seed.low, identity, sizeof bus->seed.low);
}

bool durable_open(struct bus *bus)
{
    const struct bus_store *store = bus->options.store;
    uint32_t most = bus->options.durable_max, buckets = 1;
    struct bus_store_state state;
    struct durable *durable;
    uint8_t *memory;
    size_t size;

    if (store == NULL)
        return true;
    while (buckets < most)
        buckets *= 2;
    size = durable_size(bus, most, buckets);
    durable = bus_take_memory(bus, size, CACHE_LINE);
    if (durable == NULL)
        return false;
    durable->size = size;
    durable->most = most;
    durable->mask = buckets - 1;
    durable->rows = (struct durable_row *)(void *)(durable + 1);
    memory = (uint8_t *)durable + records_size(most);
    durable->buckets = (uint32_t *)(void *)(memory + read_size(bus));
    bus->durable = durable;
    read_open(bus, memory);
    take_seed(bus);
    store->state(store->context, &state);
    durable->before = state.kinds[BUS_STORED_EVENT].last;
    return true;
}

void durable_close(struct bus *bus)
{
    struct durable *durable = bus->durable;

    if (durable != NULL)
        bus_give_memory(bus, durable, durable->size);
}

enum bus_status bus_durable_figures_read(struct bus *bus, struct bus_durable_figures *figures)
{
    uint32_t i, n;

    if (figures != NULL)
        *figures = (struct bus_durable_figures){0};
    if (bus == NULL || bus->magic != BUS_MAGIC || figures == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot read durable events: bus or figures is NULL");
    if (bus->durable == NULL)
        return BUS_OK;
    durable_lock(bus);
    *figures = bus->durable->figures;
    figures->in_memory = bus->durable->taken;
    n = atomic_load_acquire_u32(&bus->route_count);
    for (i = 1; i <= n; i++)
        figures->behind += route_at(bus, i)->behind;
    durable_unlock(bus);
    return BUS_OK;
}

/* ---- the end ---- */

void durable_stays(const struct cell_extension *extension)
{
    struct durable_row *row = row_of(extension);

    if (row != NULL)
        atomic_store_relaxed_u32(&row->stays, 1);
}

/* ---- the removal ---- */

/* Whoever waits for the removal goes on. */
static void tell_left(struct bus *bus, bus_os_word *left)
{
    if (left == NULL)
        return;
    atomic_fetch_add_u32(left, (uint32_t)-1); /* it is gone after that; to wake on it is harmless */
    bus->os.wake(bus->os.context, left, true);
}

/* Lock held. */
static bus_os_word *take_left(struct durable_row *row)
{
    bus_os_word *left = row->left;

    row->left = NULL;
    return left;
}

/* Lock held. The store did not take it on, or failed: another time. */
static void remove_later(struct durable *durable, struct durable_row *row)
{
    row->following = durable->removals;
    durable->removals = row_index(durable, row);
    durable->again_ns = bus_until(row->bus, DURABLE_DOUBT_NS);
}

/* From any thread, also inside the removal. The record is there until now, so the loader does not
 * take the event for one that is behind. */
static void removal_ended(void *to, enum bus_status status, uint64_t number)
{
    struct durable_row *row = to;
    struct bus *bus = row->bus;
    struct durable *durable = bus->durable;
    bool gone = status != BUS_ERR_SYSTEM, post;
    bus_os_word *left;

    (void)number;
    durable_lock(bus);
    left = take_left(row);
    post = !gone || row->route->behind != 0;
    if (gone) {
        durable->figures.removed++;
        row_end(durable, row);
    } else {
        remove_later(durable, row);
    }
    durable_unlock(bus);
    if (post)
        durable_post(bus);
    tell_room(bus);
    tell_left(bus, left);
    atomic_fetch_add_u32(&durable->removing, (uint32_t)-1);
}

bool row_remove(struct durable_row *row)
{
    struct bus *bus = row->bus;
    struct durable *durable = bus->durable;
    const struct bus_store *store = bus->options.store;
    bus_os_word *left;

    atomic_fetch_add_u32(&durable->removing, 1);
    if (store->remove(store->context, BUS_STORED_EVENT, row->number, removal_ended, row))
        return true;
    durable_lock(bus);
    left = take_left(row);
    remove_later(durable, row);
    durable_unlock(bus);
    tell_left(bus, left);
    atomic_fetch_add_u32(&durable->removing, (uint32_t)-1);
    return false;
}

void durable_take_back(struct durable_row *row, bus_os_word *left)
{
    atomic_fetch_add_u32(left, 1);
    durable_lock(row->bus);
    row->left = left;
    durable_unlock(row->bus);
    (void)row_remove(row);
}

/* The message has ended, and no letter of it is on its way. */
static void finish(struct durable_row *row)
{
    struct bus *bus = row->bus;
    struct durable *durable = bus->durable;
    bool post;

    if (atomic_load_relaxed_u32(&row->stays) == 0) {
        if (!row_remove(row))
            durable_post(bus);
        return;
    }
    durable_lock(bus);
    post = row->route->behind != 0;
    durable->figures.stayed++;
    row_end(durable, row);
    durable_unlock(bus);
    if (post)
        durable_post(bus);
    tell_room(bus);
}

void durable_settle(struct thread *thread, struct durable_row *row)
{
    struct bus *bus = thread->bus;
    bool last;

    durable_lock(bus);
    row->settled = true;
    last = row->letters == 0;
    durable_unlock(bus);
    if (last)
        finish(row);
}

void durable_letter_begins(struct durable_row *row)
{
    durable_lock(row->bus);
    row->letters++;
    durable_unlock(row->bus);
}

void durable_letter_ended(struct durable_row *row, bool on_disk)
{
    struct bus *bus = row->bus;
    bool last;

    durable_lock(bus);
    if (!on_disk)
        atomic_store_relaxed_u32(&row->stays, 1);
    last = --row->letters == 0 && row->settled;
    durable_unlock(bus);
    if (last)
        finish(row);
}
