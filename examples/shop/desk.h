/* desk.h - the order desk: takes lines of an orders file and talks to the bus. */
#ifndef SHOP_DESK_H
#define SHOP_DESK_H

#include "../common/numbers.h"
#include "orders.h"

enum { COMPLAINTS_SHOWN = 8 };

struct desk {
    struct bus *bus;
    bool all;              /* print every malformed line, not only the first ones */
    struct numbers orders; /* taken, whatever became of them */
    uint64_t lines;
    uint64_t headers;
    uint64_t malformed;
    uint64_t accepted;
    uint64_t refused_stock;
    uint64_t refused_unknown;
    uint64_t failed;   /* orders that the bus did not take, or a handler failed on */
    char failure[512]; /* the first of them */
    struct complaint {
        uint64_t line;
        char reason[200];
    } complaints[COMPLAINTS_SHOWN]; /* the first malformed lines */
};

/* Takes one line, whatever it is. */
void desk_take(struct desk *desk, uint64_t number, char *text, size_t size);
/* Notes a line that is not an order. */
void desk_complain(struct desk *desk, uint64_t number, const char *reason);

#endif
