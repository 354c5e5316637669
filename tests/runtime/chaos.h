/*
 * chaos.h - the world of test_threads.c: its books, and the handlers that write them.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include "support.h"

enum { EVENTS = 10, ORIGINS = 4096 };

enum { TICKED, KEYED, BULKED, SHED, WAITED, ALARMED, CHAINED, FADED, URGED, SHED_BULKED };

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
/* What becomes of an event with this number: most are done, some fail, some take long. */
enum bus_verdict fate(struct bus_delivery *delivery, uint64_t number);
/* Registers a handler for every message of the chaos, before the first publish. */
void wire(struct chaos *chaos);
/* Listens to what the bus tells about itself. */
void listen_to_bus(struct chaos *chaos);

#endif
