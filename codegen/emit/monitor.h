/*
 * monitor.h - what the emitters of monitoring share. They speak of metrics by the names of
 * runtime/METRICS.md, each with the hole `$P` for the prefix before it; a test compares them with
 * that page (tests/codegen/monitoring.sh).
 */
#ifndef EMIT_MONITOR_H
#define EMIT_MONITOR_H

#include "emit/emit.h"

/* An alert, and the series that prove it. Holes of all texts: P prefix of the metrics, B bus, F one
 * of its messages, M the alert's own message, K "event" or "command", T its bound in seconds, D how
 * that is called in the schema. */
struct alert {
    const char *name;
    const char *expr;
    bool here;        /* of a whole program: only where this bus is */
    const char *wait; /* so long it must hold */
    const char *severity;
    const char *summary;
    const char *advice; /* what to do */
    const char *labels; /* of the alert besides job, instance, bus and severity, as YAML */
    struct {
        const char *name;   /* NULL: no more */
        const char *labels; /* besides job and instance */
        const char *fires;  /* values, one a minute */
        const char *silent;
    } series[3];
};

/* The alerts of a whole program and of all messages of a kind; of a message with a deadline, with a
 * timeout, with a bound for its handlers. All end with a name that is NULL. */
extern const struct alert bus_alerts[];
extern const struct alert event_alerts[];
extern const struct alert command_alerts[];
extern const struct alert deadline_alerts[];
extern const struct alert timeout_alerts[];
extern const struct alert latency_alerts[];

/* Sets emitter->shown, to be called first. False: there is no message to look at. */
bool monitor_begin(struct emitter *emitter);
bool monitor_has(const struct idl_bus *bus, bool commands);
/* "shop.order_placed" */
const char *monitor_message(struct emitter *emitter, const struct idl_message *message);

#endif
