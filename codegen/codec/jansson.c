/* jansson.c - see jansson.h. */
#include "codec/jansson.h"

#include <stdlib.h>

static bool jansson_failed;

static void *noting_malloc(size_t size)
{
    void *memory = malloc(size);

    jansson_failed = jansson_failed || memory == NULL;
    return memory;
}

json_t *codec_load_json(const char *text, size_t size, size_t flags, json_error_t *fault,
                        bool *failed)
{
    json_malloc_t old_malloc;
    json_free_t old_free;
    json_t *document;

    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(noting_malloc, free);
    jansson_failed = false;
    document = json_loadb(text, size, flags, fault);
    json_set_alloc_funcs(old_malloc, old_free);
    *failed = jansson_failed;
    if (!jansson_failed)
        return document;
    json_decref(document);
    return NULL;
}
