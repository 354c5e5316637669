#include "journal.h"

#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file in a folder that is new itself is there for certain when the folder is on disk, too. */
static bool folder_sync(const char *folder)
{
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = file >= 0 && fsync(file) == 0;

    if (file >= 0)
        close(file);
    return synced;
}

/* Cuts off a last line that has no end: somebody was killed while it was written. */
static bool cut_off(int file)
{
    off_t size = lseek(file, 0, SEEK_END), end = size;
    char last = '\n';

    while (end > 0 && pread(file, &last, 1, end - 1) == 1 && last != '\n')
        end--;
    return size >= 0 && (end == size || ftruncate(file, end) == 0);
}

bool journal_open(struct journal *journal, const char *folder, const char *name,
                  journal_reader reader, void *context)
{
    char path[4096];
    int error;

    *journal = (struct journal){0};
    if (folder == NULL)
        return true;
    errno = ENAMETOOLONG;
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return false;
    /* O_DSYNC: write returns when the disk has it. */
    journal->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_DSYNC | O_CLOEXEC, 0600);
    journal->is_open = journal->file >= 0;
    if (journal->is_open && folder_sync(folder) && cut_off(journal->file) &&
        journal_read(journal, reader, context))
        return true;
    error = errno;
    journal_close(journal);
    errno = error;
    return false;
}

bool journal_read(const struct journal *journal, journal_reader reader, void *context)
{
    struct lines lines;
    enum lines_status status;

    if (!journal->is_open)
        return true;
    if (lseek(journal->file, 0, SEEK_SET) != 0)
        return false;
    lines_init(&lines, journal->file);
    while ((status = lines_next(&lines)) == LINES_LINE)
        if (!reader(context, lines.text))
            break;
    if (status != LINES_END && status != LINES_ERROR)
        errno = EILSEQ;
    return status == LINES_END;
}

bool journal_add(const struct journal *journal, const char *line)
{
    size_t size = strlen(line);
    ssize_t written;
    off_t before;
    int error;

    if (!journal->is_open)
        return true;
    before = lseek(journal->file, 0, SEEK_END);
    written = before >= 0 ? write(journal->file, line, size) : -1;
    if (written == (ssize_t)size)
        return true;
    error = written < 0 ? errno : ENOSPC;
    if (written > 0 && ftruncate(journal->file, before) != 0)
        error = errno;
    errno = error;
    return false;
}

void journal_close(struct journal *journal)
{
    if (journal->is_open)
        close(journal->file);
    journal->is_open = false;
}
