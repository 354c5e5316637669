/*
 * ageing.h - a message in three versions, made by hand of three schemas: what the tests of upgrades
 * share. `placed` 1 has one text for a customer, 2 has two names, 3 any number of them.
 */
#ifndef AGEING_H
#define AGEING_H

#include "support.h"

#include "aged1.bus.h"
#include "aged2.bus.h"
#include "aged3.bus.h"

/* As busgen would make them of one schema; ids and upgrades are theirs, the rest is that of the
 * schemas. */
extern struct bus_message_type aged_placed, aged_placed_v2, aged_placed_v1;
extern struct bus_message_type aged_noted, aged_noted_v1;
extern struct bus_message_type aged_charge, aged_charge_v1;
/* Makes them. */
void age(void);

/* How the upgrade functions behave; age() sets all to zero. */
struct ageing {
    uint64_t refused;     /* the order of which 1 -> 2 says that it cannot be upgraded */
    size_t more;          /* 2 -> 3 takes so many bytes first */
    bool more_is_ignored; /* and goes on when it does not get them */
    bool too_long;        /* 1 -> 2 makes a name that is too long */
    bool no_text;         /* 2 -> 3 makes one that is not UTF-8 */
    uint32_t runs[4];     /* of the function to this version */
    bool unterminated;    /* a function was given a string without a NUL */
    uint64_t seen_left;   /* what 2 -> 3 got of the memory until there was no more, with `greedy` */
    bool greedy;
    uint32_t nothings; /* 2 -> 3 takes 0 bytes so often; counts down */
};
extern struct ageing ageing;

/* Packs one of version 1 or 2, of "Ada Lovelace" and two lines; returns its size. */
uint32_t pack_placed1(uint64_t order, uint8_t *bytes, size_t capacity);
uint32_t pack_placed2(uint64_t order, uint8_t *bytes, size_t capacity);
/* What becomes of both. */
void assert_upgraded(const struct aged3_placed *placed, uint64_t order);

#endif
