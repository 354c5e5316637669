/* stats/line_file.h - a file of lines that is set aside when it gets long: the log, the spans. */
#ifndef BUSGEN_STATS_LINE_FILE_H
#define BUSGEN_STATS_LINE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <bus/os.h>

enum { LINE_FILES_MOST = 1000 };

/* Used under a lock of its owner's. */
struct line_file {
    const char *path;   /* const; NULL: none */
    uint64_t bytes_max; /* const: of one file */
    uint32_t files;     /* const: kept of them */
    int file;           /* -1: not open */
    uint64_t size;      /* of the file */
    bool torn;          /* it ends in the middle of a line */
    uint64_t rotations;
};

/* The table has what the files need. */
bool line_files_are_possible(const struct bus_os *os);
/* Opens file->path; false: errno says why. */
bool line_file_open(struct line_file *file, const struct bus_os *os);
void line_file_close(struct line_file *file, const struct bus_os *os);
/* A line, which ends with its newline; first another file where this one would get too long. False:
 * errno says why. */
bool line_file_write(struct line_file *file, const struct bus_os *os, const char *line,
                     size_t size);

#endif
