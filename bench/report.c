/* report.c - the table: see report.h. */
#include "report.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- where this ran ---- */

static void print_processor(FILE *to)
{
    char line[256] = "";
    FILE *info = fopen("/proc/cpuinfo", "r");
    const char *name = "unknown";

    while (info != NULL && fgets(line, sizeof line, info) != NULL) {
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':') != NULL) {
            line[strcspn(line, "\n")] = 0;
            name = strchr(line, ':') + 2;
            break;
        }
    }
    if (info != NULL)
        fclose(info);
    fprintf(to, "%ld x %s", sysconf(_SC_NPROCESSORS_ONLN), name);
}

/* What ran here when the first report was made: later it is the benchmark itself. */
static double load_at_first(void)
{
    static double load = -1;

    if (load < 0 && getloadavg(&load, 1) != 1)
        load = 0;
    return load;
}

void report_machine(FILE *to, const char *line_begin)
{
    struct utsname system = {0};
    double load = load_at_first();

    uname(&system);
    fprintf(to, "%sprocessors: ", line_begin);
    print_processor(to);
    fprintf(to, "\n%ssystem: %s %s %s\n", line_begin, system.sysname, system.release,
            system.machine);
#if defined(__clang__)
    fprintf(to, "%scompiler: clang " __clang_version__, line_begin);
#else
    fprintf(to, "%scompiler: gcc " __VERSION__, line_begin);
#endif
    fprintf(to, ", %s\n", BENCH_FLAGS);
    if (load > 1.0)
        fprintf(to, "%sother work is running here (load average %.1f): the figures are too high\n",
                line_begin, load);
}

void report_missing(FILE *to, const char *line_begin)
{
    for (unsigned i = 0; bench_groups[i] != NULL; i++)
        if (bench_groups[i]->missing != NULL)
            fprintf(to, "%smissing: %s (%s)\n", line_begin, bench_groups[i]->name,
                    bench_groups[i]->missing);
}

/* ---- a case ---- */

static void print_name(FILE *to, const char *name)
{
    fprintf(to, "  %-44s", name);
}

static bool print_absent(FILE *to, const struct line *line)
{
    const char *name = line->contestant->name;

    if (line->missing != NULL)
        fprintf(to, "  %-44s missing: %s\n", name, line->missing);
    else if (line->failed)
        fprintf(to, "  %-44s FAILED its check\n", name);
    else if (line->runs == 0)
        fprintf(to, "  %-44s no run without a change of distance\n", name);
    else
        return false;
    return true;
}

static void print_number(FILE *to, double value)
{
    if (value < 1000)
        fprintf(to, " %10.1f", value);
    else
        fprintf(to, " %10.0f", value);
}

static void print_throughputs(FILE *to, const struct case_result *result)
{
    fprintf(to, "  %-44s %10s %10s %10s   %s\n", "", "min", "median", "max", result->bench->unit);
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];
        const struct figure_summary *figure = &line->figures[0];

        if (print_absent(to, line))
            continue;
        print_name(to, line->contestant->name);
        print_number(to, figure->min);
        print_number(to, figure->median);
        print_number(to, figure->max);
        if (result->bench->kind == BENCH_THROUGHPUT && result->bench->threads)
            fprintf(to, "   %.1f million/s", 1000 / figure->median);
        fprintf(to, "\n");
    }
}

static void print_latencies(FILE *to, const struct case_result *result)
{
    fprintf(to, "  %-44s %10s %10s %10s %10s %10s   ns, medians of the runs\n", "", "p50", "p90",
            "p99", "p99.9", "max");
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (print_absent(to, line))
            continue;
        print_name(to, line->contestant->name);
        for (unsigned f = 0; f < line->count; f++)
            print_number(to, line->figures[f].median);
        fprintf(to, "\n");
    }
}

static void print_figures(FILE *to, const struct case_result *result)
{
    fprintf(to, "  %-44s %10s %10s %10s\n", "", "min", "median", "max");
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (print_absent(to, line))
            continue;
        for (unsigned f = 0; f < line->count; f++) {
            const struct figure_summary *figure = &line->figures[f];

            fprintf(to, "  %-23.23s %-20.20s", line->contestant->name, figure->name);
            print_number(to, figure->min);
            print_number(to, figure->median);
            print_number(to, figure->max);
            fprintf(to, "   %s\n", figure->unit);
        }
    }
}

bool has_many_figures(const struct case_result *result)
{
    for (unsigned i = 0; i < result->count; i++)
        if (result->lines[i].contestant->figures != NULL)
            return true;
    return false;
}

/* The distance, and how many runs there are of it. */
static void print_distance(FILE *to, const struct case_result *result)
{
    const struct line *line = NULL;
    int mixed = 0;
    int others = 0;

    for (unsigned i = 0; i < result->count; i++) {
        if (result->lines[i].runs > 0 && line == NULL)
            line = &result->lines[i];
        mixed += result->lines[i].mixed;
        others += result->lines[i].others;
    }
    if (line == NULL)
        return;
    fprintf(to, "  %d run%s", line->runs, line->runs == 1 ? "" : "s");
    if (result->distance[0] != 0)
        fprintf(to, ", ping-pong %.0f ns (%s); of all lines %d mixed and %d %s runs dropped",
                line->pingpong, result->distance, mixed, others,
                result->distance[0] == 'n' ? "far" : "near");
    fprintf(to, "%s\n", result->few ? "; FEWER RUNS THAN WANTED" : "");
}

void report_case(FILE *to, const struct case_result *result)
{
    fprintf(to, "\n%s: %s\n", result->bench->name, result->bench->what);
    print_distance(to, result);
    if (result->bench->kind == BENCH_LATENCY || result->bench->kind == BENCH_PUBLISH)
        print_latencies(to, result);
    else if (has_many_figures(result))
        print_figures(to, result);
    else
        print_throughputs(to, result);
    fflush(to);
}
