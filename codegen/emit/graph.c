/*
 * graph.c - x.dot and x.mmd: who handles, listens to and emits what, for Graphviz and Mermaid.
 *
 * Components are boxes, inside of the program that runs them; commands are hexagons, events are
 * round. A component that several programs run stands outside, with an arrow from each of them.
 * Everything comes in order of the schema. Names are lower-case words joined by single underscores,
 * so that no text needs escaping, and "m_shop__order_placed" is one message of one bus.
 */
#include "emit/emit.h"
#include "emit/flow.h"
#include "emit/words.h"

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

static void put_message(struct emitter *e, const struct format *format,
                        const struct idl_message *message)
{
    put_node(e,
             message->kind == IDL_COMMAND             ? format->command
             : message->kind == IDL_INTEGRATION_EVENT ? format->integration
                                                      : format->event,
             &message->body.decl);
}

static void put_component(struct emitter *e, const struct format *format, const char *indent,
                          const struct idl_component *component)
{
    put(e->out, indent);
    put_node(e, format->component[component->concurrent], &component->decl);
}

/* ---- components and programs ----------------------------------------------------------------- */

static void put_programs(struct emitter *e, const struct format *format, const struct set *shared,
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
    bool usual = binding->order == IDL_ORDER_NORMAL;

    return join(e->memory, usual ? "" : " ", usual ? "" : words_orders[binding->order],
                binding->batch ? " batch" : "", binding->parallel ? " parallel" : "", NULL);
}

static void put_flow_edge(struct emitter *e, const struct format *format,
                          const struct flow_edge *edge)
{
    const char *const texts[] = {[FLOW_HANDLES] = format->handles,
                                 [FLOW_LISTENS] = format->listens,
                                 [FLOW_EMITS] = format->emits};

    put_edge(e, texts[edge->kind], &edge->message->body.decl, edge->component,
             edge->kind == FLOW_LISTENS ? listens_label(e, edge->binding) : "");
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void emit_graph(struct emitter *e, const struct format *format)
{
    struct flow flow = flow_of(e->memory, e->bus);
    struct set placed = {0};

    fill(e->out, format->begin, 'F', e->stem, 'N', e->bus->decl.name, 0);
    put_programs(e, format, &flow.shared, &placed);
    for (size_t i = 0; i < flow.component_count; i++)
        if (!set_has(&placed, flow.components[i]))
            put_component(e, format, "    ", flow.components[i]);
    for (size_t i = 0; i < flow.message_count; i++)
        put_message(e, format, flow.messages[i]);
    for (size_t i = 0; i < flow.edge_count; i++)
        put_flow_edge(e, format, &flow.edges[i]);
    for (uint32_t i = 0; i < e->bus->program_count; i++)
        for (uint32_t j = 0; j < e->bus->programs[i]->run_count; j++)
            if (set_has(&flow.shared, e->bus->programs[i]->runs[j]))
                put_edge(e, format->runs, &e->bus->programs[i]->decl, e->bus->programs[i]->runs[j],
                         "");
    put(e->out, format->end);
    flow_free(&flow);
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
