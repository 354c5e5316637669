/*
 * check_wiring.c - whether every command has exactly one handler, where programs say who runs, and
 * a component has time for what comes.
 */
#include "internal.h"

#include <string.h>

/* Enters the commands that a program handles into `handled`; each may be there once. */
static void check_program(struct context *context, const struct idl_program *program,
                          struct map *handled)
{
    struct map own = {0};

    for (uint32_t i = 0; i < program->run_count; i++) {
        const struct idl_component *component = program->runs[i];

        for (uint32_t j = 0; j < component->handle_count; j++) {
            const struct idl_binding *binding = &component->handles[j];
            const char *key = (const char *)&binding->message;
            const struct idl_binding *other = map_add(
                context->arena, &own, key, sizeof binding->message, (void *)(uintptr_t)binding);
            struct idl_diagnostic *diagnostic;

            map_add(context->arena, handled, key, sizeof binding->message,
                    (void *)(uintptr_t)binding);
            if (!other)
                continue;
            diagnostic = report(context, RULE_COMMAND_HANDLED_TWICE, binding->span,
                                "command '%s' is handled twice in program '%s'",
                                binding->message->body.decl.name, program->decl.name);
            partner(diagnostic, other->span, "the other handler is here");
            advise(context, diagnostic, "a command has one handler; remove one of the two");
        }
    }
}

static void check_handled(struct context *context, const struct node *node,
                          const struct map *handled, const struct node *program)
{
    const struct idl_message *message = node->model.message;
    struct idl_diagnostic *diagnostic;

    if (map_find(handled, (const char *)&message, sizeof message))
        return;
    diagnostic = report(context, RULE_COMMAND_UNHANDLED, node->decl.span,
                        "no program handles command '%s'", node->decl.name);
    partner(diagnostic, program->decl.span, "the program is here");
    advise(context, diagnostic, "write 'handles %s;' in a component that the program runs",
           node->decl.name);
}

double idl_seconds(const struct idl_binding *binding, double part)
{
    const struct idl_message *message = binding->message;
    double seconds = (double)binding->takes_ns / 1e9;
    double size = binding->batch_size != 0 ? binding->batch_size : IDL_BATCH_SIZE_DEFAULT;
    double wait = binding->batch_ns != 0 ? (double)binding->batch_ns : IDL_BATCH_MS_DEFAULT * 1e6;
    double come = size;

    if (!binding->batch)
        return seconds;
    if (message->rate != 0)
        come = 1 + part * (double)message->rate * wait / (double)message->rate_ns;
    return seconds / (come < size ? come : size);
}

/* How much of the time a handler runs; 0: nobody says. */
static double share_of(const struct idl_binding *binding)
{
    const struct idl_message *message = binding->message;

    if (message->rate == 0)
        return 0;
    return (double)message->rate * 1e9 / (double)message->rate_ns * idl_seconds(binding, 1);
}

/* The handlers of a serial component run one after another, on one thread. */
static void check_load(struct context *context, const struct idl_component *component)
{
    const struct idl_binding *most = NULL;
    struct idl_diagnostic *diagnostic;
    double busy = 0;

    for (uint32_t i = 0; i < component->handle_count + component->listen_count; i++) {
        const struct idl_binding *binding = i < component->handle_count
                                                ? &component->handles[i]
                                                : &component->listens[i - component->handle_count];

        busy += share_of(binding);
        if (most == NULL || share_of(binding) > share_of(most))
            most = binding;
    }
    if (component->concurrent || busy <= 1)
        return;
    diagnostic = report(context, RULE_OVERLOAD, component->decl.span,
                        "component '%s' would be busy %.0f %% of the time", component->decl.name,
                        busy * 100);
    partner(diagnostic, most->span, "most of it here");
    advise(context, diagnostic,
           "its handlers run one after another: make it concurrent, or split it, or take less "
           "time");
}

void check_wiring(struct context *context)
{
    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];
        const struct node *program = NULL;
        struct map handled = {0};
        bool broken = false;

        for (const struct node *node = unit->nodes; node; node = node->next) {
            if (node->kind == NODE_COMPONENT || node->kind == NODE_PROGRAM)
                broken = broken || node->broken;
            if (node->kind == NODE_COMPONENT)
                check_load(context, node->model.component);
            if (node->kind != NODE_PROGRAM)
                continue;
            if (!program)
                program = node;
            check_program(context, node->model.program, &handled);
        }
        /* A part of the wiring that was not understood may be the one that handles it. */
        if (!program || broken)
            continue;
        for (const struct node *node = unit->nodes; node; node = node->next)
            if (node->kind == NODE_COMMAND)
                check_handled(context, node, &handled, program);
    }
}
