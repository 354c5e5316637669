/* uses.c - see uses.h. */
#include "emit/uses.h"

#include "emit/emit.h"
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>

static void note(struct uses *uses, const void *type, unsigned use)
{
    if (uses->count == uses->capacity) {
        uses->capacity = uses->capacity != 0 ? uses->capacity * 2 : 64;
        uses->items = must_reallocate(uses->items, uses->capacity * sizeof(*uses->items));
    }
    uses->items[uses->count++] = (struct use){type, use};
}

static void note_fields(struct uses *uses, const struct idl_table *table)
{
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct idl_type *type = &table->fields[i].type;
        bool vector = type->shape == IDL_VECTOR;

        if (table->fields[i].decl.removed)
            continue;
        if (type->kind == IDL_STRUCT || type->kind == IDL_TABLE) {
            if (vector || type->optional)
                note(uses, type->table,
                     !vector           ? USED_OPTIONAL
                     : !type->optional ? USED_SLICE
                                       : USED_SLICE | USED_SLICE_OPTIONAL);
        } else if (type->kind == IDL_ENUM && type->optional && !vector) {
            note(uses, type->enumeration, USED_OPTIONAL);
        }
    }
}

static int compare(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct use *)a)->type;
    uintptr_t right = (uintptr_t)((const struct use *)b)->type;

    return left < right ? -1 : left > right;
}

struct uses uses_of(const struct idl_bus *bus)
{
    struct uses uses = {0};
    size_t kept = 0;

    for (uint32_t i = 0; i < bus->composite_count; i++)
        if (bus->composites[i].table != NULL)
            note_fields(&uses, bus->composites[i].table);
    for (uint32_t i = 0; i < version_count(bus); i++) {
        note_fields(&uses, &bus->messages[i]->body);
        for (uint32_t answer = 0; answer < bus->messages[i]->answer_count; answer++)
            note_fields(&uses, &bus->messages[i]->answers[answer].body);
    }
    if (uses.count == 0)
        return uses;
    qsort(uses.items, uses.count, sizeof(*uses.items), compare);
    for (size_t i = 1; i < uses.count; i++) {
        if (uses.items[i].type == uses.items[kept].type)
            uses.items[kept].uses |= uses.items[i].uses;
        else
            uses.items[++kept] = uses.items[i];
    }
    uses.count = kept + 1;
    return uses;
}

unsigned uses_find(const struct uses *uses, const void *type)
{
    struct use key = {type, 0};
    const struct use *found =
        uses->count != 0 ? bsearch(&key, uses->items, uses->count, sizeof(*uses->items), compare)
                         : NULL;

    return found != NULL ? found->uses : 0;
}

void uses_free(struct uses *uses)
{
    free(uses->items);
    *uses = (struct uses){0};
}
