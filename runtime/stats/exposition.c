/* stats/exposition.c - the metrics in the text format 0.0.4 of Prometheus, and in a file. */
#include "stats/metrics.h"

struct exposition {
    struct text *text;
    const char *prefix;
    const char *name;
    enum metric_kind kind;
    const char *help;
    bool begun; /* the family's head is written, which waits for its first sample */
};

static void family(void *context, const char *name, enum metric_kind kind, const char *help)
{
    struct exposition *e = context;

    e->name = name;
    e->kind = kind;
    e->help = help;
    e->begun = false;
}

static void head(struct exposition *e)
{
    static const char *const kinds[METRIC_KINDS] = {"counter", "gauge", "histogram"};

    if (e->begun)
        return;
    e->begun = true;
    text_add(e->text, "# HELP ");
    text_add(e->text, e->prefix);
    text_add(e->text, e->name);
    text_add(e->text, " ");
    text_add(e->text, e->help);
    text_add(e->text, "\n# TYPE ");
    text_add(e->text, e->prefix);
    text_add(e->text, e->name);
    text_add(e->text, " ");
    text_add(e->text, kinds[e->kind]);
    text_add(e->text, "\n");
}

static void label_value(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            text_add(text, "\\n");
        else if (*value == '\\' || *value == '"')
            text_put(text, (const char[]){'\\', *value}, 2);
        else
            text_put(text, value, 1);
    }
}

/* One line up to its value. `le`: a bucket's. */
static void line(const struct exposition *e, const char *suffix, const struct metric_label *labels,
                 const char *le)
{
    bool any = false;
    uint32_t i;

    text_add(e->text, e->prefix);
    text_add(e->text, e->name);
    text_add(e->text, suffix);
    for (i = 0; i < METRIC_LABELS && labels[i].name != NULL; i++) {
        text_add(e->text, any ? "," : "{");
        any = true;
        text_add(e->text, labels[i].name);
        text_add(e->text, "=\"");
        label_value(e->text, labels[i].value);
        text_add(e->text, "\"");
    }
    if (le != NULL) {
        text_add(e->text, any ? ",le=\"" : "{le=\"");
        any = true;
        text_add(e->text, le);
        text_add(e->text, "\"");
    }
    text_add(e->text, any ? "} " : " ");
}

static void end(const struct exposition *e, double value)
{
    text_number(e->text, value);
    text_add(e->text, "\n");
}

static void value(void *context, const struct metric_label *labels, double value)
{
    struct exposition *e = context;

    head(e);
    line(e, "", labels, NULL);
    end(e, value);
}

static void histogram(void *context, const struct metric_label *labels,
                      const struct durations *durations, uint64_t sum_ns)
{
    struct exposition *e = context;
    uint64_t count = 0;
    uint32_t i;

    head(e);
    for (i = 0; i <= DURATION_BORDERS; i++) {
        count += durations->border[i];
        line(e, "_bucket", labels, i < DURATION_BORDERS ? duration_border_texts[i] : "+Inf");
        end(e, (double)count);
    }
    line(e, "_sum", labels, NULL);
    end(e, (double)sum_ns / (double)BUS_SECOND);
    line(e, "_count", labels, NULL);
    end(e, (double)count);
}

static void expose(struct text *text, const char *prefix, const struct bus *bus,
                   const struct reading *reading)
{
    struct exposition e = {.text = text, .prefix = prefix};
    const struct metric_visitor visitor = {&e, family, value, histogram};

    (void)bus;
    metrics_walk(reading, &visitor);
}

enum bus_status bus_metrics_text(struct bus *bus, const struct bus_metrics_options *options,
                                 bus_text_fn fn, void *context)
{
    return metrics_report(bus, options, fn, context, expose);
}
