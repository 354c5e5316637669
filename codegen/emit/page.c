/* page.c - what stands on a page that documents a schema; see page.h. */
#include "emit/page.h"

#include "emit/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- pieces ---------------------------------------------------------------------------------- */

const char *page_full_name(struct memory *memory, const struct idl_decl *decl)
{
    return join(memory, decl->file->bus->decl.name, ".", decl->name, NULL);
}

size_t page_code_size(const char *text)
{
    size_t size;

    if (*text != '`')
        return 0;
    size = strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    return size != 0 && text[size + 1] == '`' && text[size + 2] != '`' ? size + 2 : 0;
}

/* A skeleton that is filled for use in another one. */
static const char *made(struct page *p, const char *skeleton, const char *anchor, const char *text)
{
    struct writer out = {0};
    const char *result;

    fill(&out, skeleton, 'I', anchor, 'T', text, 0);
    result = join(p->e->memory, out.data, NULL);
    writer_free(&out);
    return result;
}

const char *page_code(struct page *p, const char *name)
{
    return made(p, p->format->code, "", name);
}

/* `line`, a link when it is described here; `common.money` when it is of another file. */
const char *page_link(struct page *p, const struct idl_decl *decl)
{
    const char *full = page_full_name(p->e->memory, decl);

    if (decl->file->bus != p->e->bus)
        return page_code(p, full);
    return made(p, p->format->link, full, page_code(p, decl->name));
}

static const char *count(struct page *p, uint64_t number)
{
    return decimal(p->e->memory, number);
}

static void mark(struct page *p, const char *kind, const char *text)
{
    fill(p->out, p->format->mark, 'C', kind, 'T', text, 0);
}

/* "since 2, until 3, was `old`": nothing when there is nothing to say. */
static void put_life(struct page *p, const struct idl_decl *decl)
{
    if (decl->since != 0)
        mark(p, "since", join(p->e->memory, "since version ", count(p, decl->since), NULL));
    if (decl->until != 0)
        mark(p, "until",
             join(p->e->memory, decl->removed ? "gone after version " : "until version ",
                  count(p, decl->until), NULL));
    if (decl->was != NULL)
        mark(p, "was", join(p->e->memory, "was ", page_code(p, decl->was), NULL));
}

static void put_doc(struct page *p, const char *doc)
{
    if (doc != NULL && *doc != '\0')
        p->format->text(p->out, doc, false);
}

static void put_section(struct page *p, const char *anchor, const char *title)
{
    fill(p->out, p->format->section, 'I', anchor, 'T', title, 0);
}

static void put_heading(struct page *p, const char *skeleton, const char *anchor, const char *name,
                        const char *what, const struct idl_decl *decl)
{
    fill(p->out, skeleton, 'I', anchor, 'N', name, 0);
    put(p->out, what);
    put_life(p, decl);
    put(p->out, p->format->heading_end);
    put_doc(p, decl->doc);
}

static void put_entry(struct page *p, const struct idl_decl *decl, const char *what)
{
    put_heading(p, p->format->heading, page_full_name(p->e->memory, decl), decl->name, what, decl);
}

/* ---- lists and tables ------------------------------------------------------------------------ */

void page_say(struct page *p, const char *skeleton, ...)
{
    va_list holes;

    put(p->out, p->format->item);
    va_start(holes, skeleton);
    fill_list(p->out, skeleton, holes);
    va_end(holes);
    put(p->out, p->format->item_end);
}

/* `columns` ends with a title NULL; `label`: of what it tells. */
static void begin_table(struct page *p, const struct page_column *columns, const char *label)
{
    p->columns = columns;
    p->column = 0;
    p->format->table(p, label);
}

static void next_cell(struct page *p)
{
    p->format->cell(p);
    p->column++;
}

static void put_cell(struct page *p, const char *text)
{
    next_cell(p);
    put(p->out, text);
}

/* The last cell of a row: what people say of it. */
static void put_doc_cell(struct page *p, const char *doc)
{
    next_cell(p);
    if (doc != NULL)
        p->format->text(p->out, doc, true);
    put(p->out, p->format->row_end);
    p->column = 0;
}

/* ---- fields ---------------------------------------------------------------------------------- */

static const char *element(struct page *p, const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return page_link(p, &type->enumeration->decl);
    case IDL_STRUCT:
    case IDL_TABLE:
        return page_link(p, &type->table->decl);
    case IDL_UNION:
        return page_link(p, &type->choice->decl);
    default:
        return page_code(p, words_type(type->kind));
    }
}

static void put_type(struct page *p, const struct idl_type *type)
{
    if (type->shape == IDL_VECTOR)
        fill(p->out, "up to $C of ", 'C', count(p, type->count), 0);
    if (type->shape == IDL_ARRAY)
        fill(p->out, "$C of ", 'C', count(p, type->count), 0);
    put(p->out, element(p, type));
    if (type->kind == IDL_STRING || type->kind == IDL_BYTES)
        fill(p->out, type->shape == IDL_ONE ? ", at most $M bytes" : ", at most $M bytes each", 'M',
             count(p, type->max), 0);
    if (type->optional)
        put(p->out, ", optional");
}

static void put_field(struct page *p, const struct idl_table *table, const struct idl_field *field)
{
    if (!table->fixed)
        put_cell(p, count(p, field->number));
    put_cell(p, page_code(p, field->decl.name));
    next_cell(p);
    put_type(p, &field->type);
    if (field->key)
        mark(p, "key", "key");
    if (field->secret)
        mark(p, "secret", "secret");
    if (field->has_preset)
        mark(p, "default",
             join(p->e->memory, "default ",
                  page_code(p, words_value(p->e->memory, field->type.kind, field->type.enumeration,
                                           field->preset)),
                  NULL));
    put_life(p, &field->decl);
    put_doc_cell(p, field->decl.doc);
}

static void put_fields(struct page *p, const struct idl_table *table, const char *label)
{
    static const struct page_column columns[] = {
        {"number", true}, {"field", false}, {"type", false}, {"", false}, {NULL, false}};

    if (table->field_count == 0) {
        fill(p->out, "$BIt has no fields.$E", 'B', p->format->paragraph, 'E',
             p->format->paragraph_end, 0);
        return;
    }
    begin_table(p, table->fixed ? columns + 1 : columns,
                join(p->e->memory, "Fields of ", label, NULL));
    for (uint32_t i = 0; i < table->field_count; i++)
        put_field(p, table, &table->fields[i]);
    put(p->out, p->format->table_end);
}

/* ---- messages -------------------------------------------------------------------------------- */

static const char *const kinds[] = {[IDL_COMMAND] = "Command",
                                    [IDL_DOMAIN_EVENT] = "Event",
                                    [IDL_SYSTEM_EVENT] = "System event",
                                    [IDL_INTEGRATION_EVENT] = "Integration event"};

static int compare_edges(const void *a, const void *b)
{
    const struct flow_edge *left = *(const struct flow_edge *const *)a;
    const struct flow_edge *right = *(const struct flow_edge *const *)b;

    if (left->message != right->message)
        return left->message < right->message ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* The edges of each message side by side, those of one in order of the schema. */
static void sort_edges(struct page *p)
{
    size_t size = p->flow.edge_count;

    p->edges = allocate(p->e->memory, (size + 1) * sizeof(const struct flow_edge *));
    for (size_t i = 0; i < size; i++)
        p->edges[i] = &p->flow.edges[i];
    if (size != 0)
        qsort(p->edges, size, sizeof(const struct flow_edge *), compare_edges);
}

static size_t first_edge(const struct page *p, const struct idl_message *message)
{
    size_t low = 0, high = p->flow.edge_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->edges[middle]->message < message)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* "Handled by `warehouse`." */
static void put_parties(struct page *p, const struct idl_message *message, enum flow_kind kind,
                        const char *how)
{
    size_t end = p->flow.edge_count;
    bool any = false;

    for (size_t i = first_edge(p, message); i < end && p->edges[i]->message == message; i++) {
        if (p->edges[i]->kind != kind)
            continue;
        put(p->out, any ? ", " : p->format->item);
        put(p->out, any ? "" : how);
        put(p->out, page_link(p, &p->edges[i]->component->decl));
        any = true;
    }
    if (any)
        fill(p->out, ".$E", 'E', p->format->item_end, 0);
}

static void put_message(struct page *p, const struct idl_message *message)
{
    put_entry(p, &message->body.decl, kinds[message->kind]);
    put_fields(p, &message->body, message->body.decl.name);
    put(p->out, p->format->list);
    if (message->upgrades != NULL)
        page_say(p, "Version $N; what was written as $O is upgraded to it.", 'N',
                 count(p, message->version), 'O', page_link(p, &message->upgrades->body.decl), 0);
    put_parties(p, message, FLOW_EMITS, "Emitted by ");
    put_parties(p, message, FLOW_HANDLES, "Handled by ");
    put_parties(p, message, FLOW_LISTENS, "Listened to by ");
    page_settings(p, message);
    put(p->out, p->format->list_end);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_table *body = &message->answers[i].body;
        const char *name = join(p->e->memory, message->body.decl.name, ".", body->decl.name, NULL);

        put_heading(p, p->format->answer, join(p->e->memory, p->e->bus->decl.name, ".", name, NULL),
                    name, message->has_returns && i == 0 ? "What it returns" : "How it may fail",
                    &body->decl);
        put_fields(p, body, name);
    }
    put(p->out, p->format->entry_end);
}

static void put_messages(struct page *p, bool commands)
{
    bool first = true;

    for (uint32_t i = 0; i < p->e->bus->message_count; i++) {
        const struct idl_message *message = p->e->bus->messages[i];

        if ((message->kind == IDL_COMMAND) != commands)
            continue;
        if (first)
            put_section(p, commands ? "commands" : "events", commands ? "Commands" : "Events");
        first = false;
        put_message(p, message);
    }
}

static void put_older(struct page *p)
{
    const struct idl_bus *bus = p->e->bus;

    if (bus->older_count != 0)
        put_section(p, "older", "Older versions");
    for (uint32_t i = bus->message_count; i < version_count(bus); i++) {
        const struct idl_message *older = bus->messages[i];

        put_entry(p, &older->body.decl,
                  join(p->e->memory, "Version ", count(p, older->version), " of ",
                       page_link(p, &older->newer->body.decl),
                       ": only read any more, upgraded to version ",
                       count(p, older->newer->version), NULL));
        put_fields(p, &older->body, older->body.decl.name);
        put(p->out, p->format->entry_end);
    }
}

static void put_overview(struct page *p)
{
    static const struct page_column columns[] = {{"message", false},
                                                 {"", false},
                                                 {"priority", false},
                                                 {"bytes at most", true},
                                                 {NULL, false}};

    if (p->e->bus->message_count == 0)
        return;
    put_section(p, "overview", "Overview");
    begin_table(p, columns, "All messages");
    for (uint32_t i = 0; i < p->e->bus->message_count; i++) {
        const struct idl_message *message = p->e->bus->messages[i];

        put_cell(p, page_link(p, &message->body.decl));
        put_cell(p, kinds[message->kind]);
        put_cell(p, words_priorities[message->priority]);
        put_cell(p, count(p, message->body.size_max));
        put(p->out, p->format->row_end);
        p->column = 0;
    }
    put(p->out, p->format->table_end);
}

/* ---- components and programs ----------------------------------------------------------------- */

static void put_binding(struct page *p, const struct idl_binding *binding, const char *how)
{
    fill(p->out, "$I$H $M", 'I', p->format->item, 'H', how, 'M',
         page_link(p, &binding->message->body.decl), 0);
    if (binding->order != IDL_ORDER_NORMAL)
        fill(p->out, ", order $O", 'O', words_orders[binding->order], 0);
    if (binding->parallel)
        put(p->out, ", in parallel");
    if (binding->batch)
        put(p->out, ", many at once");
    if (binding->batch_size != 0)
        fill(p->out, ", up to $N", 'N', count(p, binding->batch_size), 0);
    if (binding->batch_ns != 0)
        fill(p->out, ", within $T", 'T', words_duration(p->e->memory, binding->batch_ns), 0);
    if (binding->takes_ns != 0)
        fill(p->out, ", takes $T", 'T', words_duration(p->e->memory, binding->takes_ns), 0);
    put(p->out, p->format->item_end);
}

static void put_component(struct page *p, const struct idl_component *component,
                          const struct flow_edge *edges, size_t edge_count)
{
    put_entry(p, &component->decl,
              component->concurrent ? "Concurrent: its handlers may run at once"
                                    : "Serial: its handlers run one after another");
    if (p->format->component != NULL)
        p->format->component(p, component, edges, edge_count);
    put(p->out, p->format->list);
    for (uint32_t i = 0; i < component->handle_count; i++)
        put_binding(p, &component->handles[i], "handles");
    for (uint32_t i = 0; i < component->listen_count; i++)
        put_binding(p, &component->listens[i], "listens to");
    for (uint32_t i = 0; i < component->emit_count; i++)
        page_say(p, "emits $M", 'M', page_link(p, &component->emits[i]->body.decl), 0);
    put(p->out, p->format->list_end);
    put(p->out, p->format->entry_end);
}

static void put_components(struct page *p)
{
    const struct idl_bus *bus = p->e->bus;
    size_t first = 0;

    if (bus->component_count != 0)
        put_section(p, "components", "Components");
    for (uint32_t i = 0; i < bus->component_count; i++) { /* the flow begins with these */
        size_t end = first;

        while (end < p->flow.edge_count && p->flow.edges[end].component == bus->components[i])
            end++;
        put_component(p, bus->components[i], p->flow.edges + first, end - first);
        first = end;
    }
    if (bus->program_count != 0)
        put_section(p, "programs", "Programs");
    for (uint32_t i = 0; i < bus->program_count; i++) {
        const struct idl_program *program = bus->programs[i];

        put_entry(p, &program->decl, "Program");
        put(p->out, p->format->list);
        for (uint32_t k = 0; k < program->run_count; k++)
            page_say(p, "runs $C", 'C', page_link(p, &program->runs[k]->decl), 0);
        if (program->memory_max != 0)
            page_say(p, "reserves $B bytes at most", 'B', count(p, program->memory_max), 0);
        put(p->out, p->format->list_end);
        put(p->out, p->format->entry_end);
    }
}

/* ---- types ----------------------------------------------------------------------------------- */

static void put_enum(struct page *p, const struct idl_enum *enumeration)
{
    static const struct page_column columns[] = {
        {"name", false}, {"value", true}, {"", false}, {NULL, false}};

    put_entry(p, &enumeration->decl,
              join(p->e->memory, enumeration->flags ? "Flags in a " : "Enum in a ",
                   page_code(p, words_type(enumeration->base)), NULL));
    begin_table(p, columns, join(p->e->memory, "Values of ", enumeration->decl.name, NULL));
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];

        put_cell(p, page_code(p, value->decl.name));
        put_cell(p, words_integer(p->e->memory, (uint64_t)value->value, !enumeration->flags));
        put_life(p, &value->decl);
        put_doc_cell(p, value->decl.doc);
    }
    put(p->out, p->format->table_end);
    put(p->out, p->format->entry_end);
}

static void put_union(struct page *p, const struct idl_union *choice)
{
    static const struct page_column columns[] = {
        {"number", true}, {"arm", false}, {"", false}, {NULL, false}};

    put_entry(p, &choice->decl, "Union");
    begin_table(p, columns, join(p->e->memory, "Arms of ", choice->decl.name, NULL));
    for (uint32_t i = 0; i < choice->arm_count + choice->gone_count; i++) {
        const struct idl_union_arm *arm = &choice->arms[i];

        put_cell(p, count(p, arm->number));
        put_cell(p, page_link(p, &arm->table->decl));
        put_life(p, &arm->decl);
        put_doc_cell(p, arm->decl.doc);
    }
    put(p->out, p->format->table_end);
    put(p->out, p->format->entry_end);
}

static void put_types(struct page *p)
{
    const struct idl_bus *bus = p->e->bus;

    if (bus->composite_count + bus->enum_count != 0)
        put_section(p, "types", "Types");
    for (uint32_t i = 0; i < bus->enum_count; i++)
        put_enum(p, bus->enums[i]);
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        const struct idl_table *table = bus->composites[i].table;

        if (table == NULL) {
            put_union(p, bus->composites[i].choice);
            continue;
        }
        put_entry(p, &table->decl,
                  table->fixed ? "Struct: it never changes" : "Table: it can grow");
        put_fields(p, table, table->decl.name);
        put(p->out, p->format->entry_end);
    }
}

static void put_constants(struct page *p)
{
    static const struct page_column columns[] = {
        {"name", false}, {"type", false}, {"value", false}, {"", false}, {NULL, false}};

    if (p->e->bus->const_count == 0)
        return;
    put_section(p, "constants", "Constants");
    begin_table(p, columns, "Constants");
    for (uint32_t i = 0; i < p->e->bus->const_count; i++) {
        const struct idl_const *constant = p->e->bus->consts[i];

        put_cell(p, page_code(p, constant->decl.name));
        put_cell(p, page_code(p, words_type(constant->kind)));
        next_cell(p);
        if (constant->kind == IDL_STRING)
            p->format->text(p->out, constant->text, true);
        else
            put(p->out,
                page_code(p, words_value(p->e->memory, constant->kind, NULL, constant->bits)));
        put_doc_cell(p, constant->decl.doc);
    }
    put(p->out, p->format->table_end);
}

void put_page(struct emitter *emitter, const struct page_format *format)
{
    struct page p = {.e = emitter,
                     .out = emitter->out,
                     .format = format,
                     .flow = flow_of(emitter->memory, emitter->bus)};

    sort_edges(&p);
    format->begin(&p);
    put_doc(&p, emitter->bus->decl.doc);
    put_overview(&p);
    if (emitter->bus->component_count != 0) {
        put_section(&p, "flow", "Flow");
        format->flow(&p);
    }
    put_messages(&p, false);
    put_messages(&p, true);
    put_older(&p);
    put_components(&p);
    put_types(&p);
    put_constants(&p);
    put(p.out, format->end);
    flow_free(&p.flow);
}
