/*
 * layout.c - see layout.h. Types form no cycles, but one table may be reached on many paths, in a
 * hostile schema on more than can be walked: so what is known of a table is remembered until
 * layout_forget.
 */
#include "layout.h"

#include "memory.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct extent {
    uint64_t size;
    uint64_t align;
};

/* ---- what is known of tables: open addressing, at most half full ---- */

struct known {
    const struct idl_table *table;
    struct extent extent;
    uint64_t scratch;
};
static struct known *known;
static size_t known_slots;
static size_t known_count;

static struct known *slot_of(const struct idl_table *table)
{
    size_t at = (size_t)((uintptr_t)table >> 4) * 0x9e3779b1u;

    while (known[at & (known_slots - 1)].table != NULL &&
           known[at & (known_slots - 1)].table != table)
        at++;
    return &known[at & (known_slots - 1)];
}

static void make_room(void)
{
    struct known *old = known;
    size_t old_slots = known_slots;

    if (known_count * 2 < known_slots)
        return;
    known_slots = old_slots != 0 ? old_slots * 2 : 256;
    known = must_allocate(known_slots * sizeof(*known));
    memset(known, 0, known_slots * sizeof(*known));
    for (size_t i = 0; i < old_slots; i++)
        if (old[i].table != NULL)
            *slot_of(old[i].table) = old[i];
    free(old);
}

void layout_forget(void)
{
    free(known);
    known = NULL;
    known_slots = known_count = 0;
}

static struct extent extent_of_fields(const struct idl_table *table);
static uint64_t scratch_of_fields(const struct idl_table *table);

static struct known know(const struct idl_table *table)
{
    struct known found = {.table = table};

    if (known_slots != 0 && slot_of(table)->table == table)
        return *slot_of(table);
    found.extent = extent_of_fields(table);
    found.scratch = scratch_of_fields(table);
    make_room();
    *slot_of(table) = found;
    known_count++;
    return found;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

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
        return know(type->table).extent;
    if (type->kind == IDL_UNION) {
        extent = (struct extent){1, 4}; /* an arm, or `nothing` */
        for (uint32_t i = 0; i < type->choice->arm_count; i++) {
            struct extent arm = know(type->choice->arms[i].table).extent;

            if (arm.size > extent.size)
                extent.size = arm.size;
            if (arm.align > extent.align)
                extent.align = arm.align;
        }
        extent.size = round_up(round_up(4, extent.align) + extent.size, extent.align);
    }
    return extent;
}

static struct extent extent_of_fields(const struct idl_table *table)
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
    return know(table).extent.size;
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

static uint64_t scratch_of_fields(const struct idl_table *table)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < table->field_count; i++)
        if (!table->fields[i].decl.removed)
            sum += scratch_of_type(&table->fields[i].type);
    return sum;
}

uint64_t layout_scratch(const struct idl_table *table)
{
    return know(table).scratch;
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
