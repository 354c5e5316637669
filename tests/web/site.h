/*
 * site.h - a started bus with a web server on it, on a port that is free and on a Unix socket.
 */
#ifndef SITE_H
#define SITE_H

#include <bus/http.h>
#include <jansson.h>

#include "client.h"
#include "folder.h"
#include "support.h"

struct site {
    struct bus *bus;
    struct bus_http *server;
    uint16_t port;
    const char *socket;
};

/* `options` NULL: one worker. The bus is started unless `unstarted`. */
struct site site_open(const struct bus_options *options, bool unstarted);
void site_close(struct site *site);

/* GET over TCP; the status must be `status`. The body; valid until the next call. */
const char *site_text(const struct site *site, const char *target, int status);
/* The same as JSON, to be freed with json_decref; over the Unix socket if `local`. */
json_t *site_json(const struct site *site, bool local, const char *target, int status);
/* GET /status over TCP. */
json_t *site_status(const struct site *site);
/* The member of a list of objects whose `key` is `value`; the test ends when there is none. */
json_t *list_find(json_t *list, const char *key, const char *value);
uint64_t json_count(json_t *object, const char *key);

#endif
