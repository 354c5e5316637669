/* collect.c - see collect.h. */
#include "collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "progress.h"

bool bench_is_quick;

/* Fewer than that is no median. */
enum { ENOUGH = 5 };

void figures_add(struct figures *figures, const char *name, const char *unit, double value)
{
    struct figure *figure;

    if (figures->count == FIGURES_MAX) {
        fprintf(stderr, "bench: more than %d figures: %s is lost\n", FIGURES_MAX, name);
        return;
    }
    figure = &figures->of[figures->count++];
    snprintf(figure->name, sizeof figure->name, "%s", name);
    snprintf(figure->unit, sizeof figure->unit, "%s", unit);
    figure->value = value;
}

/* ---- one run ---- */

static bool run_throughput(const struct bench_case *bench, struct series *series,
                           struct figures *found)
{
    const struct contestant *contestant = series->contestant;
    double value = contestant->transport != NULL
                       ? transport_throughput(contestant->transport, &bench->shape, series->count)
                       : contestant->run(series->count);

    figures_add(found, "", bench->unit, value);
    return value >= 0;
}

static bool run_histogram(const struct bench_case *bench, struct series *series,
                          struct figures *found, struct histogram *histogram)
{
    const struct contestant *contestant = series->contestant;
    bool right;

    if (contestant->transport == NULL)
        right = contestant->latency(series->count, histogram);
    else if (bench->kind == BENCH_PUBLISH)
        right =
            transport_publish_times(contestant->transport, &bench->shape, series->count, histogram);
    else
        right = transport_latency(contestant->transport, &bench->shape, series->count, histogram);
    figures_add(found, "p50", "ns", histogram_ns(histogram, 0.5));
    figures_add(found, "p90", "ns", histogram_ns(histogram, 0.9));
    figures_add(found, "p99", "ns", histogram_ns(histogram, 0.99));
    figures_add(found, "p99.9", "ns", histogram_ns(histogram, 0.999));
    figures_add(found, "max", "ns", histogram_ns(histogram, 1));
    return right;
}

static bool has_histogram(const struct bench_case *bench)
{
    return bench->kind == BENCH_LATENCY || bench->kind == BENCH_PUBLISH;
}

static bool run_once(const struct bench_case *bench, struct series *series, struct figures *found,
                     struct histogram *histogram)
{
    bool right;

    *found = (struct figures){0};
    if (has_histogram(bench))
        right = run_histogram(bench, series, found, histogram);
    else if (series->contestant->figures != NULL)
        right = series->contestant->figures(series->count, found);
    else
        right = run_throughput(bench, series, found);
    if (!right)
        fprintf(stderr, "bench: %s: %s failed\n", bench->name, series->contestant->name);
    series->failed = !right;
    return right;
}

/* The run that does not count: it touches what the others need, and tells how many messages make a
 * run of the wanted length (a multiple of what all batches and publishers divide). */
static void warm_up(const struct bench_case *bench, struct series *series, const struct plan *plan)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);
    struct figures found;

    series->count = bench->count / plan->scale / (bench->kind == BENCH_THROUGHPUT ? 8 : 1);
    if (bench->kind == BENCH_THROUGHPUT)
        series->count = series->count < 4096 ? 4096 : series->count / 1024 * 1024;
    if (histogram == NULL || bench->runs != 0) {
        free(histogram);
        return;
    }
    if (run_once(bench, series, &found, histogram) && bench->kind == BENCH_THROUGHPUT) {
        double wanted = plan->run_ns / (found.of[0].value > 0.1 ? found.of[0].value : 0.1);
        double most = (double)(bench->count / plan->scale);

        series->count = (uint64_t)(wanted < most ? wanted : most) / 1024 * 1024;
        if (series->count < 1024)
            series->count = 1024;
    }
    free(histogram);
}

/* One run between two looks at the distance; `*distance` is the look before and becomes the one
 * after. A run during which the host moved the processors says nothing. */
static void run_and_keep(const struct bench_case *bench, struct series *series,
                         const struct plan *plan, double *distance)
{
    static struct histogram histogram;
    struct run *run = &series->of[series->runs];
    double before = *distance;
    struct figures found;

    histogram = (struct histogram){0};
    if (series->runs == RUNS_MAX || !run_once(bench, series, &found, &histogram))
        return;
    if (bench->threads && !plan->any_distance)
        *distance = pingpong_ns();
    if (bench->threads && (before < FAR_NS) != (*distance < FAR_NS)) {
        series->mixed++;
        return;
    }
    for (unsigned i = 0; i < found.count; i++)
        run->values[i] = found.of[i].value;
    run->pingpong = (before + *distance) / 2;
    run->far = bench->threads && run->pingpong >= FAR_NS;
    if (has_histogram(bench))
        histogram_merge(&series->histograms[run->far], &histogram);
    series->figures = found;
    series->runs++;
}

/* ---- all runs of a case ---- */

struct collection {
    const struct bench_case *bench;
    unsigned count;
    struct series *series;
};

static int runs_at(const struct series *series, bool far)
{
    int runs = 0;

    for (int i = 0; i < series->runs; i++)
        runs += series->of[i].far == far;
    return runs;
}

static bool takes_part(const struct series *series)
{
    return series->missing == NULL && !series->failed;
}

/* The fewest runs that a contestant has at that distance. */
static int least_runs(const struct collection *all, bool far)
{
    int least = RUNS_MAX;

    for (unsigned i = 0; i < all->count; i++)
        if (takes_part(&all->series[i]) && runs_at(&all->series[i], far) < least)
            least = runs_at(&all->series[i], far);
    return least;
}

/* Enough at the near distance; or enough and never near; or no time to wait for near any longer. */
static bool is_enough(const struct collection *all, const struct plan *plan, int wanted, int rounds,
                      uint64_t begin)
{
    bool late = now_ns() - begin > (uint64_t)plan->seconds * 1000000000;
    int near = least_runs(all, false);
    int far = least_runs(all, true);

    if (near >= wanted || rounds >= 4 * wanted)
        return true;
    if (far >= wanted && near == 0)
        return true;
    return late && (near >= ENOUGH || far >= ENOUGH || rounds >= 2 * wanted);
}

static void run_rounds(struct collection *all, const struct plan *plan)
{
    const struct bench_case *bench = all->bench;
    int wanted = bench->runs != 0 && bench->runs < plan->runs ? bench->runs : plan->runs;
    double distance;
    uint64_t begin = now_ns();

    progress_case(bench->name, wanted);
    for (unsigned i = 0; i < all->count; i++) {
        progress_run(all->series[i].contestant->name, 1);
        if (takes_part(&all->series[i]))
            warm_up(bench, &all->series[i], plan);
    }
    distance = pingpong_ns();
    for (int round = 0; !is_enough(all, plan, wanted, round, begin); round++) {
        for (unsigned i = 0; i < all->count; i++) {
            progress_run(all->series[i].contestant->name, round + 1);
            if (takes_part(&all->series[i]))
                run_and_keep(bench, &all->series[i], plan, &distance);
        }
    }
    progress_end_case();
}

/* ---- what is reported ---- */

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median_of(const double *sorted, int count)
{
    return count % 2 != 0 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* Sorted values of one figure of the runs at that distance; returns how many. */
static int values_at(const struct series *series, bool far, unsigned figure, double *values)
{
    int count = 0;

    for (int i = 0; i < series->runs; i++)
        if (series->of[i].far == far)
            values[count++] =
                figure < FIGURES_MAX ? series->of[i].values[figure] : series->of[i].pingpong;
    qsort(values, (size_t)count, sizeof values[0], compare_doubles);
    return count;
}

static void summarize(struct series *series, bool far, struct line *line)
{
    double values[RUNS_MAX];

    line->contestant = series->contestant;
    line->missing = series->missing;
    line->failed = series->failed;
    line->mixed = series->mixed;
    line->count = series->figures.count;
    line->others = values_at(series, !far, 0, values);
    line->other_median = line->others > 0 ? median_of(values, line->others) : 0;
    line->runs = values_at(series, far, FIGURES_MAX, values);
    if (line->runs == 0)
        return;
    line->pingpong = median_of(values, line->runs);
    for (unsigned i = 0; i < line->count; i++) {
        struct figure_summary *figure = &line->figures[i];

        memcpy(figure->name, series->figures.of[i].name, sizeof figure->name);
        memcpy(figure->unit, series->figures.of[i].unit, sizeof figure->unit);
        values_at(series, far, i, values);
        figure->min = values[0];
        figure->median = median_of(values, line->runs);
        figure->max = values[line->runs - 1];
    }
    if (series->histograms[far].count > 0 && (line->histogram = malloc(sizeof *line->histogram)))
        *line->histogram = series->histograms[far];
}

static struct case_result *conclude(struct collection *all, const struct plan *plan)
{
    const struct bench_case *bench = all->bench;
    struct case_result *result = calloc(1, sizeof *result);
    int near = least_runs(all, false);
    int most = bench->runs != 0 && bench->runs < plan->runs ? bench->runs : plan->runs;
    int enough = most < ENOUGH ? most : ENOUGH;
    bool far = bench->threads && near < enough && least_runs(all, true) > near;

    if (result == NULL || (result->lines = calloc(all->count, sizeof *result->lines)) == NULL)
        return NULL;
    result->bench = bench;
    result->distance = !bench->threads ? "" : far ? "far" : "near";
    result->few = least_runs(all, far) < enough;
    result->count = all->count;
    for (unsigned i = 0; i < all->count; i++)
        summarize(&all->series[i], far, &result->lines[i]);
    return result;
}

static void find_contestants(struct collection *all)
{
    for (unsigned g = 0; bench_groups[g] != NULL; g++) {
        const struct contestant *contestant = bench_groups[g]->contestants;

        for (; contestant != NULL && contestant->name != NULL; contestant++) {
            struct series *series = &all->series[all->count];

            if (strcmp(contestant->bench, all->bench->name) != 0 || all->count == CONTESTANTS_MAX)
                continue;
            series->contestant = contestant;
            series->missing = contestant->missing == NULL ? NULL : contestant->missing();
            all->count++;
        }
    }
}

struct case_result *collect(const struct bench_case *bench, const struct plan *plan)
{
    struct collection all = {.bench = bench};
    struct case_result *result = NULL;

    all.series = calloc(CONTESTANTS_MAX, sizeof *all.series);
    if (all.series != NULL) {
        find_contestants(&all);
        run_rounds(&all, plan);
        result = conclude(&all, plan);
    }
    free(all.series);
    return result;
}
