/* stats/metric_text.c - what both formats of the metrics need: text in pieces, and the frame of a
 * call. */
#include "stats/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bus/wire.h>

enum { PREFIX_MOST = 63 };

static void flush(struct metric_text *text)
{
    if (text->size != 0 && !text->failed)
        text->failed = !text->fn(text->context, text->bytes, text->size);
    text->size = 0;
}

void text_put(struct metric_text *text, const char *bytes, size_t size)
{
    while (size != 0) {
        size_t room = sizeof text->bytes - text->size;
        size_t part = size < room ? size : room;

        memcpy(text->bytes + text->size, bytes, part);
        text->size += (uint32_t)part;
        bytes += part;
        size -= part;
        if (text->size == sizeof text->bytes)
            flush(text);
    }
}

void text_add(struct metric_text *text, const char *words)
{
    text_put(text, words, strlen(words));
}

void text_number(struct metric_text *text, double value)
{
    char digits[BUS_NUMBER_TEXT_SIZE];

    if (value >= 0 && value < 9007199254740992.0 && value == (double)(uint64_t)value)
        (void)snprintf(digits, sizeof digits, "%" PRIu64, (uint64_t)value);
    else
        bus_number_text(value, false, digits);
    text_add(text, digits);
}

bool text_finish(struct metric_text *text)
{
    flush(text);
    return !text->failed;
}

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
                               void (*write)(struct metric_text *text, const char *prefix,
                                             const struct bus *bus, const struct reading *reading))
{
    const char *prefix = options != NULL && options->prefix != NULL ? options->prefix : "";
    struct metric_text text = {.fn = fn, .context = context};
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
