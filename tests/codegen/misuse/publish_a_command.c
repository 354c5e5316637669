// says: shop_reserve_stock_publish
#include "shop.bus.h"

enum bus_outcome tell(struct bus *bus);

enum bus_outcome tell(struct bus *bus)
{
    struct shop_reserve_stock request = {.order_id = 1};

#ifdef WRONG
    return shop_reserve_stock_publish(bus, &request);
#else
    struct shop_reserve_stock_result result;

    return shop_reserve_stock_execute(bus, &request, &result);
#endif
}
