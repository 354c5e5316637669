/* set.c - see set.h. */
#include "set.h"

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t start_of(const void *item)
{
    return (size_t)((uintptr_t)item >> 4) * 0x9e3779b1u;
}

static bool place(struct set *set, const void *item)
{
    for (size_t at = start_of(item);; at++) {
        const void **slot = &set->slots[at & (set->slot_count - 1)];

        if (*slot == item)
            return false;
        if (*slot == NULL) {
            *slot = item;
            return true;
        }
    }
}

static void grow(struct set *set)
{
    const void **old = set->slots;
    size_t old_count = set->slot_count;

    set->slot_count = old_count != 0 ? old_count * 2 : 256;
    set->slots = must_allocate(set->slot_count * sizeof(*set->slots));
    memset(set->slots, 0, set->slot_count * sizeof(*set->slots));
    for (size_t i = 0; i < old_count; i++)
        if (old[i] != NULL)
            place(set, old[i]);
    free(old);
}

bool set_add(struct set *set, const void *item)
{
    if (2 * (set->count + 1) > set->slot_count)
        grow(set);
    if (!place(set, item))
        return false;
    set->count++;
    return true;
}

bool set_has(const struct set *set, const void *item)
{
    if (set->slot_count == 0)
        return false;
    for (size_t at = start_of(item);; at++) {
        const void *slot = set->slots[at & (set->slot_count - 1)];

        if (slot == item || slot == NULL)
            return slot == item;
    }
}

void set_free(struct set *set)
{
    free(set->slots);
    *set = (struct set){0};
}
