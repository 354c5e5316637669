/* spans.h - what the tests of tracing share: spans that were passed on, and looking at them. */
#ifndef SPANS_H
#define SPANS_H

#include <bus/trace.h>

#include "support.h"

enum { SPANS_MAX = 512 };

/* A bus_span_fn's context; looked at behind bus_trace_flush or bus_close. */
struct spans {
    uint32_t count;
    struct bus_span all[SPANS_MAX];
};
void spans_take(void *context, const struct bus_span *span);

/* A polled, started bus in frozen time whose spans go to `spans`; ticked has the policy. */
struct bus *open_traced(struct spans *spans, struct bus_trace_options tracing,
                        struct bus_policy policy);
/* Polls, flushes: all spans are in `spans` that there are; so many. */
void flush_spans(struct bus *bus, const struct spans *spans, uint32_t count);
/* The only span of this message type's runs, or its `nth` one. */
const struct bus_span *span_of(const struct spans *spans, const struct bus_message_type *type,
                               uint32_t nth);
/* Both are in one trace, and `child` is below `parent`. */
void assert_child(const struct bus_span *child, const struct bus_span *parent);
void assert_root(const struct bus_span *span);
struct bus_trace_figures span_figures(struct bus *bus);

#endif
