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
enum { FIXED = 11, TEXTS = 16 };
#define COMMAND                                                                                    \
    "taskset", "-c", "0,1", BENCH_JAVA, "-Xlog:disable", "-XX:+UseSerialGC",                       \
        "-XX:+UseCondCardMark", "-cp", BENCH_DISRUPTOR_CLASSES, "Disruptor"

static const char *multi_command[FIXED + 2 * TEXTS + 1] = {COMMAND, "multi"};
static const char *single_command[FIXED + 2 * TEXTS + 1] = {COMMAND, "single"};
static struct external multi = {.command = multi_command};
static struct external single = {.command = single_command};

static double run(struct external *external, const char **command, const char *name, uint64_t count)
{
    for (int i = 0; i < TEXTS; i++) {
        command[FIXED + i] = bench_symbols[i];
        command[FIXED + TEXTS + i] = bench_notes[i];
    }
    return external_run(external, name, count);
}

static double run_single(uint64_t count)
{
    return run(&single, single_command, "whole-1p1w", count);
}

static double run_multi(uint64_t count)
{
    return run(&multi, multi_command, "whole-1p1w", count);
}

static double run_2p_same(uint64_t count)
{
    return run(&multi, multi_command, "whole-2p-same", count);
}

static double run_2p_cross(uint64_t count)
{
    return run(&multi, multi_command, "whole-2p-cross", count);
}

static double run_8p(uint64_t count)
{
    return run(&multi, multi_command, "whole-8p", count);
}

#define EVENT "plain Java event in a ring of 16,384, no bytes, no copy of the strings, busy spin; "

#define MULTI "disruptor, multi-publisher"
#define MULTI_PATH EVENT "multi-producer sequencer"

static const struct contestant contestants[] = {
    {.bench = "whole-1p1w", .name = MULTI, .path = MULTI_PATH, .run = run_multi},
    {.bench = "whole-2p-same", .name = MULTI, .path = MULTI_PATH, .run = run_2p_same},
    {.bench = "whole-2p-cross", .name = MULTI, .path = MULTI_PATH, .run = run_2p_cross},
    {.bench = "whole-8p", .name = MULTI, .path = MULTI_PATH, .run = run_8p},
    {.bench = "whole-1p1w",
     .name = "disruptor, single publisher",
     .path = EVENT "single-producer sequencer: a second publisher is not allowed",
     .run = run_single},
    {.name = NULL},
};

extern const struct group disruptor_group;
const struct group disruptor_group = {.name = "LMAX Disruptor", .contestants = contestants};
