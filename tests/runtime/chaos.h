/*
 * chaos.h - the world of test_threads.c: its books, and the handlers that write them.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include "support.h"

enum { EVENTS = 10, ORIGINS = 4096 };

enum { TICKED, KEYED, BULKED, SHED, WAITED, ALARMED, CHAINED, FADED, URGED, SHED_BULKED };
extern const struct bus_message_type *const chaos_events[EVENTS];

/* What must have come about in the course of all lives. */
enum { RETRIED, LETTERED, REPLAYED, REPLAYED_WELL, OPENED, CLOSED, BREAKER_CHANGED, KINDS };

struct chaos {
    struct bus *bus;
    uint64_t seed;
    uint32_t publishers;
    atomic_bool enough;
    _Atomic uint32_t turn;          /* of who publishes alone, or all */
    _Atomic uint32_t origins;       /* threads that published */
    _Atomic uint64_t next[ORIGINS]; /* least number that may come from this thread */
    _Atomic uint64_t accepted[EVENTS];
    _Atomic uint64_t refused[EVENTS]; /* rejected, closed, expired */
    _Atomic uint64_t calls[EVENTS];   /* of the handlers that are never unregistered */
    _Atomic uint64_t answered;
    _Atomic uint64_t awaited;   /* commands queued with a completion */
    _Atomic uint64_t completed; /* completions called */
    _Atomic uint64_t wrong;     /* anything that must not be */
    _Atomic uint64_t outcomes[BUS_OUTCOMES];
    _Atomic uint64_t kinds[KINDS];
    atomic_bool storm; /* all that goes over the line fails */
    bool polled;
    _Atomic uint32_t inside; /* handlers of the serial component */
};

struct publisher {
    struct chaos *chaos;
    uint64_t seed;
    uint32_t index;
};

/* A publishing thread, until it is enough; its argument is a struct publisher. */
void *publisher_body(void *argument);
/* Sleeps so long. */
void pause_here(uint64_t ns);
/* Writes an outcome down; true when it was accepted. */
bool tally(struct chaos *chaos, int event, enum bus_outcome outcome);
/* What becomes of an event with this number: most are done, some fail for good or for some runs,
 * some take long. */
enum bus_verdict fate(struct bus_delivery *delivery, uint64_t number);
/* The same for what goes over the line with the breaker. */
enum bus_verdict fate_on_line(struct chaos *chaos, struct bus_delivery *delivery, uint64_t number);
/* Policies, and little room for what waits or is given up. */
void declare_failures(struct bus_options *options);
/* Another weather; letters are run again or thrown away. */
void disturb_letters(struct chaos *chaos, uint64_t dice);
/* After the end. */
void check_letters(struct chaos *chaos);
/* Registers a handler for every message of the chaos, before the first publish. */
void wire(struct chaos *chaos);
/* Listens to what the bus tells about itself. */
void listen_to_bus(struct chaos *chaos);
void listen_to_breakers(struct chaos *chaos);

#endif
