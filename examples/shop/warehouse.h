/* warehouse.h - the component `warehouse` of shop.bus: keeps the stock. */
#ifndef SHOP_WAREHOUSE_H
#define SHOP_WAREHOUSE_H

#include "../common/journal.h"
#include "../common/numbers.h"
#include "shop.bus.h"

enum { SKU_SIZE = 65 }; /* `string max 64`, and a NUL */

struct article {
    char sku[SKU_SIZE];
    struct shop_money price;
    uint32_t at_start;
    uint32_t left;    /* not reserved and not shipped */
    uint32_t shipped; /* pieces */
    uint32_t missed;  /* requests for more than was left */
};

struct reservation {
    uint64_t id;
    uint64_t order_id;
    struct article *article;
    uint32_t quantity;
};

/* The context of the warehouse's handlers. The component is serial: they never run at the same
 * time, so there is no lock. */
struct warehouse {
    struct article *articles; /* in the order of the file */
    size_t article_count;
    struct reservation *reservations; /* of orders that are not shipped yet */
    size_t reservation_count;
    size_t reservation_capacity;
    uint64_t last_reservation;
    struct journal file;    /* a line for each order: "1001,PEN-RED*2;INK-BLUE*1" */
    struct numbers shipped; /* orders that have their line */
    uint64_t known;         /* placed again, and shipped before */
};

/* Reads articles from a CSV file: sku,price,currency,quantity. 0, or 2 after a message on stderr.
 */
int warehouse_load(struct warehouse *warehouse, const char *path);
/* Reads what earlier runs have shipped, and wrote down in `folder`; NULL: nothing is kept. False,
 * with errno. */
bool warehouse_open(struct warehouse *warehouse, const char *folder);
void warehouse_free(struct warehouse *warehouse);

#endif
