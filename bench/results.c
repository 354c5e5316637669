/* results.c - RESULTS.md: see report.h. */
#include <stdio.h>

#include "report.h"

const struct line *find_line(const struct case_result *results, const char *bench,
                             const char *contestant)
{
    for (const struct case_result *result = results; result != NULL; result = result->next)
        for (unsigned i = 0; i < result->count; i++)
            if (strcmp(result->bench->name, bench) == 0 && result->lines[i].runs > 0 &&
                !result->lines[i].failed &&
                strcmp(result->lines[i].contestant->name, contestant) == 0)
                return &result->lines[i];
    return NULL;
}

const struct case_result *find_result(const struct case_result *results, const char *bench)
{
    while (results != NULL && strcmp(results->bench->name, bench) != 0)
        results = results->next;
    return results;
}

static void print_value(FILE *to, double value)
{
    fprintf(to, value < 100 ? " %.1f |" : " %.0f |", value);
}

/* ---- the cases, one table each ---- */

static void print_absent(FILE *to, const struct line *line, unsigned columns)
{
    fprintf(to, "| %s | %s |", line->contestant->name,
            line->missing != NULL ? line->missing
            : line->failed        ? "failed its check"
                                  : "no run without a change of distance");
    for (unsigned i = 1; i < columns; i++)
        fprintf(to, " |");
    fprintf(to, "\n");
}

static void print_throughputs(FILE *to, const struct case_result *result)
{
    bool rate = result->bench->kind == BENCH_THROUGHPUT && result->bench->threads;

    fprintf(to, "| %s | min | median | max |%s\n|---|---|---|---|%s\n", result->bench->unit,
            rate ? " million/s |" : "", rate ? "---|" : "");
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (line->runs == 0) {
            print_absent(to, line, rate ? 4 : 3);
            continue;
        }
        fprintf(to, "| %s |", line->contestant->name);
        print_value(to, line->figures[0].min);
        print_value(to, line->figures[0].median);
        print_value(to, line->figures[0].max);
        if (rate)
            print_value(to, 1000 / line->figures[0].median);
        fprintf(to, "\n");
    }
}

static void print_latencies(FILE *to, const struct case_result *result)
{
    fprintf(to, "| ns, medians of the runs | p50 | p90 | p99 | p99.9 | max |\n"
                "|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (line->runs == 0) {
            print_absent(to, line, 5);
            continue;
        }
        fprintf(to, "| %s |", line->contestant->name);
        for (unsigned f = 0; f < line->count; f++)
            print_value(to, line->figures[f].median);
        fprintf(to, "\n");
    }
}

static void print_figures(FILE *to, const struct case_result *result)
{
    fprintf(to, "| | | min | median | max | unit |\n|---|---|---|---|---|---|\n");
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (line->runs == 0)
            print_absent(to, line, 5);
        for (unsigned f = 0; f < line->count && line->runs > 0; f++) {
            fprintf(to, "| %s | %s |", line->contestant->name, line->figures[f].name);
            print_value(to, line->figures[f].min);
            print_value(to, line->figures[f].median);
            print_value(to, line->figures[f].max);
            fprintf(to, " %s |\n", line->figures[f].unit);
        }
    }
}

static void print_runs(FILE *to, const struct case_result *result)
{
    int least = RUNS_MAX;
    int most = 0;
    double pingpong = 0;

    for (unsigned i = 0; i < result->count; i++) {
        int runs = result->lines[i].runs;

        if (runs == 0)
            continue;
        least = runs < least ? runs : least;
        most = runs > most ? runs : most;
        pingpong = result->lines[i].pingpong;
    }
    if (most == 0)
        return;
    if (least == most)
        fprintf(to, "\n%d run%s of each", most, most == 1 ? "" : "s");
    else
        fprintf(to, "\n%d to %d runs of each", least, most);
    if (result->distance[0] != 0)
        fprintf(to, ", processors %s (ping-pong %.0f ns)", result->distance, pingpong);
    fprintf(to, result->few ? ". Fewer runs than wanted: the host kept moving the processors.\n"
                            : ".\n");
}

/* Which message, which code: so that a reader agrees that it is the same work. */
static void print_paths(FILE *to, const struct case_result *result)
{
    fprintf(to, "\n");
    for (unsigned i = 0; i < result->count; i++)
        if (result->lines[i].contestant->path != NULL)
            fprintf(to, "- %s: %s.\n", result->lines[i].contestant->name,
                    result->lines[i].contestant->path);
}

static void print_case(FILE *to, const struct case_result *result)
{
    fprintf(to, "\n### %s\n\n%s.\n\n", result->bench->name, result->bench->what);
    if (result->bench->kind == BENCH_LATENCY || result->bench->kind == BENCH_PUBLISH)
        print_latencies(to, result);
    else if (has_many_figures(result))
        print_figures(to, result);
    else
        print_throughputs(to, result);
    print_runs(to, result);
    print_paths(to, result);
}

/* ---- all of it ---- */

static const char introduction[] =
    "# Results\n"
    "\n"
    "Written by `bench/run --results`; do not edit. [README.md](README.md) says how it was "
    "measured\n"
    "and what the words mean. Compare lines of one table only: it is one run, interleaved. The "
    "host\n"
    "of a virtual machine moves the processors; `near` and `far` tell how long a cache line takes\n"
    "from one to the other.\n"
    "\n";

static const char pictures[] = "\n## Pictures\n"
                               "\n"
                               "![One-way latency](pictures/latency.svg)\n"
                               "\n"
                               "![Throughput by publishers](pictures/publishers.svg)\n"
                               "\n"
                               "![Throughput by message size](pictures/sizes.svg)\n";

bool report_results(const char *path, const struct case_result *results)
{
    FILE *to = fopen(path, "w");
    bool written;

    if (to == NULL) {
        perror(path);
        return false;
    }
    fputs(introduction, to);
    report_machine(to, "- ");
    report_missing(to, "- ");
    report_ratios(to, results);
    report_advice(to, results);
    fputs(pictures, to);
    fprintf(to, "\n## All figures\n");
    for (; results != NULL; results = results->next)
        print_case(to, results);
    written = ferror(to) == 0;
    if (fclose(to) != 0 || !written) {
        perror(path);
        return false;
    }
    return true;
}
