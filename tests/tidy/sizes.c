/*
 * Rules about how much stands in one place: lines of a function, of a file, columns of a line.
 */
#include "tidy.h"

#include <stdio.h>
#include <string.h>

/* Columns: UTF-8 sequences count as one. */
static size_t columns(const char *line, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)line[i] & 0xC0) != 0x80;
    return count;
}

static void check_lines(const struct tidy_source *source)
{
    unsigned long lines = 0;
    size_t at = 0;

    while (at < source->size) {
        size_t size = strcspn(source->text + at, "\n");

        lines++;
        if (columns(source->text + at, size) > TIDY_LINE_MAX)
            tidy_complain(source, at, TIDY_LINE_LENGTH, "over 100 columns", "break it");
        at += size + 1;
    }
    if (lines > TIDY_FILE_MAX)
        tidy_complain(source, source->size - 1, TIDY_FILE_LENGTH, "over 650 lines",
                      "split it, the aim is 600");
}

/* Position behind a preprocessor directive with its continued lines. */
static size_t skip_directive(const char *code, size_t at, size_t size)
{
    while (at < size && (code[at] != '\n' || code[at - 1] == '\\'))
        at++;
    return at;
}

struct scope {
    int depth;       /* open braces */
    bool function;   /* the outermost one is a function's body */
    size_t start;    /* line of the function's brace */
    size_t position; /* of that brace */
    char last;       /* last visible character outside braces */
};

static void close_brace(const struct tidy_source *source, struct scope *scope, size_t line)
{
    char text[64];

    if (scope->depth > 0)
        scope->depth--;
    if (scope->depth == 0 && scope->function && line - scope->start > TIDY_FUNCTION_MAX) {
        snprintf(text, sizeof(text), "a function of %zu lines", line - scope->start);
        tidy_complain(source, scope->position, TIDY_FUNCTION_LENGTH, text,
                      "split it, the aim is 70");
    }
}

static void check_functions(const struct tidy_source *source)
{
    const char *code = source->code;
    struct scope scope = {0};
    size_t line = 1;

    for (size_t at = 0; at < source->size; at++) {
        char c = code[at];

        if (c == '#' && (at == 0 || code[at - 1] == '\n')) {
            size_t end = skip_directive(code, at, source->size);

            for (; at < end; at++)
                line += code[at] == '\n';
            c = code[at];
        }
        if (c == '\n')
            line++;
        if (c == ' ' || c == '\n')
            continue;
        if (c == '{' && scope.depth == 0 && scope.last == '"') {
            /* extern "C" opens no scope; its closing brace finds depth 0. */
        } else if (c == '{') {
            if (scope.depth++ == 0) {
                scope.function = scope.last == ')';
                scope.start = line;
                scope.position = at;
            }
        } else if (c == '}') {
            close_brace(source, &scope, line);
        }
        scope.last = c;
    }
}

void tidy_check_sizes(const struct tidy_source *source)
{
    if (!source->is_c || source->generated)
        return;
    check_lines(source);
    /* The rules of a lexer are a table, and C++ braces need a real parser. */
    if (!tidy_ends_with(source->path, ".cpp") && !tidy_ends_with(source->path, ".re"))
        check_functions(source);
}
