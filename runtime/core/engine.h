/*
 * core/engine.h - the structs of the engine: bus, worker, thread, route, handler, delivery.
 *
 * Who owns what, and which words are shared, is said at each member:
 *   const    written before other threads can see the struct
 *   own      read and written by one thread only
 *   shared   through path/atomic.h only, or under the lock named
 */
#ifndef BUSGEN_CORE_ENGINE_H
#define BUSGEN_CORE_ENGINE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bus/errors.h>
#include <bus/os.h>
#include <bus/schema.h>

#include "core/bare.h"
#include "core/last_error.h"
#include "core/lock.h"
#include "core/scratch.h"
#include "guard/chance.h"
#include "guard/timers.h"
#include "os/os.h"
#include "path/atomic.h"
#include "path/cell.h"
#include "path/drop_ring.h"
#include "path/lane.h"
#include "path/mail.h"
#include "path/parking.h"
#include "path/parts.h"
#include "path/pool.h"
#include "pipeline/rows.h"

enum { WORKER_ANY = 0xffff, NO_ROUTE = 0 };

/* Limits that are sums with a reason: the width of their field in a cell. */
enum {
    TYPES_LIMIT = 0xffff,      /* 16 bits of a cell */
    PUBLISHERS_LIMIT = 0xffff, /* 16 bits */
    SESSIONS_LIMIT = 0xffffff, /* 24 bits */
    CAPACITY_LIMIT = 1 << 24,
    CELL_SIZE_LIMIT = 1 << 20,
    PARTS_CAPACITY = 1024,
};

/* What keeps a publisher from going straight on. Zero: started and open. */
enum {
    GATE_BUFFERING = 1 << 0, /* not started: keep the message for worker 0 to hand out */
    GATE_HELD = 1 << 1,      /* an audit or a start is at work: wait */
    GATE_STOPPING = 1 << 2,  /* closed to publishers outside handlers */
    GATE_HALTED = 1 << 3,    /* closed to everybody */
};

/* Per thread and message type. Written by the thread that owns the record, summed by anybody. */
struct counters {
    uint64_t queued; /* accepted into a lane or ring */
    uint64_t direct; /* accepted and run at once by the caller */
    uint64_t begun;  /* taken out of a lane to be run */
    uint64_t processed;
    uint64_t failed;
    uint64_t dropped;
    uint64_t expired;
    uint64_t filtered;
    uint64_t rejected;
    uint64_t closed;
    uint64_t invalid;
    uint64_t calls;
    uint64_t calls_failed;
    uint64_t timed_calls;
    uint64_t timed_ns;
    uint64_t timed_max_ns;
    uint64_t kept; /* went on without a thread: held for another run, deferred, to be approved */
    uint64_t resolved; /* of those kept: ended (counted there too), or a thread has them again */
    uint64_t cancelled;
    uint64_t parked;   /* kept, and nothing of it is on its way: for bus_wait_idle it has ended */
    uint64_t unparked; /* of those: it is on its way again */
    uint64_t throttled;
    uint64_t late;     /* runs that took longer than their timeout */
    uint64_t replaced; /* by a newer one of their key */
};
_Static_assert(sizeof(struct counters) == 192, "three cache lines");

/* What is known of a handler's failures; errors lock (guard/report.c). */
struct handler_record {
    uint64_t failures;
    uint64_t consecutive; /* up to the last one */
    uint64_t runs;        /* at the last one */
    uint64_t last_ns;
    struct bus_error last; /* without text */
    char text[BUS_ERROR_TEXT_SIZE];
};

/* Handlers that one component attachment brought, or a single registered one: what `serial` keeps
 * apart. Never moved; freed when no list and no frame can refer to its handlers (hazards.c). */
struct handler {
    bus_function function;
    void *context;
    const char *name;
    struct route *route;
    struct unit *unit;
    struct bus_session session;
    struct handler_list *prepared; /* registry lock: while its unit is added; of its route */
    struct guard *guard;           /* const: breaker, budget, timeout; NULL: none of them */
    uint32_t removed;              /* shared: 1 from unregister on */
    uint8_t order;
    bool parallel;
    bool
        apart; /* const: of a command that may have others, of sessions or of the user's registry */
    /* Runs that ended. Of an event: counted by each worker `spread` apart, or at one place by the
     * one worker that runs it. Of a command: in the counters of its type, here only if `apart`. */
    uint32_t spread;      /* const */
    uint64_t *runs;       /* const; shared: what it points to */
    uint64_t run_count;   /* shared: what `runs` points to without `spread` */
    uint64_t runs_before; /* const: of its type, when it was registered */
    struct handler_record record;
};

struct unit {
    struct unit *next;                     /* registry lock: in bus->units or bus->retired_units */
    struct unit *root;                     /* registry lock: union-find during homes_assign */
    const struct bus_component *component; /* NULL: a single handler */
    void *context;
    struct bus_session session;
    size_t bytes;
    uint32_t home;     /* shared: worker that runs it; WORKER_ANY: concurrent, or not started */
    uint32_t held;     /* shared: deliveries that wait for one of its handlers (guard/hold.h) */
    uint32_t deferred; /* shared: 1: one of its handlers has deferred a command, ever */
    struct unit *same_hash;        /* registry lock: components, in bus->attached */
    struct handler_list *prepared; /* registry lock: while it is added; of its session */
    bool concurrent;
    /* Of the user's registry (core/asked.c): one handler, in no list */
    bool made;           /* const */
    uint32_t place;      /* registry lock: in bus->made, from 1; 0: not in service */
    uint32_t generation; /* const once it has a place */
    uint64_t left;       /* registry lock: epoch since which nobody is given it */
    uint64_t *runs;      /* const: of its handlers, by worker; NULL: they have one place each */
    uint32_t handler_count;
    struct handler handlers[];
};

/* Handlers in order of dispatch: those of the bus for one type, in its route; or those of a session
 * for all types, by the type's index first, in the session's place. Immutable; replaced as a
 * whole. */
struct handler_list {
    struct handler_list *next; /* registry lock: in bus->retired_lists */
    size_t bytes;
    uint32_t count; /* of a route's: 0: only sessions listen */
    bool parallel;  /* some are */
    bool ordered;   /* of a type that is: guard/ordered.h */
    /* of a route's */
    uint8_t elsewhere; /* ELSEWHERE_ bits: there are more than these */
    bool burst;        /* one, which runs every message without a session (path/burst.c) */
    bool only;         /* one, which runs every message */
    /* of a session's */
    uint32_t generation;
    const uint16_t *types; /* index of each handler's route */
    struct handler *handlers[];
};

enum {
    ELSEWHERE_SESSIONS = 1 << 0, /* some session listens: messages of sessions look there */
    ELSEWHERE_REGISTRY = 1 << 1, /* the user's registry has some: it is asked for every message */
};

/* Why an accepted message went without a run. */
enum drop_reason { DROP_OVERFLOW, DROP_EXPIRED, DROP_REASONS };

/* What one bus knows of one message type. Made on first sight, lives as long as the bus. */
struct route {
    const struct bus_message_type *type; /* const */
    uint32_t index;                      /* const: in cells and counters, from 1 */
    uint8_t level;                       /* const: its lanes */
    bool ordinary;                       /* const: may take the short way (path/publish.c) */
    uint32_t scratch;                    /* const: bytes to unpack one message */
    uint32_t home;                       /* shared: worker of its serial handlers, or WORKER_ANY */
    uint32_t last_home;                  /* registry lock: where its serial handlers were before */
    uint32_t serial_handlers;            /* registry lock: of the bus and of sessions */
    uint32_t session_handlers;           /* registry lock */
    uint32_t made_handlers;              /* registry lock: of the user's registry */
    struct unit *joined;                 /* registry lock: during homes_assign */
    struct handler_list *list;           /* shared; NULL: none, nor in sessions */
    /* Commands that run on their caller (path/inline.h), all const */
    bool needs_approval;   /* first */
    bool in_place;         /* the handler reads the caller's struct */
    uint32_t kept;         /* bytes for the largest answer of `flat_answers` */
    uint64_t flat_answers; /* bit per answer: handed over as a struct */
    /* Commands: a result struct for a completion when there is no other memory (path/command.c). */
    void *spare;
    uint32_t spare_taken; /* shared */
    /* message_dropped at a bounded rate (core/system_events.c), by enum drop_reason */
    struct {
        uint64_t told_ms; /* shared */
        uint32_t untold;  /* shared */
    } drops[DROP_REASONS];
    struct bus_policy policy; /* const: every zero filled */
    struct last_table *last;  /* const: of a type that is kept last (path/keep_last.h); else NULL */
    bool secrets;             /* const: some field is marked so */
    uint64_t apart_runs;      /* shared: of a command, by handlers that are `apart` */
    struct durations *durations; /* shared: of its runs (stats/durations.h); NULL: no handler yet */
    /* Durable events that are on disk only (path/durable.h) */
    uint64_t behind;      /* shared, written under the lock there */
    uint64_t behind_from; /* that lock: their numbers are above this one */
    uint32_t coming;      /* that lock: published and not waited for, on their way to the disk */
};

/* What a worker that runs a burst must know of. */
enum {
    UNUSUAL_RINGS = 1 << 0,   /* some lane has a drop ring beside it, for good */
    UNUSUAL_PRESSED = 1 << 1, /* some lane has become pressed */
    UNUSUAL_GUARDED = 1 << 2, /* bus_options.starvation_guard, for good */
    UNUSUAL_STOPPED = 1 << 7, /* a lane cannot go on (guard/ordered.h) */
};

/* One handler run, or one message, on the nesting stack of a thread. */
struct frame {
    struct handler *handler;   /* shared: runs now, or is about to be looked at */
    struct handler_list *list; /* shared: may not be freed */
    uint32_t route;            /* shared: index of the message that runs; NO_ROUTE: only a part */
    struct thread *owner;      /* waits lock: of a part, the thread that waits for it */
};

/* The run of a handler that ended last on a thread, and its span (stats/span.c). */
struct traced_run {
    const struct handler *handler; /* NULL: none */
    uint64_t stamp, origin;        /* of its message's cell */
    uint32_t attempt;
    struct bus_trace trace;
};

/* Everything a thread needs to use a bus. Found by a thread-local cache; handed on to another
 * thread when its own has ended. */
struct thread {
    /* own: what it claims from lanes with; its id is publisher + 1 */
    struct lane_producer producer;
    struct bus *bus;              /* const */
    uint32_t publisher;           /* const: its index in bus->threads */
    uint32_t sequence;            /* own */
    struct os_coarse coarse;      /* own */
    struct chance chance;         /* own */
    struct counters *counters;    /* own, read by others: one per type index */
    struct bus_delivery *current; /* own: of the innermost handler */
    struct worker *worker;        /* own: it is this worker's thread, now */
    struct pending *later;        /* own: of what its last inline command deferred */
    uint32_t later_generation;    /* own */
    struct scratch scratch;       /* own */
    const void *owner;            /* shared: identity of the thread that uses it; NULL: free */
    uint32_t active;              /* shared: 1 while it publishes from outside a handler */
    uint32_t depth;               /* shared: frames in use */
    uint32_t claims;              /* shared: open claims */
    struct frame frames[BUS_NESTING_MAX];
    /* shared: of each frame, the list of a session that may not be freed, while somebody looks */
    struct handler_list *looks[BUS_NESTING_MAX];
    struct row_walk walks[ROWS];
    struct filter_counts filter_counts[FILTERS_LIMIT]; /* own, read by others */
    struct answer *answer;  /* own: what the user's registry says; NULL: the bus has none */
    const char *ask_failed; /* own: what was wrong with what it said of a command; or NULL */
    /* waits lock */
    struct thread *waits_for;
    uint32_t visit;
    bool has_group; /* runs a parallel group, whose parts other threads may run */
    /* own: with tracing */
    struct chance spans; /* 0: not seeded yet */
    struct traced_run traced;
};

enum { HOLD_LINES = 256 };

/* Messages outside the lanes, of one worker (guard/hold.h). */
struct holding {
    struct lock lock;
    struct kept *first, *last; /* written under the lock by the worker */
    struct kept *running;      /* the same: its handler runs again */
    /* own: of the message that is dispatched now */
    struct kept *current; /* NULL: no delivery of it is held */
    bool lost;            /* one has failed for good */
    const void *taken;    /* its pool block, which belongs to `current` */
    struct mail purge;
    uint32_t purge_posted; /* shared */
    struct batch *batches; /* own: those in which something waits (guard/batch.h) */
    struct mail flush;     /* calls them */
    uint32_t flush_posted; /* shared */
    /* own: heads of the lines of ordered deliveries, by handler and key (guard/ordered.h) */
    struct held *lines[HOLD_LINES];
    uint32_t line_count;
    bool stopped; /* the message that is dispatched now cannot wait: its lane stops */
};

/* Back-pressure of one lane (path/pressure.h). */
struct pressure {
    uint32_t told;     /* shared: the lane's `pressed` as it was told last */
    uint32_t telling;  /* shared: 1 while somebody tells */
    uint64_t delay_ns; /* shared: after the last overflow of a rate_limit message */
    uint64_t eased_ns; /* shared: when the low water was reached, of the last time; 0: looked at */
};

struct worker {
    struct bus *bus;    /* const */
    uint32_t index;     /* const */
    uint32_t flip;      /* own: per lane, whether the drop ring is looked at first */
    uint32_t unusual;   /* shared: UNUSUAL_ bits, end a burst; 0: lanes that are not pressed */
    uint32_t level;     /* own: of the lane that the last burst came from */
    uint32_t attention; /* shared: ATTENTION_ bits; 0: nothing but its lanes */
    struct lane lanes[BUS_LANES];
    struct drop_ring *rings[BUS_LANES]; /* shared; NULL: no such type seen */
    struct pressure pressure[BUS_LANES];
    struct parking parking;
    struct cell *taken;              /* own: what came out of a drop ring, one stride */
    struct thread *thread;           /* shared: who runs it; NULL: nobody (polled) */
    struct bus_os_thread *os_thread; /* start and stop lock */
    uint64_t front;     /* shared: what runs now, front_of its lane or FRONT_RING; 0: nothing */
    bus_os_word exited; /* shared: the loop ended */
    uint32_t paused;    /* shared: between two messages, waits for the audit */
    struct mailbox mail;
    struct timers timers;       /* own */
    uint32_t stopped;           /* own: bit per level whose lane cannot go on (guard/ordered.h) */
    struct timer go_on;         /* own: until then */
    uint64_t stops;             /* shared: how often a lane stopped so */
    uint32_t waited[BUS_LANES]; /* own: messages of higher lanes since this one had its turn */
    struct holding holding;
};

/* A worker's `front`: ticket (even) and 1 + level. When the lane's head is elsewhere already, the
 * message has ended and the next one has not begun. */
enum { FRONT_LEVEL = 7, FRONT_RING = 7 };
static inline uint64_t front_of(uint32_t level, uint64_t ticket)
{
    return ticket << 2 | (level + 1);
}
_Static_assert(LANE_STEP == 2 && BUS_LANES < FRONT_RING, "ticket and level do not overlap");

/* Who may do what in which state: path/pending.c. */
enum pending_state {
    PENDING_FREE,
    PENDING_WAITING,
    PENDING_DEFERRED,
    PENDING_TAKEN,
    PENDING_DONE,
    PENDING_ABANDONED,
    PENDING_CANCELLED,
};

/* A command that somebody waits for: queued, or deferred by its handler. */
struct pending {
    bus_os_word state;     /* shared: generation << 3 | pending_state */
    uint32_t next_free;    /* shared: index + 1 in the free list */
    struct thread *waiter; /* NULL: `complete` is called instead */
    bus_completion complete;
    bus_function callback;
    void *context;
    /* the answer, valid when DONE */
    enum bus_outcome outcome;
    uint32_t attempts;
    bool dead_lettered;
    uint8_t breaker_state;
    uint32_t answer; /* index + 1 */
    uint32_t size;
    uint8_t *bytes; /* pool block */
    const char *handler;
    struct bus_error error;
    char error_text[BUS_ERROR_TEXT_SIZE];
    /* while a worker holds it for another run (guard/hold.c) */
    uint32_t holder;   /* shared: 1 + the worker; 0: none does */
    struct held *held; /* that worker's own */
    uint32_t called;   /* shared: 1 while `call` is on its way */
    struct mail call;  /* to the holder: it was cancelled */
    /* while it is deferred */
    struct cell *kept; /* shared: a copy of the command, in a pool block; NULL: not deferred */
    struct route *route;
    struct handler *ran;   /* shared; NULL: it waits to be approved */
    uint64_t expires_ns;   /* shared: approval */
    uint64_t since_ns;     /* begin of its first run */
    uint64_t report;       /* of the failed run before; 0: none */
    bool probe;            /* it counts as one until it ends */
    struct worker *worker; /* with `complete`: where that runs */
    struct mail mail;      /* to it: the end is in the record */
    struct timer timer;    /* its own: the deadline */
};

/* One message for one handler. On the stack of the thread that runs it. */
struct bus_delivery {
    struct bus *bus;
    struct thread *thread;
    struct route *route;
    const struct cell *cell;
    const struct cell_extension *extension; /* NULL: none */
    const uint8_t *bytes;                   /* NULL: not packed yet, `room` is for them */
    uint8_t *room;
    uint32_t size;
    const void *message;
    struct handler *handler;
    /* the answer of a command */
    uint8_t *answer_bytes; /* where it goes; NULL: into a pool block */
    size_t answer_capacity;
    void *kept; /* inline: where a flat answer goes instead, as a struct; else NULL */
    uint32_t answer_size;
    uint32_t answer; /* index + 1; 0: none */
    /* What was noted in a run: by bus_fail, by the functions that answer, by the engine. */
    union {
        uint64_t noted; /* 0: nothing */
        struct {
            bool faulted;
            bool misused;  /* an answer broke the rules: a fault whatever the verdict */
            bool deferred; /* with `later`; `misused` then, too, so that nothing else looks at it */
            bool answer_too_large;
            bool answer_is_kept;
        };
    };
    bool probe;   /* of its handler's breaker, if it has one */
    bool refused; /* of a handler with a guard: its breaker is open, it was not called */
    bool joined;  /* of a batch handler: it waits for its batch */
    uint32_t later_generation;
    struct pending *later; /* the record of a deferred command */
    uint64_t since_ns;     /* of a command: when its first run began */
    struct bus_error error;
    char error_text[BUS_ERROR_TEXT_SIZE];
    /* for its report; valid when faulted, but `report`: when it is not the first run */
    uint64_t report;    /* the last one; 0: none */
    const void *source; /* caller of bus_fail */
    uint32_t trace_count;
    const void *trace[BUS_REPORT_TRACE];
    uint32_t long_size; /* of long_text; 0: error_text is all */
    bool text_cut;      /* at the end of long_text */
    char long_text[BUS_REPORT_TEXT_SIZE];
};

enum system_event {
    SYSTEM_COMMAND_STARTED,
    SYSTEM_COMMAND_RESULT,
    SYSTEM_HANDLER_FAILED,
    SYSTEM_MESSAGE_DROPPED,
    SYSTEM_BUS_STARTED,
    SYSTEM_BUS_STOPPING,
    SYSTEM_DEAD_LETTER_ADDED,
    SYSTEM_BREAKER_CHANGED,
    SYSTEM_BACKPRESSURE_CHANGED,
    SYSTEM_HANDLER_STUCK,
    SYSTEM_APPROVAL_CHANGED,
    SYSTEM_SESSION_STARTED,
    SYSTEM_SESSION_ENDED,
    SYSTEM_EVENTS
};

struct bus {
    uint32_t magic, worker_count;
    const char *retained_by; /* registry lock: the last one */
    uint64_t serial;         /* unique in this process */
    struct bus_os os;
    struct bus_options options; /* every zero replaced by its default */
    uint32_t cell_size;
    uint32_t cell_room; /* largest message that lies in a cell */
    uint32_t message_size_max;
    uint32_t scratch_block;
    uint32_t pool_largest;       /* block: message or answer, with extension */
    struct pool_extra pool_held; /* for what is held of the messages that lie in a cell */
    bool asymmetric;             /* os.barrier works: readers of hazards and gate need no fence */
    uint64_t base_ms;            /* of the coarse time in cells */
    struct bus_uuid seed;
    char name[64];

    struct bus_policy_override *policies; /* const: copy of the options' */
    struct errors *errors;                /* const: guard/errors.h; NULL: switched off */
    struct watchdog *watchdog;            /* const: guard/watchdog.h; NULL: none */
    struct log *log;                      /* const: stats/log.h; NULL: none */
    struct tracing *tracing;              /* const: stats/tracing.h; NULL: none */
    uint64_t started_ns;                  /* shared: when it was started; 0: not yet */

    struct route **slots; /* shared: open addressing by type id */
    uint32_t slot_mask;
    struct route **routes;   /* shared: by index, 1 to route_count */
    uint32_t route_count;    /* shared, written under the registry lock */
    uint32_t upgraded_count; /* the same: routes of messages that have older versions */

    struct link *chain;                  /* shared: struct chain_link; NULL: none */
    uint64_t timing_mask;                /* const: a run is timed when its number has none of it */
    struct link *filters;                /* shared: struct filter_link; NULL: none */
    struct route *system[SYSTEM_EVENTS]; /* const; NULL: this build has none */

    alignas(CACHE_LINE) uint32_t gate;    /* shared */
    uint32_t pause;                       /* shared: workers stop between two messages */
    uint32_t halt;                        /* shared: workers end between two messages */
    uint32_t room_waiters;                /* shared: publishers that wait for room */
    uint32_t relief_waiters;              /* shared: publishers that wait for a low water */
    uint32_t idle_waiters;                /* shared: threads in bus_wait_idle */
    uint32_t watchers;                    /* shared: threads that wait for a handler's return */
    uint32_t stops_wanted;                /* shared: bus_stop waits, an audit gives way */
    uint32_t drops_untold;                /* shared: some route has drops to tell */
    uint32_t batching;                    /* shared: there is, or was, a batch handler */
    const void *poll_thread;              /* shared: record of the last bus_poll */
    alignas(CACHE_LINE) bus_os_word room; /* shared: moves when room came up */
    bus_os_word relief;                   /* shared: moves when a lane reached its low water */
    bus_os_word again; /* shared: moves when a command was cancelled, or the bus stopped */
    bus_os_word idle;  /* shared: moves when a worker ran dry */
    bus_os_word news;  /* shared: moves when a handler returned, a worker ended */

    struct worker *workers;
    struct pool pool;
    struct parts parts;
    struct dead_letters *letters; /* guard/letters.h */
    struct schedule *schedule;    /* schedule/schedule.h */
    struct durable *durable;      /* path/durable.h; NULL: there is no store */
    void *pool_memory;
    size_t pool_bytes;
    void *parts_memory;
    void *taken_memory;
    /* polled; else -1 */
    int signal;          /* raised while there is work */
    int alarm;           /* readable when the next timer is due */
    int descriptor;      /* readable when one of them is */
    bool alarm_is_set;   /* under `polling` */
    bus_os_word polling; /* shared: 1 while a thread is the worker of a polled bus */

    struct lock thread_lock;
    struct thread **threads; /* shared: workers first */
    uint32_t threads_size;
    uint32_t threads_known; /* shared, written under the thread lock */

    struct lock registry;
    struct unit *units;
    struct unit *retired_units;
    struct handler_list *retired_lists;
    struct {
        struct link *retired;
        uint64_t epoch; /* shared, written under the registry lock */
        uint64_t last_id;
        uint32_t filter_slots; /* bit per slot in use */
    } links;
    struct unit **attached; /* registry lock: components by themselves and context */
    uint32_t attached_mask;
    bool homes_assigned;                 /* registry lock: started */
    uint32_t home_load[BUS_WORKERS_MAX]; /* registry lock: handlers that live there */
    uint32_t handler_count;              /* shared, written under the registry lock */
    struct made_place *made;             /* handlers for the user's registry; NULL: it has none */
    uint32_t made_free, made_used;       /* registry lock */
    struct dependency *dependencies;     /* registry lock: breakers and budgets (guard/guard.h) */
    /* sessions (core/session.h); registry lock, but what they say themselves */
    struct session *sessions;
    struct session_why *session_whys; /* as many */
    uint32_t *session_ids;            /* index of the first session of each bucket; 0: none */
    uint32_t session_id_mask;
    uint32_t sessions_open; /* shared, written under the registry lock */
    uint32_t sessions_used; /* places that were used ever; those behind were not touched */
    uint32_t session_free_first, session_free_last, session_free_count;
    uint64_t sessions_named;    /* ids made */
    struct session *endings;    /* shared, written under the registry lock: for worker 0 to end */
    struct timers idlers;       /* when to look whether they are idle */
    uint64_t idle_armed_ns;     /* worker 0 looks then, or knows that it has to */
    struct timer session_timer; /* of worker 0 */
    struct mail session_mail;   /* to it */
    uint32_t session_posted;    /* shared: that is on its way */

    struct pending *pendings;
    uint64_t pending_top;        /* shared: tag 32 | index + 1 */
    struct timer approval_timer; /* of worker 0 */
    struct mail approval_mail;   /* to it */
    uint32_t approval_posted;    /* shared: that is on its way */
    struct held *held;           /* records of deliveries that wait outside the lanes */
    uint64_t held_top;           /* shared: free ones, tag 32 | index + 1 */
    uint32_t held_used; /* shared: records that were used ever; those behind were not touched */

    struct lock waits; /* the graph of who waits for whom */
    uint32_t visit;

    struct lock life; /* start, stop, audit, close */
    bool started;
    bus_os_word launched; /* shared: 0 wait, 1 go, 2 give up */
    bool joined;          /* all workers ended and were waited for */
    bool closing, left_resolved;
    uint32_t retained; /* registry lock: bus_retain */
    uint64_t memory_bytes;
    struct bus *next_live; /* live list (core/thread.c) */
};

enum { BUS_MAGIC = 0x42555347 };

/* Memory through the seam, counted. */
void *bus_take_memory(struct bus *bus, size_t size, size_t align);
void bus_give_memory(struct bus *bus, void *memory, size_t size);

static inline uint64_t bus_now(const struct bus *bus)
{
    return bus->os.monotonic_ns(bus->os.context);
}

/* `ns` from now, saturating. */
uint64_t bus_until(const struct bus *bus, uint64_t ns);

static inline void counter_add(uint64_t *counter, uint64_t step)
{
    if (BUS_COUNTS)
        atomic_store_release_u64(counter, atomic_load_relaxed_u64(counter) + step);
}

/* Store, then load, on the side that must be cheap; the other side calls bus_barrier. */
static inline void bus_light_fence(const struct bus *bus)
{
    if (bus->asymmetric)
        atomic_compiler_fence();
    else
        atomic_fence();
}

/* A barrier that worked at open and fails now is tried again: whoever relies on it frees memory. */
static inline void bus_barrier(const struct bus *bus)
{
    uint32_t tries = 0;

    while (bus->asymmetric && !bus->os.barrier(bus->os.context) && ++tries < 1000)
        bus->os.yield(bus->os.context);
    atomic_fence();
}

static inline bool type_is_event(const struct bus_message_type *type)
{
    return type->kind != BUS_COMMAND;
}

#endif
