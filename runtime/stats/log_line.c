/* stats/log_line.c - an error report as one JSON object, after OpenTelemetry's log model. */
#include "stats/log.h"

#include <string.h>

#include <bus/wire.h>

#include "stats/text.h"

static bool append(void *context, const char *bytes, size_t size)
{
    struct log *log = context;

    if (size > sizeof log->line - 1 - log->line_size) /* a newline must fit, too */
        return false;
    memcpy(log->line + log->line_size, bytes, size);
    log->line_size += (uint32_t)size;
    return true;
}

static void severity(struct text *text, enum bus_severity severity)
{
    static const struct {
        const char *text;
        double number;
    } words[BUS_SEVERITIES] = {
        [BUS_SEVERITY_LOW] = {"INFO", 9},
        [BUS_SEVERITY_MEDIUM] = {"WARN", 13},
        [BUS_SEVERITY_HIGH] = {"ERROR", 17},
        [BUS_SEVERITY_CRITICAL] = {"FATAL", 21},
    };

    text_key(text, "severity_text");
    text_json(text, words[severity].text);
    text_key(text, "severity_number");
    text_number(text, words[severity].number);
}

static void truth(struct text *text, const char *key, bool value)
{
    text_key(text, key);
    text_add(text, value ? "true" : "false");
}

static void call_site(struct text *text, const void *site)
{
    char words[256];

    bus_call_site_text(site, words, sizeof words);
    text_json(text, words);
}

/* What is known of the message and its handler. */
static void delivery(struct text *text, const struct bus_error_report *report)
{
    char id[BUS_UUID_TEXT_SIZE];

    if (report->type != NULL) {
        text_key(text, "message");
        text_json(text, report->type->name);
    }
    if (report->handler[0] == '\0')
        return;
    bus_uuid_text(report->message, id);
    text_key(text, "message_id");
    text_json(text, id);
    text_key(text, "handler");
    text_json(text, report->handler);
    if (report->session.index != 0) {
        text_key(text, "session");
        text_number(text, report->session.index);
    }
    text_key(text, "attempt");
    text_number(text, report->attempt);
    truth(text, "recovering", report->recovering);
    truth(text, "recovered", report->recovered);
}

static void places(struct text *text, const struct bus_error_report *report)
{
    uint32_t i;

    if (report->source != NULL) {
        text_key(text, "source");
        call_site(text, report->source);
    }
    if (report->trace_count == 0)
        return;
    text_key(text, "callers");
    for (i = 0; i < report->trace_count; i++) {
        text_add(text, i == 0 ? "[" : ",");
        call_site(text, report->trace[i]);
    }
    text_add(text, "]");
}

void log_line(struct log *log, const struct bus *bus, const struct bus_error_report *report)
{
    static const struct bus_trace none = {{0}, {0}, 0};
    const struct bus_trace *trace = &report->context;
    struct text text = {.fn = append, .context = log};
    char time[BUS_TIME_TEXT_SIZE];

    log->line_size = 0;
    bus_time_text((int64_t)report->time_ns, time);
    text_add(&text, "{\"timestamp\":");
    text_json(&text, time);
    severity(&text, report->error.severity);
    text_key(&text, "body");
    text_json(&text, report->text);
    if (memcmp(trace->trace_id, none.trace_id, sizeof none.trace_id) != 0) {
        text_key(&text, "trace_id");
        text_hex(&text, trace->trace_id, sizeof trace->trace_id);
    }
    if (memcmp(trace->parent_id, none.parent_id, sizeof none.parent_id) != 0) {
        text_key(&text, "span_id");
        text_hex(&text, trace->parent_id, sizeof trace->parent_id);
    }
    text_add(&text, ",\"attributes\":{\"bus\":");
    text_json(&text, bus->name);
    text_key(&text, "error_id");
    text_number(&text, (double)report->id);
    text_key(&text, "category");
    text_json(&text, bus_category_text(report->error.category));
    text_key(&text, "code");
    text_number(&text, report->error.code);
    truth(&text, "transient", report->error.transient);
    delivery(&text, report);
    places(&text, report);
    text_add(&text, "}}");
    (void)text_finish(&text); /* LOG_LINE_SIZE holds the longest */
    log->line[log->line_size] = '\0';
}
