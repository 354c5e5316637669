/*
 * path/inline.h - a command that runs on its caller. Part of execute.c: in one piece, without
 * calls, it is a fifth faster.
 *
 * The caller is blocked until the handler returns, so nothing has to outlive him and little is
 * copied. The handler sees what it would see behind a lane:
 *
 * Request. It was measured, so it is in bounds. Where the type allows it (route->in_place: no
 * strings, which have a NUL behind them in a message) the handler reads the caller's own struct,
 * and bytes are packed only when bus_delivery_bytes asks for them; their place is reserved. Else it
 * is packed and unpacked as on any other way.
 *
 * Envelope. The cell's header lies on this stack, without a lane; the extension is the posting's.
 *
 * Answer. Flat ones stay structs, others are packed into the result's bytes, as behind a lane. A
 * request that is read in place may point into the result, so flat answers to it are kept apart and
 * copied when the handler has returned; until then nothing is written that it could point to
 * (core/route.c: look_at_command). To a packed request they go into the result at once.
 *
 * Time. Nothing here reads a clock but for a listener of command_result, and for one run in
 * many (delivery_run).
 */
#ifndef BUSGEN_PATH_INLINE_H
#define BUSGEN_PATH_INLINE_H

#include "guard/guard.h"
#include "guard/retry.h"
#include "path/command.h"
#include "path/reply.h"

static inline void inline_head(const struct posting *posting, struct cell *cell)
{
    struct thread *thread = posting->thread;
    const struct bus *bus = posting->bus;
    uint64_t now = os_coarse_ms_again(&thread->coarse, &bus->os); /* prepare read it */

    cell->turn = 0;
    cell_set(cell, &(struct cell_head){
                       .size = posting->size,
                       .flags = posting->flags | CELL_COMMAND,
                       .type = posting->route->index,
                       .session = posting->session.index,
                       .session_generation = posting->session.generation & 0xffff,
                       .attempt = 1,
                       .sequence = thread->sequence++,
                       .publisher = thread->publisher,
                       .time_ms = now > bus->base_ms ? now - bus->base_ms : 0,
                       .call_site = posting->call_site,
                   });
}

/* Request and answer get their places. False: no memory. */
static inline bool inline_open(struct bus_delivery *delivery, const struct posting *posting,
                               const struct cell *cell, const struct reply *reply)
{
    struct thread *thread = posting->thread;
    const struct route *route = posting->route;
    const struct bus_codec *codec = &route->type->codec;
    uint32_t room = (posting->size + 15) & ~UINT32_C(15);
    uint32_t behind = route->in_place ? route->kept : (route->scratch + 15) & ~UINT32_C(15);
    struct bus_scratch scratch;
    uint8_t *memory;

    delivery->bus = posting->bus;
    delivery->thread = thread;
    delivery->route = posting->route;
    delivery->cell = cell;
    delivery->extension = (posting->flags & CELL_EXTENDED) != 0 ? &posting->extension : NULL;
    delivery->bytes = NULL;
    delivery->size = posting->size;
    delivery->message = posting->message;
    memory = scratch_take(&thread->scratch, posting->bus, (size_t)room + behind);
    delivery->room = memory;
    if (memory == NULL)
        return false;
    if (route->in_place) {
        delivery->kept = memory + room;
        return true;
    }
    delivery->kept = (uint8_t *)reply->result + route->type->result.value;
    codec->pack(memory, posting->message);
    delivery->bytes = memory;
    delivery->message = memory + room;
    scratch.at = memory + room + ((codec->table->size + 7) & ~UINT32_C(7));
    scratch.end = memory + room + behind;
    return codec->unpack(memory + room, memory, &scratch);
}

__attribute__((cold, noinline)) static enum bus_outcome inline_no_memory(const struct reply *reply)
{
    return result_fault(reply, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                                   .severity = BUS_SEVERITY_HIGH,
                                                   .code = BUS_FAULT_MEMORY,
                                                   .transient = true,
                                                   .text = "no memory for the request"});
}

/* The flat answer, from where it was kept into the result. */
static inline enum bus_outcome inline_hand_over(const struct reply *reply,
                                                const struct bus_delivery *delivery)
{
    const struct bus_message_type *type = reply->type;
    uint8_t *value = (uint8_t *)reply->result + type->result.value;
    struct bus_run *run = reply->result;

    if (delivery->kept != value)
        memcpy(value, delivery->kept, type->answers[delivery->answer - 1].codec.table->size);
    memcpy((uint8_t *)reply->result + type->result.answer, &delivery->answer,
           sizeof delivery->answer);
    run->outcome = BUS_ANSWERED;
    return BUS_ANSWERED;
}

/* Runs it again as its policy says. BUS_QUEUED: the handler answers later, thread->later is the
 * record. BUS_CANCELLED: its caller has a ticket, and finishes the result. */
__attribute__((cold, noinline)) static enum bus_outcome
inline_not_answered(const struct reply *reply, struct bus_delivery *delivery, struct cell *cell,
                    uint64_t since)
{
    struct thread *thread = delivery->thread;
    struct frame *frame = &thread->frames[atomic_load_relaxed_u32(&thread->depth) - 1];
    enum bus_outcome outcome = BUS_QUEUED;

    if (!delivery->deferred)
        outcome = command_insist(delivery, cell, frame, reply->result, since);
    if (outcome == BUS_FAULTED)
        return result_fault(reply, &delivery->error);
    if (outcome == BUS_QUEUED) {
        thread->later = delivery->later;
        thread->later_generation = delivery->later_generation;
    }
    if (outcome != BUS_ANSWERED)
        return outcome;
    if (delivery->answer_too_large)
        return result_too_large(reply);
    return delivery->answer_is_kept ? inline_hand_over(reply, delivery)
                                    : result_answer(reply, delivery->answer, delivery->answer_size);
}

/* The frame is pushed and shows the handler. */
static inline enum bus_outcome command_inline(const struct posting *posting,
                                              struct handler *handler, const struct reply *reply)
{
    struct thread *thread = posting->thread;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct bus_run *run = reply->result;
    struct bus_delivery delivery;
    enum bus_outcome outcome;
    uint64_t since = 0;
    struct cell cell;

    inline_head(posting, &cell);
    if (!inline_open(&delivery, posting, &cell, reply)) {
        scratch_release(&thread->scratch, mark);
        return inline_no_memory(reply);
    }
    delivery.handler = handler;
    delivery.answer_bytes = reply->bytes;
    delivery.answer_capacity = reply->capacity;
    run->id = message_id(posting->bus, &cell);
    run->handler = handler->name;
    run->attempts = 1;
    if (__builtin_expect(!command_run(&delivery, &since), 0))
        outcome = inline_not_answered(reply, &delivery, &cell, since);
    else if (__builtin_expect(delivery.answer_too_large, 0))
        outcome = result_too_large(reply);
    else if (delivery.answer_is_kept)
        outcome = inline_hand_over(reply, &delivery);
    else
        outcome = result_answer(reply, delivery.answer, delivery.answer_size);
    run->breaker_state = (uint8_t)guard_state(handler);
    scratch_release(&thread->scratch, mark);
    return outcome;
}

#endif
