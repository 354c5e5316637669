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

static const char *identity(const struct idl_message *message)
{
    return message->body.decl.was != NULL ? message->body.decl.was : message->body.decl.name;
}

static bool same_message(const struct idl_message *a, const struct idl_message *b)
{
    return strcmp(identity(a), identity(b)) == 0 &&
           strcmp(a->body.decl.file->bus->decl.name, b->body.decl.file->bus->decl.name) == 0;
}

/* By place in the list first: most components stay as they are. */
static const struct idl_binding *find_binding(const struct idl_binding *bindings, uint32_t count,
                                              uint32_t hint, const struct idl_message *message)
{
    if (hint < count && same_message(bindings[hint].message, message))
        return &bindings[hint];
    for (uint32_t i = 0; i < count; i++)
        if (same_message(bindings[i].message, message))
            return &bindings[i];
    return NULL;
}

/* A place in a component that has no declaration of its own. */
static struct idl_decl at(const struct idl_decl *decl, struct idl_span span)
{
    struct idl_decl copy = *decl;

    copy.span = span;
    return copy;
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

static void show_with(struct breaking *b, struct breaking_finding *finding,
                      const struct idl_message *older, const struct idl_message *newer)
{
    struct breaking_way *way = allocate(b->memory, sizeof(*way));

    way->old_body = &older->body;
    way->new_body = &newer->body;
    finding->way = way;
    finding->probe = BREAKING_MESSAGE;
    finding->old_message = older;
    finding->new_message = newer;
}

static void compare_listening(struct breaking *b, const char *element,
                              const struct idl_component *old_owner,
                              const struct idl_component *new_owner,
                              const struct idl_binding *older, const struct idl_binding *newer)
{
    static const char *const orders[] = {"highest", "high", "normal", "low", "lowest"};
    const char *name = breaking_quote(b, newer->message->body.decl.name);
    struct idl_decl before = at(&old_owner->decl, older->span);
    struct idl_decl now = at(&new_owner->decl, newer->span);
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
    show_with(b, finding, older->message, newer->message);
    finding->effects[0] = listening_text(b, old_owner, older);
    finding->effects[1] = listening_text(b, new_owner, newer);
    finding->categories =
        older->batch != newer->batch ? BREAKING_SOURCE | BREAKING_BEHAVIOUR : BREAKING_BEHAVIOUR;
}

/* Handlers of one list; `newer` may have those of commands or of events. */
static void compare_bindings(struct breaking *b, const char *element,
                             const struct idl_component *old_owner,
                             const struct idl_component *new_owner, bool commands)
{
    const struct idl_binding *older = commands ? old_owner->handles : old_owner->listens;
    const struct idl_binding *newer = commands ? new_owner->handles : new_owner->listens;
    uint32_t old_count = commands ? old_owner->handle_count : old_owner->listen_count;
    uint32_t new_count = commands ? new_owner->handle_count : new_owner->listen_count;
    struct breaking_finding *finding;

    for (uint32_t i = 0; i < old_count; i++) {
        const struct idl_binding *same = find_binding(newer, new_count, i, older[i].message);
        struct idl_decl before = at(&old_owner->decl, older[i].span);
        const char *name = older[i].message->body.decl.name;

        if (same != NULL) {
            compare_listening(b, element, old_owner, new_owner, &older[i], same);
            continue;
        }
        finding = breaking_add(
            b, BREAKING_HANDLERS, breaking_element(b, element, name), &before, &new_owner->decl,
            join(b->memory, breaking_quote(b, name), " has no handler here any more", NULL));
        finding->before_text = "it had one";
        finding->advice = "programs that give the handler do not compile";
    }
    for (uint32_t i = 0; i < new_count; i++) {
        struct idl_decl now = at(&new_owner->decl, newer[i].span);
        const char *name = newer[i].message->body.decl.name;

        if (find_binding(older, old_count, i, newer[i].message) != NULL)
            continue;
        finding =
            breaking_add(b, BREAKING_HANDLERS, breaking_element(b, element, name), &old_owner->decl,
                         &now, join(b->memory, breaking_quote(b, name), " wants a handler", NULL));
        finding->before_text = "it wanted none";
        finding->advice = "programs that have none for it do not attach, or do not link";
    }
}

/* A message that the component had and has; NULL: there is none. */
static const struct idl_binding *common_binding(const struct idl_component *older,
                                                const struct idl_component *newer,
                                                const struct idl_binding **same)
{
    for (uint32_t i = 0; i < older->listen_count + older->handle_count; i++) {
        bool listens = i < older->listen_count;
        const struct idl_binding *binding =
            listens ? &older->listens[i] : &older->handles[i - older->listen_count];

        *same =
            find_binding(listens ? newer->listens : newer->handles,
                         listens ? newer->listen_count : newer->handle_count, i, binding->message);
        if (*same != NULL)
            return binding;
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
        binding = common_binding(older, newer, &same);
        if (binding != NULL) {
            show_with(b, finding, binding->message, same->message);
            finding->effects[0] = runs_texts[older->concurrent];
            finding->effects[1] = runs_texts[newer->concurrent];
        }
        binding = common_binding(older, newer, &same);
        if (binding != NULL) {
            show_with(b, finding, binding->message, same->message);
            finding->effects[0] = runs_texts[older->concurrent];
            finding->effects[1] = runs_texts[newer->concurrent];
        }
    }
    compare_bindings(b, element, older, newer, true);
    compare_bindings(b, element, older, newer, false);
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

/* ---- programs ---- */

static bool runs(const struct idl_program *program, const struct idl_decl *component)
{
    for (uint32_t i = 0; i < program->run_count; i++) {
        const struct idl_decl *decl = &program->runs[i]->decl;

        if (strcmp(decl->name, component->name) == 0 &&
            strcmp(decl->file->bus->decl.name, component->file->bus->decl.name) == 0)
            return true;
    }
    return false;
}

static void compare_runs(struct breaking *b, const struct idl_program *older,
                         const struct idl_program *newer)
{
    const char *element = breaking_name(b, &newer->decl);

    for (uint32_t side = 0; side < 2; side++) {
        const struct idl_program *from = side == 0 ? older : newer;
        const struct idl_program *to = side == 0 ? newer : older;

        for (uint32_t i = 0; i < from->run_count; i++) {
            const struct idl_decl *decl = &from->runs[i]->decl;
            struct breaking_finding *finding;

            if (runs(to, decl))
                continue;
            finding = breaking_add(
                b, BREAKING_PROGRAM_CHANGED, breaking_element(b, element, decl->name), &older->decl,
                &newer->decl,
                join(b->memory, side == 0 ? "it does not run " : "it runs ",
                     breaking_quote(b, decl->name), side == 0 ? " any more" : " too", NULL));
            finding->before_text = side == 0 ? "it did" : "it did not";
            finding->advice = "what opens the program gives a context and handlers for each";
        }
    }
}

static void compare_programs(struct breaking *b)
{
    struct breaking_index names = breaking_index_make(b->memory, b->new_bus->program_count);

    for (size_t i = 0; i < names.count; i++)
        names.entries[i] =
            (struct breaking_entry){b->new_bus->programs[i]->decl.name, 0, b->new_bus->programs[i]};
    breaking_index_sort(&names);
    for (uint32_t i = 0; i < b->old_bus->program_count; i++) {
        const struct idl_program *older = b->old_bus->programs[i];
        const struct idl_program *newer = breaking_find_name(&names, older->decl.name);
        struct breaking_finding *finding;

        if (newer != NULL) {
            compare_runs(b, older, newer);
            continue;
        }
        finding =
            breaking_add(b, BREAKING_PROGRAM_REMOVED, breaking_name(b, &older->decl), &older->decl,
                         &b->new_bus->decl,
                         join(b->memory, breaking_quote(b, older->decl.name), " is gone", NULL));
        finding->before_text = "it was here";
        finding->advice = "programs open it: leave it until they do not";
    }
}

void breaking_wiring(struct breaking *b)
{
    compare_consts(b);
    compare_components(b);
    compare_programs(b);
}
