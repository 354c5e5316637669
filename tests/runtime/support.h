/*
 * support.h - what the tests of the runtime share: latches instead of sleeps, journals that
 * handlers write, a clock and an allocator of our own, and the checks that end each test.
 *
 * Handlers never assert (cmocka leaves a failed assertion by longjmp, which must not cross a
 * thread or the engine); they write journals, and the test's own thread asserts.
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>

#include <cmocka.h>

#include <bus/os.h>

#include "probe.bus.h"

/* Longer than anything that works can take, under sanitizers and load too. */
#define PATIENCE (30 * BUS_SECOND)

/* A counter to wait on. */
struct latch {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    uint64_t count;
};
#define LATCH_INITIALIZER                                                                          \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

void latch_add(struct latch *latch, uint64_t amount);
uint64_t latch_count(struct latch *latch);
/* True when the count reached `at_least` before the patience (or `ns`) ended. */
bool latch_wait(struct latch *latch, uint64_t at_least);
bool latch_wait_for(struct latch *latch, uint64_t at_least, uint64_t ns);

/* What handlers saw, in the order they saw it; the first JOURNAL_MAX are kept, all are counted. */
enum { JOURNAL_MAX = 4096 };
struct journal {
    struct latch latch;
    uint64_t entries[JOURNAL_MAX];
};
#define JOURNAL_INITIALIZER                                                                        \
    {                                                                                              \
        LATCH_INITIALIZER,                                                                         \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

void journal_add(struct journal *journal, uint64_t entry);
/* The journal holds exactly these. */
void assert_journal(struct journal *journal, const uint64_t *entries, uint64_t count);
/* The journal holds first, first + 1, ... */
void assert_journal_run(struct journal *journal, uint64_t first, uint64_t count);

/* A handler that holds its worker until it is let go. */
struct hold {
    struct latch entered;
    struct latch let_go;
    _Atomic uint64_t runs;
};
#define HOLD_INITIALIZER                                                                           \
    {                                                                                              \
        LATCH_INITIALIZER, LATCH_INITIALIZER, 0                                                    \
    }
enum bus_verdict on_ticked_hold(void *context, const struct probe_ticked *event,
                                struct bus_delivery *delivery);
enum bus_verdict on_alarmed_hold(void *context, const struct probe_alarmed *event,
                                 struct bus_delivery *delivery);

/* Handlers that write `number` into the journal that is their context. */
enum bus_verdict on_ticked(void *context, const struct probe_ticked *event,
                           struct bus_delivery *delivery);
enum bus_verdict on_alarmed(void *context, const struct probe_alarmed *event,
                            struct bus_delivery *delivery);
enum bus_verdict on_urged(void *context, const struct probe_urged *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_lazed(void *context, const struct probe_lazed *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_idled(void *context, const struct probe_idled *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_shed(void *context, const struct probe_shed *event,
                         struct bus_delivery *delivery);
enum bus_verdict on_bulked(void *context, const struct probe_bulked *event,
                           struct bus_delivery *delivery);
enum bus_verdict on_keyed(void *context, const struct probe_keyed *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_touch(void *context, const struct probe_touch *request,
                          struct bus_delivery *delivery);
enum bus_verdict on_add(void *context, const struct probe_add *request,
                        struct bus_delivery *delivery);

/* Opens; the test ends when that fails. */
struct bus *open_bus(const struct bus_options *options);
/* A polled, started bus. */
struct bus *open_polled(void);
/* A started bus with this many workers. */
struct bus *open_workers(uint32_t workers);
/* Polls until nothing is left; returns how many messages ran. */
uint32_t poll_all(struct bus *bus);
/* Stops (all must be delivered), checks that every account balances, closes. */
void finish_bus(struct bus **bus);
/* Every type's account balances, and so does their sum; nothing runs. */
void assert_balanced(struct bus *bus);
struct bus_account account_of(struct bus *bus, const struct bus_message_type *type);
struct bus_stats stats_of(struct bus *bus);
/* Publishes ticked with this number; the outcome must be as said. */
void tick(struct bus *bus, uint64_t number, enum bus_outcome expected);

/* A thread that runs `body`; the test ends when it can't be had. */
pthread_t spawn(void *(*body)(void *), void *argument);
void reap(pthread_t thread);

/* The system's table with a monotonic and a real clock that stand until they are moved. */
const struct bus_os *frozen_os(void);
void frozen_advance(uint64_t ns);

/* The system's table with an allocator that refuses the `nth` allocation (1 is the next one; 0
 * none), and with `for_ever` all behind it. It knows what is not released. */
const struct bus_os *failing_os(void);
void failing_arm(uint64_t nth, bool for_ever);
bool failing_struck(void); /* an allocation was refused since failing_arm */
uint64_t failing_outstanding(void);

/* Deterministic chance (splitmix64). */
uint64_t chance(uint64_t *state);

#endif
