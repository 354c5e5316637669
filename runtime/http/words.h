/* http/words.h - the words of the answers for kinds, priorities and states. */
#ifndef BUSGEN_HTTP_WORDS_H
#define BUSGEN_HTTP_WORDS_H

#include <bus/breakers.h>

static inline const char *words_kind(unsigned kind)
{
    return kind == BUS_COMMAND ? "command" : "event";
}

static inline const char *words_priority(unsigned priority)
{
    static const char *const words[BUS_LANES] = {"critical", "high", "normal", "low", "idle"};

    return priority < BUS_LANES ? words[priority] : "unknown";
}

static inline const char *words_breaker(enum bus_breaker_state state)
{
    static const char *const words[] = {"closed", "open", "half_open"};

    return (unsigned)state < 3 ? words[state] : "unknown";
}

#endif
