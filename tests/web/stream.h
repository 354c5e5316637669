/* stream.h - an answer that comes line by line, read while it comes. */
#ifndef STREAM_H
#define STREAM_H

#include <jansson.h>

#include "site.h"

struct stream {
    int socket;
    size_t size; /* of the bytes behind the head that were not used yet */
    char bytes[1 << 16];
};

/* Asks over the Unix socket; the answer must be 200. `body` NULL: GET. */
void stream_open(struct stream *stream, const struct site *site, const char *target,
                 const char *body);
/* The next line that is not empty, to be freed; NULL: the answer has ended. */
json_t *stream_line(struct stream *stream);
/* It has ended as an answer does, and was not cut off. */
bool stream_ended_well(const struct stream *stream);
void stream_close(struct stream *stream);

#endif
