/*
 * internal.h - what the parts of a generated test program share.
 *
 *     values.c      random values
 *     shrink.c      copies, and smaller values
 *     agree.c       bytes of one description beside a struct of another
 *     check.c       one message through all that was generated for it: what must hold
 *     upgrade.c     older versions of messages through the upgrade functions
 *     views.c       fields read from the bytes beside fields of the struct
 *     golden.c      the file of golden bytes
 *     versions.c    bytes of locked versions
 *     fuzz.c        one input of a fuzzer
 *     run.c         the command line, the properties one after the other, and what is said of them
 */
#ifndef BUS_TESTING_INTERNAL_H
#define BUS_TESTING_INTERNAL_H

#include <bus/testing.h>

/* A message or an answer: whatever has bytes of its own. */
struct subject {
    const char *name; /* "shop.reserve_stock", "shop.reserve_stock.ok" */
    const struct bus_message_type *type;
    const char *answer; /* NULL: the message itself */
    const struct bus_codec *codec;
    bool failed;                           /* what follows would only show it again */
    const struct bus_message_type *newest; /* of an older version of a message; NULL: it is none */
};

struct subjects {
    struct subject *items;
    uint32_t count;
};

/* What the command line says. */
struct run {
    const struct bus_test_suite *suite;
    struct bus_test_arena arena; /* of the subjects */
    struct subjects subjects;
    const char *golden;
    const char *only;
    const char *program;
    uint64_t seed;
    uint32_t runs;
    bool update;
    bool verbose;
    bool list;
};

/* Of messages: the one given on the command line, or any. */
bool run_wants(const struct run *run, const struct subject *subject);
void subjects_collect(struct subjects *subjects, struct bus_test_arena *arena,
                      const struct bus_schema *schema);

enum { WHY_SIZE = 2 * BUS_WIRE_WHY_SIZE };
/* Writes the reason; always false, so that checks can `return because(...)`. */
bool because(char why[WHY_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- what must hold of one message; false: `why` ---- */

bool check_round_trip(const struct subject *subject, const void *message, uint64_t seed,
                      char why[WHY_SIZE]);
/* What the typed views are made of, beside the struct. */
bool check_views(const struct subject *subject, const void *message, uint64_t seed,
                 char why[WHY_SIZE]);
/* Out of its bounds it is refused. */
bool check_bounds(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE]);
/* Its bytes, damaged in DAMAGES ways that follow from the seed. */
enum { DAMAGES = 16 }; /* and small ones in every way, now and then */
bool check_damage(const struct subject *subject, const void *message, uint64_t seed,
                  char why[WHY_SIZE]);
/* Of an older version: when the user's upgrade functions make something of it, that holds, too. */
bool check_upgrade(const struct subject *subject, const void *message, uint64_t seed,
                   char why[WHY_SIZE]);
/* Any bytes: refused by all that verify, or read by all that read, alike. */
bool check_bytes(const struct subject *subject, const uint8_t *bytes, size_t size,
                 char why[WHY_SIZE]);

/* A copy of the bytes alone: not a byte more, so that sanitizers see what goes beyond. The caller
 * frees it. */
uint8_t *exact_copy(const void *bytes, size_t size);
/* The packed message, to be freed; NULL: measure refuses it. */
uint8_t *packed(const struct subject *subject, const void *message, uint32_t *size);
/* Unpacked by generated code into the arena. NULL: it says that scratch ran out. */
void *unpacked(struct bus_test_arena *arena, const struct subject *subject, const uint8_t *bytes);

/* ---- whole properties: how many failed; negative: a file could not be read or written ---- */

int run_golden(const struct run *run);
int run_versions(const struct run *run);

/* "    order_placed { ... }" */
void tell_text(const struct subject *subject, const void *message);
/* The same and the bytes that are written of it. */
void tell_message(const struct subject *subject, const void *message);
void tell_bytes(const uint8_t *bytes, size_t size);

#endif
