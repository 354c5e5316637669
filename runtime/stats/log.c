/* stats/log.c - the log's thread, and what it does. */
#include "stats/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "guard/errors.h"
#include "path/path.h"
#include "stats/metrics.h"

#define FILE_BYTES UINT64_C(10000000)
#define STATISTICS_NS (5 * BUS_SECOND)
#define STATISTICS_LEAST_NS (100 * BUS_MILLISECOND)
enum { FILES = 5 };
_Static_assert(LOG_LINE_SIZE >= 16384, "file_bytes holds a line at least");

/* ---- open ---- */

static enum bus_status check(const struct bus *bus, const struct bus_log_options *o)
{
    const char *const paths[] = {o->path, o->statistics_path, o->metrics_path};
    uint32_t i;

    if (bus->options.no_error_handling || bus->options.errors_kept == 0)
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.log: this bus keeps no errors (errors_kept, "
                           "no_error_handling), so there is nothing to log");
    if ((o->file_bytes != 0 && o->file_bytes < LOG_LINE_SIZE) || o->files > LINE_FILES_MOST ||
        (unsigned)o->least > BUS_SEVERITY_CRITICAL ||
        (o->statistics_ns != 0 && o->statistics_ns < STATISTICS_LEAST_NS))
        return fail_status(BUS_ERR_INVALID,
                           "bus_options.log: file_bytes at least %d, files at most %d, `least` a "
                           "severity, statistics_ns at least 100 ms",
                           LOG_LINE_SIZE, LINE_FILES_MOST);
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (paths[i] != NULL && strlen(paths[i]) > PATH_MAX - 32)
            return fail_status(BUS_ERR_INVALID, "bus_options.log: a path is too long");
    if ((o->path != NULL || o->statistics_path != NULL || o->metrics_path != NULL) &&
        !line_files_are_possible(&bus->os))
        return fail_status(BUS_ERR_INVALID, "bus_options.log: the bus_os of this bus has no files");
    return BUS_OK;
}

static bool has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Copies what the options point to; `at` moves on. */
static const char *copy_text(const char *text, char **at)
{
    size_t size;
    char *copy = *at;

    if (!has_text(text))
        return NULL;
    size = strlen(text) + 1;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static size_t size_of(const char *text)
{
    return has_text(text) ? strlen(text) + 1 : 0;
}

static bool copy_options(struct bus *bus, struct log *log, const struct bus_log_options *given)
{
    static const char behind[] = ".statistics.json";
    struct bus_log_options *o = &log->options;
    char beside[PATH_MAX] = "";
    char *at;

    *o = *given;
    if (o->statistics_path == NULL && has_text(o->path)) {
        (void)snprintf(beside, sizeof beside, "%s%s", o->path, behind);
        o->statistics_path = beside;
    }
    log->texts_size = size_of(o->path) + size_of(o->statistics_path) + size_of(o->metrics_path) +
                      size_of(o->metrics_prefix) + 1;
    log->texts = at = bus_take_memory(bus, log->texts_size, 8);
    if (at == NULL)
        return false;
    o->path = copy_text(o->path, &at);
    o->statistics_path = copy_text(o->statistics_path, &at);
    o->metrics_path = copy_text(o->metrics_path, &at);
    o->metrics_prefix = copy_text(o->metrics_prefix, &at);
    o->file_bytes = o->file_bytes != 0 ? o->file_bytes : FILE_BYTES;
    o->files = o->files != 0 ? o->files : FILES;
    o->statistics_ns = o->statistics_ns != 0 ? o->statistics_ns : STATISTICS_NS;
    log->file.path = o->path;
    log->file.bytes_max = o->file_bytes;
    log->file.files = o->files;
    return true;
}

static enum bus_status say_failing(struct bus *bus, struct log *log, const char *what,
                                   const char *path)
{
    const char *words = strerrordesc_np(errno);

    log->figures.failing = true;
    (void)snprintf(log->figures.text, sizeof log->figures.text, "cannot %s %.120s: %s", what, path,
                   words != NULL ? words : "unknown error");
    return fail_status(BUS_ERR_SYSTEM, "bus %s: its log: %s", bus->name, log->figures.text);
}

enum bus_status log_open(struct bus *bus)
{
    const struct bus_log_options *given = bus->options.log;
    enum bus_status status;
    struct log *log;

    if (given == NULL)
        return BUS_OK;
    status = check(bus, given);
    if (status != BUS_OK)
        return status;
    log = bus_take_memory(bus, sizeof *log, CACHE_LINE);
    if (log == NULL)
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for its log", bus->name);
    log->file.file = -1;
    bus->log = log;
    if (!copy_options(bus, log, given))
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for its log", bus->name);
    bus->options.log = NULL; /* the caller's, who may forget it now */
    if (log->options.path != NULL && !line_file_open(&log->file, &bus->os))
        return say_failing(bus, log, "open", log->options.path);
    return BUS_OK;
}

void log_free(struct bus *bus)
{
    struct log *log = bus->log;

    if (log == NULL)
        return;
    line_file_close(&log->file, &bus->os);
    if (log->texts != NULL)
        bus_give_memory(bus, log->texts, log->texts_size);
    bus_give_memory(bus, log, sizeof *log);
    bus->log = NULL;
}

/* ---- writing, under the lock ---- */

static enum bus_status put_line(struct bus *bus, struct log *log,
                                const struct bus_error_report *report)
{
    enum bus_status status = BUS_OK;

    log_line(log, bus, report);
    if (log->options.logger != NULL)
        log->options.logger(log->options.logger_context, report, log->line, log->line_size);
    log->line[log->line_size] = '\n';
    if (log->options.path != NULL &&
        !line_file_write(&log->file, &bus->os, log->line, (size_t)log->line_size + 1)) {
        status = say_failing(bus, log, "write", log->options.path);
        log->figures.lost++;
        return status;
    }
    log->figures.lines++;
    return BUS_OK;
}

static enum bus_status drain(struct bus *bus, struct log *log)
{
    enum bus_status status = BUS_OK;
    struct bus_error_report report;
    uint64_t oldest, last, id;

    oldest = history_begin(bus, &last);
    for (id = log->taken + 1; id <= last; id++) {
        if (id < oldest || !history_copy(bus, id, &report)) {
            log->figures.lost++;
        } else if (report.error.severity >= log->options.least) {
            enum bus_status one = put_line(bus, log, &report);

            status = one != BUS_OK ? one : status;
        }
        log->taken = id;
    }
    return status;
}

static enum bus_status statistics(struct bus *bus, struct log *log)
{
    const struct bus_metrics_options options = {.prefix = log->options.metrics_prefix};
    enum bus_status status = BUS_OK, one;

    if (log->options.statistics_path != NULL &&
        (one = metrics_file(bus, &options, log->options.statistics_path, 0600, bus_metrics_json)) !=
            BUS_OK)
        status = one;
    if (log->options.metrics_path != NULL &&
        (one = bus_metrics_write(bus, &options, log->options.metrics_path)) != BUS_OK)
        status = one;
    if (status != BUS_OK) {
        log->figures.failing = true;
        (void)snprintf(log->figures.text, sizeof log->figures.text, "%.*s",
                       (int)sizeof log->figures.text - 1, bus_last_error());
    }
    return status;
}

static void show(struct bus *bus, struct log *log)
{
    if (!log->figures.failing)
        log->figures.text[0] = '\0';
    log->figures.rotations = log->file.rotations;
    lock_take(&log->shown_lock, &bus->os);
    log->shown = log->figures;
    lock_give(&log->shown_lock, &bus->os);
}

/* Lines, and with `all` the statistics too, which show what became of the lines. */
static enum bus_status write_out(struct bus *bus, bool all)
{
    struct log *log = bus->log;
    enum bus_status lines, files = BUS_OK;

    lock_take(&log->lock, &bus->os);
    log->figures.failing = false;
    lines = drain(bus, log);
    show(bus, log);
    if (all) {
        files = statistics(bus, log);
        show(bus, log);
    }
    lock_give(&log->lock, &bus->os);
    return lines != BUS_OK ? lines : files;
}

/* ---- the thread ---- */

static bool has_statistics(const struct log *log)
{
    return log->options.statistics_path != NULL || log->options.metrics_path != NULL;
}

static bool all_taken(struct bus *bus, struct log *log)
{
    uint64_t last, taken;

    (void)history_begin(bus, &last);
    lock_take(&log->lock, &bus->os);
    taken = log->taken;
    lock_give(&log->lock, &bus->os);
    return taken == last;
}

static void sleep_until(struct bus *bus, struct log *log, uint32_t seen, uint64_t until)
{
    atomic_store_release_u32(&log->asleep, 1);
    if (all_taken(bus, log))
        while (atomic_load_acquire_u32(&log->word) == seen && bus_now(bus) < until)
            (void)bus->os.wait(bus->os.context, &log->word, seen, until);
    atomic_store_release_u32(&log->asleep, 0);
}

static void body(void *argument)
{
    struct bus *bus = argument;
    struct log *log = bus->log;
    bool timed = has_statistics(log);
    uint64_t due = timed ? bus_now(bus) : UINT64_MAX;
    struct thread *thread;

    while (atomic_load_acquire_u32(&log->ending) == 0) {
        uint32_t seen = atomic_load_acquire_u32(&log->word);
        bool all = timed && bus_now(bus) >= due;

        (void)write_out(bus, all);
        if (all)
            due = bus_until(bus, log->options.statistics_ns);
        if (atomic_load_acquire_u32(&log->ending) == 0)
            sleep_until(bus, log, seen, due);
    }
    thread = thread_known(bus); /* it has one if a logger published something */
    if (thread != NULL)
        thread_disown(thread);
}

void log_wake(struct bus *bus)
{
    if (atomic_exchange_u32(&bus->log->asleep, 0) != 0)
        tell_word(bus, &bus->log->word);
}

enum bus_status log_start(struct bus *bus)
{
    struct log *log = bus->log;
    char name[32];
    int error;

    if (log == NULL || bus->options.polled)
        return BUS_OK;
    (void)snprintf(name, sizeof name, "%.11s/log", bus->name);
    error = bus->os.thread_start(bus->os.context, &log->thread, name, body, bus);
    if (error == 0)
        return BUS_OK;
    log->thread = NULL;
    return fail_status(BUS_ERR_SYSTEM, "bus %s: the system refused a thread (errno %d)", bus->name,
                       error);
}

void log_rest(struct bus *bus)
{
    struct log *log = bus->log;

    if (log == NULL || log->thread == NULL)
        return;
    atomic_store_release_u32(&log->ending, 1);
    tell_word(bus, &log->word);
    bus->os.thread_join(bus->os.context, log->thread);
    log->thread = NULL;
    atomic_store_release_u32(&log->ending, 0);
}

void log_end(struct bus *bus)
{
    if (bus->log == NULL)
        return;
    log_rest(bus);
    (void)write_out(bus, true);
}

/* ---- asked for ---- */

enum bus_status bus_log_flush(struct bus *bus)
{
    if (bus == NULL || bus->magic != BUS_MAGIC)
        return fail_status(BUS_ERR_INVALID, "cannot flush a log: the bus is NULL or closed");
    if (bus->log == NULL)
        return fail_status(BUS_ERR_STATE, "bus %s: opened without bus_options.log", bus->name);
    return write_out(bus, true);
}

enum bus_status bus_log_figures_read(struct bus *bus, struct bus_log_figures *figures)
{
    if (figures != NULL)
        *figures = (struct bus_log_figures){0};
    if (bus == NULL || bus->magic != BUS_MAGIC || figures == NULL)
        return fail_status(BUS_ERR_INVALID,
                           "cannot read a log's figures: the bus (closed?) or figures is NULL");
    if (bus->log == NULL)
        return BUS_OK;
    lock_take(&bus->log->shown_lock, &bus->os);
    *figures = bus->log->shown;
    figures->there = true;
    lock_give(&bus->log->shown_lock, &bus->os);
    return BUS_OK;
}
