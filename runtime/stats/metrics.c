/* stats/metrics.c - takes a reading and shows it; the list of all metrics is here. */
#include "stats/metrics.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry.h"
#include "path/path.h"

/* ---- the reading ---- */

struct reading_type {
    const struct route *route;
    struct bus_account account;
    struct durations durations;
};

/* Of all handlers with this name and message; of all breakers with this name. */
struct reading_handler {
    const char *name;
    const char *message;
    uint64_t runs;
    uint64_t failures;
};

struct reading_breaker {
    const char *name;
    enum bus_breaker_state state; /* the worst */
    uint64_t opened;
    uint64_t refused;
};

struct reading {
    size_t bytes;
    const struct bus *bus;
    struct bus_stats stats;
    struct bus_health health;
    struct bus_log_figures log;
    struct bus_trace_figures spans;
    uint32_t types;
    uint32_t handlers, handlers_max;
    uint32_t breakers, breakers_max;
    struct reading_type *type;
    struct reading_handler *handler;
    struct reading_breaker *breaker;
};

static void note_handler(void *context, const struct bus_handler_record *record)
{
    struct reading *reading = context;

    if (reading->handlers == reading->handlers_max || record->session.index != 0)
        return;
    reading->handler[reading->handlers++] =
        (struct reading_handler){record->name, record->type->name, record->runs, record->failures};
}

static void note_breaker(void *context, const struct bus_breaker *breaker)
{
    struct reading *reading = context;

    if (reading->breakers == reading->breakers_max)
        return;
    reading->breaker[reading->breakers++] =
        (struct reading_breaker){breaker->name, breaker->state, breaker->opened, breaker->refused};
}

static void count_handler(void *context, const struct bus_handler_record *record)
{
    *(uint32_t *)context += record->session.index == 0;
}

static void count_breaker(void *context, const struct bus_breaker *breaker)
{
    (void)breaker;
    ++*(uint32_t *)context;
}

static int handlers_compare(const void *a, const void *b)
{
    const struct reading_handler *one = a, *other = b;
    int by_message = strcmp(one->message, other->message);

    return by_message != 0 ? by_message : strcmp(one->name, other->name);
}

static int breakers_compare(const void *a, const void *b)
{
    return strcmp(((const struct reading_breaker *)a)->name,
                  ((const struct reading_breaker *)b)->name);
}

/* Open is worse than half-open, which is worse than closed. */
static enum bus_breaker_state worse(enum bus_breaker_state a, enum bus_breaker_state b)
{
    if (a == BUS_BREAKER_OPEN || b == BUS_BREAKER_OPEN)
        return BUS_BREAKER_OPEN;
    return a == BUS_BREAKER_HALF_OPEN ? a : b;
}

static void join_handlers(struct reading *reading)
{
    uint32_t from, to = 0;

    qsort(reading->handler, reading->handlers, sizeof *reading->handler, handlers_compare);
    for (from = 0; from < reading->handlers; from++) {
        if (to == 0 || handlers_compare(&reading->handler[to - 1], &reading->handler[from]) != 0) {
            reading->handler[to++] = reading->handler[from];
            continue;
        }
        reading->handler[to - 1].runs += reading->handler[from].runs;
        reading->handler[to - 1].failures += reading->handler[from].failures;
    }
    reading->handlers = to;
}

static void join_breakers(struct reading *reading)
{
    uint32_t from, to = 0;

    qsort(reading->breaker, reading->breakers, sizeof *reading->breaker, breakers_compare);
    for (from = 0; from < reading->breakers; from++) {
        struct reading_breaker *last = &reading->breaker[to - (to != 0)];

        if (to == 0 || breakers_compare(last, &reading->breaker[from]) != 0) {
            reading->breaker[to++] = reading->breaker[from];
            continue;
        }
        last->state = worse(last->state, reading->breaker[from].state);
        last->opened += reading->breaker[from].opened;
        last->refused += reading->breaker[from].refused;
    }
    reading->breakers = to;
}

/* Types of the program, and those system events that anybody ever heard of. */
static bool is_shown(const struct reading_type *type)
{
    return type->route->type->kind != BUS_SYSTEM_EVENT || type->account.accepted != 0;
}

struct reading *reading_take(struct bus *bus)
{
    uint32_t types = atomic_load_acquire_u32(&bus->route_count);
    uint32_t handlers = 0, breakers = 0, i;
    struct reading *reading;
    size_t bytes;

    /* Some more may come until they are noted. */
    (void)bus_handlers_each(bus, count_handler, &handlers);
    (void)bus_breakers_each(bus, count_breaker, &breakers);
    handlers += 16;
    breakers += 16;
    bytes = sizeof *reading + types * sizeof(struct reading_type) +
            handlers * sizeof(struct reading_handler) + breakers * sizeof(struct reading_breaker);
    reading = bus_take_memory(bus, bytes, CACHE_LINE);
    if (reading == NULL) {
        last_error_set("bus %s: no memory for its metrics", bus->name);
        return NULL;
    }
    reading->bytes = bytes;
    reading->bus = bus;
    reading->type = (struct reading_type *)(void *)(reading + 1);
    reading->handler = (struct reading_handler *)(void *)(reading->type + types);
    reading->breaker = (struct reading_breaker *)(void *)(reading->handler + handlers);
    reading->handlers_max = handlers;
    reading->breakers_max = breakers;
    (void)bus_stats(bus, &reading->stats);
    (void)bus_health(bus, &reading->health);
    (void)bus_log_figures_read(bus, &reading->log);
    (void)bus_trace_figures_read(bus, &reading->spans);
    for (i = 0; i < types; i++) {
        struct reading_type *type = &reading->type[reading->types];

        type->route = route_at(bus, i + 1);
        type->account = (struct bus_account){0};
        account_add(bus, type->route, &type->account);
        durations_sum(bus, type->route, &type->durations);
        reading->types += is_shown(type);
    }
    (void)bus_handlers_each(bus, note_handler, reading);
    (void)bus_breakers_each(bus, note_breaker, reading);
    join_handlers(reading);
    join_breakers(reading);
    return reading;
}

void reading_free(struct bus *bus, struct reading *reading)
{
    bus_give_memory(bus, reading, reading->bytes);
}

/* ---- the list ---- */

/* Of each message type. */
struct type_metric {
    const char *name;
    const char *help;
    size_t at; /* in struct bus_account */
    enum { OF_EVENTS = 1, OF_COMMANDS = 2, OF_BOTH = 3 } of;
    const char *reason; /* NULL: it has no such label; the same name may follow with another one */
};

#define AT(member) offsetof(struct bus_account, member)

static const struct type_metric type_counters[] = {
    {"events_published_total", "Events accepted.", AT(accepted), OF_EVENTS, NULL},
    {"events_processed_total", "Events all of whose handlers are done.", AT(processed), OF_EVENTS,
     NULL},
    {"events_failed_total", "Events that some handler failed for good.", AT(failed), OF_EVENTS,
     NULL},
    {"commands_sent_total", "Commands accepted.", AT(accepted), OF_COMMANDS, NULL},
    {"commands_processed_total", "Commands that were answered.", AT(processed), OF_COMMANDS, NULL},
    {"commands_failed_total", "Commands that ended without an answer.", AT(failed), OF_COMMANDS,
     NULL},
    {"messages_dropped_total", "Accepted messages that were never handled, by reason.", AT(dropped),
     OF_BOTH, "overflow"},
    {"messages_dropped_total", NULL, AT(expired), OF_BOTH, "expired"},
    {"messages_replaced_total", "Queued events that a newer one of their key replaced.",
     AT(replaced), OF_EVENTS, NULL},
    {"messages_cancelled_total", "Commands that were cancelled.", AT(cancelled), OF_COMMANDS, NULL},
    {"messages_refused_total", "Messages that were never accepted, by reason.", AT(rejected),
     OF_BOTH, "full"},
    {"messages_refused_total", NULL, AT(throttled), OF_BOTH, "throttled"},
    {"messages_refused_total", NULL, AT(filtered), OF_BOTH, "filtered"},
    {"messages_refused_total", NULL, AT(closed), OF_BOTH, "closed"},
    {"messages_refused_total", NULL, AT(invalid), OF_BOTH, "invalid"},
    {"handler_runs_late_total", "Runs of handlers that took longer than the message's timeout.",
     AT(calls_late), OF_BOTH, NULL},
};

static const struct type_metric type_gauges[] = {
    {"messages_held", "Messages that wait: in lanes, to be tried again, for an answer.", AT(held),
     OF_BOTH, NULL},
    {"messages_running", "Messages whose handlers are running.", AT(running), OF_BOTH, NULL},
};

static bool type_has(const struct reading_type *type, const struct type_metric *metric)
{
    return (metric->of & (type_is_event(type->route->type) ? OF_EVENTS : OF_COMMANDS)) != 0;
}

static void show_types(const struct reading *reading, const struct metric_visitor *visitor,
                       enum metric_kind kind, const struct type_metric *metrics, size_t count)
{
    uint32_t i;
    size_t k;

    for (k = 0; k < count; k++) {
        const struct type_metric *metric = &metrics[k];

        if (metric->help != NULL)
            visitor->family(visitor->context, metric->name, kind, metric->help);
        for (i = 0; i < reading->types; i++) {
            const struct reading_type *type = &reading->type[i];
            struct metric_label labels[METRIC_LABELS] = {
                {"message", type->route->type->name},
                {metric->reason != NULL ? "reason" : NULL, metric->reason}};
            uint64_t value;

            memcpy(&value, (const uint8_t *)&type->account + metric->at, sizeof value);
            if (type_has(type, metric))
                visitor->value(visitor->context, labels, (double)value);
        }
    }
}

/* Of the whole bus, without labels. */
struct bus_metric {
    const char *name;
    const char *help;
    double value;
};

static void show_bus(const struct metric_visitor *visitor, enum metric_kind kind,
                     const struct bus_metric *metrics, size_t count)
{
    static const struct metric_label none[METRIC_LABELS] = {{NULL, NULL}, {NULL, NULL}};
    size_t i;

    for (i = 0; i < count; i++) {
        visitor->family(visitor->context, metrics[i].name, kind, metrics[i].help);
        visitor->value(visitor->context, none, metrics[i].value);
    }
}

static void show_labelled(const struct metric_visitor *visitor, const char *label, const char *text,
                          double value)
{
    const struct metric_label labels[METRIC_LABELS] = {{label, text}, {NULL, NULL}};

    visitor->value(visitor->context, labels, value);
}

static void show_handlers(const struct reading *reading, const struct metric_visitor *visitor)
{
    uint32_t round, i;

    for (round = 0; round < 2; round++) {
        visitor->family(visitor->context,
                        round == 0 ? "handler_runs_total" : "handler_failures_total",
                        METRIC_COUNTER,
                        round == 0 ? "Runs of handlers that ended, retries included."
                                   : "Runs of handlers that failed.");
        for (i = 0; i < reading->handlers; i++) {
            const struct reading_handler *handler = &reading->handler[i];
            const struct metric_label labels[METRIC_LABELS] = {{"message", handler->message},
                                                               {"handler", handler->name}};

            visitor->value(visitor->context, labels,
                           (double)(round == 0 ? handler->runs : handler->failures));
        }
    }
}

static void show_counters(const struct reading *reading, const struct metric_visitor *visitor)
{
    const struct bus_health *health = &reading->health;
    const struct bus_metric metrics[] = {
        {"recoveries_begun_total", "Failed deliveries that were to run again.",
         (double)health->recoveries_begun},
        {"recoveries_succeeded_total", "Deliveries that succeeded after a failure.",
         (double)health->recoveries_succeeded},
        {"log_lines_total", "Errors that the log wrote.", (double)reading->log.lines},
        {"log_lines_lost_total", "Errors that the log could not write, or not in time.",
         (double)reading->log.lost},
        {"trace_spans_total", "Runs of handlers that were passed on as spans.",
         (double)reading->spans.spans},
        {"trace_spans_lost_total", "Spans that found no room, or could not be written.",
         (double)reading->spans.lost},
        {"lane_stops_total",
         "How often a lane stood still at an ordered message without room to wait.",
         (double)reading->stats.lane_stops},
    };
    uint32_t i;

    show_types(reading, visitor, METRIC_COUNTER, type_counters,
               sizeof type_counters / sizeof type_counters[0]);
    show_handlers(reading, visitor);
    visitor->family(visitor->context, "errors_total", METRIC_COUNTER,
                    "Reports of failed runs, by category.");
    for (i = 0; i < BUS_CATEGORIES; i++)
        show_labelled(visitor, "category", bus_category_text((enum bus_category)i),
                      (double)health->errors_by_category[i]);
    visitor->family(visitor->context, "errors_by_severity_total", METRIC_COUNTER,
                    "Reports of failed runs, by severity.");
    for (i = 0; i < BUS_SEVERITIES; i++)
        show_labelled(visitor, "severity", bus_severity_text((enum bus_severity)i),
                      (double)health->errors_by_severity[i]);
    visitor->family(visitor->context, "circuit_breaker_opened_total", METRIC_COUNTER,
                    "How often a breaker opened.");
    for (i = 0; i < reading->breakers; i++)
        show_labelled(visitor, "breaker", reading->breaker[i].name,
                      (double)reading->breaker[i].opened);
    visitor->family(visitor->context, "circuit_breaker_refused_total", METRIC_COUNTER,
                    "Runs that met their breaker open.");
    for (i = 0; i < reading->breakers; i++)
        show_labelled(visitor, "breaker", reading->breaker[i].name,
                      (double)reading->breaker[i].refused);
    show_bus(visitor, METRIC_COUNTER, metrics, sizeof metrics / sizeof metrics[0]);
}

static void show_store(const struct bus_store_state *store, const struct metric_visitor *visitor)
{
    static const char *const names[BUS_STORED_KINDS] = {
        [BUS_STORED_EVENT] = "event",
        [BUS_STORED_LETTER] = "letter",
        [BUS_STORED_SCHEDULED] = "scheduled",
    };
    uint32_t i;

    visitor->family(visitor->context, "store_entries", METRIC_GAUGE,
                    "What the store keeps, by kind.");
    for (i = BUS_STORED_EVENT; i < BUS_STORED_KINDS; i++)
        show_labelled(visitor, "kind", names[i], (double)store->kinds[i].count);
}

static void show_gauges(const struct reading *reading, const struct metric_visitor *visitor)
{
    static const char *const lanes[BUS_LANES] = {"critical", "high", "normal", "low", "idle"};
    const struct bus_health *health = &reading->health;
    const struct bus_stats *stats = &reading->stats;
    const struct bus_metric metrics[] = {
        {"backpressure_active", "Lanes, of all workers, that are nearly full.",
         (double)stats->backpressure_active},
        {"dead_letter_queue_size", "Dead letters kept.", (double)stats->dead_letter_queue_size},
        {"active_sessions", "Sessions that are open.", (double)stats->active_sessions},
        {"registered_handlers", "Handlers that are registered.",
         (double)stats->registered_handlers},
        {"stuck_handlers", "Handlers that do not return.", (double)health->stuck},
        {"health_state", "0 healthy, 1 degraded, 2 critical.", (double)health->state},
        {"workers", "Threads that run handlers.", (double)stats->workers},
        {"publishing_threads", "Threads that publish or execute.", (double)stats->threads},
        {"pool_bytes", "Size of the pool of large and held messages.", (double)stats->pool_bytes},
        {"pool_used_bytes", "Of it, in use.", (double)stats->pool_bytes_used},
        {"memory_bytes", "Memory that the bus has reserved.", (double)stats->memory_bytes},
        {"store_condition", "0 fine or none, 1 full, 2 failing, 3 broken.",
         (double)health->store.condition},
        {"uptime_seconds", "Since the bus was started; 0: it was not.",
         (double)health->uptime_ns / (double)BUS_SECOND},
    };
    uint32_t i;

    visitor->family(visitor->context, "queue_size", METRIC_GAUGE,
                    "Messages in the lanes of all workers.");
    for (i = 0; i < BUS_LANES; i++)
        show_labelled(visitor, "lane", lanes[i], (double)stats->lane_size[i]);
    show_types(reading, visitor, METRIC_GAUGE, type_gauges,
               sizeof type_gauges / sizeof type_gauges[0]);
    visitor->family(visitor->context, "circuit_breaker_state", METRIC_GAUGE,
                    "0 closed, 1 open, 2 half-open.");
    for (i = 0; i < reading->breakers; i++)
        show_labelled(visitor, "breaker", reading->breaker[i].name,
                      (double)reading->breaker[i].state);
    show_store(&health->store, visitor);
    show_bus(visitor, METRIC_GAUGE, metrics, sizeof metrics / sizeof metrics[0]);
}

static void show_durations(const struct reading *reading, const struct metric_visitor *visitor,
                           bool events)
{
    uint32_t i;

    visitor->family(visitor->context,
                    events ? "event_processing_duration_seconds"
                           : "command_processing_duration_seconds",
                    METRIC_HISTOGRAM, "How long a handler ran, by sample.");
    for (i = 0; i < reading->types; i++) {
        const struct reading_type *type = &reading->type[i];
        const struct metric_label labels[METRIC_LABELS] = {{"message", type->route->type->name},
                                                           {NULL, NULL}};

        if (type_is_event(type->route->type) == events)
            visitor->histogram(visitor->context, labels, &type->durations, type->account.timed_ns);
    }
}

void metrics_walk(const struct reading *reading, const struct metric_visitor *visitor)
{
    show_counters(reading, visitor);
    show_gauges(reading, visitor);
    show_durations(reading, visitor, true);
    show_durations(reading, visitor, false);
}

/* ---- on request ---- */

uint64_t bus_latencies(struct bus *bus, const struct bus_message_type *type,
                       const double *quantiles, uint32_t count, uint64_t *ns)
{
    struct durations durations = {0};
    const struct route *route;
    uint32_t i;

    if (bus == NULL || bus->magic != BUS_MAGIC || type == NULL ||
        (count != 0 && (quantiles == NULL || ns == NULL))) {
        last_error_set("cannot read latencies: the bus (closed?), a type or an array is NULL");
        return 0;
    }
    route = route_find(bus, type);
    if (route != NULL)
        durations_sum(bus, route, &durations);
    for (i = 0; i < count; i++)
        ns[i] = durations_quantile(&durations, quantiles[i]);
    return durations_count(&durations);
}
