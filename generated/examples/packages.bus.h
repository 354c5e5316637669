/*
 * packages.bus.h - written by busgen from packages.bus (bus packages, version 1). Do not edit: change the
 * schema and run busgen again.
 *
 * What a package manager did, as read from dpkg's log.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef PACKAGES_BUS_H
#define PACKAGES_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "packages.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema packages_schema __asm__("packages_schema_v1_d9035d36");

/* What dpkg was asked to do with a package. */
enum packages_action BUS_ENUM_BASE {
    PACKAGES_ACTION_INSTALL = 0,
    PACKAGES_ACTION_UPGRADE = 1,
    PACKAGES_ACTION_CONFIGURE = 2,
    PACKAGES_ACTION_TRIGPROC = 3,
    PACKAGES_ACTION_DISAPPEAR = 4,
    PACKAGES_ACTION_REMOVE = 5,
    PACKAGES_ACTION_PURGE = 6,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *packages_action_name(enum packages_action value);

/* The state of a package, in the words of dpkg. */
enum packages_state BUS_ENUM_BASE {
    PACKAGES_STATE_NOT_INSTALLED = 0,
    PACKAGES_STATE_CONFIG_FILES = 1,
    PACKAGES_STATE_HALF_INSTALLED = 2,
    PACKAGES_STATE_UNPACKED = 3,
    PACKAGES_STATE_HALF_CONFIGURED = 4,
    PACKAGES_STATE_TRIGGERS_AWAITED = 5,
    PACKAGES_STATE_TRIGGERS_PENDING = 6,
    PACKAGES_STATE_INSTALLED = 7,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *packages_state_name(enum packages_state value);

/* Which command of dpkg a run belongs to. */
enum packages_run_kind BUS_ENUM_BASE {
    PACKAGES_RUN_KIND_ARCHIVES_UNPACK = 0,
    PACKAGES_RUN_KIND_ARCHIVES_INSTALL = 1,
    PACKAGES_RUN_KIND_PACKAGES_CONFIGURE = 2,
    PACKAGES_RUN_KIND_PACKAGES_REMOVE = 3,
    PACKAGES_RUN_KIND_PACKAGES_PURGE = 4,
    PACKAGES_RUN_KIND_OTHER = 5,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *packages_run_kind_name(enum packages_run_kind value);

/* ---- event run_started ---- */

/* dpkg was started. */
struct packages_run_started {
    int64_t at_ns;
    enum packages_run_kind kind;
};

extern const struct bus_message_type packages_run_started_type __asm__("packages_run_started_type_v1_d9035d36");
enum {
    PACKAGES_RUN_STARTED_SIZE_MAX = 28, /* bytes of the largest one, packed */
    PACKAGES_RUN_STARTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_run_started_handler)(
    void *context, const struct packages_run_started *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_run_started_batch_handler)(
    void *context, const struct packages_run_started *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_run_started_init(struct packages_run_started *message)
{
    bus_wire_init(packages_run_started_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_run_started_compare(const struct packages_run_started *a, const struct packages_run_started *b)
{
    return bus_wire_compare(packages_run_started_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_run_started_print(const struct packages_run_started *message, char *text, size_t size)
{
    return bus_wire_print(packages_run_started_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_run_started_encode(const struct packages_run_started *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_run_started_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_run_started_decode(
    const uint8_t *bytes, size_t size, struct packages_run_started *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_run_started_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_run_started_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_run_started_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_run_started_publish(
    struct bus *bus, const struct packages_run_started *message)
{
    return bus_publish_message(bus, &packages_run_started_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_run_started_publish_with(
    struct bus *bus, const struct packages_run_started *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_run_started_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_run_started_publish_many(
    struct bus *bus, const struct packages_run_started *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_run_started_type, messages, sizeof(struct packages_run_started), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_run_started_publish_and_wait(
    struct bus *bus, const struct packages_run_started *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_run_started_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_run_started_schedule(
    struct bus *bus, const struct packages_run_started *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_run_started_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_run_started_schedule_with(
    struct bus *bus, const struct packages_run_started *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_run_started_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_run_started_claim(
    struct bus *bus, const struct packages_run_started *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_run_started_type, shape, options, claim);
}
static inline enum bus_verdict packages_run_started_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_run_started_batch_handler)handler)(context, (const struct packages_run_started *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_run_started_subscribe(
    struct bus *bus, packages_run_started_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_run_started_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_run_started_unsubscribe(
    struct bus *bus, packages_run_started_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_run_started_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_run_started_subscribe_batch(
    struct bus *bus, packages_run_started_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_run_started_type, packages_run_started_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_run_started_unsubscribe_batch(
    struct bus *bus, packages_run_started_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_run_started_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_run_started_view(const uint8_t *bytes)
{
    return bus_view_root(packages_run_started_type.codec.table, bytes);
}
static inline int64_t packages_run_started_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 1);
}
static inline enum packages_run_kind packages_run_started_view_kind(struct bus_view view)
{
    return (enum packages_run_kind)bus_view_i64(view, 2);
}
#endif


/* ---- event action_started ---- */

/* dpkg began to do something with a package. A version is absent where the log says <none>. */
struct packages_action_started {
    struct bus_string package; /* at most 160 bytes; key */
    int64_t at_ns;
    enum packages_action action;
    struct bus_opt_string old_version; /* at most 160 bytes */
    struct bus_opt_string new_version; /* at most 160 bytes */
};

extern const struct bus_message_type packages_action_started_type __asm__("packages_action_started_type_v1_d9035d36");
enum {
    PACKAGES_ACTION_STARTED_SIZE_MAX = 552, /* bytes of the largest one, packed */
    PACKAGES_ACTION_STARTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_action_started_handler)(
    void *context, const struct packages_action_started *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_action_started_batch_handler)(
    void *context, const struct packages_action_started *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_action_started_init(struct packages_action_started *message)
{
    bus_wire_init(packages_action_started_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_action_started_compare(const struct packages_action_started *a, const struct packages_action_started *b)
{
    return bus_wire_compare(packages_action_started_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_action_started_print(const struct packages_action_started *message, char *text, size_t size)
{
    return bus_wire_print(packages_action_started_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_action_started_encode(const struct packages_action_started *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_action_started_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_action_started_decode(
    const uint8_t *bytes, size_t size, struct packages_action_started *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_action_started_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_action_started_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_action_started_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_action_started_publish(
    struct bus *bus, const struct packages_action_started *message)
{
    return bus_publish_message(bus, &packages_action_started_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_action_started_publish_with(
    struct bus *bus, const struct packages_action_started *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_action_started_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_action_started_publish_many(
    struct bus *bus, const struct packages_action_started *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_action_started_type, messages, sizeof(struct packages_action_started), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_action_started_publish_and_wait(
    struct bus *bus, const struct packages_action_started *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_action_started_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_action_started_schedule(
    struct bus *bus, const struct packages_action_started *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_action_started_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_action_started_schedule_with(
    struct bus *bus, const struct packages_action_started *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_action_started_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_action_started_claim(
    struct bus *bus, const struct packages_action_started *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_action_started_type, shape, options, claim);
}
static inline enum bus_verdict packages_action_started_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_action_started_batch_handler)handler)(context, (const struct packages_action_started *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_action_started_subscribe(
    struct bus *bus, packages_action_started_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_action_started_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_action_started_unsubscribe(
    struct bus *bus, packages_action_started_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_action_started_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_action_started_subscribe_batch(
    struct bus *bus, packages_action_started_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_action_started_type, packages_action_started_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_action_started_unsubscribe_batch(
    struct bus *bus, packages_action_started_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_action_started_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_action_started_view(const uint8_t *bytes)
{
    return bus_view_root(packages_action_started_type.codec.table, bytes);
}
static inline struct bus_string packages_action_started_view_package(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline int64_t packages_action_started_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 2);
}
static inline enum packages_action packages_action_started_view_action(struct bus_view view)
{
    return (enum packages_action)bus_view_i64(view, 3);
}
static inline struct bus_string packages_action_started_view_old_version(struct bus_view view)
{
    return bus_view_string(view, 4);
}
static inline struct bus_string packages_action_started_view_new_version(struct bus_view view)
{
    return bus_view_string(view, 5);
}
#endif

static inline char *packages_action_started_claim_package(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *packages_action_started_claim_old_version(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 4, size);
}
static inline char *packages_action_started_claim_new_version(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 5, size);
}

/* ---- event state_changed ---- */

/* A package went into a state. */
struct packages_state_changed {
    struct bus_string package; /* at most 160 bytes; key */
    int64_t at_ns;
    enum packages_state state;
    struct bus_opt_string version; /* at most 160 bytes */
};

extern const struct bus_message_type packages_state_changed_type __asm__("packages_state_changed_type_v1_d9035d36");
enum {
    PACKAGES_STATE_CHANGED_SIZE_MAX = 380, /* bytes of the largest one, packed */
    PACKAGES_STATE_CHANGED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_state_changed_handler)(
    void *context, const struct packages_state_changed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_state_changed_batch_handler)(
    void *context, const struct packages_state_changed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_state_changed_init(struct packages_state_changed *message)
{
    bus_wire_init(packages_state_changed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_state_changed_compare(const struct packages_state_changed *a, const struct packages_state_changed *b)
{
    return bus_wire_compare(packages_state_changed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_state_changed_print(const struct packages_state_changed *message, char *text, size_t size)
{
    return bus_wire_print(packages_state_changed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_state_changed_encode(const struct packages_state_changed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_state_changed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_state_changed_decode(
    const uint8_t *bytes, size_t size, struct packages_state_changed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_state_changed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_state_changed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_state_changed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_state_changed_publish(
    struct bus *bus, const struct packages_state_changed *message)
{
    return bus_publish_message(bus, &packages_state_changed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_state_changed_publish_with(
    struct bus *bus, const struct packages_state_changed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_state_changed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_state_changed_publish_many(
    struct bus *bus, const struct packages_state_changed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_state_changed_type, messages, sizeof(struct packages_state_changed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_state_changed_publish_and_wait(
    struct bus *bus, const struct packages_state_changed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_state_changed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_state_changed_schedule(
    struct bus *bus, const struct packages_state_changed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_state_changed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_state_changed_schedule_with(
    struct bus *bus, const struct packages_state_changed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_state_changed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_state_changed_claim(
    struct bus *bus, const struct packages_state_changed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_state_changed_type, shape, options, claim);
}
static inline enum bus_verdict packages_state_changed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_state_changed_batch_handler)handler)(context, (const struct packages_state_changed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_state_changed_subscribe(
    struct bus *bus, packages_state_changed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_state_changed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_state_changed_unsubscribe(
    struct bus *bus, packages_state_changed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_state_changed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_state_changed_subscribe_batch(
    struct bus *bus, packages_state_changed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_state_changed_type, packages_state_changed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_state_changed_unsubscribe_batch(
    struct bus *bus, packages_state_changed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_state_changed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_state_changed_view(const uint8_t *bytes)
{
    return bus_view_root(packages_state_changed_type.codec.table, bytes);
}
static inline struct bus_string packages_state_changed_view_package(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline int64_t packages_state_changed_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 2);
}
static inline enum packages_state packages_state_changed_view_state(struct bus_view view)
{
    return (enum packages_state)bus_view_i64(view, 3);
}
static inline struct bus_string packages_state_changed_view_version(struct bus_view view)
{
    return bus_view_string(view, 4);
}
#endif

static inline char *packages_state_changed_claim_package(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *packages_state_changed_claim_version(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 4, size);
}

/* ---- event conffile_decided ---- */

/* dpkg kept a changed configuration file, or replaced it. */
struct packages_conffile_decided {
    int64_t at_ns;
    struct bus_string path; /* at most 4096 bytes */
    bool replaced;
};

extern const struct bus_message_type packages_conffile_decided_type __asm__("packages_conffile_decided_type_v1_d9035d36");
enum {
    PACKAGES_CONFFILE_DECIDED_SIZE_MAX = 4144, /* bytes of the largest one, packed */
    PACKAGES_CONFFILE_DECIDED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_conffile_decided_handler)(
    void *context, const struct packages_conffile_decided *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_conffile_decided_batch_handler)(
    void *context, const struct packages_conffile_decided *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_conffile_decided_init(struct packages_conffile_decided *message)
{
    bus_wire_init(packages_conffile_decided_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_conffile_decided_compare(const struct packages_conffile_decided *a, const struct packages_conffile_decided *b)
{
    return bus_wire_compare(packages_conffile_decided_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_conffile_decided_print(const struct packages_conffile_decided *message, char *text, size_t size)
{
    return bus_wire_print(packages_conffile_decided_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_conffile_decided_encode(const struct packages_conffile_decided *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_conffile_decided_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_conffile_decided_decode(
    const uint8_t *bytes, size_t size, struct packages_conffile_decided *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_conffile_decided_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_conffile_decided_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_conffile_decided_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_conffile_decided_publish(
    struct bus *bus, const struct packages_conffile_decided *message)
{
    return bus_publish_message(bus, &packages_conffile_decided_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_conffile_decided_publish_with(
    struct bus *bus, const struct packages_conffile_decided *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_conffile_decided_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_conffile_decided_publish_many(
    struct bus *bus, const struct packages_conffile_decided *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_conffile_decided_type, messages, sizeof(struct packages_conffile_decided), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_conffile_decided_publish_and_wait(
    struct bus *bus, const struct packages_conffile_decided *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_conffile_decided_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_conffile_decided_schedule(
    struct bus *bus, const struct packages_conffile_decided *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_conffile_decided_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_conffile_decided_schedule_with(
    struct bus *bus, const struct packages_conffile_decided *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_conffile_decided_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_conffile_decided_claim(
    struct bus *bus, const struct packages_conffile_decided *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_conffile_decided_type, shape, options, claim);
}
static inline enum bus_verdict packages_conffile_decided_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_conffile_decided_batch_handler)handler)(context, (const struct packages_conffile_decided *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_conffile_decided_subscribe(
    struct bus *bus, packages_conffile_decided_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_conffile_decided_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_conffile_decided_unsubscribe(
    struct bus *bus, packages_conffile_decided_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_conffile_decided_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_conffile_decided_subscribe_batch(
    struct bus *bus, packages_conffile_decided_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_conffile_decided_type, packages_conffile_decided_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_conffile_decided_unsubscribe_batch(
    struct bus *bus, packages_conffile_decided_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_conffile_decided_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_conffile_decided_view(const uint8_t *bytes)
{
    return bus_view_root(packages_conffile_decided_type.codec.table, bytes);
}
static inline int64_t packages_conffile_decided_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 1);
}
static inline struct bus_string packages_conffile_decided_view_path(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline bool packages_conffile_decided_view_replaced(struct bus_view view)
{
    return bus_view_u64(view, 3) != 0;
}
#endif

static inline char *packages_conffile_decided_claim_path(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event line_rejected ---- */

/* A line of the log has no known shape. */
struct packages_line_rejected {
    uint64_t number;
    struct bus_string reason; /* at most 80 bytes */
};

extern const struct bus_message_type packages_line_rejected_type __asm__("packages_line_rejected_type_v1_d9035d36");
enum {
    PACKAGES_LINE_REJECTED_SIZE_MAX = 116, /* bytes of the largest one, packed */
    PACKAGES_LINE_REJECTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_line_rejected_handler)(
    void *context, const struct packages_line_rejected *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_line_rejected_batch_handler)(
    void *context, const struct packages_line_rejected *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_line_rejected_init(struct packages_line_rejected *message)
{
    bus_wire_init(packages_line_rejected_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_line_rejected_compare(const struct packages_line_rejected *a, const struct packages_line_rejected *b)
{
    return bus_wire_compare(packages_line_rejected_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_line_rejected_print(const struct packages_line_rejected *message, char *text, size_t size)
{
    return bus_wire_print(packages_line_rejected_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_line_rejected_encode(const struct packages_line_rejected *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_line_rejected_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_line_rejected_decode(
    const uint8_t *bytes, size_t size, struct packages_line_rejected *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_line_rejected_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_line_rejected_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_line_rejected_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_line_rejected_publish(
    struct bus *bus, const struct packages_line_rejected *message)
{
    return bus_publish_message(bus, &packages_line_rejected_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_line_rejected_publish_with(
    struct bus *bus, const struct packages_line_rejected *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_line_rejected_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_line_rejected_publish_many(
    struct bus *bus, const struct packages_line_rejected *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_line_rejected_type, messages, sizeof(struct packages_line_rejected), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_line_rejected_publish_and_wait(
    struct bus *bus, const struct packages_line_rejected *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_line_rejected_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_line_rejected_schedule(
    struct bus *bus, const struct packages_line_rejected *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_line_rejected_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_line_rejected_schedule_with(
    struct bus *bus, const struct packages_line_rejected *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_line_rejected_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_line_rejected_claim(
    struct bus *bus, const struct packages_line_rejected *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_line_rejected_type, shape, options, claim);
}
static inline enum bus_verdict packages_line_rejected_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_line_rejected_batch_handler)handler)(context, (const struct packages_line_rejected *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_line_rejected_subscribe(
    struct bus *bus, packages_line_rejected_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_line_rejected_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_line_rejected_unsubscribe(
    struct bus *bus, packages_line_rejected_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_line_rejected_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_line_rejected_subscribe_batch(
    struct bus *bus, packages_line_rejected_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_line_rejected_type, packages_line_rejected_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_line_rejected_unsubscribe_batch(
    struct bus *bus, packages_line_rejected_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_line_rejected_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_line_rejected_view(const uint8_t *bytes)
{
    return bus_view_root(packages_line_rejected_type.codec.table, bytes);
}
static inline uint64_t packages_line_rejected_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string packages_line_rejected_view_reason(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

static inline char *packages_line_rejected_claim_reason(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event package_installed ---- */

/* A package was unpacked and configured. */
struct packages_package_installed {
    struct bus_string package; /* at most 160 bytes; key */
    int64_t at_ns;
    struct bus_opt_string version; /* at most 160 bytes */
    int64_t took_ns;
};

extern const struct bus_message_type packages_package_installed_type __asm__("packages_package_installed_type_v1_d9035d36");
enum {
    PACKAGES_PACKAGE_INSTALLED_SIZE_MAX = 384, /* bytes of the largest one, packed */
    PACKAGES_PACKAGE_INSTALLED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*packages_package_installed_handler)(
    void *context, const struct packages_package_installed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*packages_package_installed_batch_handler)(
    void *context, const struct packages_package_installed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void packages_package_installed_init(struct packages_package_installed *message)
{
    bus_wire_init(packages_package_installed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int packages_package_installed_compare(const struct packages_package_installed *a, const struct packages_package_installed *b)
{
    return bus_wire_compare(packages_package_installed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t packages_package_installed_print(const struct packages_package_installed *message, char *text, size_t size)
{
    return bus_wire_print(packages_package_installed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t packages_package_installed_encode(const struct packages_package_installed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&packages_package_installed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status packages_package_installed_decode(
    const uint8_t *bytes, size_t size, struct packages_package_installed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&packages_package_installed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status packages_package_installed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &packages_package_installed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome packages_package_installed_publish(
    struct bus *bus, const struct packages_package_installed *message)
{
    return bus_publish_message(bus, &packages_package_installed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome packages_package_installed_publish_with(
    struct bus *bus, const struct packages_package_installed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &packages_package_installed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome packages_package_installed_publish_many(
    struct bus *bus, const struct packages_package_installed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &packages_package_installed_type, messages, sizeof(struct packages_package_installed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome packages_package_installed_publish_and_wait(
    struct bus *bus, const struct packages_package_installed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &packages_package_installed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status packages_package_installed_schedule(
    struct bus *bus, const struct packages_package_installed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &packages_package_installed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status packages_package_installed_schedule_with(
    struct bus *bus, const struct packages_package_installed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &packages_package_installed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome packages_package_installed_claim(
    struct bus *bus, const struct packages_package_installed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &packages_package_installed_type, shape, options, claim);
}
static inline enum bus_verdict packages_package_installed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((packages_package_installed_batch_handler)handler)(context, (const struct packages_package_installed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status packages_package_installed_subscribe(
    struct bus *bus, packages_package_installed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &packages_package_installed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status packages_package_installed_unsubscribe(
    struct bus *bus, packages_package_installed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_package_installed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status packages_package_installed_subscribe_batch(
    struct bus *bus, packages_package_installed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &packages_package_installed_type, packages_package_installed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status packages_package_installed_unsubscribe_batch(
    struct bus *bus, packages_package_installed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &packages_package_installed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view packages_package_installed_view(const uint8_t *bytes)
{
    return bus_view_root(packages_package_installed_type.codec.table, bytes);
}
static inline struct bus_string packages_package_installed_view_package(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline int64_t packages_package_installed_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 2);
}
static inline struct bus_string packages_package_installed_view_version(struct bus_view view)
{
    return bus_view_string(view, 3);
}
static inline int64_t packages_package_installed_view_took(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 4);
}
#endif

static inline char *packages_package_installed_claim_package(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *packages_package_installed_claim_version(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 3, size);
}

/* ---- component calendar ---- */

/*
 * Counts by day and by hour of the day.
 * Serial: no two of its handlers run at once.
 */
struct packages_calendar {
    packages_run_started_handler on_run_started;
    packages_action_started_handler on_action_started;
    packages_state_changed_handler on_state_changed;
    packages_conffile_decided_handler on_conffile_decided;
    packages_line_rejected_handler on_line_rejected;
};
extern const struct bus_component packages_calendar_component __asm__("packages_calendar_component_v1_d9035d36");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status packages_calendar_attach_with(
    struct bus *bus, const struct packages_calendar *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[5] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &packages_calendar_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_run_started;
    functions[1] = (bus_function)handlers->on_action_started;
    functions[2] = (bus_function)handlers->on_state_changed;
    functions[3] = (bus_function)handlers->on_conffile_decided;
    functions[4] = (bus_function)handlers->on_line_rejected;
    return bus_component_attach(bus, &packages_calendar_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status packages_calendar_attach(
    struct bus *bus, const struct packages_calendar *handlers, void *context)
{
    return packages_calendar_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status packages_calendar_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &packages_calendar_component, context);
}

/* ---- component stopwatch ---- */

/*
 * Measures how long each package takes.
 * Serial: no two of its handlers run at once.
 */
struct packages_stopwatch {
    packages_state_changed_handler on_state_changed;
};
extern const struct bus_component packages_stopwatch_component __asm__("packages_stopwatch_component_v1_d9035d36");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status packages_stopwatch_attach_with(
    struct bus *bus, const struct packages_stopwatch *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[1] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &packages_stopwatch_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_state_changed;
    return bus_component_attach(bus, &packages_stopwatch_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status packages_stopwatch_attach(
    struct bus *bus, const struct packages_stopwatch *handlers, void *context)
{
    return packages_stopwatch_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status packages_stopwatch_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &packages_stopwatch_component, context);
}

/* ---- component ranking ---- */

/*
 * Keeps the slowest packages.
 * Serial: no two of its handlers run at once.
 */
struct packages_ranking {
    packages_package_installed_handler on_package_installed;
};
extern const struct bus_component packages_ranking_component __asm__("packages_ranking_component_v1_d9035d36");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status packages_ranking_attach_with(
    struct bus *bus, const struct packages_ranking *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[1] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &packages_ranking_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_package_installed;
    return bus_component_attach(bus, &packages_ranking_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status packages_ranking_attach(
    struct bus *bus, const struct packages_ranking *handlers, void *context)
{
    return packages_ranking_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status packages_ranking_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &packages_ranking_component, context);
}

/* ---- component upgrades ---- */

/*
 * Lists what went from one version to another.
 * Serial: no two of its handlers run at once.
 */
struct packages_upgrades {
    packages_action_started_handler on_action_started;
};
extern const struct bus_component packages_upgrades_component __asm__("packages_upgrades_component_v1_d9035d36");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status packages_upgrades_attach_with(
    struct bus *bus, const struct packages_upgrades *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[1] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &packages_upgrades_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_action_started;
    return bus_component_attach(bus, &packages_upgrades_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status packages_upgrades_attach(
    struct bus *bus, const struct packages_upgrades *handlers, void *context)
{
    return packages_upgrades_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status packages_upgrades_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &packages_upgrades_component, context);
}

/* Descriptions of the types, for importing schemas and for tools. */
extern const struct bus_enum packages_action_enum __asm__("packages_action_enum_v1_d9035d36");
extern const struct bus_enum packages_state_enum __asm__("packages_state_enum_v1_d9035d36");
extern const struct bus_enum packages_run_kind_enum __asm__("packages_run_kind_enum_v1_d9035d36");

#ifdef __cplusplus
}
#endif

#endif
