/*
 * stats/line_file.c - a file of lines that is set aside when it gets long.
 *
 * PATH is written, PATH.1 is the one before it, and so on. A line is never split over two files.
 * After a write that failed in the middle of a line the next one begins with a newline, so that at
 * most one line of the file is no JSON.
 */
#include "stats/line_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

bool line_files_are_possible(const struct bus_os *os)
{
    return os->file_open != NULL && os->file_write != NULL && os->file_size != NULL &&
           os->file_sync != NULL && os->file_close != NULL && os->file_rename != NULL &&
           os->file_remove != NULL;
}

bool line_file_open(struct line_file *file, const struct bus_os *os)
{
    int64_t size;

    file->file =
        os->file_open(os->context, file->path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    if (file->file < 0)
        return false;
    size = os->file_size(os->context, file->file);
    if (size < 0) {
        line_file_close(file, os);
        return false;
    }
    file->size = (uint64_t)size;
    return true;
}

void line_file_close(struct line_file *file, const struct bus_os *os)
{
    int why = errno;

    if (file->file >= 0)
        (void)os->file_close(os->context, file->file);
    file->file = -1;
    errno = why;
}

static void name_of(const struct line_file *file, uint32_t number, char name[PATH_MAX])
{
    if (number == 0)
        (void)snprintf(name, PATH_MAX, "%s", file->path);
    else
        (void)snprintf(name, PATH_MAX, "%s.%u", file->path, number);
}

/* Makes room for a new PATH; the file stays open where that fails, and is tried again with the next
 * line. One that is not there yet is no failure. */
static bool set_aside(struct line_file *file, const struct bus_os *os)
{
    char from[PATH_MAX], to[PATH_MAX];
    uint32_t number = file->files - 1;

    if (number == 0) {
        name_of(file, 0, from);
        return os->file_remove(os->context, from) == 0 || errno == ENOENT;
    }
    for (; number > 0; number--) {
        name_of(file, number - 1, from);
        name_of(file, number, to);
        if (os->file_rename(os->context, from, to) != 0 && errno != ENOENT)
            return false;
    }
    return true;
}

static bool write_all(struct line_file *file, const struct bus_os *os, const char *bytes,
                      size_t size)
{
    while (size != 0) {
        ptrdiff_t put = os->file_write(os->context, file->file, bytes, size);

        if (put <= 0) {
            if (put == 0)
                errno = ENOSPC;
            return false;
        }
        file->size += (uint64_t)put;
        file->torn = true;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

bool line_file_write(struct line_file *file, const struct bus_os *os, const char *line, size_t size)
{
    if (file->file >= 0 && file->size != 0 && file->size + size + 1 > file->bytes_max) {
        if (!set_aside(file, os))
            return false;
        line_file_close(file, os);
        file->rotations++;
        file->torn = false;
    }
    if (file->file < 0 && !line_file_open(file, os))
        return false;
    if (file->torn && !write_all(file, os, "\n", 1))
        return false;
    if (!write_all(file, os, line, size))
        return false;
    file->torn = false;
    return true;
}
