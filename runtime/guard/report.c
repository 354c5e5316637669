/*
 * guard/report.c - a failed run becomes a report, and is added to what is known of its handler.
 *
 * Everything is copied: the delivery, its message and its handler may be gone when it is read. No
 * system event is published here, so a report never leads to another one.
 */
#include "guard/errors.h"

#include "core/registry.h"
#include "guard/recovery.h"
#include "path/durable.h"
#include "stats/log.h"
#include "stats/tracing.h"

enum bus_status errors_open(struct bus *bus)
{
    struct errors *errors;

    if (bus->options.no_error_handling)
        return BUS_OK;
    errors = bus_take_memory(bus, sizeof *errors, CACHE_LINE);
    if (errors == NULL || !history_make(bus, &errors->history, bus->options.errors_kept)) {
        if (errors != NULL)
            bus_give_memory(bus, errors, sizeof *errors);
        return fail_status(BUS_ERR_MEMORY,
                           "bus %s: no memory to keep %u errors; lower bus_options.errors_kept",
                           bus->name, bus->options.errors_kept);
    }
    recoveries_reset(errors->recoveries);
    bus->errors = errors;
    if (bus->options.error_traces)
        (void)os_trace(NULL, 0); /* the first one allocates */
    return BUS_OK;
}

void errors_free(struct bus *bus)
{
    if (bus->errors == NULL)
        return;
    history_free(bus, &bus->errors->history);
    bus_give_memory(bus, bus->errors, sizeof *bus->errors);
    bus->errors = NULL;
}

/* ---- records of handlers ---- */

uint64_t handler_runs(const struct bus *bus, const struct handler *handler)
{
    const struct route *route = handler->route;
    uint32_t i, n = atomic_load_acquire_u32(&bus->threads_known);
    uint64_t runs = 0, others;

    if (route->type->kind != BUS_COMMAND) {
        n = handler->spread != 0 ? bus->worker_count : 1;
        for (i = 0; i < n; i++)
            runs += atomic_load_acquire_u64(&handler->runs[(size_t)i * handler->spread]);
        return runs;
    }
    if (handler->apart)
        return atomic_load_acquire_u64(handler->runs);
    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        if (thread != NULL)
            runs += atomic_load_acquire_u64(&thread->counters[route->index].calls);
    }
    others = handler->runs_before + atomic_load_acquire_u64(&route->apart_runs);
    return runs > others ? runs - others : 0;
}

void handler_born(const struct bus *bus, struct handler *handler)
{
    if (handler->route->type->kind == BUS_COMMAND && !handler->apart)
        handler->runs_before = handler_runs(bus, handler);
}

/* Under the lock. No success is noted anywhere: failures follow one another if no other run ended
 * between them. */
static void record_failure(const struct bus *bus, struct handler *handler,
                           const struct bus_error_report *report)
{
    struct handler_record *record = &handler->record;
    uint64_t runs = handler_runs(bus, handler);

    if (record->failures != 0 && runs <= record->runs + 1)
        record->consecutive++;
    else
        record->consecutive = 1;
    record->runs = runs;
    record->failures++;
    record->last_ns = report->time_ns;
    record->last = report->error;
    error_text_copy(record->text, report->text);
}

static void show_handler(struct bus *bus, const struct handler *handler, bus_handler_fn fn,
                         void *context)
{
    struct bus_handler_record shown = {
        .name = handler->name,
        .type = handler->route->type,
        .session = handler->session,
        .runs = handler_runs(bus, handler),
    };

    if (bus->errors != NULL) {
        lock_take(&bus->errors->lock, &bus->os);
        shown.failures = handler->record.failures;
        if (shown.runs <= handler->record.runs)
            shown.consecutive = handler->record.consecutive;
        shown.last_failure_ns = handler->record.last_ns;
        shown.last = handler->record.last;
        memcpy(shown.last_text, handler->record.text, sizeof shown.last_text);
        lock_give(&bus->errors->lock, &bus->os);
    }
    shown.last.text = shown.last_text;
    fn(context, &shown);
}

uint32_t bus_handlers_each(struct bus *bus, bus_handler_fn fn, void *context)
{
    struct units_walk walk = {.unit = NULL};
    const struct unit *unit;
    uint32_t i, count = 0;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return 0;
    lock_take(&bus->registry, &bus->os);
    while ((unit = units_next(bus, &walk)) != NULL)
        for (i = 0; i < unit->handler_count; i++, count++)
            show_handler(bus, &unit->handlers[i], fn, context);
    lock_give(&bus->registry, &bus->os);
    return count;
}

/* ---- reports ---- */

static void fill(struct bus_error_report *report, const struct bus_delivery *delivery,
                 uint32_t attempt, bool final)
{
    uint32_t i;

    report->type = delivery->route->type;
    report->handler = delivery->handler->name;
    report->message = cell_id(delivery->bus, delivery->cell, delivery->extension);
    report->session =
        (struct bus_session){cell_session(delivery->cell), cell_session_generation(delivery->cell)};
    report->error = delivery->error;
    report->attempt = attempt;
    report->recovering = !final;
    report->recovered = false;
    report->context = (struct bus_trace){{0}, {0}, 0};
    if (delivery->extension != NULL && (delivery->extension->has & CELL_HAS_TRACE) != 0)
        report->context = delivery->extension->trace;
    (void)tracing_span_of(delivery, &report->context);
    report->source = delivery->source;
    report->trace_count = delivery->trace_count;
    for (i = 0; i < delivery->trace_count; i++)
        report->trace[i] = delivery->trace[i];
    if (delivery->long_size != 0)
        memcpy(report->text, delivery->long_text, delivery->long_size + 1);
    else
        memcpy(report->text, delivery->error_text, strlen(delivery->error_text) + 1);
    report->error.text = NULL; /* readers get their own */
}

static void add_up(struct errors *errors, const struct bus_error_report *report, uint64_t second)
{
    struct error_minute *minute = &errors->minute[second % ERRORS_SECONDS];

    if (minute->second != second)
        *minute = (struct error_minute){.second = second};
    minute->errors++;
    minute->critical += report->error.severity == BUS_SEVERITY_CRITICAL;
    errors->by_category[report->error.category]++;
    errors->by_severity[report->error.severity]++;
    errors->attempted += report->recovering && report->attempt == 1;
    errors->lost += !report->recovering && report->attempt > 1;
}

void error_of_bus(struct bus *bus, const struct route *route, const struct bus_error *error)
{
    struct errors *errors = bus->errors;
    struct bus_error_report unkept;
    struct bus_error_report *report = &unkept;
    struct kept_report *kept;
    uint64_t now, second;

    if (errors == NULL)
        return;
    second = bus_now(bus) / BUS_SECOND;
    now = bus->os.real_ns(bus->os.context);
    lock_take(&errors->lock, &bus->os);
    errors->reported++;
    kept = history_place(&errors->history, errors->reported);
    if (kept != NULL) {
        kept->previous = 0;
        report = &kept->report;
    }
    *report = (struct bus_error_report){.id = errors->reported,
                                        .time_ns = now,
                                        .type = route != NULL ? route->type : NULL,
                                        .handler = "",
                                        .error = *error};
    report->error.text = NULL; /* readers get their own */
    error_text_copy(report->text, error->text);
    add_up(errors, report, second);
    lock_give(&errors->lock, &bus->os);
    log_rouse(bus);
}

void error_report(struct bus_delivery *delivery, uint32_t attempt, bool final)
{
    struct bus *bus = delivery->bus;
    struct errors *errors = bus->errors;
    struct bus_error_report unkept;
    struct bus_error_report *report = &unkept;
    struct kept_report *kept;
    uint64_t now, second;

    if (errors == NULL)
        return;
    second = bus_now(bus) / BUS_SECOND;
    now = bus->os.real_ns(bus->os.context);
    lock_take(&errors->lock, &bus->os);
    errors->reported++;
    kept = history_place(&errors->history, errors->reported);
    if (kept != NULL) {
        kept->previous = attempt > 1 ? delivery->report : 0;
        report = &kept->report;
    }
    report->id = errors->reported;
    report->time_ns = now;
    fill(report, delivery, attempt, final);
    add_up(errors, report, second);
    if (delivery->handler->unit != NULL)
        record_failure(bus, delivery->handler, report);
    delivery->report = errors->reported;
    lock_give(&errors->lock, &bus->os);
    log_rouse(bus);
}

void error_recovered(struct bus_delivery *delivery)
{
    struct errors *errors = delivery->bus->errors;
    struct kept_report *kept;
    uint64_t id = delivery->report;

    if (errors == NULL)
        return;
    lock_take(&errors->lock, &delivery->bus->os);
    errors->recovered++;
    while ((kept = history_find(&errors->history, id)) != NULL) {
        kept->report.recovered = true;
        id = kept->previous;
    }
    lock_give(&errors->lock, &delivery->bus->os);
}

void error_lost(struct bus *bus, uint64_t report)
{
    if (bus->errors == NULL || report == 0)
        return;
    lock_take(&bus->errors->lock, &bus->os);
    bus->errors->lost++;
    lock_give(&bus->errors->lock, &bus->os);
}
