// says: shop_price_changed_claim
#include "shop.bus.h"

enum bus_outcome tell(struct bus *bus, struct bus_claim *claim);

enum bus_outcome tell(struct bus *bus, struct bus_claim *claim)
{
#ifdef WRONG
    struct shop_price_changed price = {.sku = 1};

    return shop_price_changed_claim(bus, &price, NULL, claim);
#else
    struct shop_order_placed order = {.order_id = 1};

    return shop_order_placed_claim(bus, &order, NULL, claim);
#endif
}
