/*
 * arena.c - memory of one compilation, given back as a whole; growing lists and hash tables in it.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = 16 };

struct chunk {
    struct chunk *next;
    size_t used; /* from the end of this header */
    size_t size;
};

struct adopted {
    struct adopted *next;
    char *block;
};

struct idl_arena {
    struct chunk *chunks; /* the first has room */
    struct adopted *adopted;
    jmp_buf *failure;
    size_t bytes;
};

/* Set by tests only, before any thread compiles. */
static bool (*test_fails)(void *context);
static void *test_context;

void idl_test_memory(bool (*fails)(void *context), void *context)
{
    test_fails = fails;
    test_context = context;
}

void *memory_take(size_t size)
{
    if (test_fails && test_fails(test_context))
        return NULL;
    return malloc(size);
}

struct idl_arena *arena_new(void)
{
    struct idl_arena *arena = memory_take(sizeof *arena);

    if (arena)
        memset(arena, 0, sizeof *arena);
    return arena;
}

void arena_free(struct idl_arena *arena)
{
    if (!arena)
        return;
    for (struct adopted *adopted = arena->adopted; adopted; adopted = adopted->next)
        free(adopted->block);
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

void arena_on_failure(struct idl_arena *arena, jmp_buf *target)
{
    arena->failure = target;
}

static struct chunk *chunk_add(struct idl_arena *arena, size_t size)
{
    size_t header = (sizeof(struct chunk) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    /* While tests count allocations each object is one of them. */
    size_t bytes = size > CHUNK_BYTES / 4 || test_fails ? size : CHUNK_BYTES;
    struct chunk *chunk;

    if (bytes > ARENA_BYTES_MAX - arena->bytes)
        longjmp(*arena->failure, 1);
    chunk = memory_take(header + bytes);
    if (!chunk)
        longjmp(*arena->failure, 1);
    memset(chunk, 0, header + bytes);
    chunk->size = bytes;
    arena->bytes += bytes;
    /* A block of its own goes behind the chunk that still has room. */
    if (bytes == size && arena->chunks) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

void *arena_take(struct idl_arena *arena, size_t size)
{
    size_t header = (sizeof(struct chunk) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct chunk *chunk = arena->chunks;
    char *taken;

    if (size > ARENA_BYTES_MAX)
        longjmp(*arena->failure, 1);
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!chunk || size > chunk->size - chunk->used)
        chunk = chunk_add(arena, size);
    taken = (char *)chunk + header + chunk->used;
    chunk->used += size;
    return taken;
}

char *arena_copy(struct idl_arena *arena, const char *text, size_t size)
{
    char *copy = arena_take(arena, size + 1);

    if (size)
        memcpy(copy, text, size);
    return copy;
}

char *arena_join(struct idl_arena *arena, const char *first, const char *second, const char *third)
{
    size_t sizes[] = {strlen(first), strlen(second), strlen(third)};
    char *text = arena_take(arena, sizes[0] + sizes[1] + sizes[2] + 1);

    memcpy(text, first, sizes[0]);
    memcpy(text + sizes[0], second, sizes[1]);
    memcpy(text + sizes[0] + sizes[1], third, sizes[2]);
    return text;
}

char **arena_adopt(struct idl_arena *arena)
{
    struct adopted *adopted = arena_take(arena, sizeof *adopted);

    adopted->next = arena->adopted;
    arena->adopted = adopted;
    return &adopted->block;
}

void list_add(struct idl_arena *arena, struct list *list, void *item)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 8;
        void **items = arena_take(arena, capacity * sizeof *items);

        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}

static struct map_entry *map_slot(const struct map *map, const char *key, size_t size,
                                  uint32_t hash)
{
    uint32_t mask = map->capacity - 1;
    uint32_t at = hash & mask;

    for (;; at = (at + 1) & mask) {
        struct map_entry *entry = &map->entries[at];

        if (!entry->value)
            return entry;
        if (entry->hash == hash && entry->key_size == size && memcmp(entry->key, key, size) == 0)
            return entry;
    }
}

void *map_find(const struct map *map, const char *key, size_t size)
{
    if (!map->capacity)
        return NULL;
    return map_slot(map, key, size, (uint32_t)XXH3_64bits(key, size))->value;
}

static void map_grow(struct idl_arena *arena, struct map *map)
{
    struct map old = *map;

    map->capacity = old.capacity ? old.capacity * 2 : 16;
    map->entries = arena_take(arena, map->capacity * sizeof *map->entries);
    for (uint32_t i = 0; i < old.capacity; i++) {
        struct map_entry *entry = &old.entries[i];

        if (entry->value)
            *map_slot(map, entry->key, entry->key_size, entry->hash) = *entry;
    }
}

void *map_add(struct idl_arena *arena, struct map *map, const char *key, size_t size, void *value)
{
    uint32_t hash = (uint32_t)XXH3_64bits(key, size);
    struct map_entry *entry;

    if ((map->count + 1) * 4 > map->capacity * 3)
        map_grow(arena, map);
    entry = map_slot(map, key, size, hash);
    if (entry->value)
        return entry->value;
    *entry = (struct map_entry){key, (uint32_t)size, hash, value};
    map->count++;
    return NULL;
}
