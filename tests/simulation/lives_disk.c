/* lives_disk.c - see lives.h: a store whose power can be cut. */
#include "lives.h"

static uint64_t draw(struct lives *lives, uint64_t bound)
{
    return bus_simulation_draw(lives->simulation, bound);
}

static struct lives *lives_of(void *context)
{
    return context;
}

/* ---- requests ---- */

enum fate { CARRIED_OUT, REFUSED, FAILED };

static enum fate fate_of(struct lives *lives)
{
    struct disk *disk = &lives->disk;

    disk->requests++;
    if (disk->left != 0 && --disk->left == 0)
        disk->power = false;
    if (!disk->power || bus_simulation_chance(lives->simulation, disk->refuses))
        return REFUSED;
    disk->failing = bus_simulation_chance(lives->simulation, disk->fails);
    return disk->failing ? FAILED : CARRIED_OUT;
}

static bool fail(bus_store_done done, void *to)
{
    if (done != NULL)
        done(to, BUS_ERR_SYSTEM, 0);
    return true;
}

static bool put(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct disk *disk = &lives_of(context)->disk;
    enum fate fate = fate_of(context);

    /* It says that it has it. */
    if (lives_of(context)->sabotage == SABOTAGE_DISK && stored->kind == BUS_STORED_EVENT &&
        disk->requests % 64 == 5 && disk->power) {
        done(to, BUS_OK, 1000000 + disk->requests);
        return true;
    }
    if (fate == FAILED)
        return fail(done, to);
    return fate == CARRIED_OUT && disk->below->put(disk->below->context, stored, done, to);
}

static bool change(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct disk *disk = &lives_of(context)->disk;
    enum fate fate = fate_of(context);

    struct bus_stored changed = *stored;

    if (fate == FAILED)
        return fail(done, to);
    if (lives_of(context)->sabotage == SABOTAGE_PHASE && stored->kind == BUS_STORED_SCHEDULED)
        changed.due_ns += BUS_MILLISECOND / 3;
    return fate == CARRIED_OUT && disk->below->change(disk->below->context, &changed, done, to);
}

static bool take_out(void *context, enum bus_stored_kind kind, uint64_t number, bus_store_done done,
                     void *to)
{
    struct lives *lives = context;
    struct disk *disk = &lives->disk;
    enum fate fate = fate_of(lives);

    bool done_now = !disk->slow && fate == CARRIED_OUT;

    if (kind == BUS_STORED_EVENT)
        disk->removals_lost += fate != CARRIED_OUT;
    if (kind == BUS_STORED_SCHEDULED)
        disk->entry_removals_lost += fate != CARRIED_OUT;
    if (kind == BUS_STORED_SCHEDULED && done_now)
        lives_removed(lives, number);
    if (lives->sabotage == SABOTAGE_BACK && kind == BUS_STORED_SCHEDULED && done_now) {
        if (done != NULL)
            done(to, BUS_OK, number);
        return true;
    }
    if (lives->sabotage == SABOTAGE_REMOVAL && kind == BUS_STORED_EVENT && number % 16 == 5) {
        done(to, BUS_OK, number);
        return true;
    }
    if (fate == FAILED)
        return fail(done, to);
    if (fate == CARRIED_OUT && disk->below->remove(disk->below->context, kind, number, done, to))
        return true;
    disk->entry_removals_lost += kind == BUS_STORED_SCHEDULED && fate == CARRIED_OUT; /* no room */
    return false;
}

/* ---- looking at it ---- */

static bool next(void *context, const struct bus_store_query *query)
{
    struct disk *disk = &lives_of(context)->disk;

    return disk->power && disk->below->next(disk->below->context, query);
}

static void state(void *context, struct bus_store_state *told)
{
    struct disk *disk = &lives_of(context)->disk;

    disk->below->state(disk->below->context, told);
    if (!disk->power)
        told->condition = BUS_STORE_BROKEN;
    else if (disk->failing && told->condition == BUS_STORE_FINE)
        told->condition = BUS_STORE_FAILING;
}

static bool identity(void *context, uint8_t bytes[64], bool set)
{
    struct disk *disk = &lives_of(context)->disk;

    return disk->power && disk->below->identity(disk->below->context, bytes, set);
}

/* ---- the slow disk's thread ---- */

static void be_disk(void *argument)
{
    struct lives *lives = argument;
    struct disk *disk = &lives->disk;

    while (!disk->closing && disk->power) {
        bus_simulation_sleep(lives->simulation, draw(lives, 2 * BUS_MILLISECOND));
        if (disk->power)
            (void)bus_memory_store_run(disk->store, 1 + (uint32_t)draw(lives, 12));
    }
    disk_cut(lives);
    disk->runs = false;
}

/* What was on its way is carried out up to some point, and not from there on. */
void disk_cut(struct lives *lives)
{
    struct disk *disk = &lives->disk;
    struct bus_store_state told;

    if (disk->ended)
        return;
    disk->ended = true;
    if (disk->closing && disk->power) { /* the bus has ended in peace */
        bus_memory_store_hold(disk->store, false);
        return;
    }
    disk->power = false;
    disk->below->state(disk->below->context, &told);
    if (told.waiting != 0 && draw(lives, 4) != 0)
        (void)bus_memory_store_run(disk->store, (uint32_t)draw(lives, told.waiting + 1));
    bus_memory_store_fault(disk->store, BUS_MEMORY_STORE_FAILS, 0, 0);
    bus_memory_store_hold(disk->store, false);
    bus_memory_store_fault(disk->store, BUS_MEMORY_STORE_WORKS, 0, 0);
}

bool disk_begin(struct lives *lives)
{
    struct disk *disk = &lives->disk;

    disk->power = true;
    disk->closing = disk->ended = false;
    disk->failing = false;
    disk->slow = draw(lives, 3) != 0;
    disk->refuses = lives->calm || draw(lives, 3) != 0 ? 0 : (uint32_t)draw(lives, 200000);
    disk->fails = lives->calm || draw(lives, 3) != 0 ? 0 : (uint32_t)draw(lives, 200000);
    disk->left = 0;
    if (!lives->calm && draw(lives, 4) != 0)
        disk->left = 1 + draw(lives, draw(lives, 2) == 0 ? 60 : 600);
    disk->removals_lost = disk->entry_removals_lost = 0;
    if (!disk->slow)
        return true;
    bus_memory_store_hold(disk->store, true);
    disk->runs = true;
    if (bus_simulation_spawn(lives->simulation, "disk", be_disk, lives) != BUS_OK) {
        lives_wrong(lives, "the disk's thread: %s", bus_last_error());
        return false;
    }
    return true;
}

bool disk_open(struct lives *lives)
{
    struct disk *disk = &lives->disk;
    struct bus_memory_store_options options = {
        .os = bus_simulation_os(lives->simulation),
        .entries = 3000,
        .requests = 1 + (uint32_t)draw(lives, 100),
    };

    if (draw(lives, 3) == 0)
        options.entries = 10 + (uint32_t)draw(lives, 100);
    if (bus_memory_store_open(&disk->store, &options) != BUS_OK) {
        lives_wrong(lives, "bus_memory_store_open: %s", bus_last_error());
        return false;
    }
    disk->below = bus_memory_store_table(disk->store);
    disk->table = (struct bus_store){.context = lives,
                                     .put = put,
                                     .change = change,
                                     .remove = take_out,
                                     .next = next,
                                     .state = state,
                                     .identity = identity};
    return true;
}

void disk_close(struct lives *lives)
{
    bus_memory_store_close(&lives->disk.store);
}
