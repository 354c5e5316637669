/* simulation/simulation.c - the calls of bus/simulation.h. */
#include "simulation/simulation.h"

#include <errno.h>

/* The simulation that this thread of the system has open. */
static _Thread_local struct bus_simulation *opened_here;

/* 2000-01-01T00:00:00Z */
#define REAL_DEFAULT_NS (UINT64_C(946684800) * BUS_SECOND)
#define MOST_DEFAULT_NS (UINT64_C(86400) * BUS_SECOND)

static void fill(struct bus_simulation_options *options)
{
    if (options->real_ns == 0)
        options->real_ns = REAL_DEFAULT_NS;
    if (options->most_ns == 0)
        options->most_ns = MOST_DEFAULT_NS;
    if (options->threads_max == 0)
        options->threads_max = 64;
    if (options->stack_bytes == 0)
        options->stack_bytes = (size_t)512 << 10;
    if (options->switch_every == 0)
        options->switch_every = 8;
}

static void release(struct bus_simulation *simulation)
{
    const struct bus_os *native = bus_os_native();
    size_t list = simulation->options.threads_max * sizeof(struct bus_os_thread *);
    uint32_t i;

    for (i = 0; i < simulation->thread_count; i++) {
        fiber_free(&simulation->threads[i]->fiber);
        native->release(NULL, simulation->threads[i], sizeof *simulation->threads[i]);
    }
    native->release(NULL, simulation->threads, list);
    native->release(NULL, simulation->runnable, list);
    native->release(NULL, simulation, sizeof *simulation);
}

/* The record of the thread that opens it. */
static bool make_first(struct bus_simulation *simulation)
{
    const struct bus_os *native = bus_os_native();
    struct bus_os_thread *first = native->allocate(NULL, sizeof *first, CACHE_LINE);

    if (first == NULL)
        return false;
    if (!fiber_here(&first->fiber)) {
        native->release(NULL, first, sizeof *first);
        return false;
    }
    first->simulation = simulation;
    memcpy(first->name, "first", sizeof "first");
    first->turn = TURN_RUNNABLE;
    simulation->threads[0] = first;
    simulation->thread_count = 1;
    simulation->runnable[0] = first;
    simulation->runnable_count = 1;
    simulation->current = first;
    return true;
}

enum bus_status bus_simulation_open(struct bus_simulation **simulation,
                                    const struct bus_simulation_options *options)
{
    const struct bus_os *native = bus_os_native();
    struct bus_simulation *made;
    size_t list;

    if (simulation == NULL)
        return fail_status(BUS_ERR_INVALID, "bus_simulation_open: where to put it is NULL");
    *simulation = NULL;
    if (opened_here != NULL)
        return fail_status(BUS_ERR_STATE,
                           "this thread has a simulation open: close that one first");
    made = native->allocate(NULL, sizeof *made, CACHE_LINE);
    if (made == NULL)
        return fail_status(BUS_ERR_MEMORY, "no memory for a simulation");
    if (options != NULL)
        made->options = *options;
    fill(&made->options);
    made->now_ns = SIMULATION_BEGIN_NS;
    made->scheduling = made->options.seed;
    made->user = made->options.seed ^ UINT64_C(0x5851f42d4c957f2d);
    made->system = made->options.seed ^ UINT64_C(0x14057b7ef767814f);
    made->until_switch = made->options.switch_every;
    list = made->options.threads_max * sizeof(struct bus_os_thread *);
    made->threads = native->allocate(NULL, list, CACHE_LINE);
    made->runnable = native->allocate(NULL, list, CACHE_LINE);
    if (made->threads == NULL || made->runnable == NULL || !make_first(made)) {
        release(made);
        return fail_status(BUS_ERR_MEMORY, "no memory for a simulation");
    }
    simulation_table(made);
    opened_here = made;
    *simulation = made;
    return BUS_OK;
}

enum bus_status bus_simulation_close(struct bus_simulation **simulation)
{
    struct bus_simulation *closing;
    uint32_t i;

    if (simulation == NULL || *simulation == NULL)
        return BUS_OK;
    closing = *simulation;
    if (closing != opened_here || closing->current != closing->threads[0])
        return fail_status(BUS_ERR_INVALID, "a simulation is closed by the thread that opened it");
    for (i = 1; i < closing->thread_count; i++)
        if (closing->threads[i]->turn != TURN_NONE)
            return fail_status(BUS_ERR_BUSY, "%s",
                               simulation_report(closing, "closed while threads have not ended"));
    opened_here = NULL;
    *simulation = NULL;
    release(closing);
    return BUS_OK;
}

void bus_simulation_abandon(void)
{
    struct bus_simulation *left = opened_here;

    if (left == NULL || left->current != left->threads[0])
        return;
    opened_here = NULL;
    release(left);
}

const struct bus_os *bus_simulation_os(struct bus_simulation *simulation)
{
    return &simulation->os;
}

uint64_t bus_simulation_now(const struct bus_simulation *simulation)
{
    return simulation->now_ns - SIMULATION_BEGIN_NS;
}

static uint64_t until(const struct bus_simulation *simulation, uint64_t ns)
{
    return ns < UINT64_MAX - simulation->now_ns ? simulation->now_ns + ns : UINT64_MAX;
}

void bus_simulation_sleep(struct bus_simulation *simulation, uint64_t ns)
{
    uint64_t deadline_ns = until(simulation, ns != 0 ? ns : 1);

    simulation_step(simulation);
    while (simulation->now_ns < deadline_ns)
        (void)simulation_wait(simulation, NULL, deadline_ns, __builtin_return_address(0));
}

enum bus_status bus_simulation_spawn(struct bus_simulation *simulation, const char *name,
                                     void (*body)(void *argument), void *argument)
{
    struct bus_os_thread *thread;
    int error = 0;

    if (simulation == NULL || simulation != opened_here || body == NULL)
        return fail_status(BUS_ERR_INVALID, "cannot spawn: %s",
                           body == NULL ? "the body is NULL"
                                        : "this thread has no such simulation open");
    simulation_step(simulation);
    thread = simulation_start(simulation, name, body, argument, &error);
    if (thread == NULL && error == ENOMEM)
        return fail_status(BUS_ERR_MEMORY, "no memory for a thread of the simulation");
    if (thread == NULL)
        return fail_status(BUS_ERR_LIMIT, "%u threads are in the simulation; raise its threads_max",
                           simulation->options.threads_max);
    thread->spawned = true;
    thread->reaped = true;
    simulation->spawned++;
    return BUS_OK;
}

enum bus_status bus_simulation_run(struct bus_simulation *simulation, uint64_t ns)
{
    if (simulation == NULL || simulation != opened_here ||
        simulation->current != simulation->threads[0])
        return fail_status(BUS_ERR_INVALID,
                           "a simulation is run by the thread that opened it, outside handlers");
    simulation_step(simulation);
    if (!simulation_run(simulation, until(simulation, ns)))
        return fail_status(BUS_ERR_TIMEOUT, "%s",
                           simulation_report(simulation, "not done in time"));
    if (simulation->blocked)
        return fail_status(BUS_ERR_STATE, "%s", simulation->report);
    return BUS_OK;
}

uint64_t bus_simulation_draw(struct bus_simulation *simulation, uint64_t bound)
{
    return simulation_draw(&simulation->user, bound);
}

bool bus_simulation_chance(struct bus_simulation *simulation, uint32_t per_million)
{
    return simulation_chance(&simulation->user, per_million);
}

void bus_simulation_inject(struct bus_simulation *simulation,
                           const struct bus_simulation_faults *faults)
{
    simulation->faults = faults != NULL ? *faults : (struct bus_simulation_faults){0};
}

uint64_t bus_simulation_trace(const struct bus_simulation *simulation)
{
    return simulation->trace;
}

uint64_t bus_simulation_switches(const struct bus_simulation *simulation)
{
    return simulation->switches;
}

uint64_t bus_simulation_steps(const struct bus_simulation *simulation)
{
    return simulation->steps;
}
