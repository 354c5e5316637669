/*
 * http/health.c - is the process there, may it be given work, is it well.
 *
 * /livez looks at nothing: whoever restarts what is not alive must not do so because something that
 * it needs is away. /readyz: give it no work (yet, or any more). /healthz: a person should look.
 */
#include "http/server.h"

#include <stdio.h>
#include <string.h>

#include <bus/health.h>

static void add(struct page *page, const char *text)
{
    (void)page_add(page, text, strlen(text));
}

static void add_reason(struct page *page, enum bus_health_state state, const char *text)
{
    add(page, bus_health_text(state));
    add(page, ": ");
    add(page, text);
    add(page, "\n");
}

static enum MHD_Result send_text(struct http_request *request, bool well, struct page *page)
{
    return http_answer(request, well ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                       "text/plain; charset=utf-8", page);
}

enum MHD_Result http_livez(struct http_request *request)
{
    struct page page = {0};

    add(&page, "ok\n");
    return send_text(request, true, &page);
}

/* NULL: it is. */
static const char *why_not_ready(const struct bus_health *health, char text[512])
{
    if (health->life != BUS_LIFE_RUNNING) {
        (void)snprintf(text, 512, "the bus is %s%s", bus_life_text(health->life),
                       health->life == BUS_LIFE_OPEN ? " and was not started yet" : "");
        return text;
    }
    if (health->has_store && health->store.condition == BUS_STORE_BROKEN) {
        (void)snprintf(text, 512, "the store is broken: %s", health->store.text);
        return text;
    }
    return NULL;
}

enum MHD_Result http_readyz(struct http_request *request)
{
    struct bus_health health;
    struct page page = {0};
    char text[512];
    const char *why;

    if (bus_health(request->server->bus, &health) != BUS_OK)
        return http_answer_refused(request, BUS_ERR_INVALID);
    why = why_not_ready(&health, text);
    add(&page, why != NULL ? why : "ok");
    add(&page, "\n");
    return send_text(request, why == NULL, &page);
}

enum MHD_Result http_healthz(struct http_request *request)
{
    struct bus_health health;
    struct page page = {0};

    if (bus_health(request->server->bus, &health) != BUS_OK)
        return http_answer_refused(request, BUS_ERR_INVALID);
    add(&page, health.stopped ? bus_life_text(health.life) : bus_health_text(health.state));
    add(&page, "\n");
    if (http_query(request, "verbose") != NULL)
        for (uint32_t i = 0; i < health.reason_count; i++)
            add_reason(&page, health.reasons[i].state, health.reasons[i].text);
    return send_text(request, !health.stopped && health.state != BUS_HEALTH_CRITICAL, &page);
}
