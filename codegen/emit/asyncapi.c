/*
 * asyncapi.c - x.asyncapi.json: the bus for tools that read AsyncAPI 3.0.
 *
 * A channel for each message, and one for the answers of each command; an operation for each line
 * of a component: it receives what it handles or listens to, and sends what it emits. A command
 * that no component handles has one, too. Payloads are the JSON that `busgen decode` writes; what
 * travels with a message (struct bus_envelope) are its headers. What AsyncAPI has no word for, as
 * priorities and policies, stands in extensions, `x-...`. Older versions of messages are described,
 * though nobody sends or receives them.
 */
#include "emit/emit.h"
#include "emit/flow.h"
#include "emit/words.h"

#include <string.h>

struct document {
    struct emitter *e;
    struct writer *out;
    struct flow flow;
    bool first; /* of the members of the object that is written */
};

/* ---- pieces ---------------------------------------------------------------------------------- */

static const char *full_name(struct document *d, const struct idl_decl *decl)
{
    return join(d->e->memory, decl->file->bus->decl.name, ".", decl->name, NULL);
}

static const char *answers_of(struct document *d, const struct idl_message *message)
{
    return join(d->e->memory, full_name(d, &message->body.decl), ".answers", NULL);
}

static const char *answer_name(struct document *d, const struct idl_message *message,
                               uint32_t index)
{
    return join(d->e->memory, full_name(d, &message->body.decl), ".",
                message->answers[index].body.decl.name, NULL);
}

/* The next member of an object of objects, on a line of its own. */
static void begin(struct document *d, const char *name)
{
    put(d->out, d->first ? "\n" : ",\n");
    d->first = false;
    fill(d->out, "    \"$N\": {", 'N', name, 0);
}

static void put_doc(struct document *d, const char *doc)
{
    if (doc == NULL || *doc == '\0')
        return;
    put(d->out, ", \"description\": ");
    put_json_string(d->out, doc);
}

static void put_reference(struct document *d, const char *where, const char *name,
                          const char *message)
{
    fill(d->out, "{\"$$ref\": \"#/$W/$N$S$M\"}", 'W', where, 'N', name, 'S',
         message != NULL ? "/messages/" : "", 'M', message != NULL ? message : "", 0);
}

/* One more member of the object, which has some already. */
static void put_text(struct document *d, const char *name, const char *text)
{
    fill(d->out, ", \"$N\": \"$T\"", 'N', name, 'T', text, 0);
}

static void put_count(struct document *d, const char *name, uint64_t value)
{
    if (value != 0)
        fill(d->out, ", \"$N\": $V", 'N', name, 'V', decimal(d->e->memory, value), 0);
}

static void put_time(struct document *d, const char *name, uint64_t ns)
{
    if (ns != 0)
        put_text(d, name, words_duration(d->e->memory, ns));
}

static void put_flag(struct document *d, const char *name, bool flag)
{
    if (flag)
        fill(d->out, ", \"$N\": true", 'N', name, 0);
}

/* ---- channels -------------------------------------------------------------------------------- */

static void put_channels(struct document *d)
{
    d->first = true;
    for (size_t i = 0; i < d->flow.message_count; i++) {
        const struct idl_message *message = d->flow.messages[i];
        const char *name = full_name(d, &message->body.decl);

        begin(d, name);
        fill(d->out, "\"address\": \"$N\"", 'N', name, 0);
        put_doc(d, message->body.decl.doc);
        fill(d->out, ",\n      \"messages\": {\"$M\": ", 'M', message->body.decl.name, 0);
        put_reference(d, "components/messages", name, NULL);
        put(d->out, "}}");
        if (message->answer_count == 0)
            continue;
        begin(d, answers_of(d, message));
        fill(d->out, "\"address\": null, \"title\": \"Answers of $N\",\n      \"messages\": {", 'N',
             name, 0);
        for (uint32_t a = 0; a < message->answer_count; a++) {
            fill(d->out, "$C\"$A\": ", 'C', a != 0 ? ", " : "", 'A',
                 message->answers[a].body.decl.name, 0);
            put_reference(d, "components/messages", answer_name(d, message, a), NULL);
        }
        put(d->out, "}}");
    }
}

/* ---- operations ------------------------------------------------------------------------------ */

static void put_reply(struct document *d, const struct idl_message *message)
{
    const char *channel = answers_of(d, message);

    if (message->answer_count == 0)
        return;
    put(d->out, ",\n      \"reply\": {\"channel\": ");
    put_reference(d, "channels", channel, NULL);
    put(d->out, ", \"messages\": [");
    for (uint32_t a = 0; a < message->answer_count; a++) {
        put(d->out, a != 0 ? ", " : "");
        put_reference(d, "channels", channel, message->answers[a].body.decl.name);
    }
    put(d->out, "]}");
}

static void put_operation(struct document *d, const char *name, const char *action,
                          const struct idl_message *message)
{
    const char *channel = full_name(d, &message->body.decl);

    begin(d, name);
    fill(d->out, "\"action\": \"$A\", \"channel\": ", 'A', action, 0);
    put_reference(d, "channels", channel, NULL);
    put(d->out, ",\n      \"messages\": [");
    put_reference(d, "channels", channel, message->body.decl.name);
    put(d->out, "]");
}

static void put_edge(struct document *d, const struct flow_edge *edge)
{
    static const char *const verbs[] = {
        [FLOW_HANDLES] = "handles", [FLOW_LISTENS] = "listens", [FLOW_EMITS] = "emits"};
    const struct idl_binding *binding = edge->binding;
    const char *component = full_name(d, &edge->component->decl);

    put_operation(d,
                  join(d->e->memory, component, ".", verbs[edge->kind], ".",
                       full_name(d, &edge->message->body.decl), NULL),
                  edge->kind == FLOW_EMITS ? "send" : "receive", edge->message);
    if (edge->kind == FLOW_HANDLES)
        put_reply(d, edge->message);
    fill(d->out, ",\n      \"tags\": [{\"name\": \"$C\"}], \"x-component\": \"$C\"", 'C', component,
         0);
    if (binding != NULL) {
        if (binding->order != IDL_ORDER_NORMAL)
            put_text(d, "x-order", words_orders[binding->order]);
        put_flag(d, "x-parallel", binding->parallel);
        put_flag(d, "x-batch", binding->batch);
        put_count(d, "x-batch-size", binding->batch_size);
        put_time(d, "x-batch-within", binding->batch_ns);
        put_time(d, "x-takes", binding->takes_ns);
    }
    put(d->out, "}");
}

static void put_operations(struct document *d)
{
    struct set handled = {0};

    d->first = true;
    for (size_t i = 0; i < d->flow.edge_count; i++) {
        put_edge(d, &d->flow.edges[i]);
        if (d->flow.edges[i].kind == FLOW_HANDLES)
            set_add(&handled, d->flow.edges[i].message);
    }
    for (size_t i = 0; i < d->flow.message_count; i++) {
        const struct idl_message *message = d->flow.messages[i];

        if (message->kind != IDL_COMMAND || set_has(&handled, message))
            continue;
        put_operation(d, join(d->e->memory, "handles.", full_name(d, &message->body.decl), NULL),
                      "receive", message);
        put_reply(d, message);
        put(d->out, "}");
    }
    set_free(&handled);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void put_policy(struct document *d, const struct idl_policy *policy)
{
    fill(d->out, ",\n      \"x-policy\": {\"retries\": $N", 'N',
         decimal(d->e->memory, policy->retries), 0);
    put_flag(d, "recover-by-category", policy->by_category);
    put_count(d, "retry-budget", policy->retry_budget);
    put_time(d, "backoff-first", policy->backoff_first_ns);
    put_time(d, "backoff-most", policy->backoff_most_ns);
    if (policy->backoff_factor > 0)
        fill(d->out, ", \"backoff-factor\": $F", 'F',
             words_number(d->e->memory, policy->backoff_factor, false), 0);
    if (policy->retries != 0)
        put_text(d, "jitter", words_jitters[policy->jitter]);
    if (policy->breaker_name != NULL)
        put_text(d, "breaker", policy->breaker_name);
    put_count(d, "breaker-opens-after", policy->breaker_failures);
    put_time(d, "breaker-within", policy->breaker_within_ns);
    put_count(d, "breaker-probes", policy->breaker_probes);
    put_time(d, "breaker-probes-after", policy->breaker_open_ns);
    if (policy->on_open != IDL_ON_OPEN_DEFAULT)
        put_text(d, "on-open", words_on_open[policy->on_open]);
    put_time(d, "timeout", policy->timeout_ns);
    put_time(d, "approval", policy->approval_ns);
    put_flag(d, "ordered", policy->ordered);
    put_flag(d, "no-dead-letters", policy->no_dead_letters);
    put(d->out, "}");
}

static void put_settings(struct document *d, const struct idl_message *message)
{
    put(d->out, ",\n      ");
    fill(d->out, "\"x-kind\": \"$K\", \"x-priority\": \"$P\", \"x-when-full\": \"$W\"", 'K',
         words_kinds[message->kind], 'P', words_priorities[message->priority], 'W',
         words_when_full[message->when_full], 0);
    put_time(d, "x-when-full-block", message->block_ns);
    put_count(d, "x-size-max", message->body.size_max);
    if (message->key != NULL)
        put_text(d, "x-key", message->key->decl.name);
    put_time(d, "x-deadline", message->deadline_ns);
    put_count(d, "x-rate", message->rate);
    put_time(d, "x-rate-in", message->rate_ns);
    put_flag(d, "x-idempotent", message->idempotent);
    put_flag(d, "x-durable", message->durable);
    put_flag(d, "x-keep-last", message->keep_last);
    if (message->policy != NULL)
        put_policy(d, message->policy);
}

/* What messages and answers have alike. */
static void put_message(struct document *d, const char *name, const struct idl_decl *decl)
{
    begin(d, name);
    fill(d->out, "\"name\": \"$N\", \"title\": \"$T\"", 'N', name, 'T', decl->name, 0);
    put_doc(d, decl->doc);
    put(d->out, ",\n      \"headers\": ");
    put_reference(d, "components/schemas", "envelope", NULL);
    put(d->out, ", \"payload\": ");
    put_reference(d, "components/schemas", name, NULL);
    put(d->out, ",\n      \"correlationId\": ");
}

/* What is only read any more, and upgraded. */
static void put_older(struct document *d)
{
    const struct idl_bus *bus = d->e->bus;

    for (uint32_t i = bus->message_count; i < version_count(bus); i++) {
        const struct idl_message *older = bus->messages[i];

        put_message(d, full_name(d, &older->body.decl), &older->body.decl);
        put_reference(d, "components/correlationIds", "correlation", NULL);
        put_flag(d, "deprecated", true);
        put_count(d, "x-version", older->version);
        put_text(d, "x-upgraded-to", full_name(d, &older->newer->body.decl));
        put(d->out, "}");
    }
}

static void put_messages(struct document *d)
{
    d->first = true;
    for (size_t i = 0; i < d->flow.message_count; i++) {
        const struct idl_message *message = d->flow.messages[i];

        put_message(d, full_name(d, &message->body.decl), &message->body.decl);
        put_reference(d, "components/correlationIds", "correlation", NULL);
        put_settings(d, message);
        if (message->upgrades != NULL || message->version > 1)
            put_count(d, "x-version", message->version);
        put(d->out, "}");
        for (uint32_t a = 0; a < message->answer_count; a++) {
            put_message(d, answer_name(d, message, a), &message->answers[a].body.decl);
            put_reference(d, "components/correlationIds", "command", NULL);
            fill(d->out, ", \"x-kind\": \"$K\"}", 'K',
                 message->has_returns && a == 0 ? "returns" : "fails", 0);
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void put_info(struct document *d)
{
    const struct idl_bus *bus = d->e->bus;

    fill(d->out,
         "{\n  \"asyncapi\": \"3.0.0\",\n  \"info\": {\"title\": \"Bus $B\", \"version\": \"$V\"",
         'B', bus->decl.name, 'V', decimal(d->e->memory, bus->version), 0);
    put_doc(d, bus->decl.doc);
    fill(d->out,
         ",\n    \"x-generator\": \"Written by busgen from $S.bus. Do not edit.\",\n"
         "    \"x-payloads\": \"The JSON that busgen decode writes; on the bus messages are "
         "FlatBuffers of $S.fbs.\"},\n  \"defaultContentType\": \"application/json\"",
         'S', d->e->stem, 0);
}

static void put_envelope(struct document *d)
{
    put(d->out, "\n    \"envelope\": {\"description\": \"What travels with every message: struct "
                "bus_envelope.\",\n      \"type\": \"object\", \"properties\": {");
    fill(
        d->out,
        "\n        \"id\": {\"description\": \"A UUIDv7; of an answer that of its command.\","
        " \"allOf\": [$U]},"
        "\n        \"published\": $T,"
        "\n        \"attempt\": {\"description\": \"1 for the first run.\", \"allOf\": [$N]},"
        "\n        \"schema_version\": $N,"
        "\n        \"correlation\": $U,"
        "\n        \"causation\": {\"description\": \"The id of the message whose handler sent "
        "this "
        "one.\", \"allOf\": [$U]},"
        "\n        \"traceparent\": {\"description\": \"W3C trace context.\", \"type\": \"string\","
        " \"pattern\": \"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$$\"}}},",
        'U', "{\"$ref\": \"#/components/schemas/uuid\"}", 'T',
        "{\"$ref\": \"#/components/schemas/time\"}", 'N',
        "{\"$ref\": \"#/components/schemas/u32\"}", 0);
}

void emit_asyncapi(struct emitter *e)
{
    struct document d = {.e = e, .out = e->out, .flow = flow_of(e->memory, e->bus)};
    struct json_definitions how = {.where = "#/components/schemas/", .extended = true};
    const struct idl_message **described =
        allocate(e->memory, (d.flow.message_count + e->bus->older_count + 1) *
                                sizeof(const struct idl_message *));

    for (size_t i = 0; i < d.flow.message_count; i++)
        described[how.message_count++] = d.flow.messages[i];
    for (uint32_t i = e->bus->message_count; i < version_count(e->bus); i++)
        described[how.message_count++] = e->bus->messages[i];
    how.messages = described;
    put_info(&d);
    put(e->out, ",\n  \"channels\": {");
    put_channels(&d);
    put(e->out, "},\n  \"operations\": {");
    put_operations(&d);
    put(e->out, "},\n  \"components\": {\n   \"correlationIds\": {\n"
                "    \"correlation\": {\"location\": \"$message.header#/correlation\"},\n"
                "    \"command\": {\"description\": \"The id of the command that is answered.\", "
                "\"location\": \"$message.header#/id\"}},\n   \"messages\": {");
    put_messages(&d);
    put_older(&d);
    put(e->out, "},\n   \"schemas\": {");
    put_envelope(&d);
    emit_json_definitions(e, &how);
    put(e->out, "\n  }}\n}\n");
    flow_free(&d.flow);
}
