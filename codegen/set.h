/* set.h - a set of things known by address: what was met already. */
#ifndef SET_H
#define SET_H

#include <stdbool.h>
#include <stddef.h>

/* Begins as {0}. */
struct set {
    const void **slots; /* open addressing, a power of two of them */
    size_t slot_count;
    size_t count;
};

/* True when it was not there yet. Out of memory ends the program. */
bool set_add(struct set *set, const void *item);
bool set_has(const struct set *set, const void *item);
void set_free(struct set *set);

#endif
