/*
 * kept.h - what the SQLite store of a program that does not run keeps, as the program itself would
 * tell it (bus/http.h). To look, the file is opened so that nothing of it changes.
 */
#ifndef BUSADM_KEPT_H
#define BUSADM_KEPT_H

#include <jansson.h>

#include "admin.h"

struct bus_sqlite_store;

struct kept {
    struct bus_sqlite_store *file;
};

/* `change`: to remove something; the file is looked at before, and left alone when it is damaged.
 * False: said. */
bool kept_open(struct kept *kept, const struct options *options, bool change);
void kept_close(struct kept *kept);

/* False: no more. */
typedef bool (*kept_fn)(void *context, const json_t *object);
/* Those that the options pick, in the order of their numbers, from the one behind options->after.
 * False: the store cannot be read (said). */
bool kept_letters(const struct kept *kept, const struct options *options, kept_fn fn,
                  void *context);
bool kept_schedule(const struct kept *kept, const struct options *options, kept_fn fn,
                   void *context);
/* Writes the bytes of a letter. */
enum exit_code kept_letter_bytes(const struct kept *kept, const struct options *options,
                                 uint64_t number, FILE *to);
/* *removed: it was there. False: the disk failed (said). */
bool kept_remove_letter(const struct kept *kept, const struct options *options, uint64_t number,
                        bool *removed);
/* The one with this id, as kept_schedule tells it. */
bool kept_cancel(const struct kept *kept, const struct options *options, const char *id,
                 bool *removed);
/* {"store": {...}} as in /status. NULL: no memory. */
json_t *kept_state(const struct kept *kept);

#endif
