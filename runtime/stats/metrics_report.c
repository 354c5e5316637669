/* stats/metrics_report.c - the frame of a call for metrics, whatever their format. */
#include "stats/metrics.h"

enum { PREFIX_MOST = 63 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static bool is_prefix(const char *prefix)
{
    size_t i;

    for (i = 0; prefix[i] != '\0'; i++)
        if (i == PREFIX_MOST ||
            !(is_letter(prefix[i]) || (i != 0 && prefix[i] >= '0' && prefix[i] <= '9')))
            return false;
    return true;
}

enum bus_status metrics_report(struct bus *bus, const struct bus_metrics_options *options,
                               bus_text_fn fn, void *context,
                               void (*write)(struct text *text, const char *prefix,
                                             const struct bus *bus, const struct reading *reading))
{
    const char *prefix = options != NULL && options->prefix != NULL ? options->prefix : "";
    struct text text = {.fn = fn, .context = context};
    struct reading *reading;

    if (bus == NULL || bus->magic != BUS_MAGIC || fn == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot show metrics: the bus (closed?) or fn is NULL");
    if (!is_prefix(prefix))
        return fail_status(BUS_ERR_INVALID,
                           "bus_metrics_options.prefix: letters, digits, '_' and ':', at most %d, "
                           "not beginning with a digit",
                           PREFIX_MOST);
    reading = reading_take(bus);
    if (reading == NULL)
        return BUS_ERR_MEMORY;
    write(&text, prefix, bus, reading);
    reading_free(bus, reading);
    if (!text_finish(&text))
        return fail_status(BUS_ERR_SYSTEM, "bus %s: its metrics could not be passed on", bus->name);
    return BUS_OK;
}
