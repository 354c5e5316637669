/* packages.bus.c - written by busgen from packages.bus. Do not edit. */
#include "packages.bus.h"

#include <assert.h>
#include <bus/own.h>

static const struct bus_enum_value packages_action_values[] = {
    {"install", INT64_C(0)},
    {"upgrade", INT64_C(1)},
    {"configure", INT64_C(2)},
    {"trigproc", INT64_C(3)},
    {"disappear", INT64_C(4)},
    {"remove", INT64_C(5)},
    {"purge", INT64_C(6)},
};
const struct bus_enum packages_action_enum = {"packages.action", packages_action_values, 7};

const char *packages_action_name(enum packages_action value)
{
    switch ((int)value) {
    case PACKAGES_ACTION_INSTALL:
        return "install";
    case PACKAGES_ACTION_UPGRADE:
        return "upgrade";
    case PACKAGES_ACTION_CONFIGURE:
        return "configure";
    case PACKAGES_ACTION_TRIGPROC:
        return "trigproc";
    case PACKAGES_ACTION_DISAPPEAR:
        return "disappear";
    case PACKAGES_ACTION_REMOVE:
        return "remove";
    case PACKAGES_ACTION_PURGE:
        return "purge";
    default:
        return "?";
    }
}

static const struct bus_enum_value packages_state_values[] = {
    {"not_installed", INT64_C(0)},
    {"config_files", INT64_C(1)},
    {"half_installed", INT64_C(2)},
    {"unpacked", INT64_C(3)},
    {"half_configured", INT64_C(4)},
    {"triggers_awaited", INT64_C(5)},
    {"triggers_pending", INT64_C(6)},
    {"installed", INT64_C(7)},
};
const struct bus_enum packages_state_enum = {"packages.state", packages_state_values, 8};

const char *packages_state_name(enum packages_state value)
{
    switch ((int)value) {
    case PACKAGES_STATE_NOT_INSTALLED:
        return "not_installed";
    case PACKAGES_STATE_CONFIG_FILES:
        return "config_files";
    case PACKAGES_STATE_HALF_INSTALLED:
        return "half_installed";
    case PACKAGES_STATE_UNPACKED:
        return "unpacked";
    case PACKAGES_STATE_HALF_CONFIGURED:
        return "half_configured";
    case PACKAGES_STATE_TRIGGERS_AWAITED:
        return "triggers_awaited";
    case PACKAGES_STATE_TRIGGERS_PENDING:
        return "triggers_pending";
    case PACKAGES_STATE_INSTALLED:
        return "installed";
    default:
        return "?";
    }
}

static const struct bus_enum_value packages_run_kind_values[] = {
    {"archives_unpack", INT64_C(0)},
    {"archives_install", INT64_C(1)},
    {"packages_configure", INT64_C(2)},
    {"packages_remove", INT64_C(3)},
    {"packages_purge", INT64_C(4)},
    {"other", INT64_C(5)},
};
const struct bus_enum packages_run_kind_enum = {"packages.run_kind", packages_run_kind_values, 6};

const char *packages_run_kind_name(enum packages_run_kind value)
{
    switch ((int)value) {
    case PACKAGES_RUN_KIND_ARCHIVES_UNPACK:
        return "archives_unpack";
    case PACKAGES_RUN_KIND_ARCHIVES_INSTALL:
        return "archives_install";
    case PACKAGES_RUN_KIND_PACKAGES_CONFIGURE:
        return "packages_configure";
    case PACKAGES_RUN_KIND_PACKAGES_REMOVE:
        return "packages_remove";
    case PACKAGES_RUN_KIND_PACKAGES_PURGE:
        return "packages_purge";
    case PACKAGES_RUN_KIND_OTHER:
        return "other";
    default:
        return "?";
    }
}

/* ---- run_started ---- */

static_assert(sizeof(struct packages_run_started) <= 16, "scratch of struct packages_run_started");
static const struct bus_field packages_run_started_fields[] = {
    {"at", NULL, 0,
     offsetof(struct packages_run_started, at_ns), offsetof(struct packages_run_started, at_ns),
     0, 0, 1, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"kind", &packages_run_kind_enum, 0,
     offsetof(struct packages_run_started, kind), offsetof(struct packages_run_started, kind),
     0, 0, 2, 12, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table packages_run_started_table = {
    "packages.run_started", packages_run_started_fields, 2, sizeof(struct packages_run_started), 8, 13, 8,
};

static const uint8_t packages_run_started_template[28] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0d, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t packages_run_started_measure(const void *message, bool reserve)
{
    const struct packages_run_started *m = (const struct packages_run_started *)message;
    uint32_t at = 28;

    (void)reserve;
    at = bus_measure_enum(at, (int)m->kind, 0, UINT8_MAX);
    return bus_measure_end(at);
}

static void packages_run_started_pack(uint8_t *to, const void *message)
{
    const struct packages_run_started *m = (const struct packages_run_started *)message;
    uint8_t *t = bus_aligned(to) + 12;

    memcpy(to, packages_run_started_template, 28);
    bus_put_i64(t + 4, m->at_ns);
    bus_put_u8(t + 12, (uint8_t)m->kind);
}

BUS_HOT bool packages_run_started_load(
    struct packages_run_started *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->at_ns = bus_get_i64(t + 4);
    m->kind = (enum packages_run_kind)bus_get_u8(t + 12);
    return true;
}

static bool packages_run_started_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_run_started *m = (struct packages_run_started *)message;

    if (!bus_same_start(bytes, packages_run_started_template, 16))
        return bus_wire_unpack(&packages_run_started_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_run_started_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_run_started_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 28 || !bus_same_root(bytes, packages_run_started_template) ||
        !bus_same(bytes + 8, packages_run_started_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 16;
    return bus_round_4(at);
}

static bool packages_run_started_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_run_started_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_run_started_load((struct packages_run_started *)message, bytes, scratch);
}

static enum bus_verdict packages_run_started_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_run_started_handler)handler)(context, (const struct packages_run_started *)message, delivery);
}
const struct bus_message_type packages_run_started_type = {
    "packages.run_started", UINT64_C(15628278198415581261), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_run_started_table, 28, 0,
     packages_run_started_measure, packages_run_started_pack, packages_run_started_unpack, packages_run_started_accept},
    NULL, packages_run_started_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

/* ---- action_started ---- */

static_assert(sizeof(struct packages_action_started) <= 80, "scratch of struct packages_action_started");
static const struct bus_field packages_action_started_fields[] = {
    {"package", NULL, 0,
     offsetof(struct packages_action_started, package), offsetof(struct packages_action_started, package),
     160, 0, 1, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"at", NULL, 0,
     offsetof(struct packages_action_started, at_ns), offsetof(struct packages_action_started, at_ns),
     0, 0, 2, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"action", &packages_action_enum, 0,
     offsetof(struct packages_action_started, action), offsetof(struct packages_action_started, action),
     0, 0, 3, 24, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"old_version", NULL, 0,
     offsetof(struct packages_action_started, old_version), offsetof(struct packages_action_started, old_version.value),
     160, 0, 4, 16, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
    {"new_version", NULL, 0,
     offsetof(struct packages_action_started, new_version), offsetof(struct packages_action_started, new_version.value),
     160, 0, 5, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
};
static const struct bus_table packages_action_started_table = {
    "packages.action_started", packages_action_started_fields, 5, sizeof(struct packages_action_started), 8, 25, 14,
};

static const uint8_t packages_action_started_template[48] = {
    0x14, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x19, 0x00, 0x0c, 0x00, 0x04, 0x00,
    0x18, 0x00, 0x10, 0x00, 0x14, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t packages_action_started_measure(const void *message, bool reserve)
{
    const struct packages_action_started *m = (const struct packages_action_started *)message;
    uint32_t at = 48;

    at = bus_measure_string(at, &m->package, 160, reserve);
    at = bus_measure_enum(at, (int)m->action, 0, UINT8_MAX);
    if (m->old_version.has) {
        at = bus_measure_string(at, &m->old_version.value, 160, reserve);
    }
    if (m->new_version.has) {
        at = bus_measure_string(at, &m->new_version.value, 160, reserve);
    }
    return bus_measure_end(at);
}

static void packages_action_started_pack(uint8_t *to, const void *message)
{
    const struct packages_action_started *m = (const struct packages_action_started *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 28;

    memcpy(to, packages_action_started_template, 48);
    at = bus_put_string(t + 12, at, &m->package, 160);
    bus_put_i64(t + 4, m->at_ns);
    bus_put_u8(t + 24, (uint8_t)m->action);
    if (m->old_version.has) {
        at = bus_put_string(t + 16, at, &m->old_version.value, 160);
    } else {
        bus_put_u16(to + 14, 0); /* absent */
    }
    if (m->new_version.has) {
        at = bus_put_string(t + 20, at, &m->new_version.value, 160);
    } else {
        bus_put_u16(to + 16, 0); /* absent */
    }
    (void)at;
}

BUS_HOT bool packages_action_started_load(
    struct packages_action_started *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->package = bus_get_string(t + 12);
    m->at_ns = bus_get_i64(t + 4);
    m->action = (enum packages_action)bus_get_u8(t + 24);
    m->old_version.has = bus_get_u16(bytes + 14) != 0;
    if (m->old_version.has) {
        m->old_version.value = bus_get_string(t + 16);
    } else {
        memset(&m->old_version.value, 0, sizeof(m->old_version.value));
    }
    m->new_version.has = bus_get_u16(bytes + 16) != 0;
    if (m->new_version.has) {
        m->new_version.value = bus_get_string(t + 20);
    } else {
        memset(&m->new_version.value, 0, sizeof(m->new_version.value));
    }
    return true;
}

static bool packages_action_started_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_action_started *m = (struct packages_action_started *)message;

    if (!bus_same_start(bytes, packages_action_started_template, 14) ||
        !bus_same_entry(bytes + 14, 16) ||
        !bus_same_entry(bytes + 16, 20) ||
        !bus_same(bytes + 18, packages_action_started_template + 18, 6))
        return bus_wire_unpack(&packages_action_started_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_action_started_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_action_started_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 48 || !bus_same_root(bytes, packages_action_started_template) ||
        !bus_same(bytes + 8, packages_action_started_template + 8, 6) ||
        !bus_same_entry(bytes + 14, 16) ||
        !bus_same_entry(bytes + 16, 20) ||
        !bus_same(bytes + 18, packages_action_started_template + 18, 6))
        return BUS_MEASURE_BAD;
    at = t + 28;
    at = bus_own_string(bytes, size, t + 12, at, 160, false);
    if (bus_get_u16(bytes + 14) != 0) {
        at = bus_own_string(bytes, size, t + 16, at, 160, false);
    }
    if (bus_get_u16(bytes + 16) != 0) {
        at = bus_own_string(bytes, size, t + 20, at, 160, false);
    }
    return bus_round_4(at);
}

static bool packages_action_started_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_action_started_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_action_started_load((struct packages_action_started *)message, bytes, scratch);
}

static enum bus_verdict packages_action_started_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_action_started_handler)handler)(context, (const struct packages_action_started *)message, delivery);
}
const struct bus_message_type packages_action_started_type = {
    "packages.action_started", UINT64_C(9558776108528965692), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_action_started_table, 552, 0,
     packages_action_started_measure, packages_action_started_pack, packages_action_started_unpack, packages_action_started_accept},
    bus_key_first_string, packages_action_started_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

/* ---- state_changed ---- */

static_assert(sizeof(struct packages_state_changed) <= 56, "scratch of struct packages_state_changed");
static const struct bus_field packages_state_changed_fields[] = {
    {"package", NULL, 0,
     offsetof(struct packages_state_changed, package), offsetof(struct packages_state_changed, package),
     160, 0, 1, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"at", NULL, 0,
     offsetof(struct packages_state_changed, at_ns), offsetof(struct packages_state_changed, at_ns),
     0, 0, 2, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"state", &packages_state_enum, 0,
     offsetof(struct packages_state_changed, state), offsetof(struct packages_state_changed, state),
     0, 0, 3, 20, 0, BUS_FIELD_ENUM, BUS_FIELD_U8,
     BUS_SHAPE_ONE, 0},
    {"version", NULL, 0,
     offsetof(struct packages_state_changed, version), offsetof(struct packages_state_changed, version.value),
     160, 0, 4, 16, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
};
static const struct bus_table packages_state_changed_table = {
    "packages.state_changed", packages_state_changed_fields, 4, sizeof(struct packages_state_changed), 8, 21, 12,
};

static const uint8_t packages_state_changed_template[44] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x15, 0x00, 0x0c, 0x00, 0x04, 0x00,
    0x14, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t packages_state_changed_measure(const void *message, bool reserve)
{
    const struct packages_state_changed *m = (const struct packages_state_changed *)message;
    uint32_t at = 44;

    at = bus_measure_string(at, &m->package, 160, reserve);
    at = bus_measure_enum(at, (int)m->state, 0, UINT8_MAX);
    if (m->version.has) {
        at = bus_measure_string(at, &m->version.value, 160, reserve);
    }
    return bus_measure_end(at);
}

static void packages_state_changed_pack(uint8_t *to, const void *message)
{
    const struct packages_state_changed *m = (const struct packages_state_changed *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 24;

    memcpy(to, packages_state_changed_template, 44);
    at = bus_put_string(t + 12, at, &m->package, 160);
    bus_put_i64(t + 4, m->at_ns);
    bus_put_u8(t + 20, (uint8_t)m->state);
    if (m->version.has) {
        at = bus_put_string(t + 16, at, &m->version.value, 160);
    } else {
        bus_put_u16(to + 14, 0); /* absent */
    }
    (void)at;
}

BUS_HOT bool packages_state_changed_load(
    struct packages_state_changed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->package = bus_get_string(t + 12);
    m->at_ns = bus_get_i64(t + 4);
    m->state = (enum packages_state)bus_get_u8(t + 20);
    m->version.has = bus_get_u16(bytes + 14) != 0;
    if (m->version.has) {
        m->version.value = bus_get_string(t + 16);
    } else {
        memset(&m->version.value, 0, sizeof(m->version.value));
    }
    return true;
}

static bool packages_state_changed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_state_changed *m = (struct packages_state_changed *)message;

    if (!bus_same_start(bytes, packages_state_changed_template, 14) ||
        !bus_same_entry(bytes + 14, 16) ||
        !bus_same(bytes + 16, packages_state_changed_template + 16, 8))
        return bus_wire_unpack(&packages_state_changed_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_state_changed_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_state_changed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 44 || !bus_same_root(bytes, packages_state_changed_template) ||
        !bus_same(bytes + 8, packages_state_changed_template + 8, 6) ||
        !bus_same_entry(bytes + 14, 16) ||
        !bus_same(bytes + 16, packages_state_changed_template + 16, 8))
        return BUS_MEASURE_BAD;
    at = t + 24;
    at = bus_own_string(bytes, size, t + 12, at, 160, false);
    if (bus_get_u16(bytes + 14) != 0) {
        at = bus_own_string(bytes, size, t + 16, at, 160, false);
    }
    return bus_round_4(at);
}

static bool packages_state_changed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_state_changed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_state_changed_load((struct packages_state_changed *)message, bytes, scratch);
}

static enum bus_verdict packages_state_changed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_state_changed_handler)handler)(context, (const struct packages_state_changed *)message, delivery);
}
const struct bus_message_type packages_state_changed_type = {
    "packages.state_changed", UINT64_C(69026957463634469), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_state_changed_table, 380, 0,
     packages_state_changed_measure, packages_state_changed_pack, packages_state_changed_unpack, packages_state_changed_accept},
    bus_key_first_string, packages_state_changed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

/* ---- conffile_decided ---- */

static_assert(sizeof(struct packages_conffile_decided) <= 32, "scratch of struct packages_conffile_decided");
static const struct bus_field packages_conffile_decided_fields[] = {
    {"at", NULL, 0,
     offsetof(struct packages_conffile_decided, at_ns), offsetof(struct packages_conffile_decided, at_ns),
     0, 0, 1, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"path", NULL, 0,
     offsetof(struct packages_conffile_decided, path), offsetof(struct packages_conffile_decided, path),
     4096, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
    {"replaced", NULL, 0,
     offsetof(struct packages_conffile_decided, replaced), offsetof(struct packages_conffile_decided, replaced),
     0, 0, 3, 16, 0, BUS_FIELD_BOOL, BUS_FIELD_BOOL,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table packages_conffile_decided_table = {
    "packages.conffile_decided", packages_conffile_decided_fields, 3, sizeof(struct packages_conffile_decided), 8, 17, 10,
};

static const uint8_t packages_conffile_decided_template[40] = {
    0x14, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x11, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t packages_conffile_decided_measure(const void *message, bool reserve)
{
    const struct packages_conffile_decided *m = (const struct packages_conffile_decided *)message;
    uint32_t at = 40;

    at = bus_measure_string(at, &m->path, 4096, reserve);
    return bus_measure_end(at);
}

static void packages_conffile_decided_pack(uint8_t *to, const void *message)
{
    const struct packages_conffile_decided *m = (const struct packages_conffile_decided *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 20;

    memcpy(to, packages_conffile_decided_template, 40);
    bus_put_i64(t + 4, m->at_ns);
    at = bus_put_string(t + 12, at, &m->path, 4096);
    bus_put_bool(t + 16, m->replaced);
    (void)at;
}

BUS_HOT bool packages_conffile_decided_load(
    struct packages_conffile_decided *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->at_ns = bus_get_i64(t + 4);
    m->path = bus_get_string(t + 12);
    m->replaced = bus_get_bool(t + 16);
    return true;
}

static bool packages_conffile_decided_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_conffile_decided *m = (struct packages_conffile_decided *)message;

    if (!bus_same_start(bytes, packages_conffile_decided_template, 24))
        return bus_wire_unpack(&packages_conffile_decided_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_conffile_decided_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_conffile_decided_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 40 || !bus_same_root(bytes, packages_conffile_decided_template) ||
        !bus_same(bytes + 8, packages_conffile_decided_template + 8, 16))
        return BUS_MEASURE_BAD;
    at = t + 20;
    at = bus_own_string(bytes, size, t + 12, at, 4096, false);
    if (bytes[t + 16] > 1)
        return BUS_MEASURE_BAD;
    return bus_round_4(at);
}

static bool packages_conffile_decided_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_conffile_decided_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_conffile_decided_load((struct packages_conffile_decided *)message, bytes, scratch);
}

static enum bus_verdict packages_conffile_decided_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_conffile_decided_handler)handler)(context, (const struct packages_conffile_decided *)message, delivery);
}
const struct bus_message_type packages_conffile_decided_type = {
    "packages.conffile_decided", UINT64_C(16460424989992457386), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_conffile_decided_table, 4144, 0,
     packages_conffile_decided_measure, packages_conffile_decided_pack, packages_conffile_decided_unpack, packages_conffile_decided_accept},
    NULL, packages_conffile_decided_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

/* ---- line_rejected ---- */

static_assert(sizeof(struct packages_line_rejected) <= 24, "scratch of struct packages_line_rejected");
static const struct bus_field packages_line_rejected_fields[] = {
    {"number", NULL, 0,
     offsetof(struct packages_line_rejected, number), offsetof(struct packages_line_rejected, number),
     0, 0, 1, 4, 0, BUS_FIELD_U64, BUS_FIELD_U64,
     BUS_SHAPE_ONE, 0},
    {"reason", NULL, 0,
     offsetof(struct packages_line_rejected, reason), offsetof(struct packages_line_rejected, reason),
     80, 0, 2, 12, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table packages_line_rejected_table = {
    "packages.line_rejected", packages_line_rejected_fields, 2, sizeof(struct packages_line_rejected), 8, 16, 8,
};

static const uint8_t packages_line_rejected_template[28] = {
    0x0c, 0x00, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x04, 0x00, 0x0c, 0x00,
    0x08, 0x00, 0x00, 0x00,
};

static uint32_t packages_line_rejected_measure(const void *message, bool reserve)
{
    const struct packages_line_rejected *m = (const struct packages_line_rejected *)message;
    uint32_t at = 28;

    at = bus_measure_string(at, &m->reason, 80, reserve);
    return bus_measure_end(at);
}

static void packages_line_rejected_pack(uint8_t *to, const void *message)
{
    const struct packages_line_rejected *m = (const struct packages_line_rejected *)message;
    uint8_t *t = bus_aligned(to) + 12;
    uint8_t *at = t + 16;

    memcpy(to, packages_line_rejected_template, 16);
    bus_put_u64(t + 4, m->number);
    at = bus_put_string(t + 12, at, &m->reason, 80);
    (void)at;
}

BUS_HOT bool packages_line_rejected_load(
    struct packages_line_rejected *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 12;

    (void)scratch;
    m->number = bus_get_u64(t + 4);
    m->reason = bus_get_string(t + 12);
    return true;
}

static bool packages_line_rejected_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_line_rejected *m = (struct packages_line_rejected *)message;

    if (!bus_same_start(bytes, packages_line_rejected_template, 16))
        return bus_wire_unpack(&packages_line_rejected_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_line_rejected_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_line_rejected_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 12;
    uint32_t at;

    if (size < 28 || !bus_same_root(bytes, packages_line_rejected_template) ||
        !bus_same(bytes + 8, packages_line_rejected_template + 8, 8))
        return BUS_MEASURE_BAD;
    at = t + 16;
    at = bus_own_string(bytes, size, t + 12, at, 80, false);
    return bus_round_4(at);
}

static bool packages_line_rejected_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_line_rejected_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_line_rejected_load((struct packages_line_rejected *)message, bytes, scratch);
}

static enum bus_verdict packages_line_rejected_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_line_rejected_handler)handler)(context, (const struct packages_line_rejected *)message, delivery);
}
const struct bus_message_type packages_line_rejected_type = {
    "packages.line_rejected", UINT64_C(14134039304190710191), 1, BUS_DOMAIN_EVENT, BUS_LOW,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_line_rejected_table, 116, 0,
     packages_line_rejected_measure, packages_line_rejected_pack, packages_line_rejected_unpack, packages_line_rejected_accept},
    NULL, packages_line_rejected_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

/* ---- package_installed ---- */

static_assert(sizeof(struct packages_package_installed) <= 56, "scratch of struct packages_package_installed");
static const struct bus_field packages_package_installed_fields[] = {
    {"package", NULL, 0,
     offsetof(struct packages_package_installed, package), offsetof(struct packages_package_installed, package),
     160, 0, 1, 20, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_KEY},
    {"at", NULL, 0,
     offsetof(struct packages_package_installed, at_ns), offsetof(struct packages_package_installed, at_ns),
     0, 0, 2, 4, 0, BUS_FIELD_TIME, BUS_FIELD_TIME,
     BUS_SHAPE_ONE, 0},
    {"version", NULL, 0,
     offsetof(struct packages_package_installed, version), offsetof(struct packages_package_installed, version.value),
     160, 0, 3, 24, 0, BUS_FIELD_STRING, BUS_FIELD_STRING,
     BUS_SHAPE_ONE, BUS_FIELD_OPTIONAL},
    {"took", NULL, 0,
     offsetof(struct packages_package_installed, took_ns), offsetof(struct packages_package_installed, took_ns),
     0, 0, 4, 12, 0, BUS_FIELD_DURATION, BUS_FIELD_DURATION,
     BUS_SHAPE_ONE, 0},
};
static const struct bus_table packages_package_installed_table = {
    "packages.package_installed", packages_package_installed_fields, 4, sizeof(struct packages_package_installed), 8, 28, 12,
};

static const uint8_t packages_package_installed_template[48] = {
    0x14, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x1c, 0x00, 0x14, 0x00, 0x04, 0x00,
    0x18, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00,
};

static uint32_t packages_package_installed_measure(const void *message, bool reserve)
{
    const struct packages_package_installed *m = (const struct packages_package_installed *)message;
    uint32_t at = 48;

    at = bus_measure_string(at, &m->package, 160, reserve);
    if (m->version.has) {
        at = bus_measure_string(at, &m->version.value, 160, reserve);
    }
    return bus_measure_end(at);
}

static void packages_package_installed_pack(uint8_t *to, const void *message)
{
    const struct packages_package_installed *m = (const struct packages_package_installed *)message;
    uint8_t *t = bus_aligned(to) + 20;
    uint8_t *at = t + 28;

    memcpy(to, packages_package_installed_template, 48);
    at = bus_put_string(t + 20, at, &m->package, 160);
    bus_put_i64(t + 4, m->at_ns);
    if (m->version.has) {
        at = bus_put_string(t + 24, at, &m->version.value, 160);
    } else {
        bus_put_u16(to + 12, 0); /* absent */
    }
    bus_put_i64(t + 12, m->took_ns);
    (void)at;
}

BUS_HOT bool packages_package_installed_load(
    struct packages_package_installed *m, const uint8_t *bytes, struct bus_scratch *scratch)
{
    const uint8_t *t = bytes + 20;

    (void)scratch;
    m->package = bus_get_string(t + 20);
    m->at_ns = bus_get_i64(t + 4);
    m->version.has = bus_get_u16(bytes + 12) != 0;
    if (m->version.has) {
        m->version.value = bus_get_string(t + 24);
    } else {
        memset(&m->version.value, 0, sizeof(m->version.value));
    }
    m->took_ns = bus_get_i64(t + 12);
    return true;
}

static bool packages_package_installed_unpack(
    void *message, const uint8_t *bytes, struct bus_scratch *scratch)
{
    struct packages_package_installed *m = (struct packages_package_installed *)message;

    if (!bus_same_start(bytes, packages_package_installed_template, 12) ||
        !bus_same_entry(bytes + 12, 24) ||
        !bus_same(bytes + 14, packages_package_installed_template + 14, 10))
        return bus_wire_unpack(&packages_package_installed_table, m, bytes, bus_get_u32(bytes), scratch);
    return packages_package_installed_load(m, bytes, scratch);
}

BUS_HOT uint32_t packages_package_installed_own(const uint8_t *bytes, uint32_t size)
{
    uint32_t t = 20;
    uint32_t at;

    if (size < 48 || !bus_same_root(bytes, packages_package_installed_template) ||
        !bus_same(bytes + 8, packages_package_installed_template + 8, 4) ||
        !bus_same_entry(bytes + 12, 24) ||
        !bus_same(bytes + 14, packages_package_installed_template + 14, 10))
        return BUS_MEASURE_BAD;
    at = t + 28;
    at = bus_own_string(bytes, size, t + 20, at, 160, false);
    if (bus_get_u16(bytes + 12) != 0) {
        at = bus_own_string(bytes, size, t + 24, at, 160, false);
    }
    return bus_round_4(at);
}

static bool packages_package_installed_accept(
    void *message, const uint8_t *bytes, size_t size, struct bus_scratch *scratch)
{
    if (size > BUS_OWN_SIZE_MAX || packages_package_installed_own(bytes, (uint32_t)size) != size)
        return false;
    return message == NULL || packages_package_installed_load((struct packages_package_installed *)message, bytes, scratch);
}

static enum bus_verdict packages_package_installed_invoke(
    bus_function handler, void *context, const void *message,
    struct bus_delivery *delivery)
{
    return ((packages_package_installed_handler)handler)(context, (const struct packages_package_installed *)message, delivery);
}
const struct bus_message_type packages_package_installed_type = {
    "packages.package_installed", UINT64_C(742468367919369558), 1, BUS_DOMAIN_EVENT, BUS_NORMAL,
    BUS_FULL_REJECT_NEW, 0, UINT64_C(0), UINT64_C(0),
    {&packages_package_installed_table, 384, 0,
     packages_package_installed_measure, packages_package_installed_pack, packages_package_installed_unpack, packages_package_installed_accept},
    bus_key_first_string, packages_package_installed_invoke,
    NULL, 0, {0, 0, 0, 0, 0, 0},
    NULL,
    1, NULL, UINT64_C(15637444817880641738),
};

static const struct bus_binding packages_calendar_bindings[] = {
    {&packages_run_started_type, "packages.calendar.on_run_started", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&packages_action_started_type, "packages.calendar.on_action_started", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&packages_state_changed_type, "packages.calendar.on_state_changed", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&packages_conffile_decided_type, "packages.calendar.on_conffile_decided", BUS_ORDER_NORMAL, false, NULL, 0, 0},
    {&packages_line_rejected_type, "packages.calendar.on_line_rejected", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
const struct bus_component packages_calendar_component = {"packages.calendar", &packages_schema, packages_calendar_bindings, 5, false,
    NULL, 0};

static const struct bus_binding packages_stopwatch_bindings[] = {
    {&packages_state_changed_type, "packages.stopwatch.on_state_changed", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
static const struct bus_message_type *const packages_stopwatch_emits[] = {
    &packages_package_installed_type,
};
const struct bus_component packages_stopwatch_component = {"packages.stopwatch", &packages_schema, packages_stopwatch_bindings, 1, false,
    packages_stopwatch_emits, 1};

static const struct bus_binding packages_ranking_bindings[] = {
    {&packages_package_installed_type, "packages.ranking.on_package_installed", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
const struct bus_component packages_ranking_component = {"packages.ranking", &packages_schema, packages_ranking_bindings, 1, false,
    NULL, 0};

static const struct bus_binding packages_upgrades_bindings[] = {
    {&packages_action_started_type, "packages.upgrades.on_action_started", BUS_ORDER_NORMAL, false, NULL, 0, 0},
};
const struct bus_component packages_upgrades_component = {"packages.upgrades", &packages_schema, packages_upgrades_bindings, 1, false,
    NULL, 0};

static const struct bus_message_type *const messages[] = {
    &packages_run_started_type,
    &packages_action_started_type,
    &packages_state_changed_type,
    &packages_conffile_decided_type,
    &packages_line_rejected_type,
    &packages_package_installed_type,
};
const struct bus_schema packages_schema = {"packages", 1, BUS_ABI, messages, 6, NULL, 0};
