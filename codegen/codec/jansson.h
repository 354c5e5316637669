/* jansson.h - jansson, when memory runs out. */
#ifndef CODEC_JANSSON_H
#define CODEC_JANSSON_H

#include <jansson.h>

#include <stdbool.h>

/* json_loadb for one that must not lose anything: jansson takes a failed allocation for a syntax
 * error, or drops the byte that it was for and goes on. Then *failed is set, and NULL is returned.
 * It sets jansson's hooks, which are global: one thread at a time. */
json_t *codec_load_json(const char *text, size_t size, size_t flags, json_error_t *fault,
                        bool *failed);

#endif
