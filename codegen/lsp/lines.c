/*
 * lines.c - offsets to positions and back.
 *
 * A position counts lines, and in its line UTF-16 units (or bytes, when the editor agrees). So that
 * a text on one line costs no more than one on many, the units before each block of bytes are
 * known.
 */
#include "lsp/lsp.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 };

/* Units that begin in [from, to): a continuation byte begins none, four bytes are two. */
static uint32_t units_between(const char *text, size_t from, size_t to)
{
    uint32_t units = 0;

    for (; from < to; from++) {
        unsigned char byte = (unsigned char)text[from];

        units += (byte & 0xc0) == 0x80 ? 0U : byte >= 0xf0 ? 2U : 1U;
    }
    return units;
}

static bool ends_line(const char *text, size_t size, size_t at)
{
    return text[at] == '\n' || (text[at] == '\r' && (at + 1 == size || text[at + 1] != '\n'));
}

void lines_make(struct lines *lines, const char *text, size_t size, bool utf8)
{
    uint32_t units = 0;

    *lines = (struct lines){.text = text, .size = size, .count = 1, .utf8 = utf8};
    for (size_t i = 0; i < size; i++)
        lines->count += ends_line(text, size, i);
    lines->starts = must_allocate(lines->count * sizeof *lines->starts);
    lines->starts[0] = 0;
    lines->count = 1;
    for (size_t i = 0; i < size; i++)
        if (ends_line(text, size, i))
            lines->starts[lines->count++] = (uint32_t)(i + 1);
    lines->units = must_allocate((size / BLOCK + 1) * sizeof *lines->units);
    for (size_t i = 0; i <= size / BLOCK; i++) {
        size_t end = (i + 1) * BLOCK;

        lines->units[i] = units;
        units += units_between(text, i * BLOCK, end < size ? end : size);
    }
}

void lines_free(struct lines *lines)
{
    free(lines->starts);
    free(lines->units);
    *lines = (struct lines){0};
}

/* Units before an offset, from the start of the text. */
static uint32_t units_before(const struct lines *lines, size_t offset)
{
    if (lines->utf8)
        return (uint32_t)offset;
    return lines->units[offset / BLOCK] +
           units_between(lines->text, offset / BLOCK * BLOCK, offset);
}

/* The line in which an offset is. */
static uint32_t line_of(const struct lines *lines, size_t offset)
{
    uint32_t low = 0;
    uint32_t high = lines->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (lines->starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

json_t *lines_position(const struct lines *lines, size_t offset)
{
    uint32_t line;

    if (offset > lines->size)
        offset = lines->size;
    line = line_of(lines, offset);
    return json_pack(
        "{s:I, s:I}", "line", (json_int_t)line, "character",
        (json_int_t)(units_before(lines, offset) - units_before(lines, lines->starts[line])));
}

json_t *lines_range(const struct lines *lines, size_t start, size_t end)
{
    return json_pack("{s:o, s:o}", "start", lines_position(lines, start), "end",
                     lines_position(lines, end));
}

/* Where a line ends, what ends it left out. */
static size_t line_end(const struct lines *lines, uint32_t line)
{
    size_t end = line + 1 < lines->count ? lines->starts[line + 1] : lines->size;

    if (line + 1 < lines->count) {
        end--;
        end -=
            lines->text[end] == '\n' && end > lines->starts[line] && lines->text[end - 1] == '\r';
    }
    return end;
}

/* The offset that has `wanted` units before it, in [from, to]; inside of a character: before it. */
static size_t offset_of_units(const struct lines *lines, size_t from, size_t to, uint64_t wanted)
{
    size_t low = from / BLOCK;
    size_t high = to / BLOCK + 1;
    uint32_t units;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (lines->units[middle] <= wanted)
            low = middle;
        else
            high = middle;
    }
    if (low * BLOCK > from)
        from = low * BLOCK;
    units = units_before(lines, from);
    while (from < to) {
        size_t next = from + 1;

        while (next < to && ((unsigned char)lines->text[next] & 0xc0) == 0x80)
            next++;
        units += units_between(lines->text, from, next);
        if (units > wanted)
            break;
        from = next;
    }
    return from;
}

bool lines_offset(const struct lines *lines, const json_t *position, size_t *offset)
{
    const json_t *line = json_object_get(position, "line");
    const json_t *character = json_object_get(position, "character");
    json_int_t at = json_integer_value(line);
    json_int_t column = json_integer_value(character);
    size_t start;
    size_t end;

    if (!json_is_integer(line) || !json_is_integer(character) || at < 0 || column < 0)
        return false;
    if (at >= lines->count) {
        *offset = lines->size;
        return true;
    }
    start = lines->starts[at];
    end = line_end(lines, (uint32_t)at);
    if (!lines->utf8)
        *offset = offset_of_units(lines, start, end, units_before(lines, start) + (uint64_t)column);
    else
        *offset = (uint64_t)column < end - start ? start + (size_t)column : end;
    /* never inside of a character */
    while (*offset > start && *offset < lines->size &&
           ((unsigned char)lines->text[*offset] & 0xc0) == 0x80)
        --*offset;
    return true;
}

bool lines_offsets(const struct lines *lines, const json_t *range, size_t *start, size_t *end)
{
    return lines_offset(lines, json_object_get(range, "start"), start) &&
           lines_offset(lines, json_object_get(range, "end"), end) && *start <= *end;
}
