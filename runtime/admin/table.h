/*
 * table.h - columns of text that know how wide they have to be.
 */
#ifndef BUSADM_TABLE_H
#define BUSADM_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

enum { TABLE_COLUMNS = 12 };

struct table_column {
    const char *title;
    bool right; /* figures */
};

struct table {
    const struct table_column *columns; /* the one without a title ends them */
    int count;
    char **cells; /* of all rows, one behind the other; cleaned */
    enum text_style *styles;
    uint32_t rows, room;
    int at;      /* next cell of the last row */
    bool failed; /* no memory: rows are missing */
};

void table_begin(struct table *table, const struct table_column *columns);
/* The next cell; the first one of a row begins it. */
void table_put(struct table *table, enum text_style style, const char *text);
void table_put_number(struct table *table, enum text_style style, uint64_t number);
/* Prints and empties it. The last column is cut where a terminal ends. */
void table_print(struct table *table, FILE *to, bool head);
void table_end(struct table *table);

/* Columns of the terminal at standard output; 0: it is none. */
int terminal_columns(void);

#endif
