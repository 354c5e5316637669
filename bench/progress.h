/* progress.h - on a terminal: which case, which run, how long still. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>

/* Of so many cases. Says nothing when standard error is no terminal. */
void progress_begin(int cases);
/* A case begins that will take about so many runs. */
void progress_case(const char *name, int runs);
void progress_run(const char *contestant, int run);
/* The case is done; clears the line. */
void progress_end_case(void);

#endif
