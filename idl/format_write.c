/*
 * format_write.c - aligns lines that stand below each other, and writes them.
 */
#include "format.h"

#include <string.h>

enum { BEHIND_COLUMN_MAX = 64 }; /* comments that stand further right by themselves are moved */

void format_put(struct format_text *text, const char *from, size_t size)
{
    if (text->capacity - text->size < size) {
        size_t capacity = text->capacity ? text->capacity * 2 : 4096;
        char *data;

        while (capacity - text->size < size)
            capacity *= 2;
        data = arena_take(text->arena, capacity);
        if (text->size)
            memcpy(data, text->data, text->size);
        text->data = data;
        text->capacity = capacity;
    }
    memcpy(text->data + text->size, from, size);
    text->size += size;
}

uint32_t format_width(const char *text, size_t size)
{
    uint32_t width = 0;

    for (size_t i = 0; i < size; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

static void put_spaces(struct format_text *out, uint32_t count)
{
    for (; count > 0; count--)
        format_put(out, " ", 1);
}

/* ---- comments ---- */

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Whether each line of the comment but the first begins with a star. */
static bool is_column(const char *at, const char *end)
{
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at = skip_spaces(at + 1, end);
        if (at == end || *at != '*')
            return false;
    }
    return true;
}

void format_comment(struct format_text *out, const struct elements *elements,
                    const struct element *comment, uint32_t indent)
{
    const char *at = elements->text + comment->start;
    const char *end = elements->text + comment->end;
    bool column = comment->tall && is_column(at, end);

    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        const char *stop = line_end ? line_end : end;

        while (line_end && stop > at && skip_spaces(stop - 1, stop) == stop)
            stop--;
        format_put(out, at, (size_t)(stop - at));
        if (!line_end)
            return;
        format_put(out, "\n", 1);
        at = line_end + 1;
        if (column) {
            at = skip_spaces(at, end);
            put_spaces(out, indent + 1);
        }
    }
}

/* ---- alignment ---- */

static uint32_t more(uint32_t most, uint32_t value)
{
    return value > most ? value : most;
}

/* Whether `next` goes on with the run of lines before it, of which `line` is one. */
static bool goes_on(const struct line *line, const struct line *next)
{
    if (next->blank || next->indent != line->indent)
        return false;
    return next->class == line->class || (next->comment && line->indent > 0);
}

static bool fits(const struct line *line, uint32_t more_columns)
{
    return line->indent + line->width + more_columns <= FORMAT_COLUMNS;
}

/* Lines that would become too long are left as they are. */
static void align_marks(struct line *lines, uint32_t count)
{
    uint32_t number = 0;
    uint32_t mark = 0;

    for (uint32_t i = 0; i < count; i++)
        number = more(number, lines[i].mark ? lines[i].number : 0);
    for (uint32_t i = 0; i < count; i++)
        mark = more(mark, lines[i].mark ? lines[i].mark - lines[i].number : 0);
    for (uint32_t i = 0; i < count; i++) {
        struct line *line = &lines[i];
        uint32_t first = number - line->number;
        uint32_t second = mark + line->number - line->mark;

        if (!line->mark || !fits(line, first + second))
            continue;
        line->pads[0] = first;
        line->pads[1] = second;
    }
}

/* The names of fields that are alone in their braces. */
static void align_inner(struct line *lines, uint32_t count)
{
    uint32_t inner = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (lines[i].comment)
            continue;
        if (!lines[i].inner)
            return;
        inner = more(inner, lines[i].inner - lines[i].mark);
    }
    for (uint32_t i = 0; i < count; i++)
        if (!lines[i].comment &&
            !fits(&lines[i], lines[i].pads[1] + inner + lines[i].mark - lines[i].inner))
            return;
    for (uint32_t i = 0; i < count; i++)
        if (!lines[i].comment)
            lines[i].pads[2] = inner + lines[i].mark - lines[i].inner;
}

static uint32_t end_of(const struct line *line)
{
    return line->indent + line->width + line->pads[0] + line->pads[1] + line->pads[2];
}

/* Comments behind lines without an empty one between them stand in one column: that of the first,
 * if it is to the right of all. */
static void align_behind(const struct elements *elements, struct line *lines, uint32_t count)
{
    const struct line *first = NULL;
    uint32_t longest = 0;
    uint32_t column;

    for (uint32_t i = 0; i < count; i++) {
        if (!lines[i].behind_count || lines[i].ragged)
            continue;
        if (!first)
            first = &lines[i];
        longest = more(longest, end_of(&lines[i]));
    }
    for (uint32_t i = 0; i < count; i++)
        lines[i].gap = 2;
    if (!first)
        return;
    column = elements->items[first->behind].column;
    if (column <= longest || (column > BEHIND_COLUMN_MAX && column > longest + 2))
        column = longest + 2;
    for (uint32_t i = 0; i < count; i++)
        if (lines[i].behind_count && !lines[i].ragged)
            lines[i].gap = column - end_of(&lines[i]);
}

void format_align(struct layout *layout)
{
    struct line *lines = layout->lines;
    uint32_t end;

    for (uint32_t i = 0; i < layout->count; i = end) {
        end = i + 1;
        if (lines[i].class == CLASS_NONE)
            continue;
        while (end < layout->count && goes_on(&lines[i], &lines[end]))
            end++;
        align_marks(&lines[i], end - i);
        align_inner(&lines[i], end - i);
    }
    for (uint32_t i = 0; i < layout->count; i = end) {
        for (end = i + 1; end < layout->count && !lines[end].blank;)
            end++;
        align_behind(layout->elements, &lines[i], end - i);
    }
}

/* ---- writing ---- */

static void write_line(const struct layout *layout, const struct line *line,
                       struct format_text *out)
{
    const char *text = layout->text.data + line->text;
    uint32_t at = 0;

    if (line->blank)
        format_put(out, "\n", 1);
    put_spaces(out, line->indent + line->pads[0]);
    if (line->mark) {
        format_put(out, text, line->mark);
        put_spaces(out, line->pads[1]);
        at = line->mark;
    }
    if (line->inner) {
        format_put(out, text + at, line->inner - at);
        put_spaces(out, line->pads[2]);
        at = line->inner;
    }
    format_put(out, text + at, line->size - at);
    for (uint32_t i = 0; i < line->behind_count; i++) {
        put_spaces(out, i == 0 ? line->gap : 1);
        format_comment(out, layout->elements, &layout->elements->items[line->behind + i],
                       line->indent);
    }
    format_put(out, "\n", 1);
}

void format_write(const struct layout *layout, struct format_text *out)
{
    for (uint32_t i = 0; i < layout->count; i++)
        write_line(layout, &layout->lines[i], out);
}
