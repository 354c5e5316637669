/* memory.c - see memory.h. Blocks form a list; a take larger than a block gets its own. */
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct memory_block {
    struct memory_block *next;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

_Noreturn void out_of_memory(void)
{
    static const char text[] = "busgen: out of memory\n";

    /* stdio may want memory; write does not. Nothing is left to do when it fails. */
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(2);
    _exit(2);
}

void *must_allocate(size_t size)
{
    void *taken = malloc(size);

    if (taken == NULL)
        out_of_memory();
    return taken;
}

void *must_reallocate(void *old, size_t size)
{
    void *taken = realloc(old, size);

    if (taken == NULL)
        out_of_memory();
    return taken;
}

void *allocate(struct memory *memory, size_t size)
{
    struct memory_block *block = memory->blocks;
    void *taken;

    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

        block = must_allocate(sizeof(*block) + room);
        block->next = memory->blocks;
        block->used = 0;
        block->size = room;
        memory->blocks = block;
    }
    taken = block->bytes + block->used;
    block->used += size;
    memset(taken, 0, size);
    return taken;
}

void free_all(struct memory *memory)
{
    while (memory->blocks != NULL) {
        struct memory_block *next = memory->blocks->next;

        free(memory->blocks);
        memory->blocks = next;
    }
}

void adopt(struct memory *memory, struct memory *other)
{
    struct memory_block **end = &other->blocks;

    while (*end != NULL)
        end = &(*end)->next;
    *end = memory->blocks;
    memory->blocks = other->blocks;
    other->blocks = NULL;
}

const char *join(struct memory *memory, ...)
{
    va_list parts;
    size_t size = 1;
    char *text;
    char *at;

    va_start(parts, memory);
    for (const char *part = va_arg(parts, const char *); part != NULL;
         part = va_arg(parts, const char *))
        size += strlen(part);
    va_end(parts);
    text = at = allocate(memory, size);
    va_start(parts, memory);
    for (const char *part = va_arg(parts, const char *); part != NULL;
         part = va_arg(parts, const char *)) {
        size_t length = strlen(part);

        memcpy(at, part, length);
        at += length;
    }
    va_end(parts);
    *at = '\0';
    return text;
}

const char *decimal(struct memory *memory, uint64_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits) - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return join(memory, at, NULL);
}
