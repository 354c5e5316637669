/*
 * bus/testing.h - tests of a schema that nobody writes.
 *
 * `busgen gen --emit tests` makes x.bus.test.c of x.bus, a program that calls bus_test_main with
 * what the schema says; the rest is here, in the library busgen::testing (beside busgen::runtime;
 * `pkg-config busgen-testing`). In CMake:
 *
 *     enable_testing()
 *     busgen_schema_tests(shop_messages shop.bus LOCK shop.bus.lock)
 *
 * What the program tries with random values of each message and each answer (see bus_test_main):
 *
 *     round trip      measured, packed, verified and unpacked it is what it was; packed once more,
 *                     the same bytes; generated code and the engine that reads descriptions agree
 *     views           each field read from the bytes is the one that was unpacked
 *     bounds          out of the bounds of the schema it is refused
 *     damage          bytes cut short or changed never lead out of the buffer: what the verifier
 *                     accepts is read without harm, and what is read so survives another round trip
 *     upgrades        older versions of a message go through your upgrade functions; what these
 *                     make of it can be sent (a function may always refuse)
 *     golden          a few fixed messages are the bytes that x.bus.golden has kept
 *     versions        bytes of every locked version verify, and fields that both versions know have
 *                     the values that were written
 *
 * A message that fails is made smaller while it still fails: what is printed is about the smallest
 * one. The same seed gives the same messages, on every machine.
 *
 * Nothing here is for production: it allocates, prints and ends the program when out of memory. Not
 * thread-safe. What stands below "Values" is for tests of your own.
 */
#ifndef BUS_TESTING_H
#define BUS_TESTING_H

#include <bus/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what x.bus.test.c says ------------------------------------------------------------------ */

/* One message as one locked version of the schema wrote it. */
struct bus_test_older {
    uint32_t first;                /* versions of the schema, from this one */
    uint32_t last;                 /* to that one, wrote it so */
    uint64_t id;                   /* of the message: bus_message_type.id */
    const char *answer;            /* of a command's answer its name; NULL: the message itself */
    const struct bus_table *table; /* as that version had it; places in C structs are not told */
    const uint8_t *bytes;          /* aligned anyhow */
    uint32_t size;
};

struct bus_test_suite {
    const struct bus_schema *schema;
    const char *golden; /* path of the file of golden bytes; NULL: there is none */
    const struct bus_test_older *older;
    uint32_t older_count;
    uint32_t version_count; /* locked versions that these are of */
};

/* The generated program, options and all; returns its exit status: 0 all held, 1 something did not,
 * 2 wrong use, or a file that cannot be read or written.
 *
 *     --seed N       of the random values; default 1
 *     --runs N       values of each message and answer; default 200
 *     --golden FILE  where the golden bytes are; default: what the suite says, in this folder
 *     --update       write the golden bytes anew instead of comparing
 *     --only NAME    one message: shop.order_placed, or one answer: shop.reserve_stock.ok
 *     --list         only name them
 *     --verbose      name each one before it is tried: where a crash was
 */
int bus_test_main(const struct bus_test_suite *suite, int count, char **arguments);

/* One input of a fuzzer: the first two bytes pick a message or answer, the rest are its bytes; or,
 * where the highest bit of the two is set, changes of a good one, so that no corpus is needed to
 * come further than the first bytes. It ends the program when what the verifier accepts cannot be
 * read as it must be. Returns 0. x.bus.test.c is such a target when it is compiled with BUSGEN_FUZZ
 * defined and clang's -fsanitize=fuzzer. */
int bus_test_fuzz(const struct bus_test_suite *suite, const uint8_t *data, size_t size);

/* ---- Values ---------------------------------------------------------------------------------- */

/* Chance: the same state gives the same numbers everywhere. Any state will do. */
struct bus_test_chance {
    uint64_t state;
};
uint64_t bus_test_next(struct bus_test_chance *chance);
/* From [0, bound); bound 0: 0. */
uint64_t bus_test_below(struct bus_test_chance *chance, uint64_t bound);

/* Where strings and vectors of messages live until it is reset. {0} is an empty one. */
struct bus_test_block;
struct bus_test_arena {
    struct bus_test_block *blocks;
};
/* Zeroed, 8-aligned; ends the program when out of memory. */
void *bus_test_take(struct bus_test_arena *arena, size_t size);
void bus_test_reset(struct bus_test_arena *arena);

enum bus_test_style {
    BUS_TEST_WILD,  /* any bits a type admits: NaN, unknown enum values, NUL in text */
    BUS_TEST_TAME,  /* what survives flatc's JSON: short decimals, known enum values, plain text */
    BUS_TEST_EMPTY, /* nothing is there: zero, absent, empty, NONE */
    BUS_TEST_LARGEST, /* everything is there and as long as `max` admits, the largest union arms */
    BUS_TEST_SHORT,   /* as TAME, texts of up to 12 ASCII characters, vectors of up to 3 elements */
};

/* Fills the C struct of `table`, within all bounds of the schema. */
void bus_test_value(struct bus_test_chance *chance, struct bus_test_arena *arena,
                    enum bus_test_style style, const struct bus_table *table, void *message);

/* Reads every byte that the struct reaches; the sum is the same for equal messages read twice. For
 * sanitizers and guard pages to notice what should not be reached. */
uint64_t bus_test_touch(const struct bus_table *table, const void *message);

/* Most scratch that unpacking takes: bus_codec.scratch_max is no less. */
uint64_t bus_test_scratch(const struct bus_table *table);

/* ---- Smaller values -------------------------------------------------------------------------- */

/* A copy of its own, all of it in the arena. */
void *bus_test_copy(struct bus_test_arena *arena, const struct bus_table *table,
                    const void *message);

/* True when a message still shows what is looked for. */
typedef bool (*bus_test_shows)(void *context, const void *message);
/* Makes the message, all of it in the arena (bus_test_copy), smaller while it shows it: fields go
 * to absent, empty, zero; vectors and texts lose elements; numbers come closer to zero. Tries
 * `tries` messages at most. Returns the smallest one found, in the arena. */
void *bus_test_shrink(struct bus_test_arena *arena, const struct bus_table *table, void *message,
                      bus_test_shows shows, void *context, uint32_t tries);

/* ---- Versions -------------------------------------------------------------------------------- */

/* True when each field that both descriptions know by its number has in `message`, a struct of
 * `table`, the value that it has in the verified bytes of `older`, and each field that only `table`
 * knows has its default. `older` may be `table`: then this is what the bytes say against what
 * unpack says. `why` (may be NULL) receives the first difference: "lines[3].quantity: 2 in
 * the bytes, 3 in the struct". */
bool bus_test_agree(const struct bus_table *older, const uint8_t *bytes,
                    const struct bus_table *table, const void *message,
                    char why[BUS_WIRE_WHY_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
