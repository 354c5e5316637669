/* hover.c - what is to be said about the name at a place, and about what was found there. */
#include "emit/emit.h"
#include "lsp/lsp.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_LINES = 16, SHOWN_BYTES = 2000, SHOWN_FINDINGS = 3 };

/* What a declaration says, or how it begins. */
static void put_source(struct writer *out, const struct idl_decl *decl)
{
    const char *text = decl->file->text + decl->start;
    size_t size = decl->end > decl->start ? decl->end - decl->start : 0;
    size_t lines = 0;

    if (size == 0) { /* its syntax is wrong */
        text = decl->file->text + decl->span.start;
        size = decl->span.end - decl->span.start;
    }
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    if (lines > SHOWN_LINES || size > SHOWN_BYTES) {
        const char *open = memchr(text, '{', size < SHOWN_BYTES ? size : SHOWN_BYTES);

        size = open != NULL ? (size_t)(open - text) + 1 : 0;
    }
    if (size == 0 || memmem(text, size, "~~~", 3) != NULL)
        return;
    put(out, "~~~bus\n");
    put_bytes(out, text, size);
    put(out, "\n~~~\n\n");
}

static const char *kind_text(const struct idl_symbol *symbol)
{
    static const char *const texts[] = {
        [IDL_SYMBOL_BUS] = "bus",         [IDL_SYMBOL_CONST] = "constant",
        [IDL_SYMBOL_ENUM] = "enum",       [IDL_SYMBOL_FLAGS] = "flags",
        [IDL_SYMBOL_STRUCT] = "struct",   [IDL_SYMBOL_TABLE] = "table",
        [IDL_SYMBOL_UNION] = "union",     [IDL_SYMBOL_POLICY] = "policy",
        [IDL_SYMBOL_EVENT] = "event",     [IDL_SYMBOL_OLDER] = "older version",
        [IDL_SYMBOL_COMMAND] = "command", [IDL_SYMBOL_COMPONENT] = "component",
        [IDL_SYMBOL_PROGRAM] = "program", [IDL_SYMBOL_FIELD] = "field",
        [IDL_SYMBOL_VALUE] = "value",     [IDL_SYMBOL_ARM] = "arm",
        [IDL_SYMBOL_ANSWER] = "answer",
    };

    return texts[symbol->kind];
}

static void put_field(struct request *request, struct writer *out, const struct idl_symbol *symbol)
{
    const struct idl_field *field = symbol->field;
    const struct idl_type *type = &field->type;

    if (field->number != 0)
        fill(out, "Number $N. ", 'N', decimal(&request->memory, field->number), 0);
    if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE)
        fill(out, "$T `$N`, $S bytes at most$E. ", 'T',
             type->kind == IDL_STRUCT ? "Struct" : "Table", 'N', type->table->decl.name, 'S',
             decimal(&request->memory, type->table->size_max), 'E',
             type->shape == IDL_ONE ? "" : " each", 0);
    if (field->key)
        put(out, "The key: messages of one are delivered in order. ");
    if (field->secret)
        put(out, "Secret: it appears nowhere but in the message. ");
    if (field->decl.removed)
        put(out, "Gone: the number stays taken. ");
}

/* Who of `bindings` takes the message. */
static bool binds(const struct idl_binding *bindings, uint32_t count,
                  const struct idl_message *message)
{
    for (uint32_t i = 0; i < count; i++)
        if (bindings[i].message == message)
            return true;
    return false;
}

static bool takes_part(const struct idl_component *component, const struct idl_message *message,
                       int how)
{
    if (how < 2)
        return how == 0 ? binds(component->handles, component->handle_count, message)
                        : binds(component->listens, component->listen_count, message);
    for (uint32_t i = 0; i < component->emit_count; i++)
        if (component->emits[i] == message)
            return true;
    return false;
}

static void put_wiring(struct writer *out, const struct idl_names *names,
                       const struct idl_message *message)
{
    static const char *const hows[] = {"Handled by ", "Listened to by ", "Emitted by "};

    for (int how = 0; how < 3; how++) {
        bool any = false;

        for (uint32_t i = 0; i < names->symbol_count; i++) {
            const struct idl_symbol *symbol = &names->symbols[i];

            if (symbol->kind != IDL_SYMBOL_COMPONENT ||
                !takes_part(symbol->component, message, how))
                continue;
            fill(out, "$H`$N`", 'H', any ? ", " : hows[how], 'N', symbol->decl->name, 0);
            any = true;
        }
        put(out, any ? ".\n\n" : "");
    }
}

static void put_message(struct request *request, struct writer *out,
                        const struct idl_message *message)
{
    struct emitter emitter = {
        .memory = &request->memory, .bus = message->body.decl.file->bus, .out = out};
    const char *number = decimal(&request->memory, message->version);
    char id[32];

    if (message->newer != NULL)
        fill(out, "Only read any more; then upgraded to version $V.\n\n", 'V',
             decimal(&request->memory, message->newer->version), 0);
    else
        emit_message_settings(&emitter, message);
    snprintf(id, sizeof id, "%016llx", (unsigned long long)message->id);
    fill(out, "Identity `$I`, of `$B.$N$V`.\n\n", 'I', id, 'B', emitter.bus->decl.name, 'N',
         message->body.decl.was != NULL ? message->body.decl.was : message->base, 'V',
         message->version > 1 ? join(&request->memory, ".v", number, NULL) : "", 0);
}

static void put_table(struct request *request, struct writer *out, const struct idl_table *table)
{
    if (table->fixed)
        fill(out, "$S bytes, aligned to $A; the same in every version.", 'S',
             decimal(&request->memory, table->inline_size), 'A',
             decimal(&request->memory, table->align), 0);
    else
        fill(out, "$S bytes at most, packed; the next free number is $N.", 'S',
             decimal(&request->memory, table->size_max), 'N',
             decimal(&request->memory, (uint64_t)table->highest_number + 1), 0);
}

static void put_bus(struct request *request, struct writer *out, const struct idl_bus *bus)
{
    fill(out, "Version $V; $M messages, $C components.", 'V',
         decimal(&request->memory, bus->version), 'M',
         decimal(&request->memory, bus->message_count), 'C',
         decimal(&request->memory, bus->component_count), 0);
}

/* Only of a model without errors. */
static void put_facts(struct request *request, struct writer *out, const struct idl_names *names,
                      const struct idl_symbol *symbol)
{
    switch (symbol->kind) {
    case IDL_SYMBOL_BUS:
        put_bus(request, out, symbol->bus);
        break;
    case IDL_SYMBOL_STRUCT:
    case IDL_SYMBOL_TABLE:
        put_table(request, out, symbol->table);
        break;
    case IDL_SYMBOL_EVENT:
    case IDL_SYMBOL_COMMAND:
    case IDL_SYMBOL_OLDER:
        put_message(request, out, symbol->message);
        put_wiring(out, names, symbol->message);
        break;
    case IDL_SYMBOL_COMPONENT:
        put(out, symbol->component->concurrent
                     ? "Concurrent: its handlers may run at once, on any worker."
                     : "Serial: no two of its handlers run at once.");
        break;
    case IDL_SYMBOL_FIELD:
        put_field(request, out, symbol);
        break;
    case IDL_SYMBOL_ANSWER:
        fill(out, "$S bytes at most.", 'S',
             decimal(&request->memory, symbol->answer->body.size_max), 0);
        break;
    default:
        break;
    }
}

static void put_symbol(struct request *request, struct writer *out, const struct snapshot *snapshot,
                       const struct idl_symbol *symbol)
{
    put_source(out, symbol->decl);
    if (symbol->parent != NULL && symbol->parent->decl->name != NULL)
        fill(out, "$K `$N` of $O `$P`", 'K', kind_text(symbol), 'N', symbol->decl->name, 'O',
             kind_text(symbol->parent), 'P', symbol->parent->decl->name, 0);
    else
        fill(out, "$K `$N`", 'K', kind_text(symbol), 'N', symbol->decl->name, 0);
    put(out, "\n\n");
    if (symbol->decl->doc != NULL)
        fill(out, "$D\n\n", 'D', symbol->decl->doc, 0);
    if (snapshot->result.errors == 0)
        put_facts(request, out, &snapshot->result.names, symbol);
    put(out, "\n\n");
}

/* What was found at the place: why the rule exists. */
static bool put_findings(struct writer *out, const struct snapshot *snapshot, size_t offset,
                         struct idl_span *span)
{
    int shown = 0;

    for (size_t i = 0; i < snapshot->result.diagnostic_count && shown < SHOWN_FINDINGS; i++) {
        const struct idl_diagnostic *found = &snapshot->result.diagnostics[i];
        const struct idl_rule *rule = idl_rule_find(found->rule);

        if (found->span.file != snapshot->result.files[0] || found->span.start > offset ||
            found->span.end < offset || rule == NULL)
            continue;
        fill(out, "$L**$R**: $S\n\n$W\n\n", 'L', shown == 0 && out->size > 0 ? "---\n\n" : "", 'R',
             rule->id, 'S', rule->summary, 'W', rule->why, 0);
        if (shown++ == 0 && span->file == NULL)
            *span = found->span;
    }
    return shown > 0;
}

json_t *lsp_hover(struct request *request)
{
    struct writer out = {0};
    struct named named = {0};
    struct place place;
    bool any;
    json_t *answer;

    if (!request_place(request, &place))
        return NULL;
    any = snapshot_named(place.snapshot, place.offset, &named);
    if (any)
        put_symbol(request, &out, place.snapshot, named.symbol);
    any = put_findings(&out, place.snapshot, place.offset, &named.span) || any;
    if (!any) {
        writer_free(&out);
        return json_null();
    }
    while (out.size > 0 && (out.data[out.size - 1] == '\n' || out.data[out.size - 1] == ' '))
        out.data[--out.size] = '\0';
    answer = json_pack("{s:{s:s, s:o}, s:o}", "contents", "kind", "markdown", "value",
                       json_text(out.data), "range",
                       snapshot_range(place.snapshot, request->server, named.span));
    writer_free(&out);
    return answer;
}
