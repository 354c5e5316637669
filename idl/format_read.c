/*
 * format_read.c - a file as tokens and comments, in order.
 */
#include "format.h"

#include <string.h>

struct reader {
    struct elements *elements;
    const char *text;
    uint32_t lines;      /* line ends since the last element */
    uint32_t line_start; /* of the current line */
    uint32_t counted;    /* up to where, and how many characters that are */
    uint32_t columns;
};

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r';
}

static void add(struct reader *reader, struct element element)
{
    struct elements *elements = reader->elements;

    element.lines = (unsigned char)(reader->lines < 2 ? reader->lines : 2);
    reader->lines = 0;
    if (elements->items)
        elements->items[elements->count] = element;
    elements->count++;
}

static void add_comment(struct reader *reader, uint32_t start, uint32_t end, enum comment_form form)
{
    const char *text = reader->text;
    struct element element = {.start = start, .kind = TOKEN_DOC, .form = (unsigned char)form};

    if (reader->counted < reader->line_start) {
        reader->counted = reader->line_start;
        reader->columns = 0;
    }
    reader->columns += format_width(text + reader->counted, start - reader->counted);
    reader->counted = start;
    element.column = reader->columns;
    while (form == COMMENT_LINE && is_space(text[end - 1]))
        end--;
    element.end = end;
    element.tall = memchr(text + start, '\n', end - start) != NULL;
    add(reader, element);
    for (uint32_t at = start; at < end; at++)
        if (text[at] == '\n')
            reader->line_start = at + 1;
}

/* What stands between two tokens: spaces and comments. */
static void read_between(struct reader *reader, uint32_t from, uint32_t to)
{
    const char *text = reader->text;

    while (from < to) {
        uint32_t start = from++;

        if (text[start] == '\n') {
            reader->lines++;
            reader->line_start = from;
        } else if (text[start] == '/' && from < to && text[from] == '/') {
            const char *end = memchr(text + from, '\n', to - from);

            from = end ? (uint32_t)(end - text) : to;
            add_comment(reader, start, from, COMMENT_LINE);
        } else if (text[start] == '/' && from < to && text[from] == '*') {
            const char *end = memmem(text + from + 1, to - from - 1, "*/", 2);

            from = end ? (uint32_t)(end - text) + 2 : to;
            add_comment(reader, start, from, COMMENT_BLOCK);
        }
    }
}

static void read_all(struct context *context, const struct idl_file *file,
                     struct elements *elements)
{
    struct reader reader = {.elements = elements, .text = file->text, .lines = 1};
    struct lexer lexer = {context, file, (const unsigned char *)file->text};
    struct token token;
    uint32_t behind = 0;

    if (strncmp(file->text, "\xef\xbb\xbf", 3) == 0) {
        lexer.cursor += 3;
        behind = 3;
    }
    elements->count = 0;
    for (;;) {
        lexer_next(&lexer, &token);
        read_between(&reader, behind, token.start);
        behind = token.end;
        if (token.kind == TOKEN_END)
            return;
        if (token.kind == TOKEN_DOC)
            add_comment(&reader, token.start, token.end, COMMENT_LINE);
        else
            add(&reader, (struct element){.start = token.start,
                                          .end = token.end,
                                          .kind = (unsigned char)token.kind,
                                          .word = (unsigned char)token.word});
    }
}

/* Which `}` belongs to which `{`. */
static void match_braces(struct idl_arena *arena, struct elements *elements)
{
    uint32_t depth = 0;
    uint32_t *open;

    for (uint32_t i = 0; i < elements->count; i++) {
        struct element *element = &elements->items[i];

        element->match = elements->count;
        if (element->kind == TOKEN_OPEN && ++depth > elements->depth)
            elements->depth = depth;
        else if (element->kind == TOKEN_CLOSE && depth > 0)
            depth--;
    }
    open = arena_take(arena, (elements->depth + 1) * sizeof *open);
    depth = 0;
    for (uint32_t i = 0; i < elements->count; i++) {
        if (elements->items[i].kind == TOKEN_OPEN)
            open[depth++] = i;
        else if (elements->items[i].kind == TOKEN_CLOSE && depth > 0)
            elements->items[open[--depth]].match = i;
    }
}

static bool is_lint(const struct elements *elements, const struct element *element)
{
    const char *at = elements->text + element->start + 2, *end = elements->text + element->end;

    if (element->form != COMMENT_LINE || *at == '/')
        return false;
    while (at < end && is_space(*at))
        at++;
    return end - at >= 5 && memcmp(at, "lint:", 5) == 0;
}

/* `// lint:` comments accept findings by lines (lint.c): those lines stay whole. */
static void pin_lines(struct elements *elements)
{
    bool waiting = false; /* for the line below a comment */
    bool pinning = false;
    uint32_t depth = 0;

    for (uint32_t i = 0; i < elements->count; i++) {
        struct element *items = elements->items;

        pinning = pinning && items[i].lines == 0;
        if (waiting && items[i].form != COMMENT_LINE) {
            waiting = false;
            pinning = true;
        }
        items[i].pinned = pinning;
        if (items[i].kind == TOKEN_OPEN)
            depth++;
        else if (items[i].kind == TOKEN_CLOSE && depth > 0)
            depth--;
        if (!is_lint(elements, &items[i]))
            continue;
        if (items[i].lines > 0)
            waiting = waiting || depth > 0;
        for (uint32_t at = i; at > 0 && items[at].lines == 0 && !items[at - 1].pinned; at--)
            items[at - 1].pinned = true;
    }
}

void elements_read(struct context *context, const struct idl_file *file, struct elements *elements)
{
    *elements = (struct elements){.text = file->text};
    read_all(context, file, elements);
    elements->items = arena_take(context->arena, (elements->count + 1) * sizeof *elements->items);
    read_all(context, file, elements);
    match_braces(context->arena, elements);
    pin_lines(elements);
}

/* ---- comparison ---- */

static void skip_spaces(const char **at, const char *end)
{
    while (*at < end && (is_space(**at) || **at == '\n'))
        (*at)++;
}

/* Comments, but for spaces around their line ends. */
static bool same_comment(const char *first, const char *first_end, const char *second,
                         const char *second_end)
{
    while (first < first_end && second < second_end) {
        const char *from[2] = {first, second};

        skip_spaces(&first, first_end);
        skip_spaces(&second, second_end);
        if (memchr(from[0], '\n', (size_t)(first - from[0])) != NULL ||
            memchr(from[1], '\n', (size_t)(second - from[1])) != NULL) {
            if (!memchr(from[0], '\n', (size_t)(first - from[0])) ||
                !memchr(from[1], '\n', (size_t)(second - from[1])))
                return false;
        } else if (first - from[0] != second - from[1]) {
            return false;
        }
        if (first < first_end && second < second_end && *first++ != *second++)
            return false;
    }
    return first == first_end && second == second_end;
}

bool elements_same(const struct elements *first, const struct elements *second)
{
    if (first->count != second->count)
        return false;
    for (uint32_t i = 0; i < first->count; i++) {
        const struct element *one = &first->items[i];
        const struct element *other = &second->items[i];
        const char *start[2] = {first->text + one->start, second->text + other->start};

        if (one->kind != other->kind || one->form != other->form)
            return false;
        if (one->form) {
            if (!same_comment(start[0], first->text + one->end, start[1],
                              second->text + other->end))
                return false;
        } else if (one->end - one->start != other->end - other->start ||
                   memcmp(start[0], start[1], one->end - one->start) != 0) {
            return false;
        }
    }
    return true;
}
