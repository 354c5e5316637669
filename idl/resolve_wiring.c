/*
 * resolve_wiring.c - components and programs: who handles what.
 */
#include "resolve.h"

#include <string.h>

static void wrong_word(struct context *context, const struct binding_node *binding,
                       const struct node *message)
{
    bool event = message->kind == NODE_EVENT;
    enum rule rule = binding->word == WORD_HANDLES   ? RULE_HANDLES_EVENT
                     : binding->word == WORD_LISTENS ? RULE_LISTENS_COMMAND
                                                     : RULE_EMITS_COMMAND;
    struct idl_diagnostic *diagnostic =
        report(context, rule, binding->name.span, "'%s' is %s", quote(context, binding->name.span),
               node_kind_text(message->kind));

    partner(diagnostic, message->decl.span, "declared here");
    if (event)
        advise(context, diagnostic, "events are listened to: write 'listens %s;'",
               message->decl.name);
    else if (binding->word == WORD_LISTENS)
        advise(context, diagnostic, "commands are handled: write 'handles %s;'",
               message->decl.name);
    else
        advise(context, diagnostic, "only events are emitted; remove it");
}

static void older_version(struct context *context, const struct binding_node *binding,
                          const struct node *message)
{
    const struct version_node *version = message->version;
    struct idl_diagnostic *diagnostic = report(
        context, RULE_OLDER_VERSION_BOUND, binding->name.span,
        "version %u of '%s' is only read any more", (unsigned)version->number, version->base);

    partner(diagnostic, version->newest->decl.span, "the message is here");
    advise(context, diagnostic, "write '%s %s;': what was written as version %u comes upgraded",
           word_texts[binding->word], version->base, (unsigned)version->number);
}

/* The message that a binding names; NULL after reporting. */
static struct node *bound_message(struct context *context, struct node *node,
                                  const struct binding_node *binding)
{
    bool command = binding->word == WORD_HANDLES;
    struct node *message = resolve_name(context, node->unit, &binding->name, RULE_UNKNOWN_NAME,
                                        command ? "command" : "event");

    if (!message)
        return NULL;
    if (message->kind == NODE_OLDER) {
        older_version(context, binding, message);
        return NULL;
    }
    if (message->kind != NODE_EVENT && message->kind != NODE_COMMAND) {
        wrong_kind(context, &binding->name, message, command ? "a command" : "an event");
        return NULL;
    }
    if (command != (message->kind == NODE_COMMAND)) {
        wrong_word(context, binding, message);
        return NULL;
    }
    return message;
}

static bool duplicate_binding(struct context *context, struct map *seen,
                              struct binding_node *binding, struct node **message)
{
    struct binding_node *other =
        map_add(context->arena, seen, (const char *)message, sizeof *message, binding);

    if (!other)
        return false;
    partner(report(context, RULE_DUPLICATE_BINDING, binding->name.span, "'%s %s' twice",
                   word_texts[binding->word], quote(context, binding->name.span)),
            other->name.span, "first here");
    return true;
}

/* How many events a call takes, and how long the first of them waits. */
static void resolve_batch(struct context *context, struct unit *unit, struct binding_node *binding,
                          struct idl_binding *model)
{
    struct value *size = &binding->batch_size;
    struct idl_diagnostic *diagnostic;

    model->batch = binding->batch;
    if (binding->batch && binding->parallel) {
        diagnostic = report(context, RULE_BATCH_PARALLEL, binding->batch_span,
                            "a batch handler is not parallel");
        partner(diagnostic, binding->parallel_span, "it is to be parallel here");
        advise(context, diagnostic, "remove one of the two");
    }
    if (size->kind != VALUE_NONE && resolve_value(context, unit, size)) {
        if (size->kind == VALUE_INTEGER && !size->negative && size->magnitude > 0 &&
            size->magnitude <= IDL_BATCH_SIZE_MAX)
            model->batch_size = (uint32_t)size->magnitude;
        else
            advise(context,
                   report(context, RULE_BATCH_SIZE, size->span,
                          "the events of a batch must be a whole number from 1 to %d",
                          IDL_BATCH_SIZE_MAX),
                   size->kind == VALUE_DURATION ? "write 'batch within 50ms'"
                                                : "take a number in this range, or 'batch' alone");
    }
    if (binding->batch_wait.kind != VALUE_NONE)
        model->batch_ns =
            resolve_duration(context, unit, &binding->batch_wait, "the time that a batch waits");
}

void resolve_component(struct context *context, struct node *node)
{
    struct idl_component *component = node->model.component;
    struct map seen[3] = {{0}, {0}, {0}};
    struct idl_binding *bindings[2];
    const struct idl_message **emits;
    uint32_t count = 0;

    for (struct binding_node *binding = node->bindings; binding; binding = binding->next)
        count++;
    component->decl = node->decl;
    component->concurrent = node->concurrent;
    bindings[0] = arena_take(context->arena, count * sizeof *bindings[0] + 1);
    bindings[1] = arena_take(context->arena, count * sizeof *bindings[1] + 1);
    emits = arena_take(context->arena, count * sizeof *emits + 1);
    component->handles = bindings[0];
    component->listens = bindings[1];
    component->emits = emits;
    for (struct binding_node *binding = node->bindings; binding; binding = binding->next) {
        struct node **message = arena_take(context->arena, sizeof *message);
        struct idl_binding model = {.span = binding->name.span, .order = binding->order};

        if (binding->parallel && !node->concurrent)
            advise(context,
                   report(context, RULE_PARALLEL_SERIAL, binding->parallel_span,
                          "'parallel' in a serial component"),
                   "write 'component %s concurrent'", node->decl.name);
        *message = bound_message(context, node, binding);
        if (!*message) {
            node->broken = true;
            continue;
        }
        if (duplicate_binding(context, &seen[binding->word - WORD_HANDLES], binding, message))
            continue;
        model.message = (*message)->model.message;
        model.parallel = binding->parallel;
        resolve_batch(context, node->unit, binding, &model);
        if (binding->takes.kind != VALUE_NONE)
            model.takes_ns =
                resolve_duration(context, node->unit, &binding->takes, "the time that a run takes");
        if (binding->word == WORD_HANDLES)
            bindings[0][component->handle_count++] = model;
        else if (binding->word == WORD_LISTENS)
            bindings[1][component->listen_count++] = model;
        else
            emits[component->emit_count++] = model.message;
    }
}

static void resolve_memory(struct context *context, struct node *node)
{
    struct value *memory = &node->memory;

    if (memory->kind == VALUE_NONE || !resolve_value(context, node->unit, memory))
        return;
    if (memory->kind == VALUE_INTEGER && !memory->negative && memory->magnitude > 0) {
        node->model.program->memory_max = memory->magnitude;
        node->model.program->memory_span = memory->span;
        return;
    }
    advise(context,
           report(context, RULE_SETTING_RANGE, memory->span,
                  "the memory of a program must be a number of bytes above zero"),
           "write 'memory max 64MiB'");
}

void resolve_program(struct context *context, struct node *node)
{
    struct idl_program *program = node->model.program;
    const struct idl_component **runs;
    struct map seen = {0};
    uint32_t count = 0;

    for (struct binding_node *binding = node->bindings; binding; binding = binding->next)
        count++;
    program->decl = node->decl;
    runs = arena_take(context->arena, count * sizeof *runs + 1);
    program->runs = runs;
    resolve_memory(context, node);
    for (struct binding_node *binding = node->bindings; binding; binding = binding->next) {
        struct node **named = arena_take(context->arena, sizeof *named);
        struct binding_node *other;

        *named = resolve_name(context, node->unit, &binding->name, RULE_UNKNOWN_NAME, "component");
        if (*named && (*named)->kind != NODE_COMPONENT) {
            wrong_kind(context, &binding->name, *named, "a component");
            *named = NULL;
        }
        if (!*named) {
            node->broken = true;
            continue;
        }
        other = map_add(context->arena, &seen, (const char *)named, sizeof *named, binding);
        if (other) {
            partner(report(context, RULE_DUPLICATE_COMPONENT, binding->name.span,
                           "component '%s' runs twice", quote(context, binding->name.span)),
                    other->name.span, "first here");
            continue;
        }
        runs[program->run_count++] = (*named)->model.component;
    }
    if (!node->bindings && !node->broken)
        advise(context,
               report(context, RULE_EMPTY_PROGRAM, node->decl.span, "program '%s' runs nothing",
                      quote(context, node->decl.span)),
               "name at least one component: runs warehouse;");
}
