/*
 * mail.bus.h - written by busgen from mail.bus (bus mail, version 1). Do not edit: change the
 * schema and run busgen again.
 *
 * Mail that leaves a program.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef MAIL_BUS_H
#define MAIL_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "mail.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema mail_schema __asm__("mail_schema_v1_6879d673");

/* ---- event mail_written ---- */

/* Somebody wrote a mail. The server is down at times: four tries within four minutes. */
struct mail_mail_written {
    struct bus_string to; /* at most 64 bytes */
    struct bus_string text; /* at most 1024 bytes */
};

extern const struct bus_message_type mail_mail_written_type __asm__("mail_mail_written_type_v1_6879d673");
enum {
    MAIL_MAIL_WRITTEN_SIZE_MAX = 1128, /* bytes of the largest one, packed */
    MAIL_MAIL_WRITTEN_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*mail_mail_written_handler)(
    void *context, const struct mail_mail_written *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*mail_mail_written_batch_handler)(
    void *context, const struct mail_mail_written *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void mail_mail_written_init(struct mail_mail_written *message)
{
    bus_wire_init(mail_mail_written_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int mail_mail_written_compare(const struct mail_mail_written *a, const struct mail_mail_written *b)
{
    return bus_wire_compare(mail_mail_written_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t mail_mail_written_print(const struct mail_mail_written *message, char *text, size_t size)
{
    return bus_wire_print(mail_mail_written_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t mail_mail_written_encode(const struct mail_mail_written *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&mail_mail_written_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status mail_mail_written_decode(
    const uint8_t *bytes, size_t size, struct mail_mail_written *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&mail_mail_written_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status mail_mail_written_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &mail_mail_written_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome mail_mail_written_publish(
    struct bus *bus, const struct mail_mail_written *message)
{
    return bus_publish_message(bus, &mail_mail_written_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome mail_mail_written_publish_with(
    struct bus *bus, const struct mail_mail_written *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &mail_mail_written_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome mail_mail_written_publish_many(
    struct bus *bus, const struct mail_mail_written *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &mail_mail_written_type, messages, sizeof(struct mail_mail_written), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome mail_mail_written_publish_and_wait(
    struct bus *bus, const struct mail_mail_written *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &mail_mail_written_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status mail_mail_written_schedule(
    struct bus *bus, const struct mail_mail_written *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &mail_mail_written_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status mail_mail_written_schedule_with(
    struct bus *bus, const struct mail_mail_written *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &mail_mail_written_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome mail_mail_written_claim(
    struct bus *bus, const struct mail_mail_written *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &mail_mail_written_type, shape, options, claim);
}
static inline enum bus_verdict mail_mail_written_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((mail_mail_written_batch_handler)handler)(context, (const struct mail_mail_written *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status mail_mail_written_subscribe(
    struct bus *bus, mail_mail_written_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &mail_mail_written_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status mail_mail_written_unsubscribe(
    struct bus *bus, mail_mail_written_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &mail_mail_written_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status mail_mail_written_subscribe_batch(
    struct bus *bus, mail_mail_written_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &mail_mail_written_type, mail_mail_written_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status mail_mail_written_unsubscribe_batch(
    struct bus *bus, mail_mail_written_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &mail_mail_written_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view mail_mail_written_view(const uint8_t *bytes)
{
    return bus_view_root(mail_mail_written_type.codec.table, bytes);
}
static inline struct bus_string mail_mail_written_view_to(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline struct bus_string mail_mail_written_view_text(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

static inline char *mail_mail_written_claim_to(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}
static inline char *mail_mail_written_claim_text(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

#ifdef __cplusplus
}
#endif

#endif
