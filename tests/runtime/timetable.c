/* timetable.c - see timetable.h. */
#include "timetable.h"

static uint64_t wall_moved; /* modulo 2^64 */
static uint64_t (*wall_before)(void *context);
static struct bus_os clocks;

static uint64_t moved_real(void *context)
{
    return wall_before(context) + wall_moved;
}

const struct bus_os *two_clocks(void)
{
    clocks = *frozen_os();
    wall_before = clocks.real_ns;
    wall_moved = 0;
    clocks.real_ns = moved_real;
    return &clocks;
}

void set_wall_forward(uint64_t ns)
{
    wall_moved += ns;
}

void set_wall_back(uint64_t ns)
{
    wall_moved -= ns;
}

uint64_t wall_now(void)
{
    return moved_real(NULL);
}

uint64_t monotonic_now(void)
{
    return clocks.monotonic_ns(clocks.context);
}

const struct bus_os *clocks_going_on(void)
{
    return &clocks;
}

struct bus *open_clocked(struct bus_options options)
{
    struct bus *bus;

    options.os = two_clocks();
    options.polled = options.workers == 0;
    bus = open_bus(&options);
    assert_int_equal(bus_start(bus), BUS_OK);
    return bus;
}

struct bus *open_ticking(struct journal *journal, struct bus_options options)
{
    struct bus *bus = open_clocked(options);

    assert_int_equal(probe_ticked_subscribe(bus, on_ticked, journal, NULL), BUS_OK);
    return bus;
}

uint64_t later(struct bus *bus, uint64_t number, struct bus_schedule when)
{
    uint64_t id = 0;

    assert_int_equal(
        probe_ticked_schedule(bus, &(struct probe_ticked){.number = number}, &when, &id), BUS_OK);
    assert_int_not_equal(id, 0);
    return id;
}

struct bus_schedule_figures figures_of(struct bus *bus)
{
    struct bus_schedule_figures figures;

    assert_int_equal(bus_schedule_figures_read(bus, &figures), BUS_OK);
    assert_int_equal(figures.scheduled, figures.ended + figures.cancelled + figures.waiting);
    return figures;
}

void pass(struct bus *bus, uint64_t ns)
{
    frozen_advance(ns);
    (void)poll_all(bus);
}

uint64_t ran(struct journal *journal)
{
    return latch_count(&journal->latch);
}
