/* simulation/table.c - struct bus_os of a simulation. Files are the system's. */
#include "simulation/simulation.h"

#include <errno.h>

/* Not the system's descriptors, so that nobody polls one of those by mistake. */
enum { FIRST_SIGNAL = 1 << 28 };

/* A yield takes as long as this: who waits for another one by yielding lets time pass. */
#define YIELD_NS BUS_MICROSECOND

static uint64_t table_monotonic_ns(void *context)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    return simulation->now_ns;
}

static uint64_t table_real_ns(void *context)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    return simulation->options.real_ns + simulation->now_ns - SIMULATION_BEGIN_NS;
}

static int table_random(void *context, void *bytes, size_t size)
{
    struct bus_simulation *simulation = context;
    uint8_t *at = bytes;

    simulation_step(simulation);
    while (size-- > 0)
        *at++ = (uint8_t)simulation_draw(&simulation->system, 256);
    return 0;
}

static void *table_allocate(void *context, size_t size, size_t align)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    if (simulation_chance(&simulation->system, simulation->faults.memory))
        return NULL;
    return bus_os_native()->allocate(NULL, size, align);
}

static void table_release(void *context, void *memory, size_t size)
{
    simulation_step(context);
    bus_os_native()->release(NULL, memory, size);
}

static int table_thread_start(void *context, struct bus_os_thread **thread, const char *name,
                              void (*body)(void *argument), void *argument)
{
    struct bus_simulation *simulation = context;
    int error = 0;

    simulation_step(simulation);
    if (simulation_chance(&simulation->system, simulation->faults.threads))
        return EAGAIN;
    *thread = simulation_start(simulation, name, body, argument, &error);
    return *thread != NULL ? 0 : error;
}

static void table_thread_join(void *context, struct bus_os_thread *thread)
{
    simulation_step(context);
    simulation_join(context, thread);
}

static bool table_wait(void *context, const bus_os_word *word, bus_os_word expected,
                       uint64_t deadline_ns)
{
    simulation_step(context);
    if (atomic_load_acquire_u32(word) != expected)
        return true;
    return simulation_wait(context, word, deadline_ns, __builtin_return_address(0));
}

static void table_wake(void *context, const bus_os_word *word, bool all)
{
    simulation_step(context);
    simulation_wake(context, word, all);
}

static void table_yield(void *context)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    (void)simulation_wait(simulation, NULL, simulation->now_ns + YIELD_NS,
                          __builtin_return_address(0));
}

/* ---- descriptors ---- */

static struct signal *signal_of(struct bus_simulation *simulation, int descriptor)
{
    return &simulation->signals[(descriptor - FIRST_SIGNAL) % SIMULATION_SIGNALS];
}

static int make_signal(struct bus_simulation *simulation)
{
    int i;

    for (i = 0; i < SIMULATION_SIGNALS; i++)
        if (!simulation->signals[i].open) {
            simulation->signals[i] = (struct signal){.open = true, .due_ns = UINT64_MAX};
            return FIRST_SIGNAL + i;
        }
    errno = EMFILE;
    return -1;
}

static void signals_changed(struct bus_simulation *simulation)
{
    simulation->signalled++;
    simulation_wake(simulation, &simulation->signalled, true);
}

static int table_signal_open(void *context)
{
    simulation_step(context);
    return make_signal(context);
}

static void table_signal_raise(void *context, int descriptor)
{
    simulation_step(context);
    signal_of(context, descriptor)->raised = true;
    signals_changed(context);
}

static void table_signal_clear(void *context, int descriptor)
{
    simulation_step(context);
    signal_of(context, descriptor)->raised = false;
}

static void table_signal_close(void *context, int descriptor)
{
    simulation_step(context);
    signal_of(context, descriptor)->open = false;
}

static int table_alarm_open(void *context, int signal, int *alarm)
{
    int both, timer;

    simulation_step(context);
    both = make_signal(context);
    timer = both >= 0 ? make_signal(context) : -1;
    if (timer < 0) {
        if (both >= 0)
            signal_of(context, both)->open = false;
        return -1;
    }
    signal_of(context, both)->watched[0] = signal_of(context, signal);
    signal_of(context, both)->watched[1] = signal_of(context, timer);
    *alarm = timer;
    return both;
}

static void table_alarm_set(void *context, int alarm, uint64_t in_ns)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    signal_of(simulation, alarm)->due_ns =
        in_ns < UINT64_MAX - simulation->now_ns ? simulation->now_ns + in_ns : UINT64_MAX;
    signals_changed(simulation);
}

/* When it is readable: now, later, or UINT64_MAX. */
static uint64_t readable_at(const struct bus_simulation *simulation, const struct signal *signal)
{
    uint64_t at = signal->raised ? simulation->now_ns : signal->due_ns;
    uint32_t i;

    for (i = 0; i < 2; i++)
        if (signal->watched[i] != NULL) {
            uint64_t other = readable_at(simulation, signal->watched[i]);

            at = other < at ? other : at;
        }
    return at;
}

bool bus_simulation_poll(struct bus_simulation *simulation, int descriptor, uint64_t ns)
{
    uint64_t now = simulation->now_ns;
    uint64_t until = ns < UINT64_MAX - now ? now + ns : UINT64_MAX;

    if (descriptor < FIRST_SIGNAL || descriptor >= FIRST_SIGNAL + SIMULATION_SIGNALS)
        return false;
    for (;;) {
        bus_os_word seen = simulation->signalled;
        uint64_t at = readable_at(simulation, signal_of(simulation, descriptor));

        if (at <= simulation->now_ns)
            return true;
        if (simulation->now_ns >= until)
            return false;
        (void)table_wait(simulation, &simulation->signalled, seen, at < until ? at : until);
    }
}

static bool table_barrier(void *context)
{
    struct bus_simulation *simulation = context;

    simulation_step(simulation);
    return !simulation_chance(&simulation->system, simulation->faults.barriers);
}

void simulation_table(struct bus_simulation *simulation)
{
    simulation->os = *bus_os_native();
    simulation->os.context = simulation;
    simulation->os.monotonic_ns = table_monotonic_ns;
    simulation->os.real_ns = table_real_ns;
    simulation->os.random = table_random;
    simulation->os.allocate = table_allocate;
    simulation->os.release = table_release;
    simulation->os.thread_start = table_thread_start;
    simulation->os.thread_join = table_thread_join;
    simulation->os.wait = table_wait;
    simulation->os.wake = table_wake;
    simulation->os.yield = table_yield;
    simulation->os.signal_open = table_signal_open;
    simulation->os.signal_raise = table_signal_raise;
    simulation->os.signal_clear = table_signal_clear;
    simulation->os.signal_close = table_signal_close;
    simulation->os.alarm_open = table_alarm_open;
    simulation->os.alarm_set = table_alarm_set;
    simulation->os.barrier = table_barrier;
    simulation->os.take_turns = true;
}
