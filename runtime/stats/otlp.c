/*
 * stats/otlp.c - spans as OTLP in JSON: ids in hexadecimal, 64-bit numbers as strings, enumerations
 * as numbers, one ExportTraceServiceRequest a line.
 */
#include "stats/tracing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bus/errors.h>
#include <bus/wire.h>

#include "stats/text.h"

enum { STATUS_ERROR = 2 };

/* What ends a line: the lists and objects of its head. */
static const char tail[] = "]}]}]}\n";

static bool append(void *context, const char *bytes, size_t size)
{
    struct tracing *tracing = context;

    if (size > sizeof tracing->line - sizeof tail - tracing->line_size)
        return false;
    memcpy(tracing->line + tracing->line_size, bytes, size);
    tracing->line_size += (uint32_t)size;
    return true;
}

static void add_key(struct text *text, const char *key, const char *kind)
{
    text_add(text, ",{\"key\":\"");
    text_add(text, key);
    text_add(text, "\",\"value\":{\"");
    text_add(text, kind);
    text_add(text, "\":");
}

static void add_words(struct text *text, const char *key, const char *value)
{
    add_key(text, key, "stringValue");
    text_json(text, value);
    text_add(text, "}}");
}

static void add_number(struct text *text, const char *key, int64_t value)
{
    char digits[32];

    (void)snprintf(digits, sizeof digits, "\"%" PRId64 "\"}}", value);
    add_key(text, key, "intValue");
    text_add(text, digits);
}

static void add_truth(struct text *text, const char *key)
{
    add_key(text, key, "boolValue");
    text_add(text, "true}}");
}

static void add_id(struct text *text, const char *key, const uint8_t *bytes, size_t size)
{
    text_key(text, key);
    text_hex(text, bytes, size);
}

static void add_time(struct text *text, const char *key, uint64_t ns)
{
    char digits[32];

    (void)snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", ns);
    text_key(text, key);
    text_add(text, digits);
}

/* Names as in OpenTelemetry's conventions for messaging, what they lack as `busgen.`. */
static void add_attributes(struct text *text, const struct bus_span *span)
{
    static const char *const lanes[BUS_LANES] = {"critical", "high", "normal", "low", "idle"};
    char id[BUS_UUID_TEXT_SIZE];

    text_add(text, ",\"attributes\":[{\"key\":\"messaging.system\",\"value\":{\"stringValue\":"
                   "\"busgen\"}}");
    add_words(text, "messaging.operation.type", "process");
    add_words(text, "messaging.destination.name", bus_type_name(span->type));
    bus_uuid_text(span->id, id);
    add_words(text, "messaging.message.id", id);
    if ((span->correlation.high | span->correlation.low) != 0) {
        bus_uuid_text(span->correlation, id);
        add_words(text, "messaging.message.conversation_id", id);
    }
    add_words(text, "busgen.handler", span->handler);
    add_number(text, "busgen.attempt", span->attempt);
    if (span->session.index != 0)
        add_number(text, "busgen.session", span->session.index);
    if (span->direct)
        add_truth(text, "busgen.direct");
    else
        add_words(text, "busgen.lane", lanes[span->lane]);
    add_number(text, "busgen.queued_ns", (int64_t)span->queued_ns);
    if (span->events > 1)
        add_number(text, "messaging.batch.message_count", span->events);
    if (span->verdict == BUS_LATER && !span->failed)
        add_truth(text, "busgen.deferred");
    if (span->failed) {
        add_words(text, "error.type", bus_category_text(span->category));
        add_number(text, "busgen.code", span->code);
    }
    text_add(text, "]");
}

static void begin_line(struct tracing *tracing, struct text *text, const struct bus *bus)
{
    text_add(text, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
                   "\"value\":{\"stringValue\":");
    text_json(text, tracing->options.service);
    text_add(text, "}}");
    add_words(text, "busgen.bus", bus->name);
    text_add(text, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"busgen\"},\"spans\":[");
}

bool otlp_add(struct tracing *tracing, const struct bus *bus, const struct bus_span *span)
{
    static const uint8_t none[sizeof span->parent_id];
    struct text text = {.fn = append, .context = tracing};
    uint32_t before = tracing->in_line != 0 ? tracing->line_size : 0;

    tracing->line_size = before;
    if (before == 0)
        begin_line(tracing, &text, bus);
    else
        text_add(&text, ",");
    text_add(&text, "{\"traceId\":");
    text_hex(&text, span->trace_id, sizeof span->trace_id);
    add_id(&text, "spanId", span->span_id, sizeof span->span_id);
    if (memcmp(span->parent_id, none, sizeof none) != 0)
        add_id(&text, "parentSpanId", span->parent_id, sizeof span->parent_id);
    text_key(&text, "flags");
    text_number(&text, span->flags);
    text_add(&text, ",\"name\":\"process "); /* names of the schema need no escape */
    text_add(&text, bus_type_name(span->type));
    text_add(&text, "\"");
    text_key(&text, "kind");
    text_number(&text, span->kind);
    add_time(&text, "startTimeUnixNano", span->start_ns);
    add_time(&text, "endTimeUnixNano", span->end_ns);
    add_attributes(&text, span);
    text_key(&text, "status");
    if (span->failed) {
        text_add(&text, "{\"code\":");
        text_number(&text, STATUS_ERROR);
        text_key(&text, "message");
        text_json(&text, span->text);
        text_add(&text, "}");
    } else {
        text_add(&text, "{}"); /* not set: for who looks at it to judge */
    }
    text_add(&text, "}");
    if (text_finish(&text)) {
        tracing->in_line++;
        return true;
    }
    tracing->line_size = before;
    return false;
}

void otlp_end(struct tracing *tracing)
{
    memcpy(tracing->line + tracing->line_size, tail, sizeof tail - 1); /* append leaves room */
    tracing->line_size += (uint32_t)sizeof tail - 1;
    tracing->in_line = 0;
}
