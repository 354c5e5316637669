/* message.c - messages of two buses: which is which, their settings, their answers. */
#include "breaking/internal.h"

#include <string.h>

static const char *identity(const struct idl_message *message)
{
    return message->body.decl.was != NULL ? message->body.decl.was : message->body.decl.name;
}

static const char *const kind_texts[] = {"command", "domain event", "system event",
                                         "integration event"};
static const char *const priority_texts[] = {"critical", "high", "normal", "low", "idle"};

const struct idl_message *breaking_message_now(struct breaking *b, const struct idl_message *older)
{
    size_t count = 0;

    if (b->messages.entries == NULL) {
        for (size_t i = 0; i < b->bus_count; i++)
            count += b->buses[i]->message_count;
        b->messages = breaking_index_make(b->memory, count);
        count = 0;
        for (size_t i = 0; i < b->bus_count; i++)
            for (uint32_t j = 0; j < b->buses[i]->message_count; j++)
                b->messages.entries[count++] = (struct breaking_entry){
                    NULL, b->buses[i]->messages[j]->id, b->buses[i]->messages[j]};
        breaking_index_sort(&b->messages);
    }
    return breaking_find_number(&b->messages, older->id);
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

    if ((before != NULL ? before->number : 0) == (now != NULL ? now->number : 0))
        return;
    finding =
        breaking_add(b, BREAKING_KEY, element, before != NULL ? &before->decl : &older->body.decl,
                     now != NULL ? &now->decl : &newer->body.decl,
                     join(b->memory, "the key was ",
                          before != NULL ? breaking_quote(b, before->decl.name) : "none", ", is ",
                          now != NULL ? breaking_quote(b, now->decl.name) : "none", NULL));
    finding->before_text = before != NULL ? "this was the key" : "there was no key";
    finding->advice = "what orders messages is part of their contract: declare a new message";
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

static void compare_messages(struct breaking *b, const struct idl_message *older,
                             const struct idl_message *newer)
{
    const char *element = breaking_name(b, &newer->body.decl);
    const struct breaking_way *way = body_way(b, &older->body, &newer->body);
    struct breaking_finding *finding;

    if (strcmp(older->body.decl.name, newer->body.decl.name) != 0) {
        finding = breaking_add(
            b, BREAKING_MESSAGE_RENAMED, element, &older->body.decl, &newer->body.decl,
            join(b->memory, "it was called ", breaking_quote(b, older->body.decl.name), NULL));
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
    }
    breaking_body(b, element, &older->body, &newer->body, way);
}

static void message_removed(struct breaking *b, const struct idl_message *older,
                            const struct breaking_index *names)
{
    const struct idl_message *same = breaking_find_name(names, older->body.decl.name);
    const char *element = breaking_name(b, &older->body.decl);
    const char *was = identity(older);
    struct breaking_finding *finding = breaking_add(
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
    struct breaking_index identities = breaking_index_make(b->memory, newer->message_count);
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
    for (uint32_t i = 0; i < newer->message_count; i++) {
        const struct idl_message *message = newer->messages[i];

        identities.entries[i] = (struct breaking_entry){identity(message), 0, message};
        names.entries[i] = (struct breaking_entry){message->body.decl.name, 0, message};
    }
    breaking_index_sort(&identities);
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < b->old_bus->message_count; i++) {
        const struct idl_message *older = b->old_bus->messages[i];
        const struct idl_message *found = breaking_find_name(&identities, identity(older));

        if (found != NULL)
            compare_messages(b, older, found);
        else
            message_removed(b, older, &names);
    }
}
