/*
 * bus/batch.h - handlers that take many events of their type at once.
 *
 * A batch handler is called with an array of events: when `size` of them are there, or `wait_ns`
 * after the first one came. What costs the same for one event as for a hundred (a transaction, a
 * request, a write) is done once. Say so in the schema (`listens order_placed batch 100 within
 * 100ms;`), or subscribe with the typed `..._subscribe_batch`.
 *
 *     static enum bus_verdict on_placed(void *context, const struct shop_order_placed *events,
 *                                       uint32_t count, struct bus_batch *batch)
 *     {
 *         for (uint32_t i = 0; i < count; i++)
 *             if (!insert(context, &events[i]))
 *                 bus_batch_set(batch, i, BUS_REJECT);
 *         return commit(context) ? BUS_DONE
 *                                : bus_batch_fail(batch, &(struct bus_error){
 *                                      .category = BUS_CATEGORY_CONNECTION, .transient = true,
 *                                      .text = "the database is away"});
 *     }
 *
 * Verdicts. Each event has one of its own: what bus_batch_set says; else a fault, if bus_fail was
 * called with its delivery; else what the handler returns. Then each goes its own way, as if it had
 * run alone: those that succeeded have ended, those that failed follow the policy of the message
 * (bus/policy.h). One that runs again, or was parked, joins a later batch of its handler: the
 * events of one call may be in different attempts. In figures (`calls`, runs of a handler, breaker,
 * retry budget) each event of a call counts as one run; `timeout` counts for the call, and one that
 * took too long has failed for all of its events.
 *
 * Waiting. Events that wait for their batch lie outside their lane, are `held` in the account, and
 * need a place of bus_options.held_max and of the pool. Without one the batch runs early. It also
 * does so for an event whose deadline comes first; one whose deadline has passed when the batch
 * runs expires, as a retry does. bus_wait_idle waits for them, bus_stop runs them at once. Other
 * handlers of the message do not wait; those of a later `order` run when the event has joined its
 * batch. Of an `ordered` message a batch has at most one event of each key; later ones wait for its
 * end.
 *
 * Threads. As other handlers: serial unless declared concurrent; then each worker has batches of
 * its own, for the events that come to it. Within a batch events are in the order in which they
 * joined it.
 *
 * What a batch handler publishes inherits nothing (session, correlation, deadline, trace) from the
 * events: say it in bus_message_options.
 */
#ifndef BUS_BATCH_H
#define BUS_BATCH_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Events of one call, where nothing is said; and at most. */
#define BUS_BATCH_SIZE_DEFAULT 100
#define BUS_BATCH_SIZE_MAX 65536

/* One call of a batch handler; valid until the handler returns, on its own thread. */
struct bus_batch;

/* When a batch is called. Zero: the default. */
struct bus_batch_options {
    uint32_t size;    /* events; default 100, at most BUS_BATCH_SIZE_MAX. Memory for so many is
                         reserved, for each worker if the handler is concurrent */
    uint64_t wait_ns; /* after the first one; default 100 ms */
};

/* The delivery of events[index]: its envelope, its bytes, bus_fail. NULL: there is no such event.
 */
BUS_API struct bus_delivery *bus_batch_delivery(struct bus_batch *batch, uint32_t index);
/* The verdict of events[index] alone; the last one counts. For one that is more than a bare
 * BUS_RETRY or BUS_REJECT use bus_fail(bus_batch_delivery(batch, index), ...). Without such an
 * event it does nothing. */
BUS_API void bus_batch_set(struct bus_batch *batch, uint32_t index, enum bus_verdict verdict);
/* A fault for all events that have no verdict of their own; returns the verdict to return. `error`
 * as in bus_fail. */
BUS_API enum bus_verdict bus_batch_fail(struct bus_batch *batch, const struct bus_error *error);

/* Changes when batches of the handlers with this context are called: those subscribed for `type`,
 * and those of attached components that listen to it. From the next event on; what waits now is
 * called soon. `options` NULL: the defaults. Any thread, inside handlers too.
 *   BUS_ERR_NOT_REGISTERED (no batch handler of this type has the context), BUS_ERR_INVALID,
 *   BUS_ERR_MEMORY (all stays as it was) */
BUS_API BUS_MUST_USE enum bus_status bus_batch_configure(struct bus *bus,
                                                         const struct bus_message_type *type,
                                                         const void *context,
                                                         const struct bus_batch_options *options);

#ifdef __cplusplus
}
#endif

#endif
