/*
 * markdown.c - x.md: the schema as a page to read, in CommonMark with tables, and its flow as
 * a Mermaid graph, which GitHub and GitLab draw.
 *
 * Text of people (`///`, constants) goes through put_text, which leaves nothing in it that Markdown
 * or HTML would take for its own. Names of the language are letters, digits and "_", and stand in
 * code. Each declaration has an anchor of its full name, since those that a viewer makes of
 * headings differ from one to the other.
 */
#include "emit/emit.h"
#include "emit/words.h"

#include <string.h>

/* ---- text ------------------------------------------------------------------------------------ */

static bool is_marked(char byte)
{
    return byte != '\0' && strchr("\\`*_{}[]<>|~&$", byte) != NULL;
}

/* What begins a block when a line begins with it. */
static bool is_block(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return (*text != '\0' && strchr("#+-=:", *text) != NULL) ||
           (digits != 0 && (text[digits] == '.' || text[digits] == ')'));
}

/* Bytes of a `name` in the text, quotes included, which stays code; 0: there is none. */
static size_t code_size(const char *text)
{
    size_t size;

    if (*text != '`')
        return 0;
    size = strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    return size != 0 && text[size + 1] == '`' && text[size + 2] != '`' ? size + 2 : 0;
}

/* Lines of people; in a cell of a table they become one. */
static void put_text(struct writer *out, const char *text, bool cell)
{
    bool begins = true;

    while (*text != '\0') {
        unsigned char byte = (unsigned char)*text;
        size_t whole = code_size(text);

        if (begins && (byte == ' ' || byte == '\t')) {
            text++; /* four of them would make a block of code */
            continue;
        }
        if (begins && is_block(text)) {
            whole = strspn(text, "0123456789");
            put_bytes(out, text, whole);
            put(out, "\\");
            text += whole;
            whole = 1;
        } else if (whole == 0) {
            whole = 1;
            put(out, is_marked(*text) ? "\\" : "");
        }
        begins = byte == '\n';
        if (whole == 1 && (byte < 0x20 || byte == 0x7f))
            put(out, begins && !cell ? "\n" : " ");
        else
            put_bytes(out, text, whole);
        text += whole;
    }
}

static void put_doc(struct emitter *e, const char *doc)
{
    if (doc == NULL || *doc == '\0')
        return;
    put_text(e->out, doc, false);
    put(e->out, "\n\n");
}

static const char *full_name(struct emitter *e, const struct idl_decl *decl)
{
    return join(e->memory, decl->file->bus->decl.name, ".", decl->name, NULL);
}

/* `line`, a link when it is described here; `common.money` when it is of another file. */
static const char *link_to(struct emitter *e, const struct idl_decl *decl)
{
    const char *full = full_name(e, decl);

    if (decl->file->bus != e->bus)
        return join(e->memory, "`", full, "`", NULL);
    return join(e->memory, "[`", decl->name, "`](#", full, ")", NULL);
}

/* "since 2, until 3, was `old`": nothing when there is nothing to say. */
static void put_life(struct emitter *e, const struct idl_decl *decl)
{
    if (decl->since != 0)
        fill(e->out, "; since version $N", 'N', decimal(e->memory, decl->since), 0);
    if (decl->until != 0)
        fill(e->out, decl->removed ? "; gone after version $N" : "; until version $N", 'N',
             decimal(e->memory, decl->until), 0);
    if (decl->was != NULL)
        fill(e->out, "; was `$W`", 'W', decl->was, 0);
}

static void put_heading(struct emitter *e, const struct idl_decl *decl, const char *what)
{
    fill(e->out, "<a id=\"$I\"></a>\n\n### `$N`\n\n$W", 'I', full_name(e, decl), 'N', decl->name,
         'W', what, 0);
    put_life(e, decl);
    put(e->out, ".\n\n");
    put_doc(e, decl->doc);
}

/* ---- types and values ------------------------------------------------------------------------ */

static const char *element(struct emitter *e, const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return link_to(e, &type->enumeration->decl);
    case IDL_STRUCT:
    case IDL_TABLE:
        return link_to(e, &type->table->decl);
    case IDL_UNION:
        return link_to(e, &type->choice->decl);
    default:
        return join(e->memory, "`", words_type(type->kind), "`", NULL);
    }
}

static void put_type(struct emitter *e, const struct idl_type *type)
{
    const char *count = decimal(e->memory, type->count);

    if (type->shape == IDL_VECTOR)
        fill(e->out, "up to $C of ", 'C', count, 0);
    if (type->shape == IDL_ARRAY)
        fill(e->out, "$C of ", 'C', count, 0);
    put(e->out, element(e, type));
    if (type->kind == IDL_STRING || type->kind == IDL_BYTES)
        fill(e->out, type->shape == IDL_ONE ? ", at most $M bytes" : ", at most $M bytes each", 'M',
             decimal(e->memory, type->max), 0);
    if (type->optional)
        put(e->out, ", optional");
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void put_field(struct emitter *e, const struct idl_table *table,
                      const struct idl_field *field)
{
    put(e->out, "| ");
    if (!table->fixed)
        fill(e->out, "$N | ", 'N', decimal(e->memory, field->number), 0);
    fill(e->out, "`$N` | ", 'N', field->decl.name, 0);
    put_type(e, &field->type);
    if (field->key)
        put(e->out, "; key");
    if (field->secret)
        put(e->out, "; secret");
    if (field->has_preset)
        fill(e->out, "; default `$V`", 'V',
             words_value(e->memory, field->type.kind, field->type.enumeration, field->preset), 0);
    put_life(e, &field->decl);
    put(e->out, " | ");
    if (field->decl.doc != NULL)
        put_text(e->out, field->decl.doc, true);
    put(e->out, " |\n");
}

static void put_fields(struct emitter *e, const struct idl_table *table)
{
    if (table->field_count == 0) {
        put(e->out, "It has no fields.\n\n");
        return;
    }
    put(e->out, table->fixed ? "| field | type | |\n|---|---|---|\n"
                             : "| number | field | type | |\n|---:|---|---|---|\n");
    for (uint32_t i = 0; i < table->field_count; i++)
        put_field(e, table, &table->fields[i]);
    put(e->out, "\n");
}

/* ---- settings -------------------------------------------------------------------------------- */

static void put_when_full(struct emitter *e, const struct idl_message *message)
{
    static const char *const words[] = {[IDL_REJECT_NEW] =
                                            "it is not taken, and who sends it is told",
                                        [IDL_DROP_OLDEST] = "the oldest that waits is dropped",
                                        [IDL_BLOCK] = "who sends it waits for $T at most",
                                        [IDL_RATE_LIMIT] = "who sends it is slowed down",
                                        [IDL_DEAD_LETTER] = "it becomes a dead letter"};

    put(e->out, "- When its lane is full, ");
    fill(e->out, words[message->when_full], 'T', words_duration(e->memory, message->block_ns), 0);
    put(e->out, ".\n");
}

/* What the runtime takes for what is not said (runtime/guard/policy.c); a test compares it with
 * bus/policy.h. */
static const struct idl_policy preset = {.backoff_first_ns = UINT64_C(100000000),
                                         .backoff_most_ns = UINT64_C(10000000000),
                                         .backoff_factor = 2,
                                         .breaker_within_ns = UINT64_C(60000000000),
                                         .breaker_open_ns = UINT64_C(60000000000),
                                         .breaker_probes = 3};

static const char *delay(struct emitter *e, uint64_t said, uint64_t otherwise)
{
    return words_duration(e->memory, said != 0 ? said : otherwise);
}

static void put_retries(struct emitter *e, const struct idl_policy *policy)
{
    static const char *const jitters[] = {[IDL_JITTER_HALF] = ", times something from 0.5 to 1.5",
                                          [IDL_JITTER_FULL] = ", or any time below",
                                          [IDL_JITTER_NONE] = ", exactly"};
    double factor = policy->backoff_factor > 0 ? policy->backoff_factor : preset.backoff_factor;

    if (policy->by_category)
        put(e->out, "- After a failure, the category of the error says how often it is tried "
                    "again.\n");
    if (policy->retries == 0)
        return;
    fill(e->out, "- After a transient failure it is tried again, $N times at most", 'N',
         decimal(e->memory, policy->retries), 0);
    if (policy->retry_budget != 0)
        fill(e->out, " and $N times for 100 calls of the handler", 'N',
             decimal(e->memory, policy->retry_budget), 0);
    fill(e->out, ": the first time after $F, then after $X times as long, up to $M$J.\n", 'F',
         delay(e, policy->backoff_first_ns, preset.backoff_first_ns), 'X',
         words_number(e->memory, factor, false), 'M',
         delay(e, policy->backoff_most_ns, preset.backoff_most_ns), 'J', jitters[policy->jitter],
         0);
}

static void put_breaker(struct emitter *e, const struct idl_policy *policy)
{
    static const char *const words[] = {[IDL_ON_OPEN_FAIL] = "it fails",
                                        [IDL_ON_OPEN_PARK] = "it waits outside of its lane",
                                        [IDL_ON_OPEN_DEAD_LETTER] = "it becomes a dead letter"};
    uint32_t probes = policy->breaker_probes != 0 ? policy->breaker_probes : preset.breaker_probes;

    if (policy->breaker_failures == 0)
        return;
    put(e->out, "- ");
    if (policy->breaker_name != NULL)
        fill(e->out, "The breaker `$N`", 'N', policy->breaker_name, 0);
    else
        put(e->out, "A breaker of each handler");
    fill(e->out, " opens after $N failures in $W; $A later $P may try.", 'N',
         decimal(e->memory, policy->breaker_failures), 'W',
         delay(e, policy->breaker_within_ns, preset.breaker_within_ns), 'A',
         delay(e, policy->breaker_open_ns, preset.breaker_open_ns), 'P', decimal(e->memory, probes),
         0);
    if (policy->on_open != IDL_ON_OPEN_DEFAULT)
        fill(e->out, " While it is open, $W.", 'W', words[policy->on_open], 0);
    put(e->out, "\n");
}

static void put_policy(struct emitter *e, const struct idl_policy *policy)
{
    put_retries(e, policy);
    put_breaker(e, policy);
    if (policy->timeout_ns != 0)
        fill(e->out, "- A run of a handler that takes longer than $T is a failure.\n", 'T',
             words_duration(e->memory, policy->timeout_ns), 0);
    if (policy->approval_ns != 0)
        fill(e->out, "- It waits for somebody's approval, for $T at most.\n", 'T',
             words_duration(e->memory, policy->approval_ns), 0);
    if (policy->ordered)
        put(e->out, "- While one of a key waits, later ones of that key wait behind it.\n");
    if (policy->no_dead_letters)
        put(e->out, "- What cannot be processed is counted, and not kept.\n");
}

static void put_settings(struct emitter *e, const struct idl_message *message)
{
    fill(e->out, "- Priority $P; $S bytes at most.\n", 'P', words_priorities[message->priority],
         'S', decimal(e->memory, message->body.size_max), 0);
    put_when_full(e, message);
    if (message->key != NULL)
        fill(e->out, "- Those of one `$K` are delivered in order.\n", 'K', message->key->decl.name,
             0);
    if (message->deadline_ns != 0)
        fill(e->out, "- Its deadline is $T.\n", 'T',
             words_duration(e->memory, message->deadline_ns), 0);
    if (message->rate != 0)
        fill(e->out, "- $N in $T are expected.\n", 'N', decimal(e->memory, message->rate), 'T',
             words_duration(e->memory, message->rate_ns), 0);
    if (message->idempotent)
        put(e->out, "- It is idempotent: run twice it does what it does once.\n");
    if (message->durable)
        put(e->out, "- It is durable: on disk before it counts as published, and delivered until "
                    "its handlers have succeeded.\n");
    if (message->keep_last)
        put(e->out, "- Only the last of a key counts: one that waits is replaced by a newer "
                    "one.\n");
    if (message->policy != NULL)
        put_policy(e, message->policy);
    put(e->out, "\n");
}

/* ---- messages -------------------------------------------------------------------------------- */

static const char *const kinds[] = {[IDL_COMMAND] = "Command",
                                    [IDL_DOMAIN_EVENT] = "Event",
                                    [IDL_SYSTEM_EVENT] = "System event",
                                    [IDL_INTEGRATION_EVENT] = "Integration event"};

static void put_message(struct emitter *e, const struct idl_message *message)
{
    put_heading(e, &message->body.decl, kinds[message->kind]);
    put_fields(e, &message->body);
    put_settings(e, message);
    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_table *body = &message->answers[i].body;

        fill(e->out, "#### `$M.$A`\n\n$K", 'M', message->body.decl.name, 'A', body->decl.name, 'K',
             message->has_returns && i == 0 ? "What it returns" : "How it may fail", 0);
        put_life(e, &body->decl);
        put(e->out, ".\n\n");
        put_doc(e, body->decl.doc);
        put_fields(e, body);
    }
}

static void put_messages(struct emitter *e, bool commands)
{
    bool first = true;

    for (uint32_t i = 0; i < e->bus->message_count; i++) {
        const struct idl_message *message = e->bus->messages[i];

        if ((message->kind == IDL_COMMAND) != commands)
            continue;
        if (first)
            put(e->out, commands ? "## Commands\n\n" : "## Events\n\n");
        first = false;
        put_message(e, message);
    }
}

static void put_overview(struct emitter *e)
{
    if (e->bus->message_count == 0)
        return;
    put(e->out, "## Overview\n\n| message | | priority | bytes at most |\n|---|---|---|---:|\n");
    for (uint32_t i = 0; i < e->bus->message_count; i++) {
        const struct idl_message *message = e->bus->messages[i];

        fill(e->out, "| $L | $K | $P | $S |\n", 'L', link_to(e, &message->body.decl), 'K',
             kinds[message->kind], 'P', words_priorities[message->priority], 'S',
             decimal(e->memory, message->body.size_max), 0);
    }
    put(e->out, "\n");
}

/* ---- flow ------------------------------------------------------------------------------------ */

static void put_flow(struct emitter *e)
{
    if (e->bus->component_count == 0)
        return;
    put(e->out, "## Flow\n\n```mermaid\n");
    emit_mermaid(e);
    put(e->out, "```\n\nBoxes are components, hexagons commands, round ones events.\n\n");
}

/* ---- components and programs ----------------------------------------------------------------- */

static void put_binding(struct emitter *e, const struct idl_binding *binding, const char *how)
{
    fill(e->out, "- $H $M", 'H', how, 'M', link_to(e, &binding->message->body.decl), 0);
    if (binding->order != IDL_ORDER_NORMAL)
        fill(e->out, ", order $O", 'O', words_orders[binding->order], 0);
    if (binding->parallel)
        put(e->out, ", in parallel");
    if (binding->batch)
        put(e->out, ", many at once");
    if (binding->batch_size != 0)
        fill(e->out, ", up to $N", 'N', decimal(e->memory, binding->batch_size), 0);
    if (binding->batch_ns != 0)
        fill(e->out, ", within $T", 'T', words_duration(e->memory, binding->batch_ns), 0);
    if (binding->takes_ns != 0)
        fill(e->out, ", takes $T", 'T', words_duration(e->memory, binding->takes_ns), 0);
    put(e->out, "\n");
}

static void put_components(struct emitter *e)
{
    if (e->bus->component_count != 0)
        put(e->out, "## Components\n\n");
    for (uint32_t i = 0; i < e->bus->component_count; i++) {
        const struct idl_component *component = e->bus->components[i];

        put_heading(e, &component->decl,
                    component->concurrent ? "Concurrent: its handlers may run at once"
                                          : "Serial: its handlers run one after another");
        for (uint32_t k = 0; k < component->handle_count; k++)
            put_binding(e, &component->handles[k], "handles");
        for (uint32_t k = 0; k < component->listen_count; k++)
            put_binding(e, &component->listens[k], "listens to");
        for (uint32_t k = 0; k < component->emit_count; k++)
            fill(e->out, "- emits $M\n", 'M', link_to(e, &component->emits[k]->body.decl), 0);
        put(e->out, "\n");
    }
    if (e->bus->program_count != 0)
        put(e->out, "## Programs\n\n");
    for (uint32_t i = 0; i < e->bus->program_count; i++) {
        const struct idl_program *program = e->bus->programs[i];

        put_heading(e, &program->decl, "Program");
        for (uint32_t k = 0; k < program->run_count; k++)
            fill(e->out, "- runs $C\n", 'C', link_to(e, &program->runs[k]->decl), 0);
        if (program->memory_max != 0)
            fill(e->out, "- reserves $B bytes at most\n", 'B',
                 decimal(e->memory, program->memory_max), 0);
        put(e->out, "\n");
    }
}

/* ---- types ----------------------------------------------------------------------------------- */

static void put_enum(struct emitter *e, const struct idl_enum *enumeration)
{
    put_heading(e, &enumeration->decl,
                join(e->memory, enumeration->flags ? "Flags in a `" : "Enum in a `",
                     words_type(enumeration->base), "`", NULL));
    put(e->out, "| name | value | |\n|---|---:|---|\n");
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];

        fill(e->out, "| `$N` | $V", 'N', value->decl.name, 'V',
             words_integer(e->memory, (uint64_t)value->value, !enumeration->flags), 0);
        put_life(e, &value->decl);
        put(e->out, " | ");
        if (value->decl.doc != NULL)
            put_text(e->out, value->decl.doc, true);
        put(e->out, " |\n");
    }
    put(e->out, "\n");
}

static void put_union(struct emitter *e, const struct idl_union *choice)
{
    put_heading(e, &choice->decl, "Union");
    put(e->out, "| number | arm | |\n|---:|---|---|\n");
    for (uint32_t i = 0; i < choice->arm_count + choice->gone_count; i++) {
        const struct idl_union_arm *arm = &choice->arms[i];

        fill(e->out, "| $I | $L", 'I', decimal(e->memory, arm->number), 'L',
             link_to(e, &arm->table->decl), 0);
        put_life(e, &arm->decl);
        put(e->out, " | ");
        if (arm->decl.doc != NULL)
            put_text(e->out, arm->decl.doc, true);
        put(e->out, " |\n");
    }
    put(e->out, "\n");
}

static void put_types(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    if (bus->composite_count + bus->enum_count != 0)
        put(e->out, "## Types\n\n");
    for (uint32_t i = 0; i < bus->enum_count; i++)
        put_enum(e, bus->enums[i]);
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        const struct idl_table *table = bus->composites[i].table;

        if (table == NULL) {
            put_union(e, bus->composites[i].choice);
            continue;
        }
        put_heading(e, &table->decl,
                    table->fixed ? "Struct: it never changes" : "Table: it can grow");
        put_fields(e, table);
    }
}

static void put_constants(struct emitter *e)
{
    if (e->bus->const_count == 0)
        return;
    put(e->out, "## Constants\n\n| name | type | value | |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < e->bus->const_count; i++) {
        const struct idl_const *constant = e->bus->consts[i];

        fill(e->out, "| `$N` | `$K` | ", 'N', constant->decl.name, 'K', words_type(constant->kind),
             0);
        if (constant->kind == IDL_STRING)
            put_text(e->out, constant->text, true);
        else
            fill(e->out, "`$V`", 'V', words_value(e->memory, constant->kind, NULL, constant->bits),
                 0);
        put(e->out, " | ");
        if (constant->decl.doc != NULL)
            put_text(e->out, constant->decl.doc, true);
        put(e->out, " |\n");
    }
    put(e->out, "\n");
}

void emit_markdown(struct emitter *e)
{
    fill(e->out,
         "<!-- Written by busgen from $S.bus. Do not edit. -->\n\n# Bus `$B`, version $V\n\n", 'S',
         e->stem, 'B', e->bus->decl.name, 'V', decimal(e->memory, e->bus->version), 0);
    put_doc(e, e->bus->decl.doc);
    put_overview(e);
    put_flow(e);
    put_messages(e, false);
    put_messages(e, true);
    put_components(e);
    put_types(e);
    put_constants(e);
}
