#include "billing.h"

#include <stdio.h>

enum { DISCOUNT_NONE = 100 };

/* A fault, not an answer: nothing in shop.bus says what to do with it, so it counts as a failure of
 * this handler. The warehouse ships all the same. */
static enum bus_verdict no_rate(struct billing *billing, struct bus_delivery *delivery,
                                unsigned currency)
{
    char text[64];

    billing->failed++;
    snprintf(text, sizeof(text), "no exchange rate for currency %u", currency);
    return bus_fail(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONFIG, .text = text});
}

enum bus_verdict shop_billing_on_order_placed(void *context, const struct shop_order_placed *event,
                                              struct bus_delivery *delivery)
{
    struct billing *billing = context;
    struct shop_order_settled settled;
    bool card = event->payment.type == SHOP_PAYMENT_CARD;
    struct bills *bills = card ? &billing->paid : &billing->billed;
    int64_t total = 0;

    for (uint32_t i = 0; i < event->lines.size; i++) {
        const struct shop_line *line = &event->lines.data[i];

        if (line->price.currency != EUR)
            return no_rate(billing, delivery, line->price.currency);
        total += line->price.amount * line->quantity;
    }
    if (event->discount.has)
        total = (total * (DISCOUNT_NONE - event->discount.value) + 50) / 100; /* to the cent */
    if (event->coupon.has)
        billing->coupons++;
    bills->count++;
    bills->total += total;

    shop_order_settled_init(&settled);
    settled.order_id = event->order_id;
    settled.state = card ? SHOP_ORDER_STATE_PAID : SHOP_ORDER_STATE_BILLED;
    settled.total = (struct shop_money){.amount = total, .currency = EUR};
    if (!bus_accepted(shop_order_settled_publish(bus_delivery_bus(delivery), &settled)))
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
