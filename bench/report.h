/*
 * report.h - what was collected, as a table, as JSON, as RESULTS.md with the data of its pictures.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>

#include "collect.h"

/* Machine, kernel, compiler, distance, load: the first lines of each report. */
void report_machine(FILE *to, const char *line_begin);

void report_case(FILE *to, const struct case_result *result);
/* Peers that did not take part. */
void report_missing(FILE *to, const char *line_begin);

bool has_many_figures(const struct case_result *result);

/* False: the file could not be written; said so on stderr. */
bool report_json(const char *path, const struct case_result *results);
bool report_results(const char *path, const struct case_result *results);
/* What the pictures are drawn from (pictures/draw.gp). */
bool report_picture_data(const char *folder, const struct case_result *results);

/* Parts of the results. */
void report_ratios(FILE *to, const struct case_result *results);
void report_advice(FILE *to, const struct case_result *results);

/* NULL: it did not take part, or has no figure. */
const struct line *find_line(const struct case_result *results, const char *bench,
                             const char *contestant);
const struct case_result *find_result(const struct case_result *results, const char *bench);

#endif
