/* memory.c - one call's memory: blocks in a list, freed at once. */
#include "codec/internal.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16384 };

struct codec_block {
    struct codec_block *next;
    size_t used;
    size_t size;
    uint64_t bytes[];
};

void *codec_take(struct codec_memory *memory, size_t size)
{
    struct codec_block *block = memory->blocks;
    uint8_t *taken;

    if (memory->failed || size > SIZE_MAX / 2)
        return NULL;
    size = (size + 7) & ~(size_t)7;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

        block = calloc(1, sizeof(*block) + room);
        if (block == NULL) {
            memory->failed = true;
            return NULL;
        }
        block->size = room;
        block->next = memory->blocks;
        memory->blocks = block;
    }
    taken = (uint8_t *)block->bytes + block->used;
    block->used += size;
    return taken;
}

void codec_release(struct codec_memory *memory)
{
    while (memory->blocks != NULL) {
        struct codec_block *block = memory->blocks;

        memory->blocks = block->next;
        free(block);
    }
    memory->known = NULL;
}

const char *codec_join(struct codec_memory *memory, const char *a, const char *b)
{
    size_t left = strlen(a);
    size_t right = strlen(b);
    char *text = codec_take(memory, left + right + 2);

    if (text == NULL)
        return NULL;
    memcpy(text, a, left);
    text[left] = '.';
    memcpy(text + left + 1, b, right + 1);
    return text;
}
