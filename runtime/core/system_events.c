/*
 * core/system_events.c - what the bus tells about itself, in events of its own schema.
 *
 * One is built only when it has a listener, so the check is one load. They are published like any
 * event but never wait, and nothing that happens to one of them (a failing handler, a drop) is
 * told.
 */
#include <bus/dead_letters.h>
#include <bus_system.bus.h>

#include "core/registry.h"
#include "os/probes.h"
#include "path/path.h"

enum { NAME_MOST = 160, DROPS_TOLD_EVERY_MS = 100 };

static const struct bus_message_type *const types[SYSTEM_EVENTS] = {
    [SYSTEM_COMMAND_STARTED] = &bus_system_command_started_type,
    [SYSTEM_COMMAND_RESULT] = &bus_system_command_result_type,
    [SYSTEM_HANDLER_FAILED] = &bus_system_event_handler_failed_type,
    [SYSTEM_MESSAGE_DROPPED] = &bus_system_message_dropped_type,
    [SYSTEM_BUS_STARTED] = &bus_system_bus_started_type,
    [SYSTEM_BUS_STOPPING] = &bus_system_bus_stopping_type,
    [SYSTEM_DEAD_LETTER_ADDED] = &bus_system_dead_letter_added_type,
    [SYSTEM_BREAKER_CHANGED] = &bus_system_breaker_changed_type,
    [SYSTEM_BACKPRESSURE_CHANGED] = &bus_system_backpressure_changed_type,
    [SYSTEM_HANDLER_STUCK] = &bus_system_handler_stuck_type,
    [SYSTEM_APPROVAL_CHANGED] = &bus_system_approval_changed_type,
    [SYSTEM_SESSION_STARTED] = &bus_system_session_started_type,
    [SYSTEM_SESSION_ENDED] = &bus_system_session_ended_type,
};

enum bus_status system_open(struct bus *bus)
{
    enum bus_status status = BUS_OK;
    uint32_t i;

    for (i = 0; i < SYSTEM_EVENTS; i++) {
        bus->system[i] = route_make(bus, types[i], &status);
        if (bus->system[i] == NULL)
            return status;
    }
    return BUS_OK;
}

static struct bus_string name_text(const char *name)
{
    struct bus_string text = bus_cstr(name);

    if (text.size > NAME_MOST)
        text.size = NAME_MOST;
    return text;
}

static void tell(const struct bus *bus, struct thread *thread, enum system_event event,
                 const void *message)
{
    publish_quietly(thread->bus, thread, bus->system[event], message);
}

static struct bus_system_fault fault_of_error(const struct bus_error *error, const char *text)
{
    return (struct bus_system_fault){
        .category = (uint8_t)error->category,
        .severity = (uint8_t)error->severity,
        .code = error->code,
        .transient = error->transient,
        .text = bus_cstr(text),
    };
}

static struct bus_system_fault fault_of(const struct bus_delivery *delivery)
{
    return fault_of_error(&delivery->error, delivery->error_text);
}

void system_command_started(struct bus_delivery *delivery)
{
    struct bus_system_command_started message;

    if (!system_heard(delivery->bus, SYSTEM_COMMAND_STARTED))
        return;
    message = (struct bus_system_command_started){
        .command = name_text(delivery->route->type->name),
        .id = message_id(delivery->bus, delivery->cell),
        .session = cell_session(delivery->cell),
        .handler = name_text(delivery->handler->name),
    };
    tell(delivery->bus, delivery->thread, SYSTEM_COMMAND_STARTED, &message);
}

void system_command_result(struct bus_delivery *delivery, bool ok, uint64_t since_ns)
{
    const struct bus_message_type *type = delivery->route->type;
    struct bus_system_command_result message;

    if (!system_heard(delivery->bus, SYSTEM_COMMAND_RESULT))
        return;
    message = (struct bus_system_command_result){
        .command = name_text(type->name),
        .id = message_id(delivery->bus, delivery->cell),
        .session = cell_session(delivery->cell),
        .handler = name_text(delivery->handler->name),
        .outcome = ok ? BUS_ANSWERED : BUS_FAULTED,
        .attempts = cell_attempt(delivery->cell),
        .took_ns = (int64_t)(bus_now(delivery->bus) - since_ns),
    };
    if (ok && delivery->answer != 0)
        message.answer = bus_str(type->answers[delivery->answer - 1].name,
                                 strnlen(type->answers[delivery->answer - 1].name, 64));
    if (!ok)
        message.error = fault_of(delivery);
    tell(delivery->bus, delivery->thread, SYSTEM_COMMAND_RESULT, &message);
}

void system_approval_changed(struct thread *thread, const struct route *route,
                             const struct cell *cell, enum approval_state state)
{
    struct bus_system_approval_changed message;

    if (!system_heard(thread->bus, SYSTEM_APPROVAL_CHANGED))
        return;
    message = (struct bus_system_approval_changed){
        .command = name_text(route->type->name),
        .id = message_id(thread->bus, cell),
        .session = cell_session(cell),
        .state = (enum bus_system_approval)state,
    };
    tell(thread->bus, thread, SYSTEM_APPROVAL_CHANGED, &message);
}

void system_deferred_result(struct thread *thread, const struct pending *pending)
{
    const struct bus_message_type *type = pending->route->type;
    const struct bus *bus = thread->bus;
    struct bus_system_command_result message;

    if (!system_heard(bus, SYSTEM_COMMAND_RESULT))
        return;
    message = (struct bus_system_command_result){
        .command = name_text(type->name),
        .id = message_id(bus, pending->kept),
        .session = cell_session(pending->kept),
        .handler = name_text(pending->handler),
        .outcome = (uint8_t)pending->outcome,
        .attempts = pending->attempts,
        .took_ns = (int64_t)(bus_now(bus) - pending->since_ns),
    };
    if (pending->answer != 0)
        message.answer = bus_str(type->answers[pending->answer - 1].name,
                                 strnlen(type->answers[pending->answer - 1].name, 64));
    if (pending->outcome != BUS_ANSWERED)
        message.error = (struct bus_system_fault){
            .category = (uint8_t)pending->error.category,
            .severity = (uint8_t)pending->error.severity,
            .code = pending->error.code,
            .transient = pending->error.transient,
            .text = bus_cstr(pending->error_text),
        };
    tell(bus, thread, SYSTEM_COMMAND_RESULT, &message);
}

void system_handler_failed(struct bus_delivery *delivery)
{
    struct bus_system_event_handler_failed message;

    if (!system_heard(delivery->bus, SYSTEM_HANDLER_FAILED) ||
        delivery->route->type->kind == BUS_SYSTEM_EVENT ||
        delivery->route->type->kind == BUS_COMMAND) /* command_result tells of these */
        return;
    message = (struct bus_system_event_handler_failed){
        .event = name_text(delivery->route->type->name),
        .id = message_id(delivery->bus, delivery->cell),
        .session = cell_session(delivery->cell),
        .handler = name_text(delivery->handler->name),
        .error = fault_of(delivery),
        .attempt = cell_attempt(delivery->cell),
    };
    tell(delivery->bus, delivery->thread, SYSTEM_HANDLER_FAILED, &message);
}

void system_dead_letter_added(struct thread *thread, const struct bus_dead_letter *letter)
{
    struct bus_system_dead_letter_added message;
    char text[BUS_ERROR_TEXT_SIZE];

    if (!system_heard(thread->bus, SYSTEM_DEAD_LETTER_ADDED))
        return;
    error_text_copy(text, letter->error.text);
    message = (struct bus_system_dead_letter_added){
        .letter = letter->number,
        .message = name_text(letter->message),
        .id = letter->envelope.id,
        .session = letter->envelope.session.index,
        .handler = name_text(letter->handler),
        .reason = (enum bus_system_letter_reason)letter->reason,
        .error = fault_of_error(&letter->error, text),
        .attempts = letter->attempts,
    };
    tell(thread->bus, thread, SYSTEM_DEAD_LETTER_ADDED, &message);
}

void system_breaker_changed(struct thread *thread, const char *breaker, uint32_t from, uint32_t to,
                            uint32_t failures)
{
    struct bus_system_breaker_changed message;

    if (breaker_is_watched())
        probe_breaker(breaker, from, to, failures);
    if (!system_heard(thread->bus, SYSTEM_BREAKER_CHANGED))
        return;
    message = (struct bus_system_breaker_changed){
        .breaker = name_text(breaker),
        .from = (enum bus_system_breaker_state)from,
        .to = (enum bus_system_breaker_state)to,
        .failures = failures,
    };
    tell(thread->bus, thread, SYSTEM_BREAKER_CHANGED, &message);
}

void system_backpressure_changed(struct thread *thread, const struct bus_backpressure *change)
{
    struct bus_system_backpressure_changed message;

    if (!system_heard(thread->bus, SYSTEM_BACKPRESSURE_CHANGED))
        return;
    message = (struct bus_system_backpressure_changed){
        .lane = (uint8_t)change->lane,
        .worker = change->worker,
        .active = change->active,
        .size = change->size,
        .capacity = change->capacity,
    };
    tell(thread->bus, thread, SYSTEM_BACKPRESSURE_CHANGED, &message);
}

static void tell_drops(struct thread *thread, struct route *route, enum drop_reason reason)
{
    uint32_t count = atomic_exchange_u32(&route->drops[reason].untold, 0);
    struct bus_system_message_dropped message;

    if (count == 0)
        return;
    message = (struct bus_system_message_dropped){
        .message = name_text(route->type->name),
        .reason = reason == DROP_EXPIRED ? BUS_SYSTEM_DROP_REASON_EXPIRED
                                         : BUS_SYSTEM_DROP_REASON_OVERFLOW,
        .count = count,
        .lane = route->type->priority,
    };
    tell(thread->bus, thread, SYSTEM_MESSAGE_DROPPED, &message);
}

/* Tells them if it is time. False: later. */
static bool try_to_tell(struct thread *thread, struct route *route, enum drop_reason reason,
                        uint64_t now, bool at_once)
{
    uint64_t last = atomic_load_relaxed_u64(&route->drops[reason].told_ms);

    if (!at_once && last != 0 && now - last < DROPS_TOLD_EVERY_MS)
        return false;
    /* Who loses here may have counted after the winner took the count: somebody looks again. */
    if (!atomic_cas_u64(&route->drops[reason].told_ms, &last, now))
        return false;
    tell_drops(thread, route, reason);
    return true;
}

void system_dropped(struct thread *thread, struct route *route, enum drop_reason reason)
{
    struct bus *bus = thread->bus;

    if (drop_is_watched())
        probe_drop(route->type->name, reason);
    if (!system_heard(bus, SYSTEM_MESSAGE_DROPPED) || route->type->kind == BUS_SYSTEM_EVENT)
        return;
    atomic_fetch_add_u32(&route->drops[reason].untold, 1);
    if (!try_to_tell(thread, route, reason, os_coarse_ms(&thread->coarse, &bus->os), false))
        atomic_store_relaxed_u32(&bus->drops_untold, 1);
}

void system_flush_drops(struct bus *bus, struct thread *thread, bool all)
{
    uint32_t i, reason, n = atomic_load_acquire_u32(&bus->route_count);
    uint64_t now = os_coarse_ms(&thread->coarse, &bus->os);
    bool rest = false;

    atomic_store_relaxed_u32(&bus->drops_untold, 0);
    for (i = 1; i <= n; i++)
        for (reason = 0; reason < DROP_REASONS; reason++) {
            struct route *route = route_at(bus, i);

            if (atomic_load_relaxed_u32(&route->drops[reason].untold) != 0 &&
                !try_to_tell(thread, route, (enum drop_reason)reason, now, all))
                rest = true;
        }
    if (rest)
        atomic_store_relaxed_u32(&bus->drops_untold, 1);
}

void system_handler_stuck(struct bus *bus, const struct bus_message_type *type, const char *handler,
                          uint32_t thread, uint64_t running_ns)
{
    struct bus_system_handler_stuck message = {
        .message = name_text(type->name),
        .handler = name_text(handler),
        .worker = thread < bus->worker_count && !bus->options.polled ? thread : UINT32_MAX,
        .running_ns = (int64_t)running_ns,
    };
    struct thread *here = system_heard(bus, SYSTEM_HANDLER_STUCK) ? thread_here(bus) : NULL;

    if (here != NULL)
        tell(bus, here, SYSTEM_HANDLER_STUCK, &message);
}

void system_session_started(struct bus *bus, uint32_t session, const char *id)
{
    struct thread *thread = system_heard(bus, SYSTEM_SESSION_STARTED) ? thread_here(bus) : NULL;
    struct bus_system_session_started message = {.session = session};

    if (thread == NULL)
        return;
    message.id = bus_cstr(id);
    tell(bus, thread, SYSTEM_SESSION_STARTED, &message);
}

void system_session_ended(struct bus *bus, uint32_t session, const char *id,
                          enum bus_session_reason reason, const struct bus_error *why)
{
    struct thread *thread = system_heard(bus, SYSTEM_SESSION_ENDED) ? thread_here(bus) : NULL;
    struct bus_system_session_ended message = {.session = session,
                                               .reason = (enum bus_system_session_reason)reason};
    char text[BUS_ERROR_TEXT_SIZE];

    if (thread == NULL)
        return;
    message.id = bus_cstr(id);
    if (why != NULL) {
        error_text_copy(text, why->text);
        message.failed = true;
        message.error = fault_of_error(why, text);
    }
    tell(bus, thread, SYSTEM_SESSION_ENDED, &message);
}

void system_bus_started(struct bus *bus)
{
    struct bus_system_bus_started message = {.name = name_text(bus->name),
                                             .workers = bus->worker_count};
    struct thread *thread = system_heard(bus, SYSTEM_BUS_STARTED) ? thread_here(bus) : NULL;

    if (thread != NULL)
        tell(bus, thread, SYSTEM_BUS_STARTED, &message);
}

void system_bus_stopping(struct bus *bus, bool closing)
{
    struct bus_system_bus_stopping message = {.name = name_text(bus->name),
                                              .reason = closing ? BUS_SYSTEM_STOP_REASON_CLOSED
                                                                : BUS_SYSTEM_STOP_REASON_REQUESTED};
    struct thread *thread = system_heard(bus, SYSTEM_BUS_STOPPING) ? thread_here(bus) : NULL;

    if (thread != NULL)
        tell(bus, thread, SYSTEM_BUS_STOPPING, &message);
}
