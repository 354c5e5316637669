#include "audit.h"

enum bus_verdict shop_audit_on_order_placed(void *context, const struct shop_order_placed *event,
                                            struct bus_delivery *delivery)
{
    struct audit *audit = context;

    (void)event;
    (void)delivery;
    atomic_fetch_add(&audit->placed, 1);
    return BUS_DONE;
}

enum bus_verdict shop_audit_on_order_refused(void *context, const struct shop_order_refused *event,
                                             struct bus_delivery *delivery)
{
    struct audit *audit = context;

    (void)event;
    (void)delivery;
    atomic_fetch_add(&audit->refused, 1);
    return BUS_DONE;
}

enum bus_verdict shop_audit_on_order_settled(void *context, const struct shop_order_settled *event,
                                             struct bus_delivery *delivery)
{
    struct audit *audit = context;

    (void)delivery;
    atomic_fetch_add(&audit->settled, 1);
    atomic_fetch_add(&audit->revenue, event->total.amount);
    return BUS_DONE;
}
