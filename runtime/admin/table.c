/* table.c - see table.h. */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void table_begin(struct table *table, const struct table_column *columns)
{
    *table = (struct table){.columns = columns};
    while (table->count < TABLE_COLUMNS && columns[table->count].title != NULL)
        table->count++;
}

static bool grow(struct table *table)
{
    uint32_t room = table->room > 0 ? 2 * table->room : 64;
    size_t cells = (size_t)room * (size_t)table->count;
    char **texts = realloc(table->cells, cells * sizeof *texts);
    enum text_style *styles;

    if (texts == NULL)
        return false;
    table->cells = texts;
    styles = realloc(table->styles, cells * sizeof *styles);
    if (styles == NULL)
        return false;
    table->styles = styles;
    table->room = room;
    return true;
}

/* A copy without anything that does something to a terminal. NULL: no memory. */
static char *clean(const char *text, bool unicode)
{
    char *copy = malloc(3 * strlen(text) + 1), *at = copy;
    uint32_t character;
    size_t bytes;

    if (copy == NULL)
        return NULL;
    for (; (character = text_next(text, unicode, &bytes)) != 0; text += bytes) {
        char encoded[5];
        size_t size = text_encode(character, encoded);

        memcpy(at, encoded, size);
        at += size;
    }
    *at = '\0';
    return copy;
}

void table_put(struct table *table, enum text_style style, const char *text)
{
    size_t place;

    if (table->at == 0 && table->rows == table->room && !grow(table))
        table->failed = true;
    if (table->failed)
        return;
    place = (size_t)table->rows * (size_t)table->count + (size_t)table->at;
    table->cells[place] = clean(text, text_unicode() || isatty(STDOUT_FILENO) == 0);
    table->styles[place] = style;
    if (table->cells[place] == NULL) {
        while (table->at > 0) /* the row goes as a whole */
            free(table->cells[(size_t)table->rows * (size_t)table->count + (size_t)--table->at]);
        table->failed = true;
        return;
    }
    table->at = (table->at + 1) % table->count;
    table->rows += table->at == 0;
}

void table_put_number(struct table *table, enum text_style style, uint64_t number)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    table_put(table, style, text);
}

static int columns_of(const char *text)
{
    int columns = 0;
    size_t bytes;
    uint32_t character;

    for (; (character = text_next(text, true, &bytes)) != 0; text += bytes)
        columns += text_columns(character);
    return columns;
}

static void blanks(FILE *to, int count)
{
    for (; count > 0; count--)
        (void)fputc(' ', to);
}

/* So much of the text as fits. */
static void put_cut(FILE *to, const char *text, int most)
{
    size_t bytes;
    uint32_t character;
    int columns = columns_of(text);

    if (columns <= most) {
        (void)fputs(text, to);
        return;
    }
    for (columns = 0; (character = text_next(text, true, &bytes)) != 0; text += bytes) {
        columns += text_columns(character);
        if (columns > most - 2)
            break;
        (void)fwrite(text, 1, bytes, to);
    }
    (void)fputs("..", to);
}

int terminal_columns(void)
{
    struct winsize size;

    if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_col < 20)
        return 0;
    return size.ws_col;
}

static void print_cell(const struct table *table, FILE *to, const char *text, int column, int width,
                       int left)
{
    int own = columns_of(text);
    bool last = column == table->count - 1;

    if (table->columns[column].right)
        blanks(to, width - own);
    if (last && left > 0)
        put_cut(to, text, left);
    else
        (void)fputs(text, to);
    if (!last)
        blanks(to, (table->columns[column].right ? 0 : width - own) + 2);
}

void table_print(struct table *table, FILE *to, bool head)
{
    bool colours = to == stdout && text_colours();
    int widths[TABLE_COLUMNS], left = to == stdout ? terminal_columns() : 0, column;
    uint32_t row;

    for (column = 0; column < table->count; column++) {
        widths[column] = head ? columns_of(table->columns[column].title) : 0;
        for (row = 0; row < table->rows; row++) {
            int own = columns_of(table->cells[row * (uint32_t)table->count + (uint32_t)column]);

            widths[column] = own > widths[column] ? own : widths[column];
        }
        if (left > 0 && column < table->count - 1)
            left = left > widths[column] + 2 + 20 ? left - widths[column] - 2 : 20;
    }
    for (column = 0; head && column < table->count; column++) {
        (void)fputs(text_style(STYLE_DIM, colours), to);
        print_cell(table, to, table->columns[column].title, column, widths[column], left);
        (void)fputs(text_style(STYLE_PLAIN, colours), to);
    }
    if (head)
        (void)fputc('\n', to);
    for (row = 0; row < table->rows; row++) {
        for (column = 0; column < table->count; column++) {
            uint32_t place = row * (uint32_t)table->count + (uint32_t)column;
            bool styled = table->styles[place] != STYLE_PLAIN;

            (void)fputs(styled ? text_style(table->styles[place], colours) : "", to);
            print_cell(table, to, table->cells[place], column, widths[column], left);
            (void)fputs(styled ? text_style(STYLE_PLAIN, colours) : "", to);
        }
        (void)fputc('\n', to);
    }
    table_end(table);
    table_begin(table, table->columns);
}

void table_end(struct table *table)
{
    size_t cells = (size_t)table->rows * (size_t)table->count + (size_t)table->at, i;

    for (i = 0; i < cells; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->styles);
    table->cells = NULL;
    table->styles = NULL;
    table->rows = table->room = 0;
    table->at = 0;
}
