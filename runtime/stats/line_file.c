/*
 * stats/log_file.c - a file of lines that is set aside when it gets long.
 *
 * PATH is written, PATH.1 is the one before it, and so on. A line is never split over two files.
 * After a write that failed in the middle of a line the next one begins with a newline, so that at
 * most one line of the file is no JSON.
 */
#include "stats/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

bool log_file_open(struct log *log, const struct bus_os *os)
{
    int64_t size;

    log->file = os->file_open(os->context, log->options.path,
                              O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    if (log->file < 0)
        return false;
    size = os->file_size(os->context, log->file);
    if (size < 0) {
        log_file_close(log, os);
        return false;
    }
    log->size = (uint64_t)size;
    return true;
}

void log_file_close(struct log *log, const struct bus_os *os)
{
    int why = errno;

    if (log->file >= 0)
        (void)os->file_close(os->context, log->file);
    log->file = -1;
    errno = why;
}

static void name_of(const struct log *log, uint32_t number, char name[PATH_MAX])
{
    if (number == 0)
        (void)snprintf(name, PATH_MAX, "%s", log->options.path);
    else
        (void)snprintf(name, PATH_MAX, "%s.%u", log->options.path, number);
}

/* Makes room for a new PATH; the file stays open where that fails, and is tried again with the next
 * line. One that is not there yet is no failure. */
static bool set_aside(struct log *log, const struct bus_os *os)
{
    char from[PATH_MAX], to[PATH_MAX];
    uint32_t number = log->options.files - 1;

    if (number == 0) {
        name_of(log, 0, from);
        return os->file_remove(os->context, from) == 0 || errno == ENOENT;
    }
    for (; number > 0; number--) {
        name_of(log, number - 1, from);
        name_of(log, number, to);
        if (os->file_rename(os->context, from, to) != 0 && errno != ENOENT)
            return false;
    }
    return true;
}

static bool write_all(struct log *log, const struct bus_os *os, const char *bytes, size_t size)
{
    while (size != 0) {
        ptrdiff_t put = os->file_write(os->context, log->file, bytes, size);

        if (put <= 0) {
            if (put == 0)
                errno = ENOSPC;
            return false;
        }
        log->size += (uint64_t)put;
        log->torn = true;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

bool log_file_write(struct log *log, const struct bus_os *os)
{
    if (log->file >= 0 && log->size != 0 &&
        log->size + log->line_size + 2 > log->options.file_bytes) {
        if (!set_aside(log, os))
            return false;
        log_file_close(log, os);
        log->figures.rotations++;
        log->torn = false;
    }
    if (log->file < 0 && !log_file_open(log, os))
        return false;
    if (log->torn && !write_all(log, os, "\n", 1))
        return false;
    log->line[log->line_size] = '\n';
    if (!write_all(log, os, log->line, log->line_size + 1))
        return false;
    log->torn = false;
    return true;
}
