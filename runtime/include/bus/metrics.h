/*
 * bus/metrics.h - the figures of a bus for those who watch it: Prometheus text, JSON, a file, and
 * latencies on request.
 *
 *     static bool to_stdout(void *context, const char *text, size_t size)
 *     {
 *         (void)context;
 *         return fwrite(text, 1, size, stdout) == size;
 *     }
 *
 *     bus_metrics_text(bus, NULL, to_stdout, NULL);
 *     bus_metrics_write(bus, NULL, "/var/lib/node_exporter/shop.prom");
 *
 * Names and labels. All names stand in the table of runtime/METRICS.md. Label values are names of
 * the schema (message, handler, breaker, lane, reason, category, severity, kind) and the bus's own
 * name, so their number is bounded by the program, never by what it is sent. Two handlers of one
 * name and message share a line.
 *
 * Cost. Nothing on the path of a message but the counters that it has anyway. Reading sums them up
 * over all threads: some microseconds for each message type. A run of a handler is timed once in
 * bus_options.timing_every, so the `_count` of a histogram is less than the number of runs; its
 * ratios and quantiles are those of the sample.
 *
 * Any thread, inside handlers too where that may take so long. Counters never go down while the bus
 * is open; two metrics of one call may be a few messages apart, for nothing stops meanwhile.
 */
#ifndef BUS_METRICS_H
#define BUS_METRICS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_metrics_options {
    const char *prefix; /* of each name, "shop_": letters, digits, '_' and ':', not beginning with a
                           digit, at most 63; NULL: none */
};

/* Takes the next part of a text, not terminated; false: it cannot, no more is sent. */
typedef bool (*bus_text_fn)(void *context, const char *text, size_t size);

/* All metrics in the text format 0.0.4 of Prometheus, to be sent as
 * `text/plain; version=0.0.4; charset=utf-8`.
 *   BUS_ERR_INVALID (NULL, closed, bad prefix), BUS_ERR_MEMORY, BUS_ERR_SYSTEM (`fn` said false) */
BUS_API enum bus_status bus_metrics_text(struct bus *bus, const struct bus_metrics_options *options,
                                         bus_text_fn fn, void *context);

/* The same as one JSON object: "timestamp" (RFC 3339, UTC), "bus", and "counters", "gauges" and
 * "histograms", each an object from name to a list of {"labels": {...}, "value": n}; a histogram
 * has "count", "sum", "buckets" ({"le", "count"}, cumulative) and "quantiles" (from "0.5" to
 * "0.999", null without runs) instead of a value. Errors as above. */
BUS_API enum bus_status bus_metrics_json(struct bus *bus, const struct bus_metrics_options *options,
                                         bus_text_fn fn, void *context);

/* The Prometheus text in a file, for the textfile collector of a machine without an open port. It
 * is written beside `path` (".tmp" behind its name), made lasting and renamed: readers see the old
 * one or the new one. Mode 0644 as the umask allows, for another program reads it.
 *   BUS_ERR_SYSTEM (bus_last_error says what could not be done; the old file stays), and as
 *   above */
BUS_API enum bus_status
bus_metrics_write(struct bus *bus, const struct bus_metrics_options *options, const char *path);

/* How long the timed runs of the handlers of `type` took: ns[i] is what a share of quantiles[i] (0
 * to 1) of them did not exceed, true to 3 %. Returns the number of timed runs; 0: none (all `ns`
 * are 0), or wrong use (bus_last_error is set). */
BUS_API uint64_t bus_latencies(struct bus *bus, const struct bus_message_type *type,
                               const double *quantiles, uint32_t count, uint64_t *ns);

#ifdef __cplusplus
}
#endif

#endif
