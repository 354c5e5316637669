/* core/scratch.c - see scratch.h. */
#include "core/scratch.h"

#include "core/engine.h"

void *scratch_grow(struct scratch *scratch, struct bus *bus, size_t size)
{
    struct scratch_block **link = scratch->block != NULL ? &scratch->block->next : &scratch->first;
    struct scratch_block *block = *link;
    size_t wanted = size + SCRATCH_BLOCK_HEADER;

    if (block != NULL && block->size < wanted) {
        /* Nothing above the current block is in use: replace the one that is too small. */
        *link = block->next;
        bus_give_memory(bus, block, block->size);
        block = NULL;
    }
    if (block == NULL) {
        if (wanted < bus->scratch_block)
            wanted = bus->scratch_block;
        block = bus_take_memory(bus, wanted, CACHE_LINE);
        if (block == NULL)
            return NULL;
        block->size = wanted;
        block->next = *link;
        *link = block;
    }
    scratch->block = block;
    scratch->at = (uint8_t *)block + SCRATCH_BLOCK_HEADER + size;
    scratch->end = (uint8_t *)block + block->size;
    return (uint8_t *)block + SCRATCH_BLOCK_HEADER;
}

void scratch_free(struct scratch *scratch, struct bus *bus)
{
    struct scratch_block *block = scratch->first;

    while (block != NULL) {
        struct scratch_block *next = block->next;

        bus_give_memory(bus, block, block->size);
        block = next;
    }
    *scratch = (struct scratch){0};
}
