/* guard/batch.c - see batch.h. */
#include "guard/batch.h"

#include "core/registry.h"
#include "guard/errors.h"
#include "guard/guard.h"
#include "guard/ordered.h"
#include "guard/recovery.h"
#include "guard/retry.h"
#include "os/probes.h"
#include "stats/durations.h"

/* One call. */
struct bus_batch {
    struct bus_delivery whole; /* what stands around handlers sees this, that of the first event */
    struct batch_room *room;
    uint32_t count;
};

/* ---- what waits ---- */

static struct batch *batch_of(struct batches *batches, const struct worker *worker)
{
    return &batches->each[batches->count > 1 ? worker->index : 0];
}

static void enlist(struct worker *worker, struct batch *batch)
{
    batch->before = NULL;
    batch->next = worker->holding.batches;
    if (batch->next != NULL)
        batch->next->before = batch;
    worker->holding.batches = batch;
}

static void delist(struct worker *worker, struct batch *batch)
{
    if (batch->next != NULL)
        batch->next->before = batch->before;
    *(batch->before != NULL ? &batch->before->next : &worker->holding.batches) = batch->next;
}

/* So long a batch waits on a bus that stops, which calls it as soon as its lanes are empty. */
#define STOPPING_NS BUS_MILLISECOND

static bool is_stopping(const struct bus *bus)
{
    return (atomic_load_relaxed_u32(&bus->gate) & GATE_STOPPING) != 0;
}

/* Until when a batch waits whose first event comes now. */
static uint64_t due_of(const struct bus *bus, const struct batches *batches)
{
    uint64_t wait_ns = atomic_load_relaxed_u64(&batches->wait_ns);

    return bus_until(bus, wait_ns > STOPPING_NS && is_stopping(bus) ? STOPPING_NS : wait_ns);
}

static void join(struct worker *worker, struct batch *batch, struct held *held, uint64_t due_ns)
{
    held->state = HELD_BATCH;
    held->batch_next = NULL;
    *(batch->count != 0 ? &batch->last->batch_next : &batch->first) = held;
    batch->last = held;
    if (batch->count++ != 0)
        return;
    batch->due_ns = due_ns;
    enlist(worker, batch);
    worker_timer(worker, &held->timer, due_ns);
}

void batch_leave(struct worker *worker, struct held *held)
{
    struct batch *batch = batch_of(batches_of(held->handler), worker);
    struct held **link = &batch->first, *before = NULL;

    for (; *link != held; link = &(*link)->batch_next)
        before = *link;
    *link = held->batch_next;
    if (batch->last == held)
        batch->last = before;
    held->state = HELD_RETRY;
    if (--batch->count == 0)
        delist(worker, batch);
    else if (before == NULL)
        worker_timer(worker, &batch->first->timer, batch->due_ns);
}

/* A delivery from its lane. False: there is no record or no block for it. */
static bool join_new(struct bus_delivery *delivery, struct worker *worker, struct batch *batch,
                     uint64_t due_ns)
{
    struct held *held = held_take(worker->bus, delivery->handler);
    struct kept *kept = held != NULL ? kept_take(worker, delivery) : NULL;

    if (kept == NULL) {
        if (held != NULL)
            held_give(worker->bus, held);
        return false;
    }
    held->timer.fire = delivery_again;
    held->state = HELD_BATCH;
    held_join(held, kept);
    if (delivery->route->policy.ordered)
        order_enter(worker, held, order_key(delivery));
    join(worker, batch, held, due_ns);
    return true;
}

/* Everything leaves. Returns the first. */
static struct held *leave_all(struct worker *worker, struct batch *batch)
{
    struct held *first = batch->count != 0 ? batch->first : NULL, *held;

    if (first == NULL)
        return NULL;
    timers_cancel(&worker->timers, &first->timer);
    for (held = first; held != NULL; held = held->batch_next)
        held->state = HELD_RETRY;
    batch->first = batch->last = NULL;
    batch->count = 0;
    delist(worker, batch);
    return first;
}

static void flush(struct worker *worker, struct thread *thread, struct mail *mail)
{
    struct batch *batch;

    (void)thread;
    (void)mail;
    atomic_exchange_u32(&worker->holding.flush_posted, 0);
    for (batch = worker->holding.batches; batch != NULL; batch = batch->next) {
        batch->due_ns = 1;
        worker_timer(worker, &batch->first->timer, 1);
    }
}

void batch_flush(struct worker *worker)
{
    if (atomic_exchange_u32(&worker->holding.flush_posted, 1) != 0)
        return;
    worker->holding.flush.run = flush;
    worker_post(worker, &worker->holding.flush);
}

/* ---- a call ---- */

/* The next event of the call. `delivery` has been opened but for its message. False: refused. */
static bool add(struct bus_batch *run, struct bus_delivery *delivery, struct held *held)
{
    struct guard *guard = delivery->handler->guard;
    struct batch_item *item = &run->room->items[run->count];

    item->admission = guard_admit(guard, delivery->thread, cell_attempt(delivery->cell) <= 1);
    delivery->joined = false;
    delivery->refused = item->admission == BREAKER_REFUSE;
    if (delivery->refused) {
        guard_note_refusal(delivery);
        return false;
    }
    delivery->probe = item->admission == BREAKER_PROBE;
    delivery->noted = 0;
    delivery->answer = 0;
    delivery->answer_size = 0;
    item->delivery = delivery;
    item->held = held;
    run->count++;
    return true;
}

/* One that waited. Where it cannot run it goes its way at once. */
static void add_held(struct bus_batch *run, struct worker *worker, struct thread *thread,
                     struct held *held, struct bus_scratch *scratch)
{
    struct bus_delivery *delivery = &run->room->deliveries[run->count];
    struct kept *kept = held->kept;
    const struct bus_codec *codec = &kept->route->type->codec;
    uint8_t *message = run->room->messages + (size_t)run->count * codec->table->size;

    if (held_is_past(thread, held)) {
        held_end_unrun(worker, thread, held, BUS_LETTER_EXPIRED);
        return;
    }
    held->runs.attempts++;
    cell_set_attempt(&kept->cell, held->runs.attempts);
    delivery->bus = thread->bus;
    delivery->thread = thread;
    delivery->route = kept->route;
    delivery->cell = &kept->cell;
    delivery->extension = cell_extension(&kept->cell);
    delivery->bytes = cell_payload(&kept->cell);
    delivery->size = cell_size(&kept->cell);
    delivery->handler = held->handler;
    delivery->report = held->report;
    delivery->message = message;
    scratch->at = (uint8_t *)batch_padded((size_t)scratch->at);
    if (!codec->unpack(message, delivery->bytes, scratch)) {
        delivery_note_no_memory(delivery);
        held_failed(delivery, worker, held);
    } else if (!add(run, delivery, held)) {
        held_failed(delivery, worker, held);
    }
}

enum bus_verdict batch_call(struct bus_delivery *whole)
{
    struct bus_batch *run = (struct bus_batch *)(void *)whole;
    const struct handler *handler = whole->handler;
    uint32_t i;

    /* Each call anew: what stands around it may call twice. */
    whole->noted = 0;
    for (i = 0; i < run->count; i++) {
        run->room->items[i].set = false;
        run->room->items[i].delivery->noted = 0;
    }
    return batches_of(handler)->invoke(handler->function, handler->context, run->room->messages,
                                       run->count, run);
}

uint32_t batch_count(const struct bus_delivery *whole, bool *failed)
{
    const struct bus_batch *run = (const struct bus_batch *)(const void *)whole;
    uint32_t i;

    if (batches_of(whole->handler) == NULL)
        return 1;
    for (i = 0; i < run->count; i++) {
        const struct batch_item *item = &run->room->items[i];

        if ((item->set && item->verdict != BUS_DONE) || item->delivery->noted != 0)
            *failed = true;
    }
    return run->count;
}

static void open_whole(struct bus_batch *run)
{
    const struct bus_delivery *first = run->room->items[0].delivery;
    struct bus_delivery *whole = &run->whole;

    whole->bus = first->bus;
    whole->thread = first->thread;
    whole->route = first->route;
    whole->cell = first->cell;
    whole->extension = first->extension;
    whole->bytes = first->bytes;
    whole->size = first->size;
    whole->handler = first->handler;
    whole->message = run->room->messages;
    whole->report = 0;
    whole->joined = whole->refused = whole->probe = false;
    whole->noted = 0;
    whole->answer = whole->answer_size = 0;
}

/* The handler, with what stands around it. `took`: how long. */
static enum bus_verdict call(struct bus_batch *run, uint64_t *took)
{
    struct bus_delivery *whole = &run->whole;
    struct thread *thread = whole->thread;
    struct bus_delivery *outer = thread->current;
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    const struct link *chain = atomic_load_relaxed_ptr(&thread->bus->chain);
    uint64_t since = bus_now(thread->bus);
    enum bus_verdict verdict;
    uint32_t i;

    for (i = 0; i < run->count; i++) { /* a link may not call the handler at all */
        run->room->items[i].set = false;
        run->room->items[i].delivery->noted = 0;
    }
    thread->current = NULL; /* nothing is inherited from many */
    verdict = chain != NULL || run_is_watched() ? chain_run(whole) : batch_call(whole);
    thread->current = outer;
    scratch_release(&thread->scratch, mark);
    *took = bus_now(thread->bus) - since;
    return verdict;
}

static void count_call(const struct bus_batch *run, struct counters *counters, uint64_t took)
{
    const struct handler *handler = run->whole.handler;

    counter_add(&counters->calls, run->count);
    counter_add(&handler->runs[(size_t)run->whole.thread->publisher * handler->spread], run->count);
    durations_note(run->whole.thread, run->whole.route, counters, took, run->count);
}

/* The fault of the whole, as that of one of them. */
static void take_fault(struct bus_delivery *delivery, const struct bus_delivery *whole)
{
    error_note(delivery, &whole->error);
    delivery->misused = whole->misused;
    delivery->source = whole->source;
    delivery->trace_count = whole->trace_count;
    memcpy(delivery->trace, whole->trace, whole->trace_count * sizeof whole->trace[0]);
    delivery->long_size = whole->long_size;
    delivery->text_cut = whole->text_cut;
    if (whole->long_size != 0)
        memcpy(delivery->long_text, whole->long_text, whole->long_size + 1);
}

/* How the event ended, by its own verdict or that of all. True: no fault. */
static bool settle_item(struct bus_batch *run, struct batch_item *item, enum bus_verdict verdict,
                        struct counters *counters, uint64_t took)
{
    struct bus_delivery *delivery = item->delivery;
    const struct bus_delivery *whole = &run->whole;
    struct guard *guard = delivery->handler->guard;
    uint64_t allowed;
    bool ok;

    if (item->set)
        verdict = item->verdict;
    else if (delivery->faulted || delivery->misused)
        verdict = BUS_FAULT;
    else if (whole->misused || (whole->faulted && verdict != BUS_DONE))
        take_fault(delivery, whole);
    ok = (verdict == BUS_DONE && delivery->noted == 0) || verdict_settle(delivery, verdict);
    if (!ok)
        counter_add(&counters->calls_failed, 1);
    allowed = guard->timeout_ns != 0
                  ? recovery_timeout_ns(&delivery->route->policy, cell_attempt(delivery->cell))
                  : 0;
    if (allowed != 0 && took > allowed)
        ok = delivery_settle_late(delivery, ok);
    guard_settle(guard, delivery->thread, item->admission, ok);
    return ok;
}

static void end_held(struct worker *worker, const struct batch_item *item, bool ok)
{
    struct bus_delivery *delivery = item->delivery;

    if (!ok) {
        held_failed(delivery, worker, item->held);
        return;
    }
    if (item->held->report != 0)
        error_recovered(delivery);
    held_end(worker, delivery->thread, item->held, false);
}

/* Calls the handler with what waits in the batch and with `direct` (may be NULL), which its caller
 * has unpacked. The frame shows the handler. Returns whether `direct` succeeded. */
static bool run_batch(struct worker *worker, struct thread *thread, struct batch *batch,
                      struct bus_delivery *direct)
{
    struct batch_room *own = batch_room_take(batch);
    struct held *held = leave_all(worker, batch), *next;
    struct bus_batch run;
    struct bus_scratch scratch = own->scratch;
    bool ok = false, direct_runs = false;
    enum bus_verdict verdict;
    uint64_t took;
    uint32_t i;

    run.room = own;
    run.count = 0;
    thread->traced.handler = NULL; /* no span yet is that of this run */
    for (; held != NULL; held = next) {
        next = held->batch_next;
        add_held(&run, worker, thread, held, &scratch);
    }
    if (direct != NULL) {
        memcpy(own->messages + (size_t)run.count * direct->route->type->codec.table->size,
               direct->message, direct->route->type->codec.table->size);
        direct_runs = add(&run, direct, NULL);
    }
    if (run.count != 0) {
        struct counters *counters = thread_count(thread, own->items[0].delivery->route);

        open_whole(&run);
        verdict = call(&run, &took);
        count_call(&run, counters, took);
        for (i = 0; i < run.count; i++) {
            ok = settle_item(&run, &own->items[i], verdict, counters, took);
            if (own->items[i].held != NULL)
                end_held(worker, &own->items[i], ok);
        }
    }
    batch_room_give(thread->bus, batch, own);
    return direct_runs && ok;
}

/* ---- from the lane ---- */

/* So many events of the type lie at its front, in a row and with nothing to say but themselves. */
static bool are_there(const struct lane *lane, uint64_t kind, uint32_t count)
{
    uint64_t ticket = lane->next;
    uint32_t i;

    if (lane_size(lane) < count)
        return false;
    for (i = 0; i < count; i++, ticket += LANE_STEP) {
        const struct cell *cell = lane_cell(lane, ticket);

        if (atomic_load_acquire_u32(&cell->turn) != (uint32_t)ticket + 1 ||
            !cell_is_ordinary(cell, kind))
            return false;
    }
    return true;
}

/* Who polls says how many he wants. A worker that has timers runs few at a time, for their sake; a
 * batch is one run. */
static bool may_call(const struct bus *bus, uint32_t size, uint32_t most)
{
    return size <= most || (!bus->options.polled && most >= WORKER_ATTENTIVE);
}

/* They become the run, up to one that its breaker refuses. */
static void add_lane(struct bus_batch *run, const struct bus_delivery *first,
                     const struct lane *lane, uint32_t count)
{
    const struct bus_codec *codec = &first->route->type->codec;
    struct bus_scratch scratch = run->room->scratch;
    uint64_t ticket = lane->next;
    bool more = true;

    for (; more && run->count < count; ticket += LANE_STEP) {
        struct bus_delivery *delivery = &run->room->deliveries[run->count];
        uint8_t *message = run->room->messages + (size_t)run->count * codec->table->size;
        const struct cell *cell = lane_cell(lane, ticket);

        delivery->bus = first->bus;
        delivery->thread = first->thread;
        delivery->route = first->route;
        delivery->handler = first->handler;
        delivery->extension = NULL;
        delivery->cell = cell;
        delivery->bytes = cell_inside(cell);
        delivery->size = cell_size(cell);
        delivery->message = message;
        scratch.at = (uint8_t *)batch_padded((size_t)scratch.at);
        more = codec->unpack(message, delivery->bytes, &scratch) && add(run, delivery, NULL);
    }
}

/* Each ends as the front of the lane. Returns the end of the last, which stays there. */
static uint64_t *end_lane(struct bus_batch *run, struct worker *worker, struct lane *lane,
                          uint32_t level, enum bus_verdict verdict, uint64_t took)
{
    struct counters *counters = thread_count(run->whole.thread, run->whole.route);
    uint64_t *end = NULL;
    uint32_t i;

    for (i = 0; i < run->count; i++) {
        struct batch_item *item = &run->room->items[i];

        if (i != 0) { /* the first has begun already, as far as others can see */
            counter_add(end, 1);
            lane_release(lane);
            atomic_store_release_u64(&worker->front, front_of(level, lane->next));
            counter_add(&counters->begun, 1);
        }
        end = &counters->processed;
        if (!settle_item(run, item, verdict, counters, took)) {
            delivery_failed(item->delivery, worker);
            end = dispatch_end(worker, counters);
        }
    }
    return end;
}

uint64_t *batch_in_place(struct bus_delivery *first, struct lane *lane, uint32_t level,
                         uint32_t most, uint32_t *ran)
{
    struct thread *thread = first->thread;
    struct batches *batches = batches_of(first->handler);
    struct batch *batch = batch_of(batches, thread->worker);
    uint32_t size = atomic_load_acquire_u32(&batches->size);
    struct bus_batch run;
    uint64_t *end = NULL, took;
    enum bus_verdict verdict;

    if (batch->count != 0 || size == 1 || !may_call(thread->bus, size, most) ||
        !are_there(lane, cell_ordinary_kind(first->route->index), size))
        return NULL;
    run.count = 0;
    run.room = batch_room_take(batch);
    add_lane(&run, first, lane, size);
    if (run.count != 0) {
        open_whole(&run);
        verdict = call(&run, &took);
        count_call(&run, thread_count(thread, first->route), took);
        end = end_lane(&run, thread->worker, lane, level, verdict, took);
        *ran = run.count - 1;
    }
    batch_room_give(thread->bus, batch, run.room);
    return end;
}

/* Its deadline comes before that of the batch. */
static bool is_urgent(const struct bus_delivery *delivery, uint64_t due_ns)
{
    return delivery->extension != NULL && delivery->extension->deadline_ns != 0 &&
           delivery->extension->deadline_ns <= due_ns;
}

bool batch_take(struct bus_delivery *delivery)
{
    struct worker *worker = delivery->thread->worker;
    struct batches *batches = batches_of(delivery->handler);
    struct batch *batch = batch_of(batches, worker);
    uint32_t size = atomic_load_acquire_u32(&batches->size);
    uint64_t due_ns;

    delivery->refused = false;
    if (batch->count + 1 < size && (!is_stopping(worker->bus) || worker_size(worker) > 1)) {
        due_ns = batch->count != 0 ? batch->due_ns : due_of(worker->bus, batches);
        delivery->joined =
            !is_urgent(delivery, due_ns) && join_new(delivery, worker, batch, due_ns);
        if (delivery->joined)
            return false;
    }
    return run_batch(worker, delivery->thread, batch, delivery);
}

void batch_again(struct worker *worker, struct thread *thread, struct held *held)
{
    struct batches *batches = batches_of(held->handler);
    struct batch *batch = batch_of(batches, worker);

    if (held->state != HELD_BATCH) {
        join(worker, batch, held, due_of(worker->bus, batches));
        if (batch->count < atomic_load_acquire_u32(&batches->size))
            return;
    }
    (void)run_batch(worker, thread, batch, NULL);
}

/* ---- for handlers ---- */

struct bus_delivery *bus_batch_delivery(struct bus_batch *batch, uint32_t index)
{
    return batch != NULL && index < batch->count ? batch->room->items[index].delivery : NULL;
}

void bus_batch_set(struct bus_batch *batch, uint32_t index, enum bus_verdict verdict)
{
    if (batch == NULL || index >= batch->count)
        return;
    batch->room->items[index].verdict = verdict;
    batch->room->items[index].set = true;
}

enum bus_verdict bus_batch_fail(struct bus_batch *batch, const struct bus_error *error)
{
    return fail_from(batch != NULL ? &batch->whole : NULL, error, __builtin_return_address(0));
}
