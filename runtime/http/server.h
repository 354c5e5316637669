/*
 * http/server.h - the server from inside: listeners, requests, answers.
 *
 * libmicrohttpd accepts connections and gives each a thread of its own, so an answer may wait. All
 * of a request is on the thread of its connection; what requests share is the server, which does
 * not change while it is open, but for `closing`.
 *
 * To add an address: a row in route.c and a function that answers.
 */
#ifndef BUSGEN_HTTP_SERVER_H
#define BUSGEN_HTTP_SERVER_H

#include <bus/http.h>
#include <bus/os.h>

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/connections.h"
#include "http/json.h"
#include "http/listen.h"

enum { HTTP_BODY_MOST = 64 * 1024, HTTP_QUERIES = 6 };

struct bus_http {
    struct bus *bus;
    struct http_tcp tcp;
    struct http_unix local;
    struct MHD_Daemon *tcp_daemon;   /* NULL: there is none */
    struct MHD_Daemon *local_daemon; /* the same */
    struct MHD_Response *no_memory;  /* an answer that is there when there is no memory for one */
    uint32_t connections_max;
    struct connections connections;
    bus_os_word closing;     /* shared: 1: bus_http_close has begun */
    bus_os_word streams;     /* shared: answers that come bit by bit */
    char metrics_prefix[64]; /* "": none */
    char said[256];          /* what libmicrohttpd complained of last, while it is opened */
};

struct http_request;

struct http_route {
    const char *path; /* one that ends in '/' has a number behind it, but for "/" */
    bool post;        /* else GET and HEAD */
    bool admin;       /* over the Unix socket only */
    const char *queries[HTTP_QUERIES]; /* that it knows */
    enum MHD_Result (*answer)(struct http_request *request);
};

struct http_request {
    struct bus_http *server;
    struct MHD_Connection *connection;
    const struct http_route *route;
    bool admin;      /* it came over the Unix socket */
    bool streams;    /* its answer comes bit by bit */
    uint64_t number; /* behind the path */
    json_t *body;    /* of a POST, an object; valid until the answer was given */
    char *text;      /* that it is read from */
    size_t text_size;
};

/* ---- what was asked (route.c) ---- */

/* Serves one request; the handler that libmicrohttpd calls. `cls` is the server. */
enum MHD_Result http_serve_tcp(void *cls, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state);
enum MHD_Result http_serve_local(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_size, void **state);
/* The request is over, whatever became of it. */
void http_served(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode how);

/* A query, `?name=value`; NULL: it is not there. `name` must be among those of its route. */
const char *http_query(const struct http_request *request, const char *name);
/* A number from 0 to `most`; absent: `otherwise`. False: it is none; a 400 was answered, whose
 * result is in *result. */
bool http_query_number(struct http_request *request, const char *name, uint64_t most,
                       uint64_t otherwise, uint64_t *value, enum MHD_Result *result);

/* ---- answers (answer.c) ---- */

/* `status` is that of HTTP. Takes over the bytes of the page, also when it fails; a page that had
 * no memory is answered with 503. */
enum MHD_Result http_answer(struct http_request *request, unsigned status, const char *type,
                            struct page *page);
/* The page is one JSON value; ends it. */
enum MHD_Result http_answer_json(struct http_request *request, unsigned status, struct json *json);
/* Bytes that stay for ever, with a Content-Security-Policy of their own. */
enum MHD_Result http_answer_fixed(struct http_request *request, const char *type,
                                  const unsigned char *bytes, size_t size, const char *policy);
/* {"error": what, "advice": advice} */
enum MHD_Result http_answer_error(struct http_request *request, unsigned status, const char *what,
                                  const char *advice);
/* The same for what the bus has refused: 400, 404, 409, 503, ... and bus_last_error. */
enum MHD_Result http_answer_refused(struct http_request *request, enum bus_status status);

/* An answer that comes bit by bit. `next` writes up to `size` bytes to `to` and returns how many,
 * or HTTP_STREAM_END, or HTTP_STREAM_BROKEN (the connection is cut, so that the reader knows); it
 * may wait, but not for longer than a second without writing something, and ends soon when
 * http_is_closing. Called on the thread of the connection. `end` is called once, also when the
 * stream could not begin. */
enum { HTTP_STREAM_END = -1, HTTP_STREAM_BROKEN = -2 };
typedef int64_t (*http_stream_fn)(void *context, char *to, size_t size);
enum MHD_Result http_answer_stream(struct http_request *request, const char *type,
                                   http_stream_fn next, void (*end)(void *context), void *context);

/* ---- time (server.c) ---- */

bool http_is_closing(const struct bus_http *server);
/* Waits for `ns`; false: the server closes. */
bool http_pause(struct bus_http *server, uint64_t ns);
/* Milliseconds since 1970. */
uint64_t http_now_ms(void);

/* ---- what there is to see ---- */

enum MHD_Result http_page(struct http_request *request);         /* / */
enum MHD_Result http_livez(struct http_request *request);        /* health.c */
enum MHD_Result http_readyz(struct http_request *request);       /* health.c */
enum MHD_Result http_healthz(struct http_request *request);      /* health.c */
enum MHD_Result http_metrics(struct http_request *request);      /* metrics.c */
enum MHD_Result http_metrics_json(struct http_request *request); /* metrics.c */
enum MHD_Result http_status(struct http_request *request);       /* status.c */
enum MHD_Result http_graph(struct http_request *request);        /* graph.c */
enum MHD_Result http_letters(struct http_request *request);      /* letters.c */
enum MHD_Result http_letter(struct http_request *request);       /* letters.c */
enum MHD_Result http_schedule(struct http_request *request);     /* schedule.c */
enum MHD_Result http_tap(struct http_request *request);          /* tap.c */
enum MHD_Result http_replay(struct http_request *request);       /* replay.c */
enum MHD_Result http_letter_bytes(struct http_request *request); /* action.c */
enum MHD_Result http_purge(struct http_request *request);        /* action.c */
enum MHD_Result http_cancel(struct http_request *request);       /* action.c */

#endif
