/* message.c - messages of two buses: which is which, their settings, their answers. */
#include "breaking/internal.h"

#include <string.h>

/* "order_placed", of its second version "order_placed.v2": what its id is made of. */
static const char *identity(struct breaking *b, const struct idl_message *message)
{
    const char *name = message->body.decl.was != NULL ? message->body.decl.was : message->base;

    if (message->version == 1)
        return name;
    return join(b->memory, name, ".v", decimal(b->memory, message->version), NULL);
}

static uint32_t version_count(const struct idl_bus *bus)
{
    return bus->message_count + bus->older_count;
}

static const char *const kind_texts[] = {"command", "domain event", "system event",
                                         "integration event"};
static const char *const priority_texts[] = {"critical", "high", "normal", "low", "idle"};

/* All versions of a message lead to the newest, by their ids; so does its name. */
static void index_messages(struct breaking *b)
{
    size_t count = 0, names = 0;

    for (size_t i = 0; i < b->bus_count; i++) {
        count += version_count(b->buses[i]);
        names += b->buses[i]->message_count;
    }
    b->messages = breaking_index_make(b->memory, count);
    b->message_names = breaking_index_make(b->memory, names);
    count = names = 0;
    for (size_t i = 0; i < b->bus_count; i++)
        for (uint32_t j = 0; j < b->buses[i]->message_count; j++) {
            const struct idl_message *newest = b->buses[i]->messages[j];

            b->message_names.entries[names++] =
                (struct breaking_entry){breaking_name(b, &newest->body.decl), 0, newest};
            for (const struct idl_message *m = newest; m != NULL; m = m->upgrades)
                b->messages.entries[count++] = (struct breaking_entry){NULL, m->id, newest};
        }
    breaking_index_sort(&b->messages);
    breaking_index_sort(&b->message_names);
}

const struct idl_message *breaking_message_now(struct breaking *b, const struct idl_message *older)
{
    const struct idl_message *now;

    if (b->messages.entries == NULL)
        index_messages(b);
    now = breaking_find_number(&b->messages, older->id);
    if (now != NULL || older->newer != NULL)
        return now;
    /* Its version is gone, but not the message. */
    now = breaking_find_name(&b->message_names, breaking_name(b, &older->body.decl));
    return now != NULL && now->version != older->version ? now : NULL;
}

uint64_t breaking_id_now(struct breaking *b, const struct idl_message *message)
{
    const struct idl_message *now = breaking_message_now(b, message);

    return now != NULL ? now->id : message->id;
}

/* ---- settings ---- */

struct breaking_finding *breaking_setting(struct breaking *b, enum breaking_rule_id rule,
                                          const char *element, const struct idl_message *older,
                                          const struct idl_message *newer,
                                          const struct breaking_way *way, const char *what,
                                          const char *before, const char *now)
{
    struct breaking_finding *finding;

    if (strcmp(before, now) == 0)
        return NULL;
    finding = breaking_add(b, rule, element, &older->body.decl, &newer->body.decl,
                           join(b->memory, what, " was ", before, ", is ", now, NULL));
    finding->before_text = join(b->memory, what, " was ", before, NULL);
    finding->advice = "declare a new message for what is treated otherwise, or leave it as it was";
    finding->way = way;
    finding->probe = BREAKING_MESSAGE;
    finding->old_message = older;
    finding->new_message = newer;
    return finding;
}

static const char *overflow_text(struct breaking *b, const struct idl_message *message)
{
    switch (message->when_full) {
    case IDL_DROP_OLDEST:
        return "drop_oldest";
    case IDL_BLOCK:
        return join(b->memory, "block ", breaking_duration(b, message->block_ns), NULL);
    case IDL_RATE_LIMIT:
        return "rate_limit";
    case IDL_DEAD_LETTER:
        return "dead_letter";
    default:
        return "reject_new";
    }
}

static const char *deadline_text(struct breaking *b, const struct idl_message *message)
{
    return message->deadline_ns != 0 ? breaking_duration(b, message->deadline_ns) : "none";
}

static const char *rate_text(struct breaking *b, const struct idl_message *message)
{
    if (message->rate == 0)
        return "not said";
    return join(b->memory, decimal(b->memory, message->rate), " in ",
                breaking_duration(b, message->rate_ns), NULL);
}

static void compare_rate(struct breaking *b, const char *element, const struct idl_message *older,
                         const struct idl_message *newer, const struct breaking_way *way)
{
    struct breaking_finding *finding;

    if (older->rate == newer->rate && older->rate_ns == newer->rate_ns)
        return;
    finding = breaking_setting(b, BREAKING_RATE, element, older, newer, way, "rate",
                               rate_text(b, older), rate_text(b, newer));
    if (finding != NULL)
        finding->advice = "'busgen plan' tells what the lanes and workers make of it";
}

static const char *said(bool is)
{
    return is ? "said" : "not said";
}

static void compare_key(struct breaking *b, const char *element, const struct idl_message *older,
                        const struct idl_message *newer, const struct breaking_way *way)
{
    struct breaking_finding *finding;
    const struct idl_field *before = older->key;
    const struct idl_field *now = newer->key;

    if (before == NULL && now == NULL)
        return;
    if (before != NULL && now != NULL &&
        (older->version == newer->version ? before->number == now->number
                                          : strcmp(before->decl.name, now->decl.name) == 0 &&
                                                before->type.kind == now->type.kind))
        return; /* within one version another type is a finding of its own */
    finding =
        breaking_add(b, BREAKING_KEY, element, before != NULL ? &before->decl : &older->body.decl,
                     now != NULL ? &now->decl : &newer->body.decl,
                     join(b->memory, "the key was ",
                          before != NULL ? breaking_quote(b, before->decl.name) : "none", ", is ",
                          now != NULL ? breaking_quote(b, now->decl.name) : "none", NULL));
    if (before != NULL && now != NULL && strcmp(before->decl.name, now->decl.name) == 0)
        finding->text =
            join(b->memory, "the key ", breaking_quote(b, now->decl.name), " has another type",
                 " than in version ", decimal(b->memory, older->version), NULL);
    finding->before_text = before != NULL ? "this was the key" : "there was no key";
    finding->advice = "what orders messages is part of their contract: declare a new message";
    if (older->version != newer->version)
        return; /* no message has both keys */
    finding->way = way;
    finding->probe = BREAKING_MESSAGE;
    finding->old_message = older;
    finding->new_message = newer;
}

static void compare_settings(struct breaking *b, const char *element,
                             const struct idl_message *older, const struct idl_message *newer,
                             const struct breaking_way *way)
{
    if (older->kind != newer->kind)
        breaking_setting(b, BREAKING_EVENT_KIND, element, older, newer, way, "kind",
                         kind_texts[older->kind], kind_texts[newer->kind]);
    compare_key(b, element, older, newer, way);
    breaking_setting(b, BREAKING_PRIORITY, element, older, newer, way, "priority",
                     priority_texts[older->priority], priority_texts[newer->priority]);
    if (older->when_full != newer->when_full || older->block_ns != newer->block_ns)
        breaking_setting(b, BREAKING_OVERFLOW, element, older, newer, way, "when_full",
                         overflow_text(b, older), overflow_text(b, newer));
    if (older->deadline_ns != newer->deadline_ns)
        breaking_setting(b, BREAKING_DEADLINE, element, older, newer, way, "deadline",
                         deadline_text(b, older), deadline_text(b, newer));
    breaking_setting(b, BREAKING_IDEMPOTENCE, element, older, newer, way, "'idempotent'",
                     said(older->idempotent), said(newer->idempotent));
    breaking_setting(b, BREAKING_DURABILITY, element, older, newer, way, "'durable'",
                     said(older->durable), said(newer->durable));
    breaking_setting(b, BREAKING_KEEP_LAST, element, older, newer, way, "'keep last'",
                     said(older->keep_last), said(newer->keep_last));
    compare_rate(b, element, older, newer, way);
    breaking_policies(b, element, older, newer, way);
}

/* ---- answers ---- */

static struct breaking_index index_answers(struct breaking *b, const struct idl_message *message)
{
    struct breaking_index names = breaking_index_make(b->memory, message->answer_count);

    for (uint32_t i = 0; i < message->answer_count; i++)
        names.entries[i] =
            (struct breaking_entry){message->answers[i].body.decl.name, 0, &message->answers[i]};
    breaking_index_sort(&names);
    return names;
}

static struct breaking_way *body_way(struct breaking *b, const struct idl_table *older,
                                     const struct idl_table *newer)
{
    struct breaking_way *way = allocate(b->memory, sizeof(*way));

    way->old_body = older;
    way->new_body = newer;
    return way;
}

static const char *answer_text(struct breaking *b, const struct idl_answer *answer)
{
    const char *name = answer->body.decl.name;

    return strcmp(name, "ok") == 0 ? "'returns'" : join(b->memory, "'fails ", name, "'", NULL);
}

static void compare_answer(struct breaking *b, const char *element, const struct idl_message *older,
                           uint32_t i, const struct idl_message *newer,
                           const struct breaking_index *names)
{
    const struct idl_answer *before = &older->answers[i];
    struct breaking_finding *finding;
    const struct idl_answer *now = breaking_find_name(names, before->body.decl.name);
    uint32_t at = now != NULL ? (uint32_t)(now - newer->answers) : 0;
    const char *name = breaking_element(b, element, before->body.decl.name);
    const char *text = answer_text(b, before);

    if (now == NULL) {
        finding = breaking_add(b, BREAKING_ANSWER_REMOVED, name, &before->body.decl,
                               &newer->body.decl, join(b->memory, text, " is gone", NULL));
        finding->before_text = "it was here";
        finding->directions = BREAKING_OLD_BYTES;
        finding->advice = "keep the answer: handlers that never give it do no harm";
        finding->way = body_way(b, &before->body, NULL);
        finding->probe = BREAKING_VALUE;
        return;
    }
    if (at != i) {
        finding = breaking_add(b, BREAKING_ANSWER_MOVED, name, &before->body.decl, &now->body.decl,
                               join(b->memory, text, " was answer ", decimal(b->memory, i + 1),
                                    ", is answer ", decimal(b->memory, at + 1), NULL));
        finding->before_text = "it was here";
        finding->directions = BREAKING_BOTH;
        finding->advice = "new answers go behind the others";
        finding->way =
            body_way(b, &before->body, i < newer->answer_count ? &newer->answers[i].body : NULL);
        finding->probe = BREAKING_VALUE;
    }
    breaking_body(b, name, &before->body, &now->body, body_way(b, &before->body, &now->body));
}

static void compare_answers(struct breaking *b, const char *element,
                            const struct idl_message *older, const struct idl_message *newer)
{
    struct breaking_index names = index_answers(b, newer);

    for (uint32_t i = 0; i < older->answer_count; i++)
        compare_answer(b, element, older, i, newer, &names);
    names = index_answers(b, older);
    for (uint32_t i = 0; i < newer->answer_count; i++) {
        const struct idl_table *body = &newer->answers[i].body;
        struct breaking_finding *finding;

        if (breaking_find_name(&names, body->decl.name) != NULL)
            continue;
        finding =
            breaking_add(b, BREAKING_ANSWER_ADDED, breaking_element(b, element, body->decl.name),
                         &older->body.decl, &body->decl,
                         join(b->memory, answer_text(b, &newer->answers[i]), " is new", NULL));
        finding->before_text = "callers of this one do not know it";
        finding->directions = BREAKING_NEW_BYTES;
        finding->advice = "declare a new command, or answer old callers with an answer they know";
        finding->way = body_way(b, NULL, body);
        finding->probe = BREAKING_VALUE;
    }
}

/* ---- messages ---- */

/* Between versions fields are told by their names: the same one holds the same thing. */
static void compare_secrets(struct breaking *b, const char *element,
                            const struct idl_message *older, const struct idl_message *newer)
{
    for (uint32_t i = 0; i < older->body.field_count; i++) {
        const struct idl_field *before = &older->body.fields[i];

        for (uint32_t k = 0; k < newer->body.field_count && before->secret; k++) {
            const struct idl_field *now = &newer->body.fields[k];
            struct breaking_finding *finding;

            if (now->secret || strcmp(before->decl.name, now->decl.name) != 0)
                continue;
            finding = breaking_add(
                b, BREAKING_SECRET_LOST, breaking_element(b, element, now->decl.name),
                &before->decl, &now->decl,
                join(b->memory, breaking_quote(b, now->decl.name), " was secret in version ",
                     decimal(b->memory, older->version), ", is not", NULL));
            finding->before_text = "it was secret";
            finding->advice = "say 'secret'; else logs and listings show it";
        }
    }
}

/* Name, kind, settings and answers: what only the newest version of a message has. */
static void compare_newest(struct breaking *b, const char *element, const struct idl_message *older,
                           const struct idl_message *newer, const struct breaking_way *way)
{
    struct breaking_finding *finding;

    if (strcmp(older->base, newer->base) != 0) {
        finding =
            breaking_add(b, BREAKING_MESSAGE_RENAMED, element, &older->body.decl, &newer->body.decl,
                         join(b->memory, "it was called ", breaking_quote(b, older->base), NULL));
        finding->before_text = "it was called so";
        finding->advice = "on the wire it is the same; programs name it anew";
    }
    if ((older->kind == IDL_COMMAND) != (newer->kind == IDL_COMMAND)) {
        finding = breaking_add(
            b, BREAKING_MESSAGE_KIND, element, &older->body.decl, &newer->body.decl,
            join(b->memory, "it was ", older->kind == IDL_COMMAND ? "a command" : "an event",
                 ", is ", newer->kind == IDL_COMMAND ? "a command" : "an event", NULL));
        finding->before_text = "it was another kind";
        finding->directions = BREAKING_BOTH;
        finding->advice = "declare it under a name of its own";
        finding->way = way;
        finding->probe = BREAKING_MESSAGE;
        finding->old_message = older;
        finding->new_message = newer;
    } else {
        compare_settings(b, element, older, newer, way);
        compare_answers(b, element, older, newer);
        if (older->version != newer->version)
            compare_secrets(b, element, older, newer);
    }
}

/* Another version is written than before; what that wrote may be upgraded or not. */
static void version_added(struct breaking *b, const struct idl_message *older,
                          const struct idl_message *newest, bool upgraded)
{
    const char *element = breaking_name(b, &newest->body.decl);
    const char *before = decimal(b->memory, older->version);
    struct breaking_finding *finding =
        breaking_add(b, BREAKING_MESSAGE_VERSION, element, &older->body.decl, &newest->body.decl,
                     join(b->memory, "version ", decimal(b->memory, newest->version),
                          " is written now, it was version ", before, NULL));

    finding->before_text = "who has this one does not know it";
    finding->directions = BREAKING_NEW_BYTES;
    finding->advice = "see that who reads is renewed before who writes";
    if (upgraded)
        finding->advice = join(b->memory, "what version ", before, " wrote is read and upgraded; ",
                               finding->advice, NULL);
    finding->way = body_way(b, NULL, &newest->body);
    finding->probe = BREAKING_VALUE;
    finding->new_message = newest;
}

/* One version of a message, before and now; where it is the message only in one of the two, or in
 * none, there is nothing but its fields to compare. */
static void compare_versions(struct breaking *b, const struct idl_message *older,
                             const struct idl_message *newer, const struct breaking_index *names)
{
    const struct breaking_way *way = body_way(b, &older->body, &newer->body);
    const struct idl_message *newest = breaking_find_name(names, newer->base);

    if (older->newer == NULL) {
        if (newest != newer)
            version_added(b, older, newest, true);
        compare_newest(b, breaking_name(b, &newest->body.decl), older, newest, way);
    }
    breaking_body(b, breaking_name(b, &newer->body.decl), &older->body, &newer->body, way);
}

/* `newest` has the name, but nothing reads this version any more. */
static void version_removed(struct breaking *b, const struct idl_message *older,
                            const struct idl_message *newest)
{
    const char *number = decimal(b->memory, older->version);
    const char *name = join(b->memory, older->base, "_v", number, NULL);
    struct breaking_finding *finding = breaking_add(
        b, BREAKING_MESSAGE_VERSION_REMOVED, breaking_element(b, b->new_bus->decl.name, name),
        &older->body.decl, &newest->body.decl,
        join(b->memory, "version ", number, " of ", breaking_quote(b, older->base), " is gone",
             NULL));

    finding->before_text = "it was here";
    finding->directions = BREAKING_OLD_BYTES;
    finding->advice = join(b->memory, "keep it as it was, '", older->base, " v", number,
                           "', and upgrade it until nothing is left that it wrote", NULL);
    finding->way = body_way(b, &older->body, NULL);
    finding->probe = BREAKING_VALUE;
    finding->old_message = older;
    if (older->newer != NULL)
        return;
    /* It was the message: what is sent, and how that is treated, is told of the one that is now. */
    if (older->version < newest->version)
        version_added(b, older, newest, false);
    compare_newest(b, breaking_name(b, &newest->body.decl), older, newest,
                   body_way(b, &older->body, &newest->body));
}

static void message_removed(struct breaking *b, const struct idl_message *older,
                            const struct breaking_index *names)
{
    const struct idl_message *same = breaking_find_name(names, older->base);
    const char *element = breaking_name(b, &older->body.decl);
    const char *was = older->body.decl.was != NULL ? older->body.decl.was : older->base;
    struct breaking_finding *finding;

    if (same != NULL && same->version != older->version) {
        version_removed(b, older, same);
        return;
    }
    finding = breaking_add(
        b, BREAKING_MESSAGE_REMOVED, element, &older->body.decl,
        same != NULL ? &same->body.decl : &b->new_bus->decl,
        join(b->memory, breaking_quote(b, older->body.decl.name),
             same != NULL ? " is another message now: its identity changed" : " is gone", NULL));
    finding->before_text = "it was here";
    finding->directions = BREAKING_OLD_BYTES;
    finding->advice =
        same != NULL
            ? join(b->memory, "what it says behind 'was' is its identity: it was '", was, "'", NULL)
            : join(b->memory,
                   "keep it until nobody sends it; if it has a new name, "
                   "say 'was ",
                   was, "' there", NULL);
    finding->way = body_way(b, &older->body, NULL);
    finding->probe = BREAKING_VALUE;
    finding->old_message = older;
}

void breaking_messages(struct breaking *b)
{
    const struct idl_bus *newer = b->new_bus;
    struct breaking_index identities = breaking_index_make(b->memory, version_count(newer));
    struct breaking_index names = breaking_index_make(b->memory, newer->message_count);
    struct breaking_finding *finding;

    if (strcmp(b->old_bus->decl.name, newer->decl.name) != 0) {
        finding = breaking_add(
            b, BREAKING_BUS_RENAMED, newer->decl.name, &b->old_bus->decl, &newer->decl,
            join(b->memory, "the bus was called ", breaking_quote(b, b->old_bus->decl.name), NULL));
        finding->before_text = "it was called so";
        finding->directions = BREAKING_BOTH;
        finding->advice = "the name of the bus is part of the identity of each of its messages";
        if (b->old_bus->message_count != 0) {
            finding->way = body_way(b, &b->old_bus->messages[0]->body, NULL);
            finding->probe = BREAKING_VALUE;
            finding->old_message = b->old_bus->messages[0];
        }
    }
    for (uint32_t i = 0; i < version_count(newer); i++) {
        const struct idl_message *message = newer->messages[i];

        identities.entries[i] = (struct breaking_entry){identity(b, message), 0, message};
        if (i < newer->message_count)
            names.entries[i] = (struct breaking_entry){message->base, 0, message};
    }
    breaking_index_sort(&identities);
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < version_count(b->old_bus); i++) {
        const struct idl_message *older = b->old_bus->messages[i];
        const struct idl_message *found = breaking_find_name(&identities, identity(b, older));

        if (found != NULL)
            compare_versions(b, older, found, &names);
        else
            message_removed(b, older, &names);
    }
}
