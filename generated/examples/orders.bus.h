/*
 * orders.bus.h - written by busgen from orders.bus (bus orders, version 3). Do not edit: change the
 * schema and run busgen again.
 *
 * Orders of a small shop, today: it is paid in several currencies, and knows how to address people.
 *
 * Lifetime: strings, bytes and vectors in these structs are slices that own nothing. In a
 * message that you send they must stay valid until the call returns; the bus copies them. In
 * one that a handler reads they are valid until the handler returns. In a result they point
 * into the result itself.
 *
 * Defined before it is included, BUS_VIEWS adds functions that read fields of packed bytes.
 */
#ifndef ORDERS_BUS_H
#define ORDERS_BUS_H

#include <bus/schema.h>

#if BUS_ABI != 1
#error "orders.bus.h was written for BUS_ABI 1; run the busgen that belongs to this <bus/bus.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern const struct bus_schema orders_schema __asm__("orders_schema_v3_9430805f");

enum orders_currency BUS_ENUM_BASE {
    ORDERS_CURRENCY_NONE = 0,
    ORDERS_CURRENCY_EUR = 978,
    ORDERS_CURRENCY_USD = 840,
};
/* The name as in the schema; "?" for a value that it does not know: one of a newer
 * version keeps its number, and is sent on with it. */
const char *orders_currency_name(enum orders_currency value);

struct orders_money {
    int64_t minor;
    uint16_t currency;
};

struct orders_customer {
    struct bus_string first; /* at most 64 bytes */
    struct bus_string last; /* at most 64 bytes */
    struct bus_string greeting; /* at most 80 bytes */
};

/* ---- event placed ---- */

/* Somebody ordered. */
struct orders_placed {
    uint64_t number; /* key */
    struct orders_customer customer;
    struct orders_money price;
};

extern const struct bus_message_type orders_placed_type __asm__("orders_placed_type_v3_9430805f");
enum {
    ORDERS_PLACED_SIZE_MAX = 312, /* bytes of the largest one, packed */
    ORDERS_PLACED_SCRATCH_MAX = 0, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*orders_placed_handler)(
    void *context, const struct orders_placed *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*orders_placed_batch_handler)(
    void *context, const struct orders_placed *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void orders_placed_init(struct orders_placed *message)
{
    bus_wire_init(orders_placed_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int orders_placed_compare(const struct orders_placed *a, const struct orders_placed *b)
{
    return bus_wire_compare(orders_placed_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t orders_placed_print(const struct orders_placed *message, char *text, size_t size)
{
    return bus_wire_print(orders_placed_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t orders_placed_encode(const struct orders_placed *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&orders_placed_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status orders_placed_decode(
    const uint8_t *bytes, size_t size, struct orders_placed *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&orders_placed_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status orders_placed_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &orders_placed_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome orders_placed_publish(
    struct bus *bus, const struct orders_placed *message)
{
    return bus_publish_message(bus, &orders_placed_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome orders_placed_publish_with(
    struct bus *bus, const struct orders_placed *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &orders_placed_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome orders_placed_publish_many(
    struct bus *bus, const struct orders_placed *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &orders_placed_type, messages, sizeof(struct orders_placed), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome orders_placed_publish_and_wait(
    struct bus *bus, const struct orders_placed *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &orders_placed_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status orders_placed_schedule(
    struct bus *bus, const struct orders_placed *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &orders_placed_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status orders_placed_schedule_with(
    struct bus *bus, const struct orders_placed *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &orders_placed_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome orders_placed_claim(
    struct bus *bus, const struct orders_placed *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &orders_placed_type, shape, options, claim);
}
static inline enum bus_verdict orders_placed_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((orders_placed_batch_handler)handler)(context, (const struct orders_placed *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status orders_placed_subscribe(
    struct bus *bus, orders_placed_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &orders_placed_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status orders_placed_unsubscribe(
    struct bus *bus, orders_placed_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &orders_placed_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status orders_placed_subscribe_batch(
    struct bus *bus, orders_placed_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &orders_placed_type, orders_placed_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status orders_placed_unsubscribe_batch(
    struct bus *bus, orders_placed_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &orders_placed_type, (bus_function)handler, context, session);
}

/* Does not wait for the disk; `done` tells the end. bus_publish_message_later. */
BUS_MUST_USE static inline enum bus_outcome orders_placed_publish_later(
    struct bus *bus, const struct orders_placed *message, const struct bus_message_options *options,
    bus_durable_done done, void *context)
{
    return bus_publish_message_later(bus, &orders_placed_type, message, options, done, context);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view orders_placed_view(const uint8_t *bytes)
{
    return bus_view_root(orders_placed_type.codec.table, bytes);
}
static inline uint64_t orders_placed_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
#endif


/* ---- event reminded ---- */

/* Somebody is to be asked whether all is well. */
struct orders_reminded {
    uint64_t number;
    struct bus_slice_string words; /* at most 16, of 64 bytes */
};

extern const struct bus_message_type orders_reminded_type __asm__("orders_reminded_type_v3_9430805f");
enum {
    ORDERS_REMINDED_SIZE_MAX = 1248, /* bytes of the largest one, packed */
    ORDERS_REMINDED_SCRATCH_MAX = 256, /* of scratch, to decode it */
};
/* `message` and what it points to are valid until the handler returns. */
typedef enum bus_verdict (*orders_reminded_handler)(
    void *context, const struct orders_reminded *message, struct bus_delivery *delivery);
/* The same of many events at once: bus/batch.h. */
typedef enum bus_verdict (*orders_reminded_batch_handler)(
    void *context, const struct orders_reminded *events, uint32_t count, struct bus_batch *batch);

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void orders_reminded_init(struct orders_reminded *message)
{
    bus_wire_init(orders_reminded_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int orders_reminded_compare(const struct orders_reminded *a, const struct orders_reminded *b)
{
    return bus_wire_compare(orders_reminded_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t orders_reminded_print(const struct orders_reminded *message, char *text, size_t size)
{
    return bus_wire_print(orders_reminded_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t orders_reminded_encode(const struct orders_reminded *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&orders_reminded_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status orders_reminded_decode(
    const uint8_t *bytes, size_t size, struct orders_reminded *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&orders_reminded_type.codec, bytes, size, message, scratch, scratch_size);
}
/* What became of all messages of this type. */
static inline enum bus_status orders_reminded_account(struct bus *bus, struct bus_account *account)
{
    return bus_account(bus, &orders_reminded_type, account);
}

/* Copies the message into its lane. Any thread. Of these functions only _publish_and_wait, and
 * `when_full block` outside of handlers, wait. Outcomes: bus/bus.h. */
BUS_MUST_USE static inline enum bus_outcome orders_reminded_publish(
    struct bus *bus, const struct orders_reminded *message)
{
    return bus_publish_message(bus, &orders_reminded_type, message, NULL);
}
BUS_MUST_USE static inline enum bus_outcome orders_reminded_publish_with(
    struct bus *bus, const struct orders_reminded *message, const struct bus_message_options *options)
{
    return bus_publish_message(bus, &orders_reminded_type, message, options);
}
/* In order, up to the first that is not accepted; `accepted` (may be NULL): how many were. */
BUS_MUST_USE static inline enum bus_outcome orders_reminded_publish_many(
    struct bus *bus, const struct orders_reminded *messages, uint32_t count,
    const struct bus_message_options *options, uint32_t *accepted)
{
    return bus_publish_messages(bus, &orders_reminded_type, messages, sizeof(struct orders_reminded), count, options,
                                accepted);
}
/* Publishes, then waits until the bus is idle. */
BUS_MUST_USE static inline enum bus_outcome orders_reminded_publish_and_wait(
    struct bus *bus, const struct orders_reminded *message, const struct bus_message_options *options,
    uint64_t timeout_ns)
{
    return bus_publish_message_and_wait(bus, &orders_reminded_type, message, options, timeout_ns);
}
/* Publishes a copy later, once or again and again (bus/schedule.h). `id` (may be NULL) is
 * what bus_schedule_cancel takes. What it returns: bus_schedule_message. */
BUS_MUST_USE static inline enum bus_status orders_reminded_schedule(
    struct bus *bus, const struct orders_reminded *message, const struct bus_schedule *when,
    uint64_t *id)
{
    return bus_schedule_message(bus, &orders_reminded_type, message, NULL, when, id);
}
BUS_MUST_USE static inline enum bus_status orders_reminded_schedule_with(
    struct bus *bus, const struct orders_reminded *message, const struct bus_message_options *options,
    const struct bus_schedule *when, uint64_t *id)
{
    return bus_schedule_message(bus, &orders_reminded_type, message, options, when, id);
}
/* Zero-copy: reserves a message shaped as `shape` (slices with data NULL and a size are
 * reserved); fill it through the _claim_FIELD functions, then bus_claim_commit or _abort. */
BUS_MUST_USE static inline enum bus_outcome orders_reminded_claim(
    struct bus *bus, const struct orders_reminded *shape, const struct bus_message_options *options,
    struct bus_claim *claim)
{
    return bus_claim_message(bus, &orders_reminded_type, shape, options, claim);
}
static inline enum bus_verdict orders_reminded_invoke_batch(
    bus_function handler, void *context, const void *messages, uint32_t count,
    struct bus_batch *batch)
{
    return ((orders_reminded_batch_handler)handler)(context, (const struct orders_reminded *)messages, count,
                                       batch);
}
/* From now on `handler` runs for each; `context` must live until _unsubscribe or bus_close.
 * Serial unless `options` say otherwise. What it returns: bus_component_attach. */
BUS_MUST_USE static inline enum bus_status orders_reminded_subscribe(
    struct bus *bus, orders_reminded_handler handler, void *context,
    const struct bus_handler_options *options)
{
    return bus_register(bus, &orders_reminded_type, (bus_function)handler, context, options);
}
/* When it returns, the handler does not run and will not; see bus_component_detach. */
static inline enum bus_status orders_reminded_unsubscribe(
    struct bus *bus, orders_reminded_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &orders_reminded_type, (bus_function)handler, context, session);
}
/* The same for a handler that takes many at once: bus/batch.h. */
BUS_MUST_USE static inline enum bus_status orders_reminded_subscribe_batch(
    struct bus *bus, orders_reminded_batch_handler handler, void *context,
    const struct bus_batch_options *batch, const struct bus_handler_options *options)
{
    return bus_register_batch(bus, &orders_reminded_type, orders_reminded_invoke_batch, (bus_function)handler, context,
                              batch, options);
}
static inline enum bus_status orders_reminded_unsubscribe_batch(
    struct bus *bus, orders_reminded_batch_handler handler, void *context, struct bus_session session)
{
    return bus_unregister(bus, &orders_reminded_type, (bus_function)handler, context, session);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view orders_reminded_view(const uint8_t *bytes)
{
    return bus_view_root(orders_reminded_type.codec.table, bytes);
}
static inline uint64_t orders_reminded_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
#endif


/* ---- event placed, version 1: only read any more ---- */

struct orders_placed_v1 {
    uint64_t number; /* key */
    struct bus_string customer; /* at most 64 bytes */
    uint32_t cents;
};

extern const struct bus_message_type orders_placed_v1_type __asm__("orders_placed_v1_type_v3_9430805f");
enum {
    ORDERS_PLACED_V1_SIZE_MAX = 112, /* bytes of the largest one, packed */
    ORDERS_PLACED_V1_SCRATCH_MAX = 0, /* of scratch, to decode it */
};

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void orders_placed_v1_init(struct orders_placed_v1 *message)
{
    bus_wire_init(orders_placed_v1_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int orders_placed_v1_compare(const struct orders_placed_v1 *a, const struct orders_placed_v1 *b)
{
    return bus_wire_compare(orders_placed_v1_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t orders_placed_v1_print(const struct orders_placed_v1 *message, char *text, size_t size)
{
    return bus_wire_print(orders_placed_v1_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t orders_placed_v1_encode(const struct orders_placed_v1 *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&orders_placed_v1_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status orders_placed_v1_decode(
    const uint8_t *bytes, size_t size, struct orders_placed_v1 *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&orders_placed_v1_type.codec, bytes, size, message, scratch, scratch_size);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view orders_placed_v1_view(const uint8_t *bytes)
{
    return bus_view_root(orders_placed_v1_type.codec.table, bytes);
}
static inline uint64_t orders_placed_v1_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string orders_placed_v1_view_customer(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline uint32_t orders_placed_v1_view_cents(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 3);
}
#endif

/* ---- event placed, version 2: only read any more ---- */

struct orders_placed_v2 {
    uint64_t number; /* key */
    struct bus_string first; /* at most 64 bytes */
    struct bus_string last; /* at most 64 bytes */
    uint32_t cents;
};

extern const struct bus_message_type orders_placed_v2_type __asm__("orders_placed_v2_type_v3_9430805f");
enum {
    ORDERS_PLACED_V2_SIZE_MAX = 188, /* bytes of the largest one, packed */
    ORDERS_PLACED_V2_SCRATCH_MAX = 0, /* of scratch, to decode it */
};

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void orders_placed_v2_init(struct orders_placed_v2 *message)
{
    bus_wire_init(orders_placed_v2_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int orders_placed_v2_compare(const struct orders_placed_v2 *a, const struct orders_placed_v2 *b)
{
    return bus_wire_compare(orders_placed_v2_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t orders_placed_v2_print(const struct orders_placed_v2 *message, char *text, size_t size)
{
    return bus_wire_print(orders_placed_v2_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t orders_placed_v2_encode(const struct orders_placed_v2 *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&orders_placed_v2_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status orders_placed_v2_decode(
    const uint8_t *bytes, size_t size, struct orders_placed_v2 *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&orders_placed_v2_type.codec, bytes, size, message, scratch, scratch_size);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view orders_placed_v2_view(const uint8_t *bytes)
{
    return bus_view_root(orders_placed_v2_type.codec.table, bytes);
}
static inline uint64_t orders_placed_v2_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string orders_placed_v2_view_first(struct bus_view view)
{
    return bus_view_string(view, 2);
}
static inline struct bus_string orders_placed_v2_view_last(struct bus_view view)
{
    return bus_view_string(view, 3);
}
static inline uint32_t orders_placed_v2_view_cents(struct bus_view view)
{
    return (uint32_t)bus_view_u64(view, 4);
}
#endif

/* ---- event reminded, version 1: only read any more ---- */

struct orders_reminded_v1 {
    uint64_t number;
    struct bus_string text; /* at most 64 bytes */
};

extern const struct bus_message_type orders_reminded_v1_type __asm__("orders_reminded_v1_type_v3_9430805f");
enum {
    ORDERS_REMINDED_V1_SIZE_MAX = 100, /* bytes of the largest one, packed */
    ORDERS_REMINDED_V1_SCRATCH_MAX = 0, /* of scratch, to decode it */
};

/* Sets every field to its default in the schema: absent, empty, zero or the declared value. */
static inline void orders_reminded_v1_init(struct orders_reminded_v1 *message)
{
    bus_wire_init(orders_reminded_v1_type.codec.table, message);
}
/* Field by field; 0: equal. A total order. */
static inline int orders_reminded_v1_compare(const struct orders_reminded_v1 *a, const struct orders_reminded_v1 *b)
{
    return bus_wire_compare(orders_reminded_v1_type.codec.table, a, b);
}
/* One line of text, secrets hidden, cut to `size`; returns the uncut length as snprintf. */
static inline size_t orders_reminded_v1_print(const struct orders_reminded_v1 *message, char *text, size_t size)
{
    return bus_wire_print(orders_reminded_v1_type.codec.table, message, text, size);
}
/* Packs into `bytes` (8-aligned); returns the size, 0: refused (bus_last_error). */
static inline uint32_t orders_reminded_v1_encode(const struct orders_reminded_v1 *message, uint8_t *bytes, size_t capacity)
{
    return bus_encode(&orders_reminded_v1_type.codec, message, bytes, capacity);
}
/* Verifies and unpacks; the message points into `bytes` and `scratch`, both 8-aligned. */
BUS_MUST_USE static inline enum bus_status orders_reminded_v1_decode(
    const uint8_t *bytes, size_t size, struct orders_reminded_v1 *message, void *scratch, size_t scratch_size)
{
    return bus_decode(&orders_reminded_v1_type.codec, bytes, size, message, scratch, scratch_size);
}

#ifdef BUS_VIEWS
/* Fields of the packed message, without unpacking it. `bytes` are verified, or the bus's
 * own; an absent field reads as its default (bus_view_has tells). */
static inline struct bus_view orders_reminded_v1_view(const uint8_t *bytes)
{
    return bus_view_root(orders_reminded_v1_type.codec.table, bytes);
}
static inline uint64_t orders_reminded_v1_view_number(struct bus_view view)
{
    return (uint64_t)bus_view_u64(view, 1);
}
static inline struct bus_string orders_reminded_v1_view_text(struct bus_view view)
{
    return bus_view_string(view, 2);
}
#endif

/* ---- upgrades ---- */

/* You write these, one for each step from version to version; one that is missing is an error
 * of the linker. They run for messages that were written as an older version and are read now:
 * durable and scheduled events, dead letters, bytes of your own (_decode_any); on the thread
 * that reads them, so they neither wait nor call the bus. `newer` comes as its _init leaves it.
 * What it points to lies where `older` points to, or in bus_upgrade_memory(upgrading, size).
 * False: this one cannot be upgraded; it is treated as one that is damaged, and kept. */
/* placed, version 1 to 2. How it begins:
 *
 *     bool orders_placed_upgrade_v1(
 *         const struct orders_placed_v1 *older, struct orders_placed_v2 *newer,
 *         struct bus_upgrading *upgrading)
 *     {
 *         (void)upgrading;
 *         newer->number = older->number;
 *         // newer->first is new
 *         // newer->last is new
 *         newer->cents = older->cents;
 *         return true;
 *     }
 */
bool orders_placed_upgrade_v1(
    const struct orders_placed_v1 *older, struct orders_placed_v2 *newer,
    struct bus_upgrading *upgrading);
/* placed, version 2 to 3. How it begins:
 *
 *     bool orders_placed_upgrade_v2(
 *         const struct orders_placed_v2 *older, struct orders_placed *newer,
 *         struct bus_upgrading *upgrading)
 *     {
 *         (void)upgrading;
 *         newer->number = older->number;
 *         // newer->customer is new
 *         // newer->price is new
 *         return true;
 *     }
 */
bool orders_placed_upgrade_v2(
    const struct orders_placed_v2 *older, struct orders_placed *newer,
    struct bus_upgrading *upgrading);
/* reminded, version 1 to 2. How it begins:
 *
 *     bool orders_reminded_upgrade_v1(
 *         const struct orders_reminded_v1 *older, struct orders_reminded *newer,
 *         struct bus_upgrading *upgrading)
 *     {
 *         (void)upgrading;
 *         newer->number = older->number;
 *         // newer->words is new
 *         return true;
 *     }
 */
bool orders_reminded_upgrade_v1(
    const struct orders_reminded_v1 *older, struct orders_reminded *newer,
    struct bus_upgrading *upgrading);

/* As _decode, for bytes of any version, upgraded; `type_id` says which: the `id` of its type,
 * kept beside the bytes. bus_upgrade_scratch(&orders_placed_type) bytes of scratch always suffice.
 * What it returns: bus_upgrade_decode. */
BUS_MUST_USE static inline enum bus_status orders_placed_decode_any(
    uint64_t type_id, const uint8_t *bytes, size_t size, struct orders_placed *message, void *scratch,
    size_t scratch_size)
{
    return bus_upgrade_decode(&orders_placed_type, type_id, bytes, size, message, scratch, scratch_size);
}
/* As _decode, for bytes of any version, upgraded; `type_id` says which: the `id` of its type,
 * kept beside the bytes. bus_upgrade_scratch(&orders_reminded_type) bytes of scratch always suffice.
 * What it returns: bus_upgrade_decode. */
BUS_MUST_USE static inline enum bus_status orders_reminded_decode_any(
    uint64_t type_id, const uint8_t *bytes, size_t size, struct orders_reminded *message, void *scratch,
    size_t scratch_size)
{
    return bus_upgrade_decode(&orders_reminded_type, type_id, bytes, size, message, scratch, scratch_size);
}

/* Descriptions of the types, for importing schemas and for tools. */
extern const struct bus_enum orders_currency_enum __asm__("orders_currency_enum_v3_9430805f");
extern const struct bus_table orders_money_table __asm__("orders_money_table_v3_9430805f");
extern const struct bus_table orders_customer_table __asm__("orders_customer_table_v3_9430805f");
/* Sets every field to its default in the schema. */
static inline void orders_customer_init(struct orders_customer *value)
{
    bus_wire_init(&orders_customer_table, value);
}

#ifdef __cplusplus
}
#endif

#endif
