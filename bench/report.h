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

/* False: the file could not be written; said so on stderr. */
bool report_json(const char *path, const struct case_result *results);

#endif
