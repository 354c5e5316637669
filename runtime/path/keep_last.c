/* path/keep_last.c - see keep_last.h; the table is path/last.c. */
#include "path/keep_last.h"

#include <assert.h>

#include "core/registry.h"
#include "path/last.h"
#include "path/path.h"

/* ---- making ---- */

static uint32_t cells_of(const struct bus *bus, const struct route *route)
{
    return bus->options.capacity[route->type->priority] * bus->worker_count;
}

static size_t table_bytes(void)
{
    return (sizeof(struct last_table) + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
}

static size_t bytes_of(const struct bus *bus, const struct route *route)
{
    return table_bytes() + last_bytes(cells_of(bus, route), bus->threads_size);
}

bool keep_last_make(struct bus *bus, struct route *route)
{
    uint8_t *memory = bus_take_memory(bus, bytes_of(bus, route), CACHE_LINE);

    if (memory == NULL)
        return false;
    route->last = (struct last_table *)(void *)memory;
    last_init(route->last, memory + table_bytes(), cells_of(bus, route), bus->threads_size,
              bus->seed.high);
    return true;
}

void keep_last_free(struct bus *bus, struct route *route)
{
    if (route->last != NULL)
        bus_give_memory(bus, route->last, bytes_of(bus, route));
}

/* ---- publishers ---- */

static uint32_t body_of(const struct posting *posting)
{
    uint32_t size =
        posting->size + ((posting->flags & CELL_EXTENDED) != 0 ? CELL_EXTENSION_SIZE : 0);

    return (size + 7) & ~UINT32_C(7);
}

/* The message and its header into the block. */
static struct cell *write_block(struct posting *posting, void *block)
{
    struct place place = {.cell = (struct cell *)(void *)((uint8_t *)block + body_of(posting)),
                          .block = block};

    posting->flags |= CELL_POOLED;
    posting_pack(posting, posting_head(posting, &place));
    return place.cell;
}

static void replaced(struct posting *posting, const struct cell *old)
{
    counter_add(&thread_count(posting->thread, posting->route)->replaced, 1);
    pool_give(&posting->bus->pool, cell_block(old));
    tell_room(posting->bus);
}

/* It is counted before anybody can see it, as in posting.c. */
static bool replace(struct posting *posting, uint64_t key, struct cell *cell)
{
    struct counters *counters = thread_count(posting->thread, posting->route);
    uint32_t worker = posting->worker->index;
    void *old;

    if (last_look(posting->route->last, key, worker) == NULL)
        return false;
    counter_add(&counters->queued, 1);
    if (last_replace(posting->route->last, key, worker, cell, &old)) {
        replaced(posting, old);
        return true;
    }
    counter_add(&counters->queued, (uint64_t)0 - 1);
    return false;
}

/* Its lane cell. */
static void write_cell(const struct posting *posting, struct cell *cell, uint64_t key)
{
    cell_set(cell, &(struct cell_head){.size = sizeof key,
                                       .flags = CELL_LAST,
                                       .type = posting->route->index,
                                       .publisher = posting->thread->publisher});
    memcpy(cell_inside(cell), &key, sizeof key);
}

/* Its lane cell is claimed. False: it has become queued through another cell, and has been replaced
 * there. */
static bool add(struct posting *posting, uint64_t key, struct cell *cell, struct cell *place)
{
    struct counters *counters = thread_count(posting->thread, posting->route);
    enum last_added added;

    for (;;) {
        counter_add(&counters->queued, 1);
        added = last_add(posting->route->last, key, posting->worker->index, cell);
        if (added == LAST_ADDED) {
            write_cell(posting, place, key);
            return true;
        }
        if (added == LAST_FULL) { /* behind whatever there is of its key, as a cell like others */
            memcpy((uint8_t *)place + sizeof place->turn, (uint8_t *)cell + sizeof cell->turn,
                   cell_used(cell) - sizeof cell->turn);
            return true;
        }
        counter_add(&counters->queued, (uint64_t)0 - 1);
        if (replace(posting, key, cell))
            return false;
    }
}

enum bus_outcome keep_last_send(struct posting *posting, uint32_t gate, enum place_as as)
{
    uint64_t key = posting->route->type->key(posting->message);
    struct place place = {0};
    struct cell *cell = NULL;
    enum bus_outcome outcome;
    uint32_t body;

    posting_choose(posting, gate);
    body = body_of(posting) + (uint32_t)sizeof(struct cell_stub);
    place.block = pool_take(&posting->bus->pool, body);
    if (place.block != NULL) {
        cell = write_block(posting, place.block);
        if (replace(posting, key, cell))
            return (gate & GATE_BUFFERING) != 0 ? BUS_BUFFERED : BUS_QUEUED;
    }
    outcome = posting_find(posting, gate, &place, body, true, as);
    if (outcome != BUS_QUEUED)
        return outcome;
    if (cell == NULL)
        cell = write_block(posting, place.block);
    if (!add(posting, key, cell, place.cell))
        cell_set_skip(place.cell);
    return posting_show(posting, &place, gate);
}

/* ---- workers ---- */

bool keep_last_take(struct worker *worker, const struct cell *cell)
{
    const struct route *route = route_at(worker->bus, cell_type(cell));
    const struct cell *newest = last_take(route->last, keep_last_key(cell), worker->index);

    assert(newest != NULL);
    if (newest != NULL)
        memcpy(worker->taken, newest, sizeof(struct cell_stub));
    return newest != NULL;
}

const struct cell *keep_last_look(const struct worker *worker, const struct cell *cell)
{
    const struct route *route = route_at(worker->bus, cell_type(cell));

    return last_look(route->last, keep_last_key(cell), worker->index);
}

void keep_last_move(struct bus *bus, struct cell *copy, uint32_t worker)
{
    struct last_table *table = route_at(bus, cell_type(copy))->last;
    uint64_t key = keep_last_key(copy);
    struct cell *cell;

    if (worker == 0)
        return;
    cell = last_take(table, key, 0);
    if (last_add(table, key, worker, cell) != LAST_ADDED)
        memcpy(copy, cell, sizeof(struct cell_stub));
}
