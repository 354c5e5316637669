/*
 * breaking.h - what a change of a schema breaks: two checked models, older and newer, compared.
 *
 * What is the same thing in both is known by its identity: a message by its name (`was` is
 * followed), a field by its number, an arm by its number, an enumerator by its name and value, a
 * type by the place that uses it. Imported buses are compared by name.
 *
 * A finding breaks one or more of four things:
 *
 *     wire        bytes that one of the two programs packed are refused or mean something else
 *     json        the same of JSON (busgen encode and decode, flatc)
 *     source      programs that were written for the older schema do not compile or link
 *     behaviour   everything is read, but treated otherwise: order, loss, repetition, time
 *
 * Work is linear in the schemas. Running out of memory ends the program (memory.h).
 */
#ifndef BREAKING_H
#define BREAKING_H

#include "idl.h"
#include "memory.h"

enum breaking_category {
    BREAKING_WIRE = 1,
    BREAKING_JSON = 2,
    BREAKING_SOURCE = 4,
    BREAKING_BEHAVIOUR = 8,
    BREAKING_ALL = 15,
};

/* Whose bytes are at stake. */
enum breaking_direction {
    BREAKING_OLD_BYTES = 1, /* of the older program, read by the newer */
    BREAKING_NEW_BYTES = 2, /* of the newer program, read by the older */
    BREAKING_BOTH = 3,
};

struct breaking_rule {
    struct idl_rule rule; /* its examples are newer schemas */
    const char *before;   /* the older schema of both examples */
    unsigned categories;  /* all that its findings may have */
};
const struct breaking_rule *breaking_rules(size_t *count);
const struct breaking_rule *breaking_rule_find(const char *id);
/* The closest known id; NULL: nothing is close. */
const char *breaking_rule_suggest(const char *id);
/* "wire, json" in this order; static text. */
const char *breaking_category_text(unsigned categories);
/* The bit of a category's name, 0: there is none. */
unsigned breaking_category_find(const char *name, size_t size);

/* How a value is reached from the body of a message: the first step is the body, each further one a
 * field of what the step above it leads to. */
struct breaking_way {
    const struct breaking_way *up;
    const struct idl_table *old_body; /* the first step */
    const struct idl_table *new_body;
    const struct idl_field *old_field; /* the others; NULL: not there (any more, or yet) */
    const struct idl_field *new_field;
    const struct idl_union_arm *old_arm; /* of that field, when the way goes on, or ends, in it */
    const struct idl_union_arm *new_arm;
};

/* What a message must hold to show the finding. */
enum breaking_probe {
    BREAKING_NOTHING, /* no message shows it */
    BREAKING_VALUE,   /* a value at the end of the way */
    BREAKING_NUMBER,  /* `number` at the end of the way: an enumerator */
    BREAKING_ABSENT,  /* nothing there */
    BREAKING_SHOWN,   /* a value at the end of the way: what logs show of it is the point */
    BREAKING_MESSAGE, /* any message: how it is treated is the point */
};

struct breaking_finding {
    const struct breaking_rule *rule;
    unsigned categories;
    unsigned directions;    /* wire: whose bytes; else 0 */
    const char *element;    /* "shop.order_placed.coupon" */
    const char *text;       /* one line */
    const char *advice;     /* one line */
    struct idl_span place;  /* in the newer schema */
    struct idl_span before; /* in the older one */
    const char *before_text;
    const struct breaking_way *way; /* NULL: it is in no message */
    enum breaking_probe probe;
    int64_t number;
    const struct idl_message *old_message; /* BREAKING_MESSAGE */
    const struct idl_message *new_message;
    const char *effects[2];        /* what happens to it, before and now; NULL: its settings say */
    const struct idl_bus *old_bus; /* the ones that the message would be in */
    const struct idl_bus *new_bus;
    size_t file; /* of `place`: how many files of the newer schema stand before it */
};

struct breaking_findings {
    struct breaking_finding *items; /* in order of the newer schema */
    size_t count;
};

/* Compares; the findings live in `memory`, and point into both models. */
void breaking_compare(struct memory *memory, const struct idl_bus *older,
                      const struct idl_bus *newer, struct breaking_findings *findings);

/* One message, made as JSON, packed with the description of one schema and read with that of the
 * other: what came of it, one line. NULL: no message shows the finding. */
const char *breaking_witness(struct memory *memory, const struct breaking_finding *finding);

/* By place in the newer schema, then by what is said; 0: the same is said of the same. */
int breaking_order(const struct breaking_finding *a, const struct breaking_finding *b);

/* True when both say the same: text, comments and positions aside. Without imports; with them. */
bool breaking_same(const struct idl_bus *a, const struct idl_bus *b);
bool breaking_same_schema(const struct idl_bus *a, const struct idl_bus *b);

#endif
