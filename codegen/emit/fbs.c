/* fbs.c - x.fbs: the same bytes for every FlatBuffers implementation. */
#include "emit/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

static void put_doc(struct emitter *e, const char *doc)
{
    if (doc != NULL)
        put_comment_lines(e->out, "/// ", doc);
}

/* "money", or "common.money" from another file. */
static const char *type_name(struct emitter *e, const struct idl_decl *decl)
{
    const char *name = name_fbs(e->memory, decl->name);

    if (decl->file->bus == e->bus)
        return name;
    return join(e->memory, decl->file->bus->decl.name, ".", name, NULL);
}

static const char *element_name(struct emitter *e, const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        return type_name(e, &type->enumeration->decl);
    case IDL_STRUCT:
    case IDL_TABLE:
        return type_name(e, &type->table->decl);
    case IDL_UNION:
        return type_name(e, &type->choice->decl);
    case IDL_STRING:
        return "string";
    case IDL_BYTES:
        return "[ubyte]";
    case IDL_UUID:
        return "uuid";
    default:
        return scalar_of(type->kind)->fbs;
    }
}

/* ---- what the whole file needs --------------------------------------------------------------- */

/* Each table of the file: tables and structs, message bodies, answers. */
static void each_table(struct emitter *e,
                       void (*visit)(struct emitter *, const struct idl_table *, const char *,
                                     void *),
                       void *context)
{
    const struct idl_bus *bus = e->bus;

    for (uint32_t i = 0; i < bus->composite_count; i++)
        if (bus->composites[i].table != NULL)
            visit(e, bus->composites[i].table, bus->composites[i].table->decl.name, context);
    for (uint32_t i = 0; i < bus->message_count; i++) {
        const struct idl_message *message = bus->messages[i];

        visit(e, &message->body, message->body.decl.name, context);
        for (uint32_t a = 0; a < message->answer_count; a++)
            if (message->answers[a].body.field_count != 0)
                visit(e, &message->answers[a].body,
                      join(e->memory, message->body.decl.name, "_",
                           message->answers[a].body.decl.name, NULL),
                      context);
    }
}

static void look_for_uuid(struct emitter *e, const struct idl_table *table, const char *name,
                          void *found)
{
    (void)e;
    (void)name;
    for (uint32_t i = 0; i < table->field_count; i++)
        if (table->fields[i].type.kind == IDL_UUID)
            *(bool *)found = true;
}

/* Names of tables and structs, sorted: flatc refuses a field that is called like one. */
struct name_list {
    const char **names;
    size_t count;
    size_t capacity;
};

static void add_name(struct emitter *e, const struct idl_table *table, const char *name, void *list)
{
    struct name_list *names = list;

    (void)e;
    (void)table;
    if (names->count == names->capacity) {
        names->capacity = names->capacity != 0 ? names->capacity * 2 : 64;
        names->names = must_reallocate(names->names, names->capacity * sizeof(*names->names));
    }
    names->names[names->count++] = name;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *field_name(struct emitter *e, const struct name_list *names, const char *name)
{
    const char *found = name_fbs(e->memory, name);

    if (strcmp(found, "uuid") == 0 ||
        (names->count != 0 &&
         bsearch(&name, names->names, names->count, sizeof(*names->names), compare_names) != NULL))
        return join(e->memory, name, "_", NULL);
    return found;
}

/* ---- declarations ---------------------------------------------------------------------------- */

struct value_order {
    int64_t value;
    const struct idl_enum_value *item;
};

static int compare_values(const void *a, const void *b)
{
    int64_t left = ((const struct value_order *)a)->value;
    int64_t right = ((const struct value_order *)b)->value;

    return left < right ? -1 : left > right;
}

static const char *signed_text(struct memory *memory, int64_t value)
{
    if (value >= 0)
        return decimal(memory, (uint64_t)value);
    return join(memory, "-", decimal(memory, 0 - (uint64_t)value), NULL);
}

static void emit_enum(struct emitter *e, const struct idl_enum *enumeration)
{
    uint32_t count = enumeration->value_count;
    struct value_order *order = must_allocate((count + 1) * sizeof(*order));

    for (uint32_t i = 0; i < count; i++) {
        uint64_t mask = (uint64_t)enumeration->values[i].value;
        int64_t bit = 0;

        while (enumeration->flags && (mask >> bit) > 1)
            bit++;
        order[i].item = &enumeration->values[i];
        order[i].value = enumeration->flags ? bit : enumeration->values[i].value;
    }
    qsort(order, count, sizeof(*order), compare_values);
    put_doc(e, enumeration->decl.doc);
    fill(e->out, "enum $N : $T$F {\n", 'N', name_fbs(e->memory, enumeration->decl.name), 'T',
         scalar_of(enumeration->base)->fbs, 'F', enumeration->flags ? " (bit_flags)" : "", 0);
    e->out->indent++;
    for (uint32_t i = 0; i < count; i++) {
        put_doc(e, order[i].item->decl.doc);
        fill(e->out, "$N = $V,\n", 'N', name_fbs(e->memory, order[i].item->decl.name), 'V',
             signed_text(e->memory, order[i].value), 0);
    }
    e->out->indent--;
    put(e->out, "}\n\n");
    free(order);
}

static const char *float_text(struct memory *memory, enum idl_kind kind, uint64_t bits)
{
    char text[40];
    double value;

    if (kind == IDL_F64) {
        memcpy(&value, &bits, sizeof(value));
    } else {
        uint32_t narrow_bits = (uint32_t)bits;
        float narrow;

        memcpy(&narrow, &narrow_bits, sizeof(narrow));
        value = (double)narrow;
    }
    snprintf(text, sizeof(text), "%.*g", kind == IDL_F64 ? 17 : 9, value);
    return join(memory, text, NULL);
}

static const char *preset_text(struct emitter *e, const struct idl_field *field)
{
    const struct idl_type *type = &field->type;
    const struct scalar *scalar = scalar_of_type(type);
    uint64_t bits = field->preset;
    unsigned unused;

    if (type->kind == IDL_BOOL)
        return bits != 0 ? "true" : "false";
    if (type->kind == IDL_F32 || type->kind == IDL_F64)
        return float_text(e->memory, type->kind, bits);
    if (scalar->suffix[0] == 'u')
        return decimal(e->memory, bits);
    unused = 64 - 8 * scalar->size;
    return signed_text(e->memory, (int64_t)(bits << unused) >> unused);
}

/* Emits "wrapper" structs of fixed arrays before the table that has them. */
static void emit_wrappers(struct emitter *e, const struct idl_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_type *type = &table->fields[i].type;

        if (type->shape == IDL_ARRAY)
            fill(e->out, "struct $N_$F_array {\n    value : [$T:$C];\n}\n", 'N', name, 'F',
                 table->fields[i].decl.name, 'T', element_name(e, type), 'C',
                 decimal(e->memory, type->count), 0);
    }
}

static void emit_field(struct emitter *e, const struct idl_table *table,
                       const struct idl_field *field, const char *table_name,
                       const struct name_list *names)
{
    const struct idl_type *type = &field->type;
    const char *text = element_name(e, type);

    put_doc(e, field->decl.doc);
    if (type->shape == IDL_VECTOR)
        text = join(e->memory, "[", text, "]", NULL);
    else if (type->shape == IDL_ARRAY && table->fixed)
        text = join(e->memory, "[", text, ":", decimal(e->memory, type->count), "]", NULL);
    else if (type->shape == IDL_ARRAY)
        text = join(e->memory, table_name, "_", field->decl.name, "_array", NULL);
    fill(e->out, "$F : $T", 'F', field_name(e, names, field->decl.name), 'T', text, 0);
    if (!table->fixed) {
        if (type->optional && type->shape == IDL_ONE && scalar_of_type(type) != NULL)
            put(e->out, " = null");
        else if (field->has_preset && type->shape == IDL_ONE && scalar_of_type(type) != NULL &&
                 field->preset != 0)
            fill(e->out, " = $V", 'V', preset_text(e, field), 0);
        /* a union's id is that of its value; the tag takes the one before */
        fill(e->out, " (id: $I$D)", 'I',
             decimal(e->memory, (uint64_t)field->number - (type->kind == IDL_UNION ? 0 : 1)), 'D',
             field_is_gone(field) ? ", deprecated" : "", 0);
    }
    put(e->out, ";\n");
}

static void emit_table_fbs(struct emitter *e, const struct idl_table *table, const char *name,
                           void *context)
{
    const struct name_list *names = context;
    uint32_t next = 1;

    if (!table->fixed)
        emit_wrappers(e, table, name);
    put_doc(e, table->decl.doc);
    fill(e->out, "$K $N {\n", 'K', table->fixed ? "struct" : "table", 'N',
         name_fbs(e->memory, name), 0);
    e->out->indent++;
    for (uint32_t i = 0; i <= table->field_count && !table->fixed; i++) {
        uint32_t number =
            i < table->field_count ? table->fields[i].number : table->highest_number + 1;

        /* ids have no holes: numbers never used, or no longer */
        for (; next < number; next++)
            fill(e->out, "$F : bool (id: $I, deprecated);\n", 'F',
                 join(e->memory, "reserved_", decimal(e->memory, next), NULL), 'I',
                 decimal(e->memory, (uint64_t)next - 1), 0);
        if (i == table->field_count)
            break;
        emit_field(e, table, &table->fields[i], name, names);
        next = number + (table->fields[i].type.kind == IDL_UNION ? 2 : 1);
    }
    for (uint32_t i = 0; i < table->field_count && table->fixed; i++)
        emit_field(e, table, &table->fields[i], name, names);
    e->out->indent--;
    put(e->out, "}\n\n");
}

/* FlatBuffers has no way to remove an arm: those that are gone stay, in their places. */
static void emit_union(struct emitter *e, const struct idl_union *choice)
{
    const struct idl_union_arm *live = choice->arms;
    const struct idl_union_arm *gone = choice->arms + choice->arm_count;
    const struct idl_union_arm *live_end = gone;
    const struct idl_union_arm *gone_end = gone + choice->gone_count;

    put_doc(e, choice->decl.doc);
    fill(e->out, "union $N {\n", 'N', name_fbs(e->memory, choice->decl.name), 0);
    while (live < live_end || gone < gone_end) {
        bool is_live = gone == gone_end || (live < live_end && live->number < gone->number);
        const struct idl_union_arm *arm = is_live ? live++ : gone++;
        const char *type = type_name(e, &arm->table->decl);
        const char *name = name_fbs(e->memory, arm->decl.name);

        fill(e->out, "    $A$T = $I,$G\n", 'A',
             strcmp(type, name) == 0 ? "" : join(e->memory, name, " : ", NULL), 'T', type, 'I',
             decimal(e->memory, arm->number), 'G', is_live ? "" : " // gone", 0);
    }
    put(e->out, "}\n\n");
}

void emit_fbs(struct emitter *e)
{
    const struct idl_bus *bus = e->bus;
    struct name_list names = {0};
    bool uuid = false;

    each_table(e, look_for_uuid, &uuid);
    each_table(e, add_name, &names);
    if (names.count != 0)
        qsort(names.names, names.count, sizeof(*names.names), compare_names);
    fill(e->out, "// $S.fbs - written by busgen from $S.bus (version $V). Do not edit.\n", 'S',
         e->stem, 'V', decimal(e->memory, bus->version), 0);
    for (uint32_t i = 0; i < bus->import_count; i++)
        fill(e->out, "include \"$S.fbs\";\n", 'S',
             name_stem(e->memory, bus->imports[i]->file->path), 0);
    fill(e->out, "\nnamespace $B;\n\n", 'B', bus->decl.name, 0);
    if (uuid)
        put(e->out, "struct uuid {\n    high : ulong;\n    low : ulong;\n}\n\n");
    for (uint32_t i = 0; i < bus->enum_count; i++)
        emit_enum(e, bus->enums[i]);
    for (uint32_t i = 0; i < bus->union_count; i++)
        emit_union(e, bus->unions[i]);
    each_table(e, emit_table_fbs, &names);
    free(names.names);
}
