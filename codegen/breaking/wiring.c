/* wiring.c - what programs are built on besides messages: constants, components. */
#include "breaking/internal.h"

#include <string.h>

/* ---- constants ---- */

static bool same_value(const struct idl_const *a, const struct idl_const *b)
{
    if (a->kind != b->kind || a->bits != b->bits)
        return false;
    return a->kind != IDL_STRING || strcmp(a->text, b->text) == 0;
}

static void compare_consts(struct breaking *b)
{
    struct breaking_index names = breaking_index_make(b->memory, b->new_bus->const_count);

    for (size_t i = 0; i < names.count; i++)
        names.entries[i] =
            (struct breaking_entry){b->new_bus->consts[i]->decl.name, 0, b->new_bus->consts[i]};
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < b->old_bus->const_count; i++) {
        const struct idl_const *older = b->old_bus->consts[i];
        const struct idl_const *newer = breaking_find_name(&names, older->decl.name);
        const char *name = breaking_quote(b, older->decl.name);
        struct breaking_finding *finding;

        if (newer != NULL && same_value(older, newer))
            continue;
        finding = breaking_add(b, newer != NULL ? BREAKING_CONST_CHANGED : BREAKING_CONST_REMOVED,
                               breaking_name(b, &older->decl), &older->decl,
                               newer != NULL ? &newer->decl : &b->new_bus->decl,
                               join(b->memory, name,
                                    newer == NULL                ? " is gone"
                                    : newer->kind != older->kind ? " has another type"
                                                                 : " has another value",
                                    NULL));
        finding->before_text = newer != NULL ? "it was this" : "it was here";
        finding->advice = newer != NULL ? "programs that were compiled with it keep the old one"
                                        : "programs name it: leave it until they do not";
    }
}

/* ---- components ---- */

const struct idl_binding *breaking_find_binding(struct breaking *b,
                                                struct breaking_bindings *bindings, uint32_t hint,
                                                const struct idl_message *message)
{
    uint64_t id = breaking_id_now(b, message);

    if (hint < bindings->count && bindings->items[hint].message->id == id)
        return &bindings->items[hint];
    if (bindings->ids.entries == NULL) {
        bindings->ids = breaking_index_make(b->memory, bindings->count);
        for (uint32_t i = 0; i < bindings->count; i++)
            bindings->ids.entries[i] = (struct breaking_entry){
                NULL, breaking_id_now(b, bindings->items[i].message), &bindings->items[i]};
        breaking_index_sort(&bindings->ids);
    }
    return breaking_find_number(&bindings->ids, id);
}

struct idl_decl breaking_at(const struct idl_decl *decl, struct idl_span span)
{
    struct idl_decl copy = *decl;

    copy.span = span;
    return copy;
}

static struct breaking_bindings bindings_of(const struct idl_component *component, bool commands)
{
    if (commands)
        return (struct breaking_bindings){component->handles, component->handle_count, {NULL, 0}};
    return (struct breaking_bindings){component->listens, component->listen_count, {NULL, 0}};
}

/* How a listener gets events of its kind. */
static const char *listening_text(struct breaking *b, const struct idl_component *owner,
                                  const struct idl_binding *binding)
{
    static const char *const orders[] = {"highest", "high", "normal", "low", "lowest"};
    struct memory *memory = b->memory;
    uint64_t ns = binding->batch_ns;

    return join(memory, "comes to ", breaking_quote(b, owner->decl.name), " in order ",
                orders[binding->order], binding->parallel ? ", in parallel" : "",
                binding->batch ? ", in batches of " : "",
                !binding->batch            ? ""
                : binding->batch_size != 0 ? decimal(memory, binding->batch_size)
                                           : "the usual size",
                binding->batch && ns != 0 ? " within " : "",
                binding->batch && ns != 0 ? breaking_duration(b, ns) : "", NULL);
}

void breaking_show_with(struct breaking *b, struct breaking_finding *finding,
                        const struct idl_message *older, const struct idl_message *newer,
                        const char *before, const char *now)
{
    struct breaking_way *way = allocate(b->memory, sizeof(*way));

    way->old_body = &older->body;
    way->new_body = &newer->body;
    finding->way = way;
    finding->probe = BREAKING_MESSAGE;
    finding->old_message = older;
    finding->new_message = newer;
    finding->effects[0] = before;
    finding->effects[1] = now;
}

static void compare_listening(struct breaking *b, const char *element,
                              const struct idl_component *old_owner,
                              const struct idl_component *new_owner,
                              const struct idl_binding *older, const struct idl_binding *newer)
{
    static const char *const orders[] = {"highest", "high", "normal", "low", "lowest"};
    const char *name = breaking_quote(b, newer->message->body.decl.name);
    struct idl_decl before = breaking_at(&old_owner->decl, older->span);
    struct idl_decl now = breaking_at(&new_owner->decl, newer->span);
    struct breaking_finding *finding;
    const char *text = NULL;

    if (older->batch != newer->batch)
        text =
            join(b->memory, name, newer->batch ? " comes in batches" : " comes one by one", NULL);
    else if (older->batch_size != newer->batch_size || older->batch_ns != newer->batch_ns)
        text = join(b->memory, "the batches of ", name, " have another bound", NULL);
    else if (older->order != newer->order)
        text = join(b->memory, "the order of ", name, " was ", orders[older->order], ", is ",
                    orders[newer->order], NULL);
    else if (older->parallel != newer->parallel)
        text =
            join(b->memory, name,
                 newer->parallel ? " is handled in parallel" : " is not handled in parallel", NULL);
    if (text == NULL)
        return;
    finding = breaking_add(b, BREAKING_LISTENING,
                           breaking_element(b, element, newer->message->body.decl.name), &before,
                           &now, text);
    finding->before_text = "it was so";
    finding->advice = "handlers were written for what was said before";
    breaking_show_with(b, finding, older->message, newer->message,
                       listening_text(b, old_owner, older), listening_text(b, new_owner, newer));
    finding->categories =
        older->batch != newer->batch ? BREAKING_SOURCE | BREAKING_BEHAVIOUR : BREAKING_BEHAVIOUR;
}

static const char *takes_text(struct breaking *b, uint64_t ns)
{
    return ns != 0 ? breaking_duration(b, ns) : "not said";
}

static const char *busy_text(struct breaking *b, uint64_t ns)
{
    return ns != 0 ? join(b->memory, "keeps its handler busy for ", breaking_duration(b, ns), NULL)
                   : "keeps its handler busy for nobody says how long";
}

static void compare_takes(struct breaking *b, const char *element,
                          const struct idl_component *old_owner,
                          const struct idl_component *new_owner, const struct idl_binding *older,
                          const struct idl_binding *newer)
{
    const char *name = newer->message->body.decl.name;
    struct idl_decl before = breaking_at(&old_owner->decl, older->span);
    struct idl_decl now = breaking_at(&new_owner->decl, newer->span);
    struct breaking_finding *finding;

    if (older->takes_ns == newer->takes_ns)
        return;
    finding = breaking_add(b, BREAKING_TAKES, breaking_element(b, element, name), &before, &now,
                           join(b->memory, "'takes' of ", breaking_quote(b, name), " was ",
                                takes_text(b, older->takes_ns), ", is ",
                                takes_text(b, newer->takes_ns), NULL));
    finding->before_text = "it was so";
    finding->advice = "'busgen plan' tells what the workers make of it";
    breaking_show_with(b, finding, older->message, newer->message, busy_text(b, older->takes_ns),
                       busy_text(b, newer->takes_ns));
}

/* Handlers of one list; `newer` may have those of commands or of events. */
static void compare_bindings(struct breaking *b, const char *element,
                             const struct idl_component *old_owner,
                             const struct idl_component *new_owner, bool commands)
{
    struct breaking_bindings older = bindings_of(old_owner, commands);
    struct breaking_bindings newer = bindings_of(new_owner, commands);
    struct breaking_finding *finding;

    for (uint32_t i = 0; i < older.count; i++) {
        const struct idl_binding *binding = &older.items[i];
        const struct idl_binding *same = breaking_find_binding(b, &newer, i, binding->message);
        struct idl_decl before = breaking_at(&old_owner->decl, binding->span);
        const char *name = binding->message->body.decl.name;

        if (same != NULL) {
            compare_listening(b, element, old_owner, new_owner, binding, same);
            compare_takes(b, element, old_owner, new_owner, binding, same);
            continue;
        }
        finding = breaking_add(
            b, BREAKING_HANDLERS, breaking_element(b, element, name), &before, &new_owner->decl,
            join(b->memory, breaking_quote(b, name), " has no handler here any more", NULL));
        finding->before_text = "it had one";
        finding->advice = "programs that give the handler do not compile";
    }
    for (uint32_t i = 0; i < newer.count; i++) {
        struct idl_decl now = breaking_at(&new_owner->decl, newer.items[i].span);
        const char *name = newer.items[i].message->body.decl.name;

        if (breaking_find_binding(b, &older, i, newer.items[i].message) != NULL)
            continue;
        finding =
            breaking_add(b, BREAKING_HANDLERS, breaking_element(b, element, name), &old_owner->decl,
                         &now, join(b->memory, breaking_quote(b, name), " wants a handler", NULL));
        finding->before_text = "it wanted none";
        finding->advice = "programs that have none for it do not attach, or do not link";
    }
}

/* What it emitted and does not any more. What it emits besides is for the check of the flow. */
static void compare_emits(struct breaking *b, const char *element,
                          const struct idl_component *older, const struct idl_component *newer)
{
    struct breaking_index ids = breaking_index_make(b->memory, newer->emit_count);

    for (uint32_t i = 0; i < newer->emit_count; i++)
        ids.entries[i] = (struct breaking_entry){NULL, newer->emits[i]->id, newer->emits[i]};
    breaking_index_sort(&ids);
    for (uint32_t i = 0; i < older->emit_count; i++) {
        const struct idl_message *before = older->emits[i];
        const struct idl_message *now = breaking_message_now(b, before);
        const char *name = breaking_quote(b, before->body.decl.name);
        const char *owner = breaking_quote(b, newer->decl.name);
        struct breaking_finding *finding;

        if (now == NULL || breaking_find_number(&ids, now->id) != NULL)
            continue; /* that it is gone is said of the message */
        finding = breaking_add(
            b, BREAKING_EMITS, breaking_element(b, element, before->body.decl.name), &older->decl,
            &newer->decl, join(b->memory, owner, " does not emit ", name, " any more", NULL));
        finding->before_text = "it did";
        finding->advice = "leave it, or see to it that listeners hear of it from another one";
        breaking_show_with(b, finding, before, now,
                           join(b->memory, "is sent by ", owner, " to who listens", NULL),
                           join(b->memory, "is not sent by ", owner, NULL));
    }
}

const struct idl_binding *breaking_common(struct breaking *b, const struct idl_component *older,
                                          const struct idl_component *newer,
                                          const struct idl_binding **same)
{
    for (int commands = 0; commands < 2; commands++) {
        struct breaking_bindings from = bindings_of(older, commands != 0);
        struct breaking_bindings to = bindings_of(newer, commands != 0);

        for (uint32_t i = 0; i < from.count; i++) {
            *same = breaking_find_binding(b, &to, i, from.items[i].message);
            if (*same != NULL)
                return &from.items[i];
        }
    }
    return NULL;
}

static void compare_component(struct breaking *b, const struct idl_component *older,
                              const struct idl_component *newer)
{
    const char *element = breaking_name(b, &newer->decl);
    static const char *const runs_texts[] = {"is handled while no other of the component is",
                                             "may be handled while others of the component are"};
    const struct idl_binding *same = NULL;
    const struct idl_binding *binding;
    struct breaking_finding *finding;

    if (older->concurrent != newer->concurrent) {
        finding = breaking_add(
            b, BREAKING_THREADS, element, &older->decl, &newer->decl,
            join(b->memory, breaking_quote(b, newer->decl.name), " was ",
                 older->concurrent ? "concurrent, is serial" : "serial, is concurrent", NULL));
        finding->before_text = "it was not so";
        finding->advice = newer->concurrent ? "its handlers now run at once: what they share "
                                              "must be safe"
                                            : "its handlers now wait for each other";
        binding = breaking_common(b, older, newer, &same);
        if (binding != NULL)
            breaking_show_with(b, finding, binding->message, same->message,
                               runs_texts[older->concurrent], runs_texts[newer->concurrent]);
    }
    compare_bindings(b, element, older, newer, true);
    compare_bindings(b, element, older, newer, false);
    compare_emits(b, element, older, newer);
}

static void compare_components(struct breaking *b)
{
    struct breaking_index names = breaking_index_make(b->memory, b->new_bus->component_count);

    for (size_t i = 0; i < names.count; i++)
        names.entries[i] = (struct breaking_entry){b->new_bus->components[i]->decl.name, 0,
                                                   b->new_bus->components[i]};
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < b->old_bus->component_count; i++) {
        const struct idl_component *older = b->old_bus->components[i];
        const struct idl_component *newer = breaking_find_name(&names, older->decl.name);
        struct breaking_finding *finding;

        if (newer != NULL) {
            compare_component(b, older, newer);
            continue;
        }
        finding =
            breaking_add(b, BREAKING_COMPONENT_REMOVED, breaking_name(b, &older->decl),
                         &older->decl, &b->new_bus->decl,
                         join(b->memory, breaking_quote(b, older->decl.name), " is gone", NULL));
        finding->before_text = "it was here";
        finding->advice = "programs attach it: leave it until they do not";
    }
}

void breaking_wiring(struct breaking *b)
{
    compare_consts(b);
    compare_components(b);
}
