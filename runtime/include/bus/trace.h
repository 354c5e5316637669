/*
 * bus/trace.h - W3C trace context, and a span for each run of a handler.
 *
 * Every message may carry a trace (struct bus_trace): which story it is part of, and which step of
 * it sent the message. At the edge of a program it comes out of a header, and goes into one:
 *
 *     struct bus_message_options options = {.deadline_ns = 0};
 *
 *     (void)bus_trace_parse(header, strlen(header), &options.trace); // not well-formed: none
 *     outcome = shop_order_placed_publish_with(bus, &order, &options);
 *
 *     struct bus_trace trace;
 *     char header[BUS_TRACEPARENT_SIZE];
 *
 *     if (bus_delivery_trace(delivery, &trace) && bus_trace_write(&trace, header))
 *         ... send "traceparent: " and it along ...
 *
 * What a handler publishes, executes or schedules inherits the trace of its message. That is all
 * that happens without bus_options.tracing. With it each run of a handler becomes a span:
 *
 *     const struct bus_trace_options tracing = {.path = "/var/log/shop/spans.jsonl"};
 *     ...
 *     shop_server_open(&bus, &(struct bus_options){.tracing = &tracing});
 *
 * A span's parent is what the message says; what the handler sends has the span as its parent. So a
 * chain of publish, handler, publish, handler is one tree. A message without a trace begins one,
 * with an id made of its own, so that all handlers of it, its retries and its replay as a dead
 * letter are in the same trace. Whether a trace is recorded was decided where it began, and stands
 * in its flags (`sampled`): no span is made of a message whose trace is not, but the trace goes on.
 *
 * A run is a span as a whole, with the middleware around it. A retry is a span of its own, and
 * brother of the one before; `attempt` tells them apart. A handler that defers its answer ends its
 * span when it returns. A batch is one span, that of its first event, and what its handler
 * publishes begins traces of its own, for nothing is inherited from many. Handlers of the bus's own
 * events (bus_system) make no spans. Where a breaker is open nothing runs, and there is no span.
 * Error reports, the log and bus_delivery_envelope show the run's span as `parent_id`.
 *
 * A span says what happened to which message, where, when and for how long. It never holds a field
 * of the message; where the text of an error repeats a value that is marked `secret`, *** stands
 * there.
 *
 * Nothing of the output happens on a handler's thread. Spans go through a ring (`spans_max`) to a
 * thread of the bus, which passes them on; where it does not keep up, or the disk fails, spans are
 * lost and counted, and nobody waits. A polled bus has no such thread: call bus_trace_flush between
 * two polls. bus_close passes on what is left.
 *
 * Cost. None without bus_options.tracing. With it about 150 ns for a run that is recorded, three
 * looks at the clock among them, and 40 ns for one that is not.
 */
#ifndef BUS_TRACE_H
#define BUS_TRACE_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- trace context at the edge of a program ---- */

/* bus_trace.flags: the trace is recorded. */
#define BUS_TRACE_SAMPLED 0x01

/* "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" and a NUL. */
#define BUS_TRACEPARENT_SIZE 56

/* Reads the value of a `traceparent` header as W3C Trace Context wants it. False, and *trace is all
 * zero (which is no trace), when it is not well-formed: another length, digits that are not
 * lower-case hexadecimal, an id that is all zero, version ff. Of a later version than 00 only what
 * that has is read, whatever follows behind another "-". Blanks and tabs around it do not matter.
 * `text` need not be terminated; NULL counts as empty. */
BUS_API bool bus_trace_parse(const char *text, size_t size, struct bus_trace *trace);
/* Writes it in version 00. False, and `text` is empty, when one of the ids is all zero. */
BUS_API bool bus_trace_write(const struct bus_trace *trace, char text[BUS_TRACEPARENT_SIZE]);
/* A new trace, for several messages that belong together and come from outside of any. It has no
 * parent, so it cannot be written as a header. Recorded or not as bus_options.tracing says.
 *   BUS_ERR_INVALID, BUS_ERR_SYSTEM (no random numbers) */
BUS_API enum bus_status bus_trace_begin(struct bus *bus, struct bus_trace *trace);
/* What a handler hands on to whom it calls: its message's trace, with tracing its own span as the
 * parent. False, and *trace is all zero: there is none. From the handler's own thread. */
BUS_API bool bus_delivery_trace(const struct bus_delivery *delivery, struct bus_trace *trace);

/* ---- spans ---- */

#define BUS_SPAN_TEXT_SIZE 128

/* Values as in OpenTelemetry. */
enum bus_span_kind {
    BUS_SPAN_SERVER = 2,  /* of a command */
    BUS_SPAN_CONSUMER = 5 /* of an event */
};

/* One run of a handler. */
struct bus_span {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* all zero: the first of its trace */
    uint8_t flags;
    enum bus_span_kind kind;
    uint64_t start_ns;                   /* wall clock, nanoseconds since 1970 */
    uint64_t end_ns;                     /* start_ns and how long it took */
    uint64_t queued_ns;                  /* from publish to start_ns, true to 1 ms; 0: `direct` */
    const struct bus_message_type *type; /* bus_type_name */
    const char *handler;                 /* static */
    struct bus_uuid id;                  /* of the message */
    struct bus_uuid correlation;         /* zero: none */
    struct bus_session session;          /* zero: the default session */
    enum bus_priority lane;
    bool direct;      /* a command that ran on its caller, in no lane */
    uint32_t attempt; /* 1: the first run */
    uint32_t events;  /* of a batch; else 1 */
    enum bus_verdict verdict;
    bool failed; /* the run was a fault, or that of an event of the batch. Whether it was too late
                    (`timeout`) is not known yet */
    /* when it failed */
    enum bus_category category;
    int32_t code;
    char text[BUS_SPAN_TEXT_SIZE]; /* cut at a UTF-8 boundary */
};

/* Takes a span, valid during the call. Called on the thread of the spans, or that of
 * bus_trace_flush or bus_close, never twice at once. It may read from the bus, and must neither
 * flush nor close it. */
typedef void (*bus_span_fn)(void *context, const struct bus_span *span);

/* All zero: spans are made for nobody, but messages without a trace begin one. */
struct bus_trace_options {
    bus_span_fn span; /* NULL: none */
    void *span_context;
    const char *path; /* a file of spans, mode 0600, written on if it is there; NULL: none. A line
                            is one ExportTraceServiceRequest of OTLP in JSON, with many spans */
    uint64_t file_bytes; /* a file that would get longer is set aside as PATH.1, that one as PATH.2
                            and so on; default 10,000,000, at least 128 KiB */
    uint32_t files;      /* kept of them, with the one that is written; the oldest is removed;
                            default 5, at most 1,000 */
    const char *service; /* service.name in the file; default: the name of the bus */
    double sample;       /* share of the traces begun here that are recorded, up to 1; 0: all */
    bool join_only;      /* none of them is: spans only of traces that come from outside */
    uint32_t spans_max;  /* on their way to the thread, about 380 bytes each; default 4,096, at most
                            2^20 */
    uint64_t every_ns;   /* it passes them on so often, or when half of the ring is full; default
                            1 s, at least 1 ms. It sleeps while there are none */
};

struct bus_trace_figures {
    uint64_t spans;  /* passed on */
    uint64_t lost;   /* the ring was full, or the disk failed */
    uint64_t failed; /* of the runs they are of: those that failed */
    uint64_t rotations;
    bool failing; /* the last attempt to write the file failed: */
    char why[192];
};

/* All zero without tracing. Any thread.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_trace_figures_read(struct bus *bus, struct bus_trace_figures *figures);

/* Passes on what there is; may wait for the disk. Any thread, not inside a bus_span_fn.
 *   BUS_ERR_SYSTEM (the file could not be written), BUS_ERR_STATE (this bus has no tracing),
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_trace_flush(struct bus *bus);

#ifdef __cplusplus
}
#endif

#endif
