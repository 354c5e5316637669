/*
 * resolve.c - from nodes to the model: declares all names, then resolves kind by kind, each after
 * what it needs: constants, enums, types, messages, components, programs.
 */
#include "resolve.h"

#include <string.h>

static void declare_model(struct context *context, struct node *node)
{
    struct idl_arena *arena = context->arena;

    switch (node->kind) {
    case NODE_CONST:
        node->model.constant = arena_take(arena, sizeof *node->model.constant);
        break;
    case NODE_ENUM:
    case NODE_FLAGS:
        node->model.enumeration = arena_take(arena, sizeof *node->model.enumeration);
        node->model.enumeration->decl = node->decl;
        break;
    case NODE_STRUCT:
    case NODE_TABLE: {
        struct table_model *model = arena_take(arena, sizeof *model);

        model->node = node;
        model->table.fixed = node->kind == NODE_STRUCT;
        model->table.decl = node->decl;
        node->model.table = &model->table;
        break;
    }
    case NODE_UNION: {
        struct union_model *model = arena_take(arena, sizeof *model);

        model->node = node;
        model->choice.decl = node->decl;
        node->model.choice = &model->choice;
        break;
    }
    case NODE_EVENT:
    case NODE_COMMAND:
    case NODE_OLDER:
        node->model.message = arena_take(arena, sizeof *node->model.message);
        node->model.message->body.decl = node->decl;
        node->model.message->was_start = node->was_start;
        node->model.message->was_end = node->was_end;
        break;
    case NODE_COMPONENT:
        node->model.component = arena_take(arena, sizeof *node->model.component);
        node->model.component->decl = node->decl;
        break;
    case NODE_PROGRAM:
        node->model.program = arena_take(arena, sizeof *node->model.program);
        node->model.program->decl = node->decl;
        break;
    case NODE_POLICY:
        break;
    }
}

/* Two declarations of one name. */
static void declared_twice(struct context *context, const struct node *node,
                           const struct node *other)
{
    const struct node *older = node->kind == NODE_OLDER ? node : other;
    const struct node *same = older == node ? other : node;
    struct idl_diagnostic *diagnostic;

    if (older->kind != NODE_OLDER) {
        diagnostic = report(context, RULE_DUPLICATE_NAME, node->decl.span, "'%s' is declared twice",
                            quote(context, node->decl.span));
        partner(diagnostic, other->decl.span, "first declared here");
        return;
    }
    diagnostic =
        report(context, RULE_GENERATED_NAME_CLASH, node->decl.span,
               "version %u of '%s' is called '%s', and so is %s", (unsigned)older->version->number,
               older->version->base, older->decl.name, node_kind_text(same->kind));
    partner(diagnostic, other->decl.span, "the other is here");
    advise(context, diagnostic, "rename what is not a version of '%s'", older->version->base);
}

static void declare_nodes(struct context *context, struct unit *unit)
{
    declare_versions(context, unit);
    for (struct node *node = unit->nodes; node; node = node->next) {
        struct node *other;

        declare_model(context, node);
        if (node->duplicate)
            continue;
        other =
            map_add(context->arena, &unit->names, node->decl.name, strlen(node->decl.name), node);
        if (!other)
            continue;
        node->duplicate = true;
        declared_twice(context, node, other);
    }
}

static void declare_imports(struct context *context, struct unit *unit)
{
    const struct idl_bus **imports;
    uint32_t count = 0;

    for (struct import_node *import = unit->imports; import; import = import->next)
        count++;
    imports = arena_take(context->arena, count * sizeof *imports + 1);
    count = 0;
    for (struct import_node *import = unit->imports; import; import = import->next) {
        const char *name;

        if (!import->unit || !import->unit->bus->decl.name)
            continue;
        name = import->unit->bus->decl.name;
        note_use(context, import->span, &import->unit->bus->decl);
        if (map_add(context->arena, &unit->qualifiers, name, strlen(name), import))
            continue;
        imports[count++] = import->unit->bus;
    }
    unit->bus->imports = imports;
    unit->bus->import_count = count;
}

static bool declare_buses(struct context *context)
{
    struct map names = {0};
    bool fine = true;

    for (uint32_t i = 0; i < context->units.count; i++) {
        struct unit *unit = context->units.items[i];
        const char *name = unit->bus->decl.name;
        struct unit *other;

        if (!name)
            continue;
        other = map_add(context->arena, &names, name, strlen(name), unit);
        if (!other)
            continue;
        partner(report(context, RULE_BUS_NAME_CLASH, unit->bus->decl.span,
                       "two files declare the bus '%s'", quote(context, unit->bus->decl.span)),
                other->bus->decl.span, "the other is here");
        fine = false;
    }
    return fine;
}

static void resolve_node(struct context *context, struct node *node)
{
    switch (node->kind) {
    case NODE_CONST:
        resolve_const(context, node);
        break;
    case NODE_ENUM:
    case NODE_FLAGS:
        resolve_enum(context, node);
        break;
    case NODE_STRUCT:
        resolve_body(context, node, &node->body, node->model.table, BODY_IN_STRUCT);
        break;
    case NODE_TABLE:
        resolve_body(context, node, &node->body, node->model.table, BODY_IN_TABLE);
        break;
    case NODE_UNION:
        resolve_union(context, node);
        break;
    case NODE_POLICY:
        resolve_policy(context, node);
        break;
    case NODE_EVENT:
    case NODE_COMMAND:
    case NODE_OLDER:
        resolve_message(context, node);
        break;
    case NODE_COMPONENT:
        resolve_component(context, node);
        break;
    case NODE_PROGRAM:
        resolve_program(context, node);
        break;
    }
}

bool resolve_units(struct context *context)
{
    static const uint32_t passes[] = {
        1U << NODE_CONST,
        1U << NODE_ENUM | 1U << NODE_FLAGS,
        1U << NODE_STRUCT | 1U << NODE_TABLE | 1U << NODE_UNION | 1U << NODE_POLICY,
        1U << NODE_EVENT | 1U << NODE_COMMAND,
        1U << NODE_OLDER,
        1U << NODE_COMPONENT,
        1U << NODE_PROGRAM,
    };

    if (!declare_buses(context))
        return false;
    for (uint32_t i = 0; i < context->units.count; i++) {
        declare_nodes(context, context->units.items[i]);
        declare_imports(context, context->units.items[i]);
    }
    for (size_t pass = 0; pass < sizeof passes / sizeof *passes; pass++)
        for (uint32_t i = 0; i < context->units.count; i++) {
            const struct unit *unit = context->units.items[i];

            for (struct node *node = unit->nodes; node; node = node->next)
                if (passes[pass] & 1U << node->kind)
                    resolve_node(context, node);
        }
    return true;
}

/* ---- the finished model ---- */

static void unused_imports(struct context *context, const struct unit *unit)
{
    for (const struct import_node *import = unit->imports; import; import = import->next)
        if (import->unit && !import->used && import->unit->parsed)
            advise(context,
                   report(context, RULE_UNUSED_IMPORT, import->span, "nothing of %s is used",
                          quote(context, import->span)),
                   "remove the import");
}

static void unused_policies(struct context *context, const struct unit *unit)
{
    bool messages = false;

    /* A file of policies only is for others to import. */
    for (const struct node *node = unit->nodes; node; node = node->next)
        messages = messages || node->kind == NODE_EVENT || node->kind == NODE_COMMAND;
    for (const struct node *node = unit->nodes; messages && node; node = node->next)
        if (node->kind == NODE_POLICY && !node->used)
            advise(context,
                   report(context, RULE_UNUSED_POLICY, node->decl.span,
                          "no message uses policy '%s'", quote(context, node->decl.span)),
                   "write 'use %s;' in a message, or remove it", quote(context, node->decl.span));
}

static void finish_composites(struct context *context, struct unit *unit)
{
    struct idl_bus *bus = unit->bus;
    uint32_t count = unit->composites.count;
    struct idl_composite *composites = arena_take(context->arena, count * sizeof *composites + 1);
    const struct idl_table **tables = arena_take(context->arena, count * sizeof *tables + 1);

    for (uint32_t i = 0; i < count; i++) {
        const struct node *node = unit->composites.items[i];

        if (node->kind == NODE_UNION) {
            composites[i].choice = node->model.choice;
        } else {
            composites[i].table = node->model.table;
            tables[bus->table_count++] = node->model.table;
        }
    }
    bus->composites = composites;
    bus->composite_count = count;
    bus->tables = tables;
}

/* Adds the model object of each node of one kind (or of two), in order; how many. */
static uint32_t collect_more(struct context *context, const struct unit *unit, enum node_kind kind,
                             enum node_kind or_kind, struct list *list)
{
    uint32_t before = list->count;

    for (const struct node *node = unit->nodes; node; node = node->next)
        if (node->kind == kind || node->kind == or_kind) {
            /* all members of the union are pointers to objects: see declare_model */
            void *object = node->kind == NODE_CONST       ? (void *)node->model.constant
                           : node->kind == NODE_UNION     ? (void *)node->model.choice
                           : node->kind == NODE_COMPONENT ? (void *)node->model.component
                           : node->kind == NODE_PROGRAM   ? (void *)node->model.program
                           : node->kind <= NODE_FLAGS     ? (void *)node->model.enumeration
                                                          : (void *)node->model.message;
            list_add(context->arena, list, object);
        }
    return list->count - before;
}

/* The same in a list of their own. */
static void *const *collect(struct context *context, const struct unit *unit, enum node_kind kind,
                            enum node_kind or_kind, uint32_t *count)
{
    struct list list = {0};

    *count = collect_more(context, unit, kind, or_kind, &list);
    return list.items;
}

static void collect_messages(struct context *context, const struct unit *unit)
{
    struct idl_bus *bus = unit->bus;
    struct list list = {0};

    bus->message_count = collect_more(context, unit, NODE_EVENT, NODE_COMMAND, &list);
    bus->older_count = collect_more(context, unit, NODE_OLDER, NODE_OLDER, &list);
    bus->messages = (const struct idl_message *const *)list.items;
}

void model_finish(struct context *context)
{
    for (uint32_t i = 0; i < context->units.count; i++) {
        struct unit *unit = context->units.items[i];
        struct idl_bus *bus = unit->bus;

        unused_imports(context, unit);
        if (i == 0)
            unused_policies(context, unit);
        finish_composites(context, unit);
        bus->consts = (const struct idl_const *const *)collect(context, unit, NODE_CONST,
                                                               NODE_CONST, &bus->const_count);
        bus->enums = (const struct idl_enum *const *)collect(context, unit, NODE_ENUM, NODE_FLAGS,
                                                             &bus->enum_count);
        bus->unions = (const struct idl_union *const *)collect(context, unit, NODE_UNION,
                                                               NODE_UNION, &bus->union_count);
        collect_messages(context, unit);
        bus->policies = (const struct idl_policy *const *)unit->policy_list.items;
        bus->policy_count = unit->policy_list.count;
        bus->components = (const struct idl_component *const *)collect(
            context, unit, NODE_COMPONENT, NODE_COMPONENT, &bus->component_count);
        bus->programs = (const struct idl_program *const *)collect(
            context, unit, NODE_PROGRAM, NODE_PROGRAM, &bus->program_count);
    }
}
