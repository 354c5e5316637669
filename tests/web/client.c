/* client.c - see the header. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

int client_connect(uint16_t port, const char *path)
{
    const struct timeval patience = {.tv_sec = 30};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *to = (const void *)&tcp;
    socklen_t size = sizeof tcp;
    int made = socket(path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(made >= 0);
    (void)setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (path != NULL) {
        assert_true(strlen(path) < sizeof local.sun_path);
        memcpy(local.sun_path, path, strlen(path) + 1);
        to = (const void *)&local;
        size = sizeof local;
    }
    if (connect(made, to, size) == 0)
        return made;
    size = (socklen_t)errno;
    (void)close(made);
    errno = (int)size;
    return -1;
}

bool client_send(int socket, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size != 0) {
        ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Chunks become what they carry, in place; one that was cut off, as much as came. */
static size_t join_chunks(char *body, size_t all)
{
    char *from = body, *to = body, *end = body + all;

    for (;;) {
        char *line;
        size_t size = strtoul(from, &line, 16);

        line = strstr(line, "\r\n");
        if (line == NULL || size == 0)
            break;
        line += 2;
        size = size < (size_t)(end - line) ? size : (size_t)(end - line);
        memmove(to, line, size);
        to += size;
        from = (size_t)(end - line) > size + 2 ? line + size + 2 : end;
    }
    *to = '\0';
    return (size_t)(to - body);
}

void client_read(int socket, struct reply *reply)
{
    size_t size = 0, capacity = 1 << 16;
    ssize_t got;

    *reply = (struct reply){.head = "", .body = "", .memory = malloc(capacity + 1)};
    assert_non_null(reply->memory);
    while ((got = recv(socket, reply->memory + size, capacity - size, 0)) > 0) {
        size += (size_t)got;
        if (size == capacity) {
            capacity *= 2;
            reply->memory = realloc(reply->memory, capacity + 1);
            assert_non_null(reply->memory);
        }
    }
    reply->memory[size] = '\0';
    reply->body = strstr(reply->memory, "\r\n\r\n");
    if (reply->body == NULL || sscanf(reply->memory, "HTTP/%*d.%*d %d", &reply->status) != 1) {
        reply->body = ""; /* nothing, or cut off in its head */
        return;
    }
    reply->head = reply->memory;
    reply->body[2] = '\0';
    reply->body += 4;
    reply->size = size - (size_t)(reply->body - reply->memory);
    if (strcasecmp(reply_header(reply, "Transfer-Encoding"), "chunked") == 0)
        reply->size = join_chunks(reply->body, reply->size);
}

struct reply client_ask(uint16_t port, const char *path, const char *request)
{
    struct reply reply;
    int socket = client_connect(port, path);

    assert_true(socket >= 0);
    (void)client_send(socket, request, strlen(request));
    client_read(socket, &reply);
    (void)close(socket);
    return reply;
}

struct reply client_get(uint16_t port, const char *path, const char *target)
{
    char request[1024];
    struct reply reply;

    (void)snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", target);
    reply = client_ask(port, path, request);
    assert_int_not_equal(reply.status, 0);
    return reply;
}

struct reply client_post(uint16_t port, const char *path, const char *target, const char *body)
{
    char request[4096];
    struct reply reply;

    (void)snprintf(request, sizeof request,
                   "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                   "Content-Type: application/json\r\nX-Busgen: 1\r\nContent-Length: %zu\r\n\r\n%s",
                   target, strlen(body), body);
    reply = client_ask(port, path, request);
    assert_int_not_equal(reply.status, 0);
    return reply;
}

void reply_free(struct reply *reply)
{
    free(reply->memory);
    *reply = (struct reply){0};
}

const char *reply_header(const struct reply *reply, const char *name)
{
    static char value[1024];
    const char *line = strstr(reply->head, "\r\n");
    size_t size = strlen(name);

    for (; line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(line + size + 2, "\r"),
                           line + size + 2);
            return value;
        }
    }
    return "";
}
