/*
 * markdown.c - x.md: the schema as a page in CommonMark with tables, and its flow as a Mermaid
 * graph, which GitHub and GitLab draw.
 *
 * Text of people (`///`, constants) goes through put_lines, which leaves nothing in it that
 * Markdown or HTML would take for its own. Each declaration has an anchor of its full name, since
 * those that a viewer makes of headings differ from one to the other.
 */
#include "emit/page.h"

#include <string.h>

/* ---- text ------------------------------------------------------------------------------------ */

static bool is_marked(char byte)
{
    return byte != '\0' && strchr("\\`*_{}[]<>|~&$", byte) != NULL;
}

/* What begins a block when a line begins with it. */
static bool is_block(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return (*text != '\0' && strchr("#+-=:", *text) != NULL) ||
           (digits != 0 && (text[digits] == '.' || text[digits] == ')'));
}

/* Lines of people; in a cell of a table they become one. */
static void put_lines(struct writer *out, const char *text, bool cell)
{
    bool begins = true;

    while (*text != '\0') {
        unsigned char byte = (unsigned char)*text;
        size_t whole = page_code_size(text);

        if (begins && (byte == ' ' || byte == '\t')) {
            text++; /* four of them would make a block of code */
            continue;
        }
        if (begins && is_block(text)) {
            whole = strspn(text, "0123456789");
            put_bytes(out, text, whole);
            put(out, "\\");
            text += whole;
            whole = 1;
        } else if (whole == 0) {
            whole = 1;
            put(out, is_marked(*text) ? "\\" : "");
        }
        begins = byte == '\n';
        if (whole == 1 && (byte < 0x20 || byte == 0x7f))
            put(out, begins && !cell ? "\n" : " ");
        else
            put_bytes(out, text, whole);
        text += whole;
    }
}

static void put_text(struct writer *out, const char *text, bool cell)
{
    put_lines(out, text, cell);
    put(out, cell ? "" : "\n\n");
}

/* ---- the page -------------------------------------------------------------------------------- */

static void begin(struct page *p)
{
    fill(p->out,
         "<!-- Written by busgen from $S.bus. Do not edit. -->\n\n# Bus `$B`, version $V\n\n", 'S',
         p->e->stem, 'B', p->e->bus->decl.name, 'V', decimal(p->e->memory, p->e->bus->version), 0);
}

static void put_table(struct page *p, const char *label)
{
    (void)label;
    for (const struct page_column *column = p->columns; column->title != NULL; column++)
        fill(p->out, *column->title != '\0' ? "| $T " : "| ", 'T', column->title, 0);
    put(p->out, "|\n");
    for (const struct page_column *column = p->columns; column->title != NULL; column++)
        put(p->out, column->right ? "|---:" : "|---");
    put(p->out, "|\n");
}

static void put_cell(struct page *p)
{
    put(p->out, p->column == 0 ? "| " : " | ");
}

static void put_flow(struct page *p)
{
    put(p->out, "```mermaid\n");
    emit_mermaid(p->e);
    put(p->out, "```\n\nBoxes are components, hexagons commands, round ones events.\n\n");
}

static const struct page_format markdown = {
    .begin = begin,
    .end = "",
    .section = "## $T\n\n",
    .heading = "<a id=\"$I\"></a>\n\n### `$N`\n\n",
    .answer = "#### `$N`\n\n",
    .heading_end = ".\n\n",
    .entry_end = "",
    .mark = "; $T",
    .paragraph = "",
    .paragraph_end = "\n\n",
    .list = "",
    .item = "- ",
    .item_end = "\n",
    .list_end = "\n",
    .code = "`$T`",
    .link = "[$T](#$I)",
    .table_end = "\n",
    .row_end = " |\n",
    .table = put_table,
    .cell = put_cell,
    .text = put_text,
    .flow = put_flow,
};

void emit_markdown(struct emitter *e)
{
    put_page(e, &markdown);
}

void emit_message_settings(struct emitter *e, const struct idl_message *message)
{
    struct page page = {.e = e, .out = e->out, .format = &markdown};

    page_settings(&page, message);
    put(e->out, markdown.list_end);
}
