/*
 * bus/account.h - what became of all messages, and how the bus is doing in figures. Part of
 * bus/bus.h.
 *
 *     struct bus_account account;
 *
 *     shop_order_placed_account(bus, &account);
 *     assert(bus_account_balances(&account));
 *
 * Any thread, inside handlers too where nothing else is said.
 */
#ifndef BUS_ACCOUNT_H
#define BUS_ACCOUNT_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The conservation account of one message type. At any moment when nothing moves,
 *   accepted = processed + failed + dropped + replaced + expired + cancelled + left + held +
 * running and bus_account_balances() says so. The second group was never accepted. */
struct bus_account {
    uint64_t accepted;
    uint64_t processed;
    uint64_t failed;
    uint64_t dropped;  /* by drop_oldest */
    uint64_t replaced; /* by a newer one with the same key */
    uint64_t expired;  /* its deadline passed before its handler ran, ran again, or answered */
    uint64_t cancelled;
    uint64_t left; /* at stop */
    uint64_t held; /* in lanes, buffer, waiting for an answer */
    uint64_t running;
    uint64_t filtered;
    uint64_t rejected;
    uint64_t throttled;
    uint64_t closed;
    uint64_t invalid;
    uint64_t calls;        /* handler runs */
    uint64_t calls_failed; /* of them ended with a fault */
    uint64_t timed_calls;  /* of them were timed (a sample) */
    uint64_t timed_ns;     /* sum of the timed ones */
    uint64_t timed_max_ns;
    uint64_t calls_late; /* handler runs that took longer than the `timeout` of the message */
};

/* The account of one type, or (`type` NULL) the sum of all. Exact when no worker is between two
 * steps of one message; bus_audit stops them for that. A type the bus has not seen reads as all
 * zero. */
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* a function beside the struct of its name, as stat() */
#endif
BUS_API enum bus_status bus_account(struct bus *bus, const struct bus_message_type *type,
                                    struct bus_account *account);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
BUS_API bool bus_account_balances(const struct bus_account *account);

typedef void (*bus_audit_fn)(void *context, const struct bus_message_type *type,
                             const struct bus_account *account);
/* Stops the workers between two messages, calls `fn` for each message type with an exact account,
 * lets them go on. Publishers are held for that time. `fn` must not use the bus.
 *   BUS_ERR_TIMEOUT (a handler did not return in time; `fn` was not called), BUS_ERR_IN_HANDLER,
 *   BUS_ERR_MEMORY, BUS_ERR_INVALID */
BUS_API enum bus_status bus_audit(struct bus *bus, uint64_t timeout_ns, bus_audit_fn fn,
                                  void *context);

/* Counters and gauges of the whole bus, named as in its metrics. */
struct bus_stats {
    uint64_t events_published_total;
    uint64_t events_processed_total;
    uint64_t events_failed_total;
    uint64_t commands_sent_total;
    uint64_t commands_processed_total;
    uint64_t commands_failed_total;
    uint64_t queue_size; /* messages in all lanes of all workers */
    uint64_t lane_size[BUS_LANES];
    uint64_t lane_capacity[BUS_LANES]; /* of all workers */
    uint64_t active_sessions;
    uint64_t registered_handlers;
    uint64_t dead_letter_queue_size;
    uint64_t pool_bytes_used;
    uint64_t pool_bytes;
    uint64_t memory_bytes; /* reserved by bus_open */
    uint64_t lane_stops;   /* how often a lane stopped at a message of an `ordered` type that found
                              no room to wait (held_max, pool_bytes) */
    uint32_t workers;
    uint32_t threads;             /* publishing threads known */
    uint64_t backpressure_active; /* lanes, of all workers, that are nearly full */
};
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* a function beside the struct of its name, as stat() */
#endif
BUS_API enum bus_status bus_stats(struct bus *bus, struct bus_stats *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif

#endif
