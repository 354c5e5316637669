/*
 * contract.h - what every store must do (bus/store.h), as tests that each implementation runs.
 * The file of an implementation says how one is opened.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "support.h"

#include <sched.h>

#include <bus/store.h>

struct contract_limits {
    uint32_t entries; /* 0: the default */
    uint64_t bytes;
    uint64_t known_ns;
    uint32_t known_max;
    const struct bus_os *os;
};

/* Of the implementation. */
const struct bus_store *subject_open(const struct contract_limits *limits);
/* Closes and opens it again, where it outlives that. */
const struct bus_store *subject_reopen(void);
void subject_close(void);

/* The end of a request. */
struct answer {
    struct latch latch;
    enum bus_status status;
    uint64_t number;
};
#define ANSWER_INITIALIZER                                                                         \
    {                                                                                              \
        .latch = LATCH_INITIALIZER                                                                 \
    }
void answer_done(void *to, enum bus_status status, uint64_t number);

/* Make a file what earlier versions of the store wrote. */
#define SQL_TO_VERSION_2                                                                           \
    "ALTER TABLE event DROP COLUMN schema_fingerprint;"                                            \
    "ALTER TABLE letter DROP COLUMN schema_fingerprint;"                                           \
    "ALTER TABLE scheduled DROP COLUMN schema_fingerprint; PRAGMA user_version = 2"
#define SQL_TO_VERSION_1                                                                           \
    SQL_TO_VERSION_2 ";ALTER TABLE scheduled DROP COLUMN again; PRAGMA user_version = 1"

/* Ask, and wait for the end. `number` may be NULL. */
enum bus_status put(const struct bus_store *store, const struct bus_stored *stored,
                    uint64_t *number);
enum bus_status change(const struct bus_store *store, const struct bus_stored *stored);
enum bus_status take_out(const struct bus_store *store, enum bus_stored_kind kind, uint64_t number);
struct bus_store_state state_of(const struct bus_store *store);

/* An entry of the kind with every field set, made of `seed`; its bytes are static. */
struct bus_stored sample(enum bus_stored_kind kind, uint64_t seed);
/* A copy of what a reader saw. */
struct seen {
    bool there;
    struct bus_stored stored; /* texts and bytes point into the copy */
    char message[BUS_STORED_NAME_MOST + 1];
    char session[BUS_STORED_SESSION_MOST + 1];
    char handler[BUS_STORED_NAME_MOST + 1];
    char text[BUS_ERROR_TEXT_SIZE];
    uint8_t bytes[4096];
};
struct seen *next_of(const struct bus_store *store, enum bus_stored_kind kind, uint64_t after);
/* They say the same, numbers apart. */
void assert_same(const struct bus_stored *found, const struct bus_stored *expected);
/* The store holds exactly these numbers of the kind. */
void assert_numbers(const struct bus_store *store, enum bus_stored_kind kind,
                    const uint64_t *numbers, uint64_t count);

#define CONTRACT_TESTS 15
extern const struct CMUnitTest contract_tests[CONTRACT_TESTS];

#endif
