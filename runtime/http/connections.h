/*
 * http/connections.h - which connections there are, and how long each may take.
 *
 * libmicrohttpd closes a connection on which nothing moves. One on which a byte comes every now and
 * then it would keep for hours, and `connections_max` of those would keep everybody else out. So
 * each has a deadline that such bytes do not move: for the head and body of its request, for taking
 * the answer, for beginning another request. A thread cuts those that are past it; it sleeps while
 * there is none.
 */
#ifndef BUSGEN_HTTP_CONNECTIONS_H
#define BUSGEN_HTTP_CONNECTIONS_H

#include <bus/os.h>

#include <microhttpd.h>

#include "core/lock.h"

struct connection;

struct connections {
    const struct bus_os *os;
    uint64_t idle_ns, request_ns;
    struct lock lock;
    struct connection *first;
    bus_os_word word; /* shared: moves when the first one comes, and at the end */
    bool ending;
    struct bus_os_thread *thread; /* NULL: none */
};

/* The times are set. False: there is no thread to be had. */
bool connections_open(struct connections *connections);
/* No connection is left. */
void connections_close(struct connections *connections);

/* A MHD_NotifyConnectionCallback; `cls` is the struct connections. */
void connections_note(void *cls, struct MHD_Connection *connection, void **context,
                      enum MHD_ConnectionNotificationCode what);

/* What its deadline is for. */
enum connection_phase {
    CONNECTION_ASKS,    /* a request has begun */
    CONNECTION_TAKES,   /* the answer is there, as a whole */
    CONNECTION_STREAMS, /* an answer without an end: no deadline */
    CONNECTION_RESTS,   /* it may ask again */
};
void connections_phase(struct connections *connections, struct MHD_Connection *connection,
                       enum connection_phase phase);

#endif
