/*
 * stats/span.c - a run of a handler becomes a span; see tracing.h.
 *
 * Ids of spans: SplitMix64, one stream for each thread record, seeded with the bus; so no two spans
 * of a bus have one, and a simulation gives the same ones again. The id of a trace that begins with
 * a message is a function of the message's own, which is unique, and of nothing else: whoever runs
 * it next, in this process or after a restart, finds the same trace.
 */
#include "stats/tracing.h"

#include "guard/batch.h"
#include "guard/errors.h"
#include "path/durable.h"

#include <string.h>

static void write_be(uint8_t bytes[8], uint64_t value)
{
    uint32_t i;

    for (i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
}

void tracing_begin(uint64_t sampled_to, struct bus_uuid id, struct bus_trace *trace)
{
    uint64_t high = chance_mix(id.high + chance_mix(id.low + UINT64_C(0x9e3779b97f4a7c15)));
    uint64_t low = chance_mix(id.low ^ chance_mix(high + UINT64_C(0xd1b54a32d192ed03)));

    low |= low == 0;
    write_be(trace->trace_id, high);
    write_be(trace->trace_id + 8, low);
    memset(trace->parent_id, 0, sizeof trace->parent_id);
    trace->flags = low <= sampled_to ? BUS_TRACE_SAMPLED : 0;
}

static void new_span_id(const struct tracing *tracing, struct thread *thread, uint8_t id[8])
{
    uint64_t drawn;

    if (thread->spans.state == 0)
        chance_init(&thread->spans, tracing->seed, thread->publisher);
    do
        drawn = chance_next(&thread->spans);
    while (drawn == 0);
    write_be(id, drawn);
}

/* ---- filling ---- */

static void fill_error(struct bus_span *span, struct bus_delivery *delivery,
                       const struct bus_error *error)
{
    const char *text = error->text;

    span->category = error->category;
    span->code = error->code;
    if (delivery->faulted) {
        secrets_mask(delivery);
        text = delivery->error_text;
        /* Masked by the first event alone. */
        if (delivery->route->secrets && batches_of(delivery->handler) != NULL)
            text = "";
    }
    (void)error_text_cut(span->text, text, sizeof span->text);
}

/* Command or event as it was sent, before the run. */
static void fill_message(struct bus_span *span, const struct bus_delivery *delivery)
{
    const struct bus *bus = delivery->bus;
    const struct cell *cell = delivery->cell;
    const struct bus_message_type *type = delivery->route->type;
    uint64_t published = (bus->base_ms + cell_time_ms(cell)) * BUS_MILLISECOND;

    span->kind = type_is_event(type) ? BUS_SPAN_CONSUMER : BUS_SPAN_SERVER;
    span->direct = !type_is_event(type) && delivery->kept != NULL;
    span->queued_ns = !span->direct && span->start_ns > published ? span->start_ns - published : 0;
    span->type = type;
    span->handler = delivery->handler->name;
    span->id = cell_id(bus, cell, delivery->extension);
    span->correlation = delivery->extension->correlation;
    span->session = (struct bus_session){cell_session(cell), cell_session_generation(cell)};
    span->lane = (enum bus_priority)delivery->route->level;
    span->attempt = cell_attempt(cell);
}

/* ---- the run ---- */

struct traced {
    struct bus_trace trace; /* of the run */
    uint8_t parent_id[8];
    uint64_t start_ns;
    uint64_t since_ns;
};

static void record(struct tracing *tracing, struct bus_delivery *delivery,
                   const struct traced *traced, enum bus_verdict verdict)
{
    uint64_t took = bus_now(delivery->bus) - traced->since_ns, ticket;
    struct span_cell *cell = (struct span_cell *)(void *)lane_claim(
        &tracing->ring, &delivery->thread->producer, &ticket);
    struct bus_span *span;
    struct bus_error error = {.code = BUS_FAULT_BARE, .text = "an event of the batch failed"};

    if (cell == NULL) {
        atomic_fetch_add_u64(&tracing->full, 1);
        return;
    }
    span = &cell->span;
    memcpy(span->trace_id, traced->trace.trace_id, sizeof span->trace_id);
    memcpy(span->span_id, traced->trace.parent_id, sizeof span->span_id);
    memcpy(span->parent_id, traced->parent_id, sizeof span->parent_id);
    span->flags = traced->trace.flags;
    span->start_ns = traced->start_ns;
    span->end_ns = traced->start_ns + took;
    fill_message(span, delivery);
    span->verdict = verdict;
    span->failed = !verdict_foretell(delivery, verdict, &error);
    span->events = batch_count(delivery, &span->failed);
    span->category = BUS_CATEGORY_PROCESSING;
    span->code = 0;
    span->text[0] = '\0';
    if (span->failed)
        fill_error(span, delivery, &error);
    lane_commit_cell(&cell->head, ticket);
    tracing_rouse(delivery->bus, ticket);
}

/* For the report of it, if it turns out to have failed. */
static void note_run(const struct bus_delivery *delivery, const struct bus_trace *trace)
{
    struct traced_run *last = &delivery->thread->traced;

    last->handler = delivery->handler;
    last->stamp = delivery->cell->stamp;
    last->origin = delivery->cell->origin;
    last->attempt = cell_attempt(delivery->cell);
    last->trace = *trace;
}

bool tracing_span_of(const struct bus_delivery *delivery, struct bus_trace *trace)
{
    const struct traced_run *last = &delivery->thread->traced;

    if (delivery->bus->tracing == NULL || last->handler != delivery->handler ||
        last->handler == NULL)
        return false;
    if (batches_of(last->handler) != NULL) {
        if (delivery->refused) /* by its breaker, before the run */
            return false;
    } else if (last->stamp != delivery->cell->stamp || last->origin != delivery->cell->origin ||
               last->attempt != cell_attempt(delivery->cell)) {
        return false;
    }
    *trace = last->trace;
    return true;
}

enum bus_verdict tracing_around(struct chain_link *link, struct bus_delivery *delivery)
{
    struct tracing *tracing = (struct tracing *)(void *)link;
    const struct cell_extension *above = delivery->extension;
    struct cell_extension own;
    struct traced traced = {.start_ns = 0};
    enum bus_verdict verdict;
    bool recorded;

    if (delivery->route->type->kind == BUS_SYSTEM_EVENT)
        return chain_next(link, delivery);
    if (above != NULL)
        own = *above;
    else
        cell_extension_clear(&own);
    if (!trace_has_id(&own.trace))
        tracing_begin(tracing->sampled_to, cell_id(delivery->bus, delivery->cell, above),
                      &own.trace);
    memcpy(traced.parent_id, own.trace.parent_id, sizeof traced.parent_id);
    new_span_id(tracing, delivery->thread, own.trace.parent_id);
    own.has |= CELL_HAS_TRACE;
    traced.trace = own.trace;
    recorded = tracing->wanted && (own.trace.flags & BUS_TRACE_SAMPLED) != 0;
    if (recorded) {
        traced.start_ns = delivery->bus->os.real_ns(delivery->bus->os.context);
        traced.since_ns = bus_now(delivery->bus);
    }
    delivery->extension = &own;
    verdict = chain_next(link, delivery);
    if (recorded)
        record(tracing, delivery, &traced, verdict);
    note_run(delivery, &traced.trace);
    delivery->extension = above;
    return verdict;
}
