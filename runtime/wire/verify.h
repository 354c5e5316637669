/* verify.h - the verifier's inside, for the tests that measure its cost. */
#ifndef BUS_WIRE_VERIFY_H
#define BUS_WIRE_VERIFY_H

#include <bus/wire.h>

enum {
    VERIFY_DEPTH_MAX = 64,
    VERIFY_TABLES_MAX = 1000000,
    VERIFY_WORK_FACTOR = 8, /* units of work per byte of the buffer */
};

/* What one verification cost. */
struct verify_cost {
    uint64_t work; /* see verify.c */
    uint32_t tables;
    uint32_t depth; /* deepest */
};

/* bus_wire_verify, which also tells its cost. */
bool bus_verify_counted(const struct bus_table *table, const uint8_t *bytes, size_t size,
                        char why[BUS_WIRE_WHY_SIZE], struct verify_cost *cost);

#endif
