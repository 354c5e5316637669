/* spans.c - see spans.h. */
#include "spans.h"

void spans_take(void *context, const struct bus_span *span)
{
    struct spans *spans = context;

    if (spans->count < SPANS_MAX)
        spans->all[spans->count] = *span;
    spans->count++;
}

struct bus *open_traced(struct spans *spans, struct bus_trace_options tracing,
                        struct bus_policy policy)
{
    struct bus_policy_override overrides[] = {{&probe_ticked_type, policy}};
    struct bus *bus;

    spans->count = 0;
    tracing.span = spans_take;
    tracing.span_context = spans;
    bus = open_bus(&(struct bus_options){.polled = true,
                                         .name = "traced",
                                         .os = frozen_os(),
                                         .policies = overrides,
                                         .policy_count = 1,
                                         .tracing = &tracing});
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

void flush_spans(struct bus *bus, const struct spans *spans, uint32_t count)
{
    (void)poll_all(bus);
    assert_int_equal(bus_trace_flush(bus), BUS_OK);
    assert_int_equal(spans->count, count);
}

const struct bus_span *span_of(const struct spans *spans, const struct bus_message_type *type,
                               uint32_t nth)
{
    for (uint32_t i = 0; i < spans->count; i++)
        if (spans->all[i].type == type && nth-- == 0)
            return &spans->all[i];
    fail_msg("there is no such span of %s", bus_type_name(type));
    return NULL;
}

void assert_child(const struct bus_span *child, const struct bus_span *parent)
{
    assert_memory_equal(child->trace_id, parent->trace_id, sizeof child->trace_id);
    assert_memory_equal(child->parent_id, parent->span_id, sizeof child->parent_id);
    assert_memory_not_equal(child->span_id, parent->span_id, sizeof child->span_id);
}

void assert_root(const struct bus_span *span)
{
    static const uint8_t none[16];

    assert_memory_equal(span->parent_id, none, sizeof span->parent_id);
    assert_memory_not_equal(span->trace_id, none, sizeof span->trace_id);
    assert_memory_not_equal(span->span_id, none, sizeof span->span_id);
}

struct bus_trace_figures span_figures(struct bus *bus)
{
    struct bus_trace_figures figures;

    assert_int_equal(bus_trace_figures_read(bus, &figures), BUS_OK);
    return figures;
}
