/*
 * guard/watchdog.h - handlers that do not return, and what messages did lately.
 */
#ifndef BUSGEN_GUARD_WATCHDOG_H
#define BUSGEN_GUARD_WATCHDOG_H

#include <bus/health.h>

#include "core/engine.h"

/* A run as it was seen: this handler in this frame, when its thread had ended so many runs of the
 * type. Both as before: it is the same run. */
struct sighting {
    const struct handler *handler; /* NULL: nothing ran */
    uint64_t calls;
    uint64_t since_ns;
    bool told;
};

/* What ended, by all types but system events. */
struct ended {
    uint64_t at_ns;
    uint64_t processed;
    uint64_t failed;
    uint64_t calls;
    uint64_t calls_failed;
};

enum { ENDED_KEPT = 16 };
#define ENDED_EVERY_NS (5 * BUS_SECOND)

struct watchdog {
    struct lock lock;
    /* under the lock */
    struct sighting *sightings; /* BUS_NESTING_MAX for each thread record */
    struct ended ended[ENDED_KEPT];
    uint32_t ended_count; /* ever taken; number n lies at n % ENDED_KEPT */
    struct ended last;    /* of the last look; at_ns 0: none yet */
    /* the thread */
    bus_os_word word;             /* shared: moves when it shall look */
    uint32_t resting;             /* shared: it waits until a worker wakes up */
    uint32_t ending;              /* shared */
    uint64_t least_ns;            /* shared: the shortest time that some handler may take */
    struct bus_os_thread *thread; /* life lock */
};

enum bus_status watchdog_open(struct bus *bus);
void watchdog_free(struct bus *bus);
/* Life lock held. Nothing where there is no watchdog. */
enum bus_status watchdog_start(struct bus *bus);
void watchdog_end(struct bus *bus);

/* What is stuck, at a look. */
struct stuck {
    uint32_t count;
    uint32_t workers; /* of which so many workers */
    uint32_t critical;
    uint64_t longest_ns;
    const char *handler;
};
/* Looks, and tells of those that it sees to be stuck for the first time. `before` receives what had
 * ended a minute ago, or at the last look before that; `now` what has ended. Any thread. */
void watchdog_look(struct bus *bus, struct stuck *stuck, struct ended *before, struct ended *now);
/* A route is there whose handlers have a time of their own. */
void watchdog_heed(struct bus *bus, const struct bus_policy *policy);

/* After a worker woke up. */
void watchdog_rouse(struct bus *bus);

#endif
