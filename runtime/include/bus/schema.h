/*
 * bus/schema.h - what generated code and the engine say to each other.
 *
 * Unstable: included by generated headers; use the typed functions there. The layout may change
 * with BUS_ABI.
 */
#ifndef BUS_SCHEMA_H
#define BUS_SCHEMA_H

#include <bus/batch.h>
#include <bus/bus.h>
#include <bus/durable.h>
#include <bus/schedule.h>
#include <bus/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A handler of any type; only ever called through the thunk of its message type. */
typedef void (*bus_function)(void);
/* Calls `handler` as what it is: `return ((typed)handler)(context, message, delivery);` */
typedef enum bus_verdict (*bus_invoke)(bus_function handler, void *context, const void *message,
                                       struct bus_delivery *delivery);
/* The same of a batch handler: `return ((typed)handler)(context, messages, count, batch);`
 * `messages` is an array of the message's struct. */
typedef enum bus_verdict (*bus_invoke_batch)(bus_function handler, void *context,
                                             const void *messages, uint32_t count,
                                             struct bus_batch *batch);

enum bus_when_full {
    BUS_FULL_REJECT_NEW,
    BUS_FULL_DROP_OLDEST,
    BUS_FULL_BLOCK,
    BUS_FULL_RATE_LIMIT,
    BUS_FULL_DEAD_LETTER,
};

enum {
    BUS_TYPE_IDEMPOTENT = 1 << 0,
    BUS_TYPE_CHECK_TEXT =
        1 << 1, /* strings are checked for UTF-8 at publish: it may leave the process */
    BUS_TYPE_DURABLE = 1 << 2,   /* on disk before it is accepted; goes with CHECK_TEXT */
    BUS_TYPE_KEEP_LAST = 1 << 3, /* a newer one replaces the undispatched one of its key; needs one.
                                    Not with drop_oldest, an `ordered` policy, or claims */
};

/* One answer of a command: its `returns` (index 0) or a `fails` arm, in order. */
struct bus_answer_type {
    const char *name;       /* "ok" for `returns`, else the arm */
    struct bus_codec codec; /* table NULL: carries nothing */
};

/* Where things are in a command's result struct, whose first member is `struct bus_run run`. */
struct bus_result_layout {
    uint32_t size;   /* sizeof the result */
    uint32_t answer; /* offset of the int-sized enum: 0 none, else answer index + 1 */
    uint32_t value;  /* offset of the union of answers */
    uint32_t bytes;  /* offset of its own 8-aligned bytes */
    uint32_t
        bytes_size; /* enough for the largest answer and its scratch; 0: only with _execute_into */
    uint32_t bytes_max; /* the same for _execute_into: the buffer that always suffices */
};

/* An upgrade that is under way. */
struct bus_upgrading;

/* How a message of version `from` becomes one of the version that this belongs to. */
struct bus_upgrade {
    const struct bus_message_type *from; /* has an id of its own, and a version that is lower */
    /* Calls the user's function as what it is. `newer` comes as its init leaves it. False: this
     * message cannot be upgraded. */
    bool (*apply)(const void *older, void *newer, struct bus_upgrading *upgrading);
};

/* One version of a message, constant; its address is its identity within a process. */
struct bus_message_type {
    const char *name; /* "shop.order_placed" */
    uint64_t id;      /* hash of the name; the same in every version of the schema */
    uint32_t schema_version;
    uint8_t kind;      /* enum bus_message_kind */
    uint8_t priority;  /* enum bus_priority */
    uint8_t when_full; /* enum bus_when_full */
    uint8_t flags;
    uint64_t block_ns;    /* BUS_FULL_BLOCK */
    uint64_t deadline_ns; /* 0: none */
    struct bus_codec codec;
    uint64_t (*key)(const void *message); /* hash of the field marked `key`; NULL: none */
    bus_invoke invoke;
    const struct bus_answer_type *answers; /* commands */
    uint32_t answer_count; /* 0: a command without `returns` and `fails`: BUS_DONE answers */
    struct bus_result_layout result;
    const struct bus_policy *policy; /* NULL: none declared */
    uint32_t version; /* of the message itself: N of `vN` in the schema, else 1; 0 is 1 */
    const struct bus_upgrade *upgrade; /* from the version before; NULL: there is none */
    uint64_t schema_fingerprint;       /* of the text that the schema was compiled from; 0: not
                                          known. Kept beside each message that is stored */
};

struct bus_schema {
    const char *name;
    uint32_t version;
    uint32_t abi;                                   /* BUS_ABI */
    const struct bus_message_type *const *messages; /* the newest version of each */
    uint32_t message_count;
    const struct bus_schema *const *imports;
    uint32_t import_count;
};

/* One `handles` or `listens` line of a component. */
struct bus_binding {
    const struct bus_message_type *type;
    const char *name; /* "shop.warehouse.reserve_stock" */
    uint8_t order;    /* enum bus_order */
    bool parallel;
    bus_invoke_batch invoke_batch; /* calls a batch handler; NULL: it is none */
    uint32_t batch_size;           /* 0: the default */
    uint64_t batch_ns;             /* 0: the default */
};

struct bus_component {
    const char *name; /* "shop.warehouse" */
    const struct bus_schema *schema;
    const struct bus_binding *bindings;
    uint32_t binding_count;
    bool concurrent;
    const struct bus_message_type *const *emits; /* what it says that its handlers publish */
    uint32_t emit_count;
};

/* A component wired by a `program`: its handlers are bound at build time. */
struct bus_program_part {
    const struct bus_component *component;
    const bus_function *functions; /* one per binding */
};
struct bus_program {
    const char *name; /* "shop.shop_server" */
    const struct bus_schema *schema;
    const struct bus_program_part *parts;
    uint32_t part_count;
};

/* ---- publish ---- */

/* All of them: thread-safe; `message` is read during the call only. Inside a handler, before
 * bus_start and on the thread of a polled bus they never wait. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_publish_message(struct bus *bus, const struct bus_message_type *type, const void *message,
                    const struct bus_message_options *options);
/* `count` messages `stride` bytes apart, in order, up to the first that is not accepted; `accepted`
 * (may be NULL) receives how many were. Returns the outcome of the last one tried; count 0:
 * BUS_QUEUED. Durable events are put together and wait for the disk once, 128 at a time
 * (bus/durable.h, "Many at once"). */
BUS_API BUS_MUST_USE enum bus_outcome
bus_publish_messages(struct bus *bus, const struct bus_message_type *type, const void *messages,
                     size_t stride, uint32_t count, const struct bus_message_options *options,
                     uint32_t *accepted);
/* Publishes, then waits as bus_wait_idle; BUS_TIMEOUT when that failed although it was accepted.
 * Inside a handler nothing is published: BUS_WOULD_DEADLOCK. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_publish_message_and_wait(struct bus *bus, const struct bus_message_type *type,
                             const void *message, const struct bus_message_options *options,
                             uint64_t timeout_ns);

/* Publishes a durable event without waiting for the disk: it is copied, and `done` tells the end.
 * Those of one type come in the order of the calls, also between those that are waited for. What is
 * not BUS_QUEUED is refused at once, and `done` is not called: what bus_publish_message returns, a
 * store that takes on no more (BUS_REJECTED, BUS_THROTTLED; it does not wait for room), and
 * BUS_INVALID for an event that is not durable. On a bus with durable_without_store and no store
 * `done` is called inside. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_publish_message_later(struct bus *bus, const struct bus_message_type *type, const void *message,
                          const struct bus_message_options *options, bus_durable_done done,
                          void *context);

/* Publishes it later, as `when` says (bus/schedule.h). The message is copied; session, correlation
 * and trace are those of a publish now, `options->deadline_ns` counts from when it is due. `id`
 * (may be NULL) receives what bus_schedule_cancel takes, never 0; on failure 0.
 *   BUS_ERR_LIMIT (schedule_max, schedule_bytes, threads_max, types_max; the store is full, or has
 *   too many requests on their way), BUS_ERR_STATE (the bus is stopping or stopped),
 *   BUS_ERR_MEMORY, BUS_ERR_INVALID (NULL, a command, a message out of
 *   bounds, text that is not UTF-8, a session that is not open, both at_ns and after_ns, an
 *   interval that is too short or too long) */
BUS_API BUS_MUST_USE enum bus_status
bus_schedule_message(struct bus *bus, const struct bus_message_type *type, const void *message,
                     const struct bus_message_options *options, const struct bus_schedule *when,
                     uint64_t *id);

/* A slot of a lane in your hands. Fill it through the typed `..._claim_FIELD` functions, then
 * commit or abort it, soon and on the thread that claimed: what is published behind it on the same
 * lane waits. */
struct bus_claim {
    struct bus *bus; /* NULL: no claim */
    const struct bus_message_type *type;
    uint8_t *bytes; /* the packed message, to be filled */
    uint32_t size;
    void *cell; /* engine's */
    void *lane;
    uint64_t ticket;
};
/* Reserves the space of a message shaped as `shape`: its scalars are written, its slices with data
 * NULL and size > 0 are reserved, other slices are copied. What is reserved is zero, but for
 * `bytes` and vectors of single bytes of more than BUS_RESERVED_CLEAR: these hold what an earlier
 * message left until you fill them, so fill them to the end. On any outcome but queued,
 * queued-dropped or buffered there is no claim. The message counts as accepted when committed. Of
 * a type that is kept last nothing can be claimed: BUS_INVALID. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_claim_message(struct bus *bus, const struct bus_message_type *type, const void *shape,
                  const struct bus_message_options *options, struct bus_claim *claim);
/* Makes the claimed message visible. Twice, or without a claim: BUS_INVALID. */
BUS_API enum bus_outcome bus_claim_commit(struct bus_claim *claim);
/* Gives the slot back unpublished. Twice, or without a claim, is harmless. */
BUS_API void bus_claim_abort(struct bus_claim *claim);
/* Where the bytes of field `number` of the root are; `size` receives the element count. NULL:
 * absent. */
BUS_API uint8_t *bus_claim_field(const struct bus_claim *claim, uint32_t number, uint32_t *size);

/* ---- execute ---- */

/* Runs the command's handler and waits for the answer, up to the deadline. `result` is the typed
 * result struct; returns result.run.outcome. `result` NULL is BUS_INVALID. `buffer` (8-aligned) may
 * be NULL, then the result's own bytes hold the answer. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_execute_message(struct bus *bus, const struct bus_message_type *type, const void *request,
                    const struct bus_message_options *options, void *result, void *buffer,
                    size_t buffer_size);

/* Called once with the typed result, valid during the call. */
typedef void (*bus_completion)(bus_function callback, void *context, const void *result);
/* Queues the command; on an accepting outcome (but for BUS_DEAD_LETTERED) `callback` runs exactly
 * once, on the worker of the command's component (on a polled bus in bus_poll; for a command that
 * could not run any more, in bus_stop). `complete` is the thunk that calls it as what it is. */
BUS_API BUS_MUST_USE enum bus_outcome
bus_execute_message_async(struct bus *bus, const struct bus_message_type *type, const void *request,
                          const struct bus_message_options *options, bus_completion complete,
                          bus_function callback, void *context);

/* Ends a command's handler with answer `index`; `value` NULL: all zero. Returns the verdict to
 * return. A delivery of another type, a second answer, an answer out of bounds are faults. */
BUS_API BUS_MUST_USE enum bus_verdict bus_answer(struct bus_delivery *delivery,
                                                 const struct bus_message_type *type,
                                                 uint32_t index, const void *value);

/* The same for one that was deferred. What it refuses leaves the token as it was, but for
 * BUS_ERR_STATE.
 *   BUS_ERR_STATE (the token is stale), BUS_ERR_INVALID (no token, of another type, or the answer
 *   is out of bounds), BUS_ERR_LIMIT (threads_max, or no block in the pool), BUS_ERR_MEMORY */
BUS_API BUS_MUST_USE enum bus_status bus_token_answer(struct bus_token token,
                                                      const struct bus_message_type *type,
                                                      uint32_t index, const void *value);
/* Copies the request of a deferred command: its bytes go to `buffer` (8-aligned), where its slices
 * then point to. 16 bytes more than codec.size_max + codec.scratch_max always suffice.
 *   BUS_ERR_STATE, BUS_ERR_INVALID, BUS_ERR_LIMIT (the buffer is too small) */
BUS_API BUS_MUST_USE enum bus_status bus_token_request(struct bus_token token,
                                                       const struct bus_message_type *type,
                                                       void *message, void *buffer, size_t size);

/* ---- wiring ---- */

/* Registers all handlers of a component, or none. `functions` has one per binding, a batch handler
 * where it says invoke_batch; an event's may be NULL: not listened to. The pair (component,
 * context) names the attachment.
 *   BUS_ERR_ALREADY_REGISTERED, BUS_ERR_NO_HANDLER (a command's function is NULL), BUS_ERR_LIMIT,
 *   BUS_ERR_WORKER_CONFLICT, BUS_ERR_ABI, BUS_ERR_INVALID, BUS_ERR_STATE, BUS_ERR_MEMORY */
BUS_API BUS_MUST_USE enum bus_status
bus_component_attach(struct bus *bus, const struct bus_component *component,
                     const bus_function *functions, void *context,
                     const struct bus_handler_options *options);
/* Undoes it. When it returns no handler of the attachment runs or will run; called inside one of
 * them it returns at once and holds from that handler's return on. So it is with BUS_ERR_BUSY: the
 * handler that runs waits, itself or through others, for the one that called this. */
BUS_API enum bus_status bus_component_detach(struct bus *bus, const struct bus_component *component,
                                             void *context);

/* The same for a single handler, named by (type, function, context, session). */
BUS_API BUS_MUST_USE enum bus_status bus_register(struct bus *bus,
                                                  const struct bus_message_type *type,
                                                  bus_function function, void *context,
                                                  const struct bus_handler_options *options);
/* The same for a batch handler of an event, which `invoke` calls and which is unregistered in the
 * same way. `batch` NULL: the defaults. Not `parallel`: BUS_ERR_INVALID. */
BUS_API BUS_MUST_USE enum bus_status
bus_register_batch(struct bus *bus, const struct bus_message_type *type, bus_invoke_batch invoke,
                   bus_function function, void *context, const struct bus_batch_options *batch,
                   const struct bus_handler_options *options);
BUS_API enum bus_status bus_unregister(struct bus *bus, const struct bus_message_type *type,
                                       bus_function function, void *context,
                                       struct bus_session session);

/* Opens a bus with a program's components attached; contexts in the order of the parts. The
 * constant tables must live as long as the bus. */
BUS_API BUS_MUST_USE enum bus_status
bus_program_open(struct bus **bus, const struct bus_options *options, size_t options_size,
                 const struct bus_program *program, void *const *contexts, uint32_t abi);

/* ---- bytes, for storing and for tests ---- */

/* Packs into `bytes` (8-aligned, `capacity` bytes); returns the size, 0 when a field is out of
 * bounds, a string is not UTF-8 or the place is too small (bus_last_error). */
BUS_API uint32_t bus_encode(const struct bus_codec *codec, const void *message, uint8_t *bytes,
                            size_t capacity);
/* Verifies and unpacks; slices point into `bytes` and `scratch` (8-aligned, codec->scratch_max
 * suffices).
 *   BUS_ERR_INVALID (bytes do not verify: bus_last_error), BUS_ERR_LIMIT (scratch too small) */
BUS_API BUS_MUST_USE enum bus_status bus_decode(const struct bus_codec *codec, const uint8_t *bytes,
                                                size_t size, void *message, void *scratch,
                                                size_t scratch_size);

/* ---- versions of a message ---- */

/* For an upgrade function (`<message>_upgrade_vN` in the generated header): `size` bytes for what
 * `newer` is to point to, 8-aligned and zero. They live until the newer message was read. NULL:
 * there is no memory, or all that was taken so far and this are more than a newer message can point
 * to (each string, vector and table once, and at its most); return false then. 0 bytes, as for an
 * empty vector, are always there. */
BUS_API void *bus_upgrade_memory(struct bus_upgrading *upgrading, size_t size);

/* As bus_decode, of bytes that were written as `type_id`: `type` itself, or an older version of it.
 * Those are read as what they are and go through the upgrade functions, on this thread.
 *   BUS_ERR_INVALID (the bytes do not verify, an upgrade function says false, what it made is out
 *   of bounds), BUS_ERR_NOT_REGISTERED (`type_id` is no version of the message), BUS_ERR_LIMIT
 *   (scratch too small; bus_upgrade_scratch(type) suffices) */
BUS_API BUS_MUST_USE enum bus_status bus_upgrade_decode(const struct bus_message_type *type,
                                                        uint64_t type_id, const uint8_t *bytes,
                                                        size_t size, void *message, void *scratch,
                                                        size_t scratch_size);
/* Bytes of scratch that always suffice, whatever the version; most messages need a small part. */
BUS_API size_t bus_upgrade_scratch(const struct bus_message_type *type);

/* Hashes for `key` fields: equal keys hash equally on every machine and version. */
static inline uint64_t bus_key_u64(uint64_t value)
{
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    value ^= value >> 32;
    value *= UINT64_C(0xd6e8feb86659fd93);
    return value ^ (value >> 32);
}
static inline uint64_t bus_key_uuid(struct bus_uuid value)
{
    return bus_key_u64(value.high ^ bus_key_u64(value.low));
}
BUS_API uint64_t bus_key_string(struct bus_string value);
/* The same of a message whose key is its first member, so that most messages need no function of
 * their own: 64 bits, 32 bits of either sign (an enum is an i32), a string, a uuid. */
BUS_API uint64_t bus_key_first_u64(const void *message);
BUS_API uint64_t bus_key_first_u32(const void *message);
BUS_API uint64_t bus_key_first_i32(const void *message);
BUS_API uint64_t bus_key_first_string(const void *message);
BUS_API uint64_t bus_key_first_uuid(const void *message);

#ifdef __cplusplus
}
#endif

#endif
