/*
 * words.h - the little English that names of messages need: which words tell of the past, which
 * ones order something.
 */
#ifndef IDL_WORDS_H
#define IDL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MAX = 33, WORDS_BYTES = 65 }; /* of a name */

/* A name taken apart at its underscores. */
struct words {
    char text[WORDS_BYTES];
    const char *items[WORDS_MAX];
    size_t count;
};

void words_split(struct words *words, const char *name);

/* Whether the name says that something has happened (user_created). When in doubt it does. */
bool words_tell_past(const struct words *words);
/* Whether the name orders something (create_user). When in doubt it does. */
bool words_order(const struct words *words);

/* The same as an event, "user_created", or as a command, "create_user"; false: not known. */
bool words_as_event(const struct words *words, char text[2 * WORDS_BYTES]);
bool words_as_command(const struct words *words, char text[2 * WORDS_BYTES]);

#endif
