/*
 * file_calls.h - the file calls that the store makes itself, beside those of SQLite: the linker
 * puts ours in their place (--wrap), and they fail on demand.
 */
#ifndef FILE_CALLS_H
#define FILE_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* The `nth` call from now on (1: the next; 0: none) fails with this errno, with `for_ever` all
 * behind it, too. */
void file_calls_arm(uint64_t nth, bool for_ever, int error);
/* The name of the call that has failed since; NULL: none has. */
const char *file_calls_struck(void);
/* How often the call of this name was made since the program began. */
uint64_t file_calls_made(const char *name);

#endif
