/*
 * versions.c - versions of messages: `event order_placed v2 upgrades v1`.
 *
 * Messages of one name are versions of one message. The highest of them is the message: it is sent,
 * handled and wired under its name. The others are only read any more; each becomes a declaration
 * of its own, a NODE_OLDER called order_placed_v1, so that whatever asks for events and commands
 * passes it over. Each older version is upgraded by exactly one newer, so all ways lead to the
 * highest.
 */
#include "resolve.h"

#include <stdio.h>
#include <string.h>

/* Messages of one name. */
struct family {
    struct node *newest;
    uint32_t count;
    bool broken; /* something about its versions was reported: what follows from it is not */
};

static bool is_message(const struct node *node)
{
    return node->kind == NODE_EVENT || node->kind == NODE_COMMAND;
}

static const char *name_of(struct context *context, const char *name, uint32_t number)
{
    char end[16];

    snprintf(end, sizeof end, "_v%u", (unsigned)number);
    return arena_join(context->arena, name, end, "");
}

static struct family *family_of(const struct map *families, const struct node *node)
{
    const char *name = node->version->base;

    return map_find(families, name, strlen(name));
}

/* ---- families ---- */

static void duplicate(struct context *context, struct node *node, const struct node *other)
{
    struct idl_diagnostic *diagnostic;

    node->duplicate = true;
    if (node->version->said || other->version->said) {
        diagnostic = report(context, RULE_DUPLICATE_NAME, node->decl.span,
                            "version %u of '%s' is declared twice", (unsigned)node->version->number,
                            node->version->base);
        advise(context, diagnostic, "give one of the two another version");
    } else {
        diagnostic = report(context, RULE_DUPLICATE_NAME, node->decl.span, "'%s' is declared twice",
                            node->version->base);
    }
    partner(diagnostic, other->decl.span, "first declared here");
}

/* Enters one message; false: its version is there already. */
static bool enter(struct context *context, struct map *families, struct map *versions,
                  struct node *node)
{
    struct version_node *version = node->version;
    const char *key;
    struct family *family;
    struct node *other;

    if (!version) {
        version = node->version = arena_take(context->arena, sizeof *version);
        version->number = 1;
    }
    version->base = node->decl.name;
    version->command = node->kind == NODE_COMMAND;
    key = name_of(context, version->base, version->number);
    other = map_add(context->arena, versions, key, strlen(key), node);
    if (other) {
        duplicate(context, node, other);
        return false;
    }
    family = family_of(families, node);
    if (!family) {
        family = arena_take(context->arena, sizeof *family);
        map_add(context->arena, families, version->base, strlen(version->base), family);
    }
    family->count++;
    if (!family->newest || family->newest->version->number < version->number)
        family->newest = node;
    return true;
}

/* ---- the chain ---- */

static void not_older(struct context *context, const struct node *node)
{
    const struct version_node *version = node->version;
    struct idl_diagnostic *diagnostic =
        report(context, RULE_UPGRADES_NOT_OLDER, version->upgrades_span,
               "version %u cannot upgrade version %u", (unsigned)version->number,
               (unsigned)version->upgrades);

    if (version->number > 1)
        advise(context, diagnostic, "name the version before it, as 'upgrades v%u'",
               (unsigned)version->number - 1);
    else
        advise(context, diagnostic, "remove it here: the higher version upgrades the lower one");
}

static void unknown(struct context *context, const struct node *node, const struct map *versions)
{
    const struct version_node *version = node->version;
    struct idl_diagnostic *diagnostic =
        report(context, RULE_UNKNOWN_MESSAGE_VERSION, version->upgrades_span,
               "there is no version %u of '%s'", (unsigned)version->upgrades, version->base);

    if (!shown(context, diagnostic))
        return;
    /* The version below it that is there, if a few steps lead to one. */
    for (uint32_t at = version->number - 1; at > 0 && version->number - at < 100; at--) {
        const char *key = name_of(context, version->base, at);

        if (at != version->upgrades && map_find(versions, key, strlen(key))) {
            advise(context, diagnostic, "write 'upgrades v%u', or declare version %u as it was",
                   (unsigned)at, (unsigned)version->upgrades);
            return;
        }
    }
    advise(context, diagnostic, "keep it as it was: %s %s v%u { ... }",
           version->command ? "command" : "event", version->base, (unsigned)version->upgrades);
}

/* Ties a version to the one that it upgrades. */
static void tie(struct context *context, const struct map *families, const struct map *versions,
                struct node *node)
{
    struct version_node *version = node->version;
    struct family *family = family_of(families, node);
    const char *key = name_of(context, version->base, version->upgrades);
    struct node *older = map_find(versions, key, strlen(key));
    struct idl_diagnostic *diagnostic = NULL;

    if (version->upgrades >= version->number) {
        not_older(context, node);
    } else if (!older) {
        unknown(context, node, versions);
    } else if (older->version->newer) {
        diagnostic = report(context, RULE_UPGRADED_TWICE, version->upgrades_span,
                            "version %u of '%s' is upgraded twice", (unsigned)version->upgrades,
                            version->base);
        partner(diagnostic, older->version->newer->version->upgrades_span, "the first time here");
        advise(context, diagnostic, "versions are one behind the other: each upgrades another one");
    } else if (older->version->command != version->command) {
        diagnostic =
            report(context, RULE_VERSION_KIND, node->decl.span,
                   "version %u of '%s' is %s, version %u is %s", (unsigned)version->number,
                   version->base, version->command ? "a command" : "an event",
                   (unsigned)version->upgrades, version->command ? "an event" : "a command");
        partner(diagnostic, older->decl.span, "it is here");
        advise(context, diagnostic, "declare it under a name of its own");
    } else {
        version->older = older;
        older->version->newer = node;
        note_use(context, version->upgrades_span, &older->decl);
        return;
    }
    family->broken = true;
}

/* Of an older version: whether anything upgrades it. */
static void check_upgraded(struct context *context, const struct unit *unit,
                           const struct family *family, const struct node *node)
{
    const struct version_node *version = node->version;
    const struct node *next = family->newest;
    struct idl_diagnostic *diagnostic;

    if (version->newer || family->broken)
        return;
    diagnostic =
        report(context, RULE_NOT_UPGRADED, node->decl.span, "nothing upgrades version %u of '%s'",
               (unsigned)version->number, version->base);
    if (!shown(context, diagnostic))
        return;
    for (const struct node *other = unit->nodes; other; other = other->next)
        if (other->version && !other->duplicate && other->version->base &&
            strcmp(other->version->base, version->base) == 0 &&
            other->version->number > version->number &&
            other->version->number < next->version->number)
            next = other;
    partner(diagnostic, next->decl.span, "the next version is here");
    advise(context, diagnostic, "write '%s v%u upgrades v%u'", version->base,
           (unsigned)next->version->number, (unsigned)version->number);
}

/* ---- settings that have no effect any more ---- */

static void unused(struct context *context, const struct node *node, struct idl_span span,
                   const char *what)
{
    advise(context,
           report(context, RULE_OLDER_VERSION_SETTING, span,
                  "%s of version %u of '%s' have no effect", what, (unsigned)node->version->number,
                  node->version->base),
           "remove them: messages of this version are only read any more, then upgraded");
}

static void check_older(struct context *context, const struct node *node)
{
    const struct body_node *body = &node->body;
    const struct answer_node *answer = body->answers;

    while (answer && answer->next) /* the last in the list is the first in the text */
        answer = answer->next;
    if (body->settings || body->uses)
        unused(context, node, body->settings ? body->settings->span : body->uses->policy.span,
               "settings");
    if (answer)
        unused(context, node, answer->decl.span, "answers");
}

/* ---- all ---- */

static void become_older(struct context *context, struct node *node, struct node *newest)
{
    struct version_node *version = node->version;

    node->kind = NODE_OLDER;
    version->newest = newest;
    node->decl.name = name_of(context, version->base, version->number);
    if (strlen(node->decl.name) > IDL_NAME_MAX)
        report(context, RULE_NAME_TOO_LONG, node->decl.span,
               "with its version, '%s', a name has at most %d characters", node->decl.name,
               IDL_NAME_MAX);
}

void declare_versions(struct context *context, struct unit *unit)
{
    struct map families = {0};
    struct map versions = {0};
    bool any = false;

    for (const struct node *node = unit->nodes; node && !any; node = node->next)
        any = node->version != NULL;
    if (!any)
        return;
    for (struct node *node = unit->nodes; node; node = node->next)
        if (is_message(node))
            enter(context, &families, &versions, node);
    for (struct node *node = unit->nodes; node; node = node->next)
        if (is_message(node) && !node->duplicate && node->version->upgrades)
            tie(context, &families, &versions, node);
    for (struct node *node = unit->nodes; node; node = node->next) {
        const struct family *family = is_message(node) ? family_of(&families, node) : NULL;

        if (!family || family->newest == node)
            continue;
        become_older(context, node, family->newest);
        if (node->duplicate)
            continue;
        check_upgraded(context, unit, family, node);
        check_older(context, node);
    }
}
