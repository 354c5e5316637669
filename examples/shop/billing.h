/* billing.h - the component `billing` of shop.bus: makes the bills, notes what has to be bought. */
#ifndef SHOP_BILLING_H
#define SHOP_BILLING_H

#include "shop.bus.h"

enum { NEWS_MAX = 64, EUR = 978 };

struct stock_news {
    char sku[65];
    uint32_t left;
};

struct bills {
    uint64_t count;
    int64_t total; /* cents */
};

/* The context of billing's handlers; serial, no lock. */
struct billing {
    struct bills paid;       /* by card */
    struct bills billed;     /* on invoice */
    uint16_t other_currency; /* the one that has a rate; 0: none */
    uint32_t per_10000;
    uint64_t failed;
    uint64_t lost;                    /* events that found no place */
    uint64_t coupons;                 /* orders with one */
    struct stock_news news[NEWS_MAX]; /* the newest news of each article */
    size_t news_count;
};

#endif
