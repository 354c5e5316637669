/*
 * bus_system.bus.h - written by busgen from bus_system.bus (bus bus_system, version 1). Do not edit: change the
 * schema and run busgen again.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef BUS_SYSTEM_BUS_H
#define BUS_SYSTEM_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "bus_system.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema bus_system_schema;

#define BUS_SYSTEM_NAME_MAX UINT32_C(160)
#define BUS_SYSTEM_TEXT_MAX UINT32_C(255)

/* Why a message was dropped. */
enum bus_system_drop_reason BUS_ENUM_BASE {
    BUS_SYSTEM_DROP_REASON_NONE = 0,
    /* Pushed out of a full `drop_oldest` lane. */
    BUS_SYSTEM_DROP_REASON_OVERFLOW = 1,
    /* Its deadline passed before a handler ran. */
    BUS_SYSTEM_DROP_REASON_EXPIRED = 2,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_drop_reason_name(enum bus_system_drop_reason value);

/* Why a bus stops. */
enum bus_system_stop_reason BUS_ENUM_BASE {
    BUS_SYSTEM_STOP_REASON_NONE = 0,
    /* bus_stop was called. */
    BUS_SYSTEM_STOP_REASON_REQUESTED = 1,
    /* bus_close was called on a running bus. */
    BUS_SYSTEM_STOP_REASON_CLOSED = 2,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_stop_reason_name(enum bus_system_stop_reason value);

/* Why a delivery became a dead letter. */
enum bus_system_letter_reason BUS_ENUM_BASE {
    BUS_SYSTEM_LETTER_REASON_NONE = 0,
    /* Its last run failed, or its fault was permanent. */
    BUS_SYSTEM_LETTER_REASON_FAILED = 1,
    /* Its breaker was open. */
    BUS_SYSTEM_LETTER_REASON_BREAKER_OPEN = 2,
    /* Its lane was full (`when_full dead_letter`). */
    BUS_SYSTEM_LETTER_REASON_OVERFLOW = 3,
    /* There was no room to hold it for another run. */
    BUS_SYSTEM_LETTER_REASON_NO_ROOM = 4,
    /* Its deadline passed between two runs. */
    BUS_SYSTEM_LETTER_REASON_EXPIRED = 5,
    /* Its handler was unregistered between two runs, or before it answered. */
    BUS_SYSTEM_LETTER_REASON_HANDLER_GONE = 6,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_letter_reason_name(enum bus_system_letter_reason value);

enum bus_system_breaker_state BUS_ENUM_BASE {
    BUS_SYSTEM_BREAKER_STATE_CLOSED = 0,
    BUS_SYSTEM_BREAKER_STATE_OPEN = 1,
    BUS_SYSTEM_BREAKER_STATE_HALF_OPEN = 2,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_breaker_state_name(enum bus_system_breaker_state value);

/* What became of a command that had to be approved. */
enum bus_system_approval BUS_ENUM_BASE {
    BUS_SYSTEM_APPROVAL_NONE = 0,
    BUS_SYSTEM_APPROVAL_PENDING = 1,
    BUS_SYSTEM_APPROVAL_APPROVED = 2,
    BUS_SYSTEM_APPROVAL_DENIED = 3,
    BUS_SYSTEM_APPROVAL_EXPIRED = 4,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_approval_name(enum bus_system_approval value);

/* How a session ended, as enum bus_session_reason. */
enum bus_system_session_reason BUS_ENUM_BASE {
    BUS_SYSTEM_SESSION_REASON_NONE = 0,
    /* It was ended, by a call or a scope. */
    BUS_SYSTEM_SESSION_REASON_ENDED = 1,
    /* Nothing happened in it for long enough. */
    BUS_SYSTEM_SESSION_REASON_IDLE = 2,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *bus_system_session_reason_name(enum bus_system_session_reason value);

/* A fault, as in struct bus_error; all zero where there is none. */
struct bus_system_fault {
    /* enum bus_category */
    uint8_t category;
    /* enum bus_severity */
    uint8_t severity;
    int32_t code;
    bool transient;
    struct bus_string text; /* at most 255 bytes */
};

/* ---- event command_started ---- */

/* A command is about to run; once per command, not per attempt. */
struct bus_system_command_started {
    /* "shop.reserve_stock" */
    struct bus_string command; /* at most 160 bytes */
    struct bus_uuid id;
    /* Index of its session; 0: the default session. */
    uint32_t session;
    /* The handler that will run it, "shop.warehouse.reserve_stock". */
    struct bus_string handler; /* at most 160 bytes */
};

extern const struct bus_message_type bus_system_command_started_type;
enum {
    BUS_SYSTEM_COMMAND_STARTED_SIZE_MAX = 388, /* bytes of the largest one, packed */
    BUS_SYSTEM_COMMAND_STARTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_command_started_handler)(
    void *context, const struct bus_system_command_started *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_command_started_batch_handler)(
    void *context, const struct bus_system_command_started *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_command_started_init(struct bus_system_command_started *message)
{
    bus_wire_init(bus_system_command_started_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_command_started_compare(const struct bus_system_command_started *a, const struct bus_system_command_started *b)
{
    return bus_wire_compare(bus_system_command_started_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_command_started_print(const struct bus_system_command_started *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_command_started_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_command_started_encode(const struct bus_system_command_started *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_command_started_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_command_started_decode(
    const uint8_t *bytes, size_t size, struct bus_system_command_started *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_command_started_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_command_started_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_command_started_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_started_publish(
    struct bus *bus, const struct bus_system_command_started *message)
{
    return bus_publish_message(bus, &bus_system_command_started_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_command_started_publish_with(
    struct bus *bus, const struct bus_system_command_started *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_command_started_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_started_publish_many(
    struct bus *bus, const struct bus_system_command_started *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_command_started_type, messages, sizeof(struct bus_system_command_started), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_started_publish_and_wait(
    struct bus *bus, const struct bus_system_command_started *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_command_started_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_command_started_schedule(
    struct bus *bus, const struct bus_system_command_started *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_command_started_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_command_started_schedule_with(
    struct bus *bus, const struct bus_system_command_started *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_command_started_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_started_claim(
    struct bus *bus, const struct bus_system_command_started *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_command_started_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_command_started_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_command_started_batch_handler)handler)(context, (const struct bus_system_command_started *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_command_started_subscribe(
    struct bus *bus, bus_system_command_started_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_command_started_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_command_started_unsubscribe(
    struct bus *bus, bus_system_command_started_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_command_started_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_command_started_subscribe_batch(
    struct bus *bus, bus_system_command_started_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_command_started_type, bus_system_command_started_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_command_started_unsubscribe_batch(
    struct bus *bus, bus_system_command_started_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_command_started_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_command_started_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_command_started_type.codec.table, bytes);
}
static inline struct bus_string bus_system_command_started_view_command(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t bus_system_command_started_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
static inline struct bus_string bus_system_command_started_view_handler(struct bus_view view)
{
    return bus_view_string(view, 4);
}
#endif

static inline char *bus_system_command_started_claim_command(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *bus_system_command_started_claim_handler(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 4, size);
}

/* ---- event command_result ---- */

/* A command has ended, in whatever way; once per command. */
struct bus_system_command_result {
    struct bus_string command; /* at most 160 bytes */
    struct bus_uuid id;
    uint32_t session;
    struct bus_string handler; /* at most 160 bytes */
    /* enum bus_outcome */
    uint8_t outcome;
    /* "ok" or the declared failure that answered; empty where nothing did. */
    struct bus_string answer; /* at most 64 bytes */
    struct bus_system_fault error;
    uint32_t attempts;
    /* From the first run's start to the end of the last. */
    int64_t took_ns;
};

extern const struct bus_message_type bus_system_command_result_type;
enum {
    BUS_SYSTEM_COMMAND_RESULT_SIZE_MAX = 784, /* bytes of the largest one, packed */
    BUS_SYSTEM_COMMAND_RESULT_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_command_result_handler)(
    void *context, const struct bus_system_command_result *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_command_result_batch_handler)(
    void *context, const struct bus_system_command_result *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_command_result_init(struct bus_system_command_result *message)
{
    bus_wire_init(bus_system_command_result_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_command_result_compare(const struct bus_system_command_result *a, const struct bus_system_command_result *b)
{
    return bus_wire_compare(bus_system_command_result_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_command_result_print(const struct bus_system_command_result *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_command_result_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_command_result_encode(const struct bus_system_command_result *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_command_result_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_command_result_decode(
    const uint8_t *bytes, size_t size, struct bus_system_command_result *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_command_result_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_command_result_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_command_result_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_result_publish(
    struct bus *bus, const struct bus_system_command_result *message)
{
    return bus_publish_message(bus, &bus_system_command_result_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_command_result_publish_with(
    struct bus *bus, const struct bus_system_command_result *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_command_result_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_result_publish_many(
    struct bus *bus, const struct bus_system_command_result *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_command_result_type, messages, sizeof(struct bus_system_command_result), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_result_publish_and_wait(
    struct bus *bus, const struct bus_system_command_result *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_command_result_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_command_result_schedule(
    struct bus *bus, const struct bus_system_command_result *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_command_result_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_command_result_schedule_with(
    struct bus *bus, const struct bus_system_command_result *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_command_result_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_command_result_claim(
    struct bus *bus, const struct bus_system_command_result *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_command_result_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_command_result_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_command_result_batch_handler)handler)(context, (const struct bus_system_command_result *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_command_result_subscribe(
    struct bus *bus, bus_system_command_result_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_command_result_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_command_result_unsubscribe(
    struct bus *bus, bus_system_command_result_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_command_result_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_command_result_subscribe_batch(
    struct bus *bus, bus_system_command_result_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_command_result_type, bus_system_command_result_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_command_result_unsubscribe_batch(
    struct bus *bus, bus_system_command_result_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_command_result_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_command_result_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_command_result_type.codec.table, bytes);
}
static inline struct bus_string bus_system_command_result_view_command(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t bus_system_command_result_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
static inline struct bus_string bus_system_command_result_view_handler(struct bus_view view)
{
    return bus_view_string(view, 4);
}
static inline uint8_t bus_system_command_result_view_outcome(struct bus_view view)
{
    return (uint8_t)bus_view_u64(view, 5);
}
static inline struct bus_string bus_system_command_result_view_answer(struct bus_view view)
{
    return bus_view_string(view, 6);
}
static inline uint32_t bus_system_command_result_view_attempts(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 8);
}
static inline int64_t bus_system_command_result_view_took(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 9);
}
#endif

static inline char *bus_system_command_result_claim_command(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *bus_system_command_result_claim_handler(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 4, size);
}
static inline char *bus_system_command_result_claim_answer(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 6, size);
}

/* ---- event event_handler_failed ---- */

/* A handler of an event ended with a fault. */
struct bus_system_event_handler_failed {
    struct bus_string event; /* at most 160 bytes */
    struct bus_uuid id;
    uint32_t session;
    struct bus_string handler; /* at most 160 bytes */
    struct bus_system_fault error;
    uint32_t attempt;
};

extern const struct bus_message_type bus_system_event_handler_failed_type;
enum {
    BUS_SYSTEM_EVENT_HANDLER_FAILED_SIZE_MAX = 688, /* bytes of the largest one, packed */
    BUS_SYSTEM_EVENT_HANDLER_FAILED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_event_handler_failed_handler)(
    void *context, const struct bus_system_event_handler_failed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_event_handler_failed_batch_handler)(
    void *context, const struct bus_system_event_handler_failed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_event_handler_failed_init(struct bus_system_event_handler_failed *message)
{
    bus_wire_init(bus_system_event_handler_failed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_event_handler_failed_compare(const struct bus_system_event_handler_failed *a, const struct bus_system_event_handler_failed *b)
{
    return bus_wire_compare(bus_system_event_handler_failed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_event_handler_failed_print(const struct bus_system_event_handler_failed *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_event_handler_failed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_event_handler_failed_encode(const struct bus_system_event_handler_failed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_event_handler_failed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_event_handler_failed_decode(
    const uint8_t *bytes, size_t size, struct bus_system_event_handler_failed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_event_handler_failed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_event_handler_failed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_event_handler_failed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_event_handler_failed_publish(
    struct bus *bus, const struct bus_system_event_handler_failed *message)
{
    return bus_publish_message(bus, &bus_system_event_handler_failed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_event_handler_failed_publish_with(
    struct bus *bus, const struct bus_system_event_handler_failed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_event_handler_failed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_event_handler_failed_publish_many(
    struct bus *bus, const struct bus_system_event_handler_failed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_event_handler_failed_type, messages, sizeof(struct bus_system_event_handler_failed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_event_handler_failed_publish_and_wait(
    struct bus *bus, const struct bus_system_event_handler_failed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_event_handler_failed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_event_handler_failed_schedule(
    struct bus *bus, const struct bus_system_event_handler_failed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_event_handler_failed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_event_handler_failed_schedule_with(
    struct bus *bus, const struct bus_system_event_handler_failed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_event_handler_failed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_event_handler_failed_claim(
    struct bus *bus, const struct bus_system_event_handler_failed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_event_handler_failed_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_event_handler_failed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_event_handler_failed_batch_handler)handler)(context, (const struct bus_system_event_handler_failed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_event_handler_failed_subscribe(
    struct bus *bus, bus_system_event_handler_failed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_event_handler_failed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_event_handler_failed_unsubscribe(
    struct bus *bus, bus_system_event_handler_failed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_event_handler_failed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_event_handler_failed_subscribe_batch(
    struct bus *bus, bus_system_event_handler_failed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_event_handler_failed_type, bus_system_event_handler_failed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_event_handler_failed_unsubscribe_batch(
    struct bus *bus, bus_system_event_handler_failed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_event_handler_failed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_event_handler_failed_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_event_handler_failed_type.codec.table, bytes);
}
static inline struct bus_string bus_system_event_handler_failed_view_event(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t bus_system_event_handler_failed_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
static inline struct bus_string bus_system_event_handler_failed_view_handler(struct bus_view view)
{
    return bus_view_string(view, 4);
}
static inline uint32_t bus_system_event_handler_failed_view_attempt(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 6);
}
#endif

static inline char *bus_system_event_handler_failed_claim_event(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *bus_system_event_handler_failed_claim_handler(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 4, size);
}

/* ---- event message_dropped ---- */

/* Messages were dropped; told at a bounded rate, so that `count` may be more than one. */
struct bus_system_message_dropped {
    struct bus_string message; /* at most 160 bytes */
    enum bus_system_drop_reason reason;
    /* Since the last time this was told for this message and reason. */
    uint64_t count;
    /* enum bus_priority */
    uint8_t lane;
};

extern const struct bus_message_type bus_system_message_dropped_type;
enum {
    BUS_SYSTEM_MESSAGE_DROPPED_SIZE_MAX = 208, /* bytes of the largest one, packed */
    BUS_SYSTEM_MESSAGE_DROPPED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_message_dropped_handler)(
    void *context, const struct bus_system_message_dropped *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_message_dropped_batch_handler)(
    void *context, const struct bus_system_message_dropped *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_message_dropped_init(struct bus_system_message_dropped *message)
{
    bus_wire_init(bus_system_message_dropped_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_message_dropped_compare(const struct bus_system_message_dropped *a, const struct bus_system_message_dropped *b)
{
    return bus_wire_compare(bus_system_message_dropped_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_message_dropped_print(const struct bus_system_message_dropped *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_message_dropped_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_message_dropped_encode(const struct bus_system_message_dropped *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_message_dropped_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_message_dropped_decode(
    const uint8_t *bytes, size_t size, struct bus_system_message_dropped *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_message_dropped_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_message_dropped_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_message_dropped_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_message_dropped_publish(
    struct bus *bus, const struct bus_system_message_dropped *message)
{
    return bus_publish_message(bus, &bus_system_message_dropped_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_message_dropped_publish_with(
    struct bus *bus, const struct bus_system_message_dropped *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_message_dropped_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_message_dropped_publish_many(
    struct bus *bus, const struct bus_system_message_dropped *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_message_dropped_type, messages, sizeof(struct bus_system_message_dropped), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_message_dropped_publish_and_wait(
    struct bus *bus, const struct bus_system_message_dropped *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_message_dropped_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_message_dropped_schedule(
    struct bus *bus, const struct bus_system_message_dropped *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_message_dropped_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_message_dropped_schedule_with(
    struct bus *bus, const struct bus_system_message_dropped *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_message_dropped_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_message_dropped_claim(
    struct bus *bus, const struct bus_system_message_dropped *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_message_dropped_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_message_dropped_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_message_dropped_batch_handler)handler)(context, (const struct bus_system_message_dropped *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_message_dropped_subscribe(
    struct bus *bus, bus_system_message_dropped_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_message_dropped_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_message_dropped_unsubscribe(
    struct bus *bus, bus_system_message_dropped_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_message_dropped_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_message_dropped_subscribe_batch(
    struct bus *bus, bus_system_message_dropped_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_message_dropped_type, bus_system_message_dropped_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_message_dropped_unsubscribe_batch(
    struct bus *bus, bus_system_message_dropped_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_message_dropped_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_message_dropped_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_message_dropped_type.codec.table, bytes);
}
static inline struct bus_string bus_system_message_dropped_view_message(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline enum bus_system_drop_reason bus_system_message_dropped_view_reason(struct bus_view view)
{
    return (enum bus_system_drop_reason)bus_view_i64(view, 2);
}
static inline uint64_t bus_system_message_dropped_view_count(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 3);
}
static inline uint8_t bus_system_message_dropped_view_lane(struct bus_view view)
{
    return (uint8_t)bus_view_u64(view, 4);
}
#endif

static inline char *bus_system_message_dropped_claim_message(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event bus_started ---- */

/* The bus has started; what was buffered before comes first in its lane. */
struct bus_system_bus_started {
    struct bus_string name; /* at most 160 bytes */
    uint32_t workers;
};

extern const struct bus_message_type bus_system_bus_started_type;
enum {
    BUS_SYSTEM_BUS_STARTED_SIZE_MAX = 192, /* bytes of the largest one, packed */
    BUS_SYSTEM_BUS_STARTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_bus_started_handler)(
    void *context, const struct bus_system_bus_started *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_bus_started_batch_handler)(
    void *context, const struct bus_system_bus_started *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_bus_started_init(struct bus_system_bus_started *message)
{
    bus_wire_init(bus_system_bus_started_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_bus_started_compare(const struct bus_system_bus_started *a, const struct bus_system_bus_started *b)
{
    return bus_wire_compare(bus_system_bus_started_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_bus_started_print(const struct bus_system_bus_started *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_bus_started_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_bus_started_encode(const struct bus_system_bus_started *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_bus_started_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_started_decode(
    const uint8_t *bytes, size_t size, struct bus_system_bus_started *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_bus_started_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_bus_started_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_bus_started_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_started_publish(
    struct bus *bus, const struct bus_system_bus_started *message)
{
    return bus_publish_message(bus, &bus_system_bus_started_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_started_publish_with(
    struct bus *bus, const struct bus_system_bus_started *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_bus_started_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_started_publish_many(
    struct bus *bus, const struct bus_system_bus_started *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_bus_started_type, messages, sizeof(struct bus_system_bus_started), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_started_publish_and_wait(
    struct bus *bus, const struct bus_system_bus_started *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_bus_started_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_started_schedule(
    struct bus *bus, const struct bus_system_bus_started *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_bus_started_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_bus_started_schedule_with(
    struct bus *bus, const struct bus_system_bus_started *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_bus_started_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_started_claim(
    struct bus *bus, const struct bus_system_bus_started *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_bus_started_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_bus_started_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_bus_started_batch_handler)handler)(context, (const struct bus_system_bus_started *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_started_subscribe(
    struct bus *bus, bus_system_bus_started_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_bus_started_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_bus_started_unsubscribe(
    struct bus *bus, bus_system_bus_started_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_bus_started_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_started_subscribe_batch(
    struct bus *bus, bus_system_bus_started_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_bus_started_type, bus_system_bus_started_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_bus_started_unsubscribe_batch(
    struct bus *bus, bus_system_bus_started_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_bus_started_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_bus_started_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_bus_started_type.codec.table, bytes);
}
static inline struct bus_string bus_system_bus_started_view_name(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t bus_system_bus_started_view_workers(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 2);
}
#endif

static inline char *bus_system_bus_started_claim_name(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event bus_stopping ---- */

/* The bus refuses new messages and drains its lanes. */
struct bus_system_bus_stopping {
    struct bus_string name; /* at most 160 bytes */
    enum bus_system_stop_reason reason;
};

extern const struct bus_message_type bus_system_bus_stopping_type;
enum {
    BUS_SYSTEM_BUS_STOPPING_SIZE_MAX = 192, /* bytes of the largest one, packed */
    BUS_SYSTEM_BUS_STOPPING_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_bus_stopping_handler)(
    void *context, const struct bus_system_bus_stopping *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_bus_stopping_batch_handler)(
    void *context, const struct bus_system_bus_stopping *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_bus_stopping_init(struct bus_system_bus_stopping *message)
{
    bus_wire_init(bus_system_bus_stopping_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_bus_stopping_compare(const struct bus_system_bus_stopping *a, const struct bus_system_bus_stopping *b)
{
    return bus_wire_compare(bus_system_bus_stopping_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_bus_stopping_print(const struct bus_system_bus_stopping *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_bus_stopping_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_bus_stopping_encode(const struct bus_system_bus_stopping *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_bus_stopping_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_stopping_decode(
    const uint8_t *bytes, size_t size, struct bus_system_bus_stopping *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_bus_stopping_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_bus_stopping_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_bus_stopping_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_stopping_publish(
    struct bus *bus, const struct bus_system_bus_stopping *message)
{
    return bus_publish_message(bus, &bus_system_bus_stopping_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_stopping_publish_with(
    struct bus *bus, const struct bus_system_bus_stopping *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_bus_stopping_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_stopping_publish_many(
    struct bus *bus, const struct bus_system_bus_stopping *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_bus_stopping_type, messages, sizeof(struct bus_system_bus_stopping), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_stopping_publish_and_wait(
    struct bus *bus, const struct bus_system_bus_stopping *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_bus_stopping_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_stopping_schedule(
    struct bus *bus, const struct bus_system_bus_stopping *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_bus_stopping_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_bus_stopping_schedule_with(
    struct bus *bus, const struct bus_system_bus_stopping *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_bus_stopping_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_bus_stopping_claim(
    struct bus *bus, const struct bus_system_bus_stopping *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_bus_stopping_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_bus_stopping_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_bus_stopping_batch_handler)handler)(context, (const struct bus_system_bus_stopping *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_stopping_subscribe(
    struct bus *bus, bus_system_bus_stopping_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_bus_stopping_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_bus_stopping_unsubscribe(
    struct bus *bus, bus_system_bus_stopping_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_bus_stopping_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_bus_stopping_subscribe_batch(
    struct bus *bus, bus_system_bus_stopping_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_bus_stopping_type, bus_system_bus_stopping_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_bus_stopping_unsubscribe_batch(
    struct bus *bus, bus_system_bus_stopping_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_bus_stopping_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_bus_stopping_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_bus_stopping_type.codec.table, bytes);
}
static inline struct bus_string bus_system_bus_stopping_view_name(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline enum bus_system_stop_reason bus_system_bus_stopping_view_reason(struct bus_view view)
{
    return (enum bus_system_stop_reason)bus_view_i64(view, 2);
}
#endif

static inline char *bus_system_bus_stopping_claim_name(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event dead_letter_added ---- */

/* Something that cannot be processed was kept for later. */
struct bus_system_dead_letter_added {
    /* Number of the letter, for bus_dead_letter_replay. */
    uint64_t letter;
    struct bus_string message; /* at most 160 bytes */
    struct bus_uuid id;
    uint32_t session;
    /* Empty where no handler was concerned. */
    struct bus_string handler; /* at most 160 bytes */
    enum bus_system_letter_reason reason;
    struct bus_system_fault error;
    uint32_t attempts;
};

extern const struct bus_message_type bus_system_dead_letter_added_type;
enum {
    BUS_SYSTEM_DEAD_LETTER_ADDED_SIZE_MAX = 708, /* bytes of the largest one, packed */
    BUS_SYSTEM_DEAD_LETTER_ADDED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_dead_letter_added_handler)(
    void *context, const struct bus_system_dead_letter_added *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_dead_letter_added_batch_handler)(
    void *context, const struct bus_system_dead_letter_added *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_dead_letter_added_init(struct bus_system_dead_letter_added *message)
{
    bus_wire_init(bus_system_dead_letter_added_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_dead_letter_added_compare(const struct bus_system_dead_letter_added *a, const struct bus_system_dead_letter_added *b)
{
    return bus_wire_compare(bus_system_dead_letter_added_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_dead_letter_added_print(const struct bus_system_dead_letter_added *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_dead_letter_added_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_dead_letter_added_encode(const struct bus_system_dead_letter_added *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_dead_letter_added_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_dead_letter_added_decode(
    const uint8_t *bytes, size_t size, struct bus_system_dead_letter_added *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_dead_letter_added_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_dead_letter_added_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_dead_letter_added_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_dead_letter_added_publish(
    struct bus *bus, const struct bus_system_dead_letter_added *message)
{
    return bus_publish_message(bus, &bus_system_dead_letter_added_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_dead_letter_added_publish_with(
    struct bus *bus, const struct bus_system_dead_letter_added *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_dead_letter_added_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_dead_letter_added_publish_many(
    struct bus *bus, const struct bus_system_dead_letter_added *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_dead_letter_added_type, messages, sizeof(struct bus_system_dead_letter_added), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_dead_letter_added_publish_and_wait(
    struct bus *bus, const struct bus_system_dead_letter_added *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_dead_letter_added_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_dead_letter_added_schedule(
    struct bus *bus, const struct bus_system_dead_letter_added *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_dead_letter_added_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_dead_letter_added_schedule_with(
    struct bus *bus, const struct bus_system_dead_letter_added *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_dead_letter_added_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_dead_letter_added_claim(
    struct bus *bus, const struct bus_system_dead_letter_added *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_dead_letter_added_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_dead_letter_added_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_dead_letter_added_batch_handler)handler)(context, (const struct bus_system_dead_letter_added *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_dead_letter_added_subscribe(
    struct bus *bus, bus_system_dead_letter_added_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_dead_letter_added_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_dead_letter_added_unsubscribe(
    struct bus *bus, bus_system_dead_letter_added_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_dead_letter_added_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_dead_letter_added_subscribe_batch(
    struct bus *bus, bus_system_dead_letter_added_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_dead_letter_added_type, bus_system_dead_letter_added_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_dead_letter_added_unsubscribe_batch(
    struct bus *bus, bus_system_dead_letter_added_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_dead_letter_added_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_dead_letter_added_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_dead_letter_added_type.codec.table, bytes);
}
static inline uint64_t bus_system_dead_letter_added_view_letter(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string bus_system_dead_letter_added_view_message(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline uint32_t bus_system_dead_letter_added_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 4);
}
static inline struct bus_string bus_system_dead_letter_added_view_handler(struct bus_view view)
{
    return bus_view_string(view, 5);
}
static inline enum bus_system_letter_reason bus_system_dead_letter_added_view_reason(struct bus_view view)
{
    return (enum bus_system_letter_reason)bus_view_i64(view, 6);
}
static inline uint32_t bus_system_dead_letter_added_view_attempts(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 8);
}
#endif

static inline char *bus_system_dead_letter_added_claim_message(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}
static inline char *bus_system_dead_letter_added_claim_handler(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 5, size);
}

/* ---- event breaker_changed ---- */

/* A breaker changed its state. */
struct bus_system_breaker_changed {
    /* Its name, or that of its handler. */
    struct bus_string breaker; /* at most 160 bytes */
    enum bus_system_breaker_state from;
    enum bus_system_breaker_state to;
    /* Failures counted in its window. */
    uint32_t failures;
};

extern const struct bus_message_type bus_system_breaker_changed_type;
enum {
    BUS_SYSTEM_BREAKER_CHANGED_SIZE_MAX = 200, /* bytes of the largest one, packed */
    BUS_SYSTEM_BREAKER_CHANGED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_breaker_changed_handler)(
    void *context, const struct bus_system_breaker_changed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_breaker_changed_batch_handler)(
    void *context, const struct bus_system_breaker_changed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_breaker_changed_init(struct bus_system_breaker_changed *message)
{
    bus_wire_init(bus_system_breaker_changed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_breaker_changed_compare(const struct bus_system_breaker_changed *a, const struct bus_system_breaker_changed *b)
{
    return bus_wire_compare(bus_system_breaker_changed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_breaker_changed_print(const struct bus_system_breaker_changed *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_breaker_changed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_breaker_changed_encode(const struct bus_system_breaker_changed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_breaker_changed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_breaker_changed_decode(
    const uint8_t *bytes, size_t size, struct bus_system_breaker_changed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_breaker_changed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_breaker_changed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_breaker_changed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_breaker_changed_publish(
    struct bus *bus, const struct bus_system_breaker_changed *message)
{
    return bus_publish_message(bus, &bus_system_breaker_changed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_breaker_changed_publish_with(
    struct bus *bus, const struct bus_system_breaker_changed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_breaker_changed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_breaker_changed_publish_many(
    struct bus *bus, const struct bus_system_breaker_changed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_breaker_changed_type, messages, sizeof(struct bus_system_breaker_changed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_breaker_changed_publish_and_wait(
    struct bus *bus, const struct bus_system_breaker_changed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_breaker_changed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_breaker_changed_schedule(
    struct bus *bus, const struct bus_system_breaker_changed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_breaker_changed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_breaker_changed_schedule_with(
    struct bus *bus, const struct bus_system_breaker_changed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_breaker_changed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_breaker_changed_claim(
    struct bus *bus, const struct bus_system_breaker_changed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_breaker_changed_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_breaker_changed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_breaker_changed_batch_handler)handler)(context, (const struct bus_system_breaker_changed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_breaker_changed_subscribe(
    struct bus *bus, bus_system_breaker_changed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_breaker_changed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_breaker_changed_unsubscribe(
    struct bus *bus, bus_system_breaker_changed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_breaker_changed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_breaker_changed_subscribe_batch(
    struct bus *bus, bus_system_breaker_changed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_breaker_changed_type, bus_system_breaker_changed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_breaker_changed_unsubscribe_batch(
    struct bus *bus, bus_system_breaker_changed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_breaker_changed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_breaker_changed_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_breaker_changed_type.codec.table, bytes);
}
static inline struct bus_string bus_system_breaker_changed_view_breaker(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline enum bus_system_breaker_state bus_system_breaker_changed_view_from(struct bus_view view)
{
    return (enum bus_system_breaker_state)bus_view_i64(view, 2);
}
static inline enum bus_system_breaker_state bus_system_breaker_changed_view_to(struct bus_view view)
{
    return (enum bus_system_breaker_state)bus_view_i64(view, 3);
}
static inline uint32_t bus_system_breaker_changed_view_failures(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 4);
}
#endif

static inline char *bus_system_breaker_changed_claim_breaker(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event backpressure_changed ---- */

/* A lane became nearly full (above 0.8), or has room again (below 0.5). */
struct bus_system_backpressure_changed {
    /* enum bus_priority */
    uint8_t lane;
    uint32_t worker;
    bool active;
    uint32_t size;
    uint32_t capacity;
};

extern const struct bus_message_type bus_system_backpressure_changed_type;
enum {
    BUS_SYSTEM_BACKPRESSURE_CHANGED_SIZE_MAX = 40, /* bytes of the largest one, packed */
    BUS_SYSTEM_BACKPRESSURE_CHANGED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_backpressure_changed_handler)(
    void *context, const struct bus_system_backpressure_changed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_backpressure_changed_batch_handler)(
    void *context, const struct bus_system_backpressure_changed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_backpressure_changed_init(struct bus_system_backpressure_changed *message)
{
    bus_wire_init(bus_system_backpressure_changed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_backpressure_changed_compare(const struct bus_system_backpressure_changed *a, const struct bus_system_backpressure_changed *b)
{
    return bus_wire_compare(bus_system_backpressure_changed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_backpressure_changed_print(const struct bus_system_backpressure_changed *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_backpressure_changed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_backpressure_changed_encode(const struct bus_system_backpressure_changed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_backpressure_changed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_backpressure_changed_decode(
    const uint8_t *bytes, size_t size, struct bus_system_backpressure_changed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_backpressure_changed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_backpressure_changed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_backpressure_changed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_backpressure_changed_publish(
    struct bus *bus, const struct bus_system_backpressure_changed *message)
{
    return bus_publish_message(bus, &bus_system_backpressure_changed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_backpressure_changed_publish_with(
    struct bus *bus, const struct bus_system_backpressure_changed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_backpressure_changed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_backpressure_changed_publish_many(
    struct bus *bus, const struct bus_system_backpressure_changed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_backpressure_changed_type, messages, sizeof(struct bus_system_backpressure_changed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_backpressure_changed_publish_and_wait(
    struct bus *bus, const struct bus_system_backpressure_changed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_backpressure_changed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_backpressure_changed_schedule(
    struct bus *bus, const struct bus_system_backpressure_changed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_backpressure_changed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_backpressure_changed_schedule_with(
    struct bus *bus, const struct bus_system_backpressure_changed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_backpressure_changed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_backpressure_changed_claim(
    struct bus *bus, const struct bus_system_backpressure_changed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_backpressure_changed_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_backpressure_changed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_backpressure_changed_batch_handler)handler)(context, (const struct bus_system_backpressure_changed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_backpressure_changed_subscribe(
    struct bus *bus, bus_system_backpressure_changed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_backpressure_changed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_backpressure_changed_unsubscribe(
    struct bus *bus, bus_system_backpressure_changed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_backpressure_changed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_backpressure_changed_subscribe_batch(
    struct bus *bus, bus_system_backpressure_changed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_backpressure_changed_type, bus_system_backpressure_changed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_backpressure_changed_unsubscribe_batch(
    struct bus *bus, bus_system_backpressure_changed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_backpressure_changed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_backpressure_changed_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_backpressure_changed_type.codec.table, bytes);
}
static inline uint8_t bus_system_backpressure_changed_view_lane(struct bus_view view)
{
    return (uint8_t)bus_view_u64(view, 1);
}
static inline uint32_t bus_system_backpressure_changed_view_worker(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 2);
}
static inline bool bus_system_backpressure_changed_view_active(struct bus_view view)
{
    return bus_view_u64(view, 3) != 0;
}
static inline uint32_t bus_system_backpressure_changed_view_size(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 4);
}
static inline uint32_t bus_system_backpressure_changed_view_capacity(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 5);
}
#endif


/* ---- event handler_stuck ---- */

/*
 * A handler has been running for longer than its timeout, or (without one) than the watchdog allows.
 */
struct bus_system_handler_stuck {
    struct bus_string message; /* at most 160 bytes */
    struct bus_string handler; /* at most 160 bytes */
    uint32_t worker;
    int64_t running_ns;
};

extern const struct bus_message_type bus_system_handler_stuck_type;
enum {
    BUS_SYSTEM_HANDLER_STUCK_SIZE_MAX = 380, /* bytes of the largest one, packed */
    BUS_SYSTEM_HANDLER_STUCK_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_handler_stuck_handler)(
    void *context, const struct bus_system_handler_stuck *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_handler_stuck_batch_handler)(
    void *context, const struct bus_system_handler_stuck *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_handler_stuck_init(struct bus_system_handler_stuck *message)
{
    bus_wire_init(bus_system_handler_stuck_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_handler_stuck_compare(const struct bus_system_handler_stuck *a, const struct bus_system_handler_stuck *b)
{
    return bus_wire_compare(bus_system_handler_stuck_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_handler_stuck_print(const struct bus_system_handler_stuck *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_handler_stuck_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_handler_stuck_encode(const struct bus_system_handler_stuck *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_handler_stuck_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_handler_stuck_decode(
    const uint8_t *bytes, size_t size, struct bus_system_handler_stuck *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_handler_stuck_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_handler_stuck_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_handler_stuck_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_handler_stuck_publish(
    struct bus *bus, const struct bus_system_handler_stuck *message)
{
    return bus_publish_message(bus, &bus_system_handler_stuck_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_handler_stuck_publish_with(
    struct bus *bus, const struct bus_system_handler_stuck *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_handler_stuck_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_handler_stuck_publish_many(
    struct bus *bus, const struct bus_system_handler_stuck *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_handler_stuck_type, messages, sizeof(struct bus_system_handler_stuck), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_handler_stuck_publish_and_wait(
    struct bus *bus, const struct bus_system_handler_stuck *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_handler_stuck_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_handler_stuck_schedule(
    struct bus *bus, const struct bus_system_handler_stuck *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_handler_stuck_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_handler_stuck_schedule_with(
    struct bus *bus, const struct bus_system_handler_stuck *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_handler_stuck_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_handler_stuck_claim(
    struct bus *bus, const struct bus_system_handler_stuck *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_handler_stuck_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_handler_stuck_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_handler_stuck_batch_handler)handler)(context, (const struct bus_system_handler_stuck *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_handler_stuck_subscribe(
    struct bus *bus, bus_system_handler_stuck_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_handler_stuck_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_handler_stuck_unsubscribe(
    struct bus *bus, bus_system_handler_stuck_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_handler_stuck_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_handler_stuck_subscribe_batch(
    struct bus *bus, bus_system_handler_stuck_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_handler_stuck_type, bus_system_handler_stuck_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_handler_stuck_unsubscribe_batch(
    struct bus *bus, bus_system_handler_stuck_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_handler_stuck_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_handler_stuck_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_handler_stuck_type.codec.table, bytes);
}
static inline struct bus_string bus_system_handler_stuck_view_message(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline struct bus_string bus_system_handler_stuck_view_handler(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline uint32_t bus_system_handler_stuck_view_worker(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
static inline int64_t bus_system_handler_stuck_view_running(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 4);
}
#endif

static inline char *bus_system_handler_stuck_claim_message(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *bus_system_handler_stuck_claim_handler(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event approval_changed ---- */

/* A command waits for approval, or waits no longer. */
struct bus_system_approval_changed {
    struct bus_string command; /* at most 160 bytes */
    struct bus_uuid id;
    uint32_t session;
    enum bus_system_approval state;
};

extern const struct bus_message_type bus_system_approval_changed_type;
enum {
    BUS_SYSTEM_APPROVAL_CHANGED_SIZE_MAX = 220, /* bytes of the largest one, packed */
    BUS_SYSTEM_APPROVAL_CHANGED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_approval_changed_handler)(
    void *context, const struct bus_system_approval_changed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_approval_changed_batch_handler)(
    void *context, const struct bus_system_approval_changed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_approval_changed_init(struct bus_system_approval_changed *message)
{
    bus_wire_init(bus_system_approval_changed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_approval_changed_compare(const struct bus_system_approval_changed *a, const struct bus_system_approval_changed *b)
{
    return bus_wire_compare(bus_system_approval_changed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_approval_changed_print(const struct bus_system_approval_changed *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_approval_changed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_approval_changed_encode(const struct bus_system_approval_changed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_approval_changed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_approval_changed_decode(
    const uint8_t *bytes, size_t size, struct bus_system_approval_changed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_approval_changed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_approval_changed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_approval_changed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_approval_changed_publish(
    struct bus *bus, const struct bus_system_approval_changed *message)
{
    return bus_publish_message(bus, &bus_system_approval_changed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_approval_changed_publish_with(
    struct bus *bus, const struct bus_system_approval_changed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_approval_changed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_approval_changed_publish_many(
    struct bus *bus, const struct bus_system_approval_changed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_approval_changed_type, messages, sizeof(struct bus_system_approval_changed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_approval_changed_publish_and_wait(
    struct bus *bus, const struct bus_system_approval_changed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_approval_changed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_approval_changed_schedule(
    struct bus *bus, const struct bus_system_approval_changed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_approval_changed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_approval_changed_schedule_with(
    struct bus *bus, const struct bus_system_approval_changed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_approval_changed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_approval_changed_claim(
    struct bus *bus, const struct bus_system_approval_changed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_approval_changed_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_approval_changed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_approval_changed_batch_handler)handler)(context, (const struct bus_system_approval_changed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_approval_changed_subscribe(
    struct bus *bus, bus_system_approval_changed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_approval_changed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_approval_changed_unsubscribe(
    struct bus *bus, bus_system_approval_changed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_approval_changed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_approval_changed_subscribe_batch(
    struct bus *bus, bus_system_approval_changed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_approval_changed_type, bus_system_approval_changed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_approval_changed_unsubscribe_batch(
    struct bus *bus, bus_system_approval_changed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_approval_changed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_approval_changed_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_approval_changed_type.codec.table, bytes);
}
static inline struct bus_string bus_system_approval_changed_view_command(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t bus_system_approval_changed_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
static inline enum bus_system_approval bus_system_approval_changed_view_state(struct bus_view view)
{
    return (enum bus_system_approval)bus_view_i64(view, 4);
}
#endif

static inline char *bus_system_approval_changed_claim_command(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event session_started ---- */

/* A session was opened. */
struct bus_system_session_started {
    /* Its index in handles and envelopes. */
    uint32_t session;
    struct bus_string id; /* at most 63 bytes */
};

extern const struct bus_message_type bus_system_session_started_type;
enum {
    BUS_SYSTEM_SESSION_STARTED_SIZE_MAX = 92, /* bytes of the largest one, packed */
    BUS_SYSTEM_SESSION_STARTED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_session_started_handler)(
    void *context, const struct bus_system_session_started *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_session_started_batch_handler)(
    void *context, const struct bus_system_session_started *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_session_started_init(struct bus_system_session_started *message)
{
    bus_wire_init(bus_system_session_started_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_session_started_compare(const struct bus_system_session_started *a, const struct bus_system_session_started *b)
{
    return bus_wire_compare(bus_system_session_started_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_session_started_print(const struct bus_system_session_started *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_session_started_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_session_started_encode(const struct bus_system_session_started *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_session_started_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_session_started_decode(
    const uint8_t *bytes, size_t size, struct bus_system_session_started *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_session_started_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_session_started_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_session_started_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_started_publish(
    struct bus *bus, const struct bus_system_session_started *message)
{
    return bus_publish_message(bus, &bus_system_session_started_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_session_started_publish_with(
    struct bus *bus, const struct bus_system_session_started *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_session_started_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_started_publish_many(
    struct bus *bus, const struct bus_system_session_started *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_session_started_type, messages, sizeof(struct bus_system_session_started), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_started_publish_and_wait(
    struct bus *bus, const struct bus_system_session_started *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_session_started_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_session_started_schedule(
    struct bus *bus, const struct bus_system_session_started *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_session_started_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_session_started_schedule_with(
    struct bus *bus, const struct bus_system_session_started *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_session_started_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_started_claim(
    struct bus *bus, const struct bus_system_session_started *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_session_started_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_session_started_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_session_started_batch_handler)handler)(context, (const struct bus_system_session_started *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_session_started_subscribe(
    struct bus *bus, bus_system_session_started_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_session_started_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_session_started_unsubscribe(
    struct bus *bus, bus_system_session_started_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_session_started_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_session_started_subscribe_batch(
    struct bus *bus, bus_system_session_started_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_session_started_type, bus_system_session_started_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_session_started_unsubscribe_batch(
    struct bus *bus, bus_system_session_started_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_session_started_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_session_started_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_session_started_type.codec.table, bytes);
}
static inline uint32_t bus_system_session_started_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 1);
}
static inline struct bus_string bus_system_session_started_view_id(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

static inline char *bus_system_session_started_claim_id(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event session_ended ---- */

/* A session has ended: its handlers are gone and its clean-up functions were called. */
struct bus_system_session_ended {
    uint32_t session;
    struct bus_string id; /* at most 63 bytes */
    enum bus_system_session_reason reason;
    /* All zero: it did not end with an error. */
    struct bus_system_fault error;
    /* `error` is there. */
    bool failed;
};

extern const struct bus_message_type bus_system_session_ended_type;
enum {
    BUS_SYSTEM_SESSION_ENDED_SIZE_MAX = 400, /* bytes of the largest one, packed */
    BUS_SYSTEM_SESSION_ENDED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*bus_system_session_ended_handler)(
    void *context, const struct bus_system_session_ended *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*bus_system_session_ended_batch_handler)(
    void *context, const struct bus_system_session_ended *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void bus_system_session_ended_init(struct bus_system_session_ended *message)
{
    bus_wire_init(bus_system_session_ended_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int bus_system_session_ended_compare(const struct bus_system_session_ended *a, const struct bus_system_session_ended *b)
{
    return bus_wire_compare(bus_system_session_ended_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t bus_system_session_ended_print(const struct bus_system_session_ended *message, char *text, size_t size)
{
    return bus_wire_print(bus_system_session_ended_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t bus_system_session_ended_encode(const struct bus_system_session_ended *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&bus_system_session_ended_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status bus_system_session_ended_decode(
    const uint8_t *bytes, size_t size, struct bus_system_session_ended *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&bus_system_session_ended_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status bus_system_session_ended_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &bus_system_session_ended_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_ended_publish(
    struct bus *bus, const struct bus_system_session_ended *message)
{
    return bus_publish_message(bus, &bus_system_session_ended_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome bus_system_session_ended_publish_with(
    struct bus *bus, const struct bus_system_session_ended *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &bus_system_session_ended_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_ended_publish_many(
    struct bus *bus, const struct bus_system_session_ended *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &bus_system_session_ended_type, messages, sizeof(struct bus_system_session_ended), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_ended_publish_and_wait(
    struct bus *bus, const struct bus_system_session_ended *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &bus_system_session_ended_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status bus_system_session_ended_schedule(
    struct bus *bus, const struct bus_system_session_ended *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_session_ended_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status bus_system_session_ended_schedule_with(
    struct bus *bus, const struct bus_system_session_ended *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &bus_system_session_ended_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome bus_system_session_ended_claim(
    struct bus *bus, const struct bus_system_session_ended *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &bus_system_session_ended_type, shape, options, claim);
}
static inline enum bus_verdict bus_system_session_ended_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((bus_system_session_ended_batch_handler)handler)(context, (const struct bus_system_session_ended *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status bus_system_session_ended_subscribe(
    struct bus *bus, bus_system_session_ended_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &bus_system_session_ended_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status bus_system_session_ended_unsubscribe(
    struct bus *bus, bus_system_session_ended_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_session_ended_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status bus_system_session_ended_subscribe_batch(
    struct bus *bus, bus_system_session_ended_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &bus_system_session_ended_type, bus_system_session_ended_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status bus_system_session_ended_unsubscribe_batch(
    struct bus *bus, bus_system_session_ended_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &bus_system_session_ended_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view bus_system_session_ended_view(const uint8_t *bytes)
{
    return bus_view_root(bus_system_session_ended_type.codec.table, bytes);
}
static inline uint32_t bus_system_session_ended_view_session(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 1);
}
static inline struct bus_string bus_system_session_ended_view_id(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline enum bus_system_session_reason bus_system_session_ended_view_reason(struct bus_view view)
{
    return (enum bus_system_session_reason)bus_view_i64(view, 3);
}
static inline bool bus_system_session_ended_view_failed(struct bus_view view)
{
    return bus_view_u64(view, 5) != 0;
}
#endif

static inline char *bus_system_session_ended_claim_id(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* Descriptions of the types, for importing schemas and for tools. */
extern const struct bus_enum bus_system_drop_reason_enum;
extern const struct bus_enum bus_system_stop_reason_enum;
extern const struct bus_enum bus_system_letter_reason_enum;
extern const struct bus_enum bus_system_breaker_state_enum;
extern const struct bus_enum bus_system_approval_enum;
extern const struct bus_enum bus_system_session_reason_enum;
extern const struct bus_table bus_system_fault_table;
/* Sets every field to its default in the schema. */
static inline void bus_system_fault_init(struct bus_system_fault *value)
{
    bus_wire_init(&bus_system_fault_table, value);
}

#ifdef __cplusplus
}
#endif

#endif
