/* path/command.h - what the caller's side and the worker's side of a command share. */
#ifndef BUSGEN_PATH_COMMAND_H
#define BUSGEN_PATH_COMMAND_H

#include "core/registry.h"
#include "path/path.h"

/* One run, and the system events of a command's beginning and of its answer; *since: when it began,
 * 0 before its first run. True: answered; false may mean that it answers later. Whoever ends a
 * command that was not answered tells it (command_unanswered). The delivery is open, its handler
 * shown, and the thread's coarse clock was read a moment ago: a listener of command_result that
 * comes during the run hears of a time that is half a millisecond too long at most. */
static inline bool command_run(struct bus_delivery *delivery, uint64_t *since)
{
    const struct bus *bus = delivery->bus;
    bool ok;

    if (__builtin_expect(*since == 0, 1)) {
        if (__builtin_expect(system_heard(bus, SYSTEM_COMMAND_STARTED), 0))
            system_command_started(delivery);
        *since = __builtin_expect(system_heard(bus, SYSTEM_COMMAND_RESULT), 0)
                     ? bus_now(bus)
                     : os_coarse_ns_again(&delivery->thread->coarse, &bus->os);
    }
    delivery->since_ns = *since;
    ok = delivery_run(delivery);
    if (__builtin_expect(system_heard(bus, SYSTEM_COMMAND_RESULT), 0) && ok)
        system_command_result(delivery, true, *since);
    return ok;
}

static inline void command_unanswered(struct bus_delivery *delivery, uint64_t since)
{
    if (since != 0)
        system_command_result(delivery, false, since);
}

/* Timer of a held command: its next run. */
void command_again(struct worker *worker, struct thread *thread, struct timer *timer);
enum bus_outcome say_no_handler(struct thread *thread, const struct bus_message_type *type);

#endif
