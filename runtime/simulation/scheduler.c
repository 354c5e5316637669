/* simulation/scheduler.c - who runs, and when time passes; see simulation.h. */
#include "simulation/simulation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define STALL_DEFAULT_NS (10 * BUS_MILLISECOND)
#define EARLY_MOST_NS BUS_MILLISECOND

/* ---- chance ---- */

/* splitmix64 */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t simulation_draw(uint64_t *state, uint64_t bound)
{
    return next_number(state) % bound;
}

bool simulation_chance(uint64_t *state, uint32_t per_million)
{
    return per_million != 0 && simulation_draw(state, 1000000) < per_million;
}

/* ---- what is wrong ---- */

static size_t add_waiter(const struct bus_os_thread *thread, char *text, size_t size)
{
    const struct bus_simulation *simulation = thread->simulation;
    uint64_t since = (thread->since_ns - SIMULATION_BEGIN_NS) / BUS_MICROSECOND;
    uint64_t until = (thread->deadline_ns - SIMULATION_BEGIN_NS) / BUS_MICROSECOND;
    char where[128] = "bus_simulation_run";
    int put;

    if (thread == simulation->current && thread->turn == TURN_RUNNABLE)
        put = snprintf(text, size, "\n  %s runs", thread->name);
    else if (thread->turn == TURN_RUNNABLE)
        put = snprintf(text, size, "\n  %s can run", thread->name);
    else {
        if (thread->caller != NULL)
            bus_call_site_text(thread->caller, where, sizeof where);
        put = snprintf(text, size, "\n  %s waits in %s since %" PRIu64 " us", thread->name, where,
                       since);
        if (put > 0 && (size_t)put < size && thread->deadline_ns != UINT64_MAX)
            put += snprintf(text + put, size - (size_t)put, ", until %" PRIu64 " us", until);
    }
    return put < 0 ? 0 : (size_t)put < size ? (size_t)put : size - 1;
}

const char *simulation_report(struct bus_simulation *simulation, const char *why)
{
    char *text = simulation->report;
    size_t size = sizeof simulation->report, at;
    uint32_t i;
    int put =
        snprintf(text, size, "simulation with seed %" PRIu64 ", after %" PRIu64 " us: %s",
                 simulation->options.seed, bus_simulation_now(simulation) / BUS_MICROSECOND, why);

    at = put > 0 ? (size_t)put : 0;
    for (i = 0; i < simulation->thread_count; i++)
        if (simulation->threads[i]->turn != TURN_NONE)
            at += add_waiter(simulation->threads[i], text + at, size - at);
    return text;
}

static void make_runnable(struct bus_os_thread *thread)
{
    struct bus_simulation *simulation = thread->simulation;

    thread->turn = TURN_RUNNABLE;
    thread->place = simulation->runnable_count;
    simulation->runnable[simulation->runnable_count++] = thread;
}

static void take_from_runnable(struct bus_os_thread *thread, enum turn turn)
{
    struct bus_simulation *simulation = thread->simulation;
    struct bus_os_thread *last = simulation->runnable[--simulation->runnable_count];

    simulation->runnable[thread->place] = last;
    last->place = thread->place;
    thread->turn = turn;
}

/* Nobody can go on. Makes somebody runnable, or does not return. */
static void stuck(struct bus_simulation *simulation, const char *why)
{
    struct bus_os_thread *first = simulation->threads[0];
    const char *report = simulation_report(simulation, why);

    if (simulation->running) {
        simulation->blocked = true;
        if (first->turn == TURN_WAITING)
            make_runnable(first);
        return;
    }
    if (simulation->options.stuck != NULL) {
        simulation->options.stuck(simulation->options.context, report);
        if (simulation->runnable_count > 0)
            return;
    }
    (void)bus_os_native()->file_write(NULL, 2, report, strlen(report));
    (void)bus_os_native()->file_write(NULL, 2, "\n", 1);
    abort();
}

/* ---- taking turns ---- */

static void go_to(struct bus_simulation *simulation, struct bus_os_thread *next, bool ends)
{
    struct bus_os_thread *from = simulation->current;

    simulation->trace =
        (simulation->trace ^ simulation->now_ns ^ (uint64_t)(next->place + 1) << 48) *
        UINT64_C(0x100000001b3);
    if (next == from)
        return;
    simulation->switches++;
    simulation->current = next;
    thread_locals_exchange(&from->locals, &next->locals);
    fiber_switch(&from->fiber, &next->fiber, ends);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Nobody is runnable: on to the next deadline. */
static void pass_time(struct bus_simulation *simulation)
{
    const struct bus_os_thread *first = simulation->threads[0];
    uint64_t next = UINT64_MAX;
    uint32_t i;

    for (i = 0; i < simulation->thread_count; i++) {
        const struct bus_os_thread *thread = simulation->threads[i];

        /* That bus_simulation_run may end lets nobody else go on. */
        if (thread->turn == TURN_WAITING && !(thread == first && simulation->running))
            next = earlier(next, earlier(thread->deadline_ns, thread->early_ns));
    }
    if (next == UINT64_MAX) {
        stuck(simulation, "nobody can go on");
        return;
    }
    if (simulation->running)
        next = earlier(next, first->deadline_ns);
    if (next - SIMULATION_BEGIN_NS > simulation->options.most_ns) {
        simulation->options.most_ns = UINT64_MAX; /* told once */
        stuck(simulation, "not done when its time (most_ns) is over");
        return;
    }
    if (next > simulation->now_ns)
        simulation->now_ns = next;
    for (i = 0; i < simulation->thread_count; i++) {
        struct bus_os_thread *thread = simulation->threads[i];

        if (thread->turn != TURN_WAITING ||
            earlier(thread->deadline_ns, thread->early_ns) > simulation->now_ns)
            continue;
        thread->late = thread->deadline_ns <= simulation->now_ns;
        make_runnable(thread);
    }
}

static struct bus_os_thread *choose(struct bus_simulation *simulation)
{
    while (simulation->runnable_count == 0)
        pass_time(simulation);
    if (simulation->runnable_count == 1)
        return simulation->runnable[0];
    return simulation
        ->runnable[simulation_draw(&simulation->scheduling, simulation->runnable_count)];
}

static bool block(struct bus_simulation *simulation, const bus_os_word *word, uint64_t deadline_ns,
                  uint64_t early_ns, const void *caller)
{
    struct bus_os_thread *thread = simulation->current;

    thread->word = word;
    thread->caller = caller;
    thread->since_ns = simulation->now_ns;
    thread->deadline_ns = deadline_ns;
    thread->early_ns = early_ns;
    thread->late = false;
    take_from_runnable(thread, TURN_WAITING);
    go_to(simulation, choose(simulation), false);
    return !thread->late;
}

static void interrupt(struct bus_simulation *simulation)
{
    uint64_t *chance = &simulation->scheduling;

    simulation->until_switch =
        1 + simulation_draw(chance, 2 * (uint64_t)simulation->options.switch_every - 1);
    if (simulation_chance(chance, simulation->faults.stalls)) {
        uint64_t most =
            simulation->faults.stall_ns != 0 ? simulation->faults.stall_ns : STALL_DEFAULT_NS;

        (void)block(simulation, NULL, simulation->now_ns + 1 + simulation_draw(chance, most),
                    UINT64_MAX, __builtin_return_address(0));
    } else if (simulation->runnable_count > 1) {
        go_to(simulation, choose(simulation), false);
    }
}

void simulation_step(struct bus_simulation *simulation)
{
    simulation->now_ns++;
    if (++simulation->steps == simulation->options.most_steps)
        stuck(simulation, "not done when its steps (most_steps) are over");
    if (--simulation->until_switch == 0)
        interrupt(simulation);
}

bool simulation_wait(struct bus_simulation *simulation, const bus_os_word *word,
                     uint64_t deadline_ns, const void *caller)
{
    uint64_t early_ns = UINT64_MAX;

    if (deadline_ns <= simulation->now_ns)
        return false;
    if (simulation_chance(&simulation->scheduling, simulation->faults.early))
        early_ns = simulation->now_ns + 1 + simulation_draw(&simulation->scheduling, EARLY_MOST_NS);
    return block(simulation, word, deadline_ns, early_ns, caller);
}

void simulation_wake(struct bus_simulation *simulation, const bus_os_word *word, bool all)
{
    struct bus_os_thread *one = NULL;
    uint32_t i, seen = 0;

    for (i = 0; i < simulation->thread_count; i++) {
        struct bus_os_thread *thread = simulation->threads[i];

        if (thread->turn != TURN_WAITING || thread->word != word)
            continue;
        if (all)
            make_runnable(thread);
        else if (seen++ == 0 || simulation_draw(&simulation->scheduling, seen) == 0)
            one = thread;
    }
    if (one != NULL)
        make_runnable(one);
}

/* ---- threads ---- */

static void thread_body(void *argument)
{
    struct bus_os_thread *thread = argument;
    struct bus_simulation *simulation = thread->simulation;

    thread->body(thread->argument);
    thread_locals_end();
    thread->ended = 1;
    simulation_wake(simulation, &thread->ended, true);
    if (thread->spawned && --simulation->spawned == 0 && simulation->running)
        simulation_wake(simulation, &simulation->threads[0]->ended, true);
    take_from_runnable(thread, TURN_NONE);
    go_to(simulation, choose(simulation), true);
}

/* A record that is free, or a new one. */
static struct bus_os_thread *record(struct bus_simulation *simulation, int *error)
{
    const struct bus_os *native = bus_os_native();
    struct bus_os_thread *thread;
    uint32_t i;

    for (i = 1; i < simulation->thread_count; i++)
        if (simulation->threads[i]->turn == TURN_NONE && simulation->threads[i]->reaped)
            return simulation->threads[i];
    *error = EAGAIN;
    if (simulation->thread_count == simulation->options.threads_max)
        return NULL;
    *error = ENOMEM;
    thread = native->allocate(NULL, sizeof *thread, CACHE_LINE);
    if (thread == NULL)
        return NULL;
    if (!fiber_make(&thread->fiber, simulation->options.stack_bytes)) {
        native->release(NULL, thread, sizeof *thread);
        return NULL;
    }
    thread->simulation = simulation;
    simulation->threads[simulation->thread_count++] = thread;
    return thread;
}

struct bus_os_thread *simulation_start(struct bus_simulation *simulation, const char *name,
                                       void (*body)(void *argument), void *argument, int *error)
{
    struct bus_os_thread *thread = record(simulation, error);

    if (thread == NULL)
        return NULL;
    (void)snprintf(thread->name, sizeof thread->name, "%s", name != NULL ? name : "thread");
    thread->body = body;
    thread->argument = argument;
    thread->ended = 0;
    thread->reaped = false;
    thread->spawned = false;
    thread->error = (struct last_error){.text = ""};
    thread->locals = (struct thread_locals){.identity = thread, .error = &thread->error};
    fiber_begin(&thread->fiber, thread_body, thread);
    make_runnable(thread);
    return thread;
}

void simulation_join(struct bus_simulation *simulation, struct bus_os_thread *thread)
{
    while (thread->ended == 0)
        (void)block(simulation, &thread->ended, UINT64_MAX, UINT64_MAX,
                    __builtin_return_address(0));
    thread->reaped = true;
}

bool simulation_run(struct bus_simulation *simulation, uint64_t deadline_ns)
{
    bool in_time = true;

    simulation->running = true;
    simulation->blocked = false;
    while (simulation->spawned != 0 && in_time && !simulation->blocked)
        in_time = block(simulation, &simulation->threads[0]->ended, deadline_ns, UINT64_MAX, NULL);
    simulation->running = false;
    return in_time;
}
