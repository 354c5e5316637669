/*
 * guard/health.c - how the bus is doing, from its accounts, its errors, its breakers, its lanes and
 * what the watchdog sees. Everything is read when somebody asks.
 */
#include "guard/watchdog.h"

#include <stdarg.h>
#include <stdio.h>

#include <bus/breakers.h>
#include <bus/durable.h>
#include <bus/log.h>
#include <bus/trace.h>

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "path/path.h"

#define SUCCESS_HEALTHY 0.95
#define SUCCESS_DEGRADED 0.8
#define FILL_DEGRADED 0.8

const char *bus_health_text(enum bus_health_state state)
{
    static const char *const texts[] = {
        [BUS_HEALTH_OK] = "healthy",
        [BUS_HEALTH_DEGRADED] = "degraded",
        [BUS_HEALTH_CRITICAL] = "critical",
    };

    return (unsigned)state < sizeof texts / sizeof texts[0] ? texts[state] : "unknown";
}

const char *bus_life_text(enum bus_life life)
{
    static const char *const texts[] = {
        [BUS_LIFE_OPEN] = "open",
        [BUS_LIFE_RUNNING] = "running",
        [BUS_LIFE_STOPPING] = "stopping",
        [BUS_LIFE_STOPPED] = "stopped",
    };

    return (unsigned)life < sizeof texts / sizeof texts[0] ? texts[life] : "unknown";
}

static enum bus_life life_of(uint32_t gate)
{
    if ((gate & GATE_HALTED) != 0)
        return BUS_LIFE_STOPPED;
    if ((gate & GATE_STOPPING) != 0)
        return BUS_LIFE_STOPPING;
    return (gate & GATE_BUFFERING) != 0 ? BUS_LIFE_OPEN : BUS_LIFE_RUNNING;
}

/* The worst first, in the order given among equals. */
PRINTF_LIKE(3, 4)
static void reason(struct bus_health *health, enum bus_health_state state, const char *format, ...)
{
    uint32_t at = health->reason_count;
    va_list arguments;

    if (at == BUS_HEALTH_REASONS)
        return;
    for (; at > 0 && health->reasons[at - 1].state < state; at--)
        health->reasons[at] = health->reasons[at - 1];
    health->reason_count++;
    health->reasons[at].state = state;
    va_start(arguments, format);
    (void)vsnprintf(health->reasons[at].text, BUS_HEALTH_TEXT_SIZE, format, arguments);
    va_end(arguments);
    if (state > health->state)
        health->state = state;
}

static double share(uint64_t part, uint64_t whole, double of_nothing)
{
    return whole != 0 ? (double)part / (double)whole : of_nothing;
}

/* Sums taken while messages move may be behind those taken before on another thread. */
static uint64_t grown(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void judge_rates(struct bus_health *health, const struct ended *before,
                        const struct ended *now)
{
    uint64_t processed = grown(now->processed, before->processed);
    uint64_t failed = grown(now->failed, before->failed);

    health->success_rate = share(processed, processed + failed, 1);
    health->error_rate =
        share(grown(now->calls_failed, before->calls_failed), grown(now->calls, before->calls), 0);
    if (health->success_rate <= SUCCESS_HEALTHY)
        reason(health,
               health->success_rate <= SUCCESS_DEGRADED ? BUS_HEALTH_CRITICAL : BUS_HEALTH_DEGRADED,
               "%llu of %llu messages failed", (unsigned long long)failed,
               (unsigned long long)(processed + failed));
}

static void judge_errors(struct bus *bus, struct bus_health *health, uint64_t now_ns)
{
    struct errors *errors = bus->errors;
    uint64_t second = now_ns / BUS_SECOND;
    uint32_t i;

    health->recovery_rate = 1;
    if (errors == NULL)
        return;
    lock_take(&errors->lock, &bus->os);
    health->errors = errors->reported;
    memcpy(health->errors_by_category, errors->by_category, sizeof errors->by_category);
    memcpy(health->errors_by_severity, errors->by_severity, sizeof errors->by_severity);
    health->recoveries_begun = errors->attempted;
    health->recoveries_succeeded = errors->recovered;
    health->recoveries_failed = errors->lost;
    for (i = 0; i < ERRORS_SECONDS; i++)
        if (second - errors->minute[i].second < ERRORS_SECONDS) {
            health->errors_per_minute += errors->minute[i].errors;
            health->critical_per_minute += errors->minute[i].critical;
        }
    lock_give(&errors->lock, &bus->os);
    health->recovery_rate = share(health->recoveries_succeeded,
                                  health->recoveries_succeeded + health->recoveries_failed, 1);
    if (health->critical_per_minute != 0)
        reason(health, BUS_HEALTH_CRITICAL, "%u critical errors within the last minute",
               health->critical_per_minute);
}

static void judge_stuck(const struct bus *bus, struct bus_health *health, const struct stuck *stuck)
{
    bool all = !bus->options.polled && stuck->workers >= bus->worker_count;

    health->stuck = stuck->count;
    health->stuck_ns = stuck->longest_ns;
    health->stuck_handler = stuck->handler;
    if (stuck->count != 0)
        reason(health, stuck->critical != 0 || all ? BUS_HEALTH_CRITICAL : BUS_HEALTH_DEGRADED,
               "%u handlers are stuck: %.100s, for %llu s", stuck->count, stuck->handler,
               (unsigned long long)(stuck->longest_ns / BUS_SECOND));
}

static void add_breaker(void *context, const struct bus_breaker *breaker)
{
    struct bus_health *health = context;

    switch (breaker->state) {
    case BUS_BREAKER_OPEN:
        health->breakers_open++;
        break;
    case BUS_BREAKER_HALF_OPEN:
        health->breakers_half_open++;
        break;
    default:
        health->breakers_closed++;
        return;
    }
    if (health->breakers_open + health->breakers_half_open == 1)
        reason(health, BUS_HEALTH_DEGRADED, "breaker %.100s is %s", breaker->name,
               breaker->state == BUS_BREAKER_OPEN ? "open" : "half-open");
}

static void judge_lane(const struct bus *bus, struct bus_health *health, uint64_t size,
                       uint32_t level, uint32_t worker, bool *told)
{
    double fill = (double)size / (double)bus->options.capacity[level];

    if (fill > health->queue_fill)
        health->queue_fill = fill;
    if (fill < FILL_DEGRADED || *told)
        return;
    *told = true;
    reason(health, BUS_HEALTH_DEGRADED, "lane %s of worker %u holds %llu of %u messages",
           lane_name(level), worker, (unsigned long long)size, bus->options.capacity[level]);
}

static void judge_lanes(const struct bus *bus, struct bus_health *health)
{
    bool told = false;
    uint32_t i, level;

    for (i = 0; i < bus->worker_count; i++)
        for (level = 0; level < BUS_LANES; level++) {
            const struct worker *worker = &bus->workers[i];
            const struct drop_ring *ring = atomic_load_acquire_ptr(&worker->rings[level]);

            judge_lane(bus, health, lane_size(&worker->lanes[level]), level, i, &told);
            /* A full ring of `drop_oldest` is as it was asked for: it shows in queue_fill only. */
            if (ring != NULL &&
                (double)drop_ring_size(ring) / (double)bus->options.capacity[level] >
                    health->queue_fill)
                health->queue_fill =
                    (double)drop_ring_size(ring) / (double)bus->options.capacity[level];
        }
}

static void judge_store(struct bus *bus, struct bus_health *health)
{
    const struct bus_store *store = bus->options.store;
    struct bus_durable_figures figures;
    enum bus_health_state state;

    if (store == NULL)
        return;
    health->has_store = true;
    (void)bus_durable_figures_read(bus, &figures);
    health->durable_behind = figures.behind;
    health->durable_stayed = figures.stayed;
    store->state(store->context, &health->store);
    state = health->store.condition == BUS_STORE_BROKEN ? BUS_HEALTH_CRITICAL : BUS_HEALTH_DEGRADED;
    if (health->store.condition == BUS_STORE_FINE && health->store.text[0] != '\0')
        reason(health, BUS_HEALTH_DEGRADED, "the store: %.180s", health->store.text);
    else if (health->store.condition != BUS_STORE_FINE)
        reason(health, state, "the store is %s: %.150s",
               bus_store_condition_text(health->store.condition), health->store.text);
    if (figures.behind != 0 && health->store.condition != BUS_STORE_FINE)
        reason(health, state, "%llu durable events wait in the store%s",
               (unsigned long long)figures.behind,
               health->store.condition == BUS_STORE_FULL ? "" : ", and it may not be readable");
    if (figures.stayed != 0)
        reason(health, BUS_HEALTH_DEGRADED,
               "%llu durable events failed, found no room as dead letters, and stay in the store",
               (unsigned long long)figures.stayed);
}

enum bus_status bus_health(struct bus *bus, struct bus_health *health)
{
    struct bus_log_figures log;
    struct bus_trace_figures spans;
    struct ended before, now;
    struct stuck stuck;
    uint64_t started_ns;

    if (health != NULL)
        *health = (struct bus_health){.success_rate = 1, .recovery_rate = 1};
    if (bus == NULL || bus->magic != BUS_MAGIC || health == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot tell the health: bus or health is NULL");
    watchdog_look(bus, &stuck, &before, &now);
    judge_rates(health, &before, &now);
    judge_errors(bus, health, now.at_ns);
    judge_stuck(bus, health, &stuck);
    (void)bus_breakers_each(bus, add_breaker, health);
    judge_lanes(bus, health);
    judge_store(bus, health);
    (void)bus_log_figures_read(bus, &log);
    if (log.failing)
        reason(health, BUS_HEALTH_DEGRADED, "the log: %s", log.text);
    (void)bus_trace_figures_read(bus, &spans);
    if (spans.failing)
        reason(health, BUS_HEALTH_DEGRADED, "the spans: %s", spans.why);
    health->dead_letters = dead_letters_waiting(bus);
    started_ns = atomic_load_acquire_u64(&bus->started_ns);
    health->uptime_ns = started_ns != 0 ? now.at_ns - started_ns : 0;
    health->life = life_of(atomic_load_acquire_u32(&bus->gate));
    health->stopped = health->life == BUS_LIFE_STOPPED;
    return BUS_OK;
}
