/*
 * path/inherit.h - what a message gets that has neither options nor a parent. In a header, for each
 * inline execute has it inside.
 *
 * Time. A deadline of 100 ms or more is counted from the coarse clock, which is at most half a
 * millisecond behind: it comes that much too early, one part in 200 at worst and one in 60,000 of
 * the 30 s that commands have by default. A shorter one is counted from the clock itself. Whether
 * one has passed is exact (thread_is_past, path.h).
 */
#ifndef BUSGEN_PATH_INHERIT_H
#define BUSGEN_PATH_INHERIT_H

#include "path/path.h"

#define COARSE_FROM_NS (100 * BUS_MILLISECOND)

static inline uint64_t inherit_until(struct thread *thread, uint64_t allowed)
{
    uint64_t now;

    if (allowed < COARSE_FROM_NS)
        return bus_until(thread->bus, allowed);
    now = os_coarse_ns(&thread->coarse, &thread->bus->os);
    return allowed < UINT64_MAX - now ? now + allowed : UINT64_MAX;
}

__attribute__((cold, noinline)) enum bus_outcome posting_say_expired(const struct posting *posting);

/* As posting_inherit (path.h): at most a deadline. */
static inline enum bus_outcome posting_inherit_nothing(struct posting *posting)
{
    const struct bus_message_type *type = posting->route->type;
    struct cell_extension *own = &posting->extension;
    uint64_t allowed = type->deadline_ns;

    cell_extension_clear(own);
    if (allowed == 0 && type->kind == BUS_COMMAND)
        allowed = posting->bus->options.command_deadline_ns;
    if (allowed == 0)
        return BUS_QUEUED;
    own->deadline_ns = inherit_until(posting->thread, allowed);
    own->has = CELL_HAS_DEADLINE;
    posting->flags |= CELL_EXTENDED;
    if (allowed < COARSE_FROM_NS && thread_is_past(posting->thread, own->deadline_ns))
        return posting_say_expired(posting);
    return BUS_QUEUED;
}

#endif
