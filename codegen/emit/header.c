/* header.c - x.bus.h: the frame, and what every message has. */
#include "emit/emit.h"

#include "layout.h"

/* ---- raw access: views and claims ------------------------------------------------------------ */

static void emit_view(struct emitter *e, const char *prefix, const struct idl_field *field)
{
    const struct idl_type *type = &field->type;
    const struct scalar *scalar = scalar_of_type(type);
    const char *value;
    const char *number = decimal(e->memory, field->number);

    if (type->shape != IDL_ONE || field_is_gone(field))
        return;
    if (type->kind == IDL_STRING)
        value = "bus_view_string(view, $I)";
    else if (type->kind == IDL_BYTES)
        value = "bus_view_bytes(view, $I)";
    else if (scalar == NULL)
        return;
    else if (type->kind == IDL_BOOL)
        value = "bus_view_u64(view, $I) != 0";
    else if (type->kind == IDL_F32 || type->kind == IDL_F64)
        value = "($T)bus_view_f64(view, $I)";
    else if (type->kind == IDL_ENUM || scalar->suffix[0] == 'i')
        value = "($T)bus_view_i64(view, $I)";
    else
        value = "($T)bus_view_u64(view, $I)";
    fill(e->out, "static inline $T $P_view_$M(struct bus_view view)\n{\n    return ", 'T',
         type_value(e->memory, type, false), 'P', prefix, 'M', field->decl.name, 0);
    fill(e->out, value, 'T', type_value(e->memory, type, false), 'I', number, 0);
    put(e->out, ";\n}\n");
}

static void emit_claim_field(struct emitter *e, const char *prefix, const struct idl_field *field)
{
    const struct idl_type *type = &field->type;
    const struct scalar *scalar = scalar_of_type(type);
    const char *element;

    if (field_is_gone(field))
        return;
    if (type->shape == IDL_ONE && type->kind == IDL_STRING)
        element = "char";
    else if (type->shape == IDL_ONE && type->kind == IDL_BYTES)
        element = "uint8_t";
    else if (type->shape == IDL_VECTOR && type->kind != IDL_STRING && type->kind != IDL_TABLE)
        element =
            scalar != NULL && type->kind == IDL_BOOL ? "uint8_t" : type_element(e->memory, type);
    else
        return;
    fill(e->out,
         "static inline $T *$P_claim_$M(const struct bus_claim *claim, uint32_t *size)\n"
         "{\n"
         "    return ($T *)(void *)bus_claim_field(claim, $I, size);\n"
         "}\n",
         'T', element, 'P', prefix, 'M', field->decl.name, 'I', decimal(e->memory, field->number),
         0);
}

void emit_views(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);

    fill(e->out,
         "#ifdef BUS_VIEWS\n"
         "/* Fields of the packed message, without unpacking it. `bytes` are verified, or the "
         "bus's\n"
         " * own; an absent field reads as its default (bus_view_has tells). */\n"
         "static inline struct bus_view $P_view(const uint8_t *bytes)\n"
         "{\n"
         "    return bus_view_root($P_type.codec.table, bytes);\n"
         "}\n",
         'P', prefix, 0);
    for (uint32_t i = 0; i < message->body.field_count; i++)
        emit_view(e, prefix, &message->body.fields[i]);
    put(e->out, "#endif\n\n");
    if (message->kind == IDL_COMMAND || message->keep_last || message->newer != NULL)
        return;
    for (uint32_t i = 0; i < message->body.field_count; i++)
        emit_claim_field(e, prefix, &message->body.fields[i]);
    put(e->out, "\n");
}

/* ---- what every message has ------------------------------------------------------------------ */

static const char message_skeleton[] =
    "extern const struct bus_message_type $P_type$X;\n"
    "enum {\n"
    "    $U_SIZE_MAX = $S, /* bytes of the largest one, packed */\n"
    "    $U_SCRATCH_MAX = $M, /* of scratch, to decode it */\n"
    "};\n";

static const char handler_skeleton[] =
    "/* `message` and what it points to are valid until the handler returns. */\n"
    "typedef enum bus_verdict (*$P_handler)(\n"
    "    void *context, const struct $P *message, struct bus_delivery *delivery);\n";

static const char batch_handler_skeleton[] =
    "/* The same of many events at once: bus/batch.h. */\n"
    "typedef enum bus_verdict (*$P_batch_handler)(\n"
    "    void *context, const struct $P *events, uint32_t count, struct bus_batch *batch);\n";

static const char functions_skeleton[] =
    "/* Sets every field to its default in the schema: absent, empty, zero or the declared value. "
    "*/\n"
    "static inline void $P_init(struct $P *message)\n"
    "{\n"
    "    bus_wire_init($P_type.codec.table, message);\n"
    "}\n"
    "/* Field by field; 0: equal. A total order. */\n"
    "static inline int $P_compare(const struct $P *a, const struct $P *b)\n"
    "{\n"
    "    return bus_wire_compare($P_type.codec.table, a, b);\n"
    "}\n"
    "/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */\n"
    "static inline size_t $P_print(const struct $P *message, char *text, size_t size)\n"
    "{\n"
    "    return bus_wire_print($P_type.codec.table, message, text, size);\n"
    "}\n"
    "/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */\n"
    "static inline uint32_t $P_encode(const struct $P *message, uint8_t *bytes, size_t capacity)\n"
    "{\n"
    "    return bus_encode(&$P_type.codec, message, bytes, capacity);\n"
    "}\n"
    "/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */\n"
    "BUS_MUST_USE static inline enum bus_status $P_decode(\n"
    "    const uint8_t *bytes, size_t size, struct $P *message, void *scratch, size_t "
    "scratch_size)\n"
    "{\n"
    "    return bus_decode(&$P_type.codec, bytes, size, message, scratch, scratch_size);\n"
    "}\n";

static const char account_skeleton[] =
    "/* What became of all messages of this type. */\n"
    "static inline enum bus_status $P_account(struct bus *bus, struct bus_account *account)\n"
    "{\n"
    "    return bus_account(bus, &$P_type, account);\n"
    "}\n"
    "\n";

static void emit_version(struct emitter *e, const struct idl_message *message)
{
    const char *prefix = name_c(e->memory, &message->body.decl);

    emit_struct(e, &message->body, prefix, NULL);
    put(e->out, "\n");
    fill(e->out, message_skeleton, 'P', prefix, 'X', name_label(e->memory, e->bus, prefix, "_type"),
         'U', name_upper(e->memory, prefix), 'S', decimal(e->memory, message->body.size_max), 'M',
         decimal(e->memory, layout_scratch(&message->body)), 0);
}

static void emit_older(struct emitter *e, const struct idl_message *message)
{
    fill(e->out, "/* ---- $K $B, version $V: only read any more ---- */\n\n", 'K',
         message->kind == IDL_COMMAND ? "command" : "event", 'B', message->base, 'V',
         decimal(e->memory, message->version), 0);
    emit_version(e, message);
    put(e->out, "\n");
    if (reads_types_only(e))
        put(e->out, "#ifndef BUS_TYPES_ONLY\n");
    fill(e->out, functions_skeleton, 'P', name_c(e->memory, &message->body.decl), 0);
    put(e->out, "\n");
    emit_views(e, message);
    if (reads_types_only(e))
        put(e->out, "#endif\n\n");
}

static void emit_message(struct emitter *e, const struct idl_message *message)
{
    const char *name = message->body.decl.name;
    const char *prefix = name_c(e->memory, &message->body.decl);
    const char *kind = message->kind == IDL_COMMAND ? "command" : "event";

    fill(e->out, "/* ---- $K $N ---- */\n\n", 'K', kind, 'N', name, 0);
    emit_version(e, message);
    fill(e->out, handler_skeleton, 'P', prefix, 0);
    if (message->kind != IDL_COMMAND)
        fill(e->out, batch_handler_skeleton, 'P', prefix, 0);
    put(e->out, "\n");
    if (message->kind == IDL_COMMAND)
        emit_command_types(e, message);
    if (reads_types_only(e))
        put(e->out, "#ifndef BUS_TYPES_ONLY\n");
    fill(e->out, functions_skeleton, 'P', prefix, 0);
    fill(e->out, account_skeleton, 'P', prefix, 0);
    if (message->kind == IDL_COMMAND)
        emit_command_functions(e, message);
    else
        emit_event_functions(e, message);
    emit_views(e, message);
    if (reads_types_only(e))
        put(e->out, "#endif\n\n");
}

/* ---- the frame ------------------------------------------------------------------------------- */

static const char top_skeleton[] =
    "/*\n"
    " * $S.bus.h - written by busgen from $S.bus (bus $B, version $V). Do not edit: change the\n"
    " * schema and run busgen again.\n";

static const char lifetime_text[] =
    " *\n"
    " * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a\n"
    " * message that you send they must stay valid until the call returns; the bus copies them. "
    "In\n"
    " * one that a handler reads they are valid until the handler returns. In a result they point\n"
    " * into the result itself.\n"
    " *\n"
    " * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.\n"
    " */\n";

static const char include_skeleton[] = "#ifndef $G\n"
                                       "#define $G\n"
                                       "\n"
                                       "#include <bus/schema.h>\n";

static const char abi_skeleton[] = "\n"
                                   "#if BUS_ABI != 1\n"
                                   "#error \"$S.bus.h was written for BUS_ABI 1; run the busgen "
                                   "that belongs to this <bus/bus.h>\"\n"
                                   "#endif\n"
                                   "\n"
                                   "#ifdef __cplusplus\n"
                                   "extern \"C\" {\n"
                                   "#endif\n"
                                   "\n"
                                   "extern const struct bus_schema $B_schema$X;\n"
                                   "\n";

/* A struct has no defaults but zero; a table may. */
static void emit_extern_table(struct emitter *e, const struct idl_table *table)
{
    const char *name = name_c(e->memory, &table->decl);

    fill(e->out, "extern const struct bus_table $N_table$X;\n", 'N', name, 'X',
         name_label(e->memory, e->bus, name, "_table"), 0);
    if (!table->fixed)
        fill(e->out,
             "/* Sets every field to its default in the schema. */\n"
             "static inline void $N_init(struct $N *value)\n"
             "{\n"
             "    bus_wire_init(&$N_table, value);\n"
             "}\n",
             'N', name, 0);
}

static void emit_extern_tables(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;

    if (bus->enum_count + bus->composite_count == 0)
        return;
    put(e->out, "/* Descriptions of the types, for importing schemas and for tools. */\n");
    for (uint32_t i = 0; i < bus->enum_count; i++) {
        const char *name = name_c(e->memory, &bus->enums[i]->decl);

        fill(e->out, "extern const struct bus_enum $N_enum$X;\n", 'N', name, 'X',
             name_label(e->memory, e->bus, name, "_enum"), 0);
    }
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        const struct idl_union *choice = bus->composites[i].choice;
        const char *name = choice != NULL ? name_c(e->memory, &choice->decl) : NULL;

        if (choice == NULL)
            emit_extern_table(e, bus->composites[i].table);
        else
            fill(e->out, "extern const struct bus_union $N_union$X;\n", 'N', name, 'X',
                 name_label(e->memory, e->bus, name, "_union"), 0);
    }
    put(e->out, "\n");
}

void emit_header(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;
    const char *guard = join(e->memory, name_upper(e->memory, bus->decl.name), "_BUS_H", NULL);

    fill(e->out, top_skeleton, 'S', e->stem, 'B', bus->decl.name, 'V',
         decimal(e->memory, bus->version), 0);
    if (bus->decl.doc != NULL) {
        put(e->out, " *\n");
        put_comment_lines(e->out, " * ", bus->decl.doc);
    }
    put(e->out, lifetime_text);
    fill(e->out, include_skeleton, 'G', guard, 0);
    for (uint32_t i = 0; i < bus->import_count; i++)
        fill(e->out, "#include \"$S.bus.h\"\n", 'S',
             name_stem(e->memory, bus->imports[i]->file->path), 0);
    fill(e->out, abi_skeleton, 'S', e->stem, 'B', bus->decl.name, 'X',
         name_label(e->memory, bus, bus->decl.name, "_schema"), 0);
    emit_types(e);
    for (uint32_t i = 0; i < bus->message_count; i++)
        emit_message(e, bus->messages[i]);
    for (uint32_t i = bus->message_count; i < version_count(bus); i++)
        emit_older(e, bus->messages[i]);
    emit_upgrades(e);
    emit_components(e);
    emit_programs(e);
    emit_extern_tables(e);
    put(e->out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
