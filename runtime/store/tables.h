/* store/tables.h - what the files of a database share. */
#ifndef BUSGEN_STORE_TABLES_H
#define BUSGEN_STORE_TABLES_H

#include "store/database.h"

/* Notes what happened; always false. */
bool database_failed(struct database *database, int code);
/* Runs a statement. `row` NULL: one without; else *row tells whether there is one, which is to be
 * read, and the statement reset. False: failed, and reset. */
bool database_step(struct database *database, enum statement statement, bool *row);

#endif
