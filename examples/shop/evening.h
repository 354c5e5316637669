/* evening.h - after the last order: what went wrong during the day is repaired and run again. */
#ifndef SHOP_EVENING_H
#define SHOP_EVENING_H

#include "shop.bus.h"

#include <bus/breakers.h>
#include <bus/dead_letters.h>

#include <stdio.h>

enum { LETTER_KINDS = 8 };

/* Zero to begin with. */
struct evening {
    struct letter_kind {
        char handler[64]; /* "": none was concerned */
        char text[128];   /* the first error of this handler */
        uint64_t count;
    } kinds[LETTER_KINDS]; /* the dead letters of the day, by handler */
    size_t kind_count;
    uint64_t replayed;
    uint64_t failed_again;
    uint64_t still_waiting;
    uint64_t lost; /* letters that found no place, or had to go for newer ones */
};

/* Waits until nothing is on its way, also what waits for another try, a breaker or on disk. False,
 * said on stderr: something is, after a minute. */
bool evening_all_done(struct bus *bus);
/* Waits until everything is done, also what waits for another try or a breaker; then loads the
 * missing exchange rate, runs all dead letters again, and waits once more. False: letters are left
 * or lost, or, said on stderr, something was not done within a minute. */
bool evening_work(struct evening *evening, struct bus *bus);
void evening_print(FILE *out, const struct evening *evening);

#endif
