/*
 * bus/log.h - error log: one JSON object a line in a file that is rotated, or to a logger of yours;
 * and files with statistics beside it.
 *
 *     const struct bus_log_options log = {.path = "/var/log/shop/errors.log"};
 *     ...
 *     shop_server_open(&bus, &(struct bus_options){.log = &log});
 *
 * What is logged: each error report (bus/errors.h), so each failed run of a handler and what the
 * bus itself has to tell, with its category, handler and message type; never a message's body, and
 * no value of a field that is marked `secret`.
 *
 *     {"timestamp":"2026-01-31T12:00:00.5Z","severity_text":"ERROR","severity_number":17,
 *      "body":"no answer from the bank","attributes":{"bus":"shop_server","error_id":7,
 *      "category":"connection","code":110,"transient":true,"message":"shop.order_placed",
 *      "message_id":"01945b...","handler":"shop.billing.order_placed","attempt":1,
 *      "recovering":true,"source":"charge+0x1c"}}
 *
 * (one line; names as in OpenTelemetry's log model, with "trace_id" and "span_id" behind the body
 * where the message has a trace; with bus_options.tracing the span is that of the run). Severities:
 * low INFO 9, medium WARN 13, high ERROR 17, critical FATAL 21.
 *
 * Nothing of this runs on a handler's thread. A thread of the bus takes the reports out of the
 * history (bus_options.errors_kept) and writes them; where it does not keep up, or the disk fails,
 * those that are overwritten before are lost and counted, and nobody waits. A polled bus has no
 * such thread: call bus_log_flush between two polls. bus_close writes what is left.
 */
#ifndef BUS_LOG_H
#define BUS_LOG_H

#include <bus/bus.h>
#include <bus/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Your logger: `line` is the JSON object without a newline, terminated; both are valid during the
 * call. Called on the log's thread, or that of bus_log_flush or bus_close, never twice at once. It
 * may read from the bus, and must neither flush nor close it. */
typedef void (*bus_logger_fn)(void *context, const struct bus_error_report *report,
                              const char *line, size_t size);

struct bus_log_options {
    const char *path;        /* of the log, mode 0600; written on if it is there; NULL: no file */
    uint64_t file_bytes;     /* a file that would get longer is set aside as PATH.1, that one as
                                PATH.2 and so on; default 10,000,000, at least 16 KiB */
    uint32_t files;          /* kept of them, with the one that is written; the oldest is removed;
                                default 5, at most 1,000 */
    enum bus_severity least; /* less severe ones are left out */
    bus_logger_fn logger;    /* NULL: none */
    void *logger_context;
    const char *statistics_path; /* the metrics as JSON (bus/metrics.h), always whole, mode 0600;
                                    default: PATH.statistics.json; "": none */
    const char *metrics_path;    /* the same as Prometheus text, mode 0644; NULL: none */
    const char *metrics_prefix;  /* of its names; NULL: none */
    uint64_t statistics_ns;      /* they are written again so often while the bus runs, and at its
                                    end; default 5 s, at least 100 ms. The only thing that wakes a
                                    bus without work */
};

#define BUS_LOG_TEXT_SIZE 192

struct bus_log_figures {
    bool there;     /* the bus has a log */
    uint64_t lines; /* written, or passed on */
    uint64_t lost;  /* overwritten before, or not written by a disk that failed */
    uint64_t rotations;
    bool failing; /* the last attempt to write a file failed: */
    char text[BUS_LOG_TEXT_SIZE];
};

/* All zero without a log. Any thread.
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_log_figures_read(struct bus *bus, struct bus_log_figures *figures);

/* Writes what there is, and the statistics; may wait for the disk. Any thread, not inside a logger.
 *   BUS_ERR_SYSTEM (a file could not be written), BUS_ERR_STATE (this bus has no log),
 *   BUS_ERR_INVALID */
BUS_API enum bus_status bus_log_flush(struct bus *bus);

#ifdef __cplusplus
}
#endif

#endif
