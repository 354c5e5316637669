/*
 * path/worker.c - the step of a worker, and the loop around it.
 *
 * A step runs at most one message: it looks at the lanes from critical to idle, each time anew
 * (strict priority). In a lane the message stays in place while its handlers run and is released
 * afterwards; out of a drop ring it is copied first, so that nobody can drop it under its handlers.
 * Where a level has both, they take turns.
 *
 * Between two messages, and only there, the worker obeys `pause` and `halt`, opens its mail and
 * fires timers that are due.
 *
 * Waiters (wait_idle, block, unregister, audit, stop) raise a count, pass a barrier and look; the
 * worker does what they wait for and then looks at the count (bus_light_fence). As in parking.h one
 * of the two sees the other; they also wake by themselves after WAITER_DOUBT_NS where there is no
 * barrier.
 */
#include "path/path.h"

#include "core/registry.h"
#include "guard/dead_letters.h"
#include "guard/watchdog.h"
#include "path/keep_last.h"
#include "path/pressure.h"

enum { SPIN_LOOKS = 64, LINGER_LOOKS = 8 };
/* Between two messages so many timers fire at most: lanes are not kept waiting by retries. */
enum { TIMERS_AT_ONCE = 16 };

/* A worker that is faster than its publishers catches up with them after each few messages, and
 * from then on takes every cache line away from the publisher that is still writing it: 48 ns a
 * message, for both, instead of 22 with the worker some dozens of messages behind (medians of 200
 * rounds each, taking turns; 46 when it waits 200 ns, 40 after 400 ns, 26 after 800, 23 after
 * 2,000, 22 after 4,000). So a worker that ran STREAM messages with no gap longer than GAP_LOOKS
 * looks, some 300 ns, and finds its lanes empty lingers. What comes for other lanes meanwhile is
 * run at once; where there are drop rings, which it would have to look at too, it does not. */
enum { STREAM = 32, GAP_LOOKS = 8 };
#define LINGER_NS (2 * BUS_MICROSECOND)

/* Drops that were not told yet because of their bounded rate are told that much later. */
#define DROPS_REST_NS (50 * BUS_MILLISECOND)

void tell_word(struct bus *bus, bus_os_word *word)
{
    atomic_fetch_add_u32(word, 1);
    bus->os.wake(bus->os.context, word, true);
}

/* Its lane, unless that cannot go on, or its ring has messages. */
static bool level_has_work(const struct worker *worker, uint32_t level)
{
    const struct drop_ring *ring = atomic_load_acquire_ptr(&worker->rings[level]);

    return ((worker->stopped >> level & 1) == 0 && !lane_empty_hint(&worker->lanes[level])) ||
           (ring != NULL && !drop_ring_empty_hint(ring));
}

bool worker_has_work(const struct worker *worker)
{
    uint32_t level;

    if (mail_waits(&worker->mail))
        return true;
    for (level = 0; level < BUS_LANES; level++)
        if (level_has_work(worker, level))
            return true;
    return false;
}

uint64_t worker_size(const struct worker *worker)
{
    uint64_t size = 0;
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++) {
        const struct drop_ring *ring = atomic_load_acquire_ptr(&worker->rings[level]);

        size += lane_size(&worker->lanes[level]);
        if (ring != NULL)
            size += drop_ring_size(ring);
    }
    return size;
}

/* Unless a kept message has taken it over (guard/hold.c). */
static void give_block(struct worker *worker, const struct cell *cell)
{
    if ((cell_flags(cell) & CELL_POOLED) == 0)
        return;
    if (worker->holding.taken != cell_block(cell))
        pool_give(&worker->bus->pool, cell_block(cell));
    worker->holding.taken = NULL;
}

/* When nothing held ends sooner, stopped lanes are looked at again after so long. */
#define STOPPED_NS BUS_MILLISECOND

void worker_go_on(struct worker *worker)
{
    worker->stopped = 0;
    timers_cancel(&worker->timers, &worker->go_on);
    atomic_and_u32(&worker->unusual, ~(uint32_t)UNUSUAL_STOPPED);
}

static void go_on(struct worker *worker, struct thread *thread, struct timer *timer)
{
    (void)thread;
    (void)timer;
    worker_go_on(worker);
}

/* Its front message cannot wait where it has to. */
static __attribute__((cold, noinline)) bool stop_lane(struct worker *worker, uint32_t level)
{
    worker->stopped |= UINT32_C(1) << level;
    counter_add(&worker->stops, 1);
    atomic_or_u32(&worker->unusual, UNUSUAL_STOPPED);
    worker->go_on.fire = go_on;
    worker_timer(worker, &worker->go_on, bus_until(worker->bus, STOPPED_NS));
    atomic_store_release_u64(&worker->front, 0);
    return false;
}

/* There is no lane that it could stop, and it may be dropped. */
static void drop_taken(struct worker *worker, struct thread *thread)
{
    struct route *route = route_at(worker->bus, cell_type(worker->taken));

    counter_add(&thread_count(thread, route)->dropped, 1);
    system_dropped(thread, route, DROP_OVERFLOW);
    dead_letters_settle(thread, worker->taken, false);
}

/* A cell that stands for another message, or for none. */
static __attribute__((noinline)) void run_other(struct worker *worker, struct thread *thread,
                                                const struct lane *lane, uint32_t level,
                                                const struct cell *cell)
{
    if ((cell_flags(cell) & CELL_SKIP) != 0)
        return;
    atomic_store_relaxed_u64(&worker->front, front_of(level, lane->next));
    if (!keep_last_take(worker, cell))
        return;
    if (!dispatch_cell(worker, thread, worker->taken))
        drop_taken(worker, thread);
    give_block(worker, worker->taken);
}

/* False: it stays where it is. */
static inline bool run_cell(struct worker *worker, struct thread *thread, struct lane *lane,
                            uint32_t level, struct cell *cell)
{
    if (__builtin_expect((cell_flags(cell) & (CELL_SKIP | CELL_LAST)) == 0, 1)) {
        atomic_store_relaxed_u64(&worker->front, front_of(level, lane->next));
        if (__builtin_expect(!dispatch_cell(worker, thread, cell), 0))
            return stop_lane(worker, level);
        give_block(worker, cell);
    } else {
        run_other(worker, thread, lane, level, cell);
    }
    lane_release(lane);
    atomic_store_release_u64(&worker->front, 0);
    tell_room(worker->bus);
    if (__builtin_expect(lane_is_pressed(lane), 0))
        pressure_ease(worker, thread, level);
    return true;
}

static bool run_from_lane(struct worker *worker, struct thread *thread, uint32_t level)
{
    struct lane *lane = &worker->lanes[level];
    struct cell *cell = lane_front(lane);

    return cell != NULL && (worker->stopped >> level & 1) == 0 &&
           run_cell(worker, thread, lane, level, cell);
}

static bool run_from_ring(struct worker *worker, struct thread *thread, uint32_t level)
{
    struct drop_ring *ring = atomic_load_acquire_ptr(&worker->rings[level]);

    if (ring == NULL || !drop_ring_take(ring, worker->taken))
        return false;
    if ((cell_flags(worker->taken) & CELL_SKIP) == 0) {
        atomic_store_relaxed_u64(&worker->front, FRONT_RING);
        if (!dispatch_cell(worker, thread, worker->taken))
            drop_taken(worker, thread);
        give_block(worker, worker->taken);
        atomic_store_release_u64(&worker->front, 0);
    }
    tell_room(worker->bus);
    return true;
}

static bool run_from_level(struct worker *worker, struct thread *thread, uint32_t level)
{
    worker->flip ^= UINT32_C(1) << level;
    if ((worker->flip >> level & 1) != 0)
        return run_from_ring(worker, thread, level) || run_from_lane(worker, thread, level);
    return run_from_lane(worker, thread, level) || run_from_ring(worker, thread, level);
}

/* The level whose message ran; BUS_LANES: there was none. */
static uint32_t run_highest(struct worker *worker, struct thread *thread)
{
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++)
        if (run_from_level(worker, thread, level))
            break;
    return level;
}

/* With a guard against starvation. A level waits for one message more each time that a higher one
 * has run, and is served when it has waited for `guard`. Only lower ones, whose turn it is too, go
 * before it then, and those do not make it wait: so it never waits for more. */
static bool step_guarded(struct worker *worker, struct thread *thread)
{
    uint32_t guard = worker->bus->options.starvation_guard, level;

    for (level = BUS_LANES - 1; level > 0; level--)
        if (worker->waited[level] >= guard && level_has_work(worker, level))
            break;
    if (level == 0 || !run_from_level(worker, thread, level))
        level = run_highest(worker, thread);
    if (level == BUS_LANES)
        return false;
    worker->waited[level] = 0;
    for (level++; level < BUS_LANES; level++)
        worker->waited[level] = level_has_work(worker, level) ? worker->waited[level] + 1 : 0;
    return true;
}

/* Some level has a ring beside its lane, or cannot go on, or may not starve. */
static __attribute__((noinline)) bool step_mixed(struct worker *worker, struct thread *thread)
{
    if (worker->bus->options.starvation_guard != 0)
        return step_guarded(worker, thread);
    return run_highest(worker, thread) != BUS_LANES;
}

/* So that a burst does not run past it. */
static uint32_t until_low_water(const struct lane *lane, uint32_t most)
{
    uint32_t size = lane_size(lane);
    uint32_t left = size > lane->low ? size - lane->low : 1;

    return left < most ? left : most;
}

uint32_t worker_run(struct worker *worker, struct thread *thread, uint32_t most)
{
    struct cell *cell = NULL;
    struct lane *lane;
    uint32_t level, ran;
    uint32_t unusual = atomic_load_relaxed_u32(&worker->unusual);

    if (__builtin_expect(unusual != 0, 0)) {
        if ((unusual & UNUSUAL_PRESSED) != 0) /* from here on the lane says so itself */
            atomic_and_u32(&worker->unusual, ~(uint32_t)UNUSUAL_PRESSED);
        if ((unusual & (UNUSUAL_RINGS | UNUSUAL_STOPPED | UNUSUAL_GUARDED)) != 0)
            return step_mixed(worker, thread);
    }
    for (level = WORKER_FIRST_LANE; level < WORKER_LANES_END && cell == NULL; level++) {
        lane = &worker->lanes[level];
        cell = lane_front(lane);
    }
    if (cell == NULL)
        return 0;
    level--;
    if (cell_flags(cell) == 0) {
        atomic_store_relaxed_u64(&worker->front, front_of(level, lane->next));
        worker->level = level;
        if (__builtin_expect(lane_is_pressed(lane), 0))
            most = until_low_water(lane, most);
        ran = dispatch_burst(worker, thread, lane, level, most);
        atomic_store_release_u64(&worker->front, 0);
        tell_room(worker->bus);
        if (__builtin_expect(lane_is_pressed(lane), 0))
            pressure_ease(worker, thread, level);
        if (__builtin_expect(ran != 0, 1))
            return ran;
    }
    return run_cell(worker, thread, lane, level, cell);
}

/* ---- mail and timers ---- */

void worker_post(struct worker *worker, struct mail *mail)
{
    atomic_fetch_add_u32(&worker->bus->watchers, 1);
    mail_post(&worker->mail, mail);
}

static uint32_t open_mail(struct worker *worker, struct thread *thread)
{
    struct mail *mail = mail_take(&worker->mail);
    uint32_t count = 0;

    while (mail != NULL) {
        struct mail *next = mail->next;

        atomic_fetch_add_u32(&worker->bus->watchers, (uint32_t)-1);
        mail->run(worker, thread, mail);
        mail = next;
        count++;
    }
    return count;
}

uint32_t worker_attend(struct worker *worker, struct thread *thread, uint32_t most)
{
    struct bus *bus = worker->bus;
    struct timers *timers = &worker->timers;
    uint32_t count = 0;
    uint64_t now = 0;

    if (mail_waits(&worker->mail))
        count = open_mail(worker, thread);
    most = most < TIMERS_AT_ONCE ? most : TIMERS_AT_ONCE;
    while (count < most && timers->count != 0 && atomic_load_relaxed_u32(&bus->halt) == 0) {
        struct timer *timer;

        if (now == 0 && thread_is_past(thread, timers->next_ns))
            now = bus_now(bus);
        timer = now != 0 ? timers_take(timers, now) : NULL;
        if (timer == NULL)
            break;
        timer->fire(worker, thread, timer);
        count++;
    }
    if (timers->count == 0)
        atomic_and_u32(&worker->attention, ~(uint32_t)ATTENTION_TIMERS);
    return count;
}

void worker_timer(struct worker *worker, struct timer *timer, uint64_t due_ns)
{
    timers_add(&worker->timers, timer, due_ns);
    if ((atomic_load_relaxed_u32(&worker->attention) & ATTENTION_TIMERS) == 0)
        atomic_or_u32(&worker->attention, ATTENTION_TIMERS);
}

bool worker_step(struct worker *worker, struct thread *thread)
{
    if (atomic_load_relaxed_u32(&worker->attention) != 0 && worker_attend(worker, thread, 1) != 0)
        return true;
    return worker_run(worker, thread, 1) != 0;
}

/* ---- the loop ---- */

/* Stands still between two messages as long as somebody wants it. */
static void stand_still(struct worker *worker)
{
    struct bus *bus = worker->bus;

    atomic_store_release_u32(&worker->paused, 1);
    tell_word(bus, &bus->news);
    while (atomic_load_acquire_u32(&bus->pause) != 0 && atomic_load_relaxed_u32(&bus->halt) == 0)
        (void)bus->os.wait(bus->os.context, &bus->pause, 1, UINT64_MAX);
    atomic_store_release_u32(&worker->paused, 0);
    /* Before the next look at `pause`; other side: pause_workers, which sets it and then looks. */
    bus_light_fence(bus);
}

/* How long a worker without work may sleep. */
static uint64_t until_when(const struct worker *worker)
{
    uint64_t drops = UINT64_MAX;

    if (atomic_load_relaxed_u32(&worker->bus->drops_untold) != 0)
        drops = bus_until(worker->bus, DROPS_REST_NS);
    return drops < worker->timers.next_ns ? drops : worker->timers.next_ns;
}

/* A lane ran dry, and somebody who saw it nearly full only now says so. */
static bool is_pressed_empty(const struct worker *worker)
{
    uint32_t level;

    for (level = 0; level < BUS_LANES; level++)
        if (lane_is_pressed(&worker->lanes[level]) &&
            lane_size(&worker->lanes[level]) <= worker->lanes[level].low)
            return true;
    return false;
}

/* Waits for work; returns after some time in any case. True: it was there after a few looks. */
static bool rest(struct worker *worker)
{
    struct bus *bus = worker->bus;
    uint64_t until = 0;
    uint32_t looks;

    for (looks = 0;
         !bus->os.take_turns && (looks % SPIN_LOOKS != 0 || until == 0 || bus_now(bus) < until);
         looks++) {
        if (worker_has_work(worker) || !parts_empty_hint(&bus->parts) ||
            atomic_load_relaxed_u32(&bus->pause) != 0 || atomic_load_relaxed_u32(&bus->halt) != 0)
            return looks < GAP_LOOKS;
        if (until == 0 && looks == GAP_LOOKS) {
            until = bus_until(bus, bus->options.spin_ns);
            if (worker->timers.next_ns < until)
                until = worker->timers.next_ns;
        }
        atomic_pause();
    }
    /* A timer is due, or was nearer than a look: a worker that does not sleep needs no wake. */
    if (until != 0 && worker->timers.next_ns <= until)
        return false;
    parking_prepare(&worker->parking);
    if (worker_has_work(worker) || is_pressed_empty(worker) || !parts_empty_hint(&bus->parts) ||
        atomic_load_relaxed_u32(&bus->pause) != 0 || atomic_load_relaxed_u32(&bus->halt) != 0)
        parking_cancel(&worker->parking);
    else
        (void)parking_wait(&worker->parking, until_when(worker));
    watchdog_rouse(bus);
    return false;
}

/* Some lane but that of `level` has a message, or something else wants the worker. */
static bool is_called(const struct worker *worker, uint32_t level)
{
    const struct bus *bus = worker->bus;
    uint32_t other;

    for (other = 0; other < BUS_LANES; other++)
        if (other != level && !lane_empty_hint(&worker->lanes[other]))
            return true;
    return !parts_empty_hint(&bus->parts) || atomic_load_relaxed_u32(&bus->pause) != 0 ||
           atomic_load_relaxed_u32(&bus->halt) != 0 || mail_waits(&worker->mail);
}

/* After a stream of messages, the last of them from the lane of `level`, which is not looked at. */
static void linger(const struct worker *worker, uint32_t level)
{
    struct bus *bus = worker->bus;
    uint64_t until =
        bus_until(bus, bus->options.spin_ns < LINGER_NS ? bus->options.spin_ns : LINGER_NS);
    uint32_t looks;

    if (bus->os.take_turns)
        return;
    do {
        for (looks = 0; looks < LINGER_LOOKS; looks++) {
            if (is_called(worker, level))
                return;
            atomic_pause();
        }
    } while (bus_now(bus) < until);
}

static void work(struct worker *worker, struct thread *thread)
{
    struct bus *bus = worker->bus;
    uint32_t stream = 0; /* messages without a gap */
    uint32_t ran, attended;

    while (atomic_load_acquire_u32(&bus->halt) == 0) {
        uint32_t most = WORKER_BURST;

        if (__builtin_expect(atomic_load_acquire_u32(&bus->pause) != 0, 0)) {
            stand_still(worker);
            continue;
        }
        attended = 0;
        if (__builtin_expect(atomic_load_relaxed_u32(&worker->attention) != 0, 0)) {
            attended = worker_attend(worker, thread, UINT32_MAX);
            most = WORKER_ATTENTIVE;
        }
        if ((ran = worker_run(worker, thread, most)) != 0)
            stream += ran;
        else if (attended == 0 && !parallel_help(bus, thread)) {
            if (atomic_load_relaxed_u32(&bus->drops_untold) != 0)
                system_flush_drops(bus, thread, false);
            pressure_idle(worker, thread);
            tell_idle(bus);
            if (stream >= STREAM && (atomic_load_relaxed_u32(&worker->unusual) &
                                     (UNUSUAL_RINGS | UNUSUAL_GUARDED)) == 0) {
                linger(worker, worker->level);
                stream = 0;
            } else if (!rest(worker)) {
                stream = 0;
            }
        }
    }
}

void worker_body(void *argument)
{
    struct worker *worker = argument;
    struct bus *bus = worker->bus;
    struct thread *thread = bus->threads[worker->index];
    uint32_t launched;

    while ((launched = atomic_load_acquire_u32(&bus->launched)) == 0)
        (void)bus->os.wait(bus->os.context, &bus->launched, 0, UINT64_MAX);
    if (launched == 1) {
        thread_adopt(thread);
        thread->worker = worker;
        work(worker, thread);
    }
    thread_disown(thread);
    atomic_store_release_u32(&worker->exited, 1);
    tell_word(bus, &bus->news);
}
