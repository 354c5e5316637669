/* http/metrics.c - the figures of bus/metrics.h. */
#include "http/server.h"

#include <bus/metrics.h>

typedef enum bus_status (*metrics_fn)(struct bus *bus, const struct bus_metrics_options *options,
                                      bus_text_fn fn, void *context);

static enum MHD_Result show(struct http_request *request, metrics_fn metrics, const char *type)
{
    const char *prefix = request->server->metrics_prefix;
    const struct bus_metrics_options options = {prefix[0] != '\0' ? prefix : NULL};
    struct page page = {0};
    enum bus_status status = metrics(request->server->bus, &options, page_add, &page);

    if (status == BUS_OK || page.failed)
        return http_answer(request, MHD_HTTP_OK, type, &page);
    page_free(&page);
    return http_answer_refused(request, status);
}

enum MHD_Result http_metrics(struct http_request *request)
{
    return show(request, bus_metrics_text, "text/plain; version=0.0.4; charset=utf-8");
}

enum MHD_Result http_metrics_json(struct http_request *request)
{
    return show(request, bus_metrics_json, "application/json");
}
