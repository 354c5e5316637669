/* frame.c - messages over standard input and output: a header, an empty line, so many bytes. */
#include "lsp/lsp.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* More input; false at its end. */
static bool more(struct frame_reader *reader)
{
    ssize_t got;

    if (reader->start == reader->end)
        reader->start = reader->end = 0;
    do
        got = read(STDIN_FILENO, reader->buffer + reader->end, sizeof reader->buffer - reader->end);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return false;
    reader->end += (size_t)got;
    return true;
}

static enum frame_end broken(struct frame_reader *reader, const char *what, const char *line)
{
    char shown[48] = "";
    size_t size = 0;

    for (; line != NULL && line[size] != '\0' && size < sizeof shown - 1; size++)
        shown[size] = (char)(line[size] >= ' ' && line[size] < 0x7f ? line[size] : '?');
    snprintf(reader->fault, sizeof reader->fault, "%s%s%s", what, line != NULL ? ": " : "", shown);
    return FRAME_BROKEN;
}

/* One header line without its end. */
static enum frame_end read_line(struct frame_reader *reader, char line[LSP_HEADER_MAX],
                                bool nothing_yet)
{
    size_t size = 0;

    for (;;) {
        char byte;

        if (reader->start == reader->end && !more(reader))
            return nothing_yet && size == 0
                       ? FRAME_CLOSED
                       : broken(reader, "the input ends inside of a header", NULL);
        byte = reader->buffer[reader->start++];
        if (byte == '\n') {
            size -= size > 0 && line[size - 1] == '\r';
            line[size] = '\0';
            return FRAME_MESSAGE;
        }
        line[size++] = byte;
        if (size == LSP_HEADER_MAX) {
            line[size - 1] = '\0';
            return broken(reader, "a header line is longer than 4096 bytes", line);
        }
    }
}

/* The number behind `Content-Length:`. */
static bool read_length(const char *text, size_t *length)
{
    text += strspn(text, " \t");
    if (*text < '0' || *text > '9')
        return false;
    *length = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        if (*length > SIZE_MAX / 100)
            return false;
        *length = *length * 10 + (size_t)(*text - '0');
    }
    return text[strspn(text, " \t")] == '\0';
}

static enum frame_end read_header(struct frame_reader *reader, size_t *length)
{
    static const char name[] = "Content-Length:";
    char line[LSP_HEADER_MAX];
    bool known = false;

    for (int count = 0;; count++) {
        enum frame_end end = read_line(reader, line, count == 0);

        if (end != FRAME_MESSAGE)
            return end;
        if (*line == '\0' && count > 0)
            break;
        if (count == 32)
            return broken(reader, "a header has more than 32 lines", line);
        if (strchr(line, ':') == NULL)
            return broken(reader, "a header line is 'Name: value', this one is not", line);
        if (strncasecmp(line, name, sizeof name - 1) != 0)
            continue;
        if (known)
            return broken(reader, "a header has one Content-Length, this is a second one", line);
        if (!read_length(line + sizeof name - 1, length))
            return broken(reader, "Content-Length is a number of bytes, this is none", line);
        known = true;
    }
    return known ? FRAME_MESSAGE
                 : broken(reader, "a header needs a line 'Content-Length: BYTES'", NULL);
}

/* `length` bytes into `to`; NULL: they are thrown away. */
static bool read_body(struct frame_reader *reader, char *to, size_t length)
{
    while (length > 0) {
        size_t size = reader->end - reader->start;

        if (size == 0) {
            if (!more(reader))
                return false;
            continue;
        }
        if (size > length)
            size = length;
        if (to != NULL) {
            memcpy(to, reader->buffer + reader->start, size);
            to += size;
        }
        reader->start += size;
        length -= size;
    }
    return true;
}

enum frame_end frame_read(struct frame_reader *reader, char **body, size_t *size)
{
    enum frame_end end = read_header(reader, size);
    bool fits = *size <= LSP_MESSAGE_MAX;

    *body = NULL;
    if (end != FRAME_MESSAGE)
        return end;
    if (fits) {
        *body = must_allocate(*size + 1);
        (*body)[*size] = '\0';
    }
    if (!read_body(reader, *body, *size)) {
        free(*body);
        *body = NULL;
        return broken(reader, "the input ends inside of a message", NULL);
    }
    if (fits)
        return FRAME_MESSAGE;
    snprintf(reader->fault, sizeof reader->fault,
             "a message of %zu bytes was skipped: one has at most %d", *size, LSP_MESSAGE_MAX);
    return FRAME_TOO_LARGE;
}

bool frame_waits(const struct frame_reader *reader)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return reader->start != reader->end || poll(&input, 1, 0) > 0;
}

bool frame_write(json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    bool fine;

    json_decref(message);
    if (text == NULL)
        out_of_memory();
    fine = printf("Content-Length: %zu\r\n\r\n%s", strlen(text), text) > 0 && fflush(stdout) == 0;
    free(text);
    return fine;
}
