/*
 * path/burst.c - one ordinary event after another of the same type, of no session, with one handler
 * of the bus: what a busy lane has most.
 *
 * Frame, hazards, delivery and thread->current are set up once for all of them, and what cannot
 * change meanwhile is loaded once. Between two of them the worker looks at everything that it looks
 * at between other messages: whether somebody waits for it, the higher lanes, the handler list,
 * whether the handler was unregistered.
 *
 * A higher lane that is empty stays where it is until its worker takes something out of it, and
 * that is this thread, which is here. So the one word that says whether a message has come, the
 * turn of the cell at its front, has the same place and the same expected value throughout.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/batch.h"
#include "guard/hold.h"
#include "os/probes.h"
#include "path/run.h"

enum { AHEAD = 4 };

/* The front of an empty lane. */
struct watch {
    const uint32_t *turn;
    uint32_t committed;
};

struct burst {
    struct worker *worker;
    struct thread *thread;
    struct route *route;
    const struct handler_list *list;
    struct handler *handler;
    struct lane *lane;
    uint64_t kind;
    uint32_t level;
    struct watch above[BUS_LANES]; /* those that there are not never have anything */
};

static bool watch_above(struct burst *burst)
{
    static const uint32_t never = 0;
    uint32_t i;

    for (i = 0; i < BUS_LANES; i++)
        burst->above[i] = (struct watch){&never, 1};
    for (i = WORKER_FIRST_LANE; i < burst->level; i++) {
        const struct lane *lane = &burst->worker->lanes[i];

        if (!lane_empty_hint(lane))
            return false;
        burst->above[i] = (struct watch){lane_front_turn(lane), lane_front_committed(lane)};
    }
    return true;
}

static inline bool has_come(const struct watch *watch)
{
    return atomic_load_relaxed_u32(watch->turn) == watch->committed;
}

/* Most messages are of the middle lane. */
static inline bool higher_has_work(const struct burst *burst)
{
    if (burst->level > BUS_NORMAL && (has_come(&burst->above[2]) || has_come(&burst->above[3])))
        return true;
    return has_come(&burst->above[0]) || has_come(&burst->above[1]);
}
_Static_assert(BUS_LANES == 5, "four lanes are above the last one");

/* Somebody waits for what the worker does between two messages, or there are drop rings now, or a
 * lane is pressed, at which bursts do not look. */
static inline bool is_wanted(const struct worker *worker, const struct bus *bus)
{
    /* After the release of the last cell; other side: whoever raised one of them, passed a barrier
     * and looked. */
    bus_light_fence(bus);
    return (atomic_load_relaxed_u32(&bus->pause) | atomic_load_relaxed_u32(&bus->halt) |
            atomic_load_relaxed_u32(&bus->room_waiters) | atomic_load_relaxed_u32(&bus->watchers) |
            atomic_load_relaxed_u32(&worker->unusual)) != 0;
}

/* The message after this one, if the same handler may run it at once; else NULL. */
static inline struct cell *next_of_burst(const struct burst *burst)
{
    struct cell *cell;

    if (__builtin_expect(is_wanted(burst->worker, burst->thread->bus), 0) || higher_has_work(burst))
        return NULL;
    cell = lane_front(burst->lane);
    if (cell == NULL || !cell_is_ordinary(cell, burst->kind))
        return NULL;
    /* Deliveries are made when a message leaves its lane. */
    if (atomic_load_acquire_ptr(&burst->route->list) != burst->list ||
        atomic_load_acquire_u32(&burst->handler->removed) != 0)
        return NULL;
    return cell;
}

/* The cell that comes some messages later is on its way while this one runs: where the worker is
 * behind, 31 ns a message instead of 35; of no use where it is not. Beyond the end of the ring it
 * asks for what nobody reads. */
static inline void fetch_ahead(const struct lane *lane, const struct cell *cell)
{
    const uint8_t *later = (const uint8_t *)cell + (size_t)AHEAD * lane->stride;

    __builtin_prefetch(later);
    __builtin_prefetch(later + CACHE_LINE);
    __builtin_prefetch(later + 2 * CACHE_LINE);
}

/* ---- what is not plain: tells how the message has ended; nothing of it is inside the handler */

static __attribute__((cold, noinline)) uint64_t *
settle(struct bus_delivery *delivery, struct bus_delivery *outer, struct worker *worker,
       struct counters *counters, enum bus_verdict verdict)
{
    uint64_t *end = &counters->processed;

    delivery->thread->current = outer;
    if (!verdict_settle(delivery, verdict)) {
        if (!delivery->deferred)
            counter_add(&counters->calls_failed, 1);
        delivery_failed(delivery, worker);
        end = dispatch_end(worker, counters);
    }
    delivery->noted = 0;
    delivery->answer = 0;
    delivery->answer_size = 0;
    delivery->thread->current = delivery;
    return end;
}

/* A handler with a guard. *ran receives how many others have run, and ended, before this one. */
static __attribute__((noinline)) uint64_t *
run_guarded(const struct burst *burst, struct bus_delivery *delivery, struct bus_delivery *outer,
            struct counters *counters, uint32_t most, uint32_t *ran)
{
    struct worker *worker = burst->worker;
    uint64_t *end = NULL;

    delivery->thread->current = outer;
    if (batches_of(delivery->handler) != NULL)
        end = batch_in_place(delivery, burst->lane, burst->level, most, ran);
    if (end != NULL) {
        delivery->thread->current = delivery;
        return end;
    }
    end = &counters->processed;
    if (!delivery_run(delivery)) {
        delivery_failed(delivery, worker);
        end = dispatch_end(worker, counters);
    }
    delivery->thread->current = delivery;
    return end;
}

static __attribute__((cold, noinline)) uint64_t *
run_nothing(struct bus_delivery *delivery, struct bus_delivery *outer, struct counters *counters)
{
    struct handler *handler = delivery->handler;

    delivery->thread->current = outer;
    dispatch_no_memory(delivery);
    delivery->handler = handler;
    delivery->noted = 0;
    delivery->thread->current = delivery;
    return &counters->failed;
}

/* The frame shows the handler. Returns how many messages ran, at least one. */
static inline uint32_t run_burst(const struct burst *burst, uint32_t most, void *room)
{
    struct worker *const worker = burst->worker;
    struct thread *const thread = burst->thread;
    struct lane *const lane = burst->lane;
    struct handler *const handler = burst->handler;
    const struct bus_message_type *const type = burst->route->type;
    struct counters *const counters = thread_count(thread, burst->route);
    uint64_t *const runs = &handler->runs[(size_t)thread->publisher * handler->spread];
    const struct bus_scratch fresh = run_scratch(burst->route, room);
    const struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct bus_delivery *const outer = thread->current;
    struct cell *cell = lane_front(lane);
    struct bus_delivery delivery;
    uint32_t ran = 0;

    delivery.bus = thread->bus;
    delivery.thread = thread;
    delivery.route = burst->route;
    delivery.extension = NULL;
    delivery.handler = handler;
    delivery.message = room;
    delivery.noted = 0;
    delivery.answer = 0;
    delivery.answer_size = 0;
    thread->current = &delivery;
    do {
        uint64_t *end = &counters->processed;
        struct bus_scratch scratch = fresh;

        /* After the look at `halt`: who reads this and finds the head here knows that it runs. */
        atomic_store_release_u64(&worker->front, front_of(burst->level, lane->next));
        fetch_ahead(lane, cell);
        delivery.cell = cell;
        delivery.bytes = cell_inside(cell);
        delivery.size = cell_size(cell);
        counter_add(&counters->begun, 1);
        if (__builtin_expect(!type->codec.unpack(room, delivery.bytes, &scratch), 0)) {
            end = run_nothing(&delivery, outer, counters);
        } else if (__builtin_expect(handler->guard != NULL, 0)) {
            uint32_t others = 0;

            end = run_guarded(burst, &delivery, outer, counters, most - ran, &others);
            ran += others;
            if (others != 0 &&
                most - ran - 1 <= others) /* the next batch is one of the next burst */
                most = ran + 1;
        } else {
            const struct link *chain = atomic_load_relaxed_ptr(&thread->bus->chain);
            bool timed = run_is_timed(thread->bus, counters);
            enum bus_verdict verdict;
            uint64_t since = 0;

            if (__builtin_expect(timed, 0))
                since = bus_now(thread->bus);
            if (is_alone(chain, watch_run()))
                verdict = type->invoke(handler->function, handler->context, room, &delivery);
            else
                verdict = chain_run(&delivery);
            if (__builtin_expect(thread->scratch.at != mark.at, 0))
                scratch_release(&thread->scratch, mark);
            if (__builtin_expect(timed, 0))
                run_timed(thread, burst->route, counters, since);
            counter_add(&counters->calls, 1);
            counter_add(runs, 1);
            if (__builtin_expect(verdict != BUS_DONE || delivery.noted != 0, 0))
                end = settle(&delivery, outer, worker, counters, verdict);
        }
        counter_add(end, 1);
        lane_release(lane);
        ran++;
    } while (ran < most && (cell = next_of_burst(burst)) != NULL);
    thread->current = outer;
    return ran;
}

uint32_t dispatch_burst(struct worker *worker, struct thread *thread, struct lane *lane,
                        uint32_t level, uint32_t most)
{
    struct bus *bus = worker->bus;
    const struct cell *cell = lane_front(lane);
    struct route *route = route_at(bus, cell_type(cell));
    struct frame *frame = frame_push(thread, route->index);
    struct handler_list *list = frame_pin(bus, route, frame);
    struct scratch_mark mark = scratch_mark(&thread->scratch);
    struct handler *handler = list != NULL && list->burst ? list->handlers[0] : NULL;
    struct burst burst; /* set one by one: most of it is `above` */
    uint32_t ran = 0;
    void *room;

    burst.worker = worker;
    burst.thread = thread;
    burst.route = route;
    burst.list = list;
    burst.handler = handler;
    burst.lane = lane;
    burst.kind = cell_ordinary_kind(route->index);
    burst.level = level;
    if (handler != NULL && cell->kind == burst.kind && frame_enter(bus, frame, handler) &&
        watch_above(&burst) && (room = scratch_take(&thread->scratch, bus, route->scratch)) != NULL)
        ran = run_burst(&burst, most, room);
    scratch_release(&thread->scratch, mark);
    frame_pop(thread);
    return ran;
}
