// The same user in C++; includes the headers as they are.
#include "bar.bus.h"

#include <iostream>

static enum bus_verdict on_order(void *context, const struct bar_drink_ordered *event,
                                 struct bus_delivery *)
{
    *static_cast<unsigned *>(context) += event->table_number;
    return BUS_DONE;
}

static enum bus_verdict on_open_tab(void *, const struct bar_open_tab *request,
                                    struct bus_delivery *delivery)
{
    bar_open_tab_ok answer = {};

    answer.tab = request->guest.age;
    return bar_open_tab_return(delivery, &answer);
}

int main()
{
    unsigned drinks = 0;
    bus *bus = nullptr;
    bus_options options = {};
    bar_tender handlers = {};
    bar_drink_ordered order;
    bar_open_tab request;
    bar_open_tab_result result;

    handlers.open_tab = on_open_tab;
    handlers.on_drink_ordered = on_order;
    if (bus_open(&bus, &options) != BUS_OK ||
        bar_tender_attach(bus, &handlers, &drinks) != BUS_OK || bus_start(bus) != BUS_OK)
        return 1;
    bar_drink_ordered_init(&order);
    order.table_number = 7;
    if (bar_drink_ordered_publish(bus, &order) != BUS_QUEUED)
        return 2;
    bar_open_tab_init(&request);
    request.guest.age = 36;
    if (bar_open_tab_execute(bus, &request, &result) != BUS_ANSWERED || result.ok.tab != 36)
        return 3;
    if (bus_wait_idle(bus, 10 * BUS_SECOND) != BUS_OK || drinks != 7)
        return 4;
    if (bus_close(&bus) != BUS_OK)
        return 5;
    std::cout << "served\n";
}
