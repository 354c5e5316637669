// says: shop_reserve_stock_fail_unknown_sku
#include "shop.bus.h"

enum bus_verdict handle(struct bus_delivery *delivery);

enum bus_verdict handle(struct bus_delivery *delivery)
{
#ifdef WRONG
    shop_reserve_stock_fail_unknown_sku(delivery);
    return BUS_DONE;
#else
    return shop_reserve_stock_fail_unknown_sku(delivery);
#endif
}
