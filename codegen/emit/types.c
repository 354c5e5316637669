/* types.c - the types of a header: constants, enums, flags, structs, tables, unions. */
#include "emit/emit.h"
#include "emit/uses.h"

#include <stdio.h>
#include <string.h>

static void put_comment(struct emitter *e, const char *doc, const char *more)
{
    put(e->out, "/*\n");
    if (doc != NULL)
        put_comment_lines(e->out, " * ", doc);
    if (more != NULL)
        put_comment_lines(e->out, " * ", more);
    put(e->out, " */\n");
}

void emit_doc(struct emitter *e, const char *doc, const char *more)
{
    const char *one = doc != NULL ? doc : more;

    if (one == NULL || one[strspn(one, " \n\t")] == '\0')
        return;
    if ((doc == NULL || more == NULL) && strchr(one, '\n') == NULL && strlen(one) < 90) {
        struct writer line = {0};

        put_comment_lines(&line, "", one);
        put(e->out, "/* ");
        put_bytes(e->out, line.data, line.size - 1);
        put(e->out, " */\n");
        writer_free(&line);
        return;
    }
    put_comment(e, doc, more);
}

/* ---- constants ------------------------------------------------------------------------------- */

static const char *literal_float(struct memory *memory, uint64_t bits, bool wide)
{
    char text[40];
    double value;

    if (wide) {
        memcpy(&value, &bits, sizeof(value));
    } else {
        uint32_t narrow_bits = (uint32_t)bits;
        float narrow;

        memcpy(&narrow, &narrow_bits, sizeof(narrow));
        value = (double)narrow;
    }
    /* busgen never calls setlocale, so the decimal point is a point */
    snprintf(text, sizeof(text), "%.*g", wide ? 17 : 9, value);
    return join(memory, text, strpbrk(text, ".e") == NULL ? ".0" : "", wide ? "" : "f", NULL);
}

const char *literal_c(struct memory *memory, enum idl_kind kind, uint64_t bits)
{
    static const char *const macros[] = {
        [IDL_U8] = "UINT8_C(",       [IDL_I8] = "INT8_C(",    [IDL_U16] = "UINT16_C(",
        [IDL_I16] = "INT16_C(",      [IDL_U32] = "UINT32_C(", [IDL_I32] = "INT32_C(",
        [IDL_U64] = "UINT64_C(",     [IDL_I64] = "INT64_C(",  [IDL_TIME] = "INT64_C(",
        [IDL_DURATION] = "INT64_C(",
    };
    unsigned size;
    uint64_t half;

    if (kind == IDL_BOOL)
        return bits != 0 ? "true" : "false";
    if (kind == IDL_F32 || kind == IDL_F64)
        return literal_float(memory, bits, kind == IDL_F64);
    size = scalar_of(kind)->size;
    half = UINT64_C(1) << (8 * size - 1);
    if (size < 8)
        bits &= half * 2 - 1;
    if (kind == IDL_U8 || kind == IDL_U16 || kind == IDL_U32 || kind == IDL_U64 || bits < half)
        return join(memory, macros[kind], decimal(memory, bits), ")", NULL);
    if (bits == half) /* the lowest one has no literal */
        return join(memory, "(-", macros[kind], decimal(memory, half - 1), ") - 1)", NULL);
    return join(memory, "(-", macros[kind], decimal(memory, size < 8 ? half * 2 - bits : 0 - bits),
                "))", NULL);
}

static void emit_constant(struct emitter *e, const struct idl_const *constant)
{
    emit_doc(e, constant->decl.doc, NULL);
    fill(e->out, "#define $N ", 'N', name_const(e->memory, constant), 0);
    if (constant->kind == IDL_STRING)
        put_literal(e->out, constant->text);
    else
        put(e->out, literal_c(e->memory, constant->kind, constant->bits));
    put(e->out, "\n");
}

static void emit_derived(struct emitter *e, const char *keyword, const char *name, unsigned uses);

/* ---- enums and flags ------------------------------------------------------------------------- */

static const char *signed_text(struct memory *memory, int64_t value)
{
    if (value >= 0)
        return decimal(memory, (uint64_t)value);
    if (value == INT32_MIN)
        return "-2147483647 - 1";
    return join(memory, "-", decimal(memory, 0 - (uint64_t)value), NULL);
}

static void emit_enum(struct emitter *e, const struct idl_enum *enumeration, unsigned uses)
{
    const char *name = name_c(e->memory, &enumeration->decl);

    emit_doc(e, enumeration->decl.doc, NULL);
    fill(e->out, "enum $N BUS_ENUM_BASE {\n", 'N', name, 0);
    e->out->indent++;
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];

        if (value->decl.removed)
            continue;
        emit_doc(e, value->decl.doc, NULL);
        fill(e->out, "$N = $V,\n", 'N',
             name_enumerator(e->memory, &enumeration->decl, value->decl.name), 'V',
             signed_text(e->memory, value->value), 0);
    }
    e->out->indent--;
    put(e->out, "};\n");
    emit_derived(e, "enum", name, uses);
    fill(e->out,
         "/* The name as in the schema; \"?\" for a value that it does not know: one of a newer\n"
         " * version keeps its number, and is sent on with it. */\n"
         "const char *$N_name(enum $N value);\n"
         "\n",
         'N', name, 0);
}

static void emit_flags(struct emitter *e, const struct idl_enum *flags)
{
    emit_doc(e, flags->decl.doc, "Any combination of:");
    fill(e->out, "typedef $T $N;\n", 'N', name_c(e->memory, &flags->decl), 'T',
         scalar_of(flags->base)->c, 0);
    for (uint32_t i = 0; i < flags->value_count; i++) {
        const struct idl_enum_value *value = &flags->values[i];

        if (value->decl.removed)
            continue;
        emit_doc(e, value->decl.doc, NULL);
        fill(e->out, "#define $N $V\n", 'N',
             name_enumerator(e->memory, &flags->decl, value->decl.name), 'V',
             literal_c(e->memory, flags->base, (uint64_t)value->value), 0);
    }
    put(e->out, "\n");
}

/* ---- structs, tables, unions ----------------------------------------------------------------- */

/* "at most 64 bytes; secret; since version 2": what the C type does not say. */
static const char *facts_of(struct emitter *e, const struct idl_field *field)
{
    const struct idl_type *type = &field->type;
    const char *facts = "";

    if (type->shape == IDL_VECTOR)
        facts = join(e->memory, facts, "; at most ", decimal(e->memory, type->count), NULL);
    if (type->kind == IDL_STRING || type->kind == IDL_BYTES)
        facts = join(e->memory, facts, type->shape == IDL_VECTOR ? ", of " : "; at most ",
                     decimal(e->memory, type->max), " bytes", NULL);
    if ((type->kind == IDL_ENUM || type->kind == IDL_FLAGS) && type->shape != IDL_ONE)
        facts = join(e->memory, facts, "; ",
                     join(e->memory, type->kind == IDL_ENUM ? "enum " : "",
                          name_c(e->memory, &type->enumeration->decl), NULL),
                     NULL);
    if (field->key)
        facts = join(e->memory, facts, "; key", NULL);
    if (field->secret)
        facts = join(e->memory, facts, "; secret: never printed", NULL);
    if (field->decl.since > 1)
        facts =
            join(e->memory, facts, "; since version ", decimal(e->memory, field->decl.since), NULL);
    if (field->decl.until != 0)
        facts =
            join(e->memory, facts, "; until version ", decimal(e->memory, field->decl.until), NULL);
    return *facts != '\0' ? facts + 2 : NULL;
}

static void emit_member(struct emitter *e, const struct idl_field *field, bool fixed)
{
    const char *facts = facts_of(e, field);

    emit_doc(e, field->decl.doc, NULL);
    fill(e->out, "$T $M", 'T', type_member(e->memory, field, fixed), 'M',
         name_member(e->memory, field), 0);
    if (field->type.shape == IDL_ARRAY)
        fill(e->out, "[$C]", 'C', decimal(e->memory, field->type.count), 0);
    put(e->out, ";");
    if (facts != NULL)
        fill(e->out, " /* $F */", 'F', facts, 0);
    put(e->out, "\n");
}

void emit_struct(struct emitter *e, const struct idl_table *table, const char *name,
                 const char *more)
{
    bool empty = true;

    emit_doc(e, table->decl.doc, more);
    fill(e->out, "struct $N {\n", 'N', name, 0);
    e->out->indent++;
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (field_is_gone(&table->fields[i]))
            continue;
        emit_member(e, &table->fields[i], table->fixed);
        empty = false;
    }
    if (empty)
        put(e->out, "uint8_t nothing; /* C wants a member; it does not travel */\n");
    e->out->indent--;
    put(e->out, "};\n");
}

static void emit_derived(struct emitter *e, const char *keyword, const char *name, unsigned uses)
{
    if (uses & USED_SLICE)
        fill(e->out,
             "struct $N_slice {\n"
             "    const $K $N *data;\n"
             "    uint32_t size;\n"
             "};\n",
             'K', keyword, 'N', name, 0);
    if (uses & USED_OPTIONAL)
        fill(e->out,
             "struct $N_opt {\n"
             "    bool has;\n"
             "    $K $N value;\n"
             "};\n",
             'K', keyword, 'N', name, 0);
    if (uses & USED_SLICE_OPTIONAL)
        fill(e->out,
             "struct $N_slice_opt {\n"
             "    bool has;\n"
             "    struct $N_slice value;\n"
             "};\n",
             'N', name, 0);
}

/* An imported type as only this file uses it: another file may do so too. */
static void emit_guarded(struct emitter *e, const char *keyword, const char *name, unsigned uses)
{
    static const struct {
        unsigned use;
        const char *suffix;
    } parts[] = {
        {USED_SLICE, "_SLICE"}, {USED_OPTIONAL, "_OPT"}, {USED_SLICE_OPTIONAL, "_SLICE_OPT"}};

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        const char *macro;

        if (!(uses & parts[i].use))
            continue;
        macro = join(e->memory, "BUSGEN_", name_upper(e->memory, name), parts[i].suffix, NULL);
        fill(e->out, "#ifndef $M\n#define $M\n", 'M', macro, 0);
        emit_derived(e, keyword, name, parts[i].use);
        put(e->out, "#endif\n");
    }
}

static void emit_union(struct emitter *e, const struct idl_union *choice)
{
    const char *name = name_c(e->memory, &choice->decl);

    fill(e->out, "enum $N_type BUS_ENUM_BASE {\n    $U = 0,\n", 'N', name, 'U',
         name_enumerator(e->memory, &choice->decl, "none"), 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out, "    $U = $V,\n", 'U',
             name_enumerator(e->memory, &choice->decl, choice->arms[i].decl.name), 'V',
             decimal(e->memory, choice->arms[i].number), 0);
    put(e->out, "};\n");
    emit_doc(
        e, choice->decl.doc,
        "`type` says which member counts. Another number is that of an arm of a newer version:\n"
        "there is something that nobody here can read. The members are zero then, and it is\n"
        "refused when it is to be sent on.");
    fill(e->out, "struct $N {\n    enum $N_type type;\n    union {\n", 'N', name, 0);
    e->out->indent += 2;
    for (uint32_t i = 0; i < choice->arm_count; i++) {
        emit_doc(e, choice->arms[i].decl.doc, NULL);
        fill(e->out, "struct $T $M;\n", 'T', name_c(e->memory, &choice->arms[i].table->decl), 'M',
             name_arm(choice->arms[i].decl.name), 0);
    }
    if (choice->arm_count == 0) /* all are gone */
        put(e->out, "uint8_t nothing; /* C wants a member; it does not travel */\n");
    e->out->indent -= 2;
    put(e->out, "    };\n};\n\n");
}

/* Derived types of imports that their own header does not have. */
static void emit_imported(struct emitter *e, const struct uses *uses, const struct idl_bus *import)
{
    struct uses theirs = uses_of(import);
    size_t before = e->out->size;

    for (uint32_t i = 0; i < import->enum_count; i++)
        emit_guarded(e, "enum", name_c(e->memory, &import->enums[i]->decl),
                     uses_find(uses, import->enums[i]) & ~uses_find(&theirs, import->enums[i]));
    for (uint32_t i = 0; i < import->composite_count; i++) {
        const struct idl_table *table = import->composites[i].table;

        if (table != NULL)
            emit_guarded(e, "struct", name_c(e->memory, &table->decl),
                         uses_find(uses, table) & ~uses_find(&theirs, table));
    }
    if (e->out->size != before)
        put(e->out, "\n");
    uses_free(&theirs);
}

void emit_types(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;
    struct uses uses = uses_of(bus);

    for (uint32_t i = 0; i < bus->import_count; i++)
        emit_imported(e, &uses, bus->imports[i]);
    for (uint32_t i = 0; i < bus->const_count; i++)
        emit_constant(e, bus->consts[i]);
    if (bus->const_count != 0)
        put(e->out, "\n");
    for (uint32_t i = 0; i < bus->enum_count; i++) {
        if (bus->enums[i]->flags)
            emit_flags(e, bus->enums[i]);
        else
            emit_enum(e, bus->enums[i], uses_find(&uses, bus->enums[i]));
    }
    for (uint32_t i = 0; i < bus->composite_count; i++) {
        const struct idl_table *table = bus->composites[i].table;

        if (table == NULL) {
            emit_union(e, bus->composites[i].choice);
            continue;
        }
        emit_struct(e, table, name_c(e->memory, &table->decl), NULL);
        emit_derived(e, "struct", name_c(e->memory, &table->decl), uses_find(&uses, table));
        put(e->out, "\n");
    }
    uses_free(&uses);
}
