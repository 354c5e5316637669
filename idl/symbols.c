/*
 * symbols.c - who declares what and who names it, for editors.
 *
 * Uses are noted while names are resolved, which is the one time that each is looked up; symbols
 * are read off the finished model. A declaration is known by its place: the model has copies.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct use_record {
    struct idl_span span;
    const struct idl_decl *decl;
};

void note_use(struct context *context, struct idl_span span, const struct idl_decl *decl)
{
    struct use_record *use;

    if (!context->options->names)
        return;
    use = arena_take(context->arena, sizeof *use);
    *use = (struct use_record){span, decl};
    list_add(context->arena, &context->uses, use);
}

void note_reference(struct context *context, const struct reference *reference,
                    const struct node *node)
{
    struct idl_span name = reference->span;
    struct idl_span qualifier = reference->span;

    if (!context->options->names)
        return;
    name.start = name.end - reference->name_size;
    note_use(context, name, &node->decl);
    if (!reference->qualifier_size)
        return;
    qualifier.end = qualifier.start + reference->qualifier_size;
    note_use(context, qualifier, &node->unit->bus->decl);
}

/* ---- symbols ---- */

/* Where a symbol's parent begins, until all have their place. */
struct entry {
    struct idl_symbol symbol;
    uint32_t parent;
};

struct entries {
    struct entry *items; /* NULL: they are only counted */
    uint32_t count;
    struct entry counted;
};

#define NO_PARENT UINT32_MAX

static struct idl_symbol *add(struct entries *entries, enum idl_symbol_kind kind,
                              const struct idl_decl *decl, uint32_t parent)
{
    struct entry *entry = entries->items ? &entries->items[entries->count] : &entries->counted;

    entries->count++;
    entry->symbol.kind = kind;
    entry->symbol.decl = decl;
    entry->parent = parent;
    return &entry->symbol;
}

static void add_fields(struct entries *entries, const struct idl_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        add(entries, IDL_SYMBOL_FIELD, &table->fields[i].decl, table->decl.span.start)->field =
            &table->fields[i];
}

static void add_message(struct entries *entries, const struct idl_message *message)
{
    uint32_t start = message->body.decl.span.start;

    add_fields(entries, &message->body);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_answer *answer = &message->answers[i];

        add(entries, IDL_SYMBOL_ANSWER, &answer->body.decl, start)->answer = answer;
        add_fields(entries, &answer->body);
    }
}

static void add_enum(struct entries *entries, const struct idl_enum *enumeration)
{
    for (uint32_t i = 0; i < enumeration->value_count; i++)
        add(entries, IDL_SYMBOL_VALUE, &enumeration->values[i].decl, enumeration->decl.span.start)
            ->value = &enumeration->values[i];
}

static void add_union(struct entries *entries, const struct idl_union *choice)
{
    for (uint32_t i = 0; i < choice->arm_count + choice->gone_count; i++)
        add(entries, IDL_SYMBOL_ARM, &choice->arms[i].decl, choice->decl.span.start)->arm =
            &choice->arms[i];
}

static void add_node(struct entries *entries, const struct node *node)
{
    static const enum idl_symbol_kind kinds[] = {
        [NODE_CONST] = IDL_SYMBOL_CONST,         [NODE_ENUM] = IDL_SYMBOL_ENUM,
        [NODE_FLAGS] = IDL_SYMBOL_FLAGS,         [NODE_STRUCT] = IDL_SYMBOL_STRUCT,
        [NODE_TABLE] = IDL_SYMBOL_TABLE,         [NODE_UNION] = IDL_SYMBOL_UNION,
        [NODE_POLICY] = IDL_SYMBOL_POLICY,       [NODE_EVENT] = IDL_SYMBOL_EVENT,
        [NODE_COMMAND] = IDL_SYMBOL_COMMAND,     [NODE_OLDER] = IDL_SYMBOL_OLDER,
        [NODE_COMPONENT] = IDL_SYMBOL_COMPONENT, [NODE_PROGRAM] = IDL_SYMBOL_PROGRAM,
    };
    struct idl_symbol *symbol =
        add(entries, kinds[node->kind], &node->decl, node->unit->bus->decl.span.start);

    switch (symbol->kind) {
    case IDL_SYMBOL_CONST:
        symbol->constant = node->model.constant;
        break;
    case IDL_SYMBOL_ENUM:
    case IDL_SYMBOL_FLAGS:
        symbol->enumeration = node->model.enumeration;
        add_enum(entries, node->model.enumeration);
        break;
    case IDL_SYMBOL_STRUCT:
    case IDL_SYMBOL_TABLE:
        symbol->table = node->model.table;
        add_fields(entries, node->model.table);
        break;
    case IDL_SYMBOL_UNION:
        symbol->choice = node->model.choice;
        add_union(entries, node->model.choice);
        break;
    case IDL_SYMBOL_EVENT:
    case IDL_SYMBOL_COMMAND:
    case IDL_SYMBOL_OLDER:
        symbol->message = node->model.message;
        add_message(entries, node->model.message);
        break;
    case IDL_SYMBOL_COMPONENT:
        symbol->component = node->model.component;
        break;
    case IDL_SYMBOL_PROGRAM:
        symbol->program = node->model.program;
        break;
    default:
        break;
    }
}

static int by_place(const struct idl_span *left, const struct idl_span *right)
{
    if (left->file != right->file)
        return unit_of(left->file)->index < unit_of(right->file)->index ? -1 : 1;
    return left->start < right->start ? -1 : left->start > right->start;
}

static int by_entry_place(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;

    return by_place(&a->symbol.decl->span, &b->symbol.decl->span);
}

static int by_symbol_place(const void *left, const void *right)
{
    const struct idl_symbol *a = left;
    const struct idl_symbol *b = right;

    return by_place(&a->decl->span, &b->decl->span);
}

/* The symbol declared there; NULL: none. */
static const struct idl_symbol *symbol_at(const struct idl_names *names, struct idl_span span)
{
    struct idl_decl decl = {.span = span};
    struct idl_symbol key = {.decl = &decl};

    if (!span.file || !names->symbol_count)
        return NULL;
    return bsearch(&key, names->symbols, names->symbol_count, sizeof key, by_symbol_place);
}

static void add_units(const struct context *context, struct entries *entries)
{
    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        if (unit->bus->decl.name)
            add(entries, IDL_SYMBOL_BUS, &unit->bus->decl, NO_PARENT)->bus = unit->bus;
        for (const struct node *node = unit->nodes; node; node = node->next)
            add_node(entries, node);
    }
}

static void collect_symbols(struct context *context, struct idl_names *names)
{
    struct entries entries = {0};
    struct idl_symbol *symbols;

    add_units(context, &entries);
    entries.items = arena_take(context->arena, entries.count * sizeof *entries.items + 1);
    entries.count = 0;
    add_units(context, &entries);
    qsort(entries.items, entries.count, sizeof *entries.items, by_entry_place);
    symbols = arena_take(context->arena, entries.count * sizeof *symbols + 1);
    for (uint32_t i = 0; i < entries.count; i++)
        symbols[i] = entries.items[i].symbol;
    names->symbols = symbols;
    names->symbol_count = entries.count;
    for (uint32_t i = 0; i < entries.count; i++) {
        struct idl_span parent = symbols[i].decl->span;

        parent.start = entries.items[i].parent;
        if (parent.start != NO_PARENT)
            symbols[i].parent = symbol_at(names, parent);
    }
}

/* ---- uses ---- */

static int by_use_place(const void *left, const void *right)
{
    const struct idl_use *a = left;
    const struct idl_use *b = right;

    return by_place(&a->span, &b->span);
}

void names_finish(struct context *context)
{
    struct idl_names *names = &context->result->names;
    struct idl_use *uses;
    uint32_t count = 0;

    if (!context->options->names)
        return;
    collect_symbols(context, names);
    uses = arena_take(context->arena, context->uses.count * sizeof *uses + 1);
    for (uint32_t i = 0; i < context->uses.count; i++) {
        const struct use_record *record = context->uses.items[i];

        uses[count].span = record->span;
        uses[count].symbol = symbol_at(names, record->decl->span);
        count += uses[count].symbol != NULL;
    }
    qsort(uses, count, sizeof *uses, by_use_place);
    names->uses = uses;
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || by_use_place(&uses[names->use_count - 1], &uses[i]) != 0)
            uses[names->use_count++] = uses[i];
}
