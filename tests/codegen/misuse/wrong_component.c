// says: on_order_placed
#include "shop.bus.h"

enum bus_verdict on_stock(void *context, const struct shop_stock_changed *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_placed(void *context, const struct shop_order_placed *event,
                           struct bus_delivery *delivery);
enum bus_verdict reserve(void *context, const struct shop_reserve_stock *request,
                         struct bus_delivery *delivery);
enum bus_status wire(struct bus *bus);

enum bus_status wire(struct bus *bus)
{
    struct shop_warehouse handlers = {.reserve_stock = reserve};

    handlers.on_order_placed = on_placed;
#ifdef WRONG
    handlers.on_order_placed = on_stock;
#endif
    return shop_warehouse_attach(bus, &handlers, NULL);
}
