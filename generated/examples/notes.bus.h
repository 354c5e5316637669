/*
 * notes.bus.h - written by busgen from notes.bus (bus notes, version 1). Do not edit: change the
 * schema and run busgen again.
 *
 * What a program does that has an event loop of its own.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef NOTES_BUS_H
#define NOTES_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "notes.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema notes_schema __asm__("notes_schema_v1_cadba80e");

/* ---- event line_read ---- */

/*
 * A line of standard input. One that fails is tried again by the bus, without a timer of the loop.
 */
struct notes_line_read {
    uint32_t number; /* key */
    struct bus_string text; /* at most 400 bytes */
};

extern const struct bus_message_type notes_line_read_type __asm__("notes_line_read_type_v1_cadba80e");
enum {
    NOTES_LINE_READ_SIZE_MAX = 432, /* bytes of the largest one, packed */
    NOTES_LINE_READ_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*notes_line_read_handler)(
    void *context, const struct notes_line_read *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*notes_line_read_batch_handler)(
    void *context, const struct notes_line_read *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void notes_line_read_init(struct notes_line_read *message)
{
    bus_wire_init(notes_line_read_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int notes_line_read_compare(const struct notes_line_read *a, const struct notes_line_read *b)
{
    return bus_wire_compare(notes_line_read_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t notes_line_read_print(const struct notes_line_read *message, char *text, size_t size)
{
    return bus_wire_print(notes_line_read_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t notes_line_read_encode(const struct notes_line_read *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&notes_line_read_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status notes_line_read_decode(
    const uint8_t *bytes, size_t size, struct notes_line_read *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&notes_line_read_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status notes_line_read_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &notes_line_read_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome notes_line_read_publish(
    struct bus *bus, const struct notes_line_read *message)
{
    return bus_publish_message(bus, &notes_line_read_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome notes_line_read_publish_with(
    struct bus *bus, const struct notes_line_read *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &notes_line_read_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome notes_line_read_publish_many(
    struct bus *bus, const struct notes_line_read *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &notes_line_read_type, messages, sizeof(struct notes_line_read), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome notes_line_read_publish_and_wait(
    struct bus *bus, const struct notes_line_read *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &notes_line_read_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status notes_line_read_schedule(
    struct bus *bus, const struct notes_line_read *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &notes_line_read_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status notes_line_read_schedule_with(
    struct bus *bus, const struct notes_line_read *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &notes_line_read_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome notes_line_read_claim(
    struct bus *bus, const struct notes_line_read *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &notes_line_read_type, shape, options, claim);
}
static inline enum bus_verdict notes_line_read_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((notes_line_read_batch_handler)handler)(context, (const struct notes_line_read *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status notes_line_read_subscribe(
    struct bus *bus, notes_line_read_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &notes_line_read_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status notes_line_read_unsubscribe(
    struct bus *bus, notes_line_read_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &notes_line_read_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status notes_line_read_subscribe_batch(
    struct bus *bus, notes_line_read_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &notes_line_read_type, notes_line_read_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status notes_line_read_unsubscribe_batch(
    struct bus *bus, notes_line_read_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &notes_line_read_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view notes_line_read_view(const uint8_t *bytes)
{
    return bus_view_root(notes_line_read_type.codec.table, bytes);
}
static inline uint32_t notes_line_read_view_number(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 1);
}
static inline struct bus_string notes_line_read_view_text(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

static inline char *notes_line_read_claim_text(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event closing_time ---- */

/* Scheduled when the input has ended, published half a second later: by the bus, as well. */
struct notes_closing_time {
    uint32_t lines;
};

extern const struct bus_message_type notes_closing_time_type __asm__("notes_closing_time_type_v1_cadba80e");
enum {
    NOTES_CLOSING_TIME_SIZE_MAX = 20, /* bytes of the largest one, packed */
    NOTES_CLOSING_TIME_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*notes_closing_time_handler)(
    void *context, const struct notes_closing_time *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*notes_closing_time_batch_handler)(
    void *context, const struct notes_closing_time *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void notes_closing_time_init(struct notes_closing_time *message)
{
    bus_wire_init(notes_closing_time_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int notes_closing_time_compare(const struct notes_closing_time *a, const struct notes_closing_time *b)
{
    return bus_wire_compare(notes_closing_time_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t notes_closing_time_print(const struct notes_closing_time *message, char *text, size_t size)
{
    return bus_wire_print(notes_closing_time_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t notes_closing_time_encode(const struct notes_closing_time *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&notes_closing_time_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status notes_closing_time_decode(
    const uint8_t *bytes, size_t size, struct notes_closing_time *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&notes_closing_time_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status notes_closing_time_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &notes_closing_time_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome notes_closing_time_publish(
    struct bus *bus, const struct notes_closing_time *message)
{
    return bus_publish_message(bus, &notes_closing_time_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome notes_closing_time_publish_with(
    struct bus *bus, const struct notes_closing_time *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &notes_closing_time_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome notes_closing_time_publish_many(
    struct bus *bus, const struct notes_closing_time *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &notes_closing_time_type, messages, sizeof(struct notes_closing_time), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome notes_closing_time_publish_and_wait(
    struct bus *bus, const struct notes_closing_time *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &notes_closing_time_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status notes_closing_time_schedule(
    struct bus *bus, const struct notes_closing_time *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &notes_closing_time_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status notes_closing_time_schedule_with(
    struct bus *bus, const struct notes_closing_time *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &notes_closing_time_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome notes_closing_time_claim(
    struct bus *bus, const struct notes_closing_time *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &notes_closing_time_type, shape, options, claim);
}
static inline enum bus_verdict notes_closing_time_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((notes_closing_time_batch_handler)handler)(context, (const struct notes_closing_time *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status notes_closing_time_subscribe(
    struct bus *bus, notes_closing_time_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &notes_closing_time_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status notes_closing_time_unsubscribe(
    struct bus *bus, notes_closing_time_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &notes_closing_time_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status notes_closing_time_subscribe_batch(
    struct bus *bus, notes_closing_time_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &notes_closing_time_type, notes_closing_time_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status notes_closing_time_unsubscribe_batch(
    struct bus *bus, notes_closing_time_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &notes_closing_time_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view notes_closing_time_view(const uint8_t *bytes)
{
    return bus_view_root(notes_closing_time_type.codec.table, bytes);
}
static inline uint32_t notes_closing_time_view_lines(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 1);
}
#endif


/* ---- component scribe ---- */

/*
 * Writes the lines down.
 * Serial: no two of its handlers run at once.
 */
struct notes_scribe {
    notes_line_read_handler on_line_read;
    notes_closing_time_handler on_closing_time;
};
extern const struct bus_component notes_scribe_component __asm__("notes_scribe_component_v1_cadba80e");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status notes_scribe_attach_with(
    struct bus *bus, const struct notes_scribe *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[2] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &notes_scribe_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_line_read;
    functions[1] = (bus_function)handlers->on_closing_time;
    return bus_component_attach(bus, &notes_scribe_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status notes_scribe_attach(
    struct bus *bus, const struct notes_scribe *handlers, void *context)
{
    return notes_scribe_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status notes_scribe_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &notes_scribe_component, context);
}

#ifdef __cplusplus
}
#endif

#endif
