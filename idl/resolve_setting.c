/*
 * resolve_setting.c - the values of settings, in policies and messages, and which of them a message
 * has.
 */
#include "resolve.h"

#include <string.h>

/* ---- values ---- */

/* Leaves the number in `value`, or VALUE_WRONG, so that it is said once however often the policy is
 * used. */
static void settle_count(struct context *context, struct unit *unit, struct value *value,
                         uint32_t most, const char *what)
{
    if (value->kind == VALUE_NONE || !resolve_value(context, unit, value))
        return;
    if (value->kind == VALUE_INTEGER && !value->negative && value->magnitude > 0 &&
        value->magnitude <= most)
        return;
    advise(context,
           report(context, RULE_SETTING_RANGE, value->span,
                  "%s must be a whole number from 1 to %u", what, most),
           value->kind == VALUE_INTEGER && value->magnitude == 0 && most != IDL_RATE_MAX
               ? "write 'off' to have none, as 'retry off' or 'breaker off'"
               : "take a number in this range");
    value->kind = VALUE_WRONG;
}

static void settle_duration(struct context *context, struct unit *unit, struct value *value,
                            const char *what)
{
    uint64_t duration;

    if (value->kind == VALUE_NONE)
        return;
    duration = resolve_duration(context, unit, value, what);
    value->kind = duration ? VALUE_DURATION : VALUE_WRONG;
    value->magnitude = duration;
}

static void settle_factor(struct context *context, struct value *value)
{
    double factor = value->kind == VALUE_INTEGER ? (double)value->magnitude : value->real;

    if (value->kind == VALUE_NONE || value->kind == VALUE_WRONG)
        return;
    if ((value->kind == VALUE_INTEGER || value->kind == VALUE_FLOAT) && factor >= 1 &&
        factor <= IDL_BACKOFF_FACTOR_MAX) {
        value->kind = VALUE_FLOAT;
        value->real = factor;
        return;
    }
    advise(context,
           report(context, RULE_SETTING_RANGE, value->span,
                  "the factor of 'backoff' must be a number from 1 to %d", IDL_BACKOFF_FACTOR_MAX),
           "each delay is the one before times this: x2 doubles it, x1 keeps it");
    value->kind = VALUE_WRONG;
}

static void settle_backoff(struct context *context, struct unit *unit, struct setting_node *setting)
{
    struct limits_node *limits = setting->limits;
    struct idl_diagnostic *diagnostic;

    settle_duration(context, unit, &setting->duration, "the first delay");
    settle_duration(context, unit, &limits->longest, "the longest delay");
    settle_factor(context, &limits->factor);
    if (setting->duration.kind != VALUE_DURATION || limits->longest.kind != VALUE_DURATION ||
        setting->duration.magnitude <= limits->longest.magnitude)
        return;
    diagnostic = report(context, RULE_BACKOFF_RANGE, setting->duration.span,
                        "the first delay is longer than the longest");
    partner(diagnostic, limits->longest.span, "the longest is this");
    advise(context, diagnostic,
           "delays grow from the first to the longest, as 'backoff 100ms..10s'");
}

static bool same_value(const struct value *first, const struct value *second)
{
    return first->kind == VALUE_WRONG || second->kind == VALUE_WRONG ||
           (first->kind == second->kind &&
            (first->kind == VALUE_NONE || first->magnitude == second->magnitude));
}

/* Handlers that name one breaker share it, so all must mean the same one. */
static void settle_shared(struct context *context, struct unit *unit, struct setting_node *setting)
{
    struct limits_node *limits = setting->limits;
    const char *bus = unit->bus->decl.name;
    const struct setting_node *first;
    struct idl_diagnostic *diagnostic;

    limits->shared = arena_join(context->arena, bus ? bus : "", ".", limits->name.name);
    first = map_add(context->arena, &context->breakers, limits->shared, strlen(limits->shared),
                    setting);
    if (!first)
        return;
    limits->shared = first->limits->shared;
    if (same_value(&first->duration, &setting->duration) &&
        same_value(&first->limits->count, &limits->count) &&
        same_value(&first->limits->share, &limits->share) &&
        same_value(&first->limits->longest, &limits->longest))
        return;
    diagnostic = report(context, RULE_BREAKER_MISMATCH, limits->name.span,
                        "breaker '%s' is declared in two ways", limits->name.name);
    partner(diagnostic, first->limits->name.span, "the other is here");
    advise(context, diagnostic, "declare it in a policy that all its messages use");
}

static void settle_breaker(struct context *context, struct unit *unit, struct setting_node *setting)
{
    struct limits_node *limits = setting->limits;

    settle_count(context, unit, &limits->count, IDL_POLICY_COUNT_MAX,
                 "the number of failures that open a breaker");
    settle_duration(context, unit, &setting->duration, "the time within which failures count");
    settle_count(context, unit, &limits->share, IDL_POLICY_COUNT_MAX, "the number of probes");
    settle_duration(context, unit, &limits->longest, "the time that a breaker stays open");
    if (limits->name.name)
        settle_shared(context, unit, setting);
}

static void settle_settings(struct context *context, struct node *node)
{
    for (struct setting_node *setting = node->body.settings; setting; setting = setting->next) {
        if (setting->off)
            continue;
        switch (setting->kind) {
        case SETTING_DEADLINE:
            settle_duration(context, node->unit, &setting->duration, "the deadline");
            break;
        case SETTING_TIMEOUT:
            settle_duration(context, node->unit, &setting->duration, "the timeout");
            break;
        case SETTING_APPROVAL:
            settle_duration(context, node->unit, &setting->duration,
                            "the time that a command waits for approval");
            break;
        case SETTING_WHEN_FULL:
            settle_duration(context, node->unit, &setting->duration, "the time that 'block' waits");
            break;
        case SETTING_RATE:
            settle_count(context, node->unit, &setting->limits->count, IDL_RATE_MAX,
                         "the number of messages of a rate");
            settle_duration(context, node->unit, &setting->duration, "the time of a rate");
            break;
        case SETTING_RETRY:
            settle_count(context, node->unit, &setting->limits->count, IDL_POLICY_COUNT_MAX,
                         "the number of retries");
            settle_count(context, node->unit, &setting->limits->share, IDL_RETRY_BUDGET_MAX,
                         "the budget, retries for 100 calls,");
            break;
        case SETTING_BACKOFF:
            settle_backoff(context, node->unit, setting);
            break;
        case SETTING_BREAKER:
            settle_breaker(context, node->unit, setting);
            break;
        default:
            break;
        }
    }
}

void resolve_policy(struct context *context, struct node *node)
{
    settle_settings(context, node);
    if (!node->body.settings && !node->broken)
        advise(context,
               report(context, RULE_EMPTY_DECLARATION, node->decl.span,
                      "policy '%s' has no settings", quote(context, node->decl.span)),
               "declare at least one, as 'priority high;'");
}

/* ---- which ones a message has ---- */

static void choose_from_policy(struct context *context, struct node *node,
                               const struct use_node *use, struct chosen chosen[SETTING_KINDS])
{
    struct node *policy =
        resolve_name(context, node->unit, &use->policy, RULE_UNKNOWN_NAME, "policy");

    if (!policy)
        return;
    if (policy->kind != NODE_POLICY) {
        wrong_kind(context, &use->policy, policy, "a policy");
        return;
    }
    policy->used = true;
    for (const struct setting_node *setting = policy->body.settings; setting;
         setting = setting->next) {
        struct chosen *other = &chosen[setting->kind];
        struct idl_diagnostic *diagnostic;

        if (other->setting && !other->use)
            continue; /* the message's own wins */
        if (!other->setting) {
            *other = (struct chosen){setting, use};
            continue;
        }
        if (other->setting == setting) {
            diagnostic = report(context, RULE_DUPLICATE_SETTING, use->policy.span,
                                "policy '%s' is used twice", quote(context, use->policy.span));
            partner(diagnostic, other->use->policy.span, "first used here");
            return;
        }
        diagnostic = report(context, RULE_POLICY_CONFLICT, use->policy.span,
                            "policy '%s' sets '%s', which another used policy sets too",
                            quote(context, use->policy.span), setting_text(setting->kind));
        partner(diagnostic, other->use->policy.span, "the other policy");
        advise(context, diagnostic, "set '%s' in the message itself, which wins over both",
               setting_text(setting->kind));
    }
}

void choose_settings(struct context *context, struct node *node,
                     struct chosen chosen[SETTING_KINDS])
{
    struct use_node *uses = NULL;

    /* They were collected backwards. */
    for (struct use_node *use = node->body.uses, *next; use; use = next) {
        next = use->next;
        use->next = uses;
        uses = use;
    }
    node->body.uses = uses;
    settle_settings(context, node);
    for (const struct setting_node *setting = node->body.settings; setting; setting = setting->next)
        chosen[setting->kind].setting = setting;
    for (const struct use_node *use = uses; use; use = use->next)
        choose_from_policy(context, node, use, chosen);
}

struct idl_span place_of(const struct chosen *chosen)
{
    return chosen->use ? chosen->use->policy.span : chosen->setting->span;
}

uint64_t chosen_duration(const struct chosen *chosen)
{
    const struct setting_node *setting = chosen->setting;

    return setting && !setting->off && setting->duration.kind == VALUE_DURATION
               ? setting->duration.magnitude
               : 0;
}
