/*
 * guard/hold.c - records of held deliveries, and the messages they share; see hold.h.
 *
 * Records. A stack of free ones by index, with a tag against ABA (as in path/pending.c), and behind
 * it those that were never used: they are not touched before, so a large table costs address space.
 *
 * Cancelling. The record of a command (path/pending.c) says which worker holds it. Who cancels
 * moves its state and then looks there; the worker writes there and then touches the state by a
 * cas: of two cas on one word the later one sees the earlier, so either the holder is seen or the
 * cancel is. The mail to the holder lies in the record, which is never returned to the system, and
 * is posted once at a time (`called`). The record may be another command's when it is opened: its
 * holder is looked at again, and called if it is another worker.
 */
#include "guard/hold.h"

#include "core/registry.h"
#include "guard/batch.h"
#include "guard/dead_letters.h"
#include "guard/ordered.h"

size_t held_bytes(const struct bus *bus)
{
    return (size_t)bus->options.held_max * sizeof(struct held);
}

/* ---- records ---- */

static struct held *take_record(struct bus *bus)
{
    uint64_t top = atomic_load_acquire_u64(&bus->held_top);
    uint32_t used;

    while ((uint32_t)top != 0) {
        struct held *held = &bus->held[(uint32_t)top - 1];
        uint32_t next = atomic_load_relaxed_u32(&held->next_free);

        if (atomic_cas_u64(&bus->held_top, &top, ((top >> 32) + 1) << 32 | next))
            return held;
    }
    used = atomic_load_relaxed_u32(&bus->held_used);
    while (used < bus->options.held_max)
        if (atomic_cas_u32(&bus->held_used, &used, used + 1))
            return &bus->held[used];
    return NULL;
}

struct held *held_take(struct bus *bus, struct handler *handler)
{
    struct held *held = take_record(bus);

    if (held == NULL)
        return NULL;
    held->timer.place = 0;
    held->next = NULL;
    held->kept = NULL;
    held->handler = handler;
    held->runs.first_ns = held->runs.last_ns = 0;
    held->runs.attempts = 0;
    held->report = 0;
    held->error = (struct bus_error){.text = held->error_text};
    held->error_text[0] = '\0';
    held->state = HELD_RETRY;
    held->still = false;
    held->line.in = false;
    held->batch_next = NULL;
    /* The frame shows the handler, so it is not freed before this is seen (core/hazards.c). */
    atomic_fetch_add_u32(&handler->unit->held, 1);
    return held;
}

void held_give(struct bus *bus, struct held *held)
{
    uint64_t top = atomic_load_acquire_u64(&bus->held_top);
    uint32_t own = (uint32_t)(held - bus->held) + 1;

    atomic_fetch_add_u32(&held->handler->unit->held, (uint32_t)-1);
    do
        atomic_store_relaxed_u32(&held->next_free, (uint32_t)top);
    while (!atomic_cas_u64(&bus->held_top, &top, ((top >> 32) + 1) << 32 | own));
}

void held_note(struct held *held, const struct bus_delivery *delivery, uint64_t now)
{
    held->error = delivery->error;
    error_text_copy(held->error_text, delivery->error_text);
    held->error.text = held->error_text;
    held->report = delivery->bus->errors != NULL ? delivery->report : 0;
    held->runs.last_ns = now;
    if (held->runs.first_ns == 0)
        held->runs.first_ns = now;
}

/* ---- messages ---- */

static void link_kept(struct worker *worker, struct kept *kept)
{
    struct holding *holding = &worker->holding;

    lock_take(&holding->lock, &worker->bus->os);
    kept->next = NULL;
    kept->before = holding->last;
    *(holding->last != NULL ? &holding->last->next : &holding->first) = kept;
    holding->last = kept;
    lock_give(&holding->lock, &worker->bus->os);
}

static void unlink_kept(struct worker *worker, struct kept *kept)
{
    struct holding *holding = &worker->holding;

    lock_take(&holding->lock, &worker->bus->os);
    *(kept->before != NULL ? &kept->before->next : &holding->first) = kept->next;
    *(kept->next != NULL ? &kept->next->before : &holding->last) = kept->before;
    if (holding->running == kept)
        holding->running = NULL;
    lock_give(&holding->lock, &worker->bus->os);
}

void kept_running(struct worker *worker, struct kept *kept)
{
    lock_take(&worker->holding.lock, &worker->bus->os);
    worker->holding.running = kept;
    lock_give(&worker->holding.lock, &worker->bus->os);
}

struct kept *kept_take(struct worker *worker, const struct bus_delivery *delivery)
{
    struct holding *holding = &worker->holding;
    const struct cell *cell = delivery->cell;
    struct kept *kept = holding->current;

    if (kept != NULL)
        return kept;
    kept = pool_take(&worker->bus->pool, offsetof(struct kept, cell) + cell_used(cell));
    if (kept == NULL)
        return NULL;
    memcpy(&kept->cell, cell, cell_used(cell));
    kept->route = delivery->route;
    kept->deliveries = NULL;
    kept->refs = 1;
    kept->parked = 0;
    kept->failed = false;
    kept->is_parked = false;
    if ((cell_flags(cell) & CELL_POOLED) != 0)
        holding->taken = cell_block(cell);
    holding->current = kept;
    link_kept(worker, kept);
    return kept;
}

/* Nothing refers to it any more. */
static void give_kept(struct worker *worker, struct kept *kept)
{
    struct bus *bus = worker->bus;

    unlink_kept(worker, kept);
    if ((cell_flags(&kept->cell) & CELL_POOLED) != 0)
        pool_give(&bus->pool, cell_block(&kept->cell));
    pool_give(&bus->pool, kept);
    tell_room(bus);
}

void kept_drop(struct worker *worker, struct kept *kept)
{
    struct holding *holding = &worker->holding;

    holding->current = NULL;
    holding->taken = NULL; /* the cell has its block again */
    unlink_kept(worker, kept);
    pool_give(&worker->bus->pool, kept);
}

/* Whether bus_wait_idle waits for it has changed, perhaps. */
static void look_at_parked(struct thread *thread, struct kept *kept)
{
    struct counters *counters = thread_count(thread, kept->route);
    bool parked = kept->refs != 0 && kept->parked == kept->refs;

    if (parked == kept->is_parked)
        return;
    kept->is_parked = parked;
    counter_add(parked ? &counters->parked : &counters->unparked, 1);
}

uint64_t *dispatch_end(struct worker *worker, struct counters *counters)
{
    struct holding *holding = &worker->holding;
    struct kept *kept = holding->current;
    bool lost = holding->lost;

    holding->current = NULL;
    holding->lost = false;
    if (holding->stopped) {
        holding->stopped = false;
        return NULL;
    }
    if (kept == NULL)
        return &counters->failed;
    kept->failed = lost;
    kept->refs--;
    if (kept->parked == kept->refs) {
        kept->is_parked = true;
        counter_add(&counters->parked, 1);
    }
    return &counters->kept;
}

/* ---- held deliveries ---- */

void held_join(struct held *held, struct kept *kept)
{
    held->kept = kept;
    held->next = kept->deliveries;
    kept->deliveries = held;
    kept->refs++;
    held->still = held->still || held->state == HELD_PARKED;
    kept->parked += held->still;
}

void held_set_state(struct thread *thread, struct held *held, enum held_state state)
{
    bool still = state == HELD_PARKED;

    held->state = state;
    if (still == held->still)
        return;
    /* Those behind it are as far from their run as it is. */
    for (; held != NULL; held = held->line.in ? held->line.behind : NULL) {
        held->kept->parked += (uint32_t)still - (uint32_t)held->still;
        held->still = still;
        look_at_parked(thread, held->kept);
    }
}

static void leave(struct held *held)
{
    struct kept *kept = held->kept;
    struct held **link = &kept->deliveries;

    while (*link != held)
        link = &(*link)->next;
    *link = held->next;
    kept->refs--;
    kept->parked -= held->still;
}

void held_end(struct worker *worker, struct thread *thread, struct held *held, bool failed)
{
    held_end_as(worker, thread, held, failed, NULL);
}

void held_end_as(struct worker *worker, struct thread *thread, struct held *held, bool failed,
                 uint64_t *end)
{
    struct kept *kept = held->kept;
    struct counters *counters = thread_count(thread, kept->route);

    if (held->state == HELD_BATCH)
        batch_leave(worker, held);
    timers_cancel(&worker->timers, &held->timer);
    order_leave(worker, thread, held);
    leave(held);
    held_give(worker->bus, held);
    kept->failed = kept->failed || failed;
    look_at_parked(thread, kept);
    if (kept->refs != 0)
        return;
    /* The end first: an account never shows less than was accepted (stats/account.c). */
    if (end == NULL)
        end = kept->failed ? &counters->failed : &counters->processed;
    counter_add(end, 1);
    counter_add(&counters->resolved, 1);
    if ((cell_flags(&kept->cell) & CELL_COMMAND) == 0) /* a command does in its completion */
        dead_letters_settle(thread, &kept->cell, !kept->failed);
    give_kept(worker, kept);
    if (worker->stopped != 0)
        worker_go_on(worker);
}

/* ---- commands that are cancelled ---- */

static void on_call(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct pending *pending =
        (struct pending *)(void *)((uint8_t *)mail - offsetof(struct pending, call));

    (void)thread;
    (void)atomic_exchange_u32(&pending->called, 0);
    if (atomic_load_acquire_u32(&pending->holder) != worker->index + 1)
        hold_call(worker->bus, pending);
    else if (pending_state(pending, pending_generation(pending)) == PENDING_CANCELLED)
        worker_timer(worker, &pending->held->timer, 1); /* at once */
}

void hold_call(struct bus *bus, struct pending *pending)
{
    uint32_t holder = atomic_load_acquire_u32(&pending->holder);

    if (holder == 0 || atomic_exchange_u32(&pending->called, 1) != 0)
        return;
    pending->call.run = on_call;
    worker_post(&bus->workers[holder - 1], &pending->call);
}

void held_watch(struct worker *worker, struct held *held)
{
    const struct cell_extension *extension = cell_extension(&held->kept->cell);
    struct pending *pending = extension->pending;

    pending->held = held;
    atomic_store_release_u32(&pending->holder, worker->index + 1);
    if (!pending_move(pending, extension->pending_generation, PENDING_WAITING, PENDING_WAITING))
        worker_timer(worker, &held->timer, 1); /* at once */
}

void held_unwatch(struct worker *worker, const struct held *held)
{
    struct pending *pending = cell_extension(&held->kept->cell)->pending;
    uint32_t own = worker->index + 1;

    /* The record may be another one's by now, held by another worker. */
    (void)atomic_cas_u32(&pending->holder, &own, 0);
}

/* ---- for the rest of the engine ---- */

void hold_each(struct worker *worker, scan_fn fn, void *context)
{
    struct holding *holding = &worker->holding;
    const struct kept *kept;

    lock_take(&holding->lock, &worker->bus->os);
    for (kept = holding->first; kept != NULL; kept = kept->next)
        fn(context, &kept->cell);
    lock_give(&holding->lock, &worker->bus->os);
}

/* The record of a command is to be freed, or somebody to be told. */
static bool is_open(const struct cell_extension *extension)
{
    return pending_state(extension->pending, extension->pending_generation) == PENDING_WAITING ||
           pending_is_cancelled(extension);
}

/* The oldest command that somebody waits for and that does not run; only what tells who waits. */
static bool find_waiting(struct worker *worker, struct cell *head, struct cell_extension *extension)
{
    struct holding *holding = &worker->holding;
    const struct kept *kept;
    bool found = false;

    lock_take(&holding->lock, &worker->bus->os);
    for (kept = holding->first; kept != NULL && !found; kept = kept->next) {
        const struct cell_extension *own = cell_extension(&kept->cell);

        found = (cell_flags(&kept->cell) & CELL_COMMAND) != 0 && kept != holding->running &&
                is_open(own);
        if (found) {
            *head = kept->cell;
            *extension = *own;
        }
    }
    lock_give(&holding->lock, &worker->bus->os);
    return found;
}

void hold_refuse(struct worker *worker, struct thread *thread)
{
    struct {
        struct cell cell;
        struct cell_extension extension;
    } stub;

    while (find_waiting(worker, &stub.cell, &stub.extension)) {
        stub.cell.shape &= ~(uint32_t)CELL_POOLED; /* its extension lies behind it here */
        command_refuse(thread, route_at(worker->bus, cell_type(&stub.cell)), &stub.cell, BUS_CLOSED,
                       "the bus stopped before the command's next run");
    }
}
