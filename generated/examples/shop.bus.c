/* shop.bus.c - written by busgen from shop.bus. Do not edit. */
#include "shop.bus.h"

#include <assert.h>
#include <bus/own.h>

static const struct bus_enum_value shop_order_state_values[] = {
    {"open", INT64_C(0)},
    {"paid", INT64_C(1)},
    {"cancelled", INT64_C(2)},
    {"billed", INT64_C(3)},
};
const struct bus_enum shop_order_state_enum = {"shop.order_state", shop_order_state_values, 4};

const char *shop_order_state_name(enum shop_order_state value)
{
    switch ((int)value) {
    case SHOP_ORDER_STATE_OPEN:
        return "open";
    case SHOP_ORDER_STATE_PAID:
        return "paid";
    case SHOP_ORDER_STATE_CANCELLED:
        return "cancelled";
    case SHOP_ORDER_STATE_BILLED:
        return "billed";
    default:
        return "?";
    }
}

static const struct bus_enum_value shop_refusal_values[] = {
    {"out_of_stock", INT64_C(0)},
    {"unknown_article", INT64_C(1)},
};
const struct bus_enum shop_refusal_enum = {"shop.refusal", shop_refusal_values, 2};

const char *shop_refusal_name(enum shop_refusal value)
{
    switch ((int)value) {
    case SHOP_REFUSAL_OUT_OF_STOCK:
        return "out_of_stock";
    case SHOP_REFUSAL_UNKNOWN_ARTICLE:
        return "unknown_article";
    default:
        return "?";
    }
}

static_assert(sizeof(struct shop_money) == 16, "layout of struct shop_money");
static_assert(offsetof(struct shop_money, amount) == 0, "layout of struct shop_money");
static_assert(offsetof(struct shop_money, currency) == 8, "layout of struct shop_money");
static const struct bus_field shop_money_fields[] = {
    {"amount", NULL, 0,
     offsetof(struct shop_money, amount), offsetof(struct shop_money, amount),
     0, 0, 0, 0, 0, BUS_FIELD_I64, BUS_FIELD_I64,
     BUS_SHAPE_ONE, 0},
    {"currency", NULL, 0,
     offsetof(struct shop_money, currency), offsetof(struct shop_money, currency),
     0, 0, 0, 8, 0, BUS_FIELD_U16, BUS_FIELD_U16,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table shop_money_table = {
    "shop.money", shop_money_fields, 2, sizeof(struct shop_money), 8, 16, 0,
};

static_assert(sizeof(struct shop_line) <= 40, "scratch of struct shop_line");
static const struct bus_field shop_line_fields[] = {
    {"sku", NULL, 0,
     offsetof(struct shop_line, sku), offsetof(struct shop_line, sku),
     64, 0, 1, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"quantity", NULL, UINT64_C(0x1),
     offsetof(struct shop_line, quantity), offsetof(struct shop_line, quantity),
     0, 0, 2, 24, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"price", &shop_money_table, 0,
     offsetof(struct shop_line, price), offsetof(struct shop_line, price),
     0, 0, 3, 4, 0, BUS_FIELD_STRUCT, BUS_FIELD_STRUCT,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table shop_line_table = {
    "shop.line", shop_line_fields, 3, sizeof(struct shop_line), 8, 28, 10,
};

static_assert(sizeof(struct shop_card) <= 16, "scratch of struct shop_card");
static const struct bus_field shop_card_fields[] = {
    {"token", NULL, 0,
     offsetof(struct shop_card, token), offsetof(struct shop_card, token),
     128, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_SECRET},
};
const struct bus_table shop_card_table = {
    "shop.card", shop_card_fields, 1, sizeof(struct shop_card), 4, 8, 6,
};

static_assert(sizeof(struct shop_invoice) <= 8, "scratch of struct shop_invoice");
static const struct bus_field shop_invoice_fields[] = {
    {"due_at", NULL, 0,
     offsetof(struct shop_invoice, due_at_ns), offsetof(struct shop_invoice, due_at_ns),
     0, 0, 1, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table shop_invoice_table = {
    "shop.invoice", shop_invoice_fields, 1, sizeof(struct shop_invoice), 8, 12, 6,
};

static const struct bus_union_arm shop_payment_arms[] = {
    {"card", &shop_card_table, 1},
    {"invoice", &shop_invoice_table, 2},
};
static_assert(offsetof(struct shop_payment, card) == offsetof(struct shop_payment, card), "arms overlap");
static_assert(offsetof(struct shop_payment, invoice) == offsetof(struct shop_payment, card), "arms overlap");
const struct bus_union shop_payment_union = {
    "shop.payment", shop_payment_arms, 2, sizeof(struct shop_payment), offsetof(struct shop_payment, type), offsetof(struct shop_payment, card),
};

/* Field by field: the gaps of the C struct may hold anything. */
static inline void shop_money_put(uint8_t *to, const struct shop_money *m)
{
    memset(to, 0, 16);
    memcpy(to + 0, &m->amount, sizeof(m->amount));
    memcpy(to + 8, &m->currency, sizeof(m->currency));
}

static const uint8_t shop_line_template[38] = {
    0x0a, 0x00, 0x1c, 0x00, 0x14, 0x00, 0x18, 0x00, 0x04, 0x00, 0x0a, 0x00,
    0x00, 0x00,
};

static uint32_t shop_line_measure(uint32_t at, const struct shop_line *m, bool reserve)
{
    at = bus_measure_table(at, 10, 28, true);
    at = bus_measure_string(at, &m->sku, 64, reserve);
    at -= bus_slack(m->sku.size + 1);
    return at;
}

static uint8_t *shop_line_pack(uint8_t *slot, uint8_t *at, const struct shop_line *m)
{
    uint8_t *t = bus_place_table(at, 10, true);

    bus_put_offset(slot, t);
    memcpy(t - 10, shop_line_template, 14);
    at = t + 28;
    at = bus_put_string(t + 20, at, &m->sku, 64);
    at -= bus_slack(m->sku.size + 1);
    bus_put_u32(t + 24, m->quantity);
    shop_money_put(t + 4, &m->price);
    return at;
}

static bool shop_line_unpack(
    struct shop_line *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)
{
    if (bus_get_u32(t) != 10 ||
        !bus_same(t - 10 + 0, shop_line_template + 0, 10))
        return bus_wire_unpack(&shop_line_table, m, bytes, (uint32_t)(t - bytes), scratch);
    m->sku = bus_get_string(t + 20);
    m->quantity = bus_get_u32(t + 24);
    memcpy(&m->price, t + 4, sizeof(m->price));
    return true;
}

static uint32_t shop_line_own(
    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)
{
    uint32_t t = bus_own_table(bytes, size, slot, at, 10, 28, true);

    if (bus_measure_is_bad(t) ||
        !bus_same(bytes + (t - 10), shop_line_template + 0, 10))
        return BUS_MEASURE_BAD;
    at = t + 28;
    at = bus_own_string(bytes, size, t + 20, at, 64, true);
    return at;
}

static const uint8_t shop_card_template[14] = {
    0x06, 0x00, 0x08, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00,
};

static uint32_t shop_card_measure(uint32_t at, const struct shop_card *m, bool reserve)
{
    at = bus_measure_table(at, 6, 8, false);
    at = bus_measure_string(at, &m->token, 128, reserve);
    at -= bus_slack(m->token.size + 1);
    return at;
}

static uint8_t *shop_card_pack(uint8_t *slot, uint8_t *at, const struct shop_card *m)
{
    uint8_t *t = bus_place_table(at, 6, false);

    bus_put_offset(slot, t);
    memcpy(t - 6, shop_card_template, 10);
    at = t + 8;
    at = bus_put_string(t + 4, at, &m->token, 128);
    at -= bus_slack(m->token.size + 1);
    return at;
}

static bool shop_card_unpack(
    struct shop_card *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)
{
    if (bus_get_u32(t) != 6 ||
        !bus_same(t - 6 + 0, shop_card_template + 0, 6))
        return bus_wire_unpack(&shop_card_table, m, bytes, (uint32_t)(t - bytes), scratch);
    m->token = bus_get_string(t + 4);
    return true;
}

static uint32_t shop_card_own(
    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)
{
    uint32_t t = bus_own_table(bytes, size, slot, at, 6, 8, false);

    if (bus_measure_is_bad(t) ||
        !bus_same(bytes + (t - 6), shop_card_template + 0, 6))
        return BUS_MEASURE_BAD;
    at = t + 8;
    at = bus_own_string(bytes, size, t + 4, at, 128, true);
    return at;
}

static const uint8_t shop_invoice_template[18] = {
    0x06, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x06, 0x00, 0x00, 0x00,
};

static uint32_t shop_invoice_measure(uint32_t at, const struct shop_invoice *m, bool reserve)
{
    (void)m;
    at = bus_measure_table(at, 6, 12, true);
    (void)reserve;
    return at;
}

static uint8_t *shop_invoice_pack(uint8_t *slot, uint8_t *at, const struct shop_invoice *m)
{
    uint8_t *t = bus_place_table(at, 6, true);

    bus_put_offset(slot, t);
    memcpy(t - 6, shop_invoice_template, 10);
    bus_put_i64(t + 4, m->due_at_ns);
    return t + 12;
}

static bool shop_invoice_unpack(
    struct shop_invoice *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)
{
    if (bus_get_u32(t) != 6 ||
        !bus_same(t - 6 + 0, shop_invoice_template + 0, 6))
        return bus_wire_unpack(&shop_invoice_table, m, bytes, (uint32_t)(t - bytes), scratch);
    m->due_at_ns = bus_get_i64(t + 4);
    return true;
}

static uint32_t shop_invoice_own(
    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)
{
    uint32_t t = bus_own_table(bytes, size, slot, at, 6, 12, true);

    if (bus_measure_is_bad(t) ||
        !bus_same(bytes + (t - 6), shop_invoice_template + 0, 6))
        return BUS_MEASURE_BAD;
    at = t + 12;
    return at;
}

/* retries, jitter, backoff: first, most, factor; budget; breaker: failures, within,
 * open, probes, name; on_open; timeout, approval, ordered, by_category, no_dead_letters */
static const struct bus_policy policies[] = {
    {8, BUS_JITTER_HALF, UINT64_C(5000000), UINT64_C(40000000), 0.0, 0,
     3, UINT64_C(60000000000), UINT64_C(20000000), 2, "shop.gateway", BUS_ON_OPEN_PARK,
     0, 0, false, false, false},
};

/* ---- order_placed ---- */

static_assert(sizeof(struct shop_order_placed) <= 96, "scratch of struct shop_order_placed");
static const struct bus_field shop_order_placed_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_order_placed, order_id), offsetof(struct shop_order_placed, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"customer", NULL, 0,
     offsetof(struct shop_order_placed, customer), offsetof(struct shop_order_placed, customer),
     128, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"lines", &shop_line_table, 0,
     offsetof(struct shop_order_placed, lines), offsetof(struct shop_order_placed, lines),
     0, 256, 3, 16, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_VECTOR, 0},
    {"payment", &shop_payment_union, 0,
     offsetof(struct shop_order_placed, payment), offsetof(struct shop_order_placed, payment),
     0, 0, 5, 20, 28, BUS_FIELD_UNION, BUS_FIELD_UNION,
     BUS_SHAPE_ONE, 0},
    {"discount", NULL, 0,
     offsetof(struct shop_order_placed, discount), offsetof(struct shop_order_placed, discount.value),
     0, 0, 6, 29, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
    {"coupon", NULL, 0,
     offsetof(struct shop_order_placed, coupon), offsetof(struct shop_order_placed, coupon.value),
     32, 0, 7, 24, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
    {"gift_wrap", NULL, 0,
     0, 0,
     0, 0, 8, 0, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, BUS_FIELD_REMOVED},
};
static const struct bus_table shop_order_placed_table = {
    "shop.order_placed", shop_order_placed_fields, 7, sizeof(struct shop_order_placed), 8, 30, 20,
};

static const uint8_t shop_order_placed_template[60] = {
    0x1c, 0x00, 0x00, 0x00, 0x14, 0x00, 0x1e, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x1c, 0x00, 0x14, 0x00, 0x1d, 0x00, 0x18, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00,
};

static uint32_t shop_order_placed_measure(const void *message, bool reserve)
{
    const struct shop_order_placed *m = (const struct shop_order_placed *)message;
    uint32_t at = 60;

    at = bus_measure_string(at, &m->customer, 128, reserve);
    at = bus_measure_offsets(at, m->lines.data, m->lines.size, 256);
    for (uint32_t i = 0; !bus_measure_is_bad(at) && i < m->lines.size; i++)
        at = shop_line_measure(at, &m->lines.data[i], reserve);
    switch ((int)m->payment.type) {
    case 0:
        break;
    case 1:
        at = shop_card_measure(at, &m->payment.card, reserve);
        break;
    case 2:
        at = shop_invoice_measure(at, &m->payment.invoice, reserve);
        break;
    default:
        at = BUS_MEASURE_BAD;
    }
    if (m->coupon.has) {
        at = bus_round_4(at);
        at = bus_measure_string(at, &m->coupon.value, 32, reserve);
    }
    return bus_measure_end(at);
}

static void shop_order_placed_pack(uint8_t *to, const void *message)
{
    const struct shop_order_placed *m = (const struct shop_order_placed *)message;
    uint8_t *t = bus_aligned(to) + 28;
    uint8_t *at = t + 32;

    memcpy(to, shop_order_placed_template, 60);
    bus_put_u64(t + 4, m->order_id);
    at = bus_put_string(t + 12, at, &m->customer, 128);
    {
        uint8_t *offsets = bus_put_offsets(t + 16, at, m->lines.size);

        at = offsets + (size_t)m->lines.size * 4;
        for (size_t i = 0; i < m->lines.size; i++)
            at = shop_line_pack(offsets + i * 4, at, &m->lines.data[i]);
    }
    bus_put_u8(t + 28, (uint8_t)m->payment.type);
    switch ((int)m->payment.type) {
    case 1:
        at = shop_card_pack(t + 20, at, &m->payment.card);
        break;
    case 2:
        at = shop_invoice_pack(t + 20, at, &m->payment.invoice);
        break;
    default:
        bus_put_u16(to + 16, 0); /* none */
    }
    if (m->discount.has) {
        bus_put_u8(t + 29, m->discount.value);
    } else {
        bus_put_u16(to + 18, 0); /* absent */
    }
    if (m->coupon.has) {
        at = bus_align_4(at);
        at = bus_put_string(t + 24, at, &m->coupon.value, 32);
    } else {
        bus_put_u16(to + 20, 0); /* absent */
    }
    (void)at;
}

BUS_HOT bool shop_order_placed_load(
    struct shop_order_placed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 28;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    m->customer = bus_get_string(t + 12);
    {
        const uint8_t *v = bus_follow(t + 16);
        uint32_t size = bus_get_u32(v);
        struct shop_line *items =
            (struct shop_line *)bus_scratch_take(scratch, (size_t)size * sizeof(struct shop_line));

        if (items == NULL)
            return false;
        m->lines.data = items;
        m->lines.size = size;
        v += 4;
        for (size_t i = 0; i < size; i++)
            if (!shop_line_unpack(&items[i], bytes, bus_follow(v + i * 4), scratch))
                return false;
    }
    m->payment.type = (enum shop_payment_type)bus_get_u8(t + 28);
    switch (bus_get_u16(bytes + 16) != 0 ? (int)m->payment.type : 0) {
    case 1:
        if (!shop_card_unpack(&m->payment.card, bytes, bus_follow(t + 20), scratch))
            return false;
        break;
    case 2:
        if (!shop_invoice_unpack(&m->payment.invoice, bytes, bus_follow(t + 20), scratch))
            return false;
        break;
    default:
        if (m->payment.type != 0) { /* an arm not known here: its number, and nothing in it */
            memset(&m->payment, 0, sizeof(m->payment));
            m->payment.type = (enum shop_payment_type)bus_get_u8(t + 28);
        }
    }
    m->discount.has = bus_get_u16(bytes + 18) != 0;
    if (m->discount.has) {
        m->discount.value = bus_get_u8(t + 29);
    } else {
        memset(&m->discount.value, 0, sizeof(m->discount.value));
    }
    m->coupon.has = bus_get_u16(bytes + 20) != 0;
    if (m->coupon.has) {
        m->coupon.value = bus_get_string(t + 24);
    } else {
        memset(&m->coupon.value, 0, sizeof(m->coupon.value));
    }
    return true;
}

static bool shop_order_placed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_order_placed *m = (struct shop_order_placed *)message;

    if (!bus_same_start(bytes, shop_order_placed_template, 16) ||
        !bus_same_entry(bytes + 16, 20) ||
        !bus_same_entry(bytes + 18, 29) ||
        !bus_same_entry(bytes + 20, 24) ||
        !bus_same(bytes + 22, shop_order_placed_template + 22, 10))
        return bus_wire_unpack(&shop_order_placed_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_order_placed_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_order_placed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 28;
    uint32_t at;

    if (size < 60 || !bus_same_root(bytes, shop_order_placed_template) ||
        !bus_same(bytes + 8, shop_order_placed_template + 8, 8) ||
        !bus_same_entry(bytes + 16, 20) ||
        !bus_same_entry(bytes + 18, 29) ||
        !bus_same_entry(bytes + 20, 24) ||
        !bus_same(bytes + 22, shop_order_placed_template + 22, 10))
        return BUS_MEASURE_BAD;
    at = t + 32;
    at = bus_own_string(bytes, size, t + 12, at, 128, false);
    {
        uint32_t offset = at + 4;

        at = bus_own_slice(bytes, size, t + 16, at, 256, 4, false);
        for (uint32_t end = at; offset < end && !bus_measure_is_bad(at); offset += 4)
            at = shop_line_own(bytes, size, offset, at);
    }
    if ((bytes[t + 28] != 0) != (bus_get_u16(bytes + 16) != 0))
        return BUS_MEASURE_BAD;
    switch (bytes[t + 28]) {
    case 0:
        break;
    case 1:
        at = shop_card_own(bytes, size, t + 20, at);
        break;
    case 2:
        at = shop_invoice_own(bytes, size, t + 20, at);
        break;
    default: /* of a newer schema */
        return BUS_MEASURE_BAD;
    }
    if (bus_get_u16(bytes + 20) != 0) {
        at = bus_round_4(at);
        at = bus_own_string(bytes, size, t + 24, at, 32, false);
    }
    return bus_round_4(at);
}

static bool shop_order_placed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_order_placed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_order_placed_load((struct shop_order_placed *)message, bytes, scratch);
}

static enum bus_verdict shop_order_placed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_order_placed_handler)handler)(context, (const struct shop_order_placed *)message, delivery);
}
const struct bus_message_type shop_order_placed_type = {
    "shop.order_placed", UINT64_C(14268841025952153995), 3, BUS_DOMAIN_EVENT, BUS_HIGH,
    BUS_FULL_BLOCK, BUS_TYPE_CHECK_TEXT | BUS_TYPE_DURABLE, UINT64_C(50000000), UINT64_C(0),
    {&shop_order_placed_table, 30088, 10240,
     shop_order_placed_measure, shop_order_placed_pack, shop_order_placed_unpack, shop_order_placed_accept},
    bus_key_first_u64, shop_order_placed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- order_refused ---- */

static_assert(sizeof(struct shop_order_refused) <= 32, "scratch of struct shop_order_refused");
static const struct bus_field shop_order_refused_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_order_refused, order_id), offsetof(struct shop_order_refused, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"sku", NULL, 0,
     offsetof(struct shop_order_refused, sku), offsetof(struct shop_order_refused, sku),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"reason", &shop_refusal_enum, 0,
     offsetof(struct shop_order_refused, reason), offsetof(struct shop_order_refused, reason),
     0, 0, 3, 16, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_order_refused_table = {
    "shop.order_refused", shop_order_refused_fields, 3, sizeof(struct shop_order_refused), 8, 17, 10,
};

static const uint8_t shop_order_refused_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x11, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t shop_order_refused_measure(const void *message, bool reserve)
{
    const struct shop_order_refused *m = (const struct shop_order_refused *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->sku, 64, reserve);
    at = bus_measure_enum(at, (int)m->reason, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void shop_order_refused_pack(uint8_t *to, const void *message)
{
    const struct shop_order_refused *m = (const struct shop_order_refused *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, shop_order_refused_template, 40);
    bus_put_u64(t + 4, m->order_id);
    at = bus_put_string(t + 12, at, &m->sku, 64);
    bus_put_u8(t + 16, (uint8_t)m->reason);
    (void)at;
}

BUS_HOT bool shop_order_refused_load(
    struct shop_order_refused *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    m->sku = bus_get_string(t + 12);
    m->reason = (enum shop_refusal)bus_get_u8(t + 16);
    return true;
}

static bool shop_order_refused_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_order_refused *m = (struct shop_order_refused *)message;

    if (!bus_same_start(bytes, shop_order_refused_template, 24))
        return bus_wire_unpack(&shop_order_refused_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_order_refused_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_order_refused_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, shop_order_refused_template) ||
        !bus_same(bytes + 8, shop_order_refused_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    return bus_round_4(at);
}

static bool shop_order_refused_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_order_refused_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_order_refused_load((struct shop_order_refused *)message, bytes, scratch);
}

static enum bus_verdict shop_order_refused_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_order_refused_handler)handler)(context, (const struct shop_order_refused *)message, delivery);
}
const struct bus_message_type shop_order_refused_type = {
    "shop.order_refused", UINT64_C(14745392462874204967), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_BLOCK, 0, UINT64_C(50000000), UINT64_C(0),
    {&shop_order_refused_table, 112, 0,
     shop_order_refused_measure, shop_order_refused_pack, shop_order_refused_unpack, shop_order_refused_accept},
    bus_key_first_u64, shop_order_refused_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- payment_due ---- */

static_assert(sizeof(struct shop_payment_due) <= 40, "scratch of struct shop_payment_due");
static const struct bus_field shop_payment_due_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_payment_due, order_id), offsetof(struct shop_payment_due, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"total", &shop_money_table, 0,
     offsetof(struct shop_payment_due, total), offsetof(struct shop_payment_due, total),
     0, 0, 2, 12, 0, BUS_FIELD_STRUCT, BUS_FIELD_STRUCT,
     BUS_SHAPE_ONE, 0},
    {"card", &shop_card_table, 0,
     offsetof(struct shop_payment_due, card), offsetof(struct shop_payment_due, card),
     0, 0, 3, 28, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_payment_due_table = {
    "shop.payment_due", shop_payment_due_fields, 3, sizeof(struct shop_payment_due), 8, 32, 10,
};

static const uint8_t shop_payment_due_template[52] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x20, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x1c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t shop_payment_due_measure(const void *message, bool reserve)
{
    const struct shop_payment_due *m = (const struct shop_payment_due *)message;
    uint32_t at = 52;

    at = shop_card_measure(at, &m->card, reserve);
    return bus_measure_end(at);
}

static void shop_payment_due_pack(uint8_t *to, const void *message)
{
    const struct shop_payment_due *m = (const struct shop_payment_due *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 32;

    memcpy(to, shop_payment_due_template, 24);
    bus_put_u64(t + 4, m->order_id);
    shop_money_put(t + 12, &m->total);
    at = shop_card_pack(t + 28, at, &m->card);
    (void)at;
}

BUS_HOT bool shop_payment_due_load(
    struct shop_payment_due *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    memcpy(&m->total, t + 12, sizeof(m->total));
    if (!shop_card_unpack(&m->card, bytes, bus_follow(t + 28), scratch))
        return false;
    return true;
}

static bool shop_payment_due_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_payment_due *m = (struct shop_payment_due *)message;

    if (!bus_same_start(bytes, shop_payment_due_template, 24))
        return bus_wire_unpack(&shop_payment_due_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_payment_due_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_payment_due_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 52 || !bus_same_root(bytes, shop_payment_due_template) ||
        !bus_same(bytes + 8, shop_payment_due_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 32;
    at = shop_card_own(bytes, size, t + 28, at);
    return bus_round_4(at);
}

static bool shop_payment_due_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_payment_due_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_payment_due_load((struct shop_payment_due *)message, bytes, scratch);
}

static enum bus_verdict shop_payment_due_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_payment_due_handler)handler)(context, (const struct shop_payment_due *)message, delivery);
}
const struct bus_message_type shop_payment_due_type = {
    "shop.payment_due", UINT64_C(4542906051460498580), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_DEAD_LETTER, BUS_TYPE_IDEMPOTENT | BUS_TYPE_CHECK_TEXT | BUS_TYPE_DURABLE, UINT64_C(0), UINT64_C(0),
    {&shop_payment_due_table, 204, 0,
     shop_payment_due_measure, shop_payment_due_pack, shop_payment_due_unpack, shop_payment_due_accept},
    bus_key_first_u64, shop_payment_due_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    &policies[0],
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- order_settled ---- */

static_assert(sizeof(struct shop_order_settled) <= 32, "scratch of struct shop_order_settled");
static const struct bus_field shop_order_settled_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_order_settled, order_id), offsetof(struct shop_order_settled, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"state", &shop_order_state_enum, 0,
     offsetof(struct shop_order_settled, state), offsetof(struct shop_order_settled, state),
     0, 0, 2, 28, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"total", &shop_money_table, 0,
     offsetof(struct shop_order_settled, total), offsetof(struct shop_order_settled, total),
     0, 0, 3, 12, 0, BUS_FIELD_STRUCT, BUS_FIELD_STRUCT,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_order_settled_table = {
    "shop.order_settled", shop_order_settled_fields, 3, sizeof(struct shop_order_settled), 8, 29, 10,
};

static const uint8_t shop_order_settled_template[52] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x1d, 0x00, 0x04, 0x00, 0x1c, 0x00,
    0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t shop_order_settled_measure(const void *message, bool reserve)
{
    const struct shop_order_settled *m = (const struct shop_order_settled *)message;
    uint32_t at = 52;

    (void)reserve;
    at = bus_measure_enum(at, (int)m->state, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void shop_order_settled_pack(uint8_t *to, const void *message)
{
    const struct shop_order_settled *m = (const struct shop_order_settled *)message;
    uint8_t *t = bus_aligned(to) + 20;

    memcpy(to, shop_order_settled_template, 52);
    bus_put_u64(t + 4, m->order_id);
    bus_put_u8(t + 28, (uint8_t)m->state);
    shop_money_put(t + 12, &m->total);
}

BUS_HOT bool shop_order_settled_load(
    struct shop_order_settled *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    m->state = (enum shop_order_state)bus_get_u8(t + 28);
    memcpy(&m->total, t + 12, sizeof(m->total));
    return true;
}

static bool shop_order_settled_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_order_settled *m = (struct shop_order_settled *)message;

    if (!bus_same_start(bytes, shop_order_settled_template, 24))
        return bus_wire_unpack(&shop_order_settled_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_order_settled_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_order_settled_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 52 || !bus_same_root(bytes, shop_order_settled_template) ||
        !bus_same(bytes + 8, shop_order_settled_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 32;
    return bus_round_4(at);
}

static bool shop_order_settled_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_order_settled_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_order_settled_load((struct shop_order_settled *)message, bytes, scratch);
}

static enum bus_verdict shop_order_settled_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_order_settled_handler)handler)(context, (const struct shop_order_settled *)message, delivery);
}
const struct bus_message_type shop_order_settled_type = {
    "shop.order_settled", UINT64_C(15367331516155420130), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_DEAD_LETTER, BUS_TYPE_CHECK_TEXT | BUS_TYPE_DURABLE, UINT64_C(0), UINT64_C(0),
    {&shop_order_settled_table, 52, 0,
     shop_order_settled_measure, shop_order_settled_pack, shop_order_settled_unpack, shop_order_settled_accept},
    bus_key_first_u64, shop_order_settled_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- stock_changed ---- */

static_assert(sizeof(struct shop_stock_changed) <= 24, "scratch of struct shop_stock_changed");
static const struct bus_field shop_stock_changed_fields[] = {
    {"sku", NULL, 0,
     offsetof(struct shop_stock_changed, sku), offsetof(struct shop_stock_changed, sku),
     64, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"left", NULL, 0,
     offsetof(struct shop_stock_changed, left), offsetof(struct shop_stock_changed, left),
     0, 0, 2, 8, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_stock_changed_table = {
    "shop.stock_changed", shop_stock_changed_fields, 2, sizeof(struct shop_stock_changed), 4, 12, 8,
};

static const uint8_t shop_stock_changed_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t shop_stock_changed_measure(const void *message, bool reserve)
{
    const struct shop_stock_changed *m = (const struct shop_stock_changed *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->sku, 64, reserve);
    return bus_measure_end(at);
}

static void shop_stock_changed_pack(uint8_t *to, const void *message)
{
    const struct shop_stock_changed *m = (const struct shop_stock_changed *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, shop_stock_changed_template, 16);
    at = bus_put_string(t + 4, at, &m->sku, 64);
    bus_put_u32(t + 8, m->left);
    (void)at;
}

BUS_HOT bool shop_stock_changed_load(
    struct shop_stock_changed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->sku = bus_get_string(t + 4);
    m->left = bus_get_u32(t + 8);
    return true;
}

static bool shop_stock_changed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_stock_changed *m = (struct shop_stock_changed *)message;

    if (!bus_same_start(bytes, shop_stock_changed_template, 16))
        return bus_wire_unpack(&shop_stock_changed_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_stock_changed_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_stock_changed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, shop_stock_changed_template) ||
        !bus_same(bytes + 8, shop_stock_changed_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 64, false);
    return bus_round_4(at);
}

static bool shop_stock_changed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_stock_changed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_stock_changed_load((struct shop_stock_changed *)message, bytes, scratch);
}

static enum bus_verdict shop_stock_changed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_stock_changed_handler)handler)(context, (const struct shop_stock_changed *)message, delivery);
}
const struct bus_message_type shop_stock_changed_type = {
    "shop.stock_changed", UINT64_C(2131173492530420248), 3, BUS_DOMAIN_EVENT, BUS_LOW,
    BUS_FULL_DROP_OLDEST, 0, UINT64_C(0), UINT64_C(0),
    {&shop_stock_changed_table, 96, 0,
     shop_stock_changed_measure, shop_stock_changed_pack, shop_stock_changed_unpack, shop_stock_changed_accept},
    bus_key_first_string, shop_stock_changed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- reserve_stock ---- */

static_assert(sizeof(struct shop_reserve_stock) <= 32, "scratch of struct shop_reserve_stock");
static const struct bus_field shop_reserve_stock_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_reserve_stock, order_id), offsetof(struct shop_reserve_stock, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"sku", NULL, 0,
     offsetof(struct shop_reserve_stock, sku), offsetof(struct shop_reserve_stock, sku),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"quantity", NULL, 0,
     offsetof(struct shop_reserve_stock, quantity), offsetof(struct shop_reserve_stock, quantity),
     0, 0, 3, 16, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_reserve_stock_table = {
    "shop.reserve_stock", shop_reserve_stock_fields, 3, sizeof(struct shop_reserve_stock), 8, 20, 10,
};

static const uint8_t shop_reserve_stock_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x14, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t shop_reserve_stock_measure(const void *message, bool reserve)
{
    const struct shop_reserve_stock *m = (const struct shop_reserve_stock *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->sku, 64, reserve);
    return bus_measure_end(at);
}

static void shop_reserve_stock_pack(uint8_t *to, const void *message)
{
    const struct shop_reserve_stock *m = (const struct shop_reserve_stock *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, shop_reserve_stock_template, 24);
    bus_put_u64(t + 4, m->order_id);
    at = bus_put_string(t + 12, at, &m->sku, 64);
    bus_put_u32(t + 16, m->quantity);
    (void)at;
}

BUS_HOT bool shop_reserve_stock_load(
    struct shop_reserve_stock *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    m->sku = bus_get_string(t + 12);
    m->quantity = bus_get_u32(t + 16);
    return true;
}

static bool shop_reserve_stock_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_reserve_stock *m = (struct shop_reserve_stock *)message;

    if (!bus_same_start(bytes, shop_reserve_stock_template, 24))
        return bus_wire_unpack(&shop_reserve_stock_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_reserve_stock_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_reserve_stock_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, shop_reserve_stock_template) ||
        !bus_same(bytes + 8, shop_reserve_stock_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    return bus_round_4(at);
}

static bool shop_reserve_stock_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_reserve_stock_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_reserve_stock_load((struct shop_reserve_stock *)message, bytes, scratch);
}

static_assert(sizeof(struct shop_reserve_stock_ok) <= 32, "scratch of struct shop_reserve_stock_ok");
static const struct bus_field shop_reserve_stock_ok_fields[] = {
    {"reservation_id", NULL, 0,
     offsetof(struct shop_reserve_stock_ok, reservation_id), offsetof(struct shop_reserve_stock_ok, reservation_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"expires_at", NULL, 0,
     offsetof(struct shop_reserve_stock_ok, expires_at_ns), offsetof(struct shop_reserve_stock_ok, expires_at_ns),
     0, 0, 2, 12, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"price", &shop_money_table, 0,
     offsetof(struct shop_reserve_stock_ok, price), offsetof(struct shop_reserve_stock_ok, price),
     0, 0, 3, 20, 0, BUS_FIELD_STRUCT, BUS_FIELD_STRUCT,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_reserve_stock_ok_table = {
    "shop.reserve_stock_ok", shop_reserve_stock_ok_fields, 3, sizeof(struct shop_reserve_stock_ok), 8, 36, 10,
};

static const uint8_t shop_reserve_stock_ok_template[56] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x24, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t shop_reserve_stock_ok_measure(const void *message, bool reserve)
{
    uint32_t at = 56;

    (void)message;
    (void)reserve;
    return at;
}

static void shop_reserve_stock_ok_pack(uint8_t *to, const void *message)
{
    const struct shop_reserve_stock_ok *m = (const struct shop_reserve_stock_ok *)message;
    uint8_t *t = bus_aligned(to) + 20;

    memcpy(to, shop_reserve_stock_ok_template, 24);
    bus_put_u64(t + 4, m->reservation_id);
    bus_put_i64(t + 12, m->expires_at_ns);
    shop_money_put(t + 20, &m->price);
}

BUS_HOT bool shop_reserve_stock_ok_load(
    struct shop_reserve_stock_ok *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->reservation_id = bus_get_u64(t + 4);
    m->expires_at_ns = bus_get_i64(t + 12);
    memcpy(&m->price, t + 20, sizeof(m->price));
    return true;
}

static bool shop_reserve_stock_ok_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_reserve_stock_ok *m = (struct shop_reserve_stock_ok *)message;

    if (!bus_same_start(bytes, shop_reserve_stock_ok_template, 24))
        return bus_wire_unpack(&shop_reserve_stock_ok_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_reserve_stock_ok_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_reserve_stock_ok_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 56 || !bus_same_root(bytes, shop_reserve_stock_ok_template) ||
        !bus_same(bytes + 8, shop_reserve_stock_ok_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 36;
    return bus_round_4(at);
}

static bool shop_reserve_stock_ok_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_reserve_stock_ok_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_reserve_stock_ok_load((struct shop_reserve_stock_ok *)message, bytes, scratch);
}

static_assert(sizeof(struct shop_reserve_stock_out_of_stock) <= 4, "scratch of struct shop_reserve_stock_out_of_stock");
static const struct bus_field shop_reserve_stock_out_of_stock_fields[] = {
    {"available", NULL, 0,
     offsetof(struct shop_reserve_stock_out_of_stock, available), offsetof(struct shop_reserve_stock_out_of_stock, available),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_reserve_stock_out_of_stock_table = {
    "shop.reserve_stock_out_of_stock", shop_reserve_stock_out_of_stock_fields, 1, sizeof(struct shop_reserve_stock_out_of_stock), 4, 8, 6,
};

static const uint8_t shop_reserve_stock_out_of_stock_template[20] = {
    0x0c, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t shop_reserve_stock_out_of_stock_measure(const void *message, bool reserve)
{
    uint32_t at = 20;

    (void)message;
    (void)reserve;
    return at;
}

static void shop_reserve_stock_out_of_stock_pack(uint8_t *to, const void *message)
{
    const struct shop_reserve_stock_out_of_stock *m = (const struct shop_reserve_stock_out_of_stock *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, shop_reserve_stock_out_of_stock_template, 16);
    bus_put_u32(t + 4, m->available);
}

BUS_HOT bool shop_reserve_stock_out_of_stock_load(
    struct shop_reserve_stock_out_of_stock *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->available = bus_get_u32(t + 4);
    return true;
}

static bool shop_reserve_stock_out_of_stock_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_reserve_stock_out_of_stock *m = (struct shop_reserve_stock_out_of_stock *)message;

    if (!bus_same_start(bytes, shop_reserve_stock_out_of_stock_template, 16))
        return bus_wire_unpack(&shop_reserve_stock_out_of_stock_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_reserve_stock_out_of_stock_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_reserve_stock_out_of_stock_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 20 || !bus_same_root(bytes, shop_reserve_stock_out_of_stock_template) ||
        !bus_same(bytes + 8, shop_reserve_stock_out_of_stock_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 8;
    return bus_round_4(at);
}

static bool shop_reserve_stock_out_of_stock_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_reserve_stock_out_of_stock_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_reserve_stock_out_of_stock_load((struct shop_reserve_stock_out_of_stock *)message, bytes, scratch);
}

static const struct bus_answer_type shop_reserve_stock_answers[] = {
    {"ok",
     {&shop_reserve_stock_ok_table, 56, 0,
     shop_reserve_stock_ok_measure, shop_reserve_stock_ok_pack, shop_reserve_stock_ok_unpack, shop_reserve_stock_ok_accept}},
    {"out_of_stock",
     {&shop_reserve_stock_out_of_stock_table, 20, 0,
     shop_reserve_stock_out_of_stock_measure, shop_reserve_stock_out_of_stock_pack, shop_reserve_stock_out_of_stock_unpack, shop_reserve_stock_out_of_stock_accept}},
    {"unknown_sku",
     {NULL, 0, 0, NULL, NULL, NULL, NULL}},
};
void shop_reserve_stock_complete(bus_function callback, void *context, const void *result)
{
    ((shop_reserve_stock_completion)callback)(context, (const struct shop_reserve_stock_result *)result);
}
static enum bus_verdict shop_reserve_stock_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_reserve_stock_handler)handler)(context, (const struct shop_reserve_stock *)message, delivery);
}
const struct bus_message_type shop_reserve_stock_type = {
    "shop.reserve_stock", UINT64_C(13029612616425968359), 3, BUS_COMMAND, BUS_NORMAL,
    BUS_FULL_BLOCK, BUS_TYPE_IDEMPOTENT, UINT64_C(50000000), UINT64_C(3000000000),
    {&shop_reserve_stock_table, 112, 0,
     shop_reserve_stock_measure, shop_reserve_stock_pack, shop_reserve_stock_unpack, shop_reserve_stock_accept},
    bus_key_first_u64, shop_reserve_stock_invoke,
    shop_reserve_stock_answers, 3,
    {sizeof(struct shop_reserve_stock_result), offsetof(struct shop_reserve_stock_result, answer),
     offsetof(struct shop_reserve_stock_result, ok), offsetof(struct shop_reserve_stock_result, bytes), sizeof(((struct shop_reserve_stock_result *)0)->bytes), 56},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- release_stock ---- */

static_assert(sizeof(struct shop_release_stock) <= 24, "scratch of struct shop_release_stock");
static const struct bus_field shop_release_stock_fields[] = {
    {"order_id", NULL, 0,
     offsetof(struct shop_release_stock, order_id), offsetof(struct shop_release_stock, order_id),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"sku", NULL, 0,
     offsetof(struct shop_release_stock, sku), offsetof(struct shop_release_stock, sku),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_release_stock_table = {
    "shop.release_stock", shop_release_stock_fields, 2, sizeof(struct shop_release_stock), 8, 16, 8,
};

static const uint8_t shop_release_stock_template[28] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t shop_release_stock_measure(const void *message, bool reserve)
{
    const struct shop_release_stock *m = (const struct shop_release_stock *)message;
    uint32_t at = 28;

    at = bus_measure_string(at, &m->sku, 64, reserve);
    return bus_measure_end(at);
}

static void shop_release_stock_pack(uint8_t *to, const void *message)
{
    const struct shop_release_stock *m = (const struct shop_release_stock *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 16;

    memcpy(to, shop_release_stock_template, 16);
    bus_put_u64(t + 4, m->order_id);
    at = bus_put_string(t + 12, at, &m->sku, 64);
    (void)at;
}

BUS_HOT bool shop_release_stock_load(
    struct shop_release_stock *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->order_id = bus_get_u64(t + 4);
    m->sku = bus_get_string(t + 12);
    return true;
}

static bool shop_release_stock_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_release_stock *m = (struct shop_release_stock *)message;

    if (!bus_same_start(bytes, shop_release_stock_template, 16))
        return bus_wire_unpack(&shop_release_stock_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_release_stock_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_release_stock_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 28 || !bus_same_root(bytes, shop_release_stock_template) ||
        !bus_same(bytes + 8, shop_release_stock_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    return bus_round_4(at);
}

static bool shop_release_stock_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_release_stock_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_release_stock_load((struct shop_release_stock *)message, bytes, scratch);
}

static_assert(sizeof(struct shop_release_stock_ok) <= 4, "scratch of struct shop_release_stock_ok");
static const struct bus_field shop_release_stock_ok_fields[] = {
    {"quantity", NULL, 0,
     offsetof(struct shop_release_stock_ok, quantity), offsetof(struct shop_release_stock_ok, quantity),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_release_stock_ok_table = {
    "shop.release_stock_ok", shop_release_stock_ok_fields, 1, sizeof(struct shop_release_stock_ok), 4, 8, 6,
};

static const uint8_t shop_release_stock_ok_template[20] = {
    0x0c, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t shop_release_stock_ok_measure(const void *message, bool reserve)
{
    uint32_t at = 20;

    (void)message;
    (void)reserve;
    return at;
}

static void shop_release_stock_ok_pack(uint8_t *to, const void *message)
{
    const struct shop_release_stock_ok *m = (const struct shop_release_stock_ok *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, shop_release_stock_ok_template, 16);
    bus_put_u32(t + 4, m->quantity);
}

BUS_HOT bool shop_release_stock_ok_load(
    struct shop_release_stock_ok *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->quantity = bus_get_u32(t + 4);
    return true;
}

static bool shop_release_stock_ok_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_release_stock_ok *m = (struct shop_release_stock_ok *)message;

    if (!bus_same_start(bytes, shop_release_stock_ok_template, 16))
        return bus_wire_unpack(&shop_release_stock_ok_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_release_stock_ok_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_release_stock_ok_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 20 || !bus_same_root(bytes, shop_release_stock_ok_template) ||
        !bus_same(bytes + 8, shop_release_stock_ok_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 8;
    return bus_round_4(at);
}

static bool shop_release_stock_ok_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_release_stock_ok_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_release_stock_ok_load((struct shop_release_stock_ok *)message, bytes, scratch);
}

static const struct bus_answer_type shop_release_stock_answers[] = {
    {"ok",
     {&shop_release_stock_ok_table, 20, 0,
     shop_release_stock_ok_measure, shop_release_stock_ok_pack, shop_release_stock_ok_unpack, shop_release_stock_ok_accept}},
    {"not_reserved",
     {NULL, 0, 0, NULL, NULL, NULL, NULL}},
};
void shop_release_stock_complete(bus_function callback, void *context, const void *result)
{
    ((shop_release_stock_completion)callback)(context, (const struct shop_release_stock_result *)result);
}
static enum bus_verdict shop_release_stock_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_release_stock_handler)handler)(context, (const struct shop_release_stock *)message, delivery);
}
const struct bus_message_type shop_release_stock_type = {
    "shop.release_stock", UINT64_C(13553770216451613993), 3, BUS_COMMAND, BUS_NORMAL,
    BUS_FULL_BLOCK, 0, UINT64_C(50000000), UINT64_C(3000000000),
    {&shop_release_stock_table, 100, 0,
     shop_release_stock_measure, shop_release_stock_pack, shop_release_stock_unpack, shop_release_stock_accept},
    bus_key_first_u64, shop_release_stock_invoke,
    shop_release_stock_answers, 2,
    {sizeof(struct shop_release_stock_result), offsetof(struct shop_release_stock_result, answer),
     offsetof(struct shop_release_stock_result, ok), offsetof(struct shop_release_stock_result, bytes), sizeof(((struct shop_release_stock_result *)0)->bytes), 24},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

/* ---- set_rate ---- */

static_assert(sizeof(struct shop_set_rate) <= 8, "scratch of struct shop_set_rate");
static const struct bus_field shop_set_rate_fields[] = {
    {"currency", NULL, 0,
     offsetof(struct shop_set_rate, currency), offsetof(struct shop_set_rate, currency),
     0, 0, 1, 8, 0, BUS_FIELD_U16, BUS_FIELD_U16,
     BUS_SHAPE_ONE, 0},
    {"per_10000", NULL, 0,
     offsetof(struct shop_set_rate, per_10000), offsetof(struct shop_set_rate, per_10000),
     0, 0, 2, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table shop_set_rate_table = {
    "shop.set_rate", shop_set_rate_fields, 2, sizeof(struct shop_set_rate), 4, 10, 8,
};

static const uint8_t shop_set_rate_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0a, 0x00, 0x08, 0x00, 0x04, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t shop_set_rate_measure(const void *message, bool reserve)
{
    uint32_t at = 24;

    (void)message;
    (void)reserve;
    return at;
}

static void shop_set_rate_pack(uint8_t *to, const void *message)
{
    const struct shop_set_rate *m = (const struct shop_set_rate *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, shop_set_rate_template, 24);
    bus_put_u16(t + 8, m->currency);
    bus_put_u32(t + 4, m->per_10000);
}

BUS_HOT bool shop_set_rate_load(
    struct shop_set_rate *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->currency = bus_get_u16(t + 8);
    m->per_10000 = bus_get_u32(t + 4);
    return true;
}

static bool shop_set_rate_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct shop_set_rate *m = (struct shop_set_rate *)message;

    if (!bus_same_start(bytes, shop_set_rate_template, 16))
        return bus_wire_unpack(&shop_set_rate_table, m, bytes, bus_get_u32(bytes), scratch);
    return shop_set_rate_load(m, bytes, scratch);
}

BUS_HOT uint32_t shop_set_rate_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, shop_set_rate_template) ||
        !bus_same(bytes + 8, shop_set_rate_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    return bus_round_4(at);
}

static bool shop_set_rate_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || shop_set_rate_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || shop_set_rate_load((struct shop_set_rate *)message, bytes, scratch);
}

void shop_set_rate_complete(bus_function callback, void *context, const void *result)
{
    ((shop_set_rate_completion)callback)(context, (const struct shop_set_rate_result *)result);
}
static enum bus_verdict shop_set_rate_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((shop_set_rate_handler)handler)(context, (const struct shop_set_rate *)message, delivery);
}
const struct bus_message_type shop_set_rate_type = {
    "shop.set_rate", UINT64_C(2298021240660229719), 3, BUS_COMMAND, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, BUS_TYPE_IDEMPOTENT, UINT64_C(0), UINT64_C(0),
    {&shop_set_rate_table, 24, 0,
     shop_set_rate_measure, shop_set_rate_pack, shop_set_rate_unpack, shop_set_rate_accept},
    NULL, shop_set_rate_invoke,
    NULL, 0,
    {sizeof(struct shop_set_rate_result), offsetof(struct shop_set_rate_result, answer),
     0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(16339746374472825743),
};

static const struct bus_binding shop_warehouse_bindings[] = {
    {&shop_reserve_stock_type, "shop.warehouse.reserve_stock", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&shop_release_stock_type, "shop.warehouse.release_stock", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&shop_order_placed_type, "shop.warehouse.on_order_placed", BUS_ORDER_LOW, false, NULL, 0, 0},
};
static const struct bus_message_type *const shop_warehouse_emits[] = {
    &shop_stock_changed_type,
};
const struct bus_component shop_warehouse_component = {"shop.warehouse", &shop_schema, shop_warehouse_bindings, 3, false,
    shop_warehouse_emits, 1};

static const struct bus_binding shop_billing_bindings[] = {
    {&shop_set_rate_type, "shop.billing.set_rate", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&shop_order_placed_type, "shop.billing.on_order_placed", BUS_ORDER_HIGH, false, NULL, 0, 0},
    {&shop_stock_changed_type, "shop.billing.on_stock_changed", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
static const struct bus_message_type *const shop_billing_emits[] = {
    &shop_payment_due_type,
    &shop_order_settled_type,
};
const struct bus_component shop_billing_component = {"shop.billing", &shop_schema, shop_billing_bindings, 3, false,
    shop_billing_emits, 2};

static const struct bus_binding shop_cashier_bindings[] = {
    {&shop_payment_due_type, "shop.cashier.on_payment_due", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
static const struct bus_message_type *const shop_cashier_emits[] = {
    &shop_order_settled_type,
};
const struct bus_component shop_cashier_component = {"shop.cashier", &shop_schema, shop_cashier_bindings, 1, false,
    shop_cashier_emits, 1};

static const struct bus_binding shop_books_bindings[] = {
    {&shop_order_settled_type, "shop.books.on_order_settled", BUS_ORDER_HIGH, false, NULL, 0, 0},
    {&shop_order_refused_type, "shop.books.on_order_refused", BUS_ORDER_HIGH, false, NULL, 0, 0},
};
const struct bus_component shop_books_component = {"shop.books", &shop_schema, shop_books_bindings, 2, false,
    NULL, 0};

static const struct bus_binding shop_audit_bindings[] = {
    {&shop_order_placed_type, "shop.audit.on_order_placed", BUS_ORDER_LOWEST, false, NULL, 0, 0},
    {&shop_order_refused_type, "shop.audit.on_order_refused", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&shop_order_settled_type, "shop.audit.on_order_settled", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
const struct bus_component shop_audit_component = {"shop.audit", &shop_schema, shop_audit_bindings, 3, true,
    NULL, 0};

static const struct bus_message_type *const messages[] = {
    &shop_order_placed_type,
    &shop_order_refused_type,
    &shop_payment_due_type,
    &shop_order_settled_type,
    &shop_stock_changed_type,
    &shop_reserve_stock_type,
    &shop_release_stock_type,
    &shop_set_rate_type,
};
const struct bus_schema shop_schema = {"shop", 3, BUS_ABI, messages, 8, NULL, 0};
