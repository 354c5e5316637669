/* dashboard.c - x.dashboard.json: what Grafana shows of a bus. */
#include "emit/monitor.h"

#include <string.h>

enum { COLUMNS = 24, SCHEMA_VERSION = 39 };

/* Holes: P prefix of the metrics, B bus, S which programs, R over which time. Quotes inside are
 * single ones, so that nothing needs an escape. */
struct query {
    const char *expr; /* NULL: no more */
    const char *legend;
};

enum { OF_ALL, OF_EVENTS, OF_COMMANDS };

struct panel {
    const char *title;
    const char *type; /* "row": a heading */
    unsigned width, height;
    const char *unit;
    const char *about;
    const char *more; /* of fieldConfig.defaults */
    int of;           /* shown only where the bus has such messages */
    struct query queries[4];
};

#define PER_MESSAGE(name) "sum by (message) (rate($P" name "{$S,message=~'$B[.].+'}$R))"
#define QUANTILE(q, kind)                                                                          \
    "histogram_quantile(" q ", sum by (message, le) (rate($P" kind                                 \
    "_processing_duration_seconds_bucket{$S,message=~'$B[.].+'}$R)))"

static const char health_words[] = ",\"mappings\":[{\"type\":\"value\",\"options\":{"
                                   "\"0\":{\"text\":\"healthy\",\"color\":\"green\",\"index\":0},"
                                   "\"1\":{\"text\":\"degraded\",\"color\":\"orange\",\"index\":1},"
                                   "\"2\":{\"text\":\"critical\",\"color\":\"red\",\"index\":2}}}]";
static const char store_words[] = ",\"mappings\":[{\"type\":\"value\",\"options\":{"
                                  "\"0\":{\"text\":\"fine\",\"color\":\"green\",\"index\":0},"
                                  "\"1\":{\"text\":\"full\",\"color\":\"orange\",\"index\":1},"
                                  "\"2\":{\"text\":\"failing\",\"color\":\"red\",\"index\":2},"
                                  "\"3\":{\"text\":\"broken\",\"color\":\"red\",\"index\":3}}}]";
static const char breaker_words[] =
    ",\"max\":2,\"min\":0,\"mappings\":[{\"type\":\"value\",\"options\":{"
    "\"0\":{\"text\":\"closed\",\"color\":\"green\",\"index\":0},"
    "\"1\":{\"text\":\"open\",\"color\":\"red\",\"index\":1},"
    "\"2\":{\"text\":\"half-open\",\"color\":\"orange\",\"index\":2}}}]";
static const char zero_is_good[] =
    ",\"thresholds\":{\"mode\":\"absolute\",\"steps\":[{\"color\":\"green\",\"value\":null},"
    "{\"color\":\"red\",\"value\":1}]}";
static const char not_negative[] = ",\"min\":0";

static const struct panel panels[] = {
    {.title = "Health",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "none",
     .about = "The worst of the programs.",
     .more = health_words,
     .queries = {{"max($Phealth_state{$S})", "health"}}},
    {.title = "Stuck handlers",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "none",
     .about = "Handlers that do not return.",
     .more = zero_is_good,
     .queries = {{"sum($Pstuck_handlers{$S})", "stuck"}}},
    {.title = "Breakers open",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "none",
     .about = "Breakers that let nothing through.",
     .more = zero_is_good,
     .queries = {{"count($Pcircuit_breaker_state{$S} == 1) or vector(0)", "open"}}},
    {.title = "Dead letters",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "none",
     .about = "Kept, to be looked at and run again.",
     .more = zero_is_good,
     .queries = {{"sum($Pdead_letter_queue_size{$S})", "kept"}}},
    {.title = "Store",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "none",
     .about = "The worst of the programs.",
     .more = store_words,
     .queries = {{"max($Pstore_condition{$S})", "store"}}},
    {.title = "Up since",
     .type = "stat",
     .width = 4,
     .height = 4,
     .unit = "s",
     .about = "Of the program that was started last.",
     .more = "",
     .queries = {{"min($Puptime_seconds{$S})", "uptime"}}},

    {.title = "Messages", .type = "row", .width = COLUMNS, .height = 1},
    {.title = "Events published",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "ops",
     .about = "Accepted, by message.",
     .more = not_negative,
     .of = OF_EVENTS,
     .queries = {{PER_MESSAGE("events_published_total"), "{{message}}"}}},
    {.title = "Commands sent",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "ops",
     .about = "Accepted, by message.",
     .more = not_negative,
     .of = OF_COMMANDS,
     .queries = {{PER_MESSAGE("commands_sent_total"), "{{message}}"}}},
    {.title = "Failed",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "For good: no retry is left.",
     .more = not_negative,
     .queries = {{PER_MESSAGE("events_failed_total"), "{{message}}"},
                 {PER_MESSAGE("commands_failed_total"), "{{message}}"}}},
    {.title = "Refused",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "Never accepted.",
     .more = not_negative,
     .queries = {{"sum by (message, reason) (rate($Pmessages_refused_total"
                  "{$S,message=~'$B[.].+'}$R)) > 0",
                  "{{message}} {{reason}}"}}},
    {.title = "Dropped, replaced, cancelled",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "Accepted, and never handled.",
     .more = not_negative,
     .queries = {{"sum by (message, reason) (rate($Pmessages_dropped_total"
                  "{$S,message=~'$B[.].+'}$R)) > 0",
                  "{{message}} {{reason}}"},
                 {PER_MESSAGE("messages_replaced_total") " > 0", "{{message}} replaced"},
                 {PER_MESSAGE("messages_cancelled_total") " > 0", "{{message}} cancelled"}}},

    {.title = "How long handlers run", .type = "row", .width = COLUMNS, .height = 1},
    {.title = "Events",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "s",
     .about = "Of the runs that are timed (bus_options.timing_every).",
     .more = not_negative,
     .of = OF_EVENTS,
     .queries = {{QUANTILE("0.5", "event"), "{{message}} p50"},
                 {QUANTILE("0.95", "event"), "{{message}} p95"},
                 {QUANTILE("0.99", "event"), "{{message}} p99"}}},
    {.title = "Commands",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "s",
     .about = "Of the runs that are timed (bus_options.timing_every).",
     .more = not_negative,
     .of = OF_COMMANDS,
     .queries = {{QUANTILE("0.5", "command"), "{{message}} p50"},
                 {QUANTILE("0.95", "command"), "{{message}} p95"},
                 {QUANTILE("0.99", "command"), "{{message}} p99"}}},
    {.title = "Runs by handler",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "ops",
     .about = "Retries included.",
     .more = not_negative,
     .queries = {{"sum by (handler, message) (rate($Phandler_runs_total"
                  "{$S,message=~'$B[.].+'}$R))",
                  "{{handler}} ({{message}})"}}},
    {.title = "Late runs",
     .type = "timeseries",
     .width = 12,
     .height = 8,
     .unit = "ops",
     .about = "Longer than the timeout of their message.",
     .more = not_negative,
     .queries = {{PER_MESSAGE("handler_runs_late_total"), "{{message}}"}}},

    {.title = "Lanes", .type = "row", .width = COLUMNS, .height = 1},
    {.title = "Messages in lanes",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "Of all workers.",
     .more = not_negative,
     .queries = {{"sum by (lane) ($Pqueue_size{$S})", "{{lane}}"}}},
    {.title = "Back-pressure",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "Lanes that are nearly full, and stops at ordered messages.",
     .more = not_negative,
     .queries = {{"sum($Pbackpressure_active{$S})", "lanes nearly full"},
                 {"sum(rate($Plane_stops_total{$S}$R))", "stops per second"}}},
    {.title = "Held",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "In lanes, to be tried again, for an answer.",
     .more = not_negative,
     .queries = {{"sum by (message) ($Pmessages_held{$S,message=~'$B[.].+'})", "{{message}}"},
                 {"sum by (message) ($Pmessages_running{$S,message=~'$B[.].+'})",
                  "{{message}} running"}}},

    {.title = "When things fail", .type = "row", .width = COLUMNS, .height = 1},
    {.title = "Errors by category",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "Reports of failed runs.",
     .more = not_negative,
     .queries = {{"sum by (category) (rate($Perrors_total{$S}$R))", "{{category}}"}}},
    {.title = "Errors by severity",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "The same.",
     .more = not_negative,
     .queries = {{"sum by (severity) (rate($Perrors_by_severity_total{$S}$R))", "{{severity}}"}}},
    {.title = "Failing handlers",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "Runs that failed, retries included.",
     .more = not_negative,
     .queries = {{"sum by (handler, message) (rate($Phandler_failures_total"
                  "{$S,message=~'$B[.].+'}$R)) > 0",
                  "{{handler}} ({{message}})"}}},
    {.title = "Breakers",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "none",
     .about = "Their states; the worst of the programs.",
     .more = breaker_words,
     .queries = {{"max by (breaker) ($Pcircuit_breaker_state{$S})", "{{breaker}}"}}},
    {.title = "Breakers: opened, refused",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "ops",
     .about = "How often they open, and what they keep back.",
     .more = not_negative,
     .queries = {{"sum by (breaker) (rate($Pcircuit_breaker_opened_total{$S}$R))",
                  "{{breaker}} opened"},
                 {"sum by (breaker) (rate($Pcircuit_breaker_refused_total{$S}$R))",
                  "{{breaker}} refused"}}},
    {.title = "Dead letters and recoveries",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "Letters kept; retries begun and succeeded per second.",
     .more = not_negative,
     .queries = {{"sum($Pdead_letter_queue_size{$S})", "dead letters"},
                 {"sum(rate($Precoveries_begun_total{$S}$R))", "retries begun"},
                 {"sum(rate($Precoveries_succeeded_total{$S}$R))", "retries succeeded"}}},

    {.title = "The program", .type = "row", .width = COLUMNS, .height = 1},
    {.title = "Memory",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "bytes",
     .about = "Reserved by the bus; its pool.",
     .more = not_negative,
     .queries = {{"sum($Pmemory_bytes{$S})", "reserved"},
                 {"sum($Ppool_bytes{$S})", "pool"},
                 {"sum($Ppool_used_bytes{$S})", "pool in use"}}},
    {.title = "Threads, sessions, handlers",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "What is there.",
     .more = not_negative,
     .queries = {{"sum($Pworkers{$S})", "workers"},
                 {"sum($Ppublishing_threads{$S})", "publishing threads"},
                 {"sum($Pactive_sessions{$S})", "sessions"},
                 {"sum($Pregistered_handlers{$S})", "handlers"}}},
    {.title = "Store, log, spans",
     .type = "timeseries",
     .width = 8,
     .height = 8,
     .unit = "short",
     .about = "What the store keeps; lines and spans lost per second.",
     .more = not_negative,
     .queries = {{"sum by (kind) ($Pstore_entries{$S})", "{{kind}} stored"},
                 {"sum(rate($Plog_lines_lost_total{$S}$R))", "log lines lost"},
                 {"sum(rate($Ptrace_spans_lost_total{$S}$R))", "spans lost"},
                 {"sum(rate($Ptrace_spans_total{$S}$R))", "spans"}}},
};
enum { PANELS = sizeof(panels) / sizeof(*panels) };

static const char source[] =
    "\"datasource\": {\"type\": \"prometheus\", \"uid\": \"${datasource}\"}";

static void put_query(struct emitter *e, const struct query *query, char id)
{
    char ref[2] = {id, '\0'};

    fill(e->out, "        {$D, \"refId\": \"$I\",\n         \"expr\": \"", 'D', source, 'I', ref,
         0);
    fill(e->out, query->expr, 'P', e->metric_prefix, 'B', e->bus->decl.name, 'S',
         "job=~'$job',instance=~'$instance'", 'R', "[$__rate_interval]", 0);
    fill(e->out, "\",\n         \"legendFormat\": \"$L\", \"range\": true}", 'L', query->legend, 0);
}

static void put_targets(struct emitter *e, const struct panel *panel)
{
    put(e->out, "      \"targets\": [\n");
    for (int i = 0; i < 4 && panel->queries[i].expr != NULL; i++) {
        if (i != 0)
            put(e->out, ",\n");
        put_query(e, &panel->queries[i], (char)('A' + i));
    }
    put(e->out, "\n      ]");
}

static void put_panel(struct emitter *e, const struct panel *panel, unsigned id, unsigned x,
                      unsigned y)
{
    fill(e->out, "    {\n      \"title\": \"$T\", \"type\": \"$Y\", \"id\": ", 'T', panel->title,
         'Y', panel->type, 0);
    put_number(e->out, id);
    put(e->out, ",\n      \"gridPos\": {\"x\": ");
    put_number(e->out, x);
    put(e->out, ", \"y\": ");
    put_number(e->out, y);
    put(e->out, ", \"w\": ");
    put_number(e->out, panel->width);
    put(e->out, ", \"h\": ");
    put_number(e->out, panel->height);
    put(e->out, "}");
    if (strcmp(panel->type, "row") == 0) {
        put(e->out, ",\n      \"collapsed\": false, \"panels\": []\n    }");
        return;
    }
    fill(e->out,
         ",\n      \"description\": \"$A\",\n      $D,\n"
         "      \"fieldConfig\": {\"defaults\": {\"unit\": \"$U\"$M}, \"overrides\": []},\n",
         'A', panel->about, 'D', source, 'U', panel->unit, 'M', panel->more, 0);
    if (strcmp(panel->type, "stat") == 0)
        put(e->out, "      \"options\": {\"reduceOptions\": {\"calcs\": [\"lastNotNull\"]}, "
                    "\"colorMode\": \"value\"},\n");
    else
        put(e->out, "      \"options\": {\"legend\": {\"displayMode\": \"list\", \"placement\": "
                    "\"bottom\", \"showLegend\": true},\n"
                    "                  \"tooltip\": {\"mode\": \"multi\", \"sort\": \"desc\"}},\n");
    put_targets(e, panel);
    put(e->out, "\n    }");
}

static bool is_shown(const struct emitter *e, const struct panel *panel)
{
    return e->shown != NULL &&
           (panel->of == OF_ALL || monitor_has(e->bus, panel->of == OF_COMMANDS));
}

static void put_panels(struct emitter *e)
{
    unsigned x = 0, y = 0, height = 0, id = 0;

    for (int i = 0; i < PANELS; i++) {
        const struct panel *panel = &panels[i];

        if (!is_shown(e, panel))
            continue;
        if (x + panel->width > COLUMNS) {
            y += height;
            x = height = 0;
        }
        put(e->out, id == 0 ? "\n" : ",\n");
        put_panel(e, panel, ++id, x, y);
        x += panel->width;
        height = panel->height > height ? panel->height : height;
    }
}

static void put_variable(struct emitter *e, const char *name, const char *label, const char *more)
{
    fill(e->out,
         ",\n      {\"name\": \"$N\", \"label\": \"$L\", \"type\": \"query\", $D,\n"
         "       \"query\": {\"refId\": \"$N\", \"query\": \"label_values($Pmessages_running"
         "{message=~'$B[.].+'$M}, $N)\"},\n"
         "       \"refresh\": 2, \"sort\": 1, \"multi\": true, \"includeAll\": true, \"allValue\": "
         "\".+\",\n       \"current\": {\"text\": \"All\", \"value\": \"$$__all\"}, \"hide\": 0}",
         'N', name, 'L', label, 'D', source, 'P', e->metric_prefix, 'B', e->bus->decl.name, 'M',
         more, 0);
}

void emit_dashboard(struct emitter *e)
{
    (void)monitor_begin(e);
    fill(e->out,
         "{\n  \"title\": \"Bus $B\",\n"
         "  \"description\": \"Written by busgen from $S.bus. Do not edit.\",\n"
         "  \"tags\": [\"busgen\"],\n  \"schemaVersion\": ",
         'B', e->bus->decl.name, 'S', e->stem, 0);
    put_number(e->out, SCHEMA_VERSION);
    put(e->out, ",\n  \"version\": 1,\n  \"editable\": true,\n  \"graphTooltip\": 1,\n"
                "  \"refresh\": \"10s\",\n  \"timezone\": \"browser\",\n"
                "  \"time\": {\"from\": \"now-1h\", \"to\": \"now\"},\n"
                "  \"annotations\": {\"list\": []},\n  \"links\": [],\n"
                "  \"templating\": {\n    \"list\": [\n"
                "      {\"name\": \"datasource\", \"label\": \"Data source\", \"type\": "
                "\"datasource\", \"query\": \"prometheus\",\n"
                "       \"refresh\": 1, \"regex\": \"\", \"multi\": false, \"includeAll\": false, "
                "\"hide\": 0}");
    put_variable(e, "job", "Job", "");
    put_variable(e, "instance", "Instance", ",job=~'$job'");
    put(e->out, "\n    ]\n  },\n  \"panels\": [");
    put_panels(e);
    put(e->out, "\n  ]\n}\n");
}
