// says: struct shop_stock_changed
#include "shop.bus.h"

enum bus_outcome tell(struct bus *bus);

enum bus_outcome tell(struct bus *bus)
{
    struct shop_stock_changed changed = {.sku = bus_cstr("hammer")};

#ifdef WRONG
    return shop_order_placed_publish(bus, &changed);
#else
    return shop_stock_changed_publish(bus, &changed);
#endif
}
