/*
 * html.c - x.html: the schema as one page that needs nothing else: its style and drawings are in
 * it, there is no script, and it is well-formed XML besides.
 *
 * Text of people goes through put_escaped, which leaves nothing in it that HTML or XML would take
 * for its own; names of the language are letters, digits and "_".
 */
#include "emit/drawing.h"
#include "emit/html_style.h"
#include "emit/page.h"

#include <string.h>

/* ---- text ------------------------------------------------------------------------------------ */

/* Bytes of a character that XML does not have, U+FFFE and U+FFFF; 0: it is none. */
static size_t unknown_size(const char *text)
{
    return strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

/* At most `size` bytes of it. */
static void put_escaped(struct writer *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == '&')
            put(out, "&amp;");
        else if (byte == '<')
            put(out, "&lt;");
        else if (byte == '>')
            put(out, "&gt;");
        else if (byte == '"')
            put(out, "&quot;");
        else if (byte < 0x20 || byte == 0x7f)
            put(out, " ");
        else if (unknown_size(text + i) != 0)
            i += unknown_size(text + i) - 1;
        else
            put_bytes(out, text + i, 1);
    }
}

/* Lines of people, `names` as code. */
static void put_lines(struct writer *out, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        size_t plain = strcspn(text, "`");
        size_t code = page_code_size(text);

        if (code != 0) {
            put(out, "<code>");
            put_escaped(out, text + 1, code - 2);
            put(out, "</code>");
            text += code;
            continue;
        }
        if (plain == 0)
            plain = strspn(text, "`"); /* nothing that begins a name */
        if (plain > (size_t)(end - text))
            plain = (size_t)(end - text);
        put_escaped(out, text, plain);
        text += plain;
    }
}

/* The next line that is blank, or the end. */
static const char *paragraph_end(const char *text)
{
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");

        if (strspn(text, " \t\r") >= line)
            return text;
        text += line + (text[line] == '\n');
    }
    return text;
}

static void put_text(struct writer *out, const char *text, bool cell)
{
    if (cell) {
        put_lines(out, text, strlen(text));
        return;
    }
    while (*text != '\0') {
        const char *end = paragraph_end(text);

        if (end > text) {
            put(out, "<p>");
            put_lines(out, text, (size_t)(end - text));
            put(out, "</p>\n");
        }
        text = end + strcspn(end, "\n");
        text += *text == '\n';
    }
}

/* ---- contents -------------------------------------------------------------------------------- */

static void put_part(struct page *p, const char *anchor, const char *title)
{
    fill(p->out, "<li><a href=\"#$I\">$T</a>", 'I', anchor, 'T', title, 0);
}

/* A declaration among the contents of its section; the first one opens their list. */
static void put_name(struct page *p, const struct idl_decl *decl, bool *open)
{
    put(p->out, *open ? "" : "\n<ul>\n");
    *open = true;
    fill(p->out, "<li><a href=\"#$I\"><code>$N</code></a></li>\n", 'I',
         page_full_name(p->e->memory, decl), 'N', decl->name, 0);
}

static void end_part(struct page *p, bool open)
{
    put(p->out, open ? "</ul></li>\n" : "</li>\n");
}

static void put_messages(struct page *p, bool commands)
{
    bool open = false;

    for (uint32_t i = 0; i < p->e->bus->message_count; i++) {
        const struct idl_message *message = p->e->bus->messages[i];

        if ((message->kind == IDL_COMMAND) != commands)
            continue;
        if (!open)
            put_part(p, commands ? "commands" : "events", commands ? "Commands" : "Events");
        put_name(p, &message->body.decl, &open);
    }
    if (open)
        end_part(p, open);
}

static void put_contents(struct page *p)
{
    const struct idl_bus *bus = p->e->bus;
    bool open = false;

    put(p->out, "<nav aria-label=\"Contents\">\n<ul>\n");
    if (bus->message_count != 0) {
        put_part(p, "overview", "Overview");
        end_part(p, false);
    }
    if (bus->component_count != 0) {
        put_part(p, "flow", "Flow");
        end_part(p, false);
    }
    put_messages(p, false);
    put_messages(p, true);
    if (bus->older_count != 0)
        put_part(p, "older", "Older versions");
    for (uint32_t i = bus->message_count; i < version_count(bus); i++)
        put_name(p, &bus->messages[i]->body.decl, &open);
    if (bus->older_count != 0)
        end_part(p, open);
    open = false;
    if (bus->component_count != 0)
        put_part(p, "components", "Components");
    for (uint32_t i = 0; i < bus->component_count; i++)
        put_name(p, &bus->components[i]->decl, &open);
    if (bus->component_count != 0)
        end_part(p, open);
    open = false;
    if (bus->program_count != 0)
        put_part(p, "programs", "Programs");
    for (uint32_t i = 0; i < bus->program_count; i++)
        put_name(p, &bus->programs[i]->decl, &open);
    if (bus->program_count != 0)
        end_part(p, open);
    open = false;
    if (bus->enum_count + bus->composite_count != 0)
        put_part(p, "types", "Types");
    for (uint32_t i = 0; i < bus->enum_count; i++)
        put_name(p, &bus->enums[i]->decl, &open);
    for (uint32_t i = 0; i < bus->composite_count; i++)
        put_name(p,
                 bus->composites[i].table != NULL ? &bus->composites[i].table->decl
                                                  : &bus->composites[i].choice->decl,
                 &open);
    if (bus->enum_count + bus->composite_count != 0)
        end_part(p, open);
    if (bus->const_count != 0) {
        put_part(p, "constants", "Constants");
        end_part(p, false);
    }
    put(p->out, "</ul>\n</nav>\n");
}

/* ---- the page -------------------------------------------------------------------------------- */

static void begin(struct page *p)
{
    const char *version = decimal(p->e->memory, p->e->bus->version);

    fill(p->out,
         "<!DOCTYPE html>\n<!-- Written by busgen from $S.bus. Do not edit. -->\n"
         "<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
         "<meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
         "<title>Bus $B, version $V</title>\n<style>\n",
         'S', p->e->stem, 'B', p->e->bus->decl.name, 'V', version, 0);
    for (const char *const *line = html_style; *line != NULL; line++)
        fill(p->out, "$L\n", 'L', *line, 0);
    put(p->out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the "
                "content</a>\n");
    put_contents(p);
    fill(p->out, "<main id=\"content\">\n<h1>$B</h1>\n<p class=\"version\">Bus, version $V</p>\n",
         'B', p->e->bus->decl.name, 'V', version, 0);
}

static void put_table(struct page *p, const char *label)
{
    fill(p->out, "<div class=\"scroll\">\n<table>\n<caption>$L</caption>\n<thead><tr>", 'L', label,
         0);
    for (const struct page_column *column = p->columns; column->title != NULL; column++)
        fill(p->out, *column->title != '\0' ? "<th scope=\"col\"$R>$T</th>" : "<td></td>", 'R',
             column->right ? " class=\"right\"" : "", 'T', column->title, 0);
    put(p->out, "</tr></thead>\n<tbody>\n");
}

static void put_cell(struct page *p)
{
    const struct page_column *column = &p->columns[p->column];

    put(p->out, p->column == 0 ? "<tr><td" : "</td><td");
    put(p->out, column->right                                       ? " class=\"right\">"
                : *column->title == '\0' && column[1].title == NULL ? " class=\"text\">"
                                                                    : ">");
}

static void put_legend(struct page *p)
{
    put(p->out, "<p class=\"legend\">Boxes are components (with a double frame: concurrent ones), "
                "hexagons commands, round ones events (dashed: they cross the border of the "
                "process). A thick line leads to who handles a command, a thin one to who listens "
                "to an event, a dashed one from who emits it.</p>\n");
}

static void put_flow(struct page *p)
{
    if (p->flow.edge_count == 0) {
        put(p->out, "<p>The components handle, listen to and emit nothing.</p>\n");
        return;
    }
    if (drawing_fits(p->flow.edges, p->flow.edge_count))
        put_drawing(p->e, p->flow.edges, p->flow.edge_count, "Who handles, listens and emits");
    else
        put(p->out, "<p>It is too large for one drawing: each component has one of its own, "
                    "below.</p>\n");
    put_legend(p);
}

/* Its own part, where the whole is too large. */
static void put_component(struct page *p, const struct idl_component *component,
                          const struct flow_edge *edges, size_t count)
{
    if (drawing_fits(edges, count) && !drawing_fits(p->flow.edges, p->flow.edge_count))
        put_drawing(p->e, edges, count,
                    join(p->e->memory, "What ", component->decl.name,
                         " handles, listens to and emits", NULL));
}

static const struct page_format html = {
    .begin = begin,
    .end = "<footer>Written by busgen.</footer>\n</main>\n</body>\n</html>\n",
    .section = "<h2 id=\"$I\">$T</h2>\n",
    .heading = "<section class=\"entry\" id=\"$I\">\n<h3><a href=\"#$I\">$N</a></h3>\n"
               "<p class=\"what\">",
    .answer = "<h4 id=\"$I\"><a href=\"#$I\">$N</a></h4>\n<p class=\"what\">",
    .heading_end = "</p>\n",
    .entry_end = "</section>\n",
    .mark = " <span class=\"mark $C\">$T</span>",
    .paragraph = "<p>",
    .paragraph_end = "</p>\n",
    .list = "<ul>\n",
    .item = "<li>",
    .item_end = "</li>\n",
    .list_end = "</ul>\n",
    .code = "<code>$T</code>",
    .link = "<a href=\"#$I\">$T</a>",
    .table_end = "</tbody>\n</table>\n</div>\n",
    .row_end = "</td></tr>\n",
    .table = put_table,
    .cell = put_cell,
    .text = put_text,
    .flow = put_flow,
    .component = put_component,
};

void emit_html(struct emitter *e)
{
    put_page(e, &html);
}
