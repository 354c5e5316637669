// link: shop_warehouse_reserve_stock
#include "shop.bus.h"

enum bus_verdict shop_warehouse_on_order_placed(void *context,
                                                const struct shop_order_placed *event,
                                                struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    (void)delivery;
    return BUS_DONE;
}

#ifndef WRONG
enum bus_verdict shop_warehouse_reserve_stock(void *context,
                                              const struct shop_reserve_stock *request,
                                              struct bus_delivery *delivery)
{
    struct shop_reserve_stock_ok ok = {.reservation_id = request->order_id};

    (void)context;
    return shop_reserve_stock_return(delivery, &ok);
}
#endif

int main(void)
{
    struct bus *bus = NULL;

    return shop_server_open(&bus, NULL, NULL) == BUS_OK ? 0 : 1;
}
