/* drawing.h - the flow of a schema as an SVG drawing inside of a page. */
#ifndef DRAWING_H
#define DRAWING_H

#include "emit/emit.h"
#include "emit/flow.h"

/* More than that nobody reads, and laying it out takes time. */
enum { DRAWING_NODES_MAX = 60, DRAWING_EDGES_MAX = 120 };

/* Whether a drawing of these edges is readable; without any there is none. */
bool drawing_fits(const struct flow_edge *edges, size_t count);
/* Draws those that fit; its nodes are links to what the page says of them. `label`: what it
 * shows. */
void put_drawing(struct emitter *emitter, const struct flow_edge *edges, size_t count,
                 const char *label);

#endif
