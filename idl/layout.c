/*
 * layout.c - bytes: slots, alignment, the largest packed size; and what contains what.
 *
 * The largest size. Packing places objects one behind the other, each at the next position that
 * suits its alignment. Rounding up is monotone: the further an object begins, the further it ends,
 * and a larger or an additional object never makes the end smaller. So the largest size is reached
 * when every optional part is present, every string and vector is as long as it may be and every
 * union holds the arm that ends furthest, and no combination needs to be tried. As every position
 * of an object is a multiple of 4 and nothing is aligned to more than 8, how much a table adds
 * depends on its begin modulo 8 only: two numbers, `growth`, for each table.
 *
 * Containment has no circles (check here), and is walked with a list instead of recursion, since a
 * chain may be as long as the file.
 */
#include "resolve.h"

#include <string.h>

#define SIZE_LIMIT (UINT64_C(1) << 32) /* no sum below goes beyond 2^32 x 2^24 */

static uint64_t align_up(uint64_t at, uint64_t align)
{
    return (at + align - 1) & ~(align - 1);
}

/* ---- one field ---- */

struct extent {
    uint32_t size;
    uint32_t align;
};

/* One value of the type's kind, where it stands in a table, struct, array or vector. */
static struct extent element_extent(const struct idl_type *type)
{
    switch (type->kind) {
    case IDL_ENUM:
    case IDL_FLAGS: {
        uint32_t size = scalar_of_kind(type->enumeration->base)->size;

        return (struct extent){size, size};
    }
    case IDL_UUID:
        return (struct extent){16, 8};
    case IDL_STRUCT:
        return (struct extent){type->table->inline_size, type->table->align};
    case IDL_STRING:
    case IDL_BYTES:
    case IDL_TABLE:
    case IDL_UNION:
        return (struct extent){4, 4};
    default: {
        uint32_t size = scalar_of_kind(type->kind)->size;

        return (struct extent){size, size};
    }
    }
}

static uint64_t field_size(const struct idl_type *type, uint32_t *align)
{
    struct extent extent = element_extent(type);

    if (type->shape == IDL_VECTOR)
        extent = (struct extent){4, 4};
    *align = extent.align;
    return type->shape == IDL_ARRAY ? (uint64_t)extent.size * type->count : extent.size;
}

static bool is_union(const struct idl_field *field)
{
    return field->type.kind == IDL_UNION && field->type.shape == IDL_ONE;
}

/* ---- one struct or table ---- */

static bool too_wide(struct context *context, const struct idl_table *table, uint64_t size)
{
    if (size <= TABLE_BYTES_MAX)
        return false;
    advise(context,
           report(context, RULE_TABLE_TOO_WIDE, table->decl.span,
                  "the fixed part of '%s' has %llu bytes, at most %d are possible",
                  table->decl.name, (unsigned long long)size, TABLE_BYTES_MAX),
           "use vectors instead of large fixed arrays");
    return true;
}

/* Fields in order of declaration, each aligned; the size is a multiple of the alignment. */
static bool layout_struct(struct context *context, struct idl_table *table,
                          struct idl_field *fields)
{
    uint64_t at = 0;

    table->align = 1;
    for (uint32_t i = 0; i < table->field_count; i++) {
        uint32_t align;
        uint64_t size = field_size(&fields[i].type, &align);

        at = align_up(at, align);
        fields[i].slot = (uint32_t)at;
        at += size;
        if (align > table->align)
            table->align = align;
        if (too_wide(context, table, at))
            return false;
    }
    table->inline_size = (uint32_t)align_up(at, table->align);
    table->size_max = table->inline_size;
    return !too_wide(context, table, align_up(at, table->align));
}

/* Behind the four bytes of the distance to the vtable: largest alignment first, then by number.
 * Sizes are multiples of alignments, so there are no gaps. Removed fields have no place. */
static bool layout_table(struct context *context, struct idl_table *table, struct idl_field *fields)
{
    uint64_t at = 4;

    table->align = 4;
    table->vtable_size = 4 + 2 * table->highest_number;
    for (uint32_t turn = 8; turn; turn /= 2) {
        for (uint32_t i = 0; i < table->field_count; i++) {
            struct idl_field *field = &fields[i];
            uint32_t align;
            uint64_t size = field_size(&field->type, &align);

            if (field->decl.removed)
                continue;
            if (align == turn) {
                field->slot = (uint32_t)at;
                at += size;
            }
            if (turn == 1 && is_union(field))
                field->tag_slot = (uint32_t)at++;
            if (too_wide(context, table, at))
                return false;
        }
        if (turn == 8 && at > 4)
            table->align = 8;
    }
    table->inline_size = (uint32_t)at;
    return true;
}

/* ---- the largest size ---- */

static const uint64_t *growth_of(const struct idl_table *table)
{
    return ((const struct table_model *)(const void *)table)->growth;
}

static uint64_t end_of_table(const struct idl_table *table, uint64_t at)
{
    return at + growth_of(table)[at % 8 / 4];
}

static uint64_t end_of_string(uint64_t at, uint64_t size)
{
    return at + 4 + align_up(size + 1, 4);
}

/* `count` tables, one behind the other. From its second turn on the position modulo 8 repeats with
 * a period of one or two. */
static uint64_t end_of_tables(const struct idl_table *table, uint64_t at, uint64_t count)
{
    const uint64_t *growth = growth_of(table);

    for (; count && growth[at % 8 / 4] % 8; count--) {
        uint64_t one = growth[at % 8 / 4];
        uint64_t two = one + growth[(at + one) % 8 / 4];

        if (two % 8 == 0)
            return at + two * (count / 2) + (count % 2 ? one : 0);
        at += one;
    }
    return at + growth[at % 8 / 4] * count;
}

static uint64_t end_of_vector(const struct idl_type *type, uint64_t at)
{
    struct extent extent = element_extent(type);
    uint64_t count = type->count;

    if (extent.align == 8)
        at = align_up(at + 4, 8) - 4; /* so that the elements behind the count are aligned */
    at = align_up(at + 4 + count * extent.size, 4);
    if (type->kind == IDL_TABLE)
        return end_of_tables(type->table, at, count);
    if (type->kind == IDL_STRING)
        return at + count * end_of_string(0, type->max);
    return at;
}

static uint64_t end_of_union(const struct idl_union *choice, uint64_t at)
{
    uint64_t end = at;

    for (uint32_t i = 0; i < choice->arm_count; i++) {
        uint64_t arm = end_of_table(choice->arms[i].table, at);

        if (arm > end)
            end = arm;
    }
    return end;
}

/* End of what a field has behind its table. */
static uint64_t end_of_field(const struct idl_field *field, uint64_t at)
{
    const struct idl_type *type = &field->type;

    if (field->decl.removed || type->shape == IDL_ARRAY)
        return at;
    if (type->shape == IDL_VECTOR)
        return end_of_vector(type, at);
    switch (type->kind) {
    case IDL_STRING:
        return end_of_string(at, type->max);
    case IDL_BYTES:
        return at + 4 + align_up(type->max, 4);
    case IDL_TABLE:
        return end_of_table(type->table, at);
    case IDL_UNION:
        return end_of_union(type->choice, at);
    default:
        return at;
    }
}

/* End of a table whose vtable begins at `at` or, to have the table aligned, somewhat later. */
static uint64_t table_end(const struct idl_table *table, uint64_t at)
{
    uint64_t end = align_up(at + table->vtable_size, 4);

    if (table->align == 8 && end % 8 != 4)
        end += 4;
    end = align_up(end + table->inline_size, 4);
    for (uint32_t i = 0; i < table->field_count; i++) {
        end = end_of_field(&table->fields[i], end);
        if (end > SIZE_LIMIT)
            return SIZE_LIMIT;
    }
    return end;
}

/* True when something inside is refused for its size already. */
static bool inside_too_large(const struct idl_type *type)
{
    if (type->kind == IDL_TABLE)
        return type->table->size_max > IDL_MESSAGE_SIZE_MAX;
    if (type->kind == IDL_UNION)
        for (uint32_t i = 0; i < type->choice->arm_count; i++)
            if (type->choice->arms[i].table->size_max > IDL_MESSAGE_SIZE_MAX)
                return true;
    return false;
}

/* No message could hold it. */
static void report_size(struct context *context, const struct idl_table *table)
{
    const struct idl_field *largest = NULL;
    uint64_t most = 0;
    struct idl_diagnostic *diagnostic;

    for (uint32_t i = 0; i < table->field_count; i++) {
        if (inside_too_large(&table->fields[i].type))
            return;
        if (end_of_field(&table->fields[i], 0) > most) {
            most = end_of_field(&table->fields[i], 0);
            largest = &table->fields[i];
        }
    }
    diagnostic =
        report(context, RULE_MESSAGE_TOO_LARGE, table->decl.span,
               "the largest '%s' has more than %d bytes", table->decl.name, IDL_MESSAGE_SIZE_MAX);
    if (!largest)
        return;
    partner(diagnostic, largest->decl.span, "this field is the largest");
    advise(context, diagnostic, "up to %llu bytes are for '%s': give it a smaller 'max'",
           (unsigned long long)(most > UINT32_MAX ? UINT32_MAX : most), largest->decl.name);
}

/* All of the layout of one table or struct; what it contains has its own already. */
static void layout(struct context *context, struct idl_table *table)
{
    /* The model is const for everybody else; it was allocated by resolve_body. */
    struct idl_field *fields = (struct idl_field *)(uintptr_t)table->fields;
    uint64_t size;

    if (table->fixed) {
        layout_struct(context, table, fields);
        return;
    }
    if (!layout_table(context, table, fields))
        return;
    size = table_end(table, 4);
    table->size_max = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    if (table->size_max > IDL_MESSAGE_SIZE_MAX)
        report_size(context, table);
}

/* ---- what contains what ---- */

static struct node *node_of_type(const struct idl_type *type)
{
    if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE)
        return ((const struct table_model *)(const void *)type->table)->node;
    if (type->kind == IDL_UNION)
        return ((const struct union_model *)(const void *)type->choice)->node;
    return NULL;
}

/* The `at`-th thing that `node` contains: its node and the place where it says so. False: there are
 * no more. */
static bool contained(const struct node *node, uint32_t at, struct node **inner,
                      struct idl_span *span)
{
    if (node->kind == NODE_UNION) {
        const struct idl_union *choice = node->model.choice;

        if (at >= choice->arm_count)
            return false;
        *inner = ((const struct table_model *)(const void *)choice->arms[at].table)->node;
        *span = choice->arms[at].decl.span;
        return true;
    }
    if (at >= node->model.table->field_count)
        return false;
    *inner = node_of_type(&node->model.table->fields[at].type);
    *span = node->model.table->fields[at].decl.span;
    return true;
}

static void recursive(struct context *context, struct node *inner, struct idl_span span)
{
    struct idl_diagnostic *diagnostic = report(context, RULE_RECURSIVE_TYPE, span,
                                               "by this, '%s' contains itself", inner->decl.name);

    partner(diagnostic, inner->decl.span, "declared here");
    advise(context, diagnostic, "refer to the other by a number or string instead");
}

static void node_done(struct context *context, struct node *node)
{
    node->progress = PROGRESS_DONE;
    list_add(context->arena, &node->unit->composites, node);
    list_add(context->arena, &context->composites, node);
    if (node->depth == IDL_TYPE_NESTING_MAX)
        advise(context,
               report(context, RULE_TYPE_TOO_DEEP, node->decl.span,
                      "more than %d types inside each other", IDL_TYPE_NESTING_MAX - 1),
               "flatten '%s' or one of the types in it", node->decl.name);
}

/* Depth first from `root`, without recursion. False: something contains itself. */
static bool walk(struct context *context, struct node *root)
{
    struct node *node = root;
    bool fine = true;

    root->walk_parent = NULL;
    root->progress = PROGRESS_OPEN;
    root->depth = 1;
    while (node) {
        struct node *inner = NULL;
        struct node *above = node->walk_parent;
        struct idl_span span;

        if (!contained(node, node->walk_next++, &inner, &span)) {
            node_done(context, node);
            if (above && above->depth < node->depth + 1)
                above->depth = node->depth + 1;
            node = above;
        } else if (inner && inner->progress == PROGRESS_OPEN) {
            recursive(context, inner, span);
            fine = false;
        } else if (inner && inner->progress == PROGRESS_DONE) {
            if (node->depth < inner->depth + 1)
                node->depth = inner->depth + 1;
        } else if (inner) {
            inner->progress = PROGRESS_OPEN;
            inner->depth = 1;
            inner->walk_parent = node;
            node = inner;
        }
    }
    return fine;
}

/* ---- all ---- */

static void layout_messages(struct context *context, const struct unit *unit)
{
    for (const struct node *node = unit->nodes; node; node = node->next) {
        struct idl_message *message = node->model.message;

        if (node->kind != NODE_EVENT && node->kind != NODE_COMMAND && node->kind != NODE_OLDER)
            continue;
        layout(context, &message->body);
        for (uint32_t i = 0; i < message->answer_count; i++)
            layout(context, (struct idl_table *)(uintptr_t)&message->answers[i].body);
    }
}

/* Composites of all files, each after what it contains. */
static void layout_composites(struct context *context, struct list *order)
{
    for (uint32_t i = 0; i < order->count; i++) {
        const struct node *node = order->items[i];
        struct table_model *model;

        if (node->kind == NODE_UNION)
            continue;
        model = (struct table_model *)(void *)node->model.table;
        layout(context, &model->table);
        if (model->table.fixed)
            continue;
        model->growth[0] = table_end(&model->table, 0);
        model->growth[1] = table_end(&model->table, 4) - 4;
    }
}

void layout_units(struct context *context)
{
    bool fine = true;

    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        for (struct node *node = unit->nodes; node; node = node->next)
            if (node->kind >= NODE_STRUCT && node->kind <= NODE_UNION &&
                node->progress == PROGRESS_NEW)
                fine = walk(context, node) && fine;
    }
    if (!fine)
        return;
    layout_composites(context, &context->composites);
    for (uint32_t i = 0; i < context->units.count; i++)
        layout_messages(context, context->units.items[i]);
}
