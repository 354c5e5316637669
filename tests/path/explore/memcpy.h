/* Included before everything in modules that copy messages: the copy is a plain access that the
 * explorer checks for overlap. */
#ifndef EXPLORE_MEMCPY_H
#define EXPLORE_MEMCPY_H

#include <stddef.h>
#include <string.h>

void *explore_memcpy(void *to, const void *from, size_t size);
#define memcpy explore_memcpy

#endif
