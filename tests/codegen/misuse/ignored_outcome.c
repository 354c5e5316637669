// says: shop_order_placed_publish
#include "shop.bus.h"

void tell(struct bus *bus);

void tell(struct bus *bus)
{
    struct shop_order_placed placed = {.order_id = 1};

#ifdef WRONG
    shop_order_placed_publish(bus, &placed);
#else
    bus_ignore(shop_order_placed_publish(bus, &placed));
#endif
}
