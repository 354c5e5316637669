/*
 * layout.c - descriptions of messages built at run time from the model, and the sizes of the
 * C structs they speak of, by the rules of every 64-bit C compiler we know (LP64): members in
 * order, each at a multiple of its alignment, the struct padded to its largest.
 *
 * Places on the wire come from the model. A table is described once per call; types form no cycles,
 * so the recursion ends.
 */
#include "codec/internal.h"

#include <string.h>

struct codec_known {
    const struct codec_known *next;
    const void *model; /* idl_table, idl_union or idl_enum */
    const void *made;
    uint32_t align; /* of the C struct */
};

/* The kinds of both sides are the same list. */
_Static_assert((int)IDL_BOOL == (int)BUS_FIELD_BOOL && (int)IDL_UUID == (int)BUS_FIELD_UUID &&
                   (int)IDL_UNION == (int)BUS_FIELD_UNION && (int)IDL_ONE == (int)BUS_SHAPE_ONE &&
                   (int)IDL_ARRAY == (int)BUS_SHAPE_ARRAY,
               "the model and the wire name kinds and shapes alike");

static uint32_t round_up(uint32_t value, uint32_t align)
{
    return (value + align - 1) / align * align;
}

uint32_t codec_scalar_size(uint8_t kind)
{
    static const uint8_t sizes[] = {
        [BUS_FIELD_BOOL] = 1,    [BUS_FIELD_U8] = 1,  [BUS_FIELD_I8] = 1,  [BUS_FIELD_U16] = 2,
        [BUS_FIELD_I16] = 2,     [BUS_FIELD_U32] = 4, [BUS_FIELD_I32] = 4, [BUS_FIELD_U64] = 8,
        [BUS_FIELD_I64] = 8,     [BUS_FIELD_F32] = 4, [BUS_FIELD_F64] = 8, [BUS_FIELD_TIME] = 8,
        [BUS_FIELD_DURATION] = 8};

    return kind < sizeof(sizes) ? sizes[kind] : 0;
}

uint8_t codec_scalar_kind(const struct bus_field *field)
{
    return field->kind == BUS_FIELD_ENUM || field->kind == BUS_FIELD_FLAGS ? field->base
                                                                           : field->kind;
}

bool codec_is_signed(uint8_t kind)
{
    return kind == BUS_FIELD_I8 || kind == BUS_FIELD_I16 || kind == BUS_FIELD_I32 ||
           kind == BUS_FIELD_I64 || kind == BUS_FIELD_TIME || kind == BUS_FIELD_DURATION;
}

uint64_t codec_load(uint8_t kind, const void *at)
{
    uint32_t size = codec_scalar_size(kind);
    uint64_t bits = 0;

    memcpy(&bits, at, size);
    if (codec_is_signed(kind) && size < 8 && (bits >> (8 * size - 1)) != 0)
        bits |= UINT64_MAX << (8 * size);
    return bits;
}

size_t codec_stride(const struct bus_field *field)
{
    switch (field->kind) {
    case BUS_FIELD_STRING:
    case BUS_FIELD_BYTES:
    case BUS_FIELD_UUID:
        return 16;
    case BUS_FIELD_STRUCT:
    case BUS_FIELD_TABLE:
        return ((const struct bus_table *)field->type)->size;
    case BUS_FIELD_UNION:
        return ((const struct bus_union *)field->type)->size;
    default:
        return codec_scalar_size(codec_scalar_kind(field));
    }
}

static const struct codec_known *find(const struct codec_memory *memory, const void *model)
{
    const struct codec_known *known = memory->known;

    while (known != NULL && known->model != model)
        known = known->next;
    return known;
}

static const struct codec_known *remember(struct codec_memory *memory, const void *model,
                                          const void *made, uint32_t align)
{
    struct codec_known *known = codec_take(memory, sizeof(*known));

    if (known == NULL)
        return NULL;
    known->model = model;
    known->made = made;
    known->align = align;
    known->next = memory->known;
    memory->known = known;
    return known;
}

static const char *full_name(struct codec_memory *memory, const struct idl_decl *decl)
{
    if (decl->file == NULL || decl->file->bus == NULL)
        return decl->name;
    return codec_join(memory, decl->file->bus->decl.name, decl->name);
}

/* `name`, or what the .fbs calls it. */
static const char *name_of(struct codec_memory *memory, const char *name, bool renamed)
{
    size_t size = strlen(name);
    char *text;

    if (!memory->as_flatc || !renamed)
        return name;
    text = codec_take(memory, size + 2);
    if (text == NULL)
        return name;
    memcpy(text, name, size);
    text[size] = '_';
    return text;
}

static const struct codec_known *describe_enum(struct codec_memory *memory,
                                               const struct idl_enum *model)
{
    const struct codec_known *known = find(memory, model);
    struct bus_enum *made;
    struct bus_enum_value *values;

    if (known != NULL)
        return known;
    made = codec_take(memory, sizeof(*made));
    values = codec_take(memory, sizeof(*values) * (model->value_count + 1u));
    if (made == NULL || values == NULL)
        return NULL;
    for (uint32_t i = 0; i < model->value_count; i++) {
        const char *name = model->values[i].decl.name;

        values[i].name = name_of(memory, name, codec_flatc_word(name));
        values[i].value = model->values[i].value;
    }
    made->name = full_name(memory, &model->decl);
    made->values = values;
    made->value_count = model->value_count;
    return remember(memory, model, made, 0);
}

static const struct codec_known *describe_table(struct codec_memory *memory,
                                                const struct idl_table *model);

static const struct codec_known *describe_union(struct codec_memory *memory,
                                                const struct idl_union *model)
{
    const struct codec_known *known = find(memory, model);
    struct bus_union *made;
    struct bus_union_arm *arms;
    uint32_t align = 4;
    uint32_t size = 0;

    if (known != NULL)
        return known;
    made = codec_take(memory, sizeof(*made));
    arms = codec_take(memory, sizeof(*arms) * (model->arm_count + 1u));
    if (made == NULL || arms == NULL)
        return NULL;
    for (uint32_t i = 0; i < model->arm_count; i++) {
        const struct codec_known *arm = describe_table(memory, model->arms[i].table);

        if (arm == NULL)
            return NULL;
        arms[i].name =
            name_of(memory, model->arms[i].decl.name, codec_flatc_word(model->arms[i].decl.name));
        arms[i].table = arm->made;
        arms[i].number = model->arms[i].number;
        if (arm->align > align)
            align = arm->align;
        if (arms[i].table->size > size)
            size = arms[i].table->size;
    }
    made->name = full_name(memory, &model->decl);
    made->arms = arms;
    made->arm_count = model->arm_count;
    made->tag = 0;
    made->value = round_up(4, align);
    made->size = round_up(made->value + size, align);
    return remember(memory, model, made, align);
}

/* The C size and alignment of a value, not counting `has`; its type is described already. */
static uint32_t value_size(const struct bus_field *field, const struct codec_known *type,
                           bool fixed, uint32_t *align)
{
    if (field->shape == BUS_SHAPE_VECTOR || field->kind == BUS_FIELD_STRING ||
        field->kind == BUS_FIELD_BYTES || field->kind == BUS_FIELD_UUID) {
        *align = 8;
        return field->shape == BUS_SHAPE_ARRAY ? 16 * field->count : 16;
    }
    if (field->kind == BUS_FIELD_ENUM && field->shape == BUS_SHAPE_ONE && !fixed) {
        *align = 4;
        return 4;
    }
    *align = type != NULL && type->align != 0 ? type->align
                                              : codec_scalar_size(codec_scalar_kind(field));
    return (uint32_t)codec_stride(field) * (field->shape == BUS_SHAPE_ARRAY ? field->count : 1);
}

/* Everything of a field but its place in the C struct. */
static bool describe_field(struct codec_memory *memory, const struct idl_field *model,
                           struct bus_field *made, const struct codec_known **type)
{
    const struct idl_type *of = &model->type;

    *type = NULL;
    made->name = model->decl.name;
    made->kind = (uint8_t)of->kind;
    made->base = (uint8_t)of->kind;
    made->shape = (uint8_t)of->shape;
    made->max = of->max;
    made->count = of->count;
    made->preset = model->preset;
    made->slot = (uint16_t)model->slot;
    made->tag_slot = (uint16_t)model->tag_slot;
    made->number = (uint16_t)(model->number + (of->kind == IDL_UNION));
    made->flags =
        (uint8_t)((of->optional ? BUS_FIELD_OPTIONAL : 0) | (model->secret ? BUS_FIELD_SECRET : 0) |
                  (model->key ? BUS_FIELD_KEY : 0) | (model->decl.removed ? BUS_FIELD_REMOVED : 0));
    switch (of->kind) {
    case IDL_ENUM:
    case IDL_FLAGS:
        made->base = (uint8_t)of->enumeration->base;
        *type = describe_enum(memory, of->enumeration);
        break;
    case IDL_STRUCT:
    case IDL_TABLE:
        *type = describe_table(memory, of->table);
        break;
    case IDL_UNION:
        *type = describe_union(memory, of->choice);
        break;
    default:
        return true;
    }
    if (*type == NULL)
        return false;
    made->type = (*type)->made;
    return true;
}

static const struct codec_known *describe_table(struct codec_memory *memory,
                                                const struct idl_table *model)
{
    const struct codec_known *known = find(memory, model);
    struct bus_table *made;
    struct bus_field *fields;
    uint32_t size = 0;
    uint32_t align = 1;

    if (known != NULL)
        return known;
    made = codec_take(memory, sizeof(*made));
    fields = codec_take(memory, sizeof(*fields) * (model->field_count + 1u));
    if (made == NULL || fields == NULL)
        return NULL;
    for (uint32_t i = 0; i < model->field_count; i++) {
        struct bus_field *field = &fields[i];
        const struct codec_known *type;
        uint32_t own_align;
        uint32_t own_size;

        if (!describe_field(memory, &model->fields[i], field, &type))
            return NULL;
        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        if (memory->as_flatc && model->decl.file != NULL)
            field->name = name_of(memory, field->name,
                                  codec_flatc_renames_field(model->decl.file->bus, field->name));
        own_size = value_size(field, type, model->fixed, &own_align);
        field->member = round_up(size, own_align);
        field->value = field->member + (field->flags & BUS_FIELD_OPTIONAL ? own_align : 0);
        size = field->value + own_size;
        if (own_align > align)
            align = own_align;
    }
    made->name = full_name(memory, &model->decl);
    made->fields = fields;
    made->field_count = model->field_count;
    made->size = size == 0 ? 1 : round_up(size, align);
    made->align = model->align;
    made->inline_size = model->inline_size;
    made->vtable_size = model->vtable_size;
    return remember(memory, model, made, align);
}

const struct bus_table *codec_describe(struct codec_memory *memory, const struct idl_table *table)
{
    const struct codec_known *known = describe_table(memory, table);

    return known == NULL || memory->failed ? NULL : known->made;
}

uint64_t codec_scratch(const struct bus_table *table)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct bus_field *field = &table->fields[i];
        uint64_t most = 0;

        if (field->flags & BUS_FIELD_REMOVED)
            continue;
        if (field->kind == BUS_FIELD_STRING && field->shape == BUS_SHAPE_VECTOR)
            sum += (uint64_t)field->count * sizeof(struct bus_string);
        if (field->kind == BUS_FIELD_TABLE) {
            const struct bus_table *inner = field->type;
            uint64_t each = codec_scratch(inner);

            if (field->shape == BUS_SHAPE_VECTOR)
                sum += (((uint64_t)inner->size * field->count + 7) & ~UINT64_C(7)) +
                       each * field->count;
            else
                sum += each;
        }
        if (field->kind == BUS_FIELD_UNION) {
            const struct bus_union *choice = field->type;

            for (uint32_t arm = 0; arm < choice->arm_count; arm++) {
                uint64_t each = codec_scratch(choice->arms[arm].table);

                most = each > most ? each : most;
            }
            sum += most;
        }
    }
    return sum;
}
