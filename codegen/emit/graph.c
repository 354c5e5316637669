/*
 * graph.c - x.dot and x.mmd: who handles, listens to and emits what, for Graphviz and Mermaid.
 *
 * Components are boxes, inside of the program that runs them; commands are hexagons, events are
 * round. A component that several programs run stands outside, with an arrow from each of them.
 * Everything comes in order of the schema. Names are lower-case words joined by single underscores,
 * so that no text needs escaping, and "m_shop__order_placed" is one message of one bus.
 */
#include "emit/emit.h"
#include "set.h"

#include <string.h>

/* What the two formats say of one thing; the keys of `fill` are: B bus, N name, L label. */
struct format {
    const char *begin;
    const char *component[2]; /* serial, concurrent */
    const char *program_begin;
    const char *program_end;
    const char *program; /* that runs a component of several programs */
    const char *command;
    const char *event;
    const char *integration;
    /* edges: B and N are the message, C and D bus and name of the component */
    const char *handles;
    const char *listens;
    const char *emits;
    const char *runs; /* B and N are the program */
    const char *end;
};

static const struct format dot = {
    .begin = "// Written by busgen from $F.bus; do not edit.\n"
             "digraph \"$N\" {\n"
             "    rankdir=LR;\n"
             "    node [fontname=\"sans-serif\"];\n"
             "    edge [fontname=\"sans-serif\", fontsize=10];\n",
    .component = {"c_$B__$N [shape=box, label=\"$L\"];\n",
                  "c_$B__$N [shape=box, peripheries=2, label=\"$L\\nconcurrent\"];\n"},
    .program_begin = "    subgraph cluster_$N {\n"
                     "        label=\"program $N\";\n",
    .program_end = "    }\n",
    .program = "    p_$B__$N [shape=plaintext, label=\"program $N\"];\n",
    .command = "    m_$B__$N [shape=hexagon, label=\"$L\"];\n",
    .event = "    m_$B__$N [shape=ellipse, label=\"$L\"];\n",
    .integration = "    m_$B__$N [shape=ellipse, style=dashed, label=\"$L\\nintegration\"];\n",
    .handles = "    m_$B__$N -> c_$C__$D [label=\"handles\", style=bold];\n",
    .listens = "    m_$B__$N -> c_$C__$D [label=\"listens$L\"];\n",
    .emits = "    c_$C__$D -> m_$B__$N [label=\"emits\", style=dashed];\n",
    .runs = "    p_$B__$N -> c_$C__$D [label=\"runs\", style=dotted];\n",
    .end = "}\n",
};

static const struct format mermaid = {
    .begin = "%% Written by busgen from $F.bus; do not edit.\n"
             "flowchart LR\n",
    .component = {"c_$B__$N[\"$L\"]\n", "c_$B__$N[[\"$L<br>concurrent\"]]\n"},
    .program_begin = "    subgraph p_$B__$N[\"program $N\"]\n",
    .program_end = "    end\n",
    .program = "    p_$B__$N>\"program $N\"]\n",
    .command = "    m_$B__$N{{\"$L\"}}\n",
    .event = "    m_$B__$N([\"$L\"])\n",
    .integration = "    m_$B__$N([\"$L<br>integration\"])\n",
    .handles = "    m_$B__$N ==>|handles| c_$C__$D\n",
    .listens = "    m_$B__$N -->|listens$L| c_$C__$D\n",
    .emits = "    c_$C__$D -.->|emits| m_$B__$N\n",
    .runs = "    p_$B__$N -.-|runs| c_$C__$D\n",
    .end = "",
};

/* ---- nodes ----------------------------------------------------------------------------------- */

static const char *bus_of(const struct idl_decl *decl)
{
    return decl->file->bus->decl.name;
}

/* What is read: the name, with its bus when that is another one. */
static const char *label_of(struct emitter *e, const struct idl_decl *decl)
{
    return decl->file->bus == e->bus ? decl->name
                                     : join(e->memory, bus_of(decl), ".", decl->name, NULL);
}

static void put_node(struct emitter *e, const char *text, const struct idl_decl *decl)
{
    fill(e->out, text, 'B', bus_of(decl), 'N', decl->name, 'L', label_of(e, decl), 0);
}

static void put_message(struct emitter *e, const struct format *format, struct set *seen,
                        const struct idl_message *message)
{
    if (!set_add(seen, message))
        return;
    put_node(e,
             message->kind == IDL_COMMAND             ? format->command
             : message->kind == IDL_INTEGRATION_EVENT ? format->integration
                                                      : format->event,
             &message->body.decl);
}

/* Its own messages, then what its components have of others. */
static void put_messages(struct emitter *e, const struct format *format,
                         const struct idl_component *const *components, size_t count)
{
    struct set seen = {0};

    for (uint32_t i = 0; i < e->bus->message_count; i++)
        put_message(e, format, &seen, e->bus->messages[i]);
    for (size_t i = 0; i < count; i++) {
        const struct idl_component *component = components[i];

        for (uint32_t j = 0; j < component->handle_count; j++)
            put_message(e, format, &seen, component->handles[j].message);
        for (uint32_t j = 0; j < component->listen_count; j++)
            put_message(e, format, &seen, component->listens[j].message);
        for (uint32_t j = 0; j < component->emit_count; j++)
            put_message(e, format, &seen, component->emits[j]);
    }
    set_free(&seen);
}

static void put_component(struct emitter *e, const struct format *format, const char *indent,
                          const struct idl_component *component)
{
    put(e->out, indent);
    put_node(e, format->component[component->concurrent], &component->decl);
}

/* ---- components and programs ----------------------------------------------------------------- */

/* All that the bus declares or its programs run, each once; *shared: those of several programs. */
static const struct idl_component **gather(struct emitter *e, struct set *shared, size_t *count)
{
    const struct idl_bus *bus = e->bus;
    const struct idl_component **components;
    struct set seen = {0};
    struct set run = {0};
    size_t most = bus->component_count;

    for (uint32_t i = 0; i < bus->program_count; i++)
        most += bus->programs[i]->run_count;
    components = allocate(e->memory, most * sizeof(*components) + 1);
    *count = 0;
    for (uint32_t i = 0; i < bus->component_count; i++)
        if (set_add(&seen, bus->components[i]))
            components[(*count)++] = bus->components[i];
    for (uint32_t i = 0; i < bus->program_count; i++) {
        for (uint32_t j = 0; j < bus->programs[i]->run_count; j++) {
            const struct idl_component *component = bus->programs[i]->runs[j];

            if (set_add(&seen, component))
                components[(*count)++] = component;
            if (!set_add(&run, component))
                set_add(shared, component);
        }
    }
    set_free(&seen);
    set_free(&run);
    return components;
}

static void put_programs(struct emitter *e, const struct format *format, struct set *shared,
                         struct set *placed)
{
    for (uint32_t i = 0; i < e->bus->program_count; i++) {
        const struct idl_program *program = e->bus->programs[i];
        bool alone = false;
        bool common = false;

        for (uint32_t j = 0; j < program->run_count; j++) {
            if (set_has(shared, program->runs[j])) {
                common = true;
                continue;
            }
            if (!alone)
                put_node(e, format->program_begin, &program->decl);
            alone = true;
            set_add(placed, program->runs[j]);
            put_component(e, format, "        ", program->runs[j]);
        }
        if (alone)
            put(e->out, format->program_end);
        if (common && !(alone && format == &mermaid)) /* there the box itself is the program */
            put_node(e, format->program, &program->decl);
    }
}

/* ---- edges ----------------------------------------------------------------------------------- */

static void put_edge(struct emitter *e, const char *text, const struct idl_decl *from,
                     const struct idl_component *component, const char *label)
{
    fill(e->out, text, 'B', bus_of(from), 'N', from->name, 'C', bus_of(&component->decl), 'D',
         component->decl.name, 'L', label, 0);
}

/* " high", " batch", " parallel": what is not the usual way. */
static const char *listens_label(struct emitter *e, const struct idl_binding *binding)
{
    static const char *const orders[] = {[IDL_ORDER_HIGHEST] = " highest",
                                         [IDL_ORDER_HIGH] = " high",
                                         [IDL_ORDER_NORMAL] = "",
                                         [IDL_ORDER_LOW] = " low",
                                         [IDL_ORDER_LOWEST] = " lowest"};

    return join(e->memory, orders[binding->order], binding->batch ? " batch" : "",
                binding->parallel ? " parallel" : "", NULL);
}

static void put_edges(struct emitter *e, const struct format *format,
                      const struct idl_component *component)
{
    for (uint32_t i = 0; i < component->handle_count; i++)
        put_edge(e, format->handles, &component->handles[i].message->body.decl, component, "");
    for (uint32_t i = 0; i < component->listen_count; i++)
        put_edge(e, format->listens, &component->listens[i].message->body.decl, component,
                 listens_label(e, &component->listens[i]));
    for (uint32_t i = 0; i < component->emit_count; i++)
        put_edge(e, format->emits, &component->emits[i]->body.decl, component, "");
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void emit_graph(struct emitter *e, const struct format *format)
{
    struct set shared = {0};
    struct set placed = {0};
    size_t count;
    const struct idl_component **components = gather(e, &shared, &count);

    fill(e->out, format->begin, 'F', e->stem, 'N', e->bus->decl.name, 0);
    put_programs(e, format, &shared, &placed);
    for (size_t i = 0; i < count; i++)
        if (!set_has(&placed, components[i]))
            put_component(e, format, "    ", components[i]);
    put_messages(e, format, components, count);
    for (size_t i = 0; i < count; i++)
        put_edges(e, format, components[i]);
    for (uint32_t i = 0; i < e->bus->program_count; i++)
        for (uint32_t j = 0; j < e->bus->programs[i]->run_count; j++)
            if (set_has(&shared, e->bus->programs[i]->runs[j]))
                put_edge(e, format->runs, &e->bus->programs[i]->decl, e->bus->programs[i]->runs[j],
                         "");
    put(e->out, format->end);
    set_free(&shared);
    set_free(&placed);
}

void emit_dot(struct emitter *e)
{
    emit_graph(e, &dot);
}

void emit_mermaid(struct emitter *e)
{
    emit_graph(e, &mermaid);
}
