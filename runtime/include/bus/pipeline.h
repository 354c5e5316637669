/*
 * bus/pipeline.h - filters in front of publish.
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

/* Filters of a bus at one time; parts of one filter, all together; how deep they lie in one
 * another; bytes of a name or a pattern, with its NUL. */
#define BUS_FILTERS_MAX 32
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

#ifdef __cplusplus
}
#endif

#endif
