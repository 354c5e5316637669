/*
 * resolve_message.c - events, commands and the policies they use.
 */
#include "resolve.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *setting_text(enum setting_kind kind)
{
    static const enum word words[] = {WORD_PRIORITY, WORD_WHEN_FULL, WORD_DEADLINE, WORD_IDEMPOTENT,
                                      WORD_KIND};

    return word_texts[words[kind]];
}

static void resolve_settings(struct context *context, struct node *node)
{
    for (struct setting_node *setting = node->body.settings; setting; setting = setting->next) {
        bool deadline = setting->kind == SETTING_DEADLINE;
        uint64_t duration;

        if (!deadline && !(setting->kind == SETTING_WHEN_FULL && setting->choice == IDL_BLOCK))
            continue;
        duration = resolve_duration(context, node->unit, &setting->duration,
                                    deadline ? "the deadline" : "the time that 'block' waits");
        setting->duration.kind = duration ? VALUE_DURATION : VALUE_WRONG; /* said once */
        setting->duration.magnitude = duration;
    }
}

void resolve_policy(struct context *context, struct node *node)
{
    resolve_settings(context, node);
    if (!node->body.settings && !node->broken)
        advise(context,
               report(context, RULE_EMPTY_DECLARATION, node->decl.span,
                      "policy '%s' has no settings", quote(context, node->decl.span)),
               "declare at least one, as 'priority high;'");
}

/* ---- settings ---- */

/* Where a setting of a message comes from. */
struct chosen {
    const struct setting_node *setting;
    const struct use_node *use; /* NULL: stands in the message itself */
};

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

/* The place to show for a setting: in the message, also when a policy brings it. */
static struct idl_span place_of(const struct chosen *chosen)
{
    return chosen->use ? chosen->use->policy.span : chosen->setting->span;
}

static void not_for_commands(struct context *context, struct node *node,
                             const struct chosen *chosen)
{
    advise(context,
           report(context, RULE_SETTING_NOT_ALLOWED, place_of(chosen), "a command has no kind"),
           "remove 'kind' from command '%s': it is for events", node->decl.name);
}

static void apply_full(struct context *context, struct node *node, const struct chosen *chosen)
{
    struct idl_message *message = node->model.message;
    const struct chosen *full = &chosen[SETTING_WHEN_FULL];
    struct idl_diagnostic *diagnostic;

    if (!full->setting)
        return;
    message->when_full = (enum idl_when_full)full->setting->choice;
    if (message->when_full == IDL_BLOCK && full->setting->duration.kind == VALUE_DURATION)
        message->block_ns = full->setting->duration.magnitude;
    if (message->when_full != IDL_DROP_OLDEST)
        return;
    if (node->kind == NODE_COMMAND) {
        diagnostic = report(context, RULE_DROP_OLDEST_COMMAND, place_of(full),
                            "a command cannot be dropped");
        if (full->use)
            partner(diagnostic, full->setting->span, "the policy says so here");
        advise(context, diagnostic,
               "somebody waits for its answer: use 'reject_new' or 'block' for '%s'",
               node->decl.name);
    } else if (message->priority == IDL_CRITICAL) {
        diagnostic = report(context, RULE_DROP_OLDEST_CRITICAL, place_of(full),
                            "a critical message cannot be dropped");
        partner(diagnostic, chosen[SETTING_PRIORITY].setting->span, "it is critical here");
        advise(context, diagnostic, "use 'reject_new' or 'block', or another priority");
    }
}

static void apply_kind(struct context *context, struct node *node, const struct chosen *chosen)
{
    struct idl_message *message = node->model.message;
    const char *bus = node->unit->bus->decl.name;

    if (node->kind == NODE_COMMAND) {
        message->kind = IDL_COMMAND;
        if (chosen->setting)
            not_for_commands(context, node, chosen);
        return;
    }
    message->kind =
        chosen->setting ? (enum idl_message_kind)chosen->setting->choice : IDL_DOMAIN_EVENT;
    if (message->kind == IDL_SYSTEM_EVENT && bus && strcmp(bus, "bus_system") != 0)
        advise(context,
               report(context, RULE_SYSTEM_EVENT, place_of(chosen),
                      "only the bus itself has system events"),
               "use 'kind domain', which is the default");
}

static void apply_settings(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;
    struct chosen chosen[SETTING_KINDS] = {{0}};
    struct use_node *uses = NULL;

    /* They were collected backwards. */
    for (struct use_node *use = node->body.uses, *next; use; use = next) {
        next = use->next;
        use->next = uses;
        uses = use;
    }
    node->body.uses = uses;
    resolve_settings(context, node);
    for (const struct setting_node *setting = node->body.settings; setting; setting = setting->next)
        chosen[setting->kind].setting = setting;
    for (const struct use_node *use = uses; use; use = use->next)
        choose_from_policy(context, node, use, chosen);
    message->priority = chosen[SETTING_PRIORITY].setting
                            ? (enum idl_priority)chosen[SETTING_PRIORITY].setting->choice
                            : IDL_NORMAL;
    message->idempotent = chosen[SETTING_IDEMPOTENT].setting != NULL;
    if (chosen[SETTING_DEADLINE].setting &&
        chosen[SETTING_DEADLINE].setting->duration.kind == VALUE_DURATION)
        message->deadline_ns = chosen[SETTING_DEADLINE].setting->duration.magnitude;
    apply_kind(context, node, &chosen[SETTING_KIND]);
    apply_full(context, node, chosen);
}

/* ---- answers ---- */

static void resolve_answers(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;
    struct answer_node *answers = NULL;
    struct answer_node *returns = NULL;
    struct idl_answer *models;
    struct map names = {0};
    uint32_t count = 0;
    uint32_t at = 0;

    for (struct answer_node *answer = node->body.answers, *next; answer; answer = next) {
        next = answer->next;
        answer->next = answers;
        answers = answer;
        count++;
    }
    models = arena_take(context->arena, count * sizeof *models + 1);
    message->answers = models;
    for (struct answer_node *answer = answers; answer; answer = answer->next)
        if (answer->returns && !returns) {
            returns = answer;
            message->has_returns = true;
            at = 1;
        }
    for (struct answer_node *answer = answers; answer; answer = answer->next) {
        struct idl_answer *model = answer == returns ? &models[0] : &models[at];
        struct answer_node *other = returns;

        if (!answer->returns)
            other = map_add(context->arena, &names, answer->decl.name, strlen(answer->decl.name),
                            answer);
        if (answer != returns && other) {
            partner(report(context, RULE_DUPLICATE_ANSWER, answer->decl.span,
                           answer->returns ? "'%s' twice in one command"
                                           : "the failure '%s' exists twice",
                           quote(context, answer->decl.span)),
                    other->decl.span, "first declared here");
            continue;
        }
        if (!answer->returns &&
            (strcmp(answer->decl.name, "ok") == 0 || strcmp(answer->decl.name, "no_answer") == 0))
            advise(context,
                   report(context, RULE_ANSWER_NAME, answer->decl.span,
                          "a failure cannot be called '%s'", answer->decl.name),
                   strcmp(answer->decl.name, "ok") == 0
                       ? "'ok' is the name of what 'returns' brings"
                       : "'no_answer' is what the caller sees when nobody answered");
        model->body.decl = answer->decl;
        resolve_body(context, node, &answer->body, &model->body, BODY_IN_ANSWER);
        if (answer != returns)
            at++;
    }
    message->answer_count = at;
}

void resolve_message(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;
    const char *bus = node->unit->bus->decl.name ? node->unit->bus->decl.name : "";
    const char *name = node->decl.was ? node->decl.was : node->decl.name;
    const char *text = arena_join(context->arena, bus, ".", name);

    message->body.decl = node->decl;
    message->id = XXH64(text, strlen(text), 0);
    resolve_body(context, node, &node->body, &message->body, BODY_IN_MESSAGE);
    for (uint32_t i = 0; i < message->body.field_count; i++)
        if (message->body.fields[i].key)
            message->key = &message->body.fields[i];
    apply_settings(context, node);
    if (node->kind == NODE_COMMAND)
        resolve_answers(context, node);
}
