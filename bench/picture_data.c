/* picture_data.c - what pictures/draw.gp draws: see report.h. */
#include <stdio.h>

#include "report.h"

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    if (file == NULL)
        perror(path);
    return file;
}

/* Blocks of "1/(1 - share) latency", one for each contestant, headed by its name. */
static bool write_latencies(const char *folder, const struct case_result *results)
{
    static const double shares[] = {0,    0.1,  0.25,  0.5,   0.6,   0.7,    0.8,    0.9,   0.95,
                                    0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999};
    static const char *const benches[] = {"latency-spin", "latency-parked"};
    FILE *to = open_in(folder, "latency.dat");

    for (size_t b = 0; to != NULL && b < 2; b++) {
        const struct case_result *result = find_result(results, benches[b]);

        for (unsigned i = 0; result != NULL && i < result->count; i++) {
            const struct line *line = &result->lines[i];

            if (line->histogram == NULL)
                continue;
            fprintf(to, "\"%s%s\"\n", line->contestant->name, b == 0 ? "" : ", sleeping worker");
            for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++)
                fprintf(to, "%.1f %.1f\n", 1 / (1 - shares[s]),
                        histogram_ns(line->histogram, shares[s]));
            fprintf(to, "\n\n");
        }
    }
    return to != NULL && fclose(to) == 0;
}

/* One row for each of `rows`, one column of million/s for each contestant of the first; '?' where it
 * has no figure. */
static bool write_rates(const char *path, const char *folder, const struct case_result *results,
                        const char *const *rows, const char *const *labels, unsigned count)
{
    const struct case_result *first = find_result(results, rows[0]);
    FILE *to = open_in(folder, path);

    if (to == NULL)
        return false;
    fprintf(to, "case");
    for (unsigned i = 0; first != NULL && i < first->count; i++)
        fprintf(to, " \"%s\"", first->lines[i].contestant->name);
    fprintf(to, "\n");
    for (unsigned row = 0; row < count && first != NULL; row++) {
        fputs(labels[row], to);
        for (unsigned i = 0; i < first->count; i++) {
            const struct line *line =
                find_line(results, rows[row], first->lines[i].contestant->name);

            if (line == NULL)
                fprintf(to, " ?");
            else
                fprintf(to, " %.3f", 1000 / line_value(line));
        }
        fprintf(to, "\n");
    }
    return fclose(to) == 0;
}

bool report_picture_data(const char *folder, const struct case_result *results)
{
    static const char *const publishers[] = {"whole-1p1w", "whole-2p-same", "whole-2p-cross",
                                             "whole-8p"};
    static const char *const publisher_labels[] = {
        "one", "two on one processor", "\"two on two processors\"", "\"eight on two processors\""};
    static const char *const sizes[] = {"size-4096", "size-1024", "size-256", "size-64"};
    static const char *const size_labels[] = {"4096", "1024", "256", "64"};

    return write_latencies(folder, results) &&
           write_rates("publishers.dat", folder, results, publishers, publisher_labels, 4) &&
           write_rates("sizes.dat", folder, results, sizes, size_labels, 4);
}
