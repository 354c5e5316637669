/*
 * verify.c - accept: are these bytes exactly what our own pack writes for some message, and
 * are that message's values sound?
 *
 * True means that the engine's verifier (runtime/wire/verify.c), which is the truth, accepts them
 * too. False means nothing: the engine is asked. So whatever is rare or long may be left to it:
 * union arms of a newer schema, short text that is not ASCII, buffers over BUS_OWN_SIZE_MAX.
 *
 * The walk is the one of pack. Every offset must lead to the very place where pack would put the
 * object, so that positions are known and only counts, and what they say about the end, are looked
 * at. `at` goes as in measure; a bad one stays bad and no step reads behind it.
 */
#include "emit/emit.h"

#include "layout.h"

/* True: any bytes will do. Not when bools are inside, nor for structs in structs in structs. */
static bool is_plain_struct(const struct idl_table *table, int depth)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_type *type = &table->fields[i].type;

        if (type->kind == IDL_BOOL)
            return false;
        if (type->kind == IDL_STRUCT && (depth == 0 || !is_plain_struct(type->table, depth - 1)))
            return false;
    }
    return true;
}

bool has_verify(const struct emitter *e)
{
    return e->inlined || e->bus->message_count <= INLINED_MAX;
}

/* `bytes + ...`: what stands `at` bytes behind the begin of the vtable. */
static const char *in_vtable(struct emitter *e, const struct idl_table *table, bool root,
                             uint32_t at)
{
    if (root)
        return join(e->memory, "bytes + ", decimal(e->memory, 4 + (uint64_t)at), NULL);
    return join(e->memory, "bytes + (t - ", decimal(e->memory, table->vtable_size - at), ")", NULL);
}

/* Of the field's value. */
static uint32_t entry_at(const struct idl_field *field)
{
    return 4 + 2 * (uint32_t)(field->number - (field->type.kind == IDL_UNION ? 0 : 1));
}

static void verify_vector(struct emitter *e, const struct idl_type *type, const char *slot,
                          const char *exact)
{
    const char *count = decimal(e->memory, type->count);

    if (layout_element_align(type) == 8)
        put(e->out, "at = bus_measure_wide(at);\n");
    if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_own_strings(bytes, size, $S, at, $C, $M, $X);\n", 'S', slot, 'C',
             count, 'M', decimal(e->memory, type->max), 'X', exact, 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out,
             "{\n"
             "    uint32_t offset = at + 4;\n"
             "\n"
             "    at = bus_own_slice(bytes, size, $S, at, $C, 4, false);\n"
             "    for (uint32_t end = at; offset < end && !bus_measure_is_bad(at); offset += 4)\n"
             "        at = $T_own(bytes, size, offset, at);\n"
             "}\n",
             'S', slot, 'C', count, 'T', name_c(e->memory, &type->table->decl), 0);
    else if (type->kind == IDL_BOOL)
        fill(e->out, "at = bus_own_bools(bytes, size, $S, at, $C, $X);\n", 'S', slot, 'C', count,
             'X', exact, 0);
    else if (type->kind == IDL_STRUCT && !is_plain_struct(type->table, 2))
        fill(e->out,
             "{\n"
             "    uint32_t v = at;\n"
             "\n"
             "    at = bus_own_slice(bytes, size, $S, at, $C, $Z, $X);\n"
             "    if (bus_measure_is_bad(at) ||\n"
             "        !bus_own_structs(&$T_table, bytes + v + 4, bus_get_u32(bytes + v)))\n"
             "        return BUS_MEASURE_BAD;\n"
             "}\n",
             'S', slot, 'C', count, 'Z', decimal(e->memory, layout_element_size(type)), 'X', exact,
             'T', name_c(e->memory, &type->table->decl), 0);
    else
        fill(e->out, "at = bus_own_slice(bytes, size, $S, at, $C, $Z, $X);\n", 'S', slot, 'C',
             count, 'Z', decimal(e->memory, layout_element_size(type)), 'X', exact, 0);
}

static void verify_union(struct emitter *e, const struct idl_field *field, const char *slot,
                         const char *entry)
{
    const struct idl_union *choice = field->type.choice;

    fill(e->out,
         "if ((bytes[t + $G] != 0) != (bus_get_u16($E) != 0))\n"
         "    return BUS_MEASURE_BAD;\n"
         "switch (bytes[t + $G]) {\n"
         "case 0:\n"
         "    break;\n",
         'G', decimal(e->memory, field->tag_slot), 'E', entry, 0);
    for (uint32_t i = 0; i < choice->arm_count; i++)
        fill(e->out, "case $I:\n    at = $T_own(bytes, size, $S, at);\n    break;\n", 'I',
             decimal(e->memory, choice->arms[i].number), 'T',
             name_c(e->memory, &choice->arms[i].table->decl), 'S', slot, 0);
    put(e->out, "default: /* of a newer schema */\n    return BUS_MEASURE_BAD;\n}\n");
}

static void verify_outside(struct emitter *e, const struct idl_field *field, const char *slot,
                           const char *entry, const char *exact)
{
    const struct idl_type *type = &field->type;

    if (type->shape == IDL_VECTOR)
        verify_vector(e, type, slot, exact);
    else if (type->kind == IDL_STRING)
        fill(e->out, "at = bus_own_string(bytes, size, $S, at, $M, $X);\n", 'S', slot, 'M',
             decimal(e->memory, type->max), 'X', exact, 0);
    else if (type->kind == IDL_BYTES)
        fill(e->out, "at = bus_own_slice(bytes, size, $S, at, $M, 1, $X);\n", 'S', slot, 'M',
             decimal(e->memory, type->max), 'X', exact, 0);
    else if (type->kind == IDL_TABLE)
        fill(e->out, "at = $T_own(bytes, size, $S, at);\n", 'T',
             name_c(e->memory, &type->table->decl), 'S', slot, 0);
    else
        verify_union(e, field, slot, entry);
}

/* Field `index`; `*inside`: `at` may be inside a word. */
static void verify_field(struct emitter *e, const struct idl_table *table, uint32_t index,
                         bool root, bool *inside)
{
    const struct idl_field *field = &table->fields[index];
    const struct idl_type *type = &field->type;
    const char *slot = join(e->memory, "t + ", decimal(e->memory, field->slot), NULL);
    const char *entry = in_vtable(e, table, root, entry_at(field));
    bool exact;

    if (!field_is_outside(field)) {
        if (type->kind == IDL_BOOL && type->shape == IDL_ONE)
            fill(e->out, "if (bytes[$S] > 1)\n    return BUS_MEASURE_BAD;\n", 'S', slot, 0);
        else if (type->kind == IDL_BOOL)
            fill(e->out, "if (!bus_own_flags(bytes + $S, $C))\n    return BUS_MEASURE_BAD;\n", 'S',
                 slot, 'C', decimal(e->memory, type->count), 0);
        else if (type->kind == IDL_STRUCT && !is_plain_struct(type->table, 2))
            fill(e->out,
                 "if (!bus_own_structs(&$T_table, bytes + $S, $C))\n"
                 "    return BUS_MEASURE_BAD;\n",
                 'T', name_c(e->memory, &type->table->decl), 'S', slot, 'C',
                 decimal(e->memory, type->shape == IDL_ARRAY ? type->count : 1), 0);
        return;
    }
    if (type->optional) {
        fill(e->out, "if (bus_get_u16($E) != 0) {\n", 'E', entry, 0);
        e->out->indent++;
    }
    if (*inside && !type_is_table(type))
        put(e->out, "at = bus_round_4(at);\n");
    exact = table_may_follow(table, index + 1, root);
    verify_outside(e, field, slot, entry, exact ? "true" : "false");
    if (type->optional) {
        e->out->indent--;
        put(e->out, "}\n");
    }
    *inside =
        exact || type->kind == IDL_TABLE || type->kind == IDL_UNION || (type->optional && *inside);
}

/* ` || !same...` for the template from `start` bytes behind the begin of the vtable on. */
static void verify_template(struct emitter *e, const struct idl_table *table, const char *prefix,
                            bool root, uint32_t start)
{
    uint32_t size = root ? layout_root(table) : table->vtable_size;

    for (uint32_t i = 0; i <= table->field_count; i++) {
        const struct idl_field *field = i < table->field_count ? &table->fields[i] : NULL;
        uint32_t end = size;

        if (field != NULL &&
            (field_is_gone(field) || !(field->type.optional || field->type.kind == IDL_UNION)))
            continue;
        if (field != NULL)
            end = entry_at(field);
        if (start < end)
            fill(e->out, " ||\n    !bus_same($B, $P_template + $S, $N)", 'B',
                 in_vtable(e, table, root, start), 'S', decimal(e->memory, start + (root ? 4 : 0)),
                 'P', prefix, 'N', decimal(e->memory, end - start), 0);
        if (field != NULL)
            fill(e->out, " ||\n    !bus_same_entry($E, $S)", 'E', in_vtable(e, table, root, end),
                 'S', decimal(e->memory, field->slot), 0);
        start = end + 2;
    }
}

static void verify_fields(struct emitter *e, const struct idl_table *table, bool root)
{
    bool inside = table->inline_size % 4 != 0 && table_may_follow(table, 0, root);

    fill(e->out, "at = t + $I;\n", 'I',
         decimal(e->memory, inside ? table->inline_size : (table->inline_size + 3) / 4 * 4), 0);
    for (uint32_t i = 0; i < table->field_count; i++)
        if (!field_is_gone(&table->fields[i]))
            verify_field(e, table, i, root, &inside);
    put(e->out, root ? "return bus_round_4(at);\n" : "return at;\n");
}

void emit_verify(struct emitter *e, const struct idl_table *table, const char *prefix, bool root)
{
    uint32_t at = layout_root(table);

    if (!has_verify(e))
        return;
    if (root)
        fill(e->out,
             "BUS_HOT uint32_t $P_own(const uint8_t *bytes, uint32_t size)\n"
             "{\n"
             "    uint32_t t = $R;\n"
             "    uint32_t at;\n"
             "\n"
             "    if (size < $E || !bus_same_root(bytes, $P_template)",
             'P', prefix, 'R', decimal(e->memory, at), 'E',
             decimal(e->memory, at + (table->inline_size + 3) / 4 * 4), 0);
    else
        fill(e->out,
             "$L uint32_t $P_own(\n"
             "    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)\n"
             "{\n"
             "    uint32_t t = bus_own_table(bytes, size, slot, at, $V, $I, $W);\n"
             "\n"
             "    if (bus_measure_is_bad(t)",
             'L', linkage(e), 'P', prefix, 'V', decimal(e->memory, table->vtable_size), 'I',
             decimal(e->memory, (table->inline_size + 3) / 4 * 4), 'W',
             table->align == 8 ? "true" : "false", 0);
    e->out->indent++;
    verify_template(e, table, prefix, root, root ? 4 : 0);
    put(e->out, ")\n    return BUS_MEASURE_BAD;\n");
    verify_fields(e, table, root);
    e->out->indent--;
    put(e->out, "}\n");
    if (root)
        fill(e->out,
             "\n"
             "$L bool $P_accept(\n"
             "    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)\n"
             "{\n"
             "    if (size > BUS_OWN_SIZE_MAX || $P_own(bytes, (uint32_t)size) != size)\n"
             "        return false;\n"
             "    return message == NULL || $P_load((struct $P *)message, bytes, scratch);\n"
             "}\n",
             'L', linkage(e), 'P', prefix, 0);
    put(e->out, "\n");
}
