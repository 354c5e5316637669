/*
 * path/sending.h - a durable event between its publish and the disk: what one that is sent alone
 * (durable_send.c) and many of one call (durable_many.c) have in common.
 */
#ifndef BUSGEN_PATH_SENDING_H
#define BUSGEN_PATH_SENDING_H

#include "core/session.h"
#include "path/durable.h"

/* A durable event that is being published. */
struct sending {
    struct bus *bus;
    struct posting *posting;
    uint32_t gate;
    struct durable_row *row;
    struct cell head; /* what its id is made of */
    struct bus_stored stored;
    char session[BUS_SESSION_ID_SIZE];
};

/* What the store keeps of it; its bytes are in scratch memory. False: no memory. */
bool sending_describe(struct sending *sending, const struct bus_message_options *options);
/* False: no record is free. */
bool sending_take_row(struct sending *sending);
void sending_give_row(const struct sending *sending);
/* The store is asked to put it; row_has_ended tells. False: it has not taken it on. */
bool sending_ask(struct sending *sending);
/* Around a wait, outside handlers. It goes on whatever has become of the bus. */
void sending_leave(const struct sending *sending);
void sending_enter_again(struct sending *sending);
/* It is on disk: into its lane, or behind. */
enum bus_outcome sending_go_on(struct sending *sending);
/* It is not, and has no record any more: counted and said. One whose id is known is accepted. */
enum bus_outcome sending_refuse(struct sending *sending, enum bus_status status);

static inline bool row_has_ended(const struct durable_row *row, enum bus_status *status)
{
    uint32_t ended = atomic_load_acquire_u32(&row->ended);

    if (ended != 0)
        *status = (enum bus_status)(ended - 1);
    return ended != 0;
}

#endif
