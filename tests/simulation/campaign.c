/*
 * Drills from many seeds (drill.h): in the calm phase at the end everything must finish, and every
 * account must balance. And lives (lives.h): whatever the disk was told is there after each power
 * cut, runs until it has succeeded, in order, and not again. A seed that fails, fails again.
 *
 *   simulation_campaign [SEEDS [FIRST [SABOTAGE]]]   default 100 from 1
 *   simulation_campaign replay                       a failing seed, 100 times
 *   simulation_campaign speed [SEEDS]                runs of handlers per second of real time
 *
 * covers: P4, F5, C1, D4, D5, D6, D8, D9, I6, E2, E3, L1, L3, M2
 * covers: R13
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drill.h"
#include "lives.h"

static struct drill drill;
static struct lives lives;

/* What came of a seed. */
struct outcome {
    uint64_t trace;
    uint64_t runs;   /* of handlers */
    uint64_t steps;  /* calls of the table */
    char wrong[512]; /* "": nothing */
};

/* Ends a simulation, also when it failed in the middle. */
static void leave(struct bus_simulation **simulation, char *wrong, struct outcome *outcome)
{
    if (*simulation != NULL) {
        outcome->trace = outcome->trace * 31 + bus_simulation_trace(*simulation);
        outcome->steps += bus_simulation_steps(*simulation);
    }
    if (wrong[0] == '\0' && bus_simulation_close(simulation) == BUS_OK)
        return;
    bus_simulation_abandon();
    (void)snprintf(outcome->wrong, sizeof outcome->wrong, "%.500s",
                   wrong[0] != '\0' ? wrong : bus_last_error());
}

/* The drill, then the lives. */
static struct outcome run_seed(uint64_t seed, enum sabotage sabotage)
{
    struct outcome outcome = {.runs = 0};

    (void)drill_run(&drill, seed, sabotage);
    leave(&drill.simulation, drill.wrong, &outcome);
    outcome.runs = drill.runs;
    if (outcome.wrong[0] != '\0')
        return outcome;
    (void)lives_run(&lives, seed, sabotage);
    leave(&lives.simulation, lives.wrong, &outcome);
    outcome.runs += lives.runs;
    return outcome;
}

static void describe(void)
{
    const struct bus_simulation_faults *faults = &drill.faults;

    printf("  %s, %u %s, %u publishers, of a million: handlers %u, memory %u, early %u, stalls %u, "
           "barriers %u\n",
           drill.concurrent ? "concurrent" : "serial", drill.workers,
           drill.polled ? "poller" : "workers", drill.publishers, drill.failing, faults->memory,
           faults->early, faults->stalls, faults->barriers);
}

static int campaign(uint64_t seeds, uint64_t first, enum sabotage sabotage)
{
    uint64_t seed, runs = 0, failed = 0;

    for (seed = first; seed < first + seeds && failed < 3; seed++) {
        struct outcome outcome = run_seed(seed, sabotage);

        runs += outcome.runs;
        if (outcome.wrong[0] != '\0') {
            printf("seed %" PRIu64 ": %s\n", seed, outcome.wrong);
            describe();
            failed++;
        } else if (seed % 16 == 0 && run_seed(seed, sabotage).trace != outcome.trace) {
            printf("seed %" PRIu64 ": the second time it went another way\n", seed);
            failed++;
        }
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " runs of handlers, %" PRIu64 " failed\n", seed - first,
           runs, failed);
    return failed == 0 ? 0 : 1;
}

static int replay(void)
{
    struct outcome first = {.wrong = ""};
    uint64_t seed = 0;
    int i;

    while (first.wrong[0] == '\0')
        first = run_seed(++seed, SABOTAGE_WAKE);
    for (i = 0; i < 100; i++) {
        struct outcome again = run_seed(seed, SABOTAGE_WAKE);

        if (again.trace != first.trace || strcmp(again.wrong, first.wrong) != 0) {
            printf("seed %" PRIu64 ", time %d: %s; the first time: %s\n", seed, i, again.wrong,
                   first.wrong);
            return 1;
        }
    }
    printf("seed %" PRIu64 " failed 100 of 100 times alike: %s\n", seed, first.wrong);
    return 0;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int speed(uint64_t seeds)
{
    double begin = seconds(), took;
    uint64_t seed, runs = 0, steps = 0;
    bool fine = true;

    for (seed = 1; seed <= seeds && fine; seed++) {
        struct outcome outcome = run_seed(seed, SABOTAGE_NONE);

        fine = outcome.wrong[0] == '\0';
        steps += outcome.steps;
        runs += outcome.runs;
    }
    took = seconds() - begin;
    printf("%.0f deliveries/s, %.0f calls of the table/s, %.0f seeds/s\n", (double)runs / took,
           (double)steps / took, (double)seeds / took);
    return fine ? 0 : 1;
}

static enum sabotage sabotage_of(const char *name)
{
    static const char *const names[] = {"none",  "wake",    "account", "twice", "order",  "late",
                                        "clock", "guest",   "early",   "gate",  "screen", "last",
                                        "disk",  "removal", "ghost",   "swap",  "back",   "phase"};
    unsigned i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum sabotage)i;
    fprintf(stderr, "no such sabotage: %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "replay") == 0)
        return replay();
    if (argc >= 2 && strcmp(argv[1], "speed") == 0)
        return speed(argc > 2 ? strtoull(argv[2], NULL, 10) : 500);
    return campaign(argc > 1 ? strtoull(argv[1], NULL, 10) : 100,
                    argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
                    argc > 3 ? sabotage_of(argv[3]) : SABOTAGE_NONE);
}
