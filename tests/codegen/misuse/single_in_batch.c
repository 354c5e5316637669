// says: shop_order_placed
#include "shop.bus.h"

enum bus_verdict on_order(void *context, const struct shop_order_placed *event,
                          struct bus_delivery *delivery);
enum bus_verdict on_orders(void *context, const struct shop_order_placed *events, uint32_t count,
                           struct bus_batch *batch);
enum bus_status wire(struct bus *bus);

enum bus_status wire(struct bus *bus)
{
#ifdef WRONG
    struct shop_billing handlers = {.on_order_placed = on_order};
#else
    struct shop_billing handlers = {.on_order_placed = on_orders};
#endif

    return shop_billing_attach(bus, &handlers, NULL);
}
