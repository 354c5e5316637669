/*
 * components.h - the contexts of the components of packages.bus, and how to attach them.
 *
 * All of them are serial and run on the thread that polls the bus.
 */
#ifndef PACKAGES_COMPONENTS_H
#define PACKAGES_COMPONENTS_H

#include "packages.bus.h"

enum {
    NAME_SIZE = 161, /* `string max 160`, and a NUL */
    HOURS = 24,
    ACTIONS = 7,
    STATES = 8,
    SLOWEST_MAX = 10,
    COMPLAINTS_MAX = 8
};

struct day {
    int64_t number; /* days since 1970-01-01 */
    uint64_t actions[ACTIONS];
};

struct calendar {
    struct day *days; /* ascending, as the log is */
    size_t day_count;
    uint64_t hours[HOURS]; /* actions */
    uint64_t runs;
    uint64_t states[STATES];
    uint64_t conffiles_kept;
    uint64_t conffiles_replaced;
    uint64_t malformed;
    struct complaint {
        uint64_t number;
        char reason[81];
    } complaints[COMPLAINTS_MAX]; /* the first malformed lines */
};

/* Packages that are half-installed now. */
struct stopwatch {
    struct running {
        char package[NAME_SIZE];
        int64_t since_ns;
    } * running;
    size_t running_count;
    size_t capacity;
};

struct ranking {
    uint64_t installed;
    uint64_t total_ns;
    struct slow {
        char package[NAME_SIZE];
        int64_t took_ns;
    } slowest[SLOWEST_MAX]; /* slowest first; equal ones by name */
    size_t slowest_count;
};

struct upgrades {
    struct upgrade {
        char package[NAME_SIZE];
        char from[NAME_SIZE];
        char to[NAME_SIZE];
    } * list;
    size_t count;
};

struct components {
    struct calendar calendar;
    struct stopwatch stopwatch;
    struct ranking ranking;
    struct upgrades upgrades;
};

/* Attaches all of them to `bus`. */
enum bus_status components_attach(struct bus *bus, struct components *components);
/* Frees what the handlers allocated; when the bus is closed. */
void components_free(struct components *components);

#endif
