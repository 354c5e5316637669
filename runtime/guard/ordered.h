/*
 * guard/ordered.h - `ordered`: while a delivery is held, later ones of its key wait behind it.
 *
 * Per worker, handler and key there is a line of held deliveries: the head waits for its retry or
 * its breaker, the others wait for the head. When it has ended, however that was, the next one
 * runs. So a handler sees the messages of a key in the order in which they were published; other
 * keys, and other handlers of the message, are not held up. A key lives on one worker, and so do
 * its lines.
 *
 * A message that finds no record or no block to wait with stops its lane: it stays, nothing of
 * it has run, and the lane is looked at again when something held has ended, or a little later.
 */
#ifndef BUSGEN_GUARD_ORDERED_H
#define BUSGEN_GUARD_ORDERED_H

#include "guard/hold.h"

/* What keeps messages in order: their key field; without one, who published them. */
uint64_t order_key(const struct bus_delivery *delivery);
/* The delivery that those of this handler and key wait for; NULL: there is none. */
struct held *order_head(const struct worker *worker, const struct handler *handler, uint64_t key);
/* Heads a line, or joins one. */
void order_enter(struct worker *worker, struct held *held, uint64_t key);
/* It ends: the next one of its line is due now. */
void order_leave(struct worker *worker, struct thread *thread, struct held *held);
/* Holds the delivery behind the head of its line. False: no record or no block. */
bool order_wait(struct bus_delivery *delivery, struct worker *worker, struct handler *handler,
                uint64_t key);
/* Takes back all that the message that is dispatched now waits for; its lane stops. */
void order_stop(struct worker *worker);

#endif
