/*
 * bare.c - what metrics, accounts and priorities cost: the library as it is beside a build of the
 * same sources without them (runtime/core/bare.h says what that leaves out). Each is a program of
 * its own with the same code around it (bare_child.c); they take turns.
 */
#include <stddef.h>

#include "harness.h"

static const struct bench_case cases[] = {
    {.name = "bare",
     .unit = "ns/message",
     .what =
         "the whole way with metrics, accounts and priorities, and with a library built without",
     .count = 4000000,
     .threads = true},
    {.name = NULL},
};

static double run_full(uint64_t count)
{
    static const char *const command[] = {BENCH_FULL, NULL};
    static struct external external = {.command = command};

    return external_run(&external, "bare", count);
}

static double run_bare(uint64_t count)
{
    static const char *const command[] = {BENCH_BARE, NULL};
    static struct external external = {.command = command};

    return external_run(&external, "bare", count);
}

#define WHOLE "as busgen in whole-1p1w, in a process of its own; "

static const struct contestant contestants[] = {
    {.bench = "bare", .name = "busgen", .path = WHOLE "the library as it is", .run = run_full},
    {.bench = "bare",
     .name = "busgen: bare",
     .path = WHOLE "no counters, no timing of handlers, one lane looked at instead of five",
     .run = run_bare},
    {.name = NULL},
};

extern const struct group bare_group;
const struct group bare_group = {.name = "bare", .cases = cases, .contestants = contestants};
