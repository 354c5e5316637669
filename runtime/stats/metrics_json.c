/* stats/metrics_json.c - the metrics as one JSON object. */
#include "stats/metrics.h"

#include <bus/wire.h>

struct json {
    struct text *text;
    const char *prefix;
    const char *name;
    enum metric_kind kind;
    bool kinds_begun[METRIC_KINDS];
    bool begun;     /* of this family a sample is written */
    bool any_begun; /* of this kind a family is */
};

static void family_end(struct json *json)
{
    if (json->begun)
        text_add(json->text, "]");
    json->begun = false;
}

static void kind_end(struct json *json)
{
    family_end(json);
    text_add(json->text, "}");
}

/* Kinds come one after the other, and each of them comes. */
static void family(void *context, const char *name, enum metric_kind kind, const char *help)
{
    static const char *const names[METRIC_KINDS] = {"counters", "gauges", "histograms"};
    struct json *json = context;

    (void)help;
    if (!json->kinds_begun[kind]) {
        if (kind != 0)
            kind_end(json);
        text_add(json->text, ",\"");
        text_add(json->text, names[kind]);
        text_add(json->text, "\":{");
        json->kinds_begun[kind] = true;
        json->any_begun = false;
    }
    family_end(json);
    json->name = name;
    json->kind = kind;
}

static void sample(struct json *json, const struct metric_label *labels)
{
    uint32_t i;

    if (!json->begun) {
        text_add(json->text, json->any_begun ? ",\"" : "\"");
        text_add(json->text, json->prefix);
        text_add(json->text, json->name);
        text_add(json->text, "\":[");
    }
    text_add(json->text, json->begun ? ",{\"labels\":{" : "{\"labels\":{");
    json->begun = true;
    json->any_begun = true;
    for (i = 0; i < METRIC_LABELS && labels[i].name != NULL; i++) {
        if (i != 0)
            text_add(json->text, ",");
        text_json(json->text, labels[i].name);
        text_add(json->text, ":");
        text_json(json->text, labels[i].value);
    }
    text_add(json->text, "}");
}

static void value(void *context, const struct metric_label *labels, double value)
{
    struct json *json = context;

    sample(json, labels);
    text_add(json->text, ",\"value\":");
    text_number(json->text, value);
    text_add(json->text, "}");
}

static void quantiles(struct json *json, const struct durations *durations, uint64_t count)
{
    static const struct {
        const char *text;
        double share;
    } asked[] = {{"0.5", 0.5}, {"0.95", 0.95}, {"0.99", 0.99}, {"0.999", 0.999}};
    uint32_t i;

    text_add(json->text, ",\"quantiles\":{");
    for (i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        text_add(json->text, i != 0 ? ",\"" : "\"");
        text_add(json->text, asked[i].text);
        text_add(json->text, "\":");
        if (count == 0)
            text_add(json->text, "null");
        else
            text_number(json->text,
                        (double)durations_quantile(durations, asked[i].share) / (double)BUS_SECOND);
    }
    text_add(json->text, "}}");
}

static void histogram(void *context, const struct metric_label *labels,
                      const struct durations *durations, uint64_t sum_ns)
{
    struct json *json = context;
    uint64_t below = 0;
    uint32_t i;

    sample(json, labels);
    text_add(json->text, ",\"count\":");
    text_number(json->text, (double)durations_count(durations));
    text_add(json->text, ",\"sum\":");
    text_number(json->text, (double)sum_ns / (double)BUS_SECOND);
    text_add(json->text, ",\"buckets\":[");
    for (i = 0; i <= DURATION_BORDERS; i++) {
        below += durations->border[i];
        text_add(json->text, i != 0 ? ",{\"le\":\"" : "{\"le\":\"");
        text_add(json->text, i < DURATION_BORDERS ? duration_border_texts[i] : "+Inf");
        text_add(json->text, "\",\"count\":");
        text_number(json->text, (double)below);
        text_add(json->text, "}");
    }
    text_add(json->text, "]");
    quantiles(json, durations, durations_count(durations));
}

static void write(struct text *text, const char *prefix, const struct bus *bus,
                  const struct reading *reading)
{
    struct json json = {.text = text, .prefix = prefix};
    const struct metric_visitor visitor = {&json, family, value, histogram};
    char now[BUS_TIME_TEXT_SIZE];

    bus_time_text((int64_t)bus->os.real_ns(bus->os.context), now);
    text_add(text, "{\"timestamp\":");
    text_json(text, now);
    text_add(text, ",\"bus\":");
    text_json(text, bus->name);
    metrics_walk(reading, &visitor);
    kind_end(&json);
    text_add(text, "}\n");
}

enum bus_status bus_metrics_json(struct bus *bus, const struct bus_metrics_options *options,
                                 bus_text_fn fn, void *context)
{
    return metrics_report(bus, options, fn, context, write);
}
