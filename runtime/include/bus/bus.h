/*
 * bus/bus.h - open a bus, start it, watch it, stop it.
 *
 * A bus moves the typed messages of one or more `.bus` schemas from publishers to handlers. This
 * header holds what is common to all messages; the typed functions (`shop_order_placed_publish`,
 * ...) are in the header that busgen writes for your schema.
 *
 *     struct bus *bus = NULL;
 *
 *     if (bus_open(&bus, &(struct bus_options){ .workers = 2 }) != BUS_OK)
 *         die(bus_last_error());
 *     ... attach components ...
 *     bus_start(bus);
 *     ... publish, execute ...
 *     bus_stop(bus, 5 * BUS_SECOND, NULL);
 *     bus_close(&bus);
 *
 * Life of a bus: open -> (buffering) -> started -> stopping -> stopped -> closed. Several buses
 * live side by side in one process; they share nothing.
 *
 * Threads: unless a function says otherwise it may be called from any thread, and at the same time
 * as any other, except bus_close.
 *
 * Memory: everything a message needs is reserved by bus_open. Publishing allocates only the first
 * time a thread publishes on a bus (its counters and scratch space) and the first time a message
 * type is seen (its route); both are bounded by `threads_max` and `types_max`.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include <bus/policy.h>
#include <bus/types.h>

#if defined(__GNUC__)
#define BUS_MUST_USE __attribute__((warn_unused_result))
#define BUS_API __attribute__((visibility("default")))
#else
#define BUS_MUST_USE
#define BUS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the interface between generated code and the runtime. Generated code checks it at
 * compile time, bus_open and attach at run time. */
#define BUS_ABI 1

/* Durations are nanoseconds. */
#define BUS_MICROSECOND UINT64_C(1000)
#define BUS_MILLISECOND UINT64_C(1000000)
#define BUS_SECOND UINT64_C(1000000000)

/* A message with everything in it, largest size that a schema may ask for. */
#define BUS_MESSAGE_SIZE_MAX ((UINT32_C(1) << 24) - 1)
/* Text of an error in a result, with its NUL; longer text is cut at a UTF-8 boundary. */
#define BUS_ERROR_TEXT_SIZE 256
/* Handlers that run inside one another on one thread (execute inside a handler), at most. */
#define BUS_NESTING_MAX 8
#define BUS_LANES 5
#define BUS_WORKERS_MAX 64

struct bus;
struct bus_delivery;
struct bus_schema;
struct bus_message_type;
struct bus_os;

/* ---- what calls return ---------------------------------------------------------------------- */

/* Result of every call that is not a publish or an execute. After anything but BUS_OK,
 * bus_last_error() tells the details in words. */
enum bus_status {
    BUS_OK = 0,
    BUS_ERR_INVALID,            /* an argument is NULL, out of range, or of another bus */
    BUS_ERR_ABI,                /* generated code and runtime library do not fit together */
    BUS_ERR_MEMORY,             /* allocation failed */
    BUS_ERR_SYSTEM,             /* the system refused a thread or a descriptor */
    BUS_ERR_STATE,              /* not now: for instance start after stop */
    BUS_ERR_LIMIT,              /* a limit of bus_options is reached */
    BUS_ERR_ALREADY_REGISTERED, /* this command has a handler, or this component is attached */
    BUS_ERR_NOT_REGISTERED,     /* nothing of this kind is registered */
    BUS_ERR_NO_HANDLER,         /* a command has no handler */
    BUS_ERR_WORKER_CONFLICT, /* serial components that run on different workers cannot be joined now
                              */
    BUS_ERR_IN_HANDLER,      /* would wait for itself: not allowed inside a handler */
    BUS_ERR_TIMEOUT,         /* the time given ran out first */
    BUS_ERR_BUSY,            /* a handler still runs or a claim is still open */
};

/* What became of a message. Publish and execute return it; it must be looked at (bus_ignore). */
enum bus_outcome {
    /* publish: accepted */
    BUS_QUEUED = 0,     /* in its lane */
    BUS_QUEUED_DROPPED, /* in its lane; the oldest one of a `drop_oldest` lane went */
    BUS_BUFFERED,       /* kept until bus_start */
    /* publish: not accepted, the message is gone unless you keep it */
    BUS_FILTERED,  /* a filter said no */
    BUS_REJECTED,  /* lane or pool is full */
    BUS_THROTTLED, /* a `rate_limit` lane was full, also after the delay where it may wait */
    BUS_EXPIRED,   /* its deadline had passed */
    BUS_CLOSED,    /* the bus is stopping or stopped; execute: or not started yet */
    BUS_INVALID, /* NULL, a string, vector or number out of bounds: bus_last_error() names the field
                  */
    /* accepted by moving it to the dead letters (`when_full dead_letter`) */
    BUS_DEAD_LETTERED,
    /* execute only */
    BUS_ANSWERED,       /* the handler answered: `returns` or one of its declared `fails` */
    BUS_FAULTED,        /* the handler failed; result.run.error says why */
    BUS_NO_HANDLER,     /* no handler for this command */
    BUS_TIMEOUT,        /* no answer within the deadline; the handler may still run */
    BUS_WOULD_DEADLOCK, /* the worker that would answer waits for this one */
    BUS_TOO_DEEP,       /* more than BUS_NESTING_MAX handlers inside one another */
    BUS_TOO_LARGE,      /* the answer does not fit the buffer given */
    BUS_CANCELLED,      /* bus_cancel came first; the handler may still run */
    BUS_DENIED,         /* it had to be approved, and was not */
    BUS_OUTCOMES        /* count of the above */
};

/* True when the bus took responsibility for the message. */
static inline bool bus_accepted(enum bus_outcome outcome)
{
    return outcome <= BUS_BUFFERED || outcome == BUS_DEAD_LETTERED || outcome == BUS_ANSWERED;
}

/* Says "I do not care what became of it" where the compiler wants an outcome to be used. */
static inline void bus_ignore(enum bus_outcome outcome)
{
    (void)outcome;
}

/* A static English phrase for a status, an outcome. Never NULL. */
BUS_API const char *bus_status_text(enum bus_status status);
BUS_API const char *bus_outcome_text(enum bus_outcome outcome);

/* The last failure on the calling thread in words: what, where, what to do. Never NULL; empty
 * before the first failure; a success leaves it as it is; valid until the next failing call on this
 * thread. */
BUS_API const char *bus_last_error(void);

/* ---- sessions and envelopes ----------------------------------------------------------------- */

/* A session groups handlers and messages of one client (bus/session.h). Zero is the default session
 * `BUS`. A handle that outlived its session is recognised and refused. */
struct bus_session {
    uint32_t index;
    uint32_t generation;
};

enum bus_message_kind { BUS_COMMAND, BUS_DOMAIN_EVENT, BUS_SYSTEM_EVENT, BUS_INTEGRATION_EVENT };
enum bus_priority { BUS_CRITICAL, BUS_HIGH, BUS_NORMAL, BUS_LOW, BUS_IDLE };
enum bus_order {
    BUS_ORDER_HIGHEST,
    BUS_ORDER_HIGH,
    BUS_ORDER_NORMAL,
    BUS_ORDER_LOW,
    BUS_ORDER_LOWEST
};

/* W3C trace context. All zero: none. */
struct bus_trace {
    uint8_t trace_id[16];
    uint8_t parent_id[8];
    uint8_t flags;
};

/* What travels with every message. */
struct bus_envelope {
    struct bus_uuid id;    /* UUIDv7 */
    uint64_t published_ns; /* wall clock, nanoseconds since 1970, at most 1 ms old when taken */
    struct bus_session session;  /* zero: the default session */
    uint32_t schema_version;     /* of the schema that the publisher was built with ... */
    uint64_t schema_fingerprint; /* ... and of its text; 0: not known */
    uint32_t attempt;            /* 1 for the first run */
    const void *call_site;       /* return address of the publish or execute call */
    bool has_key;                /* `key_hash` is set */
    uint64_t key_hash;           /* of the field marked `key` */
    uint64_t deadline_ns;        /* monotonic clock; 0: none */
    struct bus_uuid correlation; /* zero: none */
    struct bus_uuid causation; /* id of the message whose handler published this one; zero: none */
    struct bus_trace trace;    /* all zero: none */
};

/* One execution of a command, for bus_cancel. All zero before each use; must live until the
 * execute call returns, and for as long as somebody may cancel by it. */
struct bus_ticket {
    uint64_t word; /* the engine's */
};

/* How to publish or execute. NULL or all zero: the defaults. */
struct bus_message_options {
    struct bus_session session; /* zero: inherited inside a handler, else the default session */
    uint64_t deadline_ns; /* time from now until the message is worthless; 0: inherited inside a
                             handler, else the schema's `deadline`, else (commands) 30 s. From
                             100 ms on counted from a clock that is up to half a ms behind */
    struct bus_uuid correlation; /* zero: inherited inside a handler, else none */
    struct bus_trace trace;      /* all zero: inherited inside a handler, else none */
    struct bus_ticket *ticket;   /* execute: what bus_cancel takes; NULL: not to be cancelled */
    struct bus_uuid id; /* of a durable event (bus/durable.h) only; zero: the bus makes one. A bus
                           with durable_without_store and no store makes one in any case */
};

/* ---- verdicts, errors, deliveries ----------------------------------------------------------- */

/* How a handler ends. Commands that declare `returns` end with the typed `..._return(delivery,
 * ...)` or
 * `..._fail_NAME(delivery, ...)`, which give the verdict to return. */
enum bus_verdict {
    BUS_DONE = 0, /* fine */
    BUS_FAULT,    /* failed: made by bus_fail(), or bare */
    BUS_RETRY,  /* failed, worth another try (short for a transient fault of category processing) */
    BUS_REJECT, /* failed, will never work (short for a permanent fault of category processing) */
    BUS_LATER,  /* answers later: made by bus_delivery_defer() */
};

enum bus_category {
    BUS_CATEGORY_PROCESSING = 0,
    BUS_CATEGORY_CONNECTION,
    BUS_CATEGORY_SERIALIZATION,
    BUS_CATEGORY_QUEUE,
    BUS_CATEGORY_TIMEOUT,
    BUS_CATEGORY_AUTH,
    BUS_CATEGORY_RESOURCE,
    BUS_CATEGORY_CONFIG,
};
enum bus_severity {
    BUS_SEVERITY_MEDIUM = 0,
    BUS_SEVERITY_LOW,
    BUS_SEVERITY_HIGH,
    BUS_SEVERITY_CRITICAL
};

/* Codes of faults that the bus itself finds; all are negative, codes of your own are best positive.
 */
enum bus_fault_code {
    BUS_FAULT_NO_ANSWER = -1,     /* a command's handler returned BUS_DONE without an answer */
    BUS_FAULT_SECOND_ANSWER = -2, /* a command's handler answered twice */
    BUS_FAULT_BAD_ANSWER = -3,    /* the answer was out of bounds (a string over its `max`, ...) */
    BUS_FAULT_VERDICT = -4,       /* the handler returned a value that is no verdict */
    BUS_FAULT_BARE = -5,          /* BUS_FAULT, BUS_RETRY or BUS_REJECT without bus_fail() */
    BUS_FAULT_UNREADABLE = -6,    /* the bytes of the message failed verification */
    BUS_FAULT_MEMORY = -7,        /* no memory to unpack the message or to keep the answer */
    BUS_FAULT_BREAKER_OPEN = -8,  /* the handler was not called: its breaker is open */
    BUS_FAULT_HANDLER_GONE = -9,  /* the handler was unregistered before the message ended */
    BUS_FAULT_LATE = -10,         /* the run took longer than the `timeout` of the message */
    BUS_FAULT_NOT_VALID = -11,    /* a validation said no (bus/pipeline.h) */
    BUS_FAULT_RATE = -12,         /* the run was over the rate limit of a middleware */
    BUS_FAULT_REGISTRY = -13,     /* your registry gave what is no handler (bus/registry.h) */
};

/* Zero is: processing, medium, code 0, permanent, no text. `text` is copied and cut at
 * BUS_ERROR_TEXT_SIZE - 1 bytes. */
struct bus_error {
    enum bus_category category;
    enum bus_severity severity;
    int32_t code;
    bool transient;
    const char *text;
};

/* Ends a handler with a fault: `return bus_fail(delivery, &(struct bus_error){ .text = "no disk"
 * });`. `error` NULL counts as all zero. Call it from the handler's own thread, before the handler
 * returns. */
BUS_API enum bus_verdict bus_fail(struct bus_delivery *delivery, const struct bus_error *error);
/* The same with category, severity and transience derived from an errno value, and the text
 * "WHAT: strerror". */
BUS_API enum bus_verdict bus_fail_errno(struct bus_delivery *delivery, int error, const char *what);

/* A delivery is one message on its way through one handler; valid until the handler returns. */
BUS_API struct bus *bus_delivery_bus(const struct bus_delivery *delivery);
BUS_API void bus_delivery_envelope(const struct bus_delivery *delivery,
                                   struct bus_envelope *envelope);
BUS_API const struct bus_message_type *bus_delivery_type(const struct bus_delivery *delivery);
/* The message as it travels (a FlatBuffers buffer). A command that runs on its caller is packed
 * when this is called first: call it from the handler's own thread. */
BUS_API const uint8_t *bus_delivery_bytes(const struct bus_delivery *delivery, uint32_t *size);
/* Time left until the message's deadline; UINT64_MAX without one, 0 when it has passed. */
BUS_API uint64_t bus_delivery_remaining_ns(const struct bus_delivery *delivery);

/* True when nobody waits for the answer any more: the command was cancelled, or its deadline has
 * passed. For handlers that run for long; from the handler's own thread. */
BUS_API bool bus_delivery_cancelled(const struct bus_delivery *delivery);

/* Ends the command that was executed with this ticket: whoever waits for it gets BUS_CANCELLED at
 * once. One that is queued will not run, one that is deferred or waits for its next run ends at
 * once; a handler that runs goes on, and may ask bus_delivery_cancelled, but is not run again. What
 * runs on its caller goes on too, and its answer counts; if it fails the outcome is BUS_CANCELLED.
 * A completion is called as ever, on its worker. From any thread, also before the execute call has
 * begun: it returns BUS_CANCELLED then. The account counts it as `cancelled` unless a run of the
 * handler was its end.
 *   BUS_ERR_STATE (it is over already), BUS_ERR_INVALID, BUS_ERR_LIMIT, BUS_ERR_MEMORY */
BUS_API enum bus_status bus_cancel(struct bus *bus, struct bus_ticket *ticket);

/* ---- answering later ------------------------------------------------------------------------ */

/* The right to answer one command, from any thread, once. A plain value; it may be copied. Once
 * the command is over (answered, cancelled, its deadline passed, its handler unregistered, the bus
 * stopped) it is stale, and every function that takes it says so. Not to be used after bus_close.
 */
struct bus_token {
    struct bus *bus;
    uint32_t place;
    uint32_t generation;
};

/* A command's handler ends without an answer: `return bus_delivery_defer(delivery, &job->token)`.
 * Whoever executed the command waits on, up to its deadline; then it ends as BUS_TIMEOUT. The
 * request is copied, the typed `..._deferred_request(token, ...)` reads it later; the typed
 * `..._complete_return(token, ...)`, `..._complete_fail_NAME(token, ...)` and bus_token_fail
 * answer, as soon as this has returned. A handler that then returns anything but BUS_LATER or
 * BUS_DONE fails, and takes the token back. Call it from the handler's own thread. On failure (no
 * room: see bus_options.commands_max, pool_bytes; an event; unregistered; nobody waits) it returns
 * BUS_FAULT, to be returned, and *token is all zero. */
BUS_API enum bus_verdict bus_delivery_defer(struct bus_delivery *delivery, struct bus_token *token);
/* Ends the command with a fault; as bus_fail, but there is no other run, also if it is transient:
 * the handler's part is over, and whoever has the token can try again himself, for
 * bus_token_remaining_ns, before he gives up. It is a dead letter then, which can be replayed.
 *   BUS_ERR_STATE (stale), BUS_ERR_INVALID (no token), BUS_ERR_LIMIT (threads_max),
 *   BUS_ERR_MEMORY */
BUS_API enum bus_status bus_token_fail(struct bus_token token, const struct bus_error *error);
/* Time left to answer; 0 when the token is stale. */
BUS_API uint64_t bus_token_remaining_ns(struct bus_token token);

/* Facts of a command's run, in every result struct. `error.text` points to `error_text`. */
struct bus_run {
    enum bus_outcome outcome;
    uint32_t attempts;      /* how often the handler was called */
    bool dead_lettered;     /* the command went to the dead letters */
    uint8_t breaker_state;  /* 0 closed, 1 open, 2 half-open */
    const char *handler;    /* name of the handler that ran; static; NULL when none did */
    struct bus_uuid id;     /* the command's id */
    struct bus_error error; /* all zero, text "", unless outcome is a failure */
    char error_text[BUS_ERROR_TEXT_SIZE];
};

/* ---- open, start, stop, close --------------------------------------------------------------- */

/* Zero means the default, everywhere. */
/* Why a delivery became a dead letter. */
enum bus_letter_reason {
    BUS_LETTER_FAILED = 1,   /* its last run failed, or its fault was permanent */
    BUS_LETTER_BREAKER_OPEN, /* its breaker was open */
    BUS_LETTER_OVERFLOW,     /* its lane was full (`when_full dead_letter`) */
    BUS_LETTER_NO_ROOM,      /* there was no room to hold it for another run */
    BUS_LETTER_EXPIRED,      /* its deadline passed between two runs */
    /* its handler was unregistered between two runs, or before it answered */
    BUS_LETTER_HANDLER_GONE,
};
/* What goes when there is no room for another dead letter. */
enum bus_letters_when_full {
    BUS_LETTERS_DROP_OLDEST = 0,
    BUS_LETTERS_REFUSE_NEW,
};
struct bus_letter_store;
struct bus_log_options;
struct bus_store;
struct bus_trace_options;
struct bus_registry;
struct bus_handler;

/* A policy for one message type on one bus, in place of the one it declares. */
struct bus_policy_override {
    const struct bus_message_type *type;
    struct bus_policy policy;
};

/* A lane of a worker became nearly full (`active`), or has room again. */
struct bus_backpressure {
    enum bus_priority lane;
    uint32_t worker;
    bool active;
    uint32_t size; /* messages, a moment ago */
    uint32_t capacity;
};
/* Called once for each change, on the thread that noticed it, a publisher's or the worker's. It is
 * held to the rules of a handler: it may publish, but nothing in it waits. The calls for one lane
 * of one worker come one after another; those for different ones may come at the same time. */
typedef void (*bus_backpressure_fn)(void *context, struct bus *bus,
                                    const struct bus_backpressure *change);

struct bus_options {
    const char *name;                /* in messages of the bus itself; copied; default "bus" */
    const struct bus_schema *schema; /* sizes cells and pool, and makes bus_start check that every
                                        command of it has a handler; NULL: neither. The `..._open`
                                        function of a program sets it. */
    bool missing_handlers_allowed;   /* bus_start does not check commands for handlers */
    uint32_t workers; /* threads that run handlers, at most BUS_WORKERS_MAX; default 1 */
    bool polled;      /* no threads: you call bus_poll; `workers` must be 0 or 1 */
    uint32_t capacity[BUS_LANES]; /* messages per worker and lane (enum bus_priority), exactly;
                                     default 10,000; at most 2^24 */
    uint32_t cell_size;           /* bytes of a lane's cell, a multiple of 64, at most 1 MiB;
                                     default: from the schema, at most 512; without schema 256 */
    size_t pool_bytes;            /* for messages larger than a cell, answers on their way, and what
                                     is held. Default: 16 MiB, and what held_max needs. It is shared
                                     out, as many bytes for each size of blocks, 512, 1024 and so
                                     on up to what message_size_max needs; where one size runs out
                                     the next larger one is taken. Raised to what one of each
                                     needs */
    uint32_t message_size_max;    /* bytes of the largest message, at most BUS_MESSAGE_SIZE_MAX;
                                     default: the schema's largest, older versions included, for
                                     they come from the store; without schema 64 KiB */
    uint32_t threads_max;         /* threads that publish or execute at one time, besides the
                                     workers; default 128; at most 65,471 */
    uint32_t types_max;           /* message types; default 256, or those of the schema + 64 when
                                     that is more; at most 65,535 */
    uint32_t handlers_max;        /* registered handlers; default 4,096; at most 2^24 */
    uint32_t sessions_max;        /* open sessions; default 1,024; at most 2^24 - 1 */
    uint32_t commands_max;        /* commands waiting for an answer; default 1,024; at most 2^24 */
    uint32_t held_max; /* deliveries that wait outside the lanes (to be tried again, for a breaker,
                          behind another of their key); default 10,000; at most 2^24. Besides a
                          record (448 bytes) each message takes a block of the pool: 64 bytes and
                          what its cell has, at least 512, up to a power of two. Where pool_bytes
                          is left to its default there is one for each, on top of what is shared
                          out; 100,000 small ones take 49 MiB. A pool_bytes of yours must have
                          held_max times half a block times the number of sizes: 220 MiB for
                          100,000 small ones with nine sizes (up to 128 KiB: no schema) */
    uint64_t command_deadline_ns; /* where neither call nor schema says; default 30 s */
    uint64_t spin_ns;             /* a worker without work looks again this long before it sleeps;
                                     default 20 us. After dozens of messages in a row it begins
                                     with a break, at most 2 us of this, from the lane that they
                                     came from: its publisher gets ahead, both are faster so */
    const struct bus_os *os;      /* clock, memory, threads (bus/os.h); NULL: the real ones */
    const struct bus_policy_override *policies; /* instead of those declared; copied, but for the
                                                   names of breakers */
    uint32_t policy_count;
    bool prefault; /* touch all memory when it is reserved, so that no publish is the first to use a
                      page, which costs it some microseconds. All that `busgen plan` tells is
                      resident from the beginning then, and bus_open takes milliseconds. For whom
                      the slowest publish counts, often together with a longer `spin_ns`; default:
                      memory that is not used yet costs address space only */
    uint32_t high_water; /* percent of a lane's capacity from which on there is back-pressure, at
                            most 100; default 80. Messages of `drop_oldest` do not count */
    uint32_t low_water;  /* and down to which; less than high_water; default 50 */
    /* Priority is strict: a lower lane waits for as long as a higher one of its worker has
     * messages. Not 0: at most so many messages of higher lanes run between two of a lane that is
     * not empty (an aborted claim counts as one), then it has its turn; of several the lowest
     * first. The worker looks at all lanes before each message then, and runs no row of them in one
     * go. */
    uint32_t starvation_guard;
    bus_backpressure_fn backpressure; /* NULL: nobody is told, but for those who listen to
                                         bus_system.backpressure_changed */
    void *backpressure_context;
    uint32_t dead_letters_max; /* dead letters kept; default 1,000; at most 2^24 */
    size_t dead_letter_bytes;  /* for their messages and handlers' names; default 1 MiB; raised
                                     to what the largest one needs */
    enum bus_letters_when_full dead_letters_when_full;
    const struct bus_letter_store *letter_store; /* keeps them instead (bus/dead_letters.h); must
                                                    live as long as the bus; NULL: memory */
    uint32_t schedule_max; /* events that wait for their time (bus/schedule.h); default 10,000; at
                              most 2^24 */
    size_t schedule_bytes; /* for their messages, each rounded up to 64 bytes; default 256 for each
                              of them; raised to what the largest one needs */
    uint32_t errors_kept;  /* reports of failed runs that can be read (bus/errors.h), about 1.3 KiB
                             each; default 1,000; BUS_ERRORS_NONE: none */
    uint64_t watchdog_ns; /* a handler without a timeout of its own is stuck (bus/health.h) after so
                             long; default 30 s; BUS_WATCHDOG_NONE: nobody looks */
    uint32_t timing_every; /* one of so many runs of handlers is timed, two looks at the clock (40
                              ns) each; a power of two up to 2^20; default 64; 1: all */
    const struct bus_log_options *log; /* errors go to a file or a logger of yours (bus/log.h); what
                                          it says is copied; NULL: none */
    bool error_traces; /* a report also tells the callers of bus_fail; costs some microseconds
                             for each failure */
    /* No reports, retries, breakers, timeouts of runs, dead letters: a failed run is counted, told
     * to whoever waits for it, and gone. */
    bool no_error_handling;
    /* Keeps what has to outlive the bus (bus/store.h). Must live as long as the bus, which is the
     * only one to use it; NULL: none. */
    const struct bus_store *store;
    uint32_t durable_max; /* durable events (bus/durable.h) in memory; default 10,000, to 2^24 */
    bool durable_without_store; /* they are as any other, and lost with the process */
    /* Says which single handlers see a message, instead of what is registered (bus/registry.h).
     * Must live as long as the bus; NULL: the bus itself does. */
    const struct bus_registry *registry;
    const struct bus_trace_options *tracing; /* runs of handlers become spans (bus/trace.h); what it
                                                says is copied; NULL: none */
};

/* Opens a bus: reserves all message memory; starts no thread. On failure *bus is NULL. Messages
 * published from now until bus_start are kept, in the same bounds, and delivered first.
 *   BUS_ERR_INVALID, BUS_ERR_ABI, BUS_ERR_MEMORY, BUS_ERR_SYSTEM */
static inline enum bus_status bus_open(struct bus **bus, const struct bus_options *options);

/* Starts the workers (not on a polled bus, which may be polled from now on) and delivers what was
 * buffered. On failure the bus stays as it was and start may be called again.
 *   BUS_ERR_NO_HANDLER (a command of options.schema has none), BUS_ERR_STATE, BUS_ERR_SYSTEM,
 *   BUS_ERR_BUSY (several workers, and a claim made before start is still open) */
BUS_API BUS_MUST_USE enum bus_status bus_start(struct bus *bus);

/* What bus_stop could not finish. */
struct bus_left {
    uint64_t messages; /* still in the lanes; read them with bus_left_each */
    uint32_t running;  /* handlers that had not returned */
};

/* Stops the bus: refuses new messages from outside (BUS_CLOSED), delivers what is queued and what
 * the handlers still publish, then ends the workers. After `timeout_ns` it stops between two
 * messages, and what is left stays readable until bus_close. A handler that does not return is left
 * behind: `running` counts it, BUS_ERR_TIMEOUT is returned, and bus_stop may be called again to
 * wait for it. `left` may be NULL. Stopping twice is harmless. On a polled bus the calling thread
 * runs the handlers.
 *   BUS_ERR_TIMEOUT (something was left), BUS_ERR_IN_HANDLER, BUS_ERR_INVALID; on a polled bus also
 *   BUS_ERR_LIMIT, BUS_ERR_MEMORY (this thread got no record, see threads_max; nothing is
 *   stopped) */
BUS_API enum bus_status bus_stop(struct bus *bus, uint64_t timeout_ns, struct bus_left *left);

/* One message that was left at stop. `type` is that of its bytes: a durable event that an older
 * program left on disk may be of an older version. `bytes` are valid inside the callback, which
 * must not use the bus. */
typedef void (*bus_left_fn)(void *context, const struct bus_message_type *type,
                            const struct bus_envelope *envelope, const uint8_t *bytes,
                            uint32_t size);
/* Calls `fn` for each message left, oldest first within each lane, highest lane first; may be
 * called again. Returns their count. Only between bus_stop and bus_close; 0 at any other time. */
BUS_API uint64_t bus_left_each(struct bus *bus, bus_left_fn fn, void *context);

/* Frees everything and sets *bus to NULL. Stops the bus first if need be, without waiting. Refused
 * with BUS_ERR_BUSY while a handler runs or a claim is open (nothing is freed then, but the bus is
 * stopped; call again), and while a library still uses it (an HTTP server is open; nothing is
 * done). No other thread may use the bus any more. NULL, or a pointer to NULL, is harmless.
 *   BUS_ERR_BUSY, BUS_ERR_INVALID (no open bus) */
BUS_API enum bus_status bus_close(struct bus **bus);

/* ---- running -------------------------------------------------------------------------------- */

/* Polled bus: runs up to `max` messages (0: all there are, those published meanwhile included up to
 * the lane capacities), without waiting. `ran` (may be NULL) receives how many. Always from one
 * thread at a time; that thread counts as the worker.
 *   BUS_ERR_STATE (not polled, not started, or stopped), BUS_ERR_IN_HANDLER, BUS_ERR_INVALID,
 *   BUS_ERR_LIMIT (threads_max), BUS_ERR_MEMORY */
BUS_API enum bus_status bus_poll(struct bus *bus, uint32_t max, uint32_t *ran);
/* Polled bus: a descriptor that is readable while bus_poll has something to do. For poll, epoll
 * (level-triggered), libuv, GLib. It is the bus's: do not read it or close it, and take it out of
 * your loop before bus_close. -1 when the bus is not polled, as bus_last_error then
 * says. */
BUS_API int bus_poll_descriptor(struct bus *bus);

/* Waits until every accepted message, and what its handlers published, is done.
 *   BUS_ERR_TIMEOUT, BUS_ERR_IN_HANDLER, BUS_ERR_STATE (not started; stopped with messages left; or
 *   polled: call bus_poll) */
BUS_API BUS_MUST_USE enum bus_status bus_wait_idle(struct bus *bus, uint64_t timeout_ns);

/* ---- sessions ------------------------------------------------------------------------------- */

/* Opens a session with an id of the bus's making; bus/session.h has the rest: ids of your own,
 * state, clean-up functions, scopes, idleness. Its handlers come before those of the bus at equal
 * order.
 *   BUS_ERR_LIMIT (sessions_max), BUS_ERR_STATE (stopping or stopped), BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_session_open(struct bus *bus, struct bus_session *session);
/* Ends a session and unregisters its handlers: bus_session_end without an error. Twice is harmless.
 *   BUS_ERR_BUSY, BUS_ERR_INVALID */
BUS_API enum bus_status bus_session_close(struct bus *bus, struct bus_session session);

/* ---- handlers ------------------------------------------------------------------------------- */

/* How a single handler or a component is registered. NULL or all zero: the defaults. */
struct bus_handler_options {
    struct bus_session session; /* zero: bus-level, sees the events of all sessions */
    bool has_order;             /* `order` counts (else normal) */
    enum bus_order order;
    bool concurrent;  /* may run on any worker and at the same time as itself */
    bool parallel;    /* events, with `concurrent`: runs beside the others of its order */
    const char *name; /* of a single handler, in reports, results and dead letters; not copied: must
                         live as long as the bus; NULL: the message's name */
    struct bus_handler *made; /* on a bus with a registry of yours (bus/registry.h): receives the
                                 single handler for it; NULL on any other */
};

/* ---- names ----------------------------------------------------------------------------------- */

/* "shop.order_placed", and the schema version it was declared in. */
BUS_API const char *bus_type_name(const struct bus_message_type *type);
BUS_API uint32_t bus_type_schema_version(const struct bus_message_type *type);
/* The policy it declares; all zero where it declares none. Never NULL. */
BUS_API const struct bus_policy *bus_type_policy(const struct bus_message_type *type);

/* Text form of a UUID, 36 characters and a NUL. */
#define BUS_UUID_TEXT_SIZE 37
BUS_API void bus_uuid_text(struct bus_uuid uuid, char text[BUS_UUID_TEXT_SIZE]);

/* Symbolic form of a call site, "function+0x12 (program)" or "0x..."; written NUL-terminated into
 * `text`. */
BUS_API void bus_call_site_text(const void *call_site, char *text, size_t size);

/* ---- for bus_open --------------------------------------------------------------------------- */

/* bus_open passes what it was compiled with, so that an option struct may grow. */
BUS_API BUS_MUST_USE enum bus_status bus_open_abi(struct bus **bus,
                                                  const struct bus_options *options,
                                                  size_t options_size, uint32_t abi);

static inline enum bus_status bus_open(struct bus **bus, const struct bus_options *options)
{
    return bus_open_abi(bus, options, sizeof(struct bus_options), BUS_ABI);
}

#ifdef __cplusplus
}
#endif

#include <bus/account.h>

#endif
