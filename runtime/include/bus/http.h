/*
 * bus/http.h - a small web server that shows one bus: metrics, health, what it does right now, and
 * a page to look at. Library busgen::http.
 *
 *     struct bus_http *server = NULL;
 *
 *     if (bus_http_open(&server, bus, &(struct bus_http_options){
 *             .socket_path = "/run/shop/shop.sock"}) != BUS_OK)
 *         die(bus_last_error());
 *     ...
 *     bus_http_close(&server);
 *     bus_close(&bus);
 *
 * Then http://127.0.0.1:9464/ is the page, /metrics is for Prometheus, /livez, /readyz and /healthz
 * are for whoever starts and watches the program, /status is the same as JSON. runtime/HTTP.md has
 * all addresses and their answers.
 *
 * Who may see what. Over TCP nothing can be changed, and no content of a message is shown: names,
 * figures, and texts of errors only. It listens on this machine only, unless `address` says
 * otherwise. Whoever can open the Unix socket, which is the user of the program (mode 0600), may
 * also run dead letters again or throw them away, cancel what is scheduled, and see messages, with
 * fields marked `secret` as ***; only the bytes of a dead letter (/dead-letters/raw) are all of it.
 * From another machine that is
 *
 *     ssh -L 9464:/run/shop/shop.sock HOST
 *
 * Cost. Nothing on the path of messages: every answer is made when it is asked for, on a thread of
 * its connection. Without a connection the server sleeps. Memory: some 100 KiB for a connection.
 *
 * Before the end: bus_close is refused (BUS_ERR_BUSY) until the server was closed. A bus that is
 * stopping, or was stopped, can still be looked at.
 */
#ifndef BUS_HTTP_H
#define BUS_HTTP_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BUS_HTTP_PORT 9464
#define BUS_HTTP_CONNECTIONS_MAX 1024

struct bus_http;

/* NULL or all zero: the defaults. Texts are copied. */
struct bus_http_options {
    const char *address;        /* where it listens, "127.0.0.1" or "::1"; default: 127.0.0.1. Any
                                   other one shows the bus to whoever reaches this machine there */
    uint16_t port;              /* default BUS_HTTP_PORT */
    bool any_port;              /* one that is free, instead: bus_http_port tells which */
    bool no_port;               /* it does not listen there at all: `socket_path` only */
    const char *socket_path;    /* of a Unix socket, mode 0600 whatever the umask; at most 107
                                   bytes, best not relative. One that a killed program has left is
                                   replaced. PATH.lock is beside it while it is open. NULL: none */
    uint32_t connections_max;   /* at one time, of each of the two; more are closed at once; default
                                   32, at most BUS_HTTP_CONNECTIONS_MAX */
    uint64_t idle_ns;           /* a connection on which nothing comes or goes for so long is
                                   closed; default 30 s, in whole seconds */
    uint64_t request_ns;        /* a request that has not come as a whole after so long is cut off,
                                   also when it moves; default 10 s. To take its answer, and to ask
                                   again, each has both times together */
    const char *metrics_prefix; /* of the names in /metrics (bus/metrics.h); NULL: none */
};

/* Opens it; serves on return. The bus may be in any state from open to stopped. Several servers may
 * show one bus. On failure *server is NULL.
 *   BUS_ERR_INVALID (no open bus; no numeric address; nothing to listen on; a path that is too
 *   long, or is something else than a socket of this user; a bad prefix), BUS_ERR_STATE (the port
 *   or the socket is another program's), BUS_ERR_SYSTEM, BUS_ERR_MEMORY, BUS_ERR_ABI */
static inline enum bus_status bus_http_open(struct bus_http **server, struct bus *bus,
                                            const struct bus_http_options *options);

/* The port it listens on; 0: none. */
BUS_API uint16_t bus_http_port(const struct bus_http *server);

/* Closes all connections, ends what runs for them (taps, replays), and frees everything; when it
 * returns no thread of the server is left, and the socket's file is gone. Not inside a handler,
 * which may be what a request waits for. NULL and a pointer to NULL are harmless.
 *   BUS_OK */
BUS_API enum bus_status bus_http_close(struct bus_http **server);

/* bus_http_open passes what it was compiled with, so that the options may grow. */
BUS_API BUS_MUST_USE enum bus_status bus_http_open_abi(struct bus_http **server, struct bus *bus,
                                                       const struct bus_http_options *options,
                                                       size_t options_size, uint32_t abi);

static inline enum bus_status bus_http_open(struct bus_http **server, struct bus *bus,
                                            const struct bus_http_options *options)
{
    return bus_http_open_abi(server, bus, options, sizeof(struct bus_http_options), BUS_ABI);
}

#ifdef __cplusplus
}
#endif

#endif
