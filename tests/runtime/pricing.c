/* pricing.c - see the header. */
#include "pricing.h"

enum bus_verdict on_priced(void *context, const struct prices_priced *event,
                           struct bus_delivery *delivery)
{
    (void)delivery;
    journal_add(context, event->sku * 1000 + event->price);
    return BUS_DONE;
}

struct bus *open_prices(struct journal *journal, struct bus_options options)
{
    struct bus *bus;

    options.polled = options.workers == 0;
    bus = open_bus(&options);
    assert_int_equal(prices_priced_subscribe(bus, on_priced, journal, NULL), BUS_OK);
    return bus;
}

void price(struct bus *bus, uint64_t sku, uint64_t value, enum bus_outcome expected)
{
    assert_int_equal(
        prices_priced_publish(bus, &(struct prices_priced){.sku = sku, .price = value}), expected);
}

struct bus_account account(struct bus *bus)
{
    return account_of(bus, &prices_priced_type);
}
