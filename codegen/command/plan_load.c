/*
 * plan_load.c - how busy workers are, from what the schema says of rates (`rate 100 in
 * 1s`) and costs (`takes 20us`).
 *
 * Of a worker: the time that its handlers need in a second. Of each of its lanes: how soon the lane
 * is full while the worker stands still (capacity / rate), and how long a message waits at most
 * that comes into it when it is full. A worker takes from the highest lane that has something, so
 * before such a message it runs all that its lane and the higher ones hold, and what comes for the
 * higher ones meanwhile:
 *
 *     wait = capacity * (longest run of each of these lanes) / (1 - share of the higher lanes)
 *
 * Handlers of events in concurrent components run on any worker: each gets its part. Commands of
 * concurrent components run on their callers. Events of a batch share the run. What nobody
 * declares counts as nothing, and is named.
 */
#include "command/plan.h"

#include <stdio.h>
#include <string.h>

struct lane_load {
    double rate;    /* messages in a second */
    double share;   /* of the worker's time */
    double longest; /* seconds: all handlers of one message */
};

struct worker_load {
    struct lane_load lanes[LANES];
    double share;
};

static double rate_of(const struct idl_message *message)
{
    return message->rate != 0 ? (double)message->rate * 1e9 / (double)message->rate_ns : 0;
}

static bool is_declared(const struct unit *units, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct idl_component *component = units[i].component;

        for (uint32_t k = 0; k < component->handle_count; k++)
            if (component->handles[k].takes_ns != 0 || component->handles[k].message->rate != 0)
                return true;
        for (uint32_t k = 0; k < component->listen_count; k++)
            if (component->listens[k].takes_ns != 0 || component->listens[k].message->rate != 0)
                return true;
    }
    return false;
}

/* Seconds that the handlers of `message` on the worker take, where `part` of them come to it. */
static double run_of(const struct unit *units, uint32_t count, uint32_t worker,
                     const struct idl_message *message, double part)
{
    double seconds = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct idl_component *component = units[i].component;

        if (!component->concurrent && units[i].worker != worker)
            continue;
        for (uint32_t k = 0; !component->concurrent && k < component->handle_count; k++)
            if (component->handles[k].message == message)
                seconds += idl_seconds(&component->handles[k], part);
        for (uint32_t k = 0; k < component->listen_count; k++)
            if (component->listens[k].message == message)
                seconds += idl_seconds(&component->listens[k], part);
    }
    return seconds;
}

/* An earlier unit on the worker listens to it, too. */
static bool is_counted(const struct unit *units, uint32_t before, uint32_t worker,
                       const struct idl_message *message)
{
    for (uint32_t i = 0; i < before; i++) {
        const struct idl_component *component = units[i].component;

        if (!component->concurrent && units[i].worker != worker)
            continue;
        for (uint32_t k = 0; k < component->listen_count; k++)
            if (component->listens[k].message == message)
                return true;
    }
    return false;
}

/* The part of the messages that comes to the worker: where a serial component listens, all go
 * there; else every worker has some. */
static double part_of(const struct plan *plan, const struct unit *units, uint32_t count,
                      uint32_t worker, const struct idl_message *message)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < units[i].component->listen_count; k++)
            if (units[i].component->listens[k].message == message &&
                !units[i].component->concurrent)
                return units[i].worker == worker ? 1 : 0;
    return 1.0 / plan->options->workers;
}

static void add(struct worker_load *load, const struct idl_message *message, double part,
                double seconds)
{
    struct lane_load *lane = &load->lanes[message->priority];
    double rate = rate_of(message) * part;

    if (part == 0)
        return;
    lane->rate += rate;
    lane->share += rate * seconds;
    load->share += rate * seconds;
    if (seconds > lane->longest)
        lane->longest = seconds;
}

/* A concurrent handler runs where the event is: beside the serial ones that share it. */
static void gather_load(const struct plan *plan, const struct unit *units, uint32_t count,
                        uint32_t worker, struct worker_load *load)
{
    memset(load, 0, sizeof(*load));
    for (uint32_t i = 0; i < count; i++) {
        const struct idl_component *component = units[i].component;

        if (!component->concurrent && units[i].worker != worker)
            continue;
        for (uint32_t k = 0; !component->concurrent && k < component->handle_count; k++) {
            const struct idl_message *message = component->handles[k].message;

            add(load, message, 1, run_of(units, count, worker, message, 1));
        }
        for (uint32_t k = 0; k < component->listen_count; k++) {
            const struct idl_message *message = component->listens[k].message;

            double part = part_of(plan, units, count, worker, message);

            if (!is_counted(units, i, worker, message))
                add(load, message, part, run_of(units, count, worker, message, part));
        }
    }
}

/* With three digits. */
static void print_seconds(double seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}};
    size_t i = 0;

    while (i + 1 < sizeof(units) / sizeof(*units) && seconds < units[i].seconds * 0.9995)
        i++;
    printf("%.3g %s", seconds / units[i].seconds, units[i].name);
}

static void print_lane(const struct plan *plan, const struct worker_load *load, int level)
{
    const struct lane_load *lane = &load->lanes[level];
    double capacity = plan->options->capacity, ahead = 0, above = 0;

    if (lane->rate == 0)
        return;
    for (int i = 0; i <= level; i++) {
        ahead += capacity * load->lanes[i].longest;
        above += i < level ? load->lanes[i].share : 0;
    }
    printf("    %-9s %12.6g a second, full in ", lane_names[level], lane->rate);
    print_seconds(capacity / lane->rate);
    printf(", then waits ");
    if (above >= 1) {
        printf("for ever");
    } else {
        print_seconds(ahead / (1 - above));
        printf(" at most");
    }
    printf("\n");
}

static void say_busy(const struct plan *plan, const struct unit *units, uint32_t count,
                     uint32_t worker, double share)
{
    const struct idl_component *component = NULL;
    char text[128];
    struct idl_diagnostic finding = {
        .severity = IDL_ERROR,
        .rule = "overload",
        .text = text,
        .advice = "take more workers (--workers), make a component concurrent, or take less time"};

    for (uint32_t i = 0; i < count && component == NULL; i++)
        if (!units[i].component->concurrent && units[i].worker == worker)
            component = units[i].component;
    if (component == NULL)
        component = units[0].component;
    finding.span = component->decl.span;
    snprintf(text, sizeof(text), "worker %u, which runs '%s', would be busy %.0f %% of the time",
             (unsigned)worker, component->decl.name, share * 100);
    fflush(stdout);
    report_diagnostic(plan->options, &finding);
}

static void name_unsaid(const struct unit *units, uint32_t count)
{
    const char *before = "  not declared: ";

    for (uint32_t i = 0; i < count; i++) {
        const struct idl_component *component = units[i].component;
        uint32_t all = component->handle_count + component->listen_count;

        for (uint32_t k = 0; k < all; k++) {
            const struct idl_binding *binding =
                k < component->handle_count ? &component->handles[k]
                                            : &component->listens[k - component->handle_count];

            if (binding->takes_ns != 0 && binding->message->rate != 0)
                continue;
            printf("%s%s of %s in %s", before,
                   binding->takes_ns != 0        ? "the rate"
                   : binding->message->rate != 0 ? "the time"
                                                 : "rate and time",
                   binding->message->body.decl.name, component->decl.name);
            before = ", ";
        }
    }
    if (strcmp(before, ", ") == 0)
        printf("\n");
}

bool plan_load(const struct plan *plan, const struct unit *units, uint32_t count)
{
    bool fine = true;

    if (!is_declared(units, count))
        return true;
    for (uint32_t worker = 0; worker < plan->options->workers; worker++) {
        struct worker_load load;

        gather_load(plan, units, count, worker, &load);
        printf("  worker %u: busy %.3g %% of the time\n", (unsigned)worker, load.share * 100);
        for (int level = 0; level < LANES; level++)
            print_lane(plan, &load, level);
        if (load.share > 1) {
            say_busy(plan, units, count, worker, load.share);
            fine = false;
        }
    }
    name_unsaid(units, count);
    return fine;
}
