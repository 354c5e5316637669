/*
 * memory.h - memory of one busgen run. Everything lives until free_all; running out of memory ends
 * the program with a message and exit code 2, so callers never see NULL.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory_block;
struct memory {
    struct memory_block *blocks;
};

/* Zeroed, aligned for anything. */
void *allocate(struct memory *memory, size_t size);
void free_all(struct memory *memory);
/* What `other` has lives as long as `memory` from now on. */
void adopt(struct memory *memory, struct memory *other);

/* The strings after `memory`, up to a NULL, joined. */
const char *join(struct memory *memory, ...);
/* Decimal text of a number. */
const char *decimal(struct memory *memory, uint64_t number);

/* malloc and realloc that end the program instead of returning NULL. */
void *must_allocate(size_t size);
void *must_reallocate(void *old, size_t size);
/* "busgen: out of memory", exit code 2. */
_Noreturn void out_of_memory(void);

#endif
