/*
 * guard/errors.h - what is known about failed runs. Cold: nothing here is touched by a run that
 * succeeds.
 *
 * One lock, the innermost of all, guards the history, the sums and the records of the handlers. It
 * is held for one copy of a report at most, never while somebody else's code runs.
 */
#ifndef BUSGEN_GUARD_ERRORS_H
#define BUSGEN_GUARD_ERRORS_H

#include <bus/errors.h>

#include "core/engine.h"

struct kept_report {
    struct bus_error_report report; /* error.text is NULL: readers get their own */
    uint64_t previous;              /* id of the report before it of the same delivery; 0: none */
};

/* The last reports: number n lies in slot n % kept, if it is still there. */
struct history {
    struct kept_report *reports; /* NULL: none are kept */
    uint32_t kept;
};

enum { ERRORS_SECONDS = 60 };

struct errors {
    struct lock lock;
    /* all under the lock */
    struct history history;
    uint64_t reported; /* id of the last report */
    uint64_t by_category[BUS_CATEGORIES];
    uint64_t by_severity[BUS_SEVERITIES];
    /* Deliveries that were to run again after their first run failed; those of them that succeeded
     * at last, and those that failed for the last time. */
    uint64_t attempted;
    uint64_t recovered;
    uint64_t lost;
    struct error_minute {
        uint64_t second; /* monotonic */
        uint32_t errors;
        uint32_t critical;
    } minute[ERRORS_SECONDS];
    struct bus_recovery recoveries[BUS_CATEGORIES];
};

/* Made by open unless no_error_handling; error_* do nothing then. */
enum bus_status errors_open(struct bus *bus);
void errors_free(struct bus *bus);

/* A run has failed: delivery->error says how, delivery->report is the report of the run before it
 * (0: none) and becomes this one's. `final`: no other run follows. Any thread; no system event
 * comes of it. */
void error_report(struct bus_delivery *delivery, uint32_t attempt, bool final);
/* The bus itself has something to tell, of messages of this type (NULL: of any). */
void error_of_bus(struct bus *bus, const struct route *route, const struct bus_error *error);
/* A run succeeded after others of the same delivery had failed; delivery->report is the last of
 * them. */
void error_recovered(struct bus_delivery *delivery);

/* Another run was to follow the one of this report (0: none has failed), and there is no time. */
void error_lost(struct bus *bus, uint64_t report);

/* False: no memory. */
bool history_make(struct bus *bus, struct history *history, uint32_t kept);
void history_free(struct bus *bus, struct history *history);
/* Under the lock: the report of this id if it is still kept, else NULL. */
struct kept_report *history_find(struct history *history, uint64_t id);
/* A copy of the report of this id, whose error.text points into it. False: it is not kept. */
bool history_copy(struct bus *bus, uint64_t id, struct bus_error_report *copy);
/* The id of the oldest report that is kept, and of the last one that was made. */
uint64_t history_begin(struct bus *bus, uint64_t *last);
/* Under the lock: where the report of this id goes; NULL: none are kept. */
struct kept_report *history_place(struct history *history, uint64_t id);

/* bus_fail, called from `source`. */
enum bus_verdict fail_from(struct bus_delivery *delivery, const struct bus_error *error,
                           const void *source);

/* Replaces what the text of the delivery's error repeats of its message's secrets. */
void secrets_mask(struct bus_delivery *delivery);
bool secrets_are_in(const struct bus_message_type *type);

/* Runs of the handler that ended, by all threads. */
uint64_t handler_runs(const struct bus *bus, const struct handler *handler);
/* Registry lock: what ran before it was there is not its own. */
void handler_born(const struct bus *bus, struct handler *handler);

#endif
