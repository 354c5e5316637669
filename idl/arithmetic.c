/*
 * arithmetic.c - what the settings of one message add up to: all its retries against its deadline,
 * its attempts against its breaker, and the like.
 *
 * Times are worst cases. A message that is retried n times is run n + 1 times; the delay before
 * retry i, from 0, is min(first * factor^i, most), at most 1.5 times that by jitter `half`
 * (runtime/guard/backoff.c). Sums stay at the largest number instead of overflowing.
 */
#include "resolve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 400, DELAYS_TOLD = 4 };

#define SECOND UINT64_C(1000000000)

/* What the runtime takes for what is not said (runtime/guard/policy.c). */
static const struct idl_policy preset = {.backoff_first_ns = SECOND / 10,
                                         .backoff_most_ns = 10 * SECOND,
                                         .backoff_factor = 2,
                                         .breaker_within_ns = 60 * SECOND,
                                         .breaker_open_ns = 60 * SECOND};

/* One way in which a message is tried again. */
struct course {
    const char *category; /* of `recover by category`; NULL: by `retry` */
    uint32_t retries;
    uint64_t first_ns;
    uint64_t most_ns;
    double factor;
    enum idl_jitter jitter;
    double growth; /* of the time for a run, from one to the next */
};

/* Those of `recover by category` (runtime/guard/recovery.c); a program may replace them. */
static const struct course courses[] = {
    {"connection", 3, 2 * SECOND, 10 * SECOND, 2, IDL_JITTER_HALF, 1.5},
    {"timeout", 2, 3 * SECOND / 2, 10 * SECOND, 1.5, IDL_JITTER_HALF, 1.5},
    {"processing", 2, SECOND, 10 * SECOND, 2, IDL_JITTER_HALF, 1.5},
    {"queue", 2, SECOND / 10, SECOND, 1.5, IDL_JITTER_HALF, 1.5},
    {"serialization", 1, SECOND / 2, SECOND / 2, 1, IDL_JITTER_HALF, 1.5},
};

static struct course course_of(const struct idl_policy *policy)
{
    return (struct course){
        .retries = policy->retries,
        .first_ns = policy->backoff_first_ns ? policy->backoff_first_ns : preset.backoff_first_ns,
        .most_ns = policy->backoff_most_ns ? policy->backoff_most_ns : preset.backoff_most_ns,
        .factor = policy->backoff_factor > 0 ? policy->backoff_factor : preset.backoff_factor,
        .jitter = policy->jitter,
        .growth = 1,
    };
}

/* ---- times ---- */

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t to_ns(double value)
{
    return value < 18446744073709549568.0 ? (uint64_t)(value + 0.5) : UINT64_MAX;
}

/* The delay before retry `retry` without jitter; *raised goes from 1 to the next power. */
static double delay_of(const struct course *course, double *raised)
{
    double delay = (double)course->first_ns * *raised;

    *raised *= course->factor;
    return delay < (double)course->most_ns ? delay : (double)course->most_ns;
}

static uint64_t longest(const struct course *course, double delay)
{
    return to_ns(course->jitter == IDL_JITTER_HALF ? delay * 1.5 : delay);
}

static uint64_t shortest(const struct course *course, double delay)
{
    return course->jitter == IDL_JITTER_NONE   ? to_ns(delay)
           : course->jitter == IDL_JITTER_HALF ? to_ns(delay / 2)
                                               : 0;
}

/* As it would be written, and exact: 250ms, 1.05s, 90s, 3m. */
static const char *time_text(struct context *context, uint64_t ns)
{
    static const struct {
        const char *text;
        uint64_t ns;
        uint64_t least;
        int digits; /* that a part of it can have */
    } units[] = {{"h", 3600 * SECOND, 3600 * SECOND, 0},
                 {"m", 60 * SECOND, 120 * SECOND, 0},
                 {"s", SECOND, SECOND, 9},
                 {"ms", SECOND / 1000, SECOND / 1000, 6},
                 {"us", 1000, 1000, 3},
                 {"ns", 1, 0, 0}};
    char text[40];
    size_t i = 0;
    size_t size;

    if (ns == UINT64_MAX)
        return "584 years";
    while (ns < units[i].least || (units[i].digits == 0 && ns % units[i].ns != 0))
        i++;
    size = (size_t)snprintf(text, sizeof text, "%" PRIu64, ns / units[i].ns);
    if (ns % units[i].ns != 0) {
        size += (size_t)snprintf(text + size, sizeof text - size, ".%0*" PRIu64, units[i].digits,
                                 ns % units[i].ns);
        while (text[size - 1] == '0')
            size--;
    }
    text[size] = '\0';
    return arena_join(context->arena, text, units[i].text, "");
}

/* ---- retries and the deadline ---- */

struct sum {
    struct course course;
    uint64_t delays_ns;
    uint64_t runs_ns;
    uint64_t all_ns;
};

static struct sum sum_of(const struct course *course, const struct idl_policy *policy)
{
    struct sum sum = {.course = *course};
    double raised = 1;
    double run = (double)policy->timeout_ns;

    for (uint32_t i = 0; i <= course->retries; i++) {
        if (i < course->retries)
            sum.delays_ns = add(sum.delays_ns, longest(course, delay_of(course, &raised)));
        sum.runs_ns = add(sum.runs_ns, to_ns(run));
        run *= course->growth;
    }
    sum.all_ns = add(policy->approval_ns, add(sum.delays_ns, sum.runs_ns));
    return sum;
}

/* "150ms + 300ms + 600ms", "150ms + 300ms + 600ms + ... + 15s" */
static void tell_delays(struct context *context, const struct course *course, char text[TEXT_MAX])
{
    double raised = 1;
    size_t size = 0;

    for (uint32_t i = 0; i < course->retries; i++) {
        uint64_t delay = longest(course, delay_of(course, &raised));
        bool gap = i == DELAYS_TOLD - 1 && course->retries > DELAYS_TOLD;

        if (i >= DELAYS_TOLD - 1 && i + 1 < course->retries && !gap)
            continue;
        size += (size_t)snprintf(text + size, TEXT_MAX - size, "%s%s", size ? " + " : "",
                                 gap ? "..." : time_text(context, delay));
    }
}

/* "3 retries wait up to 150ms + 300ms + 600ms, each of 4 runs takes up to 250ms: 2.05s in all" */
static const char *tell_sum(struct context *context, const struct sum *sum,
                            const struct idl_policy *policy)
{
    const struct course *course = &sum->course;
    char delays[TEXT_MAX];
    char text[2 * TEXT_MAX];
    char runs[120] = "";
    char before[80] = "";
    char cause[80] = "";
    bool one = course->retries == 1;

    tell_delays(context, course, delays);
    if (policy->timeout_ns && course->growth > 1)
        snprintf(runs, sizeof runs, ", %u runs take up to %s", course->retries + 1,
                 time_text(context, sum->runs_ns));
    else if (policy->timeout_ns)
        snprintf(runs, sizeof runs, ", each of %u runs takes up to %s", course->retries + 1,
                 time_text(context, policy->timeout_ns));
    if (policy->approval_ns)
        snprintf(before, sizeof before, "approval takes up to %s, ",
                 time_text(context, policy->approval_ns));
    if (course->category)
        snprintf(cause, sizeof cause, " (after %s errors)", course->category);
    snprintf(text, sizeof text, "%s%u %s%s %s up to %s%s: %s in all", before, course->retries,
             one ? "retry" : "retries", cause, one ? "waits" : "wait", delays, runs,
             time_text(context, sum->all_ns));
    return arena_copy(context->arena, text, strlen(text));
}

/* Where the policy says it, when the message only uses that. */
static void note_policy(struct context *context, struct idl_diagnostic *diagnostic,
                        const struct chosen *chosen)
{
    if (chosen->use)
        add_note(context, diagnostic, chosen->setting->span, "the policy says so here");
}

static void check_deadline(struct context *context, const struct idl_policy *policy,
                           const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *retry = &chosen[policy->by_category ? SETTING_RECOVER : SETTING_RETRY];
    const struct chosen *deadline = &chosen[SETTING_DEADLINE];
    uint64_t deadline_ns = chosen_duration(deadline);
    struct course course = course_of(policy);
    struct idl_diagnostic *diagnostic;
    struct sum worst = sum_of(&course, policy);

    if (!retry->setting || !deadline_ns || !lint_wants(context, RULE_RETRIES_PAST_DEADLINE))
        return;
    for (size_t i = 0; i < sizeof courses / sizeof *courses && policy->by_category; i++) {
        struct sum sum;

        course = courses[i];
        course.jitter = policy->jitter;
        sum = sum_of(&course, policy);
        if (i == 0 || sum.all_ns > worst.all_ns)
            worst = sum;
    }
    if (worst.all_ns <= deadline_ns)
        return;
    diagnostic =
        report(context, RULE_RETRIES_PAST_DEADLINE, place_of(retry), "%s, but the deadline is %s",
               tell_sum(context, &worst, policy), time_text(context, deadline_ns));
    if (!shown(context, diagnostic))
        return;
    partner(diagnostic, place_of(deadline), "the deadline is this");
    note_policy(context, diagnostic, retry);
    if (worst.all_ns == UINT64_MAX)
        advise(context, diagnostic, "retry less often, or after shorter delays");
    else
        advise(context, diagnostic,
               "a deadline of %s holds all of it%s; or retry less often, or after shorter delays",
               time_text(context, worst.all_ns),
               policy->timeout_ns ? "" : " (runs not counted: they have no timeout)");
}

/* ---- retries and idempotence ---- */

static void check_idempotent(struct context *context, const struct node *node,
                             const struct idl_policy *policy,
                             const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *retry = &chosen[policy->by_category ? SETTING_RECOVER : SETTING_RETRY];
    bool command = node->kind == NODE_COMMAND;
    struct idl_diagnostic *diagnostic;

    if (!retry->setting || chosen[SETTING_IDEMPOTENT].setting)
        return;
    diagnostic =
        report(context, command ? RULE_RETRY_NOT_IDEMPOTENT : RULE_RETRIED_EVENT_NOT_IDEMPOTENT,
               place_of(retry), "%s '%s' is retried, but nothing says that it may run twice",
               command ? "command" : "event", node->decl.name);
    partner(diagnostic, node->decl.span, "it is not declared 'idempotent'");
    note_policy(context, diagnostic, retry);
    advise(context, diagnostic,
           "add 'idempotent' when its handler%s can run twice for one %s, else 'retry off'",
           command ? "" : "s", command ? "command" : "event");
}

/* ---- retries and the breaker ---- */

/* The least time between the first and the last of `runs` runs of one message. */
static uint64_t span_of_runs(const struct course *course, uint32_t runs)
{
    double raised = 1;
    uint64_t all = 0;

    for (uint32_t i = 0; i + 1 < runs; i++)
        all = add(all, shortest(course, delay_of(course, &raised)));
    return all;
}

static void check_alone(struct context *context, const struct node *node,
                        const struct idl_policy *policy, const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *retry = &chosen[policy->by_category ? SETTING_RECOVER : SETTING_RETRY];
    const struct chosen *breaker = &chosen[SETTING_BREAKER];
    struct course course = policy->by_category ? courses[0] : course_of(policy);
    uint64_t within =
        policy->breaker_within_ns ? policy->breaker_within_ns : preset.breaker_within_ns;
    bool parks = policy->on_open == IDL_ON_OPEN_PARK ||
                 (policy->on_open == IDL_ON_OPEN_DEFAULT && node->kind == NODE_EVENT);
    struct idl_diagnostic *diagnostic;
    uint32_t runs = course.retries + 1;

    if (!course.retries || !policy->breaker_failures || runs < policy->breaker_failures ||
        !lint_wants(context, RULE_BREAKER_ONE_MESSAGE) ||
        span_of_runs(&course, policy->breaker_failures) >= within)
        return;
    diagnostic = report(
        context, RULE_BREAKER_ONE_MESSAGE, place_of(breaker),
        "the breaker opens after %u failure%s within %s, and one message alone is "
        "run up to %u times%s",
        policy->breaker_failures, policy->breaker_failures == 1 ? "" : "s",
        time_text(context, within), runs,
        runs == policy->breaker_failures || parks ? "" : ": those that are left then never happen");
    if (!shown(context, diagnostic))
        return;
    partner(diagnostic, place_of(retry), "it is retried here");
    note_policy(context, diagnostic, breaker);
    if (runs < IDL_POLICY_COUNT_MAX)
        advise(context, diagnostic,
               "'opens_after %u' or more takes two messages; or retry less often", runs + 1);
    else
        advise(context, diagnostic, "retry less often");
}

/* A handler that hangs fails once per timeout. */
static void check_slow(struct context *context, const struct idl_policy *policy,
                       const struct chosen chosen[SETTING_KINDS])
{
    uint64_t within =
        policy->breaker_within_ns ? policy->breaker_within_ns : preset.breaker_within_ns;
    struct idl_diagnostic *diagnostic;

    if (policy->breaker_failures < 2 || !policy->timeout_ns ||
        policy->timeout_ns < within / (policy->breaker_failures - 1) + 1)
        return;
    diagnostic = report(context, RULE_BREAKER_TOO_SLOW, place_of(&chosen[SETTING_BREAKER]),
                        "runs that end by their timeout, one after the other, never open this "
                        "breaker: %u of %s take longer than %s",
                        policy->breaker_failures, time_text(context, policy->timeout_ns),
                        time_text(context, within));
    partner(diagnostic, place_of(&chosen[SETTING_TIMEOUT]), "the timeout is this");
    advise(context, diagnostic, "let failures of a longer time count, or take a shorter timeout");
}

static void check_parked(struct context *context, const struct node *node,
                         const struct idl_policy *policy, const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *on_open = &chosen[SETTING_ON_OPEN];
    const struct chosen *breaker = &chosen[SETTING_BREAKER];
    uint64_t deadline_ns = chosen_duration(&chosen[SETTING_DEADLINE]);
    uint64_t open = policy->breaker_open_ns ? policy->breaker_open_ns : preset.breaker_open_ns;
    bool parks = policy->on_open == IDL_ON_OPEN_PARK ||
                 (policy->on_open == IDL_ON_OPEN_DEFAULT && node->kind == NODE_EVENT);
    struct idl_diagnostic *diagnostic;

    if (!policy->breaker_failures || !parks || !deadline_ns || open <= deadline_ns)
        return;
    diagnostic =
        report(context, RULE_PARK_PAST_DEADLINE, place_of(on_open->setting ? on_open : breaker),
               "what waits for the breaker expires: it stays open for %s, but the "
               "deadline is %s",
               time_text(context, open), time_text(context, deadline_ns));
    partner(diagnostic, place_of(&chosen[SETTING_DEADLINE]), "the deadline is this");
    advise(context, diagnostic,
           "'on_open dead_letter' keeps it; or probe earlier: 'probes 3 after %s'",
           time_text(context, deadline_ns / 2 ? deadline_ns / 2 : 1));
}

/* ---- retries and their budget ---- */

static void check_budget(struct context *context, const struct idl_policy *policy,
                         const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *retry = &chosen[SETTING_RETRY];

    if (!policy->retry_budget || policy->retry_budget < policy->retries * 100)
        return;
    contradicts(context, RULE_BUDGET_NO_BOUND, retry, &(struct chosen){0},
                "a budget of 100 retries for 100 calls bounds nothing where each call has one", "",
                "take a smaller budget, as 'retry 1 budget 20', or none");
}

void check_arithmetic(struct context *context, const struct node *node,
                      const struct idl_policy *policy, const struct chosen chosen[SETTING_KINDS])
{
    if (policy->retries || policy->by_category) {
        check_deadline(context, policy, chosen);
        check_idempotent(context, node, policy, chosen);
        check_alone(context, node, policy, chosen);
        check_budget(context, policy, chosen);
    }
    check_slow(context, policy, chosen);
    check_parked(context, node, policy, chosen);
}
