/*
 * bus/approvals.h - commands that somebody has to approve before they run.
 *
 * A command declares `approval 10m` (bus_policy.approval_ns). Executed, it waits outside the lanes
 * until bus_approve, bus_deny, its expiry or its deadline, whichever is first; each of them, and
 * that it waits, publishes bus_system_approval_changed. Whoever executed it waits meanwhile, or has
 * left a completion; only what was approved runs its handler, in a lane of its own turn.
 *
 *     denied      BUS_DENIED, counted as failed
 *     expired     BUS_EXPIRED; by its deadline BUS_TIMEOUT
 *     cancelled   BUS_CANCELLED (bus_cancel)
 *     stopped     BUS_CLOSED; a stop does not wait for approvals, nor does bus_wait_idle
 *
 * It counts as accepted when it is approved, or with its end; stopped, as closed and not accepted.
 * The deadline of the command covers the approval: give it one that is long enough. Inside a
 * handler, and on the thread that polls a polled bus, execute with a completion: without one it is
 * refused (BUS_WOULD_DEADLOCK), as nobody should stand still until a human has decided.
 */
#ifndef BUS_APPROVALS_H
#define BUS_APPROVALS_H

#include <bus/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One that waits. `bytes` are packed (bus_decode) and valid during the call. */
struct bus_approval {
    const struct bus_message_type *type;
    struct bus_envelope envelope; /* `id` is what names it */
    const uint8_t *bytes;
    uint32_t size;
    uint64_t expires_ns; /* monotonic */
};

typedef void (*bus_approval_fn)(void *context, const struct bus_approval *approval);
/* Calls `fn` for each that waits now; it may approve or deny. `shown` (may be NULL) receives how
 * many.
 *   BUS_ERR_INVALID, BUS_ERR_LIMIT (threads_max), BUS_ERR_MEMORY (the rest is not shown) */
BUS_API enum bus_status bus_approvals_each(struct bus *bus, bus_approval_fn fn, void *context,
                                           uint32_t *shown);

/* It goes into its lane now, and does not wait for room there, whatever `when_full` says.
 *   BUS_ERR_NOT_REGISTERED (nothing with this id waits), BUS_ERR_STATE (the bus is stopping),
 *   BUS_ERR_LIMIT (its lane is full: it waits on, try again; or threads_max), BUS_ERR_MEMORY,
 *   BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_approve(struct bus *bus, struct bus_uuid id);
/* It ends as BUS_DENIED. `reason` (may be NULL) becomes the text of its error.
 *   BUS_ERR_NOT_REGISTERED, BUS_ERR_LIMIT, BUS_ERR_MEMORY, BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_deny(struct bus *bus, struct bus_uuid id,
                                              const char *reason);

#ifdef __cplusplus
}
#endif

#endif
