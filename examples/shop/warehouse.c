#include "warehouse.h"

#include "orders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct article *article_find(const struct warehouse *warehouse, struct bus_string sku)
{
    for (size_t i = 0; i < warehouse->article_count; i++)
        if (bus_string_equal(bus_cstr(warehouse->articles[i].sku), sku))
            return &warehouse->articles[i];
    return NULL;
}

static struct reservation *reservation_find(const struct warehouse *warehouse, uint64_t order_id,
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
    /* Else it was asked for before: the same answer again. */
    if (reservation == NULL && !numbers_has(&warehouse->shipped, request->order_id)) {
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
        delivery,
        &(struct shop_reserve_stock_ok){.reservation_id = reservation != NULL ? reservation->id : 0,
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

/* "1001,PEN-RED*2;INK-BLUE*1" */
static bool write_down(const struct warehouse *warehouse, const struct shop_order_placed *order)
{
    static char line[SHOP_LINES_MAX * (SKU_SIZE + 16)]; /* one warehouse, and it is serial */
    int size = snprintf(line, sizeof(line), "%" PRIu64, order->order_id);

    for (uint32_t i = 0; i < order->lines.size; i++)
        size +=
            snprintf(line + size, sizeof(line) - (size_t)size, "%c%s*%" PRIu32, i == 0 ? ',' : ';',
                     order->lines.data[i].sku.data, order->lines.data[i].quantity);
    snprintf(line + size, sizeof(line) - (size_t)size, "\n");
    return journal_add(&warehouse->file, line);
}

/* What an earlier run of this program has accepted is not reserved: reservations are in memory. */
static bool is_there(const struct warehouse *warehouse, const struct shop_order_placed *order)
{
    for (uint32_t i = 0; i < order->lines.size; i++) {
        const struct shop_line *line = &order->lines.data[i];
        const struct article *article = article_find(warehouse, line->sku);

        if (reservation_find(warehouse, order->order_id, line->sku) == NULL &&
            (article == NULL || article->left < line->quantity))
            return false;
    }
    return true;
}

static void ship(struct warehouse *warehouse, uint64_t order_id, const struct shop_line *line)
{
    struct reservation *reservation = reservation_find(warehouse, order_id, line->sku);
    struct article *article = article_find(warehouse, line->sku);

    article->shipped += line->quantity;
    if (reservation != NULL)
        reservation_remove(warehouse, reservation);
    else
        article->left -= line->quantity;
}

/* Ships an order, once: an order that is placed again was shipped when its line is there. */
enum bus_verdict shop_warehouse_on_order_placed(void *context,
                                                const struct shop_order_placed *event,
                                                struct bus_delivery *delivery)
{
    struct warehouse *warehouse = context;

    if (numbers_has(&warehouse->shipped, event->order_id)) {
        warehouse->known++;
        return BUS_DONE;
    }
    if (!is_there(warehouse, event))
        return bus_fail(delivery, &(struct bus_error){.text = "ordered, but never reserved"});
    if (!numbers_room(&warehouse->shipped))
        return bus_fail_errno(delivery, ENOMEM, "warehouse");
    if (!write_down(warehouse, event))
        return bus_fail_errno(delivery, errno, "warehouse");
    (void)numbers_add(&warehouse->shipped, event->order_id);
    for (uint32_t i = 0; i < event->lines.size; i++)
        ship(warehouse, event->order_id, &event->lines.data[i]);
    return BUS_DONE;
}

/* A line of write_down. Articles that are not sold any more are no matter. */
static bool line_take(void *context, char *line)
{
    struct warehouse *warehouse = context;
    char *comma = strchr(line, ','), *rest = NULL;
    uint64_t order, quantity;

    if (comma == NULL)
        return false;
    *comma = '\0';
    if (!number_parse(line, 1, UINT64_MAX, &order) || !numbers_add(&warehouse->shipped, order))
        return false;
    for (char *item = strtok_r(comma + 1, ";", &rest); item != NULL;
         item = strtok_r(NULL, ";", &rest)) {
        char *star = strchr(item, '*');
        struct article *article;

        if (star == NULL || !number_parse(star + 1, 1, UINT32_MAX, &quantity))
            return false;
        *star = '\0';
        article = article_find(warehouse, bus_cstr(item));
        if (article == NULL)
            continue;
        article->shipped += (uint32_t)quantity;
        article->left -= quantity < article->left ? (uint32_t)quantity : article->left;
    }
    return true;
}

bool warehouse_open(struct warehouse *warehouse, const char *folder)
{
    return journal_open(&warehouse->file, folder, "shipped.txt", line_take, warehouse);
}
