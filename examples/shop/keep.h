/*
 * keep.h - a folder in which the shop keeps what a kill -9 must not take away:
 *
 *     bus.db         the bus's store: durable events that are not done, dead letters
 *     books.txt      how each order ended (books.h)
 *     shipped.txt    what the warehouse has shipped (warehouse.h)
 *     gateway.txt    what the gateway has charged; it is somebody else's (gateway.h)
 *
 * The bus delivers what is in its store at least once. A handler that has done its work when the
 * program is killed may be called again; so each of them looks into its own file first.
 */
#ifndef SHOP_KEEP_H
#define SHOP_KEEP_H

#include "books.h"
#include "desk.h"
#include "gateway.h"
#include "warehouse.h"

#include <bus/store.h>

#include <stdio.h>

struct bus_sqlite_store;

/* Zero to begin with. */
struct keep {
    const char *folder; /* NULL: nothing is kept */
    struct bus_sqlite_store *store;
    struct bus_store_state found; /* in the store, when it was opened */
};

/* Opens the store; makes the folder when it is not there. False, with a message on stderr. */
bool keep_open(struct keep *keep, const char *folder);
/* For bus_options.store; NULL when nothing is kept. */
const struct bus_store *keep_store(const struct keep *keep);
/* What earlier runs have left. */
void keep_found_print(FILE *out, const struct keep *keep, const struct books *books);
/* What came again, and the books. False: an order that the desk took is not in them once. */
bool keep_print(FILE *out, struct bus *bus, const struct desk *desk, const struct books *books,
                const struct warehouse *warehouse, const struct gateway_figures *charged);
/* The bus is closed. */
void keep_close(struct keep *keep);

#endif
