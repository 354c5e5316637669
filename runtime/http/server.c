/* http/server.c - opens the listeners and hands them to libmicrohttpd; closes all of it. */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bus/components.h>

#include "path/atomic.h"

/* Of one connection: the request's head, and what of the answer is on its way. */
/* So long bus_http_close waits for taps and replays to end by themselves. */
#define STREAMS_END_NS BUS_SECOND
enum { CONNECTION_BYTES = 32 * 1024, CONNECTION_STACK = 512 * 1024, CONNECTIONS_DEFAULT = 32 };

/* ---- time ---- */

bool http_is_closing(const struct bus_http *server)
{
    return atomic_load_acquire_u32(&server->closing) != 0;
}

bool http_pause(struct bus_http *server, uint64_t ns)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + ns;

    while (!http_is_closing(server) && os->wait(os->context, &server->closing, 0, end))
        continue;
    return !http_is_closing(server);
}

uint64_t http_now_ms(void)
{
    const struct bus_os *os = bus_os_native();

    return os->real_ns(os->context) / BUS_MILLISECOND;
}

/* ---- opening ---- */

/* What libmicrohttpd has to say is for bus_last_error; while it runs nobody reads it. */
__attribute__((format(printf, 2, 0))) static void note(void *cls, const char *format, va_list list)
{
    struct bus_http *server = cls;

    if (server->said[0] == '\0')
        (void)vsnprintf(server->said, sizeof server->said, format, list);
}

/* A request has begun to come. */
static void *begun(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct bus_http *server = cls;

    (void)uri;
    connections_phase(&server->connections, connection, CONNECTION_ASKS);
    return NULL;
}

/* An address ends with its text, so a NUL in it stays what it was written as. */
static size_t unescape(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

static struct MHD_Daemon *serve(struct bus_http *server, int socket,
                                MHD_AccessHandlerCallback handler)
{
    const unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                           MHD_USE_ITC | MHD_USE_ERROR_LOG;
    unsigned idle = (unsigned)((server->connections.idle_ns + BUS_SECOND - 1) / BUS_SECOND);
    struct MHD_Daemon *daemon;

    server->said[0] = '\0';
    daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handler, server, MHD_OPTION_EXTERNAL_LOGGER, note, server,
        MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT, server->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        idle, MHD_OPTION_THREAD_STACK_SIZE, (size_t)CONNECTION_STACK, MHD_OPTION_NOTIFY_COMPLETED,
        http_served, NULL, MHD_OPTION_NOTIFY_CONNECTION, connections_note, &server->connections,
        MHD_OPTION_URI_LOG_CALLBACK, begun, server, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        MHD_OPTION_END);
    if (daemon == NULL)
        (void)http_fail(BUS_ERR_SYSTEM, "http: libmicrohttpd cannot serve: %s",
                        server->said[0] != '\0' ? server->said : "no memory, or no thread");
    /* From now on it says something when a client misbehaves, and nobody asks. */
    return daemon;
}

static enum bus_status check(const struct bus_http_options *options)
{
    if (options->no_port && options->socket_path == NULL)
        return http_fail(BUS_ERR_INVALID, "http: nothing to listen on: bus_http_options.no_port is "
                                          "set, and there is no socket_path");
    if (options->connections_max > BUS_HTTP_CONNECTIONS_MAX)
        return http_fail(BUS_ERR_INVALID,
                         "http: %u connections are too many: "
                         "bus_http_options.connections_max is at most %d",
                         options->connections_max, BUS_HTTP_CONNECTIONS_MAX);
    if (options->idle_ns > 86400 * BUS_SECOND || options->request_ns > 86400 * BUS_SECOND)
        return http_fail(BUS_ERR_INVALID, "http: bus_http_options.idle_ns and request_ns are at "
                                          "most a day");
    if (options->metrics_prefix != NULL &&
        strlen(options->metrics_prefix) >= sizeof((struct bus_http *)0)->metrics_prefix)
        return http_fail(BUS_ERR_INVALID, "http: bus_http_options.metrics_prefix is longer than 63 "
                                          "bytes");
    return BUS_OK;
}

static void settle(struct bus_http *server, const struct bus_http_options *options)
{
    server->connections_max =
        options->connections_max != 0 ? options->connections_max : CONNECTIONS_DEFAULT;
    server->connections.idle_ns = options->idle_ns != 0 ? options->idle_ns : 30 * BUS_SECOND;
    server->connections.request_ns =
        options->request_ns != 0 ? options->request_ns : 10 * BUS_SECOND;
    if (options->metrics_prefix != NULL)
        memcpy(server->metrics_prefix, options->metrics_prefix,
               strlen(options->metrics_prefix) + 1);
}

static bool nothing(void *context, const char *text, size_t size)
{
    (void)context;
    (void)text;
    (void)size;
    return true;
}

/* A prefix that /metrics would refuse later. */
static enum bus_status try_metrics(const struct bus_http *server)
{
    const struct bus_metrics_options options = {
        server->metrics_prefix[0] != '\0' ? server->metrics_prefix : NULL};

    return bus_metrics_text(server->bus, &options, nothing, NULL);
}

static enum bus_status begin(struct bus_http *server, const struct bus_http_options *options)
{
    static const char no_memory[] =
        "{\"error\":\"no memory for this answer\",\"advice\":\"try again, "
        "or ask for less\"}\n";
    enum bus_status status = try_metrics(server);

    if (status == BUS_OK && !options->no_port)
        status = listen_tcp(&server->tcp, options->address != NULL ? options->address : "127.0.0.1",
                            options->any_port    ? 0
                            : options->port != 0 ? options->port
                                                 : BUS_HTTP_PORT);
    if (status == BUS_OK && options->socket_path != NULL)
        status = listen_unix(&server->local, options->socket_path);
    if (status != BUS_OK)
        return status;
    server->no_memory = MHD_create_response_from_buffer(
        sizeof no_memory - 1, (void *)(uintptr_t)no_memory, MHD_RESPMEM_PERSISTENT);
    if (server->no_memory == NULL)
        return http_fail(BUS_ERR_MEMORY, "http: no memory for a server");
    (void)MHD_add_response_header(server->no_memory, "Content-Type", "application/json");
    if (!connections_open(&server->connections))
        return http_fail(BUS_ERR_SYSTEM, "http: no thread for a server");
    if (server->tcp.socket >= 0) {
        server->tcp_daemon = serve(server, server->tcp.socket, http_serve_tcp);
        if (server->tcp_daemon == NULL)
            return BUS_ERR_SYSTEM;
        server->tcp.socket = -1; /* the daemon's */
    }
    if (server->local.socket >= 0) {
        server->local_daemon = serve(server, server->local.socket, http_serve_local);
        if (server->local_daemon == NULL)
            return BUS_ERR_SYSTEM;
        server->local.socket = -1;
    }
    return BUS_OK;
}

enum bus_status bus_http_open_abi(struct bus_http **server, struct bus *bus,
                                  const struct bus_http_options *options, size_t options_size,
                                  uint32_t abi)
{
    struct bus_http_options given = {0};
    struct signals_before signals;
    enum bus_status status;

    if (server == NULL)
        return http_fail(BUS_ERR_INVALID, "bus_http_open: where to put the server is NULL");
    *server = NULL;
    if (abi != BUS_ABI || options_size > sizeof given)
        return http_fail(BUS_ERR_ABI,
                         "the program was compiled for interface version %u, the "
                         "library has %d: compile it again",
                         abi, BUS_ABI);
    if (options != NULL)
        memcpy(&given, options, options_size);
    status = check(&given);
    if (status != BUS_OK)
        return status;
    status = bus_retain(bus, "its HTTP server is open: bus_http_close");
    if (status != BUS_OK)
        return status;
    *server = calloc(1, sizeof **server);
    if (*server == NULL) {
        bus_release(bus);
        return http_fail(BUS_ERR_MEMORY, "http: no memory for a server");
    }
    (*server)->bus = bus;
    (*server)->tcp.socket = (*server)->local.socket = (*server)->local.lock = -1;
    settle(*server, &given);
    signals_block(&signals);
    status = begin(*server, &given);
    signals_restore(&signals);
    if (status != BUS_OK)
        (void)bus_http_close(server);
    return status;
}

uint16_t bus_http_port(const struct bus_http *server)
{
    return server != NULL ? server->tcp.port : 0;
}

/* ---- closing ---- */

/* Those that see it end as they should; who does not read is cut off. */
static void wait_for_streams(struct bus_http *server)
{
    const struct bus_os *os = bus_os_native();
    uint64_t end = os->monotonic_ns(os->context) + STREAMS_END_NS;
    uint32_t streams;

    while ((streams = atomic_load_acquire_u32(&server->streams)) != 0 &&
           os->wait(os->context, &server->streams, streams, end))
        continue;
}

enum bus_status bus_http_close(struct bus_http **server)
{
    const struct bus_os *os = bus_os_native();
    struct bus_http *old;

    if (server == NULL || *server == NULL)
        return BUS_OK;
    old = *server;
    *server = NULL;
    atomic_store_release_u32(&old->closing, 1);
    os->wake(os->context, &old->closing, true);
    unlisten_unix(&old->local);
    unlisten_tcp(&old->tcp);
    wait_for_streams(old);
    if (old->tcp_daemon != NULL)
        MHD_stop_daemon(old->tcp_daemon);
    if (old->local_daemon != NULL)
        MHD_stop_daemon(old->local_daemon);
    connections_close(&old->connections);
    if (old->no_memory != NULL)
        MHD_destroy_response(old->no_memory);
    bus_release(old->bus);
    free(old);
    return BUS_OK;
}
