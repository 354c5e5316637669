/* core/last_error.c - see last_error.h; and the words for statuses and outcomes. */
#include "core/last_error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local struct last_error own;
static _Thread_local struct last_error *used; /* NULL: own */

static struct last_error *here(void)
{
    return used != NULL ? used : &own;
}

struct last_error *last_error_use(struct last_error *error)
{
    struct last_error *before = used;

    used = error;
    return before;
}

const char *lane_name(uint32_t level)
{
    static const char *const names[BUS_LANES] = {"BUS_CRITICAL", "BUS_HIGH", "BUS_NORMAL",
                                                 "BUS_LOW", "BUS_IDLE"};

    return names[level];
}

enum bus_outcome fail_full_lane(const char *type, uint32_t level, uint32_t worker,
                                uint32_t capacity)
{
    struct last_error *error = here();

    error->full_lane.type = type;
    error->full_lane.level = level;
    error->full_lane.worker = worker;
    error->full_lane.capacity = capacity;
    return BUS_REJECTED;
}

const char *bus_last_error(void)
{
    struct last_error *error = here();

    if (error->full_lane.type != NULL)
        last_error_set(
            "%s: lane %s of worker %" PRIu32
            " is full; raise bus_options.capacity[%s] (now %" PRIu32 ") or publish slower",
            error->full_lane.type, lane_name(error->full_lane.level), error->full_lane.worker,
            lane_name(error->full_lane.level), error->full_lane.capacity);
    return error->text;
}

static void set(const char *format, va_list arguments)
{
    struct last_error *error = here();

    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    error->full_lane.type = NULL;
}

void last_error_set(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(format, arguments);
    va_end(arguments);
}

void last_error_behind(const char *words)
{
    char said[sizeof own.text];

    (void)snprintf(said, sizeof said, "%s", bus_last_error());
    last_error_set("%s%s", words, said);
}

enum bus_status fail_status(enum bus_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(format, arguments);
    va_end(arguments);
    return status;
}

enum bus_outcome fail_outcome(enum bus_outcome outcome, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(format, arguments);
    va_end(arguments);
    return outcome;
}

const char *bus_status_text(enum bus_status status)
{
    static const char *const texts[] = {
        [BUS_OK] = "ok",
        [BUS_ERR_INVALID] = "invalid argument",
        [BUS_ERR_ABI] = "generated code and library do not fit together",
        [BUS_ERR_MEMORY] = "out of memory",
        [BUS_ERR_SYSTEM] = "refused by the system",
        [BUS_ERR_STATE] = "not possible in this state of the bus",
        [BUS_ERR_LIMIT] = "a limit of the options is reached",
        [BUS_ERR_ALREADY_REGISTERED] = "already registered",
        [BUS_ERR_NOT_REGISTERED] = "not registered",
        [BUS_ERR_NO_HANDLER] = "a command has no handler",
        [BUS_ERR_WORKER_CONFLICT] = "serial components run on different workers",
        [BUS_ERR_IN_HANDLER] = "not allowed inside a handler",
        [BUS_ERR_TIMEOUT] = "time ran out",
        [BUS_ERR_BUSY] = "a handler runs or a claim is open",
    };

    if ((unsigned)status >= sizeof texts / sizeof texts[0])
        return "unknown status";
    return texts[status];
}

const char *bus_outcome_text(enum bus_outcome outcome)
{
    static const char *const texts[BUS_OUTCOMES] = {
        [BUS_QUEUED] = "queued",
        [BUS_QUEUED_DROPPED] = "queued after dropping the oldest",
        [BUS_BUFFERED] = "buffered before start",
        [BUS_FILTERED] = "filtered",
        [BUS_REJECTED] = "rejected: full",
        [BUS_THROTTLED] = "throttled",
        [BUS_EXPIRED] = "expired",
        [BUS_CLOSED] = "closed",
        [BUS_INVALID] = "invalid",
        [BUS_DEAD_LETTERED] = "dead-lettered",
        [BUS_ANSWERED] = "answered",
        [BUS_FAULTED] = "faulted",
        [BUS_NO_HANDLER] = "no handler",
        [BUS_TIMEOUT] = "timeout",
        [BUS_WOULD_DEADLOCK] = "would deadlock",
        [BUS_TOO_DEEP] = "handlers nested too deep",
        [BUS_TOO_LARGE] = "answer too large for the buffer",
        [BUS_CANCELLED] = "cancelled",
        [BUS_DENIED] = "not approved",
    };

    if ((unsigned)outcome >= BUS_OUTCOMES)
        return "unknown outcome";
    return texts[outcome];
}
