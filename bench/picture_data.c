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

/* True when the contestant has a figure in each of these cases. */
static bool is_in_all(const struct case_result *results, const char *const *benches, unsigned count,
                      const char *contestant)
{
    for (unsigned i = 0; i < count; i++)
        if (find_line(results, benches[i], contestant) == NULL)
            return false;
    return true;
}

/* A row for each number of publishers, with a column of million/s for each contestant that has all
 * of them. */
static bool write_publishers(const char *folder, const struct case_result *results)
{
    static const char *const benches[] = {"whole-1p1w", "whole-2p-same", "whole-2p-cross",
                                          "whole-8p"};
    static const char *const labels[] = {"1", "2 on one cpu", "2 on two cpus", "8 on two cpus"};
    const struct case_result *first = find_result(results, benches[0]);
    FILE *to = open_in(folder, "publishers.dat");

    if (to == NULL)
        return false;
    fprintf(to, "case");
    for (unsigned i = 0; first != NULL && i < first->count; i++)
        if (is_in_all(results, benches, 4, first->lines[i].contestant->name))
            fprintf(to, " \"%s\"", first->lines[i].contestant->name);
    for (unsigned row = 0; row < 4 && first != NULL; row++) {
        const struct case_result *result = find_result(results, benches[row]);

        fprintf(to, "\n\"%s (%s)\"", labels[row], result == NULL ? "" : result->distance);
        for (unsigned i = 0; i < first->count; i++)
            if (is_in_all(results, benches, 4, first->lines[i].contestant->name))
                fprintf(to, " %.3f",
                        1000 / line_value(find_line(results, benches[row],
                                                    first->lines[i].contestant->name)));
    }
    fprintf(to, "\n");
    return fclose(to) == 0;
}

/* Blocks of "size million/s", one for each contestant, headed by its name. */
static bool write_sizes(const char *folder, const struct case_result *results)
{
    static const char *const sizes[] = {"64", "256", "1024", "4096"};
    const struct case_result *most = find_result(results, "size-4096");
    FILE *to = open_in(folder, "sizes.dat");

    for (unsigned i = 0; to != NULL && most != NULL && i < most->count; i++) {
        fprintf(to, "\"%s\"\n", most->lines[i].contestant->name);
        for (unsigned s = 0; s < 4; s++) {
            char name[20];
            const struct line *line;

            snprintf(name, sizeof name, "size-%s", sizes[s]);
            line = find_line(results, name, most->lines[i].contestant->name);
            if (line != NULL)
                fprintf(to, "%s %.3f\n", sizes[s], 1000 / line_value(line));
        }
        fprintf(to, "\n\n");
    }
    return to != NULL && fclose(to) == 0;
}

bool report_picture_data(const char *folder, const struct case_result *results)
{
    return write_latencies(folder, results) && write_publishers(folder, results) &&
           write_sizes(folder, results);
}
