#include "warehouse.h"

#include <stdlib.h>

static struct article *article_find(struct warehouse *warehouse, struct bus_string sku)
{
    for (size_t i = 0; i < warehouse->article_count; i++)
        if (bus_string_equal(bus_cstr(warehouse->articles[i].sku), sku))
            return &warehouse->articles[i];
    return NULL;
}

static struct reservation *reservation_find(struct warehouse *warehouse, uint64_t order_id,
                                            struct bus_string sku)
{
    for (size_t i = 0; i < warehouse->reservation_count; i++) {
        struct reservation *reservation = &warehouse->reservations[i];

        if (reservation->order_id == order_id &&
            bus_string_equal(bus_cstr(reservation->article->sku), sku))
            return reservation;
    }
    return NULL;
}

static struct reservation *reservation_add(struct warehouse *warehouse)
{
    if (warehouse->reservation_count == warehouse->reservation_capacity) {
        size_t capacity = warehouse->reservation_capacity * 2 + 64;
        void *grown = realloc(warehouse->reservations, capacity * sizeof(struct reservation));

        if (grown == NULL)
            return NULL;
        warehouse->reservations = grown;
        warehouse->reservation_capacity = capacity;
    }
    return &warehouse->reservations[warehouse->reservation_count++];
}

static void reservation_remove(struct warehouse *warehouse, struct reservation *reservation)
{
    *reservation = warehouse->reservations[--warehouse->reservation_count];
}

/* Tells everybody how much is left. When nobody keeps up, older news of this kind is dropped: that
 * is declared in shop.bus, and counted. */
static void announce(struct bus_delivery *delivery, const struct article *article)
{
    bus_ignore(shop_stock_changed_publish(
        bus_delivery_bus(delivery),
        &(struct shop_stock_changed){.sku = bus_cstr(article->sku), .left = article->left}));
}

/* How long a reservation is promised: a quarter of an hour from the request. */
static int64_t expiry(const struct bus_delivery *delivery)
{
    struct bus_envelope envelope;

    bus_delivery_envelope(delivery, &envelope);
    return (int64_t)(envelope.published_ns + 900 * BUS_SECOND);
}

enum bus_verdict shop_warehouse_reserve_stock(void *context,
                                              const struct shop_reserve_stock *request,
                                              struct bus_delivery *delivery)
{
    struct warehouse *warehouse = context;
    struct article *article = article_find(warehouse, request->sku);
    struct reservation *reservation;

    if (article == NULL)
        return shop_reserve_stock_fail_unknown_sku(delivery);
    reservation = reservation_find(warehouse, request->order_id, request->sku);
    if (reservation == NULL) { /* else it was asked for before: the same answer again */
        if (request->quantity > article->left) {
            article->missed++;
            return shop_reserve_stock_fail_out_of_stock(
                delivery, &(struct shop_reserve_stock_out_of_stock){.available = article->left});
        }
        reservation = reservation_add(warehouse);
        if (reservation == NULL)
            return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                                          .text = "no memory for a reservation"});
        *reservation = (struct reservation){.id = ++warehouse->last_reservation,
                                            .order_id = request->order_id,
                                            .article = article,
                                            .quantity = request->quantity};
        article->left -= request->quantity;
        announce(delivery, article);
    }
    return shop_reserve_stock_return(
        delivery, &(struct shop_reserve_stock_ok){.reservation_id = reservation->id,
                                                  .expires_at_ns = expiry(delivery),
                                                  .price = article->price});
}

enum bus_verdict shop_warehouse_release_stock(void *context,
                                              const struct shop_release_stock *request,
                                              struct bus_delivery *delivery)
{
    struct warehouse *warehouse = context;
    struct reservation *reservation = reservation_find(warehouse, request->order_id, request->sku);
    struct shop_release_stock_ok answer;

    if (reservation == NULL)
        return shop_release_stock_fail_not_reserved(delivery);
    answer.quantity = reservation->quantity;
    reservation->article->left += reservation->quantity;
    announce(delivery, reservation->article);
    reservation_remove(warehouse, reservation);
    return shop_release_stock_return(delivery, &answer);
}

/* Ships an order. */
enum bus_verdict shop_warehouse_on_order_placed(void *context,
                                                const struct shop_order_placed *event,
                                                struct bus_delivery *delivery)
{
    struct warehouse *warehouse = context;

    for (uint32_t i = 0; i < event->lines.size; i++) {
        const struct shop_line *line = &event->lines.data[i];
        struct reservation *reservation = reservation_find(warehouse, event->order_id, line->sku);

        if (reservation == NULL)
            return bus_fail(delivery, &(struct bus_error){.text = "ordered, but never reserved"});
        reservation->article->shipped += reservation->quantity;
        reservation_remove(warehouse, reservation);
    }
    return BUS_DONE;
}
