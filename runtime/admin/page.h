/*
 * page.h - a picture made of characters, before it goes to a terminal, a file or a test. What does
 * not fit is cut; nothing written outside of it is an error.
 */
#ifndef BUSADM_PAGE_H
#define BUSADM_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

struct cell {
    uint32_t character; /* 0: the second column of the one before it */
    uint8_t style;      /* enum text_style */
};

struct page {
    int width, height;
    bool unicode; /* else ASCII only */
    struct cell *cells;
};

/* Blank; false: no memory. Takes over the memory of an earlier page. */
bool page_begin(struct page *page, int width, int height, bool unicode);
void page_end(struct page *page);

/* Text at a place, cut at `most` columns; returns the column behind it. */
int page_put(struct page *page, int row, int column, int most, enum text_style style,
             const char *text);
/* The same, ending before `end`. */
void page_put_right(struct page *page, int row, int end, int most, enum text_style style,
                    const char *text);
/* A whole row in one style, whatever stands in it. */
void page_style_row(struct page *page, int row, enum text_style style);
/* A bar of `width` columns, filled to `share` (0 to 1). */
void page_bar(struct page *page, int row, int column, int width, enum text_style style,
              double share);
/* How something went: the last `count` values, the newest at the right. */
void page_curve(struct page *page, int row, int column, int width, enum text_style style,
                const double *values, int count);

/* As text, without blanks at the ends of lines and empty lines at the end. */
void page_print(const struct page *page, FILE *to, bool colours);

#endif
