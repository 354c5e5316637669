/*
 * page.h - the schema as a page to read. page.c knows what stands on it, in which order and in
 * which words; a format (markdown.c, html.c) how that is set.
 *
 * Skeletons have holes for `fill`. What fills them is markup already: names of the language, which
 * are letters, digits and "_", and what `code` and `link` made of them. Text of people goes through
 * `text` only.
 */
#ifndef PAGE_H
#define PAGE_H

#include "emit/emit.h"
#include "emit/flow.h"

struct page {
    struct emitter *e;
    struct writer *out;
    const struct page_format *format;
    struct flow flow;
    const struct flow_edge **edges;    /* of the flow, message by message */
    const struct page_column *columns; /* of the table that is written */
    unsigned column;
};

struct page_column {
    const char *title;
    bool right;
};

struct page_format {
    void (*begin)(struct page *page);
    const char *end;
    const char *section; /* I: anchor, T: title */
    const char *heading; /* I: anchor, N: name; then what it is, then heading_end */
    const char *answer;  /* I: anchor, N: name; the same */
    const char *heading_end;
    const char *entry_end; /* behind all of one declaration */
    const char *mark;      /* T: one more thing to say of it, C: of which kind */
    const char *paragraph;
    const char *paragraph_end;
    const char *list;
    const char *item;
    const char *item_end;
    const char *list_end;
    const char *code; /* T */
    const char *link; /* I: anchor, T */
    const char *table_end;
    const char *row_end;
    void (*table)(struct page *page, const char *label);
    void (*cell)(struct page *page); /* page->column: of those of the table */
    void (*text)(struct writer *out, const char *text, bool cell);
    void (*flow)(struct page *page);
    /* the edges of one component; NULL: only the whole flow is shown */
    void (*component)(struct page *page, const struct idl_component *component,
                      const struct flow_edge *edges, size_t count);
};

void put_page(struct emitter *emitter, const struct page_format *format);

/* What page.c is made of: an item of a list; settings of a message as items (page_settings.c). */
void page_say(struct page *page, const char *skeleton, ...);
void page_settings(struct page *page, const struct idl_message *message);
/* A name of the language as code; a declaration as a link, if this page has it. */
const char *page_code(struct page *page, const char *name);
const char *page_link(struct page *page, const struct idl_decl *decl);

/* "shop.order_placed" */
const char *page_full_name(struct memory *memory, const struct idl_decl *decl);
/* Bytes of a `name` in a text, quotes included, which is code; 0: none begins here. */
size_t page_code_size(const char *text);

#endif
