/* policy.c - what a failure of a message leads to, before and now. */
#include "breaking/internal.h"

#include <stdio.h>

static const struct idl_policy nothing;

static const char *retry_text(struct breaking *b, const struct idl_policy *p)
{
    static const char *const jitters[] = {"half", "full", "none"};
    char factor[32];

    if (p->retries == 0)
        return "off";
    snprintf(factor, sizeof(factor), "%g", p->backoff_factor);
    return join(b->memory, decimal(b->memory, p->retries), p->retry_budget != 0 ? " budget " : "",
                p->retry_budget != 0 ? decimal(b->memory, p->retry_budget) : "",
                p->backoff_most_ns != 0 ? ", backoff " : "",
                p->backoff_most_ns != 0 ? breaking_duration(b, p->backoff_first_ns) : "",
                p->backoff_most_ns != 0 ? ".." : "",
                p->backoff_most_ns != 0 ? breaking_duration(b, p->backoff_most_ns) : "",
                p->backoff_factor != 0 ? " x" : "", p->backoff_factor != 0 ? factor : "",
                p->jitter != IDL_JITTER_HALF ? " jitter " : "",
                p->jitter != IDL_JITTER_HALF ? jitters[p->jitter] : "", NULL);
}

static const char *breaker_text(struct breaking *b, const struct idl_policy *p)
{
    static const char *const opens[] = {"", ", on_open fail", ", on_open park",
                                        ", on_open dead_letter"};
    struct memory *memory = b->memory;

    if (p->breaker_failures == 0)
        return "off";
    return join(
        memory, p->breaker_name != NULL ? p->breaker_name : "", p->breaker_name != NULL ? " " : "",
        "opens_after ", decimal(memory, p->breaker_failures), " in ",
        breaking_duration(b, p->breaker_within_ns), p->breaker_probes != 0 ? ", probes " : "",
        p->breaker_probes != 0 ? decimal(memory, p->breaker_probes) : "",
        p->breaker_open_ns != 0 ? " after " : "",
        p->breaker_open_ns != 0 ? breaking_duration(b, p->breaker_open_ns) : "", opens[p->on_open],
        NULL);
}

static const char *time_text(struct breaking *b, uint64_t ns)
{
    return ns != 0 ? breaking_duration(b, ns) : "off";
}

void breaking_policies(struct breaking *b, const char *element, const struct idl_message *older,
                       const struct idl_message *newer, const struct breaking_way *way)
{
    const struct idl_policy *before = older->policy != NULL ? older->policy : &nothing;
    const struct idl_policy *now = newer->policy != NULL ? newer->policy : &nothing;

    if (before == now)
        return;
    breaking_setting(b, BREAKING_RETRY, element, older, newer, way, "retry", retry_text(b, before),
                     retry_text(b, now));
    breaking_setting(b, BREAKING_RECOVERY, element, older, newer, way, "'recover by category'",
                     before->by_category ? "said" : "not said",
                     now->by_category ? "said" : "not said");
    breaking_setting(b, BREAKING_BREAKER, element, older, newer, way, "breaker",
                     breaker_text(b, before), breaker_text(b, now));
    breaking_setting(b, BREAKING_TIMEOUT, element, older, newer, way, "timeout",
                     time_text(b, before->timeout_ns), time_text(b, now->timeout_ns));
    breaking_setting(b, BREAKING_APPROVAL, element, older, newer, way, "approval",
                     time_text(b, before->approval_ns), time_text(b, now->approval_ns));
    breaking_setting(b, BREAKING_ORDERED, element, older, newer, way, "'ordered'",
                     before->ordered ? "said" : "not said", now->ordered ? "said" : "not said");
    breaking_setting(b, BREAKING_DEAD_LETTERS, element, older, newer, way, "dead_letters",
                     before->no_dead_letters ? "off" : "on", now->no_dead_letters ? "off" : "on");
}
