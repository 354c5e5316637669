/*
 * pack.c - templates, measure and pack: straight-line code per table.
 *
 * The template of a table is its vtable and its zeroed inline part, as they travel; of a root table
 * the offset of the root before them. Pack copies it and stores into the copy; what is written
 * behind goes through the steps of bus/pack.h. measure and pack visit the same fields in the same
 * order and must agree on every position.
 */
#include "emit/emit.h"

#include "layout.h"

#include <stdio.h>
#include <string.h>

/* ---- templates ------------------------------------------------------------------------------- */

static uint32_t round_4(uint32_t size)
{
    return (size + 3) / 4 * 4;
}

static void store_u16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void store_u32(uint8_t *to, uint32_t value)
{
    store_u16(to, value);
    store_u16(to + 2, value >> 16);
}

static void fill_vtable(uint8_t *vtable, const struct idl_table *table)
{
    store_u16(vtable, table->vtable_size);
    store_u16(vtable + 2, table->inline_size);
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        uint8_t *entry = vtable + 4 + 2 * (field->number - 1);

        if (field_is_gone(field))
            continue;
        if (field->type.kind == IDL_UNION) {
            store_u16(entry, field->tag_slot);
            entry += 2;
        }
        store_u16(entry, field->slot);
    }
}

void emit_template(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    uint32_t start = root ? layout_root(table) : table->vtable_size; /* of the table itself */
    uint32_t size = start + round_4(table->inline_size);
    uint8_t *bytes = allocate(e->memory, size);

    if (root)
        store_u32(bytes, start);
    fill_vtable(bytes + (root ? 4 : 0), table);
    store_u32(bytes + start, root ? start - 4 : start);
    fill(e->out, "static const uint8_t $P_template[$S] = {", 'P', prefix, 'S',
         decimal(e->memory, size), 0);
    /* what follows the vtable is zero; the rest need not be spelled */
    for (uint32_t i = 0; i < start + 4; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%s0x%02x,", i % 12 == 0 ? "\n    " : " ", bytes[i]);
        put(e->out, text);
    }
    put(e->out, "\n};\n");
}

/* ---- structs with gaps ----------------------------------------------------------------------- */

void emit_struct_put(struct emitter *e, const struct idl_table *table)
{
    const char *name = name_c(e->memory, &table->decl);

    if (layout_is_dense(table))
        return;
    fill(e->out,
         "/* Field by field: the gaps of the C struct may hold anything. */\n"
         "static inline void $N_put(uint8_t *to, const struct $N *m)\n"
         "{\n"
         "    memset(to, 0, $S);\n",
         'N', name, 'S', decimal(e->memory, table->inline_size), 0);
    e->out->indent++;
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        const struct idl_type *type = &field->type;
        const char *member = name_member(e->memory, field);
        const char *slot = decimal(e->memory, field->slot);

        if (type->kind == IDL_STRUCT && !layout_is_dense(type->table) && type->shape == IDL_ARRAY)
            fill(e->out,
                 "for (size_t i = 0; i < $C; i++)\n"
                 "    $T_put(to + $S + i * $Z, &m->$M[i]);\n",
                 'C', decimal(e->memory, type->count), 'T', name_c(e->memory, &type->table->decl),
                 'S', slot, 'Z', decimal(e->memory, type->table->inline_size), 'M', member, 0);
        else if (type->kind == IDL_STRUCT && !layout_is_dense(type->table))
            fill(e->out, "$T_put(to + $S, &m->$M);\n", 'T', name_c(e->memory, &type->table->decl),
                 'S', slot, 'M', member, 0);
        else
            fill(e->out, "memcpy(to + $S, $A, sizeof(m->$M));\n", 'S', slot, 'A',
                 join(e->memory, type->shape == IDL_ARRAY ? "m->" : "&m->", member, NULL), 'M',
                 member, 0);
    }
    e->out->indent--;
    put(e->out, "}\n\n");
}

/* ---- where things end ------------------------------------------------------------------------ */

/* `at` is rounded to whole words, except where a table may come next: its vtable may begin inside a
 * word. Measure and pack say the same steps in the same order; only the names differ. */
struct steps {
    const char *name;  /* bus_NAME_string */
    const char *round; /* makes `at` whole words */
    const struct idl_table *table;
    bool root;
    bool exact; /* `at` may be inside a word now */
};

/* Where the inline part ends. */
static uint32_t begin_steps(struct steps *steps)
{
    uint32_t size = steps->table->inline_size;

    steps->exact = size % 4 != 0 && table_may_follow(steps->table, 0, steps->root);
    return steps->exact ? size : round_4(size);
}

static void begin_step(struct emitter *e, const struct steps *steps, const struct idl_field *field)
{
    if (steps->exact && !type_is_table(&field->type))
        fill(e->out, "at = $R(at);\n", 'R', steps->round, 0);
    if (field->type.shape == IDL_VECTOR && layout_element_align(&field->type) == 8)
        fill(e->out, "at = bus_$N_wide(at);\n", 'N', steps->name, 0);
}

static void end_step(struct emitter *e, struct steps *steps, uint32_t index, const char *value)
{
    const struct idl_type *type = &steps->table->fields[index].type;
    uint32_t element = type->shape == IDL_VECTOR ? layout_element_size(type) : 1;
    bool exact = type->kind == IDL_TABLE || type->kind == IDL_UNION;

    if (!exact && table_may_follow(steps->table, index + 1, steps->root)) {
        exact = true;
        if (type->kind == IDL_STRING && type->shape == IDL_VECTOR)
            fill(e->out, "at = bus_$N_back(at, &$V);\n", 'N', steps->name, 'V', value, 0);
        else if (type->kind == IDL_STRING)
            fill(e->out, "at -= bus_slack($V.size + 1);\n", 'V', value, 0);
        else if (element % 4 != 0)
            fill(e->out, "at -= bus_slack($V.size * $Z);\n", 'V', value, 'Z',
                 decimal(e->memory, element), 0);
        else
            exact = false;
    }
    steps->exact = exact || (type->optional && steps->exact);
}

/* ---- measure --------------------------------------------------------------------------------- */

static void measure_enum(struct emitter *e, const struct idl_field *field, const char *value)
{
    enum idl_kind base = field->type.enumeration->base;
    const char *low = "0";
    const char *high = "0";

    if (base == IDL_I32 || base == IDL_U32)
        return;
    switch (base) {
    case IDL_U8:
        high = "UINT8_MAX";
        break;
    case IDL_I8:
        low = "INT8_MIN";
        high = "INT8_MAX";
        break;
    case IDL_U16:
        high = "UINT16_MAX";
        break;
    default:
        low = "INT16_MIN";
        high = "INT16_MAX";
        break;
    }
    fill(e->out, "at = bus_measure_enum(at, (int)$V, $L, $H);\n", 'V', value, 'L', low, 'H', high,
         0);
}

static void measure_vector(struct emitter *e, const struct idl_field *field, const char *value)
{
    const struct idl_type *type = &field->type;
    const char *count = decimal(e->memory, type->count);

    if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_measure_strings(at, &$V, $C, $M);\n", 'V', value, 'C', count, 'M',
             decimal(e->memory, type->max), 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out,
             "at = bus_measure_offsets(at, $V.data, $V.size, $C);\n"
             "for (uint32_t i = 0; !bus_measure_is_bad(at) && i < $V.size; i++)\n"
             "    at = $T_measure(at, &$V.data[i], reserve);\n",
             'V', value, 'C', count, 'T', name_c(e->memory, &type->table->decl), 0);
    else if (type->kind == IDL_BOOL)
        fill(e->out, "at = bus_measure_bools(at, $V.data, $V.size, $C, reserve);\n", 'V', value,
             'C', count, 0);
    else
        fill(e->out, "at = bus_measure_slice(at, $V.data, $V.size, $C, $Z, reserve);\n", 'V', value,
             'C', count, 'Z', decimal(e->memory, layout_element_size(type)), 0);
}

static void measure_union(struct emitter *e, const struct idl_field *field, const char *value)
{
    const struct idl_union *choice = field->type.choice;

    fill(e->out, "switch ((int)$V.type) {\ncase 0:\n    break;\n", 'V', value, 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out, "case $I:\n    at = $T_measure(at, &$V.$M, reserve);\n    break;\n", 'I',
             decimal(e->memory, choice->arms[i].number), 'T',
             name_c(e->memory, &choice->arms[i].table->decl), 'V', value, 'M',
             name_arm(choice->arms[i].decl.name), 0);
    put(e->out, "default:\n    at = BUS_MEASURE_BAD;\n}\n");
}

static bool needs_measure(const struct idl_field *field)
{
    if (field_is_gone(field))
        return false;
    return field_is_outside(field) ||
           (field->type.kind == IDL_ENUM && field->type.shape == IDL_ONE &&
            field->type.enumeration->base != IDL_I32);
}

static void measure_field(struct emitter *e, struct steps *steps, uint32_t index)
{
    const struct idl_field *field = &steps->table->fields[index];
    const struct idl_type *type = &field->type;
    const char *member;
    const char *value;

    if (!needs_measure(field))
        return;
    member = join(e->memory, "m->", name_member(e->memory, field), NULL);
    value = type->optional ? join(e->memory, member, ".value", NULL) : member;
    if (type->optional) {
        fill(e->out, "if ($M.has) {\n", 'M', member, 0);
        e->out->indent++;
    }
    if (field_is_outside(field))
        begin_step(e, steps, field);
    if (type->shape == IDL_VECTOR)
        measure_vector(e, field, value);
    else if (type->kind == IDL_ENUM)
        measure_enum(e, field, value);
    else if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_measure_string(at, &$V, $M, reserve);\n", 'V', value, 'M',
             decimal(e->memory, type->max), 0);
    else if (type->kind == IDL_BYTES)
        fill(e->out, "at = bus_measure_slice(at, $V.data, $V.size, $M, 1, reserve);\n", 'V', value,
             'M', decimal(e->memory, type->max), 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out, "at = $T_measure(at, &$V, reserve);\n", 'T',
             name_c(e->memory, &type->table->decl), 'V', value, 0);
    else
        measure_union(e, field, value);
    if (field_is_outside(field))
        end_step(e, steps, index, value);
    if (type->optional) {
        e->out->indent--;
        put(e->out, "}\n");
    }
}

static bool needs_reserve(const struct idl_field *field)
{
    return !field_is_gone(field) && field_is_outside(field) &&
           !(field->type.shape == IDL_VECTOR && field->type.kind == IDL_STRING);
}

void emit_measure(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    struct steps steps = {"measure", "bus_round_4", table, root, false};
    uint32_t size = begin_steps(&steps);
    bool reads = false;
    bool reserves = false;

    for (uint32_t i = 0; i < table->field_count; i++) {
        reads = reads || needs_measure(&table->fields[i]);
        reserves = reserves || needs_reserve(&table->fields[i]);
    }
    if (root)
        fill(e->out,
             "$L uint32_t $P_measure(const void *message, bool reserve)\n"
             "{\n",
             'L', linkage(e), 'P', prefix, 0);
    else
        fill(e->out,
             "$L uint32_t $P_measure(uint32_t at, const struct $P *m, bool reserve)\n"
             "{\n",
             'L', linkage(e), 'P', prefix, 0);
    e->out->indent++;
    if (root && reads)
        fill(e->out, "const struct $P *m = (const struct $P *)message;\n", 'P', prefix, 0);
    if (root)
        fill(e->out, "uint32_t at = $S;\n\n$U", 'S', decimal(e->memory, layout_root(table) + size),
             'U', reads ? "" : "(void)message;\n", 0);
    else
        fill(e->out, "$Uat = bus_measure_table(at, $V, $I, $W);\n", 'U', reads ? "" : "(void)m;\n",
             'V', decimal(e->memory, table->vtable_size), 'I', decimal(e->memory, size), 'W',
             table->align == 8 ? "true" : "false", 0);
    if (!reserves)
        put(e->out, "(void)reserve;\n");
    for (uint32_t i = 0; i < table->field_count; i++)
        measure_field(e, &steps, i);
    put(e->out, root && reads ? "return bus_measure_end(at);\n" : "return at;\n");
    e->out->indent--;
    put(e->out, "}\n");
}

/* ---- pack ------------------------------------------------------------------------------------ */

/* What lies inline: one store at `slot`. */
static void pack_inline(struct emitter *e, const struct idl_type *type, const char *slot,
                        const char *value)
{
    const struct scalar *scalar = scalar_of_type(type);
    const char *count = decimal(e->memory, type->count);

    if (type->shape == IDL_ARRAY && type->kind == IDL_STRUCT && !layout_is_dense(type->table))
        fill(e->out,
             "for (size_t i = 0; i < $C; i++)\n"
             "    $T_put(t + $S + i * $Z, &$V[i]);\n",
             'C', count, 'T', name_c(e->memory, &type->table->decl), 'S', slot, 'Z',
             decimal(e->memory, type->table->inline_size), 'V', value, 0);
    else if (type->shape == IDL_ARRAY)
        fill(e->out, "memcpy(t + $S, $V, sizeof($V));\n", 'S', slot, 'V', value, 0);
    else if (type->kind == IDL_STRUCT && !layout_is_dense(type->table))
        fill(e->out, "$T_put(t + $S, &$V);\n", 'T', name_c(e->memory, &type->table->decl), 'S',
             slot, 'V', value, 0);
    else if (type->kind == IDL_STRUCT)
        fill(e->out, "memcpy(t + $S, &$V, sizeof($V));\n", 'S', slot, 'V', value, 0);
    else if (type->kind == IDL_UUID)
        fill(e->out, "bus_put_uuid(t + $S, $V);\n", 'S', slot, 'V', value, 0);
    else if (type->kind == IDL_ENUM)
        fill(e->out, "bus_put_$K(t + $S, ($C)$V);\n", 'K', scalar->suffix, 'S', slot, 'C',
             scalar->c, 'V', value, 0);
    else
        fill(e->out, "bus_put_$K(t + $S, $V);\n", 'K', scalar->suffix, 'S', slot, 'V', value, 0);
}

static void pack_vector(struct emitter *e, const struct idl_type *type, const char *slot,
                        const char *value)
{
    const char *element = type->kind == IDL_TABLE || type->kind == IDL_STRUCT
                              ? name_c(e->memory, &type->table->decl)
                              : "";
    const char *most = decimal(e->memory, (uint64_t)layout_element_size(type) * type->count);

    if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_put_strings(t + $S, at, &$V, $M);\n", 'S', slot, 'V', value, 'M',
             decimal(e->memory, type->max), 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out,
             "{\n"
             "    uint8_t *offsets = bus_put_offsets(t + $S, at, $V.size);\n"
             "\n"
             "    at = offsets + (size_t)$V.size * 4;\n"
             "    for (size_t i = 0; i < $V.size; i++)\n"
             "        at = $T_pack(offsets + i * 4, at, &$V.data[i]);\n"
             "}\n",
             'S', slot, 'V', value, 'T', element, 0);
    else if (type->kind == IDL_STRUCT && !layout_is_dense(type->table))
        fill(e->out,
             "{\n"
             "    /* the place, zeroed */\n"
             "    uint8_t *end = bus_put_slice(t + $S, at, NULL, $V.size, $Z, $N);\n"
             "\n"
             "    at += 4;\n"
             "    for (size_t i = 0; $V.data != NULL && i < $V.size; i++)\n"
             "        $T_put(at + i * $Z, &$V.data[i]);\n"
             "    at = end;\n"
             "}\n",
             'S', slot, 'V', value, 'T', element, 'N', most, 'Z',
             decimal(e->memory, layout_element_size(type)), 0);
    else
        fill(e->out, "at = bus_put_slice(t + $S, at, $V.data, $V.size, $Z, $N);\n", 'N', most, 'S',
             slot, 'V', value, 'Z', decimal(e->memory, layout_element_size(type)), 0);
}

static void pack_union(struct emitter *e, const struct idl_field *field, const char *slot,
                       const char *value, const char *entry)
{
    const struct idl_union *choice = field->type.choice;

    fill(e->out, "bus_put_u8(t + $G, (uint8_t)$V.type);\nswitch ((int)$V.type) {\n", 'G',
         decimal(e->memory, field->tag_slot), 'V', value, 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out, "case $I:\n    at = $T_pack(t + $S, at, &$V.$M);\n    break;\n", 'I',
             decimal(e->memory, choice->arms[i].number), 'T',
             name_c(e->memory, &choice->arms[i].table->decl), 'S', slot, 'V', value, 'M',
             name_arm(choice->arms[i].decl.name), 0);
    fill(e->out, "default:\n    bus_put_u16($E, 0); /* none */\n}\n", 'E', entry, 0);
}

static void pack_outside(struct emitter *e, const struct idl_field *field, const char *slot,
                         const char *value, const char *entry)
{
    const struct idl_type *type = &field->type;

    if (type->shape == IDL_VECTOR)
        pack_vector(e, type, slot, value);
    else if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_put_string(t + $S, at, &$V, $M);\n", 'M',
             decimal(e->memory, type->max), 'S', slot, 'V', value, 0);
    else if (type->kind == IDL_BYTES)
        fill(e->out, "at = bus_put_slice(t + $S, at, $V.data, $V.size, 1, $M);\n", 'M',
             decimal(e->memory, type->max), 'S', slot, 'V', value, 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out, "at = $T_pack(t + $S, at, &$V);\n", 'T', name_c(e->memory, &type->table->decl),
             'S', slot, 'V', value, 0);
    else
        pack_union(e, field, slot, value, entry);
}

static void pack_field(struct emitter *e, struct steps *steps, uint32_t index)
{
    const struct idl_table *table = steps->table;
    const struct idl_field *field = &table->fields[index];
    const struct idl_type *type = &field->type;
    const char *member = join(e->memory, "m->", name_member(e->memory, field), NULL);
    const char *value = type->optional ? join(e->memory, member, ".value", NULL) : member;
    const char *slot = decimal(e->memory, field->slot);
    /* of the value in the vtable, which stands right before a nested table */
    uint32_t entry_at = 4 + 2 * (uint32_t)(field->number - (type->kind == IDL_UNION ? 0 : 1));
    const char *entry =
        steps->root
            ? join(e->memory, "to + ", decimal(e->memory, 4 + (uint64_t)entry_at), NULL)
            : join(e->memory, "t - ", decimal(e->memory, table->vtable_size - entry_at), NULL);

    if (type->optional) {
        fill(e->out, "if ($M.has) {\n", 'M', member, 0);
        e->out->indent++;
    }
    if (field_is_outside(field)) {
        begin_step(e, steps, field);
        pack_outside(e, field, slot, value, entry);
        end_step(e, steps, index, value);
    } else {
        pack_inline(e, type, slot, value);
    }
    if (type->optional) {
        e->out->indent--;
        fill(e->out, "} else {\n    bus_put_u16($E, 0); /* absent */\n}\n", 'E', entry, 0);
    }
}

/* Bytes of the template that pack copies. Where every byte of the inline part is stored anyway,
 * only what stands before it: stores are what packing costs. */
static uint32_t copied_size(const struct idl_table *table, uint32_t start)
{
    uint32_t padded = round_4(table->inline_size);
    uint32_t stored = 4; /* the distance to the vtable */

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        const struct idl_type *type = &field->type;

        if (field_is_gone(field))
            continue;
        if (type->optional || type->kind == IDL_UNION)
            return start + padded;
        if (type->shape == IDL_VECTOR)
            stored += 4;
        else
            stored += layout_element_size(type) * (type->shape == IDL_ARRAY ? type->count : 1);
    }
    return stored == padded ? start + 4 : start + padded;
}

void emit_pack(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    uint32_t start = root ? layout_root(table) : table->vtable_size;
    uint32_t copied = copied_size(table, start);
    struct steps steps = {"put", "bus_align_4", table, root, false};
    uint32_t size = begin_steps(&steps);
    bool outside = false;
    bool members = false;

    for (uint32_t i = 0; i < table->field_count; i++) {
        outside = outside || field_is_outside(&table->fields[i]);
        members = members || !field_is_gone(&table->fields[i]);
    }
    if (root)
        fill(e->out, "$L void $P_pack(uint8_t *to, const void *message)\n{\n", 'L', linkage(e), 'P',
             prefix, 0);
    else
        fill(e->out, "$L uint8_t *$P_pack(uint8_t *slot, uint8_t *at, const struct $P *m)\n{\n",
             'L', linkage(e), 'P', prefix, 0);
    e->out->indent++;
    if (root) {
        if (members)
            fill(e->out,
                 "const struct $P *m = (const struct $P *)message;\n"
                 "uint8_t *t = bus_aligned(to) + $R;\n",
                 'P', prefix, 'R', decimal(e->memory, start), 0);
        if (outside)
            fill(e->out, "uint8_t *at = t + $I;\n", 'I', decimal(e->memory, size), 0);
        fill(e->out, "$Umemcpy(to, $P_template, $S);\n", 'U', members ? "\n" : "(void)message;\n",
             'P', prefix, 'S', decimal(e->memory, copied), 0);
    } else {
        fill(e->out,
             "uint8_t *t = bus_place_table(at, $V, $W);\n"
             "\n"
             "$Ubus_put_offset(slot, t);\n"
             "memcpy(t - $V, $P_template, $S);\n",
             'V', decimal(e->memory, start), 'W', table->align == 8 ? "true" : "false", 'U',
             members ? "" : "(void)m;\n", 'P', prefix, 'S', decimal(e->memory, copied), 0);
        if (outside)
            fill(e->out, "at = t + $I;\n", 'I', decimal(e->memory, size), 0);
    }
    for (uint32_t i = 0; i < table->field_count; i++)
        if (!field_is_gone(&table->fields[i]))
            pack_field(e, &steps, i);
    if (outside)
        put(e->out, root ? "(void)at;\n" : "return at;\n");
    else if (!root)
        fill(e->out, "return t + $I;\n", 'I', decimal(e->memory, table->inline_size), 0);
    e->out->indent--;
    put(e->out, "}\n");
}
