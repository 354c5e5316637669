/*
 * plan.h - what the parts of busgen plan share.
 */
#ifndef COMMAND_PLAN_H
#define COMMAND_PLAN_H

#include "command/command.h"

enum { LANES = 5 };
extern const char *const lane_names[LANES];

struct plan {
    const struct options *options;
    uint64_t largest; /* packed message */
    uint64_t scratch; /* of one message, its struct included */
    uint64_t cell;
    uint64_t slots; /* of one lane: the capacity, up to a power of two */
    bool rings[LANES];
    uint32_t keep_last; /* types */
    uint64_t lanes;     /* bytes of all lanes of all workers */
};

/* A component, and the worker that it is on unless it is concurrent. */
struct unit {
    const struct idl_component *component;
    uint32_t root; /* of its group: components that share an event */
    uint32_t worker;
    bool placed;
};

/* Prints what rates and costs come to, if any are declared. False: a worker has too much to do,
 * which was reported. */
bool plan_load(const struct plan *plan, const struct unit *units, uint32_t count);

#endif
