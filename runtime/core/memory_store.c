/*
 * core/memory_store.c - the store in memory: requests, those that wait, and faults to order.
 *
 * One lock for all. A request is carried out under it, and whoever asked is told behind it. While
 * the store is held requests are copied into a list, which is also their order. `hold` ends under
 * the lock when the list is empty, so that no later request overtakes one of the list. Nor is the
 * end of one told before that of an earlier one: those of the list have their turn, one after
 * another, and who asks meanwhile lines up behind them.
 */
#include "core/lock.h"
#include "core/memory_table.h"
#include "path/path.h"

enum operation { PUT, CHANGE, REMOVE, NEXT };

struct request {
    struct request *next;
    enum operation operation;
    enum bus_stored_kind kind;
    uint64_t number;
    struct memory_entry *entry;   /* PUT, CHANGE */
    struct bus_store_query query; /* NEXT */
    bus_store_done done;
    void *to;
};

struct bus_memory_store {
    struct bus_store store;
    struct lock lock; /* of all that follows */
    struct memory_table table;
    struct request *first, *last; /* that wait */
    uint32_t waiting;             /* those whose end is being told included */
    bool telling;                 /* one of the list was carried out, and its end is being told */
    struct lock turn;             /* before `lock`: to carry out those of the list */
    bool held;
    bool was_full; /* a put was refused, and nothing has gone since */
    enum bus_memory_store_fault fault;
    uint64_t after, times; /* 0 times: for ever */
    bool failing, broken;
    uint64_t failed;
    bool has_identity;
    uint8_t identity[64];
};

const char *bus_store_condition_text(enum bus_store_condition condition)
{
    static const char *const texts[] = {
        [BUS_STORE_FINE] = "fine",
        [BUS_STORE_FULL] = "full",
        [BUS_STORE_FAILING] = "failing",
        [BUS_STORE_BROKEN] = "broken",
    };

    return (unsigned)condition < sizeof texts / sizeof texts[0] ? texts[condition] : "unknown";
}

enum bus_status bus_store_error(enum bus_status status, const char *text)
{
    return fail_status(status, "%s", text != NULL ? text : "");
}

static void take(struct bus_memory_store *store)
{
    lock_take(&store->lock, &store->table.os);
}

static void give(struct bus_memory_store *store)
{
    lock_give(&store->lock, &store->table.os);
}

/* Lock held. Whether the next call meets the fault; a request may be refused when it is made
 * (`asking`), all others fail when they are carried out. */
static bool fails(struct bus_memory_store *store, bool asking)
{
    enum bus_memory_store_fault fault = store->fault;

    if (store->broken)
        return true;
    if (fault == BUS_MEMORY_STORE_WORKS || asking != (fault == BUS_MEMORY_STORE_REFUSES))
        return false;
    if (store->after > 0) {
        store->after--;
        return false;
    }
    if (store->times > 0 && --store->times == 0)
        store->fault = BUS_MEMORY_STORE_WORKS;
    store->broken = fault == BUS_MEMORY_STORE_BREAKS;
    return true;
}

/* ---- requests ---- */

/* Lock held. *number: the last one that was shown. */
static enum bus_status show(struct bus_memory_store *store, const struct bus_store_query *query,
                            uint64_t *number)
{
    uint64_t rows = query->rows != 0 ? query->rows : 1, bytes = 0, after = query->after, shown;

    *number = 0;
    if (fails(store, false)) {
        store->failing = true;
        return BUS_ERR_SYSTEM;
    }
    for (shown = 0; shown < rows; shown++) {
        const struct memory_entry *entry = memory_table_next(&store->table, query->kind, after);

        if (entry == NULL)
            break;
        bytes += entry->stored.size;
        if (shown > 0 && query->bytes != 0 && bytes > query->bytes)
            break;
        query->reader(query->to, &entry->stored);
        *number = after = entry->stored.number;
    }
    return shown > 0 ? BUS_OK : BUS_ERR_NOT_REGISTERED;
}

/* Lock held. */
static enum bus_status carry_out(struct bus_memory_store *store, struct request *request)
{
    struct memory_table *table = &store->table;
    enum bus_status status;

    if (request->operation == NEXT) {
        status = show(store, &request->query, &request->number);
        store->failed += status == BUS_ERR_SYSTEM;
        return status;
    }
    if (fails(store, false)) {
        store->failing = true;
        store->failed++;
        return BUS_ERR_SYSTEM;
    }
    store->failing = false;
    switch (request->operation) {
    case PUT:
        status = memory_table_put(table, request->entry, &request->number);
        store->was_full = store->was_full || status == BUS_ERR_LIMIT;
        if (status == BUS_OK)
            request->entry = NULL;
        break;
    case CHANGE:
        status = memory_table_change(table, &request->entry->stored);
        break;
    default:
        status = memory_table_remove(table, request->kind, request->number);
        store->was_full = store->was_full && status != BUS_OK;
        break;
    }
    return status;
}

/* Without the lock. */
static void end(struct bus_memory_store *store, struct request *request, enum bus_status status)
{
    if (request->entry != NULL)
        memory_entry_free(&store->table.os, request->entry);
    if (request->done != NULL)
        request->done(request->to, status, request->number);
}

/* Lock held. False: no room. */
static bool line_up(struct bus_memory_store *store, const struct request *request)
{
    const struct bus_os *os = &store->table.os;
    struct request *kept;

    if (store->waiting == store->table.limits.requests)
        return false;
    kept = os->allocate(os->context, sizeof *kept, 8);
    if (kept == NULL)
        return false;
    *kept = *request;
    *(store->first != NULL ? &store->last->next : &store->first) = kept;
    store->last = kept;
    store->waiting++;
    return true;
}

/* Lock held; NULL: none waits. */
static struct request *take_first(struct bus_memory_store *store)
{
    struct request *first = store->first;

    if (first != NULL)
        store->first = first->next;
    return first;
}

static bool ask(struct bus_memory_store *store, struct request *request)
{
    enum bus_status status = BUS_OK;
    bool taken = true, held;

    take(store);
    held = store->held || store->first != NULL || store->telling;
    if (fails(store, true))
        taken = false;
    else if (held)
        taken = line_up(store, request);
    else
        status = carry_out(store, request);
    give(store);
    if (!taken && request->entry != NULL)
        memory_entry_free(&store->table.os, request->entry);
    if (taken && !held)
        end(store, request, status);
    return taken;
}

static bool is_kind(enum bus_stored_kind kind)
{
    return (unsigned)kind - 1 < BUS_STORED_KINDS - 1;
}

static bool fits(const char *text, size_t most)
{
    return text == NULL || strnlen(text, most + 1) <= most;
}

static bool is_sound(const struct bus_stored *stored)
{
    return is_kind(stored->kind) && stored->number >> 63 == 0 &&
           fits(stored->message, BUS_STORED_NAME_MOST) &&
           fits(stored->handler, BUS_STORED_NAME_MOST) &&
           fits(stored->session, BUS_STORED_SESSION_MOST) &&
           (stored->size == 0 || stored->bytes != NULL);
}

static bool ask_with_entry(struct bus_memory_store *store, enum operation operation,
                           const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct request request = {.operation = operation, .done = done, .to = to};

    if (!is_sound(stored)) {
        if (done != NULL)
            done(to, BUS_ERR_INVALID, stored->number);
        return true;
    }
    request.kind = stored->kind;
    request.number = stored->number;
    request.entry = memory_entry_make(&store->table.os, stored);
    return request.entry != NULL && ask(store, &request);
}

static bool put(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    return ask_with_entry(context, PUT, stored, done, to);
}

static bool change(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct bus_stored changed = *stored;

    changed.bytes = NULL; /* of what is not taken over no copy is needed */
    changed.size = 0;
    return ask_with_entry(context, CHANGE, &changed, done, to);
}

static bool take_out(void *context, enum bus_stored_kind kind, uint64_t number, bus_store_done done,
                     void *to)
{
    struct request request = {
        .operation = REMOVE, .kind = kind, .number = number, .done = done, .to = to};

    if (!is_kind(kind)) {
        if (done != NULL)
            done(to, BUS_ERR_INVALID, number);
        return true;
    }
    return ask(context, &request);
}

/* ---- looking at it ---- */

static bool next(void *context, const struct bus_store_query *query)
{
    struct bus_memory_store *store = context;
    struct request request = {
        .operation = NEXT, .query = *query, .done = query->done, .to = query->to};
    enum bus_status status;

    if (!is_kind(query->kind))
        return false;
    if (query->done != NULL)
        return ask(store, &request);
    (void)bus_memory_store_run(store, 0);
    take(store);
    status = show(store, query, &request.number);
    give(store);
    return status == BUS_OK;
}

static void note(struct bus_store_state *state, enum bus_store_condition condition,
                 const char *text)
{
    state->condition = condition;
    memcpy(state->text, text, strlen(text) + 1);
}

static void read_state(void *context, struct bus_store_state *state)
{
    struct bus_memory_store *store = context;
    uint32_t i;

    *state = (struct bus_store_state){.condition = BUS_STORE_FINE};
    take(store);
    if (store->broken)
        note(state, BUS_STORE_BROKEN, "a fault was ordered that breaks it");
    else if (store->failing)
        note(state, BUS_STORE_FAILING, "a fault was ordered");
    else if (store->was_full || memory_table_is_full(&store->table))
        note(state, BUS_STORE_FULL, "as many entries or bytes as it may hold");
    for (i = 1; i < BUS_STORED_KINDS; i++) {
        const struct memory_kind *kind = &store->table.kinds[i];

        state->kinds[i] = (struct bus_store_figures){kind->count, kind->bytes, kind->last};
    }
    state->waiting = store->waiting;
    state->failed = store->failed;
    give(store);
}

static bool identify(void *context, uint8_t identity[64], bool set)
{
    struct bus_memory_store *store = context;
    bool known;

    take(store);
    known = !fails(store, false);
    if (known && set && !store->has_identity) {
        memcpy(store->identity, identity, sizeof store->identity);
        store->has_identity = true;
    }
    known = known && store->has_identity;
    if (known)
        memcpy(identity, store->identity, sizeof store->identity);
    give(store);
    return known;
}

/* ---- what tests do with it ---- */

void bus_memory_store_fault(struct bus_memory_store *store, enum bus_memory_store_fault fault,
                            uint64_t after, uint64_t times)
{
    take(store);
    store->fault = fault;
    store->after = after;
    store->times = times;
    if (fault == BUS_MEMORY_STORE_WORKS)
        store->failing = store->broken = false;
    give(store);
}

/* The first of the list, in its turn. False: there is none, or `enough` ran and it is held: what
 * lined up while it was not is nobody else's to run. */
static bool run_first(struct bus_memory_store *store, bool enough)
{
    enum bus_status status = BUS_OK;
    struct request *request;

    take(store);
    request = enough && store->held ? NULL : take_first(store);
    store->telling = request != NULL;
    if (request != NULL)
        status = carry_out(store, request);
    give(store);
    if (request == NULL)
        return false;
    end(store, request, status);
    store->table.os.release(store->table.os.context, request, sizeof *request);
    take(store);
    store->waiting--;
    give(store);
    return true;
}

uint32_t bus_memory_store_run(struct bus_memory_store *store, uint32_t most)
{
    uint32_t ran = 0;

    lock_take(&store->turn, &store->table.os);
    while (run_first(store, most != 0 && ran >= most))
        ran++;
    lock_give(&store->turn, &store->table.os);
    return ran;
}

/* It is not held any more. Whoever is telling the end of the last one is not waited for. */
static void run_rest(struct bus_memory_store *store)
{
    const struct bus_os *os = &store->table.os;
    bool rest = true;

    while (rest) {
        if (lock_take_until(&store->turn, os, os->monotonic_ns(os->context) + BUS_MILLISECOND)) {
            while (run_first(store, false))
                continue;
            lock_give(&store->turn, os);
            return;
        }
        take(store);
        rest = store->first != NULL;
        give(store);
    }
}

void bus_memory_store_hold(struct bus_memory_store *store, bool hold)
{
    take(store);
    store->held = hold;
    give(store);
    if (!hold)
        run_rest(store);
}

uint32_t bus_memory_store_crash(struct bus_memory_store *store)
{
    const struct bus_os *os = &store->table.os;
    struct request *request;
    uint32_t lost = 0;

    take(store);
    while ((request = take_first(store)) != NULL) {
        if (request->entry != NULL)
            memory_entry_free(os, request->entry);
        os->release(os->context, request, sizeof *request);
        store->waiting--;
        lost++;
    }
    give(store);
    return lost;
}

/* ---- open and close ---- */

static void set_limits(struct bus_memory_store_options *limits)
{
    if (limits->entries == 0)
        limits->entries = 10000;
    if (limits->bytes == 0)
        limits->bytes = (uint64_t)16 << 20;
    if (limits->requests == 0)
        limits->requests = 1024;
    if (limits->known_ns == 0)
        limits->known_ns = 600 * BUS_SECOND;
    if (limits->known_max == 0)
        limits->known_max = 10000;
}

enum bus_status bus_memory_store_open(struct bus_memory_store **store,
                                      const struct bus_memory_store_options *options)
{
    const struct bus_os *os =
        options != NULL && options->os != NULL ? options->os : bus_os_native();
    struct bus_memory_store *made;

    if (store == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_memory_store_open: where to put it is NULL");
    *store = NULL;
    if (options != NULL &&
        (options->entries > CAPACITY_LIMIT || options->known_max > CAPACITY_LIMIT))
        return fail_status(BUS_ERR_INVALID,
                           "bus_memory_store_options: entries and known_max are at most %d",
                           CAPACITY_LIMIT);
    made = os->allocate(os->context, sizeof *made, 8);
    if (made == NULL)
        return fail_status(BUS_ERR_MEMORY, "no memory for a store");
    made->table.os = *os;
    if (options != NULL)
        made->table.limits = *options;
    set_limits(&made->table.limits);
    made->store = (struct bus_store){.context = made,
                                     .put = put,
                                     .change = change,
                                     .remove = take_out,
                                     .next = next,
                                     .state = read_state,
                                     .identity = identify};
    if (!memory_table_open(&made->table)) {
        bus_memory_store_close(&made);
        return fail_status(BUS_ERR_MEMORY, "no memory for the index of a store");
    }
    *store = made;
    return BUS_OK;
}

const struct bus_store *bus_memory_store_table(struct bus_memory_store *store)
{
    return store != NULL ? &store->store : NULL;
}

void bus_memory_store_close(struct bus_memory_store **store)
{
    struct bus_memory_store *made = store != NULL ? *store : NULL;
    struct bus_os os;

    if (made == NULL)
        return;
    os = made->table.os;
    (void)bus_memory_store_crash(made);
    memory_table_close(&made->table);
    os.release(os.context, made, sizeof *made);
    *store = NULL;
}
