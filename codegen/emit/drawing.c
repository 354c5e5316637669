/*
 * drawing.c - lays a flow out in layers, from left to right, and writes it as SVG.
 *
 * Components and messages are nodes. Edges that close a circle are turned round; each node stands
 * one layer behind the last of those before it; an edge that passes layers runs straight through
 * each of them (in a node of no height). Layers are put in order by the mean place of their
 * neighbours, as long as that makes fewer crossings, then each node moves towards the mean height
 * of its neighbours. All by integers and in order of the schema, so that one schema has one
 * drawing.
 */
#include "emit/drawing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    LETTER = 8, /* width, of 13 pixels of a monospaced font */
    MARGIN = 16,
    NODE_HEIGHT = 34,
    NODE_GAP = 16,
    BEND_GAP = 10,
    LAYER_GAP = 60,
    ARROW = 7,
    SWEEPS = 16,
};

struct node {
    const struct idl_message *message;
    const struct idl_component *component; /* neither: a bend */
    int layer;
    int place; /* in its layer, from 0 */
    int x;     /* left */
    int y;     /* middle */
    int width;
    int height;
};

/* From one layer to the next. */
struct step {
    int from;
    int to;
};

struct line {
    const struct flow_edge *edge;
    int from; /* the node on the left, once no circle is left */
    int to;
    bool turned;
    int first_bend; /* those of a line are in a row */
    int bends;
};

struct drawing {
    struct emitter *e;
    struct node *nodes;
    int node_count;
    struct line *lines;
    int line_count;
    struct step *steps;
    int step_count;
    int layers;
    int **layer; /* nodes of each layer, in their order */
    int *layer_size;
    int width;
    int height;
};

/* ---- nodes and lines ------------------------------------------------------------------------- */

static const struct idl_decl *decl_of(const struct node *node)
{
    return node->message != NULL ? &node->message->body.decl : &node->component->decl;
}

static const char *label_of(struct emitter *e, const struct idl_decl *decl)
{
    return decl->file->bus == e->bus
               ? decl->name
               : join(e->memory, decl->file->bus->decl.name, ".", decl->name, NULL);
}

static int node_of(struct drawing *d, const struct idl_message *message,
                   const struct idl_component *component)
{
    struct node *node;

    for (int i = 0; i < d->node_count; i++)
        if (d->nodes[i].message == message && d->nodes[i].component == component)
            return i;
    node = &d->nodes[d->node_count];
    *node = (struct node){.message = message, .component = component, .height = NODE_HEIGHT};
    node->width = 32 + LETTER * (int)strlen(label_of(d->e, decl_of(node)));
    return d->node_count++;
}

static void gather(struct drawing *d, const struct flow_edge *edges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int message = node_of(d, edges[i].message, NULL);
        int component = node_of(d, NULL, edges[i].component);
        bool out = edges[i].kind == FLOW_EMITS;

        d->lines[d->line_count++] = (struct line){
            .edge = &edges[i], .from = out ? component : message, .to = out ? message : component};
    }
}

bool drawing_fits(const struct flow_edge *edges, size_t count)
{
    struct set seen = {0};
    size_t nodes;

    if (count == 0 || count > DRAWING_EDGES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        set_add(&seen, edges[i].message);
        set_add(&seen, edges[i].component);
    }
    nodes = seen.count;
    set_free(&seen);
    return nodes <= DRAWING_NODES_MAX;
}

/* ---- layers ---------------------------------------------------------------------------------- */

enum { UNSEEN, OPEN, SEEN };

/* Turns round what leads back to a node from which it is reached. */
static void visit(struct drawing *d, int node, char *state)
{
    state[node] = OPEN;
    for (int i = 0; i < d->line_count; i++) {
        struct line *line = &d->lines[i];

        if (line->from != node || line->turned)
            continue;
        if (state[line->to] == OPEN) {
            line->from = line->to;
            line->to = node;
            line->turned = true;
        } else if (state[line->to] == UNSEEN) {
            visit(d, line->to, state);
        }
    }
    state[node] = SEEN;
}

static bool is_reached(const struct drawing *d, int node)
{
    for (int i = 0; i < d->line_count; i++)
        if (d->lines[i].to == node)
            return true;
    return false;
}

static void turn_circles(struct drawing *d)
{
    char state[DRAWING_NODES_MAX] = {UNSEEN};

    for (int i = 0; i < d->node_count; i++)
        if (state[i] == UNSEEN && !is_reached(d, i))
            visit(d, i, state);
    for (int i = 0; i < d->node_count; i++)
        if (state[i] == UNSEEN)
            visit(d, i, state);
}

static void choose_layers(struct drawing *d)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (int i = 0; i < d->line_count; i++) {
            int least = d->nodes[d->lines[i].from].layer + 1;

            if (d->nodes[d->lines[i].to].layer >= least)
                continue;
            d->nodes[d->lines[i].to].layer = least;
            moved = true;
        }
    }
    /* what nothing leads to stands right before what it leads to */
    for (int i = 0; i < d->node_count; i++) {
        int next = INT_MAX;

        for (int k = 0; k < d->line_count; k++)
            if (d->lines[k].from == i && d->nodes[d->lines[k].to].layer < next)
                next = d->nodes[d->lines[k].to].layer;
        if (next != INT_MAX && !is_reached(d, i))
            d->nodes[i].layer = next - 1;
    }
    for (int i = 0; i < d->node_count; i++)
        if (d->nodes[i].layer >= d->layers)
            d->layers = d->nodes[i].layer + 1;
}

static void bend_lines(struct drawing *d)
{
    size_t bends = 0;

    for (int i = 0; i < d->line_count; i++) {
        struct line *line = &d->lines[i];

        line->bends = d->nodes[line->to].layer - d->nodes[line->from].layer - 1;
        bends += (size_t)line->bends;
    }
    d->steps = allocate(d->e->memory, (bends + (size_t)d->line_count + 1) * sizeof(*d->steps));
    {
        struct node *nodes =
            allocate(d->e->memory, ((size_t)d->node_count + bends + 1) * sizeof(*nodes));

        memcpy(nodes, d->nodes, (size_t)d->node_count * sizeof(*nodes));
        d->nodes = nodes;
    }
    for (int i = 0; i < d->line_count; i++) {
        struct line *line = &d->lines[i];
        int last = line->from;

        line->first_bend = d->node_count;
        for (int k = 0; k < line->bends; k++) {
            d->nodes[d->node_count].layer = d->nodes[last].layer + 1;
            d->steps[d->step_count++] = (struct step){last, d->node_count};
            last = d->node_count++;
        }
        d->steps[d->step_count++] = (struct step){last, line->to};
    }
}

static void fill_layers(struct drawing *d)
{
    struct memory *memory = d->e->memory;

    d->layer = allocate(memory, ((size_t)d->layers + 1) * sizeof(*d->layer));
    d->layer_size = allocate(memory, ((size_t)d->layers + 1) * sizeof(*d->layer_size));
    for (int i = 0; i < d->node_count; i++)
        d->layer_size[d->nodes[i].layer]++;
    for (int i = 0; i < d->layers; i++) {
        d->layer[i] = allocate(memory, ((size_t)d->layer_size[i] + 1) * sizeof(int));
        d->layer_size[i] = 0;
    }
    for (int i = 0; i < d->node_count; i++) {
        int layer = d->nodes[i].layer;

        d->nodes[i].place = d->layer_size[layer];
        d->layer[layer][d->layer_size[layer]++] = i;
    }
}

/* ---- order ----------------------------------------------------------------------------------- */

static long crossings(const struct drawing *d)
{
    long count = 0;

    for (int i = 0; i < d->step_count; i++) {
        const struct node *from = &d->nodes[d->steps[i].from], *to = &d->nodes[d->steps[i].to];

        for (int k = 0; k < i; k++) {
            const struct node *other = &d->nodes[d->steps[k].from];
            const struct node *other_to = &d->nodes[d->steps[k].to];

            if (other->layer == from->layer &&
                (other->place - from->place) * (other_to->place - to->place) < 0)
                count++;
        }
    }
    return count;
}

/* The mean of the neighbours on one side, times 1000; `own` when there are none. */
static long mean(const struct drawing *d, int node, bool before, bool of_places, long own)
{
    long sum = 0, count = 0;

    for (int i = 0; i < d->step_count; i++) {
        const struct step *step = &d->steps[i];
        int other = before ? step->from : step->to;

        if ((before ? step->to : step->from) != node)
            continue;
        sum += of_places ? d->nodes[other].place : d->nodes[other].y;
        count++;
    }
    return count != 0 ? sum * 1000 / count : own;
}

/* By the mean of neighbours; insertion keeps equals in their order. */
static void sort_layer(struct drawing *d, int layer, bool before)
{
    int *list = d->layer[layer];
    int size = d->layer_size[layer];
    long *means = allocate(d->e->memory, ((size_t)size + 1) * sizeof(*means));

    for (int i = 0; i < size; i++)
        means[i] = mean(d, list[i], before, true, 1000L * i);
    for (int i = 1; i < size; i++) {
        for (int k = i; k > 0 && means[k] < means[k - 1]; k--) {
            long kept = means[k];
            int node = list[k];

            means[k] = means[k - 1];
            list[k] = list[k - 1];
            means[k - 1] = kept;
            list[k - 1] = node;
        }
    }
    for (int i = 0; i < size; i++)
        d->nodes[list[i]].place = i;
}

static void order_layers(struct drawing *d)
{
    int *best = allocate(d->e->memory, ((size_t)d->node_count + 1) * sizeof(*best));
    long least = LONG_MAX;

    for (int sweep = 0; sweep <= SWEEPS; sweep++) {
        long count = crossings(d);

        if (count < least) {
            least = count;
            for (int i = 0; i < d->node_count; i++)
                best[i] = d->nodes[i].place;
        }
        for (int i = 1; i < d->layers; i++)
            sort_layer(d, sweep % 2 == 0 ? i : d->layers - 1 - i, sweep % 2 == 0);
    }
    for (int i = 0; i < d->node_count; i++) {
        d->nodes[i].place = best[i];
        d->layer[d->nodes[i].layer][best[i]] = i;
    }
}

/* ---- places ---------------------------------------------------------------------------------- */

/* From the middle of one node to that of the next below. */
static int apart(const struct node *above, const struct node *below)
{
    int gap = above->height == 0 || below->height == 0 ? BEND_GAP : NODE_GAP;

    return (above->height + below->height) / 2 + gap;
}

/* Each as near to the mean of its neighbours as the others let it: between pushing all of them
 * down and pushing all of them up. */
static void move_layer(struct drawing *d, int layer, bool before)
{
    const int *list = d->layer[layer];
    int size = d->layer_size[layer];
    int *down = allocate(d->e->memory, ((size_t)size + 1) * sizeof(*down));
    int *up = allocate(d->e->memory, ((size_t)size + 1) * sizeof(*up));

    for (int i = 0; i < size; i++) {
        down[i] = (int)(mean(d, list[i], before, false, 1000L * d->nodes[list[i]].y) / 1000);
        up[i] = down[i];
    }
    for (int i = 1; i < size; i++) {
        int least = down[i - 1] + apart(&d->nodes[list[i - 1]], &d->nodes[list[i]]);

        down[i] = down[i] > least ? down[i] : least;
    }
    for (int i = size - 1; i > 0; i--) {
        int most = up[i] - apart(&d->nodes[list[i - 1]], &d->nodes[list[i]]);

        up[i - 1] = up[i - 1] < most ? up[i - 1] : most;
    }
    for (int i = 0; i < size; i++)
        d->nodes[list[i]].y = (down[i] + up[i]) / 2;
}

static void place_nodes(struct drawing *d)
{
    int top = INT_MAX, bottom = INT_MIN, x = MARGIN;

    for (int i = 0; i < d->layers; i++)
        for (int k = 1; k < d->layer_size[i]; k++)
            d->nodes[d->layer[i][k]].y =
                d->nodes[d->layer[i][k - 1]].y +
                apart(&d->nodes[d->layer[i][k - 1]], &d->nodes[d->layer[i][k]]);
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int i = 1; i < d->layers; i++)
            move_layer(d, sweep % 2 == 0 ? i : d->layers - 1 - i, sweep % 2 == 0);
    for (int i = 0; i < d->layers; i++) {
        int widest = 0;

        for (int k = 0; k < d->layer_size[i]; k++)
            if (d->nodes[d->layer[i][k]].width > widest)
                widest = d->nodes[d->layer[i][k]].width;
        for (int k = 0; k < d->layer_size[i]; k++) {
            struct node *node = &d->nodes[d->layer[i][k]];

            if (node->height == 0)
                node->width = widest; /* a bend passes its layer straight on */
            node->x = x + (widest - node->width) / 2;
            top = node->y - node->height / 2 < top ? node->y - node->height / 2 : top;
            bottom = node->y + node->height / 2 > bottom ? node->y + node->height / 2 : bottom;
        }
        x += widest + LAYER_GAP;
    }
    for (int i = 0; i < d->node_count; i++)
        d->nodes[i].y += MARGIN - top;
    d->width = x - LAYER_GAP + MARGIN;
    d->height = bottom - top + 2 * MARGIN;
}

/* ---- SVG ------------------------------------------------------------------------------------- */

static const char *pixels(struct drawing *d, int value)
{
    return decimal(d->e->memory, (uint64_t)value);
}

/* From the right of one node to the left of the next. */
static void put_curve(struct drawing *d, int x, int y, int to_x, int to_y)
{
    int middle = (x + to_x) / 2;

    if (y == to_y)
        fill(d->e->out, " L$X $Y", 'X', pixels(d, to_x), 'Y', pixels(d, to_y), 0);
    else
        fill(d->e->out, " C$M $A $M $B $X $B", 'M', pixels(d, middle), 'A', pixels(d, y), 'B',
             pixels(d, to_y), 'X', pixels(d, to_x), 0);
}

static void put_line(struct drawing *d, const struct line *line)
{
    static const char *const classes[] = {
        [FLOW_HANDLES] = "handles", [FLOW_LISTENS] = "listens", [FLOW_EMITS] = "emits"};
    static const char *const verbs[] = {
        [FLOW_HANDLES] = " handles ", [FLOW_LISTENS] = " listens to ", [FLOW_EMITS] = " emits "};
    const struct node *from = &d->nodes[line->from], *to = &d->nodes[line->to];
    int x = from->x + from->width + (line->turned ? ARROW : 0);
    int end = to->x - (line->turned ? 0 : ARROW);
    int y = from->y, tip_x = line->turned ? from->x + from->width : to->x;

    fill(d->e->out, "<g class=\"$C\"><title>$A$V$B</title><path class=\"line\" d=\"M$X $Y", 'C',
         classes[line->edge->kind], 'A', label_of(d->e, &line->edge->component->decl), 'V',
         verbs[line->edge->kind], 'B', label_of(d->e, &line->edge->message->body.decl), 'X',
         pixels(d, x), 'Y', pixels(d, y), 0);
    for (int i = 0; i < line->bends; i++) {
        const struct node *bend = &d->nodes[line->first_bend + i];

        put_curve(d, x, y, bend->x, bend->y);
        x = bend->x + bend->width;
        y = bend->y;
        put_curve(d, bend->x, y, x, y);
    }
    put_curve(d, x, y, end, to->y);
    fill(d->e->out, "\"/><path class=\"tip\" d=\"M$X $Y l$A -4 v8 z\"/></g>\n", 'X',
         pixels(d, tip_x), 'Y', pixels(d, line->turned ? from->y : to->y), 'A',
         line->turned ? "7" : "-7", 0);
}

static void put_shape(struct drawing *d, const struct node *node)
{
    const char *x = pixels(d, node->x), *y = pixels(d, node->y - node->height / 2);
    const char *width = pixels(d, node->width), *height = pixels(d, node->height);

    if (node->message != NULL && node->message->kind == IDL_COMMAND) {
        fill(d->e->out, "<path d=\"M$X $M l14 -$H h$W l14 $H l-14 $H h-$W z\"/>", 'X', x, 'M',
             pixels(d, node->y), 'H', pixels(d, node->height / 2), 'W', pixels(d, node->width - 28),
             0);
        return;
    }
    fill(d->e->out, "<rect x=\"$X\" y=\"$Y\" width=\"$W\" height=\"$H\" rx=\"$R\"/>", 'X', x, 'Y',
         y, 'W', width, 'H', height, 'R', node->message != NULL ? pixels(d, node->height / 2) : "4",
         0);
    if (node->component != NULL && node->component->concurrent)
        fill(d->e->out, "<rect x=\"$X\" y=\"$Y\" width=\"$W\" height=\"$H\" rx=\"2\"/>", 'X',
             pixels(d, node->x + 4), 'Y', pixels(d, node->y - node->height / 2 + 4), 'W',
             pixels(d, node->width - 8), 'H', pixels(d, node->height - 8), 0);
}

static void put_node(struct drawing *d, const struct node *node)
{
    const struct idl_decl *decl = decl_of(node);
    bool own = decl->file->bus == d->e->bus;

    fill(d->e->out, "<g class=\"$C\">", 'C',
         node->component != NULL                        ? "component"
         : node->message->kind == IDL_COMMAND           ? "command"
         : node->message->kind == IDL_INTEGRATION_EVENT ? "event integration"
                                                        : "event",
         0);
    if (own)
        fill(d->e->out, "<a href=\"#$B.$N\">", 'B', d->e->bus->decl.name, 'N', decl->name, 0);
    put_shape(d, node);
    fill(d->e->out, "<text x=\"$X\" y=\"$Y\">$L</text>$E</g>\n", 'X',
         pixels(d, node->x + node->width / 2), 'Y', pixels(d, node->y + 5), 'L',
         label_of(d->e, decl), 'E', own ? "</a>" : "", 0);
}

void put_drawing(struct emitter *emitter, const struct flow_edge *edges, size_t count,
                 const char *label)
{
    struct drawing d = {.e = emitter};
    int own;

    d.nodes = allocate(emitter->memory, (2 * count + 1) * sizeof(*d.nodes));
    d.lines = allocate(emitter->memory, (count + 1) * sizeof(*d.lines));
    gather(&d, edges, count);
    own = d.node_count;
    turn_circles(&d);
    choose_layers(&d);
    bend_lines(&d);
    fill_layers(&d);
    order_layers(&d);
    place_nodes(&d);
    fill(emitter->out,
         "<div class=\"drawing\" tabindex=\"0\" role=\"region\" aria-label=\"$L\">\n"
         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"$W\" height=\"$H\" "
         "viewBox=\"0 0 $W $H\" style=\"min-width: $Mpx\" role=\"group\" aria-label=\"$L\">\n",
         'L', label, 'M', pixels(&d, d.width * 7 / 10), 'W', pixels(&d, d.width), 'H',
         pixels(&d, d.height), 0);
    for (int i = 0; i < d.line_count; i++)
        put_line(&d, &d.lines[i]);
    for (int i = 0; i < own; i++)
        put_node(&d, &d.nodes[i]);
    put(emitter->out, "</svg>\n</div>\n");
}
