/* page.c - see page.h. */
#include "page.h"

#include <stdlib.h>

bool page_begin(struct page *page, int width, int height, bool unicode)
{
    size_t count = (size_t)width * (size_t)height, i;
    struct cell *cells = realloc(page->cells, count * sizeof *cells);

    if (cells == NULL)
        return false;
    for (i = 0; i < count; i++)
        cells[i] = (struct cell){' ', STYLE_PLAIN};
    *page = (struct page){width, height, unicode, cells};
    return true;
}

void page_end(struct page *page)
{
    free(page->cells);
    page->cells = NULL;
}

static struct cell *at(struct page *page, int row, int column)
{
    if (row < 0 || row >= page->height || column < 0 || column >= page->width)
        return NULL;
    return &page->cells[row * page->width + column];
}

static int columns_of(const struct page *page, const char *text)
{
    int columns = 0;
    uint32_t character;
    size_t bytes;

    for (; (character = text_next(text, page->unicode, &bytes)) != 0; text += bytes)
        columns += text_columns(character);
    return columns;
}

static void put_character(struct page *page, int row, int column, enum text_style style,
                          uint32_t character, int columns)
{
    struct cell *cell = at(page, row, column), *second = at(page, row, column + 1);

    if (cell == NULL || (columns == 2 && second == NULL))
        return;
    *cell = (struct cell){character, (uint8_t)style};
    if (columns == 2)
        *second = (struct cell){0, (uint8_t)style};
}

int page_put(struct page *page, int row, int column, int most, enum text_style style,
             const char *text)
{
    uint32_t character;
    size_t bytes;
    bool cut;

    if (most > page->width - column)
        most = page->width - column;
    if (most <= 0)
        return column;
    cut = columns_of(page, text) > most;
    for (; (character = text_next(text, page->unicode, &bytes)) != 0; text += bytes) {
        int columns = text_columns(character);

        if (columns == 0)
            continue; /* it would join what stands before it */
        if (cut && columns > most - 1)
            break;
        put_character(page, row, column, style, character, columns);
        column += columns;
        most -= columns;
    }
    if (cut && most > 0)
        put_character(page, row, column++, style, page->unicode ? 0x2026 : '~', 1);
    return column;
}

void page_put_right(struct page *page, int row, int end, int most, enum text_style style,
                    const char *text)
{
    int own = columns_of(page, text);

    own = own < most ? own : most;
    (void)page_put(page, row, end - own, own, style, text);
}

void page_style_row(struct page *page, int row, enum text_style style)
{
    int column;

    for (column = 0; column < page->width; column++) {
        struct cell *cell = at(page, row, column);

        if (cell != NULL)
            cell->style = (uint8_t)style;
    }
}

void page_bar(struct page *page, int row, int column, int width, enum text_style style,
              double share)
{
    int eighths, i;

    if (width <= 0)
        return;
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    eighths = (int)(share * width * 8 + 0.5);
    if (share > 0 && eighths == 0)
        eighths = 1; /* something is more than nothing */
    for (i = 0; i < width; i++) {
        int part = eighths - 8 * i;
        uint32_t full = page->unicode ? 0x2588 : '#', none = page->unicode ? 0x00b7 : '.';
        uint32_t character = part >= 8 ? full : part <= 0 ? none : 0;

        if (character == 0)
            character = page->unicode ? 0x2588 + (uint32_t)(8 - part) : part >= 4 ? '#' : '-';
        put_character(page, row, column + i, part > 0 ? style : STYLE_DIM, character, 1);
    }
}

void page_curve(struct page *page, int row, int column, int width, enum text_style style,
                const double *values, int count)
{
    static const char ascii[] = "_.-=+*#%";
    double most = 0;
    int i, shown = count < width ? count : width;

    for (i = count - shown; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (i = 0; i < shown; i++) {
        double value = values[count - shown + i];
        int level = most > 0 ? (int)(value / most * 7 + 0.5) : 0;

        if (value > 0 && level == 0)
            level = 1;
        put_character(
            page, row, column + width - shown + i, value > 0 ? style : STYLE_DIM,
            page->unicode ? 0x2581 + (uint32_t)level : (uint32_t)(unsigned char)ascii[level], 1);
    }
}

static int last_row(const struct page *page)
{
    int row, column;

    for (row = page->height - 1; row >= 0; row--)
        for (column = 0; column < page->width; column++)
            if (page->cells[row * page->width + column].character != ' ')
                return row;
    return -1;
}

static void print_row(const struct page *page, int row, FILE *to, bool colours)
{
    const struct cell *cells = &page->cells[row * page->width];
    uint8_t style = STYLE_PLAIN;
    int column, end = page->width;

    while (end > 0 && cells[end - 1].character == ' ' &&
           (!colours || cells[end - 1].style != STYLE_HEAD))
        end--;
    for (column = 0; column < end; column++) {
        char bytes[5];

        if (cells[column].character == 0)
            continue;
        if (cells[column].style != style) {
            (void)fputs(text_style(STYLE_PLAIN, colours), to);
            style = cells[column].style;
            if (style != STYLE_PLAIN)
                (void)fputs(text_style((enum text_style)style, colours), to);
        }
        (void)text_encode(cells[column].character, bytes);
        (void)fputs(bytes, to);
    }
    (void)fputs(style != STYLE_PLAIN ? text_style(STYLE_PLAIN, colours) : "", to);
    (void)fputc('\n', to);
}

void page_print(const struct page *page, FILE *to, bool colours)
{
    int row, last = last_row(page);

    for (row = 0; row <= last; row++)
        print_row(page, row, to, colours);
}
