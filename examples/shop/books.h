/* books.h - the component `books` of shop.bus: writes down how each order ended, once. */
#ifndef SHOP_BOOKS_H
#define SHOP_BOOKS_H

#include "../common/journal.h"
#include "../common/numbers.h"
#include "billing.h"
#include "shop.bus.h"

#define BOOKS_KILL_NEVER UINT64_MAX

/* The context of the handlers; serial, no lock. */
struct books {
    struct journal file;     /* a line for each order: "1001 paid 1295", in cents */
    struct numbers answered; /* orders that have their line */
    struct bills paid;       /* by card */
    struct bills billed;     /* on invoice */
    uint64_t refused;
    uint64_t before;     /* answers of earlier runs */
    uint64_t known;      /* heard again; nothing was written */
    uint64_t settled;    /* paid or billed in this run */
    uint64_t kill_after; /* so many of them this program is killed */
};

/* What is in the file now. */
struct books_check {
    const struct numbers *orders; /* that have to be there */
    struct numbers seen;
    uint64_t answered; /* of them */
    uint64_t twice;    /* lines for an order that had one */
};

/* Reads what earlier runs wrote in `folder`; NULL: nothing is kept. False, with errno. */
bool books_open(struct books *books, const char *folder);
void books_close(struct books *books);
/* Reads the file once more and compares. False, with errno. */
bool books_check(const struct books *books, const struct numbers *orders,
                 struct books_check *check);

#endif
