/*
 * resolve_message.c - events and commands.
 */
#include "resolve.h"

#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static void command_kind(struct context *context, struct node *node, const struct chosen *chosen)
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
    if (message->when_full == IDL_BLOCK)
        message->block_ns = chosen_duration(full);
    if (message->deadline_ns && message->block_ns > message->deadline_ns)
        contradicts(context, RULE_LONGER_THAN_DEADLINE, full, &chosen[SETTING_DEADLINE],
                    "the deadline ends before the time that 'block' waits", "the deadline is this",
                    "the deadline counts from the publish to the end of the last run");
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
            command_kind(context, node, chosen);
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

static void apply_durable(struct context *context, struct node *node, const struct chosen *chosen)
{
    const struct chosen *durable = &chosen[SETTING_DURABLE];
    const struct chosen *full = &chosen[SETTING_WHEN_FULL];

    if (!durable->setting)
        return;
    node->model.message->durable = true;
    if (node->model.message->kind == IDL_COMMAND)
        not_for(context, durable, "a command is not durable",
                "remove 'durable': who executes a command learns what became of it");
    else if (node->model.message->kind == IDL_SYSTEM_EVENT)
        not_for(context, durable, "a system event is not durable", "remove this setting");
    if (full->setting && full->setting->choice == IDL_DROP_OLDEST)
        contradicts(context, RULE_DURABLE_DROPPED, durable, full, "a durable event is not dropped",
                    "'when_full' drops it here", "remove one of the two");
    if (chosen[SETTING_KEEP].setting)
        contradicts(context, RULE_DURABLE_DROPPED, durable, &chosen[SETTING_KEEP],
                    "a durable event is not replaced", "by 'keep last' it is",
                    "remove one of the two");
}

static void apply_keep(struct context *context, struct node *node, const struct chosen *chosen)
{
    struct idl_message *message = node->model.message;
    const struct chosen *keep = &chosen[SETTING_KEEP];
    const struct chosen *full = &chosen[SETTING_WHEN_FULL];

    if (!keep->setting)
        return;
    message->keep_last = true;
    if (message->kind == IDL_COMMAND || message->kind == IDL_SYSTEM_EVENT) {
        not_for(context, keep,
                message->kind == IDL_COMMAND ? "a command is not replaced by a later one"
                                             : "a system event is not replaced by a later one",
                "remove 'keep last': it is for events of your own");
        return;
    }
    if (!message->key)
        contradicts(context, RULE_KEEP_LAST_WITHOUT_KEY, keep, &(struct chosen){0},
                    "the last of each key is kept, but no field is the key", "",
                    "mark a field, as '1 id : u64 key;'");
    if (chosen[SETTING_ORDERED].setting)
        contradicts(context, RULE_KEEP_LAST_CONFLICT, keep, &chosen[SETTING_ORDERED],
                    "of each key only the last event is kept", "'ordered' wants them all",
                    "remove one of the two");
    if (full->setting && full->setting->choice == IDL_DROP_OLDEST)
        contradicts(context, RULE_KEEP_LAST_CONFLICT, keep, full,
                    "the last event of each key is kept", "'when_full' drops it here",
                    "remove one of the two");
}

static void apply_rate(struct idl_message *message, const struct chosen *rate)
{
    if (!rate->setting || rate->setting->limits->count.kind != VALUE_INTEGER ||
        chosen_duration(rate) == 0)
        return;
    message->rate = rate->setting->limits->count.magnitude;
    message->rate_ns = chosen_duration(rate);
}

static void apply_settings(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;
    struct chosen chosen[SETTING_KINDS] = {{0}};

    choose_settings(context, node, chosen);
    message->priority = chosen[SETTING_PRIORITY].setting
                            ? (enum idl_priority)chosen[SETTING_PRIORITY].setting->choice
                            : IDL_NORMAL;
    message->idempotent = chosen[SETTING_IDEMPOTENT].setting != NULL;
    message->deadline_ns = chosen_duration(&chosen[SETTING_DEADLINE]);
    apply_rate(message, &chosen[SETTING_RATE]);
    apply_kind(context, node, &chosen[SETTING_KIND]);
    apply_full(context, node, chosen);
    apply_durable(context, node, chosen);
    apply_keep(context, node, chosen);
    resolve_guard(context, node, chosen);
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

static void resolve_identity(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;
    const struct version_node *version = node->version;
    const char *bus = node->unit->bus->decl.name ? node->unit->bus->decl.name : "";
    const char *text;
    char end[16] = "";

    message->base = version ? version->base : node->decl.name;
    message->version = version ? version->number : 1;
    if (version && version->older)
        message->upgrades = version->older->model.message;
    if (version && version->newer)
        message->newer = version->newer->model.message;
    /* So what was written before there was a second version stays what it is. */
    if (message->version > 1)
        snprintf(end, sizeof end, ".v%u", (unsigned)message->version);
    text = arena_join(context->arena, bus, ".", node->decl.was ? node->decl.was : message->base);
    text = arena_join(context->arena, text, end, "");
    message->id = XXH64(text, strlen(text), 0);
}

void resolve_message(struct context *context, struct node *node)
{
    struct idl_message *message = node->model.message;

    message->body.decl = node->decl;
    resolve_identity(context, node);
    resolve_body(context, node, &node->body, &message->body, BODY_IN_MESSAGE);
    for (uint32_t i = 0; i < message->body.field_count; i++)
        if (message->body.fields[i].key)
            message->key = &message->body.fields[i];
    if (node->kind == NODE_OLDER) {
        message->kind = node->version->newest->model.message->kind;
        message->priority = IDL_NORMAL;
        return;
    }
    apply_settings(context, node);
    if (node->kind == NODE_COMMAND)
        resolve_answers(context, node);
}
