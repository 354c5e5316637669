/*
 * lines.h - a file line by line, whatever it holds.
 *
 * A line ends with LF or CRLF, the last one perhaps with the file. Any bytes may be in it, NUL
 * included. Memory is bounded: a line over LINES_SIZE_MAX bytes is reported and skipped.
 */
#ifndef EXAMPLES_LINES_H
#define EXAMPLES_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINES_SIZE_MAX = 64 * 1024 };

enum lines_status {
    LINES_LINE,     /* `text` and `size` hold the line, without its end, with a NUL behind */
    LINES_TOO_LONG, /* the line was skipped */
    LINES_END,
    LINES_ERROR, /* errno says why; EINTR: a signal came */
};

struct lines {
    int file;
    uint64_t number; /* of the line last returned, from 1 */
    char *text;      /* valid until the next call; may be written to */
    size_t size;
    /* private */
    size_t start; /* first byte of `buffer` that was not returned yet */
    size_t end;   /* behind the last byte that was read */
    bool at_end;  /* of the file */
    char buffer[2 * LINES_SIZE_MAX + 1];
};

/* Reads from the descriptor `file`, which stays yours. */
void lines_init(struct lines *lines, int file);
enum lines_status lines_next(struct lines *lines);

#endif
