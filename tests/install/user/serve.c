/* A user's program in C against the installed package: handles, publishes, executes, checks. */
#include "bar.bus.h"

#include <stdio.h>

struct tender {
    uint32_t drinks;
};

static enum bus_verdict on_order(void *context, const struct bar_drink_ordered *event,
                                 struct bus_delivery *delivery)
{
    struct tender *tender = (struct tender *)context;

    (void)delivery;
    tender->drinks += event->table_number;
    return BUS_DONE;
}

static enum bus_verdict on_open_tab(void *context, const struct bar_open_tab *request,
                                    struct bus_delivery *delivery)
{
    struct bar_open_tab_ok answer = {0};

    (void)context;
    if (request->limit > 100)
        return bar_open_tab_fail_no_credit(delivery);
    answer.tab = request->guest.age;
    return bar_open_tab_return(delivery, &answer);
}

int main(void)
{
    struct tender tender = {0};
    struct bar_tender handlers = {0};
    struct bus_options options = {0};
    struct bar_drink_ordered order;
    struct bar_open_tab request;
    struct bar_open_tab_result result;
    struct bus *bus = NULL;

    handlers.open_tab = on_open_tab;
    handlers.on_drink_ordered = on_order;
    if (bus_open(&bus, &options) != BUS_OK ||
        bar_tender_attach(bus, &handlers, &tender) != BUS_OK || bus_start(bus) != BUS_OK) {
        printf("%s\n", bus_last_error());
        return 1;
    }
    bar_drink_ordered_init(&order);
    order.table_number = 7;
    order.drink = bus_cstr("tea");
    if (bar_drink_ordered_publish(bus, &order) != BUS_QUEUED)
        return 2;
    bar_open_tab_init(&request);
    request.guest.name = bus_cstr("Ada");
    request.guest.age = 36;
    if (bar_open_tab_execute(bus, &request, &result) != BUS_ANSWERED ||
        result.answer != BAR_OPEN_TAB_OK || result.ok.tab != 36)
        return 3;
    request.limit = 101;
    if (bar_open_tab_execute(bus, &request, &result) != BUS_ANSWERED ||
        result.answer != BAR_OPEN_TAB_NO_CREDIT)
        return 4;
    if (bus_wait_idle(bus, 10 * BUS_SECOND) != BUS_OK || tender.drinks != 7)
        return 5;
    if (bus_stop(bus, 10 * BUS_SECOND, NULL) != BUS_OK || bus_close(&bus) != BUS_OK)
        return 6;
    printf("served\n");
    return 0;
}
