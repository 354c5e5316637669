/*
 * client.h - a plain HTTP client that sends exactly what it is told, over TCP or a Unix socket.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply {
    int status;   /* 0: the connection was closed without an answer */
    char *head;   /* terminated */
    char *body;   /* terminated; chunks are joined */
    size_t size;  /* of the body */
    char *memory; /* all of it */
};

/* A connected socket; -1: refused (errno). `path` NULL: TCP to 127.0.0.1:port. It gives up reading
 * after 30 s. */
int client_connect(uint16_t port, const char *path);
/* False: it was closed. */
bool client_send(int socket, const void *bytes, size_t size);
/* Reads to the end; `reply` is to be freed. */
void client_read(int socket, struct reply *reply);

/* Sends `request` as it stands, reads the answer to its end. */
struct reply client_ask(uint16_t port, const char *path, const char *request);
/* "GET target", with what every client sends; asserts that there was an answer. */
struct reply client_get(uint16_t port, const char *path, const char *target);
/* An action, as it must be sent. */
struct reply client_post(uint16_t port, const char *path, const char *target, const char *body);
void reply_free(struct reply *reply);

/* The value of a header line; "" if there is none. Static, overwritten. */
const char *reply_header(const struct reply *reply, const char *name);

#endif
