/* numbers.h - a set of numbers. */
#ifndef EXAMPLES_NUMBERS_H
#define EXAMPLES_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero to begin with. */
struct numbers {
    uint64_t *places; /* 0: free; 0 itself is not in a set */
    size_t size;      /* a power of two, or 0 */
    size_t count;
};

/* False: there is no memory for one more. After true the next numbers_add has room. */
bool numbers_room(struct numbers *numbers);
/* False: it is there already, or there is no memory. */
bool numbers_add(struct numbers *numbers, uint64_t number);
bool numbers_has(const struct numbers *numbers, uint64_t number);
void numbers_free(struct numbers *numbers);

#endif
