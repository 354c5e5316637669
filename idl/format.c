/*
 * format.c - the one layout of schemas.
 *
 * Braces open blocks, their items stand one to a line, indented by four spaces. What the author
 * decides is whether a block that has room on one line stands there, where empty lines are (one at
 * a time), and which enumerators, arms, settings, bindings stand together on a line. Fields never
 * do. An item that is too long is broken behind commas, else between words. Comments stay where
 * they are: behind an item, before it, or on a line of their own.
 *
 * Nothing here looks at what is meant: any sequence of tokens is laid out somehow, and the result
 * is read again and compared before anybody gets it.
 */
#include "format.h"

#include <string.h>

enum block { BLOCK_PLAIN, BLOCK_SETTINGS, BLOCK_FILLED };

static const struct element *element_at(const struct layout *layout, uint32_t index)
{
    return &layout->elements->items[index];
}

static struct line *last_line(struct layout *layout)
{
    return layout->count ? &layout->lines[layout->count - 1] : NULL;
}

static struct line *new_line(struct layout *layout, uint32_t indent)
{
    struct line *line;

    if (layout->count == layout->capacity) {
        uint32_t capacity = layout->capacity ? layout->capacity * 2 : 64;

        line = arena_take(layout->arena, capacity * sizeof *line);
        if (layout->count)
            memcpy(line, layout->lines, layout->count * sizeof *line);
        layout->lines = line;
        layout->capacity = capacity;
    }
    line = &layout->lines[layout->count++];
    *line = (struct line){.text = layout->text.size, .indent = indent};
    layout->open = false;
    return line;
}

/* The line that an item or comment begins, with the author's empty line before it. */
static struct line *new_item_line(struct layout *layout, const struct element *element)
{
    struct line *line = new_line(layout, layout->depth * FORMAT_INDENT);

    line->blank = element->lines > 1 && !layout->fresh && layout->count > 1;
    layout->fresh = false;
    return line;
}

static void put(struct layout *layout, const char *text, size_t size)
{
    struct line *line = last_line(layout);

    format_put(&layout->text, text, size);
    line->size += size;
    line->width += format_width(text, size);
}

/* Columns of an element. A comment of several lines has none: spaces inside of it may change. */
static uint32_t width_of(const struct element *element, const char *text)
{
    return element->tall ? 0 : format_width(text + element->start, element->end - element->start);
}

static void put_element(struct layout *layout, const struct element *element)
{
    struct line *line = last_line(layout);
    size_t before = layout->text.size;

    if (element->form) {
        format_comment(&layout->text, layout->elements, element, line->indent);
        line->size += layout->text.size - before;
        line->width += width_of(element, layout->elements->text);
        line->ragged = line->ragged || element->tall;
    } else {
        put(layout, layout->elements->text + element->start, element->end - element->start);
    }
}

static void put_behind(struct layout *layout, uint32_t index)
{
    struct line *line = last_line(layout);

    if (line->behind_count++ == 0)
        line->behind = index;
    layout->open = false;
}

/* ---- items ---- */

static bool space_between(const struct element *first, const struct element *next)
{
    switch (next->kind) {
    case TOKEN_SEMICOLON:
    case TOKEN_COMMA:
    case TOKEN_QUESTION:
    case TOKEN_SQUARE_CLOSE:
    case TOKEN_ROUND_CLOSE:
    case TOKEN_DOT:
    case TOKEN_RANGE:
        return false;
    default:
        break;
    }
    switch (first->kind) {
    case TOKEN_SQUARE_OPEN:
    case TOKEN_ROUND_OPEN:
    case TOKEN_DOT:
    case TOKEN_RANGE:
    case TOKEN_MINUS:
        return false;
    default:
        return true;
    }
}

/* Columns of the elements [from, to) on one line, counted until they are too many. */
static uint32_t measure(const struct layout *layout, uint32_t from, uint32_t to)
{
    uint32_t width = 0;

    for (uint32_t i = from; i < to && width <= FORMAT_COLUMNS; i++) {
        if (i > from)
            width += space_between(element_at(layout, i - 1), element_at(layout, i));
        width += width_of(element_at(layout, i), layout->elements->text);
    }
    return width;
}

/* Columns up to where a line may be broken next: between words, or behind commas only. */
static uint32_t measure_part(const struct layout *layout, uint32_t from, uint32_t to, bool commas)
{
    uint32_t end = from + 1;

    while (end < to && element_at(layout, end)->form != COMMENT_LINE &&
           (commas ? element_at(layout, end - 1)->kind != TOKEN_COMMA
                   : !space_between(element_at(layout, end - 1), element_at(layout, end))))
        end++;
    return measure(layout, from, end);
}

static bool too_long(struct layout *layout, uint32_t index, uint32_t to, uint32_t indent)
{
    const struct line *line = last_line(layout);
    uint32_t left = FORMAT_COLUMNS - 1;
    uint32_t used = line->indent + line->width;
    uint32_t part;

    if (element_at(layout, index)->pinned)
        return false;
    if (used + measure_part(layout, index, to, false) > left)
        return true;
    if (element_at(layout, index - 1)->kind != TOKEN_COMMA)
        return false;
    part = measure_part(layout, index, to, true);
    return used + part > left && indent + part <= FORMAT_COLUMNS;
}

/* Puts the elements [from, to) on the last line, and on more where they need them. */
static void put_elements(struct layout *layout, uint32_t from, uint32_t to)
{
    uint32_t indent = layout->depth * FORMAT_INDENT + 2 * FORMAT_INDENT;
    bool broken = false;

    for (uint32_t i = from; i < to; i++) {
        const struct element *element = element_at(layout, i);

        if (element->form == COMMENT_LINE) {
            if (element->lines == 0 && i > from) {
                put_behind(layout, i);
            } else {
                new_line(layout, indent)->comment = true;
                put_element(layout, element);
            }
            broken = true;
            continue;
        }
        if (i > from && !broken && space_between(element_at(layout, i - 1), element)) {
            broken = too_long(layout, i, to, indent);
            if (!broken)
                put(layout, " ", 1);
        }
        if (broken)
            new_line(layout, indent);
        broken = false;
        put_element(layout, element);
    }
}

/* The first element of [from, to) that is no comment. */
static uint32_t skip_comments(const struct layout *layout, uint32_t from, uint32_t to)
{
    while (from < to && element_at(layout, from)->form)
        from++;
    return from;
}

static bool has_line_comment(const struct layout *layout, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (element_at(layout, i)->form == COMMENT_LINE)
            return true;
    return false;
}

static unsigned char block_kind(enum word word)
{
    switch (word) {
    case WORD_ENUM:
    case WORD_FLAGS:
    case WORD_UNION:
    case WORD_COMPONENT:
    case WORD_PROGRAM:
        return BLOCK_FILLED;
    case WORD_EVENT:
    case WORD_COMMAND:
    case WORD_POLICY:
        return BLOCK_SETTINGS;
    default:
        return BLOCK_PLAIN;
    }
}

/* Whether an item may share its line with others of its kind. */
static bool may_share(const struct layout *layout, uint32_t from, uint32_t to)
{
    unsigned char block = layout->blocks[layout->depth];
    const struct element *first = element_at(layout, from);

    if (first->pinned)
        return true;
    for (uint32_t i = from; i < to; i++)
        if (element_at(layout, i)->form == COMMENT_LINE)
            return false;
    if (block != BLOCK_SETTINGS)
        return block == BLOCK_FILLED;
    return first->kind == TOKEN_NAME && first->word != WORD_RETURNS && first->word != WORD_FAILS &&
           first->word != WORD_RESERVED;
}

/* Begins an item: behind the one before it, or on a line of its own. True: of its own. */
static bool begin_item(struct layout *layout, uint32_t from, uint32_t to)
{
    const struct element *first = element_at(layout, from);
    struct line *line = last_line(layout);
    bool share = may_share(layout, from, to);
    bool two = layout->blocks[layout->depth] == BLOCK_SETTINGS;
    bool joins = line && layout->open && share && first->lines == 0;

    if (joins && !first->pinned)
        joins = line->indent + line->width + (two ? 2 : 1) + measure(layout, from, to) <=
                FORMAT_COLUMNS;
    if (joins) {
        put(layout, "  ", two ? 2 : 1);
        line->mark = line->inner = 0;
        line->class = CLASS_NONE;
    } else {
        new_item_line(layout, first);
    }
    layout->open = share;
    return !joins;
}

static bool is_kind(const struct layout *layout, uint32_t index, uint32_t to, enum token_kind kind)
{
    return index < to && element_at(layout, index)->kind == kind;
}

/* Where the `:` of a field, member or constant is to be put. */
static void mark_item(struct layout *layout, struct line *line, uint32_t from, uint32_t to)
{
    bool numbered = is_kind(layout, from, to, TOKEN_NUMBER);
    bool constant = element_at(layout, from)->word == WORD_CONST && layout->depth == 0;
    uint32_t name = from + (numbered || constant);

    if (!is_kind(layout, name, to, TOKEN_NAME) || !is_kind(layout, name + 1, to, TOKEN_COLON) ||
        (layout->depth == 0 && !constant))
        return;
    line->class = numbered ? CLASS_FIELD : constant ? CLASS_CONST : CLASS_MEMBER;
    line->number = numbered ? measure(layout, from, from + 1) : 0;
    line->mark = measure(layout, from, name + 1) + 1;
}

/* Where the `{` of a block on one line is to be put, and the `:` of its only field. */
static void mark_block(struct layout *layout, struct line *line, uint32_t from, uint32_t open)
{
    const struct element *first = element_at(layout, from);
    uint32_t close = element_at(layout, open)->match;

    for (uint32_t i = from; i < open; i++)
        if (element_at(layout, i)->form)
            return;
    if (first->word == WORD_RETURNS || first->word == WORD_FAILS)
        line->class = CLASS_ANSWER;
    else
        line->class = CLASS_BLOCK + first->word;
    line->mark = measure(layout, from, open) + 1;
    if (measure(layout, from, open) > FORMAT_COLUMNS) {
        line->mark = 0;
        line->class = CLASS_NONE;
        return;
    }
    if (!is_kind(layout, open + 1, close, TOKEN_NUMBER) ||
        !is_kind(layout, open + 2, close, TOKEN_NAME) ||
        !is_kind(layout, open + 3, close, TOKEN_COLON))
        return;
    for (uint32_t i = open + 4; i + 1 < close; i++)
        if (element_at(layout, i)->kind == TOKEN_SEMICOLON)
            return;
    line->inner = measure(layout, from, open + 3) + 1;
}

/* An item that ends with its semicolon. */
static void lay_simple(struct layout *layout, uint32_t from, uint32_t to)
{
    uint32_t line;

    if (!begin_item(layout, from, to)) {
        put_elements(layout, from, to);
        return;
    }
    line = layout->count - 1;
    put_elements(layout, from, to);
    mark_item(layout, &layout->lines[line], from, to);
    if (layout->lines[line].mark >= layout->lines[line].size)
        layout->lines[line].mark = 0; /* it was broken before that */
}

/* Whether the block at `open`, whose item begins at `from`, stands on one line. */
static bool on_one_line(const struct layout *layout, uint32_t from, uint32_t open)
{
    uint32_t close = element_at(layout, open)->match;

    if (close == layout->elements->count || has_line_comment(layout, from, open))
        return false;
    for (uint32_t i = open + 1; i <= close && close > open + 1; i++) {
        const struct element *element = element_at(layout, i);

        if (element->lines > 0 || element->form == COMMENT_LINE || element->tall)
            return false;
    }
    return element_at(layout, open)->pinned ||
           layout->depth * FORMAT_INDENT + measure(layout, from, close + 1) <= FORMAT_COLUMNS;
}

/* An item with braces; returns where the next one begins. */
static uint32_t lay_block(struct layout *layout, uint32_t from, uint32_t open)
{
    uint32_t first = skip_comments(layout, from, open);
    uint32_t close = element_at(layout, open)->match;

    if (on_one_line(layout, from, open)) {
        struct line *line = new_item_line(layout, element_at(layout, from));
        uint32_t count = layout->count;

        put_elements(layout, from, close + 1);
        if (layout->count == count)
            mark_block(layout, line, from, open);
        return close + 1;
    }
    new_item_line(layout, element_at(layout, from));
    put_elements(layout, from, open + 1);
    layout->depth++;
    layout->blocks[layout->depth] =
        block_kind(first < open ? (enum word)element_at(layout, first)->word : WORD_NONE);
    layout->fresh = true;
    return open + 1;
}

static uint32_t lay_item(struct layout *layout, uint32_t from)
{
    uint32_t count = layout->elements->count;
    uint32_t to = from;

    for (; to < count; to++) {
        unsigned char kind = element_at(layout, to)->kind;

        if (kind == TOKEN_OPEN)
            return lay_block(layout, from, to);
        if (kind == TOKEN_CLOSE)
            break;
        if (kind == TOKEN_SEMICOLON) {
            to++;
            break;
        }
    }
    lay_simple(layout, from, to);
    return to;
}

/* ---- the file ---- */

/* A semicolon alone stays at what is before it. */
static bool lay_semicolon(struct layout *layout, uint32_t index)
{
    struct line *line = last_line(layout);

    if (element_at(layout, index)->kind != TOKEN_SEMICOLON || !line || line->comment ||
        line->behind_count)
        return false;
    put_element(layout, element_at(layout, index));
    return true;
}

/* A comment between two items; false: it stands before the next one, on its line. */
static bool lay_comment(struct layout *layout, uint32_t index)
{
    const struct element *comment = element_at(layout, index);
    const struct element *next = comment + 1;
    bool followed = index + 1 < layout->elements->count && next->lines == 0;

    if (comment->form == COMMENT_BLOCK && followed && !next->form && next->kind != TOKEN_CLOSE)
        return false;
    if (comment->lines == 0 && layout->count > 0) {
        put_behind(layout, index);
        return true;
    }
    new_item_line(layout, comment)->comment = true;
    put_element(layout, comment);
    return true;
}

static void lay_all(struct layout *layout)
{
    uint32_t count = layout->elements->count;

    for (uint32_t i = 0; i < count;) {
        const struct element *element = element_at(layout, i);

        if ((element->form && lay_comment(layout, i)) || lay_semicolon(layout, i)) {
            i++;
        } else if (element->kind == TOKEN_CLOSE) {
            layout->depth -= layout->depth > 0;
            layout->fresh = false;
            new_line(layout, layout->depth * FORMAT_INDENT);
            put_element(layout, element);
            i++;
        } else {
            i = lay_item(layout, i);
        }
    }
}

/* The rules about syntax are on, all others off: what was written is to be laid out, not judged. */
static void only_syntax(struct context *context)
{
    static const enum rule more[] = {RULE_NESTING_TOO_DEEP,  RULE_MISSING_NUMBER,
                                     RULE_UNEXPECTED_NUMBER, RULE_UNKNOWN_SETTING,
                                     RULE_UNKNOWN_MODIFIER,  RULE_TOO_MANY_DECLARATIONS};

    for (enum rule rule = 0; rule < RULE_COUNT; rule++)
        context->levels[rule] = rule <= RULE_UNCLOSED_BLOCK ? IDL_ERROR : IDL_OFF;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        context->levels[more[i]] = IDL_ERROR;
}

static struct unit *parse(struct context *context, const char *path, const char *text, size_t size)
{
    struct unit *unit = arena_take(context->arena, sizeof *unit);
    const struct idl_file **files = arena_take(context->arena, sizeof *files);
    struct idl_result *result = context->result;

    unit->file.path = arena_copy(context->arena, path, strlen(path));
    unit->bus = arena_take(context->arena, sizeof *unit->bus);
    unit->bus->file = &unit->file;
    unit->file.bus = unit->bus;
    unit->file.text = "";
    files[0] = &unit->file;
    result->files = files;
    result->file_count = 1;
    if (size > IDL_FILE_SIZE_MAX) {
        advise(context,
               report(context, RULE_FILE_TOO_LARGE, span_of(&unit->file, 0, 0),
                      "the file is larger than %d MiB", IDL_FILE_SIZE_MAX >> 20),
               "split it into several files and import them");
        return unit;
    }
    unit->file.text = arena_copy(context->arena, text, size);
    unit->file.size = size;
    if (source_check_text(context, &unit->file))
        parse_unit(context, unit);
    return unit;
}

static const char *format(struct context *context, const struct idl_file *file, size_t *formatted)
{
    struct idl_arena *arena = context->arena;
    struct elements elements;
    struct elements again;
    struct layout layout = {.arena = arena, .elements = &elements, .text = {.arena = arena}};
    struct format_text out = {.arena = arena};
    struct idl_file written = *file;

    elements_read(context, file, &elements);
    layout.blocks = arena_take(arena, elements.depth + 2);
    lay_all(&layout);
    format_align(&layout);
    if (strncmp(file->text, "\xef\xbb\xbf", 3) == 0)
        format_put(&out, file->text, 3);
    format_write(&layout, &out);
    *formatted = out.size;
    format_put(&out, "", 1);
    written.text = out.data;
    written.size = *formatted;
    elements_read(context, &written, &again);
    return elements_same(&elements, &again) ? out.data : NULL;
}

const char *idl_format(const char *path, const char *text, size_t size, size_t *formatted,
                       struct idl_result *result)
{
    static const struct idl_options defaults;
    struct idl_arena *arena = arena_new();
    struct context *context;
    struct unit *unit;
    jmp_buf failure;

    memset(result, 0, sizeof *result);
    *formatted = 0;
    result->arena = arena;
    if (!arena) {
        result->out_of_memory = true;
        return NULL;
    }
    arena_on_failure(arena, &failure);
    if (setjmp(failure)) {
        memset(result, 0, sizeof *result);
        result->arena = arena;
        result->out_of_memory = true;
        return NULL;
    }
    context = arena_take(arena, sizeof *context);
    context->arena = arena;
    context->options = &defaults;
    context->result = result;
    context->failure = &failure;
    only_syntax(context);
    unit = parse(context, path, text, size);
    diagnostics_finish(context);
    return result->errors == 0 ? format(context, &unit->file, formatted) : NULL;
}
