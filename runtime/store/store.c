/*
 * store/store.c - requests from any thread, carried out by one.
 *
 * A request is copied and put at the end of a list under a lock. The owner thread takes the whole
 * list at once, and again what has come meanwhile, into one transaction until the list is empty.
 * When that is on disk each is told of its end. `next` and `identity` are questions, whose callers
 * wait, or are told later; the owner commits before them, so that nobody is shown what may yet be
 * lost.
 *
 * A transaction that fails is rolled back, and its requests are tried again one by one: what is
 * wrong with one does not fail the others. After an fsync that failed nothing is tried (database.c
 * says that it is broken).
 *
 * The owner sleeps on `news`. It looks at the list and notes under the lock that it is going to
 * sleep; whoever puts something into the list under the lock afterwards moves `news` and wakes it.
 */
#include <bus/sqlite_store.h>

#include <stdio.h>
#include <string.h>

#include "core/lock.h"
#include "path/atomic.h"
#include "store/database.h"
#include "store/file.h"

enum { GROUP_MOST = 4096, TRIES_IN_VAIN = 3 };

enum operation { PUT, CHANGE, REMOVE, NEXT, IDENTITY };

struct question {
    bus_os_word answered; /* shared; when its caller waits */
    bool found;
    struct bus_store_query query; /* NEXT */
    uint8_t *identity;
    bool set;
};

struct request {
    struct request *next;
    size_t size; /* of the allocation */
    enum operation operation;
    struct bus_stored stored;
    bus_store_done done;
    void *to;
    struct question *question; /* NEXT, IDENTITY */
    enum bus_status status;
    uint64_t number;
};

/* Without `done` it is on the stack of who waits. */
struct reading {
    struct request request;
    struct question question;
};

struct bus_sqlite_store {
    struct bus_store table;
    struct bus_os os;
    struct bus_sqlite_store_options limits; /* without zeros */
    struct store_file file;
    struct bus_os_thread *thread;
    struct database database;         /* the owner's */
    uint32_t last_group;              /* the owner's: requests of the last transaction */
    char opened[BUS_STORE_TEXT_SIZE]; /* const: what happened then */
    struct lock lock;                 /* of all that follows */
    struct request *first, *last;
    uint64_t waiting, waiting_bytes;
    bool sleeping, stopping;
    struct bus_store_state state; /* without `waiting` */
    bus_os_word news;             /* shared */
};

static void take(struct bus_sqlite_store *store)
{
    lock_take(&store->lock, &store->os);
}

static void give(struct bus_sqlite_store *store)
{
    lock_give(&store->lock, &store->os);
}

/* ---- the owner: transactions ---- */

static enum bus_status carry_out(struct database *database, struct request *request)
{
    const struct bus_stored *stored = &request->stored;

    request->number = stored->number;
    switch (request->operation) {
    case PUT:
        return database_put(database, stored, &request->number);
    case CHANGE:
        return database_change(database, stored);
    default:
        return database_remove(database, stored->kind, stored->number);
    }
}

/* What has come since; NULL: nothing. */
static struct request *take_list(struct bus_sqlite_store *store)
{
    struct request *first;

    take(store);
    first = store->first;
    store->first = store->last = NULL;
    give(store);
    return first;
}

/* The same before a transaction of `count` ends. Where requests come in groups the rest of one may
 * be on its way: an fsync costs more than to let its thread go on. */
static struct request *take_more(struct bus_sqlite_store *store, uint32_t count)
{
    struct request *first = take_list(store);

    if (first == NULL && (count > 1 || store->last_group > 1)) {
        store->os.yield(store->os.context);
        first = take_list(store);
    }
    return first;
}

/* As one transaction, with what comes while it is made: one fsync for all. Returns how many they
 * are, the one that failed included; *well tells whether they are on disk. */
static uint32_t try_group(struct bus_sqlite_store *store, struct request *request, uint32_t most,
                          bool *well)
{
    struct database *database = &store->database;
    uint32_t count = 0;

    *well = database_begin(database);
    while (request != NULL && request->operation < NEXT && count < most) {
        count++;
        if (*well)
            request->status = carry_out(database, request);
        *well = *well && request->status != BUS_ERR_SYSTEM;
        if (!*well)
            break;
        if (request->next == NULL && count < most)
            request->next = take_more(store, count);
        request = request->next;
    }
    *well = *well && database_commit(database);
    if (!*well)
        database_roll_back(database);
    return count;
}

/* One by one, until several in a row failed. Returns how many did. */
static uint64_t try_each(struct bus_sqlite_store *store, struct request *request, uint32_t count)
{
    uint32_t in_vain = 0;
    uint64_t failed = 0;

    for (; count > 0; count--, request = request->next) {
        bool well = store->database.condition != DATABASE_BROKEN && in_vain < TRIES_IN_VAIN;

        if (well)
            (void)try_group(store, request, 1, &well);
        in_vain = well ? 0 : in_vain + 1;
        if (well)
            continue;
        request->status = BUS_ERR_SYSTEM;
        request->number = request->stored.number;
        failed++;
    }
    return failed;
}

/* ---- the owner: telling ---- */

/* `ended` requests of `bytes` do not wait any more; `failed` of them did. */
static void publish_state(struct bus_sqlite_store *store, uint64_t ended, uint64_t bytes,
                          uint64_t failed)
{
    const struct database *database = &store->database;
    struct bus_store_state *state = &store->state;
    const char *text = store->opened;

    take(store);
    store->waiting -= ended;
    store->waiting_bytes -= bytes;
    state->failed += failed;
    memcpy(state->kinds, database->committed.kinds, sizeof state->kinds);
    state->condition = BUS_STORE_FINE;
    if (database->condition != DATABASE_FINE) {
        state->condition =
            database->condition == DATABASE_BROKEN ? BUS_STORE_BROKEN : BUS_STORE_FAILING;
        text = database->text;
    } else if (database->full || database_is_full(database)) {
        state->condition = BUS_STORE_FULL;
        text = "as many entries or bytes as it may hold";
    }
    memcpy(state->text, text, strlen(text) + 1);
    give(store);
}

static void end(struct bus_sqlite_store *store, struct request *request, uint32_t count)
{
    for (; count > 0; count--) {
        struct request *next = request->next;

        if (request->done != NULL)
            request->done(request->to, request->status, request->number);
        store->os.release(store->os.context, request, request->size);
        request = next;
    }
}

/* Returns the request behind the group. */
static struct request *do_group(struct bus_sqlite_store *store, struct request *first)
{
    struct request *behind = first;
    uint64_t failed = 0, bytes = 0;
    uint32_t count = 1, i;
    bool well = store->database.condition != DATABASE_BROKEN;

    if (well)
        count = try_group(store, first, GROUP_MOST, &well);
    if (!well)
        failed = try_each(store, first, count);
    store->last_group = count;
    for (i = 0; i < count; i++) {
        bytes += behind->size;
        behind = behind->next;
    }
    publish_state(store, count, bytes, failed);
    end(store, first, count);
    database_checkpoint(&store->database);
    return behind;
}

static void answer(struct bus_sqlite_store *store, struct request *request)
{
    struct database *database = &store->database;
    struct question *question = request->question;

    question->found = false;
    if (database->condition == DATABASE_BROKEN)
        request->status = BUS_ERR_SYSTEM;
    else if (request->operation == NEXT)
        request->status = database_next(database, &question->query, &request->number);
    else
        question->found = database_identity(database, question->identity, question->set);
    publish_state(store, 1, request->size,
                  request->done != NULL && request->status == BUS_ERR_SYSTEM);
    if (request->done != NULL) {
        end(store, request, 1);
        return;
    }
    if (request->operation == NEXT)
        question->found = request->status == BUS_OK;
    /* The caller may go from here on; waking a word that is gone is harmless. */
    atomic_store_release_u32(&question->answered, 1);
    store->os.wake(store->os.context, &question->answered, true);
}

/* NULL: it is time to stop. */
static struct request *await(struct bus_sqlite_store *store)
{
    for (;;) {
        struct request *first;
        uint32_t seen = 0;
        bool stopping;

        take(store);
        first = store->first;
        store->first = store->last = NULL;
        stopping = store->stopping;
        store->sleeping = first == NULL && !stopping;
        seen = atomic_load_relaxed_u32(&store->news);
        give(store);
        if (first != NULL || stopping)
            return first;
        (void)store->os.wait(store->os.context, &store->news, seen, UINT64_MAX);
    }
}

static void own(void *argument)
{
    struct bus_sqlite_store *store = argument;
    struct request *request;

    while ((request = await(store)) != NULL)
        while (request != NULL) {
            struct request *next = request->next;

            if (request->operation < NEXT)
                next = do_group(store, request);
            else
                answer(store, request);
            request = next;
        }
}

/* ---- everybody else: asking ---- */

/* An eighth is left to what makes room, and to letters. */
static bool has_room(const struct bus_sqlite_store *store, const struct request *request)
{
    bool first_class = request->operation != PUT || request->stored.kind == BUS_STORED_LETTER;
    uint64_t requests = store->limits.requests, bytes = store->limits.request_bytes;

    if (!first_class) {
        requests -= requests / 8;
        bytes -= bytes / 8;
    }
    return (request->operation >= NEXT || !store->limits.read_only) && store->waiting < requests &&
           (store->waiting == 0 || store->waiting_bytes + request->size <= bytes);
}

/* False: not taken on. Those who wait for their answer always find room. */
static bool line_up(struct bus_sqlite_store *store, struct request *request)
{
    bool taken, sleeping = false;

    take(store);
    taken = (request->question != NULL && request->done == NULL) ||
            (store->state.condition != BUS_STORE_BROKEN && has_room(store, request));
    if (taken) {
        *(store->last != NULL ? &store->last->next : &store->first) = request;
        store->last = request;
        store->waiting++;
        store->waiting_bytes += request->size;
        sleeping = store->sleeping;
        store->sleeping = false;
        if (sleeping)
            atomic_store_release_u32(&store->news, atomic_load_relaxed_u32(&store->news) + 1);
    }
    give(store);
    if (sleeping)
        store->os.wake(store->os.context, &store->news, false);
    return taken;
}

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 1;
}

static const char *place_text(uint8_t **at, const char *text)
{
    size_t size = text_size(text);
    char *placed = (char *)*at;

    memcpy(placed, text != NULL ? text : "", size);
    *at += size;
    return placed;
}

/* The end of what is kept of an error's text, at the beginning of a character. */
static size_t cut(const char *text)
{
    size_t size = strnlen(text, BUS_ERROR_TEXT_SIZE);

    if (size < BUS_ERROR_TEXT_SIZE)
        return size;
    size = BUS_ERROR_TEXT_SIZE - 1;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

/* A copy, with all that it points to behind it. NULL: no memory. */
static struct request *copy(const struct bus_os *os, enum operation operation,
                            const struct bus_stored *stored)
{
    const char *text = stored->error.text != NULL ? stored->error.text : "";
    size_t text_kept = cut(text), size = sizeof(struct request) + stored->size +
                                         text_size(stored->message) + text_size(stored->session) +
                                         text_size(stored->handler) + text_kept + 1;
    struct request *request = os->allocate(os->context, size, 8);
    uint8_t *at = (uint8_t *)(request + 1);

    if (request == NULL)
        return NULL;
    request->size = size;
    request->operation = operation;
    request->stored = *stored;
    if (stored->size > 0)
        memcpy(at, stored->bytes, stored->size);
    request->stored.bytes = at;
    at += stored->size;
    request->stored.message = place_text(&at, stored->message);
    request->stored.session = place_text(&at, stored->session);
    request->stored.handler = place_text(&at, stored->handler);
    memcpy(at, text, text_kept);
    request->stored.error.text = (const char *)at;
    return request;
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

static bool ask(struct bus_sqlite_store *store, enum operation operation,
                const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct request *request;

    if (!is_sound(stored)) {
        if (done != NULL)
            done(to, BUS_ERR_INVALID, stored->number);
        return true;
    }
    request = copy(&store->os, operation, stored);
    if (request == NULL)
        return false;
    request->done = done;
    request->to = to;
    if (line_up(store, request))
        return true;
    store->os.release(store->os.context, request, request->size);
    return false;
}

static bool put(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    return ask(context, PUT, stored, done, to);
}

static bool change(void *context, const struct bus_stored *stored, bus_store_done done, void *to)
{
    struct bus_stored changed = *stored;

    changed.bytes = NULL; /* of what is not taken over no copy is needed */
    changed.size = 0;
    changed.message = changed.session = changed.handler = NULL;
    return ask(context, CHANGE, &changed, done, to);
}

static bool take_out(void *context, enum bus_stored_kind kind, uint64_t number, bus_store_done done,
                     void *to)
{
    return ask(context, REMOVE, &(struct bus_stored){.kind = kind, .number = number}, done, to);
}

static bool ask_and_wait(struct bus_sqlite_store *store, struct request *request)
{
    struct question *question = request->question;

    (void)line_up(store, request);
    while (atomic_load_acquire_u32(&question->answered) == 0)
        (void)store->os.wait(store->os.context, &question->answered, 0, UINT64_MAX);
    return question->found;
}

static void fill(struct reading *reading, const struct bus_store_query *query)
{
    *reading = (struct reading){
        .request = {.operation = NEXT, .done = query->done, .to = query->to},
        .question = {.query = *query},
    };
    reading->request.question = &reading->question;
}

static bool ask_later(struct bus_sqlite_store *store, const struct bus_store_query *query)
{
    struct reading *reading = store->os.allocate(store->os.context, sizeof *reading, 8);

    if (reading == NULL)
        return false;
    fill(reading, query);
    reading->request.size = sizeof *reading;
    if (line_up(store, &reading->request))
        return true;
    store->os.release(store->os.context, reading, sizeof *reading);
    return false;
}

static bool next(void *context, const struct bus_store_query *query)
{
    struct reading reading;

    if (!is_kind(query->kind))
        return false;
    if (query->done != NULL)
        return ask_later(context, query);
    fill(&reading, query);
    return ask_and_wait(context, &reading.request);
}

static bool identify(void *context, uint8_t identity[64], bool set)
{
    struct question question = {.identity = identity, .set = set};
    struct request request = {.operation = IDENTITY, .question = &question};

    return ask_and_wait(context, &request);
}

static void read_state(void *context, struct bus_store_state *state)
{
    struct bus_sqlite_store *store = context;

    take(store);
    *state = store->state;
    state->waiting = store->waiting;
    give(store);
}

/* ---- open and close ---- */

static void set_limits(struct bus_sqlite_store_options *limits)
{
    if (limits->entries == 0)
        limits->entries = 1000000;
    if (limits->bytes == 0)
        limits->bytes = (uint64_t)1 << 30;
    if (limits->requests == 0)
        limits->requests = 16384;
    if (limits->request_bytes == 0)
        limits->request_bytes = (uint64_t)64 << 20;
    if (limits->known_ns == 0)
        limits->known_ns = 600 * BUS_SECOND;
    if (limits->known_max == 0)
        limits->known_max = 100000;
    if (limits->log_pages == 0)
        limits->log_pages = 1000;
}

/* A damaged file makes way for a fresh one. */
static enum bus_status open_database(struct bus_sqlite_store *store)
{
    struct database *database = &store->database;
    enum database_found found = database_open(database, store->file.path, store->file.logged);
    char aside[STORE_PATH_SIZE];

    if (found == DATABASE_DAMAGED) {
        enum bus_status status =
            store_file_set_aside(&store->file, store->os.real_ns(store->os.context), aside);
        if (status == BUS_OK)
            status = store_file_make(&store->file);
        if (status != BUS_OK)
            return status;
        (void)snprintf(store->opened, sizeof store->opened,
                       "%.50s was damaged (%.70s); it is set aside as %.90s", store->file.name,
                       database->text, aside);
        found = database_open(database, store->file.path, false);
    }
    if (found == DATABASE_SOUND) {
        if (store->file.was_empty) /* killed while it was made, or emptied by somebody */
            (void)snprintf(store->opened, sizeof store->opened,
                           "%.90s was empty: if it kept anything, that is lost", store->file.name);
        return BUS_OK;
    }
    if (found == DATABASE_REFUSED)
        return store_say(BUS_ERR_INVALID, "store: %s: %s", store->file.path, database->text);
    return store_say(database->no_memory ? BUS_ERR_MEMORY : BUS_ERR_SYSTEM,
                     "store: cannot open %s: %s", store->file.path, database->text);
}

/* Whatever is there of it. */
static void unmake(struct bus_sqlite_store *store)
{
    struct bus_os os = store->os;

    database_close(&store->database);
    store_file_close(&store->file);
    os.release(os.context, store, sizeof *store);
}

static enum bus_status make(struct bus_sqlite_store *store, const char *path)
{
    enum bus_status status = store_file_open(&store->file, path, store->limits.read_only);
    int error;

    if (status == BUS_OK)
        status = open_database(store);
    if (status != BUS_OK)
        return status;
    publish_state(store, 0, 0, 0);
    error = store->os.thread_start(store->os.context, &store->thread, "bus-store", own, store);
    if (error != 0)
        return store_say(BUS_ERR_SYSTEM, "store: no thread for %s: %s", path, strerror(error));
    return BUS_OK;
}

enum bus_status bus_sqlite_store_open(struct bus_sqlite_store **store, const char *path,
                                      const struct bus_sqlite_store_options *options)
{
    const struct bus_os *os =
        options != NULL && options->os != NULL ? options->os : bus_os_native();
    struct bus_sqlite_store *made;
    enum bus_status status;

    if (store == NULL)
        return store_say(BUS_ERR_INVALID, "bus_sqlite_store_open: where to put it is NULL");
    *store = NULL;
    made = os->allocate(os->context, sizeof *made, 8);
    if (made == NULL)
        return store_say(BUS_ERR_MEMORY, "store: no memory");
    made->os = *os;
    if (options != NULL)
        made->limits = *options;
    set_limits(&made->limits);
    made->database.os = &made->os;
    made->database.limits = &made->limits;
    made->table = (struct bus_store){.context = made,
                                     .put = put,
                                     .change = change,
                                     .remove = take_out,
                                     .next = next,
                                     .state = read_state,
                                     .identity = identify};
    status = make(made, path);
    if (status != BUS_OK)
        unmake(made);
    *store = status == BUS_OK ? made : NULL;
    return status;
}

const struct bus_store *bus_sqlite_store_table(struct bus_sqlite_store *store)
{
    return store != NULL ? &store->table : NULL;
}

void bus_sqlite_store_close(struct bus_sqlite_store **store)
{
    struct bus_sqlite_store *made = store != NULL ? *store : NULL;

    if (made == NULL)
        return;
    take(made);
    made->stopping = true;
    made->sleeping = false;
    atomic_store_release_u32(&made->news, atomic_load_relaxed_u32(&made->news) + 1);
    give(made);
    made->os.wake(made->os.context, &made->news, true);
    made->os.thread_join(made->os.context, made->thread);
    unmake(made);
    *store = NULL;
}
