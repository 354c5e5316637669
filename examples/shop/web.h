/*
 * web.h - the shop to look at in a browser, and a trickle of orders so that there is something to
 * see (needs busgen::http; without it web_open says so).
 */
#ifndef SHOP_WEB_H
#define SHOP_WEB_H

#include "desk.h"

#include <signal.h>

struct bus_http;

struct web_options {
    bool wanted;        /* some of the following were given */
    bool tcp;           /* --http */
    uint16_t port;      /* 0: any */
    const char *socket; /* --admin; NULL: none */
    uint64_t seconds;   /* --serve; 0: until an interrupt */
};

struct web {
    struct bus_http *server; /* NULL: none */
};

/* False: it has said why on standard error. */
bool web_open(struct web *web, struct bus *bus, const struct web_options *options);
/* Takes some fifty orders a second at the desk, until the time is over or *interrupted. SIGUSR1
 * stops the flow, and lets it go on. */
void web_serve(struct web *web, struct desk *desk, const struct web_options *options,
               volatile sig_atomic_t *interrupted);
/* Before the bus. */
void web_close(struct web *web);

#endif
