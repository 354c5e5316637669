/* orders.bus.c - written by busgen from orders.bus. Do not edit. */
#include "orders.bus.h"

#include <assert.h>
#include <bus/own.h>

static const struct bus_enum_value orders_currency_values[] = {
    {"none", INT64_C(0)},
    {"eur", INT64_C(978)},
    {"usd", INT64_C(840)},
};
const struct bus_enum orders_currency_enum = {"orders.currency", orders_currency_values, 3};

const char *orders_currency_name(enum orders_currency value)
{
    switch ((int)value) {
    case ORDERS_CURRENCY_NONE:
        return "none";
    case ORDERS_CURRENCY_EUR:
        return "eur";
    case ORDERS_CURRENCY_USD:
        return "usd";
    default:
        return "?";
    }
}

static_assert(sizeof(struct orders_money) == 16, "layout of struct orders_money");
static_assert(offsetof(struct orders_money, minor) == 0, "layout of struct orders_money");
static_assert(offsetof(struct orders_money, currency) == 8, "layout of struct orders_money");
static const struct bus_field orders_money_fields[] = {
    {"minor", NULL, 0,
     offsetof(struct orders_money, minor), offsetof(struct orders_money, minor),
     0, 0, 0, 0, 0, BUS_FIELD_I64, BUS_FIELD_I64,
     BUS_SHAPE_ONE, 0},
    {"currency", &orders_currency_enum, 0,
     offsetof(struct orders_money, currency), offsetof(struct orders_money, currency),
     0, 0, 0, 8, 0, BUS_FIELD_ENUM, BUS_FIELD_U16,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table orders_money_table = {
    "orders.money", orders_money_fields, 2, sizeof(struct orders_money), 8, 16, 0,
};

static_assert(sizeof(struct orders_customer) <= 48, "scratch of struct orders_customer");
static const struct bus_field orders_customer_fields[] = {
    {"first", NULL, 0,
     offsetof(struct orders_customer, first), offsetof(struct orders_customer, first),
     64, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"last", NULL, 0,
     offsetof(struct orders_customer, last), offsetof(struct orders_customer, last),
     64, 0, 2, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"greeting", NULL, 0,
     offsetof(struct orders_customer, greeting), offsetof(struct orders_customer, greeting),
     80, 0, 3, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table orders_customer_table = {
    "orders.customer", orders_customer_fields, 3, sizeof(struct orders_customer), 4, 16, 10,
};

static const uint8_t orders_customer_template[26] = {
    0x0a, 0x00, 0x10, 0x00, 0x04, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x0a, 0x00,
    0x00, 0x00,
};

static uint32_t orders_customer_measure(uint32_t at, const struct orders_customer *m, bool reserve)
{
    at = bus_measure_table(at, 10, 16, false);
    at = bus_measure_string(at, &m->first, 64, reserve);
    at = bus_measure_string(at, &m->last, 64, reserve);
    at = bus_measure_string(at, &m->greeting, 80, reserve);
    at -= bus_slack(m->greeting.size + 1);
    return at;
}

static uint8_t *orders_customer_pack(uint8_t *slot, uint8_t *at, const struct orders_customer *m)
{
    uint8_t *t = bus_place_table(at, 10, false);

    bus_put_offset(slot, t);
    memcpy(t - 10, orders_customer_template, 14);
    at = t + 16;
    at = bus_put_string(t + 4, at, &m->first, 64);
    at = bus_put_string(t + 8, at, &m->last, 64);
    at = bus_put_string(t + 12, at, &m->greeting, 80);
    at -= bus_slack(m->greeting.size + 1);
    return at;
}

static bool orders_customer_unpack(
    struct orders_customer *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)
{
    if (bus_get_u32(t) != 10 ||
        !bus_same(t - 10 + 0, orders_customer_template + 0, 10))
        return bus_wire_unpack(&orders_customer_table, m, bytes, (uint32_t)(t - bytes), scratch);
    m->first = bus_get_string(t + 4);
    m->last = bus_get_string(t + 8);
    m->greeting = bus_get_string(t + 12);
    return true;
}

static uint32_t orders_customer_own(
    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)
{
    uint32_t t = bus_own_table(bytes, size, slot, at, 10, 16, false);

    if (bus_measure_is_bad(t) ||
        !bus_same(bytes + (t - 10), orders_customer_template + 0, 10))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_string(bytes, size, t + 4, at, 64, false);
    at = bus_own_string(bytes, size, t + 8, at, 64, false);
    at = bus_own_string(bytes, size, t + 12, at, 80, true);
    return at;
}

/* Field by field: the gaps of the C struct may hold anything. */
static inline void orders_money_put(uint8_t *to, const struct orders_money *m)
{
    memset(to, 0, 16);
    memcpy(to + 0, &m->minor, sizeof(m->minor));
    memcpy(to + 8, &m->currency, sizeof(m->currency));
}

/* ---- placed ---- */

static_assert(sizeof(struct orders_placed) <= 72, "scratch of struct orders_placed");
static const struct bus_field orders_placed_fields[] = {
    {"number", NULL, 0,
     offsetof(struct orders_placed, number), offsetof(struct orders_placed, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"customer", &orders_customer_table, 0,
     offsetof(struct orders_placed, customer), offsetof(struct orders_placed, customer),
     0, 0, 2, 28, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
    {"price", &orders_money_table, 0,
     offsetof(struct orders_placed, price), offsetof(struct orders_placed, price),
     0, 0, 3, 12, 0, BUS_FIELD_STRUCT, BUS_FIELD_STRUCT,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table orders_placed_table = {
    "orders.placed", orders_placed_fields, 3, sizeof(struct orders_placed), 8, 32, 10,
};

static const uint8_t orders_placed_template[52] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x20, 0x00, 0x04, 0x00, 0x1c, 0x00,
    0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t orders_placed_measure(const void *message, bool reserve)
{
    const struct orders_placed *m = (const struct orders_placed *)message;
    uint32_t at = 52;

    at = orders_customer_measure(at, &m->customer, reserve);
    return bus_measure_end(at);
}

static void orders_placed_pack(uint8_t *to, const void *message)
{
    const struct orders_placed *m = (const struct orders_placed *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 32;

    memcpy(to, orders_placed_template, 24);
    bus_put_u64(t + 4, m->number);
    at = orders_customer_pack(t + 28, at, &m->customer);
    orders_money_put(t + 12, &m->price);
    (void)at;
}

BUS_HOT bool orders_placed_load(
    struct orders_placed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    if (!orders_customer_unpack(&m->customer, bytes, bus_follow(t + 28), scratch))
        return false;
    memcpy(&m->price, t + 12, sizeof(m->price));
    return true;
}

static bool orders_placed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct orders_placed *m = (struct orders_placed *)message;

    if (!bus_same_start(bytes, orders_placed_template, 24))
        return bus_wire_unpack(&orders_placed_table, m, bytes, bus_get_u32(bytes), scratch);
    return orders_placed_load(m, bytes, scratch);
}

BUS_HOT uint32_t orders_placed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 52 || !bus_same_root(bytes, orders_placed_template) ||
        !bus_same(bytes + 8, orders_placed_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 32;
    at = orders_customer_own(bytes, size, t + 28, at);
    return bus_round_4(at);
}

static bool orders_placed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || orders_placed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || orders_placed_load((struct orders_placed *)message, bytes, scratch);
}

static enum bus_verdict orders_placed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((orders_placed_handler)handler)(context, (const struct orders_placed *)message, delivery);
}
static bool orders_placed_apply(const void *older, void *newer, struct bus_upgrading *upgrading)
{
    return orders_placed_upgrade_v2((const struct orders_placed_v2 *)older, (struct orders_placed *)newer,
        upgrading);
}
static const struct bus_upgrade orders_placed_upgrade = {&orders_placed_v2_type, orders_placed_apply};
const struct bus_message_type orders_placed_type = {
    "orders.placed", UINT64_C(4601490954464044127), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, BUS_TYPE_CHECK_TEXT | BUS_TYPE_DURABLE, UINT64_C(0), UINT64_C(0),
    {&orders_placed_table, 312, 0,
     orders_placed_measure, orders_placed_pack, orders_placed_unpack, orders_placed_accept},
    bus_key_first_u64, orders_placed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    3, &orders_placed_upgrade, UINT64_C(10678175862099046355),
};

/* ---- reminded ---- */

static_assert(sizeof(struct orders_reminded) <= 24, "scratch of struct orders_reminded");
static const struct bus_field orders_reminded_fields[] = {
    {"number", NULL, 0,
     offsetof(struct orders_reminded, number), offsetof(struct orders_reminded, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"words", NULL, 0,
     offsetof(struct orders_reminded, words), offsetof(struct orders_reminded, words),
     64, 16, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_VECTOR, 0},
};
static const struct bus_table orders_reminded_table = {
    "orders.reminded", orders_reminded_fields, 2, sizeof(struct orders_reminded), 8, 16, 8,
};

static const uint8_t orders_reminded_template[28] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t orders_reminded_measure(const void *message, bool reserve)
{
    const struct orders_reminded *m = (const struct orders_reminded *)message;
    uint32_t at = 28;

    (void)reserve;
    at = bus_measure_strings(at, &m->words, 16, 64);
    return bus_measure_end(at);
}

static void orders_reminded_pack(uint8_t *to, const void *message)
{
    const struct orders_reminded *m = (const struct orders_reminded *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 16;

    memcpy(to, orders_reminded_template, 16);
    bus_put_u64(t + 4, m->number);
    at = bus_put_strings(t + 12, at, &m->words, 64);
    (void)at;
}

BUS_HOT bool orders_reminded_load(
    struct orders_reminded *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    if (!bus_get_strings(t + 12, &m->words, scratch))
        return false;
    return true;
}

static bool orders_reminded_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct orders_reminded *m = (struct orders_reminded *)message;

    if (!bus_same_start(bytes, orders_reminded_template, 16))
        return bus_wire_unpack(&orders_reminded_table, m, bytes, bus_get_u32(bytes), scratch);
    return orders_reminded_load(m, bytes, scratch);
}

BUS_HOT uint32_t orders_reminded_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 28 || !bus_same_root(bytes, orders_reminded_template) ||
        !bus_same(bytes + 8, orders_reminded_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_strings(bytes, size, t + 12, at, 16, 64, false);
    return bus_round_4(at);
}

static bool orders_reminded_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || orders_reminded_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || orders_reminded_load((struct orders_reminded *)message, bytes, scratch);
}

static enum bus_verdict orders_reminded_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((orders_reminded_handler)handler)(context, (const struct orders_reminded *)message, delivery);
}
static bool orders_reminded_apply(const void *older, void *newer, struct bus_upgrading *upgrading)
{
    return orders_reminded_upgrade_v1((const struct orders_reminded_v1 *)older, (struct orders_reminded *)newer,
        upgrading);
}
static const struct bus_upgrade orders_reminded_upgrade = {&orders_reminded_v1_type, orders_reminded_apply};
const struct bus_message_type orders_reminded_type = {
    "orders.reminded", UINT64_C(12560472776001047956), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&orders_reminded_table, 1248, 256,
     orders_reminded_measure, orders_reminded_pack, orders_reminded_unpack, orders_reminded_accept},
    NULL, orders_reminded_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    2, &orders_reminded_upgrade, UINT64_C(10678175862099046355),
};

/* ---- placed_v1 ---- */

static_assert(sizeof(struct orders_placed_v1) <= 32, "scratch of struct orders_placed_v1");
static const struct bus_field orders_placed_v1_fields[] = {
    {"number", NULL, 0,
     offsetof(struct orders_placed_v1, number), offsetof(struct orders_placed_v1, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"customer", NULL, 0,
     offsetof(struct orders_placed_v1, customer), offsetof(struct orders_placed_v1, customer),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"cents", NULL, 0,
     offsetof(struct orders_placed_v1, cents), offsetof(struct orders_placed_v1, cents),
     0, 0, 3, 16, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table orders_placed_v1_table = {
    "orders.placed_v1", orders_placed_v1_fields, 3, sizeof(struct orders_placed_v1), 8, 20, 10,
};

static const uint8_t orders_placed_v1_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x14, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t orders_placed_v1_measure(const void *message, bool reserve)
{
    const struct orders_placed_v1 *m = (const struct orders_placed_v1 *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->customer, 64, reserve);
    return bus_measure_end(at);
}

static void orders_placed_v1_pack(uint8_t *to, const void *message)
{
    const struct orders_placed_v1 *m = (const struct orders_placed_v1 *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, orders_placed_v1_template, 24);
    bus_put_u64(t + 4, m->number);
    at = bus_put_string(t + 12, at, &m->customer, 64);
    bus_put_u32(t + 16, m->cents);
    (void)at;
}

BUS_HOT bool orders_placed_v1_load(
    struct orders_placed_v1 *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    m->customer = bus_get_string(t + 12);
    m->cents = bus_get_u32(t + 16);
    return true;
}

static bool orders_placed_v1_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct orders_placed_v1 *m = (struct orders_placed_v1 *)message;

    if (!bus_same_start(bytes, orders_placed_v1_template, 24))
        return bus_wire_unpack(&orders_placed_v1_table, m, bytes, bus_get_u32(bytes), scratch);
    return orders_placed_v1_load(m, bytes, scratch);
}

BUS_HOT uint32_t orders_placed_v1_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, orders_placed_v1_template) ||
        !bus_same(bytes + 8, orders_placed_v1_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    return bus_round_4(at);
}

static bool orders_placed_v1_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || orders_placed_v1_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || orders_placed_v1_load((struct orders_placed_v1 *)message, bytes, scratch);
}

const struct bus_message_type orders_placed_v1_type = {
    "orders.placed.v1", UINT64_C(15162800219633197299), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&orders_placed_v1_table, 112, 0,
     orders_placed_v1_measure, orders_placed_v1_pack, orders_placed_v1_unpack, orders_placed_v1_accept},
    NULL, NULL,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(10678175862099046355),
};

/* ---- placed_v2 ---- */

static_assert(sizeof(struct orders_placed_v2) <= 48, "scratch of struct orders_placed_v2");
static const struct bus_field orders_placed_v2_fields[] = {
    {"number", NULL, 0,
     offsetof(struct orders_placed_v2, number), offsetof(struct orders_placed_v2, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"first", NULL, 0,
     offsetof(struct orders_placed_v2, first), offsetof(struct orders_placed_v2, first),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"last", NULL, 0,
     offsetof(struct orders_placed_v2, last), offsetof(struct orders_placed_v2, last),
     64, 0, 3, 16, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"cents", NULL, 0,
     offsetof(struct orders_placed_v2, cents), offsetof(struct orders_placed_v2, cents),
     0, 0, 4, 20, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table orders_placed_v2_table = {
    "orders.placed_v2", orders_placed_v2_fields, 4, sizeof(struct orders_placed_v2), 8, 24, 12,
};

static const uint8_t orders_placed_v2_template[44] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x18, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t orders_placed_v2_measure(const void *message, bool reserve)
{
    const struct orders_placed_v2 *m = (const struct orders_placed_v2 *)message;
    uint32_t at = 44;

    at = bus_measure_string(at, &m->first, 64, reserve);
    at = bus_measure_string(at, &m->last, 64, reserve);
    return bus_measure_end(at);
}

static void orders_placed_v2_pack(uint8_t *to, const void *message)
{
    const struct orders_placed_v2 *m = (const struct orders_placed_v2 *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 24;

    memcpy(to, orders_placed_v2_template, 24);
    bus_put_u64(t + 4, m->number);
    at = bus_put_string(t + 12, at, &m->first, 64);
    at = bus_put_string(t + 16, at, &m->last, 64);
    bus_put_u32(t + 20, m->cents);
    (void)at;
}

BUS_HOT bool orders_placed_v2_load(
    struct orders_placed_v2 *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    m->first = bus_get_string(t + 12);
    m->last = bus_get_string(t + 16);
    m->cents = bus_get_u32(t + 20);
    return true;
}

static bool orders_placed_v2_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct orders_placed_v2 *m = (struct orders_placed_v2 *)message;

    if (!bus_same_start(bytes, orders_placed_v2_template, 24))
        return bus_wire_unpack(&orders_placed_v2_table, m, bytes, bus_get_u32(bytes), scratch);
    return orders_placed_v2_load(m, bytes, scratch);
}

BUS_HOT uint32_t orders_placed_v2_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 44 || !bus_same_root(bytes, orders_placed_v2_template) ||
        !bus_same(bytes + 8, orders_placed_v2_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 24;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    at = bus_own_string(bytes, size, t + 16, at, 64, false);
    return bus_round_4(at);
}

static bool orders_placed_v2_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || orders_placed_v2_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || orders_placed_v2_load((struct orders_placed_v2 *)message, bytes, scratch);
}

static bool orders_placed_v2_apply(const void *older, void *newer, struct bus_upgrading *upgrading)
{
    return orders_placed_upgrade_v1((const struct orders_placed_v1 *)older, (struct orders_placed_v2 *)newer,
        upgrading);
}
static const struct bus_upgrade orders_placed_v2_upgrade = {&orders_placed_v1_type, orders_placed_v2_apply};
const struct bus_message_type orders_placed_v2_type = {
    "orders.placed.v2", UINT64_C(460613961158213239), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&orders_placed_v2_table, 188, 0,
     orders_placed_v2_measure, orders_placed_v2_pack, orders_placed_v2_unpack, orders_placed_v2_accept},
    NULL, NULL,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    2, &orders_placed_v2_upgrade, UINT64_C(10678175862099046355),
};

/* ---- reminded_v1 ---- */

static_assert(sizeof(struct orders_reminded_v1) <= 24, "scratch of struct orders_reminded_v1");
static const struct bus_field orders_reminded_v1_fields[] = {
    {"number", NULL, 0,
     offsetof(struct orders_reminded_v1, number), offsetof(struct orders_reminded_v1, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"text", NULL, 0,
     offsetof(struct orders_reminded_v1, text), offsetof(struct orders_reminded_v1, text),
     64, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table orders_reminded_v1_table = {
    "orders.reminded_v1", orders_reminded_v1_fields, 2, sizeof(struct orders_reminded_v1), 8, 16, 8,
};

static const uint8_t orders_reminded_v1_template[28] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t orders_reminded_v1_measure(const void *message, bool reserve)
{
    const struct orders_reminded_v1 *m = (const struct orders_reminded_v1 *)message;
    uint32_t at = 28;

    at = bus_measure_string(at, &m->text, 64, reserve);
    return bus_measure_end(at);
}

static void orders_reminded_v1_pack(uint8_t *to, const void *message)
{
    const struct orders_reminded_v1 *m = (const struct orders_reminded_v1 *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 16;

    memcpy(to, orders_reminded_v1_template, 16);
    bus_put_u64(t + 4, m->number);
    at = bus_put_string(t + 12, at, &m->text, 64);
    (void)at;
}

BUS_HOT bool orders_reminded_v1_load(
    struct orders_reminded_v1 *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    m->text = bus_get_string(t + 12);
    return true;
}

static bool orders_reminded_v1_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct orders_reminded_v1 *m = (struct orders_reminded_v1 *)message;

    if (!bus_same_start(bytes, orders_reminded_v1_template, 16))
        return bus_wire_unpack(&orders_reminded_v1_table, m, bytes, bus_get_u32(bytes), scratch);
    return orders_reminded_v1_load(m, bytes, scratch);
}

BUS_HOT uint32_t orders_reminded_v1_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 28 || !bus_same_root(bytes, orders_reminded_v1_template) ||
        !bus_same(bytes + 8, orders_reminded_v1_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_string(bytes, size, t + 12, at, 64, false);
    return bus_round_4(at);
}

static bool orders_reminded_v1_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || orders_reminded_v1_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || orders_reminded_v1_load((struct orders_reminded_v1 *)message, bytes, scratch);
}

const struct bus_message_type orders_reminded_v1_type = {
    "orders.reminded.v1", UINT64_C(9247219472801651058), 3, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&orders_reminded_v1_table, 100, 0,
     orders_reminded_v1_measure, orders_reminded_v1_pack, orders_reminded_v1_unpack, orders_reminded_v1_accept},
    NULL, NULL,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(10678175862099046355),
};

static const struct bus_message_type *const messages[] = {
    &orders_placed_type,
    &orders_reminded_type,
};
const struct bus_schema orders_schema = {"orders", 3, BUS_ABI, messages, 2, NULL, 0};
