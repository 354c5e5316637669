// says: struct shop_reserve_stock_out_of_stock
#include "shop.bus.h"

enum bus_verdict handle(struct bus_delivery *delivery);

enum bus_verdict handle(struct bus_delivery *delivery)
{
    struct shop_reserve_stock_out_of_stock few = {.available = 3};

#ifdef WRONG
    return shop_reserve_stock_return(delivery, &few);
#else
    return shop_reserve_stock_fail_out_of_stock(delivery, &few);
#endif
}
