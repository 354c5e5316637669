/*
 * random_message.h - random values of any message type, from its description: for tests, fuzzers
 * and simulations. Deterministic: the same seed gives the same messages everywhere.
 *
 * The strings and vectors of a message live in the arena until it is reset.
 */
#ifndef RANDOM_MESSAGE_H
#define RANDOM_MESSAGE_H

#include <bus/wire.h>

struct random_source {
    uint64_t state;
};
uint64_t random_next(struct random_source *source);
/* Evenly from [0, bound); bound 0: 0. */
uint64_t random_below(struct random_source *source, uint64_t bound);

struct random_block;
struct random_arena {
    struct random_block *blocks;
};
/* Zeroed, 8-aligned; ends the program when out of memory. */
void *random_take(struct random_arena *arena, size_t size);
void random_reset(struct random_arena *arena);

enum random_style {
    RANDOM_WILD,    /* any bits a type admits: NaN, unknown enum values, NUL in text */
    RANDOM_TAME,    /* what survives flatc's JSON: short decimals, known enum values, plain text */
    RANDOM_EMPTY,   /* nothing is there: zero, absent, empty, NONE */
    RANDOM_LARGEST, /* everything is there and as long as `max` admits, the largest union arms */
};

/* Fills the C struct, within all bounds of the schema. */
void random_message(struct random_source *source, struct random_arena *arena,
                    enum random_style style, const struct bus_table *table, void *message);

/* Reads every byte that the struct reaches; the sum is the same for equal messages read twice. For
 * ASan and guard pages to notice what should not be reached. */
uint64_t message_touch(const struct bus_table *table, const void *message);

/* Most scratch that unpacking takes. */
uint64_t message_scratch(const struct bus_table *table);

#endif
