/* progress.c - see progress.h. */
#include "progress.h"

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

static struct {
    bool on;
    int cases;
    int done;
    uint64_t begin_ns;
    uint64_t case_begin_ns;
    const char *name;
    int runs;
} state;

void progress_begin(int cases)
{
    state.on = isatty(STDERR_FILENO) == 1;
    state.cases = cases;
    state.begin_ns = now_ns();
}

void progress_case(const char *name, int runs)
{
    state.name = name;
    state.runs = runs;
    state.case_begin_ns = now_ns();
}

/* What the cases took so far, on average, for those that are still to come, and the rest of this
 * one after what it took so far. */
static double seconds_left(int run)
{
    uint64_t now = now_ns();
    double here = (double)(now - state.case_begin_ns) / 1e9;
    double left = 0;
    double whole = 0;

    if (run > 1) {
        whole = here / (run - 1) * state.runs;
        left = whole > here ? whole - here : 0;
    }
    if (state.done > 0)
        whole = (double)(state.case_begin_ns - state.begin_ns) / 1e9 / state.done;
    return left + whole * (state.cases - state.done - 1);
}

void progress_run(const char *contestant, int run)
{
    double left;

    if (!state.on)
        return;
    if (run > state.runs)
        state.runs = run; /* runs of the better distance are still wanted */
    left = seconds_left(run);
    fprintf(stderr, "\r\033[K[%d/%d] %s, run %d of %d", state.done + 1, state.cases, state.name,
            run, state.runs);
    if (left >= 90)
        fprintf(stderr, ", about %.0f min left: ", left / 60);
    else if (left > 0)
        fprintf(stderr, ", about %.0f s left: ", left);
    else
        fprintf(stderr, ": ");
    fprintf(stderr, "%.30s", contestant);
    fflush(stderr);
}

void progress_end_case(void)
{
    state.done++;
    if (state.on) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
