/*
 * bus/simulation.h - run a bus, and the program around it, in virtual time: a test tool.
 *
 * A simulation is a `struct bus_os` whose clock, chance and threads are its own. All threads - the
 * workers of the bus, those that you spawn, and your own, from which you opened it - take turns on
 * one thread of the system; which one goes on, and where another one interrupts it, is drawn from a
 * seed. Time passes only when all of them wait: then the clock jumps to the next deadline. So a
 * retry after ten minutes is tested in microseconds, nothing depends on the machine, and a seed
 * that failed fails again, step by step the same.
 *
 *     struct bus_simulation *simulation = NULL;
 *
 *     bus_simulation_open(&simulation, &(struct bus_simulation_options){ .seed = 7 });
 *     bus_open(&bus, &(struct bus_options){ .workers = 2, .os = bus_simulation_os(simulation) });
 *     ... attach, start, publish: your code as it is ...
 *     bus_simulation_sleep(simulation, 10 * BUS_SECOND);     the others run meanwhile
 *     assert(calls == 3);
 *     bus_stop(bus, BUS_SECOND, NULL);
 *     bus_close(&bus);
 *     bus_simulation_close(&simulation);
 *
 * Rules. Use a simulation, and every bus in it, on the thread of the system that opened it; that
 * thread can have one simulation at a time (several side by side need threads of the system of
 * their own). Handlers and threads in it must not wait for anything outside (a mutex of pthread, a
 * socket, the real clock): nobody else would run meanwhile. They wait with bus_simulation_sleep, or
 * on a word through the wait and wake of bus_simulation_os. In spawned threads and handlers do not
 * leave by longjmp, which is how cmocka ends a failed test: note what you saw, assert on your own
 * thread.
 *
 * A thread is interrupted only where it asks the system for something (the clock, a wait, a
 * wake-up, memory); publish and the dispatch of a message do so in several places. Races inside
 * those steps are for other tools.
 */
#ifndef BUS_SIMULATION_H
#define BUS_SIMULATION_H

#include <bus/os.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_simulation;

/* Zero means the default. */
struct bus_simulation_options {
    uint64_t seed; /* what happens follows from it; 0 is a seed too */
    /* Nanoseconds since 1970 at the begin; default: 2000-01-01. */
    uint64_t real_ns;
    /* Bounds, to find what never ends: virtual time (default: a day) and calls of the table
     * (default: none). Reaching one is told once, see `stuck`. */
    uint64_t most_ns;
    uint64_t most_steps;
    uint32_t threads_max;  /* at one time, yours and the workers included; default 64 */
    size_t stack_bytes;    /* of each thread; default 512 KiB */
    uint32_t switch_every; /* calls of the table after which a thread is interrupted, on average;
                              default 8 */
    /* Nobody can go on: all wait without a deadline, or a bound is reached, and your own thread is
     * not in bus_simulation_run. `report` says who waits, where and since when. It may wake
     * somebody. When it returns and nobody can go on, or is NULL, the report goes to stderr and the
     * process is aborted: there is no caller to return to. */
    void (*stuck)(void *context, const char *report);
    void *context;
};

/* Opens a simulation; the calling thread is the first in it. `options` NULL: the defaults.
 *   BUS_ERR_INVALID, BUS_ERR_MEMORY, BUS_ERR_STATE (this thread has a simulation open) */
BUS_API BUS_MUST_USE enum bus_status
bus_simulation_open(struct bus_simulation **simulation,
                    const struct bus_simulation_options *options);
/* Frees it and sets *simulation to NULL. Buses come first. NULL is harmless.
 *   BUS_ERR_BUSY (threads in it have not ended; nothing was done), BUS_ERR_INVALID */
BUS_API enum bus_status bus_simulation_close(struct bus_simulation **simulation);

/* For the teardown of a test that may have failed: ends the simulation that the calling thread has
 * open, if it has one, whatever is in it. Its threads never go on; its buses must not be used any
 * more, and are not freed. */
BUS_API void bus_simulation_abandon(void);

/* For bus_options.os, and for waiting on words of your own. Valid until close. */
BUS_API const struct bus_os *bus_simulation_os(struct bus_simulation *simulation);

/* Nanoseconds since the begin. The table's monotonic clock is BUS_SECOND ahead of it. Each look at
 * a clock takes a nanosecond. */
BUS_API uint64_t bus_simulation_now(const struct bus_simulation *simulation);
/* The calling thread waits so long, others run. */
BUS_API void bus_simulation_sleep(struct bus_simulation *simulation, uint64_t ns);

/* Another thread in it, that runs body(argument). It need not be joined.
 *   BUS_ERR_LIMIT (threads_max), BUS_ERR_MEMORY, BUS_ERR_INVALID */
BUS_API BUS_MUST_USE enum bus_status bus_simulation_spawn(struct bus_simulation *simulation,
                                                          const char *name,
                                                          void (*body)(void *argument),
                                                          void *argument);
/* Your own thread waits until all spawned threads have ended, at most `ns` of virtual time.
 *   BUS_ERR_TIMEOUT, BUS_ERR_STATE (nobody can go on: bus_last_error says who waits),
 *   BUS_ERR_INVALID (called by a spawned thread, or a handler of another thread) */
BUS_API BUS_MUST_USE enum bus_status bus_simulation_run(struct bus_simulation *simulation,
                                                        uint64_t ns);
/* Waits until `descriptor` (bus_poll_descriptor) is readable, at most `ns`. False: it is not. The
 * descriptors of a simulation are not the system's. */
BUS_API bool bus_simulation_poll(struct bus_simulation *simulation, int descriptor, uint64_t ns);

/* Chance for your own use, apart from the scheduler's: a number below `bound` (not 0), and true in
 * so many of a million cases. */
BUS_API uint64_t bus_simulation_draw(struct bus_simulation *simulation, uint64_t bound);
BUS_API bool bus_simulation_chance(struct bus_simulation *simulation, uint32_t per_million);

/* What goes wrong from now on, each in so many of a million cases. */
struct bus_simulation_faults {
    uint32_t memory;   /* an allocation is refused */
    uint32_t threads;  /* a thread is refused (bus_start) */
    uint32_t barriers; /* the barrier fails */
    uint32_t early;    /* a wait returns early, without a wake-up */
    uint32_t stalls;   /* an interrupted thread stands still, for up to ... */
    uint64_t stall_ns; /* ... this long; default 10 ms */
};
/* NULL: nothing. */
BUS_API void bus_simulation_inject(struct bus_simulation *simulation,
                                   const struct bus_simulation_faults *faults);

/* A digest of everything that was decided so far: the same seed and the same program give the same
 * one. Compare it to see that a run is repeated. */
BUS_API uint64_t bus_simulation_trace(const struct bus_simulation *simulation);
/* How often one thread took over from another, and calls of the table, so far. */
BUS_API uint64_t bus_simulation_switches(const struct bus_simulation *simulation);
BUS_API uint64_t bus_simulation_steps(const struct bus_simulation *simulation);

#ifdef __cplusplus
}
#endif

#endif
