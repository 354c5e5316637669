/* path/pressure.c - see pressure.h. */
#include "path/pressure.h"

#include "core/registry.h"

/* I3: the first delay, and the longest; each overflow makes it half as long again. */
#define DELAY_LEAST BUS_MILLISECOND
#define DELAY_MOST (100 * BUS_MILLISECOND)

/* ---- telling ---- */

/* The callback is held to the rules of a handler, by a frame like one: what waits is refused. */
static void tell_once(struct worker *worker, struct thread *thread, uint32_t level, bool active)
{
    struct bus *bus = worker->bus;
    struct bus_backpressure change = {
        .lane = (enum bus_priority)level,
        .worker = worker->index,
        .active = active,
        .size = lane_size(&worker->lanes[level]),
        .capacity = worker->lanes[level].capacity,
    };

    if (bus->options.backpressure != NULL) {
        (void)frame_push(thread, NO_ROUTE);
        bus->options.backpressure(bus->options.backpressure_context, bus, &change);
        frame_pop(thread);
    }
    system_backpressure_changed(thread, &change);
}

static bool is_untold(const struct worker *worker, uint32_t level)
{
    return atomic_load_relaxed_u32(&worker->pressure[level].told) !=
           (uint32_t)lane_is_pressed(&worker->lanes[level]);
}

void pressure_look(struct worker *worker, struct thread *thread, uint32_t level)
{
    struct pressure *pressure = &worker->pressure[level];

    /* No frame left: the worker tells it after its next message. */
    while (is_untold(worker, level) && atomic_load_relaxed_u32(&thread->depth) < BUS_NESTING_MAX) {
        uint32_t expected = 0;

        if (!atomic_cas_u32(&pressure->telling, &expected, 1))
            return;
        while (is_untold(worker, level)) {
            uint32_t active = lane_is_pressed(&worker->lanes[level]);

            atomic_store_relaxed_u32(&pressure->told, active);
            tell_once(worker, thread, level, active != 0);
        }
        atomic_store_release_u32(&pressure->telling, 0);
        atomic_fence(); /* other side: the cas above, after a change of pressed */
    }
}

/* ---- easing ---- */

void pressure_ease(struct worker *worker, struct thread *thread, uint32_t level)
{
    struct pressure *pressure = &worker->pressure[level];
    struct bus *bus = worker->bus;

    if (lane_relieve(&worker->lanes[level])) {
        atomic_store_relaxed_u64(&pressure->eased_ns, bus_now(bus));
        tell_waiting(bus, &bus->relief_waiters, &bus->relief);
    }
    pressure_look(worker, thread, level);
}

void pressure_idle(struct worker *worker, struct thread *thread)
{
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++)
        if (lane_is_pressed(&worker->lanes[level]) || is_untold(worker, level))
            pressure_ease(worker, thread, level);
}

uint32_t pressure_active(const struct bus *bus)
{
    uint32_t i, level, active = 0;

    for (i = 0; i < bus->worker_count; i++)
        for (level = 0; level < BUS_LANES; level++)
            active += lane_is_pressed(&bus->workers[i].lanes[level]);
    return active;
}

/* ---- rate_limit ---- */

/* Hints that several publishers may write at once; each write is whole. Below the low
 * water it goes back a step for each time as long as itself. */
uint64_t pressure_delay(struct worker *worker, uint32_t level)
{
    struct pressure *pressure = &worker->pressure[level];
    uint64_t delay = atomic_load_relaxed_u64(&pressure->delay_ns);
    uint64_t eased = atomic_load_relaxed_u64(&pressure->eased_ns);
    uint64_t now = bus_now(worker->bus);
    uint64_t calm = eased != 0 && now > eased ? now - eased : 0;

    atomic_store_relaxed_u64(&pressure->eased_ns, 0);
    while (delay >= DELAY_LEAST && calm >= delay) {
        calm -= delay;
        delay = delay * 2 / 3;
    }
    delay = delay < DELAY_LEAST ? DELAY_LEAST : delay + delay / 2;
    if (delay > DELAY_MOST)
        delay = DELAY_MOST;
    atomic_store_relaxed_u64(&pressure->delay_ns, delay);
    return delay;
}
