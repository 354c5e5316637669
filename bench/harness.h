/*
 * harness.h - cases, contestants and groups of them: what a file with benchmarks provides.
 *
 * A case is a question with a unit, a contestant is one way to do it. The program runs all
 * contestants of a case in turn, again and again, measures the cache-line ping-pong of the two
 * processors before and after each run, and reports medians. A group is what one file provides:
 * cases, contestants for its own or other files' cases, or both. README.md, "Adding a case".
 */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "histogram.h"
#include "message.h"
#include "transport.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bench_kind {
    BENCH_THROUGHPUT, /* contestants have `run` (ns per message) or `transport` */
    BENCH_LATENCY,    /* contestants have `latency` or `transport`; percentiles are reported */
    BENCH_PUBLISH,    /* percentiles of the publish call alone; `latency` or `transport` */
    BENCH_FIGURE,     /* contestants have `run` (one value in the case's unit) or `figures` */
};

struct bench_case {
    const char *name; /* as on the command line: small letters, digits, '-', '+' */
    enum bench_kind kind;
    const char *unit; /* "ns/message", "ns", "s", "bytes", "instructions", "%" */
    const char *what; /* one line for the table */
    /* Messages of one run. Throughput: at most; the first run of a contestant, which does not
     * count, finds out how many take long enough. Others get as many as stated, with --quick a
     * fifth. */
    uint64_t count;
    bool threads; /* needs two processors, and the distance between them matters */
    int runs;     /* 0: as many as were asked for; else at most that many, and no warm-up run */
    struct shape shape;
};

/* Plain figures of one run, each with a unit of its own; reported as case "CASE/NAME". */
enum { FIGURES_MAX = 16 };
struct figures {
    unsigned count;
    struct figure {
        char name[40];
        char unit[24];
        double value;
    } of[FIGURES_MAX];
};
void figures_add(struct figures *figures, const char *name, const char *unit, double value);

struct contestant {
    const char *bench; /* the name of its case */
    const char *name;  /* ours: "busgen", variants "busgen: what is different" */
    const char *path;  /* one line: which message and code path, so that a sceptic agrees */
    /* One of these, as the case's kind asks. Values are doubles as the case's unit says; negative,
     * or false: it failed, or what arrived was wrong; it said why on stderr. */
    double (*run)(uint64_t count);
    bool (*latency)(uint64_t count, struct histogram *histogram);
    bool (*figures)(uint64_t count, struct figures *figures);
    const struct transport *transport;
    /* May be NULL. Looked at once: NULL when it can run, else what to install ("install X"); it is
     * then named as missing. For what can be absent although it was compiled in. */
    const char *(*missing)(void);
};

struct group {
    const char *name;                     /* of the library, as named when it is missing */
    const char *missing;                  /* NULL, or what to install; then nothing else is set */
    const struct bench_case *cases;       /* NULL, or ends with a NULL name */
    const struct contestant *contestants; /* NULL, or ends with a NULL name */
};

/* All groups that CMakeLists.txt lists with bench_group, in that order; ends with NULL. */
extern const struct group *const bench_groups[];

/* True with --quick: use less of everything that `count` does not scale. */
extern bool bench_is_quick;

/* ---- programs beside this one ---- */

/* A program that stays and answers line by line (a peer in another language). It reads "CASE COUNT"
 * and answers with one JSON object in a line: {"value": 12.5} in the case's unit,
 * {"latencies_ns": [81, 79.5]}, {"figures": [{"name": "x", "unit": "bytes", "value": 1}]}, or
 * {"error": "why"}. Idle it must not use a processor. It ends when its input ends. */
struct external {
    const char *const *command; /* as for execvp */
    /* private */
    int to;
    int from;
    int process;
};
double external_run(struct external *external, const char *name, uint64_t count);
bool external_latency(struct external *external, const char *name, uint64_t count,
                      struct histogram *histogram);
bool external_figures(struct external *external, const char *name, uint64_t count,
                      struct figures *figures);

/* Runs a program to its end without input and takes its standard output, one JSON object of the
 * form above per line, as figures. */
bool program_figures(const char *const *command, struct figures *figures);

#ifdef __cplusplus
}
#endif

#endif
