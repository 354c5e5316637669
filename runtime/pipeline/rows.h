/*
 * pipeline/rows.h - structs of what stands around handlers and in front of publish; links.h says
 * how rows change while others walk them. Words as in core/engine.h: const, own, shared.
 */
#ifndef BUSGEN_PIPELINE_ROWS_H
#define BUSGEN_PIPELINE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bus/bus.h>

struct bus_filter_facts;

/* What stands in a row that is walked while links come and go (pipeline/links.h); the last one has
 * no links: who walks it holds handlers that the user's registry gave (core/asked.c). */
enum row { ROW_FILTERS, ROW_CHAIN, ROW_MADE, ROWS };
struct link {
    struct link *next;    /* shared: written under the registry lock */
    struct link *retired; /* registry lock: in bus->links.retired */
    uint64_t id;          /* const */
    uint64_t left;        /* registry lock: epoch since which nobody comes to it */
    size_t bytes;         /* const: of what it is the begin of */
    enum row row;         /* const */
};

/* A thread's walk along a row. */
struct row_walk {
    uint64_t since; /* shared: 1 + the epoch in which the outermost one began; 0: none */
    uint32_t depth; /* own */
};

/* What passed one filter, and what did not, on one thread. */
struct filter_counts {
    uint64_t passed;
    uint64_t filtered;
};
enum { FILTERS_LIMIT = 32 }; /* BUS_FILTERS_MAX */

/* A link of the dispatch chain: what stands around every handler run. None by default. */
struct chain_link {
    struct link link; /* first */
    /* Calls chain_next(link, delivery) or not; its verdict is the handler's. */
    enum bus_verdict (*around)(struct chain_link *link, struct bus_delivery *delivery);
    void *context;
};

/* A link of the row in front of every publish. */
struct filter_link {
    struct link link; /* first */
    bool (*admit)(struct filter_link *link, const struct bus_filter_facts *facts,
                  const void *message);
    const char *name;
    uint32_t slot; /* const: in thread->filter_counts */
};

#endif
