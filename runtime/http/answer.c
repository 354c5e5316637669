/* http/answer.c - answers and their headers. */
#include "http/server.h"

#include <stdlib.h>
#include <string.h>

#include "path/atomic.h"

/* Nothing here is to be kept, framed, run or guessed at. */
static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static enum MHD_Result queue(struct http_request *request, unsigned status, const char *type,
                             struct MHD_Response *response)
{
    static const char policy[] = "default-src 'none'; frame-ancestors 'none'";
    bool well = response != NULL;
    enum MHD_Result result;

    for (size_t i = 0; well && i < sizeof headers / sizeof headers[0]; i++)
        well = MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_YES;
    well = well && MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
    well =
        well && (MHD_get_response_header(response, "Content-Security-Policy") != NULL ||
                 MHD_add_response_header(response, "Content-Security-Policy", policy) == MHD_YES);
    if (well && status == MHD_HTTP_METHOD_NOT_ALLOWED)
        well = MHD_add_response_header(response, "Allow",
                                       request->route->post ? "POST" : "GET, HEAD") == MHD_YES;
    if (!well) {
        if (response != NULL)
            MHD_destroy_response(response);
        return MHD_queue_response(request->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                                  request->server->no_memory);
    }
    connections_phase(&request->server->connections, request->connection,
                      request->streams ? CONNECTION_STREAMS : CONNECTION_TAKES);
    result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result http_answer(struct http_request *request, unsigned status, const char *type,
                            struct page *page)
{
    struct MHD_Response *response = NULL;

    if (!page->failed)
        response =
            MHD_create_response_from_buffer_with_free_callback(page->size, page->bytes, free);
    if (response == NULL)
        page_free(page);
    *page = (struct page){0};
    return queue(request, status, type, response);
}

enum MHD_Result http_answer_json(struct http_request *request, unsigned status, struct json *json)
{
    json_line(json);
    (void)json_end(json);
    return http_answer(request, status, "application/json", json->page);
}

enum MHD_Result http_answer_error(struct http_request *request, unsigned status, const char *what,
                                  const char *advice)
{
    struct page page = {0};
    struct json json;

    json_begin(&json, &page);
    json_open(&json, NULL, '{');
    json_text(&json, "error", what);
    json_text(&json, "advice", advice);
    json_close(&json, '}');
    return http_answer_json(request, status, &json);
}

enum MHD_Result http_answer_refused(struct http_request *request, enum bus_status status)
{
    static const unsigned codes[] = {
        [BUS_ERR_INVALID] = MHD_HTTP_BAD_REQUEST,
        [BUS_ERR_NOT_REGISTERED] = MHD_HTTP_NOT_FOUND,
        [BUS_ERR_STATE] = MHD_HTTP_CONFLICT,
        [BUS_ERR_BUSY] = MHD_HTTP_CONFLICT,
        [BUS_ERR_MEMORY] = MHD_HTTP_SERVICE_UNAVAILABLE,
        [BUS_ERR_LIMIT] = MHD_HTTP_SERVICE_UNAVAILABLE,
        [BUS_ERR_TIMEOUT] = MHD_HTTP_SERVICE_UNAVAILABLE,
    };
    unsigned code = (unsigned)status < sizeof codes / sizeof codes[0] ? codes[status] : 0;

    return http_answer_error(request, code != 0 ? code : MHD_HTTP_INTERNAL_SERVER_ERROR,
                             bus_status_text(status), bus_last_error());
}

enum MHD_Result http_answer_fixed(struct http_request *request, const char *type,
                                  const unsigned char *bytes, size_t size, const char *policy)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);

    if (response != NULL &&
        MHD_add_response_header(response, "Content-Security-Policy", policy) != MHD_YES) {
        MHD_destroy_response(response);
        response = NULL;
    }
    return queue(request, MHD_HTTP_OK, type, response);
}

/* ---- streams ---- */

struct stream {
    struct bus_http *server;
    http_stream_fn next;
    void (*end)(void *context);
    void *context;
};

static ssize_t stream_read(void *cls, uint64_t position, char *to, size_t size)
{
    struct stream *stream = cls;
    int64_t written;

    (void)position;
    do
        written = stream->next(stream->context, to, size);
    while (written == 0);
    if (written > 0)
        return (ssize_t)written;
    return written == HTTP_STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM
                                      : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void stream_free(void *cls)
{
    struct stream *stream = cls;

    struct bus_http *server = stream->server;
    const struct bus_os *os = bus_os_native();

    stream->end(stream->context);
    free(stream);
    atomic_fetch_add_u32(&server->streams, (uint32_t)-1);
    os->wake(os->context, &server->streams, true);
}

enum MHD_Result http_answer_stream(struct http_request *request, const char *type,
                                   http_stream_fn next, void (*end)(void *context), void *context)
{
    struct stream *stream = malloc(sizeof *stream);
    struct MHD_Response *response = NULL;

    if (stream != NULL) {
        *stream = (struct stream){request->server, next, end, context};
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, stream,
                                                     stream_free);
    }
    if (response == NULL) {
        free(stream);
        end(context);
    } else {
        atomic_fetch_add_u32(&request->server->streams, 1);
    }
    request->streams = response != NULL;
    return queue(request, MHD_HTTP_OK, type, response);
}
