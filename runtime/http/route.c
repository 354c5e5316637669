/* http/route.c - what was asked: the table of addresses, and what a request must be like. */
#include "http/server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct http_route routes[] = {
    {"/", false, false, {"*"}, http_page}, /* its queries are the page's own business */
    {"/livez", false, false, {"verbose"}, http_livez},
    {"/readyz", false, false, {"verbose"}, http_readyz},
    {"/healthz", false, false, {"verbose"}, http_healthz},
    {"/metrics", false, false, {NULL}, http_metrics},
    {"/metrics.json", false, false, {NULL}, http_metrics_json},
    {"/status", false, false, {NULL}, http_status},
    {"/graph", false, false, {NULL}, http_graph},
    {"/dead-letters",
     false,
     false,
     {"after", "limit", "message", "handler", "reason", "category"},
     http_letters},
    {"/dead-letters/", false, false, {NULL}, http_letter},
    {"/schedule", false, false, {"message", "limit"}, http_schedule},
    {"/tap", false, true, {"message", "every", "per_second", "limit"}, http_tap},
    {"/dead-letters/raw", false, true, {"number"}, http_letter_bytes},
    {"/dead-letters/replay", true, true, {NULL}, http_replay},
    {"/dead-letters/purge", true, true, {NULL}, http_purge},
    {"/schedule/cancel", true, true, {NULL}, http_cancel},
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

/* ---- numbers and queries ---- */

/* Digits only, no more than `most`. */
static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    const char *at = text;

    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return at != text && *at == '\0' && *number <= most;
}

const char *http_query(const struct http_request *request, const char *name)
{
    const char *value = NULL;

    if (MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, name,
                                      strlen(name), &value, NULL) != MHD_YES)
        return NULL;
    return value != NULL ? value : "";
}

bool http_query_number(struct http_request *request, const char *name, uint64_t most,
                       uint64_t otherwise, uint64_t *value, enum MHD_Result *result)
{
    const char *text = http_query(request, name);
    char what[128], advice[128];

    *value = otherwise;
    if (text == NULL || read_number(text, most, value))
        return true;
    (void)snprintf(what, sizeof what, "%s=%.60s is no number that fits here", name, text);
    (void)snprintf(advice, sizeof advice, "give a whole number from 0 to %" PRIu64, most);
    *result = http_answer_error(request, MHD_HTTP_BAD_REQUEST, what, advice);
    return false;
}

static bool route_knows(const struct http_route *route, const char *name)
{
    for (int i = 0; i < HTTP_QUERIES && route->queries[i] != NULL; i++)
        if (strcmp(route->queries[i], name) == 0 || strcmp(route->queries[i], "*") == 0)
            return true;
    return false;
}

struct query_look {
    const struct http_route *route;
    char what[128]; /* "": all is well */
};

static enum MHD_Result look_at_query(void *cls, enum MHD_ValueKind kind, const char *name,
                                     size_t name_size, const char *value, size_t value_size)
{
    struct query_look *look = cls;

    (void)kind;
    if (!route_knows(look->route, name) || strlen(name) != name_size)
        (void)snprintf(look->what, sizeof look->what, "%s does not know ?%.60s", look->route->path,
                       name);
    else if (value != NULL && (strlen(value) != value_size || strstr(value, "%00") != NULL))
        (void)snprintf(look->what, sizeof look->what, "?%.60s holds a NUL", name);
    return look->what[0] == '\0' ? MHD_YES : MHD_NO;
}

static bool queries_are_known(struct http_request *request, enum MHD_Result *result)
{
    struct query_look look = {.route = request->route, .what = ""};
    char advice[256] = "it takes none";
    size_t size = 0;

    if (strcmp(request->route->path, "/") == 0)
        return true;
    (void)MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, look_at_query,
                                      &look);
    if (look.what[0] == '\0')
        return true;
    for (int i = 0; i < HTTP_QUERIES && request->route->queries[i] != NULL; i++)
        size += (size_t)snprintf(advice + size, sizeof advice - size, "%s?%s",
                                 i == 0 ? "it takes " : ", ", request->route->queries[i]);
    *result = http_answer_error(request, MHD_HTTP_BAD_REQUEST, look.what, advice);
    return false;
}

/* ---- which address ---- */

static bool path_is(const struct http_route *route, const char *url, uint64_t *number)
{
    size_t size = strlen(route->path);

    if (size > 1 && route->path[size - 1] == '/')
        return strncmp(url, route->path, size) == 0 && read_number(url + size, UINT64_MAX, number);
    return strcmp(url, route->path) == 0;
}

/* NULL: an error was answered. */
static const struct http_route *find(struct http_request *request, const char *url,
                                     const char *method, enum MHD_Result *result)
{
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool post = strcmp(method, "POST") == 0;
    const struct http_route *other = NULL;
    char what[160];

    for (int i = 0; i < ROUTES; i++) {
        if (!path_is(&routes[i], url, &request->number))
            continue;
        if (routes[i].post ? post : get)
            return &routes[i];
        other = &routes[i];
    }
    if (other == NULL) {
        (void)snprintf(what, sizeof what, "there is no %.100s", url);
        *result = http_answer_error(request, MHD_HTTP_NOT_FOUND, what,
                                    "runtime/HTTP.md lists what there is; / is the page");
        return NULL;
    }
    request->route = other; /* for the header Allow */
    (void)snprintf(what, sizeof what, "%.100s is not for %.20s", url, method);
    *result = http_answer_error(request, MHD_HTTP_METHOD_NOT_ALLOWED, what,
                                other->post ? "use POST" : "use GET");
    return NULL;
}

/* ---- what a request must be like ---- */

static const char *header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* A page of another site may have had its name pointed to this machine: its requests come with that
 * name. */
static bool host_is_well(const struct http_request *request)
{
    const char *host = header(request, "Host");

    if (!request->admin && !request->server->tcp.loopback)
        return true;
    return host == NULL || *host == '\0' || host_is_loopback(host);
}

/* What a browser fetches for a page of another site: that page cannot read the answer, but it could
 * keep connections and taps open. To follow a link from there to here is fine. */
static bool is_for_another_site(const struct http_request *request)
{
    const char *site = header(request, "Sec-Fetch-Site"), *mode = header(request, "Sec-Fetch-Mode");

    return site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0 &&
           (mode == NULL || strcmp(mode, "navigate") != 0);
}

/* "application/json", with parameters or without. */
static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    size_t size = sizeof json - 1;

    return type != NULL && strncasecmp(type, json, size) == 0 &&
           (type[size] == '\0' || type[size] == ';' || type[size] == ' ');
}

static bool has_body(const struct http_request *request)
{
    const char *size = header(request, "Content-Length");

    return header(request, "Transfer-Encoding") != NULL || (size != NULL && strcmp(size, "0") != 0);
}

/* False: an error was answered. */
static bool head_is_well(struct http_request *request, enum MHD_Result *result)
{
    const char *size = header(request, "Content-Length");
    char advice[256];
    uint64_t bytes;

    if (request->route->admin && !request->admin) {
        const char *path = request->server->local.path;

        (void)snprintf(advice, sizeof advice,
                       path[0] != '\0' ? "ask at the Unix socket: curl --unix-socket %.150s ..."
                                       : "this server has no Unix socket "
                                         "(bus_http_options.socket_path)%.0s",
                       path);
        *result = http_answer_error(request, MHD_HTTP_FORBIDDEN,
                                    "this is for the owner of the program only", advice);
        return false;
    }
    if (!request->route->post) {
        if (has_body(request)) {
            *result =
                http_answer_error(request, MHD_HTTP_BAD_REQUEST, "a GET with a body", "send none");
            return false;
        }
        return queries_are_known(request, result);
    }
    if (!is_json(header(request, "Content-Type")) || header(request, "X-Busgen") == NULL) {
        *result =
            http_answer_error(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "not sent as an action",
                              "send Content-Type: application/json and X-Busgen: 1");
        return false;
    }
    if (size != NULL && (!read_number(size, UINT64_MAX, &bytes) || bytes > HTTP_BODY_MOST)) {
        *result = http_answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large",
                                    "64 KiB are the most");
        return false;
    }
    return queries_are_known(request, result);
}

/* ---- bodies ---- */

/* False: it cannot be taken, the connection is cut: there is no answering in the middle. */
static bool body_add(struct http_request *request, const char *bytes, size_t size)
{
    char *text;

    if (!request->route->post || size > HTTP_BODY_MOST - request->text_size)
        return false;
    text = realloc(request->text, request->text_size + size);
    if (text == NULL)
        return false;
    memcpy(text + request->text_size, bytes, size);
    request->text = text;
    request->text_size += size;
    return true;
}

static enum MHD_Result act(struct http_request *request)
{
    json_error_t error;
    char what[256];

    request->body = json_loadb(request->text != NULL ? request->text : "", request->text_size,
                               JSON_REJECT_DUPLICATES, &error);
    if (json_is_object(request->body))
        return request->route->answer(request);
    (void)snprintf(what, sizeof what, "the body is no JSON object: %.160s",
                   request->body == NULL ? error.text : "it is something else");
    return http_answer_error(request, MHD_HTTP_BAD_REQUEST, what, "send {\"name\": value, ...}");
}

/* ---- one request ---- */

/* False: an error was answered. */
static bool is_well(struct http_request *request, const char *url, const char *method,
                    enum MHD_Result *result)
{
    if (!host_is_well(request)) {
        *result =
            http_answer_error(request, MHD_HTTP_FORBIDDEN, "the request was meant for another host",
                              "use localhost, 127.0.0.1 or [::1] as the name");
        return false;
    }
    if (is_for_another_site(request)) {
        *result = http_answer_error(request, MHD_HTTP_FORBIDDEN,
                                    "the request was made by a page of another site",
                                    "open this address in a tab of its own");
        return false;
    }
    request->route = find(request, url, method, result);
    return request->route != NULL && head_is_well(request, result);
}

/* The head is there. What has a body is looked at now, so that a refused one need not be sent; that
 * ends the connection. Others are answered when libmicrohttpd calls again, which keeps it. */
static enum MHD_Result begin(struct bus_http *server, bool admin, struct MHD_Connection *connection,
                             const char *url, const char *method, void **state)
{
    struct http_request *request = calloc(1, sizeof *request);
    enum MHD_Result result = MHD_NO;

    if (request == NULL)
        return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, server->no_memory);
    *state = request;
    request->server = server;
    request->connection = connection;
    request->admin = admin;
    return !has_body(request) || is_well(request, url, method, &result) ? MHD_YES : result;
}

static enum MHD_Result serve(struct bus_http *server, bool admin, struct MHD_Connection *connection,
                             const char *url, const char *method, const char *upload,
                             size_t *upload_size, void **state)
{
    struct http_request *request = *state;
    enum MHD_Result result = MHD_NO;

    if (request == NULL)
        return begin(server, admin, connection, url, method, state);
    if (*upload_size != 0) {
        if (request->route == NULL || !body_add(request, upload, *upload_size))
            return MHD_NO;
        *upload_size = 0;
        return MHD_YES;
    }
    if (request->route == NULL && !is_well(request, url, method, &result))
        return result;
    return request->route->post ? act(request) : request->route->answer(request);
}

enum MHD_Result http_serve_tcp(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state)
{
    (void)version;
    return serve(cls, false, connection, url, method, upload, upload_size, state);
}

enum MHD_Result http_serve_local(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **state)
{
    (void)version;
    return serve(cls, true, connection, url, method, upload, upload_size, state);
}

void http_served(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode how)
{
    struct http_request *request = *state;

    (void)cls;
    (void)how;
    if (request == NULL)
        return;
    connections_phase(&request->server->connections, connection, CONNECTION_RESTS);
    json_decref(request->body);
    free(request->text);
    free(request);
    *state = NULL;
}
