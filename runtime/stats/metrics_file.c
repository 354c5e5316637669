/* stats/metrics_file.c - the metrics in a file that is always whole. */
#include "stats/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct target {
    const struct bus_os *os;
    int file;
    int why; /* errno of what failed */
};

static bool to_file(void *context, const char *bytes, size_t size)
{
    struct target *target = context;
    const struct bus_os *os = target->os;

    while (size != 0) {
        ptrdiff_t put = os->file_write(os->context, target->file, bytes, size);

        if (put <= 0) {
            target->why = put < 0 ? errno : ENOSPC;
            return false;
        }
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static enum bus_status say_failed(const struct bus *bus, const char *what, const char *path,
                                  int why)
{
    const char *words = strerrordesc_np(why);

    return fail_status(BUS_ERR_SYSTEM, "bus %s: cannot %s %s: %s", bus->name, what, path,
                       words != NULL ? words : "unknown error");
}

/* Written and lasting, or closed all the same. */
static enum bus_status fill(struct bus *bus, const struct bus_metrics_options *options,
                            struct target *target, const char *path, metrics_fn write)
{
    const struct bus_os *os = target->os;
    enum bus_status status = write(bus, options, to_file, target);

    if (target->why == 0 && status == BUS_OK && os->file_sync(os->context, target->file) != 0)
        target->why = errno;
    if (os->file_close(os->context, target->file) != 0 && target->why == 0)
        target->why = errno;
    return target->why != 0 ? say_failed(bus, "write", path, target->why) : status;
}

enum bus_status metrics_file(struct bus *bus, const struct bus_metrics_options *options,
                             const char *path, unsigned mode, metrics_fn write)
{
    struct target target = {0};
    char beside[PATH_MAX];
    enum bus_status status;
    int size;

    if (bus == NULL || bus->magic != BUS_MAGIC || path == NULL || path[0] == '\0')
        return fail_status(BUS_ERR_INVALID,
                           "cannot write metrics: the bus (closed?) or the path is NULL");
    target.os = &bus->os;
    if (target.os->file_open == NULL || target.os->file_write == NULL ||
        target.os->file_sync == NULL || target.os->file_close == NULL ||
        target.os->file_rename == NULL || target.os->file_remove == NULL)
        return fail_status(BUS_ERR_INVALID, "bus %s: its bus_os has no files", bus->name);
    size = snprintf(beside, sizeof beside, "%s.tmp", path);
    if (size < 0 || (size_t)size >= sizeof beside)
        return fail_status(BUS_ERR_INVALID, "bus %s: the path of the metrics is too long",
                           bus->name);
    target.file = target.os->file_open(target.os->context, beside,
                                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
    if (target.file < 0)
        return say_failed(bus, "open", beside, errno);
    status = fill(bus, options, &target, beside, write);
    if (status == BUS_OK && target.os->file_rename(target.os->context, beside, path) != 0)
        status = say_failed(bus, "replace", path, errno);
    if (status != BUS_OK)
        (void)target.os->file_remove(target.os->context, beside);
    return status;
}

enum bus_status bus_metrics_write(struct bus *bus, const struct bus_metrics_options *options,
                                  const char *path)
{
    return metrics_file(bus, options, path, 0644, bus_metrics_text);
}
