/* layout.c - see layout.h. Types form no cycles, but one table may be reached on many paths; the
 * numbers of a table are remembered by nobody, so each function walks; nesting is bounded by the
 * language and the walks by the count of fields below a message. */
#include "layout.h"

#include "names.h"

struct extent {
    uint64_t size;
    uint64_t align;
};

static uint64_t round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) / align * align;
}

uint32_t layout_root(const struct idl_table *table)
{
    uint32_t at = 4 + table->vtable_size;

    return table->align == 8 ? ((at + 3) / 8 * 8 + 4) : (at + 3) / 4 * 4;
}

uint32_t layout_element_size(const struct idl_type *type)
{
    const struct scalar *scalar = scalar_of_type(type);

    if (scalar != NULL)
        return scalar->size;
    if (type->kind == IDL_UUID)
        return 16;
    return type->kind == IDL_STRUCT ? type->table->inline_size : 4;
}

uint32_t layout_element_align(const struct idl_type *type)
{
    const struct scalar *scalar = scalar_of_type(type);

    if (scalar != NULL)
        return scalar->size;
    if (type->kind == IDL_UUID)
        return 8;
    return type->kind == IDL_STRUCT ? type->table->align : 4;
}

static struct extent extent_of_table(const struct idl_table *table);

static struct extent extent_of_value(const struct idl_type *type, bool fixed)
{
    struct extent extent = {16, 8}; /* slices, strings, bytes, uuid */

    if (type->shape == IDL_VECTOR)
        return extent;
    if (type->shape == IDL_ARRAY)
        return (struct extent){(uint64_t)layout_element_size(type) * type->count,
                               layout_element_align(type)};
    if (type->kind == IDL_ENUM && !fixed)
        return (struct extent){4, 4};
    if (scalar_of_type(type) != NULL)
        return (struct extent){scalar_of_type(type)->size, scalar_of_type(type)->size};
    if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE)
        return extent_of_table(type->table);
    if (type->kind == IDL_UNION) {
        extent = (struct extent){0, 4};
        for (uint32_t i = 0; i < type->choice->arm_count; i++) {
            struct extent arm = extent_of_table(type->choice->arms[i].table);

            if (arm.size > extent.size)
                extent.size = arm.size;
            if (arm.align > extent.align)
                extent.align = arm.align;
        }
        extent.size = round_up(round_up(4, extent.align) + extent.size, extent.align);
    }
    return extent;
}

static struct extent extent_of_table(const struct idl_table *table)
{
    struct extent whole = {0, 1};

    if (table->fixed)
        return (struct extent){table->inline_size, table->align};
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_field *field = &table->fields[i];
        struct extent extent;

        if (field->decl.removed)
            continue;
        extent = extent_of_value(&field->type, false);
        if (field->type.optional)
            extent.size += extent.align;
        whole.size = round_up(whole.size, extent.align) + extent.size;
        if (extent.align > whole.align)
            whole.align = extent.align;
    }
    whole.size = round_up(whole.size, whole.align);
    return whole.size != 0 ? whole : (struct extent){1, 1};
}

uint64_t layout_sizeof(const struct idl_table *table)
{
    return extent_of_table(table).size;
}

static uint64_t scratch_of_type(const struct idl_type *type)
{
    uint64_t most = 0;

    if (type->shape == IDL_VECTOR && type->kind == IDL_STRING)
        return (uint64_t)type->count * 16;
    if (type->kind == IDL_TABLE) {
        uint64_t each = layout_scratch(type->table);

        if (type->shape != IDL_VECTOR)
            return each;
        return round_up(layout_sizeof(type->table) * type->count, 8) + each * type->count;
    }
    if (type->kind == IDL_UNION) {
        for (uint32_t i = 0; i < type->choice->arm_count; i++) {
            uint64_t arm = layout_scratch(type->choice->arms[i].table);

            if (arm > most)
                most = arm;
        }
    }
    return most;
}

uint64_t layout_scratch(const struct idl_table *table)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++)
        if (!table->fields[i].decl.removed)
            sum += scratch_of_type(&table->fields[i].type);
    return sum;
}

uint64_t layout_answer_bytes(const struct idl_message *message)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < message->answer_count; i++) {
        const struct idl_table *body = &message->answers[i].body;
        uint64_t bytes;

        if (body->field_count == 0)
            continue;
        bytes = round_up(body->size_max, 8) + layout_scratch(body);
        if (bytes > most)
            most = bytes;
    }
    return most;
}

bool layout_is_dense(const struct idl_table *table)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_type *type = &table->fields[i].type;

        if (type->kind == IDL_STRUCT && !layout_is_dense(type->table))
            return false;
        sum += (uint64_t)layout_element_size(type) * (type->shape == IDL_ARRAY ? type->count : 1);
    }
    return sum == table->inline_size;
}
