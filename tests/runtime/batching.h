/* batching.h - a batch handler that writes down its calls, and the buses of its tests. */
#ifndef TESTS_BATCHING_H
#define TESTS_BATCHING_H

#include "support.h"

#include <bus/dead_letters.h>

#define MS BUS_MILLISECOND

enum { CALLS_MAX = 256 };

/* Its events are known by their numbers; masks are of the first 64. */
struct book {
    struct journal numbers;
    struct journal attempts;
    uint32_t sizes[CALLS_MAX];
    _Atomic uint32_t calls;
    enum bus_verdict returned;
    uint64_t rejected; /* bus_batch_set BUS_REJECT */
    uint64_t retried;  /* BUS_RETRY */
    uint64_t done;     /* BUS_DONE */
    uint64_t failed;   /* bus_fail, transient, and nothing set */
    bool fail_all;     /* bus_batch_fail, transient, of category resource */
    uint64_t takes_ns; /* moves the frozen clock */
    struct bus *bus;   /* reconfigured by each call, if not NULL */
};
#define BOOK                                                                                       \
    {                                                                                              \
        .numbers = JOURNAL_INITIALIZER, .attempts = JOURNAL_INITIALIZER                            \
    }

enum bus_verdict on_ticks(void *context, const struct probe_ticked *events, uint32_t count,
                          struct bus_batch *batch);
/* The sizes of its calls are exactly these. */
void assert_calls(struct book *book, const uint32_t *sizes, uint32_t count);

/* A polled, started bus in frozen time; `policy` is that of ticked. */
struct bus *open_with(struct bus_policy policy, struct bus_options options);
struct bus *open_frozen(struct bus_options options);
/* Subscribes on_ticks. */
void batch_ticks(struct bus *bus, struct book *book, uint32_t size);
/* Publishes `count` events, polls, and looks at the account. */
void tick_all(struct bus *bus, uint64_t first, uint64_t count);
/* Polls every ten virtual milliseconds. */
void pass(struct bus *bus, uint64_t ns);
/* Of ticked. */
struct bus_account account(struct bus *bus);
/* The letters with this reason are exactly these, of ticked, the oldest first. */
void assert_letters(struct bus *bus, enum bus_letter_reason reason, const uint64_t *numbers,
                    uint32_t count);
uint64_t count_letters(struct bus *bus, const struct bus_dead_letter_filter *filter);

#endif
