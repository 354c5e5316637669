// says: shop_order_placed
#include "shop.bus.h"

enum bus_verdict on_stock(void *context, const struct shop_stock_changed *event,
                          struct bus_delivery *delivery);
enum bus_status wire(struct bus *bus);

enum bus_status wire(struct bus *bus)
{
#ifdef WRONG
    return shop_order_placed_subscribe(bus, on_stock, NULL, NULL);
#else
    return shop_stock_changed_subscribe(bus, on_stock, NULL, NULL);
#endif
}
