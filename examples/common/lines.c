#include "lines.h"

#include <string.h>
#include <unistd.h>

void lines_init(struct lines *lines, int file)
{
    lines->file = file;
    lines->number = 0;
    lines->text = lines->buffer;
    lines->size = 0;
    lines->start = 0;
    lines->end = 0;
    lines->at_end = false;
}

/* Reads more behind what is there. Returns false on an error. */
static bool fill(struct lines *lines)
{
    ssize_t got;

    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    got = read(lines->file, lines->buffer + lines->end, sizeof(lines->buffer) - 1 - lines->end);
    if (got < 0)
        return false;
    if (got == 0)
        lines->at_end = true;
    lines->end += (size_t)got;
    return true;
}

static enum lines_status give(struct lines *lines, size_t size, size_t with_end)
{
    lines->number++;
    lines->text = lines->buffer + lines->start;
    lines->size = size;
    lines->start += with_end;
    if (size > 0 && lines->text[size - 1] == '\r')
        lines->size--;
    if (size > LINES_SIZE_MAX)
        return LINES_TOO_LONG;
    lines->text[lines->size] = '\0';
    return LINES_LINE;
}

enum lines_status lines_next(struct lines *lines)
{
    bool skipping = false;

    for (;;) {
        const char *start = lines->buffer + lines->start;
        size_t there = lines->end - lines->start;
        const char *newline = there > 0 ? memchr(start, '\n', there) : NULL;

        if (newline != NULL || (lines->at_end && there > 0)) {
            size_t size = newline != NULL ? (size_t)(newline - start) : there;
            size_t with_end = newline != NULL ? size + 1 : size;
            enum lines_status status = give(lines, size, with_end);

            return skipping ? LINES_TOO_LONG : status;
        }
        if (lines->at_end) {
            if (!skipping)
                return LINES_END;
            lines->number++;
            return LINES_TOO_LONG;
        }
        if (there > LINES_SIZE_MAX) { /* too long already: forget what is there */
            skipping = true;
            lines->start = lines->end;
        }
        if (!fill(lines))
            return LINES_ERROR;
    }
}
