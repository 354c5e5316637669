/*
 * path/defer.c - commands whose handler answers later.
 *
 * bus_delivery_defer copies the command (header, extension, payload) into a pool block and turns
 * its pending record from WAITING to DEFERRED; an inline command gets a record then. From there on
 * no worker and no frame knows the command: its account says `kept`. Who has the token, who waits,
 * who cancels, who unregisters the handler and who stops the bus each want to end it; the one that
 * gets the record out of DEFERRED does (path/pending.c), and counts its end before the waiter is
 * told.
 *
 * The token may be used before the handler has returned. So nothing but the delivery on the stack
 * of that thread says that the command was deferred, once it was.
 *
 * A command with a completion ends on the worker that ran it: whoever ends it posts the record
 * there, which is DONE then; the worker takes it and calls the completion. So that it ends at all,
 * its deadline is a timer of that worker.
 *
 * Everybody outside of handlers enters as a publisher does while he counts: an audit waits for him.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/hold.h"
#include "guard/retry.h"
#include "path/reply.h"

/* ---- deferring ---- */

static enum bus_verdict refuse(struct bus_delivery *delivery, enum bus_category category,
                               int32_t code, const char *text)
{
    last_error_set("%s: %s", delivery->route->type->name, text);
    return bus_fail(delivery, &(struct bus_error){.category = category,
                                                  .code = code,
                                                  .transient = category == BUS_CATEGORY_RESOURCE,
                                                  .text = text});
}

/* The command as it would lie in a cell large enough. NULL: no block. */
static struct cell *copy_command(struct bus_delivery *delivery, struct pending *pending,
                                 uint32_t generation)
{
    struct cell *cell =
        pool_take(&delivery->bus->pool, CELL_HEADER_SIZE + CELL_EXTENSION_SIZE + delivery->size);
    struct cell_extension *extension;

    if (cell == NULL)
        return NULL;
    *cell = *delivery->cell;
    cell->shape = CELL_EXTENDED | CELL_COMMAND | delivery->size << 8;
    extension = cell_extension(cell);
    if (delivery->extension != NULL)
        *extension = *delivery->extension;
    else
        cell_extension_clear(extension);
    extension->pending = pending;
    extension->pending_generation = generation;
    extension->has |= CELL_HAS_PENDING;
    memcpy(cell_payload(cell), bus_delivery_bytes(delivery, NULL), delivery->size);
    return cell;
}

/* The record of who waits, or a new one for who runs it himself. NULL: none left. */
static struct pending *record_of(const struct bus_delivery *delivery, uint32_t *generation)
{
    const struct cell_extension *extension = delivery->extension;
    struct pending *pending;

    if (extension != NULL && (extension->has & CELL_HAS_PENDING) != 0) {
        *generation = extension->pending_generation;
        return extension->pending;
    }
    pending = pending_take(delivery->bus, generation);
    if (pending != NULL)
        pending->waiter = delivery->thread;
    return pending;
}

static bool has_own_record(const struct bus_delivery *delivery)
{
    return delivery->extension == NULL || (delivery->extension->has & CELL_HAS_PENDING) == 0;
}

static struct frame *frame_of(const struct bus_delivery *delivery)
{
    return &delivery->thread->frames[atomic_load_relaxed_u32(&delivery->thread->depth) - 1];
}

static void at_deadline(struct worker *worker, struct thread *thread, struct timer *timer);

/* The completion runs here, if only because the deadline has passed. */
static void watch(const struct bus_delivery *delivery, struct pending *pending,
                  const struct cell *cell)
{
    if (pending->complete == NULL)
        return;
    pending->worker = delivery->thread->worker;
    pending->timer.fire = at_deadline;
    worker_timer(pending->worker, &pending->timer, cell_extension(cell)->deadline_ns);
}

static void unwatch(struct pending *pending)
{
    if (pending->complete != NULL)
        timers_cancel(&pending->worker->timers, &pending->timer);
}

static enum bus_verdict defer(struct bus_delivery *delivery, struct bus_token *token)
{
    struct bus *bus = delivery->bus;
    uint64_t *kept = &thread_count(delivery->thread, delivery->route)->kept;
    uint32_t generation;
    struct pending *pending = record_of(delivery, &generation);
    struct cell *cell;

    if (pending == NULL)
        return refuse(delivery, BUS_CATEGORY_RESOURCE, BUS_FAULT_MEMORY,
                      "cannot defer: too many commands wait for an answer; raise "
                      "bus_options.commands_max");
    cell = copy_command(delivery, pending, generation);
    if (cell == NULL) {
        if (has_own_record(delivery))
            pending_give(bus, pending);
        return refuse(delivery, BUS_CATEGORY_RESOURCE, BUS_FAULT_MEMORY,
                      "cannot defer: the pool has no block for the request; raise "
                      "bus_options.pool_bytes");
    }
    pending->route = delivery->route;
    atomic_store_release_u32(&delivery->handler->unit->deferred, 1);
    atomic_store_release_ptr(&pending->ran, delivery->handler);
    pending->handler = delivery->handler->name;
    pending->probe = delivery->handler->guard != NULL && delivery->probe;
    pending->attempts = cell_attempt(delivery->cell);
    pending->since_ns = delivery->since_ns;
    pending->report = pending->attempts > 1 ? delivery->report : 0;
    atomic_store_release_ptr(&pending->kept, cell);
    counter_add(kept, 1);
    watch(delivery, pending, cell);
    if (!pending_move(pending, generation, PENDING_WAITING, PENDING_DEFERRED)) {
        unwatch(pending);
        atomic_store_release_ptr(&pending->kept, NULL);
        pool_give(&bus->pool, cell);
        counter_add(kept, (uint64_t)-1);
        if (has_own_record(delivery))
            pending_give(bus, pending);
        return refuse(delivery, BUS_CATEGORY_TIMEOUT, BUS_FAULT_BARE,
                      "cannot defer: nobody waits for the answer any more");
    }
    atomic_store_release_u32(&frame_of(delivery)->route, NO_ROUTE);
    delivery->deferred = true;
    delivery->misused = true;
    delivery->later = pending;
    delivery->later_generation = generation;
    delivery->answer = UINT32_MAX; /* a second answer is refused */
    *token = (struct bus_token){bus, (uint32_t)(pending - bus->pendings) + 1, generation};
    return BUS_LATER;
}

enum bus_verdict bus_delivery_defer(struct bus_delivery *delivery, struct bus_token *token)
{
    if (token != NULL)
        *token = (struct bus_token){0};
    if (delivery == NULL || thread_known(delivery->bus) != delivery->thread ||
        delivery->thread->current != delivery) {
        last_error_set("bus_delivery_defer: there is no delivery, or its handler does not run on "
                       "this thread");
        return BUS_FAULT;
    }
    if (token == NULL)
        return refuse(delivery, BUS_CATEGORY_CONFIG, BUS_FAULT_VERDICT,
                      "cannot defer: the token is NULL");
    if (delivery->route->type->kind != BUS_COMMAND)
        return refuse(delivery, BUS_CATEGORY_CONFIG, BUS_FAULT_VERDICT,
                      "cannot defer: it is an event, nobody waits for an answer");
    if (delivery->answer != 0 || delivery->misused)
        return refuse(delivery, BUS_CATEGORY_PROCESSING, BUS_FAULT_SECOND_ANSWER,
                      "cannot defer: the handler has answered or deferred already");
    if (atomic_load_acquire_u32(&delivery->handler->removed) != 0)
        return refuse(delivery, BUS_CATEGORY_PROCESSING, BUS_FAULT_HANDLER_GONE,
                      "cannot defer: the handler was unregistered");
    return defer(delivery, token);
}

/* ---- ending ---- */

/* The record is taken. Frees the copy. */
static void let_go(struct bus *bus, struct pending *pending)
{
    struct cell *cell = atomic_load_relaxed_ptr(&pending->kept);

    atomic_store_release_ptr(&pending->kept, NULL);
    pool_give(&bus->pool, cell);
    tell_room(bus);
}

static uint64_t *counter_of(struct counters *counters, enum bus_outcome outcome)
{
    switch (outcome) {
    case BUS_ANSWERED:
        return &counters->processed;
    case BUS_TIMEOUT:
    case BUS_EXPIRED:
        return &counters->expired;
    case BUS_CLOSED:
        return &counters->closed;
    case BUS_CANCELLED:
        return &counters->cancelled;
    default:
        return &counters->failed;
    }
}

/* The copy as a delivery, for what looks at one. */
static void delivery_of(struct bus_delivery *delivery, struct thread *thread,
                        struct pending *pending)
{
    const struct cell *cell = pending->kept;

    *delivery = (struct bus_delivery){
        .bus = thread->bus,
        .thread = thread,
        .route = pending->route,
        .cell = cell,
        .extension = cell_extension(cell),
        .bytes = cell_payload(cell),
        .size = cell_size(cell),
        .handler = pending->ran,
        .error = pending->error,
    };
    delivery->error.text = pending->error_text;
}

/* It failed before it was deferred, and now it is answered. */
static void note_recovery(struct thread *thread, const struct pending *pending)
{
    struct bus_delivery delivery;

    delivery.bus = thread->bus;
    delivery.report = pending->report;
    error_recovered(&delivery);
}

/* Tells the breaker that let the run pass, and the errors. */
static void settle(struct thread *thread, struct pending *pending)
{
    struct guard *guard = pending->ran != NULL ? pending->ran->guard : NULL;
    enum breaker_admission admission = pending->probe ? BREAKER_PROBE : BREAKER_GO;

    if (pending->ran != NULL && pending->outcome == BUS_ANSWERED && pending->report != 0)
        note_recovery(thread, pending);
    if (guard == NULL || guard->breaker == NULL)
        return;
    if (pending->outcome == BUS_ANSWERED || pending->outcome == BUS_TIMEOUT ||
        (pending->outcome == BUS_FAULTED && pending->error.code != BUS_FAULT_HANDLER_GONE))
        guard_settle(guard, thread, admission, pending->outcome == BUS_ANSWERED);
    else if (pending->probe)
        breaker_abandon(guard->breaker, true);
    pending->breaker_state = (uint8_t)guard_state(pending->ran);
}

/* It was accepted by nobody so far. */
static void end_unapproved(struct thread *thread, struct pending *pending)
{
    struct counters *counters = thread_count(thread, pending->route);

    system_approval_changed(thread, pending->route, pending->kept,
                            pending->outcome == BUS_EXPIRED || pending->outcome == BUS_TIMEOUT
                                ? APPROVAL_EXPIRED
                                : APPROVAL_DENIED);
    let_go(thread->bus, pending);
    if (pending->outcome != BUS_CLOSED)
        counter_add(&counters->direct, 1);
    counter_add(counter_of(counters, pending->outcome), 1);
    tell_idle(thread->bus);
}

/* The record is taken and says how it ended: counts and tells it, but for the waiter. */
static void end(struct thread *thread, struct pending *pending)
{
    struct bus *bus = thread->bus;
    struct counters *counters = thread_count(thread, pending->route);

    if (pending->ran == NULL) {
        end_unapproved(thread, pending);
        return;
    }
    system_deferred_result(thread, pending);
    if (pending->outcome == BUS_TIMEOUT)
        system_dropped(thread, pending->route, DROP_EXPIRED);
    let_go(bus, pending);
    counter_add(counter_of(counters, pending->outcome), 1);
    counter_add(&counters->resolved, 1);
    tell_idle(bus);
}

static const char too_late[] = "the handler deferred its answer and gave none in time";

static void set_error(struct pending *pending, enum bus_outcome outcome, const char *text)
{
    pending->outcome = outcome;
    error_text_copy(pending->error_text, text);
}

bool deferred_expire(struct thread *thread, struct pending *pending, uint32_t generation)
{
    bool ours;

    publish_enter_ending(thread->bus, thread);
    ours = pending_take_deferred(thread->bus, pending, generation);
    if (ours) {
        set_error(pending, BUS_TIMEOUT, too_late);
        settle(thread, pending);
        end(thread, pending);
        pending_give(thread->bus, pending);
    }
    if (atomic_load_relaxed_u32(&thread->depth) == 0)
        publish_leave(thread);
    return ours;
}

bool deferred_withdraw(struct bus_delivery *delivery)
{
    struct counters *counters = thread_count(delivery->thread, delivery->route);
    struct pending *pending = delivery->later;

    if (!pending_take_deferred(delivery->bus, pending, delivery->later_generation))
        return false;
    delivery->deferred = false;
    delivery->answer = 0;
    atomic_store_release_u32(&frame_of(delivery)->route, delivery->route->index);
    counter_add(&counters->resolved, 1);
    unwatch(pending);
    let_go(delivery->bus, pending);
    if (has_own_record(delivery))
        pending_give(delivery->bus, pending);
    else
        (void)pending_move(pending, delivery->later_generation, PENDING_TAKEN, PENDING_WAITING);
    return true;
}

/* The record is taken and says how it ended: calls the completion. The worker's thread. */
static void complete(struct thread *thread, struct pending *pending)
{
    struct bus_delivery *outer = thread->current;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct bus_delivery delivery;
    struct bus_run *run;
    struct reply reply;
    bool spare;

    delivery_of(&delivery, thread, pending);
    (void)frame_push(thread, NO_ROUTE);
    reply_must(thread, pending->route, &reply, &spare);
    run = reply.result;
    result_init(&reply);
    run->id = message_id(thread->bus, pending->kept);
    (void)result_of_record(&reply, pending);
    thread->current = &delivery;
    pending->complete(pending->callback, pending->context, reply.result);
    thread->current = outer;
    spare_give(pending->route, spare);
    scratch_release(&thread->scratch, mark);
    frame_pop(thread);
}

/* Completes, counts, frees. */
static void end_here(struct thread *thread, struct pending *pending)
{
    settle(thread, pending);
    complete(thread, pending);
    pool_give(&thread->bus->pool, pending->bytes);
    end(thread, pending);
    pending_give(thread->bus, pending);
}

static void at_deadline(struct worker *worker, struct thread *thread, struct timer *timer)
{
    struct pending *pending =
        (struct pending *)(void *)((uint8_t *)timer - offsetof(struct pending, timer));

    (void)worker;
    if (!pending_take_deferred(thread->bus, pending, pending_generation(pending)))
        return; /* it has ended, the mail is on its way */
    set_error(pending, BUS_TIMEOUT, too_late);
    end_here(thread, pending);
}

static void on_mail(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct pending *pending =
        (struct pending *)(void *)((uint8_t *)mail - offsetof(struct pending, mail));

    timers_cancel(&worker->timers, &pending->timer);
    if (pending_move(pending, pending_generation(pending), PENDING_DONE, PENDING_TAKEN))
        end_here(thread, pending);
}

/* It has failed for good: a dead letter, and what whoever waits is told. */
static void give_up(struct pending *pending, struct bus_delivery *delivery, enum retry_plan plan)
{
    const struct runs runs = {.attempts = pending->attempts, .first_ns = pending->since_ns};

    pending->outcome = BUS_FAULTED;
    pending->error = delivery->error;
    pending->error.text = pending->error_text;
    pending->dead_lettered = delivery_give_up(delivery, &runs, plan);
    if (plan != RETRY_GONE)
        delivery_note_attempts(delivery, pending->attempts);
    error_text_copy(pending->error_text, delivery->error_text);
}

void deferred_fail(struct thread *thread, struct pending *pending, const struct bus_error *error)
{
    static const struct bus_error none = {0};
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct bus_error noted = error != NULL ? *error : none;
    struct bus_delivery delivery;

    delivery_of(&delivery, thread, pending);
    if (pending->route->secrets && !delivery_open(&delivery, thread, pending->route, pending->kept))
        noted.text = NULL; /* no memory to look for them */
    delivery.handler = pending->ran;
    error_note(&delivery, &noted);
    error_judge(&delivery);
    secrets_mask(&delivery);
    delivery.report = pending->report;
    counter_add(&thread_count(thread, pending->route)->calls_failed, 1);
    error_report(&delivery, pending->attempts, true);
    give_up(pending, &delivery, RETRY_NEVER);
    scratch_release(&thread->scratch, mark);
}

void deferred_end(struct thread *thread, struct pending *pending, uint32_t generation)
{
    if (pending->complete == NULL) {
        settle(thread, pending);
        end(thread, pending);
        pending_finish(thread->bus, pending, generation);
        return;
    }
    pending->mail.run = on_mail;
    (void)pending_move(pending, generation, PENDING_TAKEN, PENDING_DONE);
    worker_post(pending->worker, &pending->mail);
}

static bool is_of(const struct pending *pending, const struct unit *unit)
{
    const struct handler *ran = atomic_load_relaxed_ptr(&pending->ran);

    return atomic_load_acquire_ptr(&pending->kept) != NULL && ran >= unit->handlers &&
           ran < unit->handlers + unit->handler_count;
}

/* No run of it has failed, so there is nothing to report. */
static void end_gone(struct thread *thread, struct pending *pending)
{
    struct bus_delivery delivery;

    delivery_of(&delivery, thread, pending);
    delivery.handler = pending->ran;
    error_note(&delivery,
               &(struct bus_error){.severity = BUS_SEVERITY_HIGH,
                                   .code = BUS_FAULT_HANDLER_GONE,
                                   .text = "the handler was unregistered before it answered"});
    give_up(pending, &delivery, RETRY_GONE);
}

/* Most units never do: nobody has to look through the records. */
static bool has_deferred(const struct unit *unit)
{
    return atomic_load_acquire_u32(&unit->deferred) != 0;
}

void deferred_end_unit(struct bus *bus, struct thread *thread, const struct unit *unit)
{
    uint32_t i, records = has_deferred(unit) ? bus->options.commands_max : 0;

    for (i = 0; i < records; i++) {
        struct pending *pending = &bus->pendings[i];
        uint32_t generation = pending_generation(pending);

        /* Its handler does not run any more: what it deferred can be seen. */
        if (!is_of(pending, unit) || !pending_take_deferred(bus, pending, generation))
            continue;
        end_gone(thread, pending);
        deferred_end(thread, pending, generation);
    }
}

bool deferred_refer(const struct bus *bus, const struct unit *unit)
{
    uint32_t i, records = has_deferred(unit) ? bus->options.commands_max : 0;

    for (i = 0; i < records; i++)
        if (is_of(&bus->pendings[i], unit))
            return true;
    return false;
}

/* Counts as left: nothing but the waiter hears of it, and the copy stays. */
static void close_one(struct thread *thread, struct pending *pending, uint32_t generation)
{
    set_error(pending, BUS_CLOSED, "the bus stopped before the command was answered");
    if (pending->ran == NULL && pending->complete != NULL) {
        end_here(thread, pending);
        return;
    }
    if (pending->ran == NULL)
        end(thread, pending);
    if (pending->complete != NULL) {
        complete(thread, pending);
        pending_give(thread->bus, pending);
    } else {
        pending_finish(thread->bus, pending, generation);
    }
}

void deferred_end_all(struct bus *bus, struct thread *thread)
{
    uint32_t i;

    for (i = 0; i < bus->options.commands_max; i++) {
        struct pending *pending = &bus->pendings[i];
        uint32_t generation = pending_generation(pending);

        if (atomic_load_acquire_ptr(&pending->kept) == NULL)
            continue;
        /* An answer whose mail was not opened any more. */
        if (pending->complete != NULL &&
            pending_move(pending, generation, PENDING_DONE, PENDING_TAKEN))
            end_here(thread, pending);
        else if (pending_take_deferred(bus, pending, generation))
            close_one(thread, pending, generation);
    }
}

void scan_deferred(struct bus *bus, void (*fn)(void *context, const struct cell *cell),
                   void *context)
{
    uint32_t i;

    for (i = 0; i < bus->options.commands_max; i++) {
        const struct cell *cell = atomic_load_acquire_ptr(&bus->pendings[i].kept);

        if (cell != NULL && atomic_load_relaxed_ptr(&bus->pendings[i].ran) != NULL)
            fn(context, cell);
    }
}
