/*
 * guard/watchdog.c - one thread per bus that looks for handlers which do not return.
 *
 * It costs a run nothing: no time is taken when a run begins. The watchdog looks at the frames of
 * all threads from time to time. A frame that shows the same handler as at the look before, on a
 * thread whose count of ended runs of that type is the same, shows the same run; so it has been
 * running since then at least, and is found a look too late at most. A handler in a frame is not
 * freed while the registry lock is held (core/hazards.c).
 *
 * Rest. A look follows another while some worker is awake or some frame shows a handler. Else the
 * watchdog raises `resting`, passes the barrier and looks again at both; if all sleep it waits
 * without a deadline, so that an idle bus has nobody who wakes up. A worker that wakes up looks at
 * `resting` behind a light fence: it sees it, or the watchdog saw the worker awake. A command that
 * runs on its caller wakes nobody; bus_health sees it.
 */
#include "guard/watchdog.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/registry.h"
#include "path/path.h"

#define LOOK_LEAST_NS (BUS_SECOND / 4)
#define LOOK_MOST_NS (5 * BUS_SECOND)
#define MINUTE_NS (60 * BUS_SECOND)

enum { LOOKS_A_LIMIT = 4, TOLD_AT_ONCE = 8 };

static size_t sightings_size(const struct bus *bus)
{
    return (size_t)bus->threads_size * BUS_NESTING_MAX * sizeof(struct sighting);
}

enum bus_status watchdog_open(struct bus *bus)
{
    struct watchdog *watchdog;

    if (bus->options.no_error_handling || bus->options.watchdog_ns == BUS_WATCHDOG_NONE)
        return BUS_OK;
    watchdog = bus_take_memory(bus, sizeof *watchdog, CACHE_LINE);
    if (watchdog != NULL)
        watchdog->sightings = bus_take_memory(bus, sightings_size(bus), CACHE_LINE);
    if (watchdog == NULL || watchdog->sightings == NULL) {
        if (watchdog != NULL)
            bus_give_memory(bus, watchdog, sizeof *watchdog);
        return fail_status(BUS_ERR_MEMORY, "bus %s: no memory for its watchdog", bus->name);
    }
    watchdog->least_ns = bus->options.watchdog_ns;
    bus->watchdog = watchdog;
    return BUS_OK;
}

void watchdog_free(struct bus *bus)
{
    if (bus->watchdog == NULL)
        return;
    bus_give_memory(bus, bus->watchdog->sightings, sightings_size(bus));
    bus_give_memory(bus, bus->watchdog, sizeof *bus->watchdog);
    bus->watchdog = NULL;
}

void watchdog_heed(struct bus *bus, const struct bus_policy *policy)
{
    struct watchdog *watchdog = bus->watchdog;

    /* Registry lock held, or nobody else is there yet. */
    if (watchdog != NULL && policy->timeout_ns != 0 &&
        policy->timeout_ns < atomic_load_relaxed_u64(&watchdog->least_ns))
        atomic_store_relaxed_u64(&watchdog->least_ns, policy->timeout_ns);
}

/* ---- what ended ---- */

static void sum_up(struct bus *bus, struct ended *sum)
{
    uint32_t i, n = atomic_load_acquire_u32(&bus->route_count);
    struct bus_account account = {0};

    for (i = 1; i <= n; i++) {
        const struct route *route = route_at(bus, i);

        if (route->type->kind != BUS_SYSTEM_EVENT)
            account_add(bus, route, &account);
    }
    *sum = (struct ended){
        .at_ns = bus_now(bus),
        .processed = account.processed,
        .failed = account.failed,
        .calls = account.calls,
        .calls_failed = account.calls_failed,
    };
}

/* Under the lock: the last sum that is a minute old or more, else the first one, else nothing. */
static struct ended before_of(const struct watchdog *watchdog, uint64_t now)
{
    uint32_t kept = watchdog->ended_count < ENDED_KEPT ? watchdog->ended_count : ENDED_KEPT, i;
    struct ended before = {0};

    /* Only those that were taken: before the first one nothing had ended. */
    if (watchdog->ended_count > ENDED_KEPT)
        before = watchdog->ended[watchdog->ended_count % ENDED_KEPT];
    for (i = watchdog->ended_count - kept; i < watchdog->ended_count; i++) {
        const struct ended *ended = &watchdog->ended[i % ENDED_KEPT];

        if (now - ended->at_ns >= MINUTE_NS)
            before = *ended;
    }
    if (watchdog->last.at_ns != 0 && now - watchdog->last.at_ns >= MINUTE_NS)
        before = watchdog->last;
    return before;
}

static void keep_ended(struct watchdog *watchdog, const struct ended *ended)
{
    watchdog->ended[watchdog->ended_count++ % ENDED_KEPT] = *ended;
}

/* After a minute without a look the last one is where the next minutes begin, also for those who
 * look again soon: it is kept, however short it was after the one before. */
static void note_ended(struct watchdog *watchdog, const struct ended *now)
{
    const struct ended *kept = watchdog->ended_count > 0
                                   ? &watchdog->ended[(watchdog->ended_count - 1) % ENDED_KEPT]
                                   : NULL;

    if (kept == NULL || now->at_ns - kept->at_ns >= ENDED_EVERY_NS) {
        if (kept != NULL && now->at_ns - watchdog->last.at_ns >= MINUTE_NS)
            keep_ended(watchdog, &watchdog->last);
        keep_ended(watchdog, now);
    }
    watchdog->last = *now;
}

/* ---- what runs ---- */

/* To be told when the locks are given back. */
struct notice {
    struct {
        const struct bus_message_type *type;
        const char *handler;
        uint32_t thread;
        uint64_t running_ns;
    } told[TOLD_AT_ONCE];
    uint32_t count;
};

static void note_stuck(const struct bus *bus, struct sighting *sighting, uint32_t thread,
                       uint64_t running_ns, uint64_t limit_ns, struct stuck *stuck,
                       struct notice *notice)
{
    const struct handler *handler = sighting->handler;

    stuck->count++;
    stuck->workers += thread < bus->worker_count && !bus->options.polled;
    stuck->critical += running_ns / 2 >= limit_ns;
    if (running_ns >= stuck->longest_ns) {
        stuck->longest_ns = running_ns;
        stuck->handler = handler->name;
    }
    if (sighting->told || notice->count == TOLD_AT_ONCE)
        return;
    sighting->told = true;
    if (handler->route->type->kind == BUS_SYSTEM_EVENT)
        return;
    notice->told[notice->count].type = handler->route->type;
    notice->told[notice->count].handler = handler->name;
    notice->told[notice->count].thread = thread;
    notice->told[notice->count++].running_ns = running_ns;
}

static void look_at_frame(const struct bus *bus, const struct thread *thread, uint32_t depth,
                          uint64_t now, struct stuck *stuck, struct notice *notice)
{
    struct sighting *sighting =
        &bus->watchdog->sightings[(size_t)thread->publisher * BUS_NESTING_MAX + depth];
    const struct handler *handler = atomic_load_acquire_ptr(&thread->frames[depth].handler);
    uint64_t calls, limit_ns;

    if (handler == NULL) {
        sighting->handler = NULL;
        return;
    }
    calls = atomic_load_acquire_u64(&thread->counters[handler->route->index].calls);
    if (sighting->handler != handler || sighting->calls != calls) {
        *sighting = (struct sighting){.handler = handler, .calls = calls, .since_ns = now};
        return;
    }
    limit_ns = handler->route->policy.timeout_ns != 0 ? handler->route->policy.timeout_ns
                                                      : bus->options.watchdog_ns;
    if (now - sighting->since_ns >= limit_ns)
        note_stuck(bus, sighting, thread->publisher, now - sighting->since_ns, limit_ns, stuck,
                   notice);
}

static void tell(struct bus *bus, const struct notice *notice)
{
    uint32_t i;

    for (i = 0; i < notice->count; i++)
        system_handler_stuck(bus, notice->told[i].type, notice->told[i].handler,
                             notice->told[i].thread, notice->told[i].running_ns);
}

void watchdog_look(struct bus *bus, struct stuck *stuck, struct ended *before, struct ended *now)
{
    struct watchdog *watchdog = bus->watchdog;
    struct notice notice = {.count = 0};
    uint32_t i, depth, n;

    *stuck = (struct stuck){0};
    *before = (struct ended){0};
    if (watchdog == NULL) {
        sum_up(bus, now);
        return;
    }
    lock_take(&watchdog->lock, &bus->os);
    sum_up(bus, now);
    *before = before_of(watchdog, now->at_ns);
    note_ended(watchdog, now);
    lock_take(&bus->registry, &bus->os);
    n = atomic_load_acquire_u32(&bus->threads_known);
    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (depth = 0; thread != NULL && depth < BUS_NESTING_MAX; depth++)
            look_at_frame(bus, thread, depth, now->at_ns, stuck, &notice);
    }
    lock_give(&bus->registry, &bus->os);
    lock_give(&watchdog->lock, &bus->os);
    tell(bus, &notice);
}

/* ---- the thread ---- */

static bool somebody_is_awake(const struct bus *bus)
{
    uint32_t i, depth, n = atomic_load_acquire_u32(&bus->threads_known);

    for (i = 0; i < bus->worker_count; i++)
        if (!parking_is_parked(&bus->workers[i].parking) &&
            atomic_load_acquire_u32(&bus->workers[i].exited) == 0)
            return true;
    for (i = 0; i < n; i++) {
        const struct thread *thread = atomic_load_acquire_ptr(&bus->threads[i]);

        for (depth = 0; thread != NULL && depth < BUS_NESTING_MAX; depth++)
            if (atomic_load_acquire_ptr(&thread->frames[depth].handler) != NULL)
                return true;
    }
    return false;
}

static uint64_t next_look(struct bus *bus)
{
    uint64_t wait = atomic_load_relaxed_u64(&bus->watchdog->least_ns) / LOOKS_A_LIMIT;

    if (wait < LOOK_LEAST_NS)
        wait = LOOK_LEAST_NS;
    return bus_until(bus, wait < LOOK_MOST_NS ? wait : LOOK_MOST_NS);
}

/* Until it is time to look, or a worker wakes up after all had slept. */
static void rest(struct bus *bus, uint32_t seen)
{
    struct watchdog *watchdog = bus->watchdog;
    uint64_t until;

    if (!somebody_is_awake(bus)) {
        atomic_store_release_u32(&watchdog->resting, 1);
        bus_barrier(bus);
        if (!somebody_is_awake(bus)) {
            while (atomic_load_acquire_u32(&watchdog->word) == seen)
                (void)bus->os.wait(bus->os.context, &watchdog->word, seen, UINT64_MAX);
            atomic_store_release_u32(&watchdog->resting, 0);
            return;
        }
        atomic_store_release_u32(&watchdog->resting, 0);
    }
    until = next_look(bus);
    while (atomic_load_acquire_u32(&watchdog->word) == seen && bus_now(bus) < until)
        (void)bus->os.wait(bus->os.context, &watchdog->word, seen, until);
}

static void body(void *argument)
{
    struct bus *bus = argument;
    struct watchdog *watchdog = bus->watchdog;
    struct thread *thread;

    for (;;) {
        uint32_t seen = atomic_load_acquire_u32(&watchdog->word);
        struct ended before, now;
        struct stuck stuck;

        if (atomic_load_acquire_u32(&watchdog->ending) != 0)
            break;
        watchdog_look(bus, &stuck, &before, &now);
        rest(bus, seen);
    }
    thread = thread_known(bus); /* it has one if it told something */
    if (thread != NULL)
        thread_disown(thread);
}

enum bus_status watchdog_start(struct bus *bus)
{
    struct watchdog *watchdog = bus->watchdog;
    char name[32];
    int error;

    if (watchdog == NULL || bus->options.polled)
        return BUS_OK;
    (void)snprintf(name, sizeof name, "%.9s/watch", bus->name);
    error = bus->os.thread_start(bus->os.context, &watchdog->thread, name, body, bus);
    if (error == 0)
        return BUS_OK;
    watchdog->thread = NULL;
    return fail_status(BUS_ERR_SYSTEM, "bus %s: the system refused a thread (errno %d)", bus->name,
                       error);
}

static void wake(struct bus *bus)
{
    tell_word(bus, &bus->watchdog->word);
}

void watchdog_end(struct bus *bus)
{
    struct watchdog *watchdog = bus->watchdog;

    if (watchdog == NULL || watchdog->thread == NULL)
        return;
    atomic_store_release_u32(&watchdog->ending, 1);
    wake(bus);
    bus->os.thread_join(bus->os.context, watchdog->thread);
    watchdog->thread = NULL;
    atomic_store_release_u32(&watchdog->ending, 0);
}

void watchdog_rouse(struct bus *bus)
{
    if (bus->watchdog == NULL)
        return;
    /* After the worker is awake; other side: rest, which raises `resting`, passes a barrier and
     * looks whether some worker is. */
    bus_light_fence(bus);
    if (atomic_load_relaxed_u32(&bus->watchdog->resting) != 0 &&
        atomic_exchange_u32(&bus->watchdog->resting, 0) != 0)
        wake(bus);
}
