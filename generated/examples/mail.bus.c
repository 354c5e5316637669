/* mail.bus.c - written by busgen from mail.bus. Do not edit. */
#include "mail.bus.h"

#include <assert.h>
#include <bus/own.h>

/* retries, jitter, backoff: first, most, factor; budget; breaker: failures, within,
 * open, probes, name; on_open; timeout, approval, ordered, by_category, no_dead_letters */
static const struct bus_policy policies[] = {
    {3, BUS_JITTER_NONE, UINT64_C(10000000000), UINT64_C(600000000000), 4.0, 0,
     0, 0, 0, 0, NULL, BUS_ON_OPEN_DEFAULT,
     0, 0, false, false, false},
};

/* ---- mail_written ---- */

static_assert(sizeof(struct mail_mail_written) <= 32, "scratch of struct mail_mail_written");
static const struct bus_field mail_mail_written_fields[] = {
    {"to", NULL, 0,
     offsetof(struct mail_mail_written, to), offsetof(struct mail_mail_written, to),
     64, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"text", NULL, 0,
     offsetof(struct mail_mail_written, text), offsetof(struct mail_mail_written, text),
     1024, 0, 2, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table mail_mail_written_table = {
    "mail.mail_written", mail_mail_written_fields, 2, sizeof(struct mail_mail_written), 4, 12, 8,
};

static const uint8_t mail_mail_written_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t mail_mail_written_measure(const void *message, bool reserve)
{
    const struct mail_mail_written *m = (const struct mail_mail_written *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->to, 64, reserve);
    at = bus_measure_string(at, &m->text, 1024, reserve);
    return bus_measure_end(at);
}

static void mail_mail_written_pack(uint8_t *to, const void *message)
{
    const struct mail_mail_written *m = (const struct mail_mail_written *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, mail_mail_written_template, 16);
    at = bus_put_string(t + 4, at, &m->to, 64);
    at = bus_put_string(t + 8, at, &m->text, 1024);
    (void)at;
}

BUS_HOT bool mail_mail_written_load(
    struct mail_mail_written *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->to = bus_get_string(t + 4);
    m->text = bus_get_string(t + 8);
    return true;
}

static bool mail_mail_written_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct mail_mail_written *m = (struct mail_mail_written *)message;

    if (!bus_same_start(bytes, mail_mail_written_template, 16))
        return bus_wire_unpack(&mail_mail_written_table, m, bytes, bus_get_u32(bytes), scratch);
    return mail_mail_written_load(m, bytes, scratch);
}

BUS_HOT uint32_t mail_mail_written_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, mail_mail_written_template) ||
        !bus_same(bytes + 8, mail_mail_written_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 64, false);
    at = bus_own_string(bytes, size, t + 8, at, 1024, false);
    return bus_round_4(at);
}

static bool mail_mail_written_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || mail_mail_written_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || mail_mail_written_load((struct mail_mail_written *)message, bytes, scratch);
}

static enum bus_verdict mail_mail_written_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((mail_mail_written_handler)handler)(context, (const struct mail_mail_written *)message, delivery);
}
const struct bus_message_type mail_mail_written_type = {
    "mail.mail_written", UINT64_C(7219915017609225116), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, BUS_TYPE_IDEMPOTENT, UINT64_C(0), UINT64_C(0),
    {&mail_mail_written_table, 1128, 0,
     mail_mail_written_measure, mail_mail_written_pack, mail_mail_written_unpack, mail_mail_written_accept},
    NULL, mail_mail_written_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    &policies[0],
    1, NULL, UINT64_C(7528284045365122436),
};

static const struct bus_message_type *const messages[] = {
    &mail_mail_written_type,
};
const struct bus_schema mail_schema = {"mail", 1, BUS_ABI, messages, 1, NULL, 0};
