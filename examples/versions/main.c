/*
 * The program of today (version 3 of its schema) reads what the first one left in its store. Its
 * handlers know of no versions: upgrades.c does. Usage: versions_3 STORE
 */
#include <bus/dead_letters.h>
#include <bus/durable.h>
#include <bus/sqlite_store.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "orders.bus.h"

struct today {
    struct bus *bus;
    uint64_t reminders, wanted; /* that came; that wait in the store */
};

static enum bus_verdict on_placed(void *context, const struct orders_placed *event,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)delivery;
    printf("%s: order %" PRIu64 ", %s %s, %" PRId64 ".%02u %s\n", event->customer.greeting.data,
           event->number, event->customer.first.data, event->customer.last.data,
           event->price.minor / 100, (unsigned)(event->price.minor % 100),
           orders_currency_name(event->price.currency));
    return BUS_DONE;
}

static enum bus_verdict on_reminded(void *context, const struct orders_reminded *event,
                                    struct bus_delivery *delivery)
{
    struct today *today = context;

    (void)delivery;
    printf("Reminder %" PRIu64 ", in %u words:", event->number, (unsigned)event->words.size);
    for (uint32_t i = 0; i < event->words.size; i++)
        printf(" [%s]", event->words.data[i].data);
    puts("");
    today->reminders++;
    return BUS_DONE;
}

/* Until nothing is left to do, and the reminders came. */
static bool run(struct today *today)
{
    struct pollfd due = {.fd = bus_poll_descriptor(today->bus), .events = POLLIN};
    uint32_t ran = 1;

    while (ran != 0 || (today->reminders < today->wanted && poll(&due, 1, 5000) > 0))
        if (bus_poll(today->bus, 0, &ran) != BUS_OK)
            return false;
    return true;
}

static bool show(void *context, const struct bus_dead_letter *letter)
{
    char text[512];

    (void)bus_dead_letter_text(context, letter, text, sizeof text);
    puts(text);
    return true;
}

static bool work(struct today *today, const struct bus_store *store)
{
    struct bus_durable_figures figures;
    struct bus_replay_result result;
    struct bus_store_state found;
    struct bus *bus = today->bus;

    store->state(store->context, &found);
    today->wanted = found.kinds[BUS_STORED_SCHEDULED].count;
    puts("\nAt the start, and when the reminder was due:");
    if (bus_start(bus) != BUS_OK || !run(today))
        return false;
    puts("\nThe dead letters, as they were written:");
    if (bus_dead_letters_each(bus, NULL, show, bus, NULL) != BUS_OK)
        return false;
    puts("\nRun again:");
    if (bus_dead_letters_replay(bus, NULL, 0, 5 * BUS_SECOND, &result) != BUS_OK ||
        bus_durable_figures_read(bus, &figures) != BUS_OK)
        return false;
    printf("\n%" PRIu64 " event from disk upgraded, %" PRIu64 " letter; %" PRIu64
           " that cannot be stays a letter, for a better upgrade function\n",
           figures.upgraded, result.replayed, result.failed);
    return bus_stop(bus, BUS_SECOND, NULL) == BUS_OK;
}

int main(int argc, char **argv)
{
    struct bus_sqlite_store *store = NULL;
    struct today today = {.reminders = 0};
    bool well = false;

    if (argc != 2) {
        fputs("usage: versions_3 STORE\n", stderr);
        return 2;
    }
    if (bus_sqlite_store_open(&store, argv[1], NULL) == BUS_OK)
        well = bus_open(&today.bus, &(struct bus_options){.polled = true,
                                                          .store = bus_sqlite_store_table(store),
                                                          .schema = &orders_schema}) == BUS_OK &&
               orders_placed_subscribe(today.bus, on_placed, &today, NULL) == BUS_OK &&
               orders_reminded_subscribe(today.bus, on_reminded, &today, NULL) == BUS_OK &&
               work(&today, bus_sqlite_store_table(store));
    if (!well)
        fprintf(stderr, "versions_3: %s\n", bus_last_error());
    bus_close(&today.bus);
    bus_sqlite_store_close(&store);
    return well && fflush(stdout) == 0 ? 0 : 1;
}
