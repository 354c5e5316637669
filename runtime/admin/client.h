/*
 * client.h - questions to a program that runs, over its Unix socket (bus/http.h tells what it
 * answers). One connection, used by one thread.
 */
#ifndef BUSADM_CLIENT_H
#define BUSADM_CLIENT_H

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "admin.h"

enum { CLIENT_TEXT_SIZE = 512 };

struct client {
    CURL *curl;
    CURLM *multi;
    char socket[SOCKET_PATH_SIZE];
    uint64_t timeout_ms;
    /* Asked ten times a second while an answer is awaited; true: give up (CLIENT_STOPPED). */
    bool (*is_over)(void *context);
    void *context;
    /* Why the last question was not answered, and what to do. */
    char what[CLIENT_TEXT_SIZE];
    char advice[CLIENT_TEXT_SIZE];
};

enum client_end {
    CLIENT_ANSWERED,
    CLIENT_NOT_FOUND, /* 404 */
    CLIENT_REFUSED,   /* any other status that is no success */
    CLIENT_FAILED,    /* nobody there, or no answer that can be read */
    CLIENT_STOPPED,   /* is_over, or the reader of lines wanted no more */
};

/* False: no memory (said in `what`). */
bool client_open(struct client *client, const struct options *options, const char *socket);
void client_close(struct client *client);

/* One JSON document, which the caller releases; with `body` the question is a POST. */
enum client_end client_ask(struct client *client, const char *url, const json_t *body,
                           json_t **answer);
/* JSON objects, one a line, until they end; `line` may be false: no more. */
typedef bool (*client_line_fn)(void *context, const json_t *line);
enum client_end client_lines(struct client *client, const char *url, const json_t *body,
                             client_line_fn line, void *context);
/* Bytes as they are. */
enum client_end client_bytes(struct client *client, const char *url, FILE *to);

/* "/path?name=value&..." piece by piece; values are escaped, NULL is left out. */
enum { CLIENT_URL_SIZE = 4096 };
struct url {
    char text[CLIENT_URL_SIZE];
    size_t size;
    bool asked;    /* there is a '?' */
    bool overflow; /* it is too long */
};
void url_begin(struct url *url, const char *path);
void url_add(struct url *url, const char *name, const char *value);
void url_add_number(struct url *url, const char *name, uint64_t value);

/* Finds the socket, opens the client; false: said. */
bool client_begin(struct client *client, const struct options *options);
/* Says why, and returns the exit code for it. */
enum exit_code client_complain(const struct client *client, const struct options *options,
                               enum client_end end);

/* ---- reading answers: what is missing or of another kind is 0, "" or NULL ---- */
uint64_t field_u64(const json_t *object, const char *name);
double field_double(const json_t *object, const char *name);
const char *field_text(const json_t *object, const char *name);
bool field_flag(const json_t *object, const char *name);

/* The clock that nobody sets. */
uint64_t steady_ns(void);

#endif
