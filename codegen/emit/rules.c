/*
 * rules.c - x.rules.yml, alert rules for Prometheus, and x.rules.test.yml, which proves each
 * of them with `promtool test rules`: of two programs the one where things go wrong is told, the
 * other is not.
 *
 * Metrics of a whole program do not say which buses it has, so their alerts look only at programs
 * that also show a message of this one.
 */
#include "emit/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- which ----------------------------------------------------------------------------------- */

static bool is_watched(const struct idl_message *message)
{
    return message->kind != IDL_SYSTEM_EVENT && !message->body.decl.removed;
}

bool monitor_begin(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    e->shown = NULL;
    for (uint32_t i = 0; i < bus->message_count && e->shown == NULL; i++)
        if (is_watched(bus->messages[i]))
            e->shown = monitor_message(e, bus->messages[i]);
    return e->shown != NULL;
}

static const struct idl_message *first_of(const struct idl_bus *bus, bool commands)
{
    for (uint32_t i = 0; i < bus->message_count; i++)
        if (is_watched(bus->messages[i]) && (bus->messages[i]->kind == IDL_COMMAND) == commands)
            return bus->messages[i];
    return NULL;
}

bool monitor_has(const struct idl_bus *bus, bool commands)
{
    return first_of(bus, commands) != NULL;
}

const char *monitor_message(struct emitter *e, const struct idl_message *message)
{
    return join(e->memory, e->bus->decl.name, ".", message->body.decl.name, NULL);
}

/* ---- one alert ------------------------------------------------------------------------------- */

/* What fills the holes of an alert. */
struct about {
    const char *message;
    const char *kind;
    const char *bound;
    const char *word;
};

static void put_filled(struct emitter *e, const char *text, const struct about *about)
{
    fill(e->out, text, 'P', e->metric_prefix, 'B', e->bus->decl.name, 'F', e->shown, 'M',
         about->message, 'K', about->kind, 'T', about->bound, 'D', about->word, 0);
}

static void put_rule(struct emitter *e, const struct alert *alert, const struct about *about)
{
    fill(e->out, "      - alert: $N\n        expr: \"", 'N', alert->name, 0);
    if (alert->here)
        put(e->out, "(");
    put_filled(e, alert->expr, about);
    if (alert->here)
        put_filled(e, ") and on (job, instance) $Pmessages_running{message=~'$B[.].+'}", about);
    fill(e->out,
         "\"\n        for: $W\n        labels:\n          severity: $S\n          bus: $B\n", 'W',
         alert->wait, 'S', alert->severity, 'B', e->bus->decl.name, 0);
    if (*about->message != '\0' && alert->labels != NULL && strstr(alert->expr, "$M") != NULL)
        put_filled(e, "          message: $M\n", about);
    put(e->out, "        annotations:\n          summary: \"");
    put_filled(e, alert->summary, about);
    put(e->out, "\"\n          description: \"");
    put_filled(e, alert->advice, about);
    put(e->out, "\"\n");
}

static void put_series(struct emitter *e, const char *name, const char *labels,
                       const char *instance, const char *values, const struct about *about)
{
    put_filled(e, "      - series: '$P", about);
    put_filled(e, name, about);
    put(e->out, "{");
    put_filled(e, labels, about);
    fill(e->out, "$Cjob=\"job\",instance=\"$I\"}'\n        values: '$V'\n", 'C',
         *labels != '\0' ? "," : "", 'I', instance, 'V', values, 0);
}

static void put_test(struct emitter *e, const struct alert *alert, const struct about *about)
{
    static const char *const instances[] = {"sick", "well"};

    fill(e->out, "  - name: $N\n    interval: 1m\n    input_series:\n", 'N', alert->name, 0);
    for (int i = 0; i < 2; i++) {
        put_series(e, "messages_running", "message=\"$F\"", instances[i], "0x40", about);
        for (int k = 0; k < 3 && alert->series[k].name != NULL; k++)
            put_series(e, alert->series[k].name, alert->series[k].labels, instances[i],
                       i == 0 ? alert->series[k].fires : alert->series[k].silent, about);
    }
    fill(e->out,
         "    alert_rule_test:\n      - eval_time: 35m\n        alertname: $N\n"
         "        exp_alerts:\n          - exp_labels: {severity: $S, bus: $B, job: job, "
         "instance: sick",
         'N', alert->name, 'S', alert->severity, 'B', e->bus->decl.name, 0);
    if (alert->labels != NULL) {
        put(e->out, ", ");
        put_filled(e, alert->labels, about);
    }
    put(e->out, "}\n            exp_annotations:\n              summary: \"");
    put_filled(e, alert->summary, about);
    put(e->out, "\"\n              description: \"");
    put_filled(e, alert->advice, about);
    put(e->out, "\"\n");
}

/* ---- all of them ----------------------------------------------------------------------------- */

typedef void (*alert_fn)(struct emitter *e, const struct alert *alert, const struct about *about);

static void each_of(struct emitter *e, const struct alert *alerts, const struct about *about,
                    alert_fn put_one)
{
    for (; alerts->name != NULL; alerts++)
        put_one(e, alerts, about);
}

/* 0.8 of it in seconds, as far as the buckets of the histogram can tell; NULL: they cannot. */
static const char *bound_of(struct emitter *e, uint64_t ns)
{
    uint64_t us = ns / 1000 * 8 / 10;
    char text[48];
    size_t size;

    if (us <= 1000 || us > 9 * UINT64_C(1000000))
        return NULL;
    size =
        (size_t)snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    while (text[size - 1] == '0')
        text[--size] = '\0';
    if (text[size - 1] == '.')
        text[--size] = '\0';
    return join(e->memory, text, NULL);
}

static void each_of_message(struct emitter *e, const struct idl_message *message, alert_fn put_one)
{
    uint64_t timeout_ns = message->policy != NULL ? message->policy->timeout_ns : 0;
    uint64_t deadline_ns = message->deadline_ns;
    bool by_timeout = timeout_ns != 0 && (deadline_ns == 0 || timeout_ns < deadline_ns);
    struct about about = {.message = monitor_message(e, message),
                          .kind = message->kind == IDL_COMMAND ? "command" : "event",
                          .bound = "",
                          .word = by_timeout ? "timeout" : "deadline"};
    const char *bound = bound_of(e, by_timeout ? timeout_ns : deadline_ns);

    if (deadline_ns != 0)
        each_of(e, deadline_alerts, &about, put_one);
    if (timeout_ns != 0)
        each_of(e, timeout_alerts, &about, put_one);
    if (bound == NULL)
        return;
    about.bound = bound;
    each_of(e, latency_alerts, &about, put_one);
}

static void each_alert(struct emitter *e, alert_fn put_one)
{
    const struct idl_bus *bus = e->bus;
    struct about about = {"", "", "", ""};

    each_of(e, bus_alerts, &about, put_one);
    for (int commands = 0; commands < 2; commands++) {
        const struct idl_message *first = first_of(bus, commands != 0);

        if (first == NULL)
            continue;
        about.message = monitor_message(e, first);
        each_of(e, commands != 0 ? command_alerts : event_alerts, &about, put_one);
    }
    for (uint32_t i = 0; i < bus->message_count; i++)
        if (is_watched(bus->messages[i]))
            each_of_message(e, bus->messages[i], put_one);
}

/* ---- the files ------------------------------------------------------------------------------- */

/* There is nothing to look at, if no program runs that has it. */
static const struct alert absent = {
    .name = "BusAbsent",
    .expr = "absent($Pmessages_running{message=~'$B[.].+'})",
    .wait = "5m",
    .severity = "critical",
    .summary = "No program with the bus $B is seen.",
    .advice = "See whether it runs, and whether Prometheus reaches its metrics.",
};

static void put_absent_test(struct emitter *e, const struct about *about, bool is_absent)
{
    fill(e->out, "  - name: BusAbsent, $W\n    interval: 1m\n    input_series:\n", 'W',
         is_absent ? "nothing is there" : "it is there", 0);
    put_series(e, is_absent ? "messages_held" : "messages_running", "message=\"$F\"", "one", "0x40",
               about);
    put(e->out, "    alert_rule_test:\n      - eval_time: 35m\n        alertname: BusAbsent\n");
    if (!is_absent)
        return;
    put_filled(e,
               "        exp_alerts:\n          - exp_labels: {severity: critical, bus: $B}\n"
               "            exp_annotations:\n              summary: \"",
               about);
    put_filled(e, absent.summary, about);
    put(e->out, "\"\n              description: \"");
    put_filled(e, absent.advice, about);
    put(e->out, "\"\n");
}

static void put_head(struct emitter *e, const char *suffix)
{
    fill(e->out, "# $S$X - written by busgen from $S.bus. Do not edit.\n", 'S', e->stem, 'X',
         suffix, 0);
}

void emit_rules(struct emitter *e)
{
    const struct about about = {"", "", "", ""};

    put_head(e, ".rules.yml");
    if (!monitor_begin(e)) {
        put(e->out, "groups: []\n");
        return;
    }
    fill(e->out, "groups:\n  - name: busgen_$B\n    rules:\n", 'B', e->bus->decl.name, 0);
    put_rule(e, &absent, &about);
    each_alert(e, put_rule);
}

void emit_rules_test(struct emitter *e)
{
    const struct about about = {"", "", "", ""};

    put_head(e, ".rules.test.yml");
    fill(e->out, "rule_files:\n  - $S.rules.yml\nevaluation_interval: 5m\n", 'S', e->stem, 0);
    if (!monitor_begin(e)) {
        put(e->out, "tests: []\n");
        return;
    }
    put(e->out, "tests:\n");
    put_absent_test(e, &about, true);
    put_absent_test(e, &about, false);
    each_alert(e, put_test);
}
