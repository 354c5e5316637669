/* kept_none.c - in place of kept.c where there is no SQLite: kept_open says so. */
#include "kept.h"

#include <stdio.h>

bool kept_open(struct kept *kept, const struct options *options, bool change)
{
    (void)kept;
    (void)change;
    complain(options, "this busadm cannot read stores: it was built without SQLite",
             "build it where libsqlite3-dev is installed");
    return false;
}

void kept_close(struct kept *kept)
{
    (void)kept;
}

bool kept_letters(const struct kept *kept, const struct options *options, kept_fn fn, void *context)
{
    (void)kept;
    (void)options;
    (void)fn;
    (void)context;
    return false;
}

bool kept_schedule(const struct kept *kept, const struct options *options, kept_fn fn,
                   void *context)
{
    return kept_letters(kept, options, fn, context);
}

enum exit_code kept_letter_bytes(const struct kept *kept, const struct options *options,
                                 uint64_t number, FILE *to)
{
    (void)kept;
    (void)options;
    (void)number;
    (void)to;
    return EXIT_WRONG_USE;
}

bool kept_remove_letter(const struct kept *kept, const struct options *options, uint64_t number,
                        bool *removed)
{
    (void)kept;
    (void)options;
    (void)number;
    *removed = false;
    return false;
}

bool kept_cancel(const struct kept *kept, const struct options *options, const char *id,
                 bool *removed)
{
    (void)kept;
    (void)options;
    (void)id;
    *removed = false;
    return false;
}

json_t *kept_state(const struct kept *kept)
{
    (void)kept;
    return NULL;
}
