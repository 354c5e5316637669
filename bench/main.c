/* main.c - the options, and all cases one after another; bench/run starts it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "report.h"

struct request {
    struct plan plan;
    const char *json;
    const char *results;
    const char *pictures;
    char **names;
    int count;
    bool list;
};

static const struct plan full_plan = {.runs = 21, .seconds = 30, .run_ns = 4e7, .scale = 1};
static const struct plan quick_plan = {.runs = 7, .seconds = 3, .run_ns = 1.5e7, .scale = 5};
/* For a test: everything runs once and is checked, no figure means anything. */
static const struct plan smoke_plan = {
    .runs = 1, .run_ns = 1e5, .scale = 100, .any_distance = true};

static void usage(FILE *to)
{
    fputs("usage: bench [--quick | --smoke] [--json FILE] [--list] [CASE...]\n"
          "Runs the cases (all without CASE).\n"
          "  --quick      fewer and shorter runs\n"
          "  --smoke      one very short run of each, to see that it works\n"
          "  --json FILE  writes the figures there too\n"
          "  --results FILE, --pictures FOLDER  writes RESULTS.md there, and what its pictures\n"
          "               are drawn from\n"
          "  --list       names the cases\n",
          to);
}

/* Calls `use` for each case; stops when it returns false. */
static bool each_case(bool (*use)(void *context, const struct bench_case *bench), void *context)
{
    for (unsigned g = 0; bench_groups[g] != NULL; g++) {
        const struct bench_case *bench = bench_groups[g]->cases;

        for (; bench != NULL && bench->name != NULL; bench++)
            if (!use(context, bench))
                return false;
    }
    return true;
}

static bool is_wanted(const struct request *request, const struct bench_case *bench)
{
    if (bench->threads && sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return false;
    for (int i = 0; i < request->count; i++)
        if (strcmp(bench->name, request->names[i]) == 0)
            return true;
    return request->count == 0;
}

/* ---- the steps ---- */

struct state {
    const struct request *request;
    struct case_result *first;
    struct case_result **end;
    bool failed;
    const char *name; /* that is looked for */
    int found;
};

static bool list_case(void *context, const struct bench_case *bench)
{
    (void)context;
    printf("%-20s %s\n", bench->name, bench->what);
    return true;
}

static bool count_wanted(void *context, const struct bench_case *bench)
{
    struct state *state = context;

    state->found += is_wanted(state->request, bench);
    return true;
}

static bool is_other(void *context, const struct bench_case *bench)
{
    return strcmp(bench->name, (const char *)context) != 0;
}

static bool run_case(void *context, const struct bench_case *bench)
{
    struct state *state = context;
    struct case_result *result;

    if (!is_wanted(state->request, bench))
        return true;
    result = collect(bench, &state->request->plan);
    if (result == NULL) {
        fprintf(stderr, "bench: no memory\n");
        state->failed = true;
        return false;
    }
    for (unsigned i = 0; i < result->count; i++)
        state->failed |= result->lines[i].failed;
    report_case(stdout, result);
    *state->end = result;
    state->end = &result->next;
    return true;
}

static int run(const struct request *request)
{
    struct state state = {.request = request, .end = &state.first};

    for (int i = 0; i < request->count; i++) {
        if (each_case(is_other, request->names[i])) {
            fprintf(stderr, "bench: there is no case %s (--list names them)\n", request->names[i]);
            return 2;
        }
    }
    each_case(count_wanted, &state);
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        printf("one processor: cases with two threads are left out\n");
    report_machine(stdout, "");
    report_missing(stdout, "");
    progress_begin(state.found);
    each_case(run_case, &state);
    if ((request->json != NULL && !report_json(request->json, state.first)) ||
        (request->results != NULL && !report_results(request->results, state.first)) ||
        (request->pictures != NULL && !report_picture_data(request->pictures, state.first)))
        return 2;
    return state.failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},         {"smoke", no_argument, NULL, 's'},
        {"json", required_argument, NULL, 'j'},    {"list", no_argument, NULL, 'l'},
        {"results", required_argument, NULL, 'r'}, {"pictures", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    struct request request = {.plan = full_plan};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
        if (option == 'q' || option == 's') {
            request.plan = option == 'q' ? quick_plan : smoke_plan;
            bench_is_quick = true;
            if (option == 's')
                transport_warms = false;
        } else if (option == 'j') {
            request.json = optarg;
        } else if (option == 'r') {
            request.results = optarg;
        } else if (option == 'p') {
            request.pictures = optarg;
        } else if (option == 'l') {
            return each_case(list_case, NULL) ? 0 : 1;
        } else {
            usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? 0 : 2;
        }
    }
    request.names = argv + optind;
    request.count = argc - optind;
    return run(&request);
}
