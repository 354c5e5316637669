/* bus_system.bus.c - written by busgen from bus_system.bus. Do not edit. */
#include "bus_system.bus.h"

#include <assert.h>
#include <bus/own.h>

static const struct bus_enum_value bus_system_drop_reason_values[] = {
    {"none", INT64_C(0)},
    {"overflow", INT64_C(1)},
    {"expired", INT64_C(2)},
};
const struct bus_enum bus_system_drop_reason_enum = {"bus_system.drop_reason", bus_system_drop_reason_values, 3};

const char *bus_system_drop_reason_name(enum bus_system_drop_reason value)
{
    switch ((int)value) {
    case BUS_SYSTEM_DROP_REASON_NONE:
        return "none";
    case BUS_SYSTEM_DROP_REASON_OVERFLOW:
        return "overflow";
    case BUS_SYSTEM_DROP_REASON_EXPIRED:
        return "expired";
    default:
        return "?";
    }
}

static const struct bus_enum_value bus_system_stop_reason_values[] = {
    {"none", INT64_C(0)},
    {"requested", INT64_C(1)},
    {"closed", INT64_C(2)},
};
const struct bus_enum bus_system_stop_reason_enum = {"bus_system.stop_reason", bus_system_stop_reason_values, 3};

const char *bus_system_stop_reason_name(enum bus_system_stop_reason value)
{
    switch ((int)value) {
    case BUS_SYSTEM_STOP_REASON_NONE:
        return "none";
    case BUS_SYSTEM_STOP_REASON_REQUESTED:
        return "requested";
    case BUS_SYSTEM_STOP_REASON_CLOSED:
        return "closed";
    default:
        return "?";
    }
}

static const struct bus_enum_value bus_system_letter_reason_values[] = {
    {"none", INT64_C(0)},
    {"failed", INT64_C(1)},
    {"breaker_open", INT64_C(2)},
    {"overflow", INT64_C(3)},
    {"no_room", INT64_C(4)},
    {"expired", INT64_C(5)},
    {"handler_gone", INT64_C(6)},
};
const struct bus_enum bus_system_letter_reason_enum = {"bus_system.letter_reason", bus_system_letter_reason_values, 7};

const char *bus_system_letter_reason_name(enum bus_system_letter_reason value)
{
    switch ((int)value) {
    case BUS_SYSTEM_LETTER_REASON_NONE:
        return "none";
    case BUS_SYSTEM_LETTER_REASON_FAILED:
        return "failed";
    case BUS_SYSTEM_LETTER_REASON_BREAKER_OPEN:
        return "breaker_open";
    case BUS_SYSTEM_LETTER_REASON_OVERFLOW:
        return "overflow";
    case BUS_SYSTEM_LETTER_REASON_NO_ROOM:
        return "no_room";
    case BUS_SYSTEM_LETTER_REASON_EXPIRED:
        return "expired";
    case BUS_SYSTEM_LETTER_REASON_HANDLER_GONE:
        return "handler_gone";
    default:
        return "?";
    }
}

static const struct bus_enum_value bus_system_breaker_state_values[] = {
    {"closed", INT64_C(0)},
    {"open", INT64_C(1)},
    {"half_open", INT64_C(2)},
};
const struct bus_enum bus_system_breaker_state_enum = {"bus_system.breaker_state", bus_system_breaker_state_values, 3};

const char *bus_system_breaker_state_name(enum bus_system_breaker_state value)
{
    switch ((int)value) {
    case BUS_SYSTEM_BREAKER_STATE_CLOSED:
        return "closed";
    case BUS_SYSTEM_BREAKER_STATE_OPEN:
        return "open";
    case BUS_SYSTEM_BREAKER_STATE_HALF_OPEN:
        return "half_open";
    default:
        return "?";
    }
}

static const struct bus_enum_value bus_system_approval_values[] = {
    {"none", INT64_C(0)},
    {"pending", INT64_C(1)},
    {"approved", INT64_C(2)},
    {"denied", INT64_C(3)},
    {"expired", INT64_C(4)},
};
const struct bus_enum bus_system_approval_enum = {"bus_system.approval", bus_system_approval_values, 5};

const char *bus_system_approval_name(enum bus_system_approval value)
{
    switch ((int)value) {
    case BUS_SYSTEM_APPROVAL_NONE:
        return "none";
    case BUS_SYSTEM_APPROVAL_PENDING:
        return "pending";
    case BUS_SYSTEM_APPROVAL_APPROVED:
        return "approved";
    case BUS_SYSTEM_APPROVAL_DENIED:
        return "denied";
    case BUS_SYSTEM_APPROVAL_EXPIRED:
        return "expired";
    default:
        return "?";
    }
}

static const struct bus_enum_value bus_system_session_reason_values[] = {
    {"none", INT64_C(0)},
    {"ended", INT64_C(1)},
    {"idle", INT64_C(2)},
};
const struct bus_enum bus_system_session_reason_enum = {"bus_system.session_reason", bus_system_session_reason_values, 3};

const char *bus_system_session_reason_name(enum bus_system_session_reason value)
{
    switch ((int)value) {
    case BUS_SYSTEM_SESSION_REASON_NONE:
        return "none";
    case BUS_SYSTEM_SESSION_REASON_ENDED:
        return "ended";
    case BUS_SYSTEM_SESSION_REASON_IDLE:
        return "idle";
    default:
        return "?";
    }
}

static_assert(sizeof(struct bus_system_fault) <= 32, "scratch of struct bus_system_fault");
static const struct bus_field bus_system_fault_fields[] = {
    {"category", NULL, 0,
     offsetof(struct bus_system_fault, category), offsetof(struct bus_system_fault, category),
     0, 0, 1, 12, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"severity", NULL, 0,
     offsetof(struct bus_system_fault, severity), offsetof(struct bus_system_fault, severity),
     0, 0, 2, 13, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"code", NULL, 0,
     offsetof(struct bus_system_fault, code), offsetof(struct bus_system_fault, code),
     0, 0, 3, 4, 0, BUS_FIELD_I32, BUS_FIELD_I32,
     BUS_SHAPE_ONE, 0},
    {"transient", NULL, 0,
     offsetof(struct bus_system_fault, transient), offsetof(struct bus_system_fault, transient),
     0, 0, 4, 14, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, 0},
    {"text", NULL, 0,
     offsetof(struct bus_system_fault, text), offsetof(struct bus_system_fault, text),
     255, 0, 5, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
const struct bus_table bus_system_fault_table = {
    "bus_system.fault", bus_system_fault_fields, 5, sizeof(struct bus_system_fault), 4, 15, 14,
};

static const uint8_t bus_system_fault_template[30] = {
    0x0e, 0x00, 0x0f, 0x00, 0x0c, 0x00, 0x0d, 0x00, 0x04, 0x00, 0x0e, 0x00,
    0x08, 0x00, 0x0e, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_fault_measure(uint32_t at, const struct bus_system_fault *m, bool reserve)
{
    at = bus_measure_table(at, 14, 16, false);
    at = bus_measure_string(at, &m->text, 255, reserve);
    at -= bus_slack(m->text.size + 1);
    return at;
}

static uint8_t *bus_system_fault_pack(uint8_t *slot, uint8_t *at, const struct bus_system_fault *m)
{
    uint8_t *t = bus_place_table(at, 14, false);

    bus_put_offset(slot, t);
    memcpy(t - 14, bus_system_fault_template, 30);
    at = t + 16;
    bus_put_u8(t + 12, m->category);
    bus_put_u8(t + 13, m->severity);
    bus_put_i32(t + 4, m->code);
    bus_put_bool(t + 14, m->transient);
    at = bus_put_string(t + 8, at, &m->text, 255);
    at -= bus_slack(m->text.size + 1);
    return at;
}

static bool bus_system_fault_unpack(
    struct bus_system_fault *m, const uint8_t *bytes, const uint8_t *t, struct bus_scratch *scratch)
{
    if (bus_get_u32(t) != 14 ||
        !bus_same(t - 14 + 0, bus_system_fault_template + 0, 14))
        return bus_wire_unpack(&bus_system_fault_table, m, bytes, (uint32_t)(t - bytes), scratch);
    m->category = bus_get_u8(t + 12);
    m->severity = bus_get_u8(t + 13);
    m->code = bus_get_i32(t + 4);
    m->transient = bus_get_bool(t + 14);
    m->text = bus_get_string(t + 8);
    return true;
}

static uint32_t bus_system_fault_own(
    const uint8_t *bytes, uint32_t size, uint32_t slot, uint32_t at)
{
    uint32_t t = bus_own_table(bytes, size, slot, at, 14, 16, false);

    if (bus_measure_is_bad(t) ||
        !bus_same(bytes + (t - 14), bus_system_fault_template + 0, 14))
        return BUS_MEASURE_BAD;
    at = t + 16;
    if (bytes[t + 14] > 1)
        return BUS_MEASURE_BAD;
    at = bus_own_string(bytes, size, t + 8, at, 255, true);
    return at;
}

/* ---- command_started ---- */

static_assert(sizeof(struct bus_system_command_started) <= 56, "scratch of struct bus_system_command_started");
static const struct bus_field bus_system_command_started_fields[] = {
    {"command", NULL, 0,
     offsetof(struct bus_system_command_started, command), offsetof(struct bus_system_command_started, command),
     160, 0, 1, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_command_started, id), offsetof(struct bus_system_command_started, id),
     0, 0, 2, 4, 0, BUS_FIELD_UUID, BUS_FIELD_UUID,
     BUS_SHAPE_ONE, 0},
    {"session", NULL, 0,
     offsetof(struct bus_system_command_started, session), offsetof(struct bus_system_command_started, session),
     0, 0, 3, 24, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"handler", NULL, 0,
     offsetof(struct bus_system_command_started, handler), offsetof(struct bus_system_command_started, handler),
     160, 0, 4, 28, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_command_started_table = {
    "bus_system.command_started", bus_system_command_started_fields, 4, sizeof(struct bus_system_command_started), 8, 32, 12,
};

static const uint8_t bus_system_command_started_template[52] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x20, 0x00, 0x14, 0x00, 0x04, 0x00,
    0x18, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_command_started_measure(const void *message, bool reserve)
{
    const struct bus_system_command_started *m = (const struct bus_system_command_started *)message;
    uint32_t at = 52;

    at = bus_measure_string(at, &m->command, 160, reserve);
    at = bus_measure_string(at, &m->handler, 160, reserve);
    return bus_measure_end(at);
}

static void bus_system_command_started_pack(uint8_t *to, const void *message)
{
    const struct bus_system_command_started *m = (const struct bus_system_command_started *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 32;

    memcpy(to, bus_system_command_started_template, 24);
    at = bus_put_string(t + 20, at, &m->command, 160);
    bus_put_uuid(t + 4, m->id);
    bus_put_u32(t + 24, m->session);
    at = bus_put_string(t + 28, at, &m->handler, 160);
    (void)at;
}

BUS_HOT bool bus_system_command_started_load(
    struct bus_system_command_started *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->command = bus_get_string(t + 20);
    m->id = bus_get_uuid(t + 4);
    m->session = bus_get_u32(t + 24);
    m->handler = bus_get_string(t + 28);
    return true;
}

static bool bus_system_command_started_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_command_started *m = (struct bus_system_command_started *)message;

    if (!bus_same_start(bytes, bus_system_command_started_template, 24))
        return bus_wire_unpack(&bus_system_command_started_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_command_started_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_command_started_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 52 || !bus_same_root(bytes, bus_system_command_started_template) ||
        !bus_same(bytes + 8, bus_system_command_started_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 32;
    at = bus_own_string(bytes, size, t + 20, at, 160, false);
    at = bus_own_string(bytes, size, t + 28, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_command_started_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_command_started_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_command_started_load((struct bus_system_command_started *)message, bytes, scratch);
}

static enum bus_verdict bus_system_command_started_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_command_started_handler)handler)(context, (const struct bus_system_command_started *)message, delivery);
}
const struct bus_message_type bus_system_command_started_type = {
    "bus_system.command_started", UINT64_C(1881148781079042872), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_command_started_table, 388, 0,
     bus_system_command_started_measure, bus_system_command_started_pack, bus_system_command_started_unpack, bus_system_command_started_accept},
    NULL, bus_system_command_started_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- command_result ---- */

static_assert(sizeof(struct bus_system_command_result) <= 128, "scratch of struct bus_system_command_result");
static const struct bus_field bus_system_command_result_fields[] = {
    {"command", NULL, 0,
     offsetof(struct bus_system_command_result, command), offsetof(struct bus_system_command_result, command),
     160, 0, 1, 28, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_command_result, id), offsetof(struct bus_system_command_result, id),
     0, 0, 2, 4, 0, BUS_FIELD_UUID, BUS_FIELD_UUID,
     BUS_SHAPE_ONE, 0},
    {"session", NULL, 0,
     offsetof(struct bus_system_command_result, session), offsetof(struct bus_system_command_result, session),
     0, 0, 3, 32, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"handler", NULL, 0,
     offsetof(struct bus_system_command_result, handler), offsetof(struct bus_system_command_result, handler),
     160, 0, 4, 36, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"outcome", NULL, 0,
     offsetof(struct bus_system_command_result, outcome), offsetof(struct bus_system_command_result, outcome),
     0, 0, 5, 52, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"answer", NULL, 0,
     offsetof(struct bus_system_command_result, answer), offsetof(struct bus_system_command_result, answer),
     64, 0, 6, 40, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"error", &bus_system_fault_table, 0,
     offsetof(struct bus_system_command_result, error), offsetof(struct bus_system_command_result, error),
     0, 0, 7, 44, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
    {"attempts", NULL, 0,
     offsetof(struct bus_system_command_result, attempts), offsetof(struct bus_system_command_result, attempts),
     0, 0, 8, 48, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"took", NULL, 0,
     offsetof(struct bus_system_command_result, took_ns), offsetof(struct bus_system_command_result, took_ns),
     0, 0, 9, 20, 0, BUS_FIELD_DURATION, BUS_FIELD_DURATION,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_command_result_table = {
    "bus_system.command_result", bus_system_command_result_fields, 9, sizeof(struct bus_system_command_result), 8, 53, 22,
};

static const uint8_t bus_system_command_result_template[84] = {
    0x1c, 0x00, 0x00, 0x00, 0x16, 0x00, 0x35, 0x00, 0x1c, 0x00, 0x04, 0x00,
    0x20, 0x00, 0x24, 0x00, 0x34, 0x00, 0x28, 0x00, 0x2c, 0x00, 0x30, 0x00,
    0x14, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_command_result_measure(const void *message, bool reserve)
{
    const struct bus_system_command_result *m = (const struct bus_system_command_result *)message;
    uint32_t at = 84;

    at = bus_measure_string(at, &m->command, 160, reserve);
    at = bus_measure_string(at, &m->handler, 160, reserve);
    at = bus_measure_string(at, &m->answer, 64, reserve);
    at -= bus_slack(m->answer.size + 1);
    at = bus_system_fault_measure(at, &m->error, reserve);
    return bus_measure_end(at);
}

static void bus_system_command_result_pack(uint8_t *to, const void *message)
{
    const struct bus_system_command_result *m = (const struct bus_system_command_result *)message;
    uint8_t *t = bus_aligned(to) + 28;
    uint8_t *at = t + 56;

    memcpy(to, bus_system_command_result_template, 84);
    at = bus_put_string(t + 28, at, &m->command, 160);
    bus_put_uuid(t + 4, m->id);
    bus_put_u32(t + 32, m->session);
    at = bus_put_string(t + 36, at, &m->handler, 160);
    bus_put_u8(t + 52, m->outcome);
    at = bus_put_string(t + 40, at, &m->answer, 64);
    at -= bus_slack(m->answer.size + 1);
    at = bus_system_fault_pack(t + 44, at, &m->error);
    bus_put_u32(t + 48, m->attempts);
    bus_put_i64(t + 20, m->took_ns);
    (void)at;
}

BUS_HOT bool bus_system_command_result_load(
    struct bus_system_command_result *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 28;

    (void)scratch;
    m->command = bus_get_string(t + 28);
    m->id = bus_get_uuid(t + 4);
    m->session = bus_get_u32(t + 32);
    m->handler = bus_get_string(t + 36);
    m->outcome = bus_get_u8(t + 52);
    m->answer = bus_get_string(t + 40);
    if (!bus_system_fault_unpack(&m->error, bytes, bus_follow(t + 44), scratch))
        return false;
    m->attempts = bus_get_u32(t + 48);
    m->took_ns = bus_get_i64(t + 20);
    return true;
}

static bool bus_system_command_result_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_command_result *m = (struct bus_system_command_result *)message;

    if (!bus_same_start(bytes, bus_system_command_result_template, 32))
        return bus_wire_unpack(&bus_system_command_result_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_command_result_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_command_result_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 28;
    uint32_t at;

    if (size < 84 || !bus_same_root(bytes, bus_system_command_result_template) ||
        !bus_same(bytes + 8, bus_system_command_result_template + 8, 24))
        return BUS_MEASURE_BAD;
    at = t + 56;
    at = bus_own_string(bytes, size, t + 28, at, 160, false);
    at = bus_own_string(bytes, size, t + 36, at, 160, false);
    at = bus_own_string(bytes, size, t + 40, at, 64, true);
    at = bus_system_fault_own(bytes, size, t + 44, at);
    return bus_round_4(at);
}

static bool bus_system_command_result_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_command_result_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_command_result_load((struct bus_system_command_result *)message, bytes, scratch);
}

static enum bus_verdict bus_system_command_result_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_command_result_handler)handler)(context, (const struct bus_system_command_result *)message, delivery);
}
const struct bus_message_type bus_system_command_result_type = {
    "bus_system.command_result", UINT64_C(12161125582580311629), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_command_result_table, 784, 0,
     bus_system_command_result_measure, bus_system_command_result_pack, bus_system_command_result_unpack, bus_system_command_result_accept},
    NULL, bus_system_command_result_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- event_handler_failed ---- */

static_assert(sizeof(struct bus_system_event_handler_failed) <= 96, "scratch of struct bus_system_event_handler_failed");
static const struct bus_field bus_system_event_handler_failed_fields[] = {
    {"event", NULL, 0,
     offsetof(struct bus_system_event_handler_failed, event), offsetof(struct bus_system_event_handler_failed, event),
     160, 0, 1, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_event_handler_failed, id), offsetof(struct bus_system_event_handler_failed, id),
     0, 0, 2, 4, 0, BUS_FIELD_UUID, BUS_FIELD_UUID,
     BUS_SHAPE_ONE, 0},
    {"session", NULL, 0,
     offsetof(struct bus_system_event_handler_failed, session), offsetof(struct bus_system_event_handler_failed, session),
     0, 0, 3, 24, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"handler", NULL, 0,
     offsetof(struct bus_system_event_handler_failed, handler), offsetof(struct bus_system_event_handler_failed, handler),
     160, 0, 4, 28, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"error", &bus_system_fault_table, 0,
     offsetof(struct bus_system_event_handler_failed, error), offsetof(struct bus_system_event_handler_failed, error),
     0, 0, 5, 32, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
    {"attempt", NULL, 0,
     offsetof(struct bus_system_event_handler_failed, attempt), offsetof(struct bus_system_event_handler_failed, attempt),
     0, 0, 6, 36, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_event_handler_failed_table = {
    "bus_system.event_handler_failed", bus_system_event_handler_failed_fields, 6, sizeof(struct bus_system_event_handler_failed), 8, 40, 16,
};

static const uint8_t bus_system_event_handler_failed_template[60] = {
    0x14, 0x00, 0x00, 0x00, 0x10, 0x00, 0x28, 0x00, 0x14, 0x00, 0x04, 0x00,
    0x18, 0x00, 0x1c, 0x00, 0x20, 0x00, 0x24, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_event_handler_failed_measure(const void *message, bool reserve)
{
    const struct bus_system_event_handler_failed *m = (const struct bus_system_event_handler_failed *)message;
    uint32_t at = 60;

    at = bus_measure_string(at, &m->event, 160, reserve);
    at = bus_measure_string(at, &m->handler, 160, reserve);
    at -= bus_slack(m->handler.size + 1);
    at = bus_system_fault_measure(at, &m->error, reserve);
    return bus_measure_end(at);
}

static void bus_system_event_handler_failed_pack(uint8_t *to, const void *message)
{
    const struct bus_system_event_handler_failed *m = (const struct bus_system_event_handler_failed *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 40;

    memcpy(to, bus_system_event_handler_failed_template, 24);
    at = bus_put_string(t + 20, at, &m->event, 160);
    bus_put_uuid(t + 4, m->id);
    bus_put_u32(t + 24, m->session);
    at = bus_put_string(t + 28, at, &m->handler, 160);
    at -= bus_slack(m->handler.size + 1);
    at = bus_system_fault_pack(t + 32, at, &m->error);
    bus_put_u32(t + 36, m->attempt);
    (void)at;
}

BUS_HOT bool bus_system_event_handler_failed_load(
    struct bus_system_event_handler_failed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->event = bus_get_string(t + 20);
    m->id = bus_get_uuid(t + 4);
    m->session = bus_get_u32(t + 24);
    m->handler = bus_get_string(t + 28);
    if (!bus_system_fault_unpack(&m->error, bytes, bus_follow(t + 32), scratch))
        return false;
    m->attempt = bus_get_u32(t + 36);
    return true;
}

static bool bus_system_event_handler_failed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_event_handler_failed *m = (struct bus_system_event_handler_failed *)message;

    if (!bus_same_start(bytes, bus_system_event_handler_failed_template, 24))
        return bus_wire_unpack(&bus_system_event_handler_failed_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_event_handler_failed_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_event_handler_failed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 60 || !bus_same_root(bytes, bus_system_event_handler_failed_template) ||
        !bus_same(bytes + 8, bus_system_event_handler_failed_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 40;
    at = bus_own_string(bytes, size, t + 20, at, 160, false);
    at = bus_own_string(bytes, size, t + 28, at, 160, true);
    at = bus_system_fault_own(bytes, size, t + 32, at);
    return bus_round_4(at);
}

static bool bus_system_event_handler_failed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_event_handler_failed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_event_handler_failed_load((struct bus_system_event_handler_failed *)message, bytes, scratch);
}

static enum bus_verdict bus_system_event_handler_failed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_event_handler_failed_handler)handler)(context, (const struct bus_system_event_handler_failed *)message, delivery);
}
const struct bus_message_type bus_system_event_handler_failed_type = {
    "bus_system.event_handler_failed", UINT64_C(9238603098813612005), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_event_handler_failed_table, 688, 0,
     bus_system_event_handler_failed_measure, bus_system_event_handler_failed_pack, bus_system_event_handler_failed_unpack, bus_system_event_handler_failed_accept},
    NULL, bus_system_event_handler_failed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- message_dropped ---- */

static_assert(sizeof(struct bus_system_message_dropped) <= 40, "scratch of struct bus_system_message_dropped");
static const struct bus_field bus_system_message_dropped_fields[] = {
    {"message", NULL, 0,
     offsetof(struct bus_system_message_dropped, message), offsetof(struct bus_system_message_dropped, message),
     160, 0, 1, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"reason", &bus_system_drop_reason_enum, 0,
     offsetof(struct bus_system_message_dropped, reason), offsetof(struct bus_system_message_dropped, reason),
     0, 0, 2, 16, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"count", NULL, 0,
     offsetof(struct bus_system_message_dropped, count), offsetof(struct bus_system_message_dropped, count),
     0, 0, 3, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"lane", NULL, 0,
     offsetof(struct bus_system_message_dropped, lane), offsetof(struct bus_system_message_dropped, lane),
     0, 0, 4, 17, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_message_dropped_table = {
    "bus_system.message_dropped", bus_system_message_dropped_fields, 4, sizeof(struct bus_system_message_dropped), 8, 18, 12,
};

static const uint8_t bus_system_message_dropped_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x12, 0x00, 0x0c, 0x00, 0x10, 0x00,
    0x04, 0x00, 0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_message_dropped_measure(const void *message, bool reserve)
{
    const struct bus_system_message_dropped *m = (const struct bus_system_message_dropped *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->message, 160, reserve);
    at = bus_measure_enum(at, (int)m->reason, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void bus_system_message_dropped_pack(uint8_t *to, const void *message)
{
    const struct bus_system_message_dropped *m = (const struct bus_system_message_dropped *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, bus_system_message_dropped_template, 40);
    at = bus_put_string(t + 12, at, &m->message, 160);
    bus_put_u8(t + 16, (uint8_t)m->reason);
    bus_put_u64(t + 4, m->count);
    bus_put_u8(t + 17, m->lane);
    (void)at;
}

BUS_HOT bool bus_system_message_dropped_load(
    struct bus_system_message_dropped *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->message = bus_get_string(t + 12);
    m->reason = (enum bus_system_drop_reason)bus_get_u8(t + 16);
    m->count = bus_get_u64(t + 4);
    m->lane = bus_get_u8(t + 17);
    return true;
}

static bool bus_system_message_dropped_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_message_dropped *m = (struct bus_system_message_dropped *)message;

    if (!bus_same_start(bytes, bus_system_message_dropped_template, 24))
        return bus_wire_unpack(&bus_system_message_dropped_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_message_dropped_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_message_dropped_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, bus_system_message_dropped_template) ||
        !bus_same(bytes + 8, bus_system_message_dropped_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_message_dropped_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_message_dropped_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_message_dropped_load((struct bus_system_message_dropped *)message, bytes, scratch);
}

static enum bus_verdict bus_system_message_dropped_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_message_dropped_handler)handler)(context, (const struct bus_system_message_dropped *)message, delivery);
}
const struct bus_message_type bus_system_message_dropped_type = {
    "bus_system.message_dropped", UINT64_C(8696841569311687588), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_message_dropped_table, 208, 0,
     bus_system_message_dropped_measure, bus_system_message_dropped_pack, bus_system_message_dropped_unpack, bus_system_message_dropped_accept},
    NULL, bus_system_message_dropped_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- bus_started ---- */

static_assert(sizeof(struct bus_system_bus_started) <= 24, "scratch of struct bus_system_bus_started");
static const struct bus_field bus_system_bus_started_fields[] = {
    {"name", NULL, 0,
     offsetof(struct bus_system_bus_started, name), offsetof(struct bus_system_bus_started, name),
     160, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"workers", NULL, 0,
     offsetof(struct bus_system_bus_started, workers), offsetof(struct bus_system_bus_started, workers),
     0, 0, 2, 8, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_bus_started_table = {
    "bus_system.bus_started", bus_system_bus_started_fields, 2, sizeof(struct bus_system_bus_started), 4, 12, 8,
};

static const uint8_t bus_system_bus_started_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_bus_started_measure(const void *message, bool reserve)
{
    const struct bus_system_bus_started *m = (const struct bus_system_bus_started *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->name, 160, reserve);
    return bus_measure_end(at);
}

static void bus_system_bus_started_pack(uint8_t *to, const void *message)
{
    const struct bus_system_bus_started *m = (const struct bus_system_bus_started *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, bus_system_bus_started_template, 16);
    at = bus_put_string(t + 4, at, &m->name, 160);
    bus_put_u32(t + 8, m->workers);
    (void)at;
}

BUS_HOT bool bus_system_bus_started_load(
    struct bus_system_bus_started *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->name = bus_get_string(t + 4);
    m->workers = bus_get_u32(t + 8);
    return true;
}

static bool bus_system_bus_started_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_bus_started *m = (struct bus_system_bus_started *)message;

    if (!bus_same_start(bytes, bus_system_bus_started_template, 16))
        return bus_wire_unpack(&bus_system_bus_started_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_bus_started_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_bus_started_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, bus_system_bus_started_template) ||
        !bus_same(bytes + 8, bus_system_bus_started_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_bus_started_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_bus_started_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_bus_started_load((struct bus_system_bus_started *)message, bytes, scratch);
}

static enum bus_verdict bus_system_bus_started_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_bus_started_handler)handler)(context, (const struct bus_system_bus_started *)message, delivery);
}
const struct bus_message_type bus_system_bus_started_type = {
    "bus_system.bus_started", UINT64_C(14728242141901123757), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_bus_started_table, 192, 0,
     bus_system_bus_started_measure, bus_system_bus_started_pack, bus_system_bus_started_unpack, bus_system_bus_started_accept},
    NULL, bus_system_bus_started_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- bus_stopping ---- */

static_assert(sizeof(struct bus_system_bus_stopping) <= 24, "scratch of struct bus_system_bus_stopping");
static const struct bus_field bus_system_bus_stopping_fields[] = {
    {"name", NULL, 0,
     offsetof(struct bus_system_bus_stopping, name), offsetof(struct bus_system_bus_stopping, name),
     160, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"reason", &bus_system_stop_reason_enum, 0,
     offsetof(struct bus_system_bus_stopping, reason), offsetof(struct bus_system_bus_stopping, reason),
     0, 0, 2, 8, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_bus_stopping_table = {
    "bus_system.bus_stopping", bus_system_bus_stopping_fields, 2, sizeof(struct bus_system_bus_stopping), 4, 9, 8,
};

static const uint8_t bus_system_bus_stopping_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x09, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_bus_stopping_measure(const void *message, bool reserve)
{
    const struct bus_system_bus_stopping *m = (const struct bus_system_bus_stopping *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->name, 160, reserve);
    at = bus_measure_enum(at, (int)m->reason, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void bus_system_bus_stopping_pack(uint8_t *to, const void *message)
{
    const struct bus_system_bus_stopping *m = (const struct bus_system_bus_stopping *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, bus_system_bus_stopping_template, 24);
    at = bus_put_string(t + 4, at, &m->name, 160);
    bus_put_u8(t + 8, (uint8_t)m->reason);
    (void)at;
}

BUS_HOT bool bus_system_bus_stopping_load(
    struct bus_system_bus_stopping *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->name = bus_get_string(t + 4);
    m->reason = (enum bus_system_stop_reason)bus_get_u8(t + 8);
    return true;
}

static bool bus_system_bus_stopping_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_bus_stopping *m = (struct bus_system_bus_stopping *)message;

    if (!bus_same_start(bytes, bus_system_bus_stopping_template, 16))
        return bus_wire_unpack(&bus_system_bus_stopping_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_bus_stopping_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_bus_stopping_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, bus_system_bus_stopping_template) ||
        !bus_same(bytes + 8, bus_system_bus_stopping_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 4, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_bus_stopping_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_bus_stopping_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_bus_stopping_load((struct bus_system_bus_stopping *)message, bytes, scratch);
}

static enum bus_verdict bus_system_bus_stopping_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_bus_stopping_handler)handler)(context, (const struct bus_system_bus_stopping *)message, delivery);
}
const struct bus_message_type bus_system_bus_stopping_type = {
    "bus_system.bus_stopping", UINT64_C(9872925577433467737), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_bus_stopping_table, 192, 0,
     bus_system_bus_stopping_measure, bus_system_bus_stopping_pack, bus_system_bus_stopping_unpack, bus_system_bus_stopping_accept},
    NULL, bus_system_bus_stopping_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- dead_letter_added ---- */

static_assert(sizeof(struct bus_system_dead_letter_added) <= 112, "scratch of struct bus_system_dead_letter_added");
static const struct bus_field bus_system_dead_letter_added_fields[] = {
    {"letter", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, letter), offsetof(struct bus_system_dead_letter_added, letter),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"message", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, message), offsetof(struct bus_system_dead_letter_added, message),
     160, 0, 2, 28, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, id), offsetof(struct bus_system_dead_letter_added, id),
     0, 0, 3, 12, 0, BUS_FIELD_UUID, BUS_FIELD_UUID,
     BUS_SHAPE_ONE, 0},
    {"session", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, session), offsetof(struct bus_system_dead_letter_added, session),
     0, 0, 4, 32, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"handler", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, handler), offsetof(struct bus_system_dead_letter_added, handler),
     160, 0, 5, 36, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"reason", &bus_system_letter_reason_enum, 0,
     offsetof(struct bus_system_dead_letter_added, reason), offsetof(struct bus_system_dead_letter_added, reason),
     0, 0, 6, 48, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"error", &bus_system_fault_table, 0,
     offsetof(struct bus_system_dead_letter_added, error), offsetof(struct bus_system_dead_letter_added, error),
     0, 0, 7, 40, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
    {"attempts", NULL, 0,
     offsetof(struct bus_system_dead_letter_added, attempts), offsetof(struct bus_system_dead_letter_added, attempts),
     0, 0, 8, 44, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_dead_letter_added_table = {
    "bus_system.dead_letter_added", bus_system_dead_letter_added_fields, 8, sizeof(struct bus_system_dead_letter_added), 8, 49, 20,
};

static const uint8_t bus_system_dead_letter_added_template[80] = {
    0x1c, 0x00, 0x00, 0x00, 0x14, 0x00, 0x31, 0x00, 0x04, 0x00, 0x1c, 0x00,
    0x0c, 0x00, 0x20, 0x00, 0x24, 0x00, 0x30, 0x00, 0x28, 0x00, 0x2c, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_dead_letter_added_measure(const void *message, bool reserve)
{
    const struct bus_system_dead_letter_added *m = (const struct bus_system_dead_letter_added *)message;
    uint32_t at = 80;

    at = bus_measure_string(at, &m->message, 160, reserve);
    at = bus_measure_string(at, &m->handler, 160, reserve);
    at -= bus_slack(m->handler.size + 1);
    at = bus_measure_enum(at, (int)m->reason, 0, UINT8_MAX);
    at = bus_system_fault_measure(at, &m->error, reserve);
    return bus_measure_end(at);
}

static void bus_system_dead_letter_added_pack(uint8_t *to, const void *message)
{
    const struct bus_system_dead_letter_added *m = (const struct bus_system_dead_letter_added *)message;
    uint8_t *t = bus_aligned(to) + 28;
    uint8_t *at = t + 52;

    memcpy(to, bus_system_dead_letter_added_template, 80);
    bus_put_u64(t + 4, m->letter);
    at = bus_put_string(t + 28, at, &m->message, 160);
    bus_put_uuid(t + 12, m->id);
    bus_put_u32(t + 32, m->session);
    at = bus_put_string(t + 36, at, &m->handler, 160);
    at -= bus_slack(m->handler.size + 1);
    bus_put_u8(t + 48, (uint8_t)m->reason);
    at = bus_system_fault_pack(t + 40, at, &m->error);
    bus_put_u32(t + 44, m->attempts);
    (void)at;
}

BUS_HOT bool bus_system_dead_letter_added_load(
    struct bus_system_dead_letter_added *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 28;

    (void)scratch;
    m->letter = bus_get_u64(t + 4);
    m->message = bus_get_string(t + 28);
    m->id = bus_get_uuid(t + 12);
    m->session = bus_get_u32(t + 32);
    m->handler = bus_get_string(t + 36);
    m->reason = (enum bus_system_letter_reason)bus_get_u8(t + 48);
    if (!bus_system_fault_unpack(&m->error, bytes, bus_follow(t + 40), scratch))
        return false;
    m->attempts = bus_get_u32(t + 44);
    return true;
}

static bool bus_system_dead_letter_added_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_dead_letter_added *m = (struct bus_system_dead_letter_added *)message;

    if (!bus_same_start(bytes, bus_system_dead_letter_added_template, 32))
        return bus_wire_unpack(&bus_system_dead_letter_added_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_dead_letter_added_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_dead_letter_added_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 28;
    uint32_t at;

    if (size < 80 || !bus_same_root(bytes, bus_system_dead_letter_added_template) ||
        !bus_same(bytes + 8, bus_system_dead_letter_added_template + 8, 24))
        return BUS_MEASURE_BAD;
    at = t + 52;
    at = bus_own_string(bytes, size, t + 28, at, 160, false);
    at = bus_own_string(bytes, size, t + 36, at, 160, true);
    at = bus_system_fault_own(bytes, size, t + 40, at);
    return bus_round_4(at);
}

static bool bus_system_dead_letter_added_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_dead_letter_added_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_dead_letter_added_load((struct bus_system_dead_letter_added *)message, bytes, scratch);
}

static enum bus_verdict bus_system_dead_letter_added_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_dead_letter_added_handler)handler)(context, (const struct bus_system_dead_letter_added *)message, delivery);
}
const struct bus_message_type bus_system_dead_letter_added_type = {
    "bus_system.dead_letter_added", UINT64_C(1781511879904933901), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_dead_letter_added_table, 708, 0,
     bus_system_dead_letter_added_measure, bus_system_dead_letter_added_pack, bus_system_dead_letter_added_unpack, bus_system_dead_letter_added_accept},
    NULL, bus_system_dead_letter_added_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- breaker_changed ---- */

static_assert(sizeof(struct bus_system_breaker_changed) <= 32, "scratch of struct bus_system_breaker_changed");
static const struct bus_field bus_system_breaker_changed_fields[] = {
    {"breaker", NULL, 0,
     offsetof(struct bus_system_breaker_changed, breaker), offsetof(struct bus_system_breaker_changed, breaker),
     160, 0, 1, 4, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"from", &bus_system_breaker_state_enum, 0,
     offsetof(struct bus_system_breaker_changed, from), offsetof(struct bus_system_breaker_changed, from),
     0, 0, 2, 12, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"to", &bus_system_breaker_state_enum, 0,
     offsetof(struct bus_system_breaker_changed, to), offsetof(struct bus_system_breaker_changed, to),
     0, 0, 3, 13, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"failures", NULL, 0,
     offsetof(struct bus_system_breaker_changed, failures), offsetof(struct bus_system_breaker_changed, failures),
     0, 0, 4, 8, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_breaker_changed_table = {
    "bus_system.breaker_changed", bus_system_breaker_changed_fields, 4, sizeof(struct bus_system_breaker_changed), 4, 14, 12,
};

static const uint8_t bus_system_breaker_changed_template[32] = {
    0x10, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x0e, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x0d, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_breaker_changed_measure(const void *message, bool reserve)
{
    const struct bus_system_breaker_changed *m = (const struct bus_system_breaker_changed *)message;
    uint32_t at = 32;

    at = bus_measure_string(at, &m->breaker, 160, reserve);
    at = bus_measure_enum(at, (int)m->from, 0, UINT8_MAX);
    at = bus_measure_enum(at, (int)m->to, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void bus_system_breaker_changed_pack(uint8_t *to, const void *message)
{
    const struct bus_system_breaker_changed *m = (const struct bus_system_breaker_changed *)message;
    uint8_t *t = bus_aligned(to) + 16;
    uint8_t *at = t + 16;

    memcpy(to, bus_system_breaker_changed_template, 32);
    at = bus_put_string(t + 4, at, &m->breaker, 160);
    bus_put_u8(t + 12, (uint8_t)m->from);
    bus_put_u8(t + 13, (uint8_t)m->to);
    bus_put_u32(t + 8, m->failures);
    (void)at;
}

BUS_HOT bool bus_system_breaker_changed_load(
    struct bus_system_breaker_changed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 16;

    (void)scratch;
    m->breaker = bus_get_string(t + 4);
    m->from = (enum bus_system_breaker_state)bus_get_u8(t + 12);
    m->to = (enum bus_system_breaker_state)bus_get_u8(t + 13);
    m->failures = bus_get_u32(t + 8);
    return true;
}

static bool bus_system_breaker_changed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_breaker_changed *m = (struct bus_system_breaker_changed *)message;

    if (!bus_same_start(bytes, bus_system_breaker_changed_template, 20))
        return bus_wire_unpack(&bus_system_breaker_changed_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_breaker_changed_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_breaker_changed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 16;
    uint32_t at;

    if (size < 32 || !bus_same_root(bytes, bus_system_breaker_changed_template) ||
        !bus_same(bytes + 8, bus_system_breaker_changed_template + 8, 12))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_string(bytes, size, t + 4, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_breaker_changed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_breaker_changed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_breaker_changed_load((struct bus_system_breaker_changed *)message, bytes, scratch);
}

static enum bus_verdict bus_system_breaker_changed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_breaker_changed_handler)handler)(context, (const struct bus_system_breaker_changed *)message, delivery);
}
const struct bus_message_type bus_system_breaker_changed_type = {
    "bus_system.breaker_changed", UINT64_C(16913899206726804038), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_breaker_changed_table, 200, 0,
     bus_system_breaker_changed_measure, bus_system_breaker_changed_pack, bus_system_breaker_changed_unpack, bus_system_breaker_changed_accept},
    NULL, bus_system_breaker_changed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- backpressure_changed ---- */

static_assert(sizeof(struct bus_system_backpressure_changed) <= 20, "scratch of struct bus_system_backpressure_changed");
static const struct bus_field bus_system_backpressure_changed_fields[] = {
    {"lane", NULL, 0,
     offsetof(struct bus_system_backpressure_changed, lane), offsetof(struct bus_system_backpressure_changed, lane),
     0, 0, 1, 16, 0, BUS_FIELD_U8, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"worker", NULL, 0,
     offsetof(struct bus_system_backpressure_changed, worker), offsetof(struct bus_system_backpressure_changed, worker),
     0, 0, 2, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"active", NULL, 0,
     offsetof(struct bus_system_backpressure_changed, active), offsetof(struct bus_system_backpressure_changed, active),
     0, 0, 3, 17, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, 0},
    {"size", NULL, 0,
     offsetof(struct bus_system_backpressure_changed, size), offsetof(struct bus_system_backpressure_changed, size),
     0, 0, 4, 8, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"capacity", NULL, 0,
     offsetof(struct bus_system_backpressure_changed, capacity), offsetof(struct bus_system_backpressure_changed, capacity),
     0, 0, 5, 12, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_backpressure_changed_table = {
    "bus_system.backpressure_changed", bus_system_backpressure_changed_fields, 5, sizeof(struct bus_system_backpressure_changed), 4, 18, 14,
};

static const uint8_t bus_system_backpressure_changed_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x12, 0x00, 0x10, 0x00, 0x04, 0x00,
    0x11, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_backpressure_changed_measure(const void *message, bool reserve)
{
    uint32_t at = 40;

    (void)message;
    (void)reserve;
    return at;
}

static void bus_system_backpressure_changed_pack(uint8_t *to, const void *message)
{
    const struct bus_system_backpressure_changed *m = (const struct bus_system_backpressure_changed *)message;
    uint8_t *t = bus_aligned(to) + 20;

    memcpy(to, bus_system_backpressure_changed_template, 40);
    bus_put_u8(t + 16, m->lane);
    bus_put_u32(t + 4, m->worker);
    bus_put_bool(t + 17, m->active);
    bus_put_u32(t + 8, m->size);
    bus_put_u32(t + 12, m->capacity);
}

BUS_HOT bool bus_system_backpressure_changed_load(
    struct bus_system_backpressure_changed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->lane = bus_get_u8(t + 16);
    m->worker = bus_get_u32(t + 4);
    m->active = bus_get_bool(t + 17);
    m->size = bus_get_u32(t + 8);
    m->capacity = bus_get_u32(t + 12);
    return true;
}

static bool bus_system_backpressure_changed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_backpressure_changed *m = (struct bus_system_backpressure_changed *)message;

    if (!bus_same_start(bytes, bus_system_backpressure_changed_template, 24))
        return bus_wire_unpack(&bus_system_backpressure_changed_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_backpressure_changed_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_backpressure_changed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, bus_system_backpressure_changed_template) ||
        !bus_same(bytes + 8, bus_system_backpressure_changed_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    if (bytes[t + 17] > 1)
        return BUS_MEASURE_BAD;
    return bus_round_4(at);
}

static bool bus_system_backpressure_changed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_backpressure_changed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_backpressure_changed_load((struct bus_system_backpressure_changed *)message, bytes, scratch);
}

static enum bus_verdict bus_system_backpressure_changed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_backpressure_changed_handler)handler)(context, (const struct bus_system_backpressure_changed *)message, delivery);
}
const struct bus_message_type bus_system_backpressure_changed_type = {
    "bus_system.backpressure_changed", UINT64_C(689337535605724508), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_backpressure_changed_table, 40, 0,
     bus_system_backpressure_changed_measure, bus_system_backpressure_changed_pack, bus_system_backpressure_changed_unpack, bus_system_backpressure_changed_accept},
    NULL, bus_system_backpressure_changed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- handler_stuck ---- */

static_assert(sizeof(struct bus_system_handler_stuck) <= 48, "scratch of struct bus_system_handler_stuck");
static const struct bus_field bus_system_handler_stuck_fields[] = {
    {"message", NULL, 0,
     offsetof(struct bus_system_handler_stuck, message), offsetof(struct bus_system_handler_stuck, message),
     160, 0, 1, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"handler", NULL, 0,
     offsetof(struct bus_system_handler_stuck, handler), offsetof(struct bus_system_handler_stuck, handler),
     160, 0, 2, 16, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"worker", NULL, 0,
     offsetof(struct bus_system_handler_stuck, worker), offsetof(struct bus_system_handler_stuck, worker),
     0, 0, 3, 20, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"running", NULL, 0,
     offsetof(struct bus_system_handler_stuck, running_ns), offsetof(struct bus_system_handler_stuck, running_ns),
     0, 0, 4, 4, 0, BUS_FIELD_DURATION, BUS_FIELD_DURATION,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_handler_stuck_table = {
    "bus_system.handler_stuck", bus_system_handler_stuck_fields, 4, sizeof(struct bus_system_handler_stuck), 8, 24, 12,
};

static const uint8_t bus_system_handler_stuck_template[44] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x18, 0x00, 0x0c, 0x00, 0x10, 0x00,
    0x14, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_handler_stuck_measure(const void *message, bool reserve)
{
    const struct bus_system_handler_stuck *m = (const struct bus_system_handler_stuck *)message;
    uint32_t at = 44;

    at = bus_measure_string(at, &m->message, 160, reserve);
    at = bus_measure_string(at, &m->handler, 160, reserve);
    return bus_measure_end(at);
}

static void bus_system_handler_stuck_pack(uint8_t *to, const void *message)
{
    const struct bus_system_handler_stuck *m = (const struct bus_system_handler_stuck *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 24;

    memcpy(to, bus_system_handler_stuck_template, 24);
    at = bus_put_string(t + 12, at, &m->message, 160);
    at = bus_put_string(t + 16, at, &m->handler, 160);
    bus_put_u32(t + 20, m->worker);
    bus_put_i64(t + 4, m->running_ns);
    (void)at;
}

BUS_HOT bool bus_system_handler_stuck_load(
    struct bus_system_handler_stuck *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->message = bus_get_string(t + 12);
    m->handler = bus_get_string(t + 16);
    m->worker = bus_get_u32(t + 20);
    m->running_ns = bus_get_i64(t + 4);
    return true;
}

static bool bus_system_handler_stuck_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_handler_stuck *m = (struct bus_system_handler_stuck *)message;

    if (!bus_same_start(bytes, bus_system_handler_stuck_template, 24))
        return bus_wire_unpack(&bus_system_handler_stuck_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_handler_stuck_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_handler_stuck_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 44 || !bus_same_root(bytes, bus_system_handler_stuck_template) ||
        !bus_same(bytes + 8, bus_system_handler_stuck_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 24;
    at = bus_own_string(bytes, size, t + 12, at, 160, false);
    at = bus_own_string(bytes, size, t + 16, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_handler_stuck_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_handler_stuck_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_handler_stuck_load((struct bus_system_handler_stuck *)message, bytes, scratch);
}

static enum bus_verdict bus_system_handler_stuck_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_handler_stuck_handler)handler)(context, (const struct bus_system_handler_stuck *)message, delivery);
}
const struct bus_message_type bus_system_handler_stuck_type = {
    "bus_system.handler_stuck", UINT64_C(17105868477036698108), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_handler_stuck_table, 380, 0,
     bus_system_handler_stuck_measure, bus_system_handler_stuck_pack, bus_system_handler_stuck_unpack, bus_system_handler_stuck_accept},
    NULL, bus_system_handler_stuck_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- approval_changed ---- */

static_assert(sizeof(struct bus_system_approval_changed) <= 40, "scratch of struct bus_system_approval_changed");
static const struct bus_field bus_system_approval_changed_fields[] = {
    {"command", NULL, 0,
     offsetof(struct bus_system_approval_changed, command), offsetof(struct bus_system_approval_changed, command),
     160, 0, 1, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_approval_changed, id), offsetof(struct bus_system_approval_changed, id),
     0, 0, 2, 4, 0, BUS_FIELD_UUID, BUS_FIELD_UUID,
     BUS_SHAPE_ONE, 0},
    {"session", NULL, 0,
     offsetof(struct bus_system_approval_changed, session), offsetof(struct bus_system_approval_changed, session),
     0, 0, 3, 24, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"state", &bus_system_approval_enum, 0,
     offsetof(struct bus_system_approval_changed, state), offsetof(struct bus_system_approval_changed, state),
     0, 0, 4, 28, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_approval_changed_table = {
    "bus_system.approval_changed", bus_system_approval_changed_fields, 4, sizeof(struct bus_system_approval_changed), 8, 29, 12,
};

static const uint8_t bus_system_approval_changed_template[52] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x1d, 0x00, 0x14, 0x00, 0x04, 0x00,
    0x18, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_approval_changed_measure(const void *message, bool reserve)
{
    const struct bus_system_approval_changed *m = (const struct bus_system_approval_changed *)message;
    uint32_t at = 52;

    at = bus_measure_string(at, &m->command, 160, reserve);
    at = bus_measure_enum(at, (int)m->state, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void bus_system_approval_changed_pack(uint8_t *to, const void *message)
{
    const struct bus_system_approval_changed *m = (const struct bus_system_approval_changed *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 32;

    memcpy(to, bus_system_approval_changed_template, 52);
    at = bus_put_string(t + 20, at, &m->command, 160);
    bus_put_uuid(t + 4, m->id);
    bus_put_u32(t + 24, m->session);
    bus_put_u8(t + 28, (uint8_t)m->state);
    (void)at;
}

BUS_HOT bool bus_system_approval_changed_load(
    struct bus_system_approval_changed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->command = bus_get_string(t + 20);
    m->id = bus_get_uuid(t + 4);
    m->session = bus_get_u32(t + 24);
    m->state = (enum bus_system_approval)bus_get_u8(t + 28);
    return true;
}

static bool bus_system_approval_changed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_approval_changed *m = (struct bus_system_approval_changed *)message;

    if (!bus_same_start(bytes, bus_system_approval_changed_template, 24))
        return bus_wire_unpack(&bus_system_approval_changed_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_approval_changed_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_approval_changed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 52 || !bus_same_root(bytes, bus_system_approval_changed_template) ||
        !bus_same(bytes + 8, bus_system_approval_changed_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 32;
    at = bus_own_string(bytes, size, t + 20, at, 160, false);
    return bus_round_4(at);
}

static bool bus_system_approval_changed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_approval_changed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_approval_changed_load((struct bus_system_approval_changed *)message, bytes, scratch);
}

static enum bus_verdict bus_system_approval_changed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_approval_changed_handler)handler)(context, (const struct bus_system_approval_changed *)message, delivery);
}
const struct bus_message_type bus_system_approval_changed_type = {
    "bus_system.approval_changed", UINT64_C(484157744733299311), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_approval_changed_table, 220, 0,
     bus_system_approval_changed_measure, bus_system_approval_changed_pack, bus_system_approval_changed_unpack, bus_system_approval_changed_accept},
    NULL, bus_system_approval_changed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- session_started ---- */

static_assert(sizeof(struct bus_system_session_started) <= 24, "scratch of struct bus_system_session_started");
static const struct bus_field bus_system_session_started_fields[] = {
    {"session", NULL, 0,
     offsetof(struct bus_system_session_started, session), offsetof(struct bus_system_session_started, session),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_session_started, id), offsetof(struct bus_system_session_started, id),
     63, 0, 2, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_session_started_table = {
    "bus_system.session_started", bus_system_session_started_fields, 2, sizeof(struct bus_system_session_started), 4, 12, 8,
};

static const uint8_t bus_system_session_started_template[24] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0c, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_session_started_measure(const void *message, bool reserve)
{
    const struct bus_system_session_started *m = (const struct bus_system_session_started *)message;
    uint32_t at = 24;

    at = bus_measure_string(at, &m->id, 63, reserve);
    return bus_measure_end(at);
}

static void bus_system_session_started_pack(uint8_t *to, const void *message)
{
    const struct bus_system_session_started *m = (const struct bus_system_session_started *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 12;

    memcpy(to, bus_system_session_started_template, 16);
    bus_put_u32(t + 4, m->session);
    at = bus_put_string(t + 8, at, &m->id, 63);
    (void)at;
}

BUS_HOT bool bus_system_session_started_load(
    struct bus_system_session_started *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->session = bus_get_u32(t + 4);
    m->id = bus_get_string(t + 8);
    return true;
}

static bool bus_system_session_started_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_session_started *m = (struct bus_system_session_started *)message;

    if (!bus_same_start(bytes, bus_system_session_started_template, 16))
        return bus_wire_unpack(&bus_system_session_started_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_session_started_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_session_started_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 24 || !bus_same_root(bytes, bus_system_session_started_template) ||
        !bus_same(bytes + 8, bus_system_session_started_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 12;
    at = bus_own_string(bytes, size, t + 8, at, 63, false);
    return bus_round_4(at);
}

static bool bus_system_session_started_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_session_started_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_session_started_load((struct bus_system_session_started *)message, bytes, scratch);
}

static enum bus_verdict bus_system_session_started_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_session_started_handler)handler)(context, (const struct bus_system_session_started *)message, delivery);
}
const struct bus_message_type bus_system_session_started_type = {
    "bus_system.session_started", UINT64_C(17791300494218211074), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_session_started_table, 92, 0,
     bus_system_session_started_measure, bus_system_session_started_pack, bus_system_session_started_unpack, bus_system_session_started_accept},
    NULL, bus_system_session_started_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

/* ---- session_ended ---- */

static_assert(sizeof(struct bus_system_session_ended) <= 72, "scratch of struct bus_system_session_ended");
static const struct bus_field bus_system_session_ended_fields[] = {
    {"session", NULL, 0,
     offsetof(struct bus_system_session_ended, session), offsetof(struct bus_system_session_ended, session),
     0, 0, 1, 4, 0, BUS_FIELD_U32, BUS_FIELD_U32,
     BUS_SHAPE_ONE, 0},
    {"id", NULL, 0,
     offsetof(struct bus_system_session_ended, id), offsetof(struct bus_system_session_ended, id),
     63, 0, 2, 8, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"reason", &bus_system_session_reason_enum, 0,
     offsetof(struct bus_system_session_ended, reason), offsetof(struct bus_system_session_ended, reason),
     0, 0, 3, 16, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"error", &bus_system_fault_table, 0,
     offsetof(struct bus_system_session_ended, error), offsetof(struct bus_system_session_ended, error),
     0, 0, 4, 12, 0, BUS_FIELD_TABLE, BUS_FIELD_TABLE,
     BUS_SHAPE_ONE, 0},
    {"failed", NULL, 0,
     offsetof(struct bus_system_session_ended, failed), offsetof(struct bus_system_session_ended, failed),
     0, 0, 5, 17, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table bus_system_session_ended_table = {
    "bus_system.session_ended", bus_system_session_ended_fields, 5, sizeof(struct bus_system_session_ended), 4, 18, 14,
};

static const uint8_t bus_system_session_ended_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x12, 0x00, 0x04, 0x00, 0x08, 0x00,
    0x10, 0x00, 0x0c, 0x00, 0x11, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t bus_system_session_ended_measure(const void *message, bool reserve)
{
    const struct bus_system_session_ended *m = (const struct bus_system_session_ended *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->id, 63, reserve);
    at -= bus_slack(m->id.size + 1);
    at = bus_measure_enum(at, (int)m->reason, 0, UINT8_MAX);
    at = bus_system_fault_measure(at, &m->error, reserve);
    return bus_measure_end(at);
}

static void bus_system_session_ended_pack(uint8_t *to, const void *message)
{
    const struct bus_system_session_ended *m = (const struct bus_system_session_ended *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, bus_system_session_ended_template, 40);
    bus_put_u32(t + 4, m->session);
    at = bus_put_string(t + 8, at, &m->id, 63);
    at -= bus_slack(m->id.size + 1);
    bus_put_u8(t + 16, (uint8_t)m->reason);
    at = bus_system_fault_pack(t + 12, at, &m->error);
    bus_put_bool(t + 17, m->failed);
    (void)at;
}

BUS_HOT bool bus_system_session_ended_load(
    struct bus_system_session_ended *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->session = bus_get_u32(t + 4);
    m->id = bus_get_string(t + 8);
    m->reason = (enum bus_system_session_reason)bus_get_u8(t + 16);
    if (!bus_system_fault_unpack(&m->error, bytes, bus_follow(t + 12), scratch))
        return false;
    m->failed = bus_get_bool(t + 17);
    return true;
}

static bool bus_system_session_ended_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct bus_system_session_ended *m = (struct bus_system_session_ended *)message;

    if (!bus_same_start(bytes, bus_system_session_ended_template, 24))
        return bus_wire_unpack(&bus_system_session_ended_table, m, bytes, bus_get_u32(bytes), scratch);
    return bus_system_session_ended_load(m, bytes, scratch);
}

BUS_HOT uint32_t bus_system_session_ended_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, bus_system_session_ended_template) ||
        !bus_same(bytes + 8, bus_system_session_ended_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 8, at, 63, true);
    at = bus_system_fault_own(bytes, size, t + 12, at);
    if (bytes[t + 17] > 1)
        return BUS_MEASURE_BAD;
    return bus_round_4(at);
}

static bool bus_system_session_ended_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || bus_system_session_ended_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || bus_system_session_ended_load((struct bus_system_session_ended *)message, bytes, scratch);
}

static enum bus_verdict bus_system_session_ended_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((bus_system_session_ended_handler)handler)(context, (const struct bus_system_session_ended *)message, delivery);
}
const struct bus_message_type bus_system_session_ended_type = {
    "bus_system.session_ended", UINT64_C(17562782077236430277), 1, BUS_SYSTEM_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&bus_system_session_ended_table, 400, 0,
     bus_system_session_ended_measure, bus_system_session_ended_pack, bus_system_session_ended_unpack, bus_system_session_ended_accept},
    NULL, bus_system_session_ended_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(18413931321011990952),
};

static const struct bus_message_type *const messages[] = {
    &bus_system_command_started_type,
    &bus_system_command_result_type,
    &bus_system_event_handler_failed_type,
    &bus_system_message_dropped_type,
    &bus_system_bus_started_type,
    &bus_system_bus_stopping_type,
    &bus_system_dead_letter_added_type,
    &bus_system_breaker_changed_type,
    &bus_system_backpressure_changed_type,
    &bus_system_handler_stuck_type,
    &bus_system_approval_changed_type,
    &bus_system_session_started_type,
    &bus_system_session_ended_type,
};
const struct bus_schema bus_system_schema = {"bus_system", 1, BUS_ABI, messages, 13, NULL, 0};
