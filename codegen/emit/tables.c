/* tables.c - the constant descriptions (bus/wire.h) of enums, unions, tables and structs. */
#include "emit/emit.h"

#include "layout.h"

#include <stdio.h>
#include <string.h>

static const char *signed_literal(struct memory *memory, int64_t value)
{
    return literal_c(memory, IDL_I64, (uint64_t)value);
}

static void emit_enum_table(struct emitter *e, const struct idl_enum *enumeration)
{
    const char *name = name_c(e->memory, &enumeration->decl);
    uint32_t count = 0;

    fill(e->out, "static const struct bus_enum_value $N_values[] = {\n", 'N', name, 0);
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];

        if (value->decl.removed)
            continue;
        fill(e->out, "    {\"$N\", $V},\n", 'N', value->decl.name, 'V',
             signed_literal(e->memory, value->value), 0);
        count++;
    }
    if (count == 0)
        put(e->out, "    {NULL, 0},\n");
    fill(e->out,
         "};\n"
         "const struct bus_enum $N_enum = {\"$B.$D\", $N_values, $C};\n"
         "\n",
         'N', name, 'B', e->bus->decl.name, 'D', enumeration->decl.name, 'C',
         decimal(e->memory, count), 0);
    if (enumeration->flags)
        return;
    fill(e->out,
         "const char *$N_name(enum $N value)\n"
         "{\n"
         "    switch ((int)value) {\n",
         'N', name, 0);
    for (uint32_t i = 0; i < enumeration->value_count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];

        if (!value->decl.removed)
            fill(e->out, "    case $E:\n        return \"$V\";\n", 'E',
                 name_enumerator(e->memory, &enumeration->decl, value->decl.name), 'V',
                 value->decl.name, 0);
    }
    put(e->out, "    default:\n        return \"?\";\n    }\n}\n\n");
}

void emit_enum_tables(struct emitter *e)
{
    for (uint32_t i = 0; i < e->bus->enum_count; i++)
        emit_enum_table(e, e->bus->enums[i]);
}

void emit_union_table(struct emitter *e, const struct idl_union *choice)
{
    const char *name = name_c(e->memory, &choice->decl);

    fill(e->out, "static const struct bus_union_arm $N_arms[] = {\n", 'N', name, 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out, "    {\"$A\", &$T_table, $I},\n", 'A', choice->arms[i].decl.name, 'T',
             name_c(e->memory, &choice->arms[i].table->decl), 'I',
             decimal(e->memory, choice->arms[i].number), 0);
    if (choice->arm_count == 0)
        put(e->out, "    {NULL, NULL, 0},\n");
    put(e->out, "};\n");
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out,
             "static_assert(offsetof(struct $N, $M) == offsetof(struct $N, $F), \"arms "
             "overlap\");\n",
             'N', name, 'M', name_arm(choice->arms[i].decl.name), 'F',
             name_arm(choice->arms[0].decl.name), 0);
    fill(e->out,
         "const struct bus_union $N_union = {\n"
         "    \"$B.$D\", $N_arms, $C, sizeof(struct $N), offsetof(struct $N, type), $V,\n"
         "};\n"
         "\n",
         'N', name, 'B', e->bus->decl.name, 'D', choice->decl.name, 'C',
         decimal(e->memory, choice->arm_count), 'V',
         choice->arm_count == 0 ? "0"
                                : join(e->memory, "offsetof(struct ", name, ", ",
                                       name_arm(choice->arms[0].decl.name), ")", NULL),
         0);
}

/* ---- fields ---------------------------------------------------------------------------------- */

const char *field_kind_c(enum idl_kind kind)
{
    const struct scalar *scalar = scalar_of(kind);

    if (scalar != NULL)
        return scalar->field;
    switch (kind) {
    case IDL_UUID:
        return "BUS_FIELD_UUID";
    case IDL_ENUM:
        return "BUS_FIELD_ENUM";
    case IDL_FLAGS:
        return "BUS_FIELD_FLAGS";
    case IDL_STRING:
        return "BUS_FIELD_STRING";
    case IDL_BYTES:
        return "BUS_FIELD_BYTES";
    case IDL_STRUCT:
        return "BUS_FIELD_STRUCT";
    case IDL_TABLE:
        return "BUS_FIELD_TABLE";
    default:
        return "BUS_FIELD_UNION";
    }
}

static const char *type_text(struct emitter *e, const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return join(e->memory, "&", name_c(e->memory, &type->enumeration->decl), "_enum", NULL);
    case IDL_STRUCT:
    case IDL_TABLE:
        return join(e->memory, "&", name_c(e->memory, &type->table->decl), "_table", NULL);
    case IDL_UNION:
        return join(e->memory, "&", name_c(e->memory, &type->choice->decl), "_union", NULL);
    default:
        return "NULL";
    }
}

static const char *flags_text(struct emitter *e, const struct idl_field *field)
{
    const char *text =
        join(e->memory, field->type.optional ? " | BUS_FIELD_OPTIONAL" : "",
             field->secret ? " | BUS_FIELD_SECRET" : "", field->key ? " | BUS_FIELD_KEY" : "",
             field_is_gone(field) ? " | BUS_FIELD_REMOVED" : "", NULL);

    return *text != '\0' ? text + 3 : "0";
}

/* {name, type, preset, member, value, max, count, number, slot, tag_slot, kind, base, shape,
 * flags} */
static void emit_field(struct emitter *e, const struct idl_field *field, const char *name)
{
    static const char *const shapes[] = {"BUS_SHAPE_ONE", "BUS_SHAPE_VECTOR", "BUS_SHAPE_ARRAY"};
    const struct idl_type *type = &field->type;
    const char *member = name_member(e->memory, field);
    bool union_field = type->kind == IDL_UNION;
    bool based = type->kind == IDL_ENUM || type->kind == IDL_FLAGS;
    char preset[24];

    snprintf(preset, sizeof(preset), "0x%llx", (unsigned long long)field->preset);
    fill(e->out, "    {\"$F\", $T, ", 'F', field->decl.name, 'T', type_text(e, type), 0);
    if (field->has_preset && field->preset != 0)
        fill(e->out, "UINT64_C($X),\n", 'X', preset, 0);
    else
        put(e->out, "0,\n");
    if (field_is_gone(field))
        put(e->out, "     0, 0,");
    else
        fill(e->out, "     offsetof(struct $N, $M), offsetof(struct $N, $M$V),", 'N', name, 'M',
             member, 'V', type->optional ? ".value" : "", 0);
    fill(e->out, "\n     $M, $C, $I, $S, $G, $K, $B,\n     $H, $L},\n", 'M',
         decimal(e->memory, type->max), 'C', decimal(e->memory, type->count), 'I',
         decimal(e->memory, (uint64_t)field->number + (union_field ? 1 : 0)), 'S',
         decimal(e->memory, field->slot), 'G',
         decimal(e->memory, union_field ? field->tag_slot : 0), 'K', field_kind_c(type->kind), 'B',
         based ? scalar_of_type(type)->field : field_kind_c(type->kind), 'H', shapes[type->shape],
         'L', flags_text(e, field), 0);
}

/* What C lays out must be what travels. */
static void emit_struct_checks(struct emitter *e, const struct idl_table *table, const char *name)
{
    fill(e->out, "static_assert(sizeof(struct $N) == $S, \"layout of struct $N\");\n", 'N', name,
         'S', decimal(e->memory, table->inline_size), 0);
    for (uint32_t i = 0; i < table->field_count; i++)
        fill(e->out, "static_assert(offsetof(struct $N, $M) == $S, \"layout of struct $N\");\n",
             'N', name, 'M', name_member(e->memory, &table->fields[i]), 'S',
             decimal(e->memory, table->fields[i].slot), 0);
}

void emit_table(struct emitter *e, const struct idl_table *table, const char *prefix, bool external)
{
    if (table->fixed)
        emit_struct_checks(e, table, prefix);
    else
        fill(e->out, "static_assert(sizeof(struct $N) <= $S, \"scratch of struct $N\");\n", 'N',
             prefix, 'S', decimal(e->memory, layout_sizeof(table)), 0);
    if (table->field_count != 0) {
        fill(e->out, "static const struct bus_field $N_fields[] = {\n", 'N', prefix, 0);
        for (uint32_t i = 0; i < table->field_count; i++)
            emit_field(e, &table->fields[i], prefix);
        put(e->out, "};\n");
    }
    fill(e->out,
         "$Xconst struct bus_table $N_table = {\n"
         "    \"$B.$D\", $F, $C, sizeof(struct $N), $A, $I, $V,\n"
         "};\n"
         "\n",
         'X', external ? "" : "static ", 'N', prefix, 'B', e->bus->decl.name, 'D',
         prefix + strlen(e->bus->decl.name) + 1, 'F',
         table->field_count != 0 ? join(e->memory, prefix, "_fields", NULL) : "NULL", 'C',
         decimal(e->memory, table->field_count), 'A', decimal(e->memory, table->align), 'I',
         decimal(e->memory, table->inline_size), 'V', decimal(e->memory, table->vtable_size), 0);
}
