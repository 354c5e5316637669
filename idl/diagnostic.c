/*
 * diagnostic.c - collecting findings and printing them.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUOTE_BYTES = 48, /* of foreign text inside a message */
    TEXT_BYTES = 480, /* of one message */
    LINE_BYTES = 160, /* of a source line shown */
    LINE_BEFORE = 100 /* of these, most before the caret */
};

struct idl_span span_of(const struct idl_file *file, uint32_t start, uint32_t end)
{
    return (struct idl_span){file, start, end};
}

struct idl_span span_join(struct idl_span first, struct idl_span last)
{
    return (struct idl_span){first.file, first.start, last.end > first.end ? last.end : first.end};
}

/* Start of the character that `at` lies in. */
static uint32_t character_start(const char *text, uint32_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

const char *quote(struct context *context, struct idl_span span)
{
    const char *text = span.file->text + span.start;
    uint32_t size = span.end - span.start;
    char *copy;

    if (context->diagnostics.count >= IDL_DIAGNOSTICS_MAX)
        return ""; /* nobody will read it */
    if (size > QUOTE_BYTES) {
        size = character_start(text, QUOTE_BYTES);
        copy = arena_take(context->arena, size + 4);
        memcpy(copy, text, size);
        memcpy(copy + size, "...", 4);
    } else {
        copy = arena_copy(context->arena, text, size);
    }
    for (char *letter = copy; *letter; letter++)
        if ((unsigned char)*letter < 0x20 || *letter == 0x7f)
            *letter = ' ';
    return copy;
}

static const char *format_text(struct context *context, const char *format, va_list arguments)
{
    char text[TEXT_BYTES];
    int size = vsnprintf(text, sizeof text, format, arguments);

    if (size < 0)
        size = 0;
    if ((size_t)size >= sizeof text)
        size = (int)character_start(text, sizeof text - 1);
    return arena_copy(context->arena, text, (size_t)size);
}

struct idl_diagnostic *report(struct context *context, enum rule rule, struct idl_span span,
                              const char *format, ...)
{
    struct idl_result *result = context->result;
    struct idl_diagnostic *diagnostic;
    va_list arguments;

    if (!lint_wants(context, rule) || lint_accepts(context, rule, span))
        return &context->dropped;
    if (context->levels[rule] == IDL_ERROR)
        result->errors++;
    else
        result->warnings++;
    if (context->diagnostics.count >= IDL_DIAGNOSTICS_MAX)
        return &context->dropped;
    diagnostic = arena_take(context->arena, sizeof *diagnostic);
    diagnostic->severity = (enum idl_severity)context->levels[rule];
    diagnostic->rule = idl_rule_table[rule].id;
    diagnostic->span = span;
    va_start(arguments, format);
    diagnostic->text = format_text(context, format, arguments);
    va_end(arguments);
    list_add(context->arena, &context->diagnostics, diagnostic);
    return diagnostic;
}

bool shown(const struct context *context, const struct idl_diagnostic *diagnostic)
{
    return diagnostic != &context->dropped;
}

void advise(struct context *context, struct idl_diagnostic *diagnostic, const char *format, ...)
{
    va_list arguments;

    if (!shown(context, diagnostic))
        return;
    va_start(arguments, format);
    diagnostic->advice = format_text(context, format, arguments);
    va_end(arguments);
}

void partner(struct idl_diagnostic *diagnostic, struct idl_span span, const char *text)
{
    diagnostic->partner = span;
    diagnostic->partner_text = text;
}

void add_note(struct context *context, struct idl_diagnostic *diagnostic, struct idl_span span,
              const char *format, ...)
{
    struct idl_note *notes;
    va_list arguments;

    if (!shown(context, diagnostic) || diagnostic->note_count == IDL_NOTES_MAX)
        return;
    notes = arena_take(context->arena, (diagnostic->note_count + 1) * sizeof *notes);
    if (diagnostic->note_count)
        memcpy(notes, diagnostic->notes, diagnostic->note_count * sizeof *notes);
    va_start(arguments, format);
    notes[diagnostic->note_count++] =
        (struct idl_note){span, format_text(context, format, arguments)};
    va_end(arguments);
    diagnostic->notes = notes;
}

const struct unit *unit_of(const struct idl_file *file)
{
    return (const struct unit *)(const void *)file; /* the file is the unit's first member */
}

static int compare(const void *left, const void *right)
{
    const struct idl_diagnostic *a = *(const struct idl_diagnostic *const *)left;
    const struct idl_diagnostic *b = *(const struct idl_diagnostic *const *)right;

    if (a->span.file != b->span.file)
        return unit_of(a->span.file)->index < unit_of(b->span.file)->index ? -1 : 1;
    if (a->span.start != b->span.start)
        return a->span.start < b->span.start ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity < b->severity ? -1 : 1;
    return strcmp(a->text, b->text);
}

void diagnostics_finish(struct context *context)
{
    struct idl_result *result = context->result;
    uint32_t count = context->diagnostics.count;
    struct idl_diagnostic *sorted;

    if (count == 0)
        return;
    qsort(context->diagnostics.items, count, sizeof(void *), compare);
    sorted = arena_take(context->arena, count * sizeof *sorted);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = *(const struct idl_diagnostic *)context->diagnostics.items[i];
        if (!sorted[i].advice)
            sorted[i].advice = advice_of(sorted[i].rule);
    }
    result->diagnostics = sorted;
    result->diagnostic_count = count;
}

struct idl_place idl_place_of(const struct idl_file *file, uint32_t offset)
{
    struct idl_place place = {1, 1};
    const char *at = file->text;
    const char *end;
    const char *next;

    if (offset > file->size)
        offset = (uint32_t)file->size;
    end = file->text + offset;
    while ((next = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        place.line++;
        at = next + 1;
    }
    place.column = (uint32_t)(end - at) + 1;
    return place;
}

/* ---- printing ---- */

/* Text that grows; `failed` once memory ran out. */
struct text {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

static void put(struct text *text, const char *data, size_t size)
{
    if (text->failed)
        return;
    if (size >= text->capacity - text->size) {
        size_t capacity = text->capacity * 2 + size + 256;
        char *grown = memory_take(capacity);

        if (!grown) {
            text->failed = true;
            return;
        }
        if (text->size)
            memcpy(grown, text->data, text->size);
        free(text->data);
        text->data = grown;
        text->capacity = capacity;
    }
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static void put_text(struct text *text, const char *data)
{
    put(text, data, strlen(data));
}

static void put_colour(struct text *text, bool colour, const char *code)
{
    if (!colour)
        return;
    put_text(text, "\033[");
    put_text(text, code);
    put_text(text, "m");
}

static void put_place(struct text *text, struct idl_span span)
{
    struct idl_place place = idl_place_of(span.file, span.start);
    char numbers[32];

    put_text(text, span.file->path);
    snprintf(numbers, sizeof numbers, ":%u:%u: ", place.line, place.column);
    put_text(text, numbers);
}

static bool is_text(unsigned char byte)
{
    return byte >= 0x20 && byte != 0x7f;
}

/* Length of the well-formed UTF-8 character at `at` that may be shown; 0: show a replacement. */
static uint32_t showable(const char *at, const char *end)
{
    unsigned char first = (unsigned char)*at;
    uint32_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (size == 1)
        return is_text(first) ? 1 : 0;
    if (size == 0 || first > 0xf4 || (size_t)(end - at) < size)
        return 0;
    for (uint32_t i = 1; i < size; i++)
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
    /* U+0080..9F, and the marks that reorder text: U+200E/F, U+202A..E, U+2066..9, U+061C */
    if (first == 0xc2 && (unsigned char)at[1] < 0xa0)
        return 0;
    if (first == 0xd8 && (unsigned char)at[1] == 0x9c)
        return 0;
    if (first == 0xe2 && (unsigned char)at[1] == 0x80 &&
        ((unsigned char)at[2] == 0x8e || (unsigned char)at[2] == 0x8f ||
         ((unsigned char)at[2] >= 0xaa && (unsigned char)at[2] <= 0xae)))
        return 0;
    if (first == 0xe2 && (unsigned char)at[1] == 0x81 && (unsigned char)at[2] >= 0xa6 &&
        (unsigned char)at[2] <= 0xa9)
        return 0;
    return size;
}

/* The line of the span with a caret under it. What must not reach a terminal is shown as '?'; a
 * tab stays a tab in both lines. Long lines are cut around the caret. */
static void put_source(struct text *text, struct idl_span span, bool colour)
{
    const char *start = span.file->text;
    const char *end = start + span.file->size;
    const char *caret = start + (span.start < span.file->size ? span.start : span.file->size);
    const char *stop = start + (span.end < span.file->size ? span.end : span.file->size);
    const char *line = caret;
    const char *line_end = caret;
    struct text marks = {0};

    while (line > start && line[-1] != '\n' && caret - line < LINE_BEFORE)
        line--;
    line = start + character_start(start, (uint32_t)(line - start));
    while (line_end < end && *line_end != '\n' && line_end - line < LINE_BYTES)
        line_end++;
    if (line_end > line && line_end < end && ((unsigned char)*line_end & 0xc0) == 0x80)
        line_end = start + character_start(start, (uint32_t)(line_end - start));
    if (line_end > line && line_end[-1] == '\r' && (line_end == end || *line_end == '\n'))
        line_end--;
    put_text(text, "    ");
    put_text(&marks, "    ");
    for (const char *at = line; at < line_end;) {
        uint32_t size = showable(at, line_end);

        if (*at == '\t')
            put(text, "\t", 1);
        else if (size)
            put(text, at, size);
        else
            put(text, "?", 1);
        if (at < caret)
            put(&marks, *at == '\t' ? "\t" : " ", 1);
        else if (at == caret)
            put(&marks, "^", 1);
        else if (at < stop)
            put(&marks, "~", 1);
        at += size ? size : 1;
    }
    if (caret >= line_end)
        put(&marks, "^", 1);
    put_text(text, "\n");
    put_colour(text, colour, "1;32");
    if (marks.data)
        put(text, marks.data, marks.size);
    put_colour(text, colour, "0");
    put_text(text, "\n");
    text->failed = text->failed || marks.failed;
    free(marks.data);
}

static void put_note(struct text *text, struct idl_span span, const char *said, bool colour)
{
    put_colour(text, colour, "1");
    put_place(text, span);
    put_colour(text, colour, "1;36");
    put_text(text, "note: ");
    put_colour(text, colour, "0");
    put_text(text, said);
    put_text(text, "\n");
    put_source(text, span, colour);
}

char *idl_diagnostic_text(const struct idl_diagnostic *diagnostic, bool colour)
{
    struct text text = {0};
    bool error = diagnostic->severity == IDL_ERROR;

    put_colour(&text, colour, "1");
    if (diagnostic->span.file)
        put_place(&text, diagnostic->span);
    put_colour(&text, colour, error ? "1;31" : "1;35");
    put_text(&text, error ? "error: " : "warning: ");
    put_colour(&text, colour, "0");
    put_text(&text, diagnostic->text);
    put_text(&text, " [");
    put_text(&text, diagnostic->rule);
    put_text(&text, "]\n");
    if (diagnostic->span.file)
        put_source(&text, diagnostic->span, colour);
    if (diagnostic->partner.file)
        put_note(&text, diagnostic->partner,
                 diagnostic->partner_text ? diagnostic->partner_text : "see here", colour);
    for (uint32_t i = 0; i < diagnostic->note_count; i++)
        put_note(&text, diagnostic->notes[i].span, diagnostic->notes[i].text, colour);
    if (diagnostic->witness) {
        put_text(&text, "    witness: ");
        put_text(&text, diagnostic->witness);
        put_text(&text, "\n");
    }
    if (diagnostic->advice) {
        put_text(&text, "    help: ");
        put_text(&text, diagnostic->advice);
        put_text(&text, "\n");
    }
    if (text.failed) {
        free(text.data);
        return NULL;
    }
    return text.data;
}

static void put_count(struct text *text, size_t count, const char *what)
{
    char number[48];

    snprintf(number, sizeof number, "%zu %s%s", count, what, count == 1 ? "" : "s");
    if (text->size)
        put_text(text, ", ");
    put_text(text, number);
}

char *idl_summary_text(const struct idl_result *result)
{
    struct text text = {0};
    size_t all = result->errors + result->warnings;

    if (result->errors)
        put_count(&text, result->errors, "error");
    if (result->warnings)
        put_count(&text, result->warnings, "warning");
    if (all > result->diagnostic_count) {
        char number[64];

        snprintf(number, sizeof number, " (%zu more not shown)", all - result->diagnostic_count);
        put_text(&text, number);
    }
    put_text(&text, all ? "\n" : "");
    if (text.failed) {
        free(text.data);
        return NULL;
    }
    return text.data;
}
