/*
 * source.c - x.bus.c: descriptions, then the functions of every table that a message reaches
 * (imported ones too: static, so that files do not depend on each other's code), then messages,
 * components and the schema. Split, each part has its share of the messages, with the functions of
 * the tables that these reach, and x.bus.c has the rest.
 */
#include "emit/emit.h"

#include "layout.h"
#include "set.h"

#include <stdlib.h>
#include <string.h>

static const char shared_text[] = "#ifndef BUS_PACK_SHARED\n"
                                  "#define BUS_PACK_SHARED 1 /* many messages: one copy of the "
                                  "larger steps, -DBUS_PACK_SHARED=0 inlines them */\n"
                                  "#endif\n";

/* ---- tables reached from messages ------------------------------------------------------------ */

struct reached {
    struct set met;
    const struct idl_table **items; /* each after those it contains */
    size_t count;
    size_t capacity;
};

static void reach(struct reached *reached, const struct idl_table *table);

static void reach_fields(struct reached *reached, const struct idl_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_type *type = &table->fields[i].type;

        if (field_is_gone(&table->fields[i]))
            continue;
        if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE)
            reach(reached, type->table);
        if (type->kind == IDL_UNION)
            for (uint32_t arm = 0; arm < type->choice->arm_count; arm++)
                reach(reached, type->choice->arms[arm].table);
    }
}

static void reach(struct reached *reached, const struct idl_table *table)
{
    if (!set_add(&reached->met, table))
        return;
    reach_fields(reached, table);
    if (reached->count == reached->capacity) {
        reached->capacity = reached->capacity != 0 ? reached->capacity * 2 : 64;
        reached->items =
            must_reallocate(reached->items, reached->capacity * sizeof(*reached->items));
    }
    reached->items[reached->count++] = table;
}

/* ---- one table's functions ------------------------------------------------------------------- */

void emit_functions(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    emit_template(e, table, prefix, root);
    put(e->out, "\n");
    emit_measure(e, table, prefix, root);
    put(e->out, "\n");
    emit_pack(e, table, prefix, root);
    put(e->out, "\n");
    emit_unpack(e, table, prefix, root);
    put(e->out, "\n");
    emit_verify(e, table, prefix, root);
}

static void emit_codec(struct emitter *e, const struct idl_table *table, const char *prefix)
{
    fill(e->out, "{&$P_table, $S, $M,\n     $P_measure, $P_pack, $P_unpack, $V}", 'P', prefix, 'S',
         decimal(e->memory, table->size_max), 'M', decimal(e->memory, layout_scratch(table)), 'V',
         has_verify(e) ? join(e->memory, prefix, "_accept", NULL) : "NULL", 0);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* The library's key function for a key that is the first member; NULL: there is none for it. */
static const char *shared_key(const struct idl_message *message)
{
    const struct idl_field *key = message->key;
    const struct idl_field *first = message->body.fields;

    while (field_is_gone(first))
        first++;
    if (key != first || key->type.optional)
        return NULL;
    switch (key->type.kind) {
    case IDL_U64:
    case IDL_I64:
    case IDL_TIME:
    case IDL_DURATION:
        return "bus_key_first_u64";
    case IDL_U32:
        return "bus_key_first_u32";
    case IDL_I32:
    case IDL_ENUM:
        return "bus_key_first_i32";
    case IDL_STRING:
        return "bus_key_first_string";
    case IDL_UUID:
        return "bus_key_first_uuid";
    default:
        return NULL;
    }
}

/* What the message's type has for its key. */
static const char *key_function(struct emitter *e, const struct idl_message *message)
{
    if (message->key == NULL)
        return "NULL";
    if (shared_key(message) != NULL)
        return shared_key(message);
    return join(e->memory, name_c(e->memory, &message->body.decl), "_key", NULL);
}

static void emit_key(struct emitter *e, const struct idl_message *message)
{
    const struct idl_field *key = message->key;
    const char *prefix = name_c(e->memory, &message->body.decl);
    const char *value;

    if (key == NULL || shared_key(message) != NULL)
        return;
    value = join(e->memory, "((const struct ", prefix, " *)message)->", name_member(e->memory, key),
                 key->type.optional ? ".value" : "", NULL);
    fill(e->out, "static uint64_t $P_key(const void *message)\n{\n", 'P', prefix, 0);
    if (key->type.optional)
        fill(e->out, "    if (!((const struct $P *)message)->$M.has)\n        return 0;\n", 'P',
             prefix, 'M', name_member(e->memory, key), 0);
    if (key->type.kind == IDL_STRING)
        fill(e->out, "    return bus_key_string($V);\n", 'V', value, 0);
    else if (key->type.kind == IDL_UUID)
        fill(e->out, "    return bus_key_uuid($V);\n", 'V', value, 0);
    else if (key->type.kind == IDL_ENUM)
        fill(e->out, "    return bus_key_u64((uint64_t)(int64_t)(int)$V);\n", 'V', value, 0);
    else
        fill(e->out, "    return bus_key_u64((uint64_t)$V);\n", 'V', value, 0);
    put(e->out, "}\n");
}

static void emit_answers(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);

    for (uint32_t i = 0; i < answer_count(message); i++) {
        struct answer answer = answer_at(message, i);

        if (answer.body == NULL)
            continue;
        emit_table(e, answer.body, name_answer(e->memory, message, answer.name), false);
        emit_functions(e, answer.body, name_answer(e->memory, message, answer.name), true);
    }
    if (answer_count(message) != 0) {
        fill(e->out, "static const struct bus_answer_type $P_answers[] = {\n", 'P', prefix, 0);
        for (uint32_t i = 0; i < answer_count(message); i++) {
            struct answer answer = answer_at(message, i);

            fill(e->out, "    {\"$N\",\n     ", 'N', answer.name, 0);
            if (answer.body != NULL)
                emit_codec(e, answer.body, name_answer(e->memory, message, answer.name));
            else
                put(e->out, "{NULL, 0, 0, NULL, NULL, NULL, NULL}");
            put(e->out, "},\n");
        }
        put(e->out, "};\n");
    }
    fill(e->out,
         "void $P_complete(bus_function callback, void *context, const void *result)\n"
         "{\n"
         "    (($P_completion)callback)(context, (const struct $P_result *)result);\n"
         "}\n",
         'P', prefix, 0);
}

static void emit_result_layout(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);
    uint64_t bytes = layout_answer_bytes(message);
    const char *member = NULL;

    if (message->kind != IDL_COMMAND || message->newer != NULL) {
        put(e->out, "    NULL, 0, {0, 0, 0, 0, 0, 0},\n");
        return;
    }
    for (uint32_t i = 0; i < answer_count(message) && member == NULL; i++)
        if (answer_at(message, i).body != NULL)
            member = name_arm(answer_at(message, i).name);
    if (answer_count(message) != 0)
        fill(e->out, "    $P_answers, $N,\n", 'P', prefix, 'N',
             decimal(e->memory, answer_count(message)), 0);
    else
        put(e->out, "    NULL, 0,\n");
    fill(e->out, "    {sizeof(struct $P_result), offsetof(struct $P_result, answer),\n     ", 'P',
         prefix, 0);
    if (member != NULL)
        fill(e->out, "offsetof(struct $P_result, $M), ", 'P', prefix, 'M', member, 0);
    else
        put(e->out, "0, ");
    if (bytes != 0 && bytes <= 4096)
        fill(e->out, "offsetof(struct $P_result, bytes), sizeof(((struct $P_result *)0)->bytes), ",
             'P', prefix, 0);
    else
        put(e->out, "0, 0, ");
    fill(e->out, "$B},\n", 'B', decimal(e->memory, bytes), 0);
}

/* ---- policies -------------------------------------------------------------------------------- */

static const char *time_c(struct emitter *e, uint64_t nanoseconds)
{
    return nanoseconds != 0 ? literal_c(e->memory, IDL_U64, nanoseconds) : "0";
}

static void emit_policy(struct emitter *e, const struct idl_policy *policy)
{
    static const char *const jitters[] = {"BUS_JITTER_HALF", "BUS_JITTER_FULL", "BUS_JITTER_NONE"};
    static const char *const on_opens[] = {"BUS_ON_OPEN_DEFAULT", "BUS_ON_OPEN_FAIL",
                                           "BUS_ON_OPEN_PARK", "BUS_ON_OPEN_DEAD_LETTER"};
    uint64_t factor;

    memcpy(&factor, &policy->backoff_factor, sizeof(factor));
    fill(e->out, "    {$R, $J, $F, $M, $X, $B,\n", 'R', decimal(e->memory, policy->retries), 'J',
         jitters[policy->jitter], 'F', time_c(e, policy->backoff_first_ns), 'M',
         time_c(e, policy->backoff_most_ns), 'X', literal_c(e->memory, IDL_F64, factor), 'B',
         decimal(e->memory, policy->retry_budget), 0);
    fill(e->out, "     $F, $W, $S, $P, $Q$N$Q, $O,\n", 'F',
         decimal(e->memory, policy->breaker_failures), 'W', time_c(e, policy->breaker_within_ns),
         'S', time_c(e, policy->breaker_open_ns), 'P', decimal(e->memory, policy->breaker_probes),
         'Q', policy->breaker_name != NULL ? "\"" : "", 'N',
         policy->breaker_name != NULL ? policy->breaker_name : "NULL", 'O',
         on_opens[policy->on_open], 0);
    fill(e->out, "     $T, $A, $O, $C, $L},\n", 'T', time_c(e, policy->timeout_ns), 'A',
         time_c(e, policy->approval_ns), 'O', policy->ordered ? "true" : "false", 'C',
         policy->by_category ? "true" : "false", 'L', policy->no_dead_letters ? "true" : "false",
         0);
}

/* The policies of messages [first, end), each once; their places are kept for the types. */
static void emit_policies(struct emitter *e, uint32_t first, uint32_t end)
{
    uint32_t count = 0;

    e->policy_places = must_allocate((e->bus->policy_count + 1) * sizeof(*e->policy_places));
    memset(e->policy_places, 0, (e->bus->policy_count + 1) * sizeof(*e->policy_places));
    for (uint32_t i = first; i < end; i++) {
        const struct idl_policy *policy = e->bus->messages[i]->policy;

        if (policy == NULL || e->policy_places[policy->index] != 0)
            continue;
        if (count == 0)
            put(e->out,
                "/* retries, jitter, backoff: first, most, factor; budget; breaker: failures, "
                "within,\n"
                " * open, probes, name; on_open; timeout, approval, ordered, by_category, "
                "no_dead_letters */\n"
                "static const struct bus_policy policies[] = {\n");
        emit_policy(e, policy);
        e->policy_places[policy->index] = ++count;
    }
    if (count != 0)
        put(e->out, "};\n\n");
}

static const char *policy_c(struct emitter *e, const struct idl_message *message)
{
    if (message->policy == NULL)
        return "NULL";
    return join(e->memory, "&policies[",
                decimal(e->memory, e->policy_places[message->policy->index] - 1), "]", NULL);
}

static const char *flags_c(struct emitter *e, const struct idl_message *message)
{
    bool leaves = message->kind == IDL_INTEGRATION_EVENT || message->durable;
    const char *text =
        join(e->memory, message->idempotent ? " | BUS_TYPE_IDEMPOTENT" : "",
             leaves ? " | BUS_TYPE_CHECK_TEXT" : "", message->durable ? " | BUS_TYPE_DURABLE" : "",
             message->keep_last ? " | BUS_TYPE_KEEP_LAST" : "", NULL);

    return *text != '\0' ? text + 3 : "0";
}

/* "shop.order_placed", "shop.order_placed.v1" of an older version */
static const char *type_name(struct emitter *e, const struct idl_message *message)
{
    const char *name = join(e->memory, e->bus->decl.name, ".", message->base, NULL);

    if (message->newer == NULL)
        return name;
    return join(e->memory, name, ".v", decimal(e->memory, message->version), NULL);
}

static void emit_type(struct emitter *e, const struct idl_message *message)
{
    static const char *const kinds[] = {"BUS_COMMAND", "BUS_DOMAIN_EVENT", "BUS_SYSTEM_EVENT",
                                        "BUS_INTEGRATION_EVENT"};
    static const char *const priorities[] = {"BUS_CRITICAL", "BUS_HIGH", "BUS_NORMAL", "BUS_LOW",
                                             "BUS_IDLE"};
    static const char *const when_full[] = {"BUS_FULL_REJECT_NEW", "BUS_FULL_DROP_OLDEST",
                                            "BUS_FULL_BLOCK", "BUS_FULL_RATE_LIMIT",
                                            "BUS_FULL_DEAD_LETTER"};
    const char *prefix = name_c(e->memory, &message->body.decl);
    bool older = message->newer != NULL; /* no handler sees it */

    if (!older)
        fill(e->out,
             "static enum bus_verdict $P_invoke(\n"
             "    bus_function handler, void *context, const void *message,\n"
             "    struct bus_delivery *delivery)\n"
             "{\n"
             "    return (($P_handler)handler)(context, (const struct $P *)message, delivery);\n"
             "}\n",
             'P', prefix, 0);
    emit_upgrade(e, message);
    fill(e->out,
         "const struct bus_message_type $P_type = {\n"
         "    \"$D\", $I, $V, $K, $R,\n"
         "    $W, $F, $N, $L,\n    ",
         'P', prefix, 'D', type_name(e, message), 'I', literal_c(e->memory, IDL_U64, message->id),
         'V', decimal(e->memory, e->bus->version), 'K', kinds[message->kind], 'R',
         priorities[message->priority], 'W', when_full[message->when_full], 'F',
         flags_c(e, message), 'N', literal_c(e->memory, IDL_U64, message->block_ns), 'L',
         literal_c(e->memory, IDL_U64, message->deadline_ns), 0);
    emit_codec(e, &message->body, prefix);
    fill(e->out, ",\n    $K, $I,\n", 'K', older ? "NULL" : key_function(e, message), 'I',
         older ? "NULL" : join(e->memory, prefix, "_invoke", NULL), 0);
    emit_result_layout(e, message);
    fill(e->out, "    $P,\n    $N, $U, $F,\n};\n\n", 'P', policy_c(e, message), 'N',
         decimal(e->memory, message->version), 'U',
         message->upgrades != NULL ? join(e->memory, "&", prefix, "_upgrade", NULL) : "NULL", 'F',
         literal_c(e->memory, IDL_U64, e->bus->fingerprint), 0);
}

static void emit_message(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);

    fill(e->out, "/* ---- $N ---- */\n\n", 'N', message->body.decl.name, 0);
    emit_table(e, &message->body, prefix, false);
    emit_functions(e, &message->body, prefix, true);
    if (message->newer == NULL)
        emit_key(e, message);
    if (message->newer == NULL && message->kind == IDL_COMMAND)
        emit_answers(e, message);
    emit_type(e, message);
}

/* ---- components, schema ---------------------------------------------------------------------- */

/* "shop_billing_order_placed_invoke_batch", of the binding. */
static const char *invoke_batch_c(struct emitter *e, const struct idl_component *component,
                                  const struct idl_binding *binding)
{
    return join(e->memory, name_c(e->memory, &component->decl), "_",
                name_slot(e->memory, e->bus, binding->message), "_invoke_batch", NULL);
}

static void emit_binding(struct emitter *e, const struct idl_component *component,
                         const struct idl_binding *binding)
{
    static const char *const orders[] = {"BUS_ORDER_HIGHEST", "BUS_ORDER_HIGH", "BUS_ORDER_NORMAL",
                                         "BUS_ORDER_LOW", "BUS_ORDER_LOWEST"};
    const struct idl_message *message = binding->message;

    fill(e->out, "    {&$P_type, \"$B.$C.$N\", $O, $R, $I, $S, $T},\n", 'P',
         name_c(e->memory, &message->body.decl), 'B', e->bus->decl.name, 'C', component->decl.name,
         'N', name_slot(e->memory, e->bus, message), 'O', orders[binding->order], 'R',
         binding->parallel ? "true" : "false", 'I',
         binding->batch ? invoke_batch_c(e, component, binding) : "NULL", 'S',
         decimal(e->memory, binding->batch_size), 'T', time_c(e, binding->batch_ns), 0);
}

static void emit_component(struct emitter *e, const struct idl_component *component)
{
    const char *name = name_c(e->memory, &component->decl);
    uint32_t count = component->handle_count + component->listen_count;

    for (uint32_t i = 0; i < component->listen_count; i++)
        if (component->listens[i].batch)
            emit_invoke_batch(e, "static", invoke_batch_c(e, component, &component->listens[i]),
                              component->listens[i].message);
    if (count != 0) {
        fill(e->out, "static const struct bus_binding $C_bindings[] = {\n", 'C', name, 0);
        for (uint32_t i = 0; i < component->handle_count; i++)
            emit_binding(e, component, &component->handles[i]);
        for (uint32_t i = 0; i < component->listen_count; i++)
            emit_binding(e, component, &component->listens[i]);
        put(e->out, "};\n");
    }
    if (component->emit_count != 0) {
        fill(e->out, "static const struct bus_message_type *const $C_emits[] = {\n", 'C', name, 0);
        for (uint32_t i = 0; i < component->emit_count; i++)
            fill(e->out, "    &$P_type,\n", 'P', name_c(e->memory, &component->emits[i]->body.decl),
                 0);
        put(e->out, "};\n");
    }
    fill(e->out,
         "const struct bus_component $C_component = {\"$B.$D\", &$B_schema, $T, $N, $X,\n"
         "    $E, $M};\n\n",
         'C', name, 'B', e->bus->decl.name, 'D', component->decl.name, 'T',
         count != 0 ? join(e->memory, name, "_bindings", NULL) : "NULL", 'N',
         decimal(e->memory, count), 'X', component->concurrent ? "true" : "false", 'E',
         component->emit_count != 0 ? join(e->memory, name, "_emits", NULL) : "NULL", 'M',
         decimal(e->memory, component->emit_count), 0);
}

static void emit_schema(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    if (bus->message_count != 0) {
        put(e->out, "static const struct bus_message_type *const messages[] = {\n");
        for (uint32_t i = 0; i < bus->message_count; i++)
            fill(e->out, "    &$P_type,\n", 'P', name_c(e->memory, &bus->messages[i]->body.decl),
                 0);
        put(e->out, "};\n");
    }
    if (bus->import_count != 0) {
        put(e->out, "static const struct bus_schema *const imports[] = {\n");
        for (uint32_t i = 0; i < bus->import_count; i++)
            fill(e->out, "    &$B_schema,\n", 'B', bus->imports[i]->decl.name, 0);
        put(e->out, "};\n");
    }
    fill(e->out, "const struct bus_schema $B_schema = {\"$B\", $V, BUS_ABI, $M, $N, $I, $C};\n",
         'B', bus->decl.name, 'V', decimal(e->memory, bus->version), 'M',
         bus->message_count != 0 ? "messages" : "NULL", 'N', decimal(e->memory, bus->message_count),
         'I', bus->import_count != 0 ? "imports" : "NULL", 'C',
         decimal(e->memory, bus->import_count), 0);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void emit_top(struct emitter *e, const char *suffix)
{
    fill(e->out,
         "/* $S$X - written by busgen from $S.bus. Do not edit. */\n"
         "$T#include \"$S.bus.h\"\n"
         "\n"
         "#include <assert.h>\n"
         "$M#include <bus/$O.h>\n"
         "\n",
         'O', has_verify(e) ? "own" : "pack", 'S', e->stem, 'X', suffix, 'T',
         reads_types_only(e) ? "#define BUS_TYPES_ONLY\n" : "", 'M',
         e->bus->message_count > INLINED_MAX ? shared_text : "", 0);
}

/* Inline headers of several schemas may reach the same table. */
static void emit_reached_table(struct emitter *e, const struct idl_table *table)
{
    const char *name = name_c(e->memory, &table->decl);

    if (e->inlined)
        fill(e->out, "#ifndef BUS_INLINE_$N\n#define BUS_INLINE_$N\n", 'N',
             name_upper(e->memory, name), 0);
    if (table->fixed)
        emit_struct_put(e, table);
    else
        emit_functions(e, table, name, false);
    if (e->inlined)
        put(e->out, "#endif\n");
}

void emit_reached(struct emitter *e, uint32_t first, uint32_t end)
{
    const struct idl_message *const *messages = e->bus->messages;
    struct reached reached = {0};

    for (uint32_t i = first; i < end; i++) {
        reach_fields(&reached, &messages[i]->body);
        for (uint32_t answer = 0; !e->inlined && answer < messages[i]->answer_count; answer++)
            reach_fields(&reached, &messages[i]->answers[answer].body);
    }
    for (size_t i = 0; i < reached.count; i++)
        emit_reached_table(e, reached.items[i]);
    free(reached.items);
    set_free(&reached.met);
}

/* The code of messages [first, end), with that of the tables they reach. */
static void emit_messages(struct emitter *e, uint32_t first, uint32_t end)
{
    emit_reached(e, first, end);
    emit_policies(e, first, end);
    for (uint32_t i = first; i < end; i++)
        emit_message(e, e->bus->messages[i]);
    free(e->policy_places);
}

void emit_source_part(struct emitter *e)
{
    uint64_t count = version_count(e->bus);

    emit_top(e, name_part(e->memory, e->part));
    emit_messages(e, (uint32_t)(count * (e->part - 1) / e->split),
                  (uint32_t)(count * e->part / e->split));
}

void emit_source(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    emit_top(e, ".bus.c");
    emit_enum_tables(e);
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        const struct idl_table *table = bus->composites[i].table;

        if (table != NULL)
            emit_table(e, table, name_c(e->memory, &table->decl), true);
        else
            emit_union_table(e, bus->composites[i].choice);
    }
    if (e->split == 0)
        emit_messages(e, 0, version_count(bus));
    for (uint32_t i = 0; i < bus->component_count; i++)
        emit_component(e, bus->components[i]);
    emit_schema(e);
}
