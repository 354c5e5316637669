/* pricing.h - prices that keep the last one of each article. */
#ifndef PRICING_H
#define PRICING_H

#include "support.h"

#include "prices.bus.h"

/* Entries of the journal are sku * 1000 + price. */
enum bus_verdict on_priced(void *context, const struct prices_priced *event,
                           struct bus_delivery *delivery);
/* Polled without workers; on_priced listens. */
struct bus *open_prices(struct journal *journal, struct bus_options options);
void price(struct bus *bus, uint64_t sku, uint64_t value, enum bus_outcome expected);
struct bus_account account(struct bus *bus);

#endif
