/*
 * bus/pipeline.h - filters in front of publish, middleware around handlers.
 *
 * A filter says which events may pass. All filters of a bus are asked, in the order in which they
 * were added, for every event that is published: alone, in bulk, when a claim is committed, when a
 * schedule is due, before bus_start too. The first one that says no ends it: the publish returns
 * BUS_FILTERED, nothing was queued, the event was never accepted and is counted in
 * `bus_account.filtered` and at the filter. Commands are not filtered, nor are the bus's own events
 * (bus_system), nor what was accepted already and runs again (retries, replays of dead letters).
 *
 *     static bool is_large(void *context, const void *message,
 *                          const struct bus_filter_facts *facts)
 *     {
 *         const struct shop_order_placed *order = message;
 *
 *         return order->total >= 100;
 *     }
 *
 *     // Small orders go nowhere; of everything else at most 1,000 events a second.
 *     struct bus_filter large = {.name = "large", .kind = BUS_FILTER_CUSTOM,
 *                                .only = &shop_order_placed_type, .matches = is_large};
 *     struct bus_filter calm = {.name = "calm", .kind = BUS_FILTER_RATE, .per_second = 1000};
 *     uint64_t id;
 *
 *     if (bus_filter_add(bus, &large, NULL) != BUS_OK || bus_filter_add(bus, &calm, &id) != BUS_OK)
 *         die(bus_last_error());
 *
 * A bus without filters pays nothing for them. With one, events take the long way of publish.
 *
 * All functions may be called from any thread, inside handlers, filters and middleware too, while
 * others publish. Who publishes at the same moment may or may not meet the filter that is just
 * added.
 */
#ifndef BUS_PIPELINE_H
#define BUS_PIPELINE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Filters of a bus at one time, pieces of middleware; parts of one filter, all together; how deep
 * they lie in one another; bytes of a name or a pattern, with its NUL. */
#define BUS_FILTERS_MAX 32
#define BUS_MIDDLEWARE_MAX 32
#define BUS_FILTER_PARTS_MAX 64
#define BUS_FILTER_DEPTH_MAX 8
#define BUS_FILTER_NAME_SIZE 64

/* What is known of an event that is about to be published. Valid inside the call. */
struct bus_filter_facts {
    struct bus *bus;
    const struct bus_message_type *type;
    const char *name;            /* of the type: "shop.order_placed" */
    struct bus_session session;  /* zero: the default session */
    uint64_t deadline_ns;        /* monotonic clock; 0: none */
    struct bus_uuid correlation; /* zero: none */
    struct bus_uuid causation;   /* id of the message whose handler publishes it; zero: none */
    struct bus_trace trace;      /* all zero: none */
};

/* Functions of filters. True: it matches. `message` is the struct of facts->type, as the publisher
 * gave it or as a claim was filled. Called on the publishing thread, by several at once: they
 * return soon, wait for nothing, and do not publish or execute; a publish whose filter did so
 * outside of handlers is BUS_INVALID. */
typedef bool (*bus_filter_fn)(void *context, const void *message,
                              const struct bus_filter_facts *facts);
typedef bool (*bus_filter_facts_fn)(void *context, const struct bus_filter_facts *facts);

enum bus_filter_kind {
    BUS_FILTER_CUSTOM = 1, /* `matches` says so. With `only`: a predicate on fields of one type */
    BUS_FILTER_METADATA,   /* `metadata` says so, of everything but the message itself */
    BUS_FILTER_TYPE,       /* the event is of `type` */
    BUS_FILTER_SESSION,    /* it is in `session`; zero: in none */
    BUS_FILTER_NAME,       /* the name of its type matches `pattern` */
    BUS_FILTER_RATE,       /* not more than `per_second` on average */
    BUS_FILTER_ALL,        /* all `parts` match; without parts: matches. Asked in order, up to the
                              first that does not */
    BUS_FILTER_ANY,        /* one of `parts` matches; without parts: does not. Asked in order, up to
                              the first that does */
};

/* A filter: an event passes when it matches. All zero but what the kind needs. */
struct bus_filter {
    const char *name; /* for the figures, at most 63 bytes; NULL: "filter". Not of parts */
    enum bus_filter_kind kind;
    bool negate; /* the opposite: what matched does not, and the other way round */
    /* NULL: of every event. Else this filter or part is about events of one type only; others are
     * not judged: they match, `negate` or not, and use up no `per_second`. */
    const struct bus_message_type *only;
    /* by kind */
    bus_filter_fn matches;
    bus_filter_facts_fn metadata;
    void *context; /* of matches, metadata */
    const struct bus_message_type *type;
    struct bus_session session;
    const char *pattern; /* `*`: any bytes, none too; `?`: one; the rest: itself */
    uint32_t per_second; /* 1 to 1,000,000 */
    uint32_t burst;      /* so many at once after a rest, 1 to 1,000,000; 0: per_second */
    const struct bus_filter *parts;
    uint32_t part_count;
};

/* Adds a filter behind all others. It is copied, parts and texts too; what `context` points to must
 * live until the filter is gone. `id` (may be NULL) receives its number, for bus_filter_remove.
 *   BUS_ERR_LIMIT (BUS_FILTERS_MAX), BUS_ERR_MEMORY, BUS_ERR_STATE (stopping or stopped),
 *   BUS_ERR_INVALID (NULL; a member out of range; parts too many or too deep) */
BUS_API BUS_MUST_USE enum bus_status bus_filter_add(struct bus *bus,
                                                    const struct bus_filter *filter, uint64_t *id);
/* Removes it. On return no thread is inside its functions, nor will be; but:
 *   - inside a filter function it returns at once;
 *   - inside a handler, where waiting for a thread that is in one would never end, it is
 *     BUS_ERR_BUSY: removed all the same, and true from the return of that function on.
 *   BUS_ERR_NOT_REGISTERED (there is none of this number), BUS_ERR_BUSY, BUS_ERR_INVALID */
BUS_API enum bus_status bus_filter_remove(struct bus *bus, uint64_t id);

/* One filter. Counted since it was added; publishes under way may be missing. */
struct bus_filter_info {
    uint64_t id;
    char name[BUS_FILTER_NAME_SIZE];
    enum bus_filter_kind kind;
    uint64_t passed;
    uint64_t filtered;
};
/* Calls `fn` for each filter, in order, under no lock.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status
bus_filters_each(struct bus *bus, void (*fn)(void *context, const struct bus_filter_info *filter),
                 void *context);

/* ---- middleware ------------------------------------------------------------------------------ */

/* Middleware stands around every run of a handler, of events and of commands, on the thread that
 * runs it: the one that was added first is the outermost. It may look, call what is behind it once,
 * not at all or again, and decide how the run ends: its verdict is the handler's, for the account,
 * retries, breakers and dead letters alike.
 *
 *     static enum bus_verdict twice(void *context, struct bus_delivery *delivery,
 *                                   struct bus_next *next)
 *     {
 *         enum bus_verdict verdict = bus_middleware_next(next, delivery);
 *
 *         return verdict == BUS_RETRY ? bus_middleware_next(next, delivery) : verdict;
 *     }
 *
 *     struct bus_middleware again = {.name = "again", .kind = BUS_MIDDLEWARE_CUSTOM,
 *                                    .around = twice};
 *
 *     if (bus_middleware_add(bus, &again, NULL) != BUS_OK)
 *         die(bus_last_error());
 *
 * Short cuts. Without calling what is behind: BUS_DONE of an event is a success; of a command it
 * takes an answer, `return shop_ship_order_return(delivery, &answer)`; a fault is bus_fail, as in a
 * handler. To put another answer or fault in the place of the handler's, call
 * bus_middleware_forget first.
 *
 * A batch handler is run once for all events of its batch: the delivery is that of the first one,
 * bus_delivery_message is the array.
 *
 * The timeout and the breaker of a message see the run with all that stands around it. A bus
 * without middleware pays nothing for it. */

/* What is behind a middleware; valid until it returns, on its own thread. */
struct bus_next;
/* Runs it, each time anew: what an earlier call answered or noted as a fault is forgotten first. A
 * command whose handler deferred its answer is taken back for that, unless it was answered already:
 * then nothing runs and BUS_LATER is returned. */
BUS_API enum bus_verdict bus_middleware_next(struct bus_next *next, struct bus_delivery *delivery);
/* Forgets what was answered and noted so far. False: the handler deferred its answer and it has
 * been given; return BUS_LATER. */
BUS_API bool bus_middleware_forget(struct bus_delivery *delivery);
/* The struct that the handler gets; read only, valid until the run ends. */
BUS_API const void *bus_delivery_message(const struct bus_delivery *delivery);
/* The name of the handler; valid for as long as the handler is registered. */
BUS_API const char *bus_delivery_handler(const struct bus_delivery *delivery);

typedef enum bus_verdict (*bus_middleware_fn)(void *context, struct bus_delivery *delivery,
                                              struct bus_next *next);

/* What a logging middleware tells of a run; valid inside the call. */
struct bus_logged_run {
    const struct bus_message_type *type;
    const char *name;    /* of the type */
    const char *handler; /* its name */
    struct bus_session session;
    struct bus_uuid id;
    uint32_t attempt; /* 1 for the first run */
    uint64_t took_ns; /* with the middleware that is further inside */
    enum bus_verdict verdict;
    const struct bus_error *error; /* NULL: none was noted, or the verdict is BUS_DONE. Values of
                                      fields marked `secret` are taken out of its text */
};
typedef void (*bus_log_fn)(void *context, const struct bus_logged_run *run);

/* True: the handler may run. False: the run fails, permanently and with the text "the message is
 * not valid", unless the function has changed *error (category processing, severity medium). */
typedef bool (*bus_valid_fn)(void *context, const void *message, struct bus_error *error);

enum bus_middleware_kind {
    BUS_MIDDLEWARE_CUSTOM = 1, /* `around` */
    BUS_MIDDLEWARE_LOGGING,    /* calls `log` after each run */
    BUS_MIDDLEWARE_TIMING,     /* counts and times runs by type: bus_timings_each */
    BUS_MIDDLEWARE_VALIDATION, /* asks `valid` before each run; not for batch handlers */
    BUS_MIDDLEWARE_RATE_LIMIT, /* not more than `per_second` runs on average: others wait, and with
                                  them the worker. On a polled bus, and where the wait would be
                                  longer than `wait_max_ns` or than the message's deadline allows,
                                  the run fails instead (BUS_FAULT_RATE, transient) */
};

/* All zero but what the kind needs. Functions are called by several threads at once. */
struct bus_middleware {
    const char *name; /* for bus_middleware_each, at most 63 bytes; NULL: "middleware" */
    enum bus_middleware_kind kind;
    const struct bus_message_type *only; /* runs of other messages pass by; NULL: of none */
    /* by kind */
    bus_middleware_fn around;
    bus_log_fn log;
    bus_valid_fn valid;
    void *context;        /* of the three */
    uint32_t per_second;  /* 1 to 1,000,000 */
    uint32_t burst;       /* so many at once after a rest, 1 to 1,000,000; 0: per_second */
    uint64_t wait_max_ns; /* 0: 1 s; at most 60 s */
};

/* Adds one inside of all others. It is copied; what `context` points to must live until it is gone.
 * Runs under way may or may not meet it. `id` (may be NULL) receives its number.
 *   BUS_ERR_LIMIT (BUS_MIDDLEWARE_MAX), BUS_ERR_MEMORY, BUS_ERR_STATE (stopping or stopped),
 *   BUS_ERR_INVALID (NULL; a member out of range) */
BUS_API BUS_MUST_USE enum bus_status
bus_middleware_add(struct bus *bus, const struct bus_middleware *middleware, uint64_t *id);
/* Removes it. On return no thread is inside, nor will be; it waits for all handlers that run with
 * middleware around them. But in such a handler, or in middleware, it returns at once: then runs
 * that have begun, on this thread and on others, may still meet it.
 *   BUS_ERR_NOT_REGISTERED (there is none of this number), BUS_ERR_INVALID */
BUS_API enum bus_status bus_middleware_remove(struct bus *bus, uint64_t id);

struct bus_middleware_info {
    uint64_t id;
    char name[BUS_FILTER_NAME_SIZE];
    enum bus_middleware_kind kind;
};
/* Calls `fn` for each, outermost first, under no lock.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status
bus_middleware_each(struct bus *bus,
                    void (*fn)(void *context, const struct bus_middleware_info *middleware),
                    void *context);

/* The runs of one message type that a timing middleware has seen. */
struct bus_timing {
    const struct bus_message_type *type;
    const char *name;
    uint64_t count;
    uint64_t mean_ns;
    uint64_t min_ns;
    uint64_t max_ns;
};
typedef void (*bus_timing_fn)(void *context, const struct bus_timing *timing);
/* Calls `fn` for each type of which there were runs, under no lock, in the order in which the bus
 * has met the types.
 *   BUS_ERR_NOT_REGISTERED (no timing middleware has the number), BUS_ERR_MEMORY,
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_timings_each(struct bus *bus, uint64_t id, bus_timing_fn fn,
                                         void *context);

#ifdef __cplusplus
}
#endif

#endif
