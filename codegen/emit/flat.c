/* flat.c - see flat.h. */
#include "emit/flat.h"

#include "memory.h"

#include <string.h>

/* `size` bytes before all others. */
static unsigned char *more(struct flat *flat, size_t size)
{
    if (flat->capacity - flat->size < size) {
        size_t capacity = flat->capacity != 0 ? flat->capacity : 4096;
        unsigned char *bytes;

        while (capacity - flat->size < size)
            capacity *= 2;
        bytes = allocate(flat->memory, capacity);
        if (flat->size != 0)
            memcpy(bytes + capacity - flat->size, flat->bytes + flat->capacity - flat->size,
                   flat->size);
        flat->bytes = bytes;
        flat->capacity = capacity;
    }
    flat->size += size;
    return flat->bytes + flat->capacity - flat->size;
}

static void put_scalar(unsigned char *at, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* Zeros, so that what begins `size` bytes further on is aligned. */
static void align(struct flat *flat, size_t size, size_t to)
{
    size_t over = (flat->size + size) % to;

    if (over != 0)
        memset(more(flat, to - over), 0, to - over);
}

static void push(struct flat *flat, uint64_t value, unsigned size)
{
    align(flat, size, size);
    put_scalar(more(flat, size), value, size);
}

static void push_reference(struct flat *flat, flat_ref item)
{
    align(flat, 4, 4);
    push(flat, flat->size + 4 - item, 4);
}

flat_ref flat_string(struct flat *flat, const char *text)
{
    size_t size = strlen(text) + 1;

    align(flat, size, 4);
    memcpy(more(flat, size), text, size);
    push(flat, size - 1, 4);
    return (flat_ref)flat->size;
}

flat_ref flat_vector(struct flat *flat, const flat_ref *items, uint32_t count)
{
    for (uint32_t i = count; i > 0; i--)
        push_reference(flat, items[i - 1]);
    push(flat, count, 4);
    return (flat_ref)flat->size;
}

void flat_begin(struct flat *flat)
{
    memset(flat->slots, 0, sizeof(flat->slots));
    flat->table_end = (flat_ref)flat->size;
}

void flat_scalar(struct flat *flat, unsigned slot, unsigned size, uint64_t value, uint64_t preset)
{
    if (value == preset)
        return;
    push(flat, value, size);
    flat->slots[slot] = (flat_ref)flat->size;
}

void flat_reference(struct flat *flat, unsigned slot, flat_ref item)
{
    push_reference(flat, item);
    flat->slots[slot] = (flat_ref)flat->size;
}

/* One that says the same, or 0. */
static flat_ref find_vtable(const struct flat *flat, const unsigned char *vtable, size_t size)
{
    for (size_t i = 0; i < flat->vtable_count; i++) {
        const unsigned char *known = flat->bytes + flat->capacity - flat->vtables[i];

        if (known[0] == vtable[0] && memcmp(known, vtable, size) == 0)
            return flat->vtables[i];
    }
    return 0;
}

flat_ref flat_end(struct flat *flat)
{
    unsigned char vtable[4 + 2 * FLAT_SLOTS_MAX];
    unsigned count = FLAT_SLOTS_MAX;
    flat_ref table, found;
    size_t size;

    push(flat, 0, 4);
    table = (flat_ref)flat->size;
    while (count > 0 && flat->slots[count - 1] == 0)
        count--;
    size = 4 + 2 * (size_t)count;
    put_scalar(vtable, size, 2);
    put_scalar(vtable + 2, table - flat->table_end, 2);
    for (unsigned i = 0; i < count; i++)
        put_scalar(vtable + 4 + 2 * (size_t)i, flat->slots[i] != 0 ? table - flat->slots[i] : 0, 2);
    found = find_vtable(flat, vtable, size);
    if (found == 0) {
        align(flat, size, 2);
        memcpy(more(flat, size), vtable, size);
        found = (flat_ref)flat->size;
        if (flat->vtable_count < FLAT_VTABLES_MAX)
            flat->vtables[flat->vtable_count++] = found;
    }
    put_scalar(flat->bytes + flat->capacity - table, (uint64_t)found - table, 4);
    return table;
}

void flat_finish(struct flat *flat, flat_ref root, const char *identifier)
{
    align(flat, 8, 8);
    memcpy(more(flat, 4), identifier, 4);
    push_reference(flat, root);
}
