/*
 * stats/tracing.h - runs of handlers as spans, on their way to a file or a function.
 *
 * Around a run. Tracing is the outermost link of the dispatch chain (pipeline/links.h), from open
 * to close; a bus without it has none, and pays nothing. The link gives the delivery an extension
 * on its own stack, with the run's span as the parent; so what the handler sends inherits that the
 * way it inherits everything (path/inherit.c), and neither knows of tracing. The link's id is 0: it
 * is no middleware, cannot be removed and is not shown.
 *
 * The ring. A lane (path/lane.h) of spans in place of messages: many threads claim, the holder of
 * `lock` takes out. Full: the span is lost and counted.
 *
 * Waking. `asleep` is EMPTY while the thread waits for any span, GATHERS while it waits for time to
 * pass or for half of the ring. A producer commits, then looks at it (bus_light_fence); the thread
 * raises it, passes a barrier, then looks at the ring. So one of both sees the other. Of those that
 * find GATHERS only the one with every (capacity / 2)th ticket wakes; the thread does not begin to
 * gather above a quarter, so that ticket comes before three quarters.
 */
#ifndef BUSGEN_STATS_TRACING_H
#define BUSGEN_STATS_TRACING_H

#include <bus/trace.h>

#include "core/engine.h"
#include "core/lock.h"
#include "stats/line_file.h"

enum {
    TRACING_LINE = 64 * 1024,
    TRACING_SPAN = 8 * 1024, /* bytes that one span takes there at most, each byte escaped */
    TRACING_LEAST = 128 * 1024,
};

enum { TRACING_AWAKE, TRACING_EMPTY, TRACING_GATHERS };

/* What lies in the ring. */
struct span_cell {
    struct cell head; /* first: the lane's turn is in it */
    struct bus_span span;
};

struct tracing {
    struct chain_link link;           /* first: in bus->chain, outermost */
    struct bus_trace_options options; /* const: every default filled, texts copied */
    char *texts;                      /* const */
    size_t texts_size;
    uint64_t seed;       /* const: of the ids of spans */
    uint64_t sampled_to; /* const: a trace begun here is recorded when the low half of its id is
                            not above this; 0: none is */
    bool wanted;         /* const: somebody gets the spans; else there is no ring */
    struct lane ring;
    void *ring_memory;
    uint64_t full;    /* shared: spans that found no room */
    struct lock lock; /* whoever passes spans on; guards what follows up to `shown_lock` */
    struct line_file file;
    struct bus_trace_figures figures;
    uint64_t in_line;   /* spans in it */
    uint32_t line_size; /* of `line`, without what a text has not flushed yet */
    char line[TRACING_LINE];
    struct lock shown_lock; /* inside the other; guards `shown`, which the metrics read */
    struct bus_trace_figures shown;
    struct bus_os_thread *thread; /* NULL: none */
    bus_os_word word;             /* the thread waits on it */
    uint32_t asleep;              /* shared */
    uint32_t ending;              /* shared */
};

/* With the bus; does nothing without bus_options.tracing.
 *   BUS_ERR_INVALID, BUS_ERR_MEMORY, BUS_ERR_SYSTEM (the file cannot be opened) */
enum bus_status tracing_open(struct bus *bus);
enum bus_status tracing_start(struct bus *bus);
/* Its thread ends. */
void tracing_rest(struct bus *bus);
/* That too, and what is left is passed on. No handler runs any more. */
void tracing_end(struct bus *bus);
void tracing_free(struct bus *bus);
/* A span was committed under this ticket. */
void tracing_rouse(struct bus *bus, uint64_t ticket);

/* span.c: stands around each run. */
enum bus_verdict tracing_around(struct chain_link *link, struct bus_delivery *delivery);
/* The trace that a message of this id begins, as it stands in the message: without a parent. */
void tracing_begin(uint64_t sampled_to, struct bus_uuid id, struct bus_trace *trace);
/* The span of the run that failed; true: *trace is that. False: nothing ran. */
bool tracing_span_of(const struct bus_delivery *delivery, struct bus_trace *trace);

/* otlp.c, under the lock: adds a span to the line; tracing->in_line tells how many there are.
 * False: it does not fit, for its handler's name has thousands of bytes. */
bool otlp_add(struct tracing *tracing, const struct bus *bus, const struct bus_span *span);
/* The line is whole, with its newline. */
void otlp_end(struct tracing *tracing);

static inline bool trace_has_id(const struct bus_trace *trace)
{
    static const uint8_t none[sizeof trace->trace_id];

    return memcmp(trace->trace_id, none, sizeof none) != 0;
}

/* What a dead letter is to keep: a message without a trace gets the one that its runs were in. */
static inline void tracing_keep(const struct bus *bus, struct bus_envelope *envelope)
{
    if (bus->tracing != NULL && !trace_has_id(&envelope->trace))
        tracing_begin(bus->tracing->sampled_to, envelope->id, &envelope->trace);
}

#endif
