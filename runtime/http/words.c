/* http/words.c - see words.h. */
#include "http/words.h"

#include <string.h>

#include <bus/dead_letters.h>

const char words_reasons[] = "failed, breaker_open, overflow, no_room, expired or handler_gone";
const char words_categories[] =
    "processing, connection, serialization, queue, timeout, auth, resource or config";

const char *words_kind(unsigned kind)
{
    return kind == BUS_COMMAND ? "command" : "event";
}

const char *words_priority(unsigned priority)
{
    static const char *const words[BUS_LANES] = {"critical", "high", "normal", "low", "idle"};

    return priority < BUS_LANES ? words[priority] : "unknown";
}

const char *words_breaker(enum bus_breaker_state state)
{
    static const char *const words[] = {
        [BUS_BREAKER_CLOSED] = "closed",
        [BUS_BREAKER_OPEN] = "open",
        [BUS_BREAKER_HALF_OPEN] = "half_open",
    };

    return (unsigned)state < sizeof words / sizeof words[0] ? words[state] : "unknown";
}

const char *words_reason(enum bus_letter_reason reason)
{
    return bus_letter_reason_text(reason);
}

bool words_reason_read(const char *word, enum bus_letter_reason *reason)
{
    for (unsigned i = BUS_LETTER_FAILED; i <= BUS_LETTER_HANDLER_GONE; i++)
        if (strcmp(word, bus_letter_reason_text((enum bus_letter_reason)i)) == 0) {
            *reason = (enum bus_letter_reason)i;
            return true;
        }
    return false;
}

bool words_category_read(const char *word, enum bus_category *category)
{
    for (unsigned i = 0; i < BUS_CATEGORIES; i++)
        if (strcmp(word, bus_category_text((enum bus_category)i)) == 0) {
            *category = (enum bus_category)i;
            return true;
        }
    return false;
}
