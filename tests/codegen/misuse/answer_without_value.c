// says: too few arguments
#include "shop.bus.h"

enum bus_verdict handle(struct bus_delivery *delivery);

enum bus_verdict handle(struct bus_delivery *delivery)
{
#ifdef WRONG
    return shop_reserve_stock_return(delivery);
#else
    return shop_reserve_stock_return(delivery, NULL);
#endif
}
