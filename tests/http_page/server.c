/*
 * server.c - a program with a bus and its page, told what to do line by line on its standard input:
 *
 *     order N    publishes N orders and waits until all is done      parcel N   the same
 *     break      from now on handlers of orders and parcels fail     heal       they succeed again
 *     schedule N schedules N orders, in an hour                      calm       ends `steady`
 *     steady     publishes an order each millisecond
 *
 * Each line is answered with "ok". usage: server PORT SOCKET; its first line is the port (PORT 0:
 * one that is free). It ends with its input.
 */
#include "till.bus.h"

#include <bus/account.h>
#include <bus/http.h>
#include <bus/schedule.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static atomic_bool broken, steady, ended;
static uint64_t orders;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", what, bus_last_error());
    exit(1);
}

static enum bus_verdict on_order(void *context, const struct till_order *order,
                                 struct bus_delivery *delivery)
{
    if (atomic_load(&broken))
        return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONNECTION,
                                                      .severity = BUS_SEVERITY_HIGH,
                                                      .code = 111,
                                                      .text = "the till is jammed"});
    orders++;
    return bus_accepted(till_receipt_publish(context, &(struct till_receipt){.id = order->id}))
               ? BUS_DONE
               : BUS_RETRY;
}

static enum bus_verdict on_count(void *context, const struct till_count_orders *request,
                                 struct bus_delivery *delivery)
{
    (void)context;
    (void)request;
    return till_count_orders_return(delivery, &(struct till_count_orders_ok){.orders = orders});
}

static enum bus_verdict on_parcel(void *context, const struct till_parcel *parcel,
                                  struct bus_delivery *delivery)
{
    (void)context;
    (void)parcel;
    if (!atomic_load(&broken))
        return BUS_DONE;
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_TIMEOUT,
                                                  .severity = BUS_SEVERITY_MEDIUM,
                                                  .code = 7,
                                                  .text = "no van"});
}

static enum bus_verdict on_receipt(void *context, const struct till_receipt *receipt,
                                   struct bus_delivery *delivery)
{
    (void)context;
    (void)receipt;
    (void)delivery;
    return BUS_DONE;
}

static enum bus_verdict on_written(void *context, const struct till_order *order,
                                   struct bus_delivery *delivery)
{
    (void)context;
    (void)order;
    (void)delivery;
    return BUS_DONE;
}

static struct till_order an_order(uint64_t id)
{
    return (struct till_order){
        .id = id, .what = bus_cstr("<b>tea</b>"), .card = bus_cstr("4929-0000")};
}

static void *be_steady(void *bus)
{
    for (uint64_t id = 1000000; !atomic_load(&ended); id++) {
        const struct till_order order = an_order(id);

        if (atomic_load(&steady))
            bus_ignore(till_order_publish(bus, &order));
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return NULL;
}

static void publish(struct bus *bus, const char *what, uint64_t count)
{
    static uint64_t id;
    const struct bus_schedule in_an_hour = {.after_ns = 3600 * BUS_SECOND};

    for (uint64_t i = 0; i < count; i++) {
        const struct till_order order = an_order(++id);

        if (strcmp(what, "order") == 0)
            must(bus_accepted(till_order_publish(bus, &order)), what);
        else if (strcmp(what, "parcel") == 0)
            must(bus_accepted(till_parcel_publish(bus, &(struct till_parcel){.id = id})), what);
        else
            must(till_order_schedule(bus, &order, &in_an_hour, NULL) == BUS_OK, what);
    }
    must(bus_wait_idle(bus, 10 * BUS_SECOND) == BUS_OK, "idle");
}

static void serve(struct bus *bus)
{
    char line[64];

    while (fgets(line, sizeof line, stdin) != NULL) {
        char *end = strpbrk(line, " \n");
        uint64_t count = end != NULL ? strtoull(end, NULL, 10) : 0;

        must(end != NULL, "a line");
        *end = '\0';
        if (strcmp(line, "break") == 0 || strcmp(line, "heal") == 0)
            atomic_store(&broken, line[0] == 'b');
        else if (strcmp(line, "steady") == 0 || strcmp(line, "calm") == 0)
            atomic_store(&steady, line[0] == 's');
        else
            publish(bus, line, count);
        puts("ok");
        fflush(stdout);
    }
}

int main(int count, char **arguments)
{
    struct bus *bus = NULL;
    struct bus_http *server = NULL;
    struct bus_http_options options = {0};
    pthread_t thread;

    must(count == 3, "usage: server PORT SOCKET");
    options.port = (uint16_t)strtoul(arguments[1], NULL, 10);
    options.any_port = options.port == 0;
    options.socket_path = arguments[2];
    must(bus_open(&bus, &(struct bus_options){.name = "till", .workers = 1, .timing_every = 1}) ==
             BUS_OK,
         "open");
    must(till_desk_attach(bus, &(struct till_desk){.on_order = on_order, .count_orders = on_count},
                          bus) == BUS_OK &&
             till_post_attach(bus, &(struct till_post){.on_parcel = on_parcel}, NULL) == BUS_OK &&
             till_ledger_attach(
                 bus, &(struct till_ledger){.on_receipt = on_receipt, .on_order = on_written},
                 NULL) == BUS_OK,
         "attach");
    must(bus_start(bus) == BUS_OK, "start");
    must(bus_http_open(&server, bus, &options) == BUS_OK, "http");
    must(pthread_create(&thread, NULL, be_steady, bus) == 0, "thread");
    printf("%u\n", (unsigned)bus_http_port(server));
    fflush(stdout);
    serve(bus);
    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    must(bus_http_close(&server) == BUS_OK, "http close");
    must(bus_close(&bus) == BUS_OK, "close");
    return 0;
}
