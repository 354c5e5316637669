/* ratios.c - what the figures come to: ours beside the limits and the peers, against the marks that
 * the project set itself. */
#include <stdio.h>

#include "report.h"

enum mark {
    AT_MOST,       /* ours / other */
    AT_LEAST,      /* other / ours */
    AT_LEAST_RATE, /* throughput of ours in this case / in the other case */
};

struct ratio {
    const char *bench;
    const char *other_bench; /* NULL: the same */
    const char *contestant;  /* the other; ours is busgen */
    unsigned figure;         /* of a latency: 0 the p50, 2 the p99 */
    enum mark mark;
    double value;
    const char *what;
};

#define GOOGLE "google flatbuffers"
#define MOODYCAMEL "google flatbuffers + moodycamel"
#define MPSC "limit: raw struct, mpsc ring"
#define SPSC "limit: raw struct, spsc ring"

static const struct ratio ratios[] = {
    {"encode", NULL, "limit: template and stores", 0, AT_MOST, 2, "encode, the limit"},
    {"decode", NULL, "limit: loads", 0, AT_MOST, 2, "decode, the limit"},
    {"encode", NULL, GOOGLE, 0, AT_LEAST, 12, "encode, Google FlatBuffers"},
    {"encode", NULL, "protobuf-c", 0, AT_LEAST, 12, "encode, protobuf-c"},
    {"verify+decode", NULL, GOOGLE, 0, AT_LEAST, 2, "verify and decode, Google FlatBuffers"},
    {"whole-1p1w", NULL, MPSC, 0, AT_MOST, 1.7, "one publisher, raw struct in the mpsc limit"},
    {"whole-1p1w", NULL, MPSC " of 16384", 0, AT_MOST, 1.7,
     "one publisher, the same with our capacity"},
    {"whole-1p1w", NULL, SPSC, 0, AT_MOST, 0, "one publisher, raw struct in the spsc limit"},
    {"whole-1p1w", NULL, MOODYCAMEL, 0, AT_LEAST, 6, "one publisher, Google + moodycamel"},
    {"whole-1p1w", NULL, "disruptor, multi-publisher", 0, AT_LEAST, 2,
     "one publisher, Disruptor for several publishers"},
    {"whole-1p1w", NULL, "disruptor, single publisher", 0, AT_LEAST, 1,
     "one publisher, Disruptor for a single publisher"},
    {"bulk16", NULL, "google flatbuffers + moodycamel bulk", 0, AT_LEAST, 8,
     "16 at once, Google + moodycamel bulk"},
    {"whole-2p-same", "whole-1p1w", "busgen", 0, AT_LEAST_RATE, 0.5,
     "two publishers on one processor, throughput of one"},
    {"whole-2p-cross", "whole-1p1w", "busgen", 0, AT_LEAST_RATE, 0.5,
     "two publishers on two processors, throughput of one"},
    {"whole-8p", "whole-1p1w", "busgen", 0, AT_LEAST_RATE, 0.5,
     "eight publishers on two processors, throughput of one"},
    {"latency-spin", NULL, SPSC, 0, AT_MOST, 1.5, "latency p50, the spsc limit"},
    {"latency-spin", NULL, SPSC, 2, AT_MOST, 2, "latency p99, the spsc limit"},
    {"latency-parked", NULL, "limit: one bare futex wake", 0, AT_MOST, 1.1,
     "latency p50 of a sleeping worker, a bare futex wake"},
};

static void print_mark(FILE *to, const struct ratio *ratio, double value)
{
    bool reached = ratio->mark == AT_MOST ? value <= ratio->value : value >= ratio->value;

    if (ratio->value == 0)
        fprintf(to, " | |\n");
    else
        fprintf(to, " %s %g | %s |\n", ratio->mark == AT_MOST ? "<=" : ">=", ratio->value,
                reached ? "yes" : "no");
}

/* Two cases compare only when the host did not move the processors in between. */
static bool are_alike(const struct case_result *results, const struct ratio *ratio)
{
    const struct case_result *one = find_result(results, ratio->bench);
    const struct case_result *other =
        find_result(results, ratio->other_bench == NULL ? ratio->bench : ratio->other_bench);

    return one != NULL && other != NULL && strcmp(one->distance, other->distance) == 0;
}

static void print_ratio(FILE *to, const struct case_result *results, const struct ratio *ratio)
{
    const char *bench = ratio->other_bench == NULL ? ratio->bench : ratio->other_bench;
    const struct line *ours = find_line(results, ratio->bench, "busgen");
    const struct line *other = find_line(results, bench, ratio->contestant);
    double a;
    double b;
    double value;

    if (ours == NULL || other == NULL)
        return;
    a = ours->figures[ratio->figure].median;
    b = other->figures[ratio->figure].median;
    value = ratio->mark == AT_MOST ? a / b : b / a;
    fprintf(to, "| %s | %.1f | %.1f |", ratio->what, a, b);
    if (are_alike(results, ratio)) {
        fprintf(to, " %.2f |", value);
        print_mark(to, ratio, value);
    } else {
        fprintf(to, " at different distances | | |\n");
    }
}

void report_ratios(FILE *to, const struct case_result *results)
{
    fprintf(to,
            "\n## What it comes to\n"
            "\n"
            "Medians in ns. The ratio is ours to the other where the mark is `<=`, the other to "
            "ours where it is `>=`.\n"
            "\n"
            "| beside | busgen | other | ratio | mark | reached |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        print_ratio(to, results, &ratios[i]);
}
