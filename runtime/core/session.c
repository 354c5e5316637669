/* core/session.c - sessions begin, are found, have a state; see session.h, session_end.c. */
#include "core/session.h"

#include <inttypes.h>

#include <bus/wire.h>

#include "core/registry.h"
#include "path/path.h"

/* ---- memory ---- */

static size_t places_size(const struct bus *bus)
{
    return (size_t)bus->options.sessions_max * sizeof(struct session);
}

static size_t whys_size(const struct bus *bus)
{
    return (size_t)bus->options.sessions_max * sizeof(struct session_why);
}

static size_t ids_size(const struct bus *bus)
{
    return ((size_t)bus->session_id_mask + 1) * sizeof(uint32_t);
}

bool sessions_make(struct bus *bus)
{
    uint32_t most = bus->options.sessions_max, heads = 16;
    void *timers;

    while (heads < most)
        heads *= 2;
    bus->session_id_mask = heads - 1;
    bus->sessions = bus_take_memory(bus, places_size(bus), CACHE_LINE);
    bus->session_whys = bus_take_memory(bus, whys_size(bus), CACHE_LINE);
    bus->session_ids = bus_take_memory(bus, ids_size(bus), CACHE_LINE);
    timers = bus_take_memory(bus, timers_bytes(most), CACHE_LINE);
    timers_init(&bus->idlers, timers, most);
    bus->idle_armed_ns = UINT64_MAX;
    return bus->sessions != NULL && bus->session_whys != NULL && bus->session_ids != NULL &&
           timers != NULL;
}

static void give_if(struct bus *bus, void *memory, size_t size)
{
    if (memory != NULL)
        bus_give_memory(bus, memory, size);
}

void sessions_free(struct bus *bus)
{
    give_if(bus, bus->sessions, places_size(bus));
    give_if(bus, bus->session_whys, whys_size(bus));
    give_if(bus, bus->session_ids, ids_size(bus));
    give_if(bus, bus->idlers.slots, timers_bytes(bus->options.sessions_max));
}

/* ---- ids ---- */

static bool is_current(const struct bus *bus, struct bus_session session)
{
    return atomic_load_acquire_u32(&session_at(bus, session.index)->generation) ==
           session.generation;
}

bool session_is_open(const struct bus *bus, struct bus_session session)
{
    if (session.index == 0)
        return true;
    return session.index <= bus->options.sessions_max && (session.generation & 1) != 0 &&
           is_current(bus, session);
}

bool session_text(const struct bus *bus, uint32_t index, uint32_t generation,
                  char text[BUS_SESSION_ID_SIZE])
{
    uint64_t id[SESSION_ID_WORDS];
    const struct session *place;
    uint32_t now, i;

    memset(text, 0, BUS_SESSION_ID_SIZE);
    if (index == 0) {
        memcpy(text, "BUS", 4);
        return true;
    }
    if (index > bus->options.sessions_max)
        return false;
    place = session_at(bus, index);
    now = atomic_load_acquire_u32(&place->generation);
    if ((now & 1) == 0 || ((now ^ generation) & 0xffff) != 0)
        return false;
    /* A word of another id was stored after the generation had moved on. */
    for (i = 0; i < SESSION_ID_WORDS; i++)
        id[i] = atomic_load_acquire_u64(&place->id[i]);
    if (atomic_load_acquire_u32(&place->generation) != now)
        return false;
    memcpy(text, id, sizeof id);
    return true;
}

static uint32_t *bucket_of(const struct bus *bus, const uint64_t id[SESSION_ID_WORDS])
{
    uint64_t hash = bus->seed.high;
    uint32_t i;

    for (i = 0; i < SESSION_ID_WORDS; i++)
        hash = bus_key_u64(hash ^ id[i]);
    return &bus->session_ids[hash & bus->session_id_mask];
}

/* Index of the session that has the id; 0: none. */
static uint32_t look_up(const struct bus *bus, const uint64_t id[SESSION_ID_WORDS])
{
    uint32_t index = *bucket_of(bus, id);

    while (index != 0 && memcmp(session_at(bus, index)->id, id, BUS_SESSION_ID_SIZE) != 0)
        index = session_at(bus, index)->next;
    return index;
}

/* False: empty, too long, no UTF-8. */
static bool id_take(uint64_t id[SESSION_ID_WORDS], const char *text)
{
    size_t size = strnlen(text, BUS_SESSION_ID_SIZE);

    memset(id, 0, BUS_SESSION_ID_SIZE);
    if (size == 0 || size == BUS_SESSION_ID_SIZE || bus_utf8_valid(text, size) != size)
        return false;
    memcpy(id, text, size);
    return true;
}

/* A UUIDv7, as those of messages: milliseconds, 40 bits of a counter, 34 bits of the bus's seed. */
static void id_make(struct bus *bus, uint64_t id[SESSION_ID_WORDS])
{
    char text[BUS_SESSION_ID_SIZE] = {0};

    do {
        uint64_t ms = bus->os.real_ns(bus->os.context) / BUS_MILLISECOND;
        uint64_t count = bus->sessions_named++;

        bus_uuid_text(
            (struct bus_uuid){
                .high = (ms & UINT64_C(0xffffffffffff)) << 16 | UINT64_C(7) << 12 |
                        ((count >> 28) & 0xfff),
                .low = UINT64_C(2) << 62 | (count & UINT64_C(0xfffffff)) << 34 |
                       (bus->seed.low & UINT64_C(0x3ffffffff)),
            },
            text);
        memcpy(id, text, sizeof text);
    } while (look_up(bus, id) != 0); /* somebody may have given it */
}

/* ---- places ---- */

/* A place that rested long enough, or was never used; NULL: all are open or end. */
static struct session *place_take(struct bus *bus)
{
    struct session *place;

    if (bus->session_free_count == 0 && bus->sessions_used == bus->options.sessions_max)
        return NULL;
    if (bus->session_free_count <= SESSION_REST && bus->sessions_used < bus->options.sessions_max)
        return &bus->sessions[bus->sessions_used++];
    place = session_at(bus, bus->session_free_first);
    bus->session_free_first = place->next;
    bus->session_free_count--;
    return place;
}

static void place_rest(struct bus *bus, struct session *place)
{
    uint32_t index = (uint32_t)(place - bus->sessions) + 1;

    place->next = 0;
    if (bus->session_free_count++ == 0)
        bus->session_free_first = index;
    else
        session_at(bus, bus->session_free_last)->next = index;
    bus->session_free_last = index;
}

void session_forget(struct bus *bus, struct session *session)
{
    uint32_t index = (uint32_t)(session - bus->sessions) + 1;
    uint32_t *link = bucket_of(bus, session->id);

    while (*link != index)
        link = &session_at(bus, *link)->next;
    *link = session->next;
    session->ending = false;
    place_rest(bus, session);
}

/* ---- opening ---- */

/* Registry lock. `id`: the one that is asked for, else one is made there. */
static enum bus_status begin(struct bus *bus, const struct bus_session_options *options,
                             uint64_t id[SESSION_ID_WORDS], struct bus_session *session)
{
    struct session *place;
    uint32_t *bucket, i;

    if (options->id != NULL && look_up(bus, id) != 0)
        return fail_status(BUS_ERR_ALREADY_REGISTERED,
                           "bus %s: a session \"%.63s\" is open, or its end is not over", bus->name,
                           options->id);
    place = place_take(bus);
    if (place == NULL)
        return fail_status(BUS_ERR_LIMIT,
                           "bus %s: all sessions are open; raise bus_options.sessions_max (now "
                           "%" PRIu32 ")",
                           bus->name, bus->options.sessions_max);
    if (options->id == NULL)
        id_make(bus, id);
    for (i = 0; i < SESSION_ID_WORDS; i++)
        atomic_store_release_u64(&place->id[i], id[i]);
    bucket = bucket_of(bus, id);
    place->next = *bucket;
    *bucket = (uint32_t)(place - bus->sessions) + 1;
    atomic_store_release_ptr(&place->state, options->state);
    atomic_store_release_u64(&place->idle_ns, options->idle_ns);
    if (options->idle_ns != 0)
        session_watch(bus, place);
    atomic_store_release_u32(&place->generation, place->generation + 1);
    *session = (struct bus_session){*bucket, place->generation};
    atomic_store_release_u32(&bus->sessions_open, bus->sessions_open + 1);
    return BUS_OK;
}

enum bus_status bus_session_open_with(struct bus *bus, const struct bus_session_options *options,
                                      struct bus_session *session)
{
    static const struct bus_session_options none = {0};
    uint64_t id[SESSION_ID_WORDS] = {0};
    enum bus_status status;

    if (bus == NULL || bus->magic != BUS_MAGIC || session == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot open a session: bus or session is NULL");
    *session = (struct bus_session){0, 0};
    if (options == NULL)
        options = &none;
    if (options->id != NULL && !id_take(id, options->id))
        return fail_status(BUS_ERR_INVALID,
                           "bus %s: a session's id is 1 to %d bytes of UTF-8, this one is not",
                           bus->name, BUS_SESSION_ID_SIZE - 1);
    if (options->id != NULL && strcmp(options->id, "BUS") == 0)
        return fail_status(BUS_ERR_INVALID, "bus %s: \"BUS\" is the id of the default session",
                           bus->name);
    if ((atomic_load_relaxed_u32(&bus->gate) & (GATE_STOPPING | GATE_HALTED)) != 0)
        return fail_status(BUS_ERR_STATE, "bus %s: stopped, no session can be opened", bus->name);
    lock_take(&bus->registry, &bus->os);
    status = begin(bus, options, id, session);
    lock_give(&bus->registry, &bus->os);
    if (status == BUS_OK)
        system_session_started(bus, session->index, (const char *)id);
    return status;
}

enum bus_status bus_session_open(struct bus *bus, struct bus_session *session)
{
    return bus_session_open_with(bus, NULL, session);
}

struct bus_session session_named(const struct bus *bus, const char *id)
{
    uint64_t words[SESSION_ID_WORDS];
    uint32_t index = id_take(words, id) ? look_up(bus, words) : 0;
    uint32_t generation = index != 0 ? session_at(bus, index)->generation : 0;

    return (generation & 1) != 0 ? (struct bus_session){index, generation}
                                 : (struct bus_session){0, 0};
}

enum bus_status bus_session_find(struct bus *bus, const char *id, struct bus_session *session)
{
    if (session != NULL)
        *session = (struct bus_session){0, 0};
    if (bus == NULL || bus->magic != BUS_MAGIC || id == NULL || session == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot find a session: bus, id or session is NULL");
    lock_take(&bus->registry, &bus->os);
    *session = session_named(bus, id);
    lock_give(&bus->registry, &bus->os);
    if (session->index != 0)
        return BUS_OK;
    return fail_status(BUS_ERR_NOT_REGISTERED, "bus %s: no session \"%.63s\" is open", bus->name,
                       id);
}

/* ---- what it has ---- */

static enum bus_status say_ended(const struct bus *bus)
{
    return fail_status(BUS_ERR_NOT_REGISTERED, "bus %s: this session has ended", bus->name);
}

static bool is_handle(const struct bus *bus, struct bus_session session)
{
    return bus != NULL && bus->magic == BUS_MAGIC && session.index != 0 &&
           session.index <= bus->options.sessions_max;
}

enum bus_status bus_session_id(const struct bus *bus, struct bus_session session,
                               char text[BUS_SESSION_ID_SIZE])
{
    if (text != NULL)
        text[0] = '\0';
    if (text == NULL || (session.index != 0 && !is_handle(bus, session)))
        return fail_status(BUS_ERR_INVALID, "no id: bus or text is NULL, or no session of the bus");
    if ((session.index == 0 || session_is_open(bus, session)) &&
        session_text(bus, session.index, session.generation, text))
        return BUS_OK;
    return say_ended(bus);
}

void *bus_session_state(const struct bus *bus, struct bus_session session)
{
    void *state;

    if (!is_handle(bus, session) || !session_is_open(bus, session))
        return NULL;
    state = atomic_load_acquire_ptr(&session_at(bus, session.index)->state);
    /* That of the next one was stored after the generation had moved on. */
    return is_current(bus, session) ? state : NULL;
}

enum bus_status bus_session_set_state(struct bus *bus, struct bus_session session, void *state)
{
    bool open;

    if (!is_handle(bus, session))
        return fail_status(BUS_ERR_INVALID, "no state: bus is NULL or not a session of it");
    lock_take(&bus->registry, &bus->os);
    open = session_is_open(bus, session);
    if (open)
        atomic_store_release_ptr(&session_at(bus, session.index)->state, state);
    lock_give(&bus->registry, &bus->os);
    return open ? BUS_OK : say_ended(bus);
}

enum bus_status bus_session_on_end(struct bus *bus, struct bus_session session,
                                   bus_session_end_fn fn, void *context)
{
    enum bus_status status = BUS_OK;
    struct session_cleanup *cleanup;
    struct session *place;

    if (!is_handle(bus, session) || fn == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "no clean-up: bus or function is NULL, or not a session of the bus");
    place = session_at(bus, session.index);
    cleanup = bus_take_memory(bus, sizeof *cleanup, 8);
    if (cleanup == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for a clean-up function", bus->name);
    cleanup->fn = fn;
    cleanup->context = context;
    lock_take(&bus->registry, &bus->os);
    if (!session_is_open(bus, session)) {
        status = say_ended(bus);
    } else if (place->cleanup_count == BUS_SESSION_ENDS_MAX) {
        status = fail_status(BUS_ERR_LIMIT, "bus %s: a session has at most %d clean-up functions",
                             bus->name, BUS_SESSION_ENDS_MAX);
    } else {
        cleanup->next = place->cleanups;
        place->cleanups = cleanup;
        place->cleanup_count++;
    }
    lock_give(&bus->registry, &bus->os);
    if (status != BUS_OK)
        bus_give_memory(bus, cleanup, sizeof *cleanup);
    return status;
}

/* ---- scopes ---- */

enum bus_status bus_session_enter(struct bus *bus, const struct bus_session_options *options,
                                  struct bus_session_scope *scope)
{
    enum bus_status status;

    if (scope == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot open a session: the scope is NULL");
    memset(scope, 0, sizeof *scope);
    status = bus_session_open_with(bus, options, &scope->session);
    if (status == BUS_OK)
        scope->bus = bus;
    return status;
}

void bus_session_leave(struct bus_session_scope *scope)
{
    if (scope == NULL || scope->bus == NULL)
        return;
    (void)bus_session_end(scope->bus, scope->session, scope->failed ? &scope->why : NULL);
    scope->bus = NULL;
}
