/*
 * flow.h - who hears and emits what, as a graph: from each message to the components that handle or
 * listen to it, from each component to the events that it emits.
 */
#ifndef IDL_FLOW_H
#define IDL_FLOW_H

#include "internal.h"

struct flow_edge {
    uint32_t from;
    uint32_t to;
    const struct binding_node *binding;
};

/* Vertices: messages first, then components, each in order of files and text. */
struct flow {
    struct context *context;
    const struct node **nodes; /* of the vertices */
    uint32_t message_count;
    uint32_t count;
    struct flow_edge *edges; /* by `from`; those of vertex v are [first[v], first[v + 1]) */
    uint32_t *first;
    const struct flow_edge **back; /* by `to`, in the same way */
    uint32_t *back_first;
    /* circles: vertices that reach each other have one number; numbers fall along the edges */
    uint32_t *circles;
    bool broken; /* a component or program was not understood: something may be missing */
};

/* Builds it from all files. */
void flow_build(struct context *context, struct flow *flow);
/* Vertex of a message or component. */
uint32_t flow_vertex(const struct node *node);

#endif
