/* http/words.h - the words of the answers for kinds, priorities, states and reasons. */
#ifndef BUSGEN_HTTP_WORDS_H
#define BUSGEN_HTTP_WORDS_H

#include <bus/breakers.h>
#include <bus/errors.h>

const char *words_kind(unsigned kind);         /* "command", "event" */
const char *words_priority(unsigned priority); /* "critical" ... "idle" */
const char *words_breaker(enum bus_breaker_state state);
const char *words_reason(enum bus_letter_reason reason);

/* The other way round. False: there is no such word. */
bool words_reason_read(const char *word, enum bus_letter_reason *reason);
bool words_category_read(const char *word, enum bus_category *category);

/* All of them, for advice: "failed, breaker_open, ...". */
extern const char words_reasons[];
extern const char words_categories[];

#endif
