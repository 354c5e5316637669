/*
 * guard/letter_store.c - dead letters that outlive the bus: in memory, and in a store, too.
 *
 * Memory is what everybody reads; each change goes to the store as a request behind it. So nobody
 * waits for the disk, least of all a worker whose handler has just failed, the bounds are those of
 * the memory, and a disk that fails takes no letter away. bus_open reads what the store holds, and
 * bus_close waits until it holds what the memory does.
 *
 * A request that the store refuses, or cannot carry out, is made again with the next letter that
 * comes or goes, and at the end. For letters it is enough to know that some are missing
 * (`missing`): all are put again, each with its number, and the store refuses those that it has;
 * where it takes on no more, the next time goes on (`again_after`).
 * The numbers of letters that have to be removed again are kept, REMOVALS_MOST of them; one that is
 * forgotten there comes back with the next bus and may run again. What a change lost is only how
 * often the letter was tried.
 *
 * A durable event stays on disk until its letter is: its record is told how the put of the letter
 * ended (path/durable.h), and the event is removed behind that.
 *
 * The bus calls one function at a time. `ended` is called by the store, from any thread, perhaps
 * inside the request: what it touches has a lock of its own, the innermost.
 */
#include "guard/letters.h"

#include <bus/store.h>

#include "path/durable.h"

/* A letter's number has 48 bits in a cell. */
#define NUMBER_MOST ((UINT64_C(1) << 48) - 1)
enum { REMOVALS_MOST = 1024 };

struct letter_keeper {
    struct bus *bus;
    const struct bus_store *store;
    struct bus_letter_store memory_table;
    struct letter_memory *memory;
    uint64_t last;           /* highest number that the store knows */
    bool saved;              /* of the last letter that was added */
    struct durable_row *row; /* of the next one that is added; NULL: its event is on no disk */
    bus_os_word asked;       /* shared: requests whose end was not told */
    struct lock lock;
    bool missing;
    uint64_t again_after; /* letters up to this one were put again */
    uint32_t removal_count;
    uint64_t removals[REMOVALS_MOST];
};

/* ---- requests ---- */

static void take(struct letter_keeper *keeper)
{
    lock_take(&keeper->lock, &keeper->bus->os);
}

static void give(struct letter_keeper *keeper)
{
    lock_give(&keeper->lock, &keeper->bus->os);
}

/* Which one is not known: from the first on. */
static void note_missing(struct letter_keeper *keeper)
{
    take(keeper);
    keeper->missing = true;
    keeper->again_after = 0;
    give(keeper);
}

/* `number` is, and perhaps later ones. */
static void note_refused(struct letter_keeper *keeper, uint64_t number)
{
    take(keeper);
    if (!keeper->missing)
        keeper->again_after = number - 1;
    keeper->missing = true;
    give(keeper);
}

static void note_removal(struct letter_keeper *keeper, uint64_t number)
{
    take(keeper);
    if (keeper->removal_count < REMOVALS_MOST)
        keeper->removals[keeper->removal_count++] = number;
    give(keeper);
}

/* The last look at memory of the bus. */
static void request_ended(struct letter_keeper *keeper)
{
    atomic_fetch_add_u32(&keeper->asked, (uint32_t)-1);
}

static void note_put(struct letter_keeper *keeper, enum bus_status status)
{
    if (status == BUS_ERR_SYSTEM || status == BUS_ERR_LIMIT)
        note_missing(keeper);
}

static void put_ended(void *to, enum bus_status status, uint64_t number)
{
    (void)number;
    note_put(to, status);
    request_ended(to);
}

static void put_of_row_ended(void *to, enum bus_status status, uint64_t number)
{
    struct durable_row *row = to;
    struct letter_keeper *keeper = row->bus->letters->keeper;

    (void)number;
    note_put(keeper, status);
    durable_letter_ended(row, status == BUS_OK);
    request_ended(keeper);
}

static void removal_ended(void *to, enum bus_status status, uint64_t number)
{
    if (status == BUS_ERR_SYSTEM)
        note_removal(to, number);
    request_ended(to);
}

static uint64_t to_wall(const struct bus *bus, uint64_t ns)
{
    uint64_t now = bus_now(bus), real = bus->os.real_ns(bus->os.context);

    if (ns == 0)
        return 0;
    return ns >= now ? real + (ns - now) : real - (now - ns);
}

/* What passed before this machine was started has passed all the same. */
static uint64_t from_wall(const struct bus *bus, uint64_t ns)
{
    uint64_t now = bus_now(bus), real = bus->os.real_ns(bus->os.context);

    if (ns == 0)
        return 0;
    if (ns >= real)
        return now + (ns - real);
    return real - ns < now ? now - (real - ns) : 1;
}

static struct bus_stored stored_of(const struct bus *bus, const struct bus_dead_letter *letter)
{
    const struct bus_envelope *envelope = &letter->envelope;

    return (struct bus_stored){
        .kind = BUS_STORED_LETTER,
        .number = letter->number,
        .id = envelope->id,
        .message = letter->message,
        .type_id = letter->type_id,
        .schema_version = letter->schema_version,
        .schema_fingerprint = letter->schema_fingerprint,
        .session = letter->session,
        .has_key = envelope->has_key,
        .key_hash = envelope->key_hash,
        .published_ns = envelope->published_ns,
        .deadline_ns = to_wall(bus, envelope->deadline_ns),
        .correlation = envelope->correlation,
        .causation = envelope->causation,
        .trace = envelope->trace,
        .bytes = letter->bytes,
        .size = letter->size,
        .handler = letter->handler,
        .reason = letter->reason,
        .error = letter->error,
        .attempts = letter->attempts,
        .replays = letter->replays,
        .first_ns = letter->first_ns,
        .last_ns = letter->last_ns,
    };
}

/* `row`: of its event, NULL: none waits for it. */
static bool save(struct letter_keeper *keeper, const struct bus_dead_letter *letter,
                 struct durable_row *row)
{
    const struct bus_store *store = keeper->store;
    struct bus_stored stored = stored_of(keeper->bus, letter);
    bool taken;

    atomic_fetch_add_u32(&keeper->asked, 1);
    if (row != NULL) {
        durable_letter_begins(row);
        taken = store->put(store->context, &stored, put_of_row_ended, row);
    } else {
        taken = store->put(store->context, &stored, put_ended, keeper);
    }
    if (taken)
        return true;
    if (row != NULL)
        durable_letter_ended(row, false);
    request_ended(keeper);
    note_refused(keeper, letter->number);
    return false;
}

static bool discard(struct letter_keeper *keeper, uint64_t number)
{
    const struct bus_store *store = keeper->store;

    atomic_fetch_add_u32(&keeper->asked, 1);
    if (store->remove(store->context, BUS_STORED_LETTER, number, removal_ended, keeper))
        return true;
    request_ended(keeper);
    note_removal(keeper, number);
    return false;
}

/* ---- what the store did not take on ---- */

struct resaving {
    struct letter_keeper *keeper;
    uint64_t number;
    bool taken;
};

static void save_again(void *to, const struct bus_dead_letter *letter)
{
    struct resaving *resaving = to;

    resaving->number = letter->number;
    resaving->taken = save(resaving->keeper, letter, NULL);
}

/* Until the store takes on no more; the rest another time. */
static void catch_up(struct letter_keeper *keeper)
{
    struct resaving resaving = {.keeper = keeper, .taken = true};
    const struct bus_letter_store *memory = &keeper->memory_table;
    struct bus_store_state state;
    uint32_t removals;
    bool missing;

    take(keeper);
    missing = keeper->missing;
    removals = keeper->removal_count;
    give(keeper);
    if (!missing && removals == 0)
        return;
    keeper->store->state(keeper->store->context, &state);
    if (state.condition == BUS_STORE_BROKEN)
        return;
    for (; removals > 0; removals--) {
        uint64_t number;

        take(keeper);
        number = keeper->removals[--keeper->removal_count];
        give(keeper);
        if (!discard(keeper, number))
            return;
    }
    if (!missing)
        return;
    take(keeper);
    keeper->missing = false;
    resaving.number = keeper->again_after;
    give(keeper);
    while (resaving.taken && memory->next(memory->context, resaving.number, save_again, &resaving))
        continue;
}

/* ---- the table ---- */

static bool add(void *context, const struct bus_dead_letter *letter, uint32_t *evicted)
{
    struct letter_keeper *keeper = context;
    struct durable_row *row = keeper->row;

    keeper->row = NULL;
    catch_up(keeper);
    keeper->saved = false;
    if (!keeper->memory_table.add(keeper->memory, letter, evicted))
        return false;
    keeper->saved = save(keeper, letter, row);
    return true;
}

static bool next(void *context, uint64_t after,
                 void (*reader)(void *to, const struct bus_dead_letter *letter), void *to)
{
    struct letter_keeper *keeper = context;

    return keeper->memory_table.next(keeper->memory, after, reader, to);
}

/* Of `letter` only what changes is looked at: the rest may lie where memory shows its letters, and
 * catch_up shows others. */
static bool change(void *context, const struct bus_dead_letter *letter)
{
    struct letter_keeper *keeper = context;
    struct bus_stored stored = {
        .kind = BUS_STORED_LETTER,
        .number = letter->number,
        .reason = letter->reason,
        .error = letter->error,
        .attempts = letter->attempts,
        .replays = letter->replays,
        .last_ns = letter->last_ns,
    };

    if (!keeper->memory_table.change(keeper->memory, letter))
        return false;
    (void)keeper->store->change(keeper->store->context, &stored, NULL, NULL);
    catch_up(keeper);
    return true;
}

static bool take_out(void *context, uint64_t number)
{
    struct letter_keeper *keeper = context;

    if (!keeper->memory_table.remove(keeper->memory, number))
        return false;
    catch_up(keeper);
    (void)discard(keeper, number);
    return true;
}

static void size(void *context, uint64_t *letters, uint64_t *bytes, uint64_t *last)
{
    struct letter_keeper *keeper = context;

    keeper->memory_table.size(keeper->memory, letters, bytes, last);
    if (last != NULL && *last < keeper->last)
        *last = keeper->last;
}

static void pushed_out(void *to, uint64_t number)
{
    (void)discard(to, number);
}

void letter_keeper_expect(struct letter_keeper *keeper, struct durable_row *row)
{
    keeper->row = row;
}

bool letter_keeper_saved(const struct letter_keeper *keeper)
{
    return keeper->saved;
}

/* ---- what the store holds at the beginning ---- */

static struct bus_dead_letter letter_of(const struct bus *bus, const struct bus_stored *stored)
{
    return (struct bus_dead_letter){
        .number = stored->number,
        .message = stored->message,
        .type_id = stored->type_id,
        .schema_version = stored->schema_version,
        .schema_fingerprint = stored->schema_fingerprint,
        .handler = stored->handler,
        .session = stored->session,
        .reason = stored->reason,
        .error = stored->error,
        .attempts = stored->attempts,
        .replays = stored->replays,
        .first_ns = stored->first_ns,
        .last_ns = stored->last_ns,
        .envelope = {.id = stored->id,
                     .published_ns = stored->published_ns,
                     .schema_version = stored->schema_version,
                     .schema_fingerprint = stored->schema_fingerprint,
                     .attempt = 1,
                     .has_key = stored->has_key,
                     .key_hash = stored->key_hash,
                     .deadline_ns = from_wall(bus, stored->deadline_ns),
                     .correlation = stored->correlation,
                     .causation = stored->causation,
                     .trace = stored->trace},
        .bytes = stored->bytes,
        .size = stored->size,
    };
}

/* One look into the store shows so many. */
enum { READ_AT_ONCE = 256 };

/* Twice through all of them: what they need, then they themselves. */
struct restoring {
    struct letter_keeper *keeper;
    struct letter_memory_needs needs;
    uint64_t number;
    uint32_t count;
    bool reading;
};

static void restore(void *to, const struct bus_stored *stored)
{
    struct restoring *restoring = to;
    struct letter_keeper *keeper = restoring->keeper;
    struct bus_dead_letter letter = letter_of(keeper->bus, stored);
    uint32_t evicted = 0;

    restoring->number = stored->number;
    restoring->count++;
    if (stored->number > NUMBER_MOST || stored->size > BUS_MESSAGE_SIZE_MAX)
        return; /* no bus wrote this */
    if (restoring->reading)
        (void)keeper->memory_table.add(keeper->memory, &letter, &evicted);
    else
        letter_memory_needs_add(&restoring->needs, &letter);
}

static void read_all(struct restoring *restoring, bool reading)
{
    const struct bus_store *store = restoring->keeper->store;
    struct bus_store_query query = {
        .kind = BUS_STORED_LETTER, .rows = READ_AT_ONCE, .reader = restore, .to = restoring};

    restoring->number = restoring->count = 0;
    restoring->reading = reading;
    /* More than that stay in the store for another time. */
    while (restoring->count <= CAPACITY_LIMIT - READ_AT_ONCE && store->next(store->context, &query))
        query.after = restoring->number;
}

struct letter_keeper *letter_keeper_make(struct bus *bus, struct bus_letter_store *store)
{
    struct letter_keeper *keeper = bus_take_memory(bus, sizeof *keeper, CACHE_LINE);
    struct restoring restoring = {.keeper = keeper};
    struct bus_store_state state;

    if (keeper == NULL)
        return NULL;
    keeper->bus = bus;
    keeper->store = bus->options.store;
    read_all(&restoring, false);
    keeper->memory = letter_memory_make(bus, &keeper->memory_table, &restoring.needs);
    if (keeper->memory == NULL) {
        bus_give_memory(bus, keeper, sizeof *keeper);
        return NULL;
    }
    read_all(&restoring, true);
    letter_memory_watch(keeper->memory, pushed_out, keeper);
    keeper->store->state(keeper->store->context, &state);
    if (state.kinds[BUS_STORED_LETTER].last <= NUMBER_MOST)
        keeper->last = state.kinds[BUS_STORED_LETTER].last;
    *store = (struct bus_letter_store){.context = keeper,
                                       .add = add,
                                       .next = next,
                                       .change = change,
                                       .remove = take_out,
                                       .size = size};
    return keeper;
}

static void see_nothing(void *to, const struct bus_stored *stored)
{
    (void)to;
    (void)stored;
}

static void wait_for_store(struct letter_keeper *keeper)
{
    const struct bus_store_query nothing = {
        .kind = BUS_STORED_LETTER, .after = INT64_MAX, .reader = see_nothing};

    (void)keeper->store->next(keeper->store->context, &nothing);
    store_wait_told(keeper->bus, &keeper->asked);
}

/* What is still to be asked of the store. */
static uint64_t open_requests(struct letter_keeper *keeper)
{
    uint64_t letters = 0, count;

    take(keeper);
    count = keeper->removal_count;
    if (keeper->missing) {
        keeper->memory_table.size(keeper->memory, &letters, NULL, NULL);
        count += letters + 1;
    }
    give(keeper);
    return count;
}

void letter_keeper_flush(struct letter_keeper *keeper)
{
    uint64_t rounds, in_vain = 0, missing_from;

    wait_for_store(keeper);
    /* Each round the store takes on one at least, or has failed: twice is often enough then. */
    for (rounds = 2 + open_requests(keeper); rounds > 0 && in_vain < 2; rounds--) {
        uint64_t before = open_requests(keeper);

        if (before == 0)
            return;
        missing_from = keeper->again_after;
        catch_up(keeper);
        wait_for_store(keeper);
        if (open_requests(keeper) >= before && keeper->again_after <= missing_from)
            in_vain++;
    }
}

void letter_keeper_free(struct bus *bus, struct letter_keeper *keeper)
{
    letter_memory_free(bus, keeper->memory);
    bus_give_memory(bus, keeper, sizeof *keeper);
}
