/* stats/traceparent.c - trace context in and out of a program, after W3C Trace Context level 2. */
#include <bus/trace.h>

#include <string.h>

#include "core/engine.h"
#include "core/registry.h"
#include "stats/tracing.h"

/* version "-" trace id "-" parent id "-" flags */
enum { AT_TRACE = 3, AT_PARENT = 36, AT_FLAGS = 53, LENGTH = 55 };
_Static_assert(LENGTH + 1 == BUS_TRACEPARENT_SIZE, "a header and its NUL");

/* Of the flags a later version may have more, and 00 knows these: sampled, random id. */
enum { FLAGS_KNOWN = 0x03 };

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: not lower-case hexadecimal. */
static bool read_hex(const char *text, uint8_t *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void write_hex(const uint8_t *bytes, size_t count, char *text)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
    uint8_t all = 0;
    size_t i;

    for (i = 0; i < count; i++)
        all |= bytes[i];
    return all == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool parse(const char *text, size_t size, struct bus_trace *trace)
{
    uint8_t version;

    if (size < LENGTH || text[AT_TRACE - 1] != '-' || text[AT_PARENT - 1] != '-' ||
        text[AT_FLAGS - 1] != '-' || !read_hex(text, &version, 1) || version == 0xff)
        return false;
    /* What a later version has behind that is its own. */
    if (size > LENGTH && (version == 0 || text[LENGTH] != '-'))
        return false;
    if (!read_hex(text + AT_TRACE, trace->trace_id, sizeof trace->trace_id) ||
        !read_hex(text + AT_PARENT, trace->parent_id, sizeof trace->parent_id) ||
        !read_hex(text + AT_FLAGS, &trace->flags, 1))
        return false;
    trace->flags &= version == 0 ? FLAGS_KNOWN : BUS_TRACE_SAMPLED;
    return !is_zero(trace->trace_id, sizeof trace->trace_id) &&
           !is_zero(trace->parent_id, sizeof trace->parent_id);
}

bool bus_trace_parse(const char *text, size_t size, struct bus_trace *trace)
{
    struct bus_trace found = {.flags = 0};
    bool fine;

    for (; text != NULL && size > 0 && is_blank(*text); size--)
        text++;
    while (text != NULL && size > 0 && is_blank(text[size - 1]))
        size--;
    fine = text != NULL && parse(text, size, &found);
    if (trace != NULL)
        *trace = fine ? found : (struct bus_trace){.flags = 0};
    return fine && trace != NULL;
}

bool bus_trace_write(const struct bus_trace *trace, char text[BUS_TRACEPARENT_SIZE])
{
    uint8_t flags;

    if (text == NULL)
        return false;
    text[0] = '\0';
    if (trace == NULL || is_zero(trace->trace_id, sizeof trace->trace_id) ||
        is_zero(trace->parent_id, sizeof trace->parent_id))
        return false;
    flags = trace->flags & FLAGS_KNOWN;
    memcpy(text, "00-", AT_TRACE);
    write_hex(trace->trace_id, sizeof trace->trace_id, text + AT_TRACE);
    text[AT_PARENT - 1] = '-';
    write_hex(trace->parent_id, sizeof trace->parent_id, text + AT_PARENT);
    text[AT_FLAGS - 1] = '-';
    write_hex(&flags, 1, text + AT_FLAGS);
    text[LENGTH] = '\0';
    return true;
}

enum bus_status bus_trace_begin(struct bus *bus, struct bus_trace *trace)
{
    struct bus_uuid chance = {0, 0};
    int error;

    if (trace != NULL)
        *trace = (struct bus_trace){.flags = 0};
    if (bus == NULL || bus->magic != BUS_MAGIC || trace == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot begin a trace: bus or trace is NULL or closed");
    error = bus->os.random(bus->os.context, &chance, sizeof chance);
    if (error != 0)
        return fail_status(BUS_ERR_SYSTEM, "bus %s: no random numbers (errno %d)", bus->name,
                           error);
    tracing_begin(bus->tracing != NULL ? bus->tracing->sampled_to : UINT64_MAX, chance, trace);
    return BUS_OK;
}

bool bus_delivery_trace(const struct bus_delivery *delivery, struct bus_trace *trace)
{
    if (trace == NULL)
        return false;
    *trace = (struct bus_trace){.flags = 0};
    if (delivery == NULL || delivery->extension == NULL ||
        (delivery->extension->has & CELL_HAS_TRACE) == 0)
        return false;
    *trace = delivery->extension->trace;
    return true;
}
