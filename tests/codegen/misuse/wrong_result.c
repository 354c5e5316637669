// says: struct shop_reserve_stock_ok
#include "shop.bus.h"

enum bus_outcome ask(struct bus *bus);

enum bus_outcome ask(struct bus *bus)
{
    struct shop_reserve_stock request = {.order_id = 1};
    struct shop_reserve_stock_result result;
    struct shop_reserve_stock_ok ok;

    (void)ok;
#ifdef WRONG
    return shop_reserve_stock_execute(bus, &request, &ok);
#else
    return shop_reserve_stock_execute(bus, &request, &result);
#endif
}
