/*
 * The program as it was with version 1 of its schema. It leaves in a store what it has not done: a
 * dead letter, two orders, a reminder. Usage: versions_1 STORE
 */
#include <bus/sqlite_store.h>
#include <stdio.h>

#include "orders.bus.h"

/* It fails, so that a dead letter is there. */
static enum bus_verdict on_placed(void *context, const struct orders_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)event;
    return bus_fail(delivery, &(struct bus_error){.text = "the warehouse is shut"});
}

static bool place(struct bus *bus, uint64_t number, const char *customer, uint32_t cents)
{
    const struct orders_placed order = {
        .number = number, .customer = bus_cstr(customer), .cents = cents};

    return orders_placed_publish(bus, &order) == BUS_QUEUED;
}

static bool leave(struct bus *bus)
{
    const struct orders_reminded reminded = {.number = 1, .text = bus_cstr("ring Ada up")};
    const struct bus_schedule soon = {.after_ns = 1};

    return place(bus, 1, "Ada Lovelace", 1250) && bus_poll(bus, 0, NULL) == BUS_OK &&
           place(bus, 2, "Alan Turing", 900) && place(bus, 3, "Plato", 300) &&
           orders_reminded_schedule(bus, &reminded, &soon, NULL) == BUS_OK;
}

int main(int argc, char **argv)
{
    struct bus_sqlite_store *store = NULL;
    struct bus *bus = NULL;
    bool left = false;

    if (argc != 2) {
        fputs("usage: versions_1 STORE\n", stderr);
        return 2;
    }
    if (bus_sqlite_store_open(&store, argv[1], NULL) == BUS_OK)
        left = bus_open(&bus, &(struct bus_options){.polled = true,
                                                    .store = bus_sqlite_store_table(store),
                                                    .schema = &orders_schema}) == BUS_OK &&
               orders_placed_subscribe(bus, on_placed, NULL, NULL) == BUS_OK &&
               bus_start(bus) == BUS_OK && leave(bus);
    if (!left)
        fprintf(stderr, "versions_1: %s\n", bus_last_error());
    else
        puts("Version 1 leaves a dead letter (order 1), two orders (2, 3) and a reminder.");
    bus_close(&bus); /* and nobody has looked at orders 2 and 3 */
    bus_sqlite_store_close(&store);
    return left && fflush(stdout) == 0 ? 0 : 1;
}
