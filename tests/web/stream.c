/* stream.c - see the header. Chunks are taken apart as they come. */
#include "stream.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* False: the other side has closed. */
static bool more(struct stream *stream)
{
    ssize_t got = recv(stream->socket, stream->bytes + stream->size,
                       sizeof stream->bytes - 1 - stream->size, 0);

    if (got <= 0)
        return false;
    stream->size += (size_t)got;
    stream->bytes[stream->size] = '\0';
    return true;
}

static void use(struct stream *stream, size_t size)
{
    stream->size -= size;
    memmove(stream->bytes, stream->bytes + size, stream->size + 1);
}

void stream_open(struct stream *stream, const struct site *site, const char *target,
                 const char *body)
{
    char request[1024];
    int status = 0;

    if (body == NULL)
        (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                       target);
    else
        (void)snprintf(request, sizeof request,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\nX-Busgen: 1\r\nContent-Type: "
                       "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       target, strlen(body), body);
    stream->size = 0;
    stream->bytes[0] = '\0';
    stream->socket = client_connect(0, site->socket);
    assert_true(stream->socket >= 0);
    assert_true(client_send(stream->socket, request, strlen(request)));
    while (strstr(stream->bytes, "\r\n\r\n") == NULL)
        assert_true(more(stream));
    (void)sscanf(stream->bytes, "HTTP/%*s %d", &status);
    if (status != 200)
        fail_msg("%s: %s", target, stream->bytes);
    use(stream, (size_t)(strstr(stream->bytes, "\r\n\r\n") + 4 - stream->bytes));
}

/* A whole chunk at the start of the bytes: where its content is. False: the answer has ended. */
static bool chunk(struct stream *stream, size_t *from, size_t *size)
{
    for (;;) {
        char *line = strstr(stream->bytes, "\r\n");

        if (line != NULL) {
            *size = strtoul(stream->bytes, NULL, 16);
            *from = (size_t)(line + 2 - stream->bytes);
            if (*size == 0)
                return false;
            if (stream->size >= *from + *size + 2)
                return true;
        }
        if (!more(stream))
            return false;
    }
}

json_t *stream_line(struct stream *stream)
{
    static char line[1 << 16];
    size_t length = 0, from, size;

    while (chunk(stream, &from, &size)) {
        const char *content = stream->bytes + from, *end = memchr(content, '\n', size);
        size_t part = end != NULL ? (size_t)(end - content) : size;

        assert_true(length + part < sizeof line);
        memcpy(line + length, content, part);
        length += part;
        if (end == NULL) {
            use(stream, from + size + 2);
            continue;
        }
        /* What is behind the line stays, as a chunk. */
        if (part + 1 == size) {
            use(stream, from + size + 2);
        } else {
            char head[32];
            int digits = snprintf(head, sizeof head, "%zx\r\n", size - part - 1);

            assert_true((size_t)digits <= from + part + 1);
            use(stream, from + part + 1 - (size_t)digits);
            memcpy(stream->bytes, head, (size_t)digits);
        }
        if (length > 0) {
            json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);

            if (!json_is_object(object))
                fail_msg("no JSON object: %.*s", (int)length, line);
            return object;
        }
    }
    return NULL;
}

bool stream_ended_well(const struct stream *stream)
{
    return strncmp(stream->bytes, "0\r\n", 3) == 0;
}

void stream_close(struct stream *stream)
{
    (void)close(stream->socket);
}
