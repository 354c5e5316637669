/* lasting.h - what the tests of durable events share: a store, buses on it, one after another. */
#ifndef LASTING_H
#define LASTING_H

#include "support.h"

#include <bus/dead_letters.h>
#include <bus/durable.h>
#include <bus/store.h>

#include "lasting.bus.h"

#define MS BUS_MILLISECOND

/* The context of every handler here. What it does well goes into the journal. */
struct taker {
    _Atomic bool failing; /* all */
    bool transient;       /* its faults are */
    struct bus_envelope last;
    _Atomic uint64_t runs;
    struct journal journal;
};
#define TAKER_INITIALIZER                                                                          \
    {                                                                                              \
        .journal = JOURNAL_INITIALIZER                                                             \
    }

enum bus_verdict take_placed(void *context, const struct lasting_placed *event,
                             struct bus_delivery *delivery);
enum bus_verdict take_noted(void *context, const struct lasting_noted *event,
                            struct bus_delivery *delivery);
enum bus_verdict take_parcel(void *context, const struct lasting_parcel *event,
                             struct bus_delivery *delivery);
enum bus_verdict take_tried(void *context, const struct lasting_tried *event,
                            struct bus_delivery *delivery);
enum bus_verdict take_passing(void *context, const struct lasting_passing *event,
                              struct bus_delivery *delivery);
enum bus_verdict take_faded(void *context, const struct lasting_faded *event,
                            struct bus_delivery *delivery);
enum bus_verdict take_silent(void *context, const struct lasting_silent *event,
                             struct bus_delivery *delivery);

/* Frozen time that goes on from one bus to the next. */
const struct bus_os *lasting_os(void);
struct bus_memory_store *open_store(const struct bus_memory_store_options *options);
/* A polled bus in frozen time that has the schema and the store; not started. The handlers of all
 * types but the full ones are subscribed with this context, unless it is NULL. */
struct bus *open_lasting(struct bus_memory_store *store, struct taker *taker,
                         struct bus_options options);
/* The same, started. */
struct bus *start_lasting(struct bus_memory_store *store, struct taker *taker,
                          struct bus_options options);
/* The end of a process that does not stop its bus: what is in memory is lost. */
void lose_bus(struct bus **bus);
void place(struct bus *bus, uint64_t order, uint64_t number, enum bus_outcome expected);
void note(struct bus *bus, uint64_t number, enum bus_outcome expected);
/* How many events the store holds. */
uint64_t stored_events(struct bus_memory_store *store);
struct bus_durable_figures durable_figures(struct bus *bus);

#endif
