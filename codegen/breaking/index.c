/* index.c - see internal.h: sorted lists, and a set of pairs of addresses. */
#include "breaking/internal.h"

#include <stdlib.h>
#include <string.h>

struct breaking_index breaking_index_make(struct memory *memory, size_t count)
{
    struct breaking_index index = {NULL, count};

    index.entries = allocate(memory, (count + 1) * sizeof(*index.entries));
    return index;
}

static int compare(const void *left, const void *right)
{
    const struct breaking_entry *a = left;
    const struct breaking_entry *b = right;

    if (a->name != NULL && b->name != NULL)
        return strcmp(a->name, b->name);
    return a->number < b->number ? -1 : a->number > b->number;
}

void breaking_index_sort(struct breaking_index *index)
{
    if (index->count > 1)
        qsort(index->entries, index->count, sizeof(*index->entries), compare);
}

static const void *find(const struct breaking_index *index, struct breaking_entry wanted)
{
    const struct breaking_entry *found = NULL;

    if (index->count > 0)
        found = bsearch(&wanted, index->entries, index->count, sizeof(wanted), compare);
    return found != NULL ? found->item : NULL;
}

const void *breaking_find_name(const struct breaking_index *index, const char *name)
{
    return find(index, (struct breaking_entry){name, 0, NULL});
}

const void *breaking_find_number(const struct breaking_index *index, uint64_t number)
{
    return find(index, (struct breaking_entry){NULL, number, NULL});
}

/* ---- pairs ---- */

static size_t slot_of(const struct breaking_pairs *pairs, const void *older, const void *newer)
{
    uint64_t hash = (uint64_t)(uintptr_t)older * 0x9e3779b97f4a7c15U;

    hash = (hash ^ (hash >> 29) ^ (uint64_t)(uintptr_t)newer) * 0xbf58476d1ce4e5b9U;
    return (size_t)(hash >> 20) & (pairs->slot_count - 1);
}

static bool place(struct breaking_pairs *pairs, const void *older, const void *newer)
{
    size_t at = slot_of(pairs, older, newer);

    while (pairs->slots[at][0] != NULL) {
        if (pairs->slots[at][0] == older && pairs->slots[at][1] == newer)
            return false;
        at = (at + 1) & (pairs->slot_count - 1);
    }
    pairs->slots[at][0] = older;
    pairs->slots[at][1] = newer;
    return true;
}

static void grow(struct breaking_pairs *pairs)
{
    struct breaking_pairs larger = {NULL, pairs->slot_count != 0 ? pairs->slot_count * 2 : 64,
                                    pairs->count};

    larger.slots = must_allocate(larger.slot_count * sizeof(*larger.slots));
    memset(larger.slots, 0, larger.slot_count * sizeof(*larger.slots));
    for (size_t i = 0; i < pairs->slot_count; i++)
        if (pairs->slots[i][0] != NULL)
            place(&larger, pairs->slots[i][0], pairs->slots[i][1]);
    free(pairs->slots);
    *pairs = larger;
}

bool breaking_pair_add(struct breaking_pairs *pairs, const void *older, const void *newer)
{
    if (pairs->count * 2 >= pairs->slot_count)
        grow(pairs);
    if (!place(pairs, older, newer))
        return false;
    pairs->count++;
    return true;
}
