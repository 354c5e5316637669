/* http/connections.c - see connections.h. */
#include "http/connections.h"

#include <stdlib.h>

#include "http/listen.h"
#include "path/atomic.h"

struct connection {
    struct connection *next, *previous;
    int socket;
    uint64_t deadline_ns;
};

static uint64_t now(const struct connections *connections)
{
    return connections->os->monotonic_ns(connections->os->context);
}

/* Under the lock: the thread looks again. */
static void wake(struct connections *connections)
{
    atomic_store_release_u32(&connections->word, connections->word + 1);
    connections->os->wake(connections->os->context, &connections->word, true);
}

/* Cuts who is past the deadline; when to look again, UINT64_MAX: when one comes. One that comes
 * meanwhile has at least `request_ns`. */
static uint64_t cut(struct connections *connections)
{
    uint64_t time = now(connections), next = time + connections->request_ns;
    struct connection *one;

    if (connections->first == NULL)
        return UINT64_MAX;
    for (one = connections->first; one != NULL; one = one->next) {
        if (one->deadline_ns <= time) {
            listen_cut(one->socket);
            one->deadline_ns = UINT64_MAX;
        } else if (one->deadline_ns < next) {
            next = one->deadline_ns;
        }
    }
    return next;
}

static void watch(void *argument)
{
    struct connections *connections = argument;
    const struct bus_os *os = connections->os;

    for (;;) {
        bus_os_word seen = atomic_load_acquire_u32(&connections->word);
        uint64_t next;
        bool ending;

        lock_take(&connections->lock, os);
        next = cut(connections);
        ending = connections->ending;
        lock_give(&connections->lock, os);
        if (ending)
            return;
        (void)os->wait(os->context, &connections->word, seen, next);
    }
}

bool connections_open(struct connections *connections)
{
    connections->os = bus_os_native();
    return connections->os->thread_start(connections->os->context, &connections->thread, "bus-http",
                                         watch, connections) == 0;
}

void connections_close(struct connections *connections)
{
    if (connections->thread == NULL)
        return;
    lock_take(&connections->lock, connections->os);
    connections->ending = true;
    wake(connections);
    lock_give(&connections->lock, connections->os);
    connections->os->thread_join(connections->os->context, connections->thread);
    connections->thread = NULL;
}

/* ---- coming and going ---- */

static void enter(struct connections *connections, struct connection *one)
{
    lock_take(&connections->lock, connections->os);
    one->deadline_ns = now(connections) + connections->request_ns;
    one->next = connections->first;
    if (one->next != NULL)
        one->next->previous = one;
    else
        wake(connections);
    connections->first = one;
    lock_give(&connections->lock, connections->os);
}

static void leave(struct connections *connections, struct connection *one)
{
    lock_take(&connections->lock, connections->os);
    if (one->previous != NULL)
        one->previous->next = one->next;
    else
        connections->first = one->next;
    if (one->next != NULL)
        one->next->previous = one->previous;
    lock_give(&connections->lock, connections->os);
    free(one);
}

/* Its socket is open until this has been told of the end. */
void connections_note(void *cls, struct MHD_Connection *connection, void **context,
                      enum MHD_ConnectionNotificationCode what)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *one;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context != NULL)
            leave(cls, *context);
        *context = NULL;
        return;
    }
    one = info != NULL ? calloc(1, sizeof *one) : NULL;
    *context = one;
    if (one != NULL) {
        one->socket = info->connect_fd;
        enter(cls, one);
    } else if (info != NULL) {
        listen_cut(info->connect_fd); /* no memory to watch it */
    }
}

void connections_phase(struct connections *connections, struct MHD_Connection *connection,
                       enum connection_phase phase)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *one = info != NULL ? info->socket_context : NULL;
    uint64_t time;

    if (one == NULL)
        return;
    time = now(connections) + connections->request_ns;
    if (phase == CONNECTION_STREAMS)
        time = UINT64_MAX;
    else if (phase != CONNECTION_ASKS)
        time += connections->idle_ns;
    lock_take(&connections->lock, connections->os);
    one->deadline_ns = time;
    lock_give(&connections->lock, connections->os);
}
