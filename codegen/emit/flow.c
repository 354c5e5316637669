/* flow.c - see flow.h. */
#include "emit/flow.h"

static void add_component(struct flow *flow, struct set *seen,
                          const struct idl_component *component)
{
    if (set_add(seen, component))
        flow->components[flow->component_count++] = component;
}

static void gather_components(struct memory *memory, struct flow *flow, const struct idl_bus *bus)
{
    struct set seen = {0};
    struct set run = {0};
    size_t most = bus->component_count;

    for (uint32_t i = 0; i < bus->program_count; i++)
        most += bus->programs[i]->run_count;
    flow->components = allocate(memory, (most + 1) * sizeof(const struct idl_component *));
    for (uint32_t i = 0; i < bus->component_count; i++)
        add_component(flow, &seen, bus->components[i]);
    for (uint32_t i = 0; i < bus->program_count; i++) {
        for (uint32_t j = 0; j < bus->programs[i]->run_count; j++) {
            add_component(flow, &seen, bus->programs[i]->runs[j]);
            if (!set_add(&run, bus->programs[i]->runs[j]))
                set_add(&flow->shared, bus->programs[i]->runs[j]);
        }
    }
    set_free(&seen);
    set_free(&run);
}

static void add_edge(struct flow *flow, enum flow_kind kind, const struct idl_component *component,
                     const struct idl_message *message, const struct idl_binding *binding)
{
    flow->edges[flow->edge_count++] = (struct flow_edge){kind, component, message, binding};
}

static void gather_edges(struct memory *memory, struct flow *flow)
{
    size_t most = 0;

    for (size_t i = 0; i < flow->component_count; i++)
        most += (size_t)flow->components[i]->handle_count + flow->components[i]->listen_count +
                flow->components[i]->emit_count;
    flow->edges = allocate(memory, (most + 1) * sizeof(*flow->edges));
    for (size_t i = 0; i < flow->component_count; i++) {
        const struct idl_component *component = flow->components[i];

        for (uint32_t j = 0; j < component->handle_count; j++)
            add_edge(flow, FLOW_HANDLES, component, component->handles[j].message,
                     &component->handles[j]);
        for (uint32_t j = 0; j < component->listen_count; j++)
            add_edge(flow, FLOW_LISTENS, component, component->listens[j].message,
                     &component->listens[j]);
        for (uint32_t j = 0; j < component->emit_count; j++)
            add_edge(flow, FLOW_EMITS, component, component->emits[j], NULL);
    }
}

static void add_message(struct flow *flow, struct set *seen, const struct idl_message *message)
{
    if (set_add(seen, message))
        flow->messages[flow->message_count++] = message;
}

struct flow flow_of(struct memory *memory, const struct idl_bus *bus)
{
    struct flow flow = {0};
    struct set seen = {0};

    gather_components(memory, &flow, bus);
    gather_edges(memory, &flow);
    flow.messages = allocate(memory, (bus->message_count + flow.edge_count + 1) *
                                         sizeof(const struct idl_message *));
    for (uint32_t i = 0; i < bus->message_count; i++)
        add_message(&flow, &seen, bus->messages[i]);
    for (size_t i = 0; i < flow.edge_count; i++)
        add_message(&flow, &seen, flow.edges[i].message);
    set_free(&seen);
    return flow;
}

void flow_free(struct flow *flow)
{
    set_free(&flow->shared);
}
