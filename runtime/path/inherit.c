/*
 * path/inherit.c - what a message gets from its options and from the handler that sends it.
 */
#include "path/inherit.h"

#include <inttypes.h>

#include "core/registry.h"
#include "path/durable.h"

static bool is_traced(const struct bus_trace *trace)
{
    static const struct bus_trace none = {0};

    return memcmp(trace, &none, sizeof none) != 0;
}

__attribute__((cold, noinline)) enum bus_outcome posting_say_expired(const struct posting *posting)
{
    return fail_outcome(BUS_EXPIRED, "%s: its deadline has passed already",
                        posting->route->type->name);
}

__attribute__((cold, noinline)) static enum bus_outcome say_no_id(const struct posting *posting)
{
    return fail_outcome(BUS_INVALID, "%s: only an event that is durable can be given an id",
                        posting->route->type->name);
}

static void inherit_deadline(struct posting *posting, uint64_t asked,
                             const struct cell_extension *above)
{
    const struct bus_message_type *type = posting->route->type;
    uint64_t inherited = above != NULL ? above->deadline_ns : 0;
    uint64_t allowed = asked != 0 ? asked : type->deadline_ns;
    uint64_t deadline = 0;

    /* What the bus tells about a late message is worth as much as about another. */
    if (type->kind == BUS_SYSTEM_EVENT)
        inherited = 0;
    if (allowed == 0 && type->kind == BUS_COMMAND && inherited == 0)
        allowed = posting->bus->options.command_deadline_ns;
    if (allowed != 0)
        deadline = inherit_until(posting->thread, allowed);
    /* An event may be given more time than its parent has; a command serves its parent. */
    if (inherited != 0 &&
        (deadline == 0 || ((asked == 0 || type->kind == BUS_COMMAND) && inherited < deadline)))
        deadline = inherited;
    posting->extension.deadline_ns = deadline;
}

enum bus_outcome posting_inherit(struct posting *posting, const struct bus_message_options *options)
{
    static const struct bus_message_options none = {0};
    const struct bus_delivery *parent = posting->thread->current;
    const struct cell_extension *above = parent != NULL ? parent->extension : NULL;
    struct cell_extension *own = &posting->extension;

    if (options == NULL && parent == NULL)
        return posting_inherit_nothing(posting);
    if (options == NULL)
        options = &none;
    if ((options->id.high | options->id.low) != 0 &&
        (posting->route->type->flags & BUS_TYPE_DURABLE) == 0)
        return say_no_id(posting);
    cell_extension_clear(own);
    if (options->session.index != 0) {
        if (!session_is_open(posting->bus, options->session))
            return fail_outcome(BUS_INVALID, "%s: the session (index %" PRIu32 ") is not open",
                                posting->route->type->name, options->session.index);
        posting->session = options->session;
        session_touch(posting->thread, options->session.index);
    } else if (parent != NULL) {
        posting->session.index = cell_session(parent->cell);
        posting->session.generation = cell_session_generation(parent->cell);
    }
    inherit_deadline(posting, options->deadline_ns, above);
    own->correlation = options->correlation;
    if ((own->correlation.high | own->correlation.low) == 0 && above != NULL)
        own->correlation = above->correlation;
    own->trace = options->trace;
    if (above != NULL && !is_traced(&own->trace))
        own->trace = above->trace;
    if (parent != NULL)
        own->causation = cell_id(posting->bus, parent->cell, parent->extension);
    own->has =
        (uint8_t)((own->deadline_ns != 0 ? CELL_HAS_DEADLINE : 0) |
                  ((own->correlation.high | own->correlation.low) != 0 ? CELL_HAS_CORRELATION : 0) |
                  (parent != NULL ? CELL_HAS_CAUSATION : 0) |
                  (is_traced(&own->trace) ? CELL_HAS_TRACE : 0));
    if (own->has != 0)
        posting->flags |= CELL_EXTENDED;
    if (own->deadline_ns != 0 && thread_is_past(posting->thread, own->deadline_ns))
        return posting_say_expired(posting);
    return BUS_QUEUED;
}
