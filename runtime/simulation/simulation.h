/*
 * simulation/simulation.h - internal: the state of a simulation, and its scheduler.
 *
 * One thread runs (`current`), the others are runnable or wait. Every call of the table is a step
 * (simulation_step): it takes a nanosecond, and after a drawn number of steps the thread is
 * interrupted. A thread that waits gives the turn to a runnable one, drawn; if there is none the
 * clock jumps to the earliest deadline. Nothing depends on addresses, on the real clock or on
 * anything else of the machine.
 */
#ifndef BUSGEN_SIMULATION_SIMULATION_H
#define BUSGEN_SIMULATION_SIMULATION_H

#include <bus/simulation.h>

#include "core/locals.h"
#include "os/fiber.h"

/* The monotonic clock at the begin: zero means "no deadline" in some places. */
#define SIMULATION_BEGIN_NS BUS_SECOND

enum { SIMULATION_SIGNALS = 64, SIMULATION_REPORT = 4096 };

enum turn { TURN_NONE, TURN_RUNNABLE, TURN_WAITING };

/* A thread of a simulation; those of the bus and those of the user are alike. */
struct bus_os_thread {
    struct bus_simulation *simulation;
    struct fiber fiber;
    struct thread_locals locals; /* while it does not run */
    struct last_error error;
    char name[32];
    void (*body)(void *argument);
    void *argument;
    enum turn turn; /* NONE: it has not begun, or has ended; the record is free if also `reaped` */
    bool reaped;    /* nobody will join it */
    bool spawned;   /* bus_simulation_run waits for it */
    bus_os_word ended; /* 1 from then on; what a join waits on */
    uint32_t place;    /* RUNNABLE: index in runnable */
    /* WAITING */
    const bus_os_word *word; /* NULL: for time only */
    const void *caller;      /* of the wait */
    uint64_t since_ns;
    uint64_t deadline_ns; /* UINT64_MAX: none */
    uint64_t early_ns;    /* it returns early then; UINT64_MAX: not */
    bool late;            /* its deadline ended the wait */
};

/* What a descriptor stands for: a signal, an alarm, or both of two others. */
struct signal {
    bool open;
    bool raised;
    uint64_t due_ns;                 /* an alarm: UINT64_MAX: not set */
    const struct signal *watched[2]; /* NULL, or what it shows */
};

struct bus_simulation {
    struct bus_os os;
    struct bus_simulation_options options;
    struct bus_simulation_faults faults;
    uint64_t now_ns;                   /* monotonic */
    uint64_t scheduling, user, system; /* states of chance */
    uint64_t until_switch;             /* steps */
    uint64_t steps;
    uint64_t switches;
    uint64_t trace;
    struct bus_os_thread *current;
    struct bus_os_thread **threads; /* [0]: the one that opened it */
    struct bus_os_thread **runnable;
    uint32_t thread_count; /* records made */
    uint32_t runnable_count;
    uint32_t spawned; /* threads that bus_simulation_run waits for */
    bool running;     /* the first thread is in bus_simulation_run */
    bool blocked;     /* it was woken because nobody can go on */
    struct signal signals[SIMULATION_SIGNALS];
    bus_os_word signalled; /* moves when one of them changed */
    char report[SIMULATION_REPORT];
};

/* ---- scheduler.c ---- */

/* Below `bound`, from one of the states of chance. */
uint64_t simulation_draw(uint64_t *state, uint64_t bound);
bool simulation_chance(uint64_t *state, uint32_t per_million);
/* A call of the table: time passes, the thread may be interrupted. */
void simulation_step(struct bus_simulation *simulation);
/* The current thread waits. False: `deadline_ns` passed. */
bool simulation_wait(struct bus_simulation *simulation, const bus_os_word *word,
                     uint64_t deadline_ns, const void *caller);
void simulation_wake(struct bus_simulation *simulation, const bus_os_word *word, bool all);
/* Another thread. NULL: *error is an errno value. */
struct bus_os_thread *simulation_start(struct bus_simulation *simulation, const char *name,
                                       void (*body)(void *argument), void *argument, int *error);
/* Waits until it has ended. */
void simulation_join(struct bus_simulation *simulation, struct bus_os_thread *thread);
/* The first thread's wait for the spawned ones. False: `deadline_ns` passed. */
bool simulation_run(struct bus_simulation *simulation, uint64_t deadline_ns);
/* Who waits, into simulation->report. */
const char *simulation_report(struct bus_simulation *simulation, const char *why);

/* ---- table.c ---- */

void simulation_table(struct bus_simulation *simulation);

#endif
