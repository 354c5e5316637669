/* home.bus.c - written by busgen from home.bus. Do not edit. */
#include "home.bus.h"

#include <assert.h>
#include <bus/own.h>

static const struct bus_enum_value home_mode_values[] = {
    {"off", INT64_C(0)},
    {"eco", INT64_C(1)},
    {"comfort", INT64_C(2)},
};
const struct bus_enum home_mode_enum = {"home.mode", home_mode_values, 3};

const char *home_mode_name(enum home_mode value)
{
    switch ((int)value) {
    case HOME_MODE_OFF:
        return "off";
    case HOME_MODE_ECO:
        return "eco";
    case HOME_MODE_COMFORT:
        return "comfort";
    default:
        return "?";
    }
}

/* ---- temperature_measured ---- */

static_assert(sizeof(struct home_temperature_measured) <= 32, "scratch of struct home_temperature_measured");
static const struct bus_field home_temperature_measured_fields[] = {
    {"room", NULL, 0,
     offsetof(struct home_temperature_measured, room), offsetof(struct home_temperature_measured, room),
     32, 0, 1, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"celsius", NULL, 0,
     offsetof(struct home_temperature_measured, celsius), offsetof(struct home_temperature_measured, celsius),
     0, 0, 2, 16, 0, BUS_FIELD_F32, BUS_FIELD_F32,
     BUS_SHAPE_ONE, 0},
    {"at", NULL, 0,
     offsetof(struct home_temperature_measured, at_ns), offsetof(struct home_temperature_measured, at_ns),
     0, 0, 3, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table home_temperature_measured_table = {
    "home.temperature_measured", home_temperature_measured_fields, 3, sizeof(struct home_temperature_measured), 8, 20, 10,
};

static const uint8_t home_temperature_measured_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x14, 0x00, 0x0c, 0x00, 0x10, 0x00,
    0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t home_temperature_measured_measure(const void *message, bool reserve)
{
    const struct home_temperature_measured *m = (const struct home_temperature_measured *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->room, 32, reserve);
    return bus_measure_end(at);
}

static void home_temperature_measured_pack(uint8_t *to, const void *message)
{
    const struct home_temperature_measured *m = (const struct home_temperature_measured *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, home_temperature_measured_template, 24);
    at = bus_put_string(t + 12, at, &m->room, 32);
    bus_put_f32(t + 16, m->celsius);
    bus_put_i64(t + 4, m->at_ns);
    (void)at;
}

BUS_HOT bool home_temperature_measured_load(
    struct home_temperature_measured *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->room = bus_get_string(t + 12);
    m->celsius = bus_get_f32(t + 16);
    m->at_ns = bus_get_i64(t + 4);
    return true;
}

static bool home_temperature_measured_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct home_temperature_measured *m = (struct home_temperature_measured *)message;

    if (!bus_same_start(bytes, home_temperature_measured_template, 24))
        return bus_wire_unpack(&home_temperature_measured_table, m, bytes, bus_get_u32(bytes), scratch);
    return home_temperature_measured_load(m, bytes, scratch);
}

BUS_HOT uint32_t home_temperature_measured_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, home_temperature_measured_template) ||
        !bus_same(bytes + 8, home_temperature_measured_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 32, false);
    return bus_round_4(at);
}

static bool home_temperature_measured_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || home_temperature_measured_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || home_temperature_measured_load((struct home_temperature_measured *)message, bytes, scratch);
}

static enum bus_verdict home_temperature_measured_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((home_temperature_measured_handler)handler)(context, (const struct home_temperature_measured *)message, delivery);
}
const struct bus_message_type home_temperature_measured_type = {
    "home.temperature_measured", UINT64_C(5442146620028416941), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&home_temperature_measured_table, 80, 0,
     home_temperature_measured_measure, home_temperature_measured_pack, home_temperature_measured_unpack, home_temperature_measured_accept},
    bus_key_first_string, home_temperature_measured_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(2926667116557605371),
};

/* ---- heating_switched ---- */

static_assert(sizeof(struct home_heating_switched) <= 24, "scratch of struct home_heating_switched");
static const struct bus_field home_heating_switched_fields[] = {
    {"room", NULL, 0,
     offsetof(struct home_heating_switched, room), offsetof(struct home_heating_switched, room),
     32, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"on", NULL, 0,
     offsetof(struct home_heating_switched, on), offsetof(struct home_heating_switched, on),
     0, 0, 2, 8, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table home_heating_switched_table = {
    "home.heating_switched", home_heating_switched_fields, 2, sizeof(struct home_heating_switched), 4, 9, 8,
};

static const uint8_t home_heating_switched_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x09, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t home_heating_switched_measure(const void *message, bool reserve)
{
    const struct home_heating_switched *m = (const struct home_heating_switched *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->room, 32, reserve);
    return bus_measure_end(at);
}

static void home_heating_switched_pack(uint8_t *to, const void *message)
{
    const struct home_heating_switched *m = (const struct home_heating_switched *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, home_heating_switched_template, 24);
    at = bus_put_string(t + 4, at, &m->room, 32);
    bus_put_bool(t + 8, m->on);
    (void)at;
}

BUS_HOT bool home_heating_switched_load(
    struct home_heating_switched *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->room = bus_get_string(t + 4);
    m->on = bus_get_bool(t + 8);
    return true;
}

static bool home_heating_switched_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct home_heating_switched *m = (struct home_heating_switched *)message;

    if (!bus_same_start(bytes, home_heating_switched_template, 16))
        return bus_wire_unpack(&home_heating_switched_table, m, bytes, bus_get_u32(bytes), scratch);
    return home_heating_switched_load(m, bytes, scratch);
}

BUS_HOT uint32_t home_heating_switched_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, home_heating_switched_template) ||
        !bus_same(bytes + 8, home_heating_switched_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 32, false);
    if (bytes[t + 8] > 1)
        return BUS_MEASURE_BAD;
    return bus_round_4(at);
}

static bool home_heating_switched_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || home_heating_switched_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || home_heating_switched_load((struct home_heating_switched *)message, bytes, scratch);
}

static enum bus_verdict home_heating_switched_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((home_heating_switched_handler)handler)(context, (const struct home_heating_switched *)message, delivery);
}
const struct bus_message_type home_heating_switched_type = {
    "home.heating_switched", UINT64_C(17272994936796850447), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&home_heating_switched_table, 64, 0,
     home_heating_switched_measure, home_heating_switched_pack, home_heating_switched_unpack, home_heating_switched_accept},
    bus_key_first_string, home_heating_switched_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(2926667116557605371),
};

/* ---- set_mode ---- */

static_assert(sizeof(struct home_set_mode) <= 24, "scratch of struct home_set_mode");
static const struct bus_field home_set_mode_fields[] = {
    {"room", NULL, 0,
     offsetof(struct home_set_mode, room), offsetof(struct home_set_mode, room),
     32, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"mode", &home_mode_enum, 0,
     offsetof(struct home_set_mode, mode), offsetof(struct home_set_mode, mode),
     0, 0, 2, 8, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table home_set_mode_table = {
    "home.set_mode", home_set_mode_fields, 2, sizeof(struct home_set_mode), 4, 9, 8,
};

static const uint8_t home_set_mode_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x09, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t home_set_mode_measure(const void *message, bool reserve)
{
    const struct home_set_mode *m = (const struct home_set_mode *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->room, 32, reserve);
    at = bus_measure_enum(at, (int)m->mode, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void home_set_mode_pack(uint8_t *to, const void *message)
{
    const struct home_set_mode *m = (const struct home_set_mode *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, home_set_mode_template, 24);
    at = bus_put_string(t + 4, at, &m->room, 32);
    bus_put_u8(t + 8, (uint8_t)m->mode);
    (void)at;
}

BUS_HOT bool home_set_mode_load(
    struct home_set_mode *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->room = bus_get_string(t + 4);
    m->mode = (enum home_mode)bus_get_u8(t + 8);
    return true;
}

static bool home_set_mode_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct home_set_mode *m = (struct home_set_mode *)message;

    if (!bus_same_start(bytes, home_set_mode_template, 16))
        return bus_wire_unpack(&home_set_mode_table, m, bytes, bus_get_u32(bytes), scratch);
    return home_set_mode_load(m, bytes, scratch);
}

BUS_HOT uint32_t home_set_mode_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, home_set_mode_template) ||
        !bus_same(bytes + 8, home_set_mode_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 32, false);
    return bus_round_4(at);
}

static bool home_set_mode_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || home_set_mode_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || home_set_mode_load((struct home_set_mode *)message, bytes, scratch);
}

static_assert(sizeof(struct home_set_mode_ok) <= 4, "scratch of struct home_set_mode_ok");
static const struct bus_field home_set_mode_ok_fields[] = {
    {"target_celsius", NULL, 0,
     offsetof(struct home_set_mode_ok, target_celsius), offsetof(struct home_set_mode_ok, target_celsius),
     0, 0, 1, 4, 0, BUS_FIELD_F32, BUS_FIELD_F32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table home_set_mode_ok_table = {
    "home.set_mode_ok", home_set_mode_ok_fields, 1, sizeof(struct home_set_mode_ok), 4, 8, 6,
};

static const uint8_t home_set_mode_ok_template[20] = {
    0x0c, 0x00, 0x00, 0x00, 0x06, 0x00, 0x08, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t home_set_mode_ok_measure(const void *message, bool reserve)
{
    uint32_t at = 20;

    (void)message;
    (void)reserve;
    return at;
}

static void home_set_mode_ok_pack(uint8_t *to, const void *message)
{
    const struct home_set_mode_ok *m = (const struct home_set_mode_ok *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, home_set_mode_ok_template, 16);
    bus_put_f32(t + 4, m->target_celsius);
}

BUS_HOT bool home_set_mode_ok_load(
    struct home_set_mode_ok *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->target_celsius = bus_get_f32(t + 4);
    return true;
}

static bool home_set_mode_ok_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct home_set_mode_ok *m = (struct home_set_mode_ok *)message;

    if (!bus_same_start(bytes, home_set_mode_ok_template, 16))
        return bus_wire_unpack(&home_set_mode_ok_table, m, bytes, bus_get_u32(bytes), scratch);
    return home_set_mode_ok_load(m, bytes, scratch);
}

BUS_HOT uint32_t home_set_mode_ok_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 20 || !bus_same_root(bytes, home_set_mode_ok_template) ||
        !bus_same(bytes + 8, home_set_mode_ok_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 8;
    return bus_round_4(at);
}

static bool home_set_mode_ok_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || home_set_mode_ok_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || home_set_mode_ok_load((struct home_set_mode_ok *)message, bytes, scratch);
}

static const struct bus_answer_type home_set_mode_answers[] = {
    {"ok",
     {&home_set_mode_ok_table, 20, 0,
     home_set_mode_ok_measure, home_set_mode_ok_pack, home_set_mode_ok_unpack, home_set_mode_ok_accept}},
    {"unknown_room",
     {NULL, 0, 0, NULL, NULL, NULL, NULL}},
};
void home_set_mode_complete(bus_function callback, void *context, const void *result)
{
    ((home_set_mode_completion)callback)(context, (const struct home_set_mode_result *)result);
}
static enum bus_verdict home_set_mode_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((home_set_mode_handler)handler)(context, (const struct home_set_mode *)message, delivery);
}
const struct bus_message_type home_set_mode_type = {
    "home.set_mode", UINT64_C(10316343776374543097), 1, BUS_COMMAND, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&home_set_mode_table, 64, 0,
     home_set_mode_measure, home_set_mode_pack, home_set_mode_unpack, home_set_mode_accept},
    bus_key_first_string, home_set_mode_invoke,
    home_set_mode_answers, 2,
    {sizeof(struct home_set_mode_result), offsetof(struct home_set_mode_result, answer),
     offsetof(struct home_set_mode_result, ok), offsetof(struct home_set_mode_result, bytes), sizeof(((struct home_set_mode_result *)0)->bytes), 24},
    NULL,
    1, NULL, UINT64_C(2926667116557605371),
};

static const struct bus_binding home_thermostat_bindings[] = {
    {&home_set_mode_type, "home.thermostat.set_mode", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&home_temperature_measured_type, "home.thermostat.on_temperature_measured", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
static const struct bus_message_type *const home_thermostat_emits[] = {
    &home_heating_switched_type,
};
const struct bus_component home_thermostat_component = {"home.thermostat", &home_schema, home_thermostat_bindings, 2, false,
    home_thermostat_emits, 1};

static const struct bus_message_type *const messages[] = {
    &home_temperature_measured_type,
    &home_heating_switched_type,
    &home_set_mode_type,
};
const struct bus_schema home_schema = {"home", 1, BUS_ABI, messages, 3, NULL, 0};
