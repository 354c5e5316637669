/*
 * instructions.c - instructions for each message, counted by callgrind: publish, dispatch and
 * handler on one thread (a polled bus, 16 messages between two polls). Two runs of different length
 * are subtracted, so that start and end of the program do not count.
 *
 * Restartable sequences do not exist under valgrind: publishers claim as they do where several
 * share a lane.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

enum { SHORT = 1600, LONG = 17600 };

static const struct bench_case cases[] = {
    {.name = "bare-instructions",
     .kind = BENCH_FIGURE,
     .unit = "instructions/message",
     .what = "counted by callgrind: publish, dispatch and handler, with and without metrics, "
             "accounts, priorities",
     .count = LONG,
     .runs = 1},
    {.name = NULL},
};

/* Instructions of a whole run of `count` messages; negative: it failed. */
static double count_run(const char *program, unsigned count)
{
    char command[1024];
    char line[256];
    double collected = -1;
    FILE *output;

    snprintf(command, sizeof command,
             "'%s' --tool=callgrind --callgrind-out-file=/dev/null --log-fd=1 '%s' instructions %u",
             BENCH_VALGRIND, program, count);
    output = popen(command, "r");
    if (output == NULL)
        return -1;
    while (fgets(line, sizeof line, output) != NULL) {
        const char *found = strstr(line, "Collected : ");

        if (found != NULL && sscanf(found, "Collected : %lf", &collected) != 1)
            collected = -1;
    }
    return pclose(output) == 0 ? collected : -1;
}

static double for_each(const char *program)
{
    double less = count_run(program, SHORT);
    double more = count_run(program, LONG);

    if (less > 0 && more > less)
        return (more - less) / (LONG - SHORT);
    fprintf(stderr, "bench: %s under callgrind failed\n", program);
    return -1;
}

static const char *missing(void)
{
    return access(BENCH_VALGRIND, X_OK) == 0 ? NULL : "install valgrind";
}

static double run_full(uint64_t count)
{
    (void)count;
    return for_each(BENCH_FULL);
}

static double run_bare(uint64_t count)
{
    (void)count;
    return for_each(BENCH_BARE);
}

static const struct contestant contestants[] = {
    {.bench = "bare-instructions",
     .name = "busgen",
     .path = "bench_order_placed_publish, bus_poll, typed handler reads all fields",
     .run = run_full,
     .missing = missing},
    {.bench = "bare-instructions",
     .name = "busgen: bare",
     .path = "the same with a library built without counters, timing and priorities",
     .run = run_bare,
     .missing = missing},
    {.name = NULL},
};

extern const struct group instructions_group;
const struct group instructions_group = {
    .name = "instructions", .cases = cases, .contestants = contestants};
