/*
 * core/session.h - the place of a session.
 *
 * Places are in one array, found by index. Free ones wait in a queue, and an ended session's place
 * rests there for a while (SESSION_REST others are used before it): cells carry 16 bits of the
 * generation only, so a message would have to wait in its lane for that many times 32,768 sessions
 * to be taken for one of another. Places that were never used are not touched.
 *
 * Open ones, and those whose end is not over, are in a map by id: chains through `next`, heads in
 * bus->session_ids, hashed with a secret of the bus.
 *
 * Who may read what without the registry lock: generation, table (core/registry.h), state, used_ns
 * and id. The latter three mean something only if the generation is the same before and after; ids
 * are written while it is even.
 */
#ifndef BUSGEN_CORE_SESSION_H
#define BUSGEN_CORE_SESSION_H

#include <bus/session.h>

#include "core/engine.h"

enum { SESSION_REST = 256, SESSION_ID_WORDS = BUS_SESSION_ID_SIZE / 8 };

/* A clean-up function. */
struct session_cleanup {
    struct session_cleanup *next; /* added before this one */
    bus_session_end_fn fn;
    void *context;
};

struct session {
    uint32_t generation; /* shared: odd while open */
    uint32_t next;       /* registry lock: index of the next free one, or in the map; 0: none */
    struct handler_list *table;       /* shared: its handlers (core/registry.h); NULL: none */
    void *state;                      /* shared */
    uint64_t used_ns;                 /* shared: when a message of it was seen last; with idle_ns */
    uint64_t idle_ns;                 /* shared; 0: never ends for that */
    struct unit *units;               /* registry lock; of one that ends: who ends it */
    struct session_cleanup *cleanups; /* the same */
    uint32_t cleanup_count;           /* the same */
    bool ending;                      /* registry lock: its end is not over */
    enum bus_session_reason reason;   /* who ends it */
    struct session *next_ending;      /* registry lock: in bus->endings */
    struct timer idle;                /* registry lock: in bus->idlers */
    uint64_t id[SESSION_ID_WORDS];    /* shared: text, zeros behind it */
};

/* Why it ends, for those whose end is not over at once; beside the places, seldom touched. */
struct session_why {
    bool has;
    struct bus_error error;
    char text[BUS_ERROR_TEXT_SIZE];
};

/* Memory of all places, and of what goes with them. False: there is none. */
bool sessions_make(struct bus *bus);
void sessions_free(struct bus *bus);
/* At bus_close, when nothing runs any more: ends those that are open. */
void sessions_close(struct bus *bus);

static inline struct session *session_at(const struct bus *bus, uint32_t index)
{
    return &bus->sessions[index - 1];
}

/* True for the default session and for one that is open now. */
bool session_is_open(const struct bus *bus, struct bus_session session);
/* The id of the session that has this index and (in its lowest 16 bits) this generation; "BUS" for
 * index 0. Any thread, never waits. False: it has ended, *text is empty. */
bool session_text(const struct bus *bus, uint32_t index, uint32_t generation,
                  char text[BUS_SESSION_ID_SIZE]);
/* The open one of this id; zero: there is none. Registry lock. */
struct bus_session session_named(const struct bus *bus, const char *id);
/* Takes it out of the map and lets its place rest. Registry lock. */
void session_forget(struct bus *bus, struct session *session);

/* A message of the session goes through this thread: it is not idle. */
static inline void session_touch(struct thread *thread, uint32_t index)
{
    struct session *session = session_at(thread->bus, index);

    if (atomic_load_relaxed_u64(&session->idle_ns) != 0)
        atomic_store_relaxed_u64(&session->used_ns,
                                 os_coarse_ns(&thread->coarse, &thread->bus->os));
}

/* ---- session_end.c ---- */

/* One with `idle_ns` was opened. Registry lock. */
void session_watch(struct bus *bus, struct session *session);

#endif
