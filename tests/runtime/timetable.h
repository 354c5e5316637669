/*
 * timetable.h - what the tests of scheduled events share: frozen time with a wall clock that is
 * set, buses in it, figures that must add up.
 */
#ifndef TIMETABLE_H
#define TIMETABLE_H

#include <bus/schedule.h>
#include <bus/store.h>

#include "support.h"

#define MS BUS_MILLISECOND
#define DAY (UINT64_C(24) * 3600 * BUS_SECOND)
#define YEAR (365 * DAY)

/* frozen_os with a wall clock that can be set. Time begins anew. */
const struct bus_os *two_clocks(void);
void set_wall_forward(uint64_t ns);
void set_wall_back(uint64_t ns);
uint64_t wall_now(void);
uint64_t monotonic_now(void);
/* The same clocks, as they are now. */
const struct bus_os *clocks_going_on(void);

/* A started bus in it, polled unless it has workers; time begins anew. */
struct bus *open_clocked(struct bus_options options);
/* A polled one whose ticked events go to the journal. */
struct bus *open_ticking(struct journal *journal, struct bus_options options);

/* Schedules ticked with this number; returns its id. */
uint64_t later(struct bus *bus, uint64_t number, struct bus_schedule when);
struct bus_schedule_figures figures_of(struct bus *bus);
/* Time passes, then the bus is polled. */
void pass(struct bus *bus, uint64_t ns);
uint64_t ran(struct journal *journal);

#endif
