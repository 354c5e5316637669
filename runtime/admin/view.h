/*
 * view.h - what `top` knows: the last two answers to /status and what lies between them.
 */
#ifndef BUSADM_VIEW_H
#define BUSADM_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin.h"
#include "page.h"

enum view_rate { RATE_ACCEPTED, RATE_PROCESSED, RATE_FAILED, RATE_DROPPED, RATE_REFUSED, RATES };

struct view_message {
    const char *name;
    double rates[RATES]; /* a second, since the answer before */
    uint64_t totals[RATES];
    uint64_t waiting; /* held and running */
    bool timed;
    uint64_t p50_ns, p95_ns, p99_ns, max_ns;
};

struct view_handler {
    const char *name, *text;
    uint64_t runs, failures, consecutive, last_ms;
};

enum { VIEW_HISTORY = 240 };

struct view {
    json_t *now, *before; /* NULL: none yet */
    double seconds;       /* between them; 0: there is nothing to compare with */
    uint64_t seen_ns;     /* when `now` came */
    struct view_message *messages;
    size_t message_count;
    struct view_handler *handlers; /* that failed */
    size_t handler_count;
    double rates[RATES];
    uint64_t totals[RATES];
    double accepted[VIEW_HISTORY], failed[VIEW_HISTORY];
    int history;
    bool no_memory;
};

/* Takes over an answer that came at `now_ns` of a steady clock. */
void view_take(struct view *view, json_t *status, uint64_t now_ns, enum sort_key sort);
void view_sort(struct view *view, enum sort_key sort);
void view_free(struct view *view);

/* How it is looked at. */
struct look {
    enum sort_key sort;
    uint64_t interval_ms;
    int scroll; /* messages left out at the top; set back when it is too far */
    bool paused, help;
    bool live;           /* there are keys to press */
    const char *problem; /* "": none; else nobody answers, and why */
    const char *advice;
    uint64_t now_ms;
    const char *socket;
};

/* Draws all of it on a page that is blank. */
void view_draw(const struct view *view, struct look *look, struct page *page);

#endif
