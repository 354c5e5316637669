/* cashier.h - the component `cashier` of shop.bus: charges cards. */
#ifndef SHOP_CASHIER_H
#define SHOP_CASHIER_H

#include "gateway.h"
#include "shop.bus.h"

/* The context of the cashier's handler; serial, no lock. */
struct cashier {
    struct gateway *gateway;
    int line; /* to it; -1: none */
    uint64_t paid;
    uint64_t runs_again; /* runs after a first one that failed */
    uint64_t lost;       /* order_settled that found no place */
};

/* Closes the line, if there is one. */
void cashier_hang_up(struct cashier *cashier);

#endif
