/* notes.bus.c - written by busgen from notes.bus. Do not edit. */
#include "notes.bus.h"

#include <assert.h>
#include <bus/own.h>

/* retries, jitter, backoff: first, most, factor; budget; breaker: failures, within,
 * open, probes, name; on_open; timeout, approval, ordered, by_category, no_dead_letters */
static const struct bus_policy policies[] = {
    {2, BUS_JITTER_NONE, UINT64_C(50000000), UINT64_C(50000000), 0.0, 0,
     0, 0, 0, 0, NULL, BUS_ON_OPEN_DEFAULT,
     0, 0, false, false, false},
};

/* ---- line_read ---- */

static_assert(sizeof(struct notes_line_read) <= 24, "scratch of struct notes_line_read");
static const struct bus_field notes_line_read_fields[] = {
    {"number", NULL, 0,
     offsetof(struct notes_line_read, number), offsetof(struct notes_line_read, number),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"text", NULL, 0,
     offsetof(struct notes_line_read, text), offsetof(struct notes_line_read, text),
     400, 0, 2, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table notes_line_read_table = {
    "notes.line_read", notes_line_read_fields, 2, sizeof(struct notes_line_read), 4, 12, 8,
};

static const uint8_t notes_line_read_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t notes_line_read_measure(const void *message, bool reserve)
{
    const struct notes_line_read *m = (const struct notes_line_read *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->text, 400, reserve);
    return bus_measure_end(at);
}

static void notes_line_read_pack(uint8_t *to, const void *message)
{
    const struct notes_line_read *m = (const struct notes_line_read *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, notes_line_read_template, 16);
    bus_put_u32(t + 4, m->number);
    at = bus_put_string(t + 8, at, &m->text, 400);
    (void)at;
}

BUS_HOT bool notes_line_read_load(
    struct notes_line_read *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->number = bus_get_u32(t + 4);
    m->text = bus_get_string(t + 8);
    return true;
}

static bool notes_line_read_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct notes_line_read *m = (struct notes_line_read *)message;

    if (!bus_same_start(bytes, notes_line_read_template, 16))
        return bus_wire_unpack(&notes_line_read_table, m, bytes, bus_get_u32(bytes), scratch);
    return notes_line_read_load(m, bytes, scratch);
}

BUS_HOT uint32_t notes_line_read_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, notes_line_read_template) ||
        !bus_same(bytes + 8, notes_line_read_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 8, at, 400, false);
    return bus_round_4(at);
}

static bool notes_line_read_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || notes_line_read_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || notes_line_read_load((struct notes_line_read *)message, bytes, scratch);
}

static enum bus_verdict notes_line_read_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((notes_line_read_handler)handler)(context, (const struct notes_line_read *)message, delivery);
}
const struct bus_message_type notes_line_read_type = {
    "notes.line_read", UINT64_C(14411397763533767859), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, BUS_TYPE_IDEMPOTENT, UINT64_C(0), UINT64_C(0),
    {&notes_line_read_table, 432, 0,
     notes_line_read_measure, notes_line_read_pack, notes_line_read_unpack, notes_line_read_accept},
    bus_key_first_u32, notes_line_read_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    &policies[0],
    1, NULL, UINT64_C(14617461796405124015),
};

/* ---- closing_time ---- */

static_assert(sizeof(struct notes_closing_time) <= 4, "scratch of struct notes_closing_time");
static const struct bus_field notes_closing_time_fields[] = {
    {"lines", NULL, 0,
     offsetof(struct notes_closing_time, lines), offsetof(struct notes_closing_time, lines),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table notes_closing_time_table = {
    "notes.closing_time", notes_closing_time_fields, 1, sizeof(struct notes_closing_time), 4, 8, 6,
};

static const uint8_t notes_closing_time_template[20] = {
    0x0c, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t notes_closing_time_measure(const void *message, bool reserve)
{
    uint32_t at = 20;

    (void)message;
    (void)reserve;
    return at;
}

static void notes_closing_time_pack(uint8_t *to, const void *message)
{
    const struct notes_closing_time *m = (const struct notes_closing_time *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, notes_closing_time_template, 16);
    bus_put_u32(t + 4, m->lines);
}

BUS_HOT bool notes_closing_time_load(
    struct notes_closing_time *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->lines = bus_get_u32(t + 4);
    return true;
}

static bool notes_closing_time_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct notes_closing_time *m = (struct notes_closing_time *)message;

    if (!bus_same_start(bytes, notes_closing_time_template, 16))
        return bus_wire_unpack(&notes_closing_time_table, m, bytes, bus_get_u32(bytes), scratch);
    return notes_closing_time_load(m, bytes, scratch);
}

BUS_HOT uint32_t notes_closing_time_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 20 || !bus_same_root(bytes, notes_closing_time_template) ||
        !bus_same(bytes + 8, notes_closing_time_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 8;
    return bus_round_4(at);
}

static bool notes_closing_time_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || notes_closing_time_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || notes_closing_time_load((struct notes_closing_time *)message, bytes, scratch);
}

static enum bus_verdict notes_closing_time_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((notes_closing_time_handler)handler)(context, (const struct notes_closing_time *)message, delivery);
}
const struct bus_message_type notes_closing_time_type = {
    "notes.closing_time", UINT64_C(2541328042890409454), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&notes_closing_time_table, 20, 0,
     notes_closing_time_measure, notes_closing_time_pack, notes_closing_time_unpack, notes_closing_time_accept},
    NULL, notes_closing_time_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(14617461796405124015),
};

static const struct bus_binding notes_scribe_bindings[] = {
    {&notes_line_read_type, "notes.scribe.on_line_read", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&notes_closing_time_type, "notes.scribe.on_closing_time", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
const struct bus_component notes_scribe_component = {"notes.scribe", &notes_schema, notes_scribe_bindings, 2, false,
    NULL, 0};

static const struct bus_message_type *const messages[] = {
    &notes_line_read_type,
    &notes_closing_time_type,
};
const struct bus_schema notes_schema = {"notes", 1, BUS_ABI, messages, 2, NULL, 0};
