/* flow.h - who handles, listens to and emits what: the components of a schema and their messages,
 * for those who draw or list them. Everything comes in order of the schema. */
#ifndef FLOW_H
#define FLOW_H

#include "idl.h"
#include "memory.h"
#include "set.h"

enum flow_kind { FLOW_HANDLES, FLOW_LISTENS, FLOW_EMITS };

struct flow_edge {
    enum flow_kind kind;
    const struct idl_component *component;
    const struct idl_message *message;
    const struct idl_binding *binding; /* NULL: emits */
};

struct flow {
    /* all that the bus declares or its programs run, each once */
    const struct idl_component **components;
    size_t component_count;
    /* those of the bus, then what the components have of others */
    const struct idl_message **messages;
    size_t message_count;
    struct flow_edge *edges; /* component by component */
    size_t edge_count;
    struct set shared; /* components that several programs run */
};

struct flow flow_of(struct memory *memory, const struct idl_bus *bus);
void flow_free(struct flow *flow);

#endif
