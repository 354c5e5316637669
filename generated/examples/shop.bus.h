/*
 * shop.bus.h - written by busgen from shop.bus (bus shop, version 3). Do not edit: change the
 * schema and run busgen again.
 *
 * Orders, payments and stock of one shop.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef SHOP_BUS_H
#define SHOP_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "shop.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema shop_schema __asm__("shop_schema_v3_e2c270c1");

/* Lines of one order, at most. */
#define SHOP_LINES_MAX UINT32_C(256)

/* Where an order stands. */
enum shop_order_state BUS_ENUM_BASE {
    SHOP_ORDER_STATE_OPEN = 0,
    SHOP_ORDER_STATE_PAID = 1,
    SHOP_ORDER_STATE_CANCELLED = 2,
    SHOP_ORDER_STATE_BILLED = 3,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *shop_order_state_name(enum shop_order_state value);

/* Why an order could not be accepted. */
enum shop_refusal BUS_ENUM_BASE {
    SHOP_REFUSAL_OUT_OF_STOCK = 0,
    SHOP_REFUSAL_UNKNOWN_ARTICLE = 1,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *shop_refusal_name(enum shop_refusal value);

/*
 * An amount in the smallest unit of its currency (cents), with the currency's ISO 4217 number.
 */
struct shop_money {
    int64_t amount;
    uint16_t currency;
};

/* One article of an order. */
struct shop_line {
    struct bus_string sku; /* at most 64 bytes */
    uint32_t quantity;
    struct shop_money price;
};
struct shop_line_slice {
    const struct shop_line *data;
    uint32_t size;
};

struct shop_card {
    struct bus_string token; /* at most 128 bytes; secret: never printed */
};

struct shop_invoice {
    int64_t due_at_ns;
};

enum shop_payment_type BUS_ENUM_BASE {
    SHOP_PAYMENT_NONE = 0,
    SHOP_PAYMENT_CARD = 1,
    SHOP_PAYMENT_INVOICE = 2,
};
/*
 * How an order is paid.
 * `type` says which member counts. Another number is that of an arm of a newer version:
 * there is something that nobody here can read. The members are zero then, and it is
 * refused when it is to be sent on.
 */
struct shop_payment {
    enum shop_payment_type type;
    union {
        struct shop_card card;
        struct shop_invoice invoice;
    };
};

/* ---- event order_placed ---- */

/*
 * An order was accepted: all of its articles are reserved. It is on disk before anybody hears so.
 */
struct shop_order_placed {
    uint64_t order_id; /* key */
    struct bus_string customer; /* at most 128 bytes */
    struct shop_line_slice lines; /* at most 256 */
    struct shop_payment payment;
    struct bus_opt_u8 discount;
    struct bus_opt_string coupon; /* at most 32 bytes; since version 2 */
};

extern const struct bus_message_type shop_order_placed_type __asm__("shop_order_placed_type_v3_e2c270c1");
enum {
    SHOP_ORDER_PLACED_SIZE_MAX = 30088, /* bytes of the largest one, packed */
    SHOP_ORDER_PLACED_SCRATCH_MAX = 10240, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_order_placed_handler)(
    void *context, const struct shop_order_placed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*shop_order_placed_batch_handler)(
    void *context, const struct shop_order_placed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_order_placed_init(struct shop_order_placed *message)
{
    bus_wire_init(shop_order_placed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_order_placed_compare(const struct shop_order_placed *a, const struct shop_order_placed *b)
{
    return bus_wire_compare(shop_order_placed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_order_placed_print(const struct shop_order_placed *message, char *text, size_t size)
{
    return bus_wire_print(shop_order_placed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_order_placed_encode(const struct shop_order_placed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_order_placed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_order_placed_decode(
    const uint8_t *bytes, size_t size, struct shop_order_placed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_order_placed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_order_placed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_order_placed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_publish(
    struct bus *bus, const struct shop_order_placed *message)
{
    return bus_publish_message(bus, &shop_order_placed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_publish_with(
    struct bus *bus, const struct shop_order_placed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &shop_order_placed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_publish_many(
    struct bus *bus, const struct shop_order_placed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &shop_order_placed_type, messages, sizeof(struct shop_order_placed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_publish_and_wait(
    struct bus *bus, const struct shop_order_placed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &shop_order_placed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status shop_order_placed_schedule(
    struct bus *bus, const struct shop_order_placed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_placed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status shop_order_placed_schedule_with(
    struct bus *bus, const struct shop_order_placed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_placed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_claim(
    struct bus *bus, const struct shop_order_placed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &shop_order_placed_type, shape, options, claim);
}
static inline enum bus_verdict shop_order_placed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((shop_order_placed_batch_handler)handler)(context, (const struct shop_order_placed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_order_placed_subscribe(
    struct bus *bus, shop_order_placed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_order_placed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_order_placed_unsubscribe(
    struct bus *bus, shop_order_placed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_placed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status shop_order_placed_subscribe_batch(
    struct bus *bus, shop_order_placed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &shop_order_placed_type, shop_order_placed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status shop_order_placed_unsubscribe_batch(
    struct bus *bus, shop_order_placed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_placed_type, (bus_function)handler, context, session);
}

/* Does not wait for the disk; `done` tells the end. bus_publish_message_later. */
BUS_MUST_USE static inline enum bus_outcome shop_order_placed_publish_later(
    struct bus *bus, const struct shop_order_placed *message, const struct bus_message_options *options,
    bus_durable_done done, void *context)
{
    return bus_publish_message_later(bus, &shop_order_placed_type, message, options, done, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_order_placed_view(const uint8_t *bytes)
{
    return bus_view_root(shop_order_placed_type.codec.table, bytes);
}
static inline uint64_t shop_order_placed_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string shop_order_placed_view_customer(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline uint8_t shop_order_placed_view_discount(struct bus_view view)
{
    return (uint8_t)bus_view_u64(view, 6);
}
static inline struct bus_string shop_order_placed_view_coupon(struct bus_view view)
{
    return bus_view_string(view, 7);
}
#endif

static inline char *shop_order_placed_claim_customer(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}
static inline char *shop_order_placed_claim_coupon(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 7, size);
}

/* ---- event order_refused ---- */

/* An order was not accepted; nothing is reserved for it. */
struct shop_order_refused {
    uint64_t order_id; /* key */
    struct bus_string sku; /* at most 64 bytes */
    enum shop_refusal reason;
};

extern const struct bus_message_type shop_order_refused_type __asm__("shop_order_refused_type_v3_e2c270c1");
enum {
    SHOP_ORDER_REFUSED_SIZE_MAX = 112, /* bytes of the largest one, packed */
    SHOP_ORDER_REFUSED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_order_refused_handler)(
    void *context, const struct shop_order_refused *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*shop_order_refused_batch_handler)(
    void *context, const struct shop_order_refused *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_order_refused_init(struct shop_order_refused *message)
{
    bus_wire_init(shop_order_refused_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_order_refused_compare(const struct shop_order_refused *a, const struct shop_order_refused *b)
{
    return bus_wire_compare(shop_order_refused_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_order_refused_print(const struct shop_order_refused *message, char *text, size_t size)
{
    return bus_wire_print(shop_order_refused_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_order_refused_encode(const struct shop_order_refused *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_order_refused_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_order_refused_decode(
    const uint8_t *bytes, size_t size, struct shop_order_refused *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_order_refused_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_order_refused_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_order_refused_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome shop_order_refused_publish(
    struct bus *bus, const struct shop_order_refused *message)
{
    return bus_publish_message(bus, &shop_order_refused_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome shop_order_refused_publish_with(
    struct bus *bus, const struct shop_order_refused *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &shop_order_refused_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome shop_order_refused_publish_many(
    struct bus *bus, const struct shop_order_refused *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &shop_order_refused_type, messages, sizeof(struct shop_order_refused), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome shop_order_refused_publish_and_wait(
    struct bus *bus, const struct shop_order_refused *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &shop_order_refused_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status shop_order_refused_schedule(
    struct bus *bus, const struct shop_order_refused *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_refused_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status shop_order_refused_schedule_with(
    struct bus *bus, const struct shop_order_refused *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_refused_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome shop_order_refused_claim(
    struct bus *bus, const struct shop_order_refused *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &shop_order_refused_type, shape, options, claim);
}
static inline enum bus_verdict shop_order_refused_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((shop_order_refused_batch_handler)handler)(context, (const struct shop_order_refused *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_order_refused_subscribe(
    struct bus *bus, shop_order_refused_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_order_refused_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_order_refused_unsubscribe(
    struct bus *bus, shop_order_refused_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_refused_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status shop_order_refused_subscribe_batch(
    struct bus *bus, shop_order_refused_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &shop_order_refused_type, shop_order_refused_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status shop_order_refused_unsubscribe_batch(
    struct bus *bus, shop_order_refused_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_refused_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_order_refused_view(const uint8_t *bytes)
{
    return bus_view_root(shop_order_refused_type.codec.table, bytes);
}
static inline uint64_t shop_order_refused_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string shop_order_refused_view_sku(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline enum shop_refusal shop_order_refused_view_reason(struct bus_view view)
{
    return (enum shop_refusal)bus_view_i64(view, 3);
}
#endif

static inline char *shop_order_refused_claim_sku(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 2, size);
}

/* ---- event payment_due ---- */

/*
 * A card is to be charged. Whoever does it may be away for a while: then it is tried again, after
 * three failures not at all for 20 ms, and what comes meanwhile waits. Nothing of it gets lost.
 */
struct shop_payment_due {
    uint64_t order_id; /* key */
    struct shop_money total;
    struct shop_card card;
};

extern const struct bus_message_type shop_payment_due_type __asm__("shop_payment_due_type_v3_e2c270c1");
enum {
    SHOP_PAYMENT_DUE_SIZE_MAX = 204, /* bytes of the largest one, packed */
    SHOP_PAYMENT_DUE_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_payment_due_handler)(
    void *context, const struct shop_payment_due *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*shop_payment_due_batch_handler)(
    void *context, const struct shop_payment_due *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_payment_due_init(struct shop_payment_due *message)
{
    bus_wire_init(shop_payment_due_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_payment_due_compare(const struct shop_payment_due *a, const struct shop_payment_due *b)
{
    return bus_wire_compare(shop_payment_due_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_payment_due_print(const struct shop_payment_due *message, char *text, size_t size)
{
    return bus_wire_print(shop_payment_due_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_payment_due_encode(const struct shop_payment_due *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_payment_due_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_payment_due_decode(
    const uint8_t *bytes, size_t size, struct shop_payment_due *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_payment_due_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_payment_due_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_payment_due_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_publish(
    struct bus *bus, const struct shop_payment_due *message)
{
    return bus_publish_message(bus, &shop_payment_due_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_publish_with(
    struct bus *bus, const struct shop_payment_due *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &shop_payment_due_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_publish_many(
    struct bus *bus, const struct shop_payment_due *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &shop_payment_due_type, messages, sizeof(struct shop_payment_due), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_publish_and_wait(
    struct bus *bus, const struct shop_payment_due *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &shop_payment_due_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status shop_payment_due_schedule(
    struct bus *bus, const struct shop_payment_due *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &shop_payment_due_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status shop_payment_due_schedule_with(
    struct bus *bus, const struct shop_payment_due *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &shop_payment_due_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_claim(
    struct bus *bus, const struct shop_payment_due *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &shop_payment_due_type, shape, options, claim);
}
static inline enum bus_verdict shop_payment_due_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((shop_payment_due_batch_handler)handler)(context, (const struct shop_payment_due *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_payment_due_subscribe(
    struct bus *bus, shop_payment_due_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_payment_due_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_payment_due_unsubscribe(
    struct bus *bus, shop_payment_due_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_payment_due_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status shop_payment_due_subscribe_batch(
    struct bus *bus, shop_payment_due_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &shop_payment_due_type, shop_payment_due_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status shop_payment_due_unsubscribe_batch(
    struct bus *bus, shop_payment_due_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_payment_due_type, (bus_function)handler, context, session);
}

/* Does not wait for the disk; `done` tells the end. bus_publish_message_later. */
BUS_MUST_USE static inline enum bus_outcome shop_payment_due_publish_later(
    struct bus *bus, const struct shop_payment_due *message, const struct bus_message_options *options,
    bus_durable_done done, void *context)
{
    return bus_publish_message_later(bus, &shop_payment_due_type, message, options, done, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_payment_due_view(const uint8_t *bytes)
{
    return bus_view_root(shop_payment_due_type.codec.table, bytes);
}
static inline uint64_t shop_payment_due_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
#endif


/* ---- event order_settled ---- */

/* The bill of an order was made, and paid if it is paid by card. */
struct shop_order_settled {
    uint64_t order_id; /* key */
    enum shop_order_state state;
    struct shop_money total;
};

extern const struct bus_message_type shop_order_settled_type __asm__("shop_order_settled_type_v3_e2c270c1");
enum {
    SHOP_ORDER_SETTLED_SIZE_MAX = 52, /* bytes of the largest one, packed */
    SHOP_ORDER_SETTLED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_order_settled_handler)(
    void *context, const struct shop_order_settled *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*shop_order_settled_batch_handler)(
    void *context, const struct shop_order_settled *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_order_settled_init(struct shop_order_settled *message)
{
    bus_wire_init(shop_order_settled_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_order_settled_compare(const struct shop_order_settled *a, const struct shop_order_settled *b)
{
    return bus_wire_compare(shop_order_settled_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_order_settled_print(const struct shop_order_settled *message, char *text, size_t size)
{
    return bus_wire_print(shop_order_settled_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_order_settled_encode(const struct shop_order_settled *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_order_settled_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_order_settled_decode(
    const uint8_t *bytes, size_t size, struct shop_order_settled *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_order_settled_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_order_settled_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_order_settled_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_publish(
    struct bus *bus, const struct shop_order_settled *message)
{
    return bus_publish_message(bus, &shop_order_settled_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_publish_with(
    struct bus *bus, const struct shop_order_settled *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &shop_order_settled_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_publish_many(
    struct bus *bus, const struct shop_order_settled *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &shop_order_settled_type, messages, sizeof(struct shop_order_settled), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_publish_and_wait(
    struct bus *bus, const struct shop_order_settled *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &shop_order_settled_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status shop_order_settled_schedule(
    struct bus *bus, const struct shop_order_settled *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_settled_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status shop_order_settled_schedule_with(
    struct bus *bus, const struct shop_order_settled *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &shop_order_settled_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_claim(
    struct bus *bus, const struct shop_order_settled *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &shop_order_settled_type, shape, options, claim);
}
static inline enum bus_verdict shop_order_settled_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((shop_order_settled_batch_handler)handler)(context, (const struct shop_order_settled *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_order_settled_subscribe(
    struct bus *bus, shop_order_settled_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_order_settled_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_order_settled_unsubscribe(
    struct bus *bus, shop_order_settled_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_settled_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status shop_order_settled_subscribe_batch(
    struct bus *bus, shop_order_settled_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &shop_order_settled_type, shop_order_settled_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status shop_order_settled_unsubscribe_batch(
    struct bus *bus, shop_order_settled_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_order_settled_type, (bus_function)handler, context, session);
}

/* Does not wait for the disk; `done` tells the end. bus_publish_message_later. */
BUS_MUST_USE static inline enum bus_outcome shop_order_settled_publish_later(
    struct bus *bus, const struct shop_order_settled *message, const struct bus_message_options *options,
    bus_durable_done done, void *context)
{
    return bus_publish_message_later(bus, &shop_order_settled_type, message, options, done, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_order_settled_view(const uint8_t *bytes)
{
    return bus_view_root(shop_order_settled_type.codec.table, bytes);
}
static inline uint64_t shop_order_settled_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline enum shop_order_state shop_order_settled_view_state(struct bus_view view)
{
    return (enum shop_order_state)bus_view_i64(view, 2);
}
#endif


/* ---- event stock_changed ---- */

/* The stock of an article is now `left`. Only the newest matters, so old ones may go. */
struct shop_stock_changed {
    struct bus_string sku; /* at most 64 bytes; key */
    uint32_t left;
};

extern const struct bus_message_type shop_stock_changed_type __asm__("shop_stock_changed_type_v3_e2c270c1");
enum {
    SHOP_STOCK_CHANGED_SIZE_MAX = 96, /* bytes of the largest one, packed */
    SHOP_STOCK_CHANGED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_stock_changed_handler)(
    void *context, const struct shop_stock_changed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*shop_stock_changed_batch_handler)(
    void *context, const struct shop_stock_changed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_stock_changed_init(struct shop_stock_changed *message)
{
    bus_wire_init(shop_stock_changed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_stock_changed_compare(const struct shop_stock_changed *a, const struct shop_stock_changed *b)
{
    return bus_wire_compare(shop_stock_changed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_stock_changed_print(const struct shop_stock_changed *message, char *text, size_t size)
{
    return bus_wire_print(shop_stock_changed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_stock_changed_encode(const struct shop_stock_changed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_stock_changed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_stock_changed_decode(
    const uint8_t *bytes, size_t size, struct shop_stock_changed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_stock_changed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_stock_changed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_stock_changed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome shop_stock_changed_publish(
    struct bus *bus, const struct shop_stock_changed *message)
{
    return bus_publish_message(bus, &shop_stock_changed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome shop_stock_changed_publish_with(
    struct bus *bus, const struct shop_stock_changed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &shop_stock_changed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome shop_stock_changed_publish_many(
    struct bus *bus, const struct shop_stock_changed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &shop_stock_changed_type, messages, sizeof(struct shop_stock_changed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome shop_stock_changed_publish_and_wait(
    struct bus *bus, const struct shop_stock_changed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &shop_stock_changed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status shop_stock_changed_schedule(
    struct bus *bus, const struct shop_stock_changed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &shop_stock_changed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status shop_stock_changed_schedule_with(
    struct bus *bus, const struct shop_stock_changed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &shop_stock_changed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome shop_stock_changed_claim(
    struct bus *bus, const struct shop_stock_changed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &shop_stock_changed_type, shape, options, claim);
}
static inline enum bus_verdict shop_stock_changed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((shop_stock_changed_batch_handler)handler)(context, (const struct shop_stock_changed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_stock_changed_subscribe(
    struct bus *bus, shop_stock_changed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_stock_changed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_stock_changed_unsubscribe(
    struct bus *bus, shop_stock_changed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_stock_changed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status shop_stock_changed_subscribe_batch(
    struct bus *bus, shop_stock_changed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &shop_stock_changed_type, shop_stock_changed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status shop_stock_changed_unsubscribe_batch(
    struct bus *bus, shop_stock_changed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_stock_changed_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_stock_changed_view(const uint8_t *bytes)
{
    return bus_view_root(shop_stock_changed_type.codec.table, bytes);
}
static inline struct bus_string shop_stock_changed_view_sku(struct bus_view view)
{
    return bus_view_string(view, 1);
}
static inline uint32_t shop_stock_changed_view_left(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 2);
}
#endif

static inline char *shop_stock_changed_claim_sku(const struct bus_claim *claim, uint32_t *size)
{
    return (char *)(void *)bus_claim_field(claim, 1, size);
}

/* ---- command reserve_stock ---- */

/*
 * Puts a quantity of an article aside for an order. Asked twice for the same order and article, it
 * reserves once.
 */
struct shop_reserve_stock {
    uint64_t order_id; /* key */
    struct bus_string sku; /* at most 64 bytes */
    uint32_t quantity;
};

extern const struct bus_message_type shop_reserve_stock_type __asm__("shop_reserve_stock_type_v3_e2c270c1");
enum {
    SHOP_RESERVE_STOCK_SIZE_MAX = 112, /* bytes of the largest one, packed */
    SHOP_RESERVE_STOCK_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_reserve_stock_handler)(
    void *context, const struct shop_reserve_stock *message, struct bus_delivery *delivery);

struct shop_reserve_stock_ok {
    uint64_t reservation_id;
    int64_t expires_at_ns;
    struct shop_money price;
};

struct shop_reserve_stock_out_of_stock {
    uint32_t available;
};

enum shop_reserve_stock_answer BUS_ENUM_BASE {
    SHOP_RESERVE_STOCK_NO_ANSWER = 0,
    SHOP_RESERVE_STOCK_OK = 1,
    SHOP_RESERVE_STOCK_OUT_OF_STOCK = 2,
    SHOP_RESERVE_STOCK_UNKNOWN_SKU = 3,
};
/* What a command came to. When run.outcome is BUS_ANSWERED, `answer` says which member
 * counts. It holds its own bytes: do not copy it and drop the original. */
struct shop_reserve_stock_result {
    struct bus_run run;
    enum shop_reserve_stock_answer answer;
    union {
        struct shop_reserve_stock_ok ok;
        struct shop_reserve_stock_out_of_stock out_of_stock;
    };
    uint64_t bytes[7];
};
/* Called once with the result, which is valid during the call. */
typedef void (*shop_reserve_stock_completion)(void *context, const struct shop_reserve_stock_result *result);
/* For shop_reserve_stock_execute_async: calls a completion as what it is. */
void shop_reserve_stock_complete(bus_function callback, void *context, const void *result);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_reserve_stock_init(struct shop_reserve_stock *message)
{
    bus_wire_init(shop_reserve_stock_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_reserve_stock_compare(const struct shop_reserve_stock *a, const struct shop_reserve_stock *b)
{
    return bus_wire_compare(shop_reserve_stock_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_reserve_stock_print(const struct shop_reserve_stock *message, char *text, size_t size)
{
    return bus_wire_print(shop_reserve_stock_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_reserve_stock_encode(const struct shop_reserve_stock *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_reserve_stock_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_decode(
    const uint8_t *bytes, size_t size, struct shop_reserve_stock *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_reserve_stock_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_reserve_stock_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_reserve_stock_type, account);
}

/* How a handler ends: `return` what one of these gives. */
BUS_MUST_USE static inline enum bus_verdict shop_reserve_stock_return(
    struct bus_delivery *delivery, const struct shop_reserve_stock_ok *answer)
{
    return bus_answer(delivery, &shop_reserve_stock_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_verdict shop_reserve_stock_fail_out_of_stock(
    struct bus_delivery *delivery, const struct shop_reserve_stock_out_of_stock *answer)
{
    return bus_answer(delivery, &shop_reserve_stock_type, 1, answer);
}
BUS_MUST_USE static inline enum bus_verdict shop_reserve_stock_fail_unknown_sku(
    struct bus_delivery *delivery)
{
    return bus_answer(delivery, &shop_reserve_stock_type, 2, NULL);
}
/* The same for a command that was deferred; what they return: bus_token_answer. */
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_complete_return(
    struct bus_token token, const struct shop_reserve_stock_ok *answer)
{
    return bus_token_answer(token, &shop_reserve_stock_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_complete_fail_out_of_stock(
    struct bus_token token, const struct shop_reserve_stock_out_of_stock *answer)
{
    return bus_token_answer(token, &shop_reserve_stock_type, 1, answer);
}
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_complete_fail_unknown_sku(
    struct bus_token token)
{
    return bus_token_answer(token, &shop_reserve_stock_type, 2, NULL);
}
/* The request of a deferred command; its slices point into `buffer`, 8-aligned, of
 * SHOP_RESERVE_STOCK_SIZE_MAX + SHOP_RESERVE_STOCK_SCRATCH_MAX + 16 bytes. */
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_deferred_request(
    struct bus_token token, struct shop_reserve_stock *request, void *buffer, size_t size)
{
    return bus_token_request(token, &shop_reserve_stock_type, request, buffer, size);
}
/* Makes `handler` the one that answers; `context` must live until _unhandle or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_reserve_stock_handle(
    struct bus *bus, shop_reserve_stock_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_reserve_stock_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_reserve_stock_unhandle(
    struct bus *bus, shop_reserve_stock_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_reserve_stock_type, (bus_function)handler, context, session);
}
/* Runs the handler and waits for its answer, up to the deadline. */
BUS_MUST_USE static inline enum bus_outcome shop_reserve_stock_execute(
    struct bus *bus, const struct shop_reserve_stock *request, struct shop_reserve_stock_result *result)
{
    return bus_execute_message(bus, &shop_reserve_stock_type, request, NULL, result, NULL, 0);
}
BUS_MUST_USE static inline enum bus_outcome shop_reserve_stock_execute_with(
    struct bus *bus, const struct shop_reserve_stock *request, const struct bus_message_options *options,
    struct shop_reserve_stock_result *result)
{
    return bus_execute_message(bus, &shop_reserve_stock_type, request, options, result, NULL, 0);
}
/* The answer's bytes go to `buffer` (8-aligned; 56 bytes always suffice). */
BUS_MUST_USE static inline enum bus_outcome shop_reserve_stock_execute_into(
    struct bus *bus, const struct shop_reserve_stock *request, const struct bus_message_options *options,
    struct shop_reserve_stock_result *result, void *buffer, size_t size)
{
    return bus_execute_message(bus, &shop_reserve_stock_type, request, options, result, buffer, size);
}
/* Queues the command; when accepted, `completion` runs exactly once, on the worker of the
 * command's component. */
BUS_MUST_USE static inline enum bus_outcome shop_reserve_stock_execute_async(
    struct bus *bus, const struct shop_reserve_stock *request, const struct bus_message_options *options,
    shop_reserve_stock_completion completion, void *context)
{
    return bus_execute_message_async(bus, &shop_reserve_stock_type, request, options, shop_reserve_stock_complete,
                                     (bus_function)completion, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_reserve_stock_view(const uint8_t *bytes)
{
    return bus_view_root(shop_reserve_stock_type.codec.table, bytes);
}
static inline uint64_t shop_reserve_stock_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string shop_reserve_stock_view_sku(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline uint32_t shop_reserve_stock_view_quantity(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
#endif

/* ---- command release_stock ---- */

/* Gives back what reserve_stock put aside. */
struct shop_release_stock {
    uint64_t order_id; /* key */
    struct bus_string sku; /* at most 64 bytes */
};

extern const struct bus_message_type shop_release_stock_type __asm__("shop_release_stock_type_v3_e2c270c1");
enum {
    SHOP_RELEASE_STOCK_SIZE_MAX = 100, /* bytes of the largest one, packed */
    SHOP_RELEASE_STOCK_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_release_stock_handler)(
    void *context, const struct shop_release_stock *message, struct bus_delivery *delivery);

struct shop_release_stock_ok {
    uint32_t quantity;
};

enum shop_release_stock_answer BUS_ENUM_BASE {
    SHOP_RELEASE_STOCK_NO_ANSWER = 0,
    SHOP_RELEASE_STOCK_OK = 1,
    SHOP_RELEASE_STOCK_NOT_RESERVED = 2,
};
/* What a command came to. When run.outcome is BUS_ANSWERED, `answer` says which member
 * counts. It holds its own bytes: do not copy it and drop the original. */
struct shop_release_stock_result {
    struct bus_run run;
    enum shop_release_stock_answer answer;
    union {
        struct shop_release_stock_ok ok;
    };
    uint64_t bytes[3];
};
/* Called once with the result, which is valid during the call. */
typedef void (*shop_release_stock_completion)(void *context, const struct shop_release_stock_result *result);
/* For shop_release_stock_execute_async: calls a completion as what it is. */
void shop_release_stock_complete(bus_function callback, void *context, const void *result);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_release_stock_init(struct shop_release_stock *message)
{
    bus_wire_init(shop_release_stock_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_release_stock_compare(const struct shop_release_stock *a, const struct shop_release_stock *b)
{
    return bus_wire_compare(shop_release_stock_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_release_stock_print(const struct shop_release_stock *message, char *text, size_t size)
{
    return bus_wire_print(shop_release_stock_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_release_stock_encode(const struct shop_release_stock *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_release_stock_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_release_stock_decode(
    const uint8_t *bytes, size_t size, struct shop_release_stock *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_release_stock_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_release_stock_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_release_stock_type, account);
}

/* How a handler ends: `return` what one of these gives. */
BUS_MUST_USE static inline enum bus_verdict shop_release_stock_return(
    struct bus_delivery *delivery, const struct shop_release_stock_ok *answer)
{
    return bus_answer(delivery, &shop_release_stock_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_verdict shop_release_stock_fail_not_reserved(
    struct bus_delivery *delivery)
{
    return bus_answer(delivery, &shop_release_stock_type, 1, NULL);
}
/* The same for a command that was deferred; what they return: bus_token_answer. */
BUS_MUST_USE static inline enum bus_status shop_release_stock_complete_return(
    struct bus_token token, const struct shop_release_stock_ok *answer)
{
    return bus_token_answer(token, &shop_release_stock_type, 0, answer);
}
BUS_MUST_USE static inline enum bus_status shop_release_stock_complete_fail_not_reserved(
    struct bus_token token)
{
    return bus_token_answer(token, &shop_release_stock_type, 1, NULL);
}
/* The request of a deferred command; its slices point into `buffer`, 8-aligned, of
 * SHOP_RELEASE_STOCK_SIZE_MAX + SHOP_RELEASE_STOCK_SCRATCH_MAX + 16 bytes. */
BUS_MUST_USE static inline enum bus_status shop_release_stock_deferred_request(
    struct bus_token token, struct shop_release_stock *request, void *buffer, size_t size)
{
    return bus_token_request(token, &shop_release_stock_type, request, buffer, size);
}
/* Makes `handler` the one that answers; `context` must live until _unhandle or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_release_stock_handle(
    struct bus *bus, shop_release_stock_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_release_stock_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_release_stock_unhandle(
    struct bus *bus, shop_release_stock_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_release_stock_type, (bus_function)handler, context, session);
}
/* Runs the handler and waits for its answer, up to the deadline. */
BUS_MUST_USE static inline enum bus_outcome shop_release_stock_execute(
    struct bus *bus, const struct shop_release_stock *request, struct shop_release_stock_result *result)
{
    return bus_execute_message(bus, &shop_release_stock_type, request, NULL, result, NULL, 0);
}
BUS_MUST_USE static inline enum bus_outcome shop_release_stock_execute_with(
    struct bus *bus, const struct shop_release_stock *request, const struct bus_message_options *options,
    struct shop_release_stock_result *result)
{
    return bus_execute_message(bus, &shop_release_stock_type, request, options, result, NULL, 0);
}
/* The answer's bytes go to `buffer` (8-aligned; 24 bytes always suffice). */
BUS_MUST_USE static inline enum bus_outcome shop_release_stock_execute_into(
    struct bus *bus, const struct shop_release_stock *request, const struct bus_message_options *options,
    struct shop_release_stock_result *result, void *buffer, size_t size)
{
    return bus_execute_message(bus, &shop_release_stock_type, request, options, result, buffer, size);
}
/* Queues the command; when accepted, `completion` runs exactly once, on the worker of the
 * command's component. */
BUS_MUST_USE static inline enum bus_outcome shop_release_stock_execute_async(
    struct bus *bus, const struct shop_release_stock *request, const struct bus_message_options *options,
    shop_release_stock_completion completion, void *context)
{
    return bus_execute_message_async(bus, &shop_release_stock_type, request, options, shop_release_stock_complete,
                                     (bus_function)completion, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_release_stock_view(const uint8_t *bytes)
{
    return bus_view_root(shop_release_stock_type.codec.table, bytes);
}
static inline uint64_t shop_release_stock_view_order_id(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string shop_release_stock_view_sku(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

/* ---- command set_rate ---- */

/* From now on `per_10000` cents are billed for 10,000 of the smallest unit of a currency. */
struct shop_set_rate {
    uint16_t currency;
    uint32_t per_10000;
};

extern const struct bus_message_type shop_set_rate_type __asm__("shop_set_rate_type_v3_e2c270c1");
enum {
    SHOP_SET_RATE_SIZE_MAX = 24, /* bytes of the largest one, packed */
    SHOP_SET_RATE_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*shop_set_rate_handler)(
    void *context, const struct shop_set_rate *message, struct bus_delivery *delivery);

enum shop_set_rate_answer BUS_ENUM_BASE {
    SHOP_SET_RATE_NO_ANSWER = 0,
};
/* What a command came to. When run.outcome is BUS_ANSWERED, `answer` says which member
 * counts. Nothing to release. */
struct shop_set_rate_result {
    struct bus_run run;
    enum shop_set_rate_answer answer;
};
/* Called once with the result, which is valid during the call. */
typedef void (*shop_set_rate_completion)(void *context, const struct shop_set_rate_result *result);
/* For shop_set_rate_execute_async: calls a completion as what it is. */
void shop_set_rate_complete(bus_function callback, void *context, const void *result);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void shop_set_rate_init(struct shop_set_rate *message)
{
    bus_wire_init(shop_set_rate_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int shop_set_rate_compare(const struct shop_set_rate *a, const struct shop_set_rate *b)
{
    return bus_wire_compare(shop_set_rate_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t shop_set_rate_print(const struct shop_set_rate *message, char *text, size_t size)
{
    return bus_wire_print(shop_set_rate_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t shop_set_rate_encode(const struct shop_set_rate *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&shop_set_rate_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status shop_set_rate_decode(
    const uint8_t *bytes, size_t size, struct shop_set_rate *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&shop_set_rate_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status shop_set_rate_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &shop_set_rate_type, account);
}

/* The same for a command that was deferred; what they return: bus_token_answer. */
BUS_MUST_USE static inline enum bus_status shop_set_rate_complete_return(
    struct bus_token token)
{
    return bus_token_answer(token, &shop_set_rate_type, 0, NULL);
}
/* The request of a deferred command; its slices point into `buffer`, 8-aligned, of
 * SHOP_SET_RATE_SIZE_MAX + SHOP_SET_RATE_SCRATCH_MAX + 16 bytes. */
BUS_MUST_USE static inline enum bus_status shop_set_rate_deferred_request(
    struct bus_token token, struct shop_set_rate *request, void *buffer, size_t size)
{
    return bus_token_request(token, &shop_set_rate_type, request, buffer, size);
}
/* Makes `handler` the one that answers; `context` must live until _unhandle or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status shop_set_rate_handle(
    struct bus *bus, shop_set_rate_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &shop_set_rate_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status shop_set_rate_unhandle(
    struct bus *bus, shop_set_rate_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &shop_set_rate_type, (bus_function)handler, context, session);
}
/* Runs the handler and waits for its answer, up to the deadline. */
BUS_MUST_USE static inline enum bus_outcome shop_set_rate_execute(
    struct bus *bus, const struct shop_set_rate *request, struct shop_set_rate_result *result)
{
    return bus_execute_message(bus, &shop_set_rate_type, request, NULL, result, NULL, 0);
}
BUS_MUST_USE static inline enum bus_outcome shop_set_rate_execute_with(
    struct bus *bus, const struct shop_set_rate *request, const struct bus_message_options *options,
    struct shop_set_rate_result *result)
{
    return bus_execute_message(bus, &shop_set_rate_type, request, options, result, NULL, 0);
}
/* The answer's bytes go to `buffer` (8-aligned; 0 bytes always suffice). */
BUS_MUST_USE static inline enum bus_outcome shop_set_rate_execute_into(
    struct bus *bus, const struct shop_set_rate *request, const struct bus_message_options *options,
    struct shop_set_rate_result *result, void *buffer, size_t size)
{
    return bus_execute_message(bus, &shop_set_rate_type, request, options, result, buffer, size);
}
/* Queues the command; when accepted, `completion` runs exactly once, on the worker of the
 * command's component. */
BUS_MUST_USE static inline enum bus_outcome shop_set_rate_execute_async(
    struct bus *bus, const struct shop_set_rate *request, const struct bus_message_options *options,
    shop_set_rate_completion completion, void *context)
{
    return bus_execute_message_async(bus, &shop_set_rate_type, request, options, shop_set_rate_complete,
                                     (bus_function)completion, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view shop_set_rate_view(const uint8_t *bytes)
{
    return bus_view_root(shop_set_rate_type.codec.table, bytes);
}
static inline uint16_t shop_set_rate_view_currency(struct bus_view view)
{
    return (uint16_t)bus_view_u64(view, 1);
}
static inline uint32_t shop_set_rate_view_per_10000(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 2);
}
#endif

/* ---- component warehouse ---- */

/*
 * Keeps the stock. Ships what was ordered.
 * Serial: no two of its handlers run at once.
 */
struct shop_warehouse {
    shop_reserve_stock_handler reserve_stock;
    shop_release_stock_handler release_stock;
    shop_order_placed_handler on_order_placed;
};
extern const struct bus_component shop_warehouse_component __asm__("shop_warehouse_component_v3_e2c270c1");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status shop_warehouse_attach_with(
    struct bus *bus, const struct shop_warehouse *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[3] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &shop_warehouse_component, NULL, context, options);
    functions[0] = (bus_function)handlers->reserve_stock;
    functions[1] = (bus_function)handlers->release_stock;
    functions[2] = (bus_function)handlers->on_order_placed;
    return bus_component_attach(bus, &shop_warehouse_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status shop_warehouse_attach(
    struct bus *bus, const struct shop_warehouse *handlers, void *context)
{
    return shop_warehouse_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status shop_warehouse_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &shop_warehouse_component, context);
}

/* ---- component billing ---- */

/*
 * Makes the bills, and notes what has to be bought again.
 * Serial: no two of its handlers run at once.
 */
struct shop_billing {
    shop_set_rate_handler set_rate;
    shop_order_placed_handler on_order_placed;
    shop_stock_changed_handler on_stock_changed;
};
extern const struct bus_component shop_billing_component __asm__("shop_billing_component_v3_e2c270c1");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status shop_billing_attach_with(
    struct bus *bus, const struct shop_billing *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[3] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &shop_billing_component, NULL, context, options);
    functions[0] = (bus_function)handlers->set_rate;
    functions[1] = (bus_function)handlers->on_order_placed;
    functions[2] = (bus_function)handlers->on_stock_changed;
    return bus_component_attach(bus, &shop_billing_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status shop_billing_attach(
    struct bus *bus, const struct shop_billing *handlers, void *context)
{
    return shop_billing_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status shop_billing_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &shop_billing_component, context);
}

/* ---- component cashier ---- */

/*
 * Charges cards, through a gateway outside of the shop.
 * Serial: no two of its handlers run at once.
 */
struct shop_cashier {
    shop_payment_due_handler on_payment_due;
};
extern const struct bus_component shop_cashier_component __asm__("shop_cashier_component_v3_e2c270c1");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status shop_cashier_attach_with(
    struct bus *bus, const struct shop_cashier *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[1] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &shop_cashier_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_payment_due;
    return bus_component_attach(bus, &shop_cashier_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status shop_cashier_attach(
    struct bus *bus, const struct shop_cashier *handlers, void *context)
{
    return shop_cashier_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status shop_cashier_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &shop_cashier_component, context);
}

/* ---- component books ---- */

/*
 * Writes down how each order ended, once.
 * Serial: no two of its handlers run at once.
 */
struct shop_books {
    shop_order_settled_handler on_order_settled;
    shop_order_refused_handler on_order_refused;
};
extern const struct bus_component shop_books_component __asm__("shop_books_component_v3_e2c270c1");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status shop_books_attach_with(
    struct bus *bus, const struct shop_books *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[2] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &shop_books_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_order_settled;
    functions[1] = (bus_function)handlers->on_order_refused;
    return bus_component_attach(bus, &shop_books_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status shop_books_attach(
    struct bus *bus, const struct shop_books *handlers, void *context)
{
    return shop_books_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status shop_books_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &shop_books_component, context);
}

/* ---- component audit ---- */

/*
 * Counts everything once more, on any worker.
 * Concurrent: its handlers may run at the same time, on any worker and on callers'
 * threads; what the context points to must be thread-safe.
 */
struct shop_audit {
    shop_order_placed_handler on_order_placed;
    shop_order_refused_handler on_order_refused;
    shop_order_settled_handler on_order_settled;
};
extern const struct bus_component shop_audit_component __asm__("shop_audit_component_v3_e2c270c1");
/* Registers all handlers or none; an event's may be NULL. (`context`, component) names the
 * attachment. See bus_component_attach for what it returns. */
BUS_MUST_USE static inline enum bus_status shop_audit_attach_with(
    struct bus *bus, const struct shop_audit *handlers, void *context,
    const struct bus_handler_options *options)
{
    bus_function functions[3] = {0};

    if (handlers == NULL)
        return bus_component_attach(bus, &shop_audit_component, NULL, context, options);
    functions[0] = (bus_function)handlers->on_order_placed;
    functions[1] = (bus_function)handlers->on_order_refused;
    functions[2] = (bus_function)handlers->on_order_settled;
    return bus_component_attach(bus, &shop_audit_component, functions, context, options);
}
BUS_MUST_USE static inline enum bus_status shop_audit_attach(
    struct bus *bus, const struct shop_audit *handlers, void *context)
{
    return shop_audit_attach_with(bus, handlers, context, NULL);
}
static inline enum bus_status shop_audit_detach(struct bus *bus, void *context)
{
    return bus_component_detach(bus, &shop_audit_component, context);
}

/* ---- program shop_server ---- */

/* What each component's handlers get as their context. */
struct shop_server_contexts {
    void *warehouse;
    void *billing;
    void *cashier;
    void *books;
    void *audit;
};
/* You write these. One that is missing is an error of the linker. */
enum bus_verdict shop_warehouse_reserve_stock(
    void *context, const struct shop_reserve_stock *request, struct bus_delivery *delivery);
enum bus_verdict shop_warehouse_release_stock(
    void *context, const struct shop_release_stock *request, struct bus_delivery *delivery);
enum bus_verdict shop_warehouse_on_order_placed(
    void *context, const struct shop_order_placed *event, struct bus_delivery *delivery);
enum bus_verdict shop_billing_set_rate(
    void *context, const struct shop_set_rate *request, struct bus_delivery *delivery);
enum bus_verdict shop_billing_on_order_placed(
    void *context, const struct shop_order_placed *event, struct bus_delivery *delivery);
enum bus_verdict shop_billing_on_stock_changed(
    void *context, const struct shop_stock_changed *event, struct bus_delivery *delivery);
enum bus_verdict shop_cashier_on_payment_due(
    void *context, const struct shop_payment_due *event, struct bus_delivery *delivery);
enum bus_verdict shop_books_on_order_settled(
    void *context, const struct shop_order_settled *event, struct bus_delivery *delivery);
enum bus_verdict shop_books_on_order_refused(
    void *context, const struct shop_order_refused *event, struct bus_delivery *delivery);
enum bus_verdict shop_audit_on_order_placed(
    void *context, const struct shop_order_placed *event, struct bus_delivery *delivery);
enum bus_verdict shop_audit_on_order_refused(
    void *context, const struct shop_order_refused *event, struct bus_delivery *delivery);
enum bus_verdict shop_audit_on_order_settled(
    void *context, const struct shop_order_settled *event, struct bus_delivery *delivery);
/* Opens a bus with the components attached; `contexts` NULL: all NULL. */
BUS_MUST_USE static inline enum bus_status shop_server_open(
    struct bus **bus, const struct bus_options *options,
    const struct shop_server_contexts *contexts)
{
    static const bus_function shop_warehouse_functions[] = {
        (bus_function)shop_warehouse_reserve_stock,
        (bus_function)shop_warehouse_release_stock,
        (bus_function)shop_warehouse_on_order_placed,
    };
    static const bus_function shop_billing_functions[] = {
        (bus_function)shop_billing_set_rate,
        (bus_function)shop_billing_on_order_placed,
        (bus_function)shop_billing_on_stock_changed,
    };
    static const bus_function shop_cashier_functions[] = {
        (bus_function)shop_cashier_on_payment_due,
    };
    static const bus_function shop_books_functions[] = {
        (bus_function)shop_books_on_order_settled,
        (bus_function)shop_books_on_order_refused,
    };
    static const bus_function shop_audit_functions[] = {
        (bus_function)shop_audit_on_order_placed,
        (bus_function)shop_audit_on_order_refused,
        (bus_function)shop_audit_on_order_settled,
    };
    static const struct bus_program_part parts[] = {
        {&shop_warehouse_component, shop_warehouse_functions},
        {&shop_billing_component, shop_billing_functions},
        {&shop_cashier_component, shop_cashier_functions},
        {&shop_books_component, shop_books_functions},
        {&shop_audit_component, shop_audit_functions},
    };
    static const struct bus_program program = {"shop.shop_server", &shop_schema, parts, 5};
    void *list[] = {
        contexts != NULL ? contexts->warehouse : NULL,
        contexts != NULL ? contexts->billing : NULL,
        contexts != NULL ? contexts->cashier : NULL,
        contexts != NULL ? contexts->books : NULL,
        contexts != NULL ? contexts->audit : NULL,
    };

    return bus_program_open(bus, options, sizeof(struct bus_options), &program, list,
                            BUS_ABI);
}

/* Descriptions of the types, for importing schemas and for tools. */
extern const struct bus_enum shop_order_state_enum __asm__("shop_order_state_enum_v3_e2c270c1");
extern const struct bus_enum shop_refusal_enum __asm__("shop_refusal_enum_v3_e2c270c1");
extern const struct bus_table shop_money_table __asm__("shop_money_table_v3_e2c270c1");
extern const struct bus_table shop_line_table __asm__("shop_line_table_v3_e2c270c1");
/* Sets every field to its default in the schema. */
static inline void shop_line_init(struct shop_line *value)
{
    bus_wire_init(&shop_line_table, value);
}
extern const struct bus_table shop_card_table __asm__("shop_card_table_v3_e2c270c1");
/* Sets every field to its default in the schema. */
static inline void shop_card_init(struct shop_card *value)
{
    bus_wire_init(&shop_card_table, value);
}
extern const struct bus_table shop_invoice_table __asm__("shop_invoice_table_v3_e2c270c1");
/* Sets every field to its default in the schema. */
static inline void shop_invoice_init(struct shop_invoice *value)
{
    bus_wire_init(&shop_invoice_table, value);
}
extern const struct bus_union shop_payment_union __asm__("shop_payment_union_v3_e2c270c1");

#ifdef __cplusplus
}
#endif

#endif
