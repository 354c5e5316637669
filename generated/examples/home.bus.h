/*
 * home.bus.h - written by busgen from home.bus (bus home, version 1). Do not edit: change the
 * schema and run busgen again.
 *
 * A room that is kept warm.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef HOME_BUS_H
#define HOME_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "home.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema home_schema __asm__("home_schema_v1_289d9c3c");

enum home_mode BUS_ENUM_BASE {
    HOME_MODE_OFF = 0,
    HOME_MODE_ECO = 1,
    HOME_MODE_COMFORT = 2,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *home_mode_name(enum home_mode value);

/* ---- event temperature_measured ---- */

/* A sensor measured a temperature. */
struct home_temperature_measured {
    struct bus_string room; /* at most 32 bytes; key */
    float celsius;
    int64_t at_ns;
};

extern const struct bus_message_type home_temperature_measured_type __asm__("home_temperature_measured_type_v1_289d9c3c");
enum {
    HOME_TEMPERATURE_MEASURED_SIZE_MAX = 80, /* bytes of the largest one, packed */
    HOME_TEMPERATURE_MEASURED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*home_temperature_measured_handler)(
    void *context, const struct home_temperature_measured *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*home_temperature_measured_batch_handler)(
    void *context, const struct home_temperature_measured *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void home_temperature_measured_init(struct home_temperature_measured *message)
{
    bus_wire_init(home_temperature_measured_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int home_temperature_measured_compare(const struct home_temperature_measured *a, const struct home_temperature_measured *b)
{
    return bus_wire_compare(home_temperature_measured_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t home_temperature_measured_print(const struct home_temperature_measured *message, char *text, size_t size)
{
    return bus_wire_print(home_temperature_measured_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t home_temperature_measured_encode(const struct home_temperature_measured *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&home_temperature_measured_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status home_temperature_measured_decode(
    const uint8_t *bytes, size_t size, struct home_temperature_measured *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&home_temperature_measured_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status home_temperature_measured_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &home_temperature_measured_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome home_temperature_measured_publish(
    struct bus *bus, const struct home_temperature_measured *message)
{
    return bus_publish_message(bus, &home_temperature_measured_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome home_temperature_measured_publish_with(
    struct bus *bus, const struct home_temperature_measured *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &home_temperature_measured_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome home_temperature_measured_publish_many(
    struct bus *bus, const struct home_temperature_measured *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &home_temperature_measured_type, messages, sizeof(struct home_temperature_measured), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome home_temperature_measured_publish_and_wait(
    struct bus *bus, const struct home_temperature_measured *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &home_temperature_measured_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status home_temperature_measured_schedule(
    struct bus *bus, const struct home_temperature_measured *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &home_temperature_measured_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status home_temperature_measured_schedule_with(
    struct bus *bus, const struct home_temperature_measured *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &home_temperature_measured_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome home_temperature_measured_claim(
    struct bus *bus, const struct home_temperature_measured *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &home_temperature_measured_type, shape, options, claim);
}
static inline enum bus_verdict home_temperature_measured_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((home_temperature_measured_batch_handler)handler)(context, (const struct home_temperature_measured *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status home_temperature_measured_subscribe(
    struct bus *bus, home_temperature_measured_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &home_temperature_measured_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status home_temperature_measured_unsubscribe(
    struct bus *bus, home_temperature_measured_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &home_temperature_measured_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status home_temperature_measured_subscribe_batch(
    struct bus *bus, home_temperature_measured_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &home_temperature_measured_type, home_temperature_measured_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status home_temperature_measured_unsubscribe_batch(
    struct bus *bus, home_temperature_measured_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &home_temperature_measured_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view home_temperature_measured_view(const uint8_t *bytes)
{
    return bus_view_root(home_temperature_measured_type.codec.table, bytes);
}
static inline struct bus_string home_temperature_measured_view_room(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline float home_temperature_measured_view_celsius(struct bus_view view)
{
    return (float)bus_view_f64(view, 2);
}
static inline int64_t home_temperature_measured_view_at(struct bus_view view)
{
    return (int64_t)bus_view_i64(view, 3);
}
#endif

static inline char *home_temperature_measured_claim_room(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- event heating_switched ---- */

/* The heating of a room was switched. */
struct home_heating_switched {
    struct bus_string room; /* at most 32 bytes; key */
    bool on;
};

extern const struct bus_message_type home_heating_switched_type __asm__("home_heating_switched_type_v1_289d9c3c");
enum {
    HOME_HEATING_SWITCHED_SIZE_MAX = 64, /* bytes of the largest one, packed */
    HOME_HEATING_SWITCHED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*home_heating_switched_handler)(
    void *context, const struct home_heating_switched *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*home_heating_switched_batch_handler)(
    void *context, const struct home_heating_switched *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void home_heating_switched_init(struct home_heating_switched *message)
{
    bus_wire_init(home_heating_switched_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int home_heating_switched_compare(const struct home_heating_switched *a, const struct home_heating_switched *b)
{
    return bus_wire_compare(home_heating_switched_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t home_heating_switched_print(const struct home_heating_switched *message, char *text, size_t size)
{
    return bus_wire_print(home_heating_switched_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t home_heating_switched_encode(const struct home_heating_switched *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&home_heating_switched_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status home_heating_switched_decode(
    const uint8_t *bytes, size_t size, struct home_heating_switched *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&home_heating_switched_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status home_heating_switched_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &home_heating_switched_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome home_heating_switched_publish(
    struct bus *bus, const struct home_heating_switched *message)
{
    return bus_publish_message(bus, &home_heating_switched_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome home_heating_switched_publish_with(
    struct bus *bus, const struct home_heating_switched *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &home_heating_switched_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome home_heating_switched_publish_many(
    struct bus *bus, const struct home_heating_switched *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &home_heating_switched_type, messages, sizeof(struct home_heating_switched), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome home_heating_switched_publish_and_wait(
    struct bus *bus, const struct home_heating_switched *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &home_heating_switched_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status home_heating_switched_schedule(
    struct bus *bus, const struct home_heating_switched *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &home_heating_switched_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status home_heating_switched_schedule_with(
    struct bus *bus, const struct home_heating_switched *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &home_heating_switched_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome home_heating_switched_claim(
    struct bus *bus, const struct home_heating_switched *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &home_heating_switched_type, shape, options, claim);
}
static inline enum bus_verdict home_heating_switched_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((home_heating_switched_batch_handler)handler)(context, (const struct home_heating_switched *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status home_heating_switched_subscribe(
    struct bus *bus, home_heating_switched_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &home_heating_switched_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status home_heating_switched_unsubscribe(
    struct bus *bus, home_heating_switched_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &home_heating_switched_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status home_heating_switched_subscribe_batch(
    struct bus *bus, home_heating_switched_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &home_heating_switched_type, home_heating_switched_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status home_heating_switched_unsubscribe_batch(
    struct bus *bus, home_heating_switched_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &home_heating_switched_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view home_heating_switched_view(const uint8_t *bytes)
{
    return bus_view_root(home_heating_switched_type.codec.table, bytes);
}
static inline struct bus_string home_heating_switched_view_room(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline bool home_heating_switched_view_on(struct bus_view view)
{
    return bus_view_u64(view, 2) != 0;
}
#endif

static inline char *home_heating_switched_claim_room(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- command set_mode ---- */

/* Sets what a room should be like. */
struct home_set_mode {
    struct bus_string room; /* at most 32 bytes; key */
    enum home_mode mode;
};

extern const struct bus_message_type home_set_mode_type __asm__("home_set_mode_type_v1_289d9c3c");
enum {
    HOME_SET_MODE_SIZE_MAX = 64, /* bytes of the largest one, packed */
    HOME_SET_MODE_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*home_set_mode_handler)(
    void *context, const struct home_set_mode *message, struct bus_delivery *delivery);

struct home_set_mode_ok {
    float target_celsius;
};

enum home_set_mode_answer BUS_ENUM_BASE {
    HOME_SET_MODE_NO_ANSWER = 0,
    HOME_SET_MODE_OK = 1,
    HOME_SET_MODE_UNKNOWN_ROOM = 2,
};
/* What a command came to. When run.outcome is BUS_ANSWERED, `answer` says which member
 * counts. It holds its own bytes: do not copy it and drop the original. */
struct home_set_mode_result {
    struct bus_run run;
    enum home_set_mode_answer answer;
    union {
        struct home_set_mode_ok ok;
    };
    uint64_t bytes[3];
};
/* Called once with the result, which is valid during the call. */
typedef void (*home_set_mode_completion)(void *context, const struct home_set_mode_result *result);
/* For home_set_mode_execute_async: calls a completion as what it is. */
void home_set_mode_complete(bus_function callback, void *context, const void *result);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void home_set_mode_init(struct home_set_mode *message)
{
    bus_wire_init(home_set_mode_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int home_set_mode_compare(const struct home_set_mode *a, const struct home_set_mode *b)
{
    return bus_wire_compare(home_set_mode_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t home_set_mode_print(const struct home_set_mode *message, char *text, size_t size)
{
    return bus_wire_print(home_set_mode_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t home_set_mode_encode(const struct home_set_mode *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&home_set_mode_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status home_set_mode_decode(
    const uint8_t *bytes, size_t size, struct home_set_mode *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&home_set_mode_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status home_set_mode_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &home_set_mode_type, account);
}

/* How a handler ends: `return` what one of these gives. */
BUS_MUST_USE static inline enum bus_verdict home_set_mode_return(
    struct bus_delivery *delivery, const struct home_set_mode_ok *answer)
{
    return bus_answer(delivery, &home_set_mode_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_verdict home_set_mode_fail_unknown_room(
    struct bus_delivery *delivery)
{
    return bus_answer(delivery, &home_set_mode_type, 1, NULL);
}
/* The same for a command that was deferred; what they return: bus_token_answer. */
BUS_MUST_USE static inline enum bus_status home_set_mode_complete_return(
    struct bus_token token, const struct home_set_mode_ok *answer)
{
    return bus_token_answer(token, &home_set_mode_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_status home_set_mode_complete_fail_unknown_room(
    struct bus_token token)
{
    return bus_token_answer(token, &home_set_mode_type, 1, NULL);
}
/* The request of a deferred command; its slices point into `buffer`, 8-aligned, of
 * HOME_SET_MODE_SIZE_MAX + HOME_SET_MODE_SCRATCH_MAX + 16 bytes. */
BUS_MUST_USE static inline enum bus_status home_set_mode_deferred_request(
    struct bus_token token, struct home_set_mode *request, void *buffer, size_t size)
{
    return bus_token_request(token, &home_set_mode_type, request, buffer, size);
}
/* Makes `handler` the one that answers; `context` must live until _unhandle or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status home_set_mode_handle(
    struct bus *bus, home_set_mode_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &home_set_mode_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status home_set_mode_unhandle(
    struct bus *bus, home_set_mode_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &home_set_mode_type, (bus_function)handler, context, session);
}
/* Runs the handler and waits for its answer, up to the deadline. */
BUS_MUST_USE static inline enum bus_outcome home_set_mode_execute(
    struct bus *bus, const struct home_set_mode *request, struct home_set_mode_result *result)
{
    return bus_execute_message(bus, &home_set_mode_type, request, NULL, result, NULL, 0);
}
BUS_MUST_USE static inline enum bus_outcome home_set_mode_execute_with(
    struct bus *bus, const struct home_set_mode *request, const struct bus_message_options *options,
    struct home_set_mode_result *result)
{
    return bus_execute_message(bus, &home_set_mode_type, request, options, result, NULL, 0);
}
/* The answer's bytes go to `buffer` (8-aligned; 24 bytes always suffice). */
BUS_MUST_USE static inline enum bus_outcome home_set_mode_execute_into(
    struct bus *bus, const struct home_set_mode *request, const struct bus_message_options *options,
    struct home_set_mode_result *result, void *buffer, size_t size)
{
    return bus_execute_message(bus, &home_set_mode_type, request, options, result, buffer, size);
}
/* Queues the command; when accepted, `completion` runs exactly once, on the worker of the
 * command's component. */
BUS_MUST_USE static inline enum bus_outcome home_set_mode_execute_async(
    struct bus *bus, const struct home_set_mode *request, const struct bus_message_options *options,
    home_set_mode_completion completion, void *context)
{
    return bus_execute_message_async(bus, &home_set_mode_type, request, options, home_set_mode_complete,
                                     (bus_function)completion, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view home_set_mode_view(const uint8_t *bytes)
{
    return bus_view_root(home_set_mode_type.codec.table, bytes);
}
static inline struct bus_string home_set_mode_view_room(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline enum home_mode home_set_mode_view_mode(struct bus_view view)
{
    return (enum home_mode)bus_view_i64(view, 2);
}
#endif

/* ---- component thermostat ---- */

/* Serial: no two of its handlers run at once. */
struct home_thermostat {
    home_set_mode_handler set_mode;
    home_temperature_measured_handler on_temperature_measured;
};
extern const struct bus_component home_thermostat_component __asm__("home_thermostat_component_v1_289d9c3c");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status home_thermostat_attach_with(
    struct bus *bus, const struct home_thermostat *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[2] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &home_thermostat_component, NULL, context, options);
    functions[0] = (bus_function)handlers->set_mode;
    functions[1] = (bus_function)handlers->on_temperature_measured;
    return bus_component_attach(bus, &home_thermostat_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status home_thermostat_attach(
    struct bus *bus, const struct home_thermostat *handlers, void *context)
{
    return home_thermostat_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status home_thermostat_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &home_thermostat_component, context);
}

/* Descriptions of the types, for importing schemas and for tools. */
extern const struct bus_enum home_mode_enum __asm__("home_mode_enum_v1_289d9c3c");

#ifdef __cplusplus
}
#endif

#endif
