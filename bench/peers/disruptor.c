/*
 * disruptor.c - the LMAX Disruptor, as programs beside this one (Disruptor.java) that are asked for
 * one run at a time, so that their runs take turns with those of all others.
 *
 * They put their publisher and worker on the processors where ours run; the compiler and collector
 * threads of the JVM stay where the system puts them (after the warm-up they have nothing to do). A
 * JVM that waits for its turn sleeps.
 */
#include "harness.h"

/* taskset: a JVM that sees one processor, that of our publisher, would be another JVM. */
enum { FIXED = 9, TEXTS = 16 };
#define COMMAND                                                                                    \
    "taskset", "-c", "0,1", BENCH_JAVA, "-XX:+UseSerialGC", "-cp", BENCH_DISRUPTOR_CLASSES,        \
        "Disruptor"

static const char *multi_command[FIXED + 2 * TEXTS + 1] = {COMMAND, "multi"};
static const char *single_command[FIXED + 2 * TEXTS + 1] = {COMMAND, "single"};
static struct external multi = {.command = multi_command};
static struct external single = {.command = single_command};

static double run(struct external *external, const char **command, uint64_t count)
{
    for (int i = 0; i < TEXTS; i++) {
        command[FIXED + i] = bench_symbols[i];
        command[FIXED + TEXTS + i] = bench_notes[i];
    }
    return external_run(external, "whole-1p1w", count);
}

static double run_multi(uint64_t count)
{
    return run(&multi, multi_command, count);
}

static double run_single(uint64_t count)
{
    return run(&single, single_command, count);
}

#define EVENT "plain Java event in a ring of 16,384, no bytes, no copy of the strings, busy spin; "

static const struct contestant contestants[] = {
    {.bench = "whole-1p1w",
     .name = "disruptor, multi-publisher",
     .path = EVENT "multi-producer sequencer",
     .run = run_multi},
    {.bench = "whole-1p1w",
     .name = "disruptor, single publisher",
     .path = EVENT "single-producer sequencer: a second publisher is not allowed",
     .run = run_single},
    {.name = NULL},
};

extern const struct group disruptor_group;
const struct group disruptor_group = {.name = "LMAX Disruptor", .contestants = contestants};
