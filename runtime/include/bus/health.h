/*
 * bus/health.h - is the bus well, and if not, why.
 *
 *     struct bus_health health;
 *
 *     if (bus_health(bus, &health) == BUS_OK && health.state != BUS_HEALTH_OK)
 *         puts(health.reasons[0].text);
 *
 * The state is the worst of its reasons. There is one for
 *   - the success rate of messages: up to 0.95 degraded, up to 0.8 critical;
 *   - an error of severity critical within the last minute: critical;
 *   - a handler that has been running for longer than its policy's `timeout`, or without one than
 *     bus_options.watchdog_ns: degraded; for twice as long, or on every worker: critical;
 *   - a breaker that is not closed: degraded;
 *   - a lane filled to 0.8: degraded;
 *   - a store (bus_options.store) that is full or failing, or had to set a damaged file aside:
 *     degraded; broken: critical; When durable events wait there behind a full lane, another one
 *     says how many: they come to nobody while the store cannot be read;
 *   - durable events that failed and found no room as dead letters, so that they stay in the store
 *     until the next start: degraded.
 *   - a log, its statistics (bus/log.h) or spans (bus/trace.h) that cannot be written: degraded.
 * A declared failure of a command (`fails`) is an answer and no error.
 *
 * A thread of the bus, the watchdog, looks for stuck handlers while workers have something to do,
 * and tells of each once (system event handler_stuck; it waits in the lane of its subscriber's
 * worker, so one that shares the stuck worker hears of it late). Where there is none - on a polled
 * bus, or for a command that runs on its caller while the workers rest - bus_health looks itself.
 * Whoever looks sees only what has been running since the look before; so ask regularly.
 */
#ifndef BUS_HEALTH_H
#define BUS_HEALTH_H

#include <bus/bus.h>
#include <bus/errors.h>
#include <bus/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/* bus_options.watchdog_ns: no watchdog; handlers with a timeout are not looked at either. */
#define BUS_WATCHDOG_NONE UINT64_MAX

enum bus_health_state { BUS_HEALTH_OK = 0, BUS_HEALTH_DEGRADED, BUS_HEALTH_CRITICAL };

/* Where a bus is between bus_open and bus_close. */
enum bus_life {
    BUS_LIFE_OPEN = 0, /* not started: what is published waits */
    BUS_LIFE_RUNNING,
    BUS_LIFE_STOPPING, /* bus_stop has begun, and is not over, or ran out of time */
    BUS_LIFE_STOPPED,
};

#define BUS_HEALTH_REASONS 8
#define BUS_HEALTH_TEXT_SIZE 192

struct bus_health_reason {
    enum bus_health_state state;
    char
        text[BUS_HEALTH_TEXT_SIZE]; /* "2 handlers are stuck: shop.warehouse.reserve_stock, 75 s" */
};

/* Rates are from 0 to 1, and 1 where nothing happened (error_rate: 0). Those of messages and runs
 * are of the last minute, or of the time since somebody last looked if that is longer; system
 * events are left out. */
struct bus_health {
    enum bus_health_state state;
    uint32_t reason_count;
    struct bus_health_reason reasons[BUS_HEALTH_REASONS]; /* the worst first */

    double success_rate; /* messages that were processed, of those that ended */
    double error_rate;   /* runs of handlers that failed, of all */
    double
        recovery_rate; /* deliveries that succeeded after their first run had failed, of those for
                             which another run was planned and that have ended; since open */
    uint64_t errors;   /* reports since open */
    uint64_t errors_by_category[BUS_CATEGORIES];
    uint64_t errors_by_severity[BUS_SEVERITIES];
    uint32_t errors_per_minute; /* reports within the last minute */
    uint32_t critical_per_minute;
    uint64_t recoveries_begun; /* deliveries that were to run again */
    uint64_t recoveries_succeeded;
    uint64_t recoveries_failed; /* the others are on their way, or their handler is gone */

    uint32_t breakers_closed;
    uint32_t breakers_open;
    uint32_t breakers_half_open;
    double queue_fill; /* of the fullest lane */
    uint64_t dead_letters;
    bool has_store;
    struct bus_store_state store; /* all zero, which is fine, without one */
    uint64_t durable_behind;      /* durable events that wait in it: their lane is full, or the bus
                                     does not run. No reason by itself */
    uint64_t durable_stayed;      /* that wait in it for the next start (bus_durable_figures) */

    uint32_t stuck;            /* handlers that do not return */
    uint64_t stuck_ns;         /* the longest of them has been seen running for so long */
    const char *stuck_handler; /* its name, static; NULL: none */

    uint64_t uptime_ns; /* since bus_start; 0: not started */
    bool stopped;
    enum bus_life life;
};

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* a function beside the struct of its name, as stat() */
#endif
/* Any thread; inside handlers too.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_health(struct bus *bus, struct bus_health *health);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/* Static words: "healthy", "degraded", "critical". Never NULL. */
BUS_API const char *bus_health_text(enum bus_health_state state);
/* The same: "open", "running", "stopping", "stopped". */
BUS_API const char *bus_life_text(enum bus_life life);

#ifdef __cplusplus
}
#endif

#endif
