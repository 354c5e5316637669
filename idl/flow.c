/*
 * flow.c - see flow.h. All of it is linear in the vertices and edges, and nothing recurses: a
 * schema may have chains of a hundred thousand.
 */
#include "flow.h"

#include "resolve.h"

#include <string.h>

uint32_t flow_vertex(const struct node *node)
{
    return node->vertex;
}

static bool is_message(const struct node *node)
{
    return node->kind == NODE_EVENT || node->kind == NODE_COMMAND;
}

/* ---- vertices and edges ---- */

static void number_vertices(struct flow *flow, bool messages)
{
    const struct context *context = flow->context;

    for (uint32_t i = 0; i < context->units.count; i++) {
        const struct unit *unit = context->units.items[i];

        for (struct node *node = unit->nodes; node; node = node->next) {
            if (messages ? !is_message(node) : node->kind != NODE_COMPONENT)
                continue;
            node->vertex = flow->count;
            if (flow->nodes)
                flow->nodes[flow->count] = node;
            flow->count++;
        }
    }
    if (messages)
        flow->message_count = flow->count;
}

/* Edges of one component to `edges`, when it is there; how many. */
static uint32_t take_edges(struct flow *flow, const struct node *component, struct flow_edge *edges)
{
    uint32_t count = 0;

    for (const struct binding_node *binding = component->bindings; binding;
         binding = binding->next) {
        const struct node *message = find_name(component->unit, &binding->name);

        if (!message || !is_message(message)) {
            flow->broken = true;
            continue;
        }
        if (edges)
            edges[count] = binding->word == WORD_EMITS
                               ? (struct flow_edge){component->vertex, message->vertex, binding}
                               : (struct flow_edge){message->vertex, component->vertex, binding};
        count++;
    }
    return count;
}

static void sort_edges(struct flow *flow, const struct flow_edge *edges, uint32_t count)
{
    struct idl_arena *arena = flow->context->arena;

    flow->edges = arena_take(arena, count * sizeof *flow->edges + 1);
    flow->back = arena_take(arena, count * sizeof(struct flow_edge *) + 1);
    flow->first = arena_take(arena, (flow->count + 2) * sizeof *flow->first);
    flow->back_first = arena_take(arena, (flow->count + 2) * sizeof *flow->back_first);
    /* counted one further, so that filling in leaves each at its own beginning */
    for (uint32_t i = 0; i < count; i++) {
        flow->first[edges[i].from + 2]++;
        flow->back_first[edges[i].to + 2]++;
    }
    for (uint32_t v = 2; v < flow->count + 2; v++) {
        flow->first[v] += flow->first[v - 1];
        flow->back_first[v] += flow->back_first[v - 1];
    }
    for (uint32_t i = 0; i < count; i++)
        flow->edges[flow->first[edges[i].from + 1]++] = edges[i];
    for (uint32_t i = 0; i < count; i++)
        flow->back[flow->back_first[flow->edges[i].to + 1]++] = &flow->edges[i];
}

/* ---- circles: Tarjan's strongly connected components ---- */

struct search {
    uint32_t *order;  /* when a vertex was found, from 1; 0: not yet */
    uint32_t *lowest; /* the earliest one on the stack that it reaches */
    uint32_t *next;   /* its next edge */
    uint32_t *path;   /* from the root to the vertex at hand */
    uint32_t *stack;  /* found, without a number yet */
    uint32_t depth;
    uint32_t height;
    uint32_t found;
    uint32_t circles;
};

static void enter(const struct flow *flow, struct search *search, uint32_t vertex)
{
    search->order[vertex] = search->lowest[vertex] = ++search->found;
    search->next[vertex] = flow->first[vertex];
    search->path[search->depth++] = vertex;
    search->stack[search->height++] = vertex;
}

/* All that `vertex` reaches was seen. */
static void leave(struct flow *flow, struct search *search, uint32_t vertex)
{
    search->depth--;
    if (search->depth) {
        uint32_t *above = &search->lowest[search->path[search->depth - 1]];

        if (search->lowest[vertex] < *above)
            *above = search->lowest[vertex];
    }
    if (search->lowest[vertex] != search->order[vertex])
        return;
    search->circles++;
    for (;;) {
        uint32_t member = search->stack[--search->height];

        flow->circles[member] = search->circles;
        if (member == vertex)
            return;
    }
}

static void step(struct flow *flow, struct search *search)
{
    uint32_t vertex = search->path[search->depth - 1];
    uint32_t to;

    if (search->next[vertex] == flow->first[vertex + 1]) {
        leave(flow, search, vertex);
        return;
    }
    to = flow->edges[search->next[vertex]++].to;
    if (!search->order[to])
        enter(flow, search, to);
    else if (!flow->circles[to] && search->order[to] < search->lowest[vertex])
        search->lowest[vertex] = search->order[to];
}

static void find_circles(struct flow *flow)
{
    struct idl_arena *arena = flow->context->arena;
    uint32_t *room = arena_take(arena, (size_t)flow->count * 6 * sizeof *room + 1);
    struct search search = {.order = room,
                            .lowest = room + flow->count,
                            .next = room + (size_t)flow->count * 2,
                            .path = room + (size_t)flow->count * 3,
                            .stack = room + (size_t)flow->count * 4};

    flow->circles = room + (size_t)flow->count * 5;
    for (uint32_t vertex = 0; vertex < flow->count; vertex++) {
        if (search.order[vertex])
            continue;
        enter(flow, &search, vertex);
        while (search.depth)
            step(flow, &search);
    }
}

void flow_build(struct context *context, struct flow *flow)
{
    struct flow_edge *edges;
    uint32_t count = 0;

    memset(flow, 0, sizeof *flow);
    flow->context = context;
    number_vertices(flow, true);
    number_vertices(flow, false);
    flow->nodes = arena_take(context->arena, flow->count * sizeof *flow->nodes + 1);
    flow->count = 0;
    number_vertices(flow, true);
    number_vertices(flow, false);
    for (uint32_t v = flow->message_count; v < flow->count; v++) {
        flow->broken = flow->broken || flow->nodes[v]->broken;
        count += take_edges(flow, flow->nodes[v], NULL);
    }
    edges = arena_take(context->arena, count * sizeof *edges + 1);
    count = 0;
    for (uint32_t v = flow->message_count; v < flow->count; v++)
        count += take_edges(flow, flow->nodes[v], edges + count);
    sort_edges(flow, edges, count);
    find_circles(flow);
}
