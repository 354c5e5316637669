#include "billing.h"

#include "orders.h"

#include <stdio.h>

enum { DISCOUNT_NONE = 100 };

/* A fault, not an answer. Another try would not help, so it becomes a dead letter at once, which
 * can be run again when there is a rate. The warehouse ships all the same. */
static enum bus_verdict no_rate(struct billing *billing, struct bus_delivery *delivery,
                                unsigned currency)
{
    char text[64];

    billing->failed++;
    snprintf(text, sizeof(text), "no exchange rate for currency %u", currency);
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONFIG, .text = text});
}

enum bus_verdict shop_billing_set_rate(void *context, const struct shop_set_rate *request,
                                       struct bus_delivery *delivery)
{
    struct billing *billing = context;

    (void)delivery;
    billing->other_currency = request->currency;
    billing->per_10000 = request->per_10000;
    return BUS_DONE;
}

/* What is to be paid by card goes to the cashier, the rest is settled. */
static bool announce(struct bus *bus, const struct shop_order_placed *order,
                     struct shop_money total)
{
    struct shop_payment_due due;
    struct shop_order_settled settled;

    if (order->payment.type == SHOP_PAYMENT_CARD) {
        shop_payment_due_init(&due);
        due.order_id = order->order_id;
        due.total = total;
        due.card = order->payment.card;
        return bus_accepted(shop_payment_due_publish_with(
            bus, &due,
            &(struct bus_message_options){
                .id = order_message_id(&shop_payment_due_type, order->order_id)}));
    }
    shop_order_settled_init(&settled);
    settled.order_id = order->order_id;
    settled.state = SHOP_ORDER_STATE_BILLED;
    settled.total = total;
    return bus_accepted(shop_order_settled_publish_with(
        bus, &settled,
        &(struct bus_message_options){
            .id = order_message_id(&shop_order_settled_type, order->order_id)}));
}

enum bus_verdict shop_billing_on_order_placed(void *context, const struct shop_order_placed *event,
                                              struct bus_delivery *delivery)
{
    struct billing *billing = context;
    bool card = event->payment.type == SHOP_PAYMENT_CARD;
    struct bills *bills = card ? &billing->paid : &billing->billed;
    int64_t total = 0;

    for (uint32_t i = 0; i < event->lines.size; i++) {
        const struct shop_line *line = &event->lines.data[i];
        int64_t price = line->price.amount * line->quantity;

        if (line->price.currency == EUR)
            total += price;
        else if (line->price.currency == billing->other_currency)
            total += (price * billing->per_10000 + 5000) / 10000;
        else
            return no_rate(billing, delivery, line->price.currency);
    }
    if (event->discount.has)
        total = (total * (DISCOUNT_NONE - event->discount.value) + 50) / 100; /* to the cent */
    if (event->coupon.has)
        billing->coupons++;
    bills->count++;
    bills->total += total;
    if (!announce(bus_delivery_bus(delivery), event,
                  (struct shop_money){.amount = total, .currency = EUR}))
        billing->lost++;
    return BUS_DONE;
}

enum bus_verdict shop_billing_on_stock_changed(void *context,
                                               const struct shop_stock_changed *event,
                                               struct bus_delivery *delivery)
{
    struct billing *billing = context;
    struct stock_news *news = NULL;

    (void)delivery;
    for (size_t i = 0; i < billing->news_count && news == NULL; i++)
        if (bus_string_equal(bus_cstr(billing->news[i].sku), event->sku))
            news = &billing->news[i];
    if (news == NULL && billing->news_count < NEWS_MAX) {
        news = &billing->news[billing->news_count++];
        memcpy(news->sku, event->sku.data, event->sku.size);
        news->sku[event->sku.size] = '\0';
    }
    if (news != NULL)
        news->left = event->left;
    return BUS_DONE;
}
