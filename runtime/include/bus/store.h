/*
 * bus/store.h - where messages are kept that have to outlive the bus: dead letters, durable events,
 * scheduled events.
 *
 * A store is a table of functions. There are two: in memory (below, for tests and simulations), and
 * an SQLite file (bus/sqlite_store.h, library busgen::store). A bus is given one by
 * bus_options.store:
 *
 *     struct bus_sqlite_store *file = NULL;
 *     struct bus *bus = NULL;
 *
 *     if (bus_sqlite_store_open(&file, "/var/lib/shop/bus.db", NULL) != BUS_OK)
 *         die(bus_last_error());
 *     bus_open(&bus, &(struct bus_options){.store = bus_sqlite_store_table(file)});
 *     ...
 *     bus_close(&bus);
 *     bus_sqlite_store_close(&file);
 *
 * What is kept has a number of its own among its kind. Requests (put, change, remove, and next when
 * nobody waits for it) are taken on at once and carried out later, in the order of the calls;
 * whoever asked is told when what he wanted is on disk.
 *
 * One bus uses a store at a time. Its functions may be called from any thread, and at the same time
 * as any other.
 */
#ifndef BUS_STORE_H
#define BUS_STORE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bus_stored_kind { BUS_STORED_EVENT = 1, BUS_STORED_LETTER, BUS_STORED_SCHEDULED };
/* One more than the highest kind, for arrays. */
#define BUS_STORED_KINDS 4
/* Longest id of a session and name of a message type or handler that is kept; longer ones are
 * refused (BUS_ERR_INVALID). */
#define BUS_STORED_SESSION_MOST 63
#define BUS_STORED_NAME_MOST 1023

/* One thing that is kept. Texts may be NULL for "", when it is put; inside a reader they are not.
 * What it points to is copied by put, and is valid inside a reader. All times are nanoseconds of
 * the wall clock since 1970. */
struct bus_stored {
    enum bus_stored_kind kind;
    uint64_t number; /* put: 0: the next of its kind, one more than the highest ever, in the order
                        of the puts; else this one, which must be free. Below 2^63 */
    struct bus_uuid id;
    const char *message; /* name of its type, "shop.order_placed" */
    uint64_t type_id;
    uint32_t schema_version;
    uint64_t schema_fingerprint; /* of the text of that version, as its writer was compiled with it;
                                    0: not known */
    const char *session;         /* its text id; "": the default session */
    bool has_key;
    uint64_t key_hash;
    uint64_t published_ns;
    uint64_t deadline_ns; /* 0: none */
    struct bus_uuid correlation, causation;
    struct bus_trace trace;
    const uint8_t *bytes; /* the message; inside a reader aligned to 8 */
    uint32_t size;
    /* events: its id was given by the publisher. Refused when one of the same id was put within the
     * store's window, whatever became of it since. */
    bool once;
    /* letters */
    const char *handler;
    enum bus_letter_reason reason;
    struct bus_error error; /* of its text BUS_ERROR_TEXT_SIZE - 1 bytes are kept */
    uint32_t attempts, replays;
    uint64_t first_ns, last_ns;
    /* scheduled events */
    uint64_t due_ns;
    uint64_t every_ns; /* 0: once */
    bool at;           /* follows the wall clock when that is set */
    bool again;        /* it was published before */
};

/* The end of a request; called once, from any thread, also inside the call that asked:
 *   BUS_OK                      done, and on disk
 *   BUS_ERR_LIMIT               the store is full
 *   BUS_ERR_ALREADY_REGISTERED  the id is known (`once`), or the number is not free
 *   BUS_ERR_NOT_REGISTERED      what is to be changed or removed is not there
 *   BUS_ERR_INVALID             a name is too long, the number too large
 *   BUS_ERR_SYSTEM              the disk failed
 * After anything but BUS_OK nothing has changed; but what the disk did with a request that it
 * failed shows for certain only when the store is opened again. `number` is that of the entry, 0
 * when it got none.
 * It must not wait, and must not call `next` or `identity`. */
typedef void (*bus_store_done)(void *to, enum bus_status status, uint64_t number);
/* Must not call the store. */
typedef void (*bus_store_reader)(void *to, const struct bus_stored *stored);

/* What `next` shows: those of the kind with the lowest numbers above `after`, in their order. */
struct bus_store_query {
    enum bus_stored_kind kind;
    uint64_t after;
    uint32_t rows;  /* so many at most; 0: 1 */
    uint64_t bytes; /* it ends before the one whose `size` would make more than that, but shows one
                       in any case; 0: no bound */
    bus_store_reader reader;
    void *to; /* of reader and done */
    /* NULL: `next` waits. Else it is a request like the others, and tells its end: BUS_OK and the
     * number of the last one that was shown; BUS_ERR_NOT_REGISTERED, there is none, or
     * BUS_ERR_SYSTEM, it cannot be read, when none was. */
    bus_store_done done;
};

/* How the store is doing. */
enum bus_store_condition {
    BUS_STORE_FINE = 0,
    BUS_STORE_FULL,    /* a bound of its options was met; puts are refused until something goes */
    BUS_STORE_FAILING, /* the last request failed (disk full, I/O error); the next may succeed */
    BUS_STORE_BROKEN,  /* for good, until it is opened again: nothing is carried out any more */
};
#define BUS_STORE_TEXT_SIZE 256

/* Of one kind. */
struct bus_store_figures {
    uint64_t count;
    uint64_t bytes; /* of messages and names */
    uint64_t last;  /* highest number ever given */
};

struct bus_store_state {
    enum bus_store_condition condition;
    char text[BUS_STORE_TEXT_SIZE]; /* why it is not fine, or what happened when it was opened; "":
                                       nothing to say */
    struct bus_store_figures kinds[BUS_STORED_KINDS]; /* by kind, without requests on their way */
    uint64_t waiting;                                 /* requests on their way */
    uint64_t failed;                                  /* requests that ended with BUS_ERR_SYSTEM */
};

struct bus_store {
    void *context;
    /* Requests. They take effect in the order of the calls. False: not taken on, for there is no
     * room for it among those that wait, or the store is broken; `done` (may be NULL) is not called
     * then. They never wait for the disk. */
    bool (*put)(void *context, const struct bus_stored *stored, bus_store_done done, void *to);
    /* Takes over, of a letter: reason, error, attempts, replays, last_ns; of a scheduled event:
     * due_ns, again. */
    bool (*change)(void *context, const struct bus_stored *stored, bus_store_done done, void *to);
    bool (*remove)(void *context, enum bus_stored_kind kind, uint64_t number, bus_store_done done,
                   void *to);
    /* Calls `query->reader`, from any thread, as the query says; it sees all requests that were
     * made before. Without `done` it may wait for the disk, and is false when it has shown none:
     * there is none, or it cannot be read (state). With `done` it does not wait, and is false when
     * it is not taken on. The query is copied. */
    bool (*next)(void *context, const struct bus_store_query *query);
    /* Never waits for the disk. */
    void (*state)(void *context, struct bus_store_state *state);
    /* 64 bytes are kept for the bus. Reads them; when there are none yet and `set`, keeps these.
     * False: there are none, or the disk failed. May wait for the disk. */
    bool (*identity)(void *context, uint8_t identity[64], bool set);
};

/* Static words: "fine", "full", "failing", "broken". Never NULL. */
BUS_API const char *bus_store_condition_text(enum bus_store_condition condition);

/* For those who write a store: what bus_last_error() is to say on this thread. Returns `status`. */
BUS_API enum bus_status bus_store_error(enum bus_status status, const char *text);

/* ---- in memory ------------------------------------------------------------------------------ */

/* Keeps everything until it is closed, over any number of buses one after the other. Can be told to
 * fail, to be slow, and to lose what was not on disk yet: so that it can be tested, in virtual time
 * too, what a program does then. */
struct bus_memory_store;

struct bus_memory_store_options {
    const struct bus_os *os; /* memory, clock and waits; NULL: the system's. That of the simulation,
                                when the bus runs in one */
    uint32_t entries;        /* of each kind; default 10,000 */
    uint64_t bytes;          /* of each kind, of messages and names; default 16 MiB */
    uint32_t requests;       /* that wait (bus_memory_store_hold) at most; default 1,024 */
    uint64_t known_ns;       /* window in which the id of an event put `once` is known; default
                                10 minutes */
    uint32_t known_max;      /* ids known at most, the oldest are forgotten; default 10,000 */
};
/* Takes memory for its index now, and for each entry when it is put. `options` may be NULL.
 *   BUS_ERR_INVALID, BUS_ERR_MEMORY */
BUS_API enum bus_status bus_memory_store_open(struct bus_memory_store **store,
                                              const struct bus_memory_store_options *options);
/* For bus_options.store; lives as long as the store. */
BUS_API const struct bus_store *bus_memory_store_table(struct bus_memory_store *store);
/* No bus uses it any more. Requests that wait are forgotten, as by bus_memory_store_crash. NULL and
 * a pointer to NULL are harmless. */
BUS_API void bus_memory_store_close(struct bus_memory_store **store);

enum bus_memory_store_fault {
    BUS_MEMORY_STORE_WORKS = 0,
    BUS_MEMORY_STORE_REFUSES, /* takes on no request */
    BUS_MEMORY_STORE_FAILS,   /* requests end with BUS_ERR_SYSTEM; next and identity fail */
    BUS_MEMORY_STORE_BREAKS,  /* as it fails, and then for good: it is broken */
};
/* From now on `after` calls of put, change, remove, next and identity go well; then `times` of them
 * (0: all) meet the fault. WORKS ends it, a broken store included. */
BUS_API void bus_memory_store_fault(struct bus_memory_store *store,
                                    enum bus_memory_store_fault fault, uint64_t after,
                                    uint64_t times);
/* While it is held, requests wait, as for a slow disk, until somebody lets them go on: this with
 * false, bus_memory_store_run, or a `next` that is waited for, which sees them all. */
BUS_API void bus_memory_store_hold(struct bus_memory_store *store, bool hold);
/* Carries out the first `most` (0: all) of those that wait; returns how many. */
BUS_API uint32_t bus_memory_store_run(struct bus_memory_store *store, uint32_t most);
/* Forgets those that wait without calling their `done`, as a crash of the machine does; returns how
 * many. Close the bus first. */
BUS_API uint32_t bus_memory_store_crash(struct bus_memory_store *store);

#ifdef __cplusplus
}
#endif

#endif
