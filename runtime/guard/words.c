/* guard/words.c - categories, severities and reasons of dead letters in words. */
#include <bus/dead_letters.h>
#include <bus/errors.h>

const char *bus_letter_reason_text(enum bus_letter_reason reason)
{
    static const char *const texts[] = {
        [BUS_LETTER_FAILED] = "failed",     [BUS_LETTER_BREAKER_OPEN] = "breaker_open",
        [BUS_LETTER_OVERFLOW] = "overflow", [BUS_LETTER_NO_ROOM] = "no_room",
        [BUS_LETTER_EXPIRED] = "expired",   [BUS_LETTER_HANDLER_GONE] = "handler_gone",
    };

    return (unsigned)reason - 1 < BUS_LETTER_HANDLER_GONE ? texts[reason] : "unknown";
}

const char *bus_category_text(enum bus_category category)
{
    static const char *const texts[BUS_CATEGORIES] = {
        [BUS_CATEGORY_PROCESSING] = "processing",
        [BUS_CATEGORY_CONNECTION] = "connection",
        [BUS_CATEGORY_SERIALIZATION] = "serialization",
        [BUS_CATEGORY_QUEUE] = "queue",
        [BUS_CATEGORY_TIMEOUT] = "timeout",
        [BUS_CATEGORY_AUTH] = "auth",
        [BUS_CATEGORY_RESOURCE] = "resource",
        [BUS_CATEGORY_CONFIG] = "config",
    };

    return (unsigned)category < BUS_CATEGORIES ? texts[category] : "unknown category";
}

const char *bus_severity_text(enum bus_severity severity)
{
    static const char *const texts[BUS_SEVERITIES] = {
        [BUS_SEVERITY_MEDIUM] = "medium",
        [BUS_SEVERITY_LOW] = "low",
        [BUS_SEVERITY_HIGH] = "high",
        [BUS_SEVERITY_CRITICAL] = "critical",
    };

    return (unsigned)severity < BUS_SEVERITIES ? texts[severity] : "unknown severity";
}
