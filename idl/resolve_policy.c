/*
 * resolve_policy.c - what a failure of a message leads to, from its settings: contradictions
 * between them, and one struct idl_policy for all messages of a bus that say the same.
 *
 * A setting is `own` when it stands in the message, not in a policy that it uses. Between 'recover'
 * and 'retry' the own one wins, as it does between two of one kind.
 */
#include "resolve.h"

#include <string.h>

static bool is_own(const struct chosen *chosen)
{
    return !chosen->use;
}

static bool is_on(const struct chosen *chosen)
{
    return chosen->setting && !chosen->setting->off;
}

/* ---- contradictions ---- */

void contradicts(struct context *context, enum rule rule, const struct chosen *chosen,
                 const struct chosen *other, const char *text, const char *other_text,
                 const char *advice)
{
    struct idl_diagnostic *diagnostic = report(context, rule, place_of(chosen), "%s", text);

    if (other->setting)
        partner(diagnostic, place_of(other), other_text);
    else if (chosen->use)
        partner(diagnostic, chosen->setting->span, "the policy says so here");
    advise(context, diagnostic, "%s", advice);
}

/* `recover by category` brings delays and numbers of its own. */
static void check_recover(struct context *context, struct chosen chosen[SETTING_KINDS])
{
    static const enum setting_kind excluded[] = {SETTING_RETRY, SETTING_BACKOFF};
    struct chosen *recover = &chosen[SETTING_RECOVER];

    for (size_t i = 0; i < 2 && recover->setting; i++) {
        struct chosen *other = &chosen[excluded[i]];

        if (!other->setting)
            continue;
        if (is_own(recover) == is_own(other)) {
            contradicts(context, RULE_RECOVER_AND_RETRY, recover, other,
                        "'recover by category' says how often and when to try again",
                        "and so does this", "keep one of the two");
            return;
        }
        *(is_own(recover) ? other : recover) = (struct chosen){0};
    }
}

static void check_retry(struct context *context, struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *retry = &chosen[SETTING_RETRY];
    const struct chosen *backoff = &chosen[SETTING_BACKOFF];

    if (!backoff->setting || is_on(retry) || chosen[SETTING_RECOVER].setting ||
        (retry->setting && is_own(retry) && !is_own(backoff)))
        return;
    contradicts(context, RULE_BACKOFF_UNUSED, backoff, retry, "nothing is retried after this delay",
                "retries are off here", "add 'retry 3', or remove 'backoff'");
}

static void check_breaker(struct context *context, const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *breaker = &chosen[SETTING_BREAKER];
    const struct chosen *on_open = &chosen[SETTING_ON_OPEN];

    if (!on_open->setting || is_on(breaker) ||
        (breaker->setting && is_own(breaker) && !is_own(on_open)))
        return;
    contradicts(context, RULE_ON_OPEN_UNUSED, on_open, breaker, "there is no breaker to be open",
                "it is off here", "add 'breaker opens_after 5 in 60s', or remove 'on_open'");
}

static void check_deadline(struct context *context, const struct chosen chosen[SETTING_KINDS])
{
    static const enum setting_kind shorter[] = {SETTING_TIMEOUT, SETTING_APPROVAL};
    const struct chosen *deadline = &chosen[SETTING_DEADLINE];

    for (size_t i = 0; i < 2 && chosen_duration(deadline); i++)
        if (chosen_duration(&chosen[shorter[i]]) > chosen_duration(deadline))
            contradicts(context, RULE_LONGER_THAN_DEADLINE, &chosen[shorter[i]], deadline,
                        shorter[i] == SETTING_TIMEOUT
                            ? "the deadline ends before this timeout"
                            : "the deadline ends before the time for approval",
                        "the deadline is this",
                        "the deadline counts from the publish to the end of the last run");
}

static void check_dead_letters(struct context *context, const struct chosen chosen[SETTING_KINDS])
{
    const struct chosen *letters = &chosen[SETTING_DEAD_LETTERS];
    const struct chosen *on_open = &chosen[SETTING_ON_OPEN];
    const struct chosen *full = &chosen[SETTING_WHEN_FULL];

    if (!letters->setting)
        return;
    if (on_open->setting && on_open->setting->choice == IDL_ON_OPEN_DEAD_LETTER)
        contradicts(context, RULE_DEAD_LETTERS_OFF, letters, on_open,
                    "this message has no dead letters", "'on_open' makes it one here",
                    "remove 'dead_letters off', or choose another 'on_open'");
    if (full->setting && full->setting->choice == IDL_DEAD_LETTER)
        contradicts(context, RULE_DEAD_LETTERS_OFF, letters, full,
                    "this message has no dead letters", "'when_full' makes it one here",
                    "remove 'dead_letters off', or choose another 'when_full'");
}

void not_for(struct context *context, const struct chosen *chosen, const char *text,
             const char *advice)
{
    contradicts(context, RULE_SETTING_NOT_ALLOWED, chosen, &(struct chosen){0}, text, "", advice);
}

/* What depends on what the message is. */
static void check_message(struct context *context, const struct node *node,
                          const struct chosen chosen[SETTING_KINDS])
{
    const struct idl_message *message = node->model.message;

    if (chosen[SETTING_ORDERED].setting && message->kind == IDL_COMMAND)
        not_for(context, &chosen[SETTING_ORDERED], "commands are not kept in order",
                "remove 'ordered': it is for events");
    else if (chosen[SETTING_ORDERED].setting && !message->key)
        contradicts(context, RULE_ORDERED_WITHOUT_KEY, &chosen[SETTING_ORDERED],
                    &(struct chosen){0}, "the order of a key is kept, but no field is the key", "",
                    "mark a field, as '1 id : u64 key;'");
    if (is_on(&chosen[SETTING_APPROVAL]) && message->kind != IDL_COMMAND)
        not_for(context, &chosen[SETTING_APPROVAL], "an event needs no approval",
                "remove 'approval': it is for commands");
    if (message->kind != IDL_SYSTEM_EVENT)
        return;
    for (uint32_t kind = SETTING_RETRY; kind < SETTING_KINDS; kind++)
        if (chosen[kind].setting)
            not_for(context, &chosen[kind], "a failure of a system event leads to nothing",
                    "remove this setting");
}

/* ---- the policy ---- */

static uint32_t number_of(const struct value *value)
{
    return value->kind == VALUE_INTEGER ? (uint32_t)value->magnitude : 0;
}

static uint64_t duration_of(const struct value *value)
{
    return value->kind == VALUE_DURATION ? value->magnitude : 0;
}

static uint32_t choice_of(const struct chosen *chosen)
{
    return chosen->setting ? chosen->setting->choice : 0;
}

static void fill_policy(struct idl_policy *policy, const struct chosen chosen[SETTING_KINDS])
{
    const struct setting_node *retry = chosen[SETTING_RETRY].setting;
    const struct setting_node *backoff = chosen[SETTING_BACKOFF].setting;
    const struct setting_node *breaker = chosen[SETTING_BREAKER].setting;

    if (is_on(&chosen[SETTING_RETRY])) {
        policy->retries = number_of(&retry->limits->count);
        policy->retry_budget = number_of(&retry->limits->share);
        if (backoff) {
            policy->jitter = (enum idl_jitter)backoff->choice;
            policy->backoff_first_ns = duration_of(&backoff->duration);
            policy->backoff_most_ns = duration_of(&backoff->limits->longest);
            policy->backoff_factor =
                backoff->limits->factor.kind == VALUE_FLOAT ? backoff->limits->factor.real : 0;
        }
    }
    if (is_on(&chosen[SETTING_BREAKER])) {
        policy->breaker_failures = number_of(&breaker->limits->count);
        policy->breaker_within_ns = duration_of(&breaker->duration);
        policy->breaker_open_ns = duration_of(&breaker->limits->longest);
        policy->breaker_probes = number_of(&breaker->limits->share);
        policy->breaker_name = breaker->limits->shared;
        policy->on_open = (enum idl_on_open)choice_of(&chosen[SETTING_ON_OPEN]);
    }
    policy->timeout_ns = chosen_duration(&chosen[SETTING_TIMEOUT]);
    policy->approval_ns = chosen_duration(&chosen[SETTING_APPROVAL]);
    policy->ordered = chosen[SETTING_ORDERED].setting != NULL;
    policy->by_category = chosen[SETTING_RECOVER].setting != NULL;
    policy->no_dead_letters = chosen[SETTING_DEAD_LETTERS].setting != NULL;
}

enum { POLICY_WORDS = 15 };

/* All that it says, to be compared byte by byte. False: it says nothing. */
static bool spell_policy(const struct idl_policy *policy, uint64_t words[POLICY_WORDS])
{
    static const uint64_t nothing[POLICY_WORDS];
    uint64_t factor;

    memcpy(&factor, &policy->backoff_factor, sizeof factor);
    words[0] = policy->retries;
    words[1] = (uint64_t)policy->jitter;
    words[2] = policy->backoff_first_ns;
    words[3] = policy->backoff_most_ns;
    words[4] = factor;
    words[5] = policy->retry_budget;
    words[6] = policy->breaker_failures;
    words[7] = policy->breaker_within_ns;
    words[8] = policy->breaker_open_ns;
    words[9] = policy->breaker_probes;
    words[10] = (uint64_t)(uintptr_t)policy->breaker_name; /* one text for each name */
    words[11] = (uint64_t)policy->on_open;
    words[12] = policy->timeout_ns;
    words[13] = policy->approval_ns;
    words[14] = (uint64_t)policy->ordered | (uint64_t)policy->by_category << 1 |
                (uint64_t)policy->no_dead_letters << 2;
    return memcmp(words, nothing, sizeof nothing) != 0;
}

void resolve_guard(struct context *context, struct node *node, struct chosen chosen[SETTING_KINDS])
{
    bool silent = true;
    struct idl_policy *policy;
    struct idl_policy *same;
    uint64_t *words;

    for (uint32_t kind = SETTING_RETRY; kind < SETTING_KINDS; kind++)
        silent = silent && !chosen[kind].setting;
    if (silent)
        return;

    check_recover(context, chosen);
    check_retry(context, chosen);
    check_breaker(context, chosen);
    check_deadline(context, chosen);
    check_dead_letters(context, chosen);
    check_message(context, node, chosen);
    policy = arena_take(context->arena, sizeof *policy);
    words = arena_take(context->arena, POLICY_WORDS * sizeof *words);
    fill_policy(policy, chosen);
    check_arithmetic(context, node, policy, chosen);
    if (!spell_policy(policy, words))
        return;
    same = map_add(context->arena, &node->unit->policies, (const char *)words,
                   POLICY_WORDS * sizeof *words, policy);
    if (!same) {
        policy->index = node->unit->policy_list.count;
        list_add(context->arena, &node->unit->policy_list, policy);
        same = policy;
    }
    node->model.message->policy = same;
}
