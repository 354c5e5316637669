/*
 * collect.h - runs the contestants of a case in turn and keeps what they found.
 */
#ifndef BENCH_COLLECT_H
#define BENCH_COLLECT_H

#include "harness.h"

enum { RUNS_MAX = 201, CONTESTANTS_MAX = 24 };

/* One run of one contestant. */
struct run {
    double values[FIGURES_MAX];
    double pingpong; /* mean of before and after */
    bool far;
};

/* What is known about one contestant. */
struct series {
    const struct contestant *contestant;
    const char *missing; /* or what to install */
    bool failed;
    uint64_t count;         /* messages of a run */
    struct figures figures; /* names and units of the values */
    int runs;               /* all that are not mixed */
    int mixed;
    struct run of[RUNS_MAX];
    struct histogram histograms[2]; /* latency: all near, all far runs */
};

struct figure_summary {
    char name[40];
    char unit[24];
    double min;
    double median;
    double max;
};

/* What is reported about one contestant. */
struct line {
    const struct contestant *contestant;
    const char *missing;
    bool failed;
    int runs; /* of the distance that is reported; 0: no figure */
    int mixed;
    double pingpong;
    unsigned count;
    struct figure_summary figures[FIGURES_MAX];
    int others; /* runs at the other distance, and the median of its first figure */
    double other_median;
    struct histogram *histogram; /* latency; else NULL */
};

struct case_result {
    const struct bench_case *bench;
    const char *distance; /* "near", "far", or "" where it does not matter */
    bool few;             /* fewer runs at that distance than were wanted */
    unsigned count;
    struct line *lines;
    struct case_result *next;
};

struct plan {
    int runs;          /* wanted of each contestant at one distance */
    int seconds;       /* after so long a case stops looking for runs at the better distance */
    double run_ns;     /* how long a throughput run should take */
    unsigned scale;    /* other counts are divided by it */
    bool any_distance; /* figures do not matter: keep mixed runs too */
};

/* All contestants of a case, in the order of the groups. Its memory lives until the program ends.
 * NULL: no memory. */
struct case_result *collect(const struct bench_case *bench, const struct plan *plan);

/* The value that a case is about in a line: the median, or for latencies the p50. */
static inline double line_value(const struct line *line)
{
    return line->figures[0].median;
}

#endif
