/*
 * stats/metrics.h - what the bus measures, once for all formats.
 *
 * A reading is taken first: one account, one histogram and one name for each of the things there
 * are. metrics_walk then shows it, family by family, to whoever writes a format (exposition.c,
 * metrics_json.c).
 */
#ifndef BUSGEN_STATS_METRICS_H
#define BUSGEN_STATS_METRICS_H

#include <bus/account.h>
#include <bus/breakers.h>
#include <bus/errors.h>
#include <bus/health.h>
#include <bus/log.h>
#include <bus/metrics.h>
#include <bus/trace.h>

#include "core/engine.h"
#include "stats/durations.h"
#include "stats/text.h"

enum { METRIC_LABELS = 2 };

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_KINDS };

struct metric_label {
    const char *name; /* NULL: no more */
    const char *value;
};

/* Calls come in this order: family, its samples, the next family; families of one kind follow one
 * another, in the order of enum metric_kind. A family without samples is not shown. */
struct metric_visitor {
    void *context;
    void (*family)(void *context, const char *name, enum metric_kind kind, const char *help);
    void (*value)(void *context, const struct metric_label *labels, double value);
    void (*histogram)(void *context, const struct metric_label *labels,
                      const struct durations *durations, uint64_t sum_ns);
};

struct reading;

/* NULL: no memory (bus_last_error). */
struct reading *reading_take(struct bus *bus);
void reading_free(struct bus *bus, struct reading *reading);
void metrics_walk(const struct reading *reading, const struct metric_visitor *visitor);

/* Checks the arguments of a call, takes the reading, hands it to `write`, gives it back. */
enum bus_status metrics_report(struct bus *bus, const struct bus_metrics_options *options,
                               bus_text_fn fn, void *context,
                               void (*write)(struct text *text, const char *prefix,
                                             const struct bus *bus, const struct reading *reading));

/* A whole file of what `write` makes (metrics_file.c); errors as of bus_metrics_write. */
typedef enum bus_status (*metrics_fn)(struct bus *bus, const struct bus_metrics_options *options,
                                      bus_text_fn fn, void *context);
enum bus_status metrics_file(struct bus *bus, const struct bus_metrics_options *options,
                             const char *path, unsigned mode, metrics_fn write);

#endif
