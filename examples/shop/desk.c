#include "desk.h"

#include <inttypes.h>
#include <stdio.h>

/* What became of an order, or of one of its articles. */
enum result { TAKEN, UNKNOWN, OUT_OF_STOCK, MALFORMED, FAILED };

void desk_complain(struct desk *desk, uint64_t number, const char *reason)
{
    if (desk->malformed < COMPLAINTS_SHOWN) {
        struct complaint *complaint = &desk->complaints[desk->malformed];

        complaint->line = number;
        snprintf(complaint->reason, sizeof(complaint->reason), "%s", reason);
    }
    if (desk->all)
        printf("line %" PRIu64 ": %s\n", number, reason);
    desk->malformed++;
}

/* Remembers the first order that failed for a reason that is not in the data. */
static enum result failed(struct desk *desk, const char *what, enum bus_outcome outcome,
                          const char *text)
{
    if (desk->failure[0] == '\0')
        snprintf(desk->failure, sizeof(desk->failure), "%s: %s%s%s", what,
                 bus_outcome_text(outcome), *text != '\0' ? ": " : "", text);
    return FAILED;
}

/* Asks the warehouse to put one article aside, and waits for its answer. */
static enum result reserve(struct desk *desk, uint64_t order_id, struct shop_line *line)
{
    struct shop_reserve_stock request = {
        .order_id = order_id, .sku = line->sku, .quantity = line->quantity};
    struct shop_reserve_stock_result result;
    enum bus_outcome outcome = shop_reserve_stock_execute(desk->bus, &request, &result);

    if (outcome == BUS_INVALID)
        return MALFORMED; /* the bus found it: bus_last_error() names the field */
    if (outcome != BUS_ANSWERED)
        return failed(desk, "reserve_stock", outcome, result.run.error_text);
    switch (result.answer) {
    case SHOP_RESERVE_STOCK_OK:
        line->price = result.ok.price;
        return TAKEN;
    case SHOP_RESERVE_STOCK_OUT_OF_STOCK:
        return OUT_OF_STOCK;
    case SHOP_RESERVE_STOCK_UNKNOWN_SKU:
        return UNKNOWN;
    case SHOP_RESERVE_STOCK_NO_ANSWER:
        break;
    }
    return failed(desk, "reserve_stock", outcome, "no answer");
}

/* Gives back the first `count` articles of an order that did not come to be. */
static void release(struct desk *desk, const struct shop_order_placed *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct shop_release_stock request = {.order_id = order->order_id,
                                             .sku = order->lines.data[i].sku};
        struct shop_release_stock_result result;
        enum bus_outcome outcome = shop_release_stock_execute(desk->bus, &request, &result);

        if (outcome != BUS_ANSWERED || result.answer != SHOP_RELEASE_STOCK_OK)
            failed(desk, "release_stock", outcome, result.run.error_text);
    }
}

/* When a lane is full, publish waits 50 ms (shop.bus says so) and gives up; this desk then waits
 * until the workers have done everything, and tries once more. */
static bool room_made(struct desk *desk)
{
    return bus_wait_idle(desk->bus, 10 * BUS_SECOND) == BUS_OK;
}

/* Publishes the order. When it is kept (keep.h), it is on disk after that. */
static enum result announce(struct desk *desk, const struct shop_order_placed *order)
{
    const struct bus_message_options options = {
        .id = order_message_id(&shop_order_placed_type, order->order_id)};
    enum bus_outcome outcome = shop_order_placed_publish_with(desk->bus, order, &options);

    if (outcome == BUS_REJECTED && room_made(desk))
        outcome = shop_order_placed_publish_with(desk->bus, order, &options);
    if (outcome == BUS_INVALID)
        return MALFORMED;
    return bus_accepted(outcome) ? TAKEN : failed(desk, "order_placed", outcome, bus_last_error());
}

/* Takes the order as a whole or not at all. *missing receives the article it failed for. */
static enum result place(struct desk *desk, struct order_line *line, struct bus_string *missing)
{
    struct shop_order_placed *order = &line->order;
    enum result result = TAKEN;
    uint32_t reserved = 0;

    while (reserved < order->lines.size) {
        *missing = line->lines[reserved].sku;
        result = reserve(desk, order->order_id, &line->lines[reserved]);
        if (result != TAKEN)
            break;
        reserved++;
    }
    if (result == TAKEN)
        result = announce(desk, order);
    if (result == MALFORMED)
        snprintf(line->reason, sizeof(line->reason), "%s", bus_last_error());
    if (result != TAKEN)
        release(desk, order, reserved);
    return result;
}

static void refuse(struct desk *desk, uint64_t order_id, struct bus_string sku,
                   enum shop_refusal reason)
{
    struct shop_order_refused event = {.order_id = order_id, .sku = sku, .reason = reason};
    enum bus_outcome outcome = shop_order_refused_publish(desk->bus, &event);

    if (outcome == BUS_REJECTED && room_made(desk))
        outcome = shop_order_refused_publish(desk->bus, &event);
    if (!bus_accepted(outcome))
        failed(desk, "order_refused", outcome, bus_last_error());
}

void desk_take(struct desk *desk, uint64_t number, char *text, size_t size)
{
    static struct order_line line; /* one desk, one thread */
    struct bus_string missing = {0};

    desk->lines++;
    if (number == 1 && order_is_header(text)) {
        desk->headers++;
        return;
    }
    if (!order_parse(&line, text, size)) {
        desk_complain(desk, number, line.reason);
        return;
    }
    if (numbers_has(&desk->orders, line.order.order_id)) {
        desk_complain(desk, number, "an order of this number came before");
        return;
    }
    switch (place(desk, &line, &missing)) {
    case TAKEN:
        desk->accepted++;
        break;
    case UNKNOWN:
        desk->refused_unknown++;
        refuse(desk, line.order.order_id, missing, SHOP_REFUSAL_UNKNOWN_ARTICLE);
        break;
    case OUT_OF_STOCK:
        desk->refused_stock++;
        refuse(desk, line.order.order_id, missing, SHOP_REFUSAL_OUT_OF_STOCK);
        break;
    case MALFORMED:
        desk_complain(desk, number, line.reason);
        return;
    case FAILED:
        desk->failed++;
        break;
    }
    if (!numbers_add(&desk->orders, line.order.order_id))
        failed(desk, "the list of orders", BUS_REJECTED, "no memory");
}
