/*
 * stats/log.h - error reports on their way to a file or a logger, statistics on theirs.
 *
 * No queue of its own: the history (guard/history.c) is the queue, and the log remembers the id of
 * the last report that it took. What is overwritten before it was taken is lost and counted.
 *
 * Waking. A report is made under the errors lock; then its maker looks at `asleep`. The log's
 * thread raises `asleep` and then reads, under that lock, what the last report is. So either it
 * sees the report, or the lock section of its maker came later and he sees `asleep`. Only the
 * first report after a pause costs its maker a system call.
 */
#ifndef BUSGEN_STATS_LOG_H
#define BUSGEN_STATS_LOG_H

#include <bus/log.h>

#include "core/engine.h"
#include "core/lock.h"
#include "stats/line_file.h"

enum { LOG_LINE_SIZE = 16 * 1024 }; /* a line with everything in it, each byte escaped */

struct log {
    struct bus_log_options options; /* const: every default filled, texts copied */
    char *texts;                    /* const */
    size_t texts_size;
    struct lock lock; /* whoever writes; guards what follows up to `shown_lock` */
    uint64_t taken;   /* id of the last report taken */
    struct line_file file;
    struct bus_log_figures figures;
    char line[LOG_LINE_SIZE];
    uint32_t line_size;
    struct lock shown_lock; /* inside the other; guards `shown`, which the statistics read, too */
    struct bus_log_figures shown;
    struct bus_os_thread *thread; /* NULL: none */
    bus_os_word word;             /* the thread waits on it */
    uint32_t asleep;              /* shared */
    uint32_t ending;              /* shared */
};

/* With the bus, before anything is reported; does nothing without bus_options.log.
 *   BUS_ERR_INVALID, BUS_ERR_MEMORY, BUS_ERR_SYSTEM (the file cannot be opened) */
enum bus_status log_open(struct bus *bus);
enum bus_status log_start(struct bus *bus);
/* Its thread ends. */
void log_rest(struct bus *bus);
/* That too; what is left is written, the file closed. */
void log_end(struct bus *bus);
void log_free(struct bus *bus);

void log_wake(struct bus *bus);
/* A report was made, the errors lock is given back. */
static inline void log_rouse(struct bus *bus)
{
    if (bus->log != NULL && atomic_load_relaxed_u32(&bus->log->asleep) != 0)
        log_wake(bus);
}

/* log_line.c: the report as a line in log->line, without a newline. */
void log_line(struct log *log, const struct bus *bus, const struct bus_error_report *report);

#endif
