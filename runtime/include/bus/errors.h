/*
 * bus/errors.h - what went wrong: reports, history, records of handlers, classification.
 *
 * Each failed run of a handler makes a report. The last ones are kept (bus_options.errors_kept, to
 * be changed while the bus runs) and can be read at any time:
 *
 *     static void show(void *context, const struct bus_error_report *report)
 *     {
 *         fprintf(context, "%s: %s\n", report->handler, report->text);
 *     }
 *     ...
 *     bus_errors_each(bus, show, stderr);
 *
 * A report holds no field of the message. Where a handler's own text repeats the value of a field
 * that is marked `secret`, the value is replaced by *** before anybody sees the text.
 *
 * bus_options.no_error_handling switches all of it off, together with retries, breakers, timeouts
 * of runs and dead letters: a failed run is counted, told to whoever waits for it, and gone.
 */
#ifndef BUS_ERRORS_H
#define BUS_ERRORS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text of a report, with its NUL; longer text is cut at a UTF-8 boundary. */
#define BUS_REPORT_TEXT_SIZE 1001
/* Callers in a report, the innermost first. */
#define BUS_REPORT_TRACE 16
/* bus_options.errors_kept: keep no reports. */
#define BUS_ERRORS_NONE UINT32_MAX
/* More reports are never kept. */
#define BUS_ERRORS_MOST (UINT32_C(1) << 20)

#define BUS_CATEGORIES 8
#define BUS_SEVERITIES 4

/* One failed run of a handler, or what the bus itself has to tell (a scheduled event that the store
 * does not take): then `handler` is "", and `type` may be NULL. Plain data, but `error.text`, which
 * points to `text`. */
struct bus_error_report {
    uint64_t id;                         /* from 1, ascending within the bus */
    uint64_t time_ns;                    /* wall clock, nanoseconds since 1970 */
    const struct bus_message_type *type; /* bus_type_name */
    const char *handler;                 /* static: "shop.warehouse.reserve_stock" */
    struct bus_uuid message;             /* id of the message */
    struct bus_session session;
    struct bus_error error;
    uint32_t attempt;         /* 1: the first run; retries so far are one less */
    bool recovering;          /* another run was to follow this one */
    bool recovered;           /* and one of those that followed succeeded */
    struct bus_trace context; /* the message's, with bus_options.tracing that of the run; all zero:
                                 none */
    /* Where bus_fail was called, for bus_call_site_text; NULL: the bus itself noted the fault. */
    const void *source;
    uint32_t trace_count; /* 0 unless bus_options.error_traces */
    const void *trace[BUS_REPORT_TRACE];
    char text[BUS_REPORT_TEXT_SIZE];
};

typedef void (*bus_error_fn)(void *context, const struct bus_error_report *report);
/* Calls `fn` with a copy of each report kept, the oldest first; returns how many. Reports that come
 * or go meanwhile are seen or not. `fn` may use the bus. */
BUS_API uint64_t bus_errors_each(struct bus *bus, bus_error_fn fn, void *context);
/* Keeps the last `count` reports from now on; 0 or BUS_ERRORS_NONE: none. The newest of those kept
 * so far stay.
 *   BUS_ERR_INVALID (NULL, closed, more than BUS_ERRORS_MOST), BUS_ERR_STATE (no_error_handling),
 *   BUS_ERR_MEMORY (all stays as it was) */
BUS_API enum bus_status bus_errors_keep(struct bus *bus, uint32_t count);

/* What one handler has done since it was registered. */
struct bus_handler_record {
    const char *name; /* static */
    const struct bus_message_type *type;
    struct bus_session session;
    uint64_t runs; /* that ended, retries included */
    uint64_t failures;
    uint64_t consecutive;     /* failures since its last success */
    uint64_t last_failure_ns; /* wall clock; 0: none */
    struct bus_error last;    /* all zero: none; `text` points to last_text of this very record */
    char last_text[BUS_ERROR_TEXT_SIZE]; /* what a copy of the record keeps */
};

typedef void (*bus_handler_fn)(void *context, const struct bus_handler_record *record);
/* Calls `fn` for each registered handler, in the order of registration; returns how many. `fn` must
 * not use the bus. */
BUS_API uint32_t bus_handlers_each(struct bus *bus, bus_handler_fn fn, void *context);

/* ---- recovery by category ---- */

/* What a message that declares `recover by category` does after a fault of one category. */
enum bus_recovery_step {
    BUS_RECOVERY_DEFAULT = 0, /* run it again if the fault is transient and retries are left */
    BUS_RECOVERY_RETRY,   /* run it again, for the hook changed something: even a permanent fault,
                                 even if no retry is left (1,000 in all, and the deadline, are) */
    BUS_RECOVERY_GIVE_UP, /* no more */
};

/* What a hook is asked about. Valid during the call. */
struct bus_failure {
    const struct bus_message_type *type;
    const struct bus_error *error;
    uint32_t attempts; /* runs so far */
};

/* Opens a connection again, chooses another decoder, is a strategy of your own: called after each
 * failed run, on the thread that ran the handler, which waits for it; several threads may call it
 * at once. It may use the bus as a handler may. *delay_ns is the delay that the next run would
 * have; it may be changed. */
typedef enum bus_recovery_step (*bus_recovery_fn)(void *context, const struct bus_failure *failure,
                                                  uint64_t *delay_ns);

struct bus_recovery {
    uint32_t retries;     /* runs after the first one */
    uint64_t first_ns;    /* delay before the first retry ... */
    uint64_t most_ns;     /* ... never more than this ... */
    double factor;        /* ... and so much longer each time; at least 1 */
    bus_recovery_fn hook; /* NULL: none */
    void *context;
};

/* The defaults: connection 3 retries from 2 s; processing 2 from 1 s; timeout 2 from 1.5 s, each
 * with half as much more time (the policy's `timeout`); serialization 1 after 0.5 s; queue 2 from
 * 0.1 s, while the pressure goes; none for resource, which is critical at once, auth and config.
 * Then, or when the fault is permanent and no hook changes that, a dead letter.
 *   BUS_ERR_INVALID, BUS_ERR_STATE (no_error_handling) */
BUS_API enum bus_status bus_recovery_get(struct bus *bus, enum bus_category category,
                                         struct bus_recovery *recovery);
/* Installs another, at any time; NULL: the default. A hook that was there before may still be
 * running, or about to, when this returns.
 *   BUS_ERR_INVALID (no category; retries over 1,000; factor not from 1 to 1,000; first_ns above
 *   most_ns), BUS_ERR_STATE */
BUS_API enum bus_status bus_recovery_set(struct bus *bus, enum bus_category category,
                                         const struct bus_recovery *recovery);

/* ---- classification ---- */

/* Category, severity and transience of an errno value, a status, an outcome; the code is the value
 * itself, the text a static phrase. */
BUS_API struct bus_error bus_classify_errno(int error);
BUS_API struct bus_error bus_classify_status(enum bus_status status);
BUS_API struct bus_error bus_classify_outcome(enum bus_outcome outcome);
/* End a handler with such a fault; the text is "WHAT: phrase". (bus_fail_errno is in bus/bus.h.) */
BUS_API enum bus_verdict bus_fail_status(struct bus_delivery *delivery, enum bus_status status,
                                         const char *what);
BUS_API enum bus_verdict bus_fail_outcome(struct bus_delivery *delivery, enum bus_outcome outcome,
                                          const char *what);

/* Static words: "processing", "high". Never NULL. */
BUS_API const char *bus_category_text(enum bus_category category);
BUS_API const char *bus_severity_text(enum bus_severity severity);

#ifdef __cplusplus
}
#endif

#endif
