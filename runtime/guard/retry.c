/*
 * guard/retry.c - a failed delivery: once more, later, or never again.
 *
 * A fault that is transient is tried again as often as the message's policy says, each time after
 * its backoff, unless the message's deadline comes first. In between the delivery is held
 * (guard/hold.h) and no thread waits for it. After the last run it is given up: a dead letter.
 *
 * Runs after the first one happen between two messages, one at a time, outside the group of the
 * handler (D3), and show no message in their frame: the message is counted as kept until it ends.
 */
#include "guard/hold.h"

#include <stdio.h>

#include "core/registry.h"
#include "guard/backoff.h"
#include "guard/batch.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/ordered.h"
#include "guard/recovery.h"
#include "guard/retry.h"
#include "path/command.h"

/* So long at least until a parked delivery asks again. */
#define PARK_LEAST_NS BUS_MILLISECOND

static uint64_t deadline_of(const struct bus_delivery *delivery)
{
    uint64_t deadline_ns = delivery->extension != NULL ? delivery->extension->deadline_ns : 0;

    return deadline_ns != 0 ? deadline_ns : UINT64_MAX;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum retry_plan plan_refused(const struct bus_delivery *delivery, uint64_t *due_ns)
{
    uint64_t next;

    if (delivery->route->policy.on_open != BUS_ON_OPEN_PARK ||
        delivery->route->type->kind == BUS_SYSTEM_EVENT)
        return RETRY_REFUSED;
    next = later(guard_next_ns(delivery->handler->guard), bus_until(delivery->bus, PARK_LEAST_NS));
    *due_ns = earlier(next, deadline_of(delivery)); /* it expires then */
    return RETRY_PARKED;
}

/* By its policy's numbers, or by the category of its fault. */
static bool is_tried_again(const struct bus_delivery *delivery, uint32_t attempts, uint64_t *delay)
{
    const struct bus_policy *policy = &delivery->route->policy;

    if (policy->by_category)
        return recovery_plan(delivery->thread, delivery->route, &delivery->error, attempts, delay);
    if (!delivery->error.transient || attempts > policy->retries)
        return false;
    *delay = backoff_delay_ns(policy, attempts - 1, chance_next(&delivery->thread->chance));
    return true;
}

enum retry_plan retry_plan(const struct bus_delivery *delivery, uint32_t attempts, uint64_t *due_ns)
{
    bool gone = atomic_load_relaxed_u32(&delivery->handler->removed) != 0;
    uint64_t delay;

    if (guard_refused(delivery))
        return gone ? RETRY_REFUSED : plan_refused(delivery, due_ns);
    if (gone || delivery->route->type->kind == BUS_SYSTEM_EVENT ||
        !is_tried_again(delivery, attempts, &delay))
        return RETRY_NEVER;
    *due_ns = bus_until(delivery->bus, delay);
    if (*due_ns >= deadline_of(delivery))
        return RETRY_TOO_LATE;
    return guard_allows_retry(delivery) ? RETRY_AT : RETRY_NEVER;
}

void delivery_tell_failure(struct bus_delivery *delivery, uint32_t attempts, bool final)
{
    if (guard_refused(delivery))
        return;
    error_report(delivery, attempts, final);
    system_handler_failed(delivery);
}

static enum bus_letter_reason reason_of(enum retry_plan plan)
{
    return plan == RETRY_TOO_LATE ? BUS_LETTER_EXPIRED
           : plan == RETRY_AT     ? BUS_LETTER_NO_ROOM
           : plan == RETRY_GONE   ? BUS_LETTER_HANDLER_GONE
                                  : BUS_LETTER_FAILED;
}

bool delivery_give_up(struct bus_delivery *delivery, const struct runs *runs, enum retry_plan plan)
{
    struct letter letter = {
        .route = delivery->route,
        .cell = delivery->cell,
        .extension = delivery->extension,
        .message = delivery->message,
        .handler = delivery->handler,
        .error = &delivery->error,
        .attempts = runs->attempts,
        .first_ns = runs->first_ns,
        .last_ns = runs->last_ns,
        .reason = reason_of(plan),
    };

    if (guard_refused(delivery) && plan != RETRY_TOO_LATE)
        return guard_give_up(delivery);
    if (delivery->route->type->kind == BUS_SYSTEM_EVENT || delivery->route->policy.no_dead_letters)
        return false;
    letter.bytes = bus_delivery_bytes(delivery, NULL);
    return dead_letters_add(delivery->thread, &letter);
}

static const struct runs once = {.attempts = 1};

void delivery_note_gone(struct bus_delivery *delivery)
{
    delivery->refused = false;
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_CONFIG,
                                             .severity = BUS_SEVERITY_MEDIUM,
                                             .code = BUS_FAULT_HANDLER_GONE,
                                             .text = "the handler was unregistered while the "
                                                     "message waited for its next run"});
}

void delivery_note_attempts(struct bus_delivery *delivery, uint32_t attempts)
{
    char text[BUS_ERROR_TEXT_SIZE + 40];
    int size;

    if (attempts <= 1)
        return;
    size =
        snprintf(text, sizeof text, "failed after %u attempts: %s", attempts, delivery->error_text);
    if (size > 0)
        error_text_copy(delivery->error_text, text);
}

/* ---- first runs ---- */

struct held *delivery_hold(struct bus_delivery *delivery, struct worker *worker,
                           enum held_state state, uint64_t due_ns)
{
    struct held *held = held_take(worker->bus, delivery->handler);
    struct kept *kept = held != NULL ? kept_take(worker, delivery) : NULL;

    if (kept == NULL) {
        if (held != NULL)
            held_give(worker->bus, held);
        return NULL;
    }
    held->state = state;
    held->timer.fire =
        (cell_flags(delivery->cell) & CELL_COMMAND) != 0 ? command_again : delivery_again;
    held_join(held, kept);
    if (delivery->route->policy.ordered && type_is_event(delivery->route->type))
        order_enter(worker, held, order_key(delivery));
    worker_timer(worker, &held->timer, due_ns);
    return held;
}

void delivery_failed(struct bus_delivery *delivery, struct worker *worker)
{
    uint64_t due_ns = 0;
    struct held *held = NULL;
    enum retry_plan plan;

    if (batch_has(delivery))
        return;
    plan = retry_plan(delivery, 1, &due_ns);
    if (retry_is_kept(plan))
        held = delivery_hold(delivery, worker, retry_state(plan), due_ns);
    delivery_tell_failure(delivery, 1, held == NULL);
    if (held != NULL) {
        held->runs.attempts = plan == RETRY_AT;
        held_note(held, delivery, bus_now(worker->bus));
        return;
    }
    worker->holding.lost = true;
    (void)delivery_give_up(delivery, &once, plan);
}

/* ---- parts of parallel groups ---- */

struct held *part_failed(struct bus_delivery *delivery)
{
    uint64_t due_ns = 0;
    enum retry_plan plan = retry_plan(delivery, 1, &due_ns);
    struct held *held = retry_is_kept(plan) ? held_take(delivery->bus, delivery->handler) : NULL;

    delivery_tell_failure(delivery, 1, held == NULL);
    if (held == NULL) {
        (void)delivery_give_up(delivery, &once, plan);
        return NULL;
    }
    held->runs.attempts = plan == RETRY_AT;
    held->state = retry_state(plan);
    held->timer.fire = delivery_again;
    held->timer.due_ns = due_ns;
    held_note(held, delivery, bus_now(delivery->bus));
    return held;
}

static void part_settle(struct bus_delivery *delivery, struct worker *worker, struct held *held)
{
    struct kept *kept;

    delivery->handler = held->handler;
    delivery->report = held->report;
    delivery->refused = held->state == HELD_PARKED;
    error_note(delivery, &held->error);
    kept = kept_take(worker, delivery);
    if (kept != NULL) {
        held_join(held, kept);
        worker_timer(worker, &held->timer, held->timer.due_ns);
        return;
    }
    worker->holding.lost = true;
    (void)delivery_give_up(delivery, &held->runs, RETRY_AT);
    held_give(worker->bus, held);
}

void parts_settle(const struct bus_delivery *model, struct worker *worker, struct held *failed,
                  bool lost)
{
    struct bus_delivery delivery;

    worker->holding.lost = worker->holding.lost || lost;
    delivery.bus = model->bus;
    delivery.thread = model->thread;
    delivery.route = model->route;
    delivery.cell = model->cell;
    delivery.extension = model->extension;
    delivery.bytes = model->bytes;
    delivery.size = model->size;
    delivery.message = model->message;
    while (failed != NULL) {
        struct held *next = failed->next;

        part_settle(&delivery, worker, failed);
        failed = next;
    }
}

/* ---- later runs ---- */

void held_end_unrun(struct worker *worker, struct thread *thread, struct held *held,
                    enum bus_letter_reason reason)
{
    struct kept *kept = held->kept;
    struct letter letter = {
        .route = kept->route,
        .cell = &kept->cell,
        .handler = held->handler,
        .error = &held->error,
        .attempts = held->runs.attempts,
        .first_ns = held->runs.first_ns,
        .last_ns = held->runs.last_ns,
        .reason = reason,
    };

    (void)dead_letters_add(thread, &letter);
    if (reason == BUS_LETTER_EXPIRED)
        error_lost(worker->bus, held->report);
    held_end(worker, thread, held, true);
}

void held_failed(struct bus_delivery *delivery, struct worker *worker, struct held *held)
{
    uint64_t due_ns = 0;
    enum retry_plan plan = retry_plan(delivery, held->runs.attempts, &due_ns);

    delivery_tell_failure(delivery, held->runs.attempts, !retry_is_kept(plan));
    held->runs.attempts -= guard_refused(delivery);
    held_note(held, delivery, bus_now(worker->bus));
    if (retry_is_kept(plan)) {
        held_set_state(delivery->thread, held, retry_state(plan));
        worker_timer(worker, &held->timer, due_ns);
        return;
    }
    (void)delivery_give_up(delivery, &held->runs, plan);
    held_end(worker, delivery->thread, held, true);
}

void delivery_note_no_memory(struct bus_delivery *delivery)
{
    delivery->message = NULL;
    delivery->refused = false;
    error_note(delivery, &(struct bus_error){.category = BUS_CATEGORY_RESOURCE,
                                             .severity = BUS_SEVERITY_HIGH,
                                             .code = BUS_FAULT_MEMORY,
                                             .transient = true,
                                             .text = "no memory to unpack the message"});
}

static void run_again(struct worker *worker, struct thread *thread, struct held *held)
{
    struct kept *kept = held->kept;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct bus_delivery delivery;
    bool opened;

    held->runs.attempts++;
    cell_set_attempt(&kept->cell, held->runs.attempts);
    opened = delivery_open(&delivery, thread, kept->route, &kept->cell);
    delivery.handler = held->handler;
    delivery.report = held->report;
    if (!opened)
        delivery_note_no_memory(&delivery);
    if (opened && delivery_run(&delivery)) {
        if (held->report != 0)
            error_recovered(&delivery);
        held_end(worker, thread, held, false);
    } else {
        held_failed(&delivery, worker, held);
    }
    scratch_release(&thread->scratch, mark);
}

bool held_is_past(struct thread *thread, const struct held *held)
{
    const struct cell_extension *extension = cell_extension(&held->kept->cell);

    return extension != NULL && extension->deadline_ns != 0 &&
           thread_is_past(thread, extension->deadline_ns);
}

void held_note_gone(struct held *held)
{
    held->error = (struct bus_error){.category = BUS_CATEGORY_CONFIG,
                                     .severity = BUS_SEVERITY_MEDIUM,
                                     .code = BUS_FAULT_HANDLER_GONE,
                                     .text = held->error_text};
    error_text_copy(held->error_text, "the handler was unregistered while the message waited");
}

void delivery_again(struct worker *worker, struct thread *thread, struct timer *timer)
{
    struct held *held = (struct held *)(void *)timer;
    struct kept *kept = held->kept;
    struct frame *frame = frame_push(thread, NO_ROUTE);

    kept_running(worker, kept);
    if (held->state != HELD_BATCH)
        held_set_state(thread, held, HELD_RETRY);
    if (!frame_enter(worker->bus, frame, held->handler)) {
        held_note_gone(held);
        held_end_unrun(worker, thread, held, BUS_LETTER_HANDLER_GONE);
    } else if (batches_of(held->handler) != NULL) {
        batch_again(worker, thread, held);
    } else if (held_is_past(thread, held)) {
        held_end_unrun(worker, thread, held, BUS_LETTER_EXPIRED);
    } else {
        run_again(worker, thread, held);
    }
    kept_running(worker, NULL);
    frame_leave(frame);
    frame_pop(thread);
}

/* ---- handlers that go ---- */

static void purge(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct kept *kept, *next_kept;
    struct held *held, *next;

    (void)mail;
    atomic_exchange_u32(&worker->holding.purge_posted, 0);
    for (kept = worker->holding.first; kept != NULL; kept = next_kept) {
        next_kept = kept->next;
        for (held = kept->deliveries; held != NULL; held = next) {
            next = held->next;
            if (atomic_load_acquire_u32(&held->handler->removed) == 0)
                continue;
            if ((cell_flags(&kept->cell) & CELL_COMMAND) != 0) {
                worker_timer(worker, &held->timer, 1); /* somebody waits to be told */
                continue;
            }
            held_note_gone(held);
            held_end_unrun(worker, thread, held, BUS_LETTER_HANDLER_GONE);
        }
    }
}

void hold_purge(struct worker *worker)
{
    if (atomic_exchange_u32(&worker->holding.purge_posted, 1) != 0)
        return;
    worker->holding.purge.run = purge;
    worker_post(worker, &worker->holding.purge);
}
