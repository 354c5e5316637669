/* site.c - see the header. */
#include "site.h"

struct site site_open(const struct bus_options *options, bool unstarted)
{
    struct site site = {.bus = open_bus(options)};

    (void)folder_make();
    site.socket = folder_path("bus.sock");
    if (!unstarted)
        assert_int_equal(bus_start(site.bus), BUS_OK);
    if (bus_http_open(&site.server, site.bus,
                      &(struct bus_http_options){.any_port = true, .socket_path = site.socket}) !=
        BUS_OK)
        fail_msg("%s", bus_last_error());
    site.port = bus_http_port(site.server);
    assert_int_not_equal(site.port, 0);
    return site;
}

void site_close(struct site *site)
{
    assert_int_equal(bus_http_close(&site->server), BUS_OK);
    assert_null(site->server);
    if (site->bus != NULL)
        finish_bus(&site->bus);
    folder_remove();
}

const char *site_text(const struct site *site, const char *target, int status)
{
    static struct reply reply;

    reply_free(&reply);
    reply = client_get(site->port, NULL, target);
    if (reply.status != status)
        fail_msg("%s: %d, not %d: %s", target, reply.status, status, reply.body);
    return reply.body;
}

json_t *site_json(const struct site *site, bool local, const char *target, int status)
{
    struct reply reply = client_get(site->port, local ? site->socket : NULL, target);
    json_error_t error;
    json_t *json = json_loadb(reply.body, reply.size, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL)
        fail_msg("%s: %s at %d in %s", target, error.text, error.position, reply.body);
    if (reply.status != status)
        fail_msg("%s: %d, not %d: %s", target, reply.status, status, reply.body);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/json");
    assert_string_equal(reply_header(&reply, "Cache-Control"), "no-store");
    assert_string_equal(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(reply_header(&reply, "Referrer-Policy"), "no-referrer");
    assert_string_equal(reply_header(&reply, "Cross-Origin-Resource-Policy"), "same-origin");
    reply_free(&reply);
    return json;
}

json_t *site_status(const struct site *site)
{
    return site_json(site, false, "/status", 200);
}

json_t *list_find(json_t *list, const char *key, const char *value)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item) if (strcmp(json_string_value(json_object_get(item, key)),
                                                 value) == 0) return item;
    fail_msg("there is none with %s %s", key, value);
    return NULL;
}

uint64_t json_count(json_t *object, const char *key)
{
    json_t *number = json_object_get(object, key);

    if (!json_is_integer(number))
        fail_msg("%s is no whole number", key);
    return (uint64_t)json_integer_value(number);
}
