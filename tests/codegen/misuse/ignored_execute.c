// says: shop_reserve_stock_execute
#include "shop.bus.h"

void ask(struct bus *bus);

void ask(struct bus *bus)
{
    struct shop_reserve_stock request = {.order_id = 1};
    struct shop_reserve_stock_result result;

#ifdef WRONG
    shop_reserve_stock_execute(bus, &request, &result);
#else
    bus_ignore(shop_reserve_stock_execute(bus, &request, &result));
#endif
}
