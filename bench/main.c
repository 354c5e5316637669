/* main.c - runs the cases in interleaved rounds and reports medians; bench/run starts it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

enum { ROUNDS_MAX = 201, CONTESTANTS_MAX = 16 };
/* A line that takes longer crosses the host's sockets or core complexes. */
#define FAR_NS 120.0

struct series {
    double values[ROUNDS_MAX];
};

struct rounds {
    struct series of[CONTESTANTS_MAX];
    struct series pingpong;
    int count;
};

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(const struct series *series, int count)
{
    struct series sorted = *series;

    qsort(sorted.values, (size_t)count, sizeof sorted.values[0], compare_doubles);
    return count % 2 != 0 ? sorted.values[count / 2]
                          : (sorted.values[count / 2 - 1] + sorted.values[count / 2]) / 2;
}

static double extreme(const struct series *series, int count, bool largest)
{
    double found = series->values[0];

    for (int i = 1; i < count; i++)
        if (largest ? series->values[i] > found : series->values[i] < found)
            found = series->values[i];
    return found;
}

/* One round: every contestant once, between two looks at the distance. False: a contestant failed.
 * `*mixed`: the host moved the processors in between, the round says nothing. */
static bool run_round(const struct bench_case *bench, struct rounds *rounds, bool two, bool *mixed)
{
    double before = two ? pingpong_ns() : 0;
    double after;
    int at = rounds->count;

    for (int i = 0; bench->contestants[i].name != NULL; i++) {
        double result = bench->contestants[i].run(bench->count);

        if (result < 0) {
            fprintf(stderr, "bench: %s: %s failed its check\n", bench->name,
                    bench->contestants[i].name);
            return false;
        }
        rounds->of[i].values[at] = result;
    }
    after = two ? pingpong_ns() : 0;
    rounds->pingpong.values[at] = (before + after) / 2;
    *mixed = (before < FAR_NS) != (after < FAR_NS);
    return true;
}

/* Keeps the rounds of the more frequent distance, so that all figures of a case are comparable. */
static int keep_one_distance(struct rounds *rounds)
{
    int far = 0;
    int kept = 0;
    bool keep_far;

    for (int i = 0; i < rounds->count; i++)
        far += rounds->pingpong.values[i] >= FAR_NS;
    keep_far = far * 2 > rounds->count;
    for (int i = 0; i < rounds->count; i++) {
        if ((rounds->pingpong.values[i] >= FAR_NS) != keep_far)
            continue;
        for (int c = 0; c < CONTESTANTS_MAX; c++)
            rounds->of[c].values[kept] = rounds->of[c].values[i];
        rounds->pingpong.values[kept++] = rounds->pingpong.values[i];
    }
    return rounds->count - kept;
}

static void report(const struct bench_case *bench, struct rounds *rounds, int dropped, bool two,
                   FILE *json, bool *first)
{
    int count = rounds->count;
    double pingpong = median(&rounds->pingpong, count);
    const char *distance = !two ? "" : pingpong >= FAR_NS ? "far" : "near";

    printf("\n%s: %s\n", bench->name, bench->what);
    if (two)
        printf("  %d runs, ping-pong %.0f ns (%s), %d mixed runs dropped\n", count, pingpong,
               distance, dropped);
    printf("  %-34s %10s %10s %10s   %s\n", "", "min", "median", "max", bench->unit);
    for (int i = 0; bench->contestants[i].name != NULL; i++) {
        const char *name = bench->contestants[i].name;
        double middle = median(&rounds->of[i], count);
        double least = extreme(&rounds->of[i], count, false);
        double most = extreme(&rounds->of[i], count, true);

        printf("  %-34s %10.1f %10.1f %10.1f", name, least, middle, most);
        if (bench->threads)
            printf("   %.1f million/s", 1000 / middle);
        printf("\n");
        if (json == NULL)
            continue;
        fprintf(json,
                "%s\n  {\"case\": \"%s\", \"contestant\": \"%s\", \"unit\": \"%s\", "
                "\"min\": %.2f, \"median\": %.2f, \"max\": %.2f, \"runs\": %d, "
                "\"pingpong_ns\": %.1f, \"distance\": \"%s\"}",
                *first ? "" : ",", bench->name, name, bench->unit, least, middle, most, count,
                pingpong, distance);
        *first = false;
    }
}

static bool run_case(const struct bench_case *bench, int wanted, FILE *json, bool *first)
{
    static struct rounds rounds;
    bool two = sysconf(_SC_NPROCESSORS_ONLN) >= 2;
    int dropped = 0;

    if (bench->threads && !two) {
        printf("\n%s: left out, it needs two processors\n", bench->name);
        return true;
    }
    rounds.count = 0;
    for (int tries = 0; rounds.count < wanted && tries < 2 * wanted; tries++) {
        bool mixed = false;

        if (!run_round(bench, &rounds, two, &mixed))
            return false;
        if (mixed)
            dropped++;
        else
            rounds.count++;
    }
    if (rounds.count == 0) {
        printf("\n%s: the host moved the processors in every run, no figure\n", bench->name);
        return true;
    }
    if (two) {
        int others = keep_one_distance(&rounds);

        rounds.count -= others;
        dropped += others;
    }
    report(bench, &rounds, dropped, two, json, first);
    return true;
}

static void warn_if_busy(void)
{
    double load = 0;

    if (getloadavg(&load, 1) == 1 && load > 1.0)
        printf("other work is running here (load average %.1f): the figures are too high\n", load);
}

static void usage(FILE *to)
{
    fputs("usage: bench [--rounds N] [--json FILE] [CASE...]\n"
          "Runs the cases (all without CASE), N times each (default 21).\n",
          to);
}

static bool is_wanted(const char *name, char *const *wanted, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name, wanted[i]) == 0)
            return true;
    return count == 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'},
        {"json", required_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    FILE *json = NULL;
    int rounds = 21;
    bool first = true;
    bool fine = true;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == 'r' && strtol(optarg, NULL, 10) >= 1 &&
            strtol(optarg, NULL, 10) <= ROUNDS_MAX) {
            rounds = (int)strtol(optarg, NULL, 10);
        } else if (option == 'j') {
            json = fopen(optarg, "w");
            if (json == NULL) {
                perror(optarg);
                return 2;
            }
        } else {
            usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    warn_if_busy();
    if (json != NULL)
        fputs("[", json);
    for (int i = 0; bench_cases[i] != NULL && fine; i++)
        if (is_wanted(bench_cases[i]->name, argv + optind, argc - optind))
            fine = run_case(bench_cases[i], rounds, json, &first);
    if (json != NULL) {
        fputs("\n]\n", json);
        if (fclose(json) != 0) {
            perror("bench");
            return 2;
        }
    }
    return fine ? 0 : 1;
}
