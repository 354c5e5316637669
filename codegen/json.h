/* json.h - reading JSON in a program that ends when memory runs out. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

/* json_loadb; running out of memory ends the program. jansson 2.14 does not survive it: it drops
 * the byte that the memory was for, or follows a null pointer. */
json_t *must_load_json(const char *text, size_t size, size_t flags, json_error_t *fault);

#endif
