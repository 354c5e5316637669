/*
 * why.h - the reason of a refusal: "lines[3].sku: 70 bytes, at most 64".
 *
 * Walking code keeps its way as a chain of frames on its own stack, one per field it went into, so
 * that a way costs nothing until something is wrong.
 */
#ifndef BUS_WIRE_WHY_H
#define BUS_WIRE_WHY_H

#include <bus/wire.h>

#define WAY_NO_INDEX UINT32_MAX

struct way {
    const struct way *up; /* NULL: the root */
    const char *name;
    uint32_t index; /* element of a vector or array, or WAY_NO_INDEX */
};

/* Writes "way: text" into `why` (cut; never NULL-less) unless `why` is NULL. Always false, so that
 * checks can `return refuse(...)`. */
bool bus_why_text(char why[BUS_WIRE_WHY_SIZE], const struct way *way, const char *text);
/* "way: 70 bytes, at most 64" */
bool bus_why_over(char why[BUS_WIRE_WHY_SIZE], const struct way *way, uint64_t count,
                  const char *what, uint64_t most);
/* "way: value 300 ..." */
bool bus_why_value(char why[BUS_WIRE_WHY_SIZE], const struct way *way, const char *before,
                   int64_t value, const char *behind);

#endif
