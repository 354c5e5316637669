/* json.c - see json.h. */
#include "json.h"

#include "memory.h"

#include <stdlib.h>

json_t *must_load_json(const char *text, size_t size, size_t flags, json_error_t *fault)
{
    json_malloc_t old_malloc;
    json_free_t old_free;
    json_t *document;

    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(must_allocate, free);
    document = json_loadb(text, size, flags, fault);
    json_set_alloc_funcs(old_malloc, old_free);
    return document;
}
