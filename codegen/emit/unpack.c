/*
 * unpack.c - unpack: reads at constant offsets when the vtable is our own (entries of optional
 * fields and union values may be 0), else the engine reads by the description.
 *
 * The comparison covers the root's offset, the vtable, the gap and the table's distance to its
 * vtable. Bytes are verified; nothing else is known about them before: so the first eight bytes are
 * compared first (the smallest buffer has more; then everything up to root + 4 is inside, since the
 * root is where ours is and that table is), and for a nested table its distance (then the vtable's
 * bytes are before it).
 */
#include "emit/emit.h"

#include "layout.h"

#include <stdio.h>
#include <string.h>

static bool may_be_absent(const struct idl_field *field)
{
    return !field_is_gone(field) && (field->type.optional || field->type.kind == IDL_UNION);
}

/* Position of the vtable entry of the field's value. */
static uint32_t entry_of(const struct idl_field *field)
{
    return 4 + 2 * (uint32_t)(field->number - (field->type.kind == IDL_UNION ? 0 : 1));
}

/* A condition: template bytes [start, end) are at `base` + start. */
static void compare_run(struct emitter *e, const char *prefix, const char *base, uint32_t start,
                        uint32_t end)
{
    if (start < end)
        fill(e->out, " ||\n    !bus_same($B + $S, $P_template + $S, $N)", 'B', base, 'S',
             decimal(e->memory, start), 'P', prefix, 'N', decimal(e->memory, end - start), 0);
}

/* Goes on with a condition that is true when bytes [start, size) at `base` are not the template's;
 * `vtable` is the vtable's place in the template. */
static void compare_template(struct emitter *e, const struct idl_table *table, const char *prefix,
                             const char *base, uint32_t vtable, uint32_t start, uint32_t size)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        uint32_t entry;

        if (!may_be_absent(field))
            continue;
        entry = vtable + entry_of(field);
        compare_run(e, prefix, base, start, entry);
        fill(e->out, " ||\n    !bus_same_entry($B + $E, $S)", 'B', base, 'E',
             decimal(e->memory, entry), 'S', decimal(e->memory, field->slot), 0);
        start = entry + 2;
    }
    compare_run(e, prefix, base, start, size);
}

/* The same for a root: its start, up to what may be absent, in one go. */
static void compare_root(struct emitter *e, const struct idl_table *table, const char *prefix,
                         uint32_t size)
{
    uint32_t end = size;

    for (uint32_t i = 0; i < table->field_count; i++) {
        if (may_be_absent(&table->fields[i])) {
            end = 4 + entry_of(&table->fields[i]);
            break;
        }
    }
    if (end > 8)
        fill(e->out, "if (!bus_same_start(bytes, $P_template, $N)", 'P', prefix, 'N',
             decimal(e->memory, end), 0);
    else
        fill(e->out, "if (!bus_same_root(bytes, $P_template)", 'P', prefix, 0);
    compare_template(e, table, prefix, "bytes", 4, end > 8 ? end : 8, size);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static const char *get_scalar(struct emitter *e, const struct idl_type *type, const char *slot)
{
    const char *get =
        join(e->memory, "bus_get_", type->kind == IDL_UUID ? "uuid" : scalar_of_type(type)->suffix,
             "(t + ", slot, ")", NULL);

    if (type->kind == IDL_ENUM)
        return join(e->memory, "(", type_value(e->memory, type, false), ")", get, NULL);
    return get;
}

static void unpack_vector(struct emitter *e, const struct idl_type *type, const char *slot,
                          const char *value)
{
    if (type->kind == IDL_STRING) {
        fill(e->out, "if (!bus_get_strings(t + $S, &$V, scratch))\n    return false;\n", 'S', slot,
             'V', value, 0);
        return;
    }
    if (type->kind != IDL_TABLE) {
        const struct scalar *scalar = scalar_of_type(type);

        fill(e->out,
             "{\n"
             "    const uint8_t *v = bus_follow(t + $S);\n"
             "\n"
             "    $V.data = (const $T *)(const void *)(v + 4);\n"
             "    $V.size = bus_get_u32(v);\n"
             "}\n",
             'S', slot, 'V', value, 'T',
             scalar != NULL && type->kind == IDL_BOOL ? "uint8_t" : type_element(e->memory, type),
             0);
        return;
    }
    fill(e->out,
         "{\n"
         "    const uint8_t *v = bus_follow(t + $S);\n"
         "    uint32_t size = bus_get_u32(v);\n"
         "    struct $T *items =\n"
         "        (struct $T *)bus_scratch_take(scratch, (size_t)size * sizeof(struct $T));\n"
         "\n"
         "    if (items == NULL)\n"
         "        return false;\n"
         "    $V.data = items;\n"
         "    $V.size = size;\n"
         "    v += 4;\n"
         "    for (size_t i = 0; i < size; i++)\n"
         "        if (!$T_unpack(&items[i], bytes, bus_follow(v + i * 4), scratch))\n"
         "            return false;\n"
         "}\n",
         'S', slot, 'V', value, 'T', name_c(e->memory, &type->table->decl), 0);
}

static void unpack_union(struct emitter *e, const struct idl_field *field, const char *slot,
                         const char *value, const char *entry)
{
    const struct idl_union *choice = field->type.choice;
    const char *name = name_c(e->memory, &choice->decl);

    fill(e->out,
         "$V.type = (enum $N_type)bus_get_u8(t + $G);\n"
         "switch (bus_get_u16($E) != 0 ? (int)$V.type : 0) {\n",
         'V', value, 'N', name, 'G', decimal(e->memory, field->tag_slot), 'E', entry, 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out,
             "case $I:\n"
             "    if (!$T_unpack(&$V.$M, bytes, bus_follow(t + $S), scratch))\n"
             "        return false;\n"
             "    break;\n",
             'I', decimal(e->memory, choice->arms[i].number), 'T',
             name_c(e->memory, &choice->arms[i].table->decl), 'V', value, 'M',
             name_arm(choice->arms[i].decl.name), 'S', slot, 0);
    fill(e->out,
         "default:\n"
         "    if ($V.type != 0) { /* an arm not known here: its number, and nothing in it */\n"
         "        memset(&$V, 0, sizeof($V));\n"
         "        $V.type = (enum $N_type)bus_get_u8(t + $G);\n"
         "    }\n"
         "}\n",
         'V', value, 'N', name, 'G', decimal(e->memory, field->tag_slot), 0);
}

static void unpack_present(struct emitter *e, const struct idl_field *field, const char *value,
                           const char *entry)
{
    const struct idl_type *type = &field->type;
    const char *slot = decimal(e->memory, field->slot);

    if (type->shape == IDL_VECTOR)
        unpack_vector(e, type, slot, value);
    else if (type->shape == IDL_ARRAY)
        fill(e->out, "memcpy($V, t + $S, sizeof($V));\n", 'V', value, 'S', slot, 0);
    else if (type->kind == IDL_STRUCT)
        fill(e->out, "memcpy(&$V, t + $S, sizeof($V));\n", 'V', value, 'S', slot, 0);
    else if (type->kind == IDL_STRING || type->kind == IDL_BYTES)
        fill(e->out, "$V = bus_get_$K(t + $S);\n", 'V', value, 'K',
             type->kind == IDL_STRING ? "string" : "bytes", 'S', slot, 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out,
             "if (!$T_unpack(&$V, bytes, bus_follow(t + $S), scratch))\n"
             "    return false;\n",
             'T', name_c(e->memory, &type->table->decl), 'V', value, 'S', slot, 0);
    else if (type->kind == IDL_UNION)
        unpack_union(e, field, slot, value, entry);
    else
        fill(e->out, "$V = $G;\n", 'V', value, 'G', get_scalar(e, type, slot), 0);
}

static void unpack_field(struct emitter *e, const struct idl_table *table,
                         const struct idl_field *field, bool root)
{
    const struct idl_type *type = &field->type;
    const char *member = join(e->memory, "m->", name_member(e->memory, field), NULL);
    const char *value = type->optional ? join(e->memory, member, ".value", NULL) : member;
    uint32_t entry_at = entry_of(field);
    const char *entry =
        root ? join(e->memory, "bytes + ", decimal(e->memory, 4 + (uint64_t)entry_at), NULL)
             : join(e->memory, "t - ", decimal(e->memory, table->vtable_size - entry_at), NULL);

    if (!type->optional) {
        unpack_present(e, field, value, entry);
        return;
    }
    fill(e->out,
         "$M.has = bus_get_u16($E) != 0;\n"
         "if ($M.has) {\n",
         'M', member, 'E', entry, 0);
    e->out->indent++;
    unpack_present(e, field, value, entry);
    e->out->indent--;
    fill(e->out, "} else {\n    memset(&$V, 0, sizeof($V));\n}\n", 'V', value, 0);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* Which parameters the body of a function reads. */
static bool reads_bytes(const struct idl_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        if (!field_is_gone(&table->fields[i]))
            return true;
    return false;
}

static void unpack_fields(struct emitter *e, const struct idl_table *table, bool root)
{
    for (uint32_t i = 0; i < table->field_count; i++)
        if (!field_is_gone(&table->fields[i]))
            unpack_field(e, table, &table->fields[i], root);
    if (!reads_bytes(table))
        put(e->out, "m->nothing = 0;\n(void)t;\n");
    put(e->out, "return true;\n");
}

/* What unpack does when the layout is ours: apart, where accept does the same. */
static void emit_fields(struct emitter *e, const struct idl_table *table, const char *prefix)
{
    fill(e->out,
         "BUS_HOT bool $P_load(\n"
         "    struct $P *m, const uint8_t *bytes, struct bus_scratch *scratch)\n"
         "{\n"
         "    const uint8_t *t = bytes + $R;\n"
         "\n"
         "    (void)scratch;\n",
         'P', prefix, 'R', decimal(e->memory, layout_root(table)), 0);
    e->out->indent++;
    unpack_fields(e, table, true);
    e->out->indent--;
    put(e->out, "}\n\n");
}

/* Bytes that another version of the schema packed. Where this is inlined it goes through a copy:
 * the address of the message goes nowhere then, and the compiler keeps its members in registers. */
static void emit_unpack_strange(struct emitter *e, const char *prefix)
{
    if (!e->inlined) {
        fill(e->out,
             ")\n    return bus_wire_unpack(&$P_table, m, bytes, bus_get_u32(bytes), scratch);\n",
             'P', prefix, 0);
        return;
    }
    fill(
        e->out,
        ") {\n"
        "    struct bus_scratch rest = *scratch;\n"
        "    struct $P other;\n"
        "\n"
        "    if (!bus_wire_unpack($P_type.codec.table, &other, bytes, bus_get_u32(bytes), &rest))\n"
        "        return false;\n"
        "    *scratch = rest;\n"
        "    *m = other;\n"
        "    return true;\n"
        "}\n",
        'P', prefix, 0);
}

static void emit_unpack_root(struct emitter *e, const struct idl_table *table, const char *prefix)
{
    const char *at = decimal(e->memory, layout_root(table));
    bool apart = has_verify(e);

    if (apart)
        emit_fields(e, table, prefix);
    fill(e->out,
         "$L bool $P_unpack(\n"
         "    void *message, const uint8_t *bytes, struct bus_scratch *scratch)\n"
         "{\n"
         "    struct $P *m = (struct $P *)message;\n",
         'L', linkage(e), 'P', prefix, 0);
    e->out->indent++;
    if (!apart)
        fill(e->out, "const uint8_t *t = bytes + $R;\n", 'R', at, 0);
    put(e->out, "\n");
    compare_root(e, table, prefix, layout_root(table) + 4);
    emit_unpack_strange(e, prefix);
    if (apart)
        fill(e->out, "return $P_load(m, bytes, scratch);\n", 'P', prefix, 0);
    else
        unpack_fields(e, table, true);
    e->out->indent--;
    put(e->out, "}\n");
}

void emit_unpack(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    const char *vtable = decimal(e->memory, table->vtable_size);

    if (root) {
        emit_unpack_root(e, table, prefix);
        return;
    }
    fill(e->out,
         "$L bool $P_unpack(\n"
         "    struct $P *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)\n"
         "{\n",
         'L', linkage(e), 'P', prefix, 0);
    e->out->indent++;
    fill(e->out, "if (bus_get_u32(t) != $V", 'V', vtable, 0);
    compare_template(e, table, prefix, join(e->memory, "t - ", vtable, NULL), 0, 0,
                     table->vtable_size);
    fill(e->out,
         ")\n    return bus_wire_unpack(&$P_table, m, bytes, (uint32_t)(t - bytes), scratch);\n",
         'P', prefix, 0);
    unpack_fields(e, table, false);
    e->out->indent--;
    put(e->out, "}\n");
}
