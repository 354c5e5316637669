/*
 * http/status.c - all that the bus can say of itself at one moment, as JSON. Every figure is taken
 * by the public calls; nothing stops for it, so two of them may be a few messages apart.
 */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

#include <bus/breakers.h>
#include <bus/components.h>
#include <bus/dead_letters.h>
#include <bus/errors.h>
#include <bus/health.h>
#include <bus/log.h>
#include <bus/metrics.h>
#include <bus/schedule.h>
#include <bus/schema.h>
#include <bus/session.h>
#include <bus/store.h>

#include "http/words.h"

/* A program may have more: the rest is left out, and `more_...` says how many. */
enum { HANDLERS_MOST = 1000, BREAKERS_MOST = 1000, ERRORS_MOST = 50 };

struct status {
    struct json json;
    struct bus_http *server;
    struct bus *bus;
    const struct bus_health *health;
};

/* ---- health ---- */

static void show_health(struct json *json, const struct bus_health *health)
{
    uint32_t i;

    json_open(json, "health", '{');
    json_text(json, "state", bus_health_text(health->state));
    json_open(json, "reasons", '[');
    for (i = 0; i < health->reason_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "state", bus_health_text(health->reasons[i].state));
        json_text(json, "text", health->reasons[i].text);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_number(json, "success_rate", health->success_rate);
    json_number(json, "error_rate", health->error_rate);
    json_number(json, "recovery_rate", health->recovery_rate);
    json_u64(json, "errors", health->errors);
    json_u64(json, "errors_per_minute", health->errors_per_minute);
    json_open(json, "categories", '{');
    for (i = 0; i < BUS_CATEGORIES; i++)
        json_u64(json, bus_category_text((enum bus_category)i), health->errors_by_category[i]);
    json_close(json, '}');
    json_open(json, "severities", '{');
    for (i = 0; i < BUS_SEVERITIES; i++)
        json_u64(json, bus_severity_text((enum bus_severity)i), health->errors_by_severity[i]);
    json_close(json, '}');
    json_u64(json, "stuck", health->stuck);
    json_text(json, "stuck_handler", health->stuck_handler);
    json_close(json, '}');
}

/* ---- the whole ---- */

static void show_stats(struct status *status)
{
    struct json *json = &status->json;
    struct bus_stats stats;

    (void)bus_stats(status->bus, &stats);
    json_u64(json, "workers", stats.workers);
    json_u64(json, "sessions", stats.active_sessions);
    json_u64(json, "registered_handlers", stats.registered_handlers);
    json_u64(json, "threads", stats.threads);
    json_u64(json, "memory_bytes", stats.memory_bytes);
    json_u64(json, "pool_bytes", stats.pool_bytes);
    json_u64(json, "pool_used_bytes", stats.pool_bytes_used);
    json_u64(json, "backpressure", stats.backpressure_active);
    json_open(json, "lanes", '[');
    for (uint32_t i = 0; i < BUS_LANES; i++) {
        json_open(json, NULL, '{');
        json_text(json, "lane", words_priority(i));
        json_u64(json, "size", stats.lane_size[i]);
        json_u64(json, "capacity", stats.lane_capacity[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* ---- messages ---- */

static void show_account(struct json *json, const struct bus_account *account)
{
    json_u64(json, "accepted", account->accepted);
    json_u64(json, "processed", account->processed);
    json_u64(json, "failed", account->failed);
    json_u64(json, "dropped", account->dropped);
    json_u64(json, "replaced", account->replaced);
    json_u64(json, "expired", account->expired);
    json_u64(json, "cancelled", account->cancelled);
    json_u64(json, "left", account->left);
    json_u64(json, "held", account->held);
    json_u64(json, "running", account->running);
    json_u64(json, "filtered", account->filtered);
    json_u64(json, "rejected", account->rejected);
    json_u64(json, "throttled", account->throttled);
    json_u64(json, "closed", account->closed);
    json_u64(json, "invalid", account->invalid);
    json_u64(json, "calls", account->calls);
    json_u64(json, "calls_failed", account->calls_failed);
    json_u64(json, "calls_late", account->calls_late);
}

/* The same types as in the metrics: system events once somebody has heard one. */
static void show_message(void *context, const struct bus_message_type *type)
{
    static const double shares[] = {0.5, 0.95, 0.99};
    struct status *status = context;
    struct json *json = &status->json;
    struct bus_account account;
    uint64_t ns[3] = {0};

    if (bus_account(status->bus, type, &account) != BUS_OK ||
        (type->kind == BUS_SYSTEM_EVENT && account.accepted == 0))
        return;
    json_open(json, NULL, '{');
    json_text(json, "name", type->name);
    json_text(json, "kind", words_kind(type->kind));
    json_text(json, "priority", words_priority(type->priority));
    show_account(json, &account);
    json_u64(json, "timed", bus_latencies(status->bus, type, shares, 3, ns));
    json_u64(json, "p50_ns", ns[0]);
    json_u64(json, "p95_ns", ns[1]);
    json_u64(json, "p99_ns", ns[2]);
    json_u64(json, "max_ns", account.timed_max_ns);
    json_close(json, '}');
}

/* ---- handlers and breakers: copied first, for their callbacks must not use the bus ---- */

struct handlers {
    struct bus_handler_record *record; /* HANDLERS_MOST of them */
    uint32_t count;
};

static void note_handler(void *context, const struct bus_handler_record *record)
{
    struct handlers *handlers = context;

    if (handlers->record != NULL && handlers->count < HANDLERS_MOST)
        handlers->record[handlers->count++] = *record;
}

static void show_handler(struct status *status, const struct bus_handler_record *record)
{
    struct json *json = &status->json;
    char session[BUS_SESSION_ID_SIZE];

    json_open(json, NULL, '{');
    json_text(json, "name", record->name);
    json_text(json, "message", record->type->name);
    (void)bus_session_id(status->bus, record->session, session);
    json_text(json, "session", record->session.index != 0 ? session : NULL);
    json_u64(json, "runs", record->runs);
    json_u64(json, "failures", record->failures);
    json_u64(json, "consecutive", record->consecutive);
    json_u64(json, "last_failure_ms", record->last_failure_ns / BUS_MILLISECOND);
    json_text(json, "last_error", record->failures != 0 ? record->last_text : NULL);
    json_close(json, '}');
}

static void show_handlers(struct status *status)
{
    struct handlers handlers = {.record = calloc(HANDLERS_MOST, sizeof *handlers.record)};
    uint32_t all = bus_handlers_each(status->bus, note_handler, &handlers);

    if (handlers.record == NULL)
        status->json.page->failed = true;
    json_open(&status->json, "handlers", '[');
    for (uint32_t i = 0; i < handlers.count; i++)
        show_handler(status, &handlers.record[i]);
    json_close(&status->json, ']');
    json_u64(&status->json, "more_handlers", all - handlers.count);
    free(handlers.record);
}

struct breakers {
    struct json *json;
    uint32_t count;
};

static void show_breaker(void *context, const struct bus_breaker *breaker)
{
    struct breakers *breakers = context;
    struct json *json = breakers->json;

    if (breakers->count++ >= BREAKERS_MOST)
        return;
    json_open(json, NULL, '{');
    json_text(json, "name", breaker->name);
    json_bool(json, "shared", breaker->shared);
    json_text(json, "state", words_breaker(breaker->state));
    json_u64(json, "failures", breaker->failures);
    json_u64(json, "opened", breaker->opened);
    json_u64(json, "refused", breaker->refused);
    json_u64(json, "for_ms", breaker->for_ns / BUS_MILLISECOND);
    json_close(json, '}');
}

static void show_breakers(struct status *status)
{
    struct breakers breakers = {.json = &status->json};
    uint32_t all;

    json_open(&status->json, "breakers", '[');
    all = bus_breakers_each(status->bus, show_breaker, &breakers);
    json_close(&status->json, ']');
    json_u64(&status->json, "more_breakers", all > BREAKERS_MOST ? all - BREAKERS_MOST : 0);
}

/* ---- letters, schedule, store, log ---- */

static void show_letters(struct status *status)
{
    struct json *json = &status->json;
    struct bus_dead_letter_figures figures;

    (void)bus_dead_letter_figures_read(status->bus, &figures);
    json_open(json, "dead_letters", '{');
    json_u64(json, "waiting", figures.waiting);
    json_u64(json, "bytes", figures.waiting_bytes);
    json_u64(json, "added", figures.added);
    json_u64(json, "replayed", figures.replayed);
    json_u64(json, "purged", figures.purged);
    json_u64(json, "evicted", figures.evicted);
    json_u64(json, "refused", figures.refused);
    json_u64(json, "failed_again", figures.failed_again);
    json_close(json, '}');
}

static void show_schedule(struct status *status)
{
    struct json *json = &status->json;
    struct bus_schedule_figures figures;

    (void)bus_schedule_figures_read(status->bus, &figures);
    json_open(json, "schedule", '{');
    json_u64(json, "waiting", figures.waiting);
    json_u64(json, "scheduled", figures.scheduled);
    json_u64(json, "ended", figures.ended);
    json_u64(json, "cancelled", figures.cancelled);
    json_u64(json, "published", figures.published);
    json_u64(json, "missed", figures.missed);
    json_u64(json, "full", figures.full);
    json_close(json, '}');
}

static void show_store(struct status *status)
{
    const struct bus_store_state *store = &status->health->store;
    struct json *json = &status->json;

    if (!status->health->has_store) {
        json_text(json, "store", NULL);
        return;
    }
    json_open(json, "store", '{');
    json_text(json, "condition", bus_store_condition_text(store->condition));
    json_text(json, "text", store->text);
    json_u64(json, "events", store->kinds[BUS_STORED_EVENT].count);
    json_u64(json, "letters", store->kinds[BUS_STORED_LETTER].count);
    json_u64(json, "scheduled", store->kinds[BUS_STORED_SCHEDULED].count);
    json_close(json, '}');
}

static void show_log(struct status *status)
{
    struct json *json = &status->json;
    struct bus_log_figures log;

    (void)bus_log_figures_read(status->bus, &log);
    if (!log.there) {
        json_text(json, "log", NULL);
        return;
    }
    json_open(json, "log", '{');
    json_u64(json, "lines", log.lines);
    json_u64(json, "lost", log.lost);
    json_bool(json, "failing", log.failing);
    json_text(json, "text", log.text);
    json_close(json, '}');
}

/* ---- errors ---- */

/* The last ones, in a ring. */
struct reports {
    struct bus_error_report *report; /* ERRORS_MOST of them */
    uint64_t count;
};

static void note_report(void *context, const struct bus_error_report *report)
{
    struct reports *reports = context;

    if (reports->report != NULL)
        reports->report[reports->count++ % ERRORS_MOST] = *report;
}

static void show_report(struct json *json, const struct bus_error_report *report)
{
    json_open(json, NULL, '{');
    json_u64(json, "id", report->id);
    json_u64(json, "time_ms", report->time_ns / BUS_MILLISECOND);
    json_text(json, "category", bus_category_text(report->error.category));
    json_text(json, "severity", bus_severity_text(report->error.severity));
    json_i64(json, "code", report->error.code);
    json_bool(json, "transient", report->error.transient);
    json_text(json, "message", report->type != NULL ? report->type->name : NULL);
    json_text(json, "handler", report->handler);
    json_text(json, "text", report->text);
    json_u64(json, "attempt", report->attempt);
    json_bool(json, "recovering", report->recovering);
    json_bool(json, "recovered", report->recovered);
    json_uuid(json, "message_id", report->message);
    json_trace_id(json, "trace_id", report->context.trace_id);
    json_close(json, '}');
}

static void show_reports(struct status *status)
{
    struct reports reports = {.report = calloc(ERRORS_MOST, sizeof *reports.report)};
    uint64_t i, shown;

    (void)bus_errors_each(status->bus, note_report, &reports);
    if (reports.report == NULL)
        status->json.page->failed = true;
    shown = reports.count < ERRORS_MOST ? reports.count : ERRORS_MOST;
    json_open(&status->json, "errors", '[');
    for (i = 1; i <= shown; i++)
        show_report(&status->json, &reports.report[(reports.count - i) % ERRORS_MOST]);
    json_close(&status->json, ']');
    free(reports.report);
}

enum MHD_Result http_status(struct http_request *request)
{
    struct bus_http *server = request->server;
    struct page page = {0};
    struct bus_health health;
    struct status status = {.server = server, .bus = server->bus, .health = &health};
    struct json *json = &status.json;

    if (bus_health(server->bus, &health) != BUS_OK)
        return http_answer_refused(request, BUS_ERR_INVALID);
    json_begin(json, &page);
    json_open(json, NULL, '{');
    json_text(json, "busgen", BUSGEN_VERSION);
    json_u64(json, "now_ms", http_now_ms());
    json_text(json, "bus", bus_name(server->bus));
    json_text(json, "state", bus_life_text(health.life));
    json_u64(json, "pid", process_id());
    json_u64(json, "uptime_ms", health.uptime_ns / BUS_MILLISECOND);
    json_bool(json, "admin", request->admin);
    json_text(json, "socket", server->local.path[0] != '\0' ? server->local.path : NULL);
    show_health(json, &health);
    show_stats(&status);
    json_open(json, "messages", '[');
    (void)bus_types_each(server->bus, show_message, &status);
    json_close(json, ']');
    show_handlers(&status);
    show_breakers(&status);
    show_letters(&status);
    show_schedule(&status);
    show_store(&status);
    show_log(&status);
    show_reports(&status);
    json_close(json, '}');
    return http_answer_json(request, MHD_HTTP_OK, json);
}
