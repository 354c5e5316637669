/* fbs_model.c - see fbs_model.h. */
#include "emit/fbs_model.h"

#include "emit/emit.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct build {
    struct memory *memory;
    const struct idl_bus *bus;
    struct fbs_model *model;
    uint32_t capacity;  /* of objects */
    const char **taken; /* names of tables and structs, sorted */
    size_t taken_count;
};

/* ---- names ----------------------------------------------------------------------------------- */

const char *fbs_full_name(struct memory *memory, const struct idl_bus *bus, const char *name)
{
    return join(memory, bus->decl.name, ".", name, NULL);
}

static const char *full_name(struct build *b, const struct idl_decl *decl)
{
    return fbs_full_name(b->memory, decl->file->bus, name_fbs(b->memory, decl->name));
}

/* "money", or "common.money" from another file. */
static const char *type_name(struct build *b, const struct idl_decl *decl)
{
    return decl->file->bus == b->bus ? name_fbs(b->memory, decl->name) : full_name(b, decl);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* flatc refuses a field that is called like a table or struct. */
static const char *field_name(struct build *b, const char *name)
{
    const char *found = name_fbs(b->memory, name);

    if (strcmp(found, "uuid") == 0 ||
        (b->taken_count != 0 &&
         bsearch(&name, b->taken, b->taken_count, sizeof(*b->taken), compare_names) != NULL))
        return join(b->memory, name, "_", NULL);
    return found;
}

/* ---- presets --------------------------------------------------------------------------------- */

static double float_of(enum idl_kind kind, uint64_t bits)
{
    uint32_t half = (uint32_t)bits;
    float narrow;
    double value;

    if (kind == IDL_F64) {
        memcpy(&value, &bits, sizeof(value));
        return value;
    }
    memcpy(&narrow, &half, sizeof(narrow));
    return (double)narrow;
}

int64_t fbs_integer(enum idl_kind kind, uint64_t bits)
{
    const struct scalar *scalar = scalar_of(kind);
    unsigned unused = 64 - 8 * scalar->size;

    return scalar->suffix[0] == 'u' || kind == IDL_BOOL ? (int64_t)bits
                                                        : (int64_t)(bits << unused) >> unused;
}

const char *fbs_signed_text(struct memory *memory, int64_t value)
{
    if (value >= 0)
        return decimal(memory, (uint64_t)value);
    return join(memory, "-", decimal(memory, 0 - (uint64_t)value), NULL);
}

static const char *float_text(struct memory *memory, enum idl_kind kind, uint64_t bits)
{
    char text[40];

    snprintf(text, sizeof(text), "%.*g", kind == IDL_F64 ? 17 : 9, float_of(kind, bits));
    return join(memory, text, NULL);
}

const char *fbs_preset_text(struct memory *memory, const struct fbs_field *field)
{
    if (field->preset_kind == IDL_BOOL)
        return "true";
    if (field->preset_kind == IDL_F32 || field->preset_kind == IDL_F64)
        return float_text(memory, field->preset_kind, field->preset);
    if (scalar_of(field->preset_kind)->suffix[0] == 'u')
        return decimal(memory, field->preset);
    return fbs_signed_text(memory, fbs_integer(field->preset_kind, field->preset));
}

/* ---- types ----------------------------------------------------------------------------------- */

static enum fbs_base base_of(enum idl_kind kind)
{
    static const enum fbs_base bases[] = {
        [IDL_BOOL] = FBS_BOOL,     [IDL_U8] = FBS_UBYTE,      [IDL_I8] = FBS_BYTE,
        [IDL_U16] = FBS_USHORT,    [IDL_I16] = FBS_SHORT,     [IDL_U32] = FBS_UINT,
        [IDL_I32] = FBS_INT,       [IDL_U64] = FBS_ULONG,     [IDL_I64] = FBS_LONG,
        [IDL_F32] = FBS_FLOAT,     [IDL_F64] = FBS_DOUBLE,    [IDL_TIME] = FBS_LONG,
        [IDL_DURATION] = FBS_LONG, [IDL_UUID] = FBS_OBJECT,   [IDL_ENUM] = FBS_NONE,
        [IDL_FLAGS] = FBS_NONE,    [IDL_STRING] = FBS_STRING, [IDL_BYTES] = FBS_UBYTE,
        [IDL_STRUCT] = FBS_OBJECT, [IDL_TABLE] = FBS_OBJECT,  [IDL_UNION] = FBS_UNION};

    return bases[kind];
}

static void set_declared(struct build *b, struct fbs_field *field, const struct idl_decl *decl)
{
    field->type = type_name(b, decl);
    field->full = full_name(b, decl);
}

static void set_type(struct build *b, struct fbs_field *field, const struct idl_type *type)
{
    field->shape = type->kind == IDL_BYTES ? IDL_VECTOR : type->shape;
    field->count = type->count;
    field->base = base_of(type->kind);
    field->preset_kind = type->kind;
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        field->base = base_of(type->enumeration->base);
        field->preset_kind = type->enumeration->base;
        set_declared(b, field, &type->enumeration->decl);
        return;
    case IDL_STRUCT:
    case IDL_TABLE:
        set_declared(b, field, &type->table->decl);
        return;
    case IDL_UNION:
        set_declared(b, field, &type->choice->decl);
        return;
    case IDL_STRING:
        field->type = "string";
        return;
    case IDL_BYTES:
        field->type = "ubyte";
        return;
    case IDL_UUID:
        field->type = "uuid";
        field->full = fbs_full_name(b->memory, b->bus, "uuid");
        return;
    default:
        field->type = scalar_of(type->kind)->fbs;
        return;
    }
}

/* Bytes and alignment of one element of a struct. */
static uint32_t element_size(const struct idl_type *type, uint32_t *align)
{
    const struct scalar *scalar = scalar_of_type(type);

    if (type->kind == IDL_STRUCT) {
        *align = type->table->align;
        return type->table->inline_size;
    }
    *align = scalar != NULL ? scalar->size : 8;
    return scalar != NULL ? scalar->size : 16; /* a uuid */
}

/* ---- objects --------------------------------------------------------------------------------- */

static struct fbs_object *add_object(struct build *b)
{
    struct fbs_model *model = b->model;

    if (model->object_count == b->capacity) {
        struct fbs_object *old = model->objects;

        b->capacity = b->capacity != 0 ? b->capacity * 2 : 64;
        model->objects = allocate(b->memory, b->capacity * sizeof(*old));
        if (old != NULL)
            memcpy(model->objects, old, model->object_count * sizeof(*old));
    }
    return &model->objects[model->object_count++];
}

static const struct fbs_field *copy_field(struct build *b, const struct fbs_field *field)
{
    struct fbs_field *copy = allocate(b->memory, sizeof(*copy));

    *copy = *field;
    return copy;
}

static void add_uuid(struct build *b)
{
    struct fbs_field *halves = allocate(b->memory, 2 * sizeof(*halves));

    for (uint32_t i = 0; i < 2; i++)
        halves[i] = (struct fbs_field){.name = i == 0 ? "high" : "low",
                                       .base = FBS_ULONG,
                                       .type = "ulong",
                                       .id = i,
                                       .slot = 8 * i,
                                       .size = 8};
    *add_object(b) = (struct fbs_object){
        .name = "uuid", .fixed = true, .align = 8, .size = 16, .fields = halves, .field_count = 2};
    b->model->has_uuid = true;
}

/* The struct around an array of a table, of which `field` becomes. */
static void wrap(struct build *b, struct fbs_field *field, const struct idl_field *of,
                 const char *table)
{
    const char *name = join(b->memory, table, "_", of->decl.name, "_array", NULL);
    struct fbs_field value = *field;
    uint32_t align;

    value.name = "value";
    value.doc = NULL;
    value.id = 0;
    value.deprecated = false;
    value.size = element_size(&of->type, &align) * of->type.count;
    *add_object(b) = (struct fbs_object){.name = name,
                                         .fixed = true,
                                         .wrapper = true,
                                         .align = align,
                                         .size = value.size,
                                         .fields = copy_field(b, &value),
                                         .field_count = 1};
    field->base = FBS_OBJECT;
    field->shape = IDL_ONE;
    field->type = name;
    field->full = fbs_full_name(b->memory, b->bus, name);
}

static struct fbs_field field_of(struct build *b, const struct idl_table *table,
                                 const struct idl_field *field)
{
    struct fbs_field made = {.name = field_name(b, field->decl.name), .doc = field->decl.doc};
    const struct idl_type *type = &field->type;
    bool single = type->shape == IDL_ONE && scalar_of_type(type) != NULL;
    uint32_t align;

    set_type(b, &made, type);
    if (table->fixed) {
        made.id = (uint32_t)(field - table->fields);
        made.slot = field->slot;
        made.size = element_size(type, &align) * (type->shape == IDL_ARRAY ? type->count : 1);
        return made;
    }
    made.id = (uint32_t)field->number - (type->kind == IDL_UNION ? 0 : 1);
    made.optional = type->optional && single;
    made.preset = field->has_preset && single && !type->optional ? field->preset : 0;
    made.deprecated = field->decl.removed;
    return made;
}

/* A number that was never used, or is no more. */
static struct fbs_field reserved(struct build *b, uint32_t number)
{
    return (struct fbs_field){.name =
                                  join(b->memory, "reserved_", decimal(b->memory, number), NULL),
                              .base = FBS_BOOL,
                              .type = "bool",
                              .id = number - 1,
                              .deprecated = true};
}

static void add_table(struct build *b, const struct idl_table *table, const char *name)
{
    size_t most = (size_t)table->field_count + (table->fixed ? 0 : table->highest_number);
    struct fbs_field *fields = allocate(b->memory, (most + 1) * sizeof(*fields));
    uint32_t count = 0, next = 1;

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];

        while (!table->fixed && next < field->number)
            fields[count++] = reserved(b, next++);
        fields[count] = field_of(b, table, field);
        if (!table->fixed && field->type.shape == IDL_ARRAY)
            wrap(b, &fields[count], field, name);
        count++;
        next = (uint32_t)field->number + (field->type.kind == IDL_UNION ? 2 : 1);
    }
    while (!table->fixed && next <= table->highest_number)
        fields[count++] = reserved(b, next++);
    *add_object(b) = (struct fbs_object){.name = name_fbs(b->memory, name),
                                         .doc = table->decl.doc,
                                         .fixed = table->fixed,
                                         .align = table->align,
                                         .size = table->inline_size,
                                         .fields = fields,
                                         .field_count = count};
}

/* Each table of the file: tables and structs, message bodies, answers. */
static void each_table(struct build *b,
                       void (*visit)(struct build *, const struct idl_table *, const char *))
{
    const struct idl_bus *bus = b->bus;

    for (uint32_t i = 0; i < bus->composite_count; i++)
        if (bus->composites[i].table != NULL)
            visit(b, bus->composites[i].table, bus->composites[i].table->decl.name);
    for (uint32_t i = 0; i < version_count(bus); i++) {
        const struct idl_message *message = bus->messages[i];

        visit(b, &message->body, message->body.decl.name);
        for (uint32_t a = 0; a < message->answer_count; a++)
            if (message->answers[a].body.field_count != 0)
                visit(b, &message->answers[a].body,
                      join(b->memory, message->body.decl.name, "_",
                           message->answers[a].body.decl.name, NULL));
    }
}

static void count_table(struct build *b, const struct idl_table *table, const char *name)
{
    (void)table;
    (void)name;
    b->taken_count++;
}

static void take_name(struct build *b, const struct idl_table *table, const char *name)
{
    (void)table;
    b->taken[b->taken_count++] = name;
}

static void look_for_uuid(struct build *b, const struct idl_table *table, const char *name)
{
    (void)name;
    for (uint32_t i = 0; i < table->field_count && !b->model->has_uuid; i++)
        if (table->fields[i].type.kind == IDL_UUID)
            add_uuid(b);
}

/* ---- enums and unions ------------------------------------------------------------------------ */

static int compare_values(const void *a, const void *b)
{
    int64_t left = ((const struct fbs_value *)a)->value;
    int64_t right = ((const struct fbs_value *)b)->value;

    return left < right ? -1 : left > right;
}

static struct fbs_enum enum_of(struct build *b, const struct idl_enum *enumeration)
{
    uint32_t count = enumeration->value_count;
    struct fbs_value *values = allocate(b->memory, (count + 1) * sizeof(*values));

    for (uint32_t i = 0; i < count; i++) {
        const struct idl_enum_value *value = &enumeration->values[i];
        int64_t bit = 0;

        while (enumeration->flags && ((uint64_t)value->value >> bit) > 1)
            bit++;
        values[i] = (struct fbs_value){.name = name_fbs(b->memory, value->decl.name),
                                       .doc = value->decl.doc,
                                       .value = enumeration->flags ? bit : value->value};
    }
    qsort(values, count, sizeof(*values), compare_values);
    return (struct fbs_enum){.name = name_fbs(b->memory, enumeration->decl.name),
                             .doc = enumeration->decl.doc,
                             .base = base_of(enumeration->base),
                             .base_name = scalar_of(enumeration->base)->fbs,
                             .flags = enumeration->flags,
                             .values = values,
                             .value_count = count};
}

/* FlatBuffers have no way to remove an arm: those that are gone stay, in their places. */
static struct fbs_enum union_of(struct build *b, const struct idl_union *choice)
{
    uint32_t count = choice->arm_count + choice->gone_count;
    struct fbs_value *values = allocate(b->memory, (count + 1) * sizeof(*values));

    for (uint32_t i = 0; i < count; i++) {
        const struct idl_union_arm *arm = &choice->arms[i];

        values[i] = (struct fbs_value){.name = name_fbs(b->memory, arm->decl.name),
                                       .doc = arm->decl.doc,
                                       .value = arm->number,
                                       .type = type_name(b, &arm->table->decl),
                                       .full = full_name(b, &arm->table->decl),
                                       .gone = i >= choice->arm_count};
    }
    qsort(values, count, sizeof(*values), compare_values);
    return (struct fbs_enum){.name = name_fbs(b->memory, choice->decl.name),
                             .doc = choice->decl.doc,
                             .base = FBS_UTYPE,
                             .choice = true,
                             .values = values,
                             .value_count = count};
}

struct fbs_model fbs_model_of(struct memory *memory, const struct idl_bus *bus)
{
    struct fbs_model model = {.bus = bus};
    struct build b = {.memory = memory, .bus = bus, .model = &model};

    model.enums =
        allocate(memory, ((size_t)bus->enum_count + bus->union_count + 1) * sizeof(*model.enums));
    for (uint32_t i = 0; i < bus->enum_count; i++)
        model.enums[model.enum_count++] = enum_of(&b, bus->enums[i]);
    for (uint32_t i = 0; i < bus->union_count; i++)
        model.enums[model.enum_count++] = union_of(&b, bus->unions[i]);
    each_table(&b, count_table);
    b.taken = allocate(memory, (b.taken_count + 1) * sizeof(*b.taken));
    b.taken_count = 0;
    each_table(&b, take_name);
    qsort(b.taken, b.taken_count, sizeof(*b.taken), compare_names);
    each_table(&b, look_for_uuid);
    each_table(&b, add_table);
    return model;
}
