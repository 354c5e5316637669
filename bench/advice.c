/* advice.c - how to tune a bus, each piece with the figures that it follows from. */
#include <stdio.h>

#include "report.h"

struct advice {
    const char *title;
    const char *text;
    const char *bench; /* whose figures are named; NULL: none */
    const char *begin; /* only contestants whose names begin so; NULL: all */
};

static const struct advice advices[] = {
    {"Capacity of a lane",
     "A publisher that meets a full lane must come back later, and looking whether there is room "
     "again takes lines from the worker that it is writing. So a lane should hold what arrives "
     "while its worker is away, which is a time slice of the system (several ms) times the rate. "
     "More costs memory only.",
     "tune-capacity", NULL},
    {"Size of a cell",
     "The default holds the schema's largest message up to 512 bytes. Larger messages go through "
     "the pool: one more cache miss or two. Where nearly all messages are that large, raise "
     "`cell_size`; where only a few are, leave it, for cells of all lanes grow.",
     "tune-cell", NULL},
    {"Large messages",
     "With `cell_size` as large as the message nothing goes through the pool. A field of some "
     "KiB is best filled in place through the claim functions: no copy of it is made then.",
     "size-4096", NULL},
    {"Bulk",
     "`publish_many` claims sixteen places in the lane at a time. Use it where messages come in "
     "groups anyway; waiting for a group costs more than it gains.",
     "tune-bulk", NULL},
    {"Spinning and sleeping",
     "A worker that finds nothing looks on for `spin_ns` (20 us) and then sleeps. When the gaps "
     "between messages are longer than that, each publish pays for waking it, a system call of "
     "some microseconds, and the message arrives after a wake-up. Raise `spin_ns` above the usual "
     "gap when a processor can be given away for latency; set it to 1 on machines where every "
     "processor has other work.",
     "tune-worker", NULL},
    {"Gaps longer than `spin_ns`",
     "p50 of the publish call at 10,000 messages a second, the first with `prefault` and "
     "`spin_ns` 1 ms.",
     "headline-10k", "busgen"},
    {"First use of memory",
     "Memory of a bus is reserved by bus_open, but a page that is used for the first time costs "
     "that publish a microsecond or more, until the lane was once around. With `prefault` "
     "bus_open touches them all: it takes some milliseconds, and what `busgen plan` tells is "
     "resident from the beginning. Use it where the slowest publish counts. The cases here warm "
     "up until each page was used, so their figures are the same without it.",
     NULL, NULL},
    {"Latency, spinning", "One way with a worker that is looking.", "latency-spin", "busgen"},
    {"Latency, sleeping", "One way with a worker that must be woken.", "latency-parked", "busgen"},
    {"Publishers",
     "Publishers need not be told apart: a lane with one publisher knows it, several share. Give "
     "publishers that are busy all the time processors of their own.",
     "whole-2p-cross", "busgen"},
    {"Workers",
     "One worker handles tens of millions of small events a second; more workers help when "
     "handlers take long. Serial handlers stay on one worker each; `concurrent` ones go to any.",
     NULL, NULL},
    {"Priorities",
     "Each lane has its own cells and each worker has five lanes. A lane without messages costs "
     "its worker one look at a cache line that nobody writes. Use a higher lane for what must "
     "overtake a backlog, not for what is merely frequent.",
     NULL, NULL},
    {"Processors",
     "A publisher and its worker on neighbouring cores (one cluster of the last-level cache) "
     "exchange lines several times faster than across: compare `near` and `far`. The bus leaves "
     "placing to you: a worker's thread starts where the thread that calls bus_start may run.",
     NULL, NULL},
    {"Build",
     "Release (-O3 or -O2) with the static library; give your own files, which contain the "
     "generated code, the same. On a Zen 4 with gcc 12, -march=native left small messages as "
     "they are and made, between far processors, messages of 256 bytes twice as fast, for copies "
     "write whole cache lines then. A program that packs or unpacks many messages itself has the "
     "functions of bench.bus.inline.h (busgen gen --emit c,inline), which the compiler puts in "
     "place of their calls.",
     "encode", "busgen"},
    {"Small hot sets",
     "Rings of raw structs are two to four times faster with 256 slots than with 16384: what "
     "fits the first cache of both processors need not come from further away. For a bus it is "
     "the other way round where publishers outrun the worker (see capacity), so leave lanes "
     "large, and look at this line for what a smaller message would gain.",
     "whole-1p1w", "limit: "},
};

/* "capacity 64" of "busgen: capacity 64". */
static const char *short_name(const char *name)
{
    const char *colon = strstr(name, ": ");

    return colon != NULL && strncmp(name, "busgen", 6) == 0 ? colon + 2 : name;
}

static void print_measured(FILE *to, const struct case_result *result, const char *begin)
{
    const char *between = "";
    bool latency = result->bench->kind == BENCH_LATENCY || result->bench->kind == BENCH_PUBLISH;

    fprintf(to, " Measured (`%s`%s%s): ", result->bench->name, result->distance[0] == 0 ? "" : ", ",
            result->distance);
    for (unsigned i = 0; i < result->count; i++) {
        const struct line *line = &result->lines[i];

        if (line->runs == 0 ||
            (begin != NULL && strncmp(line->contestant->name, begin, strlen(begin)) != 0))
            continue;
        fprintf(to, "%s%s %.0f", between, short_name(line->contestant->name), line_value(line));
        if (latency)
            fprintf(to, " (p50), %.0f (p99)", line->figures[2].median);
        between = ", ";
    }
    fprintf(to, " %s.", result->bench->unit);
}

void report_advice(FILE *to, const struct case_result *results)
{
    fprintf(to, "\n## Tuning\n\n");
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        const struct advice *advice = &advices[i];
        const struct case_result *result =
            advice->bench == NULL ? NULL : find_result(results, advice->bench);

        fprintf(to, "- **%s.** %s", advice->title, advice->text);
        if (result != NULL)
            print_measured(to, result, advice->begin);
        fprintf(to, "\n");
    }
}
