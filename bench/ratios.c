/* ratios.c - what the figures come to: ours beside the limits and the peers, against the marks that
 * the project set itself. */
#include <stdio.h>

#include "report.h"

enum kind {
    RATIO_AT_MOST,  /* ours / other */
    RATIO_AT_LEAST, /* other / ours */
    MORE_AT_MOST,   /* ours - other */
    COST,           /* ours / other at most 1.1, or ours - other at most `mark` */
    SMALL_COST,     /* the same, 1.05 */
    AT_MOST,        /* ours, beside nothing */
};

/* A figure: of a latency "p50" and so on, of figures their names, else "". */
struct place {
    const char *bench;
    const char *contestant;
    const char *figure;
};

struct ratio {
    const char *what;
    struct place ours;
    struct place other; /* not of AT_MOST */
    enum kind kind;
    double mark; /* 0: none was set */
};

#define OURS(bench)                                                                                \
    {                                                                                              \
        bench, "busgen", ""                                                                        \
    }
#define GOOGLE "google flatbuffers"
#define MPSC "limit: raw struct, mpsc ring"
#define SPSC "limit: raw struct, spsc ring"
#define WHOLE "whole-1p1w"
#define ALONE "limit: SQLite alone"

static const struct ratio ratios[] = {
    {"encode, the limit",
     OURS("encode"),
     {"encode", "limit: template and stores", ""},
     RATIO_AT_MOST,
     2},
    {"decode, the limit", OURS("decode"), {"decode", "limit: loads", ""}, RATIO_AT_MOST, 2},
    {"encode, Google FlatBuffers", OURS("encode"), {"encode", GOOGLE, ""}, RATIO_AT_LEAST, 12},
    {"encode, protobuf-c", OURS("encode"), {"encode", "protobuf-c", ""}, RATIO_AT_LEAST, 12},
    {"verify and decode, Google FlatBuffers",
     OURS("verify+decode"),
     {"verify+decode", GOOGLE, ""},
     RATIO_AT_LEAST,
     2},
    {"one publisher, the mpsc limit", OURS(WHOLE), {WHOLE, MPSC, ""}, RATIO_AT_MOST, 1.7},
    {"one publisher, the mpsc limit with our capacity",
     OURS(WHOLE),
     {WHOLE, MPSC " of 16384", ""},
     RATIO_AT_MOST,
     1.7},
    {"one publisher, the spsc limit", OURS(WHOLE), {WHOLE, SPSC, ""}, RATIO_AT_MOST, 0},
    {"one publisher, the spsc limit with our capacity",
     OURS(WHOLE),
     {WHOLE, SPSC " of 16384", ""},
     RATIO_AT_MOST,
     0},
    {"one publisher, Google + moodycamel",
     OURS(WHOLE),
     {WHOLE, GOOGLE " + moodycamel", ""},
     RATIO_AT_LEAST,
     6},
    {"one publisher, Google + moodycamel with tokens",
     OURS(WHOLE),
     {WHOLE, GOOGLE " + moodycamel, tokens", ""},
     RATIO_AT_LEAST,
     6},
    {"(the mpsc limit with our capacity, Google + moodycamel)",
     {WHOLE, MPSC " of 16384", ""},
     {WHOLE, GOOGLE " + moodycamel", ""},
     RATIO_AT_LEAST,
     0},
    {"one publisher, Disruptor for several publishers",
     OURS(WHOLE),
     {WHOLE, "disruptor, multi-publisher", ""},
     RATIO_AT_LEAST,
     2},
    {"(the mpsc limit with our capacity, Disruptor for several publishers)",
     {WHOLE, MPSC " of 16384", ""},
     {WHOLE, "disruptor, multi-publisher", ""},
     RATIO_AT_LEAST,
     0},
    {"one publisher, Disruptor for a single publisher",
     OURS(WHOLE),
     {WHOLE, "disruptor, single publisher", ""},
     RATIO_AT_LEAST,
     1},
    {"16 at once, ns", OURS("bulk16"), {0}, AT_MOST, 10},
    {"16 at once, Google + moodycamel bulk",
     OURS("bulk16"),
     {"bulk16", GOOGLE " + moodycamel bulk", ""},
     RATIO_AT_LEAST,
     8},
    {"(the spsc limit, Google + moodycamel bulk)",
     {"bulk16", SPSC, ""},
     {"bulk16", GOOGLE " + moodycamel bulk", ""},
     RATIO_AT_LEAST,
     0},
    {"throughput of two publishers on one processor, one publisher", OURS("whole-2p-same"),
     OURS(WHOLE), RATIO_AT_LEAST, 0.5},
    {"throughput of two on two processors, one publisher", OURS("whole-2p-cross"), OURS(WHOLE),
     RATIO_AT_LEAST, 0.5},
    {"throughput of eight on two processors, one publisher", OURS("whole-8p"), OURS(WHOLE),
     RATIO_AT_LEAST, 0.5},
    {"latency p50, the spsc limit",
     {"latency-spin", "busgen", "p50"},
     {"latency-spin", SPSC, "p50"},
     RATIO_AT_MOST,
     1.5},
    {"latency p99, the spsc limit",
     {"latency-spin", "busgen", "p99"},
     {"latency-spin", SPSC, "p99"},
     RATIO_AT_MOST,
     2},
    {"latency p50 of a sleeping worker, a bare futex wake",
     {"latency-parked", "busgen", "p50"},
     {"latency-parked", "limit: one bare futex wake", "p50"},
     RATIO_AT_MOST,
     1.1},
    {"execute, ns over a direct call",
     OURS("execute"),
     {"execute", "limit: direct function call", ""},
     MORE_AT_MOST,
     60},
    {"metrics, accounts and priorities, a library without (or 1.5 ns)",
     OURS("bare"),
     {"bare", "busgen: bare", ""},
     COST,
     1.5},
    {"retries and a breaker while nothing fails, none of them (or 1 ns)",
     {"guard", "busgen: retry and breaker", ""},
     OURS("guard"),
     SMALL_COST,
     1},
    {"an event on disk, 1 at a time, SQLite alone",
     OURS("store-1"),
     {"store-1", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"a durable event published, 1 at a time, SQLite alone",
     {"store-1", "busgen, published", ""},
     {"store-1", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"an event on disk, 16 together, SQLite alone",
     OURS("store-16"),
     {"store-16", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"a durable event published, 16 together, SQLite alone",
     {"store-16", "busgen, published", ""},
     {"store-16", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"a durable event published, 128 together, SQLite alone",
     {"store-128", "busgen, published", ""},
     {"store-128", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"an event on disk, 256 together, SQLite alone",
     OURS("store-256"),
     {"store-256", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"an event on disk, 4096 together, SQLite alone",
     OURS("store-4096"),
     {"store-4096", ALONE, ""},
     RATIO_AT_MOST,
     1.25},
    {"a message while 100,000 others are held, while 1 is",
     {"timers-100k", "busgen", "with 100,000 held"},
     {"timers-100k", "busgen", "with 1 held"},
     RATIO_AT_MOST,
     1.1},
    {"publish p99 at 10,000/s, ns", {"headline-10k", "busgen", "publish p99"}, {0}, AT_MOST, 1000},
    {"the same with default options: the worker is woken each time",
     {"headline-10k", "busgen, default options", "publish p99"},
     {0},
     AT_MOST,
     0},
    {"publish p99 at 10,000/s while 10 % of the runs fail, ns",
     {"headline-failures", "busgen", "publish p99"},
     {0},
     AT_MOST,
     1000},
    {"memory after a minute of failures, before",
     {"headline-failures", "busgen", "memory at end"},
     {"headline-failures", "busgen", "memory at start"},
     RATIO_AT_MOST,
     1},
    {"publish p99 at 1,000,000/s, ns",
     {"headline-1m", "busgen", "publish p99"},
     {0},
     AT_MOST,
     1000},
    {"memory after a minute at 1,000,000/s, before",
     {"headline-1m", "busgen", "memory at end"},
     {"headline-1m", "busgen", "memory at start"},
     RATIO_AT_MOST,
     1},
    {"processor time for an event, highest beside the rate below",
     {"cpu-rate", "busgen", "highest step"},
     {0},
     AT_MOST,
     1.2},
    {"idle bus, % of a processor", {"cpu-rate", "busgen", "idle bus"}, {0}, AT_MOST, 0.05},
    {"compiling 200 generated messages, protobuf-c",
     OURS("generated-compile"),
     {"generated-compile", "protobuf-c", ""},
     RATIO_AT_MOST,
     1},
    {"compiling the generated header, ms", OURS("generated-header"), {0}, AT_MOST, 50},
    {"code and data of a generated message, bytes", OURS("generated-size"), {0}, AT_MOST, 3072},
    {"busgen on 5,000 messages, ms", OURS("generated-busgen"), {0}, AT_MOST, 500},
    {"breaking, 5,000 messages, 20 versions, ms", OURS("generated-breaking"), {0}, AT_MOST, 2000},
};

static const struct figure_summary *find_figure(const struct case_result *results,
                                                const struct place *place)
{
    const struct line *line =
        place->bench == NULL ? NULL : find_line(results, place->bench, place->contestant);

    for (unsigned i = 0; line != NULL && i < line->count; i++)
        if (strcmp(line->figures[i].name, place->figure) == 0)
            return &line->figures[i];
    return NULL;
}

/* Two cases compare only when the host did not move the processors in between. */
static bool are_alike(const struct case_result *results, const struct ratio *ratio)
{
    const struct case_result *one = find_result(results, ratio->ours.bench);
    const struct case_result *other = find_result(results, ratio->other.bench);

    return one != NULL && other != NULL && strcmp(one->distance, other->distance) == 0;
}

static double value_of(enum kind kind, double ours, double other)
{
    switch (kind) {
    case RATIO_AT_LEAST:
        return other / ours;
    case MORE_AT_MOST:
        return ours - other;
    case AT_MOST:
        return ours;
    default:
        return ours / other;
    }
}

/* By which ours may be more than the other, of a cost. */
static double share_of(enum kind kind)
{
    return kind == SMALL_COST ? 1.05 : 1.1;
}

static bool is_cost(enum kind kind)
{
    return kind == COST || kind == SMALL_COST;
}

static bool is_reached(const struct ratio *ratio, double value, double ours, double other)
{
    if (ratio->kind == RATIO_AT_LEAST)
        return value >= ratio->mark;
    if (is_cost(ratio->kind))
        return value <= share_of(ratio->kind) || ours - other <= ratio->mark;
    return value <= ratio->mark;
}

static void print_ratio(FILE *to, const struct case_result *results, const struct ratio *ratio)
{
    const struct figure_summary *ours = find_figure(results, &ratio->ours);
    const struct figure_summary *other = find_figure(results, &ratio->other);
    double beside = other == NULL ? 0 : other->median;
    double value;

    if (ours == NULL || (other == NULL && ratio->kind != AT_MOST))
        return;
    fprintf(to, "| %s | %.4g |", ratio->what, ours->median);
    if (other != NULL && !are_alike(results, ratio)) {
        fprintf(to, " %.4g | at another distance | | |\n", beside);
        return;
    }
    value = value_of(ratio->kind, ours->median, beside);
    if (other == NULL)
        fprintf(to, " | |");
    else
        fprintf(to, " %.4g | %.2f |", beside, value);
    if (ratio->mark == 0)
        fprintf(to, " | |\n");
    else
        fprintf(to, " %s %g | %s |\n", ratio->kind == RATIO_AT_LEAST ? ">=" : "<=",
                is_cost(ratio->kind) ? share_of(ratio->kind) : ratio->mark,
                is_reached(ratio, value, ours->median, beside) ? "yes" : "no");
}

void report_ratios(FILE *to, const struct case_result *results)
{
    fprintf(to, "\n## What it comes to\n"
                "\n"
                "Medians of busgen and of what is named after the comma. The ratio is ours to the "
                "other where the mark is `<=`, the other to ours where it is `>=`. Lines in "
                "brackets show what a limit of the machine comes to, which has no bus in it.\n"
                "\n"
                "| what, beside what | busgen | other | ratio | mark | reached |\n"
                "|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++)
        print_ratio(to, results, &ratios[i]);
}
